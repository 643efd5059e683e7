// desk_money.hpp: people at a desk whose clinic took money: by a prompt, by the paybill, and a prompt that was
// cancelled.
#pragma once

#include "tests/web/desk_site.hpp"

namespace clinicpro::web::testing {

class DeskMoney : public DeskTest {
protected:
    DeskMoney() { configure(); }

    void tell_prompt(const std::string& payment, const std::string& body) {
        const auto id = must(TransactionId::parse(payment));
        const std::string path = "/n/s/" + links.hex({clinics::Link::Purpose::kStkCallback, kMlimani, id.value, 0});
        EXPECT_EQ(ask("POST", path, body).status, 200);
        run();
    }
    // By prompt: KES 1,500 for an invoice.
    std::string paid(const std::string& receipt) {
        const std::string payment = prompt(invoice(patient()));
        run();
        clock.pass(14s);
        tell_prompt(payment, stk_paid(daraja.pushes, receipt));
        EXPECT_EQ(get("/payments/" + payment)["state"], "paid");
        return payment;
    }
    std::string cancelled() {
        const std::string payment = prompt(invoice(patient()));
        run();
        tell_prompt(payment, R"({"Body":{"stkCallback":{"MerchantRequestID":"29115-)" + std::to_string(daraja.pushes) +
                                 R"(","CheckoutRequestID":"ws_CO_)" + std::to_string(daraja.pushes) +
                                 R"(","ResultCode":1032,"ResultDesc":"Request cancelled by user"}}})");
        EXPECT_EQ(get("/payments/" + payment)["state"], "failed");
        return payment;
    }
    // To the paybill, for an account that nobody has.
    std::string nowhere(const std::string& receipt, const std::string& amount) {
        EXPECT_EQ(ask("POST", confirmation_path(), c2b(receipt, "nobody", amount)).status, 200);
        run();
        return get("/payments?limit=1")["items.0.id"];
    }
    static bool says(const Reply& page, std::string_view words) { return page.body.find(words) != std::string::npos; }
};

}  // namespace clinicpro::web::testing
