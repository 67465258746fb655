/* test_slice.c - a slice proves what it shows, shows nothing else, and no change of it passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/slice.h"

#define ARENA_CAP ((size_t)64 << 20)
#define SECOND 1000000000ll
/* Computed by other means from doc/formats/slice.md (Python: hashlib, hmac, json). */
#define ROOT "LJI2u0PAG02rO7VVpR_pXVZUyrilXWVNjw1q8KRk8Mo"

static const uint8_t seed[SLICE_SEED_BYTES] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
static const int64_t speed_times[] = { 0, 500000000, 1000000000, 2500000000 };
static const int64_t light_times[] = { 100000000, 1100000000 };
static const int64_t gap_times[] = { 3000000000 };
static const double speeds[] = { 80, 79.5, NAN, 78.25 };
static const double lights[] = { 0, 1 };
static const double gaps[] = { INFINITY };
static const struct str light_names[] = { STR("red"), STR("green") };

static struct slice_channel channels[3];

static struct slice_table sample_table(void)
{
	channels[0] = (struct slice_channel){ STR("ego_speed"), STR("km/h"), 4, speed_times, speeds,
		0, NULL };
	channels[1] = (struct slice_channel){ STR("light"), STR(""), 2, light_times, lights, 2,
		light_names };
	channels[2] = (struct slice_channel){ STR("gap"), STR("m"), 1, gap_times, gaps, 0, NULL };
	return (struct slice_table){ .file = digest_sha256(STR("file")),
		.mapping = digest_sha256(STR("mapping")), .block_ns = SECOND, .channel_count = 3,
		.channels = channels };
}

static struct str make(struct arena *a, const struct slice_table *t, uint32_t channel, int64_t from,
	int64_t to)
{
	struct slice_wish wish = { .channel_count = 1, .channels = &channel, .from_ns = from,
		.to_ns = to };
	struct json *v = NULL;
	struct str text;
	struct err e = { 0 };
	assert_int_equal(slice_make(a, t, seed, &wish, &v, &e), ERR_OK);
	assert_int_equal(json_jcs(a, v, &text, &e), ERR_OK);
	return text;
}

static enum err_code check(struct arena *a, struct str text, struct slice_found *ret, struct err *e)
{
	struct json *v = NULL;
	TRY(json_parse(a, text, &v, e));
	return slice_check(a, v, ret, e);
}

/* A report's subject that binds the commitment. */
static struct json *subject(struct arena *a, const struct slice_table *t,
	const struct slice_commitment *c)
{
	struct json *entry = json_new_object(a), *list = json_new_array(a);
	json_set_text(a, entry, "name", "run1.mf4");
	json_set_str(a, entry, "digest", base64url_new(a, t->file.at, DIGEST_BYTES));
	if (c)
		json_set(a, entry, "slices", slice_commitment_json(a, c));
	json_push(a, list, entry);
	return json_set(a, json_new_object(a), "inspectionReport",
		json_set(a, json_new_object(a), "evidence", list));
}

static void slice_commits_as_the_format_says(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	struct slice_commitment c, read;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(slice_commit(&a, &t, seed, &c, NULL), ERR_OK);
	assert_true(str_is(base64url_new(&a, c.root.at, DIGEST_BYTES), ROOT));
	assert_int_equal(c.channels, 3);
	assert_int_equal(c.blocks, 4);
	assert_int_equal(c.begin_ns, 0);
	assert_int_equal(slice_commitment_parse(slice_commitment_json(&a, &c), &read, NULL),
		ERR_OK);
	assert_true(slice_commitment_eq(&c, &read));
}

static void slice_shows_the_blocks_asked_for(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	struct slice_commitment c;
	struct slice_found found;
	const struct json *entry;
	arena_init(&a, ARENA_CAP);
	struct str text = make(&a, &t, 0, SECOND, 3 * SECOND);
	assert_int_equal(check(&a, text, &found, NULL), ERR_OK);
	assert_int_equal(found.part_count, 2);
	assert_true(str_is(found.parts[0].name, "ego_speed"));
	assert_int_equal(found.parts[0].block, 1);
	assert_int_equal(found.parts[0].count, 1);
	assert_int_equal(found.parts[1].block, 2);
	assert_true(json_is(json_path(found.parts[0].content, "values/0"), JSON_NULL));
	assert_int_equal(slice_commit(&a, &t, seed, &c, NULL), ERR_OK);
	assert_int_equal(slice_find_evidence(subject(&a, &t, &c), &found, &entry, NULL), ERR_OK);
	assert_true(str_is(json_get_str(entry, "name"), "run1.mf4"));
}

