// google_sandbox.hpp: the sandbox's Google in this process, on virtual time, with a fault at the request one chooses.
#pragma once

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "meetings/google_consent.hpp"
#include "meetings/google_meet_adapter.hpp"
#include "sandbox/control.hpp"
#include "sandbox/daraja.hpp"
#include "tests/meetings/google_paper.hpp"

namespace clinicpro::meetings {

inline const std::string kSandboxHost = "127.0.0.1:9200";
inline const std::string kSandboxUrl = "http://" + kSandboxHost;

class GoogleSandbox {
public:
    explicit GoogleSandbox(Instant start = kPaperNow)
        : daraja(sandbox::default_config(), 1), control(daraja), now(start) {}

    sandbox::Daraja daraja;
    sandbox::Control control;
    Instant now;
    int requests = 0;
    std::vector<std::string> seen;  // "POST /google/token", in order
    // At the request of this number: "lost" (processed, no answer), "dropped" (never arrives, and nobody knows),
    // "unsent", or the name of a fault of the sandbox.
    int fault_at = 0;
    std::string fault;

    sandbox::Switches& switches() { return daraja.world().config.switches; }

    net::Outcome exchange(const net::ClientRequest& asked) {
        ++requests;
        net::Request request;
        request.method = asked.method;
        EXPECT_TRUE(asked.url.starts_with(kSandboxUrl)) << asked.url;
        const std::string target = asked.url.substr(kSandboxUrl.size());
        const size_t mark = target.find('?');
        request.path = *text::percent_decode(target.substr(0, mark));
        if (mark != target.npos) request.query = target.substr(mark + 1);
        request.headers = asked.headers;
        request.headers.emplace_back("Host", kSandboxHost);
        request.body = asked.body;
        seen.push_back(asked.method + " " + request.path);
        const bool now_it_bites = requests == fault_at;
        if (now_it_bites && fault == "unsent") return net::NotSent{"connection refused"};
        if (now_it_bites && fault == "dropped") return net::Unknown{"reset"};
        const bool is_plain = fault == "lost";
        if (now_it_bites && !is_plain) steer("PUT", "/_sandbox/faults", fault);
        const sandbox::Answer answer = daraja.handle(request, now);
        if (now_it_bites && !is_plain) steer("DELETE", "/_sandbox/faults", "");
        now = now + 1s;
        if (answer.response.status == 0 || (now_it_bites && is_plain)) return net::Unknown{"cut"};
        return answer.response;
    }

    // The control interface, as a person would use it.
    json::Document steer(const std::string& method, const std::string& path, const std::string& body = {}) {
        net::Request request;
        request.method = method;
        const size_t mark = path.find('?');
        request.path = path.substr(0, mark);
        if (mark != path.npos) request.query = path.substr(mark + 1);
        request.headers = {{"Host", kSandboxHost}};
        request.body = body;
        const net::Response response = control.handle(request, now);
        EXPECT_EQ(response.status, 200) << response.body;
        return *json::Document::parse(response.body);
    }

    struct Live {
        std::string id, link, start, key, mails, access, recording;
    };
    std::vector<Live> live() {
        const auto document = steer("GET", "/_sandbox/google/meetings");
        std::vector<Live> all;
        const json::View list = document.root()["meetings"];
        for (size_t i = 0; i < list.size(); ++i) {
            const json::View one = list.at(i);
            Live row{.id = *one["id"].text(),
                     .link = *one["link"].text(),
                     .start = *one["start"].text(),
                     .key = one["properties"]["clinicpro_key"].scalar_if_any().value_or(""),
                     .mails = {},
                     .access = one["space"]["access"].scalar_if_any().value_or(""),
                     .recording = one["space"]["recording"].scalar_if_any().value_or("")};
            for (size_t j = 0; j < one["send_updates"].size(); ++j)
                row.mails += *one["send_updates"].at(j).text() + " ";
            all.push_back(std::move(row));
        }
        return all;
    }

    static void point_here(GoogleSettings& settings) {
        settings.calendar_url = kSandboxUrl + "/google/calendar/v3";
        settings.meet_url = kSandboxUrl + "/google/meet";
        settings.token_url = kSandboxUrl + "/google/token";
        settings.consent_url = kSandboxUrl + "/google/o/oauth2/v2/auth";
    }
    // As a clinic gets it: the file that the other side gives out.
    GoogleSettings robot(std::string subject = "dr.wanjiku@mlimani.example") {
        const auto document = steer("GET", "/_sandbox/google");
        const json::View file = document.root()["service_account"];
        json::Writer w;
        w.begin_object();
        for (const std::string_view key : file.keys()) w.field(key, *file[key].text());
        GoogleSettings settings;
        const auto read = read_service_account(w.end_object().take(), settings);
        EXPECT_TRUE(read) << read.error().message;
        settings.subject = std::move(subject);
        point_here(settings);
        return settings;
    }
    GoogleSettings user(const std::string& who = "kisumu.clinic@mail.example") {
        GoogleSettings settings;
        settings.client_id = sandbox::kGoogleClient.id;
        settings.client_secret = Secret<>(std::string(sandbox::kGoogleClient.secret));
        point_here(settings);
        json::Writer w;
        w.begin_object().field("who", who).field("scope", google_scopes(settings)).end_object();
        const auto answer = steer("POST", "/_sandbox/google/connect", w.take());
        settings.refresh_token = Secret<>(*answer.root()["refresh_token"].text());
        return settings;
    }
};

// One clinic's adapter at the sandbox, and the loop that a keeper makes of it.
class GoogleClinic {
public:
    explicit GoogleClinic(GoogleSandbox& other_side) : GoogleClinic(other_side, other_side.robot()) {}
    GoogleClinic(GoogleSandbox& other_side, GoogleSettings settings) : side(other_side) {
        auto made = GoogleMeetAdapter::create(std::move(settings), entropy);
        EXPECT_TRUE(made) << made.error().message;
        adapter = *std::move(made);
    }

    GoogleSandbox& side;
    crypto::SystemEntropy entropy;
    std::unique_ptr<GoogleMeetAdapter> adapter;
    Position position;

    Answer run(Verb verb, const Intent& intent, const std::string& provider_id = {}) {
        position.memo.clear();
        return drive(
            *adapter, {.verb = verb, .intent = intent, .provider_id = provider_id}, position, side.now,
            [&](const net::ClientRequest& request) { return side.exchange(request); },
            [&](Duration time) { side.now = side.now + time; });
    }

    // Turns an operation until it ends, with the patience and the rules of invoices::MeetingKeeper.
    Answer keep(Verb verb, const Intent& intent, std::string provider_id = {}) {
        for (int tries = 0; tries < 30; ++tries) {
            const Answer answer = run(verb, intent, provider_id);
            if (const auto* unknown = std::get_if<Unknown>(&answer)) {
                if (unknown->how != Unknown::How::kRepeat) verb = Verb::kFind;
            } else if (const auto* pending = std::get_if<Pending>(&answer)) {
                provider_id = pending->provider_id;
                verb = Verb::kFind;
                side.now = std::max(side.now, pending->poll_at);
            } else if (std::holds_alternative<Absent>(answer) && verb == Verb::kFind && provider_id.empty()) {
                verb = Verb::kCreate;
            } else if (const auto* failed = std::get_if<Failed>(&answer); failed && is_worth_retrying(failed->fault)) {
                side.now = failed->retry_at.value_or(side.now + 10s);
            } else {
                return answer;
            }
        }
        ADD_FAILURE() << "no end";
        return Absent{};
    }
};

}  // namespace clinicpro::meetings
