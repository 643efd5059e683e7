// desk_controller.hpp: what happened behind the scenes: messages to patients, raw notices, work that needs a person.
//
// Bodies of raw notices are not shown: they hold phone numbers. Trying something again leaves an audit entry.
// Tested by web/desk_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::desk {

Result<Answer> list_notices(const Call& call, store::ClinicTx& tx);
Result<Deed> retry_notice(const Call& call);

Result<Answer> list_inbox(const Call& call, store::ClinicTx& tx);
Result<Deed> retry_inbox(const Call& call);

Result<Answer> list_jobs(const Call& call, store::ClinicTx& tx);
Result<Deed> revive_job(const Call& call);

}  // namespace clinicpro::web::desk
