#include "web/desk_gate.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "crypto/hash.hpp"
#include "jobs/queue.hpp"
#include "web/desk_frame.hpp"
#include "web/idempotency.hpp"
#include "web/pages.hpp"

namespace clinicpro::web::front_desk {
namespace {

constexpr size_t kOnceMax = 64;

bool names_a_clinic(const Route& route) {
    return route.pattern.starts_with("/desk/{clinic}");
}

// A browser says where a request comes from; one that comes from another site is none of ours. Older browsers say
// nothing.
bool is_from_elsewhere(const net::Request& request) {
    const std::string_view site = request.header("Sec-Fetch-Site");
    return !site.empty() && site != "same-origin" && site != "none";
}

messaging::Language language_of_user(const clinics::User& user) {
    return user.language == "sw" ? messaging::Language::kSwahili : messaging::Language::kEnglish;
}

}  // namespace

const std::string& Call::param(size_t index) const {
    const bool clinic_first = request.params.size() > 0 && !request.path.starts_with("/desk/account");
    return request.params.at(index + (clinic_first ? 1 : 0));
}

std::string Call::typed(std::string_view name, std::string_view otherwise) const {
    return problem != nullptr && form.has(name) ? std::string(form[name]) : std::string(otherwise);
}

// What one request has become so far.
struct Gate::Visit {
    const net::Request& request;
    std::string token = {};
    clinics::SignedIn who = {};
    clinics::Clinic clinic = {};
    Words words{messaging::Language::kEnglish};
    Form form = {};

