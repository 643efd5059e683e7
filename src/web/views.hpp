// views.hpp: rows as the JSON that api/openapi.yaml describes, and a payment in words.
//
// Money is cents in fields that end in _cents; times are RFC 3339 in UTC; phone numbers are masked. Tested by
// web/payment_test.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "clinics/access.hpp"
#include "clinics/audit.hpp"
#include "clinics/clinic.hpp"
#include "clinics/session.hpp"
#include "clinics/user.hpp"
#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"
#include "invoices/notices.hpp"
#include "invoices/patient.hpp"
#include "invoices/unallocated.hpp"
#include "jobs/queue.hpp"
#include "payments/inbox.hpp"
#include "payments/ledger.hpp"
#include "payments/refunds.hpp"
#include "web/call.hpp"

namespace clinicpro::web::view {

// What a receptionist needs to hear about a payment: what happened, and what to do next.
struct Words {
    std::string sentence;
    std::string next_step;
};
Words words_of(const payments::Transaction& payment);

void write(json::Writer& w, const payments::Transaction& payment);
Words words_of(const payments::Refund& refund);

void write(json::Writer& w, const payments::Refund& refund);
void write(json::Writer& w, const clinics::Clinic& clinic);
void write(json::Writer& w, const clinics::KeyRecord& key);
void write(json::Writer& w, const clinics::audit::Record& record);
void write(json::Writer& w, const clinics::User& user);
void write_members(json::Writer& w, const clinics::User& user);  // inside an object that has more
void write(json::Writer& w, const clinics::Session& session);
void write(json::Writer& w, const invoices::Patient& patient);
// `pay_url`: pay_view.hpp.
void write(json::Writer& w, const invoices::Invoice& invoice, std::string_view pay_url,
           const std::vector<invoices::Item>* items = nullptr);
void write(json::Writer& w, const invoices::Unallocated& unallocated);
void write(json::Writer& w, const invoices::Notice& notice);
void write(json::Writer& w, const payments::Inbox::Listed& notice);
void write(json::Writer& w, const jobs::queue::Listed& job);

template <class T>
Answer one(int status, const T& value) {
    json::Writer w;
    write(w, value);
    return {status, w.take()};
}

// {"items": [...], "next": <what to send as `before` for the following page, or null>}
template <class T, class WriteOne>
Answer page(const std::vector<T>& items, const std::optional<std::string>& next, const WriteOne& write_one) {
    json::Writer w;
    w.begin_object().key("items").begin_array();
    for (const T& item : items) write_one(w, item);
    w.end_array().field("next", next).end_object();
    return {200, w.take()};
}
// Of rows with ids, newest first: there may be more when the page is full.
template <class T>
Answer page(const std::vector<T>& items, int limit) {
    std::optional<std::string> next;
    if (int(items.size()) == limit) next = items.back().id.to_text();
    return page(items, next, [](json::Writer& w, const T& item) { write(w, item); });
}

inline std::optional<std::string> time_or_null(const std::optional<Instant>& at) {
    return at ? std::optional(to_iso(*at)) : std::nullopt;
}
template <class Kind>
std::optional<std::string> id_or_null(Id<Kind> id) {
    return id ? std::optional(id.to_text()) : std::nullopt;
}

}  // namespace clinicpro::web::view
