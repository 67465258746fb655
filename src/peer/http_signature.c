/* http_signature.c - see http_signature.h. The grammar is RFC 8941's, cut down to our profile:
 * keys, strings without backslash, plain integers, byte sequences, and no space where none is
 * needed. */
#include "peer/http_signature.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/digest.h"

#define COMPONENTS_MAX 16
#define BASE_BYTES_MAX 16384
#define NONCE_CHARS_MIN 22 /* 16 bytes in base64url */
#define NONCE_CHARS_MAX 64
#define INTEGER_DIGITS_MAX 15 /* RFC 8941 section 3.3.1 */

static const char *const required[] = {
	"@method", "@authority", "@path", "content-digest", "content-type",
};
#define REQUIRED_COUNT (sizeof(required) / sizeof(required[0]))

/* ---- structured fields ---------------------------------------------------------------------- */

static bool take_char(struct str *rest, char c)
{
	if (rest->len == 0 || rest->at[0] != c)
		return false;
	*rest = str_skip(*rest, 1);
	return true;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_base64url(char c)
{
	return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static bool is_printable(char c)
{
	return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

static bool take_key(struct str *rest, struct str *ret)
{
	size_t n = 0;
	while (n < rest->len) {
		char c = rest->at[n];
		bool first = is_lower(c) || c == '*';
		bool later = is_digit(c) || c == '_' || c == '-' || c == '.';
		if (!first && !(n > 0 && later))
			break;
		n++;
	}
	if (n == 0)
		return false;
	*ret = (struct str){ .at = rest->at, .len = n };
	*rest = str_skip(*rest, n);
	return true;
}

static bool take_string(struct str *rest, struct str *ret)
{
	struct str s = *rest;
	if (!take_char(&s, '"'))
		return false;
	size_t n = 0;
	while (n < s.len && is_printable(s.at[n]))
		n++;
	*ret = (struct str){ .at = s.at, .len = n };
	s = str_skip(s, n);
	if (!take_char(&s, '"'))
		return false;
	*rest = s;
	return true;
}

static bool take_integer(struct str *rest, int64_t *ret)
{
	size_t n = 0;
	int64_t value = 0;
	while (n < rest->len && n <= INTEGER_DIGITS_MAX && is_digit(rest->at[n])) {
		value = value * 10 + (rest->at[n] - '0');
		n++;
	}
	if (n == 0 || n > INTEGER_DIGITS_MAX || (n > 1 && rest->at[0] == '0'))
		return false;
	*ret = value;
	*rest = str_skip(*rest, n);
	return true;
}

/* ":<base64>:" to the end of the field. */
static bool whole_byte_sequence(struct str rest, struct str *ret)
{
	if (rest.len < 2 || rest.at[0] != ':' || rest.at[rest.len - 1] != ':')
		return false;
	*ret = (struct str){ .at = rest.at + 1, .len = rest.len - 2 };
	return true;
}

struct components {
	size_t count;
	struct str names[COMPONENTS_MAX];
};

/* ("a" "b") - items parted by exactly one space. */
static enum err_code take_components(struct str *rest, struct components *ret, struct err *e)
{
	if (!take_char(rest, '('))
		return err_set(e, ERR_INVALID, "signature input lacks its list of components");
	ret->count = 0;
	while (!take_char(rest, ')')) {
		if (ret->count == COMPONENTS_MAX)
			return err_set(e, ERR_TOO_LARGE, "signature input names over %d components",
				COMPONENTS_MAX);
		if (ret->count > 0 && !take_char(rest, ' '))
			return err_set(e, ERR_INVALID, "components of a signature need one space "
				"between");
		if (!take_string(rest, &ret->names[ret->count]))
			return err_set(e, ERR_INVALID, "component %zu of the signature is "
				"malformed", ret->count + 1);
		if (rest->len > 0 && rest->at[0] == ';')
			return err_set(e, ERR_UNSUPPORTED, "component %zu of the signature has "
				"parameters", ret->count + 1);
		ret->count++;
	}
	return ERR_OK;
}

/* ---- the base ------------------------------------------------------------------------------- */

static enum err_code put_component(struct buf *b, const struct http_request *r, struct str name,
	struct err *e)
{
	buf_put_char(b, '"');
	buf_put_str(b, name);
	buf_put_text(b, "\": ");
	if (name.len > 0 && name.at[0] == '@') {
		struct str value;
		if (str_is(name, "@method"))
			value = r->method;
		else if (str_is(name, "@authority"))
			value = r->authority;
		else if (str_is(name, "@path"))
			value = r->path.len > 0 ? r->path : STR("/");
		else
			return err_set(e, ERR_UNSUPPORTED, "signature covers an unknown component "
				"\"" STR_FMT "\"", STR_ARG(name));
		buf_put_str(b, value);
		buf_put_char(b, '\n');
		return ERR_OK;
	}
	size_t found = 0;
	for (size_t i = 0; i < r->header_count; i++) {
		if (!str_eq(r->headers[i].name, name))
			continue;
		if (found++ > 0)
			buf_put_text(b, ", ");
		buf_put_str(b, str_trim(r->headers[i].value));
	}
	if (found == 0)
		return err_set(e, ERR_INVALID, "signature covers header \"" STR_FMT
			"\", which the request lacks", STR_ARG(name));
	buf_put_char(b, '\n');
	return ERR_OK;
}

enum err_code http_signature_put_base(struct buf *b, const struct http_request *r,
	struct str params, struct err *e)
{
	CHECK(r->header_count <= HTTP_HEADERS_MAX);
	struct components c = { 0 };
	struct str rest = params;
	TRY(take_components(&rest, &c, e));
	for (size_t i = 0; i < c.count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (str_eq(c.names[i], c.names[j]))
				return err_set(e, ERR_INVALID,
					"signature names component \"" STR_FMT "\" twice",
					STR_ARG(c.names[i]));
		}
		TRY(put_component(b, r, c.names[i], e));
	}
	buf_put_text(b, "\"@signature-params\": ");
	buf_put_str(b, params);
	return buf_check(b, "signature base", e);
}

struct str http_signature_digest(struct arena *a, struct str body)
{
	struct digest d = digest_sha256(body);
	struct str text = base64_new(a, d.at, sizeof(d.at));
	if (!text.at)
		return text;
	return str_printf(a, "sha-256=:" STR_FMT ":", STR_ARG(text));
}

/* ---- signing ------------------------------------------------------------------------------- */

static bool keyid_is_plain(struct str keyid)
{
	if (keyid.len == 0 || keyid.len > LIMIT_ID_BYTES)
		return false;
	for (size_t i = 0; i < keyid.len; i++) {
		if (!is_printable(keyid.at[i]))
			return false;
	}
	return true;
}

enum err_code http_signature_sign(struct arena *a, const struct http_request *r, struct str keyid,
	const struct key *k, int64_t now, const uint8_t nonce[16], struct http_header ret[3],
	struct err *e)
{
	CHECK(k->pub.type == KEY_ED25519);
	CHECK(r->header_count < HTTP_HEADERS_MAX);
	if (!keyid_is_plain(keyid))
		return err_set(e, ERR_INVALID, "key id cannot stand in a signature header");
	struct http_request whole = *r;
	struct str digest = http_signature_digest(a, r->body);
	struct str nonce_text = base64url_new(a, nonce, 16);
	if (!digest.at || !nonce_text.at)
		return err_set(e, ERR_TOO_LARGE, "no room to sign a request");
	whole.headers[whole.header_count++] = (struct http_header){ STR("content-digest"), digest };
	struct str params = str_printf(a, "(\"@method\" \"@authority\" \"@path\" "
		"\"content-digest\" \"content-type\");created=%lld;expires=%lld;nonce=\"" STR_FMT
		"\";keyid=\"" STR_FMT "\";alg=\"ed25519\";tag=\"huren\"", (long long)now,
		(long long)now + LIMIT_SIGNATURE_SKEW_S, STR_ARG(nonce_text), STR_ARG(keyid));
	SCOPED_BUF base = { 0 };
	buf_init(&base, BASE_BYTES_MAX);
	TRY(http_signature_put_base(&base, &whole, params, e));
	uint8_t signature[KEY_SIGNATURE_BYTES];
	TRY(key_sign(k, buf_str(&base), signature, e));
	struct str signature_text = base64_new(a, signature, sizeof(signature));
	struct str input = str_printf(a, "sig1=" STR_FMT, STR_ARG(params));
	struct str value = str_printf(a, "sig1=:" STR_FMT ":", STR_ARG(signature_text));
	if (!params.at || !signature_text.at || !input.at || !value.at)
		return err_set(e, ERR_TOO_LARGE, "no room to sign a request");
	ret[0] = (struct http_header){ STR("content-digest"), digest };
	ret[1] = (struct http_header){ STR("signature-input"), input };
	ret[2] = (struct http_header){ STR("signature"), value };
	return ERR_OK;
}

/* ---- checking ------------------------------------------------------------------------------- */

struct signature_input {
	struct str label;
	struct str params;         /* what was signed: the list and its parameters as they stand */
	struct components components;
	int64_t created, expires;
	struct str nonce, keyid, alg, tag;
};

/* Exactly one header of that name. */
static enum err_code need_header(const struct http_request *r, const char *name, struct str *ret,
	struct err *e)
{
	size_t found = 0;
	struct str value = { 0 };
	for (size_t i = 0; i < r->header_count; i++) {
		if (!str_is(r->headers[i].name, name))
			continue;
		value = str_trim(r->headers[i].value);
		found++;
	}
	if (found == 0)
		return err_set(e, ERR_INVALID, "request lacks header \"%s\"", name);
	if (found > 1)
		return err_set(e, ERR_INVALID, "request has header \"%s\" twice", name);
	*ret = value;
	return ERR_OK;
}

enum { SEEN_CREATED = 1, SEEN_EXPIRES = 2, SEEN_NONCE = 4, SEEN_KEYID = 8, SEEN_ALG = 16,
	SEEN_TAG = 32, SEEN_ALL = 63 };

static enum err_code take_parameter(struct str *rest, struct signature_input *in, unsigned *seen,
	struct err *e)
{
	static const char *const names[] = { "created", "expires", "nonce", "keyid", "alg", "tag" };
	struct str *const texts[] = { NULL, NULL, &in->nonce, &in->keyid, &in->alg, &in->tag };
	int64_t *const times[] = { &in->created, &in->expires };
	struct str name;
	if (!take_char(rest, ';') || !take_key(rest, &name) || !take_char(rest, '='))
		return err_set(e, ERR_INVALID, "parameters of the signature are malformed");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_is(name, names[i]))
			continue;
		if (*seen & (1U << i))
			return err_set(e, ERR_INVALID, "signature has parameter \"%s\" twice",
				names[i]);
		*seen |= 1U << i;
		if (i < 2 ? !take_integer(rest, times[i]) : !take_string(rest, texts[i]))
			return err_set(e, ERR_INVALID, "signature parameter \"%s\" is malformed",
				names[i]);
		return ERR_OK;
	}
	return err_set(e, ERR_INVALID, "signature has the unknown parameter \"" STR_FMT "\"",
		STR_ARG(name));
}

