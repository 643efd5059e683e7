// pull.hpp: Pull Transactions: Safaricom's own list of C2B payments of the last 48 hours (daraja.md 5.8).
//
// The cure for a lost confirmation: ask with overlapping windows, page by row offset, drop receipts already seen. Needs
// a one-off registration and the product enabled by support. Tested by daraja/pull_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "daraja/environment.hpp"
#include "daraja/reply.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

struct PullRegistration {
    std::string shortcode;
    Msisdn nominated_number;  // a Safaricom number in the shortcode's KYC; sent as 254...
    std::string callback_url;
};
Result<net::ClientRequest> pull_register_request(const Endpoint& endpoint, const Secret<>& token,
                                                 const PullRegistration& registration);
struct PullRegistered {
    bool already = false;  // 1001: registered before, which is as good
};
using PullRegisterReply = std::variant<PullRegistered, NoInformation, InvalidToken, Misconfigured>;
PullRegisterReply read_pull_register_reply(const net::Outcome& outcome);

inline constexpr Duration kPullWindow = 48 * 3600s;  // older rows are gone

struct PullQuery {
    std::string shortcode;
    Instant from;  // before `to`
    Instant to;
    int64_t offset = 0;  // rows to skip
};
// Error kInvalid when the window is empty, longer than kPullWindow, or the offset below zero. Answers can be large:
// the request's response_max is kPullResponseMax.
inline constexpr size_t kPullResponseMax = 4 * 1024 * 1024;
Result<net::ClientRequest> pull_request(const Endpoint& endpoint, const Secret<>& token, const PullQuery& query);

struct PulledPayment {
    std::string receipt;  // transactionId
    Money amount;
    std::string transaction_type;  // "c2b-pay-bill-debit", ...
    std::string bill_reference;
    std::string msisdn;  // opaque, as in c2b.hpp
    std::string sender;  // name; may be empty
    std::string organization_name;
    // trxDate read as East African time, like every time Safaricom returns, even when it ends in Z (not verified by
    // anybody: show it, do not order or expire by it).
    std::optional<Instant> paid_at;
};
struct PullPage {
    std::vector<PulledPayment> payments;
    std::vector<Error> unreadable;  // one per row we could not read; the others still count
    size_t rows = 0;                // rows in the answer: the next offset is offset + rows; 0 is the end
};
using PullReply = std::variant<PullPage, NoInformation, InvalidToken, Misconfigured>;
PullReply read_pull_reply(const net::Outcome& outcome);

}  // namespace clinicpro::daraja
