// meeting_call.hpp: one question to a meeting provider in one go, for a person who waits for the answer.
//
// Reads in one transaction, asks outside any, remembers in another, as the jobs do, but in the caller's thread, which it
// blocks for at most kPatience. Nothing is made or moved this way. Tested by invoices/meeting_call_test.
#pragma once

#include "invoices/meeting_connection.hpp"

namespace clinicpro::invoices {

struct MeetingCall {
    store::Database& database;
    clinics::Vault& vault;
    MeetingSettings& settings;
    net::Client& client;
    IdMaker& ids;
    const Clock& clock;
    ClinicId clinic;
    std::string actor;

    static constexpr Duration kPatience = 25s;     // below what proxies and people wait
    static constexpr Duration kWaitMost = 3s;      // between two requests
    static constexpr Duration kHostEndsAfter = 1h; // after the visit's end nobody starts it any more

    // Tries the provider in use: token, permissions, host, plan. Each finding is a sentence that says what to do; when
    // none is a problem, a connection that was broken is taken up again. Error kConfig when no provider is chosen.
    Result<std::vector<meetings::Finding>> check(const std::string& host);
    // The clinician's way into a visit's meeting: fetched now, stored nowhere, audited. kConflict with a sentence when
    // there is no meeting to go to, kUnavailable when the provider does not give it.
    Result<Secret<>> host_link(AppointmentId appointment);

private:
    struct Picked {
        Provider provider;
        Connection connection;
    };
    using Pick = std::function<Result<Provider>(store::ClinicTx&)>;
    Result<Picked> pick(const Pick& which, const meetings::Operation& operation);
    Result<meetings::Answer> ask(const Pick& which, const meetings::Operation& operation, Picked& picked);
    Result<> write(const std::function<Result<>(jobs::Context&, store::ClinicTx&)>& body);
};

}  // namespace clinicpro::invoices
