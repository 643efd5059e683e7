// Every state against every piece of evidence, as a table that stands in tests/golden/transaction.table and is read as
// documentation; and what must hold in whatever order witnesses come.
#include "payments/transaction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace clinicpro::payments {
namespace {

using Kind = Evidence::Kind;

const Money kAsked = Money::from_shillings(500);
const Money kOther = Money::from_shillings(300);
const std::string kReceipt = "UKI0000001", kOtherReceipt = "UKI0000002";

struct Situation {
    std::string title;
    Transaction transaction;
};

std::vector<Situation> situations() {
    std::vector<Situation> all;
    for (const State state : kAllStates) {
        Transaction t{.id = TransactionId{1}, .state = state, .amount_expected = kAsked};
        std::string title(to_string(state));
        if (state == State::kPaid) {
            t.receipt = kReceipt;
            t.amount_received = kAsked;
            title += " (500.00 booked under receipt 1)";
        }
        if (state == State::kPaidWithoutReceipt) {
            t.amount_received = kAsked;
            title += " (500.00 booked on the word of a status query)";
        }
        all.push_back({title, t});
        if (state == State::kPaid) {
            t.amount_received = Money();
            t.duplicate_of = TransactionId{2};
            all.push_back({"paid (nothing booked: receipt 1 is booked under another payment)", t});
        }
    }
    return all;
}

std::string words(const Transaction& before, const Change& change) {
    if (!change.changed) return "stays";
    std::string out = change.to == before.state ? "stays" : "-> " + std::string(to_string(change.to));
    if (!change.credit.is_zero()) {
        const bool back = change.credit < Money();
        out += back ? ", gives back " + (Money() - change.credit).to_text() : ", books " + change.credit.to_text();
    }
    if (!change.receipt.empty()) out += change.receipt == kReceipt ? ", receipt 1" : ", receipt 2";
    if (change.clears_attention) out += ", clears attention";
    if (change.is_other_money) out += "; it is booked as a payment of its own";
    if (!change.attention.empty()) {
        std::string text = change.attention;
        for (const auto& [from, into] : {std::pair{kReceipt, "receipt 1"}, std::pair{kOtherReceipt, "receipt 2"}}) {
            for (size_t at; (at = text.find(from)) != std::string::npos;) text.replace(at, from.size(), into);
        }
        out += "\n        attention: " + text;
    }
    return out;
}

std::string line(const std::string& left, const std::string& right) {
    std::string out = "    " + left;
    out.resize(std::max<size_t>(out.size() + 1, 62), ' ');
    return out + right + "\n";
}

// One line for all witnesses when they agree, else one for each.
std::string lines(const Transaction& t, Evidence e, const std::string& left, std::initializer_list<Witness> witnesses) {
    std::vector<std::string> each;
    for (const Witness witness : witnesses) {
        e.witness = witness;
        each.push_back(words(t, apply(t, e)));
    }
    std::string out;
    if (std::ranges::all_of(each, [&](const std::string& one) { return one == each[0]; })) {
        const std::string who = witnesses.size() == 1 ? "" : " by anyone";
        return line(left + who, each[0]);
    }
    size_t i = 0;
    for (const Witness witness : witnesses) out += line(left + " by " + std::string(to_string(witness)), each[i++]);
    return out;
}

std::string table() {
    std::string out =
        "# What each piece of evidence does to a payment in each state. Written by payments/transaction_test; 500.00 "
        "was\n"
        "# asked. Accept a change with: CLINICPRO_ACCEPT=1 build/dev/bin/payments_test "
        "--gtest_filter='transaction.*'\n";
    for (const auto& [title, t] : situations()) {
        out += "\n" + title + "\n";
        for (const auto& [kind, witness, text] :
             {std::tuple{Kind::kSendStarted, Witness::kPushReply, "the request is about to leave"},
              std::tuple{Kind::kNotSent, Witness::kPushReply, "it certainly did not leave"},
              std::tuple{Kind::kRefused, Witness::kPushReply, "the provider certainly refused it"},
              std::tuple{Kind::kLost, Witness::kPushReply, "the answer was lost"},
              std::tuple{Kind::kAccepted, Witness::kPushReply, "the provider queued it"},
              std::tuple{Kind::kGaveUp, Witness::kTimer, "nobody answered for too long"}}) {
            out += lines(t, {.kind = kind, .witness = witness}, text, {witness});
        }
        const auto everyone = {Witness::kQuery, Witness::kCallback, Witness::kC2b, Witness::kPerson};
        out += lines(t, {.kind = Kind::kFailed, .witness = Witness::kQuery, .code = "1032"}, "failed, told", everyone);
        const bool has_receipt = t.receipt.has_value();
        for (const auto& [receipt, receipt_words] :
             {std::pair{std::string(), "no receipt"}, std::pair{kReceipt, "receipt 1"},
              std::pair{kOtherReceipt, "receipt 2"}}) {
            if (!has_receipt && receipt == kOtherReceipt) continue;  // any receipt is new to it
            for (const auto& [amount, amount_words] :
                 {std::pair{std::optional<Money>(), "amount not told"}, std::pair{std::optional(kAsked), "500.00"},
                  std::pair{std::optional(kOther), "300.00"}}) {
                out += lines(t,
                             {.kind = Kind::kSucceeded,
                              .witness = Witness::kQuery,
                              .amount = amount,
                              .receipt = receipt,
                              .code = "0"},
                             std::string("paid, ") + amount_words + ", " + receipt_words + ", told", everyone);
            }
        }
    }
    return out;
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

std::string difference(const std::string& was, const std::string& is) {
    const auto split = [](const std::string& text) {
        std::vector<std::string> all;
        std::istringstream in(text);
        for (std::string one; std::getline(in, one);) all.push_back(one);
        return all;
    };
    const auto old_lines = split(was), new_lines = split(is);
    std::string out;
    for (size_t i = 0; i < std::max(old_lines.size(), new_lines.size()); ++i) {
        const std::string a = i < old_lines.size() ? old_lines[i] : "", b = i < new_lines.size() ? new_lines[i] : "";
        if (a != b) out += "line " + std::to_string(i + 1) + "\n- " + a + "\n+ " + b + "\n";
    }
    return out;
}

TEST(transaction, every_state_and_evidence_is_in_the_table) {
    const std::string path = CLINICPRO_SOURCE_DIR "/tests/golden/transaction.table";
    const std::string now = table();
    if (const char* accept = std::getenv("CLINICPRO_ACCEPT"); accept != nullptr && *accept == '1') {
        std::ofstream(path, std::ios::binary) << now;
    }
    EXPECT_EQ(difference(read_file(path), now), "")
        << "The table of transitions changed. If that is meant, accept it with\n"
           "  CLINICPRO_ACCEPT=1 build/dev/bin/payments_test --gtest_filter='transaction.*'\n"
           "and commit tests/golden/transaction.table with the reason.";
}

// Every piece of evidence there can be, for the properties below.
std::vector<Evidence> all_evidence() {
    std::vector<Evidence> all;
    for (const Witness witness :
         {Witness::kTimer, Witness::kQuery, Witness::kPushReply, Witness::kCallback, Witness::kC2b, Witness::kPerson}) {
        for (const Kind kind : {Kind::kSendStarted, Kind::kAccepted, Kind::kRefused, Kind::kNotSent, Kind::kLost,
                                Kind::kFailed, Kind::kGaveUp}) {
            all.push_back({.kind = kind, .witness = witness, .code = "1032"});
        }
        for (const auto& receipt : {std::string(), kReceipt, kOtherReceipt}) {
            for (const auto& amount : {std::optional<Money>(), std::optional(kAsked), std::optional(kOther)}) {
                all.push_back({.kind = Kind::kSucceeded, .witness = witness, .amount = amount, .receipt = receipt});
            }
        }
    }
    return all;
}

// What ledger::record does with a change, without the rows.
void take(Transaction& t, const Evidence& e) {
    const Change change = apply(t, e);
    t.state = change.to;
    t.amount_received = t.amount_received + change.credit;
    if (!change.receipt.empty()) t.receipt = change.receipt;
    if (change.clears_attention) t.attention.reset();
    if (!change.attention.empty()) t.attention = change.attention;
}

TEST(transaction, nothing_leaves_paid_and_nothing_more_is_booked_there) {
    for (const auto& [title, t] : situations()) {
        if (t.state != State::kPaid) continue;
        for (const Evidence& e : all_evidence()) {
            const Change change = apply(t, e);
            EXPECT_EQ(change.to, State::kPaid) << title << " " << to_string(e.kind);
            EXPECT_TRUE(change.credit.is_zero()) << title << " " << to_string(e.kind);
            EXPECT_TRUE(change.receipt.empty()) << title << " " << to_string(e.kind);
        }
    }
}

TEST(transaction, money_said_to_have_moved_is_never_taken_for_a_failure) {
    for (const auto& [title, t] : situations()) {
        for (const Evidence& e : all_evidence()) {
            if (e.kind != Kind::kSucceeded) continue;
            const State to = apply(t, e).to;
            EXPECT_TRUE(to == State::kPaid || to == State::kPaidWithoutReceipt) << title;
        }
    }
}

TEST(transaction, only_certainty_lets_a_prompt_be_sent_again) {
    for (const auto& [title, t] : situations()) {
        for (const Evidence& e : all_evidence()) {
            if (apply(t, e).to != State::kCreated || t.state == State::kCreated) continue;
            EXPECT_EQ(t.state, State::kSending) << title;
            EXPECT_EQ(e.kind, Kind::kNotSent) << title;
        }
    }
}

TEST(transaction, success_beats_failure_from_any_witness_in_any_order) {
    const std::vector<Evidence> bag = {
        {.kind = Kind::kAccepted, .witness = Witness::kPushReply},
        {.kind = Kind::kFailed, .witness = Witness::kCallback, .code = "1037"},
        {.kind = Kind::kFailed, .witness = Witness::kQuery, .code = "1032"},
        {.kind = Kind::kGaveUp, .witness = Witness::kTimer},
        {.kind = Kind::kSucceeded, .witness = Witness::kQuery},
        {.kind = Kind::kSucceeded, .witness = Witness::kCallback, .amount = kAsked, .receipt = kReceipt},
        {.kind = Kind::kSucceeded, .witness = Witness::kC2b, .amount = kAsked, .receipt = kReceipt},
    };
    std::vector<int> order(bag.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = int(i);
    do {
        for (const State start : {State::kSending, State::kUnknown}) {
            Transaction t{.state = start, .amount_expected = kAsked};
            for (const int i : order) {
                take(t, bag[size_t(i)]);
                ASSERT_GE(t.amount_received, Money());
                ASSERT_LE(t.amount_received, kAsked);
            }
            ASSERT_EQ(t.state, State::kPaid);
            ASSERT_EQ(t.amount_received, kAsked);
            ASSERT_EQ(t.receipt, kReceipt);
        }
    } while (std::ranges::next_permutation(order).found);
}

TEST(transaction, what_the_provider_says_moved_is_what_is_booked_in_any_order) {
    // The prompt asked 500; the notices say 300; a status query says only yes.
    const std::vector<Evidence> bag = {
        {.kind = Kind::kFailed, .witness = Witness::kQuery, .code = "1032"},
        {.kind = Kind::kSucceeded, .witness = Witness::kQuery},
        {.kind = Kind::kSucceeded, .witness = Witness::kCallback, .amount = kOther, .receipt = kReceipt},
        {.kind = Kind::kSucceeded, .witness = Witness::kC2b, .amount = kOther, .receipt = kReceipt},
        {.kind = Kind::kGaveUp, .witness = Witness::kTimer},
    };
    std::vector<int> order = {0, 1, 2, 3, 4};
    do {
        Transaction t{.state = State::kPending, .amount_expected = kAsked};
        for (const int i : order) {
            take(t, bag[size_t(i)]);
            if (t.state == State::kPaid) ASSERT_EQ(t.amount_received, kOther);
        }
        ASSERT_EQ(t.state, State::kPaid);
        ASSERT_EQ(t.amount_received, kOther);
        ASSERT_TRUE(t.attention) << "a person should look at an amount that was not asked";
    } while (std::ranges::next_permutation(order).found);
}

TEST(transaction, what_changes_nothing_leaves_the_state_and_raises_nothing) {
    for (const auto& [title, t] : situations()) {
        for (const Evidence& e : all_evidence()) {
            const Change change = apply(t, e);
            if (change.changed) continue;
            EXPECT_EQ(change.to, t.state) << title << " " << to_string(e.kind);
            EXPECT_TRUE(change.credit.is_zero() && change.receipt.empty() && change.attention.empty() &&
                        !change.clears_attention && !change.is_other_money)
                << title << " " << to_string(e.kind);
        }
    }
}

TEST(transaction, a_prompt_is_open_until_it_is_settled_one_way_or_the_other) {
    for (const State open : {State::kCreated, State::kSending, State::kPending, State::kUnknown}) {
        EXPECT_TRUE(is_open(open)) << to_string(open);
    }
    for (const State settled : {State::kPaid, State::kPaidWithoutReceipt, State::kFailed, State::kExpired}) {
        EXPECT_FALSE(is_open(settled)) << to_string(settled);
    }
}

TEST(transaction, a_state_is_read_as_it_was_written) {
    for (const State state : kAllStates) EXPECT_EQ(state_from(to_string(state)), state);
}

TEST(transaction, repeated_notices_of_money_booked_elsewhere_raise_nothing) {
    Transaction t{
        .state = State::kPaid, .amount_expected = kAsked, .receipt = kReceipt, .duplicate_of = TransactionId{2}};
    EXPECT_FALSE(
        apply(t, {.kind = Kind::kSucceeded, .witness = Witness::kCallback, .amount = kAsked, .receipt = kReceipt})
            .changed);
}

}  // namespace
}  // namespace clinicpro::payments
