// auth.hpp: access tokens, shared by everyone who uses the same Daraja app.
//
// One sealed row per (host, consumer key, secret) in the database, because a new token may kill the one before (daraja.md 1):
// two clinics under one app, or two instances, must not fetch behind each other's back. Whoever claims the row fetches;
// the others wait. The same row holds the app's budget of status queries. Tested by mpesa/auth_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mpesa/config.hpp"
#include "net/http.hpp"

namespace clinicpro::mpesa {

struct Access {
    Secret<> token;
    std::string mark;  // names this token without telling it, so that only this one is forgotten
};
struct Wait {
    Instant until;  // somebody else is fetching, or the budget is spent
};

class Auth {
public:
    Auth(clinics::Vault& vault, crypto::Entropy& entropy) : vault_(vault), entropy_(entropy) {}

    // A token to use now; or the request that fetches one, which the caller has claimed and must send and absorb; or
    // when to ask again.
    Result<std::variant<Access, net::ClientRequest, Wait>> access(store::ClinicTx& tx, const Config& config,
                                                                  Instant now);
    // Takes the answer to that request. kConfig: the credentials are wrong. kUnavailable: try again later.
    Result<> absorb(store::ClinicTx& tx, const Config& config, const net::Outcome& outcome, Instant now);
    // Drops the token named by `mark`, unless somebody has replaced it already.
    Result<> forget(store::ClinicTx& tx, const Config& config, std::string_view mark);

    // Whether Daraja gave a token for these credentials before; nobody is asked.
    Result<bool> was_accepted(store::ClinicTx& tx, const Config& config);

    // Takes one status query from the app's budget, or says when the next is free.
    Result<std::optional<Wait>> take_query(store::ClinicTx& tx, const Config& config, Instant now);

private:
    Result<std::string> row_name(store::ClinicTx& tx, const Config& config);
    clinics::Vault& vault_;
    crypto::Entropy& entropy_;
};

}  // namespace clinicpro::mpesa
