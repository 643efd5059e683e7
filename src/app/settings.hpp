// settings.hpp: what the operator decides, from the environment and a TOML file.
//
// One table in settings.cpp names every setting; the environment wins over the file; an unknown name is an error, because a
// setting with a typing mistake would otherwise be silently off. Secrets are shown as "(set)". Tested by app/settings_test.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace clinicpro::app {

struct Settings {
    std::string database = "sqlite:clinicpro.db";
    Secret<> master_key;          // or ...
    std::string master_key_file;  // ... the file that holds it
    std::string listen = "127.0.0.1:8080";
    std::string public_url = "http://127.0.0.1:8080";
    int io_threads = 1;
    int api_threads = 8;
    std::string log_level = "info";
    std::string log_format = "text";
    std::vector<std::string> trusted_proxies;
    int drain_seconds = 20;
    bool benchmark_routes = false;
    bool webhook_private_addresses = false;

    std::string listen_address() const;
    uint16_t listen_port() const;
    // Of an SQLite file; empty for a database elsewhere.
    std::string database_folder() const;

    // `environment` holds the process's variables; only those that start with CLINICPRO_ are looked at. `file` is the TOML
    // file's path; empty: none. Error kConfig naming the setting.
    static Result<Settings> load(const std::map<std::string, std::string>& environment, const std::string& file);
    // The key text: from the setting or its file. Error kConfig that says how to make one; never a default.
    Result<Secret<>> master_key_text() const;
    // One line per setting: name, value (secrets redacted), what it is.
    std::string describe() const;
};

std::map<std::string, std::string> process_environment();

}  // namespace clinicpro::app
