// setup_controller.hpp: a clinic's M-Pesa settings.
//
// Secrets can be set and never read: an answer says which are there. An empty or missing secret keeps the one that is
// stored. The callback addresses are shown only to those who may configure, because whoever knows them can send notices
// there. Tested by web/setup_test.
#pragma once

#include "web/call.hpp"

namespace clinicpro::web::setup {

Result<Answer> show_mpesa(const Call& call, store::ClinicTx& tx);
Result<Deed> put_mpesa(const Call& call);
Result<Answer> show_urls(const Call& call, store::ClinicTx& tx);
Result<Deed> register_urls(const Call& call);
Result<Deed> rotate_urls(const Call& call);

}  // namespace clinicpro::web::setup
