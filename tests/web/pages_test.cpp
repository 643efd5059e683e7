// Pages that belong to nobody in particular, and what is around every page.
#include "tests/web/site.hpp"
#include "web/page_frame.hpp"

namespace clinicpro::web::testing {

class Pages : public SiteTest {
protected:
    Pages() { configure(); }
    void make_visit(const std::string& kind = "virtual") {  // 10:00 to 10:30 in Nairobi; now is 09:00
        who = patient();
        apt = visit(who, kind);
        const auto id = *AppointmentId::parse(apt);
        path = "/j/" + links.short_form(invoices::appointments::join_link(kMlimani, id, 0));
        const std::string shown = get("/appointments/" + apt)["join_url"];
        if (kind == "virtual") path = shown.substr(services.public_url.size());
    }
    void confirm() {
        ASSERT_EQ(post("/appointments/" + apt + "/confirm").status, 200);
        run();
    }
    Reply look(const std::string& suffix = {}, net::Headers headers = {}) {
        return ask("GET", path + suffix, {}, {}, std::move(headers));
    }
    static bool says(const Reply& reply, std::string_view words) { return reply.body.find(words) != std::string::npos; }
    std::string who, apt, path;
};

TEST_F(Pages, every_page_is_closed_to_frames_referrers_caches_and_foreign_code) {
    make_visit();
    for (const std::string& at : {path, std::string("/"), std::string("/j/x")}) {
        const Reply page = ask("GET", at);
        const std::string policy(page.header("Content-Security-Policy"));
        EXPECT_TRUE(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                               "connect-src 'self'; form-action 'self'"))
            << policy;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos);
        // Only the visit's own page leads to a provider.
        EXPECT_EQ(policy.find("form-action 'self' https:;") != std::string::npos, at == path) << at;
        EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
        EXPECT_EQ(page.header("X-Frame-Options"), "DENY");
        EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(page.header("Cache-Control"), "no-store");
        EXPECT_EQ(page.header("X-Robots-Tag"), "noindex");
        EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(page.header("Strict-Transport-Security"), "max-age=31536000");
        EXPECT_NE(page.header("Permissions-Policy").find("camera=()"), std::string::npos);
        EXPECT_EQ(page.header("Cross-Origin-Opener-Policy"), "same-origin");
        for (const std::string_view foreign : {"<script>", "style=", "http://", "https://", "onclick"}) {
            EXPECT_EQ(page.body.find(foreign), std::string::npos) << at << " " << foreign;
        }
    }
}

TEST_F(Pages, an_unknown_address_is_words_for_people_and_a_problem_for_programs) {
    const Reply person = ask("GET", "/clinics", {}, {}, {{"Accept", "text/html,application/xhtml+xml"}});
    EXPECT_EQ(person.status, 404);
    EXPECT_TRUE(says(person, "There is no page here"));
    EXPECT_EQ(ask("GET", "/clinics", {}, {}, {{"Accept", "*/*"}}).header("Content-Type"), "application/problem+json");
    EXPECT_EQ(ask("GET", "/v1/x", {}, {}, {{"Accept", "text/html"}}).header("Content-Type"),
              "application/problem+json");
    EXPECT_TRUE(says(ask("GET", "/"), "This server takes payments for clinics and confirms visits."));
}

TEST_F(Pages, on_a_machine_of_its_own_without_https_nothing_insists_on_https) {
    const PageFrame plain("http://127.0.0.1:8080");
    const net::Response page = plain.page({.title = "x", .posts_lead_out = true});
    EXPECT_EQ(page.header("Strict-Transport-Security"), "");
    EXPECT_NE(page.header("Content-Security-Policy").find("form-action 'self' https: http:;"), std::string::npos);
}

TEST_F(Pages, a_page_names_its_clinic_its_language_and_its_files) {
    const PageFrame frame(services.public_url);
    const net::Response page = frame.page({.language = messaging::Language::kSwahili,
                                           .title = "Lipa",
                                           .main = el("p", "x"),
                                           .clinic = "\u00d1andu <Clinic>",
                                           .colour = "#5b2a86"});
    const std::string& html = page.body;
    for (const std::string_view part :
         {"<!doctype html>\n<html lang=\"sw\">", "<title>Lipa \u00b7 \u00d1andu &lt;Clinic&gt;</title>",
          "href=\"/assets/app.", "href=\"/assets/clinic/5b2a86.css\"", "aria-hidden=\"true\">\u00d1</span>",
          "href=\"?lang=en\" lang=\"en\"", "<p>x</p></main>"}) {
        EXPECT_NE(html.find(part), std::string::npos) << part << "\n" << html;
    }
}

TEST_F(Pages, the_reference_of_the_api_holds_every_operation_and_loads_nothing_from_elsewhere) {
    const Reply page = ask("GET", "/docs");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Security-Policy").find("unsafe"), std::string_view::npos);
    for (const ApiRoute& route : api_routes()) {
        EXPECT_TRUE(says(page, "id=\"" + std::string(route.operation) + "\"")) << route.operation;
    }
    for (const char* foreign : {"style=", "<script>", "src=\"http", "href=\"http"}) EXPECT_FALSE(says(page, foreign)) << foreign;
    const Reply yaml = ask("GET", "/docs/openapi.yaml");
    EXPECT_EQ(yaml.status, 200);
    EXPECT_TRUE(says(yaml, "openapi: 3.1.0")) << yaml.body.substr(0, 200);
}

}  // namespace clinicpro::web::testing
