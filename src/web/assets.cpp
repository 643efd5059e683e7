#include "web/assets.hpp"

#include "base/text.hpp"

namespace clinicpro::web {
namespace {

// "q=0.5" as thousandths; 1000 when it is not there or makes no sense.
int weight_of(std::string_view parameters) {
    for (const std::string_view parameter : text::split(parameters, ';')) {
        const std::string_view word = text::trim(parameter);
        if (word.size() < 3 || (word[0] != 'q' && word[0] != 'Q') || word[1] != '=') continue;
        int thousandths = word[2] == '1' ? 1000 : 0;
        int place = 100;
        for (const char digit : word.substr(std::min<size_t>(word.size(), 4))) {
            if (digit < '0' || digit > '9' || place == 0) break;
            thousandths += (digit - '0') * place;
            place /= 10;
        }
        return std::min(thousandths, 1000);
    }
    return 1000;
}

bool has_tag(std::string_view if_none_match, std::string_view tag) {
    for (const std::string_view item : text::split(if_none_match, ',')) {
        std::string_view one = text::trim(item);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag || one == "*") return true;
    }
    return false;
}

}  // namespace

std::string_view asset_path(std::string_view name) {
    for (const Asset& asset : embedded_assets()) {
        if (asset.name == name) return asset.path;
    }
    CHECK(false);
    return {};
}

Html icon(std::string_view name, std::string_view classes) {
    for (const Icon& each : embedded_icons()) {
        if (each.name != name) continue;
        std::string all = "icon";
        if (!classes.empty()) all += " " + std::string(classes);
        return el("svg", at("class", all), at("viewBox", "0 0 24 24"), at("aria-hidden", "true"),
                  at("focusable", "false"), Html::built_in(each.shape));
    }
    CHECK(false);  // not in pages/icons.txt
    return {};
}

Encoding best_encoding(std::string_view accept_encoding) {
    int gzip = -1, brotli = -1, plain = -1, any = -1;
    for (const std::string_view item : text::split(accept_encoding, ',')) {
        const size_t end = item.find(';');
        const std::string coding = text::lower(text::trim(item.substr(0, end)));
        const int weight = end == std::string_view::npos ? 1000 : weight_of(item.substr(end + 1));
        if (coding == "br") brotli = weight;
        if (coding == "gzip" || coding == "x-gzip") gzip = weight;
        if (coding == "identity") plain = weight;
        if (coding == "*") any = weight;
    }
    if (gzip < 0) gzip = std::max(any, 0);
    if (brotli < 0) brotli = std::max(any, 0);
    if (plain < 0) plain = any >= 0 ? any : 1;  // always good enough, but for those who forbid it
    if (brotli > 0 && brotli >= gzip && brotli >= plain) return Encoding::kBrotli;
    if (gzip > 0 && gzip >= plain) return Encoding::kGzip;
    return Encoding::kPlain;
}

net::Response serve_asset(const net::Request& request) {
    for (const Asset& asset : embedded_assets()) {
        if (asset.path != request.path) continue;
        const Encoding encoding = best_encoding(request.header("Accept-Encoding"));
        std::string tag = "\"" + std::string(asset.hash);
        if (encoding == Encoding::kGzip) tag += "-gz";
        if (encoding == Encoding::kBrotli) tag += "-br";
        tag += '"';
        net::Response response;
        response.headers = {{"Content-Type", std::string(asset.type)},
                            {"Cache-Control", "public, max-age=31536000, immutable"},
                            {"ETag", tag},
                            {"Vary", "Accept-Encoding"},
                            {"Cross-Origin-Resource-Policy", "same-origin"}};
        if (has_tag(request.header("If-None-Match"), tag)) {
            response.status = 304;
            return response;
        }
        switch (encoding) {
            case Encoding::kPlain: response.body = asset.plain; break;
            case Encoding::kGzip:
                response.body = asset.gzip;
                response.headers.emplace_back("Content-Encoding", "gzip");
                break;
            case Encoding::kBrotli:
                response.body = asset.brotli;
                response.headers.emplace_back("Content-Encoding", "br");
                break;
        }
        return response;
    }
    return net::Response::problem(
        Error{Code::kNotFound, "There is no such file in this version of the program. Load the page again.", {}, {}},
        request.id);
}

}  // namespace clinicpro::web
