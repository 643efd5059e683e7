// A receipt is booked once, money moves in balanced lines, and every change is in the audit trail.
#include "tests/payments/fixture.hpp"

namespace clinicpro::payments {
namespace {

using Kind = Evidence::Kind;
const Money kAsked = Money::from_shillings(500);
const InvoiceId kInvoice{71}, kOtherInvoice{72};

Evidence paid_by(Witness witness, std::string receipt, Money amount = kAsked) {
    return {.kind = Kind::kSucceeded, .witness = witness, .amount = amount, .receipt = std::move(receipt), .code = "0"};
}
const Evidence kPaidByQuery{.kind = Kind::kSucceeded, .witness = Witness::kQuery, .code = "0"};

class ledger_rows : public PaymentsTest {
protected:
    ledger_rows() {
        auto owned = std::make_unique<Settler>();
        settler = owned.get();
        worker.handle(std::string(kSettledJob), std::move(owned));
    }
    void settle() {
        while (must(worker.step()).taken > 0) {
        }
    }
    Result<TransactionId> prompt(ClinicId clinic, InvoiceId invoice = kInvoice, std::string mark = "phone-1") {
        const TransactionId id = ids.make<TransactionId>();
        TRY(with(clinic, [&](jobs::Context& context, store::ClinicTx& tx) {
            return ledger::insert(context, tx,
                                  {.id = id,
                                   .method = "mpesa.stk",
                                   .invoice = invoice,
                                   .amount_expected = kAsked,
                                   .account = "123456782",
                                   .payer_masked = "2547*****149",
                                   .payer_mark = mark,
                                   .payer_sealed = "sealed",
                                   .actor = "key_1"});
        }));
        return id;
    }
    TransactionId sent_prompt(ClinicId clinic, InvoiceId invoice = kInvoice, std::string mark = "phone-1") {
        const TransactionId id = must(prompt(clinic, invoice, mark));
        record(clinic, id, {.kind = Kind::kSendStarted, .witness = Witness::kPushReply});
        record(clinic, id, {.kind = Kind::kAccepted, .witness = Witness::kPushReply});
        return id;
    }
    Result<TransactionId> arrive(ClinicId clinic, std::string receipt, InvoiceId invoice = kInvoice,
                                 Money amount = kAsked) {
        const TransactionId id = ids.make<TransactionId>();
        TRY(with(clinic, [&](jobs::Context& context, store::ClinicTx& tx) {
            return ledger::arrive(context, tx,
                                  {.id = id,
                                   .method = "mpesa.c2b",
                                   .invoice = invoice,
                                   .amount = amount,
                                   .account = "x",
                                   .receipt = receipt,
                                   .payer_masked = "2547*****149"});
        }));
        return id;
    }
    void expect_balances(int64_t invoice, int64_t unallocated) {
        settle();
        EXPECT_EQ(balance("invoice"), invoice);
        EXPECT_EQ(balance("unallocated"), unallocated);
        EXPECT_EQ(balance("clearing"), 0);
        EXPECT_EQ(balance("mpesa"), -invoice - unallocated);
        EXPECT_EQ(number("SELECT COUNT(*) FROM transactions WHERE amount_received <> amount_allocated"), 0);
        expect_whole_audit();
    }

