/* key.c - Ed25519 by libsodium, and the table of what each key type does. */
#include "crypto/key.h"

#include <sodium.h>
#include <string.h>

#include "crypto/key_inner.h"
#include "crypto/multibase.h"

struct key_class {
	const char *name;                      /* "type" of key files */
	const char *label;                     /* in messages */
	uint8_t public_len;
	uint8_t public_prefix[2];              /* varint of the multicodec */
	uint8_t secret_prefix[2];
	bool (*public_of)(const uint8_t *secret, uint8_t *ret_public);
	bool (*public_holds)(const uint8_t *public);
	bool (*sign)(const struct key *k, struct str message, uint8_t *ret);
	bool (*verify)(const struct key_public *k, struct str message, const uint8_t *signature);
};

static bool ed25519_public_of(const uint8_t *secret, uint8_t *ret_public)
{
	uint8_t both[crypto_sign_SECRETKEYBYTES];
	bool ok = crypto_sign_seed_keypair(ret_public, both, secret) == 0;

	sodium_memzero(both, sizeof(both));
	return ok;
}

/* libsodium judges the point when it verifies. */
static bool ed25519_public_holds(const uint8_t *public)
{
	(void)public;
	return true;
}

static bool ed25519_sign(const struct key *k, struct str message, uint8_t *ret)
{
	uint8_t both[crypto_sign_SECRETKEYBYTES]; /* seed || public, as libsodium wants it */
	bool ok;

	memcpy(both, k->secret, 32);
	memcpy(both + 32, k->pub.at, 32);
	ok = crypto_sign_detached(ret, NULL, (const uint8_t *)message.at, message.len, both) == 0;
	sodium_memzero(both, sizeof(both));
	return ok;
}

static bool ed25519_verify(const struct key_public *k, struct str message, const uint8_t *signature)
{
	return crypto_sign_verify_detached(signature, (const uint8_t *)message.at, message.len,
		k->at) == 0;
}

static const struct key_class classes[KEY_TYPE_COUNT] = {
	[KEY_ED25519] = { "ed25519", "Ed25519", 32, { 0xed, 0x01 }, { 0x80, 0x26 },
		ed25519_public_of, ed25519_public_holds, ed25519_sign, ed25519_verify },
	[KEY_SM2] = { "sm2", "SM2", 65, { 0x86, 0x24 }, { 0x90, 0x26 }, sm2_public_of,
		sm2_public_holds, sm2_sign, sm2_verify },
};

static const struct key_class *class_of(enum key_type type)
{
	CHECK((unsigned)type < KEY_TYPE_COUNT);
	CHECK(type != KEY_NONE);
	return &classes[type];
}

void key_library_init(void)
{
	CHECK(sodium_init() >= 0);
}

void key_random(uint8_t *ret, size_t len)
{
	randombytes_buf(ret, len);
}

const char *key_type_name(enum key_type type)
{
	return class_of(type)->name;
}

enum err_code key_generate(enum key_type type, struct key *ret, struct err *e)
{
	uint8_t secret[32];
	enum err_code code = ERR_INTERNAL;

	/* A random SM2 scalar is out of range once in 2^32 times. */
	for (int tries = 0; tries < 4 && code != ERR_OK; tries++) {
		randombytes_buf(secret, sizeof(secret));
		code = key_from_secret(type, secret, ret, e);
	}
	sodium_memzero(secret, sizeof(secret));
	return code;
}

enum err_code key_from_secret(enum key_type type, const uint8_t secret[32], struct key *ret,
	struct err *e)
{
	const struct key_class *class = class_of(type);
	struct key k = { 0 };

	if (!class->public_of(secret, k.pub.at))
		return err_set(e, ERR_INVALID, "secret is not a valid %s key", class->label);
	k.pub.type = type;
	k.pub.len = class->public_len;
	memcpy(k.secret, secret, sizeof(k.secret));
	*ret = k;
	key_clear(&k);
	return ERR_OK;
}

void key_clear(struct key *k)
{
	sodium_memzero(k, sizeof(*k));
}

enum err_code key_public_from_bytes(enum key_type type, struct str bytes, struct key_public *ret,
	struct err *e)
{
	const struct key_class *class = class_of(type);
	struct key_public k = { .type = type, .len = class->public_len };

