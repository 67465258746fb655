/* tlog_fixture.h - what the tests of src/tlog share: vectors, keys from seeds, a tree in memory. */
#ifndef HUREN_TEST_TLOG_FIXTURE_H
#define HUREN_TEST_TLOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/scoped.h"
#include "tlog/tile.h"
#include "tlog/tlog_proof.h"
#include "tlog/witness.h"

#define ARENA_CAP 67108864

/* Fails the test with the error's own words. */
static inline void must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

static inline struct str vector_file(struct arena *a, const char *name)
{
	struct str ret = { NULL, 0 };
	struct err e = { 0 };

	must(io_read_file(a, arena_printf(a, "%s/tlog/%s", getenv("HUREN_VECTORS"), name),
		ARENA_CAP / 4, &ret, &e), &e);
	return ret;
}

static inline struct json *vector_json(struct arena *a, const char *name)
{
	struct json *v = NULL;
	struct err e = { 0 };

	must(json_parse(a, vector_file(a, name), &v, &e), &e);
	return v;
}

static inline struct digest digest_of_hex(struct str hex)
{
	struct digest d;

	assert_int_equal(hex_decode(hex, d.at, DIGEST_BYTES, NULL), ERR_OK);
	return d;
}

static inline struct str bytes_of_hex(struct arena *a, struct str hex)
{
	uint8_t *bytes = arena_alloc(a, hex.len / 2);

	assert_int_equal(hex_decode(hex, bytes, hex.len / 2, NULL), ERR_OK);
	return (struct str){ (char *)bytes, hex.len / 2 };
}

static inline struct key key_of_seed(enum key_type type, uint8_t fill)
{
	struct key k = { 0 };
	uint8_t seed[32];

	memset(seed, fill, sizeof(seed));
	assert_int_equal(key_from_secret(type, seed, &k, NULL), ERR_OK);
	return k;
}

static inline struct note_key note_key_of(const char *name, enum note_sig_type type,
	const struct key *k)
{
	struct note_key ret;
	struct err e = { 0 };

	must(note_key_make(str_of(name), type, &k->pub, &ret, &e), &e);
	return ret;
}

static inline struct note_key note_key_of_vkey(struct arena *a, struct str vkey)
{
	struct note_key ret;
	struct err e = { 0 };

	must(note_vkey_parse(a, vkey, &ret, &e), &e);
	return ret;
}

#define TREE_LEVELS 20

/* Every perfect subtree of `size` leaves; leaf i is the ASCII decimal of i. */
struct tree {
	uint64_t size;
	struct digest *levels[TREE_LEVELS];
	unsigned tile_reads;
};

static inline struct tree tree_new(struct arena *a, uint64_t size)
{
	struct tree t = { .size = size };

	for (uint32_t level = 0; level < TREE_LEVELS; level++) {
		t.levels[level] = ARENA_ARRAY(a, struct digest, size >> level);
		assert_non_null(t.levels[level]);
		for (uint64_t i = 0; i < size >> level; i++) {
			char text[24];
			int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
			if (level == 0)
				t.levels[0][i] = digest_sha256_leaf(
					(struct str){ text, (size_t)len });
			else
				t.levels[level][i] = digest_sha256_node(
					&t.levels[level - 1][2 * i],
					&t.levels[level - 1][2 * i + 1]);
		}
	}
	return t;
}

static inline enum err_code tree_node(void *context, uint32_t level, uint64_t index,
	struct digest *ret, struct err *e)
{
	const struct tree *t = context;

	if (level >= TREE_LEVELS || index >= t->size >> level)
		return err_set(e, ERR_NOT_FOUND, "no node %u/%llu", (unsigned)level,
			(unsigned long long)index);
	*ret = t->levels[level][index];
	return ERR_OK;
}

static inline struct merkle_reader tree_reader(struct tree *t)
{
	return (struct merkle_reader){ .node = tree_node, .context = t };
}

static inline enum err_code tree_tile(void *context, const struct tile_id *id,
	struct digest *ret_hashes, struct err *e)
{
	struct tree *t = context;
	uint64_t first = id->index * TILE_WIDTH;

	assert_false(id->entries);
	if (id->level * 8 >= TREE_LEVELS ||
		first + id->width > t->size >> (id->level * 8))
		return err_set(e, ERR_NOT_FOUND, "no such tile");
	memcpy(ret_hashes, &t->levels[id->level * 8][first], id->width * sizeof(*ret_hashes));
	t->tile_reads++;
	return ERR_OK;
}

#endif
