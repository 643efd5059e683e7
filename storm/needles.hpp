// needles.hpp: many texts looked for in one pass over a large one, such as every secret of a run in the database file.
//
// One search a text took four tenths of a run: a clinic has dozens of secrets, and a file has megabytes.
#pragma once

#include <bit>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace clinicpro::storm {

// Whether a word, such as a clinic's colour, stands in `text` outside of a token: among so many random letters it means
// nothing, and of ten thousand runs one draws "Jade" there. Short runs, such as "%20Jade" or "\nJade", are no tokens.
inline bool says(std::string_view text, std::string_view word) {
    constexpr size_t kTokenLeast = 20;  // a token of 128 bits has 22 letters
    const auto joins = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        size_t from = at, to = at + word.size();
        while (from > 0 && joins(text[from - 1])) --from;
        while (to < text.size() && joins(text[to])) ++to;
        if (to - from < kTokenLeast) return true;
    }
    return false;
}

class Needles {
public:
    // `name` is what the finder is told; an empty `what` is never found.
    void add(std::string what, std::string name) {
        if (what.empty()) return;
        const size_t at = needles_.size();
        needles_.push_back({std::move(what), std::move(name)});
        const std::string& text = needles_.back().what;
        const uint64_t head = text.size() < kHead ? kHighBits : head_of(text.data());
        if ((head & kHighBits) != 0) {
            plain_.push_back(at);
            return;
        }
        by_head_.emplace(head, at);
        maybe_.set(slot_of(head));
    }

    // Calls `found` with the name of each needle that stands in `text`, once, in the order in which they were added.
    void look(std::string_view text, const std::function<void(const std::string& name)>& found) const {
        std::vector<bool> seen(needles_.size());
        for (const size_t at : plain_) seen[at] = text.find(needles_[at].what) != std::string_view::npos;
        for (size_t i = 0; i + kHead <= text.size(); ++i) {
            const uint64_t head = head_of(text.data() + i);
            if (const uint64_t high = head & kHighBits; high != 0) {  // no needle here, nor one that begins before that byte
                i += size_t(63 - std::countl_zero(high)) / 8;
                continue;
            }
            if (!maybe_.test(slot_of(head))) continue;
            const auto [from, to] = by_head_.equal_range(head);
            for (auto one = from; one != to; ++one) {
                if (text.substr(i).starts_with(needles_[one->second].what)) seen[one->second] = true;
            }
        }
        for (size_t at = 0; at < needles_.size(); ++at) {
            if (seen[at]) found(needles_[at].name);
        }
    }

private:
    static constexpr size_t kHead = sizeof(uint64_t);  // bytes by which a needle is recognised
    static constexpr uint64_t kHighBits = 0x8080808080808080U;  // ASCII has none; what is sealed is full of them
    static constexpr size_t kSlots = size_t(1) << 16;
    static_assert(std::endian::native == std::endian::little);
    struct Needle {
        std::string what, name;
    };
    static uint64_t head_of(const char* bytes) {
        uint64_t head;
        std::memcpy(&head, bytes, sizeof head);
        return head;
    }
    static size_t slot_of(uint64_t head) { return size_t(head * 0x9E3779B97F4A7C15U >> 48); }

    std::vector<Needle> needles_;
    std::vector<size_t> plain_;  // too short for a head, or not ASCII: looked for one by one
    std::unordered_multimap<uint64_t, size_t> by_head_;
    std::bitset<kSlots> maybe_;
};

}  // namespace clinicpro::storm
