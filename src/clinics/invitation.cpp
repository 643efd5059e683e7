// invitation.cpp: rows of `invitations`.
#include "clinics/invitation.hpp"

#include "clinics/audit.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::clinics::invitations {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr size_t kTokenTextMax = 64;

std::unexpected<Error> no_such_invitation() {
    return fail(Code::kNotFound,
                "This link was used already, replaced by a newer one, or is older than three days. Ask "
                "your clinic's administrator for a new one.");
}

}  // namespace

Result<Secret<>> make(store::ClinicTx& tx, UserId id, crypto::Entropy& entropy, const users::Doer& by) {
    TRY(const User user, users::find(tx, id));
    if (user.disabled_at) return fail(Code::kConflict, "This person is disabled. Enable them first.", "user");
    Secret<> token(entropy.base64url(kTokenBytes));
    const std::string hash = crypto::sha256(token.reveal());
    TRY(tx.execute(
        "INSERT INTO invitations (clinic_id, user_id, hash, expires_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (clinic_id, user_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at",
        id, store::Blob{hash}, by.now + kLife));
    TRY(audit::append(tx, {.at = by.now, .actor = by.actor, .action = "user.invited", .subject = id.to_text()}));
    return token;
}

Result<User> find(store::Tx& tx, std::string_view token, Instant now) {
    if (token.empty() || token.size() > kTokenTextMax) return no_such_invitation();
    const std::string hash = crypto::sha256(token);
    ClinicId clinic;
    UserId id;
    TRY(tx.each(
        "SELECT clinic_id, user_id FROM invitations WHERE hash = $1 AND expires_at > $2",
        [&](const store::Row& row) {
            clinic = ClinicId{row.integer(0)};
            id = row.id<UserId>(1);
        },
        store::Blob{hash}, now));
    if (!id) return no_such_invitation();
    store::ClinicTx own(tx, clinic);
    TRY(User user, users::find(own, id));
    if (user.disabled_at) return no_such_invitation();
    return user;
}

Result<User> accept(store::Tx& tx, std::string_view token, const Secret<>& hash, Instant now) {
    TRY(const User user, find(tx, token, now));
    store::ClinicTx own(tx, user.clinic);
    const std::string mark = crypto::sha256(token);
    // Whoever deletes the row is the one: two at once cannot both choose the password.
    TRY(const int64_t taken, own.execute("DELETE FROM invitations WHERE clinic_id = $1 AND user_id = $2 AND hash = $3",
                                         user.id, store::Blob{mark}));
    if (taken == 0) return no_such_invitation();
    const std::string actor = user.id.to_text();
    TRY(users::set_password(own, user.id, hash, {actor, now}));
    return users::find(own, user.id);
}

Result<> withdraw(store::ClinicTx& tx, UserId id) {
    TRY(tx.execute("DELETE FROM invitations WHERE clinic_id = $1 AND user_id = $2", id));
    return {};
}

}  // namespace clinicpro::clinics::invitations
