/* sql_files.h - SQL of the files of organisations (tables in sql/009-files.sql). Include
 * store/store.h instead.
 *
 * UPLOAD_DROP tells the digest's length, 0 of none: SQLite 3.40 gets "IS NOT NULL" wrong in the
 * RETURNING of a DELETE from a table without rowid. */
#ifndef HUREN_STORE_SQL_FILES_H
#define HUREN_STORE_SQL_FILES_H

#define SQL_FILES(X)                                                                            \
	X(UPLOAD_PUT,                                                                           \
		"INSERT INTO upload VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, NULL)") \
	X(UPLOAD_GET,                                                                           \
		"SELECT organisation, account, address, bytes, name, media_type, "              \
		"metadata, expires, whole, digest FROM upload WHERE id = ?1")                   \
	X(UPLOAD_LIST,                                                                          \
		"SELECT id, bytes, name, account, expires FROM upload WHERE "                   \
		"organisation = ?1 AND digest IS NULL ORDER BY id LIMIT ifnull(?2, 0)")         \
	X(UPLOAD_ALL,                                                                           \
		"SELECT id, bytes FROM upload WHERE digest IS NULL AND id > ?1 ORDER BY id"     \
		" LIMIT 1")                                                                     \
	X(UPLOAD_COUNT,                                                                         \
		"SELECT count(*), ifnull(sum(bytes), 0) FROM upload WHERE digest IS"            \
		" NULL AND organisation = ?1")                                                  \
	X(UPLOAD_TURN,                                                                          \
		"UPDATE upload SET expires = ?2, whole = ?3 WHERE id = ?1 RETURNING 1")         \
	X(UPLOAD_DONE,                                                                          \
		"UPDATE upload SET whole = 1, digest = ?2, expires = ?3 WHERE id = ?1 "         \
		"AND digest IS NULL RETURNING 1")                                               \
	X(UPLOAD_DROP,                                                                          \
		"DELETE FROM upload WHERE id = ?1 RETURNING name, ifnull(length(digest), 0)")   \
	X(UPLOAD_EXPIRED,                                                                       \
		"SELECT id FROM upload WHERE expires < ?1 AND (whole = 0 OR"                    \
		" digest IS NOT NULL) LIMIT 1")                                                 \
	X(FILE_PUT,                                                                             \
		"INSERT INTO file_entry (organisation, digest, bytes, name, media_type, "       \
		"account, time, scan, scanned, part) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "          \
		"?7, ?8, ?9, ?10) ON CONFLICT (organisation, digest) DO UPDATE SET name "       \
		"= excluded.name, media_type = excluded.media_type, account = "                 \
		"excluded.account, time = excluded.time, scan = excluded.scan, scanned "        \
		"= excluded.scanned, part = excluded.part")                                     \
	X(FILE_GET,                                                                             \
		"SELECT seq, digest, bytes, name, media_type, account, time, scan, "            \
		"scanned, part FROM file_entry WHERE organisation = ?1 AND digest = ?2")        \
	X(FILE_ELSEWHERE,                                                                       \
		"SELECT 1 FROM file_entry WHERE digest = ?1 LIMIT 1")                           \
	X(FILE_WAITING,                                                                         \
		"SELECT seq, organisation, digest, bytes, name, media_type, part FROM file_entry " \
		"WHERE scan = 'waiting' AND seq > ?1 ORDER BY seq LIMIT 1")                     \
	X(FILE_SCANNED,                                                                         \
		"UPDATE file_entry SET scan = ?2, scanned = ?3, part = '' WHERE seq = "         \
		"?1 AND scan = 'waiting' AND part = ?4 RETURNING 1")                            \
	X(FILE_BYTES,                                                                           \
		"SELECT ifnull(sum(bytes), 0), count(*) FROM file_entry WHERE "                 \
		"organisation = ?1 AND scan <> 'infected'")                                     \
	X(FILE_DROP,                                                                            \
		"DELETE FROM file_entry WHERE organisation = ?1 AND digest = ?2 "               \
		"RETURNING part")                                                               \
	X(FILE_BY_PART,                                                                         \
		"SELECT 1 FROM file_entry WHERE scan = 'waiting' AND part = ?1 LIMIT 1")        \
	X(FILE_LIST,                                                                            \
		"SELECT seq, digest, bytes, name, media_type, account, time, scan, "            \
		"scanned, part FROM file_entry WHERE organisation = ?1 AND (?2 = 0 OR "         \
		"seq < ?2) AND ?3 IS NOT NULL AND (?4 = '' OR instr(lower(name), "              \
		"lower(?4)) > 0) AND (?5 = '' OR scan = ?5) ORDER BY seq DESC LIMIT "           \
		"ifnull(?6, 0)")                                                                \
	X(FILE_LIST_NAME,                                                                       \
		"SELECT seq, digest, bytes, name, media_type, account, time, scan, "            \
		"scanned, part FROM file_entry WHERE organisation = ?1 AND (?2 = 0 OR "         \
		"name > ?3 OR (name = ?3 AND seq > ?2)) AND (?4 = '' OR "                       \
		"instr(lower(name), lower(?4)) > 0) AND (?5 = '' OR scan = ?5) ORDER BY "       \
		"name, seq LIMIT ifnull(?6, 0)")                                                \
	X(FILE_LIST_BYTES,                                                                      \
		"SELECT seq, digest, bytes, name, media_type, account, time, scan, "            \
		"scanned, part FROM file_entry WHERE organisation = ?1 AND (?2 = 0 OR "         \
		"bytes < CAST(?3 AS INTEGER) OR (bytes = CAST(?3 AS INTEGER) AND seq < "        \
		"?2)) AND (?4 = '' OR instr(lower(name), lower(?4)) > 0) AND (?5 = '' "         \
		"OR scan = ?5) ORDER BY bytes DESC, seq DESC LIMIT ifnull(?6, 0)")              \
	X(FILE_HELD_PUT,                                                                        \
		"INSERT INTO file_held SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM "              \
		"evidence WHERE digest = ?1) ON CONFLICT DO NOTHING")                           \
	X(FILE_HELD_DROP,                                                                       \
		"DELETE FROM file_held WHERE digest = ?1")                                      \
	X(FILE_HELD_LET_GO,                                                                     \
		"DELETE FROM file_held WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM "        \
		"file_entry WHERE digest = ?1 AND part = '' AND scan <> 'infected') AND "       \
		"NOT EXISTS (SELECT 1 FROM file_use WHERE digest = ?1) AND NOT EXISTS "         \
		"(SELECT 1 FROM listing_copy WHERE digest = ?1) RETURNING 1")                   \
	X(FILE_EVIDENCE_DROP,                                                                   \
		"DELETE FROM evidence WHERE digest = ?1")                                       \
	X(FILE_USE_PUT,                                                                         \
		"INSERT INTO file_use VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO "          \
		"NOTHING")                                                                      \
	X(FILE_USE_DROP,                                                                        \
		"DELETE FROM file_use WHERE kind = ?1 AND ref = ?2 AND issuer = ''")            \
	X(FILE_USE_MOVE,                                                                        \
		"UPDATE file_use SET kind = ?3, ref = ?4, name = ?5 WHERE kind = ?1 AND "       \
		"ref = ?2 AND issuer = ''")                                                     \
	X(FILE_USES,                                                                            \
		"SELECT kind, ref, name FROM file_use WHERE digest = ?2 AND "                   \
		"(organisation = ?1 OR (issuer <> '' AND issuer IN (SELECT d.did FROM "         \
		"organisation d JOIN account_organisation o ON o.code = d.code WHERE "          \
		"o.id = ?1 AND o.code <> ''))) ORDER BY kind, ref LIMIT 50")                    \
	X(FILE_USE_COUNT,                                                                       \
		"SELECT count(*) FROM file_use WHERE digest = ?2 AND (organisation = ?1 "       \
		"OR (issuer <> '' AND issuer IN (SELECT d.did FROM organisation d JOIN "        \
		"account_organisation o ON o.code = d.code WHERE o.id = ?1 AND o.code "         \
		"<> '')))")                                                                     \
	X(FILE_ACCESS_PUT,                                                                      \
		"INSERT INTO file_access (organisation, digest, time, reader, address, "        \
		"range_from, range_bytes) SELECT organisation, digest, ?3, ?4, ?5, ?6, "        \
		"?7 FROM file_entry WHERE digest = ?2 AND (?1 = 0 OR organisation = ?1)")       \
	X(FILE_ACCESS_PEER,                                                                     \
		"INSERT INTO file_access (organisation, digest, time, reader, address, "        \
		"range_from, range_bytes) SELECT e.organisation, e.digest, ?3, ?4, '', "        \
		"?5, ?6 FROM file_entry e JOIN account_organisation o ON o.id = "               \
		"e.organisation JOIN organisation d ON d.code = o.code JOIN report r ON "       \
		"r.lab = d.did WHERE e.digest = ?2 AND r.id_key = ?1")                          \
	X(FILE_ACCESS_LIST,                                                                     \
		"SELECT seq, time, reader, address, range_from, range_bytes FROM "              \
		"file_access WHERE organisation = ?1 AND digest = ?2 AND seq < ?3 ORDER "       \
		"BY seq DESC LIMIT ifnull(?4, 0)")                                              \
	X(FILE_ACCESS_OLD,                                                                      \
		"DELETE FROM file_access WHERE time < ?1")

#endif
