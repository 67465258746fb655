/* deal_model.c - deals as their pages show them, and the totals. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/deal_inner.h"
#include "service/list.h"
#include "service/model.h"

#define OUTCOME_ROWS 100
#define OUTCOME_CELLS 6
#define OUTCOME_LEAST 3

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- masking --------------------------------------------------------------------------------- */

/* Length of the first character. */
static size_t first_length(struct str s)
{
	size_t n = s.len > 0 ? 1 : 0;

	while (n < s.len && ((unsigned char)s.at[n] & 0xc0) == 0x80)
		n++;
	return n;
}

struct str deal_masked(struct arena *a, struct str text, char kind)
{
	size_t at = str_find(text, STR("@")), first = first_length(text);

	if (text.len == 0)
		return STR("");
	if (kind == 'p')
		return text.len < 8 ? STR("***") : str_printf(a, "***" STR_FMT,
			STR_ARG(str_skip(text, text.len - 4)));
	if (kind == 'm' && at != SIZE_MAX)
		return str_printf(a, "%.*s***" STR_FMT, (int)first, text.at,
			STR_ARG(str_skip(text, at)));
	return str_printf(a, "%.*s***", (int)first, text.at);
}

void deal_mask(int64_t *cells, size_t rows, size_t columns, int64_t least)
{
	for (size_t c = 0; c < columns; c++) {
		size_t hidden = 0, smallest = SIZE_MAX;
		for (size_t r = 0; r < rows; r++) {
			int64_t *x = &cells[r * columns + c];
			if (*x > 0 && *x < least) {
				*x = -1;
				hidden++;
			} else if (*x > 0 && (smallest == SIZE_MAX ||
				*x < cells[smallest * columns + c])) {
				smallest = r;
			}
		}
		if (hidden == 1 && smallest != SIZE_MAX)
			cells[smallest * columns + c] = -1;
	}
}

/* ---- one row --------------------------------------------------------------------------------- */

static struct json *city_model(struct service *s, struct arena *a, struct str domain)
{
	for (size_t i = 0; i < s->config->peer_count; i++)
		if (str_eq(s->config->peers[i].domain, domain))
			return model_city(s, a, s->config->peers[i].tlog_key.name);
	return model_city(s, a, STR(""));
}

static struct json *row_model(struct service *s, struct arena *a, const struct account_who *by,
	const struct deal *d)
{
	int mine = d->organisation[DEAL_OWNER] == by->organisation ? DEAL_OWNER : DEAL_SEEKER;
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)d->id));
	v = json_set_str(a, v, "deal", statement_id_text(a, d->key));
	v = json_set_str(a, v, "title", d->title);
	v = json_set_str(a, v, "listing", d->listing);
	v = json_set_str(a, v, "listing_kind", d->kind);
	v = json_set_text(a, v, "deal_side", mine == DEAL_OWNER ? "received" : "given");
	v = json_set_str(a, v, "partner", d->name[1 - mine]);
	v = json_set_str(a, v, "partner_code", d->code[1 - mine]);
	v = json_set(a, v, "city", city_model(s, a, d->city[1 - mine]));
	v = json_set_str(a, v, "deal_state", d->state);
	v = json_set_str(a, v, "created", service_instant(a, d->created));
	v = json_set_str(a, v, "changed", service_instant(a, d->changed));
	if (d->reason.len > 0)
		v = json_set_str(a, v, "reason", d->reason);
	if (!str_is(d->state, "signed"))
		return v;
	v = json_set_str(a, v, "deal_type", d->type);
	v = json_set_number(a, v, "amount", (double)d->amount);
	if (d->asked < 2 && d->follow_at > 0)
		v = json_set(a, v, "follow_up", model_time(a, d->follow_at));
	return json_set_str(a, v, "day", d->day);
}

static struct str or_empty(struct str s)
{
	return s.at ? s : STR("");
}

