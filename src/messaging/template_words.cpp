// template_words.cpp: the program's own texts. Each fits one SMS with the longest facts; templates_test counts.
#include "messaging/template_words.hpp"

namespace clinicpro::messaging {

std::span<const WordsRow> words_rows() {
    using enum Template;
    static constexpr WordsRow kRows[] = {
        {kPaid, "paid", "", "Paid {amount}[, receipt {receipt}]. Thank you.",
         "Umelipa {amount}[, risiti {receipt}]. Asante.", "Payment received", "Malipo yamepokelewa"},
        {kPaidVirtual, "paid_virtual", "visit link",
         "Paid {amount}[, receipt {receipt}]. Online visit {visit}. Join: {link}",
         "Umelipa {amount}[, risiti {receipt}]. Miadi {visit}. Fungua: {link}", "Your visit is confirmed",
         "Miadi yako imethibitishwa"},
        {kPaidOnsite, "paid_onsite", "visit", "Paid {amount}[, receipt {receipt}]. See you at the clinic on {visit}.",
         "Umelipa {amount}[, risiti {receipt}]. Karibu kliniki {visit}.", "Your visit is confirmed",
         "Miadi yako imethibitishwa"},
        {kPartPaid, "part_paid", "rest",
         "Received {amount}[, receipt {receipt}]. Still due {rest}[: M-Pesa paybill {paybill}][, account {account}].",
         "Tumepokea {amount}[, risiti {receipt}]. Bado {rest}[: M-Pesa paybill {paybill}][, akaunti {account}].",
         "Payment received", "Malipo yamepokelewa"},
        {kOverpaid, "overpaid", "rest",
         "Received {amount}[, receipt {receipt}]. {rest} too much: we will call you.[ Visit {visit}.]",
         "Tumepokea {amount}[, risiti {receipt}]. {rest} imezidi: tutakupigia simu.[ Miadi {visit}.]",
         "Payment received", "Malipo yamepokelewa"},
        // With a link every character is spoken for, so the amount paid gives way to the visit.
        {kOverpaidVirtual, "overpaid_virtual", "visit link",
         "Paid[, receipt {receipt}]; {rest} too much. Visit {visit}. Join: {link}",
         "Umelipa[, risiti {receipt}]; {rest} imezidi. Miadi {visit}. Fungua: {link}", "Your visit is confirmed",
         "Miadi yako imethibitishwa"},
        {kLate, "late", "",
         "Received {amount}[, receipt {receipt}], but this bill or visit is closed. The clinic will contact you.",
         "Tumepokea {amount}[, risiti {receipt}], lakini bili au miadi hii imefungwa. Kliniki itawasiliana nawe.",
         "Payment received", "Malipo yamepokelewa"},
        {kLinkReady, "link_ready", "visit link", "Your online visit: {visit}. Join: {link}",
         "Miadi yako ya mtandaoni: {visit}. Fungua: {link}", "Your visit is confirmed", "Miadi yako imethibitishwa"},
        {kVisitMoved, "visit_moved", "visit", "Your visit has moved to {visit}.[ Join: {link}]",
         "Miadi yako imehamishwa hadi {visit}.[ Fungua: {link}]", "Your visit has moved", "Miadi yako imehamishwa"},
        {kVisitCancelled, "visit_cancelled", "visit",
         "Your visit on {visit} is cancelled. Please call the clinic for a new time.",
         "Miadi yako ya {visit} imefutwa. Tafadhali piga simu kliniki upate muda mpya.", "Your visit is cancelled",
         "Miadi yako imefutwa"},
        {kReminderDay, "reminder_day", "visit", "Reminder: your visit is on {visit}.[ Join: {link}]",
         "Kumbusho: miadi yako ni {visit}.[ Fungua: {link}]", "Reminder of your visit", "Kumbusho la miadi yako"},
        {kReminderHour, "reminder_hour", "visit", "Your visit starts soon: {visit}.[ Join: {link}]",
         "Miadi yako inaanza hivi karibuni: {visit}.[ Fungua: {link}]", "Your visit starts soon",
         "Miadi yako inaanza hivi karibuni"},
        {kRefunded, "refunded", "amount", "We have sent {amount} back to you[, receipt {receipt}].",
         "Tumekurudishia {amount}[, risiti {receipt}].", "Money sent back to you", "Umerudishiwa pesa"},
    };
    return kRows;
}

}  // namespace clinicpro::messaging
