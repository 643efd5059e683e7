// google_oauth.hpp: tokens for signed assertions, codes and refresh tokens; and the page where a person agrees.
//
// meetings.md 1.8 and 1.9: the signature is really verified, `aud` is exact, `sub` needs delegation for each scope;
// codes serve once and need their PKCE verifier. Tested by sandbox/google_oauth_test.
#pragma once

#include "sandbox/google_state.hpp"

namespace clinicpro::sandbox {

inline constexpr std::string_view kTokenLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

class GoogleOauth {
public:
    net::Response token(GoogleCall& call);
    net::Response consent_page(GoogleCall& call);
    net::Response consented(GoogleCall& call);

    // Fills call.token, or gives the 401.
    std::optional<net::Response> authorise(GoogleCall& call, bool meet);
    void kill(GoogleState& state, const net::Request& request);  // the fault token_dies

    // As if `who` had agreed at the page; gives the refresh token.
    static std::string connect(GoogleState& state, World& world, std::string_view who, std::set<std::string> scopes,
                               Instant now);

private:
    struct Code {
        std::string who, redirect_uri, challenge;
        std::set<std::string> scopes;
        bool lasting = false;  // access_type=offline and prompt=consent: a refresh token comes with it
        Instant until;
    };
    net::Response by_assertion(GoogleCall& call, const std::map<std::string, std::string>& form);
    net::Response by_refresh(GoogleCall& call, const std::map<std::string, std::string>& form);
    net::Response by_code(GoogleCall& call, const std::map<std::string, std::string>& form);
    net::Response give(GoogleCall& call, GoogleToken token, const std::string& refresh, bool tell_scopes);

    std::map<std::string, Code> codes_;
};

// A form body or a query, decoded; the last of repeated names wins.
std::map<std::string, std::string> read_form(std::string_view text);
std::string form_value(const std::map<std::string, std::string>& form, const std::string& name);
// Without kGoogleScope; nothing when one is unknown or none is given.
std::optional<std::set<std::string>> read_google_scopes(std::string_view text);
std::string join_google_scopes(const std::set<std::string>& scopes);

}  // namespace clinicpro::sandbox
