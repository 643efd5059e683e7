// sms_africas_talking.hpp: SMS through Africa's Talking (meetings.md 6.1), one clinic's account, sans-I/O.
//
// Promise: what the provider took is Sent, what it certainly refused is Refused with a sentence that says who must do
// what, and all else is Unknown: a lost, cut or unreadable answer may belong to a message that went out. The sender id
// must be registered as transactional: then Kenya's networks carry it at any hour. A delivery report comes unsigned, so
// whoever stores it checks the address it came to and the message id. Tested by messaging/sms_africas_talking_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "messaging/channel.hpp"

namespace clinicpro::messaging {

enum class SmsEnvironment { kLive, kSandbox, kCustom };
std::string_view to_string(SmsEnvironment environment);  // "live" | "sandbox" | "custom"
std::optional<SmsEnvironment> sms_environment_from(std::string_view word);

struct SmsAccount {
    SmsEnvironment environment = SmsEnvironment::kLive;
    std::string base_url;   // only for kCustom: a simulator or a proxy
    std::string username;   // of the application, as the dashboard shows it
    std::string sender_id;  // empty: Africa's Talking's shared one
    Secret<> api_key;

    std::string endpoint() const;
    friend bool operator==(const SmsAccount&, const SmsAccount&) = default;
};

class SmsAfricasTalking final : public Channel {
public:
    explicit SmsAfricasTalking(SmsAccount account) : account_(std::move(account)) {}
    std::string_view name() const override { return "sms"; }
    Step send(const Message& message) override;
    Delivery absorb(const net::Outcome& outcome) override { return read_answer(outcome); }

    static Delivery read_answer(const net::Outcome& outcome);

private:
    const SmsAccount account_;
};

// What a network says about a message, in the order in which one may replace another.
enum class Handset {
    kUnderWay,     // with the network
    kUndelivered,  // the phone was away, or a network dropped it; some arrive later all the same
    kFailed,       // final
    kDelivered,    // final: on the phone
};
std::string_view to_string(Handset handset);  // "under_way" | "undelivered" | "failed" | "delivered"
std::optional<Handset> handset_from(std::string_view word);
inline bool is_final(Handset handset) { return handset == Handset::kFailed || handset == Handset::kDelivered; }
// Whether news may replace what is known: never after a final state, never backwards.
bool may_follow(std::optional<Handset> known, Handset news);

struct DeliveryReport {
    std::string provider_id;
    Handset handset = Handset::kUnderWay;
    std::string sentence;  // why it did not arrive and what to do; empty otherwise
};
// The body of a delivery report, a form. Error kInvalid when it is none.
Result<DeliveryReport> read_delivery_report(std::string_view form);

}  // namespace clinicpro::messaging