static enum err_code parse_input(struct str text, struct signature_input *ret, struct err *e)
{
	struct signature_input in = { 0 };
	struct str rest = text;
	if (!take_key(&rest, &in.label) || !take_char(&rest, '='))
		return err_set(e, ERR_INVALID, "header \"signature-input\" is malformed");
	in.params = rest;
	TRY(take_components(&rest, &in.components, e));
	unsigned seen = 0;
	while (rest.len > 0)
		TRY(take_parameter(&rest, &in, &seen, e));
	if (seen != SEEN_ALL)
		return err_set(e, ERR_INVALID, "signature lacks one of created, expires, nonce, "
			"keyid, alg, tag");
	*ret = in;
	return ERR_OK;
}

static enum err_code check_components(const struct components *c, struct err *e)
{
	for (size_t i = 0; i < REQUIRED_COUNT; i++) {
		bool found = false;
		for (size_t j = 0; j < c->count; j++)
			found = found || str_is(c->names[j], required[i]);
		if (!found)
			return err_set(e, ERR_DENIED, "signature does not cover \"%s\"",
				required[i]);
	}
	if (c->count != REQUIRED_COUNT)
		return err_set(e, ERR_DENIED, "signature covers more than the agreed components");
	return ERR_OK;
}

static enum err_code check_parameters(const struct signature_input *in, int64_t now, struct err *e)
{
	if (!str_is(in->alg, "ed25519"))
		return err_set(e, ERR_DENIED, "signature algorithm is not \"ed25519\"");
	if (!str_is(in->tag, "huren"))
		return err_set(e, ERR_DENIED, "signature tag is not \"huren\"");
	if (in->nonce.len < NONCE_CHARS_MIN || in->nonce.len > NONCE_CHARS_MAX)
		return err_set(e, ERR_INVALID, "signature nonce must have %d to %d characters",
			NONCE_CHARS_MIN, NONCE_CHARS_MAX);
	for (size_t i = 0; i < in->nonce.len; i++) {
		if (!is_base64url(in->nonce.at[i]))
			return err_set(e, ERR_INVALID, "signature nonce is not base64url");
	}
	if (!str_starts(in->keyid, "did:") || in->keyid.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_INVALID, "signature key id is not a DID URL");
	if (in->expires <= in->created || in->expires > in->created + LIMIT_SIGNATURE_SKEW_S)
		return err_set(e, ERR_INVALID, "signature must expire within %d seconds of its "
			"making", LIMIT_SIGNATURE_SKEW_S);
	if (in->created > now + LIMIT_SIGNATURE_SKEW_S)
		return err_set(e, ERR_DENIED, "signed request is from the future: made %lld "
			"seconds from now", (long long)(in->created - now));
	if (in->created < now - LIMIT_SIGNATURE_SKEW_S || in->expires < now)
		return err_set(e, ERR_DENIED, "signed request is stale: made %lld seconds ago",
			(long long)(now - in->created));
	return ERR_OK;
}

