// zoom_memo.cpp: "key=value" words with spaces between them, values percent-encoded.
#include "meetings/zoom_memo.hpp"

#include "base/text.hpp"

namespace clinicpro::meetings {
namespace {

void add(std::string& out, std::string_view key, std::string_view value) {
    if (!out.empty()) out += ' ';
    out += key;
    out += '=';
    out += text::percent_encode(value);
}

int small_number(std::string_view value) {
    return value.size() == 1 && value[0] >= '0' && value[0] <= '9' ? value[0] - '0' : 0;
}

}  // namespace

std::string ZoomMemo::text() const {
    std::string out;
    if (fresh_token) add(out, "fresh", "1");
    if (digits_only) add(out, "digits", "1");
    if (!phase.empty()) add(out, "phase", phase);
    if (!page.empty()) add(out, "page", page);
    if (looks > 0) add(out, "looks", std::to_string(looks));
    if (restarts > 0) add(out, "restarts", std::to_string(restarts));
    for (const std::string& id : found) add(out, "found", id);
    if (!why.empty()) add(out, "why", why);
    for (const std::string& finding : findings) add(out, "finding", finding);
    return out;
}

ZoomMemo ZoomMemo::read(std::string_view text) {
    ZoomMemo memo;
    for (const std::string_view word : text::split(text, ' ')) {
        const size_t equals = word.find('=');
        if (equals == word.npos) continue;
        const std::string_view key = word.substr(0, equals);
        const auto value = text::percent_decode(word.substr(equals + 1));
        if (!value) continue;
        if (key == "fresh") memo.fresh_token = true;
        if (key == "digits") memo.digits_only = true;
        if (key == "phase") memo.phase = *value;
        if (key == "page") memo.page = *value;
        if (key == "looks") memo.looks = small_number(*value);
        if (key == "restarts") memo.restarts = small_number(*value);
        if (key == "found") memo.found.push_back(*value);
        if (key == "why") memo.why = *value;
        if (key == "finding") memo.findings.push_back(*value);
    }
    return memo;
}

}  // namespace clinicpro::meetings
