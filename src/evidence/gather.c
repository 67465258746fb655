/* gather.c - whole columns into an answer. */
#include "evidence/gather.h"

#include <string.h>

#include "base/limits.h"
#include "evidence/gather_inner.h"

#define ROWS_FIRST 4096 /* when the reader cannot tell how many there will be */

struct group {
	bool wanted, backwards, repeated;
	int64_t last_ns;
	uint64_t rows, capacity, times_at;
	uint32_t column_count;
	uint32_t *columns;         /* places in the wanted list */
	uint64_t *values_at;       /* one a column */
	double **pointers;         /* for the block */
	uint32_t axis;
};
struct label_row { struct str text; struct label_row *next; };
struct labels { struct label_row *first, *last; uint32_t count; };

struct gather {
	struct arena *a;
	struct wire_out *out;
	const struct evidence_listing *listing;
	struct group *groups;      /* one a group of the listing */
	struct labels *labels;     /* one a wanted channel */
	struct note_list notes;
	const uint32_t *wanted;
	uint32_t wanted_count;
};

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "its channels need too much memory");
}

enum err_code note_list_add(struct note_list *list, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	struct note_row *row;

	for (row = list->first; row; row = row->next) {
		if (row->note.code == code && str_eq(row->note.where, where) &&
			str_eq(row->note.text, text))
			return ERR_OK;
	}
	if (list->count == LIMIT_EVIDENCE_NOTES) {
		list->left_out++;
		return ERR_OK;
	}
	row = ARENA_NEW(list->a, struct note_row);
	if (!row)
		return no_memory(e);
	row->note = (struct evidence_note){ code, str_copy(list->a, where),
		str_copy(list->a, text) };
	if (!row->note.where.at || !row->note.text.at)
		return no_memory(e);
	if (list->last)
		list->last->next = row;
	else
		list->first = row;
	list->last = row;
	list->count++;
	return ERR_OK;
}

enum err_code note_list_add_all(struct note_list *list, const struct evidence_note *notes,
	uint32_t count, struct err *e)
{
	for (uint32_t i = 0; i < count; i++)
		TRY(note_list_add(list, notes[i].code, notes[i].where, notes[i].text, e));
	return ERR_OK;
}

enum err_code note_list_array(const struct note_list *list, const struct evidence_note **ret,
	uint32_t *ret_count, struct err *e)
{
	struct evidence_note *notes = ARENA_ARRAY(list->a, struct evidence_note, list->count + 1);
	uint32_t i = 0;

	if (!notes)
		return no_memory(e);
	for (struct note_row *row = list->first; row; row = row->next)
		notes[i++] = row->note;
	if (list->left_out > 0) {
		notes[i] = (struct evidence_note){ NOTE_UNSUPPORTED, STR(""),
			str_printf(list->a, "%llu further notes",
				(unsigned long long)list->left_out) };
		if (!notes[i++].text.at)
			return no_memory(e);
	}
	*ret = notes;
	*ret_count = i;
	return ERR_OK;
}

uint32_t gather_find(const struct evidence_listing *l, const struct mapping_signal *signal,
	const char **ret_why)
{
	uint32_t found = UINT32_MAX;

	*ret_why = NULL;
	for (uint32_t i = 0; i < l->channel_count; i++) {
		const struct evidence_channel *c = &l->channels[i];
		if (!str_eq(c->name, signal->channel) ||
			(signal->group.len > 0 && !str_eq(c->group, signal->group)))
			continue;
		if (found != UINT32_MAX) {
			*ret_why = "the name stands for more than one channel; name the group";
			return UINT32_MAX;
		}
		found = i;
	}
	if (found == UINT32_MAX)
		return found;
	if (!l->channels[found].readable) {
		*ret_why = "the channel cannot be read";
		return UINT32_MAX;
	}
	if (!l->groups[l->channels[found].group_index].has_time) {
		*ret_why = "the channel has no time axis";
		return UINT32_MAX;
	}
	return found;
}

/* ---- the sink -------------------------------------------------------------------------------- */

/* More room for the columns of a group: what is there moves along. */
static enum err_code grow(struct gather *g, struct group *group, uint64_t capacity, struct err *e)
{
	uint64_t bytes, at;

	if (__builtin_mul_overflow(capacity, (uint64_t)8, &bytes))
		return no_memory(e);
	at = wire_reserve(g->out, bytes);
	if (at != 0 && group->rows > 0)
		memcpy(g->out->at + at, g->out->at + group->times_at, group->rows * 8);
	group->times_at = at;
	for (uint32_t i = 0; i < group->column_count && !g->out->full; i++) {
		at = wire_reserve(g->out, bytes);
		if (at != 0 && group->rows > 0)
			memcpy(g->out->at + at, g->out->at + group->values_at[i], group->rows * 8);
		group->values_at[i] = at;
	}
	if (g->out->full)
		return err_set(e, ERR_TOO_LARGE, "its channels are over %llu MB",
			(unsigned long long)(g->out->max >> 20));
	group->capacity = capacity;
	return ERR_OK;
}

