// The same key, one deed: repeated, changed, failed, and eight at once (promise P-05).
#include "web/idempotency.hpp"

#include <thread>

#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Idempotency : public SiteTest {
protected:
    Idempotency() {
        configure();
        who = patient();
        path = "/invoices/" + invoice(who) + "/payments";
    }
    static net::Headers with(std::string key) { return {{"Idempotency-Key", std::move(key)}}; }
    std::string who, path;
};

TEST_F(Idempotency, a_payment_needs_a_key) {
    const Reply reply = post(path, "{}");
    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(reply["field"], "Idempotency-Key");
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 0);
}

TEST_F(Idempotency, a_repeated_request_repeats_the_answer) {
    const Reply first = post(path, R"({"phone":"0712345678"})", with("k"));
    ASSERT_EQ(first.status, 202);
    EXPECT_EQ(first.header("Idempotency-Replayed"), "");
    run();  // the payment moves on; the answer does not
    const Reply second = post(path, R"({"phone":"0712345678"})", with("k"));
    EXPECT_EQ(second.status, 202);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(second.header("Idempotency-Replayed"), "true");
    // The clinic's number says the same as its slug.
    EXPECT_EQ(ask("POST", "/v1/clinics/1" + path, R"({"phone":"0712345678"})", cashier, with("k")).body, first.body);
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 1);
    EXPECT_EQ(daraja.pushes, 1);
}

TEST_F(Idempotency, the_same_key_for_something_else_is_refused) {
    ASSERT_EQ(post(path, R"({"amount_cents":10000})", with("k")).status, 202);
    const Reply other_body = post(path, R"({"amount_cents":20000})", with("k"));
    EXPECT_EQ(other_body.status, 422);
    EXPECT_EQ(other_body["detail"],
              "This Idempotency-Key was already used for a different request. Use a new key for a new request.");
    EXPECT_EQ(post("/invoices/" + invoice(who) + "/payments", R"({"amount_cents":10000})", with("k")).status, 422);
    EXPECT_EQ(post("/patients", R"({"name":"A","phone":"0712345678"})", with("k")).status, 422);
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), 1);
}

TEST_F(Idempotency, a_key_belongs_to_one_clinic) {
    const std::string body = R"({"name":"A","phone":"0712345678"})";
    const Reply mine = post("/patients", body, with("k"));
    const Reply theirs = ask("POST", "/v1/clinics/2/patients", body, keys[{kPwani, clinics::Role::kAdmin}], with("k"));
    EXPECT_EQ(theirs.status, 201);
    EXPECT_NE(theirs["id"], mine["id"]);
    EXPECT_EQ(theirs.header("Idempotency-Replayed"), "");
}

TEST_F(Idempotency, a_request_that_failed_leaves_its_key_free) {
    const std::string body = R"({"patient_id":")" + who + R"(","reference":"INV-1","amount_cents":100})";
    ASSERT_EQ(post("/invoices", body).status, 201);
    EXPECT_EQ(post("/invoices", body, with("k")).status, 409);  // the reference is taken
    EXPECT_EQ(count("SELECT COUNT(*) FROM idempotency"), 0);
    const std::string other = R"({"patient_id":")" + who + R"(","reference":"INV-2","amount_cents":100})";
    EXPECT_EQ(post("/invoices", other, with("k")).status, 201);
}

TEST_F(Idempotency, a_key_is_a_short_visible_word) {
    EXPECT_EQ(post(path, "{}", with(std::string(128, 'k'))).status, 202);
    for (const std::string& key :
         {std::string(129, 'k'), std::string("two words"), std::string("caf\xc3\xa9"), std::string("a\tb")}) {
        const Reply reply = post(path, "{}", with(key));
        EXPECT_EQ(reply.status, 422) << key;
        EXPECT_EQ(reply["field"], "Idempotency-Key");
    }
}

TEST_F(Idempotency, stored_answers_are_sealed_and_forgotten_after_a_week) {
    const std::string body = R"({"name":"Wanjiku Sealed","phone":"0712345678"})";
    const Reply first = post("/patients", body, with("k"));
    EXPECT_EQ(count("SELECT COUNT(*) FROM idempotency WHERE instr(answer, 'Wanjiku') > 0"), 0);
    clock.pass(idempotency::kKeptFor + 1s);
    const Reply later = post("/patients", body, with("k"));
    EXPECT_EQ(later.status, 201);
    EXPECT_NE(later["id"], first["id"]);
    EXPECT_EQ(count("SELECT COUNT(*) FROM idempotency"), 1);
}

TEST_F(Idempotency, eight_at_once_do_it_once) {
    constexpr int kThreads = 8, kRounds = 10;
    for (int round = 0; round < kRounds; ++round) {
        const std::string to = "/invoices/" + invoice(who) + "/payments";
        std::vector<Reply> replies(kThreads);
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back(
                [&, i] { replies[size_t(i)] = post(to, "{}", with("round-" + std::to_string(round))); });
        }
        for (auto& thread : threads) thread.join();
        int fresh = 0;
        for (const Reply& reply : replies) {
            EXPECT_EQ(reply.status, 202) << reply.body;
            EXPECT_EQ(reply.body, replies[0].body);
            fresh += reply.header("Idempotency-Replayed").empty();
        }
        EXPECT_EQ(fresh, 1);
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions"), kRounds);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE kind = 'mpesa.stk.push'"), kRounds);
}

}  // namespace clinicpro::web::testing
