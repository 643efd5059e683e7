// Secrets at rest: what opens, and everything that must not.
#include "crypto/seal.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace clinicpro::crypto {
namespace {

// Replays one byte after the other, so a test can compare what two runs made.
class CountingEntropy final : public Entropy {
public:
    std::string bytes(size_t count) override {
        std::string out(count, '\0');
        for (char& c : out) c = char(next_++);
        return out;
    }

private:
    unsigned char next_ = 0;
};

Keyring ring_of(const std::string& text) {
    auto ring = Keyring::parse(Secret<>(text));
    EXPECT_TRUE(ring) << (ring ? "" : ring.error().message);
    return *std::move(ring);
}

class Seal : public testing::Test {
protected:
    SystemEntropy entropy;
    DataKey key{ClinicId{7}, Secret<>(entropy.bytes(32))};
};

TEST_F(Seal, what_was_sealed_opens_again_whatever_its_length) {
    for (const size_t size : {size_t(0), size_t(1), size_t(15), size_t(16), size_t(600), size_t(100'000)}) {
        const std::string plain(size, 'x');
        const std::string sealed = key.seal(plain, "credential:consumer_secret", entropy);
        EXPECT_EQ(sealed[0], 'S');
        EXPECT_EQ(sealed.size(), 1 + 24 + size + 16);
        const auto opened = key.open(sealed, "credential:consumer_secret");
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->reveal(), plain);
    }
}

TEST_F(Seal, the_same_text_is_sealed_differently_each_time_and_never_stands_in_clear) {
    const std::string one = key.seal("bfb279f9aa9bdbcf", "p", entropy),
                      two = key.seal("bfb279f9aa9bdbcf", "p", entropy);
    EXPECT_NE(one, two);
    EXPECT_EQ(one.find("bfb2"), std::string::npos);
}

TEST_F(Seal, another_clinic_with_the_very_same_key_bytes_does_not_open_it) {
    const std::string bytes = entropy.bytes(32);
    const DataKey ours(ClinicId{1}, Secret<>(bytes)), theirs(ClinicId{2}, Secret<>(bytes));
    const auto opened = theirs.open(ours.seal("secret", "p", entropy), "p");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kInternal);
}

TEST_F(Seal, another_purpose_does_not_open_it) {
    const std::string sealed = key.seal("secret", "credential:passkey", entropy);
    EXPECT_FALSE(key.open(sealed, "credential:secret"));
    EXPECT_FALSE(key.open(sealed, ""));
    EXPECT_FALSE(key.open(sealed, "credential:passkey "));
}

TEST_F(Seal, another_key_does_not_open_it) {
    const DataKey other(ClinicId{7}, Secret<>(entropy.bytes(32)));
    EXPECT_FALSE(other.open(key.seal("secret", "p", entropy), "p"));
}

TEST_F(Seal, no_altered_byte_and_no_other_length_opens) {
    const std::string sealed = key.seal("ten shillings", "p", entropy);
    for (size_t i = 0; i < sealed.size(); ++i) {
        std::string altered = sealed;
        altered[i] = char(altered[i] ^ 1);
        EXPECT_FALSE(key.open(altered, "p")) << i;
        EXPECT_FALSE(key.open(sealed.substr(0, i), "p")) << i;
    }
    EXPECT_FALSE(key.open(sealed + '\0', "p"));
}

TEST_F(Seal, a_failure_to_open_names_neither_the_bytes_nor_the_key) {
    const auto opened = key.open("S-not-a-secret", "p");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message.find("not-a-secret"), std::string::npos);
    EXPECT_EQ(opened.error().detail, "clinic 7, purpose p");
}

