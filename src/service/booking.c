/* booking.c - rows of facilities and bookings, and the rules by which a booking changes.
 *
 * All of it runs in a job of the writer, so that what is booked is counted and the new booking
 * stands before anybody else is asked.
 */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "service/booking_inner.h"
#include "service/notice.h"

/* ---- rows ------------------------------------------------------------------------------------ */

void booking_read(struct arena *a, struct sql *q, struct booking *ret)
{
	*ret = (struct booking){ .id = sql_i64(q, 0), .origin = str_copy(a, sql_str(q, 3)),
		.guest = str_copy(a, sql_str(q, 4)), .owner = sql_i64(q, 5),
		.organisation = sql_i64(q, 6), .account = sql_i64(q, 7),
		.guest_name = str_copy(a, sql_str(q, 8)), .guest_code = str_copy(a, sql_str(q, 9)),
		.title = str_copy(a, sql_str(q, 10)), .item = str_copy(a, sql_str(q, 11)),
		.purpose = str_copy(a, sql_str(q, 12)), .contact = str_copy(a, sql_str(q, 13)),
		.phone = str_copy(a, sql_str(q, 14)),
		.when = { sql_i64(q, 15), sql_i64(q, 16) }, .state = str_copy(a, sql_str(q, 17)),
		.held = str_copy(a, sql_str(q, 18)), .reason = str_copy(a, sql_str(q, 19)),
		.proposer = str_copy(a, sql_str(q, 20)),
		.proposed = { sql_i64(q, 21), sql_i64(q, 22) }, .revision = sql_i64(q, 23),
		.told = sql_i64(q, 24), .out = str_copy(a, sql_str(q, 25)),
		.created = sql_i64(q, 26), .changed = sql_i64(q, 27) };
	if (sql_str(q, 1).len == 16 && sql_str(q, 2).len == 16) {
		memcpy(ret->key, sql_str(q, 1).at, 16);
		memcpy(ret->listing, sql_str(q, 2).at, 16);
	}
}

enum err_code booking_find(struct store *store, struct arena *a, const uint8_t key[16],
	struct booking *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_BY_KEY);
	bool row;

	sql_bind_blob(q, 1, key, 16);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such booking here");
	booking_read(a, q, ret);
	return ERR_OK;
}

enum err_code booking_add(struct store *store, const struct booking *b, struct err *e)
{
	const struct str texts[] = { b->guest_name, b->guest_code, b->title, b->item, b->purpose,
		b->contact, b->phone };
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_ADD);

	sql_bind_blob(q, 1, b->key, 16);
	sql_bind_blob(q, 2, b->listing, 16);
	sql_bind_str(q, 3, b->origin);
	sql_bind_str(q, 4, b->guest);
	sql_bind_i64(q, 5, b->owner);
	sql_bind_i64(q, 6, b->organisation);
	sql_bind_i64(q, 7, b->account);
	for (int i = 0; i < 7; i++)
		sql_bind_str(q, 8 + i, texts[i].at ? texts[i] : STR(""));
	sql_bind_i64(q, 15, b->when.from);
	sql_bind_i64(q, 16, b->when.to);
	sql_bind_str(q, 17, b->state);
	sql_bind_i64(q, 18, b->revision);
	sql_bind_str(q, 19, b->out.at ? b->out : STR(""));
	sql_bind_i64(q, 20, b->created);
	return sql_run(q, e);
}

enum err_code booking_save(struct store *store, const struct booking *b, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_SAVE);

	sql_bind_blob(q, 1, b->key, 16);
	sql_bind_i64(q, 2, b->when.from);
	sql_bind_i64(q, 3, b->when.to);
	sql_bind_str(q, 4, b->state);
	sql_bind_str(q, 5, b->held);
	sql_bind_str(q, 6, b->reason);
	sql_bind_str(q, 7, b->proposer);
	sql_bind_i64(q, 8, b->proposed.from);
	sql_bind_i64(q, 9, b->proposed.to);
	sql_bind_i64(q, 10, b->revision);
	sql_bind_str(q, 11, b->out);
	sql_bind_i64(q, 12, b->changed);
	return sql_run(q, e);
}

struct str booking_reason(struct str kept, struct str *ret_fault)
{
	*ret_fault = STR("");
	if (!str_starts(kept, "fault:"))
		return kept;
	kept = str_skip(kept, 6);
	*ret_fault = str_cut(&kept, ' ');
	return kept.at ? kept : STR("");
}

enum err_code booking_uuid(struct arena *a, struct str uuid, uint8_t ret[16], struct err *e)
{
	struct str id = str_starts(uuid, "urn:") ? uuid
		: str_printf(a, "urn:uuid:" STR_FMT, STR_ARG(uuid));

