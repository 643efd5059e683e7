// desk_setup.hpp: what the pages of the set-up share: where each step stands, what a trial found, and forms whose
// secrets go in and never come out.
//
// A step stands in the books (SetupSteps::of), so it looks the same in every tab; what a trial found is said once, in
// the answer to its form, because only the next trial knows better. Tested by web/desk_setup_test and by a browser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/desk_parts.hpp"
#include "web/doctor.hpp"

namespace clinicpro::web::front_desk {

struct SetupStep {
    enum class State { kDone, kToDo, kWrong };
    std::string_view name;  // of its page and its words: "app" is /setup/app and setup.app
    std::string_view icon;
    State state = State::kToDo;
    std::string note = {};  // what is there, or what is wrong, in the reader's language
};
// In the order in which they are best taken.
Result<std::vector<SetupStep>> setup_steps(const Call& call, store::ClinicTx& tx);

// One step's page: its place among the others, what to know, its form, what a trial found.
struct SetupPage {
    std::string_view step;
    Html content;
    std::vector<Finding> found = {};
};
Result<Shown> setup_page(const Call& call, store::ClinicTx& tx, const SetupPage& page);
// The same page in answer to its form, with what the trial found: `look` draws the form as things stand now.
using Draw = Result<Html> (*)(const Call&, store::ClinicTx&);
Result<Done> tried(const Call& call, std::string_view step, Draw draw, std::vector<Finding> found);

// `step`: of the page they stand on, which needs no link to itself.
Html findings_list(const Call& call, const std::vector<Finding>& found, std::string_view step);
Doctor doctor_of(const Call& call);
// In a write transaction of its own, as a Trial needs it.
Result<> save_now(const Call& call, const std::function<Result<>(jobs::Context&, store::ClinicTx&)>& body);

// Of a secret: never filled in. When one is stored, leaving it empty keeps it.
struct SecretField {
    bool required = true;  // the first time
    bool pasted = false;   // several lines, such as a key file
};
Html secret_field(const Call& call, std::string_view name, std::string_view label, bool stored, SecretField how = {});
// What has to be entered elsewhere, to be copied.
Html copy_field(const Call& call, std::string_view name, std::string_view label, std::string_view value);
Html group(const std::string& title, const Html& fields);
Html yes_or_no(const Call& call, std::string_view name, std::string_view label, bool now);

}  // namespace clinicpro::web::front_desk
