// A confirmation means money has moved: it is booked once, whatever its account says and whichever channel was first.
#include "base/json.hpp"
#include "crypto/hash.hpp"
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class c2b_payment : public MpesaTest {
protected:
    // Code of the answer to a validation request: "0" or "C2B000..".
    std::string validate(Confirmation c) { return validate_body(c.body()); }
    std::string validate_body(std::string body) {
        std::string reply;
        must(in_clinic(mlimani, [&](store::ClinicTx& tx) -> Result<> {
            reply = c2b->validate(tx, body);
            return {};
        }));
        return must(must(json::Document::parse(reply)).root()["ResultCode"].scalar());
    }
    std::string hash() const { return text::to_hex(crypto::sha256(kPhone)); }
    std::string masked_hash() const { return hash().substr(0, 34) + "*****" + hash().substr(39); }
    // Two prompts for one invoice; the notice of the first one's money comes when the second has left. Before that our
    // clock is set by so much.
    void expect_late_money_pays_the_first_prompt(Duration set = {}) {
        const TransactionId first = start(mlimani);
        const std::string paid_at = to_eat_stamp(clock.now() + 20s);
        pass(31min);
        ASSERT_EQ(find(mlimani, first).state, State::kExpired);
        clock.pass(set);
        const TransactionId second = start(mlimani);
        ASSERT_EQ(find(mlimani, second).state, State::kPending);
        confirm(mlimani, {.paid_at = paid_at});
        EXPECT_EQ(find(mlimani, first).state, State::kPaid);
        EXPECT_EQ(find(mlimani, second).state, State::kPending);
        EXPECT_EQ(booked(), kAmount.cents());
    }
    static Config till() {
        Config c = config();
        c.shortcode_kind = daraja::ShortcodeKind::kTill;
        c.shortcode = "300584";
        c.store_number = "174379";
        return c;
    }
};

TEST_F(c2b_payment, is_booked_on_the_invoice_of_its_account) {
    confirm(mlimani, {});
    ASSERT_EQ(transactions(mlimani).size(), 1u);
    const Transaction t = transactions(mlimani)[0];
    EXPECT_EQ(t.method, kC2bMethod);
    EXPECT_EQ(t.state, State::kPaid);
    EXPECT_EQ(t.invoice, kInvoice);
    EXPECT_EQ(t.receipt, kReceipt);
    EXPECT_EQ(t.payer_masked, "2547*****149");
    EXPECT_EQ(balance("invoice"), kAmount.cents());
    EXPECT_TRUE(transactions(bahari).empty());
}

TEST_F(c2b_payment, told_five_times_is_booked_once) {
    for (int i = 0; i < 5; ++i) confirm(mlimani, {});
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(transactions(mlimani).size(), 1u);
    EXPECT_FALSE(transactions(mlimani)[0].attention);
    EXPECT_EQ(inbox_states(), "done,done,done,done,done");
}

TEST_F(c2b_payment, told_again_with_another_amount_changes_nothing_and_is_shown) {
    confirm(mlimani, {});
    confirm(mlimani, {.amount = "90000.00"});
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_TRUE(transactions(mlimani)[0].attention);
}

TEST_F(c2b_payment, for_an_unknown_account_is_booked_as_unallocated) {
    confirm(mlimani, {.account = "MALARIA TEST"});
    EXPECT_EQ(balance("unallocated"), kAmount.cents());
    EXPECT_EQ(transactions(mlimani)[0].account, "MALARIA TEST");
}

TEST_F(c2b_payment, for_a_phone_number_typed_as_account_keeps_the_number_hidden) {
    // The most common mistyped account in Kenya. TearDown looks for the digits in the database file.
    int n = 0;
    for (const std::string typed :
         {"254708374149", "0708374149", "+254 708 374 149", "JANE 0708374149", "0708-374-149"}) {
        confirm(mlimani, {.receipt = "UKI000000" + std::to_string(++n), .account = typed});
        const std::string shown = transactions(mlimani).back().account;
        std::string digits;
        for (const char c : shown) {
            if (c >= '0' && c <= '9') digits += c;
        }
        EXPECT_EQ(digits.find("708374149"), std::string::npos) << shown;
        EXPECT_TRUE(digits.ends_with("149")) << shown;
    }
    EXPECT_EQ(booked(), n * kAmount.cents());
}

