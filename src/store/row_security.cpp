// row_security.cpp: the policy and where it is missing (see row_security.hpp).
#include "store/row_security.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace clinicpro::store {

namespace {

// Tables whose rows of clinic 0 are defaults that every clinic reads.
constexpr std::string_view kHoldsDefaults[] = {"meeting_config", "messaging_config"};

constexpr Sql kUnprotected =
    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'clinic_id' "
    "AND NOT a.attisdropped AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS "
    "(SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'one_clinic')) ORDER BY c.relname";

// The setting is '' after a transaction that had it, and NULL before the first.
constexpr std::string_view kOwn = "clinic_id::text = current_setting('clinicpro.clinic', true)";
constexpr std::string_view kAll = "current_setting('clinicpro.clinic', true) = 'all'";

}  // namespace

Result<> enforce_row_security(Tx& tx) {
    if (tx.engine() != "postgres") return {};
    std::vector<std::string> tables;
    TRY(tx.each(kUnprotected, [&](const Row& row) { tables.push_back(row.string(0)); }));
    for (const std::string& table : tables) {
        const std::string own = std::string(kOwn) + " OR " + std::string(kAll);
        const bool defaults = std::ranges::find(kHoldsDefaults, table) != std::end(kHoldsDefaults);
        std::string script = "ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY; ALTER TABLE " + table +
                             " FORCE ROW LEVEL SECURITY; CREATE POLICY one_clinic ON " + table + " USING (" + own +
                             ") WITH CHECK (" + own + ");";
        if (defaults) {
            script += " CREATE POLICY defaults ON " + table +
                      " FOR SELECT USING (clinic_id = 0 AND current_setting('clinicpro.clinic', true) <> '');";
        }
        TRY(tx.script(script));
    }
    return {};
}

Result<bool> row_security_binds(Tx& tx) {
    if (tx.engine() != "postgres") return true;
    int64_t passes_by = 1;
    TRY(tx.each("SELECT CAST(COUNT(*) AS BIGINT) FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)",
                [&](const Row& row) { passes_by = row.integer(0); }));
    return passes_by == 0;
}

}  // namespace clinicpro::store
