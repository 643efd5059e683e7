#include "invoices/message_texts.hpp"

#include "base/text.hpp"
#include "clinics/audit.hpp"

namespace clinicpro::invoices::message_texts {
namespace {

constexpr store::Sql kAll = "SELECT template, language, words FROM message_texts WHERE clinic_id = $1";
constexpr store::Sql kSet =
    "INSERT INTO message_texts (clinic_id, template, language, words, updated_at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (clinic_id, template, language) DO UPDATE SET words = excluded.words, updated_at = "
    "excluded.updated_at";
constexpr store::Sql kReset = "DELETE FROM message_texts WHERE clinic_id = $1 AND template = $2 AND language = $3";

// A clinic's own words, as its rows name them.
struct OwnWords {
    std::string which, language, words;
};

Result<std::vector<OwnWords>> own_words(store::ClinicTx& tx) {
    return tx.remember<std::vector<OwnWords>>([&]() -> Result<std::vector<OwnWords>> {
        std::vector<OwnWords> own;
        TRY(tx.each(kAll, [&](const store::Row& row) { own.push_back({row.string(0), row.string(1), row.string(2)}); }));
        return own;
    });
}

std::string subject_of(messaging::Template which, messaging::Language language) {
    return std::string(messaging::to_string(which)) + ":" + std::string(messaging::to_string(language));
}

}  // namespace

Result<std::vector<Text>> list(store::ClinicTx& tx) {
    std::vector<Text> all;
    for (const auto which : messaging::kAllTemplates) {
        for (const auto language : messaging::kLanguages) {
            all.push_back({which, language, std::string(messaging::default_words(which, language)), false});
        }
    }
    TRY(const auto own, own_words(tx));
    for (const OwnWords& row : own) {
        for (Text& one : all) {
            if (messaging::to_string(one.which) != row.which || messaging::to_string(one.language) != row.language)
                continue;
            one.words = row.words;
            one.is_own = true;
        }
    }
    return all;
}

Result<std::string> words(store::ClinicTx& tx, messaging::Template which, messaging::Language language) {
    TRY(const auto own, own_words(tx));
    for (const OwnWords& row : own) {
        if (messaging::to_string(which) == row.which && messaging::to_string(language) == row.language) return row.words;
    }
    return std::string(messaging::default_words(which, language));
}

Result<> set(jobs::Context& context, store::ClinicTx& tx, messaging::Template which, messaging::Language language,
             std::string_view words, std::string_view actor) {
    const std::string_view trimmed = text::trim(words);
    TRY(messaging::check_words(which, trimmed));
    TRY(tx.execute(kSet, messaging::to_string(which), messaging::to_string(language), trimmed, context.now()));
    tx.forget<std::vector<OwnWords>>();
    TRY(clinics::audit::append(tx, {context.now(), actor, "messaging.text_set", subject_of(which, language)}));
    return {};
}

Result<> reset(jobs::Context& context, store::ClinicTx& tx, messaging::Template which, messaging::Language language,
               std::string_view actor) {
    TRY(const int64_t rows, tx.execute(kReset, messaging::to_string(which), messaging::to_string(language)));
    if (rows == 0) return {};
    tx.forget<std::vector<OwnWords>>();
    TRY(clinics::audit::append(tx, {context.now(), actor, "messaging.text_reset", subject_of(which, language)}));
    return {};
}

}  // namespace clinicpro::invoices::message_texts
