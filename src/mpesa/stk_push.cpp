// The seed's StkPush: start an attempt, send the prompt. The callback side is in stk_callback.cpp, the asking in
// stk_query.cpp.
#include "mpesa/stk_push.hpp"

#include "base/text.hpp"
#include "daraja/stk.hpp"
#include "mpesa/callback.hpp"
#include "mpesa/provider_ids.hpp"
#include "payments/exchanges.hpp"

namespace clinicpro::mpesa {
namespace {

using payments::Evidence;
using payments::State;
using payments::Witness;

// A patient waits in front of a phone: a prompt that could not leave within this would surprise them.
constexpr Duration kStartWithin = 2min;
constexpr Duration kDoubtBeforePrompt = 45s;  // long enough for one status query (query_delay) after a doubtful end
constexpr Duration kShortWait = 15s;  // a refusal that passes sooner than this is tried again for the patient
constexpr int kSendTries = 5;         // sends of one attempt that certainly did not start a prompt
constexpr int kTokenTries = 2;        // "invalid token" again after a fresh one is not a token problem
constexpr std::string_view kTokenStep = "token";
constexpr std::string_view kPushStep = "push/";  // followed by the mark of the token it used

Evidence evidence(Evidence::Kind kind, Witness witness, std::string code = {}, std::string text = {}) {
    return {.kind = kind, .witness = witness, .code = std::move(code), .text = std::move(text)};
}

template <class... F>
struct Overload : F... {
    using F::operator()...;
};

}  // namespace

Duration query_delay(int asked) {
    static constexpr Duration kLadder[] = {12s, 15s, 25s, 30s, 30s, 60s, 60s, 120s, 120s, 300s};
    return kLadder[std::min<size_t>(size_t(std::max(asked, 0)), std::size(kLadder) - 1)];
}

bool is_doubted(const payments::Transaction& t, Instant now) {
    return is_doubted_failure(t) && t.settled_at && now - *t.settled_at < kDoubtBeforePrompt;
}

Result<TransactionId> StkPush::start(jobs::Context& context, store::ClinicTx& tx, const payments::Start& start) {
    TRY(const Config config, config::load(tx, parts_.vault));
    if (!start.amount.is_whole_shillings()) {
        return fail(Code::kInvalid, "M-Pesa moves whole shillings only. Ask for an amount without cents.",
                    "amount_cents");
    }
    if (start.amount < daraja::kPushMin || start.amount > daraja::kPushMax) {
        return fail(Code::kInvalid,
                    "M-Pesa takes from " + daraja::kPushMin.to_display() + " to " + daraja::kPushMax.to_display() +
                        " in one payment. Ask for less, in several payments if need be.",
                    "amount_cents");
    }
    // After "no answer" a late PIN may still count (daraja.md 2.5, code 1037), and pushes to one phone stand a minute apart.
    TRY(const auto attempts, payments::ledger::of_invoice(tx, start.invoice));
    for (const payments::Transaction& t : attempts) {
        if (t.payer_masked == start.payer.masked() && is_doubted(t, context.now())) {
            return fail(Code::kConflict,
                        "The last prompt to this phone ended without a clear answer, and M-Pesa is being asked about it. Wait a "
                        "minute before sending another.");
        }
    }
    TRY(const crypto::DataKey* key, parts_.vault.key(tx));
    payments::ledger::NewTransaction made{
        .id = context.ids().make<TransactionId>(),
        .method = std::string(kStkMethod),
        .invoice = start.invoice,
        .amount_expected = start.amount,
        .account = start.account,
        .payer_masked = start.payer.masked(),
        .payer_mark = key->fingerprint(start.payer.digits(), payments::kPayerPurpose),
        .payer_sealed = key->seal(start.payer.digits() + "\n" + start.description, payments::kPayerPurpose, parts_.entropy),
        .actor = start.actor,
    };
    TRY(payments::ledger::insert(context, tx, made));
    TRY(context.enqueue(tx, {tx.clinic(), std::string(kStkPushJob), made.id.value, context.now()}));
    return made.id;
}

Result<jobs::Plan> StkSender::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(payments::Transaction t, payments::ledger::find(tx, TransactionId{job.subject}));
    const auto end_with = [&](const Evidence& e) -> Result<jobs::Plan> {
        TRY(payments::ledger::record(context, tx, t, e));
        return jobs::Next(jobs::Done{});
    };
    if (t.state == State::kSending) {
        // The request of an earlier lease may have reached Safaricom. It is not sent again.
        TRY(context.enqueue(tx, {tx.clinic(), std::string(kStkQueryJob), job.subject, context.now() + query_delay(0)}));
        return end_with(evidence(Evidence::Kind::kLost, Witness::kTimer, {},
                                 "The server stopped while the prompt was being sent. Waiting for M-Pesa's word."));
    }
    if (t.state != State::kCreated) return jobs::Next(jobs::Done{});
    if (context.now() - t.created_at > kStartWithin) {
        return end_with(
            evidence(Evidence::Kind::kGaveUp, Witness::kTimer, {},
                     "M-Pesa could not be reached, so no prompt was sent and nothing was charged. Try again, "
                     "or let the patient pay the paybill directly."));
    }
    auto config = config::load(tx, parts_.vault);
    if (!config) {
        if (config.error().code != Code::kConfig) return std::unexpected(std::move(config).error());
        return end_with(evidence(Evidence::Kind::kRefused, Witness::kPushReply, {}, config.error().message));
    }
    TRY(auto access, parts_.auth.access(tx, *config, context.now()));
    if (auto* request = std::get_if<net::ClientRequest>(&access)) {
        return jobs::Send{std::string(kTokenStep), std::move(*request)};
    }
    if (const auto* wait = std::get_if<Wait>(&access)) {
        return jobs::Next(jobs::Again{wait->until, true, "waiting for an access token"});
    }
    const Access& granted = std::get<Access>(access);

