// contract_test.cpp: what every engine promises about values, statements and snapshots, asked of both in the same
// words.
#include "tests/store/contract.hpp"

#include <limits>

#include "store/tenant.hpp"

namespace clinicpro::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class contract : public testing::Contract {};

TEST_P(contract, values_of_every_kind_come_back_as_they_were) {
    const std::string blob("\0a\xff\0'b", 6);
    const std::string utf8 = "Wanjikũ 'Ng\"ang'a; \xE2\x82\xAC \xF0\x9F\x98\x80";
    const std::string sql = sqlite() ? "BLOB" : "BYTEA";
    ASSERT_TRUE(db_->write([&](Tx& tx) {
        return tx.script("CREATE TABLE v (n BIGINT, low BIGINT, high BIGINT, t TEXT, empty TEXT, b " + sql + ", eb " +
                         sql + ", z BIGINT, nt TEXT)");
    }));
    auto written = db_->write([&](Tx& tx) -> Result<> {
        TRY(const int64_t rows,
            tx.execute("INSERT INTO v (n, low, high, t, empty, b, eb, z, nt) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)", -42,
                       std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), utf8, "", Blob{blob},
                       Blob{{}}, std::nullopt, std::optional<std::string>()));
        EXPECT_EQ(rows, 1);
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
    auto read = db_->read([&](Tx& tx) -> Result<> {
        TRY(const int64_t rows, tx.each("SELECT n, low, high, t, empty, b, eb, z, nt FROM v", [&](const Row& row) {
            EXPECT_EQ(row.integer(0), -42);
            EXPECT_EQ(row.text(0), "-42");
            EXPECT_EQ(row.integer(1), std::numeric_limits<int64_t>::min());
            EXPECT_EQ(row.integer(2), std::numeric_limits<int64_t>::max());
            EXPECT_EQ(row.string(3), utf8);
            EXPECT_FALSE(row.is_null(4));
            EXPECT_EQ(row.string(4), "");
            EXPECT_EQ(row.string(5), blob);
            EXPECT_FALSE(row.is_null(6));
            EXPECT_EQ(row.string(6), "");
            EXPECT_TRUE(row.is_null(7));
            EXPECT_EQ(row.integer(7), 0);
            EXPECT_TRUE(row.is_null(8));
            EXPECT_EQ(row.text(8), "");
            EXPECT_EQ(row.maybe_string(8), std::nullopt);
        }));
        EXPECT_EQ(rows, 1);
        return {};
    });
    ASSERT_TRUE(read) << read.error().detail;
}

TEST_P(contract, money_instants_ids_and_truths_are_stored_as_integers) {
    ASSERT_TRUE(
        db_->write([](Tx& tx) { return tx.script("CREATE TABLE v (a BIGINT, b BIGINT, c BIGINT, d INTEGER)"); }));
    const Instant at{1'790'000'000'123'456};
    auto written = db_->write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO v (a, b, c, d) VALUES ($1, $2, $3, $4)", Money::from_cents(12345), at,
                       InvoiceId{77}, true));
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
    ASSERT_TRUE(db_->read([&](Tx& tx) -> Result<> {
        TRY(tx.each("SELECT a, b, c, d FROM v WHERE d = 1", [&](const Row& row) {
            EXPECT_EQ(row.money(0).cents(), 12345);
            EXPECT_EQ(row.instant(1), at);
            EXPECT_EQ(row.id<InvoiceId>(2), InvoiceId{77});
            EXPECT_EQ(row.integer(3), 1);
        }));
        return {};
    }));
}

TEST_P(contract, one_parameter_may_stand_in_several_places_and_in_any_order) {
    make_table();
    auto written = db_->write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO items (amount, id, tag) VALUES ($3, $2, $1 || $1)", "ab", 7, 3));
        TRY(const int64_t doubled, tx.execute("SELECT id FROM items WHERE tag = 'abab' AND amount = 3 AND id = 7"));
        EXPECT_EQ(doubled, 1);
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, CAST($1 AS BIGINT) + 1)", 10));
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
    int64_t seen = 0;
    auto read = db_->read([&](Tx& tx) -> Result<> {
        TRY(seen, tx.each(
                      "SELECT id, amount FROM items WHERE id = $2 AND amount = $1 OR id = $1 AND amount = $2 "
                      "OR tag = $3 AND CAST($3 AS TEXT) IS NOT NULL",
                      [&](const Row&) {}, 10, 11, std::nullopt));
        return {};
    });
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(seen, 1);
}

