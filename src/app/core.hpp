// core.hpp: what every command needs before it can do anything: the database, the keys, ids and links.
#pragma once

#include <memory>

#include "app/settings.hpp"
#include "clinics/link.hpp"
#include "clinics/vault.hpp"
#include "crypto/entropy.hpp"
#include "mpesa/auth.hpp"
#include "mpesa/stk_push.hpp"
#include "store/open.hpp"

namespace clinicpro::app {

struct Core {
    Core() = default;
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;
    ~Core();  // gives the node number back

    Settings settings;
    SystemClock clock;
    crypto::SystemEntropy entropy;
    std::string holder;  // names this process among those on one database
    int node = -1;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<clinics::Vault> vault;
    std::unique_ptr<IdMaker> ids;
    std::unique_ptr<clinics::LinkSigner> links;
    std::unique_ptr<mpesa::Auth> auth;

    mpesa::Parts mpesa() { return {*vault, entropy, *links, *auth}; }
};

enum class Schema {
    kMustBeCurrent,  // an older database is refused with the cure
    kBringUpToDate,  // the server and `migrate` do that themselves
};
// Errors are sentences for the operator: no database, a newer one, no or a wrong master key.
Result<std::unique_ptr<Core>> open_core(const Settings& settings, Schema schema);

}  // namespace clinicpro::app
