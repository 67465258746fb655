/* sample.c - see sample.h. */
#include "sample.h"

#include <string.h>

#define OK(call)                                          \
	do {                                              \
		struct err err_ = { 0 }, *e = &err_;      \
		CHECK((call) == ERR_OK);                  \
	} while (0)

struct key sample_key(enum key_type type, uint8_t seed)
{
	uint8_t secret[32] = { 0x42, seed };
	struct key k;

	OK(key_from_secret(type, secret, &k, e));
	return k;
}

struct sample_party sample_party(struct arena *a, struct str did, const char *name, uint8_t seed)
{
	return (struct sample_party){ .did = did, .name = str_of(name),
		.method = str_printf(a, STR_FMT "#key-1", STR_ARG(did)),
		.method_sm2 = str_printf(a, STR_FMT "#key-2", STR_ARG(did)),
		.key = sample_key(KEY_ED25519, seed), .key_sm2 = sample_key(KEY_SM2, seed) };
}

static enum err_code find(void *context, struct str method, int64_t at, struct key_public *ret,
	struct err *e)
{
	const struct sample_keys *keys = context;

	(void)at;
	for (size_t i = 0; i < keys->count; i++) {
		const struct sample_party *p = &keys->parties[i];
		if (str_eq(method, p->method) || str_eq(method, p->method_sm2)) {
			*ret = str_eq(method, p->method) ? p->key.pub : p->key_sm2.pub;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_NOT_FOUND, "key \"" STR_FMT "\" is not known", STR_ARG(method));
}

struct key_finder sample_finder(struct sample_keys *keys)
{
	return (struct key_finder){ find, keys };
}

struct json *sample_doc(struct arena *a, enum kind kind, uint32_t number,
	const struct sample_party *issuer, struct json *subject)
{
	uint8_t uuid[16] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number };
	struct json *doc;

	statement_uuid_shape(uuid);
	doc = statement_new(a, kind, uuid, issuer->did, issuer->name, SAMPLE_TIME, subject);
	CHECK(doc);
	return doc;
}

void sample_sign(struct arena *a, struct json *doc, const struct sample_party *signer, bool sm2,
	int64_t created)
{
	OK(proof_add(a, doc, &signer->key, signer->method, created, e));
	if (sm2)
		OK(proof_add(a, doc, &signer->key_sm2, signer->method_sm2, created, e));
}

struct str sample_text(struct arena *a, const struct json *doc)
{
	struct str text;

	OK(json_jcs(a, doc, &text, e));
	return text;
}

struct statement sample_parse(struct arena *a, struct str text)
{
	struct statement s;

	OK(statement_parse(a, text, &s, e));
	return s;
}

struct json *sample_json(struct arena *a, const char *text)
{
	struct json *v;

	OK(json_parse(a, str_of(text), &v, e));
	return v;
}
