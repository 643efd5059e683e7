// control_phones.cpp: the part of the control interface that is the patients: wallets, scripts, prompts, payments.
#include "base/phone.hpp"
#include "sandbox/control.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kNextMax = 100;  // queued scripts per phone
constexpr size_t kNameMax = 40;
constexpr int64_t kBalanceMax = 100'000'000;  // shillings; above any M-Pesa wallet, below overflow
constexpr size_t kCustomersMax = 1'000'000;

Result<std::string> phone_of(std::string_view text) {
    TRY(const Msisdn phone, Msisdn::parse(text));
    return phone.digits();
}

void write_push(json::Writer& out, const Push& push) {
    out.begin_object().field("checkout_request_id", push.checkout).field("merchant_request_id", push.merchant_request);
    out.field("phone", push.phone).field("merchant", push.merchant).field("shortcode", push.shortcode);
    out.field("receiver", push.receiver).field("amount", push.amount.shillings()).field("account", push.account);
    out.field("description", push.description).field("open", push.open).field("result_code", push.code);
    out.field("receipt", push.receipt).field("script", to_string(push.script.act)).field("asked", to_iso(push.asked));
    out.end_object();
}

void write_payment(json::Writer& out, const Payment& p) {
    out.begin_object().field("id", p.id).field("phone", p.phone).field("shortcode", p.receiver);
    out.field("amount", p.amount.shillings()).field("account", p.account).field("receipt", p.receipt);
    out.field("state", p.state).field("why", p.why).field("at", to_iso(p.at)).end_object();
}

bool on_screen(const Push& push) {
    return push.open && push.code.empty();
}

}  // namespace

Result<std::string> Control::customers(const net::Request&) {
    World& world = daraja_.world();
    std::map<std::string, bool> prompted;
    for (const auto& [checkout, push] : daraja_.stk().pushes()) {
        if (on_screen(push)) prompted[push.phone] = true;
    }
    json::Writer out;
    out.begin_object().key("customers").begin_array();
    for (const auto& [phone, c] : world.handsets.all()) {
        out.begin_object().field("phone", phone).field("first_name", c.first_name).field("middle_name", c.middle_name);
        out.field("last_name", c.last_name).field("balance", world.ledger.wallet(phone).to_text());
        out.field("prompted", prompted.contains(phone)).key("script");
        write_script(out, c.script);
        out.end_object();
    }
    out.end_array().end_object();
    return out.take();
}

