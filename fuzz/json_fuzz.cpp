// What parses can be walked, and what the writer makes of it parses again and says the same.
#include <cstdint>

#include "base/json.hpp"

namespace {

using namespace clinicpro;

void copy(const json::View& from, json::Writer& to) {
    using json::Kind;
    switch (from.kind()) {
        case Kind::kMissing: CHECK(!"a document has no missing places"); return;
        case Kind::kNull: to.null(); return;
        case Kind::kBool: to.value(*from.boolean()); return;
        case Kind::kNumber: to.value(from.scalar_if_any().value_or("huge")); return;
        case Kind::kString: to.value(*from.text()); return;
        case Kind::kArray:
            to.begin_array();
            for (size_t i = 0; i < from.size(); ++i) copy(from.at(i), to);
            to.end_array();
            return;
        case Kind::kObject:
            to.begin_object();
            for (const auto key : from.keys()) {
                to.key(key);
                copy(from[key], to);
            }
            to.end_object();
            return;
    }
}

std::string written(const json::Document& document) {
    json::Writer writer;
    copy(document.root(), writer);
    return writer.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto read = json::Document::parse({reinterpret_cast<const char*>(data), size});
    if (!read) {
        CHECK(!read.error().message.empty());
        return 0;
    }
    const std::string once = written(*read);
    const auto again = json::Document::parse(once);
    CHECK(again && written(*again) == once);
    return 0;
}
