// Nonsense gets one clear sentence that names the field, and changes nothing.
#include "web/body.hpp"

#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Body : public SiteTest {
protected:
    // What is said about the field, or the status when it is not 422.
    std::string complaint(const Reply& reply, const std::string& field) {
        EXPECT_EQ(reply.status, 422) << reply.body;
        EXPECT_EQ(reply["field"], field) << reply.body;
        EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
        EXPECT_EQ(reply["request_id"], "req-1");
        return reply["detail"];
    }
};

TEST_F(Body, an_amount_is_a_whole_number_of_cents_above_zero) {
    const auto who = patient();
    const std::string before = snapshot();
    for (const std::string amount : {"-100", "0", "100.5", "1e5", "100.0", "\"100\"", "null", "true", "[]", "{}",
                                     "1000000000001", "99999999999999999999999"}) {
        const Reply reply = post("/invoices", R"({"patient_id":")" + who + R"(","amount_cents":)" + amount + "}");
        EXPECT_EQ(complaint(reply, "amount_cents"),
                  "\"amount_cents\" must be a whole number of cents above zero, such as 250000 for KES 2,500.00.")
            << amount;
    }
    for (const std::string price : {"-1", "0.5", "\"5\""}) {
        const Reply reply =
            post("/invoices",
                 R"({"patient_id":")" + who +
                     R"(","items":[{"description":"a","unit_price_cents":1},{"description":"b","unit_price_cents":)" +
                     price + "}]}");
        EXPECT_NE(complaint(reply, "items[1].unit_price_cents").find("whole number of cents"), std::string::npos);
    }
    EXPECT_EQ(snapshot(), before);
}

TEST_F(Body, broken_json_is_said_to_be_broken_and_where) {
    for (const std::string broken : {"{", "{\"name\":", "nonsense", "{\"name\":\"\xff\"}", "{} {}", "'a'"}) {
        const Reply reply = post("/patients", broken);
        EXPECT_EQ(reply.status, 422) << broken;
        EXPECT_NE(reply["detail"].find("not valid JSON"), std::string::npos) << reply.body;
    }
    EXPECT_EQ(post("/patients", std::string(40, '[') + std::string(40, ']')).status, 422);
    EXPECT_EQ(post("/patients", "[]")["detail"], "The body must be a JSON object.");
    EXPECT_EQ(post("/patients", "   ")["field"], "name");
}

TEST_F(Body, an_unknown_field_is_refused_by_name) {
    EXPECT_EQ(complaint(post("/patients", R"({"name":"A","phone":"0712345678","fone":1})"), "fone"),
              "\"fone\" is not a field here. The fields are: name, phone, email, language.");
    EXPECT_EQ(complaint(post("/appointments/" + AppointmentId{9}.to_text() + "/cancel", R"({"why":"x"})"), "why"),
              "\"why\" is not a field here. This request takes no fields.");
    EXPECT_EQ(complaint(post("/invoices", R"({"patient_id":")" + PatientId{9}.to_text() +
                                              R"(","items":[{"description":"a","price":1}]})"),
                        "items[0].price"),
              "\"items[0].price\" is not a field here. The fields are: description, quantity, unit_price_cents.");
}

TEST_F(Body, only_json_is_taken_and_not_too_much_of_it) {
    const std::string body = R"({"name":"A","phone":"0712345678"})";
    EXPECT_EQ(post("/patients", body, {{"Content-Type", "text/plain"}}).status, 415);
    EXPECT_EQ(post("/patients", body, {{"Content-Type", "application/x-www-form-urlencoded"}})["detail"],
              "Send JSON with the header Content-Type: application/json.");
    EXPECT_EQ(post("/patients", body, {{"Content-Type", "Application/JSON; charset=utf-8"}}).status, 201);
    const Reply large = post("/patients", "{\"name\":\"" + std::string(kBodyMax, 'a') + "\"}");
    EXPECT_EQ(large.status, 413);
    EXPECT_EQ(large["detail"], "A request here may have at most 256 KiB. Send less at once.");
}

