#include "web/user_controller.hpp"

#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/session.hpp"
#include "clinics/two_step.hpp"
#include "web/body.hpp"
#include "web/views.hpp"

namespace clinicpro::web::user {
namespace {

using clinics::User;

// The answer about one person, with the link when one was made.
Answer answer(int status, const User& user, const std::optional<std::string>& link = {}) {
    json::Writer w;
    w.begin_object();
    view::write_members(w, user);
    if (link) w.field("invitation_url", *link);
    return {status, w.end_object().take()};
}

std::string link_of(const Services& services, const Secret<>& token) {
    return services.public_url + "/desk/invitation/" + token.reveal();
}

// A change of one person that takes no input; answers how they are afterwards.
using Change = Result<> (*)(store::ClinicTx&, UserId, const clinics::users::Doer&);
Result<Deed> change(const Call& call, Change make) {
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, make, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(make(tx, id, {actor, context.now()}));
        TRY(const User now, clinics::users::find(tx, id));
        return answer(200, now);
    });
}

}  // namespace

Result<Deed> create(const Call& call) {
    TRY(const auto document, body::parse(call.request.body, {"name", "full_name", "role", "language"}));
    const json::View root = document.root();
    clinics::NewUser wanted;
    TRY(wanted.name, body::text(root["name"], clinics::users::kNameMax));
    TRY(wanted.full_name, body::text(root["full_name"], clinics::users::kFullNameMax));
    TRY(const std::string role, body::text(root["role"], 20));
    TRY(wanted.role, clinics::parse_role(role));
    TRY(const std::string language, body::text_if_any(root["language"], 10));
    if (!language.empty()) wanted.language = language;
    return Deed([wanted, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                          store::ClinicTx& tx) -> Result<Answer> {
        const clinics::users::Doer by{actor, context.now()};
        TRY(const User made, clinics::users::create(tx, wanted, context.ids(), by));
        TRY(const Secret<> token, clinics::invitations::make(tx, made.id, services.entropy, by));
        return answer(201, made, link_of(services, token));
    });
}

Result<Answer> list(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const auto found, clinics::users::list(tx));
    return view::page(found, std::nullopt, [](json::Writer& w, const User& one) { view::write(w, one); });
}

Result<Answer> show(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(const User found, clinics::users::find(tx, id));
    return answer(200, found);
}

Result<Deed> set_role(const Call& call) {
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(const auto document, body::parse(call.request.body, {"role"}));
    TRY(const std::string word, body::text(document.root()["role"], 20));
    TRY(const clinics::Role role, clinics::parse_role(word));
    return Deed([id, role, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(clinics::users::set_role(tx, id, role, {actor, context.now()}));
        TRY(const User now, clinics::users::find(tx, id));
        return answer(200, now);
    });
}

Result<Deed> disable(const Call& call) {
    return change(call, clinics::users::disable);
}
Result<Deed> enable(const Call& call) {
    return change(call, clinics::users::enable);
}
Result<Deed> turn_off_two_step(const Call& call) {
    return change(call, clinics::two_step::turn_off);
}

Result<Deed> invite(const Call& call) {
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, &services = call.services, actor = call.actor()](jobs::Context& context,
                                                                      store::ClinicTx& tx) -> Result<Answer> {
        TRY(const Secret<> token, clinics::invitations::make(tx, id, services.entropy, {actor, context.now()}));
        TRY(const User now, clinics::users::find(tx, id));
        return answer(200, now, link_of(services, token));
    });
}

Result<Answer> list_sessions(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(clinics::users::find(tx, id));
    TRY(const auto found, clinics::sessions::list(tx, id, call.services.clock.now()));
    return view::page(found, std::nullopt, [](json::Writer& w, const clinics::Session& one) { view::write(w, one); });
}

Result<Deed> end_sessions(const Call& call) {
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(body::parse(call.request.body, {}));
    return Deed([id, actor = call.actor()](jobs::Context& context, store::ClinicTx& tx) -> Result<Answer> {
        TRY(clinics::users::find(tx, id));
        TRY(clinics::sessions::end_all(tx, id));
        const std::string subject = id.to_text();
        TRY(clinics::audit::append(
            tx, {.at = context.now(), .actor = actor, .action = "user.sessions_ended", .subject = subject}));
        return Answer{204, {}};
    });
}

}  // namespace clinicpro::web::user
