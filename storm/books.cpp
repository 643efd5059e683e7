// books.cpp: reads one clinic's tables, and the checks that need no more than a look.
#include "clinics/audit.hpp"
#include "payments/inbox.hpp"
#include "storm/checks.hpp"

#include <fstream>
#include <sstream>

namespace clinicpro::storm {
namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

void check_secrets(World& world, const std::string& database_path) {
    const std::string file = bytes_of(database_path) + bytes_of(database_path + "-wal");
    for (const auto& t : world.tenants) {
        const auto look = [&](const std::string& what, std::string_view kind) {
            if (world.log.find(what) != std::string::npos) world.breaks(8, "the log holds " + std::string(kind) + " of " + t->colour);
            if (file.find(what) != std::string::npos) {
                world.breaks(8, "the database file holds " + std::string(kind) + " of " + t->colour + " in clear");
            }
        };
        for (const std::string& phone : t->phones) look(phone, "a whole phone number");
        for (const std::string& secret : t->secrets) look(secret, "a secret");
        // Messages hold names and links; they are for one clinic's patients.
        for (const auto& other : world.tenants) {
            if (other != t && t->messages.find(other->colour) != std::string::npos) {
                world.breaks(7, "a message to a patient of " + t->colour + " holds what belongs to " + other->colour);
            }
        }
    }
}

// Nothing may be left that neither ends by itself nor stands on a list.
void check_rest(World& world) {
    const auto read = world.database->read([&](store::Tx& tx) -> Result<> {
        TRY(tx.each("SELECT clinic_id, kind, state, note FROM jobs ORDER BY id", [&](const store::Row& row) {
            world.breaks(4, "a job is left in clinic " + row.string(0) + ": " + row.string(1) + ", " + row.string(2) + ", " +
                                row.string(3));
        }));
        return {};
    });
    CHECK(read.has_value());
}

}  // namespace

const Books::Payment* Books::payment(int64_t id) const {
    const auto found = std::find_if(payments.begin(), payments.end(), [&](const Payment& p) { return p.id == id; });
    return found == payments.end() ? nullptr : &*found;
}

Books read_books(World& world, const Tenant& tenant, clinics::Vault& vault) {
    Books b;
    const auto read = world.database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, tenant.id);
        TRY(tx.each("SELECT id, method, state, receipt, attention, witness, account, result_code, invoice_id, amount_expected, "
                    "amount_received, amount_allocated, duplicate_of FROM transactions WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.payments.push_back({r.integer(0), r.string(1), r.string(2), r.string(3), r.string(4), r.string(5),
                                              r.string(6), r.string(7), r.integer(8), r.integer(9), r.integer(10), r.integer(11),
                                              r.integer(12)});
                    }));
        TRY(tx.each("SELECT transaction_id, invoice_id, amount, debit, credit FROM ledger WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.lines.push_back({r.integer(0), r.integer(1), r.integer(2), r.string(3), r.string(4)});
                    }));
        TRY(tx.each("SELECT id, amount_due, amount_paid, appointment_id, state FROM invoices WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.bills.push_back({r.integer(0), r.integer(1), r.integer(2), r.integer(3), r.string(4)});
                    }));
        TRY(tx.each("SELECT transaction_id, amount, state, reason FROM unallocated WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.unallocated.push_back({r.integer(0), r.integer(1), r.string(2), r.string(3)});
                    }));
        std::vector<std::pair<Books::Notice, int64_t>> notices;
        TRY(tx.each("SELECT method, state, note, id FROM inbox WHERE clinic_id = $1 ORDER BY id", [&](const store::Row& r) {
            notices.push_back({{r.string(0), r.string(1), r.string(2), {}}, r.integer(3)});
        }));
        for (auto& [notice, id] : notices) {
            TRY(const Secret<> body, payments::Inbox::open(tx, vault, InboxId{id}));
            notice.body = body.reveal();
            b.notices.push_back(std::move(notice));
        }
        TRY(tx.each("SELECT id, meeting_generation, ends_at, kind, state FROM appointments WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.visits.push_back({r.integer(0), r.integer(1), r.integer(2), r.string(3), r.string(4)});
                    }));
        TRY(tx.each("SELECT appointment_id, generation, state, note FROM meetings WHERE clinic_id = $1 ORDER BY id",
                    [&](const store::Row& r) {
                        b.meetings.push_back({r.integer(0), r.integer(1), r.string(2), r.string(3)});
                    }));
        TRY(tx.each("SELECT actor, action, subject FROM audit WHERE clinic_id = $1 ORDER BY seq", [&](const store::Row& r) {
            b.audit.push_back({r.string(0), r.string(1), r.string(2)});
        }));
        TRY(const auto chain, clinics::audit::verify_chain(tx));
        if (chain) world.breaks(9, "the audit chain of " + tenant.colour + " is broken at " + std::to_string(*chain));
        return {};
    });
    if (!read) world.breaks(4, "the books of " + tenant.colour + " cannot be read: " + read.error().message);
    return b;
}

