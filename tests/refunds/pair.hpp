// pair.hpp: the whole web layer on one side and the sandbox on the other, in one thread, on one clock: what one sends,
// the other gets, as late and as often as the sandbox's faults say.
#pragma once

#include "sandbox/control.hpp"
#include "sandbox/daraja.hpp"
#include "tests/web/site.hpp"

namespace clinicpro::testing_pair {

// The wire from the server to the sandbox. Answers come when their time has come.
class Line : public net::Client {
public:
    void send(net::ClientRequest request, std::function<void(net::Outcome)> done) override {
        const std::string path = request.url.substr(request.url.find('/', request.url.find("//") + 2));
        net::Request made;
        made.method = request.method;
        const size_t question = path.find('?');
        made.path = path.substr(0, question);
        if (question != path.npos) made.query = path.substr(question + 1);
        made.headers = request.headers;
        made.body = request.body;
        made.peer = "127.0.0.1";
        sent.push_back(made.path);
        if (unplugged && made.path.find("/oauth/") == made.path.npos) return done(net::NotSent{"unplugged"});
        const sandbox::Answer answer = daraja->handle(made, clock->now());
        net::Outcome outcome = answer.response;
        if (answer.response.status == 0) outcome = net::Unknown{"cut"};
        answers.emplace(clock->now() + answer.delay, std::pair(std::move(done), std::move(outcome)));
    }
    int calls(std::string_view part) const {
        return int(std::ranges::count_if(sent, [&](const auto& path) { return path.find(part) != path.npos; }));
    }
    sandbox::Daraja* daraja = nullptr;
    const Clock* clock = nullptr;
    bool unplugged = false;
    std::vector<std::string> sent;
    std::multimap<Instant, std::pair<std::function<void(net::Outcome)>, net::Outcome>> answers;
};

class Pair : protected Line, protected web::testing::Site {
public:
    explicit Pair(uint64_t seed = 1)
        : Line(), Site({}, "https://pay.example", this), daraja(plain(), seed), control(daraja) {
        Line::daraja = &daraja;
        Line::clock = &(Site::clock);
    }

    static sandbox::Config plain() {
        sandbox::Config config = sandbox::default_config();
        config.switches.stk_also_c2b = false;
        config.switches.same_amount_rule = false;  // two patients of one test pay the same from one phone
        config.switches.query_per_minute = 0;
        return config;
    }

    // Both sides, for so long.
    void pass(Duration time) {
        const Instant until = Site::clock.now() + time;
        for (int i = 0; i < 100'000; ++i) {
            daraja.advance(Site::clock.now());
            deliver();
            while (!answers.empty() && answers.begin()->first <= Site::clock.now()) {
                auto node = answers.extract(answers.begin());
                node.mapped().first(std::move(node.mapped().second));
            }
            const auto progress = web::testing::must(worker.step());
            if (progress.taken > 0) continue;
            if (Site::clock.now() >= until) return;
            Instant next = std::min(until, Site::clock.now() + Duration(30s));
            if (progress.next_due) next = std::min(next, *progress.next_due);
            if (const auto due = daraja.next_due()) next = std::min(next, *due);
            if (!answers.empty()) next = std::min(next, answers.begin()->first);
            if (next > Site::clock.now()) Site::clock.pass(next - Site::clock.now());
            else Site::clock.pass(Duration(1ms));
        }
        FAIL() << "the pair does not come to rest";
    }
    void deliver() {
        for (sandbox::Outgoing& out : daraja.take_outgoing()) {
            const std::string& url = out.request.url;
            net::Request made = request(out.request.method, url.substr(url.find('/', url.find("//") + 2)), out.request.body);
            const web::testing::Reply reply = Site::send(made);
            bodies.push_back({made.path, made.body});
            daraja.ended(out.delivery, net::Response{.status = reply.status, .body = reply.body}, Site::clock.now());
        }
    }
    net::Response steer(const std::string& method, const std::string& path, const std::string& body = {}) {
        net::Request made;
        made.method = method;
        made.path = "/_sandbox/" + path;
        made.headers = {{"Host", "127.0.0.1:9200"}};
        made.body = body;
        return control.handle(made, Site::clock.now());
    }
    void fault(const std::string& json) { ASSERT_EQ(steer("PUT", "faults", json).status, 200); }

