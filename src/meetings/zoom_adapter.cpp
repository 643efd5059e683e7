// zoom_adapter.cpp: which request comes next, and what an answer to it means.
#include "meetings/zoom_adapter.hpp"

#include "base/text.hpp"
#include "meetings/config.hpp"
#include "meetings/zoom_heard.hpp"
#include "meetings/zoom_reply.hpp"

namespace clinicpro::meetings {
namespace {

constexpr size_t kAnswerMax = 4 << 20;  // 300 meetings with the longest agenda are below 1 MiB
constexpr size_t kSettingMax = 200;

Answer invalid(std::string sentence) {
    return Failed{.fault = Failed::Fault::kInvalid, .sentence = std::move(sentence), .retry_at = {}};
}

// Only Zoom's own hosts may be given the token; the word for them comes from Zoom's token answer.
bool is_zoom_host(std::string_view url) {
    if (!url.starts_with("https://")) return false;
    url.remove_prefix(8);
    if (url.find_first_of("/?#@:\\") != url.npos) return false;
    return url.ends_with(".zoom.us") || url.ends_with(".zoomgov.com");
}

bool needs_host(const Operation& operation) {
    switch (operation.verb) {
        case Verb::kCreate:
        case Verb::kCheck:
        case Verb::kList: return true;
        case Verb::kFind:
        case Verb::kCancel: return operation.provider_id.empty();
        case Verb::kUpdate:
        case Verb::kHostLink: return false;
    }
    return false;
}

}  // namespace

Result<std::unique_ptr<ZoomAdapter>> ZoomAdapter::create(ZoomSettings settings) {
    const auto bad = [](const char* field, std::string sentence) {
        return fail(Code::kConfig, std::move(sentence), field);
    };
    for (const auto& [field, value] : {std::pair("account_id", std::string_view(settings.account_id)),
                                       std::pair("client_id", std::string_view(settings.client_id)),
                                       std::pair("client_secret", std::string_view(settings.client_secret.reveal()))}) {
        const bool clean =
            std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
        if (value.empty() || value.size() > kSettingMax || !clean) {
            return bad(field,
                       "Zoom needs the " + std::string(field) +
                           " of a server-to-server OAuth app. Copy it from the app's page in Zoom's marketplace, "
                           "under App Credentials.");
        }
    }
    if (settings.host == "me" || settings.host.size() > kSettingMax) {
        return bad("host",
                   "The host must be the e-mail address or user id of a user of the Zoom account; \"me\" does "
                   "not work with this kind of app.");
    }
    if (settings.token_url.empty()) settings.token_url = ZoomSettings::kTokenUrl;
    for (const auto& [field, url] :
         {std::pair("token_url", &settings.token_url), std::pair("api_url", &settings.api_url)}) {
        if (url->empty()) continue;
        auto checked = check_base_url(*url);
        if (!checked) return bad(field, "The " + std::string(field) + " must be https, or http to this machine.");
        *url = *std::move(checked);
    }
    return std::unique_ptr<ZoomAdapter>(new ZoomAdapter(std::move(settings)));
}

std::string ZoomAdapter::api(const Position& position) const {
    if (!settings_.api_url.empty()) return settings_.api_url;
    return is_zoom_host(position.grant.api_url) ? position.grant.api_url : std::string(ZoomSettings::kApiUrl);
}

std::string ZoomAdapter::host_of(const Operation& operation) const {
    return operation.intent.host.empty() ? settings_.host : operation.intent.host;
}

// The parameters stand in the body: in the address they are refused (meetings.md 3.1).
Send ZoomAdapter::token() const {
    net::ClientRequest request{.method = "POST", .url = settings_.token_url};
    request.headers = {
        {"Authorization", "Basic " + text::to_base64(settings_.client_id + ":" + settings_.client_secret.reveal())},
        {"Content-Type", "application/x-www-form-urlencoded"},
        {"Accept", "application/json"}};
    request.body = "grant_type=account_credentials&account_id=" + text::percent_encode(settings_.account_id);
    request.repeatable = true;
    return {"token", std::move(request)};
}

Send ZoomAdapter::call(std::string step, std::string method, const Position& position, const std::string& path,
                       std::string body) const {
    net::ClientRequest request{.method = std::move(method), .url = api(position) + "/v2" + path};
    request.headers = {{"Authorization", "Bearer " + position.grant.token.reveal()}, {"Accept", "application/json"}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
    request.response_max = kAnswerMax;
    request.repeatable = request.method != "POST";
    return {std::move(step), std::move(request)};
}

Step ZoomAdapter::page(const Operation& operation, const Position& position, const ZoomMemo& memo) const {
    std::string path = "/users/" + text::percent_encode(host_of(operation)) + "/meetings?type=scheduled&page_size=300";
    if (!memo.page.empty()) path += "&next_page_token=" + text::percent_encode(memo.page);
    return call("list", "GET", position, path);
}

Step ZoomAdapter::next(const Operation& operation, const Position& position, Instant now) const {
    if (is_for_one_visit(operation.verb)) {
        if (auto checked = check(operation.intent); !checked) return invalid(checked.error().message);
    }
    const std::string& id = operation.provider_id;
    if (!id.empty() && !zoom::is_id(id)) {
        return invalid("This meeting was not made by Zoom. Use the provider that made it.");
    }
    if (id.empty() && (operation.verb == Verb::kUpdate || operation.verb == Verb::kHostLink)) return Answer(Absent{});
    const std::string host = host_of(operation);
    if (needs_host(operation) && (host.empty() || host == "me")) {
        return Answer(
            Failed{.fault = Failed::Fault::kConfig,
                   .sentence = "Say who hosts the meetings: the e-mail address of a user of the Zoom account.",
                   .retry_at = {}});
    }
    const ZoomMemo memo = ZoomMemo::read(position.memo);
    // A check fetches its own token: scopes ticked since the last one are not in that one.
    const bool check_begins = operation.verb == Verb::kCheck && memo.phase.empty();
    if (check_begins || !position.grant.lasts(now)) return token();

    const auto meeting = [](std::string_view which) { return "/meetings/" + std::string(which); };
    if (!memo.found.empty()) {
        if (memo.phase == "undo") return call("undo", "DELETE", position, meeting(memo.found.front()));
        if (memo.phase == "extra") return call("extra", "DELETE", position, meeting(memo.found.back()));
        if (memo.phase == "read") return call("read", "GET", position, meeting(memo.found.front()));
    }
    switch (operation.verb) {
        case Verb::kCreate:
            return call("create", "POST", position, "/users/" + text::percent_encode(host) + "/meetings",
                        zoom::create_body(settings_, operation.intent, memo.digits_only));
        case Verb::kFind:
            return id.empty() ? page(operation, position, memo) : Step(call("read", "GET", position, meeting(id)));
        case Verb::kUpdate:
            return call("update", "PATCH", position, meeting(id), zoom::update_body(settings_, operation.intent));
        case Verb::kCancel:
            return id.empty() ? page(operation, position, memo) : Step(call("cancel", "DELETE", position, meeting(id)));
        case Verb::kHostLink: return call("start", "GET", position, meeting(id));
        case Verb::kList: return page(operation, position, memo);
        case Verb::kCheck: break;
    }
    const std::string user = "/users/" + text::percent_encode(host);
    if (memo.phase == "settings") return call("settings", "GET", position, user + "/settings");
    if (memo.phase == "meetings")
        return call("meetings", "GET", position, user + "/meetings?type=scheduled&page_size=1");
    return call("user", "GET", position, user);
}

Turn ZoomAdapter::absorb(const Operation& operation, std::string_view step, const Position& position,
                         const net::Outcome& outcome, Instant now) const {
    const Heard heard{operation, step, ZoomMemo::read(position.memo), now};
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response != nullptr && response->status / 100 != 2 && step != "token") {
        // A token that died early, or was given before a scope was ticked: one new one, once.
        const zoom::Refusal refusal = zoom::read_refusal(*response);
        if ((zoom::is_token_refused(refusal) || zoom::is_scope_missing(refusal)) && !heard.memo.fresh_token) {
            ZoomMemo memo = heard.memo;
            memo.fresh_token = true;
            return Onward{.memo = memo.text(), .grant = Grant{}};
        }
    }
    if (operation.verb == Verb::kCheck) return examined(heard, step, outcome);
    if (step == "token") return read_token(heard, outcome);
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) {
        return Answer(Failed{.fault = Failed::Fault::kTransient,
                             .sentence = "Zoom could not be reached: " + not_sent->reason + ". It is tried again.",
                             .retry_at = {}});
    }
    if (response == nullptr || response->status >= 500) {
        return heard.unknown(response == nullptr ? std::get<net::Unknown>(outcome).reason
                                                 : "HTTP " + std::to_string(response->status));
    }
    if (response->status / 100 != 2) return refused(heard, *response);
    if (step == "create" || step == "read") return made_or_read(heard, *response);
    if (step == "update") {
        ZoomMemo memo = heard.memo;
        memo.phase = "read";
        memo.found = {operation.provider_id};
        return Onward{.memo = memo.text(), .grant = {}};
    }
    if (step == "cancel") return Answer(Cancelled{});
    if (step == "list") return listed(heard, *response);
    if (step == "extra") return matched(heard.without_last());
    if (step == "undo") return heard.undone();
    const auto document = json::Document::parse(response->body);
    const auto url = document ? document->root()["start_url"].text() : Result<std::string>(fail(Code::kInvalid, ""));
    if (step != "start" || !url || url->empty()) return heard.unknown("Zoom's answer cannot be read");
    return Answer(HostLink{Secret<>(*url)});
}

