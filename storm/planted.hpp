// planted.hpp: bugs planted on purpose, to show that the storm would find them. They exist in this program only.
//
// Each corrupts what passes a port (a database statement, a payment method, a job handler, a request, a notice at the
// door); nothing in src/ knows of them. `clinicpro-storm --mutate N` plants one.
#pragma once

#include <memory>
#include <string_view>

#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "payments/method.hpp"

namespace clinicpro::storm {

enum class Plant {
    kNone,
    kPushResent,
    kReceiptTwice,
    kAckBeforeCommit,
    kFailureBeatsSuccess,
    kAmountFromRequest,
    kClinicFilterMissing,
    kHalfSentPushResent,
    kMeetingTwice,
    kQueryFailureFinal,
    kForgedIdsAccepted,
    kLateSuccessIgnored,
    kSettledTwice,
    kTokenNeverRefreshed,
    kUnallocatedDropped,
    kPhoneInLog,
    kAuditSkipped,
    kForgedLinkAccepted,
    kAcceptedMeansPaid,
    kIdempotencyKeyIgnored,
    kOnsiteMeeting,
    kSecondPrompt,
    kQueryUndoesSuccess,
    kMeetingMadeAgainBlindly,
    kNoticeTwice,
    kMessageSentAgain,
    kExpiredIsFinal,
    kParkedForgotten,
    kSecondReceiptDropped,
    kRoomNotCancelled,
    kCallbackAddressLogged,
    kReversalResent,
    kPayoutNewId,
    kOwnRefundApproved,
    kRefundBookedTwice,
    kRefundTimeOutIsFailure,
    kEventForgotten,
    kCount
};
std::string_view to_text(Plant plant);

// A database transaction in which some statements are not what they seem; `after` is the transaction itself when the
// plant is not about statements.
class PlantedTx final : public store::Tx {
public:
    // `fails_at`: the statement of that number, and all after it, fail; 0: none.
    PlantedTx(store::Tx& inner, Plant plant, int64_t fails_at) : inner_(inner), plant_(plant), fails_at_(fails_at) {}
    Result<int64_t> run(store::Sql sql, std::span<const store::Param> params, const store::RowSink* sink) override;
    Result<> nested(const std::function<Result<>()>& body) override { return inner_.nested(body); }
    Result<> script(const std::string& statements) override { return inner_.script(statements); }
    std::string_view engine() const override { return inner_.engine(); }
    std::unique_ptr<store::Shared>& shared_slot(const void* tag, bool is_change) override {
        return inner_.shared_slot(tag, is_change);
    }
    bool failed() const { return failed_; }

private:
    store::Tx& inner_;
    const Plant plant_;
    const int64_t fails_at_;
    int64_t statements_ = 0;
    bool failed_ = false;
};

// The method or handler itself when the plant is not about it.
std::unique_ptr<payments::Method> planted(Plant plant, std::unique_ptr<payments::Method> method, clinics::Vault& vault);
std::unique_ptr<jobs::Handler> planted(Plant plant, std::string_view kind, std::unique_ptr<jobs::Handler> handler);
// Takes away the constraints that would stop the plant.
Result<> prepare(Plant plant, store::Database& database);

}  // namespace clinicpro::storm
