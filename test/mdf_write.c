/* mdf_write.c - blocks are appended leaves first, so that links are known when they are written. */
#include "mdf_write.h"

#include <lz4frame.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/scoped.h"

#define HEAD_BYTES 24
#define HD_AT 64
#define HD_LINKS 6
#define HD_BYTES 104
#define CHANNELS_MAX 4096
#define CN_STRICT_INVAL 2u     /* flag: the invalidation bit counts */

static void put_le(struct buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_put_char(b, (char)(i < 8 ? v >> (8 * i) & 0xff : 0));
}

static void put_f64(struct buf *b, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_le(b, bits, 8);
}

static void patch_le64(struct buf *b, uint64_t at, uint64_t v)
{
	if (b->overflow)
		return;
	for (unsigned i = 0; i < 8; i++)
		b->at[at + i] = (char)(v >> (8 * i));
}

/* Header of a block; returns where it begins. The length is patched by block_end. */
static uint64_t block_begin(struct buf *b, const char *id, uint64_t links)
{
	while (b->len % 8 != 0 && !b->overflow)
		buf_put_char(b, 0);
	uint64_t at = b->len;
	buf_put(b, "##", 2);
	buf_put(b, id, 2);
	put_le(b, 0, 4);
	put_le(b, 0, 8);
	put_le(b, links, 8);
	return at;
}

static uint64_t block_end(struct buf *b, uint64_t at)
{
	patch_le64(b, at + 8, b->len - at);
	return at;
}

static uint64_t put_block(struct buf *b, const char *id, const void *bytes, size_t len)
{
	uint64_t at = block_begin(b, id, 0);

	buf_put(b, bytes, len);
	return block_end(b, at);
}

static uint64_t put_text(struct buf *b, const char *id, const char *text)
{
	uint64_t at;

	if (!text)
		return 0;
	at = block_begin(b, id, 0);
	buf_put(b, text, strlen(text) + 1);
	while (b->len % 8 != 0 && !b->overflow)
		buf_put_char(b, 0);
	return block_end(b, at);
}

static uint64_t put_unit(struct buf *b, const char *unit, bool is_xml)
{
	char xml[256];

	if (!unit || !is_xml)
		return put_text(b, "TX", unit);
	(void)snprintf(xml, sizeof(xml), "<CNunit xmlns=\"http://www.asam.net/mdf/v4\">"
		"<TX>%s</TX></CNunit>", unit); /* test names are short */
	return put_text(b, "MD", xml);
}

static uint64_t put_conversion(struct buf *b, const struct mdf_write_conversion *c)
{
	uint64_t *refs, name, unit, at;

	if (!c)
		return 0;
	refs = calloc(c->ref_count + 1u, sizeof(*refs));
	CHECK(refs != NULL);
	for (uint32_t i = 0; i < c->ref_count; i++)
		refs[i] = c->refs[i].conversion ? put_conversion(b, c->refs[i].conversion) :
			put_text(b, "TX", c->refs[i].text);
	name = put_text(b, "TX", c->name);
	unit = put_text(b, "TX", c->unit);
	at = block_begin(b, "CC", 4 + (uint64_t)c->ref_count);
	put_le(b, name, 8);
	put_le(b, unit, 8);
	put_le(b, 0, 16);
	for (uint32_t i = 0; i < c->ref_count; i++)
		put_le(b, refs[i], 8);
	free(refs);
	put_le(b, c->type, 1);
	put_le(b, 0, 3);
	put_le(b, c->ref_count, 2);
	put_le(b, c->value_count, 2);
	put_le(b, 0, 16);
	for (uint32_t i = 0; i < c->value_count; i++)
		put_f64(b, c->values[i]);
	return block_end(b, at);
}

/* ---- data ------------------------------------------------------------------------------------ */

