// zoom_listing.cpp: tokens, and the pages of a host's list: looking for one meeting, or listing all of ours.
#include <charconv>

#include "base/text.hpp"
#include "meetings/zoom_heard.hpp"
#include "meetings/zoom_reply.hpp"

namespace clinicpro::meetings {
namespace {

constexpr size_t kPageTokenMax = 500;
constexpr size_t kTextsPerMeeting = 3;  // key, provider id, start in microseconds

int64_t number(std::string_view text) {
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

Turn ZoomAdapter::read_token(const Heard& heard, const net::Outcome& outcome) const {
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr) {  // asking for a token again is safe, and nothing else was asked
        return Answer(Failed{.fault = Failed::Fault::kTransient,
                             .sentence = "Zoom's token service could not be reached. It is tried again.",
                             .retry_at = {}});
    }
    if (response->status != 200) return Answer(zoom::token_failed(*response, heard.now));
    const auto document = json::Document::parse(response->body);
    const auto token = document ? document->root()["access_token"].scalar_if_any() : std::nullopt;
    const int64_t seconds = document ? number(document->root()["expires_in"].scalar_if_any().value_or("")) : 0;
    const bool clean = token && !token->empty() &&
                       std::all_of(token->begin(), token->end(), [](char c) { return c > ' ' && c < '\x7f'; });
    // One that ends within the margin would be fetched for ever.
    if (!clean || std::chrono::seconds(seconds) <= Grant::kMargin || seconds > 86'400) {
        return Answer(Failed{.fault = Failed::Fault::kTransient,
                             .sentence = "Zoom's token service gave no usable token. It is tried again.",
                             .retry_at = {}});
    }
    return Onward{.memo = heard.memo.text(),
                  .grant = Grant{.token = Secret<>(*token),
                                 .expires_at = heard.now + std::chrono::seconds(seconds),
                                 .api_url = document->root()["api_url"].scalar_if_any().value_or("")}};
}

Turn ZoomAdapter::listed(const Heard& heard, const net::Response& response) const {
    const auto document = json::Document::parse(response.body);
    if (!document || document->root()["meetings"].kind() != json::Kind::kArray) {
        return heard.unknown("Zoom's list cannot be read");
    }
    const json::View list = document->root()["meetings"];
    ZoomMemo memo = heard.memo;
    const Operation& operation = heard.operation;
    for (size_t i = 0; i < list.size(); ++i) {
        const auto key = zoom::key_in(list.at(i)["agenda"].scalar_if_any().value_or(""));
        const auto id = list.at(i)["id"].scalar_if_any();
        if (!key || !id || !zoom::is_id(*id)) continue;
        if (operation.verb != Verb::kList) {
            if (*key == operation.intent.key &&
                std::find(memo.found.begin(), memo.found.end(), *id) == memo.found.end()) {
                memo.found.push_back(*id);
            }
            continue;
        }
        const auto start = parse_iso(list.at(i)["start_time"].scalar_if_any().value_or(""));
        if (!start || *start < operation.intent.start || *start >= operation.intent.end) continue;
        memo.found.insert(memo.found.end(), {*key, *id, std::to_string(start->micros)});
    }
    const bool too_many = operation.verb == Verb::kList ? memo.found.size() > kListedMax * kTextsPerMeeting
                                                        : memo.found.size() > kMatchesMax;
    if (too_many) {
        return Answer(Failed{.fault = Failed::Fault::kInvalid,
                             .sentence = "There are too many meetings of ours in this time. Ask for a shorter time.",
                             .retry_at = {}});
    }
    memo.page = document->root()["next_page_token"].scalar_if_any().value_or("");
    if (memo.page.size() > kPageTokenMax) return heard.unknown("Zoom's list cannot be read");
    if (!memo.page.empty()) return Onward{.memo = memo.text(), .grant = {}};
    if (operation.verb != Verb::kList) return matched({operation, heard.step, std::move(memo), heard.now});
    Listed all;
    for (size_t i = 0; i + 2 < memo.found.size(); i += kTextsPerMeeting) {
        all.meetings.push_back({memo.found[i], memo.found[i + 1], Instant{number(memo.found[i + 2])}});
    }
    return Answer(std::move(all));
}

// The whole list was seen, or one of the copies deleted: memo.found are those that carry the key.
Turn ZoomAdapter::matched(const Heard& heard) const {
    ZoomMemo memo = heard.memo;
    const bool cancel = heard.operation.verb == Verb::kCancel;
    if (memo.found.empty() && cancel && memo.phase == "extra") return Answer(Cancelled{});
    if (memo.found.empty()) {
        if (++memo.looks >= kLooks) return cancel ? Answer(Cancelled{}) : Answer(Absent{});
        return Onward{.memo = memo.text(), .grant = {}, .wait = kLookAgain};
    }
    // No link to any of them was ever given out: all but one may go. A cancelled visit keeps none.
    memo.phase = cancel || memo.found.size() > 1 ? "extra" : "read";
    return Onward{.memo = memo.text(), .grant = {}};
}

}  // namespace clinicpro::meetings
