/* mirror.c - see mirror.h.
 *
 * How entries are proven: the copy's compact range (its verified left part) is extended by the leaf
 * hashes of a batch of bundles. When the batch ends at the checkpoint's size, the range's root must
 * be the signed root. When it ends before, a consistency proof from there to the signed root, read
 * from the log's tiles, must hold. Either way SHA-256 ties every entry to the signature, and the
 * prefix already held to the new checkpoint; only when it fails are more tiles read, to tell damage
 * from a fork. */
#include "peer/mirror.h"

#include <stdio.h>
#include <string.h>

#include "base/scoped.h"

#define BUNDLES_MAX (MIRROR_BATCH_MAX / TILE_WIDTH)
#define TILES_KEPT 32              /* the edge and one path, up to 6 levels each */
#define PATH_IDS_MAX 24
#define BATCH_ARENA_BYTES (80UL << 20) /* 64 full bundles of the largest receipts */
#define WORK_ARENA_BYTES (8UL << 20)
#define KEPT_ARENA_BYTES (1UL << 20)   /* 32 tiles of 8 KiB and the run */
#define MIRROR_SIZE_MAX (1ULL << 40) /* the ledger's places are index + mirror * 2^40 */

struct kept_tile {
	bool used;
	struct tile_id id;
	struct digest hashes[TILE_WIDTH];
};

struct run {
	const struct note_key *key;
	const struct mirror_source *source;
	const struct mirror_copy *copy;
	struct str note;                   /* the checkpoint followed in this run */
	struct checkpoint head;
	struct merkle_range range;         /* of the entries proven so far */
	struct arena *work;                /* tiles on their way; reset between batches */
	struct kept_tile *tiles;           /* TILES_KEPT of them */
	size_t tile_next;                  /* replaced next */
	struct tile_source tile_source;    /* reads through `tiles` */
};

/* ---- tiles of the other side ----------------------------------------------------------------- */

/* Fetches; a partial one that is gone is replaced by the full one. ids[i].width tells what came. */
static enum err_code fetch(struct run *r, struct arena *a, struct tile_id *ids, size_t count,
	struct str *ret, struct err *e)
{
	TRY(r->source->tiles(r->source->context, a, ids, count, ret, e));
	for (size_t i = 0; i < count; i++) {
		if (!ret[i].at && ids[i].width < TILE_WIDTH) {
			ids[i].width = TILE_WIDTH;
			TRY(r->source->tiles(r->source->context, a, &ids[i], 1, &ret[i], e));
		}
		if (!ret[i].at) {
			char path[TILE_PATH_BYTES];
			tile_path(&ids[i], path);
			return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT "\" lacks %s",
				STR_ARG(r->key->name), path);
		}
	}
	return ERR_OK;
}

static struct kept_tile *tile_find(struct run *r, uint32_t level, uint64_t index)
{
	for (size_t i = 0; i < TILES_KEPT; i++) {
		struct kept_tile *t = &r->tiles[i];
		if (t->used && t->id.level == level && t->id.index == index)
			return t;
	}
	return NULL;
}

static enum err_code tile_keep(struct run *r, const struct tile_id *id, struct str bytes,
	struct err *e)
{
	if (bytes.len != (size_t)id->width * DIGEST_BYTES) {
		char path[TILE_PATH_BYTES];
		tile_path(id, path);
		return err_set(e, ERR_UNPROVEN, "%s of log \"" STR_FMT "\" has %zu bytes, not %zu",
			path, STR_ARG(r->key->name), bytes.len, (size_t)id->width * DIGEST_BYTES);
	}
	struct kept_tile *t = &r->tiles[r->tile_next];
	r->tile_next = (r->tile_next + 1) % TILES_KEPT;
	t->used = true;
	t->id = *id;
	memcpy(t->hashes, bytes.at, bytes.len);
	return ERR_OK;
}

