/* test_checkpoint.c - checkpoints and cosignatures. */
#include "tlog/checkpoint.h"

#include "base/instant.h"
#include "tlog_fixture.h"

#define ROOT "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static int init(void **state)
{
	(void)state;
	key_library_init();
	return 0;
}

/* Signature, size and root of each of the sixteen checkpoints, the root from the entries. */
static void checkpoint_opens_those_of_a_real_log(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str entries[TILE_WIDTH], vkey;
	struct merkle_range range;
	struct note_key k;

	(void)state;
	arena_init(&a, ARENA_CAP);
	vkey = vector_file(&a, "tessera-log/vkey.txt");
	k = note_key_of_vkey(&a, str_cut(&vkey, '\n'));
	assert_int_equal(tile_bundle_split(vector_file(&a, "tessera-log/tile/entries/000.p/15"), 15,
		entries, NULL), ERR_OK);
	merkle_range_init(&range);
	for (uint64_t size = 0; size <= 15; size++) {
		struct str bytes = vector_file(&a, arena_printf(&a, "tessera-log/checkpoint.%u",
			(unsigned)size));
		struct digest root = merkle_range_root(&range), leaf;
		struct checkpoint c;
		struct note n;
		struct err e = { 0 };
		must(checkpoint_open(&a, bytes, &k, &n, &c, &e), &e);
		assert_int_equal(c.size, size);
		assert_true(digest_eq(&c.root, &root));
		assert_true(str_is(c.origin, "example.com/log/testdata"));
		assert_int_equal(c.extensions.len, 0);
		if (size == 15)
			continue;
		leaf = digest_sha256_leaf(entries[size]);
		merkle_range_append(&range, &leaf);
	}
}

static void checkpoint_text_comes_back(void **state)
{
	static const char *const texts[] = {
		"a.example/log\n0\n" ROOT "\n",
		"a.example/log\n9223372036854775807\n" ROOT "\n",
		"go.sum database tree\n1\n" ROOT "\n",
		"a\n1\n" ROOT "\nextension\nanother one\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		SCOPED_BUF b = { 0 };
		struct checkpoint c;
		struct err e = { 0 };
		must(checkpoint_parse(str_of(texts[i]), &c, &e), &e);
		buf_init(&b, 4096);
		checkpoint_put(&b, &c);
		assert_true(str_is(buf_str(&b), texts[i]));
	}
}

static void checkpoint_parse_refuses_other_texts(void **state)
{
	static const char *const wrong[] = {
		"", "a", "a\n", "a\n1\n", "a\n1\n" ROOT, "\n1\n" ROOT "\n", "a\n\n" ROOT "\n",
		"a\n01\n" ROOT "\n", "a\n-1\n" ROOT "\n", "a\n+1\n" ROOT "\n", "a\n1 \n" ROOT "\n",
		"a\n9223372036854775808\n" ROOT "\n", "a\n18446744073709551616\n" ROOT "\n",
		"a\n1\n" ROOT "\n\n", "a\n1\n" ROOT "\n\nextension\n", "a\n1\n" ROOT "\nextension",
		"a\n1\n" ROOT " \n", "a\n1\nKgAA\n", "a\n1\n\n", "a\n0x1\n" ROOT "\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct checkpoint c = { .size = 77 };
		if (checkpoint_parse(str_of(wrong[i]), &c, NULL) != ERR_INVALID)
			fail_msg("took \"%s\"", wrong[i]);
		assert_int_equal(c.size, 77); /* output untouched on failure */
	}
}

static void checkpoint_sign_carries_both_suites(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key log_secret = key_of_seed(KEY_ED25519, 1), sm2_secret = key_of_seed(KEY_SM2, 2);
	struct note_key log_key = note_key_of("a.example/log", NOTE_ED25519, &log_secret);
	struct note_key sm2_key = note_key_of("a.example/log", NOTE_OWN, &sm2_secret);
	struct checkpoint c = { .origin = STR("a.example/log"), .size = 7, .root = { { 42 } } },
		back;
	struct note n;
	bool found = false;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	must(checkpoint_sign(&b, &c, &log_key, &log_secret, &sm2_key, &sm2_secret, &e), &e);
	must(checkpoint_open(&a, buf_str(&b), &log_key, &n, &back, &e), &e);
	assert_int_equal(n.line_count, 2);
	assert_int_equal(back.size, 7);
	must(note_verify(&n, &sm2_key, &found, &e), &e);
	assert_true(found);
	must(checkpoint_open(&a, buf_str(&b), &sm2_key, &n, &back, &e), &e); /* either will do */
}

