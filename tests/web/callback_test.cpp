// Notices from Safaricom: stored, then acknowledged; forged ones cost nothing; a full disk is said and survived.
#include <latch>

#include "daraja/c2b.hpp"
#include "tests/web/site.hpp"
#include "web/validation_desk.hpp"

namespace clinicpro::web::testing {

// A database that counts, and fails when told to.
class Gate final : public store::Database {
public:
    explicit Gate(store::Database& inner) : inner_(inner) {}
    Result<> read(const store::Body& body) override {
        ++uses;
        return inner_.read(body);
    }
    void submit(store::Body body, std::function<void(Result<>)> done) override {
        ++uses;
        if (failure) return done(std::unexpected(*failure));
        inner_.submit(std::move(body), std::move(done));
    }
    std::string_view engine() const override { return inner_.engine(); }
    std::atomic<int> uses = 0;
    std::optional<Error> failure;

private:
    store::Database& inner_;
};

class Callback : public SiteTest {
protected:
    Callback()
        : gate(*database),
          gated_inbox(gate, *vault, entropy, ids, clock, methods),
          gated{.database = gate,
                .vault = *vault,
                .entropy = entropy,
                .links = links,
                .ids = ids,
                .clock = clock,
                .methods = methods,
                .inbox = gated_inbox,
                .c2b = services.c2b,
                .mpesa = parts,
                .payback = payback,
                .meeting_settings = meeting_settings,
                .client = services.client,
                .public_url = "https://pay.example",
                .wake = {},
                .is_ready = {}} {
        router = std::make_unique<net::Router>(build_router(gated, *pool));
    }
    ~Callback() override { router.reset(); }
    std::string validation_path() const {
        return "/n/v/" + links.hex({clinics::Link::Purpose::kC2bCallback, kMlimani, 0, 1});
    }
    std::string stk_path(int64_t subject = 5) const {
        return "/n/s/" + links.hex({clinics::Link::Purpose::kStkCallback, kMlimani, subject, 0});
    }
    Gate gate;
    payments::Inbox gated_inbox;
    Services gated;
};

TEST_F(Callback, is_stored_as_it_came_and_then_acknowledged) {
    const std::string odd = "this is not even JSON \x01\xff";
    const Reply stk = ask("POST", stk_path(), odd);
    EXPECT_EQ(stk.status, 200);
    EXPECT_EQ(stk["ResultCode"], "0");
    EXPECT_EQ(ask("POST", confirmation_path(), "x").body, daraja::confirmation_ack());
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox WHERE method = 'mpesa.stk' AND subject = 5 AND state = 'new' AND "
                    "peer_known = 1"),
              1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox WHERE method = 'mpesa.c2b' AND subject = 1"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox WHERE instr(body, 'not even') > 0"), 0);  // sealed
    must(database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kMlimani);
        TRY(const auto listed, payments::Inbox::list(tx, "new", 10));
        TRY(const auto opened, payments::Inbox::open(tx, *vault, listed.back().id));
        EXPECT_EQ(opened.reveal(), odd);
        return {};
    }));
}

TEST_F(Callback, from_an_unlisted_address_is_stored_and_marked) {
    net::Request made = request("POST", stk_path(), "{}");
    made.peer = "203.0.113.9";
    EXPECT_EQ(send(std::move(made)).status, 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox WHERE peer = '203.0.113.9' AND peer_known = 0"), 1);
}

TEST_F(Callback, a_forged_token_is_not_found_without_touching_the_database) {
    const std::string good = stk_path();
    std::vector<std::string> forged = {"/n/s/x", "/n/s/" + std::string(56, '0'), good + "0",
                                       good.substr(0, good.size() - 2)};
    for (size_t i = 5; i < good.size(); i += 7) {
        std::string one = good;
        one[i] = one[i] == '0' ? '1' : '0';
        forged.push_back(one);
    }
    std::string upper = good;
    for (char& c : upper) c = c == 'a' ? 'A' : c;
    if (upper != good) forged.push_back(upper);
    forged.push_back("/n/c/" + good.substr(5));  // a prompt's token is no confirmation's
    forged.push_back("/n/v/" + good.substr(5));
    forged.push_back("/n/s/" + confirmation_path().substr(5));
    const int before = gate.uses;
    for (const std::string& path : forged) {
        const Reply reply = ask("POST", path, stk_paid(1, "UKN1"));
        EXPECT_EQ(reply.status, 404) << path;
        EXPECT_EQ(reply["detail"], "There is nothing at this path. Check the address for spelling.");
    }
    EXPECT_EQ(gate.uses, before);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), 0);
}

