// play.hpp: drives the sandbox's pure core on virtual time: requests in, callbacks caught, everything written down.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "sandbox/control.hpp"
#include "sandbox/daraja.hpp"

namespace clinicpro::sandbox {

struct Caught {
    Instant at;
    int64_t delivery = 0;
    net::ClientRequest request;
};

class Play {
public:
    explicit Play(uint64_t seed = 1, Config config = plain_config())
        : daraja(std::move(config), seed), control(daraja), now{parse_iso("2026-03-04T07:15:02Z")->micros} {}

    // Realistic times, but every oddity that is a matter of chance switched off.
    static Config plain_config() {
        Config config = default_config();
        config.switches.query_noise_percent = 0;
        config.switches.query_per_minute = 0;
        config.switches.stk_also_c2b = false;
        config.switches.callback_balance = "omit";
        config.switches.callback_amount = "1.00";
        config.switches.callback_shuffled = false;
        config.switches.c2b_amount = "10.00";
        config.switches.c2b_names = "all";
        return config;
    }

    Switches& switches() { return daraja.world().config.switches; }

    net::Response send(net::Request request) {
        request.peer = "127.0.0.1";
        Answer answer = daraja.handle(request, now);
        catch_outgoing();
        last_delay = answer.delay;
        transcript += to_iso(now) + " " + request.method + " " + request.path + " -> " +
                      std::to_string(answer.response.status) + " " + answer.response.body + "\n";
        return answer.response;
    }
    net::Response post(const std::string& path, const std::string& body) {
        net::Request request;
        request.method = "POST";
        request.path = path;
        request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token}};
        request.body = body;
        return send(request);
    }
    net::Response get(const std::string& path, const std::string& query, const std::string& authorization) {
        net::Request request;
        request.method = "GET";
        request.path = path;
        request.query = query;
        if (!authorization.empty()) request.headers = {{"Authorization", authorization}};
        return send(request);
    }
    void sign_in(const std::string& shortcode = "600986") {
        const Merchant* m = daraja.world().config.by_shortcode(shortcode);
        const auto answer = get("/oauth/v1/generate", "grant_type=client_credentials",
                                "Basic " + text::to_base64(m->consumer_key + ":" + m->consumer_secret.reveal()));
        ASSERT_EQ(answer.status, 200);
        token = *json::Document::parse(answer.body)->root()["access_token"].text();
    }

    // A push body with fields replaced by raw JSON; an empty replacement leaves the field out.
    std::string push_body(const std::map<std::string, std::string>& other = {},
                          const std::string& shortcode = "600986") {
        const Merchant* m = daraja.world().config.by_shortcode(shortcode);
        const std::string stamp = "20260304101502";
        std::map<std::string, std::string> fields = {
            {"BusinessShortCode", shortcode},
            {"Password", '"' + text::to_base64(shortcode + m->passkey.reveal() + stamp) + '"'},
            {"Timestamp", '"' + stamp + '"'},
            {"TransactionType", "\"CustomerPayBillOnline\""},
            {"Amount", "\"1500\""},
            {"PartyA", "254712345678"},
            {"PartyB", '"' + m->receiver() + '"'},
            {"PhoneNumber", "254712345678"},
            {"CallBackURL", "\"https://clinic.example/pay/in/abc\""},
            {"AccountReference", "\"INV-1\""},
            {"TransactionDesc", "\"Visit\""},
        };
        for (const auto& [name, value] : other) fields[name] = value;
        std::string out;
        for (const auto& [name, value] : fields) {
            if (!value.empty()) out += (out.empty() ? "\"" : ",\"") + name + "\":" + value;
        }
        return "{" + out + "}";
    }
    net::Response push(const std::map<std::string, std::string>& other = {}) {
        if (token.empty()) sign_in();
        return post("/mpesa/stkpush/v1/processrequest", push_body(other));
    }
    // A push that must be accepted; gives its CheckoutRequestID.
    std::string pushed(const std::map<std::string, std::string>& other = {}) {
        const auto answer = push(other);
        EXPECT_EQ(answer.status, 200) << answer.body;
        const auto document = json::Document::parse(answer.body);
        return document ? document->root()["CheckoutRequestID"].text().value_or("") : "";
    }
    net::Response query(const std::string& checkout, const std::string& shortcode = "600986") {
        if (token.empty()) sign_in(shortcode);
        const Merchant* m = daraja.world().config.by_shortcode(shortcode);
        const std::string stamp = "20260304101502";
        json::Writer out;
        out.begin_object().field("BusinessShortCode", shortcode).field("Timestamp", stamp);
        out.field("Password", text::to_base64(shortcode + m->passkey.reveal() + stamp))
            .field("CheckoutRequestID", checkout);
        out.end_object();
        return post("/mpesa/stkpushquery/v1/query", out.take());
    }

    void run(Duration time) {
        const Instant end = now + time;
        catch_outgoing();
        for (;;) {
            std::optional<Instant> next = daraja.next_due();
            if (!answers.empty() && (!next || answers.begin()->first < *next)) next = answers.begin()->first;
            if (!next || *next > end) break;
            now = std::max(now, *next);
            while (!answers.empty() && answers.begin()->first <= now) {
                auto node = answers.extract(answers.begin());
                daraja.ended(node.mapped().first, node.mapped().second, now);
            }
            daraja.advance(now);
            catch_outgoing();
        }
        now = end;
    }
    void catch_outgoing() {
        for (Outgoing& out : daraja.take_outgoing()) {
            transcript += to_iso(now) + " " + out.request.url + " <- " + out.request.body + "\n";
            answers.emplace(now + answer_after, std::pair(out.delivery, answer_with(out.request)));
            caught.push_back({now, out.delivery, std::move(out.request)});
        }
    }

    // The control interface; gives the parsed body of a 200.
    net::Response steer(const std::string& method, const std::string& path, const std::string& body = {}) {
        net::Request request;
        request.method = method;
        const size_t mark = path.find('?');
        request.path = "/_sandbox/" + path.substr(0, mark);
        if (mark != std::string::npos) request.query = path.substr(mark + 1);
        request.headers = {{"Host", "127.0.0.1:9200"}};
        request.body = body;
        auto response = control.handle(request, now);
        catch_outgoing();
        return response;
    }
    void fault(const std::string& json) { ASSERT_EQ(steer("PUT", "faults", json).status, 200); }
    void script(const std::string& json, const std::string& phone = "254712345678") {
        ASSERT_EQ(steer("PUT", "customers/" + phone + "/script", json).status, 200);
    }

    // ResultCodes of the callbacks caught so far, as written; "?" for a body that is not JSON.
    std::vector<std::string> codes() const {
        std::vector<std::string> out;
        for (const Caught& c : caught) {
            const auto document = json::Document::parse(c.request.body);
            out.push_back(
                document ? document->root()["Body"]["stkCallback"]["ResultCode"].scalar_if_any().value_or("c2b") : "?");
        }
        return out;
    }
    bool balanced() { return daraja.world().ledger.total_cents() == daraja.world().ledger.issued_cents(); }
    const std::vector<Movement>& moved() { return daraja.world().ledger.movements(); }

    Daraja daraja;
    Control control;
    Instant now;
    std::string token;
    std::string transcript;
    std::vector<Caught> caught;
    Duration last_delay{};
    Duration answer_after = 50ms;
    std::function<net::Outcome(const net::ClientRequest&)> answer_with = [](const net::ClientRequest&) {
        return net::Outcome(
            net::Response{.status = 200, .headers = {}, .body = "{\"ResultCode\":0,\"ResultDesc\":\"Accepted\"}"});
    };
    std::multimap<Instant, std::pair<int64_t, net::Outcome>> answers;
};

inline std::string member(const net::Response& response, std::string_view name) {
    const auto document = json::Document::parse(response.body);
    return document ? document->root()[name].scalar_if_any().value_or("") : "";
}

}  // namespace clinicpro::sandbox
