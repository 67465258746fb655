/* receipt.c - writing receipts, and reading back nothing but what was written so. The form is fixed
 * to the byte and no part needs escaping, so it is matched from left to right: a mirror reads tens
 * of thousands a second.
 */
#include "credential/receipt.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/limits.h"
#include "credential/did.h"

#define PART_DIGEST "{\"digest\":\""
#define PART_DISCLOSURE "\",\"disclosure\":\""
#define PART_ID "\",\"id\":\""
#define PART_ISSUER "\",\"issuer\":\""
#define PART_KIND "\",\"kind\":\""
#define PART_TIME "\",\"time\":\""
#define PART_END "\",\"v\":1}"

void receipt_put(struct buf *b, const struct receipt *r)
{
	char when[INSTANT_TEXT_BYTES];

	CHECK(did_check(r->issuer, NULL) == ERR_OK);
	instant_format(r->time, when);
	buf_put_text(b, PART_DIGEST);
	base64url_put(b, r->digest.at, DIGEST_BYTES);
	buf_put_text(b, PART_DISCLOSURE);
	buf_put_text(b, disclosure_name(r->disclosure));
	buf_put_text(b, PART_ID);
	buf_put_str(b, r->id);
	buf_put_text(b, PART_ISSUER);
	buf_put_str(b, r->issuer);
	buf_put_text(b, PART_KIND);
	buf_put_text(b, kind_row(r->kind)->name);
	buf_put_text(b, PART_TIME);
	buf_put_text(b, when);
	buf_put_text(b, PART_END);
}

struct cursor {
	struct str all;
	struct str rest;
	struct err *e;
};

/* Takes `mark` off the front. */
static enum err_code take_mark(struct cursor *c, const char *mark)
{
	if (!str_starts(c->rest, mark))
		return err_set(c->e, ERR_INVALID, "receipt is not in its form at byte %zu",
			c->all.len - c->rest.len);
	c->rest = str_skip(c->rest, strlen(mark));
	return ERR_OK;
}

/* Takes `mark` and the text behind it, up to the next quote. */
static enum err_code take(struct cursor *c, const char *mark, struct str *ret)
{
	const char *end;

	TRY(take_mark(c, mark));
	end = c->rest.len > 0 ? memchr(c->rest.at, '"', c->rest.len) : NULL;
	if (!end)
		return err_set(c->e, ERR_INVALID, "receipt ends too early");
	*ret = (struct str){ c->rest.at, (size_t)(end - c->rest.at) };
	c->rest = str_skip(c->rest, ret->len);
	return ERR_OK;
}

static enum err_code read_disclosure(struct str text, enum disclosure *ret, struct err *e)
{
	for (unsigned i = 0; i < DISCLOSURE_COUNT; i++) {
		if (str_is(text, disclosure_name((enum disclosure)i))) {
			*ret = (enum disclosure)i;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_UNSUPPORTED, "disclosure of the receipt is not known");
}

static enum err_code read_time(struct str text, int64_t *ret, struct err *e)
{
	char again[INSTANT_TEXT_BYTES];

	if (instant_parse(text, ret, e) != ERR_OK)
		return err_in(e, "time of the receipt");
	instant_format(*ret, again);
	if (!str_is(text, again))
		return err_set(e, ERR_INVALID, "time of the receipt is not whole seconds in UTC");
	return ERR_OK;
}

enum err_code receipt_parse(struct arena *a, struct str bytes, struct receipt *ret, struct err *e)
{
	struct cursor c = { bytes, bytes, e };
	struct str digest, disclosure, kind, time;
	struct receipt r = { 0 };

	if (bytes.len > LIMIT_RECEIPT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "receipt of %zu bytes is over %d", bytes.len,
			LIMIT_RECEIPT_BYTES);
	TRY(take(&c, PART_DIGEST, &digest));
	TRY(take(&c, PART_DISCLOSURE, &disclosure));
	TRY(take(&c, PART_ID, &r.id));
	TRY(take(&c, PART_ISSUER, &r.issuer));
	TRY(take(&c, PART_KIND, &kind));
	TRY(take(&c, PART_TIME, &time));
	TRY(take_mark(&c, PART_END));
	if (c.rest.len > 0)
		return err_set(e, ERR_INVALID, "receipt is followed by something else");
	if (base64url_decode_fixed(digest, r.digest.at, DIGEST_BYTES, e) != ERR_OK)
		return err_in(e, "digest of the receipt");
	TRY(read_disclosure(disclosure, &r.disclosure, e));
	TRY(statement_id_parse(r.id, r.id_key, e));
	TRY(did_check(r.issuer, e));
	TRY(kind_from_name(kind, &r.kind, e));
	TRY(read_time(time, &r.time, e));
	r.id = str_copy(a, r.id);
	r.issuer = str_copy(a, r.issuer);
	if (!r.id.at || !r.issuer.at)
		return err_set(e, ERR_TOO_LARGE, "receipt does not fit in memory");
	*ret = r;
	return ERR_OK;
}
