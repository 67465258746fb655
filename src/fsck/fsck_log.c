/* fsck_log.c - one log's tiles, bundles and signed heads against the tree its entries make. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/io.h"
#include "fsck/fsck_inner.h"

#define TILE_BYTES (FSCK_TILE_WIDTH * DIGEST_BYTES)
#define ENTRY_BYTES_MAX 65535
#define BUNDLE_BYTES_MAX (FSCK_TILE_WIDTH * (ENTRY_BYTES_MAX + 2))

static enum err_code read_file(struct fsck_log *l, int level, uint64_t index, const char *suffix,
	struct str *ret, struct str *ret_where, struct err *e)
{
	char name[FSCK_PATH_BYTES];
	struct fsck *f = l->fsck;
	const char *path;

	fsck_tree_path(level, index, name);
	*ret_where = str_printf(f->work, STR_FMT "/%s%s", STR_ARG(l->folder), name, suffix);
	path = arena_printf(f->work, "%s/" STR_FMT, f->dir, STR_ARG(*ret_where));
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "no memory left for a path");
	return io_read_file(f->work, path, BUNDLE_BYTES_MAX, ret, e);
}

/* Compares a full tile with its file; the file must be there below files_size. */
static enum err_code compare_tile(void *context, uint32_t level, uint64_t index,
	const struct digest *hashes, struct err *e)
{
	struct fsck_log *l = context;
	uint64_t leaves = (uint64_t)1 << (8 * (level + 1));
	struct str bytes, where;
	struct err own = { 0 };
	enum err_code code;

	(void)e; /* a difference is a problem found, not a failure to check */
	arena_reset(l->fsck->work);
	code = read_file(l, (int)level, index, "", &bytes, &where, &own);
	if (code == ERR_NOT_FOUND && (index + 1) * leaves > l->files_size)
		return ERR_OK;
	if (code != ERR_OK) {
		fsck_found_err(l->fsck, where.at, &own);
		return ERR_OK;
	}
	l->fsck->report->tiles++;
	if (bytes.len != TILE_BYTES) {
		fsck_found(l->fsck, where.at, "tile has %zu bytes in place of %d", bytes.len,
			TILE_BYTES);
		return ERR_OK;
	}
	for (uint32_t i = 0; i < FSCK_TILE_WIDTH; i++) {
		if (memcmp(bytes.at + i * DIGEST_BYTES, hashes[i].at, DIGEST_BYTES) == 0)
			continue;
		fsck_found(l->fsck, where.at, "hash %u is not the one its entries make", i);
		break;
	}
	return ERR_OK;
}

/* gzip to bytes, at most BUNDLE_BYTES_MAX; one member, nothing behind it. */
static enum err_code expand(struct arena *a, struct str packed, struct str *ret, struct err *e)
{
	z_stream z = { 0 };
	char *out = arena_alloc(a, BUNDLE_BYTES_MAX);
	struct str copy = str_copy(a, packed);
	int result;

	if (!out || !copy.at || inflateInit2(&z, 15 + 16) != Z_OK)
		return err_set(e, ERR_TOO_LARGE, "no memory left to expand a bundle");
	z.next_in = (Bytef *)(uintptr_t)copy.at;
	z.avail_in = (uInt)copy.len;
	z.next_out = (Bytef *)out;
	z.avail_out = BUNDLE_BYTES_MAX;
	result = inflate(&z, Z_FINISH);
	*ret = (struct str){ .at = out, .len = z.total_out };
	(void)inflateEnd(&z); /* it only frees */
	if (result != Z_STREAM_END || z.avail_in > 0)
		return err_set(e, ERR_CORRUPT, "bundle is not one whole gzip member");
	return ERR_OK;
}

enum err_code fsck_log_bundle(struct fsck_log *l, uint64_t index, struct str *ret, struct err *e)
{
	struct str packed, where;

	TRY(read_file(l, -1, index, ".gz", &packed, &where, e));
	return expand(l->fsck->work, packed, ret, e);
}

enum err_code fsck_bundle_cut(struct str *rest, struct str *ret, struct err *e)
{
	size_t len;

	if (rest->len < 2)
		return err_set(e, ERR_CORRUPT, "bundle ends within an entry");
	len = (size_t)(uint8_t)rest->at[0] << 8 | (uint8_t)rest->at[1];
	if (rest->len < 2 + len)
		return err_set(e, ERR_CORRUPT, "bundle ends within an entry");
	*ret = (struct str){ .at = rest->at + 2, .len = len };
	*rest = str_skip(*rest, 2 + len);
	return ERR_OK;
}

/* First entry in which two bundles differ. */
static uint32_t first_difference(struct str a, struct str b)
{
	struct str x, y;
	uint32_t i;

	for (i = 0; i < FSCK_TILE_WIDTH; i++)
		if (fsck_bundle_cut(&a, &x, NULL) != ERR_OK ||
			fsck_bundle_cut(&b, &y, NULL) != ERR_OK || !str_eq(x, y))
			break;
	return i;
}