TEST_F(c2b_payment, for_a_phone_number_typed_as_account_shows_its_two_first_and_three_last_digits) {
    int n = 0;
    for (const auto& [typed, shown] : {std::pair<std::string, std::string>{"0708374149", "07*****149"},
                                       {"+254 708 374 149", "+25* *** *** 149"},
                                       {"(0708) 374149", "(07**) ***149"},
                                       {"0708.374.149", "07**.***.149"},
                                       {"0708374149 ROOM 5", "07*****149 ROOM 5"},
                                       {"A 0708374149 B 9", "A 07*****149 B 9"},
                                       {"987654320", "987654320"}}) {
        confirm(mlimani, {.receipt = "UKI000000" + std::to_string(++n), .account = typed});
        EXPECT_EQ(transactions(mlimani).back().account, shown) << typed;
    }
}

TEST_F(c2b_payment, with_a_wrong_shortcode_is_rejected_and_kept) {
    confirm(mlimani, {.shortcode = "600000"});
    EXPECT_EQ(inbox_states(), "rejected");
    EXPECT_EQ(booked(), 0);
}

TEST_F(c2b_payment, may_use_the_address_before_the_current_one_and_no_older) {
    must(in_clinic(mlimani, [&](store::ClinicTx& tx) { return config::rotate_callbacks(tx, "test", clock.now()); }));
    confirm(mlimani, {.receipt = "UKI0000001"}, 1);
    confirm(mlimani, {.receipt = "UKI0000002"}, 2);
    must(in_clinic(mlimani, [&](store::ClinicTx& tx) { return config::rotate_callbacks(tx, "test", clock.now()); }));
    confirm(mlimani, {.receipt = "UKI0000003"}, 1);
    confirm(mlimani, {.receipt = "UKI0000004"}, 4);
    EXPECT_EQ(inbox_states(), "done,done,rejected,rejected");
    EXPECT_EQ(booked(), 2 * kAmount.cents());
}

TEST_F(c2b_payment, that_cannot_be_read_is_rejected) {
    deliver(mlimani, kC2bMethod, 1, "TransID=UKI0000001");
    deliver(mlimani, kC2bMethod, 1, R"({"TransID":"UKI0000001","TransAmount":"-5","BusinessShortCode":"174379"})");
    EXPECT_EQ(inbox_states(), "rejected,rejected");
}

TEST_F(c2b_payment, after_the_prompt_s_callback_books_nothing) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("0"));
    confirm(mlimani, {});
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_EQ(transactions(mlimani).size(), 1u);
    EXPECT_FALSE(find(mlimani, id).attention);
}

TEST_F(c2b_payment, before_the_prompt_s_callback_pays_the_prompt_however_the_phone_is_hidden) {
    int n = 0;
    for (const std::string& msisdn : {std::string("2547 ***** 149"), std::string("25470****149"), hash(), masked_hash(),
                                      std::string(kPhone), std::string()}) {
        const std::string suffix = std::to_string(++n), receipt = "UKI000000" + suffix;
        push_answers = {accepted(kCheckout + suffix)};
        const TransactionId id = start(mlimani);
        confirm(mlimani, {.receipt = receipt, .msisdn = msisdn});
        EXPECT_EQ(find(mlimani, id).state, State::kPaid) << msisdn;
        EXPECT_EQ(find(mlimani, id).receipt, receipt) << msisdn;
        call_back(mlimani, id, callback_body("0", receipt, "500.00", kCheckout + suffix));
        EXPECT_EQ(booked(), n * kAmount.cents()) << msisdn;
        EXPECT_FALSE(find(mlimani, id).attention) << msisdn;
        EXPECT_EQ(transactions(mlimani).size(), size_t(n));
    }
}

// Storm seed 545: the notice of the first prompt's money paid the second, which had not even left; then a query booked
// the first as well.
TEST_F(c2b_payment, that_comes_late_pays_the_prompt_it_answers_and_not_the_one_after) {
    push_answers = {accepted(kCheckout + "1"), accepted(kCheckout + "2")};
    expect_late_money_pays_the_first_prompt();
}

