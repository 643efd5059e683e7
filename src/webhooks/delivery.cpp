// delivery.cpp: spreading what happened, and telling it (see delivery.hpp).
#include "webhooks/delivery.hpp"

#include "base/log.hpp"

namespace clinicpro::webhooks {
namespace {

constexpr std::string_view kStep = "post";
constexpr size_t kAnswerMax = 64 * 1024;  // nobody reads it; a receiver that sends more is cut off

#define COLUMNS "id, endpoint_id, seq, type, state, note, tries, answer_status, created_at, updated_at "

constexpr store::Sql kBehind =
    "SELECT e.clinic_id, e.id, e.types, e.cursor_seq FROM webhook_endpoints e WHERE e.state = 'active' AND EXISTS "
    "(SELECT 1 FROM audit a WHERE a.clinic_id = e.clinic_id AND a.seq > e.cursor_seq) LIMIT $1";
constexpr store::Sql kAdvance = "UPDATE webhook_endpoints SET cursor_seq = $3 WHERE clinic_id = $1 AND id = $2 AND cursor_seq = $4";
constexpr store::Sql kInsert =
    "INSERT INTO webhook_deliveries (clinic_id, id, endpoint_id, seq, type, state, tries, answer_status, note, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, 'queued', 0, NULL, '', $6, $6)";
constexpr store::Sql kForgetOld =
    "DELETE FROM webhook_deliveries WHERE clinic_id = $1 AND endpoint_id = $2 AND state <> 'queued' AND id <= "
    "(SELECT id FROM webhook_deliveries WHERE clinic_id = $1 AND endpoint_id = $2 ORDER BY id DESC LIMIT 1 OFFSET $3)";

Result<DeliveryId> queue(jobs::Context& context, store::ClinicTx& tx, EndpointId endpoint, int64_t seq, std::string_view type) {
    const auto id = context.ids().make<DeliveryId>();
    TRY(tx.execute(kInsert, id, endpoint, seq, type, context.now()));
    TRY(context.enqueue(tx, {tx.clinic(), std::string(kDeliverJob), id.value, context.now()}));
    return id;
}

Delivery read(const store::Row& row) {
    Delivery one{.id = row.id<DeliveryId>(0),
                 .endpoint = row.id<EndpointId>(1),
                 .seq = row.integer(2),
                 .type = row.string(3),
                 .state = row.string(4),
                 .note = row.string(5),
                 .tries = row.integer(6),
                 .answer_status = {},
                 .created_at = row.instant(8),
                 .updated_at = row.instant(9)};
    if (!row.is_null(7)) one.answer_status = row.integer(7);
    return one;
}

Result<std::optional<Delivery>> load(store::ClinicTx& tx, int64_t id) {
    std::optional<Delivery> found;
    TRY(tx.each("SELECT " COLUMNS "FROM webhook_deliveries WHERE clinic_id = $1 AND id = $2",
                [&](const store::Row& row) { found = read(row); }, id));
    return found;
}

Result<> settle(jobs::Context& context, store::ClinicTx& tx, const Delivery& one, std::string_view state, std::string_view note,
                std::optional<int64_t> status) {
    TRY(tx.execute("UPDATE webhook_deliveries SET state = $3, tries = $4, note = $5, answer_status = $6, updated_at = $7 "
                   "WHERE clinic_id = $1 AND id = $2",
                   one.id, state, one.tries + 1, note, status, context.now()));
    return {};
}

std::string sentence(const net::Outcome& outcome) {
    if (const auto* answer = std::get_if<net::Response>(&outcome)) {
        if (answer->status / 100 == 3) return "The address answers with a redirect, which is not followed. Set the address it leads to.";
        return "The address answered " + std::to_string(answer->status) + " " + std::string(net::reason_phrase(answer->status)) + ".";
    }
    if (const auto* unsent = std::get_if<net::NotSent>(&outcome)) return "The address could not be reached: " + unsent->reason + ".";
    return "No answer came: " + std::get<net::Unknown>(outcome).reason + ".";
}

}  // namespace

namespace deliveries {

Result<std::vector<Delivery>> list(store::ClinicTx& tx, EndpointId endpoint, int64_t before, int limit) {
    std::vector<Delivery> all;
    TRY(tx.each("SELECT " COLUMNS "FROM webhook_deliveries WHERE clinic_id = $1 AND endpoint_id = $2 "
                "AND (CAST($3 AS BIGINT) = 0 OR id < $3) "
                "ORDER BY id DESC LIMIT $4",
                [&](const store::Row& row) { all.push_back(read(row)); }, endpoint, before, limit));
    return all;
}

Result<int> resend(jobs::Context& context, store::ClinicTx& tx, int64_t seq, EndpointId only) {
    TRY(const Event event, webhooks::find(tx, seq));
    TRY(const auto all, endpoints::list(tx));
    int count = 0;
    for (const Endpoint& endpoint : all) {
        if (only ? endpoint.id != only : endpoint.state != "active" || !wants(endpoint.types, event.type)) continue;
        TRY(queue(context, tx, endpoint.id, seq, event.type));
        ++count;
    }
    if (only && count == 0) return fail(Code::kNotFound, "There is no such webhook.", "webhook");
    return count;
}

Result<DeliveryId> ping(jobs::Context& context, store::ClinicTx& tx, EndpointId endpoint) {
    TRY(endpoints::find(tx, endpoint));
    return queue(context, tx, endpoint, 0, "test.ping");
}

}  // namespace deliveries

Result<int> Spreader::drain(jobs::Context& context, store::Tx& tx, int limit) {
    struct Behind {
        ClinicId clinic;
        EndpointId endpoint;
        std::string types;
        int64_t cursor;
    };
    std::vector<Behind> behind;
    TRY(tx.each(kBehind,
                [&](const store::Row& row) {
                    behind.push_back({ClinicId{row.integer(0)}, row.id<EndpointId>(1), row.string(2), row.integer(3)});
                },
                limit));
    int taken = 0;
    for (const Behind& one : behind) {
        store::ClinicTx clinic(tx, one.clinic);
        TRY(const Page page, after(clinic, one.cursor, kSpreadMax));
        // Another instance may be spreading the same entries: whoever moves the cursor tells them.
        TRY(const int64_t mine, clinic.execute(kAdvance, one.endpoint, page.seen, one.cursor));
        if (mine == 0) continue;
        for (const Event& event : page.events) {
            if (!wants(one.types, event.type)) continue;
            TRY(queue(context, clinic, one.endpoint, event.seq, event.type));
            ++taken;
        }
        if (!page.events.empty()) TRY(clinic.execute(kForgetOld, one.endpoint, kKeptPerEndpoint));
        taken += page.seen - one.cursor >= kSpreadMax ? 1 : 0;  // there may be more at once
    }
    return taken;
}

Result<jobs::Plan> Deliverer::plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) {
    TRY(const auto delivery, load(tx, job.subject));
    if (!delivery || delivery->state != "queued") return jobs::Next{jobs::Done{}};
    TRY(const Endpoint endpoint, endpoints::find(tx, delivery->endpoint));
    if (endpoint.state != "active" && delivery->seq != 0) {
        TRY(settle(context, tx, *delivery, "failed", "The webhook was stopped. Start it, and send this event again.", {}));
        return jobs::Next{jobs::Done{}};
    }
    Event event{.seq = 0, .type = "test.ping", .subject = endpoint.id.to_text(), .actor = "system", .detail = "{}", .at = delivery->created_at};
    if (delivery->seq != 0) {
        TRY(event, webhooks::find(tx, delivery->seq));
    }
    TRY(const auto secrets, endpoints::secrets(tx, vault_, endpoint.id, context.now()));
    std::string body = body_of(tx.clinic(), event);
    const std::string id = delivery->seq == 0 ? delivery->id.to_text() : id_of(tx.clinic(), delivery->seq);
    const int64_t seconds = context.now().micros / 1'000'000;
    net::ClientRequest request{.method = "POST",
                               .url = endpoint.url,
                               .headers = {{"Content-Type", "application/json"},
                                           {"webhook-id", id},
                                           {"webhook-timestamp", std::to_string(seconds)},
                                           {"webhook-signature", sign(secrets, id, seconds, body)}},
                               .body = std::move(body),
                               .timeout = kTimeout,
                               .response_max = kAnswerMax,
                               .public_only = !options_.private_addresses};
    return jobs::Send{std::string(kStep), std::move(request)};
}

