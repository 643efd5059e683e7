// fixture.hpp: a real SQLite file in a folder of its own, migrated, with a vault.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "clinics/clinic.hpp"
#include "clinics/vault.hpp"
#include "crypto/seal.hpp"
#include "store/open.hpp"
#include "tests/store/migrated.hpp"

namespace clinicpro::clinics {

inline constexpr Instant kNow{1'795'000'000'000'000};

class FixedClock final : public Clock {
public:
    Instant now() const override { return kNow; }
};

// Value of a Result, or a failed test that shows the sentence.
template <class T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << to_string(result.error().code) << ": " << result.error().message << " "
                      << result.error().detail;
        abort();
    }
    return *std::move(result);
}
inline void must(Result<> result) {
    ASSERT_TRUE(result) << result.error().message << " " << result.error().detail;
}

class ClinicsTest : public ::testing::Test {
protected:
    ClinicsTest() {
        char name[] = "/tmp/clinicpro_clinics_XXXXXX";
        CHECK(mkdtemp(name) != nullptr);
        log::configure(log::Level::kWarn, false);
        folder = name;
        clinicpro::testing::MigratedFile::lay(folder + "/test.db");
        reopen();
        must(store::migrate(*database));
        master = crypto::Keyring::make_master_key(entropy);
        vault = must(open_vault(master));
    }
    ~ClinicsTest() override {
        vault.reset();
        database.reset();
        std::filesystem::remove_all(folder);
    }

    void reopen() {
        vault.reset();
        database.reset();
        database = must(store::open({.url = "sqlite:" + folder + "/test.db", .durable = false}));
    }
    Result<std::unique_ptr<Vault>> open_vault(const std::string& keys) {
        TRY(auto ring, crypto::Keyring::parse(Secret<>(keys)));
        return Vault::open(*database, std::move(ring), entropy);
    }
    ClinicId make_clinic(const std::string& slug) {
        return must(create(*database, *vault, {.slug = slug, .name = "Clinic " + slug}, kNow)).id;
    }

    // Runs `body` in one committed write transaction of `clinic` and gives back what it gave.
    template <class F>
    auto in_clinic(ClinicId clinic, F body) {
        using R = std::invoke_result_t<F, store::ClinicTx&>;
        std::optional<R> result;
        const auto written = database->write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, clinic);
            result.emplace(body(tx));
            if (!*result) return std::unexpected(result->error());
            return {};
        });
        CHECK(result.has_value());
        if (!written && *result) result.emplace(std::unexpected(written.error()));
        return *std::move(result);
    }
    template <class F>
    auto in_system(F body) {
        return in_clinic(kSystem, [&](store::ClinicTx& tx) { return body(tx.raw()); });
    }

    // All bytes the database has on the disk, write-ahead log included.
    std::string disk_bytes() const {
        std::ostringstream all;
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            all << std::ifstream(file.path(), std::ios::binary).rdbuf();
        }
        return all.str();
    }

    std::string folder;
    crypto::SystemEntropy entropy;
    FixedClock clock;
    IdMaker ids{clock, 1};
    std::unique_ptr<store::Database> database;
    std::string master;
    std::unique_ptr<Vault> vault;
};

}  // namespace clinicpro::clinics
