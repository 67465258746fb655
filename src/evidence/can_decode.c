/* can_decode.c - the groups of a bus, and frames as their rows. */
#include "evidence/can_decode.h"

#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "evidence/reader_inner.h"

#define NO_BUS UINT32_MAX

/* ---- the model ------------------------------------------------------------------------------- */

static bool same_choice(const struct dbc_signal *a, const struct dbc_signal *b)
{
	if (a->parent != b->parent || a->range_count != b->range_count)
		return false;
	for (uint32_t i = 0; i < a->range_count; i++) {
		if (a->ranges[i].from != b->ranges[i].from || a->ranges[i].to != b->ranges[i].to)
			return false;
	}
	return true;
}

/* "Message", or "Message Mux=3-5,7" for a choice: no two of a DBC file are equal. */
static struct str group_name(const struct can_model *m, uint32_t message, uint32_t sample)
{
	const struct dbc_message *b = &m->dbc.messages[message];
	const struct dbc_signal *s;
	struct str name;

	if (sample == DBC_NONE)
		return b->name;
	s = &m->dbc.signals[sample];
	name = str_printf(m->a, STR_FMT " " STR_FMT, STR_ARG(b->name),
		STR_ARG(m->dbc.signals[s->parent].name));
	for (uint32_t i = 0; i < s->range_count && name.at; i++) {
		char sign = i == 0 ? '=' : ',';
		unsigned long long from = s->ranges[i].from, to = s->ranges[i].to;
		name = from == to ?
			str_printf(m->a, STR_FMT "%c%llu", STR_ARG(name), sign, from) :
			str_printf(m->a, STR_FMT "%c%llu-%llu", STR_ARG(name), sign, from, to);
	}
	return name;
}

static enum err_code add_group(struct can_model *m, uint32_t message, uint32_t sample,
	uint32_t *ret, struct err *e)
{
	struct can_group *g = &m->groups[m->group_count];

	*g = (struct can_group){ .message = message, .sample = sample, .next = m->first[message],
		.name = group_name(m, message, sample) };
	if (!g->name.at)
		return reader_full(e);
	m->first[message] = m->group_count;
	*ret = m->group_count++;
	return ERR_OK;
}

/* A multiplexed signal joins the group of its choice. */
static enum err_code find_group(struct can_model *m, uint32_t message, uint32_t signal,
	uint32_t plain, struct err *e)
{
	const struct dbc_signal *s = &m->dbc.signals[signal];
	uint32_t g = m->first[message], looked = 0;

	m->group_of[signal] = plain;
	if (s->parent == DBC_NONE || s->broken)
		return ERR_OK;
	for (; g != DBC_NONE; g = m->groups[g].next) {
		if (m->groups[g].sample != DBC_NONE &&
			same_choice(s, &m->dbc.signals[m->groups[g].sample])) {
			m->group_of[signal] = g;
			return ERR_OK;
		}
		if (++looked > LIMIT_DBC_CHOICES)
			return err_set(e, ERR_TOO_LARGE,
				"message \"" STR_FMT "\" has more than %d multiplexor values",
				STR_ARG(m->dbc.messages[message].name), LIMIT_DBC_CHOICES);
	}
	return add_group(m, message, signal, &m->group_of[signal], e);
}

enum err_code can_model_new(struct arena *a, struct str dbc, struct can_model *ret, struct err *e)
{
	struct can_model m = { .a = a };
	uint32_t plain;

