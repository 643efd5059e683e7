// mime.hpp: a mail as bytes: header fields that cannot be broken out of, and bodies in 7 bits (RFC 5322, 2045-2047).
//
// Promises: no text given to it can add a header field or a line; every line ends in CRLF and has at most 998 bytes;
// only ASCII leaves it. Tested by messaging/mime_test, and read by another implementation in tests/mail_peer_test.sh.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clinicpro::messaging::mime {

// Text for a header field: as it is when it is short printable ASCII, else as encoded words (RFC 2047). Line breaks
// and other control characters become spaces.
std::string encoded_words(std::string_view utf8);
// "Mlimani Clinic <desk@mlimani.example>"; the name may be empty.
std::string mailbox(std::string_view name, std::string_view address);

std::string quoted_printable(std::string_view text);  // lines ended by LF or CRLF; ends in CRLF
std::string base64_lines(std::string_view bytes);     // 76 characters a line

// A part with its own header; `content_type` and the rest are ours, never a stranger's.
struct Part {
    std::string header;  // lines, each ended by CRLF
    std::string body;
};
Part text_part(std::string_view content_type, std::string_view text);  // "text/plain; charset=UTF-8"
Part base64_part(std::string_view content_type, std::string_view bytes, std::string_view extra_header = {});
// The boundary is made from `seed`; no encoded body can hold it.
Part multipart(std::string_view subtype, std::string_view seed, const std::vector<Part>& parts);

}  // namespace clinicpro::messaging::mime