/* tile_source.read: from the tiles kept, else fetched alone. */
static enum err_code read_tile(void *context, const struct tile_id *t, struct digest *ret_hashes,
	struct err *e)
{
	struct run *r = context;
	CHECK(!t->entries);
	struct kept_tile *kept = tile_find(r, t->level, t->index);
	if (!kept || kept->id.width < t->width) {
		struct tile_id id = { .level = t->level, .index = t->index,
			.width = tile_width_at(t->level, t->index, r->head.size) };
		struct str bytes = { 0 };
		if (id.width < t->width)
			return err_set(e, ERR_INTERNAL, "a tile was asked for past the tree's "
				"size");
		TRY(fetch(r, r->work, &id, 1, &bytes, e));
		TRY(tile_keep(r, &id, bytes, e));
		kept = tile_find(r, t->level, t->index);
		CHECK(kept != NULL);
	}
	memcpy(ret_hashes, kept->hashes, (size_t)t->width * DIGEST_BYTES);
	return ERR_OK;
}

/* Appends the tile to `ids` unless it is kept, listed or empty. */
static void want_tile(struct run *r, uint32_t level, uint64_t index, struct tile_id *ids,
	size_t *count)
{
	uint32_t width = tile_width_at(level, index, r->head.size);
	if (width == 0 || tile_find(r, level, index))
		return;
	for (size_t i = 0; i < *count; i++) {
		if (!ids[i].entries && ids[i].level == level && ids[i].index == index)
			return;
	}
	CHECK(*count < PATH_IDS_MAX);
	ids[(*count)++] = (struct tile_id){ .level = level, .index = index, .width = width };
}

/* The tiles that a consistency proof from `size` needs: those above leaf size-1, and the right
 * edge. With `from_level` 1 the leaf's own level-0 tile is left out (size is then a whole number of
 * tiles). */
static void want_path(struct run *r, uint64_t size, uint32_t from_level, struct tile_id *ids,
	size_t *count)
{
	for (uint32_t level = 0; level < 5 && r->head.size >> (8 * level) > 0; level++) {
		if (level >= from_level)
			want_tile(r, level, (size - 1) >> (8 * (level + 1)), ids, count);
		want_tile(r, level, r->head.size >> (8 * (level + 1)), ids, count);
	}
}

/* ---- proving --------------------------------------------------------------------------------- */

/* Whether the tree of `size` and `root` is a left part of the one followed, by the log's tiles. */
static enum err_code prove_extends(struct run *r, uint64_t size, const struct digest *root,
	struct err *e)
{
	struct merkle_reader reader = tile_merkle_reader(&r->tile_source);
	struct merkle_proof proof = { 0 };
	TRY(merkle_prove_consistency(&reader, size, r->head.size, &proof, e));
	return merkle_verify_consistency(&proof, size, r->head.size, root, &r->head.root, e);
}

/* The tiles of the right edge do not give the signed root, and nothing tells which of them: names
 * each. */
static enum err_code blame_edge(const struct run *r, struct err *e)
{
	char names[5 * TILE_PATH_BYTES] = "";
	size_t len = 0;
	for (uint32_t level = 0; level < 5; level++) {
		uint64_t index = r->head.size >> (8 * (level + 1));
		struct tile_id id = { .level = level, .index = index,
			.width = tile_width_at(level, index, r->head.size) };
		char path[TILE_PATH_BYTES];
		if (id.width == 0)
			continue;
		tile_path(&id, path);
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
			len > 0 ? ", " : "", path);
		CHECK(len < sizeof(names));
	}
	return err_set(e, ERR_UNPROVEN, "tiles of log \"" STR_FMT
		"\" do not give the root of its checkpoint of size %llu: %s",
		STR_ARG(r->key->name), (unsigned long long)r->head.size, names);
}

/* Whether the tiles above leaf size-1 hash up to the signed root: then what they say is the log's
 * own word, under its signature. */
static enum err_code prove_tiles(struct run *r, uint64_t size, struct err *e)
{
	struct merkle_reader reader = tile_merkle_reader(&r->tile_source);
	struct digest root = { 0 };
	TRY(merkle_root(&reader, r->head.size, &root, e));
	if (!digest_eq(&root, &r->head.root))
		return blame_edge(r, e);
	for (uint32_t level = 0; level < 8; level++) {
		uint64_t index = (size - 1) >> (8 * (level + 1));
		struct tile_id id = { .level = level, .index = index,
			.width = tile_width_at(level, index, r->head.size) };
		if (id.width < TILE_WIDTH)
			break; /* on the edge, where the root was computed from */
		struct tile_id above = { .level = level + 1, .index = index >> 8,
			.width = tile_width_at(level + 1, index >> 8, r->head.size) };
		struct digest hashes[TILE_WIDTH], parents[TILE_WIDTH];
		TRY(read_tile(r, &id, hashes, e));
		TRY(read_tile(r, &above, parents, e));
		struct digest hash = tile_root(hashes, TILE_WIDTH);
		if (!digest_eq(&hash, &parents[index & 0xff])) {
			char path[TILE_PATH_BYTES];
			tile_path(&id, path);
			return err_set(e, ERR_UNPROVEN, "%s of log \"" STR_FMT
				"\" does not match its checkpoint of size %llu", path,
				STR_ARG(r->key->name), (unsigned long long)r->head.size);
		}
	}
	return ERR_OK;
}

