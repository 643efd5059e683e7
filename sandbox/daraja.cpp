#include "sandbox/daraja.hpp"

#include "base/text.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kExchangesMax = 5'000;  // the log shows the recent past
constexpr size_t kShownMax = 4'000;      // bytes of a body kept in the log

struct Refusal {
    int status;
    std::string_view code;
    std::string_view text;
};
constexpr Refusal kStkToken{404, "404.001.03", "Invalid Access Token"};
constexpr Refusal kC2bToken{400, "400.003.01", "Invalid Access Token"};
constexpr Refusal kB2cToken{401, "401.002.01", "Error Occurred - Invalid Access Token - replaced or expired"};

bool is_json(const net::Request& request) {
    return text::trim(text::split(request.header("Content-Type"), ';').front()) == "application/json";
}

Subject subject_of(const net::Request& request, std::string& phone, std::string& shortcode, json::View body) {
    for (const std::string_view name : {"PhoneNumber", "Msisdn"}) {
        if (phone.empty()) phone = field(body, name).value_or("");
    }
    for (const std::string_view name : {"BusinessShortCode", "ShortCode", "ReceiverParty", "PartyA"}) {
        if (shortcode.empty()) shortcode = field(body, name).value_or("");
    }
    return {request.path, phone, shortcode, request.method};
}

}  // namespace

struct Daraja::Endpoint {
    std::string_view path;
    bool get = false;
    bool post = true;
    std::string_view product;
    Refusal token = kStkToken;
    std::string_view first_field;  // what a wrong Content-Type is blamed on (portal FAQ 9)
    Answer (*run)(Daraja&, const Call&) = nullptr;
};

std::span<const Daraja::Endpoint> Daraja::endpoints() {
    static const Endpoint table[] = {
        {kStkPath, false, true, "stk", kStkToken, "BusinessShortCode",
         [](Daraja& d, const Call& c) { return d.stk_->push(c); }},
        {"/mpesa/stkpushquery/v1/query", false, true, "stk", kStkToken, "BusinessShortCode",
         [](Daraja& d, const Call& c) { return d.stk_query_->query(c); }},
        {"/mpesa/c2b/v1/registerurl", false, true, "c2b", kC2bToken, "ShortCode",
         [](Daraja& d, const Call& c) { return d.c2b_->register_urls(c, 1); }},
        {"/mpesa/c2b/v2/registerurl", false, true, "c2b", kC2bToken, "ShortCode",
         [](Daraja& d, const Call& c) { return d.c2b_->register_urls(c, 2); }},
        {"/mpesa/c2b/v1/simulate", false, true, "c2b", kC2bToken, "ShortCode",
         [](Daraja& d, const Call& c) { return d.c2b_->simulate(c); }},
        {"/mpesa/c2b/v2/simulate", false, true, "c2b", kC2bToken, "ShortCode",
         [](Daraja& d, const Call& c) { return d.c2b_->simulate(c); }},
        {"/pulltransactions/v1/register", false, true, "pull", kStkToken, "ShortCode",
         [](Daraja& d, const Call& c) { return d.pull_->register_shortcode(c); }},
        {"/pulltransactions/v1/query", true, true, "pull", kStkToken, "ShortCode",
         [](Daraja& d, const Call& c) { return d.pull_->query(c); }},
        {"/mpesa/reversal/v1/request", false, true, "reversal", kStkToken, "Initiator",
         [](Daraja& d, const Call& c) { return d.transfers_->reverse(c); }},
        {"/mpesa/b2c/v3/paymentrequest", false, true, "b2c", kB2cToken, "InitiatorName",
         [](Daraja& d, const Call& c) { return d.transfers_->pay_out(c); }},
        {"/mpesa/transactionstatus/v1/query", false, true, "status", kC2bToken, "Initiator",
         [](Daraja& d, const Call& c) { return d.transfers_->status(c); }},
    };
    return table;
}

Daraja::Daraja(Config config, uint64_t seed) : config_(std::move(config)), seed_(seed) {
    reset();
}

