// desk_pages.hpp: the pages and deeds of the desk, by what they are about; routes() in desk_routes.cpp puts them in one
// table.
#pragma once

#include "web/desk.hpp"

namespace clinicpro::web::front_desk {

#define LOOK(name) Result<Shown> name(const Call& call, store::ClinicTx& tx)
#define ACT(name) Result<Done> name(const Call& call, jobs::Context& context, store::ClinicTx& tx)
#define SLOW(name) Result<Done> name(const Call& call)
#define TRIAL(name) Result<Done> name(const Call& call)

LOOK(today);

LOOK(payments);
LOOK(payment);
ACT(clear_attention);
LOOK(explain_payment);
ACT(ask_refund);

LOOK(refunds);
LOOK(refund);
ACT(approve_refund);
ACT(reject_refund);
ACT(cancel_refund);
ACT(settle_refund);

LOOK(reports);
LOOK(payments_csv);
LOOK(invoices_csv);
LOOK(ledger_csv);
LOOK(statement);
ACT(compare_statement);

LOOK(unallocated);
ACT(match_unallocated);

LOOK(invoices);
LOOK(new_invoice);
ACT(make_invoice);
LOOK(invoice);
ACT(void_invoice);
ACT(send_prompt);

LOOK(visits);
LOOK(visit);
ACT(confirm_visit);
ACT(complete_visit);
ACT(cancel_visit);
ACT(release_visit);
ACT(move_visit);
ACT(send_link);

LOOK(messages);
ACT(resend_message);

LOOK(people);
ACT(add_person);
LOOK(person);
ACT(invite_person);
ACT(set_person_role);
ACT(disable_person);
ACT(enable_person);
ACT(sign_person_out);
ACT(person_two_step_off);

LOOK(setup);
LOOK(setup_doctor);
TRIAL(try_everything);
LOOK(setup_app);
TRIAL(save_app);
LOOK(setup_callbacks);
TRIAL(save_callbacks);
LOOK(setup_c2b);
ACT(register_c2b);
LOOK(setup_meetings);
TRIAL(save_meetings);
LOOK(setup_connect);
ACT(connect_google);
LOOK(setup_sms);
TRIAL(save_sms);
LOOK(setup_mail);
TRIAL(save_mail);

LOOK(clinic_list);
LOOK(account);
ACT(set_language);
ACT(end_session);
ACT(end_other_sessions);
SLOW(change_password);
LOOK(two_step);
SLOW(start_two_step);
ACT(confirm_two_step);
SLOW(turn_off_two_step);

#undef LOOK
#undef ACT
#undef SLOW
#undef TRIAL

}  // namespace clinicpro::web::front_desk
