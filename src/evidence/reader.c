/* reader.c - bookkeeping that several readers share. */
#include <string.h>

#include "base/limits.h"
#include "evidence/reader_inner.h"
#include "evidence/unit.h"

#define STAGED_ROWS 64
#define SLOTS (2 * LIMIT_CHANNEL_LABELS)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are masked");

enum err_code reader_full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "measurement file needs too much memory");
}

void *reader_grow(struct arena *a, void *at, uint32_t count, uint32_t *capacity, size_t size)
{
	uint32_t more = *capacity < 8 ? 8 : *capacity * 2;
	void *to;

	if (count < *capacity)
		return at;
	if (more <= *capacity)
		return NULL;
	to = arena_alloc_array(a, more, size);
	if (!to)
		return NULL;
	if (count > 0)
		memcpy(to, at, count * size);
	*capacity = more;
	return to;
}

/* ---- a listing ------------------------------------------------------------------------------- */

enum err_code listing_add_group(struct listing_draft *d, struct evidence_group group,
	struct err *e)
{
	struct evidence_group *groups = reader_grow(d->a, d->groups, d->group_count,
		&d->group_capacity, sizeof(*groups));

	if (!groups)
		return reader_full(e);
	d->groups = groups;
	groups[d->group_count++] = group;
	return ERR_OK;
}

enum err_code listing_add_channel(struct listing_draft *d, struct evidence_channel channel,
	struct err *e)
{
	struct evidence_channel *channels = reader_grow(d->a, d->channels, d->channel_count,
		&d->channel_capacity, sizeof(*channels));

	CHECK(d->group_count > 0);
	if (!channels)
		return reader_full(e);
	channel.group_index = d->group_count - 1;
	channel.group = d->groups[channel.group_index].name;
	d->channels = channels;
	channels[d->channel_count++] = channel;
	return ERR_OK;
}

enum err_code listing_add_note(struct listing_draft *d, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	struct evidence_note *notes = reader_grow(d->a, d->notes, d->note_count,
		&d->note_capacity, sizeof(*notes));

	if (!notes || !text.at)
		return reader_full(e);
	d->notes = notes;
	notes[d->note_count++] = (struct evidence_note){ code, where, text };
	return ERR_OK;
}

static enum err_code note_to_draft(void *context, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	struct listing_draft *d = context;

	where = str_copy(d->a, where);
	return where.at ? listing_add_note(d, code, where, str_copy(d->a, text), e) :
		reader_full(e);
}

struct evidence_sink listing_note_sink(struct listing_draft *d)
{
	return (struct evidence_sink){ .note = note_to_draft, .context = d };
}

void listing_finish(const struct listing_draft *d, struct str format, int64_t start_ns,
	struct evidence_listing *ret)
{
	*ret = (struct evidence_listing){
		.format = format,
		.start_ns = start_ns,
		.group_count = d->group_count,
		.groups = d->groups,
		.channel_count = d->channel_count,
		.channels = d->channels,
		.note_count = d->note_count,
		.notes = d->notes,
	};
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum err_code rows_stage(struct rows *r, struct arena *a, uint32_t columns, struct err *e)
{
	r->block = (struct evidence_block){ .group = r->group, .capacity = STAGED_ROWS,
		.times = ARENA_ARRAY(a, int64_t, STAGED_ROWS),
		.values = ARENA_ARRAY(a, double *, columns) };
	if (!r->block.times || !r->block.values)
		return reader_full(e);
	for (uint32_t i = 0; i < columns; i++) {
		r->block.values[i] = ARENA_ARRAY(a, double, STAGED_ROWS);
		if (!r->block.values[i])
			return reader_full(e);
	}
	r->staged_columns = columns;
	return ERR_OK;
}

enum err_code rows_room(struct rows *r, struct err *e)
{
	if (r->used < r->block.capacity)
		return ERR_OK;
	TRY(rows_flush(r, e));
	if (r->staged_columns > 0)
		return ERR_OK;
	TRY(r->sink->room(r->sink->context, r->group, 0, &r->block, e));
	CHECK(r->block.capacity > 0);
	return ERR_OK;
}

static enum err_code copy_staged(struct rows *r, uint64_t used, struct err *e)
{
	struct evidence_block to;
	uint64_t part;

