/* bench_tlog.c - how fast the tree grows and how fast proofs and notes are checked. Prints one JSON
 * line a figure. One thread, everything in memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "tlog/tile.h"
#include "tlog/tlog_proof.h"

#define TREE_SIZE 1048576   /* a proof has 20 hashes */
#define TILE_LEVELS 3       /* of a tree of that size */
#define ENTRY_BYTES 300     /* a receipt */
#define ARENA_CAP 1048576
#define RUN_US 400000       /* a figure; the best of RUNS counts, other work only slows */
#define RUNS 3

static struct digest *tiles[TILE_LEVELS]; /* the elements of each tile level */

struct sample {
	struct arena arena;        /* of the policy */
	struct arena each;         /* reset for every check */
	struct policy *policy;
	struct tlog_proof proof;
	struct digest root;
	char entry[ENTRY_BYTES];
	char tlog_proof[8192];     /* the same as a file */
	size_t tlog_proof_len;
	struct note_key log_key;
	struct note_key sm2_key;
	struct note note;
};

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_tlog: %s\n", e->message);
	exit(EXIT_FAILURE);
}

static enum err_code read_tile(void *context, const struct tile_id *t, struct digest *ret,
	struct err *e)
{
	(void)context;
	(void)e;
	memcpy(ret, tiles[t->level] + t->index * TILE_WIDTH, t->width * sizeof(*ret));
	return ERR_OK;
}

static void make_tree(struct sample *s)
{
	struct tile_source source = { .read = read_tile, .size = TREE_SIZE };
	struct merkle_reader reader = tile_merkle_reader(&source);
	struct err e = { 0 };

	for (uint32_t level = 0; level < TILE_LEVELS; level++) {
		uint64_t count = (uint64_t)TREE_SIZE >> (8 * level);
		tiles[level] = handle_new(count * sizeof(struct digest));
		for (uint64_t i = 0; i < count; i++) {
			if (level == 0)
				memcpy(tiles[0][i].at, &i, sizeof(i));
			else
				tiles[level][i] = tile_root(tiles[level - 1] + i * TILE_WIDTH,
					TILE_WIDTH);
		}
	}
	s->proof.index = 777777;
	memset(s->entry, 'r', sizeof(s->entry));
	tiles[0][s->proof.index] = digest_sha256_leaf((struct str){ s->entry, ENTRY_BYTES });
	tiles[1][s->proof.index >> 8] = tile_root(tiles[0] + (s->proof.index & ~255ull),
		TILE_WIDTH);
	tiles[2][s->proof.index >> 16] = tile_root(tiles[1] + (s->proof.index >> 8 & ~255ull),
		TILE_WIDTH);
	must(merkle_root(&reader, TREE_SIZE, &s->root, &e), &e);
	must(merkle_prove_inclusion(&reader, s->proof.index, TREE_SIZE, &s->proof.path, &e), &e);
}

/* A checkpoint with lines in both suites and a cosignature, and a policy that wants it. */
static void make_note(struct sample *s)
{
	SCOPED_BUF b = { 0 }, file = { 0 };
	struct checkpoint c = { .origin = STR("a.example/tlog"), .size = TREE_SIZE,
		.root = s->root };
	struct note_key witness_key;
	struct key log, sm2, witness;
	struct err e = { 0 };

	must(key_generate(KEY_ED25519, &log, &e), &e);
	must(key_generate(KEY_SM2, &sm2, &e), &e);
	must(key_generate(KEY_ED25519, &witness, &e), &e);
	must(note_key_make(c.origin, NOTE_ED25519, &log.pub, &s->log_key, &e), &e);
	must(note_key_make(c.origin, NOTE_OWN, &sm2.pub, &s->sm2_key, &e), &e);
	must(note_key_make(STR("b.example/witness"), NOTE_COSIGNATURE, &witness.pub, &witness_key,
		&e), &e);
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_init(&file, sizeof(s->tlog_proof));
	must(checkpoint_sign(&b, &c, &s->log_key, &log, &s->sm2_key, &sm2, &e), &e);
	must(note_parse(&s->arena, str_copy(&s->arena, buf_str(&b)), &s->note, &e), &e);
	must(cosignature_sign(&b, s->note.text, 1700000000, &witness_key, &witness, &e), &e);
	s->proof.checkpoint = buf_str(&b);
	must(tlog_proof_put(&file, &s->proof, &e), &e);
	memcpy(s->tlog_proof, file.at, file.len);
	s->tlog_proof_len = file.len;
	must(policy_parse(&s->arena, str_printf(&s->arena, "log %s\nwitness w %s\nquorum w\n",
		note_vkey_text(&s->arena, &s->log_key).at,
		note_vkey_text(&s->arena, &witness_key).at), &s->policy, &e), &e);
}

