// What parses can be walked, and what the writer makes of it parses again.
#include <cstdint>
#include <cstdlib>

#include "base/json.hpp"

namespace {

void copy(const clinicpro::json::View& from, clinicpro::json::Writer& to) {
    using clinicpro::json::Kind;
    switch (from.kind()) {
        case Kind::kMissing: std::abort();
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto read = clinicpro::json::Document::parse({reinterpret_cast<const char*>(data), size});
    if (!read) return 0;
    clinicpro::json::Writer writer;
    copy(read->root(), writer);
    if (!clinicpro::json::Document::parse(writer.take())) std::abort();
    return 0;
}
