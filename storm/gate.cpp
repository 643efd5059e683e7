#include "storm/gate.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "mpesa/provider_ids.hpp"
#include "mpesa/refund.hpp"

namespace clinicpro::storm {
namespace {

std::string path_of(const std::string& url) {
    return url.substr(url.find('/', url.find("://") + 3));
}
std::string last_part(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// What a body says, for whoever keeps the truth.
std::optional<Told> read_told(std::string_view kind, const std::string& body) {
    const auto document = json::Document::parse(body);
    if (!document) return std::nullopt;
    Told told;
    if (kind == "c2b_confirmation") {
        told.receipt = document->root()["TransID"].scalar_if_any().value_or("");
        told.amount = Money::parse(document->root()["TransAmount"].scalar_if_any().value_or("")).value_or(Money());
        told.success = true;
        return told;
    }
    const json::View callback = document->root()["Body"]["stkCallback"];
    told.checkout = callback["CheckoutRequestID"].scalar_if_any().value_or("");
    told.success = callback["ResultCode"].scalar_if_any().value_or("") == "0";
    const json::View items = callback["CallbackMetadata"]["Item"];
    for (size_t i = 0; i < items.size(); ++i) {
        const std::string name = items.at(i)["Name"].scalar_if_any().value_or("");
        const std::string value = items.at(i)["Value"].scalar_if_any().value_or("");
        if (name == "Amount") told.amount = Money::parse(value).value_or(Money());
        if (name == "MpesaReceiptNumber") told.receipt = value;
    }
    return told;
}

// The name under which the inbox keeps it.
std::string method_of(const World& world, const sandbox::Delivery& delivery) {
    if (delivery.kind == "c2b_confirmation") return "mpesa.c2b";
    if (delivery.kind != "result" && delivery.kind != "timeout") return "mpesa.stk";
    const auto link = world.links->verify_hex(clinics::Link::Purpose::kRefund, last_part(delivery.url));
    CHECK(link.has_value());
    return std::string(mpesa::refund_method(mpesa::callback::RefundNews(link->generation)));
}

void look_at_result(Tenant& tenant, const std::string& body) {
    const auto document = json::Document::parse(body);
    if (!document) return;
    const json::View result = document->root()["Result"];
    if (result["ResultCode"].scalar_if_any().value_or("") != "0") return;
    if (++tenant.results_kept[result["TransactionID"].scalar_if_any().value_or("")] > 1) SOMETIMES(kRefundResultTwice);
}

std::optional<net::Response> knock(World& world, Instance* server, const net::ClientRequest& request) {
    if (server == nullptr) {
        SOMETIMES(kCallbackToNobody);
        return std::nullopt;
    }
    net::Request seen;
    seen.method = "POST";
    seen.path = path_of(request.url);
    seen.headers = request.headers;
    seen.body = request.body;
    seen.peer = std::string(net::find_header(request.headers, "X-Forwarded-For"));
    if (seen.peer.empty()) seen.peer = "203.0.113.9";
    if (seen.path.starts_with("/n/v/")) return server->validate(std::move(seen));
    if (world.options.plant == Plant::kForgedLinkAccepted && seen.path.starts_with("/n/s/")) {
        // The address is believed without its signature: it is signed here for the forger.
        const auto bytes = text::from_hex(last_part(seen.path));
        if (bytes && bytes->size() == 28) {
            int64_t subject = 0;
            for (int i = 3; i < 11; ++i) subject = subject << 8 | uint8_t((*bytes)[size_t(i)]);
            seen.path = "/n/s/" + world.links->hex({clinics::Link::Purpose::kStkCallback,
                                                    ClinicId{uint8_t((*bytes)[2])}, subject & INT64_MAX, 0});
        }
    }
    if (world.options.plant == Plant::kCallbackAddressLogged) log::info("storm.planted", {{"path", seen.path}});
    auto answer = server->ask(std::move(seen));
    if (answer && answer->status == 503) {
        SOMETIMES(kNoticeNotAcknowledged);
        if (world.options.plant == Plant::kAckBeforeCommit) answer->status = 200;
    }
    return answer;
}

void deliver(World& world, Host& host, sandbox::Outgoing outgoing) {
    const auto& all = host.daraja->world().outbox.all();
    const auto found = all.find(outgoing.delivery);
    CHECK(found != all.end());
    const sandbox::Delivery delivery = found->second;
    Tenant* tenant = nullptr;
    for (auto& t : world.tenants) {
        const bool own = t->merchant.receiver() == delivery.shortcode || t->merchant.shortcode == delivery.shortcode;
        if (t->host == &host && own) tenant = t.get();
    }
    CHECK(tenant != nullptr);
    const std::string method = method_of(world, delivery);
    Instance* const server = any_server(world, host.dice);
    const auto answer = knock(world, server, outgoing.request);
    world.say(tenant->number, "notice " + delivery.kind + (delivery.fault.empty() ? "" : " (" + delivery.fault + ")") +
                                  " -> " + (answer ? std::to_string(answer->status) : "nobody"));
    const bool validation = delivery.kind == "c2b_validation";
    if (validation && answer && answer->body.find("\"C2B000") != std::string::npos) SOMETIMES(kValidationRefused);
    const bool kept = answer && answer->status == 200;
    if (kept && !validation) {
        tenant->acknowledged.push_back({method, delivery.body});
        if (method == "mpesa.refund.result") look_at_result(*tenant, delivery.body);
    }
    const bool of_payment = delivery.kind == "c2b_confirmation" || delivery.kind == "stk_callback";
    auto told = of_payment ? read_told(delivery.kind, delivery.body) : std::nullopt;
    if (told && server != nullptr) {
        if (delivery.fault == "callback_wrong_amount") SOMETIMES(kWrongAmount);
        told->acknowledged = kept;
        tenant->told.push_back(*std::move(told));
    }
    net::Outcome outcome = net::Unknown{"the server died"};
    if (answer) outcome = *answer;
    const Instant ended = world.clock.now() + host.dice.between(Duration(2ms), Duration(200ms));
    world.at(ended, [&world, &host, id = outgoing.delivery, outcome = std::move(outcome)] {
        host.daraja->ended(id, outcome, world.clock.now());
    });
}

}  // namespace

Instance* any_server(World& world, Dice& dice) {
    std::vector<Instance*> alive;
    for (auto& server : world.servers) {
        if (server && !server->is_dead()) alive.push_back(server.get());
    }
    if (alive.empty()) return nullptr;
    return alive.size() == 1 ? alive.front() : alive[size_t(dice.between(0, int64_t(alive.size()) - 1))];
}

void deliver_due(World& world) {
    for (auto& host : world.hosts) {
        for (auto& outgoing : host->daraja->take_outgoing()) {
            const Duration travel = host->dice.between(Duration(2ms), Duration(60ms));
            world.after(travel,
                        [&world, h = host.get(), outgoing = std::move(outgoing)] { deliver(world, *h, outgoing); });
        }
    }
}

void forge(World& world, Tenant& tenant) {
    Instance* const server = any_server(world, tenant.dice);
    if (server == nullptr || tenant.prompts.empty()) return;
    SOMETIMES(kForged);
    auto attempt = tenant.prompts.begin();
    std::advance(attempt, tenant.dice.between(0, int64_t(tenant.prompts.size()) - 1));
    const bool guessed = tenant.dice.chance(0.5);
    std::string token = world.links->hex({clinics::Link::Purpose::kStkCallback, tenant.id, attempt->first, 0});
    if (guessed) token.replace(token.size() - 4, 4, token.ends_with("0000") ? "1111" : "0000");
    if (!guessed) {
        // A leaked address is worth something only while Daraja's own ids are not known; that is how far a secret goes.
        bool known = false;
        (void)world.database->read([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, tenant.id);
            TRY(const auto ids, mpesa::load_provider_ids(tx, server->vault(), TransactionId{attempt->first}));
            known = ids.known();
            return {};
        });
        if (!known) return;
    }
    const std::string receipt = "ZZ" + tenant.dice.pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 8);
    tenant.forged.insert(receipt);
    net::ClientRequest request;
    request.url = "https://visits.clinic.co.ke/n/s/" + token;
    request.headers = {{"Content-Type", "application/json"}};
    request.body =
        R"({"Body":{"stkCallback":{"MerchantRequestID":"1-2-3","CheckoutRequestID":"ws_CO_1","ResultCode":0,)"
        R"("ResultDesc":"ok","CallbackMetadata":{"Item":[{"Name":"Amount","Value":7},)"
        R"({"Name":"MpesaReceiptNumber","Value":")" +
        receipt + R"("},{"Name":"TransactionDate","Value":20261123103000},{"Name":"PhoneNumber","Value":)" +
        tenant.phones.front() + "}]}}}}";
    const auto answer = knock(world, server, request);
    world.say(tenant.number, std::string("forged notice by ") + (guessed ? "a guessed" : "a leaked") + " address -> " +
                                 (answer ? std::to_string(answer->status) : "nobody"));
    if (guessed && answer && answer->status == 404) SOMETIMES(kForgedLink);
    if (guessed && answer && answer->status == 200) world.breaks(3, "a forged address was accepted");
    if (!guessed && answer && answer->status == 200) tenant.acknowledged.push_back({"mpesa.stk", request.body});
}

}  // namespace clinicpro::storm