/* "sig1=:<64 bytes>:" with the label of the input. */
static enum err_code parse_signature(struct arena *a, struct str text, struct str label,
	struct str *ret, struct err *e)
{
	struct str rest = text;
	struct str name, encoded, bytes = { 0 };
	if (!take_key(&rest, &name) || !take_char(&rest, '=') ||
		!whole_byte_sequence(rest, &encoded))
		return err_set(e, ERR_INVALID, "header \"signature\" is malformed");
	if (!str_eq(name, label))
		return err_set(e, ERR_INVALID, "headers \"signature\" and \"signature-input\" "
			"differ in label");
	if (base64_decode(a, encoded, &bytes, e) != ERR_OK)
		return err_in(e, "header \"signature\"");
	if (bytes.len != KEY_SIGNATURE_BYTES)
		return err_set(e, ERR_INVALID, "signature has %zu bytes, not %d", bytes.len,
			KEY_SIGNATURE_BYTES);
	*ret = bytes;
	return ERR_OK;
}

enum err_code http_signature_verify(struct arena *a, const struct http_request *r, int64_t now,
	enum err_code (*find)(void *context, struct str keyid, struct key_public *ret,
		struct err *e),
	void *context, struct http_signature_found *ret, struct err *e)
{
	struct str input_text, signature_text, digest_text, type_text, signature = { 0 };
	TRY(need_header(r, "signature-input", &input_text, e));
	TRY(need_header(r, "signature", &signature_text, e));
	TRY(need_header(r, "content-digest", &digest_text, e));
	TRY(need_header(r, "content-type", &type_text, e));
	struct signature_input in = { 0 };
	TRY(parse_input(input_text, &in, e));
	TRY(check_components(&in.components, e));
	TRY(check_parameters(&in, now, e));
	TRY(parse_signature(a, signature_text, in.label, &signature, e));
	struct str digest = http_signature_digest(a, r->body);
	if (!digest.at)
		return err_set(e, ERR_TOO_LARGE, "no room to check a signed request");
	if (!str_eq(digest, digest_text))
		return err_set(e, ERR_DENIED, "content digest does not match the body received");
	struct key_public key = { 0 };
	TRY(find(context, in.keyid, &key, e));
	if (key.type != KEY_ED25519)
		return err_set(e, ERR_DENIED, "key \"" STR_FMT "\" is not an Ed25519 key",
			STR_ARG(in.keyid));
	SCOPED_BUF base = { 0 };
	buf_init(&base, BASE_BYTES_MAX);
	TRY(http_signature_put_base(&base, r, in.params, e));
	if (key_verify(&key, buf_str(&base), (const uint8_t *)signature.at, e) != ERR_OK)
		return err_in(e, "signed request of \"" STR_FMT "\"", STR_ARG(in.keyid));
	*ret = (struct http_signature_found){ .keyid = in.keyid, .nonce = in.nonce,
		.created = in.created, .expires = in.expires };
	return ERR_OK;
}
