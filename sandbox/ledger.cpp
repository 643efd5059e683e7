#include "sandbox/ledger.hpp"

namespace clinicpro::sandbox {
namespace {

Money held(const std::map<std::string, Money>& accounts, const std::string& key) {
    const auto found = accounts.find(key);
    return found == accounts.end() ? Money() : found->second;
}

}  // namespace

void Ledger::open(const std::string& wallet, Money balance) {
    issued_cents_ += balance.cents() - held(wallets_, wallet).cents();
    wallets_[wallet] = balance;
}

Money Ledger::wallet(const std::string& phone) const {
    return held(wallets_, phone);
}
Money Ledger::shortcode(const std::string& receiver) const {
    return held(shortcodes_, receiver);
}

std::string Ledger::refusal(const Movement& wanted, const Limits& limits) const {
    if (wanted.amount < limits.least) return "2";
    if (wanted.amount > limits.most) return "3";
    if (held(paid_by_day_, day_key(wanted)) + wanted.amount > limits.daily) return "4";
    if (wanted.amount > wallet(wanted.payer)) return "1";
    if (limits.receiver_most.is_positive() && shortcode(wanted.receiver) + wanted.amount > limits.receiver_most)
        return "8";
    return "";
}

const Movement& Ledger::move(Movement movement) {
    CHECK(movement.amount.is_positive());
    CHECK(wallet(movement.payer) >= movement.amount);
    wallets_[movement.payer] = wallets_[movement.payer] - movement.amount;
    shortcodes_[movement.receiver] = shortcodes_[movement.receiver] + movement.amount;
    Money& day = paid_by_day_[day_key(movement)];
    day = day + movement.amount;
    movement.receiver_balance = shortcodes_[movement.receiver];
    return keep(std::move(movement));
}

const Movement& Ledger::keep(Movement movement) {
    by_receipt_[movement.receipt] = movements_.size();
    movements_.push_back(std::move(movement));
    return movements_.back();
}

const Movement& Ledger::give_back(Movement movement) {
    Money& held_now = shortcodes_[movement.payer];
    CHECK(movement.amount.is_positive() && held_now >= movement.amount);
    held_now = held_now - movement.amount;
    wallets_[movement.receiver] = wallets_[movement.receiver] + movement.amount;
    return keep(std::move(movement));
}

const Movement& Ledger::pay_out(Movement movement) {
    Money& held_now = utilities_[movement.payer];
    CHECK(movement.amount.is_positive() && held_now >= movement.amount);
    held_now = held_now - movement.amount;
    wallets_[movement.receiver] = wallets_[movement.receiver] + movement.amount;
    return keep(std::move(movement));
}

Money Ledger::utility(const std::string& shortcode, Money opening) {
    const auto [found, fresh] = utilities_.emplace(shortcode, opening);
    if (fresh) issued_cents_ += opening.cents();
    return found->second;
}

const Movement* Ledger::find(std::string_view receipt) const {
    const auto found = by_receipt_.find(receipt);
    return found == by_receipt_.end() ? nullptr : &movements_[found->second];
}

int64_t Ledger::total_cents() const {
    int64_t total = 0;
    for (const auto& [phone, balance] : wallets_) total += balance.cents();
    for (const auto& [receiver, balance] : shortcodes_) total += balance.cents();
    for (const auto& [shortcode_number, balance] : utilities_) total += balance.cents();
    return total;
}

}  // namespace clinicpro::sandbox
