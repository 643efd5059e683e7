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
    for (const auto& bill : books.bills) {
        if (bill.state == "part_paid") SOMETIMES(kPartPaid);
    }
    for (const auto& n : books.notices) {
        if (n.state == "rejected") SOMETIMES(kNoticeRejected);
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
