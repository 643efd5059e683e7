#include "storm/wire.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "storm/checks.hpp"
#include "storm/needles.hpp"

namespace clinicpro::storm {
namespace {

std::string token_in(std::string_view url) {
    const size_t at = url.rfind('/');
    return at == std::string_view::npos ? std::string() : std::string(url.substr(at + 1));
}

std::string field(const json::Document& document, std::string_view name) {
    return document.root()[name].scalar_if_any().value_or("");
}

// Another attempt for the same invoice and phone that may still be answered.
bool has_open_rival(World& world, const Tenant& tenant, int64_t attempt) {
    int64_t open = 0;
    const auto read = world.database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, tenant.id);
        TRY(tx.each(
            "SELECT COUNT(*) FROM transactions a JOIN transactions b ON b.clinic_id = a.clinic_id AND "
            "b.invoice_id = a.invoice_id AND b.payer_mark = a.payer_mark AND b.id <> a.id "
            "WHERE a.clinic_id = $1 AND a.id = $2 AND b.state IN ('sending', 'pending', 'unknown')",
            [&](const store::Row& row) { open = row.integer(0); }, attempt));
        return {};
    });
    CHECK(read.has_value());
    return open > 0;
}

}  // namespace

std::string rooms_host(int clinic) {
    return "rooms" + std::to_string(clinic) + ".example";
}
std::string sms_host(int clinic) {
    return "sms" + std::to_string(clinic) + ".example";
}

std::string ear_host(int clinic) {
    return "books" + std::to_string(clinic) + ".example";
}

struct Wire::Trip {
    Host* host = nullptr;  // one of the two
    Outside* outside = nullptr;
    Dice* dice = nullptr;
    Tenant* tenant = nullptr;
    std::string shown;  // in the trace: nothing that names a visit or a room
    std::string path;
    std::string query;
    net::ClientRequest request;
    std::function<void(net::Outcome)> done;
    Instant left;
    bool over = false;
    bool is_push = false;
    bool is_query = false;
    bool is_payout = false;
    int64_t reversal = 0;  // the refund that is to be done by it
    bool answer_lost = false;
    bool answer_cut = false;
    bool doubled = false;
    Duration later{};
};

Tenant* Wire::owner_of(const Host& host, const net::ClientRequest& request, const std::string& path) const {
    const auto document = json::Document::parse(request.body.empty() ? "null" : request.body);
    std::string shortcode;
    if (document) {
        shortcode = field(*document, "BusinessShortCode");
        for (const char* const name : {"ShortCode", "ReceiverParty", "PartyA"}) {
            if (shortcode.empty()) shortcode = field(*document, name);
        }
    }
    const auto basic = text::from_base64(
        std::string(net::find_header(request.headers, "Authorization"))
            .substr(path.starts_with("/oauth")
                        ? std::min<size_t>(6, net::find_header(request.headers, "Authorization").size())
                        : 0));
    for (auto& t : world_.tenants) {
        if (t->host != &host) continue;
        if (path.starts_with("/oauth")) {
            if (basic && basic->starts_with(t->merchant.consumer_key + ":")) return t.get();
        } else if (t->merchant.shortcode == shortcode || t->merchant.receiver() == shortcode) {
            return t.get();
        }
    }
    return nullptr;
}

void Wire::check_colours(const net::ClientRequest& request, const Tenant* owner) {
    const std::string host = request.url.substr(0, request.url.find('/', request.url.find("://") + 3));
    std::string bytes = request.url + request.body;
    for (const auto& [name, value] : request.headers) {
        bytes += value;
        if (value.starts_with("Bearer ")) world_.tokens.insert(value.substr(7));
        if (value.starts_with("Basic ")) bytes += text::from_base64(value.substr(6)).value_or("");
    }
    if (const auto document = json::Document::parse(request.body.empty() ? "null" : request.body)) {
        bytes += text::from_base64(field(*document, "Password")).value_or("");
    }
    for (const auto& t : world_.tenants) {
        if (t.get() == owner) continue;
        const bool leaks = says(bytes, t->colour) ||
                           std::any_of(t->phones.begin(), t->phones.end(), [&](const std::string& phone) {
                               return bytes.find(phone) != std::string::npos;
                           });
        if (leaks) world_.breaks(7, "a request to " + host + " holds what belongs to clinic " + t->colour);
    }
    if (owner == nullptr) world_.breaks(7, "a request to " + host + " belongs to no clinic there");
}

