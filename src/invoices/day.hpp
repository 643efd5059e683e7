// day.hpp: a clinic's day at a glance: what came in by hour, what waits for a person, who comes.
//
// Money is read from the ledger (what left "mpesa", less what went back), so it is right to the cent; ids are ordered
// by time, so two days are a short range of the ledger's own key. Counts stop at kCountMax: a desk needs to know that
// it is many. Tested by invoices/desk_search_test.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"

namespace clinicpro::invoices {

struct Received {
    std::array<Money, 24> by_hour{};  // of the East African day
    Money total;
    int64_t payments = 0;
};

struct DayMoney {
    Received today;
    Received yesterday;
    Money yesterday_so_far;  // until the same time of day
};

struct Waiting {  // for a person
    int64_t attention = 0;
    int64_t unallocated = 0;
    Money unallocated_amount;
    int64_t refunds_waiting = 0;  // for a person: to approve or decline, or to say how it ended
    int64_t notices_failed = 0;
    int64_t jobs_dead = 0;
    int64_t inbox_troubled = 0;
};

// A visit as a receptionist needs it.
struct AgendaEntry {
    Appointment visit;
    std::string patient;
    std::string phone_masked;
    InvoiceId invoice;  // the newest that is not void; 0: none
    InvoiceState invoice_state = InvoiceState::kOpen;
    Money still_due;
    std::string meeting;       // state of its meeting; empty: none
    std::string meeting_note;  // why it waits or failed

    // Paid or vouched for, soon, and nobody could enter.
    bool lacks_link() const {
        return visit.kind == AppointmentKind::kVirtual && visit.state == AppointmentState::kConfirmed &&
               meeting != "ready";
    }
};

namespace day {

inline constexpr int kCountMax = 1'000;

Result<DayMoney> money(store::ClinicTx& tx, Instant now);
Result<Waiting> waiting(store::ClinicTx& tx);
// In order of time; cancelled and released ones too.
Result<std::vector<AgendaEntry>> agenda(store::ClinicTx& tx, const appointments::Window& window);
// kNotFound.
Result<AgendaEntry> entry(store::ClinicTx& tx, AppointmentId id);

}  // namespace day
}  // namespace clinicpro::invoices
