// simple_adapter.cpp: one random token, one address.
#include "meetings/simple_adapter.hpp"

#include "base/text.hpp"
#include "meetings/config.hpp"

namespace clinicpro::meetings {
namespace {

constexpr size_t kTokenBytes = 16;  // 128 bits, ASVS 5.0 11.5.1
constexpr size_t kTokenChars = 22;

bool is_open_room(std::string_view text) {
    return text.size() == kTokenChars && text::from_base64url(text).has_value();
}

// Both kinds stay known when the doors of a clinic get or lose their lock.
bool is_room(std::string_view text) {
    return is_open_room(text) || jitsi::is_room(text);
}

Answer not_ours() {
    return Failed{.fault = Failed::Fault::kInvalid,
                  .sentence = "This meeting was not made by the simple provider. Use the provider that made it.",
                  .retry_at = {}};
}

}  // namespace

Result<std::unique_ptr<SimpleAdapter>> SimpleAdapter::create(std::string_view base_url, crypto::Entropy& entropy) {
    TRY(std::string checked, check_base_url(base_url));
    return std::unique_ptr<SimpleAdapter>(new SimpleAdapter(std::move(checked), std::nullopt, entropy));
}

Result<std::unique_ptr<SimpleAdapter>> SimpleAdapter::create(JitsiSettings settings, crypto::Entropy& entropy) {
    TRY(JitsiSettings checked, jitsi::check(std::move(settings)));
    std::string base_url = checked.base_url;
    return std::unique_ptr<SimpleAdapter>(new SimpleAdapter(std::move(base_url), std::move(checked), entropy));
}

std::optional<Secret<>> SimpleAdapter::door(const Knock& knock, Instant now) const {
    if (!jitsi_ || !jitsi::is_room(knock.provider_id)) return std::nullopt;
    return jitsi::door(*jitsi_, {.role = jitsi::Role::kPatient, .room = knock.provider_id, .ends_at = knock.ends_at},
                       now);
}

Ready SimpleAdapter::room(std::string token) const {
    std::string url = base_url_ + (jitsi::is_room(token) ? "/" : "/r/") + token;
    return Ready{.provider_id = std::move(token), .patient_url = std::move(url), .passcode = {}};
}

Step SimpleAdapter::next(const Operation& operation, const Position&, Instant now) const {
    if (auto checked = check(operation.intent); !checked && is_for_one_visit(operation.verb)) {
        return Answer(Failed{.fault = Failed::Fault::kInvalid, .sentence = checked.error().message, .retry_at = {}});
    }
    switch (operation.verb) {
        case Verb::kCreate: return Answer(room(jitsi_ ? entropy_.hex(kTokenBytes) : entropy_.base64url(kTokenBytes)));
        case Verb::kFind:
        case Verb::kUpdate:
            if (operation.provider_id.empty()) return Answer(Absent{});
            return is_room(operation.provider_id) ? Answer(room(operation.provider_id)) : not_ours();
        case Verb::kCancel:
            if (operation.provider_id.empty() || is_room(operation.provider_id)) return Answer(Cancelled{});
            return not_ours();
        // A room without signed doors has no owner: whoever enters first opens it.
        case Verb::kHostLink:
            if (operation.provider_id.empty()) return Answer(Absent{});
            if (!is_room(operation.provider_id)) return not_ours();
            if (jitsi_ && jitsi::is_room(operation.provider_id)) {
                return Answer(HostLink{jitsi::door(
                    *jitsi_,
                    {.role = jitsi::Role::kHost, .room = operation.provider_id, .ends_at = operation.intent.end},
                    now)});
            }
            return Answer(HostLink{Secret<>(room(operation.provider_id).patient_url)});
        case Verb::kCheck:
            if (jitsi_) {
                return Answer(Checked{
                    {{Finding::Level::kGood, "Doors to rooms under " + base_url_ +
                                                 " are signed for one person each. "
                                                 "Nothing is contacted to make them."},
                     {Finding::Level::kWarning,
                      "Try it once with two browsers: a patient must not be able to mute or remove anybody. By default "
                      "a Jitsi server lets every holder of a token do so; docs/meetings.md says what to switch."}}});
            }
            return Answer(Checked{{{Finding::Level::kGood, "Rooms are named under " + base_url_ +
                                                               ". Nothing is contacted to make one, so open a room " +
                                                               "in a browser to see that the address is right."}}});
        case Verb::kList: return Answer(Listed{});  // nobody keeps a list of rooms
    }
    return not_ours();
}

Turn SimpleAdapter::absorb(const Operation&, std::string_view, const Position&, const net::Outcome&, Instant) const {
    // Only next() makes requests, and it never does; a caller that switched adapters in mid-flight starts the operation
    // anew.
    return Answer(Failed{.fault = Failed::Fault::kTransient,
                         .sentence = "The meeting provider was changed while a request was on its way. Try again.",
                         .retry_at = {}});
}

}  // namespace clinicpro::meetings
