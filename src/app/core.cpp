#include "app/core.hpp"

#include <unistd.h>

#include "crypto/seal.hpp"
#include "store/row_security.hpp"

namespace clinicpro::app {

Core::~Core() {
    if (database && node >= 0) (void)store::release_node(*database, node, holder, clock.now());
    database.reset();  // finishes what is queued, which may still need the vault
}

Result<std::unique_ptr<Core>> open_core(const Settings& settings, Schema schema) {
    auto core = std::make_unique<Core>();
    core->settings = settings;
    // The key first: a server that could not open its secrets must not touch the database.
    TRY(const Secret<> key_text, settings.master_key_text());
    TRY(crypto::Keyring keyring, crypto::Keyring::parse(key_text));

    TRY(core->database, store::open({.url = settings.database}));
    if (schema == Schema::kBringUpToDate) {
        TRY(const auto report, store::migrate(*core->database));
        if (report.before != report.after) {
            log::info("store.migrated", {{"from", report.before}, {"to", report.after}});
        }
        bool binds = false;
        TRY(core->database->read([&](store::Tx& tx) -> Result<> {
            TRY(binds, store::row_security_binds(tx));
            return {};
        }));
        if (!binds) {
            log::warn("store.row_security_off",
                      {{"advice", "this database role is a superuser or has BYPASSRLS; give ClinicPro a role of its own"}});
        }
    } else {
        TRY(const auto report, store::inspect(*core->database));
        if (report.before != report.known) {
            return fail(Code::kConfig, "The database is at version " + std::to_string(report.before) + " and this program "
                                       "needs " + std::to_string(report.known) + ". Run `clinicpro migrate` first.");
        }
    }
    TRY(core->vault, clinics::Vault::open(*core->database, std::move(keyring), core->entropy));
    core->holder = std::to_string(::getpid()) + "-" + core->entropy.hex(8);
    TRY(core->node, store::claim_node(*core->database, core->holder, core->clock.now()));
    core->ids = std::make_unique<IdMaker>(core->clock, core->node);
    core->links = std::make_unique<clinics::LinkSigner>(core->vault->system());
    core->auth = std::make_unique<mpesa::Auth>(*core->vault, core->entropy);
    return core;
}

}  // namespace clinicpro::app
