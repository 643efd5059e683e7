// Signed links: what verifies, and every near miss.
#include "clinics/link.hpp"

#include <gtest/gtest.h>

#include "crypto/entropy.hpp"

namespace clinicpro::clinics {
namespace {

using Purpose = Link::Purpose;

class LinkTest : public ::testing::Test {
protected:
    const crypto::DataKey system{kSystem, Secret<>(std::string(32, 's'))};
    const LinkSigner signer{system};
    const Link link{
        .purpose = Purpose::kJoin, .clinic = ClinicId{7}, .subject = 1'234'567'890'123'456'789, .generation = 3};
};

TEST_F(LinkTest, both_spellings_bring_the_link_back) {
    const Link extremes[] = {
        link,
        {.purpose = Purpose::kPay, .clinic = ClinicId{kClinicMax}, .subject = INT64_MAX, .generation = 255},
        {.purpose = Purpose::kC2bCallback, .clinic = kSystem, .subject = 0, .generation = 0}};
    for (const Link& one : extremes) {
        EXPECT_EQ(signer.hex(one).size(), LinkSigner::kHexSize);
        EXPECT_EQ(signer.short_form(one).size(), LinkSigner::kShortSize);
        EXPECT_EQ(signer.verify_hex(one.purpose, signer.hex(one)), one);
        EXPECT_EQ(signer.verify_short(one.purpose, signer.short_form(one)), one);
    }
}

TEST_F(LinkTest, a_link_for_one_purpose_is_nothing_for_another) {
    for (const Purpose other : {Purpose::kStkCallback, Purpose::kC2bCallback, Purpose::kPay}) {
        EXPECT_FALSE(signer.verify_hex(other, signer.hex(link)));
        EXPECT_FALSE(signer.verify_short(other, signer.short_form(link)));
    }
}

TEST_F(LinkTest, no_changed_character_verifies_so_each_link_has_one_spelling) {
    const std::string hex = signer.hex(link), brief = signer.short_form(link);
    for (size_t i = 0; i < hex.size(); ++i) {
        for (const char c : std::string_view("0123456789abcdefABCDEFg/ ")) {
            std::string changed = hex;
            changed[i] = c;
            EXPECT_EQ(signer.verify_hex(Purpose::kJoin, changed).has_value(), changed == hex) << i << c;
        }
    }
    for (size_t i = 0; i < brief.size(); ++i) {
        for (int c = 0; c < 256; ++c) {
            std::string changed = brief;
            changed[i] = char(c);
            EXPECT_EQ(signer.verify_short(Purpose::kJoin, changed).has_value(), changed == brief) << i << " " << c;
        }
    }
}

TEST_F(LinkTest, other_lengths_and_the_other_spelling_do_not_verify) {
    const std::string hex = signer.hex(link), brief = signer.short_form(link);
    for (const std::string& text : {std::string(), hex.substr(2), hex + "00", brief, std::string(10'000, '0')}) {
        EXPECT_FALSE(signer.verify_hex(Purpose::kJoin, text));
    }
    for (const std::string& text : {std::string(), brief.substr(1), brief + "A", brief + "=", hex}) {
        EXPECT_FALSE(signer.verify_short(Purpose::kJoin, text));
    }
}

TEST_F(LinkTest, another_installation_does_not_accept_it) {
    const LinkSigner other(crypto::DataKey(kSystem, Secret<>(std::string(32, 't'))));
    EXPECT_FALSE(other.verify_hex(Purpose::kJoin, signer.hex(link)));
}

TEST_F(LinkTest, links_that_differ_in_anything_share_no_mac) {
    Link other = link;
    other.generation = 4;
    EXPECT_NE(signer.hex(link).substr(24), signer.hex(other).substr(24));
}

TEST_F(LinkTest, the_form_is_frozen_because_patients_hold_links_for_weeks) {
    EXPECT_EQ(signer.hex(link), "000007112210f47de981150395d23118d4b932283d7d3169f52ee3f3");
}

}  // namespace
}  // namespace clinicpro::clinics
