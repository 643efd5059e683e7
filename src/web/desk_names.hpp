// desk_names.hpp: who did something, as the audit trail writes it ("usr_...", "callback"), in words for people.
//
// Tested by web/desk_explain_test.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "web/desk.hpp"

namespace clinicpro::web::front_desk {

class Names final {
public:
    Names(const Call& call, store::ClinicTx& tx) : call_(call), tx_(tx) {}

    // "You", a person's full name, what a key is for, "M-Pesa", "The patient"; ClinicPro for whatever it did by itself.
    Result<std::string> of(const std::string& actor);

private:
    Result<std::string> look_up(const std::string& actor);

    const Call& call_;
    store::ClinicTx& tx_;
    std::map<std::string, std::string> known_;
};

}  // namespace clinicpro::web::front_desk
