/* sql_listing.h - SQL of listings (sql/007-listings.sql). Include store/store.h instead. */
#ifndef HUREN_STORE_SQL_LISTING_H
#define HUREN_STORE_SQL_LISTING_H

#define LISTING_WORK_COLUMNS                                                                     \
	"id, listing_key, organisation, author, kind, title, body, revision, state, reason,"     \
	" version, created, changed, until"
#define LISTING_COLUMNS                                                                          \
	"seq, id_key, listing_key, origin, idx, version, kind, code, organisation, title,"       \
	" region, industry, until, time, state"

#define SQL_LISTING(X)                                                                           \
	X(LISTING_WORK_ADD,                                                                      \
		"INSERT INTO listing_work (listing_key, organisation, author, kind, title, body,"\
		" revision, state, reason, version, created, changed, until) VALUES"             \
		" (?1, ?2, ?3, ?4, ?5, ?6, 1, 'draft', '', 0, ?7, ?7, 0)")                       \
	X(LISTING_WORK_SAVE,                                                                     \
		"UPDATE listing_work SET title = ?3, body = ?4, author = ?6, changed = ?5,"      \
		" revision = revision + 1, state = iif(state = 'review', 'draft', state)"        \
		" WHERE id = ?1 AND revision = ?2 AND state IN ('draft', 'review', 'returned',"  \
		" 'published', 'withdrawn', 'expired') RETURNING id")                            \
	X(LISTING_WORK_STATE,                                                                    \
		"UPDATE listing_work SET state = ?3, reason = ?4, changed = ?5 WHERE id = ?1"    \
		" AND state = ?2 AND revision = ?6 RETURNING id")                                \
	X(LISTING_WORK_PUBLISHED,                                                                \
		"UPDATE listing_work SET state = 'published', reason = '', version = ?2,"        \
		" until = ?3, changed = ?4 WHERE listing_key = ?1 AND version < ?2")             \
	X(LISTING_WORK_WITHDRAWN,                                                                \
		"UPDATE listing_work SET state = 'withdrawn', changed = ?2 WHERE"                \
		" listing_key = ?1")                                                             \
	X(LISTING_WORK_EXPIRE,                                                                   \
		"UPDATE listing_work SET state = 'expired' WHERE state = 'published'"            \
		" AND until <= ?1")                                                              \
	X(LISTING_WORK_BETWEEN,                                                                  \
		"SELECT id FROM listing_work WHERE state IN ('publishing', 'withdrawing',"       \
		" 'erasing') LIMIT ifnull(?1, 0)")                                               \
	X(LISTING_ORGANISATION,                                                                  \
		"SELECT name, code, kind FROM account_organisation WHERE id = ?1"                \
		" AND state = 'confirmed'")                                                      \
	X(LISTING_WORK_ERASED,                                                                   \
		"UPDATE listing_work SET state = 'erased', title = '', body = '{}', reason = '',"\
		" changed = ?2 WHERE listing_key = ?1")                                          \
	X(LISTING_WORK_BY_ID,                                                                    \
		"SELECT " LISTING_WORK_COLUMNS " FROM listing_work WHERE id = ?1")               \
	X(LISTING_WORK_BY_KEY,                                                                   \
		"SELECT " LISTING_WORK_COLUMNS " FROM listing_work WHERE listing_key = ?1")      \
	X(LISTING_WORK_OF,                                                                       \
		"SELECT " LISTING_WORK_COLUMNS " FROM listing_work WHERE organisation = ?1"      \
		" AND id < ?2 AND (?4 = '' OR kind = ?4) AND (?5 = '' OR state = ?5)"            \
		" ORDER BY id DESC LIMIT ifnull(?3, 0)")                                         \
	X(LISTING_WORK_COUNT,                                                                    \
		"SELECT count(*) FROM listing_work WHERE organisation = ?1 AND kind = ?2"        \
		" AND state NOT IN ('withdrawn', 'erased')")                                     \
	X(LISTING_WORK_REVIEW,                                                                   \
		"SELECT " LISTING_WORK_COLUMNS " FROM listing_work WHERE state = 'review'"       \
		" ORDER BY changed LIMIT ifnull(?1, 0)")                                         \
	X(LISTING_WORK_EXPIRING,                                                                 \
		"SELECT " LISTING_WORK_COLUMNS " FROM listing_work WHERE state = 'published'"    \
		" AND until <= ?1 ORDER BY until LIMIT ifnull(?2, 0)")                           \
	X(LISTING_FIND,                                                                          \
		"SELECT " LISTING_COLUMNS " FROM listing WHERE listing_key = ?1"                 \
		" AND (?2 = '' OR origin = ?2) ORDER BY origin LIMIT 1")                         \
	X(LISTING_ONE,                                                                           \
		"SELECT " LISTING_COLUMNS " FROM listing WHERE listing_key = ?1 AND origin = ?2")\
	X(LISTING_OF_STATEMENT,                                                                  \
		"SELECT listing_key, origin FROM listing_statement WHERE id_key = ?1")           \
	X(LISTING_STATEMENT_PUT,                                                                 \
		"INSERT OR IGNORE INTO listing_statement VALUES (?1, ?2, ?3, ?4)")                 \
	X(LISTING_DROP,                                                                          \
		"DELETE FROM listing WHERE seq = ?1")                                            \
	X(LISTING_PUT,                                                                           \
		"INSERT INTO listing (listing_key, origin, id_key, version, kind, code,"         \
		" organisation, title, region, industry, until, time, state, idx) VALUES"        \
		" (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")                \
	X(LISTING_STATE,                                                                         \
		"UPDATE listing SET state = ?3, title = iif(?4 = '', '', title), organisation ="\
		" iif(?4 = '', '', organisation), code = iif(?4 = '', '', code) WHERE"           \
		" listing_key = ?1 AND origin = ?2")                                             \
	X(LISTING_WORDS_PUT,                                                                     \
		"INSERT INTO listing_words (rowid, title, words, facets) VALUES (?1, ?2, ?3,"    \
		" ?4)")                                                                          \
	X(LISTING_WORDS_DROP,                                                                    \
		"INSERT INTO listing_words (listing_words, rowid, title, words, facets) VALUES"  \
		" ('delete', ?1, ?2, ?3, ?4)")                                                   \
	X(LISTING_BY_ITEM,                                                                       \
		"SELECT seq, id_key, listing.listing_key, listing.origin, idx, version, kind,"   \
		" code, organisation, title, region, industry, until, time, state FROM"          \
		" facility_item JOIN listing ON listing.listing_key = facility_item.listing_key" \
		" AND listing.origin = facility_item.origin WHERE item = ?8 AND state = 'valid'" \
		" AND seq < ?1 AND until > ?5 AND (?4 = '' OR kind = ?4)"                        \
		" AND (?3 = '' OR (?3 = 'own') = (listing.origin = ''))"                         \
		" AND (?6 = '' OR substr(region, 1, length(?6)) = ?6)"                           \
		" AND (?7 = '' OR substr(industry, 1, length(?7)) = ?7)"                         \
		" ORDER BY seq DESC LIMIT ifnull(?2, 0)")                                        \
	X(ERASED_PUT,                                                                            \
		"INSERT OR IGNORE INTO erased VALUES (?1, ?2)")                                  \
	X(ERASED_FIND,                                                                           \
		"SELECT time FROM erased WHERE id_key = ?1")                                     \
	X(ERASE_ALL_OF,                                                                          \
		"INSERT OR IGNORE INTO erased SELECT id_key, ?3 FROM listing_statement"          \
		" WHERE listing_key = ?1 AND origin = ?2")                                       \
	X(ERASE_BODIES,                                                                          \
		"DELETE FROM body WHERE ?2 = '' AND idx IN (SELECT idx FROM listing_statement"   \
		" WHERE listing_key = ?1 AND origin = '')")                                      \
	X(ERASE_MIRROR_BODIES,                                                                   \
		"DELETE FROM mirror_body WHERE place IN (SELECT (mirror.id << 40) + idx FROM"    \
		" listing_statement JOIN mirror ON mirror.origin = listing_statement.origin"     \
		" WHERE listing_key = ?1 AND listing_statement.origin = ?2)")                    \
	X(MIRROR_OF_ORIGIN,                                                                      \
		"SELECT id FROM mirror WHERE origin = ?1")

#endif
