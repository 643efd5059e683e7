// group_commit.cpp: the writers and their policy (see group_commit.hpp).
#include "store/group_commit.hpp"

#include <algorithm>
#include <random>

namespace clinicpro::store {

namespace {

// Deadlocks and serialization failures are nobody's fault. The second attempt runs without our other writers, which
// settles it unless another process is at the same rows; from the fourth on each body runs in a transaction of its own.
constexpr int kWholeAttemptsMax = 3;
constexpr int kAttemptsMax = 8;
// A connection lost twice in the same group: perhaps the group is what kills it.
constexpr int kLostMax = 2;
constexpr int kAgainMillisMax = 20;

Error queue_full() {
    return {Code::kBusy, "Too much is waiting to be saved; try again in a moment.", {}, "write queue full"};
}

void pause_before_again(int attempt) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const int most = std::min(kAgainMillisMax, 2 << attempt);
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + int(random() % unsigned(most))));
}

}  // namespace

GroupCommit::GroupCommit(std::vector<std::unique_ptr<Session>> sessions, bool in_caller)
    : sessions_(std::move(sessions)), in_caller_(in_caller) {
    CHECK(!sessions_.empty());
    if (in_caller_) return;
    for (auto& session : sessions_) threads_.emplace_back([this, s = session.get()] { serve(*s); });
}

GroupCommit::~GroupCommit() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    more_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void GroupCommit::submit(Body body, Done done) {
    std::unique_lock lock(mutex_);
    if (queue_.size() >= Database::kQueueMax) {
        lock.unlock();
        done(std::unexpected(queue_full()));
        return;
    }
    queue_.push_back({std::move(body), std::move(done), {}});
    if (in_caller_) {
        // A `done` that submits again only queues here; the call that is at work will run it.
        if (serving_) return;
        serving_ = true;
        lock.unlock();
        serve_in_caller();
        return;
    }
    const bool wake = idle_ > 0;
    lock.unlock();
    if (wake) more_.notify_one();
}

Statistic GroupCommit::statistic() const {
    std::lock_guard lock(mutex_);
    return {groups_.load(std::memory_order_relaxed), bodies_.load(std::memory_order_relaxed),
            reruns_.load(std::memory_order_relaxed), int64_t(queue_.size())};
}

void GroupCommit::take(std::vector<Item>& group) {
    const size_t count = std::min(queue_.size(), kGroupMax - group.size());
    std::move(queue_.begin(), queue_.begin() + ptrdiff_t(count), std::back_inserter(group));
    queue_.erase(queue_.begin(), queue_.begin() + ptrdiff_t(count));
}

void GroupCommit::serve(Session& session) {
    std::vector<Item> group;
    group.reserve(kGroupMax);
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            ++idle_;
            more_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            --idle_;
            if (queue_.empty()) return;
            take(group);
        }
        run(session, group);
        group.clear();
    }
}

void GroupCommit::serve_in_caller() {
    std::vector<Item> group;
    group.reserve(kGroupMax);
    for (;;) {
        {
            std::lock_guard lock(mutex_);
            take(group);
            if (group.empty()) {
                serving_ = false;
                return;
            }
        }
        run(*sessions_.front(), group);
        group.clear();
    }
}

void GroupCommit::run(Session& session, std::vector<Item>& group) {
    settle(session, {group, &group});
    for (Item& item : group) {
        item.body = nullptr;  // what it holds is released before the caller goes on
        item.done(std::move(item.result));
    }
}

void GroupCommit::settle(Session& session, Batch batch) {
    const std::span<Item>& items = batch.items;
    bool isolated = false;
    bool undisturbed = false;
    for (int tries = 1;; ++tries) {
        Error why;
        const Verdict verdict = attempt_in_turn(session, batch, isolated, undisturbed, why);
        switch (verdict) {
            case Verdict::kSettled:
                groups_.fetch_add(1, std::memory_order_relaxed);
                bodies_.fetch_add(int64_t(items.size()), std::memory_order_relaxed);
                return;
            case Verdict::kFailed:
                for (Item& item : items) item.result = std::unexpected(why);
                return;
            case Verdict::kIsolate: isolated = true; break;
            case Verdict::kSplit: break;
            case Verdict::kAgain: {
                const bool lost = why.code == Code::kUnavailable;
                if (tries >= (lost ? kLostMax : kAttemptsMax)) {
                    for (Item& item : items) item.result = std::unexpected(why);
                    return;
                }
                undisturbed = !lost;
                if (tries > 1 && !lost) pause_before_again(tries);
                break;
            }
        }
        reruns_.fetch_add(1, std::memory_order_relaxed);
        const bool alone = verdict == Verdict::kSplit ||
                           (verdict == Verdict::kAgain && why.code != Code::kUnavailable && tries >= kWholeAttemptsMax);
        if (alone && items.size() > 1) {
            for (size_t i = 0; i < items.size(); ++i) settle(session, {items.subspan(i, 1)});
            return;
        }
    }
}

