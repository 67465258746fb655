/* mdf_conversion.c - conversion blocks (CC) checked and turned into memory. Each block is parsed
 * once however many channels share it. */
#include "evidence/mdf_inner.h"

#define CC_LINKS 4
#define CC_DATA_BYTES 24
#define CC_DEPTH 4             /* conversions within conversions; a file of two tools has two */
#define LINEAR_SEARCH_MAX 4096 /* keys without order are searched one by one */

struct cached {
	uint64_t at;           /* 0: free */
	const struct mdf_conversion *conversion;
	struct mdf_reason why_not;
	uint32_t depth;        /* levels of conversions in it, 1 = no further ones */
};

struct mdf_conversion_cache {
	uint32_t count, capacity;
	struct cached *slots;
};

static uint32_t slot_of(const struct mdf_conversion_cache *k, uint64_t at)
{
	uint32_t i = (uint32_t)((at >> 3) * 0x9e3779b1u) & (k->capacity - 1);

	while (k->slots[i].at != 0 && k->slots[i].at != at)
		i = (i + 1) & (k->capacity - 1);
	return i;
}

static enum err_code cache_put(struct mdf_model *m, struct cached entry, struct err *e)
{
	struct mdf_conversion_cache *k = m->conversions, more = { 0 };

	if (!k || k->count * 2 >= k->capacity) {
		more.capacity = k ? k->capacity * 4 : 64;
		more.slots = ARENA_ARRAY(m->arena, struct cached, more.capacity);
		if (!more.slots)
			return mdf_too_large(e);
		for (uint32_t i = 0; k && i < k->capacity; i++) {
			if (k->slots[i].at != 0)
				more.slots[slot_of(&more, k->slots[i].at)] = k->slots[i];
		}
		more.count = k ? k->count : 0;
		if (!k)
			k = m->conversions = ARENA_NEW(m->arena, struct mdf_conversion_cache);
		if (!k)
			return mdf_too_large(e);
		*k = more;
	}
	k->slots[slot_of(k, entry.at)] = entry;
	k->count++;
	return ERR_OK;
}

static struct mdf_reason broken(const char *text)
{
	return (struct mdf_reason){ NOTE_BROKEN, text };
}

static struct mdf_reason unsupported(const char *text)
{
	return (struct mdf_reason){ NOTE_UNSUPPORTED, text };
}

/* ---- shape ----------------------------------------------------------------------------------- */

/* How many values and references a type has for `count` keys. */
struct cc_shape {
	uint8_t type;
	uint32_t fixed_values;     /* != 0: exactly so many, and no keys */
	uint32_t values_each, values_more;
	uint32_t refs_each;        /* references may have one more: the default */
	bool formula, needs_default_value;
};

static const struct cc_shape shapes[] = {
	{ MDF_CC_NONE, 0, 0, 0, 0, false, false },
	{ MDF_CC_LINEAR, 2, 0, 0, 0, false, false },
	{ MDF_CC_RATIONAL, 6, 0, 0, 0, false, false },
	{ MDF_CC_ALGEBRAIC, 0, 0, 0, 0, true, false },
	{ MDF_CC_TABLE_INTERPOLATED, 0, 2, 0, 0, false, false },
	{ MDF_CC_TABLE, 0, 2, 0, 0, false, false },
	{ MDF_CC_RANGE, 0, 3, 1, 0, false, true },
	{ MDF_CC_TEXT, 0, 1, 0, 1, false, false },
	{ MDF_CC_RANGE_TEXT, 0, 2, 0, 1, false, false },
	{ MDF_CC_FROM_TEXT, 0, 1, 1, 1, false, true },
	{ MDF_CC_TEXT_TEXT, 0, 0, 0, 2, false, false },
	{ MDF_CC_BITFIELD_TEXT, 0, 1, 0, 1, false, false },
};

#define SHAPE_COUNT (sizeof(shapes) / sizeof(shapes[0]))