TEST_F(Body, every_kenyan_spelling_of_a_phone_is_the_same_phone) {
    for (const std::string phone :
         {"\"0712345678\"", "\"0712 345 678\"", "\"712345678\"", "\"254712345678\"", "\"+254712345678\"",
          "\"+254 712 345678\"", "\"+254 (0)712-345678\"", "\"00254712345678\"", "\"0712-345-678\"",
          "\"(0712) 345.678\"", "254712345678", "712345678"}) {
        const Reply made = post("/patients", R"({"name":"A","phone":)" + phone + "}");
        EXPECT_EQ(made.status, 201) << phone << " " << made.body;
        EXPECT_EQ(made["phone"], "2547*****678");
    }
    EXPECT_EQ(post("/patients/search", R"({"phone":"0712 345 678"})").count("items"), 12u);
    EXPECT_EQ(post("/patients", R"({"name":"A","phone":"0112345678"})")["phone"], "2541*****678");
    for (const std::string phone :
         {"\"\"", "\"12345\"", "\"0812345678\"", "\"+1 202 555 0123\"", "\"07123456789\"", "\"phone\"", "null", "true",
          "[]", "-712345678", "712345678.5", "\"0712345678; DROP TABLE\""}) {
        EXPECT_FALSE(complaint(post("/patients", R"({"name":"A","phone":)" + phone + "}"), "phone").empty()) << phone;
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM patients"), 13);
    EXPECT_EQ(count("SELECT COUNT(*) FROM patients WHERE instr(phone_sealed, '712345678') > 0"), 0);
}

TEST_F(Body, times_and_words_are_checked) {
    const auto who = patient();
    const auto with = [&](const std::string& start, const std::string& end) {
        return post("/appointments", R"({"patient_id":")" + who + R"(","kind":"onsite","starts_at":)" + start +
                                         R"(,"ends_at":)" + end + "}");
    };
    EXPECT_EQ(complaint(with("\"tomorrow\"", "\"2026-11-24T10:00:00Z\""), "starts_at"),
              "\"starts_at\" must be a time such as 2026-11-23T11:00:00+03:00.");
    EXPECT_FALSE(complaint(with("\"2026-11-24T10:00:00\"", "\"2026-11-24T11:00:00Z\""), "starts_at").empty());
    EXPECT_FALSE(complaint(with("1795000000", "\"2026-11-24T11:00:00Z\""), "starts_at").empty());
    EXPECT_EQ(with("\"2026-11-24T11:00:00Z\"", "\"2026-11-24T10:00:00Z\"").status, 422);
    EXPECT_EQ(complaint(post("/patients", R"({"name":"A\nB","phone":"0712345678"})"), "name"),
              "\"name\" must be one line of text of 1 to 120 bytes.");
    EXPECT_FALSE(complaint(post("/patients", R"({"name":"A\u0000B","phone":"0712345678"})"), "name").empty());
    EXPECT_FALSE(
        complaint(post("/patients", R"({"name":")" + std::string(121, 'a') + R"(","phone":"0712345678"})"), "name")
            .empty());
    EXPECT_FALSE(complaint(post("/patients", R"({"name":7,"phone":"0712345678"})"), "name").empty());
    EXPECT_EQ(complaint(post("/patients", R"({"name":"A","phone":"0712345678","language":"fr"})"), "language"),
              "\"language\" must be en or sw.");
    EXPECT_EQ(complaint(post("/invoices", R"({"patient_id":"pat_x","amount_cents":1})"), "patient_id"),
              "\"patient_id\" is not an id of the right kind.");
    EXPECT_EQ(get("/invoices/inv_x").status, 404);
    EXPECT_EQ(get("/appointments?day=tomorrow").status, 422);
}

TEST_F(Body, a_path_or_method_that_is_not_there_is_said_so) {
    const Reply unknown = ask("GET", "/v1/nothing", {}, admin);
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.header("Content-Type"), "application/problem+json");
    const Reply method = ask("PATCH", "/v1/clinics/mlimani", "{}", admin);
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.header("Allow"), "GET, HEAD");
}

}  // namespace clinicpro::web::testing