TEST_F(Seal, a_fingerprint_is_stable_and_differs_by_clinic_purpose_and_text) {
    const std::string bytes(32, 'k');
    const DataKey one(ClinicId{1}, Secret<>(bytes)), again(ClinicId{1}, Secret<>(bytes)),
        two(ClinicId{2}, Secret<>(bytes));
    const std::string print = one.fingerprint("254712345678", "phone");
    EXPECT_EQ(print.size(), 16u);
    EXPECT_EQ(print, again.fingerprint("254712345678", "phone"));
    EXPECT_NE(print, two.fingerprint("254712345678", "phone"));
    EXPECT_NE(print, one.fingerprint("254712345678", "name"));
    EXPECT_NE(print, one.fingerprint("254712345679", "phone"));
    EXPECT_NE(one.fingerprint("bc", "a"), one.fingerprint("c", "ab"));
    // Frozen: a change here would orphan every stored look-up.
    EXPECT_EQ(text::to_hex(print), "2ba9349206f6c8577f3e90c24dde7af9");
}

TEST_F(Seal, a_derived_key_is_stable_and_differs_by_purpose) {
    EXPECT_EQ(key.derive("links").reveal(), key.derive("links").reveal());
    EXPECT_NE(key.derive("links").reveal(), key.derive("sessions").reveal());
    EXPECT_EQ(key.derive("links").reveal().size(), 32u);
}

// --- keyring ---------------------------------------------------------------------------------------------------------

TEST(keyring, a_made_master_key_parses_and_two_never_share_an_id) {
    SystemEntropy entropy;
    const std::string one = Keyring::make_master_key(entropy), two = Keyring::make_master_key(entropy);
    const Keyring ring = ring_of(one + "\n" + two + "\n");
    EXPECT_EQ(ring.current_id(), one.substr(0, one.find(':')));
    EXPECT_EQ(one.size(), 7 + 1 + 44u);
}

TEST(keyring, a_bare_key_has_the_id_k1) {
    EXPECT_EQ(ring_of(text::to_base64(std::string(32, 'a'))).current_id(), "k1");
    EXPECT_EQ(ring_of("  k1:" + text::to_base64(std::string(32, 'a')) + "  ").current_id(), "k1");
}

TEST(keyring, every_wrong_text_is_refused_with_a_sentence_that_says_how_to_make_a_key_and_never_repeats_it) {
    const std::string good = text::to_base64(std::string(32, 'a'));
    std::string many;
    for (int i = 0; i < 17; ++i) many += "k" + std::to_string(i) + ":" + good + " ";
    const std::pair<std::string, std::string> cases[] = {
        {"", "There is no master key."},
        {" \n\t ", "There is no master key."},
        {text::to_base64(std::string(31, 'a')), "Master key 1 has 31 bytes instead of 32."},
        {text::to_base64(std::string(64, 'a')), "Master key 1 has 64 bytes instead of 32."},
        {"k1:" + good + " k2:" + text::to_base64("short"), "Master key 2 has 5 bytes instead of 32."},
        {"k1:", "Master key 1 has 0 bytes instead of 32."},
        {"not*base64*at*all", "Master key 1 is not base64."},
        {":" + good, "Master key 1 has a bad id"},
        {"k 1:" + good, "Master key 1 "},
        {"k/1:" + good, "Master key 1 has a bad id"},
        {good + " " + good, "Two master keys have the id k1"},
        {many, "There are more than 16 master keys."},
    };
    for (const auto& [text, sentence] : cases) {
        const auto ring = Keyring::parse(Secret<>(text));
        ASSERT_FALSE(ring) << sentence;
        EXPECT_EQ(ring.error().code, Code::kConfig);
        EXPECT_EQ(ring.error().field, "master_key");
        EXPECT_NE(ring.error().message.find(sentence), std::string::npos) << ring.error().message;
        EXPECT_NE(ring.error().message.find("clinicpro key master"), std::string::npos) << ring.error().message;
        EXPECT_EQ(ring.error().message.find(good), std::string::npos);
    }
}

TEST(keyring, a_wrapped_key_opens_for_its_clinic_only) {
    SystemEntropy entropy;
    const Keyring ring = ring_of(Keyring::make_master_key(entropy));
    std::optional<DataKey> made;
    const std::string wrapped = ring.wrap_new(ClinicId{3}, entropy, &made);
    ASSERT_TRUE(made);
    const auto opened = ring.unwrap(ClinicId{3}, wrapped);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->open(made->seal("x", "p", entropy), "p")->reveal(), "x");
    EXPECT_EQ(ring.unwrap(ClinicId{4}, wrapped).error().code, Code::kConfig);
}

