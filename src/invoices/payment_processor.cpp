#include "invoices/payment_processor.hpp"

#include "base/text.hpp"
#include "invoices/account_number.hpp"
#include "invoices/correction.hpp"
#include "invoices/unallocated.hpp"

namespace clinicpro::invoices {
namespace {

struct Sentences {
    std::string_view reason;
    std::string_view next_step;
};

Sentences sentences(Split::Leftover why) {
    switch (why) {
        case Split::Leftover::kTooMuch:
            return {"More was paid than the invoice was due.",
                    "Use the rest for another invoice of this patient, or refund it."};
        case Split::Leftover::kAlreadyPaid:
            return {"The invoice was already paid in full.",
                    "Probably paid twice: use it for another invoice of this patient, or refund it."};
        case Split::Leftover::kVoid:
            return {"The invoice is void.", "Make a new invoice and assign this money to it, or refund it."};
        case Split::Leftover::kVisitCancelled:
            return {"The visit was cancelled before the money came.",
                    "Book a new visit and assign this money to its invoice, or refund it."};
        case Split::Leftover::kVisitReleased:
            return {
                "The visit was no longer held when the money came.",
                "If its time is still free, confirm the visit and assign this money to its invoice; otherwise offer "
                "another time, or refund it."};
        case Split::Leftover::kNone: break;
    }
    CHECK(false);
    return {};
}

std::string why_unknown(std::string_view typed) {
    constexpr size_t kShown = 40;  // what a payer can type is shorter; the rest would be nonsense
    const std::string_view account = text::trim(typed);
    if (account.empty()) return "The payment came without an account number.";
    const std::string shown(text::clip(account, kShown));
    if (account_number::looks_mistyped(account)) {
        return "The account number " + account_number::shown(account_number::canonical(account)) +
               " was mistyped: its check digit is wrong.";
    }
    return "No invoice answers to the account \"" + shown + "\".";
}

Result<> nowhere(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t, Money amount) {
    TRY(const std::string suggestion, unallocated::suggest(tx, t.account, amount));
    return unallocated::put(context, tx, {t.id, amount, why_unknown(t.account), suggestion});
}

Result<> give(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t, const Target& target,
              Money amount) {
    const Split split = decide(target, amount);
    if (split.to_invoice.is_positive()) {
        TRY(payments::ledger::allocate(context, tx, t.id, target.invoice, split.to_invoice,
                                       payments::ledger::Destination::kInvoice, {}, t.invoice == target.invoice));
    }
    if (split.rest.is_positive()) {
        const Sentences say = sentences(split.why);
        TRY(unallocated::put(context, tx, {t.id, split.rest, say.reason, say.next_step, target.invoice}));
    }
    std::string effect = "paid:";
    effect += std::to_string(target.invoice.value);
    effect += ':';
    effect += std::to_string(t.id.value);
    effect += ':';
    effect += std::to_string(t.amount_received.cents());
    return settle(context, tx, target, split,
                  {.transaction = t.id, .effect = effect, .amount = amount, .actor = t.method});
}

}  // namespace

Result<jobs::Plan> PaymentProcessor::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(const payments::Transaction t, payments::ledger::find(tx, TransactionId{job.subject}));
    const Money open = t.amount_received - t.amount_allocated;
    if (open < Money()) {
        TRY(correct(context, tx, t));
    } else if (t.duplicate_of && t.invoice) {
        // The money came in first under a witness that could not say whose it was, such as a till's notice without
        // payer.
        TRY(refill_from_twin(context, tx, t.duplicate_of, t.invoice));
    } else if (open.is_positive()) {
        TRY(const auto target, t.invoice ? find_target(tx, t.invoice) : find_target(tx, std::string_view(t.account)));
        if (target) {
            TRY(give(context, tx, t, *target, open));
        } else {
            TRY(nowhere(context, tx, t, open));
        }
    }
    return jobs::Next{jobs::Done{}};
}

}  // namespace clinicpro::invoices
