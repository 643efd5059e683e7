// Facts about SMS by Africa's Talking: the request to the byte, every answer, every delivery report.
#include "messaging/sms_africas_talking.hpp"

#include <gtest/gtest.h>

namespace clinicpro::messaging {
namespace {

using Why = Refused::Why;

net::ClientRequest request_for(SmsAccount account, std::string body = "Paid KES 1,500. Join: https://x/j/t") {
    SmsAfricasTalking channel(std::move(account));
    Step step = channel.send({ClinicId{7}, *Msisdn::parse("0712345678"), std::move(body), "paid_virtual", "ntc_1"});
    return std::get<net::ClientRequest>(step);
}

SmsAccount account() {
    return {.environment = SmsEnvironment::kLive,
            .base_url = {},
            .username = "mlimani",
            .sender_id = "MLIMANI",
            .api_key = Secret<>("atsk_secret")};
}

Delivery answer(int status, std::string body) {
    return SmsAfricasTalking::read_answer(net::Response{.status = status, .headers = {}, .body = std::move(body)});
}

std::string recipients(const std::string& list, const std::string& message = "Sent to 1/1 Total Cost: KES 0.8000") {
    return R"({"SMSMessageData":{"Message":")" + message + R"(","Recipients":[)" + list + "]}}";
}

std::string one(const std::string& code, const std::string& id = "ATXid_1", const std::string& status = "Success") {
    return recipients(R"({"statusCode":)" + code + R"(,"number":"+254712345678","status":")" + status +
                      R"(","cost":"KES 0.8000","messageId":")" + id + "\"}");
}

TEST(sms_africas_talking, the_request_is_what_the_vendor_documents) {
    const auto request = request_for(account());
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://api.africastalking.com/version1/messaging");
    EXPECT_EQ(net::find_header(request.headers, "apiKey"), "atsk_secret");
    EXPECT_EQ(net::find_header(request.headers, "Accept"), "application/json");
    EXPECT_EQ(net::find_header(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(request.body,
              "username=mlimani&to=%2B254712345678&message=Paid%20KES%201%2C500.%20Join%3A%20https%3A%2F%2Fx%2Fj%2Ft&"
              "from=MLIMANI&bulkSMSMode=1&enqueue=1");
    EXPECT_FALSE(request.repeatable);  // there is no idempotency key
}

TEST(sms_africas_talking, the_environment_decides_the_address_and_no_sender_id_is_left_out) {
    SmsAccount other = account();
    other.sender_id.clear();
    other.environment = SmsEnvironment::kSandbox;
    EXPECT_EQ(request_for(other).url, "https://api.sandbox.africastalking.com/version1/messaging");
    EXPECT_EQ(request_for(other).body.find("from="), std::string::npos);
    other.environment = SmsEnvironment::kCustom;
    other.base_url = "http://127.0.0.1:9200";
    EXPECT_EQ(request_for(other).url, "http://127.0.0.1:9200/version1/messaging");
}

TEST(sms_africas_talking, a_text_of_the_payer_cannot_add_a_field) {
    EXPECT_EQ(request_for(account(), "a&to=+254700000000=b").body.find("&to=+"), std::string::npos);
}

TEST(sms_africas_talking, accepted_is_sent_with_the_message_id) {
    for (const char* code : {"100", "101", "102", "\"101\""}) {
        const auto delivery = answer(201, one(code));
        ASSERT_TRUE(std::holds_alternative<Sent>(delivery)) << code;
        EXPECT_EQ(std::get<Sent>(delivery).provider_id, "ATXid_1");
    }
}

TEST(sms_africas_talking, each_refusal_says_who_must_do_what) {
    const std::pair<const char*, Why> codes[] = {
        {"401", Why::kAccount},   {"402", Why::kAccount},   {"403", Why::kRecipient}, {"404", Why::kRecipient},
        {"405", Why::kAccount},   {"406", Why::kRecipient}, {"407", Why::kPassing},   {"409", Why::kRecipient},
        {"500", Why::kPassing},   {"501", Why::kPassing},   {"502", Why::kRecipient}, {"777", Why::kRecipient}};
    for (const auto& [code, why] : codes) {
        const auto delivery = answer(201, one(code, "None", "Whatever"));
        ASSERT_TRUE(std::holds_alternative<Refused>(delivery)) << code;
        EXPECT_EQ(std::get<Refused>(delivery).why, why) << code;
        EXPECT_TRUE(std::get<Refused>(delivery).sentence.ends_with('.')) << code;
    }
}

TEST(sms_africas_talking, no_recipients_at_all_is_a_refusal_with_its_reason) {
    const auto sender = answer(201, recipients("", "InvalidSenderId"));
    EXPECT_EQ(std::get<Refused>(sender).why, Why::kAccount);
    EXPECT_NE(std::get<Refused>(sender).sentence.find("sender id"), std::string::npos);
    const auto broke = answer(201, recipients("", "InsufficientBalance"));
    EXPECT_EQ(std::get<Refused>(broke).why, Why::kAccount);
    const auto nobody = answer(201, recipients("", "Sent to 0/1 Total Cost: 0"));
    EXPECT_EQ(std::get<Refused>(nobody).why, Why::kRecipient);
}

TEST(sms_africas_talking, an_answer_that_cannot_be_read_may_belong_to_a_message_that_went_out) {
    for (const std::string& body :
         {std::string("<AfricasTalkingResponse><SMSMessageData/></AfricasTalkingResponse>"), std::string(),
          one("101").substr(0, 60), std::string("{}"), std::string(R"({"SMSMessageData":{}})"),
          one("777", "ATXid_9", "Strange")}) {
        EXPECT_TRUE(std::holds_alternative<Unknown>(answer(201, body))) << body;
    }
    EXPECT_TRUE(std::holds_alternative<Unknown>(answer(500, "")));
    EXPECT_TRUE(std::holds_alternative<Unknown>(answer(504, "<html>")));
    EXPECT_TRUE(std::holds_alternative<Unknown>(SmsAfricasTalking::read_answer(net::Unknown{"time-out"})));
}

TEST(sms_africas_talking, a_wrong_key_is_the_account_s_and_a_busy_provider_passes) {
    const auto wrong = answer(401, "The supplied authentication is invalid");
    EXPECT_EQ(std::get<Refused>(wrong).why, Why::kAccount);
    EXPECT_NE(std::get<Refused>(wrong).sentence.find("The supplied authentication is invalid"), std::string::npos);
    EXPECT_EQ(std::get<Refused>(answer(400, "")).why, Why::kAccount);
    EXPECT_EQ(std::get<Refused>(answer(429, "")).why, Why::kPassing);
    EXPECT_EQ(std::get<Refused>(answer(503, "")).why, Why::kPassing);
    const auto away = SmsAfricasTalking::read_answer(net::NotSent{"no connection"});
    EXPECT_EQ(std::get<Refused>(away).why, Why::kPassing);
}

TEST(delivery_report, every_status_has_its_meaning_and_a_failure_its_sentence) {
    const auto read = [](const std::string& more) {
        return *read_delivery_report("id=ATXid_1&phoneNumber=%2B254712345678&networkCode=63902&status=" + more);
    };
    for (const char* status : {"Sent", "Submitted", "Buffered"}) EXPECT_EQ(read(status).handset, Handset::kUnderWay);
    EXPECT_EQ(read("Success").handset, Handset::kDelivered);
    EXPECT_EQ(read("AbsentSubscriber").handset, Handset::kUndelivered);
    EXPECT_EQ(read("Expired").handset, Handset::kUndelivered);
    EXPECT_EQ(read("Failed&failureReason=UserInBlackList").sentence,
              "The message did not arrive: this person has blocked messages of this sender.");
    EXPECT_EQ(read("Rejected&failureReason=InsufficientCredit").sentence,
              "The message was rejected: the SMS account has no money left: top it up, then send this again.");
    EXPECT_EQ(read("Failed&failureReason=%3Cscript%3E").sentence, "The message did not arrive: no reason was given.");
    EXPECT_EQ(read("Success").provider_id, "ATXid_1");
}

TEST(delivery_report, nonsense_is_refused_by_a_sentence) {
    for (const char* form : {"", "status=Success", "id=&status=Success", "id=ATXid_1", "id=ATXid_1&status=Arrived",
                             "{\"id\":\"ATXid_1\"}", "id=%FF&status=Success"}) {
        const auto report = read_delivery_report(form);
        ASSERT_FALSE(report) << form;
        EXPECT_EQ(report.error().code, Code::kInvalid);
    }
    EXPECT_FALSE(read_delivery_report("status=Success&id=" + std::string(101, 'x')));
}

TEST(delivery_report, a_final_one_is_never_taken_back) {
    constexpr Handset kAll[] = {Handset::kUnderWay, Handset::kUndelivered, Handset::kFailed, Handset::kDelivered};
    for (const Handset news : kAll) {
        EXPECT_TRUE(may_follow({}, news));
        EXPECT_FALSE(may_follow(Handset::kDelivered, news));
        EXPECT_FALSE(may_follow(Handset::kFailed, news));
    }
    EXPECT_TRUE(may_follow(Handset::kUnderWay, Handset::kDelivered));
    EXPECT_TRUE(may_follow(Handset::kUndelivered, Handset::kDelivered));  // the phone came back
    EXPECT_FALSE(may_follow(Handset::kUndelivered, Handset::kUnderWay));
}

}  // namespace
}  // namespace clinicpro::messaging
