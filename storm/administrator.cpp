// administrator.cpp: those who change settings while money is on its way: the clinic's administrator and the operator.
#include "base/text.hpp"
#include "storm/people.hpp"

namespace clinicpro::storm {
namespace {

// Safaricom gives the shortcode another passkey and the app another secret; somebody types them in, some minutes later.
void change_passkey(World& world, Tenant& tenant) {
    SOMETIMES(kCredentialsChanged);
    sandbox::Merchant& m = tenant.merchant;
    m.passkey = Secret<>(tenant.colour + "Passkey" + tenant.dice.pick("abcdef0123456789", 40));
    m.consumer_secret = Secret<>(tenant.colour + "Secret" + tenant.dice.pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 12));
    tenant.secrets.push_back(m.passkey.reveal());
    tenant.secrets.push_back(m.consumer_secret.reveal());
    CHECK(sandbox::put_merchant(tenant.host->daraja->world().config, m).has_value());
    world.say(tenant.number, "Safaricom changes the clinic's credentials");
    world.after(tenant.dice.between(Duration(1s), Duration(4min)),
                [&world, &tenant] { act(world, tenant, {"PUT", "/mpesa", mpesa_body(tenant, true, true)}); });
}

void learn_secret(Tenant& tenant, json::View made) {
    const auto secret = made["secret"].text();
    CHECK(secret.has_value());
    tenant.ear->know(*secret);
    tenant.secrets.push_back(*secret);
}

void change_hook_secret(World& world, Tenant& tenant) {
    act(world, tenant, {"POST", "/webhooks/" + tenant.hook + "/rotate", ""},
        [&tenant](const net::Response& answer, json::View made) {
            if (answer.status >= 300) return;
            SOMETIMES(kHookSecretRotated);
            learn_secret(tenant, made);
        });
}

void change_something(World& world, Tenant& tenant) {
    switch (tenant.dice.between(0, 9)) {
        case 8:
        case 9: change_passkey(world, tenant); break;
        case 6:
        case 7:
            if (!tenant.uses_rooms) break;
            tenant.rooms->revoke();
            world.say(tenant.number, "the provider's consent is revoked");
            world.after(tenant.dice.between(Duration(1min), Duration(30min)),
                        [&world, &tenant] { choose_rooms(world, tenant); });
            break;
        case 0:
            SOMETIMES(kCallbacksRotated);
            ++tenant.rotations;
            act(world, tenant, {"POST", "/mpesa/c2b-urls/rotate", ""});
            if (tenant.dice.chance(0.5)) act(world, tenant, {"POST", "/mpesa/c2b-urls", ""});
            break;
        case 1: {
            SOMETIMES(kSuspended);
            act(world, tenant,
                {"PUT", "/v1/clinics/" + std::to_string(tenant.id.value) + "/status", "{\"status\":\"suspended\"}",
                 true});
            world.after(tenant.dice.between(Duration(10s), Duration(10min)), [&world, &tenant] {
                act(world, tenant,
                    {"PUT", "/v1/clinics/" + std::to_string(tenant.id.value) + "/status", "{\"status\":\"active\"}",
                     true});
            });
            break;
        }
        case 2:
        case 3: {
            SOMETIMES(kSwitchedOff);
            act(world, tenant, {"PUT", "/mpesa", mpesa_body(tenant, false, false)});
            world.after(tenant.dice.between(Duration(5s), Duration(10min)),
                        [&world, &tenant] { act(world, tenant, {"PUT", "/mpesa", mpesa_body(tenant, false, true)}); });
            break;
        }
        default:
            SOMETIMES(kRoomsMoved);
            if (world.swarm.rooms && tenant.dice.chance(0.5)) return choose_rooms(world, tenant);
            act(world, tenant,
                {"PUT", "/meeting-provider",
                 "{\"provider\":\"simple\",\"base_url\":\"https://rooms" + tenant.dice.pick("0123456789", 3) + "." +
                     text::lower(tenant.colour) + ".example\"}"});
    }
}

}  // namespace

void plan_administrator(World& world, Tenant& tenant) {
    for (int i = 0; i < world.swarm.operator_acts; ++i) {
        world.after(tenant.dice.between(Duration(30s), world.swarm.length),
                    [&world, &tenant] { change_something(world, tenant); });
    }
    if (tenant.hook.empty()) return;
    Dice dice = stream(world.swarm.seed, "hook" + std::to_string(tenant.number));
    if (!dice.chance(0.3)) return;
    world.after(dice.between(Duration(1min), world.swarm.length),
                [&world, &tenant] { change_hook_secret(world, tenant); });
}

void choose_rooms(World& world, Tenant& tenant) {
    tenant.uses_rooms = true;
    act(world, tenant,
        {"PUT", "/meeting-provider", tenant.rooms->connect(rooms_host(tenant.number), tenant.colour + "RoomsSecret")});
}

void listen(World& world, Tenant& tenant) {
    const std::string body = "{\"url\":\"https://" + ear_host(tenant.number) + "/" + tenant.colour + "\",\"label\":\"books\"}";
    act(world, tenant, {"POST", "/webhooks", body}, [&world, &tenant](const net::Response& answer, json::View made) {
        CHECK(answer.status == 201);
        learn_secret(tenant, made);
        tenant.hook = made["id"].text().value_or("");
        const auto read = world.database->read([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, tenant.id);
            TRY(tx.each("SELECT cursor_seq FROM webhook_endpoints WHERE clinic_id = $1",
                        [&](const store::Row& row) { tenant.ear_from = row.integer(0); }));
            return {};
        });
        CHECK(read.has_value());
    });
}

std::string mpesa_body(const Tenant& tenant, bool with_secrets, bool active) {
    const sandbox::Merchant& m = tenant.merchant;
    json::Writer w;
    w.begin_object().field("environment", "custom").field("base_url", "https://" + tenant.host->name);
    w.field("shortcode_kind", m.is_till() ? "till" : "paybill").field("shortcode", m.receiver());
    w.field("store_number", m.is_till() ? m.shortcode : "").field("callback_base_url", "https://visits.clinic.co.ke");
    w.field("initiator_name", m.initiator).field("initiator_certificate", sandbox::Initiators::certificate());
    w.field("c2b_version", tenant.v1 ? "v1" : "v2").field("validation_policy", tenant.policy).field("active", active);
    if (with_secrets) {
        w.field("consumer_key", m.consumer_key).field("consumer_secret", m.consumer_secret.reveal());
        w.field("passkey", m.passkey.reveal()).field("initiator_password", m.initiator_password.reveal());
    }
    return w.end_object().take();
}

void plan_operator(World& world) {
    if (world.swarm.apart) return;
    for (int i = 0; i < world.swarm.operator_acts; ++i) {
        world.after(world.process.between(Duration(60s), world.swarm.length), [&world] {
            Instance* const server = any_server(world, world.process);
            if (server == nullptr) return;
            SOMETIMES(kKeysRotated);
            (void)server->vault().rewrap_all();
            world.say(0, "data keys wrapped anew");
        });
    }
}

}  // namespace clinicpro::storm
