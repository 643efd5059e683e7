// adapter.cpp: what all adapters share.
#include "meetings/adapter.hpp"

#include "base/text.hpp"

namespace clinicpro::meetings {

Result<> check(const Intent& intent) {
    const bool clean = std::all_of(intent.key.begin(), intent.key.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (intent.key.empty() || intent.key.size() > kKeyMax || !clean) {
        return fail(Code::kInvalid, "The key of a meeting must be 1 to 64 letters, digits, _ and -.", "key");
    }
    if (intent.end <= intent.start) return fail(Code::kInvalid, "A meeting must end after it starts.", "end");
    if (intent.end - intent.start > kLengthMax)
        return fail(Code::kInvalid, "A meeting may last at most 24 hours.", "end");
    const bool control =
        std::any_of(intent.title.begin(), intent.title.end(), [](char c) { return uint8_t(c) < 0x20; });
    if (text::trim(intent.title).empty() || intent.title.size() > kTitleMax || control ||
        !text::is_utf8(intent.title)) {
        return fail(Code::kInvalid, "The title of a meeting must be 1 to 200 bytes of text on one line.", "title");
    }
    return {};
}

bool is_for_one_visit(Verb verb) {
    switch (verb) {
        case Verb::kCreate:
        case Verb::kFind:
        case Verb::kUpdate:
        case Verb::kCancel: return true;
        case Verb::kHostLink:
        case Verb::kCheck:
        case Verb::kList: return false;
    }
    return false;
}

std::string_view to_string(Finding::Level level) {
    switch (level) {
        case Finding::Level::kGood: return "good";
        case Finding::Level::kWarning: return "warning";
        case Finding::Level::kProblem: return "problem";
    }
    return "";
}

std::string_view to_string(Failed::Fault fault) {
    switch (fault) {
        case Failed::Fault::kConfig: return "config";
        case Failed::Fault::kAuth: return "auth";
        case Failed::Fault::kQuota: return "quota";
        case Failed::Fault::kRate: return "rate";
        case Failed::Fault::kInvalid: return "invalid";
        case Failed::Fault::kTransient: return "transient";
    }
    return "";
}

bool is_worth_retrying(Failed::Fault fault) {
    switch (fault) {
        case Failed::Fault::kQuota:
        case Failed::Fault::kRate:
        case Failed::Fault::kTransient: return true;
        case Failed::Fault::kConfig:
        case Failed::Fault::kAuth:
        case Failed::Fault::kInvalid: return false;
    }
    return false;
}

Answer drive(const Adapter& adapter, const Operation& operation, Position& position, Instant now, const Exchange& send,
             const std::function<void(Duration)>& wait) {
    for (int turns = 0; turns < kTurnsMax; ++turns) {
        Step step = adapter.next(operation, position, now);
        if (auto* answer = std::get_if<Answer>(&step)) return std::move(*answer);
        const Send& asked = std::get<Send>(step);
        Turn turn = adapter.absorb(operation, asked.step, position, send(asked.request), now);
        if (auto* answer = std::get_if<Answer>(&turn)) return std::move(*answer);
        Onward& onward = std::get<Onward>(turn);
        position.memo = std::move(onward.memo);
        if (onward.grant) position.grant = *std::move(onward.grant);
        if (onward.wait > Duration{}) {
            wait(onward.wait);
            now = now + onward.wait;
        }
    }
    return Failed{.fault = Failed::Fault::kTransient,
                  .sentence = "The meeting provider needed too many questions for one meeting. Try again later.",
                  .retry_at = now + 1h};
}

}  // namespace clinicpro::meetings