Turn ZoomAdapter::made_or_read(const Heard& heard, const net::Response& response) const {
    const auto document = json::Document::parse(response.body);
    if (!document) return heard.unknown("Zoom's answer cannot be read");
    auto seen = zoom::read(document->root());
    if (!seen) return heard.unknown("Zoom's answer cannot be read");
    if (heard.operation.verb == Verb::kUpdate && seen->start &&
        std::chrono::abs(*seen->start - heard.operation.intent.start) > 1s) {
        return heard.unknown("Zoom still shows the old time");
    }
    zoom::Judgement judgement = zoom::judge(settings_.policy, document->root());
    ZoomMemo memo = heard.memo;
    memo.found = {seen->id};
    if (judgement.unsaid && heard.step == "create") {
        memo.phase = "read";
        return Onward{.memo = memo.text(), .grant = {}};
    }
    if (!judgement.refuse.empty()) {
        memo.phase = "undo";
        memo.why = std::move(judgement.refuse);
        return Onward{.memo = memo.text(), .grant = {}};
    }
    const Intent& intent = heard.operation.intent;
    if (heard.operation.verb == Verb::kFind && seen->start && std::chrono::abs(*seen->start - intent.start) > 1s) {
        seen->ready.held = Ready::Held{*seen->start, *seen->start + (intent.end - intent.start)};
    }
    if (judgement.unsaid) judgement.warning = "Zoom did not show the settings of the meeting, so they are not checked.";
    seen->ready.warning = std::move(judgement.warning);
    return Answer(std::move(seen->ready));
}

