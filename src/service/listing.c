/* listing.c - listings of this node's organisations: drafts, review, and what makes them public.
 *
 * A publication or an end is first a row in state "publishing", "withdrawing" or "erasing", written
 * with its audit line; the statement follows at once, by whoever asked or, after a crash, by the
 * work thread. The projection of the statement (listing_projection.c) sets the state that stays.
 */
#include <string.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/listing_file.h"
#include "service/listing_inner.h"
#include "service/notice.h"

#define KINDS_ARENA_BYTES ((size_t)8 << 20)
#define WORK_ARENA_BYTES ((size_t)16 << 20)
#define WORK_ROUND 16
#define ROWS_REVIEW 100

enum err_code listings_open(struct service *s, struct err *e)
{
	s->listings = handle_new(sizeof(*s->listings));
	arena_init(&s->listings->arena, KINDS_ARENA_BYTES);
	TRY(code_names_parse(&s->listings->arena, s->rules, &s->listings->names, e));
	TRY(listing_kinds_parse(&s->listings->arena, s->rules, &s->listings->kinds, e));
	TRY(match_terms_parse(&s->listings->arena, s->rules, &s->listings->terms, e));
	return synonyms_parse(&s->listings->arena, s->rules, &s->listings->synonyms, e);
}

void listings_close(struct service *s)
{
	if (!s->listings)
		return;
	arena_clear(&s->listings->arena);
	handle_drop(s->listings);
	s->listings = NULL;
}

const struct listing_kind *service_listing_kinds(const struct service *s)
{
	return s->listings->kinds;
}

const struct code_names *service_code_names(const struct service *s)
{
	return &s->listings->names;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void read_work(struct arena *a, struct sql *q, struct listing_work *ret)
{
	*ret = (struct listing_work){ .id = sql_i64(q, 0), .organisation = sql_i64(q, 2),
		.author = sql_i64(q, 3), .kind = str_copy(a, sql_str(q, 4)),
		.title = str_copy(a, sql_str(q, 5)), .body = str_copy(a, sql_str(q, 6)),
		.revision = sql_i64(q, 7), .state = str_copy(a, sql_str(q, 8)),
		.reason = str_copy(a, sql_str(q, 9)), .version = sql_i64(q, 10),
		.created = sql_i64(q, 11), .changed = sql_i64(q, 12), .until = sql_i64(q, 13) };
	if (sql_str(q, 1).len == sizeof(ret->key))
		memcpy(ret->key, sql_str(q, 1).at, sizeof(ret->key));
}

static enum err_code find_work(struct store *store, struct arena *a, int64_t id,
	struct listing_work *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_BY_ID);
	bool row;

	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
	read_work(a, q, ret);
	return ERR_OK;
}

/* One of the own organisation; another's is not there. */
enum err_code listing_find_own(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct listing_work *ret, struct err *e)
{
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_work(store, a, id, ret, e));
	if (ret->organisation == by->organisation)
		return ERR_OK;
	return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
}

bool listing_work_ended(const struct listing_work *w)
{
	return str_is(w->state, "erased") || str_is(w->state, "erasing") ||
		str_is(w->state, "withdrawing") || (str_is(w->state, "withdrawn") &&
		w->version > 0);
}

enum err_code listing_changed(struct err *e)
{
	(void)err_set(e, ERR_CONFLICT, "somebody else changed this listing meanwhile");
	return err_word(e, "changed");
}

const struct json *listing_work_files(struct arena *a, const struct listing_work *w)
{
	struct json *body = NULL;

	return json_parse(a, w->body, &body, NULL) == ERR_OK ? json_get(body, "attachments") : NULL;
}

