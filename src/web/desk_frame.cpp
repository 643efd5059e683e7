#include "web/desk_frame.hpp"

#include "base/text.hpp"
#include "web/assets.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using clinics::Permission;

struct Tab {
    std::string_view name, path, icon;
    Permission permission;
};
constexpr Tab kTabs[] = {
    {"today", "", "layout-dashboard", Permission::kRead},
    {"payments", "/payments", "receipt", Permission::kRead},
    {"unallocated", "/unallocated", "hand-coins", Permission::kRead},
    {"visits", "/visits", "calendar", Permission::kRead},
    {"invoices", "/invoices", "file-text", Permission::kRead},
    {"refunds", "/refunds", "undo-2", Permission::kRead},
    {"reports", "/reports", "chart-column", Permission::kRead},
    {"messages", "/messages", "send", Permission::kRead},
    {"people", "/people", "users", Permission::kManageUsers},
    {"setup", "/setup", "plug", Permission::kConfigure},
};

std::string initial(std::string_view name) {
    size_t end = 1;
    while (end < name.size() && (uint8_t(name[end]) & 0xC0) == 0x80) ++end;
    return text::upper(name.substr(0, std::min(end, name.size())));
}

Html menu(const Call& call, const Shown& shown) {
    Html items;
    if (call.clinic.id != kSystem) {
        for (const Tab& tab : kTabs) {
            if (!call.may(tab.permission)) continue;
            items += el("a", at("href", call.path(tab.path)),
                        tab.name == shown.tab ? at("aria-current", "page") : flag("aria-current", false),
                        icon(tab.icon), el("span", call.words("desk.tab." + std::string(tab.name))));
        }
    }
    return el("nav", at("class", "desk-menu"), at("aria-label", call.words("desk.menu")),
              el("div", at("class", "column wide"), items));
}

// Who is signed in, with a menu that opens without a script.
Html person(const Call& call) {
    Html list = el("a", at("href", "/desk/account"), icon("user"), call.words("desk.account"));
    if (call.who.user.clinic == kSystem) {
        list += el("a", at("href", "/desk/clinics"), icon("building-2"), call.words("desk.clinics"));
    }
    list += post_form(
        call, "/desk/sign-out",
        el("button", at("class", "plain"), at("type", "submit"), icon("log-out"), call.words("desk.sign_out")));
    return el("details", at("class", "desk-person"),
              el("summary",
                 el("span", at("class", "mark round"), at("aria-hidden", "true"), initial(call.who.user.full_name)),
                 el("span", at("class", "desk-name"), call.who.user.full_name)),
              el("div", at("class", "desk-drop"),
                 el("p", at("class", "soft small"), call.who.user.full_name, ", ",
                    call.words("desk.role." + std::string(to_string(call.who.user.role)))),
                 list));
}

Html top(const Call& call, const Shown& shown) {
    const std::string name = call.clinic.id == kSystem ? "ClinicPro" : call.clinic.name;
    const std::string home = call.clinic.id == kSystem ? "/desk" : call.path("");
    Html out = el("header", at("class", "top desk-top"),
                  el("div", at("class", "column wide"),
                     el("a", at("class", "who"), at("href", home),
                        el("span", at("class", "mark"), at("aria-hidden", "true"), initial(name)), el("span", name)),
                     person(call)));
    out += menu(call, shown);
    return out;
}

// "?done=invited": the message desk.done.invited. A word nobody knows says nothing.
Html what_was_done(const Call& call) {
    const std::string id = "desk.done." + call.query("done");
    if (call.problem != nullptr || !call.words.has(id)) return {};
    return el("div", at("class", "notice good"), at("role", "status"), icon("circle-check"), el("div", call.words(id)));
}

}  // namespace

Page framed(const Call& call, const Shown& shown) {
    Page page;
    page.status = shown.status;
    page.language = call.words.language();
    page.title = shown.title;
    const bool in_clinic = call.clinic.id != kSystem;
    page.main = el("div", at("class", "stack desk"),
                   in_clinic ? at("data-follow", call.path("/live")) : flag("data-follow", false),
                   shown.seen.empty() ? flag("data-seen", false) : at("data-seen", shown.seen), what_was_done(call),
                   problem_notice(call), shown.main);
    if (in_clinic) {
        page.clinic = call.clinic.name;
        page.colour = call.clinic.colour;
    }
    page.header = top(call, shown);
    page.refresh_seconds = shown.refresh_seconds;
    page.posts_lead_out = shown.posts_lead_out;
    page.width = "wide";
    page.styles = {"desk.css"};
    page.scripts = shown.scripts;
    page.scripts.push_back("desk.js");
    return page;
}

}  // namespace clinicpro::web::front_desk
