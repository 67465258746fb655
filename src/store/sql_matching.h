/* sql_matching.h - SQL of searching listings, of matches and of saved searches
 * (sql/007-listings.sql, sql/016-matching.sql). Include store/store.h instead. */
#ifndef HUREN_STORE_SQL_MATCHING_H
#define HUREN_STORE_SQL_MATCHING_H

#define LISTING_JOINED                                                                           \
	"listing.seq, id_key, listing_key, origin, idx, version, kind, code, organisation,"      \
	" listing.title, region, industry, until, time, state"

#define SQL_MATCHING(X)                                                                          \
	X(LISTING_NEWEST_SEQ,                                                                    \
		"SELECT ifnull(max(seq), 0) FROM listing")                                       \
	X(LISTING_WORD_COUNT,                                                                    \
		"SELECT count(*) FROM (SELECT 1 FROM listing_words WHERE listing_words MATCH ?1" \
		" AND rowid > ?2 LIMIT ifnull(?3, 0))")                                          \
	X(LISTING_LIST,                                                                          \
		"SELECT " LISTING_JOINED " FROM listing WHERE state = 'valid' AND seq < ?1 AND"  \
		" seq > ?2 AND until > ?3 AND (?5 = '' OR instr(title, ?5) > 0)"                 \
		" ORDER BY seq DESC LIMIT ifnull(?4, 0)")                                        \
	X(LISTING_NEWEST,                                                                        \
		"SELECT " LISTING_JOINED " FROM listing_words CROSS JOIN listing ON"             \
		" listing.seq = listing_words.rowid WHERE listing_words MATCH ?6"                \
		" AND listing_words.rowid < ?1 AND listing_words.rowid > ?2"                     \
		" AND state = 'valid' AND until > ?3 AND (?5 = '' OR instr(listing.title, ?5) >" \
		" 0) ORDER BY listing_words.rowid DESC LIMIT ifnull(?4, 0)")                     \
	/* Joined in the order of `best`, which its LIMIT keeps, until the page is full. */      \
	X(LISTING_RANKED,                                                                        \
		"WITH hit AS MATERIALIZED (SELECT rowid AS at, words_rank(listing_words, ?6)"    \
		" AS score FROM listing_words WHERE listing_words MATCH ?5),"                    \
		" best AS MATERIALIZED (SELECT at, score FROM hit WHERE score > 0 AND (score <"  \
		" ?1 OR (score = ?1 AND at < ?2)) ORDER BY score DESC, at DESC LIMIT"            \
		" ifnull(?7, 0))"                                                                \
		" SELECT " LISTING_JOINED ", score FROM best CROSS JOIN listing ON listing.seq"  \
		" = at WHERE state = 'valid' AND until > ?3 LIMIT ifnull(?4, 0)")                \
	X(LISTING_PROFILE_OF,                                                                    \
		"SELECT listing_key FROM listing_work WHERE organisation = ?1 AND kind ="        \
		" 'member' AND state = 'published' LIMIT 1")                                     \
	X(SAVED_SEARCH_PUT,                                                                      \
		"INSERT INTO saved_search (account, listing, query, path, name, seen, noticed,"  \
		" created) SELECT ?1, ?2, ?3, ?4, ?5, ifnull((SELECT max(seq) FROM listing), 0),"\
		" 0, ?6")                                                                        \
	X(SAVED_SEARCH_SAME,                                                                     \
		"SELECT id FROM saved_search WHERE account = ?1 AND listing = ?2 AND query = ?3")\
	X(SAVED_SEARCH_COUNT,                                                                    \
		"SELECT count(*) FROM saved_search WHERE account = ?1")                          \
	X(SAVED_SEARCH_LIST,                                                                     \
		"SELECT id, listing, path, name, created, noticed FROM saved_search WHERE"      \
		" account = ?1 ORDER BY id DESC")                                                \
	X(SAVED_SEARCH_DROP,                                                                     \
		"DELETE FROM saved_search WHERE id = ?1 AND account = ?2 RETURNING id")          \
	X(SAVED_SEARCH_DUE,                                                                      \
		"SELECT id, account, listing, query, path, name, seen FROM saved_search WHERE"   \
		" seen < ?1 AND noticed < ?2 AND id > ?3 ORDER BY id LIMIT ifnull(?4, 0)")        \
	X(SAVED_SEARCH_SEEN,                                                                     \
		"UPDATE saved_search SET seen = ?2, noticed = iif(?3 > 0, ?3, noticed)"          \
		" WHERE id = ?1")                                                                \
	X(LISTING_ORDER_PUT,                                                                     \
		"INSERT INTO listing_order VALUES (?1, ?2) ON CONFLICT (account) DO UPDATE SET"  \
		" sorted = ?2")                                                                  \
	X(LISTING_ORDER_OF,                                                                      \
		"SELECT sorted FROM listing_order WHERE account = ?1")

#endif