static struct json *work_model(struct arena *a, const struct listing_work *w, bool whole)
{
	struct json *v = json_new_object(a), *body = NULL;

	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)w->id));
	v = json_set_str(a, v, "listing", statement_id_text(a, w->key));
	v = json_set_str(a, v, "kind", w->kind);
	v = json_set_str(a, v, "title", w->title);
	v = json_set_str(a, v, "state", w->state);
	if (w->reason.len > 0)
		v = json_set_str(a, v, "reason", w->reason);
	v = json_set_number(a, v, "revision", (double)w->revision);
	v = json_set_number(a, v, "version", (double)w->version);
	v = json_set_str(a, v, "changed", service_instant(a, w->changed));
	if (w->until > 0)
		v = json_set_str(a, v, "until", service_instant(a, w->until));
	if (!whole || json_parse(a, w->body, &body, NULL) != ERR_OK)
		return v;
	for (uint32_t i = 0; i < json_count(body); i++)
		v = json_set(a, v, str_z(a, body->members[i].name), body->members[i].value);
	v = json_set(a, v, "ended", json_new_bool(a, listing_work_ended(w)));
	return json_set(a, v, "attachments", listing_files_model(a, json_get(body,
		"attachments")));
}

/* ---- saving ---------------------------------------------------------------------------------- */

struct saving {
	const struct account_who *by;
	const struct listing_kind *kind;
	int64_t id, revision, now; /* id 0: a new one */
	uint8_t key[16];
	struct str title, body;
	int64_t made;              /* its number; `id` stays, for the job may run again */
	bool stale, twice;
};

static enum err_code check_once(struct store *store, struct saving *x, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_COUNT);
	bool row;

	sql_bind_i64(q, 1, x->by->organisation);
	sql_bind_str(q, 2, x->kind->id);
	TRY(sql_step(q, &row, e));
	x->twice = row && sql_i64(q, 0) >= (x->kind->once ? 1 : LIMIT_LISTINGS_OF_KIND);
	return ERR_OK;
}

static enum err_code write_save(void *context, struct store *store, struct err *e)
{
	struct saving *x = context;
	bool row;

	x->stale = x->twice = false;
	if (x->id == 0) {
		TRY(check_once(store, x, e));
		if (x->twice)
			return ERR_OK;
		SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_ADD);
		sql_bind_blob(q, 1, x->key, sizeof(x->key));
		sql_bind_i64(q, 2, x->by->organisation);
		sql_bind_i64(q, 3, x->by->account);
		sql_bind_str(q, 4, x->kind->id);
		sql_bind_str(q, 5, x->title);
		sql_bind_str(q, 6, x->body);
		sql_bind_i64(q, 7, x->now);
		TRY(sql_run(q, e));
		SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
		TRY(sql_step(last, &row, e));
		x->made = sql_i64(last, 0);
		return ERR_OK;
	}
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_SAVE);
	sql_bind_i64(q, 1, x->id);
	sql_bind_i64(q, 2, x->revision);
	sql_bind_str(q, 3, x->title);
	sql_bind_str(q, 4, x->body);
	sql_bind_i64(q, 5, x->now);
	sql_bind_i64(q, 6, x->by->account);
	TRY(sql_step(q, &row, e));
	x->stale = !row;
	return ERR_OK;
}

static enum err_code body_of(struct arena *a, const struct listing_draft *d,
	const struct json *files, struct str *ret, struct err *e)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "title", d->title);
	v = json_set_str(a, v, "summary", d->summary);
	v = json_set(a, v, "fields", d->fields ? json_copy(a, d->fields) : json_new_object(a));
	if (d->translations)
		v = json_set(a, v, "translations", json_copy(a, d->translations));
	if (files)
		v = json_set(a, v, "attachments", json_copy(a, files));
	TRY(json_jcs(a, v, ret, e));
	if (ret->len > LIMIT_LISTING_BYTES)
		return err_set(e, ERR_TOO_LARGE, "listing longer than %d bytes",
			LIMIT_LISTING_BYTES);
	return ERR_OK;
}

