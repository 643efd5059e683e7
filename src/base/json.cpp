#include "base/json.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace clinicpro::json {
namespace {

namespace bj = boost::json;

std::unexpected<Error> wrong(const std::string& path, std::string_view wanted, bool missing) {
    const std::string place = path.empty() ? "The body" : "\"" + path + "\"";
    return fail(Code::kInvalid,
                missing ? place + " is missing; it must be " + std::string(wanted) + "."
                        : place + " must be " + std::string(wanted) + ".",
                path);
}

}  // namespace

struct Document::Body {
    // Callback bodies are below 2 KiB; parsing them touches the heap once.
    alignas(16) unsigned char buffer[4096];
    bj::monotonic_resource arena{buffer, sizeof buffer};
    bj::value value = bj::value(bj::storage_ptr(&arena));
};

Document::Document(std::unique_ptr<Body> body) : body_(std::move(body)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view bytes) {
    if (bytes.size() > kMaxBytes) return fail(Code::kTooLarge, "This JSON is larger than 4 MiB.");
    auto body = std::make_unique<Body>();
    bj::parse_options options;
    options.max_depth = kMaxDepth;
    unsigned char scratch[2048];
    bj::parser parser(bj::storage_ptr(), options, scratch);
    parser.reset(bj::storage_ptr(&body->arena));
    boost::system::error_code error;
    const size_t read = parser.write_some(bytes.data(), bytes.size(), error);
    if (!error && text::trim(bytes.substr(read)).empty()) {
        body->value = parser.release();
        return Document(std::move(body));
    }
    return fail(Code::kInvalid,
                "This is not valid JSON: it stops making sense at byte " + std::to_string(read) +
                    (error == bj::error::too_deep ? ", nested deeper than 32 levels." : "."));
}

View Document::root() const { return View(&body_->value, {}); }

Kind View::kind() const {
    const auto* v = static_cast<const bj::value*>(value_);
    if (v == nullptr) return Kind::kMissing;
    switch (v->kind()) {
        case bj::kind::null: return Kind::kNull;
        case bj::kind::bool_: return Kind::kBool;
        case bj::kind::int64:
        case bj::kind::uint64:
        case bj::kind::double_: return Kind::kNumber;
        case bj::kind::string: return Kind::kString;
        case bj::kind::array: return Kind::kArray;
        case bj::kind::object: return Kind::kObject;
    }
    return Kind::kMissing;
}

View View::operator[](std::string_view key) const {
    const auto* v = static_cast<const bj::value*>(value_);
    const bj::value* found = nullptr;
    if (v != nullptr && v->is_object()) found = v->get_object().if_contains({key.data(), key.size()});
    std::string path = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
    return View(found, std::move(path));
}

size_t View::size() const {
    const auto* v = static_cast<const bj::value*>(value_);
    if (v == nullptr) return 0;
    return v->is_array() ? v->get_array().size() : v->is_object() ? v->get_object().size() : 0;
}

View View::at(size_t index) const {
    const auto* v = static_cast<const bj::value*>(value_);
    const bj::value* found = v != nullptr && v->is_array() ? v->get_array().if_contains(index) : nullptr;
    return View(found, path_ + "[" + std::to_string(index) + "]");
}

std::vector<std::string_view> View::keys() const {
    std::vector<std::string_view> names;
    const auto* v = static_cast<const bj::value*>(value_);
    if (v == nullptr || !v->is_object()) return names;
    for (const auto& member : v->get_object()) names.emplace_back(member.key().data(), member.key().size());
    return names;
}

Result<std::string> View::text() const {
    const auto* v = static_cast<const bj::value*>(value_);
    if (v == nullptr || !v->is_string()) return wrong(path_, "text", v == nullptr);
    const auto& s = v->get_string();
    return std::string(s.data(), s.size());
}

Result<int64_t> View::integer() const {
    const auto* v = static_cast<const bj::value*>(value_);
    if (v == nullptr || !v->is_int64()) return wrong(path_, "a whole number", v == nullptr);
    return v->get_int64();
}

Result<bool> View::boolean() const {
    const auto* v = static_cast<const bj::value*>(value_);
    if (v == nullptr || !v->is_bool()) return wrong(path_, "true or false", v == nullptr);
    return v->get_bool();
}

Result<std::string> View::scalar() const {
    const auto* v = static_cast<const bj::value*>(value_);
    if (v != nullptr) {
        switch (v->kind()) {
            case bj::kind::string: return std::string(v->get_string().data(), v->get_string().size());
            case bj::kind::bool_: return std::string(v->get_bool() ? "true" : "false");
            case bj::kind::int64: return std::to_string(v->get_int64());
            case bj::kind::uint64: return std::to_string(v->get_uint64());
            case bj::kind::double_: {
                char buffer[400];
                const double number = v->get_double();
                if (!std::isfinite(number) || std::fabs(number) > 1e18) break;
                const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed);
                return std::string(buffer, end.ptr);
            }
            case bj::kind::null:
            case bj::kind::array:
            case bj::kind::object: break;
        }
    }
    return wrong(path_, "text or a number", v == nullptr);
}

std::optional<std::string> View::scalar_if_any() const {
    auto value = scalar();
    if (!value) return std::nullopt;
    return *std::move(value);
}

void append_quoted(std::string& out, std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (uint8_t(c) < 0x20) {
                    out += "\\u00";
                    out += kHex[uint8_t(c) >> 4];
                    out += kHex[uint8_t(c) & 15];
                } else {
                    out += c;
                }
        }
    }
    out += '"';
}

void Writer::separate() {
    if (after_key_) {
        after_key_ = false;
    } else if (!first_) {
        out_ += ',';
    }
    first_ = false;
}

Writer& Writer::begin_object() {
    separate();
    out_ += '{';
    stack_ += '{';
    first_ = true;
    return *this;
}

Writer& Writer::end_object() {
    CHECK(!stack_.empty() && stack_.back() == '{' && !after_key_);
    stack_.pop_back();
    out_ += '}';
    first_ = false;
    return *this;
}

Writer& Writer::begin_array() {
    separate();
    out_ += '[';
    stack_ += '[';
    first_ = true;
    return *this;
}

Writer& Writer::end_array() {
    CHECK(!stack_.empty() && stack_.back() == '[');
    stack_.pop_back();
    out_ += ']';
    first_ = false;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    CHECK(!stack_.empty() && stack_.back() == '{' && !after_key_);
    separate();
    append_quoted(out_, name);
    out_ += ':';
    after_key_ = true;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    append_quoted(out_, text);
    return *this;
}

Writer& Writer::value(int64_t number) {
    separate();
    out_ += std::to_string(number);
    return *this;
}

Writer& Writer::value(bool truth) {
    separate();
    out_ += truth ? "true" : "false";
    return *this;
}

Writer& Writer::null() {
    separate();
    out_ += "null";
    return *this;
}

Writer& Writer::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

std::string Writer::take() {
    CHECK(stack_.empty());
    return std::move(out_);
}

}  // namespace clinicpro::json
