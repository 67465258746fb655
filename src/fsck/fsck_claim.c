/* fsck_claim.c - proofs of a statement, under the keys that DID documents give as of its time. */
#include "fsck/fsck_claim.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "crypto/multibase.h"

#define SUITE_ED25519 "eddsa-jcs-2022"
#define SUITE_SM2 "sm2-sm3-jcs-2026"

/* The DID before '#'. */
static struct str did_of(struct str method)
{
	return str_cut(&method, '#');
}

static enum err_code grow(struct fsck_keys *keys, struct arena *a, struct err *e)
{
	size_t capacity = keys->capacity ? keys->capacity * 2 : 64;
	struct fsck_key *at = ARENA_ARRAY(a, struct fsck_key, capacity);

	if (!at)
		return err_set(e, ERR_TOO_LARGE, "no memory left for keys");
	if (keys->count > 0)
		memcpy(at, keys->at, keys->count * sizeof(*at));
	keys->at = at;
	keys->capacity = capacity;
	return ERR_OK;
}

static enum err_code instant_or(const struct json *object, const char *name, int64_t fallback,
	int64_t *ret, struct err *e)
{
	*ret = fallback;
	return json_get(object, name) ? instant_parse(json_get_str(object, name), ret, e) : ERR_OK;
}

static enum err_code add_key(struct fsck_keys *keys, struct arena *a, const struct json *document,
	const struct json *method, int64_t logged_at, struct err *e)
{
	struct fsck_key k = { .from = logged_at, .version = keys->versions };
	struct str id = json_get_str(method, "id");
	int64_t expires, revoked;

	TRY(key_public_from_multikey(json_get_str(method, "publicKeyMultibase"), &k.pub, e));
	TRY(instant_or(method, "expires", INT64_MAX, &expires, e));
	TRY(instant_or(method, "revoked", INT64_MAX, &revoked, e));
	k.until = expires < revoked ? expires : revoked;
	k.method = str_copy(a, id);
	if (!k.method.at)
		return err_set(e, ERR_INVALID, "key without id");
	k.did = did_of(k.method);
	k.asserts = json_has_type(json_get(document, "assertionMethod"), str_z(a, id));
	if (keys->count == keys->capacity)
		TRY(grow(keys, a, e));
	keys->at[keys->count++] = k;
	return ERR_OK;
}

enum err_code fsck_keys_add(struct fsck_keys *keys, struct arena *a,
	const struct fsck_claim *claim, int64_t logged_at, struct err *e)
{
	const struct json *document = json_get(claim->subject, "didDocument");
	const struct json *methods = json_get(document, "verificationMethod");

	keys->versions++;
	if (json_count(methods) == 0)
		return err_set(e, ERR_INVALID, "DID document without keys");
	for (size_t i = 0; i < json_count(methods); i++)
		TRY(add_key(keys, a, document, json_at(methods, i), logged_at, e));
	return ERR_OK;
}

static int compare(const void *left, const void *right)
{
	const struct fsck_key *l = left, *r = right;
	int order = str_cmp(l->did, r->did);

	return order != 0 ? order : (l->version > r->version) - (l->version < r->version);
}

void fsck_keys_sort(struct fsck_keys *keys)
{
	if (keys->count > 0)
		qsort(keys->at, keys->count, sizeof(*keys->at), compare);
}

