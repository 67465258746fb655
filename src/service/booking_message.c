/* booking_message.c - see booking_message.h. */
#include "service/booking_message.h"

#include "base/instant.h"
#include "credential/statement.h"

#define COUNT_OF(x) (sizeof(x) / sizeof((x)[0]))
#define WORD_BYTES 16

static const char *const type_names[] = { "ask", "state", "calendar" };
const char *const booking_states[] = { "sending", "requested", "confirmed", "changed", "declined",
	"cancelled", "done", "no-show", NULL };

bool booking_state_is(struct str word)
{
	for (size_t i = 0; booking_states[i]; i++)
		if (str_is(word, booking_states[i]))
			return true;
	return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err_code read_text(const struct json *v, const char *name, size_t max,
	struct str *ret, struct err *e)
{
	struct str s = json_get_str(v, name);

	if (s.len > max)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" is too long", name);
	*ret = s.at ? s : STR("");
	return ERR_OK;
}

static enum err_code read_key(const struct json *v, const char *name, uint8_t ret[16],
	struct err *e)
{
	struct str id;

	TRY(json_need_str(v, name, &id, e));
	return statement_id_parse(id, ret, e);
}

/* Both ends, or neither. */
static enum err_code read_span(const struct json *v, const char *begins, const char *ends,
	struct span *ret, struct err *e)
{
	struct str from = json_get_str(v, begins), to = json_get_str(v, ends);

	if (!from.at && !to.at)
		return ERR_OK;
	if (!from.at || !to.at)
		return err_set(e, ERR_INVALID, "one end of a time is missing");
	TRY(instant_parse(from, &ret->from, e));
	TRY(instant_parse(to, &ret->to, e));
	return ret->to > ret->from ? ERR_OK : err_set(e, ERR_INVALID, "time is turned round");
}

static enum err_code read_revision(const struct json *v, struct booking_message *m, struct err *e)
{
	uint64_t revision;

	TRY(json_need_u64(v, "revision", &revision, e));
	m->revision = (int64_t)revision;
	return ERR_OK;
}

static enum err_code read_ask(const struct json *v, struct booking_message *m, struct err *e)
{
	TRY(read_key(v, "message", m->message, e));
	TRY(read_key(v, "booking", m->booking, e));
	TRY(read_key(v, "facility", m->facility, e));
	TRY(read_text(v, "act", WORD_BYTES, &m->act, e));
	TRY(read_text(v, "reason", LIMIT_BOOKING_TEXT_BYTES, &m->reason, e));
	TRY(read_span(v, "begins", "ends", &m->when, e));
	if (!str_is(m->act, "request"))
		return ERR_OK;
	TRY(read_text(v, "organisation", LIMIT_ORGANISATION_NAME_BYTES, &m->organisation, e));
	TRY(read_text(v, "registeredId", LIMIT_ORGANISATION_CODE_BYTES, &m->registered_id, e));
	TRY(read_text(v, "item", LIMIT_BOOKING_NAME_BYTES, &m->item, e));
	TRY(read_text(v, "purpose", LIMIT_BOOKING_TEXT_BYTES, &m->purpose, e));
	TRY(read_text(v, "contact", LIMIT_BOOKING_NAME_BYTES, &m->contact, e));
	TRY(read_text(v, "phone", LIMIT_PHONE_BYTES, &m->phone, e));
	return m->when.to != 0 ? ERR_OK : err_set(e, ERR_INVALID, "a request names no time");
}

/* A word of the catalogues, whichever: the other node may know more of them. */
static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'a' && s.at[i] <= 'z') && s.at[i] != '-')
			return false;
	return s.len < 2 * WORD_BYTES;
}

static enum err_code read_state(const struct json *v, struct booking_message *m, struct err *e)
{
	TRY(read_key(v, "booking", m->booking, e));
	TRY(read_revision(v, m, e));
	TRY(read_text(v, "state", WORD_BYTES, &m->state, e));
	TRY(read_text(v, "held", WORD_BYTES, &m->held, e));
	TRY(read_text(v, "proposer", WORD_BYTES, &m->proposer, e));
	TRY(read_text(v, "reason", LIMIT_BOOKING_TEXT_BYTES, &m->reason, e));
	TRY(read_text(v, "fault", 2 * WORD_BYTES, &m->fault, e));
	TRY(read_span(v, "begins", "ends", &m->when, e));
	TRY(read_span(v, "newBegins", "newEnds", &m->proposed, e));
	/* One that is being sent is so on the node that asks only. */
	if (!booking_state_is(m->state) || str_is(m->state, "sending") ||
		(m->held.len > 0 && !booking_state_is(m->held)) || m->when.to == 0 ||
		!is_word(m->fault))
		return err_set(e, ERR_INVALID, "state of a booking is none");
	return ERR_OK;
}

enum err_code booking_busy_read(struct arena *a, const struct json *busy, struct spans *ret,
	struct err *e)
{
	size_t count = json_count(busy);
	struct spans s = { 0 };

