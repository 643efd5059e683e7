// clinic.cpp: rows of `clinics`.
#include "clinics/clinic.hpp"

#include <charconv>

#include "base/text.hpp"
#include "clinics/colour.hpp"
#include "clinics/vault.hpp"

namespace clinicpro::clinics {
namespace {

// /desk/<slug> is a clinic's desk; these stand beside it.
constexpr std::string_view kTakenWords[] = {"account", "clinics", "invitation", "sign-in", "sign-out"};

Clinic read(const store::Row& row) {
    return {.id = ClinicId{row.integer(0)},
            .slug = row.string(1),
            .name = row.string(2),
            .status = row.text(3) == "active" ? Clinic::Status::kActive : Clinic::Status::kSuspended,
            .created_at = row.instant(4),
            .colour = row.string(5)};
}

std::unexpected<Error> no_such_clinic() {
    return fail(Code::kNotFound, "There is no such clinic.", "clinic");
}
std::unexpected<Error> slug_taken(const std::string& slug) {
    return fail(Code::kConflict, "There is a clinic with the slug " + slug + " already. Choose another.", "slug");
}

Result<> check_name(std::string_view name) {
    const bool control = std::any_of(name.begin(), name.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7F; });
    if (text::trim(name).empty() || name.size() > kNameMax || control || !text::is_utf8(name)) {
        return fail(Code::kInvalid, "The name of a clinic must be 1 to 120 bytes of text on one line.", "name");
    }
    return {};
}

}  // namespace

std::string_view to_string(Clinic::Status status) {
    switch (status) {
        case Clinic::Status::kActive: return "active";
        case Clinic::Status::kSuspended: return "suspended";
    }
    return "";
}

Result<Clinic::Status> parse_status(std::string_view text) {
    if (text == "active") return Clinic::Status::kActive;
    if (text == "suspended") return Clinic::Status::kSuspended;
    return fail(Code::kInvalid, "The status of a clinic must be active or suspended.", "status");
}

Result<> check_slug(std::string_view slug) {
    bool letter = false, clean = true;
    for (const char c : slug) {
        const bool is_letter = c >= 'a' && c <= 'z';
        letter = letter || is_letter;
        clean = clean && (is_letter || (c >= '0' && c <= '9') || c == '-');
    }
    // A slug of digits alone could not be told from a number; "system" is clinic 0.
    if (!clean || !letter || slug.size() < kSlugMin || slug.size() > kSlugMax || slug.front() == '-' ||
        slug.back() == '-' || slug == "system") {
        return fail(
            Code::kInvalid,
            "A slug must be 3 to 40 small letters, digits and hyphens, with at least one letter and no hyphen at "
            "either end, such as mlimani-clinic.",
            "slug");
    }
    if (std::ranges::find(kTakenWords, slug) != std::end(kTakenWords)) {
        return fail(Code::kInvalid, "The desk has pages of this name. Choose another slug, such as mlimani-clinic.", "slug");
    }
    return {};
}

Result<Clinic> create(store::Database& database, Vault& vault, const NewClinic& wanted, Instant now, const Also& also) {
    TRY(check_slug(wanted.slug));
    TRY(check_name(wanted.name));
    // Looked at first only so that a taken slug does not cost a number; the constraint below decides.
    TRY(database.read([&](store::Tx& tx) -> Result<> {
        TRY(const int64_t taken, tx.execute("SELECT 1 FROM clinics WHERE slug = $1", wanted.slug));
        if (taken > 0) return slug_taken(wanted.slug);
        return {};
    }));
    TRY(const ClinicId id, vault.reserve());
    const Clinic clinic{.id = id,
                        .slug = wanted.slug,
                        .name = std::string(text::trim(wanted.name)),
                        .status = Clinic::Status::kActive,
                        .created_at = now};
    TRY(database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, id);
        TRY(const int64_t made, tx.execute("INSERT INTO clinics (clinic_id, slug, name, status, created_at) "
                                           "VALUES ($1, $2, $3, 'active', $4) ON CONFLICT (slug) DO NOTHING",
                                           clinic.slug, clinic.name, now));
        if (made == 0) return slug_taken(clinic.slug);
        if (also) TRY(also(tx, clinic));
        return {};
    }));
    return clinic;
}

Result<Clinic> find(store::Tx& tx, ClinicId id) {
    std::optional<Clinic> found;
    TRY(tx.each(
        "SELECT clinic_id, slug, name, status, created_at, colour FROM clinics WHERE clinic_id = $1",
        [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return no_such_clinic();
    return *std::move(found);
}

Result<Clinic> find(store::Tx& tx, std::string_view slug_or_number) {
    int64_t number = 0;
    const char* end = slug_or_number.data() + slug_or_number.size();
    const auto parsed = std::from_chars(slug_or_number.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) return find(tx, ClinicId{number});
    std::optional<Clinic> found;
    TRY(tx.each(
        "SELECT clinic_id, slug, name, status, created_at, colour FROM clinics WHERE slug = $1",
        [&](const store::Row& row) { found = read(row); }, slug_or_number));
    if (!found) return no_such_clinic();
    return *std::move(found);
}

Result<std::vector<Clinic>> list(store::Tx& tx, ClinicId after, int limit) {
    std::vector<Clinic> page;
    TRY(tx.each(
        "SELECT clinic_id, slug, name, status, created_at, colour FROM clinics WHERE clinic_id > $1 "
        "ORDER BY clinic_id LIMIT $2",
        [&](const store::Row& row) { page.push_back(read(row)); }, after, std::clamp(limit, 1, kClinicPageMax)));
    return page;
}

Result<> set_status(store::ClinicTx& tx, Clinic::Status status) {
    TRY(const int64_t changed, tx.execute("UPDATE clinics SET status = $2 WHERE clinic_id = $1", to_string(status)));
    if (changed == 0) return no_such_clinic();
    return {};
}

Result<> set_colour(store::ClinicTx& tx, std::string_view colour) {
    std::string good;
    if (!colour.empty()) {
        TRY(const Colour parsed, Colour::parse(colour));
        good = parsed.text();
    }
    TRY(const int64_t changed, tx.execute("UPDATE clinics SET colour = $2 WHERE clinic_id = $1", good));
    if (changed == 0) return no_such_clinic();
    return {};
}

}  // namespace clinicpro::clinics
