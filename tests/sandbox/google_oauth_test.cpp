// Who gets a token at the sandbox's Google, and why not.
#include "tests/sandbox/google_play.hpp"

namespace clinicpro::sandbox {
namespace {

TEST(google_oauth, an_assertion_that_is_in_order_gives_a_token_for_an_hour) {
    GooglePlay play;
    const auto answer = play.assert_claims(play.claims(GooglePlay::kWanjiku));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto document = GooglePlay::read(answer);
    EXPECT_EQ(*document.root()["expires_in"].integer(), 3599);
    EXPECT_EQ(*document.root()["token_type"].text(), "Bearer");
    EXPECT_FALSE(document.root()["refresh_token"].exists());
    play.bearer = *document.root()["access_token"].text();
    EXPECT_EQ(play.ask("GET", GooglePlay::kEvents).status, 200);
    play.now = play.now + 3599s;
    EXPECT_EQ(GooglePlay::reason(play.ask("GET", GooglePlay::kEvents)), "authError");
}

TEST(google_oauth, every_claim_counts) {
    GooglePlay play;
    const std::string seconds = std::to_string(play.now.micros / 1'000'000);
    const std::string in_two_hours = std::to_string(play.now.micros / 1'000'000 + 7200);
    const struct {
        std::string claim, value, error;
    } rows[] = {
        {"iss", "\"somebody@else.iam.gserviceaccount.com\"", "invalid_grant"},
        {"aud", "\"https://oauth2.googleapis.com/token\"", "invalid_grant"},
        {"aud", "\"http://127.0.0.1:9200/google/token/\"", "invalid_grant"},
        {"exp", seconds, "invalid_grant"},
        {"exp", in_two_hours, "invalid_grant"},
        {"iat", in_two_hours, "invalid_grant"},
        {"iat", "\"" + seconds + "\"", "invalid_grant"},
        {"scope", "\"\"", "invalid_scope"},
        {"scope", "\"calendar\"", "invalid_scope"},
        {"scope", "\"https://www.googleapis.com/auth/drive\"", "invalid_scope"},
        {"sub", "\"nobody@mlimani.example\"", "invalid_grant"},
        {"sub", "\"kisumu.clinic@mail.example\"", "unauthorized_client"},
    };
    for (const auto& row : rows) {
        auto claims = play.claims(GooglePlay::kWanjiku);
        claims[row.claim] = row.value;
        const auto answer = play.assert_claims(claims);
        EXPECT_EQ(answer.status, row.error == "unauthorized_client" ? 401 : 400) << row.claim << row.value;
        EXPECT_EQ(GooglePlay::reason(answer), row.error) << row.claim << row.value;
    }
}

TEST(google_oauth, the_signature_is_really_looked_at) {
    GooglePlay play;
    const auto claims = play.claims(GooglePlay::kWanjiku);
    const Secret<> other(R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDUz0TMttTQdOEM
ZnyRxVxiZbfEC4kPyE/m9UYFxpufyzyWL9QMTJDVzMveVqOBAdfHORFS7/e0rR6M
R7uurGI1pl9p1P9G6MHN+2nbV588TWgpqWs1qk2+Xb2DRjHdCM6UUuDyaSZ4CVfK
UZMRhh2cZISHkvhgDRzKpXALt7GVYqB8ck1xBlyLsWsFgy+Lh5u759ut/xccoXD4
LUQCfFahJaROXJ7cpIiZEd/F1eBJkZebfejxzY/yvy9/v13ohuRcL3CeS5j1oONn
N97JeF7ET79YAqJefj8bLXstDY/yjsY8tVDtVlAR0MMf9YbQGMdoxnU28DUAEViZ
BKQxuSNRAgMBAAECggEAA69KDuxcf3aCngsZPZHoAVknByk2+JO8lHBrQ7bWY3wq
oqQV3RenS1hmMEWaQ6XTRWMO0nuOs61qsb2dOY9JDQpCLSwvtlvZ3TXs9YwNGQdz
FgOVtGJsQa9QVHlO7DeWkhlkRTY+YQYyY7GpZPyIPzi7Vbic/dbESJr4N2+5Dq/U
I/EV9aR+0shvAfvY1R2eMHc3J8nnI+/V2KPaQZiRW+ulQ+IJs7TKphagazSyCQqp
owryRJcvkA/UcmFLZq4sCvLJlTpw+KoeA3tkCEUtZWSGR/ylT/uBOJr0lMilIZ37
L5IuUiXkV+4YwzwffBVfHrczLvin0n26kCZH4/vatQKBgQD4KN1EUF4bK1yPfwel
QUq8UVxpyPKBHxraneySv0J+IkE7XCYo/ygVmx7KnQ8KXR98dpyrP3rhMNUyGn/G
OYrW5y1QsgsNVomGB/uoWFR2oMgIVDdLFx9ePyTX2HVgtvA9+bPGTrsv+kXBgB6v
wdPF2bRuDhNGx9a42IevRi+zXQKBgQDbiH2m4i0V1DtpclL5PMT0Jw4nKeaIJu3K
wPgEID2/WAgRvsON5JgPwUHfOOGgr1Hcfl41vF9k/Jgmvu0vWVpNnPpVnLj4kAMw
kWV+ipX3drz5SEfOB0jy/tljmc2Acj7do8Mhh0PDd343aWHt9sh8NZqm2JXpux9B
/GuTkfmEhQKBgGBE+hGWW+uOVsoULZMeUS/dIEypd+o/dtt4iF4ldFYaU9QDW4pr
8dDv7HINm9gZaC2QlhaY+cKCfzKAtTDhAct8w0eayk7SU2d7kVUtbxbWKMOSaCDp
R3H4bQKPJnnufiSMygEUaemi3YzDdyQXvV/zpNtM+o1q2RG8bmbAg6DBAoGAC3TH
+dl7uNPmdc49fjwpmwQevPR2z0wYxKflSXHVRxL0+NgXpGP1e3z+TwPM4nHDt9nw
WKWH5OE5n2v/PKVRDRPQDH+tN2tsfzBXN49L3CoaGngnJx1CNUwPVB9GlhlgJnjR
SgKhCqZFs+aP8bcbJ0A03dgXmqblLrBZfM31U3ECgYAWE08oEI9UQ/Z+TY3VI4ok
rREwiGwurku7oSzftkRqFkl6Q/17G18iQdyxEs6hM3tq9SzagOITjUNDaRS1bQS3
rVuNCYMrI6Y3oG54xFBSNisn9Ck8AYlzF9FPMEgSLy3Kb+zvKnGKWlozkx4xr0DD
vTPEOrf90YdatarBh76Bhg==
-----END PRIVATE KEY-----
)");
    EXPECT_EQ(GooglePlay::reason(play.assert_claims(claims, R"({"alg":"RS256","typ":"JWT"})", other)), "invalid_grant");
    EXPECT_EQ(GooglePlay::reason(play.assert_claims(claims, R"({"alg":"none","typ":"JWT"})")), "invalid_grant");
    EXPECT_EQ(GooglePlay::reason(play.assert_claims(claims, R"({"alg":"RS256","typ":"JWT","kid":"x"})")),
              "invalid_grant");
    for (const char* body : {"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b",
                             "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"})
        EXPECT_EQ(GooglePlay::reason(play.ask("POST", "/google/token", body)), "invalid_grant");
    EXPECT_EQ(GooglePlay::reason(play.ask("POST", "/google/token", "grant_type=password")), "unsupported_grant_type");
    EXPECT_EQ(GooglePlay::reason(play.ask("POST", "/google/token?grant_type=x", "a=b")), "invalid_request");
}

TEST(google_oauth, delegation_holds_for_each_scope) {
    GooglePlay play;
    const auto claims = play.claims(GooglePlay::kWanjiku);
    play.switches().google_delegated_scopes = "calendar";
    EXPECT_EQ(GooglePlay::reason(play.assert_claims(claims)), "unauthorized_client");
    play.switches().google_delegated_scopes = "calendar meetings.space.settings";
    EXPECT_EQ(play.assert_claims(claims).status, 200);
    play.switches().google_delegation = false;
    EXPECT_EQ(GooglePlay::reason(play.assert_claims(claims)), "unauthorized_client");
    EXPECT_EQ(play.assert_claims(play.claims("")).status, 200);  // for itself it needs nobody's leave
}

TEST(google_oauth, a_refresh_token_serves_its_client_until_it_is_revoked) {
    GooglePlay play;
    const auto connected = play.steer("POST", "google/connect",
                                      R"({"who":"kisumu.clinic@mail.example",)"
                                      R"("scope":"https://www.googleapis.com/auth/calendar.events"})");
    const std::string token = *json::Document::parse(connected.body)->root()["refresh_token"].text();
    const auto refresh = [&](const std::string& secret) {
        return play.ask("POST", "/google/token",
                        "grant_type=refresh_token&client_id=" + std::string(kGoogleClient.id) +
                            "&client_secret=" + secret + "&refresh_token=" + text::percent_encode(token));
    };
    const auto answer = refresh(std::string(kGoogleClient.secret));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(*GooglePlay::read(answer).root()["scope"].text(), "https://www.googleapis.com/auth/calendar.events");
    EXPECT_EQ(refresh("wrong").status, 401);
    play.steer("POST", "google/revoke", "");
    EXPECT_EQ(GooglePlay::reason(refresh(std::string(kGoogleClient.secret))), "invalid_grant");
}

TEST(google_oauth, the_page_refuses_what_google_would_and_shows_what_is_asked) {
    GooglePlay play;
    const std::string page = "/google/o/oauth2/v2/auth?response_type=code&state=s&redirect_uri=";
    const std::string client = "&client_id=" + std::string(kGoogleClient.id);
    const std::string scope = "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar.events";
    const auto good = play.ask("GET", page + "http%3A%2F%2F127.0.0.1%2Fx" + client + scope);
    EXPECT_EQ(good.status, 200);
    EXPECT_NE(good.body.find("calendar.events"), std::string::npos);
    EXPECT_EQ(play.ask("GET", page + "http%3A%2F%2Fclinic.example%2Fx" + client + scope).status, 400);
    EXPECT_EQ(play.ask("GET", page + "http%3A%2F%2F127.0.0.1%2Fx&client_id=other" + scope).status, 400);
    EXPECT_EQ(play.ask("GET", page + "http%3A%2F%2F127.0.0.1%2Fx" + client).status, 400);
    const auto hostile = play.ask("GET", page + "https%3A%2F%2Fx%2F%22%3E%3Cscript%3E" + client + scope);
    EXPECT_EQ(hostile.body.find("<script"), std::string::npos);
}

TEST(google_oauth, secrets_do_not_stand_in_the_log) {
    GooglePlay play;
    play.sign_in_as(GooglePlay::kWanjiku);
    const auto& last = play.daraja.exchanges().back();
    EXPECT_EQ(last.request.substr(last.request.find("assertion=")), "assertion=[redacted]");
    EXPECT_EQ(last.response.find(play.bearer), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::sandbox
