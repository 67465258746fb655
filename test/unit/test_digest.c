/* test_digest.c - SHA-256 and SM3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/json.h"
#include "base/scoped.h"
#include "crypto/digest.h"

static void assert_digest(struct digest got, const char *want)
{
	char text[2 * DIGEST_BYTES + 1];

	hex_encode(got.at, DIGEST_BYTES, text);
	assert_string_equal(text, want);
}

/* FIPS 180-4. */
static void digest_sha256_gives_the_vectors(void **state)
{
	(void)state;
	assert_digest(digest_sha256(STR("")),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_digest(digest_sha256(STR("abc")),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(
		digest_sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_digest(digest_sha256_two(STR("a"), STR("bc")),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(digest_sha256((struct str){ NULL, 0 }),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 9162: a leaf is 0x00 || entry, a node 0x01 || left || right. */
static void digest_separates_leaves_from_nodes(void **state)
{
	char bytes[1 + 2 * DIGEST_BYTES] = { 1 };
	struct digest left = digest_sha256_leaf(STR("")), right = digest_sha256_leaf(STR("abc"));
	struct digest node = digest_sha256_node(&left, &right), want;

	(void)state;
	assert_digest(left, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	want = digest_sha256(STR("\0abc"));
	assert_true(digest_eq(&right, &want));
	memcpy(bytes + 1, left.at, DIGEST_BYTES);
	memcpy(bytes + 1 + DIGEST_BYTES, right.at, DIGEST_BYTES);
	want = digest_sha256((struct str){ bytes, sizeof(bytes) });
	assert_true(digest_eq(&node, &want));
	assert_false(digest_eq(&node, &left));
}

static void digest_sm3_gives_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 };
	struct json *v = NULL;
	struct err e = { 0 };
	const struct json *list;

	(void)state;
	arena_init(&a, 1048576);
	assert_int_equal(io_read_file(&a, arena_printf(&a, "%s/sm2/sm2-sm3.json",
		getenv("HUREN_VECTORS")), 65536, &text, &e), ERR_OK);
	assert_int_equal(json_parse(&a, text, &v, &e), ERR_OK);
	list = json_get(v, "sm3");
	assert_true(json_count(list) >= 2);
	for (size_t i = 0; i < json_count(list); i++) {
		struct str hex = json_get_str(json_at(list, i), "message_hex");
		uint8_t *message = arena_alloc(&a, hex.len / 2);
		assert_int_equal(hex_decode(hex, message, hex.len / 2, &e), ERR_OK);
		assert_digest(digest_sm3((struct str){ (char *)message, hex.len / 2 }),
			str_z(&a, json_get_str(json_at(list, i), "digest")));
	}
}

static void digest_stream_equals_one_shot(void **state)
{
	struct digest_stream s;
	struct digest got, want;
	char bytes[1000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	digest_stream_open(&s);
	for (size_t at = 0; at < sizeof(bytes); at += 125) {
		digest_stream_update(&s, (struct str){ bytes + at, 125 });
		(void)digest_sha256(STR("in between")); /* streams have a context of their own */
	}
	got = digest_stream_close(&s);
	assert_null(s.inner);
	want = digest_sha256((struct str){ bytes, sizeof(bytes) });
	assert_true(digest_eq(&got, &want));
}

static void *hash_in_thread(void *counter)
{
	for (int i = 0; i < 1000; i++) {
		struct digest d = digest_sha256(STR("abc"));
		*(int *)counter += d.at[0] == 0xba && d.at[31] == 0xad;
	}
	(void)digest_sm3(STR("abc"));
	digest_thread_clear();
	return NULL;
}

static void digest_works_in_many_threads(void **state)
{
	pthread_t threads[4];
	int good[4] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_in_thread, &good[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(good[i], 1000);
	}
	digest_thread_clear();
	digest_thread_clear(); /* twice does no harm, and the next digest starts anew */
	assert_digest(digest_sha256(STR("")),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_thread_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_sha256_gives_the_vectors),
		cmocka_unit_test(digest_separates_leaves_from_nodes),
		cmocka_unit_test(digest_sm3_gives_the_vectors),
		cmocka_unit_test(digest_stream_equals_one_shot),
		cmocka_unit_test(digest_works_in_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
