// postgres_session.cpp: connection, statements and faults of PostgreSQL, through libpq.
//
// Integers go out as text, so that the server reads them as whatever the column is; text and blobs go out as bytes with
// their length; results come back in binary. Settings of a session, and their reasons:
//   synchronous_commit      at least `on`, whatever the server's default: an acknowledged row is on disk
//   lock_timeout            our busy timeout: a row held by someone else becomes kBusy, not a queue that stands still
//   statement_timeout       30 s: no statement of the program is longer; migrations lift it for themselves
//   idle_in_transaction     60 s: a frozen instance must not hold its locks for ever
//   READ COMMITTED          for writers, which use constraints and conditional updates; REPEATABLE READ for readers
#include "store/postgres_session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <charconv>
#include <cstring>
#include <thread>

#include "store/postgres_row.hpp"
#include "store/row_security.hpp"

namespace clinicpro::store {

namespace {

// How long begin() tries for a connection before it says kUnavailable: a restart of the server or a failover by Patroni
// that is quick goes unnoticed, and a long one does not pile up callers.
constexpr Duration kReconnectPatience = 3s;
constexpr Duration kReconnectDelayLeast = 25ms;
constexpr Duration kReconnectDelayMost = 400ms;
constexpr Duration kExplainPatience = 3s;
constexpr size_t kParamsMax = 256;  // a statement is a literal that people read; theirs have under thirty
constexpr size_t kDigitsMax = 20;   // "-9223372036854775808"
constexpr int kServerVersionLeast = 120000;

constexpr const char* kBusyMessage = "The database is busy with the same rows; try again in a moment.";
constexpr const char* kFaultMessage =
    "A database statement is wrong; this is a fault in ClinicPro. The log says which.";
constexpr const char* kLostMessage = "The connection to the database was lost; try again in a moment.";

using FieldName = char;
std::string_view field(const PGresult* answer, FieldName name) {
    const char* text = answer ? PQresultErrorField(answer, name) : nullptr;
    return text ? text : std::string_view();
}

bool is_lost(std::string_view state) {
    // 57P0x: the server stops, has crashed or is starting. 08: broken protocol or network. 25006: after a failover this
    // is now a standby. 26000, 0A000: a pooler or a migration made our prepared statements stale. A new connection
    // mends all.
    if (state == "08P01") return false;  // our own: a wrong number of values
    return state.empty() || state.starts_with("08") || state.starts_with("57P0") || state == "25006" ||
           state == "26000" || state == "0A000";
}

}  // namespace

void PostgresSession::FreeConnection::operator()(pg_conn* connection) const {
    PQfinish(connection);
}
void PostgresSession::FreeResult::operator()(pg_result* result) const {
    PQclear(result);
}

PostgresSession::PostgresSession(PostgresOptions options) : options_(std::move(options)) {}
PostgresSession::~PostgresSession() = default;

namespace {

// Defaults stand before dbname, whose URL may replace them.
constexpr const char* kKeywords[] = {"application_name",
                                     "connect_timeout",
                                     "keepalives_idle",
                                     "keepalives_interval",
                                     "keepalives_count",
                                     "tcp_user_timeout",
                                     "dbname",
                                     "client_encoding",
                                     nullptr};
std::array<const char*, 9> values_for(const std::string& url) {
    return {"clinicpro", "3", "10", "5", "3", "10000", url.c_str(), "UTF8", nullptr};
}

}  // namespace

PostgresSession::Connection PostgresSession::dial() const {
    const auto values = values_for(options_.url);
    Connection connection(PQconnectdbParams(kKeywords, values.data(), 1));
    if (connection) PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    return connection;
}

Error PostgresSession::explain(const pg_conn* refused) const {
    if (!refused) return {Code::kUnavailable, "There is no memory for a database connection.", {}, {}};
    if (PQconnectionNeedsPassword(refused)) {
        return {Code::kConfig, "PostgreSQL wants a password; put it into the database URL.", {}, {}};
    }
    // libpq gives the SQLSTATE of a refusal only as text, and only to a connection that was told so beforehand.
    const auto values = values_for(options_.url);
    const Connection asking(PQconnectStartParams(kKeywords, values.data(), 1));
    PQsetErrorVerbosity(asking.get(), PQERRORS_VERBOSE);
    const auto deadline = std::chrono::steady_clock::now() + kExplainPatience;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(asking.get()) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        const auto left = deadline - std::chrono::steady_clock::now();
        if (left <= Duration(0)) break;
        pollfd waiting{PQsocket(asking.get()), short(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
        ::poll(&waiting, 1, int(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
        next = PQconnectPoll(asking.get());
    }
    const std::string verbose = PQerrorMessage(asking.get());
    std::string detail = PQerrorMessage(refused);  // names host, user and database, never the password
    while (!detail.empty() && detail.back() == '\n') detail.pop_back();
    const auto says = [&](const char* state) {
        return verbose.find(std::string(" ") + state + ":") != std::string::npos;
    };
    if (says("28P01") || says("28000")) {
        return {Code::kConfig, "PostgreSQL refused the user or the password; correct the database URL.", {}, detail};
    }
    if (says("3D000")) {
        return {Code::kConfig,
                "PostgreSQL has no database of that name; create it or correct the database URL.",
                {},
                detail};
    }
    if (says("53300")) {
        return {Code::kUnavailable,
                "PostgreSQL has no free connection; raise its max_connections or lower the pool sizes.",
                {},
                detail};
    }
    if (says("57P03")) {
        return {Code::kUnavailable, "PostgreSQL is just starting or stopping; try again in a moment.", {}, detail};
    }
    const char* host = PQhost(refused);
    const char* port = PQport(refused);
    return {Code::kUnavailable,
            std::string("PostgreSQL cannot be reached at ") + (host && *host ? host : "its default address") +
                ", port " + (port && *port ? port : "5432") +
                "; check that it runs and that the database URL is right.",
            {},
            detail};
}

Result<> PostgresSession::connect() {
    hang_up();
    Connection fresh = dial();
    if (!fresh || PQstatus(fresh.get()) != CONNECTION_OK) return std::unexpected(explain(fresh.get()));
    connection_ = std::move(fresh);
    return settle_in();
}

Result<> PostgresSession::settle_in() {
    if (PQserverVersion(connection_.get()) < kServerVersionLeast) {
        hang_up();
        return fail(Code::kConfig, "That PostgreSQL server is too old; version 12 or newer is needed.");
    }
    const std::string settings =
        "SET client_min_messages = warning; SET standard_conforming_strings = on; SET statement_timeout = '30s'; "
        "SET idle_in_transaction_session_timeout = '60s'; SET TimeZone = 'UTC'; SET lock_timeout = " +
        std::to_string(options_.lock_timeout / 1ms) +
        "; SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";
    const Answer answer = ask(settings.c_str());
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
    const std::string detail = PQerrorMessage(connection_.get());
    hang_up();
    return fail(Code::kUnavailable, kLostMessage, {}, detail);
}

Result<> PostgresSession::reconnect() {
    const auto deadline = std::chrono::steady_clock::now() + kReconnectPatience;
    for (Duration delay = kReconnectDelayLeast;; delay = std::min(delay * 2, kReconnectDelayMost)) {
        hang_up();
        connection_ = dial();
        std::string detail = connection_ ? PQerrorMessage(connection_.get()) : "no memory";
        if (connection_ && PQstatus(connection_.get()) == CONNECTION_OK) {
            auto settled = settle_in();
            if (settled || settled.error().code == Code::kConfig) return settled;
            detail = settled.error().detail;
        }
        if (std::chrono::steady_clock::now() + delay >= deadline) {
            hang_up();
            return fail(Code::kUnavailable, "The database cannot be reached; try again in a moment.", {}, detail);
        }
        std::this_thread::sleep_for(delay);
    }
}

void PostgresSession::hang_up() {
    connection_.reset();
    prepared_.clear();
}

PostgresSession::Answer PostgresSession::ask(const char* command) {
    return Answer(PQexec(connection_.get(), command));
}

Result<> PostgresSession::begin() {
    start_clean();
    spoken_for_ = kNobody;
    const char* command = options_.reads_only ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                              : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    // A connection may have died while it was idle; that shows only now.
    Error error;
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (!connection_) TRY(reconnect());
        const Answer answer = ask(command);
        if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) return {};
        error = {Code::kUnavailable, kLostMessage, {}, PQerrorMessage(connection_.get())};
        hang_up();
    }
    return std::unexpected(std::move(error));
}

Result<> PostgresSession::commit() {
    const Answer answer = ask("COMMIT");
    const bool answered = PQresultStatus(answer.get()) == PGRES_COMMAND_OK;
    if (answered && std::string_view(PQcmdStatus(answer.get())) == "COMMIT") return {};
    if (answered) {  // "ROLLBACK": a failed statement went unnoticed, which run_body forbids
        return fail(Code::kInternal, kFaultMessage, {}, "COMMIT of a failed transaction");
    }
    const std::string_view state = field(answer.get(), PG_DIAG_SQLSTATE);
    if (is_lost(state) || PQstatus(connection_.get()) != CONNECTION_OK) {
        std::string detail = PQerrorMessage(connection_.get());
        hang_up();
        return fail(Code::kUnknown,
                    "The connection to the database was lost while saving, so it may or may not be saved; look again "
                    "before you repeat it.",
                    {}, std::move(detail));
    }
    return failed(answer.get());  // a deferred constraint, a serialization failure, a full disk: nothing was saved
}

void PostgresSession::rollback() {
    if (connection_) {
        const Answer answer = ask("ROLLBACK");
        if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) hang_up();
    }
    start_clean();
}

std::unexpected<Error> PostgresSession::failed(const pg_result* answer) {
    const std::string_view state = field(answer, PG_DIAG_SQLSTATE);
    if (is_lost(state) || PQstatus(connection_.get()) != CONNECTION_OK) {
        Error lost{Code::kUnavailable, kLostMessage, {}, PQerrorMessage(connection_.get())};
        hang_up();
        return broken(Fault::kAgain, std::move(lost));
    }
    std::string detail = "postgres " + std::string(state);
    // Class 22 repeats the offending value, which may be somebody's phone number.
    if (!state.starts_with("22")) detail += ": " + std::string(field(answer, PG_DIAG_MESSAGE_PRIMARY));
    if (const auto name = field(answer, PG_DIAG_CONSTRAINT_NAME); !name.empty())
        detail += " [" + std::string(name) + "]";

    if (state == "40001" || state == "40P01") return broken(Fault::kAgain, {Code::kBusy, kBusyMessage, {}, detail});
    if (state == "23505" || state == "23503" || state == "23514" || state == "23P01") {
        return broken(
            Fault::kStatement,
            {Code::kConflict, "That no longer fits what is stored; look again and then repeat it.", {}, detail});
    }
    if (state == "55P03" || state == "57014") return broken(Fault::kStatement, {Code::kBusy, kBusyMessage, {}, detail});
    if (state == "53100") {
        return broken(Fault::kFatal,
                      {Code::kStorageFull, "The disk is full. Free some space; nothing was lost.", {}, detail});
    }
    if (state.starts_with("53") || state.starts_with("58")) {
        return broken(Fault::kFatal,
                      {Code::kUnavailable, "The database server is in trouble; look at its log.", {}, detail});
    }
    if (state == "22021" || state == "22P05") {
        return broken(Fault::kStatement, {Code::kInvalid, "Text must be valid UTF-8; correct it.", {}, detail});
    }
    if (state == "54000") {
        return broken(Fault::kStatement, {Code::kTooLarge, "That is too large to be stored; send less.", {}, detail});
    }
    return broken(Fault::kStatement, {Code::kInternal, kFaultMessage, {}, detail});
}

Result<std::string*> PostgresSession::prepared_name(const char* text) {
    if (auto found = prepared_.find(text); found != prepared_.end()) return &found->second;
    std::string name = "s" + std::to_string(++prepared_count_);
    const Answer answer(PQprepare(connection_.get(), name.c_str(), text, 0, nullptr));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return failed(answer.get());
    return &prepared_.emplace(text, std::move(name)).first->second;
}

// One more round trip, but only where whose rows may be touched changes; it holds to the end of the transaction.
Result<> PostgresSession::speak_for(std::optional<ClinicId> clinic) {
    const int64_t wanted = clinic ? clinic->value : kEverybody;
    if (wanted == spoken_for_) return {};
    const std::string who = clinic ? std::to_string(wanted) : std::string(kAllClinics);
    const Param param(who);
    if (auto told = statement(kSpeakFor, {&param, 1}, nullptr); !told) return std::unexpected(std::move(told).error());
    spoken_for_ = wanted;
    return {};
}

Result<int64_t> PostgresSession::statement(Sql sql, std::span<const Param> params, const RowSink* sink) {
    if (params.size() > kParamsMax) {
        return broken(Fault::kStatement, {Code::kInternal, kFaultMessage, {}, "more than 256 parameters"});
    }
    TRY(const std::string* const name, prepared_name(sql.text));
    std::array<const char*, kParamsMax> values;
    std::array<int, kParamsMax> lengths;
    std::array<int, kParamsMax> formats;
    std::array<std::array<char, kDigitsMax + 1>, kParamsMax> digits;
    for (size_t i = 0; i < params.size(); ++i) {
        const Param& param = params[i];
        const std::string_view text = param.text();
        lengths[i] = int(text.size());
        formats[i] = 1;
        switch (param.kind()) {
            case Param::Kind::kNull: values[i] = nullptr; break;
            case Param::Kind::kInteger:
                *std::to_chars(digits[i].data(), digits[i].data() + kDigitsMax, param.integer()).ptr = '\0';
                values[i] = digits[i].data();
                formats[i] = 0;
                break;
            case Param::Kind::kText:
                if (!text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr) {
                    return broken(Fault::kStatement,
                                  {Code::kInvalid, "Text may not hold a zero byte; remove it.", {}, {}});
                }
                [[fallthrough]];
            case Param::Kind::kBlob:
                values[i] = text.data() ? text.data() : "";  // a null pointer would be NULL, not empty
                break;
        }
    }
    const Answer answer(PQexecPrepared(connection_.get(), name->c_str(), int(params.size()), values.data(),
                                       lengths.data(), formats.data(), 1));
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return failed(answer.get());

    int64_t affected = 0;
    const std::string_view count = PQcmdTuples(answer.get());
    std::from_chars(count.data(), count.data() + count.size(), affected);
    if (!std::string_view(PQcmdStatus(answer.get())).starts_with("SELECT")) changes_ += affected;
    if (status == PGRES_COMMAND_OK) return affected;

    if (const int strange = PostgresRow::strange_column(answer.get()); strange >= 0) {
        return broken(Fault::kStatement, {Code::kInternal,
                                          kFaultMessage,
                                          {},
                                          "column " + std::string(PQfname(answer.get(), strange)) +
                                              " has a type to be cast: " + sql.text});
    }
    const int rows = PQntuples(answer.get());
    if (sink) {
        PostgresRow row(answer.get());
        for (int i = 0; i < rows; ++i) {
            row.move_to(i);
            (*sink)(row);
        }
        if (fault() != Fault::kNone) return std::unexpected(error());  // a statement inside the sink failed
    }
    return rows;
}

Result<> PostgresSession::statements(const std::string& text) {
    ++changes_;
    const Answer answer = ask(text.c_str());
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
    return failed(answer.get());
}

}  // namespace clinicpro::store
