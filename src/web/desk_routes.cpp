// desk_routes.cpp: every page and deed of the desk, and who may see or do it: the same table of permissions as the
// API's.
#include "web/desk_pages.hpp"

namespace clinicpro::web::front_desk {
namespace {

using clinics::Permission;
constexpr auto kOwn = std::nullopt;

#define CLINIC "/desk/{clinic}"
const Route kRoutes[] = {
    {"GET", CLINIC, Permission::kRead, today},

    {"GET", CLINIC "/payments", Permission::kRead, payments},
    {"GET", CLINIC "/payments/{payment}", Permission::kRead, payment},
    {"POST", CLINIC "/payments/{payment}/seen", Permission::kAllocateMoney, payment, Act{clear_attention}},
    {"GET", CLINIC "/payments/{payment}/explain", Permission::kRead, explain_payment},
    {"POST", CLINIC "/payments/{payment}/refund", Permission::kRequestRefunds, payment, Act{ask_refund}},

    {"GET", CLINIC "/refunds", Permission::kRead, refunds},
    {"GET", CLINIC "/refunds/{refund}", Permission::kRead, refund},
    {"POST", CLINIC "/refunds/{refund}/approve", Permission::kApproveRefunds, refund, Act{approve_refund}},
    {"POST", CLINIC "/refunds/{refund}/reject", Permission::kApproveRefunds, refund, Act{reject_refund}},
    {"POST", CLINIC "/refunds/{refund}/cancel", Permission::kRequestRefunds, refund, Act{cancel_refund}},
    {"POST", CLINIC "/refunds/{refund}/settle", Permission::kApproveRefunds, refund, Act{settle_refund}},

    {"GET", CLINIC "/reports", Permission::kRead, reports},
    {"GET", CLINIC "/reports/payments.csv", Permission::kRead, payments_csv},
    {"GET", CLINIC "/reports/invoices.csv", Permission::kRead, invoices_csv},
    {"GET", CLINIC "/reports/ledger.csv", Permission::kRead, ledger_csv},
    {"GET", CLINIC "/statement", Permission::kAllocateMoney, statement},
    {"POST", CLINIC "/statement", Permission::kAllocateMoney, statement, Act{compare_statement}},

    {"GET", CLINIC "/unallocated", Permission::kRead, unallocated},
    {"POST", CLINIC "/unallocated/{unallocated}", Permission::kAllocateMoney, unallocated, Act{match_unallocated}},

    {"GET", CLINIC "/invoices", Permission::kRead, invoices},
    {"GET", CLINIC "/invoices/new", Permission::kManageInvoices, new_invoice},
    {"POST", CLINIC "/invoices/new", Permission::kManageInvoices, new_invoice, Act{make_invoice}},
    {"GET", CLINIC "/invoices/{invoice}", Permission::kRead, invoice},
    {"POST", CLINIC "/invoices/{invoice}/void", Permission::kManageInvoices, invoice, Act{void_invoice}},
    {"POST", CLINIC "/invoices/{invoice}/prompt", Permission::kTakePayments, invoice, Act{send_prompt}},

    {"GET", CLINIC "/visits", Permission::kRead, visits},
    {"GET", CLINIC "/visits/{visit}", Permission::kRead, visit},
    {"POST", CLINIC "/visits/{visit}/confirm", Permission::kManageInvoices, visit, Act{confirm_visit}},
    {"POST", CLINIC "/visits/{visit}/complete", Permission::kManageInvoices, visit, Act{complete_visit}},
    {"POST", CLINIC "/visits/{visit}/cancel", Permission::kManageInvoices, visit, Act{cancel_visit}},
    {"POST", CLINIC "/visits/{visit}/release", Permission::kManageInvoices, visit, Act{release_visit}},
    {"POST", CLINIC "/visits/{visit}/move", Permission::kManageInvoices, visit, Act{move_visit}},
    {"POST", CLINIC "/visits/{visit}/link", Permission::kManageInvoices, visit, Act{send_link}},

    {"GET", CLINIC "/messages", Permission::kRead, messages},
    {"POST", CLINIC "/messages/{message}/resend", Permission::kManageInvoices, messages, Act{resend_message}},

    {"GET", CLINIC "/people", Permission::kManageUsers, people},
    {"POST", CLINIC "/people", Permission::kManageUsers, people, Act{add_person}},
    {"GET", CLINIC "/people/{person}", Permission::kManageUsers, person},
    {"POST", CLINIC "/people/{person}/invite", Permission::kManageUsers, person, Act{invite_person}},
    {"POST", CLINIC "/people/{person}/role", Permission::kManageUsers, person, Act{set_person_role}},
    {"POST", CLINIC "/people/{person}/disable", Permission::kManageUsers, person, Act{disable_person}},
    {"POST", CLINIC "/people/{person}/enable", Permission::kManageUsers, person, Act{enable_person}},
    {"POST", CLINIC "/people/{person}/sign-out", Permission::kManageUsers, person, Act{sign_person_out}},
    {"POST", CLINIC "/people/{person}/two-step-off", Permission::kManageUsers, person, Act{person_two_step_off}},

    {"GET", CLINIC "/setup", Permission::kConfigure, setup},
    {"GET", CLINIC "/setup/doctor", Permission::kConfigure, setup_doctor},
    {"POST", CLINIC "/setup/doctor", Permission::kConfigure, setup_doctor, Trial{try_everything}},
    {"GET", CLINIC "/setup/app", Permission::kConfigure, setup_app},
    {"POST", CLINIC "/setup/app", Permission::kConfigure, setup_app, Trial{save_app}},
    {"GET", CLINIC "/setup/callbacks", Permission::kConfigure, setup_callbacks},
    {"POST", CLINIC "/setup/callbacks", Permission::kConfigure, setup_callbacks, Trial{save_callbacks}},
    {"GET", CLINIC "/setup/c2b", Permission::kConfigure, setup_c2b},
    {"POST", CLINIC "/setup/c2b", Permission::kConfigure, setup_c2b, Act{register_c2b}},
    {"GET", CLINIC "/setup/meetings", Permission::kConfigure, setup_meetings},
    {"POST", CLINIC "/setup/meetings", Permission::kConfigure, setup_meetings, Trial{save_meetings}},
    {"GET", CLINIC "/setup/meetings/connect", Permission::kConfigure, setup_connect},
    {"POST", CLINIC "/setup/meetings/connect", Permission::kConfigure, setup_connect, Act{connect_google}},
    {"GET", CLINIC "/setup/sms", Permission::kConfigure, setup_sms},
    {"POST", CLINIC "/setup/sms", Permission::kConfigure, setup_sms, Trial{save_sms}},
    {"GET", CLINIC "/setup/mail", Permission::kConfigure, setup_mail},
    {"POST", CLINIC "/setup/mail", Permission::kConfigure, setup_mail, Trial{save_mail}},

    // One's own.
    {"GET", "/desk/clinics", kOwn, clinic_list},
    {"GET", "/desk/account", kOwn, account},
    {"POST", "/desk/account/language", kOwn, account, Act{set_language}},
    {"POST", "/desk/account/password", kOwn, account, Slow{change_password}},
    {"POST", "/desk/account/sessions/{session}/end", kOwn, account, Act{end_session}},
    {"POST", "/desk/account/sessions/end", kOwn, account, Act{end_other_sessions}},
    {"GET", "/desk/account/two-step", kOwn, two_step},
    {"POST", "/desk/account/two-step", kOwn, two_step, Act{confirm_two_step}},
    {"POST", "/desk/account/two-step/start", kOwn, account, Slow{start_two_step}},
    {"POST", "/desk/account/two-step/off", kOwn, account, Slow{turn_off_two_step}},
};
#undef CLINIC

}  // namespace

std::span<const Route> routes() {
    return kRoutes;
}

}  // namespace clinicpro::web::front_desk
