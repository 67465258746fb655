/* fees.c - see fees.h. */
#include "matching/fees.h"

static const char *const unit_names[FEE_UNIT_COUNT] = {
#define X(name, word) word,
	FEE_UNIT_TABLE(X)
#undef X
};

const char *fee_unit_name(enum fee_unit u)
{
	CHECK((unsigned)u < FEE_UNIT_COUNT);
	return unit_names[u];
}

static enum fee_unit unit_of(struct str word)
{
	unsigned u = 0;

	while (u < FEE_UNIT_COUNT && !(word.at && str_is(word, unit_names[u])))
		u++;
	return (enum fee_unit)u;
}

/* ---- prices ---------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

enum err_code fee_price_parse(struct str s, uint64_t *ret_fen, struct err *e)
{
	uint64_t fen = 0;
	size_t at = 0, decimals = 0;

	while (at < s.len && is_digit(s.at[at]) && fen <= FEE_FEN_MAX)
		fen = fen * 10 + (uint64_t)(s.at[at++] - '0');
	if (at == 0 || (at > 1 && s.at[0] == '0') || fen > FEE_FEN_MAX)
		return err_set(e, ERR_INVALID, "not a price in yuan, or over %lld fen",
			(long long)FEE_FEN_MAX);
	fen *= 100;
	if (at < s.len && s.at[at] == '.') {
		for (at++; at < s.len && is_digit(s.at[at]) && decimals < 2; at++)
			fen += (uint64_t)(s.at[at] - '0') * (decimals++ == 0 ? 10 : 1);
		if (decimals == 0)
			return err_set(e, ERR_INVALID, "a price has digits behind its point");
	}
	if (at != s.len || fen > FEE_FEN_MAX)
		return err_set(e, ERR_INVALID, "not a price in yuan, or over %lld fen",
			(long long)FEE_FEN_MAX);
	*ret_fen = fen;
	return ERR_OK;
}

struct str fee_price_text(struct arena *a, uint64_t fen)
{
	return str_printf(a, "%llu.%02llu", (unsigned long long)(fen / 100),
		(unsigned long long)(fen % 100));
}

static bool fen_of(const struct json *v, uint64_t *ret)
{
	double n = json_number_or(v, -1);

	if (!(n >= 0 && n <= (double)FEE_FEN_MAX) || n != (double)(uint64_t)n)
		return false;
	*ret = (uint64_t)n;
	return true;
}

/* ---- the value ------------------------------------------------------------------------------- */

static const char *row_wrong(const struct json *row)
{
	const struct json *conditions = json_get(row, "conditions");
	struct str item = json_get_str(row, "item");
	uint64_t fen;

	if (!json_is(row, JSON_OBJECT))
		return "missing";
	if (!item.at || item.len == 0)
		return "fee-item";
	if (unit_of(json_get_str(row, "unit")) == FEE_UNIT_COUNT)
		return "fee-unit";
	if (!fen_of(json_get(row, "fen"), &fen))
		return "fee-price";
	if (conditions && (!json_is(conditions, JSON_STRING) || json_str(conditions).len == 0))
		return "missing";
	if (item.len > LIMIT_LISTING_TITLE_BYTES ||
		(conditions && json_str(conditions).len > 2 * LIMIT_LISTING_TITLE_BYTES))
		return "too-long";
	return json_count(row) == 3 + (conditions ? 1u : 0u) ? NULL : "unknown-field";
}

/* The same item in the same unit under the same conditions has one price. */
static bool is_same(const struct json *one, const struct json *other)
{
	struct str here = json_get_str(one, "conditions"), there = json_get_str(other,
		"conditions");

	return str_eq(json_get_str(one, "item"), json_get_str(other, "item")) &&
		str_eq(json_get_str(one, "unit"), json_get_str(other, "unit")) &&
		str_eq(here.at ? here : STR(""), there.at ? there : STR(""));
}

const char *fees_wrong(const struct json *v)
{
	if (!json_is(v, JSON_ARRAY) || json_count(v) == 0)
		return "missing";
	if (json_count(v) > LIMIT_LISTING_FEES)
		return "too-many";
	for (size_t i = 0; i < json_count(v); i++) {
		const char *wrong = row_wrong(json_at(v, i));
		if (wrong)
			return wrong;
		for (size_t k = 0; k < i; k++) {
			if (is_same(json_at(v, k), json_at(v, i)))
				return "twice";
		}
	}
	return NULL;
}

/* ---- what it comes to ------------------------------------------------------------------------ */

struct fee_amount fee_amount(enum fee_unit unit, uint64_t fen, struct fee_time time)
{
	struct fee_amount ret = { .known = false };

	CHECK((unsigned)unit < FEE_UNIT_COUNT);
	if (unit == FEE_RUN || fen > FEE_FEN_MAX)
		return ret;
	if (unit == FEE_DAY && time.days > 0 && fen > FEE_FEN_MAX / time.days)
		return ret;
	/* an hour: at most 10^11 / 60 times 2^32, below 2^63 */
	ret.fen = unit == FEE_DAY ? fen * time.days
		: fen / 60 * time.minutes + (fen % 60 * time.minutes + 59) / 60;
	ret.known = ret.fen <= FEE_FEN_MAX;
	if (!ret.known)
		ret.fen = 0;
	return ret;
}

static struct json *set_text(struct arena *a, struct json *v, const char *name, struct str s)
{
	return json_set_str(a, v, name, s.at ? s : STR(""));
}

struct json *fees_model(struct arena *a, const struct json *v, const struct fee_time *time)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(v); i++) {
		const struct json *row = json_at(v, i);
		enum fee_unit unit = unit_of(json_get_str(row, "unit"));
		bool priced;
		uint64_t fen = 0;
		struct json *m = set_text(a, json_new_object(a), "item", json_get_str(row, "item"));
		m = set_text(a, m, "fee_unit", json_get_str(row, "unit"));
		priced = fen_of(json_get(row, "fen"), &fen);
		m = set_text(a, m, "price", priced ? fee_price_text(a, fen)
			: json_get_str(row, "fen"));
		if (json_get_str(row, "conditions").len > 0)
			m = json_set_str(a, m, "conditions", json_get_str(row, "conditions"));
		if (time && priced && unit < FEE_UNIT_COUNT) {
			struct fee_amount amount = fee_amount(unit, fen, *time);
			if (amount.known)
				m = json_set_str(a, m, "amount", fee_price_text(a, amount.fen));
		}
		list = json_push(a, list, m);
	}
	return list;
}
