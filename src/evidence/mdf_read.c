/* mdf_read.c - the wanted channels of an MDF file into the columns of a sink. */
#include <math.h>

#include "evidence/mdf.h"
#include "evidence/mdf_inner.h"

/* A tile of records is read column by column: the cache lines that one column touches stay in the
 * nearest cache for the next column, the records themselves in the second. */
#define TILE_LINES_BYTES 32768
#define TILE_BYTES 262144
#define LINE_BYTES 64
#define TILE_ROWS_MIN 16
/* Columns that are larger than the caches together are stored past them. */
#define PAST_CACHE_BYTES 8388608

struct group_reader {
	struct mdf_taker taker;        /* first: a taker is its reader */
	struct mdf_model *m;
	const struct evidence_sink *sink;
	struct mdf_clock clock;
	struct mdf_column *columns;
	uint32_t column_count;
	uint64_t tile;
	bool open;
};

struct reading {
	struct mdf_model m;
	const struct evidence_sink *sink;
	const uint32_t *wanted;
	uint32_t wanted_count;
	struct group_reader *groups;   /* those with wanted channels, in the order of the file */
	uint32_t group_count;
	const uint32_t *groups_order;  /* places in `wanted`, group by group */
	struct mdf_stream_set streams;
};

/* Takes out rows without a usable time. */
static uint64_t compact(const struct group_reader *g, const struct evidence_block *b,
	uint64_t from, uint64_t count)
{
	uint64_t to = from;

	for (uint64_t i = from; i < from + count; i++) {
		if (b->times[i] == INT64_MIN)
			continue;
		b->times[to] = b->times[i];
		for (uint32_t k = 0; k < g->column_count; k++)
			b->values[k][to] = b->values[k][i];
		to++;
	}
	return to - from;
}

/* A tile of rows into the block from row `at` on; *ret is how many it came to. */
static enum err_code decode_tile(struct group_reader *g, const struct mdf_rows *rows,
	const struct mdf_rows *master, size_t count, const struct evidence_block *b, uint64_t at,
	uint64_t *ret, struct err *e)
{
	bool past_cache = b->capacity > PAST_CACHE_BYTES / 8 / g->column_count;
	uint64_t bad;

	TRY(mdf_clock_decode(&g->clock, master, count, b->times + at, &bad, e));
	for (uint32_t k = 0; k < g->column_count; k++) {
		struct mdf_column *c = &g->columns[k];
		if (c->channel->why_not.text) {
			for (size_t i = 0; i < count; i++)
				b->values[k][at + i] = NAN;
		} else if (past_cache) {
			double tile[MDF_TILE_ROWS];
			TRY(mdf_column_decode(c, rows, count, tile, e));
			mdf_store(b->values[k] + at, tile, count);
		} else {
			TRY(mdf_column_decode(c, rows, count, b->values[k] + at, e));
		}
	}
	if (past_cache)
		mdf_store_end();
	*ret = bad == 0 ? count : compact(g, b, at, count);
	return ERR_OK;
}

static enum err_code take_rows(struct mdf_taker *t, const struct mdf_rows *rows,
	const struct mdf_rows *master, struct err *e)
{
	struct group_reader *g = (struct group_reader *)t;
	struct mdf_rows left = *rows, times = *master;
	uint64_t done = t->done;

	while (left.count > 0) {
		struct evidence_block b = { 0 };
		uint64_t used = 0, more = t->expected > done ? t->expected - done : 0;
		TRY(g->sink->room(g->sink->context, t->group, more, &b, e));
		CHECK(b.capacity > 0);
		while (left.count > 0 && used < b.capacity) {
			uint64_t n = left.count < g->tile ? left.count : g->tile, kept;
			n = n < b.capacity - used ? n : b.capacity - used;
			TRY(decode_tile(g, &left, &times, n, &b, used, &kept, e));
			used += kept;
			done += n;
			mdf_rows_skip(&left, n);
			mdf_rows_skip(&times, n);
		}
		TRY(g->sink->filled(g->sink->context, &b, used, e));
	}
	return ERR_OK;
}

static enum err_code rows_ready(struct mdf_taker *t, const struct mdf_rows *rows, uint64_t *ret,
	struct err *e)
{
	struct group_reader *g = (struct group_reader *)t;
	uint64_t ready = rows->count;

	for (uint32_t k = 0; k < g->column_count; k++) {
		uint64_t n = ready;
		if (!g->columns[k].channel->why_not.text)
			TRY(mdf_column_ready(&g->columns[k], rows, &n, e));
		ready = n < ready ? n : ready;
	}
	*ret = ready;
	return ERR_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum err_code open_columns(struct reading *r, struct group_reader *g, uint32_t *next,
	struct err *e)
{
	uint32_t group = g->taker.group;

	for (uint32_t i = 0; i < g->column_count; i++, ++*next) {
		struct mdf_column *c = &g->columns[i];
		uint32_t place = r->groups_order[*next];
		const struct mdf_channel *k = &r->m.channels[r->wanted[place]];
		CHECK(k->group == group);
		if (k->why_not.text) {
			*c = (struct mdf_column){ .channel = k };
			TRY(mdf_note(r->sink, k->why_not.code, k->name,
				str_of(k->why_not.text), e));
			continue;
		}
		TRY(mdf_column_open(c, &r->m, k, place, r->sink, e));
		TRY(mdf_streams_attach(&r->streams, c, e));
		if (c->stream && c->stream->is_group)
			g->taker.ready = rows_ready;
	}
	return ERR_OK;
}

static enum err_code open_group(struct reading *r, struct group_reader *g, uint32_t *next,
	struct err *e)
{
	const struct mdf_group *group = &r->m.groups[g->taker.group];
	uint64_t size = (uint64_t)group->data_bytes + group->inval_bytes + 1;

