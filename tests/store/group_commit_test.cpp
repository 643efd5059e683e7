// group_commit_test.cpp: many bodies in one transaction, on both engines: who fails, who runs again, what order, what
// load.
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "store/tenant.hpp"
#include "tests/store/contract.hpp"

namespace clinicpro::store {
namespace {

using ::testing::ElementsAre;

class group_commit : public testing::Contract {};

// Keeps the writers busy until let go, so that what is submitted meanwhile forms one group.
class Gate {
public:
    Gate(Database& db, int writers) : writers_(writers) {
        for (int i = 0; i < writers; ++i) {
            db.submit(
                [this, first = true](Tx&) mutable -> Result<> {
                    if (first) {
                        first = false;
                        entered_.release();
                        leave_.acquire();
                    }
                    return {};
                },
                [this](Result<>) { left_.release(); });
            entered_.acquire();
        }
    }
    void open() {
        if (opened_) return;
        opened_ = true;
        leave_.release(writers_);
        for (int i = 0; i < writers_; ++i) left_.acquire();
    }
    ~Gate() { open(); }

private:
    int writers_;
    bool opened_ = false;
    std::counting_semaphore<64> entered_{0}, leave_{0}, left_{0};
};

// Collects what `done` was told, in order.
class Answers {
public:
    std::function<void(Result<>)> expect(std::string name) {
        std::lock_guard lock(mutex_);
        ++expected_;
        return [this, name](Result<> result) {
            std::lock_guard inner(mutex_);
            said_.push_back(name + ":" + (result ? "ok" : std::string(to_string(result.error().code))));
            if (!result) last_error_ = result.error();
            changed_.notify_all();
        };
    }
    std::vector<std::string> wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return said_.size() == expected_; });
        return said_;
    }
    Error last_error() const { return last_error_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    size_t expected_ = 0;
    std::vector<std::string> said_;
    Error last_error_;
};