	for (uint64_t from = 0; from < used; from += part) {
		TRY(r->sink->room(r->sink->context, r->group, used - from, &to, e));
		CHECK(to.capacity > 0);
		part = used - from < to.capacity ? used - from : to.capacity;
		memcpy(to.times, r->block.times + from, part * sizeof(*to.times));
		for (uint32_t i = 0; i < r->staged_columns; i++)
			memcpy(to.values[i], r->block.values[i] + from, part * sizeof(double));
		TRY(r->sink->filled(r->sink->context, &to, part, e));
	}
	return ERR_OK;
}

enum err_code rows_flush(struct rows *r, struct err *e)
{
	uint64_t used = r->used;

	r->used = 0;
	if (r->staged_columns > 0)
		return copy_staged(r, used, e);
	if (used > 0)
		TRY(r->sink->filled(r->sink->context, &r->block, used, e));
	r->block.capacity = 0;
	return ERR_OK;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static uint32_t hash(struct str s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.at[i]) * 16777619u;
	return h ^ h >> 15;
}

enum err_code labels_index(struct labels *l, struct arena *a, struct str text, uint32_t wanted,
	const struct evidence_sink *sink, uint32_t *ret, struct err *e)
{
	uint32_t slot;
	struct str copy;

	if (l->count > 0 && str_eq(l->texts[l->last], text)) {
		*ret = l->last;
		return ERR_OK;
	}
	*ret = UINT32_MAX;
	if (text.len > LIMIT_ID_BYTES)
		return ERR_OK;
	if (!l->slots) {
		l->slots = ARENA_ARRAY(a, uint32_t, SLOTS);
		l->texts = ARENA_ARRAY(a, struct str, LIMIT_CHANNEL_LABELS);
		if (!l->slots || !l->texts)
			return reader_full(e);
	}
	for (slot = hash(text) & (SLOTS - 1); l->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
		if (str_eq(l->texts[l->slots[slot] - 1], text)) {
			*ret = l->last = l->slots[slot] - 1;
			return ERR_OK;
		}
	}
	if (l->count == LIMIT_CHANNEL_LABELS)
		return ERR_OK;
	copy = str_copy(a, text);
	if (!copy.at)
		return reader_full(e);
	TRY(sink->label(sink->context, wanted, l->count, copy, e));
	l->texts[l->count] = copy;
	*ret = l->last = l->count++;
	l->slots[slot] = l->count;
	return ERR_OK;
}

struct str reader_put_utf8(char *to, struct str s)
{
	size_t len = 0;
	bool valid = str_is_utf8(s);

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.at[i];
		if (c >= 0x80 && !valid) {
			to[len++] = (char)(0xc0 | c >> 6);
			c = 0x80 | (c & 0x3f);
		}
		to[len++] = (char)c;
	}
	return (struct str){ to, len };
}

struct str reader_utf8(struct arena *a, struct str s)
{
	char *to;

	if (str_is_utf8(s))
		return s;
	to = arena_alloc_array(a, s.len, 2);
	return to ? reader_put_utf8(to, s) : (struct str){ NULL, 0 };
}

/* ---- times ----------------------------------------------------------------------------------- */

uint64_t reader_unit_ns(struct str text)
{
	struct unit unit, ns;
	struct unit_conversion c;

	if (text.len == 0 || unit_parse(text, &unit, NULL) != ERR_OK ||
		unit_parse(STR("ns"), &ns, NULL) != ERR_OK ||
		!unit_convertible(&unit, &ns) || unit_conversion(&unit, &ns, &c, NULL) != ERR_OK)
		return 0;
	return c.exact && c.den == 1 ? c.num : 0;
}
