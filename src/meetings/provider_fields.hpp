// provider_fields.hpp: the settings of each meeting provider by name, for whoever reads them from people: API, command
// line, files.
//
// One table says what there is; the providers' own settings types say what is right. Words people use: simple, jitsi
// (rooms with signed doors on the clinic's own server: the kind is still simple), google, zoom.
// Tested by meetings/provider_fields_test.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "meetings/config.hpp"
#include "meetings/google_settings.hpp"
#include "meetings/jitsi.hpp"
#include "meetings/zoom_adapter.hpp"

namespace clinicpro::meetings {

struct ProviderField {
    enum class Type { kText, kUrl, kYesNo, kSecret, kFile };  // kFile: a secret that comes as a whole file
    std::string_view name;
    Type type = Type::kText;
    std::string_view help;

    bool is_secret() const { return type == Type::kSecret || type == Type::kFile; }
};

inline constexpr std::string_view kProviderWords[] = {"simple", "jitsi", "google", "zoom"};
inline constexpr size_t kPlainMax = 400;

// Error kInvalid for a word that names no provider. Takes "google_meet" as well.
Result<Kind> kind_of_word(std::string_view word);
// What the settings amount to: "simple", "jitsi", "google_meet", "zoom".
std::string_view word_of(const ProviderSettings& settings);

std::span<const ProviderField> provider_fields(std::string_view word);
const ProviderField* find_field(std::string_view word, std::string_view name);

// The settings that `given` names make, over those there were before (may be null: from nothing; secrets stay with
// whoever stores them). A secret that must go because another way in was chosen stands in them empty. Error kInvalid for
// a name the provider does not have, or a value of the wrong form.
using Given = std::map<std::string, std::string>;
Result<ProviderSettings> compose(std::string_view word, const Given& plain, const std::map<std::string, Secret<>>& secrets,
                                 const ProviderSettings* before);

// Error kConfig, naming the field.
Result<GoogleSettings> google_settings(const ProviderSettings& settings);
Result<ZoomSettings> zoom_settings(const ProviderSettings& settings);
JitsiSettings jitsi_settings(const ProviderSettings& settings);

}  // namespace clinicpro::meetings
