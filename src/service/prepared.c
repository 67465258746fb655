/* prepared.c - see prepared.h. */
#include "service/prepared.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/keeping.h"
#include "service/notice.h"

#define DAY_S 86400
#define ACT_ARENA_BYTES ((size_t)1 << 20) /* a row, with the largest statement that it asks for */

static const struct prepared_kind kinds[] = {
	{ "accredit", CAPABILITY_ACCREDIT, CAPABILITY_APPROVE, NULL, NULL, keeping_accredit },
	{ "status", CAPABILITY_ACCREDIT, CAPABILITY_APPROVE, NULL, NULL, keeping_status },
	{ "agreement", CAPABILITY_ACCREDIT, CAPABILITY_APPROVE, NULL, NULL, keeping_agreement },
	{ "organisation", CAPABILITY_CONFIRM, CAPABILITY_APPROVE, NULL, NULL,
		keeping_organisation },
	{ "lab-key", CAPABILITY_SIGN, CAPABILITY_APPROVE, "lab", "/lab-key",
		keeping_organisation },
};
#define KIND_ROWS (sizeof(kinds) / sizeof(kinds[0]))

const struct prepared_kind *prepared_kind(struct str name)
{
	for (size_t i = 0; i < KIND_ROWS; i++)
		if (str_is(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static bool may(const struct account_who *by, enum capability c)
{
	return by->organisation == 1 && by->may >> c & 1;
}

static bool may_prepare(const struct account_who *by, const struct prepared_kind *kind)
{
	if (!kind->of)
		return may(by, kind->prepare);
	return by->organisation != 1 && str_is(by->organisation_kind, kind->of) &&
		by->organisation_code.len > 0 && by->may >> kind->prepare & 1;
}

bool service_act_may_see(const struct account_who *by)
{
	for (size_t i = 0; i < KIND_ROWS; i++)
		if (may(by, kinds[i].prepare) || may(by, kinds[i].confirm))
			return true;
	return false;
}

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "act needs too much memory");
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct act {
	int64_t id, account, prepared, second, decided;
	struct str kind, name, request, statement, state, said, by, second_by, refusal;
};

static struct act read_act(struct arena *a, struct sql *q)
{
	return (struct act){ .id = sql_i64(q, 0), .kind = str_copy(a, sql_str(q, 1)),
		.name = str_copy(a, sql_str(q, 2)), .request = str_copy(a, sql_str(q, 3)),
		.statement = str_copy(a, sql_str(q, 4)), .state = str_copy(a, sql_str(q, 5)),
		.account = sql_i64(q, 6), .prepared = sql_i64(q, 7), .second = sql_i64(q, 8),
		.decided = sql_i64(q, 9), .said = str_copy(a, sql_str(q, 10)),
		.by = str_copy(a, sql_str(q, 11)), .second_by = str_copy(a, sql_str(q, 12)),
		.refusal = str_copy(a, sql_str(q, 13)) };
}

static enum err_code find_act(struct store *store, struct arena *a, int64_t id, struct act *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACT_GET);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no act has this number");
	*ret = read_act(a, q);
	return ret->refusal.at ? ERR_OK : full(e);
}

/* `refusal`: a word of that list, or NULL. */
static enum err_code set_state(struct store *store, int64_t id, const char *state, int64_t second,
	int64_t now, struct str said, const char *refusal, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACT_SET);

	sql_bind_i64(q, 1, id);
	sql_bind_str(q, 2, str_of(state));
	sql_bind_i64(q, 3, second);
	sql_bind_i64(q, 4, now);
	sql_bind_str(q, 5, said);
	sql_bind_str(q, 6, str_of(refusal ? refusal : ""));
	return sql_run(q, e);
}

static enum err_code put_line(struct store *store, int64_t now, const char *action,
	const struct account_who *by, int64_t id, struct str kind, struct str name, struct err *e)
{
	char target[64];

	(void)snprintf(target, sizeof(target), "act %lld, " STR_FMT, (long long)id, STR_ARG(kind));
	return audit_put(store, now, &(struct audit_entry){ .action = action, .actor = by->name,
		.address = by->address, .target = str_of(target), .detail = name }, e);
}

/* ---- preparing ------------------------------------------------------------------------------- */

struct preparing {
	const struct account_who *by;
	const struct prepared_kind *kind;
	struct str name, request, statement;
	int64_t now, id;
};

static enum err_code check_room(struct store *store, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACT_WAITING_COUNT);
	bool row;

	TRY(sql_step(q, &row, e));
	if (row && sql_i64(q, 0) >= LIMIT_ACTS_WAITING)
		return err_set(e, ERR_BUSY, "%d acts wait to be confirmed: decide those first",
			LIMIT_ACTS_WAITING);
	return ERR_OK;
}

