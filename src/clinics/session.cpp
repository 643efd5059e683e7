// session.cpp: rows of `sessions`.
#include "clinics/session.hpp"

#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::clinics::sessions {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenText = 43;  // in base64url

Duration life_of(Session::Stage stage) {
    return stage == Session::Stage::kFull ? kLife : kCodeLife;
}

Session::Stage stage_from(std::string_view text) {
    return text == "full" ? Session::Stage::kFull : Session::Stage::kCode;
}

bool is_live(const Session& session, Instant now) {
    return now < session.created_at + life_of(session.stage) && now < session.seen_at + kIdle;
}

// The key of everything derived from a cookie; SHA-256 of the token is what the database holds, so it must not be that.
std::string csrf_key(std::string_view token) {
    return crypto::sha256("clinicpro csrf key:" + std::string(token));
}

}  // namespace

Result<Secret<>> begin(store::ClinicTx& tx, const Begin& wanted, IdMaker& ids, crypto::Entropy& entropy, Instant now) {
    Secret<> token(entropy.base64url(kTokenBytes));
    const std::string hash = crypto::sha256(token.reveal());
    std::string browser(text::is_utf8(wanted.browser) ? text::clip(wanted.browser, kBrowserMax) : "");
    std::erase_if(browser, [](char c) { return uint8_t(c) < 0x20; });
    TRY(
        tx.execute("INSERT INTO sessions (clinic_id, id, user_id, hash, stage, peer, browser, created_at, seen_at) "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
                   ids.make<SessionId>(), wanted.user, store::Blob{hash},
                   wanted.stage == Session::Stage::kFull ? "full" : "code", wanted.peer, browser, now));
    TRY(
        tx.execute("DELETE FROM sessions WHERE clinic_id = $1 AND user_id = $2 AND id NOT IN "
                   "(SELECT id FROM sessions WHERE clinic_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT $3)",
                   wanted.user, kSessionsPerUserMax));
    return token;
}

Result<> note_sign_in(store::ClinicTx& tx, UserId user, Instant now) {
    TRY(tx.execute("UPDATE users SET signed_in_at = $3 WHERE clinic_id = $1 AND id = $2", user, now));
    const std::string who = user.to_text();
    TRY(audit::append(tx, {.at = now, .actor = who, .action = "user.signed_in", .subject = who}));
    return {};
}

Result<std::optional<SignedIn>> find(store::Tx& tx, std::string_view token, Instant now) {
    if (token.size() != kTokenText) return std::nullopt;
    const std::string hash = crypto::sha256(token);
    std::optional<SignedIn> found;
    UserId user;
    ClinicId clinic;
    TRY(tx.each(
        "SELECT clinic_id, id, user_id, stage, peer, browser, created_at, seen_at FROM sessions WHERE hash = $1",
        [&](const store::Row& row) {
            clinic = ClinicId{row.integer(0)};
            user = row.id<UserId>(2);
            found.emplace();
            found->session = {.id = row.id<SessionId>(1),
                              .stage = stage_from(row.text(3)),
                              .peer = row.string(4),
                              .browser = row.string(5),
                              .created_at = row.instant(6),
                              .seen_at = row.instant(7)};
        },
        store::Blob{hash}));
    if (!found || !is_live(found->session, now)) return std::nullopt;
    store::ClinicTx own(tx, clinic);
    TRY(found->user, users::find(own, user));
    if (found->user.disabled_at) return std::nullopt;
    if (clinic == kSystem) return found;
    TRY(found->clinic, clinics::find(tx, clinic));
    if (found->clinic.status == Clinic::Status::kSuspended) {
        return fail(Code::kForbidden, "This clinic is suspended. Ask the operator of the server.");
    }
    return found;
}

Result<> touch(store::ClinicTx& tx, SessionId id, Instant now) {
    TRY(tx.execute("UPDATE sessions SET seen_at = $3 WHERE clinic_id = $1 AND id = $2 AND seen_at < $4", id, now,
                   now - kSeenEvery));
    return {};
}

Result<std::vector<Session>> list(store::ClinicTx& tx, UserId user, Instant now) {
    std::vector<Session> all;
    TRY(tx.each(
        "SELECT id, stage, peer, browser, created_at, seen_at FROM sessions WHERE clinic_id = $1 AND user_id = $2 "
        "ORDER BY id DESC LIMIT 100",
        [&](const store::Row& row) {
            Session one{.id = row.id<SessionId>(0),
                        .stage = stage_from(row.text(1)),
                        .peer = row.string(2),
                        .browser = row.string(3),
                        .created_at = row.instant(4),
                        .seen_at = row.instant(5)};
            if (is_live(one, now) && one.stage == Session::Stage::kFull) all.push_back(std::move(one));
        },
        user));
    return all;
}

Result<> end(store::ClinicTx& tx, UserId user, SessionId id) {
    TRY(const int64_t gone,
        tx.execute("DELETE FROM sessions WHERE clinic_id = $1 AND user_id = $2 AND id = $3", user, id));
    if (gone == 0) return fail(Code::kNotFound, "That session has ended already.", "session");
    return {};
}

Result<> end_all(store::ClinicTx& tx, UserId user, SessionId but) {
    TRY(tx.execute("DELETE FROM sessions WHERE clinic_id = $1 AND user_id = $2 AND id <> $3", user, but));
    return {};
}

Result<> sweep(store::Tx& tx, Instant now) {
    TRY(tx.execute(
        "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE created_at < $1 OR seen_at < $2 "
        "OR (stage = 'code' AND created_at < $3) LIMIT 500)",
        now - kLife, now - kIdle, now - kCodeLife));
    return {};
}

std::string csrf_token(std::string_view token) {
    return text::to_base64url(crypto::mac(csrf_key(token), "form", 32));
}

bool csrf_matches(std::string_view token, std::string_view sent) {
    return !token.empty() && crypto::equal_in_constant_time(csrf_token(token), sent);
}

}  // namespace clinicpro::clinics::sessions
