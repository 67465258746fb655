/* proof.c - Data Integrity proofs by RFC 8785 (W3C vc-di-eddsa section 3.3).
 *
 * hash data = H(JCS(proof without proofValue)) || H(JCS(document without proof)); what is signed
 * are these 64 bytes. The bytes of a statement are canonical already, so both hashes are taken over
 * what is left when the member is cut out.
 */
#include "credential/proof.h"

#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "credential/did.h"
#include "credential/proof_inner.h"
#include "crypto/multibase.h"

#define PROOF_TYPE "DataIntegrityProof"
#define PURPOSE "assertionMethod"
#define VALUE_NAME_BYTES (sizeof(",\"proofValue\":") - 1)

struct suite_row {
	enum key_type key;
	const char *name;
	struct digest (*hash)(struct str first, struct str second);
};

static const struct suite_row suites[] = {
	{ KEY_ED25519, "eddsa-jcs-2022", digest_sha256_two },
	{ KEY_SM2, "sm2-sm3-jcs-2026", digest_sm3_two },
};
#define SUITE_COUNT (sizeof(suites) / sizeof(suites[0]))

static const struct suite_row *suite_of(enum key_type key)
{
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		if (suites[i].key == key)
			return &suites[i];
	}
	return NULL;
}

static const struct suite_row *suite_named(struct str name)
{
	for (size_t i = 0; i < SUITE_COUNT; i++) {
		if (str_is(name, suites[i].name))
			return &suites[i];
	}
	return NULL;
}

/* ---- making -------------------------------------------------------------------------------- */

static enum err_code hash_of(struct arena *a, const struct suite_row *suite, const struct json *v,
	uint8_t *ret, struct err *e)
{
	struct str text;
	struct digest digest;

	TRY(json_jcs(a, v, &text, e));
	digest = suite->hash(text, STR(""));
	memcpy(ret, digest.at, DIGEST_BYTES);
	return ERR_OK;
}

enum err_code proof_hash(struct arena *a, enum key_type suite, const struct json *doc,
	const struct json *options, uint8_t ret[PROOF_HASH_BYTES], struct err *e)
{
	const struct suite_row *row = suite_of(suite);
	struct json *unsigned_doc = json_without(a, doc, "proof");
	const struct json *context = json_get(options, "@context");

	CHECK(row);
	if (context)
		(void)json_set(
			a, unsigned_doc, "@context", json_copy(a, context)); /* told by hash_of */
	TRY(hash_of(a, row, json_without(a, options, "proofValue"), ret, e));
	return hash_of(a, row, unsigned_doc, ret + DIGEST_BYTES, e);
}

/* doc with `proof` beside the proofs it has. */
static enum err_code attach(struct arena *a, struct json *doc, struct json *proof, struct err *e)
{
	const struct json *old = json_get(doc, "proof");
	struct json *all = proof;

	if (old) {
		all = json_is(old, JSON_ARRAY) ? json_copy(a, old) :
			json_push(a, json_new_array(a), json_copy(a, old));
		all = json_push(a, all, proof);
	}
	if (json_is(all, JSON_ARRAY) && json_count(all) > LIMIT_PROOFS)
		return err_set(e, ERR_TOO_LARGE, "statement would have more than %d proofs",
			LIMIT_PROOFS);
	if (!json_set(a, doc, "proof", all))
		return err_set(e, ERR_TOO_LARGE, "proof does not fit in memory");
	return ERR_OK;
}

enum err_code proof_add(struct arena *a, struct json *doc, const struct key *k,
	struct str verification_method, int64_t created, struct err *e)
{
	const struct suite_row *suite = suite_of(k->pub.type);
	const struct json *context = json_get(doc, "@context");
	struct json *proof = json_new_object(a);
	uint8_t hash[PROOF_HASH_BYTES], signature[KEY_SIGNATURE_BYTES];
	char when[INSTANT_TEXT_BYTES];
	struct str message = { (const char *)hash, sizeof(hash) };

