// world.hpp: what every test of a durable flow stands on: a migrated SQLite file, a clock that is set by hand, an HTTP
// client whose calls end when and how the test says, and a database that can lose a commit.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "jobs/worker.hpp"
#include "store/open.hpp"
#include "tests/store/migrated.hpp"

namespace clinicpro {

// Value of a Result, or a failed test that shows the sentence.
template <class T>
T must(Result<T> result) {
    if (!result) {
        throw std::runtime_error(std::string(to_string(result.error().code)) + ": " + result.error().message + " " +
                                 result.error().detail);
    }
    return *std::move(result);
}
inline void must(Result<> result) {
    if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
}

}  // namespace clinicpro

namespace clinicpro::testing {

inline constexpr Instant kMorning{1'795'000'000'000'000};  // 18 November 2026

class SetClock final : public Clock {
public:
    Instant now() const override { return {micros_.load()}; }
    void set(Instant at) { micros_ = at.micros; }
    void pass(Duration d) { micros_ += d.count(); }

private:
    std::atomic<int64_t> micros_ = kMorning.micros;
};

// Every call is kept. With a script that answers, it ends at once; otherwise when the test calls `end`.
class ScriptedClient final : public net::Client {
public:
    struct Call {
        net::ClientRequest request;
        std::function<void(net::Outcome)> done;  // empty once it has ended
    };

    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override {
        std::optional<net::Outcome> outcome = script ? script(request) : std::nullopt;
        {
            const std::lock_guard lock(mutex_);
            calls_.push_back({std::move(request), outcome ? nullptr : done});
        }
        if (outcome) done(*std::move(outcome));
    }
    void end(size_t index, net::Outcome outcome) {
        std::function<void(net::Outcome)> done;
        {
            const std::lock_guard lock(mutex_);
            CHECK(index < calls_.size() && calls_[index].done);
            done = std::exchange(calls_[index].done, nullptr);
        }
        done(std::move(outcome));
    }
    // How many calls went to an address that contains `part`.
    int count(std::string_view part = "") const {
        const std::lock_guard lock(mutex_);
        int found = 0;
        for (const Call& call : calls_) found += call.request.url.find(part) != std::string::npos;
        return found;
    }
    // The newest of them that has not ended.
    size_t open(std::string_view part = "") const {
        const std::lock_guard lock(mutex_);
        for (size_t i = calls_.size(); i-- > 0;) {
            if (calls_[i].done && calls_[i].request.url.find(part) != std::string::npos) return i;
        }
        CHECK(!"no such call is open");
        return 0;
    }
    net::ClientRequest request(size_t index) const {
        const std::lock_guard lock(mutex_);
        return calls_.at(index).request;
    }

    std::function<std::optional<net::Outcome>(const net::ClientRequest&)> script;

private:
    mutable std::mutex mutex_;
    std::deque<Call> calls_;
};

// Passes everything on, and fails the next submitted body as told.
class FlakyDatabase final : public store::Database {
public:
    enum class Fault { kNone, kCommitRefused, kAnswerLost };
    explicit FlakyDatabase(store::Database& real) : real_(real) {}

    Result<> read(const store::Body& body) override { return real_.read(body); }
    void submit(store::Body body, std::function<void(Result<>)> done) override {
        switch (std::exchange(next, Fault::kNone)) {
            case Fault::kNone: real_.submit(std::move(body), std::move(done)); return;
            case Fault::kCommitRefused:
                real_.submit(
                    [body = std::move(body)](store::Tx& tx) -> Result<> {
                        TRY(body(tx));
                        return fail(Code::kStorageFull, "The disk is full.");
                    },
                    std::move(done));
                return;
            case Fault::kAnswerLost:
                real_.submit(std::move(body), [done = std::move(done)](Result<>) {
                    done(fail(Code::kUnknown, "The answer to the commit was lost."));
                });
                return;
        }
    }
    std::string_view engine() const override { return real_.engine(); }

    Fault next = Fault::kNone;

private:
    store::Database& real_;
};

class World : public ::testing::Test {
protected:
    explicit World(bool in_caller = true) {
        char name[] = "/tmp/clinicpro_world_XXXXXX";
        CHECK(mkdtemp(name) != nullptr);
        folder = name;
        log::configure(log::Level::kOff, false);
        MigratedFile::lay(folder + "/test.db");
        database =
            must(store::open({.url = "sqlite:" + folder + "/test.db", .in_caller = in_caller, .durable = false}));
        must(store::migrate(*database));
        log::configure(log::Level::kDebug, false);
        log::capture([this](std::string_view line) {
            const std::lock_guard lock(log_mutex);
            logged += std::string(line) + "\n";
        });
    }
    ~World() override {
        log::capture(nullptr);
        database.reset();
        std::filesystem::remove_all(folder);
    }

    // Runs `body` in one committed transaction of `clinic` and gives back what it gave.
    template <class F>
    auto in_clinic(ClinicId clinic, F body) {
        using R = std::invoke_result_t<F, store::ClinicTx&>;
        std::optional<R> result;
        const auto written = database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            result.emplace(body(tx));
            if (!*result) return std::unexpected(result->error());
            return {};
        });
        CHECK(result.has_value());
        if (!written && *result) result.emplace(std::unexpected(written.error()));
        return *std::move(result);
    }
    void script(const std::string& sql) {
        must(database->write([&](store::Tx& tx) { return tx.script(sql); }));
    }
    int64_t number(store::Sql sql) {
        int64_t value = 0;
        must(database->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each(sql, [&](const store::Row& row) { value = row.integer(0); }));
            return {};
        }));
        return value;
    }
    std::string words(store::Sql sql) {  // the first column of each row, with commas
        std::string all;
        must(database->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each(sql, [&](const store::Row& row) { all += (all.empty() ? "" : ",") + row.string(0); }));
            return {};
        }));
        return all;
    }
    std::string disk_bytes() const {  // the write-ahead log included
        std::ostringstream all;
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            all << std::ifstream(file.path(), std::ios::binary).rdbuf();
        }
        return all.str();
    }

    std::string folder;
    SetClock clock;
    ScriptedClient client;
    IdMaker ids{clock, 1};
    std::unique_ptr<store::Database> database;
    std::mutex log_mutex;
    std::string logged;
};

}  // namespace clinicpro::testing