	if (dbc_parse(a, dbc, &m.dbc, e) != ERR_OK)
		return err_in(e, "DBC file");
	m.groups = ARENA_ARRAY(a, struct can_group, m.dbc.message_count + m.dbc.signal_count);
	m.first = ARENA_ARRAY(a, uint32_t, m.dbc.message_count);
	m.buses = ARENA_ARRAY(a, uint32_t, m.dbc.message_count);
	m.group_of = ARENA_ARRAY(a, uint32_t, m.dbc.signal_count);
	if (!m.groups || !m.first || !m.buses || !m.group_of)
		return reader_full(e);
	for (uint32_t k = 0; k < m.dbc.message_count; k++) {
		m.first[k] = DBC_NONE;
		m.buses[k] = NO_BUS;
		TRY(add_group(&m, k, DBC_NONE, &plain, e));
		for (uint32_t i = m.dbc.messages[k].first; i != DBC_NONE;
			i = m.dbc.signals[i].next)
			TRY(find_group(&m, k, i, plain, e));
	}
	*ret = m;
	return ERR_OK;
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* True when the multiplexors of the frame choose the signal's group. */
static bool is_chosen(const struct dbc *d, const struct dbc_signal *s,
	const struct can_frame *frame)
{
	for (int depth = 0; s->parent != DBC_NONE && depth <= DBC_MULTIPLEX_DEPTH; depth++) {
		const struct dbc_signal *m = &d->signals[s->parent];
		uint64_t raw;
		bool within = false;
		if (!can_raw(m, frame->bytes, frame->length, &raw))
			return false;
		for (uint32_t i = 0; i < s->range_count; i++)
			within |= raw >= s->ranges[i].from && raw <= s->ranges[i].to;
		if (!within)
			return false;
		s = m;
	}
	return true;
}

/* The message's index, or DBC_NONE when the frame is not taken. */
static uint32_t message_of(struct can_model *m, const struct can_frame *frame)
{
	const struct dbc_message *b = dbc_message(&m->dbc, frame->id, frame->extended);
	uint32_t k;

	if (!b) {
		m->unknown++;
		return DBC_NONE;
	}
	k = (uint32_t)(b - m->dbc.messages);
	if (m->buses[k] == NO_BUS)
		m->buses[k] = frame->bus;
	if (m->buses[k] != frame->bus) {
		m->other_bus++;
		return DBC_NONE;
	}
	return k;
}

static bool group_has(const struct can_model *m, const struct can_group *g,
	const struct can_frame *frame)
{
	return g->sample == DBC_NONE || is_chosen(&m->dbc, &m->dbc.signals[g->sample], frame);
}

void can_count(struct can_model *m, const struct can_frame *frame)
{
	uint32_t k = message_of(m, frame);

	if (k == DBC_NONE)
		return;
	for (uint32_t g = m->first[k]; g != DBC_NONE; g = m->groups[g].next)
		m->groups[g].rows += group_has(m, &m->groups[g], frame);
}

/* ---- listing --------------------------------------------------------------------------------- */

static enum err_code list_signal(const struct can_model *m, const struct dbc_signal *s,
	struct listing_draft *d, struct err *e)
{
	struct str message = m->dbc.messages[s->message].name;
	struct evidence_channel c = { .unit = s->unit, .readable = !s->broken,
		.why_not = str_of(s->broken) };

	c.name = str_printf(d->a, STR_FMT "." STR_FMT, STR_ARG(message), STR_ARG(s->name));
	if (!c.name.at)
		return reader_full(e);
	if (!s->broken && can_is_state(s))
		c.kind = CHANNEL_TEXT;
	TRY(listing_add_channel(d, c, e));
	if (c.kind != CHANNEL_TEXT)
		return ERR_OK;
	/* For who wants a flag. */
	c.kind = CHANNEL_NUMBER;
	c.name = str_printf(d->a, STR_FMT ".raw", STR_ARG(c.name));
	return c.name.at ? listing_add_channel(d, c, e) : reader_full(e);
}

static enum err_code add_note(struct listing_draft *d, uint64_t count, const char *what,
	struct err *e)
{
	if (count == 0)
		return ERR_OK;
	return listing_add_note(d, NOTE_UNSUPPORTED, STR(""), str_printf(d->a, "%llu %s",
		(unsigned long long)count, what), e);
}

enum err_code can_listing(const struct can_model *m, struct listing_draft *d, struct err *e)
{
	for (uint32_t i = 0; i < m->group_count; i++) {
		const struct can_group *g = &m->groups[i];
		if (g->rows == 0)
			continue;
		TRY(listing_add_group(d, (struct evidence_group){ .name = g->name,
			.rows = g->rows, .rows_known = true, .has_time = true }, e));
		for (uint32_t k = m->dbc.messages[g->message].first; k != DBC_NONE;
			k = m->dbc.signals[k].next) {
			if (m->group_of[k] == i)
				TRY(list_signal(m, &m->dbc.signals[k], d, e));
		}
	}
	TRY(add_note(d, m->unknown, "frames have an identifier the DBC file does not describe", e));
	return add_note(d, m->other_bus, "frames repeat a message on another bus than the one it "
		"was first seen on, and are left out", e);
}

/* ---- decoding -------------------------------------------------------------------------------- */

struct can_wanted {
	const struct dbc_signal *signal;
	struct str name;           /* of the channel */
	bool raw;                  /* the number of a state */
	uint32_t place, next;      /* next: of the group, + 1 */
	struct labels labels;
	uint64_t shorter, named, inexact, bad, over;
};
struct wanted_group {
	uint32_t first, last;      /* wanted + 1 */
	struct rows rows;
};
struct can_decoder {
	struct can_model *model;
	const struct evidence_sink *sink;
	uint32_t wanted_count;
	struct can_wanted *wanted;
	struct wanted_group *groups;     /* one a group of the model */
};

/* The wanted channel of that name among those of the model's group. */
static bool find_signal(const struct can_model *m, uint32_t group, struct str name,
	struct can_wanted *ret)
{
	const struct dbc_message *b = &m->dbc.messages[m->groups[group].message];

