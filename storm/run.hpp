// run.hpp: one seed: build the world, storm, heal, ask the checkers. And again, when a seed must be shown to be alike.
#pragma once

#include "storm/world.hpp"

namespace clinicpro::storm {

struct Report {
    std::vector<std::string> broken;  // empty: every promise held
    uint64_t hash = 0;                // of the whole trace
    int64_t events = 0;               // run during the storm phase
    std::deque<std::string> last;
    std::vector<std::vector<std::string>> lines;  // of each clinic, when kept

    bool ok() const { return broken.empty(); }
};

// A folder for the databases of a batch, gone with it. Their files stay empty: what the program looks for before it opens
// one; what SQLite writes is in memory. Only whoever made the folder removes it, not a process it starts.
class WorkFolder {
public:
    WorkFolder();
    ~WorkFolder();
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// The place of one process in it, and an empty database with the schema in it.
class Workshop {
public:
    static Result<std::unique_ptr<Workshop>> create(std::string folder);
    std::string database_path() const { return folder_ + "/storm.db"; }
    void fresh_database() const;

private:
    explicit Workshop(std::string folder) : folder_(std::move(folder)) {}
    std::string folder_;
    std::string empty_;  // the bytes of a migrated database
};

Report run(const Workshop& workshop, const RunOptions& options);
// The fewest events of the storm phase after which the run still fails.
int64_t shorten(const Workshop& workshop, RunOptions options, int64_t events);
// P-07: with the last clinic left out, the others' histories stay the same. Says the first difference.
std::optional<std::string> interference(const Workshop& workshop, RunOptions options);

}  // namespace clinicpro::storm
