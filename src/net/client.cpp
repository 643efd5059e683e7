#include "net/client.hpp"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cstring>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "base/text.hpp"

namespace clinicpro::net {
namespace {

constexpr size_t kSpareMax = 64;        // idle easy handles kept for reuse
constexpr long kPoolMax = 256;          // idle and busy connections over all hosts
constexpr size_t kHeadersMax = 64 * 1024;  // bytes of response headers; Google sends about 2 KiB
// A once-only call takes a pooled connection only if it was used in the last seconds: Apache and Node close after 5 s of
// silence, and a call that meets the closing connection is Unknown for nothing.
constexpr long kOnceIdleMax = 4;
constexpr long kRepeatableIdleMax = 60;

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
    }) && text.find('\0') == std::string_view::npos;
}

bool is_one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

// A sentence about what is wrong with the request itself; empty when nothing is.
std::string fault_of(const ClientRequest& request) {
    if (!is_token(request.method)) return "the method is not a word";
    if (!is_one_line(request.url)) return "the URL has a line break";
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) return "a header name is not a word";
        if (!is_one_line(value)) return "the value of header " + name + " has a line break";
    }
    return {};
}

// Errors that can only come before the first byte of a request on that connection.
bool is_before_request(CURLcode code) {
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

// One call while curl has it. Its address is curl's callback argument.
struct Call {
    ClientRequest request;
    std::function<void(Outcome)> done;
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    size_t body_given = 0;  // to curl, by read_body
    Response response;
    size_t header_bytes = 0;
    bool head_complete = false;  // curl takes a head that was cut short for a whole one
    bool too_large = false;
    char error[CURL_ERROR_SIZE] = {};

    bool has_body() const { return !request.body.empty(); }
    bool once() const { return !request.repeatable && request.method != "GET" && request.method != "HEAD"; }
};

size_t on_header(char* bytes, size_t size, size_t count, void* argument) {
    Call& call = *static_cast<Call*>(argument);
    const std::string_view line(bytes, size * count);
    if ((call.header_bytes += line.size()) > kHeadersMax) {
        call.too_large = true;
        return 0;
    }
    if (line.starts_with("HTTP/")) {  // of a proxy, a 100, and at last the answer itself
        call.response.headers.clear();
        call.head_complete = false;
    } else if (text::trim(line).empty()) {
        call.head_complete = true;
    } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
        call.response.headers.emplace_back(text::trim(line.substr(0, colon)), text::trim(line.substr(colon + 1)));
    }
    return line.size();
}

size_t on_answer_bytes(char* bytes, size_t size, size_t count, void* argument) {
    Call& call = *static_cast<Call*>(argument);
    const size_t total = size * count;
    if (call.response.body.size() + total > call.request.response_max) {
        call.too_large = true;
        return 0;
    }
    call.response.body.append(bytes, total);
    return total;
}

