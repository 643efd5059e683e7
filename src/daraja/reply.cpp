// reply.cpp: finds code and text in any of the gateway's three envelopes, without what must not be logged.
#include "daraja/reply.hpp"

#include <cctype>
#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::daraja {
namespace {

// Safaricom's texts can quote what was sent. Words that could be a token, an id or a phone number are blanked: any run
// of nine or more letters and digits that is a number, or of twenty or more with a digit in it.
std::string without_personal_data(std::string_view text) {
    constexpr std::string_view kTokenText = "invalid access token";
    const std::string low = text::lower(text);
    if (const size_t at = low.find(kTokenText); at != std::string::npos) text = text.substr(0, at + kTokenText.size());
    std::string out;
    for (size_t i = 0; i < text.size();) {
        size_t end = i;
        size_t digits = 0;
        while (end < text.size() &&
               (uint8_t(text[end]) >= 0x80 || std::isalnum(uint8_t(text[end])) || text[end] == '_')) {
            if (std::isdigit(uint8_t(text[end]))) ++digits;
            ++end;
        }
        const size_t length = end - i;
        if (digits >= 9 || (length >= 20 && digits > 0)) {
            out += "[hidden]";
        } else {
            out += text.substr(i, length);
        }
        if (end < text.size()) out += uint8_t(text[end]) < 0x20 ? ' ' : text[end];
        i = end + 1;
    }
    return std::string(text::clip(out, kFaultTextMax));
}

}  // namespace

Fault read_fault(const net::Response& response) {
    Fault fault;
    fault.status = response.status;
    const std::string_view body = text::trim(response.body);
    fault.is_html = body.starts_with('<');
    if (!body.starts_with('{')) return fault;
    const auto document = json::Document::parse(body);
    if (!document) return fault;
    const json::View root = document->root();
    auto code = root["errorCode"].scalar_if_any();
    auto message = root["errorMessage"].scalar_if_any();
    if (!code && !message) {
        code = root["fault"]["detail"]["errorcode"].scalar_if_any();
        message = root["fault"]["faultstring"].scalar_if_any();
    }
    constexpr std::string_view kCodeLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (code && code->size() <= 64 && code->find_first_not_of(kCodeLetters) == std::string::npos) fault.code = *code;
    if (message) fault.text = without_personal_data(*message);
    return fault;
}

bool is_invalid_token(const net::Response& response) {
    if (response.status < 400) return false;
    const Fault fault = read_fault(response);
    if (text::contains_ignoring_case(fault.text, "no apiproduct match")) return false;
    if (fault.code == "404.001.04") return false;
    if (fault.code == "404.001.03" || fault.code == "400.003.01" || fault.code == "401.002.01" ||
        fault.code == "401.003.01") {
        return true;
    }
    return response.status == 401;
}

std::optional<Instant> told_time(const net::Outcome& outcome) {
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr) return std::nullopt;
    const auto told = parse_http_date(text::trim(response->header("Date")));
    return told ? std::optional(*told) : std::nullopt;
}

Duration retry_after(const net::Response& response, Duration otherwise) {
    const std::string_view text = text::trim(net::find_header(response.headers, "Retry-After"));
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || seconds < 0) return otherwise;
    return std::min<Duration>(std::chrono::seconds(std::min<int64_t>(seconds, 86'400)), kRetryAfterMax);
}

}  // namespace clinicpro::daraja