    TRY(const std::string sealed, payments::ledger::payer_sealed(tx, t.id));
    TRY(const crypto::DataKey* key, parts_.vault.key(tx));
    TRY(const Secret<> payer, key->open(sealed, payments::kPayerPurpose));
    const size_t cut = payer.reveal().find('\n');
    CHECK(cut != std::string::npos);
    TRY(Msisdn phone, Msisdn::parse(payer.reveal().substr(0, cut)));
    const auto request =
        daraja::push_request(config->endpoint(), granted.token,
                             {.kind = config->shortcode_kind,
                              .business_shortcode = config->business_shortcode(),
                              .party_b = config->shortcode,
                              .passkey = config->passkey,
                              .amount = t.amount_expected,
                              .payer = std::move(phone),
                              .callback_url = callback::stk_url(*config, parts_.links, tx.clinic(), t.id),
                              .account_reference = t.account,
                              .description = payer.reveal().substr(cut + 1)},
                             context.now());
    if (!request) {
        return end_with(evidence(Evidence::Kind::kRefused, Witness::kPushReply, {}, request.error().message));
    }
    TRY(payments::ledger::record(context, tx, t, evidence(Evidence::Kind::kSendStarted, Witness::kPushReply)));
    TRY(payments::exchanges::keep(context, tx, parts_.vault, t.id.value, "prompt", *request));
    return jobs::Send{std::string(kPushStep) + granted.mark, *request};
}

Result<jobs::Next> StkSender::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                     std::string_view step, const net::Outcome& outcome) {
    if (step.starts_with(kPushStep)) return absorb_push(context, tx, job, step.substr(kPushStep.size()), outcome);
    TRY(const Config config, config::load(tx, parts_.vault, false));
    const auto taken = parts_.auth.absorb(tx, config, outcome, context.now());
    if (taken) return jobs::Again{context.now(), true, "access token received"};
    if (taken.error().code != Code::kConfig && taken.error().code != Code::kUnavailable) {
        return std::unexpected(taken.error());
    }
    log::failure("mpesa.token_failed", taken.error(), {{"clinic", tx.clinic().value}});
    if (taken.error().code == Code::kUnavailable) {
        return jobs::Again{context.now() + jobs::back_off(job.attempt, 1s, 15s, 500), false, taken.error().message};
    }
    TRY(const payments::Transaction t, payments::ledger::find(tx, TransactionId{job.subject}));
    TRY(payments::ledger::record(
        context, tx, t, evidence(Evidence::Kind::kRefused, Witness::kPushReply, "oauth", taken.error().message)));
    return jobs::Done{};
}

