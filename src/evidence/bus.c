/* bus.c - MDF files, and beside their channels the signals of their CAN frames when the mapping
 * names a DBC file: one listing of both, read by two readers. */
#include "evidence/can.h"
#include "evidence/evidence_inner.h"
#include "evidence/mapping.h"
#include "evidence/mdf.h"

static enum err_code too_large(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "measurement file needs more memory than it may take");
}

/* What stands behind the file's own groups and channels. Its notes hold those of the file. */
static enum err_code join(struct arena *a, const struct evidence_listing *raw,
	const struct evidence_listing *can, struct evidence_listing *ret, struct err *e)
{
	uint32_t groups = raw->group_count + can->group_count;
	uint32_t channels = raw->channel_count + can->channel_count;
	struct evidence_group *g = ARENA_ARRAY(a, struct evidence_group, groups);
	struct evidence_channel *c = ARENA_ARRAY(a, struct evidence_channel, channels);

	if (!g || !c)
		return too_large(e);
	for (uint32_t i = 0; i < groups; i++)
		g[i] = i < raw->group_count ? raw->groups[i] : can->groups[i - raw->group_count];
	for (uint32_t i = 0; i < channels; i++) {
		c[i] = i < raw->channel_count ? raw->channels[i] :
			can->channels[i - raw->channel_count];
		if (i >= raw->channel_count)
			c[i].group_index += raw->group_count;
	}
	*ret = *can;
	ret->group_count = groups;
	ret->groups = g;
	ret->channel_count = channels;
	ret->channels = c;
	return ERR_OK;
}

/* A mapping may serve files with and without frames. */
static enum err_code without_frames(struct arena *a, struct evidence_listing *l, const char *why,
	struct err *e)
{
	struct evidence_note *notes = ARENA_ARRAY(a, struct evidence_note, l->note_count + 1u);

	if (!notes)
		return too_large(e);
	for (uint32_t i = 0; i < l->note_count; i++)
		notes[i] = l->notes[i];
	notes[l->note_count] = (struct evidence_note){ NOTE_UNSUPPORTED, STR(""),
		str_copy(a, str_of(why)) };
	if (!notes[l->note_count].text.at)
		return too_large(e);
	l->notes = notes;
	l->note_count++;
	return ERR_OK;
}

enum err_code bus_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct evidence_listing raw, can;
	struct err why = { 0 };
	enum err_code code;

	TRY(mdf_list(a, file, mapping, &raw, e));
	if (mapping && mapping->dbc.len > 0) {
		code = can_list(a, file, mapping, &can, &why);
		if (code == ERR_OK)
			return join(a, &raw, &can, ret, e);
		if (code != ERR_UNSUPPORTED) {
			if (e)
				*e = why;
			return code;
		}
		TRY(without_frames(a, &raw, why.message, e));
	}
	*ret = raw;
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A reader's numbers of groups and places, turned into those of the joined listing. */
struct part {
	const struct evidence_sink *to;
	uint32_t first_group;
	const uint32_t *places;
};

static enum err_code part_room(void *context, uint32_t group, uint64_t rows_left,
	struct evidence_block *ret, struct err *e)
{
	struct part *p = context;

	TRY(p->to->room(p->to->context, group + p->first_group, rows_left, ret, e));
	ret->group = group;
	return ERR_OK;
}

static enum err_code part_filled(void *context, const struct evidence_block *block, uint64_t count,
	struct err *e)
{
	struct part *p = context;
	struct evidence_block b = *block;

	b.group += p->first_group;
	return p->to->filled(p->to->context, &b, count, e);
}

static enum err_code part_label(void *context, uint32_t wanted, uint32_t index, struct str text,
	struct err *e)
{
	struct part *p = context;

	return p->to->label(p->to->context, p->places[wanted], index, text, e);
}

static enum err_code part_note(void *context, enum note_code code, struct str where,
	struct str text, struct err *e)
{
	struct part *p = context;

	return p->to->note(p->to->context, code, where, text, e);
}

static struct evidence_sink sink_of(struct part *p)
{
	return (struct evidence_sink){ part_room, part_filled, part_label, part_note, p };
}

/* The signals' part of a joined listing, as can_list gave it. */
static enum err_code can_part(struct arena *a, const struct evidence_listing *l,
	const struct evidence_listing *raw, struct evidence_listing *ret, struct err *e)
{
	struct evidence_channel *c;

	*ret = *l;
	ret->group_count = l->group_count - raw->group_count;
	ret->groups = l->groups + raw->group_count;
	ret->channel_count = l->channel_count - raw->channel_count;
	c = ARENA_ARRAY(a, struct evidence_channel, ret->channel_count);
	if (!c)
		return too_large(e);
	for (uint32_t i = 0; i < ret->channel_count; i++) {
		c[i] = l->channels[raw->channel_count + i];
		c[i].group_index -= raw->group_count;
	}
	ret->channels = c;
	return ERR_OK;
}

enum err_code bus_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct evidence_listing raw, can;
	uint32_t *own, *places, count = 0;
	struct part part = { .to = sink };
	struct evidence_sink inner = sink_of(&part);

	if (!mapping || mapping->dbc.len == 0)
		return mdf_read(a, file, mapping, listing, wanted, wanted_count, sink, e);
	TRY(mdf_list(a, file, mapping, &raw, e));
	own = ARENA_ARRAY(a, uint32_t, wanted_count);
	places = ARENA_ARRAY(a, uint32_t, wanted_count);
	if (!own || !places)
		return too_large(e);
	if (listing->channel_count < raw.channel_count || listing->group_count < raw.group_count)
		return err_set(e, ERR_INVALID, "listing is of another file");
	part.places = places;
	for (uint32_t i = 0; i < wanted_count; i++) {
		if (wanted[i] >= raw.channel_count)
			continue;
		own[count] = wanted[i];
		places[count++] = i;
	}
	/* Also without a channel of the file itself: its notes are told here. */
	TRY(mdf_read(a, file, mapping, &raw, own, count, &inner, e));
	count = 0;
	for (uint32_t i = 0; i < wanted_count; i++) {
		if (wanted[i] < raw.channel_count)
			continue;
		own[count] = wanted[i] - raw.channel_count;
		places[count++] = i;
	}
	part.first_group = raw.group_count;
	TRY(can_part(a, listing, &raw, &can, e));
	return can_read(a, file, mapping, &can, own, count, &inner, e);
}
