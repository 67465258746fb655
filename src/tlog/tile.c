/* tile.c - C2SP tlog-tiles. A tile of level t holds the nodes of tree level 8t; the seven tree
 * levels between two tile levels are hashed anew each time they are asked for.
 */
#include "tlog/tile.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define TILE_HEIGHT 8
#define TILE_LEVEL_MAX 63
#define TILE_GROUPS_MAX 7 /* 20 digits of a uint64_t by threes */

static_assert(1 << TILE_HEIGHT == TILE_WIDTH, "a tile is a perfect subtree");
static_assert(LIMIT_RECEIPT_BYTES <= TILE_ENTRY_BYTES_MAX, "a receipt fits in a bundle");

void tile_path(const struct tile_id *t, char *ret)
{
	unsigned groups[TILE_GROUPS_MAX];
	uint64_t index = t->index;
	uint32_t count = 0;
	int len;

	CHECK(t->width >= 1);
	CHECK(t->width <= TILE_WIDTH);
	CHECK(t->level <= (t->entries ? 0 : TILE_LEVEL_MAX));
	do {
		groups[count++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index > 0);
	if (t->entries)
		len = snprintf(ret, TILE_PATH_BYTES, "tile/entries");
	else
		len = snprintf(ret, TILE_PATH_BYTES, "tile/%u", (unsigned)t->level);
	while (count-- > 0)
		len += snprintf(ret + len, TILE_PATH_BYTES - (size_t)len,
			count > 0 ? "/x%03u" : "/%03u", groups[count]);
	if (t->width < TILE_WIDTH)
		len += snprintf(ret + len, TILE_PATH_BYTES - (size_t)len, ".p/%u",
			(unsigned)t->width);
	CHECK(len < TILE_PATH_BYTES);
}

/* "x001/x234/067" as 1234067, loosely: the caller writes it back and compares. */
static enum err_code parse_index(struct str groups, uint64_t *ret, struct err *e)
{
	uint64_t index = 0;

	for (size_t i = 0; i < groups.len; i++) {
		char c = groups.at[i];
		if (c == 'x' || c == '/')
			continue;
		if (c < '0' || c > '9')
			return err_set(e, ERR_INVALID, "tile index has a byte that is no digit");
		if (__builtin_mul_overflow(index, (uint64_t)10, &index) ||
			__builtin_add_overflow(index, (uint64_t)(c - '0'), &index))
			return err_set(e, ERR_INVALID, "tile index is over 18446744073709551615");
	}
	*ret = index;
	return ERR_OK;
}

enum err_code tile_path_parse(struct str path, struct tile_id *ret, struct err *e)
{
	struct tile_id t = { .width = TILE_WIDTH };
	struct str rest = path, level;
	char canonical[TILE_PATH_BYTES];
	uint64_t number;
	size_t partial = str_find(path, STR(".p/"));

	if (partial != SIZE_MAX) {
		TRY(str_parse_u64(str_skip(path, partial + 3), &number, e));
		if (number < 1 || number >= TILE_WIDTH)
			return err_set(e, ERR_INVALID, "width of a partial tile is not 1 to 255");
		t.width = (uint32_t)number;
		rest.len = partial;
	}
	if (!str_starts(rest, "tile/"))
		return err_set(e, ERR_INVALID, "tile path does not begin with tile/");
	rest = str_skip(rest, 5);
	level = str_cut(&rest, '/');
	t.entries = str_is(level, "entries");
	if (!t.entries) {
		TRY(str_parse_u64(level, &number, e));
		if (number > TILE_LEVEL_MAX)
			return err_set(e, ERR_INVALID, "tile level is over 63");
		t.level = (uint32_t)number;
	}
	TRY(parse_index(rest, &t.index, e));
	tile_path(&t, canonical);
	if (!str_is(path, canonical))
		return err_set(e, ERR_INVALID, "tile path is not spelled \"%s\"", canonical);
	*ret = t;
	return ERR_OK;
}

uint32_t tile_width_at(uint32_t level, uint64_t index, uint64_t size)
{
	uint64_t element_count, full_count;

	CHECK(level <= TILE_LEVEL_MAX);
	if (level * TILE_HEIGHT >= 64)
		return 0;
	element_count = size >> (level * TILE_HEIGHT);
	full_count = element_count / TILE_WIDTH;
	if (index < full_count)
		return TILE_WIDTH;
	return index == full_count ? (uint32_t)(element_count % TILE_WIDTH) : 0;
}

struct digest tile_root(const struct digest *hashes, uint32_t count)
{
	struct digest row[TILE_WIDTH / 2];

	CHECK(count >= 1);
	CHECK(count <= TILE_WIDTH);
	CHECK((count & (count - 1)) == 0);
	if (count == 1)
		return hashes[0];
	for (uint32_t i = 0; i < count / 2; i++)
		row[i] = digest_sha256_node(&hashes[2 * i], &hashes[2 * i + 1]);
	for (count /= 2; count > 1; count /= 2) {
		for (uint32_t i = 0; i < count / 2; i++)
			row[i] = digest_sha256_node(&row[2 * i], &row[2 * i + 1]);
	}
	return row[0];
}

static enum err_code source_node(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	struct tile_source *s = context;
	struct tile_id want = { .level = level / TILE_HEIGHT };
	uint32_t height = level % TILE_HEIGHT; /* of the node above its tile's elements */
	uint32_t first;

	if (level > 63 || index >= s->size >> level)
		return err_set(e, ERR_INVALID,
			"node %llu of level %u is not in a tree of size %llu",
			(unsigned long long)index, (unsigned)level, (unsigned long long)s->size);
	want.index = index >> (TILE_HEIGHT - height);
	want.width = tile_width_at(want.level, want.index, s->size);
	first = (uint32_t)((index << height) % TILE_WIDTH);
	CHECK(first + (1u << height) <= want.width);
	if (s->kept.width != want.width || s->kept.level != want.level ||
		s->kept.index != want.index) {
		s->kept.width = 0; /* a failing read may leave half a tile */
		TRY(s->read(s->context, &want, s->hashes, e));
		s->kept = want;
	}
	*ret = tile_root(s->hashes + first, 1u << height);
	return ERR_OK;
}

struct merkle_reader tile_merkle_reader(struct tile_source *s)
{
	return (struct merkle_reader){ .node = source_node, .context = s };
}

enum err_code tile_bundle_put(struct buf *b, struct str entry, struct err *e)
{
	if (entry.len > TILE_ENTRY_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "entry of %zu bytes is over %d", entry.len,
			TILE_ENTRY_BYTES_MAX);
	buf_put_be16(b, (uint16_t)entry.len);
	buf_put_str(b, entry);
	return buf_check(b, "entry bundle", e);
}

enum err_code tile_bundle_split(struct str bytes, uint32_t count, struct str *ret_entries,
	struct err *e)
{
	struct str entries[TILE_WIDTH];

	if (count < 1 || count > TILE_WIDTH)
		return err_set(e, ERR_INVALID, "entry bundle of %u entries is not one of 1 to %d",
			(unsigned)count, TILE_WIDTH);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *at = (const uint8_t *)bytes.at;
		if (bytes.len < 2)
			return err_set(e, ERR_INVALID, "entry bundle ends before entry %u",
				(unsigned)i + 1);
		entries[i].len = (size_t)at[0] << 8 | at[1];
		bytes = str_skip(bytes, 2);
		if (bytes.len < entries[i].len)
			return err_set(e, ERR_INVALID, "entry bundle ends within entry %u",
				(unsigned)i + 1);
		entries[i].at = bytes.at;
		bytes = str_skip(bytes, entries[i].len);
	}
	if (bytes.len > 0)
		return err_set(e, ERR_INVALID, "entry bundle goes on after its %u entries",
			(unsigned)count);
	memcpy(ret_entries, entries, count * sizeof(entries[0]));
	return ERR_OK;
}
