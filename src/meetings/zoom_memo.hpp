// zoom_memo.hpp: where an operation with Zoom stands between two requests, as text for Position::memo.
//
// No secret stands in it: a paging token names a page of a list and opens nothing without the access token.
// Tested by meetings/zoom_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clinicpro::meetings {

struct ZoomMemo {
    bool fresh_token = false;  // a token was refused and another fetched: the next refusal is final
    bool digits_only = false;  // the account takes numeric passcodes only
    std::string phase;         // empty, "list", "read", "extra", "undo"; of a check: "user", "settings", "meetings"
    std::string page;          // next_page_token
    int looks = 0;             // through the whole list, without a match
    int restarts = 0;          // of a listing whose paging token had expired
    std::vector<std::string> found;     // provider ids; of kList: three texts for each meeting
    std::string why;                    // of "undo": the sentence it will end with
    std::vector<std::string> findings;  // of a check: level and sentence in turn

    std::string text() const;
    static ZoomMemo read(std::string_view text);  // what is not understood is left out
};

}  // namespace clinicpro::meetings
