#include "daraja/environment.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

TEST(environment, a_base_url_is_a_scheme_and_a_host) {
    for (const char* url :
         {"https://api.safaricom.co.ke", "https://sandbox.safaricom.co.ke", "https://proxy.clinic.co.ke:8443",
          "http://127.0.0.1:8090", "http://localhost", "http://sandbox:8090", "http://[::1]:80"}) {
        ASSERT_TRUE(Endpoint::parse(url)) << url;
        EXPECT_EQ(Endpoint::parse(url)->base_url, url);
        EXPECT_EQ(Endpoint::parse(std::string(url) + "/")->base_url, url);
    }
}

TEST(environment, a_base_url_that_is_something_else_is_refused) {
    for (const char* url :
         {"", "https://", "https:///", "api.safaricom.co.ke", "ftp://api", "https://API.safaricom.co.ke", "https://a b",
          "https://host/path", "https://host?x=1", "https://me:secret@host", "https://host:0", "https://host:70000",
          "https://host:12x", "https://-host", "http://[::1]x", "http://[::1]:99999"}) {
        expect_error(Endpoint::parse(url), Code::kConfig, "base_url");
    }
}

TEST(environment, the_consumer_secret_never_travels_in_clear_over_the_internet) {
    expect_error(Endpoint::parse("http://api.safaricom.co.ke"), Code::kConfig, "base_url");
    expect_error(Endpoint::parse("http://8.8.8.8"), Code::kConfig, "base_url");
}

TEST(environment, any_https_host_but_the_sandbox_has_the_strict_rules) {
    EXPECT_TRUE(Endpoint::production().is_production());
    EXPECT_TRUE(Endpoint::parse("https://proxy.clinic.co.ke")->is_production());
    EXPECT_TRUE(Endpoint::parse("https://sandbox.safaricom.co.ke.evil.com")->is_production());
    EXPECT_FALSE(Endpoint::sandbox().is_production());
    EXPECT_FALSE(Endpoint::parse("https://sandbox.safaricom.co.ke:443")->is_production());
    EXPECT_FALSE(Endpoint::parse("http://127.0.0.1:8090")->is_production());
}

TEST(environment, a_shortcode_is_five_to_seven_digits) {
    for (const char* good : {"17437", "174379", "5551234"}) EXPECT_TRUE(check_shortcode(good, "x")) << good;
    for (const char* bad : {"", "1234", "12345678", "17437a", " 174379", "-17437"}) {
        expect_error(check_shortcode(bad, "shortcode"), Code::kInvalid, "shortcode");
    }
}

TEST(environment, kinds_have_names) {
    for (const ShortcodeKind kind : {ShortcodeKind::kPaybill, ShortcodeKind::kTill}) {
        EXPECT_EQ(*parse_shortcode_kind(to_string(kind)), kind);
    }
    expect_error(parse_shortcode_kind("bank"), Code::kInvalid, "kind");
}

}  // namespace
}  // namespace clinicpro::daraja