	if (bytes.len != class->public_len)
		return err_set(e, ERR_INVALID, "%s public key has %zu bytes instead of %u",
			class->name, bytes.len, (unsigned)class->public_len);
	memcpy(k.at, bytes.at, bytes.len);
	if (!class->public_holds(k.at))
		return err_set(e, ERR_INVALID, "public key is not a point of the %s curve",
			class->name);
	*ret = k;
	return ERR_OK;
}

bool key_public_eq(const struct key_public *a, const struct key_public *b)
{
	return a->type == b->type && a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

enum err_code key_sign(const struct key *k, struct str message, uint8_t ret[KEY_SIGNATURE_BYTES],
	struct err *e)
{
	const struct key_class *class = class_of(k->pub.type);
	uint8_t signature[KEY_SIGNATURE_BYTES];

	if (!class->sign(k, message, signature))
		return err_set(e, ERR_INTERNAL, "could not sign with %s key", class->label);
	memcpy(ret, signature, sizeof(signature));
	return ERR_OK;
}

enum err_code key_verify(const struct key_public *k, struct str message,
	const uint8_t signature[KEY_SIGNATURE_BYTES], struct err *e)
{
	if ((unsigned)k->type >= KEY_TYPE_COUNT || k->type == KEY_NONE)
		return err_set(e, ERR_DENIED, "there is no key to check the signature with");
	if (!classes[k->type].verify(k, message, signature))
		return err_set(e, ERR_DENIED, "%s signature does not hold",
			classes[k->type].label);
	return ERR_OK;
}

static struct str prefixed_z(struct arena *a, const uint8_t prefix[2], const uint8_t *bytes,
	size_t len)
{
	char all[2 + KEY_PUBLIC_BYTES_MAX];
	struct str ret;

	CHECK(len <= KEY_PUBLIC_BYTES_MAX);
	memcpy(all, prefix, 2);
	memcpy(all + 2, bytes, len);
	ret = multibase_z_new(a, (struct str){ all, 2 + len });
	sodium_memzero(all, sizeof(all));
	return ret;
}

struct str key_public_multikey(struct arena *a, const struct key_public *k)
{
	return prefixed_z(a, class_of(k->type)->public_prefix, k->at, k->len);
}

struct str key_secret_multikey(struct arena *a, const struct key *k)
{
	return prefixed_z(a, class_of(k->pub.type)->secret_prefix, k->secret, sizeof(k->secret));
}

static bool has_prefix(struct str bytes, const uint8_t prefix[2], size_t len)
{
	return bytes.len == 2 + len && memcmp(bytes.at, prefix, 2) == 0;
}

enum err_code key_public_from_multikey(struct str text, struct key_public *ret, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct str bytes = { NULL, 0 };

	arena_init(&a, KEY_ARENA_BYTES);
	if (text.len == 0 || text.at[0] != 'z')
		return err_set(e, ERR_INVALID, "public key is not a Multikey text");
	TRY(multibase_decode(&a, text, &bytes, e));
	for (unsigned type = KEY_NONE + 1; type < KEY_TYPE_COUNT; type++) {
		const struct key_class *class = &classes[type];
		if (has_prefix(bytes, class->public_prefix, class->public_len))
			return key_public_from_bytes(
				(enum key_type)type, str_skip(bytes, 2), ret, e);
	}
	return err_set(e, ERR_INVALID, "public key is neither Ed25519 nor SM2");
}

enum err_code key_from_secret_multikey(struct str text, struct key *ret, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct str bytes = { NULL, 0 };
	enum err_code code = ERR_OK;
	bool found = false;
	uint8_t secret[32];

	arena_init(&a, KEY_ARENA_BYTES);
	if (multibase_decode(&a, text, &bytes, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "secret key is not a Multikey text");
	for (unsigned type = KEY_NONE + 1; type < KEY_TYPE_COUNT && !found; type++) {
		if (!has_prefix(bytes, classes[type].secret_prefix, sizeof(secret)))
			continue;
		found = true;
		memcpy(secret, bytes.at + 2, sizeof(secret));
		code = key_from_secret((enum key_type)type, secret, ret, e);
		sodium_memzero(secret, sizeof(secret));
	}
	arena_wipe(&a);
	return found ? code : err_set(e, ERR_INVALID, "secret key is neither Ed25519 nor SM2");
}

struct str key_public_did_key(struct arena *a, const struct key_public *k)
{
	struct str multikey;

	CHECK(k->type == KEY_ED25519);
	multikey = key_public_multikey(a, k);
	return multikey.at ? str_printf(a, "did:key:" STR_FMT, STR_ARG(multikey)) : multikey;
}
