// Files that pages share: named by content, compressed in advance, kept by browsers, small.
#include "web/assets.hpp"

#include "tests/web/site.hpp"

namespace clinicpro::web::testing {

class Assets : public SiteTest {};

TEST(encodings, the_best_one_that_the_client_takes) {
    EXPECT_EQ(best_encoding(""), Encoding::kPlain);
    EXPECT_EQ(best_encoding("gzip, deflate, br"), Encoding::kBrotli);
    EXPECT_EQ(best_encoding("gzip, deflate"), Encoding::kGzip);
    EXPECT_EQ(best_encoding("GZIP"), Encoding::kGzip);
    EXPECT_EQ(best_encoding("br;q=0, gzip"), Encoding::kGzip);
    EXPECT_EQ(best_encoding("br;q=0.1, gzip;q=0.8"), Encoding::kGzip);
    EXPECT_EQ(best_encoding("gzip;q=0"), Encoding::kPlain);
    EXPECT_EQ(best_encoding("*"), Encoding::kBrotli);
    EXPECT_EQ(best_encoding("*;q=0"), Encoding::kPlain);
    EXPECT_EQ(best_encoding("identity;q=1, gzip;q=0.5"), Encoding::kPlain);
    EXPECT_EQ(best_encoding("zstd, deflate"), Encoding::kPlain);
    EXPECT_EQ(best_encoding(";;;q,,=,gzip;q=zzz"), Encoding::kPlain);
}

TEST_F(Assets, a_file_comes_in_the_clients_encoding_and_is_kept_for_ever) {
    for (const Asset& asset : embedded_assets()) {
        const std::string path(asset.path);
        const Reply plain = ask("GET", path);
        EXPECT_EQ(plain.status, 200);
        EXPECT_EQ(plain.body, asset.plain);
        EXPECT_EQ(plain.header("Content-Encoding"), "");
        const Reply gzip = ask("GET", path, {}, {}, {{"Accept-Encoding", "gzip"}});
        EXPECT_EQ(gzip.header("Content-Encoding"), "gzip");
        EXPECT_EQ(gzip.body, asset.gzip);
        const Reply brotli = ask("GET", path, {}, {}, {{"Accept-Encoding", "gzip, br"}});
        EXPECT_EQ(brotli.header("Content-Encoding"), "br");
        EXPECT_EQ(brotli.body, asset.brotli);
        for (const Reply& reply : {plain, gzip, brotli}) {
            EXPECT_EQ(reply.header("Content-Type"), asset.type);
            EXPECT_EQ(reply.header("Cache-Control"), "public, max-age=31536000, immutable");
            EXPECT_EQ(reply.header("Vary"), "Accept-Encoding");
        }
        EXPECT_NE(plain.header("ETag"), gzip.header("ETag"));
        EXPECT_NE(brotli.header("ETag"), gzip.header("ETag"));
        EXPECT_NE(path.find(std::string(asset.hash)), std::string::npos);
        EXPECT_LT(asset.gzip.size(), asset.plain.size());
        EXPECT_LT(asset.gzip.size(), 24u * 1024) << asset.name << " grows too big for a phone on 3G";
    }
}

TEST_F(Assets, what_a_browser_has_is_not_sent_again) {
    const std::string path(asset_path("app.css"));
    const net::Headers takes = {{"Accept-Encoding", "gzip"}};
    const std::string tag(ask("GET", path, {}, {}, takes).header("ETag"));
    for (const std::string& have : {tag, "\"x\", " + tag, "W/" + tag, std::string("*")}) {
        const Reply again = ask("GET", path, {}, {}, {{"Accept-Encoding", "gzip"}, {"If-None-Match", have}});
        EXPECT_EQ(again.status, 304) << have;
        EXPECT_EQ(again.body, "");
        EXPECT_EQ(again.header("ETag"), tag);
    }
    EXPECT_EQ(ask("GET", path, {}, {}, {{"Accept-Encoding", "br"}, {"If-None-Match", tag}}).status, 200);
}

TEST_F(Assets, another_name_is_not_found_and_not_kept) {
    for (const char* path : {"/assets/app.css", "/assets/app.000000000000.css", "/assets/x", "/assets/clinic/x",
                             "/assets/clinic/ffffff.css", "/assets/clinic/0B6150.css", "/assets/clinic/0b6150.css.css",
                             "/assets/clinic/#0b6150.css"}) {
        const Reply reply = ask("GET", path);
        EXPECT_EQ(reply.status, 404) << path;
        EXPECT_EQ(reply.header("Cache-Control"), "") << path;
    }
}

TEST_F(Assets, a_clinics_colour_is_a_style_sheet_of_its_own) {
    const Reply sheet = ask("GET", "/assets/clinic/5b2a86.css");
    EXPECT_EQ(sheet.status, 200);
    EXPECT_EQ(sheet.header("Content-Type"), "text/css; charset=utf-8");
    EXPECT_TRUE(sheet.body.starts_with(":root{--brand:#5b2a86;--on-brand:#fff;")) << sheet.body;
    EXPECT_NE(sheet.body.find("prefers-color-scheme:dark"), std::string::npos);
}

TEST(icons, each_is_a_shape_without_colour_or_script) {
    for (const Icon& each : embedded_icons()) {
        const std::string markup = icon(each.name).markup();
        EXPECT_TRUE(markup.starts_with("<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"")) << markup;
        EXPECT_EQ(markup.find("style"), std::string::npos) << each.name;
        EXPECT_EQ(markup.find("fill="), std::string::npos) << each.name;
        EXPECT_LT(markup.size(), 900u) << each.name;
    }
}

}  // namespace clinicpro::web::testing
