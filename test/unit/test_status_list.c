/* test_status_list.c - bits, their packing, and lists that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/encode.h"
#include "base/io.h"
#include "base/scoped.h"
#include "credential/status_list.h"
#include "sample.h"

#define ARENA_CAP 67108864
#define LIST "https://a.example/status-lists/revocation-0"

static bool bit(struct str bits, uint64_t index)
{
	return ((uint8_t)bits.at[index / 8] & 0x80 >> index % 8) != 0;
}

static void status_list_decodes_the_vectors(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct str file, bits;
	struct json *list;

	arena_init(&a, ARENA_CAP);
	assert_int_equal(io_read_file(&a,
				 arena_printf(&a, "%s/bitstring-status-list/encoded-lists.json",
					 getenv("HUREN_VECTORS")),
				 65536, &file, NULL),
		ERR_OK);
	assert_int_equal(json_parse(&a, file, &list, NULL), ERR_OK);
	assert_int_equal(json_count(list), 2);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const struct json *set = json_get(v, "set_bits"),
				  *clear = json_get(v, "clear_bits");
		size_t ones = 0;
		assert_int_equal(
			status_list_decode(&a, json_get_str(v, "encodedList"), &bits, NULL),
			ERR_OK);
		assert_int_equal(bits.len, (size_t)json_number_or(json_get(v, "length_bytes"), 0));
		for (size_t k = 0; k < json_count(set); k++)
			assert_true(bit(bits, (uint64_t)json_number_or(json_at(set, k), 0)));
		for (size_t k = 0; k < json_count(clear); k++)
			assert_false(bit(bits, (uint64_t)json_number_or(json_at(clear, k), 0)));
		for (size_t k = 0; k < bits.len * 8; k++)
			ones += bit(bits, k);
		assert_int_equal(ones, json_count(set));
	}
}

static void status_list_reads_what_it_wrote(void **state)
{
	(void)state;
	static const uint64_t set[] = { 0, 7, 8, 94567, LIMIT_STATUS_LIST_ENTRIES - 1 };
	SCOPED_ARENA a = { 0 };
	struct status_list *l;
	struct str encoded, bits, again;

	arena_init(&a, ARENA_CAP);
	l = ARENA_NEW(&a, struct status_list);
	assert_non_null(l);
	for (size_t i = 0; i < 5; i++)
		status_list_set(l, set[i], true);
	status_list_set(l, 9, true);
	status_list_set(l, 9, false);
	assert_true(status_list_get(l, 94567));
	assert_false(status_list_get(l, 9));
	assert_int_equal(l->bits[0], 0x81); /* the first is the leftmost */
	assert_int_equal(status_list_encode(&a, l, &encoded, NULL), ERR_OK);
	assert_int_equal(status_list_decode(&a, encoded, &bits, NULL), ERR_OK);
	assert_int_equal(bits.len, sizeof(l->bits));
	assert_memory_equal(bits.at, l->bits, bits.len);
	assert_int_equal(status_list_encode(&a, l, &again, NULL), ERR_OK);
	assert_true(str_eq(encoded, again));
	/* gzip, deflate, no flags, no time, no operating system */
	assert_true(str_starts(encoded, "uH4sIAAAAAAAA_"));
}

/* gzip of `len` zero bytes, with the trailer's length changed to `told`. */
static struct str packed(struct arena *a, size_t len, uint32_t told, size_t extra)
{
	uint8_t *zeros = arena_alloc(a, len), *out = arena_alloc(a, len / 100 + 4096);
	z_stream z = { .next_in = zeros, .avail_in = (uInt)len, .next_out = out,
		.avail_out = (uInt)(len / 100 + 4096) };
	struct str text;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 9, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	for (int i = 0; i < 4; i++)
		out[z.total_out - 4 + (size_t)i] = (uint8_t)(told >> 8 * i);
	text = base64url_new(a, out, z.total_out + extra);
	return str_printf(a, "u" STR_FMT, STR_ARG(text));
}

static void refused(struct str encoded, enum err_code code, const char *message)
{
	SCOPED_ARENA a = { 0 };
	struct str bits = { NULL, 7 };
	struct err e = { 0 };

	arena_init(&a, ARENA_CAP);
	assert_int_equal(status_list_decode(&a, encoded, &bits, &e), code);
	assert_string_equal(e.message, message);
	assert_int_equal(bits.len, 7); /* output untouched on failure */
}

