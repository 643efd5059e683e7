// control.hpp: /_sandbox/, where tests and people steer the other side: merchants, customers, prompts, faults, clock,
// and the truth afterwards. JSON in, JSON out; documented in docs/sandbox.md.
//
// It stands on loopback and has no password, so it refuses what a web page elsewhere could send: a foreign Host (DNS
// rebinding) and a foreign Origin. Tested by sandbox/control_test.
#pragma once

#include "net/router.hpp"
#include "sandbox/daraja.hpp"

namespace clinicpro::sandbox {

class Control {
public:
    explicit Control(Daraja& daraja);
    // Where the mail server listens, and what it shows of itself; port 0: it was not asked for.
    void mail_server(uint16_t port, std::string certificate) {
        mail_port_ = port;
        mail_certificate_ = std::move(certificate);
    }
    // `open_to_network`: the operator bound another address on purpose, so any Host is taken.
    net::Response handle(const net::Request& request, Instant now, bool open_to_network = false);

private:
    using Action = Result<std::string> (Control::*)(const net::Request&);
    void route(std::string_view method, std::string_view pattern, Action action);
    static Result<json::Document> body_of(const net::Request& request);

    Result<std::string> health(const net::Request&);
    Result<std::string> merchants(const net::Request&);
    Result<std::string> set_merchant(const net::Request&);
    Result<std::string> switches(const net::Request&);
    Result<std::string> set_switches(const net::Request&);
    Result<std::string> clock(const net::Request&);
    Result<std::string> set_clock(const net::Request&);
    Result<std::string> faults(const net::Request&);
    Result<std::string> set_faults(const net::Request&);
    Result<std::string> add_faults(const net::Request&);
    Result<std::string> clear_faults(const net::Request&);
    Result<std::string> reset(const net::Request&);

    Result<std::string> customers(const net::Request&);
    Result<std::string> customer(const net::Request&);
    Result<std::string> set_customer(const net::Request&);
    Result<std::string> set_script(const net::Request&);
    Result<std::string> next_script(const net::Request&);
    Result<std::string> prompts(const net::Request&);
    Result<std::string> answer(const net::Request&);
    Result<std::string> pay(const net::Request&);
    Result<std::string> payments(const net::Request&);

    Result<std::string> sms(const net::Request&);
    Result<std::string> sms_accounts(const net::Request&);
    Result<std::string> set_sms_account(const net::Request&);
    Result<std::string> sms_report(const net::Request&);

    Result<std::string> mail(const net::Request&);

    Result<std::string> ledger(const net::Request&);
    Result<std::string> pushes(const net::Request&);
    Result<std::string> transfers(const net::Request&);
    Result<std::string> certificate(const net::Request&);
    Result<std::string> registrations(const net::Request&);
    Result<std::string> deliveries(const net::Request&);
    Result<std::string> redeliver(const net::Request&);
    Result<std::string> exchanges(const net::Request&);
    Result<std::string> forge(const net::Request&);

    Result<std::string> zoom(const net::Request&);
    Result<std::string> set_zoom(const net::Request&);
    Result<std::string> zoom_meetings(const net::Request&);
    Result<std::string> zoom_act(const net::Request&);
    Result<std::string> zoom_validate(const net::Request&);
    Result<std::string> google(const net::Request&);
    Result<std::string> google_meetings(const net::Request&);
    Result<std::string> google_delete(const net::Request&);
    Result<std::string> google_connect(const net::Request&);
    Result<std::string> google_revoke(const net::Request&);

    Daraja& daraja_;
    net::Router router_;
    Instant now_;
    uint16_t mail_port_ = 0;
    std::string mail_certificate_;
    net::Response answer_;
};

// How lists are cut: ?limit=N keeps the newest N, oldest first.
size_t list_start(const net::Request& request, size_t size);

}  // namespace clinicpro::sandbox
