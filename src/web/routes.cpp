#include "web/routes.hpp"

#include "web/books_controller.hpp"
#include "web/clinic_controller.hpp"
#include "web/connect_page.hpp"
#include "web/desk_controller.hpp"
#include "web/desk_door.hpp"
#include "web/desk_gate.hpp"
#include "web/invoice_controller.hpp"
#include "web/join_page.hpp"
#include "web/meeting_controller.hpp"
#include "web/message_controller.hpp"
#include "web/middleware.hpp"
#include "web/mpesa_callback_controller.hpp"
#include "web/ops_controller.hpp"
#include "web/pages.hpp"
#include "web/patient_controller.hpp"
#include "web/pay_page.hpp"
#include "web/payment_controller.hpp"
#include "web/refund_controller.hpp"
#include "web/report_controller.hpp"
#include "web/setup_controller.hpp"
#include "web/statement_controller.hpp"
#include "web/text_controller.hpp"
#include "web/user_controller.hpp"
#include "web/webhook_controller.hpp"
#include "web/zoom_controller.hpp"

namespace clinicpro::web {
namespace {

using clinics::Permission;

// A shorthand for the table: the path of a clinic's resource.
#define CLINIC "/v1/clinics/{clinic}"

constexpr auto kPlain = Repeat::kPlain;
constexpr auto kKey = Repeat::kKeyAccepted;
constexpr auto kNeedsKey = Repeat::kKeyRequired;

const ApiRoute kApi[] = {
    // The whole server; for operators.
    {"POST", "/v1/clinics", "createClinic", Permission::kManageClinics, kPlain, Own{clinic::create}},
    {"GET", "/v1/clinics", "listClinics", Permission::kManageClinics, kPlain, Read{clinic::list}},
    {"GET", "/v1/meeting-provider", "getDefaultMeetingProvider", Permission::kManageClinics, kPlain,
     Read{meeting::show}},
    {"PUT", "/v1/meeting-provider", "setDefaultMeetingProvider", Permission::kManageClinics, kPlain,
     Write{meeting::put}},
    {"POST", "/v1/meeting-provider/check", "checkDefaultMeetingProvider", Permission::kManageClinics, kPlain,
     Own{meeting::check}},
    {"POST", "/v1/meeting-provider/connect", "connectDefaultMeetingProvider", Permission::kManageClinics, kPlain,
     Write{meeting::connect}},
    {"GET", "/v1/messaging", "getDefaultMessaging", Permission::kManageClinics, kPlain, Read{message::show}},
    {"PUT", "/v1/messaging", "setDefaultMessaging", Permission::kManageClinics, kPlain, Write{message::put}},
    {"DELETE", "/v1/messaging", "clearDefaultMessaging", Permission::kManageClinics, kPlain, Write{message::clear}},
    {"GET", "/v1/audit", "listServerAudit", Permission::kReadAudit, kPlain, Read{clinic::list_audit}},
    {"GET", "/v1/audit/verify", "verifyServerAudit", Permission::kReadAudit, kPlain, Read{clinic::verify_audit}},

    // A clinic and its set-up.
    {"GET", CLINIC, "getClinic", Permission::kRead, kPlain, Read{clinic::show}},
    {"PUT", CLINIC "/status", "setClinicStatus", Permission::kManageClinics, kPlain, Write{clinic::set_status}},
    {"PUT", CLINIC "/colour", "setClinicColour", Permission::kConfigure, kPlain, Write{clinic::set_colour}},
    {"POST", CLINIC "/keys", "createKey", Permission::kManageKeys, kPlain, Write{clinic::create_key}},
    {"GET", CLINIC "/keys", "listKeys", Permission::kManageKeys, kPlain, Read{clinic::list_keys}},
    {"DELETE", CLINIC "/keys/{key}", "revokeKey", Permission::kManageKeys, kPlain, Write{clinic::revoke_key}},
    {"POST", CLINIC "/users", "createUser", Permission::kManageUsers, kPlain, Write{user::create}},
    {"GET", CLINIC "/users", "listUsers", Permission::kManageUsers, kPlain, Read{user::list}},
    {"GET", CLINIC "/users/{user}", "getUser", Permission::kManageUsers, kPlain, Read{user::show}},
    {"PUT", CLINIC "/users/{user}/role", "setUserRole", Permission::kManageUsers, kPlain, Write{user::set_role}},
    {"POST", CLINIC "/users/{user}/disable", "disableUser", Permission::kManageUsers, kPlain, Write{user::disable}},
    {"POST", CLINIC "/users/{user}/enable", "enableUser", Permission::kManageUsers, kPlain, Write{user::enable}},
    {"POST", CLINIC "/users/{user}/invite", "inviteUser", Permission::kManageUsers, kPlain, Write{user::invite}},
    {"DELETE", CLINIC "/users/{user}/two-step", "turnOffTwoStep", Permission::kManageUsers, kPlain,
     Write{user::turn_off_two_step}},
    {"GET", CLINIC "/users/{user}/sessions", "listSessions", Permission::kManageUsers, kPlain,
     Read{user::list_sessions}},
    {"DELETE", CLINIC "/users/{user}/sessions", "endSessions", Permission::kManageUsers, kPlain,
     Write{user::end_sessions}},
    {"GET", CLINIC "/mpesa", "getMpesa", Permission::kConfigure, kPlain, Read{setup::show_mpesa}},
    {"PUT", CLINIC "/mpesa", "setMpesa", Permission::kConfigure, kPlain, Write{setup::put_mpesa}},
    {"GET", CLINIC "/mpesa/c2b-urls", "getC2bUrls", Permission::kConfigure, kPlain, Read{setup::show_urls}},
    {"POST", CLINIC "/mpesa/c2b-urls", "registerC2bUrls", Permission::kConfigure, kKey, Write{setup::register_urls}},
    {"POST", CLINIC "/mpesa/c2b-urls/rotate", "rotateC2bUrls", Permission::kConfigure, kKey, Write{setup::rotate_urls}},
    {"GET", CLINIC "/meeting-provider", "getMeetingProvider", Permission::kConfigure, kPlain,
     Read{meeting::show}},
    {"PUT", CLINIC "/meeting-provider", "setMeetingProvider", Permission::kConfigure, kPlain,
     Write{meeting::put}},
    {"DELETE", CLINIC "/meeting-provider", "clearMeetingProvider", Permission::kConfigure, kPlain,
     Write{meeting::clear}},
    {"PUT", CLINIC "/meeting-provider/fallback", "setMeetingFallback", Permission::kConfigure, kPlain,
     Write{meeting::put_fallback}},
    {"POST", CLINIC "/meeting-provider/check", "checkMeetingProvider", Permission::kConfigure, kPlain,
     Own{meeting::check}},
    {"POST", CLINIC "/meeting-provider/connect", "connectMeetingProvider", Permission::kConfigure, kPlain,
     Write{meeting::connect}},
    {"GET", CLINIC "/messaging", "getMessaging", Permission::kConfigure, kPlain, Read{message::show}},
    {"PUT", CLINIC "/messaging", "setMessaging", Permission::kConfigure, kPlain, Write{message::put}},
    {"DELETE", CLINIC "/messaging", "clearMessaging", Permission::kConfigure, kPlain, Write{message::clear}},
    {"POST", CLINIC "/messaging/reports/rotate", "rotateDeliveryReports", Permission::kConfigure, kKey,
     Write{message::rotate_reports}},
    {"GET", CLINIC "/zoom/events-url", "getZoomEventsUrl", Permission::kConfigure, kPlain,
     Read{zoom_setup::show_events_url}},
    {"POST", CLINIC "/messaging/test", "testMessaging", Permission::kConfigure, kPlain, Own{message::trial}},
    {"GET", CLINIC "/messaging/texts", "listMessageTexts", Permission::kConfigure, kPlain, Read{message_text::list}},
    {"POST", CLINIC "/messaging/texts/preview", "previewMessageText", Permission::kConfigure, kPlain,
     Read{message_text::preview}},
    {"PUT", CLINIC "/messaging/texts/{template}/{language}", "setMessageText", Permission::kConfigure, kPlain,
     Write{message_text::put}},
    {"DELETE", CLINIC "/messaging/texts/{template}/{language}", "resetMessageText", Permission::kConfigure, kPlain,
     Write{message_text::reset}},
    {"GET", CLINIC "/audit", "listAudit", Permission::kReadAudit, kPlain, Read{clinic::list_audit}},
    {"GET", CLINIC "/audit/verify", "verifyAudit", Permission::kReadAudit, kPlain, Read{clinic::verify_audit}},

    // Patients and their visits.
    {"POST", CLINIC "/patients", "createPatient", Permission::kManageInvoices, kKey, Write{patient::create}},
    {"PATCH", CLINIC "/patients/{patient}", "correctPatient", Permission::kManageInvoices, kKey,
     Write{patient::correct}},
    {"GET", CLINIC "/patients", "listPatients", Permission::kRead, kPlain, Read{patient::list}},
    {"POST", CLINIC "/patients/search", "searchPatients", Permission::kRead, kPlain, Read{patient::search}},
    {"GET", CLINIC "/patients/{patient}", "getPatient", Permission::kRead, kPlain, Read{patient::show}},
    {"POST", CLINIC "/appointments", "createAppointment", Permission::kManageInvoices, kKey,
     Write{appointment::create}},
    {"GET", CLINIC "/appointments", "listAppointments", Permission::kRead, kPlain, Read{appointment::list}},
    {"GET", CLINIC "/appointments/{appointment}", "getAppointment", Permission::kRead, kPlain, Read{appointment::show}},
    {"POST", CLINIC "/appointments/{appointment}/confirm", "confirmAppointment", Permission::kManageInvoices, kKey,
     Write{appointment::confirm}},
    {"POST", CLINIC "/appointments/{appointment}/complete", "completeAppointment", Permission::kManageInvoices, kKey,
     Write{appointment::complete}},
    {"POST", CLINIC "/appointments/{appointment}/cancel", "cancelAppointment", Permission::kManageInvoices, kKey,
     Write{appointment::cancel}},
    {"POST", CLINIC "/appointments/{appointment}/release", "releaseAppointment", Permission::kManageInvoices, kKey,
     Write{appointment::release}},
    {"POST", CLINIC "/appointments/{appointment}/reschedule", "rescheduleAppointment", Permission::kManageInvoices,
     kKey, Write{appointment::reschedule}},
    {"POST", CLINIC "/appointments/{appointment}/move-meeting", "moveAppointmentMeeting", Permission::kManageInvoices,
     kKey, Write{meeting::move}},
    {"POST", CLINIC "/appointments/{appointment}/host-link", "getAppointmentHostLink", Permission::kHostMeetings,
     kPlain, Own{meeting::host_link}},
    {"POST", CLINIC "/appointments/{appointment}/revoke-link", "revokeAppointmentLink", Permission::kManageInvoices,
     kKey, Write{appointment::revoke_link}},

    // Invoices and payments.
    {"POST", CLINIC "/invoices", "createInvoice", Permission::kManageInvoices, kKey, Write{invoice::create}},
    {"GET", CLINIC "/invoices", "listInvoices", Permission::kRead, kPlain, Read{invoice::list}},
    {"GET", CLINIC "/invoices/{invoice}", "getInvoice", Permission::kRead, kPlain, Read{invoice::show}},
    {"POST", CLINIC "/invoices/{invoice}/void", "voidInvoice", Permission::kManageInvoices, kKey,
     Write{invoice::void_one}},
    {"POST", CLINIC "/invoices/{invoice}/payments", "startPayment", Permission::kTakePayments, kNeedsKey,
     Write{payment::start}},
    {"GET", CLINIC "/payments", "listPayments", Permission::kRead, kPlain, Read{payment::list}},
    {"GET", CLINIC "/payments/{payment}", "getPayment", Permission::kRead, kPlain, Read{payment::show}},
    {"POST", CLINIC "/payments/{payment}/attention/clear", "clearAttention", Permission::kAllocateMoney, kKey,
     Write{payment::clear_attention}},
    {"GET", CLINIC "/unallocated", "listUnallocated", Permission::kRead, kPlain, Read{unallocated::list}},
    {"GET", CLINIC "/unallocated/{unallocated}", "getUnallocated", Permission::kRead, kPlain, Read{unallocated::show}},
    {"POST", CLINIC "/unallocated/{unallocated}/assign", "assignUnallocated", Permission::kAllocateMoney, kKey,
     Write{unallocated::assign}},

    // Money that goes back. Two people look at it: one asks, another approves.
    {"POST", CLINIC "/refunds", "requestRefund", Permission::kRequestRefunds, kKey, Write{refund::ask}},
    {"GET", CLINIC "/refunds", "listRefunds", Permission::kRead, kPlain, Read{refund::list}},
    {"GET", CLINIC "/refunds/{refund}", "getRefund", Permission::kRead, kPlain, Read{refund::show}},
    {"POST", CLINIC "/refunds/{refund}/approve", "approveRefund", Permission::kApproveRefunds, kKey,
     Write{refund::approve}},
    {"POST", CLINIC "/refunds/{refund}/reject", "rejectRefund", Permission::kApproveRefunds, kKey,
     Write{refund::reject}},
    {"POST", CLINIC "/refunds/{refund}/cancel", "cancelRefund", Permission::kRequestRefunds, kKey,
     Write{refund::cancel}},
    {"POST", CLINIC "/refunds/{refund}/settle", "settleRefund", Permission::kApproveRefunds, kKey,
     Write{refund::settle}},

    // What the books say.
    {"GET", CLINIC "/payments/{payment}/explain", "explainPayment", Permission::kRead, kPlain, Read{books::explain}},
    {"GET", CLINIC "/analytics", "getAnalytics", Permission::kRead, kPlain, Read{books::analytics}},
    {"POST", CLINIC "/statements", "compareStatement", Permission::kAllocateMoney, kKey, Write{statement::compare}},
    {"GET", CLINIC "/payments.csv", "exportPayments", Permission::kRead, kPlain, Read{books::payments_csv}},
    {"GET", CLINIC "/invoices.csv", "exportInvoices", Permission::kRead, kPlain, Read{books::invoices_csv}},
    {"GET", CLINIC "/ledger.csv", "exportLedger", Permission::kRead, kPlain, Read{books::ledger_csv}},

    // Behind the scenes.
    {"GET", CLINIC "/notices", "listNotices", Permission::kRead, kPlain, Read{desk::list_notices}},
    {"POST", CLINIC "/notices/{notice}/retry", "retryNotice", Permission::kManageInvoices, kKey,
     Write{desk::retry_notice}},
    {"GET", CLINIC "/inbox", "listInbox", Permission::kReadAudit, kPlain, Read{desk::list_inbox}},
    {"POST", CLINIC "/inbox/{inbox}/retry", "retryInbox", Permission::kAllocateMoney, kKey, Write{desk::retry_inbox}},
    {"GET", CLINIC "/jobs", "listJobs", Permission::kReadAudit, kPlain, Read{desk::list_jobs}},
    // Telling other programs.
    {"POST", CLINIC "/webhooks", "createWebhook", Permission::kConfigure, kPlain, Write{webhook::create}},
    {"GET", CLINIC "/webhooks", "listWebhooks", Permission::kConfigure, kPlain, Read{webhook::list}},
    {"GET", CLINIC "/webhooks/{webhook}", "getWebhook", Permission::kConfigure, kPlain, Read{webhook::show}},
    {"PUT", CLINIC "/webhooks/{webhook}/state", "setWebhookState", Permission::kConfigure, kPlain, Write{webhook::set_state}},
    {"POST", CLINIC "/webhooks/{webhook}/rotate", "rotateWebhookSecret", Permission::kConfigure, kPlain, Write{webhook::rotate}},
    {"POST", CLINIC "/webhooks/{webhook}/ping", "pingWebhook", Permission::kConfigure, kKey, Write{webhook::ping}},
    {"GET", CLINIC "/webhooks/{webhook}/deliveries", "listWebhookDeliveries", Permission::kConfigure, kPlain,
     Read{webhook::list_deliveries}},
    {"DELETE", CLINIC "/webhooks/{webhook}", "removeWebhook", Permission::kConfigure, kPlain, Write{webhook::remove}},
    {"GET", CLINIC "/events", "listEvents", Permission::kReadAudit, kPlain, Read{webhook::list_events}},
    {"POST", CLINIC "/events/{event}/resend", "resendEvent", Permission::kConfigure, kKey, Write{webhook::resend}},

    {"POST", CLINIC "/jobs/{job}/revive", "reviveJob", Permission::kAllocateMoney, kKey, Write{desk::revive_job}},
};

#undef CLINIC

// Each password costs 64 MiB and a tenth of a second of one core; who comes while 32 wait is told to come back.
constexpr PoolOptions kPasswordThreads{.threads = 2, .queue_max = 32};
// A trial waits for somebody else's server, up to a minute; no patient waits behind it.
constexpr PoolOptions kTrialThreads{.threads = 4, .queue_max = 8};

// The controllers live as long as the routes that lead to them.
struct Site {
    Site(const Services& services, Pool& pool, Live* shared)
        : live(services.database, {.own_thread = false}),
          api(services, pool),
          callbacks(services),
          reports(services),
          zoom(services, pool),
          frame(services.public_url),
          pages(frame),
          join(services, pool, frame, shared != nullptr ? *shared : live),
          pay(services, pool, frame, shared != nullptr ? *shared : live),
          connect(frame, services, pool),
          cookies(services.public_url),
          sign_in(services.database, services.vault, services.ids, services.clock),
          slow_pool(std::make_unique<Pool>(kPasswordThreads)),
          trial_pool(std::make_unique<Pool>(kTrialThreads)),
          door(services, *slow_pool, frame, cookies, sign_in),
          gate({services, pool, *slow_pool, *trial_pool, frame, shared != nullptr ? *shared : live, sign_in, cookies}),
          ops(services, pool) {}
    ~Site() {  // their threads use the rest
        trial_pool.reset();
        slow_pool.reset();
    }

