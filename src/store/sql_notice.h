/* sql_notice.h - SQL of notices (tables in sql/006-notices.sql). Include store/store.h instead. */
#ifndef HUREN_STORE_SQL_NOTICE_H
#define HUREN_STORE_SQL_NOTICE_H

#define SQL_NOTICE(X)                                                                            \
	X(NOTICE_PUT,                                                                            \
		"INSERT INTO notice (account, word, name, path, time, read)"                     \
		" VALUES (?1, ?2, ?3, ?4, ?5, 0)")                                               \
	X(NOTICE_PUT_ROLE,                                                                       \
		"INSERT INTO notice (account, word, name, path, time, read) SELECT account,"     \
		" ?3, ?4, ?5, ?6, 0 FROM membership WHERE organisation = ?1 AND role = ?2"       \
		" AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.account ="                   \
		" membership.account AND word = ?3 AND path = ?5 AND time = ?6)")

#endif
