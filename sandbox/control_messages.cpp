// control_messages.cpp: the part of the control interface that is SMS and mail: what was sent, accounts and reports.
#include "base/phone.hpp"
#include "sandbox/control.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kAccountsMax = 1'000;

void write_sms(json::Writer& out, const SmsSent& sms) {
    out.begin_object().field("id", sms.id).field("username", sms.username).field("phone", sms.phone);
    out.field("from", sms.from).field("text", sms.text).field("code", sms.code).field("status", sms.status);
    out.field("handset", sms.handset).field("parts", sms.parts).field("at", to_iso(sms.at)).end_object();
}

}  // namespace

Result<std::string> Control::sms(const net::Request& request) {
    std::string phone = request.query_value("phone");
    if (!phone.empty()) {
        TRY(const Msisdn parsed, Msisdn::parse(phone));
        phone = parsed.digits();
    }
    std::vector<const SmsSent*> found;
    for (const SmsSent& one : daraja_.sms().all()) {
        if (phone.empty() || one.phone == phone) found.push_back(&one);
    }
    json::Writer out;
    out.begin_object().key("sms").begin_array();
    for (size_t i = list_start(request, found.size()); i < found.size(); ++i) write_sms(out, *found[i]);
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::mail(const net::Request& request) {
    const auto& all = daraja_.smtp().all();
    json::Writer out;
    out.begin_object().field("port", int64_t(mail_port_)).field("certificate", mail_certificate_);
    out.key("mail").begin_array();
    for (size_t i = list_start(request, all.size()); i < all.size(); ++i) {
        const MailReceived& one = all[i];
        out.begin_object().field("number", one.number).field("at", to_iso(one.at)).field("user", one.user);
        out.field("tls", one.tls)
            .field("from", one.from)
            .field("to", one.to)
            .field("content", one.content)
            .end_object();
    }
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::sms_accounts(const net::Request&) {
    json::Writer out;
    out.begin_object().key("accounts").begin_array();
    for (const SmsAccount& one : daraja_.world().config.sms_accounts) write_sms_account(out, one, false);
    out.end_array().end_object();
    return out.take();
}

// As in the provider's dashboard. The report address alone may be given for an account that is there.
Result<std::string> Control::set_sms_account(const net::Request& request) {
    TRY(const auto document, body_of(request));
    const json::View body = document.root();
    auto& accounts = daraja_.world().config.sms_accounts;
    TRY(const std::string username, body["username"].text());
    for (SmsAccount& one : accounts) {
        if (one.username != username) continue;
        if (body["api_key"].exists()) {
            TRY(one, read_sms_account(body));
        } else {
            TRY(one.report_url, body["report_url"].text());
        }
        return sms_accounts(request);
    }
    if (accounts.size() >= kAccountsMax) return fail(Code::kTooMany, "The sandbox holds a thousand SMS accounts.");
    TRY(SmsAccount made, read_sms_account(body));
    accounts.push_back(std::move(made));
    return sms_accounts(request);
}

// A delivery report on command: {"id", "status", "failure_reason", "url"}. Any id: known, unknown or invented.
Result<std::string> Control::sms_report(const net::Request& request) {
    TRY(const auto document, body_of(request));
    const json::View body = document.root();
    SmsProvider::Report wanted;
    TRY(wanted.id, body["id"].text());
    TRY(wanted.status, body["status"].text());
    wanted.reason = body["failure_reason"].scalar_if_any().value_or("");
    wanted.url = body["url"].scalar_if_any().value_or("");
    TRY(const int64_t id, daraja_.sms().report(wanted, now_));
    daraja_.advance(now_);
    json::Writer out;
    out.begin_object().field("delivery", id).end_object();
    return out.take();
}

}  // namespace clinicpro::sandbox
