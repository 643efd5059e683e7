// A configuration is checked as a whole, sealed at rest, and replaced without losing its secrets.
#include "mpesa/config.hpp"

#include "clinics/credentials.hpp"
#include "tests/mpesa/fixture.hpp"

namespace clinicpro::mpesa {
namespace {

class mpesa_config : public MpesaTest {
protected:
    Config load(ClinicId clinic) {
        return must(in_clinic(clinic, [&](store::ClinicTx& tx) { return config::load(tx, *vault); }));
    }
    Result<> save(Config c) {
        return in_clinic(
            mlimani, [&](store::ClinicTx& tx) { return config::save(tx, *vault, entropy, c, "test", clock.now()); });
    }
    static std::string fields(const Config& c) {
        std::string all;
        for (const Error& one : problems(c)) {
            EXPECT_FALSE(one.message.empty());
            all += (all.empty() ? "" : " ") + one.field;
        }
        return all;
    }
};

TEST_F(mpesa_config, names_every_problem_at_once) {
    Config c;
    c.shortcode = "12";
    c.base_url = "http://x";
    c.store_number = "55555";
    c.callback_base_url = "https://MPESA.example";
    c.queries_per_minute = 0;
    EXPECT_EQ(
        fields(c),
        "base_url shortcode store_number callback_base_url queries_per_minute consumer_key consumer_secret passkey");
    const auto refused = validate(c);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_EQ(refused.error().field, "base_url");
    for (const Error& one : problems(c))
        EXPECT_NE(refused.error().message.find(one.message), std::string::npos) << one.message;
}

TEST_F(mpesa_config, accepts_what_can_work) {
    EXPECT_EQ(fields(config()), "");
    Config till = config();
    till.shortcode_kind = daraja::ShortcodeKind::kTill;
    EXPECT_EQ(fields(till), "store_number");
    till.store_number = "12345678";
    EXPECT_EQ(fields(till), "store_number");
    till.store_number = "123456";
    EXPECT_EQ(fields(till), "");
}

TEST_F(mpesa_config, is_strict_about_addresses_in_production) {
    Config c = config();
    c.environment = Environment::kProduction;
    c.base_url.clear();
    c.callback_base_url = "https://pay.clinic.co.ke";
    EXPECT_EQ(fields(c), "");
    for (const std::string url :
         {"http://pay.clinic.co.ke", "https://pay.ngrok-free.app", "https://localhost", "https://pay.clinic.co.ke/",
          "https://pay.clinic.co.ke?a=b", "https://Pay.clinic.co.ke", "https://safaricom.clinic.co.ke", ""}) {
        c.callback_base_url = url;
        EXPECT_EQ(fields(c), "callback_base_url") << url;
    }
}

TEST_F(mpesa_config, comes_back_as_it_was_saved) {
    Config c = config();
    c.c2b_version = daraja::C2bVersion::kV1;
    c.validation_policy = ValidationPolicy::kExactAmount;
    c.queries_per_minute = 7;
    must(save(c));
    const Config back = load(mlimani);
    EXPECT_EQ(back.shortcode, c.shortcode);
    EXPECT_EQ(back.base_url, c.base_url);
    EXPECT_EQ(back.environment, c.environment);
    EXPECT_EQ(back.c2b_version, c.c2b_version);
    EXPECT_EQ(back.validation_policy, c.validation_policy);
    EXPECT_EQ(back.queries_per_minute, 7);
    EXPECT_TRUE(back.passkey == c.passkey && back.consumer_key == c.consumer_key &&
                back.consumer_secret == c.consumer_secret);
    EXPECT_NE(load(bahari).queries_per_minute, 7);
}

TEST_F(mpesa_config, an_empty_secret_keeps_the_stored_one) {
    Config c = config();
    c.consumer_key = c.consumer_secret = c.passkey = Secret<>();
    c.shortcode = "600000";
    must(save(c));
    EXPECT_EQ(load(mlimani).shortcode, "600000");
    EXPECT_TRUE(load(mlimani).passkey == Secret<>(std::string(kPasskey)));
}

TEST_F(mpesa_config, a_wrong_one_changes_nothing) {
    Config c = config();
    c.passkey = Secret<>("another");
    c.shortcode = "1";
    EXPECT_FALSE(save(c));
    EXPECT_EQ(load(mlimani).shortcode, "174379");
    EXPECT_TRUE(load(mlimani).passkey == Secret<>(std::string(kPasskey)));
}

TEST_F(mpesa_config, a_lost_credential_is_said_and_can_be_set_again) {
    must(in_clinic(mlimani,
                   [&](store::ClinicTx& tx) { return clinics::Credentials(*vault).remove(tx, "mpesa.passkey"); }));
    const auto loaded = in_clinic(mlimani, [&](store::ClinicTx& tx) { return config::load(tx, *vault); });
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Code::kConfig) << loaded.error().message;
    must(save(config()));
    EXPECT_TRUE(load(mlimani).passkey == Secret<>(std::string(kPasskey)));
}

TEST_F(mpesa_config, rotation_raises_the_generation_and_saving_keeps_it) {
    EXPECT_EQ(must(in_clinic(mlimani,
                             [&](store::ClinicTx& tx) { return config::rotate_callbacks(tx, "test", clock.now()); })),
              2);
    must(save(config()));
    EXPECT_EQ(load(mlimani).callback_generation, 2);
    EXPECT_NE(callback::c2b_confirmation_url(load(mlimani), links, mlimani),
              callback::c2b_confirmation_url(config(), links, mlimani));
}

TEST_F(mpesa_config, a_change_is_in_the_audit_without_its_secrets) {
    Config c = config();
    c.passkey = Secret<>("anotherpasskeyanotherpasskey");
    must(save(c));
    const std::string details = words("SELECT detail FROM audit WHERE action = 'mpesa.configured'");
    EXPECT_NE(details.find("mpesa.passkey"), std::string::npos);
    EXPECT_EQ(disk_bytes().find("anotherpasskey"), std::string::npos);
}

}  // namespace
}  // namespace clinicpro::mpesa
