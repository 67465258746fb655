/* keeping.c - accreditations by date, what changes them, and organisations' first keys. */
#include "service/keeping.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "crypto/key.h"
#include "service/account_inner.h"
#include "service/model.h"
#include "service/organisation.h"
#include "service/prepared.h"

#define DAY_S 86400

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- the table ------------------------------------------------------------------------------- */

enum err_code accreditation_project(void *context, struct store *s,
	const struct ledger_event *event, struct err *e)
{
	(void)context;
	if (event->receipt->kind != KIND_ACCREDITATION || !event->own)
		return ERR_OK;
	SCOPED_SQL q = sql_use(s, SQL_ACCREDITATION_PUT);
	sql_bind_blob(q, 1, event->receipt->id_key, 16);
	sql_bind_str(q, 2, json_get_str(event->statement->subject, "id"));
	sql_bind_i64(q, 3, event->statement->valid_from);
	sql_bind_i64(q, 4, event->statement->valid_until);
	return sql_run(q, e);
}

/* ---- the list -------------------------------------------------------------------------------- */

/* Which rows a word of the filter means. */
struct span {
	int64_t from, until;       /* of valid_until */
	const char *status;        /* "*" any, "kept" not withdrawn */
};

static enum err_code span_of(struct str word, int64_t now, struct span *ret, struct err *e)
{
	int64_t soon = now + (int64_t)KEEPING_SOON_DAYS * DAY_S;

	if (word.len == 0)
		*ret = (struct span){ now, INT64_MAX, "kept" };
	else if (str_is(word, "soon"))
		*ret = (struct span){ now, soon, "kept" };
	else if (str_is(word, "expired"))
		*ret = (struct span){ 0, now, "*" };
	else if (str_is(word, "suspended") || str_is(word, "withdrawn"))
		*ret = (struct span){ 0, INT64_MAX,
			str_is(word, "suspended") ? "suspended" : "withdrawn" };
	else
		return err_set(e, ERR_INVALID, "field \"state\": no such state");
	return ERR_OK;
}

/* "<valid_until>-<id without dashes>": where the last page ended. */
static enum err_code read_key(struct str after, int64_t *ret_until, uint8_t ret_id[16],
	struct err *e)
{
	struct str rest = after, first = str_cut(&rest, '-');
	uint64_t until = 0;

	*ret_until = -1;
	memset(ret_id, 0, 16);
	if (after.len == 0)
		return ERR_OK;
	if (str_parse_u64(first, &until, NULL) != ERR_OK || until > INT64_MAX || !rest.at ||
		rest.len != 32 || hex_decode(rest, ret_id, 16, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "field \"after\": no page key");
	*ret_until = (int64_t)until;
	return ERR_OK;
}

static const char *lasts_of(int64_t until, int64_t now)
{
	return until < now ? "past" :
		until < now + (int64_t)KEEPING_SOON_DAYS * DAY_S ? "soon" : "well";
}

static enum err_code push_row(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct json *rows, struct err *e)
{
	struct model_statement m;
	struct json *v;

	TRY(model_load(s, a, id_key, &m, e));
	v = model_row(s, a, &m);
	v = json_set_str(a, v, "uuid", str_skip(m.found.receipt.id, 9)); /* "urn:uuid:" */
	v = json_set_text(a, v, "lasts", lasts_of(m.statement.valid_until, instant_now()));
	return json_push(a, rows, v) ? ERR_OK : full(e);
}

static struct str key_text(struct arena *a, int64_t until, const uint8_t id_key[16])
{
	char hex[33];

	hex_encode(id_key, 16, hex);
	return str_printf(a, "%lld-%s", (long long)until, hex);
}

static enum err_code list_rows(struct service *s, struct arena *a, const struct list_query *query,
	const struct span *span, struct json *v, struct err *e)
{
	struct json *rows = json_new_array(a);
	struct store *store;
	uint8_t id_key[16];
	int64_t until;
	bool row;

	TRY(read_key(query->after.at ? query->after : STR(""), &until, id_key, e));
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ACCREDITATION_LIST);
	sql_bind_i64(q, 1, until);
	sql_bind_blob(q, 2, id_key, 16);
	sql_bind_i64(q, 3, span->from);
	sql_bind_i64(q, 4, span->until);
	sql_bind_str(q, 5, str_of(span->status));
	sql_bind_str(q, 6, query->text.at ? str_trim(query->text) : STR(""));
	sql_bind_i64(q, 7, LIMIT_PAGE_ROWS + 1);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(rows) == LIMIT_PAGE_ROWS) {
			v = json_set_str(a, v, "next", key_text(a, until, id_key));
			break;
		}
		memcpy(id_key, sql_str(q, 0).at, 16);
		until = sql_i64(q, 1);
		TRY(push_row(s, a, id_key, rows, e));
	}
	return json_set(a, v, "rows", rows) ? ERR_OK : full(e);
}

