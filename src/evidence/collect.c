/* collect.c - whole columns in memory, from whatever a reader hands out block by block. */
#include "evidence/evidence.h"

#include <string.h>

#include "base/limits.h"

#define ROWS_FIRST 4096        /* when the reader cannot tell how many will come */
#define ROWS_GROWTH_MAX 1048576
#define LABELS_FIRST 16
#define NO_GROUP UINT32_MAX

/* Rows of a group, one part after the other: an arena cannot make a column longer. */
struct part {
	struct part *next;
	uint64_t count, capacity;
	int64_t *times;
	double **values;
};

struct group {
	uint32_t index;            /* in the listing */
	uint32_t column_count;
	uint32_t *places;          /* in the wanted list, of each column */
	struct part *first, *last;
	double **at;               /* room last given, a pointer a column */
	uint64_t rows;
	int64_t last_time;
	bool backwards, repeated, has_time;
	struct channel_axis axis;
};

struct collector {
	struct arena *a;
	const struct evidence_listing *listing;
	uint32_t group_count;
	struct group *groups;
	uint32_t *group_of;        /* listing's group to ours, NO_GROUP: nothing wanted */
	struct channel *channels;
	uint32_t note_count;
	struct evidence_note *notes;
};

static enum err_code too_large(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "measurement file needs more memory than it may take");
}

/* Room for one more in an array that doubles at 16, 32, 64 ... */
static enum err_code grow(struct arena *a, void **at, uint32_t count, size_t size, struct err *e)
{
	void *more;

	if (count != 0 && (count < LABELS_FIRST || (count & (count - 1)) != 0))
		return ERR_OK;
	more = arena_alloc_array(a, count == 0 ? LABELS_FIRST : 2 * (size_t)count, size);
	if (!more)
		return too_large(e);
	if (count > 0)
		memcpy(more, *at, count * size);
	*at = more;
	return ERR_OK;
}

static struct part *part_new(struct collector *c, const struct group *g, uint64_t rows)
{
	struct part *p = ARENA_NEW(c->a, struct part);

	if (!p)
		return NULL;
	p->capacity = rows;
	p->times = ARENA_ARRAY(c->a, int64_t, rows);
	p->values = ARENA_ARRAY(c->a, double *, g->column_count);
	if (!p->times || !p->values)
		return NULL;
	for (uint32_t k = 0; k < g->column_count; k++) {
		p->values[k] = ARENA_ARRAY(c->a, double, rows);
		if (!p->values[k])
			return NULL;
	}
	return p;
}

static uint64_t rows_wanted(const struct group *g, uint64_t rows_left)
{
	uint64_t more = g->last ? g->last->capacity * 2 : ROWS_FIRST;

	if (rows_left > 0)
		return rows_left;
	return more < ROWS_GROWTH_MAX ? more : ROWS_GROWTH_MAX;
}

static enum err_code collect_room(void *context, uint32_t group, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct collector *c = context;
	struct group *g = &c->groups[c->group_of[group]];
	struct part *p = g->last;

	CHECK(c->group_of[group] != NO_GROUP);
	if (!p || p->count == p->capacity) {
		p = part_new(c, g, rows_wanted(g, rows_left));
		if (!p)
			return too_large(e);
		if (g->last)
			g->last->next = p;
		else
			g->first = p;
		g->last = p;
	}
	for (uint32_t k = 0; k < g->column_count; k++)
		g->at[k] = p->values[k] + p->count;
	*ret = (struct evidence_block){ .group = group, .capacity = p->capacity - p->count,
		.times = p->times + p->count, .values = g->at };
	return ERR_OK;
}

static enum err_code collect_filled(void *context, const struct evidence_block *block,
	uint64_t count, struct err *e)
{
	struct collector *c = context;
	struct group *g = &c->groups[c->group_of[block->group]];

	(void)e; /* nothing can fail */
	CHECK(count <= block->capacity);
	for (uint64_t i = 0; i < count; i++) {
		g->backwards |= block->times[i] < g->last_time;
		g->repeated |= block->times[i] == g->last_time && g->rows + i > 0;
		g->last_time = block->times[i];
	}
	g->rows += count;
	/* A group that cannot be used any more fills the same room again and again. */
	if (!g->backwards && g->has_time)
		g->last->count += count;
	return ERR_OK;
}

static enum err_code collect_label(void *context, uint32_t wanted, uint32_t index, struct str text,
	struct err *e)
{
	struct collector *c = context;
	struct channel *k = &c->channels[wanted];
	struct str *labels;
	void *at = (void *)(uintptr_t)k->labels; /* ours, though the table shows it as const */

	CHECK(index == k->label_count);
	TRY(grow(c->a, &at, k->label_count, sizeof(*labels), e));
	labels = at;
	labels[index] = str_copy(c->a, text);
	if (!labels[index].at)
		return too_large(e);
	k->labels = labels;
	k->label_count++;
	return ERR_OK;
}

