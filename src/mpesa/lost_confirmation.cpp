#include "mpesa/lost_confirmation.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "mpesa/c2b.hpp"
#include "payments/inbox.hpp"

namespace clinicpro::mpesa {
namespace {

// "2547******678 - JANE DOE" is how a statement names a payer; the number is the part before the dash.
std::string number_in(std::string_view party) {
    const std::string_view number = text::trim(party.substr(0, party.find(" - ")));
    const bool is_number = !number.empty() && number.find_first_not_of("0123456789*+ ") == std::string_view::npos;
    return is_number ? std::string(number) : std::string();
}

}  // namespace

Result<> hand_in(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const LostConfirmation& lost) {
    TRY(const Config config, config::shown(tx));
    json::Writer w;
    w.begin_object().field("TransactionType", "Pay Bill").field("TransID", lost.receipt);
    w.field("TransTime", to_eat_stamp(lost.paid_at)).field("TransAmount", lost.amount.to_text());
    w.field("BusinessShortCode", config.shortcode).field("BillRefNumber", lost.account);
    w.field("InvoiceNumber", "").field("OrgAccountBalance", "").field("ThirdPartyTransID", "");
    w.field("MSISDN", number_in(lost.payer)).end_object();
    TRY(payments::Inbox::put(context, tx, vault,
                             {.clinic = tx.clinic(),
                              .method = std::string(kC2bMethod),
                              .subject = config.callback_generation,
                              .body = w.take(),
                              .peer = std::string(payments::kFromStatement) + lost.actor,
                              .peer_known = true}));
    json::Writer detail;
    detail.begin_object().field("receipt", lost.receipt).field("amount", lost.amount.cents()).end_object();
    TRY(clinics::audit::append(tx, {.at = context.now(),
                                    .actor = lost.actor,
                                    .action = "statement.taken_in",
                                    .subject = lost.receipt,
                                    .detail = detail.take()}));
    return {};
}

}  // namespace clinicpro::mpesa
