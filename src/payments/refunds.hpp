// refunds.hpp: refunds as rows: asked for, decided, and how they ended.
//
// `record` is the only way a refund changes: it writes the change, what the payment holds and gave back, the audit
// entry, and the job that follows, in the caller's transaction. The sum of what is held and what went back never passes
// what the payment brought, even when two instances ask at the same moment. Nobody approves a refund that he asked
// for: both acts carry who did them. Tested by refunds/reversal_test and payout_test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jobs/job.hpp"
#include "payments/refund.hpp"
#include "payments/transaction.hpp"

namespace clinicpro::payments {

// Subject of both: the refund. The first when a second person agreed to a way that the provider has to do; the second
// when it ended, one way or the other.
inline constexpr std::string_view kRefundApprovedJob = "refund.approved";
inline constexpr std::string_view kRefundEndedJob = "refund.ended";

namespace refunds {

inline constexpr int kPageMax = 200;
inline constexpr size_t kReasonMax = 200;
inline constexpr size_t kReferenceMax = 40;

struct NewRefund {
    RefundId id;
    TransactionId payment;
    RefundWay way = RefundWay::kReversal;
    Money amount;
    std::string reason;
    std::string payee_masked;
    std::string payee_sealed;  // empty: none
    std::string actor;         // who asks
};
// Holds the amount. kConflict when the payment has not so much left that could go back.
Result<> insert(jobs::Context& context, store::ClinicTx& tx, const NewRefund& made);

Result<Refund> find(store::ClinicTx& tx, RefundId id);  // kNotFound
Result<std::optional<Refund>> by_reference(store::ClinicTx& tx, std::string_view reference);
struct Page {
    int limit = 50;            // 1..kPageMax
    int64_t before = 0;        // an id; 0: from the newest
    std::string state = {};    // empty: any; "open": money is held for it
    TransactionId payment = {};  // 0: any
};
Result<std::vector<Refund>> list(store::ClinicTx& tx, const Page& page);  // newest first

// What of the payment is neither held nor gone.
Result<Money> left_of(store::ClinicTx& tx, TransactionId payment);

// Applies evidence and writes what follows. Returns the refund as it is now. What a person asks for and the state does
// not allow is kConflict with a sentence; approving one's own request is kForbidden.
Result<Refund> record(jobs::Context& context, store::ClinicTx& tx, const Refund& before, const RefundEvidence& evidence);

// How the provider calls the request.
Result<> set_ids(store::ClinicTx& tx, RefundId id, std::string_view originator_id, std::string_view conversation_id);
Result<std::string> payee_sealed(store::ClinicTx& tx, RefundId id);  // empty when there is none
Result<> set_booked(store::ClinicTx& tx, RefundId id, bool booked);

}  // namespace refunds
}  // namespace clinicpro::payments
