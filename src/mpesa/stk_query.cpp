// The ladder of status queries. A query may confirm; it never undoes, and its failure is asked again (daraja.md 3).
#include <algorithm>

#include "daraja/codes.hpp"
#include "daraja/queries.hpp"
#include "mpesa/provider_ids.hpp"
#include "mpesa/stk_push.hpp"
#include "payments/exchanges.hpp"

namespace clinicpro::mpesa {
namespace {

using payments::Evidence;
using payments::State;
using payments::Witness;

constexpr Duration kGiveUpAfter = 30min;      // then a person looks; late success stays legal
constexpr Duration kPromptLife = 3min;        // the longest a handset keeps a prompt (daraja.md 2.6)
constexpr Duration kDoubtFailureFor = 10min;  // a failure told by query, or a disputed one, is asked again this long
constexpr Duration kMisconfiguredWait = 5min;
constexpr std::string_view kTokenStep = "token";
constexpr std::string_view kQueryStep = "query/";

template <class... F>
struct Overload : F... {
    using F::operator()...;
};

// Whether there is still something to learn about this attempt.
bool worth_asking(const payments::Transaction& t, Instant now) {
    if (is_open(t.state)) return true;
    return is_doubted_failure(t) && t.settled_at && now - *t.settled_at <= kDoubtFailureFor;
}

constexpr std::string_view kDoubtRemains =
    "M-Pesa said this prompt failed, in a way that is sometimes wrong, and then could not be asked again. Look for the "
    "payment in the M-Pesa statement before asking the patient to pay again.";

// Nobody will ask any more, and the last question went by without an answer, or was never put: a person must know.
Result<> leave_doubt(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t) {
    if (!is_doubted_failure(t) || t.attention) return {};
    return payments::ledger::raise_attention(context, tx, t.id, kDoubtRemains);
}

// Nothing was learned, or nothing could be asked; unless this was the last time, it is asked again.
Result<jobs::Next> ask_again(jobs::Context& context, store::ClinicTx& tx, const payments::Transaction& t,
                             jobs::Again again) {
    if (!worth_asking(t, again.at)) TRY(leave_doubt(context, tx, t));
    return again;
}

// Whether two masked numbers show different last digits. What is wholly hidden could be anybody.
bool is_somebody_else(std::string_view a, std::string_view b) {
    constexpr size_t kTail = 3;
    const auto tail = [](std::string_view masked) {
        const std::string_view end = masked.size() < kTail ? "" : masked.substr(masked.size() - kTail);
        return end.find_first_not_of("0123456789") == std::string_view::npos ? end : std::string_view();
    };
    return !tail(a).empty() && !tail(b).empty() && tail(a) != tail(b);
}

// A query says yes without a receipt (daraja.md 3). The same money may already stand here as a payment of its own,
// because its confirmation could not be tied to this prompt (a failed one, or a payer that cannot be told), or because
// it was taken for the answer to another prompt of this invoice. Then its receipt is this one, and nothing is booked a
// second time; the ledger shows it to a person. Empty: no such payment.
Result<std::string> receipt_booked_alone(store::ClinicTx& tx, const payments::Transaction& t) {
    if (!t.invoice || t.receipt) return std::string();
    TRY(const auto all, payments::ledger::of_invoice(tx, t.invoice));
    for (const payments::Transaction& one : all) {
        if (one.method == t.method && one.witness != to_string(Witness::kC2b)) continue;
        if (!one.receipt || one.amount_received != t.amount_expected) continue;  // what is a duplicate received nothing
        if (!one.settled_at || *one.settled_at < t.created_at) continue;
        if (is_somebody_else(one.payer_masked, t.payer_masked)) continue;
        const bool is_taken = std::ranges::any_of(all, [&](const auto& other) { return other.duplicate_of == one.id; });
        if (!is_taken) return *one.receipt;
    }
    return std::string();
}

}  // namespace

bool is_doubted_failure(const payments::Transaction& t) {
    return t.state == State::kFailed &&
           (t.witness == to_string(Witness::kQuery) || daraja::meaning_of(t.result_code).disputed);
}

Result<jobs::Plan> StkQuery::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(const payments::Transaction t, payments::ledger::find(tx, TransactionId{job.subject}));
    const Instant now = context.now();
    if (!worth_asking(t, now)) {
        if (!job.interrupted_step.empty()) TRY(leave_doubt(context, tx, t));
        return jobs::Next(jobs::Done{});
    }
    if (is_open(t.state) && now - t.created_at > kGiveUpAfter) {
        TRY(payments::ledger::record(context, tx, t, {.kind = Evidence::Kind::kGaveUp, .witness = Witness::kTimer}));
        return jobs::Next(jobs::Done{});
    }
    TRY(const ProviderIds ids, load_provider_ids(tx, parts_.vault, t.id));
    if (!ids.known()) {
        // The push's answer was lost, so there is no id to ask by: only its callback can tell.
        return jobs::Next(jobs::Again{now + 60s, true, "no id to ask by; waiting for the callback"});
    }
    const auto wait_until = [&](Instant at, std::string why) -> Result<jobs::Plan> {
        return ask_again(context, tx, t, {at, true, std::move(why)});
    };
    TRY(const Config config, config::load(tx, parts_.vault, false));
    TRY(auto access, parts_.auth.access(tx, config, now));
    if (auto* request = std::get_if<net::ClientRequest>(&access)) {
        return jobs::Send{std::string(kTokenStep), std::move(*request)};
    }
    if (const auto* wait = std::get_if<Wait>(&access)) return wait_until(wait->until, "waiting for an access token");
    TRY(const auto spent, parts_.auth.take_query(tx, config, now));
    if (spent) return wait_until(spent->until, "waiting for a free status query");
    const Access& granted = std::get<Access>(access);
    auto request = daraja::query_request(config.endpoint(), granted.token,
                                         {.business_shortcode = config.business_shortcode(),
                                          .passkey = config.passkey,
                                          .checkout_request_id = ids.checkout_request_id},
                                         now);
    // Not a failed plan: after twelve of those nobody would give up for this payment, and it would stay open for ever.
    if (!request) return wait_until(now + kMisconfiguredWait, request.error().message);
    TRY(payments::exchanges::keep(context, tx, parts_.vault, t.id.value, "status query", *request));
    return jobs::Send{std::string(kQueryStep) + granted.mark, *std::move(request)};
}

