#include "sandbox/pull.hpp"

#include <cstdlib>

#include "base/text.hpp"
#include "sandbox/c2b_payload.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr Duration kWindow = 48h;
constexpr int64_t kPageMax = 100;  // policy: the real page size is not published

Answer bad(World& world, std::string_view name) {
    return world.refuse(400, "400.002.02", "Bad Request - Invalid " + std::string(name));
}

// "2026-03-04 10:15:02" in EAT.
Result<Instant> parse_moment(std::string_view text) {
    if (text.size() != 19 || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' ||
        text[16] != ':') {
        return fail(Code::kInvalid, "A moment is written 2026-03-04 10:15:02.");
    }
    std::string stamp;
    for (const size_t at : {0, 5, 8, 11, 14, 17}) stamp += text.substr(at, at == 0 ? 4 : 2);
    return parse_eat_stamp(stamp);
}

std::string iso_eat(Instant at) {
    const std::string s = to_eat_stamp(at);
    return s.substr(0, 4) + "-" + s.substr(4, 2) + "-" + s.substr(6, 2) + "T" + s.substr(8, 2) + ":" + s.substr(10, 2) +
           ":" + s.substr(12, 2) + "+03:00";
}

}  // namespace

Answer Pull::register_shortcode(const Call& call) {
    const std::string shortcode = field(call.body, "ShortCode").value_or("");
    const Merchant* merchant = world_.config.by_receiver(shortcode);
    if (merchant == nullptr || (!merchant->shared && merchant->consumer_key != call.app))
        return bad(world_, "ShortCode");
    if (field(call.body, "RequestType").value_or("") != "Pull") return bad(world_, "RequestType");
    if (!is_payer(field(call.body, "NominatedNumber").value_or(""))) return bad(world_, "NominatedNumber");
    if (!is_callback_url(field(call.body, "CallBackURL").value_or(""), {})) return bad(world_, "CallBackURL");
    const bool fresh = registered_.insert(shortcode).second;
    json::Writer out;
    out.begin_object().field("ResponseRefID", world_.ids.request_id(world_.config.switches.id_look));
    // Both spellings stand in the wild, so both are sent.
    out.field("ResponseStatus", fresh ? "1000" : "1001").field("Response Status", fresh ? "1000" : "1001");
    out.field("ShortCode", shortcode);
    out.field("ResponseDescription", fresh ? "ShortCode Registered Successfully" : "ShortCode already Registered")
        .end_object();
    return {envelope::ok(out.take()), {}};
}

Answer Pull::query(const Call& call) {
    const bool get = call.request.method == "GET";
    const auto read = [&](std::string_view name) {
        return get ? call.request.query_value(name) : field(call.body, name).value_or("");
    };
    const std::string shortcode = read("ShortCode");
    const Merchant* merchant = world_.config.by_receiver(shortcode);
    if (merchant == nullptr || (!merchant->shared && merchant->consumer_key != call.app))
        return bad(world_, "ShortCode");
    if (!registered_.contains(shortcode))
        return world_.refuse(400, "400.003.02", "Bad Request - ShortCode is not registered for Pull");
    const auto from = parse_moment(read("StartDate"));
    if (!from) return bad(world_, "StartDate");
    const auto until = parse_moment(read("EndDate"));
    if (!until || *until < *from) return bad(world_, "EndDate");
    const std::string offset_text = read("OffSetValue");
    if (!is_digits(offset_text, 1, 9)) return bad(world_, "OffSetValue");
    const int64_t offset = std::strtoll(offset_text.c_str(), nullptr, 10);

    const Instant oldest = world_.stamp(call.now) - kWindow;
    int64_t row = 0;
    int64_t written = 0;
    json::Writer list;
    list.begin_array().begin_array();
    for (const Movement& m : world_.ledger.movements()) {
        if (m.receiver != shortcode || m.at < *from || m.at > *until || m.at < oldest) continue;
        if (row++ < offset || written == kPageMax) continue;
        ++written;
        list.begin_object().field("transactionId", m.receipt).field("trxDate", iso_eat(m.at));
        list.field("msisdn", msisdn_form(m.payer, "masked")).field("sender", "MPESA");
        list.field("transactiontype", merchant->is_till() ? "c2b-buy-goods-debit" : "c2b-pay-bill-debit");
        list.field("billreference", merchant->is_till() ? std::string() : m.account)
            .field("amount", m.amount.to_text());
        list.field("organizationname", merchant->name).end_object();
    }
    list.end_array().end_array();
    json::Writer out;
    out.begin_object().field("ResponseRefID", world_.ids.request_id(world_.config.switches.id_look));
    out.field("ResponseCode", written > 0 ? "1000" : "1001");
    out.field("ResponseMessage", written > 0 ? "Success" : "No records found")
        .key("Response")
        .raw(list.take())
        .end_object();
    return {envelope::ok(out.take()), {}};
}

}  // namespace clinicpro::sandbox