static enum err_code find_last(struct store *store, struct arena *a, const char *kind,
	struct str code, struct act *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACT_LAST);
	bool row;

	sql_bind_str(q, 1, str_of(kind));
	sql_bind_str(q, 2, code);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "nothing was prepared for this organisation");
	*ret = read_act(a, q);
	return ret->refusal.at ? ERR_OK : full(e);
}

/* An organisation cannot fill the authority's list. */
static enum err_code check_alone(struct store *store, const struct preparing *p, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct err problem = { 0 };
	struct act act;
	enum err_code code;

	if (!p->kind->of)
		return ERR_OK;
	arena_init(&a, LIMIT_STATEMENT_BYTES + 65536);
	code = find_last(store, &a, p->kind->name, p->by->organisation_code, &act, &problem);
	if (code == ERR_NOT_FOUND)
		return ERR_OK;
	if (code != ERR_OK && e)
		*e = problem;
	TRY(code);
	if (!str_is(act.state, "confirmed") && (!str_is(act.state, "waiting") ||
		p->now - act.prepared >= (int64_t)LIMIT_ACT_DAYS * DAY_S))
		return ERR_OK;
	(void)err_set(e, ERR_CONFLICT, "act %lld of your organisation waits already",
		(long long)act.id);
	return err_word(e, "key-waits");
}

static enum err_code put_act(struct store *store, struct preparing *p, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ACT_PUT);
	bool row;

	sql_bind_str(q, 1, str_of(p->kind->name));
	sql_bind_str(q, 2, p->name);
	sql_bind_str(q, 3, p->request);
	sql_bind_str(q, 4, p->statement);
	sql_bind_i64(q, 5, p->by->account);
	sql_bind_i64(q, 6, p->now);
	TRY(sql_step(q, &row, e));
	CHECK(row);
	p->id = sql_i64(q, 0);
	return ERR_OK;
}

static enum err_code write_prepared(void *context, struct store *store, struct err *e)
{
	struct preparing *p = context;
	char path[32];

	TRY(check_alone(store, p, e));
	TRY(check_room(store, e));
	TRY(put_act(store, p, e));
	(void)snprintf(path, sizeof(path), "/acts/%lld", (long long)p->id);
	TRY(notice_put(store, p->now, &(struct notice){ .word = "act-waits", .name = p->name,
		.path = str_of(path), .organisation = 1, .to = p->kind->confirm }, e));
	return put_line(store, p->now, p->kind->of ? p->kind->name : "prepare-act", p->by, p->id,
		str_of(p->kind->name), p->name, e);
}

enum err_code service_act_prepare(struct service *s, struct arena *a, const struct account_who *by,
	const char *kind, struct str name, struct json *request, struct str statement,
	int64_t *ret, struct err *e)
{
	struct preparing p = { .by = by, .kind = prepared_kind(str_of(kind)), .name = name,
		.statement = statement, .now = instant_now() };

	CHECK(p.kind != NULL);
	CHECK(may_prepare(by, p.kind));
	if (p.statement.len == 0) {
		uint8_t uuid[16];
		service_uuid(uuid);
		p.statement = statement_id_text(a, uuid);
	}
	if (!json_set_str(a, request, "newId", p.statement))
		return full(e);
	TRY(json_jcs(a, request, &p.request, e));
	TRY(ledger_write(s->ledger, write_prepared, &p, e));
	*ret = p.id;
	return ERR_OK;
}

/* ---- deciding -------------------------------------------------------------------------------- */

struct deciding {
	const struct account_who *by;
	struct arena *a;
	int64_t id, now;
	enum act_decision decision;
	struct str reason;
	struct act act;
};

static const char *const actions[] = { "confirm-act", "refuse-act", "take-back-act" };

/* Whose it is to decide, and whether it still is to be decided. */
static enum err_code check_decision(const struct deciding *d, struct err *e)
{
	const struct act *act = &d->act;
	const struct prepared_kind *kind = prepared_kind(act->kind);
	bool again = str_is(act->state, "confirmed");

	if (!kind)
		return err_set(e, ERR_UNSUPPORTED, "this program does not know such an act");
	if (d->decision == ACT_TAKE_BACK && act->account != d->by->account)
		return err_set(e, ERR_DENIED, "only who prepared it takes it back");
	if (d->decision != ACT_TAKE_BACK && !may(d->by, kind->confirm))
		return err_set(e, ERR_DENIED, "none of your roles may do \"%s\"",
			capability_name(kind->confirm));
	if (d->decision != ACT_TAKE_BACK && act->account == d->by->account)
		return err_set(e, ERR_DENIED, "who prepared it does not decide it too");
	if (!str_is(act->state, "waiting") && !(again && d->decision == ACT_CONFIRM))
		return err_set(e, ERR_CONFLICT, "it is decided already");
	if (!again && d->now - act->prepared >= (int64_t)LIMIT_ACT_DAYS * DAY_S)
		return err_set(e, ERR_CONFLICT, "it waited for more than %d days: prepare it anew",
			LIMIT_ACT_DAYS);
	return ERR_OK;
}

