/* osi.c - .osi files: messages of one type behind a length of four bytes each. */
#include "evidence/osi.h"

#include "base/limits.h"
#include "evidence/osi_inner.h"

#define TRY_MESSAGES 16        /* looked at to tell the type */
#define TOP_NUMBER_MAX 4096    /* fields of the types read here are below it */

struct cursor {
	const struct evidence_file *file;
	uint64_t at, told;
};

enum step { STEP_MESSAGE, STEP_END, STEP_TORN };

static uint32_t load_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
		(uint32_t)at[3] << 24;
}

static enum step next_message(struct cursor *c, struct protobuf *ret)
{
	uint64_t left = c->file->size - c->at, len;

	if (left == 0)
		return STEP_END;
	if (left < 4)
		return STEP_TORN;
	len = load_u32(c->file->at + c->at);
	if (len > left - 4)
		return STEP_TORN;
	*ret = (struct protobuf){ c->file->at + c->at + 4, c->file->at + c->at + 4 + len };
	c->at += 4 + len;
	if (c->at - c->told >= READER_PASS_BYTES && c->file->passed) {
		/* The message given is still needed. */
		c->told = c->at - 4 - len;
		c->file->passed(c->file->context, c->told);
	}
	return STEP_MESSAGE;
}

/* ---- recognising ----------------------------------------------------------------------------- */

static bool can_be_walked(struct protobuf p)
{
	struct protobuf_field field;
	enum protobuf_step step;
	uint32_t count = 0;

	while ((step = protobuf_next(&p, &field)) == PROTOBUF_FIELD) {
		if (field.number > TOP_NUMBER_MAX)
			return false;
		count++;
	}
	return step == PROTOBUF_END && count > 0;
}

bool osi_recognises(const struct evidence_file *file)
{
	struct cursor c = { .file = file };
	struct protobuf message;

	if (str_ends(file->name, ".osi"))
		return file->size > 0;
	c.told = UINT64_MAX / 2; /* this is no pass */
	return file->size >= 4 && load_u32(file->at) <= LIMIT_OSI_MESSAGE_BYTES &&
		next_message(&c, &message) == STEP_MESSAGE && can_be_walked(message);
}

/* The word for the type that stands between underscores in the name OSI asks for. */
static bool type_of_name(struct str name, enum osi_type *ret)
{
	while (name.at && name.len > 0) {
		struct str word = str_cut(&name, '_');
		if (!name.at)
			break; /* the last one is the trace's own name */
		if (str_is(word, "sv") || str_is(word, "gt")) {
			*ret = str_is(word, "sv") ? OSI_SENSOR_VIEW : OSI_GROUND_TRUTH;
			return true;
		}
	}
	return false;
}

/* A moving object with a position: what reads as one was hardly meant as something else. */
static bool has_object(const struct osi_frame *f)
{
	for (uint32_t i = 0; i < f->object_count; i++) {
		if (!f->objects[i].is_light && (f->objects[i].mask & 1u << OSI_X))
			return true;
	}
	return false;
}

/* The type under which more messages hold objects. */
static enum err_code type_by_trying(struct arena *a, const struct evidence_file *file,
	enum osi_type *ret, struct err *e)
{
	struct cursor c = { .file = file, .told = UINT64_MAX / 2 };
	uint32_t found[2] = { 0, 0 };
	struct protobuf message;
	struct osi_frame f;

	TRY(osi_frame_new(a, &f, e));
	for (int i = 0; i < TRY_MESSAGES && next_message(&c, &message) == STEP_MESSAGE; i++) {
		for (int type = 0; type < 2; type++) {
			if (!osi_frame_parse(&f, (enum osi_type)type, message))
				continue;
			found[type] += f.has_time && has_object(&f);
		}
	}
	if (found[0] == found[1])
		return err_set(e, ERR_UNSUPPORTED,
			"the OSI trace holds neither SensorView nor GroundTruth messages with "
			"objects");
	*ret = found[OSI_SENSOR_VIEW] > found[OSI_GROUND_TRUTH] ? OSI_SENSOR_VIEW :
		OSI_GROUND_TRUTH;
	return ERR_OK;
}

static enum err_code find_type(struct arena *a, const struct evidence_file *file,
	enum osi_type *ret, struct err *e)
{
	return type_of_name(file->name, ret) ? ERR_OK : type_by_trying(a, file, ret, e);
}

/* ---- listing and reading --------------------------------------------------------------------- */

static enum err_code check_size(const struct protobuf *message, uint64_t number, struct err *e)
{
	if (message->end - message->at > LIMIT_OSI_MESSAGE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "message %llu is over %d bytes",
			(unsigned long long)number, LIMIT_OSI_MESSAGE_BYTES);
	return ERR_OK;
}

enum err_code osi_list(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, struct evidence_listing *ret, struct err *e)
{
	struct listing_draft d = { .a = a };
	struct cursor c = { .file = file };
	struct osi_lister l;
	struct protobuf message;
	enum osi_type type;
	enum step step;

	(void)mapping; /* the layout follows from the format */
	TRY(find_type(a, file, &type, e));
	TRY(osi_lister_new(a, &l, e));
	while ((step = next_message(&c, &message)) == STEP_MESSAGE) {
		TRY(check_size(&message, l.messages + 1, e));
		TRY(osi_lister_add(&l, type, message, e));
	}
	if (l.rows == 0)
		return err_set(e, ERR_INVALID, "the OSI trace holds no message with a time");
	TRY(osi_lister_finish(&l, &d, STR(""), e));
	if (step == STEP_TORN)
		TRY(listing_add_note(&d, NOTE_TORN, STR(""),
			STR("the last message has no end; it is dropped"), e));
	listing_finish(&d, STR("osi"), CHANNEL_TIME_UNKNOWN, ret);
	return ERR_OK;
}

enum err_code osi_read(struct arena *a, const struct evidence_file *file,
	const struct mapping *mapping, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct err *e)
{
	struct cursor c = { .file = file };
	struct osi_picker p;
	struct protobuf message;
	enum osi_type type;

	(void)mapping;
	if (wanted_count == 0)
		return ERR_OK;
	TRY(find_type(a, file, &type, e));
	TRY(osi_picker_new(a, listing, wanted, wanted_count, 0, sink, &p, e));
	while (next_message(&c, &message) == STEP_MESSAGE)
		TRY(osi_picker_add(&p, type, message, e));
	return osi_picker_end(&p, e);
}
