/* webauthn.c - see webauthn.h. */
#include "crypto/webauthn.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <pthread.h>
#include <string.h>

#include "base/cbor.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/digest.h"

#define HEAD_BYTES 37          /* RP id's digest, flags, counter */
#define AAGUID_BYTES 16
#define SIGNATURE_BYTES_MAX 256 /* RS256 by the only modulus libfido2 takes, 2048 bits */
#define ALGORITHM_LABEL 3      /* of a COSE key */

enum flag {
	FLAG_PRESENT = 1 << 0, FLAG_VERIFIED = 1 << 2, FLAG_CREDENTIAL = 1 << 6,
	FLAG_EXTENSIONS = 1 << 7
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_init(void)
{
	fido_init(FIDO_DISABLE_U2F_FALLBACK); /* no device is ever opened */
}

/* ---- client data ----------------------------------------------------------------------------- */

static enum err_code check_client_data(struct arena *a, const struct webauthn_expected *expected,
	const char *type, struct str text, struct err *e)
{
	const struct json *cross;
	struct str said, challenge, origin;
	struct json *v;

	if (text.len > LIMIT_PASSKEY_CLIENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "client data is over %d bytes",
			LIMIT_PASSKEY_CLIENT_BYTES);
	if (json_parse(a, text, &v, e) != ERR_OK)
		return err_in(e, "client data");
	TRY(json_need_str(v, "type", &said, e));
	TRY(json_need_str(v, "challenge", &challenge, e));
	TRY(json_need_str(v, "origin", &origin, e));
	cross = json_get(v, "crossOrigin");
	if (cross && cross->type != JSON_FALSE && cross->type != JSON_TRUE)
		return err_set(e, ERR_INVALID, "member \"crossOrigin\" is neither true nor false");
	if (!str_is(said, type))
		return err_set(e, ERR_DENIED, "passkey was asked for something else than \"%s\"",
			type);
	if (!str_eq(challenge, expected->challenge))
		return err_set(e, ERR_DENIED, "passkey answered another challenge");
	if (!str_eq(origin, expected->origin))
		return err_set(e, ERR_DENIED, "passkey was used at another origin, \"%s\"",
			str_quote(a, origin));
	if (json_true(cross) || json_get(v, "topOrigin"))
		return err_set(e, ERR_DENIED, "passkey was used inside a page of others");
	return ERR_OK;
}

/* ---- authenticator data ---------------------------------------------------------------------- */

struct authenticator_data {
	unsigned flags;
	uint32_t counter;
	struct str credential_id, key;
	int64_t algorithm;
};

static unsigned byte_at(struct str s, size_t i)
{
	return (uint8_t)s.at[i];
}

/* The algorithm of a COSE key: the value of label 3. */
static enum err_code read_algorithm(struct str key, int64_t *ret, struct err *e)
{
	struct cbor c = { key };
	struct cbor_item map;
	bool found = false;

	TRY(cbor_need(&c, CBOR_MAP, "public key", &map, e));
	for (uint64_t i = 0; i < map.number; i++) {
		struct cbor_item label, value;
		struct str item;
		TRY(cbor_next(&c, &label, e));
		if (label.kind != CBOR_UNSIGNED || label.number != ALGORITHM_LABEL) {
			if (label.kind == CBOR_ARRAY || label.kind == CBOR_MAP)
				return err_set(e, ERR_INVALID, "public key has a strange label");
			TRY(cbor_skip(&c, &item, e));
			continue;
		}
		TRY(cbor_need(&c, CBOR_NEGATIVE, "algorithm of the public key", &value, e));
		if (found || value.number > INT32_MAX)
			return err_set(e, ERR_INVALID, "public key has no single algorithm");
		found = true;
		*ret = -1 - (int64_t)value.number;
	}
	return found ? ERR_OK : err_set(e, ERR_INVALID, "public key names no algorithm");
}

static enum err_code read_credential(struct str *rest, struct authenticator_data *d, struct err *e)
{
	struct cbor c;
	size_t len;

	if (rest->len < AAGUID_BYTES + 2)
		return err_set(e, ERR_INVALID, "authenticator data ends in the credential");
	len = byte_at(*rest, AAGUID_BYTES) << 8 | byte_at(*rest, AAGUID_BYTES + 1);
	*rest = str_skip(*rest, AAGUID_BYTES + 2);
	if (len == 0 || len > LIMIT_PASSKEY_ID_BYTES || len > rest->len)
		return err_set(e, ERR_INVALID, "credential id has %zu bytes", len);
	d->credential_id = (struct str){ rest->at, len };
	c.rest = str_skip(*rest, len);
	TRY(cbor_skip(&c, &d->key, e));
	*rest = c.rest;
	return read_algorithm(d->key, &d->algorithm, e);
}

/* Everything in it, to the last byte; and that it is for us, by somebody verified. */
static enum err_code read_data(const struct webauthn_expected *expected, struct str bytes,
	struct authenticator_data *ret, struct err *e)
{
	struct digest rp = digest_sha256(expected->rp_id);
	struct authenticator_data d = { .flags = 0 };
	struct str rest, extensions;