	if (id.at && statement_id_parse(id, ret, NULL) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_NOT_FOUND, "there is nothing of this number here");
}

struct str booking_uuid_text(struct arena *a, const uint8_t key[16])
{
	struct str id = statement_id_text(a, key);

	return id.at ? str_skip(id, 9) : id;
}

static enum err_code find_owner(struct store *store, const uint8_t key[16], int64_t *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_BY_KEY);
	bool row;

	sql_bind_blob(q, 1, key, 16);
	TRY(sql_step(q, &row, e));
	*ret = row ? sql_i64(q, 2) : 0;
	return ERR_OK;
}

static enum err_code read_opening(struct store *store, struct arena *a, struct facility *f,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FACILITY_GET);
	struct json *v = NULL, *busy = NULL, *problems;
	bool row;

	sql_bind_blob(q, 1, f->key, 16);
	TRY(sql_step(q, &row, e));
	if (!row || !str_eq(sql_str(q, 0), f->origin))
		return ERR_OK;
	TRY(json_parse(a, str_copy(a, sql_str(q, 3)), &busy, e));
	TRY(booking_busy_read(a, busy, &f->busy, e));
	f->revision = sql_i64(q, 4);
	f->changed = sql_i64(q, 5);
	TRY(json_parse(a, str_copy(a, sql_str(q, 2)), &v, e));
	problems = opening_read(a, v, &f->opening);
	f->opened = problems && json_count(problems) == 0;
	return ERR_OK;
}

enum err_code facility_find(struct service *s, struct store *store, struct arena *a,
	const uint8_t key[16], struct facility *ret, struct err *e)
{
	const struct listing_kind *kind;
	bool row;

	*ret = (struct facility){ 0 };
	memcpy(ret->key, key, 16);
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_FIND);
		sql_bind_blob(q, 1, key, 16);
		sql_bind_str(q, 2, STR(""));
		TRY(sql_step(q, &row, e));
		kind = row ? listing_kind_find(s->listings->kinds, sql_str(q, 6)) : NULL;
		if (!kind || !kind->place || !str_is(sql_str(q, 14), "valid"))
			return err_set(e, ERR_NOT_FOUND, "there is no such facility here");
		ret->origin = str_copy(a, sql_str(q, 3));
		ret->title = str_copy(a, sql_str(q, 9));
	}
	if (ret->origin.len == 0)
		TRY(find_owner(store, key, &ret->owner, e));
	return read_opening(store, a, ret, e);
}

enum err_code facility_touch(struct store *store, const uint8_t key[16], int64_t now,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FACILITY_TOUCH);

	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, now);
	return sql_run(q, e);
}

enum err_code facility_booked(struct store *store, struct arena *a, const uint8_t key[16],
	struct span when, const uint8_t *but, struct spans *ret, struct err *e)
{
	static const uint8_t none[16];
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_OVERLAPS);
	size_t room = 0;
	bool row;

	*ret = (struct spans){ 0 };
	sql_bind_blob(q, 1, key, 16);
	sql_bind_i64(q, 2, when.from);
	sql_bind_i64(q, 3, when.to);
	sql_bind_blob(q, 4, but ? but : none, 16);
	sql_bind_i64(q, 5, INT32_MAX);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		if (ret->count == room) {
			struct span *more = ARENA_ARRAY(a, struct span, room = room * 2 + 16);
			if (!more)
				return err_set(e, ERR_TOO_LARGE, "too many bookings");
			if (ret->count > 0)
				memcpy(more, ret->at, ret->count * sizeof(*more));
			ret->at = more;
		}
		ret->at[ret->count++] = (struct span){ sql_i64(q, 0), sql_i64(q, 1) };
	}
}

/* ---- what may follow ------------------------------------------------------------------------- */

static enum err_code fault(struct booking_change *c, const char *field, const char *word)
{
	c->field = field;
	c->fault = word;
	return ERR_OK;
}

static bool is_active(const struct booking *b)
{
	return str_is(b->state, "requested") || str_is(b->state, "confirmed") ||
		str_is(b->state, "changed");
}

static struct str side_word(enum booking_side side)
{
	return side == SIDE_OWNER ? STR("owner") : STR("guest");
}

/* Is there room, and is it open? Who owns it need not keep the notice it asks of others. */
static enum err_code judge_span(struct service *s, struct store *store, struct arena *a,
	const struct booking *b, struct span when, struct booking_change *c, bool by_owner,
	struct err *e)
{
	struct facility f = { 0 };
	struct spans booked;
	const char *word;
	enum err_code code = facility_find(s, store, a, b->listing, &f, e);