/* First key of a DID. */
static size_t first_of(const struct fsck_keys *keys, struct str did)
{
	size_t low = 0, high = keys->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(keys->at[middle].did, did) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The key of a method as the newest version logged at or before `at` lists it. Versions logged in
 * the very second of `at` and the one before them all count: a receipt's time has no finer grain.
 */
static enum err_code find_key(const struct fsck_keys *keys, struct str method, int64_t at,
	const struct fsck_key **ret, struct err *e)
{
	struct str did = did_of(method);
	const struct fsck_key *found = NULL;
	uint64_t newest_before = UINT64_MAX;
	size_t i, first = first_of(keys, did);

	for (i = first; i < keys->count && str_eq(keys->at[i].did, did); i++)
		if (keys->at[i].from < at)
			newest_before = keys->at[i].version;
	for (i = first; i < keys->count && str_eq(keys->at[i].did, did); i++) {
		const struct fsck_key *k = &keys->at[i];

		if (str_eq(k->method, method) && (k->from == at || k->version == newest_before))
			found = k;
	}
	if (!found)
		return err_set(e, ERR_CORRUPT, "key \"" STR_FMT "\" was not logged at that time",
			STR_ARG(method));
	if (!found->asserts || at > found->until)
		return err_set(e, ERR_CORRUPT, "key \"" STR_FMT "\" may not sign at that time",
			STR_ARG(method));
	*ret = found;
	return ERR_OK;
}

/* A copy of the document without proof whose @context is the proof's, which must begin it. */
static enum err_code bare_document(struct arena *a, const struct json *doc,
	const struct json *proof, struct json **ret, struct err *e)
{
	const struct json *ours = json_get(doc, "@context"), *theirs = json_get(proof, "@context");
	struct json *bare = json_without(a, doc, "proof");

	if (theirs && json_count(theirs) > json_count(ours))
		return err_set(e, ERR_CORRUPT, "proof has more contexts than the statement");
	for (size_t i = 0; i < json_count(theirs); i++)
		if (!json_eq(json_at(ours, i), json_at(theirs, i)))
			return err_set(
				e, ERR_CORRUPT, "proof has other contexts than the statement");
	*ret = theirs ? json_set(a, bare, "@context", json_copy(a, theirs)) : bare;
	return ERR_OK;
}

static enum err_code verify_proof(struct arena *a, const struct json *doc,
	const struct json *proof, int64_t at, const struct fsck_keys *keys, struct err *e)
{
	struct str suite = json_get_str(proof, "cryptosuite"), config, document, signature;
	bool sm2 = str_is(suite, SUITE_SM2);
	const struct fsck_key *key;
	struct json *bare = NULL;
	uint8_t hashes[2 * DIGEST_BYTES];
	struct digest d;

	if (!sm2 && !str_is(suite, SUITE_ED25519))
		return err_set(e, ERR_CORRUPT, "proof suite is not known");
	if (!str_is(json_get_str(proof, "type"), "DataIntegrityProof") ||
		!str_is(json_get_str(proof, "proofPurpose"), "assertionMethod"))
		return err_set(e, ERR_CORRUPT, "proof has a wrong type or purpose");
	TRY(find_key(keys, json_get_str(proof, "verificationMethod"), at, &key, e));
	if (key->pub.type != (sm2 ? KEY_SM2 : KEY_ED25519))
		return err_set(e, ERR_CORRUPT, "proof suite does not fit its key");
	TRY(bare_document(a, doc, proof, &bare, e));
	TRY(json_jcs(a, json_without(a, proof, "proofValue"), &config, e));
	TRY(json_jcs(a, bare, &document, e));
	d = sm2 ? digest_sm3(config) : digest_sha256(config);
	memcpy(hashes, d.at, DIGEST_BYTES);
	d = sm2 ? digest_sm3(document) : digest_sha256(document);
	memcpy(hashes + DIGEST_BYTES, d.at, DIGEST_BYTES);
	TRY(multibase_decode(a, json_get_str(proof, "proofValue"), &signature, e));
	if (signature.len != KEY_SIGNATURE_BYTES ||
		key_verify(&key->pub, (struct str){ .at = (char *)hashes, .len = sizeof(hashes) },
			(const uint8_t *)signature.at, NULL) != ERR_OK)
		return err_set(e, ERR_CORRUPT, "signature by \"" STR_FMT "\" does not hold",
			STR_ARG(key->method));
	return ERR_OK;
}

static const struct json *proof_at(const struct json *doc, size_t i)
{
	const struct json *proof = json_get(doc, "proof");

	return json_is(proof, JSON_ARRAY) ? json_at(proof, i) : i == 0 ? proof : NULL;
}

/* True when an eddsa-jcs-2022 proof of that DID is among them. */
static bool signed_by(const struct json *doc, struct str did)
{
	const struct json *proof;

	for (size_t i = 0; (proof = proof_at(doc, i)); i++)
		if (str_is(json_get_str(proof, "cryptosuite"), SUITE_ED25519) &&
			str_eq(did_of(json_get_str(proof, "verificationMethod")), did))
			return true;
	return false;
}

/* An agreement needs each party, anything else its issuer and nobody else. */
static enum err_code check_signers(const struct fsck_claim *claim, enum fsck_kind kind,
	struct err *e)
{
	const struct json *parties = json_get(claim->subject, "parties"), *proof;

	if (kind == FSCK_AGREEMENT) {
		for (size_t i = 0; i < json_count(parties); i++)
			if (!signed_by(claim->doc, json_get_str(json_at(parties, i), "id")))
				return err_set(e, ERR_CORRUPT, "party %zu has not signed", i + 1);
		return json_count(parties) >= 2
			       ? ERR_OK
			       : err_set(e, ERR_CORRUPT, "agreement without parties");
	}
	if (!signed_by(claim->doc, claim->issuer))
		return err_set(e, ERR_CORRUPT, "issuer has not signed with " SUITE_ED25519);
	for (size_t i = 0; (proof = proof_at(claim->doc, i)); i++)
		if (!str_eq(did_of(json_get_str(proof, "verificationMethod")), claim->issuer))
			return err_set(e, ERR_CORRUPT, "proof %zu is not by the issuer", i + 1);
	return ERR_OK;
}

static enum err_code verify_jws(struct arena *a, const struct fsck_claim *claim, struct str jws,
	int64_t at, const struct fsck_keys *keys, struct err *e)
{
	struct str rest = jws, head = str_cut(&rest, '.'), body = str_cut(&rest, '.');
	struct str header, payload, signature, bare;
	const struct fsck_key *key;
	struct json *h;

	TRY(base64url_decode(a, head, &header, e));
	TRY(base64url_decode(a, body, &payload, e));
	TRY(base64url_decode(a, rest, &signature, e));
	TRY(json_parse(a, header, &h, e));
	TRY(json_jcs(a, json_without(a, claim->doc, "proof"), &bare, e));
	if (!str_eq(payload, bare))
		return err_set(e, ERR_CORRUPT, "JWS carries another statement");
	TRY(find_key(keys, json_get_str(h, "kid"), at, &key, e));
	if (!str_is(json_get_str(h, "alg"), "EdDSA") || signature.len != KEY_SIGNATURE_BYTES ||
		key_verify(&key->pub, (struct str){ .at = jws.at, .len = head.len + 1 + body.len },
			(const uint8_t *)signature.at, NULL) != ERR_OK)
		return err_set(e, ERR_CORRUPT, "JWS does not hold");
	return ERR_OK;
}

enum err_code fsck_claim_verify(struct arena *a, const struct fsck_claim *claim,
	enum fsck_kind kind, struct str jws, int64_t at, const struct fsck_keys *keys,
	uint32_t *ret_signatures, struct err *e)
{
	const struct json *proof;
	uint32_t count = 0;

	TRY(check_signers(claim, kind, e));
	for (size_t i = 0; (proof = proof_at(claim->doc, i)); i++, count++)
		TRY(verify_proof(a, claim->doc, proof, at, keys, e));
	if (jws.len > 0) {
		TRY(verify_jws(a, claim, jws, at, keys, e));
		count++;
	}
	*ret_signatures = count;
	return ERR_OK;
}
