// tenant.hpp: a transaction that can only speak for one clinic.
//
// ClinicTx binds the clinic as $1 of every statement: the caller's parameters start at $2. A statement that does not
// mention clinic_id is refused (CHECK), so a tenant query without its clinic cannot be written by accident.
// A plain Tx is for the few parts that look over all clinics (queue, inbox, migrations, sign-in by key).
// On PostgreSQL the server checks the same once more, row by row (row_security.hpp).
#pragma once

#include "store/database.hpp"

namespace clinicpro::store {

class ClinicTx {
public:
    ClinicTx(Tx& tx, ClinicId clinic);

    ClinicId clinic() const { return clinic_; }
    Tx& raw() { return tx_; }  // for the queue, which stores the clinic itself

    template <class... P>
    Result<int64_t> execute(Sql sql, const P&... params) {
        const std::initializer_list<Param> list{Param(clinic_), Param(params)...};
        return run(sql, std::span(list.begin(), list.size()), nullptr);
    }
    template <class... P>
    Result<int64_t> each(Sql sql, const RowSink& sink, const P&... params) {
        const std::initializer_list<Param> list{Param(clinic_), Param(params)...};
        return run(sql, std::span(list.begin(), list.size()), &sink);
    }
    Result<> nested(const std::function<Result<>()>& body) { return tx_.nested(body); }

    // What every payment of this clinic asks for, such as its settings: `load`, a Result<T>(), looks once a transaction. Whoever
    // writes what T was read from calls forget<T>(); whoever reads it in order to write looks himself.
    template <class T, class Load>
    Result<T> remember(const Load& load) {
        Known<T>& known = tx_.template memory<Known<T>>();
        for (const auto& [clinic, value] : known.values) {
            if (clinic == clinic_) return value;
        }
        TRY(T value, load());
        return known.values.emplace_back(clinic_, std::move(value)).second;
    }
    template <class T>
    void forget() {
        tx_.template memory<Known<T>>().values.clear();  // of all: one may have been told the default of all
    }

private:
    template <class T>
    struct Known final : Shared {
        std::vector<std::pair<ClinicId, T>> values;  // a few clinics
    };

    Result<int64_t> run(Sql sql, std::span<const Param> params, const RowSink* sink);
    Tx& tx_;
    const ClinicId clinic_;
};

}  // namespace clinicpro::store
