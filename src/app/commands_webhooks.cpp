// clinicpro webhooks, events, listen: telling other programs what happens at a clinic.
#include <CLI/CLI.hpp>
#include <thread>

#include "app/commands.hpp"
#include "clinics/audit.hpp"
#include "net/client.hpp"
#include "webhooks/delivery.hpp"

namespace clinicpro::app {
namespace {

using webhooks::EndpointId;

struct Options {
    std::string clinic, url, label, types, webhook, event, forward, secret;
    int limit = 50;
    int64_t after = 0;
    bool once = false;
};

Result<> audit(jobs::Context& context, store::ClinicTx& tx, std::string_view action, const std::string& subject) {
    const std::string actor = Cli::actor();
    TRY(clinics::audit::append(tx, {.at = context.now(), .actor = actor, .action = action, .subject = subject}));
    return {};
}

Result<> add(Core& core, const Options& o) {
    webhooks::Made made;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(made, webhooks::endpoints::create(context, tx, *core.vault, {.url = o.url, .label = o.label, .types = o.types}));
        return audit(context, tx, "webhook.created", made.endpoint.id.to_text());
    }));
    print(made.endpoint.id.to_text());
    print(made.secret.reveal());
    print("Give this secret to the receiving program now: it cannot be shown again.");
    return {};
}

Result<> list(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const auto all, webhooks::endpoints::list(tx));
        for (const auto& one : all) {
            print(one.id.to_text() + "\t" + one.state + "\t" + one.url + "\t" + (one.types.empty() ? "all" : one.types) + "\t" + one.label);
        }
        if (all.empty()) print("No webhooks. Add one with `clinicpro webhooks add`.");
        return {};
    });
}

Result<> rotate(Core& core, const Options& o) {
    TRY(const EndpointId id, EndpointId::parse(o.webhook));
    webhooks::Made made;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(made, webhooks::endpoints::rotate(context, tx, *core.vault, id));
        return audit(context, tx, "webhook.secret_rotated", o.webhook);
    }));
    print(made.secret.reveal());
    print("The old secret signs as well until " + to_iso(*made.endpoint.old_until) + ".");
    return {};
}

Result<> set_state(Core& core, const Options& o, std::string_view state) {
    TRY(const EndpointId id, EndpointId::parse(o.webhook));
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(webhooks::endpoints::set_state(context, tx, id, state));
        return audit(context, tx, "webhook." + std::string(state), o.webhook);
    }));
    print(state == "active" ? "It is told what it missed, and what happens from now on." : "It is told nothing until it is started again.");
    return {};
}

Result<> remove(Core& core, const Options& o) {
    TRY(const EndpointId id, EndpointId::parse(o.webhook));
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(webhooks::endpoints::remove(tx, id));
        return audit(context, tx, "webhook.removed", o.webhook);
    }));
    print("Removed.");
    return {};
}

Result<> ping(Core& core, const Options& o) {
    TRY(const EndpointId id, EndpointId::parse(o.webhook));
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(webhooks::deliveries::ping(context, tx, id));
        return {};
    }));
    print("test.ping is on its way, if the server runs. See `clinicpro webhooks deliveries`.");
    return {};
}

Result<> list_deliveries(Core& core, const Options& o) {
    TRY(const EndpointId id, EndpointId::parse(o.webhook));
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(webhooks::endpoints::find(tx, id));
        TRY(const auto all, webhooks::deliveries::list(tx, id, 0, o.limit));
        for (const auto& one : all) {
            print(to_iso(one.created_at) + "\t" + one.state + "\t" + one.type + "\t" +
                  (one.seq == 0 ? "-" : webhooks::id_of(tx.clinic(), one.seq)) + "\t" + std::to_string(one.tries) + " tries\t" + one.note);
        }
        if (all.empty()) print("Nothing was sent to it yet.");
        return {};
    });
}

Result<> list_events(Core& core, const Options& o) {
    return look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        TRY(const webhooks::Page page, webhooks::after(tx, o.after, o.limit));
        for (const auto& one : page.events) {
            print(webhooks::id_of(tx.clinic(), one.seq) + "\t" + to_iso(one.at) + "\t" + one.type + "\t" + one.subject + "\t" + one.detail);
        }
        print("Next: --after " + std::to_string(page.seen));
        return {};
    });
}

Result<> resend(Core& core, const Options& o) {
    int count = 0;
    TRY(for_clinic(core, o.clinic, [&](store::ClinicTx& tx, jobs::Context& context) -> Result<> {
        TRY(const int64_t seq, webhooks::seq_of(tx.clinic(), o.event));
        EndpointId only;
        if (!o.webhook.empty()) {
            TRY(only, EndpointId::parse(o.webhook));
        }
        TRY(count, webhooks::deliveries::resend(context, tx, seq, only));
        return audit(context, tx, "webhook.event_resent", o.event);
    }));
    print(count == 0 ? "No active webhook wants events of this type." : "On its way to " + std::to_string(count) + " webhook(s), if the server runs.");
    return {};
}