/* Finds `count` and checks that values and references go with it. */
static struct mdf_reason check_shape(struct mdf_conversion *c, const struct cc_shape *s)
{
	if (s->fixed_values > 0)
		return c->value_count >= s->fixed_values ? (struct mdf_reason){ 0 } :
			broken("its conversion has too few values");
	if (s->values_each > 0) {
		if (c->value_count < s->values_more)
			return broken("its conversion has too few values");
		c->count = (c->value_count - s->values_more) / s->values_each;
		if (c->count * s->values_each + s->values_more != c->value_count)
			return broken("its conversion has a number of values that makes no table");
		if (c->count == 0 && !s->needs_default_value)
			return broken("its conversion is an empty table");
	} else if (s->refs_each > 0) {
		c->count = c->ref_count / s->refs_each;
	}
	if (c->ref_count < c->count * s->refs_each)
		return broken("its conversion has too few references");
	if (s->formula && c->ref_count < 1)
		return broken("its conversion has no formula");
	return (struct mdf_reason){ 0 };
}

/* ---- values ---------------------------------------------------------------------------------- */

static enum err_code load_values(struct mdf_model *m, const struct mdf_block *b,
	struct mdf_conversion *c, struct err *e)
{
	double *values = ARENA_ARRAY(m->arena, double, c->value_count);
	uint64_t *masks = ARENA_ARRAY(m->arena, uint64_t, c->value_count);

	if (!values || !masks)
		return mdf_too_large(e);
	for (uint32_t i = 0; i < c->value_count; i++) {
		masks[i] = mdf_u64(b->data + CC_DATA_BYTES + 8 * (size_t)i);
		memcpy(&values[i], &masks[i], sizeof(values[i]));
	}
	c->values = values;
	c->masks = masks;
	return ERR_OK;
}

static uint32_t step_of(uint8_t type)
{
	return type == MDF_CC_TEXT ? 1 : type == MDF_CC_RANGE ? 3 : 2;
}

/* Keys ascend, ranges ascend without overlap: they may touch. A NaN is in no order. */
static bool ascends(const struct mdf_conversion *c)
{
	bool ranges = c->type == MDF_CC_RANGE || c->type == MDF_CC_RANGE_TEXT;
	uint32_t step = step_of(c->type);

	for (uint32_t i = 0; i < c->count; i++) {
		const double *at = c->values + (size_t)i * step;
		if (ranges && !(at[0] <= at[1]))
			return false;
		if (i > 0 && !(ranges ? at[1 - (int)step] <= at[0] : at[-(int)step] < at[0]))
			return false;
	}
	return c->count != 1 || ranges || c->values[0] == c->values[0];
}

static struct mdf_reason check_values(struct mdf_conversion *c)
{
	switch (c->type) {
	case MDF_CC_TABLE_INTERPOLATED:
	case MDF_CC_TABLE:
	case MDF_CC_RANGE:
		c->ascending = ascends(c);
		return c->ascending ? (struct mdf_reason){ 0 } :
			broken("the keys of its conversion do not ascend");
	case MDF_CC_TEXT:
	case MDF_CC_RANGE_TEXT:
		c->ascending = ascends(c);
		return c->ascending || c->count <= LINEAR_SEARCH_MAX ? (struct mdf_reason){ 0 } :
			unsupported("its conversion is a large table without order");
	default:
		return (struct mdf_reason){ 0 };
	}
}

/* ---- references ------------------------------------------------------------------------------ */

/* `*depth` grows to the levels below. Loads in a bounded recursion: CC_DEPTH levels. */
static enum err_code load_at(struct mdf_model *m, uint64_t at, uint32_t level,
	struct cached *ret, struct err *e);

static enum err_code load_ref(struct mdf_model *m, uint64_t at, uint32_t level,
	struct mdf_ref *ret, struct cached *own, struct err *e)
{
	struct mdf_block b;
	struct cached inner = { 0 };
	struct err why = { 0 };
	enum err_code code;

