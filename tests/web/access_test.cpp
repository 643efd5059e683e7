// Who may do what, for every route of the table: keys, roles, and the wall between clinics (promise P-07).
#include "webhooks/endpoint.hpp"
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {
namespace {

using clinics::Role;
using Ids = std::map<std::string, std::string>;

std::string path_of(const ApiRoute& route, const std::string& clinic, const Ids& ids) {
    std::string path;
    for (const auto segment : text::split(route.pattern.substr(1), '/')) {
        path += '/';
        if (segment == "{clinic}") {
            path += clinic;
        } else if (segment.starts_with('{')) {
            path += ids.at(std::string(segment.substr(1, segment.size() - 2)));
        } else {
            path += segment;
        }
    }
    return path;
}

bool is_tenant(const ApiRoute& route) {
    return route.pattern.starts_with("/v1/clinics/{clinic}");
}

// A body this operation would take, referring to `ids`.
std::string body_of(const ApiRoute& route, const Ids& ids) {
    const std::string times = R"("starts_at":"2026-11-24T10:00:00+03:00","ends_at":"2026-11-24T10:30:00+03:00")";
    const std::map<std::string_view, std::string> bodies = {
        {"createClinic", R"({"slug":"third","name":"Third"})"},
        {"setClinicStatus", R"({"status":"suspended"})"},
        {"setClinicColour", R"({"colour":"#5b2a86"})"},
        {"createKey", R"({"role":"reader","label":"x"})"},
        {"createUser", R"({"name":"third","full_name":"Third","role":"admin"})"},
        {"setUserRole", R"({"role":"admin"})"},
        {"setMpesa", Site::kMpesa},
        {"setMeetingProvider", R"({"provider":"simple","base_url":"https://other.example"})"},
        {"setDefaultMeetingProvider", R"({"provider":"simple","base_url":"https://other.example"})"},
        {"createPatient", R"({"name":"X","phone":"0712345678"})"},
        {"correctPatient", R"({"language":"sw"})"},
        {"setMessaging", R"({"channels":["log"]})"},
        {"setMessageText", R"({"words":"Hello"})"},
        {"searchPatients", R"({"phone":"0712345678"})"},
        {"createAppointment", R"({"patient_id":")" + ids.at("patient") + R"(","kind":"onsite",)" + times + "}"},
        {"rescheduleAppointment", "{" + times + "}"},
        {"createInvoice", R"({"patient_id":")" + ids.at("patient") + R"(","amount_cents":100})"},
        {"createWebhook", R"({"url":"https://other.example/hook"})"},
        {"setWebhookState", R"({"state":"stopped"})"},
        {"requestRefund", R"({"payment_id":")" + ids.at("payment") + R"(","reason":"x"})"},
        {"settleRefund", R"({"outcome":"failed","note":"x"})"},
        {"compareStatement", R"({"csv":"Receipt No.,Completion Time,Paid In\nUKN1,2026-11-23 09:00:00,1.00\n"})"},
        {"assignUnallocated", R"({"invoice_id":")" + ids.at("invoice") + R"("})"},
    };
    const auto found = bodies.find(route.operation);
    return found == bodies.end() ? "" : found->second;
}

const Ids kNobody = {{"key", KeyId{77}.to_text()},
                     {"user", UserId{77}.to_text()},
                     {"patient", PatientId{77}.to_text()},
                     {"appointment", AppointmentId{77}.to_text()},
                     {"invoice", InvoiceId{77}.to_text()},
                     {"payment", TransactionId{77}.to_text()},
                     {"unallocated", UnallocatedId{77}.to_text()},
                     {"refund", RefundId{77}.to_text()},
                     {"notice", NoticeId{77}.to_text()},
                     {"inbox", InboxId{77}.to_text()},
                     {"job", JobId{77}.to_text()},
                     {"webhook", webhooks::EndpointId{77}.to_text()},
                     {"event", "evt_1_77"},
                     {"template", "nothing"},
                     {"language", "en"}};

}  // namespace

class Access : public SiteTest {
protected:
    // One of everything, in Pwani; nothing of it is finished.
    Ids things_of_pwani() {
        configure(kPwani);
        Ids ids;
        ids["patient"] = patient(kPwani);
        ids["appointment"] = visit(ids["patient"], "virtual", kPwani);
        ids["invoice"] = invoice(ids["patient"], ids["appointment"], kPwani);
        ids["payment"] = prompt(ids["invoice"], kPwani);
        EXPECT_EQ(ask("POST", confirmation_path(kPwani), c2b("UKN1PWANI0", "nobody")).status, 200);
        EXPECT_EQ(ask("POST", confirmation_path(kPwani), c2b("UKN2PWANI0", ids["payment"])).status, 200);
        run();
        const std::string pwani = "/v1/clinics/pwani";
        const auto& key = keys[{kPwani, Role::kAdmin}];
        EXPECT_EQ(ask("POST", pwani + "/appointments/" + ids["appointment"] + "/confirm", {}, key).status, 200);
        ids["unallocated"] = ask("GET", pwani + "/unallocated", {}, key)["items.0.id"];
        const std::string other = ask("GET", pwani + "/unallocated", {}, key)["items.1.id"];
        ids["refund"] = ask("POST", pwani + "/refunds",
                            R"({"unallocated_id":")" + other + R"(","way":"by_hand","reason":"x"})",
                            keys[{kPwani, Role::kCashier}])["id"];
        ids["notice"] = ask("GET", pwani + "/notices", {}, key)["items.0.id"];
        ids["inbox"] = ask("GET", pwani + "/inbox", {}, key)["items.0.id"];
        ids["job"] = ask("GET", pwani + "/jobs", {}, key)["items.0.id"];
        ids["key"] = ask("GET", pwani + "/keys", {}, key)["items.0.id"];
        ids["user"] = make(kPwani, "/users", R"({"name":"wanjiru","full_name":"Wanjiru","role":"cashier"})");
        ids["webhook"] = make(kPwani, "/webhooks", R"({"url":"https://app.example/hook"})");
        ids["event"] = ask("GET", pwani + "/events", {}, key)["items.0.data.id"];
        ids["template"] = "nothing";  // names of the program's own, the same for every clinic
        ids["language"] = "en";
        // Ways in that a state would otherwise close.
        must(database->write([&](store::Tx& tx) -> Result<> {
            return tx.script(
                "UPDATE jobs SET state = 'dead' WHERE clinic_id = 2; UPDATE inbox SET state = 'parked' WHERE clinic_id "
                "= "
                "2; UPDATE notices SET state = 'failed' WHERE clinic_id = 2;");
        }));
        for (const auto& [kind, id] : ids) EXPECT_FALSE(id.empty()) << kind;
        return ids;
    }
    Reply call(const ApiRoute& route, const std::string& path, const std::string& body, const std::string& key) {
        net::Headers headers;
        if (route.repeat == Repeat::kKeyRequired) headers.emplace_back("Idempotency-Key", "matrix");
        return ask(std::string(route.method), path, body, key, std::move(headers));
    }
};

TEST_F(Access, without_a_good_key_every_route_is_401_and_says_nothing_more) {
    const std::string revoked = make_key(kMlimani, Role::kAdmin);
    must(database->write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, kMlimani);
        TRY(const auto principal, clinics::verify_key(raw, revoked));
        return clinics::revoke_key(tx, principal.key, clock.now());
    }));
    std::string wrong = admin;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    const std::string before = snapshot();
    for (const ApiRoute& route : api_routes()) {
        const std::string path = path_of(route, "1", kNobody);
        for (const std::string& key :
             {std::string(), std::string("nonsense"), wrong, revoked, std::string(5000, 'x')}) {
            const Reply reply = call(route, path, body_of(route, kNobody), key);
            EXPECT_EQ(reply.status, 401) << route.operation;
            EXPECT_EQ(reply["code"], "unauthorised");
            EXPECT_TRUE(reply.header("WWW-Authenticate").starts_with("Bearer"));
        }
    }
    EXPECT_EQ(ask("GET", "/v1/clinics/1", {}, {}, {{"Authorization", "Basic " + admin}}).status, 401);
    EXPECT_EQ(ask("GET", "/v1/clinics/1", {}, {}, {{"Authorization", "bearer " + admin}}).status, 200);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(Access, every_route_lets_in_exactly_the_roles_of_the_permission_table) {
    for (const ApiRoute& route : api_routes()) {
        for (const Role role : {Role::kOperator, Role::kAdmin, Role::kCashier, Role::kReader}) {
            const std::string& key = role == Role::kOperator ? operator_key : keys[{kMlimani, role}];
            const bool allowed =
                clinics::allows(role, route.permission) && (is_tenant(route) || role == Role::kOperator);
            const Reply reply = call(route, path_of(route, "mlimani", kNobody), "{}", key);
            if (allowed) {
                EXPECT_TRUE(reply.status != 403 && reply.status != 401) << route.operation << " " << reply.body;
            } else {
                EXPECT_EQ(reply.status, 403) << route.operation << " as " << to_string(role) << ": " << reply.body;
            }
        }
    }
}

TEST_F(Access, another_clinic_looks_like_one_that_does_not_exist) {
    const Ids theirs = things_of_pwani();
    const std::string before = snapshot();
    int tried = 0;
    for (const ApiRoute& route : api_routes()) {
        if (!is_tenant(route)) continue;
        const std::string body = body_of(route, theirs);
        for (const std::string& key : {admin, cashier, reader}) {
            const std::string nowhere = call(route, path_of(route, "999", theirs), body, key).essence();
            EXPECT_TRUE(nowhere.starts_with("404 ")) << route.operation << ": " << nowhere;
            for (const std::string clinic : {"2", "pwani", "nobody"}) {
                EXPECT_EQ(call(route, path_of(route, clinic, theirs), body, key).essence(), nowhere) << route.operation;
                ++tried;
            }
        }
    }
    EXPECT_GE(tried, 300);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(Access, another_clinics_ids_look_like_ids_that_do_not_exist) {
    const Ids theirs = things_of_pwani();
    configure();
    const std::string before = snapshot();
    int tried = 0;
    for (const ApiRoute& route : api_routes()) {
        const bool names_one = route.pattern.find('{', route.pattern.find("{clinic}") + 1) != route.pattern.npos;
        const bool refers = body_of(route, theirs) != body_of(route, kNobody);
        if (!is_tenant(route) || (!names_one && !refers)) continue;
        for (const Role role : {Role::kOperator, Role::kAdmin, Role::kCashier, Role::kReader}) {
            const std::string& key = role == Role::kOperator ? operator_key : keys[{kMlimani, role}];
            const Reply theirs_reply = call(route, path_of(route, "mlimani", theirs), body_of(route, theirs), key);
            const Reply nobody = call(route, path_of(route, "mlimani", kNobody), body_of(route, kNobody), key);
            // An address that leads nowhere is 404; a body that names something that is not there is 422 with the field.
            const int expected = !clinics::allows(role, route.permission) ? 403 : names_one ? 404 : 422;
            EXPECT_EQ(theirs_reply.status, expected) << route.operation << " as " << to_string(role) << ": " << theirs_reply.body;
            EXPECT_EQ(theirs_reply.essence(), nobody.essence()) << route.operation << " as " << to_string(role);
            ++tried;
        }
    }
    EXPECT_GE(tried, 80);
    EXPECT_EQ(snapshot(), before);

    // The same ids do lead somewhere for their owner.
    const auto& own = keys[{kPwani, Role::kAdmin}];
    for (const ApiRoute& route : api_routes()) {
        if (!is_tenant(route) || route.method != "GET") continue;
        EXPECT_EQ(call(route, path_of(route, "pwani", theirs), {}, own).status, 200) << route.operation;
    }
}

TEST_F(Access, filters_with_another_clinics_ids_find_nothing) {
    const Ids theirs = things_of_pwani();
    for (const std::string& query :
         {"/payments?invoice=" + theirs.at("invoice"), "/notices?invoice=" + theirs.at("invoice"),
          "/notices?appointment=" + theirs.at("appointment"), "/invoices?patient=" + theirs.at("patient"),
          "/invoices?appointment=" + theirs.at("appointment")}) {
        const Reply reply = get(query);
        EXPECT_EQ(reply.status, 200) << query;
        EXPECT_EQ(reply.count("items"), 0u) << query;
    }
}

TEST_F(Access, an_invoice_here_cannot_take_a_patient_visit_or_money_from_there) {
    const Ids theirs = things_of_pwani();
    const auto mine = patient();
    const auto bill = invoice(mine);
    const std::string before = snapshot();
    EXPECT_EQ(post("/invoices", R"({"patient_id":")" + mine + R"(","appointment_id":")" + theirs.at("appointment") +
                                    R"(","amount_cents":100})")
                  .status,
              422);
    EXPECT_EQ(
        post("/unallocated/" + theirs.at("unallocated") + "/assign", R"({"invoice_id":")" + bill + R"("})").status,
        404);
    EXPECT_EQ(ask("POST", "/v1/clinics/pwani/unallocated/" + theirs.at("unallocated") + "/assign",
                  R"({"invoice_id":")" + bill + R"("})", operator_key)
                  .status,
              404);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(Access, an_operator_acts_for_every_clinic_by_number_and_slug) {
    EXPECT_EQ(ask("GET", "/v1/clinics/1", {}, operator_key)["slug"], "mlimani");
    EXPECT_EQ(ask("GET", "/v1/clinics/pwani", {}, operator_key)["number"], "2");
    EXPECT_EQ(ask("GET", "/v1/clinics/0", {}, operator_key).status, 404);
    EXPECT_EQ(ask("GET", "/v1/clinics/-1", {}, operator_key).status, 404);
    EXPECT_EQ(ask("GET", "/v1/clinics/99999999999999999999", {}, operator_key).status, 404);
}

TEST_F(Access, a_suspended_clinics_keys_stop_and_the_operator_can_wake_it) {
    EXPECT_EQ(ask("PUT", "/v1/clinics/1/status", R"({"status":"suspended"})", operator_key)["status"], "suspended");
    EXPECT_EQ(get("").status, 403);
    EXPECT_EQ(get("")["detail"], "This clinic is suspended. Ask the operator of the server.");
    EXPECT_EQ(ask("PUT", "/v1/clinics/1/status", R"({"status":"active"})", operator_key)["status"], "active");
    EXPECT_EQ(get("").status, 200);
}

TEST_F(Access, the_access_line_holds_no_path_body_or_token) {
    std::vector<std::string> lines;
    std::mutex mutex;
    log::configure(log::Level::kInfo, false);
    log::capture([&](std::string_view line) {
        const std::lock_guard lock(mutex);
        lines.emplace_back(line);
    });
    const std::string id = patient();
    (void)get("/patients/" + id);
    pool.reset();  // both lines are written
    log::capture(nullptr);
    log::configure(log::Level::kError, false);
    const std::lock_guard lock(mutex);
    std::string all;
    for (const auto& line : lines) all += line + "\n";
    EXPECT_NE(all.find("/v1/clinics/{clinic}/patients/{patient}"), std::string::npos) << all;
    EXPECT_NE(all.find("status=200"), std::string::npos) << all;
    EXPECT_NE(all.find("key=key_"), std::string::npos) << all;
    for (const std::string& secret : {admin, id, std::string("Achieng"), std::string("712"), std::string("mlimani")}) {
        EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    }
}

}  // namespace clinicpro::web::testing