    Settler* settler = nullptr;
    jobs::Worker worker{*database, client, ids, clock};
};

TEST_F(ledger_rows, a_paid_prompt_books_its_money_once) {
    const TransactionId id = sent_prompt(mlimani);
    clock.pass(20s);
    const Transaction t = record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001"));
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.amount_received, kAsked);
    EXPECT_EQ(t.receipt, "UKI0000001");
    EXPECT_EQ(t.witness, "callback");
    EXPECT_EQ(t.settled_at, clock.now());
    for (int i = 0; i < 5; ++i) record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001"));
    expect_balances(kAsked.cents(), 0);
    EXPECT_EQ(settler->settled.size(), 1u);
    EXPECT_EQ(words("SELECT action FROM audit ORDER BY clinic_id, seq"),
              "payment.created,payment.sending,payment.pending,payment.paid");
    EXPECT_EQ(find(mlimani, id).sent_at, testing::kMorning);
}

TEST_F(ledger_rows, when_a_prompt_left_is_kept_by_the_provider_s_clock_too) {
    const Instant theirs = testing::kMorning + 7min;
    const auto answered_after = [&](Duration wait, InvoiceId invoice) {
        const TransactionId id = must(prompt(mlimani, invoice));
        record(mlimani, id, {.kind = Kind::kSendStarted, .witness = Witness::kPushReply});
        EXPECT_EQ(find(mlimani, id).provider_sent_at, std::nullopt);
        clock.pass(wait);
        record(mlimani, id, {.kind = Kind::kAccepted, .witness = Witness::kPushReply, .provider_now = theirs});
        return find(mlimani, id).provider_sent_at;
    };
    EXPECT_EQ(answered_after(3s, InvoiceId{73}), theirs - 3s);
    EXPECT_EQ(answered_after(-1s, InvoiceId{74}), theirs - 60s) << "our clock was set back meanwhile (storm seed 73815)";
    EXPECT_EQ(answered_after(1h, InvoiceId{75}), theirs - 60s) << "our clock was set ahead meanwhile";
    const TransactionId silent = sent_prompt(mlimani);
    EXPECT_EQ(find(mlimani, silent).provider_sent_at, std::nullopt);
}

TEST_F(ledger_rows, when_a_query_found_it_paid_is_kept_by_the_provider_s_clock) {
    const Instant theirs = testing::kMorning + 7min;
    const TransactionId id = sent_prompt(mlimani);
    record(mlimani, id, {.kind = Kind::kSucceeded, .witness = Witness::kQuery, .code = "0", .provider_now = theirs});
    EXPECT_EQ(find(mlimani, id).settled_at, theirs);
    EXPECT_EQ(find(mlimani, id).provider_sent_at, std::nullopt) << "that tells nothing of when the prompt left";
}

TEST_F(ledger_rows, a_receipt_is_booked_once_whichever_channel_comes_first) {
    const TransactionId prompt = sent_prompt(mlimani);
    const TransactionId arrival = must(arrive(mlimani, "UKI0000001"));
    settle();
    const Transaction t = record(mlimani, prompt, paid_by(Witness::kCallback, "UKI0000001"));
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.duplicate_of, arrival);
    EXPECT_EQ(t.amount_received, Money());
    EXPECT_EQ(t.receipt, "UKI0000001");
    expect_balances(kAsked.cents(), 0);

    // The same callback again: nobody needs to look.
    EXPECT_FALSE(record(mlimani, prompt, paid_by(Witness::kCallback, "UKI0000001")).attention);
    const auto booked =
        must(in_clinic(mlimani, [&](store::ClinicTx& tx) { return ledger::by_receipt(tx, "UKI0000001"); }));
    ASSERT_TRUE(booked);
    EXPECT_EQ(booked->id, arrival);
}

TEST_F(ledger_rows, an_arrival_under_a_booked_receipt_is_refused_by_the_database_itself) {
    const TransactionId prompt = sent_prompt(mlimani);
    record(mlimani, prompt, paid_by(Witness::kCallback, "UKI0000001"));
    const auto second = arrive(mlimani, "UKI0000001");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
    expect_balances(kAsked.cents(), 0);
}

TEST_F(ledger_rows, the_same_receipt_may_stand_in_two_clinics) {
    must(arrive(mlimani, "UKI0000001"));
    must(arrive(bahari, "UKI0000001"));
    expect_balances(2 * kAsked.cents(), 0);
}

TEST_F(ledger_rows, a_receipt_that_comes_after_the_query_completes_the_payment) {
    const TransactionId id = sent_prompt(mlimani);
    EXPECT_EQ(record(mlimani, id, kPaidByQuery).state, State::kPaidWithoutReceipt);
    expect_balances(kAsked.cents(), 0);
    const Transaction t = record(mlimani, id, paid_by(Witness::kC2b, "UKI0000001"));
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.receipt, "UKI0000001");
    expect_balances(kAsked.cents(), 0);
}

