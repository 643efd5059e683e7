#include "storm/planted.hpp"

#include "invoices/appointment.hpp"
#include "invoices/notices.hpp"
#include "mpesa/provider_ids.hpp"
#include "mpesa/refund.hpp"
#include "mpesa/stk_push.hpp"

namespace clinicpro::storm {
namespace {

using payments::Handled;
using payments::Verdict;

constexpr store::Sql kEveryonesPatients =
    "SELECT id, name, phone_masked, language, created_at, email_masked FROM patients WHERE $1 > 0 AND ($2 = 0 OR id < $2) ORDER BY "
    "id DESC LIMIT $3";

constexpr store::Sql kOnlyNew =
    "SELECT clinic_id, id, method, subject, body, peer, peer_known, attempt, received_at, state FROM inbox "
    "WHERE state = 'new' AND run_at <= $1 ORDER BY run_at LIMIT $2";

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string between(std::string_view text, std::string_view before, std::string_view end) {
    const size_t from = text.find(before);
    if (from == std::string_view::npos) return {};
    const size_t start = from + before.size();
    return std::string(text.substr(start, text.find_first_of(end, start) - start));
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    if (const size_t at = text.find(what); !what.empty() && at != std::string::npos)
        text.replace(at, what.size(), with);
    return text;
}

class PlantedMethod final : public payments::Method {
public:
    PlantedMethod(Plant plant, std::unique_ptr<payments::Method> inner, clinics::Vault& vault)
        : plant_(plant), inner_(std::move(inner)), vault_(vault) {}
    std::string_view name() const override { return inner_->name(); }
    Result<TransactionId> start(jobs::Context& context, store::ClinicTx& tx, const payments::Start& start) override {
        return inner_->start(context, tx, start);
    }
    Result<Handled> take(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice) override {
        if (plant_ == Plant::kRefundTimeOutIsFailure) {
            TRY(const Handled handled, inner_->take(context, tx, notice));
            TRY(const auto refund, payments::refunds::find(tx, RefundId{notice.subject}));
            TRY(payments::refunds::record(
                context, tx, refund, {.kind = payments::RefundEvidence::Kind::kFailed, .witness = "callback", .code = "1"}));
            return handled;
        }
        if (name() != mpesa::kStkMethod) return inner_->take(context, tx, notice);
        payments::Notice told = notice;
        std::string body(notice.body);
        const TransactionId id{notice.subject};
        auto found = payments::ledger::find(tx, id);
        if (!found) return inner_->take(context, tx, notice);
        const bool success = has(body, "MpesaReceiptNumber");
        if (plant_ == Plant::kFailureBeatsSuccess && !success && found->state == payments::State::kPaid) {
            TRY(tx.execute("UPDATE transactions SET state = 'failed' WHERE clinic_id = $1 AND id = $2", id));
        }
        if (plant_ == Plant::kLateSuccessIgnored && success &&
            (found->state == payments::State::kFailed || found->state == payments::State::kExpired)) {
            return Handled{};
        }
        if (plant_ == Plant::kExpiredIsFinal && success && found->state == payments::State::kExpired) return Handled{};
        if (plant_ == Plant::kSecondReceiptDropped && success && found->receipt && !has(body, *found->receipt))
            return Handled{};
        if (plant_ == Plant::kAmountFromRequest && success) {
            const std::string amount = between(body, "\"Amount\",\"Value\":", "}");
            body = replaced(body, "\"Amount\",\"Value\":" + amount,
                            "\"Amount\",\"Value\":" + std::to_string(found->amount_expected.shillings()));
        }
        if (plant_ == Plant::kForgedIdsAccepted) {
            TRY(const auto known, mpesa::load_provider_ids(tx, vault_, id));
            if (known.known()) {
                body = replaced(body, between(body, "\"MerchantRequestID\":\"", "\""), known.merchant_request_id);
                body = replaced(body, between(body, "\"CheckoutRequestID\":\"", "\""), known.checkout_request_id);
            }
        }
        told.body = body;
        return inner_->take(context, tx, told);
    }

private:
    const Plant plant_;
    std::unique_ptr<payments::Method> inner_;
    clinics::Vault& vault_;
};

class PlantedHandler final : public jobs::Handler {
public:
    PlantedHandler(Plant plant, std::unique_ptr<jobs::Handler> inner) : plant_(plant), inner_(std::move(inner)) {}

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override {
        if (plant_ == Plant::kHalfSentPushResent && job.interrupted_step.starts_with("push/")) {
            TRY(tx.execute(
                "UPDATE transactions SET state = 'created' WHERE clinic_id = $1 AND id = $2 AND state = 'sending'",
                job.subject));
        }
        if (plant_ == Plant::kMeetingMadeAgainBlindly) {
            TRY(tx.execute(
                "UPDATE meetings SET verb = 'create', step = '' WHERE clinic_id = $1 AND appointment_id = $2 "
                "AND verb = 'find' AND provider_id = ''",
                job.subject));
        }
        if (plant_ == Plant::kMessageSentAgain) {
            TRY(tx.execute("UPDATE notices SET state = 'queued' WHERE clinic_id = $1 AND id = $2 AND state = 'sent'",
                           job.subject));
        }
        // With the sweep at work this bug heals within hours, so the sweep is planted away with it.
        if (plant_ == Plant::kRoomNotCancelled && job.kind == "meeting.sweep") return jobs::Next{jobs::Done{}};
        TRY(auto plan, inner_->plan(context, tx, job));
        if (const auto* send = std::get_if<jobs::Send>(&plan);
            send != nullptr && plant_ == Plant::kRoomNotCancelled && send->step.starts_with("cancel")) {
            TRY(
                tx.execute("UPDATE meetings SET state = 'cancelled', verb = '', step = '' WHERE clinic_id = $1 AND "
                           "appointment_id = $2 AND verb = 'cancel'",
                           job.subject));
            return jobs::Next{jobs::Done{}};
        }
        if (plant_ == Plant::kSettledTwice) {
            TRY(tx.execute("UPDATE transactions SET amount_allocated = 0 WHERE clinic_id = $1 AND id = $2",
                           job.subject));
            TRY(plan, inner_->plan(context, tx, job));
        }
        if (plant_ == Plant::kRefundBookedTwice) {
            TRY(payments::refunds::set_booked(tx, RefundId{job.subject}, false));
            TRY(plan, inner_->plan(context, tx, job));
        }
        if (plant_ == Plant::kMeetingTwice) {
            TRY(tx.execute(
                "INSERT INTO meetings SELECT clinic_id, id + 1, appointment_id, generation, provider, state, "
                "provider_id, url_sealed, passcode_sealed, verb, memo, step, answer_until, starts_at, ends_at, "
                "note, created_at, updated_at FROM meetings WHERE clinic_id = $1 AND appointment_id = $2 "
                "AND state = 'ready' AND (SELECT COUNT(*) FROM meetings m WHERE m.clinic_id = $1 AND "
                "m.appointment_id = $2) = 1",
                job.subject));
        }
        return plan;
    }

    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override {
        TRY(auto next, inner_->absorb(context, tx, job, step, outcome));
        const TransactionId id{job.subject};
        if (plant_ == Plant::kQueryFailureFinal) {
            TRY(const auto t, payments::ledger::find(tx, id));
            if (t.state == payments::State::kFailed) return jobs::Done{};
        }
        if (plant_ == Plant::kQueryUndoesSuccess && step.starts_with("query/")) {
            const auto* response = std::get_if<net::Response>(&outcome);
            if (response != nullptr && has(response->body, "\"ResultCode\":") &&
                !has(response->body, "\"ResultCode\":\"0\"")) {
                TRY(tx.execute(
                    "UPDATE transactions SET state = 'failed' WHERE clinic_id = $1 AND id = $2 AND state LIKE 'paid%'",
                    id));
            }
        }
        if (plant_ == Plant::kMessageSentAgain && std::holds_alternative<jobs::Done>(next) && job.attempt == 0) {
            return jobs::Again{context.now() + 30s, false, "planted"};
        }
        if (plant_ == Plant::kAcceptedMeansPaid && step.starts_with("push/")) {
            TRY(const auto t, payments::ledger::find(tx, id));
            if (t.state == payments::State::kPending) {
                TRY(payments::ledger::record(
                    context, tx, t,
                    {.kind = payments::Evidence::Kind::kSucceeded, .witness = payments::Witness::kPushReply}));
            }
        }
        return next;
    }

private:
    const Plant plant_;
    std::unique_ptr<jobs::Handler> inner_;
};

}  // namespace

std::string_view to_text(Plant plant) {
    switch (plant) {
        case Plant::kNone: return "nothing is planted";
        case Plant::kPushResent: return "a push whose answer was lost is taken for one that never left";
        case Plant::kReceiptTwice: return "a receipt may be booked twice";
        case Plant::kAckBeforeCommit: return "a notice is acknowledged whether it was stored or not";
        case Plant::kFailureBeatsSuccess: return "a failure callback undoes a payment";
        case Plant::kAmountFromRequest: return "the amount asked is booked, not the amount that moved";
        case Plant::kClinicFilterMissing: return "the list of invoices is not of one clinic";
        case Plant::kHalfSentPushResent: return "a push half sent at a crash is sent again";
        case Plant::kMeetingTwice: return "a visit gets two meetings";
        case Plant::kQueryFailureFinal: return "a failure told by query is final";
        case Plant::kForgedIdsAccepted: return "the request ids of a callback are not compared";
        case Plant::kLateSuccessIgnored: return "a success after a failure is ignored";
        case Plant::kSettledTwice: return "money is given out twice";
        case Plant::kTokenNeverRefreshed: return "a refused access token is kept";
        case Plant::kUnallocatedDropped: return "money that fits nowhere is not shown";
        case Plant::kPhoneInLog: return "a request's body is logged";
        case Plant::kAuditSkipped: return "some payments leave no audit entry";
        case Plant::kForgedLinkAccepted: return "the signature of a callback address is not checked";
        case Plant::kAcceptedMeansPaid: return "a prompt that was accepted counts as paid";
        case Plant::kIdempotencyKeyIgnored: return "the Idempotency-Key is ignored";
        case Plant::kOnsiteMeeting: return "an onsite visit gets a meeting";
        case Plant::kSecondPrompt: return "a second prompt may leave while the first one is open";
        case Plant::kQueryUndoesSuccess: return "a status query that says failed undoes a payment";
        case Plant::kMeetingMadeAgainBlindly: return "a meeting in doubt is made again without looking";
        case Plant::kNoticeTwice: return "one payment is announced twice";
        case Plant::kMessageSentAgain: return "a message that was sent leaves again";
        case Plant::kExpiredIsFinal: return "what expired, perhaps by a clock that jumped, takes no money any more";
        case Plant::kParkedForgotten: return "a notice that had to wait is never looked at again";
        case Plant::kSecondReceiptDropped: return "a second receipt for a payment is not booked";
        case Plant::kRoomNotCancelled: return "the meeting of a cancelled visit is cancelled only here, and no sweep looks";
        case Plant::kCallbackAddressLogged: return "the address of a callback is logged";
        case Plant::kReversalResent: return "a reversal whose answer was lost is taken for one that never left";
        case Plant::kPayoutNewId: return "a payout gets another id each time it is sent";
        case Plant::kOwnRefundApproved: return "nobody looks who asked for the refund that he approves";
        case Plant::kRefundBookedTwice: return "a refund is booked twice";
        case Plant::kRefundTimeOutIsFailure: return "a refund that waited too long at M-Pesa is taken for one that failed";
        case Plant::kEventForgotten: return "some events are told to nobody";
        case Plant::kCount: break;
    }
    return "";
}

Result<int64_t> PlantedTx::run(store::Sql sql, std::span<const store::Param> params, const store::RowSink* sink) {
    const std::string_view text = sql.text;
    if (fails_at_ > 0 && ++statements_ >= fails_at_) failed_ = true;
    if (failed_) return fail(Code::kUnavailable, "The database file cannot be read or written (storm).");
    switch (plant_) {
        case Plant::kReceiptTwice:
            if (has(text, "AND receipt = $2 AND receipt IS NOT NULL")) return 0;
            break;
        case Plant::kTokenNeverRefreshed:
            if (has(text, "mpesa_tokens SET sealed = NULL")) return 1;
            break;
        case Plant::kIdempotencyKeyIgnored:
            if (has(text, "INSERT INTO idempotency")) {
                TRY(inner_.run(sql, params, sink));
                return 1;
            }
            break;
        case Plant::kParkedForgotten:
            if (has(text, "FROM inbox WHERE state IN ('new', 'parked')")) return inner_.run(kOnlyNew, params, sink);
            break;
        case Plant::kNoticeTwice:
            if (has(text, "INSERT INTO notices")) {
                std::vector<store::Param> twin(params.begin(), params.end());
                const std::string effect = std::string(params[2].text()) + "'";
                twin[1] = params[1].integer() + 1;
                twin[2] = effect;
                TRY(inner_.run(sql, twin, sink));
            }
            break;
        case Plant::kOwnRefundApproved:
            if (has(text, "INSERT INTO refunds") && params.size() > 6) {
                std::vector<store::Param> hidden(params.begin(), params.end());
                hidden[6] = std::string_view("somebody");
                return inner_.run(sql, hidden, sink);
            }
            break;
        case Plant::kEventForgotten:
            if (has(text, "INSERT INTO webhook_deliveries") && params.size() > 4 && params[4].text() == "payment.paid") return 1;
            break;
        case Plant::kUnallocatedDropped:
            if (has(text, "INSERT INTO unallocated")) return 1;
            break;
        case Plant::kAuditSkipped:
            if (has(text, "INSERT INTO audit") && params.size() > 4 && params[4].text() == "payment.paid") return 1;
            break;
        case Plant::kClinicFilterMissing:
            if (has(text, "FROM patients WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2)")) {
                return inner_.run(kEveryonesPatients, params, sink);
            }
            break;
        case Plant::kOnsiteMeeting:
            if (has(text, "INSERT INTO appointments")) {
                auto done = inner_.run(sql, params, sink);
                if (done && params.size() > 3 && params[3].text() == "onsite") {
                    TRY(inner_.execute(
                        "INSERT INTO meetings (clinic_id, id, appointment_id, generation, provider, state, "
                        "provider_id, verb, memo, step, answer_until, starts_at, ends_at, note, created_at, "
                        "updated_at) VALUES ($1, $2, $2, 0, 'simple', 'ready', 'x', '', '', '', 0, 0, 0, '', 0, 0)",
                        params[0].integer(), params[1].integer()));
                }
                return done;
            }
            break;
        default: break;
    }
    return inner_.run(sql, params, sink);
}

std::unique_ptr<payments::Method> planted(Plant plant, std::unique_ptr<payments::Method> method,
                                          clinics::Vault& vault) {
    switch (plant) {
        case Plant::kFailureBeatsSuccess:
        case Plant::kAmountFromRequest:
        case Plant::kForgedIdsAccepted:
        case Plant::kExpiredIsFinal:
        case Plant::kSecondReceiptDropped:
        case Plant::kLateSuccessIgnored: return std::make_unique<PlantedMethod>(plant, std::move(method), vault);
        case Plant::kRefundTimeOutIsFailure:
            if (method->name() != mpesa::refund_method(mpesa::callback::RefundNews::kTimeout)) return method;
            return std::make_unique<PlantedMethod>(plant, std::move(method), vault);
        default: return method;
    }
}

std::unique_ptr<jobs::Handler> planted(Plant plant, std::string_view kind, std::unique_ptr<jobs::Handler> handler) {
    const bool here = (plant == Plant::kHalfSentPushResent && kind == mpesa::kStkPushJob) ||
                      (plant == Plant::kAcceptedMeansPaid && kind == mpesa::kStkPushJob) ||
                      (plant == Plant::kQueryFailureFinal && kind == mpesa::kStkQueryJob) ||
                      (plant == Plant::kSettledTwice && kind == payments::kSettledJob) ||
                      (plant == Plant::kQueryUndoesSuccess && kind == mpesa::kStkQueryJob) ||
                      (plant == Plant::kMeetingMadeAgainBlindly && kind == invoices::kKeepMeetingJob) ||
                      (plant == Plant::kRoomNotCancelled &&
                       (kind == invoices::kKeepMeetingJob || kind == "meeting.sweep")) ||
                      (plant == Plant::kMessageSentAgain && kind == invoices::kSendNoticeJob) ||
                      (plant == Plant::kRefundBookedTwice && kind == payments::kRefundEndedJob) ||
                      (plant == Plant::kMeetingTwice && kind == invoices::kKeepMeetingJob);
    if (!here) return handler;
    return std::make_unique<PlantedHandler>(plant, std::move(handler));
}

Result<> prepare(Plant plant, store::Database& database) {
    return database.write([&](store::Tx& tx) -> Result<> {
        if (plant == Plant::kReceiptTwice) TRY(tx.script("DROP INDEX transactions_receipt"));
        if (plant == Plant::kSecondPrompt) TRY(tx.script("DROP INDEX transactions_open"));
        if (plant == Plant::kMeetingTwice) TRY(tx.script("DROP INDEX meetings_live"));
        return {};
    });
}

}  // namespace clinicpro::storm