	CHECK(suite);
	instant_format(created, when);
	proof = json_set_text(a, proof, "type", PROOF_TYPE);
	proof = json_set_text(a, proof, "cryptosuite", suite->name);
	proof = json_set_str(a, proof, "created", str_copy(a, str_of(when)));
	proof = json_set_str(a, proof, "verificationMethod", verification_method);
	proof = json_set_text(a, proof, "proofPurpose", PURPOSE);
	if (context)
		proof = json_set(a, proof, "@context", json_copy(a, context));
	TRY(proof_hash(a, suite->key, doc, proof, hash, e));
	TRY(key_sign(k, message, signature, e));
	proof = json_set_str(a, proof, "proofValue",
		multibase_z_new(a, (struct str){ (const char *)signature, sizeof(signature) }));
	if (!proof)
		return err_set(e, ERR_TOO_LARGE, "proof does not fit in memory");
	return attach(a, doc, proof, e);
}

/* ---- checking ------------------------------------------------------------------------------ */

struct proof {
	const struct json *doc;
	const struct suite_row *suite;
	struct str method;
	int64_t created;           /* 0 when absent */
	int64_t expires;           /* INT64_MAX when absent */
	uint8_t signature[KEY_SIGNATURE_BYTES];
};

/* One check of a statement: what its proofs share. */
struct checker {
	struct arena *a;
	const struct statement *s;
	int64_t at;
	const struct key_finder *finder;
	bool hashed[KEY_TYPE_COUNT];
	struct digest hashes[KEY_TYPE_COUNT]; /* of the document, by suite */
};

enum err_code proof_value_read(struct arena *a, struct str text, uint8_t ret[KEY_SIGNATURE_BYTES],
	struct err *e)
{
	struct str bytes;

	if (text.len == 0 || text.at[0] != 'z')
		return err_set(e, ERR_INVALID, "\"proofValue\" is not base58btc");
	if (multibase_decode(a, text, &bytes, e) != ERR_OK)
		return err_in(e, "\"proofValue\"");
	if (bytes.len != KEY_SIGNATURE_BYTES)
		return err_set(e, ERR_INVALID, "\"proofValue\" holds %zu bytes instead of %d",
			bytes.len, KEY_SIGNATURE_BYTES);
	memcpy(ret, bytes.at, KEY_SIGNATURE_BYTES);
	return ERR_OK;
}

static enum err_code read_time(const struct json *v, const char *name, int64_t *ret, struct err *e)
{
	const struct json *time = json_get(v, name);

	if (!time)
		return ERR_OK;
	if (instant_parse(json_str(time), ret, e) != ERR_OK)
		return err_in(e, "\"%s\"", name);
	return ERR_OK;
}

static enum err_code read_proof(struct arena *a, const struct json *v, struct proof *ret,
	struct err *e)
{
	struct proof p = { .doc = v, .expires = INT64_MAX };
	struct str type, suite, purpose, value;

	TRY(json_need_str(v, "type", &type, e));
	if (!str_is(type, PROOF_TYPE))
		return err_set(e, ERR_UNSUPPORTED, "\"type\" is not " PROOF_TYPE);
	TRY(json_need_str(v, "cryptosuite", &suite, e));
	p.suite = suite_named(suite);
	if (!p.suite)
		return err_set(e, ERR_UNSUPPORTED, "cryptosuite \"%s\" is not known",
			str_quote(a, suite));
	TRY(json_need_str(v, "proofPurpose", &purpose, e));
	if (!str_is(purpose, PURPOSE))
		return err_set(e, ERR_DENIED, "\"proofPurpose\" is not " PURPOSE);
	TRY(json_need_str(v, "verificationMethod", &p.method, e));
	if (!did_method_is_valid(p.method))
		return err_set(e, ERR_INVALID,
			"\"verificationMethod\" is not a key of a did:web name");
	if (json_get(v, "previousProof"))
		return err_set(e, ERR_UNSUPPORTED, "chains of proofs are not supported");
	TRY(read_time(v, "created", &p.created, e));
	TRY(read_time(v, "expires", &p.expires, e));
	TRY(json_need_str(v, "proofValue", &value, e));
	TRY(proof_value_read(a, value, p.signature, e));
	*ret = p;
	return ERR_OK;
}

