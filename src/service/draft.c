/* draft.c - rows of drafts: finding, writing, freezing. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/did.h"
#include "matching/search_text.h"
#include "recognition/report_draft.h"
#include "service/draft_inner.h"
#include "service/evidence.h"
#include "service/files.h"
#include "service/notice.h"

struct draft_rules draft_rules_of(struct service *s)
{
	return (struct draft_rules){ .rules = s->rules, .domain = s->config->domain };
}

struct str draft_lab(struct service *s, struct arena *a, const struct account_who *by)
{
	return did_web_new_org(a, s->config->domain, by->organisation_code);
}

struct str draft_path(struct arena *a, int64_t id)
{
	return str_printf(a, "/drafts/%lld", (long long)id);
}

/* ---- finding --------------------------------------------------------------------------------- */

enum err_code draft_check_may(const struct account_who *by, struct err *e)
{
	if (by->may & (MAY(DRAFT) | MAY(SIGN)))
		return ERR_OK;
	(void)err_set(e, ERR_DENIED, "none of your roles may draft or sign reports");
	return err_hint(e, "The page /roles says which role may.");
}

static void read_key(struct sql *q, int column, bool *ret_is, uint8_t ret[16])
{
	*ret_is = !sql_is_null(q, column) && sql_str(q, column).len == 16;
	if (*ret_is)
		memcpy(ret, sql_str(q, column).at, 16);
}

static void read_row(struct arena *a, struct sql *q, struct draft *d)
{
	d->state = str_copy(a, sql_str(q, 1));
	d->revision = (uint64_t)sql_i64(q, 2);
	d->number = str_copy(a, sql_str(q, 3));
	d->title = str_copy(a, sql_str(q, 4));
	d->text = str_copy(a, sql_str(q, 5));
	read_key(q, 6, &d->amends, d->amends_key);
	d->reason = str_copy(a, sql_str(q, 7));
	read_key(q, 8, &d->has_statement, d->statement_key);
	d->created = sql_i64(q, 9);
	d->created_by = sql_i64(q, 10);
	d->changed = sql_i64(q, 11);
	d->changed_by = sql_i64(q, 12);
	d->created_by_name = str_copy(a, sql_str(q, 13));
	d->changed_by_name = str_copy(a, sql_str(q, 14));
	d->amend_reason = str_copy(a, sql_str(q, 15));
}

enum err_code draft_find(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct draft *ret, struct err *e)
{
	struct draft d = { .id = id };
	struct store *store;
	bool row;

	TRY(draft_check_may(by, e));
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_GET);
	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, by->organisation);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "your organisation has no draft %lld",
			(long long)id);
	read_row(a, q, &d);
	if (!d.text.at)
		return err_set(e, ERR_TOO_LARGE, "draft needs too much memory");
	TRY(json_parse(a, d.text, &d.body, e));
	*ret = d;
	return ERR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

enum err_code draft_prepare(struct arena *a, const struct json *body, struct draft_new *x,
	struct err *e)
{
	struct str number = json_get_str(body, "number"), title = json_get_str(body, "title");
	const char *const more[] = { "applicant/name", "vehicle/model", "customer/name" };
	SCOPED_BUF words = { 0 };

	x->number = number.at ? number : STR("");
	x->title = title.at ? title : STR("");
	x->evidence = json_get(body, "evidence");
	TRY(json_jcs(a, body, &x->body, e));
	if (x->body.len > LIMIT_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "draft is over %d bytes", LIMIT_STATEMENT_BYTES);
	buf_init(&words, 65536);
	search_text_put(&words, x->number);
	search_text_put(&words, x->title);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct str s = json_str(json_path(body, more[i]));
		if (s.at)
			search_text_put(&words, s);
	}
	x->words = str_copy(a, buf_str(&words));
	return x->words.at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "draft needs too much memory");
}

