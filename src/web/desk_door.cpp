#include "web/desk_door.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "clinics/invitation.hpp"
#include "crypto/hash.hpp"
#include "web/assets.hpp"
#include "web/pages.hpp"

namespace clinicpro::web::front_desk {
namespace {

constexpr std::string_view kMark = "mark";  // the field that repeats the browser's cookie
constexpr size_t kMarkBytes = 16;

// Only an address of the desk itself: a link must not send anybody elsewhere after signing in.
bool is_own_address(std::string_view next) {
    return next.starts_with("/desk/") && !next.starts_with("/desk/sign") && next.find("//") == next.npos &&
           next.find('\\') == next.npos;
}

struct Input {
    std::string_view name, label, type, autocomplete;
    std::string value = {};
    bool required = true;
    bool wrong = false;
    std::string hint = {};
};

Html input(const Words& words, const Input& in) {
    const std::string id = "f-" + std::string(in.name);
    const bool hidden_value = in.type == "password";
    return el("div", at("class", "field"), el("label", at("for", id), words(in.label)),
              el("input", at("id", id), at("name", in.name), at("type", in.type), at("autocomplete", in.autocomplete),
                 at("autocapitalize", "none"), at("spellcheck", "false"), at("maxlength", "256"),
                 hidden_value ? flag("value", false) : at("value", in.value), flag("required", in.required),
                 in.hint.empty() ? flag("aria-describedby", false) : at("aria-describedby", id + "-hint"),
                 in.wrong ? at("aria-invalid", "true") : flag("aria-invalid", false)),
              in.hint.empty() ? Html() : el("p", at("class", "hint"), at("id", id + "-hint"), in.hint));
}

Html hidden(std::string_view name, std::string_view value) {
    return el("input", at("type", "hidden"), at("name", name), at("value", value));
}

}  // namespace

Door::Door(const Services& services, Pool& slow_pool, const PageFrame& frame, const Cookies& cookies,
           clinics::SignIn& sign_in)
    : services_(services),
      pool_(slow_pool),
      frame_(frame),
      cookies_(cookies),
      sign_in_(sign_in),
      tries_(kTriesPerAddress) {}

void Door::look(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::sign_in_page);
}
void Door::enter(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::try_password);
}
void Door::look_code(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::code_page);
}
void Door::enter_code(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::try_code);
}
void Door::leave(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::sign_out);
}
void Door::look_invited(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::invitation_page);
}
void Door::accept(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &Door::choose_password);
}

void Door::on_pool(net::Request request, net::Respond respond, Work work) {
    const auto language = language_of(request);
    if (request.method == "POST" && !tries_.allow(net::rate_key(request.peer), services_.clock.now())) {
        Page page = plain_page(language, 429, "desk.too_often");
        net::Response response = frame_.page(page);
        response.headers.emplace_back("Retry-After", "10");
        return respond(std::move(response));
    }
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken = pool_.post([this, asked, respond, work] { respond((this->*work)(*asked)); });
    if (!taken) respond(trouble_page(frame_, language, {Code::kBusy, {}, {}, {}}));
}

clinics::SignIn::Visitor Door::visitor(const net::Request& request) const {
    return {.address = net::rate_key(request.peer),
            .peer = request.peer,
            .browser = std::string(request.header("User-Agent")),
            .old_session = cookies_.session(request)};
}

// A form of ours, from a page of ours, in the browser that loaded it.
Result<Form> Door::read(const net::Request& request) const {
    const std::string_view site = request.header("Sec-Fetch-Site");
    TRY(Form form, Form::read(request));
    const std::string mark = cookies_.form(request);
    if ((!site.empty() && site != "same-origin" && site != "none") || mark.empty() ||
        !crypto::equal_in_constant_time(form[kMark], mark)) {
        return fail(Code::kForbidden, Words(language_of(request))("desk.csrf"));
    }
    return form;
}

