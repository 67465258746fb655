/* totp.c - see totp.h. */
#include "crypto/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "crypto/secret.h"

uint32_t totp_code(struct str secret, uint64_t step, unsigned digits)
{
	uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
	unsigned len = 0, offset;
	uint32_t number, power = 1;

	CHECK(digits >= 6 && digits <= 8);
	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)(step >> (56 - 8 * i));
	CHECK(HMAC(EVP_sha1(), secret.at, (int)secret.len, counter, sizeof(counter), mac, &len));
	CHECK(len == 20);
	offset = mac[19] & 15;
	number = ((uint32_t)mac[offset] & 0x7f) << 24 | (uint32_t)mac[offset + 1] << 16 |
		(uint32_t)mac[offset + 2] << 8 | mac[offset + 3];
	for (unsigned i = 0; i < digits; i++)
		power *= 10;
	return number % power;
}

static bool read_code(struct str code, char ret[TOTP_DIGITS])
{
	size_t len = 0;

	for (size_t i = 0; i < code.len; i++) {
		if (code.at[i] == ' ')
			continue;
		if (len == TOTP_DIGITS || code.at[i] < '0' || code.at[i] > '9')
			return false;
		ret[len++] = code.at[i];
	}
	return len == TOTP_DIGITS;
}

bool totp_accepts(struct str secret, struct str code, int64_t now, uint64_t last_step,
	uint64_t *ret_step)
{
	uint64_t step = (uint64_t)now / TOTP_STEP_S, found = 0;
	char typed[TOTP_DIGITS], right[16];

	if (!read_code(code, typed))
		return false;
	/* All three are always computed: time tells nothing. */
	for (uint64_t at = step - 1; at <= step + 1; at++) {
		(void)snprintf(right, sizeof(right), "%06u", totp_code(secret, at, TOTP_DIGITS));
		if (secret_eq((struct str){ right, TOTP_DIGITS },
			    (struct str){ typed, TOTP_DIGITS }) && at > last_step)
			found = at;
	}
	if (found == 0)
		return false;
	*ret_step = found;
	return true;
}

static void put_escaped(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
		if (plain)
			buf_put_char(b, c);
		else
			buf_printf(b, "%%%02X", (uint8_t)c);
	}
}

struct str totp_address(struct arena *a, struct str issuer, struct str account, struct str secret)
{
	struct str text = secret_base32(a, (const uint8_t *)secret.at, secret.len);
	SCOPED_BUF b = { 0 };

	if (!text.at)
		return text;
	buf_init(&b, 2048);
	buf_put_text(&b, "otpauth://totp/");
	put_escaped(&b, issuer);
	buf_put_char(&b, ':');
	put_escaped(&b, account);
	buf_printf(&b, "?secret=" STR_FMT "&issuer=", STR_ARG(text));
	put_escaped(&b, issuer);
	return b.overflow ? (struct str){ NULL, 0 } : str_copy(a, buf_str(&b));
}