void Wire::address(Trip& trip, const net::ClientRequest& request) {
    const size_t begin = request.url.find("://") + 3;
    const size_t slash = request.url.find('/', begin);
    const std::string name = request.url.substr(begin, slash - begin);
    const size_t mark = request.url.find('?', slash);
    trip.path = request.url.substr(slash, mark == std::string::npos ? mark : mark - slash);
    trip.query = mark == std::string::npos ? "" : request.url.substr(mark + 1);
    for (auto& host : world_.hosts) {
        if (host->name != name) continue;
        trip.host = host.get();
        trip.dice = &host->dice;
        trip.tenant = owner_of(*host, request, trip.path);
        trip.shown = trip.path;
    }
    for (auto& t : world_.tenants) {
        std::string_view kind;
        if (name == rooms_host(t->number)) {
            kind = "rooms ";
            trip.outside = t->rooms.get();
        } else if (name == sms_host(t->number)) {
            kind = "sms ";
            trip.outside = t->sms.get();
        } else if (name == ear_host(t->number)) {
            kind = "books ";
            trip.outside = t->ear.get();
        } else {
            continue;
        }
        trip.dice = &t->cable;
        trip.tenant = t.get();
        trip.shown = std::string(kind) + request.method + (trip.path.ends_with("/token") ? " token" : "");
    }
    CHECK(trip.dice != nullptr);
}

void Wire::send(net::ClientRequest request, std::function<void(net::Outcome)> done) {
    if (life_->dead) return;
    auto trip = std::make_shared<Trip>();
    address(*trip, request);
    check_colours(request, trip->tenant);
    if (trip->host != nullptr) {
        trip->is_push = trip->path.ends_with("/processrequest");
        trip->is_query = trip->path.starts_with("/mpesa/stkpushquery");
    }
    if (trip->tenant != nullptr && trip->outside == trip->tenant->sms.get()) {
        if (const auto body = json::Document::parse(request.body)) message_leaves(world_, *trip->tenant, field(*body, "key"));
    }
    if (trip->host != nullptr && trip->path.starts_with("/mpesa/reversal")) look_at_reversal(*trip, request);
    trip->is_payout = trip->host != nullptr && trip->path.starts_with("/mpesa/b2c");
    if (trip->is_query && trip->tenant != nullptr) {
        if (const auto body = json::Document::parse(request.body))
            ++trip->tenant->queries_asked[field(*body, "CheckoutRequestID")];
    }
    if (world_.options.plant == Plant::kPayoutNewId && trip->is_payout) {
        constexpr std::string_view kId = "\"OriginatorConversationID\":\"";
        if (const size_t at = request.body.find(kId); at != std::string::npos)
            request.body.insert(at + kId.size(), std::to_string(world_.ran) + "-");
    }
    const bool moves_money = trip->is_push || trip->is_payout || trip->reversal != 0;
    const bool only_reads = request.method == "GET" || (trip->host != nullptr && !moves_money);
    trip->request = std::move(request);
    trip->done = std::move(done);
    trip->left = world_.clock.now();
    ++on_their_way_;
    const int clinic = trip->tenant != nullptr ? trip->tenant->number : 0;
    world_.say(clinic, "sends " + trip->shown);
    if (world_.options.plant == Plant::kPhoneInLog && trip->is_push) {
        log::info("storm.planted", {{"body", trip->request.body}});
    }

    const Swarm& s = world_.swarm;
    Dice& dice = *trip->dice;
    const auto chance = [&](double p) { return world_.faults_on && p > 0 && dice.chance(p); };
    if (chance(s.refused)) {
        return hand_over(trip, net::NotSent{"connection refused (storm)"}, world_.clock.now() + 1ms);
    }
    if (chance(s.lost_before)) {
        return hand_over(trip, net::Unknown{"no answer in time (storm)"}, trip->left + trip->request.timeout);
    }
    trip->answer_lost = chance(s.lost_after);
    trip->answer_cut = chance(s.cut);
    if (chance(s.late)) trip->later = dice.between(Duration(15s), Duration(90s));
    const Duration travel = dice.between(Duration(2ms), Duration(80ms));
    trip->doubled = only_reads && chance(s.doubled);
    world_.after(travel, [this, &world = world_, trip, life = life_] {
        auto [outcome, back] = arrive(world, *trip);
        if (!life->dead) hand_over(trip, std::move(outcome), back);
    });
}

