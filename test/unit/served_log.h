/* served_log.h - a log in memory and the other side that serves it, honest or not, for the tests
 * that follow one. */
#ifndef HUREN_TEST_SERVED_LOG_H
#define HUREN_TEST_SERVED_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/scoped.h"
#include "peer/mirror.h"

#define ORIGIN "yongchuan.huren.example/tlog"
#define ENTRIES_MAX 70000

struct other {
	uint64_t size;                     /* entries of this branch */
	struct digest leaves[ENTRIES_MAX];
	uint64_t differs_from;             /* entries from here on have other text (a fork) */
	struct note_key key;
	struct key secret;
	uint64_t shown_size;               /* size of the checkpoint served */
	bool wrong_root;
	bool lacks_partials;               /* only full tiles and bundles are served */
	char damaged[TILE_PATH_BYTES];     /* this one is served with a byte changed */
	char shortened[TILE_PATH_BYTES];   /* this one is served with a byte less */
	char missing[TILE_PATH_BYTES];
	uint32_t asked;                    /* tiles and bundles asked for */
	uint32_t fails_at;                 /* this one fails, and all later ones; 0 never */
};

static inline void entry_text(const struct other *o, uint64_t i, char ret[64])
{
	(void)snprintf(ret, 64, "%s %llu", i >= o->differs_from ? "other" : "entry",
		(unsigned long long)i);
}

static inline void grow(struct other *o, uint64_t size)
{
	char text[64];
	assert_true(size <= ENTRIES_MAX);
	for (uint64_t i = o->size; i < size; i++) {
		entry_text(o, i, text);
		o->leaves[i] = digest_sha256_leaf(str_of(text));
	}
	o->size = size;
	o->shown_size = size;
}

/* From `at` on the same log with another history, of the same size. */
static inline void fork_from(struct other *o, uint64_t at)
{
	uint64_t size = o->size;
	o->differs_from = at;
	o->size = at;
	grow(o, size);
}

static inline struct digest root_of(const struct digest *leaves, uint64_t count)
{
	struct merkle_range range;
	merkle_range_init(&range);
	for (uint64_t i = 0; i < count; i++)
		merkle_range_append(&range, &leaves[i]);
	return merkle_range_root(&range);
}

static inline struct str sign_note(struct arena *a, const struct other *o, uint64_t size)
{
	struct checkpoint c = { .origin = STR(ORIGIN), .size = size,
		.root = root_of(o->leaves, size) };
	SCOPED_BUF b = { 0 };
	struct err e;
	if (o->wrong_root)
		c.root.at[0] ^= 1;
	buf_init(&b, 4096);
	if (checkpoint_sign(&b, &c, &o->key, &o->secret, NULL, NULL, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return str_copy(a, buf_str(&b));
}

static inline enum err_code serve_checkpoint(void *context, struct arena *a, struct str *ret_note,
	struct err *e)
{
	struct other *o = context;
	(void)e;
	*ret_note = sign_note(a, o, o->shown_size);
	return ERR_OK;
}

static inline struct str make_tile(struct arena *a, const struct other *o, const struct tile_id *t)
{
	SCOPED_BUF b = { 0 };
	buf_init(&b, 1 << 20);
	for (uint64_t i = t->index * TILE_WIDTH; i < t->index * TILE_WIDTH + t->width; i++) {
		uint64_t leaves = 1ULL << (8 * t->level);
		if ((i + 1) * leaves > o->size)
			return (struct str){ 0 };
		if (t->entries) {
			char text[64];
			entry_text(o, i, text);
			assert_int_equal(tile_bundle_put(&b, str_of(text), NULL), ERR_OK);
		} else {
			struct digest d = t->level == 0 ? o->leaves[i] :
				root_of(o->leaves + i * leaves, leaves);
			buf_put(&b, d.at, DIGEST_BYTES);
		}
	}
	return str_copy(a, buf_str(&b));
}

static inline enum err_code serve_tiles(void *context, struct arena *a, const struct tile_id *ids,
	size_t count, struct str *ret, struct err *e)
{
	struct other *o = context;
	for (size_t i = 0; i < count; i++) {
		char path[TILE_PATH_BYTES];
		tile_path(&ids[i], path);
		o->asked++;
		if (o->fails_at > 0 && o->asked >= o->fails_at)
			return err_set(e, ERR_BUSY, "link is cut");
		ret[i] = (struct str){ 0 };
		if ((o->lacks_partials && ids[i].width < TILE_WIDTH) ||
			strcmp(path, o->missing) == 0)
			continue;
		ret[i] = make_tile(a, o, &ids[i]);
		if (strcmp(path, o->damaged) == 0) {
			char *changed = str_z(a, ret[i]);
			changed[ret[i].len - 1] ^= 1;
			ret[i].at = changed;
		}
		if (strcmp(path, o->shortened) == 0)
			ret[i].len--;
	}
	return ERR_OK;
}

static inline void make_key(uint8_t seed, struct other *o)
{
	const uint8_t secret[32] = { seed };
	assert_int_equal(key_from_secret(KEY_ED25519, secret, &o->secret, NULL), ERR_OK);
	assert_int_equal(note_key_make(STR(ORIGIN), NOTE_ED25519, &o->secret.pub, &o->key, NULL),
		ERR_OK);
}

static inline struct mirror_source other_source(struct other *o)
{
	return (struct mirror_source){ .checkpoint = serve_checkpoint, .tiles = serve_tiles,
		.context = o };
}

#endif