	if (code != ERR_OK && code != ERR_NOT_FOUND)
		return code;
	if (!f.opened) /* or it is withdrawn */
		return fault(c, "at", "shut");
	if (by_owner)
		f.opening.notice_h = 0;
	TRY(facility_booked(store, a, b->listing, when, b->key, &booked, e));
	word = opening_wrong(&f.opening, c->now, when, booked.at, booked.count);
	return word ? fault(c, "at", word) : ERR_OK;
}

static enum err_code propose(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e)
{
	if (!str_is(b->state, "requested") && !str_is(b->state, "confirmed")) {
		c->conflict = true;
		return ERR_OK;
	}
	TRY(judge_span(s, store, a, b, c->when, c, c->side == SIDE_OWNER, e));
	if (c->fault)
		return ERR_OK;
	b->held = b->state;
	b->state = STR("changed");
	b->proposer = side_word(c->side);
	b->proposed = c->when;
	b->reason = c->reason;
	return ERR_OK;
}

static enum err_code answer_proposal(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e)
{
	bool own = str_eq(b->proposer, side_word(c->side));

	if (!str_is(b->state, "changed")) {
		c->conflict = true;
		return ERR_OK;
	}
	if (str_is(c->act, "accept")) {
		if (own) {
			c->denied = true;
			return ERR_OK;
		}
		TRY(judge_span(s, store, a, b, b->proposed, c, true, e));
		if (c->fault)
			return ERR_OK;
		b->when = b->proposed;
		b->state = STR("confirmed");
	} else {
		b->state = b->held;
		b->reason = c->reason;
	}
	b->held = b->proposer = STR("");
	b->proposed = (struct span){ 0, 0 };
	return ERR_OK;
}

static enum err_code cancel(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e)
{
	bool firm = str_is(b->state, "confirmed") || str_is(b->held, "confirmed");
	struct facility f = { 0 };
	enum err_code code;

	if (!is_active(b)) {
		c->conflict = true;
		return ERR_OK;
	}
	if (c->reason.len == 0)
		return fault(c, "reason", "missing");
	/* a facility that is withdrawn keeps nobody */
	code = facility_find(s, store, a, b->listing, &f, e);
	if (code != ERR_OK && code != ERR_NOT_FOUND)
		return code;
	if (firm && f.opened && c->now > b->when.from - (int64_t)f.opening.cancel_h * 3600)
		return fault(c, "reason", "too-late");
	b->state = STR("cancelled");
	b->held = b->proposer = STR("");
	b->proposed = (struct span){ 0, 0 };
	b->reason = c->reason;
	return ERR_OK;
}

/* What only the owner does. */
static enum err_code decide(struct booking *b, struct booking_change *c)
{
	bool ends = str_is(c->act, "done") || str_is(c->act, "no-show");

	if (c->side != SIDE_OWNER) {
		c->denied = true;
		return ERR_OK;
	}
	if (!str_is(b->state, ends ? "confirmed" : "requested")) {
		c->conflict = true;
		return ERR_OK;
	}
	if (str_is(c->act, "decline") && c->reason.len == 0)
		return fault(c, "reason", "missing");
	if (ends && c->now < (str_is(c->act, "done") ? b->when.to : b->when.from))
		return fault(c, "act", "not-yet");
	b->reason = c->reason;
	b->state = str_is(c->act, "confirm") ? STR("confirmed")
		: str_is(c->act, "decline") ? STR("declined")
		: str_is(c->act, "done") ? STR("done") : STR("no-show");
	return ERR_OK;
}

/* Neither the state nor its revision changes: whoever hears of it twice is told nothing new. */
enum err_code booking_erase(struct store *store, const struct booking *b,
	struct booking_change *c, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_ERASE);

	c->denied = c->side != SIDE_GUEST;
	c->conflict = is_active(b) && c->now < b->when.to;
	if (c->denied || c->conflict)
		return ERR_OK;
	sql_bind_blob(q, 1, b->key, 16);
	return sql_run(q, e);
}

enum err_code booking_change(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e)
{
	CHECK(c->side != SIDE_NONE && b->origin.len == 0);
	c->fault = c->field = NULL;
	c->conflict = c->denied = false;
	if (str_is(c->act, "propose"))
		TRY(propose(s, store, a, b, c, e));
	else if (str_is(c->act, "accept") || str_is(c->act, "keep"))
		TRY(answer_proposal(s, store, a, b, c, e));
	else if (str_is(c->act, "cancel"))
		TRY(cancel(s, store, a, b, c, e));
	else if (str_is(c->act, "erase"))
		return booking_erase(store, b, c, e);
	else if (str_is(c->act, "confirm") || str_is(c->act, "decline") ||
		str_is(c->act, "done") || str_is(c->act, "no-show"))
		TRY(decide(b, c));
	else
		return err_set(e, ERR_INVALID, "field \"act\": no such act");
	if (c->fault || c->conflict || c->denied)
		return ERR_OK;
	b->revision++;
	b->changed = c->now;
	TRY(booking_save(store, b, e));
	TRY(facility_touch(store, b->listing, c->now, e));
	return booking_notices(store, a, b, c->side, c->now, e);
}