static enum err_code tell_preparer(struct store *store, int64_t now, const struct act *act,
	const char *word, struct err *e)
{
	const struct prepared_kind *kind = prepared_kind(act->kind);
	char path[32];

	(void)snprintf(path, sizeof(path), "/acts/%lld", (long long)act->id);
	return notice_put(store, now, &(struct notice){ .word = word, .name = act->name,
		.path = str_of(kind && kind->path ? kind->path : path), .account = act->account },
		e);
}

static enum err_code write_decision(void *context, struct store *store, struct err *e)
{
	static const char *const states[] = { "confirmed", "refused", "taken-back" };
	struct deciding *d = context;

	TRY(find_act(store, d->a, d->id, &d->act, e));
	TRY(check_decision(d, e));
	TRY(set_state(store, d->id, states[d->decision], d->decision == ACT_TAKE_BACK ? 0 :
		d->by->account, d->now, d->reason, NULL, e));
	if (d->decision == ACT_REFUSE)
		TRY(tell_preparer(store, d->now, &d->act, "act-refused", e));
	return put_line(store, d->now, actions[d->decision], d->by, d->id, d->act.kind,
		d->reason.len > 0 ? d->reason : d->act.name, e);
}

struct ending {
	const struct account_who *by;
	const struct act *act;
	int64_t now;
	bool done;
	struct str said;
	const char *refusal;
};

static enum err_code write_end(void *context, struct store *store, struct err *e)
{
	const struct ending *x = context;
	SCOPED_ARENA a = { 0 };
	struct act now;

	arena_init(&a, ACT_ARENA_BYTES);
	TRY(find_act(store, &a, x->act->id, &now, e));
	if (!str_is(now.state, "confirmed")) /* somebody who confirmed it too was faster */
		return ERR_OK;
	TRY(set_state(store, x->act->id, x->done ? "done" : "failed", x->by->account, x->now,
		x->said, x->refusal, e));
	TRY(tell_preparer(store, x->now, x->act, x->done ? "act-done" : "act-failed", e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = "carry-out-act",
		.refused = !x->done, .actor = x->by->name, .address = x->by->address,
		.target = x->act->statement, .detail = x->done ? x->act->name : x->said }, e);
}

/* What it publishes stands in this node's tlog already? */
static bool is_published(struct service *s, struct arena *a, struct str statement)
{
	struct ledger_found found;
	uint8_t id_key[16];

	return statement_id_parse(statement, id_key, NULL) == ERR_OK &&
		ledger_find(s->ledger, a, id_key, &found, NULL) == ERR_OK && found.own;
}

static enum err_code carry_out(struct service *s, struct arena *a, const struct account_who *by,
	const struct act *act, struct err *e)
{
	struct ending x = { .by = by, .act = act, .now = instant_now(), .said = STR("") };
	struct err problem = { 0 };
	struct json *request;
	enum err_code code = ERR_OK;

	if (!is_published(s, a, act->statement)) {
		TRY(json_parse(a, act->request, &request, e));
		code = prepared_kind(act->kind)->carry_out(s, a, request, &problem);
	}
	if (code == ERR_BUSY || code == ERR_IO) { /* it stays confirmed, and can be tried again */
		if (e)
			*e = problem;
		return code;
	}
	/* Refused as published already, perhaps: by who confirmed it at the same time. */
	x.done = code == ERR_OK || is_published(s, a, act->statement);
	if (!x.done) {
		x.said = str_copy(a, str_of(problem.message));
		x.refusal = problem.word;
	}
	return ledger_write(s->ledger, write_end, &x, e);
}

enum err_code service_act_decide(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, enum act_decision decision, struct str reason, struct err *e)
{
	struct deciding d = { .by = by, .a = a, .id = id, .now = instant_now(),
		.decision = decision, .reason = decision == ACT_REFUSE ? reason : STR("") };
	struct err why = { 0 };
	char target[32];
	enum err_code code;

