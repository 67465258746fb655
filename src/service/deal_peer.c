/* deal_peer.c - deals between two nodes: taking their messages, sending ours until taken. */
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/calendar.h"
#include "service/deal_inner.h"
#include "service/deal_message.h"
#include "service/notice.h"

#define ARENA_BYTES ((size_t)8 << 20)
#define ROUND 32               /* deals asked after a step */
#define DAYS_OFF_MOST 30       /* no holiday is as long */
#define MONTHS_BETWEEN 6       /* signing, first question, second question */

/* ---- taking ---------------------------------------------------------------------------------- */

struct taking {
	struct service *s;
	struct arena *arena;
	struct str peer, domain;
	struct deal_message m;
	uint8_t key[16];
};

static enum err_code owner_of(struct store *store, struct str listing, struct deal *d,
	struct arena *a, struct err *e)
{
	uint8_t key[16];
	bool row;

	TRY(statement_id_parse(listing, key, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_FIND);
	sql_bind_blob(q, 1, key, sizeof(key));
	sql_bind_str(q, 2, STR(""));
	TRY(sql_step(q, &row, e));
	SCOPED_SQL work = sql_use(store, SQL_LISTING_WORK_BY_KEY);
	sql_bind_blob(work, 1, key, sizeof(key));
	bool own = false;
	TRY(sql_step(work, &own, e));
	if (!row || !own || sql_i64(work, 10) == 0)
		return err_set(e, ERR_INVALID, "no such listing was ever published here");
	d->kind = str_copy(a, sql_str(q, 6));
	d->code[DEAL_OWNER] = str_copy(a, sql_str(q, 7));
	d->name[DEAL_OWNER] = str_copy(a, sql_str(q, 8));
	d->title = str_copy(a, sql_str(q, 9));
	d->industry = str_copy(a, sql_str(q, 11));
	d->organisation[DEAL_OWNER] = sql_i64(work, 2);
	return ERR_OK;
}

static enum err_code add_new(struct taking *x, struct store *store, struct deal *d, struct err *e)
{
	*d = (struct deal){ .listing = x->m.listing, .from_listing = x->m.from,
		.name = { x->m.seeker_name }, .code = { x->m.seeker_code },
		.city = { x->domain, x->s->config->domain }, .peer = x->peer,
		.created = x->m.event.time };
	memcpy(d->key, x->key, sizeof(d->key));
	TRY(owner_of(store, x->m.listing, d, x->arena, e));
	TRY(deal_add(store, d, &d->id, e));
	return ERR_OK;
}

/* The same that is here already? */
static enum err_code check_same(struct store *store, int64_t id, const struct deal_event *x,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_EVENT_ONE);
	bool row;

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, x->side);
	sql_bind_i64(q, 3, x->number);
	TRY(sql_step(q, &row, e));
	if (row && sql_i64(q, 0) == x->clock && sql_i64(q, 1) == x->time &&
		str_eq(sql_str(q, 2), x->word) && str_eq(sql_str(q, 3), x->body))
		return ERR_OK;
	return err_set(e, ERR_INVALID, "message %lld of this side is here with another content",
		(long long)x->number);
}

static enum err_code take_person(struct taking *x, struct store *store, int64_t id,
	struct err *e)
{
	const struct deal_message *m = &x->m;
	struct deal d;

	TRY(deal_find(store, x->arena, id, &d, e));
	if (d.reached < 2 || m->name.len == 0)
		return ERR_OK; /* not agreed, or erased meanwhile */
	return deal_contact_put(store, id, m->event.side, &(struct deal_contact){ .name = m->name,
		.phone = m->phone, .mail = m->mail, .agreed = m->event.time }, e);
}

static enum err_code write_take(void *context, struct store *store, struct err *e)
{
	struct taking *x = context;
	const struct deal_event *event = &x->m.event;
	struct deal d;
	enum err_code code = deal_find_key(store, x->arena, x->key, &d, NULL);

