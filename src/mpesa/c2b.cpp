#include "mpesa/c2b.hpp"

#include "daraja/c2b.hpp"
#include "jobs/queue.hpp"
#include "mpesa/fitness.hpp"

namespace clinicpro::mpesa {
namespace {

using payments::Evidence;
using payments::Handled;
using payments::State;
using payments::Verdict;
using payments::Witness;

constexpr Duration kWaitForWord = 35min;  // longer than a prompt may stay open

// What a page may show of the MSISDN field: its stars and at most seven digits.
std::string masked(std::string_view msisdn_field) {
    if (const auto phone = Msisdn::parse(msisdn_field)) return phone->masked();
    if (msisdn_field.size() > 20) return "hidden";  // a hash can be turned back into the number (daraja.md 4.6)
    std::string shown;
    for (const char c : msisdn_field) {
        if ((c >= '0' && c <= '9') || c == '*') shown += c;
    }
    return shown;
}

// Many payers type their phone number as the account. It is shown as masked as any other; the digits stand in the
// sealed notice. Nine digits without a leading zero are left: that is what our own account numbers look like.
std::string without_phone(std::string_view typed) {
    constexpr size_t kPhoneDigits = 10;  // 0708374149
    constexpr size_t kShownTail = 3;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto joins = [](char c) { return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')'; };
    std::string shown(typed);
    for (size_t i = 0; i < shown.size();) {
        std::vector<size_t> run;
        size_t end = i;
        for (; end < shown.size() && (is_digit(shown[end]) || (!run.empty() && joins(shown[end]))); ++end) {
            if (is_digit(shown[end])) run.push_back(end);
        }
        if (run.size() >= kPhoneDigits) {
            for (size_t k = 2; k + kShownTail < run.size(); ++k) shown[run[k]] = '*';
        }
        i = std::max(end, i + 1);
    }
    return shown;
}

constexpr std::string_view kGuessed =
    "This money came without an account number and fits more than one prompt on the payer's phone. M-Pesa did not say "
    "which; it "
    "was booked on the newest. Ask the patient whom it was for.";

}  // namespace

Result<Handled> C2b::take(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice) {
    const auto read = daraja::read_c2b(notice.body);
    if (!read) return Handled{Verdict::kRejected, "Not a C2B confirmation: " + read.error().message};
    TRY(Config config, config::shown(tx));
    // The address before the current one stays good, because Safaricom changes it only by hand (daraja.md 4.1).
    const auto age = [&] { return uint8_t(uint8_t(config.callback_generation) - uint8_t(notice.subject)); };
    const auto is_ours = [&] { return read->shortcode == config.shortcode || read->shortcode == config.store_number; };
    if (age() > 1 || !is_ours()) {  // another server may have changed it since this transaction looked
        tx.forget<std::optional<Config>>();
        TRY(config, config::shown(tx));
    }
    if (age() > 1) {
        return Handled{Verdict::kRejected,
                       "It came to an address that was replaced twice. Register the current one with Safaricom."};
    }
    if (!is_ours()) {
        return Handled{Verdict::kRejected,
                       "It names shortcode " + read->shortcode + ", which is not this clinic's. It may be forged."};
    }
    if (!notice.peer_known) {
        log::warn("mpesa.callback_from_unlisted_address",
                  {{"clinic", tx.clinic().value}, {"receipt", read->receipt}, {"peer", notice.peer}});
    }

    TRY(const auto booked, payments::ledger::by_receipt(tx, read->receipt));
    if (booked) {
        // The same notice again, or the STK callback was first. Whatever it says, this money is booked already.
        TRY(payments::ledger::record(context, tx, *booked,
                                     {.kind = Evidence::Kind::kSucceeded,
                                      .witness = Witness::kC2b,
                                      .amount = read->amount,
                                      .receipt = read->receipt,
                                      .code = "0"}));
        return Handled{Verdict::kApplied, "Receipt " + read->receipt + " was booked before.", booked->id};
    }

    TRY(const auto match, accounts_.look_up(tx, read->bill_reference));
    std::optional<payments::Transaction> prompt;
    bool is_guess = false;
    if (match) {
        TRY(prompt, prompt_of_invoice(tx, match->invoice, *read));
    } else if (read->bill_reference.empty()) {
        TRY(Fitting fitting, prompts_of_payer(context, tx, *read));
        if (!fitting.certain && context.now() - notice.received_at < kWaitForWord) {
            for (const payments::Transaction& t : fitting.prompts) {
                TRY(jobs::queue::hasten(tx, kStkQueryJob, t.id.value, context.now()));
            }
            return Handled{
                Verdict::kParked,
                "It may answer more than one prompt on this phone. M-Pesa is being asked which one was paid."};
        }
        if (!fitting.prompts.empty()) prompt = std::move(fitting.prompts.front());
        is_guess = !fitting.certain;
    }
    if (prompt) {
        TRY(payments::ledger::record(context, tx, *prompt,
                                     {.kind = Evidence::Kind::kSucceeded,
                                      .witness = Witness::kC2b,
                                      .amount = read->amount,
                                      .receipt = read->receipt,
                                      .code = "0"}));
        if (is_guess) TRY(payments::ledger::raise_attention(context, tx, prompt->id, kGuessed));
        return Handled{Verdict::kApplied, "It answers a prompt that was sent.", prompt->id};
    }
    const auto made = context.ids().make<TransactionId>();
    TRY(payments::ledger::arrive(context, tx,
                                 {.id = made,
                                  .method = std::string(kC2bMethod),
                                  .invoice = match ? match->invoice : InvoiceId{},
                                  .amount = read->amount,
                                  .account = match ? read->bill_reference : without_phone(read->bill_reference),
                                  .receipt = read->receipt,
                                  .payer_masked = masked(read->msisdn)}));
    return Handled{.payment = made};
}

Result<std::optional<payments::Transaction>> C2b::prompt_of_invoice(store::ClinicTx& tx, InvoiceId invoice,
                                                                    const daraja::C2bPayment& paid) {
    TRY(const auto attempts, payments::ledger::of_invoice(tx, invoice));
    std::optional<payments::Transaction> best;
    for (const payments::Transaction& t : attempts) {
        if (!waits_for_money(t) || t.amount_expected != paid.amount) continue;
        TRY(const auto payer, payer_match(tx, t.id, paid.msisdn));
        if (!paid.msisdn.empty() && payer == daraja::PayerMatch::kNo) continue;
        // Of equals the newest wins: an older prompt dies when a second one is sent (daraja.md 2.5). A late notice must
        // not pay the prompt that followed, or the one whose money it is would be booked again by a query.
        if (!best || fitness(t, paid.paid_at) >= fitness(*best, paid.paid_at)) best = t;
    }
    return best;
}

Result<C2b::Fitting> C2b::prompts_of_payer(jobs::Context& context, store::ClinicTx& tx,
                                           const daraja::C2bPayment& paid) {
    TRY(const auto waiting, payments::ledger::waiting_for(context, tx, paid.amount));
    Fitting fitting;
    for (const payments::Transaction& t : waiting) {  // newest first
        if (!waits_for_money(t)) continue;
        TRY(const auto payer, payer_match(tx, t.id, paid.msisdn));
        if (payer != daraja::PayerMatch::kNo) fitting.prompts.push_back(t);
    }
    if (fitting.prompts.empty()) return fitting;
    const auto likeliest =
        std::ranges::max_element(fitting.prompts, {}, [&](const auto& t) { return fitness(t, paid.paid_at); });
    std::iter_swap(fitting.prompts.begin(), likeliest);
    // A mother pays for two children: the same phone, the same fee. Guessing would pay the one with the other's money,
    // and a query would then book the other's as well. What was out when the money moved must be told apart by M-Pesa's
    // word.
    const payments::Transaction& best = fitting.prompts.front();
    if (best.state != State::kPaidWithoutReceipt) {
        for (const payments::Transaction& t : fitting.prompts) {
            const bool rival = t.invoice != best.invoice && fitness(t, paid.paid_at) != Fitness::kSentAfter;
            fitting.certain = fitting.certain && !rival;
        }
    }
    return fitting;
}

Result<daraja::PayerMatch> C2b::payer_match(store::ClinicTx& tx, TransactionId id, std::string_view msisdn_field) {
    TRY(const std::string sealed, payments::ledger::payer_sealed(tx, id));
    TRY(const crypto::DataKey* key, parts_.vault.key(tx));
    TRY(const Secret<> payer, key->open(sealed, payments::kPayerPurpose));
    TRY(const Msisdn phone, Msisdn::parse(payer.reveal().substr(0, payer.reveal().find('\n'))));
    return daraja::match_payer(phone, msisdn_field);
}

std::string C2b::validate(store::ClinicTx& tx, std::string_view body) {
    const auto accept = [](std::string_view third_party = {}) { return daraja::accept_validation(third_party); };
    const auto read = daraja::read_c2b(body);
    if (!read) {
        log::failure("mpesa.validation_unreadable", read.error(), {{"clinic", tx.clinic().value}});
        return accept();
    }
    const auto config = config::shown(tx);
    if (!config) return accept();
    if (read->shortcode != config->shortcode && read->shortcode != config->store_number) {
        return daraja::reject_validation(daraja::C2bReject::kShortcode);
    }
    // A till has no account number, so there is nothing to check one against.
    if (config->validation_policy == ValidationPolicy::kAcceptAll ||
        config->shortcode_kind == daraja::ShortcodeKind::kTill) {
        return accept();
    }
    const auto match = accounts_.look_up(tx, read->bill_reference);
    if (!match) {
        log::failure("mpesa.validation_undecided", match.error(), {{"clinic", tx.clinic().value}});
        return accept();
    }
    if (!*match || !(*match)->payable) {
        return daraja::reject_validation(daraja::C2bReject::kAccountNumber, "No open invoice has this account number");
    }
    if (config->validation_policy == ValidationPolicy::kExactAmount && read->amount != (*match)->still_due) {
        return daraja::reject_validation(daraja::C2bReject::kAmount,
                                         "Please pay exactly " + (*match)->still_due.to_display());
    }
    return accept();
}

}  // namespace clinicpro::mpesa