net::Response Door::sheet(const net::Request& request, const Sheet& sheet) {
    const Words words(language_of(request));
    const std::string id(sheet.id);
    std::string mark = cookies_.form(request);
    const bool fresh = mark.empty();
    if (fresh) mark = services_.entropy.base64url(kMarkBytes);
    Html form = hidden(kMark, mark);
    form += sheet.fields;
    form += el("button", at("class", "button big"), at("type", "submit"), words(id + ".button"));
    Html main = el("h1", words(id + ".title"));
    const std::string text = sheet.text.empty() ? words(id + ".text") : sheet.text;
    main += el("p", at("class", "soft"), text);
    if (sheet.problem != nullptr) {
        main += el("div", at("class", "notice bad"), at("role", "alert"), icon("circle-alert"),
                   el("div", words.said(sheet.problem->message)));
    }
    main += el("form", at("method", "post"), at("action", sheet.action), at("class", "stack"), form);
    net::Response response = frame_.page({.status = sheet.status,
                                          .language = words.language(),
                                          .title = words(id + ".title"),
                                          .main = el("div", at("class", "card stack"), main),
                                          .language_links = ""});
    if (fresh) cookies_.set_form(response, mark);
    return response;
}

net::Response Door::sign_in_page(const net::Request& request) {
    const Words words(language_of(request));
    if (!cookies_.may_sign_in()) return frame_.page(plain_page(words.language(), 403, "desk.https"));
    Html fields = input(words, {"clinic", "desk.in.clinic", "text", "organization", request.query_value("clinic"),
                                false, false, words("desk.in.clinic_hint")});
    fields += input(words, {"name", "desk.in.name", "text", "username"});
    fields += input(words, {"password", "desk.in.password", "password", "current-password"});
    fields += hidden("next", request.query_value("next"));
    return sheet(request, {.id = "desk.in", .action = "/desk/sign-in", .fields = fields});
}

net::Response Door::try_password(const net::Request& request) {
    const Words words(language_of(request));
    if (!cookies_.may_sign_in()) return frame_.page(plain_page(words.language(), 403, "desk.https"));
    auto form = read(request);
    Result<clinics::SignIn::Opened> opened = fail(Code::kForbidden, "");
    if (form) {
        opened = sign_in_.with_password({.clinic = std::string((*form)["clinic"]),
                                         .name = std::string((*form)["name"]),
                                         .password = Secret<>(std::string((*form)["password"]))},
                                        visitor(request));
    } else {
        opened = std::unexpected(form.error());
    }
    if (!opened) {
        if (http_status(opened.error().code) >= 500) return trouble_page(frame_, words.language(), opened.error());
        const auto typed = [&](std::string_view name) { return form ? std::string((*form)[name]) : std::string(); };
        Html fields = input(words, {"clinic", "desk.in.clinic", "text", "organization", typed("clinic"), false, false,
                                    words("desk.in.clinic_hint")});
        fields += input(words, {"name", "desk.in.name", "text", "username", typed("name")});
        fields += input(words, {.name = "password",
                                .label = "desk.in.password",
                                .type = "password",
                                .autocomplete = "current-password",
                                .wrong = true});
        fields += hidden("next", typed("next"));
        return sheet(request, {.id = "desk.in",
                               .action = "/desk/sign-in",
                               .fields = fields,
                               .problem = &opened.error(),
                               .status = http_status(opened.error().code)});
    }
    const std::string next((*form)["next"]);
    std::string to = is_own_address(next) ? next : "/desk";
    if (opened->needs_code) to = "/desk/sign-in/code?next=" + text::percent_encode(to);
    net::Response response = frame_.redirect(to);
    cookies_.set_session(response, opened->token);
    return response;
}

net::Response Door::code_page(const net::Request& request) {
    const Words words(language_of(request));
    Html fields = input(
        words, {"code", "desk.code.code", "text", "one-time-code", {}, true, false, words("desk.code.code_hint")});
    fields += hidden("next", request.query_value("next"));
    return sheet(request, {.id = "desk.code", .action = "/desk/sign-in/code", .fields = fields});
}

