/* files.h - full tiles and full bundles as immutable files below one folder.
 *
 * Is:      <folder>/tile/<level>/<index path> of 8192 bytes, and bundles below
 *          <folder>/tile/entries/ as .gz: whole or not at all; the same file may be written again.
 *          Durable after files_sync: one for many, since a sync each costs more than all the rest.
 * Is not:  partial tiles (edge.h), what a tree holds.
 */
#ifndef HUREN_LEDGER_FILES_H
#define HUREN_LEDGER_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "ledger/edge.h"
#include "tlog/tile.h"

#define FILES_FOLDER_BYTES 3072

struct files {
	char folder[FILES_FOLDER_BYTES];
};

/* "<dir>/tlog" or the like. ERR_IO: too long. */
MUST_USE enum err_code files_init(struct files *f, const char *dir, const char *name,
	struct err *e);
MUST_USE enum err_code files_write_tile(const struct files *f, uint32_t level, uint64_t index,
	const struct digest hashes[TILE_WIDTH], struct err *e);
/* `bytes`: TILE_WIDTH entries in bundle form; compressed here. */
MUST_USE enum err_code files_write_bundle(const struct files *f, uint64_t index, struct str bytes,
	struct err *e);
/* Every full tile that ends with leaf `size` (a multiple of TILE_WIDTH): level 0, and those above
 * it that it completes. All from the edge. */
MUST_USE enum err_code files_write_tiles_at(const struct files *f, const struct edge *g,
	uint64_t size, struct err *e);

MUST_USE enum err_code files_sync(const struct files *f, struct err *e);

/* ERR_CORRUPT when it is missing or of another size: it was written once. */
MUST_USE enum err_code files_read_tile(const struct files *f, struct arena *a, uint32_t level,
	uint64_t index, struct str *ret, struct err *e);
/* As stored, gzip. */
MUST_USE enum err_code files_read_bundle_gzip(const struct files *f, struct arena *a,
	uint64_t index, struct str *ret, struct err *e);
MUST_USE enum err_code files_read_bundle(const struct files *f, struct arena *a, uint64_t index,
	struct str *ret, struct err *e);
bool files_has(const struct files *f, bool entries, uint32_t level, uint64_t index);
#endif
