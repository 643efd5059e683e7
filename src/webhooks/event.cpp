// event.cpp: which entries are told, and how (see event.hpp).
#include "webhooks/event.hpp"

#include <algorithm>
#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::webhooks {
namespace {

constexpr std::string_view kFamilies[] = {"payment", "invoice", "appointment", "meeting", "unallocated", "refund"};
// About doors and people rather than about money or a visit.
constexpr std::string_view kInside[] = {"meeting.adapter_set", "meeting.adapter_cleared", "meeting.connected", "meeting.fallback_set",
                                        "meeting.host_link", "appointment.link_revoked",
                                        "meeting.opened"};
constexpr size_t kTypesMax = 500;

std::string_view family_of(std::string_view type) { return type.substr(0, type.find('.')); }

bool is_family(std::string_view word) { return std::ranges::find(kFamilies, word) != std::end(kFamilies); }

Event read(const store::Row& row) {
    return {.seq = row.integer(0),
            .type = row.string(3),
            .subject = row.string(4),
            .actor = row.string(2),
            .detail = row.string(5),
            .at = row.instant(1)};
}

}  // namespace

bool is_public(std::string_view action) {
    return is_family(family_of(action)) && std::ranges::find(kInside, action) == std::end(kInside);
}

Result<std::string> check_types(std::string_view types) {
    std::string clean;
    for (const std::string_view raw : text::split(types, ' ')) {
        const std::string_view word = text::trim(raw);
        if (word.empty()) continue;
        const size_t dot = word.find('.');
        const bool shaped = dot != word.npos && dot + 1 < word.size() &&
                            std::ranges::all_of(word.substr(dot + 1), [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '*'; });
        if (!shaped || !is_family(family_of(word)) || (word.ends_with("*") && !word.ends_with(".*"))) {
            return fail(Code::kInvalid, "There are no events of the type \"" + std::string(text::clip(word, 60)) +
                                            "\". Take types such as payment.paid, or a family: payment.*, invoice.*, "
                                            "appointment.*, meeting.*, unallocated.*, refund.*.",
                        "types");
        }
        clean += (clean.empty() ? "" : " ") + std::string(word);
    }
    if (clean.size() > kTypesMax) return fail(Code::kInvalid, "That is a long list of types. Take families such as payment.*.", "types");
    return clean;
}

bool wants(std::string_view types, std::string_view type) {
    if (types.empty()) return true;
    return std::ranges::any_of(text::split(types, ' '), [&](std::string_view word) {
        return word == type || (word.ends_with(".*") && family_of(word) == family_of(type));
    });
}

std::string id_of(ClinicId clinic, int64_t seq) {
    return "evt_" + std::to_string(clinic.value) + "_" + std::to_string(seq);
}

Result<int64_t> seq_of(ClinicId clinic, std::string_view id) {
    const std::string mine = "evt_" + std::to_string(clinic.value) + "_";
    int64_t seq = 0;
    if (id.starts_with(mine)) {
        const std::string_view digits = id.substr(mine.size());
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seq);
        if (read.ec == std::errc() && read.ptr == digits.data() + digits.size() && seq > 0 && id == id_of(clinic, seq)) return seq;
    }
    return fail(Code::kNotFound, "There is no such event.", "event");
}

std::string body_of(ClinicId clinic, const Event& event) {
    json::Writer w;
    w.begin_object().field("type", event.type).field("timestamp", to_iso(event.at)).key("data").begin_object();
    w.field("id", id_of(clinic, event.seq)).field("clinic", clinic.value).field("subject", event.subject);
    w.field("actor", event.actor).key("detail").raw(event.detail);
    return w.end_object().end_object().take();
}

Result<Page> after(store::ClinicTx& tx, int64_t seq, int limit) {
    Page page{.events = {}, .seen = seq};
    TRY(tx.each("SELECT seq, at, actor, action, subject, detail FROM audit WHERE clinic_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                [&](const store::Row& row) {
                    page.seen = row.integer(0);
                    if (is_public(row.text(3))) page.events.push_back(read(row));
                },
                seq, limit));
    return page;
}

Result<Event> find(store::ClinicTx& tx, int64_t seq) {
    std::optional<Event> found;
    TRY(tx.each("SELECT seq, at, actor, action, subject, detail FROM audit WHERE clinic_id = $1 AND seq = $2",
                [&](const store::Row& row) {
                    if (is_public(row.text(3))) found = read(row);
                },
                seq));
    if (!found) return fail(Code::kNotFound, "There is no such event.", "event");
    return *std::move(found);
}

}  // namespace clinicpro::webhooks
