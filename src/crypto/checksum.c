/* checksum.c - through EVP. */
#include "crypto/checksum.h"

#include <openssl/evp.h>
#include <string.h>

static const struct { const char *name; size_t len; } kinds[] = {
	[CHECKSUM_NONE] = { "", 0 },
	[CHECKSUM_SHA1] = { "sha1", 20 },
	[CHECKSUM_SHA256] = { "sha256", 32 },
};

enum checksum_kind checksum_find(struct str name)
{
	return str_is(name, "sha1") ? CHECKSUM_SHA1 :
		str_is(name, "sha256") ? CHECKSUM_SHA256 : CHECKSUM_NONE;
}

size_t checksum_len(enum checksum_kind kind)
{
	return kinds[kind].len;
}

void checksum_open(enum checksum_kind kind, struct checksum_stream *ret)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	CHECK(kind != CHECKSUM_NONE);
	CHECK(context);
	CHECK(EVP_DigestInit_ex2(context, kind == CHECKSUM_SHA1 ? EVP_sha1() : EVP_sha256(),
		NULL) == 1);
	ret->inner = context;
}

void checksum_update(struct checksum_stream *s, struct str bytes)
{
	CHECK(s->inner);
	CHECK(EVP_DigestUpdate(s->inner, bytes.at, bytes.len) == 1);
}

bool checksum_close(struct checksum_stream *s, const struct checksum *expected)
{
	uint8_t got[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!s->inner)
		return false;
	CHECK(EVP_DigestFinal_ex(s->inner, got, &len) == 1);
	EVP_MD_CTX_free(s->inner);
	s->inner = NULL;
	return len == expected->len && memcmp(got, expected->at, len) == 0;
}
