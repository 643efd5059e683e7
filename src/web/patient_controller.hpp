// patient_controller.hpp: patients and their visits.
//
// A virtual visit's answer holds the patient's own /j/ link, which stays the same when the visit moves. Searching by
// phone is a POST, so that no phone number stands in an address and from there in somebody's log. Tested by
// web/visit_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web {

namespace patient {
Result<Deed> create(const Call& call);
Result<Deed> correct(const Call& call);
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> search(const Call& call, store::ClinicTx& tx);  // POST, by phone
Result<Answer> show(const Call& call, store::ClinicTx& tx);
}  // namespace patient

namespace appointment {
Result<Deed> create(const Call& call);
Result<Answer> list(const Call& call, store::ClinicTx& tx);
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> confirm(const Call& call);
Result<Deed> complete(const Call& call);
Result<Deed> cancel(const Call& call);
Result<Deed> release(const Call& call);
Result<Deed> reschedule(const Call& call);
Result<Deed> revoke_link(const Call& call);
// As `show` answers, for what changes a visit elsewhere.
Result<Answer> shown(const Services& services, store::ClinicTx& tx, AppointmentId id);
}  // namespace appointment

}  // namespace clinicpro::web
