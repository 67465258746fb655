/* osi_track.c - frames as channels: which objects a trace holds, and their values over time.
 *
 * A channel's name says all that is needed to find its value in a frame, so reading takes one pass.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "evidence/osi_inner.h"

#define SLOTS (2 * LIMIT_OSI_OBJECTS)
#define NAME_BYTES 64
#define ENUM_MAX 7

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are masked");
_Static_assert(OSI_VALUE_COUNT <= 32, "a mask has 32 bits");

struct value_class {
	const char *name, *unit;
	const char *words[ENUM_MAX];   /* of an enum */
};

static const struct value_class classes[OSI_VALUE_COUNT] = {
	[OSI_X] = { "x", "m", { NULL } },
	[OSI_Y] = { "y", "m", { NULL } },
	[OSI_Z] = { "z", "m", { NULL } },
	[OSI_SPEED] = { "speed", "m/s", { NULL } },
	[OSI_VX] = { "vx", "m/s", { NULL } },
	[OSI_VY] = { "vy", "m/s", { NULL } },
	[OSI_VZ] = { "vz", "m/s", { NULL } },
	[OSI_AX] = { "ax", "m/s2", { NULL } },
	[OSI_AY] = { "ay", "m/s2", { NULL } },
	[OSI_AZ] = { "az", "m/s2", { NULL } },
	[OSI_ROLL] = { "roll", "rad", { NULL } },
	[OSI_PITCH] = { "pitch", "rad", { NULL } },
	[OSI_YAW] = { "yaw", "rad", { NULL } },
	[OSI_YAW_RATE] = { "yaw_rate", "rad/s", { NULL } },
	[OSI_LENGTH] = { "length", "m", { NULL } },
	[OSI_WIDTH] = { "width", "m", { NULL } },
	[OSI_HEIGHT] = { "height", "m", { NULL } },
	[OSI_TYPE] = { "type", "", { "unknown", "other", "vehicle", "pedestrian", "animal" } },
	[OSI_COLOR] = { "color", "", { "unknown", "other", "red", "yellow", "green", "blue",
		"white" } },
	[OSI_MODE] = { "mode", "", { "unknown", "other", "off", "constant", "flashing",
		"counting" } },
};

static bool is_text(enum osi_value value)
{
	return value == OSI_TYPE || value == OSI_COLOR || value == OSI_MODE;
}

static uint32_t hash(uint64_t id, bool is_light)
{
	uint64_t h = (id ^ (is_light ? UINT64_C(0x9e3779b97f4a7c15) : 0)) *
		UINT64_C(0xff51afd7ed558ccd);

	return (uint32_t)(h >> 32);
}

/* ---- listing --------------------------------------------------------------------------------- */

enum err_code osi_lister_new(struct arena *a, struct osi_lister *ret, struct err *e)
{
	struct osi_lister l = { .a = a };

	TRY(osi_frame_new(a, &l.frame, e));
	l.seen = ARENA_ARRAY(a, struct osi_seen, LIMIT_OSI_OBJECTS);
	l.slots = ARENA_ARRAY(a, uint32_t, SLOTS);
	if (!l.seen || !l.slots)
		return reader_full(e);
	*ret = l;
	return ERR_OK;
}

/* NULL: there are too many already. */
static struct osi_seen *find_seen(struct osi_lister *l, const struct osi_object *o)
{
	uint32_t slot = hash(o->id, o->is_light) & (SLOTS - 1);
	struct osi_seen *s;

	for (; l->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
		s = &l->seen[l->slots[slot] - 1];
		if (s->id == o->id && s->is_light == o->is_light)
			return s;
	}
	if (l->seen_count == LIMIT_OSI_OBJECTS)
		return NULL;
	s = &l->seen[l->seen_count++];
	*s = (struct osi_seen){ .id = o->id, .is_light = o->is_light };
	l->slots[slot] = l->seen_count;
	return s;
}

enum err_code osi_lister_add(struct osi_lister *l, enum osi_type type, struct protobuf message,
	struct err *e)
{
	struct osi_frame *f = &l->frame;
	bool host = false;

	(void)e; /* nothing can fail here */
	l->messages++;
	if (!osi_frame_parse(f, type, message)) {
		if (l->broken++ == 0)
			l->first_broken = l->messages;
		return ERR_OK;
	}
	if (!f->has_time) {
		l->timeless++;
		return ERR_OK;
	}
	l->rows++;
	l->dropped += f->dropped;
	l->bad_values += f->bad_values;
	for (uint32_t i = 0; i < f->object_count; i++) {
		const struct osi_object *o = &f->objects[i];
		struct osi_seen *s = find_seen(l, o);
		if (!s) {
			l->dropped++;
			continue;
		}
		l->doubles += s->message == l->messages;
		s->message = l->messages;
		s->mask |= o->mask;
		if (f->has_host && !o->is_light && o->id == f->host_id) {
			l->host_mask |= o->mask;
			host = true;
		}
	}
	l->hostless += !host;
	return ERR_OK;
}

