// postgres.hpp: opens a PostgreSQL database as a Database.
#pragma once

#include "store/open.hpp"

namespace clinicpro::store {

// options.url is any libpq URL. Errors say what an operator must do and never hold the password.
Result<std::unique_ptr<Database>> open_postgres(const OpenOptions& options);

}  // namespace clinicpro::store
