// Text cannot become markup, and addresses cannot become scripts.
#include "web/html.hpp"

#include <gtest/gtest.h>

namespace clinicpro::web {
namespace {

TEST(html, text_is_escaped_wherever_it_goes) {
    const std::string evil = "<script>alert('x')</script> & \"Co\"";
    EXPECT_EQ(el("p", evil).markup(), "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Co&quot;</p>");
    EXPECT_EQ(el("p", at("title", "\"><b>")).markup(), "<p title=\"&quot;&gt;&lt;b&gt;\"></p>");
    EXPECT_EQ(together("a<", el("b", "c")).markup(), "a&lt;<b>c</b>");
}

TEST(html, elements_nest_without_being_escaped_again) {
    EXPECT_EQ(el("ul", el("li", "1 < 2"), el("li", el("a", at("href", "/x?a=1&b=2"), "go"))).markup(),
              "<ul><li>1 &lt; 2</li><li><a href=\"/x?a=1&amp;b=2\">go</a></li></ul>");
    EXPECT_EQ(el("div").markup(), "<div></div>");
    EXPECT_EQ(el("br").markup(), "<br>");
    EXPECT_EQ(el("input", at("name", "phone"), at("value", ""), flag("required"), flag("disabled", false)).markup(),
              "<input name=\"phone\" value=\"\" required>");
}

TEST(html, an_address_that_could_run_or_lead_astray_is_replaced) {
    for (const char* bad : {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x",
                            "//evil.example", "/\\evil.example", "vbscript:x", "evil.example"}) {
        EXPECT_EQ(el("a", at("href", bad), "x").markup(), "<a href=\"#\">x</a>") << bad;
    }
    for (const char* good :
         {"/p/x", "?lang=sw", "#main", "https://meet.example/a", "http://127.0.0.1:1/", "tel:+254700000000"}) {
        EXPECT_EQ(el("a", at("href", good), "x").markup(), "<a href=\"" + std::string(good) + "\">x</a>");
    }
}

}  // namespace
}  // namespace clinicpro::web
