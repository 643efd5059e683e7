// Our side of the storm's meeting provider: what any adapter for such a provider has to do, and no more.
#include "base/json.hpp"
#include "storm/rooms.hpp"

namespace clinicpro::storm {
namespace {

using namespace meetings;

constexpr std::string_view kRefused = "401";  // in the memo: a fresh token was fetched for this already

class RoomsAdapter final : public Adapter {
public:
    explicit RoomsAdapter(std::string base_url) : base_url_(std::move(base_url)) {}
    Kind kind() const override { return Kind::kZoom; }

    Step next(const Operation& operation, const Position& position, Instant now) const override {
        const bool is_list = operation.verb == Verb::kList;
        if (auto checked = check(operation.intent); is_for_one_visit(operation.verb) && !checked) {
            return Answer(
                Failed{.fault = Failed::Fault::kInvalid, .sentence = checked.error().message, .retry_at = {}});
        }
        const auto send = [&](std::string step, std::string method, const std::string& path, std::string body) -> Step {
            net::ClientRequest request{.method = std::move(method), .url = base_url_ + path, .body = std::move(body)};
            if (step != "token") request.headers = {{"Authorization", "Bearer " + position.grant.token.reveal()}};
            return Send{std::move(step), std::move(request)};
        };
        if (!position.grant.lasts(now)) return send("token", "POST", "/token", {});
        json::Writer body;
        body.begin_object()
            .field("key", operation.intent.key)
            .field("start", operation.intent.start.micros)
            .end_object();
        const std::string room = "/rooms/" + operation.provider_id;
        switch (operation.verb) {
            case Verb::kCreate: return send("create", "POST", "/rooms", body.take());
            case Verb::kUpdate: return send("update", "PATCH", room, body.take());
            case Verb::kCancel: return send("cancel", "DELETE", room, {});
            case Verb::kHostLink:
            case Verb::kCheck:
                return Answer(Failed{
                    .fault = Failed::Fault::kConfig, .sentence = "This provider does not offer that.", .retry_at = {}});
            case Verb::kList:
            case Verb::kFind: break;
        }
        if (is_list) {
            return send("list", "GET",
                        "/rooms?from=" + std::to_string(operation.intent.start.micros) +
                            "&until=" + std::to_string(operation.intent.end.micros),
                        {});
        }
        return operation.provider_id.empty() ? send("find", "GET", "/rooms?key=" + operation.intent.key, {})
                                             : send("read", "GET", room, {});
    }

    Turn absorb(const Operation&, std::string_view step, const Position& position, const net::Outcome& outcome,
                Instant now) const override {
        const auto failed = [&](Failed::Fault fault, std::string sentence, Duration wait = 10s) {
            return Answer(Failed{.fault = fault, .sentence = std::move(sentence), .retry_at = now + wait});
        };
        if (const auto* unsent = std::get_if<net::NotSent>(&outcome))
            return failed(Failed::Fault::kTransient, unsent->reason);
        const auto* response = std::get_if<net::Response>(&outcome);
        const auto document = response != nullptr
                                  ? json::Document::parse(response->body.empty() ? "null" : response->body)
                                  : Result<json::Document>(fail(Code::kUnknown, ""));
        const bool unclear = response == nullptr || response->status >= 500 || (response->status < 300 && !document);
        if (unclear && step == "token") return failed(Failed::Fault::kTransient, "no token");
        if (unclear) {
            return Answer(Unknown{.how = step == "create" ? Unknown::How::kFind : Unknown::How::kRepeat,
                                  .reason = "no clear answer"});
        }
        if (response->status == 429) return failed(Failed::Fault::kRate, "too fast", 3s);
        if (step == "token") {
            if (response->status != 200)
                return failed(Failed::Fault::kAuth, "The consent is gone. Connect the provider again.");
            return Onward{.memo = position.memo,
                          .grant = Grant{.token = Secret<>(document->root()["token"].text().value_or("")),
                                         .expires_at = now + std::chrono::seconds(
                                                                 document->root()["expires_in"].integer().value_or(0)),
                                         .api_url = {}}};
        }
        if (response->status == 401) {
            if (position.memo == kRefused)
                return failed(Failed::Fault::kAuth, "The provider refuses fresh tokens. Connect it again.");
            return Onward{.memo = std::string(kRefused), .grant = Grant{}};
        }
        if (response->status == 404) return step == "cancel" ? Answer(Cancelled{}) : Answer(Absent{});
        if (response->status >= 300) return failed(Failed::Fault::kInvalid, "refused");
        if (step == "cancel") return Answer(Cancelled{});
        if (step == "list") {
            Listed listed;
            const json::View rooms = document->root()["rooms"];
            for (size_t i = 0; i < rooms.size(); ++i) {
                listed.meetings.push_back({rooms.at(i)["key"].text().value_or(""),
                                           rooms.at(i)["id"].text().value_or(""),
                                           Instant{rooms.at(i)["start"].integer().value_or(0)}});
            }
            return Answer(std::move(listed));
        }
        std::string id = document->root()["id"].text().value_or("");
        std::string url = document->root()["url"].text().value_or("");
        if (url.empty()) return Answer(Pending{.provider_id = std::move(id), .poll_at = now + 5s});
        return Answer(Ready{.provider_id = std::move(id), .patient_url = std::move(url), .passcode = {}});
    }

private:
    const std::string base_url_;
};

}  // namespace

std::shared_ptr<const meetings::Adapter> make_rooms_adapter(std::string base_url) {
    return std::make_shared<RoomsAdapter>(std::move(base_url));
}

}  // namespace clinicpro::storm
