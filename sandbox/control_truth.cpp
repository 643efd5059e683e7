// control_truth.cpp: the part of the control interface that shows what really happened, and that forges what did not.
#include "sandbox/control.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

void write_delivery(json::Writer& out, const Delivery& d) {
    out.begin_object().field("id", d.id).field("kind", d.kind).field("about", d.about).field("shortcode", d.shortcode);
    out.field("phone", d.phone).field("url", d.url).field("state", d.state).field("fault", d.fault);
    if (d.copy_of != 0) out.field("copy_of", d.copy_of);
    out.field("due", to_iso(d.due)).field("body", d.body).key("attempts").begin_array();
    for (const Attempt& a : d.attempts) {
        const bool ended = a.ended.micros != 0;
        out.begin_object().field("sent", to_iso(a.sent)).field("status", a.status).field("result", a.result);
        out.field("took_ms", ended ? std::optional(int64_t((a.ended - a.sent).count() / 1000)) : std::nullopt)
            .end_object();
    }
    out.end_array().end_object();
}

}  // namespace

Result<std::string> Control::ledger(const net::Request& request) {
    const Ledger& ledger = daraja_.world().ledger;
    const std::string shortcode = request.query_value("shortcode");
    json::Writer out;
    out.begin_object().key("movements").begin_array();
    const auto& all = ledger.movements();
    for (size_t i = list_start(request, all.size()); i < all.size(); ++i) {
        const Movement& m = all[i];
        const bool is_out = m.source == "reversal" || m.source == "b2c";
        const std::string& merchant = is_out ? m.payer : m.receiver;
        if (!shortcode.empty() && merchant != shortcode) continue;
        out.begin_object().field("receipt", m.receipt).field("shortcode", merchant);
        out.field(is_out ? "payee" : "payer", is_out ? m.receiver : m.payer);
        out.field("amount", m.amount.shillings()).field("account", m.account).field("source", m.source);
        out.field("checkout_request_id", m.checkout).field("at", to_iso(m.at)).end_object();
    }
    out.end_array().key("balances").begin_object();
    for (const auto& [receiver, balance] : ledger.shortcodes()) out.field(receiver, balance.to_text());
    out.end_object()
        .field("issued_cents", ledger.issued_cents())
        .field("total_cents", ledger.total_cents())
        .end_object();
    return out.take();
}

Result<std::string> Control::transfers(const net::Request& request) {
    const auto& all = daraja_.transfers().all();
    json::Writer out;
    out.begin_object().key("transfers").begin_array();
    size_t skipped = list_start(request, all.size());
    for (const auto& [number, t] : all) {
        if (skipped > 0) {
            --skipped;
            continue;
        }
        out.begin_object().field("number", number).field("kind", t.kind).field("shortcode", t.shortcode);
        out.field("phone", t.phone).field("amount", t.amount.shillings()).field("original", t.original);
        out.field("originator_conversation_id", t.originator).field("conversation_id", t.conversation);
        out.field("state", t.state).field("code", t.code).field("receipt", t.receipt).field("at", to_iso(t.asked));
        out.end_object();
    }
    out.end_array().end_object();
    return out.take();
}

// What a client encrypts the initiator's password with.
Result<std::string> Control::certificate(const net::Request&) {
    json::Writer out;
    out.begin_object().field("certificate", Initiators::certificate()).end_object();
    return out.take();
}

Result<std::string> Control::registrations(const net::Request&) {
    json::Writer out;
    out.begin_object().key("registrations").begin_array();
    for (const auto& [receiver, r] : daraja_.c2b().registrations()) {
        out.begin_object()
            .field("shortcode", receiver)
            .field("version", r.version)
            .field("response_type", r.response_type);
        out.field("confirmation_url", r.confirmation_url).field("validation_url", r.validation_url).end_object();
    }
    out.end_array().end_object();
    return out.take();
}

