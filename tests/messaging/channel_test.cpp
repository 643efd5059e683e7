// Facts about the channel port and the log channel.
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "messaging/log_channel.hpp"

namespace clinicpro::messaging {
namespace {

TEST(log_channel, it_is_sent_at_once_and_logs_neither_phone_nor_body) {
    std::vector<std::string> lines;
    log::capture([&](std::string_view line) { lines.emplace_back(line); });
    LogChannel channel;
    const Message message{ClinicId{7}, *Msisdn::parse("0712345678"), "Join: https://x/j/secret-token", "paid_virtual",
                          "ntc_1"};
    const Step step = channel.send(message);
    log::capture(nullptr);

    const auto* delivery = std::get_if<Delivery>(&step);
    ASSERT_NE(delivery, nullptr);
    EXPECT_TRUE(std::holds_alternative<Sent>(*delivery));
    ASSERT_EQ(lines.size(), 1u);
    const std::string& line = lines[0];
    for (const char* part : {"notice.sent", "2547*****678", "paid_virtual", "ntc_1"}) {
        EXPECT_NE(line.find(part), std::string::npos) << line;
    }
    EXPECT_EQ(line.find("345678"), std::string::npos) << line;
    EXPECT_EQ(line.find("secret-token"), std::string::npos) << line;
}

TEST(log_channel, it_has_no_answer_to_read) {
    LogChannel channel;
    EXPECT_TRUE(std::holds_alternative<Refused>(channel.absorb(net::Unknown{"never asked"})));
}

}  // namespace
}  // namespace clinicpro::messaging
