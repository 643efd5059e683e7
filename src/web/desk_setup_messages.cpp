// desk_setup_messages.cpp: the steps that connect the clinic's SMS and mail accounts, and try them: the account itself,
// and a message to an address that the person gives.
#include <charconv>

#include "invoices/message_trial.hpp"
#include "messaging/mail_address.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_setup.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::MessageSettings;
using messaging::Settings;
using Level = Finding::Level;

// The clinic's own settings, which replace the server's whole; empty ones when it has none.
struct Own {
    Settings settings = {};
    bool is_stored = false;
    bool has_default = false;  // the server carries the messages of clinics without a choice
};
Result<Own> own_of(const Call& call, store::ClinicTx& tx) {
    TRY(auto choice, MessageSettings::current(tx, call.services.vault));
    if (!choice) return Own{};
    if (choice->owner != tx.clinic()) return Own{.has_default = choice->settings.sms || choice->settings.mail};
    return Own{.settings = std::move(choice->settings), .is_stored = true};
}

// Of a channel that was never set up: on, because that is why somebody is here.
bool is_on(const Own& own, bool on, std::string_view account) {
    return on || account.empty() || !own.is_stored;
}

Html introduction(const Call& call, const Own& own, std::string_view channel) {
    const Words& w = call.words;
    Html out = el("p", w("setup." + std::string(channel) + "_text"));
    if (own.has_default) out += notice("", "info", el("p", w("setup.messages_default")));
    return out;
}

Html whole_form(const Call& call, std::string_view channel, const Html& account, const Html& more) {
    return post_form(call, call.path("/setup/" + std::string(channel)),
                     together(el("div", at("class", "halves"), account, more),
                              el("p", button(call.words("setup.save_and_try"), "check"))),
                     "stack");
}

Html quiet_hours(const Call& call, const messaging::QuietHours& quiet) {
    const auto time = [&](std::string_view name, std::string_view label, int minutes) {
        return field(call, {.name = name, .label = label, .type = "time", .value = messaging::minute_of_day(minutes)});
    };
    return together(time("quiet_from", "setup.quiet_from", quiet.from),
                    time("quiet_until", "setup.quiet_until", quiet.until));
}

Result<Html> sms_form(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const Own own, own_of(call, tx));
    const messaging::SmsAccount& sms = own.settings.sms_account;
    Html account = yes_or_no(call, "on", "setup.sms_on", is_on(own, own.settings.sms, sms.username));
    account += choice(call, "sms.environment", "setup.environment",
                      {{"live", w("setup.sms.live")},
                       {"sandbox", w("setup.environment.sandbox")},
                       {"custom", w("setup.environment.custom")}},
                      to_string(sms.environment));
    account += field(call, {.name = "sms.base_url",
                            .label = "setup.sms.base_url",
                            .type = "url",
                            .value = sms.base_url,
                            .inputmode = "url",
                            .required = false,
                            .max = messaging::kUrlMax});
    account += field(
        call,
        {.name = "sms.username", .label = "setup.sms.username", .value = sms.username, .max = messaging::kUsernameMax});
    account += secret_field(call, "sms.api_key", "setup.sms.api_key", !sms.api_key.empty());
    account += field(call, {.name = "sms.sender_id",
                            .label = "setup.sms.sender_id",
                            .value = sms.sender_id,
                            .required = false,
                            .max = messaging::kSenderMax});
    Html more = quiet_hours(call, own.settings.quiet);
    more += field(
        call, {.name = "to", .label = "setup.sms.to", .type = "tel", .inputmode = "tel", .required = false, .max = 20});
    Html out = introduction(call, own, "sms");
    out += whole_form(call, "sms", group(w("setup.group.account"), account), group(w("setup.group.sending"), more));
    if (own.is_stored && own.settings.sms) {
        out += copy_field(call, "reports", "setup.sms.reports",
                          invoices::report_url(call.services.public_url, call.services.links, tx.clinic(),
                                               own.settings.report_generation));
    }
    return out;
}

