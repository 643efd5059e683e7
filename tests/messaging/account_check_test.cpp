// Facts about asking an account whether it lets us in: the request, and a sentence for every answer.
#include "messaging/account_check.hpp"

#include <gtest/gtest.h>

namespace clinicpro::messaging {
namespace {

using Level = AccountCheck::Level;

SmsAccount account() {
    return {.environment = SmsEnvironment::kLive,
            .base_url = {},
            .username = "mlimani clinic",
            .sender_id = {},
            .api_key = Secret<>("atsk_secret")};
}
AccountCheck sms(int status, std::string body) {
    return read_sms_account(net::Response{.status = status, .headers = {}, .body = std::move(body)});
}
AccountCheck mail(int status, std::string body) {
    return read_mail_account(net::Response{.status = status, .headers = {}, .body = std::move(body)});
}

TEST(account_check, africas_talking_is_asked_for_the_balance) {
    const auto request = ask_sms_account(account());
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.url, "https://api.africastalking.com/version1/user?username=mlimani%20clinic");
    EXPECT_EQ(net::find_header(request.headers, "apiKey"), "atsk_secret");
    SmsAccount custom = account();
    custom.environment = SmsEnvironment::kCustom;
    custom.base_url = "http://127.0.0.1:9200";
    EXPECT_TRUE(ask_sms_account(custom).url.starts_with("http://127.0.0.1:9200/version1/user?"));
}

TEST(account_check, each_answer_of_africas_talking_is_told_apart) {
    const auto good = sms(200, R"({"UserData":{"balance":"KES 1785.5000"}})");
    EXPECT_EQ(good.level, Level::kGood);
    EXPECT_NE(good.sentence.find("KES 1785.5000"), std::string::npos);
    EXPECT_EQ(sms(200, R"({"UserData":{}})").level, Level::kGood) << "its sandbox has no balance";
    EXPECT_EQ(sms(200, R"({"UserData":{"balance":"KES 0.0000"}})").level, Level::kProblem);
    EXPECT_EQ(sms(401, "The supplied authentication is invalid").level, Level::kProblem);
    EXPECT_EQ(sms(200, "<html>a proxy</html>").level, Level::kWarning);
    EXPECT_EQ(sms(502, "").level, Level::kWarning);
    EXPECT_EQ(read_sms_account(net::NotSent{"no such host"}).level, Level::kProblem);
    EXPECT_EQ(read_sms_account(net::Unknown{"time-out"}).level, Level::kWarning);
}

TEST(account_check, a_mail_server_is_signed_in_to_without_a_mail) {
    const auto request = ask_mail_account({.host = "smtp.clinic.example",
                                           .username = "visits",
                                           .password = Secret<>("pw"),
                                           .from = "visits@clinic.example",
                                           .from_name = {}});
    EXPECT_EQ(request.hello, "clinic.example");
    EXPECT_TRUE(request.content.empty() && request.to.empty());
}

TEST(account_check, each_answer_of_a_mail_server_is_told_apart) {
    EXPECT_EQ(mail(250, "").level, Level::kGood);
    EXPECT_EQ(mail(421, "421 busy").level, Level::kWarning);
    EXPECT_EQ(mail(535, "535 5.7.8 no").level, Level::kProblem);
    EXPECT_NE(mail(535, "535 5.7.8 no").sentence.find("user name and password (535 5.7.8 no)"), std::string::npos);
    EXPECT_EQ(mail(554, "554 go away").level, Level::kProblem);
    EXPECT_EQ(read_mail_account(net::NotSent{"TLS refused"}).level, Level::kProblem);
    EXPECT_EQ(read_mail_account(net::Unknown{"time-out"}).level, Level::kWarning);
}

}  // namespace
}  // namespace clinicpro::messaging
