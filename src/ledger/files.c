/* files.c - full tiles and bundles on disk. */
#include "ledger/files.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"

#define PATH_BYTES (FILES_FOLDER_BYTES + TILE_PATH_BYTES + 8)
#define GZIP_WINDOW (15 + 16)  /* zlib's way to say: gzip framing */
/* Measured on bundles of receipts (70 kB): see doc/performance.md. */
#define GZIP_LEVEL 4
#define ENTRY_BYTES_MAX 65535
#define BUNDLE_BYTES_MAX (TILE_WIDTH * (2 + ENTRY_BYTES_MAX))
#define TILE_BYTES (TILE_WIDTH * DIGEST_BYTES)

enum err_code files_init(struct files *f, const char *dir, const char *name, struct err *e)
{
	size_t len = (size_t)snprintf(f->folder, sizeof(f->folder), "%s/%s", dir, name);

	if (len >= sizeof(f->folder))
		return err_set(e, ERR_IO, "could not use folder: path of %zu bytes too long", len);
	return ERR_OK;
}

static void path_of(const struct files *f, const struct tile_id *t, char ret[PATH_BYTES])
{
	char path[TILE_PATH_BYTES];

	tile_path(t, path);
	(void)snprintf(ret, PATH_BYTES, "%s/%s%s", f->folder, path, t->entries ? ".gz" : "");
}

enum err_code files_write_tile(const struct files *f, uint32_t level, uint64_t index,
	const struct digest hashes[TILE_WIDTH], struct err *e)
{
	struct tile_id t = { .level = level, .index = index, .width = TILE_WIDTH };
	char path[PATH_BYTES];

	static_assert(sizeof(struct digest) == DIGEST_BYTES, "a tile is its digests side by side");
	path_of(f, &t, path);
	return io_write_later(path, (struct str){ (const char *)hashes, TILE_BYTES }, 0644, e);
}

/* The same bytes give the same file everywhere: no name, no time in the header. */
static enum err_code compress_into(struct buf *b, struct str bytes, struct err *e)
{
	z_stream stream = { 0 };
	int result = deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 9,
		Z_DEFAULT_STRATEGY);

	if (result != Z_OK)
		return err_set(e, ERR_INTERNAL, "could not start compression: %d", result);
	if (!buf_reserve(b, deflateBound(&stream, (uLong)bytes.len))) {
		(void)deflateEnd(&stream); /* says only that nothing was compressed */
		return buf_check(b, "bundle", e);
	}
	stream.next_in = (z_const Bytef *)(uintptr_t)bytes.at;
	stream.avail_in = (uInt)bytes.len;
	stream.next_out = (Bytef *)b->at + b->len;
	stream.avail_out = (uInt)(b->capacity - b->len);
	result = deflate(&stream, Z_FINISH);
	b->len = b->capacity - stream.avail_out;
	CHECK(deflateEnd(&stream) == Z_OK);
	CHECK(result == Z_STREAM_END); /* the bound is a bound */
	return ERR_OK;
}

enum err_code files_write_bundle(const struct files *f, uint64_t index, struct str bytes,
	struct err *e)
{
	struct tile_id t = { .entries = true, .index = index, .width = TILE_WIDTH };
	char path[PATH_BYTES];
	struct buf b;
	enum err_code code;

	buf_init(&b, BUNDLE_BYTES_MAX + 65536);
	path_of(f, &t, path);
	code = compress_into(&b, bytes, e);
	if (code == ERR_OK)
		code = io_write_later(path, buf_str(&b), 0644, e);
	buf_clear(&b);
	return code;
}

enum err_code files_write_tiles_at(const struct files *f, const struct edge *g, uint64_t size,
	struct err *e)
{
	struct digest hashes[TILE_WIDTH];
	uint64_t index = size;