	if (at == 0)
		return ERR_OK;
	code = mdf_block_any(&m->source, at, &b, &why);
	if (code == ERR_OK && mdf_block_is(&m->source, &b, "CC")) {
		TRY(load_at(m, at, level + 1, &inner, e));
		if (inner.depth + 1 > own->depth)
			own->depth = inner.depth + 1;
		if (inner.why_not.text)
			own->why_not = inner.why_not;
		ret->conversion = inner.conversion;
		return ERR_OK;
	}
	if (code == ERR_OK)
		code = mdf_text(&m->source, m->arena, at, &ret->text, &why);
	if (code == ERR_TOO_LARGE)
		return err_set(e, code, "%s", why.message);
	if (code != ERR_OK)
		own->why_not = broken("a text of its conversion cannot be read");
	return ERR_OK;
}

static enum err_code load_refs(struct mdf_model *m, const struct mdf_block *b, uint32_t level,
	struct mdf_conversion *c, struct cached *own, struct err *e)
{
	uint32_t each = c->type == MDF_CC_TEXT_TEXT ? 2 : 1, want = c->count * each + 1;
	struct mdf_ref *refs = ARENA_ARRAY(m->arena, struct mdf_ref, want);

	if (!refs)
		return mdf_too_large(e);
	for (uint32_t i = 0; i < want && i < c->ref_count && !own->why_not.text; i++)
		TRY(load_ref(m, mdf_link(b, CC_LINKS + (uint64_t)i), level, &refs[i], own, e));
	c->refs = refs;
	return ERR_OK;
}

static enum err_code load_formula(struct mdf_model *m, const struct mdf_block *b,
	struct mdf_conversion *c, struct cached *own, struct err *e)
{
	struct str text = STR("");
	struct err why = { 0 };
	enum err_code code = mdf_text(&m->source, m->arena, mdf_link(b, CC_LINKS), &text, &why);

	if (code == ERR_OK)
		code = mdf_formula_parse(m->arena, text, &c->formula, &why);
	if (code == ERR_TOO_LARGE)
		return err_set(e, code, "%s", why.message);
	if (code == ERR_UNSUPPORTED)
		own->why_not = unsupported("the formula of its conversion has a function that is "
			"not computed here");
	else if (code != ERR_OK)
		own->why_not = broken("the formula of its conversion cannot be read");
	return ERR_OK;
}

/* What results can be: texts, numbers or both. */
static struct mdf_reason check_results(struct mdf_conversion *c)
{
	if (c->type == MDF_CC_BITFIELD_TEXT) {
		for (uint32_t i = 0; i < c->count; i++) {
			const struct mdf_conversion *inner = c->refs[i].conversion;
			if (!inner || (inner->type != MDF_CC_TEXT &&
				inner->type != MDF_CC_RANGE_TEXT))
				return broken("a bit field of its conversion has no texts");
		}
		c->has_texts = true;
		return (struct mdf_reason){ 0 };
	}
	if (c->type == MDF_CC_TEXT_TEXT) {
		c->has_texts = true;
		return (struct mdf_reason){ 0 };
	}
	if (c->type != MDF_CC_TEXT && c->type != MDF_CC_RANGE_TEXT) {
		c->has_numbers = true;
		return (struct mdf_reason){ 0 };
	}
	for (uint32_t i = 0; i <= c->count; i++) {
		const struct mdf_ref *r = &c->refs[i];
		if (r->conversion && r->conversion->type > MDF_CC_RANGE_TEXT)
			return broken("its conversion leads to one that does not take numbers");
		c->has_numbers |= r->conversion && r->conversion->has_numbers;
		c->has_texts |= r->text.at || (r->conversion && r->conversion->has_texts);
	}
	return (struct mdf_reason){ 0 };
}

/* ---- loading --------------------------------------------------------------------------------- */

static enum err_code load_block(struct mdf_model *m, const struct mdf_block *b, uint32_t level,
	struct cached *own, struct err *e)
{
	struct mdf_conversion *c = ARENA_NEW(m->arena, struct mdf_conversion);
	const struct cc_shape *shape;

