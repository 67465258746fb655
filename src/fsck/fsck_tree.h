/* fsck_tree.h - the Merkle tree of RFC 6962, streamed: leaves in, full tiles and roots out.
 *
 * Is:      the checker's own arithmetic, from doc/formats/tlog.md alone.
 * Is not:  the writer's (tlog/merkle.h, tlog/tile.h): sharing it would hide its mistakes.
 * I1  levels[l].count < 256 between calls: a full tile was handed to `tile` and folded upward.
 */
#ifndef HUREN_FSCK_FSCK_TREE_H
#define HUREN_FSCK_FSCK_TREE_H

#include "base/err.h"
#include "crypto/digest.h"

#define FSCK_TILE_WIDTH 256
#define FSCK_TREE_LEVELS 8       /* 256^8 leaves do not fit in 64 bits */
#define FSCK_PATH_BYTES 64

struct fsck_tree_level {
	uint64_t tiles;          /* full ones before the open one */
	uint32_t count;
	struct digest hashes[FSCK_TILE_WIDTH];
};

struct fsck_tree {
	uint64_t size;
	/* Called for each full tile; an error ends the append. May be NULL. */
	enum err_code (*tile)(void *context, uint32_t level, uint64_t index,
		const struct digest *hashes, struct err *e);
	void *context;
	struct fsck_tree_level levels[FSCK_TREE_LEVELS];
};

/* The tree is large (66 kB): keep it in an arena. A zeroed tree is empty. */
MUST_USE enum err_code fsck_tree_append(struct fsck_tree *t, const struct digest *leaf,
	struct err *e);
struct digest fsck_tree_root(const struct fsck_tree *t);
/* Path of a full tile, or of an entry bundle (`level` < 0), below the log's folder: for instance
 * "tile/1/x001/067", "tile/entries/000". */
void fsck_tree_path(int level, uint64_t index, char ret[FSCK_PATH_BYTES]);

#endif
