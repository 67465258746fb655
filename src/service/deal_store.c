/* deal_store.c - rows of deals: reading them, and adding an event with all that follows from it. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/deal_inner.h"
#include "service/notice.h"

static enum err_code none(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no such contact here");
}

void deal_read(struct arena *a, struct sql *q, struct deal *ret)
{
	*ret = (struct deal){ .id = sql_i64(q, 0), .listing = str_copy(a, sql_str(q, 2)),
		.from_listing = str_copy(a, sql_str(q, 3)), .kind = str_copy(a, sql_str(q, 4)),
		.industry = str_copy(a, sql_str(q, 5)), .title = str_copy(a, sql_str(q, 6)),
		.organisation = { sql_i64(q, 7), sql_i64(q, 11) },
		.name = { str_copy(a, sql_str(q, 8)), str_copy(a, sql_str(q, 12)) },
		.code = { str_copy(a, sql_str(q, 9)), str_copy(a, sql_str(q, 13)) },
		.city = { str_copy(a, sql_str(q, 10)), str_copy(a, sql_str(q, 14)) },
		.peer = str_copy(a, sql_str(q, 15)), .state = str_copy(a, sql_str(q, 16)),
		.reached = sql_i64(q, 17), .reason = str_copy(a, sql_str(q, 18)),
		.type = str_copy(a, sql_str(q, 19)), .amount = sql_i64(q, 20),
		.day = str_copy(a, sql_str(q, 21)), .signed_at = sql_i64(q, 22),
		.clock = sql_i64(q, 23), .held = { sql_i64(q, 24), sql_i64(q, 25) },
		.asked = sql_i64(q, 26), .created = sql_i64(q, 27), .changed = sql_i64(q, 28),
		.follow_at = sql_i64(q, 29) };
	if (sql_str(q, 1).len == sizeof(ret->key))
		memcpy(ret->key, sql_str(q, 1).at, sizeof(ret->key));
}

enum err_code deal_read_one(struct arena *a, struct sql *q, struct deal *ret, struct err *e)
{
	bool row;

	TRY(sql_step(q, &row, e));
	if (!row)
		return none(e);
	deal_read(a, q, ret);
	return ERR_OK;
}

enum err_code deal_find(struct store *store, struct arena *a, int64_t id, struct deal *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_BY_ID);

	sql_bind_i64(q, 1, id);
	return deal_read_one(a, q, ret, e);
}

enum err_code deal_find_key(struct store *store, struct arena *a, const uint8_t key[16],
	struct deal *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_BY_KEY);

	sql_bind_blob(q, 1, key, 16);
	return deal_read_one(a, q, ret, e);
}

enum err_code deal_events(struct store *store, struct arena *a, int64_t id,
	struct deal_event **ret, size_t *ret_count, struct err *e)
{
	struct deal_event *list = ARENA_ARRAY(a, struct deal_event, 2 * DEAL_EVENTS_MOST);
	size_t count = 0;
	bool row;

	if (!list)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	SCOPED_SQL q = sql_use(store, SQL_DEAL_EVENTS);
	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, 2 * DEAL_EVENTS_MOST);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		list[count++] = (struct deal_event){ .side = sql_i64(q, 0) ? DEAL_OWNER :
			DEAL_SEEKER, .number = sql_i64(q, 1), .clock = sql_i64(q, 2),
			.time = sql_i64(q, 3), .word = str_copy(a, sql_str(q, 4)),
			.body = str_copy(a, sql_str(q, 5)) };
	}
	*ret = list;
	*ret_count = count;
	return ERR_OK;
}

enum err_code deal_add(struct store *store, const struct deal *d, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_ADD);
	bool row;

	sql_bind_blob(q, 1, d->key, sizeof(d->key));
	sql_bind_str(q, 2, d->listing);
	sql_bind_str(q, 3, d->from_listing);
	sql_bind_str(q, 4, d->kind);
	sql_bind_str(q, 5, d->industry);
	sql_bind_str(q, 6, d->title);
	for (int side = 0; side < 2; side++) {
		sql_bind_i64(q, 7 + 4 * side, d->organisation[side]);
		sql_bind_str(q, 8 + 4 * side, d->name[side]);
		sql_bind_str(q, 9 + 4 * side, d->code[side]);
		sql_bind_str(q, 10 + 4 * side, d->city[side]);
	}
	sql_bind_str(q, 15, d->peer);
	sql_bind_i64(q, 16, d->created);
	TRY(sql_run(q, e));
	SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
	TRY(sql_step(last, &row, e));
	*ret = sql_i64(last, 0);
	return ERR_OK;
}

/* ---- adding an event ------------------------------------------------------------------------- */