Turn ZoomAdapter::refused(const Heard& heard, const net::Response& response) const {
    const zoom::Refusal refusal = zoom::read_refusal(response);
    const bool gone = zoom::is_gone(refusal);
    if (heard.step == "cancel" && (gone || zoom::is_ended(refusal))) return Answer(Cancelled{});
    if (heard.step == "extra" && (gone || zoom::is_ended(refusal))) return matched(heard.without_last());
    // 3018: a personal room cannot be deleted; it holds nothing of ours that could be.
    if (heard.step == "undo" && (gone || zoom::is_ended(refusal) || refusal.code == 3018)) return heard.undone();
    if (gone && (heard.step == "read" || heard.step == "update" || heard.step == "start")) return Answer(Absent{});
    if (heard.step == "list" && zoom::is_page_expired(refusal) && heard.memo.restarts < kPageRestarts) {
        ZoomMemo memo = heard.memo;
        memo.page.clear();
        memo.found.clear();
        ++memo.restarts;
        return Onward{.memo = memo.text(), .grant = {}};
    }
    if (heard.step == "create" && zoom::is_passcode_refused(refusal) && !heard.memo.digits_only) {
        ZoomMemo memo = heard.memo;
        memo.digits_only = true;
        return Onward{.memo = memo.text(), .grant = {}};
    }
    // A proxy's page may hide that the request went through.
    if (heard.step == "create" && !refusal.is_json && refusal.status != 429) {
        return heard.unknown("HTTP " + std::to_string(refusal.status) + " without Zoom's own words");
    }
    return Answer(zoom::to_failed(refusal, response, host_of(heard.operation), heard.now));
}

}  // namespace clinicpro::meetings
