#include "net/router.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace clinicpro::net {
namespace {

bool is_placeholder(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// "/a/b" -> a, b; "/" -> one empty segment, so a trailing slash is its own path.
std::vector<std::string_view> segments_of(std::string_view path) {
    return text::split(path.substr(1), '/');
}

std::string allow_list(std::vector<std::string> methods) {
    if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) methods.push_back("HEAD");
    std::sort(methods.begin(), methods.end());
    methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
    std::string list;
    for (const auto& method : methods) list += (list.empty() ? "" : ", ") + method;
    return list;
}

// What GET would answer, without the bytes: the length stays visible in Content-Length.
Respond without_body(Respond respond) {
    return [respond = std::move(respond)](Response response) {
        if (find_header(response.headers, "Content-Length").empty()) {
            response.headers.emplace_back("Content-Length", std::to_string(response.body.size()));
        }
        response.body.clear();
        response.stream.reset();
        respond(std::move(response));
    };
}

}  // namespace

// Depth first, a literal before the placeholder, so "/a/me" beats "/a/{id}" and "/a/{id}/x" is still found beside
// "/a/me".
struct Router::Search {
    const std::vector<Node>& nodes;
    const std::vector<std::string_view>& segments;
    std::string_view method;
    std::vector<std::string> params;
    std::vector<std::string> other_methods;  // of the same path

    const size_t* find(size_t at, size_t depth) {
        const Node& node = nodes[at];
        if (depth == segments.size()) {
            for (const auto& [name, route] : node.methods) {
                if (name == method) return &route;
            }
            for (const auto& [name, route] : node.methods) other_methods.push_back(name);
            return nullptr;
        }
        const std::string_view segment = segments[depth];
        for (const auto& [literal, next] : node.literals) {
            if (literal != segment) continue;
            if (const size_t* found = find(next, depth + 1)) return found;
        }
        if (node.placeholder == 0 || segment.empty()) return nullptr;
        params.emplace_back(segment);
        if (const size_t* found = find(node.placeholder, depth + 1)) return found;
        params.pop_back();
        return nullptr;
    }
};

void Router::add(Route route) {
    CHECK(!route.method.empty() && route.pattern.starts_with('/') && route.handle);
    size_t at = 0;
    for (const std::string_view segment : segments_of(route.pattern)) {
        size_t next = 0;
        if (is_placeholder(segment)) {
            next = nodes_[at].placeholder;
        } else {
            CHECK(segment.find_first_of("{}") == std::string_view::npos);
            for (const auto& [literal, node] : nodes_[at].literals) {
                if (literal == segment) next = node;
            }
        }
        if (next == 0) {
            next = nodes_.size();
            if (is_placeholder(segment)) {
                nodes_[at].placeholder = next;
            } else {
                nodes_[at].literals.emplace_back(segment, next);
            }
            nodes_.emplace_back();
        }
        at = next;
    }
    for (const auto& [method, index] : nodes_[at].methods) CHECK(method != route.method);
    nodes_[at].methods.emplace_back(route.method, routes_.size());
    routes_.push_back(std::move(route));
}

void Router::dispatch(Request request, Respond respond) const {
    if (request.path == "*") return respond(Response{204, {}, {}});  // OPTIONS *: we are here
    if (request.path.starts_with('/')) {
        const auto segments = segments_of(request.path);
        Search search{nodes_, segments, request.method, {}, {}};
        const size_t* found = search.find(0, 0);
        if (found == nullptr && request.method == "HEAD") {
            search.method = "GET";
            found = search.find(0, 0);
            if (found != nullptr) respond = without_body(std::move(respond));
        }
        if (found != nullptr) {
            request.params = std::move(search.params);
            return routes_[*found].handle(std::move(request), std::move(respond));
        }
        if (!search.other_methods.empty()) {
            const std::string allow = allow_list(std::move(search.other_methods));
            Response answer = Response::problem(
                405, "method_not_allowed",
                "This path does not take " + std::string(text::clip(request.method, 20)) + "; use " + allow + ".",
                request.id);
            answer.headers.emplace_back("Allow", allow);
            return respond(std::move(answer));
        }
    }
    if (otherwise_) return otherwise_(std::move(request), std::move(respond));
    respond(Response::problem(
        Error{Code::kNotFound, "There is nothing at this path. Check the address for spelling.", {}, {}}, request.id));
}

}  // namespace clinicpro::net