    Call call(const Parts& parts, const Error* problem = nullptr) const {
        return {request, parts.services, parts.sign_in, who, clinic, token, words, form, problem};
    }
};

void Gate::handle(const Route& route, net::Request request, net::Respond respond) {
    const auto began = std::chrono::steady_clock::now();
    const auto asked = std::make_shared<net::Request>(std::move(request));
    Pool& pool = std::holds_alternative<Slow>(route.act)    ? parts_.slow_pool
                 : std::holds_alternative<Trial>(route.act) ? parts_.trial_pool
                                                            : parts_.pool;
    const bool taken = pool.post([this, &route, asked, respond, began] {
        net::Response response = answer(route, *asked);
        const auto took = std::chrono::steady_clock::now() - began;
        log::info("front_desk.request", {{"method", route.method},
                                         {"route", route.pattern},
                                         {"status", response.status},
                                         {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()},
                                         {"request", asked->id}});
        respond(std::move(response));
    });
    if (!taken) respond(trouble_page(parts_.frame, language_of(*asked), {Code::kBusy, {}, {}, {}}));
}

Result<std::optional<clinics::SignedIn>> Gate::who(store::Tx& tx, const std::string& token) const {
    TRY(auto found, clinics::sessions::find(tx, token, parts_.services.clock.now()));
    if (found && found->session.stage != clinics::Session::Stage::kFull) found.reset();
    return found;
}

net::Response Gate::answer(const Route& route, const net::Request& request) {
    Visit visit{request, parts_.cookies.session(request)};
    std::optional<Shown> shown;
    bool signed_in = false;
    const auto read = parts_.services.database.read([&](store::Tx& tx) -> Result<> {
        TRY(auto found, who(tx, visit.token));
        signed_in = found.has_value();
        if (!found) return {};
        visit.who = *std::move(found);
        visit.words = Words(language_of_user(visit.who.user));
        visit.clinic = visit.who.clinic;
        if (names_a_clinic(route)) {
            TRY(visit.clinic, clinics::find(tx, request.params.at(0)));
            TRY(clinics::require(visit.who.principal(), *route.permission, visit.clinic.id));
        }
        if (route.method != "GET") return {};
        store::ClinicTx own(tx, names_a_clinic(route) ? visit.clinic.id : visit.who.user.clinic);
        // Before the look: what changes from here on is a reason to look again.
        TRY(const auto head, clinics::audit::head(own));
        TRY(shown, route.look(visit.call(parts_), own));
        shown->seen = std::to_string(head.seq);
        return {};
    });
    if (!read) return refusal(visit, read.error());
    if (!signed_in) return to_sign_in(request);
    keep_alive(visit);
    return shown ? page(visit, *shown) : act(route, visit);
}

net::Response Gate::act(const Route& route, Visit& visit) {
    auto form = Form::read(visit.request);
    if (!form) return refusal(visit, form.error());
    visit.form = *std::move(form);
    if (is_from_elsewhere(visit.request) || !clinics::sessions::csrf_matches(visit.token, visit.form[kCsrfField])) {
        return refusal(visit, Error{Code::kForbidden, visit.words("desk.csrf"), {}, {}});
    }
    Result<Done> done = fail(Code::kInternal, "");
    if (const auto* slow = std::get_if<Slow>(&route.act)) {
        done = (*slow)(visit.call(parts_));
    } else if (const auto* trial = std::get_if<Trial>(&route.act)) {
        done = trial->run(visit.call(parts_));
        if (parts_.services.wake) parts_.services.wake();
    } else {
        done = do_once(route, visit, std::get<Act>(route.act));
    }
    if (done && done->shown) return page(visit, *done->shown);
    if (done) {
        net::Response response = parts_.frame.redirect(done->to);
        if (done->session) parts_.cookies.set_session(response, *done->session);
        return response;
    }
    const Error problem = done.error();
    const bool for_the_person = problem.code == Code::kInvalid || problem.code == Code::kConflict ||
                                problem.code == Code::kConfig || problem.code == Code::kTooMany ||
                                (problem.code == Code::kNotFound && !problem.field.empty());
    if (!for_the_person) return refusal(visit, problem);
    // The page it came from, as things stand now, with the reason and what was typed.
    std::optional<Shown> again;
    const auto read = parts_.services.database.read([&](store::Tx& tx) -> Result<> {
        store::ClinicTx own(tx, names_a_clinic(route) ? visit.clinic.id : visit.who.user.clinic);
        TRY(again, route.look(visit.call(parts_, &problem), own));
        return {};
    });
    if (!read) return refusal(visit, read.error());
    again->status = http_status(problem.code);
    return page(visit, *again);
}

// The deed and the memory that it was done stand in one transaction: a form sent twice is one deed and one answer.
Result<Done> Gate::do_once(const Route& route, Visit& visit, Act deed) {
    const std::string once(text::clip(visit.form[kOnceField], kOnceMax));
    const bool own_account = !names_a_clinic(route);
    const ClinicId clinic = own_account ? visit.who.user.clinic : visit.clinic.id;
    // Somebody who goes back and corrects what was typed means a new deed, under the same `once`.
    const std::string asked = crypto::sha256(visit.request.path + "\n" + visit.form.content());
    const idempotency::Key key{
        "desk:" + visit.who.user.id.to_text() + ":" + once + ":" + text::to_hex(asked).substr(0, 16), asked};
    Done done;
    TRY(parts_.services.database.write([&](store::Tx& raw) -> Result<> {
        done = {};
        store::ClinicTx tx(raw, clinic);
        jobs::QueueContext context(parts_.services.ids, parts_.services.clock.now());
        if (!once.empty()) {
            TRY(auto earlier, idempotency::claim(tx, parts_.services.vault, key, context.now()));
            if (earlier) {
                done.to = std::move(earlier->json);
                return {};
            }
        }
        TRY(done, deed(visit.call(parts_), context, tx));
        if (!once.empty()) TRY(idempotency::keep(tx, parts_.services.vault, key, {303, done.to}));
        return {};
    }));
    if (parts_.services.wake) parts_.services.wake();
    return done;
}

void Gate::keep_alive(const Visit& visit) {
    const Instant now = parts_.services.clock.now();
    if (!visit.request.header(kLiveHeader).empty() || now - visit.who.session.seen_at < clinics::sessions::kSeenEvery)
        return;
    parts_.services.database.submit(
        [now, clinic = visit.who.user.clinic, id = visit.who.session.id](store::Tx& raw) {
            store::ClinicTx tx(raw, clinic);
            return clinics::sessions::touch(tx, id, now);
        },
        [](const Result<>& touched) {
            if (!touched) log::failure("front_desk.session_not_touched", touched.error());
        });
}

net::Response Gate::page(const Visit& visit, const Shown& shown) const {
    if (shown.file) return parts_.frame.download(shown.file->name, shown.file->type, shown.file->body);
    Page page = framed(visit.call(parts_), shown);
    return parts_.frame.page(page);
}

net::Response Gate::refusal(const Visit& visit, const Error& error) const {
    const messaging::Language language = visit.words.language();
    if (error.code == Code::kNotFound) return parts_.frame.page(plain_page(language, 404, "unknown"));
    if (error.code == Code::kForbidden || error.code == Code::kInvalid) {
        Page page = plain_page(language, http_status(error.code), "desk.refused");
        page.main =
            el("div", at("class", "card stack"), el("h1", visit.words("desk.refused.title")),
               el("p", visit.words.said(error.message)),
               el("p", el("a", at("class", "button second"), at("href", "/desk"), visit.words("desk.refused.back"))));
        return parts_.frame.page(page);
    }
    return trouble_page(parts_.frame, language, error);
}

net::Response Gate::to_sign_in(const net::Request& request) const {
    std::string to = "/desk/sign-in";
    if (!request.params.empty()) to += "?clinic=" + text::percent_encode(request.params[0]);
    if (request.method == "GET" && request.header(kLiveHeader).empty()) {
        to += (request.params.empty() ? "?next=" : "&next=") +
              text::percent_encode(request.path + (request.query.empty() ? "" : "?" + request.query));
    }
    return parts_.frame.redirect(to);
}

void Gate::front(net::Request request, net::Respond respond) {
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken = parts_.pool.post([this, asked, respond] {
        std::optional<clinics::SignedIn> found;
        const auto read = parts_.services.database.read([&](store::Tx& tx) -> Result<> {
            TRY(found, who(tx, parts_.cookies.session(*asked)));
            return {};
        });
        if (!read || !found) return respond(parts_.frame.redirect("/desk/sign-in"));
        respond(parts_.frame.redirect(found->user.clinic == kSystem ? "/desk/clinics" : "/desk/" + found->clinic.slug));
    });
    if (!taken) respond(trouble_page(parts_.frame, language_of(*asked), {Code::kBusy, {}, {}, {}}));
}

void Gate::follow(net::Request request, net::Respond respond) {
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken = parts_.pool.post([this, asked, respond] {
        auto response = events(*asked);
        respond(response ? *std::move(response) : net::Response::problem(response.error(), asked->id));
    });
    if (!taken) respond(net::Response::text(503, "Too much is waiting here.\n"));
}

// Every change of a clinic's money, visits and people leaves an audit entry, so its last number tells that something
// changed.
Result<net::Response> Gate::events(const net::Request& request) {
    const std::string token = parts_.cookies.session(request);
    const auto see = [this, token](store::ClinicTx& tx) -> Result<std::string> {
        // The session may end while its page is open.
        TRY(const auto found, who(tx.raw(), token));
        if (!found) return fail(Code::kNotFound, "This session is over.");
        TRY(clinics::require(found->principal(), clinics::Permission::kRead, tx.clinic()));
        TRY(const auto head, clinics::audit::head(tx));
        return std::to_string(head.seq);
    };
    ClinicId clinic;
    std::string seen;
    TRY(parts_.services.database.read([&](store::Tx& raw) -> Result<> {
        TRY(const auto found, clinics::find(raw, request.params.at(0)));
        clinic = found.id;
        store::ClinicTx tx(raw, clinic);
        TRY(seen, see(tx));
        return {};
    }));
    const auto stream = std::make_shared<net::Stream>();
    parts_.live.watch(clinic, stream, seen, see);
    return live_response(stream, seen);
}

}  // namespace clinicpro::web::front_desk