static enum err_code check_draft(struct service *s, struct arena *a, const struct account_who *by,
	const struct listing_draft *d, struct saving *x, struct json *problems, struct err *e)
{
	x->kind = listing_kind_find(s->listings->kinds, d->kind);
	if (!x->kind)
		return err_set(e, ERR_NOT_FOUND, "there is no such kind of listing");
	if (!listing_kind_allows(x->kind, by->organisation_kind))
		return err_set(e, ERR_DENIED, "an organisation of kind \"" STR_FMT
			"\" may not post \"" STR_FMT "\"", STR_ARG(by->organisation_kind),
			STR_ARG(d->kind));
	if (d->title.len == 0)
		form_wrong(a, problems, "title", "missing");
	else if (d->title.len > LIMIT_LISTING_TITLE_BYTES)
		form_wrong(a, problems, "title", "too-long");
	if (d->summary.len > LIMIT_LISTING_TEXT_BYTES)
		form_wrong(a, problems, "summary", "too-long");
	return form_check(problems, e);
}

enum err_code service_listing_save(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision,
	const struct listing_draft *draft, struct json **ret_problems, struct json **ret,
	struct err *e)
{
	struct saving x = { .by = by, .id = id, .revision = revision, .now = instant_now(),
		.title = draft->title };
	struct listing_draft d = *draft;
	struct json *v = json_new_object(a);
	const struct json *files = NULL;
	struct listing_work w;

	CHECK(by->may >> CAPABILITY_POST & 1);
	*ret_problems = json_new_object(a);
	if (id != 0) {
		TRY(listing_find_own(s, a, by, id, &w, e));
		d.kind = w.kind;
		files = listing_work_files(a, &w); /* of this revision, or the save is stale */
		if (w.revision != revision)
			return listing_changed(e);
	}
	TRY(check_draft(s, a, by, &d, &x, *ret_problems, e));
	TRY(body_of(a, &d, files, &x.body, e));
	service_uuid(x.key);
	TRY(ledger_write(s->ledger, write_save, &x, e));
	if (x.twice)
		return err_set(e, ERR_CONFLICT, "your organisation has as many listings of this "
			"kind as it may");
	if (x.stale)
		return listing_changed(e);
	v = json_set_str(a, v, "number", str_printf(a, "%lld", (long long)(id == 0 ? x.made : id)));
	v = json_set_number(a, v, "revision", (double)(id == 0 ? 1 : revision + 1));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- changing the state ---------------------------------------------------------------------- */

struct moving {
	const struct account_who *by;
	const struct listing_work *work;
	const char *to, *action;
	struct str reason;
	struct notice notice;      /* word NULL: none */
	int64_t now;
	bool stale;
};

static enum err_code write_move(void *context, struct store *store, struct err *e)
{
	struct moving *x = context;
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_STATE);
	sql_bind_i64(q, 1, x->work->id);
	sql_bind_str(q, 2, x->work->state);
	sql_bind_str(q, 3, str_of(x->to));
	sql_bind_str(q, 4, x->reason);
	sql_bind_i64(q, 5, x->now);
	sql_bind_i64(q, 6, x->work->revision);
	TRY(sql_step(q, &row, e));
	x->stale = !row;
	if (x->stale)
		return ERR_OK;
	if (str_is(STR("erased"), x->to)) {
		SCOPED_SQL empty = sql_use(store, SQL_LISTING_WORK_ERASED);
		sql_bind_blob(empty, 1, x->work->key, sizeof(x->work->key));
		sql_bind_i64(empty, 2, x->now);
		TRY(sql_run(empty, e));
		TRY(listing_files_forget(store, x->work->id, e));
	}
	if (x->notice.word)
		TRY(notice_put(store, x->now, &x->notice, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = x->action,
		.actor = x->by->name, .address = x->by->address, .target = x->work->title,
		.detail = x->reason }, e);
}

