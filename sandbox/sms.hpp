// sms.hpp: Africa's Talking, played: POST /version1/messaging, the SMS on the handset, and delivery reports; GET
// /version1/user, the account's balance.
//
// meetings.md 6.1 and 7.4: 201 with mixed recipients, XML unless JSON is asked for, a text body for a wrong key, and
// reports that come late, out of order, twice or never. It has no idempotency: what is asked twice is sent twice.
// Tested by sandbox/sms_test.
#pragma once

#include <deque>
#include <string>

#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

inline constexpr std::string_view kSmsPath = "/version1/messaging";
inline constexpr std::string_view kSmsUserPath = "/version1/user";

struct SmsSent {
    std::string id;  // messageId, or "None" when it was refused
    std::string username;
    std::string phone;
    std::string from;
    std::string text;
    std::string code;    // 100 ... 502
    std::string status;  // "Success", "InvalidPhoneNumber" ...
    std::string handset = "Sent";
    int64_t parts = 0;
    Instant at;
};

class SmsProvider {
public:
    explicit SmsProvider(World& world) : world_(world) {}

    Answer send(const net::Request& request, Instant now);
    Answer user(const net::Request& request) const;  // the balance: each message costs, and nobody tops it up

    struct Report {
        std::string id;
        std::string status;
        std::string reason;
        std::string url;  // empty: the account's own
    };
    // A report somebody wants sent now: true, late, unknown or forged. Error when there is nowhere to send it.
    Result<int64_t> report(const Report& wanted, Instant now);

    const std::deque<SmsSent>& all() const { return sent_; }

private:
    struct Asked;
    const SmsAccount* account(std::string_view username, std::string_view key) const;
    SmsSent take(const Asked& asked, std::string_view to, Instant now);
    void plan_reports(const SmsSent& sms, const SmsAccount& account, Instant now);
    Delivery delivery(const SmsSent& sms, const std::string& url, std::string_view status, std::string_view reason);
    void arrive(const std::string& id, Instant at);

    World& world_;
    std::deque<SmsSent> sent_;
};

}  // namespace clinicpro::sandbox
