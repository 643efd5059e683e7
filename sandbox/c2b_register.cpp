// c2b_register.cpp: the two C2B requests of the API: registering URLs and the sandbox's simulate
// (daraja.md 4.1, 4.2, 4.7).
#include "base/text.hpp"
#include "sandbox/c2b.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kAccountMax = 20;  // what a handset lets a customer type

Answer accepted(World& world, Instant now, bool without_code) {
    json::Writer out;
    // Safaricom's own spelling: "Coversation".
    out.begin_object().field("OriginatorCoversationID", world.ids.request_id(world.config.switches.id_look));
    if (!without_code) out.field("ResponseCode", "0");
    out.field("ResponseDescription", without_code ? "Success" : "success").end_object();
    return {envelope::ok(out.take()), {}};
}

Answer bad(World& world, std::string_view name) {
    return world.refuse(400, "400.003.02", "Bad Request - Invalid " + std::string(name));
}

}  // namespace

Answer C2b::register_urls(const Call& call, int version) {
    const Switches& switches = world_.config.switches;
    const auto shortcode = field(call.body, "ShortCode");
    if (!shortcode || !is_shortcode(*shortcode)) return bad(world_, "ShortCode");
    Registration made;
    made.version = version;
    made.response_type = field(call.body, "ResponseType").value_or("");
    if (made.response_type != "Completed" && made.response_type != "Cancelled") return bad(world_, "ResponseType");
    UrlRules rules;
    rules.http_on_loopback = switches.http_on_loopback;
    rules.http_anywhere = switches.http_anywhere;
    rules.upper_case_host_refused = switches.upper_case_host_refused;
    made.confirmation_url = field(call.body, "ConfirmationURL").value_or("");
    if (!is_callback_url(made.confirmation_url, rules)) return bad(world_, "ConfirmationURL");
    made.validation_url = field(call.body, "ValidationURL").value_or("");
    if (!is_callback_url(made.validation_url, rules)) return bad(world_, "ValidationURL");

    const Merchant* merchant = world_.config.by_receiver(*shortcode);
    if (merchant == nullptr) merchant = world_.config.by_shortcode(*shortcode);
    if (merchant == nullptr || (!merchant->shared && merchant->consumer_key != call.app)) {
        return world_.refuse(500, "500.003.1001", "Service is currently unreachable. Please try again later.");
    }
    if (switches.c2b_old_platform) {
        return world_.refuse(500, "500.003.1001",
                             "Duplicate notification info, SP ID is " + *shortcode + ", correlator is 100001.");
    }
    if (switches.c2b_register_once && registrations_.contains(merchant->receiver())) {
        return world_.refuse(500, "500.003.1001", "Urls are already registered");
    }
    registrations_[merchant->receiver()] = std::move(made);
    return accepted(world_, call.now, switches.c2b_answer_without_code);
}

Answer C2b::simulate(const Call& call) {
    const auto shortcode = field(call.body, "ShortCode");
    const Merchant* merchant = shortcode ? world_.config.by_receiver(*shortcode) : nullptr;
    if (merchant == nullptr) return bad(world_, "ShortCode");
    const std::string command = field(call.body, "CommandID").value_or("");
    if (command != (merchant->is_till() ? "CustomerBuyGoodsOnline" : "CustomerPayBillOnline"))
        return bad(world_, "CommandID");
    const auto amount = whole_amount(call.body, "Amount");
    if (!amount) return bad(world_, "Amount");
    const std::string phone = field(call.body, "Msisdn").value_or("");
    if (!is_payer(phone)) return bad(world_, "Msisdn");
    const std::string account = field(call.body, "BillRefNumber").value_or("");
    if (account.size() > kAccountMax || (account.empty() && !merchant->is_till())) return bad(world_, "BillRefNumber");

    const Wish wish{phone, merchant->receiver(), Money::from_shillings(*amount), account};
    const Instant due = call.now + world_.dice.between(world_.config.timing.c2b.least, world_.config.timing.c2b.most);
    // The answer only says that it will be tried; a refusal shows on the handset alone.
    world_.schedule.at(due, [this, wish](Instant at) { (void)pay(wish, at); });
    return accepted(world_, call.now, false);
}

}  // namespace clinicpro::sandbox