TEST_F(Callback, an_empty_or_huge_body_is_refused) {
    const int before = gate.uses;
    EXPECT_EQ(ask("POST", stk_path()).status, 400);
    EXPECT_EQ(ask("POST", stk_path(), std::string(64 * 1024 + 1, 'x')).status, 413);
    EXPECT_EQ(gate.uses, before);
    EXPECT_EQ(ask("POST", stk_path(), std::string(64 * 1024, 'x')).status, 200);
}

TEST_F(Callback, is_not_acknowledged_when_it_is_not_stored) {
    for (const Code code : {Code::kStorageFull, Code::kBusy, Code::kUnavailable, Code::kUnknown}) {
        gate.failure = Error{code, "The disk is full. Free some space; nothing was lost.", {}, "secret detail"};
        const Reply reply = ask("POST", confirmation_path(), c2b("UKN1FULL00", "x"));
        EXPECT_EQ(reply.status, 503);
        EXPECT_EQ(reply["detail"], "The disk is full. Free some space; nothing was lost.");
        EXPECT_EQ(reply.header("Retry-After"), "5");
        EXPECT_EQ(reply.body.find("secret"), std::string::npos);
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), 0);
    gate.failure.reset();
    EXPECT_EQ(ask("POST", confirmation_path(), c2b("UKN1FULL00", "x")).status, 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), 1);
}

TEST_F(Callback, a_full_database_file_is_said_and_the_next_notice_is_stored_once_there_is_space) {
    // SQLite's own limit stands for the disk's end: the same error on the same path.
    const int64_t pages = count("PRAGMA page_count");
    const auto limit = [&](int64_t most) {
        const std::string pragma = "PRAGMA max_page_count = " + std::to_string(most);
        must(database->write([&](store::Tx& tx) { return tx.script(pragma); }));
    };
    limit(pages + 8);
    int status = 200;
    int stored = 0;
    std::string detail;
    for (int i = 0; i < 200 && status == 200; ++i) {
        const Reply reply = ask("POST", confirmation_path(), c2b("UKN" + std::to_string(i), std::string(4000, 'x')));
        status = reply.status;
        detail = reply["detail"];
        stored += status == 200;
    }
    EXPECT_EQ(status, 503);
    EXPECT_NE(detail.find("disk is full"), std::string::npos) << detail;
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), stored);
    limit(pages + 1000);
    EXPECT_EQ(ask("POST", confirmation_path(), c2b("UKNAFTER", "x")).status, 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), stored + 1);
}

TEST_F(Callback, validation_answers_from_what_is_known) {
    configure();
    const auto inv = invoice(patient());
    const std::string account = get("/invoices/" + inv)["account"];
    EXPECT_EQ(ask("POST", validation_path(), c2b("UKN1", account))["ResultCode"], "0");
    EXPECT_EQ(ask("POST", validation_path(), c2b("UKN1", "unknown"))["ResultCode"], "C2B00012");
    EXPECT_EQ(ask("POST", validation_path(), "nonsense")["ResultCode"], "0");  // when in doubt, take the money
    EXPECT_EQ(count("SELECT COUNT(*) FROM inbox"), 0);
}

TEST(validation_desk, accepts_when_no_answer_comes_in_time) {
    std::latch decided(1), release(1);
    {
        ValidationDesk desk(
            [&](ClinicId, const std::string&) {
                decided.count_down();
                release.wait();
                return std::string("late");
            },
            20ms);
        std::promise<net::Response> answered;
        desk.ask(ClinicId{1}, "{}", [&](net::Response response) { answered.set_value(std::move(response)); });
        const net::Response response = answered.get_future().get();  // a second answer would throw
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, daraja::accept_validation());
        decided.wait();
        release.count_down();
    }
}

TEST(validation_desk, accepts_when_too_many_wait) {
    std::latch release(1);
    std::atomic<int> answers = 0, accepted = 0;
    {
        ValidationDesk desk(
            [&](ClinicId, const std::string&) {
                release.wait();
                return std::string("decided");
            },
            std::chrono::minutes(10));
        for (int i = 0; i < 600; ++i) {
            desk.ask(ClinicId{1}, "{}", [&](const net::Response& response) {
                ++answers;
                accepted += response.body == daraja::accept_validation();
            });
        }
        EXPECT_GE(answers, 600 - 512 - 2);
        EXPECT_EQ(answers, accepted);
        release.count_down();
    }
    EXPECT_EQ(answers, 600);  // every question is answered exactly once
}

}  // namespace clinicpro::web::testing