static void status_list_refuses_what_is_no_list(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct str good, cut;

	arena_init(&a, ARENA_CAP);
	good = packed(&a, 16384, 16384, 0);
	assert_int_equal(status_list_decode(&a, good, &cut, NULL), ERR_OK);
	refused(STR(""), ERR_INVALID, "status list is not in base64url with \"u\" in front");
	refused(STR("zabc"), ERR_INVALID, "status list is not in base64url with \"u\" in front");
	refused(STR("uab!d"), ERR_INVALID, "status list: character 3 is not of base64url");
	refused(STR("uAAAA"), ERR_INVALID, "status list is not packed by gzip");
	cut = (struct str){ good.at, good.len - 4 };
	assert_int_not_equal(status_list_decode(&a, cut, &cut, NULL), ERR_OK);
	refused(packed(&a, 16383, 16383, 0), ERR_INVALID,
		"status list has fewer than 131072 entries");
	refused(packed(&a, 16384, 16385, 0), ERR_INVALID, "status list is not packed by gzip");
	refused(packed(&a, 16385, 16384, 0), ERR_INVALID, "status list is not packed by gzip");
	refused(packed(&a, 16384, 0xffffff, 0), ERR_INVALID, "status list is not packed by gzip");
	/* Bytes behind the one member: their zeros would be taken for the length. */
	refused(packed(&a, 16384, 16384, 4), ERR_INVALID,
		"status list has fewer than 131072 entries");
}

static void limit_status_list_entries(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct str encoded, bits;
	struct status_list *l;

	arena_init(&a, ARENA_CAP);
	l = ARENA_NEW(&a, struct status_list);
	assert_int_equal(status_list_encode(&a, l, &encoded, NULL), ERR_OK);
	assert_int_equal(status_list_decode(&a, encoded, &bits, NULL), ERR_OK);
	assert_int_equal(bits.len * 8, LIMIT_STATUS_LIST_ENTRIES);
}

static void limit_status_list_expanded(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct str bits;

	arena_init(&a, ARENA_CAP);
	assert_int_equal(status_list_decode(&a, packed(&a, LIMIT_STATUS_LIST_EXPANDED,
		LIMIT_STATUS_LIST_EXPANDED, 0), &bits, NULL), ERR_OK);
	assert_int_equal(bits.len, LIMIT_STATUS_LIST_EXPANDED);
	refused(packed(&a, LIMIT_STATUS_LIST_EXPANDED + 1, LIMIT_STATUS_LIST_EXPANDED + 1, 0),
		ERR_TOO_LARGE, "status list expands to more than 16777216 bytes");
}

static void status_list_fails_cleanly_at_every_cap(void **state)
{
	(void)state;
	SCOPED_ARENA whole = { 0 };
	struct status_list *l;
	struct str encoded = { NULL, 0 };

	arena_init(&whole, ARENA_CAP);
	l = ARENA_NEW(&whole, struct status_list);
	for (size_t cap = 0; !encoded.at; cap += 8192) {
		SCOPED_ARENA a = { 0 };
		struct str text = { NULL, 0 };
		arena_init(&a, cap);
		enum err_code code = status_list_encode(&a, l, &text, NULL);
		if (code == ERR_OK)
			encoded = str_copy(&whole, text);
		else
			assert_int_equal(code, ERR_TOO_LARGE);
		assert_true(cap < ARENA_CAP);
	}
	for (size_t cap = 0;; cap += 4096) {
		SCOPED_ARENA a = { 0 };
		struct str bits;
		arena_init(&a, cap);
		enum err_code code = status_list_decode(&a, encoded, &bits, NULL);
		if (code == ERR_OK)
			break;
		assert_int_equal(code, ERR_TOO_LARGE);
		assert_true(cap < ARENA_CAP);
	}
}

/* ---- looking up ---------------------------------------------------------------------------- */

static struct statement list_by(struct arena *a, const char *did, uint64_t set, const char *purpose,
	enum kind kind)
{
	struct sample_party city = sample_party(a, str_of(did), "甲市", 1);
	struct status_list *l = ARENA_NEW(a, struct status_list);
	struct str encoded;
	struct json *doc;

	status_list_set(l, set, true);
	assert_int_equal(status_list_encode(a, l, &encoded, NULL), ERR_OK);
	doc = sample_doc(a, kind, 2, &city, status_list_subject(a, STR(LIST), purpose, encoded));
	sample_sign(a, doc, &city, /* sm2= */ false, SAMPLE_TIME);
	return sample_parse(a, sample_text(a, doc));
}

static struct statement list_of(struct arena *a, uint64_t set, const char *purpose, enum kind kind)
{
	return list_by(a, "did:web:a.example", set, purpose, kind);
}

static struct statement with_status_by(struct arena *a, const char *did, const char *status)
{
	struct sample_party city = sample_party(a, str_of(did), "甲市", 1);
	struct json *doc =
		sample_doc(a, KIND_ACCREDITATION, 1, &city, sample_json(a, "{\"id\":\"x\"}"));

	if (status)
		assert_non_null(json_set(a, doc, "credentialStatus", sample_json(a, status)));
	sample_sign(a, doc, &city, /* sm2= */ false, SAMPLE_TIME);
	return sample_parse(a, sample_text(a, doc));
}

