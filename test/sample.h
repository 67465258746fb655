/* sample.h - two sample cities with fixed keys, for unit tests, fuzz seeds and benchmarks of
 * credential/. Every function ends the program when it cannot do its work: tests only. */
#ifndef HUREN_TEST_SAMPLE_H
#define HUREN_TEST_SAMPLE_H

#include "base/arena.h"
#include "base/json.h"
#include "credential/did.h"
#include "credential/proof.h"
#include "credential/statement.h"
#include "crypto/key.h"

#define SAMPLE_TIME INT64_C(1795489445) /* 2026-11-24T03:04:05Z */

/* Made of a fixed secret: the same key for the same seed. */
struct key sample_key(enum key_type type, uint8_t seed);

struct sample_party {
	struct str did;
	struct str name;
	struct str method;         /* did#key-1, Ed25519 */
	struct str method_sm2;     /* did#key-2 */
	struct key key;
	struct key key_sm2;
};
/* A node "did:web:<host>" or an organisation of it. */
struct sample_party sample_party(struct arena *a, struct str did, const char *name, uint8_t seed);
/* Finds the keys of the parties given, at any time. */
struct sample_keys {
	const struct sample_party *parties;
	size_t count;
};
struct key_finder sample_finder(struct sample_keys *keys);

/* uuid made of `number`. */
struct json *sample_doc(struct arena *a, enum kind kind, uint32_t number,
	const struct sample_party *issuer, struct json *subject);
/* Adds a proof with the Ed25519 key, and one with the SM2 key when asked. */
void sample_sign(struct arena *a, struct json *doc, const struct sample_party *signer, bool sm2,
	int64_t created);
struct str sample_text(struct arena *a, const struct json *doc);
struct statement sample_parse(struct arena *a, struct str text);
struct json *sample_json(struct arena *a, const char *text);

#endif
