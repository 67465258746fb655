/* test_witness_server.c - every status of the witness endpoint, over a ledger that remembers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/scoped.h"
#include "city.h"
#include "peer/witness_server.h"

#define NOW 1795489445
#define ORIGIN "yongchuan.huren.example/tlog"
#define DOMAIN "longquanyi.huren.example"
#define ENTRIES_MAX 600

struct fixture {
	struct city city;
	struct arena arena;
	struct witness_server server;
	struct key secret;
	struct note_key key;
	uint64_t size;
	struct digest leaves[ENTRIES_MAX];
	struct witness_answer answer;
	struct err err;
};

static void grow(struct fixture *f, uint64_t size, const char *word)
{
	char text[64];
	for (; f->size < size; f->size++) {
		(void)snprintf(text, sizeof(text), "%s %llu", word, (unsigned long long)f->size);
		f->leaves[f->size] = digest_sha256_leaf(str_of(text));
	}
}

static int set_up(void **state)
{
	static struct fixture f;
	const uint8_t seed[32] = { 42 };
	memset(&f, 0, sizeof(f));
	city_init(&f.city, DOMAIN, 50);
	city_open(&f.city);
	arena_init(&f.arena, 1 << 24);
	if (key_from_secret(KEY_ED25519, seed, &f.secret, NULL) != ERR_OK ||
		note_key_make(STR(ORIGIN), NOTE_ED25519, &f.secret.pub, &f.key, NULL) != ERR_OK)
		return 1;
	f.server = (struct witness_server){ .ledger = f.city.ledger, .key_count = 1,
		.keys = { &f.key } };
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_clear(&f->arena);
	city_clear(&f->city);
	return 0;
}

static enum err_code node_of(void *context, uint32_t level, uint64_t index, struct digest *ret,
	struct err *e)
{
	struct fixture *f = context;
	struct merkle_range range;
	(void)e;
	merkle_range_init(&range);
	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		merkle_range_append(&range, &f->leaves[i]);
	*ret = merkle_range_root(&range);
	return ERR_OK;
}

/* The request of a log of f->size entries. */
static struct str request(struct fixture *f, uint64_t old_size)
{
	struct merkle_reader reader = { .node = node_of, .context = f };
	struct checkpoint c = { .origin = STR(ORIGIN), .size = f->size };
	struct witness_request r = { .old_size = old_size };
	SCOPED_BUF note = { 0 };
	SCOPED_BUF body = { 0 };
	buf_init(&note, 4096);
	buf_init(&body, 8192);
	assert_int_equal(merkle_root(&reader, f->size, &c.root, NULL), ERR_OK);
	assert_int_equal(checkpoint_sign(&note, &c, &f->key, &f->secret, NULL, NULL, NULL), ERR_OK);
	if (old_size > 0 && old_size < f->size)
		assert_int_equal(merkle_prove_consistency(&reader, old_size, f->size, &r.proof,
			NULL), ERR_OK);
	r.checkpoint = buf_str(&note);
	assert_int_equal(witness_request_put(&body, &r, NULL), ERR_OK);
	return str_copy(&f->arena, buf_str(&body));
}

static enum err_code add(struct fixture *f, struct str body)
{
	return witness_server_add(&f->server, &f->arena, body, NOW, &f->answer, &f->err);
}

static void cosigns(struct fixture *f, uint64_t old_size)
{
	if (add(f, request(f, old_size)) != ERR_OK)
		fail_msg("%s", f->err.message);
	assert_int_equal(f->answer.key, 0);
}

/* Size of the checkpoint shown, whose cosignature must hold. */
static uint64_t shown(struct fixture *f)
{
	char hex[2 * DIGEST_BYTES + 1];
	struct digest d = digest_sha256(STR(ORIGIN));
	struct str note;
	struct note n;
	struct checkpoint c;
	uint64_t time;
	hex_encode(d.at, DIGEST_BYTES, hex);
	if (witness_server_checkpoint(&f->server, &f->arena, str_of(hex), &note, &f->err) != ERR_OK)
		return 0;
	assert_int_equal(checkpoint_open(&f->arena, note, &f->key, &n, &c, NULL), ERR_OK);
	assert_int_equal(n.line_count, 2);
	assert_int_equal(cosignature_verify(&n, ledger_witness_key(f->city.ledger), &time, NULL),
		ERR_OK);
	assert_int_equal(time, NOW);
	return c.size;
}

