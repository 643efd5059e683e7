// doctor.hpp: tries what a clinic needs to take money, for real, and says in sentences how it is and what to do.
//
// Two callers: `clinicpro doctor`, and the set-up page after each step. Nothing is changed and nobody is prompted: the
// token is the one the server uses (a second one might kill it, daraja.md 1), the product is tried by asking after a
// prompt that never was, a mail server is signed in to and left. What was found of meetings and messages is remembered. What cannot be seen from here (whether Safaricom reaches the callback address from outside) is
// said to be unseen. It blocks for seconds: call it from a pool thread. Tested by web/doctor_test and tests/cli_test.sh.
#pragma once

#include <string>
#include <vector>

#include "invoices/meeting_settings.hpp"
#include "invoices/message_settings.hpp"
#include "mpesa/stk_push.hpp"
#include "net/http.hpp"
#include "store/database.hpp"

namespace clinicpro::web {

struct Finding {
    enum class Level { kGood, kWarning, kProblem };
    Level level = Level::kGood;
    std::string about;     // "token": one word for a heading, a log line and a test
    std::string sentence;  // what was tried and how it is; for a warning or a problem also what to do
    std::string command = {};  // how to do it at the command line, a sentence; a page has a link in its place
};
std::string_view to_string(Finding::Level level);  // "good", "warning", "problem"
bool is_well(const std::vector<Finding>& findings);  // no problem among them

class Doctor final {
public:
    struct Parts {
        store::Database& database;
        mpesa::Parts mpesa;
        invoices::MeetingSettings& meetings;
        net::Client& client;
        IdMaker& ids;
        const Clock& clock;
        std::string actor;  // who wants to know, for the trail
        std::string public_url;
        std::string database_folder;  // of an SQLite file, to find the disk; empty: the database is elsewhere
    };
    explicit Doctor(Parts parts) : parts_(std::move(parts)) {}

    // The server itself: database, disk, addresses.
    std::vector<Finding> server();
    // One clinic: configuration, keys, token, product, callback address, clock, registered URLs, meetings, messages, what
    // waits for a person.
    std::vector<Finding> clinic(ClinicId clinic);
    // Parts of it, after a step of the set-up: configuration, keys, token, product, clock; the callback address; the
    // meeting provider; the account of "sms" or "mail".
    std::vector<Finding> daraja(ClinicId clinic);
    std::vector<Finding> callbacks(ClinicId clinic);
    std::vector<Finding> meetings(ClinicId clinic);
    std::vector<Finding> channel(ClinicId clinic, std::string_view name);

private:
    struct Visit;
    void configuration(Visit& visit);
    void token(Visit& visit);
    void product(Visit& visit);
    void callback_address(Visit& visit);
    void registration(Visit& visit);
    void meetings(Visit& visit);
    void messages(Visit& visit, std::string_view only = {});
    void account(Visit& visit, const invoices::MessageSettings::Choice& choice, std::string_view channel);
    void waiting(Visit& visit);
    Parts parts_;
};

}  // namespace clinicpro::web
