// desk_site.hpp: the whole web layer (site.hpp) with people who sign in at its desk as browsers do.
#pragma once

#include "clinics/invitation.hpp"
#include "clinics/two_step.hpp"
#include "crypto/password.hpp"
#include "crypto/totp.hpp"
#include "tests/web/site.hpp"
#include "web/desk.hpp"

namespace clinicpro::web::testing {

inline constexpr const char* kDeskPassword = "mango tree by the lake";

class DeskTest : public SiteTest {
protected:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    // What one browser keeps, and what it does with a page.
    struct Browser {
        std::map<std::string, std::string> cookies;
        std::string csrf;  // of the last page it saw
        std::string once;
        std::string mark;
    };

    UserId person(ClinicId clinic, const std::string& name, clinics::Role role) {
        static const Secret<> hash(crypto::hash_password(Secret<>(std::string(kDeskPassword))));
        UserId id;
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            TRY(const auto made, clinics::users::create(tx, {.name = name, .full_name = "Person " + name, .role = role},
                                                        ids, {"cli:test", clock.now()}));
            TRY(clinics::users::set_password(tx, made.id, hash, {"cli:test", clock.now()}));
            id = made.id;
            return {};
        }));
        return id;
    }
    // A session without the slow way through the door.
    Browser signed_in(ClinicId clinic, UserId user) {
        Browser browser;
        must(database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            TRY(const Secret<> token,
                clinics::sessions::begin(tx, {.user = user, .peer = "127.0.0.1", .browser = "test"}, ids, entropy,
                                         clock.now()));
            browser.cookies["__Host-clinicpro"] = token.reveal();
            browser.csrf = clinics::sessions::csrf_token(token.reveal());
            return {};
        }));
        return browser;
    }
    Browser signed_in(ClinicId clinic, clinics::Role role) {
        return signed_in(clinic, person(clinic, std::string(to_string(role)) + std::to_string(++people_), role));
    }

    static std::string between(const std::string& text, const std::string& before, const std::string& after) {
        const size_t at = text.find(before);
        if (at == std::string::npos) return {};
        const size_t from = at + before.size();
        return text.substr(from, text.find(after, from) - from);
    }
    Reply go(Browser& browser, const std::string& method, const std::string& target, std::string body = {},
             net::Headers more = {}) {
        net::Headers headers = std::move(more);
        std::string cookie;
        for (const auto& [name, value] : browser.cookies) cookie += (cookie.empty() ? "" : "; ") + name + "=" + value;
        if (!cookie.empty()) headers.emplace_back("Cookie", cookie);
        if (method == "POST") headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        const Reply reply = ask(method, target, std::move(body), {}, headers);
        for (const auto& [name, value] : reply.headers) {
            if (name != "Set-Cookie") continue;
            const std::string pair = value.substr(0, value.find(';'));
            const size_t equals = pair.find('=');
            browser.cookies[pair.substr(0, equals)] = pair.substr(equals + 1);
            if (value.find("Max-Age=0") != std::string::npos) browser.cookies.erase(pair.substr(0, equals));
        }
        if (const auto csrf = between(reply.body, R"(name="csrf" value=")", "\""); !csrf.empty()) browser.csrf = csrf;
        if (const auto once = between(reply.body, R"(name="once" value=")", "\""); !once.empty()) browser.once = once;
        if (const auto mark = between(reply.body, R"(name="mark" value=")", "\""); !mark.empty()) browser.mark = mark;
        return reply;
    }
    Reply see(Browser& browser, const std::string& target) { return go(browser, "GET", target); }
    static std::string encode(const Fields& fields) {
        std::string body;
        for (const auto& [name, value] : fields)
            body += (body.empty() ? "" : "&") + name + "=" + text::percent_encode(value);
        return body;
    }
    // A form of the desk, with its session's token.
    Reply post_form(Browser& browser, const std::string& target, Fields fields = {}) {
        fields.insert(fields.begin(), {"csrf", browser.csrf});
        return go(browser, "POST", target, encode(fields));
    }
    Reply try_door(Browser& browser, const std::string& clinic, const std::string& name, const std::string& password) {
        see(browser, "/desk/sign-in");
        return go(browser, "POST", "/desk/sign-in",
                  encode({{"mark", browser.mark}, {"clinic", clinic}, {"name", name}, {"password", password}}));
    }

private:
    int people_ = 0;
};

}  // namespace clinicpro::web::testing
