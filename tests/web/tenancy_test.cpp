// The wall between clinics where nobody signs in (promise P-07): callbacks, links and jobs. Every door with every link that
// the server could sign, every kind of job with every id of the other clinic.
#include "invoices/meeting_sweep.hpp"
#include "mpesa/c2b.hpp"
#include "tests/web/site.hpp"
#include "webhooks/delivery.hpp"

namespace clinicpro::web::testing {
namespace {

using clinics::Link;

constexpr std::string_view kJobs[] = {mpesa::kStkPushJob,           mpesa::kStkQueryJob,          mpesa::kRegisterJob,
                                      mpesa::kRefundQueryJob,       invoices::kKeepMeetingJob,    invoices::kReleaseJob,
                                      invoices::kSweepMeetingsJob, invoices::kRemindJob,         invoices::kClearMeetingJob,
                                      invoices::kRetryMeetingsJob,  invoices::kSendNoticeJob,     payments::kSettledJob,
                                      payments::kRefundApprovedJob, payments::kRefundEndedJob,    webhooks::kDeliverJob};

}  // namespace

class Tenancy : public SiteTest {
protected:
    Tenancy() {
        worker.handle(std::string(webhooks::kDeliverJob),
                      std::make_unique<webhooks::Deliverer>(*vault, webhooks::Deliverer::Options{.private_addresses = true}));
        daraja.others = [this](const net::ClientRequest& asked) -> net::Outcome {
            requests.push_back(asked.url + " " + asked.body);
            return net::NotSent{"nobody is called here"};
        };
    }
    // One of everything, half done, at both clinics; the worker has come to rest.
    void fill() {
        for (const ClinicId clinic : {kMlimani, kPwani}) {
            const std::string number = std::to_string(clinic.value);
            const std::string path = "/v1/clinics/" + number;
            configure(clinic);
            make(clinic, "/webhooks", R"({"url":"https://app.example/hook"})");
            const std::string who = patient(clinic);
            for (const char* const kind : {"virtual", "onsite"}) {
                const std::string at = visit(who, kind, clinic);
                EXPECT_EQ(ask("POST", path + "/appointments/" + at + "/confirm", {}, keys[{clinic, clinics::Role::kAdmin}]).status, 200);
                prompt(invoice(who, at, clinic), clinic);
            }
            EXPECT_EQ(ask("POST", confirmation_path(clinic), c2b("UKN" + number + "MONEY0", "nobody")).status, 200);
            run();
            const std::string money = ask("GET", path + "/unallocated", {}, keys[{clinic, clinics::Role::kAdmin}])["items.0.id"];
            make(clinic, "/refunds", R"({"unallocated_id":")" + money + R"(","way":"by_hand","reason":"x"})");
            if (clinic == kMlimani) own_pushes = daraja.pushes;
        }
        run();
        requests.clear();
    }
    // The ids of all rows of this clinic, by table.
    std::map<std::string, std::vector<int64_t>> things_of(ClinicId clinic) const {
        std::map<std::string, std::vector<int64_t>> things;
        for (const std::string& table : tables("id")) {
            query("SELECT id FROM " + table + " WHERE clinic_id = " + std::to_string(clinic.value),
                  [&](sqlite3_stmt* row) { things[table].push_back(sqlite3_column_int64(row, 0)); });
        }
        return things;
    }
    // Every row of this clinic, but for its jobs.
    std::string rows_of(ClinicId clinic) const {
        std::string all;
        for (const std::string& table : tables("clinic_id")) {
            if (table == "jobs") continue;
            query("SELECT * FROM " + table + " WHERE clinic_id = " + std::to_string(clinic.value), [&](sqlite3_stmt* row) {
                all += "\n" + table;
                for (int i = 0; i < sqlite3_column_count(row); ++i) {
                    const void* bytes = sqlite3_column_blob(row, i);
                    all += '|';
                    if (bytes != nullptr) all.append(static_cast<const char*>(bytes), size_t(sqlite3_column_bytes(row, i)));
                }
            });
        }
        return all;
    }
    void enqueue(ClinicId clinic, std::string_view kind, int64_t subject) {
        must(database->write([&](store::Tx& tx) -> Result<> {
            return jobs::queue::insert(tx, ids, clock.now(), {clinic, std::string(kind), subject, clock.now()});
        }));
    }
    std::vector<std::string> requests;
    int own_pushes = 0;  // of the first clinic; the others of daraja.pushes are the second one's

private:
    std::vector<std::string> tables(const std::string& column) const {
        std::vector<std::string> found;
        query("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = '" + column +
                  "' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'clinic_id') ORDER BY m.name",
              [&](sqlite3_stmt* row) { found.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0))); });
        return found;
    }
};