static const struct list_order orders_of_all[] = {
	{ "time", SQL_DEAL_PAGE_OF_DOWN, SQL_DEAL_PAGE_OF_UP, SQL_COUNT, SQL_COUNT, SQL_COUNT },
	{ "changed", SQL_DEAL_PAGE_CHANGED_DOWN, SQL_DEAL_PAGE_CHANGED_UP,
		SQL_DEAL_PAGE_KEY_CHANGED, SQL_COUNT, SQL_COUNT },
};
static const struct list_order orders_of_kind[] = {
	{ "time", SQL_DEAL_PAGE_KIND_DOWN, SQL_DEAL_PAGE_KIND_UP, SQL_COUNT, SQL_COUNT, SQL_COUNT },
	{ "changed", SQL_DEAL_PAGE_KIND_CHANGED_DOWN, SQL_DEAL_PAGE_KIND_CHANGED_UP,
		SQL_DEAL_PAGE_KEY_CHANGED, SQL_COUNT, SQL_COUNT },
};
static const char *const side_words[] = { "given", "received", NULL };

static enum err_code plan_of(struct arena *a, const struct str *own,
	const struct list_query *query, struct str side, struct list_plan *ret, struct err *e)
{
	const char *states[DEAL_STATE_COUNT + 1] = { 0 };
	struct list_mark mark = { 'o', *own };
	bool kind = query->kind.len > 0;

	for (unsigned i = 0; i < DEAL_STATE_COUNT; i++)
		states[i] = deal_state_name((enum deal_state)i);
	*ret = (struct list_plan){ .orders = kind ? orders_of_kind : orders_of_all,
		.order_count = 2, .usual_down = true, .filter_count = kind ? 4 : 3,
		.filters = { { .count = 1, .values = own }, { 0 }, { 0 },
			{ .count = 1, .values = &query->kind } },
		.search_down = SQL_DEAL_PAGE_SEARCH_DOWN, .search_up = SQL_DEAL_PAGE_SEARCH_UP,
		.match = list_match(a, query->text, &mark, 1) };
	TRY(list_words(a, "deal_side", side, side_words, &ret->filters[1], e));
	return list_words(a, "state", query->state, states, &ret->filters[2], e);
}

enum err_code service_deals(struct service *s, struct arena *a, const struct account_who *by,
	const struct list_query *query, struct str side, struct json **ret, struct err *e)
{
	struct str own = str_printf(a, "%lld", (long long)by->organisation);
	struct json *rows = json_new_array(a), *v = json_new_object(a), *echo = json_new_object(a);
	struct list_page page;
	struct list_plan plan;
	struct store *store;
	struct deal d;

	TRY(plan_of(a, &own, query, side, &plan, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(list_walk(store, a, &plan, query, &page, e));
	for (size_t i = 0; i < page.count; i++) {
		SCOPED_SQL q = sql_use(store, SQL_DEAL_BY_SIDE);
		sql_bind_i64(q, 1, page.at[i]);
		TRY(deal_read_one(a, q, &d, e));
		rows = json_push(a, rows, row_model(s, a, by, &d));
	}
	echo = json_set_str(a, echo, "text", or_empty(query->text));
	echo = json_set_str(a, echo, "kind", or_empty(query->kind));
	echo = json_set_str(a, echo, "state", or_empty(query->state));
	v = json_set(a, v, "query", echo);
	v = json_set(a, v, "now", model_time(a, instant_now()));
	*ret = json_set(a, v, "rows", rows);
	return model_page(a, *ret, &page, e);
}

/* ---- one, whole ------------------------------------------------------------------------------ */

static struct json *person_model(struct arena *a, const struct deal_contact *c, bool shown,
	bool own)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "person", shown ? c->name : deal_masked(a, c->name, 'n'));
	if (c->phone.len > 0)
		v = json_set_str(a, v, "phone", shown ? c->phone : deal_masked(a, c->phone, 'p'));
	if (c->mail.len > 0)
		v = json_set_str(a, v, "mail_to", shown ? c->mail : deal_masked(a, c->mail, 'm'));
	return json_set(a, v, "own", json_new_bool(a, own));
}

/* The own person always; the other's after both agreed. */
static struct json *people_model(struct store *store, struct arena *a, const struct deal *d,
	int mine, bool shown)
{
	struct json *list = json_new_array(a);
	struct deal_contact c;

	for (int i = 0; i < 2; i++) {
		int side = i == 0 ? mine : 1 - mine;
		if (side != mine && d->reached < 2)
			continue;
		if (deal_contact_find(store, a, d->id, (enum deal_side)side, &c, NULL) == ERR_OK)
			list = json_push(a, list, person_model(a, &c, shown, side == mine));
	}
	return list;
}

