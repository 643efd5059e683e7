#include "messaging/mail_address.hpp"

#include "base/text.hpp"

namespace clinicpro::messaging {
namespace {

constexpr size_t kLocalMax = 64, kLabelMax = 63;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Dot-separated, none empty.
template <class Good>
bool are_labels(std::string_view text, size_t least, size_t label_max, Good&& good) {
    const auto labels = text::split(text, '.');
    return labels.size() >= least && std::all_of(labels.begin(), labels.end(), [&](std::string_view label) {
               return !label.empty() && label.size() <= label_max && std::all_of(label.begin(), label.end(), good);
           });
}

}  // namespace

Result<MailAddress> MailAddress::parse(std::string_view given) {
    const std::string_view text = text::trim(given);
    const size_t at = text.find('@');
    const bool shaped = at != text.npos && text.size() <= kMax && at <= kLocalMax;
    const std::string_view local = text.substr(0, at), domain = shaped ? text.substr(at + 1) : std::string_view();
    const bool good = shaped &&
                      are_labels(local, 1, kLocalMax,
                                 [](char c) {
                                     return is_alphanumeric(c) ||
                                            std::string_view("!#$%&'*+/=?^_`{|}~-").find(c) != std::string_view::npos;
                                 }) &&
                      are_labels(domain, 2, kLabelMax, [](char c) { return is_alphanumeric(c) || c == '-'; });
    if (!good) return fail(Code::kInvalid, "This is not a mail address; write it like asha@example.co.ke.", "email");
    return MailAddress(std::string(local) + "@" + text::lower(domain));
}

std::string MailAddress::masked() const {
    return text_.substr(0, 1) + "***" + text_.substr(text_.find('@'));
}

}  // namespace clinicpro::messaging