static enum err_code room(void *context, uint32_t index, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct gather *g = context;
	struct group *group;

	CHECK(index < g->listing->group_count);
	group = &g->groups[index];
	CHECK(group->wanted);
	if (group->rows == group->capacity) {
		uint64_t more = rows_left > 0 ? rows_left
			: group->rows > ROWS_FIRST ? group->rows : ROWS_FIRST;
		if (more > g->out->max) /* it cannot fit; the sum below must not wrap */
			return no_memory(e);
		TRY(grow(g, group, group->rows + more, e));
	}
	for (uint32_t i = 0; i < group->column_count; i++)
		group->pointers[i] = (double *)(void *)(g->out->at + group->values_at[i]) +
			group->rows;
	*ret = (struct evidence_block){ .group = index, .capacity = group->capacity - group->rows,
		.times = (int64_t *)(void *)(g->out->at + group->times_at) + group->rows,
		.values = group->pointers };
	return ERR_OK;
}

static enum err_code filled(void *context, const struct evidence_block *block, uint64_t count,
	struct err *e)
{
	struct gather *g = context;
	struct group *group = &g->groups[block->group];
	const int64_t *times = block->times;

	(void)e; /* nothing can fail here */
	CHECK(count <= group->capacity - group->rows);
	if (count == 0)
		return ERR_OK;
	if (group->rows > 0) {
		group->backwards |= times[0] < group->last_ns;
		group->repeated |= times[0] == group->last_ns;
	}
	for (uint64_t i = 1; i < count; i++) {
		group->backwards |= times[i] < times[i - 1];
		group->repeated |= times[i] == times[i - 1];
	}
	group->last_ns = times[count - 1];
	/* A group that cannot be used any more fills the same room again and again. */
	if (!group->backwards)
		group->rows += count;
	return ERR_OK;
}

static enum err_code label(void *context, uint32_t wanted, uint32_t index, struct str text,
	struct err *e)
{
	struct gather *g = context;
	struct labels *labels;
	struct label_row *row = ARENA_NEW(g->a, struct label_row);

	CHECK(wanted < g->wanted_count);
	labels = &g->labels[wanted];
	CHECK(index == labels->count);
	if (!row)
		return no_memory(e);
	row->text = str_copy(g->a, text);
	if (!row->text.at)
		return no_memory(e);
	if (labels->last)
		labels->last->next = row;
	else
		labels->first = row;
	labels->last = row;
	labels->count++;
	return ERR_OK;
}

static enum err_code note(void *context, enum note_code code, struct str where, struct str text,
	struct err *e)
{
	return note_list_add(&((struct gather *)context)->notes, code, where, text, e);
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Which channels to read, without doubles; places[signal] is the signal's place in the list. */
static enum err_code choose(struct gather *g, const struct mapping *mapping, uint32_t *wanted,
	uint32_t *places, struct err *e)
{
	for (uint32_t i = 0; i < mapping->signal_count; i++) {
		const struct mapping_signal *signal = &mapping->signals[i];
		const char *why;
		uint32_t place = 0, channel = gather_find(g->listing, signal, &why);
		places[i] = UINT32_MAX;
		if (channel == UINT32_MAX && !why)
			continue; /* another file of the run may have it */
		if (channel == UINT32_MAX) {
			struct str text = str_printf(g->a, "signal " STR_FMT ": %s",
				STR_ARG(signal->signal), why);
			TRY(note_list_add(&g->notes, NOTE_UNSUPPORTED, signal->channel,
				text.at ? text : str_of(why), e));
			continue;
		}
		while (place < g->wanted_count && wanted[place] != channel)
			place++;
		if (place == g->wanted_count)
			wanted[g->wanted_count++] = channel;
		places[i] = place;
	}
	return ERR_OK;
}

static enum err_code prepare(struct gather *g, struct err *e)
{
	for (uint32_t i = 0; i < g->wanted_count; i++) {
		struct group *group =
			&g->groups[g->listing->channels[g->wanted[i]].group_index];
		group->wanted = true;
		group->column_count++;
	}
	for (uint32_t i = 0; i < g->listing->group_count; i++) {
		struct group *group = &g->groups[i];
		if (!group->wanted)
			continue;
		group->columns = ARENA_ARRAY(g->a, uint32_t, group->column_count);
		group->values_at = ARENA_ARRAY(g->a, uint64_t, group->column_count);
		group->pointers = ARENA_ARRAY(g->a, double *, group->column_count);
		if (!group->columns || !group->values_at || !group->pointers)
			return no_memory(e);
		group->column_count = 0;
	}
	for (uint32_t i = 0; i < g->wanted_count; i++) {
		struct group *group =
			&g->groups[g->listing->channels[g->wanted[i]].group_index];
		group->columns[group->column_count++] = i;
	}
	return ERR_OK;
}

/* The axes of the groups read. A group whose times go back keeps no row: its channels cannot be
 * judged, and half of one would look like a whole. */
static enum err_code put_axes(struct gather *g, struct wire_axis *axes, uint32_t *ret_count,
	struct err *e)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < g->listing->group_count; i++) {
		struct group *group = &g->groups[i];
		struct str name = g->listing->groups[i].name;
		if (!group->wanted)
			continue;
		if (group->backwards)
			TRY(note_list_add(&g->notes, NOTE_TIME_BACKWARDS, name,
				STR("times go back; the channels of the group cannot be used"), e));
		else if (group->repeated)
			TRY(note_list_add(&g->notes, NOTE_TIME_REPEATED, name,
				STR("several rows have the same time; the last of them holds"), e));
		group->axis = count;
		axes[count++] = (struct wire_axis){ group->backwards ? 0 : group->rows,
			group->times_at };
	}
	*ret_count = count;
	return ERR_OK;
}

