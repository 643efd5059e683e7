// refund.hpp: money that goes back through M-Pesa: a reversal of the payment, or a payout to a phone (daraja.md 5).
//
// A reversal has no idempotency key: one whose fate is unknown is never sent again; its result, a status query or a
// person settles it. A payout carries an id of ours that M-Pesa takes once, so it may be sent again. Results come
// seconds to minutes later to an address that only we can make, through the inbox; they may come twice, before the
// acknowledgement, after a time-out, or not at all. Tested by refunds/reversal_test and refunds/payout_test.
#pragma once

#include "mpesa/callback.hpp"
#include "mpesa/stk_push.hpp"
#include "payments/refunds.hpp"

namespace clinicpro::mpesa {

inline constexpr std::string_view kRefundQueryJob = "mpesa.refund.query";  // subject: the refund

// The methods under which the inbox keeps refunds' news.
std::string_view refund_method(callback::RefundNews news);  // "mpesa.refund.result", ".timeout", ".status", ...
inline constexpr callback::RefundNews kAllRefundNews[] = {callback::RefundNews::kResult, callback::RefundNews::kTimeout,
                                                          callback::RefundNews::kStatus,
                                                          callback::RefundNews::kStatusTimeout};

class RefundPayback final : public payments::Payback {
public:
    explicit RefundPayback(Parts parts) : parts_(parts) {}
    Result<> check(store::ClinicTx& tx, payments::RefundWay way, Money amount) override;
    Result<std::optional<Msisdn>> payer(store::ClinicTx& tx, TransactionId payment) override;

private:
    Parts parts_;
};

// Sends an approved refund. Handles payments::kRefundApprovedJob.
class RefundSender final : public jobs::Handler {
public:
    explicit RefundSender(Parts parts) : parts_(parts) {}
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    Result<net::ClientRequest> request(store::ClinicTx& tx, const Config& config, const Access& access,
                                       const payments::Refund& refund);
    Result<jobs::Next> absorb_ack(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                  std::string_view token_mark, const net::Outcome& outcome);
    Parts parts_;
};

// Asks what became of a refund whose result does not come.
class RefundQuery final : public jobs::Handler {
public:
    explicit RefundQuery(Parts parts) : parts_(parts) {}
    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    Parts parts_;
};

// Understands one of the four kinds of news.
class RefundNotices final : public payments::Method {
public:
    explicit RefundNotices(callback::RefundNews news) : news_(news) {}
    std::string_view name() const override { return refund_method(news_); }
    Result<payments::Handled> take(jobs::Context& context, store::ClinicTx& tx,
                                   const payments::Notice& notice) override;

private:
    Result<payments::Handled> result(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice,
                                     const payments::Refund& refund);
    Result<payments::Handled> status(jobs::Context& context, store::ClinicTx& tx, const payments::Notice& notice,
                                     const payments::Refund& refund);
    const callback::RefundNews news_;
};

}  // namespace clinicpro::mpesa
