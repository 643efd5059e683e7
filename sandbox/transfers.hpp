// transfers.hpp: money that goes out, and questions about it: reversal, B2C v3 and transaction status (daraja.md 5).
//
// An acknowledgement at once, the result seconds later to the caller's ResultURL; or QueueTimeOutURL first. Every field
// is checked as strictly as the portal writes it, misspellings and all. Money moves in exactly one place (execute).
// Tested by sandbox/transfers_test.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "sandbox/initiator.hpp"
#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

struct Transfer {
    int64_t number = 0;
    std::string kind;  // reversal | b2c | status
    std::string originator, conversation;
    std::string shortcode;   // whose money
    std::string phone;       // who gets it, once that is known
    std::string original;    // reversal: the receipt; status: what is asked about
    Money amount;
    std::string result_url, timeout_url;
    Instant asked;
    std::string state = "queued";  // queued | done | failed
    std::string code;              // ResultCode once it ended
    std::string receipt;
    Instant done_at;  // as shown
    std::string found;  // status: how the thing asked about stands
};

class Transfers {
public:
    explicit Transfers(World& world) : world_(world) {}

    Answer reverse(const Call& call);
    Answer pay_out(const Call& call);
    Answer status(const Call& call);

    const std::map<int64_t, Transfer>& all() const { return transfers_; }

private:
    struct Common {
        const Merchant* merchant = nullptr;
        std::string initiator, credential;
    };
    // What the three have in common, under the field names of each; nothing when all is well.
    std::optional<Answer> check(const Call& call, Transfer& transfer, Common& common, std::string_view initiator_field,
                                std::string_view party_field, std::string_view occasion_field);
    Answer accept(const Call& call, Transfer transfer, const Common& common);
    void execute(int64_t number, Instant at);
    std::string reverse_money(Transfer& transfer);
    std::string pay_money(Transfer& transfer);
    std::string look_up(Transfer& transfer);
    std::string result_body(const Transfer& transfer, int64_t extra_shillings);
    Delivery delivery_of(const Transfer& transfer, std::string_view kind);
    void tell(const Transfer& transfer, Instant at);
    Money utility(const std::string& shortcode);

    World& world_;
    Initiators initiators_;
    std::map<int64_t, Transfer> transfers_;
    std::set<std::string> originators_;  // of B2C: app and id; never used twice
    std::set<std::string> reversed_;
    int64_t last_number_ = 0;
};

}  // namespace clinicpro::sandbox
