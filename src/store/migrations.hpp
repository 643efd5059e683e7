// migrations.hpp: the schema's history, carried inside the program.
//
// migrations/NNNN_name.sql become this list when the program is configured (cmake/layers.cmake). They only add, and
// once released are never edited: the database remembers their checksums.
#pragma once

#include <span>

namespace clinicpro::store {

struct Migration {
    int version;       // from the file name: 1 for 0001_store.sql
    const char* name;  // "0001_store"
    // Neutral SQL. {blob} becomes BLOB or BYTEA; {clustered} after the closing parenthesis of a CREATE TABLE becomes
    // WITHOUT ROWID or nothing; {bytewise} after a column's TEXT makes it compare byte by byte, so that a prefix is a
    // range; {position}(text, part) is where part begins in text, from 1, or 0. {sqlite: ... :sqlite} is for SQLite only.
    const char* sql;
};

std::span<const Migration> embedded_migrations();  // ascending by version

}  // namespace clinicpro::store
