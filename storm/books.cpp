// books.cpp: reads one clinic's tables, and the checks that need no more than a look.
#include <sstream>

#include "clinics/audit.hpp"
#include "payments/inbox.hpp"
#include "storm/checks.hpp"
#include "storm/memory_disk.hpp"
#include "storm/needles.hpp"

namespace clinicpro::storm {
namespace {

void check_secrets(World& world, const std::string& database_path) {
    Needles needles;
    for (const std::string& token : world.tokens) needles.add(token, "an access token or a callback address");
    for (const auto& t : world.tenants) {
        for (const std::string& door : t->doors) needles.add(door, "the link of a patient of " + t->colour);
        for (const Rooms::Room& room : t->rooms->all()) {
            needles.add(room.url, "the address of a meeting of " + t->colour);
        }
        for (const std::string& phone : t->phones) needles.add(phone, "a whole phone number of " + t->colour);
        for (const std::string& secret : t->secrets) needles.add(secret, "a secret of " + t->colour);
        for (const std::string& secret : t->rooms->secrets()) needles.add(secret, "a consent given to " + t->colour);
    }
    needles.look(world.log, [&](const std::string& name) { world.breaks(8, "the log holds " + name); });
    for (const std::string& file : {database_path, database_path + "-wal"}) {
        needles.look(memory_disk::bytes_of(file),
                     [&](const std::string& name) { world.breaks(8, "the database file holds " + name + " in clear"); });
    }
    for (const auto& t : world.tenants) {
        // Messages hold names and links; they are for one clinic's patients.
        for (const auto& other : world.tenants) {
            if (other != t && says(t->messages, other->colour)) {
                world.breaks(7, "a message to a patient of " + t->colour + " holds what belongs to " + other->colour);
            }
        }
    }
}

// A line about one clinic holds nothing of another; patients' and clinics' names are coloured.
void check_log(World& world) {
    std::istringstream lines(world.log);
    for (std::string line; std::getline(lines, line);) {
        const size_t field = line.find(" clinic=");
        if (field == std::string::npos) continue;
        const int64_t clinic = std::strtoll(line.c_str() + field + 8, nullptr, 10);
        for (const auto& t : world.tenants) {
            if (clinic != t->id.value && says(line, t->colour)) {
                world.breaks(7, "a log line of another clinic names " + t->colour);
            }
        }
    }
}

// Sweeping never ends, and a reminder waits for its visit. Nothing else may be left that neither ends by itself nor stands on a list.
void check_rest(World& world) {
    const auto read = world.database->read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each(
            "SELECT clinic_id, kind, state, note FROM jobs WHERE kind NOT IN ('meeting.sweep', 'visit.remind') "
            "OR state = 'dead' ORDER BY id",
            [&](const store::Row& row) {
                world.breaks(4, "a job is left in clinic " + row.string(0) + ": " + row.string(1) + ", " +
                                    row.string(2) + ", " + row.string(3));
            }));
        store::ClinicTx system(tx, kSystem);
        TRY(const auto chain, clinics::audit::verify_chain(system));
        if (chain) world.breaks(9, "the server's own audit chain is broken at " + std::to_string(*chain));
        return {};
    });
    CHECK(read.has_value());
}

}  // namespace

bool is_at_work(World& world) {
    int64_t left = 0;
    const auto read = world.database->read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("SELECT COUNT(*) FROM jobs WHERE kind NOT IN ('meeting.sweep', 'visit.remind') AND state <> 'dead'",
                    [&](const store::Row& row) { left = row.integer(0); }));
        TRY(tx.each("SELECT COUNT(*) FROM webhook_endpoints e WHERE e.state = 'active' AND EXISTS (SELECT 1 FROM audit a WHERE "
                    "a.clinic_id = e.clinic_id AND a.seq > e.cursor_seq)",
                    [&](const store::Row& row) { left += row.integer(0); }));
        return {};
    });
    CHECK(read.has_value());
    return left > 0;
}

const Books::Payment* Books::payment(int64_t id) const {
    const auto found = std::find_if(payments.begin(), payments.end(), [&](const Payment& p) { return p.id == id; });
    return found == payments.end() ? nullptr : &*found;
}