/* Tells fork from damage: *ret_forked when the log, by tiles that hold under the followed
 * checkpoint, contradicts a tree it signed before. */
static enum err_code check_extends(struct run *r, uint64_t size, const struct digest *root,
	bool *ret_forked, struct err *e)
{
	if (size == 0) {
		*ret_forked = false;
		return ERR_OK;
	}
	struct tile_id ids[PATH_IDS_MAX];
	struct str bytes[PATH_IDS_MAX];
	size_t count = 0;
	want_path(r, size, 0, ids, &count);
	TRY(fetch(r, r->work, ids, count, bytes, e));
	for (size_t i = 0; i < count; i++)
		TRY(tile_keep(r, &ids[i], bytes[i], e));
	TRY(prove_tiles(r, size, e));
	enum err_code code = prove_extends(r, size, root, e);
	if (code != ERR_OK && code != ERR_UNPROVEN)
		return code;
	*ret_forked = code == ERR_UNPROVEN;
	return ERR_OK;
}

/* ---- entries --------------------------------------------------------------------------------- */

struct batch {
	struct ledger_mirror_batch put;
	struct str *entries;
	struct digest *leaf_hashes;
	struct merkle_range range;         /* behind the batch */
};

/* Entries [from, to) out of the bundle that came for `id` into their places of the batch. */
static enum err_code take_bundle(struct run *r, struct arena *a, const struct tile_id *id,
	struct str bytes, uint64_t to, struct batch *b, struct err *e)
{
	struct str *entries = ARENA_ARRAY(a, struct str, TILE_WIDTH);
	if (!entries)
		return err_set(e, ERR_TOO_LARGE, "no room for a bundle");
	if (tile_bundle_split(bytes, id->width, entries, e) != ERR_OK) {
		char path[TILE_PATH_BYTES];
		tile_path(id, path);
		return err_in(e, "%s of log \"" STR_FMT "\"", path, STR_ARG(r->key->name));
	}
	uint64_t base = id->index * TILE_WIDTH;
	for (uint64_t i = b->range.size; i < to; i++) {
		uint32_t at = (uint32_t)(i - b->put.first_index);
		b->entries[at] = entries[i - base];
		b->leaf_hashes[at] = digest_sha256_leaf(entries[i - base]);
		merkle_range_append(&b->range, &b->leaf_hashes[at]);
	}
	return ERR_OK;
}

/* Fetches entries [range.size, end) and, when `end` is not the checkpoint's size, the tiles that
 * will prove them. */
static enum err_code batch_fetch(struct run *r, struct arena *a, uint64_t end, struct batch *ret,
	struct err *e)
{
	uint64_t first = r->range.size;
	uint32_t count = (uint32_t)(end - first);
	struct tile_id ids[BUNDLES_MAX + PATH_IDS_MAX];
	struct str bytes[BUNDLES_MAX + PATH_IDS_MAX];
	struct batch b = { .range = r->range,
		.entries = ARENA_ARRAY(a, struct str, count),
		.leaf_hashes = ARENA_ARRAY(a, struct digest, count) };
	if (!b.entries || !b.leaf_hashes)
		return err_set(e, ERR_TOO_LARGE, "no room for a batch of entries");
	b.put = (struct ledger_mirror_batch){ .origin = r->key->name, .first_index = first,
		.count = count, .entries = b.entries, .leaf_hashes = b.leaf_hashes,
		.size = r->head.size, .checkpoint = r->note };
	size_t bundles = 0;
	for (uint64_t i = first / TILE_WIDTH; i <= (end - 1) / TILE_WIDTH; i++) {
		CHECK(bundles < BUNDLES_MAX);
		ids[bundles++] = (struct tile_id){ .entries = true, .index = i,
			.width = tile_width_at(0, i, r->head.size) };
	}
	size_t tiles = 0;
	if (end < r->head.size)
		want_path(r, end, end % TILE_WIDTH == 0 ? 1 : 0, ids + bundles, &tiles);
	TRY(fetch(r, a, ids, bundles + tiles, bytes, e));
	for (size_t i = 0; i < bundles; i++) {
		uint64_t to = (ids[i].index + 1) * TILE_WIDTH;
		TRY(take_bundle(r, a, &ids[i], bytes[i], to < end ? to : end, &b, e));
	}
	for (size_t i = bundles; i < bundles + tiles; i++)
		TRY(tile_keep(r, &ids[i], bytes[i], e));
	*ret = b;
	return ERR_OK;
}

