// Money that goes out of a till, and questions about it, as the portal documents them and stricter.
#include "crypto/hash.hpp"
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

class transfers : public ::testing::Test, protected Play {
protected:
    std::string credential(const std::string& password = "Sandbox#Initiator1") {
        return *crypto::rsa_encrypt_with_certificate(Initiators::certificate(), Secret<>(password));
    }
    // A payment of KES 1,500 to 600986; gives its receipt.
    std::string paid() {
        const std::string checkout = pushed();
        run(60s);
        return daraja.stk().find(checkout)->receipt;
    }
    std::string body(std::map<std::string, std::string> fields, const std::map<std::string, std::string>& other) {
        fields["SecurityCredential"] = '"' + credential() + '"';
        fields["ResultURL"] = "\"https://clinic.example/n/r/a\"";
        fields["QueueTimeOutURL"] = "\"https://clinic.example/n/r/b\"";
        fields["Remarks"] = "\"Refund\"";
        for (const auto& [name, value] : other) fields[name] = value;
        std::string out;
        for (const auto& [name, value] : fields) {
            if (!value.empty()) out += (out.empty() ? "\"" : ",\"") + name + "\":" + value;
        }
        return "{" + out + "}";
    }
    net::Response reverse(const std::string& receipt, const std::map<std::string, std::string>& other = {}) {
        if (token.empty()) sign_in();
        return post("/mpesa/reversal/v1/request", body({{"Initiator", "\"testapi\""},
                                                        {"CommandID", "\"TransactionReversal\""},
                                                        {"TransactionID", '"' + receipt + '"'},
                                                        {"Amount", "1500"},
                                                        {"ReceiverParty", "\"600986\""},
                                                        {"RecieverIdentifierType", "\"11\""}},
                                                       other));
    }
    net::Response pay_out(const std::string& id, const std::map<std::string, std::string>& other = {}) {
        if (token.empty()) sign_in();
        return post("/mpesa/b2c/v3/paymentrequest", body({{"OriginatorConversationID", '"' + id + '"'},
                                                          {"InitiatorName", "\"testapi\""},
                                                          {"CommandID", "\"BusinessPayment\""},
                                                          {"Amount", "500"},
                                                          {"PartyA", "600986"},
                                                          {"PartyB", "254712345678"}},
                                                         other));
    }
    net::Response status(const std::string& id, const std::string& field = "OriginalConversationID") {
        return post("/mpesa/transactionstatus/v1/query", body({{"Initiator", "\"testapi\""},
                                                               {"CommandID", "\"TransactionStatusQuery\""},
                                                               {field, '"' + id + '"'},
                                                               {"PartyA", "600986"},
                                                               {"IdentifierType", "\"4\""}},
                                                              {}));
    }
    // Results that went out, newest last.
    std::vector<json::Document> results() {
        std::vector<json::Document> found;
        for (const Caught& one : caught) {
            if (one.request.url.find("/n/r/") == std::string::npos) continue;
            found.push_back(*json::Document::parse(one.request.body));
        }
        return found;
    }
    std::string last(std::string_view name) {
        const auto all = results();
        return all.empty() ? "none" : all.back().root()["Result"][name].scalar_if_any().value_or("");
    }
    std::string parameter(std::string_view key) {
        const auto all = results();
        const json::View list = all.back().root()["Result"]["ResultParameters"]["ResultParameter"];
        for (size_t i = 0; i < list.size(); ++i) {
            if (list.at(i)["Key"].text().value_or("") == key) return list.at(i)["Value"].scalar_if_any().value_or("");
        }
        return "";
    }
};

TEST_F(transfers, a_reversal_gives_the_whole_payment_back_once) {
    const std::string receipt = paid();
    const Money before = daraja.world().ledger.wallet("254712345678");
    const auto ack = reverse(receipt);
    ASSERT_EQ(ack.status, 200) << ack.body;
    EXPECT_EQ(member(ack, "ResponseCode"), "0");
    EXPECT_TRUE(member(ack, "ConversationID").starts_with("AG_20260304_"));
    EXPECT_TRUE(results().empty()) << "the result comes later";
    run(60s);
    EXPECT_EQ(last("ResultCode"), "0");
    EXPECT_EQ(last("ConversationID"), member(ack, "ConversationID"));
    EXPECT_EQ(parameter("OriginalTransactionID"), receipt);
    EXPECT_EQ(parameter("Amount"), "1500");
    EXPECT_EQ(daraja.world().ledger.wallet("254712345678"), before + Money::from_shillings(1500));
    EXPECT_EQ(daraja.world().ledger.shortcode("600986"), Money());
    reverse(receipt);
    run(60s);
    EXPECT_EQ(last("ResultCode"), "R000001");
    EXPECT_TRUE(last("TransactionID").ends_with("0000000"));
    reverse("UNKNOWN001");
    run(60s);
    EXPECT_EQ(last("ResultCode"), "R000002");
    EXPECT_TRUE(balanced());
}

TEST_F(transfers, a_part_of_a_payment_cannot_be_reversed) {
    reverse(paid(), {{"Amount", "500"}});
    run(60s);
    EXPECT_EQ(last("ResultCode"), "R000002");
    EXPECT_EQ(daraja.world().ledger.shortcode("600986"), Money::from_shillings(1500));
}

