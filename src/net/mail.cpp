#include "net/mail.hpp"

namespace clinicpro::net {

Duration timeout_of(const AnyRequest& request) {
    return std::visit([](const auto& one) { return one.timeout; }, request);
}

void send(Client& client, AnyRequest request, std::function<void(Outcome)> done) {
    if (auto* mail = std::get_if<MailRequest>(&request)) {
        client.send_mail(std::move(*mail), std::move(done));
    } else {
        client.send(std::get<ClientRequest>(std::move(request)), std::move(done));
    }
}

Outcome send_and_wait(Client& client, MailRequest request) {
    return wait_for([&](std::function<void(Outcome)> done) { client.send_mail(std::move(request), std::move(done)); });
}

void Client::send_mail(MailRequest, std::function<void(Outcome)> done) {
    done(NotSent{"this client sends no mail"});
}

}  // namespace clinicpro::net
