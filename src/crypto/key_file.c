/* key_file.c - keys at rest: JSON, the secret in clear (mode 0600) or sealed under a passphrase by
 * Argon2id and XChaCha20-Poly1305.
 */
#include <sodium.h>
#include <string.h>

#include "base/json.h"
#include "crypto/key_inner.h"
#include "crypto/multibase.h"

#define OPS 3
#define MEMORY_BYTES 67108864        /* with OPS some 0.2 s: felt by who guesses, not by a start */
#define OPS_MAX 10
#define MEMORY_BYTES_MIN 8388608     /* less is no seal */
#define MEMORY_BYTES_MAX 268435456   /* a hostile file must not take the machine */
#define SALT_BYTES crypto_pwhash_SALTBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BOX_BYTES (32 + TAG_BYTES)

struct seal {
	uint64_t ops;
	uint64_t memory_bytes;
	uint8_t salt[SALT_BYTES];
	uint8_t nonce[NONCE_BYTES];
	uint8_t box[BOX_BYTES];
};

static bool seal_key_derive(const struct seal *s, struct str passphrase, uint8_t ret[32])
{
	return crypto_pwhash(ret, 32, passphrase.at, passphrase.len, s->salt, s->ops,
		(size_t)s->memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static struct str view(const uint8_t *bytes, size_t len)
{
	return (struct str){ (const char *)bytes, len };
}

static bool seal_close(struct seal *s, const struct key *k, struct str public,
	struct str passphrase)
{
	uint8_t derived[32];
	bool ok;

	s->ops = OPS;
	s->memory_bytes = MEMORY_BYTES;
	randombytes_buf(s->salt, sizeof(s->salt));
	randombytes_buf(s->nonce, sizeof(s->nonce));
	ok = seal_key_derive(s, passphrase, derived) &&
		crypto_aead_xchacha20poly1305_ietf_encrypt(s->box, NULL, k->secret,
			sizeof(k->secret), (const uint8_t *)public.at, public.len, NULL, s->nonce,
			derived) == 0;
	sodium_memzero(derived, sizeof(derived));
	return ok;
}

static struct json *seal_new(struct arena *a, const struct seal *s)
{
	struct json *v = json_new_object(a);

	json_set_text(a, v, "kdf", "argon2id");
	json_set_number(a, v, "ops", (double)s->ops);
	json_set_number(a, v, "memory", (double)s->memory_bytes);
	json_set_str(a, v, "salt", multibase_u_new(a, view(s->salt, sizeof(s->salt))));
	json_set_str(a, v, "nonce", multibase_u_new(a, view(s->nonce, sizeof(s->nonce))));
	json_set_str(a, v, "box", multibase_u_new(a, view(s->box, sizeof(s->box))));
	return v;
}

enum err_code key_file_text(struct arena *a, const struct key *k, struct str passphrase,
	struct str *ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct str public = key_public_multikey(a, &k->pub);
	SCOPED_BUF b = { 0 };
	struct str copy;
	struct seal s;

	json_set_text(a, v, "type", key_type_name(k->pub.type));
	json_set_str(a, v, "public", public);
	if (passphrase.len == 0)
		json_set_str(a, v, "secret", key_secret_multikey(a, k));
	else if (public.at && !seal_close(&s, k, public, passphrase))
		return err_set(e, ERR_INTERNAL, "could not seal key: not enough memory");
	else if (public.at)
		json_set(a, v, "sealed", seal_new(a, &s));
	buf_init(&b, KEY_ARENA_BYTES);
	TRY(json_put_pretty(&b, v, e));
	buf_put_char(&b, '\n');
	copy = str_copy(a, buf_str(&b));
	sodium_memzero(b.at, b.len);
	if (!copy.at)
		return err_set(e, ERR_TOO_LARGE, "key file does not fit in memory");
	*ret = copy;
	return ERR_OK;
}

static enum err_code need_bytes(struct arena *a, const struct json *v, const char *name,
	uint8_t *ret, size_t len, struct err *e)
{
	struct str text, bytes = { NULL, 0 };

	TRY(json_need_str(v, name, &text, e));
	if (multibase_decode(a, text, &bytes, e) != ERR_OK)
		return err_in(e, "member \"%s\"", name);
	if (bytes.len != len)
		return err_set(e, ERR_INVALID, "member \"%s\" holds %zu bytes instead of %zu", name,
			bytes.len, len);
	memcpy(ret, bytes.at, len);
	return ERR_OK;
}

static enum err_code seal_parse(struct arena *a, const struct json *v, struct seal *ret,
	struct err *e)
{
	struct str kdf;

	TRY(json_need_str(v, "kdf", &kdf, e));
	if (!str_is(kdf, "argon2id"))
		return err_set(e, ERR_INVALID, "key is sealed by something else than argon2id");
	TRY(json_need_u64(v, "ops", &ret->ops, e));
	TRY(json_need_u64(v, "memory", &ret->memory_bytes, e));
	if (ret->ops < 1 || ret->ops > OPS_MAX)
		return err_set(e, ERR_INVALID, "member \"ops\" is not from 1 to %d", OPS_MAX);
	if (ret->memory_bytes < MEMORY_BYTES_MIN || ret->memory_bytes > MEMORY_BYTES_MAX)
		return err_set(e, ERR_INVALID, "member \"memory\" is not from %d to %d bytes",
			MEMORY_BYTES_MIN, MEMORY_BYTES_MAX);
	TRY(need_bytes(a, v, "salt", ret->salt, sizeof(ret->salt), e));
	TRY(need_bytes(a, v, "nonce", ret->nonce, sizeof(ret->nonce), e));
	return need_bytes(a, v, "box", ret->box, sizeof(ret->box), e);
}

static enum err_code seal_open(const struct seal *s, enum key_type type, struct str public,
	struct str passphrase, struct key *ret, struct err *e)
{
	uint8_t derived[32], secret[32];
	enum err_code code;

	if (passphrase.len == 0)
		return err_set(e, ERR_DENIED, "key is sealed and no passphrase was given");
	if (!seal_key_derive(s, passphrase, derived))
		return err_set(e, ERR_TOO_LARGE, "not enough memory to open the sealed key");
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, s->box, sizeof(s->box),
		    (const uint8_t *)public.at, public.len, s->nonce, derived) == 0)
		code = key_from_secret(type, secret, ret, e);
	else
		code = err_set(e, ERR_DENIED, "passphrase does not open the sealed key");
	sodium_memzero(derived, sizeof(derived));
	sodium_memzero(secret, sizeof(secret));
	return code;
}

