#include "storm/run.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "clinics/access.hpp"
#include "store/open.hpp"
#include "storm/checks.hpp"
#include "storm/fault_list.hpp"
#include "storm/instance.hpp"
#include "storm/memory_disk.hpp"
#include "storm/people.hpp"

namespace clinicpro::storm {
namespace {

constexpr std::string_view kColours[] = {"Amber", "Cobalt", "Jade", "Crimson", "Ivory", "Violet"};
constexpr int kLogPages = 250;  // a megabyte stays in the processor's cache; and many a log is copied in one run
constexpr uint64_t kWholeLogEvery = 8;  // such a seed keeps its whole log: no secret that ever stood there escapes the search
constexpr Duration kHealing = 3h;  // longer than anybody waits for anything: 30 min for a prompt, 10 more for a doubt
constexpr Duration kPlainVisit = 15min;
constexpr Duration kSettled = 20min;  // a clock that was ten minutes ahead has left leases that long; then all is well
constexpr int64_t kEventsMax = 400'000;  // a run has some thousands; beyond this something spins

template <class T>
T must(Result<T> result, const char* what) {
    if (!result)
        std::fprintf(stderr, "storm: %s: %s (%s)\n", what, result.error().message.c_str(),
                     result.error().detail.c_str());
    CHECK(result.has_value());
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

std::string faults_json(const Swarm& swarm) {
    FaultList faults;
    const auto add = [&faults](const Swarm::DarajaFault& fault, const std::string& path) {
        std::string more = "\"path\":\"" + path + "\"";
        if (fault.seconds >= 0) more += ",\"seconds\":" + std::to_string(fault.seconds);
        if (fault.name.starts_with("http_")) more += std::string(",\"stage\":\"") + (fault.after ? "after" : "before") + "\"";
        if (!fault.code.empty()) more += ",\"code\":\"" + fault.code + "\"";
        if (fault.name == "callback_wrong_amount" && fault.after) more += ",\"code\":\"less\"";
        faults.add(fault.name, fault.probability, more);
    };
    for (const auto& fault : swarm.daraja) {
        const bool refuses =
            fault.name == "http_busy" || fault.name == "http_429_fault" || fault.name == "http_403_html";
        if (!refuses || !fault.after) {
            add(fault, "");
            continue;
        }
        // Each of these says for certain that nothing was begun. Daraja is made to lie so about prompts, whose money
        // comes with a receipt; nobody could tell such a lie about money that leaves from the truth.
        for (const char* const path : {"/oauth/", "/mpesa/stkpush", "/mpesa/c2b/", "/mpesa/transactionstatus/"}) {
            add(fault, path);
        }
        auto before = fault;
        before.after = false;
        for (const char* const path : {"/mpesa/reversal/", "/mpesa/b2c/"}) add(before, path);
    }
    return faults.to_json();
}

sandbox::Merchant draw_merchant(Dice& dice, int number, std::string_view colour) {
    sandbox::Merchant m;
    m.name = std::string(colour) + " Clinic";
    m.shortcode = std::to_string(600100 + number);
    if (dice.chance(0.25)) m.till = std::to_string(5200100 + number);
    m.consumer_key = std::string(colour) + "Key" + dice.pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 16);
    m.consumer_secret = Secret<>(std::string(colour) + "Secret" + dice.pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 12));
    m.passkey = Secret<>(std::string(colour) + "Passkey" + dice.pick("abcdef0123456789", 40));
    m.validation = dice.chance(0.5);
    m.initiator_password = Secret<>(std::string(colour) + "Initiator#1");
    return m;
}

// The other side, and the clinics as they are known to it.
void make_hosts(World& world) {
    const Swarm& swarm = world.swarm;
    const int clinics = swarm.clinics - world.options.clinics_left_out;
    for (int i = 0; i < clinics; ++i) {
        const auto own = [&](std::string_view name) {
            return stream(swarm.seed, std::string(name) + std::to_string(i));
        };
        auto tenant = std::make_unique<Tenant>(Tenant{.dice = own("people"), .cable = own("outside")});
        tenant->number = i + 1;
        tenant->colour = kColours[size_t(i)];
        const auto made_twice = [&world, t = tenant.get()] {
            world.breaks(6, "a second meeting was made for a visit of " + t->colour + " while the first one lives");
        };
        tenant->rooms = make_rooms(own("zoom"), world.swarm, world.faults_on, own("rooms"), made_twice);
        tenant->sms = std::make_unique<SmsGate>(world.swarm, world.faults_on, own("sms"));
        const auto said = [&world, t = tenant.get()](const auto& what) { world.breaks(13, "a webhook of " + t->colour + " " + what); };
        tenant->ear = std::make_unique<Ear>(world.swarm, world.faults_on, own("ear"), said);
        Dice setup = stream(swarm.seed, "setup" + std::to_string(i));
        tenant->merchant = draw_merchant(setup, i + 1, tenant->colour);
        tenant->v1 = setup.chance(0.3);
        static constexpr std::string_view kPolicies[] = {"accept_all", "known_account", "exact_amount"};
        tenant->policy = kPolicies[size_t(setup.between(0, 2))];
        tenant->secrets = {tenant->merchant.consumer_secret.reveal(), tenant->merchant.passkey.reveal(),
                           tenant->merchant.consumer_key, tenant->merchant.initiator_password.reveal(),
                           tenant->colour + "RoomsSecret"};
        world.tenants.push_back(std::move(tenant));
    }
    const int hosts = swarm.shared_world ? 1 : clinics;
    if (swarm.shared_world) SOMETIMES(kSharedWorld);
    for (int h = 0; h < hosts; ++h) {
        sandbox::Config config;
        config.switches = swarm.switches;
        config.timing = swarm.slow_world ? sandbox::realistic_timing() : sandbox::quick_timing();
        for (auto& tenant : world.tenants) {
            if (swarm.shared_world || tenant->number == h + 1) config.merchants.push_back(tenant->merchant);
        }
        auto host = std::make_unique<Host>(Host{.name = "daraja" + std::to_string(h + 1) + ".example",
                                                .daraja = std::make_unique<sandbox::Daraja>(
                                                    config, stream(swarm.seed, "daraja" + std::to_string(h)).next()),
                                                .dice = stream(swarm.seed, "cable" + std::to_string(h))});
        const auto faults = json::Document::parse(faults_json(swarm));
        must(host->daraja->world().faults.replace(faults->root()), "faults");
        for (auto& tenant : world.tenants) {
            if (swarm.shared_world || tenant->number == h + 1) tenant->host = host.get();
        }
        world.hosts.push_back(std::move(host));
    }
}

// The clinics as the operator sets them up, on a quiet day.
void make_clinics(World& world) {
    Dice setup = stream(world.swarm.seed, "operator");
    const SeededEntropy::Lend lent(world.entropy, setup);
    const std::string older = crypto::Keyring::make_master_key(world.entropy);
    const std::string newer = crypto::Keyring::make_master_key(world.entropy);
    world.master_key =
        Secret<>(newer + " " + older);  // every key is wrapped with the older one: there is something to rotate
    auto vault =
        must(clinics::Vault::open(*world.database, must(crypto::Keyring::parse(Secret<>(older)), "key"), world.entropy),
             "vault");
    world.links = std::make_unique<clinics::LinkSigner>(vault->system());
    IdMaker ids(world.clock, 255);
    must(world.database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kSystem);
        jobs::QueueContext context(ids, world.clock.now());
        TRY(const auto key,
            clinics::create_key(tx, {clinics::Role::kOperator, "storm"}, ids, world.entropy, world.clock.now()));
        world.operator_key = key.text.reveal();
        invoices::MeetingSettings settings(*vault, world.entropy);
        return settings.set_adapter(context, tx, {meetings::Kind::kSimple, "https://rooms.example"}, "storm");
    }),
         "operator");
    for (auto& tenant : world.tenants) {
        Dice own = stream(world.swarm.seed, "clinic" + std::to_string(tenant->number));
        const SeededEntropy::Lend to_clinic(world.entropy, own);
        std::string slug = tenant->colour;
        slug[0] = char(slug[0] + 32);
        const auto made = must(
            clinics::create(*world.database, *vault, {slug, tenant->colour + " Clinic"}, world.clock.now()), "clinic");
        tenant->id = made.id;
        must(world.database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, tenant->id);
            for (std::string* key : {&tenant->key, &tenant->second_key}) {
                TRY(const auto made_key,
                    clinics::create_key(tx, {clinics::Role::kAdmin, "desk"}, ids, world.entropy, world.clock.now()));
                *key = made_key.text.reveal();
            }
            return {};
        }),
             "key");
        tenant->secrets.push_back(tenant->key);
        tenant->secrets.push_back(tenant->second_key);
    }
}

