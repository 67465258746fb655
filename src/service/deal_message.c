/* deal_message.c - see deal_message.h. */
#include "service/deal_message.h"

#include "base/instant.h"
#include "base/limits.h"
#include "credential/statement.h"

#define COUNT_OF(x) (sizeof(x) / sizeof((x)[0]))

static enum err_code need_id(const struct json *v, const char *name, struct str *ret,
	struct err *e)
{
	uint8_t key[16];

	TRY(json_need_str(v, name, ret, e));
	return statement_id_parse(*ret, key, e);
}

static enum err_code need_text(const struct json *v, const char *name, size_t max,
	struct str *ret, struct err *e)
{
	TRY(json_need_str(v, name, ret, e));
	if (ret->len > max)
		return err_set(e, ERR_INVALID, "member \"%s\" is longer than %zu bytes", name, max);
	return ERR_OK;
}

/* What each word's body holds: texts only. */
static const struct { const char *word, *member; bool needed; } members[] = {
	{ "interest", "cooperation", true }, { "interest", "unclear", true },
	{ "interest", "who", true }, { "decline", "text", true }, { "fail", "text", true },
	{ "note", "text", true }, { "note", "how", true }, { "negotiate", "text", false },
	{ "follow-up", "text", true }, { "sign", "type", true }, { "sign", "day", true },
};

static enum err_code copy_body(struct arena *a, struct str word, const struct json *body,
	struct str *ret, struct err *e)
{
	struct json *v = json_new_object(a);
	uint64_t amount;
	int64_t day;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		struct str text;
		if (!str_is(word, members[i].word) ||
			(!members[i].needed && !json_get(body, members[i].member)))
			continue;
		TRY(need_text(body, members[i].member, LIMIT_DEAL_TEXT_BYTES, &text, e));
		v = json_set_str(a, v, members[i].member, text);
	}
	if (str_is(word, "sign")) {
		TRY(instant_parse_date(json_get_str(body, "day"), &day, e));
		TRY(json_need_u64(body, "amount", &amount, e));
		if (amount > LIMIT_DEAL_AMOUNT)
			return err_set(e, ERR_INVALID, "member \"amount\" is no amount of a deal");
		v = json_set_number(a, v, "amount", (double)amount);
	}
	return json_jcs(a, v, ret, e);
}

static enum err_code read_interest(const struct json *v, struct deal_message *m, struct err *e)
{
	const struct json *seeker;

	TRY(need_id(v, "listing", &m->listing, e));
	m->from = STR("");
	if (json_get(v, "from"))
		TRY(need_id(v, "from", &m->from, e));
	TRY(json_need(v, "seeker", JSON_OBJECT, &seeker, e));
	TRY(need_text(seeker, "name", LIMIT_ID_BYTES, &m->seeker_name, e));
	TRY(need_text(seeker, "code", LIMIT_ID_BYTES, &m->seeker_code, e));
	if (m->event.side != DEAL_SEEKER || m->event.number != 1)
		return err_set(e, ERR_INVALID, "interest is the seeker's first message");
	return ERR_OK;
}

static enum err_code read_numbers(const struct json *v, struct deal_event *x, struct err *e)
{
	uint64_t number, clock;
	struct str time, side;

	TRY(json_need_u64(v, "number", &number, e));
	TRY(json_need_u64(v, "clock", &clock, e));
	TRY(json_need_str(v, "time", &time, e));
	TRY(json_need_str(v, "side", &side, e));
	TRY(instant_parse(time, &x->time, e));
	if (number == 0 || number > (uint64_t)deal_number_most(x->word) || clock == 0 ||
		clock > 4 * LIMIT_DEAL_EVENTS)
		return err_set(e, ERR_INVALID, "number or clock is none of a deal");
	if (!str_is(side, "seeker") && !str_is(side, "owner"))
		return err_set(e, ERR_INVALID, "member \"side\" is no side");
	x->number = (int64_t)number;
	x->clock = (int64_t)clock;
	x->side = str_is(side, "owner") ? DEAL_OWNER : DEAL_SEEKER;
	return ERR_OK;
}

enum err_code deal_message_parse(struct arena *a, struct str text, struct deal_message *ret,
	struct err *e)
{
	struct deal_message m = { .name = STR(""), .phone = STR(""), .mail = STR("") };
	const struct json *body;
	struct json *v;

	if (text.len > LIMIT_DEAL_MESSAGE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "message longer than %d bytes",
			LIMIT_DEAL_MESSAGE_BYTES);
	TRY(json_parse(a, text, &v, e));
	TRY(need_id(v, "deal", &m.deal, e));
	TRY(json_need_str(v, "word", &m.event.word, e));
	TRY(json_need(v, "body", JSON_OBJECT, &body, e));
	TRY(read_numbers(v, &m.event, e));
	if (!deal_word_known(m.event.word))
		return err_set(e, ERR_INVALID, "member \"word\" is no word of a deal");
	if (str_is(m.event.word, "interest"))
		TRY(read_interest(v, &m, e));
	if (str_is(m.event.word, "person") && json_count(body) > 0) {
		TRY(need_text(body, "name", LIMIT_ID_BYTES, &m.name, e));
		TRY(need_text(body, "phone", LIMIT_ID_BYTES, &m.phone, e));
		TRY(need_text(body, "mail", LIMIT_ID_BYTES, &m.mail, e));
	}
	TRY(copy_body(a, m.event.word, body, &m.event.body, e));
	*ret = m;
	return ERR_OK;
}

enum err_code deal_message_text(struct arena *a, const struct deal_message *m, struct str *ret,
	struct err *e)
{
	struct json *v = json_new_object(a), *body;
	char time[INSTANT_TEXT_BYTES];

	TRY(json_parse(a, m->event.body, &body, e));
	instant_format(m->event.time, time);
	if (str_is(m->event.word, "person") && m->name.len > 0) {
		body = json_set_str(a, json_new_object(a), "name", m->name);
		body = json_set_str(a, body, "phone", m->phone);
		body = json_set_str(a, body, "mail", m->mail);
	}
	v = json_set_str(a, v, "deal", m->deal);
	v = json_set_text(a, v, "side", m->event.side == DEAL_OWNER ? "owner" : "seeker");
	v = json_set_number(a, v, "number", (double)m->event.number);
	v = json_set_number(a, v, "clock", (double)m->event.clock);
	v = json_set_str(a, v, "time", str_copy(a, str_of(time)));
	v = json_set_str(a, v, "word", m->event.word);
	v = json_set(a, v, "body", body);
	if (str_is(m->event.word, "interest")) {
		struct json *seeker = json_set_str(a, json_new_object(a), "name", m->seeker_name);
		v = json_set_str(a, v, "listing", m->listing);
		v = json_set(a, v, "seeker", json_set_str(a, seeker, "code", m->seeker_code));
		if (m->from.len > 0)
			v = json_set_str(a, v, "from", m->from);
	}
	return json_jcs(a, v, ret, e);
}
