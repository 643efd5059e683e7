// Sends an approved refund, and says beforehand what M-Pesa could not do.
#include "daraja/transfers.hpp"
#include "mpesa/refund.hpp"
#include "payments/exchanges.hpp"

namespace clinicpro::mpesa {
namespace {

using payments::Refund;
using payments::RefundEvidence;
using payments::RefundState;
using payments::RefundWay;
using Kind = RefundEvidence::Kind;

constexpr Duration kSendWithin = 1h;      // of the approval; later the person who approved it would be surprised
constexpr Duration kFirstQuery = 60s;     // a result comes within seconds to minutes (daraja.md 5.1)
constexpr Duration kWaitMost = 60s;       // between tries that certainly did nothing
constexpr int kSendTries = 8;             // of one refund that M-Pesa put off
constexpr int kTokenTries = 2;            // "invalid token" again after a fresh one is not a token problem
constexpr std::string_view kTokenStep = "token";
constexpr std::string_view kSendStep = "refund/";  // followed by the mark of the token it used
constexpr std::string_view kPayerPurpose = "payer";
constexpr std::string_view kPayeePurpose = "refund.payee";

template <class... F>
struct Overload : F... {
    using F::operator()...;
};

RefundEvidence evidence(Kind kind, std::string_view witness, std::string code = {}, std::string text = {}) {
    return {.kind = kind, .witness = std::string(witness), .code = std::move(code), .text = std::move(text)};
}

// M-Pesa certainly did not take this request. An earlier one of the same payout may have been taken: then its fate stays
// unknown, and M-Pesa is asked.
Result<> refuse(jobs::Context& context, store::ClinicTx& tx, const Refund& r, const RefundEvidence& e) {
    TRY(const Refund now, payments::refunds::record(context, tx, r, e));
    if (now.state != RefundState::kUnknown) return {};
    return context.enqueue(tx, {tx.clinic(), std::string(kRefundQueryJob), r.id.value, context.now() + kFirstQuery});
}

// The one idempotency key of Daraja: the same for every try of this refund, and for nothing else ever.
std::string originator_id(ClinicId clinic, RefundId id) {
    return id.to_text() + "-" + std::to_string(clinic.value);
}

}  // namespace

Result<> RefundPayback::check(store::ClinicTx& tx, RefundWay way, Money amount) {
    if (way == RefundWay::kByHand) return {};
    TRY(const Config config, config::load(tx, parts_.vault));
    TRY(config.initiator());
    if (!amount.is_whole_shillings()) {
        return fail(Code::kInvalid, "M-Pesa moves whole shillings only. Choose another amount, or pay back by hand.",
                    "amount_cents");
    }
    if (way == RefundWay::kPayout && (amount < daraja::kB2cMin || amount > daraja::kB2cMax)) {
        return fail(Code::kInvalid,
                    "M-Pesa pays out from " + daraja::kB2cMin.to_display() + " to " + daraja::kB2cMax.to_display() +
                        ". Choose another amount, or pay back by hand.",
                    "amount_cents");
    }
    return {};
}

Result<std::optional<Msisdn>> RefundPayback::payer(store::ClinicTx& tx, TransactionId payment) {
    TRY(const std::string sealed, payments::ledger::payer_sealed(tx, payment));
    if (sealed.empty()) return std::nullopt;
    TRY(const crypto::DataKey* key, parts_.vault.key(tx));
    TRY(const Secret<> payer, key->open(sealed, kPayerPurpose));
    TRY(Msisdn phone, Msisdn::parse(payer.reveal().substr(0, payer.reveal().find('\n'))));
    return phone;
}

Result<net::ClientRequest> RefundSender::request(store::ClinicTx& tx, const Config& config, const Access& access,
                                                 const Refund& refund) {
    TRY(const daraja::Initiator initiator, config.initiator());
    const auto url = [&](callback::RefundNews news) {
        return callback::refund_url(config, parts_.links, tx.clinic(), refund.id, news);
    };
    const daraja::ResultUrls urls{url(callback::RefundNews::kResult), url(callback::RefundNews::kTimeout)};
    if (refund.way == RefundWay::kReversal) {
        TRY(const payments::Transaction paid, payments::ledger::find(tx, refund.payment));
        return daraja::reversal_request(config.endpoint(), access.token, initiator, urls,
                                        {.receipt = paid.receipt.value_or(""),
                                         .amount = refund.amount,
                                         .shortcode = config.business_shortcode()});
    }
    TRY(const std::string sealed, payments::refunds::payee_sealed(tx, refund.id));
    TRY(const crypto::DataKey* key, parts_.vault.key(tx));
    TRY(const Secret<> payee, key->open(sealed, kPayeePurpose));
    TRY(Msisdn phone, Msisdn::parse(payee.reveal()));
    return daraja::b2c_request(config.endpoint(), access.token, initiator, urls,
                               {.originator_conversation_id = originator_id(tx.clinic(), refund.id),
                                .amount = refund.amount,
                                .shortcode = config.payer_shortcode(),
                                .payee = std::move(phone)});
}

Result<jobs::Plan> RefundSender::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(Refund r, payments::refunds::find(tx, RefundId{job.subject}));
    const bool may_repeat = r.way == RefundWay::kPayout;
    const auto end_with = [&](const RefundEvidence& e) -> Result<jobs::Plan> {
        TRY(refuse(context, tx, r, e));
        return jobs::Next(jobs::Done{});
    };
    if (r.state == RefundState::kSending) {
        // The request of an earlier lease may have reached Safaricom. A reversal is not sent again.
        TRY(r, payments::refunds::record(
                   context, tx, r,
                   evidence(Kind::kLost, "timer", {},
                            "The server stopped while the refund was being sent. Waiting for M-Pesa's word.")));
    }
    if (!may_repeat && r.state == RefundState::kUnknown) {
        // Also when M-Pesa told of its time-out before this server could say that it had stopped: somebody has to ask.
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kRefundQueryJob), job.subject, context.now() + kFirstQuery}));
        return jobs::Next(jobs::Done{});
    }
    const bool again = may_repeat && r.state == RefundState::kUnknown;
    if (r.state != RefundState::kApproved && !again) return jobs::Next(jobs::Done{});
    if (r.decided_at && context.now() - *r.decided_at > kSendWithin) {
        return end_with(evidence(Kind::kRefused, "timer", {},
                                 "M-Pesa could not be reached for an hour, so nothing was sent. Ask for it again."));
    }
    auto config = config::load(tx, parts_.vault);
    if (!config) {
        if (config.error().code != Code::kConfig) return std::unexpected(std::move(config).error());
        return end_with(evidence(Kind::kRefused, "reply", {}, config.error().message));
    }
    TRY(auto access, parts_.auth.access(tx, *config, context.now()));
    if (auto* request = std::get_if<net::ClientRequest>(&access)) {
        return jobs::Send{std::string(kTokenStep), std::move(*request)};
    }
    if (const auto* wait = std::get_if<Wait>(&access)) {
        return jobs::Next(jobs::Again{wait->until, true, "waiting for an access token"});
    }
    const Access& granted = std::get<Access>(access);
    auto wanted = request(tx, *config, granted, r);
    if (!wanted) return end_with(evidence(Kind::kRefused, "reply", {}, wanted.error().message));
    TRY(payments::refunds::record(context, tx, r, evidence(Kind::kSendStarted, "reply")));
    TRY(payments::exchanges::keep(context, tx, parts_.vault, r.id.value, to_string(r.way), *wanted));
    return jobs::Send{std::string(kSendStep) + granted.mark, *std::move(wanted)};
}

