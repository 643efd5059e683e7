#include "mpesa/callback.hpp"

#include <algorithm>
#include <array>

namespace clinicpro::mpesa::callback {
namespace {

// daraja.md 6.2, confidence B+.
constexpr std::array<std::string_view, 12> kSafaricom = {
    "196.201.212.69",  "196.201.212.74", "196.201.212.127", "196.201.212.129", "196.201.212.136", "196.201.212.138",
    "196.201.213.44",  "196.201.213.114", "196.201.214.200", "196.201.214.206", "196.201.214.207", "196.201.214.208"};

std::string c2b_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic, std::string_view path) {
    return config.callback_base_url + std::string(path) +
           links.hex({clinics::Link::Purpose::kC2bCallback, clinic, 0, uint8_t(config.callback_generation)});
}

}  // namespace

std::string stk_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic, TransactionId id) {
    return config.callback_base_url + "/n/s/" +
           links.hex({clinics::Link::Purpose::kStkCallback, clinic, id.value, 0});
}

std::string c2b_validation_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic) {
    return c2b_url(config, links, clinic, "/n/v/");
}

std::string c2b_confirmation_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic) {
    return c2b_url(config, links, clinic, "/n/c/");
}

std::string refund_url(const Config& config, const clinics::LinkSigner& links, ClinicId clinic, RefundId id,
                       RefundNews news) {
    return config.callback_base_url + "/n/m/" +
           links.hex({clinics::Link::Purpose::kRefund, clinic, id.value, uint8_t(news)});
}

bool is_known_peer(std::string_view ip) {
    return ip == "127.0.0.1" || ip == "::1" || std::ranges::find(kSafaricom, ip) != kSafaricom.end();
}

}  // namespace clinicpro::mpesa::callback
