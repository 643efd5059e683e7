// desk_parts.hpp: what the desk's pages are put together from: forms that are safe by construction, fields that keep
// what was typed and say what is wrong beside it, lists that become cards on a phone, and times, amounts and states in
// words. Tested through every page by web/desk_gate_test and by a browser.
#pragma once

#include <string>
#include <string_view>

#include "invoices/appointment.hpp"
#include "invoices/invoice.hpp"
#include "payments/transaction.hpp"
#include "web/assets.hpp"
#include "web/desk.hpp"

namespace clinicpro::web::front_desk {

// <form method=post> with the session's token and a mark that makes it happen once.
Html post_form(const Call& call, std::string_view action, const Html& content, std::string_view classes = {});
// The same for a form that carries a file.
Html upload(const Call& call, std::string_view action, const Html& content);
Html button(std::string_view words, std::string_view icon_name = {}, std::string_view classes = "button");
// A button that opens a form below it: nothing happens by one careless tap, and no script is needed.
Html folded(std::string_view words, std::string_view icon_name, const Html& content,
            std::string_view classes = "button second");

inline constexpr std::string_view kPasted = "pasted";  // of a Field: a secret of several lines
struct Field {
    std::string_view name;
    std::string_view label;  // id of the message; its hint, if there is one, is "<label>_hint"
    std::string_view type = "text";
    std::string value = {};
    std::string_view autocomplete = "off";
    std::string_view inputmode = {};
    bool required = true;
    size_t max = 120;
    std::string_view hint = {};  // id of the hint, instead of "<label>_hint"
};
Html field(const Call& call, const Field& wanted);
struct Option {
    std::string value, words;
};
Html choice(const Call& call, std::string_view name, std::string_view label, const std::vector<Option>& options,
            std::string_view chosen);
// The refusal of a form, above it: unless a field on the page says it already.
Html problem_notice(const Call& call);

Html heading(std::string_view title, const Html& actions = {});
Html card(std::string_view title, const Html& content, const Html& more = {});
Html nothing(std::string_view words, std::string_view icon_name = "check");
Html notice(std::string_view tone, std::string_view icon_name, const Html& content);
Html badge(std::string_view tone, std::string_view words, std::string_view icon_name = {});
Html amount(Money money);
Html fact(std::string_view words, const Html& value);
// A cell of a list; on a phone its heading stands before it.
Html cell(std::string_view heading, const Html& content, std::string_view classes = {});
// A heading that begins with kFigures stands over a column of figures.
inline constexpr std::string_view kFigures = "#";
Html table(const std::vector<std::string>& headings, const Html& rows, std::string_view classes = {});
// The link to older rows, when there are any; `address` ends with "?" or "&".
Html pager(const Call& call, std::string_view address, const std::optional<std::string>& before);

// "14:05" today, "23 Nov, 14:05" this year, else with the year; East Africa Time, the whole of it for a screen reader.
Html when(const Call& call, Instant moment);
std::string day_words(const Words& words, Instant at);  // "Mon 23 Nov 2026", "Jumatatu 23 Nov 2026"
std::string short_day(const Words& words, Instant at);  // "23 Nov"
std::string day_value(Instant at);                      // "2026-11-23", as <input type=date> has it
std::string clock_value(Instant at);                    // "14:05"
// A day and a time in East Africa Time, as inputs send them. kInvalid with `field`.
Result<Instant> read_time(std::string_view day, std::string_view clock, std::string_view field);
Result<Instant> read_day(std::string_view day, std::string_view field);

std::string payments_words(const Words& words, int64_t count);          // "1 payment", "3 payments"
std::string method_words(const Words& words, std::string_view method);  // "M-Pesa prompt" for "mpesa.stk"
Html state_badge(const Words& words, const payments::Transaction& payment);
Html state_badge(const Words& words, invoices::InvoiceState state);
Html state_badge(const Words& words, invoices::AppointmentState state);
// What happened to a payment, and what to do next, for a receptionist.
std::string what_happened(const Words& words, const payments::Transaction& payment);
std::string what_next(const Words& words, const payments::Transaction& payment);

}  // namespace clinicpro::web::front_desk
