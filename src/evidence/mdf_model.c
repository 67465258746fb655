/* mdf_model.c - the tree of data groups, channel groups and channels, as the file declares it.
 *
 * A chain that is broken ends the reading: what stands behind the break cannot be told. What is
 * wrong with one channel alone is judged in mdf_channel.c.
 */
#include "evidence/mdf_inner.h"

#define ID_BYTES 64
#define HD_AT 64
#define HD_LINKS 5
#define HD_DATA_BYTES 24
#define DG_LINKS 3
#define DG_DATA_BYTES 1
#define CG_LINKS 4
#define CG_DATA_BYTES 32
#define CN_LINKS 7
#define CN_DATA_BYTES 24
#define CN_ARRAYS "CA"
#define HD_LOCAL_TIME 1u

/* A place still to be visited: chains of parts within chains of channels. */
struct chain_walk {
	uint64_t next[LIMIT_MDF_DEPTH];
	uint32_t depth;
};

enum err_code mdf_too_large(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "measurement file needs more memory than it may take");
}

enum err_code mdf_grow(struct arena *a, void **at, uint32_t count, size_t size, struct err *e)
{
	uint32_t capacity = count == 0 ? 16 : count * 2;
	void *more;

	/* Capacities are 16, 32, 64 ...: only a full array grows. */
	if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
		return ERR_OK;
	more = arena_alloc_array(a, capacity, size);
	if (!more)
		return mdf_too_large(e);
	if (count > 0)
		memcpy(more, *at, count * size);
	*at = more;
	return ERR_OK;
}

static enum err_code add_note(struct mdf_model *m, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	if (m->note_count == LIMIT_EVIDENCE_NOTES)
		return ERR_OK;
	if (!text.at)
		return mdf_too_large(e);
	TRY(mdf_grow(m->arena, (void **)&m->notes, m->note_count, sizeof(*m->notes), e));
	m->notes[m->note_count++] = (struct mdf_note){ code, where, text };
	return ERR_OK;
}

/* ---- file ------------------------------------------------------------------------------------ */

static enum err_code load_identification(struct mdf_model *m, struct err *e)
{
	const struct evidence_file *f = m->source.file;
	uint16_t version;

	if (f->size < ID_BYTES || (memcmp(f->at, "MDF     ", 8) != 0 &&
		memcmp(f->at, "UnFinMF ", 8) != 0))
		return err_set(e, ERR_UNSUPPORTED, "file is no MDF file");
	version = mdf_u16(f->at + 28);
	if (version < 400)
		return err_set(e, ERR_UNSUPPORTED,
			"file is of MDF version %u.%02u; only MDF 4 can be read", version / 100u,
			version % 100u);
	if (version >= 500)
		return err_set(e, ERR_UNSUPPORTED, "file is of MDF version %u.%02u",
			version / 100u, version % 100u);
	if (version > 420)
		TRY(add_note(m, NOTE_UNSUPPORTED, STR(""), str_printf(m->arena, "the file is of "
			"version %u.%02u; what is newer than 4.20 in it is not read",
			version / 100u, version % 100u), e));
	m->unfinalized = f->at[0] == 'U';
	if (!m->unfinalized)
		return ERR_OK;
	m->unfin_flags = mdf_u16(f->at + 60);
	TRY(add_note(m, NOTE_UNFINALIZED, STR(""), str_printf(m->arena,
		"the recorder did not close the file (flags 0x%02x, own flags 0x%02x)",
		(unsigned)m->unfin_flags, (unsigned)mdf_u16(f->at + 62)), e));
	if (mdf_u16(f->at + 62) != 0)
		TRY(add_note(m, NOTE_UNSUPPORTED, STR(""),
			STR("steps to close the file that only its recorder knows were not done"),
			e));
	return ERR_OK;
}

static enum err_code load_header(struct mdf_model *m, uint64_t *ret_first, struct err *e)
{
	struct mdf_block hd;
	uint64_t start;

