/* booking_peer.c - what two nodes tell each other of bookings and calendars (doc/booking.md).
 *
 * The guest's node asks; the facility's node decides and answers with the booking as it stands, and
 * tells it again whenever it changes. Calendars go to every peer.
 */
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/booking_inner.h"

#define ANSWERS_KEPT_S (30 * 86400)

/* ---- the booking as it stands ---------------------------------------------------------------- */

static enum err_code state_text(struct arena *a, const struct booking *b, const char *fault,
	struct str *ret, struct err *e)
{
	struct booking_message m = { .type = BOOKING_STATE, .revision = b->revision,
		.state = b->state, .held = b->held, .reason = b->reason, .when = b->when,
		.proposer = b->proposer, .proposed = b->proposed, .fault = str_of(fault) };

	memcpy(m.booking, b->key, sizeof(m.booking));
	return booking_message_text(a, &m, ret, e);
}

/* ---- the guest's node hears ------------------------------------------------------------------ */

struct hearing {
	struct arena *a;
	struct str origin;                 /* of the peer's log */
	const struct booking_message *state;
	bool answered;                     /* to what this node asked */
};

/* Beside the reason of who decides, which stays. */
static enum err_code put_fault(struct arena *a, struct booking *b, struct str fault,
	struct err *e)
{
	struct str before, reason = booking_reason(b->reason, &before);

	b->reason = str_printf(a, "fault:" STR_FMT "%s" STR_FMT, STR_ARG(fault),
		reason.len > 0 ? " " : "", STR_ARG(reason));
	return b->reason.at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no room for a message");
}

static enum err_code write_heard(void *context, struct store *store, struct err *e)
{
	struct hearing *x = context;
	const struct booking_message *m = x->state;
	struct booking b;
	int64_t now = instant_now();

	TRY(booking_find(store, x->a, m->booking, &b, e));
	if (b.origin.len == 0 || !str_eq(b.origin, x->origin))
		return err_set(e, ERR_DENIED, "this booking is not decided by that node");
	bool newer = m->revision > b.revision, refused = x->answered && m->fault.len > 0;
	if (!newer && !x->answered)
		return ERR_OK;
	if (newer) {
		b.revision = m->revision;
		b.state = m->state;
		b.held = m->held;
		b.proposer = m->proposer;
		b.when = m->when;
		b.proposed = m->proposed;
		b.reason = m->reason;
	}
	if (m->fault.len > 0)
		TRY(put_fault(x->a, &b, m->fault, e));
	if (x->answered)
		b.out = STR("");
	if (newer || refused)
		b.changed = now;
	TRY(booking_save(store, &b, e));
	if (newer)
		return booking_notices(store, x->a, &b, SIDE_OWNER, now, e);
	return refused ? booking_notice(store, x->a, &b, SIDE_OWNER, "booking-refused", now, e)
		: ERR_OK;
}

/* An ask that the other node will never take: it is not asked again, and who asked hears of it. */
struct unheard {
	struct arena *a;
	const struct peer_message *ask;
	enum err_code refused;
};

static enum err_code write_unheard(void *context, struct store *store, struct err *e)
{
	struct unheard *x = context;
	struct booking_message m = { 0 };
	struct booking b;
	int64_t now = instant_now();

	TRY(booking_find(store, x->a, x->ask->key, &b, e));
	if (b.origin.len == 0 || !str_eq(b.out, x->ask->body))
		return ERR_OK;
	b.out = STR("");
	/* what was never there, or is declined, has left no contact there to erase */
	if (x->refused == ERR_NOT_FOUND && booking_message_parse(x->a, x->ask->body, &m,
		NULL) == ERR_OK && str_is(m.act, "erase"))
		return booking_save(store, &b, e);
	if (str_is(b.state, "sending"))
		b.state = STR("declined");
	TRY(put_fault(x->a, &b, STR("no-use"), e));
	b.changed = now;
	TRY(booking_save(store, &b, e));
	return booking_notice(store, x->a, &b, SIDE_OWNER, "booking-refused", now, e);
}

/* ---- the facility's node is asked ------------------------------------------------------------ */

struct asked {
	struct service *s;
	struct arena *a;
	const struct booking_message *ask;
	struct str peer;                   /* its domain */
	struct str answer;
};

static enum err_code answer_kept(struct asked *x, struct store *store, bool *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_ANSWER_GET);

	sql_bind_blob(q, 1, x->ask->message, 16);
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

	sql_bind_blob(q, 1, x->ask->message, 16);
	sql_bind_str(q, 2, x->peer);
	sql_bind_str(q, 3, x->answer);
	sql_bind_i64(q, 4, now);
	TRY(sql_run(q, e));
	sql_bind_i64(old, 1, now - ANSWERS_KEPT_S);
	return sql_run(old, e);
}

/* Asked for and refused: nothing of it is kept here but the answer. */
static void decline(struct booking *b)
{
	b->revision = 1;
	b->state = STR("declined");
	b->held = b->proposer = b->reason = STR("");
}

