#include "clinics/sign_in.hpp"

#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/two_step.hpp"
#include "crypto/hash.hpp"
#include "crypto/password.hpp"

namespace clinicpro::clinics {
namespace {

constexpr size_t kWordMax = 200;  // of a clinic or a name, as typed

std::unexpected<Error> refused() {
    return fail(Code::kUnauthorised, "The clinic, the name or the password is not right. Check them and try again.");
}

}  // namespace

// What a read transaction knows about who wants in; without a user when there is none.
struct SignIn::Account {
    ClinicId clinic;
    bool suspended = false;
    std::optional<User> user = {};
    Secret<> hash = {};
    std::string mark = {};
    std::string address_mark = {};
};

SignIn::SignIn(store::Database& database, Vault& vault, IdMaker& ids, const Clock& clock)
    : database_(database), vault_(vault), ids_(ids), clock_(clock) {}

Result<SignIn::Account> SignIn::look_up(const Typed& typed, const Visitor& visitor) {
    Account account;
    const std::string clinic_word = text::lower(text::trim(typed.clinic).substr(0, kWordMax));
    const std::string name = text::lower(text::trim(typed.name).substr(0, kWordMax));
    TRY(database_.read([&](store::Tx& tx) -> Result<> {
        account = {};
        std::string counted = name;
        bool known = clinic_word.empty();
        if (!known) {
            const auto clinic = clinics::find(tx, clinic_word);
            if (clinic) {
                account.clinic = clinic->id;
                account.suspended = clinic->status == Clinic::Status::kSuspended;
                known = true;
            } else if (clinic.error().code != Code::kNotFound) {
                return std::unexpected(clinic.error());
            }
        }
        if (!known) counted += "\n" + clinic_word;  // counted as well, under the server
        store::ClinicTx own(tx, account.clinic);
        TRY(account.mark, throttle::mark_of(own, vault_, throttle::Kind::kPassword, counted));
        store::ClinicTx system(tx, kSystem);
        TRY(account.address_mark, throttle::mark_of(system, vault_, throttle::Kind::kAddress, visitor.address));
        auto user = users::find(own, known ? std::string_view(name) : std::string_view());
        if (!user && user.error().code != Code::kNotFound) return std::unexpected(std::move(user).error());
        account.hash = Secret<>(std::string(kNobody));
        if (user) {
            TRY(Secret<> hash, users::password_hash(own, user->id));
            if (!hash.empty() && !user->disabled_at) {
                account.hash = std::move(hash);
                account.user = *std::move(user);
            }
        }
        return {};
    }));
    return account;
}

Result<SignIn::Opened> SignIn::with_password(const Typed& typed, const Visitor& visitor) {
    TRY(const Account account, look_up(typed, visitor));
    bool last_free = false;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        const Instant now = clock_.now();
        store::ClinicTx system(tx, kSystem), own(tx, account.clinic);
        TRY(throttle::take(system, throttle::Kind::kAddress, account.address_mark, now));
        TRY(throttle::take(own, throttle::Kind::kPassword, account.mark, now));
        TRY(last_free, throttle::is_blocked(own, account.mark, now));
        TRY(throttle::sweep(tx, now));
        TRY(sessions::sweep(tx, now));
        return {};
    }));
    const bool right = crypto::password_matches(typed.password, account.hash.reveal()) && account.user;
    if (!right) {
        if (last_free && account.user) {
            TRY(database_.write([&](store::Tx& tx) -> Result<> {
                store::ClinicTx own(tx, account.clinic);
                TRY(audit::append(own, {.at = clock_.now(),
                                        .actor = "visitor",
                                        .action = "user.sign_in_throttled",
                                        .subject = account.user->id.to_text()}));
                return {};
            }));
        }
        return refused();
    }
    if (account.suspended) return fail(Code::kForbidden, "This clinic is suspended. Ask the operator of the server.");
    if (crypto::password_is_outdated(account.hash.reveal())) {
        const Secret<> fresh(crypto::hash_password(typed.password));
        TRY(database_.write([&](store::Tx& tx) -> Result<> {
            store::ClinicTx own(tx, account.clinic);
            return users::refresh_password(own, account.user->id, account.hash, fresh);
        }));
    }
    return open(account, visitor);
}

