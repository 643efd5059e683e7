// doctor_calls.cpp: what can only be seen by asking somebody else (see doctor.hpp).
#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "daraja/queries.hpp"
#include "mpesa/callback.hpp"
#include "web/doctor_visit.hpp"

namespace clinicpro::web {
namespace {

using Level = Finding::Level;

constexpr int kTokenTries = 40;         // of kTokenWait each: somebody else may be fetching it
constexpr auto kTokenWait = std::chrono::milliseconds(250);
constexpr Duration kClocksApart = 30s;  // Daraja's own tolerance is not published; our signatures allow minutes
constexpr Duration kPatience = 10s;  // for one call: all of a clinic is examined within the minute in which a page is answered

std::string reason(const net::Outcome& outcome) {
    if (const auto* unsent = std::get_if<net::NotSent>(&outcome)) return unsent->reason;
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) return unknown->reason;
    return "it answered " + std::to_string(std::get<net::Response>(outcome).status);
}

}  // namespace

// The server's own token, fetched for it when there is none.
void Doctor::token(Visit& visit) {
    mpesa::Auth& auth = parts_.mpesa.auth;
    for (int tries = 0; tries < kTokenTries; ++tries) {
        std::optional<std::variant<mpesa::Access, net::ClientRequest, mpesa::Wait>> next;
        const auto asked = parts_.database.write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, visit.clinic);
            next.reset();
            TRY(auto step, auth.access(tx, *visit.config, parts_.clock.now()));
            next.emplace(std::move(step));
            return {};
        });
        if (!asked) return visit.say(Level::kProblem, "token", asked.error().message);
        if (auto* access = std::get_if<mpesa::Access>(&*next)) {
            visit.access = std::move(*access);
            return visit.say(Level::kGood, "token", "Daraja at " + visit.config->endpoint().base_url + " accepts the consumer key and secret.");
        }
        if (std::holds_alternative<mpesa::Wait>(*next)) {
            std::this_thread::sleep_for(kTokenWait);
            continue;
        }
        net::ClientRequest request = std::get<net::ClientRequest>(std::move(*next));
        request.timeout = std::min(request.timeout, kPatience);
        const net::Outcome outcome = net::send_and_wait(parts_.client, std::move(request));
        if (const auto theirs = daraja::told_time(outcome)) {
            const Duration apart = parts_.clock.now() - *theirs;
            if (std::chrono::abs(apart) > kClocksApart) {
                visit.say(Level::kProblem, "clock",
                          "This machine's clock is " + std::to_string(std::chrono::abs(apart) / 1s) + " seconds " +
                              (apart > Duration{} ? "ahead of" : "behind") + " Daraja's. Switch on NTP.");
            } else {
                visit.say(Level::kGood, "clock", "This machine's clock agrees with Daraja's.");
            }
        }
        Result<> taken;
        const auto kept = parts_.database.write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, visit.clinic);
            taken = auth.absorb(tx, *visit.config, outcome, parts_.clock.now());
            return {};
        });
        if (!kept) return visit.say(Level::kProblem, "token", kept.error().message);
        if (!taken) return visit.say(Level::kProblem, "token", "Daraja gave no token: " + taken.error().message);
    }
    visit.say(Level::kWarning, "token", "Another process has been fetching a token for ten seconds. Try again.");
}

// Asks after a prompt that never was: Daraja's way of saying "I do not know it" shows that the app may ask and that the
// passkey fits the shortcode.
void Doctor::product(Visit& visit) {
    // Questions are counted for the whole app, and those about real payments come first.
    std::optional<mpesa::Wait> wait;
    const Instant now = parts_.clock.now();
    const auto counted = parts_.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        TRY(wait, parts_.mpesa.auth.take_query(tx, *visit.config, now));
        return {};
    });
    if (!counted) return visit.say(Level::kProblem, "product", counted.error().message);
    if (wait) {
        return visit.say(Level::kWarning, "product",
                         "M-Pesa Express was asked a moment ago, and Daraja takes only a few questions a minute. Try again in " +
                             std::to_string((wait->until - now) / 1s + 1) + " seconds.");
    }
    const std::string nobody = "ws_CO_01012025000000000000000000";
    auto request = daraja::query_request(visit.config->endpoint(), visit.access->token,
                                         {.business_shortcode = visit.config->business_shortcode(),
                                          .passkey = visit.config->passkey,
                                          .checkout_request_id = nobody},
                                         parts_.clock.now());
    if (!request) return visit.say(Level::kProblem, "product", request.error().message);
    request->timeout = std::min(request->timeout, kPatience);
    const net::Outcome outcome = net::send_and_wait(parts_.client, *std::move(request));
    const daraja::QueryReply reply = daraja::read_query_reply(outcome, nobody);
    if (const auto* wrong = std::get_if<daraja::Misconfigured>(&reply)) return visit.say(Level::kProblem, "product", wrong->sentence);
    if (std::holds_alternative<daraja::InvalidToken>(reply)) {
        return visit.say(Level::kWarning, "product",
                         "Daraja refuses the token it gave a moment ago. Shortly after going live that is known to happen; try again in an hour.");
    }
    const auto* answer = std::get_if<net::Response>(&outcome);
    if (answer == nullptr) return visit.say(Level::kWarning, "product", "M-Pesa Express could not be tried: " + reason(outcome) + ".");
    // An unknown id is refused as a bad request or as "does not exist" (daraja.md 3): both mean the app may ask.
    if (answer->status == 400 || answer->status == 500 || answer->status == 200) {
        return visit.say(Level::kGood, "product", "The app has M-Pesa Express (STK push), and the passkey fits the shortcode.");
    }
    visit.say(Level::kWarning, "product", "M-Pesa Express could not be tried now: Daraja answered " + std::to_string(answer->status) + ". Try again later.");
}

void Doctor::callback_address(Visit& visit) {
    const std::string url = visit.config->callback_base_url + "/healthz";
    const net::Outcome outcome = net::send_and_wait(parts_.client, {.method = "GET", .url = url, .timeout = kPatience});
    const auto* answer = std::get_if<net::Response>(&outcome);
    if (answer == nullptr) {
        return visit.say(Level::kProblem, "callbacks",
                         "The callback address " + visit.config->callback_base_url + " cannot be reached from here: " + reason(outcome) +
                             ". Safaricom's results would be lost.");
    }
    if (answer->status != 200 || answer->body.find("\"alive\"") == std::string::npos) {
        return visit.say(Level::kProblem, "callbacks",
                         "Somebody else answers at the callback address " + visit.config->callback_base_url + " (status " +
                             std::to_string(answer->status) + "). Point it, or the proxy in front, at this server.");
    }
    visit.say(Level::kGood, "callbacks",
              "This server answers at the callback address " + visit.config->callback_base_url +
                  ". Whether Safaricom reaches it from outside shows only with the first real payment.");
}

}  // namespace clinicpro::web
