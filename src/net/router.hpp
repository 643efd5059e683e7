// router.hpp: one visible table from method and path to handler.
//
// A pattern is literal segments and {placeholders} that match one non-empty segment. Matching is exact: no
// trailing-slash or case magic; a literal wins over a placeholder. An unknown path is 404; a known path with another
// method is 405 with Allow; HEAD is answered by GET's handler, without the body. Tested by net/router_test.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace clinicpro::net {

struct Route {
    std::string method;
    std::string pattern;       // "/v1/invoices/{invoice}"
    std::string operation_id;  // as in api/openapi.yaml; empty for pages and callbacks, which stand outside the API
    // Runs on an I/O thread and must not block; hand slow work to a pool and answer later.
    std::function<void(Request, Respond)> handle;
};

class Router {
public:
    void add(Route route);  // CHECKs that method and pattern are new
    // Answers a path that no route has; without it, a 404 problem.
    void otherwise(std::function<void(Request, Respond)> handle) { otherwise_ = std::move(handle); }
    // Fills request.params and runs the handler, or answers 404/405 itself. Thread-safe once all routes are added.
    void dispatch(Request request, Respond respond) const;
    const std::vector<Route>& routes() const { return routes_; }

private:
    struct Search;
    std::vector<Route> routes_;
    std::function<void(Request, Respond)> otherwise_;
    struct Node {
        std::vector<std::pair<std::string, size_t>> literals;
        size_t placeholder = 0;                               // 0: none
        std::vector<std::pair<std::string, size_t>> methods;  // method -> route index
    };
    std::vector<Node> nodes_{1};
};

}  // namespace clinicpro::net
