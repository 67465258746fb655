/* sql_account.h - SQL statements of accounts and of the audit trail (sql/005-accounts.sql). */
#ifndef HUREN_STORE_SQL_ACCOUNT_H
#define HUREN_STORE_SQL_ACCOUNT_H

#define SQL_ACCOUNT(X)                                                                          \
	X(ACCOUNT_BY_NAME,                                                                      \
		"SELECT account.id, account.name, display, organisation, password, totp,"       \
		" totp_step, locked, account.created, signed_in, o.code, o.name, o.kind,"       \
		" o.state FROM account JOIN account_organisation o ON o.id = organisation"      \
		" WHERE account.name = ?1")                                                     \
	X(ACCOUNT_BY_ID,                                                                        \
		"SELECT account.id, account.name, display, organisation, password, totp,"       \
		" totp_step, locked, account.created, signed_in, o.code, o.name, o.kind,"       \
		" o.state FROM account JOIN account_organisation o ON o.id = organisation"      \
		" WHERE account.id = ?1")                                                       \
	X(ACCOUNT_PUT,                                                                          \
		"INSERT INTO account (name, display, organisation, password, totp_step,"        \
		" locked, created, signed_in) VALUES (?1, ?2, ?3, '', 0, 0, ?4, 0)")            \
	X(ACCOUNT_PASSWORD,                                                                     \
		"UPDATE account SET password = ?2 WHERE id = ?1")                               \
	X(ACCOUNT_TOTP,                                                                         \
		"UPDATE account SET totp = ?2, totp_step = ?3 WHERE id = ?1")                   \
	X(ACCOUNT_TOTP_STEP,                                                                    \
		"UPDATE account SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2")           \
	X(ACCOUNT_LOCKED,                                                                       \
		"UPDATE account SET locked = ?2 WHERE id = ?1")                                 \
	X(ACCOUNT_SIGNED_IN,                                                                    \
		"UPDATE account SET signed_in = ?2 WHERE id = ?1")                              \
	X(ACCOUNT_DROP_OF,                                                                      \
		"DELETE FROM account WHERE organisation = ?1")                                  \
	X(MEMBERSHIP_DROP_OF,                                                                   \
		"DELETE FROM membership WHERE organisation = ?1")                               \
	X(INVITATION_DROP_OF,                                                                   \
		"DELETE FROM invitation WHERE account IN (SELECT id FROM account WHERE"         \
		" organisation = ?1)")                                                          \
	X(MEMBERSHIP_OF,                                                                        \
		"SELECT role FROM membership WHERE account = ?1 AND organisation = ?2")         \
	X(MEMBERSHIP_CLEAR,                                                                     \
		"DELETE FROM membership WHERE account = ?1 AND organisation = ?2")              \
	X(MEMBERSHIP_PUT,                                                                       \
		"INSERT INTO membership VALUES (?1, ?2, ?3, ?4, ?5)")                           \
	X(INVITATION_PUT,                                                                       \
		"INSERT OR REPLACE INTO invitation VALUES (?1, ?2, ?3)")                        \
	X(INVITATION_BY_CODE,                                                                   \
		"SELECT account, expires FROM invitation WHERE code = ?1")                      \
	X(INVITATION_DROP,                                                                      \
		"DELETE FROM invitation WHERE account = ?1")                                    \
	X(RECOVERY_PUT,                                                                         \
		"INSERT INTO recovery_code VALUES (?1, ?2)")                                    \
	X(RECOVERY_TAKE,                                                                        \
		"DELETE FROM recovery_code WHERE account = ?1 AND code = ?2 RETURNING 1")       \
	X(RECOVERY_CLEAR,                                                                       \
		"DELETE FROM recovery_code WHERE account = ?1")                                 \
	X(RECOVERY_COUNT,                                                                       \
		"SELECT count(*) FROM recovery_code WHERE account = ?1")                        \
	X(SESSION_BY_TOKEN,                                                                     \
		"SELECT id, account, stage, created, seen, confirmed, pending, failures"        \
		" FROM session WHERE token = ?1")                                               \
	X(SESSION_PUT,                                                                          \
		"INSERT INTO session (token, account, stage, created, seen, confirmed,"         \
		" failures, pending, address, agent)"                                           \
		" VALUES (?1, ?2, ?3, ?4, ?4, ?5, 0, ?6, ?7, ?8)")                              \
	X(SESSION_LIST,                                                                         \
		"SELECT id, created, seen, address, agent FROM session WHERE account = ?1"      \
		" AND stage = 3 AND created > ?2 AND seen > ?3 ORDER BY seen DESC LIMIT 50")    \
	X(SESSION_SEEN,                                                                         \
		"UPDATE session SET seen = ?2 WHERE id = ?1 AND seen < ?2")                     \
	X(SESSION_CONFIRMED,                                                                    \
		"UPDATE session SET confirmed = ?2 WHERE id = ?1")                              \
	X(SESSION_PENDING,                                                                      \
		"UPDATE session SET pending = ?2 WHERE id = ?1")                                \
	X(SESSION_FAILED,                                                                       \
		"UPDATE session SET failures = failures + 1 WHERE id = ?1")                     \
	X(SESSION_FAILURES,                                                                     \
		"SELECT failures FROM session WHERE id = ?1")                                   \
	X(SESSION_DROP,                                                                         \
		"DELETE FROM session WHERE id = ?1 AND account = ?2 RETURNING 1")               \
	X(SESSION_DROP_ALL,                                                                     \
		"DELETE FROM session WHERE account = ?1 AND id <> ?2")                          \
	X(SESSION_DROP_EXCESS,                                                                  \
		"DELETE FROM session WHERE account = ?1 AND id NOT IN (SELECT id FROM"          \
		" session WHERE account = ?1 ORDER BY seen DESC, id DESC LIMIT ?2)")            \
	X(SESSION_DROP_OLD,                                                                     \
		"DELETE FROM session WHERE created < ?1")                                       \
	X(ATTEMPT_GET,                                                                          \
		"SELECT count, last, free_at FROM attempt WHERE key = ?1")                      \
	X(ATTEMPT_PUT,                                                                          \
		"INSERT OR REPLACE INTO attempt VALUES (?1, ?2, ?3, ?4)")                       \
	X(ATTEMPT_DROP,                                                                         \
		"DELETE FROM attempt WHERE key = ?1")                                           \
	X(ATTEMPT_DROP_OLD,                                                                     \
		"DELETE FROM attempt WHERE last < ?1")                                          \
	X(ORGANISATION_APPLY,                                                                   \
		"INSERT INTO account_organisation (code, name, kind, state, check_holds,"       \
		" reason, created, decided, decided_by)"                                        \
		" VALUES (?1, ?2, ?3, 'waiting', ?4, '', ?5, 0, '')")                           \
	X(ORGANISATION_BY_CODE,                                                                 \
		"SELECT id, name, kind, state FROM account_organisation WHERE code = ?1"        \
		" AND state <> 'refused'")                                                      \
	X(ORGANISATION_BY_ID,                                                                   \
		"SELECT id, name, kind, state, code FROM account_organisation"                  \
		" WHERE id = ?1")                                                               \
	X(ORGANISATION_WAITING,                                                                 \
		"SELECT o.id, o.code, o.name, o.kind, o.check_holds, o.created, a.name,"        \
		" a.display FROM account_organisation o LEFT JOIN account a ON"                 \
		" a.organisation = o.id WHERE o.state = 'waiting' ORDER BY o.id LIMIT 100")     \
	X(ORGANISATION_WAITING_COUNT,                                                           \
		"SELECT count(*) FROM account_organisation WHERE state = 'waiting'")            \
	X(ORGANISATION_DECIDE,                                                                  \
		"UPDATE account_organisation SET state = ?2, reason = ?3, decided = ?4,"        \
		" decided_by = ?5 WHERE id = ?1 AND state = 'waiting' RETURNING name")          \
	X(LAST_ROW,                                                                             \
		"SELECT last_insert_rowid()")                                                   \
	X(AUDIT_LAST,                                                                           \
		"SELECT seq, digest FROM (SELECT seq, digest FROM audit UNION ALL"              \
		" SELECT seq, digest FROM audit_base) ORDER BY seq DESC LIMIT 1")               \
	X(AUDIT_PUT,                                                                            \
		"INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                        \
	X(AUDIT_FROM,                                                                           \
		"SELECT seq, line, digest FROM audit WHERE seq > ?1 ORDER BY seq"               \
		" LIMIT ifnull(?2, 0)")                                                         \
	X(AUDIT_BASE,                                                                           \
		"SELECT seq, digest FROM audit_base")                                           \
	X(AUDIT_BEFORE,                                                                         \
		"SELECT digest FROM audit WHERE seq = ?1 UNION ALL SELECT digest FROM"          \
		" audit_base WHERE seq = ?1")                                                   \
	X(AUDIT_OLD,                                                                            \
		"SELECT seq, digest FROM audit WHERE time < ?1 ORDER BY seq DESC LIMIT 1")      \
	X(AUDIT_BASE_PUT,                                                                       \
		"UPDATE audit_base SET seq = ?1, digest = ?2")                                  \
	X(AUDIT_DROP,                                                                           \
		"DELETE FROM audit WHERE seq <= ?1")

#endif