static enum err_code add_channels(struct listing_draft *d, const char *prefix, uint32_t mask,
	struct err *e)
{
	for (int v = 0; v < OSI_VALUE_COUNT; v++) {
		struct str name;
		if (!(mask & 1u << v))
			continue;
		name = str_printf(d->a, "%s%s", prefix, classes[v].name);
		if (!name.at)
			return reader_full(e);
		TRY(listing_add_channel(d, (struct evidence_channel){ .name = name,
			.unit = str_of(classes[v].unit), .readable = true, .why_not = STR(""),
			.kind = is_text((enum osi_value)v) ? CHANNEL_TEXT : CHANNEL_NUMBER }, e));
	}
	return ERR_OK;
}

static enum err_code add_note(struct listing_draft *d, enum note_code code, struct str group,
	uint64_t count, const char *what, struct err *e)
{
	if (count == 0)
		return ERR_OK;
	return listing_add_note(d, code, group, str_printf(d->a, "%llu %s",
		(unsigned long long)count, what), e);
}

static enum err_code add_notes(const struct osi_lister *l, struct listing_draft *d,
	struct str group, struct err *e)
{
	if (l->broken > 0)
		TRY(listing_add_note(d, NOTE_BROKEN, group, str_printf(d->a,
			"%llu messages are broken and dropped, the first is number %llu",
			(unsigned long long)l->broken, (unsigned long long)l->first_broken), e));
	TRY(add_note(d, NOTE_BROKEN, group, l->timeless,
		"messages have no time stamp and are dropped", e));
	TRY(add_note(d, NOTE_BROKEN, group, l->doubles,
		"objects stand twice in one message; the last one counts", e));
	TRY(add_note(d, NOTE_UNSUPPORTED, group, l->dropped,
		"sightings of objects past the limit on their number are left out", e));
	TRY(add_note(d, NOTE_BAD_VALUE, group, l->bad_values, "values are infinite and missing",
		e));
	if (l->host_mask == 0)
		return add_note(d, NOTE_BROKEN, group, l->hostless,
			"messages do not tell which object is the host", e);
	return add_note(d, NOTE_BROKEN, group, l->hostless,
		"messages lack the host, whose values are missing there", e);
}

enum err_code osi_lister_finish(struct osi_lister *l, struct listing_draft *d, struct str group,
	struct err *e)
{
	char prefix[NAME_BYTES];