	if (bytes.len < HEAD_BYTES || bytes.len > LIMIT_PASSKEY_DATA_BYTES)
		return err_set(e, ERR_INVALID, "authenticator data has %zu bytes", bytes.len);
	rest = str_skip(bytes, HEAD_BYTES);
	d.flags = byte_at(bytes, 32);
	for (size_t i = 33; i < HEAD_BYTES; i++)
		d.counter = d.counter << 8 | byte_at(bytes, i);
	if (d.flags & FLAG_CREDENTIAL)
		TRY(read_credential(&rest, &d, e));
	if (d.flags & FLAG_EXTENSIONS) {
		struct cbor c = { rest };
		struct cbor_item map;
		TRY(cbor_need(&c, CBOR_MAP, "extensions", &map, e));
		c.rest = rest;
		TRY(cbor_skip(&c, &extensions, e));
		rest = c.rest;
	}
	if (rest.len > 0)
		return err_set(e, ERR_INVALID, "%zu bytes stand behind the authenticator data",
			rest.len);
	if (memcmp(bytes.at, rp.at, WEBAUTHN_RP_BYTES) != 0)
		return err_set(e, ERR_DENIED, "passkey belongs to another site");
	if (!(d.flags & FLAG_PRESENT) || !(d.flags & FLAG_VERIFIED))
		return err_set(e, ERR_DENIED, "passkey did not verify its owner");
	*ret = d;
	return ERR_OK;
}

/* ---- attestation ----------------------------------------------------------------------------- */

struct attestation {
	struct str format, statement, data;
	uint64_t statement_count;
};

static enum err_code read_part(struct cbor *c, struct str name, struct attestation *ret,
	struct err *e)
{
	struct cbor_item item;
	struct str *part = str_is(name, "fmt") ? &ret->format :
		str_is(name, "attStmt") ? &ret->statement :
		str_is(name, "authData") ? &ret->data : NULL;

	if (!part || part->at)
		return err_set(e, ERR_INVALID, "attestation has a strange member");
	if (part == &ret->statement) {
		struct cbor whole = *c;
		TRY(cbor_need(c, CBOR_MAP, "statement of the attestation", &item, e));
		ret->statement_count = item.number;
		TRY(cbor_skip(&whole, part, e));
		*c = whole;
		return ERR_OK;
	}
	TRY(cbor_need(c, part == &ret->format ? CBOR_TEXT : CBOR_BYTES, "part of the attestation",
		&item, e));
	*part = item.bytes;
	return ERR_OK;
}

static enum err_code read_attestation(struct str bytes, struct attestation *ret, struct err *e)
{
	struct cbor c = { bytes };
	struct cbor_item map, name;

	if (bytes.len > LIMIT_PASSKEY_ATTESTATION_BYTES)
		return err_set(e, ERR_TOO_LARGE, "attestation is over %d bytes",
			LIMIT_PASSKEY_ATTESTATION_BYTES);
	TRY(cbor_need(&c, CBOR_MAP, "attestation", &map, e));
	if (map.number != 3)
		return err_set(e, ERR_INVALID, "attestation has not three members");
	for (int i = 0; i < 3; i++) {
		TRY(cbor_need(&c, CBOR_TEXT, "member of the attestation", &name, e));
		TRY(read_part(&c, name.bytes, ret, e));
	}
	return c.rest.len == 0 ? ERR_OK :
		err_set(e, ERR_INVALID, "%zu bytes stand behind the attestation", c.rest.len);
}

/* Does the statement of a packed attestation bring a certificate? */
static enum err_code has_certificate(struct str statement, bool *ret, struct err *e)
{
	struct cbor c = { statement };
	struct cbor_item map, name;
	struct str value;

	*ret = false;
	TRY(cbor_need(&c, CBOR_MAP, "statement of the attestation", &map, e));
	for (uint64_t i = 0; i < map.number; i++) {
		TRY(cbor_need(&c, CBOR_TEXT, "member of the statement", &name, e));
		TRY(cbor_skip(&c, &value, e));
		*ret = *ret || str_is(name.bytes, "x5c");
	}
	return ERR_OK;
}

/* ---- libfido2 -------------------------------------------------------------------------------- */

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)s.at;
}

