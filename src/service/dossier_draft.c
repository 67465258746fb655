/* dossier_draft.c - a request in five steps: kept as typed, judged at each, sent at the end. */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/agreement.h"
#include "recognition/material.h"
#include "recognition/report.h"
#include "service/agreement_service.h"
#include "service/dossier_inner.h"
#include "service/files.h"

static const char *const step_names[DRAFT_STEPS] = { "vehicle", "reports", "odd", "documents",
	"send" };

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct draft {
	int64_t id;
	unsigned step;
	struct json *typed;
	struct json *vehicles;     /* rows of service_vehicles */
	const struct json *vehicle;        /* the one chosen, or NULL */
};

static enum err_code load(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct draft *ret, struct err *e)
{
	struct draft d = { .id = id, .step = 1, .typed = json_new_object(a) };
	struct store *store;
	struct json *list;

	TRY(ledger_reader(s->ledger, &store, e));
	if (id != 0) {
		struct dossier_draft kept;
		TRY(dossier_draft_find(s, store, a, by, id, &kept, e));
		d.step = kept.step;
		TRY(json_parse(a, kept.text, &d.typed, e));
	}
	TRY(service_vehicles(s, a, by, STR(""), &list, e));
	d.vehicles = json_copy(a, json_get(list, "rows"));
	for (uint32_t i = 0; i < json_count(d.vehicles); i++)
		if (str_eq(json_get_str(json_at(d.vehicles, i), "fingerprint"),
			json_get_str(d.typed, "configuration")))
			d.vehicle = json_at(d.vehicles, i);
	*ret = d;
	return ERR_OK;
}

static bool lists(const struct json *list, struct str word)
{
	for (uint32_t i = 0; i < json_count(list); i++)
		if (str_eq(json_str(json_at(list, i)), word))
			return true;
	return false;
}

/* ---- what a step shows ----------------------------------------------------------------------- */

static struct json *steps_model(struct arena *a, const struct draft *d, unsigned at)
{
	struct json *list = json_new_array(a);

	for (unsigned i = 0; i < DRAFT_STEPS; i++) {
		struct json *v = json_set_number(a, json_new_object(a), "number", i + 1);
		v = json_set_text(a, v, "part", step_names[i]);
		v = json_set(a, v, "now", json_new_bool(a, i + 1 == at));
		v = json_set(a, v, "open", json_new_bool(a, d->id != 0 && i + 1 <= d->step));
		v = json_set(a, v, "done", json_new_bool(a, i + 1 < d->step));
		list = json_push(a, list, v);
	}
	return list;
}

static struct json *show_vehicles(struct arena *a, const struct draft *d, struct json *v)
{
	for (uint32_t i = 0; i < json_count(d->vehicles); i++)
		if (!json_set(a, d->vehicles->items[i], "on", json_new_bool(a,
			json_count(d->vehicles) == 1 || json_at(d->vehicles, i) == d->vehicle)))
			return NULL;
	v = json_set(a, v, "vehicles", d->vehicles);
	return json_set_str(a, v, "vins", json_get_str(d->typed, "vins").at ?
		json_get_str(d->typed, "vins") : STR(""));
}

static struct json *show_reports(struct arena *a, const struct draft *d, struct json *v)
{
	const struct json *all = json_get(d->vehicle, "reports");
	const struct json *chosen = json_get(d->typed, "reports");
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < json_count(all); i++) {
		struct json *one = json_copy(a, json_at(all, i));
		struct str id = json_get_str(one, "id");
		bool on = chosen ? lists(chosen, id) : str_is(json_get_str(one, "state"), "valid");
		if (json_true(json_get(one, "own")))
			continue; /* needs no recognition here */
		one = json_set(a, one, "on", json_new_bool(a, on));
		one = json_set_str(a, one, "uuid", str_skip(id, 9));
		list = json_push(a, list, one);
	}
	return json_set(a, v, "reports", list);
}

