/* digest.c - SHA-256 and SM3 through EVP. Fetching an algorithm and making a context cost more than
 * hashing 65 bytes, so each thread keeps both.
 */
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <string.h>

struct hasher {
	EVP_MD *md;
	EVP_MD_CTX *context;
};

static _Thread_local struct hasher sha256, sha256_second, sm3;

static EVP_MD_CTX *hasher_start(struct hasher *h, const char *name)
{
	if (!h->context) {
		h->md = EVP_MD_fetch(NULL, name, NULL);
		CHECK(h->md);
		h->context = EVP_MD_CTX_new();
		CHECK(h->context);
		CHECK(EVP_DigestInit_ex2(h->context, h->md, NULL) == 1);
	} else {
		/* Without a name OpenSSL starts the algorithm it has anew and looks up nothing. */
		CHECK(EVP_DigestInit_ex2(h->context, NULL, NULL) == 1);
	}
	return h->context;
}

static struct digest finish(EVP_MD_CTX *context)
{
	struct digest ret;
	unsigned len = 0;

	CHECK(EVP_DigestFinal_ex(context, ret.at, &len) == 1);
	CHECK(len == DIGEST_BYTES);
	return ret;
}

static void hasher_clear(struct hasher *h)
{
	EVP_MD_CTX_free(h->context);
	EVP_MD_free(h->md);
	*h = (struct hasher){ NULL, NULL };
}

struct digest digest_sha256(struct str bytes)
{
	EVP_MD_CTX *context = hasher_start(&sha256, "SHA256");

	CHECK(EVP_DigestUpdate(context, bytes.at, bytes.len) == 1);
	return finish(context);
}

struct digest digest_sha256_two(struct str first, struct str second)
{
	EVP_MD_CTX *context = hasher_start(&sha256, "SHA256");

	CHECK(EVP_DigestUpdate(context, first.at, first.len) == 1);
	CHECK(EVP_DigestUpdate(context, second.at, second.len) == 1);
	return finish(context);
}

void digest_sha256_fork(struct str head, struct str a, struct str b, struct digest *ret_a,
	struct digest *ret_b)
{
	EVP_MD_CTX *first = hasher_start(&sha256, "SHA256");
	EVP_MD_CTX *second = hasher_start(&sha256_second, "SHA256");

	CHECK(EVP_DigestUpdate(first, head.at, head.len) == 1);
	CHECK(EVP_MD_CTX_copy_ex(second, first) == 1);
	CHECK(EVP_DigestUpdate(first, a.at, a.len) == 1);
	CHECK(EVP_DigestUpdate(second, b.at, b.len) == 1);
	*ret_a = finish(first);
	*ret_b = finish(second);
}

struct digest digest_sha256_node(const struct digest *left, const struct digest *right)
{
	char bytes[1 + 2 * DIGEST_BYTES] = { 1 };

	memcpy(bytes + 1, left->at, DIGEST_BYTES);
	memcpy(bytes + 1 + DIGEST_BYTES, right->at, DIGEST_BYTES);
	return digest_sha256((struct str){ bytes, sizeof(bytes) });
}

struct digest digest_sha256_leaf(struct str entry)
{
	return digest_sha256_two((struct str){ "", 1 }, entry);
}

struct digest digest_sm3(struct str bytes)
{
	EVP_MD_CTX *context = hasher_start(&sm3, "SM3");

	CHECK(EVP_DigestUpdate(context, bytes.at, bytes.len) == 1);
	return finish(context);
}

struct digest digest_sm3_two(struct str first, struct str second)
{
	EVP_MD_CTX *context = hasher_start(&sm3, "SM3");

	CHECK(EVP_DigestUpdate(context, first.at, first.len) == 1);
	CHECK(EVP_DigestUpdate(context, second.at, second.len) == 1);
	return finish(context);
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->at, b->at, DIGEST_BYTES) == 0;
}

void digest_thread_clear(void)
{
	hasher_clear(&sha256);
	hasher_clear(&sha256_second);
	hasher_clear(&sm3);
}

void digest_stream_open(struct digest_stream *s)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	CHECK(context);
	CHECK(EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1);
	s->inner = context;
}

void digest_stream_update(struct digest_stream *s, struct str bytes)
{
	CHECK(s->inner);
	CHECK(EVP_DigestUpdate(s->inner, bytes.at, bytes.len) == 1);
}

struct digest digest_stream_close(struct digest_stream *s)
{
	struct digest ret;

	CHECK(s->inner);
	ret = finish(s->inner);
	EVP_MD_CTX_free(s->inner);
	s->inner = NULL;
	return ret;
}

void digest_stream_copy(const struct digest_stream *from, struct digest_stream *ret)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	CHECK(context);
	CHECK(from->inner);
	CHECK(EVP_MD_CTX_copy_ex(context, from->inner) == 1);
	ret->inner = context;
}
