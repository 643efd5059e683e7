#include "sandbox/outbox.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kDeliveriesMax = 50'000;  // older ones are forgotten, so a load test does not fill memory
constexpr Duration kOvertake = 200ms;      // how far behind the overtaking delivery a held one goes
constexpr Duration kFolklorePause = 5s;    // between the tries of folklore mode

}  // namespace

int64_t Outbox::keep(Delivery delivery) {
    delivery.id = ++last_id_;
    deliveries_.emplace(last_id_, std::move(delivery));
    while (deliveries_.size() > kDeliveriesMax) {
        const std::string& state = deliveries_.begin()->second.state;
        if (state == "planned" || state == "held" || state == "sent") break;
        deliveries_.erase(deliveries_.begin());
    }
    return last_id_;
}

void Outbox::plan(int64_t id, Instant due) {
    deliveries_.at(id).due = due;
    deliveries_.at(id).state = "planned";
    schedule_.at(due, [this, id](Instant at) { send(id, at); });
}

int64_t Outbox::post(Delivery delivery, Instant due) {
    const int64_t id = keep(std::move(delivery));
    plan(id, due);
    const Delivery& posted = deliveries_.at(id);
    for (auto it = held_.begin(); it != held_.end();) {
        const Delivery& waiting = deliveries_.at(it->first);
        if (waiting.kind == posted.kind && waiting.shortcode == posted.shortcode) {
            schedule_.cancel(it->second);
            plan(it->first, due + kOvertake);
            it = held_.erase(it);
        } else {
            ++it;
        }
    }
    return id;
}

int64_t Outbox::lose(Delivery delivery, Instant due) {
    delivery.due = due;
    delivery.state = "lost";
    return keep(std::move(delivery));
}

int64_t Outbox::hold(Delivery delivery, Instant latest) {
    delivery.due = latest;
    delivery.state = "held";
    const int64_t id = keep(std::move(delivery));
    held_[id] = schedule_.at(latest, [this, id](Instant at) {
        held_.erase(id);
        send(id, at);
    });
    return id;
}

bool Outbox::redeliver(int64_t id, Instant now) {
    const auto found = deliveries_.find(id);
    if (found == deliveries_.end()) return false;
    Delivery copy = found->second;
    copy.copy_of = id;
    copy.fault = "redelivered";
    copy.tries = 1;
    copy.attempts.clear();
    copy.done = nullptr;
    plan(keep(std::move(copy)), now);
    return true;
}

void Outbox::send(int64_t id, Instant now) {
    const auto found = deliveries_.find(id);
    if (found == deliveries_.end()) return;
    Delivery& delivery = found->second;
    delivery.state = "sent";
    delivery.attempts.push_back({.sent = now, .ended = {}, .status = 0, .result = "waiting"});
    net::ClientRequest request;
    request.method = "POST";
    request.url = delivery.url;
    request.headers = delivery.headers;
    request.body = delivery.body;
    request.timeout = delivery.timeout;
    outgoing_.push_back({id, std::move(request)});
}

void Outbox::ended(int64_t id, const net::Outcome& outcome, Instant now) {
    const auto found = deliveries_.find(id);
    if (found == deliveries_.end() || found->second.attempts.empty()) return;  // a reset came between
    Delivery& delivery = found->second;
    Attempt& attempt = delivery.attempts.back();
    attempt.ended = now;
    bool good = false;
    if (const auto* response = std::get_if<net::Response>(&outcome)) {
        attempt.status = response->status;
        attempt.result = "answered";
        good = response->status >= 200 && response->status < 300;
    } else if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) {
        attempt.result = "not sent: " + not_sent->reason;
    } else {
        attempt.result = "unknown: " + std::get<net::Unknown>(outcome).reason;
    }
    delivery.state = good ? "answered" : "failed";
    if (!good && int(delivery.attempts.size()) < delivery.tries) {
        plan(id, now + kFolklorePause);
        return;
    }
    if (const auto done = std::exchange(delivery.done, nullptr)) done(outcome, now);
}

}  // namespace clinicpro::sandbox
