// zoom_webhooks.cpp: signed events, sent once, again after 5, 20 and 60 units when the answer is a 5xx or none.
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "sandbox/zoom.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr std::string_view kPath = "/zoom/webhook";  // what faults match
constexpr Duration kPatience = 3s;                   // Zoom waits no longer for an answer
constexpr int kRetries[] = {5, 20, 60};              // minutes at Zoom; here times zoom_retry_ms

}  // namespace

void Zoom::announce(std::string_view event, const ZoomMeeting& m, Instant now) {
    if (account_.webhook_url.empty()) return;
    const Instant at = world_.stamp(now);
    const bool running = event == "meeting.started" || event == "meeting.ended";
    json::Writer out;
    out.begin_object().field("event", event).field("event_ts", at.micros / 1000);
    out.key("payload").begin_object().field("account_id", account_.account_id).key("object").begin_object();
    // The id is a text in these two and a number elsewhere.
    if (running)
        out.field("id", std::to_string(m.id));
    else
        out.field("id", m.id);
    out.field("uuid", m.uuid).field("host_id", m.host).field("topic", m.topic).field("type", 2);
    out.field("start_time", to_iso(m.start)).field("timezone", m.timezone).field("duration", m.duration);
    if (event == "meeting.ended") out.field("end_time", to_iso(at));
    out.end_object().end_object().end_object();
    post_event(std::string(event), std::to_string(m.id), out.take(), now, 0);
}

void Zoom::post_event(std::string event, std::string about, std::string body, Instant due, int tries) {
    const Subject subject{kPath, {}, {}, "POST"};
    const auto draw = [&](std::string_view name) { return world_.faults.draw(name, subject, world_.dice); };
    Delivery delivery;
    delivery.kind = event;
    delivery.about = about;
    delivery.url = account_.webhook_url;
    delivery.body = body;
    delivery.timeout = kPatience;
    if (draw("zoom_webhook_lost") != nullptr) {
        delivery.fault = "zoom_webhook_lost";
        world_.outbox.lose(std::move(delivery), due);
        return;
    }
    if (const Fault* late = draw("zoom_webhook_late")) {
        delivery.fault = late->name;
        due = due + late->wait(30);
    }
    Instant signed_at = world_.stamp(due);
    if (draw("zoom_webhook_stale") != nullptr) {
        delivery.fault = "zoom_webhook_stale";
        signed_at = signed_at - 10min;
    }
    const bool forged = draw("zoom_webhook_forged") != nullptr;
    if (forged) delivery.fault = "zoom_webhook_forged";
    const std::string timestamp = std::to_string(signed_at.micros / 1'000'000);
    const std::string message = "v0:" + timestamp + ":" + body;
    const Secret<> secret = forged ? Secret<>("another secret") : account_.webhook_secret;
    delivery.headers = {{"Content-Type", "application/json; charset=utf-8"},
                        {"x-zm-request-timestamp", timestamp},
                        {"x-zm-signature", "v0=" + text::to_hex(crypto::hmac_sha256(secret, message))},
                        {"x-zm-trackingid", "v=2.0;clid=sandbox;rid=WEBHOOK"}};
    delivery.done = [this, event, about, body, tries](const net::Outcome& outcome, Instant at) {
        const auto* response = std::get_if<net::Response>(&outcome);
        const bool again = response == nullptr || response->status >= 500;  // never after 3xx or 4xx
        if (!again || tries >= int(std::size(kRetries))) return;
        const Duration pause = std::chrono::milliseconds(world_.config.switches.zoom_retry_ms) * kRetries[tries];
        post_event(event, about, body, at + pause, tries + 1);
    };
    if (const Fault* twice = draw("zoom_webhook_duplicate")) {
        delivery.fault = twice->name;
        Delivery copy = delivery;
        copy.done = nullptr;
        for (int64_t i = 1; i < twice->times; ++i) world_.outbox.post(copy, due + twice->wait(0.5) * i);
    }
    world_.outbox.post(std::move(delivery), due);
}

bool Zoom::act(int64_t id, std::string_view what, Instant now) {
    ZoomMeeting* meeting = live(std::to_string(id));
    if (meeting == nullptr) return false;
    if (what == "start") {
        meeting->state = "started";
        meeting->uuid = world_.dice.pick("abcdefghijklmnop0123456789", 22) + "==";  // each time it is held has its own
        announce("meeting.started", *meeting, now);
    } else {
        meeting->state = "ended";
        announce("meeting.ended", *meeting, now);
    }
    return true;
}

void Zoom::validate_url(Instant now) {
    json::Writer out;
    out.begin_object().key("payload").begin_object().field("plainToken", world_.dice.pick("abcdefghijk0123456789", 22));
    out.end_object().field("event_ts", world_.stamp(now).micros / 1000).field("event", "endpoint.url_validation");
    post_event("endpoint.url_validation", "url", out.end_object().take(), now, int(std::size(kRetries)));
}

}  // namespace clinicpro::sandbox
