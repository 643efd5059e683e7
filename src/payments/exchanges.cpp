#include "payments/exchanges.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "payments/redact.hpp"

namespace clinicpro::payments::exchanges {
namespace {

constexpr std::string_view kPurpose = "exchange";
constexpr size_t kSummaryMax = 200;
constexpr store::Sql kInsert =
    "INSERT INTO exchanges (clinic_id, id, subject, direction, step, summary, body_sealed, at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr store::Sql kList =
    "SELECT id, direction, step, summary, body_sealed, at FROM exchanges WHERE clinic_id = $1 AND subject = $2";

struct Said {
    std::string_view direction, step, summary, body;
};

Result<> write(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, int64_t subject, const Said& said) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string sealed =
        key->seal(without_secrets(text::clip(said.body, kBodyMax)), kPurpose, vault.entropy());
    TRY(tx.execute(kInsert, context.ids().next(), subject, said.direction, said.step,
                   text::clip(said.summary, kSummaryMax), store::Blob{sealed}, context.now()));
    return {};
}

}  // namespace

Result<> keep(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, int64_t subject, std::string_view step,
              const net::ClientRequest& request) {
    const size_t host = request.url.find("//");
    const size_t path = host == std::string::npos ? std::string::npos : request.url.find('/', host + 2);
    const std::string summary =
        request.method + " " + (path == std::string::npos ? request.url : request.url.substr(path));
    return write(context, tx, vault, subject, {"out", step, summary, request.body});
}

Result<> keep(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, int64_t subject, std::string_view step,
              const net::Outcome& outcome) {
    if (const auto* response = std::get_if<net::Response>(&outcome)) {
        return write(context, tx, vault, subject, {"in", step, std::to_string(response->status), response->body});
    }
    if (const auto* lost = std::get_if<net::NotSent>(&outcome)) {
        return write(context, tx, vault, subject, {"in", step, "not sent: " + lost->reason, {}});
    }
    return write(context, tx, vault, subject, {"in", step, "no answer: " + std::get<net::Unknown>(outcome).reason, {}});
}

Result<std::vector<Exchange>> list(store::ClinicTx& tx, clinics::Vault& vault, int64_t subject) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    std::vector<Exchange> found;
    std::optional<Error> trouble;
    TRY(tx.each(
        kList,
        [&](const store::Row& row) {
            auto body = key->open(row.text(4), kPurpose);
            if (!body) {
                trouble = body.error();
                return;
            }
            found.push_back({row.integer(0), row.text(1) == "out", row.string(2), row.string(3), *std::move(body),
                             row.instant(5)});
        },
        subject));
    if (trouble) return std::unexpected(*trouble);
    std::ranges::sort(found, {}, &Exchange::id);
    return found;
}

}  // namespace clinicpro::payments::exchanges