static enum err_code move(struct service *s, struct moving *x, struct err *e)
{
	if (!x->reason.at)
		x->reason = STR("");
	x->now = instant_now();
	TRY(ledger_write(s->ledger, write_move, x, e));
	return x->stale ? listing_changed(e) : ERR_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

static enum err_code organisation_of(struct service *s, struct arena *a, int64_t id,
	struct listing *l, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_ORGANISATION);
	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_DENIED, "the organisation is not confirmed");
	l->organisation = id == 1 ? s->config->name_zh : str_copy(a, sql_str(q, 0));
	l->organisation_code = id == 1 ? STR("-") : str_copy(a, sql_str(q, 1));
	l->organisation_kind = str_copy(a, sql_str(q, 2));
	return ERR_OK;
}

/* What the work row says, as a listing of the next version. */
static enum err_code listing_of_work(struct service *s, struct arena *a,
	const struct listing_work *w, const struct listing_kind *kind, struct listing *ret,
	struct err *e)
{
	struct json *body;
	struct str summary;

	TRY(json_parse(a, w->body, &body, e));
	summary = json_get_str(body, "summary");
	*ret = (struct listing){ .id = statement_id_text(a, w->key),
		.version = (uint64_t)w->version + 1, .kind = kind->id, .rules = kind->digest,
		.title = w->title, .summary = summary.at ? summary : STR(""),
		.fields = json_get(body, "fields"),
		.translations = json_get(body, "translations"),
		.files = json_get(body, "attachments") };
	return organisation_of(s, a, w->organisation, ret, e);
}

static enum err_code publish(struct service *s, struct arena *a, const struct listing_work *w,
	struct err *e)
{
	const struct listing_kind *kind = listing_kind_find(s->listings->kinds, w->kind);
	int64_t now = instant_now();
	char until[INSTANT_TEXT_BYTES];
	struct listing l;
	struct json *doc;
	uint64_t index;
	uint8_t uuid[16];

	if (!kind)
		return err_set(e, ERR_NOT_FOUND, "kind \"" STR_FMT "\" is not among the rules",
			STR_ARG(w->kind));
	TRY(listing_of_work(s, a, w, kind, &l, e));
	service_uuid(uuid);
	doc = statement_new(a, KIND_LISTING, uuid, s->config->did, s->config->name_zh, now,
		listing_subject(a, &l));
	instant_format(now + (int64_t)kind->life_days * 86400, until);
	doc = json_set_str(a, doc, "validUntil", str_copy(a, str_of(until)));
	return ledger_issue(s->ledger, a, doc, NULL, &index, e);
}

/* The statement of its newest version. */
static enum err_code published_id(struct service *s, const struct listing_work *w,
	uint8_t ret[16], struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_ONE);
	sql_bind_blob(q, 1, w->key, sizeof(w->key));
	sql_bind_str(q, 2, STR(""));
	TRY(sql_step(q, &row, e));
	if (!row || sql_str(q, 1).len != 16)
		return err_set(e, ERR_NOT_FOUND, "the listing is not published");
	memcpy(ret, sql_str(q, 1).at, 16);
	return ERR_OK;
}

static enum err_code end(struct service *s, struct arena *a, const struct listing_work *w,
	struct err *e)
{
	struct json *subject = json_new_object(a), *reason = json_new_object(a);
	struct ledger_found found;
	uint8_t uuid[16], id_key[16];
	uint64_t index;

	TRY(published_id(s, w, id_key, e));
	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	reason = json_set_str(a, reason, "zh-CN", w->reason);
	subject = json_set_str(a, subject, "id", found.receipt.id);
	subject = json_set_text(a, subject, "type", "StatusChange");
	subject = json_set_str(a, subject, "digest", base64url_new(a, found.receipt.digest.at,
		DIGEST_BYTES));
	subject = json_set_text(a, subject, "status", "withdrawn");
	subject = json_set(a, subject, "reason", reason);
	if (str_is(w->state, "erasing"))
		subject = json_set(a, subject, "erase", json_new_bool(a, true));
	service_uuid(uuid);
	return ledger_issue(s->ledger, a, statement_new(a, KIND_STATUS, uuid, s->config->did,
		s->config->name_zh, instant_now(), subject), NULL, &index, e);
}