// Storm seed 4946: the second prompt was sent by a server whose clock was ten minutes behind, so it seemed older than the
// first prompt's money; it was paid with it, and a query booked that money again.
TEST_F(c2b_payment, that_comes_late_pays_the_prompt_it_answers_though_this_server_s_clock_was_set_back) {
    const auto dated = [](net::Response response, Instant at) {
        response.headers.emplace_back("Date", to_http_date(at));
        return response;
    };
    const Instant begun = clock.now();
    push_answers = {dated(accepted(kCheckout + "1"), begun), dated(accepted(kCheckout + "2"), begun + 31min)};
    expect_late_money_pays_the_first_prompt(-32min);
}

// Storm seed 1371: the first prompt, doubted after 1037, was the one that was paid; the second had vanished on its way.
TEST_F(c2b_payment, taken_for_the_answer_to_the_wrong_prompt_is_not_booked_again_by_a_query_of_the_right_one) {
    push_answers = {accepted(kCheckout + "1"), net::Unknown{"no answer"}};
    const TransactionId first = start(mlimani);
    call_back(mlimani, first, callback_body("1037", kReceipt, "500.00", kCheckout + "1"));
    pass(60s);
    const TransactionId second = start(mlimani);
    ASSERT_EQ(find(mlimani, second).state, State::kUnknown);
    confirm(mlimani, {.paid_at = to_eat_stamp(clock.now() + 5s)});
    ASSERT_EQ(find(mlimani, second).state, State::kPaid);
    query_answers = {told("0", kCheckout + "1")};
    repeat_last = true;
    pass(15min);
    EXPECT_EQ(find(mlimani, first).state, State::kPaid);
    EXPECT_EQ(find(mlimani, first).duplicate_of, second);
    EXPECT_TRUE(find(mlimani, first).attention) << "a person must see that this was a guess";
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(c2b_payment, by_somebody_else_leaves_the_prompt_open) {
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.msisdn = "2547 ***** 678"});
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    call_back(mlimani, id, callback_body("0", "UKI0000002"));
    EXPECT_EQ(booked(), 2 * kAmount.cents()) << "two payments, both moved";
}

TEST_F(c2b_payment, of_another_amount_leaves_the_prompt_open) {
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.amount = "200.00"});
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    EXPECT_EQ(booked(), 20'000);
}

TEST_F(c2b_payment, that_was_booked_alone_is_not_booked_again_by_the_callback) {
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.msisdn = "hidden by law"});
    EXPECT_EQ(find(mlimani, id).state, State::kPending);
    for (int i = 0; i < 3; ++i) call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(find(mlimani, id).duplicate_of, transactions(mlimani)[1].id);
    EXPECT_FALSE(find(mlimani, id).attention);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(c2b_payment, after_a_cancelled_prompt_is_a_payment_by_hand) {
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1032"));
    confirm(mlimani, {});
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_EQ(balance("invoice"), kAmount.cents());
    pass(1h);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(c2b_payment, to_a_till_pays_the_prompt_of_its_payer_though_it_names_no_account) {
    configure(mlimani, till());
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.account = "", .shortcode = "300584"});
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(balance("invoice"), kAmount.cents()) << "the patient's money must reach the patient's invoice";
    call_back(mlimani, id, callback_body("0"));
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(c2b_payment, to_a_till_brings_the_receipt_of_a_prompt_that_a_query_found_paid) {
    configure(mlimani, till());
    const TransactionId id = start_accepted(mlimani);
    query_answers = {told("0")};
    pass(13s);
    EXPECT_EQ(find(mlimani, id).state, State::kPaidWithoutReceipt);
    confirm(mlimani, {.account = "", .shortcode = "300584"});
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(booked(), kAmount.cents()) << "the same money was booked twice";
}

TEST_F(c2b_payment, to_a_till_after_a_disputed_failure_is_not_booked_again_by_a_query) {
    configure(mlimani, till());
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1037"));
    confirm(mlimani, {.account = "", .shortcode = "300584"});
    query_answers = {told("0")};
    repeat_last = true;
    pass(15min);
    EXPECT_EQ(find(mlimani, id).state, State::kPaid);
    EXPECT_EQ(booked(), kAmount.cents()) << "the same money was booked twice";
    EXPECT_EQ(balance("invoice"), kAmount.cents());
}

