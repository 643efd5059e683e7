// migrated.hpp: a migrated SQLite file for a test, copied from one that this process migrated once.
//
// Under the sanitizers the migrations take longer than most tests. Opening and store::migrate run as ever; the latter
// finds nothing left to do.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "store/open.hpp"

namespace clinicpro::testing {

class MigratedFile {
public:
    static void lay(const std::filesystem::path& file) {
        static const MigratedFile first;
        std::filesystem::copy_file(first.file(), file);
    }
    ~MigratedFile() { std::filesystem::remove_all(folder_); }

private:
    MigratedFile() {
        char name[] = "/tmp/clinicpro_migrated_XXXXXX";
        CHECK(mkdtemp(name) != nullptr);
        folder_ = name;
        auto database = store::open({.url = "sqlite:" + file().string(), .in_caller = true, .durable = false});
        CHECK(database.has_value());
        CHECK(store::migrate(**database).has_value());
    }
    std::filesystem::path file() const { return folder_ / "test.db"; }

    std::filesystem::path folder_;
};

}  // namespace clinicpro::testing
