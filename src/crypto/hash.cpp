// hash.cpp: libsodium for digests and passwords, OpenSSL for the one RSA operation Daraja asks for.
#include "crypto/hash.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <climits>

#include "base/text.hpp"

namespace clinicpro::crypto {
namespace {

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;

// The newest OpenSSL error in its own words; the queue is left empty for the next caller on this thread.
std::string openssl_error() {
    char text[256] = "no reason given";
    if (const unsigned long code = ERR_peek_last_error()) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return text;
}

constexpr size_t kPkcs1Overhead = 11;  // RFC 8017, 7.2.1

// To read a key takes several times as long as to use it, and the same one comes again and again: each thread keeps the
// last one that was good.
struct Kept {
    std::string pem;
    Key key;
};

Result<EVP_PKEY*> certificates_key(std::string_view pem) {
    static thread_local Kept last;
    if (last.key && last.pem == pem) return last.key.get();
    const std::string where = "certificate";
    ERR_clear_error();
    const Bio source(BIO_new_mem_buf(pem.data(), int(pem.size())));
    CHECK(source != nullptr);
    const Certificate certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (!certificate) {
        return fail(Code::kConfig,
                    "The M-Pesa certificate cannot be read. Give the whole PEM text, from BEGIN CERTIFICATE to END "
                    "CERTIFICATE.",
                    where, openssl_error());
    }
    Key key(X509_get_pubkey(certificate.get()));
    if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) {
        ERR_clear_error();
        return fail(Code::kConfig, "The M-Pesa certificate does not hold an RSA key. Take it from the Daraja portal.",
                    where);
    }
    last = {std::string(pem), std::move(key)};
    return last.key.get();
}

Result<EVP_PKEY*> private_key(std::string_view pem) {
    static thread_local Kept last;
    if (last.key && last.pem == pem) return last.key.get();
    ERR_clear_error();
    const Bio source(BIO_new_mem_buf(pem.data(), int(pem.size())));
    CHECK(source != nullptr);
    Key key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
    if (!key) return fail(Code::kConfig, "The private key cannot be read.", {}, openssl_error());
    last = {std::string(pem), std::move(key)};
    return last.key.get();
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::string out(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(octets(out), octets(bytes), bytes.size());
    return out;
}

std::string mac(std::string_view key, std::string_view message, size_t size) {
    CHECK(key.size() == crypto_generichash_KEYBYTES);
    CHECK(size >= crypto_generichash_BYTES_MIN && size <= 32);
    std::string out(size, '\0');
    CHECK(crypto_generichash(octets(out), size, octets(message), message.size(), octets(key), key.size()) == 0);
    return out;
}

std::string hmac_sha256(const Secret<>& key, std::string_view message) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, octets(key.reveal()), key.reveal().size());
    crypto_auth_hmacsha256_update(&state, octets(message), message.size());
    std::string out(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_final(&state, octets(out));
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<std::string> rsa_encrypt_with_certificate(std::string_view pem, const Secret<>& plain) {
    const std::string_view where = "certificate";
    if (pem.empty() || pem.size() > INT_MAX) {
        return fail(Code::kConfig,
                    "The M-Pesa certificate is empty. Give the text of the .cer file from the Daraja portal.",
                    std::string(where));
    }
    TRY(EVP_PKEY* const key, certificates_key(pem));
    const auto size = size_t(EVP_PKEY_size(key));
    const std::string& text = plain.reveal();
    if (text.empty() || text.size() + kPkcs1Overhead > size) {
        return fail(Code::kConfig,
                    "The initiator password must have between 1 and " + std::to_string(size - kPkcs1Overhead) +
                        " bytes for this certificate.",
                    "initiator_password");
    }
    const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    std::string out(size, '\0');
    size_t written = out.size();
    if (!context || EVP_PKEY_encrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_encrypt(context.get(), octets(out), &written, octets(text), text.size()) != 1) {
        return fail(Code::kConfig,
                    "The initiator password could not be encrypted with the M-Pesa certificate. Take a fresh "
                    "certificate from the Daraja portal.",
                    std::string(where), openssl_error());
    }
    out.resize(written);
    return text::to_base64(out);
}

Result<Secret<>> rsa_decrypt_with_key(std::string_view pem, std::string_view base64) {
    const auto sealed = text::from_base64(base64);
    if (!sealed) return fail(Code::kInvalid, "This is not base64.");
    TRY(EVP_PKEY* const key, private_key(pem));
    const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    std::string out(size_t(EVP_PKEY_size(key)), '\0');
    size_t written = out.size();
    const auto* from = octets(std::string_view(*sealed));
    if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_decrypt(context.get(), octets(out), &written, from, sealed->size()) != 1) {
        return fail(Code::kInvalid, "This was not encrypted with the certificate of this key.", {}, openssl_error());
    }
    out.resize(written);
    return Secret<>(std::move(out));
}

}  // namespace clinicpro::crypto