	if (code == ERR_NOT_FOUND && !str_is(event->word, "interest"))
		return err_set(e, ERR_CONFLICT, "the interest itself has not come yet");
	if (code == ERR_NOT_FOUND)
		TRY(add_new(x, store, &d, e));
	if (!str_eq(d.peer, x->peer) || d.organisation[event->side] != 0)
		return err_set(e, ERR_DENIED, "this side of the deal is not at that node");
	if (event->number <= d.held[event->side])
		return check_same(store, d.id, event, e);
	if (event->number != d.held[event->side] + 1)
		return err_set(e, ERR_CONFLICT, "message %lld of this side is missing",
			(long long)d.held[event->side] + 1);
	TRY(deal_put(store, x->arena, d.id, event, false, e));
	if (str_is(event->word, "person"))
		return take_person(x, store, d.id, e);
	if (str_is(event->word, "accept")) {
		TRY(deal_find(store, x->arena, d.id, &d, e));
		if (d.reached >= 2)
			return deal_exchange(store, x->arena, d.id, instant_now(), e);
	}
	return ERR_OK;
}

enum err_code service_deal_take(struct service *s, struct arena *a, struct str peer_did,
	struct str message, struct err *e)
{
	struct taking x = { .s = s, .arena = a, .peer = peer_did };

	TRY(deal_message_parse(a, message, &x.m, e));
	TRY(statement_id_parse(x.m.deal, x.key, e));
	for (size_t i = 0; i < s->config->peer_count; i++)
		if (str_eq(s->config->peers[i].did, peer_did))
			x.domain = s->config->peers[i].domain;
	if (!x.domain.at)
		return err_set(e, ERR_DENIED, "no peer of this node");
	return ledger_write(s->ledger, write_take, &x, e);
}

/* ---- sending --------------------------------------------------------------------------------- */

struct waiting {
	int64_t id, deal, side, number;
};

/* The first that waits behind `behind`, of a deal of which none before it waits. */
static enum err_code next_waiting(struct store *store, struct str peer, int64_t behind,
	struct waiting *ret, bool *ret_any, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_OUTBOX_NEXT);

	sql_bind_str(q, 1, peer);
	sql_bind_i64(q, 2, behind);
	TRY(sql_step(q, ret_any, e));
	if (*ret_any)
		*ret = (struct waiting){ sql_i64(q, 0), sql_i64(q, 1), sql_i64(q, 2),
			sql_i64(q, 3) };
	return ERR_OK;
}

static enum err_code message_of(struct store *store, struct arena *a, const struct waiting *w,
	int64_t number, struct str *ret, struct err *e)
{
	struct deal_message m = { .name = STR("") };
	struct deal_contact c;
	struct deal d;
	bool row;

	TRY(deal_find(store, a, w->deal, &d, e));
	SCOPED_SQL q = sql_use(store, SQL_DEAL_EVENT_ONE);
	sql_bind_i64(q, 1, w->deal);
	sql_bind_i64(q, 2, w->side);
	sql_bind_i64(q, 3, number);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_CORRUPT, "an event of the outbox is not there");
	m.deal = statement_id_text(a, d.key);
	m.listing = d.listing;
	m.from = d.from_listing;
	m.seeker_name = d.name[DEAL_SEEKER];
	m.seeker_code = d.code[DEAL_SEEKER];
	m.event = (struct deal_event){ .side = w->side ? DEAL_OWNER : DEAL_SEEKER,
		.number = number, .clock = sql_i64(q, 0), .time = sql_i64(q, 1),
		.word = str_copy(a, sql_str(q, 2)), .body = str_copy(a, sql_str(q, 3)) };
	if (str_is(m.event.word, "person") && deal_contact_find(store, a, w->deal, m.event.side, &c,
		NULL) == ERR_OK) {
		m.name = c.name;
		m.phone = c.phone;
		m.mail = c.mail;
	}
	return deal_message_text(a, &m, ret, e);
}

/* `first` is the place of the last that was looked at; `second` what the peer lacks of its side, to
 * be sent before it: whoever came from an older backup gets all of it again. */
static enum err_code deal_next(struct service *s, struct arena *a, size_t peer,
	struct peer_cursor *cursor, struct peer_message *ret, struct err *e)
{
	struct store *store;
	struct waiting w;
	bool any, again = cursor->second > 0;

	*ret = (struct peer_message){ 0 };
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(next_waiting(store, s->config->peers[peer].did, cursor->first - (again ? 1 : 0), &w,
		&any, e));
	if (!any)
		return ERR_OK;
	ret->number = again && w.id == cursor->first ? cursor->second : w.number;
	ret->row = cursor->first = w.id;
	ret->last = w.number;
	return message_of(store, a, &w, ret->number, &ret->body, e);
}

struct settling {
	int64_t row;
	struct str problem;        /* at NULL: it was taken */
};

static enum err_code write_settle(void *context, struct store *store, struct err *e)
{
	const struct settling *x = context;

