#include "sandbox/handset.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kMessagesMax = 100;  // per phone; a real one keeps more, the page shows fewer
constexpr int64_t kAfterMax = 86'400;

constexpr std::pair<Act, std::string_view> kActs[] = {
    {Act::kPay, "pay"},       {Act::kWrongPin, "wrong_pin"}, {Act::kCancel, "cancel"}, {Act::kNoAnswer, "no_answer"},
    {Act::kIgnore, "ignore"}, {Act::kNoMoney, "no_money"},   {Act::kLate, "late"},     {Act::kManual, "manual"},
    {Act::kResult, "result"},
};

constexpr std::string_view kFirst[] = {"Akinyi", "Baraka", "Chebet", "Daudi", "Esther", "Fatuma", "Gathoni", "Hassan",
                                       "Imani",  "Juma",   "Kamau",  "Leila", "Mwende", "Njeri",  "Otieno",  "Wanjiru"};
constexpr std::string_view kMiddle[] = {"", "Atieno", "Kiprono", "Mutua", "Naliaka", "Omondi", "Salim", "Wairimu"};
constexpr std::string_view kLast[] = {"Achieng",  "Barasa", "Chege",   "Hamisi",  "Karanja",
                                      "Kiplagat", "Mwangi", "Njoroge", "Ochieng", "Wafula"};

}  // namespace

std::string_view to_string(Act act) {
    for (const auto& [value, word] : kActs) {
        if (value == act) return word;
    }
    return "pay";
}

std::optional<Act> act_of(std::string_view word) {
    for (const auto& [value, name] : kActs) {
        if (name == word) return value;
    }
    return std::nullopt;
}

Result<Script> read_script(json::View value) {
    const bool short_form = value.kind() == json::Kind::kString;
    const json::View word_at = short_form ? value : value["act"];
    TRY(const std::string word, word_at.text());
    const auto act = act_of(word);
    if (!act) {
        return fail(Code::kInvalid,
                    "A handset can pay, wrong_pin, cancel, no_answer, ignore, no_money, late, manual or result.",
                    word_at.path());
    }
    Script script;
    script.act = *act;
    if (!short_form && value["after_seconds"].exists()) {
        TRY(const int64_t seconds, value["after_seconds"].integer());
        if (seconds < 0 || seconds > kAfterMax) {
            return fail(Code::kInvalid, "after_seconds is 0 to 86400.", value["after_seconds"].path());
        }
        script.after = std::chrono::seconds(seconds);
    }
    if (script.act == Act::kResult) {
        if (short_form)
            return fail(Code::kInvalid, "Give the code: {\"act\": \"result\", \"code\": \"2028\"}.", value.path());
        TRY(script.code, value["code"].scalar());
        if (script.code.empty() || script.code.size() > 32) {
            return fail(Code::kInvalid, "A result code has 1 to 32 characters.", value["code"].path());
        }
    }
    return script;
}

void write_script(json::Writer& out, const Script& script) {
    out.begin_object().field("act", to_string(script.act));
    if (script.after) out.field("after_seconds", int64_t(script.after->count() / 1'000'000));
    if (!script.code.empty()) out.field("code", script.code);
    out.end_object();
}

Customer& Handsets::at(const std::string& phone, const Script& usual) {
    if (const auto found = customers_.find(phone); found != customers_.end()) return found->second;
    uint64_t mix = 1469598103934665603ULL;  // FNV-1a: the same number always has the same name
    for (const char c : phone) mix = (mix ^ uint64_t(uint8_t(c))) * 1099511628211ULL;
    Customer customer;
    customer.phone = phone;
    customer.first_name = kFirst[(mix >> 8) % std::size(kFirst)];
    customer.middle_name = kMiddle[(mix >> 20) % std::size(kMiddle)];
    customer.last_name = kLast[(mix >> 32) % std::size(kLast)];
    customer.script = phone == kTestPayer ? Script{.act = Act::kNoAnswer, .after = {}, .code = {}} : usual;
    return customers_.emplace(phone, std::move(customer)).first->second;
}

Customer* Handsets::find(const std::string& phone) {
    const auto found = customers_.find(phone);
    return found == customers_.end() ? nullptr : &found->second;
}

Script Handsets::next_script(Customer& customer) {
    if (customer.next.empty()) return customer.script;
    Script script = customer.next.front();
    customer.next.pop_front();
    return script;
}

void Handsets::tell(Customer& customer, Instant at, std::string text) {
    customer.messages.push_back({at, std::move(text)});
    while (customer.messages.size() > kMessagesMax) customer.messages.pop_front();
}

}  // namespace clinicpro::sandbox
