// rsa.cpp: OpenSSL's EVP for RS256.
#include "crypto/rsa.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <climits>

namespace clinicpro::crypto {
namespace {

constexpr size_t kPemMax = 64 * 1024;  // a 16,384-bit key is 13 KB

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

// Without this OpenSSL asks for a passphrase at the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Bio reader(std::string_view pem) {
    Bio source(BIO_new_mem_buf(pem.data(), int(pem.size())));
    CHECK(source != nullptr);
    return source;
}

std::unexpected<Error> bad_key(std::string sentence) {
    ERR_clear_error();
    return fail(Code::kConfig, std::move(sentence), "private_key");
}

Result<Key> read_private(const Secret<>& pem) {
    const std::string& text = pem.reveal();
    if (text.empty() || text.size() > kPemMax) return bad_key("The private key is missing or far too long.");
    Key key(PEM_read_bio_PrivateKey(reader(text).get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        return bad_key(
            "The private key cannot be read. Give the whole PEM text, from BEGIN PRIVATE KEY to END PRIVATE KEY, "
            "without "
            "a passphrase.");
    }
    if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_bits(key.get()) < kRsaBitsMin) {
        return bad_key("The private key must be an RSA key of at least 2048 bits. Make a new key.");
    }
    return key;
}

}  // namespace

Result<std::string> rs256_sign(const Secret<>& private_key_pem, std::string_view message) {
    TRY(const Key key, read_private(private_key_pem));
    const Digest digest(EVP_MD_CTX_new());
    size_t size = size_t(EVP_PKEY_size(key.get()));
    std::string signature(size, '\0');
    if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(digest.get(), octets(signature), &size, octets(message), message.size()) != 1) {
        return bad_key("The private key cannot sign. Make a new key.");
    }
    signature.resize(size);
    return signature;
}

bool rs256_matches(std::string_view public_key_pem, std::string_view message, std::string_view signature) {
    if (public_key_pem.empty() || public_key_pem.size() > kPemMax) return false;
    const Key key(PEM_read_bio_PUBKEY(reader(public_key_pem).get(), nullptr, no_passphrase, nullptr));
    const Digest digest(EVP_MD_CTX_new());
    const bool good =
        key && EVP_PKEY_base_id(key.get()) == EVP_PKEY_RSA && digest &&
        EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(digest.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
    ERR_clear_error();
    return good;
}

Result<std::string> rsa_public_key(const Secret<>& private_key_pem) {
    TRY(const Key key, read_private(private_key_pem));
    const Bio out(BIO_new(BIO_s_mem()));
    CHECK(out != nullptr && PEM_write_bio_PUBKEY(out.get(), key.get()) == 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return std::string(bytes, size_t(size));
}

}  // namespace clinicpro::crypto
