/* sql_notice.h - SQL of notices and of their mail (sql/006-notices.sql, sql/010-mail.sql). Include
 * store/store.h instead. */
#ifndef HUREN_STORE_SQL_NOTICE_H
#define HUREN_STORE_SQL_NOTICE_H

#define SQL_NOTICE(X)                                                                            \
	X(NOTICE_PUT,                                                                            \
		"INSERT INTO notice (account, word, name, path, time, read)"                     \
		" VALUES (?1, ?2, ?3, ?4, ?5, 0) RETURNING id")                                  \
	X(NOTICE_SAME,                                                                           \
		"SELECT 1 FROM notice WHERE account = ?1 AND read = 0 AND time = ?4"             \
		" AND word = ?2 AND path = ?3 AND name = ?5")                                    \
	X(NOTICE_HOLDERS,                                                                        \
		"SELECT account FROM membership WHERE organisation = ?1 AND role = ?2")          \
	X(NOTICE_DROP_EXCESS,                                                                    \
		"DELETE FROM notice WHERE account = ?1 AND id <= (SELECT id FROM notice WHERE"   \
		" account = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)")                             \
	X(NOTICE_DROP_OLD,                                                                       \
		"DELETE FROM notice WHERE time < ?1")                                            \
	X(NOTICE_UNREAD,                                                                         \
		"SELECT count(*) FROM (SELECT 1 FROM notice WHERE account = ?1 AND read = 0"     \
		" LIMIT ifnull(?2, 0))")                                                         \
	X(NOTICE_LIST,                                                                           \
		"SELECT id, word, name, path, time, read FROM notice WHERE account = ?1"         \
		" AND read <= ?2 AND (read > ?3 OR (read = ?3 AND id < ?4))"                     \
		" ORDER BY read, id DESC LIMIT ifnull(?5, 0)")                                   \
	X(NOTICE_READ,                                                                           \
		"UPDATE notice SET read = 1 WHERE id = ?1 AND account = ?2 RETURNING path")      \
	X(NOTICE_READ_ALL,                                                                       \
		"UPDATE notice SET read = 1 WHERE account = ?1 AND read = 0 AND id <= ?2")       \
	X(MAIL_SETTING,                                                                          \
		"SELECT address, asked, mode, language, code, code_time, code_tries, codes,"     \
		" codes_since FROM mail_setting WHERE account = ?1")                             \
	X(MAIL_SETTING_PUT,                                                                      \
		"INSERT INTO mail_setting VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10)"   \
		" ON CONFLICT (account) DO UPDATE SET address = ?2, asked = ?3, mode = ?4,"      \
		" language = ?5, code = ?6, code_time = ?7, code_tries = 0, codes = ?8,"         \
		" codes_since = ?9, digested = iif(mode = 'daily' AND ?4 = 'daily', digested,"   \
		" ?10)")                                                                         \
	X(MAIL_SETTING_TRIED,                                                                    \
		"UPDATE mail_setting SET code_tries = code_tries + 1 WHERE account = ?1")        \
	X(MAIL_SETTING_HELD,                                                                     \
		"UPDATE mail_setting SET address = asked, asked = '', code = NULL"               \
		" WHERE account = ?1 AND asked = ?2")                                            \
	X(MAIL_DAILY_DUE,                                                                        \
		"SELECT account, address, digested FROM mail_setting WHERE mode = 'daily' AND"   \
		" address <> '' AND digested < ?1 ORDER BY digested LIMIT ifnull(?2, 0)")        \
	X(MAIL_DIGESTED,                                                                         \
		"UPDATE mail_setting SET digested = ?2 WHERE account = ?1")                      \
	X(NOTICE_SINCE,                                                                          \
		"SELECT 1 FROM notice WHERE account = ?1 AND read = 0 AND time >= ?2 LIMIT 1")   \
	X(OUTBOX_PUT,                                                                            \
		"INSERT INTO outbox (account, what, address, about, message, created, due,"      \
		" tries) VALUES (?1, ?2, ?3, ?4, lower(hex(randomblob(16))), ?5, ?5, 0)")        \
	X(OUTBOX_DUE,                                                                            \
		"SELECT outbox.id, outbox.account, what, outbox.address, about, message,"        \
		" outbox.created, tries, mail_setting.language, mail_setting.code, account.name,"  \
		" account.display FROM outbox JOIN account ON account.id = outbox.account JOIN"  \
		" mail_setting ON mail_setting.account = outbox.account WHERE due <= ?1 AND"     \
		" locked = 0 ORDER BY due, outbox.id LIMIT ifnull(?2, 0)")                       \
	X(OUTBOX_DROP,                                                                           \
		"DELETE FROM outbox WHERE id = ?1")                                              \
	X(OUTBOX_DROP_CODES,                                                                     \
		"DELETE FROM outbox WHERE account = ?1 AND what = 'code'")                       \
	X(OUTBOX_AGAIN,                                                                          \
		"UPDATE outbox SET due = ?2, tries = tries + 1 WHERE id = ?1")                   \
	X(OUTBOX_OLD,                                                                            \
		"SELECT count(*) FROM outbox WHERE created < ?1")                                \
	X(OUTBOX_DROP_OLD,                                                                       \
		"DELETE FROM outbox WHERE created < ?1")

#endif
