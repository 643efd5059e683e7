// Connecting: tokens, one user's consent, and what each refusal of a token tells the clinic to do.
#include "crypto/hash.hpp"
#include "crypto/rsa.hpp"
#include "meetings/google_token.hpp"
#include "tests/meetings/google_sandbox.hpp"

namespace clinicpro::meetings {
namespace {

using Fault = Failed::Fault;

Failed token_refusal(const GoogleSettings& settings, int status, const std::string& body) {
    const auto read = read_google_token(settings, settings.account_for(""), net::Response{status, {}, body}, kPaperNow);
    EXPECT_TRUE(std::holds_alternative<Failed>(read)) << body;
    return std::holds_alternative<Failed>(read) ? std::get<Failed>(read) : Failed{};
}

TEST(google_token, the_assertion_is_signed_and_says_who_for_whom_and_how_long) {
    const auto request = google_token_request(service_account(), "dr.wanjiku@clinic.example", kPaperNow);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method + " " + request->url, "POST https://oauth2.googleapis.com/token");
    const std::string head = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    ASSERT_TRUE(request->body.starts_with(head)) << request->body;
    const std::string proof = request->body.substr(head.size());
    const auto parts = text::split(proof, '.');
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(*text::from_base64url(parts[0]),
              R"({"alg":"RS256","typ":"JWT","kid":"4f1d2c3b5a6978877665544332211000ffeeddcc"})");
    EXPECT_EQ(*text::from_base64url(parts[1]),
              R"({"iss":"visits@clinic-example.iam.gserviceaccount.com",)"
              R"("scope":"https://www.googleapis.com/auth/calendar.events )"
              R"(https://www.googleapis.com/auth/calendar.calendars.readonly",)"
              R"("aud":"https://oauth2.googleapis.com/token","iat":1795514340,"exp":1795517940,)"
              R"("sub":"dr.wanjiku@clinic.example"})");
    EXPECT_TRUE(crypto::rs256_matches(*crypto::rsa_public_key(service_account().private_key),
                                      proof.substr(0, proof.rfind('.')), *text::from_base64url(parts[2])));
}

TEST(google_token, a_refresh_sends_its_secrets_in_the_body_alone) {
    const auto request = google_token_request(user_consent(), "", kPaperNow);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->url, "https://oauth2.googleapis.com/token");
    EXPECT_EQ(request->body,
              "grant_type=refresh_token&refresh_token=1%2F%2F03invented&client_id=4455-clinic.apps.googleusercontent."
              "com&client_secret=GOCSPX-invented");
}

TEST(google_token, each_refusal_says_who_can_cure_it) {
    const std::string grant = "invalid_grant";
    const struct {
        bool robot;
        int status;
        std::string body;
        Fault fault;
        std::string says;
    } rows[] = {
        {true, 401, R"({"error":"unauthorized_client","error_description":"Client is unauthorized"})", Fault::kConfig,
         "112233445566778899001 for exactly these scopes: https://www.googleapis.com/auth/calendar.events"},
        {true, 400, R"({"error":"invalid_grant","error_description":"Invalid email or User ID"})", Fault::kConfig,
         "dr.wanjiku@clinic.example"},
        {true, 400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})", Fault::kConfig,
         "Make a new key"},
        {true, 400, R"({"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token"})",
         Fault::kConfig, "clock is wrong"},
        {true, 400, R"({"error":"invalid_scope"})", Fault::kConfig, "calendar.events"},
        {true, 400, R"({"error":"invalid_grant"})", Fault::kAuth, "check"},
        {false, 400, R"({"error":"invalid_grant","error_description":"Token has been expired or revoked."})",
         Fault::kAuth, "clinicpro meetings connect google"},
        {false, 401, R"({"error":"invalid_client"})", Fault::kConfig, "id and secret"},
        {false, 400, R"({"error":"admin_policy_enforced"})", Fault::kAuth, "administrator"},
        {false, 503, R"({"error":"internal_failure"})", Fault::kTransient, "by itself"},
        {false, 200, "<html>", Fault::kTransient, "by itself"},
        {false, 403, "<html>", Fault::kTransient, "by itself"},
        {false, 200, R"({"access_token":"a b","expires_in":3599})", Fault::kTransient, "no usable token"},
        {false, 200, R"({"access_token":"ab","expires_in":0})", Fault::kTransient, "no usable token"},
        {false, 429, "", Fault::kRate, "fewer"},
    };
    for (const auto& row : rows) {
        const Failed failed = token_refusal(row.robot ? service_account() : user_consent(), row.status, row.body);
        EXPECT_EQ(to_string(failed.fault), to_string(row.fault)) << row.body;
        EXPECT_TRUE(text::contains_ignoring_case(failed.sentence, row.says)) << failed.sentence;
        EXPECT_EQ(failed.sentence.find("invented"), std::string::npos);
    }
}

