// channel.hpp: the port every way of reaching a patient implements.
//
// A channel holds no socket and no database: it turns a message into a request, and the answer into a meaning. A
// channel that needs no exchange (the log, a local spool) finishes at once. Unknown is its own ending: an SMS has no
// idempotency key (meetings.md 6.1), so the caller decides whether a second copy is better than none. Tested by
// messaging/channel_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ids.hpp"
#include "base/phone.hpp"
#include "messaging/calendar_invite.hpp"
#include "net/mail.hpp"

namespace clinicpro::messaging {

struct Message {
    ClinicId clinic;            // whose patient it is for
    Msisdn to;
    std::string body;           // holds the patient's link: never logged
    std::string template_name;  // "paid_virtual": may be logged
    std::string key;            // one key, one message: the notice's id; a channel that can de-duplicate sends it along
    // What a mail says besides.
    std::string email = {};        // empty: the patient has none
    std::string clinic_name = {};
    std::string subject = {};
    std::string link = {};         // the one in the body, if any
    std::optional<Invite> invite = {};
};

struct Sent {
    std::string provider_id;  // empty when the channel gives none
};
struct Unknown {  // it may have been delivered
    std::string reason;
};
struct Refused {  // certainly not delivered
    enum class Why {
        kPassing,    // the same message may pass later
        kAccount,    // the clinic's account or settings must be corrected: every message would be refused
        kRecipient,  // never to this recipient
    };
    Why why = Why::kPassing;
    std::string sentence;  // for people: why, and what to do
};
using Delivery = std::variant<Sent, Unknown, Refused>;

// What sending a message takes: nothing more, or one exchange whose answer goes to absorb().
using Step = std::variant<Delivery, net::ClientRequest, net::MailRequest>;

class Channel {
public:
    virtual ~Channel() = default;
    virtual std::string_view name() const = 0;  // "log", "sms", "mail": stored with each notice
    virtual Step send(const Message& message) = 0;
    virtual Delivery absorb(const net::Outcome& outcome) = 0;
};

}  // namespace clinicpro::messaging