/* Each does its work `count` times. */

static void append(struct sample *s, int count)
{
	static struct merkle_range range;

	(void)s;
	for (int i = 0; i < count; i++)
		merkle_range_append(&range, &tiles[0][range.size % TREE_SIZE]);
}

static void append_entry(struct sample *s, int count)
{
	static struct merkle_range range;

	for (int i = 0; i < count; i++) {
		struct digest leaf = digest_sha256_leaf((struct str){ s->entry, ENTRY_BYTES });
		merkle_range_append(&range, &leaf);
	}
}

static void verify_inclusion(struct sample *s, int count)
{
	struct err e = { 0 };

	for (int i = 0; i < count; i++)
		must(merkle_verify_inclusion(&s->proof.path, s->proof.index, TREE_SIZE,
			&tiles[0][s->proof.index], &s->root, &e), &e);
}

static void prove_inclusion(struct sample *s, int count)
{
	struct err e = { 0 };

	for (int i = 0; i < count; i++) {
		struct tile_source source = { .read = read_tile, .size = TREE_SIZE };
		struct merkle_reader reader = tile_merkle_reader(&source);
		must(merkle_prove_inclusion(&reader, s->proof.index, TREE_SIZE, &s->proof.path, &e),
			&e);
	}
}

static void verify_note(struct sample *s, int count)
{
	struct err e = { 0 };
	bool found = false;

	for (int i = 0; i < count; i++)
		must(note_verify(&s->note, &s->log_key, &found, &e), &e);
}

static void verify_note_sm2(struct sample *s, int count)
{
	struct err e = { 0 };
	bool found = false;

	for (int i = 0; i < count; i++)
		must(note_verify(&s->note, &s->sm2_key, &found, &e), &e);
}

static void verify_tlog_proof(struct sample *s, int count)
{
	struct tlog_proof_found found;
	struct tlog_proof p;
	struct err e = { 0 };

	for (int i = 0; i < count; i++) {
		arena_reset(&s->each);
		must(tlog_proof_parse(&s->each, (struct str){ s->tlog_proof, s->tlog_proof_len },
			&p, &e), &e);
		must(tlog_proof_verify(&s->each, &p, (struct str){ s->entry, ENTRY_BYTES },
			s->policy, &found, &e), &e);
	}
}

static void measure(const char *metric, struct sample *s, void (*work)(struct sample *, int),
	int count)
{
	double best = 0;

	for (int run = 0; run < RUNS; run++) {
		uint64_t start = instant_monotonic_us(), us = 0;
		double done = 0;
		while (us < RUN_US) {
			work(s, count);
			done += count;
			us = instant_monotonic_us() - start;
		}
		if (done * 1e6 / (double)us > best)
			best = done * 1e6 / (double)us;
	}
	(void)printf("{\"bench\":\"tlog\",\"metric\":\"%s\",\"value\":%.0f,\"unit\":\"1/s\"}\n",
		metric, best);
}

int main(void)
{
	static struct sample s;

	key_library_init();
	arena_init(&s.arena, ARENA_CAP);
	arena_init(&s.each, ARENA_CAP);
	make_tree(&s);
	make_note(&s);
	measure("merkle-append", &s, append, 1000);
	measure("entry-hash-and-append", &s, append_entry, 1000);
	measure("inclusion-verify", &s, verify_inclusion, 100);
	measure("inclusion-prove-over-tiles", &s, prove_inclusion, 10);
	measure("note-verify-ed25519", &s, verify_note, 10);
	measure("note-verify-sm2", &s, verify_note_sm2, 1);
	measure("tlog-proof-verify", &s, verify_tlog_proof, 10);
	for (uint32_t level = 0; level < TILE_LEVELS; level++)
		handle_drop(tiles[level]);
	arena_clear(&s.each);
	arena_clear(&s.arena);
	return EXIT_SUCCESS;
}