// Hands the body out once, and no second time: see the head of client.hpp.
size_t read_body(char* into, size_t size, size_t count, void* argument) {
    Call& call = *static_cast<Call*>(argument);
    const size_t take = std::min(size * count, call.request.body.size() - call.body_given);
    if (take == 0) return CURL_READFUNC_ABORT;  // its length is known, so curl asks again only to send again
    std::memcpy(into, call.request.body.data() + call.body_given, take);
    call.body_given += take;
    return take;
}
int refuse_rewind(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

// Returns false when curl refuses an option: out of memory, or a URL it cannot be given.
bool prepare(Call& call, const ClientOptions& options) {
    CURL* easy = call.easy;
    const ClientRequest& request = call.request;
    bool good = true;
    const auto set = [&](CURLoption option, auto value) {
        good = good && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_PRIVATE, &call);
    set(CURLOPT_ERRORBUFFER, &call.error[0]);
    set(CURLOPT_URL, request.url.c_str());
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
    set(CURLOPT_TIMEOUT_MS, long(std::max<int64_t>(1, request.timeout.count() / 1000)));
    set(CURLOPT_CONNECTTIMEOUT_MS, long(std::max<int64_t>(1, request.connect_timeout.count() / 1000)));
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &call);
    set(CURLOPT_WRITEFUNCTION, &on_answer_bytes);
    set(CURLOPT_WRITEDATA, &call);
    set(CURLOPT_HTTP_VERSION, long(call.once() ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_MAXAGE_CONN, call.once() ? kOnceIdleMax : kRepeatableIdleMax);

    const bool posts = call.has_body() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (posts) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size()));
        if (call.once() && call.has_body()) {
            set(CURLOPT_READFUNCTION, &read_body);
            set(CURLOPT_READDATA, &call);
            set(CURLOPT_SEEKFUNCTION, &refuse_rewind);
        } else {
            set(CURLOPT_POSTFIELDS, request.body.c_str());
        }
    }
    if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (call.once() && !call.has_body()) set(CURLOPT_FRESH_CONNECT, 1L);

    const auto add = [&](const std::string& line) {
        curl_slist* longer = curl_slist_append(call.headers, line.c_str());
        if (longer == nullptr) good = false;
        if (longer != nullptr) call.headers = longer;
    };
    // An empty value must be written "Name;", or curl takes it for "leave this header out".
    for (const auto& [name, value] : request.headers) add(value.empty() ? name + ";" : name + ": " + value);
    add("Expect:");  // never wait for a 100
    if (posts && find_header(request.headers, "Content-Type").empty()) add("Content-Type:");
    set(CURLOPT_HTTPHEADER, call.headers);
    return good;
}

// The heart: whether the other side can have seen the request. Only evidence of the contrary makes NotSent.
Outcome outcome_of(Call& call, CURLcode code) {
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(call.easy, CURLINFO_RESPONSE_CODE, &status);
        if (status < 200 || !call.head_complete) return Unknown{"the head of the answer is cut short"};
        call.response.status = int(status);
        // Decoded already: these two describe bytes that nobody will see.
        if (!call.response.header("Content-Encoding").empty()) {
            std::erase_if(call.response.headers, [](const auto& header) {
                return text::equal_ignoring_case(header.first, "Content-Encoding") ||
                       text::equal_ignoring_case(header.first, "Content-Length");
            });
        }
        return std::move(call.response);
    }
    if (call.too_large) {
        return Unknown{"the answer is larger than " + std::to_string(call.request.response_max) + " bytes"};
    }
    std::string reason = curl_easy_strerror(code);
    if (call.error[0] != '\0') reason += ": " + std::string(text::clip(call.error, 200));
    long bytes_written = 0;  // of every request head on the way, also a proxy's CONNECT
    long tunnel_status = 0;
    if (curl_easy_getinfo(call.easy, CURLINFO_REQUEST_SIZE, &bytes_written) != CURLE_OK) return Unknown{std::move(reason)};
    curl_easy_getinfo(call.easy, CURLINFO_HTTP_CONNECTCODE, &tunnel_status);
    const bool tunnel_refused = tunnel_status != 0 && tunnel_status / 100 != 2;
    // A once-only call has one connection, so a failure to open it proves that nothing went through.
    const bool never_open = call.once() && call.body_given == 0 && (tunnel_refused || is_before_request(code));
    if (bytes_written == 0 || never_open) return NotSent{std::move(reason)};
    return Unknown{std::move(reason)};
}

void start_curl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    CHECK(started == CURLE_OK);
}

}  // namespace