	ret->name = name;
	name = str_skip(name, b->name.len + 1);
	for (uint32_t i = b->first; i != DBC_NONE; i = m->dbc.signals[i].next) {
		const struct dbc_signal *s = &m->dbc.signals[i];
		if (m->group_of[i] != group || s->broken || name.len < s->name.len ||
			!str_eq((struct str){ name.at, s->name.len }, s->name))
			continue;
		ret->raw = can_is_state(s) && str_is(str_skip(name, s->name.len), ".raw");
		if (!ret->raw && name.len != s->name.len)
			continue;
		ret->signal = s;
		return true;
	}
	return false;
}

/* Groups of the listing are those of the model that were seen, in the same order. */
static enum err_code match_groups(const struct can_model *m, const struct evidence_listing *l,
	uint32_t *ret, struct err *e)
{
	uint32_t i = 0;

	for (uint32_t g = 0; g < l->group_count; g++) {
		while (i < m->group_count && !str_eq(m->groups[i].name, l->groups[g].name))
			i++;
		if (i == m->group_count)
			return err_set(e, ERR_INVALID,
				"the bus recording has other groups than listed");
		ret[g] = i++;
	}
	return ERR_OK;
}

enum err_code can_decoder_new(struct can_model *m, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct can_decoder **ret, struct err *e)
{
	struct can_decoder *d = ARENA_NEW(m->a, struct can_decoder);
	uint32_t *groups = ARENA_ARRAY(m->a, uint32_t, listing->group_count);

