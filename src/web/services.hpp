// services.hpp: what the controllers work with; made by app/wiring, outlives the server.
#pragma once

#include <functional>
#include <string>

#include "clinics/link.hpp"
#include "clinics/vault.hpp"
#include "invoices/meeting_settings.hpp"
#include "jobs/worker.hpp"
#include "mpesa/c2b.hpp"
#include "payments/inbox.hpp"
#include "payments/method.hpp"
#include "payments/refund.hpp"

namespace clinicpro::web {

struct Services {
    store::Database& database;
    clinics::Vault& vault;
    crypto::Entropy& entropy;
    const clinics::LinkSigner& links;
    IdMaker& ids;
    const Clock& clock;
    const payments::Methods& methods;
    payments::Inbox& inbox;
    mpesa::C2b& c2b;
    mpesa::Parts mpesa;
    payments::Payback& payback;
    invoices::MeetingSettings& meeting_settings;  // the one the meeting keeper uses
    net::Client& client;                          // for what a person waits for; everything else is asked by jobs
    std::string public_url;                       // how patients reach this server, without a slash at the end
    std::function<void()> wake;                   // tells the runner that there is work
    std::string database_folder = {};             // of an SQLite file, for the doctor to look at its disk
    std::function<bool()> is_ready;  // false while starting, draining, or when the runner cannot reach the database
};

}  // namespace clinicpro::web
