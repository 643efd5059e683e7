// main.cpp: asks one phone for one shilling and makes a meeting link, with ClinicPro's libraries and nothing else.
//
// daraja and meetings never touch the network: they make requests and read answers. Here net::CurlClient carries them;
// a program with its own HTTP client can use that instead. Run by tests/embed_test.sh against clinicpro-sandbox.
#include <cstdlib>
#include <iostream>

#include "base/clock.hpp"
#include "crypto/entropy.hpp"
#include "daraja/daraja.hpp"
#include "meetings/config.hpp"
#include "net/client.hpp"

using namespace clinicpro;

namespace {

Secret<> from_environment(const char* name) {
    const char* value = std::getenv(name);
    return Secret<>(value ? value : "");
}

Result<> ask_for_payment(const std::string& base_url, const std::string& phone, const std::string& callback_url) {
    net::CurlClient client;
    TRY(const auto endpoint, daraja::Endpoint::parse(base_url));
    TRY(const auto payer, Msisdn::parse(phone));

    const auto ask = daraja::token_request(endpoint, from_environment("DARAJA_CONSUMER_KEY"),
                                           from_environment("DARAJA_CONSUMER_SECRET"));
    TRY(const auto token, daraja::read_token(net::send_and_wait(client, ask)));

    const daraja::Push push{.business_shortcode = "174379",  // Safaricom's shared test paybill
                            .party_b = "",
                            .passkey = from_environment("DARAJA_PASSKEY"),
                            .amount = Money::from_shillings(1),
                            .payer = payer,
                            .callback_url = callback_url,
                            .account_reference = "EMBED1",
                            .description = "Example"};
    TRY(const auto request, daraja::push_request(endpoint, token.value, push, SystemClock().now()));
    const auto reply = daraja::read_push_reply(net::send_and_wait(client, request));

    if (const auto* accepted = std::get_if<daraja::Accepted>(&reply)) {
        // Queued, not paid: the callback, or a query, says what became of it. The id holds the phone number: not
        // printed.
        std::cout << "push: accepted for " << payer.masked() << ", merchant request " << accepted->merchant_request_id
                  << "\n";
        return {};
    }
    if (const auto* refused = std::get_if<daraja::Refused>(&reply)) {
        return fail(Code::kInvalid, "refused (" + refused->code + "): " + refused->sentence);
    }
    if (const auto* unsent = std::get_if<daraja::NotSent>(&reply)) {
        return fail(Code::kUnavailable, "not sent, may be tried again: " + unsent->reason);
    }
    if (const auto* unknown = std::get_if<daraja::Unknown>(&reply)) {
        return fail(Code::kUnknown, "may have reached the phone, must not be sent again: " + unknown->reason);
    }
    return fail(Code::kUnauthorised, "the access token was refused; fetch another");
}

Result<> make_meeting() {
    crypto::SystemEntropy entropy;
    TRY(const auto adapter, meetings::make_adapter({.base_url = "https://meet.clinic.example"}, entropy));
    const Instant now = SystemClock().now();
    const meetings::Operation create{
        .intent = {.key = "appointment-1", .start = now + 1h, .end = now + 90min, .title = "Consultation", .host = ""},
        .provider_id = ""};
    meetings::Position position;
    const auto answer = meetings::drive(
        *adapter, create, position, now, [](const net::ClientRequest&) { return net::NotSent{"not needed here"}; },
        [](Duration) {});
    const auto* ready = std::get_if<meetings::Ready>(&answer);
    if (!ready) return fail(Code::kInternal, "no meeting was made");
    std::cout << "meeting: " << ready->patient_url << "\n";
    return {};
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::cerr << "usage: embed BASE_URL PHONE CALLBACK_URL\n";
        return 2;
    }
    const auto paid = ask_for_payment(words[1], words[2], words[3]);
    if (!paid) std::cerr << "push: " << paid.error().message << "\n";
    const auto met = make_meeting();
    if (!met) std::cerr << "meeting: " << met.error().message << "\n";
    return paid && met ? 0 : 1;
}