static void slice_is_of_the_report_that_binds_it(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table(), other = t;
	struct slice_commitment c;
	struct slice_found found;
	const struct json *entry = NULL;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(check(&a, make(&a, &t, 0, 0, SECOND), &found, NULL), ERR_OK);
	assert_int_equal(slice_find_evidence(subject(&a, &t, NULL), &found, &entry, NULL),
		ERR_UNPROVEN);
	other.file = digest_sha256(STR("another file"));
	assert_int_equal(slice_commit(&a, &other, seed, &c, NULL), ERR_OK);
	assert_int_equal(slice_find_evidence(subject(&a, &other, &c), &found, &entry, NULL),
		ERR_NOT_FOUND);
	assert_int_equal(slice_find_evidence(subject(&a, &t, &c), &found, &entry, NULL),
		ERR_UNPROVEN);
	assert_null(entry);
}

/* Everything but hashes is the same whatever stands in what is hidden; and no hash of a hidden leaf
 * can be had without its own salt. */
static void slice_reveals_nothing_of_the_rest(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	static const double other_speeds[] = { 80, 79.5, 12.5, 99 };
	struct slice_found one, other;
	arena_init(&a, ARENA_CAP);
	struct str text = make(&a, &t, 0, 0, SECOND);
	assert_int_equal(str_find(text, STR("light")), SIZE_MAX);
	assert_int_equal(str_find(text, STR("gap")), SIZE_MAX);
	assert_int_equal(str_find(text, STR("78.25")), SIZE_MAX);
	assert_int_equal(check(&a, text, &one, NULL), ERR_OK);
	channels[0].values = other_speeds;
	channels[1].name = STR("brake");
	struct str changed = make(&a, &t, 0, 0, SECOND);
	assert_int_equal(check(&a, changed, &other, NULL), ERR_OK);
	assert_int_equal(changed.len, text.len);
	assert_true(json_eq(one.parts[0].content, other.parts[0].content));
	assert_false(digest_eq(&one.commitment.root, &other.commitment.root));
	/* The sibling in the proof is block 1: its hash under the opened leaf's salt is another. */
	struct json *v;
	assert_int_equal(json_parse(&a, text, &v, NULL), ERR_OK);
	struct digest sibling, salt;
	const struct json *part = json_path(v, "parts/0");
	assert_int_equal(base64url_decode_fixed(json_str(json_path(part, "proof/0")), sibling.at,
		DIGEST_BYTES, NULL), ERR_OK);
	assert_int_equal(base64url_decode_fixed(json_get_str(part, "salt"), salt.at, DIGEST_BYTES,
		NULL), ERR_OK);
	static const char hidden[] = "{\"block\":1,\"channel\":0,\"name\":\"ego_speed\","
		"\"times\":[1000000000],\"unit\":\"km/h\",\"values\":[null]}";
	struct str guess = str_printf(&a, "%s", hidden);
	struct digest plain = digest_sha256_leaf(guess);
	assert_false(digest_eq(&plain, &sibling));
	char salted[DIGEST_BYTES + sizeof(hidden) - 1];
	memcpy(salted, salt.at, DIGEST_BYTES);
	memcpy(salted + DIGEST_BYTES, hidden, sizeof(hidden) - 1);
	struct digest tried = digest_sha256_leaf((struct str){ salted, sizeof(salted) });
	assert_false(digest_eq(&tried, &sibling));
}

static void slice_salts_differ_by_seed_file_and_mapping(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	uint8_t other_seed[SLICE_SEED_BYTES] = { 1 };
	struct slice_commitment c[4];
	arena_init(&a, ARENA_CAP);
	assert_int_equal(slice_commit(&a, &t, seed, &c[0], NULL), ERR_OK);
	assert_int_equal(slice_commit(&a, &t, other_seed, &c[1], NULL), ERR_OK);
	t.mapping = digest_sha256(STR("another"));
	assert_int_equal(slice_commit(&a, &t, seed, &c[2], NULL), ERR_OK);
	t.file = digest_sha256(STR("another"));
	assert_int_equal(slice_commit(&a, &t, seed, &c[3], NULL), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < i; k++)
			assert_false(digest_eq(&c[i].root, &c[k].root));
	}
}

/* Each byte changed in turn: the slice is refused, or it is not of the report any more. */
static void slice_change_of_any_byte_is_caught(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	SCOPED_ARENA work = { 0 };
	struct slice_table t = sample_table();
	struct slice_commitment c;
	arena_init(&a, ARENA_CAP);
	arena_init(&work, ARENA_CAP);
	struct str text = make(&a, &t, 0, 0, 3 * SECOND);
	assert_int_equal(slice_commit(&a, &t, seed, &c, NULL), ERR_OK);
	const struct json *report = subject(&a, &t, &c);
	for (size_t i = 0; i < text.len; i++) {
		static const char instead[] = { '0', '1', 'A', ' ' };
		for (size_t k = 0; k < sizeof(instead); k++) {
			char *changed = arena_copy(&work, text.at, text.len);
			struct slice_found found;
			const struct json *entry;
			struct str now = { changed, text.len };
			if (changed[i] == instead[k])
				continue;
			changed[i] = instead[k];
			bool taken = check(&work, now, &found, NULL) == ERR_OK &&
				slice_find_evidence(report, &found, &entry, NULL) == ERR_OK;
			assert_false(taken);
			arena_reset(&work);
		}
	}
}