	if (!x->problem.at)
		return account_run_one(store, SQL_DEAL_OUTBOX_DROP, x->row, e);
	SCOPED_SQL q = sql_use(store, SQL_DEAL_OUTBOX_REFUSED);
	sql_bind_i64(q, 1, x->row);
	sql_bind_str(q, 2, x->problem);
	return sql_run(q, e);
}

static enum err_code deal_told(struct service *s, struct arena *a, size_t peer,
	struct peer_cursor *cursor, const struct peer_message *m, struct str answer,
	const struct err *refused, struct err *e)
{
	struct settling x = { .row = m->row };
	bool again = cursor->second > 0;

	(void)a;
	(void)peer;
	(void)answer;
	cursor->second = 0;
	if (!refused && m->number < m->last) {
		cursor->second = m->number + 1;
		return ERR_OK;
	}
	if (refused && refused->code == ERR_CONFLICT && !again) {
		cursor->second = 1;
		return ERR_OK;
	}
	if (refused && refused->code != ERR_INVALID && refused->code != ERR_TOO_LARGE) {
		*e = *refused;
		return refused->code;
	}
	if (refused)
		x.problem = str_of(refused->message[0] ? refused->message : "refused");
	return ledger_write(s->ledger, write_settle, &x, e);
}

const struct peer_messages deal_messages = { "/peer/v1/deal", "deals", deal_next, deal_told };

/* ---- what came of it ------------------------------------------------------------------------- */

int64_t deal_follow_at(struct str day, int64_t asked)
{
	int64_t at;
	int32_t number;

	if (china_day_parse(day, &number, NULL) != ERR_OK || number < 0)
		return 0;
	at = china_day_start(calendar_months_later(number, MONTHS_BETWEEN * (asked > 0 ? 2 : 1)));
	return at < INSTANT_MAX ? at : INSTANT_MAX; /* another node may say any day */
}

struct asking {
	int64_t id, now;
};

/* What was signed long ago is asked after once, not twice at a time. */
static enum err_code write_asked(void *context, struct store *store, struct err *e)
{
	const struct asking *x = context;
	SCOPED_ARENA a = { 0 };
	int64_t last;
	struct deal d;

	arena_init(&a, ARENA_BYTES);
	TRY(deal_find(store, &a, x->id, &d, e));
	if (!str_is(d.state, "signed") || d.asked >= 2 || d.follow_at > x->now)
		return ERR_OK;
	last = deal_follow_at(d.day, 1);
	SCOPED_SQL q = sql_use(store, SQL_DEAL_ASKED);
	sql_bind_i64(q, 1, x->id);
	sql_bind_i64(q, 2, last <= x->now ? 2 : 1);
	sql_bind_i64(q, 3, last);
	TRY(sql_run(q, e));
	for (int side = 0; side < 2; side++)
		if (d.organisation[side] > 0)
			TRY(notice_put(store, x->now, &(struct notice){
				.word = last <= x->now ? "deal-year" : "deal-half-year",
				.name = d.title, .organisation = d.organisation[side],
				.path = str_printf(&a, "/deals/%lld", (long long)x->id),
				.to = CAPABILITY_POST }, e));
	return ERR_OK;
}

/* Now; on a day off the end of the last working day. */
static int64_t asked_until(const struct calendar *c, int64_t now)
{
	int32_t today = china_day(now), day = today;

	while (day > today - DAYS_OFF_MOST && !calendar_is_working(c, day))
		day--;
	return day == today ? now : china_day_start(day + 1) - 1;
}

void deals_work(struct service *s, int64_t now)
{
	struct asking due[ROUND];
	struct store *store;
	struct err e = { 0 };
	size_t count = 0;
	bool row = true;

	if (ledger_reader(s->ledger, &store, &e) != ERR_OK)
		return;
	{
		SCOPED_SQL q = sql_use(store, SQL_DEAL_FOLLOW_UP_DUE);
		sql_bind_i64(q, 1, asked_until(rules_calendar(s->rules), now));
		sql_bind_i64(q, 2, ROUND);
		while (count < ROUND && sql_step(q, &row, &e) == ERR_OK && row)
			due[count++] = (struct asking){ sql_i64(q, 0), now };
	}
	for (size_t i = 0; i < count; i++)
		if (ledger_write(s->ledger, write_asked, &due[i], &e) != ERR_OK)
			break;
	if (e.code != ERR_OK)
		diag_err(DIAG_WARN, "deals", &e);
}