Result<jobs::Next> Deliverer::absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view,
                                     const net::Outcome& outcome) {
    TRY(const auto delivery, load(tx, job.subject));
    if (!delivery || delivery->state != "queued") return jobs::Done{};
    const auto* answer = std::get_if<net::Response>(&outcome);
    const auto status = answer ? std::optional<int64_t>(answer->status) : std::nullopt;
    if (answer && answer->status / 100 == 2) {
        TRY(settle(context, tx, *delivery, "delivered", "", status));
        return jobs::Done{};
    }
    if (answer && answer->status == 410) {
        TRY(settle(context, tx, *delivery, "failed", "The address says it is gone, so nothing more is sent to it.", status));
        TRY(tx.execute("UPDATE webhook_endpoints SET state = 'gone', updated_at = $3 WHERE clinic_id = $1 AND id = $2", delivery->endpoint,
                       context.now()));
        return jobs::Done{};
    }
    const std::string why = sentence(outcome);
    if (size_t(delivery->tries) >= std::size(kRetries)) {
        TRY(settle(context, tx, *delivery, "failed", why + " It was tried for more than a day.", status));
        log::warn("webhook.failed", {{"clinic", tx.clinic().value}, {"webhook", delivery->endpoint.to_text()}});
        return jobs::Done{};
    }
    TRY(settle(context, tx, *delivery, "queued", why, status));
    // Spread a little, so that a receiver that comes back is not met by everything at once.
    const Duration wait = kRetries[size_t(delivery->tries)];
    return jobs::Again{.at = context.now() + wait + wait * int(uint64_t(job.id.value) % 100) / 1000, .progress = true, .why = why};
}

}  // namespace clinicpro::webhooks
