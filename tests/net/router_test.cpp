#include "net/router.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace clinicpro::net {
namespace {

class Table {
public:
    Table() {
        add("GET", "/");
        add("GET", "/v1/invoices");
        add("POST", "/v1/invoices");
        add("GET", "/v1/invoices/{invoice}");
        add("GET", "/v1/invoices/me");
        add("DELETE", "/v1/invoices/{invoice}/items/{item}");
        add("POST", "/v1/{what}/me/close");
    }
    Response ask(std::string method, std::string path) {
        Request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.id = "r1";
        std::optional<Response> answer;
        router.dispatch(std::move(request), [&](Response response) { answer = std::move(response); });
        EXPECT_TRUE(answer);
        return answer.value_or(Response{});
    }
    Router router;

private:
    void add(std::string method, std::string pattern) {
        router.add({method, pattern, "", [method, pattern](Request request, Respond respond) {
                        std::string said = method + " " + pattern;
                        for (const auto& param : request.params) said += " " + param;
                        respond(Response::text(200, said));
                    }});
    }
};

TEST(router, a_path_and_method_find_their_handler_and_params) {
    Table table;
    EXPECT_EQ(table.ask("GET", "/").body, "GET /");
    EXPECT_EQ(table.ask("POST", "/v1/invoices").body, "POST /v1/invoices");
    EXPECT_EQ(table.ask("GET", "/v1/invoices/inv_1").body, "GET /v1/invoices/{invoice} inv_1");
    EXPECT_EQ(table.ask("DELETE", "/v1/invoices/a/items/b c").body, "DELETE /v1/invoices/{invoice}/items/{item} a b c");
}

TEST(router, a_literal_beats_a_placeholder_and_does_not_hide_it) {
    Table table;
    EXPECT_EQ(table.ask("GET", "/v1/invoices/me").body, "GET /v1/invoices/me");
    EXPECT_EQ(table.ask("DELETE", "/v1/invoices/me/items/2").body, "DELETE /v1/invoices/{invoice}/items/{item} me 2");
    EXPECT_EQ(table.ask("POST", "/v1/invoices/me/close").body, "POST /v1/{what}/me/close invoices");
}

TEST(router, an_unknown_path_is_404) {
    Table table;
    for (const char* path : {"/v1", "/v1/", "/v1/invoices/", "/V1/invoices", "//", "/v1//me/close", "", "v1"}) {
        const Response answer = table.ask("GET", path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_NE(answer.body.find("\"code\":\"not_found\""), std::string::npos);
        EXPECT_NE(answer.body.find("\"request_id\":\"r1\""), std::string::npos);
    }
}

TEST(router, a_known_path_with_another_method_is_405_with_allow) {
    Table table;
    const Response answer = table.ask("PUT", "/v1/invoices");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.header("Allow"), "GET, HEAD, POST");
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(table.ask("get", "/v1/invoices").status, 405) << "methods are case-sensitive";
    EXPECT_EQ(table.ask("HEAD", "/v1/invoices/me/close").header("Allow"), "POST");
}

TEST(router, head_is_get_without_the_body) {
    Table table;
    const Response answer = table.ask("HEAD", "/v1/invoices");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.header("Content-Length"), "16");
}

TEST(router, options_of_the_server_itself_is_204) {
    Table table;
    EXPECT_EQ(table.ask("OPTIONS", "*").status, 204);
}

TEST(router_death, the_same_route_twice_is_our_own_fault) {
    Table table;
    const auto handle = [](Request, Respond) {};
    EXPECT_DEATH(table.router.add({"GET", "/v1/invoices/{other_name}", "", handle}), "broken promise");
    EXPECT_DEATH(table.router.add({"GET", "no-slash", "", handle}), "broken promise");
    EXPECT_DEATH(table.router.add({"GET", "/x{y}", "", handle}), "broken promise");
}

}  // namespace
}  // namespace clinicpro::net
