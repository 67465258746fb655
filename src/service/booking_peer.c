/* booking_peer.c - what two nodes tell each other of bookings and calendars (doc/booking.md).
 *
 * The guest's node asks; the facility's node decides and answers with the booking as it stands, and
 * tells it again whenever it changes. Calendars go to every peer.
 */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/booking_inner.h"

#define ANSWERS_KEPT_S (30 * 86400)
#define NAME_BYTES 120

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "no room for a message");
}

/* ---- the booking as it stands ---------------------------------------------------------------- */

static struct json *state_json(struct arena *a, const struct booking *b, const char *fault)
{
	struct json *v = json_new_object(a);

	v = json_set_text(a, v, "type", "state");
	v = json_set_str(a, v, "booking", statement_id_text(a, b->key));
	v = json_set_number(a, v, "revision", (double)b->revision);
	v = json_set_str(a, v, "state", b->state);
	v = json_set_str(a, v, "held", b->held);
	v = json_set_str(a, v, "reason", b->reason);
	v = json_set_str(a, v, "begins", service_instant(a, b->when.from));
	v = json_set_str(a, v, "ends", service_instant(a, b->when.to));
	v = json_set_str(a, v, "proposer", b->proposer);
	if (b->proposed.to > 0) {
		v = json_set_str(a, v, "newBegins", service_instant(a, b->proposed.from));
		v = json_set_str(a, v, "newEnds", service_instant(a, b->proposed.to));
	}
	return fault ? json_set_text(a, v, "fault", fault) : v;
}

static enum err_code span_read(const struct json *v, const char *begins, const char *ends,
	struct span *ret, struct err *e)
{
	struct str from = json_get_str(v, begins), to = json_get_str(v, ends);

	*ret = (struct span){ 0, 0 };
	if (!from.at && !to.at)
		return ERR_OK;
	if (!from.at || !to.at)
		return err_set(e, ERR_INVALID, "one end of a time is missing");
	TRY(instant_parse(from, &ret->from, e));
	TRY(instant_parse(to, &ret->to, e));
	return ret->to > ret->from ? ERR_OK : err_set(e, ERR_INVALID, "time is turned round");
}

static enum err_code text_read(const struct json *v, const char *name, size_t max,
	struct str *ret, struct err *e)
{
	struct str s = json_get_str(v, name);

	if (s.len > max)
		return err_set(e, ERR_TOO_LARGE, "member \"%s\" is too long", name);
	*ret = s.at ? s : STR("");
	return ERR_OK;
}

static enum err_code key_read(const struct json *v, const char *name, uint8_t ret[16],
	struct err *e)
{
	struct str id;

	TRY(json_need_str(v, name, &id, e));
	return statement_id_parse(id, ret, e);
}

/* ---- the guest's node hears ------------------------------------------------------------------ */

struct hearing {
	struct arena *a;
	struct str origin;                 /* of the peer's log */
	const struct json *state;
	const struct booking_message *answered;    /* what it answers, or NULL */
};

static bool fault_is_a_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'a' && s.at[i] <= 'z') && s.at[i] != '-')
			return false;
	return s.len > 0 && s.len < 32;
}

static enum err_code state_read(struct arena *a, const struct json *v, struct booking *b,
	struct err *e)
{
	struct str fault = json_get_str(v, "fault");
	uint64_t revision;

	TRY(json_need_u64(v, "revision", &revision, e));
	TRY(text_read(v, "state", 16, &b->state, e));
	TRY(text_read(v, "held", 16, &b->held, e));
	TRY(text_read(v, "proposer", 16, &b->proposer, e));
	TRY(text_read(v, "reason", LIMIT_BOOKING_TEXT_BYTES, &b->reason, e));
	TRY(span_read(v, "begins", "ends", &b->when, e));
	TRY(span_read(v, "newBegins", "newEnds", &b->proposed, e));
	if (!booking_state_is(b->state) || (b->held.len > 0 && !booking_state_is(b->held)) ||
		b->when.to == 0)
		return err_set(e, ERR_INVALID, "state of a booking is none");
	b->revision = (int64_t)revision;
	if (fault.at && fault_is_a_word(fault))
		b->reason = str_printf(a, "fault:" STR_FMT, STR_ARG(fault));
	return b->reason.at ? ERR_OK : full(e);
}

static enum err_code write_heard(void *context, struct store *store, struct err *e)
{
	struct hearing *x = context;
	struct booking b, heard;
	int64_t now = instant_now();
	uint8_t key[16];
	bool newer, fault;