static enum err_code events_model(struct arena *a, const struct deal *d,
	const struct deal_event *events, size_t count, struct json **ret, struct err *e)
{
	bool *idle = ARENA_ARRAY(a, bool, count + 1);
	struct json *list = json_new_array(a);

	if (!idle)
		return full(e);
	(void)deal_fold(events, count, idle);
	for (size_t i = 0; i < count; i++) {
		struct json *v = json_new_object(a), *body;
		TRY(json_parse(a, events[i].body, &body, e));
		v = json_set_str(a, v, "time", service_instant(a, events[i].time));
		v = json_set_str(a, v, "said_by", d->name[events[i].side]);
		v = json_set_str(a, v, "deal_act", events[i].word);
		if (json_get(body, "text"))
			v = json_set(a, v, "text", json_copy(a, json_get(body, "text")));
		if (json_get(body, "how"))
			v = json_set_str(a, v, "deal_how", json_get_str(body, "how"));
		if (idle[i])
			v = json_set(a, v, "idle", json_new_bool(a, true));
		list = json_push(a, list, v);
	}
	*ret = list;
	return ERR_OK;
}

static enum err_code add_waiting(struct store *store, struct json *v, struct arena *a, int64_t id,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_OUTBOX_OF);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	(void)json_set_number(a, v, "waiting", (double)sql_i64(q, 0));
	if (sql_str(q, 1).len > 0)
		(void)json_set_str(a, v, "refused", str_copy(a, sql_str(q, 1)));
	return ERR_OK;
}

static void add_possible(struct store *store, struct arena *a, struct json *v,
	const struct deal *d, int mine)
{
	static const char *const words[] = { "accept", "decline", "call-off", "note", "negotiate",
		"sign", "fail", "follow-up", "erase" };
	struct json *may = json_new_object(a);
	struct deal_contact c;
	unsigned state = 0;

	while (state + 1 < DEAL_STATE_COUNT &&
		!str_is(d->state, deal_state_name((enum deal_state)state)))
		state++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (deal_may((enum deal_state)state, (enum deal_side)mine, str_of(words[i])) &&
			(strcmp(words[i], "erase") != 0 || deal_contact_find(store, a, d->id,
			(enum deal_side)mine, &c, NULL) == ERR_OK))
			may = json_set(a, may, words[i], json_new_bool(a, true));
	(void)json_set(a, v, "possible", may);
}

static struct json *answers_model(struct arena *a, const struct deal_event *events, size_t count)
{
	struct json *body = NULL;

	for (size_t i = 0; i < count; i++)
		if (str_is(events[i].word, "interest") &&
			json_parse(a, events[i].body, &body, NULL) == ERR_OK)
			return json_copy(a, body);
	return json_new_object(a);
}

enum err_code service_deal(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, bool shown, struct json **ret, struct err *e)
{
	struct deal_event *events;
	struct json *v, *list = NULL;
	struct store *store;
	struct deal d;
	size_t count;
	int mine;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(deal_find(store, a, id, &d, e));
	if (d.organisation[0] != by->organisation && d.organisation[1] != by->organisation)
		return err_set(e, ERR_NOT_FOUND, "there is no such contact here");
	mine = d.organisation[1] == by->organisation ? 1 : 0;
	TRY(deal_events(store, a, id, &events, &count, e));
	TRY(events_model(a, &d, events, count, &list, e));
	v = row_model(s, a, by, &d);
	if (!v)
		return full(e);
	v = json_set(a, v, "answers", answers_model(a, events, count));
	v = json_set(a, v, "events", list);
	v = json_set(a, v, "people", people_model(store, a, &d, mine, shown));
	v = json_set(a, v, "shown", json_new_bool(a, shown));
	if (d.from_listing.len > 0)
		v = json_set_str(a, v, "from_listing", d.from_listing);
	if (!v)
		return full(e);
	add_possible(store, a, v, &d, mine);
	TRY(add_waiting(store, v, a, id, e));
	*ret = v;
	return ERR_OK;
}

