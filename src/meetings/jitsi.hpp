// jitsi.hpp: personal, expiring ways into a room on the clinic's own Jitsi server, signed here.
//
// A token (JWT, HS256 with the secret that the server shares with us) names one room, one person and one end, and says
// whether he moderates. Nothing is asked of anybody, so it cannot fail. The server must be set up to believe it:
// docs/meetings.md, with the trap that by default every holder of a token moderates (meetings.md 4.1).
// Tested by meetings/jitsi_test, and by tests/jitsi_peer_test.sh against another implementation.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace clinicpro::meetings {

struct JitsiSettings {
    std::string base_url;  // "https://meet.clinic.example"
    std::string app_id;    // JWT_APP_ID of the server
    Secret<> app_secret;   // JWT_APP_SECRET; at least kSecretMin bytes
    std::string subject;   // the claim sub: the server's domain or tenant; empty: the host of base_url

    static constexpr size_t kSecretMin = 32;  // HS256 with a shorter key can be guessed offline (RFC 7518, 3.2)
};

namespace jitsi {

// Error kConfig names the setting.
Result<JitsiSettings> check(JitsiSettings settings);

enum class Role { kPatient, kHost };
struct Pass {
    Role role = Role::kPatient;
    std::string_view room;
    Instant ends_at;  // of the visit; long ago or unknown: kShortest from now
};
// A door that opens until kAfterEnd after the visit, so that somebody whose connection breaks can come back.
Secret<> door(const JitsiSettings& settings, const Pass& pass, Instant now);
inline constexpr Duration kAfterEnd = 60min;
inline constexpr Duration kShortest = 15min;
inline constexpr Duration kLongest = 25h;
inline constexpr Duration kClockSkew = 60s;  // between this machine and the server

// 128 random bits as lower-case hex: Jitsi folds the case of room names, so letters of both cases would lose some.
inline constexpr size_t kRoomChars = 32;
bool is_room(std::string_view text);

}  // namespace jitsi
}  // namespace clinicpro::meetings