TEST_F(transfers, fields_are_checked_by_their_misspelt_names) {
    const std::string receipt = paid();
    for (const std::string name : {"Initiator", "SecurityCredential", "CommandID", "TransactionID", "Amount", "ReceiverParty",
                                   "RecieverIdentifierType", "ResultURL", "QueueTimeOutURL", "Remarks"}) {
        const auto no = reverse(receipt, {{name, ""}});
        EXPECT_EQ(no.status, 400) << name;
        EXPECT_EQ(member(no, "errorMessage"), "Bad Request - Invalid " + name);
    }
    for (const std::string name : {"OriginatorConversationID", "InitiatorName", "CommandID", "Amount", "PartyA", "PartyB"}) {
        const auto no = pay_out("id-" + name, {{name, ""}});
        EXPECT_EQ(no.status, 400) << name;
        EXPECT_EQ(member(no, "errorMessage"), "Bad Request - Invalid " + name);
    }
    EXPECT_EQ(reverse(receipt, {{"ReceiverParty", "600987"}}).status, 400) << "another app's shortcode";
    EXPECT_EQ(reverse(receipt, {{"Occassion", "\"x\""}, {"Amount", "0.5"}}).status, 400);
    run(60s);
    EXPECT_TRUE(results().empty());
}

TEST_F(transfers, a_payout_leaves_the_utility_account_and_its_id_is_taken_once) {
    daraja.world().customer("254712345678");
    const Money before = daraja.world().ledger.wallet("254712345678");
    EXPECT_EQ(pay_out("refund-1").status, 200);
    const auto twice = pay_out("refund-1");
    EXPECT_EQ(twice.status, 500);
    EXPECT_EQ(member(twice, "errorCode"), "500.002.1001");
    run(60s);
    EXPECT_EQ(results().size(), 1u);
    EXPECT_EQ(last("ResultCode"), "0");
    EXPECT_EQ(last("OriginatorConversationID"), "refund-1");
    EXPECT_EQ(parameter("B2CUtilityAccountAvailableFunds"), "99500");
    EXPECT_EQ(daraja.world().ledger.wallet("254712345678"), before + Money::from_shillings(500));
    pay_out("refund-2", {{"Amount", "5"}});
    run(60s);
    EXPECT_EQ(last("ResultCode"), "2") << "at least KES 10";
    pay_out("refund-3", {{"Amount", "200000"}});
    run(60s);
    EXPECT_EQ(last("ResultCode"), "1") << "more than the Utility account holds";
    EXPECT_TRUE(balanced());
}

TEST_F(transfers, a_wrong_password_is_told_in_the_result_and_the_third_locks) {
    const std::string receipt = paid();
    for (const std::string code : {"2001", "2001", "8006"}) {
        EXPECT_EQ(reverse(receipt, {{"SecurityCredential", '"' + credential("wrong") + '"'}}).status, 200);
        run(60s);
        EXPECT_EQ(last("ResultCode"), code);
    }
    reverse(receipt);
    run(60s);
    EXPECT_EQ(last("ResultCode"), "8006") << "locked, even for the right one";
    EXPECT_EQ(daraja.world().ledger.shortcode("600986"), Money::from_shillings(1500));
}

TEST_F(transfers, a_status_query_tells_of_a_transfer_by_its_id_and_of_a_payment_by_its_receipt) {
    const std::string receipt = paid();
    const std::string id = member(reverse(receipt), "OriginatorConversationID");
    run(60s);
    status(id);
    run(60s);
    EXPECT_EQ(last("ResultCode"), "0");
    EXPECT_EQ(parameter("TransactionStatus"), "Completed");
    EXPECT_EQ(parameter("ReceiptNo"), daraja.world().ledger.movements().back().receipt);
    status(receipt, "TransactionID");
    run(60s);
    EXPECT_EQ(parameter("ReceiptNo"), receipt);
    status("nobody");
    run(60s);
    EXPECT_EQ(last("ResultCode"), "25");
}

TEST_F(transfers, results_can_be_lost_late_doubled_wrong_and_after_a_time_out) {
    const std::string receipt = paid();
    fault(R"([{"name":"queue_timeout","seconds":30}])");
    reverse(receipt);
    run(20s + 3s);
    ASSERT_EQ(results().size(), 1u);
    EXPECT_TRUE(caught.back().request.url.ends_with("/n/r/b"));
    run(60s);
    ASSERT_EQ(results().size(), 2u);
    EXPECT_TRUE(caught.back().request.url.ends_with("/n/r/a"));
    fault(R"([{"name":"result_lost"}])");
    pay_out("a");
    run(60s);
    EXPECT_EQ(results().size(), 2u);
    fault(R"([{"name":"result_duplicate","times":3,"seconds":0},{"name":"result_wrong_amount"}])");
    pay_out("b");
    run(60s);
    EXPECT_EQ(results().size(), 5u);
    EXPECT_EQ(parameter("TransactionAmount"), "501");
    fault(R"([{"name":"result_before_response"}])");
    pay_out("c");
    EXPECT_GE(last_delay, 3s);
    run(3s);
    EXPECT_EQ(results().size(), 6u) << "before the answer is there";
    EXPECT_NE(steer("GET", "transfers").body.find("\"kind\":\"b2c\""), std::string::npos);
    EXPECT_NE(steer("GET", "certificate").body.find("BEGIN CERTIFICATE"), std::string::npos);
    EXPECT_TRUE(balanced());
}

}  // namespace
}  // namespace clinicpro::sandbox