/* ODD of the first report chosen: to start from. */
static const struct json *tested_odd(const struct draft *d)
{
	const struct json *all = json_get(d->vehicle, "reports");
	const struct json *chosen = json_get(d->typed, "reports");

	for (uint32_t i = 0; i < json_count(all); i++)
		if (lists(chosen, json_get_str(json_at(all, i), "id")))
			return json_get(json_at(all, i), "odd");
	return NULL;
}

static struct json *show_odd(struct service *s, struct arena *a, const struct draft *d,
	struct json *v)
{
	const struct json *elements = json_get(rules_clauses_file(s->rules)->doc, "elements");
	const struct json *typed = json_get(d->typed, "odd"), *tested = tested_odd(d);
	const struct json *on = typed ? typed : json_get(tested, "elements");
	struct json *groups = json_new_array(a), *list = NULL;
	struct str last = STR(""), speed = json_get_str(d->typed, "speed");

	for (uint32_t i = 0; i < json_count(elements); i++) {
		struct str word = json_get_str(json_at(elements, i), "id"), rest = word;
		struct str group = str_cut(&rest, ':');
		struct json *one = json_set_str(a, json_new_object(a), "element", word);
		if (!list || !str_eq(group, last)) {
			struct json *g = json_set_str(a, json_new_object(a), "odd_group", group);
			list = json_new_array(a);
			if (!json_push(a, groups, json_set(a, g, "elements", list)))
				return NULL;
			last = group;
		}
		one = json_set(a, one, "title", dossier_word(s, a, "elements", word));
		one = json_set(a, one, "on", json_new_bool(a, lists(on, word)));
		if (!json_push(a, list, one))
			return NULL;
	}
	if (!speed.at)
		speed = json_get_str(tested, "maxSpeed");
	v = json_set(a, v, "groups", groups);
	return json_set_str(a, v, "speed", speed.at ? speed : STR(""));
}

/* Documents that the agreement with the reports' city asks for; without one, all the rules know. */
static enum err_code asked_documents(struct service *s, struct arena *a, const struct draft *d,
	struct json **ret, struct err *e)
{
	const struct json *city = json_get(json_at(json_get(d->vehicle, "reports"), 0), "city");
	const struct json *words = json_get(rules_clauses_file(s->rules)->doc, "documents");
	struct json *list = json_new_array(a);
	struct ledger_found found;
	struct statement st;
	struct agreement g = { .document_count = 0 };
	bool known = json_get_str(city, "did").at && agreement_find_in_force(s, a, s->config->did,
		json_get_str(city, "did"), instant_now(), &found, NULL) == ERR_OK &&
		statement_parse(a, found.body, &st, NULL) == ERR_OK &&
		agreement_parse(a, &st, &g, NULL) == ERR_OK;

	for (uint32_t i = 0; i < (known ? g.document_count : json_count(words)); i++) {
		const struct agreement_document *of = known ? &g.documents[i] : NULL;
		struct str word = of ? of->document : json_get_str(json_at(words, i), "id");
		struct json *one = json_set_str(a, json_new_object(a), "document", word);
		if (of && !of->at[g.strength])
			continue;
		one = json_set(a, one, "title", dossier_word(s, a, "documents", word));
		one = json_set(a, one, "dated", json_new_bool(a, !of || of->dated));
		if (of)
			one = json_set_str(a, one, "needed", of->when);
		list = json_push(a, list, one);
	}
	*ret = list;
	return list ? ERR_OK : full(e);
}

static enum err_code show_documents(struct service *s, struct arena *a, const struct draft *d,
	struct json *v, struct err *e)
{
	struct json *list, *files;
	struct store *store;

