// form.hpp: the fields of a form that a browser posted.
//
// application/x-www-form-urlencoded; and multipart/form-data (RFC 7578) for the one form that carries a file, whose
// text is then the value of its field. Both bounded, and UTF-8 only. Tested by web/form_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace clinicpro::web {

class Form {
public:
    static constexpr size_t kBodyMax =
        16 * 1024;  // the longest form we make is a few hundred bytes; a desk's note some more
    static constexpr size_t kUploadMax =
        1000 * 1000;  // with a file: about 6,000 lines of a statement; the server takes 1 MiB
    static constexpr size_t kFieldsMax = 100;

    // Error kInvalid in a sentence for the person, who should never see it: our own pages post what is right.
    static Result<Form> read(const net::Request& request);

    // The first field of this name, trimmed; empty when absent.
    std::string_view operator[](std::string_view name) const;
    bool has(std::string_view name) const;
    // All fields in the order they came, each told from the next: alike exactly when the person sent the same thing. A body is not:
    // a browser draws a new boundary each time it sends a file.
    std::string content() const;

private:
    static Result<Form> read_pairs(std::string_view body);
    static Result<Form> read_parts(std::string_view body, std::string_view boundary);
    Result<> add(std::string name, std::string_view value);

    std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace clinicpro::web