static enum err_code batch_prove(struct run *r, const struct batch *b, struct err *e)
{
	struct digest root = merkle_range_root(&b->range);
	if (b->range.size < r->head.size)
		return prove_extends(r, b->range.size, &root, e);
	if (!digest_eq(&root, &r->head.root))
		return err_set(e, ERR_UNPROVEN, "entries of log \"" STR_FMT
			"\" do not give the root of its checkpoint of size %llu",
			STR_ARG(r->key->name), (unsigned long long)r->head.size);
	return ERR_OK;
}

/* Entry `i` and its level-0 tile differ: the tile is at fault unless it hashes up to the signed
 * root. */
static enum err_code blame_entry(struct run *r, uint64_t i, struct err *e)
{
	struct tile_id id = { .entries = true, .index = i / TILE_WIDTH,
		.width = tile_width_at(0, i / TILE_WIDTH, r->head.size) };
	char path[TILE_PATH_BYTES];
	TRY(prove_tiles(r, i + 1, e));
	tile_path(&id, path);
	return err_set(e, ERR_UNPROVEN, "entry %llu in %s of log \"" STR_FMT
		"\" does not match the log's tile", (unsigned long long)i, path,
		STR_ARG(r->key->name));
}

/* What makes a batch unproven, as an error: the first entry that differs from the log's own level-0
 * tiles, or the tile. */
static enum err_code batch_blame(struct run *r, const struct batch *b, struct err *e)
{
	uint64_t first = b->put.first_index, end = b->range.size;
	for (uint64_t i = first; i < end; i++) {
		uint64_t index = i / TILE_WIDTH;
		struct tile_id id = { .index = index,
			.width = tile_width_at(0, index, r->head.size) };
		struct digest hashes[TILE_WIDTH];
		TRY(read_tile(r, &id, hashes, e));
		for (; i < end && i / TILE_WIDTH == index; i++) {
			if (!digest_eq(&hashes[i % TILE_WIDTH], &b->leaf_hashes[i - first]))
				return blame_entry(r, i, e);
		}
		i--;
	}
	TRY(prove_tiles(r, end, e));
	return err_set(e, ERR_UNPROVEN, "entries %llu to %llu of log \"" STR_FMT
		"\" and their tiles do not match its checkpoint of size %llu",
		(unsigned long long)first, (unsigned long long)end - 1, STR_ARG(r->key->name),
		(unsigned long long)r->head.size);
}

/* Fetches, proves and puts one batch. *ret_forked instead of an error when the log contradicts the
 * entries held. */
static enum err_code batch_take(struct run *r, struct arena *a, bool *ret_forked, struct err *e)
{
	uint64_t whole = r->range.size / TILE_WIDTH * TILE_WIDTH + r->copy->batch_max;
	uint64_t end = whole < r->head.size ? whole : r->head.size;
	struct batch b = { 0 };
	TRY(batch_fetch(r, a, end, &b, e));
	enum err_code code = batch_prove(r, &b, e);
	if (code == ERR_UNPROVEN) {
		struct digest root = merkle_range_root(&r->range);
		TRY(check_extends(r, r->range.size, &root, ret_forked, e));
		return *ret_forked ? ERR_OK : batch_blame(r, &b, e);
	}
	if (code != ERR_OK)
		return code;
	TRY(r->copy->put(r->copy->context, &b.put, e));
	r->range = b.range;
	*ret_forked = false;
	return ERR_OK;
}

