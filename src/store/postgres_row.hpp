// postgres_row.hpp: a row of a libpq result in binary format, read by the type of each column.
//
// Understood: int2, int4, int8, oid, bool (1 or 0), text kinds, bytea, void, and numeric without a fraction (what SUM
// of BIGINT gives). Anything else is refused before a row is seen: cast it in the statement. Tested by
// store/contract_test.
#pragma once

#include <string>
#include <vector>

#include "store/database.hpp"

struct pg_result;

namespace clinicpro::store {

class PostgresRow final : public Row {
public:
    explicit PostgresRow(const pg_result* result);
    // The first column whose type is not understood, or -1.
    static int strange_column(const pg_result* result);

    void move_to(int row) { row_ = row; }
    bool is_null(int column) const override;
    int64_t integer(int column) const override;
    std::string_view text(int column) const override;

private:
    std::string_view bytes(int column) const;
    const pg_result* result_;
    const int columns_;
    int row_ = 0;
    mutable std::vector<std::string> written_;  // numbers as text, one for each column
};

}  // namespace clinicpro::store
