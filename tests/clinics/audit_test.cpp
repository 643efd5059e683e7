// The audit trail: every way of tampering with it shows.
#include "clinics/audit.hpp"

#include <thread>

#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

class AuditTest : public ClinicsTest {
protected:
    const ClinicId one{1}, two{2};

    Result<int64_t> append(ClinicId clinic, const std::string& action) {
        return in_clinic(clinic, [&](store::ClinicTx& tx) {
            return audit::append(
                tx, {.at = kNow, .actor = "mpesa", .action = action, .subject = "inv_1", .detail = R"({"n":1})"});
        });
    }
    void append_five(ClinicId clinic) {
        for (const char* action : {"a", "b", "c", "d", "e"}) must(append(clinic, action));
    }
    std::optional<int64_t> first_broken(ClinicId clinic, const std::optional<audit::Head>& anchor = {}) {
        return must(in_clinic(clinic, [&](store::ClinicTx& tx) { return audit::verify_chain(tx, anchor); }));
    }
    audit::Head head(ClinicId clinic) {
        return must(in_clinic(clinic, [](store::ClinicTx& tx) { return audit::head(tx); }));
    }
    void tamper(store::Sql sql) {
        must(in_clinic(one, [&](store::ClinicTx& tx) { return tx.execute(sql); }));
    }
};

TEST_F(AuditTest, entries_are_numbered_from_one_and_listed_newest_first_in_pages) {
    EXPECT_EQ(head(one).seq, 0);
    append_five(one);
    EXPECT_EQ(head(one).seq, 5);
    const auto page = must(in_clinic(one, [](store::ClinicTx& tx) { return audit::list(tx, {}, 2); }));
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(page[0].seq, 5);
    EXPECT_EQ(page[0].action, "e");
    EXPECT_EQ(page[0].at, kNow);
    EXPECT_EQ(page[0].actor, "mpesa");
    EXPECT_EQ(page[0].subject, "inv_1");
    EXPECT_EQ(page[0].detail, R"({"n":1})");
    const auto next = must(in_clinic(one, [&](store::ClinicTx& tx) { return audit::list(tx, page[1].seq, 10); }));
    ASSERT_EQ(next.size(), 3u);
    EXPECT_EQ(next[0].seq, 3);
}

TEST_F(AuditTest, each_clinic_has_its_own_chain_and_sees_no_other) {
    append_five(one);
    EXPECT_EQ(must(append(two, "x")), 1);
    EXPECT_EQ(must(in_clinic(two, [](store::ClinicTx& tx) { return audit::list(tx); })).size(), 1u);
    EXPECT_EQ(first_broken(one), std::nullopt);
    EXPECT_EQ(first_broken(two), std::nullopt);
    tamper("UPDATE audit SET action = 'z' WHERE clinic_id = $1 AND seq = 2");
    EXPECT_EQ(first_broken(two), std::nullopt);
}

TEST_F(AuditTest, an_edited_field_of_any_kind_breaks_the_chain_at_its_row) {
    const store::Sql edits[] = {"UPDATE audit SET at = at + 1 WHERE clinic_id = $1 AND seq = 3",
                                "UPDATE audit SET actor = 'someone' WHERE clinic_id = $1 AND seq = 3",
                                "UPDATE audit SET action = 'C' WHERE clinic_id = $1 AND seq = 3",
                                "UPDATE audit SET subject = 'inv_2' WHERE clinic_id = $1 AND seq = 3",
                                "UPDATE audit SET detail = '{}' WHERE clinic_id = $1 AND seq = 3",
                                "UPDATE audit SET actor = 'mpesac', action = '' WHERE clinic_id = $1 AND seq = 3",
                                "UPDATE audit SET hash = (SELECT hash FROM audit WHERE clinic_id = $1 AND seq = 2) "
                                "WHERE clinic_id = $1 AND seq = 3"};
    for (const store::Sql& edit : edits) {
        tamper("DELETE FROM audit WHERE clinic_id = $1");
        append_five(one);
        EXPECT_EQ(first_broken(one), std::nullopt);
        tamper(edit);
        EXPECT_EQ(first_broken(one), 3) << edit.text;
    }
}