/* All batches up to the checkpoint. Two arenas by turns: the copy may still work on the last. */
static enum err_code take_entries(struct run *r, bool *ret_forked, struct err *e)
{
	SCOPED_ARENA even = { 0 };
	SCOPED_ARENA odd = { 0 };
	arena_init(&even, BATCH_ARENA_BYTES);
	arena_init(&odd, BATCH_ARENA_BYTES);
	struct arena *turn = &even;
	bool forked = false;
	enum err_code code = ERR_OK;
	while (code == ERR_OK && !forked && r->range.size < r->head.size) {
		arena_reset(turn);
		arena_reset(r->work);
		code = batch_take(r, turn, &forked, e);
		turn = turn == &even ? &odd : &even;
	}
	/* The copy must let go of the arenas in any case; an error of ours comes first. */
	enum err_code flushed = r->copy->flush(r->copy->context, code == ERR_OK ? e : NULL);
	if (code == ERR_OK)
		code = flushed;
	if (code == ERR_OK)
		*ret_forked = forked;
	return code;
}

/* ---- heads ----------------------------------------------------------------------------------- */

static enum err_code open_note(struct run *r, struct arena *a, struct str bytes,
	struct checkpoint *ret, struct err *e)
{
	struct note *note = ARENA_NEW(a, struct note);
	struct checkpoint c = { 0 };
	if (!note)
		return err_set(e, ERR_TOO_LARGE, "no room for a checkpoint");
	TRY(checkpoint_open(a, bytes, r->key, note, &c, e));
	if (!str_eq(c.origin, r->key->name))
		return err_set(e, ERR_DENIED, "checkpoint is of log \"" STR_FMT
			"\", not of \"" STR_FMT "\"", STR_ARG(c.origin), STR_ARG(r->key->name));
	if (c.size >= MIRROR_SIZE_MAX)
		return err_set(e, ERR_TOO_LARGE, "log \"" STR_FMT
			"\" has too many entries to mirror", STR_ARG(r->key->name));
	struct digest empty = digest_sha256((struct str){ .at = "", .len = 0 });
	if (c.size == 0 && !digest_eq(&c.root, &empty))
		return err_set(e, ERR_UNPROVEN, "checkpoint of size 0 has another root than the "
			"empty tree");
	*ret = c;
	return ERR_OK;
}

/* Outcome of comparing with the head known before, as far as the notes and the copy alone tell. */
static enum err_code compare_heads(struct run *r, const struct checkpoint *known,
	enum mirror_outcome *ret, struct err *e)
{
	const struct checkpoint *head = &r->head;
	if (head->size > known->size) {
		*ret = MIRROR_GREW;
	} else if (head->size == known->size) {
		*ret = digest_eq(&head->root, &known->root) ? MIRROR_SAME : MIRROR_FORKED;
	} else if (head->size > r->range.size) {
		*ret = MIRROR_BACKWARDS; /* past what is held here: no root to compare */
	} else {
		struct digest root = { 0 };
		TRY(merkle_root(&r->copy->reader, head->size, &root, e));
		*ret = digest_eq(&head->root, &root) ? MIRROR_BACKWARDS : MIRROR_FORKED;
	}
	return ERR_OK;
}

/* Loads what is held and the head it was proven against, and checks that they agree. */
static enum err_code load_known(struct run *r, struct arena *a, struct str *ret_note,
	struct checkpoint *ret, struct err *e)
{
	uint64_t size = 0;
	struct str note = { 0 };
	TRY(r->copy->known(r->copy->context, a, &size, &note, e));
	struct checkpoint known = { .root = digest_sha256((struct str){ .at = "", .len = 0 }) };
	if (note.len > 0)
		TRY(open_note(r, a, note, &known, e));
	TRY(merkle_range_load(&r->copy->reader, size, &r->range, e));
	struct digest root = merkle_range_root(&r->range);
	if (size > known.size || (size == known.size && !digest_eq(&root, &known.root)))
		return err_set(e, ERR_CORRUPT, "copy of log \"" STR_FMT
			"\" does not match the checkpoint it was proven against",
			STR_ARG(r->key->name));
	*ret_note = note;
	*ret = known;
	return ERR_OK;
}

