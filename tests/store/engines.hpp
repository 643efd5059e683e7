// engines.hpp: both engines for tests: a temporary SQLite file, or a schema of its own on a private PostgreSQL server.
//
// The server is started by tests/postgres.sh when a test first asks for it, and stopped when the process ends. A
// machine without PostgreSQL makes these tests fail, not vanish.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "store/open.hpp"

namespace clinicpro::testing {

inline Result<std::string> run_script(const std::string& arguments) {
    const std::string command = "bash " CLINICPRO_SOURCE_DIR "/tests/postgres.sh " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return fail(Code::kUnavailable, "cannot run " + command);
    std::string output;
    std::array<char, 512> chunk;
    while (size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) output.append(chunk.data(), got);
    const int status = ::pclose(pipe);
    while (!output.empty() && output.back() == '\n') output.pop_back();
    if (status != 0) return fail(Code::kUnavailable, "tests/postgres.sh " + arguments + " failed: " + output);
    return output;
}

// One server per process.
class PostgresServer {
public:
    static PostgresServer& shared() {
        static PostgresServer server;
        return server;
    }
    ~PostgresServer() {
        if (started_) (void)run_script("stop " + folder_.string());
    }
    // Error when it cannot run here.
    Result<std::string> url() {
        if (!started_) {
            TRY(url_, run_script("start " + folder_.string() + " " + std::to_string(::getpid())));
            started_ = true;
        }
        return url_;
    }
    Result<std::string> tcp_url() { return run_script("tcp " + folder_.string()); }
    // As a power cut would: no checkpoint, no farewell to clients.
    Result<std::string> crash() { return run_script("crash " + folder_.string()); }
    Result<std::string> restart() { return run_script("start " + folder_.string()); }

private:
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("clinicpro-pg-" + std::to_string(::getpid()));
    std::string url_;
    bool started_ = false;
};

// An empty database of one engine; gone when this goes.
class EngineUnderTest {
public:
    explicit EngineUnderTest(std::string engine) : engine_(std::move(engine)) {
        static std::atomic<int> counter = 0;
        const std::string name = "t" + std::to_string(::getpid()) + "_" + std::to_string(++counter);
        if (engine_ == "sqlite") {
            folder_ = std::filesystem::temp_directory_path() / ("clinicpro-" + name);
            std::filesystem::create_directories(folder_);
            url_ = "sqlite:" + (folder_ / "test.db").string();
            return;
        }
        auto server = PostgresServer::shared().url();
        if (!server) {
            ADD_FAILURE() << server.error().message;
            return;
        }
        store::OpenOptions options;
        options.url = *server;
        options.readers = options.writers = 1;
        auto admin = store::open(options);
        if (!admin) {
            ADD_FAILURE() << admin.error().message << " " << admin.error().detail;
            return;
        }
        auto made = (*admin)->write([&](store::Tx& tx) { return tx.script("CREATE SCHEMA " + name); });
        if (!made) ADD_FAILURE() << made.error().detail;
        url_ = *server + (server->find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name;
    }
    ~EngineUnderTest() {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }
    EngineUnderTest(const EngineUnderTest&) = delete;
    EngineUnderTest& operator=(const EngineUnderTest&) = delete;

    const std::string& engine() const { return engine_; }
    const std::string& url() const { return url_; }
    std::filesystem::path file() const { return folder_ / "test.db"; }

    std::unique_ptr<store::Database> open(store::OpenOptions options = {}) const {
        options.url = url_;
        auto database = store::open(options);
        if (!database) {
            ADD_FAILURE() << database.error().message << " " << database.error().detail;
            return nullptr;
        }
        return std::move(*database);
    }

private:
    std::string engine_;
    std::string url_;
    std::filesystem::path folder_;
};

}  // namespace clinicpro::testing