static enum err_code put_words(struct store *store, int64_t id, struct str words, struct err *e)
{
	TRY(account_run_one(store, SQL_DRAFT_WORDS_DROP, id, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_WORDS_PUT);
	sql_bind_i64(q, 1, id);
	sql_bind_str(q, 2, words);
	return sql_run(q, e);
}

enum err_code draft_let_go(struct store *store, int64_t id, struct err *e)
{
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	return files_use_drop(store, STR("draft"), draft_path(&a, id), e);
}

/* The organisation does not delete what its draft names. */
static enum err_code put_uses(struct store *store, int64_t id, const struct draft_new *x,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct file_use use = { .kind = STR("draft"), .organisation = x->by->organisation };

	arena_init(&a, 4096);
	use.ref = draft_path(&a, id);
	use.name = x->number.len > 0 ? x->number : use.ref;
	TRY(draft_let_go(store, id, e));
	for (size_t i = 0; i < json_count(x->evidence); i++)
		TRY(files_use_put_own(store, json_get_str(json_at(x->evidence, i), "digest"), &use,
			e));
	return ERR_OK;
}

static enum err_code last_row(struct store *store, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LAST_ROW);
	bool row;

	TRY(sql_step(q, &row, e));
	*ret = sql_i64(q, 0);
	return ERR_OK;
}

enum err_code draft_insert(struct store *store, struct draft_new *x, struct err *e)
{
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_PUT);
		sql_bind_i64(q, 1, x->by->organisation);
		sql_bind_str(q, 2, x->number);
		sql_bind_str(q, 3, x->title);
		sql_bind_str(q, 4, x->body);
		if (x->amends)
			sql_bind_blob(q, 5, x->amends, 16);
		else
			sql_bind_null(q, 5);
		sql_bind_i64(q, 6, x->now);
		sql_bind_i64(q, 7, x->by->account);
		sql_bind_str(q, 8, x->amend_reason.at ? x->amend_reason : STR(""));
		TRY(sql_run(q, e));
	}
	TRY(last_row(store, &x->id, e));
	TRY(account_run(store, SQL_DRAFT_EDITOR_PUT, x->id, x->by->account, e));
	TRY(put_words(store, x->id, x->words, e));
	TRY(put_uses(store, x->id, x, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = x->action,
		.actor = x->by->name, .address = x->by->address, .target = draft_path(&a, x->id),
		.detail = x->detail.at ? x->detail : STR("") }, e);
}

static enum err_code insert(void *context, struct store *store, struct err *e)
{
	return draft_insert(store, context, e);
}

enum err_code draft_add(struct service *s, struct arena *a, const struct json *body,
	struct draft_new *x, struct err *e)
{
	TRY(draft_prepare(a, body, x, e));
	return ledger_write(s->ledger, insert, x, e);
}

struct writing {
	struct draft_new new;
	struct draft_at at;
	bool done;
};

static enum err_code write_body(void *context, struct store *store, struct err *e)
{
	struct writing *w = context;
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_SAVE);
		sql_bind_i64(q, 1, w->at.id);
		sql_bind_i64(q, 2, w->new.by->organisation);
		sql_bind_i64(q, 3, (int64_t)w->at.revision);
		sql_bind_str(q, 4, w->new.number);
		sql_bind_str(q, 5, w->new.title);
		sql_bind_str(q, 6, w->new.body);
		sql_bind_i64(q, 7, w->new.now);
		sql_bind_i64(q, 8, w->new.by->account);
		TRY(sql_step(q, &w->done, e));
	}
	if (!w->done)
		return ERR_OK;
	TRY(account_run(store, SQL_DRAFT_EDITOR_PUT, w->at.id, w->new.by->account, e));
	TRY(put_words(store, w->at.id, w->new.words, e));
	TRY(put_uses(store, w->at.id, &w->new, e));
	return audit_put(store, w->new.now, &(struct audit_entry){ .action = w->new.action,
		.actor = w->new.by->name, .address = w->new.by->address,
		.target = draft_path(&a, w->at.id), .detail = w->new.detail }, e);
}

enum err_code draft_write(struct service *s, struct arena *a, const struct account_who *by,
	struct draft_at at, const struct json *body, const char *action, struct str detail,
	struct err *e)
{
	struct writing w = { .at = at, .new = { .by = by, .action = action, .detail = detail,
		.now = instant_now() } };