Result<Html> mail_form(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const Own own, own_of(call, tx));
    const messaging::MailAccount& mail = own.settings.mail_account;
    Html account = yes_or_no(call, "on", "setup.mail_on", is_on(own, own.settings.mail, mail.host));
    account += field(call, {.name = "mail.host",
                            .label = "setup.mail.host",
                            .value = mail.host,
                            .inputmode = "url",
                            .max = messaging::kHostMax});
    account +=
        choice(call, "mail.security", "setup.mail.security",
               {{"starttls", w("setup.mail.starttls")}, {"tls", w("setup.mail.tls")}, {"none", w("setup.mail.none")}},
               messaging::to_string(mail.security));
    account += field(call, {.name = "mail.port",
                            .label = "setup.mail.port",
                            .type = "number",
                            .value = std::to_string(mail.port),
                            .inputmode = "numeric",
                            .max = 5});
    account += field(call, {.name = "mail.username",
                            .label = "setup.mail.username",
                            .value = mail.username,
                            .required = false,
                            .max = messaging::MailAddress::kMax});
    account += secret_field(call, "mail.password", "setup.mail.password", !mail.password.empty(), {.required = false});
    Html more = field(call, {.name = "mail.from",
                             .label = "setup.mail.from",
                             .type = "email",
                             .value = mail.from,
                             .inputmode = "email",
                             .max = messaging::MailAddress::kMax});
    more += field(call, {.name = "mail.from_name",
                         .label = "setup.mail.from_name",
                         .value = mail.from_name,
                         .required = false,
                         .max = messaging::kFromNameMax});
    more += field(call, {.name = "to",
                         .label = "setup.mail.to",
                         .type = "email",
                         .inputmode = "email",
                         .required = false,
                         .max = messaging::MailAddress::kMax});
    return together(introduction(call, own, "mail"), whole_form(call, "mail", group(w("setup.group.account"), account),
                                                                group(w("setup.group.sending"), more)));
}

Result<> read_quiet(const Form& form, messaging::QuietHours& quiet) {
    const auto read = [&](std::string_view name, int& into) -> Result<> {
        const auto minutes = messaging::parse_minute_of_day(form[name]);
        if (!minutes) return fail(Code::kInvalid, minutes.error().message, std::string(name));
        into = *minutes;
        return {};
    };
    TRY(read("quiet_from", quiet.from));
    return read("quiet_until", quiet.until);
}

Result<> read_sms(const Form& form, Settings& settings) {
    messaging::SmsAccount& sms = settings.sms_account;
    const auto environment = messaging::sms_environment_from(form["sms.environment"]);
    if (!environment) return fail(Code::kInvalid, "Choose an environment.", "sms.environment");
    settings.sms = form["on"] == "yes";
    sms.environment = *environment;
    sms.base_url = *environment == messaging::SmsEnvironment::kCustom ? form["sms.base_url"] : std::string_view();
    sms.username = form["sms.username"];
    sms.sender_id = form["sms.sender_id"];
    if (!form["sms.api_key"].empty()) sms.api_key = Secret<>(std::string(form["sms.api_key"]));
    return read_quiet(form, settings.quiet);
}

Result<> read_mail(const Form& form, Settings& settings) {
    messaging::MailAccount& mail = settings.mail_account;
    const auto security = messaging::mail_security_from(form["mail.security"]);
    if (!security) return fail(Code::kInvalid, "Choose how the connection is kept private.", "mail.security");
    settings.mail = form["on"] == "yes";
    mail.host = form["mail.host"];
    mail.security = *security;
    const std::string_view port = form["mail.port"];
    mail.port = 0;  // what is no number is named by messaging::problems
    std::from_chars(port.data(), port.data() + port.size(), mail.port);
    mail.username = form["mail.username"];
    mail.from = form["mail.from"];
    mail.from_name = form["mail.from_name"];
    if (!form["mail.password"].empty()) mail.password = Secret<>(std::string(form["mail.password"]));
    return {};
}

