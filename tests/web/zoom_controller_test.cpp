// Facts about events from Zoom: believed when signed, stored before they are answered, shown on the visit.
#include "web/zoom_controller.hpp"

#include "base/text.hpp"
#include "clinics/credentials.hpp"
#include "crypto/hash.hpp"
#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class ZoomEvents : public SiteTest {
protected:
    const Secret<> secret{"the app's secret token"};
    std::string apt;

    void SetUp() override {
        configure();
        apt = visit(patient());
        post("/appointments/" + apt + "/confirm");
        run();
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, kMlimani);
            TRY(tx.execute("UPDATE meetings SET provider = 'zoom', provider_id = '81000000001' WHERE clinic_id = $1"));
            return clinics::Credentials(*vault).put(tx, ZoomController::kSecretName, secret, clock.now());
        }));
    }
    std::string path() const { return get("/zoom/events-url")["url"].substr(services.public_url.size()); }
    Reply tell(const std::string& body, Duration age = {}, const Secret<>* other = nullptr) {
        const std::string stamp = std::to_string((clock.now() - age).micros / 1'000'000);
        const std::string mac = crypto::hmac_sha256(other ? *other : secret, "v0:" + stamp + ":" + body);
        return ask("POST", path(), body, {},
                   {{"x-zm-request-timestamp", stamp}, {"x-zm-signature", "v0=" + text::to_hex(mac)}});
    }
    std::string event(const std::string& name, const std::string& meeting = "81000000001") {
        return R"({"event":")" + name + R"(","event_ts":)" + std::to_string(clock.now().micros / 1000) +
               R"(,"payload":{"object":{"id":")" + meeting +
               R"(","uuid":"u1==","host_id":"h","topic":"Online visit"}}})";
    }
    int64_t events() { return count("SELECT COUNT(*) FROM meeting_events"); }
};

TEST_F(ZoomEvents, the_desk_sees_a_visit_in_progress_and_then_over) {
    EXPECT_EQ(get("/appointments/" + apt)["meeting.in_progress"], "false");
    const std::string started = event("meeting.started");
    EXPECT_EQ(tell(started).status, 200);
    EXPECT_EQ(tell(started).status, 200);
    EXPECT_EQ(events(), 1);
    EXPECT_EQ(get("/appointments/" + apt)["meeting.in_progress"], "true");
    clock.pass(10min);
    EXPECT_EQ(tell(event("meeting.ended")).status, 200);
    const Reply over = get("/appointments/" + apt);
    EXPECT_EQ(over["meeting.in_progress"], "false");
    EXPECT_EQ(over["meeting.ended_at"], to_iso(clock.now()));
}

TEST_F(ZoomEvents, what_is_not_signed_is_old_or_is_another_clinics_changes_nothing) {
    const Secret<> wrong("another secret");
    EXPECT_EQ(tell(event("meeting.started"), {}, &wrong).status, 401);
    EXPECT_EQ(tell(event("meeting.started"), 6min).status, 401);
    EXPECT_EQ(ask("POST", path(), event("meeting.started")).status, 401);
    EXPECT_EQ(tell(event("meeting.started", "81000000999")).status, 200);
    EXPECT_EQ(tell(event("meeting.deleted")).status, 200);
    EXPECT_EQ(ask("POST", "/n/z/" + std::string(56, 'a'), event("meeting.started")).status, 404);
    EXPECT_EQ(ask("POST", path(), std::string(ZoomController::kBodyMax + 1, 'x')).status, 413);
    // The address of a clinic that has no secret token yet: Zoom is told to come again.
    const std::string other = "/n/z/" + links.hex({clinics::Link::Purpose::kZoomEvents, kPwani, 0, 0});
    EXPECT_EQ(ask("POST", other, event("meeting.started")).status, 503);
    EXPECT_EQ(events(), 0);
}

TEST_F(ZoomEvents, the_address_is_proved_to_be_ours) {
    const Reply proved = tell(R"({"event":"endpoint.url_validation","event_ts":1,"payload":{"plainToken":"abc"}})");
    EXPECT_EQ(proved.status, 200);
    EXPECT_EQ(proved["plainToken"], "abc");
    EXPECT_EQ(proved["encryptedToken"], text::to_hex(crypto::hmac_sha256(secret, "abc")));
}

}  // namespace clinicpro::web::testing