	TRY(draft_prepare(a, body, &w.new, e));
	TRY(ledger_write(s->ledger, write_body, &w, e));
	return w.done ? ERR_OK : draft_refuse(e, ERR_CONFLICT, "changed", "the draft was changed "
		"meanwhile, or is not being drafted any more");
}

/* ---- a new one ------------------------------------------------------------------------------- */

/* The certificate of the newest accreditation in force, when there is one. */
static struct json *accreditation_of(struct service *s, struct arena *a, struct str lab)
{
	struct json *v = json_new_object(a), *authority = json_new_object(a), *doc;
	struct str type = STR("CMA"), number = STR("");
	struct ledger_found *found;
	size_t count;

	if (ledger_statements_about(s->ledger, a, KIND_ACCREDITATION, lab, &found, &count, NULL) ==
		ERR_OK && count > 0 && json_parse(a, found[count - 1].body, &doc, NULL) == ERR_OK) {
		const struct json *subject = json_get(doc, "credentialSubject");
		struct str given = json_get_str(subject, "certificateType");
		number = json_get_str(subject, "certificateNumber");
		type = given.at ? given : type;
	}
	authority = json_set_str(a, authority, "id", s->config->did);
	v = json_set(a, v, "authority", json_set_str(a, authority, "name", s->config->name_zh));
	v = json_set_str(a, v, "certificateType", type);
	return number.len > 0 ? json_set_str(a, v, "certificateNumber", number) : v;
}

/* What stays the same from one report of a lab to the next. */
static enum err_code copy_habits(struct service *s, struct arena *a, const struct account_who *by,
	struct json **io, struct err *e)
{
	static const char *const habits[] = { "lab", "places", "sampling", "onlyItemsTested",
		"externalResults", "decisionRule" };
	struct json *last = NULL;
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_LAST);
	sql_bind_i64(q, 1, by->organisation);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	TRY(json_parse(a, str_copy(a, sql_str(q, 0)), &last, e));
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
		if (json_get(last, habits[i]))
			*io = json_set(a, *io, habits[i], json_copy(a, json_get(last, habits[i])));
	return ERR_OK;
}

enum err_code draft_base(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	struct json *v = json_set_text(a, json_new_object(a), "kind", "report-draft");
	struct json *lab = json_set_str(a, json_new_object(a), "name", by->organisation_name);

	v = json_set(a, v, "lab", lab);
	v = json_set(a, v, "items", json_new_array(a));
	v = json_set(a, v, "evidence", json_new_array(a));
	TRY(copy_habits(s, a, by, &v, e));
	*ret = json_set(a, v, "accreditation", accreditation_of(s, a, draft_lab(s, a, by)));
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "draft needs too much memory");
}

enum err_code service_draft_new(struct service *s, struct arena *a, const struct account_who *by,
	int64_t *ret, struct err *e)
{
	struct draft_new x = { .by = by, .action = "draft", .now = instant_now() };
	struct json *body;

	CHECK(by->may & (MAY(DRAFT) | MAY(SIGN)));
	TRY(draft_base(s, a, by, &body, e));
	TRY(draft_add(s, a, body, &x, e));
	*ret = x.id;
	return ERR_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

static enum err_code check_revision(const struct draft *d, struct draft_at at, struct err *e)
{
	if (d->revision != at.revision)
		return draft_refuse(e, ERR_CONFLICT, "changed", "the draft was changed meanwhile");
	if (!str_is(d->state, DRAFTING))
		return draft_refuse(e, ERR_CONFLICT, "not-drafting", "the draft is not being "
			"drafted any more");
	return ERR_OK;
}

/* The item list with one element replaced, added (behind the last) or, for NULL, taken out. */
static struct json *with_item(struct arena *a, const struct json *items, size_t index,
	struct json *item)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(items); i++)
		if (i != index)
			list = json_push(a, list, json_copy(a, json_at(items, i)));
		else if (item)
			list = json_push(a, list, item);
	return item && index >= json_count(items) ? json_push(a, list, item) : list;
}

/* Title and clause come from the scheme, with the item, unless something else was typed. */
static bool is_of_scheme(struct arena *a, const struct draft_field *f, struct str typed,
	const struct json *before)
{
	bool follows = strcmp(f->name, "d-item-title") == 0 || strcmp(f->name, "d-clause") == 0;

	return follows && (str_trim(typed).len == 0 || str_eq(str_trim(typed), draft_text(a, f,
		before)));
}

