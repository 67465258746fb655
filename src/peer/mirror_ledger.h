/* mirror_ledger.h - the copy of another log in the ledger, as mirror.h wants it.
 *
 * Is:      a thread that hands batches to ledger_mirror, so that the next batch is fetched and
 *          verified while the last one becomes durable.
 * Life:    mirror_ledger_open -> mirror_ledger_copy (used by one thread) -> mirror_ledger_close.
 */
#ifndef HUREN_PEER_MIRROR_LEDGER_H
#define HUREN_PEER_MIRROR_LEDGER_H

#include "peer/mirror.h"

struct mirror_ledger;

/* `origin` is borrowed. ERR_IO: no thread. */
MUST_USE enum err_code mirror_ledger_open(struct ledger *l, struct str origin,
	struct mirror_ledger **ret, struct err *e);
void mirror_ledger_close(struct mirror_ledger *m);
struct mirror_copy mirror_ledger_copy(struct mirror_ledger *m);

/* A merkle_reader over the tiles of a log in the ledger ("" is the own one), up to `size` entries.
 * For one thread. */
struct ledger_tiles {
	struct ledger *ledger;
	struct str origin;
	struct arena arena;
	struct tile_source source;
};
void ledger_tiles_init(struct ledger_tiles *t, struct ledger *l, struct str origin, uint64_t size);
void ledger_tiles_clear(struct ledger_tiles *t);
struct merkle_reader ledger_tiles_reader(struct ledger_tiles *t);

#endif
