#include "web/ops_controller.hpp"

#include "base/json.hpp"
#include "web/middleware.hpp"

namespace clinicpro::web {

void OpsController::health(net::Request, net::Respond respond) const {
    respond(net::Response::json(200, R"({"status":"alive"})"));
}

void OpsController::ready(net::Request request, net::Respond respond) const {
    const auto not_ready = [id = request.id](std::string sentence) {
        return problem_with_headers({Code::kUnavailable, std::move(sentence), {}, {}}, id);
    };
    if (services_.is_ready && !services_.is_ready()) {
        return respond(
            not_ready("This server is starting, stopping, or cannot do its work. Send requests to another one."));
    }
    const bool taken = pool_.post([this, respond, not_ready] {
        const auto read = services_.database.read([](store::Tx& tx) -> Result<> {
            TRY(tx.execute("SELECT 1"));
            return {};
        });
        if (!read) return respond(not_ready(read.error().message));
        respond(net::Response::json(200, R"({"status":"ready"})"));
    });
    if (!taken) respond(overloaded(request.id));
}

void OpsController::version(net::Request, net::Respond respond) const {
    json::Writer w;
    w.begin_object().field("name", "clinicpro").field("version", CLINICPRO_VERSION);
    w.field("database", services_.database.engine()).end_object();
    respond(net::Response::json(200, w.take()));
}

void OpsController::noop(net::Request, net::Respond respond) const {
    respond(net::Response::json(200, R"({"ok":true})"));
}

}  // namespace clinicpro::web
