// Routes and requests, drawn together: the router's search agrees with a plain reading of its promise, which looks at
// every route by itself.
//
// Input, as lines: routes ("GET /v1/invoices/{invoice}"), an empty line, requests ("HEAD /v1/invoices/inv_1").
#include <algorithm>
#include <cstdint>
#include <set>

#include "base/text.hpp"
#include "net/router.hpp"

namespace {

using namespace clinicpro;

constexpr size_t kRoutesMax = 24;
constexpr size_t kRequestsMax = 12;

struct Line {
    std::string method;
    std::string path;
};

struct Plan {
    std::vector<Line> routes;
    std::vector<Line> requests;
};

bool is_place(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string_view> segments(std::string_view path) {
    return text::split(path.substr(1), '/');
}

// What Router::add takes: it CHECKs the rest, because routes are ours.
bool is_route(const Line& line, std::set<std::string>& known) {
    if (line.method.empty() || !line.path.starts_with('/')) return false;
    std::string shape = line.method;
    for (const auto segment : segments(line.path)) {
        if (!is_place(segment) && segment.find_first_of("{}") != std::string_view::npos) return false;
        shape += is_place(segment) ? std::string("/{}") : "/" + std::string(segment);
    }
    return known.insert(shape).second;
}

Plan read(std::string_view given) {
    Plan plan;
    std::set<std::string> known;
    bool asks = false;
    for (const auto line : text::split(given, '\n')) {
        if (line.empty()) {
            asks = true;
            continue;
        }
        const size_t blank = line.find(' ');
        Line read{std::string(line.substr(0, blank)),
                  std::string(blank == std::string_view::npos ? "" : line.substr(blank + 1))};
        if (asks) {
            if (plan.requests.size() < kRequestsMax) plan.requests.push_back(std::move(read));
        } else if (plan.routes.size() < kRoutesMax && is_route(read, known)) {
            plan.routes.push_back(std::move(read));
        }
    }
    return plan;
}

bool fits(std::string_view pattern, std::string_view path) {
    return std::ranges::equal(segments(pattern), segments(path), [](std::string_view wanted, std::string_view given) {
        return is_place(wanted) ? !given.empty() : wanted == given;
    });
}

// Whether pattern `a` wins over `b` where both fit: at the first difference a literal wins.
bool wins(std::string_view a, std::string_view b) {
    const auto left = segments(a), right = segments(b);
    for (size_t i = 0; i < left.size(); ++i) {
        if (is_place(left[i]) != is_place(right[i])) return is_place(right[i]);
    }
    return false;
}

const Line* best(const Plan& plan, std::string_view method, std::string_view path) {
    const Line* best = nullptr;
    for (const Line& route : plan.routes) {
        if (route.method != method || !fits(route.path, path)) continue;
        if (best == nullptr || wins(route.path, best->path)) best = &route;
    }
    return best;
}

std::vector<std::string> params(std::string_view pattern, std::string_view path) {
    std::vector<std::string> values;
    const auto wanted = segments(pattern), given = segments(path);
    for (size_t i = 0; i < wanted.size(); ++i) {
        if (is_place(wanted[i])) values.emplace_back(given[i]);
    }
    return values;
}

std::set<std::string> methods(const Plan& plan, std::string_view path) {
    std::set<std::string> all;
    for (const Line& route : plan.routes) {
        if (fits(route.path, path)) all.insert(route.method);
    }
    if (all.contains("GET")) all.insert("HEAD");
    return all;
}

void ask(const net::Router& router, const Plan& plan, const Line& line, const std::vector<const Line*>& handled,
         const std::vector<std::string>& values) {
    const size_t before = handled.size();
    std::vector<net::Response> answers;
    net::Request request;
    request.method = line.method;
    request.path = line.path;
    router.dispatch(request, [&](net::Response answer) { answers.push_back(std::move(answer)); });
    CHECK(answers.size() == 1);
    const net::Response& answer = answers.front();

    const bool is_path = line.path.starts_with('/');
    const Line* wanted = is_path ? best(plan, line.method, line.path) : nullptr;
    const bool is_head_of_get = wanted == nullptr && line.method == "HEAD" && is_path;
    if (is_head_of_get) wanted = best(plan, "GET", line.path);
    if (wanted != nullptr) {
        CHECK(handled.size() == before + 1 && handled.back() == wanted && values == params(wanted->path, line.path));
        CHECK(answer.status == 200 && answer.body == (is_head_of_get ? "" : "body"));
        CHECK(!is_head_of_get || answer.header("Content-Length") == "4");
        return;
    }
    CHECK(handled.size() == before);
    if (line.path == "*") return CHECK(answer.status == 204);
    const auto others = is_path ? methods(plan, line.path) : std::set<std::string>();
    CHECK(answer.status == (others.empty() ? 404 : 405));
    std::string allowed;
    for (const auto& method : others) allowed += (allowed.empty() ? "" : ", ") + method;
    CHECK(answer.header("Allow") == allowed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const Plan plan = read({reinterpret_cast<const char*>(data), size});
    std::vector<const Line*> handled;
    std::vector<std::string> values;
    net::Router router;
    for (const Line& route : plan.routes) {
        router.add({route.method, route.path, {}, [&](net::Request request, net::Respond respond) {
                        handled.push_back(&route);
                        values = std::move(request.params);
                        respond(net::Response::text(200, "body"));
                    }});
    }
    for (const Line& request : plan.requests) ask(router, plan, request, handled, values);
    return 0;
}