static void transpose(const uint8_t *from, size_t len, size_t columns, uint8_t *to)
{
	size_t rows = columns > 0 ? len / columns : 0;

	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < columns; c++)
			to[c * rows + r] = from[r * columns + c];
	}
	memcpy(to + rows * columns, from + rows * columns, len - rows * columns);
}

static size_t compress_to(enum mdf_zip zip, const uint8_t *from, size_t len, uint8_t *to,
	size_t room)
{
	uLongf out = room;

	switch (zip) {
	case MDF_ZSTD:
	case MDF_ZSTD_TRANSPOSED:
		out = ZSTD_compress(to, room, from, len, 3);
		CHECK(!ZSTD_isError(out));
		return out;
	case MDF_LZ4:
	case MDF_LZ4_TRANSPOSED:
		out = LZ4F_compressFrame(to, room, from, len, NULL);
		CHECK(!LZ4F_isError(out));
		return out;
	case MDF_ZIP_NONE:
	case MDF_DEFLATE:
	case MDF_DEFLATE_TRANSPOSED:
	default:
		CHECK(compress2(to, &out, from, len, 6) == Z_OK);
		return out;
	}
}

static uint64_t put_zipped(struct buf *b, const struct mdf_write_storage *s, const char *id,
	const uint8_t *bytes, size_t len, uint32_t columns)
{
	bool transposed = s->zip == MDF_DEFLATE_TRANSPOSED || s->zip == MDF_ZSTD_TRANSPOSED ||
		s->zip == MDF_LZ4_TRANSPOSED;
	size_t room = len + len / 8 + 4096, out;
	uint8_t *turned = malloc(len + 1), *packed = malloc(room);
	uint64_t at;

	CHECK(turned && packed);
	if (s->columns > 0)
		columns = s->columns;
	if (transposed)
		transpose(bytes, len, columns, turned);
	else if (len > 0)
		memcpy(turned, bytes, len);
	out = compress_to(s->zip, turned, len, packed, room);
	at = block_begin(b, "DZ", 0);
	buf_put(b, id, 2);
	put_le(b, (uint64_t)s->zip, 1);
	put_le(b, 0, 1);
	put_le(b, transposed ? columns : 0, 4);
	put_le(b, len, 8);
	put_le(b, out, 8);
	buf_put(b, packed, out);
	free(turned);
	free(packed);
	return block_end(b, at);
}

static bool is_zipped(const struct mdf_write_storage *s)
{
	return s->container == MDF_DZ || s->container == MDF_DL_DZ ||
		s->container == MDF_HL_DL_DZ || (s->container == MDF_LD && s->zip != MDF_ZIP_NONE);
}

static uint64_t put_payload(struct buf *b, const struct mdf_write_storage *s, const char *id,
	const uint8_t *bytes, size_t len, uint32_t columns)
{
	return is_zipped(s) ? put_zipped(b, s, id, bytes, len, columns) :
		put_block(b, id, bytes, len);
}

struct part_list {
	uint64_t *at, *offset, *inval;
	uint64_t count, step, total;
};

static struct part_list part_list_of(uint64_t total, uint64_t step)
{
	struct part_list p = { .step = step > 0 ? step : total + 1, .total = total };

	p.count = total == 0 ? 1 : (total + p.step - 1) / p.step;
	p.at = calloc(p.count, sizeof(*p.at));
	p.inval = calloc(p.count, sizeof(*p.inval));
	CHECK(p.at && p.inval);
	return p;
}

static uint64_t part_bytes(const struct part_list *p, uint64_t i)
{
	return i + 1 < p->count ? p->step : p->total - i * p->step;
}

