// paper_adapter.hpp: a provider on paper, shaped like the hardest one (Zoom, meetings.md 3): tokens that die early, no
// idempotency key, a paged listing, answers that get lost after the work was done. It shows that the port can carry
// such a provider, and it lets the contract suite run over more than one adapter.
#pragma once

#include <set>

#include "base/json.hpp"
#include "meetings/adapter.hpp"

namespace clinicpro::meetings {

// The other side.
class PaperProvider {
public:
    struct Meeting {
        std::string id, marker, url;
        int64_t start = 0;
    };
    std::vector<Meeting> meetings;
    std::vector<std::string> seen;  // "POST /token", in order
    std::set<std::string> tokens;   // those that are accepted
    int lose_answers = 0;           // do the work, then drop the answer, this many times
    int unsent = 0;                 // refuse the connection this many times
    int status = 0;                 // when set, answer every API call with it
    size_t page = 2;

    net::Outcome exchange(const net::ClientRequest& request) {
        const std::string path = request.url.substr(std::string("https://paper.test").size());
        seen.push_back(request.method + " " + path);
        if (unsent > 0) {
            --unsent;
            return net::NotSent{"connection refused"};
        }
        net::Response answer = serve(request.method, path, request);
        if (lose_answers > 0 && request.method != "GET" && path != "/token") {
            --lose_answers;
            return net::Unknown{"time-out"};
        }
        return answer;
    }

private:
    static std::string describe(const Meeting& one) {
        json::Writer w;
        w.begin_object().field("id", one.id).field("marker", one.marker).field("url", one.url).end_object();
        return w.take();
    }
    net::Response serve(const std::string& method, const std::string& path, const net::ClientRequest& request) {
        if (path == "/token") {
            const std::string token = "t" + std::to_string(tokens.size() + 1);
            tokens.insert(token);
            return net::Response{200, {}, "{\"token\":\"" + token + "\",\"expires_in\":3600}"};
        }
        if (!tokens.contains(std::string(net::find_header(request.headers, "Authorization")))) return {401, {}, "{}"};
        if (status != 0) return {status, {}, "<html>"};
        if (method == "POST") {
            const auto body = json::Document::parse(request.body);
            meetings.push_back({std::to_string(900 + meetings.size()),
                                *body->root()["marker"].text(),
                                {},
                                *body->root()["start"].integer()});
            meetings.back().url = "https://paper.test/j/" + meetings.back().id;
            return {201, {}, describe(meetings.back())};
        }
        if (method == "GET" && path.starts_with("/meetings?from=")) {
            const size_t from = size_t(std::stoul(path.substr(15)));
            json::Writer w;
            w.begin_object().key("meetings").begin_array();
            for (size_t i = from; i < std::min(from + page, meetings.size()); ++i) w.raw(describe(meetings[i]));
            w.end_array();
            if (from + page < meetings.size()) w.field("next", int64_t(from + page));
            return {200, {}, w.end_object().take()};
        }
        for (size_t i = 0; i < meetings.size(); ++i) {
            if (path != "/meetings/" + meetings[i].id) continue;
            if (method == "PATCH") meetings[i].start = *json::Document::parse(request.body)->root()["start"].integer();
            const std::string body = describe(meetings[i]);
            if (method == "DELETE") meetings.erase(meetings.begin() + ptrdiff_t(i));
            return {200, {}, body};
        }
        return {404, {}, "{}"};
    }
};

// Our side.
class PaperAdapter final : public Adapter {
public:
    Kind kind() const override { return Kind::kZoom; }

    Step next(const Operation& operation, const Position& position, Instant now) const override {
        if (auto checked = check(operation.intent); !checked) {
            return Answer(
                Failed{.fault = Failed::Fault::kInvalid, .sentence = checked.error().message, .retry_at = {}});
        }
        if (!position.grant.lasts(now)) return Send{"token", {.method = "POST", .url = "https://paper.test/token"}};
        const std::string& token = position.grant.token.reveal();
        json::Writer body;
        body.begin_object()
            .field("marker", operation.intent.key)
            .field("start", operation.intent.start.micros)
            .end_object();
        const auto send = [&](std::string step, std::string method, const std::string& path,
                              std::string bytes) -> Step {
            return Send{std::move(step),
                        {.method = std::move(method),
                         .url = "https://paper.test" + path,
                         .headers = {{"Authorization", token}},
                         .body = std::move(bytes)}};
        };
        switch (operation.verb) {
            case Verb::kCreate: return send("create", "POST", "/meetings", body.take());
            case Verb::kUpdate: return send("update", "PATCH", "/meetings/" + operation.provider_id, body.take());
            case Verb::kCancel: return send("cancel", "DELETE", "/meetings/" + operation.provider_id, {});
            case Verb::kFind: break;
            case Verb::kHostLink:
            case Verb::kCheck:
            case Verb::kList:
                return Answer(Failed{.fault = Failed::Fault::kInvalid, .sentence = "Not on paper.", .retry_at = {}});
        }
        if (!operation.provider_id.empty()) return send("read", "GET", "/meetings/" + operation.provider_id, {});
        return send("list", "GET", "/meetings?from=" + (page_in(position.memo).empty() ? "0" : page_in(position.memo)),
                    {});
    }

    Turn absorb(const Operation& operation, std::string_view step, const Position& position,
                const net::Outcome& outcome, Instant now) const override {
        if (const auto* unsent = std::get_if<net::NotSent>(&outcome)) {
            return Answer(
                Failed{.fault = Failed::Fault::kTransient, .sentence = unsent->reason, .retry_at = now + 10s});
        }
        const auto* response = std::get_if<net::Response>(&outcome);
        if (response == nullptr || response->status >= 500) {
            return Answer(
                Unknown{.how = step == "create" ? Unknown::How::kFind : Unknown::How::kRepeat, .reason = "no answer"});
        }
        if (response->status == 401) {
            if (position.memo.starts_with("auth"))
                return Answer(Failed{.fault = Failed::Fault::kAuth, .sentence = "Connect again.", .retry_at = {}});
            return Onward{.memo = "auth" + position.memo, .grant = Grant{}};
        }
        const auto document = json::Document::parse(response->body);
        if (step == "token") {
            return Onward{
                .memo = position.memo,
                .grant = Grant{.token = Secret<>(*document->root()["token"].text()),
                               .expires_at = now + std::chrono::seconds(*document->root()["expires_in"].integer()),
                               .api_url = {}}};
        }
        if (step == "cancel") return Answer(Cancelled{});
        if (response->status == 404) return Answer(Absent{});
        if (step == "list") {
            const auto list = document->root()["meetings"];
            for (size_t i = 0; i < list.size(); ++i) {
                if (*list.at(i)["marker"].text() == operation.intent.key) return Answer(ready(list.at(i)));
            }
            const auto more = document->root()["next"].scalar_if_any();
            return more ? Turn(Onward{.memo = "page" + *more, .grant = {}}) : Turn(Answer(Absent{}));
        }
        return Answer(ready(document->root()));
    }

private:
    static std::string page_in(const std::string& memo) {
        const size_t at = memo.find("page");
        return at == memo.npos ? std::string() : memo.substr(at + 4);
    }
    static Ready ready(const json::View& view) {
        return {.provider_id = *view["id"].text(), .patient_url = *view["url"].text(), .passcode = {}};
    }
};

}  // namespace clinicpro::meetings
