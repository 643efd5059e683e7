#include "web/statement_controller.hpp"

#include "web/body.hpp"
#include "web/statement_intake.hpp"
#include "web/views.hpp"

namespace clinicpro::web::statement {
namespace {

namespace book = invoices::statement;

std::string shown(const book::Comparison& c, int64_t skipped, int64_t taken_in) {
    json::Writer w;
    w.begin_object().field("from", to_iso(c.from)).field("to", to_iso(c.to)).field("matched", c.matched);
    w.field("matched_cents", c.matched_amount.cents()).field("skipped", skipped).field("taken_in", taken_in);
    w.key("differences").begin_array();
    for (const book::Difference& d : c.differences) {
        w.begin_object().field("kind", book::to_string(d.kind)).field("receipt", d.receipt);
        w.field("statement_cents", d.in_statement.cents()).field("books_cents", d.in_books.cents());
        w.field("at", to_iso(d.at)).field("payment_id", view::id_or_null(d.payment));
        w.field("refund_id", view::id_or_null(d.refund)).field("sentence", d.sentence).end_object();
    }
    return w.end_array().end_object().take();
}

}  // namespace

Result<Deed> compare(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"csv", "take_in"}));
    const json::View root = document.root();
    TRY(const std::string csv, root["csv"].text());
    TRY(const bool wanted, body::truth_or(root["take_in"], false));
    TRY(const auto read, book::parse(csv));
    return Deed([read, wanted, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                                store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto compared, book::compare(tx, read));
        int64_t taken_in = 0;
        if (wanted) {
            TRY(taken_in, take_in(context, tx, services.vault, read, compared, actor));
        }
        return Answer{200, shown(compared, read.skipped, taken_in)};
    });
}

}  // namespace clinicpro::web::statement
