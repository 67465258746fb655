/* sql_operator.h - SQL of who runs the node (tables in sql/011-operator.sql). Include store/store.h
 * instead. */
#ifndef HUREN_STORE_SQL_OPERATOR_H
#define HUREN_STORE_SQL_OPERATOR_H

#define SQL_OPERATOR(X)                                                                          \
	X(SETTING_GET, "SELECT value FROM operator_setting WHERE name = ?1")                     \
	X(SETTING_PUT, "INSERT INTO operator_setting VALUES (?1, ?2)"                            \
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value")                      \
	X(FORK_KEEP, "INSERT INTO fork_kept (origin, ours, theirs, size, time, actor, reason)"   \
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                          \
	X(FORK_LIST, "SELECT ours, theirs, size, time, actor, reason FROM fork_kept"             \
		" WHERE origin = ?1 ORDER BY id DESC LIMIT 100")                                 \
	X(DISK_PUT, "INSERT OR REPLACE INTO disk_sample VALUES (?1, ?2)")                        \
	X(DISK_DROP, "DELETE FROM disk_sample WHERE time < ?1 OR time > ?2")                     \
	X(DISK_LAST, "SELECT time, free FROM disk_sample ORDER BY time DESC LIMIT 1")            \
	X(DISK_FROM, "SELECT time, free FROM disk_sample WHERE time >= ?1 ORDER BY time LIMIT 1") \
	X(AUDIT_OLDEST, "SELECT time FROM audit ORDER BY seq LIMIT 1")                           \
	X(ACCREDITATION_ENDING, "SELECT id_key, valid_until FROM accreditation WHERE"            \
		" valid_until > ?1 AND valid_until <= ?2 AND NOT EXISTS (SELECT 1 FROM status"   \
		" WHERE status.id_key = accreditation.id_key AND word <> 'valid')"               \
		" ORDER BY valid_until LIMIT 20")                                                \
	X(AGREEMENT_ENDING, "SELECT id_key, valid_until FROM agreement WHERE own = 1"            \
		" AND valid_until > ?1 AND valid_until <= ?2 ORDER BY valid_until LIMIT 20")

#endif