TEST(google_token, a_dead_connection_is_final_and_never_asked_again_by_itself) {
    GoogleSandbox side;
    GoogleClinic clinic(side, side.user());
    ASSERT_TRUE(std::holds_alternative<Ready>(clinic.keep(Verb::kCreate, paper_visit())));
    side.steer("POST", "/_sandbox/google/revoke");
    const Answer answer = clinic.run(Verb::kFind, paper_visit());
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_EQ(std::get<Failed>(answer).fault, Fault::kAuth);
    EXPECT_FALSE(is_worth_retrying(std::get<Failed>(answer).fault));
}

TEST(google_token, what_was_agreed_to_while_testing_dies_after_seven_days) {
    GoogleSandbox side;
    side.switches().google_consent_testing = true;
    GoogleClinic clinic(side, side.user());
    side.now = side.now + 7 * 24h - 1min;
    ASSERT_TRUE(std::holds_alternative<Ready>(clinic.keep(Verb::kCreate, paper_visit())));
    side.now = side.now + 1h;
    clinic.position = {};
    const Answer answer = clinic.run(Verb::kFind, paper_visit());
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_NE(std::get<Failed>(answer).sentence.find("7 days"), std::string::npos);
}

TEST(google_token, a_token_dead_in_mid_life_is_renewed_once_and_the_second_refusal_is_tried_later) {
    GoogleSandbox side;
    GoogleClinic clinic(side);
    const auto ask = [&](int deaths) {
        side.seen.clear();
        side.steer("PUT", "/_sandbox/faults",
                   R"({"name":"token_dies","path":"/google/calendar","count":)" + std::to_string(deaths) + "}");
        return clinic.run(Verb::kCreate, paper_visit());
    };
    EXPECT_TRUE(std::holds_alternative<Ready>(ask(1)));
    EXPECT_EQ(side.seen.size(), 4u);
    const Answer answer = ask(2);
    ASSERT_TRUE(std::holds_alternative<Failed>(answer));
    EXPECT_EQ(std::get<Failed>(answer).fault, Fault::kTransient);  // it would stop every visit of the clinic
}

// --- consent ---------------------------------------------------------------------------------------------------------

net::Request to_page(const std::string& url, const std::string& method) {
    net::Request request;
    request.method = method;
    const std::string target = url.substr(kSandboxUrl.size());
    request.path = target.substr(0, target.find('?'));
    request.headers = {{"Host", kSandboxHost}};
    (method == "GET" ? request.query : request.body) = target.substr(target.find('?') + 1);
    return request;
}

struct Consented {
    std::string code, error, state;
};
Consented agree(GoogleSandbox& side, const GoogleConsent& consent, const std::string& more) {
    EXPECT_EQ(side.daraja.handle(to_page(consent.url, "GET"), side.now).response.status, 200);
    net::Request post = to_page(consent.url, "POST");
    post.body += "&who=kisumu.clinic%40mail.example" + more;
    const net::Response back = side.daraja.handle(post, side.now).response;
    EXPECT_EQ(back.status, 303) << back.body;
    net::Request returned;
    const std::string location(back.header("Location"));
    EXPECT_TRUE(location.starts_with("http://127.0.0.1:8080/meetings/google?")) << location;
    returned.query = location.substr(location.find('?') + 1);
    return {returned.query_value("code"), returned.query_value("error"), returned.query_value("state")};
}

