// ledger_provider.hpp: meeting providers that keep a list of what they hold, and can fail in every way, before and after
// the work was done. Shaped like Zoom: no idempotency key, a token of its own, a list.
#pragma once

#include <deque>
#include <map>

#include "base/text.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::invoices::testing {

struct LedgerProvider {
    enum class Fault { kNone, kNotSent, kLost, kDoneAndLost, kRefused, kQuota, kDead, kMisconfigured, kPending };
    struct Held {
        std::string key, host;
        int64_t start = 0;
        bool is_pending = false;
    };
    std::map<std::string, Held> held;                    // by id
    std::map<std::string, std::deque<Fault>> faults;     // by verb, used up one after the other
    std::map<std::string, Fault> always;                 // by verb
    std::vector<std::string> asked;
    int made = 0;
    bool is_pending = false;  // new meetings have no link yet

    size_t live(const std::string& key) const {
        size_t count = 0;
        for (const auto& [id, one] : held) count += one.key == key;
        return count;
    }
    net::Outcome serve(const std::string& verb, const std::string& body) {
        asked.push_back(verb);
        Fault fault = Fault::kNone;
        if (const auto found = always.find(verb); found != always.end()) fault = found->second;
        if (auto& queue = faults[verb]; !queue.empty()) {
            fault = queue.front();
            queue.pop_front();
        }
        switch (fault) {
            case Fault::kNotSent: return net::NotSent{"refused"};
            case Fault::kLost: return net::Unknown{"lost"};
            case Fault::kRefused: return net::Response{.status = 503};
            case Fault::kQuota: return net::Response{.status = 429};
            case Fault::kDead: return net::Response{.status = 401};
            case Fault::kMisconfigured: return net::Response{.status = 400};
            case Fault::kNone:
            case Fault::kPending:
            case Fault::kDoneAndLost: break;
        }
        net::Response answer = work(verb, body);
        if (fault == Fault::kDoneAndLost) return net::Unknown{"time-out"};
        return answer;
    }

private:
    // The body is "key|id|start|host".
    net::Response work(const std::string& verb, const std::string& body) {
        if (verb == "token") return {.status = 200, .body = "token"};
        const auto part = text::split(body, '|');
        const std::string key(part[0]), id(part[1]), host(part[3]);
        if (verb == "list") {
            net::Response answer{.status = 200};
            for (const auto& [one, what] : held) {
                if (what.host == host) answer.body += what.key + "|" + one + "|" + std::to_string(what.start) + "\n";
            }
            return answer;
        }
        if (verb == "create") {
            const std::string made_id = "m" + std::to_string(++made);
            held[made_id] = {key, host, std::stoll(std::string(part[2])), is_pending};
            return {.status = is_pending ? 202 : 201, .body = made_id};
        }
        for (auto& [one, what] : held) {
            if (id.empty() ? what.key != key : one != id) continue;
            const std::string found = one;
            if (verb == "cancel") {
                held.erase(found);
                return {.status = 204};
            }
            if (verb == "update") what.start = std::stoll(std::string(part[2]));
            return {.status = what.is_pending ? 202 : 200, .body = found};
        }
        return {.status = verb == "cancel" ? 204 : 404};
    }
};

