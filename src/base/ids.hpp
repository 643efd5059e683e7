// ids.hpp: strong identifiers.
//
// A row id is a positive 63-bit integer ordered by time: 41 bits of milliseconds since 2025, 8 bits of node, 14 bits
// of sequence. Time order keeps index inserts at the right-hand edge (stack.md: random keys halve the write rate).
// Outside the program an id is written with its kind and Crockford base 32, such as "inv_0c5t7v2k9m1qa", so nobody can
// count rows by it. A clinic is different: a small number people may say aloud. Tested by base/ids_test.
#pragma once

#include <compare>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace clinicpro {

struct ClinicId {
    int64_t value = 0;  // 1, 2, 3 ...; 0 is the system itself
    friend auto operator<=>(const ClinicId&, const ClinicId&) = default;
};
inline constexpr ClinicId kSystem{0};
inline constexpr int64_t kClinicMax = 0xFFFFFF;  // three bytes in a signed link

std::string encode_id(std::string_view prefix, int64_t value);
Result<int64_t> decode_id(std::string_view prefix, std::string_view text);

// Kind supplies `static constexpr std::string_view kPrefix`.
template <class Kind>
struct Id {
    int64_t value = 0;
    friend auto operator<=>(const Id&, const Id&) = default;
    explicit operator bool() const { return value != 0; }

    std::string to_text() const { return encode_id(Kind::kPrefix, value); }
    static Result<Id> parse(std::string_view text) {
        TRY(const int64_t number, decode_id(Kind::kPrefix, text));
        return Id{number};
    }
};

struct PatientKind { static constexpr std::string_view kPrefix = "pat"; };
struct InvoiceKind { static constexpr std::string_view kPrefix = "inv"; };
struct AppointmentKind { static constexpr std::string_view kPrefix = "apt"; };
struct TransactionKind { static constexpr std::string_view kPrefix = "pay"; };
struct UnallocatedKind { static constexpr std::string_view kPrefix = "una"; };
struct MeetingKind { static constexpr std::string_view kPrefix = "mtg"; };
struct NoticeKind { static constexpr std::string_view kPrefix = "ntc"; };
struct JobKind { static constexpr std::string_view kPrefix = "job"; };
struct InboxKind { static constexpr std::string_view kPrefix = "inb"; };
struct KeyKind { static constexpr std::string_view kPrefix = "key"; };
struct UserKind { static constexpr std::string_view kPrefix = "usr"; };
struct SessionKind { static constexpr std::string_view kPrefix = "ses"; };
struct LedgerKind { static constexpr std::string_view kPrefix = "led"; };
struct RefundKind { static constexpr std::string_view kPrefix = "ref"; };

using PatientId = Id<PatientKind>;
using InvoiceId = Id<InvoiceKind>;
using AppointmentId = Id<AppointmentKind>;
using TransactionId = Id<TransactionKind>;
using UnallocatedId = Id<UnallocatedKind>;
using MeetingId = Id<MeetingKind>;
using NoticeId = Id<NoticeKind>;
using JobId = Id<JobKind>;
using InboxId = Id<InboxKind>;
using KeyId = Id<KeyKind>;
using UserId = Id<UserKind>;
using SessionId = Id<SessionKind>;
using LedgerId = Id<LedgerKind>;
using RefundId = Id<RefundKind>;

// No id made at `at` or later is smaller, so ids from here to there are what was made from then to then.
int64_t first_id_at(Instant at);

// Makes row ids. One per process, shared by threads. `node` (0..255) must differ between live instances on one
// database; store::claim_node hands them out.
class IdMaker {
public:
    IdMaker(const Clock& clock, int node);
    int64_t next();
    template <class T>
    T make() { return T{next()}; }

private:
    const Clock& clock_;
    const int64_t node_;
    std::mutex mutex_;
    int64_t last_millis_ = 0;
    int64_t sequence_ = 0;
};

}  // namespace clinicpro