/* The chain of DL blocks over parts already written, last list first. */
static uint64_t put_lists(struct buf *b, const struct mdf_write_storage *s,
	const struct part_list *p)
{
	uint64_t each = s->list_blocks > 0 ? s->list_blocks : p->count, next = 0;

	for (uint64_t l = (p->count + each - 1) / each; l-- > 0;) {
		uint64_t first = l * each;
		uint64_t count = first + each < p->count ? each : p->count - first;
		uint64_t at = block_begin(b, "DL", 1 + count);
		put_le(b, next, 8);
		for (uint64_t i = 0; i < count; i++)
			put_le(b, p->at[first + i], 8);
		put_le(b, s->offsets ? 0 : 1, 4);
		put_le(b, count, 4);
		if (s->offsets) {
			for (uint64_t i = 0; i < count; i++)
				put_le(b, (first + i) * p->step, 8);
		} else {
			put_le(b, p->step, 8);
		}
		next = block_end(b, at);
	}
	return next;
}

static uint64_t put_chain(struct buf *b, const struct mdf_write_storage *s, const char *id,
	const uint8_t *bytes, size_t len, uint32_t columns)
{
	struct part_list p;
	uint64_t first, at;

	if (s->container == MDF_DT || s->container == MDF_DZ)
		return put_payload(b, s, id, bytes, len, columns);
	p = part_list_of(len, s->block_bytes);
	for (uint64_t i = 0; i < p.count; i++)
		p.at[i] = put_payload(b, s, id, bytes + i * p.step, part_bytes(&p, i), columns);
	first = put_lists(b, s, &p);
	free(p.at);
	free(p.inval);
	if (s->container != MDF_HL_DL_DZ)
		return first;
	at = block_begin(b, "HL", 1);
	put_le(b, first, 8);
	put_le(b, s->offsets ? 0 : 1, 2);
	put_le(b, (uint64_t)s->zip, 1);
	put_le(b, 0, 5);
	return block_end(b, at);
}

static uint64_t put_ld(struct buf *b, const struct mdf_write_storage *s,
	const struct part_list *p, bool inval)
{
	uint64_t each = s->list_blocks > 0 ? s->list_blocks : p->count, next = 0;

	for (uint64_t l = (p->count + each - 1) / each; l-- > 0;) {
		uint64_t first = l * each;
		uint64_t count = first + each < p->count ? each : p->count - first;
		uint64_t at = block_begin(b, "LD", 1 + count * (inval ? 2 : 1));
		put_le(b, next, 8);
		for (uint64_t i = 0; i < count; i++)
			put_le(b, p->at[first + i], 8);
		for (uint64_t i = 0; inval && i < count; i++)
			put_le(b, p->inval[first + i], 8);
		put_le(b, 1u | (inval ? 0x80000000u : 0u), 4);
		put_le(b, count, 4);
		put_le(b, p->step, 8);
		next = block_end(b, at);
	}
	return next;
}

/* Column store: the records of one group, values and invalidation bytes in blocks of their own. */
static uint64_t put_column_store(struct buf *b, const struct mdf_write_storage *s,
	const struct mdf_write_group *g)
{
	size_t size = g->record_bytes + g->inval_bytes;
	uint64_t rows_each = s->block_bytes > 0 && size > 0 ? s->block_bytes / size : g->rows;
	struct part_list p = part_list_of(g->rows, rows_each > 0 ? rows_each : 1);
	uint8_t *values = malloc(g->rows * g->record_bytes + 1);
	uint8_t *inval = malloc(g->rows * g->inval_bytes + 1);
	uint64_t at;

	CHECK(values && inval);
	for (uint64_t i = 0; i < g->rows; i++) {
		memcpy(values + i * g->record_bytes, g->records + i * size, g->record_bytes);
		memcpy(inval + i * g->inval_bytes, g->records + i * size + g->record_bytes,
			g->inval_bytes);
	}
	for (uint64_t i = 0; i < p.count; i++) {
		uint64_t rows = part_bytes(&p, i);
		p.at[i] = put_payload(b, s, "DV", values + i * p.step * g->record_bytes,
			rows * g->record_bytes, g->record_bytes);
		if (g->inval_bytes > 0)
			p.inval[i] = put_payload(b, s, "DI", inval + i * p.step * g->inval_bytes,
				rows * g->inval_bytes, g->inval_bytes);
	}
	free(values);
	free(inval);
	at = put_ld(b, s, &p, g->inval_bytes > 0);
	free(p.at);
	free(p.inval);
	return at;
}

