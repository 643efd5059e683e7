// pull.cpp: asks for the last 48 hours and reads rows one by one: a bad row must not hide a good one.
#include "daraja/pull.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/callback_url.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kTextMax = 128;

// YYYY-MM-DD HH:mm:ss in East African time.
std::string eat_text(Instant at) {
    const std::string s = to_eat_stamp(at);
    return s.substr(0, 4) + "-" + s.substr(4, 2) + "-" + s.substr(6, 2) + " " + s.substr(8, 2) + ":" + s.substr(10, 2) +
           ":" + s.substr(12, 2);
}

Result<PulledPayment> read_row(const json::View& row) {
    PulledPayment out;
    TRY(out.receipt, fields::identifier(row["transactionId"], kIdentifierMax));
    const json::View amount = row["amount"];
    TRY(const std::string amount_text, amount.scalar());
    const auto money = Money::parse(text::trim(amount_text));
    if (!money || !money->is_positive()) {
        return fail(Code::kInvalid, "\"" + amount.path() + "\" is not an amount of money above zero.", amount.path());
    }
    out.amount = *money;
    out.transaction_type = fields::optional_text(row["transactiontype"], kTextMax);
    out.bill_reference = fields::optional_text(row["billreference"], kTextMax);
    out.msisdn = fields::optional_text(row["msisdn"], kTextMax);
    out.sender = fields::optional_text(row["sender"], kTextMax);
    out.organization_name = fields::optional_text(row["organizationname"], kTextMax);
    out.paid_at = fields::time(fields::optional_text(row["trxDate"], kTextMax));
    return out;
}

// An array inside an array, "[[]]" when there is nothing; a flat array is taken too (daraja.md 5.8).
void read_rows(const json::View& list, PullPage& page) {
    for (size_t i = 0; i < list.size(); ++i) {
        const json::View entry = list.at(i);
        const bool nested = entry.kind() == json::Kind::kArray;
        const size_t count = nested ? entry.size() : 1;
        for (size_t j = 0; j < count; ++j) {
            ++page.rows;
            auto payment = read_row(nested ? entry.at(j) : entry);
            if (payment) {
                page.payments.push_back(*std::move(payment));
            } else {
                page.unreadable.push_back(std::move(payment).error());
            }
        }
    }
}

}  // namespace

Result<net::ClientRequest> pull_register_request(const Endpoint& endpoint, const Secret<>& token,
                                                 const PullRegistration& registration) {
    TRY(check_shortcode(registration.shortcode, "shortcode"));
    TRY(check_callback_url(registration.callback_url, endpoint.is_production()));
    json::Writer body;
    body.begin_object()
        .field("ShortCode", registration.shortcode)
        .field("RequestType", "Pull")
        .field("NominatedNumber", registration.nominated_number.digits())
        .field("CallBackURL", registration.callback_url)
        .end_object();
    return gateway::post(endpoint, "/pulltransactions/v1/register", token, body.take());
}

PullRegisterReply read_pull_register_reply(const net::Outcome& outcome) {
    gateway::Answered answered = gateway::judge_question(outcome);
    if (auto* nothing = std::get_if<NoInformation>(&answered)) return std::move(*nothing);
    if (std::holds_alternative<InvalidToken>(answered)) return InvalidToken{};
    if (auto* wrong = std::get_if<Misconfigured>(&answered)) return std::move(*wrong);
    const auto document = json::Document::parse(std::get<const net::Response*>(answered)->body);
    if (!document) return NoInformation{"the answer is not JSON", gateway::kAskAgain};
    const json::View root = document->root();
    // One client reads the key with a space in it (daraja.md 5.8).
    std::string status = fields::optional_text(root["ResponseStatus"], 64);
    if (status.empty()) status = fields::optional_text(root["Response Status"], 64);
    if (status == "1000") return PullRegistered{.already = false};
    if (status == "1001") return PullRegistered{.already = true};
    if (status.empty()) return NoInformation{"the answer has no ResponseStatus", gateway::kAskAgain};
    return Misconfigured{
        status,
        "Safaricom did not register this shortcode for Pull. Check that the product is enabled and that the "
        "nominated number stands in the shortcode's records."};
}

Result<net::ClientRequest> pull_request(const Endpoint& endpoint, const Secret<>& token, const PullQuery& query) {
    TRY(check_shortcode(query.shortcode, "shortcode"));
    if (query.from >= query.to) return fail(Code::kInvalid, "The window must end after it begins.", "to");
    if (query.to - query.from > kPullWindow) {
        return fail(Code::kInvalid, "Safaricom keeps 48 hours. Ask for a shorter window.", "from");
    }
    if (query.offset < 0) return fail(Code::kInvalid, "The offset cannot be below zero.", "offset");
    json::Writer body;
    body.begin_object()
        .field("ShortCode", query.shortcode)
        .field("StartDate", eat_text(query.from))
        .field("EndDate", eat_text(query.to))
        .field("OffSetValue", std::to_string(query.offset))
        .end_object();
    net::ClientRequest request = gateway::post(endpoint, "/pulltransactions/v1/query", token, body.take());
    request.response_max = kPullResponseMax;
    return request;
}

PullReply read_pull_reply(const net::Outcome& outcome) {
    gateway::Answered answered = gateway::judge_question(outcome);
    if (auto* nothing = std::get_if<NoInformation>(&answered)) return std::move(*nothing);
    if (std::holds_alternative<InvalidToken>(answered)) return InvalidToken{};
    if (auto* wrong = std::get_if<Misconfigured>(&answered)) return std::move(*wrong);
    const auto document = json::Document::parse(std::get<const net::Response*>(answered)->body);
    if (!document) return NoInformation{"the answer is not JSON", gateway::kAskAgain};
    const json::View root = document->root();
    const std::string code = fields::optional_text(root["ResponseCode"], 64);
    if (code == "1001") return PullPage{};
    if (code != "1000") return NoInformation{"ResponseCode is neither 1000 nor 1001", gateway::kAskAgain};
    const json::View list = root["Response"];
    if (list.kind() != json::Kind::kArray) return NoInformation{"the answer has no list of rows", gateway::kAskAgain};
    PullPage page;
    read_rows(list, page);
    return page;
}

}  // namespace clinicpro::daraja
