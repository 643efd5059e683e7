// meeting_controller.hpp: who makes a clinic's meetings: choosing, checking, connecting, falling back; and a visit's
// meeting: moving it, and the clinician's way in.
//
// Secrets can be set and never read: an answer says which are there. What asks a provider while somebody waits is an Own
// route: it blocks its pool thread for at most MeetingCall::kPatience. Tested by web/meeting_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::meeting {

// Of the clinic in the path, or the default of the whole server.
Result<Answer> show(const Call& call, store::ClinicTx& tx);
Result<Deed> put(const Call& call);
Result<Deed> clear(const Call& call);
Result<Deed> put_fallback(const Call& call);
Result<Answer> check(const Call& call);
Result<Deed> connect(const Call& call);

// Of one visit. `move` answers as the visit's own address does.
Result<Deed> move(const Call& call);
Result<Answer> host_link(const Call& call);

}  // namespace clinicpro::web::meeting
