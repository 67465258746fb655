/* mcap.c - OSI topics of an MCAP file as groups of channels. */
#include "evidence/mcap.h"

#include <string.h>

#include "base/limits.h"
#include "evidence/mcap_inner.h"

#define MAGIC "\x89MCAP0\r\n"
#define MAGIC_BYTES 8

bool mcap_recognises(const struct evidence_file *file)
{
	return file->size >= MAGIC_BYTES && memcmp(file->at, MAGIC, MAGIC_BYTES) == 0;
}

/* ---- listing --------------------------------------------------------------------------------- */

struct listing {
	struct arena *a;
	struct osi_lister *groups; /* LIMIT_MCAP_CHANNELS, filled as they appear */
};

static enum err_code list_channel(void *context, const struct mcap_channel *c, struct err *e)
{
	struct listing *l = context;

	return osi_lister_new(l->a, &l->groups[c->group], e);
}

static enum err_code list_message(void *context, const struct mcap_channel *c,
	struct protobuf message, struct err *e)
{
	struct listing *l = context;

	return osi_lister_add(&l->groups[c->group], c->type, message, e);
}

static enum err_code add_note(struct listing_draft *d, enum note_code code, uint64_t count,
	const char *what, struct err *e)
{
	if (count == 0)
		return ERR_OK;
	return listing_add_note(d, code, STR(""), str_printf(d->a, "%llu %s",
		(unsigned long long)count, what), e);
}

static enum err_code add_faults(const struct mcap_faults *f, struct listing_draft *d,
	struct err *e)
{
	TRY(add_note(d, NOTE_CHECKSUM, f->checksums,
		"chunks do not match their checksum and are dropped", e));
	TRY(add_note(d, NOTE_BROKEN, f->chunks, "chunks are broken; their messages from there on "
		"are dropped", e));
	TRY(add_note(d, NOTE_UNSUPPORTED, f->compressions,
		"chunks are compressed in a way that cannot be read here", e));
	TRY(add_note(d, NOTE_BROKEN, f->records, "records are broken and dropped", e));
	TRY(add_note(d, NOTE_BROKEN, f->orphans, "messages belong to no channel", e));
	TRY(add_note(d, NOTE_BROKEN, f->conflicts,
		"schemas or channels are declared again in another way; the first one counts", e));
	if (f->data_checksum)
		TRY(listing_add_note(d, NOTE_CHECKSUM, STR(""),
			STR("the data do not match the checksum at their end"), e));
	if (!f->torn)
		return ERR_OK;
	return listing_add_note(d, NOTE_TORN, STR(""),
		STR("the trace was not closed, or its end is missing"), e);
}

static enum err_code add_foreign(const struct mcap_walk *w, struct listing_draft *d, struct err *e)
{
	for (uint32_t i = 0; i < w->channel_count; i++) {
		const struct mcap_channel *c = &w->channels[i];
		if (c->readable)
			continue;
		TRY(listing_add_note(d, NOTE_UNSUPPORTED, c->topic,
			STR("the topic holds neither osi3.SensorView nor osi3.GroundTruth in "
			"protobuf"), e));
	}
	return ERR_OK;
}

static enum err_code finish(const struct mcap_walk *w, const struct listing *l,
	struct listing_draft *d, struct err *e)
{
	if (w->group_count == 0)
		return err_set(e, ERR_UNSUPPORTED, "the MCAP file holds no OSI messages that can "
			"be read");
	for (uint32_t i = 0; i < w->channel_count; i++) {
		const struct mcap_channel *c = &w->channels[i];
		if (c->readable)
			TRY(osi_lister_finish(&l->groups[c->group], d, c->topic, e));
	}
	TRY(add_foreign(w, d, e));
	return add_faults(&w->faults, d, e);
}

enum err_code mcap_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct listing_draft d = { .a = a };
	struct listing l = { .a = a };
	struct mcap_walk w;
	enum err_code code;

	(void)mapping; /* the layout follows from the format */
	l.groups = ARENA_ARRAY(a, struct osi_lister, LIMIT_MCAP_CHANNELS);
	if (!l.groups)
		return reader_full(e);
	TRY(mcap_walk_new(a, file, &w, e));
	w.channel = list_channel;
	w.message = list_message;
	w.context = &l;
	code = mcap_walk_run(&w, e);
	mcap_walk_clear(&w);
	if (code != ERR_OK)
		return code;
	TRY(finish(&w, &l, &d, e));
	listing_finish(&d, STR("mcap"), CHANNEL_TIME_UNKNOWN, ret);
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct picking {
	struct arena *a;
	const struct evidence_listing *listing;
	const uint32_t *wanted;
	uint32_t wanted_count, count;
	const struct evidence_sink *sink;
	struct osi_picker *groups;
};

static enum err_code pick_channel(void *context, const struct mcap_channel *c, struct err *e)
{
	struct picking *p = context;

	if (c->group >= p->listing->group_count)
		return err_set(e, ERR_INVALID, "the trace has other topics than listed");
	TRY(osi_picker_new(p->a, p->listing, p->wanted, p->wanted_count, c->group, p->sink,
		&p->groups[c->group], e));
	p->count = c->group + 1;
	return ERR_OK;
}

static enum err_code pick_message(void *context, const struct mcap_channel *c,
	struct protobuf message, struct err *e)
{
	struct picking *p = context;

	return osi_picker_add(&p->groups[c->group], c->type, message, e);
}

enum err_code mcap_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct picking p = { .a = a, .listing = listing, .wanted = wanted,
		.wanted_count = wanted_count, .sink = sink };
	struct mcap_walk w;
	enum err_code code;

	(void)mapping;
	if (wanted_count == 0)
		return ERR_OK;
	p.groups = ARENA_ARRAY(a, struct osi_picker, listing->group_count);
	if (!p.groups)
		return reader_full(e);
	TRY(mcap_walk_new(a, file, &w, e));
	w.channel = pick_channel;
	w.message = pick_message;
	w.context = &p;
	code = mcap_walk_run(&w, e);
	mcap_walk_clear(&w);
	if (code != ERR_OK)
		return code;
	for (uint32_t i = 0; i < p.count; i++)
		TRY(osi_picker_end(&p.groups[i], e));
	return ERR_OK;
}
