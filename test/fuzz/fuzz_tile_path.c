/* fuzz_tile_path.c - a tile path that is taken is written back to the same text; a bundle that
 * is split is put together to the same bytes. */
#include <stdint.h>

#include "base/scoped.h"
#include "tlog/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the number of entries. */
static void check_bundle(const uint8_t *data, size_t size)
{
	SCOPED_BUF b = { 0 };
	struct str bytes = { (const char *)data + 1, size - 1 }, entries[TILE_WIDTH];
	uint32_t count = (uint32_t)data[0] + 1;

	if (tile_bundle_split(bytes, count, entries, NULL) != ERR_OK)
		return;
	buf_init(&b, size);
	for (uint32_t i = 0; i < count; i++)
		CHECK(tile_bundle_put(&b, entries[i], NULL) == ERR_OK);
	CHECK(str_eq(buf_str(&b), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str path = { (const char *)data, size };
	char again[TILE_PATH_BYTES];
	struct tile_id t;

	if (size == 0)
		return 0;
	check_bundle(data, size);
	if (tile_path_parse(path, &t, NULL) != ERR_OK)
		return 0;
	tile_path(&t, again);
	CHECK(str_is(path, again));
	CHECK(tile_width_at(t.level, t.index, UINT64_MAX) <= TILE_WIDTH);
	return 0;
}