/* Whoever asked for it and the work thread may both be at it: who comes second is refused at the
 * door, and what was wanted is done. */
static bool done_by_another(struct store *store, struct arena *a, const struct listing_work *was)
{
	struct listing_work w;

	return find_work(store, a, was->id, &w, NULL) == ERR_OK &&
		(!str_eq(w.state, was->state) || w.version != was->version);
}

/* What a row in one of the states between waits for. */
static enum err_code carry_out(struct service *s, struct arena *a, int64_t id, struct err *e)
{
	struct listing_work w;
	struct store *store;
	enum err_code code;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_work(store, a, id, &w, e));
	if (str_is(w.state, "publishing"))
		code = publish(s, a, &w, e);
	else if (str_is(w.state, "withdrawing") || str_is(w.state, "erasing"))
		code = end(s, a, &w, e);
	else
		return ERR_OK;
	if (code != ERR_OK && done_by_another(store, a, &w))
		return ERR_OK;
	if (code == ERR_OK)
		service_wake(s);
	return code;
}

/* ---- calls of the own organisation ----------------------------------------------------------- */

static struct json *problems_of(struct service *s, struct arena *a,
	const struct listing_kind *kind, const struct listing *l)
{
	struct json *problems = listing_problems(a, kind, l);

	if (kind->place && problems)
		facility_items_judge(s, a, l->organisation_code, l->fields, problems);
	return problems;
}

enum err_code service_listing_submit(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret_problems, struct err *e)
{
	const struct listing_kind *kind;
	const char *wait = NULL;
	struct listing_work w;
	struct listing l;

	CHECK(by->may >> CAPABILITY_POST & 1);
	*ret_problems = json_new_object(a);
	TRY(listing_find_own(s, a, by, id, &w, e));
	kind = listing_kind_find(s->listings->kinds, w.kind);
	if (!kind)
		return err_set(e, ERR_NOT_FOUND, "there is no such kind of listing");
	TRY(listing_of_work(s, a, &w, kind, &l, e));
	*ret_problems = problems_of(s, a, kind, &l);
	TRY(listing_files_wait(s, &w, l.files, &wait, e));
	if (wait)
		form_wrong(a, *ret_problems, "attachments", wait);
	TRY(form_check(*ret_problems, e));
	struct moving x = { .by = by, .work = &w, .to = kind->reviewed ? "review" : "publishing",
		.action = "listing-submit", .notice = { .word = kind->reviewed ? "listing-review"
			: NULL, .name = w.title, .path = STR("/review"), .organisation = 1,
			.to = CAPABILITY_MODERATE } };
	if (str_is(w.state, "review") || str_is(w.state, "publishing") || listing_work_ended(&w))
		return err_set(e, ERR_CONFLICT, "this listing is on its way already, or has "
			"ended");
	TRY(move(s, &x, e));
	return kind->reviewed ? ERR_OK : carry_out(s, a, id, e);
}

static enum err_code check_reason(struct str reason, struct err *e)
{
	return reason.len <= LIMIT_LISTING_TEXT_BYTES ? ERR_OK
		: err_set(e, ERR_INVALID, "field \"reason\": longer than %d bytes",
			LIMIT_LISTING_TEXT_BYTES);
}

enum err_code service_listing_withdraw(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool erase, struct str reason, struct err *e)
{
	struct listing_work w;

