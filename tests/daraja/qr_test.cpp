#include "daraja/qr.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

QrOrder order() {
    return {.merchant_name = "Mlimani Clinic",
            .reference = "INV0042",
            .amount = Money::from_shillings(1500),
            .shortcode = "174379"};
}

TEST(qr, the_request_is_these_bytes) {
    expect_post(qr_request(Endpoint::production(), kToken, order()),
                "https://api.safaricom.co.ke/mpesa/qrcode/v1/generate", "request_qr");
    QrOrder till = order();
    till.kind = ShortcodeKind::kTill;
    EXPECT_NE(qr_request(Endpoint::production(), kToken, till)->body.find(R"("TrxCode":"BG")"), std::string::npos);
}

TEST(qr, what_cannot_be_drawn_is_not_asked_for) {
    const auto try_with = [](void (*spoil)(QrOrder&)) {
        QrOrder o = order();
        spoil(o);
        return qr_request(Endpoint::production(), kToken, o);
    };
    expect_error(try_with([](QrOrder& o) { o.merchant_name = ""; }), Code::kInvalid, "merchant_name");
    expect_error(try_with([](QrOrder& o) { o.reference = std::string(21, 'x'); }), Code::kInvalid, "reference");
    expect_error(try_with([](QrOrder& o) { o.amount = Money(); }), Code::kInvalid, "amount");
    expect_error(try_with([](QrOrder& o) { o.shortcode = "x"; }), Code::kInvalid, "shortcode");
    expect_error(try_with([](QrOrder& o) { o.size = 5; }), Code::kInvalid, "size");
}

TEST(qr, the_picture_is_the_proof_whatever_the_code) {
    const auto reply = read_qr_reply(answer(200, golden("reply_qr")));
    const auto* image = std::get_if<QrImage>(&reply);
    ASSERT_NE(image, nullptr);
    EXPECT_TRUE(image->png.starts_with("\x89PNG"));
    EXPECT_EQ(image->request_id, "16738-27456357-1");
    for (const char* body :
         {"", "{}", R"({"ResponseCode":"00","QRCode":"bm90IGEgcGljdHVyZQ=="})", R"({"QRCode":"%%"})"}) {
        EXPECT_TRUE(std::holds_alternative<NoInformation>(read_qr_reply(answer(200, body)))) << body;
    }
    EXPECT_TRUE(std::holds_alternative<InvalidToken>(read_qr_reply(answer(404, golden("reply_fault")))));
}

}  // namespace
}  // namespace clinicpro::daraja