/* True when the contexts of the document begin with those of the proof. */
static bool context_begins(const struct json *doc, const struct json *proof)
{
	if (json_is(proof, JSON_STRING))
		return json_eq(json_at(doc, 0), proof);
	if (!json_is(proof, JSON_ARRAY) || json_count(proof) == 0)
		return false;
	for (size_t i = 0; i < json_count(proof); i++) {
		if (!json_eq(json_at(doc, i), json_at(proof, i)))
			return false;
	}
	return true;
}

/* Hash of the document as it stands, once for each suite. */
static const struct digest *document_hash(struct checker *c, const struct suite_row *suite)
{
	if (!c->hashed[suite->key]) {
		c->hashes[suite->key] = suite->key == KEY_ED25519 ? c->s->unsigned_digest :
			suite->hash(c->s->unsigned_head, c->s->unsigned_tail);
		c->hashed[suite->key] = true;
	}
	return &c->hashes[suite->key];
}

static enum err_code hash_data(struct checker *c, const struct proof *p,
	uint8_t ret[PROOF_HASH_BYTES], struct err *e)
{
	const struct json *own = json_get(p->doc, "@context");
	const struct json *context = json_get(c->s->doc, "@context");
	const struct json *value = json_get(p->doc, "proofValue");
	struct str bytes = json_bytes(c->s->source, p->doc), head = bytes;
	struct digest options;

	if (own && !str_eq(json_bytes(c->s->source, own), json_bytes(c->s->source, context))) {
		if (!context_begins(context, own))
			return err_set(e, ERR_DENIED,
				"\"@context\" of the document does not begin with the proof's");
		return proof_hash(c->a, p->suite->key, c->s->doc, p->doc, ret, e);
	}
	/* "cryptosuite" stands before it, so a comma does too. */
	head.len = value->offset - VALUE_NAME_BYTES - p->doc->offset;
	options = p->suite->hash(head, str_skip(bytes, value->end - p->doc->offset));
	memcpy(ret, options.at, DIGEST_BYTES);
	memcpy(ret + DIGEST_BYTES, document_hash(c, p->suite)->at, DIGEST_BYTES);
	return ERR_OK;
}

enum err_code proof_find_key(const struct key_finder *finder, struct str method,
	enum key_type suite, int64_t created, int64_t at, struct key_public *ret, struct err *e)
{
	struct key_public key, earlier;

	if (created > at + LIMIT_FUTURE_SKEW_S)
		return err_set(e, ERR_DENIED, "it says that it was made after it was received");
	TRY(finder->find(finder->context, method, at, &key, e));
	if (created != 0 && created < at - LIMIT_FUTURE_SKEW_S) {
		TRY(finder->find(
			finder->context, method, created + LIMIT_FUTURE_SKEW_S, &earlier, e));
		if (!key_public_eq(&key, &earlier))
			return err_set(e, ERR_DENIED,
				"key \"" STR_FMT "\" was another when it was made",
				STR_ARG(method));
	}
	if (key.type != suite)
		return err_set(e, ERR_DENIED, "key \"" STR_FMT "\" is not of its cryptosuite",
			STR_ARG(method));
	*ret = key;
	return ERR_OK;
}

enum err_code proof_parties_of(const struct statement *s, struct proof_parties *ret, struct err *e)
{
	struct proof_parties parties = { .count = 1, .dids = { s->issuer } };
	const struct json *list;
	bool issuer_found = false;

