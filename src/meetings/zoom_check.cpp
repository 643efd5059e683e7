// zoom_check.cpp: the verb kCheck: token, scopes, the host and his plan, his settings, and the list of his meetings.
#include "base/text.hpp"
#include "meetings/zoom_heard.hpp"
#include "meetings/zoom_reply.hpp"

namespace clinicpro::meetings {
namespace {

using Level = Finding::Level;

void note(ZoomMemo& memo, Level level, std::string sentence) {
    memo.findings.push_back((level == Level::kGood ? "g" : level == Level::kWarning ? "w" : "p") + std::move(sentence));
}

Turn finished(const ZoomMemo& memo) {
    Checked checked;
    for (const std::string& one : memo.findings) {
        const Level level = one[0] == 'g' ? Level::kGood : one[0] == 'w' ? Level::kWarning : Level::kProblem;
        checked.findings.push_back({level, one.substr(1)});
    }
    return Answer(std::move(checked));
}

Turn onward(ZoomMemo memo, std::string phase, std::optional<Grant> grant = {}) {
    memo.phase = std::move(phase);
    return Onward{.memo = memo.text(), .grant = std::move(grant)};
}

void note_user(ZoomMemo& memo, json::View user, const std::string& host) {
    const std::string status = user["status"].scalar_if_any().value_or("active");
    if (status != "active") {
        note(memo, Level::kProblem,
             "The Zoom user " + host + " is " + std::string(text::clip(status, 20)) +
                 ". Activate the user in Zoom's web portal, or choose another host.");
        return;
    }
    if (user["type"].scalar_if_any().value_or("") == "1") {
        note(memo, Level::kWarning,
             "The host " + host +
                 " has Zoom's free plan, which ends every meeting after 40 "
                 "minutes. Give the user a licence if visits are longer.");
        return;
    }
    note(memo, Level::kGood, "The host " + host + " is there and has a licence.");
}

void note_settings(ZoomMemo& memo, json::View settings, const ZoomPolicy& policy) {
    const size_t before = memo.findings.size();
    const std::string recording = settings["recording"]["auto_recording"].scalar_if_any().value_or("none");
    if (policy.recording == Recording::kNone && recording != "none") {
        note(memo, Level::kWarning,
             "The host's Zoom records by default. Each visit is made with recording off; if the "
             "account locks it on, visits are refused. Switch automatic recording off.");
    }
    if (policy.recording == Recording::kCloud &&
        settings["recording"]["cloud_recording"].scalar_if_any().value_or("") == "false") {
        note(memo, Level::kWarning, "The policy asks for recording in Zoom's cloud, which this host does not have.");
    }
    if (settings["schedule_meeting"]["meeting_password_requirement"]["only_allow_numeric"].scalar_if_any().value_or(
            "") == "true") {
        note(memo, Level::kGood, "The account takes passcodes of digits only; visits get such.");
    }
    if (memo.findings.size() == before) note(memo, Level::kGood, "The host's Zoom settings fit the clinic's policy.");
}

}  // namespace

Turn ZoomAdapter::examined(const Heard& heard, std::string_view step, const net::Outcome& outcome) const {
    ZoomMemo memo = heard.memo;
    const std::string host = host_of(heard.operation);
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr) {
        note(memo, Level::kProblem,
             "Zoom could not be reached. Check this server's way to the Internet, then try again.");
        return finished(memo);
    }
    if (step == "token") {
        Turn turn = read_token(heard, outcome);
        auto* got = std::get_if<Onward>(&turn);
        if (got == nullptr) {
            note(memo, Level::kProblem, std::get<Failed>(std::get<Answer>(turn)).sentence);
            return finished(memo);
        }
        if (!memo.findings.empty()) return onward(memo, memo.phase, std::move(got->grant));  // after a refused token
        note(memo, Level::kGood, "Zoom accepts the app's credentials.");
        const auto document = json::Document::parse(response->body);
        const std::string scopes = document->root()["scope"].scalar_if_any().value_or("");
        const std::string missing = scopes.empty() ? std::string() : zoom::missing_scopes(scopes);
        if (!missing.empty()) {
            note(memo, Level::kProblem,
                 "The Zoom app lacks the scopes " + missing +
                     ". Tick them on the app's page in Zoom's marketplace, under Scopes.");
            return finished(std::move(memo));
        }
        if (!scopes.empty()) note(memo, Level::kGood, "The app has all scopes that it needs.");
        return onward(memo, "user", std::move(got->grant));
    }
    if (response->status / 100 != 2) {
        note(memo, Level::kProblem,
             zoom::to_failed(zoom::read_refusal(*response), *response, host, heard.now).sentence);
        return finished(memo);
    }
    const auto document = json::Document::parse(response->body);
    if (!document) {
        note(memo, Level::kProblem, "Zoom's answer cannot be read. Try again.");
        return finished(memo);
    }
    if (step == "user") {
        note_user(memo, document->root(), host);
        return onward(memo, "settings");
    }
    if (step == "settings") {
        note_settings(memo, document->root(), settings_.policy);
        return onward(memo, "meetings");
    }
    note(memo, Level::kGood, "The host's meetings can be listed.");
    return finished(memo);
}

}  // namespace clinicpro::meetings