/* Fills the library's object of a new passkey; what it refuses, it refuses. */
static bool fill_credential(struct arena *a, fido_cred_t *cred, const struct attestation *att,
	const struct webauthn_expected *expected, struct str client_data, int algorithm)
{
	struct digest d = digest_sha256(client_data);
	const char *rp = str_z(a, expected->rp_id), *format = str_z(a, att->format);

	return rp && format && fido_cred_set_type(cred, algorithm) == FIDO_OK &&
		fido_cred_set_rp(cred, rp, NULL) == FIDO_OK &&
		fido_cred_set_clientdata_hash(cred, d.at, DIGEST_BYTES) == FIDO_OK &&
		fido_cred_set_uv(cred, FIDO_OPT_TRUE) == FIDO_OK &&
		fido_cred_set_authdata_raw(cred, bytes_of(att->data), att->data.len) == FIDO_OK &&
		fido_cred_set_fmt(cred, format) == FIDO_OK;
}

static enum err_code check_attestation(fido_cred_t *cred, const struct attestation *att,
	const char **ret, struct err *e)
{
	bool certificate;
	int held;

	if (str_is(att->format, "none")) {
		if (att->statement_count > 0)
			return err_set(e, ERR_INVALID, "attestation \"none\" states something");
		*ret = "none";
		return ERR_OK;
	}
	TRY(has_certificate(att->statement, &certificate, e));
	if (fido_cred_set_attstmt(cred, bytes_of(att->statement), att->statement.len) != FIDO_OK)
		return err_set(e, ERR_INVALID, "statement of the attestation is malformed");
	held = certificate ? fido_cred_verify(cred) : fido_cred_verify_self(cred);
	if (held != FIDO_OK)
		return err_set(e, ERR_DENIED, "signature of the attestation does not hold");
	*ret = certificate ? "packed" : "self";
	return ERR_OK;
}

static void public_drop(enum webauthn_algorithm algorithm, void *pk)
{
	if (algorithm == WEBAUTHN_ES256)
		es256_pk_free((es256_pk_t **)&pk);
	else if (algorithm == WEBAUTHN_EDDSA)
		eddsa_pk_free((eddsa_pk_t **)&pk);
	else
		rs256_pk_free((rs256_pk_t **)&pk);
}

/* A public key in the library's form, or NULL when it is none. */
static void *public_new(enum webauthn_algorithm algorithm, struct str bytes)
{
	int made;
	void *pk = algorithm == WEBAUTHN_ES256 ? (void *)es256_pk_new() :
		algorithm == WEBAUTHN_EDDSA ? (void *)eddsa_pk_new() : (void *)rs256_pk_new();

	CHECK(pk != NULL);
	if (algorithm == WEBAUTHN_ES256)
		made = es256_pk_from_ptr(pk, bytes.at, bytes.len);
	else if (algorithm == WEBAUTHN_EDDSA)
		made = eddsa_pk_from_ptr(pk, bytes.at, bytes.len);
	else
		made = rs256_pk_from_ptr(pk, bytes.at, bytes.len);
	if (made == FIDO_OK)
		return pk;
	public_drop(algorithm, pk);
	return NULL;
}

static enum err_code take_credential(struct arena *a, fido_cred_t *cred,
	struct webauthn_credential *ret, struct err *e)
{
	const void *public = fido_cred_pubkey_ptr(cred);
	size_t len = fido_cred_pubkey_len(cred);
	void *pk;

	if (!public || len == 0 || len > WEBAUTHN_PUBLIC_BYTES_MAX)
		return err_set(e, ERR_INVALID, "public key has %zu bytes", len);
	ret->public = str_copy(a, (struct str){ public, len });
	ret->id = str_copy(a, ret->id);
	if (!ret->public.at || !ret->id.at)
		return err_set(e, ERR_TOO_LARGE, "passkey needs too much memory");
	pk = public_new(ret->algorithm, ret->public);
	if (!pk)
		return err_set(e, ERR_INVALID, "public key is none of its algorithm");
	public_drop(ret->algorithm, pk);
	return ERR_OK;
}

static bool is_known(int64_t algorithm)
{
	return algorithm == WEBAUTHN_ES256 || algorithm == WEBAUTHN_EDDSA ||
		algorithm == WEBAUTHN_RS256;
}

enum err_code webauthn_register(struct arena *a, const struct webauthn_expected *expected,
	struct str client_data, struct str attestation, struct webauthn_credential *ret,
	struct err *e)
{
	struct attestation att = { .statement_count = 0 };
	struct webauthn_credential found = { .counter = 0 };
	struct authenticator_data data;
	enum err_code code = ERR_OK;
	fido_cred_t *cred;

