#include "web/views.hpp"

#include "invoices/account_number.hpp"

namespace clinicpro::web::view {

using payments::State;

Words words_of(const payments::Transaction& p) {
    const auto next = [&](std::string otherwise) { return p.attention ? *p.attention : std::move(otherwise); };
    if (p.duplicate_of) {
        return {
            "This is a second notice of the payment " + p.duplicate_of.to_text() + "; it moved no money of its own.",
            next("Nothing to do.")};
    }
    switch (p.state) {
        case State::kCreated:
        case State::kSending:
            return {"The payment prompt is on its way to the patient's phone.", next("Look again in a few seconds.")};
        case State::kPending:
            return {"The patient's phone shows the M-Pesa prompt.",
                    next("Ask the patient to enter the M-Pesa PIN; the answer usually comes within a minute.")};
        case State::kUnknown:
            return {"Safaricom did not say whether the prompt reached the phone; it is being checked.",
                    next("Do not send another prompt yet: this one may still be paid. Look again in a minute.")};
        case State::kPaid: {
            std::string paid =
                "Paid " + p.amount_received.to_display() + (p.receipt ? ", M-Pesa receipt " + *p.receipt : "") + ".";
            if (p.amount_refunded.is_positive()) paid += " " + p.amount_refunded.to_display() + " went back to the payer.";
            if (p.amount_held.is_positive()) paid += " A refund of " + p.amount_held.to_display() + " is under way.";
            return {std::move(paid), next("Nothing to do.")};
        }
        case State::kPaidWithoutReceipt:
            return {"Paid " + p.amount_received.to_display() +
                        ", as Safaricom says when asked; its receipt has not come yet.",
                    next("Nothing to do: the receipt is added by itself when it comes.")};
        case State::kFailed:
            return {p.result_text.empty() ? "No money moved." : p.result_text,
                    next("Send a new prompt, or let the patient pay to the paybill with the account number " +
                         p.account + ".")};
        case State::kExpired:
            return {"Safaricom never said whether this was paid.",
                    next("Look for it in the M-Pesa statement before asking the patient to pay again.")};
    }
    return {};
}

void write(json::Writer& w, const payments::Transaction& p) {
    const Words words = words_of(p);
    w.begin_object().field("id", p.id.to_text()).field("method", p.method).field("state", to_string(p.state));
    w.field("is_open", is_open(p.state)).field("sentence", words.sentence).field("next_step", words.next_step);
    w.field("invoice_id", id_or_null(p.invoice));
    w.field("amount_cents", p.amount_expected.cents()).field("received_cents", p.amount_received.cents());
    w.field("allocated_cents", p.amount_allocated.cents());
    w.field("refunding_cents", p.amount_held.cents()).field("refunded_cents", p.amount_refunded.cents());
    w.field("account", p.account).field("receipt", p.receipt).field("payer", p.payer_masked);
    w.field("result_code", p.result_code).field("witness", p.witness).field("attention", p.attention);
    w.field("duplicate_of", id_or_null(p.duplicate_of));
    w.field("created_at", to_iso(p.created_at)).field("sent_at", time_or_null(p.sent_at));
    w.field("settled_at", time_or_null(p.settled_at)).end_object();
}

Words words_of(const payments::Refund& r) {
    using State = payments::RefundState;
    const std::string what = r.amount.to_display();
    const auto next = [&](std::string otherwise) { return r.attention ? *r.attention : std::move(otherwise); };
    const bool by_hand = r.way == payments::RefundWay::kByHand;
    switch (r.state) {
        case State::kRequested:
            return {"A refund of " + what + " was asked for.", next("Somebody else has to approve or reject it.")};
        case State::kApproved:
            if (by_hand) {
                return {"The refund of " + what + " is approved.",
                        next("Pay it back, then write down here who got it and the voucher number.")};
            }
            return {"The refund of " + what + " is approved and about to be sent to M-Pesa.", next("Nothing to do.")};
        case State::kSending:
        case State::kPending:
            return {"M-Pesa is giving " + what + " back.", next("Nothing to do: the result comes by itself.")};
        case State::kUnknown:
            return {"M-Pesa did not say whether " + what + " went back; it is being checked.",
                    next("Do not pay it back in another way yet. Look again in a few minutes.")};
        case State::kDone:
            return {r.amount_done.to_display() + " went back, proved by " + r.reference + ".", next("Nothing to do.")};
        case State::kFailed:
            return {"The refund failed and nothing went back. " + r.result_text,
                    next("Put right what is wrong and ask for a new refund, or choose another way.")};
        case State::kRejected:
            return {"The refund was not approved." + (r.result_text.empty() ? "" : " " + r.result_text),
                    next("Nothing to do.")};
        case State::kCancelled: return {"The refund was cancelled; nothing went back.", next("Nothing to do.")};
    }
    return {};
}

void write(json::Writer& w, const payments::Refund& r) {
    const Words words = words_of(r);
    w.begin_object().field("id", r.id.to_text()).field("payment_id", r.payment.to_text());
    w.field("way", to_string(r.way)).field("state", to_string(r.state)).field("is_open", is_open(r.state));
    w.field("sentence", words.sentence).field("next_step", words.next_step);
    w.field("amount_cents", r.amount.cents()).field("done_cents", r.amount_done.cents());
    w.field("reason", r.reason).field("payee", r.payee_masked).field("reference", r.reference);
    w.field("requested_by", r.requested_by).field("decided_by", r.decided_by).field("witness", r.witness);
    w.field("result_code", r.result_code).field("result_text", r.result_text).field("attention", r.attention);
    w.field("created_at", to_iso(r.created_at)).field("decided_at", time_or_null(r.decided_at));
    w.field("sent_at", time_or_null(r.sent_at)).field("settled_at", time_or_null(r.settled_at)).end_object();
}

void write(json::Writer& w, const clinics::Clinic& clinic) {
    w.begin_object().field("number", clinic.id.value).field("slug", clinic.slug).field("name", clinic.name);
    w.field("status", to_string(clinic.status))
        .field("colour", clinic.colour.empty() ? std::nullopt : std::optional(clinic.colour));
    w.field("created_at", to_iso(clinic.created_at)).end_object();
}

void write(json::Writer& w, const clinics::KeyRecord& key) {
    w.begin_object().field("id", key.id.to_text()).field("role", to_string(key.role)).field("label", key.label);
    w.field("created_at", to_iso(key.created_at)).field("revoked_at", time_or_null(key.revoked_at)).end_object();
}

void write_members(json::Writer& w, const clinics::User& user) {
    w.field("id", user.id.to_text()).field("name", user.name).field("full_name", user.full_name);
    w.field("role", to_string(user.role)).field("language", user.language);
    w.field("has_password", user.has_password).field("has_two_step", user.has_totp);
    w.field("created_at", to_iso(user.created_at)).field("signed_in_at", time_or_null(user.signed_in_at));
    w.field("disabled_at", time_or_null(user.disabled_at));
}

void write(json::Writer& w, const clinics::User& user) {
    w.begin_object();
    write_members(w, user);
    w.end_object();
}

void write(json::Writer& w, const clinics::Session& session) {
    w.begin_object().field("id", session.id.to_text()).field("address", session.peer).field("browser", session.browser);
    w.field("created_at", to_iso(session.created_at)).field("seen_at", to_iso(session.seen_at)).end_object();
}

void write(json::Writer& w, const clinics::audit::Record& record) {
    w.begin_object().field("seq", record.seq).field("at", to_iso(record.at)).field("actor", record.actor);
    w.field("action", record.action).field("subject", record.subject).key("detail").raw(record.detail).end_object();
}

void write(json::Writer& w, const invoices::Patient& patient) {
    w.begin_object().field("id", patient.id.to_text()).field("name", patient.name).field("phone", patient.phone_masked);
    w.field("email", patient.email_masked).field("language", patient.language).field("created_at", to_iso(patient.created_at)).end_object();
}

void write(json::Writer& w, const invoices::Invoice& invoice, std::string_view pay_url,
           const std::vector<invoices::Item>* items) {
    w.begin_object().field("id", invoice.id.to_text()).field("reference", invoice.reference);
    w.field("account", invoice.account).field("account_shown", invoices::account_number::shown(invoice.account));
    w.field("patient_id", invoice.patient.to_text()).field("appointment_id", id_or_null(invoice.appointment));
    w.field("amount_due_cents", invoice.amount_due.cents()).field("amount_paid_cents", invoice.amount_paid.cents());
    w.field("still_due_cents", invoice.still_due().cents()).field("state", to_string(invoice.state));
    w.field("pay_url", pay_url).field("pay_qr_url", std::string(pay_url) + "/qr.svg");
    w.field("created_at", to_iso(invoice.created_at)).field("updated_at", to_iso(invoice.updated_at));
    if (items != nullptr) {
        w.key("items").begin_array();
        for (const invoices::Item& item : *items) {
            w.begin_object().field("description", item.description).field("quantity", item.quantity);
            w.field("unit_price_cents", item.unit_price.cents()).end_object();
        }
        w.end_array();
    }
    w.end_object();
}

void write(json::Writer& w, const invoices::Unallocated& u) {
    w.begin_object().field("id", u.id.to_text()).field("payment_id", u.transaction.to_text());
    w.field("amount_cents", u.amount.cents()).field("reason", u.reason).field("suggestion", u.suggestion);
    w.field("state", u.state).field("invoice_id", id_or_null(u.invoice)).field("receipt", u.receipt);
    w.field("account", u.account).field("payer", u.payer_masked).field("resolved_by", u.resolved_by);
    w.field("refund_id", id_or_null(u.refund));
    w.field("created_at", to_iso(u.created_at)).field("resolved_at", time_or_null(u.resolved_at)).end_object();
}

void write(json::Writer& w, const invoices::Notice& n) {
    w.begin_object().field("id", n.id.to_text()).field("template", n.which).field("patient_id", n.patient.to_text());
    w.field("invoice_id", id_or_null(n.invoice)).field("appointment_id", id_or_null(n.appointment));
    w.field("channel", n.channel).field("state", n.state).field("text", n.body).field("note", n.note);
    w.field("delivery", n.delivery).field("sms_parts", n.parts);
    w.field("created_at", to_iso(n.created_at)).field("sent_at", time_or_null(n.sent_at)).end_object();
}

void write(json::Writer& w, const payments::Inbox::Listed& n) {
    w.begin_object()
        .field("id", n.id.to_text())
        .field("method", n.method)
        .field("state", n.state)
        .field("note", n.note);
    w.field("peer", n.peer).field("peer_known", n.peer_known).field("attempt", n.attempt);
    w.field("received_at", to_iso(n.received_at)).end_object();
}

void write(json::Writer& w, const jobs::queue::Listed& job) {
    w.begin_object().field("id", job.id.to_text()).field("kind", job.kind).field("state", job.state);
    w.field("attempt", job.attempt).field("note", job.note).field("run_at", to_iso(job.run_at)).end_object();
}

}  // namespace clinicpro::web::view
