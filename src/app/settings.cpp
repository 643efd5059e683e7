#include "app/settings.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <toml++/toml.h>

#include "base/text.hpp"

extern char** environ;

namespace clinicpro::app {
namespace {

std::unexpected<Error> wrong(std::string_view name, std::string_view wanted) {
    return fail(Code::kConfig, "The setting \"" + std::string(name) + "\" must be " + std::string(wanted) + ".",
                std::string(name));
}

Result<int> number(std::string_view name, std::string_view text, int least, int most) {
    int value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size() || value < least || value > most) {
        return wrong(name, "a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
}

struct Row {
    std::string_view name;
    std::string_view help;
    Result<> (*set)(Settings&, const Row&, std::string_view);
    std::string (*show)(const Settings&);
};

constexpr int kThreadsMax = 64;

// Every setting there is. CLINICPRO_ + upper case is its name in the environment.
const Row kRows[] = {
    {"database", "sqlite:PATH, or postgresql://user:password@host/name",
     [](Settings& s, const Row&, std::string_view v) -> Result<> { s.database = v; return {}; },
     [](const Settings& s) {
         // A password in the URL is not shown.
         const size_t at = s.database.rfind('@'), scheme = s.database.find("://");
         if (at == std::string::npos || scheme == std::string::npos || at < scheme) return s.database;
         return s.database.substr(0, scheme + 3) + "(hidden)" + s.database.substr(at);
     }},
    {"master_key", "opens the sealed secrets; make one with `clinicpro key master`",
     [](Settings& s, const Row&, std::string_view v) -> Result<> { s.master_key = Secret(std::string(v)); return {}; },
     [](const Settings& s) { return std::string(s.master_key.empty() ? "" : "(set)"); }},
    {"master_key_file", "a file that holds the master key, readable by this user only",
     [](Settings& s, const Row&, std::string_view v) -> Result<> { s.master_key_file = v; return {}; },
     [](const Settings& s) { return s.master_key_file; }},
    {"listen", "address and port to serve on; port 0 takes a free one",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> {
         const size_t colon = v.rfind(':');
         if (colon == std::string_view::npos || colon == 0) return wrong(row.name, "ADDRESS:PORT, such as 127.0.0.1:8080");
         TRY(number(row.name, v.substr(colon + 1), 0, 65535));
         s.listen = v;
         return {};
     },
     [](const Settings& s) { return s.listen; }},
    {"public_url", "how patients reach this server, such as https://pay.clinic.example",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> {
         if (!(v.starts_with("https://") || v.starts_with("http://")) || v.ends_with('/')) {
             return wrong(row.name, "an http or https address without a slash at the end");
         }
         s.public_url = v;
         return {};
     },
     [](const Settings& s) { return s.public_url; }},
    {"io_threads", "threads that serve connections",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> { TRY(s.io_threads, number(row.name, v, 1, kThreadsMax)); return {}; },
     [](const Settings& s) { return std::to_string(s.io_threads); }},
    {"api_threads", "threads that answer API requests",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> { TRY(s.api_threads, number(row.name, v, 1, kThreadsMax)); return {}; },
     [](const Settings& s) { return std::to_string(s.api_threads); }},
    {"log_level", "debug, info, warn, error or off",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> {
         for (const auto one : {"debug", "info", "warn", "error", "off"}) {
             if (v == one) { s.log_level = v; return {}; }
         }
         return wrong(row.name, "debug, info, warn, error or off");
     },
     [](const Settings& s) { return s.log_level; }},
    {"log_format", "text or json",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> {
         if (v != "text" && v != "json") return wrong(row.name, "text or json");
         s.log_format = v;
         return {};
     },
     [](const Settings& s) { return s.log_format; }},
    {"trusted_proxies", "addresses, separated by commas, whose X-Forwarded-For is believed",
     [](Settings& s, const Row&, std::string_view v) -> Result<> {
         s.trusted_proxies.clear();
         for (const std::string_view one : text::split(v, ',')) {
             if (!text::trim(one).empty()) s.trusted_proxies.emplace_back(text::trim(one));
         }
         return {};
     },
     [](const Settings& s) {
         std::string all;
         for (const std::string& one : s.trusted_proxies) all += (all.empty() ? "" : ",") + one;
         return all;
     }},
    {"drain_seconds", "how long a stopping server lets running work finish",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> { TRY(s.drain_seconds, number(row.name, v, 0, 600)); return {}; },
     [](const Settings& s) { return std::to_string(s.drain_seconds); }},
    {"benchmark_routes", "true adds a route that does nothing, for measuring",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> {
         if (v != "true" && v != "false") return wrong(row.name, "true or false");
         s.benchmark_routes = v == "true";
         return {};
     },
     [](const Settings& s) { return std::string(s.benchmark_routes ? "true" : "false"); }},
    {"webhook_private_addresses", "true lets webhooks reach this machine and private networks; for development",
     [](Settings& s, const Row& row, std::string_view v) -> Result<> {
         if (v != "true" && v != "false") return wrong(row.name, "true or false");
         s.webhook_private_addresses = v == "true";
         return {};
     },
     [](const Settings& s) { return std::string(s.webhook_private_addresses ? "true" : "false"); }},
};

const Row* find_row(std::string_view name) {
    for (const Row& row : kRows) {
        if (row.name == name) return &row;
    }
    return nullptr;
}

std::string known_names() {
    std::string all;
    for (const Row& row : kRows) all += (all.empty() ? "" : ", ") + std::string(row.name);
    return all;
}

Result<> read_file(Settings& settings, const std::string& path) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        std::ostringstream where;
        where << error.source().begin;
        return fail(Code::kConfig, "The settings file " + path + " cannot be read (" + where.str() + "): " +
                                       std::string(error.description()) + ".");
    }
    for (const auto& [key, value] : table) {
        const Row* row = find_row(key.str());
        if (row == nullptr) {
            return fail(Code::kConfig, "The settings file has an unknown setting \"" + std::string(key.str()) +
                                           "\". Known are: " + known_names() + ".", std::string(key.str()));
        }
        std::string text;
        if (const auto* s = value.as_string()) {
            text = s->get();
        } else if (const auto* n = value.as_integer()) {
            text = std::to_string(n->get());
        } else if (const auto* b = value.as_boolean()) {
            text = b->get() ? "true" : "false";
        } else if (const auto* list = value.as_array()) {
            for (const auto& item : *list) {
                const auto* word = item.as_string();
                if (word == nullptr) return wrong(row->name, "a list of texts");
                text += (text.empty() ? "" : ",") + word->get();
            }
        } else {
            return wrong(row->name, "a text, a number, true or false, or a list of texts");
        }
        TRY(row->set(settings, *row, text));
    }
    return {};
}

}  // namespace

