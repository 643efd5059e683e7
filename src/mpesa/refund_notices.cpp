// What a stored result does to its refund. Nothing in it is signed (daraja.md 6.1): its address names the refund, and
// its ids must be the ones M-Pesa gave for it.
#include "daraja/queries.hpp"
#include "daraja/transfers.hpp"
#include "jobs/queue.hpp"
#include "mpesa/refund.hpp"

namespace clinicpro::mpesa {
namespace {

using callback::RefundNews;
using payments::Handled;
using payments::Refund;
using payments::RefundEvidence;
using payments::RefundWay;
using payments::Verdict;
using Kind = RefundEvidence::Kind;

// One id that is the same is enough: a payout that was taken at the second try has only ours.
bool is_of(const Refund& r, const daraja::ResultCallback& told) {
    const auto same = [](const std::string& known, const std::string& said) { return !known.empty() && known == said; };
    return same(r.conversation_id, told.conversation_id) || same(r.originator_id, told.originator_conversation_id);
}

struct Moved {
    std::string receipt;
    std::optional<Money> amount;
};

}  // namespace

std::string_view refund_method(RefundNews news) {
    switch (news) {
        case RefundNews::kResult: return "mpesa.refund.result";
        case RefundNews::kTimeout: return "mpesa.refund.timeout";
        case RefundNews::kStatus: return "mpesa.refund.status";
        case RefundNews::kStatusTimeout: return "mpesa.refund.status_timeout";
    }
    return "";
}

Result<Handled> RefundNotices::take(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice) {
    auto found = payments::refunds::find(tx, RefundId{notice.subject});
    if (!found) {
        if (found.error().code != Code::kNotFound) return std::unexpected(std::move(found).error());
        return Handled{Verdict::kParked, "There is no refund for this address yet."};
    }
    if (!notice.peer_known) {
        log::warn("mpesa.callback_from_unlisted_address",
                  {{"clinic", tx.clinic().value}, {"refund", found->id.to_text()}, {"peer", notice.peer}});
    }
    switch (news_) {
        case RefundNews::kResult: return result(context, tx, notice, *found);
        case RefundNews::kStatus: return status(context, tx, notice, *found);
        case RefundNews::kTimeout: {
            // It may still be done: nothing is decided, M-Pesa is asked.
            TRY(payments::refunds::record(context, tx, *found,
                                          {.kind = Kind::kTimedOut,
                                           .witness = "callback",
                                           .text = "M-Pesa says the request waited too long. Its result may still come."}));
            TRY(jobs::queue::hasten(tx, kRefundQueryJob, found->id.value, context.now()));
            return Handled{};
        }
        case RefundNews::kStatusTimeout: return Handled{Verdict::kApplied, "The question waited too long; it is asked again."};
    }
    return Handled{};
}

Result<Handled> RefundNotices::result(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice,
                                      const Refund& r) {
    const auto told = daraja::read_result(notice.body);
    if (!told) return Handled{Verdict::kRejected, "Not a result: " + told.error().message};
    const bool ids_known = !r.conversation_id.empty() || !r.originator_id.empty();
    if (!ids_known) {
        // The acknowledgement was lost, or this result beat it. The secret address is the tie.
        TRY(payments::refunds::set_ids(tx, r.id, told->originator_conversation_id, told->conversation_id));
    } else if (!is_of(r, *told)) {
        TRY(jobs::queue::hasten(tx, kRefundQueryJob, r.id.value, context.now()));
        return Handled{Verdict::kRejected,
                       "Its ids are not the ones M-Pesa gave for this refund. It may be forged; M-Pesa is being asked."};
    }
    if (told->more_follow) return Handled{Verdict::kApplied, "M-Pesa says that more follows."};
    if (!told->is_success()) {
        const Error why = daraja::error_of(*told);
        // Done before, by us or by somebody in the portal; or a code that nobody knows: only a person can tell.
        const bool doubtful = told->code == "R000001" || told->code == "15" || why.code == Code::kUnknown;
        TRY(payments::refunds::record(context, tx, r,
                                      {.kind = doubtful ? Kind::kDoubtful : Kind::kFailed,
                                       .witness = "callback",
                                       .code = told->code,
                                       .text = why.message + (doubtful ? " Look for it in the M-Pesa statement, then say "
                                                                         "here how it ended."
                                                                       : "")}));
        return Handled{};
    }
    Moved moved;
    if (r.way == RefundWay::kReversal) {
        TRY(const payments::Transaction paid, payments::ledger::find(tx, r.payment));
        const auto done = daraja::read_reversal_result(*told);
        if (!done) return Handled{Verdict::kRejected, done.error().message};
        if (!done->original_receipt.empty() && done->original_receipt != paid.receipt) {
            return Handled{Verdict::kRejected, "It tells of the reversal of another payment. It may be forged."};
        }
        moved = {done->receipt, done->amount};
    } else {
        const auto done = daraja::read_b2c_result(*told);
        if (!done) return Handled{Verdict::kRejected, done.error().message};
        moved = {done->receipt, done->amount};
    }
    TRY(const auto other, payments::refunds::by_reference(tx, moved.receipt));
    if (other && other->id != r.id) {
        return Handled{Verdict::kRejected, "Its receipt proves " + other->id.to_text() + " already. It may be forged."};
    }
    TRY(payments::refunds::record(context, tx, r,
                                  {.kind = Kind::kSucceeded,
                                   .witness = "callback",
                                   .amount = moved.amount,
                                   .reference = moved.receipt,
                                   .code = told->code}));
    return Handled{};
}

Result<Handled> RefundNotices::status(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice,
                                      const Refund& r) {
    const auto told = daraja::read_result(notice.body);
    if (!told) return Handled{Verdict::kRejected, "Not a status result: " + told.error().message};
    if (!told->is_success()) {
        // Not found, or not allowed: that says nothing about the money.
        return Handled{Verdict::kApplied, "M-Pesa could not tell: " + daraja::error_of(*told).message};
    }
    const auto status = daraja::read_status_result(*told);
    if (!status) return Handled{Verdict::kRejected, status.error().message};
    using State = daraja::StatusResult::State;
    switch (status->state) {
        case State::kCompleted: {
            if (status->receipt.empty()) return Handled{Verdict::kRejected, "It says completed, but names no receipt."};
            TRY(const payments::Transaction paid, payments::ledger::find(tx, r.payment));
            TRY(const auto other, payments::refunds::by_reference(tx, status->receipt));
            if (status->receipt == paid.receipt || (other && other->id != r.id)) {
                return Handled{Verdict::kRejected, "It tells of another movement of money than this refund."};
            }
            TRY(payments::refunds::record(context, tx, r,
                                          {.kind = Kind::kSucceeded,
                                           .witness = "query",
                                           .amount = status->amount,
                                           .reference = status->receipt,
                                           .code = "0"}));
            return Handled{};
        }
        case State::kFailed:
            TRY(payments::refunds::record(context, tx, r,
                                          {.kind = Kind::kFailed,
                                           .witness = "query",
                                           .code = status->status_text,
                                           .text = "M-Pesa says this request ended as " + status->status_text + "."}));
            return Handled{};
        case State::kPending:
        case State::kUnknown: break;
    }
    return Handled{Verdict::kApplied, "M-Pesa says " + status->status_text + ": nothing is settled yet."};
}

}  // namespace clinicpro::mpesa
