/* wire_get.c - the distrusting end of an answer. */
#include <math.h>
#include <string.h>

#include "evidence/wire_inner.h"

/* No name, unit or note of a measurement file is longer; a worker that says otherwise is broken. */
#define TEXT_BYTES_MAX 65536

struct block {
	const uint8_t *at;
	uint64_t size;
	struct arena *a;
};

static enum err_code broken(const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "the sandbox answered with %s out of range", what);
}

/* `count` things of `each` bytes at `at`: inside, aligned. */
static bool inside(const struct block *b, uint64_t at, uint64_t count, uint64_t each)
{
	return at % 8 == 0 && at <= b->size && count <= (b->size - at) / each;
}

static enum err_code get_text(const struct block *b, struct wire_text t, struct str *ret,
	struct err *e)
{
	struct str s = STR("");

	if (t.len > 0) {
		if (t.len > TEXT_BYTES_MAX || !inside(b, t.at, t.len, 1))
			return broken("a text", e);
		s = str_copy(b->a, (struct str){ (const char *)b->at + t.at, (size_t)t.len });
		if (!s.at)
			return err_set(e, ERR_TOO_LARGE, "its texts need too much memory");
	}
	*ret = s;
	return ERR_OK;
}

static enum err_code get_head(const struct block *b, enum wire_kind kind, struct wire_head *ret,
	struct err *e)
{
	static const size_t row_bytes[PART_COUNT] = { sizeof(struct wire_group_row),
		sizeof(struct wire_channel_row), sizeof(struct wire_text),
		sizeof(struct wire_note_row), sizeof(struct wire_group_sum_row),
		sizeof(struct wire_channel_sum_row) };
	struct wire_head head;

	if (b->size < sizeof(head))
		return broken("its size", e);
	memcpy(&head, b->at, sizeof(head));
	if (head.magic != WIRE_MAGIC || head.size != b->size || head.kind != (uint64_t)kind)
		return broken("its head", e);
	for (int i = 0; i < PART_COUNT; i++) {
		size_t bytes = i == PART_GROUPS && kind == WIRE_TABLE
			? sizeof(struct wire_axis_row) : row_bytes[i];
		if (!inside(b, head.parts[i].at, head.parts[i].count, bytes) ||
			head.parts[i].count > UINT32_MAX - 1)
			return broken("a list", e);
	}
	*ret = head;
	return ERR_OK;
}

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "its list of channels needs too much memory");
}

static enum err_code get_notes(const struct block *b, struct wire_part part,
	const struct evidence_note **ret, uint32_t *ret_count, struct err *e)
{
	struct evidence_note *notes = ARENA_ARRAY(b->a, struct evidence_note, part.count);
	struct wire_note_row row;

	if (!notes)
		return no_memory(e);
	for (uint64_t i = 0; i < part.count; i++) {
		memcpy(&row, b->at + part.at + i * sizeof(row), sizeof(row));
		if (row.code >= NOTE_CODE_COUNT)
			return broken("a note", e);
		notes[i].code = (enum note_code)row.code;
		TRY(get_text(b, row.where, &notes[i].where, e));
		TRY(get_text(b, row.text, &notes[i].text, e));
	}
	*ret = notes;
	*ret_count = (uint32_t)part.count;
	return ERR_OK;
}

static enum err_code get_groups(const struct block *b, struct wire_part part,
	const struct evidence_group **ret, struct err *e)
{
	struct evidence_group *groups = ARENA_ARRAY(b->a, struct evidence_group, part.count);
	struct wire_group_row row;

	if (!groups)
		return no_memory(e);
	for (uint64_t i = 0; i < part.count; i++) {
		memcpy(&row, b->at + part.at + i * sizeof(row), sizeof(row));
		if (row.rows_known > 1 || row.has_time > 1)
			return broken("a group", e);
		groups[i] = (struct evidence_group){ .rows = row.rows,
			.rows_known = row.rows_known == 1, .has_time = row.has_time == 1 };
		TRY(get_text(b, row.name, &groups[i].name, e));
	}
	*ret = groups;
	return ERR_OK;
}