	TRY(check_client_data(a, expected, "webauthn.create", client_data, e));
	TRY(read_attestation(attestation, &att, e));
	TRY(read_data(expected, att.data, &data, e));
	if (!data.credential_id.at)
		return err_set(e, ERR_INVALID, "authenticator data brings no credential");
	if (!is_known(data.algorithm))
		return err_set(e, ERR_UNSUPPORTED, "algorithm %lld of the passkey is not taken",
			(long long)data.algorithm);
	if (!str_is(att.format, "none") && !str_is(att.format, "packed"))
		return err_set(e, ERR_UNSUPPORTED, "attestation of form \"%s\" is not taken",
			str_quote(a, att.format));
	CHECK(pthread_once(&library_once, library_init) == 0);
	cred = fido_cred_new();
	CHECK(cred != NULL);
	found = (struct webauthn_credential){ .id = data.credential_id,
		.algorithm = (enum webauthn_algorithm)data.algorithm, .counter = data.counter };
	if (!fill_credential(a, cred, &att, expected, client_data, (int)data.algorithm))
		code = err_set(e, ERR_INVALID, "public key of the passkey is malformed");
	if (code == ERR_OK)
		code = check_attestation(cred, &att, &found.attestation, e);
	if (code == ERR_OK)
		code = take_credential(a, cred, &found, e);
	fido_cred_free(&cred);
	if (code == ERR_OK)
		*ret = found;
	return code;
}

static bool signature_holds(const char *rp, const struct webauthn_assertion *assertion,
	enum webauthn_algorithm algorithm, const void *pk)
{
	struct digest d = digest_sha256(assertion->client_data);
	struct str data = assertion->authenticator_data, signature = assertion->signature;
	fido_assert_t *x = fido_assert_new();
	bool held;

	CHECK(x != NULL);
	held = fido_assert_set_clientdata_hash(x, d.at, DIGEST_BYTES) == FIDO_OK &&
		fido_assert_set_rp(x, rp) == FIDO_OK && fido_assert_set_count(x, 1) == FIDO_OK &&
		fido_assert_set_up(x, FIDO_OPT_TRUE) == FIDO_OK &&
		fido_assert_set_uv(x, FIDO_OPT_TRUE) == FIDO_OK &&
		fido_assert_set_authdata_raw(x, 0, bytes_of(data), data.len) == FIDO_OK &&
		fido_assert_set_sig(x, 0, bytes_of(signature), signature.len) == FIDO_OK &&
		fido_assert_verify(x, 0, (int)algorithm, pk) == FIDO_OK;
	fido_assert_free(&x);
	return held;
}

enum err_code webauthn_assert(struct arena *a, const struct webauthn_expected *expected,
	const struct webauthn_credential *credential, const struct webauthn_assertion *assertion,
	uint32_t *ret_counter, struct err *e)
{
	struct authenticator_data data;
	const char *rp = str_z(a, expected->rp_id);
	bool held;
	void *pk;

	TRY(check_client_data(a, expected, "webauthn.get", assertion->client_data, e));
	TRY(read_data(expected, assertion->authenticator_data, &data, e));
	if (data.flags & FLAG_CREDENTIAL)
		return err_set(e, ERR_INVALID, "authenticator data brings a credential");
	if (assertion->signature.len == 0 || assertion->signature.len > SIGNATURE_BYTES_MAX)
		return err_set(e, ERR_INVALID, "signature has %zu bytes",
			assertion->signature.len);
	if (!rp)
		return err_set(e, ERR_TOO_LARGE, "passkey needs too much memory");
	CHECK(pthread_once(&library_once, library_init) == 0);
	pk = public_new(credential->algorithm, credential->public);
	if (!pk)
		return err_set(e, ERR_CORRUPT, "public key kept of the passkey is none");
	held = signature_holds(rp, assertion, credential->algorithm, pk);
	public_drop(credential->algorithm, pk);
	if (!held)
		return err_set(e, ERR_DENIED, "signature of the passkey does not hold");
	*ret_counter = data.counter;
	return ERR_OK;
}

/* ---- the place ------------------------------------------------------------------------------- */

/* Browsers take names only: no IPv6 in brackets, no four numbers. */
static bool is_name(struct str host)
{
	bool letter = false;

	for (size_t i = 0; i < host.len; i++) {
		char c = host.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
			return false;
		letter = letter || (c >= 'a' && c <= 'z');
	}
	return letter;
}

bool webauthn_place(struct arena *a, struct str url, struct str *ret_origin, struct str *ret_rp_id)
{
	bool tls = str_starts(url, "https://");
	struct str rest = str_skip(url, tls ? 8 : 7), authority, port, host;

	if (!tls && !str_starts(url, "http://"))
		return false;
	authority = str_cut(&rest, '/');
	port = authority;
	host = str_cut(&port, ':');
	if (!is_name(host) || (!tls && !str_is(host, "localhost")))
		return false;
	if (str_is(port, tls ? "443" : "80"))
		authority = host;
	*ret_rp_id = str_copy(a, host);
	*ret_origin = str_printf(a, "%s://" STR_FMT, tls ? "https" : "http", STR_ARG(authority));
	return ret_rp_id->at && ret_origin->at;
}
