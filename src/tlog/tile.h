/* tile.h - C2SP tlog-tiles: coordinates, paths, bytes. Pure arithmetic.
 *
 * A tile holds up to 256 hashes of tree level 8*level; an entry bundle up to 256 entries, each with
 * a big-endian 16-bit length.
 */
#ifndef HUREN_TLOG_TILE_H
#define HUREN_TLOG_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "tlog/merkle.h"

#define TILE_WIDTH 256
#define TILE_PATH_BYTES 64          /* the longest, with its NUL, takes 53 */
#define TILE_ENTRY_BYTES_MAX 65535  /* 16-bit length */

struct tile_id {
	bool entries;        /* an entry bundle; level is 0 then */
	uint32_t level;      /* 0..63 */
	uint64_t index;
	uint32_t width;      /* 1..256; 256 = full */
};

/* "tile/0/x001/067.p/5", "tile/entries/000". `ret` holds TILE_PATH_BYTES. */
void tile_path(const struct tile_id *t, char *ret);
/* The reverse, without a leading slash; refuses every spelling tile_path would not write. */
MUST_USE enum err_code tile_path_parse(struct str path, struct tile_id *ret, struct err *e);
/* Width of tile `index` at `level` in a tree of `size` leaves: 0 when it does not exist. */
uint32_t tile_width_at(uint32_t level, uint64_t index, uint64_t size);

/* Root over `count` neighbouring hashes of a tile; count is a power of two up to TILE_WIDTH. Over a
 * whole full tile it is the element of the tile above. */
struct digest tile_root(const struct digest *hashes, uint32_t count);

/* Reads tiles for merkle_reader: writes the t->width hashes asked for. Set read, context and size;
 * the rest starts zeroed and keeps the tile read last, since a proof takes up to eight hashes of
 * one. So a source belongs to one thread. */
struct tile_source {
	enum err_code (*read)(void *context, const struct tile_id *t, struct digest *ret_hashes,
		struct err *e);
	void *context;
	uint64_t size;       /* tree size whose tiles may be asked for */
	struct tile_id kept; /* width 0: none */
	struct digest hashes[TILE_WIDTH];
};
/* A merkle_reader over tiles; `s` must outlive it. ERR_INVALID for a node that is not, as a whole,
 * in the tree. */
struct merkle_reader tile_merkle_reader(struct tile_source *s);

/* Entry bundles. ERR_TOO_LARGE over TILE_ENTRY_BYTES_MAX, or when `b` is full. */
MUST_USE enum err_code tile_bundle_put(struct buf *b, struct str entry, struct err *e);
/* Splits a bundle of `count` entries into views of `bytes`; trailing bytes, too few, or a count
 * that is not 1..TILE_WIDTH: ERR_INVALID. */
MUST_USE enum err_code tile_bundle_split(struct str bytes, uint32_t count, struct str *ret_entries,
	struct err *e);

#endif