	TRY(asked_documents(s, a, d, &list, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(dossier_documents(s, store, a, 0, d->id, &files, e));
	for (uint32_t i = 0; i < json_count(list); i++) {
		struct json *file = NULL;
		for (uint32_t k = 0; k < json_count(files); k++)
			if (str_eq(json_get_str(files->items[k], "document"),
				json_get_str(list->items[i], "document")))
				file = json_copy(a, files->items[k]);
		if (file && !json_set(a, list->items[i], "file", file))
			return full(e);
	}
	return json_set(a, v, "documents", list) ? ERR_OK : full(e);
}

/* ---- judging --------------------------------------------------------------------------------- */

/* VINs as typed: separated by anything that is no letter or digit; in capitals. One more than a
 * report may have is enough to see that there are too many. */
static struct json *split_vins(struct arena *a, struct str text)
{
	struct json *list = json_new_array(a);
	char *at = arena_copy(a, text.at ? text.at : "", text.len);
	size_t start = 0;

	for (size_t i = 0; at && i <= text.len && json_count(list) <= REPORT_VINS_MAX; i++) {
		char c = i < text.len ? at[i] : ' ';
		bool part = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			(c >= 'a' && c <= 'z');
		if (part && c >= 'a')
			at[i] = (char)(c & ~0x20);
		if (part)
			continue;
		if (i > start && !lists(list, (struct str){ at + start, i - start }))
			list = json_push(a, list, json_new_str(a, (struct str){ at + start,
				i - start }));
		start = i + 1;
	}
	return at ? list : NULL;
}

static void judge_vehicle(struct arena *a, const struct draft *d, struct json *problems)
{
	struct str typed = json_get_str(d->typed, "vins");
	struct json *vins = split_vins(a, typed);
	const struct str *list;
	uint32_t count;

	if (!d->vehicle)
		form_wrong(a, problems, "configuration", "choose");
	if (typed.len > 0 && vins_parse(a, vins, &list, &count, NULL) != ERR_OK)
		form_wrong(a, problems, "vins", "vins");
}

static void judge_reports(struct arena *a, const struct draft *d, struct json *problems)
{
	const struct json *chosen = json_get(d->typed, "reports");
	const struct json *all = json_get(d->vehicle, "reports");
	const struct json *city = NULL;
	uint32_t found = 0;

	for (uint32_t i = 0; i < json_count(all); i++) {
		const struct json *one = json_at(all, i);
		if (!lists(chosen, json_get_str(one, "id")))
			continue;
		if (city && !str_eq(json_get_str(city, "did"),
			json_get_str(json_get(one, "city"), "did"))) {
			form_wrong(a, problems, "reports", "cities");
			return;
		}
		city = json_get(one, "city");
		found++;
	}
	if (json_count(chosen) > LIMIT_REQUEST_REPORTS)
		form_wrong(a, problems, "reports", "many");
	else if (found == 0 || found != json_count(chosen))
		form_wrong(a, problems, "reports", "choose");
}

/* Decimal km/h: "60", "37.5". */
static bool is_speed(struct str s)
{
	size_t dots = 0;

	for (size_t i = 0; i < s.len; i++) {
		dots += s.at[i] == '.';
		if (s.at[i] != '.' && (s.at[i] < '0' || s.at[i] > '9'))
			return false;
	}
	return s.len > 0 && s.len <= 6 && dots <= 1 && s.at[0] != '.' && s.at[s.len - 1] != '.' &&
		(s.at[0] != '0' || s.len == 1 || s.at[1] == '.');
}

static void judge_odd(struct service *s, struct arena *a, const struct draft *d,
	struct json *problems)
{
	const struct json *odd = json_get(d->typed, "odd");
	struct str speed = json_get_str(d->typed, "speed");

	if (json_count(odd) == 0)
		form_wrong(a, problems, "odd", "choose");
	for (uint32_t i = 0; i < json_count(odd); i++)
		if (!rules_word(s->rules, "elements", json_str(json_at(odd, i)))) {
			form_wrong(a, problems, "odd", "choose");
			break;
		}
	if (speed.len > 0 && !is_speed(speed))
		form_wrong(a, problems, "speed", "speed");
}

static void judge(struct service *s, struct arena *a, const struct draft *d, unsigned step,
	struct json *problems)
{
	if (step == 1)
		judge_vehicle(a, d, problems);
	else if (step == 2)
		judge_reports(a, d, problems);
	else if (step == 3)
		judge_odd(s, a, d, problems);
}

/* ---- the request it becomes ------------------------------------------------------------------ */

static int by_word(const void *one, const void *other)
{
	return str_cmp(json_str(*(struct json *const *)one),
		json_str(*(struct json *const *)other));
}

static struct json *request_of(struct arena *a, const struct draft *d)
{
	struct str typed = json_get_str(d->typed, "vins"), speed = json_get_str(d->typed, "speed");
	struct json *v = json_new_object(a), *odd = json_copy(a, json_get(d->typed, "odd"));

	if (json_count(odd) > 1)
		qsort(odd->items, odd->count, sizeof(*odd->items), by_word);
	v = json_set(a, v, "reports", json_copy(a, json_get(d->typed, "reports")));
	v = json_set_str(a, v, "applicant", json_get_str(d->vehicle, "applicant"));
	v = json_set(a, v, "vins", typed.len > 0 ? split_vins(a, typed) :
		json_copy(a, json_get(d->vehicle, "vins")));
	v = json_set(a, v, "odd", odd);
	return speed.len > 0 ? json_set_str(a, v, "maxSpeed", speed) : v;
}

enum err_code service_dossier_draft(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, unsigned step, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct draft d;

	TRY(load(s, a, by, id, &d, e));
	if (step < 1 || step > DRAFT_STEPS || step > d.step)
		return err_set(e, ERR_NOT_FOUND, "this step is not reached yet");
	if (id != 0)
		v = json_set_number(a, v, "id", (double)id);
	v = json_set_number(a, v, "at", step);
	v = json_set_text(a, v, "part", step_names[step - 1]);
	v = json_set(a, v, "steps", steps_model(a, &d, step));
	if (step == 1)
		v = show_vehicles(a, &d, v);
	else if (step == 2)
		v = show_reports(a, &d, v);
	else if (step == 3)
		v = show_odd(s, a, &d, v);
	else
		TRY(show_documents(s, a, &d, v, e));
	if (step == DRAFT_STEPS) {
		v = json_set(a, v, "request", dossier_content(s, a, request_of(a, &d)));
		v = json_set_str(a, v, "title", json_get_str(d.vehicle, "model"));
	}
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* ---- keeping --------------------------------------------------------------------------------- */

struct keeping {
	const struct account_who *by;
	int64_t id, now;           /* id 0: a new one */
	int64_t made;              /* its number; `id` stays, for the job may run again */
	unsigned step;
	struct str text;
};

static enum err_code put_new(struct store *store, struct keeping *k, struct err *e)
{
	bool row;
	{
		SCOPED_SQL count = sql_use(store, SQL_DOSSIER_DRAFT_COUNT);
		sql_bind_i64(count, 1, k->by->organisation);
		TRY(sql_step(count, &row, e));
		if (sql_i64(count, 0) >= LIMIT_REQUEST_DRAFTS)
			return err_set(e, ERR_TOO_LARGE, "there are %d drafts already",
				LIMIT_REQUEST_DRAFTS);
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_DRAFT_PUT);
		sql_bind_i64(q, 1, k->by->organisation);
		sql_bind_i64(q, 2, k->by->account);
		sql_bind_i64(q, 3, k->step);
		sql_bind_str(q, 4, k->text);
		sql_bind_i64(q, 5, k->now);
		TRY(sql_run(q, e));
	}
	SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
	TRY(sql_step(last, &row, e));
	k->made = sql_i64(last, 0);
	return ERR_OK;
}

static enum err_code write_draft(void *context, struct store *store, struct err *e)
{
	struct keeping *k = context;
	bool row;

	if (k->id == 0)
		return put_new(store, k, e);
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_DRAFT_SET);
	sql_bind_i64(q, 1, k->id);
	sql_bind_i64(q, 2, k->by->organisation);
	sql_bind_i64(q, 3, k->step);
	sql_bind_str(q, 4, k->text);
	sql_bind_i64(q, 5, k->now);
	sql_bind_i64(q, 6, k->by->account);
	TRY(sql_step(q, &row, e));
	return row ? ERR_OK : err_set(e, ERR_NOT_FOUND, "no draft has this number");
}

static enum err_code drop_draft(struct store *store, const struct keeping *k, struct err *e)
{
	bool row;

	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_DRAFT_DROP);
	sql_bind_i64(q, 1, k->id);
	sql_bind_i64(q, 2, k->by->organisation);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no draft has this number");
	return ERR_OK;
}