enum err_code service_accreditations(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *asked = json_new_object(a);
	struct span span = { 0 };

	TRY(span_of(query->state.at ? query->state : STR(""), instant_now(), &span, e));
	asked = json_set_str(a, asked, "text", query->text.at ? query->text : STR(""));
	asked = json_set_str(a, asked, "state", query->state.at ? query->state : STR(""));
	v = json_set(a, v, "query", asked);
	if (!v)
		return full(e);
	TRY(list_rows(s, a, query, &span, v, e));
	*ret = v;
	return ERR_OK;
}

/* ---- accrediting ----------------------------------------------------------------------------- */

static bool is_on(const struct str *on, size_t count, struct str tick)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(on[i], tick))
			return true;
	return false;
}

static struct json *scheme_ticks(struct arena *a, const struct scheme *scheme,
	const struct str *on, size_t on_count)
{
	struct json *v = json_new_object(a), *items = json_new_array(a);

	v = json_set_str(a, v, "scheme", scheme->id);
	v = json_set_str(a, v, "edition", scheme->edition);
	v = json_set(a, v, "title", model_text(a, scheme->title.zh, scheme->title.en));
	for (uint32_t i = 0; i < scheme->item_count; i++) {
		const struct scheme_item *item = &scheme->items[i];
		struct str tick = str_printf(a, STR_FMT "|" STR_FMT "|" STR_FMT,
			STR_ARG(scheme->id), STR_ARG(scheme->edition), STR_ARG(item->item));
		struct json *row = json_set_str(a, json_new_object(a), "tick", tick);
		row = json_set_str(a, row, "item", item->item);
		row = json_set(a, row, "title", model_text(a, item->title.zh, item->title.en));
		row = json_set(a, row, "on", json_new_bool(a, is_on(on, on_count, tick)));
		items = json_push(a, items, row);
	}
	return json_set(a, v, "items", items);
}

enum err_code service_accredit_form(struct service *s, struct arena *a, struct str lab,
	const struct str *on, size_t on_count, struct json **ret, struct err *e)
{
	struct json *labs = json_new_array(a), *schemes = json_new_array(a), *v;
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LAB_LIST);
	for (;;) {
		struct json *one = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		one = json_set_str(a, one, "did", str_copy(a, sql_str(q, 0)));
		one = json_set_str(a, one, "name", str_copy(a, sql_str(q, 1)));
		one = json_set_str(a, one, "code", str_copy(a, sql_str(q, 2)));
		one = json_set(a, one, "on", json_new_bool(a, str_eq(lab, sql_str(q, 0))));
		labs = json_push(a, labs, one);
	}
	for (const struct scheme *k = rules_schemes(s->rules); k; k = k->next)
		schemes = json_push(a, schemes, scheme_ticks(a, k, on, on_count));
	v = json_set(a, json_new_object(a), "labs", labs);
	*ret = json_set(a, v, "schemes", schemes);
	return *ret ? ERR_OK : full(e);
}

/* "scheme|edition|item" texts to the scope of a request, by the order of the schemes known here. */
static struct json *scope_of(struct service *s, struct arena *a, const struct accredit_form *f)
{
	struct json *scope = json_new_array(a);

	for (const struct scheme *k = rules_schemes(s->rules); k; k = k->next) {
		struct json *items = json_new_array(a), *row = json_new_object(a);
		for (uint32_t i = 0; i < k->item_count; i++)
			if (is_on(f->items, f->item_count, str_printf(a, STR_FMT "|" STR_FMT "|"
				    STR_FMT, STR_ARG(k->id), STR_ARG(k->edition),
				    STR_ARG(k->items[i].item))))
				items = json_push(a, items, json_new_str(a, k->items[i].item));
		if (json_count(items) == 0)
			continue;
		row = json_set_str(a, row, "scheme", k->id);
		row = json_set_str(a, row, "edition", k->edition);
		scope = json_push(a, scope, json_set(a, row, "items", items));
	}
	return scope;
}

