/* test_directory.c - keys and accreditations as of any time. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "base/limits.h"
#include "ledger/directory.h"

#define LAB "did:web:a.example:org:91500000MA5U000001"
#define AUTHORITY "did:web:a.example"

static struct directory *d;

static int open_directory(void **state)
{
	(void)state;
	key_library_init();
	d = directory_open();
	return 0;
}

static int close_directory(void **state)
{
	(void)state;
	directory_close(d);
	return 0;
}

static int64_t time_of(const char *text)
{
	int64_t ret = 0;

	assert_int_equal(instant_parse(str_of(text), &ret, NULL), ERR_OK);
	return ret;
}

static int32_t day_of(const char *text)
{
	int32_t ret = 0;

	assert_int_equal(china_day_parse(str_of(text), &ret, NULL), ERR_OK);
	return ret;
}

/* A version whose only key is `fill` repeated, logged at `at`. */
static enum err_code add_version(uint64_t version, uint8_t fill, const char *key_id,
	int64_t at, struct err *e)
{
	static struct did_document doc;

	doc = (struct did_document){ .did = STR(LAB), .name = STR("Sample lab"), .role = STR("lab"),
		.version = version, .logged_at = at, .key_count = 1 };
	doc.keys[0] = (struct did_key){ .id = str_of(key_id), .valid_from = at,
		.valid_until = INT64_MAX, .asserts = true };
	doc.keys[0].pub.type = KEY_ED25519;
	doc.keys[0].pub.len = 32;
	memset(doc.keys[0].pub.at, fill, 32);
	return directory_add_document(d, &doc, e);
}

static void directory_judges_a_key_by_the_version_of_its_time(void **state)
{
	struct key_public key;
	int64_t until;

	(void)state;
	assert_int_equal(add_version(1, 1, LAB "#key-1", 1000, NULL), ERR_OK);
	assert_int_equal(add_version(2, 2, LAB "#key-2", 2000, NULL), ERR_OK);
	assert_int_equal(directory_document_version(d, STR(LAB)), 2);
	assert_int_equal(directory_find_key(d, STR(LAB "#key-1"), 1500, &key, &until, NULL),
		ERR_OK);
	assert_int_equal(key.at[0], 1);
	assert_int_equal(directory_find_key(d, STR(LAB "#key-2"), 2000, &key, &until, NULL),
		ERR_OK);
	assert_int_equal(key.at[0], 2);
	assert_int_not_equal(directory_find_key(d, STR(LAB "#key-1"), 2000, &key, &until, NULL),
		ERR_OK);
	assert_int_not_equal(directory_find_key(d, STR(LAB "#key-2"), 1999, &key, &until, NULL),
		ERR_OK);
	assert_int_not_equal(directory_find_key(d, STR(LAB "#key-1"), 999, &key, &until, NULL),
		ERR_OK);
}

static void directory_names_an_unknown_did(void **state)
{
	struct key_public key;
	int64_t until;
	struct err e;

	(void)state;
	assert_int_equal(directory_find_key(d, STR(LAB "#key-1"), 1, &key, &until, &e),
		ERR_NOT_FOUND);
	assert_string_equal(e.message, "no DID document of \"" LAB "\" is known here");
}

static void directory_takes_versions_in_order_only(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(add_version(2, 1, LAB "#key-1", 1000, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.message, "has version 2, 1 comes next"));
	assert_int_equal(add_version(1, 1, LAB "#key-1", 1000, NULL), ERR_OK);
	assert_int_equal(add_version(1, 1, LAB "#key-1", 1000, NULL), ERR_CONFLICT);
	assert_int_equal(directory_document_version(d, STR(LAB)), 1);
}

static void directory_counts_its_changes(void **state)
{
	uint64_t before = directory_version(d);

	(void)state;
	assert_int_equal(add_version(1, 1, LAB "#key-1", 1000, NULL), ERR_OK);
	assert_int_equal(directory_version(d), before + 1);
	assert_int_equal(add_version(1, 1, LAB "#key-1", 1000, NULL), ERR_CONFLICT);
	assert_int_equal(directory_version(d), before + 1);
}

/* ---- accreditations -------------------------------------------------------------------------- */

static const uint8_t accreditation[16] = { 1, 2, 3 };

static void accredit(void)
{
	static const struct str items[] = { { "6.1.1", 5 }, { "6.1.4", 5 } };
	static const struct scope_entry entry = { .scheme = { "gbt-41798", 9 },
		.edition = { "2022", 4 }, .item_count = 2, .items = items };
	struct scope scope = { .id = STR("urn:uuid:1"), .lab = STR(LAB), .authority =
		STR(AUTHORITY),
		.certificate_type = STR("CMA"), .certificate_number = STR("1"),
		.valid_from = time_of("2026-01-01T00:00:00+08:00"),
		.valid_until = time_of("2026-12-31T23:59:59+08:00"), .entry_count = 1,
		.entries = &entry };

	assert_int_equal(directory_add_scope(d, accreditation, &scope, NULL), ERR_OK);
	assert_int_equal(directory_add_scope(d, accreditation, &scope, NULL), ERR_CONFLICT);
}

static enum err_code may_test(const char *item, const char *day, struct err *e)
{
	struct directory_question q = { .lab = STR(LAB), .authority = STR(AUTHORITY),
		.scheme = STR("gbt-41798"), .edition = STR("2022"), .item = str_of(item),
		.day = day_of(day) };

	return directory_may_test(d, &q, e);
}