struct str dossier_draft_path(struct arena *a, int64_t draft)
{
	return str_printf(a, "/requests/new/%lld/4", (long long)draft);
}

static enum err_code write_drop(void *context, struct store *store, struct err *e)
{
	const struct keeping *k = context;
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 1024);
	TRY(drop_draft(store, k, e));
	TRY(files_use_drop(store, STR("draft"), dossier_draft_path(&a, k->id), e));
	return account_run_one(store, SQL_DOSSIER_DRAFT_DOCUMENTS_DROP, k->id, e);
}

enum err_code service_dossier_draft_drop(struct service *s, const struct account_who *by,
	int64_t id, struct err *e)
{
	struct keeping k = { .by = by, .id = id };

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	return ledger_write(s->ledger, write_drop, &k, e);
}

/* What was typed goes over what was there; another vehicle makes its reports and ODD void. */
static enum err_code merge(struct arena *a, struct draft *d, const struct json *typed,
	struct err *e)
{
	struct str before = json_get_str(d->typed, "configuration");
	struct json *v = json_copy(a, d->typed);

	for (uint32_t i = 0; i < json_count(typed); i++)
		v = json_set(a, v, str_z(a, typed->members[i].name),
			json_copy(a, typed->members[i].value));
	if (before.at && !str_eq(before, json_get_str(v, "configuration"))) {
		v = json_without(a, json_without(a, v, "reports"), "odd");
		d->step = 1;
	}
	d->typed = v;
	d->vehicle = NULL;
	for (uint32_t i = 0; i < json_count(d->vehicles); i++)
		if (str_eq(json_get_str(json_at(d->vehicles, i), "fingerprint"),
			json_get_str(v, "configuration")))
			d->vehicle = json_at(d->vehicles, i);
	if (d->vehicle)
		d->typed = json_set(a, v, "model", json_copy(a, json_get(d->vehicle, "model")));
	return d->typed ? ERR_OK : full(e);
}

