#include "web/form.hpp"

#include "base/text.hpp"

namespace clinicpro::web {

Result<Form> Form::read(const net::Request& request) {
    const std::string_view type = request.header("Content-Type");
    const auto bad = [] {
        return fail(Code::kInvalid, "This form did not arrive whole. Go back, load the page again and repeat.");
    };
    Form form;
    if (request.body.empty()) return form;
    if (!text::equal_ignoring_case(text::trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded") ||
        request.body.size() > kBodyMax) {
        return bad();
    }
    for (const std::string_view pair : text::split(request.body, '&')) {
        const size_t equals = pair.find('=');
        auto name = text::percent_decode(pair.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                      : text::percent_decode(pair.substr(equals + 1), true);
        if (!name || !value || !text::is_utf8(*value) || form.fields_.size() == kFieldsMax) return bad();
        form.fields_.emplace_back(*std::move(name), std::string(text::trim(*value)));
    }
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