	TRY(mdf_block_of(&m->source, HD_AT, "HD", HD_LINKS, HD_DATA_BYTES, &hd, e));
	start = mdf_u64(hd.data);
	m->start_ns = CHANNEL_TIME_UNKNOWN;
	if (hd.data[12] & HD_LOCAL_TIME)
		TRY(add_note(m, NOTE_UNSUPPORTED, STR(""),
			STR("the file states its start in local time without a zone"), e));
	else if (start > INT64_MAX)
		TRY(add_note(m, NOTE_BROKEN, STR(""),
			STR("the start of the file lies outside of what times can be"), e));
	else
		m->start_ns = (int64_t)start;
	*ret_first = mdf_link(&hd, 0);
	return ERR_OK;
}

/* A block stands once in a chain, so the lengths of a chain's blocks fit in the file. */
static enum err_code walk_on(uint64_t *left, const struct mdf_block *b, const char *what,
	struct err *e)
{
	if (b->length > *left)
		return err_set(e, ERR_INVALID, "links of %s lead in a circle", what);
	*left -= b->length;
	return ERR_OK;
}

/* ---- channels -------------------------------------------------------------------------------- */

static enum err_code add_channel(struct mdf_model *m, const struct mdf_channel *proto,
	struct err *e)
{
	if (m->channel_count == LIMIT_MDF_CHANNELS)
		return err_set(e, ERR_TOO_LARGE, "file has over %d channels", LIMIT_MDF_CHANNELS);
	TRY(mdf_grow(m->arena, (void **)&m->channels, m->channel_count, sizeof(*m->channels), e));
	m->channels[m->channel_count++] = *proto;
	return ERR_OK;
}

/* A complex value is two channels of doubles or floats. */
static enum err_code add_complex(struct mdf_model *m, struct mdf_channel c, struct err *e)
{
	struct str name = c.name;

	c.data_type = c.data_type == MDF_TYPE_COMPLEX ? MDF_TYPE_FLOAT : MDF_TYPE_FLOAT_BE;
	c.bit_count /= 2;
	c.name = str_printf(m->arena, STR_FMT ".real", STR_ARG(name));
	if (!c.name.at)
		return mdf_too_large(e);
	TRY(add_channel(m, &c, e));
	c.name = str_printf(m->arena, STR_FMT ".imag", STR_ARG(name));
	if (!c.name.at)
		return mdf_too_large(e);
	if (c.byte_offset > UINT32_MAX - c.bit_count / 8)
		c.why_not = (struct mdf_reason){ NOTE_BROKEN, "the value lies outside its record" };
	else
		c.byte_offset += c.bit_count / 8;
	return add_channel(m, &c, e);
}

/* Unit of the channel; an empty one means none, a nil link that the conversion's holds. */
static enum err_code load_unit(struct mdf_model *m, const struct mdf_block *b,
	struct mdf_channel *c, struct err *e)
{
	struct err why = { 0 };
	enum err_code code;

	if (mdf_link(b, 6) != 0) {
		code = mdf_text(&m->source, m->arena, mdf_link(b, 6), &c->unit, &why);
		if (code == ERR_TOO_LARGE)
			return err_set(e, code, "%s", why.message);
		if (code != ERR_OK && !c->why_not.text)
			c->why_not = (struct mdf_reason){ NOTE_BROKEN, "its unit cannot be read" };
	} else if (c->conversion) {
		c->unit = c->conversion->unit;
	}
	return ERR_OK;
}

static enum err_code load_name(struct mdf_model *m, uint64_t at, struct str *ret,
	struct mdf_reason *why_not, struct err *e)
{
	struct err why = { 0 };
	enum err_code code = mdf_text(&m->source, m->arena, at, ret, &why);

	if (code == ERR_TOO_LARGE)
		return err_set(e, code, "%s", why.message);
	if (code != ERR_OK) {
		*ret = STR("");
		*why_not = (struct mdf_reason){ NOTE_BROKEN, "its name cannot be read" };
	}
	return ERR_OK;
}

