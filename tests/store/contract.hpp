// contract.hpp: the fixture that asks both engines the same questions.
#pragma once

#include <gmock/gmock.h>

#include "tests/store/engines.hpp"

namespace clinicpro::testing {

class Contract : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        engine_ = std::make_unique<EngineUnderTest>(GetParam());
        open();
        ASSERT_TRUE(db_);
    }
    void TearDown() override {
        db_.reset();
        engine_.reset();
    }
    void open(store::OpenOptions options = {}) { db_ = engine_->open(options); }
    bool sqlite() const { return engine_->engine() == "sqlite"; }

    void make_table() {
        auto made = db_->write([](store::Tx& tx) {
            return tx.script(
                "CREATE TABLE parents (id BIGINT NOT NULL PRIMARY KEY);"
                "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL "
                "CONSTRAINT amount_is_not_negative CHECK (amount >= 0), "
                "tag TEXT UNIQUE, parent BIGINT REFERENCES parents (id));");
        });
        ASSERT_TRUE(made) << made.error().detail;
    }
    Result<> insert(int64_t id, int64_t amount = 0) {
        return db_->write([&](store::Tx& tx) -> Result<> {
            TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, $2)", id, amount));
            return {};
        });
    }
    std::vector<int64_t> ids() {
        std::vector<int64_t> found;
        auto read = db_->read([&](store::Tx& tx) -> Result<> {
            TRY(tx.each("SELECT id FROM items ORDER BY id",
                        [&](const store::Row& row) { found.push_back(row.integer(0)); }));
            return {};
        });
        EXPECT_TRUE(read) << read.error().detail;
        return found;
    }

    std::unique_ptr<EngineUnderTest> engine_;
    std::unique_ptr<store::Database> db_;
};

inline const auto kEngines = ::testing::Values("sqlite", "postgres");
inline const auto kEngineName = [](const auto& info) { return std::string(info.param); };

}  // namespace clinicpro::testing