TEST_P(contract, a_null_parameter_switches_a_filter_off) {
    make_table();
    ASSERT_TRUE(insert(1) && insert(2));
    for (const std::optional<int64_t> wanted : {std::optional<int64_t>(), std::optional<int64_t>(2)}) {
        int64_t rows = 0;
        auto read = db_->read([&](Tx& tx) -> Result<> {
            TRY(rows, tx.execute("SELECT id FROM items WHERE (CAST($1 AS BIGINT) IS NULL OR id = $1)", wanted));
            return {};
        });
        ASSERT_TRUE(read) << read.error().detail;
        EXPECT_EQ(rows, wanted ? 1 : 2);
    }
}

TEST_P(contract, a_statement_given_the_wrong_number_of_values_is_our_fault) {
    make_table();
    auto written = db_->write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES ($1, $2)", 1));
        return {};
    });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::kInternal);
    auto wrong = db_->write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO nowhere (id) VALUES (1)"));
        return {};
    });
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Code::kInternal);
    EXPECT_THAT(wrong.error().detail, HasSubstr("nowhere"));
    EXPECT_TRUE(insert(1));
}

TEST_P(contract, text_with_a_zero_byte_is_refused) {
    make_table();
    auto written = db_->write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO items (id, amount, tag) VALUES (1, 1, $1)", std::string("a\0b", 3)));
        return {};
    });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::kInvalid);
}