// The first problem of this channel, beside its field.
Result<> check(const Settings& settings, std::string_view channel) {
    for (const Error& problem : messaging::problems(settings)) {
        if (problem.field.starts_with(channel) || problem.field.starts_with("quiet")) {
            return fail(Code::kInvalid, problem.message, problem.field);
        }
    }
    return {};
}

using Read = Result<> (*)(const Form&, Settings&);
Result<bool> save(const Call& call, std::string_view channel, Read read) {
    bool on = false;
    TRY(save_now(call, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(Own own, own_of(call, tx));
        TRY(read(call.form, own.settings));
        TRY(check(own.settings, channel));
        on = channel == "sms" ? own.settings.sms : own.settings.mail;
        // What was not typed anew is kept as it is stored.
        if (call.form["sms.api_key"].empty()) own.settings.sms_account.api_key = {};
        if (call.form["mail.password"].empty()) own.settings.mail_account.password = {};
        return MessageSettings::save(context, tx, call.services.vault, own.settings, call.actor());
    }));
    return on;
}

// One message to the address the person gave.
Result<Finding> try_message(const Call& call, std::string_view channel) {
    const Services& s = call.services;
    std::optional<MessageSettings::Choice> choice;
    TRY(s.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.clinic.id);
        TRY(choice, MessageSettings::current(tx, s.vault));
        return {};
    }));
    const invoices::Trial trial{std::string(channel), std::string(call.form["to"])};
    TRY(auto request, invoices::start_trial(choice.value_or(MessageSettings::Choice{}), trial, call.clinic.name,
                                            "trial_" + s.entropy.hex(8), s.clock.now()));
    const auto outcome = net::wait_for(
        [&](std::function<void(net::Outcome)> done) { net::send(s.client, std::move(request), std::move(done)); });
    const auto result = invoices::read_trial(trial, outcome);
    TRY(save_now(call, [&](jobs::Context& context, store::ClinicTx& tx) {
        return MessageSettings::note_trial(tx, choice->owner, channel, result.found(context.now()));
    }));
    const Level level = result.accepted                                ? Level::kGood
                        : result.account == invoices::TrialResult::Account::kUnknown ? Level::kWarning
                                                                       : Level::kProblem;
    return Finding{level, std::string(channel) + "_trial", result.sentence};
}

Result<Done> try_channel(const Call& call, std::string_view channel, Draw draw) {
    auto found = doctor_of(call).channel(call.clinic.id, channel);
    if (is_well(found) && !call.form["to"].empty()) {
        TRY(Finding message, try_message(call, channel));
        found.push_back(std::move(message));
    }
    return tried(call, channel, draw, std::move(found));
}

// A wrong address for the trial is said before anything is saved.
Result<> check_to(const Call& call, std::string_view channel) {
    const std::string_view to = call.form["to"];
    if (to.empty()) return {};
    if (channel == "sms") {
        const auto phone = Msisdn::parse(to);
        return phone ? Result<>() : fail(Code::kInvalid, phone.error().message, "to");
    }
    const auto address = messaging::MailAddress::parse(to);
    return address ? Result<>() : fail(Code::kInvalid, address.error().message, "to");
}

Result<Done> save_and_try(const Call& call, std::string_view channel, Read read, Draw draw) {
    TRY(check_to(call, channel));
    TRY(const bool on, save(call, channel, read));
    if (!on) return Done{call.path("/setup?done=setup_saved")};
    return try_channel(call, channel, draw);
}

}  // namespace

Result<Shown> setup_sms(const Call& call, store::ClinicTx& tx) {
    TRY(const Html form, sms_form(call, tx));
    return setup_page(call, tx, {.step = "sms", .content = form});
}
Result<Done> save_sms(const Call& call) {
    return save_and_try(call, "sms", read_sms, sms_form);
}

Result<Shown> setup_mail(const Call& call, store::ClinicTx& tx) {
    TRY(const Html form, mail_form(call, tx));
    return setup_page(call, tx, {.step = "mail", .content = form});
}
Result<Done> save_mail(const Call& call) {
    return save_and_try(call, "mail", read_mail, mail_form);
}

}  // namespace clinicpro::web::front_desk
