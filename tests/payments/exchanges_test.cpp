// What was said over the wire is kept sealed, without secrets, and shown without whole phone numbers.
#include "payments/exchanges.hpp"

#include "payments/redact.hpp"
#include "tests/payments/fixture.hpp"

namespace clinicpro::payments {
namespace {

TEST(redact, secrets_are_taken_out_of_what_we_send) {
    EXPECT_EQ(without_secrets(R"({"Password":"abc==","Amount":5,"SecurityCredential" : "x\"y"})"),
              R"({"Password":"[hidden]","Amount":5,"SecurityCredential" : "[hidden]"})");
    EXPECT_EQ(without_secrets(R"({"SecurityCredential":"cut in the mid)"), R"({"SecurityCredential":"[hidden])");
    EXPECT_EQ(without_secrets("no json"), "no json");
}

TEST(redact, phones_are_masked_in_every_form_daraja_writes_them) {
    EXPECT_EQ(with_masked_phones(R"("PartyA":254712345678)"), R"("PartyA":2547*****678)");
    EXPECT_EQ(with_masked_phones("0712345678"), "07*****678");
    EXPECT_EQ(with_masked_phones("ws_CO_18112026101502123708374149"), "ws_CO_181120261015021237*****149");
    EXPECT_EQ(with_masked_phones("20261118101502"), "20261118101502") << "a time is no phone";
    EXPECT_EQ(with_masked_phones("1500000"), "1500000");
    EXPECT_EQ(with_masked_phones(std::string(64, 'a') + " x"), "[hidden] x") << "a hash can be turned back";
}

class Exchanges : public PaymentsTest {};

TEST_F(Exchanges, are_kept_sealed_bounded_and_per_clinic) {
    net::ClientRequest request{.method = "POST", .url = "https://api.example/mpesa/x", .body = R"({"Password":"p","PhoneNumber":"254712345678"})"};
    must(with(mlimani, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(exchanges::keep(context, tx, *vault, 5, "prompt", request));
        TRY(exchanges::keep(context, tx, *vault, 5, "prompt", net::Outcome(net::Response{.status = 200, .body = std::string(9000, 'x')})));
        TRY(exchanges::keep(context, tx, *vault, 5, "prompt", net::Outcome(net::Unknown{"timed out"})));
        return exchanges::keep(context, tx, *vault, 6, "prompt", request);
    }));
    const auto all = must(in_clinic(mlimani, [&](store::ClinicTx& tx) { return exchanges::list(tx, *vault, 5); }));
    ASSERT_EQ(all.size(), 3u);
    EXPECT_TRUE(all[0].out);
    EXPECT_EQ(all[0].summary, "POST /mpesa/x");
    EXPECT_EQ(all[0].body.reveal(), R"({"Password":"[hidden]","PhoneNumber":"254712345678"})");
    EXPECT_EQ(all[1].summary, "200");
    EXPECT_EQ(all[1].body.reveal().size(), exchanges::kBodyMax);
    EXPECT_EQ(all[2].summary, "no answer: timed out");
    EXPECT_TRUE(must(in_clinic(bahari, [&](store::ClinicTx& tx) { return exchanges::list(tx, *vault, 5); })).empty());
    EXPECT_EQ(disk_bytes().find("254712345678"), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::payments