enum err_code service_dossier_draft_put(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, unsigned step, const struct json *typed,
	struct json **ret_problems, int64_t *ret_id, struct err *e)
{
	struct json *problems = json_new_object(a);
	struct keeping k = { .by = by, .id = id, .now = instant_now() };
	struct draft d;

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	*ret_problems = problems;
	TRY(load(s, a, by, id, &d, e));
	if (step < 1 || step >= DRAFT_STEPS || step > d.step)
		return err_set(e, ERR_NOT_FOUND, "this step is not reached yet");
	TRY(merge(a, &d, typed, e));
	judge(s, a, &d, step, problems);
	if (json_count(problems) == 0 && d.step == step)
		d.step = step + 1;
	k.step = d.step;
	TRY(json_jcs(a, d.typed, &k.text, e));
	TRY(ledger_write(s->ledger, write_draft, &k, e));
	*ret_id = id == 0 ? k.made : id;
	return form_check(problems, e);
}

/* ---- sending --------------------------------------------------------------------------------- */

struct sending {
	struct service *s;
	struct keeping k;
	struct str title, text, words;
	int64_t id;
};

static enum err_code put_dossier(struct store *store, struct sending *x, struct err *e)
{
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_PUT);
		sql_bind_i64(q, 1, x->k.by->organisation);
		sql_bind_i64(q, 2, x->k.by->account);
		sql_bind_str(q, 3, x->title);
		sql_bind_str(q, 4, x->text);
		sql_bind_i64(q, 5, x->k.now);
		TRY(sql_run(q, e));
		SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
		TRY(sql_step(last, &row, e));
		x->id = sql_i64(last, 0);
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_DOSSIER_WORDS);
		sql_bind_i64(q, 1, x->id);
		sql_bind_str(q, 2, x->words);
		TRY(sql_run(q, e));
	}
	return account_run(store, SQL_DOSSIER_DRAFT_DOCUMENTS_MOVE, x->k.id, x->id, e);
}

