// google_play.hpp: asks the sandbox's Google by hand-written requests.
#pragma once

#include "crypto/rsa.hpp"
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {

class GooglePlay : public Play {
public:
    static constexpr const char* kWanjiku = "dr.wanjiku@mlimani.example";
    static constexpr const char* kRobot = "clinicpro@mlimani-visits.iam.gserviceaccount.com";

    net::Response ask(const std::string& method, const std::string& target, const std::string& body = {},
                      net::Headers more = {}) {
        net::Request request;
        request.method = method;
        const size_t mark = target.find('?');
        request.path = target.substr(0, mark);
        if (mark != target.npos) request.query = target.substr(mark + 1);
        request.headers = std::move(more);
        request.headers.emplace_back("Host", "127.0.0.1:9200");
        if (!bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + bearer);
        const bool form = request.path == "/google/token";
        if (!body.empty())
            request.headers.emplace_back(
                "Content-Type", form ? "application/x-www-form-urlencoded" : "application/json; charset=UTF-8");
        request.body = body;
        return send(std::move(request));
    }
    static std::string reason(const net::Response& response) {
        const auto document = json::Document::parse(response.body);
        if (!document) return "no JSON";
        const json::View error = document->root()["error"];
        if (const auto word = error.scalar_if_any()) return *word;
        if (const auto word = error["errors"].at(0)["reason"].scalar_if_any()) return *word;
        return error["details"].at(0)["reason"].scalar_if_any().value_or(error["status"].scalar_if_any().value_or(""));
    }

    std::map<std::string, std::string> claims(const std::string& who) const {
        const int64_t seconds = now.micros / 1'000'000;
        std::map<std::string, std::string> all{
            {"iss", "\"" + std::string(kRobot) + "\""},
            {"scope",
             "\"https://www.googleapis.com/auth/calendar https://www.googleapis.com/auth/meetings.space.settings\""},
            {"aud", "\"http://127.0.0.1:9200/google/token\""},
            {"iat", std::to_string(seconds - 10)},
            {"exp", std::to_string(seconds + 3500)}};
        if (!who.empty()) all["sub"] = "\"" + who + "\"";
        return all;
    }
    net::Response assert_claims(const std::map<std::string, std::string>& claims,
                                const std::string& head = R"({"alg":"RS256","typ":"JWT"})",
                                const Secret<>& key = google_robot_key()) {
        json::Writer body;
        body.begin_object();
        for (const auto& [name, value] : claims) body.key(name).raw(value);
        const std::string signed_part = text::to_base64url(head) + "." + text::to_base64url(body.end_object().take());
        const std::string proof = signed_part + "." + text::to_base64url(*crypto::rs256_sign(key, signed_part));
        return ask("POST", "/google/token",
                   "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + proof);
    }
    void sign_in_as(const std::string& who) {
        bearer.clear();
        const net::Response response = assert_claims(claims(who));
        ASSERT_EQ(response.status, 200) << response.body;
        bearer = *json::Document::parse(response.body)->root()["access_token"].text();
    }

    static std::string event(const std::string& id, const std::string& more = {}) {
        return "{\"id\":\"" + id +
               R"(","summary":"Online visit","start":{"dateTime":"2026-03-05T10:00:00Z"},)"
               R"("end":{"dateTime":"2026-03-05T10:30:00Z"})" +
               more + "}";
    }
    static std::string conference(const std::string& request_id = "r1", const std::string& type = "hangoutsMeet") {
        return R"(,"conferenceData":{"createRequest":{"requestId":")" + request_id +
               R"(","conferenceSolutionKey":{"type":")" + type + "\"}}}";
    }
    net::Response insert(const std::string& body, const std::string& query = "?conferenceDataVersion=1") {
        return ask("POST", std::string(kEvents) + query, body);
    }
    static json::Document read(const net::Response& response) { return *json::Document::parse(response.body); }
    static std::string link(const net::Response& response) {
        return read(response).root()["hangoutLink"].scalar_if_any().value_or("none");
    }
    static constexpr const char* kEvents = "/google/calendar/v3/calendars/primary/events";

    std::string bearer;
};

}  // namespace clinicpro::sandbox