const std::string kRedirect = "http://127.0.0.1:8080/meetings/google";
const std::string kBoth = "&answer=allow&grant%3Acalendar.events=1&grant%3Acalendar.calendars.readonly=1";

GoogleSettings unconnected(GoogleSandbox& side) {
    GoogleSettings settings = side.user();
    settings.refresh_token = Secret<>();
    return settings;
}

TEST(google_consent, a_person_agrees_and_the_clinic_can_make_meetings) {
    GoogleSandbox side;
    crypto::SystemEntropy entropy;
    GoogleSettings settings = unconnected(side);
    const auto consent = begin_google_consent(settings, kRedirect, entropy);
    ASSERT_TRUE(consent);
    const Consented back = agree(side, *consent, kBoth);
    EXPECT_EQ(back.state, consent->state);
    const auto code = google_consent_code(back.code, back.error);
    ASSERT_TRUE(code);
    const auto token = read_google_exchange(
        settings, side.exchange(google_exchange_request(settings, *code, consent->verifier, kRedirect)));
    ASSERT_TRUE(token) << token.error().message;
    // The same code again: refused, and the sentence says to start again.
    const auto twice = read_google_exchange(
        settings, side.exchange(google_exchange_request(settings, *code, consent->verifier, kRedirect)));
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Code::kUnauthorised);
    settings.refresh_token = *token;
    GoogleClinic clinic(side, settings);
    EXPECT_TRUE(std::holds_alternative<Ready>(clinic.keep(Verb::kCreate, paper_visit())));
    EXPECT_EQ(side.daraja.google().state().events.begin()->first.first, "kisumu.clinic@mail.example");
}

TEST(google_consent, a_code_without_its_verifier_or_at_another_address_is_worth_nothing) {
    GoogleSandbox side;
    crypto::SystemEntropy entropy;
    const GoogleSettings settings = unconnected(side);
    for (const bool other_address : {false, true}) {
        const auto consent = begin_google_consent(settings, kRedirect, entropy);
        const auto code = google_consent_code(agree(side, *consent, kBoth).code, "");
        const Secret<> wrong("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        EXPECT_FALSE(read_google_exchange(
            settings, side.exchange(google_exchange_request(settings, *code, other_address ? consent->verifier : wrong,
                                                            other_address ? kRedirect + "/x" : kRedirect))));
    }
}

TEST(google_consent, refusing_and_unticking_are_said_in_a_sentence) {
    GoogleSandbox side;
    crypto::SystemEntropy entropy;
    const GoogleSettings settings = unconnected(side);
    const auto consent = begin_google_consent(settings, kRedirect, entropy, "mine");
    EXPECT_EQ(consent->state, "mine");
    const Consented no = agree(side, *consent, "&answer=deny");
    const auto refused = google_consent_code(no.code, no.error);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("nobody agreed"), std::string::npos);
    const auto half = google_consent_code(agree(side, *consent, "&answer=allow&grant%3Acalendar.events=1").code, "");
    const auto exchanged = read_google_exchange(
        settings, side.exchange(google_exchange_request(settings, *half, consent->verifier, kRedirect)));
    ASSERT_FALSE(exchanged);
    EXPECT_NE(exchanged.error().message.find("unticked"), std::string::npos);
    for (const auto& [code, error] : {std::pair("", ""), std::pair("a b", ""), std::pair("x", "server_error")})
        EXPECT_FALSE(google_consent_code(code, error));
    EXPECT_FALSE(begin_google_consent(GoogleSettings{}, kRedirect, entropy));
}

TEST(google_consent, the_verifier_stands_in_the_address_as_a_digest_only) {
    crypto::SystemEntropy entropy;
    const auto consent = begin_google_consent(user_consent(), kRedirect, entropy);
    EXPECT_EQ(consent->url.find(consent->verifier.reveal()), std::string::npos);
    EXPECT_NE(consent->url.find(text::to_base64url(crypto::sha256(consent->verifier.reveal()))), std::string::npos);
    EXPECT_EQ(consent->url.find("GOCSPX"), std::string::npos);
    EXPECT_NE(consent->url.find("access_type=offline&prompt=consent"), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::meetings
