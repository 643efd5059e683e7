#include "web/desk_names.hpp"

namespace clinicpro::web::front_desk {

Result<std::string> Names::of(const std::string& actor) {
    const auto known = known_.find(actor);
    if (known != known_.end()) return known->second;
    TRY(std::string name, look_up(actor));
    return known_.emplace(actor, std::move(name)).first->second;
}

Result<std::string> Names::look_up(const std::string& actor) {
    const Words& w = call_.words;
    if (actor == call_.actor()) return w("desk.by.you");
    if (const auto id = UserId::parse(actor)) {
        const auto user = clinics::users::find(tx_, *id);
        if (user) return user->full_name;
        // Whoever runs the server stands under no clinic.
        if (user.error().code == Code::kNotFound) return w("desk.by.operator");
        return std::unexpected(user.error());
    }
    if (const auto id = KeyId::parse(actor)) {
        TRY(const auto keys, clinics::list_keys(tx_));
        for (const auto& key : keys) {
            if (key.id == *id) return w("desk.by.key", {{"label", key.label}});
        }
        return w("desk.by.operator");
    }
    if (actor.starts_with("cli:")) return w("desk.by.operator");
    const std::string id = "desk.by." + actor;
    return w(w.has(id) ? id : "desk.by.system");
}

}  // namespace clinicpro::web::front_desk
