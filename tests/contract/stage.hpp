// stage.hpp: a clinic whose meetings are made by one of the providers, and the sandbox as the other side, in one process
// on one clock. What the sandbox's own lists hold is the truth.
#pragma once

#include "base/text.hpp"
#include "sandbox/control.hpp"
#include "sandbox/daraja.hpp"
#include "tests/invoices/world.hpp"

namespace clinicpro::contract {

using invoices::testing::World;
namespace meeting_keeper = invoices::meeting_keeper;

inline constexpr const char* kProviders[] = {"simple", "jitsi", "google", "zoom"};
inline const std::string kHost = "127.0.0.1:9200";
inline const std::string kUrl = "http://" + kHost;

class Stage {
public:
    World world;
    sandbox::Daraja other{sandbox::default_config(), 11};
    sandbox::Control control{other};
    const AppointmentId visit;

    explicit Stage(const std::string& provider)
        : visit(world.visit(world.patient(), invoices::AppointmentKind::kVirtual)) {
        world.client.serve = [this](const net::ClientRequest& request) { return exchange(request); };
        use(provider);
    }

    void use(const std::string& provider) {
        provider_ = provider;
        world.in(World::kMlimani, [&](auto& context, auto& tx) {
            return world.settings.set_adapter(context, tx, settings_of(provider), "test");
        });
        world.run();
    }
    bool is_remote() const { return provider_ == "google" || provider_ == "zoom"; }
    // The part of the other side that a fault is for.
    std::string path() const { return provider_ == "google" ? "/google/calendar/" : "/zoom/v2/"; }

    void steer(const std::string& method, const std::string& path, const std::string& body) {
        net::Request request;
        request.method = method;
        request.path = "/_sandbox/" + path;
        request.headers = {{"Host", kHost}};
        request.body = body;
        const net::Response answer = control.handle(request, world.clock.at);
        ASSERT_LT(answer.status, 300) << path << " " << body << ": " << answer.body;
    }
    // A fault at this provider's meetings, by the sandbox's name.
    void fault(const std::string& name, int count, const std::string& more = {}) {
        steer("POST", "faults",
              R"([{"name":")" + name + R"(","count":)" + std::to_string(count) + R"(,"path":")" + path() + "\"" + more +
                  "}]");
    }
    void heal() { steer("DELETE", "faults", ""); }

    template <class Act>
    void act(Act change) {
        world.in(World::kMlimani, [&](auto& context, auto& tx) { return change(context, tx); });
        world.run();
    }
    void confirm() {
        act([&](auto& context, auto& tx) { return invoices::appointments::confirm(context, tx, visit, "test"); });
    }
    void cancel() {
        act([&](auto& context, auto& tx) { return invoices::appointments::cancel(context, tx, visit, "test"); });
    }
    void reschedule(Duration by) {
        const auto before = world.now(visit);
        act([&](auto& context, auto& tx) {
            return invoices::appointments::reschedule(context, tx, visit, before.starts_at + by, before.ends_at + by,
                                                      "test");
        });
    }
    void move() {
        act([&](auto& context, auto& tx) { return meeting_keeper::move(context, tx, visit, {}, "test"); });
    }
    void keep_again() {
        act([&](auto& context, auto& tx) {
            return context.enqueue(tx, {World::kMlimani, std::string(invoices::kKeepMeetingJob), visit.value,
                                        context.now()});
        });
    }
    void pass(Duration time) {
        const Duration step = time > 1h ? 5min : 1min;
        for (Duration gone{}; gone < time; gone += step) world.pass(step);
    }

