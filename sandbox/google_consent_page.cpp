// google_consent_page.cpp: the page where a person agrees to what an OAuth client asks for.
#include "base/text.hpp"
#include "sandbox/google_oauth.hpp"

namespace clinicpro::sandbox {

namespace {

// Empty when the request is in order, else what Google's error page would say.
std::string consent_error(const std::map<std::string, std::string>& asked) {
    const std::string redirect = form_value(asked, "redirect_uri");
    if (form_value(asked, "client_id") != kGoogleClient.id)
        return "Error 401: invalid_client. The OAuth client was not found.";
    if (!redirect.starts_with("https://") && !redirect.starts_with("http://127.0.0.1") &&
        !redirect.starts_with("http://localhost"))
        return "Error 400: redirect_uri_mismatch. Only https, or http on this machine.";
    if (form_value(asked, "response_type") != "code") return "Error 400: invalid_request. response_type must be code.";
    if (!read_google_scopes(form_value(asked, "scope"))) return "Error 400: invalid_scope.";
    const std::string method = form_value(asked, "code_challenge_method");
    if (!form_value(asked, "code_challenge").empty() && method != "S256")
        return "Error 400: invalid_request. Use S256.";
    return {};
}

net::Response page(int status, const std::string& body) {
    net::Response response;
    response.status = status;
    response.headers = {{"Content-Type", "text/html; charset=utf-8"},
                        {"Cache-Control", "no-store"},
                        {"Referrer-Policy", "no-referrer"},
                        {"Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"}};
    response.body =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<title>Sandbox account</title><link rel=\"stylesheet\" href=\"/phone.css\"></head><body>" +
        body + "</body></html>";
    return response;
}

constexpr std::string_view kAsked[] = {"client_id",     "redirect_uri",   "state",
                                       "scope",         "code_challenge", "code_challenge_method",
                                       "response_type", "access_type",    "prompt"};

}  // namespace

net::Response GoogleOauth::consent_page(GoogleCall& call) {
    const auto asked = read_form(call.request.query);
    if (const std::string wrong = consent_error(asked); !wrong.empty()) {
        return page(400, "<header><h1>Access blocked</h1></header><main><section><p>" + text::escape_html(wrong) +
                             "</p></section></main>");
    }
    std::string body =
        "<header><h1>Sandbox account</h1><p>ClinicPro wants access. Invented people; nothing here "
        "reaches Google.</p></header><main><section><form method=\"post\" "
        "action=\"/google/o/oauth2/v2/auth\">";
    for (const std::string_view name : kAsked) {
        body += "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" +
                text::escape_html(form_value(asked, std::string(name))) + "\">";
    }
    body += "<label for=\"who\">Sign in as</label><select id=\"who\" name=\"who\">";
    for (const GooglePerson& person : google_people()) {
        body += "<option value=\"" + std::string(person.email) + "\">" + std::string(person.email) + "</option>";
    }
    body += "</select><p>It asks for:</p>";
    int number = 0;
    const auto scopes = read_google_scopes(form_value(asked, "scope"));
    for (const std::string& scope : *scopes) {
        const std::string id = "scope" + std::to_string(++number);
        body += "<label for=\"" + id + "\"><input type=\"checkbox\" checked id=\"" + id + "\" name=\"grant:" + scope +
                "\" value=\"1\"> " + scope + "</label>";
    }
    body +=
        "<div class=\"row\"><button type=\"submit\" class=\"main\" name=\"answer\" value=\"allow\">Allow</button>"
        "<button type=\"submit\" name=\"answer\" value=\"deny\">Cancel</button></div></form></section></main>";
    return page(200, body);
}

net::Response GoogleOauth::consented(GoogleCall& call) {
    const auto form = read_form(call.request.body);
    if (const std::string wrong = consent_error(form); !wrong.empty())
        return page(400, "<main><section><p>" + text::escape_html(wrong) + "</p></section></main>");
    const std::string redirect = form_value(form, "redirect_uri");
    const std::string join_by = redirect.find('?') == std::string::npos ? "?" : "&";
    const std::string state = "&state=" + text::percent_encode(form_value(form, "state"));
    std::set<std::string> scopes;
    const auto asked = read_google_scopes(form_value(form, "scope"));
    for (const std::string& scope : *asked) {
        if (form.contains("grant:" + scope)) scopes.insert(scope);
    }
    const GooglePerson* who = google_person(form_value(form, "who"));
    if (form_value(form, "answer") != "allow" || scopes.empty() || who == nullptr)
        return net::Response::redirect(redirect + join_by + "error=access_denied" + state);
    const std::string code = "4/0" + call.world.dice.pick(kTokenLetters, 40);
    codes_[code] = {.who = std::string(who->email),
                    .redirect_uri = redirect,
                    .challenge = form_value(form, "code_challenge"),
                    .scopes = scopes,
                    .lasting = form_value(form, "access_type") == "offline" && form_value(form, "prompt") == "consent",
                    .until = call.now + 10min};
    return net::Response::redirect(redirect + join_by + "code=" + text::percent_encode(code) + state +
                                   "&scope=" + text::percent_encode(join_google_scopes(scopes)));
}

}  // namespace clinicpro::sandbox
