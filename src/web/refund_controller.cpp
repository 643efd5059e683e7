#include "web/refund_controller.hpp"

#include "invoices/refund.hpp"
#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web::refund {
namespace {

using payments::RefundEvidence;
using Kind = RefundEvidence::Kind;

Result<std::optional<payments::RefundWay>> way_if_any(const json::View& view) {
    if (view.is_missing_or_null()) return std::nullopt;
    TRY(const std::string word, body::text(view, 20));
    const auto way = payments::refund_way_from(word);
    if (!way) return fail(Code::kInvalid, "\"way\" must be reversal, payout or by_hand.", view.path());
    return way;
}

Result<std::optional<Money>> amount_if_any(const json::View& view) {
    if (view.is_missing_or_null()) return std::nullopt;
    TRY(const Money amount, body::amount(view));
    return amount;
}

// A person decides about a refund: `kind`, with the note that `field` of the body holds.
Result<Deed> decide(const Call& call, Kind kind, std::initializer_list<std::string_view> fields) {
    TRY(const RefundId id, RefundId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, fields));
    TRY(const std::string note, body::text_if_any(document.root()["note"], payments::refunds::kReasonMax));
    return Deed([id, kind, note, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto before, payments::refunds::find(tx, id));
        TRY(const auto now,
            payments::refunds::record(context, tx, before, {.kind = kind, .witness = actor, .text = note}));
        return view::one(200, now);
    });
}

}  // namespace

Result<Deed> ask(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"payment_id", "unallocated_id", "amount_cents", "way",
                                                             "phone", "reason"}));
    const json::View root = document.root();
    invoices::RefundWish wish;
    TRY(wish.payment, body::id_if_any<TransactionId>(root["payment_id"]));
    TRY(wish.unallocated, body::id_if_any<UnallocatedId>(root["unallocated_id"]));
    if (bool(wish.payment) == bool(wish.unallocated)) {
        return fail(Code::kInvalid, "Name either the payment (payment_id) or the unallocated money (unallocated_id).",
                    "payment_id");
    }
    TRY(wish.amount, amount_if_any(root["amount_cents"]));
    TRY(wish.way, way_if_any(root["way"]));
    if (!root["phone"].is_missing_or_null()) {
        TRY(wish.phone, body::phone(root["phone"]));
    }
    TRY(wish.reason, body::text(root["reason"], payments::refunds::kReasonMax));
    wish.actor = call.actor();
    return Deed([wish, &services = call.services](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto asked, invoices::refund::ask(context, tx, services.vault, services.payback, wish));
        return view::one(201, asked);
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {"state", "payment", "before", "limit"}));
    payments::refunds::Page page;
    TRY(page.limit, query::limit(call.request, 50, payments::refunds::kPageMax));
    TRY(const auto before, query::id<RefundId>(call.request, "before"));
    page.before = before.value;
    TRY(page.payment, query::id<TransactionId>(call.request, "payment"));
    page.state = call.request.query_value("state");
    if (!page.state.empty() && page.state != "open" && !payments::refund_state_from(page.state)) {
        return fail(Code::kInvalid,
                    "The query parameter state must be open, requested, approved, sending, pending, unknown, done, failed, "
                    "rejected or cancelled.",
                    "state");
    }
    TRY(const auto found, payments::refunds::list(tx, page));
    return view::page(found, page.limit);
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const RefundId id, RefundId::parse(call.param(0)));
    TRY(const auto found, payments::refunds::find(tx, id));
    return view::one(200, found);
}

Result<Deed> approve(const Call& call) { return decide(call, Kind::kApproved, {}); }
Result<Deed> reject(const Call& call) { return decide(call, Kind::kRejected, {"note"}); }
Result<Deed> cancel(const Call& call) { return decide(call, Kind::kCancelled, {}); }

Result<Deed> settle(const Call& call) {
    TRY(const RefundId id, RefundId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"outcome", "amount_cents", "reference", "note"}));
    const json::View root = document.root();
    TRY(const std::string outcome, body::text(root["outcome"], 10));
    if (outcome != "done" && outcome != "failed") {
        return fail(Code::kInvalid, "\"outcome\" must be done, when the money went back, or failed.", "outcome");
    }
    invoices::refund::SettledByHand word{.done = outcome == "done", .actor = call.actor()};
    TRY(word.amount, amount_if_any(root["amount_cents"]));
    TRY(word.reference, body::text_if_any(root["reference"], payments::refunds::kReferenceMax));
    TRY(word.note, body::text(root["note"], payments::refunds::kReasonMax));
    return Deed([id, word](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(const auto now, invoices::refund::settle(context, tx, id, word));
        return view::one(200, now);
    });
}

}  // namespace clinicpro::web::refund