    meeting_keeper::Listed meeting() {
        return *world.in(World::kMlimani, [&](auto&, auto& tx) { return meeting_keeper::of_visit(tx, visit); });
    }
    // What stands behind the patient's link when the visit begins.
    std::string door() {
        const Instant now = world.clock.at;
        world.clock.at = world.now(visit).starts_at;
        const auto opened = world.attempt(World::kMlimani, [&](auto& context, auto& tx) {
            return invoices::open_door(context, tx, *world.vault, world.settings,
                                       invoices::appointments::join_link(World::kMlimani, visit, 0));
        });
        world.clock.at = now;
        return opened ? opened->url.reveal() : "closed: " + opened.error().message;
    }
    struct Live {
        std::string handle;  // stands in the link
        Instant start;
    };
    // In the provider's own list; for rooms that nobody lists, in ours.
    std::vector<Live> live() {
        std::vector<Live> all;
        for (const auto& [id, one] : other.zoom().meetings()) {
            if (!one.deleted) all.push_back({std::to_string(id), one.start});
        }
        for (const auto& [place, event] : other.google().state().events) {
            if (sandbox::Google::is_live(event)) all.push_back({event.code, event.start});
        }
        world.in(World::kMlimani, [&](auto&, auto& tx) {
            return tx.each(
                "SELECT provider_id, starts_at FROM meetings WHERE clinic_id = $1 AND provider = 'simple' "
                "AND state = 'ready'",
                [&](const store::Row& row) { all.push_back({row.string(0), row.instant(1)}); });
        });
        return all;
    }
    // The promise: one live meeting in the world, at the visit's time, behind the patient's link.
    void expect_exactly_one(const std::string& when) {
        const auto all = live();
        ASSERT_EQ(all.size(), 1u) << when << ", " << provider_;
        EXPECT_EQ(meeting().state, "ready") << when << ": " << meeting().note;
        EXPECT_EQ(all[0].start, world.now(visit).starts_at) << when;
        EXPECT_NE(door().find(all[0].handle), std::string::npos) << when << ": " << door() << " " << all[0].handle;
    }
    void expect_none(const std::string& when) {
        EXPECT_EQ(live().size(), 0u) << when << ", " << provider_;
        EXPECT_EQ(world.meetings(), 0) << when;
    }

private:
    static meetings::ProviderSettings settings_of(const std::string& provider) {
        using meetings::Kind;
        if (provider == "zoom") {
            return {.kind = Kind::kZoom,
                    .plain = {{"account_id", "sandbox-account"},
                              {"client_id", "sandbox-zoom-client"},
                              {"host", "doctor@clinic.example"},
                              {"token_url", kUrl + "/zoom/oauth/token"},
                              {"api_url", kUrl + "/zoom"}},
                    .secrets = {{"client_secret", Secret<>("sandbox-zoom-secret")}}};
        }
        if (provider == "google") {
            json::Writer key;
            sandbox::write_google_robot(key, kUrl);
            return {.kind = Kind::kGoogleMeet,
                    .plain = {{"subject", "dr.wanjiku@mlimani.example"},
                              {"calendar_url", kUrl + "/google/calendar/v3"},
                              {"meet_url", kUrl + "/google/meet"},
                              {"token_url", kUrl + "/google/token"}},
                    .secrets = {{"service_account", Secret<>(key.take())}}};
        }
        if (provider == "jitsi") {
            return {.kind = Kind::kSimple,
                    .base_url = "https://meet.clinic.example",
                    .plain = {{"app_id", "clinic"}},
                    .secrets = {{"app_secret", Secret<>(std::string(32, 's'))}}};
        }
        return {.kind = Kind::kSimple, .base_url = "https://rooms.clinic.example"};
    }
    net::Outcome exchange(const net::ClientRequest& asked) {
        net::Request request;
        request.method = asked.method;
        EXPECT_TRUE(asked.url.starts_with(kUrl)) << asked.url;
        const std::string target = asked.url.substr(kUrl.size());
        const size_t mark = target.find('?');
        request.path = text::percent_decode(target.substr(0, mark)).value();
        if (mark != target.npos) request.query = target.substr(mark + 1);
        request.headers = asked.headers;
        request.headers.emplace_back("Host", kHost);
        request.body = asked.body;
        sandbox::Answer answer = other.handle(request, world.clock.at);
        if (answer.response.status == 0) return net::Unknown{"cut"};
        return std::move(answer.response);
    }
    std::string provider_;
};

}  // namespace clinicpro::contract
