/* sql_ledger.h - SQL of store/ and ledger/ (tables in sql/001-core.sql). */
#ifndef HUREN_STORE_SQL_LEDGER_H
#define HUREN_STORE_SQL_LEDGER_H

#define SQL_LEDGER(X)                                                                    \
	X(META_GET, "SELECT value FROM meta WHERE name = ?1")                            \
	X(META_SET, "INSERT INTO meta VALUES (?1, ?2)"                                   \
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value")              \
	X(META_DROP, "DELETE FROM meta WHERE name = ?1")                                 \
	X(ISSUER_FIND, "SELECT id FROM issuer WHERE did = ?1")                           \
	X(ISSUER_ADD, "INSERT INTO issuer (did) VALUES (?1) RETURNING id")               \
	X(STATEMENT_ADD, "INSERT INTO statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")    \
	X(STATEMENT_FIND, "SELECT idx, digest, time FROM statement WHERE id_key = ?1")   \
	X(STATEMENT_LAST, "SELECT max(idx), time FROM statement")                        \
	X(STATEMENT_RANGE, "SELECT idx, id_key, digest, kind, disclosure, did, time"     \
		" FROM statement JOIN issuer ON issuer.id = statement.issuer"            \
		" WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")                            \
	X(STATEMENT_BY_ID, "SELECT idx, id_key, digest, kind, disclosure, did, time"     \
		" FROM statement JOIN issuer ON issuer.id = statement.issuer WHERE id_key = ?1") \
	X(STATEMENT_AT, "SELECT idx, id_key, digest, kind, disclosure, did, time"        \
		" FROM statement JOIN issuer ON issuer.id = statement.issuer WHERE idx = ?1") \
	X(BODY_ADD, "INSERT INTO body VALUES (?1, ?2, ?3)")                              \
	X(BODY_GET, "SELECT bytes, jws FROM body WHERE idx = ?1")                        \
	X(ABOUT_ADD, "INSERT INTO about VALUES (?1, ?2, ?3, ?4, ?5)")                    \
	X(ABOUT_OF, "SELECT mirror, idx FROM about WHERE kind = ?1 AND subject = ?2"     \
		" ORDER BY time, mirror, idx")                                           \
	X(ABOUT_LATEST, "SELECT mirror, idx FROM about WHERE kind = ?1 AND subject = ?2" \
		" ORDER BY time DESC, mirror DESC, idx DESC LIMIT 1")                    \
	X(ABOUT_KIND, "SELECT subject, mirror, idx FROM about WHERE kind = ?1"           \
		" ORDER BY subject, time, mirror, idx")                                  \
	X(EDGE_ADD, "INSERT INTO edge VALUES (?1, ?2, ?3)")                              \
	X(EDGE_DROP, "DELETE FROM edge WHERE level = ?1 AND position < ?2")              \
	X(EDGE_ALL, "SELECT level, position, hash FROM edge ORDER BY level, position")   \
	X(CHECKPOINT_SET, "INSERT INTO checkpoint VALUES (?1, ?2, ?3, ?4)"               \
		" ON CONFLICT (id) DO UPDATE SET size = excluded.size, note = excluded.note," \
		" files_size = excluded.files_size")                                     \
	X(CHECKPOINT_GET, "SELECT size, note, files_size FROM checkpoint WHERE id = ?1") \
	X(CHECKPOINT_FILES, "UPDATE checkpoint SET files_size = ?1 WHERE id = 1")        \
	X(MIRROR_ALL, "SELECT id, origin, size, checkpoint_size, checkpoint, pending, fork_ours," \
		" fork_theirs FROM mirror ORDER BY id")                                  \
	X(MIRROR_NEW, "INSERT INTO mirror (origin, size, checkpoint_size, checkpoint, pending," \
		" fork_ours, fork_theirs) VALUES (?1, 0, 0, '', '', '', '') RETURNING id") \
	X(MIRROR_SET, "UPDATE mirror SET size = ?2, checkpoint_size = ?3, checkpoint = ?4," \
		" pending = ?5, fork_ours = ?6, fork_theirs = ?7 WHERE id = ?1")         \
	X(MIRROR_ENTRY_ADD, "INSERT INTO mirror_entry VALUES (?1, ?2)")                  \
	X(MIRROR_ENTRY_DROP, "DELETE FROM mirror_entry WHERE place >= ?1 AND place < ?2") \
	X(MIRROR_ENTRY_ALL, "SELECT place, entry FROM mirror_entry"                      \
		" WHERE place >= ?1 AND place < ?2 ORDER BY place")                      \
	X(MIRROR_EDGE_ADD, "INSERT INTO mirror_edge VALUES (?1, ?2, ?3, ?4)")            \
	X(MIRROR_EDGE_DROP, "DELETE FROM mirror_edge"                                    \
		" WHERE mirror = ?1 AND level = ?2 AND position < ?3")                   \
	X(MIRROR_EDGE_ALL, "SELECT level, position, hash FROM mirror_edge WHERE mirror = ?1" \
		" ORDER BY level, position")                                             \
	X(MIRROR_STATEMENT_ADD, "INSERT INTO mirror_statement"                           \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                  \
	X(MIRROR_STATEMENT_AT, "SELECT place, id_key, digest, kind, disclosure, did, time" \
		" FROM mirror_statement JOIN issuer ON issuer.id = mirror_statement.issuer" \
		" WHERE place = ?1")                                                     \
	X(MIRROR_STATEMENT_BY_ID, "WITH RECURSIVE part (n, last) AS (SELECT id << 22,"    \
		" ((id << 40) + size) >> 18 FROM mirror WHERE (id + 1) << 40 > ?2"       \
		" AND id << 40 < ?3 UNION ALL SELECT n + 1, last FROM part WHERE n < last)" \
		" SELECT place, id_key, digest, kind, disclosure, did, time FROM part"   \
		" CROSS JOIN mirror_statement ON place >> 18 = n AND id_key = ?1"        \
		" JOIN issuer ON issuer.id = mirror_statement.issuer"                    \
		" WHERE place >= ?2 AND place < ?3 ORDER BY place LIMIT 1")              \
	X(MIRROR_BODY_ADD, "INSERT INTO mirror_body VALUES (?1, ?2, ?3)")                \
	X(MIRROR_BODY_GET, "SELECT bytes, jws FROM mirror_body WHERE place = ?1")

#endif
