/* sql_peer.h - SQL of peer/: witness state, open bodies to fetch (sql/003-peer.sql).
 *
 * Append rows at the end. Do not include this file; include store/store.h. */
#ifndef HUREN_STORE_SQL_PEER_H
#define HUREN_STORE_SQL_PEER_H

#define SQL_PEER(X)                                                                              \
	X(WITNESS_GET, "SELECT size, root, note FROM witness WHERE origin = ?1")                 \
	X(WITNESS_SET, "INSERT INTO witness VALUES (?1, ?2, ?3, ?4) ON CONFLICT (origin)"        \
		" DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note") \
	X(BODY_LACKING, "SELECT s.place - (m.id << 40), s.id_key FROM mirror m"                  \
		" JOIN mirror_statement s ON s.place >= (m.id << 40) + ?2"                       \
		" AND s.place < ((m.id + 1) << 40) AND s.disclosure = 0"                         \
		" WHERE m.origin = ?1"                                                           \
		" AND NOT EXISTS (SELECT 1 FROM mirror_body b WHERE b.place = s.place)"          \
		" AND NOT EXISTS (SELECT 1 FROM erased x WHERE x.id_key = s.id_key)"             \
		" ORDER BY s.place LIMIT ifnull(?3, 0)")

#endif
