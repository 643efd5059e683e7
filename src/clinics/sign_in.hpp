// sign_in.hpp: from a name and a password to a session.
//
// Unknown clinic, unknown name, wrong password, no password yet and a disabled person get one answer, after the same
// work: the same statements, and one hash compared. Attempts are counted before they are looked at (throttle.hpp). Each
// call blocks and hashes for about a tenth of a second: run it on threads of its own, a few at a time, never on an I/O
// thread, never inside a transaction. Tested by clinics/sign_in_test.
#pragma once

#include <string>
#include <string_view>

#include "clinics/session.hpp"
#include "clinics/throttle.hpp"

namespace clinicpro::clinics {

// The hash of a password that was thrown away: an unknown name is compared with it, at today's cost (sign_in_test).
inline constexpr std::string_view kNobody =
    "$argon2id$v=19$m=65536,t=3,p=1$OOtoanMFmqbcq1zMdx7s4A$MTyDBPR6/1OrSfQKtzfAbYt7Fkmn1NEBAVdiVu+GKZw";

class SignIn final {
public:
    SignIn(store::Database& database, Vault& vault, IdMaker& ids, const Clock& clock);

    struct Visitor {
        std::string address;      // what attempts are counted by
        std::string peer;         // shown to the person later
        std::string browser;      // as it calls itself
        std::string old_session;  // the cookie it had: ended, so that nobody else's session is taken over
    };
    struct Typed {
        std::string clinic;  // slug or number; empty: the server itself, for operators
        std::string name;
        Secret<> password;
    };
    struct Opened {
        Secret<> token;           // of the new session
        bool needs_code = false;  // it is of stage `code`
    };
    // Errors: kUnauthorised with one sentence for everything that is wrong; kTooMany; kForbidden when the clinic is
    // suspended, told only to who has the right password.
    Result<Opened> with_password(const Typed& typed, const Visitor& visitor);
    // `token` is of stage `code`. kUnauthorised when it is over; kInvalid, field "code", when the code is wrong.
    Result<Opened> with_code(std::string_view token, std::string_view code, const Visitor& visitor);

    struct NewPassword {
        Secret<> old_one;
        Secret<> new_one;
    };
    // Ends every session of the person; gives back one for this browser. kInvalid, field "old_password" or "password".
    Result<Opened> change_password(const SignedIn& who, const NewPassword& passwords, const Visitor& visitor);
    // Chooses a password by an invitation. Whoever has a second step still has to pass it by signing in.
    Result<User> accept_invitation(std::string_view token, const Secret<>& password);
    // Whether this is the person's password; counted like signing in.
    Result<> check_password(const SignedIn& who, const Secret<>& password, std::string_view field);

private:
    struct Account;
    Result<Account> look_up(const Typed& typed, const Visitor& visitor);
    Result<Opened> open(const Account& account, const Visitor& visitor);

    store::Database& database_;
    Vault& vault_;
    IdMaker& ids_;
    const Clock& clock_;
};

}  // namespace clinicpro::clinics
