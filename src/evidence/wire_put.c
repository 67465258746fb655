/* wire_put.c - the worker's end of an answer. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "evidence/wire_inner.h"

/* The file grows by so much at once: few calls, and little that is never used. */
#define GROW_BYTES ((uint64_t)1 << 20)
#define KEEP_BYTES ((uint64_t)64 << 20)

enum err_code wire_out_open(struct wire_out *w, int fd, uint64_t max, struct err *e)
{
	struct wire_out out = { .max = max, .fd = fd };

	out.at = mmap(NULL, max, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (out.at == MAP_FAILED)
		return err_set(e, ERR_IO, "could not map %llu bytes for an answer: %s",
			(unsigned long long)max, err_errno());
	*w = out;
	return ERR_OK;
}

void wire_out_begin(struct wire_out *w)
{
	w->used = 0;
	w->full = false;
	/* The head comes last, but stands first; so no other thing has the offset 0. */
	(void)wire_reserve(w, sizeof(struct wire_head));
	/* Memory that one large answer took is not kept for small ones. */
	if (w->size > KEEP_BYTES && ftruncate(w->fd, (off_t)KEEP_BYTES) == 0)
		w->size = KEEP_BYTES;
}

/* Memory behind the bytes up to `end`. */
static bool grow(struct wire_out *w, uint64_t end)
{
	uint64_t size = (end + GROW_BYTES - 1) / GROW_BYTES * GROW_BYTES;

	if (end <= w->size)
		return true;
	if (size > w->max)
		size = w->max;
	if (end > w->max || ftruncate(w->fd, (off_t)size) != 0)
		return false;
#ifdef MADV_POPULATE_WRITE
	/* One call instead of a fault a page; a kernel that cannot is only slower. */
	(void)madvise(w->at + w->size / 4096 * 4096, size - w->size / 4096 * 4096,
		MADV_POPULATE_WRITE);
#endif
	w->size = size;
	return true;
}

uint64_t wire_reserve(struct wire_out *w, uint64_t bytes)
{
	uint64_t at = w->used, end;

	if (w->full || bytes > w->max || __builtin_add_overflow(at, (bytes + 7) & ~UINT64_C(7),
		&end) || !grow(w, end)) {
		w->full = true;
		return 0;
	}
	w->used = end;
	return at;
}

void wire_out_close(struct wire_out *w)
{
	if (!w->at)
		return;
	(void)munmap(w->at, w->max);
	*w = (struct wire_out){ .fd = -1 };
}

static struct wire_text put_text(struct wire_out *w, struct str s)
{
	struct wire_text t = { 0, s.len };

	if (s.len == 0)
		return (struct wire_text){ 0, 0 };
	t.at = wire_reserve(w, s.len);
	if (t.at != 0)
		memcpy(w->at + t.at, s.at, s.len);
	return t;
}

/* Room for `count` rows. */
static struct wire_part put_part(struct wire_out *w, uint64_t count, size_t row_bytes)
{
	uint64_t bytes;
	struct wire_part part = { 0, count };

	if (count == 0)
		return part;
	if (__builtin_mul_overflow(count, (uint64_t)row_bytes, &bytes))
		w->full = true;
	else
		part.at = wire_reserve(w, bytes);
	return part;
}

static void put_row(struct wire_out *w, const struct wire_part *part, uint64_t index,
	const void *row, size_t row_bytes)
{
	if (!w->full)
		memcpy(w->at + part->at + index * row_bytes, row, row_bytes);
}

static struct wire_part put_notes(struct wire_out *w, const struct evidence_note *notes,
	uint32_t count)
{
	struct wire_part part = put_part(w, count, sizeof(struct wire_note_row));

	for (uint32_t i = 0; i < count && !w->full; i++) {
		struct wire_note_row row = { put_text(w, notes[i].where),
			put_text(w, notes[i].text), notes[i].code };
		put_row(w, &part, i, &row, sizeof(row));
	}
	return part;
}

static enum err_code finish(struct wire_out *w, struct wire_head *head, struct err *e)
{
	head->magic = WIRE_MAGIC;
	head->size = w->used;
	if (w->full)
		return err_set(e, ERR_TOO_LARGE, "its content is over %llu MB",
			(unsigned long long)(w->max >> 20));
	memcpy(w->at, head, sizeof(*head));
	return ERR_OK;
}

static void put_listing(struct wire_out *w, const struct evidence_listing *l,
	struct wire_head *head)
{
	struct wire_part *groups = &head->parts[PART_GROUPS];
	struct wire_part *channels = &head->parts[PART_CHANNELS];

