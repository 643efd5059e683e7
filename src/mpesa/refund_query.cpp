// Asking M-Pesa what became of a refund. The answer comes to an address of its own, as a result does; asking again is
// always safe. Without an id of M-Pesa's there is nothing to ask by: then only the result, or a person, can tell.
#include "daraja/queries.hpp"
#include "mpesa/refund.hpp"
#include "payments/exchanges.hpp"

namespace clinicpro::mpesa {
namespace {

using payments::Refund;
using payments::RefundEvidence;
using payments::RefundState;
using Kind = RefundEvidence::Kind;

constexpr Duration kGiveUpAfter = 30min;  // then a person looks; a late result stays legal
constexpr std::string_view kTokenStep = "token";
constexpr std::string_view kAskStep = "status/";

Duration next_ask(int asked) {
    static constexpr Duration kLadder[] = {60s, 2min, 3min, 5min, 5min, 10min};
    return kLadder[std::min<size_t>(size_t(std::max(asked, 0)), std::size(kLadder) - 1)];
}

}  // namespace

Result<jobs::Plan> RefundQuery::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(const Refund r, payments::refunds::find(tx, RefundId{job.subject}));
    if (r.state != RefundState::kPending && r.state != RefundState::kUnknown) return jobs::Next(jobs::Done{});
    const Instant now = context.now();
    const auto later = [&](std::string why, bool progress) {
        return jobs::Next(jobs::Again{now + next_ask(job.attempt), progress, std::move(why)});
    };
    if (now - r.sent_at.value_or(r.created_at) > kGiveUpAfter) {
        TRY(payments::refunds::record(context, tx, r, {.kind = Kind::kGaveUp, .witness = "timer"}));
        return jobs::Next(jobs::Done{});
    }
    const std::string& id = r.originator_id.empty() ? r.conversation_id : r.originator_id;
    if (id.empty()) return later("no id to ask by; waiting for the result", true);
    auto config = config::load(tx, parts_.vault, false);
    if (!config) {
        if (config.error().code != Code::kConfig) return std::unexpected(std::move(config).error());
        return later(config.error().message, true);
    }
    const auto initiator = config->initiator();
    if (!initiator) return later(initiator.error().message, true);
    TRY(auto access, parts_.auth.access(tx, *config, now));
    if (auto* request = std::get_if<net::ClientRequest>(&access)) {
        return jobs::Send{std::string(kTokenStep), std::move(*request)};
    }
    if (const auto* wait = std::get_if<Wait>(&access)) {
        return jobs::Next(jobs::Again{wait->until, true, "waiting for an access token"});
    }
    const Access& granted = std::get<Access>(access);
    const auto url = [&](callback::RefundNews news) {
        return callback::refund_url(*config, parts_.links, tx.clinic(), r.id, news);
    };
    const bool payout = r.way == payments::RefundWay::kPayout;
    auto request = daraja::status_request(
        config->endpoint(), granted.token, *initiator,
        {url(callback::RefundNews::kStatus), url(callback::RefundNews::kStatusTimeout)},
        {.shortcode = payout ? config->payer_shortcode() : config->business_shortcode(), .original_conversation_id = id});
    if (!request) return later(request.error().message, true);
    TRY(payments::exchanges::keep(context, tx, parts_.vault, r.id.value, "status query", *request));
    return jobs::Send{std::string(kAskStep) + granted.mark, *std::move(request)};
}

Result<jobs::Next> RefundQuery::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                       std::string_view step, const net::Outcome& outcome) {
    const Instant now = context.now();
    TRY(const Config config, config::load(tx, parts_.vault, false));
    const auto later = [&](std::string why) -> Result<jobs::Next> {
        return jobs::Again{now + next_ask(job.attempt + 1), false, std::move(why)};
    };
    if (step == kTokenStep) {
        const auto taken = parts_.auth.absorb(tx, config, outcome, now);
        if (taken) return jobs::Again{now, true, "access token received"};
        if (taken.error().code != Code::kConfig && taken.error().code != Code::kUnavailable) {
            return std::unexpected(taken.error());
        }
        return later(taken.error().message);
    }
    TRY(payments::exchanges::keep(context, tx, parts_.vault, job.subject, "status query", outcome));
    const daraja::AckReply reply = daraja::read_ack(outcome);
    if (std::holds_alternative<daraja::InvalidToken>(reply)) {
        TRY(parts_.auth.forget(tx, config, step.substr(kAskStep.size())));
        return jobs::Again{now + 1s, false, "the access token was refused"};
    }
    if (const auto* refused = std::get_if<daraja::Refused>(&reply)) return later(refused->sentence);
    return later("asked; the answer comes by itself");
}

}  // namespace clinicpro::mpesa
