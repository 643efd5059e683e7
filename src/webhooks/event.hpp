// event.hpp: what happened at a clinic, as other programs hear it.
//
// An event is an entry of the audit trail that is about money or a visit: the trail already has each change once, in
// order, numbered without gaps, in the transaction of the change itself. So nothing can be told that did not happen, and
// nothing that happened can be forgotten. Entries about keys, settings and people stay inside. The body is thin: what
// happened to which row; whoever wants all of it asks the API. No name, no phone number and no link stands in it.
// The form is Standard Webhooks' (https://www.standardwebhooks.com). Tested by webhooks/event_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clinics/audit.hpp"

namespace clinicpro::webhooks {

struct Event {
    int64_t seq = 0;     // its number in the clinic's audit trail; 0: a test message
    std::string type;    // "payment.paid"
    std::string subject; // "pay_0c5..."
    std::string actor;
    std::string detail;  // a JSON object
    Instant at;
};

// Whether entries with this action are told to the outside.
bool is_public(std::string_view action);
// One or more public types or families ("payment.paid", "invoice.*"), separated by blanks; empty: all. Error kInvalid that
// names the one it does not know the family of.
Result<std::string> check_types(std::string_view types);
bool wants(std::string_view types, std::string_view type);

std::string id_of(ClinicId clinic, int64_t seq);  // "evt_7_1042": the same in every try and to every endpoint
Result<int64_t> seq_of(ClinicId clinic, std::string_view id);

// {"type":..,"timestamp":..,"data":{"id":..,"clinic":..,"subject":..,"actor":..,"detail":{..}}}
std::string body_of(ClinicId clinic, const Event& event);

// Public events after `seq`, oldest first; looks at up to `limit` entries of the trail and says in `seen` how far it came.
struct Page {
    std::vector<Event> events;
    int64_t seen = 0;
};
Result<Page> after(store::ClinicTx& tx, int64_t seq, int limit);
Result<Event> find(store::ClinicTx& tx, int64_t seq);  // kNotFound also for one that is not public

}  // namespace clinicpro::webhooks