enum err_code service_draft_save(struct service *s, struct arena *a, const struct account_who *by,
	struct draft_at at, enum draft_section section, size_t item, const struct json *typed,
	struct json **ret_problems, struct err *e)
{
	struct draft_rules rules = draft_rules_of(s);
	struct json *problems = json_new_object(a), *io;
	const struct json *items, *before;
	struct draft d;

	*ret_problems = problems;
	TRY(draft_find(s, a, by, at.id, &d, e));
	items = json_get(d.body, "items");
	if (section == DRAFT_RESULT && item > json_count(items))
		return err_set(e, ERR_NOT_FOUND, "draft %lld has no item %zu", (long long)at.id,
			item);
	io = section != DRAFT_RESULT ? json_copy(a, d.body) : item > 0 ? json_copy(a,
		json_at(items, item - 1)) : json_new_object(a);
	before = io;
	for (size_t i = 0; i < draft_field_count; i++) {
		const struct draft_field *f = &draft_fields[i];
		struct str text = json_get_str(typed, f->name);
		if (f->section == section && text.at && !is_of_scheme(a, f, text, before))
			(void)draft_take(a, &rules, f, text, d.body, &io, problems);
	}
	if (section == DRAFT_RESULT && json_get_str(io, "item").len == 0)
		draft_wrong(a, problems, "d-item", "missing", 0);
	TRY(form_check(problems, e));
	TRY(check_revision(&d, at, e));
	if (section == DRAFT_RESULT) {
		struct json *list = with_item(a, items, item > 0 ? item - 1 : SIZE_MAX, io);
		if (json_count(list) > LIMIT_REPORT_ITEMS)
			return err_set(e, ERR_TOO_LARGE, "a report has at most %d items",
				LIMIT_REPORT_ITEMS);
		io = json_set(a, json_copy(a, d.body), "items", list);
	}
	return draft_write(s, a, by, at, io, "draft-change",
		str_of(draft_section_name(section)), e);
}

enum err_code service_draft_drop_item(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, size_t item, struct err *e)
{
	const struct json *items;
	struct json *body;
	struct draft d;

	TRY(draft_find(s, a, by, at.id, &d, e));
	TRY(check_revision(&d, at, e));
	items = json_get(d.body, "items");
	if (item == 0 || item > json_count(items))
		return err_set(e, ERR_NOT_FOUND, "draft %lld has no item %zu", (long long)at.id,
			item);
	body = json_set(a, json_copy(a, d.body), "items", with_item(a, items, item - 1, NULL));
	return draft_write(s, a, by, at, body, "draft-change", str_printf(a, "without item "
		STR_FMT, STR_ARG(json_get_str(json_at(items, item - 1), "item"))), e);
}

/* ---- handing over, sending back, discarding -------------------------------------------------- */

struct turning {
	const struct account_who *by;
	struct draft_at at;
	const char *action, *from, *to, *notice;
	struct str reason;
	int64_t now;
	bool done;
};

enum err_code draft_notify(struct store *store, int64_t now, const char *word, struct str number,
	int64_t id, int64_t one, int64_t other, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct notice n = { .word = word, .account = one };

	arena_init(&a, 4096);
	n.path = draft_path(&a, id);
	n.name = number.len > 0 ? number : n.path;
	TRY(notice_put(store, now, &n, e));
	if (other == one)
		return ERR_OK;
	n.account = other;
	return notice_put(store, now, &n, e);
}

static enum err_code turn(void *context, struct store *store, struct err *e)
{
	struct turning *t = context;
	SCOPED_ARENA a = { 0 };
	struct str number = STR("");
	int64_t one = 0, other = 0;