	head->start_ns = l->start_ns;
	head->format = put_text(w, l->format);
	*groups = put_part(w, l->group_count, sizeof(struct wire_group_row));
	for (uint32_t i = 0; i < l->group_count && !w->full; i++) {
		const struct evidence_group *g = &l->groups[i];
		struct wire_group_row row = { put_text(w, g->name), g->rows, g->rows_known,
			g->has_time };
		put_row(w, groups, i, &row, sizeof(row));
	}
	*channels = put_part(w, l->channel_count, sizeof(struct wire_channel_row));
	for (uint32_t i = 0; i < l->channel_count && !w->full; i++) {
		const struct evidence_channel *c = &l->channels[i];
		struct wire_channel_row row = { .name = put_text(w, c->name),
			.group = put_text(w, c->group), .unit = put_text(w, c->unit),
			.why_not = put_text(w, c->why_not), .kind = c->kind,
			.index = c->group_index, .readable = c->readable };
		put_row(w, channels, i, &row, sizeof(row));
	}
	head->parts[PART_NOTES] = put_notes(w, l->notes, l->note_count);
}

enum err_code wire_put_listing(struct wire_out *w, const struct evidence_listing *l, struct err *e)
{
	struct wire_head head = { .kind = WIRE_LISTING };

	put_listing(w, l, &head);
	return finish(w, &head, e);
}

enum err_code wire_put_sums(struct wire_out *w, const struct evidence_sums *s, struct err *e)
{
	struct wire_head head = { .kind = WIRE_SUMS };
	struct wire_part *groups = &head.parts[PART_GROUP_SUMS];
	struct wire_part *channels = &head.parts[PART_CHANNEL_SUMS];

	put_listing(w, &s->listing, &head);
	*groups = put_part(w, s->listing.group_count, sizeof(struct wire_group_sum_row));
	for (uint32_t i = 0; i < s->listing.group_count && !w->full; i++) {
		const struct evidence_group_sum *g = &s->groups[i];
		struct wire_group_sum_row row = { g->rows, g->first_ns, g->last_ns, g->gap_ns,
			g->backwards };
		put_row(w, groups, i, &row, sizeof(row));
	}
	*channels = put_part(w, s->listing.channel_count, sizeof(struct wire_channel_sum_row));
	for (uint32_t i = 0; i < s->listing.channel_count && !w->full; i++) {
		const struct evidence_channel_sum *c = &s->channels[i];
		struct wire_channel_sum_row row = { c->count, c->missing, c->min, c->max, c->sum };
		put_row(w, channels, i, &row, sizeof(row));
	}
	return finish(w, &head, e);
}

static uint64_t label_total(const struct wire_table *t)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < t->column_count; i++)
		total += t->columns[i].label_count;
	return total;
}

enum err_code wire_put_table(struct wire_out *w, const struct wire_table *t, struct err *e)
{
	struct wire_head head = { .kind = WIRE_TABLE, .start_ns = t->start_ns };
	struct wire_part *axes = &head.parts[PART_GROUPS];
	struct wire_part *channels = &head.parts[PART_CHANNELS];
	struct wire_part *labels = &head.parts[PART_LABELS];
	uint64_t label = 0;

	head.format = put_text(w, t->format);
	*axes = put_part(w, t->axis_count, sizeof(struct wire_axis_row));
	for (uint32_t i = 0; i < t->axis_count; i++) {
		struct wire_axis_row row = { t->axes[i].count, t->axes[i].times_at };
		put_row(w, axes, i, &row, sizeof(row));
	}
	*labels = put_part(w, label_total(t), sizeof(struct wire_text));
	*channels = put_part(w, t->column_count, sizeof(struct wire_channel_row));
	for (uint32_t i = 0; i < t->column_count && !w->full; i++) {
		const struct wire_column *c = &t->columns[i];
		struct wire_channel_row row = { .name = put_text(w, c->name),
			.group = put_text(w, c->group), .unit = put_text(w, c->unit),
			.values_at = c->values_at, .kind = c->kind, .index = c->axis,
			.label_first = (uint32_t)label, .label_count = c->label_count };
		put_row(w, channels, i, &row, sizeof(row));
		for (uint32_t k = 0; k < c->label_count && !w->full; k++) {
			struct wire_text text = put_text(w, c->labels[k]);
			put_row(w, labels, label++, &text, sizeof(text));
		}
	}
	head.parts[PART_NOTES] = put_notes(w, t->notes, t->note_count);
	return finish(w, &head, e);
}