TEST_F(c2b_payment, to_a_till_long_after_a_failure_is_a_payment_by_hand) {
    configure(mlimani, till());
    const TransactionId id = start_accepted(mlimani);
    call_back(mlimani, id, callback_body("1037"));
    query_answers = {told("1037")};
    repeat_last = true;
    pass(1h);
    confirm(mlimani, {.account = "", .shortcode = "300584"});
    EXPECT_EQ(find(mlimani, id).state, State::kFailed);
    EXPECT_EQ(balance("unallocated"), kAmount.cents());
}

TEST_F(c2b_payment, to_a_till_by_somebody_else_is_unallocated) {
    configure(mlimani, till());
    const TransactionId id = start_accepted(mlimani);
    confirm(mlimani, {.receipt = "UKI0000001", .account = "", .msisdn = "2547 ***** 678", .shortcode = "300584"});
    confirm(mlimani, {.receipt = "UKI0000002", .account = "", .msisdn = "", .shortcode = "300584"});
    EXPECT_EQ(find(mlimani, id).state, State::kPending) << "without account and payer nothing ties it to the prompt";
    EXPECT_EQ(balance("unallocated"), 2 * kAmount.cents());
}

// Storm seed 61: the notice of one child's money paid the other child's prompt, and a query then booked it a second
// time.
class c2b_payment_of_a_family : public c2b_payment {
protected:
    c2b_payment_of_a_family() {
        configure(mlimani, till());
        push_answers = {accepted(kCheckout + "1"), accepted(kCheckout + "2")};
        first = start(mlimani);
        second = start(mlimani, kSibling);
        confirm(mlimani, {.account = "", .shortcode = "300584", .paid_at = to_eat_stamp(clock.now() + 5s)});
    }
    static inline const InvoiceId kSibling{kInvoice.value + 1};
    TransactionId first, second;
};

TEST_F(c2b_payment_of_a_family, waits_until_a_query_says_which_prompt_was_paid) {
    EXPECT_EQ(inbox_states(), "parked");
    EXPECT_EQ(booked(), 0);
    client.script = [this](const net::ClientRequest& request) -> std::optional<net::Outcome> {
        if (request.url.find("/stkpushquery/") == std::string::npos) return daraja(request);
        const bool is_first = request.body.find(kCheckout + "1\"") != std::string::npos;
        return is_first ? told("0", kCheckout + "1") : told("1032", kCheckout + "2");
    };
    pass(15min);
    EXPECT_EQ(find(mlimani, first).state, State::kPaid);
    EXPECT_EQ(find(mlimani, first).receipt, kReceipt);
    EXPECT_EQ(find(mlimani, second).state, State::kFailed);
    EXPECT_EQ(inbox_states(), "done");
    EXPECT_EQ(booked(), kAmount.cents()) << "the same money was booked twice";
}

TEST_F(c2b_payment_of_a_family, goes_to_the_prompt_that_is_left_when_the_other_one_failed) {
    call_back(mlimani, second, callback_body("1032", {}, {}, kCheckout + "2"));
    pass(1min);
    EXPECT_EQ(find(mlimani, first).receipt, kReceipt);
    EXPECT_EQ(booked(), kAmount.cents());
    EXPECT_FALSE(find(mlimani, first).attention) << "nothing was guessed";
}

