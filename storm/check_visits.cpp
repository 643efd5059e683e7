// check_visits.cpp: visits, their meetings here and at the provider, and what patients were told (P-06, P-11).
#include <map>

#include "storm/checks.hpp"
#include "storm/gate.hpp"

namespace clinicpro::storm {
namespace {

constexpr Duration kRounding = 1s;  // Zoom knows whole seconds

// The provider's list of rooms against ours, both ways.
void check_rooms(World& world, const Tenant& tenant, const Books& books) {
    for (const Rooms::Room& room : tenant.rooms->all()) {
        if (!room.is_live) continue;
        const auto row = std::ranges::find_if(books.meetings, [&](const Books::Meeting& m) {
            return m.provider == tenant.rooms->provider() && m.provider_id == room.id;
        });
        if (row == books.meetings.end()) {
            world.breaks(6, "a meeting of " + tenant.colour + " lives at the provider and no visit knows of it");
            continue;
        }
        if (row->state != "ready")
            world.breaks(6, "a meeting of " + tenant.colour + " lives at the provider and is " + row->state +
                                " here: " + row->note);
        const auto visit = std::ranges::find(books.visits, row->visit, &Books::Visit::id);
        const bool is_confirmed = visit != books.visits.end() && visit->state == "confirmed";
        if (is_confirmed && std::chrono::abs(room.start - Instant{visit->starts_at}) >= kRounding) {
            world.breaks(6, "a meeting of " + tenant.colour + " starts at another time than its visit");
        }
    }
    for (const Books::Meeting& m : books.meetings) {
        if (m.provider != tenant.rooms->provider() || m.state != "ready") continue;
        const auto room = tenant.rooms->find(m.provider_id);
        if (!room || !room->is_live)
            world.breaks(6, "a ready meeting of " + tenant.colour + " is not there at the provider");
    }
}

}  // namespace

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
        if (ready > 1)
            world.breaks(6, "a visit of " + tenant.colour + " has " + std::to_string(ready) + " live meetings");
        const bool wants =
            visit.kind == "virtual" && visit.state == "confirmed" && Instant{visit.ends_at} > world.clock.now();
        if (wants && !current) world.breaks(6, "a confirmed virtual visit of " + tenant.colour + " has no meeting");
        if (ready > 0 && (visit.state == "cancelled" || visit.state == "released")) {
            world.breaks(6, "a visit of " + tenant.colour + " is " + visit.state + " and its meeting lives");
        }
        if (ready > 0 && visit.state == "held")
            world.breaks(6, "a visit of " + tenant.colour + " is unpaid and has a meeting");
    }
    for (const auto& bill : books.bills) {
        if (bill.visit == 0 || (bill.state != "paid" && bill.state != "overpaid")) continue;
        for (const auto& visit : books.visits) {
            if (visit.id == bill.visit && visit.state == "held") {
                world.breaks(6, "an invoice of " + tenant.colour + " is paid and its visit is only held");
            }
        }
    }
    check_rooms(world, tenant, books);
}

void check_doors(World& world, const std::map<const Tenant*, Books>& books) {
    struct Door {
        int64_t starts_at;
        const Tenant* tenant;
        std::string token, url;
    };
    std::vector<Door> doors;
    for (const auto& t : world.tenants) {
        const Tenant* const tenant = t.get();
        const Books& book = books.at(tenant);
        for (const std::string& token : tenant->doors) {
            const auto link = world.links->verify_short(clinics::Link::Purpose::kJoin, token);
            if (!link || link->clinic != tenant->id) {
                world.breaks(7, "a message of " + tenant->colour + " has a link that is not the clinic's");
                continue;
            }
            const auto visit = std::ranges::find(book.visits, link->subject, &Books::Visit::id);
            if (visit == book.visits.end() || visit->state != "confirmed" || visit->link_generation != link->generation)
                continue;
            const auto meeting = std::ranges::find_if(
                book.meetings, [&](const Books::Meeting& m) { return m.visit == visit->id && m.state == "ready"; });
            if (meeting == book.meetings.end()) continue;
            const auto room =
                meeting->provider == tenant->rooms->provider() ? tenant->rooms->find(meeting->provider_id) : std::nullopt;
            doors.push_back({visit->starts_at, tenant, token, room ? room->url : ""});
        }
    }
    std::ranges::sort(doors, {}, [](const Door& door) { return std::pair(door.starts_at, door.token); });
    for (const Door& door : doors) {
        world.clock.set(Instant{door.starts_at});
        Instance* const server = any_server(world, world.process);
        CHECK(server != nullptr);
        net::Request request;
        request.method = "POST";
        request.path = "/j/" + door.token;
        const auto answer = server->ask(std::move(request));
        const std::string to(answer ? answer->header("Location") : std::string_view());
        const bool leads = answer && answer->status == 303 && (door.url.empty() ? !to.empty() : to == door.url);
        // Where the meeting has a passcode a page shows it, with the link.
        const bool shows = answer && answer->status == 200 && !door.url.empty() &&
                           answer->body.find("href=\"" + door.url + "\"") != std::string::npos;
        if (leads || shows) {
            SOMETIMES(kDoorOpened);
        } else {
            world.breaks(6, "the link in a message of " + door.tenant->colour +
                                " does not lead to the meeting: " + std::to_string(answer ? answer->status : 0));
        }
    }
}

void check_messages(World& world, const Tenant& tenant, const Books& books) {
    std::map<std::tuple<int64_t, int64_t, std::string>, int64_t> told;
    for (const Books::Message& m : books.messages) {
        if (m.state == "queued") world.breaks(11, "a message of " + tenant.colour + " is still queued");
        if (m.which == "refunded") continue;  // check_refunds
        if (m.payment == 0) continue;
        // A person may book money that was left over to the same invoice later on: he who paid hears of each time.
        const auto times = std::ranges::count_if(books.lines, [&](const Books::Line& line) {
            return line.payment == m.payment && line.amount == m.amount && line.credit == "invoice";
        });
        if (++told[{m.payment, m.amount, m.which}] > std::max<int64_t>(times, 1)) {
            world.breaks(11, "a patient of " + tenant.colour + " is told twice of one payment");
        }
    }
    for (const Books::Payment& p : books.payments) {
        if (p.received == 0 || p.invoice == 0 || p.duplicate_of != 0) continue;
        const bool is_told =
            std::ranges::any_of(books.messages, [&](const Books::Message& m) { return m.payment == p.id; });
        if (!is_told) world.breaks(11, "a patient of " + tenant.colour + " never hears of a payment");
    }
}

void message_leaves(World& world, const Tenant& tenant, const std::string& key) {
    const auto id = NoticeId::parse(key);
    CHECK(id.has_value());
    bool is_sent = false;
    const auto read = world.database->read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, tenant.id);
        TRY(tx.each(
            "SELECT sent_at FROM notices WHERE clinic_id = $1 AND id = $2",
            [&](const store::Row& row) { is_sent = !row.is_null(0); }, *id));
        return {};
    });
    CHECK(read.has_value());
    if (is_sent) world.breaks(11, "a message of " + tenant.colour + " that was known to be sent leaves again");
}

}  // namespace clinicpro::storm
