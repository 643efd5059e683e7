#include "daraja/callback_url.hpp"

#include "golden.hpp"

namespace clinicpro::daraja {
namespace {

TEST(callback_url, a_neutral_https_address_is_fine_everywhere) {
    for (const char* url : {"https://pay.clinic.co.ke/cb/stk/0123456789abcdef", "https://pay.clinic.co.ke:8443/cb?a=1",
                            "https://41.90.1.2/cb", "https://pay.clinic.co.ke", "https://172.32.0.1/cb",
                            "https://10.clinic.co.ke/cb", "https://pay.clinic.co.ke/CB/AbC"}) {
        EXPECT_TRUE(check_callback_url(url, true)) << url;
        EXPECT_TRUE(check_callback_url(url, false)) << url;
    }
}

TEST(callback_url, production_wants_https_and_a_public_host) {
    for (const char* url :
         {"http://pay.clinic.co.ke/cb", "https://localhost/cb", "https://127.0.0.1/cb", "https://10.0.0.5/cb",
          "https://192.168.1.4/cb", "https://172.16.0.1/cb", "https://172.31.9.9/cb", "https://169.254.1.1/cb",
          "https://clinic.local/cb", "https://clinic.test/cb", "https://clinic.invalid/cb", "https://server/cb",
          "https://[::1]/cb", "https://abc.ngrok-free.app/cb", "https://x.trycloudflare.com/cb",
          "https://webhook.site/cb", "https://x.mockbin.org/cb", "https://x.requestbin.com/cb",
          "https://x.loca.lt/cb"}) {
        SCOPED_TRACE(url);
        expect_error(check_callback_url(url, true), Code::kConfig, "callback_url");
        EXPECT_TRUE(check_callback_url(url, false));
    }
}

TEST(callback_url, forbidden_words_are_refused_in_any_case) {
    for (const char* word : {"mpesa", "M-Pesa", "MPESA", "safaricom", "Exe", "exec", "cmd", "SQL", "query"}) {
        for (const bool production : {true, false}) {
            expect_error(check_callback_url("https://pay.clinic.co.ke/a/" + std::string(word) + "/b", production),
                         Code::kConfig, "callback_url");
        }
    }
    expect_error(check_callback_url("https://mpesa.clinic.co.ke/", true), Code::kConfig, "callback_url");
    const auto named = check_callback_url("https://pay.clinic.co.ke/sql", true);
    EXPECT_NE(named.error().message.find("\"sql\""), std::string::npos);
}

TEST(callback_url, what_is_no_url_is_refused) {
    for (const char* url :
         {"", "pay.clinic.co.ke/cb", "ftp://pay.clinic.co.ke", "https://", "https:///cb", "https://Pay.clinic.co.ke/cb",
          "https://pay clinic/cb", "https://pay.clinic.co.ke/a b", "https://pay.clinic.co.ke/\"",
          "https://u@pay.clinic.co.ke/", "https://pay.clinic.co.ke/#x", "https://pay.clinic.co.ke:/",
          "https://pay.clinic.co.ke:99999/", "https://pay.clinic.co.ke:x/", "https://.clinic/", "https://[zz]/",
          "https://[]/", "https://p\xc3\xa4y.co.ke/"}) {
        SCOPED_TRACE(url);
        expect_error(check_callback_url(url, false), Code::kConfig, "callback_url");
    }
    expect_error(check_callback_url("https://pay.clinic.co.ke/" + std::string(kCallbackUrlMax, 'a'), false),
                 Code::kConfig, "callback_url");
}

}  // namespace
}  // namespace clinicpro::daraja