// One event to the program that is being written, signed as the server would.
Result<> forward(net::Client& client, const Options& o, const Secret<>& secret, ClinicId clinic, const webhooks::Event& event, Instant now) {
    const std::string id = webhooks::id_of(clinic, event.seq);
    std::string body = webhooks::body_of(clinic, event);
    const int64_t seconds = now.micros / 1'000'000;
    const net::Outcome outcome = net::send_and_wait(
        client, {.url = o.forward,
                 .headers = {{"Content-Type", "application/json"},
                             {"webhook-id", id},
                             {"webhook-timestamp", std::to_string(seconds)},
                             {"webhook-signature", webhooks::sign({secret}, id, seconds, body)}},
                 .body = std::move(body),
                 .timeout = webhooks::kTimeout});
    if (const auto* answer = std::get_if<net::Response>(&outcome)) {
        print("  -> " + std::to_string(answer->status) + " " + std::string(net::reason_phrase(answer->status)));
    } else {
        print("  -> no answer from " + o.forward);
    }
    return {};
}

Result<> listen(Core& core, const Options& o) {
    Secret<> secret;
    if (!o.forward.empty()) {
        if (o.secret.empty()) {
            secret = webhooks::make_secret(core.entropy);
            print("Signed with " + secret.reveal());
        } else {
            TRY(secret, read_secret(o.secret));
            TRY(webhooks::check_secret(secret));
        }
    }
    int64_t seen = 0;
    ClinicId clinic;
    TRY(look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
        clinic = tx.clinic();
        TRY(const auto head, clinics::audit::head(tx));
        seen = o.after > 0 ? o.after : head.seq;
        return {};
    }));
    print("Listening to what happens at " + o.clinic + ". Ctrl-C ends it.");
    net::CurlClient client;
    for (;;) {
        webhooks::Page page;
        TRY(look_at_clinic(core, o.clinic, [&](store::ClinicTx& tx) -> Result<> {
            TRY(page, webhooks::after(tx, seen, webhooks::kSpreadMax));
            return {};
        }));
        for (const auto& one : page.events) {
            if (!webhooks::wants(o.types, one.type)) continue;
            print(to_iso(one.at) + "  " + one.type + "  " + webhooks::id_of(clinic, one.seq) + "  " + one.subject);
            if (!o.forward.empty()) TRY(forward(client, o, secret, clinic, one, core.clock.now()));
            if (o.once) return {};
        }
        seen = page.seen;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
}

}  // namespace

void add_webhook_commands(CLI::App& app, Cli& cli) {
    auto o = std::make_shared<Options>();
    const auto command = [&cli, o](CLI::App* parent, const char* name, const char* help, std::function<Result<>(Core&, const Options&)> run) {
        auto* one = parent->add_subcommand(name, help);
        one->add_option("--clinic", o->clinic, "slug or number")->required();
        one->callback([&cli, o, run = std::move(run)] {
            cli.action = [&cli, o, run]() -> Result<> {
                TRY(const auto core, cli.core());
                return run(*core, *o);
            };
        });
        return one;
    };

    auto* hooks = app.add_subcommand("webhooks", "tell other programs what happens (Standard Webhooks)");
    hooks->require_subcommand(1);
    hooks->footer("Example: clinicpro webhooks add --clinic mlimani --url https://app.example/hooks --types \"payment.paid appointment.*\"");
    auto* made = command(hooks, "add", "an address; its secret is shown once", add);
    made->add_option("--url", o->url, "https; plain http only to this machine")->required();
    made->add_option("--types", o->types, "types or families, separated by blanks; left out: all");
    made->add_option("--label", o->label, "what it is for");
    command(hooks, "list", "every address", list);
    const std::pair<const char*, std::pair<const char*, std::function<Result<>(Core&, const Options&)>>> on_one[] = {
        {"rotate", {"a new secret; each one before signs as well for a day", rotate}},
        {"stop", {"tell it nothing for now", [](Core& core, const Options& options) { return set_state(core, options, "stopped"); }}},
        {"start", {"tell it again, and what it missed", [](Core& core, const Options& options) { return set_state(core, options, "active"); }}},
        {"ping", {"send it test.ping", ping}},
        {"deliveries", {"what was sent to it, newest first", list_deliveries}},
        {"remove", {"forget it", remove}},
    };
    for (const auto& [name, what] : on_one) {
        auto* one = command(hooks, name, what.first, what.second);
        one->add_option("webhook", o->webhook, "its id, whk_...")->required();
        if (std::string_view(name) == "deliveries") one->add_option("--limit", o->limit, "how many")->check(CLI::Range(1, 200));
    }

    auto* events = app.add_subcommand("events", "what happened, as webhooks tell it");
    events->require_subcommand(1);
    events->footer("Example: clinicpro events resend --clinic mlimani evt_1_1042");
    auto* shown = command(events, "list", "oldest first", list_events);
    shown->add_option("--after", o->after, "the number that the page before ended with")->check(CLI::NonNegativeNumber);
    shown->add_option("--limit", o->limit, "how many entries of the audit trail to look at")->check(CLI::Range(1, 500));
    auto* again = command(events, "resend", "tell one once more", resend);
    again->add_option("event", o->event, "its id, evt_...")->required();
    again->add_option("--webhook", o->webhook, "only to this one, whatever it wants");

    auto* ear = command(&app, "listen", "print what happens, and hand it to a program on this machine", listen);
    ear->add_option("--forward", o->forward, "such as http://localhost:3000/hooks");
    ear->add_option("--types", o->types, "types or families, separated by blanks; left out: all");
    ear->add_option("--secret", o->secret, "whsec_..., as env:NAME, file:PATH or -; left out: a new one, printed");
    ear->add_option("--after", o->after, "begin after this entry of the audit trail; left out: with what happens next");
    ear->add_flag("--once", o->once, "stop after the first event");
    ear->footer("Example: clinicpro listen --clinic mlimani --forward http://localhost:3000/hooks --types \"payment.*\"");
}

}  // namespace clinicpro::app
