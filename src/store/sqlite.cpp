// sqlite.cpp: the file, its sessions and their sentences (see sqlite.hpp, sqlite_session.hpp).
#include "store/sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "store/session_database.hpp"
#include "store/sqlite_session.hpp"

namespace clinicpro::store {

namespace {

Error config(std::string message, std::string detail = {}) {
    return {Code::kConfig, std::move(message), {}, std::move(detail)};
}

// Makes the file when it is new, so that it never exists with a wider mode than 0600. An existing file is not opened
// here: closing it again would drop the locks that this process may hold on it.
Result<> make_file(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const std::string in = folder.empty() ? "." : folder;
    struct stat about{};
    if (::stat(in.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
        return std::unexpected(config("The folder " + in + " for the database does not exist; make it first."));
    }
    if (::stat(path.c_str(), &about) == 0) {
        if (!S_ISREG(about.st_mode)) {
            return std::unexpected(config("The database " + path + " is not a file; correct the database URL."));
        }
        if (::access(path.c_str(), R_OK | W_OK) != 0) {
            return std::unexpected(config("The database " + path +
                                          " may not be read and written by this user; correct "
                                          "its owner or mode."));
        }
    }
    // Also for an existing database: its log stands beside it.
    if (::access(in.c_str(), W_OK | X_OK) != 0) {
        return std::unexpected(config("The folder " + in +
                                      " of the database may not be written by this user; correct "
                                      "its owner or mode."));
    }
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST) return {};
    if (file < 0) {
        const std::string why = std::strerror(errno);
        return fail(errno == ENOSPC ? Code::kStorageFull : Code::kUnavailable,
                    "The database " + path + " cannot be made: " + why + ".");
    }
    ::close(file);
    // The name must survive a power cut as well as what will stand in the file.
    if (const int directory = ::open(in.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, const OpenOptions& options) {
    if (path.empty() || path.front() == ':') {
        return std::unexpected(config("The database URL names no file; write it as sqlite:/folder/clinicpro.db."));
    }
    TRY(make_file(path));
    using Checkpoints = SqliteOptions::Checkpoints;
    SqliteOptions for_session{.path = path,
                              .busy_timeout = options.busy_timeout,
                              .durable = options.durable,
                              .checkpoints = options.in_caller ? Checkpoints::kAfterCommit : Checkpoints::kBeside,
                              .log_pages = options.log_pages};
    SessionSet sessions{.in_caller = options.in_caller, .patience = options.busy_timeout};
    auto opened = [&]() -> Result<> {
        TRY(std::unique_ptr<Session> writer, SqliteSession::open(for_session));
        sessions.writers.push_back(std::move(writer));
        for_session.reads_only = true;
        for_session.checkpoints = Checkpoints::kNone;
        for (int i = 0; i < std::max(options.readers, 1); ++i) {
            TRY(std::unique_ptr<Session> reader, SqliteSession::open(for_session));
            sessions.readers.push_back(std::move(reader));
        }
        return {};
    }();
    if (!opened) {
        Error error = std::move(opened).error();
        if (error.code == Code::kConfig) error.message = "The database " + path + ": " + error.message;
        return std::unexpected(std::move(error));
    }
    return std::make_unique<SessionDatabase>(std::move(sessions));
}

}  // namespace clinicpro::store
