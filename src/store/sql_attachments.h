/* sql_attachments.h - SQL of files attached to listings (sql/021-attachments.sql). Include
 * store/store.h instead. */
#ifndef HUREN_STORE_SQL_ATTACHMENTS_H
#define HUREN_STORE_SQL_ATTACHMENTS_H

#define SQL_ATTACHMENTS(X)                                                                       \
	X(LISTING_COPY_PUT,                                                                      \
		"INSERT INTO listing_copy (digest, listing_key, origin, bytes, gone) VALUES"     \
		" (?1, ?2, ?3, ?4, ?5) ON CONFLICT (digest, listing_key, origin) DO UPDATE SET"  \
		" gone = excluded.gone")                                                         \
	X(LISTING_COPY_GET,                                                                      \
		"SELECT 1 FROM listing_copy WHERE digest = ?1 AND listing_key = ?2 AND origin ="\
		" ?3 AND gone = 0")                                                              \
	X(LISTING_COPY_ALL_GONE,                                                                 \
		"UPDATE listing_copy SET gone = 1 WHERE listing_key = ?1 AND origin = ?2 AND"    \
		" gone = 0")                                                                     \
	/* What is asked for is asked for under the version that counts. */                     \
	X(LISTING_WISHES_DROP,                                                                   \
		"DELETE FROM evidence_want WHERE statement_key IN (SELECT id_key FROM"           \
		" listing_statement WHERE listing_key = ?1 AND origin = ?2)")                    \
	X(LISTING_COPY_EXPIRE,                                                                   \
		"UPDATE listing_copy SET gone = 1 WHERE gone = 0 AND EXISTS (SELECT 1 FROM"      \
		" listing l WHERE l.listing_key = listing_copy.listing_key AND l.origin ="       \
		" listing_copy.origin AND l.until <= ?1)")                                       \
	X(LISTING_COPY_KEEP,                                                                     \
		"UPDATE listing_copy SET gone = 0 WHERE digest = ?1 AND listing_key = ?2 AND"    \
		" origin = ?3")                                                                  \
	/* Over LIMIT_LISTING_COPIES rows at most. */                                            \
	X(LISTING_COPY_SUM,                                                                      \
		"SELECT count(*), ifnull(sum(bytes), 0) FROM listing_copy WHERE gone = 0")       \
	X(LISTING_COPY_OLDEST_GONE,                                                              \
		"UPDATE listing_copy SET gone = 1 WHERE seq = (SELECT min(seq) FROM listing_copy"\
		" WHERE gone = 0)")                                                              \
	X(LISTING_COPY_NEXT_GONE,                                                                \
		"SELECT digest FROM listing_copy WHERE gone = 1 ORDER BY seq LIMIT 1")           \
	X(LISTING_COPY_DROP,                                                                     \
		"DELETE FROM listing_copy WHERE digest = ?1 AND gone = 1")

#endif