static void checkpoint_sign_refuses_what_it_could_not_read(void **state)
{
	SCOPED_BUF b = { 0 }, small = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1);
	struct note_key k = note_key_of("a", NOTE_ED25519, &secret);
	struct checkpoint c = { .origin = STR("a"), .size = (uint64_t)MERKLE_SIZE_MAX + 1 };

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(checkpoint_sign(&b, &c, &k, &secret, NULL, NULL, NULL), ERR_INVALID);
	c.size = 1;
	c.extensions = STR("\n");
	assert_int_equal(checkpoint_sign(&b, &c, &k, &secret, NULL, NULL, NULL), ERR_INVALID);
	c.extensions = STR("");
	buf_init(&small, 60);
	assert_int_equal(checkpoint_sign(&small, &c, &k, &secret, NULL, NULL, NULL), ERR_TOO_LARGE);
}

static void checkpoint_open_wants_the_log_itself(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1), other = key_of_seed(KEY_ED25519, 2);
	struct note_key k = note_key_of("a.example/log", NOTE_ED25519, &secret);
	struct note_key other_key = note_key_of("a.example/log", NOTE_ED25519, &other);
	struct note_key other_name = note_key_of("b.example/log", NOTE_ED25519, &secret);
	struct note_key witness = note_key_of("a.example/log", NOTE_COSIGNATURE, &secret);
	struct checkpoint c = { .origin = STR("a.example/log"), .size = 7 };
	struct note n;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	must(checkpoint_sign(&b, &c, &k, &secret, NULL, NULL, &e), &e);
	assert_int_equal(checkpoint_open(&a, buf_str(&b), &other_key, &n, &c, NULL), ERR_DENIED);
	assert_int_equal(checkpoint_open(&a, buf_str(&b), &witness, &n, &c, NULL), ERR_INVALID);
	/* The same key speaks for one origin only. */
	buf_reset(&b);
	buf_put_text(&b, "a.example/log\n7\n" ROOT "\n\n");
	must(note_sign(&b, (struct str){ b.at, b.len - 1 }, &other_name, &secret, &e), &e);
	assert_int_equal(checkpoint_open(&a, buf_str(&b), &other_name, &n, &c, NULL), ERR_DENIED);
	assert_int_equal(checkpoint_open(&a, buf_str(&b), &k, &n, &c, NULL), ERR_DENIED);
}

static void cosignatures_are_those_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *list;

	(void)state;
	arena_init(&a, ARENA_CAP);
	list = vector_json(&a, "cosignature.json");
	assert_int_equal(json_count(list), 3);
	for (size_t i = 0; i < json_count(list); i++) {
		SCOPED_BUF line = { 0 };
		const struct json *one = json_at(list, i);
		struct str seed = bytes_of_hex(&a, json_get_str(one, "cosigner_seed"));
		struct note_key k = note_key_of_vkey(&a, json_get_str(one, "vkey"));
		struct key secret;
		struct note n;
		uint64_t time = 0;
		struct err e = { 0 };
		must(note_parse(&a, json_get_str(one, "note"), &n, &e), &e);
		must(cosignature_verify(&n, &k, &time, &e), &e);
		assert_true(time >= 1700000000);
		/* Deterministic: the same line comes out of the seed. */
		must(key_from_secret(KEY_ED25519, (const uint8_t *)seed.at, &secret, &e), &e);
		assert_true(key_public_eq(&secret.pub, &k.pub));
		buf_init(&line, 1024);
		must(cosignature_sign(&line, n.text, time, &k, &secret, &e), &e);
		line.len--; /* its newline */
		assert_true(str_eq(buf_str(&line), n.lines[n.line_count - 1].text));
		n.text = STR("rome2026h1.example.org\n300\n" ROOT "\n");
		assert_int_equal(cosignature_verify(&n, &k, &time, NULL), ERR_DENIED);
	}
}