// Everything that the phone's own screen shows.
Result<std::string> Control::customer(const net::Request& request) {
    World& world = daraja_.world();
    TRY(const std::string phone, phone_of(request.params.at(0)));
    const Customer* c = world.handsets.find(phone);
    if (c == nullptr) return fail(Code::kNotFound, "This phone is not in the sandbox yet; PUT it first.");
    json::Writer out;
    out.begin_object().field("phone", phone).field("first_name", c->first_name).field("last_name", c->last_name);
    out.field("balance", world.ledger.wallet(phone).to_text()).key("script");
    write_script(out, c->script);
    out.key("prompts").begin_array();
    for (const auto& [checkout, push] : daraja_.stk().pushes()) {
        if (push.phone == phone && on_screen(push)) write_push(out, push);
    }
    out.end_array().key("messages").begin_array();
    for (const Sms& sms : c->messages) {
        out.begin_object()
            .field("at", to_iso(sms.at))
            .field("when", to_eat_words(sms.at))
            .field("text", sms.text)
            .end_object();
    }
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::set_customer(const net::Request& request) {
    World& world = daraja_.world();
    TRY(const std::string phone, phone_of(request.params.at(0)));
    TRY(const auto document, body_of(request));
    const json::View body = document.root();
    if (body.kind() != json::Kind::kObject) return fail(Code::kInvalid, "A customer must be a JSON object.");
    std::optional<Script> script;
    if (body["script"].exists()) {
        TRY(script, read_script(body["script"]));
    }
    std::optional<Money> balance;
    if (body["balance"].exists()) {
        TRY(const std::string text, body["balance"].scalar());
        TRY(balance, Money::parse(text));
        if (balance->shillings() > kBalanceMax)
            return fail(Code::kInvalid, "A wallet holds at most 100,000,000.", "balance");
    }
    for (const std::string_view name : {"first_name", "middle_name", "last_name"}) {
        if (body[name].scalar_if_any().value_or("").size() > kNameMax) {
            return fail(Code::kInvalid, "A name has at most 40 bytes.", std::string(name));
        }
    }
    if (world.handsets.all().size() >= kCustomersMax)
        return fail(Code::kTooMany, "The sandbox holds a million phones.");
    Customer& c = world.customer(phone);
    c.first_name = body["first_name"].scalar_if_any().value_or(c.first_name);
    c.middle_name = body["middle_name"].scalar_if_any().value_or(c.middle_name);
    c.last_name = body["last_name"].scalar_if_any().value_or(c.last_name);
    if (script) c.script = *script;
    if (balance) world.ledger.open(phone, *balance);
    return customer(request);
}

Result<std::string> Control::set_script(const net::Request& request) {
    TRY(const std::string phone, phone_of(request.params.at(0)));
    TRY(const auto document, body_of(request));
    TRY(Script script, read_script(document.root()));
    daraja_.world().customer(phone).script = std::move(script);
    return customer(request);
}

Result<std::string> Control::next_script(const net::Request& request) {
    TRY(const std::string phone, phone_of(request.params.at(0)));
    TRY(const auto document, body_of(request));
    TRY(Script script, read_script(document.root()));
    Customer& c = daraja_.world().customer(phone);
    if (c.next.size() >= kNextMax) return fail(Code::kTooMany, "At most 100 scripts wait per phone.");
    c.next.push_back(std::move(script));
    return customer(request);
}

Result<std::string> Control::prompts(const net::Request&) {
    json::Writer out;
    out.begin_object().key("prompts").begin_array();
    for (const auto& [checkout, push] : daraja_.stk().pushes()) {
        if (on_screen(push)) write_push(out, push);
    }
    out.end_array().end_object();
    return out.take();
}

Result<std::string> Control::pushes(const net::Request& request) {
    std::vector<const Push*> sorted;
    for (const auto& [checkout, push] : daraja_.stk().pushes()) sorted.push_back(&push);
    std::ranges::sort(sorted, {}, [](const Push* p) { return p->number; });
    json::Writer out;
    out.begin_object().key("pushes").begin_array();
    for (size_t i = list_start(request, sorted.size()); i < sorted.size(); ++i) write_push(out, *sorted[i]);
    out.end_array().end_object();
    return out.take();
}

// {"pin": "1234"} as typed on the handset (0000 is the wrong one), or {"action": "pay" | "wrong_pin" | "cancel"}.
Result<std::string> Control::answer(const net::Request& request) {
    TRY(const auto document, body_of(request));
    const json::View body = document.root();
    std::optional<Act> act;
    if (body["pin"].exists()) {
        TRY(const std::string pin, body["pin"].text());
        if (pin.size() != 4 || pin.find_first_not_of("0123456789") != std::string::npos) {
            return fail(Code::kInvalid, "An M-PESA PIN has four digits.", "pin");
        }
        act = pin == "0000" ? Act::kWrongPin : Act::kPay;
    } else {
        TRY(const std::string word, body["action"].text());
        act = act_of(word);
    }
    const std::string checkout = request.params.at(0);
    TRY(daraja_.stk().answer(checkout, act.value_or(Act::kManual), now_));
    json::Writer out;
    write_push(out, *daraja_.stk().find(checkout));
    return out.take();
}

Result<std::string> Control::pay(const net::Request& request) {
    TRY(const auto document, body_of(request));
    const json::View body = document.root();
    C2b::Wish wish;
    TRY(const std::string phone, body["phone"].scalar());
    TRY(wish.phone, phone_of(phone));
    TRY(wish.receiver, body["shortcode"].scalar());
    TRY(const std::string amount, body["amount"].scalar());
    TRY(wish.amount, Money::parse(amount));
    wish.account = body["account"].scalar_if_any().value_or("");
    TRY(const int64_t id, daraja_.c2b().pay(wish, now_));
    json::Writer out;
    write_payment(out, daraja_.c2b().payments().at(id));
    return out.take();
}

Result<std::string> Control::payments(const net::Request&) {
    json::Writer out;
    out.begin_object().key("payments").begin_array();
    for (const auto& [id, payment] : daraja_.c2b().payments()) write_payment(out, payment);
    out.end_array().end_object();
    return out.take();
}

}  // namespace clinicpro::sandbox