TEST_F(Tenancy, a_job_with_another_clinics_id_finds_nothing) {
    fill();
    const auto theirs = things_of(kPwani);
    EXPECT_GE(theirs.size(), 10u);
    const std::string there = rows_of(kPwani), here = rows_of(kMlimani);
    int tried = 0;
    for (const std::string_view kind : kJobs) {
        // These name no row: the clinic is all they are about.
        if (kind == mpesa::kRegisterJob || kind == invoices::kRetryMeetingsJob) continue;
        for (const auto& [table, subjects] : theirs) {
            enqueue(kMlimani, kind, subjects.front());
            ++tried;
        }
        run();
        ASSERT_EQ(rows_of(kPwani), there) << kind;
        ASSERT_EQ(rows_of(kMlimani), here) << kind;
        ASSERT_TRUE(requests.empty()) << kind << ": " << requests.front();
        EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE clinic_id = 1 AND state <> 'dead' AND run_at <= " +
                        std::to_string(clock.now().micros)),
                  0)
            << kind;
    }
    EXPECT_GE(tried, 130);

    // For their owner the same ids do lead somewhere.
    int led = 0;
    for (const std::string_view kind : kJobs) {
        for (const auto& [table, subjects] : theirs) {
            enqueue(kPwani, kind, subjects.front());
        }
        const std::string before = rows_of(kPwani);
        run();
        led += rows_of(kPwani) != before || !requests.empty() ? 1 : 0;
        requests.clear();
    }
    EXPECT_GE(led, 2);
    EXPECT_EQ(rows_of(kMlimani), here);
}

TEST_F(Tenancy, a_link_of_one_clinic_with_another_clinics_id_opens_nothing) {
    fill();
    const auto theirs = things_of(kPwani);
    const std::string there = rows_of(kPwani);
    const std::string money = R"({"Body":{"stkCallback":{"MerchantRequestID":"29115-3","CheckoutRequestID":"ws_CO_3","ResultCode":0}}})";
    int tried = 0;
    for (int purpose = 1; purpose <= int(Link::Purpose::kRefund); ++purpose) {
        for (const auto& [table, subjects] : theirs) {
            for (const uint8_t generation : {uint8_t(0), uint8_t(1)}) {
                const Link link{Link::Purpose(purpose), kMlimani, subjects.front(), generation};
                for (const char* const door : {"s", "c", "v", "r", "z", "m"}) {
                    const Reply reply = ask("POST", "/n/" + std::string(door) + "/" + links.hex(link), money);
                    EXPECT_NE(reply.status, 500) << door << purpose << table;
                    ++tried;
                }
                for (const std::string door : {"/j/", "/p/"}) {
                    const std::string path = door + links.short_form(link);
                    for (const std::string below : {"", "/now", "/receipt", "/qr.svg"}) {
                        EXPECT_NE(ask("GET", path + below).status, 200) << path << below << " " << purpose << " " << table;
                    }
                    const int entered = ask("POST", path, "phone=0712345678", {}, {{"Content-Type", "application/x-www-form-urlencoded"}}).status;
                    EXPECT_TRUE(entered == 404 || entered == 405 || entered == 410) << path << " " << entered;
                    ++tried;
                }
            }
        }
        run();
        ASSERT_EQ(rows_of(kPwani), there) << purpose;
    }
    EXPECT_GE(tried, 1000);
}

TEST_F(Tenancy, a_callback_at_one_clinics_address_about_another_clinics_payment_changes_nothing_there) {
    fill();
    const std::string there = rows_of(kPwani);
    std::vector<std::string> accounts;
    query("SELECT account FROM transactions WHERE clinic_id = 2 AND method = 'mpesa.stk'",
          [&](sqlite3_stmt* row) { accounts.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0))); });
    ASSERT_EQ(accounts.size(), 2u);
    int n = 0;
    for (const std::string& account : accounts) {
        EXPECT_EQ(ask("POST", confirmation_path(kMlimani), c2b("UKNFOREIGN" + std::to_string(n++), account)).status, 200);
    }
    EXPECT_EQ(ask("POST", confirmation_path(kMlimani), c2b("UKN2MONEY0", accounts.front())).status, 200) << "a receipt they have";
    std::vector<int64_t> mine;
    query("SELECT id FROM transactions WHERE clinic_id = 1 AND method = 'mpesa.stk' AND state = 'pending'",
          [&](sqlite3_stmt* row) { mine.push_back(sqlite3_column_int64(row, 0)); });
    ASSERT_FALSE(mine.empty());
    ASSERT_GT(daraja.pushes, own_pushes);
    for (const int64_t own : mine) {
        const std::string address = "/n/s/" + links.hex({Link::Purpose::kStkCallback, kMlimani, own, 0});
        for (int theirs = own_pushes + 1; theirs <= daraja.pushes; ++theirs) {
            EXPECT_EQ(ask("POST", address, stk_paid(theirs, "UKNSTK" + std::to_string(n++))).status, 200);
        }
    }
    run();
    EXPECT_EQ(rows_of(kPwani), there);
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions WHERE clinic_id = 1 AND method = 'mpesa.c2b' AND state = 'paid'"), 4)
        << "what came in at this clinic's till is this clinic's";
    EXPECT_EQ(count("SELECT COUNT(*) FROM transactions WHERE clinic_id = 1 AND method = 'mpesa.stk' AND state = 'paid'"), 0);
}

}  // namespace clinicpro::web::testing