	CHECK(by->may >> CAPABILITY_POST & 1);
	TRY(listing_find_own(s, a, by, id, &w, e));
	TRY(check_reason(reason, e));
	if (str_is(w.state, "erased") || str_is(w.state, "erasing") ||
		str_is(w.state, "withdrawing") || (str_is(w.state, "withdrawn") && !erase))
		return err_set(e, ERR_CONFLICT, "this listing has ended already");
	struct moving x = { .by = by, .work = &w, .reason = reason,
		.to = erase ? "erasing" : "withdrawing",
		.action = erase ? "listing-erase" : "listing-withdraw" };
	if (w.version == 0) /* nobody else ever saw it */
		x.to = erase ? "erased" : "withdrawn";
	TRY(move(s, &x, e));
	return w.version == 0 ? ERR_OK : carry_out(s, a, id, e);
}

/* Does the work row say what the newest version says? */
static enum err_code is_unchanged(struct service *s, struct arena *a, const struct listing_work *w,
	const struct listing *l, bool *ret, struct err *e)
{
	struct listing published;
	uint8_t id_key[16];

	TRY(published_id(s, w, id_key, e));
	TRY(service_listing_load(s, a, id_key, &published, e));
	*ret = str_eq(published.title, l->title) && str_eq(published.summary, l->summary) &&
		json_eq(published.fields, l->fields) &&
		(published.translations == NULL) == (l->translations == NULL) &&
		(!l->translations || json_eq(published.translations, l->translations)) &&
		json_count(published.files) == json_count(l->files) &&
		(json_count(l->files) == 0 || json_eq(published.files, l->files));
	return ERR_OK;
}

enum err_code service_listing_renew(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct err *e)
{
	const struct listing_kind *kind;
	struct listing_work w;
	struct listing l;
	bool unchanged = false;

	CHECK(by->may >> CAPABILITY_POST & 1);
	TRY(listing_find_own(s, a, by, id, &w, e));
	kind = listing_kind_find(s->listings->kinds, w.kind);
	if (!kind || (!str_is(w.state, "published") && !str_is(w.state, "expired")))
		return err_set(e, ERR_CONFLICT, "only what is published can be renewed");
	TRY(listing_of_work(s, a, &w, kind, &l, e));
	TRY(is_unchanged(s, a, &w, &l, &unchanged, e));
	if (!unchanged || json_count(problems_of(s, a, kind, &l)) > 0)
		return err_set(e, ERR_CONFLICT, "it was changed since it was published, or does "
			"not hold any more: hand it in instead");
	struct moving x = { .by = by, .work = &w, .to = "publishing", .action = "listing-renew" };
	TRY(move(s, &x, e));
	return carry_out(s, a, id, e);
}

static enum err_code rows_model(struct arena *a, struct sql *q, uint32_t rows, struct json **ret,
	struct err *e)
{
	struct json *list = json_new_array(a), *v = json_new_object(a);
	struct str next = { 0 };
	struct listing_work w = { 0 };
	bool row;

	for (uint32_t taken = 0;; taken++) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (taken == rows) {
			next = str_printf(a, "%lld", (long long)w.id);
			break;
		}
		read_work(a, q, &w);
		list = json_push(a, list, work_model(a, &w, false));
	}
	v = json_set(a, v, "rows", list);
	*ret = next.at ? json_set_str(a, v, "next", next) : v;
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_listings_own(struct service *s, struct arena *a,
	const struct account_who *by, const struct list_query *query, struct json **ret,
	struct err *e)
{
	struct list_frame frame;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(service_list_frame(s, query, &frame, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_OF);
	sql_bind_i64(q, 1, by->organisation);
	sql_bind_i64(q, 2, frame.before);
	sql_bind_i64(q, 3, frame.rows + 1);
	sql_bind_str(q, 4, query->kind.at ? query->kind : STR(""));
	sql_bind_str(q, 5, query->state.at ? query->state : STR(""));
	return rows_model(a, q, frame.rows, ret, e);
}

enum err_code service_listing_work(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e)
{
	struct listing_work w;

