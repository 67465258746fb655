/* test_ledger_crash.c - kill -9 in the middle of everything, again and again: what was acknowledged
 * is there under its index, every checkpoint told is consistent with what is there, and it goes on.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/instant.h"
#include "city.h"
#include "ledger/ledger_inner.h"

#define DOMAIN "yongchuan.huren.example"
#define KILLS 32
#define THREADS 4
#define STEP 97 /* entries a mirror call, so that bundles fill at odd places */
#define ACKS_MAX 100000

/* What the child tells before it is killed: smaller than PIPE_BUF, so never torn. */
struct ack {
	uint8_t id_key[16];
	uint64_t index;
	uint64_t size;             /* of the checkpoint in the answer */
	struct digest root;
};

static struct ack *acks;
static size_t ack_count;
static char dir[64];

/* ---- the child ------------------------------------------------------------------------------- */

struct worker {
	struct city city;
	int pipe;
};

static void *publish_forever(void *context)
{
	struct worker *w = context;

	for (;;) {
		struct arena a;
		struct note *note;
		struct statement s;
		struct checkpoint c;
		struct ack ack;
		struct str text, told;
		arena_init(&a, 4 << 20);
		note = ARENA_NEW(&a, struct note);
		text = city_decision(&w->city, &a);
		s = sample_parse(&a, text);
		if (ledger_publish_wait(w->city.ledger, &a, text, STR(""), &ack.index, &told, NULL)
			!=
			ERR_OK ||
			checkpoint_open(&a, told, ledger_note_key(w->city.ledger), note, &c, NULL)
				!=
			ERR_OK)
			_exit(3);
		memcpy(ack.id_key, s.id_key, sizeof(ack.id_key));
		ack.size = c.size;
		ack.root = c.root;
		if (write(w->pipe, &ack, sizeof(ack)) != sizeof(ack))
			_exit(4);
		arena_clear(&a);
	}
}

/* A strange log of plain entries, and how far it has been read. */
struct strange_log {
	struct merkle_range range;
	struct key secret;
	struct note_key key;
};

static void strange_open(struct strange_log *s)
{
	s->secret = sample_key(KEY_ED25519, 5);
	merkle_range_init(&s->range);
	assert_int_equal(note_key_make(STR("strange.example/log"), NOTE_ED25519, &s->secret.pub,
		&s->key, NULL), ERR_OK);
}

static struct str strange_next(struct strange_log *s, struct arena *a, struct digest *ret_leaf)
{
	struct str entry = str_printf(a, "entry %llu", (unsigned long long)s->range.size);

	*ret_leaf = digest_sha256_leaf(entry);
	merkle_range_append(&s->range, ret_leaf);
	return entry;
}

static uint64_t mirrored(struct city *c, struct arena *a, struct str origin)
{
	struct ledger_mirror_state state = { .size = 0 };

	if (ledger_mirror_state(c->ledger, a, origin, &state, NULL) != ERR_OK)
		return 0;
	return state.size;
}

/* STEP entries more than the copy has. */
static enum err_code mirror_step(struct city *c, struct strange_log *s, struct arena *a,
	struct err *e)
{
	struct checkpoint head = { .origin = STR("strange.example/log") };
	struct str entries[STEP];
	struct digest leaves[STEP];
	struct ledger_mirror_batch batch = { .origin = head.origin, .count = STEP,
		.entries = entries, .leaf_hashes = leaves };
	enum err_code code;
	struct buf note;

	batch.first_index = mirrored(c, a, batch.origin);
	while (s->range.size < batch.first_index)
		(void)strange_next(s, a, &leaves[0]);
	for (uint32_t i = 0; i < STEP; i++)
		entries[i] = strange_next(s, a, &leaves[i]);
	head.size = batch.size = s->range.size;
	head.root = merkle_range_root(&s->range);
	buf_init(&note, 4096);
	code = checkpoint_sign(&note, &head, &s->key, &s->secret, NULL, NULL, e);
	batch.checkpoint = buf_str(&note);
	if (code == ERR_OK)
		code = ledger_mirror(c->ledger, &batch, e);
	buf_clear(&note);
	return code;
}

static void *mirror_forever(void *context)
{
	struct worker *w = context;
	struct strange_log s;

	strange_open(&s);
	for (;;) {
		struct arena a;
		arena_init(&a, 64 << 20);
		if (mirror_step(&w->city, &s, &a, NULL) != ERR_OK)
			_exit(5);
		arena_clear(&a);
	}
}

static void run_child(int pipe, uint32_t round)
{
	static struct worker workers[THREADS + 1];
	pthread_t threads[THREADS + 1];
	struct city c;

	city_init_at(&c, dir, DOMAIN, 10);
	city_open(&c);
	for (uint32_t i = 0; i <= THREADS; i++) {
		workers[i] = (struct worker){ .city = c, .pipe = pipe };
		workers[i].city.next_number = (round * (THREADS + 1) + i + 1) * 1000000;
		if (pthread_create(&threads[i], NULL, i < THREADS ? publish_forever :
			mirror_forever, &workers[i]) != 0)
			_exit(6);
	}
	for (;;)
		(void)pause(); /* until killed */
}

/* ---- the parent ------------------------------------------------------------------------------ */

static void read_acks(int pipe)
{
	struct ack ack;

	while (read(pipe, &ack, sizeof(ack)) == sizeof(ack)) {
		assert_true(ack_count < ACKS_MAX);
		acks[ack_count++] = ack;
	}
}

/* Lets a child work until it has told some answers, then kills it. Every fourth is killed by the
 * clock, perhaps while it is still opening. */
