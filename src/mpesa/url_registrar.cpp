// Registering the clinic's two C2B addresses. In production Safaricom takes a registration once; later changes are made by
// people in its portal (daraja.md 4.1), so "already registered" is an outcome of its own.
#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "daraja/c2b.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/callback.hpp"

namespace clinicpro::mpesa {
namespace {

constexpr std::string_view kTokenStep = "token";
constexpr std::string_view kRegisterStep = "register/";
constexpr int kTries = 5;

template <class... F>
struct Overload : F... {
    using F::operator()...;
};

Result<> write_state(store::ClinicTx& tx, const Config& config, std::string_view state, std::string_view response,
                     Instant now) {
    TRY(tx.execute("INSERT INTO mpesa_c2b_urls (clinic_id, shortcode, state, version, generation, response, at) "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (clinic_id, shortcode) DO UPDATE SET "
                   "state = excluded.state, version = excluded.version, generation = excluded.generation, "
                   "response = excluded.response, at = excluded.at",
                   config.shortcode, state, config.c2b_version == daraja::C2bVersion::kV1 ? "v1" : "v2",
                   config.callback_generation, response, now));
    return {};
}

}  // namespace

Result<> ask_registration(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, std::string_view actor) {
    TRY(const Config config, config::load(tx, vault));
    TRY(write_state(tx, config, "asked", "Waiting for Safaricom's answer.", context.now()));
    TRY(clinics::audit::append(
        tx, {.at = context.now(), .actor = actor, .action = "mpesa.registration_asked", .subject = config.shortcode}));
    return context.enqueue(tx, {tx.clinic(), std::string(kRegisterJob), 0, context.now()});
}

Result<std::optional<Registration>> registration(store::ClinicTx& tx) {
    std::optional<Registration> found;
    TRY(tx.each("SELECT state, response, version, generation, at FROM mpesa_c2b_urls WHERE clinic_id = $1 "
                "ORDER BY at DESC LIMIT 1",
                [&](const store::Row& row) {
                    found = {row.string(0), row.string(1), row.string(2), int(row.integer(3)), row.instant(4)};
                }));
    return found;
}

Result<jobs::Plan> UrlRegistrar::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job&) {
    auto config = config::load(tx, parts_.vault);
    if (!config) {
        if (config.error().code != Code::kConfig) return std::unexpected(std::move(config).error());
        return jobs::Next(jobs::Done{});  // the configuration went away after it was asked
    }
    TRY(auto access, parts_.auth.access(tx, *config, context.now()));
    if (auto* request = std::get_if<net::ClientRequest>(&access)) {
        return jobs::Send{std::string(kTokenStep), std::move(*request)};
    }
    if (const auto* wait = std::get_if<Wait>(&access)) {
        return jobs::Next(jobs::Again{wait->until, true, "waiting for an access token"});
    }
    const Access& granted = std::get<Access>(access);
    auto request = daraja::register_request(
        config->endpoint(), granted.token,
        {.version = config->c2b_version,
         .shortcode = config->shortcode,
         .confirmation_url = callback::c2b_confirmation_url(*config, parts_.links, tx.clinic()),
         .validation_url = callback::c2b_validation_url(*config, parts_.links, tx.clinic()),
         .complete_when_unreachable = true});
    if (!request) {
        TRY(write_state(tx, *config, "failed", request.error().message, context.now()));
        return jobs::Next(jobs::Done{});
    }
    return jobs::Send{std::string(kRegisterStep) + granted.mark, *std::move(request)};
}

Result<jobs::Next> UrlRegistrar::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                        std::string_view step, const net::Outcome& outcome) {
    const Instant now = context.now();
    TRY(const Config config, config::load(tx, parts_.vault, false));
    const auto end = [&](std::string_view state, std::string_view response) -> Result<jobs::Next> {
        TRY(write_state(tx, config, state, response, now));
        const std::string detail =
            json::Writer().begin_object().field("state", state).field("version", config.c2b_version == daraja::C2bVersion::kV1 ? "v1" : "v2").end_object().take();
        TRY(clinics::audit::append(tx, {.at = now,
                                        .actor = "system",
                                        .action = "mpesa.registration_ended",
                                        .subject = config.shortcode,
                                        .detail = detail}));
        return jobs::Done{};
    };
    const auto try_again = [&](Duration wait, const std::string& why) -> Result<jobs::Next> {
        if (job.attempt + 1 >= kTries) return end("failed", why);
        return jobs::Again{now + std::max(wait, jobs::back_off(job.attempt, 1s, 60s, 500)), false, why};
    };
    if (step == kTokenStep) {
        const auto taken = parts_.auth.absorb(tx, config, outcome, now);
        if (taken) return jobs::Again{now, true, "access token received"};
        if (taken.error().code == Code::kConfig) return end("failed", taken.error().message);
        if (taken.error().code == Code::kUnavailable) return try_again(0s, taken.error().message);
        return std::unexpected(taken.error());
    }
    return std::visit(
        Overload{[&](const daraja::Registered&) { return end("registered", "Safaricom will call this clinic's addresses."); },
                 [&](const daraja::AlreadyRegistered& already) { return end("already_registered", already.sentence); },
                 [&](const daraja::Refused& refused) {
                     return refused.retry_later ? try_again(refused.wait, refused.sentence) : end("failed", refused.sentence);
                 },
                 [&](const daraja::InvalidToken&) -> Result<jobs::Next> {
                     TRY(parts_.auth.forget(tx, config, step.substr(kRegisterStep.size())));
                     return try_again(0s, "Safaricom refuses the access token. Check the consumer key and secret.");
                 },
                 // Registering twice is harmless: it works, or it is "already registered".
                 [&](const daraja::NotSent& lost) { return try_again(0s, "Safaricom could not be reached: " + lost.reason); },
                 [&](const daraja::Unknown& lost) { return try_again(0s, "Safaricom's answer was lost: " + lost.reason); }},
        daraja::read_register_reply(outcome));
}

}  // namespace clinicpro::mpesa