	TRY(listing_add_group(d, (struct evidence_group){ .name = group, .rows = l->rows,
		.rows_known = true, .has_time = true }, e));
	TRY(add_channels(d, "host.", l->host_mask, e));
	for (uint32_t i = 0; i < l->seen_count; i++) {
		const struct osi_seen *s = &l->seen[i];
		(void)snprintf(prefix, sizeof(prefix), "%s.%llu.", s->is_light ? "light" : "object",
			(unsigned long long)s->id);
		TRY(add_channels(d, prefix, s->mask, e));
	}
	return add_notes(l, d, group, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct osi_wanted {
	uint64_t id;
	bool is_light, is_host;
	enum osi_value value;
	uint32_t place;            /* in the caller's list, for labels */
	uint32_t next;             /* + 1, of the same object */
	struct labels labels;
	double now;
};

/* "object.7.x" and its kin, which osi_lister_finish wrote. */
static bool parse_name(struct str name, struct osi_wanted *ret)
{
	struct str word = str_cut(&name, '.'), id;

	ret->is_host = str_is(word, "host");
	ret->is_light = str_is(word, "light");
	if (!ret->is_host && !ret->is_light && !str_is(word, "object"))
		return false;
	if (!ret->is_host) {
		id = str_cut(&name, '.');
		if (str_parse_u64(id, &ret->id, NULL) != ERR_OK)
			return false;
	}
	for (int v = 0; v < OSI_VALUE_COUNT; v++) {
		if (str_is(name, classes[v].name)) {
			ret->value = (enum osi_value)v;
			return true;
		}
	}
	return false;
}

static uint32_t *find_slot(const struct osi_picker *p, uint64_t id, bool is_light)
{
	uint32_t slot = hash(id, is_light) & p->slot_mask;

	for (; p->slots[slot]; slot = (slot + 1) & p->slot_mask) {
		const struct osi_wanted *w = &p->wanted[p->slots[slot] - 1];
		if (w->id == id && w->is_light == is_light)
			break;
	}
	return &p->slots[slot];
}

static enum err_code index_wanted(struct osi_picker *p, struct err *e)
{
	uint64_t slots = 8;

	while (slots < 2 * (uint64_t)p->wanted_count)
		slots *= 2;
	p->slot_mask = (uint32_t)(slots - 1);
	p->slots = ARENA_ARRAY(p->a, uint32_t, slots);
	if (!p->slots)
		return reader_full(e);
	for (uint32_t i = 0; i < p->wanted_count; i++) {
		struct osi_wanted *w = &p->wanted[i];
		uint32_t *slot;
		if (w->is_host)
			continue;
		slot = find_slot(p, w->id, w->is_light);
		w->next = *slot;
		*slot = i + 1;
	}
	return ERR_OK;
}

enum err_code osi_picker_new(struct arena *a, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, uint32_t group,
	const struct evidence_sink *sink, struct osi_picker *ret, struct err *e)
{
	struct osi_picker p = { .a = a, .sink = sink, .rows = { .sink = sink, .group = group } };
	struct osi_wanted *w;

	for (uint32_t i = 0; i < wanted_count; i++)
		p.wanted_count += listing->channels[wanted[i]].group_index == group;
	if (p.wanted_count == 0) {
		*ret = p;
		return ERR_OK;
	}
	TRY(osi_frame_new(a, &p.frame, e));
	w = p.wanted = ARENA_ARRAY(a, struct osi_wanted, p.wanted_count);
	if (!p.wanted)
		return reader_full(e);
	for (uint32_t i = 0; i < wanted_count; i++) {
		const struct evidence_channel *c = &listing->channels[wanted[i]];
		if (c->group_index != group)
			continue;
		w->place = i;
		if (!parse_name(c->name, w++))
			return err_set(e, ERR_INVALID, "the trace has other channels than listed");
	}
	TRY(index_wanted(&p, e));
	if (listing->group_count > 1)
		TRY(rows_stage(&p.rows, a, p.wanted_count, e));
	*ret = p;
	return ERR_OK;
}

static enum err_code set_value(struct osi_picker *p, struct osi_wanted *w,
	const struct osi_object *o, struct err *e)
{
	const char *word = NULL;
	char digits[16];
	uint32_t index, number;

	w->now = (double)NAN;
	if (!(o->mask & 1u << w->value))
		return ERR_OK;
	if (!is_text(w->value)) {
		w->now = o->values[w->value];
		return ERR_OK;
	}
	number = (uint32_t)o->values[w->value];
	if (number < ENUM_MAX)
		word = classes[w->value].words[number];
	if (!word) {
		(void)snprintf(digits, sizeof(digits), "%u", (unsigned)number);
		word = digits;
	}
	TRY(labels_index(&w->labels, p->a, str_of(word), w->place, p->sink, &index, e));
	if (index != UINT32_MAX)
		w->now = index;
	return ERR_OK;
}

static enum err_code pick(struct osi_picker *p, const struct osi_object *o, struct err *e)
{
	const struct osi_frame *f = &p->frame;

	for (uint32_t i = *find_slot(p, o->id, o->is_light); i; i = p->wanted[i - 1].next)
		TRY(set_value(p, &p->wanted[i - 1], o, e));
	if (!f->has_host || o->is_light || o->id != f->host_id)
		return ERR_OK;
	for (uint32_t i = 0; i < p->wanted_count; i++) {
		if (p->wanted[i].is_host)
			TRY(set_value(p, &p->wanted[i], o, e));
	}
	return ERR_OK;
}

enum err_code osi_picker_add(struct osi_picker *p, enum osi_type type, struct protobuf message,
	struct err *e)
{
	struct osi_frame *f = &p->frame;

	if (p->wanted_count == 0 || !osi_frame_parse(f, type, message) || !f->has_time)
		return ERR_OK; /* the listing says so */
	for (uint32_t i = 0; i < p->wanted_count; i++)
		p->wanted[i].now = (double)NAN;
	for (uint32_t i = 0; i < f->object_count; i++)
		TRY(pick(p, &f->objects[i], e));
	TRY(rows_room(&p->rows, e));
	for (uint32_t i = 0; i < p->wanted_count; i++)
		p->rows.block.values[i][p->rows.used] = p->wanted[i].now;
	rows_add(&p->rows, f->time_ns);
	return ERR_OK;
}

enum err_code osi_picker_end(struct osi_picker *p, struct err *e)
{
	return rows_flush(&p->rows, e);
}