// ?about= one CheckoutRequestID or receipt; ?kind=; ?limit=
Result<std::string> Control::deliveries(const net::Request& request) {
    const std::string about = request.query_value("about");
    const std::string kind = request.query_value("kind");
    std::vector<const Delivery*> chosen;
    for (const auto& [id, delivery] : daraja_.world().outbox.all()) {
        if ((about.empty() || delivery.about == about) && (kind.empty() || delivery.kind == kind))
            chosen.push_back(&delivery);
    }
    json::Writer out;
    out.begin_object().key("deliveries").begin_array();
    for (size_t i = list_start(request, chosen.size()); i < chosen.size(); ++i) write_delivery(out, *chosen[i]);
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::redeliver(const net::Request& request) {
    const std::string& id = request.params.at(0);
    if (!is_digits(id, 1, 12) || !daraja_.world().outbox.redeliver(std::stoll(id), now_)) {
        return fail(Code::kNotFound, "There is no such delivery.");
    }
    return std::string("{\"ok\":true}");
}

Result<std::string> Control::exchanges(const net::Request& request) {
    const auto& all = daraja_.exchanges();
    json::Writer out;
    out.begin_object().key("exchanges").begin_array();
    for (size_t i = list_start(request, all.size()); i < all.size(); ++i) {
        const Exchange& e = all[i];
        out.begin_object()
            .field("number", e.number)
            .field("at", to_iso(e.at))
            .field("method", e.method)
            .field("path", e.path);
        out.field("peer", e.peer).field("request", e.request).field("status", e.status).field("response", e.response);
        out.field("fault", e.fault).field("delay_ms", int64_t(e.delay.count() / 1000)).end_object();
    }
    out.end_array().end_object();
    return out.take();
}

// Sends what an attacker who knows the format could send; no money moves.
//   {"variant": "success" | "wrong_amount" | "failure", "checkout_request_id": ...}   to that push's own CallBackURL
//   {"variant": "unknown_id", "url": ...}              a success nobody asked for
//   {"variant": "c2b", "shortcode", "amount", "account", "phone"}   to the registered ConfirmationURL
//   {"variant": "replay", "delivery": 7}                a delivery once more, as somebody who overheard it would
//   {"variant": "raw", "url": ..., "body": ...}
// "source_address" is sent as X-Forwarded-For.
Result<std::string> Control::forge(const net::Request& request) {
    World& world = daraja_.world();
    TRY(const auto document, body_of(request));
    const json::View body = document.root();
    TRY(const std::string variant, body["variant"].text());
    const Instant shown = world.stamp(now_);
    Delivery delivery;
    if (variant == "raw") {
        TRY(delivery.url, body["url"].text());
        TRY(delivery.body, body["body"].text());
        delivery.headers = {{"Content-Type", std::string(kJson)}};
    } else if (variant == "replay") {
        TRY(const int64_t id, body["delivery"].integer());
        const auto found = world.outbox.all().find(id);
        if (found == world.outbox.all().end()) return fail(Code::kNotFound, "There is no such delivery.", "delivery");
        delivery.copy_of = id;
        delivery.about = found->second.about;
        delivery.url = found->second.url;
        delivery.body = found->second.body;
        delivery.headers = found->second.headers;
    } else if (variant == "unknown_id") {
        Push push;
        TRY(push.callback_url, body["url"].text());
        push.phone = "254700000001";
        push.shortcode = "600986";
        push.amount = Money::from_shillings(1000);
        push.checkout = world.ids.checkout_id(shown, push.phone);
        push.merchant_request = world.ids.request_id(world.config.switches.id_look);
        push.receipt = world.ids.receipt(shown);
        push.paid_at = shown;
        delivery = daraja_.stk().callback(push, "0", 0);
    } else if (variant == "success" || variant == "wrong_amount" || variant == "failure") {
        TRY(const std::string checkout, body["checkout_request_id"].text());
        const Push* real = daraja_.stk().find(checkout);
        if (real == nullptr) return fail(Code::kNotFound, "There is no such push.", "checkout_request_id");
        Push push = *real;
        if (push.receipt.empty()) {
            push.receipt = world.ids.receipt(shown);
            push.paid_at = shown;
        }
        delivery = daraja_.stk().callback(push, variant == "failure" ? "1032" : "0", variant == "wrong_amount" ? 1 : 0);
    } else if (variant == "c2b") {
        Movement m;
        TRY(m.receiver, body["shortcode"].scalar());
        TRY(m.payer, body["phone"].scalar());
        TRY(const std::string amount, body["amount"].scalar());
        TRY(m.amount, Money::parse(amount));
        if (!is_payer(m.payer)) return fail(Code::kInvalid, "A phone is 2547XXXXXXXX or 2541XXXXXXXX.", "phone");
        m.account = body["account"].scalar_if_any().value_or("");
        m.receipt = world.ids.receipt(shown);
        m.at = shown;
        m.receiver_balance = world.ledger.shortcode(m.receiver) + m.amount;
        auto made = daraja_.c2b().forge(m);
        if (!made) return fail(Code::kConflict, "No URLs are registered for this shortcode.", "shortcode");
        delivery = std::move(*made);
    } else {
        return fail(Code::kInvalid, "A forgery is success, wrong_amount, failure, unknown_id, replay, c2b or raw.",
                    "variant");
    }
    UrlRules rules{
        .http_anywhere = true, .upper_case_host_refused = false, .forbidden_words = false, .public_testers = false};
    if (!is_callback_url(delivery.url, rules)) return fail(Code::kInvalid, "This is not a URL to send to.", "url");
    if (const auto source = body["source_address"].scalar_if_any()) {
        std::erase_if(delivery.headers, [](const auto& header) { return header.first == "X-Forwarded-For"; });
        delivery.headers.emplace_back("X-Forwarded-For", *source);
    }
    delivery.kind = "forged";
    delivery.fault = "forged " + variant;
    const int64_t id = world.outbox.post(std::move(delivery), now_);
    daraja_.advance(now_);
    json::Writer out;
    write_delivery(out, world.outbox.all().at(id));
    return out.take();
}

}  // namespace clinicpro::sandbox
