// postgres.cpp: a PostgreSQL URL becomes a Database (see postgres.hpp, postgres_session.hpp).
#include "store/postgres.hpp"

#include <libpq-fe.h>

#include "base/log.hpp"
#include "store/postgres_session.hpp"
#include "store/session_database.hpp"

namespace clinicpro::store {

namespace {

Result<> check_url(const std::string& url) {
    char* why = nullptr;
    PQconninfoOption* parsed = PQconninfoParse(url.c_str(), &why);
    const bool good = parsed != nullptr;
    PQconninfoFree(parsed);
    PQfreemem(why);  // not repeated: it quotes the URL, password and all
    if (good) return {};
    return fail(Code::kConfig,
                "The database URL is not well formed; write it as postgresql://user:password@host:5432/database, with "
                "special characters of the password percent-encoded.");
}

// A server that does not flush cannot keep our promise, and nothing we set can make it.
void warn_without_fsync(PostgresSession& session) {
    if (!session.begin()) return;
    std::string fsync;
    auto asked =
        session.each("SELECT CAST(current_setting('fsync') AS TEXT)", [&](const Row& row) { fsync = row.string(0); });
    session.rollback();
    if (asked && fsync == "off") {
        log::warn("store.fsync_off",
                  {{"advice", "set fsync = on in postgresql.conf; payments can be lost without it"}});
    }
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const OpenOptions& options) {
    TRY(check_url(options.url));
    PostgresOptions for_session{.url = options.url, .lock_timeout = options.busy_timeout};
    auto first = std::make_unique<PostgresSession>(for_session);
    TRY(first->connect());  // the others connect when they are first needed
    warn_without_fsync(*first);
    SessionSet sessions{.in_caller = options.in_caller, .patience = options.busy_timeout};
    sessions.writers.push_back(std::move(first));
    for (int i = 1; i < (options.in_caller ? 1 : options.writers); ++i) {
        sessions.writers.push_back(std::make_unique<PostgresSession>(for_session));
    }
    for_session.reads_only = true;
    for (int i = 0; i < std::max(options.readers, 1); ++i) {
        sessions.readers.push_back(std::make_unique<PostgresSession>(for_session));
    }
    return std::make_unique<SessionDatabase>(std::move(sessions));
}

}  // namespace clinicpro::store
