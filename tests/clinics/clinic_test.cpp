// Tenants: numbers, slugs, and creation under competition.
#include <set>
#include <thread>

#include "tests/clinics/fixture.hpp"

namespace clinicpro::clinics {
namespace {

using ClinicTest = ClinicsTest;

TEST_F(ClinicTest, the_first_clinic_is_1_and_is_found_by_number_and_slug) {
    const Clinic made = must(create(*database, *vault, {.slug = "mlimani", .name = " Mlimani Clinic "}, kNow));
    EXPECT_EQ(made.id, ClinicId{1});
    EXPECT_EQ(make_clinic("second-clinic"), ClinicId{2});
    for (const char* name : {"1", "mlimani"}) {
        const Clinic found = must(in_system([&](store::Tx& tx) { return find(tx, std::string_view(name)); }));
        EXPECT_EQ(found.id, ClinicId{1});
        EXPECT_EQ(found.slug, "mlimani");
        EXPECT_EQ(found.name, "Mlimani Clinic");
        EXPECT_EQ(found.status, Clinic::Status::kActive);
        EXPECT_EQ(found.created_at, kNow);
    }
    for (const char* name : {"0", "3", "-1", "", "nobody", "1x", "99999999999999999999", "' OR 1=1"}) {
        const auto found = in_system([&](store::Tx& tx) { return find(tx, std::string_view(name)); });
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().code, Code::kNotFound);
    }
}

TEST_F(ClinicTest, a_slug_outside_the_rules_is_refused_and_costs_no_number) {
    for (const std::string& slug : {std::string("ab"), std::string(41, 'a'), std::string("Mlimani"),
                                    std::string("-abc"), std::string("abc-"), std::string("12345"), std::string("a b"),
                                    std::string("a_b"), std::string("system"), std::string("account"), std::string("kliniki\xc3\xa9")}) {
        const auto made = create(*database, *vault, {.slug = slug, .name = "x"}, kNow);
        ASSERT_FALSE(made) << slug;
        EXPECT_EQ(made.error().code, Code::kInvalid);
        EXPECT_EQ(made.error().field, "slug");
    }
    EXPECT_TRUE(check_slug("abc"));
    EXPECT_TRUE(check_slug(std::string(40, 'a')));
    EXPECT_TRUE(check_slug("24-7-care"));
    EXPECT_EQ(make_clinic("mlimani"), ClinicId{1});
}

TEST_F(ClinicTest, a_name_must_be_one_line_of_text) {
    for (const std::string& name : {std::string(), std::string("  "), std::string(121, 'n'), std::string("two\nlines"),
                                    std::string("\xff\xfe")}) {
        const auto made = create(*database, *vault, {.slug = "mlimani", .name = name}, kNow);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().field, "name");
    }
}

TEST_F(ClinicTest, a_taken_slug_is_a_conflict_and_costs_no_number) {
    make_clinic("mlimani");
    const auto again = create(*database, *vault, {.slug = "mlimani", .name = "Another"}, kNow);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::kConflict);
    EXPECT_EQ(again.error().field, "slug");
    EXPECT_EQ(make_clinic("bonde"), ClinicId{2});
}

TEST_F(ClinicTest, clinics_made_at_the_same_time_get_different_numbers_and_one_slug_goes_to_one_only) {
    constexpr int kThreads = 8;
    std::vector<std::thread> threads;
    std::vector<Result<Clinic>> own(kThreads, fail(Code::kInternal, "")), contested = own;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            own[size_t(i)] = create(*database, *vault, {.slug = "clinic-" + std::to_string(i), .name = "n"}, kNow);
            contested[size_t(i)] = create(*database, *vault, {.slug = "wanted-by-all", .name = "n"}, kNow);
        });
    }
    for (auto& thread : threads) thread.join();
    std::set<ClinicId> numbers;
    int winners = 0;
    for (const auto& made : own) EXPECT_TRUE(numbers.insert(must(made).id).second);
    for (const auto& made : contested) {
        if (made) {
            ++winners;
            EXPECT_TRUE(numbers.insert(made->id).second);
        } else {
            EXPECT_EQ(made.error().code, Code::kConflict);
        }
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(numbers.size(), size_t(kThreads) + 1);
}

TEST_F(ClinicTest, what_must_appear_with_a_clinic_stands_or_falls_with_it) {
    const auto made =
        create(*database, *vault, {.slug = "mlimani", .name = "n"}, kNow,
               [](store::ClinicTx&, const Clinic&) -> Result<> { return fail(Code::kInvalid, "no", "x"); });
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().field, "x");
    EXPECT_FALSE(in_system([](store::Tx& tx) { return find(tx, "mlimani"); }));
    ClinicId seen;
    const Clinic second = must(create(*database, *vault, {.slug = "mlimani", .name = "n"}, kNow,
                                      [&](store::ClinicTx& tx, const Clinic& clinic) -> Result<> {
                                          seen = clinic.id;
                                          return vault->key(tx) ? Result<>() : fail(Code::kInternal, "no key");
                                      }));
    EXPECT_EQ(seen, second.id);
}

TEST_F(ClinicTest, the_list_goes_by_number_and_in_pages) {
    for (const char* slug : {"ccc", "aaa", "bbb"}) make_clinic(slug);
    const auto first = must(in_system([](store::Tx& tx) { return list(tx, {}, 2); }));
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].slug, "ccc");
    EXPECT_EQ(first[1].slug, "aaa");
    const auto rest = must(in_system([&](store::Tx& tx) { return list(tx, first[1].id, 2); }));
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].slug, "bbb");
}

TEST_F(ClinicTest, status_changes_for_the_one_clinic_only) {
    const ClinicId one = make_clinic("one"), two = make_clinic("two");
    must(in_clinic(one, [](store::ClinicTx& tx) { return set_status(tx, Clinic::Status::kSuspended); }));
    EXPECT_EQ(must(in_system([&](store::Tx& tx) { return find(tx, one); })).status, Clinic::Status::kSuspended);
    EXPECT_EQ(must(in_system([&](store::Tx& tx) { return find(tx, two); })).status, Clinic::Status::kActive);
    for (const ClinicId absent : {kSystem, ClinicId{77}}) {
        const auto changed =
            in_clinic(absent, [](store::ClinicTx& tx) { return set_status(tx, Clinic::Status::kActive); });
        ASSERT_FALSE(changed);
        EXPECT_EQ(changed.error().code, Code::kNotFound);
    }
    EXPECT_EQ(must(parse_status("suspended")), Clinic::Status::kSuspended);
    EXPECT_FALSE(parse_status("closed"));
}

}  // namespace
}  // namespace clinicpro::clinics
