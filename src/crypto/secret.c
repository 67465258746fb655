/* secret.c - see secret.h; libsodium does the work. */
#include "crypto/secret.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
_Static_assert(SECRET_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one key size");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

bool secret_eq(struct str a, struct str b)
{
	return a.len == b.len && sodium_memcmp(a.at, b.at, a.len) == 0;
}

void secret_wipe(void *at, size_t len)
{
	sodium_memzero(at, len);
}

struct str secret_token(struct arena *a)
{
	uint8_t bytes[SECRET_TOKEN_BYTES];
	struct str token;

	randombytes_buf(bytes, sizeof(bytes));
	token = base64url_new(a, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return token;
}

struct digest secret_digest(const char *purpose, struct str secret)
{
	struct str head = { purpose, strlen(purpose) + 1 }; /* its zero byte ends it */

	return digest_sha256_two(head, secret);
}

enum err_code secret_seal(struct arena *a, const uint8_t key[SECRET_KEY_BYTES], struct str about,
	struct str plain, struct str *ret, struct err *e)
{
	uint8_t *out = arena_alloc(a, NONCE_BYTES + plain.len + TAG_BYTES);
	unsigned long long len = 0;

	if (!out)
		return err_set(e, ERR_TOO_LARGE, "secret is too large to seal");
	randombytes_buf(out, NONCE_BYTES);
	CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, &len,
		(const uint8_t *)plain.at, plain.len, (const uint8_t *)about.at, about.len, NULL,
		out, key) == 0);
	*ret = (struct str){ (const char *)out, NONCE_BYTES + (size_t)len };
	return ERR_OK;
}

enum err_code secret_open(struct arena *a, const uint8_t key[SECRET_KEY_BYTES], struct str about,
	struct str sealed, struct str *ret, struct err *e)
{
	const uint8_t *box = (const uint8_t *)sealed.at;
	unsigned long long len = 0;
	uint8_t *out;

	if (sealed.len < NONCE_BYTES + TAG_BYTES)
		return err_set(e, ERR_DENIED, "sealed secret is too short");
	out = arena_alloc(a, sealed.len - NONCE_BYTES - TAG_BYTES + 1);
	if (!out)
		return err_set(e, ERR_TOO_LARGE, "sealed secret is too large");
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, &len, NULL, box + NONCE_BYTES,
		    sealed.len - NONCE_BYTES, (const uint8_t *)about.at, about.len, box, key) != 0)
		return err_set(e, ERR_DENIED, "sealed secret does not open under this node's key");
	*ret = (struct str){ (const char *)out, (size_t)len };
	return ERR_OK;
}

struct str secret_base32(struct arena *a, const uint8_t *bytes, size_t len)
{
	size_t count = (len * 8 + 4) / 5;
	char *out = arena_alloc(a, count + 1);

	for (size_t i = 0; out && i < count; i++) {
		size_t bit = i * 5, byte = bit / 8;
		unsigned two = (unsigned)bytes[byte] << 8;
		if (byte + 1 < len)
			two |= bytes[byte + 1];
		out[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
	return (struct str){ out, out ? count : 0 };
}

struct str secret_grouped(struct arena *a, struct str text, char between)
{
	char *out = arena_alloc(a, text.len + text.len / 4 + 1);
	size_t len = 0;

	for (size_t i = 0; out && i < text.len; i++) {
		if (i > 0 && i % 4 == 0)
			out[len++] = between;
		out[len++] = text.at[i];
	}
	return (struct str){ out, len };
}

struct str secret_code(struct arena *a)
{
	uint8_t bytes[SECRET_CODE_CHARS * 5 / 8];
	struct str text;

	randombytes_buf(bytes, sizeof(bytes));
	text = secret_base32(a, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	return text.at ? secret_grouped(a, text, '-') : text;
}

struct str secret_code_read(struct arena *a, struct str typed)
{
	char *out = arena_alloc(a, SECRET_CODE_CHARS + 1);
	size_t len = 0;

	for (size_t i = 0; out && i < typed.len; i++) {
		char c = typed.at[i];
		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c & ~0x20);
		if (len == SECRET_CODE_CHARS || c == '\0' || !strchr(alphabet, c))
			return (struct str){ NULL, 0 };
		out[len++] = c;
	}
	return (struct str){ len == SECRET_CODE_CHARS ? out : NULL, SECRET_CODE_CHARS };
}