static enum err_code get_listed(const struct block *b, const struct wire_head *head,
	const struct evidence_channel **ret, struct err *e)
{
	struct wire_part part = head->parts[PART_CHANNELS];
	struct evidence_channel *list = ARENA_ARRAY(b->a, struct evidence_channel, part.count);
	struct wire_channel_row row;

	if (!list)
		return no_memory(e);
	for (uint64_t i = 0; i < part.count; i++) {
		memcpy(&row, b->at + part.at + i * sizeof(row), sizeof(row));
		if (row.kind > CHANNEL_TEXT || row.readable > 1 ||
			row.index >= head->parts[PART_GROUPS].count)
			return broken("a channel", e);
		list[i].kind = (enum channel_kind)row.kind;
		list[i].readable = row.readable == 1;
		list[i].group_index = row.index;
		TRY(get_text(b, row.name, &list[i].name, e));
		TRY(get_text(b, row.group, &list[i].group, e));
		TRY(get_text(b, row.unit, &list[i].unit, e));
		TRY(get_text(b, row.why_not, &list[i].why_not, e));
	}
	*ret = list;
	return ERR_OK;
}

static enum err_code get_listing(const struct block *b, const struct wire_head *head,
	struct evidence_listing *ret, struct err *e)
{
	struct evidence_listing l = { .start_ns = head->start_ns,
		.group_count = (uint32_t)head->parts[PART_GROUPS].count,
		.channel_count = (uint32_t)head->parts[PART_CHANNELS].count };

	TRY(get_text(b, head->format, &l.format, e));
	TRY(get_groups(b, head->parts[PART_GROUPS], &l.groups, e));
	TRY(get_listed(b, head, &l.channels, e));
	TRY(get_notes(b, head->parts[PART_NOTES], &l.notes, &l.note_count, e));
	*ret = l;
	return ERR_OK;
}

enum err_code wire_get_listing(struct arena *a, const uint8_t *at, uint64_t size,
	struct evidence_listing *ret, struct err *e)
{
	struct block b = { at, size, a };
	struct wire_head head;

	TRY(get_head(&b, WIRE_LISTING, &head, e));
	return get_listing(&b, &head, ret, e);
}

enum err_code wire_get_sums(struct arena *a, const uint8_t *at, uint64_t size,
	struct evidence_sums *ret, struct err *e)
{
	struct block b = { at, size, a };
	struct evidence_sums s;
	struct wire_head head;

	TRY(get_head(&b, WIRE_SUMS, &head, e));
	TRY(get_listing(&b, &head, &s.listing, e));
	if (head.parts[PART_GROUP_SUMS].count != s.listing.group_count ||
		head.parts[PART_CHANNEL_SUMS].count != s.listing.channel_count)
		return broken("its number of sums", e);
	struct evidence_group_sum *groups = ARENA_ARRAY(a, struct evidence_group_sum,
		s.listing.group_count);
	struct evidence_channel_sum *channels = ARENA_ARRAY(a, struct evidence_channel_sum,
		s.listing.channel_count);
	if (!groups || !channels)
		return no_memory(e);
	for (uint32_t i = 0; i < s.listing.group_count; i++) {
		struct wire_group_sum_row row;
		memcpy(&row, at + head.parts[PART_GROUP_SUMS].at + i * sizeof(row), sizeof(row));
		if (row.backwards > 1 || row.gap_ns < 0)
			return broken("a group's sums", e);
		groups[i] = (struct evidence_group_sum){ row.rows, row.first_ns, row.last_ns,
			row.gap_ns, row.backwards == 1 };
	}
	for (uint32_t i = 0; i < s.listing.channel_count; i++) {
		struct wire_channel_sum_row row;
		memcpy(&row, at + head.parts[PART_CHANNEL_SUMS].at + i * sizeof(row), sizeof(row));
		channels[i] = (struct evidence_channel_sum){ row.count, row.missing, row.min,
			row.max, row.sum };
	}
	s.groups = groups;
	s.channels = channels;
	*ret = s;
	return ERR_OK;
}

