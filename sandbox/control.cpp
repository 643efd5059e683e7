#include "sandbox/control.hpp"

#include "base/text.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr int64_t kOffsetMax = 10LL * 366 * 86'400;  // ten years either way

bool is_loopback_host(std::string_view host) {
    const size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && host.back() != ']') host = host.substr(0, colon);
    return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

std::string ok() {
    return "{\"ok\":true}";
}

}  // namespace

Control::Control(Daraja& daraja) : daraja_(daraja) {
    route("GET", "/_sandbox/health", &Control::health);
    route("GET", "/_sandbox/merchants", &Control::merchants);
    route("PUT", "/_sandbox/merchants", &Control::set_merchant);
    route("GET", "/_sandbox/switches", &Control::switches);
    route("PUT", "/_sandbox/switches", &Control::set_switches);
    route("GET", "/_sandbox/clock", &Control::clock);
    route("POST", "/_sandbox/clock", &Control::set_clock);
    route("GET", "/_sandbox/faults", &Control::faults);
    route("PUT", "/_sandbox/faults", &Control::set_faults);
    route("POST", "/_sandbox/faults", &Control::add_faults);
    route("DELETE", "/_sandbox/faults", &Control::clear_faults);
    route("POST", "/_sandbox/reset", &Control::reset);

    route("GET", "/_sandbox/customers", &Control::customers);
    route("GET", "/_sandbox/customers/{phone}", &Control::customer);
    route("PUT", "/_sandbox/customers/{phone}", &Control::set_customer);
    route("PUT", "/_sandbox/customers/{phone}/script", &Control::set_script);
    route("POST", "/_sandbox/customers/{phone}/next", &Control::next_script);
    route("GET", "/_sandbox/prompts", &Control::prompts);
    route("POST", "/_sandbox/prompts/{checkout}/answer", &Control::answer);
    route("GET", "/_sandbox/payments", &Control::payments);
    route("POST", "/_sandbox/payments", &Control::pay);

    route("GET", "/_sandbox/sms", &Control::sms);
    route("GET", "/_sandbox/mail", &Control::mail);
    route("GET", "/_sandbox/sms/accounts", &Control::sms_accounts);
    route("PUT", "/_sandbox/sms/accounts", &Control::set_sms_account);
    route("POST", "/_sandbox/sms/reports", &Control::sms_report);

    route("GET", "/_sandbox/ledger", &Control::ledger);
    route("GET", "/_sandbox/pushes", &Control::pushes);
    route("GET", "/_sandbox/transfers", &Control::transfers);
    route("GET", "/_sandbox/certificate", &Control::certificate);
    route("GET", "/_sandbox/registrations", &Control::registrations);
    route("GET", "/_sandbox/deliveries", &Control::deliveries);
    route("POST", "/_sandbox/deliveries/{id}/redeliver", &Control::redeliver);
    route("GET", "/_sandbox/exchanges", &Control::exchanges);
    route("POST", "/_sandbox/forge", &Control::forge);

    route("GET", "/_sandbox/zoom", &Control::zoom);
    route("PUT", "/_sandbox/zoom", &Control::set_zoom);
    route("GET", "/_sandbox/zoom/meetings", &Control::zoom_meetings);
    route("POST", "/_sandbox/zoom/meetings/{id}/act", &Control::zoom_act);
    route("POST", "/_sandbox/zoom/validate-url", &Control::zoom_validate);
    route("GET", "/_sandbox/google", &Control::google);
    route("GET", "/_sandbox/google/meetings", &Control::google_meetings);
    route("DELETE", "/_sandbox/google/meetings/{event}", &Control::google_delete);
    route("POST", "/_sandbox/google/connect", &Control::google_connect);
    route("POST", "/_sandbox/google/revoke", &Control::google_revoke);
}

void Control::route(std::string_view method, std::string_view pattern, Action action) {
    router_.add({.method = std::string(method),
                 .pattern = std::string(pattern),
                 .operation_id = {},
                 .handle = [this, action](net::Request request, net::Respond respond) {
                     auto result = (this->*action)(request);
                     respond(result ? net::Response::json(200, *result)
                                    : net::Response::problem(result.error(), request.id));
                 }});
}

net::Response Control::handle(const net::Request& request, Instant now, bool open_to_network) {
    const std::string_view host = request.header("Host");
    if (!open_to_network && !is_loopback_host(host)) {
        return net::Response::problem(
            {Code::kForbidden, "The control interface answers on a loopback name only.", "", ""});
    }
    const std::string_view origin = request.header("Origin");
    if (!origin.empty() && origin != "http://" + std::string(host)) {
        return net::Response::problem(
            {Code::kForbidden, "The control interface does not take requests from other sites.", "", ""});
    }
    daraja_.advance(now);
    now_ = now;
    router_.dispatch(request, [this](net::Response response) { answer_ = std::move(response); });
    return std::move(answer_);
}