/* Records of all groups in turn, each behind its id. */
static void put_records(struct buf *b, const struct mdf_write_data *d)
{
	uint64_t most = 0;
	const uint8_t **next = calloc(d->group_count, sizeof(*next));

	CHECK(next != NULL);
	for (uint32_t g = 0; g < d->group_count; g++) {
		next[g] = d->groups[g].records;
		most = d->groups[g].rows > most ? d->groups[g].rows : most;
	}
	for (uint64_t i = 0; i < most; i++) {
		for (uint32_t k = 0; k < d->group_count; k++) {
			uint32_t g = d->last_first ? d->group_count - 1 - k : k;
			const struct mdf_write_group *group = &d->groups[g];
			uint32_t len = group->record_bytes + group->inval_bytes;
			if (i >= group->rows)
				continue;
			if (group->flags & 1) {
				memcpy(&len, next[g], sizeof(len));
				len += 4;
			}
			put_le(b, group->record_id, d->id_bytes);
			buf_put(b, next[g], len);
			next[g] += len;
		}
	}
	free(next);
}

static uint64_t put_data(struct buf *b, const struct mdf_write_data *d)
{
	SCOPED_BUF bytes = { 0 };
	const struct mdf_write_group *g = d->groups;
	uint32_t columns = d->group_count > 0 ? g->record_bytes + g->inval_bytes : 1;

	if (d->group_count == 0)
		return 0;
	if (d->storage.container == MDF_LD)
		return put_column_store(b, &d->storage, g);
	if (d->group_count == 1 && d->id_bytes == 0 && !(g->flags & 1))
		return put_chain(b, &d->storage, "DT", g->records, g->rows * columns, columns);
	buf_init(&bytes, b->max);
	put_records(&bytes, d);
	CHECK(!bytes.overflow);
	return put_chain(b, &d->storage, "DT", (const uint8_t *)bytes.at, bytes.len, columns);
}

/* ---- channels and groups --------------------------------------------------------------------- */


struct writer {
	struct buf *b;
	const struct mdf_write_file *f;
	uint64_t **cg;         /* [data][group], 0 = not yet written */
	uint64_t cn[CHANNELS_MAX];
};

static uint64_t channel_data(struct writer *w, const struct mdf_write_channel *c, uint32_t data)
{
	static const struct mdf_write_storage plain = { .container = MDF_DT };

	if (c->stream_group > 0)
		return w->cg[data][c->stream_group - 1];
	if (c->size_channel > 0)
		return w->cn[c->size_channel - 1];
	if (!c->stream)
		return 0;
	return put_chain(w->b, c->stream_storage ? c->stream_storage : &plain, "SD", c->stream,
		c->stream_len, 1);
}

/* `next` and `parts` are channels already written. */
static uint64_t put_channel(struct writer *w, const struct mdf_write_channel *c, uint32_t data,
	uint64_t next, uint64_t parts)
{
	struct buf *b = w->b;
	uint64_t name = put_text(b, "TX", c->name), cc = put_conversion(b, c->conversion);
	uint64_t unit = put_unit(b, c->unit, c->unit_is_xml), more = channel_data(w, c, data);
	uint64_t at = block_begin(b, "CN", 8);

	put_le(b, next, 8);
	put_le(b, parts, 8);
	put_le(b, name, 8);
	put_le(b, 0, 8);
	put_le(b, cc, 8);
	put_le(b, more, 8);
	put_le(b, unit, 8);
	put_le(b, 0, 8);
	put_le(b, c->type, 1);
	put_le(b, c->sync, 1);
	put_le(b, c->data_type, 1);
	put_le(b, c->bit_offset, 1);
	put_le(b, c->byte_offset, 4);
	put_le(b, c->bit_count, 4);
	put_le(b, c->flags, 4);
	put_le(b, c->inval_bit, 4);
	put_le(b, 0, 4);
	put_le(b, 0, 48);
	return block_end(b, at);
}

