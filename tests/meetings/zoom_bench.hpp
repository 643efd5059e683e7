// zoom_bench.hpp: our Zoom adapter and the played Zoom in one process, on virtual time.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "meetings/zoom_adapter.hpp"
#include "sandbox/control.hpp"
#include "sandbox/daraja.hpp"

namespace clinicpro::meetings {

inline constexpr Instant kZoomNow{1'795'000'000'000'000};
inline constexpr std::string_view kZoomBase = "https://zoom.sandbox.example/zoom";

inline ZoomSettings zoom_settings() {
    return {.account_id = "sandbox-account",
            .client_id = "sandbox-zoom-client",
            .client_secret = Secret<>("sandbox-zoom-secret"),
            .host = "doctor@clinic.example",
            .token_url = std::string(kZoomBase) + "/oauth/token",
            .api_url = std::string(kZoomBase),
            .webhook_secret = {}};
}

inline Intent zoom_intent(std::string key = "apt_1_1") {
    return {.key = std::move(key),
            .start = kZoomNow + 24h,
            .end = kZoomNow + 24h + 30min,
            .title = "Online visit",
            .host = {}};
}

class ZoomBench {
public:
    explicit ZoomBench(ZoomSettings settings = zoom_settings())
        : adapter(*ZoomAdapter::create(std::move(settings))),
          provider(sandbox::default_config(), 7),
          control(provider) {}

    net::Outcome exchange(const net::ClientRequest& request) {
        net::Request got;
        const std::string rest = request.url.substr(std::string_view("https://zoom.sandbox.example").size());
        const size_t mark = rest.find('?');
        got.method = request.method;
        got.path = text::percent_decode(rest.substr(0, mark)).value();
        if (mark != rest.npos) got.query = rest.substr(mark + 1);
        got.headers = request.headers;
        got.body = request.body;
        calls.push_back(got.method + " " + got.path);
        sandbox::Answer answer = provider.handle(got, now);
        if (answer.response.status == 0) return net::Unknown{"cut"};
        return std::move(answer.response);
    }
    Answer run(Verb verb, Intent intent = zoom_intent(), std::string provider_id = {}) {
        position.memo.clear();
        return drive(
            *adapter, {.verb = verb, .intent = std::move(intent), .provider_id = std::move(provider_id)}, position, now,
            [this](const net::ClientRequest& request) { return exchange(request); },
            [this](Duration time) { now = now + time; });
    }
    // As the meeting keeper goes on until the operation has an end, by the port's rules.
    Answer settle(Verb verb, const Intent& intent = zoom_intent(), const std::string& provider_id = {}) {
        for (int tries = 0; tries < 30; ++tries) {
            Answer answer = run(verb, intent, provider_id);
            if (const auto* unknown = std::get_if<Unknown>(&answer)) {
                if (unknown->how != Unknown::How::kRepeat) verb = Verb::kFind;
                now = now + 30s;
                continue;
            }
            if (const auto* failed = std::get_if<Failed>(&answer); failed && is_worth_retrying(failed->fault)) {
                now = failed->retry_at.value_or(now + 10s);
                continue;
            }
            if (verb == Verb::kFind && provider_id.empty() && std::holds_alternative<Absent>(answer)) {
                verb = Verb::kCreate;
                continue;
            }
            return answer;
        }
        return Failed{.fault = Failed::Fault::kTransient, .sentence = "The operation never ended.", .retry_at = {}};
    }
    void fault(const std::string& json) {
        net::Request request;
        request.method = "PUT";
        request.path = "/_sandbox/faults";
        request.headers = {{"Host", "127.0.0.1"}};
        request.body = json;
        const net::Response answer = control.handle(request, now);
        ASSERT_EQ(answer.status, 200) << json << answer.body;
    }
    sandbox::ZoomAccount& account() { return provider.zoom().account(); }
    // Ids of the meetings that really exist.
    std::vector<std::string> live() {
        std::vector<std::string> out;
        for (const auto& [id, meeting] : provider.zoom().meetings()) {
            if (!meeting.deleted) out.push_back(std::to_string(id));
        }
        return out;
    }
    const sandbox::ZoomMeeting& truth(const std::string& id) { return provider.zoom().meetings().at(std::stoll(id)); }

    Instant now = kZoomNow;
    std::unique_ptr<ZoomAdapter> adapter;
    Position position;
    std::vector<std::string> calls;
    sandbox::Daraja provider;
    sandbox::Control control;
};

inline std::string zoom_golden(const std::string& name) {
    std::ifstream file(std::string(CLINICPRO_SOURCE_DIR) + "/tests/meetings/golden/" + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

}  // namespace clinicpro::meetings