net::Response Door::try_code(const net::Request& request) {
    const Words words(language_of(request));
    auto form = read(request);
    Result<clinics::SignIn::Opened> opened = fail(Code::kForbidden, "");
    if (form) {
        opened = sign_in_.with_code(cookies_.session(request), (*form)["code"], visitor(request));
    } else {
        opened = std::unexpected(form.error());
    }
    if (!opened && opened.error().code == Code::kUnauthorised) return frame_.redirect("/desk/sign-in");
    if (!opened) {
        if (http_status(opened.error().code) >= 500) return trouble_page(frame_, words.language(), opened.error());
        Html fields = input(words, {.name = "code",
                                    .label = "desk.code.code",
                                    .type = "text",
                                    .autocomplete = "one-time-code",
                                    .wrong = true,
                                    .hint = words("desk.code.code_hint")});
        fields += hidden("next", form ? std::string((*form)["next"]) : std::string());
        return sheet(request, {.id = "desk.code",
                               .action = "/desk/sign-in/code",
                               .fields = fields,
                               .problem = &opened.error(),
                               .status = http_status(opened.error().code)});
    }
    const std::string next((*form)["next"]);
    net::Response response = frame_.redirect(is_own_address(next) ? next : "/desk");
    cookies_.set_session(response, opened->token);
    return response;
}

net::Response Door::sign_out(const net::Request& request) {
    const std::string token = cookies_.session(request);
    const auto form = Form::read(request);
    if (form && clinics::sessions::csrf_matches(token, (*form)["csrf"])) {
        const auto ended = services_.database.write([&](store::Tx& raw) -> Result<> {
            const auto found = clinics::sessions::find(raw, token, services_.clock.now());
            if (!found || !*found) return {};
            store::ClinicTx tx(raw, (*found)->user.clinic);
            return clinics::sessions::end(tx, (*found)->user.id, (*found)->session.id);
        });
        if (!ended) return trouble_page(frame_, language_of(request), ended.error());
    }
    net::Response response = frame_.redirect("/desk/sign-in");
    cookies_.end_session(response);
    return response;
}

net::Response Door::invitation_page(const net::Request& request) {
    const Words words(language_of(request));
    if (!cookies_.may_sign_in()) return frame_.page(plain_page(words.language(), 403, "desk.https"));
    clinics::User user;
    const auto read = services_.database.read([&](store::Tx& tx) -> Result<> {
        TRY(user, clinics::invitations::find(tx, request.params.at(0), services_.clock.now()));
        return {};
    });
    if (!read && read.error().code == Code::kNotFound)
        return frame_.page(plain_page(words.language(), 404, "desk.no_invitation"));
    if (!read) return trouble_page(frame_, words.language(), read.error());
    Html fields = input(words, {"name", "desk.in.name", "text", "username", user.name});
    fields += input(words, {.name = "password",
                            .label = "desk.invited.password",
                            .type = "password",
                            .autocomplete = "new-password",
                            .hint = words("desk.invited.password_hint")});
    return sheet(request, {.id = "desk.invited",
                           .action = request.path,
                           .fields = fields,
                           .text = words("desk.invited.text", {{"name", user.full_name}})});
}

net::Response Door::choose_password(const net::Request& request) {
    const Words words(language_of(request));
    auto form = read(request);
    Result<clinics::User> user = fail(Code::kForbidden, "");
    if (form) {
        user = sign_in_.accept_invitation(request.params.at(0), Secret<>(std::string((*form)["password"])));
    } else {
        user = std::unexpected(form.error());
    }
    if (!user && user.error().code == Code::kNotFound)
        return frame_.page(plain_page(words.language(), 404, "desk.no_invitation"));
    if (!user && http_status(user.error().code) >= 500) return trouble_page(frame_, words.language(), user.error());
    if (!user) {
        Html fields =
            input(words, {"name", "desk.in.name", "text", "username", form ? std::string((*form)["name"]) : ""});
        fields += input(words, {.name = "password",
                                .label = "desk.invited.password",
                                .type = "password",
                                .autocomplete = "new-password",
                                .wrong = true,
                                .hint = words("desk.invited.password_hint")});
        return sheet(request, {.id = "desk.invited",
                               .action = request.path,
                               .fields = fields,
                               .problem = &user.error(),
                               .status = http_status(user.error().code)});
    }
    std::string slug;
    if (user->clinic != kSystem) {
        const auto found = services_.database.read([&](store::Tx& tx) -> Result<> {
            TRY(const auto clinic, clinics::find(tx, user->clinic));
            slug = clinic.slug;
            return {};
        });
        if (!found) log::failure("front_desk.clinic_not_found", found.error());
    }
    return frame_.redirect("/desk/sign-in?clinic=" + slug);
}

}  // namespace clinicpro::web::front_desk