static enum err_code collect_note(void *context, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	struct collector *c = context;
	struct evidence_note n = { .code = code };

	if (c->note_count == LIMIT_EVIDENCE_NOTES)
		return ERR_OK;
	/* A file read by two readers says some things twice. */
	for (uint32_t i = 0; i < c->note_count; i++) {
		if (c->notes[i].code == code && str_eq(c->notes[i].where, where) &&
			str_eq(c->notes[i].text, text))
			return ERR_OK;
	}
	TRY(grow(c->a, (void **)&c->notes, c->note_count, sizeof(*c->notes), e));
	n.where = str_copy(c->a, where);
	n.text = str_copy(c->a, text);
	if (!n.where.at || !n.text.at)
		return too_large(e);
	c->notes[c->note_count++] = n;
	return ERR_OK;
}

/* ---- before and after ------------------------------------------------------------------------ */

static enum err_code open_groups(struct collector *c, const uint32_t *wanted, uint32_t count,
	struct err *e)
{
	const struct evidence_listing *l = c->listing;

	c->group_of = ARENA_ARRAY(c->a, uint32_t, l->group_count);
	c->groups = ARENA_ARRAY(c->a, struct group, count);
	c->channels = ARENA_ARRAY(c->a, struct channel, count);
	if (!c->group_of || !c->groups || !c->channels)
		return too_large(e);
	for (uint32_t i = 0; i < l->group_count; i++)
		c->group_of[i] = NO_GROUP;
	for (uint32_t i = 0; i < count; i++) {
		const struct evidence_channel *k = &l->channels[wanted[i]];
		uint32_t *to = &c->group_of[k->group_index];
		if (*to == NO_GROUP) {
			*to = c->group_count++;
			c->groups[*to] = (struct group){ .index = k->group_index,
				.last_time = INT64_MIN,
				.has_time = l->groups[k->group_index].has_time };
		}
		c->groups[*to].column_count++;
		c->channels[i] = (struct channel){ .name = k->name, .group = k->group,
			.unit = k->unit, .kind = k->kind, .axis = *to };
	}
	for (uint32_t i = 0; i < c->group_count; i++) {
		struct group *g = &c->groups[i];
		g->places = ARENA_ARRAY(c->a, uint32_t, g->column_count);
		g->at = ARENA_ARRAY(c->a, double *, g->column_count);
		if (!g->places || !g->at)
			return too_large(e);
		g->column_count = 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct group *g = &c->groups[c->channels[i].axis];
		g->places[g->column_count++] = i;
	}
	return ERR_OK;
}

/* One part out of several. */
static enum err_code join(struct collector *c, struct group *g, uint64_t rows, struct err *e)
{
	struct part *all = part_new(c, g, rows);

	if (!all)
		return too_large(e);
	for (const struct part *p = g->first; p; p = p->next) {
		if (p->count == 0)
			continue;
		memcpy(all->times + all->count, p->times, p->count * sizeof(*p->times));
		for (uint32_t k = 0; k < g->column_count; k++)
			memcpy(all->values[k] + all->count, p->values[k],
				p->count * sizeof(*p->values[k]));
		all->count += p->count;
	}
	g->first = all;
	return ERR_OK;
}

static enum err_code finish_group(struct collector *c, struct group *g, struct err *e)
{
	struct str name = c->listing->groups[g->index].name;
	uint64_t rows = 0;

	if (g->backwards)
		return collect_note(c, NOTE_TIME_BACKWARDS, name,
			STR("times go back; the channels of the group cannot be used"), e);
	if (g->repeated)
		TRY(collect_note(c, NOTE_TIME_REPEATED, name,
			STR("several rows have the same time; the last of them holds"), e));
	for (const struct part *p = g->first; p; p = p->next)
		rows += p->count;
	if (rows == 0)
		return ERR_OK;
	if (g->first->next)
		TRY(join(c, g, rows, e));
	g->axis = (struct channel_axis){ rows, g->first->times };
	for (uint32_t k = 0; k < g->column_count; k++)
		c->channels[g->places[k]].values = g->first->values[k];
	return ERR_OK;
}

enum err_code evidence_collect(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, struct channel_table *ret, struct err *e)
{
	struct collector c = { .a = a, .listing = listing };
	struct evidence_sink sink = { .room = collect_room, .filled = collect_filled,
		.label = collect_label, .note = collect_note, .context = &c };
	struct channel_axis *axes;

	for (uint32_t i = 0; i < wanted_count; i++)
		CHECK(wanted[i] < listing->channel_count);
	TRY(open_groups(&c, wanted, wanted_count, e));
	TRY(evidence_read(a, file, mapping, listing, wanted, wanted_count, &sink, e));
	axes = ARENA_ARRAY(a, struct channel_axis, c.group_count);
	if (!axes)
		return too_large(e);
	for (uint32_t i = 0; i < c.group_count; i++) {
		TRY(finish_group(&c, &c.groups[i], e));
		axes[i] = c.groups[i].axis;
	}
	*ret = (struct channel_table){ .format = listing->format, .start_ns = listing->start_ns,
		.axis_count = c.group_count, .axes = axes, .channel_count = wanted_count,
		.channels = c.channels, .note_count = c.note_count, .notes = c.notes };
	return ERR_OK;
}