Result<SignIn::Opened> SignIn::open(const Account& account, const Visitor& visitor) {
    Opened opened;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        const Instant now = clock_.now();
        store::ClinicTx system(tx, kSystem), own(tx, account.clinic);
        TRY(throttle::give_back(system, throttle::Kind::kAddress, account.address_mark));
        TRY(throttle::give_back(own, throttle::Kind::kPassword, account.mark));
        // As it is now: somebody may have been disabled, or given the second step, while the password was compared.
        TRY(const User user, users::find(own, account.user->id));
        if (user.disabled_at) return refused();
        if (const auto old = sessions::find(tx, visitor.old_session, now); old && *old) {
            store::ClinicTx theirs(tx, (*old)->user.clinic);
            TRY(sessions::end(theirs, (*old)->user.id, (*old)->session.id));
        }
        opened.needs_code = user.has_totp;
        TRY(opened.token, sessions::begin(own,
                                          {.user = user.id,
                                           .stage = user.has_totp ? Session::Stage::kCode : Session::Stage::kFull,
                                           .peer = visitor.peer,
                                           .browser = visitor.browser},
                                          ids_, vault_.entropy(), now));
        if (opened.needs_code) return {};
        return sessions::note_sign_in(own, user.id, now);
    }));
    return opened;
}

Result<SignIn::Opened> SignIn::with_code(std::string_view token, std::string_view code, const Visitor& visitor) {
    const auto over = [] { return fail(Code::kUnauthorised, "That took longer than five minutes. Sign in again."); };
    Opened opened;
    bool right = false;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        const Instant now = clock_.now();
        right = false;
        TRY(const auto waiting, sessions::find(tx, token, now));
        if (!waiting || waiting->session.stage != Session::Stage::kCode) return over();
        const UserId id = waiting->user.id;
        store::ClinicTx own(tx, waiting->user.clinic);
        TRY(const std::string mark, throttle::mark_of(own, vault_, throttle::Kind::kCode, id.to_text()));
        TRY(throttle::take(own, throttle::Kind::kCode, mark, now));
        TRY(right, two_step::accept(own, vault_, id, code, now));
        if (!right) return {};  // the attempt stays counted
        TRY(throttle::give_back(own, throttle::Kind::kCode, mark));
        TRY(sessions::end(own, id, waiting->session.id));
        TRY(opened.token, sessions::begin(own, {.user = id, .peer = visitor.peer, .browser = visitor.browser}, ids_,
                                          vault_.entropy(), now));
        return sessions::note_sign_in(own, id, now);
    }));
    if (!right)
        return fail(Code::kInvalid, "This is not the code that the app shows now. Type the newest six digits.", "code");
    return opened;
}

Result<> SignIn::check_password(const SignedIn& who, const Secret<>& password, std::string_view field) {
    Secret<> hash;
    std::string mark;
    const throttle::Kind kind = throttle::Kind::kPassword;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        store::ClinicTx own(tx, who.user.clinic);
        TRY(mark, throttle::mark_of(own, vault_, kind, who.user.name));
        TRY(throttle::take(own, kind, mark, clock_.now()));
        TRY(hash, users::password_hash(own, who.user.id));
        return {};
    }));
    if (!crypto::password_matches(password, hash.reveal())) {
        return fail(Code::kInvalid, "This is not your password.", std::string(field));
    }
    return database_.write([&](store::Tx& tx) -> Result<> {
        store::ClinicTx own(tx, who.user.clinic);
        return throttle::give_back(own, kind, mark);
    });
}

Result<SignIn::Opened> SignIn::change_password(const SignedIn& who, const NewPassword& passwords,
                                               const Visitor& visitor) {
    TRY(users::check_password(passwords.new_one, who.user.name));
    TRY(check_password(who, passwords.old_one, "old_password"));
    const Secret<> hash(crypto::hash_password(passwords.new_one));
    Opened opened;
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        const Instant now = clock_.now();
        store::ClinicTx own(tx, who.user.clinic);
        TRY(users::set_password(own, who.user.id, hash, {who.principal().actor(), now}));
        TRY(opened.token, sessions::begin(own, {.user = who.user.id, .peer = visitor.peer, .browser = visitor.browser},
                                          ids_, vault_.entropy(), now));
        return {};
    }));
    return opened;
}

Result<User> SignIn::accept_invitation(std::string_view token, const Secret<>& password) {
    User user;
    TRY(database_.read([&](store::Tx& tx) -> Result<> {
        TRY(user, invitations::find(tx, token, clock_.now()));
        return {};
    }));
    TRY(users::check_password(password, user.name));
    const Secret<> hash(crypto::hash_password(password));
    TRY(database_.write([&](store::Tx& tx) -> Result<> {
        TRY(user, invitations::accept(tx, token, hash, clock_.now()));
        return {};
    }));
    return user;
}

}  // namespace clinicpro::clinics
