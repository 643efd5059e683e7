#include "web/form.hpp"

#include "base/text.hpp"

namespace clinicpro::web {

namespace {

std::unexpected<Error> not_whole() {
    return fail(Code::kInvalid, "This form did not arrive whole. Go back, load the page again and repeat.");
}

// The value of `name` in a header such as `form-data; name="statement"; filename="a.csv"`.
std::optional<std::string_view> parameter(std::string_view header, std::string_view name) {
    for (const std::string_view part : text::split(header, ';')) {
        const std::string_view said = text::trim(part);
        if (said.size() <= name.size() || !said.starts_with(name) || said[name.size()] != '=') continue;
        std::string_view value = said.substr(name.size() + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return value;
    }
    return std::nullopt;
}

// The field's name in the head of a part.
std::optional<std::string_view> name_in(std::string_view head) {
    constexpr std::string_view kDisposition = "content-disposition:";
    for (const std::string_view line : text::split(head, '\n')) {
        if (line.size() < kDisposition.size() ||
            !text::equal_ignoring_case(line.substr(0, kDisposition.size()), kDisposition)) {
            continue;
        }
        return parameter(line.substr(kDisposition.size()), "name");
    }
    return std::nullopt;
}

}  // namespace

Result<Form> Form::read(const net::Request& request) {
    const std::string_view type = request.header("Content-Type");
    const std::string_view kind = text::trim(type.substr(0, type.find(';')));
    if (request.body.empty()) return Form();
    if (text::equal_ignoring_case(kind, "application/x-www-form-urlencoded") && request.body.size() <= kBodyMax) {
        return read_pairs(request.body);
    }
    if (text::equal_ignoring_case(kind, "multipart/form-data")) {
        if (request.body.size() > kUploadMax) {
            return fail(Code::kInvalid, "This file is larger than 1 MB. Choose a shorter range of days and try again.");
        }
        const auto boundary = parameter(type, "boundary");
        if (boundary && !boundary->empty()) return read_parts(request.body, *boundary);
    }
    return not_whole();
}

std::string Form::content() const {
    std::string all;
    for (const auto& [name, value] : fields_) {
        for (const std::string_view part : {std::string_view(name), std::string_view(value)}) {
            all += std::to_string(part.size()) + ":";
            all += part;
        }
    }
    return all;
}

Result<> Form::add(std::string name, std::string_view value) {
    if (!text::is_utf8(value) || fields_.size() == kFieldsMax) return not_whole();
    fields_.emplace_back(std::move(name), std::string(text::trim(value)));
    return {};
}

Result<Form> Form::read_pairs(std::string_view body) {
    Form form;
    for (const std::string_view pair : text::split(body, '&')) {
        const size_t equals = pair.find('=');
        auto name = text::percent_decode(pair.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                      : text::percent_decode(pair.substr(equals + 1), true);
        if (!name || !value) return not_whole();
        TRY(form.add(*std::move(name), *value));
    }
    return form;
}

// Parts stand between lines "--boundary"; "--boundary--" is the end. Each has a head, an empty line, and its bytes.
Result<Form> Form::read_parts(std::string_view body, std::string_view boundary) {
    const std::string mark = "--" + std::string(boundary), next = "\r\n" + mark;
    if (!body.starts_with(mark)) return not_whole();
    body.remove_prefix(mark.size());
    Form form;
    while (body.starts_with("\r\n")) {
        body.remove_prefix(2);
        const size_t head_end = body.find("\r\n\r\n"), end = body.find(next, head_end);
        if (head_end == body.npos || end == body.npos || end < head_end + 4) return not_whole();
        const auto name = name_in(body.substr(0, head_end));
        if (!name) return not_whole();
        TRY(form.add(std::string(*name), body.substr(head_end + 4, end - head_end - 4)));
        body.remove_prefix(end + next.size());
    }
    if (!body.starts_with("--")) return not_whole();
    return form;
}

std::string_view Form::operator[](std::string_view name) const {
    for (const auto& [key, value] : fields_) {
        if (key == name) return value;
    }
    return {};
}

bool Form::has(std::string_view name) const {
    return std::ranges::any_of(fields_, [&](const auto& field) { return field.first == name; });
}

}  // namespace clinicpro::web