Result<json::Document> Control::body_of(const net::Request& request) {
    if (request.body.empty()) return fail(Code::kInvalid, "This request needs a JSON body.");
    return json::Document::parse(request.body);
}

size_t list_start(const net::Request& request, size_t size) {
    const std::string limit = request.query_value("limit");
    if (!is_digits(limit, 1, 9)) return 0;
    const size_t wanted = size_t(std::stoul(limit));
    return wanted < size ? size - wanted : 0;
}

Result<std::string> Control::health(const net::Request&) {
    const World& world = daraja_.world();
    json::Writer out;
    out.begin_object().field("ok", true).field("now", to_iso(world.stamp(now_)));
    out.field("pushes", int64_t(daraja_.stk().pushes().size()))
        .field("payments", int64_t(world.ledger.movements().size()));
    out.field("planned", int64_t(world.schedule.size()));
    out.field("balanced", world.ledger.total_cents() == world.ledger.issued_cents()).end_object();
    return out.take();
}

Result<std::string> Control::merchants(const net::Request&) {
    json::Writer out;
    out.begin_object().key("merchants").begin_array();
    for (const Merchant& m : daraja_.world().config.merchants) write_merchant(out, m, false);
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::set_merchant(const net::Request& request) {
    TRY(const auto document, body_of(request));
    TRY(Merchant merchant, read_merchant(document.root()));
    TRY(put_merchant(daraja_.world().config, std::move(merchant)));
    return ok();
}

Result<std::string> Control::switches(const net::Request&) {
    json::Writer out;
    write_switches(out, daraja_.world().config.switches, true);
    return out.take();
}

Result<std::string> Control::set_switches(const net::Request& request) {
    TRY(const auto document, body_of(request));
    TRY(apply_switches(daraja_.world().config.switches, document.root()));
    return switches(request);
}

Result<std::string> Control::clock(const net::Request&) {
    const World& world = daraja_.world();
    json::Writer out;
    out.begin_object().field("now", to_iso(world.stamp(now_))).field("eat", to_eat_stamp(world.stamp(now_)));
    out.field("offset_seconds", int64_t(world.config.clock_offset.count() / 1'000'000));
    out.field("speed", std::to_string(world.config.speed)).end_object();
    return out.take();
}

Result<std::string> Control::set_clock(const net::Request& request) {
    TRY(const auto document, body_of(request));
    const json::View value = document.root()["offset_seconds"];
    TRY(const int64_t seconds, value.integer());
    if (seconds > kOffsetMax || seconds < -kOffsetMax) {
        return fail(Code::kInvalid, "The clock moves by at most ten years.", value.path());
    }
    daraja_.world().config.clock_offset = std::chrono::seconds(seconds);
    return clock(request);
}

Result<std::string> Control::faults(const net::Request&) {
    json::Writer out;
    out.begin_object().key("active").begin_array();
    for (const Fault& f : daraja_.world().faults.all()) {
        out.begin_object().field("name", f.name).key("probability").raw(std::to_string(f.probability));
        out.field("count", f.count).field("bitten", f.bitten).field("path", f.path).field("phone", f.phone);
        out.field("method", f.method).field("shortcode", f.shortcode);
        out.field("stage", f.after ? "after" : "before").field("code", f.code);
        out.field("times", f.times).key("seconds").raw(std::to_string(f.seconds)).end_object();
    }
    out.end_array().key("names").begin_object();
    for (const FaultName& row : fault_names()) out.field(row.name, row.meaning);
    out.end_object().end_object();
    return out.take();
}

Result<std::string> Control::set_faults(const net::Request& request) {
    TRY(const auto document, body_of(request));
    TRY(daraja_.world().faults.replace(document.root()));
    return faults(request);
}

Result<std::string> Control::add_faults(const net::Request& request) {
    TRY(const auto document, body_of(request));
    TRY(daraja_.world().faults.add(document.root()));
    return faults(request);
}

// In one step, so that no fault bites between the last count and the end.
Result<std::string> Control::clear_faults(const net::Request& request) {
    TRY(auto ended, faults(request));
    daraja_.world().faults.clear();
    return ended;
}

Result<std::string> Control::reset(const net::Request&) {
    daraja_.reset();
    return ok();
}

}  // namespace clinicpro::sandbox