void Daraja::reset() {
    const int64_t last = world_ == nullptr ? 0 : world_->outbox.last_id();
    world_ = std::make_unique<World>(config_, seed_);
    world_->outbox.start_after(last);  // a late outcome of the old run must not meet a delivery of the new one
    oauth_ = std::make_unique<Oauth>(*world_);
    c2b_ = std::make_unique<C2b>(*world_);
    stk_ = std::make_unique<Stk>(*world_, *c2b_);
    stk_query_ = std::make_unique<StkQuery>(*world_, *stk_);
    pull_ = std::make_unique<Pull>(*world_);
    sms_ = std::make_unique<SmsProvider>(*world_);
    zoom_ = std::make_unique<Zoom>(*world_);
    google_ = std::make_unique<Google>(*world_);
    smtp_ = std::make_unique<Smtp>(*world_);
    transfers_ = std::make_unique<Transfers>(*world_);
    exchanges_.clear();
    last_exchange_ = 0;
}

void Daraja::advance(Instant now) {
    world_->schedule.run(now);
}

void Daraja::ended(int64_t delivery, const net::Outcome& outcome, Instant now) {
    advance(now);
    world_->outbox.ended(delivery, outcome, now);
}

Answer Daraja::handle(const net::Request& request, Instant now) {
    advance(now);
    if (Zoom::serves(request.path)) {
        std::string bitten;
        Answer answer = zoom_->handle(request, now, bitten);
        keep(request, answer, std::move(bitten), now);
        return answer;
    }
    Faults& faults = world_->faults;
    const auto document = json::Document::parse(request.body.empty() ? "null" : request.body);
    const auto nothing = json::Document::parse("null");
    const json::View body = document ? document->root() : nothing->root();
    std::string phone;
    std::string shortcode;
    const Subject subject = subject_of(request, phone, shortcode, body);

    std::string bitten;
    Answer answer;
    if (const Fault* lost = faults.draw("request_lost", subject, world_->dice)) {
        bitten = lost->name;
        answer.response = envelope::cut();
    } else if (const Fault* before = faults.draw_http(false, subject, world_->dice)) {
        bitten = before->name;
        answer = faulty(*before, request);
    } else {
        if (const Fault* token = faults.draw("token_dies", subject, world_->dice)) {
            bitten = token->name;
            oauth_->kill(request);
            google_->kill(request);
        }
        answer = route(request, body, now);
        if (const Fault* after = faults.draw_http(true, subject, world_->dice)) {
            bitten = after->name;
            answer = faulty(*after, request);
        }
        if (const Fault* cut = faults.draw("response_lost_after_queue", subject, world_->dice)) {
            bitten = cut->name;
            answer.response = envelope::cut();
            answer.delay += cut->wait(0);
        }
    }
    if (const Fault* slow = faults.draw("slow_response", subject, world_->dice)) {
        bitten = slow->name;
        answer.delay += slow->wait(10);
    }
    const Range& usual = world_->config.timing.response;
    answer.delay += world_->dice.between(usual.least, usual.most);
    keep(request, answer, std::move(bitten), now);
    return answer;
}

Answer Daraja::route(const net::Request& request, json::View body, Instant now) {
    if (Google::is_mine(request.path)) return google_->handle(request, body, now);
    constexpr std::string_view kOauth = "/oauth/v1/generate";
    if (request.path == kOauth) {
        if (request.method != "GET") return world_->refuse(405, "405.001", "Method Not Allowed");
        return oauth_->generate(request, now);
    }
    if (request.path == kSmsPath) return sms_->send(request, now);
    if (request.path == kSmsUserPath) return sms_->user(request);
    for (const Endpoint& endpoint : endpoints()) {
        if (endpoint.path != request.path) continue;
        const bool allowed = (endpoint.get && request.method == "GET") || (endpoint.post && request.method == "POST");
        if (!allowed) return world_->refuse(405, "405.001", "Method Not Allowed");
        return authorised(endpoint, request, body, now);
    }
    return world_->refuse(404, "404.001.01", "Resource not found");
}