	if (!kind_row(s->kind)->many_issuers) {
		*ret = parties;
		return ERR_OK;
	}
	TRY(json_need(s->subject, "parties", JSON_ARRAY, &list, e));
	if (json_count(list) < 2 || json_count(list) > LIMIT_PROOFS)
		return err_set(e, ERR_INVALID, "\"parties\" does not list 2 to %d parties",
			LIMIT_PROOFS);
	parties.count = 0;
	for (size_t i = 0; i < json_count(list); i++) {
		struct str did = json_get_str(json_at(list, i), "id");
		if (did_check(did, e) != ERR_OK)
			return err_in(e, "party %zu", i + 1);
		for (uint32_t k = 0; k < parties.count; k++) {
			if (str_eq(did, parties.dids[k]))
				return err_set(e, ERR_INVALID, "party %zu stands twice", i + 1);
		}
		issuer_found = issuer_found || str_eq(did, s->issuer);
		parties.dids[parties.count++] = did;
	}
	if (!issuer_found)
		return err_set(e, ERR_INVALID, "the issuer is none of the parties");
	*ret = parties;
	return ERR_OK;
}

static bool is_party(const struct proof_parties *parties, struct str did)
{
	for (uint32_t i = 0; i < parties->count; i++) {
		if (str_eq(parties->dids[i], did))
			return true;
	}
	return false;
}

/* Every party must have the proof that any verifier knows. */
static enum err_code check_all_signed(const struct proof_parties *parties,
	const struct proof_result *results, uint32_t count, struct err *e)
{
	for (uint32_t i = 0; i < parties->count; i++) {
		bool found = false;
		for (uint32_t k = 0; k < count; k++)
			found = found || (results[k].suite == KEY_ED25519 &&
				str_eq(results[k].controller, parties->dids[i]));
		if (found)
			continue;
		(void)err_set(e, ERR_DENIED, "\"" STR_FMT "\" has not signed with eddsa-jcs-2022",
			STR_ARG(parties->dids[i]));
		return err_word(e, "unsigned");
	}
	return ERR_OK;
}

static enum err_code check_proof(struct checker *c, const struct json *v,
	const struct proof_parties *parties, struct proof_result *ret, struct err *e)
{
	uint8_t hash[PROOF_HASH_BYTES];
	struct str message = { (const char *)hash, sizeof(hash) };
	struct key_public key;
	struct proof p;

	TRY(read_proof(c->a, v, &p, e));
	*ret = (struct proof_result){ p.method, did_of_method(p.method), p.suite->key, p.created };
	if (!is_party(parties, ret->controller))
		return err_set(e, ERR_DENIED,
			"it is signed by \"" STR_FMT "\", who does not issue it",
			STR_ARG(ret->controller));
	if (p.expires <= c->at)
		return err_set(e, ERR_DENIED, "it had expired when the statement was received");
	TRY(proof_find_key(c->finder, p.method, p.suite->key, p.created, c->at, &key, e));
	TRY(hash_data(c, &p, hash, e));
	return key_verify(&key, message, p.signature, e);
}

enum err_code proof_verify_all(struct arena *a, const struct statement *s, int64_t at,
	const struct key_finder *finder, struct proof_result ret[LIMIT_PROOFS],
	uint32_t *ret_count, struct err *e)
{
	struct checker c = { .a = a, .s = s, .at = at, .finder = finder };
	const struct json *proofs = json_get(s->doc, "proof");
	size_t count = json_is(proofs, JSON_ARRAY) ? json_count(proofs) : 1;
	struct proof_result results[LIMIT_PROOFS];
	struct proof_parties parties;

	CHECK(count <= LIMIT_PROOFS);
	TRY(proof_parties_of(s, &parties, e));
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_is(proofs, JSON_ARRAY) ? json_at(proofs, i) : proofs;
		enum err_code code = check_proof(&c, v, &parties, &results[i], e);
		if (code != ERR_OK) {
			(void)err_word(e, code == ERR_NOT_FOUND ? "key-unknown" : "signature");
			return err_in(e, "proof %zu", i + 1);
		}
	}
	TRY(check_all_signed(&parties, results, (uint32_t)count, e));
	memcpy(ret, results, count * sizeof(*ret));
	*ret_count = (uint32_t)count;
	return ERR_OK;
}
