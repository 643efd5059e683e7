#include "net/talk_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace clinicpro::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kReadMax = 16 * 1024;
constexpr long kCertificateLife = 10L * 365 * 86'400;

struct Identity {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
    std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};

    Identity() {
        CHECK(key && certificate);
        X509* x = certificate.get();
        X509_set_version(x, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), kCertificateLife);
        X509_set_pubkey(x, key.get());
        X509_NAME* name = X509_get_subject_name(x);
        const auto* common = reinterpret_cast<const unsigned char*>("localhost");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
        X509_set_issuer_name(x, name);
        X509_EXTENSION* names =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost");
        X509_add_ext(x, names, -1);
        X509_EXTENSION_free(names);
        CHECK(X509_sign(x, key.get(), EVP_sha256()) > 0);
    }

    std::string pem() const {
        const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_X509(bio.get(), certificate.get());
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(bio.get(), &bytes);
        return std::string(bytes, size_t(size));
    }
};

// Says and hears until the connection ends (false) or TLS is to begin (true).
template <class Stream>
asio::awaitable<bool> converse(Stream& stream, Talk& talk, Talk::Say say) {
    char buffer[kReadMax];
    for (;;) {
        error_code broken;
        if (!say.bytes.empty()) {
            co_await asio::async_write(stream, asio::buffer(say.bytes),
                                       asio::redirect_error(asio::use_awaitable, broken));
        }
        if (broken || say.then_close) co_return false;
        if (say.then_tls) co_return true;
        const size_t size =
            co_await stream.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, broken));
        if (broken) co_return false;
        say = talk.hear({buffer, size});
    }
}

class Running final : public TalkServer {
public:
    Running(TalkOptions options, std::function<std::unique_ptr<Talk>()> make)
        : options_(std::move(options)), make_(std::move(make)), tls_(asio::ssl::context::tls_server), acceptor_(io_) {
        const Identity identity;
        certificate_ = identity.pem();
        CHECK(SSL_CTX_use_certificate(tls_.native_handle(), identity.certificate.get()) == 1);
        CHECK(SSL_CTX_use_PrivateKey(tls_.native_handle(), identity.key.get()) == 1);
    }
    ~Running() override {
        io_.stop();
        if (thread_.joinable()) thread_.join();
    }

    Result<> open() {
        error_code broken;
        const auto address = asio::ip::make_address(options_.address, broken);
        const tcp::endpoint here(address, options_.port);
        if (!broken) acceptor_.open(here.protocol(), broken);
        if (!broken) acceptor_.set_option(tcp::acceptor::reuse_address(true), broken);
        if (!broken) acceptor_.bind(here, broken);
        if (!broken) acceptor_.listen(asio::socket_base::max_listen_connections, broken);
        if (broken) {
            return fail(Code::kConfig, "Cannot listen on " + options_.address + ":" + std::to_string(options_.port) +
                                           ": " + broken.message() + ".");
        }
        port_ = acceptor_.local_endpoint(broken).port();
        asio::co_spawn(io_, accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
        return {};
    }

    uint16_t port() const override { return port_; }
    const std::string& certificate() const override { return certificate_; }

private:
    asio::awaitable<void> accept() {
        for (;;) {
            error_code broken;
            tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, broken));
            if (broken) co_return;
            asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        const std::unique_ptr<Talk> talk = make_();
        if (!options_.tls_at_once) {
            const bool upgrade = co_await converse(socket, *talk, talk->open());
            if (!upgrade) co_return;
        }
        asio::ssl::stream<tcp::socket> secure(std::move(socket), tls_);
        error_code broken;
        co_await secure.async_handshake(asio::ssl::stream_base::server,
                                        asio::redirect_error(asio::use_awaitable, broken));
        if (broken) co_return;
        talk->secured();
        co_await converse(secure, *talk, options_.tls_at_once ? talk->open() : Talk::Say{});
    }

    const TalkOptions options_;
    const std::function<std::unique_ptr<Talk>()> make_;
    asio::io_context io_{1};
    asio::ssl::context tls_;
    tcp::acceptor acceptor_;
    uint16_t port_ = 0;
    std::string certificate_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<TalkServer>> TalkServer::start(TalkOptions options,
                                                      std::function<std::unique_ptr<Talk>()> make) {
    auto server = std::make_unique<Running>(std::move(options), std::move(make));
    TRY(server->open());
    return server;
}

}  // namespace clinicpro::net