static enum err_code set_standing(struct store *store, struct arena *a, const struct deal *d,
	const struct deal_event *x, struct err *e)
{
	struct deal_event *events;
	struct deal_standing now;
	struct json *body = NULL;
	struct str type, day, reason;
	int64_t signed_at = 0;
	size_t count;

	TRY(deal_events(store, a, d->id, &events, &count, e));
	now = deal_fold(events, count, NULL);
	if (now.closing != SIZE_MAX)
		TRY(json_parse(a, events[now.closing].body, &body, e));
	reason = json_get_str(body, "text");
	type = json_get_str(body, "type");
	day = json_get_str(body, "day");
	if (now.state == DEAL_IN_SIGNED)
		TRY(instant_parse_date(day, &signed_at, e));
	SCOPED_SQL q = sql_use(store, SQL_DEAL_SET);
	sql_bind_i64(q, 1, d->id);
	sql_bind_str(q, 2, str_of(deal_state_name(now.state)));
	sql_bind_i64(q, 3, now.reached);
	sql_bind_str(q, 4, reason.at ? reason : STR(""));
	sql_bind_str(q, 5, type.at ? type : STR(""));
	sql_bind_i64(q, 6, (int64_t)json_number_or(json_get(body, "amount"), 0));
	sql_bind_str(q, 7, day.at ? day : STR(""));
	sql_bind_i64(q, 8, signed_at);
	sql_bind_i64(q, 9, x->clock > d->clock ? x->clock : d->clock);
	for (int side = 0; side < 2; side++)
		sql_bind_i64(q, 10 + side, d->held[side] + ((int)x->side == side ? 1 : 0));
	sql_bind_i64(q, 12, x->time);
	sql_bind_i64(q, 13, now.state == DEAL_IN_SIGNED ? deal_follow_at(day, d->asked) : 0);
	sql_bind_i64(q, 14, (int64_t)now.followed);
	return sql_run(q, e);
}

static enum err_code tell(struct store *store, struct arena *a, const struct deal *d,
	const struct deal_event *x, struct err *e)
{
	static const struct { const char *word, *notice; } told[] = {
		{ "interest", "deal-interest" }, { "accept", "deal-accepted" },
		{ "decline", "deal-declined" }, { "call-off", "deal-called-off" },
		{ "note", "deal-note" }, { "negotiate", "deal-note" }, { "sign", "deal-signed" },
		{ "fail", "deal-failed" }, { "follow-up", "deal-note" },
	};
	int64_t to = d->organisation[x->side == DEAL_OWNER ? DEAL_SEEKER : DEAL_OWNER];

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (to > 0 && str_is(x->word, told[i].word))
			return notice_put(store, instant_now(), &(struct notice){
				.word = told[i].notice, .name = d->title, .organisation = to,
				.path = str_printf(a, "/deals/%lld", (long long)d->id),
				.to = CAPABILITY_POST }, e);
	return ERR_OK;
}

static enum err_code send_later(struct store *store, const struct deal *d,
	const struct deal_event *x, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_OUTBOX_ADD);

	sql_bind_str(q, 1, d->peer);
	sql_bind_i64(q, 2, d->id);
	sql_bind_i64(q, 3, x->side);
	sql_bind_i64(q, 4, x->number);
	return sql_run(q, e);
}

enum err_code deal_put(struct store *store, struct arena *a, int64_t id,
	const struct deal_event *event, bool own, struct err *e)
{
	struct deal_event x = *event;
	struct deal d;

	TRY(deal_find(store, a, id, &d, e));
	if (own) {
		x.number = d.held[x.side] + 1;
		x.clock = d.clock + 1;
	}
	if (x.number > deal_number_most(x.word))
		return err_set(e, ERR_CONFLICT, "this contact log is full");
	SCOPED_SQL q = sql_use(store, SQL_DEAL_EVENT_ADD);
	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, x.side);
	sql_bind_i64(q, 3, x.number);
	sql_bind_i64(q, 4, x.clock);
	sql_bind_i64(q, 5, x.time);
	sql_bind_str(q, 6, x.word);
	sql_bind_str(q, 7, x.body);
	TRY(sql_run(q, e));
	if (str_is(x.word, "erase"))
		TRY(deal_contact_drop(store, id, x.side, e));
	TRY(set_standing(store, a, &d, &x, e));
	TRY(tell(store, a, &d, &x, e));
	return own && d.peer.len > 0 ? send_later(store, &d, &x, e) : ERR_OK;
}

/* ---- people ---------------------------------------------------------------------------------- */

enum err_code deal_contact_put(struct store *store, int64_t id, enum deal_side side,
	const struct deal_contact *c, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_CONTACT_PUT);

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, side);
	sql_bind_i64(q, 3, c->account);
	sql_bind_str(q, 4, c->name);
	sql_bind_str(q, 5, c->phone);
	sql_bind_str(q, 6, c->mail);
	sql_bind_i64(q, 7, c->agreed);
	return sql_run(q, e);
}

enum err_code deal_contact_find(struct store *store, struct arena *a, int64_t id,
	enum deal_side side, struct deal_contact *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_CONTACT_ONE);
	bool row;

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, side);
	TRY(sql_step(q, &row, e));
	if (!row)
		return none(e);
	*ret = (struct deal_contact){ .account = sql_i64(q, 0), .name = str_copy(a, sql_str(q, 1)),
		.phone = str_copy(a, sql_str(q, 2)), .mail = str_copy(a, sql_str(q, 3)),
		.agreed = sql_i64(q, 4) };
	return ERR_OK;
}

enum err_code deal_contact_drop(struct store *store, int64_t id, enum deal_side side,
	struct err *e)
{
	return account_run(store, SQL_DEAL_CONTACT_DROP, id, side, e);
}

enum err_code deal_exchange(struct store *store, struct arena *a, int64_t id, int64_t now,
	struct err *e)
{
	struct deal_contact c;
	struct deal d;

	TRY(deal_find(store, a, id, &d, e));
	if (d.peer.len == 0)
		return ERR_OK; /* both read the same row */
	for (int side = 0; side < 2; side++) {
		if (d.organisation[side] == 0 || deal_contact_find(store, a, id,
			(enum deal_side)side, &c, NULL) != ERR_OK || c.agreed == 0)
			continue;
		TRY(deal_put(store, a, id, &(struct deal_event){ .side = (enum deal_side)side,
			.time = now, .word = STR("person"), .body = STR("{}") }, true, e));
	}
	return ERR_OK;
}
