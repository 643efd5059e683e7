// Runs a fuzz target over its corpus without libFuzzer: each file as it is, and cut short after every byte, as a
// network may cut it. So what fuzzing found stays a test of every build. Usage: json_replay fuzz/corpus/json
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kCutMax = 1'024;  // of a longer file only the beginning is cut at every byte

void run(const std::vector<uint8_t>& bytes, size_t size) {
    // A copy of exactly this size, so that the address sanitizer sees a read behind it.
    const std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + std::ptrdiff_t(size));
    LLVMFuzzerTestOneInput(cut.data(), cut.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "usage: %s <folder>\n", argv[0]), 64;
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) files.insert(entry.path());
    if (files.empty()) return std::fprintf(stderr, "%s is empty\n", argv[1]), 1;
    size_t runs = 0;
    for (const auto& path : files) {
        std::fprintf(stderr, "%s\n", path.c_str());  // the last one named is the one that failed
        std::ifstream file(path, std::ios::binary);
        const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
        for (size_t size = 0; size < std::min(bytes.size(), kCutMax); ++size, ++runs) run(bytes, size);
        run(bytes, bytes.size());
        ++runs;
    }
    std::printf("%zu files, %zu runs\n", files.size(), runs);
}
