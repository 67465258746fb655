/* collect.c - see collect.h. */
#include "collect.h"

#include <string.h>

#define FIRST_CHUNK_BYTES (8u << 20)

static enum err_code room(void *context, uint32_t group, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct collect *c = context;
	struct collect_group *g = &c->groups[group];
	double **values = ARENA_ARRAY(c->a, double *, c->wanted_count);
	uint32_t column = 0;

	(void)rows_left;
	CHECK(group < c->listing->group_count && group < COLLECT_WANTED);
	for (uint32_t i = 0; i < c->listing->group_count && i < COLLECT_WANTED; i++)
		CHECK(!c->groups[i].open); /* a sink may give all groups the same memory */
	if (!values)
		return err_set(e, ERR_TOO_LARGE, "test arena is full");
	ret->group = group;
	ret->capacity = c->block_rows;
	ret->times = ARENA_ARRAY(c->a, int64_t, c->block_rows);
	ret->values = values;
	for (uint32_t w = 0; w < c->wanted_count; w++) {
		if (c->columns[w].group != group)
			continue;
		values[column] = ARENA_ARRAY(c->a, double, c->block_rows);
		if (!values[column++])
			return err_set(e, ERR_TOO_LARGE, "test arena is full");
	}
	CHECK(column > 0); /* nobody asked for this group otherwise */
	if (!ret->times)
		return err_set(e, ERR_TOO_LARGE, "test arena is full");
	g->block = *ret;
	g->open = true;
	return ERR_OK;
}

static void *longer(struct arena *a, void *at, uint64_t rows, uint64_t capacity)
{
	void *to = arena_alloc_array(a, capacity, 8);

	if (to && rows > 0)
		memcpy(to, at, rows * 8);
	return to;
}

static enum err_code grow(struct collect *c, uint32_t group, uint64_t count, struct err *e)
{
	struct collect_group *g = &c->groups[group];

	if (g->rows + count <= g->capacity)
		return ERR_OK;
	g->capacity = 2 * (g->rows + count);
	g->times = longer(c->a, g->times, g->rows, g->capacity);
	for (uint32_t w = 0; w < c->wanted_count; w++) {
		if (c->columns[w].group != group)
			continue;
		c->columns[w].values = longer(c->a, c->columns[w].values, g->rows, g->capacity);
		if (!c->columns[w].values)
			return err_set(e, ERR_TOO_LARGE, "test arena is full");
	}
	return g->times ? ERR_OK : err_set(e, ERR_TOO_LARGE, "test arena is full");
}

static enum err_code filled(void *context, const struct evidence_block *block, uint64_t count,
	struct err *e)
{
	struct collect *c = context;
	struct collect_group *g = &c->groups[block->group];
	uint32_t column = 0;

	CHECK(g->open);
	CHECK(count <= block->capacity);
	CHECK(block->times == g->block.times);
	TRY(grow(c, block->group, count, e));
	memcpy(g->times + g->rows, block->times, count * sizeof(int64_t));
	for (uint32_t w = 0; w < c->wanted_count; w++) {
		if (c->columns[w].group == block->group)
			memcpy(c->columns[w].values + g->rows, block->values[column++],
				count * sizeof(double));
	}
	g->rows += count;
	g->open = false;
	return ERR_OK;
}

static enum err_code label(void *context, uint32_t wanted, uint32_t index, struct str text,
	struct err *e)
{
	struct collect *c = context;
	struct collect_column *column = &c->columns[wanted];

	(void)e;
	CHECK(wanted < c->wanted_count);
	CHECK(index == column->label_count);
	if (index < COLLECT_LABELS)
		column->labels[index] = str_copy(c->a, text);
	column->label_count++;
	return ERR_OK;
}

static enum err_code note(void *context, enum note_code code, struct str where, struct str text,
	struct err *e)
{
	struct collect *c = context;

	(void)e;
	CHECK(str_is_utf8(text));
	if (c->note_count < COLLECT_NOTES)
		c->notes[c->note_count++] = (struct evidence_note){ code,
			str_copy(c->a, where), str_copy(c->a, text) };
	return ERR_OK;
}

uint32_t collect_channel(const struct evidence_listing *l, const char *name)
{
	for (uint32_t i = 0; i < l->channel_count; i++) {
		if (str_is(l->channels[i].name, name))
			return i;
	}
	return UINT32_MAX;
}

const struct evidence_note *collect_note(const struct collect *c, enum note_code code)
{
	for (uint32_t i = 0; i < c->note_count; i++) {
		if (c->notes[i].code == code)
			return &c->notes[i];
	}
	for (uint32_t i = 0; i < c->listing->note_count; i++) {
		if (c->listing->notes[i].code == code)
			return &c->listing->notes[i];
	}
	return NULL;
}

struct evidence_file collect_bytes(const char *name, struct str bytes)
{
	return (struct evidence_file){ .name = str_of(name), .at = (const uint8_t *)bytes.at,
		.size = bytes.len };
}

struct evidence_sink collect_sink(struct collect *c)
{
	return (struct evidence_sink){ room, filled, label, note, c };
}

static void check_listing(const struct evidence_listing *l)
{
	for (uint32_t i = 0; i < l->channel_count; i++) {
		const struct evidence_channel *c = &l->channels[i];
		CHECK(c->group_index < l->group_count);
		CHECK(str_eq(c->group, l->groups[c->group_index].name));
		CHECK(c->readable == (c->why_not.len == 0));
	}
}

enum err_code collect_file(struct collect *c, struct arena *a, const struct evidence_format *format,
	const struct evidence_file *file, const struct mapping *mapping,
	struct evidence_listing *listing, const char *const *names, uint32_t block_rows,
	struct err *e)
{
	uint32_t wanted[COLLECT_WANTED];

	memset(c, 0, sizeof(*c));
	c->a = a;
	c->listing = listing;
	c->block_rows = block_rows;
	c->sink = collect_sink(c);
	TRY(format->list(a, file, mapping, listing, e));
	check_listing(listing);
	for (uint32_t i = 0; names ? names[i] != NULL : i < listing->channel_count; i++) {
		uint32_t channel = names ? collect_channel(listing, names[i]) : i;
		CHECK(channel != UINT32_MAX);
		if (!listing->channels[channel].readable || c->wanted_count == COLLECT_WANTED ||
			listing->channels[channel].group_index >= COLLECT_WANTED)
			continue;
		c->columns[c->wanted_count].group = listing->channels[channel].group_index;
		wanted[c->wanted_count++] = channel;
	}
	return format->read(a, file, mapping, listing, wanted, c->wanted_count, &c->sink, e);
}

void collect_arena(struct arena *a, size_t cap_bytes)
{
	arena_init(a, cap_bytes);
	CHECK(arena_alloc(a, FIRST_CHUNK_BYTES));
	arena_reset(a);
}
