/* mdf_walk.c - the records of a data group to those who want them. */
#include "evidence/mdf_inner.h"

enum err_code mdf_note(const struct evidence_sink *sink, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	if (!sink || !sink->note)
		return ERR_OK;
	return sink->note(sink->context, code, where, text, e);
}

enum err_code mdf_note_damage(const struct evidence_sink *sink, struct arena *a, struct str where,
	const struct err *why, struct err *e)
{
	struct str text;

	if (why->code != ERR_INVALID && why->code != ERR_UNSUPPORTED)
		return err_set(e, why->code, "%s", why->message);
	text = str_printf(a, "%s; what follows is not read", why->message);
	if (!text.at)
		return mdf_too_large(e);
	return mdf_note(sink, why->code == ERR_INVALID ? NOTE_BROKEN : NOTE_UNSUPPORTED, where,
		text, e);
}

enum err_code mdf_note_counts(struct mdf_model *m, const struct mdf_taker *t, bool torn,
	const struct evidence_sink *sink, struct err *e)
{
	struct str name = m->groups[t->group].name, text;

	/* Bytes behind the last record that was claimed are nobody's loss. */
	if (torn && t->done != t->cycles)
		TRY(mdf_note(sink, NOTE_TORN, name,
			STR("the data end within a record, which is dropped"), e));
	if (t->cycles != UINT64_MAX && t->done < t->cycles) {
		text = str_printf(m->arena, "%llu records instead of %llu",
			(unsigned long long)t->done, (unsigned long long)t->cycles);
		if (!text.at)
			return mdf_too_large(e);
		TRY(mdf_note(sink, NOTE_CLAMPED, name, text, e));
	}
	if (!t->surplus)
		return ERR_OK;
	return mdf_note(sink, NOTE_BROKEN, name,
		STR("the data hold more records than the file claims; these are not read"), e);
}

bool mdf_group_rows(struct mdf_model *m, const struct mdf_group *g, uint64_t *ret)
{
	const struct mdf_data_group *d = &m->data_groups[g->data_group];
	bool claimed = !(m->unfinalized && (m->unfin_flags & MDF_UNFIN_CYCLES));
	uint64_t bytes = 0, size, most;
	bool columns = false;

	*ret = 0;
	if (g->data_bytes == 0)
		return true;
	if (d->data != 0 && !mdf_chain_length(m, d->data, &bytes, &columns))
		return false;
	if (d->id_bytes == 0 && d->group_count + d->stream_count != 1)
		return true;
	size = (uint64_t)g->data_bytes + (columns ? 0 : g->inval_bytes) + d->id_bytes;
	most = bytes / size;
	if (claimed) {
		*ret = g->cycles < most ? g->cycles : most;
		return true;
	}
	if (d->id_bytes != 0)
		return false;
	*ret = most;
	return true;
}

/* ---- sorted ---------------------------------------------------------------------------------- */

struct sorted_walk {
	struct mdf_cursor own, master;
	bool remote;
};

/* Rows both have; the count of *ret is 0 at the end. */
static enum err_code next_rows(struct sorted_walk *w, struct mdf_rows *ret,
	struct mdf_rows *ret_master, struct err *e)
{
	TRY(mdf_cursor_view(&w->own, ret, e));
	*ret_master = *ret;
	if (!w->remote || ret->count == 0)
		return ERR_OK;
	TRY(mdf_cursor_view(&w->master, ret_master, e));
	if (ret_master->count == 0)
		return err_set(e, ERR_INVALID, "the time axis in another group ends early");
	if (ret_master->count < ret->count)
		ret->count = ret_master->count;
	ret_master->count = ret->count;
	return ERR_OK;
}

static enum err_code walk_rows(struct sorted_walk *w, struct mdf_model *m, struct mdf_taker *t,
	const struct evidence_sink *sink, struct err *e)
{
	struct mdf_rows rows, master;
	struct err why = { 0 };
	struct str name = m->groups[t->group].name;

	for (;;) {
		if (next_rows(w, &rows, &master, &why) != ERR_OK) {
			TRY(mdf_note_damage(sink, m->arena, name, &why, e));
			break;
		}
		if (rows.count == 0)
			break;
		if (t->done == t->cycles) {
			t->surplus = true;
			break;
		}
		if (rows.count > t->cycles - t->done)
			rows.count = master.count = t->cycles - t->done;
		TRY(t->rows(t, &rows, &master, e));
		t->done += rows.count;
		mdf_cursor_take(&w->own, rows.count);
		if (w->remote)
			mdf_cursor_take(&w->master, rows.count);
	}
	return mdf_note_counts(m, t, !t->surplus && mdf_cursor_torn(&w->own), sink, e);
}

