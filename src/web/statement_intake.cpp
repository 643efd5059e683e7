#include "web/statement_intake.hpp"

namespace clinicpro::web {

Result<int64_t> take_in(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const invoices::statement::Read& read,
                        const invoices::statement::Comparison& compared, const std::string& actor) {
    int64_t taken_in = 0;
    for (const auto& difference : compared.differences) {
        if (difference.kind != invoices::statement::Difference::Kind::kOnlyInStatement) continue;
        const auto& row = read.rows[difference.row];
        TRY(mpesa::hand_in(context, tx, vault,
                           {.receipt = row.receipt,
                            .amount = row.paid_in,
                            .paid_at = row.completed_at,
                            .account = row.account,
                            .payer = row.party,
                            .actor = actor}));
        ++taken_in;
    }
    return taken_in;
}

}  // namespace clinicpro::web
