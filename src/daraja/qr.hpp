// qr.hpp: Dynamic QR: a picture the customer scans in the M-Pesa app; the payment then arrives as C2B (daraja.md 5.7).
//
// Synchronous, moves no money, safe to repeat. Tested by daraja/qr_test.
#pragma once

#include <string>
#include <variant>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "daraja/environment.hpp"
#include "daraja/reply.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

inline constexpr size_t kQrMerchantNameMax = 64;
inline constexpr size_t kQrReferenceMax = 20;  // BillRefNumber holds no more (daraja.md 4.4)
inline constexpr int kQrSizeMin = 100;         // pixels; smaller is not readable on paper
inline constexpr int kQrSizeMax = 1000;

struct QrOrder {
    ShortcodeKind kind = ShortcodeKind::kPaybill;
    std::string merchant_name;  // 1 .. kQrMerchantNameMax bytes
    std::string reference;      // 1 .. kQrReferenceMax
    Money amount;               // whole shillings, above zero
    std::string shortcode;      // paybill or till number
    int size = 300;
};
Result<net::ClientRequest> qr_request(const Endpoint& endpoint, const Secret<>& token, const QrOrder& order);

struct QrImage {
    std::string png;  // bytes; begins with the PNG signature
    std::string request_id;
};
using QrReply = std::variant<QrImage, NoInformation, InvalidToken, Misconfigured>;
QrReply read_qr_reply(const net::Outcome& outcome);

}  // namespace clinicpro::daraja