TEST_P(group_commit, a_constraint_checked_at_commit_fails_only_its_own_body) {
    ASSERT_TRUE(db_->write([](Tx& tx) {
        return tx.script(
            "CREATE TABLE parents (id BIGINT PRIMARY KEY); CREATE TABLE items (id BIGINT PRIMARY KEY, "
            "parent BIGINT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);");
    }));
    Answers answers;
    {
        OpenOptions one;
        one.writers = 1;
        open(one);
        Gate gate(*db_, 1);
        for (int64_t id : {1, 2, 3}) {
            db_->submit(
                [id](Tx& tx) -> Result<> {
                    const std::optional<int64_t> parent = id == 2 ? std::optional<int64_t>(404) : std::nullopt;
                    TRY(tx.execute("INSERT INTO items (id, parent) VALUES ($1, $2)", id, parent));
                    return {};
                },
                answers.expect(std::to_string(id)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("1:ok", "2:conflict", "3:ok"));
    EXPECT_THAT(ids(), ElementsAre(1, 3));
}

TEST_P(group_commit, a_failing_body_undoes_only_itself_and_its_neighbours_run_again) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    Answers answers;
    std::vector<int> runs(5, 0);
    const Statistic before = db_->statistic();
    {
        Gate gate(*db_, 1);
        for (int64_t id = 0; id < 5; ++id) {
            db_->submit(
                [id, &runs](Tx& tx) -> Result<> {
                    ++runs[size_t(id)];
                    TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, $1)", id));
                    if (id == 3) return fail(Code::kInvalid, "three is not wanted");
                    return {};
                },
                answers.expect(std::to_string(id)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:ok", "2:ok", "3:invalid", "4:ok"));
    EXPECT_EQ(answers.last_error().message, "three is not wanted");
    EXPECT_THAT(ids(), ElementsAre(0, 1, 2, 4));
    EXPECT_THAT(runs, ElementsAre(2, 2, 2, 2, 1));
    EXPECT_EQ(db_->statistic().groups - before.groups, 1);  // what came while the gate was held shares its commit
    EXPECT_EQ(db_->statistic().bodies - before.bodies, 6);
    EXPECT_EQ(db_->statistic().reruns - before.reruns, 1);
}

TEST_P(group_commit, a_nested_body_that_failed_is_undone_alone_in_the_run_with_savepoints) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    Answers answers;
    std::vector<int> runs(3, 0);
    const Statistic before = db_->statistic();
    {
        Gate gate(*db_, 1);
        for (int64_t id = 0; id < 3; ++id) {
            db_->submit(
                [id, &runs](Tx& tx) -> Result<> {
                    ++runs[size_t(id)];
                    TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", id));
                    const auto part = tx.nested([&]() -> Result<> {
                        TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", 10 + id));
                        if (id == 1) return fail(Code::kInvalid, "not this part");
                        return {};
                    });
                    if (!part) TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", 20 + id));
                    return {};
                },
                answers.expect(std::to_string(id)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:ok", "2:ok"));
    EXPECT_THAT(ids(), ElementsAre(0, 1, 2, 10, 12, 21));
    EXPECT_THAT(runs, ElementsAre(2, 2, 1));
    EXPECT_EQ(db_->statistic().reruns - before.reruns, 1);
}

TEST_P(group_commit, a_nested_body_that_failed_before_it_changed_anything_costs_no_second_run) {
    open();
    make_table();
    int runs = 0;
    const Statistic before = db_->statistic();
    ASSERT_TRUE(db_->write([&](Tx& tx) -> Result<> {
        ++runs;
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
        EXPECT_FALSE(tx.nested([]() -> Result<> { return fail(Code::kInvalid, "no"); }));
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (2, 1)"));
        return {};
    }));
    EXPECT_THAT(ids(), ElementsAre(1, 2));
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(db_->statistic().reruns, before.reruns);
}

// A sum that many bodies add to, written once.
struct Total final : Shared {
    int64_t sum = 0;
    Result<> write(Tx& tx) override {
        if (const int64_t all = std::exchange(sum, 0); all != 0) {
            TRY(tx.execute("UPDATE items SET amount = amount + $1, tag = COALESCE(tag, '') || 'w' WHERE id = 0", all));
        }
        return {};
    }
};

TEST_P(group_commit, what_bodies_share_is_written_once_and_without_those_that_failed) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    ASSERT_TRUE(insert(0));
    const auto total = [&] {
        std::pair<int64_t, std::string> found;
        EXPECT_TRUE(db_->read([&](Tx& tx) -> Result<> {
            TRY(tx.each("SELECT amount, tag FROM items WHERE id = 0",
                        [&](const Row& row) { found = {row.integer(0), row.string(1)}; }));
            return {};
        }));
        return found;
    };
    const auto add = [&](int64_t amount, bool fails) {
        return [amount, fails](Tx& tx) -> Result<> {
            tx.shared<Total>().sum += amount;
            if (fails) return fail(Code::kInvalid, "not this one");
            return {};
        };
    };
    Answers answers;
    {
        Gate gate(*db_, 1);
        for (int n = 0; n < 4; ++n) db_->submit(add(10, false), answers.expect(std::to_string(n)));
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:ok", "2:ok", "3:ok"));
    EXPECT_EQ(total(), std::pair(int64_t(40), std::string("w")));

    Answers mixed;
    {
        Gate gate(*db_, 1);
        for (int n = 0; n < 3; ++n) db_->submit(add(1, n == 1), mixed.expect(std::to_string(n)));
    }
    EXPECT_THAT(mixed.wait(), ElementsAre("0:ok", "1:invalid", "2:ok"));
    EXPECT_EQ(total().first, 42);

    // A part that is undone takes its own share with it, and leaves what was there before it.
    ASSERT_TRUE(db_->write([&](Tx& tx) -> Result<> {
        tx.shared<Total>().sum += 100;
        const auto part = tx.nested([&]() -> Result<> {
            tx.shared<Total>().sum += 7;
            return fail(Code::kInvalid, "not this part");
        });
        EXPECT_FALSE(part);
        tx.shared<Total>().sum += 1000;
        return {};
    }));
    EXPECT_EQ(total().first, 1142);
    ASSERT_TRUE(db_->write([](Tx& tx) -> Result<> {
        EXPECT_EQ(tx.shared<Total>().sum, 0);  // each transaction begins anew
        return {};
    }));
}

TEST_P(group_commit, a_group_whose_shared_part_cannot_be_written_fails_by_the_body_that_asked_for_it) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    ASSERT_TRUE(insert(0));
    Answers answers;
    {
        Gate gate(*db_, 1);
        for (int n = 0; n < 3; ++n) {
            db_->submit(
                [n](Tx& tx) -> Result<> {
                    TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", 1 + n));
                    if (n == 1) tx.shared<Total>().sum -= 5;  // an amount below zero is refused
                    return {};
                },
                answers.expect(std::to_string(n)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:conflict", "2:ok"));
    EXPECT_THAT(ids(), ElementsAre(0, 1, 3));
}

struct Throwing final : Shared {
    Result<> write(Tx&) override { throw std::runtime_error("out of paper"); }
};

TEST_P(group_commit, a_shared_part_that_throws_is_an_error_and_the_writer_lives_on) {
    open();
    make_table();
    const auto thrown = db_->write([](Tx& tx) -> Result<> {
        tx.shared<Throwing>();
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
        return {};
    });
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().code, Code::kInternal);
    EXPECT_TRUE(insert(2));
    EXPECT_THAT(ids(), ElementsAre(2));
}

// What a clinic's settings are to the program: an amount, and how often it was looked up.
struct Looks {
    int64_t seen = 0;
    int times = 0;
    Result<int64_t> at(Tx& tx, ClinicId clinic = ClinicId{7}) {
        ClinicTx own(tx, clinic);
        return own.remember<int64_t>([&]() -> Result<int64_t> {
            ++times;
            TRY(tx.each("SELECT amount FROM items WHERE id = 0", [&](const Row& row) { seen = row.integer(0); }));
            return seen;
        });
    }
};

TEST_P(group_commit, what_was_looked_up_is_remembered_until_it_is_written_or_the_transaction_ends) {
    open();
    make_table();
    ASSERT_TRUE(insert(0, 1));
    Looks looks;
    const auto change = [](Tx& tx, int64_t to) -> Result<> {
        TRY(tx.execute("UPDATE items SET amount = $1 WHERE id = 0", to));
        ClinicTx(tx, ClinicId{7}).forget<int64_t>();
        return {};
    };
    int64_t after = 0;
    ASSERT_TRUE(db_->write([&](Tx& tx) -> Result<> {
        looks = {};
        EXPECT_EQ(looks.at(tx), 1);
        EXPECT_EQ(looks.at(tx), 1);
        EXPECT_EQ(looks.times, 1);
        EXPECT_EQ(looks.at(tx, ClinicId{8}), 1);
        EXPECT_EQ(looks.times, 2) << "each clinic's own";
        TRY(change(tx, 2));
        EXPECT_EQ(looks.at(tx), 2);
        EXPECT_EQ(looks.at(tx, ClinicId{8}), 2) << "a default may have been changed";
        const auto part = tx.nested([&]() -> Result<> {
            TRY(change(tx, 3));
            EXPECT_EQ(looks.at(tx), 3);
            return fail(Code::kInvalid, "not this part");
        });
        EXPECT_FALSE(part);
        TRY(after, looks.at(tx));
        return {};
    }));
    EXPECT_EQ(after, 2) << "in the run that counts, the one with savepoints";
    const int before = looks.times;
    ASSERT_TRUE(db_->read([&](Tx& tx) -> Result<> {
        EXPECT_EQ(looks.at(tx), 2);
        return {};
    }));
    EXPECT_EQ(looks.times, before + 1) << "each transaction looks for itself";
}

TEST_P(group_commit, a_body_that_fails_after_a_look_has_nothing_to_undo) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    ASSERT_TRUE(insert(0, 1));
    Answers answers;
    Looks looks;
    {
        Gate gate(*db_, 1);
        for (int n = 0; n < 3; ++n) {
            db_->submit(
                [&looks, n](Tx& tx) -> Result<> {
                    TRY(looks.at(tx));
                    if (n == 1) return fail(Code::kInvalid, "not this one");
                    return {};
                },
                answers.expect(std::to_string(n)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:invalid", "2:ok"));
    EXPECT_EQ(looks.times, 1);
    EXPECT_EQ(db_->statistic().reruns, 0);
}

TEST_P(group_commit, a_body_that_fails_without_a_change_costs_no_second_run) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    Answers answers;
    {
        Gate gate(*db_, 1);
        for (int64_t id = 0; id < 3; ++id) {
            db_->submit(
                [id](Tx& tx) -> Result<> {
                    TRY(const int64_t rows, tx.execute("UPDATE items SET amount = 1 WHERE id = 404"));
                    if (id == 1 && rows == 0) return fail(Code::kNotFound, "not there");
                    TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, $1)", id));
                    return {};
                },
                answers.expect(std::to_string(id)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:not_found", "2:ok"));
    EXPECT_THAT(ids(), ElementsAre(0, 2));
    EXPECT_EQ(db_->statistic().reruns, 0);
}

TEST_P(group_commit, a_conflict_in_one_body_leaves_the_others_standing) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    make_table();
    Answers answers;
    {
        Gate gate(*db_, 1);
        for (int i = 0; i < 6; ++i) {
            db_->submit(
                [i](Tx& tx) -> Result<> {
                    TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", i / 2));
                    return {};
                },
                answers.expect(std::to_string(i)));
        }
    }
    EXPECT_THAT(answers.wait(), ElementsAre("0:ok", "1:conflict", "2:ok", "3:conflict", "4:ok", "5:conflict"));
    EXPECT_THAT(ids(), ElementsAre(0, 1, 2));
}

TEST_P(group_commit, what_was_acknowledged_can_be_read_at_once) {
    make_table();
    Answers answers;
    std::atomic<int> missing = 0;
    for (int64_t id = 0; id < 300; ++id) {
        auto told = answers.expect("");
        db_->submit(
            [id](Tx& tx) -> Result<> {
                TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", id));
                return {};
            },
            [this, id, told, &missing](Result<> result) {
                auto read = db_->read([&](Tx& tx) -> Result<> {
                    TRY(const int64_t rows, tx.execute("SELECT 1 FROM items WHERE id = $1", id));
                    if (rows != 1) ++missing;
                    return {};
                });
                if (!read) ++missing;
                told(std::move(result));
            });
    }
    EXPECT_EQ(answers.wait(), std::vector<std::string>(300, ":ok"));
    EXPECT_EQ(missing, 0);
}

TEST_P(group_commit, closing_the_database_finishes_what_is_queued) {
    make_table();
    Answers answers;
    for (int64_t id = 0; id < 2000; ++id) {
        db_->submit(
            [id](Tx& tx) -> Result<> {
                TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, 1)", id));
                return {};
            },
            answers.expect(""));
    }
    db_.reset();
    EXPECT_EQ(answers.wait(), std::vector<std::string>(2000, ":ok"));
    open();
    EXPECT_EQ(ids().size(), 2000u);
}

TEST_P(group_commit, a_full_queue_answers_busy_at_once) {
    OpenOptions one;
    one.writers = 1;
    open(one);
    std::atomic<size_t> done = 0;
    Answers refused;
    {
        Gate gate(*db_, 1);
        for (size_t i = 0; i < Database::kQueueMax; ++i) {
            db_->submit([](Tx&) -> Result<> { return {}; }, [&](Result<> result) { done += result ? 1 : 0; });
        }
        db_->submit([](Tx&) -> Result<> { return {}; }, refused.expect("late"));
        EXPECT_THAT(refused.wait(), ElementsAre("late:busy"));
        EXPECT_EQ(done, 0u);
        EXPECT_EQ(db_->statistic().waiting, int64_t(Database::kQueueMax));
    }
    db_.reset();
    EXPECT_EQ(done, Database::kQueueMax);
}

TEST_P(group_commit, in_caller_mode_answers_before_submit_returns) {
    OpenOptions inline_options;
    inline_options.in_caller = true;
    open(inline_options);
    make_table();
    std::vector<std::string> order;
    db_->submit(
        [&](Tx& tx) -> Result<> {
            order.push_back("body 1");
            TRY(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
            return {};
        },
        [&](Result<> result) {
            EXPECT_TRUE(result);
            order.push_back("done 1");
            db_->submit(
                [&](Tx&) -> Result<> {
                    order.push_back("body 2");
                    return {};
                },
                [&](Result<>) { order.push_back("done 2"); });
            order.push_back("done 1 ends");
        });
    EXPECT_THAT(order, ElementsAre("body 1", "done 1", "done 1 ends", "body 2", "done 2"));
    EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_P(group_commit, eight_threads_increment_one_row_to_the_exact_sum) {
    OpenOptions several;
    several.writers = 4;
    open(several);
    make_table();
    ASSERT_TRUE(insert(1, 0));
    constexpr int kThreads = 8, kEach = 100;
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < kEach; ++i) {
                auto written = db_->write([](Tx& tx) -> Result<> {
                    TRY(tx.execute("UPDATE items SET amount = amount + 1 WHERE id = $1", 1));
                    return {};
                });
                if (!written) ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    int64_t amount = 0;
    ASSERT_TRUE(db_->read([&](Tx& tx) -> Result<> {
        TRY(tx.each("SELECT amount FROM items WHERE id = 1", [&](const Row& row) { amount = row.integer(0); }));
        return {};
    }));
    EXPECT_EQ(amount, kThreads * kEach);
}

TEST_P(group_commit, bodies_that_lock_rows_in_opposite_order_all_succeed) {
    OpenOptions several;
    several.writers = 4;
    open(several);
    make_table();
    for (int64_t id = 0; id < 4; ++id) ASSERT_TRUE(insert(id, 0));
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 15; ++i) {
                auto written = db_->write([&](Tx& tx) -> Result<> {
                    for (int k = 0; k < 4; ++k) {
                        TRY(tx.execute("UPDATE items SET amount = amount + 1 WHERE id = $1", t % 2 ? k : 3 - k));
                    }
                    return {};
                });
                if (!written) ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    ASSERT_TRUE(db_->read([&](Tx& tx) -> Result<> {
        TRY(const int64_t rows, tx.execute("SELECT id FROM items WHERE amount = $1", 8 * 15));
        EXPECT_EQ(rows, 4);
        return {};
    }));
}

INSTANTIATE_TEST_SUITE_P(engines, group_commit, testing::kEngines, testing::kEngineName);

}  // namespace
}  // namespace clinicpro::store