/* Compares the bundle just filled with its file. */
static void compare_bundle(struct fsck_log *l, uint64_t index)
{
	struct fsck *f = l->fsck;
	struct str packed, bytes, where;
	struct err e = { 0 };
	enum err_code code;

	arena_reset(f->work);
	code = read_file(l, -1, index, ".gz", &packed, &where, &e);
	if (code == ERR_NOT_FOUND && (index + 1) * FSCK_TILE_WIDTH > l->files_size)
		return;
	if (code == ERR_OK)
		code = expand(f->work, packed, &bytes, &e);
	if (code != ERR_OK) {
		fsck_found_err(f, where.at, &e);
		return;
	}
	f->report->bundles++;
	if (!str_eq(bytes, buf_str(&l->bundle)))
		fsck_found(f, where.at, "entry %u is not the receipt of its row",
			first_difference(bytes, buf_str(&l->bundle)));
}

/* Compares the heads that end here. */
static void compare_heads(struct fsck_log *l)
{
	struct digest root;

	for (uint32_t i = 0; i < l->head_count; i++) {
		struct fsck_head *h = &l->heads[i];

		if (h->reached || h->checkpoint.size != l->tree->size)
			continue;
		h->reached = true;
		l->fsck->report->checkpoints++;
		root = fsck_tree_root(l->tree);
		if (!digest_eq(&root, &h->checkpoint.root))
			fsck_found(l->fsck, h->where, "root of %llu entries is not the one signed",
				(unsigned long long)l->tree->size);
	}
}

enum err_code fsck_log_open(struct fsck *f, struct str folder, struct str origin,
	uint64_t files_size, struct fsck_log *ret, struct err *e)
{
	struct fsck_log l = { .fsck = f, .folder = folder, .origin = origin };

	l.files_size = files_size;
	l.tree = ARENA_NEW(f->arena, struct fsck_tree);
	if (!l.tree)
		return err_set(e, ERR_TOO_LARGE, "no memory left for a tree");
	buf_init(&l.bundle, BUNDLE_BYTES_MAX);
	*ret = l;
	ret->tree->tile = compare_tile;
	ret->tree->context = ret; /* it does not move from here */
	return ERR_OK;
}

void fsck_log_close(struct fsck_log *l)
{
	buf_clear(&l->bundle);
}

/* Every line of a key we know must hold; one must be the log's own Ed25519 line. */
static void verify_head(struct fsck_log *l, const struct fsck_head *h)
{
	struct fsck *f = l->fsck;
	bool by_log = false;

	for (uint32_t i = 0; i < f->vkey_count; i++) {
		const struct fsck_vkey *k = &f->vkeys[i];
		struct err e = { 0 };
		uint32_t count = 0;

		if (fsck_checkpoint_verify(f->arena, &h->checkpoint, k, &count, &e) != ERR_OK)
			fsck_found_err(f, h->where, &e);
		f->report->signatures += count;
		if (count > 0 && k->type == 0x01 && str_eq(k->name, l->origin))
			by_log = true;
	}
	if (!by_log)
		fsck_found(f, h->where, "no signature by the key of its log");
}

void fsck_log_add_head(struct fsck_log *l, const char *where, struct str note, uint64_t size)
{
	struct fsck *f = l->fsck;
	struct fsck_head *h = &l->heads[l->head_count];
	struct str copy = str_copy(f->arena, note);
	struct err e = { 0 };

	CHECK(l->head_count < sizeof(l->heads) / sizeof(l->heads[0]));
	*h = (struct fsck_head){ .where = str_z(f->arena, str_of(where)) };
	if (!h->where || !copy.at)
		fsck_found(f, where, "no memory left for a checkpoint");
	else if (fsck_checkpoint_parse(f->arena, copy, &h->checkpoint, &e) != ERR_OK)
		fsck_found_err(f, where, &e);
	else if (!str_eq(h->checkpoint.origin, l->origin))
		fsck_found(f, where, "checkpoint is of another log");
	else if (h->checkpoint.size != size)
		fsck_found(f, where, "checkpoint is not of the size its row says");
	else {
		l->head_count++;
		verify_head(l, h);
		compare_heads(l); /* of the empty tree */
	}
}

enum err_code fsck_log_entry(struct fsck_log *l, struct str entry, struct err *e)
{
	struct digest leaf = digest_sha256_leaf(entry);

	buf_put_be16(&l->bundle, (uint16_t)entry.len);
	buf_put_str(&l->bundle, entry);
	TRY(fsck_tree_append(l->tree, &leaf, e));
	if (l->tree->size % FSCK_TILE_WIDTH == 0) {
		if (!l->from_bundles)
			compare_bundle(l, l->tree->size / FSCK_TILE_WIDTH - 1);
		buf_reset(&l->bundle);
	}
	compare_heads(l);
	return ERR_OK;
}

void fsck_log_end(struct fsck_log *l)
{
	for (uint32_t i = 0; i < l->head_count; i++)
		if (!l->heads[i].reached)
			fsck_found(l->fsck, l->heads[i].where,
				"%llu entries are signed, %llu are here",
				(unsigned long long)l->heads[i].checkpoint.size,
				(unsigned long long)l->tree->size);
}
