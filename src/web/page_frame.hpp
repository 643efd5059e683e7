// page_frame.hpp: what every page has around its own content: the document, the clinic's name and colour, the language,
// the assets; and the headers that keep it safe, in this one place.
//
// Nothing inline runs or styles, nothing comes from elsewhere, nothing frames or caches a page, and an address that
// holds a secret is told to nobody. Tested by web/page_frame_test and by a browser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"
#include "web/html.hpp"
#include "web/words.hpp"

namespace clinicpro::web {

struct Page {
    int status = 200;
    messaging::Language language = messaging::Language::kEnglish;
    std::string title;  // of the document; the clinic's name is added
    Html main;
    std::string clinic;                          // its name, at the top; empty: ClinicPro's
    std::string colour;                          // its own, such as "#0b6150"; empty: ours
    std::vector<std::string_view> scripts = {};  // assets, such as "pay.js"
    std::vector<std::string_view> styles = {};   // assets after app.css, such as "desk.css"
    int refresh_seconds = 0;                     // for browsers without scripts: load again after this long; 0: never
    bool posts_lead_out = false;                 // a form of this page is answered with a redirect to another site
    std::string language_links = "?";  // the link to the other language is this with "lang=sw"; empty: no link
    Html header = {};                  // instead of the clinic's name and the language, such as the desk's menu
    std::string_view width = {};       // "wide" for the desk; else one narrow column
};

class PageFrame final {
public:
    // `public_url`: how people reach this server; decides about https.
    explicit PageFrame(std::string_view public_url);

    net::Response page(const Page& page) const;
    // A part of a page, for a script that puts it in place of an older one.
    net::Response fragment(const Html& html) const;
    // A file that the browser keeps, with the same headers. `name` is ours: letters, digits, dots and hyphens.
    net::Response download(std::string_view name, std::string_view type, std::string body) const;
    // 303, with the same headers.
    net::Response redirect(std::string location) const;

private:
    void protect(net::Response& response, bool posts_lead_out) const;

    bool https_;
};

// GET /assets/clinic/{colour}.css: the custom properties that make every page wear a clinic's colour. 404 for a colour
// that clinics::Colour does not allow.
net::Response serve_colour(const net::Request& request);

// Whether a browser asks, rather than a program.
bool wants_html(const net::Request& request);
messaging::Language language_of(const net::Request& request);

}  // namespace clinicpro::web
