// handset.hpp: the patients' phones: who they are, what each does with an M-Pesa prompt, and the messages they got.
//
// Behaviour is scripted per phone, or for the next prompts only; `manual` waits for somebody at the phone page.
// Tested by sandbox/handset_test.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace clinicpro::sandbox {

// Safaricom's public test payer: measured never to answer (daraja.md 7).
inline constexpr std::string_view kTestPayer = "254708374149";

enum class Act {
    kPay,
    kWrongPin,  // 2001
    kCancel,    // 1032
    kNoAnswer,  // 1037 after the handset could not be reached
    kIgnore,    // 1032 when the prompt expires
    kNoMoney,   // 1, whatever the wallet holds
    kLate,      // 1037 first, paid afterwards
    kManual,    // somebody answers, or it expires
    kResult,    // a literal ResultCode
};
std::string_view to_string(Act act);
std::optional<Act> act_of(std::string_view word);

struct Script {
    Act act = Act::kPay;
    std::optional<Duration> after;  // prompt to act; without it, the timing's range
    std::string code;               // for kResult
};
// {"act": "pay", "after_seconds": 2} or {"act": "result", "code": "2028"}, or just "pay".
Result<Script> read_script(json::View value);
void write_script(json::Writer& out, const Script& script);

struct Sms {
    Instant at;
    std::string text;
};

struct Customer {
    std::string phone;
    std::string first_name;
    std::string middle_name;
    std::string last_name;
    Script script;
    std::deque<Script> next;  // used up by the next prompts, first in first out
    std::deque<Sms> messages;
};

class Handsets {
public:
    // Made on demand, with an invented name that depends on the number only.
    Customer& at(const std::string& phone, const Script& usual);
    Customer* find(const std::string& phone);
    Script next_script(Customer& customer);
    void tell(Customer& customer, Instant at, std::string text);
    const std::map<std::string, Customer>& all() const { return customers_; }
    void clear() { customers_.clear(); }

private:
    std::map<std::string, Customer> customers_;
};

}  // namespace clinicpro::sandbox
