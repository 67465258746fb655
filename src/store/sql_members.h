/* sql_members.h - SQL of members (sql/019-members.sql) and of the life of listings. Include
 * store/store.h instead. */
#ifndef HUREN_STORE_SQL_MEMBERS_H
#define HUREN_STORE_SQL_MEMBERS_H

#include "store/sql_tables.h"

#define CITY_KIND "origin = ?4 AND kind = ?5 AND "
#define MEMBER_COLUMNS                                                                           \
	"seq, code, origin, name, kind, did, profile, regions, industries, until, time,"         \
	" (SELECT id_key FROM organisation WHERE organisation.did = member.did),"                \
	" (origin = '' AND EXISTS (SELECT 1 FROM account_organisation o WHERE o.code ="          \
	" member.code AND o.state = 'confirmed' AND o.state <> 'refused'))" /* for its index */

#define SQL_MEMBERS(X)                                                                           \
	X(MEMBER_PROFILE_PUT,                                                                    \
		"INSERT INTO member (code, origin, name, kind, did, profile, regions,"           \
		" industries, until, time, words) VALUES (?1, ?2, ?3, ?4, '', ?5, ?6, ?7, ?8,"   \
		" ?9, ?10) ON CONFLICT (code, origin) DO UPDATE SET name = excluded.name, kind"  \
		" = excluded.kind, profile = excluded.profile, regions = excluded.regions,"      \
		" industries = excluded.industries, until = excluded.until, words ="             \
		" excluded.words, words_due = 1")                                                \
	X(MEMBER_PROFILE_DROP,                                                                   \
		"UPDATE member SET profile = NULL, regions = '', industries = '', until = 0,"    \
		" words = name || ' ' || code, words_due = 1 WHERE profile = ?1 AND origin ="    \
		" ?2 RETURNING seq")                                                             \
	X(MEMBER_FORGET,                                                                         \
		"DELETE FROM member WHERE seq = ?1 AND did = '' AND profile IS NULL")            \
	X(MEMBER_WORDS_FORGET,                                                                   \
		"DELETE FROM member_words WHERE rowid = ?1")                                     \
	X(MEMBER_UNINDEXED,                                                                      \
		"SELECT seq, origin, kind, words FROM member WHERE words_due = 1 ORDER BY seq"   \
		" LIMIT ifnull(?1, 0)")                                                          \
	X(MEMBER_INDEX,                                                                          \
		"INSERT OR REPLACE INTO member_words (rowid, words, marks) VALUES (?1, ?2, ?3)") \
	X(MEMBER_INDEXED,                                                                        \
		"UPDATE member SET words_due = 0 WHERE seq = ?1")                                \
	X(MEMBER_PAGE_DOWN, PAGE_DOWN("member", ""))                                             \
	X(MEMBER_PAGE_UP, PAGE_UP("member", ""))                                                 \
	X(MEMBER_PAGE_OF_DOWN, PAGE_DOWN("member", CITY_KIND))                                   \
	X(MEMBER_PAGE_OF_UP, PAGE_UP("member", CITY_KIND))                                       \
	X(MEMBER_PAGE_NAME_DOWN, PAGE_KEY_DOWN("member", "name", CITY_KIND))                     \
	X(MEMBER_PAGE_NAME_UP, PAGE_KEY_UP("member", "name", CITY_KIND))                         \
	X(MEMBER_PAGE_KEY_NAME, PAGE_KEY("member", "name"))                                      \
	X(MEMBER_PAGE_SEARCH_DOWN, SEARCH_DOWN("member", "member_words", "origin, kind"))        \
	X(MEMBER_PAGE_SEARCH_UP, SEARCH_UP("member", "member_words", "origin, kind"))            \
	X(MEMBER_ROW,                                                                            \
		"SELECT " MEMBER_COLUMNS " FROM member WHERE seq = ?1")                          \
	X(MEMBER_BY_CODE,                                                                        \
		"SELECT " MEMBER_COLUMNS " FROM member WHERE code = ?1 ORDER BY origin")         \
	X(MEMBER_SITES,                                                                          \
		"SELECT regions, count(*) FROM member WHERE regions <> '' GROUP BY regions")     \
	X(MEMBER_LISTINGS,                                                                       \
		"SELECT seq, listing_key, kind, title, until, time, region, industry FROM"       \
		" listing WHERE code = ?1 AND origin = ?2 AND state = 'valid' AND until > ?3"    \
		" AND kind <> 'member' ORDER BY seq DESC LIMIT ifnull(?4, 0)")                   \
	X(LISTING_WORK_ENDING,                                                                   \
		"SELECT id, organisation, title, until FROM listing_work WHERE state ="          \
		" 'published' AND until > ?1 AND until <= ?2 AND reminded <> until LIMIT"        \
		" ifnull(?3, 0)")                                                                \
	X(LISTING_WORK_OF_KEY,                                                                   \
		"SELECT id, organisation FROM listing_work WHERE listing_key = ?1")              \
	X(ORGANISATION_ENTER,                                                                    \
		"INSERT INTO account_organisation (code, name, kind, state, check_holds,"        \
		" reason, created, decided, decided_by) VALUES (?1, ?2, ?3, 'confirmed', ?4,"    \
		" '', ?5, ?5, ?6)")                                                              \
	X(OWN_MAIL,                                                                              \
		"SELECT address FROM mail_setting WHERE account = ?1 AND address <> '' AND ?2"   \
		" IS NOT NULL LIMIT ifnull(?3, 0)")                                              \
	X(OWN_NOTICES,                                                                           \
		"SELECT word, name, path, time FROM notice WHERE account = ?1 AND ?2 IS NOT"     \
		" NULL ORDER BY id LIMIT ifnull(?3, 0)")                                         \
	X(OWN_LISTINGS,                                                                          \
		"SELECT kind, title, state, created, changed FROM listing_work WHERE author ="   \
		" ?1 AND ?2 IS NOT NULL ORDER BY id LIMIT ifnull(?3, 0)")                        \
	X(OWN_FILES,                                                                             \
		"SELECT name, media_type, time FROM file_entry WHERE account = ?2 AND ?1 IS NOT" \
		" NULL ORDER BY seq LIMIT ifnull(?3, 0)")                                        \
	X(OWN_AUDIT,                                                                             \
		"SELECT line FROM audit WHERE seq IN (SELECT seq FROM audit WHERE actor = ?2"    \
		" UNION ALL SELECT seq FROM audit WHERE json_extract(line, '$.target') = ?2"     \
		" AND action <> 'access') AND time >= (SELECT created FROM account WHERE id ="   \
		" ?1) ORDER BY seq DESC LIMIT ifnull(?3, 0)")                                    \
	X(OWN_OTHER_LIKE_ME,                                                                     \
		"SELECT 1 FROM membership JOIN account ON account.id = membership.account WHERE" \
		" membership.account <> ?1 AND membership.organisation = ?2 AND locked = 0 AND"  \
		" role IN (SELECT role FROM membership WHERE account = ?1) AND role IN"          \
		" ('org-admin', 'security-admin')")                                              \
	X(OWN_DROP_SESSIONS, "DELETE FROM session WHERE account = ?1")                           \
	X(OWN_DROP_ROLES, "DELETE FROM membership WHERE account = ?1")                           \
	X(OWN_DROP_NOTICES, "DELETE FROM notice WHERE account = ?1")                             \
	X(OWN_DROP_MAIL, "DELETE FROM mail_setting WHERE account = ?1")                          \
	X(OWN_DROP_OUTBOX, "DELETE FROM outbox WHERE account = ?1")                              \
	X(OWN_EMPTY,                                                                             \
		"UPDATE account SET name = 'former-' || id, display = 'former-' || id, password" \
		" = '', totp = NULL, totp_step = 0, locked = 1, words_due = 1 WHERE id = ?1")    \
	X(LISTING_WORK_REMINDED,                                                                 \
		"UPDATE listing_work SET reminded = ?2 WHERE id = ?1")

#endif