static enum err_code open_walk(struct sorted_walk *w, struct mdf_model *m,
	const struct mdf_taker *t, struct err *e)
{
	const struct mdf_group *g = &m->groups[t->group];

	TRY(mdf_cursor_open(&w->own, m, g, e));
	w->remote = g->remote_group != MDF_NONE;
	if (w->remote)
		TRY(mdf_cursor_open(&w->master, m, &m->groups[g->remote_group], e));
	return ERR_OK;
}

static enum err_code walk_sorted(struct mdf_model *m, struct mdf_taker *t,
	const struct evidence_sink *sink, struct err *e)
{
	struct sorted_walk w = { 0 };
	struct err why = { 0 };
	enum err_code code;

	code = open_walk(&w, m, t, &why);
	if (code == ERR_OK)
		code = walk_rows(&w, m, t, sink, e);
	else
		code = mdf_note_damage(sink, m->arena, m->groups[t->group].name, &why, e);
	mdf_cursor_close(&w.own);
	mdf_cursor_close(&w.master);
	return code;
}

enum err_code mdf_walk(struct mdf_model *m, uint32_t data_group, struct mdf_taker **takers,
	uint32_t taker_count, struct mdf_wanted_stream *streams, uint32_t stream_count,
	const struct evidence_sink *sink, struct err *e)
{
	bool claimed = !(m->unfinalized && (m->unfin_flags & MDF_UNFIN_CYCLES));
	bool too_long = false;
	struct err why = { 0 };

	for (uint32_t i = 0; i < taker_count; i++) {
		const struct mdf_group *g = &m->groups[takers[i]->group];
		takers[i]->size = (uint64_t)g->data_bytes + g->inval_bytes;
		too_long |= takers[i]->size > LIMIT_MDF_BLOCK_BYTES;
		takers[i]->cycles = claimed ? g->cycles : UINT64_MAX;
		if (!mdf_group_rows(m, g, &takers[i]->expected))
			takers[i]->expected = 0;
	}
	for (uint32_t i = 0; too_long && i < taker_count; i++) {
		(void)err_set(&why, ERR_UNSUPPORTED, "records are over %d bytes long",
			LIMIT_MDF_BLOCK_BYTES);
		TRY(mdf_note_damage(sink, m->arena, m->groups[takers[i]->group].name, &why, e));
	}
	if (too_long)
		return ERR_OK;
	if (m->data_groups[data_group].id_bytes != 0)
		return mdf_demux(m, data_group, takers, taker_count, streams, stream_count, sink,
			e);
	for (uint32_t i = 0; i < taker_count; i++)
		TRY(walk_sorted(m, takers[i], sink, e));
	return ERR_OK;
}

/* ---- streams --------------------------------------------------------------------------------- */

enum err_code mdf_streams_open(struct mdf_stream_set *s, struct mdf_model *m, uint32_t columns,
	struct err *e)
{
	*s = (struct mdf_stream_set){ .max = columns, .chain_max = columns };
	s->streams = ARENA_ARRAY(m->arena, struct mdf_wanted_stream, columns);
	s->chains = ARENA_ARRAY(m->arena, struct mdf_stream, columns);
	return s->streams && s->chains ? ERR_OK : mdf_too_large(e);
}

enum err_code mdf_streams_attach(struct mdf_stream_set *s, struct mdf_column *c, struct err *e)
{
	struct mdf_model *m = c->model;
	uint64_t at = c->channel->data;
	struct mdf_block b;

	if (c->channel->type != MDF_CN_VLSD)
		return ERR_OK;
	if (mdf_block_any(&m->source, at, &b, NULL) != ERR_OK ||
		!mdf_block_is(&m->source, &b, "CG")) {
		CHECK(s->chain_count < s->chain_max);
		c->stream = &s->chains[s->chain_count++];
		mdf_stream_open_chain(c->stream, m, at);
		return ERR_OK;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		if (s->streams[i].at == at)
			c->stream = &s->streams[i].stream;
	}
	if (c->stream)
		return ERR_OK;
	CHECK(s->count < s->max);
	s->streams[s->count].at = at;
	c->stream = &s->streams[s->count].stream;
	TRY(mdf_stream_open_group(c->stream, m->arena, e));
	s->count++;
	return ERR_OK;
}

void mdf_streams_close(struct mdf_stream_set *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		mdf_stream_close(&s->streams[i].stream);
	for (uint32_t i = 0; i < s->chain_count; i++)
		mdf_stream_close(&s->chains[i]);
}
