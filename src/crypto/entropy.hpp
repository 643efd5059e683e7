// entropy.hpp: where unguessable bytes come from, as a port, so that a simulation can replay them.
#pragma once

#include <cstddef>
#include <string>

namespace clinicpro::crypto {

class Entropy {
public:
    virtual ~Entropy() = default;
    virtual std::string bytes(size_t count) = 0;  // thread-safe

    std::string hex(size_t count);        // 2 * count lower-case hex digits: never spells a word Daraja forbids in URLs
    std::string base64url(size_t count);  // 16 bytes (128 bits) -> 22 characters
};

class SystemEntropy final : public Entropy {
public:
    SystemEntropy();  // starts libsodium; CHECKs that it works
    std::string bytes(size_t count) override;
};

}  // namespace clinicpro::crypto