	TRY(key_read(x->state, "booking", key, e));
	TRY(booking_find(store, x->a, key, &b, e));
	if (b.origin.len == 0 || !str_eq(b.origin, x->origin))
		return err_set(e, ERR_DENIED, "this booking is not decided by that node");
	heard = b;
	TRY(state_read(x->a, x->state, &heard, e));
	newer = heard.revision > b.revision;
	fault = str_starts(heard.reason, "fault:");
	if (x->answered)
		heard.out = STR("");
	else if (!newer)
		return ERR_OK;
	if (!newer && !fault)
		heard = (struct booking){ 0 };
	if (heard.state.at) {
		heard.changed = now;
		TRY(booking_save(store, &heard, e));
		return booking_notices(store, x->a, &heard, SIDE_OWNER, now, e);
	}
	b.out = STR("");
	return booking_save(store, &b, e);
}

/* ---- the facility's node is asked ------------------------------------------------------------ */

struct asked {
	struct service *s;
	struct arena *a;
	const struct json *ask;
	struct str peer;                   /* its domain */
	uint8_t message[16];
	struct str answer;
};

static enum err_code answer_kept(struct asked *x, struct store *store, bool *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_ANSWER_GET);

	sql_bind_blob(q, 1, x->message, 16);
	sql_bind_str(q, 2, x->peer);
	TRY(sql_step(q, ret, e));
	if (*ret)
		x->answer = str_copy(x->a, sql_str(q, 0));
	return ERR_OK;
}

static enum err_code keep_answer(struct asked *x, struct store *store, int64_t now,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_ANSWER_PUT);
	SCOPED_SQL old = sql_use(store, SQL_BOOKING_ANSWER_DROP);

	sql_bind_blob(q, 1, x->message, 16);
	sql_bind_str(q, 2, x->peer);
	sql_bind_str(q, 3, x->answer);
	sql_bind_i64(q, 4, now);
	TRY(sql_run(q, e));
	sql_bind_i64(old, 1, now - ANSWERS_KEPT_S);
	return sql_run(old, e);
}

static enum err_code new_of(struct asked *x, struct booking *b, struct err *e)
{
	TRY(key_read(x->ask, "facility", b->listing, e));
	TRY(span_read(x->ask, "begins", "ends", &b->when, e));
	TRY(text_read(x->ask, "organisation", NAME_BYTES * 2, &b->guest_name, e));
	TRY(text_read(x->ask, "registeredId", 18, &b->guest_code, e));
	TRY(text_read(x->ask, "item", NAME_BYTES, &b->item, e));
	TRY(text_read(x->ask, "purpose", LIMIT_BOOKING_TEXT_BYTES, &b->purpose, e));
	TRY(text_read(x->ask, "contact", NAME_BYTES, &b->contact, e));
	TRY(text_read(x->ask, "phone", 32, &b->phone, e));
	b->guest = x->peer;
	b->origin = b->out = STR("");
	return b->when.to > 0 ? ERR_OK : err_set(e, ERR_INVALID, "a request names no time");
}

/* Asked for and refused: nothing of it is kept here but the answer. */
static struct booking declined(const struct booking *asked)
{
	struct booking b = *asked;

	b.revision = 1;
	b.state = STR("declined");
	b.held = b.proposer = b.reason = STR("");
	return b;
}

static enum err_code answer_ask(struct asked *x, struct store *store, struct booking_change *c,
	struct err *e)
{
	struct booking b = { 0 };
	uint8_t key[16];
	const char *fault;

	TRY(key_read(x->ask, "booking", key, e));
	memcpy(b.key, key, 16);
	if (str_is(c->act, "request")) {
		TRY(new_of(x, &b, e));
		TRY(booking_request(x->s, store, x->a, &b, c, e));
		fault = c->fault;
		if (fault)
			b = declined(&b);
	} else {
		TRY(booking_find(store, x->a, key, &b, e));
		if (b.origin.len > 0 || !str_eq(b.guest, x->peer))
			return err_set(e, ERR_DENIED, "this booking is not of that node");
		TRY(span_read(x->ask, "begins", "ends", &c->when, e));
		TRY(booking_change(x->s, store, x->a, &b, c, e));
		fault = c->fault ? c->fault : c->conflict || c->denied ? "not-now" : NULL;
	}
	return json_jcs(x->a, state_json(x->a, &b, fault), &x->answer, e);
}

static enum err_code write_asked(void *context, struct store *store, struct err *e)
{
	struct asked *x = context;
	struct booking_change c = { .side = SIDE_GUEST, .now = instant_now() };
	bool kept;