/* From last to first. Parts of a channel stand behind it and are a chain of their own. */
static uint64_t put_channels(struct writer *w, const struct mdf_write_group *g, uint32_t data)
{
	uint64_t next[CHANNELS_MAX + 1]; /* of the chain from a place on */

	CHECK(g->channel_count <= CHANNELS_MAX);
	memset(w->cn, 0, g->channel_count * sizeof(w->cn[0]));
	memset(next, 0, (g->channel_count + 1) * sizeof(next[0]));
	for (uint32_t i = g->channel_count; i-- > 0;) {
		const struct mdf_write_channel *c = &g->channels[i];
		uint32_t behind = i + 1 + c->part_count;
		uint64_t parts = 0;
		bool is_part = false;
		uint32_t end = g->channel_count;
		for (uint32_t k = 0; k < i; k++) {
			if (g->channels[k].part_count > 0 && i <= k + g->channels[k].part_count) {
				is_part = true;
				end = k + 1 + g->channels[k].part_count;
			}
		}
		if (c->part_count > 0)
			parts = w->cn[i + 1];
		w->cn[i] = put_channel(w, c, data,
			is_part ? (behind < end ? w->cn[behind] : 0) : next[behind], parts);
		next[i] = w->cn[i];
	}
	return g->channel_count > 0 ? w->cn[0] : 0;
}

static uint64_t put_group(struct writer *w, const struct mdf_write_group *g, uint32_t data,
	uint64_t next)
{
	struct buf *b = w->b;
	uint64_t channels = put_channels(w, g, data), name = put_text(b, "TX", g->name);
	bool remote = g->master_data > 0;
	uint64_t at = block_begin(b, "CG", remote ? 7 : 6);
	uint64_t cycles = g->claim_none ? 0 : g->cycle_count ? g->cycle_count : g->rows;

	put_le(b, next, 8);
	put_le(b, channels, 8);
	put_le(b, name, 8);
	put_le(b, 0, 24);
	if (remote)
		put_le(b, w->cg[g->master_data - 1][g->master_group], 8);
	put_le(b, g->record_id, 8);
	put_le(b, cycles, 8);
	put_le(b, g->flags | (remote ? 8u : 0u), 2);
	put_le(b, '.', 2);
	put_le(b, 0, 4);
	put_le(b, g->record_bytes, 4);
	put_le(b, g->inval_bytes, 4);
	return block_end(b, at);
}

static uint64_t put_data_group(struct writer *w, uint32_t data, uint64_t next)
{
	const struct mdf_write_data *d = &w->f->data[data];
	uint64_t bytes = put_data(w->b, d), group = 0, at;

	/* A channel may link to a VLSD group behind its own: those are written first. */
	for (uint32_t i = d->group_count; i-- > 0;) {
		group = put_group(w, &d->groups[i], data, group);
		w->cg[data][i] = group;
	}
	at = block_begin(w->b, "DG", 4);
	put_le(w->b, next, 8);
	put_le(w->b, group, 8);
	put_le(w->b, bytes, 8);
	put_le(w->b, 0, 8);
	put_le(w->b, d->id_bytes, 1);
	put_le(w->b, 0, 7);
	return block_end(w->b, at);
}

static void put_identification(struct buf *b, const struct mdf_write_file *f)
{
	unsigned version = f->version ? f->version : 410;

	buf_put_text(b, f->unfinalized ? "UnFinMF " : "MDF     ");
	buf_printf(b, "%u.%02u    huren   ", version / 100, version % 100);
	put_le(b, 0, 4);
	put_le(b, version, 2);
	put_le(b, 0, 30);
	put_le(b, f->unfinalized ? f->unfinalized_flags : 0, 2);
	put_le(b, 0, 2);
}

