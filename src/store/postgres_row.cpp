// postgres_row.cpp: PostgreSQL's binary forms (all big-endian; see src/backend/utils/adt/*send in its sources).
#include "store/postgres_row.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <cstring>
#include <limits>

namespace clinicpro::store {

namespace {

// From pg_type.dat; they never change.
enum : Oid {
    kBool = 16,
    kBytea = 17,
    kChar = 18,
    kName = 19,
    kInt8 = 20,
    kInt2 = 21,
    kInt4 = 23,
    kText = 25,
    kOid = 26,
    kUnknownText = 705,
    kBlankPadded = 1042,
    kVarchar = 1043,
    kNumeric = 1700,
    kVoid = 2278,
};

template <class N>
N big_endian(std::string_view bytes) {
    std::make_unsigned_t<N> n = 0;
    for (size_t i = 0; i < sizeof(N) && i < bytes.size(); ++i) {
        n = std::make_unsigned_t<N>((n << 8) | static_cast<unsigned char>(bytes[i]));
    }
    return static_cast<N>(n);
}

// int16 count, weight, sign, scale; then `count` base-10000 digits, the first worth 10000^weight. A fraction is cut
// off.
int64_t numeric(std::string_view bytes) {
    if (bytes.size() < 8) return 0;
    const int count = big_endian<int16_t>(bytes);
    const int weight = big_endian<int16_t>(bytes.substr(2));
    const bool negative = big_endian<uint16_t>(bytes.substr(4)) == 0x4000;
    __int128 value = 0;
    for (int i = 0; i <= weight && i < 8; ++i) {
        const int digit = i < count ? big_endian<int16_t>(bytes.substr(8 + size_t(i) * 2)) : 0;
        value = value * 10000 + digit;
    }
    if (negative) value = -value;
    if (value > std::numeric_limits<int64_t>::max()) return std::numeric_limits<int64_t>::max();
    if (value < std::numeric_limits<int64_t>::min()) return std::numeric_limits<int64_t>::min();
    return int64_t(value);
}

bool is_text(Oid type) {
    return type == kText || type == kVarchar || type == kBytea || type == kName || type == kBlankPadded ||
           type == kUnknownText || type == kChar || type == kVoid;
}

}  // namespace

PostgresRow::PostgresRow(const pg_result* result) : result_(result), columns_(PQnfields(result)) {}

int PostgresRow::strange_column(const pg_result* result) {
    for (int column = 0; column < PQnfields(result); ++column) {
        const Oid type = PQftype(result, column);
        const bool number =
            type == kInt8 || type == kInt4 || type == kInt2 || type == kBool || type == kOid || type == kNumeric;
        if (!number && !is_text(type)) return column;
    }
    return -1;
}

std::string_view PostgresRow::bytes(int column) const {
    CHECK(column >= 0 && column < columns_);
    return {PQgetvalue(result_, row_, column), size_t(PQgetlength(result_, row_, column))};
}

bool PostgresRow::is_null(int column) const {
    CHECK(column >= 0 && column < columns_);
    return PQgetisnull(result_, row_, column) != 0;
}

int64_t PostgresRow::integer(int column) const {
    const std::string_view value = bytes(column);
    if (is_null(column)) return 0;
    switch (PQftype(result_, column)) {
        case kInt8: return big_endian<int64_t>(value);
        case kInt4: return big_endian<int32_t>(value);
        case kInt2: return big_endian<int16_t>(value);
        case kOid: return big_endian<uint32_t>(value);
        case kBool: return value == std::string_view("\1", 1);
        case kNumeric: return numeric(value);
    }
    int64_t parsed = 0;  // text: its leading number, as SQLite does
    std::from_chars(value.data(), value.data() + value.size(), parsed);
    return parsed;
}

std::string_view PostgresRow::text(int column) const {
    const std::string_view value = bytes(column);
    if (is_null(column)) return {};
    if (is_text(PQftype(result_, column))) return value;
    if (written_.empty()) written_.resize(size_t(columns_));
    std::string& written = written_[size_t(column)];
    written = std::to_string(integer(column));
    return written;
}

}  // namespace clinicpro::store
