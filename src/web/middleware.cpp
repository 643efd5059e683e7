#include "web/middleware.hpp"

#include "base/text.hpp"
#include "jobs/queue.hpp"
#include "web/body.hpp"
#include "web/idempotency.hpp"

namespace clinicpro::web {
namespace {

constexpr std::string_view kScheme = "Bearer ";

// "application/json", with or without parameters.
bool is_json(std::string_view content_type) {
    return text::equal_ignoring_case(text::trim(content_type.substr(0, content_type.find(';'))), "application/json");
}

std::string_view bearer(const net::Request& request) {
    const std::string_view header = request.header("Authorization");
    if (header.size() <= kScheme.size() || !text::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme))
        return {};
    return text::trim(header.substr(kScheme.size()));
}

bool names_a_clinic(const ApiRoute& route) {
    return route.pattern.starts_with("/v1/clinics/{clinic}");
}

}  // namespace

net::Response problem_with_headers(const Error& error, std::string_view request_id) {
    net::Response response = net::Response::problem(error, request_id);
    if (error.code == Code::kUnauthorised)
        response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"clinicpro\"");
    if (response.status == 503 || response.status == 429) response.headers.emplace_back("Retry-After", "1");
    return response;
}

net::Response overloaded(std::string_view request_id) {
    return problem_with_headers({Code::kBusy, "Too many requests are waiting here. Try again in a second.", {}, {}},
                                request_id);
}

struct Api::Running {
    const ApiRoute& route;
    net::Request request;
    net::Respond answer_to;
    std::chrono::steady_clock::time_point began;
    clinics::Principal principal = {};
    clinics::Clinic clinic = {};
    std::optional<idempotency::Key> key = {};
    bool replayed = false;
};

Api::~Api() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return writing_ == 0; });
}

void Api::handle(const ApiRoute& route, net::Request request, net::Respond answer_to) {
    auto running = std::make_shared<Running>(
        Running{route, std::move(request), std::move(answer_to), std::chrono::steady_clock::now()});
    if (!pool_.post([this, running] { run(running); })) respond(*running, overloaded(running->request.id));
}

void Api::run(const std::shared_ptr<Running>& running) {
    const net::Request& request = running->request;
    if (request.body.size() > kBodyMax) {
        return finish(*running, fail(Code::kTooLarge, "A request here may have at most 256 KiB. Send less at once."));
    }
    if (!request.body.empty() && !is_json(request.header("Content-Type"))) {
        return respond(*running,
                       net::Response::problem(415, "unsupported_media_type",
                                              "Send JSON with the header Content-Type: application/json.", request.id));
    }
    auto read = admit(*running);
    if (!read) return finish(*running, std::unexpected(std::move(read).error()));
    if (*read) return finish(*running, **std::move(read));
    const Call call{request, services_, running->principal, running->clinic};
    if (const auto* own = std::get_if<Own>(&running->route.handle)) return finish(*running, own->run(call));
    auto deed = std::get<Write>(running->route.handle).prepare(call);
    if (!deed) return finish(*running, std::unexpected(std::move(deed).error()));
    write(running, *std::move(deed));
}

// Who asks, for which clinic, and may they. A read is answered in the same transaction.
Result<std::optional<Answer>> Api::admit(Running& running) {
    const std::string_view token = bearer(running.request);
    if (token.empty()) {
        return fail(Code::kUnauthorised, "Send an API key in the header Authorization: Bearer cpk_...");
    }
    std::optional<Answer> answer;
    TRY(services_.database.read([&](store::Tx& tx) -> Result<> {
        TRY(running.principal, clinics::verify_key(tx, token));
        if (names_a_clinic(running.route)) {
            TRY(running.clinic, clinics::find(tx, running.request.params.at(0)));
        } else if (running.principal.clinic != kSystem) {
            return fail(Code::kForbidden, "This concerns the whole server; it needs an operator's key.");
        }
        TRY(clinics::require(running.principal, running.route.permission, running.clinic.id));
        if (const auto* read = std::get_if<Read>(&running.route.handle)) {
            store::ClinicTx clinic(tx, running.clinic.id);
            TRY(answer, read->run({running.request, services_, running.principal, running.clinic}, clinic));
        } else {
            TRY(running.key, idempotency::read(running.request, running.route));
        }
        return {};
    }));
    return answer;
}

void Api::write(const std::shared_ptr<Running>& running, Deed deed) {
    {
        const std::lock_guard lock(mutex_);
        ++writing_;
    }
    const auto answer = std::make_shared<Answer>();
    services_.database.submit(
        [this, running, answer, deed = std::move(deed)](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, running->clinic.id);
            const Instant now = services_.clock.now();
            running->replayed = false;
            if (running->key) {
                TRY(auto earlier, idempotency::claim(tx, services_.vault, *running->key, now));
                if (earlier) {
                    *answer = *std::move(earlier);
                    running->replayed = true;
                    return {};
                }
            }
            jobs::QueueContext context(services_.ids, now);
            TRY(*answer, deed(context, tx));
            if (running->key) TRY(idempotency::keep(tx, services_.vault, *running->key, *answer));
            return {};
        },
        [this, running, answer](Result<> written) {
            if (!written) {
                finish(*running, std::unexpected(std::move(written).error()));
            } else {
                if (services_.wake) services_.wake();
                finish(*running, std::move(*answer));
            }
            const std::lock_guard lock(mutex_);
            if (--writing_ == 0) idle_.notify_all();
        });
}

void Api::finish(Running& running, Result<Answer> result) {
    const std::string& id = running.request.id;
    if (!result) {
        const Error& error = result.error();
        if (http_status(error.code) >= 500) {
            log::failure("api.failed", error, {{"operation", running.route.operation}, {"request", id}});
        }
        return respond(running, problem_with_headers(error, id));
    }
    net::Response response = net::Response::json(result->status, std::move(result->json));
    if (result->status == 204) response.headers.clear();
    if (!result->type.empty()) response.headers = {{"Content-Type", result->type}};
    for (auto& header : result->headers) response.headers.push_back(std::move(header));
    // Answers hold people's names, and once a new key.
    response.headers.emplace_back("Cache-Control", "no-store");
    if (running.replayed) response.headers.emplace_back("Idempotency-Replayed", "true");
    respond(running, std::move(response));
}

void Api::respond(Running& running, net::Response response) {
    const int status = response.status;
    running.answer_to(std::move(response));
    const auto took = std::chrono::steady_clock::now() - running.began;
    log::info("api.request", {{"method", running.route.method},
                              {"route", running.route.pattern},
                              {"status", status},
                              {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()},
                              {"request", running.request.id},
                              {"key", running.principal.key ? running.principal.key.to_text() : std::string("-")}});
}

}  // namespace clinicpro::web
