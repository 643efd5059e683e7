// Every recorded body, cut at every byte and spoiled at every byte, is read without a crash and never becomes money
// that the whole body did not say. Run under ASan and UBSan.
#include "daraja/daraja.hpp"
#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

void read_everything_about(const std::string& name, const std::string& body) {
    const net::Outcome ok = net::Response{.status = 200, .headers = {}, .body = body};
    if (name.starts_with("callback_stk")) {
        (void)read_stk_callback(body);
    } else if (name.starts_with("callback_c2b")) {
        if (const auto payment = read_c2b(body)) {
            EXPECT_TRUE(payment->amount.is_positive());
            (void)match_payer(*Msisdn::parse("0708374149"), payment->msisdn);
        }
    } else if (name.starts_with("callback_result")) {
        if (const auto result = read_result(body)) {
            (void)read_status_result(*result);
            (void)read_balance_result(*result);
            (void)read_reversal_result(*result);
            (void)read_b2c_result(*result);
        }
    } else if (name.starts_with("reply_fault")) {
        (void)read_push_reply(net::Response{.status = 500, .headers = {}, .body = body});
    } else if (name.starts_with("reply_pull")) {
        (void)read_pull_reply(ok);
        (void)read_pull_register_reply(ok);
    } else if (name.starts_with("reply_query")) {
        (void)read_query_reply(ok, kCheckout);
    } else {
        (void)read_token(ok);
        (void)read_push_reply(ok);
        (void)read_ack(ok);
        (void)read_register_reply(ok);
        (void)read_qr_reply(ok);
    }
}

const std::vector<std::string>& names() {
    static const std::vector<std::string> kNames = {"callback_stk_paid",
                                                    "callback_stk_cancelled",
                                                    "callback_c2b",
                                                    "callback_c2b_till",
                                                    "callback_result_status",
                                                    "callback_result_balance",
                                                    "callback_result_reversal",
                                                    "callback_result_reversal_again",
                                                    "callback_result_b2c",
                                                    "callback_result_single_parameter",
                                                    "reply_token",
                                                    "reply_push_accepted",
                                                    "reply_query_paid",
                                                    "reply_query_processing",
                                                    "reply_fault",
                                                    "reply_fault_apigee",
                                                    "reply_register",
                                                    "reply_ack",
                                                    "reply_pull_register",
                                                    "reply_pull",
                                                    "reply_pull_none",
                                                    "reply_qr"};
    return kNames;
}

TEST(robustness, every_prefix_of_every_body_is_survived) {
    for (const std::string& name : names()) {
        const std::string body = golden(name);
        for (size_t length = 0; length < body.size(); ++length) read_everything_about(name, body.substr(0, length));
    }
}

TEST(robustness, every_spoiled_byte_of_every_body_is_survived) {
    for (const std::string& name : names()) {
        std::string body = golden(name);
        for (size_t i = 0; i < body.size(); ++i) {
            const char kept = body[i];
            for (const int bit : {1 << (i % 7), 0x80}) {
                body[i] = char(kept ^ bit);
                read_everything_about(name, body);
            }
            body[i] = kept;
        }
    }
}

TEST(robustness, no_prefix_of_a_paid_callback_is_a_payment) {
    const std::string body = golden("callback_stk_paid");
    for (size_t length = 0; length < body.size(); ++length)
        EXPECT_FALSE(read_stk_callback(body.substr(0, length))) << length;
}

TEST(robustness, no_prefix_of_a_paid_query_answer_is_paid) {
    const std::string body = golden("reply_query_paid");
    for (size_t length = 0; length < body.size(); ++length) {
        const auto reply = read_query_reply(answer(200, body.substr(0, length)), kCheckout);
        EXPECT_TRUE(std::holds_alternative<NoInformation>(reply)) << length;
    }
}

TEST(robustness, a_cut_acceptance_is_unknown_never_refused) {
    const std::string body = golden("reply_push_accepted");
    for (size_t length = 0; length < body.size(); ++length) {
        const auto reply = read_push_reply(answer(200, body.substr(0, length)));
        EXPECT_TRUE(std::holds_alternative<Unknown>(reply)) << length;
    }
}

TEST(robustness, deep_nesting_and_nonsense_are_refused_in_every_reader) {
    const std::string deep(5000, '[');
    const std::string nonsense[] = {deep, std::string(10, '\0'), "null", "7", "\"x\"", "\xff\xfe", "{\"Body\":[]}"};
    for (const std::string& name : names()) {
        for (const std::string& body : nonsense) read_everything_about(name, body);
    }
    for (const std::string& body : nonsense) {
        EXPECT_FALSE(read_stk_callback(body));
        EXPECT_FALSE(read_c2b(body));
        EXPECT_FALSE(read_result(body));
        EXPECT_FALSE(read_token(answer(200, body)));
    }
}

}  // namespace
}  // namespace clinicpro::daraja
