// google_paper.hpp: what the Google tests share: settings of a clinic, one visit, recorded bodies. All values invented.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "meetings/google_meet_adapter.hpp"

namespace clinicpro::meetings {

inline std::string golden(const std::string& name) {
    std::ifstream file(std::string(CLINICPRO_SOURCE_DIR) + "/tests/meetings/golden/" + name, std::ios::binary);
    EXPECT_TRUE(file.good()) << name;
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

inline const Instant kPaperNow = *parse_iso("2026-11-24T10:00:00Z");

inline GoogleSettings service_account() {
    GoogleSettings settings;
    const auto read = read_service_account(golden("google_service_account.json"), settings);
    EXPECT_TRUE(read) << read.error().message;
    settings.subject = "dr.wanjiku@clinic.example";
    return settings;
}

inline GoogleSettings user_consent() {
    GoogleSettings settings;
    settings.client_id = "4455-clinic.apps.googleusercontent.com";
    settings.client_secret = Secret<>("GOCSPX-invented");
    settings.refresh_token = Secret<>("1//03invented");
    return settings;
}

inline Intent paper_visit() {
    return {.key = "apt_0c5t7v2k9m1qa_1",
            .start = kPaperNow + 24h,
            .end = kPaperNow + 24h + 30min,
            .title = "Online visit",
            .host = {}};
}

}  // namespace clinicpro::meetings