// Daraja does not know whether the server that asked is still alive.
std::pair<net::Outcome, Instant> Wire::arrive(World& world, const Trip& trip) {
    net::Request seen;
    seen.method = trip.request.method;
    seen.path = text::percent_decode(trip.path).value_or(trip.path);  // as a server reads it
    seen.query = trip.query;
    seen.headers = trip.request.headers;
    seen.body = trip.request.body;
    sandbox::Answer answer;
    if (trip.outside != nullptr) {
        answer = {trip.outside->handle(seen, world.clock.now()), trip.dice->between(Duration(2ms), Duration(3s))};
        if (trip.doubled) (void)trip.outside->handle(seen, world.clock.now());
    } else {
        answer = ask_daraja(world, trip, seen);
    }
    const Instant back = world.clock.now() + answer.delay + trip.later;
    const Instant deadline = trip.left + trip.request.timeout;
    world.say(trip.tenant != nullptr ? trip.tenant->number : 0,
              "answer to " + trip.shown + ": " + std::to_string(answer.response.status));
    if (answer.response.status == 0) return {net::Unknown{"the connection was cut (storm)"}, std::min(back, deadline)};
    if (trip.answer_lost || back > deadline) {
        if (trip.outside != nullptr && answer.response.status == 201) SOMETIMES(kMeetingMadeUnknown);
        return {net::Unknown{"the answer was lost (storm)"}, deadline};
    }
    if (trip.answer_cut && answer.response.body.size() > 4) {
        SOMETIMES(kBrokenJson);
        answer.response.body.resize(answer.response.body.size() / 2);
    }
    return {std::move(answer.response), back};
}

sandbox::Answer Wire::ask_daraja(World& world, const Trip& trip, const net::Request& seen) {
    sandbox::Daraja& daraja = *trip.host->daraja;
    const size_t pushes = daraja.stk().pushes().size();
    sandbox::Answer answer = daraja.handle(seen, world.clock.now());
    if (trip.is_push && daraja.stk().pushes().size() > pushes && trip.tenant != nullptr) {
        const auto document = json::Document::parse(trip.request.body);
        const auto link =
            world.links->verify_hex(clinics::Link::Purpose::kStkCallback, token_in(field(*document, "CallBackURL")));
        if (!link || link->clinic != trip.tenant->id) {
            world.breaks(7, "a prompt has a callback address of another clinic");
        } else if (++trip.tenant->prompts[link->subject] > 1) {
            world.breaks(5, "one attempt put two prompts on a phone");
        } else if (has_open_rival(world, *trip.tenant, link->subject)) {
            world.breaks(5, "a phone is prompted for an invoice while an earlier prompt for it is open");
        }
        world.tokens.insert(token_in(field(*document, "CallBackURL")));
    }
    if (const auto document = json::Document::parse(trip.request.body.empty() ? "null" : trip.request.body)) {
        for (const char* const name : {"ResultURL", "QueueTimeOutURL"}) {
            if (const std::string url = field(*document, name); !url.empty()) world.tokens.insert(token_in(url));
        }
    }
    if (trip.doubled) (void)daraja.handle(seen, world.clock.now());
    if (answer.response.status != 0) {
        answer.response.headers.emplace_back("Date", to_http_date(world.clock.now() + answer.delay));
    }
    if (answer.response.status == 429) SOMETIMES(kTooManyRequests);
    if (answer.response.body.starts_with("<")) SOMETIMES(kHtmlAnswer);
    return answer;
}

