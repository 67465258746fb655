/* vc_jwt.c - a statement as a compact JWS (VC-JOSE-COSE, "application/vc+jwt"). */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/did.h"
#include "credential/proof.h"
#include "credential/proof_inner.h"

#define TYP "vc+jwt"
#define CTY "vc"
#define ALG "EdDSA"
#define HEADER_TEXT_MAX 2048     /* four short members */
#define SIGNATURE_TEXT_BYTES 86  /* 64 bytes in base64url */
#define JWT_BYTES_MAX                                                                              \
	(HEADER_TEXT_MAX + (LIMIT_STATEMENT_BYTES * 4 + 2) / 3 + SIGNATURE_TEXT_BYTES + 2)

static enum err_code header_text(struct arena *a, struct str method, struct str *ret, struct err *e)
{
	struct json *header = json_new_object(a);

	header = json_set_text(a, header, "alg", ALG);
	header = json_set_text(a, header, "cty", CTY);
	header = json_set_str(a, header, "kid", method);
	header = json_set_text(a, header, "typ", TYP);
	return json_jcs(a, header, ret, e);
}

enum err_code vc_jwt_sign(struct arena *a, const struct json *doc, const struct key *k,
	struct str method, struct str *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };
	uint8_t signature[KEY_SIGNATURE_BYTES];
	struct str header, payload, text;

	CHECK(k->pub.type == KEY_ED25519);
	TRY(header_text(a, method, &header, e));
	TRY(json_jcs(a, json_without(a, doc, "proof"), &payload, e));
	buf_init(&b, JWT_BYTES_MAX);
	base64url_put(&b, (const uint8_t *)header.at, header.len);
	buf_put_char(&b, '.');
	base64url_put(&b, (const uint8_t *)payload.at, payload.len);
	TRY(buf_check(&b, "vc+jwt", e));
	TRY(key_sign(k, buf_str(&b), signature, e));
	buf_put_char(&b, '.');
	base64url_put(&b, signature, sizeof(signature));
	TRY(buf_check(&b, "vc+jwt", e));
	text = str_copy(a, buf_str(&b));
	if (!text.at)
		return err_set(e, ERR_TOO_LARGE, "vc+jwt does not fit in memory");
	*ret = text;
	return ERR_OK;
}

/* ---- checking ------------------------------------------------------------------------------ */

struct jwt {
	struct str header, payload, signature; /* base64url */
	struct str message;                    /* the first two with their dot */
};

static enum err_code split(struct str text, struct jwt *ret, struct err *e)
{
	struct str rest = text;
	struct jwt j;

	j.header = str_cut(&rest, '.');
	j.payload = str_cut(&rest, '.');
	j.signature = rest;
	if (!rest.at || memchr(rest.at, '.', rest.len))
		return err_set(e, ERR_INVALID,
			"vc+jwt is not of three parts with dots between them");
	if (j.header.len > HEADER_TEXT_MAX)
		return err_set(e, ERR_TOO_LARGE, "header of the vc+jwt is over %d bytes",
			HEADER_TEXT_MAX);
	j.message = (struct str){ text.at, (size_t)(rest.at - text.at) - 1 };
	*ret = j;
	return ERR_OK;
}

/* Exactly what vc_jwt_sign writes, in any order: a member that is not understood could change what
 * the signature means. */
static enum err_code read_header(struct arena *a, struct str text, struct str *ret_method,
	struct err *e)
{
	struct str bytes, alg, cty, kid, typ;
	struct json *header;

	TRY(base64url_decode(a, text, &bytes, e));
	TRY(json_parse(a, bytes, &header, e));
	TRY(json_need_str(header, "alg", &alg, e));
	TRY(json_need_str(header, "cty", &cty, e));
	TRY(json_need_str(header, "kid", &kid, e));
	TRY(json_need_str(header, "typ", &typ, e));
	if (json_count(header) != 4)
		return err_set(e, ERR_UNSUPPORTED,
			"header has members other than alg, cty, kid and typ");
	if (!str_is(alg, ALG))
		return err_set(e, ERR_UNSUPPORTED, "\"alg\" is not " ALG);
	if (!str_is(typ, TYP))
		return err_set(e, ERR_DENIED, "\"typ\" is not " TYP);
	if (!str_is(cty, CTY))
		return err_set(e, ERR_DENIED, "\"cty\" is not " CTY);
	if (!did_method_is_valid(kid))
		return err_set(e, ERR_INVALID, "\"kid\" is not a key of a did:web name");
	*ret_method = kid;
	return ERR_OK;
}

/* The payload must be the very bytes that the proofs of the statement stand for. */
static enum err_code check_payload(struct arena *a, struct str text, const struct statement *s,
	struct err *e)
{
	size_t head = s->unsigned_head.len, tail = s->unsigned_tail.len;
	struct str bytes;

	TRY(base64url_decode(a, text, &bytes, e));
	if (bytes.len != head + tail || memcmp(bytes.at, s->unsigned_head.at, head) != 0 ||
		memcmp(bytes.at + head, s->unsigned_tail.at, tail) != 0)
		return err_set(e, ERR_DENIED, "payload is not the statement in its canonical form");
	return ERR_OK;
}

static enum err_code verify(struct arena *a, struct str jwt, const struct statement *s, int64_t at,
	const struct key_finder *finder, struct err *e)
{
	uint8_t signature[KEY_SIGNATURE_BYTES];
	struct str method, did;
	struct key_public key;
	struct jwt j;

	TRY(split(jwt, &j, e));
	TRY(read_header(a, j.header, &method, e));
	TRY(check_payload(a, j.payload, s, e));
	TRY(base64url_decode_fixed(j.signature, signature, sizeof(signature), e));
	did = did_of_method(method);
	if (!str_eq(did, s->issuer))
		return err_set(e, ERR_DENIED,
			"it is signed by \"" STR_FMT "\", who does not issue it", STR_ARG(did));
	TRY(proof_find_key(finder, method, KEY_ED25519, /* created= */ 0, at, &key, e));
	return key_verify(&key, j.message, signature, e);
}

enum err_code vc_jwt_verify(struct arena *a, struct str jwt, const struct statement *s,
	int64_t at, const struct key_finder *finder, struct err *e)
{
	if (jwt.len > JWT_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "vc+jwt of %zu bytes is over %d", jwt.len,
			JWT_BYTES_MAX);
	if (verify(a, jwt, s, at, finder, e) != ERR_OK)
		return err_in(e, "vc+jwt");
	return ERR_OK;
}