static void slice_refuses_a_part_moved_or_left_out_of_order(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	struct slice_found found;
	struct json *v;
	struct err e = { 0 };
	arena_init(&a, ARENA_CAP);
	assert_int_equal(json_parse(&a, make(&a, &t, 0, 0, 2 * SECOND), &v, NULL), ERR_OK);
	struct json *parts = json_new_array(&a), *copy = json_copy(&a, v);
	json_push(&a, parts, json_copy(&a, json_path(v, "parts/1")));
	json_push(&a, parts, json_copy(&a, json_path(v, "parts/0")));
	json_set(&a, copy, "parts", parts);
	assert_int_equal(slice_check(&a, copy, &found, &e), ERR_INVALID);
	assert_string_equal(e.message,
		"part 2: parts are not in the order of channels and blocks");
}

static void slice_refuses_wishes_that_are_none(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	static const struct {
		uint32_t count, channels[2];
		int64_t from, to;
		const char *message;
	} cases[] = {
		{ 0, { 0, 0 }, 0, SECOND, "slice has no channel" },
		{ 1, { 3, 0 }, 0, SECOND, "there is no channel 3" },
		{ 2, { 1, 1 }, 0, SECOND, "channel 1 is asked for twice" },
		{ 1, { 0, 0 }, SECOND, SECOND, "span of the slice is empty" },
		{ 1, { 0, 0 }, 4 * SECOND, 5 * SECOND,
			"span of the slice is outside the measurement" },
		{ 1, { 0, 0 }, -SECOND, 0, "span of the slice is outside the measurement" },
	};
	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice_wish wish = { cases[i].count, cases[i].channels, cases[i].from,
			cases[i].to };
		struct json *v = NULL;
		struct err e = { 0 };
		assert_int_equal(slice_make(&a, &t, seed, &wish, &v, &e), ERR_INVALID);
		assert_string_equal(e.message, cases[i].message);
		assert_null(v);
	}
}

static void slice_refuses_times_that_go_back(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	static const int64_t back[] = { 5, 4 };
	struct slice_commitment c;
	struct err e = { 0 };
	arena_init(&a, ARENA_CAP);
	channels[1].times = back;
	assert_int_equal(slice_commit(&a, &t, seed, &c, &e), ERR_INVALID);
	assert_string_equal(e.message, "times of channel \"light\" go back");
}

static void limit_slice_leaves(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	static const int64_t far[] = { 0, (LIMIT_SLICE_LEAVES / 3 + 1) * SECOND };
	struct slice_commitment c;
	struct err e = { 0 };
	arena_init(&a, ARENA_CAP);
	channels[1].times = far;
	assert_int_equal(slice_commit(&a, &t, seed, &c, &e), ERR_TOO_LARGE);
	assert_string_equal(e.message, "slices would take over 1048576 leaves");
}

static void limit_slice_bytes(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct slice_table t = sample_table();
	uint64_t count = LIMIT_SLICE_BYTES / 12;
	arena_init(&a, (size_t)900 << 20);
	int64_t *times = ARENA_ARRAY(&a, int64_t, count);
	double *values = ARENA_ARRAY(&a, double, count);
	uint32_t channel = 0;
	struct slice_wish wish = { 1, &channel, 0, SECOND * 60 };
	struct json *v = NULL;
	struct err e = { 0 };
	for (uint64_t i = 0; i < count; i++)
		times[i] = (int64_t)i * 20000;
	channels[0].count = count;
	channels[0].times = times;
	channels[0].values = values;
	assert_int_equal(slice_make(&a, &t, seed, &wish, &v, &e), ERR_TOO_LARGE);
	assert_null(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slice_commits_as_the_format_says),
		cmocka_unit_test(slice_shows_the_blocks_asked_for),
		cmocka_unit_test(slice_is_of_the_report_that_binds_it),
		cmocka_unit_test(slice_reveals_nothing_of_the_rest),
		cmocka_unit_test(slice_salts_differ_by_seed_file_and_mapping),
		cmocka_unit_test(slice_change_of_any_byte_is_caught),
		cmocka_unit_test(slice_refuses_a_part_moved_or_left_out_of_order),
		cmocka_unit_test(slice_refuses_wishes_that_are_none),
		cmocka_unit_test(slice_refuses_times_that_go_back),
		cmocka_unit_test(limit_slice_leaves),
		cmocka_unit_test(limit_slice_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