static const struct json *sequence(struct arena *a)
{
	struct str text;
	struct json *v;
	char *path = arena_printf(a, "%s/tlog/add-checkpoint-sequence.json",
		getenv("HUREN_VECTORS"));
	assert_int_equal(io_read_file(a, path, 1 << 20, &text, NULL), ERR_OK);
	assert_int_equal(json_parse(a, text, &v, NULL), ERR_OK);
	return v;
}

static void witness_server_answers_the_sequence_of_litewitness(void **state)
{
	struct fixture *f = *state;
	const struct json *v = sequence(&f->arena);
	const struct json *requests = json_get(v, "requests");
	struct note_key key;
	assert_int_equal(note_vkey_parse(&f->arena, json_get_str(v, "log_vkey"), &key, NULL),
		ERR_OK);
	f->server.keys[0] = &key;
	assert_true(json_count(requests) > 5);
	for (size_t i = 0; i < json_count(requests); i++) {
		const struct json *r = json_at(requests, i);
		int status = (int)json_number_or(json_get(r, "status"), 0);
		enum err_code code = add(f, json_get_str(r, "body"));
		if (err_class(code)->http_status != status)
			fail_msg("request %zu: %s", i, f->err.message);
		if (code == ERR_CORRECT_SIZE)
			assert_true(str_eq(f->answer.body, json_get_str(r, "response")) ||
				json_get_str(r, "response").at == NULL);
	}
}

static void witness_server_cosigns_a_growing_log(void **state)
{
	struct fixture *f = *state;
	uint64_t time = 0, last = 0;
	assert_int_equal(shown(f), 0);
	for (uint64_t size = 1; size < 500; size += 83) {
		grow(f, size, "entry");
		cosigns(f, last);
		last = size;
		assert_int_equal(shown(f), size);
		struct str whole = str_printf(&f->arena, STR_FMT "\n" STR_FMT,
			STR_ARG(STR(ORIGIN "\n1\nAAAA\n")), STR_ARG(f->answer.body));
		struct note n;
		assert_int_equal(note_parse(&f->arena, whole, &n, NULL), ERR_OK);
		assert_int_equal(n.line_count, 1);
		assert_int_equal(cosignature_verify(&n, ledger_witness_key(f->city.ledger), &time,
			NULL), ERR_DENIED); /* it holds only for the checkpoint it was made for */
	}
}

static void witness_server_cosigns_the_same_size_again(void **state)
{
	struct fixture *f = *state;
	grow(f, 7, "entry");
	cosigns(f, 0);
	cosigns(f, 7);
	assert_int_equal(shown(f), 7);
}

static void witness_server_tells_the_size_it_has(void **state)
{
	struct fixture *f = *state;
	grow(f, 7, "entry");
	cosigns(f, 0);
	grow(f, 9, "entry");
	assert_int_equal(add(f, request(f, 0)), ERR_CORRECT_SIZE);
	assert_true(str_is(f->answer.body, "7\n"));
	assert_int_equal(f->answer.key, 0);
	assert_int_equal(add(f, request(f, 8)), ERR_CORRECT_SIZE);
	assert_int_equal(shown(f), 7);
}

static void witness_server_remembers_over_a_restart(void **state)
{
	struct fixture *f = *state;
	grow(f, 7, "entry");
	cosigns(f, 0);
	city_close(&f->city);
	city_open(&f->city);
	f->server.ledger = f->city.ledger;
	assert_int_equal(shown(f), 7);
	grow(f, 300, "entry");
	assert_int_equal(add(f, request(f, 0)), ERR_CORRECT_SIZE);
	cosigns(f, 7);
}

static void witness_server_refuses_a_proof_that_does_not_hold(void **state)
{
	struct fixture *f = *state;
	grow(f, 100, "entry");
	cosigns(f, 0);
	f->size = 99;
	grow(f, 200, "other");
	assert_int_equal(add(f, request(f, 100)), ERR_UNPROVEN);
	assert_int_equal(f->answer.fork_theirs.len, 0); /* no proof of a fork by itself */
	assert_int_equal(shown(f), 100);
}