    // Clinic mlimani with an initiator, as merchant 600986 of the sandbox.
    void connect(const std::string& password = "Sandbox#Initiator1") {
        json::Writer w;
        w.begin_object().field("environment", "custom").field("base_url", "http://127.0.0.1:9");
        w.field("shortcode", "600986").field("callback_base_url", "https://pay.example");
        w.field("consumer_key", "DemoMlimaniKey000000000000000002").field("consumer_secret", "DemoMlimaniSecret002");
        w.field("passkey", "5f2c1d7be0a94b368c1e7d2f90ab34cd5e6f708192a3b4c5d6e7f8091a2b3c4d");
        w.field("initiator_name", "testapi").field("initiator_password", password);
        w.field("initiator_certificate", sandbox::Initiators::certificate()).end_object();
        const auto done = ask("PUT", "/v1/clinics/mlimani/mpesa", w.take(), admin);
        ASSERT_EQ(done.status, 200) << done.body;
        const auto meetings = ask("PUT", "/v1/clinics/mlimani/meeting-provider",
                                  R"({"provider":"simple","base_url":"https://meet.example"})", admin);
        ASSERT_EQ(meetings.status, 200) << meetings.body;
    }
    // An invoice of KES 1,500 paid by prompt; gives the payment.
    std::string paid(std::string visit_kind = {}) {
        const std::string who = patient();
        visit_id = visit_kind.empty() ? "" : visit(who, visit_kind);
        invoice_id = invoice(who, visit_id);
        const std::string payment = prompt(invoice_id);
        pass(60s);
        EXPECT_EQ(get("/payments/" + payment)["state"], "paid");
        return payment;
    }
    web::testing::Reply as(const std::string& key, const std::string& path, const std::string& body) const {
        return ask("POST", "/v1/clinics/mlimani" + path, body, key);
    }
    // Asked for by the cashier.
    std::string asked(const std::string& payment, const std::string& more = {}) {
        const auto reply =
            as(cashier, "/refunds", R"({"payment_id":")" + payment + R"(","reason":"The visit was cancelled")" + more + "}");
        EXPECT_EQ(reply.status, 201) << reply.body;
        return reply["id"];
    }
    // And approved by the admin.
    std::string approved(const std::string& payment, const std::string& more = {}) {
        const std::string refund = asked(payment, more);
        const auto reply = as(admin, "/refunds/" + refund + "/approve", "{}");
        EXPECT_EQ(reply.status, 200) << reply.body;
        return refund;
    }
    web::testing::Reply refund(const std::string& id) const { return get("/refunds/" + id); }
    int64_t balance(const std::string& account) const {
        return count("SELECT COALESCE(SUM(CASE WHEN credit = '" + account + "' THEN amount WHEN debit = '" + account +
                     "' THEN -amount ELSE 0 END), 0) FROM ledger");
    }
    Money wallet() { return daraja.world().ledger.wallet("254712345678"); }
    // What the books say came in and did not go back is what the sandbox holds for the shortcode.
    void expect_the_books_agree() {
        EXPECT_EQ(-balance("mpesa"), daraja.world().ledger.shortcode("600986").cents() - paid_out);
        EXPECT_EQ(balance("clearing"), 0);
        EXPECT_EQ(balance("mpesa") + balance("invoice") + balance("unallocated") + balance("by_hand"), 0);
        EXPECT_EQ(daraja.world().ledger.total_cents(), daraja.world().ledger.issued_cents());
        EXPECT_EQ(count("SELECT COALESCE(SUM(amount_paid), 0) FROM invoices"), balance("invoice"));
        EXPECT_EQ(count("SELECT COALESCE(SUM(amount), 0) FROM unallocated WHERE state = 'open'"), balance("unallocated"));
        EXPECT_EQ(get("/audit/verify")["whole"], "true");
    }

    sandbox::Daraja daraja;
    sandbox::Control control;
    int64_t paid_out = 0;  // cents that left the Utility account
    std::string invoice_id, visit_id;
    std::vector<std::pair<std::string, std::string>> bodies;  // callbacks that were delivered: path and body
};

class RefundStory : public ::testing::Test, protected Pair {};

}  // namespace clinicpro::testing_pair
