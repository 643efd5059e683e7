// ledger.hpp: the truth. Every unit of money that really moved, and what everybody holds.
//
// Money enters only by open() (a wallet's opening balance) and never leaves, so total() equals issued() for ever; the
// server under test is right exactly when its books agree with movements(). Tested by sandbox/ledger_test.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"

namespace clinicpro::sandbox {

struct Movement {
    std::string receipt;
    std::string payer;     // MSISDN
    std::string receiver;  // paybill or till
    Money amount;
    std::string account;     // what the customer typed, or the push's AccountReference; the receipt that was reversed
    std::string source;      // "stk" or "c2b"; out: "reversal" or "b2c", with payer and receiver changed about
    std::string checkout;    // CheckoutRequestID of an STK payment
    Instant at;              // as the customer's receipt shows it
    Money receiver_balance;  // after
};

struct Limits {
    Money least;
    Money most;
    Money daily;
    Money receiver_most;  // zero: none
};

class Ledger {
public:
    void open(const std::string& wallet, Money balance);  // sets a wallet's balance; the difference is issued
    bool has(const std::string& wallet) const { return wallets_.contains(wallet); }
    Money wallet(const std::string& phone) const;
    Money shortcode(const std::string& receiver) const;

    // The ResultCode that would refuse this payment ("1", "2", "3", "4", "8"), or empty when it may go ahead.
    std::string refusal(const Movement& wanted, const Limits& limits) const;
    // Moves the money; refusal() must have been empty.
    const Movement& move(Movement movement);

    // Money that goes out: out of what a paybill holds, or out of a shortcode's Utility account. It must hold enough.
    const Movement& give_back(Movement movement);
    const Movement& pay_out(Movement movement);
    // What the Utility account of a shortcode holds; `opening` is issued when it is looked at first.
    Money utility(const std::string& shortcode, Money opening);
    // By receipt; nullptr when there is none. Valid until the next movement.
    const Movement* find(std::string_view receipt) const;

    const std::vector<Movement>& movements() const { return movements_; }
    const std::map<std::string, Money>& shortcodes() const { return shortcodes_; }
    int64_t issued_cents() const { return issued_cents_; }
    int64_t total_cents() const;

private:
    const Movement& keep(Movement movement);
    static std::string day_key(const Movement& m) { return m.payer + to_eat_stamp(m.at).substr(0, 8); }

    std::map<std::string, Money> wallets_;
    std::map<std::string, Money> shortcodes_;
    std::map<std::string, Money> utilities_;
    std::map<std::string, size_t, std::less<>> by_receipt_;
    std::map<std::string, Money> paid_by_day_;
    std::vector<Movement> movements_;
    int64_t issued_cents_ = 0;
};

}  // namespace clinicpro::sandbox