void plan_trouble(World& world) {
    const Swarm& s = world.swarm;
    Dice& dice = world.process;
    const auto some_time = [&] { return dice.between(Duration(30s), s.length); };
    const auto some_server = [&] { return size_t(dice.between(0, s.instances - 1)); };
    for (int i = 0; i < s.crashes; ++i) {
        world.after(some_time(), [&world, index = some_server()] { crash(world, index, "suddenly"); });
    }
    for (int i = 0; i < s.stalls; ++i) {
        const Duration length = dice.between(Duration(5s), Duration(6min));
        world.after(some_time(), [&world, index = some_server(), length] {
            if (!world.servers[index]) return;
            if (length > Duration(90s)) SOMETIMES(kStalled);
            world.servers[index]->stall(length);
        });
    }
    for (int i = 0; i < s.clock_jumps; ++i) {
        const bool back = dice.chance(0.5);
        const Duration jump = dice.between(Duration(100ms), Duration(10min));
        world.after(some_time(), [&world, index = some_server(), back, jump] {
            if (!world.servers[index]) return;
            back ? SOMETIMES(kClockBack) : SOMETIMES(kClockForward);
            world.servers[index]->clock.offset = back ? -jump : jump;
            world.servers[index]->wake();
            world.say(0, "the clock of server " + std::to_string(index) + " jumps");
        });
    }
}

