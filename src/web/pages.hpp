// pages.hpp: the pages that belong to nobody in particular: the front, "no such page", a link that does not work,
// trouble; and the files that all pages share.
//
// They work without JavaScript, at 320 pixels, with nothing loaded from elsewhere. Tested by web/pages_test and by a
// browser.
#pragma once

#include "web/page_frame.hpp"

namespace clinicpro::web {

class Pages final {
public:
    explicit Pages(const PageFrame& frame) : frame_(frame) {}

    void front(net::Request request, net::Respond respond) const;   // GET /
    void asset(net::Request request, net::Respond respond) const;   // GET /assets/{name}
    void colour(net::Request request, net::Respond respond) const;  // GET /assets/clinic/{name}
    void docs(net::Request request, net::Respond respond) const;     // GET /docs: the API's reference
    void openapi(net::Request request, net::Respond respond) const;  // GET /docs/openapi.yaml
    // For an address nobody serves: words for a browser, a problem for a program.
    void unknown(net::Request request, net::Respond respond) const;

private:
    const PageFrame& frame_;
};

// A page that is a title and a sentence: the messages `id`.title and `id`.text.
Page plain_page(messaging::Language language, int status, std::string_view id);
// What a person behind a link sees when it cannot be served: 404 for kNotFound; else 503, and the log is told.
net::Response trouble_page(const PageFrame& frame, messaging::Language language, const Error& error);

}  // namespace clinicpro::web