static enum err_code get_axes(const struct block *b, struct wire_part part,
	const struct channel_axis **ret, struct err *e)
{
	struct channel_axis *axes = ARENA_ARRAY(b->a, struct channel_axis, part.count);
	struct wire_axis_row row;

	if (!axes)
		return no_memory(e);
	for (uint64_t i = 0; i < part.count; i++) {
		memcpy(&row, b->at + part.at + i * sizeof(row), sizeof(row));
		if (!inside(b, row.times_at, row.count, sizeof(int64_t)))
			return broken("a time axis", e);
		const int64_t *times = (const int64_t *)(const void *)(b->at + row.times_at);
		for (uint64_t k = 1; k < row.count; k++) {
			if (times[k] < times[k - 1])
				return broken("a time", e);
		}
		axes[i] = (struct channel_axis){ row.count, times };
	}
	*ret = axes;
	return ERR_OK;
}

static enum err_code get_labels(const struct block *b, struct wire_part part,
	const struct str **ret, struct err *e)
{
	struct str *labels = ARENA_ARRAY(b->a, struct str, part.count);
	struct wire_text text;

	if (!labels)
		return no_memory(e);
	for (uint64_t i = 0; i < part.count; i++) {
		memcpy(&text, b->at + part.at + i * sizeof(text), sizeof(text));
		TRY(get_text(b, text, &labels[i], e));
	}
	*ret = labels;
	return ERR_OK;
}

/* Every value of a text channel is missing or the index of a label. */
static bool values_are_labels(const struct channel *c, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		double v = c->values[i];
		if (!isnan(v) && !(v >= 0 && v < c->label_count && floor(v) == v))
			return false;
	}
	return true;
}

static enum err_code get_channel(const struct block *b, const struct channel_table *t,
	const struct wire_channel_row *row, const struct str *labels, uint64_t label_count,
	struct channel *ret, struct err *e)
{
	struct channel c = { .kind = (enum channel_kind)row->kind, .axis = row->index,
		.label_count = row->label_count };

	if (row->kind > CHANNEL_TEXT || row->label_first > label_count ||
		row->label_count > label_count - row->label_first ||
		(row->kind == CHANNEL_NUMBER && row->label_count > 0))
		return broken("a channel", e);
	c.labels = labels + row->label_first;
	if (c.axis != UINT32_MAX) {
		if (c.axis >= t->axis_count)
			return broken("a channel's axis", e);
		if (!inside(b, row->values_at, t->axes[c.axis].count, sizeof(double)))
			return broken("a column", e);
		c.values = (const double *)(const void *)(b->at + row->values_at);
		if (c.kind == CHANNEL_TEXT && !values_are_labels(&c, t->axes[c.axis].count))
			return broken("a label", e);
	}
	TRY(get_text(b, row->name, &c.name, e));
	TRY(get_text(b, row->group, &c.group, e));
	TRY(get_text(b, row->unit, &c.unit, e));
	*ret = c;
	return ERR_OK;
}

enum err_code wire_get_table(struct arena *a, const uint8_t *at, uint64_t size,
	struct channel_table *ret, struct err *e)
{
	struct block b = { at, size, a };
	struct channel_table t = { 0 };
	struct wire_head head;
	const struct str *labels = NULL;

	TRY(get_head(&b, WIRE_TABLE, &head, e));
	t.start_ns = head.start_ns;
	t.axis_count = (uint32_t)head.parts[PART_GROUPS].count;
	t.channel_count = (uint32_t)head.parts[PART_CHANNELS].count;
	TRY(get_text(&b, head.format, &t.format, e));
	TRY(get_axes(&b, head.parts[PART_GROUPS], &t.axes, e));
	TRY(get_labels(&b, head.parts[PART_LABELS], &labels, e));
	struct channel *channels = ARENA_ARRAY(a, struct channel, t.channel_count);
	if (!channels)
		return no_memory(e);
	for (uint32_t i = 0; i < t.channel_count; i++) {
		struct wire_channel_row row;
		memcpy(&row, at + head.parts[PART_CHANNELS].at + i * sizeof(row), sizeof(row));
		TRY(get_channel(&b, &t, &row, labels, head.parts[PART_LABELS].count, &channels[i],
			e));
	}
	t.channels = channels;
	TRY(get_notes(&b, head.parts[PART_NOTES], &t.notes, &t.note_count, e));
	*ret = t;
	return ERR_OK;
}