static enum err_code take_request(struct asked *x, struct store *store, struct booking *b,
	struct booking_change *c, struct err *e)
{
	const struct booking_message *m = x->ask;
	struct err none = { 0 };

	*b = (struct booking){ .when = m->when, .guest_name = m->organisation,
		.guest_code = m->registered_id, .item = m->item, .purpose = m->purpose,
		.contact = m->contact, .phone = m->phone, .guest = x->peer, .origin = STR(""),
		.out = STR("") };
	memcpy(b->key, m->booking, sizeof(b->key));
	memcpy(b->listing, m->facility, sizeof(b->listing));
	enum err_code code = booking_request(x->s, store, x->a, b, c, &none);
	if (code == ERR_NOT_FOUND) {
		c->fault = "shut"; /* it was open when the guest saw it */
	} else if (code != ERR_OK) {
		*e = none;
		return code;
	}
	if (c->fault)
		decline(b);
	return ERR_OK;
}

static enum err_code write_asked(void *context, struct store *store, struct err *e)
{
	struct asked *x = context;
	struct booking_change c = { .side = SIDE_GUEST, .now = instant_now(), .act = x->ask->act,
		.reason = x->ask->reason, .when = x->ask->when };
	struct booking b;
	bool kept;

	TRY(answer_kept(x, store, &kept, e));
	if (kept)
		return ERR_OK;
	if (str_is(c.act, "request")) {
		TRY(take_request(x, store, &b, &c, e));
	} else {
		TRY(booking_find(store, x->a, x->ask->booking, &b, e));
		if (b.origin.len > 0 || !str_eq(b.guest, x->peer))
			return err_set(e, ERR_DENIED, "this booking is not of that node");
		TRY(booking_change(x->s, store, x->a, &b, &c, e));
	}
	TRY(state_text(x->a, &b, c.fault ? c.fault : c.conflict || c.denied ? "not-now" : NULL,
		&x->answer, e));
	return keep_answer(x, store, c.now, e);
}

/* ---- a peer tells its calendar --------------------------------------------------------------- */

struct telling {
	struct service *s;
	struct arena *a;
	struct str origin;
	const struct booking_message *calendar;
};

static enum err_code write_calendar(void *context, struct store *store, struct err *e)
{
	struct telling *x = context;
	const struct booking_message *m = x->calendar;
	struct str opening = { 0 }, busy = { 0 };
	struct facility f;

	TRY(facility_find(x->s, store, x->a, m->facility, &f, e));
	if (!str_eq(f.origin, x->origin))
		return err_set(e, ERR_DENIED, "this facility is not of that node");
	TRY(json_jcs(x->a, opening_json(x->a, &m->opening), &opening, e));
	TRY(json_jcs(x->a, booking_busy_json(x->a, &m->busy), &busy, e));
	SCOPED_SQL q = sql_use(store, SQL_FACILITY_TOLD_US);
	sql_bind_blob(q, 1, m->facility, 16);
	sql_bind_str(q, 2, x->origin);
	sql_bind_str(q, 3, opening);
	sql_bind_str(q, 4, busy);
	sql_bind_i64(q, 5, m->revision);
	sql_bind_i64(q, 6, instant_now());
	return sql_run(q, e);
}

enum err_code service_booking_door(struct service *s, struct arena *a, size_t peer,
	struct str body, struct str *ret, struct err *e)
{
	const struct node_peer *p = &s->config->peers[peer];
	struct booking_message m;

	TRY(booking_message_parse(a, body, &m, e));
	*ret = STR("{}");
	if (m.type == BOOKING_ASK) {
		struct asked x = { .s = s, .a = a, .ask = &m, .peer = p->domain };
		TRY(ledger_write(s->ledger, write_asked, &x, e));
		*ret = x.answer;
		return ERR_OK;
	}
	if (m.type == BOOKING_STATE) {
		struct hearing x = { .a = a, .origin = p->tlog_key.name, .state = &m };
		return ledger_write(s->ledger, write_heard, &x, e);
	}
	struct telling x = { .s = s, .a = a, .origin = p->tlog_key.name, .calendar = &m };
	return ledger_write(s->ledger, write_calendar, &x, e);
}

/* ---- what is to be told ---------------------------------------------------------------------- */

/* What a guest here asks of a facility there. */
static enum err_code next_ask(struct store *store, struct arena *a, struct str origin,
	struct peer_cursor *cursor, struct peer_message *ret, struct err *e)
{
	struct booking b;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_BOOKING_OUT_NEXT);
	sql_bind_str(q, 1, origin);
	sql_bind_i64(q, 2, cursor->first);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	booking_read(a, q, &b);
	*ret = (struct peer_message){ .body = b.out, .row = b.id, .asks = true };
	memcpy(ret->key, b.key, sizeof(ret->key));
	cursor->first = b.id;
	return ERR_OK;
}

