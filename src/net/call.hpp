// call.hpp: one call while curl has it: how it is set up, and what became of it. Private to net.
//
// The heart of P-05 is `outcome`: NotSent needs evidence that the other side saw nothing; all else that is not a whole
// answer is Unknown. curl's own types stay out of this header (CURL is void). Tested by net/client_test.
#pragma once

#include <functional>
#include <string>

#include "net/client.hpp"

namespace clinicpro::net {

class Call {
public:
    Call(ClientRequest request, std::function<void(Outcome)> done);
    ~Call();
    Call(const Call&) = delete;

    // A sentence about what is wrong with the request itself; empty when nothing is.
    std::string fault() const;
    // Sets every option on a fresh or reset CURL easy handle. False when curl refuses one.
    bool prepare(void* easy, const ClientOptions& options);
    void* easy() const { return easy_; }
    // After curl is done with it, with its CURLcode. Moves the answer out.
    Outcome outcome(int code);
    // Ends the call; nothing may be done with it afterwards.
    void finish(Outcome outcome) { done_(std::move(outcome)); }

    static Call* of(void* easy);

private:
    static size_t on_header(char* bytes, size_t size, size_t count, void* call);
    static size_t on_answer_bytes(char* bytes, size_t size, size_t count, void* call);
    static size_t read_body(char* into, size_t size, size_t count, void* call);

    // Whether it may leave this machine only once.
    bool once() const { return !request_.repeatable && request_.method != "GET" && request_.method != "HEAD"; }

    ClientRequest request_;
    std::function<void(Outcome)> done_;
    void* easy_ = nullptr;     // CURL, the engine's
    void* headers_ = nullptr;  // curl_slist, ours
    size_t body_given_ = 0;    // to curl, by read_body
    Response response_;
    size_t header_bytes_ = 0;
    bool head_complete_ = false;  // curl takes a head that was cut short for a whole one
    bool too_large_ = false;
    std::string error_;  // curl writes its explanation here; CURL_ERROR_SIZE bytes
};

}  // namespace clinicpro::net
