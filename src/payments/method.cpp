#include "payments/method.hpp"

namespace clinicpro::payments {

Result<TransactionId> Method::start(jobs::Context&, store::ClinicTx&, const Start&) {
    return fail(Code::kInvalid, "The payer starts this kind of payment; it cannot be asked for from here.", "method");
}

Method* Methods::find(std::string_view name) const {
    for (const auto& method : methods_) {
        if (method->name() == name) return method.get();
    }
    return nullptr;
}

}  // namespace clinicpro::payments