static uint64_t column_at(const struct gather *g, const struct group *group, uint32_t place)
{
	(void)g;
	for (uint32_t i = 0; i < group->column_count; i++) {
		if (group->columns[i] == place)
			return group->values_at[i];
	}
	return 0;
}

static enum err_code put_column(struct gather *g, const struct mapping_signal *signal,
	uint32_t place, struct wire_column *ret, struct err *e)
{
	if (place == UINT32_MAX) {
		*ret = (struct wire_column){ .name = signal->channel, .group = signal->group,
			.axis = UINT32_MAX };
		return ERR_OK;
	}
	const struct evidence_channel *c = &g->listing->channels[g->wanted[place]];
	const struct group *group = &g->groups[c->group_index];
	const struct labels *labels = &g->labels[place];
	struct wire_column column = { .name = c->name, .group = c->group, .unit = c->unit,
		.kind = c->kind, .axis = group->axis, .values_at = column_at(g, group, place),
		.label_count = labels->count };
	struct str *list = ARENA_ARRAY(g->a, struct str, labels->count);
	uint32_t i = 0;

	if (!list)
		return no_memory(e);
	for (struct label_row *row = labels->first; row; row = row->next)
		list[i++] = row->text;
	column.labels = list;
	*ret = column;
	return ERR_OK;
}

static enum err_code put_table(struct gather *g, const struct mapping *mapping,
	const uint32_t *places, struct err *e)
{
	struct wire_axis *axes = ARENA_ARRAY(g->a, struct wire_axis, g->listing->group_count);
	struct wire_column *columns = ARENA_ARRAY(g->a, struct wire_column, mapping->signal_count);
	struct wire_table t = { .format = g->listing->format, .start_ns = g->listing->start_ns,
		.column_count = mapping->signal_count, .axes = axes, .columns = columns };

	if (!axes || !columns)
		return no_memory(e);
	TRY(put_axes(g, axes, &t.axis_count, e));
	for (uint32_t i = 0; i < mapping->signal_count; i++)
		TRY(put_column(g, &mapping->signals[i], places[i], &columns[i], e));
	TRY(note_list_array(&g->notes, &t.notes, &t.note_count, e));
	return wire_put_table(g->out, &t, e);
}

enum err_code gather_table(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct wire_out *out, struct err *e)
{
	struct evidence_listing listing;
	struct gather g = { .a = a, .out = out, .listing = &listing, .notes = { .a = a } };
	const struct evidence_sink sink = { room, filled, label, note, &g };

	TRY(evidence_list(a, file, mapping, &listing, e));
	uint32_t *wanted = ARENA_ARRAY(a, uint32_t, mapping->signal_count);
	uint32_t *places = ARENA_ARRAY(a, uint32_t, mapping->signal_count);
	g.groups = ARENA_ARRAY(a, struct group, listing.group_count);
	g.labels = ARENA_ARRAY(a, struct labels, mapping->signal_count);
	if (!wanted || !places || !g.groups || !g.labels)
		return no_memory(e);
	g.wanted = wanted;
	TRY(note_list_add_all(&g.notes, listing.notes, listing.note_count, e));
	TRY(choose(&g, mapping, wanted, places, e));
	TRY(prepare(&g, e));
	if (g.wanted_count > 0)
		TRY(evidence_read(a, file, mapping, &listing, wanted, g.wanted_count, &sink, e));
	return put_table(&g, mapping, places, e);
}
