// look.cpp: which rare situations this run went through, as its books tell.
#include "storm/checks.hpp"

namespace clinicpro::storm {

void look_for_probes(const Tenant& tenant, const Books& books) {
    std::map<std::string, std::string> state;
    for (const auto& entry : books.audit) {
        if (entry.action == "appointment.rescheduled" || entry.action == "appointment.moved") SOMETIMES(kMeetingMoved);
        if (entry.action == "appointment.released" && entry.actor == "system") SOMETIMES(kReleased);
        if (entry.action == "invoice.corrected") SOMETIMES(kCorrected);
        if (!entry.action.starts_with("payment.")) continue;
        std::string& before = state[entry.subject];
        const std::string now = entry.action.substr(8);
        const bool paid = now == "paid" || now == "paid_without_receipt";
        if (paid && before == "unknown") SOMETIMES(kPushUnknownPaid);
        if (paid && before == "sending") SOMETIMES(kCallbackBeforeAnswer);
        if (paid && (before == "failed" || before == "expired")) SOMETIMES(kLateSuccess);
        if (now == "paid_without_receipt") SOMETIMES(kPaidByQuery);
        if (now == "unknown" && entry.actor == "timer") SOMETIMES(kSendingFound);
        before = now;
    }
    for (const auto& p : books.payments) {
        if (p.state == "expired") SOMETIMES(kExpired);
        if (p.duplicate_of != 0) SOMETIMES(kDuplicateLinked);
        if (p.attention.find("first said paid") != std::string::npos) SOMETIMES(kFailureAfterSuccess);
    }
    for (const auto& one : books.unallocated) {
        if (one.state == "withdrawn") SOMETIMES(kCorrected);
        if (one.reason.find("mistyped") != std::string::npos) SOMETIMES(kUnallocatedTypo);
        if (one.reason.find("is void") != std::string::npos) SOMETIMES(kUnallocatedVoid);
        if (one.reason.find("already paid") != std::string::npos) SOMETIMES(kUnallocatedTwice);
        if (one.reason.find("The visit was") != std::string::npos) SOMETIMES(kVisitGone);
    }
    std::map<std::string, std::string> back;
    for (const auto& entry : books.audit) {
        if (!entry.action.starts_with("refund.")) continue;
        std::string& before = back[entry.subject];
        const std::string now = entry.action.substr(7);
        if (now == "done" && before == "unknown") SOMETIMES(kRefundUnknownDone);
        if (now == "done" && before == "sending") SOMETIMES(kRefundBeforeAnswer);
        if (now == "failed") SOMETIMES(kRefundFailed);
        before = now;
    }
    for (const auto& r : books.refunds) {
        if (r.attention.find("never said") != std::string::npos) SOMETIMES(kRefundGivenUp);
        if (r.state != "done" || r.way == "by_hand") continue;
        SOMETIMES(kRefundDone);
        const auto* payment = books.payment(r.payment);
        if (payment != nullptr && r.done < payment->received) SOMETIMES(kRefundPart);
        if (r.witness == "query") SOMETIMES(kRefundByQuery);
        const bool unplaced = std::ranges::any_of(books.lines, [&](const Books::Line& line) {
            return line.credit == "mpesa" && line.debit == "unallocated" &&
                   line.note.starts_with(RefundId{r.id}.to_text());
        });
        if (unplaced) SOMETIMES(kRefundUnallocated);
    }
    for (const auto& bill : books.bills) {
        if (bill.state == "part_paid") SOMETIMES(kPartPaid);
    }
    for (const auto& n : books.notices) {
        if (n.state == "rejected") SOMETIMES(kNoticeRejected);
        if (n.method == "mpesa.refund.timeout" && n.state == "done") SOMETIMES(kRefundTimedOut);
        if (n.note.find("replaced twice") != std::string::npos) SOMETIMES(kAddressReplacedTwice);
        if (n.method == "mpesa.c2b" && n.state == "done" && tenant.rotations == 1) SOMETIMES(kAddressReplacedOnce);
    }
    for (const auto& meeting : books.meetings) {
        if (meeting.state == "cancelled") SOMETIMES(kMeetingCancelled);
    }
    std::map<std::string, std::vector<bool>> ways;  // by receipt: told by callback (true) or C2B, in order
    for (const auto& told : tenant.told) {
        if (told.success && !told.receipt.empty()) ways[told.receipt].push_back(!told.checkout.empty());
    }
    for (const auto& [receipt, order] : ways) {
        if (std::set<bool>(order.begin(), order.end()).size() == 2) {
            SOMETIMES(kSameMoneyTwice);
            if (!order.front()) SOMETIMES(kC2bFirst);
        }
    }
}

}  // namespace clinicpro::storm