// A reversal has no key that M-Pesa would know it by: one without a clear answer must never leave again (P-12).
void Wire::look_at_reversal(Trip& trip, const net::ClientRequest& request) {
    const auto document = json::Document::parse(request.body);
    const auto link =
        world_.links->verify_hex(clinics::Link::Purpose::kRefund, token_in(field(*document, "ResultURL")));
    if (!link || trip.tenant == nullptr || link->clinic != trip.tenant->id) {
        return world_.breaks(7, "a reversal has a result address of another clinic");
    }
    trip.reversal = link->subject;
    if (!trip.tenant->reversals_in_doubt.insert(link->subject).second) {
        world_.breaks(12, "a reversal of " + trip.tenant->colour + " whose fate was unknown was sent again");
    }
}

// Whether an answer says for certain that nothing was begun.
bool Wire::says_no(const net::Outcome& outcome) {
    if (std::holds_alternative<net::NotSent>(outcome)) return true;
    const auto* response = std::get_if<net::Response>(&outcome);
    if (response == nullptr) return false;
    if (response->status >= 400 && response->status < 500) return true;
    return response->body.find("500.003.02") != std::string::npos;
}

void Wire::hand_over(const std::shared_ptr<Trip>& trip, net::Outcome outcome, Instant at) {
    if (world_.options.plant == Plant::kPushResent && trip->is_push && std::holds_alternative<net::Unknown>(outcome)) {
        outcome = net::NotSent{"planted"};
    }
    if (trip->is_push && std::holds_alternative<net::Unknown>(outcome)) SOMETIMES(kPushUnknown);
    const bool sure_of_nothing = says_no(outcome);
    if (world_.options.plant == Plant::kReversalResent && trip->reversal != 0 &&
        std::holds_alternative<net::Unknown>(outcome)) {
        outcome = net::NotSent{"planted"};
    }
    if ((trip->is_payout || trip->reversal != 0) && std::holds_alternative<net::Unknown>(outcome))
        SOMETIMES(kRefundUnknown);
    // `this` lives as long as its server; a dead server's answers reach nobody.
    world_.at(std::max(at, world_.clock.now()),
              [this, life = life_, trip, sure_of_nothing, outcome = std::move(outcome)]() mutable {
                  if (life->dead || trip->over) return;
                  trip->over = true;
                  if (trip->reversal != 0 && sure_of_nothing) trip->tenant->reversals_in_doubt.erase(trip->reversal);
                  world_.say(trip->tenant != nullptr ? trip->tenant->number : 0,
                             "hears of " + trip->shown +
                                 (std::holds_alternative<net::Response>(outcome) ? "" : ": nothing certain"));
                  --on_their_way_;
                  if (const auto* response = std::get_if<net::Response>(&outcome)) look_at(*trip, *response);
                  trip->done(std::move(outcome));
                  heard_();
              });
}

void Wire::look_at(const Trip& trip, const net::Response& response) {
    if (trip.outside != nullptr) {
        if (trip.request.method == "GET" && trip.query.starts_with("key=") && response.status == 200)
            SOMETIMES(kMeetingFound);
        return;
    }
    const auto document = json::Document::parse(response.body.empty() ? "null" : response.body);
    if (!document || trip.tenant == nullptr) return;
    if (field(*document, "errorCode") == "404.001.03" || field(*document, "errorCode") == "400.003.01")
        SOMETIMES(kTokenDied);
    if (!trip.is_query || response.status != 200) return;
    const std::string code = field(*document, "ResultCode");
    const auto asked = json::Document::parse(trip.request.body);
    const std::string checkout = field(*asked, "CheckoutRequestID");
    if (code.empty() || code == "4999") return;
    answered_.push_back({trip.tenant, checkout, code == "0"});
    const sandbox::Push* push = trip.host->daraja->stk().find(checkout);
    if (code != "0" && push != nullptr && push->code == "0") SOMETIMES(kQueryLied);
}

}  // namespace clinicpro::storm
