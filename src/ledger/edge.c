/* edge.c - right edge of a log's tiles: rings of hashes, one for each level. */
#include "ledger/edge.h"

#include <string.h>

#define UPPER_TILES 2 /* see EDGE_LEAF_TILES_MAX */

void edge_open(struct edge *g, uint32_t leaf_tiles)
{
	CHECK(leaf_tiles > 0);
	CHECK(leaf_tiles <= EDGE_LEAF_TILES_MAX);
	memset(g, 0, sizeof(*g));
	for (uint32_t level = 0; level < EDGE_LEVELS; level++) {
		struct edge_level *v = &g->levels[level];
		v->capacity = (level == 0 ? leaf_tiles + 1 : UPPER_TILES) * TILE_WIDTH;
		v->hashes = handle_new(v->capacity * sizeof(struct digest));
	}
	edge_reset(g);
}

void edge_close(struct edge *g)
{
	for (uint32_t level = 0; level < EDGE_LEVELS; level++)
		handle_drop(g->levels[level].hashes);
	memset(g, 0, sizeof(*g));
}

void edge_reset(struct edge *g)
{
	merkle_range_init(&g->range);
	for (uint32_t level = 0; level < EDGE_LEVELS; level++)
		g->levels[level].first = g->levels[level].count = 0;
}

static struct digest *slot(const struct edge_level *v, uint64_t position)
{
	return &v->hashes[position % v->capacity];
}

void edge_copy(struct edge *to, const struct edge *from)
{
	to->range = from->range;
	for (uint32_t level = 0; level < EDGE_LEVELS; level++) {
		const struct edge_level *source = &from->levels[level];
		struct edge_level *v = &to->levels[level];
		CHECK(source->count - source->first <= v->capacity);
		v->first = source->first;
		v->count = source->count;
		for (uint64_t i = v->first; i < v->count; i++)
			*slot(v, i) = *slot(source, i);
	}
}

uint64_t edge_room(const struct edge *g)
{
	const struct edge_level *v = &g->levels[0];

	return v->capacity - (v->count - v->first);
}

/* Root of the full tile that ends just below position `end`. */
static struct digest last_tile_root(const struct edge_level *v, uint64_t end)
{
	struct digest nodes[TILE_WIDTH];

	for (uint32_t i = 0; i < TILE_WIDTH; i++)
		nodes[i] = *slot(v, end - TILE_WIDTH + i);
	return tile_root(nodes, TILE_WIDTH);
}

void edge_append(struct edge *g, const struct digest *leaf_hash)
{
	struct digest hash = *leaf_hash;

	merkle_range_append(&g->range, leaf_hash);
	for (uint32_t level = 0; level < EDGE_LEVELS; level++) {
		struct edge_level *v = &g->levels[level];
		CHECK(v->count - v->first < v->capacity);
		*slot(v, v->count++) = hash;
		if (v->count % TILE_WIDTH != 0)
			return;
		hash = last_tile_root(v, v->count); /* I1 */
	}
}

void edge_mark(const struct edge *g, struct edge_mark *ret)
{
	ret->range = g->range;
	for (uint32_t level = 0; level < EDGE_LEVELS; level++)
		ret->counts[level] = g->levels[level].count;
}

void edge_rollback(struct edge *g, const struct edge_mark *m)
{
	g->range = m->range;
	for (uint32_t level = 0; level < EDGE_LEVELS; level++) {
		CHECK(m->counts[level] >= g->levels[level].first); /* I2: nothing dropped since */
		g->levels[level].count = m->counts[level];
	}
}

/* Positions at `level` that stand for whole subtrees of the first `size` leaves. */
static uint64_t count_at(uint32_t level, uint64_t size)
{
	return size >> (8 * level);
}

uint64_t edge_first_at(uint32_t level, uint64_t files_size)
{
	return count_at(level, files_size) / TILE_WIDTH * TILE_WIDTH;
}

void edge_drop(struct edge *g, uint64_t files_size)
{
	CHECK(files_size % TILE_WIDTH == 0);
	CHECK(files_size <= g->range.size);
	for (uint32_t level = 0; level < EDGE_LEVELS; level++) {
		uint64_t first = edge_first_at(level, files_size);
		if (first > g->levels[level].first)
			g->levels[level].first = first;
	}
}

bool edge_read(const struct edge *g, uint32_t level, uint64_t position, uint32_t count,
	struct digest *ret)
{
	const struct edge_level *v;

	if (level >= EDGE_LEVELS)
		return false;
	v = &g->levels[level];
	if (position < v->first || position + count > v->count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		ret[i] = *slot(v, position + i);
	return true;
}

void edge_load_begin(struct edge *g, uint64_t files_size)
{
	edge_reset(g);
	for (uint32_t level = 0; level < EDGE_LEVELS; level++)
		g->levels[level].first = g->levels[level].count = edge_first_at(level, files_size);
}

enum err_code edge_load_hash(struct edge *g, uint32_t level, uint64_t position,
	const struct digest *hash, struct err *e)
{
	struct edge_level *v;

	if (level == 0 || level >= EDGE_LEVELS)
		return err_set(e, ERR_CORRUPT, "stored edge has level %u", level);
	v = &g->levels[level];
	if (position != v->count || v->count - v->first >= v->capacity)
		return err_set(e, ERR_CORRUPT,
			"stored edge has position %llu at level %u where %llu belongs",
			(unsigned long long)position, level, (unsigned long long)v->count);
	*slot(v, v->count++) = *hash;
	return ERR_OK;
}

/* merkle_reader over the edge. */
static enum err_code read_node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	const struct edge *g = context;
	struct digest nodes[TILE_WIDTH];
	uint32_t width = 1u << (level % 8);

	if (!edge_read(g, level / 8, index << (level % 8), width, nodes))
		return err_set(e, ERR_CORRUPT, "stored edge lacks node %llu at level %u",
			(unsigned long long)index, level);
	*ret = tile_root(nodes, width);
	return ERR_OK;
}

enum err_code edge_load_done(struct edge *g, uint64_t files_size, struct err *e)
{
	struct merkle_reader reader = { .node = read_node, .context = g };

	for (uint32_t level = 1; level < EDGE_LEVELS; level++)
		if (g->levels[level].count != count_at(level, files_size))
			return err_set(e, ERR_CORRUPT,
				"stored edge has %llu hashes at level %u, %llu are needed",
				(unsigned long long)g->levels[level].count, level,
				(unsigned long long)count_at(level, files_size));
	return merkle_range_load(&reader, files_size, &g->range, e);
}
