// initiator.cpp: seals the initiator's password and checks what all initiator requests share.
#include "daraja/initiator.hpp"

#include "crypto/hash.hpp"
#include "daraja/callback_url.hpp"
#include "daraja/fields.hpp"

namespace clinicpro::daraja {

Result<Secret<>> security_credential(std::string_view certificate_pem, const Secret<>& password) {
    if (password.empty()) return fail(Code::kConfig, "The initiator password is missing.", "initiator_password");
    auto sealed = crypto::rsa_encrypt_with_certificate(certificate_pem, password);
    if (!sealed) {
        return fail(
            Code::kConfig,
            "The M-Pesa certificate cannot be used. Download it again from the Daraja portal for this environment.",
            "certificate", sealed.error().message);
    }
    return Secret<>(*std::move(sealed));
}

Result<> check_initiator(const Endpoint& endpoint, const Initiator& initiator, const ResultUrls& urls,
                         std::string_view remarks) {
    if (initiator.name.empty() || initiator.credential.empty()) {
        return fail(Code::kConfig, "The initiator name or credential is missing from the M-Pesa settings.",
                    "initiator");
    }
    TRY(fields::check_text(initiator.name, 1, 64, "initiator"));
    TRY(check_callback_url(urls.result_url, endpoint.is_production()));
    TRY(check_callback_url(urls.timeout_url, endpoint.is_production()));
    return fields::check_text(remarks, kRemarksMin, kRemarksMax, "remarks");
}

}  // namespace clinicpro::daraja