/* ---- totals ---------------------------------------------------------------------------------- */

struct totals {
	size_t count;
	struct str keys[OUTCOME_ROWS];
	int64_t cells[OUTCOME_ROWS * OUTCOME_CELLS], amounts[OUTCOME_ROWS];
};

static enum err_code read_totals(struct store *store, struct arena *a, const char *dimension,
	struct totals *t, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_DEAL_OUTCOMES);
	bool row;

	t->count = 0;
	sql_bind_str(q, 1, str_of(dimension));
	sql_bind_i64(q, 2, OUTCOME_ROWS);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		t->keys[t->count] = str_copy(a, sql_str(q, 0));
		for (int c = 0; c < OUTCOME_CELLS; c++)
			t->cells[t->count * OUTCOME_CELLS + (size_t)c] = sql_i64(q, 1 + c);
		t->amounts[t->count] = sql_i64(q, 1 + OUTCOME_CELLS);
		t->count++;
	}
}

/* "a.example b.example": the cities of the one who asked and of the one who was asked. */
static struct json *cities_name(struct service *s, struct arena *a, struct str key)
{
	struct str from = str_cut(&key, ' ');
	struct json *one = city_model(s, a, from), *two = city_model(s, a, key);
	struct json *v = json_new_object(a);
	static const char *const tags[] = { "zh-CN", "en" };

	for (size_t i = 0; i < 2; i++)
		v = json_set_str(a, v, tags[i], str_printf(a, STR_FMT " \xe2\x86\x92 " STR_FMT,
			STR_ARG(json_get_str(json_get(one, "name"), tags[i])),
			STR_ARG(json_get_str(json_get(two, "name"), tags[i]))));
	return v;
}

static struct str cell_text(struct arena *a, int64_t n)
{
	return n < 0 ? STR("<3") : str_printf(a, "%lld", (long long)n);
}

static struct json *total_model(struct service *s, struct arena *a, const char *dimension,
	const struct totals *t, size_t i)
{
	static const char *const stages[] = { "interest", "contact", "negotiation", "signed",
		"followed", "unsuccessful" };
	struct json *v = json_set_text(a, json_new_object(a), "dimension", dimension);

	v = json_set_str(a, v, "key", t->keys[i]);
	if (strcmp(dimension, "city") == 0)
		v = json_set(a, v, "name", cities_name(s, a, t->keys[i]));
	for (size_t c = 0; c < OUTCOME_CELLS; c++)
		v = json_set_str(a, v, stages[c], cell_text(a, t->cells[i * OUTCOME_CELLS + c]));
	/* an amount of one or two contracts tells theirs */
	return json_set_str(a, v, "amount", t->cells[i * OUTCOME_CELLS + 3] < 0 ? STR("-")
		: cell_text(a, t->amounts[i]));
}

enum err_code service_outcomes(struct service *s, struct arena *a, const struct account_who *by,
	struct str dimension, struct json **ret, struct err *e)
{
	static const char *const dimensions[] = { "city", "industry", "kind" };
	bool exact = by->may >> CAPABILITY_MODERATE & 1;
	struct totals *t = ARENA_NEW(a, struct totals);
	struct json *rows = json_new_array(a), *v = json_new_object(a);
	struct store *store;

	if (!t)
		return full(e);
	TRY(ledger_reader(s->ledger, &store, e));
	for (size_t i = 0; i < 3; i++) {
		if (dimension.len > 0 && !str_is(dimension, dimensions[i]))
			continue;
		TRY(read_totals(store, a, dimensions[i], t, e));
		if (!exact)
			deal_mask(t->cells, t->count, OUTCOME_CELLS, OUTCOME_LEAST);
		for (size_t r = 0; r < t->count; r++)
			rows = json_push(a, rows, total_model(s, a, dimensions[i], t, r));
	}
	v = json_set(a, v, "now", model_time(a, instant_now()));
	v = json_set(a, v, "exact", json_new_bool(a, exact));
	*ret = json_set(a, v, "rows", rows);
	return *ret ? ERR_OK : full(e);
}