static void check_accredit(struct service *s, struct arena *a, const struct accredit_form *f,
	const struct json *scope, struct json *problems)
{
	int64_t from = 0, until = 0;
	struct str lab;

	if (f->lab.len == 0)
		form_wrong(a, problems, "lab", "missing");
	else if (organisation_did(s, a, f->lab, &lab, NULL) != ERR_OK)
		form_wrong(a, problems, "lab", "lab-unknown");
	if (!str_is(f->type, "CMA") && !str_is(f->type, "CNAS"))
		form_wrong(a, problems, "certificate_type", "missing");
	form_check_text(a, problems, "certificate_number", f->number, 64);
	if (f->from.len == 0)
		form_wrong(a, problems, "valid_from", "missing");
	else if (instant_parse_date(f->from, &from, NULL) != ERR_OK)
		form_wrong(a, problems, "valid_from", "day");
	if (f->until.len == 0)
		form_wrong(a, problems, "valid_until", "missing");
	else if (instant_parse_date(f->until, &until, NULL) != ERR_OK)
		form_wrong(a, problems, "valid_until", "day");
	else if (until <= from)
		form_wrong(a, problems, "valid_until", "day-before");
	if (json_count(scope) == 0)
		form_wrong(a, problems, "scope", "scope");
}

enum err_code service_accredit_prepare(struct service *s, struct arena *a,
	const struct account_who *by, const struct accredit_form *form,
	struct json **ret_problems, int64_t *ret, struct err *e)
{
	struct json *problems = json_new_object(a), *scope = scope_of(s, a, form), *v;
	struct str name;

	*ret_problems = problems;
	check_accredit(s, a, form, scope, problems);
	TRY(form_check(problems, e));
	v = json_set_str(a, json_new_object(a), "lab", form->lab);
	v = json_set_str(a, v, "certificateType", form->type);
	v = json_set_str(a, v, "certificateNumber", form->number);
	v = json_set_str(a, v, "validFrom", form->from);
	v = json_set_str(a, v, "validUntil", form->until);
	v = json_set(a, v, "scope", scope);
	name = str_printf(a, STR_FMT " " STR_FMT " " STR_FMT,
		STR_ARG(organisation_name(s, a, form->lab)), STR_ARG(form->type),
		STR_ARG(form->number));
	if (!v || !name.at)
		return full(e);
	return service_act_prepare(s, a, by, "accredit", name, v, STR(""), ret, e);
}

enum err_code keeping_accredit(struct service *s, struct arena *a, const struct json *request,
	struct err *e)
{
	struct json *answer;

	return service_accredit(s, a, request, &answer, e);
}

/* ---- changing the status --------------------------------------------------------------------- */

static const char *const statuses[] = { "suspended", "reinstated", "withdrawn" };

/* Withdrawn is final; what is suspended can come back or be withdrawn. */
static bool is_open(struct str state, const char *status)
{
	bool suspended = str_is(state, "suspended");

	if (str_is(state, "withdrawn"))
		return false;
	if (strcmp(status, "suspended") == 0)
		return !suspended;
	return strcmp(status, "withdrawn") == 0 || suspended;
}

static enum err_code load_own(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct model_statement *ret, struct err *e)
{
	TRY(model_load(s, a, id_key, ret, e));
	if (!ret->found.own || ret->found.receipt.kind != KIND_ACCREDITATION || !ret->has_body)
		return err_set(e, ERR_NOT_FOUND, "no accreditation of this city has this number");
	return ERR_OK;
}

enum err_code service_accreditation(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct json **ret, struct err *e)
{
	struct json *v, *list = json_new_array(a);
	struct model_statement m;

	TRY(load_own(s, a, id_key, &m, e));
	v = json_without(a, model_row(s, a, &m), "kind"); /* no page of the statement itself */
	v = json_set_text(a, v, "lasts", lasts_of(m.statement.valid_until, instant_now()));
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (is_open(m.state, statuses[i]))
			list = json_push(a, list, json_set_text(a, json_new_object(a), "act_status",
				statuses[i]));
	*ret = json_set(a, v, "may", list);
	return *ret ? ERR_OK : full(e);
}

enum err_code service_status_prepare(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t id_key[16], struct str status,
	struct str reason_zh, struct str reason_en, struct json **ret_problems, int64_t *ret,
	struct err *e)
{
	struct json *problems = json_new_object(a), *reason = json_new_object(a), *v;
	struct model_statement m;
	bool known = false;
	struct str name;