	TRY(key_read(x->ask, "message", x->message, e));
	TRY(answer_kept(x, store, &kept, e));
	if (kept)
		return ERR_OK;
	TRY(text_read(x->ask, "act", 16, &c.act, e));
	TRY(text_read(x->ask, "reason", LIMIT_BOOKING_TEXT_BYTES, &c.reason, e));
	TRY(answer_ask(x, store, &c, e));
	return keep_answer(x, store, c.now, e);
}

/* ---- a peer tells its calendar --------------------------------------------------------------- */

struct telling {
	struct service *s;
	struct arena *a;
	struct str origin;
	const struct json *calendar;
};

static enum err_code check_busy(const struct json *busy, struct err *e)
{
	if (!json_is(busy, JSON_ARRAY) || json_count(busy) > LIMIT_CALENDAR_SPANS)
		return err_set(e, ERR_INVALID, "\"busy\" is no list of times, or too long");
	for (size_t i = 0; i < json_count(busy); i++) {
		double from = json_number_or(json_at(json_at(busy, i), 0), -1);
		double to = json_number_or(json_at(json_at(busy, i), 1), -1);
		if (!(from >= 0 && to > from && to <= (double)INSTANT_MAX))
			return err_set(e, ERR_INVALID, "\"busy\" has no time at %zu", i);
	}
	return ERR_OK;
}

static enum err_code write_calendar(void *context, struct store *store, struct err *e)
{
	struct telling *x = context;
	struct str opening = { 0 }, busy = { 0 };
	struct facility f;
	struct opening read;
	struct json *problems;
	uint64_t revision;
	uint8_t key[16];

	TRY(key_read(x->calendar, "facility", key, e));
	TRY(json_need_u64(x->calendar, "revision", &revision, e));
	TRY(facility_find(x->s, store, x->a, key, &f, e));
	if (!str_eq(f.origin, x->origin))
		return err_set(e, ERR_DENIED, "this facility is not of that node");
	problems = opening_read(x->a, json_get(x->calendar, "opening"), &read);
	if (!problems || json_count(problems) > 0)
		return err_set(e, ERR_INVALID, "opening hours do not hold");
	TRY(check_busy(json_get(x->calendar, "busy"), e));
	TRY(json_jcs(x->a, opening_json(x->a, &read), &opening, e));
	TRY(json_jcs(x->a, json_get(x->calendar, "busy"), &busy, e));
	SCOPED_SQL q = sql_use(store, SQL_FACILITY_TOLD_US);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, x->origin);
	sql_bind_str(q, 3, opening);
	sql_bind_str(q, 4, busy);
	sql_bind_i64(q, 5, (int64_t)revision);
	sql_bind_i64(q, 6, instant_now());
	return sql_run(q, e);
}

enum err_code service_booking_door(struct service *s, struct arena *a, size_t peer,
	struct str body, struct str *ret, struct err *e)
{
	const struct node_peer *p = &s->config->peers[peer];
	struct json *v = NULL;
	struct str type;

	TRY(json_parse(a, body, &v, e));
	TRY(json_need_str(v, "type", &type, e));
	*ret = STR("{}");
	if (str_is(type, "ask")) {
		struct asked x = { .s = s, .a = a, .ask = v, .peer = p->domain };
		TRY(ledger_write(s->ledger, write_asked, &x, e));
		*ret = x.answer;
		return ERR_OK;
	}
	if (str_is(type, "state")) {
		struct hearing x = { .a = a, .origin = p->tlog_key.name, .state = v };
		return ledger_write(s->ledger, write_heard, &x, e);
	}
	if (str_is(type, "calendar")) {
		struct telling x = { .s = s, .a = a, .origin = p->tlog_key.name, .calendar = v };
		return ledger_write(s->ledger, write_calendar, &x, e);
	}
	return err_set(e, ERR_INVALID, "a message of no type known here");
}

/* ---- what is to be told ---------------------------------------------------------------------- */

static enum err_code next_ask(struct store *store, struct arena *a, struct str origin,
	struct booking_cursor *cursor, struct booking_message *ret, struct err *e)
{
	struct booking b;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_BOOKING_OUT_NEXT);
	sql_bind_str(q, 1, origin);
	sql_bind_i64(q, 2, cursor->asked);
	TRY(sql_step(q, &row, e));
	if (!row || sql_str(q, 0).len != 16)
		return ERR_OK;
	memcpy(ret->key, sql_str(q, 0).at, 16);
	TRY(booking_find(store, a, ret->key, &b, e));
	*ret = (struct booking_message){ .body = b.out, .booking = b.id, .asks = true };
	memcpy(ret->key, b.key, 16);
	cursor->asked = b.id;
	return ERR_OK;
}