TEST_F(AuditTest, a_removed_row_is_named) {
    append_five(one);
    tamper("DELETE FROM audit WHERE clinic_id = $1 AND seq = 2");
    EXPECT_EQ(first_broken(one), 2);
}

TEST_F(AuditTest, a_removed_row_whose_place_was_closed_up_is_named) {
    append_five(one);
    tamper("DELETE FROM audit WHERE clinic_id = $1 AND seq = 2");
    for (int seq = 3; seq <= 5; ++seq) {
        must(in_clinic(one, [&](store::ClinicTx& tx) {
            return tx.execute("UPDATE audit SET seq = seq - 1 WHERE clinic_id = $1 AND seq = $2", seq);
        }));
    }
    EXPECT_EQ(first_broken(one), 2);
}

TEST_F(AuditTest, an_inserted_row_is_named) {
    append_five(one);
    tamper(
        "INSERT INTO audit (clinic_id, seq, at, actor, action, subject, detail, hash) "
        "SELECT clinic_id, 6, at, actor, 'forged', subject, detail, hash FROM audit WHERE clinic_id = $1 AND seq = 5");
    EXPECT_EQ(first_broken(one), 6);
}

TEST_F(AuditTest, a_cut_off_end_shows_against_a_head_kept_elsewhere) {
    append_five(one);
    const audit::Head kept = head(one);
    must(append(one, "f"));
    EXPECT_EQ(first_broken(one, kept), std::nullopt);
    tamper("DELETE FROM audit WHERE clinic_id = $1 AND seq >= 4");
    EXPECT_EQ(first_broken(one), std::nullopt);  // a chain alone cannot know its length
    EXPECT_EQ(first_broken(one, kept), 4);
}

TEST_F(AuditTest, a_chain_written_anew_shows_against_a_head_kept_elsewhere) {
    append_five(one);
    const audit::Head kept = head(one);
    tamper("DELETE FROM audit WHERE clinic_id = $1");
    for (const char* action : {"a", "b", "forged", "d", "e"}) must(append(one, action));
    EXPECT_EQ(first_broken(one), std::nullopt);
    EXPECT_EQ(first_broken(one, kept), 5);
}

TEST_F(AuditTest, a_chain_longer_than_a_page_is_checked_to_its_end) {
    must(in_clinic(one, [](store::ClinicTx& tx) -> Result<> {
        for (int i = 0; i < 2'500; ++i) {
            TRY(audit::append(tx, {.at = kNow, .actor = "system", .action = "tick", .subject = ""}));
        }
        return {};
    }));
    EXPECT_EQ(first_broken(one), std::nullopt);
    tamper("UPDATE audit SET actor = 'x' WHERE clinic_id = $1 AND seq = 2400");
    EXPECT_EQ(first_broken(one), 2400);
}

TEST_F(AuditTest, entries_from_many_threads_make_one_whole_chain) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 50; ++k) must(append(one, "x"));
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(head(one).seq, 200);
    EXPECT_EQ(first_broken(one), std::nullopt);
}

TEST_F(AuditTest, an_entry_that_would_not_fit_is_refused_whole) {
    EXPECT_EQ(append(one, std::string(101, 'a')).error().code, Code::kInternal);
    EXPECT_EQ(append(one, "").error().code, Code::kInternal);
    const auto long_detail = in_clinic(one, [](store::ClinicTx& tx) {
        return audit::append(tx, {.at = kNow,
                                  .actor = "a",
                                  .action = "b",
                                  .subject = "",
                                  .detail = std::string_view(std::string(2'001, 'd'))});
    });
    EXPECT_EQ(long_detail.error().code, Code::kInternal);
    EXPECT_EQ(head(one).seq, 0);
}

}  // namespace
}  // namespace clinicpro::clinics