	if (!c)
		return mdf_too_large(e);
	own->conversion = c;
	c->type = b->data[0];
	c->ref_count = mdf_u16(b->data + 4);
	c->value_count = mdf_u16(b->data + 6);
	if (c->type >= SHAPE_COUNT) {
		own->why_not = unsupported("its conversion is of a kind newer than MDF 4.2");
		return ERR_OK;
	}
	if (c->value_count > (b->data_len - CC_DATA_BYTES) / 8 ||
		(uint64_t)c->ref_count + CC_LINKS > b->link_count) {
		own->why_not = broken("its conversion is longer than its block");
		return ERR_OK;
	}
	shape = &shapes[c->type];
	own->why_not = check_shape(c, shape);
	if (own->why_not.text)
		return ERR_OK;
	TRY(load_values(m, b, c, e));
	own->why_not = check_values(c);
	if (!own->why_not.text && shape->refs_each > 0)
		TRY(load_refs(m, b, level, c, own, e));
	if (!own->why_not.text && shape->formula)
		TRY(load_formula(m, b, c, own, e));
	if (!own->why_not.text)
		own->why_not = check_results(c);
	return ERR_OK;
}

/* Name and unit only help; one that cannot be read is left out with a reason. */
static enum err_code load_words(struct mdf_model *m, const struct mdf_block *b,
	struct cached *own, struct err *e)
{
	struct mdf_conversion c = *own->conversion;
	struct mdf_conversion *to = ARENA_NEW(m->arena, struct mdf_conversion);
	struct err why = { 0 };
	enum err_code code;

	if (!to)
		return mdf_too_large(e);
	c.name = c.unit = STR("");
	code = mdf_text(&m->source, m->arena, mdf_link(b, 0), &c.name, &why);
	if (code == ERR_OK)
		code = mdf_text(&m->source, m->arena, mdf_link(b, 1), &c.unit, &why);
	if (code == ERR_TOO_LARGE)
		return err_set(e, code, "%s", why.message);
	if (code != ERR_OK && !own->why_not.text)
		own->why_not = broken("name or unit of its conversion cannot be read");
	*to = c;
	own->conversion = to;
	return ERR_OK;
}

static enum err_code load_at(struct mdf_model *m, uint64_t at, uint32_t level,
	struct cached *ret, struct err *e)
{
	struct cached own = { .at = at, .depth = 1 };
	struct mdf_block b;
	struct err why = { 0 };
	enum err_code code;

	if (m->conversions) {
		const struct cached *known = &m->conversions->slots[slot_of(m->conversions, at)];
		if (known->at == at) {
			own = *known;
			if (own.depth + level - 1 > CC_DEPTH)
				own.why_not = broken("its conversion is nested too deeply");
			*ret = own;
			return ERR_OK;
		}
	}
	if (level > CC_DEPTH) {
		own.why_not = broken("its conversion is nested too deeply");
		*ret = own;
		return ERR_OK;
	}
	code = mdf_block_of(&m->source, at, "CC", CC_LINKS, CC_DATA_BYTES, &b, &why);
	if (code == ERR_TOO_LARGE)
		return err_set(e, code, "%s", why.message);
	if (code != ERR_OK) {
		own.why_not = broken("its conversion cannot be read");
	} else {
		TRY(load_block(m, &b, level, &own, e));
		TRY(load_words(m, &b, &own, e));
	}
	/* A block that was judged from deep inside another is judged anew on its own. */
	if (level == 1 || !own.why_not.text)
		TRY(cache_put(m, own, e));
	*ret = own;
	return ERR_OK;
}

enum err_code mdf_conversion_load(struct mdf_model *m, uint64_t at,
	const struct mdf_conversion **ret, struct mdf_reason *ret_why_not, struct err *e)
{
	struct cached own = { 0 };

	TRY(load_at(m, at, 1, &own, e));
	if (own.conversion && own.conversion->type == MDF_CC_NONE && !own.why_not.text &&
		own.conversion->unit.len == 0) {
		*ret = NULL;
		return ERR_OK;
	}
	*ret = own.conversion;
	*ret_why_not = own.why_not;
	return ERR_OK;
}