	TRY(listing_find_own(s, a, by, id, &w, e));
	*ret = work_model(a, &w, true);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the authority --------------------------------------------------------------------------- */

enum err_code service_listings_review(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_REVIEW);
	sql_bind_i64(q, 1, ROWS_REVIEW);
	return rows_model(a, q, ROWS_REVIEW, ret, e);
}

enum err_code listing_find_reviewed(struct service *s, struct arena *a, int64_t id,
	struct listing_work *ret, struct err *e)
{
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_work(store, a, id, ret, e));
	return str_is(ret->state, "review") ? ERR_OK
		: err_set(e, ERR_NOT_FOUND, "this listing does not wait for a review");
}

enum err_code service_listing_reviewed(struct service *s, struct arena *a, int64_t id,
	struct json **ret, struct err *e)
{
	struct listing_work w;

	TRY(listing_find_reviewed(s, a, id, &w, e));
	*ret = work_model(a, &w, true);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_listing_review(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, bool publish_it, struct str reason, struct err *e)
{
	struct listing_work w;
	struct store *store;

	CHECK(by->may >> CAPABILITY_MODERATE & 1);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_work(store, a, id, &w, e));
	if (!str_is(w.state, "review"))
		return err_set(e, ERR_CONFLICT, "this listing does not wait for a review");
	if (w.author == by->account) {
		audit_note(s, &(struct audit_entry){ .action = "listing-review", .refused = true,
			.actor = by->name, .address = by->address, .target = w.title });
		(void)err_set(e, ERR_DENIED, "nobody reviews what they wrote");
		return err_word(e, "own-review");
	}
	if (!publish_it && reason.len == 0)
		return err_set(e, ERR_INVALID, "field \"reason\": say what is to be changed");
	TRY(check_reason(reason, e));
	struct moving x = { .by = by, .work = &w, .to = publish_it ? "publishing" : "returned",
		.action = "listing-review", .reason = publish_it ? STR("") : reason,
		.notice = { .word = publish_it ? "listing-published" : "listing-returned",
			.name = w.title, .account = w.author, /* 0: posted by the token */
			.organisation = w.organisation, .to = CAPABILITY_POST,
			.path = str_printf(a, "/listings/own/%lld", (long long)w.id) } };
	TRY(move(s, &x, e));
	return publish_it ? carry_out(s, a, id, e) : ERR_OK;
}

/* ---- work thread ----------------------------------------------------------------------------- */

static enum err_code write_expire(void *context, struct store *store, struct err *e)
{
	const int64_t *now = context;
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_EXPIRE);

	sql_bind_i64(q, 1, *now);
	return sql_run(q, e);
}

static enum err_code find_between(struct service *s, int64_t now, int64_t ids[WORK_ROUND],
	size_t *ret_count, bool *ret_expired, struct err *e)
{
	struct store *store;
	bool row = true;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_BETWEEN);
	sql_bind_i64(q, 1, WORK_ROUND);
	for (*ret_count = 0; *ret_count < WORK_ROUND;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		ids[(*ret_count)++] = sql_i64(q, 0);
	}
	SCOPED_SQL old = sql_use(store, SQL_LISTING_WORK_EXPIRING);
	sql_bind_i64(old, 1, now);
	sql_bind_i64(old, 2, 1);
	return sql_step(old, ret_expired, e);
}

void listings_work(struct service *s)
{
	int64_t ids[WORK_ROUND], now = instant_now();
	struct err e = { 0 };
	size_t count = 0;
	bool expired = false;

	listings_remind(s, now);
	if (find_between(s, now, ids, &count, &expired, &e) != ERR_OK ||
		(expired && ledger_write(s->ledger, write_expire, &now, &e) != ERR_OK)) {
		diag_err(DIAG_WARN, "listings", &e);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, WORK_ARENA_BYTES);
		if (carry_out(s, &a, ids[i], &e) != ERR_OK)
			diag_err(DIAG_WARN, "listings", &e);
	}
}
