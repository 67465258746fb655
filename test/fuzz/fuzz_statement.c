/* fuzz_statement.c - any text as a statement; and the sample statement, signed well, with some of
 * its bytes changed as the input says.
 *
 * Invariants: what is read is canonical, stays the same when it is read again or inside something
 *             larger, and its digests are those of its bytes; a statement whose proofs hold
 *             says what the sample says.
 */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "credential/did.h"
#include "credential/proof.h"
#include "sample.h"

#define CHANGE_BYTES 4 /* place (2), how, with what */
#define CHANGES_MAX 16

static struct arena kept; /* the sample, for the life of the program */
static struct sample_party party;
static struct sample_keys keys = { &party, 1 };
static struct str sample;
static struct str sample_unsigned;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_sample(void)
{
	struct json *doc;

	key_library_init();
	arena_init(&kept, 1048576);
	party = sample_party(&kept, STR("did:web:a.example"), "甲", 5);
	doc = sample_doc(&kept, KIND_ACCREDITATION, 1, &party,
		sample_json(&kept, "{\"id\":\"did:web:a.example:org:1\",\"scope\":[\"6.1.1\"]}"));
	sample_sign(&kept, doc, &party, /* sm2= */ true, SAMPLE_TIME);
	sample = sample_text(&kept, doc);
	sample_unsigned = sample_text(&kept, json_without(&kept, doc, "proof"));
}

/* Its JCS bytes without "proof", made the long way. */
static struct str without_proof(struct arena *a, const struct statement *s)
{
	struct str ret = { NULL, 0 };

	CHECK(json_jcs(a, json_without(a, s->doc, "proof"), &ret, NULL) == ERR_OK);
	return ret;
}

static void check_read(struct arena *a, const struct statement *s)
{
	struct str whole = json_bytes(s->source, s->doc), unsigned_text = without_proof(a, s);
	struct digest digest = digest_sha256(s->canonical);
	uint8_t id[16];

	CHECK(s->canonical.len <= LIMIT_STATEMENT_BYTES);
	CHECK(s->doc->canonical);
	CHECK(str_eq(whole, s->canonical)); /* I2 */
	CHECK(digest_eq(&digest, &s->digest)); /* I1 */
	CHECK(s->unsigned_head.len + s->unsigned_tail.len == unsigned_text.len);
	CHECK(memcmp(unsigned_text.at, s->unsigned_head.at, s->unsigned_head.len) == 0);
	CHECK(str_eq(str_skip(unsigned_text, s->unsigned_head.len), s->unsigned_tail));
	digest = digest_sha256(unsigned_text);
	CHECK(digest_eq(&digest, &s->unsigned_digest));
	CHECK(statement_id_parse(s->id, id, NULL) == ERR_OK);
	CHECK(memcmp(id, s->id_key, sizeof(id)) == 0);
	CHECK(str_eq(statement_id_text(a, id), s->id));
	CHECK(did_check(s->issuer, NULL) == ERR_OK);
	CHECK(s->valid_from <= s->valid_until);
	CHECK(json_is(s->subject, JSON_OBJECT));
	CHECK((unsigned)s->kind < KIND_COUNT);
}

static void check_same(const struct statement *s, const struct statement *again)
{
	CHECK(str_eq(again->canonical, s->canonical));
	CHECK(digest_eq(&again->digest, &s->digest));
	CHECK(digest_eq(&again->unsigned_digest, &s->unsigned_digest));
	CHECK(again->kind == s->kind);
	CHECK(str_eq(again->id, s->id));
	CHECK(str_eq(again->issuer, s->issuer));
	CHECK(again->valid_from == s->valid_from);
	CHECK(again->valid_until == s->valid_until);
}

/* True when every proof of it holds, by the sample's keys. */
static bool holds(struct arena *a, const struct statement *s)
{
	struct key_finder finder = sample_finder(&keys);
	struct proof_result results[LIMIT_PROOFS];
	uint32_t count = 0;

	if (proof_verify_all(a, s, SAMPLE_TIME, &finder, results, &count, NULL) != ERR_OK)
		return false;
	CHECK(count > 0);
	CHECK(count <= LIMIT_PROOFS);
	return true;
}

/* Reads and checks; false when it is refused. */
static bool try_text(struct arena *a, struct str text, struct statement *ret)
{
	struct statement again, inside;
	struct err e = { 0 };
	struct json *v = NULL;
	struct str around;

	if (statement_parse(a, text, ret, &e) != ERR_OK) {
		CHECK(e.code == ERR_INVALID || e.code == ERR_TOO_LARGE ||
			e.code == ERR_UNSUPPORTED);
		CHECK(e.message[0] != '\0');
		return false;
	}
	check_read(a, ret);
	CHECK(statement_parse(a, ret->canonical, &again, NULL) == ERR_OK);
	CHECK(again.canonical.at == ret->canonical.at); /* lent, not written again */
	check_same(ret, &again);
	around = str_printf(a, "[ " STR_FMT " ]", STR_ARG(text));
	CHECK(json_parse(a, around, &v, &e) == ERR_OK || e.code == ERR_TOO_LARGE);
	if (v) {
		CHECK(statement_from_json(a, around, json_at(v, 0), &inside, NULL) == ERR_OK);
		check_same(ret, &inside);
	}
	return true;
}

/* The sample with bytes put over, taken out or put in. */
static struct str change(struct arena *a, const uint8_t *data, size_t size)
{
	char *text = arena_alloc(a, sample.len + CHANGES_MAX);
	size_t len = sample.len;

	CHECK(text != NULL);
	memcpy(text, sample.at, len);
	for (size_t i = 0; i + CHANGE_BYTES <= size && i / CHANGE_BYTES < CHANGES_MAX;
		i += CHANGE_BYTES) {
		size_t at = (size_t)(data[i] << 8 | data[i + 1]) % len;
		if (data[i + 2] % 3 == 1) {
			memmove(text + at, text + at + 1, len - at - 1);
			len--;
			continue;
		}
		if (data[i + 2] % 3 == 2) {
			memmove(text + at + 1, text + at, len - at);
			len++;
		}
		text[at] = (char)data[i + 3];
	}
	return (struct str){ text, len };
}

/* Only what the sample's keys have signed can hold, however it is spelt. */
static void check_holds(struct arena *a, const struct statement *s)
{
	CHECK(str_eq(without_proof(a, s), sample_unsigned));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct statement s;

	if (!sample.at)
		make_sample();
	if (size == 0 || size > 65536)
		return 0;
	arena_init(&a, 268435456);
	if (try_text(&a, (struct str){ (const char *)data, size }, &s) && holds(&a, &s))
		check_holds(&a, &s);
	if (try_text(&a, change(&a, data, size), &s) && holds(&a, &s))
		check_holds(&a, &s);
	return 0;
}
