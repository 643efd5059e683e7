// meeting_fallback.cpp: rows of `meeting_fallback`, and when a provider is given up.
#include "invoices/meeting_fallback.hpp"

#include "base/json.hpp"
#include "clinics/audit.hpp"
#include "invoices/meeting_settings.hpp"

namespace clinicpro::invoices::meeting_fallback {
namespace {

using meetings::Kind;

constexpr store::Sql kOrder = "SELECT provider FROM meeting_fallback WHERE clinic_id = $1 ORDER BY place";
constexpr store::Sql kForget = "DELETE FROM meeting_fallback WHERE clinic_id = $1";
constexpr store::Sql kAdd = "INSERT INTO meeting_fallback (clinic_id, place, provider) VALUES ($1, $2, $3)";

}  // namespace

Result<std::vector<Kind>> order(store::ClinicTx& tx) {
    std::vector<Kind> kinds;
    TRY(tx.each(kOrder, [&](const store::Row& row) {
        const auto kind = meetings::parse_kind(row.text(0));
        CHECK(kind);  // only set_order writes it
        kinds.push_back(*kind);
    }));
    return kinds;
}

Result<> set_order(jobs::Context& context, store::ClinicTx& tx, const std::vector<Kind>& kinds, std::string_view actor) {
    if (tx.clinic() == kSystem) {
        return fail(Code::kInvalid, "Falling back is chosen for each clinic by itself. Name the clinic.", "clinic");
    }
    for (size_t i = 0; i < kinds.size(); ++i) {
        const std::string name(meetings::to_string(kinds[i]));
        if (std::count(kinds.begin(), kinds.end(), kinds[i]) > 1) {
            return fail(Code::kInvalid, "The provider " + name + " stands in the order twice. Name each once.", "order");
        }
        TRY(const auto known, MeetingSettings::of_kind(tx, kinds[i]));
        if (!known) {
            return fail(Code::kInvalid,
                        "The provider " + name + " is not set up for this clinic, so nothing can fall back to it. Set it "
                        "up first, then choose the usual one again.",
                        "order");
        }
    }
    TRY(tx.execute(kForget));
    std::string words;
    for (size_t i = 0; i < kinds.size(); ++i) {
        TRY(tx.execute(kAdd, int64_t(i), meetings::to_string(kinds[i])));
        words += (i == 0 ? "" : " ") + std::string(meetings::to_string(kinds[i]));
    }
    TRY(clinics::audit::append(tx, {context.now(), actor, "meeting.fallback_set", "clinic",
                                    json::Writer().begin_object().field("order", words).end_object().take()}));
    return {};
}

std::optional<Kind> next_after(Kind failed, Kind first, const std::vector<Kind>& order) {
    std::vector<Kind> all{first};
    for (const Kind kind : order) {
        if (kind != first) all.push_back(kind);
    }
    const auto at = std::find(all.begin(), all.end(), failed);
    // One that is in the order no more: from the start, so that every one is asked.
    if (at == all.end()) return first;
    return at + 1 == all.end() ? std::nullopt : std::optional(*(at + 1));
}

Instant latest(const Visit& visit, const Meeting& meeting) {
    return std::max(visit.starts_at - kBefore, meeting.created_at + kPatience);
}

bool gives_up(meetings::Failed::Fault fault, const Visit& visit, const Meeting& meeting, bool tries_left, Instant now) {
    using Fault = meetings::Failed::Fault;
    switch (fault) {
        case Fault::kConfig:
        case Fault::kAuth:
        case Fault::kQuota:
        case Fault::kInvalid: return true;
        case Fault::kRate:
        case Fault::kTransient: return !tries_left || now >= latest(visit, meeting);
    }
    return false;
}

}  // namespace clinicpro::invoices::meeting_fallback
