// meeting_connection.hpp: our standing with one account at a meeting provider: its access token, and whether it lets us in.
//
// The token is sealed under the clinic whose settings lead to the account, and shared by every operation there, of
// whatever clinic. Only one operation at a time fetches a new one: providers may end the older token when they give a
// newer (meetings.md 3.1). A connection that the provider has ended is marked broken, and nothing is asked there until
// its settings change or a check finds it mended. Tested by invoices/meeting_connection_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "invoices/meeting_settings.hpp"

namespace clinicpro::invoices {

struct Connection {
    ClinicId owner;
    std::string provider;
    std::string account;  // meetings::Adapter::account
    int64_t version = 0;  // of the settings; what was kept from others is gone

    meetings::Grant grant = {};
    Instant asked_until = {};  // somebody is fetching a grant
    std::optional<Instant> broken_at = {};
    std::string note = {};  // why it is broken
};

namespace meeting_connections {

inline constexpr Duration kFetchSlack = 5s;    // above the time-out of the token's request
inline constexpr Duration kLookAgain = 250ms;  // while somebody else fetches the token
inline constexpr int kListMax = 200;           // accounts of one clinic: its practitioners

// Without a grant where the adapter contacts nobody.
Result<Connection> load(store::ClinicTx& tx, clinics::Vault& vault, const Provider& provider, std::string account);
// An empty grant is forgotten. Ends the fetching.
Result<> keep(store::ClinicTx& tx, clinics::Vault& vault, const Connection& connection, const meetings::Grant& grant);
// Marks that a grant is being fetched until `until`; in the past: no longer.
Result<> fetching(store::ClinicTx& tx, const Connection& connection, Instant until);
// Audited once, in the trail of the clinic whose connection it is.
Result<> broke(jobs::Context& context, store::ClinicTx& tx, const Connection& connection, std::string_view note);
// Let in again: what failed is tried again.
Result<> mended(jobs::Context& context, store::ClinicTx& tx, const Connection& connection, std::string_view actor);

// Which token a request left with, at the end of its step's name: "create@1764006000000000". Without a mark it fetches one.
struct Unmarked {
    std::string_view step, mark;
};
std::string mark_of(const meetings::Grant& grant);
std::string marked(std::string_view step, const meetings::Grant& grant);
Unmarked unmarked(std::string_view step);

struct Broken {
    std::string account;
    Instant since;
    std::string note;
};
// Of the accounts that the chosen settings lead to.
Result<std::vector<Broken>> broken(store::ClinicTx& tx, const MeetingSettings::Choice& choice);

}  // namespace meeting_connections
}  // namespace clinicpro::invoices
