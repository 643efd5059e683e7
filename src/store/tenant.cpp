// tenant.cpp: the check that a tenant statement names its clinic (see tenant.hpp).
#include "store/tenant.hpp"

#include <cstring>

namespace clinicpro::store {

ClinicTx::ClinicTx(Tx& tx, ClinicId clinic) : tx_(tx), clinic_(clinic) {
    CHECK(clinic.value >= 0);
}

Result<int64_t> ClinicTx::run(Sql sql, std::span<const Param> params, const RowSink* sink) {
    // Searched every time: glibc's strstr takes some 20 ns for a statement, less than remembering would.
    CHECK(std::strstr(sql.text, "clinic_id") != nullptr);
    return tx_.run_for(clinic_, sql, params, sink);
}

}  // namespace clinicpro::store