std::string Settings::listen_address() const { return listen.substr(0, listen.rfind(':')); }
std::string Settings::database_folder() const {
    constexpr std::string_view kSqlite = "sqlite:";
    if (!database.starts_with(kSqlite)) return {};
    return std::filesystem::absolute(database.substr(kSqlite.size())).parent_path().string();
}

uint16_t Settings::listen_port() const { return uint16_t(std::stoi(listen.substr(listen.rfind(':') + 1))); }

Result<Settings> Settings::load(const std::map<std::string, std::string>& environment, const std::string& file) {
    Settings settings;
    if (!file.empty()) TRY(read_file(settings, file));
    constexpr std::string_view kPrefix = "CLINICPRO_";
    for (const auto& [name, value] : environment) {
        if (!name.starts_with(kPrefix)) continue;
        const Row* row = find_row(text::lower(name.substr(kPrefix.size())));
        if (row == nullptr) {
            return fail(Code::kConfig, "The environment has an unknown setting " + name + ". Known are: " + known_names() +
                                           ", each as CLINICPRO_ and its name in upper case.", name);
        }
        TRY(row->set(settings, *row, value));
    }
    return settings;
}

Result<Secret<>> Settings::master_key_text() const {
    if (!master_key.empty()) return master_key;
    if (master_key_file.empty()) {
        return fail(Code::kConfig,
                    "There is no master key, so secrets cannot be sealed or opened. Make one with `clinicpro key master`, "
                    "keep it safe, and give it as CLINICPRO_MASTER_KEY or CLINICPRO_MASTER_KEY_FILE.");
    }
    std::ifstream in(master_key_file);
    std::stringstream content;
    if (!in || !(content << in.rdbuf())) {
        return fail(Code::kConfig, "The master key file " + master_key_file + " is missing, empty or unreadable for this user.");
    }
    std::error_code error;
    const auto mode = std::filesystem::status(master_key_file, error).permissions();
    using std::filesystem::perms;
    if (!error && (mode & (perms::group_read | perms::others_read)) != perms::none) {
        return fail(Code::kConfig, "Other users can read the master key file " + master_key_file +
                                       ". Run `chmod 600` on it and start again.");
    }
    return Secret<>(std::string(text::trim(content.str())));
}

std::string Settings::describe() const {
    std::string out;
    for (const Row& row : kRows) {
        const std::string value = row.show(*this);
        out += std::string(row.name) + " = " + (value.empty() ? "(not set)" : value) + "\n    " + std::string(row.help) + "\n";
    }
    return out;
}

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> all;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string_view entry(*one);
        if (const size_t equals = entry.find('='); equals != std::string_view::npos) {
            all.emplace(entry.substr(0, equals), entry.substr(equals + 1));
        }
    }
    return all;
}

}  // namespace clinicpro::app