	arena_init(&a, 8192);
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_STATE);
		sql_bind_i64(q, 1, t->at.id);
		sql_bind_i64(q, 2, t->by->organisation);
		sql_bind_i64(q, 3, (int64_t)t->at.revision);
		sql_bind_str(q, 4, str_of(t->from));
		sql_bind_str(q, 5, str_of(t->to));
		sql_bind_str(q, 6, t->reason);
		sql_bind_i64(q, 7, t->now);
		TRY(sql_step(q, &t->done, e));
		if (t->done) {
			number = str_copy(&a, sql_str(q, 0));
			one = sql_i64(q, 1);
			other = sql_i64(q, 2);
		}
	}
	if (!t->done)
		return ERR_OK;
	if (strcmp(t->to, DISCARDED) == 0)
		TRY(draft_let_go(store, t->at.id, e));
	if (strcmp(t->to, READY) == 0)
		TRY(notice_put(store, t->now, &(struct notice){ .word = t->notice, .name = number,
			.path = draft_path(&a, t->at.id), .organisation = t->by->organisation,
			.to = CAPABILITY_SIGN }, e));
	else if (t->notice)
		TRY(draft_notify(store, t->now, t->notice, number, t->at.id, one, other, e));
	return audit_put(store, t->now, &(struct audit_entry){ .action = t->action,
		.actor = t->by->name, .address = t->by->address, .target = draft_path(&a,
		t->at.id), .detail = t->reason }, e);
}

static enum err_code run_turn(struct service *s, struct turning *t, struct err *e)
{
	t->now = instant_now();
	TRY(ledger_write(s->ledger, turn, t, e));
	return t->done ? ERR_OK : draft_refuse(e, ERR_CONFLICT, "changed", "the draft was changed "
		"meanwhile, or is in another state");
}

/* What only the whole tells: the schema, the statement that would become of it. */
static enum err_code check_whole(struct service *s, struct arena *a, const struct account_who *by,
	const struct draft *d, struct json *problems, struct err *e)
{
	struct err problem = { 0 };
	struct json *subject;
	struct store *store;
	uint8_t uuid[16];
	bool row;

	service_uuid(uuid);
	if (rules_check(s->rules, "report-draft", d->body, d->text, &problem) != ERR_OK ||
		report_subject_from_draft(a, d->body, statement_id_text(a, uuid), draft_lab(s, a,
		by), &subject, &problem) != ERR_OK) {
		draft_refused(a, problems, &problem);
		return ERR_OK;
	}
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_NUMBER_USED);
	sql_bind_str(q, 1, d->number);
	sql_bind_str(q, 2, draft_lab(s, a, by));
	TRY(sql_step(q, &row, e));
	if (row)
		draft_wrong(a, problems, "d-number", "d-number-used", 0);
	return ERR_OK;
}

enum err_code service_draft_hand_over(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, struct json **ret_problems,
	struct err *e)
{
	struct turning t = { .by = by, .at = at, .action = "draft-hand-over", .from = DRAFTING,
		.to = READY, .notice = "draft-ready", .reason = STR("") };
	struct json *problems = json_new_object(a);
	struct draft d;

	*ret_problems = problems;
	TRY(draft_find(s, a, by, at.id, &d, e));
	TRY(check_revision(&d, at, e));
	draft_missing(a, d.body, problems);
	if (json_count(problems) == 0)
		TRY(check_whole(s, a, by, &d, problems, e));
	TRY(form_check(problems, e));
	return run_turn(s, &t, e);
}

enum err_code service_draft_send_back(struct service *s, const struct account_who *by,
	struct draft_at at, struct str reason, struct err *e)
{
	struct turning t = { .by = by, .at = at, .action = "draft-send-back", .from = READY,
		.to = DRAFTING, .notice = "draft-sent-back", .reason = reason };

	CHECK(by->may & MAY(SIGN));
	if (reason.len == 0 || reason.len > LIMIT_DRAFT_REASON_BYTES)
		return err_set(e, ERR_INVALID, "field \"reason\": 1 to %d bytes",
			LIMIT_DRAFT_REASON_BYTES);
	return run_turn(s, &t, e);
}

enum err_code service_draft_discard(struct service *s, const struct account_who *by,
	struct draft_at at, struct err *e)
{
	struct turning t = { .by = by, .at = at, .action = "draft-discard", .from = DRAFTING,
		.to = DISCARDED, .reason = STR("") };

	CHECK(by->may & MAY(DRAFT));
	return run_turn(s, &t, e);
}