// Moves time from event to event, up to `until`. False when a run of this kind has too many events.
bool move_time(World& world, Instant until, int64_t events_max) {
    for (;;) {
        if (events_max >= 0 && world.ran >= events_max) return true;
        if (world.ran > kEventsMax) return false;
        std::optional<Instant> next = world.events.next_due();
        for (auto& host : world.hosts) {
            const auto due = host->daraja->next_due();
            if (due && (!next || *due < *next)) next = due;
        }
        if (!next || *next > until) {
            world.clock.set(until);
            return true;
        }
        world.clock.set(*next);
        for (auto& host : world.hosts) host->daraja->advance(world.clock.now());
        deliver_due(world);
        world.events.run(world.clock.now());
    }
}

// Whatever was suspended or switched off, and whoever was late in doing so.
void open_for_business(World& world) {
    for (auto& tenant : world.tenants) {
        act(world, *tenant,
            {"PUT", "/v1/clinics/" + std::to_string(tenant->id.value) + "/status", "{\"status\":\"active\"}", true},
            [&world, t = tenant.get()](const net::Response&, json::View) {
                act(world, *t, {"PUT", "/mpesa", mpesa_body(*t, true, true)});
                if (t->uses_rooms) choose_rooms(world, *t);
            });
    }
}

void heal(World& world) {
    world.faults_on = false;
    world.say(0, "the storm is over");
    for (auto& host : world.hosts) {
        host->daraja->world().faults.clear();
        host->daraja->oauth().kill_all();  // a token that was refused must be replaced, not outwaited
    }
    for (size_t i = 0; i < world.servers.size(); ++i) {
        if (world.servers[i] && !world.servers[i]->is_dead()) {
            world.servers[i]->clock.offset = {};
            world.servers[i]->stall(Duration(0));
            world.servers[i]->wake();
        }
    }
    open_for_business(world);
    world.after(kSettled, [&world] {
        open_for_business(world);  // somebody's repeated wish to suspend may have come after the first time
        for (auto& tenant : world.tenants) {
            plain_visit(world, *tenant);
            if (world.swarm.refunds > 0) plain_refund(world, *tenant);
        }
    });
}

}  // namespace

WorkFolder::WorkFolder() {
    path_ = std::filesystem::temp_directory_path() / "clinicpro-storm.XXXXXX";
    CHECK(::mkdtemp(path_.data()) != nullptr);
    path_ = std::filesystem::canonical(path_);  // as SQLite names its files
    memory_disk::install();
}

WorkFolder::~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<Workshop>> Workshop::create(std::string folder) {
    std::error_code failed;
    std::filesystem::create_directory(folder, failed);
    if (failed) return fail(Code::kUnavailable, "No folder could be made for the storm's database.");
    std::unique_ptr<Workshop> made(new Workshop(std::move(folder)));
    {
        log::configure(log::Level::kWarn, false);
        TRY(auto database,
            store::open({.url = "sqlite:" + made->database_path(), .readers = 1, .in_caller = true, .durable = false}));
        TRY(store::migrate(*database));
    }
    made->empty_ = memory_disk::bytes_of(made->database_path());
    CHECK(!made->empty_.empty());
    return made;
}

