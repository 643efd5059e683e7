#include "store/postgres.hpp"
namespace clinicpro::store {
Result<std::unique_ptr<Database>> open_postgres(const OpenOptions&) { return fail(Code::kInternal, "PostgreSQL follows."); }
}
