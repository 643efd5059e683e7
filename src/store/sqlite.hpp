// sqlite.hpp: opens an SQLite file as a Database.
#pragma once

#include "store/open.hpp"

namespace clinicpro::store {

// `path` is a file; it is made, with mode 0600, when it does not exist. Errors say what an operator must do.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, const OpenOptions& options);

}  // namespace clinicpro::store