static void directory_says_for_which_items_and_days(void **state)
{
	struct err e;

	(void)state;
	accredit();
	assert_int_equal(may_test("6.1.4", "2026-01-01", &e), ERR_OK);
	assert_int_equal(may_test("6.1.4", "2026-12-31", &e), ERR_OK);
	assert_int_equal(may_test("6.1.4", "2025-12-31", &e), ERR_DENIED);
	assert_string_equal(e.message, "item \"6.1.4\": laboratory \"" LAB
		"\" is not accredited for it "
		"(scheme \"gbt-41798\", edition \"2022\") on 2025-12-31: outside the "
			"accreditation's "
		"period");
	assert_int_equal(may_test("6.1.5", "2026-03-01", &e), ERR_DENIED);
	assert_string_equal(e.message, "item \"6.1.5\": laboratory \"" LAB
		"\" is not accredited for it "
		"(scheme \"gbt-41798\", edition \"2022\") on 2026-03-01");
}

static void directory_asks_who_accredited(void **state)
{
	struct directory_question q = { .lab = STR(LAB), .authority = STR("did:web:b.example"),
		.scheme = STR("gbt-41798"), .edition = STR("2022"), .item = STR("6.1.4"),
		.day = day_of("2026-03-01") };
	struct err e;

	(void)state;
	accredit();
	assert_int_equal(directory_may_test(d, &q, &e), ERR_DENIED);
	assert_string_equal(e.message, "item \"6.1.4\": laboratory \"" LAB
		"\" is not accredited by \"did:web:b.example\"");
}

static void directory_knows_withdrawn_and_suspended_days(void **state)
{
	struct err e;

	(void)state;
	accredit();
	assert_true(directory_has_scope(d, accreditation));
	/* Added out of order, as admitted statements may come. */
	assert_int_equal(directory_add_status(d, accreditation, true,
			time_of("2026-05-10T10:00:00+08:00"), NULL), ERR_OK);
	assert_int_equal(directory_add_status(d, accreditation, false,
			time_of("2026-05-01T10:00:00+08:00"), NULL), ERR_OK);
	assert_int_equal(may_test("6.1.4", "2026-04-30", &e), ERR_OK);
	assert_int_equal(may_test("6.1.4", "2026-05-01", &e), ERR_OK); /* until ten */
	assert_int_equal(may_test("6.1.4", "2026-05-02", &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "2026-05-02: accreditation withdrawn or suspended then"));
	assert_int_equal(may_test("6.1.4", "2026-05-09", &e), ERR_DENIED);
	assert_int_equal(may_test("6.1.4", "2026-05-10", &e), ERR_OK); /* from ten */
	assert_int_equal(may_test("6.1.4", "2026-06-01", &e), ERR_OK);
}

static void directory_ignores_the_status_of_other_statements(void **state)
{
	static const uint8_t other[16] = { 9 };
	uint64_t before = directory_version(d);

	(void)state;
	assert_int_equal(directory_add_status(d, other, false, 1, NULL), ERR_OK);
	assert_int_equal(directory_version(d), before);
	assert_false(directory_has_scope(d, other));
}

static void limit_directory_bytes(void **state)
{
	static char name[1 << 20];
	struct did_document doc = { .role = STR("lab"), .version = 1,
		.name = { name, sizeof(name) } };
	enum err_code code = ERR_OK;
	char did[32];
	struct err e;
	int i;

	(void)state;
	memset(name, 'x', sizeof(name));
	for (i = 0; i < 1000 && code == ERR_OK; i++) {
		(void)snprintf(did, sizeof(did), "did:web:%d.example", i);
		doc.did = str_of(did);
		code = directory_add_document(d, &doc, &e);
	}
	assert_int_equal(code, ERR_TOO_LARGE);
	assert_true(i < LIMIT_DIRECTORY_BYTES / (int)sizeof(name));
	assert_string_equal(e.message, "too many DID documents and accreditations for this node");
	assert_int_equal(directory_document_version(d, STR("did:web:0.example")), 1);
	assert_int_equal(directory_document_version(d, doc.did), 0);
}

/* ---- threads --------------------------------------------------------------------------------- */

static void *read_keys(void *failures)
{
	for (int i = 0; i < 2000; i++) {
		struct key_public key;
		int64_t until;
		enum err_code code = directory_find_key(d, STR(LAB "#key-1"), 1000, &key, &until,
			NULL);
		if (code != ERR_OK || key.at[0] != 1)
			++*(int *)failures;
	}
	digest_thread_clear();
	return NULL;
}

static void directory_answers_while_it_grows(void **state)
{
	int failures[2] = { 0, 0 };
	pthread_t threads[2];

	(void)state;
	assert_int_equal(add_version(1, 1, LAB "#key-1", 1000, NULL), ERR_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_keys, &failures[i]), 0);
	for (uint64_t version = 2; version < 200; version++)
		assert_int_equal(add_version(version, 2, LAB "#key-1",
				1000 + (int64_t)version, NULL), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(failures[i], 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_directory, close_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(directory_judges_a_key_by_the_version_of_its_time),
		TEST(directory_names_an_unknown_did),
		TEST(directory_takes_versions_in_order_only),
		TEST(directory_counts_its_changes),
		TEST(directory_says_for_which_items_and_days),
		TEST(directory_asks_who_accredited),
		TEST(directory_knows_withdrawn_and_suspended_days),
		TEST(directory_ignores_the_status_of_other_statements),
		TEST(limit_directory_bytes),
		TEST(directory_answers_while_it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