TEST(keyring, a_wrong_master_key_is_a_setting_to_correct) {
    SystemEntropy entropy;
    const std::string wrapped = ring_of(Keyring::make_master_key(entropy)).wrap_new(ClinicId{1}, entropy);
    const auto opened = ring_of(Keyring::make_master_key(entropy)).unwrap(ClinicId{1}, wrapped);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kConfig);
    EXPECT_NE(opened.error().message.find("The master key does not open this database."), std::string::npos);
}

TEST(keyring, damaged_bytes_never_open) {
    SystemEntropy entropy;
    const Keyring ring = ring_of(Keyring::make_master_key(entropy));
    const std::string wrapped = ring.wrap_new(ClinicId{1}, entropy);
    for (size_t i = 0; i < wrapped.size(); ++i) {
        std::string altered = wrapped;
        altered[i] = char(altered[i] ^ 0x40);
        EXPECT_FALSE(ring.unwrap(ClinicId{1}, altered)) << i;
        EXPECT_FALSE(ring.unwrap(ClinicId{1}, wrapped.substr(0, i))) << i;
    }
    EXPECT_EQ(ring.unwrap(ClinicId{1}, "").error().code, Code::kInternal);
}

TEST(keyring, rotation_wraps_the_same_data_key_anew_and_then_the_old_master_key_may_go) {
    SystemEntropy entropy;
    const std::string old_text = Keyring::make_master_key(entropy), new_text = Keyring::make_master_key(entropy);
    const Keyring before = ring_of(old_text), both = ring_of(new_text + " " + old_text), after = ring_of(new_text);
    std::optional<DataKey> key;
    const std::string wrapped = before.wrap_new(ClinicId{1}, entropy, &key);
    const std::string sealed = key->seal("secret", "p", entropy);

    EXPECT_EQ(*before.rewrap(ClinicId{1}, wrapped, entropy), "");  // already current
    const auto rewrapped = both.rewrap(ClinicId{1}, wrapped, entropy);
    ASSERT_TRUE(rewrapped);
    ASSERT_FALSE(rewrapped->empty());
    EXPECT_EQ(*both.rewrap(ClinicId{1}, *rewrapped, entropy), "");
    EXPECT_EQ(after.unwrap(ClinicId{1}, *rewrapped)->open(sealed, "p")->reveal(), "secret");
    EXPECT_FALSE(after.unwrap(ClinicId{1}, wrapped));
    EXPECT_FALSE(after.rewrap(ClinicId{1}, wrapped, entropy));
    EXPECT_FALSE(before.unwrap(ClinicId{1}, *rewrapped));
}

TEST(keyring, the_right_key_under_another_id_still_opens_and_is_wrapped_anew_under_that_id) {
    SystemEntropy entropy;
    const std::string key = text::to_base64(entropy.bytes(32));
    const std::string wrapped = ring_of("2025:" + key).wrap_new(ClinicId{1}, entropy);
    const Keyring bare = ring_of(key);
    EXPECT_TRUE(bare.unwrap(ClinicId{1}, wrapped));
    EXPECT_FALSE(bare.rewrap(ClinicId{1}, wrapped, entropy)->empty());
}

TEST(entropy, text_forms_have_the_promised_alphabet_and_length) {
    SystemEntropy system;
    EXPECT_EQ(system.hex(16).size(), 32u);
    EXPECT_EQ(system.hex(16).find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(system.base64url(16).size(), 22u);
    EXPECT_NE(system.bytes(32), system.bytes(32));
    EXPECT_EQ(system.bytes(0), "");
    CountingEntropy counting;
    EXPECT_EQ(counting.hex(4), "00010203");
}

}  // namespace
}  // namespace clinicpro::crypto
