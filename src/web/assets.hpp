// assets.hpp: style sheets, scripts and icons that the program carries (built by pages/build.mjs).
//
// An asset's address holds a hash of its content, so a browser keeps it for a year and never asks again; a new build
// has new addresses. Each is stored plain, by gzip and by brotli, so serving compresses nothing. Tested by
// web/assets_test.
#pragma once

#include <span>
#include <string_view>

#include "net/http.hpp"
#include "web/html.hpp"

namespace clinicpro::web {

struct Asset {
    std::string_view name;  // "pay.js"
    std::string_view path;  // "/assets/pay.4f3a9c1b2d7e.js"
    std::string_view type;
    std::string_view hash;
    std::string_view plain, gzip, brotli;
};
struct Icon {
    std::string_view name;   // as lucide names it
    std::string_view shape;  // what stands inside <svg>
};
std::span<const Asset> embedded_assets();
std::span<const Icon> embedded_icons();
// The API's description, and what a page of it has inside.
std::string_view embedded_openapi();
std::string_view embedded_reference();

// The address of an asset that pages/ builds. CHECKs that there is one: the name is ours.
std::string_view asset_path(std::string_view name);
// An icon of pages/icons.txt, drawn in the text's colour and hidden from screen readers: words stand beside it.
Html icon(std::string_view name, std::string_view classes = {});

// GET /assets/{name}: one of the embedded files, in the best encoding the client takes; 304 for what it has already.
net::Response serve_asset(const net::Request& request);

enum class Encoding { kPlain, kGzip, kBrotli };
// What Accept-Encoding asks for, by its weights; brotli before gzip before plain when they weigh the same.
Encoding best_encoding(std::string_view accept_encoding);

}  // namespace clinicpro::web
