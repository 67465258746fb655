/* sql_ledger.h - SQL of store/ and ledger/ (tables in sql/001-core.sql). */
#ifndef HUREN_STORE_SQL_LEDGER_H
#define HUREN_STORE_SQL_LEDGER_H

#define SQL_LEDGER(X)                                                                            \
	X(META_GET, "SELECT value FROM meta WHERE name = ?1")                                    \
	X(META_SET, "INSERT INTO meta VALUES (?1, ?2)"                                           \
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value")                      \
	X(META_DROP, "DELETE FROM meta WHERE name = ?1")                                         \
	X(ISSUER_ALL, "SELECT id, did FROM issuer ORDER BY id")                                  \
	X(ISSUER_ADD, "INSERT INTO issuer (id, did) VALUES (?1, ?2)")                            \
	X(STATEMENT_ADD, "INSERT INTO statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")            \
	X(STATEMENT_FIND, "SELECT idx, digest, time FROM statement WHERE id_key = ?1")           \
	X(STATEMENT_RANGE, "SELECT idx, id_key, digest, kind, disclosure, did, time"             \
		" FROM statement JOIN issuer ON issuer.id = statement.issuer"                    \
		" WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")                                    \
	X(STATEMENT_BY_ID, "SELECT idx, id_key, digest, kind, disclosure, did, time"             \
		" FROM statement JOIN issuer ON issuer.id = statement.issuer WHERE id_key = ?1") \
	X(BODY_ADD, "INSERT INTO body VALUES (?1, ?2, ?3)")                                      \
	X(BODY_GET, "SELECT bytes, jws FROM body WHERE idx = ?1")                                \
	X(MIRROR_FORK, "SELECT fork_ours, fork_theirs FROM mirror WHERE origin = ?1")

#endif
