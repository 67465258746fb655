/* password.c - see password.h. */
#include "crypto/password.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

_Static_assert(PASSWORD_HASH_BYTES >= crypto_pwhash_STRBYTES, "a hash fits");

/* Long enough, and tried first by everyone who guesses. */
static const char *const common[] = {
	"123456789012", "1234567890123", "12345678901234", "1q2w3e4r5t6y", "qwertyuiop12",
	"qwertyuiop123", "qwertyuiopas", "password1234", "password12345", "passwordpassword",
	"adminadminadmin", "administrator", "administrator1", "woaini1314520", "iloveyou1234",
	"letmeinletmein", "welcome12345", "changemechangeme", "qazwsxedcrfv", "1qaz2wsx3edc",
	"abcdefghijkl", "abcd12345678", "a123456789012",
};

enum err_code password_hash(struct str password, char ret[PASSWORD_HASH_BYTES], struct err *e)
{
	if (crypto_pwhash_str_alg(ret, password.at, password.len, LIMIT_PASSWORD_PASSES,
		    LIMIT_PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(e, ERR_TOO_LARGE, "no memory to hash a password");
	return ERR_OK;
}

/* libsodium wants a NUL-terminated text. */
static bool copy_hash(struct str hash, char ret[PASSWORD_HASH_BYTES])
{
	if (hash.len == 0 || hash.len >= PASSWORD_HASH_BYTES)
		return false;
	memset(ret, 0, PASSWORD_HASH_BYTES);
	memcpy(ret, hash.at, hash.len);
	return true;
}

bool password_fits(struct str hash, struct str password)
{
	char text[PASSWORD_HASH_BYTES];

	return copy_hash(hash, text) &&
		crypto_pwhash_str_verify(text, password.at, password.len) == 0;
}

bool password_is_outdated(struct str hash)
{
	char text[PASSWORD_HASH_BYTES];

	return !copy_hash(hash, text) || crypto_pwhash_str_needs_rehash(text,
		LIMIT_PASSWORD_PASSES, LIMIT_PASSWORD_MEMORY_BYTES) != 0;
}

void password_spend(struct str password)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t out[32];

	if (crypto_pwhash(out, sizeof(out), password.at, password.len, salt,
		    LIMIT_PASSWORD_PASSES, LIMIT_PASSWORD_MEMORY_BYTES,
		    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return; /* without memory the real one would fail as early */
	sodium_memzero(out, sizeof(out));
}

static size_t characters(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += ((uint8_t)s.at[i] & 0xc0) != 0x80;
	return count;
}

static bool is_common(struct str s)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strlen(common[i]) == s.len && strncasecmp(common[i], s.at, s.len) == 0)
			return true;
	return false;
}

/* Of fewer than five different bytes: "aaaaaaaaaaaa", "121212121212". */
static bool is_plain(struct str s)
{
	bool seen[256] = { false };
	size_t different = 0;

	for (size_t i = 0; i < s.len; i++) {
		different += !seen[(uint8_t)s.at[i]];
		seen[(uint8_t)s.at[i]] = true;
	}
	return different < 5;
}

const char *password_judge(struct str password, struct str name)
{
	if (password.len > LIMIT_PASSWORD_BYTES)
		return "long";
	if (!str_is_utf8(password) || characters(password) < LIMIT_PASSWORD_CHARACTERS)
		return "short";
	if (name.len > 3 && str_find(password, name) != SIZE_MAX)
		return "holds-name";
	if (is_common(password))
		return "common";
	return is_plain(password) ? "plain" : NULL;
}
