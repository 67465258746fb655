/* gather_sums.c - count, bounds and sum of every channel in one pass. */
#include <math.h>

#include "evidence/gather_inner.h"

/* Rows of a block: a few kB a column stay in the processor's cache. */
#define BLOCK_ROWS 1024

struct column {
	uint32_t channel;
	double sum, carry;         /* of Neumaier: what adding rounded away */
};
struct group {
	uint32_t column_count;
	struct column *columns;
	int64_t *times;
	double **values;
};
struct summing {
	struct arena *a;
	const struct evidence_listing *listing;
	struct group *groups;
	struct evidence_group_sum *group_sums;
	struct evidence_channel_sum *channel_sums;
	struct note_list notes;
};

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "its channels need too much memory");
}

static enum err_code room(void *context, uint32_t index, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct summing *s = context;
	struct group *group = &s->groups[index];

	(void)rows_left;
	if (!group->times) {
		group->times = ARENA_ARRAY(s->a, int64_t, BLOCK_ROWS);
		group->values = ARENA_ARRAY(s->a, double *, group->column_count);
		if (!group->times || !group->values)
			return no_memory(e);
		for (uint32_t i = 0; i < group->column_count; i++) {
			group->values[i] = ARENA_ARRAY(s->a, double, BLOCK_ROWS);
			if (!group->values[i])
				return no_memory(e);
		}
	}
	*ret = (struct evidence_block){ index, BLOCK_ROWS, group->times, group->values };
	return ERR_OK;
}

static void add_times(struct evidence_group_sum *sum, const int64_t *times, uint64_t count)
{
	int64_t before = sum->last_ns;

	if (count == 0)
		return;
	if (sum->rows == 0)
		before = sum->first_ns = times[0];
	for (uint64_t i = 0; i < count; i++) {
		int64_t gap;
		/* A distance past the range of an integer is as long as one can be told. */
		if (times[i] < before)
			sum->backwards = true;
		else if (__builtin_sub_overflow(times[i], before, &gap))
			sum->gap_ns = INT64_MAX;
		else if (gap > sum->gap_ns)
			sum->gap_ns = gap;
		before = times[i];
	}
	sum->last_ns = before;
	sum->rows += count;
}

static void add_values(struct evidence_channel_sum *sum, struct column *column,
	const double *values, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		double v = values[i], next;
		if (isnan(v)) {
			sum->missing++;
			continue;
		}
		if (sum->count == 0)
			sum->min = sum->max = v;
		sum->min = v < sum->min ? v : sum->min;
		sum->max = v > sum->max ? v : sum->max;
		sum->count++;
		next = column->sum + v;
		if (fabs(column->sum) >= fabs(v))
			column->carry += (column->sum - next) + v;
		else
			column->carry += (v - next) + column->sum;
		column->sum = next;
	}
}

static enum err_code filled(void *context, const struct evidence_block *block, uint64_t count,
	struct err *e)
{
	struct summing *s = context;
	struct group *group = &s->groups[block->group];

	(void)e; /* nothing can fail here */
	add_times(&s->group_sums[block->group], block->times, count);
	for (uint32_t i = 0; i < group->column_count; i++)
		add_values(&s->channel_sums[group->columns[i].channel], &group->columns[i],
			block->values[i], count);
	return ERR_OK;
}

static enum err_code label(void *context, uint32_t wanted, uint32_t index, struct str text,
	struct err *e)
{
	(void)context;
	(void)wanted;
	(void)index;
	(void)text;
	(void)e; /* sums have no use for labels */
	return ERR_OK;
}

static enum err_code note(void *context, enum note_code code, struct str where, struct str text,
	struct err *e)
{
	return note_list_add(&((struct summing *)context)->notes, code, where, text, e);
}

/* Every readable channel of a group with a time axis. */
static enum err_code choose(struct summing *s, uint32_t *wanted, uint32_t *ret_count,
	struct err *e)
{
	const struct evidence_listing *l = s->listing;
	uint32_t count = 0;

	for (uint32_t i = 0; i < l->channel_count; i++) {
		if (!l->channels[i].readable || !l->groups[l->channels[i].group_index].has_time)
			continue;
		wanted[count++] = i;
		s->groups[l->channels[i].group_index].column_count++;
	}
	for (uint32_t i = 0; i < l->group_count; i++) {
		s->groups[i].columns = ARENA_ARRAY(s->a, struct column,
			s->groups[i].column_count);
		if (!s->groups[i].columns)
			return no_memory(e);
		s->groups[i].column_count = 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct group *group = &s->groups[l->channels[wanted[i]].group_index];
		group->columns[group->column_count++].channel = wanted[i];
	}
	*ret_count = count;
	return ERR_OK;
}

static void finish(struct summing *s)
{
	for (uint32_t i = 0; i < s->listing->group_count; i++) {
		for (uint32_t k = 0; k < s->groups[i].column_count; k++) {
			const struct column *c = &s->groups[i].columns[k];
			/* An infinite sum has no rounding to make up for. */
			s->channel_sums[c->channel].sum = isinf(c->sum) || isnan(c->carry)
				? c->sum : c->sum + c->carry;
		}
	}
	for (uint32_t i = 0; i < s->listing->channel_count; i++) {
		struct evidence_channel_sum *sum = &s->channel_sums[i];
		if (sum->count == 0)
			sum->min = sum->max = sum->sum = NAN;
	}
}

enum err_code gather_sums(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_sums *ret, struct err *e)
{
	struct evidence_sums sums = { 0 };
	struct summing s = { .a = a, .listing = &sums.listing, .notes = { .a = a } };
	const struct evidence_sink sink = { room, filled, label, note, &s };
	uint32_t count = 0;

	TRY(evidence_list(a, file, mapping, &sums.listing, e));
	uint32_t *wanted = ARENA_ARRAY(a, uint32_t, sums.listing.channel_count);
	s.groups = ARENA_ARRAY(a, struct group, sums.listing.group_count);
	s.group_sums = ARENA_ARRAY(a, struct evidence_group_sum, sums.listing.group_count);
	s.channel_sums = ARENA_ARRAY(a, struct evidence_channel_sum, sums.listing.channel_count);
	if (!wanted || !s.groups || !s.group_sums || !s.channel_sums)
		return no_memory(e);
	TRY(note_list_add_all(&s.notes, sums.listing.notes, sums.listing.note_count, e));
	TRY(choose(&s, wanted, &count, e));
	if (count > 0)
		TRY(evidence_read(a, file, mapping, &sums.listing, wanted, count, &sink, e));
	finish(&s);
	TRY(note_list_array(&s.notes, &sums.listing.notes, &sums.listing.note_count, e));
	sums.groups = s.group_sums;
	sums.channels = s.channel_sums;
	*ret = sums;
	return ERR_OK;
}
