#include "invoices/refund.hpp"

#include "base/text.hpp"
#include "invoices/notices.hpp"
#include "invoices/refund_sources.hpp"
#include "invoices/settlement.hpp"
#include "payments/ledger.hpp"

namespace clinicpro::invoices {
namespace {

using payments::Refund;
using payments::RefundState;
using payments::RefundWay;
using payments::Transaction;

Result<> check_words(std::string_view words, size_t most, bool needed, std::string_view field,
                     std::string_view sentence) {
    const std::string_view said = text::trim(words);
    if ((needed && said.empty()) || said.size() > most || !text::is_utf8(said)) {
        return fail(Code::kInvalid, std::string(sentence), std::string(field));
    }
    return {};
}

// What a wish names and is not there is a mistake in the wish.
template <class T>
Result<T> named(Result<T> found, std::string_view field) {
    if (!found && found.error().code == Code::kNotFound) {
        return fail(Code::kInvalid, found.error().message, std::string(field));
    }
    return found;
}

Result<> check_payment(const Transaction& t) {
    if (t.duplicate_of) {
        return fail(Code::kConflict,
                    "This payment's money is booked under " + t.duplicate_of.to_text() + ". Refund that one.");
    }
    if (t.state == payments::State::kPaidWithoutReceipt) {
        return fail(Code::kConflict,
                    "M-Pesa has not told this payment's receipt yet, so it cannot be refunded. Try again later.");
    }
    if (t.state != payments::State::kPaid || !t.receipt || !t.amount_received.is_positive()) {
        return fail(Code::kConflict, "Nothing was paid by this payment, so nothing can be refunded.");
    }
    if (t.amount_allocated != t.amount_received) {
        return fail(Code::kConflict, "This payment is still being settled. Try again in a moment.");
    }
    return {};
}

// The whole by reversal, which needs no phone; else a payout.
RefundWay usual_way(const Transaction& t, Money amount) {
    const bool whole = amount == t.amount_received && t.amount_held.is_zero() && t.amount_refunded.is_zero();
    return whole ? RefundWay::kReversal : RefundWay::kPayout;
}

Result<Msisdn> payee_of(store::ClinicTx& tx, payments::Payback& payback, const RefundWish& wish, TransactionId payment) {
    if (wish.phone) return *wish.phone;
    TRY(auto payer, payback.payer(tx, payment));
    if (payer) return *std::move(payer);
    return fail(Code::kInvalid,
                "M-Pesa did not tell which phone paid this. Give the phone that the money goes to, or choose another way.",
                "phone");
}

}  // namespace

namespace refund {

Result<Refund> ask(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, payments::Payback& payback,
                   const RefundWish& wish) {
    TRY(check_words(wish.reason, payments::refunds::kReasonMax, true, "reason",
                    "Say why in 1 to 200 bytes: whoever approves it reads this."));
    TransactionId payment = wish.payment;
    std::optional<Money> most;
    if (wish.unallocated) {
        const auto row = named(unallocated::find(tx, wish.unallocated), "unallocated_id");
        if (!row) return std::unexpected(row.error());
        if (row->state != "open") {
            return fail(Code::kConflict, "This money was already decided about. Look at the list again.",
                        "unallocated_id");
        }
        payment = row->transaction;
        most = row->amount;
    }
    TRY(const Transaction t, named(payments::ledger::find(tx, payment), "payment_id"));
    TRY(check_payment(t));
    TRY(const Money left, payments::refunds::left_of(tx, payment));
    if (!left.is_positive()) {
        return fail(Code::kConflict, "All of this payment is being refunded or went back already.");
    }
    most = most ? std::min(*most, left) : left;
    const Money amount = wish.amount.value_or(*most);
    if (!amount.is_positive() || amount > *most) {
        return fail(Code::kInvalid, "At most " + most->to_display() + " can go back. Ask for that or less.",
                    "amount_cents");
    }
    const RefundWay way = wish.way.value_or(usual_way(t, amount));
    if (way == RefundWay::kReversal && usual_way(t, amount) != RefundWay::kReversal) {
        return fail(Code::kInvalid,
                    "M-Pesa reverses a payment as a whole, " + t.amount_received.to_display() +
                        ". For a part, choose payout or by_hand.",
                    "way");
    }
    if (way != RefundWay::kPayout && wish.phone) {
        return fail(Code::kInvalid, "A phone goes with a payout only: a reversal returns to the phone that paid.", "phone");
    }
    TRY(payback.check(tx, way, amount));
    payments::refunds::NewRefund made{.id = context.ids().make<RefundId>(),
                                      .payment = payment,
                                      .way = way,
                                      .amount = amount,
                                      .reason = std::string(text::trim(wish.reason)),
                                      .actor = wish.actor};
    if (way == RefundWay::kPayout) {
        TRY(const Msisdn payee, payee_of(tx, payback, wish, payment));
        TRY(const crypto::DataKey* key, vault.key(tx));
        made.payee_masked = payee.masked();
        made.payee_sealed = key->seal(payee.digits(), kPayeePurpose, vault.entropy());
    }
    TRY(payments::refunds::insert(context, tx, made));
    TRY(const Refund asked, payments::refunds::find(tx, made.id));
    TRY(refund_sources::hold(context, tx, asked, wish.unallocated));
    return asked;
}

Result<Refund> settle(jobs::Context& context, store::ClinicTx& tx, RefundId id, const SettledByHand& word) {
    TRY(const Refund before, payments::refunds::find(tx, id));
    TRY(check_words(word.note, payments::refunds::kReasonMax, true, "note",
                    "Say in 1 to 200 bytes how you know: what the statement shows, or who got the money."));
    TRY(check_words(word.reference, payments::refunds::kReferenceMax, word.done, "reference",
                    "Give the receipt or voucher number that proves it, at most 40 bytes."));
    using Kind = payments::RefundEvidence::Kind;
    return payments::refunds::record(context, tx, before,
                                     {.kind = word.done ? Kind::kSettledDone : Kind::kSettledFailed,
                                      .witness = word.actor,
                                      .amount = word.done ? word.amount : std::nullopt,
                                      .reference = word.done ? std::string(text::trim(word.reference)) : std::string(),
                                      .text = std::string(text::trim(word.note))});
}

}  // namespace refund

namespace {

// The patient hears about it; a payment that was never tied to an invoice has no patient to tell.
Result<> tell(jobs::Context& context, store::ClinicTx& tx, const Refund& r, InvoiceId invoice) {
    if (!invoice) return {};
    TRY(const auto target, find_target(tx, invoice));
    if (!target) return {};
    return notices::queue_refunded(context, tx,
                                   {.effect = std::to_string(r.id.value),
                                    .patient = target->patient,
                                    .invoice = invoice,
                                    .transaction = r.payment,
                                    .amount = r.amount_done,
                                    .receipt = r.reference});
}

}  // namespace

Result<jobs::Plan> RefundKeeper::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(const Refund r, payments::refunds::find(tx, RefundId{job.subject}));
    if (r.booked || is_open(r.state)) return jobs::Next{jobs::Done{}};
    if (r.state != RefundState::kDone) {
        TRY(refund_sources::release(tx, r.id));
    } else {
        TRY(const auto taken, refund_sources::take(context, tx, r, r.id.to_text() + " " + r.reference));
        TRY(const Transaction t, payments::ledger::find(tx, r.payment));
        if (t.attention && t.amount_refunded == t.amount_received) {
            TRY(payments::ledger::clear_attention(context, tx, t.id, r.witness));
        }
        InvoiceId about = taken.meant_for;
        if (!taken.invoices.empty()) about = taken.invoices.front();
        if (!about) about = t.invoice;
        TRY(tell(context, tx, r, about));
    }
    TRY(payments::refunds::set_booked(tx, r.id, true));
    return jobs::Next{jobs::Done{}};
}

}  // namespace clinicpro::invoices
