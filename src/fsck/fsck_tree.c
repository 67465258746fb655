/* fsck_tree.c - leaves in, full tiles and roots out. */
#include "fsck/fsck_tree.h"

#include <stdio.h>
#include <string.h>

/* Root of `count` hashes, a power of two, by pairs. */
static struct digest perfect_root(const struct digest *hashes, uint32_t count)
{
	struct digest row[FSCK_TILE_WIDTH];

	CHECK(count > 0 && count <= FSCK_TILE_WIDTH);
	memcpy(row, hashes, count * sizeof(*row));
	for (; count > 1; count /= 2)
		for (uint32_t i = 0; i < count / 2; i++)
			row[i] = digest_sha256_node(&row[2 * i], &row[2 * i + 1]);
	return row[0];
}

enum err_code fsck_tree_append(struct fsck_tree *t, const struct digest *leaf, struct err *e)
{
	struct digest hash = *leaf;

	for (uint32_t level = 0; level < FSCK_TREE_LEVELS; level++) {
		struct fsck_tree_level *l = &t->levels[level];

		l->hashes[l->count++] = hash;
		if (l->count < FSCK_TILE_WIDTH)
			break;
		if (t->tile)
			TRY(t->tile(t->context, level, l->tiles, l->hashes, e));
		hash = perfect_root(l->hashes, FSCK_TILE_WIDTH);
		l->tiles++;
		l->count = 0;
	}
	t->size++;
	return ERR_OK;
}

struct digest fsck_tree_root(const struct fsck_tree *t)
{
	struct digest peaks[FSCK_TREE_LEVELS * 8];
	struct digest root;
	uint32_t count = 0;

	/* Perfect subtrees from left to right: the upper levels stand further left. */
	for (uint32_t level = FSCK_TREE_LEVELS; level-- > 0;) {
		const struct fsck_tree_level *l = &t->levels[level];
		uint32_t at = 0;

		for (uint32_t width = FSCK_TILE_WIDTH / 2; width > 0; width /= 2) {
			if (!(l->count & width))
				continue;
			peaks[count++] = perfect_root(&l->hashes[at], width);
			at += width;
		}
	}
	if (count == 0)
		return digest_sha256(STR(""));
	root = peaks[--count];
	while (count > 0)
		root = digest_sha256_node(&peaks[--count], &root);
	return root;
}

void fsck_tree_path(int level, uint64_t index, char ret[FSCK_PATH_BYTES])
{
	unsigned groups[8];
	uint32_t count = 0;
	int len;

	do {
		groups[count++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index > 0 && count < 8);
	len = level < 0 ? snprintf(ret, FSCK_PATH_BYTES, "tile/entries")
			: snprintf(ret, FSCK_PATH_BYTES, "tile/%d", level);
	while (count-- > 0)
		len += snprintf(ret + len, (size_t)(FSCK_PATH_BYTES - len), "/%s%03u",
			count > 0 ? "x" : "", groups[count]);
}