class LedgerAdapter final : public meetings::Adapter {
public:
    LedgerAdapter(meetings::Kind kind, std::string base) : kind_(kind), base_(std::move(base)) {}
    meetings::Kind kind() const override { return kind_; }
    meetings::Step next(const meetings::Operation& operation, const meetings::Position& position,
                        Instant now) const override {
        if (!position.grant.lasts(now)) return meetings::Send{"token", {.url = base_ + "/token"}};
        return meetings::Send{"call",
                              {.url = base_ + "/" + std::string(verb(operation.verb)),
                               .body = operation.intent.key + "|" + operation.provider_id + "|" +
                                       std::to_string(operation.intent.start.micros) + "|" + operation.intent.host}};
    }
    meetings::Turn absorb(const meetings::Operation& operation, std::string_view step,
                          const meetings::Position& position, const net::Outcome& outcome, Instant now) const override {
        using namespace meetings;
        using Fault = Failed::Fault;
        if (std::holds_alternative<net::NotSent>(outcome)) return Answer(Failed{Fault::kTransient, "Away.", {}});
        const auto* response = std::get_if<net::Response>(&outcome);
        const bool is_token = step == "token";
        if (!response) {
            if (is_token) return Answer(Failed{Fault::kTransient, "No token.", {}});
            return Answer(Unknown{operation.verb == Verb::kCreate ? Unknown::How::kFind : Unknown::How::kRepeat,
                                  "No answer."});
        }
        switch (response->status) {
            case 200:
            case 201:
                if (is_token) return Onward{.memo = position.memo, .grant = Grant{Secret<>("t"), now + 24h, {}}};
                if (operation.verb == Verb::kList) return Answer(listed(response->body));
                if (operation.verb == Verb::kHostLink) {
                    return Answer(HostLink{Secret<>(base_ + "/s/" + response->body)});
                }
                return Answer(Ready{.provider_id = response->body, .patient_url = base_ + "/j/" + response->body, .passcode = {}, .warning = {}});
            case 202: return Answer(Pending{response->body, now + 30s});
            case 204: return Answer(Cancelled{});
            case 400: return Answer(Failed{Fault::kConfig, "Turn meetings on for this host.", {}});
            case 401: return Answer(Failed{Fault::kAuth, "Connect again.", {}});
            case 404: return Answer(Absent{});
            case 429: return Answer(Failed{Fault::kQuota, "No more today.", now + 10h});
            default: return Answer(Failed{Fault::kTransient, "Busy.", {}});
        }
    }

private:
    static std::string_view verb(meetings::Verb verb) {
        switch (verb) {
            case meetings::Verb::kCreate: return "create";
            case meetings::Verb::kFind: return "find";
            case meetings::Verb::kUpdate: return "update";
            case meetings::Verb::kCancel: return "cancel";
            case meetings::Verb::kHostLink: return "host";
            case meetings::Verb::kCheck: return "check";
            case meetings::Verb::kList: return "list";
        }
        return "";
    }
    static meetings::Listed listed(std::string_view lines) {
        meetings::Listed list;
        for (const auto line : text::split(lines, '\n')) {
            const auto part = text::split(line, '|');
            if (part.size() != 3) continue;
            list.meetings.push_back({std::string(part[0]), std::string(part[1]), Instant{std::stoll(std::string(part[2]))}});
        }
        return list;
    }
    const meetings::Kind kind_;
    const std::string base_;
};

// A clinic that uses Zoom, may use Google and rooms of its own, and the other sides of the first two.
class LedgerTest : public ::testing::Test {
protected:
    using Fault = LedgerProvider::Fault;
    World world{[this](store::ClinicTx&, const meetings::ProviderSettings& wanted)
                    -> Result<std::shared_ptr<const meetings::Adapter>> {
        if (wanted.kind == meetings::Kind::kSimple) return meetings::make_adapter(wanted, world.entropy);
        return std::make_shared<LedgerAdapter>(
            wanted.kind, wanted.kind == meetings::Kind::kZoom ? "https://zoom.test" : "https://google.test");
    }};
    LedgerProvider zoom, google;
    const AppointmentId visit = world.visit(world.patient(), AppointmentKind::kVirtual);

    void SetUp() override {
        world.client.serve = [this](const net::ClientRequest& request) {
            const bool is_zoom = request.url.starts_with("https://zoom.test/");
            return (is_zoom ? zoom : google).serve(request.url.substr(request.url.rfind('/') + 1), request.body);
        };
        use(meetings::Kind::kGoogleMeet);
        use(meetings::Kind::kSimple, "https://meet.example");
        use(meetings::Kind::kZoom);
        world.run();
    }
    void use(meetings::Kind kind, std::string base_url = {}) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return world.settings.set_adapter(context, tx, {kind, base_url}, "test");
        });
        world.run();
    }
    void fall_back_to(std::vector<meetings::Kind> kinds) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return meeting_fallback::set_order(context, tx, kinds, "test");
        });
    }
    void confirm(AppointmentId id) {
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::confirm(context, tx, id, "test"); });
        world.run();
    }
    void confirm() { confirm(visit); }
    void cancel() {
        world.in(World::kMlimani,
                 [&](auto& context, auto& tx) { return appointments::cancel(context, tx, visit, "test"); });
        world.run();
    }
    void move(std::optional<std::string> host = {}) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return meeting_keeper::move(context, tx, visit, host, "test");
        });
        world.run();
    }
    meeting_keeper::Listed meeting() {
        return *world.in(World::kMlimani, [&](auto&, auto& tx) { return meeting_keeper::of_visit(tx, visit); });
    }
    // What stands behind the patient's link now; the clock may not have reached the visit.
    std::string door() {
        const Instant now = world.clock.at;
        world.clock.at = world.now(visit).starts_at;
        const auto opened = world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
            return open_door(context, tx, *world.vault, world.settings, appointments::join_link(World::kMlimani, visit, 0));
        });
        world.clock.at = now;
        return opened ? opened->url.reveal() : opened.error().message;
    }
    int64_t audited(const std::string& action) {
        int64_t count = 0;
        for (const auto& one : world.in(World::kMlimani, [&](auto&, auto& tx) { return clinics::audit::list(tx); })) {
            count += one.action == action;
        }
        return count;
    }
    // Hours pass in steps, as they do for a server.
    void pass_long(Duration time) {
        for (Duration gone{}; gone < time; gone += 5min) world.pass(5min);
    }
};

}  // namespace clinicpro::invoices::testing
