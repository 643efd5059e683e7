// doctor.cpp: what can be seen without asking anybody (see doctor.hpp).
#include "web/doctor.hpp"

#include <sys/statvfs.h>

#include <chrono>

#include "mpesa/c2b.hpp"
#include "mpesa/config.hpp"
#include "store/row_security.hpp"
#include "web/doctor_visit.hpp"

namespace clinicpro::web {
namespace {

using Level = Finding::Level;

constexpr int64_t kDiskLeast = 1LL << 30;        // a busy clinic writes some 100 MB a month
// Nobody waits longer than a minute: what comes late is left out, and what took that long must be put right first.
constexpr Duration kMeetingsBefore = 30s;
constexpr Duration kMessagesBefore = 45s;
constexpr auto kCommitSlow = std::chrono::milliseconds(250);  // callbacks wait for it

}  // namespace

std::string_view to_string(Finding::Level level) {
    switch (level) {
        case Level::kGood: return "good";
        case Level::kWarning: return "warning";
        case Level::kProblem: return "problem";
    }
    return "";
}

bool is_well(const std::vector<Finding>& findings) {
    return std::ranges::none_of(findings, [](const Finding& one) { return one.level == Level::kProblem; });
}

std::vector<Finding> Doctor::server() {
    std::vector<Finding> found;
    const auto say = [&](Level level, std::string about, std::string sentence) {
        found.push_back({level, std::move(about), std::move(sentence)});
    };
    const auto began = std::chrono::steady_clock::now();
    // A write that changes nothing: the commit is made and waited for all the same.
    const auto written = parts_.database.write([](store::Tx& tx) -> Result<> {
        TRY(tx.execute("UPDATE clinic_numbers SET last = last WHERE one = 1"));
        return {};
    });
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    if (!written) {
        say(Level::kProblem, "database", "The database cannot be written: " + written.error().message);
        return found;
    }
    const std::string speed = "A commit to the " + std::string(parts_.database.engine()) + " database took " + std::to_string(took.count()) + " ms.";
    if (took > kCommitSlow) {
        say(Level::kWarning, "database", speed + " That is slow; look at the disk, or at what else uses it.");
    } else {
        say(Level::kGood, "database", speed);
    }
    bool binds = true;
    const auto asked = parts_.database.read([&](store::Tx& tx) -> Result<> {
        TRY(binds, store::row_security_binds(tx));
        return {};
    });
    if (asked && !binds) {
        say(Level::kWarning, "isolation",
            "The database role is a superuser, so PostgreSQL's row-level security does not bind it. Give ClinicPro a role of its own.");
    }
    if (!parts_.database_folder.empty()) {
        struct statvfs disk{};
        if (::statvfs(parts_.database_folder.c_str(), &disk) == 0) {
            const int64_t free = int64_t(disk.f_bavail) * int64_t(disk.f_frsize);
            const std::string size = std::to_string(free >> 20) + " MiB are free beside the database.";
            say(free < kDiskLeast ? Level::kProblem : Level::kGood, "disk",
                free < kDiskLeast ? size + " Free at least 1 GiB: when the disk is full no payment can be taken." : size);
        }
    }
    if (!parts_.public_url.starts_with("https://")) {
        say(Level::kWarning, "address",
            "Patients' links begin with " + parts_.public_url + ", which is not https. Set public_url before patients use them.");
    } else {
        say(Level::kGood, "address", "Patients' links begin with " + parts_.public_url + ".");
    }
    return found;
}

std::vector<Finding> Doctor::daraja(ClinicId clinic) {
    Visit visit{.clinic = clinic};
    configuration(visit);
    if (visit.config) token(visit);
    if (visit.access) product(visit);
    return std::move(visit.found);
}

std::vector<Finding> Doctor::callbacks(ClinicId clinic) {
    Visit visit{.clinic = clinic};
    configuration(visit);
    if (!visit.config) return std::move(visit.found);
    visit.found.clear();
    callback_address(visit);
    return std::move(visit.found);
}

std::vector<Finding> Doctor::clinic(ClinicId clinic) {
    Visit visit{.clinic = clinic};
    const Instant began = parts_.clock.now();
    configuration(visit);
    if (visit.config) {
        token(visit);
        if (visit.access) product(visit);
        callback_address(visit);
        registration(visit);
    }
    if (parts_.clock.now() - began < kMeetingsBefore) {
        meetings(visit);
    } else {
        visit.say(Level::kWarning, "meetings", "Meetings were not tried, because M-Pesa took too long. Try again later.");
    }
    if (parts_.clock.now() - began < kMessagesBefore) {
        messages(visit);
    } else {
        visit.say(Level::kWarning, "messages", "SMS and mail were not tried, because the rest took too long. Try again later.");
    }
    waiting(visit);
    return std::move(visit.found);
}

void Doctor::configuration(Visit& visit) {
    const auto read = parts_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        auto config = mpesa::config::load(tx, parts_.mpesa.vault, false);
        if (!config && config.error().code == Code::kConfig) {
            visit.say(Level::kProblem, "configuration", "This clinic has no M-Pesa configuration yet.",
                      "Set it with `clinicpro mpesa set`.");
            return {};
        }
        if (!config) return std::unexpected(config.error());
        const auto problems = mpesa::problems(*config);
        for (const Error& problem : problems) visit.say(Level::kProblem, "configuration", problem.message);
        if (!config->active) {
            visit.say(Level::kProblem, "configuration", "M-Pesa is switched off for this clinic.",
                      "Switch it on with `clinicpro mpesa set --on`.");
        }
        if (problems.empty()) {
            visit.say(Level::kGood, "configuration",
                      "The configuration is complete: " + std::string(to_string(config->environment)) + ", " +
                          std::string(daraja::to_string(config->shortcode_kind)) + " " + config->shortcode + ", and its sealed keys open.");
            visit.config = *std::move(config);
        }
        return {};
    });
    if (!read) visit.say(Level::kProblem, "keys", "The clinic's secrets cannot be opened: " + read.error().message);
}