GroupCommit::Verdict GroupCommit::attempt_in_turn(Session& session, Batch& batch, bool isolated, bool alone,
                                                  Error& why) {
    std::unique_lock<std::shared_mutex> by_itself(writing_, std::defer_lock);
    std::shared_lock<std::shared_mutex> with_others(writing_, std::defer_lock);
    {
        std::lock_guard turn(turnstile_);
        if (alone) {
            by_itself.lock();
        } else {
            with_others.lock();
        }
    }
    return attempt(session, batch, isolated, why);
}

// Only what waits already, and only once: the first of the group waits for its commit.
void GroupCommit::take_latecomers(Batch& batch) {
    if (!batch.group) return;
    CHECK(batch.group->capacity() >= kGroupMax);  // the items stay where they are
    std::lock_guard lock(mutex_);
    take(*batch.group);
    batch.items = *batch.group;
    batch.group = nullptr;
}

GroupCommit::Verdict GroupCommit::attempt(Session& session, Batch& batch, bool isolated, Error& why) {
    if (auto begun = session.begin(); !begun) {
        why = std::move(begun).error();
        // Whoever waits behind would only wait for the same missing database, group after group.
        if (why.code == Code::kUnavailable) fail_waiting(why);
        return Verdict::kFailed;
    }
    session.use_savepoints(isolated);
    if (auto otherwise = run_bodies(session, batch, 0, isolated, why)) return *otherwise;
    const size_t early = batch.items.size();
    take_latecomers(batch);
    if (auto otherwise = run_bodies(session, batch, early, isolated, why)) return *otherwise;
    if (auto written = session.run_body([&](Tx&) { return session.write_shared(); }); !written) {
        why = std::move(written).error();
        const Session::Fault fault = session.fault();
        session.rollback();
        if (fault == Session::Fault::kAgain) return Verdict::kAgain;
        return isolated || fault == Session::Fault::kFatal ? Verdict::kFailed : Verdict::kIsolate;
    }
    auto committed = session.commit();
    if (committed) return Verdict::kSettled;
    why = std::move(committed).error();
    if (session.fault() == Session::Fault::kAgain) return Verdict::kAgain;
    // A constraint checked at commit does not say whose row it was.
    if (why.code == Code::kConflict && batch.items.size() > 1) return Verdict::kSplit;
    return Verdict::kFailed;
}

std::optional<GroupCommit::Verdict> GroupCommit::run_bodies(Session& session, const Batch& batch, size_t first,
                                                            bool isolated, Error& why) {
    using Fault = Session::Fault;
    for (Item& item : batch.items.subspan(first)) {
        const int64_t before = session.changes();
        item.result = isolated ? session.nested([&] { return item.body(session); }) : session.run_body(item.body);
        if (session.fault() == Fault::kAgain || session.fault() == Fault::kFatal) {
            const bool again = session.fault() == Fault::kAgain;
            why = session.error();
            session.rollback();
            return again ? Verdict::kAgain : Verdict::kFailed;
        }
        if (session.fault() == Fault::kIsolate) {
            session.rollback();
            return Verdict::kIsolate;
        }
        if (item.result || isolated) continue;
        if (session.changes() == before && session.forget_fault()) continue;  // nothing to undo
        session.rollback();
        // Alone, undoing all undoes only itself.
        return batch.items.size() == 1 ? Verdict::kSettled : Verdict::kIsolate;
    }
    return std::nullopt;
}

void GroupCommit::fail_waiting(const Error& error) {
    std::deque<Item> waiting;
    {
        std::lock_guard lock(mutex_);
        waiting.swap(queue_);
    }
    for (Item& item : waiting) item.done(std::unexpected(error));
}

}  // namespace clinicpro::store