static struct statement with_status(struct arena *a, const char *status)
{
	return with_status_by(a, "did:web:a.example", status);
}

#define ENTRY "\"type\":\"BitstringStatusListEntry\",\"statusListCredential\":\"" LIST "\""

static void status_list_tells_the_bit_of_a_statement(void **state)
{
	(void)state;
	static const struct {
		const char *status;
		enum err_code code;
		bool set;
	} cases[] = {
		{ "{" ENTRY ",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"94567\"}",
			ERR_OK, true },
		{ "{" ENTRY ",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"94566\"}",
			ERR_OK, false },
		{ "[{" ENTRY ",\"statusPurpose\":\"suspension\",\"statusListIndex\":\"1\"},{" ENTRY
		  ",\"statusPurpose\":\"revocation\","
		  "\"statusListIndex\":\"94567\",\"statusSize\":1}]",
			ERR_OK, true },
		{ NULL, ERR_NOT_FOUND, false },
		{ "{" ENTRY ",\"statusPurpose\":\"suspension\",\"statusListIndex\":\"94567\"}",
			ERR_NOT_FOUND, false },
		{ "{\"type\":\"BitstringStatusListEntry\",\"statusListCredential\":\"" LIST "1\","
		  "\"statusPurpose\":\"revocation\",\"statusListIndex\":\"94567\"}",
			ERR_NOT_FOUND, false },
		{ "{" ENTRY ",\"statusPurpose\":\"revocation\",\"statusListIndex\":94567}",
			ERR_INVALID, false },
		{ "{" ENTRY ",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"094567\"}",
			ERR_INVALID, false },
		{ "{" ENTRY ",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"131072\"}",
			ERR_INVALID, false },
		{ "{" ENTRY
		  ",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"1\",\"statusSize\":2}",
			ERR_UNSUPPORTED, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, ARENA_CAP);
		struct statement list = list_of(&a, 94567, "revocation", KIND_STATUS_LIST);
		struct statement s = with_status(&a, cases[i].status);
		bool set = !cases[i].set;
		assert_int_equal(status_list_check(&a, &s, &list, "revocation", &set, NULL),
			cases[i].code);
		assert_int_equal(set, cases[i].code == ERR_OK ? cases[i].set : !cases[i].set);
	}
}

static void status_list_must_be_one_of_the_purpose(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct statement s, list;
	struct err e = { 0 };
	bool set;

	arena_init(&a, ARENA_CAP);
	s = with_status(
		&a, "{" ENTRY ",\"statusPurpose\":\"revocation\",\"statusListIndex\":\"1\"}");
	list = list_of(&a, 1, "suspension", KIND_STATUS_LIST);
	assert_int_equal(status_list_check(&a, &s, &list, "revocation", &set, &e), ERR_INVALID);
	assert_string_equal(e.message, "status list does not have the purpose \"revocation\"");
	list = list_of(&a, 1, "revocation", KIND_STATUS);
	assert_int_equal(status_list_check(&a, &s, &list, "revocation", &set, &e), ERR_INVALID);
	assert_string_equal(e.message, "statement is not a status list");
}

static void status_list_of_another_city_says_nothing(void **state)
{
	(void)state;
	static const char status[] = "{" ENTRY ",\"statusPurpose\":\"revocation\","
		"\"statusListIndex\":\"1\"}";
	SCOPED_ARENA a = { 0 };
	struct statement s, list;
	struct err e = { 0 };
	bool set = false;

	arena_init(&a, ARENA_CAP);
	s = with_status_by(&a, "did:web:a.example:org:1", status);
	list = list_of(&a, 1, "revocation", KIND_STATUS_LIST); /* its node's */
	assert_int_equal(status_list_check(&a, &s, &list, "revocation", &set, &e), ERR_OK);
	assert_true(set);
	set = false;
	list = list_by(&a, "did:web:b.example", 1, "revocation", KIND_STATUS_LIST);
	assert_int_equal(status_list_check(&a, &s, &list, "revocation", &set, &e), ERR_DENIED);
	assert_string_equal(e.message, "status list is issued by neither the issuer nor its node");
	list = list_by(&a, "did:web:a.example:org:2", 1, "revocation", KIND_STATUS_LIST);
	assert_int_equal(status_list_check(&a, &s, &list, "revocation", &set, &e), ERR_DENIED);
	assert_false(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_list_decodes_the_vectors),
		cmocka_unit_test(status_list_reads_what_it_wrote),
		cmocka_unit_test(status_list_refuses_what_is_no_list),
		cmocka_unit_test(limit_status_list_entries),
		cmocka_unit_test(limit_status_list_expanded),
		cmocka_unit_test(status_list_fails_cleanly_at_every_cap),
		cmocka_unit_test(status_list_tells_the_bit_of_a_statement),
		cmocka_unit_test(status_list_must_be_one_of_the_purpose),
		cmocka_unit_test(status_list_of_another_city_says_nothing),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
