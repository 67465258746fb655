/* test_nonce_guard.c - each nonce counts once, for as long as it could be replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/limits.h"
#include "peer/nonce_guard.h"

#define BEGIN 1000000
#define KEYID STR("did:web:a#requests-1")
#define NONCE STR("0123456789abcdefghijkl")

static struct nonce_guard *guard;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	nonce_guard_open(&guard, BEGIN);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	nonce_guard_close(guard);
	return 0;
}

static enum err_code take(struct str keyid, struct str nonce, int64_t created, int64_t now)
{
	return nonce_guard_take(guard, keyid, nonce, created, now, &err);
}

static void nonce_guard_takes_each_nonce_once(void **state)
{
	(void)state;
	assert_int_equal(take(KEYID, NONCE, BEGIN + 1, BEGIN + 1), ERR_OK);
	assert_int_equal(take(KEYID, NONCE, BEGIN + 1, BEGIN + 1), ERR_DENIED);
	assert_string_equal(err.message, "signed request was received before (nonce seen)");
	assert_int_equal(take(KEYID, STR("0123456789abcdefghijkm"), BEGIN + 1, BEGIN + 1), ERR_OK);
	assert_int_equal(take(STR("did:web:b#requests-1"), NONCE, BEGIN + 1, BEGIN + 1), ERR_OK);
}

/* Made 300 s ahead at BEGIN + 1, the signature may be valid until BEGIN + 601. */
static void nonce_guard_remembers_while_a_signature_is_valid(void **state)
{
	(void)state;
	char text[40];
	int64_t created = BEGIN + 1 + LIMIT_SIGNATURE_SKEW_S;
	assert_int_equal(take(KEYID, NONCE, created, BEGIN + 1), ERR_OK);
	for (int64_t now = BEGIN + 2; now <= created + LIMIT_SIGNATURE_SKEW_S; now += 7) {
		(void)snprintf(text, sizeof(text), "nonce-of-second-%lld", (long long)now);
		assert_int_equal(take(KEYID, str_of(text), created, now), ERR_OK);
		assert_int_equal(take(KEYID, NONCE, created, now), ERR_DENIED);
	}
}

static void nonce_guard_forgets_in_the_end(void **state)
{
	(void)state;
	assert_int_equal(take(KEYID, NONCE, BEGIN + 1, BEGIN + 1), ERR_OK);
	assert_int_equal(take(KEYID, STR("one"), BEGIN + 700, BEGIN + 700), ERR_OK);
	assert_int_equal(take(KEYID, STR("two"), BEGIN + 1400, BEGIN + 1400), ERR_OK);
	assert_int_equal(take(KEYID, NONCE, BEGIN + 1401, BEGIN + 1401), ERR_OK);
}

static void nonce_guard_refuses_what_was_signed_before_it_was_opened(void **state)
{
	(void)state;
	assert_int_equal(take(KEYID, NONCE, BEGIN, BEGIN + 1), ERR_DENIED);
	assert_string_equal(err.message, "signed request was made before this node started");
	assert_int_equal(take(KEYID, NONCE, BEGIN - 200, BEGIN + 1), ERR_DENIED);
}

static void limit_nonces_pushes_back_and_recovers(void **state)
{
	(void)state;
	char text[32];
	for (int i = 0; i < LIMIT_NONCES; i++) {
		(void)snprintf(text, sizeof(text), "nonce-%d", i);
		assert_int_equal(take(KEYID, str_of(text), BEGIN + 1, BEGIN + 1), ERR_OK);
	}
	assert_int_equal(take(KEYID, NONCE, BEGIN + 1, BEGIN + 1), ERR_BUSY);
	assert_int_equal(take(KEYID, STR("nonce-77"), BEGIN + 1, BEGIN + 1), ERR_DENIED);
	assert_int_equal(take(KEYID, NONCE, BEGIN + 700, BEGIN + 700), ERR_OK);
	assert_int_equal(take(KEYID, STR("nonce-77"), BEGIN + 700, BEGIN + 700), ERR_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nonce_guard_takes_each_nonce_once),
		TEST(nonce_guard_remembers_while_a_signature_is_valid),
		TEST(nonce_guard_forgets_in_the_end),
		TEST(nonce_guard_refuses_what_was_signed_before_it_was_opened),
		TEST(limit_nonces_pushes_back_and_recovers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
