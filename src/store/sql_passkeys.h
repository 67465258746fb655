/* sql_passkeys.h - SQL statements of passkeys (sql/013-passkeys.sql). */
#ifndef HUREN_STORE_SQL_PASSKEYS_H
#define HUREN_STORE_SQL_PASSKEYS_H

#define SQL_PASSKEYS(X)                                                                         \
	X(PASSKEY_PUT,                                                                          \
		"INSERT INTO passkey (account, credential, algorithm, public, counter, name,"   \
		" attestation, created, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)")      \
	X(PASSKEY_OF,                                                                           \
		"SELECT id, name, created, used, credential FROM passkey WHERE account = ?1"    \
		" ORDER BY id LIMIT 100")                                                       \
	X(PASSKEY_COUNT,                                                                        \
		"SELECT count(*) FROM passkey WHERE account = ?1")                              \
	X(PASSKEY_BY_ID,                                                                        \
		"SELECT name, created, used FROM passkey WHERE id = ?1 AND account = ?2")       \
	X(PASSKEY_BY_CREDENTIAL,                                                                \
		"SELECT id, algorithm, public, name FROM passkey"                               \
		" WHERE credential = ?1 AND account = ?2")                                      \
	X(PASSKEY_USED,                                                                         \
		"UPDATE passkey SET counter = ?2, used = ?3 WHERE id = ?1"                      \
		" AND ((counter = 0 AND ?2 = 0) OR ?2 > counter) RETURNING 1")                  \
	X(PASSKEY_DROP,                                                                         \
		"DELETE FROM passkey WHERE id = ?1 AND account = ?2 RETURNING name")            \
	X(PASSKEY_CLEAR,                                                                        \
		"DELETE FROM passkey WHERE account = ?1")                                       \
	X(PASSKEY_FLOOR,                                                                        \
		"INSERT INTO passkey_floor VALUES (?1, ?2) ON CONFLICT (account) DO UPDATE"     \
		" SET issued = excluded.issued WHERE excluded.issued > issued RETURNING 1")

#endif
