/* test_witness.c - the pure half of a witness: requests, the order of checks, the new state. */
#include "tlog/witness.h"

#include "tlog_fixture.h"

static int init(void **state)
{
	(void)state;
	key_library_init();
	return 0;
}

/* What a witness that knows one log answers: an HTTP status, and *s moved on when it is 200. */
static int answer(struct arena *a, struct str body, const struct note_key *log_key,
	struct witness_state *s)
{
	struct witness_request r;
	struct checkpoint c;
	struct note n;
	enum err_code code = witness_request_parse(a, body, &r, NULL);

	if (code == ERR_OK && !str_eq(r.origin, log_key->name))
		code = ERR_NOT_FOUND;
	if (code == ERR_OK)
		code = witness_check(a, &r, log_key, s, s, &n, &c, NULL);
	return err_class(code)->http_status;
}

static void witness_answers_the_sequence_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *v, *requests;
	struct witness_state s = { .size = 0 };
	struct note_key k;

	(void)state;
	arena_init(&a, ARENA_CAP);
	v = vector_json(&a, "add-checkpoint-sequence.json");
	k = note_key_of_vkey(&a, json_get_str(v, "log_vkey"));
	requests = json_get(v, "requests");
	assert_in_range(json_count(requests), 8, 20);
	for (size_t i = 0; i < json_count(requests); i++) {
		const struct json *one = json_at(requests, i);
		struct str response = json_get_str(one, "response");
		int status = answer(&a, json_get_str(one, "body"), &k, &s);
		assert_int_equal(status, json_number_or(json_get(one, "status"), 0));
		if (response.at)
			assert_true(str_is(response, arena_printf(&a, "%llu\n",
				(unsigned long long)s.size)));
	}
	assert_int_equal(s.size, 5);
}

static void witness_request_comes_back(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *requests;

	(void)state;
	arena_init(&a, ARENA_CAP);
	requests = json_get(vector_json(&a, "add-checkpoint-sequence.json"), "requests");
	for (size_t i = 0; i < json_count(requests); i++) {
		SCOPED_BUF b = { 0 };
		struct str body = json_get_str(json_at(requests, i), "body");
		struct witness_request r;
		struct err e = { 0 };
		must(witness_request_parse(&a, body, &r, &e), &e);
		buf_init(&b, LIMIT_NOTE_BYTES);
		must(witness_request_put(&b, &r, &e), &e);
		assert_true(str_eq(buf_str(&b), body));
	}
}

/* A log of ours that can sign any claim. */
struct claim {
	struct arena arena;
	struct buf note;
	struct key secret;
	struct note_key key;
};

static void claim_init(struct claim *l)
{
	arena_init(&l->arena, ARENA_CAP);
	buf_init(&l->note, LIMIT_NOTE_BYTES);
	l->secret = key_of_seed(KEY_ED25519, 1);
	l->key = note_key_of("a.example/tlog", NOTE_ED25519, &l->secret);
}

static void claim_clear(struct claim *l)
{
	buf_clear(&l->note);
	arena_clear(&l->arena);
}

static int claim_answer(struct claim *l, const struct witness_request *request, uint64_t size,
	struct digest root, struct witness_state *s)
{
	SCOPED_BUF body = { 0 };
	struct checkpoint c = { .origin = l->key.name, .size = size, .root = root };
	struct witness_request r = *request;
	struct err e = { 0 };

	buf_reset(&l->note);
	must(checkpoint_sign(&l->note, &c, &l->key, &l->secret, NULL, NULL, &e), &e);
	r.checkpoint = buf_str(&l->note);
	buf_init(&body, LIMIT_NOTE_BYTES);
	must(witness_request_put(&body, &r, &e), &e);
	return answer(&l->arena, buf_str(&body), &l->key, s);
}

static void witness_follows_a_growing_log(void **state)
{
	struct claim l = { .note = { 0 } };
	struct witness_state s = { .size = 0 };
	struct merkle_reader r;
	struct tree t;
	uint64_t old_size = 0;

	(void)state;
	claim_init(&l);
	t = tree_new(&l.arena, 1000);
	r = tree_reader(&t);
	for (uint64_t size = 0; size <= 1000; size += 37) {
		struct witness_request q = { .old_size = old_size };
		struct digest root;
		assert_int_equal(merkle_root(&r, size, &root, NULL), ERR_OK);
		assert_int_equal(merkle_prove_consistency(&r, old_size, size, &q.proof, NULL),
			ERR_OK);
		assert_int_equal(claim_answer(&l, &q, size, root, &s), 200);
		assert_int_equal(s.size, size);
		/* The same size again is a fresh cosignature; a smaller old one tells the size. */
		q = (struct witness_request){ .old_size = size };
		assert_int_equal(claim_answer(&l, &q, size, root, &s), 200);
		old_size = size;
	}
	claim_clear(&l);
}

