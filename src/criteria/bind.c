/* bind.c - the signals of one run: found in its files by the mapping, on one time axis, in the
 * units that the program declares. What does not fit is absent with a reason, never bent to fit.
 */
#include <math.h>
#include <string.h>

#include "criteria/evaluation_inner.h"

static const char *const absence_names[ABSENCE_COUNT] = { "", "not-mapped", "not-in-file",
	"in-two-files", "no-rows", "kind", "unit-not-stated", "unit-disagrees",
	"unit-not-convertible", "start-unknown", "time-range" };

const char *absence_name(enum absence why)
{
	CHECK(why < ABSENCE_COUNT);
	return absence_names[why];
}

/* Row of the signal in the mapping, which is also the channel's row in the files' tables. */
static uint32_t mapping_row(const struct mapping *m, struct str signal)
{
	for (uint32_t i = 0; i < m->signal_count; i++) {
		if (str_eq(m->signals[i].signal, signal))
			return i;
	}
	return UINT32_MAX;
}

static const struct channel *channel_at(const struct channel_table *t, uint32_t row)
{
	if (row >= t->channel_count || t->channels[row].axis >= t->axis_count)
		return NULL;
	return &t->channels[row];
}

static enum absence find_channel(const struct evaluation_run *run, uint32_t row,
	struct bound_signal *b)
{
	for (uint32_t f = 0; f < run->file_count; f++) {
		const struct channel *c = channel_at(&run->files[f].table, row);
		if (c && b->channel)
			return ABSENCE_IN_TWO_FILES;
		if (c) {
			b->channel = c;
			b->file = f;
		}
	}
	return b->channel ? ABSENCE_NONE : ABSENCE_NOT_IN_FILE;
}

/* The unit is stated by the mapping; the file's own, when it gives one, must be the same. */
static enum absence agree_on_unit(const struct program_signal *s, struct bound_signal *b)
{
	struct unit own;
	if (s->kind != SIGNAL_NUMBER)
		return ABSENCE_NONE;
	if (b->mapping->unit.len == 0 ||
		unit_parse(b->mapping->unit, &b->stated, NULL) != ERR_OK)
		return ABSENCE_UNIT_NOT_STATED;
	if (b->channel->unit.len > 0 && (unit_parse(b->channel->unit, &own, NULL) != ERR_OK ||
		!unit_eq(&own, &b->stated)))
		return ABSENCE_UNIT_DISAGREES;
	if (unit_conversion(&b->stated, &s->unit, &b->conversion, NULL) != ERR_OK)
		return ABSENCE_UNIT_CONVERSION;
	return ABSENCE_NONE;
}

/* What to add to the channel's times: its file's start on the run's axis, less the known delay. */
static enum absence time_shift(const struct evaluation_run *run, const struct bound_signal *b,
	int64_t *ret)
{
	int64_t first = run->files[0].table.start_ns;
	int64_t own = run->files[b->file].table.start_ns;
	int64_t shift = 0;
	if (b->file > 0 && (first == CHANNEL_TIME_UNKNOWN || own == CHANNEL_TIME_UNKNOWN))
		return ABSENCE_START_UNKNOWN;
	if (b->file > 0 && __builtin_sub_overflow(own, first, &shift))
		return ABSENCE_TIME_RANGE;
	if (__builtin_sub_overflow(shift, b->mapping->delay_ns, &shift))
		return ABSENCE_TIME_RANGE;
	*ret = shift;
	return ABSENCE_NONE;
}

static enum err_code bind_times(struct arena *work, const struct channel_axis *axis,
	int64_t shift, struct bound_signal *b, struct err *e)
{
	int64_t lowest, highest;
	if (axis->count == 0) {
		b->absence = ABSENCE_NO_ROWS;
		return ERR_OK;
	}
	if (__builtin_add_overflow(axis->times[0], shift, &lowest) ||
		__builtin_add_overflow(axis->times[axis->count - 1], shift, &highest)) {
		b->absence = ABSENCE_TIME_RANGE;
		return ERR_OK;
	}
	b->signal.count = axis->count;
	b->signal.times = axis->times;
	if (shift == 0)
		return ERR_OK;
	int64_t *times = ARENA_ARRAY(work, int64_t, axis->count);
	if (!times)
		return err_set(e, ERR_TOO_LARGE, "signals of the run need too much memory");
	for (uint64_t i = 0; i < axis->count; i++)
		times[i] = axis->times[i] + shift; /* between the two that were tried */
	b->signal.times = times;
	return ERR_OK;
}