	if (!json_is(busy, JSON_ARRAY) || count > LIMIT_CALENDAR_SPANS)
		return err_set(e, ERR_INVALID, "\"busy\" is no list of times, or too long");
	s.at = ARENA_ARRAY(a, struct span, count + 1);
	if (!s.at)
		return err_set(e, ERR_TOO_LARGE, "a calendar needs too much memory");
	for (; s.count < count; s.count++) {
		const struct json *one = json_at(busy, s.count);
		double from = json_number_or(json_at(one, 0), -1);
		double to = json_number_or(json_at(one, 1), -1);
		if (!(from >= 0 && to > from && to <= (double)INSTANT_MAX))
			return err_set(e, ERR_INVALID, "\"busy\" has no time at %zu", s.count);
		s.at[s.count] = (struct span){ (int64_t)from, (int64_t)to };
		if (s.at[s.count].to == s.at[s.count].from)
			return err_set(e, ERR_INVALID, "\"busy\" has no time at %zu", s.count);
	}
	*ret = s;
	return ERR_OK;
}

static enum err_code read_calendar(struct arena *a, const struct json *v,
	struct booking_message *m, struct err *e)
{
	struct json *problems = opening_read(a, json_get(v, "opening"), &m->opening);

	if (!problems || json_count(problems) > 0)
		return err_set(e, ERR_INVALID, "opening hours do not hold");
	TRY(read_key(v, "facility", m->facility, e));
	TRY(read_revision(v, m, e));
	return booking_busy_read(a, json_get(v, "busy"), &m->busy, e);
}

enum err_code booking_message_parse(struct arena *a, struct str text,
	struct booking_message *ret, struct err *e)
{
	struct booking_message m = { 0 };
	struct json *v = NULL;
	struct str type;

	TRY(json_parse(a, text, &v, e));
	TRY(json_need_str(v, "type", &type, e));
	if (str_is(type, type_names[BOOKING_ASK])) {
		m.type = BOOKING_ASK;
		TRY(read_ask(v, &m, e));
	} else if (str_is(type, type_names[BOOKING_STATE])) {
		m.type = BOOKING_STATE;
		TRY(read_state(v, &m, e));
	} else if (str_is(type, type_names[BOOKING_CALENDAR])) {
		m.type = BOOKING_CALENDAR;
		TRY(read_calendar(a, v, &m, e));
	} else {
		return err_set(e, ERR_INVALID, "a message of no type known here");
	}
	*ret = m;
	return ERR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static struct json *put_key(struct arena *a, struct json *v, const char *name,
	const uint8_t key[16])
{
	return json_set_str(a, v, name, statement_id_text(a, key));
}

static struct json *put_time(struct arena *a, struct json *v, const char *name, int64_t at)
{
	char text[INSTANT_TEXT_BYTES];

	instant_format(at, text);
	return json_set_str(a, v, name, str_copy(a, str_of(text)));
}

static struct json *put_span(struct arena *a, struct json *v, const char *begins,
	const char *ends, struct span when)
{
	if (when.to <= when.from)
		return v;
	return put_time(a, put_time(a, v, begins, when.from), ends, when.to);
}

static struct json *put_ask(struct arena *a, struct json *v, const struct booking_message *m)
{
	const struct { const char *name; struct str text; } texts[] = {
		{ "organisation", m->organisation }, { "registeredId", m->registered_id },
		{ "item", m->item }, { "purpose", m->purpose }, { "contact", m->contact },
		{ "phone", m->phone } };

	v = put_key(a, v, "message", m->message);
	v = json_set_str(a, v, "act", m->act);
	v = put_key(a, v, "booking", m->booking);
	v = put_key(a, v, "facility", m->facility);
	v = json_set_str(a, v, "reason", m->reason);
	v = put_span(a, v, "begins", "ends", m->when);
	if (!str_is(m->act, "request"))
		return v;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		v = json_set_str(a, v, texts[i].name, texts[i].text);
	return v;
}

static struct json *put_state(struct arena *a, struct json *v, const struct booking_message *m)
{
	v = put_key(a, v, "booking", m->booking);
	v = json_set_number(a, v, "revision", (double)m->revision);
	v = json_set_str(a, v, "state", m->state);
	v = json_set_str(a, v, "held", m->held);
	v = json_set_str(a, v, "reason", m->reason);
	v = put_span(a, v, "begins", "ends", m->when);
	v = json_set_str(a, v, "proposer", m->proposer);
	v = put_span(a, v, "newBegins", "newEnds", m->proposed);
	return m->fault.len > 0 ? json_set_str(a, v, "fault", m->fault) : v;
}

struct json *booking_busy_json(struct arena *a, const struct spans *busy)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < busy->count; i++) {
		struct json *one = json_new_array(a);
		one = json_push(a, one, json_new_number(a, (double)busy->at[i].from));
		one = json_push(a, one, json_new_number(a, (double)busy->at[i].to));
		list = json_push(a, list, one);
	}
	return list;
}

enum err_code booking_message_text(struct arena *a, const struct booking_message *m,
	struct str *ret, struct err *e)
{
	struct json *v = json_set_text(a, json_new_object(a), "type", type_names[m->type]);

	if (m->type == BOOKING_ASK)
		return json_jcs(a, put_ask(a, v, m), ret, e);
	if (m->type == BOOKING_STATE)
		return json_jcs(a, put_state(a, v, m), ret, e);
	v = put_key(a, v, "facility", m->facility);
	v = json_set_number(a, v, "revision", (double)m->revision);
	v = json_set(a, v, "opening", opening_json(a, &m->opening));
	return json_jcs(a, json_set(a, v, "busy", booking_busy_json(a, &m->busy)), ret, e);
}