Result<jobs::Next> StkQuery::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                    std::string_view step, const net::Outcome& outcome) {
    const Instant now = context.now();
    const Instant next_rung = now + query_delay(job.attempt + 1);
    TRY(const Config config, config::load(tx, parts_.vault, false));
    TRY(const payments::Transaction t, payments::ledger::find(tx, TransactionId{job.subject}));
    const auto ask_at = [&](Instant at, std::string why) {
        return ask_again(context, tx, t, {at, false, std::move(why)});
    };
    if (step == kTokenStep) {
        const auto taken = parts_.auth.absorb(tx, config, outcome, now);
        if (taken) return jobs::Again{now, true, "access token received"};
        // Were it the database's own trouble, the next statement would say so as well, and all of this is done again.
        log::failure("mpesa.token_failed", taken.error(), {{"clinic", tx.clinic().value}});
        return ask_at(next_rung, taken.error().message);
    }

    TRY(const ProviderIds ids, load_provider_ids(tx, parts_.vault, t.id));
    TRY(payments::exchanges::keep(context, tx, parts_.vault, t.id.value, "status query", outcome));
    const daraja::QueryReply reply = daraja::read_query_reply(outcome, ids.checkout_request_id);
    return std::visit(
        Overload{[&](const daraja::Paid&) -> Result<jobs::Next> {
                     TRY(std::string receipt, receipt_booked_alone(tx, t));
                     TRY(payments::ledger::record(context, tx, t,
                                                  {.kind = Evidence::Kind::kSucceeded,
                                                   .witness = Witness::kQuery,
                                                   .receipt = std::move(receipt),
                                                   .code = "0",
                                                   .provider_now = daraja::told_time(outcome)}));
                     return jobs::Done{};
                 },
                 [&](const daraja::Failed& failed) -> Result<jobs::Next> {
                     const bool too_early = failed.meaning.disputed && now - t.created_at < kPromptLife;
                     if (!too_early) {
                         TRY(payments::ledger::record(context, tx, t,
                                                      {.kind = Evidence::Kind::kFailed,
                                                       .witness = Witness::kQuery,
                                                       .code = failed.code,
                                                       .text = std::string(failed.meaning.sentence)}));
                     }
                     return jobs::Again{next_rung, false, "code " + failed.code + " by query; asking once more"};
                 },
                 [&](const daraja::StillProcessing& still) -> Result<jobs::Next> {
                     return ask_at(std::max(next_rung, now + still.retry_after), "still processing");
                 },
                 [&](const daraja::NoInformation& nothing) -> Result<jobs::Next> {
                     return ask_at(std::max(next_rung, now + nothing.retry_after), nothing.reason);
                 },
                 [&](const daraja::InvalidToken&) -> Result<jobs::Next> {
                     TRY(parts_.auth.forget(tx, config, step.substr(kQueryStep.size())));
                     return ask_at(now + 1s, "the access token was refused");
                 },
                 [&](const daraja::Misconfigured& wrong) -> Result<jobs::Next> {
                     log::warn("mpesa.query_misconfigured", {{"clinic", tx.clinic().value}, {"code", wrong.code}});
                     return ask_at(now + kMisconfiguredWait, wrong.sentence);
                 }},
        reply);
}

}  // namespace clinicpro::mpesa