/* What became of a booking of a guest there. */
static enum err_code next_state(struct store *store, struct arena *a, struct str domain,
	struct peer_cursor *cursor, struct peer_message *ret, struct err *e)
{
	struct booking b;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_BOOKING_UNTOLD_NEXT);
	sql_bind_str(q, 1, domain);
	sql_bind_i64(q, 2, cursor->second);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	booking_read(a, q, &b);
	*ret = (struct peer_message){ .row = b.id, .number = b.revision };
	memcpy(ret->key, b.key, sizeof(ret->key));
	cursor->second = b.id;
	return state_text(a, &b, NULL, &ret->body, e);
}

static enum err_code read_busy(struct store *store, struct arena *a, const uint8_t key[16],
	struct spans *ret, struct err *e)
{
	struct booking b;
	bool row;

	ret->at = ARENA_ARRAY(a, struct span, LIMIT_CALENDAR_SPANS);
	if (!ret->at)
		return err_set(e, ERR_TOO_LARGE, "no room for a message");
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_CALENDAR);
	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, instant_now());
	sql_bind_i64(q, 3, LIMIT_CALENDAR_SPANS);
	for (ret->count = 0;; ret->count++) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		booking_read(a, q, &b);
		ret->at[ret->count] = b.when;
	}
}

static enum err_code next_calendar(struct store *store, struct arena *a, struct str domain,
	struct peer_cursor *cursor, struct peer_message *ret, struct err *e)
{
	struct booking_message m = { .type = BOOKING_CALENDAR };
	struct json *opening = NULL;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_FACILITY_UNTOLD);
	sql_bind_str(q, 1, domain);
	sql_bind_blob(q, 2, cursor->key, 16);
	TRY(sql_step(q, &row, e));
	if (!row || sql_str(q, 0).len != 16)
		return ERR_OK;
	memcpy(cursor->key, sql_str(q, 0).at, 16);
	memcpy(m.facility, cursor->key, 16);
	m.revision = sql_i64(q, 2);
	TRY(json_parse(a, str_copy(a, sql_str(q, 1)), &opening, e));
	if (json_count(opening_read(a, opening, &m.opening)) > 0)
		return err_set(e, ERR_CORRUPT, "opening hours of a facility do not hold");
	TRY(read_busy(store, a, m.facility, &m.busy, e));
	*ret = (struct peer_message){ .number = m.revision };
	memcpy(ret->key, m.facility, 16);
	return booking_message_text(a, &m, &ret->body, e);
}

static enum err_code booking_next(struct service *s, struct arena *a, size_t peer,
	struct peer_cursor *cursor, struct peer_message *ret, struct err *e)
{
	const struct node_peer *p = &s->config->peers[peer];
	struct store *store;

	*ret = (struct peer_message){ 0 };
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(next_ask(store, a, p->tlog_key.name, cursor, ret, e));
	if (!ret->body.at)
		TRY(next_state(store, a, p->domain, cursor, ret, e));
	return ret->body.at ? ERR_OK : next_calendar(store, a, p->domain, cursor, ret, e);
}

struct told {
	const struct peer_message *message;
	struct str peer;
};

static enum err_code write_told(void *context, struct store *store, struct err *e)
{
	const struct told *x = context;
	SCOPED_SQL q = sql_use(store, x->message->row != 0 ? SQL_BOOKING_TOLD
		: SQL_FACILITY_TOLD);

	sql_bind_blob(q, 1, x->message->key, 16);
	if (x->message->row != 0) {
		sql_bind_i64(q, 2, x->message->number);
	} else {
		sql_bind_str(q, 2, x->peer);
		sql_bind_i64(q, 3, x->message->number);
	}
	return sql_run(q, e);
}

/* Denied is not final: who is not trusted now, or whose clock is wrong, may be heard later. */
static bool is_final(enum err_code code)
{
	return code == ERR_INVALID || code == ERR_NOT_FOUND || code == ERR_CONFLICT ||
		code == ERR_TOO_LARGE;
}

static enum err_code booking_told(struct service *s, struct arena *a, size_t peer,
	struct peer_cursor *cursor, const struct peer_message *message, struct str answer,
	const struct err *refused, struct err *e)
{
	const struct node_peer *p = &s->config->peers[peer];
	struct booking_message m;

	(void)cursor;
	if (refused && message->asks && is_final(refused->code)) {
		struct unheard x = { .a = a, .ask = message, .refused = refused->code };
		diag_err(DIAG_WARN, "bookings", refused);
		return ledger_write(s->ledger, write_unheard, &x, e);
	}
	if (refused) {
		*e = *refused;
		return refused->code;
	}
	if (message->asks) {
		struct hearing x = { .a = a, .origin = p->tlog_key.name, .state = &m,
			.answered = true };
		TRY(booking_message_parse(a, answer, &m, e));
		if (m.type != BOOKING_STATE || memcmp(m.booking, message->key, 16) != 0)
			return err_set(e, ERR_INVALID, "the answer is about something else");
		return ledger_write(s->ledger, write_heard, &x, e);
	}
	struct told x = { .message = message, .peer = p->domain };
	return ledger_write(s->ledger, write_told, &x, e);
}

const struct peer_messages booking_messages = { "/peer/v1/booking", "bookings", booking_next,
	booking_told };
