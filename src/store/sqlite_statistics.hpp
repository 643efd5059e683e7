// sqlite_statistics.hpp: tells SQLite's planner that tables are large, before they are.
//
// Without statistics SQLite guesses that one clinic has about ten rows, and then prefers walking the clinic's part of a
// primary key over a secondary index: a look-up that takes microseconds on a new database takes milliseconds on a busy
// one. ANALYZE on an empty database would teach it the same wrong thing, so the expectation is written by hand: many rows,
// many of them per clinic, few per anything else; and an index of some rows only (WHERE ...) holds few, because that is what
// it was made for: otherwise SQLite would rather walk all payments by their key than the thirty that need a look. PostgreSQL keeps its own statistics and needs none of this.
// Tested by store/sqlite_statistics_test.
#pragma once

namespace clinicpro::store {

// Statements for Tx::script, run after the last migration in the same transaction.
inline constexpr const char* kExpectLargeTables = R"sql(
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl, CASE WHEN origin = 'pk' AND is_clustered THEN tbl ELSE idx END,
       CASE WHEN partial THEN '2000' ELSE '1000000' END ||
       CASE WHEN leads_with_clinic THEN CASE WHEN columns = 1 AND is_unique THEN ' 1' WHEN partial THEN ' 40' ELSE ' 20000' END
            WHEN columns > 1 THEN ' 20' ELSE CASE WHEN is_unique THEN ' 1' ELSE ' 20' END END ||
       CASE WHEN columns > 2 THEN ' 20' ELSE '' END ||
       CASE WHEN columns > 3 THEN ' 20' ELSE '' END ||
       CASE WHEN columns > 1 THEN CASE WHEN is_unique THEN ' 1' ELSE ' 5' END ELSE '' END
FROM (SELECT m.name AS tbl, il.name AS idx, il.origin AS origin, il."unique" AS is_unique, il.partial AS partial,
             m.sql LIKE '%WITHOUT ROWID%' AS is_clustered,
             (SELECT COUNT(*) FROM pragma_index_info(il.name)) AS columns,
             (SELECT ii.name = 'clinic_id' FROM pragma_index_info(il.name) ii WHERE ii.seqno = 0) AS leads_with_clinic
      FROM sqlite_schema m JOIN pragma_index_list(m.name) il
      WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%');
ANALYZE sqlite_schema;
)sql";

}  // namespace clinicpro::store
