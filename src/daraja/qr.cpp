// qr.cpp: asks for a QR picture and believes only a PNG.
#include "daraja/qr.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"

namespace clinicpro::daraja {

Result<net::ClientRequest> qr_request(const Endpoint& endpoint, const Secret<>& token, const QrOrder& order) {
    TRY(fields::check_text(order.merchant_name, 1, kQrMerchantNameMax, "merchant_name"));
    TRY(fields::check_text(order.reference, 1, kQrReferenceMax, "reference"));
    TRY(fields::check_shillings(order.amount, fields::kTransactionMin, fields::kTransactionMax, "amount"));
    TRY(check_shortcode(order.shortcode, "shortcode"));
    if (order.size < kQrSizeMin || order.size > kQrSizeMax) {
        return fail(Code::kInvalid, "The picture must be 100 to 1000 pixels wide.", "size");
    }
    json::Writer body;
    body.begin_object()
        .field("MerchantName", order.merchant_name)
        .field("RefNo", order.reference)
        .field("Amount", order.amount.shillings())
        .field("TrxCode", order.kind == ShortcodeKind::kPaybill ? "PB" : "BG")
        .field("CPI", order.shortcode)
        .field("Size", std::to_string(order.size))
        .end_object();
    return gateway::post(endpoint, "/mpesa/qrcode/v1/generate", token, body.take());
}

// ResponseCode is "00" to some and an AG_ id to others (daraja.md 5.7 E): the picture itself is the proof.
QrReply read_qr_reply(const net::Outcome& outcome) {
    gateway::Answered answered = gateway::judge_question(outcome);
    if (auto* nothing = std::get_if<NoInformation>(&answered)) return std::move(*nothing);
    if (std::holds_alternative<InvalidToken>(answered)) return InvalidToken{};
    if (auto* wrong = std::get_if<Misconfigured>(&answered)) return std::move(*wrong);
    const auto document = json::Document::parse(std::get<const net::Response*>(answered)->body);
    if (!document) return NoInformation{"the answer is not JSON", gateway::kAskAgain};
    const json::View root = document->root();
    constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";
    const auto code = root["QRCode"].text();
    auto png = code ? text::from_base64(*code) : std::nullopt;
    if (!png || !png->starts_with(kPngSignature)) return NoInformation{"the answer has no picture", gateway::kAskAgain};
    return QrImage{*std::move(png), fields::optional_text(root["RequestID"], kIdentifierMax)};
}

}  // namespace clinicpro::daraja