static enum err_code next_state(struct store *store, struct arena *a, struct str domain,
	struct booking_cursor *cursor, struct booking_message *ret, struct err *e)
{
	struct booking b;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_BOOKING_UNTOLD_NEXT);
	sql_bind_str(q, 1, domain);
	sql_bind_i64(q, 2, cursor->told);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	booking_read(a, q, &b);
	*ret = (struct booking_message){ .booking = b.id, .revision = b.revision };
	memcpy(ret->key, b.key, 16);
	cursor->told = b.id;
	return json_jcs(a, state_json(a, &b, NULL), &ret->body, e);
}

static enum err_code busy_json(struct store *store, struct arena *a, const uint8_t key[16],
	struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	struct booking b;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_BOOKING_CALENDAR);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, instant_now());
	sql_bind_i64(q, 3, LIMIT_CALENDAR_SPANS);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		booking_read(a, q, &b);
		struct json *one = json_new_array(a);
		one = json_push(a, one, json_new_number(a, (double)b.when.from));
		list = json_push(a, list, json_push(a, one, json_new_number(a,
			(double)b.when.to)));
	}
	*ret = list;
	return list ? ERR_OK : full(e);
}

static enum err_code next_calendar(struct store *store, struct arena *a, struct str domain,
	struct booking_cursor *cursor, struct booking_message *ret, struct err *e)
{
	struct json *v = json_new_object(a), *opening = NULL, *busy = NULL;
	bool row;

	{
		SCOPED_SQL q = sql_use(store, SQL_FACILITY_UNTOLD);
		sql_bind_str(q, 1, domain);
		sql_bind_blob(q, 2, cursor->facility, 16);
		TRY(sql_step(q, &row, e));
		if (!row || sql_str(q, 0).len != 16)
			return ERR_OK;
		memcpy(cursor->facility, sql_str(q, 0).at, 16);
		*ret = (struct booking_message){ .revision = sql_i64(q, 2) };
		TRY(json_parse(a, str_copy(a, sql_str(q, 1)), &opening, e));
	}
	memcpy(ret->key, cursor->facility, 16);
	TRY(busy_json(store, a, ret->key, &busy, e));
	v = json_set_text(a, v, "type", "calendar");
	v = json_set_str(a, v, "facility", statement_id_text(a, ret->key));
	v = json_set_number(a, v, "revision", (double)ret->revision);
	v = json_set(a, v, "opening", opening);
	return json_jcs(a, json_set(a, v, "busy", busy), &ret->body, e);
}

enum err_code service_booking_next(struct service *s, struct arena *a, size_t peer,
	struct booking_cursor *cursor, struct booking_message *ret, struct err *e)
{
	const struct node_peer *p = &s->config->peers[peer];
	struct store *store;

	*ret = (struct booking_message){ 0 };
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(next_ask(store, a, p->tlog_key.name, cursor, ret, e));
	if (!ret->body.at)
		TRY(next_state(store, a, p->domain, cursor, ret, e));
	return ret->body.at ? ERR_OK : next_calendar(store, a, p->domain, cursor, ret, e);
}

struct told {
	const struct booking_message *message;
	struct str peer;
};

static enum err_code write_told(void *context, struct store *store, struct err *e)
{
	const struct told *x = context;
	SCOPED_SQL q = sql_use(store, x->message->booking != 0 ? SQL_BOOKING_TOLD
		: SQL_FACILITY_TOLD);

	sql_bind_blob(q, 1, x->message->key, 16);
	if (x->message->booking != 0) {
		sql_bind_i64(q, 2, x->message->revision);
	} else {
		sql_bind_str(q, 2, x->peer);
		sql_bind_i64(q, 3, x->message->revision);
	}
	return sql_run(q, e);
}

enum err_code service_booking_told(struct service *s, struct arena *a, size_t peer,
	const struct booking_message *message, struct str answer, struct err *e)
{
	const struct node_peer *p = &s->config->peers[peer];
	struct json *v = NULL;

	if (message->asks) {
		struct hearing x = { .a = a, .origin = p->tlog_key.name, .answered = message };
		uint8_t key[16];
		TRY(json_parse(a, answer, &v, e));
		TRY(key_read(v, "booking", key, e));
		if (memcmp(key, message->key, 16) != 0)
			return err_set(e, ERR_INVALID, "the answer is about another booking");
		x.state = v;
		return ledger_write(s->ledger, write_heard, &x, e);
	}
	struct told x = { .message = message, .peer = p->domain };
	return ledger_write(s->ledger, write_told, &x, e);
}