void mdf_write(struct buf *b, const struct mdf_write_file *f)
{
	struct writer *w = calloc(1, sizeof(*w));
	uint64_t first = 0, history, hd;

	CHECK(w != NULL);
	CHECK(b->len == 0);
	w->b = b;
	w->f = f;
	w->cg = calloc(f->data_count + 1u, sizeof(*w->cg));
	CHECK(w->cg != NULL);
	put_identification(b, f);
	hd = block_begin(b, "HD", HD_LINKS);
	CHECK(b->overflow || hd == HD_AT);
	put_le(b, 0, 8 * HD_LINKS);
	put_le(b, f->start_ns, 8);
	put_le(b, 0, 4);
	put_le(b, f->time_flags, 1);
	put_le(b, 0, 19);
	(void)block_end(b, hd); /* its place is known */
	CHECK(b->overflow || b->len == HD_AT + HD_BYTES);
	history = block_begin(b, "FH", 2);
	put_le(b, 0, 32);
	(void)block_end(b, history); /* as above */
	for (uint32_t i = f->data_count; i-- > 0;) {
		w->cg[i] = calloc(f->data[i].group_count + 1u, sizeof(**w->cg));
		CHECK(w->cg[i] != NULL);
		first = put_data_group(w, i, first);
	}
	patch_le64(b, HD_AT + HEAD_BYTES, first);
	patch_le64(b, HD_AT + HEAD_BYTES + 8, history);
	for (uint32_t i = 0; i < f->data_count; i++)
		free(w->cg[i]);
	free(w->cg);
	free(w);
}

/* ---- columns --------------------------------------------------------------------------------- */

static uint8_t *columns_to_records(const struct mdf_write_columns *c, size_t size, size_t inval)
{
	uint8_t *records = calloc(c->rows * (size + inval) + 1, 1);

	CHECK(records != NULL);
	for (uint64_t r = 0; r < c->rows; r++) {
		uint8_t *to = records + r * (size + inval);
		memcpy(to, &c->times_s[r], 8);
		for (uint32_t i = 0; i < c->column_count; i++) {
			double v = c->columns[i][r];
			if (isnan(v)) {
				to[size + i / 8] |= (uint8_t)(1u << (i % 8));
				v = 0;
			}
			memcpy(to + 8 + 8 * (size_t)i, &v, 8);
		}
	}
	return records;
}

void mdf_write_columns(struct buf *b, const struct mdf_write_columns *c)
{
	struct mdf_write_channel *channels = calloc(c->column_count + 1u, sizeof(*channels));
	size_t size = 8 + 8 * (size_t)c->column_count, inval = (c->column_count + 7) / 8;
	uint8_t *records = columns_to_records(c, size, inval);
	struct mdf_write_group g = { .name = c->group, .record_bytes = (uint32_t)size,
		.inval_bytes = (uint32_t)inval, .rows = c->rows, .records = records,
		.channel_count = c->column_count + 1, .channels = channels };
	struct mdf_write_data d = { .group_count = 1, .groups = &g, .storage = c->storage };
	struct mdf_write_file f = { .version = c->storage.container == MDF_LD ? 420 : 410,
		.start_ns = c->start_ns, .data_count = 1, .data = &d };

	CHECK(channels != NULL);
	channels[0] = (struct mdf_write_channel){ .name = "t", .unit = "s", .type = 2, .sync = 1,
		.data_type = 4, .bit_count = 64 };
	for (uint32_t i = 0; i < c->column_count; i++)
		channels[i + 1] = (struct mdf_write_channel){ .name = c->names[i],
			.unit = c->units[i], .data_type = 4, .bit_count = 64,
			.byte_offset = 8 + 8 * i, .flags = CN_STRICT_INVAL, .inval_bit = i };
	mdf_write(b, &f);
	free(records);
	free(channels);
}
