// probes.hpp: rare situations that a batch of seeds must reach, or the storm proves less than it seems to.
//
// SOMETIMES(kName) stands where the situation is certain. A CI batch that leaves one unreached fails.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace clinicpro::storm {

#define STORM_PROBES(X)                                                                \
    X(kPushUnknown, "a push whose answer was lost")                                    \
    X(kPushUnknownPaid, "a push whose answer was lost and that was paid nevertheless") \
    X(kCallbackBeforeAnswer, "a callback that beat the answer to its push")            \
    X(kLateSuccess, "a success after a failure was booked")                            \
    X(kFailureAfterSuccess, "a failure told after a success")                          \
    X(kPaidByQuery, "paid by a status query, receipt later")                           \
    X(kExpired, "an attempt nobody ever answered")                                     \
    X(kSameMoneyTwice, "STK callback and C2B notice of the same money")                \
    X(kC2bFirst, "the C2B notice before the STK callback")                             \
    X(kDuplicateLinked, "an attempt linked to another channel's receipt")              \
    X(kCorrected, "a booking taken back")                                              \
    X(kUnallocatedTypo, "money under a mistyped account number")                       \
    X(kUnallocatedVoid, "money for a void invoice")                                    \
    X(kUnallocatedTwice, "an invoice paid twice")                                      \
    X(kUnallocatedAssigned, "a person assigned money")                                 \
    X(kVisitGone, "money for a visit that was cancelled or released")                  \
    X(kWrongAmount, "a callback with another amount than was asked")                   \
    X(kNoticeRejected, "a notice that was kept and refused")                           \
    X(kForged, "a forged notice was sent")                                             \
    X(kForgedLink, "a forged address was refused")                                     \
    X(kAddressReplacedOnce, "a C2B notice to the address before the current one")      \
    X(kAddressReplacedTwice, "a C2B notice to an address replaced twice")              \
    X(kValidationRefused, "a C2B payment refused by validation")                       \
    X(kTokenDied, "an access token refused before its time")                           \
    X(kTooManyRequests, "Daraja answered 429")                                         \
    X(kHtmlAnswer, "Daraja answered with a page")                                      \
    X(kBrokenJson, "Daraja's answer was cut in the middle")                            \
    X(kQueryLied, "a query said failed for money that moved")                          \
    X(kDatabaseBusy, "the database was busy")                                          \
    X(kDatabaseFull, "the disk was full")                                              \
    X(kCommitUnknownKept, "a commit whose answer was lost, and it was kept")           \
    X(kCommitUnknownLost, "a commit whose answer was lost, and it was not kept")       \
    X(kStatementFailed, "a statement failed in the middle of a transaction")           \
    X(kNoticeNotAcknowledged, "a notice answered 503")                                 \
    X(kCrashBeforeCommit, "a server died before a commit")                             \
    X(kCrashAfterCommit, "a server died after a commit and before anything left")      \
    X(kCrashInFlight, "a server died with requests on their way")                      \
    X(kSendingFound, "a push found half sent after a crash")                           \
    X(kCallbackToNobody, "a callback while no server lived")                           \
    X(kTwoInstances, "two servers on one database")                                    \
    X(kFenced, "an answer that came after its lease was taken over")                   \
    X(kStalled, "a server that stood still longer than a lease")                       \
    X(kClockForward, "a clock that jumped forward")                                    \
    X(kClockBack, "a clock that jumped back")                                          \
    X(kCredentialsChanged, "a clinic's M-Pesa credentials changed under load")         \
    X(kKeysRotated, "data keys wrapped anew under load")                               \
    X(kSwitchedOff, "M-Pesa switched off under load")                                  \
    X(kSuspended, "a clinic suspended with money on its way")                          \
    X(kCallbacksRotated, "C2B addresses rotated under load")                           \
    X(kMeetingMoved, "a virtual visit moved after its meeting was made")               \
    X(kMeetingCancelled, "a virtual visit cancelled after its meeting was made")       \
    X(kRoomsMoved, "the meeting server changed under load")                            \
    X(kMeetingMadeUnknown, "a meeting made whose answer was lost")                     \
    X(kMeetingFound, "a meeting in doubt that was looked for and found")               \
    X(kMeetingPending, "a meeting whose link came later")                              \
    X(kDoorOpened, "a patient's link that led to the meeting at its time")             \
    X(kGrantDead, "a meeting provider's consent that was revoked")                     \
    X(kMessageUnknown, "a message whose answer was lost")                              \
    X(kMessageTwice, "a message sent again because nobody knew whether it arrived")    \
    X(kIdempotentReplay, "the same Idempotency-Key twice")                             \
    X(kPartPaid, "an invoice paid in parts")                                           \
    X(kReleased, "a hold that ran out")                                                \
    X(kSharedWorld, "clinics on one Daraja")                                           \
    X(kRefundDone, "money sent back")                                                  \
    X(kRefundUnknown, "a refund whose answer was lost")                                \
    X(kRefundResultTwice, "a refund's result that came twice")                         \
    X(kRefundAskedTwice, "a refund asked for twice")                                   \
    X(kRefundRejected, "a refund that was not approved")                               \
    X(kRefundPart, "a part of a payment sent back")                                    \
    X(kRefundUnallocated, "money that fitted nowhere sent back")                       \
    X(kRefundUnknownDone, "a refund whose answer was lost, and the money went back")   \
    X(kRefundBeforeAnswer, "a refund's result that beat the answer")                   \
    X(kRefundFailed, "a refund that M-Pesa did not do")                                \
    X(kRefundTimedOut, "a refund that waited too long at M-Pesa")                      \
    X(kRefundByQuery, "a refund done by a status query")                               \
    X(kRefundGivenUp, "a refund nobody ever answered")                                 \
    X(kRefundCancelled, "a refund taken back by who asked")                            \
    X(kRefundOwnApproval, "a person who tried to approve his own refund")              \
    X(kRefundByHand, "a refund paid by hand")                                          \
    X(kRefundSettled, "a refund in doubt that a person ended by the statement")        \
    X(kEventTwice, "an event that a clinic's system heard twice")                      \
    X(kHookSecretRotated, "the secret of a webhook changed under load")                \
    X(kZoomTrouble, "a Zoom meeting made by a request that went wrong")                \
    X(kZoomCopy, "a second copy at Zoom, whose list was behind")                       \
    X(kGoogleTrouble, "a Google event made by a request that went wrong")              \
    X(kGoogleAdopted, "a Google event asked for again, whose id was taken")

enum class Probe : uint8_t {
#define STORM_PROBE(name, text) name,
    STORM_PROBES(STORM_PROBE)
#undef STORM_PROBE
        kCount
};

inline constexpr std::string_view kProbeTexts[] = {
#define STORM_PROBE(name, text) text,
    STORM_PROBES(STORM_PROBE)
#undef STORM_PROBE
};

// How often each was reached in this process.
using ProbeCounts = std::array<int64_t, size_t(Probe::kCount)>;
inline ProbeCounts& probe_counts() {
    static ProbeCounts counts{};
    return counts;
}

#define SOMETIMES(name) (++::clinicpro::storm::probe_counts()[size_t(::clinicpro::storm::Probe::name)])

}  // namespace clinicpro::storm