static void kill_one(uint32_t round)
{
	uint32_t answers = round % 4 == 3 ? 0 : 1 + round * 37 % 97;
	int pipes[2], status;
	struct ack ack;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(pipes[0]);
		run_child(pipes[1], round);
	}
	(void)close(pipes[1]); /* the child's end */
	for (uint32_t i = 0; i < answers; i++) {
		assert_int_equal(read(pipes[0], &ack, sizeof(ack)), sizeof(ack));
		acks[ack_count++] = ack;
	}
	if (answers == 0)
		(void)usleep(round * 400 + 500); /* a signal only shortens it */
	assert_int_equal(kill(child, SIGKILL), 0);
	read_acks(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* it had not stopped by itself */
	(void)close(pipes[0]); /* read to its end */
}

static struct digest root_at(struct ledger *l, struct arena *a, uint64_t size)
{
	struct merkle_range range;

	merkle_range_init(&range);
	for (uint64_t i = 0; i < size; i++) {
		struct ledger_found found;
		struct digest leaf;
		if (i % 1000 == 0)
			arena_reset(a);
		assert_int_equal(ledger_entry(l, a, STR(""), i, &found, NULL), ERR_OK);
		leaf = digest_sha256_leaf(found.receipt_bytes);
		merkle_range_append(&range, &leaf);
	}
	return merkle_range_root(&range);
}

static void check_ack(struct ledger *l, struct arena *a, const struct ack *ack,
	const struct checkpoint *now)
{
	struct ledger_found found;
	struct merkle_proof proof;

	arena_reset(a);
	if (ledger_find(l, a, ack->id_key, &found, NULL) != ERR_OK)
		fail_msg("acknowledged statement %llu is gone", (unsigned long long)ack->index);
	assert_int_equal(found.index, ack->index);
	assert_true(found.body.len > 0);
	assert_true(ack->size <= now->size);
	assert_int_equal(ledger_prove_consistency(l, STR(""), ack->size, now->size, &proof, NULL),
		ERR_OK);
	assert_int_equal(merkle_verify_consistency(&proof, ack->size, now->size, &ack->root,
		&now->root, NULL), ERR_OK);
}

/* Opens, and finds all that was told since `from`. Every other time in full. */
static void check_node(size_t from)
{
	struct checkpoint now;
	struct note note;
	struct arena a, b;
	struct digest root;
	struct str text;
	struct city c;
	uint64_t size;
	struct err e;

	arena_init(&a, 64 << 20);
	arena_init(&b, 1 << 20);
	city_init_at(&c, dir, DOMAIN, 10);
	if (ledger_open(&c.options, &c.ledger, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(ledger_checkpoint(c.ledger, &b, &text, &size, NULL), ERR_OK);
	assert_int_equal(checkpoint_open(&b, text, ledger_note_key(c.ledger), &note, &now, NULL),
		ERR_OK);
	for (size_t i = from; i < ack_count; i++)
		check_ack(c.ledger, &a, &acks[i], &now);
	if (from == 0) {
		root = root_at(c.ledger, &a, now.size);
		assert_true(digest_eq(&root, &now.root));
	}
	city_close(&c);
	arena_clear(&c.arena);
	arena_clear(&a);
	arena_clear(&b);
}

/* The copy's bundles hold the strange log's entries up to its checkpoint. */
static void check_mirror(void)
{
	struct ledger_mirror_state state;
	struct strange_log s;
	struct digest leaf;
	struct arena a;
	struct city c;

	arena_init(&a, 256 << 20);
	city_init_at(&c, dir, DOMAIN, 10);
	city_open(&c);
	strange_open(&s);
	assert_int_equal(ledger_mirror_state(c.ledger, &a, STR("strange.example/log"), &state,
		NULL),
		ERR_OK);
	assert_int_equal(state.size, state.checkpoint_size);
	for (uint64_t i = 0; i * TILE_WIDTH < state.size; i++) {
		struct tile_id t = { .entries = true, .index = i };
		struct str bytes, entries[TILE_WIDTH];
		t.width = tile_width_at(0, i, state.size);
		assert_int_equal(ledger_tile(c.ledger, &a, STR("strange.example/log"), &t, false,
			&bytes, NULL, NULL), ERR_OK);
		assert_int_equal(tile_bundle_split(bytes, t.width, entries, NULL), ERR_OK);
		for (uint32_t k = 0; k < t.width; k++)
			assert_true(str_eq(entries[k], strange_next(&s, &a, &leaf)));
	}
	assert_int_equal(mirror_step(&c, &s, &a, NULL), ERR_OK);
	city_close(&c);
	arena_clear(&c.arena);
	arena_clear(&a);
}

static void crash_loses_nothing_that_was_told(void **state)
{
	struct city c;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/huren-crash-XXXXXX");
	assert_non_null(mkdtemp(dir));
	city_init_at(&c, dir, DOMAIN, 10);
	city_open(&c);
	city_found(&c);
	city_close(&c);
	arena_clear(&c.arena);
	for (uint32_t round = 0; round < KILLS; round++) {
		size_t from = ack_count;
		kill_one(round);
		check_node(from);
	}
	check_node(0);
	check_mirror();
	assert_true(ack_count > 1000);
	city_remove_folder(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash_loses_nothing_that_was_told),
	};
	int result;

	acks = handle_new(ACKS_MAX * sizeof(*acks));
	result = cmocka_run_group_tests(tests, NULL, NULL);
	handle_drop(acks);
	return result;
}