void check(World& world, const std::string& database_path, clinics::Vault& vault) {
    for (auto& tenant : world.tenants) {
        const Books books = read_books(world, *tenant, vault);
        look_for_probes(*tenant, books);
        check_evidence(world, *tenant, books);
        check_money(world, *tenant, books);
        check_visits(world, *tenant, books);
        check_trail(world, *tenant, books);
        for (const auto& p : books.payments) {
            world.say(tenant->number, "payment " + p.method + " " + p.state + " " + p.receipt + " " + std::to_string(p.received) +
                                          (p.attention.empty() ? "" : " attention"));
        }
        for (const auto& bill : books.bills) {
            world.say(tenant->number, "invoice " + bill.state + " " + std::to_string(bill.paid) + " of " + std::to_string(bill.due));
        }
    }
    check_rest(world);
    check_secrets(world, database_path);
}

void check_visits(World& world, const Tenant& tenant, const Books& books) {
    for (const auto& visit : books.visits) {
        int ready = 0;
        bool current = false;
        for (const auto& meeting : books.meetings) {
            if (meeting.visit != visit.id) continue;
            if (visit.kind == "onsite") world.breaks(6, "an onsite visit of " + tenant.colour + " has a meeting");
            if (meeting.state != "ready") continue;
            ++ready;
            current = current || meeting.generation == visit.generation;
        }
        if (ready > 1) world.breaks(6, "a visit of " + tenant.colour + " has " + std::to_string(ready) + " live meetings");
        const bool wants = visit.kind == "virtual" && visit.state == "confirmed" && Instant{visit.ends_at} > world.clock.now();
        if (wants && !current) world.breaks(6, "a confirmed virtual visit of " + tenant.colour + " has no meeting");
        if (ready > 0 && (visit.state == "cancelled" || visit.state == "released")) {
            world.breaks(6, "a visit of " + tenant.colour + " is " + visit.state + " and its meeting lives");
        }
        if (ready > 0 && visit.state == "held") world.breaks(6, "a visit of " + tenant.colour + " is unpaid and has a meeting");
    }
    for (const auto& bill : books.bills) {
        if (bill.visit == 0 || (bill.state != "paid" && bill.state != "overpaid")) continue;
        for (const auto& visit : books.visits) {
            if (visit.id == bill.visit && visit.state == "held") {
                world.breaks(6, "an invoice of " + tenant.colour + " is paid and its visit is only held");
            }
        }
    }
}

void check_trail(World& world, const Tenant& tenant, const Books& books) {
    std::map<std::string, std::string> last;
    static const std::set<std::string> kStates = {"created", "sending", "pending", "unknown",
                                                  "paid",    "failed",  "expired", "paid_without_receipt"};
    for (const auto& entry : books.audit) {
        if (!entry.action.starts_with("payment.")) continue;
        const std::string state = entry.action.substr(8);
        if (!kStates.contains(state)) continue;
        std::string& before = last[entry.subject];
        if (before == "paid" && state != "paid") world.breaks(9, "a payment of " + tenant.colour + " left paid for " + state);
        before = state;
    }
    for (const auto& p : books.payments) {
        const std::string& told = last[TransactionId{p.id}.to_text()];
        if (told != p.state) {
            world.breaks(9, "a payment of " + tenant.colour + " is " + p.state + ", but the audit trail ends at \"" + told + "\"");
        }
    }
}

}  // namespace clinicpro::storm
