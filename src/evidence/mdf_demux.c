/* mdf_demux.c - a data group whose records of several groups are interleaved, each behind its id,
 * in one pass: records wait in a stage a group until there are enough to be decoded together, and
 * until the texts they point to have come. */
#include "evidence/mdf_inner.h"

#define STAGE_BYTES 65536
#define STAGE_ROWS_MAX 4096
#define LENGTH_BYTES 4
#define ID_BYTES_MAX 8
#define STRIDE_BYTES 1048576   /* progress is told each so many bytes */
#define CARRY_FIRST 4096

struct record_kind {
	uint64_t id;
	bool used, is_stream, twice;
	uint64_t size;                 /* of a fixed record */
	struct mdf_taker *taker;       /* NULL: nobody wants it */
	struct mdf_stream *stream;
};

struct demux {
	struct mdf_model *m;
	const struct mdf_data_group *group;
	struct mdf_taker **takers;
	uint32_t taker_count;
	struct record_kind *kinds;     /* open addressing by id */
	uint32_t kind_mask;
	uint8_t *carry;                /* a record that straddles blocks */
	uint64_t carry_len, carry_capacity;
};

static uint32_t slot_of(const struct demux *d, uint64_t id)
{
	uint32_t i = (uint32_t)(id * 0x9e3779b97f4a7c15u >> 32) & d->kind_mask;

	while (d->kinds[i].used && d->kinds[i].id != id)
		i = (i + 1) & d->kind_mask;
	return i;
}

static void add_kind(struct demux *d, struct record_kind kind)
{
	struct record_kind *slot = &d->kinds[slot_of(d, kind.id)];

	kind.used = true;
	kind.twice = slot->used;
	*slot = kind;
}

static enum err_code open_kinds(struct demux *d, struct mdf_wanted_stream *streams,
	uint32_t stream_count, struct err *e)
{
	const struct mdf_data_group *g = d->group;
	uint32_t size = 16;

	while (size < 2 * (g->group_count + g->stream_count))
		size *= 2;
	d->kinds = ARENA_ARRAY(d->m->arena, struct record_kind, size);
	if (!d->kinds)
		return mdf_too_large(e);
	d->kind_mask = size - 1;
	for (uint32_t i = 0; i < g->group_count; i++) {
		const struct mdf_group *group = &d->m->groups[g->first_group + i];
		add_kind(d, (struct record_kind){ .id = group->record_id,
			.size = (uint64_t)group->data_bytes + group->inval_bytes });
	}
	for (uint32_t i = 0; i < g->stream_count; i++) {
		const struct mdf_stream_group *s = &d->m->streams[g->first_stream + i];
		struct record_kind kind = { .id = s->record_id, .is_stream = true };
		for (uint32_t k = 0; k < stream_count; k++) {
			if (streams[k].at == s->at)
				kind.stream = &streams[k].stream;
		}
		add_kind(d, kind);
	}
	for (uint32_t i = 0; i < d->taker_count; i++) {
		struct mdf_taker *t = d->takers[i];
		struct record_kind *kind = &d->kinds[slot_of(d,
			d->m->groups[t->group].record_id)];
		kind->taker = t;
		t->stage_max = t->size > 0 && t->size < STAGE_BYTES ? STAGE_BYTES / t->size : 1;
		if (t->stage_max > STAGE_ROWS_MAX)
			t->stage_max = STAGE_ROWS_MAX;
		t->stage = arena_alloc_array(d->m->arena, t->stage_max, t->size);
		if (!t->stage)
			return mdf_too_large(e);
	}
	return ERR_OK;
}

/* ---- stages ---------------------------------------------------------------------------------- */

/* Hands over the staged records that are ready, all of them when `force`. */
static enum err_code flush(struct demux *d, struct mdf_taker *t, bool force, struct err *e)
{
	const struct mdf_group *g = &d->m->groups[t->group];
	struct mdf_rows rows = { .at = t->stage, .stride = t->size, .step = 1,
		.inval = t->stage + g->data_bytes, .inval_stride = t->size, .inval_step = 1,
		.count = t->stage_rows, .first = t->done };
	uint64_t n = t->stage_rows;