	for (uint32_t level = 0; index > 0 && index % TILE_WIDTH == 0; level++) {
		index /= TILE_WIDTH;
		CHECK(edge_read(g, level, (index - 1) * TILE_WIDTH, TILE_WIDTH, hashes));
		TRY(files_write_tile(f, level, index - 1, hashes, e));
	}
	return ERR_OK;
}

enum err_code files_sync(const struct files *f, struct err *e)
{
	return io_sync(f->folder, e);
}

static enum err_code read_stored(const struct files *f, struct arena *a, const struct tile_id *t,
	size_t max, struct str *ret, struct err *e)
{
	char path[PATH_BYTES];
	enum err_code code;

	path_of(f, t, path);
	code = io_read_file(a, path, max, ret, e);
	if (code != ERR_NOT_FOUND)
		return code;
	(void)err_set(e, ERR_CORRUPT, "file \"%s\" is missing", path);
	(void)err_hint(e, "Put the folder back from a backup, or run \"huren fsck\".");
	return ERR_CORRUPT;
}

enum err_code files_read_tile(const struct files *f, struct arena *a, uint32_t level,
	uint64_t index, struct str *ret, struct err *e)
{
	struct tile_id t = { .level = level, .index = index, .width = TILE_WIDTH };
	struct str bytes;

	TRY(read_stored(f, a, &t, TILE_BYTES, &bytes, e));
	if (bytes.len != TILE_BYTES)
		return err_set(e, ERR_CORRUPT, "tile %llu of level %u has %zu bytes",
			(unsigned long long)index, level, bytes.len);
	*ret = bytes;
	return ERR_OK;
}

enum err_code files_read_bundle_gzip(const struct files *f, struct arena *a, uint64_t index,
	struct str *ret, struct err *e)
{
	struct tile_id t = { .entries = true, .index = index, .width = TILE_WIDTH };

	return read_stored(f, a, &t, BUNDLE_BYTES_MAX + 65536, ret, e);
}

/* Expands to the length that the gzip trailer names, which must be a bundle's. */
static enum err_code expand(struct arena *a, struct str gzip, struct str *ret, struct err *e)
{
	const uint8_t *end = (const uint8_t *)gzip.at + gzip.len;
	z_stream stream = { 0 };
	size_t len;
	char *room;
	int result;

	if (gzip.len < 18)
		return err_set(e, ERR_CORRUPT, "too short for gzip");
	len = (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 |
		(size_t)end[-1] << 24;
	if (len > BUNDLE_BYTES_MAX)
		return err_set(e, ERR_CORRUPT, "expands to %zu bytes", len);
	room = arena_alloc(a, len + 1);
	if (!room)
		return err_set(e, ERR_TOO_LARGE, "no memory to expand a bundle");
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return err_set(e, ERR_INTERNAL, "could not start expansion");
	stream.next_in = (z_const Bytef *)(uintptr_t)gzip.at;
	stream.avail_in = (uInt)gzip.len;
	stream.next_out = (Bytef *)room;
	stream.avail_out = (uInt)len + 1;
	result = inflate(&stream, Z_FINISH);
	(void)inflateEnd(&stream); /* the result is known */
	if (result != Z_STREAM_END || stream.total_out != len || stream.avail_in != 0)
		return err_set(e, ERR_CORRUPT, "not the gzip that was written");
	*ret = (struct str){ room, len };
	return ERR_OK;
}

enum err_code files_read_bundle(const struct files *f, struct arena *a, uint64_t index,
	struct str *ret, struct err *e)
{
	enum err_code code;
	struct str gzip;

	TRY(files_read_bundle_gzip(f, a, index, &gzip, e));
	code = expand(a, gzip, ret, e);
	if (code != ERR_OK)
		(void)err_in(e, "bundle %llu", (unsigned long long)index);
	return code;
}

bool files_has(const struct files *f, bool entries, uint32_t level, uint64_t index)
{
	struct tile_id t = { .entries = entries, .level = level, .index = index,
		.width = TILE_WIDTH };
	char path[PATH_BYTES];

	path_of(f, &t, path);
	return io_exists(path);
}
