/* sm2.c - SM2 signatures with SM3 (GB/T 32918.2) through EVP.
 *
 * OpenSSL below 4.0 takes the empty user id unless told otherwise, while everybody else takes
 * "1234567812345678" (GM/T 0009): it is set on every context, before the digest starts.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <string.h>

#include "crypto/key_inner.h"

#define USER_ID "1234567812345678"
#define SCALAR_BYTES 32
#define POINT_BYTES 65
#define DER_BYTES_MAX 80 /* two integers of at most 33 bytes with their heads take 72 */

static bool in_range(const BIGNUM *d, const EC_GROUP *group)
{
	/* 1 <= d <= n - 2: 1 + d must have an inverse. */
	const BIGNUM *n = EC_GROUP_get0_order(group);
	BIGNUM *sum = BN_dup(d);
	bool ok = sum && !BN_is_zero(d) && BN_add_word(sum, 1) == 1 && BN_cmp(sum, n) < 0;

	BN_clear_free(sum);
	return ok;
}

bool sm2_public_of(const uint8_t *secret, uint8_t *ret_public)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	BIGNUM *d = BN_secure_new();
	bool ok = point && d && BN_bin2bn(secret, SCALAR_BYTES, d) && in_range(d, group) &&
		EC_POINT_mul(group, point, d, NULL, NULL, NULL) == 1 &&
		EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_public,
			POINT_BYTES, NULL) == POINT_BYTES;

	BN_clear_free(d);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	return ok;
}

bool sm2_public_holds(const uint8_t *public)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_sm2);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;
	/* Reading a point checks that it is on the curve; the curve's cofactor is 1. */
	bool ok = point && public[0] == POINT_CONVERSION_UNCOMPRESSED &&
		EC_POINT_oct2point(group, point, public, POINT_BYTES, NULL) == 1;

	EC_POINT_free(point);
	EC_GROUP_free(group);
	return ok;
}

/* The key as OpenSSL wants it; with the secret half when `secret` is not NULL. */
static EVP_PKEY *pkey_new(const uint8_t *public, const uint8_t *secret)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
	BIGNUM *d = secret ? BN_secure_new() : NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *ret = NULL;
	bool ok = build && context && (!secret || (d && BN_bin2bn(secret, SCALAR_BYTES, d))) &&
		OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public,
			POINT_BYTES) == 1 &&
		(!d || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1);

	params = ok ? OSSL_PARAM_BLD_to_param(build) : NULL;
	if (params && EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(context, &ret, d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			params) != 1)
		ret = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(d);
	EVP_PKEY_CTX_free(context);
	return ret;
}

/* A digest context with the user id set. `*ret_inner` is freed by the caller after it. */
static EVP_MD_CTX *context_new(EVP_PKEY *pkey, EVP_PKEY_CTX **ret_inner)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = pkey ? EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL) : NULL;

	*ret_inner = inner;
	if (context && inner && EVP_PKEY_CTX_set1_id(inner, USER_ID, sizeof(USER_ID) - 1) == 1) {
		EVP_MD_CTX_set_pkey_ctx(context, inner);
		return context;
	}
	EVP_MD_CTX_free(context);
	return NULL;
}

static bool raw_from_der(const uint8_t *der, size_t len, uint8_t *ret)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, SCALAR_BYTES) == SCALAR_BYTES &&
		BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + SCALAR_BYTES, SCALAR_BYTES) ==
			SCALAR_BYTES;

	ECDSA_SIG_free(sig);
	return ok;
}

/* One INTEGER of the DER form: without leading zeros, and one zero before a high bit. */
static size_t put_integer(uint8_t *to, const uint8_t *scalar)
{
	size_t skip = 0, pad, len;

	while (skip < SCALAR_BYTES - 1 && scalar[skip] == 0)
		skip++;
	pad = scalar[skip] >> 7;
	len = SCALAR_BYTES - skip;
	to[0] = 2;
	to[1] = (uint8_t)(len + pad);
	to[2] = 0;
	memcpy(to + 2 + pad, scalar + skip, len);
	return 2 + pad + len;
}

static size_t der_from_raw(const uint8_t *raw, uint8_t *ret)
{
	size_t len = put_integer(ret + 2, raw);

	len += put_integer(ret + 2 + len, raw + SCALAR_BYTES);
	ret[0] = 0x30;
	ret[1] = (uint8_t)len;
	return 2 + len;
}

bool sm2_sign(const struct key *k, struct str message, uint8_t *ret)
{
	EVP_PKEY *pkey = pkey_new(k->pub.at, k->secret);
	EVP_PKEY_CTX *inner = NULL;
	EVP_MD_CTX *context = context_new(pkey, &inner);
	uint8_t der[DER_BYTES_MAX];
	size_t len = sizeof(der);
	bool ok = context && EVP_DigestSignInit(context, NULL, EVP_sm3(), NULL, pkey) == 1 &&
		EVP_DigestSign(context, der, &len, (const uint8_t *)message.at, message.len) == 1 &&
		raw_from_der(der, len, ret);

	EVP_MD_CTX_free(context);
	EVP_PKEY_CTX_free(inner);
	EVP_PKEY_free(pkey);
	return ok;
}

bool sm2_verify(const struct key_public *k, struct str message, const uint8_t *signature)
{
	EVP_PKEY *pkey = pkey_new(k->at, NULL);
	EVP_PKEY_CTX *inner = NULL;
	EVP_MD_CTX *context = context_new(pkey, &inner);
	uint8_t der[DER_BYTES_MAX];
	size_t len = der_from_raw(signature, der);
	bool ok = context && EVP_DigestVerifyInit(context, NULL, EVP_sm3(), NULL, pkey) == 1 &&
		EVP_DigestVerify(context, der, len, (const uint8_t *)message.at, message.len) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_CTX_free(inner);
	EVP_PKEY_free(pkey);
	return ok;
}
