// json.hpp: strict, bounded JSON.
//
// Reading: parse bytes into a Document, then walk Views; each View knows its path, so an error names where
// ("Body.stkCallback.ResultCode"). Writing: a Writer that escapes and cannot produce broken JSON.
// Boost.JSON is included in json.cpp only. Limits: kMaxDepth, kMaxBytes. Tested by base/json_test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace clinicpro::json {

inline constexpr size_t kMaxDepth = 32;                // Daraja nests 5 deep, Google 6
inline constexpr size_t kMaxBytes = 4 * 1024 * 1024;   // a page of Pull results is far below

enum class Kind { kMissing, kNull, kBool, kNumber, kString, kArray, kObject };

class Document;

// A place in a Document, which must outlive it. A place that does not exist is a View of kind kMissing, so
// root()["a"]["b"].text() gives one error that names "a.b".
class View {
public:
    Kind kind() const;
    bool exists() const { return kind() != Kind::kMissing; }
    bool is_missing_or_null() const { return kind() == Kind::kMissing || kind() == Kind::kNull; }
    const std::string& path() const { return path_; }

    View operator[](std::string_view key) const;  // member of an object, by exact name
    size_t size() const;                          // of an array or object, else 0
    View at(size_t index) const;                  // element of an array
    std::vector<std::string_view> keys() const;   // of an object

    // Strict readers: the JSON type must be exactly this. Error kInvalid with the path.
    Result<std::string> text() const;
    Result<int64_t> integer() const;  // no fraction, no exponent, no string
    Result<bool> boolean() const;

    // Tolerant reader for partners who write 1, "1" and 1.0 for the same thing (daraja.md 2.4): a string as it is, a
    // number in its shortest decimal form (1.0 -> "1.0" becomes "1"), true/false as words. Error on null, missing, array, object.
    Result<std::string> scalar() const;
    // scalar(), or nothing when missing, null or not a scalar.
    std::optional<std::string> scalar_if_any() const;

private:
    friend class Document;
    View(const void* value, std::string path) : value_(value), path_(std::move(path)) {}
    const void* value_;  // boost::json::value*, or nullptr when missing
    std::string path_;
};

class Document {
public:
    // Error kInvalid says at which byte. Refuses trailing text, over-deep structure, invalid UTF-8.
    static Result<Document> parse(std::string_view bytes);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    View root() const;

private:
    struct Body;
    explicit Document(std::unique_ptr<Body> body);
    std::unique_ptr<Body> body_;
};

// Appends a JSON string literal, quotes included.
void append_quoted(std::string& out, std::string_view text);

// Writer w; w.begin_object(); w.key("a").value(1); w.end_object(); w.take();
// Or shorter: w.field("a", 1). CHECKs that begin and end match.
class Writer {
public:
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    Writer& value(int64_t number);
    Writer& value(int number) { return value(int64_t(number)); }
    Writer& value(bool truth);
    Writer& null();
    Writer& raw(std::string_view json);  // already JSON

    template <class T>
    Writer& field(std::string_view name, const T& v) { return key(name).value(v); }
    template <class T>
    Writer& field(std::string_view name, const std::optional<T>& v) { return v ? key(name).value(*v) : key(name).null(); }

    std::string take();

private:
    void separate();
    std::string out_;
    std::string stack_;  // '{' or '['
    bool first_ = true;
    bool after_key_ = false;
};

}  // namespace clinicpro::json