TEST_P(contract, the_number_of_rows_changed_is_told) {
    make_table();
    auto written = db_->write([&](Tx& tx) -> Result<> {
        for (int i = 1; i <= 5; ++i) {
            TRY(const int64_t one, tx.execute("INSERT INTO items (id, amount) VALUES ($1, $1)", i));
            EXPECT_EQ(one, 1);
        }
        TRY(const int64_t updated, tx.execute("UPDATE items SET amount = amount + 1 WHERE id > $1", 2));
        EXPECT_EQ(updated, 3);
        TRY(const int64_t nothing, tx.execute("UPDATE items SET amount = 0 WHERE id = $1", 99));
        EXPECT_EQ(nothing, 0);
        TRY(const int64_t again,
            tx.execute("INSERT INTO items (id, amount) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING", 1));
        EXPECT_EQ(again, 0);
        TRY(const int64_t upserted,
            tx.execute("INSERT INTO items (id, amount) VALUES ($1, 9) ON CONFLICT (id) DO UPDATE "
                       "SET amount = excluded.amount WHERE items.amount < 9",
                       1));
        EXPECT_EQ(upserted, 1);
        TRY(const int64_t deleted, tx.execute("DELETE FROM items WHERE id <= $1", 2));
        EXPECT_EQ(deleted, 2);
        TRY(const int64_t selected, tx.execute("SELECT id FROM items"));
        EXPECT_EQ(selected, 3);
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
}

TEST_P(contract, insert_and_update_return_rows) {
    make_table();
    std::vector<int64_t> inserted, updated;
    auto written = db_->write([&](Tx& tx) -> Result<> {
        inserted.clear();
        updated.clear();
        TRY(const int64_t rows,
            tx.each(
                "INSERT INTO items (id, amount) VALUES ($1, 5), ($2, 6) RETURNING id, amount",
                [&](const Row& row) { inserted.push_back(row.integer(0) * 100 + row.integer(1)); }, 1, 2));
        EXPECT_EQ(rows, 2);
        TRY(const int64_t changed, tx.each(
                                       "UPDATE items SET amount = amount * 2 WHERE id = $1 RETURNING amount",
                                       [&](const Row& row) { updated.push_back(row.integer(0)); }, 2));
        EXPECT_EQ(changed, 1);
        TRY(const int64_t none, tx.each(
                                    "INSERT INTO items (id, amount) VALUES ($1, 5) ON CONFLICT DO NOTHING RETURNING id",
                                    [&](const Row&) { ADD_FAILURE(); }, 1));
        EXPECT_EQ(none, 0);
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
    EXPECT_THAT(inserted, ElementsAre(105, 206));
    EXPECT_THAT(updated, ElementsAre(12));
}

TEST_P(contract, counts_sums_and_truths_are_integers) {
    make_table();
    ASSERT_TRUE(insert(1, 4'000'000'000) && insert(2, 5'000'000'000) && insert(3, 1));
    auto read = db_->read([&](Tx& tx) -> Result<> {
        TRY(
            tx.each("SELECT COUNT(*), CAST(SUM(amount) AS BIGINT), SUM(amount), MAX(id), 2 > 1, CAST(7 AS SMALLINT), "
                    "'x' || CAST(MAX(id) AS TEXT) FROM items",
                    [&](const Row& row) {
                        EXPECT_EQ(row.integer(0), 3);
                        EXPECT_EQ(row.integer(1), 9'000'000'001);
                        EXPECT_EQ(row.integer(2), 9'000'000'001);  // numeric on PostgreSQL
                        EXPECT_EQ(row.text(2), "9000000001");
                        EXPECT_EQ(row.integer(3), 3);
                        EXPECT_EQ(row.integer(4), 1);
                        EXPECT_EQ(row.integer(5), 7);
                        EXPECT_EQ(row.text(6), "x3");
                    }));
        return {};
    });
    ASSERT_TRUE(read) << read.error().detail;
}

TEST_P(contract, a_sink_may_run_the_statement_it_is_fed_by) {
    make_table();
    ASSERT_TRUE(insert(1) && insert(2));
    std::vector<int64_t> seen;
    static constexpr Sql kAll = "SELECT id FROM items WHERE id >= $1 ORDER BY id";
    auto read = db_->read([&](Tx& tx) -> Result<> {
        Result<> inner;
        TRY(tx.each(
            kAll,
            [&](const Row& row) {
                const int64_t id = row.integer(0);
                if (auto r = tx.each(kAll, [&](const Row& in) { seen.push_back(id * 10 + in.integer(0)); }, id); !r) {
                    inner = std::unexpected(r.error());
                }
            },
            1));
        return inner;
    });
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_THAT(seen, ElementsAre(11, 12, 22));
}

TEST_P(contract, broken_constraints_are_conflicts_that_name_them) {
    make_table();
    ASSERT_TRUE(insert(1));
    struct Case {
        Sql sql;
        const char* sqlite_names;
        const char* postgres_names;
    };
    const Case cases[] = {
        {"INSERT INTO items (id, amount) VALUES (1, 1)", "items.id", "items_pkey"},
        {"INSERT INTO items (id, amount, tag) VALUES (2, 1, 'a'), (3, 1, 'a')", "items.tag", "items_tag_key"},
        {"INSERT INTO items (id, amount) VALUES (4, -1)", "amount_is_not_negative", "amount_is_not_negative"},
        {"INSERT INTO items (id, amount, parent) VALUES (5, 1, 404)", "FOREIGN KEY", "items_parent_fkey"},
    };
    for (const Case& c : cases) {
        auto written = db_->write([&](Tx& tx) -> Result<> {
            TRY(tx.execute(c.sql));
            return {};
        });
        ASSERT_FALSE(written) << c.sql.text;
        EXPECT_EQ(written.error().code, Code::kConflict) << written.error().detail;
        EXPECT_THAT(written.error().detail, HasSubstr(sqlite() ? c.sqlite_names : c.postgres_names));
    }
    EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_P(contract, nested_failures_undo_only_their_own) {
    make_table();
    std::vector<Code> said;  // in the last run: a failure in the first makes the body run again, with savepoints
    auto written = db_->write([&](Tx& tx) -> Result<> {
        said.clear();
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
        auto inner = tx.nested([&]() -> Result<> {
            TRY(tx.execute("INSERT INTO items (id, amount) VALUES (2, 1)"));
            auto deepest = tx.nested([&]() -> Result<> {
                TRY(tx.execute("INSERT INTO items (id, amount) VALUES (3, 1)"));
                TRY(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
                return {};
            });
            if (!deepest) said.push_back(deepest.error().code);
            TRY(tx.execute("INSERT INTO items (id, amount) VALUES (4, 1)"));
            return {};
        });
        if (!inner) said.push_back(inner.error().code);
        auto refused = tx.nested([&]() -> Result<> {
            TRY(tx.execute("INSERT INTO items (id, amount) VALUES (5, 1)"));
            return fail(Code::kInvalid, "no");
        });
        if (!refused) said.push_back(refused.error().code);
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (6, 1)"));
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
    EXPECT_THAT(said, ElementsAre(Code::kConflict, Code::kInvalid));
    EXPECT_THAT(ids(), ElementsAre(1, 2, 4, 6));
}

TEST_P(contract, a_body_that_overlooks_a_failed_statement_has_failed) {
    make_table();
    ASSERT_TRUE(insert(1));
    auto written = db_->write([&](Tx& tx) -> Result<> {
        EXPECT_TRUE(tx.execute("INSERT INTO items (id, amount) VALUES (2, 1)"));
        EXPECT_FALSE(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
        EXPECT_FALSE(tx.execute("INSERT INTO items (id, amount) VALUES (3, 1)"));
        return {};
    });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::kConflict);
    EXPECT_THAT(ids(), ElementsAre(1));
}

TEST_P(contract, a_body_that_throws_has_failed) {
    make_table();
    auto written = db_->write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (2, 1)"));
        throw std::runtime_error("thrown");
    });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::kInternal);
    EXPECT_THAT(written.error().detail, HasSubstr("thrown"));
    EXPECT_TRUE(ids().empty());
}

TEST_P(contract, a_read_sees_one_snapshot) {
    make_table();
    ASSERT_TRUE(insert(1));
    int64_t first = 0, second = 0;
    auto read = db_->read([&](Tx& tx) -> Result<> {
        TRY(tx.each("SELECT COUNT(*) FROM items", [&](const Row& row) { first = row.integer(0); }));
        if (auto w = insert(2); !w) return w;
        TRY(tx.each("SELECT COUNT(*) FROM items", [&](const Row& row) { second = row.integer(0); }));
        return {};
    });
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 1);
    EXPECT_THAT(ids(), ElementsAre(1, 2));
}

TEST_P(contract, a_read_cannot_change_anything) {
    make_table();
    auto read = db_->read([&](Tx& tx) -> Result<> {
        TRY(tx.execute("INSERT INTO items (id, amount) VALUES (1, 1)"));
        return {};
    });
    EXPECT_FALSE(read);
    EXPECT_TRUE(ids().empty());
}

TEST_P(contract, a_read_that_finds_no_free_connection_says_busy) {
    OpenOptions few;
    few.readers = 1;
    few.busy_timeout = 20ms;
    open(few);
    auto outer = db_->read([&](Tx&) -> Result<> {
        auto inner = db_->read([](Tx&) -> Result<> { return {}; });
        EXPECT_FALSE(inner);
        EXPECT_EQ(inner.error().code, Code::kBusy);
        return {};
    });
    EXPECT_TRUE(outer);
}

TEST_P(contract, a_clinic_transaction_puts_its_clinic_first) {
    ASSERT_TRUE(db_->write([](Tx& tx) {
        return tx.script("CREATE TABLE notes (clinic_id BIGINT, id BIGINT, PRIMARY KEY (clinic_id, id))");
    }));
    auto written = db_->write([&](Tx& tx) -> Result<> {
        for (const int64_t clinic : {1, 2}) {
            ClinicTx own(tx, ClinicId{clinic});
            TRY(own.execute("INSERT INTO notes (clinic_id, id) VALUES ($1, $2)", 7));
        }
        ClinicTx second(tx, ClinicId{2});
        TRY(const int64_t deleted, second.execute("DELETE FROM notes WHERE clinic_id = $1 AND id = $2", 7));
        EXPECT_EQ(deleted, 1);
        TRY(tx.each("SELECT clinic_id FROM notes", [](const Row& row) { EXPECT_EQ(row.integer(0), 1); }));
        return {};
    });
    ASSERT_TRUE(written) << written.error().detail;
}

class NoTx final : public Tx {
public:
    Result<int64_t> run(Sql, std::span<const Param>, const RowSink*) override { return 0; }
    Result<> nested(const std::function<Result<>()>& body) override { return body(); }
    Result<> script(const std::string&) override { return {}; }
    std::string_view engine() const override { return "sqlite"; }
    std::unique_ptr<Shared>& shared_slot(const void*, bool) override { return nothing_; }

private:
    std::unique_ptr<Shared> nothing_;
};

TEST(tenant, a_statement_without_its_clinic_cannot_be_run) {
    NoTx tx;
    ClinicTx own(tx, ClinicId{1});
    EXPECT_TRUE(own.execute("DELETE FROM notes WHERE clinic_id = $1"));
    EXPECT_DEATH((void)own.execute("DELETE FROM notes WHERE id = $1"), "clinic_id");
}

INSTANTIATE_TEST_SUITE_P(engines, contract, testing::kEngines, testing::kEngineName);

}  // namespace
}  // namespace clinicpro::store
