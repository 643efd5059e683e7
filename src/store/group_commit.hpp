// group_commit.hpp: many bodies, one durable transaction.
//
// A writer takes everything that waits (up to kGroupMax), runs all bodies in one transaction without savepoints,
// commits once and then tells every `done`. It never waits on purpose to fill a group: while one group is being made
// durable the next one gathers by itself, and what arrived while the bodies ran is taken along into their commit. When
// a body fails and had changed something, or a body nested in it did, the whole group is undone and run again with
// savepoints, so that a failure undoes only itself. Promise: `done` with success is never called before the commit
// returned. Tested by store/group_commit_test.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "store/session.hpp"

namespace clinicpro::store {

// A longer group would make its first caller wait long for its last; at 512 the commit's cost per body is already
// small.
inline constexpr size_t kGroupMax = 512;

using Done = std::function<void(Result<>)>;

class GroupCommit final {
public:
    // One thread per session, or none with `in_caller`: submit() then does the work itself, in the first session.
    GroupCommit(std::vector<std::unique_ptr<Session>> sessions, bool in_caller);
    ~GroupCommit();  // finishes what is queued
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    void submit(Body body, Done done);
    Statistic statistic() const;

private:
    struct Item {
        Body body;
        Done done;
        Result<> result;
    };
    // What one transaction is to hold. Where that is a whole group, it may still grow.
    struct Batch {
        std::span<Item> items;
        std::vector<Item>* group = nullptr;
    };
    enum class Verdict { kSettled, kIsolate, kSplit, kAgain, kFailed };

    void serve(Session& session);
    void serve_in_caller();
    void take(std::vector<Item>& group);  // with the lock held
    void run(Session& session, std::vector<Item>& group);
    void settle(Session& session, Batch batch);
    // After a deadlock the group runs while no other writer of ours does, so it meets no second one among them.
    Verdict attempt_in_turn(Session& session, Batch& batch, bool isolated, bool alone, Error& why);
    Verdict attempt(Session& session, Batch& batch, bool isolated, Error& why);
    // Runs those from `first` on. Nothing when each has its result; else what to do now, the transaction undone.
    std::optional<Verdict> run_bodies(Session& session, const Batch& batch, size_t first, bool isolated, Error& why);
    void take_latecomers(Batch& batch);
    void fail_waiting(const Error& error);

    std::vector<std::unique_ptr<Session>> sessions_;
    const bool in_caller_;

    mutable std::mutex mutex_;
    std::condition_variable more_;
    std::deque<Item> queue_;
    size_t idle_ = 0;
    bool serving_ = false;  // in_caller: somebody is at work
    bool stopping_ = false;

    std::mutex turnstile_;  // lets whoever wants to be alone in before further groups
    std::shared_mutex writing_;

    std::atomic<int64_t> groups_ = 0;
    std::atomic<int64_t> bodies_ = 0;
    std::atomic<int64_t> reruns_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace clinicpro::store