void Workshop::fresh_database() const {
    memory_disk::put(database_path(), empty_);
}

Report run(const Workshop& workshop, const RunOptions& options) {
    World world(options, draw_swarm(options.seed));
    if (options.print) std::printf("%s\n", to_text(world.swarm).c_str());
    workshop.fresh_database();
    world.database = must(
        store::open({.url = "sqlite:" + workshop.database_path(),
                     .readers = 1,
                     .in_caller = true,
                     .durable = false,
                     .log_pages = options.seed % kWholeLogEvery == 1 ? store::OpenOptions{}.log_pages : kLogPages}),
        "database");
    log::configure(log::Level::kInfo, false);
    log::capture([&world](std::string_view line) {
        if (line.find(" job.fenced") != std::string_view::npos) SOMETIMES(kFenced);
        if (world.options.print && line.find(" info api.request") == std::string_view::npos) {
            std::printf("                    log %.*s\n", int(line.size()), line.data());
        }
        world.log += line;
        world.log += '\n';
    });
    make_hosts(world);
    make_clinics(world);
    must(prepare(options.plant, *world.database), "plant");

    world.servers.resize(size_t(world.swarm.instances));
    if (world.swarm.instances > 1) SOMETIMES(kTwoInstances);
    world.faults_on = false;  // set up on a quiet day
    for (size_t i = 0; i < world.servers.size(); ++i) start_server(world, i);
    for (auto& tenant : world.tenants) {
        act(world, *tenant, {"PUT", "/mpesa", mpesa_body(*tenant, true, true)});
        if (world.swarm.rooms) choose_rooms(world, *tenant);
        if (world.swarm.hooks) listen(world, *tenant);
    }
    world.faults_on = true;
    for (auto& tenant : world.tenants) plan_people(world, *tenant);
    plan_operator(world);
    plan_trouble(world);

    bool ended = move_time(world, kDawn + world.swarm.length, options.events_max);
    Report report;
    report.events = world.ran;
    heal(world);
    ended = ended && move_time(world, world.clock.now() + kHealing, -1);
    open_for_business(world);
    for (auto& tenant : world.tenants) plain_visit(world, *tenant);
    ended = ended && move_time(world, world.clock.now() + kPlainVisit, -1);
    // A reminder may fall due in the last second: it is given the time to leave.
    for (int i = 0; ended && i < 6 && is_at_work(world); ++i) {
        wake_all(world);  // as their poll: what was only written down is told, too
        ended = move_time(world, world.clock.now() + 10s, -1);
    }
    if (!ended) world.breaks(4, "the run does not come to an end: something spins");
    auto vault = must(
        clinics::Vault::open(*world.database, must(crypto::Keyring::parse(world.master_key), "key"), world.entropy),
        "vault");
    check(world, workshop.database_path(), *vault);
    for (auto& server : world.servers) server.reset();
    log::capture(nullptr);

    report.broken = std::move(world.broken);
    report.hash = world.trace.hash();
    report.last = world.trace.last();
    if (options.keep_lines) {
        for (const auto& tenant : world.tenants) report.lines.push_back(world.trace.of(tenant->number));
    }
    return report;
}

int64_t shorten(const Workshop& workshop, RunOptions options, int64_t events) {
    int64_t good = 0, bad = events;
    options.print = false;
    while (bad - good > 1) {
        options.events_max = (good + bad) / 2;
        (run(workshop, options).ok() ? good : bad) = options.events_max;
    }
    return bad;
}

std::optional<std::string> interference(const Workshop& workshop, RunOptions options) {
    options.keep_lines = true;
    options.print = false;
    const Report with = run(workshop, options);
    options.clinics_left_out = 1;
    const Report without = run(workshop, options);
    for (size_t c = 0; c < without.lines.size(); ++c) {
        const auto& a = with.lines[c];
        const auto& b = without.lines[c];
        for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
            const std::string left = i < a.size() ? a[i] : "(nothing)";
            const std::string right = i < b.size() ? b[i] : "(nothing)";
            if (left != right) return "with the last clinic: " + left + "\n  without:              " + right;
        }
    }
    return std::nullopt;
}

}  // namespace clinicpro::storm
