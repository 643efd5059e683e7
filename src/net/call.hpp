// call.hpp: one HTTP call while curl has it: how it is set up, and what became of it. Private to net.
//
// The heart of P-05 is `outcome`: NotSent needs evidence that the other side saw nothing; all else that is not a whole
// answer is Unknown. curl's own types stay out of this header (CURL is void). Tested by net/client_test.
#pragma once

#include <functional>
#include <string>

#include "net/client.hpp"
#include "net/transfer.hpp"

namespace clinicpro::net {

class Call final : public Transfer {
public:
    Call(ClientRequest request, std::function<void(Outcome)> done);
    ~Call() override;

    std::string fault() const override;
    bool prepare(void* easy, const ClientOptions& options) override;
    Outcome outcome(int code) override;

private:
    static size_t on_header(char* bytes, size_t size, size_t count, void* call);
    static size_t on_answer_bytes(char* bytes, size_t size, size_t count, void* call);
    static size_t read_body(char* into, size_t size, size_t count, void* call);

    // Whether it may leave this machine only once.
    bool once() const { return !request_.repeatable && request_.method != "GET" && request_.method != "HEAD"; }

    ClientRequest request_;
    void* headers_ = nullptr;  // curl_slist, ours
    size_t body_given_ = 0;    // to curl, by read_body
    Response response_;
    size_t header_bytes_ = 0;
    bool head_complete_ = false;  // curl takes a head that was cut short for a whole one
    bool too_large_ = false;
    std::string error_;  // curl writes its explanation here; CURL_ERROR_SIZE bytes
};

}  // namespace clinicpro::net
