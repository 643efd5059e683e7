// mail_address.hpp: a mail address, kept whole in memory and masked everywhere else.
//
// ASCII, one @, a domain of at least two labels: the form every mail server takes (RFC 5321, without quoted names). It
// can hold nothing that would end a header or an SMTP command. Tested by messaging/mail_address_test.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro::messaging {

class MailAddress {
public:
    static constexpr size_t kMax = 254;  // RFC 5321 4.5.3.1.3

    // Trims; the domain in small letters. Error kInvalid, a sentence.
    static Result<MailAddress> parse(std::string_view text);

    const std::string& text() const { return text_; }  // "asha@example.co.ke". Never log this.
    std::string masked() const;                        // "a***@example.co.ke"
    std::string_view domain() const { return std::string_view(text_).substr(text_.find('@') + 1); }

    friend auto operator<=>(const MailAddress&, const MailAddress&) = default;

private:
    explicit MailAddress(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace clinicpro::messaging
