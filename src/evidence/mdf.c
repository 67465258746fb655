/* mdf.c - recognises MDF files and lists what they hold. */
#include "evidence/mdf.h"

#include "evidence/mdf_inner.h"

#define RECOGNISE_BYTES 64

bool mdf_recognises(const struct evidence_file *file)
{
	return file->size >= RECOGNISE_BYTES && (memcmp(file->at, "MDF     ", 8) == 0 ||
		memcmp(file->at, "UnFinMF ", 8) == 0);
}

/* Notes of a listing, with room for LIMIT_EVIDENCE_NOTES and one that counts the rest. */
struct note_list {
	struct evidence_note *notes;
	uint32_t count, left_out;
};

static void add_note(struct note_list *l, enum note_code code, struct str where, const char *text)
{
	if (l->count == LIMIT_EVIDENCE_NOTES)
		l->left_out++;
	else
		l->notes[l->count++] = (struct evidence_note){ code, where, str_of(text) };
}

static void list_groups(struct mdf_model *m, struct evidence_group *to,
	struct note_list *notes)
{
	for (uint32_t i = 0; i < m->group_count; i++) {
		const struct mdf_group *g = &m->groups[i];
		const struct mdf_data_group *d = &m->data_groups[g->data_group];
		to[i].name = g->name;
		to[i].has_time = g->has_time;
		to[i].rows_known = mdf_group_rows(m, g, &to[i].rows);
		if (!g->has_time)
			add_note(notes, NOTE_NO_TIME, g->name, g->no_time.text);
		if (d->id_bytes == 0 && d->group_count + d->stream_count != 1)
			add_note(notes, NOTE_BROKEN, g->name,
				"records of several groups have no ids");
	}
}

static void list_channels(const struct mdf_model *m, struct evidence_channel *to,
	struct note_list *notes)
{
	for (uint32_t i = 0; i < m->channel_count; i++) {
		const struct mdf_channel *c = &m->channels[i];
		to[i] = (struct evidence_channel){ .group = m->groups[c->group].name,
			.name = c->name, .unit = c->unit, .kind = c->kind, .group_index = c->group,
			.readable = !c->why_not.text, .why_not = STR("") };
		if (c->why_not.text) {
			to[i].why_not = str_of(c->why_not.text);
			add_note(notes, c->why_not.code, c->name, c->why_not.text);
		}
		if (c->flags & MDF_CN_ALL_INVALID)
			add_note(notes, NOTE_ALL_INVALID, c->name,
				"the file declares every value invalid");
	}
}

enum err_code mdf_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct mdf_model m;
	struct note_list notes = { 0 };
	struct evidence_group *groups;
	struct evidence_channel *channels;
	uint32_t room;

	(void)mapping; /* MDF files say themselves what they hold */
	TRY(mdf_model_load(a, file, &m, e));
	room = m.note_count + 2 * m.group_count;
	room = room + 2 * m.channel_count < LIMIT_EVIDENCE_NOTES ? room + 2 * m.channel_count :
		LIMIT_EVIDENCE_NOTES;
	notes.notes = ARENA_ARRAY(a, struct evidence_note, room + 1);
	groups = ARENA_ARRAY(a, struct evidence_group, m.group_count);
	channels = ARENA_ARRAY(a, struct evidence_channel, m.channel_count);
	if (!notes.notes || !groups || !channels)
		return mdf_too_large(e);
	for (uint32_t i = 0; i < m.note_count; i++)
		notes.notes[notes.count++] = (struct evidence_note){ m.notes[i].code,
			m.notes[i].where, m.notes[i].text };
	list_groups(&m, groups, &notes);
	list_channels(&m, channels, &notes);
	if (notes.left_out > 0) {
		struct str text = str_printf(a, "%u further notes", (unsigned)notes.left_out);
		if (!text.at)
			return mdf_too_large(e);
		notes.notes[notes.count++] = (struct evidence_note){ NOTE_UNSUPPORTED, STR(""),
			text };
	}
	*ret = (struct evidence_listing){ .format = STR("mdf"), .start_ns = m.start_ns,
		.group_count = m.group_count, .groups = groups, .channel_count = m.channel_count,
		.channels = channels, .note_count = notes.count, .notes = notes.notes };
	return ERR_OK;
}
