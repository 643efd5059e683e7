#include "net/mail_call.hpp"

#include <curl/curl.h>

#include <cstring>

#include "base/text.hpp"
#include "net/client.hpp"

namespace clinicpro::net {
namespace {

constexpr long kReplyMax = 30;           // seconds for one reply; a server that scans for viruses takes some of them
constexpr size_t kReplyShown = 200;      // bytes of a reply that are kept
constexpr size_t kContentMax = 1 << 20;  // an invitation is 4 KiB

bool is_address(std::string_view text) {
    return !text.empty() && text.size() <= 320 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '<' && c != '>'; });
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '[' || c == ']' || c == ':';
    });
}

// Whether every line ends in CRLF and in nothing else: a bare line feed lets a server see two mails in one.
bool has_whole_lines(std::string_view text) {
    for (size_t at = text.find_first_of("\r\n"); at != std::string_view::npos;
         at = text.find_first_of("\r\n", at + 2)) {
        if (text.substr(at, 2) != "\r\n") return false;
    }
    return text.ends_with("\r\n") && text.find('\0') == std::string_view::npos;
}

int code_of(std::string_view reply) {
    if (reply.size() < 3) return 0;
    int code = 0;
    for (const char c : reply.substr(0, 3)) {
        if (c < '0' || c > '9') return 0;
        code = code * 10 + (c - '0');
    }
    return code;
}

}  // namespace

MailCall::MailCall(MailRequest request, std::function<void(Outcome)> done)
    : Transfer(std::move(done)), request_(std::move(request)), error_(CURL_ERROR_SIZE, '\0') {}

MailCall::~MailCall() {
    curl_slist_free_all(static_cast<curl_slist*>(recipients_));
}

std::string MailCall::fault() const {
    if (!is_host(request_.host) || request_.port == 0) return "the mail server's address is not one";
    if (!is_host(request_.hello)) return "our own name for the mail server is not a host name";
    if (!is_address(request_.from)) return "an envelope address is not one";
    const bool here = request_.host == "127.0.0.1" || request_.host == "localhost" || request_.host == "[::1]";
    if (request_.security == MailRequest::Security::kNone && !here) return "mail without TLS goes to this machine only";
    if (request_.content.empty()) return {};
    if (!is_address(request_.to)) return "an envelope address is not one";
    if (!has_whole_lines(request_.content)) return "the mail has a line that does not end in CRLF";
    if (request_.content.size() > kContentMax) return "the mail is too long";
    return {};
}

// A reply may have several lines; the last one has a space after its code.
size_t MailCall::on_reply(char* bytes, size_t size, size_t count, void* argument) {
    MailCall& call = *static_cast<MailCall*>(argument);
    const std::string_view line = text::trim(std::string_view(bytes, size * count));
    const int code = code_of(line);
    if (code == 0 || (line.size() > 3 && line[3] == '-')) return size * count;
    const std::string_view clipped = text::clip(line, kReplyShown);
    call.last_ = text::is_utf8(clipped) ? clipped : line.substr(0, 3);
    if (code >= 400) {
        call.refusal_ = call.last_;
    } else if (code != 221) {  // "bye" takes nothing back
        call.refusal_.clear();
    }
    return size * count;
}

size_t MailCall::read_content(char* into, size_t size, size_t count, void* argument) {
    MailCall& call = *static_cast<MailCall*>(argument);
    const size_t take = std::min(size * count, call.request_.content.size() - call.given_);
    std::memcpy(into, call.request_.content.data() + call.given_, take);
    call.given_ += take;
    // Said with the last bytes already: curl may send the end with them.
    call.end_given_ = call.given_ == call.request_.content.size();
    return take;
}

bool MailCall::prepare(void* easy, const ClientOptions& options) {
    easy_ = easy;
    bool good = true;
    const auto set = [&](CURLoption option, auto value) {
        good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    using Security = MailRequest::Security;
    const std::string url = std::string(request_.security == Security::kTls ? "smtps://" : "smtp://") + request_.host +
                            ":" + std::to_string(request_.port) + "/" + request_.hello;
    set(CURLOPT_PRIVATE, static_cast<Transfer*>(this));
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");  // HTTP proxies of the environment do not carry mail
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);
    // ALL: without TLS the exchange ends before a name or password is said.
    set(CURLOPT_USE_SSL, long(request_.security == Security::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
    set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    if (!request_.username.empty()) {
        set(CURLOPT_USERNAME, request_.username.c_str());
        set(CURLOPT_PASSWORD, request_.password.reveal().c_str());
    }
    if (request_.content.empty()) {
        set(CURLOPT_CUSTOMREQUEST, "NOOP");
        set(CURLOPT_NOBODY, 1L);
    } else {
        recipients_ = curl_slist_append(nullptr, request_.to.c_str());
        good = good && recipients_ != nullptr;
        set(CURLOPT_MAIL_FROM, request_.from.c_str());
        set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(recipients_));
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, &MailCall::read_content);
        set(CURLOPT_READDATA, this);
    }
    set(CURLOPT_HEADERFUNCTION, &MailCall::on_reply);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &MailCall::on_reply);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, kReplyMax);
    set(CURLOPT_TIMEOUT_MS, long(std::max<int64_t>(1, request_.timeout.count() / 1000)));
    set(CURLOPT_CONNECTTIMEOUT_MS, long(std::max<int64_t>(1, request_.connect_timeout.count() / 1000)));
    return good;
}

Outcome MailCall::outcome(int code) {
    Response verdict;
    if (code == CURLE_OK) {
        verdict.status = 250;
        return verdict;
    }
    if (!refusal_.empty()) {
        verdict.status = code_of(refusal_);
        verdict.body = refusal_;
        return verdict;
    }
    std::string reason = curl_easy_strerror(CURLcode(code));
    if (error_[0] != '\0') reason += ": " + std::string(text::clip(error_.c_str(), kReplyShown));
    if (end_given_) return Unknown{std::move(reason)};
    return NotSent{std::move(reason)};
}

}  // namespace clinicpro::net