static enum err_code follow(struct run *r, struct arena *a, struct mirror_result *ret,
	struct err *e)
{
	struct checkpoint known = { 0 };
	struct str ours = { 0 };
	TRY(load_known(r, a, &ours, &known, e));
	TRY(r->source->checkpoint(r->source->context, a, &r->note, e));
	TRY(open_note(r, a, r->note, &r->head, e));
	r->tile_source.size = r->head.size;
	enum mirror_outcome outcome = MIRROR_SAME;
	TRY(compare_heads(r, &known, &outcome, e));
	bool forked = false;
	if (outcome == MIRROR_GREW && known.size > r->range.size)
		TRY(check_extends(r, known.size, &known.root, &forked, e));
	/* Also when nothing is new a catch-up that was cut off goes on. */
	if (!forked && (outcome == MIRROR_GREW || outcome == MIRROR_SAME)) {
		if (r->range.size < r->head.size)
			outcome = MIRROR_GREW;
		TRY(take_entries(r, &forked, e));
	}
	if (forked)
		outcome = MIRROR_FORKED;
	*ret = (struct mirror_result){ .outcome = outcome, .size = r->range.size, .ours = ours,
		.theirs = r->note };
	return ERR_OK;
}

/* The heads that the log's present one must go on from, one after the other. */
static enum err_code judge(struct run *r, struct arena *a, const struct checkpoint *also,
	struct mirror_result *ret, struct err *e)
{
	struct checkpoint known = { 0 }, held = { 0 };
	struct str ours = { 0 };
	enum mirror_outcome outcome = MIRROR_SAME;
	bool forked = false;

	TRY(load_known(r, a, &ours, &known, e));
	TRY(r->source->checkpoint(r->source->context, a, &r->note, e));
	TRY(open_note(r, a, r->note, &r->head, e));
	r->tile_source.size = r->head.size;
	held.size = r->range.size;
	held.root = merkle_range_root(&r->range);
	const struct checkpoint *const heads[] = { &held, &known, also };
	TRY(compare_heads(r, &known, &outcome, e));
	for (size_t i = 0; i < 3 && heads[i] && !forked; i++) {
		const struct checkpoint *h = heads[i];
		if (h->size > r->head.size)
			outcome = outcome == MIRROR_FORKED ? outcome : MIRROR_BACKWARDS;
		else if (h->size == r->head.size)
			forked = !digest_eq(&h->root, &r->head.root);
		else
			TRY(check_extends(r, h->size, &h->root, &forked, e));
	}
	*ret = (struct mirror_result){ .outcome = forked ? MIRROR_FORKED : outcome,
		.size = r->head.size, .ours = ours, .theirs = r->note };
	return ERR_OK;
}

/* Memory and the tiles kept, for one run of either kind. */
static enum err_code with_run(struct arena *a, const struct run *given,
	const struct checkpoint *also, bool take, struct mirror_result *ret, struct err *e)
{
	SCOPED_ARENA work = { 0 };
	SCOPED_ARENA kept = { 0 };
	arena_init(&work, WORK_ARENA_BYTES);
	arena_init(&kept, KEPT_ARENA_BYTES);
	struct run *r = ARENA_NEW(&kept, struct run);
	CHECK(r != NULL);
	CHECK(given->copy->batch_max >= TILE_WIDTH && given->copy->batch_max <= MIRROR_BATCH_MAX);
	CHECK(given->copy->batch_max % TILE_WIDTH == 0);
	*r = *given;
	r->work = &work;
	r->tiles = ARENA_ARRAY(&kept, struct kept_tile, TILES_KEPT);
	CHECK(r->tiles != NULL);
	r->tile_source = (struct tile_source){ .read = read_tile, .context = r };
	return take ? follow(r, a, ret, e) : judge(r, a, also, ret, e);
}

enum err_code mirror_follow(struct arena *a, const struct note_key *key,
	const struct mirror_source *source, const struct mirror_copy *copy,
	struct mirror_result *ret, struct err *e)
{
	const struct run run = { .key = key, .source = source, .copy = copy };

	return with_run(a, &run, NULL, true, ret, e);
}

enum err_code mirror_judge(struct arena *a, const struct note_key *key,
	const struct mirror_source *source, const struct mirror_copy *copy,
	const struct checkpoint *also, struct mirror_result *ret, struct err *e)
{
	const struct run run = { .key = key, .source = source, .copy = copy };

	return with_run(a, &run, also, false, ret, e);
}
