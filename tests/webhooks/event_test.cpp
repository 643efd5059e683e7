// What is told to the outside, in which form, and what never is.
#include "webhooks/event.hpp"

#include <gmock/gmock.h>

#include "base/json.hpp"
#include "webhooks/endpoint.hpp"

namespace clinicpro::webhooks {
namespace {

using ::testing::HasSubstr;

constexpr ClinicId kClinic{7};

TEST(event, money_and_visits_are_told_and_keys_settings_and_doors_are_not) {
    for (const char* told : {"payment.paid", "payment.attention_raised", "invoice.overpaid", "appointment.confirmed", "unallocated.assigned",
                             "refund.done", "meeting.ready"}) {
        EXPECT_TRUE(is_public(told)) << told;
    }
    for (const char* inside : {"key.created", "mpesa.configured", "clinic.suspended", "patient.created", "user.signed_in", "meeting.opened",
                               "meeting.adapter_set", "appointment.link_revoked", "payments", ""}) {
        EXPECT_FALSE(is_public(inside)) << inside;
    }
}

TEST(event, a_list_of_types_is_checked_word_by_word) {
    EXPECT_EQ(*check_types("  payment.paid   invoice.* "), "payment.paid invoice.*");
    EXPECT_EQ(*check_types(""), "");
    for (const char* wrong : {"payment", "key.created", "payment.", "payment.PAID", "*", "payment.pa*", "payment.paid,invoice.paid"}) {
        const auto checked = check_types(wrong);
        ASSERT_FALSE(checked) << wrong;
        EXPECT_EQ(checked.error().code, Code::kInvalid);
        EXPECT_THAT(checked.error().message, HasSubstr("payment.paid"));
    }
    EXPECT_FALSE(check_types(std::string(40 * 20, 'x')));
}

TEST(event, a_wish_names_types_or_families_and_none_is_all) {
    EXPECT_TRUE(wants("", "payment.paid"));
    EXPECT_TRUE(wants("invoice.paid payment.*", "payment.failed"));
    EXPECT_TRUE(wants("invoice.paid", "invoice.paid"));
    EXPECT_FALSE(wants("invoice.paid", "invoice.overpaid"));
    EXPECT_FALSE(wants("payment.*", "invoice.paid"));
}

TEST(event, its_id_names_the_clinic_and_is_read_back_for_that_clinic_only) {
    EXPECT_EQ(id_of(kClinic, 1042), "evt_7_1042");
    EXPECT_EQ(*seq_of(kClinic, "evt_7_1042"), 1042);
    for (const char* wrong : {"evt_8_1042", "evt_7_", "evt_7_0", "evt_7_-1", "evt_7_01042", "evt_7_1x", "", "1042"}) {
        EXPECT_FALSE(seq_of(kClinic, wrong)) << wrong;
    }
}

TEST(event, the_body_is_json_with_type_timestamp_and_data) {
    const std::string body = body_of(kClinic, {.seq = 3,
                                               .type = "payment.paid",
                                               .subject = "pay_1",
                                               .actor = "stk_callback",
                                               .detail = R"({"receipt":"UAB1","received":50000})",
                                               .at = *parse_iso("2026-11-23T06:00:00Z")});
    const auto document = json::Document::parse(body);
    ASSERT_TRUE(document) << body;
    const auto root = document->root();
    EXPECT_EQ(*root["type"].text(), "payment.paid");
    EXPECT_THAT(*root["timestamp"].text(), HasSubstr("2026-11-23T06:00:00"));
    EXPECT_EQ(*root["data"]["id"].text(), "evt_7_3");
    EXPECT_EQ(*root["data"]["clinic"].integer(), 7);
    EXPECT_EQ(*root["data"]["subject"].text(), "pay_1");
    EXPECT_EQ(*root["data"]["detail"]["received"].integer(), 50'000);
}

// The published example of the Standard Webhooks specification's reference libraries: same secret, id, time and payload.
TEST(signature, agrees_with_the_published_example) {
    const std::vector<Secret<>> secrets{Secret<>("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
    EXPECT_EQ(sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(signature, during_a_change_of_secret_both_sign) {
    const std::vector<Secret<>> secrets{Secret<>("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                                        Secret<>("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};
    const std::string header = sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})");
    EXPECT_THAT(header, ::testing::StartsWith("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,"));
}

}  // namespace
}  // namespace clinicpro::webhooks
