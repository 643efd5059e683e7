// mail_call.hpp: one mail while curl has it. Private to net.
//
// curl speaks SMTP: EHLO, STARTTLS, AUTH, the envelope, doubled dots. What it makes of the end is decided here, from
// the server's replies and from whether the end of the mail was handed out. A connection carries one mail. Tested by
// net/mail_test.
#pragma once

#include "net/mail.hpp"
#include "net/transfer.hpp"

namespace clinicpro::net {

class MailCall final : public Transfer {
public:
    MailCall(MailRequest request, std::function<void(Outcome)> done);
    ~MailCall() override;

    std::string fault() const override;
    bool prepare(void* easy, const ClientOptions& options) override;
    Outcome outcome(int code) override;

private:
    static size_t on_reply(char* bytes, size_t size, size_t count, void* call);
    static size_t read_content(char* into, size_t size, size_t count, void* call);

    MailRequest request_;
    void* recipients_ = nullptr;  // curl_slist, ours
    size_t given_ = 0;            // bytes of the content handed to curl
    bool end_given_ = false;      // from here on the server may have taken it
    std::string refusal_;         // the reply that says no, until one says yes again
    std::string last_;            // the last whole reply
    std::string error_;           // curl writes its explanation here; CURL_ERROR_SIZE bytes
};

}  // namespace clinicpro::net