Books read_books(World& world, const Tenant& tenant, clinics::Vault& vault) {
    Books b;
    const auto read = world.database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, tenant.id);
        TRY(tx.each(
            "SELECT id, method, state, receipt, attention, witness, account, result_code, invoice_id, amount_expected, "
            "amount_received, amount_allocated, duplicate_of, amount_held, amount_refunded FROM transactions WHERE clinic_id = $1 ORDER BY id",
            [&](const store::Row& r) {
                b.payments.push_back({r.integer(0), r.string(1), r.string(2), r.string(3), r.string(4), r.string(5),
                                      r.string(6), r.string(7), r.integer(8), r.integer(9), r.integer(10),
                                      r.integer(11), r.integer(12), r.integer(13), r.integer(14)});
            }));
        TRY(tx.each(
            "SELECT id, transaction_id, amount, amount_done, way, state, reason, requested_by, decided_by, reference, "
            "witness, attention FROM refunds WHERE clinic_id = $1 ORDER BY id",
            [&](const store::Row& r) {
                b.refunds.push_back({r.integer(0), r.integer(1), r.integer(2), r.integer(3), r.string(4), r.string(5),
                                     r.string(6), r.string(7), r.string(8), r.string(9), r.string(10), r.string(11)});
            }));
        TRY(tx.each(
            "SELECT transaction_id, invoice_id, amount, debit, credit, note FROM ledger WHERE clinic_id = $1 ORDER BY id",
            [&](const store::Row& r) {
                b.lines.push_back({r.integer(0), r.integer(1), r.integer(2), r.string(3), r.string(4), r.string(5)});
            }));
        TRY(tx.each(
            "SELECT id, amount_due, amount_paid, appointment_id, state FROM invoices WHERE clinic_id = $1 ORDER BY id",
            [&](const store::Row& r) {
                b.bills.push_back({r.integer(0), r.integer(1), r.integer(2), r.integer(3), r.string(4)});
            }));
        TRY(tx.each("SELECT transaction_id, amount, state, reason FROM unallocated WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.unallocated.push_back({r.integer(0), r.integer(1), r.string(2), r.string(3)});
                    }));
        std::vector<std::pair<Books::Notice, int64_t>> notices;
        TRY(tx.each("SELECT method, state, note, id FROM inbox WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        notices.push_back({{r.string(0), r.string(1), r.string(2), {}}, r.integer(3)});
                    }));
        for (auto& [notice, id] : notices) {
            TRY(const Secret<> body, payments::Inbox::open(tx, vault, InboxId{id}));
            notice.body = body.reveal();
            b.notices.push_back(std::move(notice));
        }
        TRY(
            tx.each("SELECT id, meeting_generation, starts_at, ends_at, link_generation, kind, state FROM appointments "
                    "WHERE clinic_id = $1 "
                    "ORDER BY id",
                    [&](const store::Row& r) {
                        b.visits.push_back({r.integer(0), r.integer(1), r.integer(2), r.integer(3), r.integer(4),
                                            r.string(5), r.string(6)});
                    }));
        TRY(tx.each(
            "SELECT appointment_id, generation, state, note, provider, provider_id FROM meetings WHERE clinic_id = $1 "
            "ORDER BY id",
            [&](const store::Row& r) {
                b.meetings.push_back({r.integer(0), r.integer(1), r.string(2), r.string(3), r.string(4), r.string(5)});
            }));
        TRY(tx.each(
            "SELECT transaction_id, amount, state, template, effect_key FROM notices WHERE clinic_id = $1 ORDER BY id",
            [&](const store::Row& r) {
                b.messages.push_back({r.integer(0), r.integer(1), r.string(2), r.string(3), r.string(4)});
            }));
        TRY(tx.each("SELECT actor, action, subject FROM audit WHERE clinic_id = $1 ORDER BY seq",
                    [&](const store::Row& r) { b.audit.push_back({r.string(0), r.string(1), r.string(2)}); }));
        TRY(const auto chain, clinics::audit::verify_chain(tx));
        if (chain) world.breaks(9, "the audit chain of " + tenant.colour + " is broken at " + std::to_string(*chain));
        return {};
    });
    if (!read) world.breaks(4, "the books of " + tenant.colour + " cannot be read: " + read.error().message);
    return b;
}

void check(World& world, const std::string& database_path, clinics::Vault& vault) {
    std::map<const Tenant*, Books> all;
    for (auto& tenant : world.tenants) {
        const Books& books = all[tenant.get()] = read_books(world, *tenant, vault);
        look_for_probes(*tenant, books);
        check_evidence(world, *tenant, books);
        check_money(world, *tenant, books);
        check_refunds(world, *tenant, books);
        check_visits(world, *tenant, books);
        check_trail(world, *tenant, books);
        check_messages(world, *tenant, books);
        check_hooks(world, *tenant);
        for (const auto& p : books.payments) {
            world.say(tenant->number, "payment " + p.method + " " + p.state + " " + p.receipt + " " +
                                          std::to_string(p.received) + (p.attention.empty() ? "" : " attention"));
        }
        for (const auto& r : books.refunds) {
            world.say(tenant->number, "refund by " + r.way + " " + r.state + " " + std::to_string(r.done) + " of " +
                                          std::to_string(r.amount) + (r.attention.empty() ? "" : " attention"));
        }
        for (const auto& bill : books.bills) {
            world.say(tenant->number,
                      "invoice " + bill.state + " " + std::to_string(bill.paid) + " of " + std::to_string(bill.due));
        }
    }
    check_rest(world);
    check_log(world);
    check_secrets(world, database_path);
    check_doors(world, all);
}

void check_trail(World& world, const Tenant& tenant, const Books& books) {
    struct Kind {
        std::string name;
        std::string end;  // nothing leaves it
        std::set<std::string> states;
    };
    static const Kind kKinds[] = {{"payment", "paid",
                                   {"created", "sending", "pending", "unknown", "paid", "failed", "expired",
                                    "paid_without_receipt"}},
                                  {"refund", "done",
                                   {"requested", "approved", "sending", "pending", "unknown", "done", "failed",
                                    "rejected", "cancelled"}}};
    std::map<std::string, std::string> last;
    for (const auto& entry : books.audit) {
        for (const Kind& kind : kKinds) {
            if (!entry.action.starts_with(kind.name + ".")) continue;
            const std::string state = entry.action.substr(kind.name.size() + 1);
            if (!kind.states.contains(state)) continue;
            std::string& before = last[entry.subject];
            if (before == kind.end && state != kind.end)
                world.breaks(9, "a " + kind.name + " of " + tenant.colour + " left " + kind.end + " for " + state);
            before = state;
        }
    }
    const auto compare = [&](const Kind& kind, const std::string& subject, const std::string& state) {
        const std::string& told = last[subject];
        if (told == state) return;
        world.breaks(9, "a " + kind.name + " of " + tenant.colour + " is " + state +
                            ", but the audit trail ends at \"" + told + "\"");
    };
    for (const auto& p : books.payments) compare(kKinds[0], TransactionId{p.id}.to_text(), p.state);
    for (const auto& r : books.refunds) compare(kKinds[1], RefundId{r.id}.to_text(), r.state);
}

}  // namespace clinicpro::storm