static void witness_checks_in_the_order_of_the_specification(void **state)
{
	struct claim l = { .note = { 0 } };
	struct digest one = digest_sha256(STR("1")), empty = digest_sha256(STR(""));
	struct witness_state s = { .size = 0 }, before;
	struct witness_request q = { .old_size = 0 };

	(void)state;
	claim_init(&l);
	assert_int_equal(claim_answer(&l, &q, 0, one, &s), 422); /* size 0, another root */
	assert_int_equal(claim_answer(&l, &q, 0, empty, &s), 200);
	q.proof.count = 1;
	assert_int_equal(claim_answer(&l, &q, 5, one, &s), 422); /* proof from size 0 */
	q.proof.count = 0;
	assert_int_equal(claim_answer(&l, &q, 5, one, &s), 200);
	before = s;
	assert_int_equal(claim_answer(&l, &q, 6, one, &s), 409); /* before the proof is looked at */
	q.old_size = 7;
	assert_int_equal(claim_answer(&l, &q, 6, one, &s), 400); /* old over new, before 409 */
	assert_int_equal(claim_answer(&l, &q, 8, one, &s), 409); /* old over ours */
	q.old_size = 5;
	assert_int_equal(claim_answer(&l, &q, 5, empty, &s), 422); /* a fork */
	assert_int_equal(claim_answer(&l, &q, 6, one, &s), 422); /* no proof */
	q.proof.count = 63;
	assert_int_equal(claim_answer(&l, &q, 6, one, &s), 422); /* a long one */
	assert_memory_equal(&s, &before, sizeof(s));
	l.secret = key_of_seed(KEY_ED25519, 2);
	l.key = note_key_of("a.example/tlog", NOTE_ED25519, &l.secret);
	q = (struct witness_request){ .old_size = 99 };
	assert_int_equal(claim_answer(&l, &q, 100, one, &s), 409);
	claim_clear(&l);
}

static void witness_refuses_a_log_with_another_key_before_it_tells_a_size(void **state)
{
	struct claim l = { .note = { 0 } };
	struct key other = key_of_seed(KEY_ED25519, 2);
	struct note_key other_key = note_key_of("a.example/tlog", NOTE_ED25519, &other);
	struct witness_state s = { .size = 5 };
	SCOPED_BUF body = { 0 };
	struct witness_request r = { .old_size = 0 };
	struct checkpoint c = { .origin = STR("a.example/tlog"), .size = 9 };
	struct err e = { 0 };

	(void)state;
	claim_init(&l);
	must(checkpoint_sign(&l.note, &c, &other_key, &other, NULL, NULL, &e), &e);
	r.checkpoint = buf_str(&l.note);
	buf_init(&body, LIMIT_NOTE_BYTES);
	must(witness_request_put(&body, &r, &e), &e);
	assert_int_equal(answer(&l.arena, buf_str(&body), &l.key, &s), 403);
	claim_clear(&l);
}

static void witness_request_parse_refuses_what_has_no_form(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	const struct json *requests;
	struct str good, note;
	struct witness_request r = { .old_size = 77 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	requests = json_get(vector_json(&a, "add-checkpoint-sequence.json"), "requests");
	good = json_get_str(json_at(requests, 0), "body"); /* old 0, no proof, size 1 */
	note = str_skip(good, 7);
	buf_init(&b, LIMIT_NOTE_BYTES);
	for (size_t len = 0; len < good.len; len++) {
		struct str cut = { good.at, len };
		if (witness_request_parse(&a, cut, &r, NULL) != ERR_INVALID)
			fail_msg("took the first %zu bytes", len);
	}
	static const char *const heads[] = {
		"old 2\n\n", "old\n\n", "old 00\n\n", "old -1\n\n", "old  0\n\n", "new 0\n\n", "\n",
		"old 0\nx\n\n", "old 18446744073709551616\n\n", "old 0\n",
	};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		buf_reset(&b);
		buf_put_text(&b, heads[i]);
		buf_put_str(&b, note);
		if (witness_request_parse(&a, buf_str(&b), &r, NULL) != ERR_INVALID)
			fail_msg("took \"%s\"", heads[i]);
	}
	buf_reset(&b);
	buf_put_text(&b, "old 0\n");
	for (int i = 0; i < 64; i++)
		buf_put_text(&b, "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	buf_put_text(&b, "\n");
	buf_put_str(&b, note);
	assert_int_equal(witness_request_parse(&a, buf_str(&b), &r, NULL), ERR_INVALID);
	assert_int_equal(r.old_size, 77); /* output untouched on failure */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(witness_answers_the_sequence_of_the_vectors),
		cmocka_unit_test(witness_request_comes_back),
		cmocka_unit_test(witness_follows_a_growing_log),
		cmocka_unit_test(witness_checks_in_the_order_of_the_specification),
		cmocka_unit_test(witness_refuses_a_log_with_another_key_before_it_tells_a_size),
		cmocka_unit_test(witness_request_parse_refuses_what_has_no_form),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