	if (n > 0 && t->ready && !force)
		TRY(t->ready(t, &rows, &n, e));
	if (n == 0)
		return ERR_OK;
	rows.count = n;
	TRY(t->rows(t, &rows, &rows, e));
	t->done += n;
	t->stage_rows -= n;
	memmove(t->stage, t->stage + n * t->size, t->stage_rows * t->size);
	return ERR_OK;
}

static enum err_code stage(struct demux *d, struct mdf_taker *t, const uint8_t *record,
	struct err *e)
{
	if (t->done + t->stage_rows == t->cycles) {
		t->surplus = true;
		return ERR_OK;
	}
	if (t->stage_rows == t->stage_max)
		TRY(flush(d, t, false, e));
	if (t->stage_rows == t->stage_max)
		TRY(flush(d, t, true, e));
	memcpy(t->stage + t->stage_rows * t->size, record, t->size);
	t->stage_rows++;
	return ERR_OK;
}

static enum err_code append(struct demux *d, struct mdf_stream *s, const uint8_t *bytes,
	uint64_t len, struct err *e)
{
	if (!mdf_stream_fits(s, len)) {
		for (uint32_t i = 0; i < d->taker_count; i++) {
			if (d->takers[i]->ready)
				TRY(flush(d, d->takers[i], false, e));
		}
		mdf_stream_drop(s);
	}
	mdf_stream_append(s, bytes, (uint32_t)len);
	return ERR_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

static uint64_t id_at(const uint8_t *p, unsigned bytes)
{
	uint64_t id = 0;

	for (unsigned i = 0; i < bytes; i++)
		id |= (uint64_t)p[i] << (8 * i);
	return id;
}

/* Bytes of the record that begins here, as far as `len` bytes of it tell: when more than `len`, so
 * many are needed to go on. */
static enum err_code measure(const struct demux *d, const uint8_t *p, uint64_t len,
	const struct record_kind **ret_kind, uint64_t *ret_size, struct err *e)
{
	unsigned id_bytes = d->group->id_bytes;
	const struct record_kind *kind;
	uint64_t id;

	*ret_size = id_bytes;
	if (len < id_bytes)
		return ERR_OK;
	id = id_at(p, id_bytes);
	kind = &d->kinds[slot_of(d, id)];
	if (!kind->used)
		return err_set(e, ERR_INVALID, "a record has the unknown id %llu",
			(unsigned long long)id);
	if (kind->twice)
		return err_set(e, ERR_INVALID, "two groups have the record id %llu",
			(unsigned long long)id);
	*ret_kind = kind;
	*ret_size = id_bytes + (kind->is_stream ? LENGTH_BYTES : kind->size);
	if (kind->is_stream && len >= *ret_size)
		*ret_size += mdf_u32(p + id_bytes);
	return ERR_OK;
}

static enum err_code take(struct demux *d, const struct record_kind *kind, const uint8_t *p,
	uint64_t size, struct err *e)
{
	unsigned id_bytes = d->group->id_bytes;

	if (kind->taker)
		return stage(d, kind->taker, p + id_bytes, e);
	if (kind->stream)
		return append(d, kind->stream, p + id_bytes, size - id_bytes, e);
	return ERR_OK;
}

static enum err_code carry(struct demux *d, const uint8_t *p, uint64_t len, struct err *e)
{
	uint64_t capacity = d->carry_capacity ? d->carry_capacity : CARRY_FIRST;
	uint8_t *more;

	while (capacity - d->carry_len < len)
		capacity *= 2;
	if (capacity > 2 * (uint64_t)LIMIT_MDF_BLOCK_BYTES)
		return err_set(e, ERR_INVALID, "a record is over %d bytes long",
			LIMIT_MDF_BLOCK_BYTES);
	if (capacity > d->carry_capacity) {
		more = arena_alloc(d->m->arena, capacity);
		if (!more)
			return mdf_too_large(e);
		if (d->carry_len > 0)
			memcpy(more, d->carry, d->carry_len);
		d->carry = more;
		d->carry_capacity = capacity;
	}
	if (len > 0)
		memcpy(d->carry + d->carry_len, p, len);
	d->carry_len += len;
	return ERR_OK;
}

/* What went wrong: with the data (`why`) or with a taker (returned). */
struct outcome {
	struct err why;
	bool damaged;
};

static bool damage(struct outcome *o, enum err_code code)
{
	o->damaged = code == ERR_INVALID;
	return code != ERR_OK;
}

/* Completes the record that began in an earlier piece; *pos goes behind it. */
static enum err_code finish_carried(struct demux *d, const uint8_t *p, uint64_t len, uint64_t *pos,
	struct outcome *o, struct err *e)
{
	while (d->carry_len > 0) {
		const struct record_kind *kind = NULL;
		uint64_t size, n;
		if (damage(o, measure(d, d->carry, d->carry_len, &kind, &size, &o->why)))
			return ERR_OK;
		if (size == d->carry_len) {
			d->carry_len = 0;
			return take(d, kind, d->carry, size, e);
		}
		n = size - d->carry_len < len - *pos ? size - d->carry_len : len - *pos;
		if (n == 0)
			return ERR_OK;
		if (damage(o, carry(d, p + *pos, n, &o->why)))
			return o->damaged ? ERR_OK : err_set(e, o->why.code, "%s", o->why.message);
		*pos += n;
	}
	return ERR_OK;
}

static enum err_code take_piece(struct demux *d, struct mdf_chain *c,
	const struct mdf_piece *piece, struct outcome *o, struct err *e)
{
	uint64_t pos = 0, told = 0;

	TRY(finish_carried(d, piece->at, piece->len, &pos, o, e));
	while (!o->damaged && pos < piece->len) {
		const struct record_kind *kind = NULL;
		uint64_t size, left = piece->len - pos;
		if (damage(o, measure(d, piece->at + pos, left, &kind, &size, &o->why)))
			break;
		if (size > left) {
			if (damage(o, carry(d, piece->at + pos, left, &o->why)) && !o->damaged)
				return err_set(e, o->why.code, "%s", o->why.message);
			break;
		}
		TRY(take(d, kind, piece->at + pos, size, e));
		pos += size;
		if (piece->mapped && pos - told > STRIDE_BYTES) {
			told = pos;
			mdf_chain_passed(c, piece->from + pos);
		}
	}
	return ERR_OK;
}

static enum err_code take_chain(struct demux *d, struct mdf_chain *c, struct outcome *o,
	struct err *e)
{
	struct mdf_piece piece;
	bool more = true;

	while (!o->damaged) {
		enum err_code code = mdf_chain_next(c, &piece, &more, &o->why);
		if (code != ERR_OK) {
			o->damaged = true;
			return ERR_OK;
		}
		if (!more)
			return ERR_OK;
		mdf_chain_passed(c, piece.from);
		TRY(take_piece(d, c, &piece, o, e));
		if (piece.mapped)
			mdf_chain_passed(c, piece.to);
	}
	return ERR_OK;
}

enum err_code mdf_demux(struct mdf_model *m, uint32_t data_group, struct mdf_taker **takers,
	uint32_t taker_count, struct mdf_wanted_stream *streams, uint32_t stream_count,
	const struct evidence_sink *sink, struct err *e)
{
	struct demux d = { .m = m, .group = &m->data_groups[data_group], .takers = takers,
		.taker_count = taker_count };
	struct outcome o = { 0 };
	struct mdf_chain chain;
	enum err_code code;
	bool torn;

	TRY(open_kinds(&d, streams, stream_count, e));
	mdf_chain_open(&chain, m, d.group->data, "DT", false);
	code = take_chain(&d, &chain, &o, e);
	torn = chain.torn || d.carry_len > 0;
	mdf_chain_close(&chain);
	TRY(code);
	for (uint32_t i = 0; i < taker_count; i++) {
		TRY(flush(&d, takers[i], true, e));
		if (o.damaged)
			TRY(mdf_note_damage(sink, m->arena, m->groups[takers[i]->group].name,
				&o.why, e));
		TRY(mdf_note_counts(m, takers[i], torn && !o.damaged, sink, e));
	}
	return ERR_OK;
}