static enum err_code parse(struct arena *a, struct str text, struct str passphrase, struct key *ret,
	struct err *e)
{
	struct json *v = NULL;
	const struct json *sealed;
	struct key_public public = { 0 };
	struct str type, public_text, secret;
	struct seal s;

	TRY(json_parse(a, text, &v, e));
	TRY(json_need_str(v, "type", &type, e));
	TRY(json_need_str(v, "public", &public_text, e));
	TRY(key_public_from_multikey(public_text, &public, e));
	if (!str_is(type, key_type_name(public.type)))
		return err_set(e, ERR_INVALID,
			"members \"type\" and \"public\" contradict each other");
	sealed = json_get(v, "sealed");
	if (sealed && json_get(v, "secret"))
		return err_set(e, ERR_INVALID, "key file has both a secret and a sealed key");
	if (sealed) {
		TRY(seal_parse(a, sealed, &s, e));
		TRY(seal_open(&s, public.type, public_text, passphrase, ret, e));
	} else {
		TRY(json_need_str(v, "secret", &secret, e));
		TRY(key_from_secret_multikey(secret, ret, e));
	}
	if (key_public_eq(&ret->pub, &public))
		return ERR_OK;
	return err_set(e, ERR_INVALID, "secret and public key do not belong together");
}

enum err_code key_file_parse(struct str text, struct str passphrase, struct key *ret, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct key k = { 0 };
	enum err_code code;

	arena_init(&a, KEY_ARENA_BYTES);
	code = parse(&a, text, passphrase, &k, e);
	if (code != ERR_OK && e && e->message[0])
		(void)err_in(e, "key file"); /* only adds words; the code is already known */
	if (code == ERR_OK)
		*ret = k;
	key_clear(&k);
	arena_wipe(&a);
	return code;
}

bool key_file_is_sealed(struct str text)
{
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL;

	arena_init(&a, KEY_ARENA_BYTES);
	return json_parse(&a, text, &v, NULL) == ERR_OK && json_get(v, "sealed");
}
