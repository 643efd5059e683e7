// What strangers and clinics put into messages: reports, answers, wordings, addresses and names. Never a crash; a
// wording that is taken can be rendered, an address has one spelling, and no name adds a line to a mail.
#include <cstdint>
#include <cstdlib>

#include "messaging/mail_address.hpp"
#include "messaging/mime.hpp"
#include "messaging/sms_africas_talking.hpp"
#include "messaging/templates.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace clinicpro;
    using namespace clinicpro::messaging;
    const std::string_view given(reinterpret_cast<const char*>(data), size);
    if (const auto report = read_delivery_report(given); report && report->provider_id.empty()) std::abort();
    (void)SmsAfricasTalking::read_answer(net::Response{.status = 201, .headers = {}, .body = std::string(given)});
    for (const Template which : kAllTemplates) {
        if (!check_words(which, given)) continue;
        if (!render(which, given, Language::kSwahili, sample_facts(true))) std::abort();
        if (!preview(which, given, Language::kEnglish, "Clinic")) std::abort();
    }
    if (const auto address = MailAddress::parse(given)) {
        const auto again = MailAddress::parse(address->text());
        if (!again || *again != *address || address->text().find_first_of(" \r\n<>,;") != std::string::npos)
            std::abort();
    }
    std::string header = mime::encoded_words(given) + mime::mailbox(given, "a@b.example");
    for (size_t at = header.find("\r\n "); at != std::string::npos; at = header.find("\r\n ", at)) header.erase(at, 3);
    if (header.find_first_of("\r\n") != std::string::npos) std::abort();
    return 0;
}
