// Digests against published vectors, and Daraja's SecurityCredential.
#include "crypto/hash.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/text.hpp"

namespace clinicpro::crypto {
namespace {

TEST(hash, sha256_gives_the_published_digests) {  // FIPS 180-4 examples
    EXPECT_EQ(text::to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(text::to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(text::to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(hash, the_keyed_digest_gives_the_vectors_of_the_reference_blake2b) {  // made with Python's hashlib.blake2b
    const std::string key(32, 'k');
    EXPECT_EQ(text::to_hex(mac(key, "", 32)), "c7fad9dbdb92c87a932b219acd03953fccecf900f466e544b7671a268106fd72");
    EXPECT_EQ(text::to_hex(mac(key, "clinic 7")), "68ed2b221d3742a9025e9d5223056d5e");
    EXPECT_EQ(text::to_hex(mac(key, std::string(1000, 'x'), 32)),
              "a5dda10e739c005f49334cd2b16e97c3b2f737ad6c1b5f2910add780215acc0e");
}

TEST(hash, the_keyed_digest_depends_on_key_message_and_size) {
    const std::string one(32, 'a'), two(32, 'b');
    EXPECT_NE(mac(one, "m"), mac(two, "m"));
    EXPECT_NE(mac(one, "m"), mac(one, "n"));
    EXPECT_NE(mac(one, "m", 32).substr(0, 16), mac(one, "m", 16));
}

TEST(hash, comparison_is_by_content_and_length) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

// --- RSA: a certificate of our own, expired on purpose, with its private key -----------------------------------------

struct Pair {
    EVP_PKEY* key = nullptr;
    std::string pem;
    ~Pair() { EVP_PKEY_free(key); }
};

void make_pair(Pair& pair, EVP_PKEY* key) {
    pair.key = key;
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate), -86400);  // expired yesterday
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("apicrypt.test"), -1,
                               -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    ASSERT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    pair.pem.assign(text, size_t(size));
    BIO_free(out);
    X509_free(certificate);
}

std::string decrypt(EVP_PKEY* key, const std::string& bytes) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
    EVP_PKEY_decrypt_init(context);
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
    std::string out(size_t(EVP_PKEY_size(key)), '\0');
    size_t size = out.size();
    const int ok = EVP_PKEY_decrypt(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                                    reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    EVP_PKEY_CTX_free(context);
    out.resize(ok == 1 ? size : 0);
    return out;
}

TEST(security_credential, the_private_key_of_an_expired_certificate_reads_the_password_back) {
    Pair pair;
    ASSERT_NO_FATAL_FAILURE(make_pair(pair, EVP_RSA_gen(2048)));
    const auto credential = rsa_encrypt_with_certificate(pair.pem, Secret<>("Safaricom123!!"));
    ASSERT_TRUE(credential) << credential.error().message;
    EXPECT_EQ(credential->size(), 344u);  // daraja.md 5.2
    EXPECT_EQ(decrypt(pair.key, *text::from_base64(*credential)), "Safaricom123!!");
    EXPECT_NE(*rsa_encrypt_with_certificate(pair.pem, Secret<>("Safaricom123!!")), *credential);  // random padding
    // A file with Windows line ends and text around the certificate is what people really have.
    std::string windows = "Bag Attributes\r\n";
    for (const char c : pair.pem) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_TRUE(rsa_encrypt_with_certificate(windows, Secret<>("Safaricom123!!")));
}

TEST(security_credential, each_certificate_is_used_with_its_own_key) {
    Pair one, other;
    ASSERT_NO_FATAL_FAILURE(make_pair(one, EVP_RSA_gen(2048)));
    ASSERT_NO_FATAL_FAILURE(make_pair(other, EVP_RSA_gen(2048)));
    for (const Pair* pair : {&one, &other, &other, &one}) {
        const auto sealed = rsa_encrypt_with_certificate(pair->pem, Secret<>("Safaricom123!!"));
        ASSERT_TRUE(sealed);
        EXPECT_EQ(decrypt(pair->key, *text::from_base64(*sealed)), "Safaricom123!!");
    }
}

TEST(security_credential, a_password_that_does_not_fit_is_refused_and_the_longest_fits) {
    Pair pair;
    ASSERT_NO_FATAL_FAILURE(make_pair(pair, EVP_RSA_gen(2048)));
    EXPECT_TRUE(rsa_encrypt_with_certificate(pair.pem, Secret<>(std::string(245, 'x'))));
    for (const std::string& text : {std::string(), std::string(246, 'x')}) {
        const auto refused = rsa_encrypt_with_certificate(pair.pem, Secret<>(text));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().field, "initiator_password");
        EXPECT_EQ(refused.error().message,
                  "The initiator password must have between 1 and 245 bytes for this certificate.");
    }
}

TEST(security_credential, what_is_not_an_rsa_certificate_is_refused_with_a_sentence) {
    Pair elliptic;
    ASSERT_NO_FATAL_FAILURE(make_pair(elliptic, EVP_EC_gen("P-256")));
    const std::pair<std::string, std::string> cases[] = {
        {"", "The M-Pesa certificate is empty."},
        {"hello", "The M-Pesa certificate cannot be read."},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "The M-Pesa certificate cannot be read."},
        {elliptic.pem.substr(0, elliptic.pem.size() / 2), "The M-Pesa certificate cannot be read."},
        {elliptic.pem, "The M-Pesa certificate does not hold an RSA key."},
    };
    Pair good;  // whose key is kept
    ASSERT_NO_FATAL_FAILURE(make_pair(good, EVP_RSA_gen(2048)));
    ASSERT_TRUE(rsa_encrypt_with_certificate(good.pem, Secret<>("x")));
    for (const auto& [pem, sentence] : cases) {
        const auto refused = rsa_encrypt_with_certificate(pem, Secret<>("x"));
        ASSERT_FALSE(refused) << sentence;
        EXPECT_EQ(refused.error().code, Code::kConfig);
        EXPECT_EQ(refused.error().field, "certificate");
        EXPECT_TRUE(refused.error().message.starts_with(sentence)) << refused.error().message;
    }
}

TEST(hmac_sha256, it_is_the_one_of_rfc_4231) {
    EXPECT_EQ(text::to_hex(hmac_sha256(Secret<>("Jefe"), "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(text::to_hex(hmac_sha256(Secret<>(std::string(131, '\xaa')),
                                       "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace clinicpro::crypto
