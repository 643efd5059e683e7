#include "sandbox/stk_query.hpp"

#include "base/text.hpp"
#include "sandbox/fields.hpp"
#include "sandbox/result_codes.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr std::string_view kPath = "/mpesa/stkpushquery/v1/query";
constexpr size_t kCheckoutMax = 64;

Answer bad(World& world, std::string_view name) {
    return world.refuse(400, "400.002.02", "Bad Request - Invalid " + std::string(name));
}

Answer processing(World& world) {
    return world.refuse(500, "500.001.1001", "The transaction is being processed");
}

}  // namespace

std::optional<Answer> StkQuery::throttle(const Call& call) {
    const int64_t per_minute = world_.config.switches.query_per_minute;
    if (per_minute == 0) return std::nullopt;
    Instant& next = next_allowed_[call.app];
    if (call.now < next) {
        if (world_.config.switches.query_refusal == "429") return Answer{envelope::spike_arrest(per_minute), {}};
        return world_.refuse(500, "500.003.02", "Error Occurred: Spike Arrest Violation");
    }
    next = call.now + Duration(60s) / per_minute;  // burst 1: no saving up
    return std::nullopt;
}

Answer StkQuery::state(const Push& push, std::string_view code, std::string_view text) {
    json::Writer out;
    out.begin_object().field("ResponseCode", "0");
    out.field("ResponseDescription", "The service request has been accepted successsfully");
    out.field("MerchantRequestID", push.merchant_request).field("CheckoutRequestID", push.checkout);
    out.field("ResultCode", code).field("ResultDesc", text).end_object();
    return {envelope::ok(out.take()), {}};
}

Answer StkQuery::query(const Call& call) {
    if (auto no = throttle(call)) return *no;
    const Switches& switches = world_.config.switches;
    const std::string shortcode = field(call.body, "BusinessShortCode").value_or("");
    if (!is_shortcode(shortcode)) return bad(world_, "BusinessShortCode");
    const std::string password = field(call.body, "Password").value_or("");
    if (password.empty()) return bad(world_, "Password");
    const std::string timestamp = field(call.body, "Timestamp").value_or("");
    if (!parse_eat_stamp(timestamp)) return bad(world_, "Timestamp");
    const std::string checkout = field(call.body, "CheckoutRequestID").value_or("");
    if (checkout.empty() || checkout.size() > kCheckoutMax) return bad(world_, "CheckoutRequestID");
    const Merchant* merchant = world_.config.by_shortcode(shortcode);
    if (merchant == nullptr) return world_.refuse(500, "500.001.1001", "Merchant does not exist");
    if (!merchant->shared && merchant->consumer_key != call.app)
        return world_.refuse(404, "404.001.03", "Invalid Access Token");
    if (password != text::to_base64(shortcode + merchant->passkey.reveal() + timestamp)) {
        return world_.refuse(500, "500.001.1001", "[MerchantValidate] - Wrong credentials");
    }

    const Push* push = stk_.find(checkout);
    const bool hidden =
        push != nullptr && push->shortcode == shortcode &&
        world_.faults.draw("query_unknown", {kPath, push->phone, push->receiver}, world_.dice) != nullptr;
    if (push == nullptr || push->shortcode != shortcode || hidden) {
        if (switches.query_unknown == "invalid") return bad(world_, "CheckoutRequestID");
        return world_.refuse(500, "500.001.1001", "The transaction does not Exist");
    }
    if (call.now - push->asked < std::chrono::milliseconds(switches.query_blind_ms))
        return bad(world_, "CheckoutRequestID");
    if (push->open) {
        if (switches.query_in_flight == "500") return processing(world_);
        return state(*push, "4999", "The transaction is still under processing");
    }
    if (switches.query_noise_percent > 0 && world_.dice.between(1, 100) <= switches.query_noise_percent) {
        return processing(world_);
    }
    if (push->code == "0") {
        if (const Fault* lie = world_.faults.draw("query_lies", {kPath, push->phone, push->receiver}, world_.dice)) {
            const std::string code = lie->code.empty() ? "1032" : lie->code;
            return state(*push, code, query_text(code, push->other_text));
        }
    }
    return state(*push, push->code, query_text(push->code, push->other_text));
}

}  // namespace clinicpro::sandbox