TEST_F(ledger_rows, a_query_that_booked_too_much_is_corrected_by_the_receipt) {
    const TransactionId id = sent_prompt(mlimani);
    record(mlimani, id, kPaidByQuery);
    settle();
    const Transaction t = record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001", Money::from_shillings(300)));
    EXPECT_EQ(t.amount_received, Money::from_shillings(300));
    EXPECT_TRUE(t.attention);
    expect_balances(30'000, 0);
}

TEST_F(ledger_rows, what_a_query_booked_is_given_back_when_the_receipt_was_booked_elsewhere) {
    const TransactionId id = sent_prompt(mlimani);
    record(mlimani, id, kPaidByQuery);
    const TransactionId arrival = must(arrive(mlimani, "UKI0000001", {}));
    expect_balances(kAsked.cents(), kAsked.cents());
    const Transaction t = record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001"));
    EXPECT_EQ(t.duplicate_of, arrival);
    EXPECT_EQ(t.amount_received, Money());
    expect_balances(0, kAsked.cents());
}

TEST_F(ledger_rows, a_wrong_amount_is_booked_as_it_moved_and_shown) {
    const TransactionId id = sent_prompt(mlimani);
    const Transaction t = record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001", Money::from_shillings(5)));
    EXPECT_EQ(t.amount_received, Money::from_shillings(5));
    ASSERT_TRUE(t.attention);
    EXPECT_NE(t.attention->find("KES 5.00"), std::string::npos);
    expect_balances(500, 0);
}

// Storm seed 3: the patient answered the prompt and paid by hand as well; the notice by hand was taken for the prompt's.
TEST_F(ledger_rows, a_second_receipt_is_booked_once_as_a_payment_of_its_own) {
    const TransactionId id = sent_prompt(mlimani);
    record(mlimani, id, paid_by(Witness::kC2b, "UKI0000001"));
    for (int told = 0; told < 2; ++told) {
        const Transaction t = record(mlimani, id, paid_by(Witness::kCallback, "UKI0000002"));
        EXPECT_EQ(t.receipt, "UKI0000001");
        EXPECT_EQ(t.amount_received, kAsked);
        EXPECT_FALSE(t.attention);
    }
    const auto other = must(in_clinic(mlimani, [](store::ClinicTx& tx) { return ledger::by_receipt(tx, "UKI0000002"); }));
    ASSERT_TRUE(other);
    EXPECT_EQ(other->invoice, kInvoice);
    EXPECT_EQ(other->amount_received, kAsked);
    EXPECT_TRUE(other->attention) << "a person should tell the patient";
    expect_balances(2 * kAsked.cents(), 0);
}

TEST_F(ledger_rows, an_open_prompt_stands_in_the_way_of_another_to_the_same_phone) {
    const TransactionId first = must(prompt(mlimani));
    const auto second = prompt(mlimani);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
    EXPECT_NE(second.error().message.find("open payment prompt"), std::string::npos);
    must(prompt(mlimani, kOtherInvoice));
    must(prompt(mlimani, kInvoice, "phone-2"));
    must(prompt(bahari));
    record(mlimani, first, {.kind = Kind::kRefused, .witness = Witness::kPushReply, .code = "400.002.02"});
    must(prompt(mlimani));
}

TEST_F(ledger_rows, a_change_over_a_stale_copy_is_refused) {
    const TransactionId id = sent_prompt(mlimani);
    const Transaction stale = find(mlimani, id);
    record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001"));
    const auto late = with(mlimani, [&](jobs::Context& context, store::ClinicTx& tx) {
        return ledger::record(context, tx, stale, {.kind = Kind::kFailed, .witness = Witness::kQuery, .code = "1032"});
    });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::kConflict);
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    expect_balances(kAsked.cents(), 0);
}

TEST_F(ledger_rows, another_clinic_sees_nothing) {
    const TransactionId id = sent_prompt(mlimani);
    record(mlimani, id, paid_by(Witness::kCallback, "UKI0000001"));
    must(in_clinic(bahari, [&](store::ClinicTx& tx) -> Result<> {
        const auto found = ledger::find(tx, id);
        EXPECT_FALSE(found);
        EXPECT_EQ(found.error().code, Code::kNotFound);
        TRY(const auto by_receipt, ledger::by_receipt(tx, "UKI0000001"));
        EXPECT_FALSE(by_receipt);
        TRY(const auto of_invoice, ledger::of_invoice(tx, kInvoice));
        EXPECT_TRUE(of_invoice.empty());
        TRY(const auto listed, ledger::list(tx, {}));
        EXPECT_TRUE(listed.empty());
        TRY(const std::string payer, ledger::payer_sealed(tx, id));
        EXPECT_EQ(payer, "");
        return {};
    }));
    const Transaction own = find(mlimani, id);
    const auto foreign = with(bahari, [&](jobs::Context& context, store::ClinicTx& tx) {
        return ledger::record(context, tx, own, {.kind = Kind::kFailed, .witness = Witness::kCallback, .code = "1032"});
    });
    EXPECT_FALSE(foreign);
    EXPECT_FALSE(find(mlimani, id).attention);
}

TEST_F(ledger_rows, attention_is_listed_and_cleared) {
    const TransactionId calm = sent_prompt(mlimani, kInvoice), odd = sent_prompt(mlimani, kOtherInvoice);
    record(mlimani, calm, paid_by(Witness::kCallback, "UKI0000001"));
    record(mlimani, odd, {.kind = Kind::kGaveUp, .witness = Witness::kTimer});
    const auto listed = [&] {
        return must(in_clinic(mlimani, [](store::ClinicTx& tx) { return ledger::list(tx, {.attention = true}); }));
    };
    ASSERT_EQ(listed().size(), 1u);
    EXPECT_EQ(listed()[0].id, odd);
    EXPECT_EQ(listed()[0].state, State::kExpired);
    must(with(mlimani, [&](jobs::Context& context, store::ClinicTx& tx) {
        return ledger::clear_attention(context, tx, odd, "key_1");
    }));
    EXPECT_TRUE(listed().empty());
    expect_whole_audit();
}

}  // namespace
}  // namespace clinicpro::payments
