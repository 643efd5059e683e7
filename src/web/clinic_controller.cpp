#include "web/clinic_controller.hpp"

#include <charconv>

#include "base/text.hpp"
#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web::clinic {
namespace {

Result<int64_t> number(const net::Request& request, std::string_view name) {
    const std::string word = request.query_value(name);
    if (word.empty()) return 0;
    int64_t value = 0;
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, value);
    if (parsed.ec == std::errc() && parsed.ptr == end && value >= 0) return value;
    return fail(Code::kInvalid, "The query parameter " + std::string(name) + " must be a whole number.",
                std::string(name));
}

}  // namespace

Result<Answer> create(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"slug", "name"}));
    TRY(const std::string slug, body::text(document.root()["slug"], clinics::kSlugMax));
    TRY(const std::string name, body::text(document.root()["name"], clinics::kNameMax));
    const Instant now = call.services.clock.now();
    const std::string actor = call.actor();
    TRY(const clinics::Clinic made,
        clinics::create(call.services.database, call.services.vault, {.slug = slug, .name = name}, now,
                        [&](store::ClinicTx& tx, const clinics::Clinic& clinic) -> Result<> {
                            TRY(clinics::audit::append(
                                tx, {.at = now, .actor = actor, .action = "clinic.created", .subject = clinic.slug}));
                            return {};
                        }));
    return view::one(201, made);
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"after", "limit"}));
    TRY(const int limit, query::limit(call.request, 50, clinics::kClinicPageMax));
    TRY(const int64_t after, number(call.request, "after"));
    TRY(const auto found, clinics::list(tx.raw(), ClinicId{after}, limit));
    std::optional<std::string> next;
    if (int(found.size()) == limit) next = std::to_string(found.back().id.value);
    return view::page(found, next, [](json::Writer& w, const clinics::Clinic& one) { view::write(w, one); });
}

Result<Answer> show(const Call& call, store::ClinicTx&) {
    TRY(query::only(call.request, {}));
    return view::one(200, call.clinic);
}

Result<Deed> set_status(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"status"}));
    TRY(const std::string word, body::text(document.root()["status"], 20));
    TRY(const auto status, clinics::parse_status(word));
    return Deed([status, id = call.clinic.id, actor = call.actor()](jobs::Context& context,
                                                                    store::ClinicTx& tx) -> Result<Answer> {
        TRY(clinics::set_status(tx, status));
        TRY(clinics::audit::append(
            tx, {.at = context.now(),
                 .actor = actor,
                 .action = status == clinics::Clinic::Status::kActive ? "clinic.activated" : "clinic.suspended",
                 .subject = "clinic"}));
        TRY(const clinics::Clinic now, clinics::find(tx.raw(), id));
        return view::one(200, now);
    });
}

Result<Deed> set_colour(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"colour"}));
    std::string colour;
    if (!document.root()["colour"].is_missing_or_null()) {
        TRY(colour, body::text(document.root()["colour"], 7));
    }
    return Deed([colour, id = call.clinic.id, actor = call.actor()](jobs::Context& context,
                                                                    store::ClinicTx& tx) -> Result<Answer> {
        TRY(clinics::set_colour(tx, colour));
        TRY(clinics::audit::append(
            tx, {.at = context.now(), .actor = actor, .action = "clinic.colour_changed", .subject = "clinic"}));
        TRY(const clinics::Clinic now, clinics::find(tx.raw(), id));
        return view::one(200, now);
    });
}

Result<Deed> create_key(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"role", "label"}));
    TRY(const std::string word, body::text(document.root()["role"], 20));
    TRY(const clinics::Role role, clinics::parse_role(word));
    TRY(const std::string label, body::text(document.root()["label"], clinics::kLabelMax));
    return Deed([wanted = clinics::NewKey{role, label}, &entropy = call.services.entropy, actor = call.actor()](
                    jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto key, clinics::create_key(tx, wanted, context.ids(), entropy, context.now()));
        const std::string id = key.id.to_text();
        TRY(clinics::audit::append(tx, {.at = context.now(), .actor = actor, .action = "key.created", .subject = id}));
        json::Writer w;
        w.begin_object().field("id", id).field("role", to_string(wanted.role)).field("label", wanted.label);
        w.field("key", key.text.reveal()).end_object();
        return Answer{201, w.take()};
    });
}

Result<Answer> list_keys(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const auto keys, clinics::list_keys(tx));
    return view::page(keys, std::nullopt, [](json::Writer& w, const clinics::KeyRecord& key) { view::write(w, key); });
}

Result<Deed> revoke_key(const Call& call) {
    TRY(body::parse(call.request.body, {}));
    TRY(const KeyId id, KeyId::parse(call.param(0)));
    return Deed([id, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(clinics::revoke_key(tx, id, context.now()));
        const std::string subject = id.to_text();
        TRY(clinics::audit::append(tx,
                                   {.at = context.now(), .actor = actor, .action = "key.revoked", .subject = subject}));
        return Answer{204, {}};
    });
}

Result<Answer> list_audit(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"before", "limit"}));
    TRY(const int limit, query::limit(call.request, 100, clinics::audit::kPageMax));
    TRY(const int64_t before, number(call.request, "before"));
    TRY(const auto found, clinics::audit::list(tx, before == 0 ? std::nullopt : std::optional<int64_t>(before), limit));
    std::optional<std::string> next;
    if (int(found.size()) == limit && found.back().seq > 1) next = std::to_string(found.back().seq);
    return view::page(found, next, [](json::Writer& w, const clinics::audit::Record& one) { view::write(w, one); });
}

Result<Answer> verify_audit(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"seq", "hash"}));
    TRY(const int64_t seq, number(call.request, "seq"));
    const std::string hex = call.request.query_value("hash");
    std::optional<clinics::audit::Head> anchor;
    if (seq != 0 || !hex.empty()) {
        const auto hash = text::from_hex(hex);
        if (seq == 0 || !hash || hash->size() != 32) {
            return fail(Code::kInvalid, "Give both seq and hash of a head that was written down earlier, or neither.",
                        "hash");
        }
        anchor = clinics::audit::Head{seq, *hash};
    }
    TRY(const auto broken_at, clinics::audit::verify_chain(tx, anchor));
    TRY(const auto head, clinics::audit::head(tx));
    json::Writer w;
    w.begin_object().field("whole", !broken_at.has_value()).field("broken_at", broken_at);
    w.field("seq", head.seq).field("hash", text::to_hex(head.hash)).end_object();
    return Answer{200, w.take()};
}

}  // namespace clinicpro::web::clinic
