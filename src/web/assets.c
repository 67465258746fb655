/* assets.c - reading a folder once, hashing and compressing each file. */
#include "web/assets.h"

#include <string.h>
#include <zlib.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "crypto/digest.h"

#define ASSETS_CAP_BYTES 8388608
#define ASSET_BYTES 262144     /* a page with all it needs weighs under 60 kB */
#define HASH_BYTES 4

struct assets {
	struct arena arena;
	struct asset *first;
};

static const struct { const char *ending, *type; } types[] = {
	{ ".css", "text/css; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" }, { ".png", "image/png" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "static files need too much memory");
}

static const char *type_of(struct str name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_ends(name, types[i].ending))
			return types[i].type;
	return NULL;
}

#define GZIP_BEST 9

enum err_code assets_gzip(struct arena *a, struct str bytes, int level, struct str *ret,
	struct err *e)
{
	z_stream z = { 0 };
	uLong bound;
	uint8_t *out;
	int done;

	if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_INTERNAL, "could not start compression");
	bound = deflateBound(&z, bytes.len);
	out = arena_alloc(a, bound);
	if (!out) {
		(void)deflateEnd(&z); /* nothing was written yet */
		return full(e);
	}
	memcpy(&z.next_in, &bytes.at, sizeof(bytes.at)); /* zlib's pointer is not const */
	z.avail_in = (uInt)bytes.len;
	z.next_out = out;
	z.avail_out = (uInt)bound;
	done = deflate(&z, Z_FINISH);
	*ret = (struct str){ (const char *)out, z.total_out };
	(void)deflateEnd(&z); /* the result is known already */
	return done == Z_STREAM_END ? ERR_OK : err_set(e, ERR_INTERNAL, "could not compress");
}

enum err_code assets_add(struct assets *s, struct str name, struct str bytes, struct err *e)
{
	struct digest d = digest_sha256(bytes);
	struct asset *asset = ARENA_NEW(&s->arena, struct asset);
	char hash[2 * DIGEST_BYTES + 1];
	struct str stem = name;

	if (!asset)
		return full(e);
	if (bytes.len > ASSET_BYTES)
		return err_set(e, ERR_TOO_LARGE, "static file \"" STR_FMT "\" is over %d bytes",
			STR_ARG(name), ASSET_BYTES);
	asset->type = type_of(name);
	if (!asset->type)
		return err_set(e, ERR_UNSUPPORTED, "static file \"" STR_FMT
			"\" is of no known type",
			STR_ARG(name));
	while (stem.len > 0 && stem.at[stem.len - 1] != '.')
		stem.len--;
	hex_encode(d.at, DIGEST_BYTES, hash);
	asset->name = str_copy(&s->arena, name);
	asset->url = arena_printf(&s->arena, "/static/" STR_FMT "%.*s." STR_FMT, STR_ARG(stem),
		2 * HASH_BYTES, hash, STR_ARG(str_skip(name, stem.len)));
	asset->etag = arena_printf(&s->arena, "\"%.32s\"", hash);
	asset->bytes = str_copy(&s->arena, bytes);
	if (!asset->name.at || !asset->url || !asset->etag || !asset->bytes.at)
		return full(e);
	TRY(assets_gzip(&s->arena, bytes, GZIP_BEST, &asset->gzip, e));
	asset->next = s->first;
	s->first = asset;
	return ERR_OK;
}

static enum err_code read_folder(struct assets *s, const char *folder, struct err *e)
{
	SCOPED_DIR dir = opendir(folder);
	struct dirent *entry;

	if (!dir)
		return err_set(e, ERR_IO, "could not open folder \"%s\": %s", folder, err_errno());
	while ((entry = readdir(dir))) {
		SCOPED_ARENA a = { 0 };
		struct str bytes;
		char *path;
		if (entry->d_name[0] == '.')
			continue;
		arena_init(&a, ASSET_BYTES * 4);
		path = arena_printf(&a, "%s/%s", folder, entry->d_name);
		if (!path)
			return full(e);
		TRY(io_read_file(&a, path, ASSET_BYTES, &bytes, e));
		TRY(assets_add(s, str_of(entry->d_name), bytes, e));
	}
	return ERR_OK;
}

enum err_code assets_open(const char *folder, struct assets **ret, struct err *e)
{
	struct assets *s = handle_new(sizeof(*s));
	enum err_code code;

	arena_init(&s->arena, ASSETS_CAP_BYTES);
	code = read_folder(s, folder, e);
	if (code != ERR_OK) {
		assets_close(s);
		return code;
	}
	*ret = s;
	return ERR_OK;
}

void assets_close(struct assets *s)
{
	if (!s)
		return;
	arena_clear(&s->arena);
	handle_drop(s);
}

const struct asset *assets_find(const struct assets *s, struct str name, bool *ret_immutable)
{
	for (const struct asset *asset = s->first; asset; asset = asset->next) {
		bool hashed = str_eq(str_of(asset->url + strlen("/static/")), name);
		if (!hashed && !str_eq(asset->name, name))
			continue;
		*ret_immutable = hashed;
		return asset;
	}
	return NULL;
}

struct json *assets_urls(const struct assets *s, struct arena *a)
{
	struct json *urls = json_new_object(a);

	for (const struct asset *asset = s->first; asset; asset = asset->next) {
		char *name = str_z(a, asset->name);
		if (!name)
			return NULL;
		for (char *c = name; *c; c++)
			if (*c == '.' || *c == '-')
				*c = '_';
		urls = json_set_text(a, urls, name, asset->url);
	}
	return urls;
}
