#include "sandbox/google_accounts.hpp"

#include "base/text.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr GooglePerson kPeople[] = {{"dr.wanjiku@mlimani.example", "Dr Wanjiku", true},
                                    {"dr.otieno@mlimani.example", "Dr Otieno", true},
                                    {"reception@mlimani.example", "Reception", true},
                                    {"kisumu.clinic@mail.example", "Kisumu Clinic", false}};

constexpr GoogleCalendar kCalendars[] = {
    {"dr.wanjiku@mlimani.example", "Dr Wanjiku", "dr.wanjiku@mlimani.example", ""},
    {"dr.otieno@mlimani.example", "Dr Otieno", "dr.otieno@mlimani.example", ""},
    {"reception@mlimani.example", "Reception", "reception@mlimani.example", ""},
    {"kisumu.clinic@mail.example", "Kisumu Clinic", "kisumu.clinic@mail.example", ""},
    {kGoogleRobot.email, "clinicpro", kGoogleRobot.email, ""},
    {"visits@group.calendar.example", "Online visits", "reception@mlimani.example",
     "dr.wanjiku@mlimani.example clinicpro@mlimani-visits.iam.gserviceaccount.com"}};

}  // namespace

const Secret<>& google_robot_key() {
    // openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048
    static const Secret<> key(R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCpZN6DrWqL3pI0
DM9Ov2zc8LbCoD1mQQZILJ3OibFRY4siA6RdDOZalzh1gBx6tQB9ZyUn6OUdfhIt
YvYbTxqMKVWudPFtEl+hJBEB/DLPlq1h6TfeZZW75s1b45zdiRxBAU/aIR2AnTeo
aDgV4iKINQUdXQ+jvJT4cMGLQ2onxCfJ7SmtRgkS37UEEaWpZ8Q7DJb/wSTbK7Fs
MwE6DvMYgT4xeUa/fM5Oc5V0g+eq++vS4BFLi51rtnlzsnm9Otn3BQWthYzP+0K9
EB6iEa42UcprxH1Rwzf2D2pPFEbN0rrwa83WZ4+yobqALm6+HdjGi3M3/EP7JuE3
UTvgTI/jAgMBAAECggEARfA2KPLIK2ClR6VEUJSbi2s9YgUL5LSTNehp7VUPZ3Ws
g8oyKhMB5sRJ1MWkvIsP3TbhceVn93HOanvR9fuGj/ke/a0d4vUzk5ITDZlFl0z0
YBkM7p9Nn6uO/VHwOc1642H5yKtkhW4kBT2mbm6T6F3Ps0xxgR6C+UKAvpGCelEI
JEYD2Z1G2RZ3E2pRhASMvK4JX+dkgAJ8IHDVBVyABeXgkMxyic7Nl+TP48p4Qil0
tRAspdz7T4IXegGx3Mu/nUpzX0OGirwvzXcV2FOKDfnNpy1S3b8urYo6M7AbxZt2
eAyi3TXj4bawn6eoFSq8d/M+GAnH/vAUL6rzO/ZGBQKBgQDZ3rx67x0vVtQEJ+Cm
WhRXnHhAN5jsSv9w5mIga8JP43kcJZP2WobchA3juh3UkpopoOfmAXXz3TkuGQaP
+M+P+AH/Eplgzr0nb8Q1h5w29u+FezpQlq50FzCrZSjgzzq+1AID4cJt3ZcRP4V5
lIF9xo/eHLXL+0aMxRBnHApRLQKBgQDHCkD6W8YLjEPGJgHJo6anpiohJerrXzeW
+SB0cBxAG+slF1uMqvps2jxe59wuKDob3Imw8vZBRK41MN8NDot7G5Qh0BvB+4y2
fmU2BaB6ACcZXgNTsfcKF7ZrtvR7ORCorxX6xpiWBYOp9q/IEYUkRDHGSDYdeFP9
PMOolHdvTwKBgFV/8qmv4t0sDwIegCvoV+lV718MMogwmnQ9BS9B+ryNQX8JRDq+
pgQuEqFW7dP5QGSrz7XUxuxP2du8WHXxp8sRAf+O1gBGwbaTRwXW1ThAyhixFl5/
87B9VU094r/us1gmLTBGzZ1+A4XyTrg6zmKEpPr+e120m6gswdYlC+t1AoGAfTfY
NSkzaORvZuNWUJKiL+p7qqr+JeGbSWGlp1s4iqSFxKnzMIYIUh7hyBs6C9fG5uxR
u36+qcUZi+EZEk/KNELfaH5SWDF3DwBpkBjuIpKiBnV8xlS5xCGy5AUPvc3iyxyL
SV9Tc144vN6zK7zJ9Ezqu4GGeffPbwuhVBdDJEUCgYBZd8XsOQYSelP8JjWr14+u
r3MDkaDBo/eZYzYZS/uzg9rJ7SBVQEdN0Yjsl5dWOBloVafwuJdrQjR7lSA4SHdw
sJ8pAD0lkQ2SiwGz2CRMhscURbEhZd5ZOkCtURpEbul12OJhb/CwnhuXyfv/MMll
CuhTBiqE7YFZgn48kLEusw==
-----END PRIVATE KEY-----
)");
    return key;
}

std::span<const GooglePerson> google_people() {
    return kPeople;
}

const GooglePerson* google_person(std::string_view email) {
    for (const GooglePerson& person : kPeople) {
        if (person.email == email) return &person;
    }
    return nullptr;
}

const GoogleCalendar* google_calendar(std::string_view id, std::string_view who) {
    for (const GoogleCalendar& calendar : kCalendars) {
        if (calendar.id != (id == "primary" ? who : id)) continue;
        if (calendar.owner == who) return &calendar;
        for (const std::string_view guest : text::split(calendar.shared_with, ' ')) {
            if (guest == who) return &calendar;
        }
    }
    return nullptr;
}

void write_google_robot(json::Writer& out, std::string_view base_url) {
    out.begin_object().field("type", "service_account").field("project_id", "mlimani-visits");
    out.field("private_key_id", kGoogleRobot.key_id).field("private_key", google_robot_key().reveal());
    out.field("client_email", kGoogleRobot.email).field("client_id", kGoogleRobot.client_id);
    out.field("auth_uri", std::string(base_url) + "/google/o/oauth2/v2/auth");
    out.field("token_uri", std::string(base_url) + "/google/token");
    out.field("universe_domain", "googleapis.com").end_object();
}

void write_google_accounts(json::Writer& out, std::string_view base_url) {
    out.begin_object().key("service_account");
    write_google_robot(out, base_url);
    out.key("oauth_client").begin_object().field("client_id", kGoogleClient.id);
    out.field("client_secret", kGoogleClient.secret).end_object();
    out.key("people").begin_array();
    for (const GooglePerson& person : kPeople) {
        out.begin_object().field("email", person.email).field("name", person.name);
        out.field("workspace", person.workspace).end_object();
    }
    out.end_array().key("calendars").begin_array();
    for (const GoogleCalendar& calendar : kCalendars) {
        out.begin_object().field("id", calendar.id).field("owner", calendar.owner);
        out.field("shared_with", calendar.shared_with).end_object();
    }
    out.end_array().end_object();
}

}  // namespace clinicpro::sandbox
