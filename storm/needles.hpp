// needles.hpp: many texts looked for in one pass over a large one, such as every secret of a run in the database file.
//
// One search a text took four tenths of a run: a clinic has dozens of secrets, and a file has megabytes.
#pragma once

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
        const std::string_view text = needles_.back().what;
        if (text.size() < kHead + kStride - 1) {
            plain_.push_back(at);
            return;
        }
        // Wherever it stands, one of its first words begins at a multiple of the stride.
        for (size_t skipped = 0; skipped < kStride; ++skipped) {
            const uint64_t head = head_of(text.data() + skipped);
            by_head_.emplace(head, Place{at, skipped});
            maybe_.set(slot_of(head));
        }
    }

    // Calls `found` with the name of each needle that stands in `text`, once, in the order in which they were added.
    void look(std::string_view text, const std::function<void(const std::string& name)>& found) const {
        std::vector<bool> seen(needles_.size());
        for (const size_t at : plain_) seen[at] = text.find(needles_[at].what) != std::string_view::npos;
        for (size_t i = 0; i + kHead <= text.size(); i += kStride) {
            const uint64_t head = head_of(text.data() + i);
            if (!maybe_.test(slot_of(head))) continue;
            const auto [from, to] = by_head_.equal_range(head);
            for (auto one = from; one != to; ++one) {
                const auto [at, skipped] = one->second;
                if (skipped <= i && text.substr(i - skipped).starts_with(needles_[at].what)) seen[at] = true;
            }
        }
        for (size_t at = 0; at < needles_.size(); ++at) {
            if (seen[at]) found(needles_[at].name);
        }
    }

private:
    static constexpr size_t kHead = sizeof(uint64_t);  // bytes by which a needle is recognised
    static constexpr size_t kStride = 4;               // a phone number of 12 digits holds a head at each of four places
    static constexpr size_t kSlots = size_t(1) << 16;
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
    struct Place {
        size_t needle, skipped;  // bytes of it before the head
    };
    std::vector<size_t> plain_;  // too short for the stride: looked for one by one
    std::unordered_multimap<uint64_t, Place> by_head_;
    std::bitset<kSlots> maybe_;
};

}  // namespace clinicpro::storm
