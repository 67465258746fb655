/* webauthn_device.h - an authenticator in software: OpenSSL's keys, and the bytes it would send. */
#ifndef HUREN_TEST_WEBAUTHN_DEVICE_H
#define HUREN_TEST_WEBAUTHN_DEVICE_H

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "crypto/digest.h"
#include "crypto/webauthn.h"

enum device_attest { DEVICE_NONE, DEVICE_SELF, DEVICE_PACKED };

struct device {
	EVP_PKEY *key;
	int algorithm;
	struct str id, rp;
	unsigned flags;            /* user present and verified: 5 */
	uint32_t counter;
};

static inline struct device device_new(int algorithm)
{
	struct device d = { .algorithm = algorithm, .id = STR("0123456789abcdef"), .flags = 5,
		.rp = STR("node.example") };

	d.key = algorithm == WEBAUTHN_ES256 ? EVP_EC_gen("P-256") :
		algorithm == WEBAUTHN_EDDSA ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
		EVP_RSA_gen(2048);
	CHECK(d.key != NULL);
	return d;
}

static inline void device_clear(struct device *d)
{
	EVP_PKEY_free(d->key);
}

static inline void cbor_head(struct buf *b, unsigned kind, uint64_t n)
{
	if (n < 24) {
		buf_put_char(b, (char)(kind << 5 | n));
		return;
	}
	buf_put_char(b, (char)(kind << 5 | (n < 256 ? 24 : 25)));
	if (n >= 256)
		buf_put_char(b, (char)(n >> 8));
	buf_put_char(b, (char)n);
}

static inline void cbor_string(struct buf *b, unsigned kind, struct str s)
{
	cbor_head(b, kind, s.len);
	buf_put_str(b, s);
}

static inline void cbor_label(struct buf *b, int label)
{
	cbor_head(b, label < 0, (uint64_t)(label < 0 ? -1 - label : label));
}

static inline void number_member(struct buf *b, const struct device *d, int label, const char *name,
	size_t len)
{
	uint8_t bytes[256];
	BIGNUM *n = NULL;

	CHECK(EVP_PKEY_get_bn_param(d->key, name, &n) == 1);
	CHECK(BN_bn2binpad(n, bytes, (int)len) == (int)len);
	BN_free(n);
	cbor_label(b, label);
	cbor_string(b, 2, (struct str){ (const char *)bytes, len });
}

