// webhook_controller.cpp: webhooks and events over the API.
#include "web/webhook_controller.hpp"

#include <charconv>

#include "web/body.hpp"
#include "web/views.hpp"
#include "webhooks/delivery.hpp"

namespace clinicpro::web::webhook {
namespace {

using webhooks::DeliveryId;
using webhooks::Endpoint;
using webhooks::EndpointId;

constexpr int kPageMax = 200;
constexpr size_t kTypesMax = 500;

void write(json::Writer& w, const Endpoint& endpoint, const Secret<>* secret = nullptr) {
    w.begin_object().field("id", endpoint.id.to_text()).field("url", endpoint.url).field("label", endpoint.label);
    w.field("types", endpoint.types).field("state", endpoint.state);
    w.field("old_secret_until", view::time_or_null(endpoint.old_until)).field("created_at", to_iso(endpoint.created_at));
    if (secret) w.field("secret", secret->reveal());
    w.end_object();
}

Answer shown(int status, const Endpoint& endpoint, const Secret<>* secret = nullptr) {
    json::Writer w;
    write(w, endpoint, secret);
    return {status, w.take()};
}

Result<> audit(jobs::Context& context, store::ClinicTx& tx, std::string_view actor, std::string_view action, EndpointId id) {
    const std::string subject = id.to_text();
    TRY(clinics::audit::append(tx, {.at = context.now(), .actor = actor, .action = action, .subject = subject}));
    return {};
}

Result<int64_t> after(const net::Request& request) {
    const std::string word = request.query_value("after");
    int64_t seq = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), seq);
    if (word.empty() || (read.ec == std::errc() && read.ptr == word.data() + word.size() && seq >= 0)) return seq;
    return fail(Code::kInvalid, "The query parameter after must be the `next` of an earlier page.", "after");
}

}  // namespace

Result<Deed> create(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"url", "label", "types"}));
    webhooks::NewEndpoint wanted;
    TRY(wanted.url, body::text(document.root()["url"], webhooks::kUrlMax));
    TRY(wanted.label, body::text_if_any(document.root()["label"], clinics::kLabelMax));
    TRY(wanted.types, body::text_if_any(document.root()["types"], kTypesMax));
    return Deed([wanted, &vault = call.services.vault, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto made, webhooks::endpoints::create(context, tx, vault, wanted));
        TRY(audit(context, tx, actor, "webhook.created", made.endpoint.id));
        return shown(201, made.endpoint, &made.secret);
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const auto all, webhooks::endpoints::list(tx));
    return view::page(all, std::nullopt, [](json::Writer& w, const Endpoint& one) { write(w, one); });
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const EndpointId id, EndpointId::parse(call.param(0)));
    TRY(const Endpoint endpoint, webhooks::endpoints::find(tx, id));
    return shown(200, endpoint);
}

Result<Deed> set_state(const Call& call) {
    TRY(const EndpointId id, EndpointId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"state"}));
    TRY(const std::string state, body::text(document.root()["state"], 20));
    return Deed([id, state, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(webhooks::endpoints::set_state(context, tx, id, state));
        TRY(audit(context, tx, actor, "webhook." + state, id));
        TRY(const Endpoint endpoint, webhooks::endpoints::find(tx, id));
        return shown(200, endpoint);
    });
}

Result<Deed> rotate(const Call& call) {
    TRY(const EndpointId id, EndpointId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, &vault = call.services.vault, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto made, webhooks::endpoints::rotate(context, tx, vault, id));
        TRY(audit(context, tx, actor, "webhook.secret_rotated", id));
        return shown(200, made.endpoint, &made.secret);
    });
}

Result<Deed> remove(const Call& call) {
    TRY(const EndpointId id, EndpointId::parse(call.param(0)));
    return Deed([id, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(webhooks::endpoints::remove(tx, id));
        TRY(audit(context, tx, actor, "webhook.removed", id));
        return Answer{204, {}};
    });
}

Result<Deed> ping(const Call& call) {
    TRY(const EndpointId id, EndpointId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const DeliveryId delivery, webhooks::deliveries::ping(context, tx, id));
        json::Writer w;
        w.begin_object().field("delivery_id", delivery.to_text()).end_object();
        return Answer{202, w.take()};
    });
}

Result<Answer> list_deliveries(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"before", "limit"}));
    TRY(const EndpointId id, EndpointId::parse(call.param(0)));
    TRY(webhooks::endpoints::find(tx, id));
    TRY(const int limit, query::limit(call.request, 50, kPageMax));
    TRY(const auto before, query::id<DeliveryId>(call.request, "before"));
    TRY(const auto found, webhooks::deliveries::list(tx, id, before.value, limit));
    std::optional<std::string> next;
    if (int(found.size()) == limit) next = found.back().id.to_text();
    return view::page(found, next, [&](json::Writer& w, const webhooks::Delivery& one) {
        w.begin_object().field("id", one.id.to_text());
        w.field("event_id", one.seq == 0 ? std::nullopt : std::optional(webhooks::id_of(tx.clinic(), one.seq)));
        w.field("type", one.type).field("state", one.state).field("tries", one.tries);
        w.key("answer_status");
        if (one.answer_status) {
            w.value(*one.answer_status);
        } else {
            w.null();
        }
        w.field("note", one.note).field("created_at", to_iso(one.created_at)).field("updated_at", to_iso(one.updated_at)).end_object();
    });
}

Result<Answer> list_events(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"after", "limit"}));
    TRY(const int64_t from, after(call.request));
    TRY(const int limit, query::limit(call.request, 100, 500));
    TRY(const webhooks::Page page, webhooks::after(tx, from, limit));
    return view::page(page.events, std::to_string(page.seen),
                      [&](json::Writer& w, const webhooks::Event& one) { w.raw(webhooks::body_of(tx.clinic(), one)); });
}

Result<Deed> resend(const Call& call) {
    TRY(const int64_t seq, webhooks::seq_of(call.clinic.id, call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"webhook_id"}));
    TRY(const EndpointId only, body::id_if_any<EndpointId>(document.root()["webhook_id"]));
    return Deed([seq, only, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const int count, webhooks::deliveries::resend(context, tx, seq, only));
        const std::string subject = webhooks::id_of(tx.clinic(), seq);
        TRY(clinics::audit::append(tx, {.at = context.now(), .actor = actor, .action = "webhook.event_resent", .subject = subject}));
        json::Writer w;
        w.begin_object().field("webhooks", int64_t(count)).end_object();
        return Answer{202, w.take()};
    });
}

}  // namespace clinicpro::web::webhook
