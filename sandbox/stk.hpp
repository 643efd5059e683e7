// stk.hpp: M-Pesa Express: a push is checked, shown on a handset, ends in one ResultCode, and is told by callback.
//
// daraja.md 2. stk_checks.cpp refuses, stk.cpp runs the prompt, stk_callback.cpp writes and sends the news. Money moves
// in exactly one place (pay). Tested by sandbox/stk_push_test, stk_outcome_test, stk_callback_test.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sandbox/c2b.hpp"
#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

struct Push {
    int64_t number = 0;  // order of arrival
    std::string merchant_request;
    std::string checkout;
    std::string app;
    std::string shortcode;  // BusinessShortCode
    std::string receiver;   // where the money goes: PartyB
    std::string merchant;   // name on the prompt
    std::string phone;
    Money amount;
    std::string account;
    std::string description;
    std::string callback_url;
    Instant asked;     // when the request came
    bool open = true;  // on the handset, or on its way there
    std::string code;  // ResultCode once it ended; a late success overwrites a failure
    std::string receipt;
    Instant paid_at;  // as shown
    Instant ended;
    bool other_text = false;  // which of two texts this push gets
    Script script;
    Schedule::Ticket next{};
};

class Stk {
public:
    Stk(World& world, C2b& c2b) : world_(world), c2b_(c2b) {}

    Answer push(const Call& call);
    const Push* find(const std::string& checkout) const;
    const std::map<std::string, Push>& pushes() const { return pushes_; }

    // Somebody at the phone page: kPay, kWrongPin or kCancel. Error kConflict when the prompt is gone.
    Result<> answer(const std::string& checkout, Act act, Instant now);

    // The callback as it would be sent, for forging and replaying.
    Delivery callback(const Push& push, std::string_view code, int64_t extra_shillings);

private:
    // Fills `push`, or says no.
    std::optional<Answer> check(const Call& call, Push& push, const Merchant*& merchant);
    std::optional<Answer> check_fields(const Call& call, Push& push, std::string& timestamp, std::string& type);
    std::string doomed(const Push& push, const Merchant& merchant, std::string_view type) const;
    void prompt(Push& push, Instant now);
    void act(const std::string& checkout, Act act, Instant at);
    void pay(Push& push, Instant at);
    void finish(Push& push, const std::string& code, Instant at);
    void tell(Push& push, Instant at);
    void tell_twice(Push& push, Instant due);
    std::string success_body(const Push& push, int64_t extra_shillings);

    World& world_;
    C2b& c2b_;
    std::map<std::string, Push> pushes_;
    std::map<std::string, std::string> open_by_phone_;
    std::map<std::string, Instant> last_paid_;  // phone, receiver and amount
    int64_t last_number_ = 0;
};

inline constexpr std::string_view kStkPath = "/mpesa/stkpush/v1/processrequest";
std::string same_payment_key(const Push& push);

}  // namespace clinicpro::sandbox
