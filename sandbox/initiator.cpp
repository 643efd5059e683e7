// initiator.cpp: the sandbox's own key pair, and the check of who signs. The key is public on purpose: it protects
// nothing but a game, as the passkey of 174379 does. The certificate expired in 2016, as Safaricom's own have.
#include "sandbox/initiator.hpp"

#include "crypto/hash.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr int kFailuresMax = 3;  // policy: how many is not published
constexpr const char* kKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC5HPtSceddzQJy\n"
    "tw2kRq3sn/91nYNFd6JK98PKB5/aYi36WX+75ukLhLSIlvW17tPUgbwcqpcchgXE\n"
    "4j3Qh4Sfw+ozWF5nCvJCHbZBYMsw6P8CQ2CV01zFUMzyIHqPxtiV2JBBOIg976o6\n"
    "Twu5y9XLTpNIfYZFFArGH1qFPO+QJHbcY8BxWJsOTs7QT4nd/RmVfnfL/ltl0NZF\n"
    "xN9y+ukA4Swnkz6L6DOBBLHvzJfItL+BB/6e2ag1pszhr50Cz5nS0f2/7sStRwi9\n"
    "Pla2Mmr7fWHuiWmKWIV+61LMLHvdNEhlAu42FZstRUn3BxPJt4FM3MBf0fjm0KWN\n"
    "WKphNrSFAgMBAAECggEAA1SFJO+NpP9aKuwmH61x1Y7vTpNd2DMVxVl9uTW353ra\n"
    "ruVLSfsWeDGT+d0VYIeCYhFPbAiZnVa/5dHYINc/SIyCuxe84wesYgoczEJMhX27\n"
    "kLPbmfZqddZFSZnR+qIuJUv3FGVK9ipImrHvWRFUsEqilaxEbRu2MehAfaMiACrP\n"
    "3AdQt2PfgNg69/h8KWAqPI0MI+BlezEqv1skRUSknj5SFYqB4aEuzfVBlnVuv6LT\n"
    "rJooVO9yxjPBJWpth/amSraB+DHHr2StaQ5wOsaachFJUoAGOFRbBXGjL6GJry2x\n"
    "YmXW9KIuz8AKliA9MKaRdOu4KtGWSGbh7G7vNF6uYQKBgQD6L9TtYz8HNshi18wW\n"
    "+Kgs9O1vk8kq5IIaOBZnDAJ+mWOxVBG0lekAuTWsqcyizoYct8wNmW3vQt5If5qI\n"
    "IGdn72uvVaybdrhRbszCs2driuqiZMduASXaODItFAAXSjGfsaZJD77cOPkEV9PE\n"
    "rU+o3ckCbr5PxQClv01Ec+QumQKBgQC9ahPD63KgEAmcWQoK61cuC8TG4QVXra3a\n"
    "HxOEsJjm2KE8UmaFzj9gIXizQk3c3E9bCfnyhVwm5MWeZvOnlNnqzpkvNmsCF23B\n"
    "Ip2YFwXK9wlvdluOdVBXEnfe4C+U1uQjXHXBfdA+bQ5Q4GDWoEIKfEi0DcqukBSK\n"
    "6yvUYbsEzQKBgQCXplit0CPLTqSmbWITZoQiRBCMOouMyVgnZmoF6ly0umuYeHoG\n"
    "+Xtz6dAkKgSVhxP54lr4v1DI38J3NYnJC8NCV/jxHcBzt8G/8qaBOlfs8xaIewf7\n"
    "oQx9uuSHOIFZnKp5vygpTzcErDAdNtNxexA3LsCCDfijx6k9zriaTpk4uQKBgE00\n"
    "pLPSD5nQj6pL3L0QqitZnq6V39CaOWfUDOej9974Y9grmiBmLgzn98PRfd1Na4cn\n"
    "LNs+oo4z550mR6CCGsULywKkgr+KfzEfA++PSswtH4pwSudpSAMFwxh0dtCLOthz\n"
    "AoiI2M3pM9Ghc7doASM2/4dsq7W1groRG39pCortAoGBAKN+EXZFlgrtj1ZCS8Ez\n"
    "I9hV1QCUqtkWdqYDV5P75u3RQ1akZeBw7eHwiEb4xkdPQqSRkEmfiPwn8VFiMvJ6\n"
    "6GgsDJLkVELeWGz2flik1EGHops+vAMwwggqdNkFRe0f+ax8Qgt+uVQCbH9TGrhL\n"
    "lst0pRweShDDBcnBQDw6iZra\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICujCCAaICAQEwDQYJKoZIhvcNAQELBQAwIzEhMB8GA1UEAwwYYXBpY3J5cHQu\n"
    "c2FuZGJveC5pbnZhbGlkMB4XDTE0MDEwMTAwMDAwMFoXDTE2MDEwMTAwMDAwMFow\n"
    "IzEhMB8GA1UEAwwYYXBpY3J5cHQuc2FuZGJveC5pbnZhbGlkMIIBIjANBgkqhkiG\n"
    "9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuRz7UnHnXc0CcrcNpEat7J//dZ2DRXeiSvfD\n"
    "ygef2mIt+ll/u+bpC4S0iJb1te7T1IG8HKqXHIYFxOI90IeEn8PqM1heZwryQh22\n"
    "QWDLMOj/AkNgldNcxVDM8iB6j8bYldiQQTiIPe+qOk8LucvVy06TSH2GRRQKxh9a\n"
    "hTzvkCR23GPAcVibDk7O0E+J3f0ZlX53y/5bZdDWRcTfcvrpAOEsJ5M+i+gzgQSx\n"
    "78yXyLS/gQf+ntmoNabM4a+dAs+Z0tH9v+7ErUcIvT5WtjJq+31h7olpiliFfutS\n"
    "zCx73TRIZQLuNhWbLUVJ9wcTybeBTNzAX9H45tCljViqYTa0hQIDAQABMA0GCSqG\n"
    "SIb3DQEBCwUAA4IBAQAD4kmZzn/AUAZ4S9lCsIa5Er6Y27ApMb87wuALU1aE8BiU\n"
    "ZXRhzj38SNiEq6QKZsA6bzJjk6t9aK9jxhRtJeFlHL1bWs+0bdkgaVdeMzQZTmv/\n"
    "MH0HZGLsCZdYpUcsmwgQETWDSc+ynMHzAAlsOEiBG5VcSEzqKujIS4y7779ZmtmK\n"
    "9i8DRg2EZVWP1Fi2dF7+blY/Evnfp2SUnfzHk7M6U9435EVzSUOr1jfOpRJsRqhW\n"
    "bUj7zlcJXvMvlOf04T7iHimaqizOoqr7sdrxk22MRzucHvtd1iCY4o3KEzklADU8\n"
    "jGXr9rt5JDu5hIYmX4xo6Z9fy6zW99o2IoEeWak1\n"
    "-----END CERTIFICATE-----\n";

}  // namespace

std::string_view Initiators::certificate() {
    return kCertificate;
}

std::string Initiators::refusal(const Merchant& merchant, std::string_view name, std::string_view credential) {
    int& failures = failures_[merchant.shortcode];
    if (failures >= kFailuresMax) return "8006";
    const auto password = crypto::rsa_decrypt_with_key(kKey, credential);
    if (name == merchant.initiator && password && *password == merchant.initiator_password) {
        failures = 0;
        return {};
    }
    return ++failures >= kFailuresMax ? "8006" : "2001";
}

}  // namespace clinicpro::sandbox
