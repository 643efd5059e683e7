#include "net/call.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <cstring>

#include "base/text.hpp"
#include "net/public_address.hpp"

namespace clinicpro::net {
namespace {

constexpr size_t kHeadersMax = 64 * 1024;  // bytes of response headers; Google sends about 2 KiB
// A once-only call takes a pooled connection only if it was used in the last seconds: Apache and Node close after 5 s
// of silence, and a call that meets the closing connection is Unknown for nothing.
constexpr long kOnceIdleMax = 4;
constexpr long kRepeatableIdleMax = 60;

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
    });
}

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// Errors that can only come before the first byte of a request on that connection.
bool is_before_request(int code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_INVALIDCERTSTATUS: return true;
        default: return false;
    }
}

// In place of opening a socket: only towards the public internet.
curl_socket_t open_public(void*, curlsocktype, curl_sockaddr* to) {
    if (!is_public_address(&to->addr)) return CURL_SOCKET_BAD;
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

int refuse_rewind(void*, curl_off_t, int) {
    return CURL_SEEKFUNC_FAIL;
}

}  // namespace

Call::Call(ClientRequest request, std::function<void(Outcome)> done)
    : Transfer(std::move(done)), request_(std::move(request)), error_(CURL_ERROR_SIZE, '\0') {}

Call::~Call() {
    curl_slist_free_all(static_cast<curl_slist*>(headers_));
}

Transfer* Transfer::of(void* easy) {
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return transfer;
}

std::string Call::fault() const {
    if (!is_token(request_.method)) return "the method is not a word";
    if (!is_one_line(request_.url)) return "the URL has a line break";
    for (const auto& [name, value] : request_.headers) {
        if (!is_token(name)) return "a header name is not a word";
        if (!is_one_line(value)) return "the value of header " + name + " has a line break";
    }
    return {};
}

size_t Call::on_header(char* bytes, size_t size, size_t count, void* argument) {
    Call& call = *static_cast<Call*>(argument);
    const std::string_view line(bytes, size * count);
    if ((call.header_bytes_ += line.size()) > kHeadersMax) {
        call.too_large_ = true;
        return 0;
    }
    if (line.starts_with("HTTP/")) {  // of a proxy, a 100, and at last the answer itself
        call.response_.headers.clear();
        call.head_complete_ = false;
    } else if (text::trim(line).empty()) {
        call.head_complete_ = true;
    } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
        call.response_.headers.emplace_back(text::trim(line.substr(0, colon)), text::trim(line.substr(colon + 1)));
    }
    return line.size();
}

size_t Call::on_answer_bytes(char* bytes, size_t size, size_t count, void* argument) {
    Call& call = *static_cast<Call*>(argument);
    const size_t total = size * count;
    if (call.response_.body.size() + total > call.request_.response_max) {
        call.too_large_ = true;
        return 0;
    }
    call.response_.body.append(bytes, total);
    return total;
}

// Hands the body out once, and no second time: see the head of client.hpp.
size_t Call::read_body(char* into, size_t size, size_t count, void* argument) {
    Call& call = *static_cast<Call*>(argument);
    const size_t take = std::min(size * count, call.request_.body.size() - call.body_given_);
    if (take == 0) return CURL_READFUNC_ABORT;  // its length is known, so curl asks again only to send again
    std::memcpy(into, call.request_.body.data() + call.body_given_, take);
    call.body_given_ += take;
    return take;
}

bool Call::prepare(void* easy, const ClientOptions& options) {
    easy_ = easy;
    bool good = true;
    const auto set = [&](CURLoption option, auto value) {
        good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_PRIVATE, static_cast<Transfer*>(this));
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a slow name server must not hold up everybody else's calls
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
    set(CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_TIMEOUT_MS, long(std::max<int64_t>(1, request_.timeout.count() / 1000)));
    set(CURLOPT_CONNECTTIMEOUT_MS, long(std::max<int64_t>(1, request_.connect_timeout.count() / 1000)));
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    set(CURLOPT_HEADERFUNCTION, &Call::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Call::on_answer_bytes);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HTTP_VERSION, long(once() ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_MAXAGE_CONN, once() ? kOnceIdleMax : kRepeatableIdleMax);

    const std::string& method = request_.method;
    const bool has_body = !request_.body.empty();
    const bool posts = has_body || method == "POST" || method == "PUT" || method == "PATCH";
    if (method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else {
        if (posts) {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request_.body.size()));
        }
        if (posts && once() && has_body) {
            set(CURLOPT_READFUNCTION, &Call::read_body);
            set(CURLOPT_READDATA, this);
            set(CURLOPT_SEEKFUNCTION, &refuse_rewind);
        } else if (posts) {
            set(CURLOPT_POSTFIELDS, request_.body.c_str());
        }
        set(CURLOPT_CUSTOMREQUEST, method.c_str());
    }
    if (once() && !has_body) set(CURLOPT_FRESH_CONNECT, 1L);
    if (request_.public_only) {
        set(CURLOPT_OPENSOCKETFUNCTION, &open_public);
        set(CURLOPT_FRESH_CONNECT, 1L);  // not over a connection that another call opened
        set(CURLOPT_FORBID_REUSE, 1L);
    }

    curl_slist* list = nullptr;
    const auto add = [&](const std::string& line) {
        curl_slist* longer = curl_slist_append(list, line.c_str());
        if (longer == nullptr) good = false;
        if (longer != nullptr) list = longer;
    };
    // An empty value must be written "Name;", or curl takes it for "leave this header out".
    for (const auto& [name, value] : request_.headers) add(value.empty() ? name + ";" : name + ": " + value);
    add("Expect:");  // never wait for a 100
    if (posts && find_header(request_.headers, "Content-Type").empty()) add("Content-Type:");
    headers_ = list;
    set(CURLOPT_HTTPHEADER, list);
    return good;
}

Outcome Call::outcome(int code) {
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        if (status < 200 || !head_complete_) return Unknown{"the head of the answer is cut short"};
        response_.status = int(status);
        // Decoded already: these two describe bytes that nobody will see.
        if (!response_.header("Content-Encoding").empty()) {
            std::erase_if(response_.headers, [](const auto& header) {
                return text::equal_ignoring_case(header.first, "Content-Encoding") ||
                       text::equal_ignoring_case(header.first, "Content-Length");
            });
        }
        return std::move(response_);
    }
    if (too_large_) return Unknown{"the answer is larger than " + std::to_string(request_.response_max) + " bytes"};
    std::string reason = curl_easy_strerror(CURLcode(code));
    if (error_[0] != '\0') reason += ": " + std::string(text::clip(error_.c_str(), 200));
    long bytes_written = 0;  // of every request head on the way, also a proxy's CONNECT
    if (curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &bytes_written) != CURLE_OK) return Unknown{std::move(reason)};
    if (bytes_written == 0) return NotSent{std::move(reason)};
    long tunnel_status = 0;
    curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
    const bool tunnel_refused = tunnel_status != 0 && tunnel_status / 100 != 2;
    // Only the CONNECT was written: a once-only call has one connection, and this one never opened.
    if (once() && body_given_ == 0 && (tunnel_refused || is_before_request(code))) return NotSent{std::move(reason)};
    return Unknown{std::move(reason)};
}

}  // namespace clinicpro::net
