// accounts.hpp: the port through which a payment method asks what an account number typed by a payer means.
//
// The invoices layer implements it; app/wiring ties the two. So a payment method knows no invoice tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "store/tenant.hpp"

namespace clinicpro::payments {

struct AccountMatch {
    InvoiceId invoice;
    Money still_due;       // zero when it is paid
    bool payable = false;  // false: void, or its visit was cancelled
};

class Accounts {
public:
    virtual ~Accounts() = default;
    // `typed` as the payer wrote it; spelling is forgiven (case, spaces, O for 0). Nothing when no invoice answers to
    // it.
    virtual Result<std::optional<AccountMatch>> look_up(store::ClinicTx& tx, std::string_view typed) = 0;
};

}  // namespace clinicpro::payments