Result<jobs::Next> RefundSender::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                        std::string_view step, const net::Outcome& outcome) {
    if (step.starts_with(kSendStep)) return absorb_ack(context, tx, job, step.substr(kSendStep.size()), outcome);
    TRY(const Config config, config::load(tx, parts_.vault, false));
    const auto taken = parts_.auth.absorb(tx, config, outcome, context.now());
    if (taken) return jobs::Again{context.now(), true, "access token received"};
    if (taken.error().code != Code::kConfig && taken.error().code != Code::kUnavailable) {
        return std::unexpected(taken.error());
    }
    log::failure("mpesa.token_failed", taken.error(), {{"clinic", tx.clinic().value}});
    if (taken.error().code == Code::kUnavailable) {
        return jobs::Again{context.now() + jobs::back_off(job.attempt, 1s, kWaitMost, 500), true, taken.error().message};
    }
    TRY(const Refund r, payments::refunds::find(tx, RefundId{job.subject}));
    TRY(refuse(context, tx, r, evidence(Kind::kRefused, "reply", "oauth", taken.error().message)));
    return jobs::Done{};
}

Result<jobs::Next> RefundSender::absorb_ack(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                            std::string_view token_mark, const net::Outcome& outcome) {
    TRY(const Refund r, payments::refunds::find(tx, RefundId{job.subject}));
    TRY(payments::exchanges::keep(context, tx, parts_.vault, r.id.value, to_string(r.way), outcome));
    const auto record = [&](const RefundEvidence& e) { return payments::refunds::record(context, tx, r, e); };
    const auto ask_later = [&]() -> Result<jobs::Next> {
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kRefundQueryJob), job.subject, context.now() + kFirstQuery}));
        return jobs::Done{};
    };
    const auto wait = [&](Duration least) { return std::max(least, jobs::back_off(job.attempt, 2s, kWaitMost, 500)); };
    const auto accepted = [&](std::string_view conversation, std::string_view originator) -> Result<jobs::Next> {
        if (r.conversation_id.empty() && !(conversation.empty() && originator.empty())) {
            TRY(payments::refunds::set_ids(tx, r.id, originator, conversation));
        }
        TRY(record(evidence(Kind::kAccepted, "reply")));
        return ask_later();
    };
    return std::visit(
        Overload{
            [&](const daraja::Acknowledged& ack) {
                return accepted(ack.conversation_id, ack.originator_conversation_id);
            },
            [&](const daraja::AlreadyAccepted&) { return accepted({}, originator_id(tx.clinic(), r.id)); },
            [&](const daraja::Refused& refused) -> Result<jobs::Next> {
                log::warn("mpesa.refund_refused", {{"clinic", tx.clinic().value},
                                                   {"refund", r.id.to_text()},
                                                   {"code", refused.code}});
                if (refused.retry_later && job.attempt < kSendTries) {
                    TRY(record(evidence(Kind::kNotSent, "reply")));
                    return jobs::Again{context.now() + wait(refused.wait), false, refused.sentence};
                }
                TRY(refuse(context, tx, r, evidence(Kind::kRefused, "reply", refused.code, refused.sentence)));
                return jobs::Done{};
            },
            [&](const daraja::InvalidToken&) -> Result<jobs::Next> {
                TRY(const Config config, config::load(tx, parts_.vault, false));
                TRY(parts_.auth.forget(tx, config, token_mark));
                if (job.attempt < kTokenTries) {
                    TRY(record(evidence(Kind::kNotSent, "reply")));
                    return jobs::Again{context.now(), false, "the access token was refused"};
                }
                TRY(refuse(context, tx, r,
                           evidence(Kind::kRefused, "reply", "invalid_token",
                                    "M-Pesa refuses the access token of this clinic's Daraja app. Check that the app has "
                                    "the reversal and B2C products.")));
                return jobs::Done{};
            },
            [&](const daraja::NotSent& lost) -> Result<jobs::Next> {
                TRY(record(evidence(Kind::kNotSent, "reply")));
                // Bounded by kSendWithin, seen by plan. The wait grows with the time already spent.
                const Duration spent = context.now() - r.decided_at.value_or(r.created_at);
                return jobs::Again{context.now() + std::clamp<Duration>(spent / 4, 2s, kWaitMost), true, lost.reason};
            },
            [&](const daraja::Unknown& lost) -> Result<jobs::Next> {
                log::warn("mpesa.refund_unknown", {{"clinic", tx.clinic().value},
                                                   {"refund", r.id.to_text()},
                                                   {"why", lost.reason}});
                TRY(record(evidence(Kind::kLost, "reply", {},
                                    "M-Pesa's answer was lost. The money may be on its way back; waiting for its word.")));
                if (r.way == RefundWay::kReversal) return ask_later();
                return jobs::Again{context.now() + wait(5s), false, lost.reason};  // the same id: taken at most once
            }},
        daraja::read_ack(outcome));
}

}  // namespace clinicpro::mpesa