Answer Daraja::authorised(const Endpoint& endpoint, const net::Request& request, json::View body, Instant now) {
    std::string app;
    switch (oauth_->check(request, now, app)) {
        case Oauth::Check::kNoHeader: return world_->refuse(404, "404.001.04", "Invalid Authentication Header");
        case Oauth::Check::kBadToken:
            return world_->refuse(endpoint.token.status, endpoint.token.code, endpoint.token.text);
        case Oauth::Check::kGood: break;
    }
    bool has_product = false;
    for (const Merchant& m : world_->config.merchants) {
        has_product = has_product || (m.consumer_key == app && m.products.contains(std::string(endpoint.product)));
    }
    if (!has_product) {
        return world_->refuse(401, "401.003.01",
                              "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found");
    }
    if (request.method == "POST") {
        const bool c2b = endpoint.product == "c2b";
        if (!is_json(request)) {
            return world_->refuse(400, c2b ? "400.003.02" : "400.002.02",
                                  "Bad Request - Invalid " + std::string(endpoint.first_field));
        }
        if (body.kind() != json::Kind::kObject) return world_->refuse(400, "400.002.05", "Invalid Request Payload");
    }
    return endpoint.run(*this, Call{request, body, std::move(app), now});
}

Answer Daraja::faulty(const Fault& fault, const net::Request& request) {
    Answer answer;
    if (Google::is_mine(request.path)) return {Google::faulty(fault, request), {}};
    if (fault.name == "http_500") return world_->refuse(500, "500.003.1001", "Internal Server Error");
    if (fault.name == "http_busy")
        return world_->refuse(500, "500.003.02", "System is busy. Please try again in few minutes.");
    if (fault.name == "http_429_fault")
        answer.response = envelope::spike_arrest(world_->config.switches.query_per_minute);
    if (fault.name == "http_403_html") answer.response = envelope::blocked();
    if (fault.name == "http_502") answer.response = envelope::gateway(502);
    if (fault.name == "http_503") answer.response = envelope::gateway(503);
    return answer;
}

void Daraja::keep(const net::Request& request, const Answer& answer, std::string fault, Instant now) {
    Exchange exchange;
    exchange.number = ++last_exchange_;
    exchange.at = now;
    exchange.method = request.method;
    exchange.path = request.path;
    exchange.peer = request.peer;
    exchange.request = redacted(text::clip(request.body, kShownMax));
    exchange.status = answer.response.status;
    exchange.response = redacted(text::clip(answer.response.body, kShownMax));
    exchange.fault = std::move(fault);
    exchange.delay = answer.delay;
    exchanges_.push_back(std::move(exchange));
    if (exchanges_.size() > kExchangesMax) exchanges_.pop_front();
}

std::string redacted(std::string_view body) {
    std::string out(body);
    for (const std::string_view key : {"assertion=", "refresh_token=", "client_secret=", "code=", "code_verifier="}) {
        for (size_t at = out.find(key); at != std::string::npos; at = out.find(key, at)) {
            at += key.size();
            out.replace(at, std::min(out.find('&', at), out.size()) - at, "[redacted]");
        }
    }
    for (const std::string_view key :
         {"\"Password\"", "\"SecurityCredential\"", "\"access_token\"", "\"refresh_token\"", "\"start_url\"",
          "\"password\""}) {
        for (size_t at = out.find(key); at != std::string::npos; at = out.find(key, at)) {
            at += key.size();
            const size_t open = out.find_first_not_of(" \t\r\n:", at);
            if (open == std::string::npos || out[open] != '"') continue;
            size_t close = open + 1;
            while (close < out.size() && out[close] != '"') close += out[close] == '\\' ? 2 : 1;
            out.replace(open + 1, std::min(close, out.size()) - open - 1, "[redacted]");
        }
    }
    return out;
}

}  // namespace clinicpro::sandbox
