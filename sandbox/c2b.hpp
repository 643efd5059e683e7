// c2b.hpp: a customer pays a paybill or till himself: registered URLs, validation within its limit, confirmation.
//
// daraja.md 4. Validation is asked only where it is on for the merchant; no or late or senseless answer leaves the
// choice to the registered ResponseType; a confirmation means that money has moved. Tested by sandbox/c2b_test.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

struct Registration {
    int version = 2;
    std::string response_type;  // Completed | Cancelled
    std::string confirmation_url;
    std::string validation_url;
};

struct Payment {
    int64_t id = 0;
    std::string phone;
    std::string receiver;
    Money amount;
    std::string account;
    std::string receipt;
    std::string state;  // validating | paid | refused
    std::string why;    // when refused: a result code, a reject code, or "ResponseType"
    Instant at;
};

class C2b {
public:
    explicit C2b(World& world) : world_(world) {}

    Answer register_urls(const Call& call, int version);
    Answer simulate(const Call& call);

    struct Wish {
        std::string phone;
        std::string receiver;
        Money amount;
        std::string account;
    };
    // What the customer does at "Lipa na M-Pesa". Error when he could not even send it: no such number, bad amount.
    Result<int64_t> pay(const Wish& wish, Instant now);
    // Tells the merchant of money that moved, when it registered URLs.
    void confirm(const Movement& movement, Instant due, const std::string& third_party = {});
    // A confirmation of money that never moved, for forging. Nothing when no URLs are registered.
    std::optional<Delivery> forge(const Movement& movement);

    const std::map<int64_t, Payment>& payments() const { return payments_; }
    const std::map<std::string, Registration>& registrations() const { return registrations_; }

private:
    Delivery make_delivery(const Movement& facts, const Registration& registration, bool validation,
                           const std::string& third_party);
    void validate(int64_t id, const Registration& registration, Instant now);
    void judge(int64_t id, const net::Outcome& outcome, Instant now);
    void complete(int64_t id, Instant now, const std::string& third_party);
    void refuse(int64_t id, const std::string& why, Instant now);
    Movement movement_of(const Payment& payment) const;

    World& world_;
    std::map<std::string, Registration> registrations_;  // by receiver
    std::map<int64_t, Payment> payments_;
    int64_t last_id_ = 0;
};

}  // namespace clinicpro::sandbox
