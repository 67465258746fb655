/* edge.h - the right edge of a log's tiles, in memory: what is not yet in full, durable tile files.
 *
 * Is:      for each tile level the hashes from the first tile that is no file yet, and the compact
 *          range, so that appending, rooting and partial tiles touch no disk. Pure.
 * Is not:  locked (its owner does that), stored (rows and files are its owner's).
 * I1  Level n+1 has exactly one hash for each full tile of level n.
 * I2  After edge_rollback it is what it was at the mark, to the byte.
 */
#ifndef HUREN_LEDGER_EDGE_H
#define HUREN_LEDGER_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tlog/merkle.h"
#include "tlog/tile.h"

#define EDGE_LEVELS 8              /* 256^8 = 2^64 leaves */
#define EDGE_LEAF_TILES_MAX 256    /* then two tiles are room enough for each level above */

struct edge_level {
	uint64_t first;            /* position of the first hash kept; a multiple of TILE_WIDTH */
	uint64_t count;            /* hashes ever: positions first .. count-1 are here */
	uint32_t capacity;         /* hashes; a ring */
	struct digest *hashes;
};

struct edge {
	struct merkle_range range; /* its size is the number of leaves */
	struct edge_level levels[EDGE_LEVELS];
};

/* `leaf_tiles`: tiles of level 0 that may wait to become files. */
void edge_open(struct edge *g, uint32_t leaf_tiles);
void edge_close(struct edge *g);
/* The empty log. */
void edge_reset(struct edge *g);
/* `to` gets the state of `from`; its capacity must hold it. */
void edge_copy(struct edge *to, const struct edge *from);

/* Leaves that can be appended before edge_drop must make room. */
uint64_t edge_room(const struct edge *g);
void edge_append(struct edge *g, const struct digest *leaf_hash);

struct edge_mark {
	struct merkle_range range;
	uint64_t counts[EDGE_LEVELS];
};
void edge_mark(const struct edge *g, struct edge_mark *ret);
void edge_rollback(struct edge *g, const struct edge_mark *m);

/* Positions below this at `level` are in full tile files once those of the first `files_size`
 * leaves are (a multiple of TILE_WIDTH). */
uint64_t edge_first_at(uint32_t level, uint64_t files_size);
/* Forgets what is in the full tiles of the first `files_size` leaves. */
void edge_drop(struct edge *g, uint64_t files_size);
/* Copies hashes position .. position+count-1; false when not all are here. */
bool edge_read(const struct edge *g, uint32_t level, uint64_t position, uint32_t count,
	struct digest *ret);

/* Loading after a start: levels from 1 up begin at edge_first_at and get their stored hashes, in
 * order; then edge_load_done makes the range of the first `size` leaves, level 0 being filled up to
 * `files_size`; the leaves from there to size are appended with edge_append. ERR_CORRUPT. */
void edge_load_begin(struct edge *g, uint64_t files_size);
MUST_USE enum err_code edge_load_hash(struct edge *g, uint32_t level, uint64_t position,
	const struct digest *hash, struct err *e);
MUST_USE enum err_code edge_load_done(struct edge *g, uint64_t files_size, struct err *e);

#endif