static enum err_code load_channel(struct mdf_model *m, const struct mdf_block *b, uint32_t group,
	uint64_t *ret_parts, struct err *e)
{
	struct mdf_channel c = { .at = b->at, .group = group };
	const uint8_t *d = b->data;
	struct mdf_block parts;
	struct mdf_reason why = { 0 };

	c.type = d[0];
	c.sync = d[1];
	c.data_type = d[2];
	c.bit_offset = d[3];
	c.byte_offset = mdf_u32(d + 4);
	c.bit_count = mdf_u32(d + 8);
	c.flags = mdf_u32(d + 12);
	c.inval_bit = mdf_u32(d + 16);
	c.data = mdf_link(b, 5);
	c.name = c.unit = STR("");
	TRY(load_name(m, mdf_link(b, 2), &c.name, &c.why_not, e));
	if (mdf_link(b, 4) != 0) {
		TRY(mdf_conversion_load(m, mdf_link(b, 4), &c.conversion, &why, e));
		if (why.text && !c.why_not.text)
			c.why_not = why;
	}
	TRY(load_unit(m, b, &c, e));
	*ret_parts = 0;
	if (mdf_link(b, 1) != 0) {
		TRY(mdf_block_any(&m->source, mdf_link(b, 1), &parts, e));
		c.is_array = mdf_block_is(&m->source, &parts, CN_ARRAYS);
		*ret_parts = c.is_array ? 0 : mdf_link(b, 1);
	}
	if (c.data_type == MDF_TYPE_COMPLEX || c.data_type == MDF_TYPE_COMPLEX_BE)
		return add_complex(m, c, e);
	return add_channel(m, &c, e);
}