/* A copy in the program's unit; of a text, with indexes that name no label as missing. */
static enum err_code bind_values(struct arena *work, const struct program_signal *s,
	struct bound_signal *b, struct err *e)
{
	const struct unit_conversion *c = &b->conversion;
	uint64_t count = b->signal.count;
	const double *from = b->channel->values;
	b->signal.values = from;
	if (s->kind == SIGNAL_FLAG || (s->kind == SIGNAL_NUMBER && c->exact && c->num == c->den))
		return ERR_OK;
	double *values = ARENA_ARRAY(work, double, count);
	if (!values)
		return err_set(e, ERR_TOO_LARGE, "signals of the run need too much memory");
	if (s->kind == SIGNAL_NUMBER) {
		for (uint64_t i = 0; i < count; i++)
			values[i] = unit_convert(c, from[i]);
	} else {
		double labels = (double)b->channel->label_count;
		for (uint64_t i = 0; i < count; i++)
			values[i] = from[i] >= 0 && from[i] < labels && floor(from[i]) == from[i]
				? from[i] : NAN;
		b->signal.label_count = b->channel->label_count;
		b->signal.labels = b->channel->labels;
	}
	b->signal.values = values;
	return ERR_OK;
}

static uint64_t count_missing(const struct eval_signal *s)
{
	uint64_t missing = 0;
	for (uint64_t i = 0; i < s->count; i++)
		missing += s->values[i] != s->values[i];
	return missing;
}

static enum absence resolve(const struct evaluation_input *input, const struct evaluation_run *run,
	const struct program_signal *s, struct bound_signal *b, int64_t *ret_shift)
{
	uint32_t row = mapping_row(input->mapping, s->name);
	enum absence why;
	if (row == UINT32_MAX)
		return ABSENCE_NOT_MAPPED;
	b->mapping = &input->mapping->signals[row];
	why = find_channel(run, row, b);
	if (why == ABSENCE_NONE &&
		(s->kind == SIGNAL_TEXT) != (b->channel->kind == CHANNEL_TEXT))
		why = ABSENCE_KIND;
	if (why == ABSENCE_NONE)
		why = agree_on_unit(s, b);
	if (why == ABSENCE_NONE)
		why = time_shift(run, b, ret_shift);
	return why;
}

static enum err_code bind_signal(struct arena *work, const struct evaluation_input *input,
	const struct evaluation_run *run, const struct program_signal *s, struct bound_signal *ret,
	struct err *e)
{
	struct bound_signal b = { .signal = { .accuracy = NAN },
		.conversion = { .num = 1, .den = 1, .exact = true } };
	int64_t shift = 0;
	b.absence = resolve(input, run, s, &b, &shift);
	if (b.absence == ABSENCE_NONE)
		TRY(bind_times(work,
			&run->files[b.file].table.axes[b.channel->axis], shift, &b, e));
	if (b.absence == ABSENCE_NONE) {
		TRY(bind_values(work, s, &b, e));
		b.missing = count_missing(&b.signal);
		if (s->kind == SIGNAL_NUMBER)
			b.signal.accuracy = unit_convert(&b.conversion,
				text_to_double(b.mapping->accuracy));
	}
	*ret = b;
	return ERR_OK;
}

enum err_code bind_run(struct arena *work, const struct evaluation_input *input,
	const struct evaluation_run *run, struct bound_signal **ret, struct err *e)
{
	const struct program *p = input->program;
	struct bound_signal *list = ARENA_ARRAY(work, struct bound_signal, p->signal_count);
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "signals of the run need too much memory");
	for (uint32_t i = 0; i < p->signal_count; i++)
		TRY(bind_signal(work, input, run, &p->signals[i], &list[i], e));
	*ret = list;
	return ERR_OK;
}