/* ---- a new one ------------------------------------------------------------------------------- */

/* Nobody holds a facility by asking for all of it. A code is its own node's word, so that no other
 * node can use up what an organisation may hold. */
static enum err_code held_by(struct store *store, const struct booking *b, int64_t now,
	bool *ret_full, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_BOOKING_HELD);
	bool row;

	sql_bind_blob(q, 1, b->listing, 16);
	sql_bind_i64(q, 2, now);
	sql_bind_str(q, 3, b->guest_code);
	sql_bind_str(q, 4, b->guest);
	TRY(sql_step(q, &row, e));
	*ret_full = row && sql_i64(q, 0) >= LIMIT_BOOKINGS_ASKED;
	return ERR_OK;
}

enum err_code booking_request(struct service *s, struct store *store, struct arena *a,
	struct booking *b, struct booking_change *c, struct err *e)
{
	struct facility f;
	bool full;

	c->fault = c->field = NULL;
	TRY(facility_find(s, store, a, b->listing, &f, e));
	if (f.origin.len > 0 || f.owner == 0)
		return err_set(e, ERR_NOT_FOUND, "the facility is not of this node");
	TRY(judge_span(s, store, a, b, b->when, c, false, e));
	if (c->fault)
		return ERR_OK;
	TRY(held_by(store, b, c->now, &full, e));
	if (full)
		return fault(c, "at", "too-many");
	b->origin = STR("");
	b->owner = f.owner;
	b->title = f.title;
	b->state = STR("requested");
	b->held = b->proposer = b->reason = STR("");
	b->revision = 1;
	b->created = b->changed = c->now;
	TRY(booking_add(store, b, e));
	TRY(facility_touch(store, b->listing, c->now, e));
	return booking_notices(store, a, b, SIDE_GUEST, c->now, e);
}

enum err_code booking_notice(struct store *store, struct arena *a, const struct booking *b,
	enum booking_side by, const char *word, int64_t now, struct err *e)
{
	struct notice n = { .word = word, .name = b->title,
		.path = str_printf(a, "/bookings/" STR_FMT,
			STR_ARG(booking_uuid_text(a, b->key))) };

	if (!n.path.at)
		return err_set(e, ERR_TOO_LARGE, "no room for a notice");
	if (by == SIDE_GUEST && b->owner != 0) {
		n.organisation = b->owner;
		n.to = CAPABILITY_POST;
		return notice_put(store, now, &n, e);
	}
	if (by == SIDE_OWNER && b->organisation != 0) {
		n.account = b->account;
		return notice_put(store, now, &n, e);
	}
	return ERR_OK;
}

enum err_code booking_notices(struct store *store, struct arena *a, const struct booking *b,
	enum booking_side by, int64_t now, struct err *e)
{
	static const struct { const char *state, *word; } words[] = {
		{ "requested", "booking-requested" }, { "confirmed", "booking-confirmed" },
		{ "declined", "booking-declined" }, { "changed", "booking-changed" },
		{ "cancelled", "booking-cancelled" }, { "done", "booking-done" },
		{ "no-show", "booking-no-show" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is(b->state, words[i].state))
			return booking_notice(store, a, b, by, words[i].word, now, e);
	return ERR_OK;
}

/* ---- typed times ----------------------------------------------------------------------------- */

static bool typed_time(struct str s, int64_t *ret)
{
	int64_t n = 0;

	if (s.len != 5 || s.at[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (s.at[i] < '0' || s.at[i] > '9'))
			return false;
	n = ((s.at[0] - '0') * 10 + s.at[1] - '0') * 60 + (s.at[3] - '0') * 10 + s.at[4] - '0';
	*ret = n * 60;
	return s.at[3] < '6' && n <= 1440;
}

const char *booking_span(struct str day, struct str from, struct str to, struct span *ret)
{
	int64_t begins, ends;
	int32_t number;

	if (china_day_parse(day, &number, NULL) != ERR_OK)
		return "not-a-day";
	if (!typed_time(from, &begins) || !typed_time(to, &ends))
		return "not-a-time";
	*ret = (struct span){ china_day_start(number) + begins, china_day_start(number) + ends };
	return ends > begins ? NULL : "turned";
}