static enum err_code write_send(void *context, struct store *store, struct err *e)
{
	struct sending *x = context;
	struct dossier_change c = { .s = x->s, .by = x->k.by, .event = "sent",
		.action = "send-request", .clock = CLOCK_BEGIN, .clock_id = "decision",
		.tell_officers = "request-new", .now = x->k.now };
	SCOPED_ARENA a = { 0 };

	TRY(drop_draft(store, &x->k, e));
	TRY(put_dossier(store, x, e));
	c.id = x->id;
	TRY(dossier_write(store, &c, e));
	arena_init(&a, 1024);
	return files_use_move(store, STR("draft"), dossier_draft_path(&a, x->k.id),
		&(struct file_use){ .kind = STR("request"), .name = str_of(c.number),
			.ref = str_printf(&a, "/requests/%lld", (long long)x->id) }, e);
}

/* What the request is found by: vehicle, VINs, reports' numbers, the company's name. */
static struct str words_of(struct arena *a, const struct account_who *by, const struct draft *d,
	const struct json *request)
{
	const struct json *vins = json_get(request, "vins"), *all = json_get(d->vehicle, "reports");
	SCOPED_BUF b = { 0 };

	buf_init(&b, 65536);
	buf_put_str(&b, json_get_str(d->vehicle, "model"));
	buf_put_char(&b, ' ');
	buf_put_str(&b, by->organisation_name);
	for (uint32_t i = 0; i < json_count(vins); i++) {
		buf_put_char(&b, ' ');
		buf_put_str(&b, json_str(json_at(vins, i)));
	}
	for (uint32_t i = 0; i < json_count(all); i++) {
		if (!lists(json_get(request, "reports"), json_get_str(json_at(all, i), "id")))
			continue;
		buf_put_char(&b, ' ');
		buf_put_str(&b, json_get_str(json_at(all, i), "number"));
	}
	return b.overflow ? STR("") : dossier_fold(a, buf_str(&b));
}

enum err_code service_dossier_draft_send(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret_problems, int64_t *ret_id,
	struct err *e)
{
	struct sending x = { .s = s, .k = { .by = by, .id = id, .now = instant_now() } };
	struct json *problems = json_new_object(a), *request;
	struct decide_request parsed;
	struct draft d;

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	*ret_problems = problems;
	TRY(load(s, a, by, id, &d, e));
	if (d.step < DRAFT_STEPS)
		return err_set(e, ERR_NOT_FOUND, "this step is not reached yet");
	for (unsigned step = 1; step < DRAFT_STEPS; step++)
		judge(s, a, &d, step, problems);
	TRY(form_check(problems, e));
	request = request_of(a, &d);
	TRY(decide_request_parse(a, request, s->rules, &parsed, e));
	TRY(json_jcs(a, request, &x.text, e));
	x.title = json_get_str(d.vehicle, "model");
	x.words = words_of(a, by, &d, request);
	TRY(ledger_write(s->ledger, write_send, &x, e));
	service_wake(s);
	*ret_id = x.id;
	return ERR_OK;
}