class CurlClient::Engine {
public:
    explicit Engine(ClientOptions options) : options_(std::move(options)) {
        start_curl();
        multi_ = curl_multi_init();
        CHECK(multi_ != nullptr);
        curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, long(options_.connections_per_host));
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kPoolMax);
        thread_ = std::thread([this] { run(); });
    }

    ~Engine() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        curl_multi_wakeup(multi_);
        thread_.join();
        for (CURL* easy : spare_) curl_easy_cleanup(easy);
        curl_multi_cleanup(multi_);
    }

    void send(ClientRequest request, std::function<void(Outcome)> done) {
        auto call = std::make_unique<Call>();
        call->request = std::move(request);
        call->done = std::move(done);
        std::string fault = fault_of(call->request);
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            if (fault.empty() && stopping_) fault = "the client is closing";
            if (fault.empty() && in_flight_ >= options_.in_flight_max) {
                fault = "too many calls are under way (" + std::to_string(options_.in_flight_max) + ")";
            }
            if (fault.empty()) {
                ++in_flight_;
                queue_.push_back(std::move(call));
            } else {
                refused_.emplace_back(std::move(call->done), std::move(fault));
            }
            wake = queue_.size() + refused_.size() == 1;
        }
        if (wake) curl_multi_wakeup(multi_);
    }

private:
    using Refused = std::pair<std::function<void(Outcome)>, std::string>;

    void run() {
        // A write to a closed TLS connection may raise SIGPIPE, and with NOSIGNAL curl leaves that to us.
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        std::vector<std::unique_ptr<Call>> fresh;
        std::vector<Refused> refused;
        for (;;) {
            bool stopping = false;
            {
                const std::lock_guard lock(mutex_);
                std::swap(fresh, queue_);
                std::swap(refused, refused_);
                stopping = stopping_;
            }
            for (auto& [done, why] : refused) done(NotSent{std::move(why)});
            const bool idle = refused.empty() && fresh.empty();
            refused.clear();
            if (stopping) {
                for (auto& call : fresh) call->done(NotSent{"the client closed before the call began"});
                const bool last = fresh.empty() && idle;
                fresh.clear();
                end_all();
                if (last) return;  // `done` may send again, so look once more
                continue;
            }
            for (auto& call : fresh) begin(std::move(call));
            fresh.clear();
            int running = 0;
            curl_multi_perform(multi_, &running);
            int left = 0;
            while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
                if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
            }
            curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
        }
    }

    void begin(std::unique_ptr<Call> call) {
        if (spare_.empty()) {
            call->easy = curl_easy_init();
        } else {
            call->easy = spare_.back();
            spare_.pop_back();
        }
        if (call->easy == nullptr || !prepare(*call, options_) || curl_multi_add_handle(multi_, call->easy) != CURLM_OK) {
            return finish(std::move(call), NotSent{"the call could not be set up; check its URL"});
        }
        active_.insert(call.release());
    }

    void end(CURL* easy, CURLcode code) {
        Call* pointer = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &pointer);
        active_.erase(pointer);
        std::unique_ptr<Call> call(pointer);
        Outcome outcome = outcome_of(*call, code);
        curl_multi_remove_handle(multi_, easy);
        finish(std::move(call), std::move(outcome));
    }

    void end_all() {
        while (!active_.empty()) {
            Call* call = *active_.begin();
            std::strcpy(call->error, "the client closed while the call was under way");
            end(call->easy, CURLE_ABORTED_BY_CALLBACK);
        }
    }

    void finish(std::unique_ptr<Call> call, Outcome outcome) {
        if (call->easy != nullptr) {
            curl_easy_reset(call->easy);  // keeps no header, no body, no credential
            if (spare_.size() < kSpareMax) {
                spare_.push_back(call->easy);
            } else {
                curl_easy_cleanup(call->easy);
            }
        }
        curl_slist_free_all(call->headers);
        {
            const std::lock_guard lock(mutex_);
            --in_flight_;
        }
        call->done(std::move(outcome));
    }

    const ClientOptions options_;
    CURLM* multi_ = nullptr;
    std::set<Call*> active_;    // the thread's own, as are the spare handles
    std::vector<CURL*> spare_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Call>> queue_;
    std::vector<Refused> refused_;
    size_t in_flight_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

CurlClient::CurlClient(ClientOptions options) : engine_(std::make_unique<Engine>(std::move(options))) {}
CurlClient::~CurlClient() = default;
void CurlClient::send(ClientRequest request, std::function<void(Outcome)> done) {
    engine_->send(std::move(request), std::move(done));
}

}  // namespace clinicpro::net