	g->m = &r->m;
	g->sink = r->sink;
	g->taker.rows = take_rows;
	g->tile = TILE_LINES_BYTES / (size < LINE_BYTES ? size : LINE_BYTES);
	if (g->tile > TILE_BYTES / size)
		g->tile = TILE_BYTES / size;
	if (g->tile > MDF_TILE_ROWS)
		g->tile = MDF_TILE_ROWS;
	if (g->tile < TILE_ROWS_MIN)
		g->tile = TILE_ROWS_MIN;
	g->columns = ARENA_ARRAY(r->m.arena, struct mdf_column, g->column_count);
	if (!g->columns)
		return mdf_too_large(e);
	TRY(open_columns(r, g, next, e));
	if (!group->has_time)
		return mdf_note(r->sink, NOTE_NO_TIME, group->name, str_of(group->no_time.text), e);
	TRY(mdf_clock_open(&g->clock, &r->m, &r->m.channels[group->master], e));
	g->open = true;
	return ERR_OK;
}

/* Wanted channels by group: a counting sort that keeps the wanted order within each. */
static enum err_code sort_wanted(struct reading *r, struct err *e)
{
	uint32_t *start = ARENA_ARRAY(r->m.arena, uint32_t, (size_t)r->m.group_count + 1);
	uint32_t *order = ARENA_ARRAY(r->m.arena, uint32_t, r->wanted_count);
	uint32_t *count = ARENA_ARRAY(r->m.arena, uint32_t, r->m.group_count);
	uint32_t place = 0;

	r->groups = ARENA_ARRAY(r->m.arena, struct group_reader,
		r->m.group_count < r->wanted_count ? r->m.group_count : r->wanted_count);
	if (!start || !order || !count || !r->groups)
		return mdf_too_large(e);
	for (uint32_t i = 0; i < r->wanted_count; i++)
		count[r->m.channels[r->wanted[i]].group]++;
	for (uint32_t g = 0; g < r->m.group_count; g++) {
		start[g] = place;
		place += count[g];
		if (count[g] == 0)
			continue;
		r->groups[r->group_count].taker.group = g;
		r->groups[r->group_count++].column_count = count[g];
	}
	for (uint32_t i = 0; i < r->wanted_count; i++)
		order[start[r->m.channels[r->wanted[i]].group]++] = i;
	r->groups_order = order;
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err_code file_notes(const struct reading *r, struct err *e)
{
	for (uint32_t i = 0; i < r->m.note_count; i++)
		TRY(mdf_note(r->sink, r->m.notes[i].code, r->m.notes[i].where, r->m.notes[i].text,
			e));
	return ERR_OK;
}

static enum err_code group_notes(struct group_reader *g, struct err *e)
{
	struct str name = g->m->groups[g->taker.group].name, text;

	for (uint32_t k = 0; k < g->column_count; k++) {
		if (!g->columns[k].channel->why_not.text)
			TRY(mdf_column_notes(&g->columns[k], e));
	}
	if (g->clock.bad == 0)
		return ERR_OK;
	text = str_printf(g->m->arena, "%llu records without a usable time are left out",
		(unsigned long long)g->clock.bad);
	if (!text.at)
		return mdf_too_large(e);
	return mdf_note(g->sink, NOTE_BAD_VALUE, name, text, e);
}

/* Groups of one data group are read together. */
static enum err_code read_groups(struct reading *r, struct err *e)
{
	struct mdf_taker **takers = ARENA_ARRAY(r->m.arena, struct mdf_taker *, r->group_count);

	if (!takers)
		return mdf_too_large(e);
	for (uint32_t i = 0; i < r->group_count;) {
		uint32_t data_group = r->m.groups[r->groups[i].taker.group].data_group, n = 0;
		uint32_t first = i;
		for (; i < r->group_count; i++) {
			if (r->m.groups[r->groups[i].taker.group].data_group != data_group)
				break;
			if (r->groups[i].open)
				takers[n++] = &r->groups[i].taker;
		}
		if (n == 0)
			continue;
		TRY(mdf_walk(&r->m, data_group, takers, n, r->streams.streams, r->streams.count,
			r->sink, e));
		for (; first < i; first++) {
			if (r->groups[first].open)
				TRY(group_notes(&r->groups[first], e));
		}
	}
	return ERR_OK;
}

static enum err_code read_all(struct reading *r, struct err *e)
{
	uint32_t next = 0;

	TRY(file_notes(r, e));
	TRY(sort_wanted(r, e));
	TRY(mdf_streams_open(&r->streams, &r->m, r->wanted_count, e));
	for (uint32_t i = 0; i < r->group_count; i++)
		TRY(open_group(r, &r->groups[i], &next, e));
	return read_groups(r, e);
}

static void close_all(struct reading *r)
{
	for (uint32_t i = 0; i < r->group_count; i++) {
		struct group_reader *g = &r->groups[i];
		for (uint32_t k = 0; g->columns && k < g->column_count; k++)
			mdf_column_close(&g->columns[k]);
		mdf_column_close(&g->clock.column);
	}
	mdf_streams_close(&r->streams);
}

enum err_code mdf_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct reading r = { .sink = sink, .wanted = wanted, .wanted_count = wanted_count };
	enum err_code code;

	(void)mapping; /* as for mdf_list */
	(void)listing; /* the file is asked itself */
	TRY(mdf_model_load(a, file, &r.m, e));
	for (uint32_t i = 0; i < wanted_count; i++) {
		if (wanted[i] >= r.m.channel_count)
			return err_set(e, ERR_INVALID, "listing is of another file");
	}
	code = read_all(&r, e);
	close_all(&r);
	return code;
}