    Live live;
    Api api;
    MpesaCallbackController callbacks;
    ReportController reports;
    ZoomController zoom;
    PageFrame frame;
    Pages pages;
    JoinPage join;
    PayPage pay;
    ConnectPage connect;
    Cookies cookies;
    clinics::SignIn sign_in;
    std::unique_ptr<Pool> slow_pool;
    std::unique_ptr<Pool> trial_pool;
    front_desk::Door door;
    front_desk::Gate gate;
    OpsController ops;
};

}  // namespace

std::span<const ApiRoute> api_routes() {
    return kApi;
}

net::Router build_router(const Services& services, Pool& pool, RouterOptions options) {
    const auto site = std::make_shared<Site>(services, pool, options.live);
    net::Router router;
    const auto add = [&](std::string method, std::string pattern, auto* part, auto member) {
        router.add({std::move(method),
                    std::move(pattern),
                    {},
                    [site, part, member](net::Request request, net::Respond respond) {
                        (part->*member)(std::move(request), std::move(respond));
                    }});
    };
    for (const ApiRoute& route : kApi) {
        router.add({std::string(route.method), std::string(route.pattern), std::string(route.operation),
                    [site, &route](net::Request request, net::Respond respond) {
                        site->api.handle(route, std::move(request), std::move(respond));
                    }});
    }
    // Safaricom. Short neutral words, because Daraja refuses addresses that hold certain ones (daraja.md 2.1).
    add("POST", "/n/s/{token}", &site->callbacks, &MpesaCallbackController::stk);
    add("POST", "/n/c/{token}", &site->callbacks, &MpesaCallbackController::confirmation);
    add("POST", "/n/v/{token}", &site->callbacks, &MpesaCallbackController::validation);
    // The mobile networks, by way of the SMS provider.
    add("POST", "/n/r/{token}", &site->reports, &ReportController::take);
    add("POST", "/n/z/{token}", &site->zoom, &ZoomController::event);
    add("POST", "/n/m/{token}", &site->callbacks, &MpesaCallbackController::refund);
    // People.
    add("GET", "/", &site->pages, &Pages::front);
    add("GET", "/docs", &site->pages, &Pages::docs);
    add("GET", "/docs/openapi.yaml", &site->pages, &Pages::openapi);
    add("GET", "/assets/{name}", &site->pages, &Pages::asset);
    add("GET", "/assets/clinic/{name}", &site->pages, &Pages::colour);
    add("GET", "/j/{token}", &site->join, &JoinPage::look);
    add("POST", "/j/{token}", &site->join, &JoinPage::enter);
    add("GET", "/j/{token}/now", &site->join, &JoinPage::now);
    add("GET", "/j/{token}/live", &site->join, &JoinPage::follow);
    add("GET", "/p/{token}", &site->pay, &PayPage::look);
    add("POST", "/p/{token}", &site->pay, &PayPage::pay);
    add("GET", "/p/{token}/now", &site->pay, &PayPage::now);
    add("GET", "/p/{token}/live", &site->pay, &PayPage::follow);
    add("GET", "/p/{token}/receipt", &site->pay, &PayPage::receipt);
    add("GET", "/p/{token}/qr.svg", &site->pay, &PayPage::code);
    add("GET", "/connect/google", &site->connect, &ConnectPage::google);
    // The desk.
    add("GET", "/desk", &site->gate, &front_desk::Gate::front);
    add("GET", "/desk/sign-in", &site->door, &front_desk::Door::look);
    add("POST", "/desk/sign-in", &site->door, &front_desk::Door::enter);
    add("GET", "/desk/sign-in/code", &site->door, &front_desk::Door::look_code);
    add("POST", "/desk/sign-in/code", &site->door, &front_desk::Door::enter_code);
    add("POST", "/desk/sign-out", &site->door, &front_desk::Door::leave);
    add("GET", "/desk/invitation/{token}", &site->door, &front_desk::Door::look_invited);
    add("POST", "/desk/invitation/{token}", &site->door, &front_desk::Door::accept);
    add("GET", "/desk/{clinic}/live", &site->gate, &front_desk::Gate::follow);
    for (const front_desk::Route& route : front_desk::routes()) {
        router.add({std::string(route.method), std::string(route.pattern), {},
                    [site, &route](net::Request request, net::Respond respond) {
                        site->gate.handle(route, std::move(request), std::move(respond));
                    }});
    }
    router.otherwise([site](net::Request request, net::Respond respond) {
        site->pages.unknown(std::move(request), std::move(respond));
    });
    // Machines.
    add("GET", "/healthz", &site->ops, &OpsController::health);
    add("GET", "/readyz", &site->ops, &OpsController::ready);
    add("GET", "/version", &site->ops, &OpsController::version);
    if (options.benchmark) add("POST", "/noop", &site->ops, &OpsController::noop);
    return router;
}

}  // namespace clinicpro::web
