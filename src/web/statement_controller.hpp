// statement_controller.hpp: an M-Pesa organisation statement beside the books. Tested by refunds/statement_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::statement {

// {"csv": "...", "take_in": false}: the differences; with take_in, money that stands in the statement alone is taken in.
Result<Deed> compare(const Call& call);

}  // namespace clinicpro::web::statement
