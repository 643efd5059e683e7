// check_hooks.cpp: what a clinic's own system heard against what happened at the clinic (P-13).
#include "storm/checks.hpp"
#include "webhooks/event.hpp"

namespace clinicpro::storm {

void check_hooks(World& world, const Tenant& tenant) {
    if (!world.swarm.hooks) return;
    constexpr int kPage = 500;
    std::map<std::string, std::string> happened;
    const auto read = world.database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, tenant.id);
        for (int64_t seen = tenant.ear_from;;) {
            TRY(const webhooks::Page page, webhooks::after(tx, seen, kPage));
            for (const webhooks::Event& event : page.events) {
                happened[webhooks::id_of(tenant.id, event.seq)] = webhooks::body_of(tenant.id, event);
            }
            if (page.seen == seen) return {};
            seen = page.seen;
        }
    });
    CHECK(read.has_value());
    const auto& heard = tenant.ear->heard();
    for (const auto& [id, body] : happened) {
        const auto found = heard.find(id);
        if (found == heard.end()) {
            world.breaks(13, "the system of " + tenant.colour + " never heard of " + id + ": " + body);
        } else if (found->second != body) {
            world.breaks(13, "the system of " + tenant.colour + " heard of " + id + " what did not happen");
        }
    }
    for (const auto& [id, body] : heard) {
        if (!happened.contains(id)) world.breaks(13, "the system of " + tenant.colour + " heard of " + id + ", which never was");
    }
}

}  // namespace clinicpro::storm
