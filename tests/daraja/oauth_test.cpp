#include "daraja/oauth.hpp"

#include "daraja/reply.hpp"
#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

TEST(oauth, the_request_is_a_get_with_basic_credentials) {
    const auto request = token_request(Endpoint::sandbox(), Secret<>("key"), Secret<>("secret"));
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.url, "https://sandbox.safaricom.co.ke/oauth/v1/generate?grant_type=client_credentials");
    EXPECT_EQ(net::find_header(request.headers, "Authorization"), "Basic a2V5OnNlY3JldA==");
    EXPECT_EQ(request.body, "");
}

TEST(oauth, expires_in_may_be_text_or_a_number) {
    for (const char* body :
         {R"({"access_token":"AbC","expires_in":"3599"})", R"({"access_token":"AbC","expires_in":3599})"}) {
        const auto token = read_token(answer(200, body));
        ASSERT_TRUE(token) << body;
        EXPECT_EQ(token->value.reveal(), "AbC");
        EXPECT_EQ(token->lifetime, 3599s);
    }
    EXPECT_EQ(read_token(answer(200, golden("reply_token")))->lifetime, 3599s);
}

TEST(oauth, a_longer_life_than_an_hour_is_not_believed) {
    const auto token = read_token(answer(200, R"({"access_token":"AbC","expires_in":999999})"));
    EXPECT_EQ(token->lifetime, kTokenLifetimeMax);
}

TEST(oauth, wrong_credentials_are_told_apart_from_an_outage) {
    struct Row {
        int status;
        std::string body;
        Code code;
    };
    const Row rows[] = {
        {400, envelope("400.008.01", "Invalid Authentication passed"), Code::kConfig},
        {400, envelope("400.008.02", "Invalid grant type passed"), Code::kConfig},
        {400, "", Code::kConfig},
        {400, "{}", Code::kConfig},
        {401, "", Code::kConfig},
        {404, "", Code::kConfig},
        {400, "<html>Bad Request</html>", Code::kUnavailable},
        {403, "<html>Request Rejected</html>", Code::kUnavailable},
        {429, golden("reply_fault_apigee"), Code::kUnavailable},
        {500, envelope("500.003.1001", "Internal Server Error"), Code::kUnavailable},
        {500, "", Code::kUnavailable},
        {502, "<html>Bad Gateway</html>", Code::kUnavailable},
        {503, "", Code::kUnavailable},
        {504, "", Code::kUnavailable},
        {302, "", Code::kUnavailable},
        {200, "", Code::kUnavailable},
        {200, "<html>Maintenance</html>", Code::kUnavailable},
        {200, R"({"expires_in":"3599"})", Code::kUnavailable},
        {200, R"({"access_token":"","expires_in":"3599"})", Code::kUnavailable},
        {200, R"({"access_token":"a\r\nX-Evil: 1","expires_in":"3599"})", Code::kUnavailable},
        {200, R"({"access_token":"AbC"})", Code::kUnavailable},
        {200, R"({"access_token":"AbC","expires_in":"soon"})", Code::kUnavailable},
        {200, R"({"access_token":"AbC","expires_in":0})", Code::kUnavailable},
    };
    for (const Row& row : rows) {
        const auto token = read_token(answer(row.status, row.body));
        ASSERT_FALSE(token) << row.status << row.body;
        EXPECT_EQ(to_string(token.error().code), to_string(row.code)) << row.status << row.body;
    }
    EXPECT_EQ(read_token(net::NotSent{"no route"}).error().code, Code::kUnavailable);
    EXPECT_EQ(read_token(net::Unknown{"time-out"}).error().code, Code::kUnavailable);
}

TEST(oauth, an_invalid_token_has_many_codes_but_a_missing_product_is_not_one) {
    struct Row {
        int status;
        std::string code, text;
        bool invalid;
    };
    const Row rows[] = {
        {404, "404.001.03", "Invalid Access Token", true},
        {400, "400.003.01", "Invalid Access Token", true},
        {401, "401.002.01", "Error Occurred - Invalid Access Token - AbCdEfGhIjKlMnOpQrStUvWxYz12", true},
        {401, "401.003.01", "Invalid Access Token", true},
        {401, "", "", true},
        {401, "401.002.01", "Error Occurred - Invalid API call as no apiproduct match found", false},
        {404, "404.001.03", "Invalid API call as no apiproduct match found", false},
        {404, "404.001.04", "Invalid Authentication Header", false},
        {404, "404.001.01", "Resource not found", false},
        {400, "400.002.02", "Bad Request - Invalid Amount", false},
        {500, "500.001.1001", "Wrong credentials", false},
        {200, "404.001.03", "Invalid Access Token", false},
    };
    for (const Row& row : rows) {
        net::Response response{
            .status = row.status, .headers = {}, .body = row.code.empty() ? "" : envelope(row.code, row.text)};
        EXPECT_EQ(is_invalid_token(response), row.invalid) << row.code << row.text;
    }
}

TEST(oauth, a_fault_never_repeats_a_token_or_a_phone_number) {
    const auto fault = [](const std::string& text) {
        return read_fault({.status = 401, .headers = {}, .body = envelope("401.002.01", text)}).text;
    };
    EXPECT_EQ(fault("Error Occurred - Invalid Access Token - AbCdEfGhIjKlMnOpQrStUvWxYz12"),
              "Error Occurred - Invalid Access Token");
    EXPECT_EQ(fault("Bad token AbCdEfGhIjKlMnOpQrStUvWxYz12."), "Bad token [hidden].");
    EXPECT_EQ(fault("Invalid PhoneNumber 254708374149"), "Invalid PhoneNumber [hidden]");
    EXPECT_EQ(fault("No ws_CO_04032026101502123708374149 here"), "No [hidden] here");
    EXPECT_EQ(fault("Duplicate OriginatorConversationID"), "Duplicate OriginatorConversationID");
    EXPECT_EQ(fault(std::string(2000, 'x')).size(), kFaultTextMax);
}

TEST(oauth, retry_after_is_believed_up_to_an_hour) {
    const auto wait = [](const char* value) {
        return retry_after({.status = 429, .headers = {{"retry-after", value}}, .body = ""}, 60s);
    };
    EXPECT_EQ(wait("5"), 5s);
    EXPECT_EQ(wait("0"), 0s);
    EXPECT_EQ(wait("99999999999"), kRetryAfterMax);
    EXPECT_EQ(wait("99999999999999999999999"), 60s);
    EXPECT_EQ(wait("-5"), 60s);
    EXPECT_EQ(wait("Wed, 21 Oct 2026 07:28:00 GMT"), 60s);
    EXPECT_EQ(retry_after({}, 60s), 60s);
}

TEST(oauth, an_answer_tells_safaricom_s_time) {
    const auto told = [](const char* value) {
        return told_time(net::Response{.status = 503, .headers = {{"date", value}}, .body = ""});
    };
    EXPECT_EQ(told("Mon, 23 Nov 2026 06:00:00 GMT"), *parse_iso("2026-11-23T06:00:00Z"));
    EXPECT_EQ(told("soon"), std::nullopt);
    EXPECT_EQ(told_time(net::Response{}), std::nullopt);
    EXPECT_EQ(told_time(net::Unknown{"lost"}), std::nullopt);
}

}  // namespace
}  // namespace clinicpro::daraja