static void witness_server_keeps_a_fork_of_the_same_size(void **state)
{
	struct fixture *f = *state;
	grow(f, 100, "entry");
	cosigns(f, 0);
	f->size = 99;
	grow(f, 100, "other");
	struct str body = request(f, 100);
	assert_int_equal(add(f, body), ERR_UNPROVEN);
	assert_int_equal(f->answer.key, 0);
	struct note n;
	struct checkpoint ours, theirs;
	assert_int_equal(checkpoint_open(&f->arena, f->answer.fork_ours, &f->key, &n, &ours, NULL),
		ERR_OK);
	assert_int_equal(checkpoint_open(&f->arena, f->answer.fork_theirs, &f->key, &n, &theirs,
		NULL), ERR_OK);
	assert_int_equal(ours.size, theirs.size);
	assert_false(digest_eq(&ours.root, &theirs.root));
}

static void witness_server_refuses_logs_it_does_not_know(void **state)
{
	struct fixture *f = *state;
	grow(f, 7, "entry");
	struct str body = request(f, 0);
	f->server.key_count = 0;
	assert_int_equal(add(f, body), ERR_NOT_FOUND);
	assert_true(f->answer.key == WITNESS_KEY_NONE);
	assert_string_equal(f->err.message, "log \"" ORIGIN "\" is not witnessed here");
}

static void witness_server_refuses_another_key(void **state)
{
	struct fixture *f = *state;
	const uint8_t seed[32] = { 43 };
	struct key other;
	struct note_key other_key;
	grow(f, 7, "entry");
	struct str body = request(f, 0);
	assert_int_equal(key_from_secret(KEY_ED25519, seed, &other, NULL), ERR_OK);
	assert_int_equal(note_key_make(STR(ORIGIN), NOTE_ED25519, &other.pub, &other_key, NULL),
		ERR_OK);
	f->server.keys[0] = &other_key;
	assert_int_equal(add(f, body), ERR_DENIED);
	assert_true(f->answer.key == WITNESS_KEY_NONE);
	assert_int_equal(shown(f), 0);
}

static bool trust_nothing(void *context, size_t key)
{
	(void)context;
	assert_int_equal(key, 0);
	return false;
}

static void witness_server_refuses_logs_no_longer_trusted(void **state)
{
	struct fixture *f = *state;
	grow(f, 7, "entry");
	f->server.is_trusted = trust_nothing;
	assert_int_equal(add(f, request(f, 0)), ERR_DENIED);
	assert_non_null(strstr(f->err.message, "is no longer trusted"));
}

static void witness_server_refuses_malformed_requests(void **state)
{
	static const char *const bad[] = { "", "old 0", "old 0\n\n", "old -1\n\nx", "garbage" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(add(f, str_of(bad[i])), ERR_INVALID);
}

/* Several requests from the same state: one is first, the others learn the new size. */
struct racer {
	struct fixture *f;
	struct str body;
	pthread_t thread;
	enum err_code code;
};

static void *race(void *context)
{
	struct racer *r = context;
	SCOPED_ARENA a = { 0 };
	struct witness_answer answer;
	arena_init(&a, 1 << 20);
	r->code = witness_server_add(&r->f->server, &a, r->body, NOW, &answer, NULL);
	digest_thread_clear();
	return NULL;
}

static void witness_server_lets_one_of_many_win(void **state)
{
	struct fixture *f = *state;
	struct racer racers[8];
	size_t won = 0;
	for (size_t i = 0; i < 8; i++) {
		grow(f, 10 + i, "entry");
		racers[i] = (struct racer){ .f = f, .body = request(f, 0) };
	}
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	for (size_t i = 0; i < 8; i++) {
		(void)pthread_join(racers[i].thread, NULL);
		if (racers[i].code == ERR_OK) {
			won++;
			assert_int_equal(shown(f), 10 + i);
		} else {
			assert_int_equal(racers[i].code, ERR_CORRECT_SIZE);
		}
	}
	assert_int_equal(won, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(witness_server_answers_the_sequence_of_litewitness),
		TEST(witness_server_cosigns_a_growing_log),
		TEST(witness_server_cosigns_the_same_size_again),
		TEST(witness_server_tells_the_size_it_has),
		TEST(witness_server_remembers_over_a_restart),
		TEST(witness_server_refuses_a_proof_that_does_not_hold),
		TEST(witness_server_keeps_a_fork_of_the_same_size),
		TEST(witness_server_refuses_logs_it_does_not_know),
		TEST(witness_server_refuses_another_key),
		TEST(witness_server_refuses_logs_no_longer_trusted),
		TEST(witness_server_refuses_malformed_requests),
		TEST(witness_server_lets_one_of_many_win),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
