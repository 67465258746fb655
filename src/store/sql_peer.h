/* sql_peer.h - SQL of peer/: witness state, replay cache (tables in a migration of its own).
 *
 * Append rows at the end. Do not include this file; include store/store.h. */
#ifndef HUREN_STORE_SQL_PEER_H
#define HUREN_STORE_SQL_PEER_H

#define SQL_PEER(X)

#endif
