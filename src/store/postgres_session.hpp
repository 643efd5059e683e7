// postgres_session.hpp: one PostgreSQL connection as a Session.
//
// Statements are prepared once per connection, named by the address of their literal. A lost connection is made again,
// with back-off, by the next begin(). Lost before COMMIT: nothing happened, the group runs again. Lost during COMMIT:
// kUnknown, never run again. Settings stand in postgres_session.cpp. Tested by store/contract_test.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "store/session.hpp"

struct pg_conn;
struct pg_result;

namespace clinicpro::store {

struct PostgresOptions {
    std::string url;
    bool reads_only = false;
    Duration lock_timeout = 5s;
};

class PostgresSession final : public Session {
public:
    explicit PostgresSession(PostgresOptions options);
    ~PostgresSession() override;

    // Connects now, once, and explains in full why not. Without this, the first begin() connects.
    Result<> connect();

    Result<> begin() override;
    Result<> commit() override;
    void rollback() override;
    int64_t changed_rows() const override { return changes_; }
    std::string_view engine() const override { return "postgres"; }

protected:
    Result<> speak_for(std::optional<ClinicId> clinic) override;
    void forget_settings() override { spoken_for_ = kNobody; }
    Result<int64_t> statement(Sql sql, std::span<const Param> params, const RowSink* sink) override;
    Result<> statements(const std::string& text) override;
    bool goes_on_after_failure() const override { return false; }  // the server refuses all until a rollback

private:
    struct FreeConnection {
        void operator()(pg_conn* connection) const;
    };
    struct FreeResult {
        void operator()(pg_result* result) const;
    };
    using Connection = std::unique_ptr<pg_conn, FreeConnection>;
    using Answer = std::unique_ptr<pg_result, FreeResult>;

    Connection dial() const;                     // one attempt; may be a failed connection
    Error explain(const pg_conn* failed) const;  // in sentences, by asking once more for the SQLSTATE
    Result<> settle_in();                        // session settings
    Result<> reconnect();                        // patient, with back-off
    void hang_up();
    Answer ask(const char* command);  // a command without parameters
    Result<std::string*> prepared_name(const char* text);
    std::unexpected<Error> failed(const pg_result* answer);  // records the fault

    const PostgresOptions options_;
    Connection connection_;
    std::unordered_map<const char*, std::string> prepared_;  // by address, see Sql
    int64_t prepared_count_ = 0;
    int64_t changes_ = 0;
    // What the server was last told about whose rows may be touched: a clinic, all of them, or (yet) nobody.
    static constexpr int64_t kNobody = -2, kEverybody = -1;
    int64_t spoken_for_ = kNobody;
};

}  // namespace clinicpro::store
