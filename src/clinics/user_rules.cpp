// user_rules.cpp: which names and passwords people may have.
#include <algorithm>

#include "base/text.hpp"
#include "clinics/user.hpp"

namespace clinicpro::clinics::users {
namespace {

// The passwords of ten characters and more that stand in every list of stolen ones. Shorter ones are refused anyway.
constexpr std::string_view kCommon[] = {
    "0123456789",  "1234567890",    "12345678910",   "123456789a",   "1234567899",    "0987654321",  "9876543210",
    "1122334455",  "1029384756",    "1q2w3e4r5t",    "1q2w3e4r5t6y", "1qaz2wsx3edc",  "q1w2e3r4t5",  "q1w2e3r4t5y6",
    "qwertyuiop",  "qwerty12345",   "qwerty123456",  "qwerty1234",   "qwertyuiop123", "asdfghjkl1",  "asdfghjkl123",
    "zxcvbnm123",  "abcdefghij",    "abc1234567",    "abcd123456",   "a123456789",    "aa12345678",  "password12",
    "password123", "password1234",  "password12345", "passw0rd123",  "p@ssw0rd123",   "p@ssword123", "password01",
    "mypassword",  "mypassword1",   "changeme123",   "letmein123",   "welcome123",    "welcome1234", "admin12345",
    "admin123456", "administrator", "iloveyou123",   "iloveyou12",   "iloveyou10",    "princess123", "sunshine123",
    "football123", "basketball",    "chocolate1",    "superman123",  "michael123",    "charlie123",  "jesus12345",
    "jesuschrist", "jesuslovesme",  "godisgood1",    "godislove1",   "kenya12345",    "nairobi123",  "mombasa123",
    "clinic1234",  "clinic12345",   "hospital123",   "doctor1234",   "mpesa12345",    "safaricom1",  "safaricom123",
    "harambee123", "cashier123",    "reception1",    "reception123", "clinicpro123",  "clinicpro1",
};

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '+';
}

size_t characters(std::string_view utf8) {
    return size_t(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (uint8_t(c) & 0xC0) != 0x80; }));
}

// "aaaaaaaaaa", "abababababab": few different characters.
bool is_monotonous(std::string_view text) {
    std::string seen;
    for (const char c : text) {
        if (seen.find(c) == std::string::npos) seen += c;
    }
    return seen.size() < 4;
}

}  // namespace

Result<std::string> read_name(std::string_view typed) {
    const auto wrong = [] {
        return fail(Code::kInvalid,
                    "The name to sign in with must be an e-mail address, or 2 to 120 small letters, digits, dots, "
                    "dashes and underscores.",
                    "name");
    };
    const std::string name = text::lower(text::trim(typed));
    if (name.size() < kNameMin || name.size() > kNameMax) return wrong();
    const size_t at = name.find('@');
    const std::string_view before = std::string_view(name).substr(0, at);
    const std::string_view after =
        at == std::string::npos ? std::string_view("x") : std::string_view(name).substr(at + 1);
    if (before.empty() || after.empty() || !std::all_of(before.begin(), before.end(), is_name_character))
        return wrong();
    if (!std::all_of(after.begin(), after.end(), is_name_character)) return wrong();
    return name;
}

Result<> check_password(const Secret<>& password, std::string_view user_name) {
    const std::string& text = password.reveal();
    const auto wrong = [](std::string sentence) { return fail(Code::kInvalid, std::move(sentence), "password"); };
    if (!text::is_utf8(text) || text.find('\0') != std::string::npos)
        return wrong("This password holds characters that cannot be typed everywhere. Choose another one.");
    if (characters(text) < kPasswordMin) {
        return wrong("The password needs at least 10 characters. Three or four words in a row are easy to remember.");
    }
    if (text.size() > kPasswordMax) return wrong("The password is too long; 256 bytes are enough.");
    const std::string small = text::lower(text);
    if (std::find(std::begin(kCommon), std::end(kCommon), small) != std::end(kCommon) || is_monotonous(small)) {
        return wrong("Everybody guesses this password first. Choose another one; a few words in a row are good.");
    }
    const std::string_view own = user_name.substr(0, user_name.find('@'));
    if (own.size() >= 4 && small.find(own) != std::string::npos) {
        return wrong("The password must not hold the name you sign in with.");
    }
    return {};
}

}  // namespace clinicpro::clinics::users
