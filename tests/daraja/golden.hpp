// golden.hpp: what the daraja tests share: recorded bodies, and outcomes made of them.
//
// Every value under golden/ is invented, in the shapes of daraja.md.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/clock.hpp"
#include "daraja/environment.hpp"
#include "daraja/initiator.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

inline std::string golden_file(const std::string& name) {
    std::ifstream file(std::string(CLINICPRO_SOURCE_DIR) + "/tests/daraja/golden/" + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

inline net::Outcome answer(int status, std::string body, net::Headers headers = {}) {
    return net::Response{.status = status, .headers = std::move(headers), .body = std::move(body)};
}

inline std::string golden(const std::string& name) {
    return golden_file(name + ".json");
}

// Daraja's own envelope.
inline std::string envelope(const std::string& code, const std::string& text) {
    return R"({"requestId":"11728-2929992-1","errorCode":")" + code + R"(","errorMessage":")" + text + "\"}";
}

inline const Secret<> kToken{"AbCdEfGhIjKlMnOpQrStUvWxYz12"};
inline const std::string kCheckout = "ws_CO_04032026101502123708374149";
inline Instant at(std::string_view iso) {
    return *parse_iso(iso);
}
inline const Instant kNow = at("2026-03-04T07:15:01Z");  // 10:15:01 in Nairobi
inline Initiator initiator() {
    return {"clinicapi", Secret<>("c2VhbGVk")};
}
inline ResultUrls result_urls() {
    return {"https://pay.clinic.co.ke/cb/result/0123456789abcdef",
            "https://pay.clinic.co.ke/cb/timeout/0123456789abcdef"};
}

inline void expect_post(const Result<net::ClientRequest>& request, const std::string& url,
                        const std::string& golden_name) {
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->url, url);
    EXPECT_EQ(request->body, golden(golden_name));
    EXPECT_EQ(net::find_header(request->headers, "Authorization"), "Bearer " + kToken.reveal());
    EXPECT_EQ(net::find_header(request->headers, "Content-Type"), "application/json");
}

template <class T>
void expect_error(const Result<T>& result, Code code, const std::string& field) {
    ASSERT_FALSE(result);
    EXPECT_EQ(to_string(result.error().code), to_string(code)) << result.error().message;
    EXPECT_EQ(result.error().field, field);
    EXPECT_FALSE(result.error().message.empty());
}

}  // namespace clinicpro::daraja