Result<jobs::Next> StkSender::absorb_push(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                          std::string_view token_mark, const net::Outcome& outcome) {
    TRY(const payments::Transaction t, payments::ledger::find(tx, TransactionId{job.subject}));
    const auto record = [&](const Evidence& e) { return payments::ledger::record(context, tx, t, e); };
    const auto not_sent_again = [&](Duration wait, std::string why) -> Result<jobs::Next> {
        TRY(record(evidence(Evidence::Kind::kNotSent, Witness::kPushReply)));
        return jobs::Again{context.now() + wait, false, std::move(why)};
    };
    const auto refuse = [&](std::string code, std::string sentence) -> Result<jobs::Next> {
        TRY(record(evidence(Evidence::Kind::kRefused, Witness::kPushReply, std::move(code), std::move(sentence))));
        return jobs::Done{};
    };
    const auto ask_later = [&]() -> Result<> {
        return context.enqueue(tx,
                               {tx.clinic(), std::string(kStkQueryJob), job.subject, context.now() + query_delay(0)});
    };

    TRY(payments::exchanges::keep(context, tx, parts_.vault, t.id.value, "prompt", outcome));
    const daraja::PushReply reply = daraja::read_push_reply(outcome);
    return std::visit(
        Overload{[&](const daraja::Accepted& accepted) -> Result<jobs::Next> {
                     // Daraja's own word about its ids; a callback that was earlier may have told others.
                     TRY(save_provider_ids(tx, parts_.vault, t.id,
                                           {accepted.merchant_request_id, accepted.checkout_request_id}));
                     Evidence queued = evidence(Evidence::Kind::kAccepted, Witness::kPushReply);
                     queued.provider_now = daraja::told_time(outcome);
                     TRY(record(queued));
                     TRY(ask_later());
                     return jobs::Done{};
                 },
                 [&](const daraja::Refused& refused) -> Result<jobs::Next> {
                     if (refused.is_config) {
                         log::warn("mpesa.push_refused", {{"clinic", tx.clinic().value}, {"code", refused.code}});
                     }
                     if (refused.retry_later && refused.wait <= kShortWait && job.attempt < kSendTries) {
                         return not_sent_again(std::max(refused.wait, jobs::back_off(job.attempt, 1s, kShortWait, 500)),
                                               refused.sentence);
                     }
                     return refuse(refused.code, refused.sentence);
                 },
                 [&](const daraja::InvalidToken&) -> Result<jobs::Next> {
                     TRY(const Config config, config::load(tx, parts_.vault, false));
                     TRY(parts_.auth.forget(tx, config, token_mark));
                     if (job.attempt < kTokenTries) return not_sent_again(0s, "the access token was refused");
                     return refuse(
                         "invalid_token",
                         "M-Pesa refuses the access token of this clinic's Daraja app again and again. Check that "
                         "the consumer key belongs to this environment and has M-Pesa Express.");
                 },
                 [&](const daraja::NotSent& not_sent) -> Result<jobs::Next> {
                     // Bounded by kStartWithin, seen by plan. The wait grows with the time already spent.
                     TRY(record(evidence(Evidence::Kind::kNotSent, Witness::kPushReply)));
                     const Duration wait = std::clamp<Duration>((context.now() - t.created_at) / 2, 500ms, kShortWait);
                     // Not an attempt: those are counted for what Safaricom itself refuses.
                     return jobs::Again{context.now() + wait, true, not_sent.reason};
                 },
                 [&](const daraja::Unknown& unknown) -> Result<jobs::Next> {
                     log::warn("mpesa.push_unknown",
                               {{"clinic", tx.clinic().value}, {"payment", t.id.to_text()}, {"why", unknown.reason}});
                     Evidence lost =
                         evidence(Evidence::Kind::kLost, Witness::kPushReply, {},
                                  "M-Pesa's answer was lost. The prompt may be on the phone; waiting for its word.");
                     lost.provider_now = daraja::told_time(outcome);  // an error page tells the time as well
                     TRY(record(lost));
                     TRY(ask_later());
                     return jobs::Done{};
                 }},
        reply);
}

}  // namespace clinicpro::mpesa