/* The first vector's other line is of type 0x05, and an ML-DSA line is like it: no key of ours. */
static void cosignature_verify_ignores_lines_of_unknown_types(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1), witness = key_of_seed(KEY_ED25519, 2);
	struct note_key k = note_key_of("a", NOTE_ED25519, &secret);
	struct note_key w = note_key_of("w", NOTE_COSIGNATURE, &witness);
	struct checkpoint c = { .origin = STR("a"), .size = 7 };
	uint8_t signature[4 + 8 + 2420] = { 6 };
	uint64_t time = 0;
	struct note n;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 65536);
	must(checkpoint_sign(&b, &c, &k, &secret, NULL, NULL, &e), &e);
	buf_put_text(&b, "\xe2\x80\x94 w ");
	base64_put(&b, signature, sizeof(signature));
	buf_put_char(&b, '\n');
	must(checkpoint_open(&a, buf_str(&b), &k, &n, &c, &e), &e);
	must(cosignature_verify(&n, &w, &time, &e), &e);
	assert_int_equal(time, 0);
	must(cosignature_sign(&b, n.text, 1700000000, &w, &witness, &e), &e);
	must(cosignature_sign(&b, n.text, 1700000100, &w, &witness, &e), &e);
	must(cosignature_sign(&b, n.text, 1700000050, &w, &witness, &e), &e);
	must(checkpoint_open(&a, buf_str(&b), &k, &n, &c, &e), &e);
	assert_int_equal(n.line_count, 5);
	must(cosignature_verify(&n, &w, &time, &e), &e);
	assert_int_equal(time, 1700000100);
}

static void cosignature_has_a_time(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 2);
	struct note_key w = note_key_of("w", NOTE_COSIGNATURE, &secret);
	struct note_key not_w = note_key_of("w", NOTE_ED25519, &secret);
	const struct str text = STR("a\n7\n" ROOT "\n");
	struct note n = { .text = text, .line_count = 1 };
	uint8_t zero[72] = { 0 };
	uint64_t time = 5;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	assert_int_equal(cosignature_sign(&b, text, 0, &w, &secret, NULL), ERR_INVALID);
	assert_int_equal(cosignature_sign(&b, text, INSTANT_MAX + 1, &w, &secret, NULL),
		ERR_INVALID);
	assert_int_equal(cosignature_sign(&b, text, 1, &not_w, &secret, NULL), ERR_INVALID);
	assert_int_equal(cosignature_sign(&b, STR("a\n7\n"), 1, &w, &secret, NULL), ERR_INVALID);
	assert_int_equal(b.len, 0);
	/* A line of time 0 whose signature does hold is refused all the same. */
	cosignature_put_message(&b, 0, text);
	assert_int_equal(key_sign(&secret, buf_str(&b), zero + 8, NULL), ERR_OK);
	n.lines[0] = (struct note_line){ .name = w.name, .signature = { (char *)zero, 72 } };
	memcpy(n.lines[0].id, w.id, 4);
	assert_int_equal(cosignature_verify(&n, &w, &time, NULL), ERR_DENIED);
	n.lines[0].signature.len = 64;
	assert_int_equal(cosignature_verify(&n, &w, &time, NULL), ERR_DENIED);
	assert_int_equal(cosignature_verify(&n, &not_w, &time, NULL), ERR_INVALID);
	assert_int_equal(time, 5); /* output untouched on failure */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checkpoint_opens_those_of_a_real_log),
		cmocka_unit_test(checkpoint_text_comes_back),
		cmocka_unit_test(checkpoint_parse_refuses_other_texts),
		cmocka_unit_test(checkpoint_sign_carries_both_suites),
		cmocka_unit_test(checkpoint_sign_refuses_what_it_could_not_read),
		cmocka_unit_test(checkpoint_open_wants_the_log_itself),
		cmocka_unit_test(cosignatures_are_those_of_the_vectors),
		cmocka_unit_test(cosignature_verify_ignores_lines_of_unknown_types),
		cmocka_unit_test(cosignature_has_a_time),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