/* Channels of a group with their parts, in the order of the file: parts behind their channel. */
static enum err_code load_channels(struct mdf_model *m, uint64_t first, uint32_t group,
	uint64_t *left, struct err *e)
{
	struct chain_walk w = { .next = { first }, .depth = 1 };
	struct mdf_block b;

	while (w.depth > 0) {
		uint64_t at = w.next[w.depth - 1], parts;
		if (at == 0) {
			w.depth--;
			continue;
		}
		TRY(mdf_block_of(&m->source, at, "CN", CN_LINKS, CN_DATA_BYTES, &b, e));
		TRY(walk_on(left, &b, "channels", e));
		TRY(load_channel(m, &b, group, &parts, e));
		w.next[w.depth - 1] = mdf_link(&b, 0);
		if (parts == 0)
			continue;
		if (w.depth == LIMIT_MDF_DEPTH)
			return err_set(e, ERR_TOO_LARGE, "channels are nested over %d levels deep",
				LIMIT_MDF_DEPTH);
		w.next[w.depth++] = parts;
	}
	return ERR_OK;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* The acquisition name, else the name of the source. */
static enum err_code load_group_name(struct mdf_model *m, const struct mdf_block *cg,
	struct str *ret, struct err *e)
{
	struct mdf_reason why = { 0 };
	struct mdf_block si;
	struct err inner = { 0 };
	enum err_code code;

	TRY(load_name(m, mdf_link(cg, 2), ret, &why, e));
	if (ret->len > 0 || mdf_link(cg, 3) == 0)
		return ERR_OK;
	code = mdf_block_of(&m->source, mdf_link(cg, 3), "SI", 1, 0, &si, &inner);
	if (code == ERR_TOO_LARGE)
		return err_set(e, code, "%s", inner.message);
	return code == ERR_OK ? load_name(m, mdf_link(&si, 0), ret, &why, e) : ERR_OK;
}

static enum err_code add_stream(struct mdf_model *m, const struct mdf_block *cg, uint32_t dg,
	struct err *e)
{
	TRY(mdf_grow(m->arena, (void **)&m->streams, m->stream_count, sizeof(*m->streams), e));
	m->streams[m->stream_count++] = (struct mdf_stream_group){ .at = cg->at,
		.record_id = mdf_u64(cg->data), .data_group = dg };
	m->data_groups[dg].stream_count++;
	return ERR_OK;
}

static enum err_code load_group(struct mdf_model *m, const struct mdf_block *cg, uint32_t dg,
	uint64_t *left, struct err *e)
{
	struct mdf_group g = { .at = cg->at, .data_group = dg, .master = MDF_NONE,
		.remote_group = MDF_NONE };
	const uint8_t *d = cg->data;
	uint32_t index = m->group_count;

	if (m->group_count + m->stream_count == LIMIT_MDF_GROUPS)
		return err_set(e, ERR_TOO_LARGE, "file has over %d groups", LIMIT_MDF_GROUPS);
	g.flags = mdf_u16(d + 16);
	if (g.flags & MDF_CG_VLSD)
		return add_stream(m, cg, dg, e);
	g.record_id = mdf_u64(d);
	g.cycles = mdf_u64(d + 8);
	g.data_bytes = mdf_u32(d + 24);
	g.inval_bytes = mdf_u32(d + 28);
	g.first_channel = m->channel_count;
	g.remote = g.flags & MDF_CG_REMOTE_MASTER ? mdf_link(cg, 6) : 0;
	TRY(load_group_name(m, cg, &g.name, e));
	TRY(mdf_grow(m->arena, (void **)&m->groups, m->group_count, sizeof(*m->groups), e));
	m->groups[m->group_count++] = g;
	m->data_groups[dg].group_count++;
	TRY(load_channels(m, mdf_link(cg, 1), index, left, e));
	m->groups[index].channel_count = m->channel_count - g.first_channel;
	return ERR_OK;
}

static enum err_code load_data_group(struct mdf_model *m, const struct mdf_block *dg,
	uint64_t *left, struct err *e)
{
	struct mdf_data_group d = { .at = dg->at, .data = mdf_link(dg, 2),
		.id_bytes = dg->data[0], .first_group = m->group_count,
		.first_stream = m->stream_count };
	uint32_t index = m->data_group_count;
	uint64_t at = mdf_link(dg, 1);
	struct mdf_block cg;

	if (d.id_bytes != 0 && d.id_bytes != 1 && d.id_bytes != 2 && d.id_bytes != 4 &&
		d.id_bytes != 8)
		return err_set(e, ERR_INVALID, "data group at byte %llu has record ids of %u bytes",
			(unsigned long long)dg->at, (unsigned)d.id_bytes);
	if (index == LIMIT_MDF_GROUPS)
		return err_set(e, ERR_TOO_LARGE, "file has over %d groups", LIMIT_MDF_GROUPS);
	TRY(mdf_grow(m->arena, (void **)&m->data_groups, index, sizeof(*m->data_groups), e));
	m->data_groups[m->data_group_count++] = d;
	while (at != 0) {
		TRY(mdf_block_of(&m->source, at, "CG", CG_LINKS, CG_DATA_BYTES, &cg, e));
		TRY(walk_on(left, &cg, "channel groups", e));
		TRY(load_group(m, &cg, index, left, e));
		at = mdf_link(&cg, 0);
	}
	return ERR_OK;
}

/* In an unfinalized file the length of the block that was being written is not yet true: that is
 * the DT block nearest to the end, when a data group's data are a plain DT block. */
static enum err_code find_last_data(struct mdf_model *m, struct err *e)
{
	uint64_t last = 0;
	struct mdf_block b;

	for (uint32_t i = 0; i < m->data_group_count; i++) {
		uint64_t at = m->data_groups[i].data;
		if (at <= last)
			continue;
		TRY(mdf_block_any(&m->source, at, &b, e));
		if (mdf_block_is(&m->source, &b, "DT"))
			last = at;
	}
	m->last_data_at = last;
	return ERR_OK;
}

enum err_code mdf_model_load(struct arena *a, const struct evidence_file *file,
	struct mdf_model *ret, struct err *e)
{
	struct mdf_model m = { .arena = a };
	uint64_t at, dg_left = file->size, left = file->size;
	struct mdf_block dg;

	mdf_source_init(&m.source, file);
	TRY(load_identification(&m, e));
	TRY(load_header(&m, &at, e));
	while (at != 0) {
		TRY(mdf_block_of(&m.source, at, "DG", DG_LINKS, DG_DATA_BYTES, &dg, e));
		TRY(walk_on(&dg_left, &dg, "data groups", e));
		TRY(load_data_group(&m, &dg, &left, e));
		at = mdf_link(&dg, 0);
	}
	if (m.unfinalized && (m.unfin_flags & MDF_UNFIN_LAST_DT))
		TRY(find_last_data(&m, e));
	TRY(mdf_channels_judge(&m, e));
	*ret = m;
	return ERR_OK;
}
