// What a stored STK callback does to its attempt. Nothing in a callback is signed (daraja.md 6.1): its address names
// the attempt, and its ids must be the ones Daraja gave for it.
#include "daraja/callbacks.hpp"
#include "daraja/codes.hpp"
#include "jobs/queue.hpp"
#include "mpesa/provider_ids.hpp"
#include "mpesa/stk_push.hpp"

namespace clinicpro::mpesa {

using payments::Evidence;
using payments::Handled;
using payments::Verdict;
using payments::Witness;

Result<Handled> StkPush::take(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice) {
    const auto read = daraja::read_stk_callback(notice.body);
    if (!read) return Handled{Verdict::kRejected, "Not an STK callback: " + read.error().message};

    auto found = payments::ledger::find(tx, TransactionId{notice.subject});
    if (!found) {
        if (found.error().code != Code::kNotFound) return std::unexpected(std::move(found).error());
        return Handled{Verdict::kParked, "There is no payment for this callback's address yet."};
    }
    const payments::Transaction& t = *found;

    // Asking is hastened, not started anew: every prompt that left has its ladder of queries until it is settled, and a
    // ladder for each forged callback would use up the app's budget.
    TRY(const ProviderIds known, load_provider_ids(tx, parts_.vault, t.id));
    const ProviderIds told{read->merchant_request_id, read->checkout_request_id};
    if (!known.known()) {
        // The push's answer was lost, or this callback beat it. The secret address is the tie (daraja.md 2.7).
        TRY(save_provider_ids(tx, parts_.vault, t.id, told));
    } else if (known != told) {
        TRY(jobs::queue::hasten(tx, kStkQueryJob, t.id.value, context.now()));
        if (read->is_paid() && !t.attention) {
            TRY(payments::ledger::raise_attention(
                context, tx, t.id,
                "A callback said this was paid, under request ids that are not this payment's. It was not booked: look for the "
                "payment in the M-Pesa statement."));
        }
        return Handled{Verdict::kRejected,
                       "Its request ids are not the ones Daraja gave for this payment. It may be forged; the payment's "
                       "status is being asked."};
    }

    if (read->is_paid()) {
        if (!notice.peer_known) {
            log::warn("mpesa.callback_from_unlisted_address",
                      {{"clinic", tx.clinic().value}, {"payment", t.id.to_text()}, {"peer", notice.peer}});
        }
        TRY(payments::ledger::record(context, tx, t,
                                     {.kind = Evidence::Kind::kSucceeded,
                                      .witness = Witness::kCallback,
                                      .amount = read->metadata->amount,
                                      .receipt = read->metadata->receipt,
                                      .code = read->result_code}));
        return Handled{};
    }
    const daraja::ResultMeaning& meaning = daraja::meaning_of(read->result_code);
    if (!meaning.final && !meaning.disputed) {
        TRY(jobs::queue::hasten(tx, kStkQueryJob, t.id.value, context.now()));
        return Handled{Verdict::kApplied, "Code " + read->result_code + " settles nothing; the status is being asked."};
    }
    if (meaning.disputed) {
        TRY(jobs::queue::hasten(tx, kStkQueryJob, t.id.value, context.now()));
    }
    TRY(payments::ledger::record(context, tx, t,
                                 {.kind = Evidence::Kind::kFailed,
                                  .witness = Witness::kCallback,
                                  .code = read->result_code,
                                  .text = std::string(meaning.sentence)}));
    return Handled{};
}

}  // namespace clinicpro::mpesa
