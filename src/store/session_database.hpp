// session_database.hpp: a Database made of sessions: a pool that reads and a group commit that writes.
//
// Both engines are this; they differ in their Session only. Tested by store/contract_test.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "store/group_commit.hpp"

namespace clinicpro::store {

struct SessionSet {
    std::vector<std::unique_ptr<Session>> readers;
    std::vector<std::unique_ptr<Session>> writers;
    bool in_caller = false;
    Duration patience = 5s;  // how long a read waits for a connection
};

class SessionDatabase final : public Database {
public:
    explicit SessionDatabase(SessionSet sessions);

    Result<> read(const Body& body) override;
    void submit(Body body, Done done) override { writers_.submit(std::move(body), std::move(done)); }
    std::string_view engine() const override { return engine_; }
    Statistic statistic() const override { return writers_.statistic(); }

private:
    Session* take_reader();
    void give_back(Session* reader);

    const std::string_view engine_;
    const Duration patience_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Session>> readers_;
    std::vector<Session*> free_readers_;
    GroupCommit writers_;
};

}  // namespace clinicpro::store
