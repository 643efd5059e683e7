// tls_peer.hpp: TLS spoken over an accepted socket with a certificate made up on the spot, for tests of verification.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

namespace clinicpro::net::testing {

// A self-signed certificate for 127.0.0.1 and the context that serves it.
class TlsIdentity {
public:
    TlsIdentity() : key_(EVP_EC_gen("P-256")), certificate_(X509_new()), context_(SSL_CTX_new(TLS_server_method())) {
        X509_set_version(certificate_, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate_), 86400);
        X509_set_pubkey(certificate_, key_);
        X509_NAME* name = X509_get_subject_name(certificate_);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
        X509_set_issuer_name(certificate_, name);
        X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
        X509_add_ext(certificate_, names, -1);
        X509_EXTENSION_free(names);
        X509_sign(certificate_, key_, EVP_sha256());
        SSL_CTX_use_certificate(context_, certificate_);
        SSL_CTX_use_PrivateKey(context_, key_);
    }
    ~TlsIdentity() {
        SSL_CTX_free(context_);
        X509_free(certificate_);
        EVP_PKEY_free(key_);
    }
    TlsIdentity(const TlsIdentity&) = delete;

    std::string certificate_pem() const {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, certificate_);
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(bio, &bytes);
        std::string pem(bytes, size_t(size));
        BIO_free(bio);
        return pem;
    }

    // Serves one request on the socket: returns what was asked (empty when the handshake failed), answers `answer`.
    std::string serve_once(int fd, std::string_view answer) const {
        const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_), &SSL_free);
        SSL_set_fd(ssl.get(), fd);
        if (SSL_accept(ssl.get()) != 1) return {};
        char buffer[4096];
        std::string request;
        while (!is_whole(request)) {
            const int n = SSL_read(ssl.get(), buffer, sizeof buffer);
            if (n <= 0) return request;
            request.append(buffer, size_t(n));
        }
        SSL_write(ssl.get(), answer.data(), int(answer.size()));
        SSL_shutdown(ssl.get());
        // Until the peer closes too: a close with unread bytes would be a reset, and take the answer along.
        while (SSL_read(ssl.get(), buffer, sizeof buffer) > 0) {
        }
        return request;
    }

private:
    static bool is_whole(const std::string& request) {
        const size_t end = request.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const size_t at = request.find("Content-Length: ");
        const size_t length = at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
        return request.size() >= end + 4 + length;
    }

    EVP_PKEY* key_;
    X509* certificate_;
    SSL_CTX* context_;
};

}  // namespace clinicpro::net::testing