static inline void device_key(struct buf *b, const struct device *d)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);
	bool ec = d->algorithm == WEBAUTHN_ES256, rsa = d->algorithm == WEBAUTHN_RS256;

	cbor_head(b, 5, ec ? 5 : 4);
	cbor_label(b, 1);
	cbor_label(b, ec ? 2 : rsa ? 3 : 1);
	cbor_label(b, 3);
	cbor_label(b, d->algorithm);
	if (rsa) {
		number_member(b, d, -1, OSSL_PKEY_PARAM_RSA_N, 256);
		number_member(b, d, -2, OSSL_PKEY_PARAM_RSA_E, 3);
		return;
	}
	cbor_label(b, -1);
	cbor_label(b, ec ? 1 : 6);
	if (ec) {
		number_member(b, d, -2, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		number_member(b, d, -3, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
		return;
	}
	CHECK(EVP_PKEY_get_raw_public_key(d->key, raw, &len) == 1);
	cbor_label(b, -2);
	cbor_string(b, 2, (struct str){ (const char *)raw, len });
}

/* Authenticator data; with the new credential, or for signing in. */
static inline struct str device_data(struct arena *a, const struct device *d, bool credential)
{
	struct digest rp = digest_sha256(d->rp);
	struct buf b = { 0 };
	struct str made;

	buf_init(&b, 65536);
	buf_put(&b, rp.at, DIGEST_BYTES);
	buf_put_char(&b, (char)(d->flags | (credential ? 0x40 : 0)));
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_put_char(&b, (char)(d->counter >> shift));
	if (credential) {
		for (int i = 0; i < 16; i++)
			buf_put_char(&b, 0);
		buf_put_char(&b, (char)(d->id.len >> 8));
		buf_put_char(&b, (char)d->id.len);
		buf_put_str(&b, d->id);
		device_key(&b, d);
	}
	made = str_copy(a, buf_str(&b));
	buf_clear(&b);
	return made;
}

static inline struct str device_sign(struct arena *a, EVP_PKEY *key, int algorithm, struct str data,
	struct str client)
{
	struct digest d = digest_sha256(client);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t message[8192], signature[512];
	size_t len = sizeof(signature);

	CHECK(data.len + DIGEST_BYTES <= sizeof(message));
	memcpy(message, data.at, data.len);
	memcpy(message + data.len, d.at, DIGEST_BYTES);
	CHECK(EVP_DigestSignInit(c, NULL, algorithm == WEBAUTHN_EDDSA ? NULL : EVP_sha256(), NULL,
		key) == 1);
	CHECK(EVP_DigestSign(c, signature, &len, message, data.len + DIGEST_BYTES) == 1);
	EVP_MD_CTX_free(c);
	return str_copy(a, (struct str){ (const char *)signature, len });
}

static inline struct str device_client(struct arena *a, const char *type, struct str challenge,
	const char *origin)
{
	return str_printf(a, "{\"type\":\"webauthn.%s\",\"challenge\":\"" STR_FMT "\","
		"\"origin\":\"%s\",\"crossOrigin\":false}", type, STR_ARG(challenge), origin);
}

/* A certificate over a key, signed by itself. */
static inline struct str device_certificate(struct arena *a, EVP_PKEY *key)
{
	X509 *x = X509_new();
	unsigned char *der = NULL;
	struct str made;
	int len;

	CHECK(X509_set_version(x, 2) == 1);
	CHECK(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1);
	CHECK(X509_gmtime_adj(X509_getm_notBefore(x), 0) != NULL);
	CHECK(X509_gmtime_adj(X509_getm_notAfter(x), 86400) != NULL);
	CHECK(X509_set_pubkey(x, key) == 1);
	CHECK(X509_sign(x, key, EVP_sha256()) > 0);
	len = i2d_X509(x, &der);
	CHECK(len > 0);
	made = str_copy(a, (struct str){ (const char *)der, (size_t)len });
	OPENSSL_free(der);
	X509_free(x);
	return made;
}

static inline void device_statement(struct buf *b, struct arena *a, const struct device *d,
	enum device_attest how, struct str data, struct str client)
{
	EVP_PKEY *maker = how == DEVICE_PACKED ? EVP_EC_gen("P-256") : d->key;
	int algorithm = how == DEVICE_PACKED ? WEBAUTHN_ES256 : d->algorithm;

	cbor_head(b, 5, how == DEVICE_NONE ? 0 : how == DEVICE_SELF ? 2 : 3);
	if (how == DEVICE_NONE)
		return;
	cbor_string(b, 3, STR("alg"));
	cbor_label(b, algorithm);
	cbor_string(b, 3, STR("sig"));
	cbor_string(b, 2, device_sign(a, maker, algorithm, data, client));
	if (how != DEVICE_PACKED)
		return;
	cbor_string(b, 3, STR("x5c"));
	cbor_head(b, 4, 1);
	cbor_string(b, 2, device_certificate(a, maker));
	EVP_PKEY_free(maker);
}

/* An attestation object around given authenticator data. */
static inline struct str device_object(struct arena *a, const struct device *d,
	enum device_attest how, struct str data, struct str client)
{
	struct buf b = { 0 };
	struct str made;

	buf_init(&b, 65536);
	cbor_head(&b, 5, 3);
	cbor_string(&b, 3, STR("fmt"));
	cbor_string(&b, 3, how == DEVICE_NONE ? STR("none") : STR("packed"));
	cbor_string(&b, 3, STR("attStmt"));
	device_statement(&b, a, d, how, data, client);
	cbor_string(&b, 3, STR("authData"));
	cbor_string(&b, 2, data);
	made = str_copy(a, buf_str(&b));
	buf_clear(&b);
	return made;
}

static inline struct str device_attestation(struct arena *a, const struct device *d,
	enum device_attest how, struct str client)
{
	return device_object(a, d, how, device_data(a, d, true), client);
}

#endif