	*ret_problems = problems;
	TRY(load_own(s, a, id_key, &m, e));
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		known = known || (str_is(status, statuses[i]) && is_open(m.state, statuses[i]));
	if (!known)
		form_wrong(a, problems, "act_status", "missing");
	form_check_text(a, problems, "reason_zh", reason_zh, LIMIT_ID_BYTES);
	if (reason_en.len > 0)
		form_check_text(a, problems, "reason_en", reason_en, LIMIT_ID_BYTES);
	TRY(form_check(problems, e));
	reason = json_set_str(a, reason, "zh-CN", reason_zh);
	reason = json_set_str(a, reason, "en", reason_en.len > 0 ? reason_en : reason_zh);
	v = json_set_str(a, json_new_object(a), "id", m.found.receipt.id);
	v = json_set_str(a, v, "status", status);
	v = json_set(a, v, "reason", reason);
	name = str_printf(a, STR_FMT " " STR_FMT,
		STR_ARG(json_get_str(m.statement.subject, "name")),
		STR_ARG(json_get_str(m.statement.subject, "certificateNumber")));
	if (!v || !name.at)
		return full(e);
	return service_act_prepare(s, a, by, "status", name, v, STR(""), ret, e);
}

enum err_code keeping_status(struct service *s, struct arena *a, const struct json *request,
	struct err *e)
{
	struct json *answer;

	return service_status_change(s, a, request, &answer, e);
}

/* ---- organisations without keys -------------------------------------------------------------- */

enum err_code service_organisations_without(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	struct json *rows = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_WITHOUT_DID);
	for (;;) {
		struct json *one = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		one = json_set_str(a, one, "code", str_copy(a, sql_str(q, 0)));
		one = json_set_str(a, one, "name", str_copy(a, sql_str(q, 1)));
		one = json_set_str(a, one, "role", str_copy(a, sql_str(q, 2)));
		rows = json_push(a, rows, one);
	}
	*ret = json_set(a, json_new_object(a), "rows", rows);
	return *ret ? ERR_OK : full(e);
}

/* A multikey a line; empty lines between them are nothing. */
static struct json *keys_of(struct arena *a, struct str text, bool *ret_good)
{
	struct json *keys = json_new_array(a);

	*ret_good = true;
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		struct key_public pub;
		while (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		line = str_trim(line);
		if (line.len == 0)
			continue;
		*ret_good = *ret_good && key_public_from_multikey(line, &pub, NULL) == ERR_OK;
		keys = json_push(a, keys, json_new_str(a, line));
	}
	return keys;
}

static enum err_code find_confirmed(struct store *store, struct arena *a, struct str code,
	struct str *ret_name, struct str *ret_kind, bool *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_CONFIRMED);

	sql_bind_str(q, 1, code);
	TRY(sql_step(q, ret, e));
	if (!*ret)
		return ERR_OK;
	*ret_name = str_copy(a, sql_str(q, 0));
	*ret_kind = str_copy(a, sql_str(q, 1));
	return ERR_OK;
}

enum err_code service_organisation_prepare(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct str keys,
	struct json **ret_problems, int64_t *ret, struct err *e)
{
	struct json *problems = json_new_object(a), *list, *v;
	struct str name = STR(""), kind = STR("");
	struct store *store;
	bool good, found;

	*ret_problems = problems;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_confirmed(store, a, code, &name, &kind, &found, e));
	list = keys_of(a, keys, &good);
	if (!found)
		form_wrong(a, problems, "code", "missing");
	if (json_count(list) == 0)
		form_wrong(a, problems, "keys", "missing");
	else if (!good || json_count(list) > LIMIT_ORGANISATION_KEYS)
		form_wrong(a, problems, "keys", "keys");
	TRY(form_check(problems, e));
	v = json_set_str(a, json_new_object(a), "name", name);
	v = json_set_str(a, v, "registeredId", code);
	v = json_set_str(a, v, "role", kind);
	v = json_set(a, v, "keys", list);
	if (!v)
		return full(e);
	return service_act_prepare(s, a, by, "organisation", name, v, STR(""), ret, e);
}

enum err_code keeping_organisation(struct service *s, struct arena *a, const struct json *request,
	struct err *e)
{
	struct json *answer;

	return service_organisation_add(s, a, request, &answer, e);
}
