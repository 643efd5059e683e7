// entropy.cpp: the operating system's generator through libsodium.
#include "crypto/entropy.hpp"

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace clinicpro::crypto {

std::string Entropy::hex(size_t count) {
    return text::to_hex(bytes(count));
}
std::string Entropy::base64url(size_t count) {
    return text::to_base64url(bytes(count));
}

SystemEntropy::SystemEntropy() {
    CHECK(sodium_init() >= 0);
}

// Each thread fetches a block at a time: a system call per nonce was a tenth of the cost of sealing. A byte is wiped as soon
// as it is handed out, so a later look into memory finds only bytes nobody has used.
std::string SystemEntropy::bytes(size_t count) {
    struct Block {
        std::array<char, 4096> bytes;
        size_t used = sizeof bytes;
        pid_t owner = 0;
    };
    thread_local Block block;
    std::string out(count, '\0');
    if (count > block.bytes.size() / 4) {
        randombytes_buf(out.data(), out.size());
        return out;
    }
    // After a fork the child must not hand out what the parent will.
    if (block.used + count > block.bytes.size() || block.owner != ::getpid()) {
        randombytes_buf(block.bytes.data(), block.bytes.size());
        block.used = 0;
        block.owner = ::getpid();
    }
    std::copy_n(block.bytes.begin() + ptrdiff_t(block.used), count, out.begin());
    sodium_memzero(block.bytes.data() + block.used, count);
    block.used += count;
    return out;
}

}  // namespace clinicpro::crypto
