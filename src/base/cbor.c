/* cbor.c - see cbor.h. */
#include "base/cbor.h"

#include "base/limits.h"

/* Length, count or value behind the first byte: in it, or in 1, 2, 4 or 8 more. */
static enum err_code take_number(struct cbor *c, unsigned short_form, uint64_t *ret, struct err *e)
{
	size_t bytes = short_form < 24 ? 0 : (size_t)1 << (short_form - 24);
	uint64_t number = short_form;

	if (short_form > 27)
		return err_set(e, ERR_INVALID, "CBOR item has no definite length");
	if (c->rest.len < bytes)
		return err_set(e, ERR_INVALID, "CBOR ends in the middle of an item");
	if (bytes > 0)
		number = 0;
	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | (uint8_t)c->rest.at[i];
	c->rest = str_skip(c->rest, bytes);
	*ret = number;
	return ERR_OK;
}

static enum err_code take_bytes(struct cbor *c, struct cbor_item *item, struct err *e)
{
	if (item->number > c->rest.len)
		return err_set(e, ERR_INVALID, "CBOR string is longer than what is there");
	item->bytes = (struct str){ c->rest.at, (size_t)item->number };
	c->rest = str_skip(c->rest, item->bytes.len);
	if (item->kind == CBOR_TEXT && !str_is_utf8(item->bytes))
		return err_set(e, ERR_INVALID, "CBOR text is not UTF-8");
	return ERR_OK;
}

enum err_code cbor_next(struct cbor *c, struct cbor_item *ret, struct err *e)
{
	struct cbor at = *c;
	struct cbor_item item = { .bytes = STR("") };
	unsigned first;

	if (at.rest.len == 0)
		return err_set(e, ERR_INVALID, "CBOR ends where an item should be");
	first = (uint8_t)at.rest.at[0];
	at.rest = str_skip(at.rest, 1);
	item.kind = (enum cbor_kind)(first >> 5);
	if (first >> 5 == 6)
		return err_set(e, ERR_INVALID, "CBOR tags are not taken");
	if (item.kind == CBOR_SIMPLE && ((first & 31) < 20 || (first & 31) > 23))
		return err_set(e, ERR_INVALID, "CBOR fractions are not taken");
	TRY(take_number(&at, first & 31, &item.number, e));
	if (item.kind == CBOR_BYTES || item.kind == CBOR_TEXT)
		TRY(take_bytes(&at, &item, e));
	/* An item takes a byte at least, so a count past the bytes left is none. */
	if ((item.kind == CBOR_ARRAY && item.number > at.rest.len) ||
		(item.kind == CBOR_MAP && item.number > at.rest.len / 2))
		return err_set(e, ERR_INVALID, "CBOR counts more items than there are");
	*c = at;
	*ret = item;
	return ERR_OK;
}

enum err_code cbor_skip(struct cbor *c, struct str *ret, struct err *e)
{
	uint64_t left[LIMIT_CBOR_DEPTH + 1] = { 1 };
	struct cbor at = *c;
	unsigned depth = 0;

	for (;;) {
		struct cbor_item item;
		while (left[depth] == 0) {
			if (depth == 0) {
				*ret = (struct str){ c->rest.at, c->rest.len - at.rest.len };
				*c = at;
				return ERR_OK;
			}
			depth--;
		}
		left[depth]--;
		TRY(cbor_next(&at, &item, e));
		if (item.kind != CBOR_ARRAY && item.kind != CBOR_MAP)
			continue;
		if (depth == LIMIT_CBOR_DEPTH)
			return err_set(e, ERR_TOO_LARGE, "CBOR nested more than %d levels deep",
				LIMIT_CBOR_DEPTH);
		left[++depth] = item.kind == CBOR_MAP ? 2 * item.number : item.number;
	}
}

enum err_code cbor_need(struct cbor *c, enum cbor_kind kind, const char *what,
	struct cbor_item *ret, struct err *e)
{
	struct cbor at = *c;
	struct cbor_item item;

	TRY(cbor_next(&at, &item, e));
	if (item.kind != kind)
		return err_set(e, ERR_INVALID, "%s is of another CBOR type", what);
	*c = at;
	*ret = item;
	return ERR_OK;
}
