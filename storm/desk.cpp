// desk.cpp: a person at the API: one request, its repetition, and what was shown.
#include "storm/needles.hpp"
#include "storm/people.hpp"

namespace clinicpro::storm {
namespace {

constexpr int kTriesMax = 30;

// Nothing of another clinic, no secret and no whole number may be shown to anybody.
void check_answer(World& world, const Tenant& tenant, const Deed& deed, const net::Response& answer) {
    for (const auto& t : world.tenants) {
        if (t.get() != &tenant && !deed.by_operator && says(answer.body, t->colour)) {
            world.breaks(7, "an answer to clinic " + tenant.colour + " shows clinic " + t->colour + ": " + deed.method +
                                " " + deed.path.substr(0, deed.path.find('/', 1)));
        }
        for (const std::string& phone : t->phones) {
            if (answer.body.find(phone) != std::string::npos) world.breaks(8, "an answer shows a whole phone number");
        }
        for (const std::string& secret : t->secrets) {
            if (answer.body.find(secret) != std::string::npos) world.breaks(8, "an answer shows a secret");
        }
        for (const std::string& secret : t->rooms->secrets()) {
            if (answer.body.find(secret) != std::string::npos) world.breaks(8, "an answer shows a provider's secret");
        }
    }
}

void attempt(World& world, Tenant& tenant, const std::shared_ptr<Deed>& deed,
             const std::shared_ptr<std::function<void(const net::Response&, json::View)>>& answered, int tries) {
    Instance* const server = any_server(world, tenant.dice);
    std::optional<net::Response> answer;
    if (server != nullptr) {
        net::Request request;
        request.method = deed->method;
        request.path = deed->by_operator ? deed->path : "/v1/clinics/" + std::to_string(tenant.id.value) + deed->path;
        if (const size_t mark = request.path.find('?'); mark != std::string::npos) {
            request.query = request.path.substr(mark + 1);
            request.path.resize(mark);
        }
        request.headers = {{"Authorization", "Bearer " + (deed->by_operator   ? world.operator_key
                                                          : deed->person == 0 ? tenant.key
                                                                              : tenant.second_key)},
                           {"Content-Type", "application/json"},
                           {"Idempotency-Key", deed->key}};
        request.body = deed->body;
        request.peer = "198.51.100.7";
        const SeededEntropy::Lend lent(world.entropy, tenant.dice);
        answer = server->ask(std::move(request));
    }
    if (answer && answer->status < 500) {
        check_answer(world, tenant, *deed, *answer);
        if (answer->header("Idempotency-Replayed") == "true") SOMETIMES(kIdempotentReplay);
        const std::string where =
            deed->path.substr(0, deed->path.find('/', 1)) + deed->path.substr(deed->path.rfind('/'));
        world.say(tenant.number,
                  "desk " + deed->method + " " +
                      (where.find('_') == std::string::npos ? where : deed->path.substr(0, deed->path.find('/', 1))) +
                      " -> " + std::to_string(answer->status));
        if (*answered) {
            const auto document = json::Document::parse(answer->body.empty() ? "null" : answer->body);
            CHECK(document.has_value());
            (*answered)(*answer, document->root());
        }
        return;
    }
    if (tries >= kTriesMax) return;
    const Duration wait = tenant.dice.between(Duration(500ms), Duration(20s));
    world.after(wait, [&world, &tenant, deed, answered, tries] { attempt(world, tenant, deed, answered, tries + 1); });
}

}  // namespace

void act(World& world, Tenant& tenant, Deed deed, std::function<void(const net::Response&, json::View)> answered) {
    if (deed.key.empty()) deed.key = "k-" + tenant.dice.pick("abcdefghijklmnopqrstuvwxyz0123456789", 16);
    attempt(world, tenant, std::make_shared<Deed>(std::move(deed)),
            std::make_shared<std::function<void(const net::Response&, json::View)>>(std::move(answered)), 0);
}

}  // namespace clinicpro::storm
