// config_test.cpp: the configuration reads what it prints and refuses nonsense.
#include <fstream>
#include <sstream>

#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

Result<> read(Config& config, const std::string& bytes) {
    const auto document = json::Document::parse(bytes);
    EXPECT_TRUE(document) << bytes;
    return read_config(config, document->root());
}

TEST(config, what_is_printed_can_be_read_back) {
    const Config config = default_config();
    const std::string printed = print_config(config, true);
    Config copy;
    ASSERT_TRUE(read(copy, printed));
    EXPECT_EQ(print_config(copy, true), printed);
    EXPECT_NE(printed.find("174379"), std::string::npos);
    EXPECT_EQ(print_config(config, false).find("consumer_secret"), std::string::npos);
}

TEST(config, nonsense_is_refused_and_changes_nothing) {
    for (const char* wrong : {"[]", "{\"merchant\":[]}", "{\"merchants\":[]}", "{\"merchants\":[3]}",
                              "{\"merchants\":[{\"shortcode\":\"12\"}]}",
                              "{\"merchants\":[{\"shortcode\":\"600986\",\"consumer_key\":\"\",\"consumer_secret\":"
                              "\"a\",\"passkey\":\"b\"}]}",
                              "{\"merchants\":[{\"shortcode\":\"600986\",\"consumer_key\":\"k\",\"consumer_secret\":"
                              "\"a\",\"passkey\":\"b\","
                              "\"products\":[\"b2b\"]}]}",
                              "{\"switches\":{\"amount_max\":-1}}", "{\"switches\":{\"amount_max\":\"5\"}}",
                              "{\"switches\":3}", "{\"switches\":{\"default_script\":\"result\"}}"}) {
        Config config = default_config();
        const auto result = read(config, wrong);
        ASSERT_FALSE(result) << wrong;
        EXPECT_EQ(result.error().code, Code::kInvalid) << wrong;
        EXPECT_EQ(print_config(config, true), print_config(default_config(), true)) << wrong;
    }
}

TEST(config, every_switch_has_a_meaning_and_its_default_is_a_choice) {
    const Switches defaults;
    for (const SwitchRow& row : switch_rows()) {
        EXPECT_FALSE(row.meaning.empty()) << row.name;
        const auto* word = std::get_if<std::string Switches::*>(&row.member);
        if (word == nullptr || row.choices == "*") continue;
        EXPECT_THAT(text::split(row.choices, '|'), testing::Contains(std::string_view(defaults.*(*word)))) << row.name;
    }
}

TEST(config, the_manual_names_every_switch_and_every_fault) {
    std::ifstream file(CLINICPRO_SOURCE_DIR "/docs/sandbox.md");
    std::ostringstream text;
    text << file.rdbuf();
    const std::string manual = text.str();
    for (const SwitchRow& row : switch_rows())
        EXPECT_NE(manual.find("`" + std::string(row.name) + "`"), std::string::npos) << row.name;
    for (const FaultName& row : fault_names())
        EXPECT_NE(manual.find("`" + std::string(row.name) + "`"), std::string::npos) << row.name;
}

}  // namespace
}  // namespace clinicpro::sandbox
