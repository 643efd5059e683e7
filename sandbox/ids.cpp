#include "sandbox/ids.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr int kTriesPerSecond = 50;
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kReceipt = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kToken = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

int number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

std::string Ids::fresh(std::string id) {
    return used_.insert(id).second ? id : std::string();
}

std::string Ids::request_id(std::string_view look) {
    for (;;) {
        std::string id;
        if (look == "old") {
            id = dice_.pick(kDigits, 5) + "-" + dice_.pick(kDigits, 8) + "-" + dice_.pick(kDigits, 1);
        } else {
            id = dice_.pick(kHex, 4) + "-" + dice_.pick(kHex, 4) + "-" + dice_.pick(kHex, 4) + "-" +
                 dice_.pick(kHex, 12) + std::to_string(dice_.between(1, 999'999));
        }
        if (std::string made = fresh(std::move(id)); !made.empty()) return made;
    }
}

std::string Ids::checkout_id(Instant at, std::string_view phone) {
    const std::string tail(phone.size() > 9 ? phone.substr(phone.size() - 9) : phone);
    for (int tries = 0;; ++tries) {
        if (tries > 0 && tries % kTriesPerSecond == 0) at = at + 1s;  // this second is used up
        const std::string stamp = to_eat_stamp(at);                   // yyyyMMddHHmmss
        const std::string date = stamp.substr(6, 2) + stamp.substr(4, 2) + stamp.substr(0, 4) + stamp.substr(8);
        std::string millis = std::to_string(dice_.between(0, 999));
        // Padding is inconsistent in real ids: 2, 17, 096, 541 were all seen.
        if (millis.size() < 3 && dice_.chance(0.5)) millis.insert(0, 3 - millis.size(), '0');
        if (std::string made = fresh("ws_CO_" + date + millis + tail); !made.empty()) return made;
    }
}

std::string Ids::conversation_id(Instant at) {
    return "AG_" + to_eat_stamp(at).substr(0, 8) + "_" + dice_.pick(kHex, 20);
}

std::string Ids::receipt(Instant at) {
    const std::string stamp = to_eat_stamp(at);
    const std::string_view s = stamp;
    const int year = number(s.substr(0, 4));
    const int day = number(s.substr(6, 2));
    std::string head;
    head += char('A' + ((year - 2006) % 26 + 26) % 26);
    head += char('A' + number(s.substr(4, 2)) - 1);
    head += day < 10 ? char('0' + day) : char('A' + day - 10);
    for (;;) {
        if (std::string made = fresh(head + dice_.pick(kReceipt, 7)); !made.empty()) return made;
    }
}

std::string Ids::token() {
    return dice_.pick(kToken, 28);
}

}  // namespace clinicpro::sandbox
