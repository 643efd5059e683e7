// open.cpp: which engine a URL names (see open.hpp).
#include "store/open.hpp"

#include "store/postgres.hpp"
#include "store/sqlite.hpp"

namespace clinicpro::store {

Result<std::unique_ptr<Database>> open(const OpenOptions& options) {
    const std::string_view url = options.url;
    constexpr std::string_view kSqlite = "sqlite:";
    if (url.starts_with(kSqlite)) return open_sqlite(std::string(url.substr(kSqlite.size())), options);
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return open_postgres(options);
    // The URL itself is not repeated: it may hold a password.
    return fail(Code::kConfig,
                url.empty() ? "No database is named; set its URL, such as sqlite:/var/lib/clinicpro/clinicpro.db."
                            : "The database URL must begin with sqlite: or postgresql://; correct it.");
}

}  // namespace clinicpro::store