void Doctor::registration(Visit& visit) {
    std::optional<mpesa::Registration> standing;
    const auto read = parts_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        TRY(standing, mpesa::registration(tx));
        return {};
    });
    if (!read) return visit.say(Level::kProblem, "registration", read.error().message);
    const std::string advice = " Without it, payments made at the till or paybill itself are not told to us.";
    const std::string command = "Run `clinicpro mpesa register`.";
    const auto say = [&](Level level, std::string sentence, std::string how = {}) {
        visit.say(level, "registration", std::move(sentence), std::move(how));
    };
    if (!standing) return say(Level::kWarning, "The C2B addresses were never registered with Safaricom." + advice, command);
    if (standing->state == "asked") return say(Level::kWarning, "The registration is on its way. Look again in a minute.");
    if (standing->state == "failed") {
        return say(Level::kProblem, "The last registration failed: " + standing->response + advice, command);
    }
    if (standing->state == "already_registered") {
        return say(Level::kWarning,
                   "Safaricom says that addresses were registered before, and does not say which. If they are not these, have them "
                   "deleted in the M-Pesa portal (Self Services, URL Management) and register again.");
    }
    if (standing->generation != visit.config->callback_generation) {
        return say(Level::kWarning, "The addresses changed after they were registered; the old ones still work once." + advice, command);
    }
    visit.say(Level::kGood, "registration", "The C2B addresses were registered on " + to_eat_words(standing->at) + ".");
}

void Doctor::waiting(Visit& visit) {
    int64_t dead = 0, rejected = 0, open = 0, attention = 0;
    const auto read = parts_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        const auto count = [&](store::Sql sql, int64_t& into) -> Result<> {
            TRY(tx.each(sql, [&](const store::Row& row) { into = row.integer(0); }));
            return {};
        };
        TRY(count("SELECT COUNT(*) FROM jobs WHERE clinic_id = $1 AND state = 'dead'", dead));
        TRY(count("SELECT COUNT(*) FROM inbox WHERE clinic_id = $1 AND state = 'rejected'", rejected));
        TRY(count("SELECT COUNT(*) FROM unallocated WHERE clinic_id = $1 AND state = 'open'", open));
        TRY(count("SELECT COUNT(*) FROM transactions WHERE clinic_id = $1 AND attention IS NOT NULL", attention));
        return {};
    });
    if (!read) return visit.say(Level::kProblem, "waiting", read.error().message);
    if (dead + rejected + open + attention == 0) return visit.say(Level::kGood, "waiting", "Nothing waits for a person.");
    visit.say(Level::kWarning, "waiting",
              "For a person: " + std::to_string(attention) + " payments to look at, " + std::to_string(open) + " amounts that fit nowhere, " +
                  std::to_string(rejected) + " notices that could not be read, " + std::to_string(dead) + " jobs that stopped.");
}

}  // namespace clinicpro::web