	if (!d || !groups)
		return reader_full(e);
	TRY(match_groups(m, listing, groups, e));
	*d = (struct can_decoder){ .model = m, .sink = sink, .wanted_count = wanted_count,
		.wanted = ARENA_ARRAY(m->a, struct can_wanted, wanted_count),
		.groups = ARENA_ARRAY(m->a, struct wanted_group, m->group_count) };
	if (!d->wanted || !d->groups)
		return reader_full(e);
	for (uint32_t i = 0; i < wanted_count; i++) {
		const struct evidence_channel *c = &listing->channels[wanted[i]];
		struct wanted_group *g = &d->groups[groups[c->group_index]];
		if (!find_signal(m, groups[c->group_index], c->name, &d->wanted[i]))
			return err_set(e, ERR_INVALID,
				"the bus recording has other channels than listed");
		d->wanted[i].place = i;
		if (g->last)
			d->wanted[g->last - 1].next = i + 1;
		else
			g->first = i + 1;
		g->last = i + 1;
		g->rows.sink = sink;
		g->rows.group = c->group_index;
		g->rows.staged_columns++;
	}
	for (uint32_t i = 0; i < m->group_count; i++) {
		struct wanted_group *g = &d->groups[i];
		if (g->first)
			TRY(rows_stage(&g->rows, m->a, g->rows.staged_columns, e));
	}
	*ret = d;
	return ERR_OK;
}

static enum err_code state_value(struct can_decoder *d, struct can_wanted *w, uint64_t raw,
	double *ret, struct err *e)
{
	const struct dbc_label *label = can_label(w->signal, raw);
	char digits[24];
	uint32_t index;

	/* A state without a name is known by its number. */
	(void)snprintf(digits, sizeof(digits), w->signal->number == DBC_SIGNED ? "%lld" : "%llu",
		(long long)raw);
	TRY(labels_index(&w->labels, d->model->a, label ? label->text : str_of(digits), w->place,
		d->sink, &index, e));
	*ret = (double)NAN;
	if (index == UINT32_MAX)
		w->over++;
	else
		*ret = index;
	return ERR_OK;
}

static enum err_code wanted_value(struct can_decoder *d, struct can_wanted *w,
	const struct can_frame *frame, double *ret, struct err *e)
{
	const struct dbc_signal *s = w->signal;
	uint64_t raw;
	bool exact;

	*ret = (double)NAN;
	if (!can_raw(s, frame->bytes, frame->length, &raw)) {
		w->shorter++;
		return ERR_OK;
	}
	if (can_is_state(s) && !w->raw)
		return state_value(d, w, raw, ret, e);
	/* A number with a name is no measured value: "error", "not available". */
	if (!w->raw && s->label_count > 0 && (s->number == DBC_UNSIGNED ||
		s->number == DBC_SIGNED) && can_label(s, raw)) {
		w->named++;
		return ERR_OK;
	}
	*ret = can_value(s, raw, &exact);
	w->inexact += !exact;
	w->bad += isnan(*ret);
	return ERR_OK;
}

enum err_code can_decode(struct can_decoder *d, const struct can_frame *frame, struct err *e)
{
	struct can_model *m = d->model;
	uint32_t k = message_of(m, frame);

	if (k == DBC_NONE)
		return ERR_OK;
	for (uint32_t i = m->first[k]; i != DBC_NONE; i = m->groups[i].next) {
		struct wanted_group *g = &d->groups[i];
		uint32_t column = 0;
		if (!g->first || !group_has(m, &m->groups[i], frame))
			continue;
		TRY(rows_room(&g->rows, e));
		for (uint32_t w = g->first; w; w = d->wanted[w - 1].next)
			TRY(wanted_value(d, &d->wanted[w - 1], frame,
				&g->rows.block.values[column++][g->rows.used], e));
		rows_add(&g->rows, frame->time_ns);
	}
	return ERR_OK;
}

static enum err_code tell(struct can_decoder *d, enum note_code code, const struct can_wanted *w,
	uint64_t count, const char *what, struct err *e)
{
	struct str text;

	if (count == 0)
		return ERR_OK;
	text = str_printf(d->model->a, "%llu %s", (unsigned long long)count, what);
	if (!text.at)
		return reader_full(e);
	return d->sink->note(d->sink->context, code, w->name, text, e);
}

enum err_code can_decoder_end(struct can_decoder *d, struct err *e)
{
	for (uint32_t i = 0; i < d->model->group_count; i++) {
		if (d->groups[i].first)
			TRY(rows_flush(&d->groups[i].rows, e));
	}
	for (uint32_t i = 0; i < d->wanted_count; i++) {
		const struct can_wanted *w = &d->wanted[i];
		TRY(tell(d, NOTE_CLAMPED, w, w->shorter,
			"frames end before the signal, which is missing there", e));
		TRY(tell(d, NOTE_BAD_VALUE, w, w->named,
			"values have a name in the DBC file, so are no measured numbers, and are "
			"missing", e));
		TRY(tell(d, NOTE_BAD_VALUE, w, w->bad, "values are no finite numbers and missing",
			e));
		TRY(tell(d, NOTE_INEXACT, w, w->inexact, "integers past 2^53 were rounded", e));
		TRY(tell(d, NOTE_UNSUPPORTED, w, w->over,
			"texts are too many and missing", e));
	}
	return ERR_OK;
}