TEST_F(c2b_payment_of_a_family, is_booked_and_shown_when_nobody_ever_says_for_which) {
    pass(45min);
    EXPECT_EQ(inbox_states(), "done");
    EXPECT_EQ(find(mlimani, second).receipt, kReceipt);
    EXPECT_TRUE(find(mlimani, second).attention) << "a person must see that this was a guess";
    EXPECT_EQ(find(mlimani, first).state, State::kExpired);
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(c2b_payment, while_the_invoices_cannot_be_read_is_kept_and_booked_later) {
    accounts.trouble = true;
    confirm(mlimani, {});
    EXPECT_EQ(inbox_states(), "parked");
    accounts.trouble = false;
    pass(1min);
    EXPECT_EQ(inbox_states(), "done");
    EXPECT_EQ(booked(), kAmount.cents());
}

TEST_F(c2b_payment, validation_follows_the_clinic_s_policy) {
    accounts.matches["VOID"] = {InvoiceId{5}, kAmount, false};
    const auto with_policy = [&](ValidationPolicy policy) {
        Config c = config();
        c.validation_policy = policy;
        configure(mlimani, c);
    };
    with_policy(ValidationPolicy::kAcceptAll);
    EXPECT_EQ(validate({}), "0");
    EXPECT_EQ(validate({.account = "nonsense"}), "0");
    with_policy(ValidationPolicy::kKnownAccount);
    EXPECT_EQ(validate({}), "0");
    EXPECT_EQ(validate({.amount = "200"}), "0");
    EXPECT_EQ(validate({.account = "nonsense"}), "C2B00012");
    EXPECT_EQ(validate({.account = "VOID"}), "C2B00012");
    with_policy(ValidationPolicy::kExactAmount);
    EXPECT_EQ(validate({}), "0");
    EXPECT_EQ(validate({.amount = "200"}), "C2B00013");
    EXPECT_EQ(validate({.shortcode = "600000"}), "C2B00015");
    EXPECT_EQ(validate_body("nonsense"), "0");  // refused money cannot be brought back by us
    accounts.trouble = true;
    EXPECT_EQ(validate({.account = "nonsense"}), "0") << "what cannot be decided is accepted";
    accounts.trouble = false;
    Config c = till();
    c.validation_policy = ValidationPolicy::kExactAmount;
    configure(mlimani, c);
    EXPECT_EQ(validate({.account = "", .amount = "1", .shortcode = "300584"}), "0");
}

class registration_of_urls : public MpesaTest {
protected:
    std::string after(std::deque<net::Outcome> answers) {
        register_answers = std::move(answers);
        must(with(mlimani, [&](jobs::Context& context, store::ClinicTx& tx) {
            return ask_registration(context, tx, *vault, "test");
        }));
        EXPECT_EQ(state(), "asked");
        pass(30min);
        EXPECT_EQ(number("SELECT COUNT(*) FROM jobs"), 0);
        return state();
    }
    std::string state() {
        const auto found = must(in_clinic(mlimani, [](store::ClinicTx& tx) { return registration(tx); }));
        return found ? found->state : "none";
    }
    int asked() const { return client.count("/registerurl"); }
};

const net::Outcome kRegistered =
    answer(200, R"({"OriginatorCoversationID":"x","ResponseCode":"0","ResponseDescription":"success"})");

TEST_F(registration_of_urls, works_and_names_the_two_addresses) {
    EXPECT_EQ(after({kRegistered}), "registered");
    EXPECT_EQ(asked(), 1);
    const auto body = must(json::Document::parse(client.request(1).body));
    EXPECT_EQ(must(body.root()["ConfirmationURL"].text()), callback::c2b_confirmation_url(config(), links, mlimani));
    EXPECT_EQ(must(body.root()["ValidationURL"].text()), callback::c2b_validation_url(config(), links, mlimani));
    EXPECT_EQ(must(body.root()["ResponseType"].text()), "Completed");
    EXPECT_NE(client.request(1).url.find("/v2/"), std::string::npos);
}

TEST_F(registration_of_urls, tells_that_they_stand_already) {
    EXPECT_EQ(after({fault(500, "500.003.1001", "Urls are already registered")}), "already_registered");
    EXPECT_EQ(asked(), 1);
}

TEST_F(registration_of_urls, fails_for_what_an_operator_must_correct) {
    EXPECT_EQ(after({fault(400, "400.003.02", "Bad Request")}), "failed");
    EXPECT_EQ(after({fault(500, "500.003.1001", "Duplicate notification info, SP ID is 1")}), "failed");
    EXPECT_EQ(asked(), 2);
}

TEST_F(registration_of_urls, is_tried_again_after_what_passes) {
    EXPECT_EQ(
        after({net::Unknown{"cut"}, net::NotSent{"refused"}, fault(500, "500.003.02", "System is busy"), kRegistered}),
        "registered");
    EXPECT_EQ(asked(), 4);
}

TEST_F(registration_of_urls, replaces_an_invalid_token) {
    EXPECT_EQ(after({fault(400, "400.003.01", "Invalid Access Token"), kRegistered}), "registered");
    EXPECT_EQ(tokens(), 2);
}

TEST_F(registration_of_urls, gives_up_with_a_sentence) {
    repeat_last = true;
    EXPECT_EQ(after({net::Unknown{"cut"}}), "failed");
    EXPECT_LE(asked(), 5);
}

}  // namespace
}  // namespace clinicpro::mpesa