	if (decision == ACT_REFUSE && reason.len == 0)
		return err_set(e, ERR_INVALID, "field \"reason\": a refusal says why");
	if (reason.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_TOO_LARGE, "field \"reason\": at most %d bytes",
			LIMIT_ID_BYTES);
	code = ledger_write(s->ledger, write_decision, &d, &why);
	if (code == ERR_DENIED || code == ERR_CONFLICT) {
		(void)snprintf(target, sizeof(target), "act %lld", (long long)id);
		audit_note(s, &(struct audit_entry){ .action = actions[decision], .refused = true,
			.actor = by->name, .address = by->address, .target = str_of(target),
			.detail = str_of(why.message) });
	}
	if (code != ERR_OK && e)
		*e = why;
	if (code != ERR_OK || decision != ACT_CONFIRM)
		return code;
	return carry_out(s, a, by, &d.act, e);
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct json *act_model(struct arena *a, const struct act *act, const struct account_who *by,
	int64_t now)
{
	const struct prepared_kind *kind = prepared_kind(act->kind);
	bool waits = str_is(act->state, "waiting"), own = act->account == by->account;
	bool lapsed = waits && now - act->prepared >= (int64_t)LIMIT_ACT_DAYS * DAY_S;
	struct json *v = json_set_str(a, json_new_object(a), "number",
		str_printf(a, "%lld", (long long)act->id));

	v = json_set_str(a, v, "act", act->kind);
	v = json_set_str(a, v, "name", act->name);
	v = json_set_str(a, v, "act_state", lapsed ? STR("lapsed") : act->state);
	v = json_set_str(a, v, "by", act->by);
	v = json_set_str(a, v, "prepared", service_instant(a, act->prepared));
	v = json_set(a, v, "own", json_new_bool(a, own));
	if (act->second_by.len > 0)
		v = json_set_str(a, v, "second", act->second_by);
	if (act->decided > 0)
		v = json_set_str(a, v, "decided", service_instant(a, act->decided));
	if (act->said.len > 0)
		v = json_set_str(a, v, "said", act->said);
	if (act->refusal.len > 0)
		v = json_set_str(a, v, "refusal", act->refusal);
	if (str_is(act->state, "done"))
		v = json_set_str(a, v, "statement", act->statement);
	v = json_set(a, v, "may_take_back", json_new_bool(a, own && waits && !lapsed));
	return json_set(a, v, "may_confirm", json_new_bool(a, kind && !own && !lapsed &&
		may(by, kind->confirm) && (waits || str_is(act->state, "confirmed"))));
}

enum err_code service_acts(struct service *s, struct arena *a, const struct account_who *by,
	struct str show, struct str after, struct json **ret, struct err *e)
{
	bool all = str_is(show, "all"), row;
	uint64_t key = all ? INT64_MAX : 0;
	struct json *v = json_new_object(a), *rows = json_new_array(a);
	struct store *store;
	struct act act = { 0 };

	if (show.len > 0 && !all && !str_is(show, "waiting"))
		return err_set(e, ERR_INVALID, "field \"show\": neither waiting nor all");
	if (after.len > 0 && (str_parse_u64(after, &key, NULL) != ERR_OK || key > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key");
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, all ? SQL_ACT_LIST : SQL_ACT_LIST_WAITING);
	sql_bind_i64(q, 1, (int64_t)key);
	sql_bind_i64(q, 2, LIMIT_PAGE_ROWS + 1);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(rows) == LIMIT_PAGE_ROWS) {
			v = json_set_str(a, v, "next", str_printf(a, "%lld", (long long)act.id));
			break;
		}
		act = read_act(a, q);
		rows = json_push(a, rows, act_model(a, &act, by, instant_now()));
	}
	v = json_set_text(a, v, "show", all ? "all" : "waiting");
	*ret = json_set(a, v, "rows", rows);
	return *ret ? ERR_OK : full(e);
}

static enum err_code whole_model(struct arena *a, const struct act *act,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct json *request;

	TRY(json_parse(a, act->request, &request, e));
	*ret = json_set(a, act_model(a, act, by, instant_now()), "request", request);
	return *ret ? ERR_OK : full(e);
}

enum err_code service_act(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct json **ret, struct err *e)
{
	struct store *store;
	struct act act;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_act(store, a, id, &act, e));
	return whole_model(a, &act, by, ret, e);
}

enum err_code service_act_last(struct service *s, struct arena *a, const struct account_who *by,
	const char *kind, struct str code, struct json **ret, struct err *e)
{
	struct store *store;
	struct act act;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_last(store, a, kind, code, &act, e));
	return whole_model(a, &act, by, ret, e);
}

enum err_code prepared_sweep(struct store *store, int64_t now, struct err *e)
{
	return account_run_one(store, SQL_ACT_LAPSE, now - (int64_t)LIMIT_ACT_DAYS * DAY_S, e);
}
