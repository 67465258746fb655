/* draft_model.c - drafts as their pages show them. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "matching/search_text.h"
#include "service/draft_evaluation.h"
#include "service/draft_inner.h"
#include "service/model.h"
#include "store/blobs.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static bool may(const struct account_who *by, enum capability c)
{
	return by->may >> c & 1;
}

static struct str number_text(struct arena *a, uint64_t number)
{
	return str_printf(a, "%llu", (unsigned long long)number);
}

/* ---- the list -------------------------------------------------------------------------------- */

static struct json *list_row(struct arena *a, struct sql *q)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "draft", number_text(a, (uint64_t)sql_i64(q, 0)));
	v = json_set_str(a, v, "state", str_copy(a, sql_str(q, 1)));
	v = json_set_str(a, v, "number", str_copy(a, sql_str(q, 2)));
	v = json_set_str(a, v, "title", str_copy(a, sql_str(q, 3)));
	v = json_set_str(a, v, "changed", service_instant(a, sql_i64(q, 4)));
	v = json_set_str(a, v, "changed_by", str_copy(a, sql_str(q, 5)));
	v = json_set(a, v, "amends", json_new_bool(a, !sql_is_null(q, 6)));
	if (!sql_is_null(q, 7) && sql_str(q, 7).len == 16)
		v = json_set_str(a, v, "statement", statement_id_text(a,
			(const uint8_t *)sql_str(q, 7).at));
	return v;
}

static enum err_code check_state(struct str state, struct err *e)
{
	static const char *const states[] = { DRAFTING, READY, SIGNED, DISCARDED };

	if (state.len == 0)
		return ERR_OK;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (str_is(state, states[i]))
			return ERR_OK;
	return err_set(e, ERR_INVALID, "field \"state\": no state of a draft");
}

static enum err_code rows_of(struct arena *a, struct sql *q, uint32_t count, struct json **ret,
	struct err *e)
{
	struct json *rows = json_new_array(a), *v = json_new_object(a);
	int64_t last = 0;
	bool row;

	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(rows) == count) {
			v = json_set_str(a, v, "next", number_text(a, (uint64_t)last));
			break;
		}
		last = sql_i64(q, 0);
		rows = json_push(a, rows, list_row(a, q));
	}
	*ret = json_set(a, v, "rows", rows);
	return *ret ? ERR_OK : full(e);
}

enum err_code service_drafts(struct service *s, struct arena *a, const struct account_who *by,
	const struct list_query *query, struct json **ret, struct err *e)
{
	struct list_frame frame;
	struct json *asked = json_new_object(a);
	SCOPED_BUF words = { 0 };
	struct store *store;
	bool search;

	TRY(draft_check_may(by, e));
	TRY(check_state(query->state, e));
	TRY(service_list_frame(s, query, &frame, e));
	TRY(ledger_reader(s->ledger, &store, e));
	buf_init(&words, 4096);
	search_text_query(&words, query->text);
	search = words.len > 0;
	SCOPED_SQL q = sql_use(store, search ? SQL_DRAFT_SEARCH : SQL_DRAFT_LIST);
	sql_bind_i64(q, 1, frame.before);
	sql_bind_i64(q, 2, (int64_t)frame.rows + 1);
	sql_bind_i64(q, 3, by->organisation);
	sql_bind_str(q, 4, query->state.at ? query->state : STR(""));
	if (search)
		sql_bind_str(q, 5, buf_str(&words));
	TRY(rows_of(a, q, frame.rows, ret, e));
	asked = json_set_str(a, asked, "text", query->text.at ? query->text : STR(""));
	asked = json_set_str(a, asked, "state", query->state.at ? query->state : STR(""));
	*ret = json_set(a, *ret, "query", asked);
	return *ret ? ERR_OK : full(e);
}

/* ---- what is chosen from --------------------------------------------------------------------- */

static struct json *text_pair(struct arena *a, struct str before, const struct text_pair *t)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "zh-CN", str_printf(a, STR_FMT STR_FMT, STR_ARG(before),
		STR_ARG(t->zh)));
	return json_set_str(a, v, "en", str_printf(a, STR_FMT STR_FMT, STR_ARG(before),
		STR_ARG(t->en)));
}

struct json *draft_option(struct arena *a, struct str value, struct json *text, bool on)
{
	struct json *v = json_set_str(a, json_new_object(a), "value", value);

	v = json_set(a, v, "text", text);
	return json_set(a, v, "on", json_new_bool(a, on));
}

static bool has_line(struct str lines, struct str line)
{
	while (lines.at)
		if (str_eq(str_trim(str_cut(&lines, '\n')), line))
			return true;
	return false;
}

static struct json *scheme_options(struct service *s, struct arena *a, struct str value)
{
	struct json *list = json_new_array(a);

	for (const struct scheme *x = rules_schemes(s->rules); x; x = x->next) {
		struct str id = str_printf(a, STR_FMT ":" STR_FMT, STR_ARG(x->id),
			STR_ARG(x->edition));
		struct str before = str_printf(a, STR_FMT " ", STR_ARG(x->standard_code));
		if (x->standard_code.len > 0)
			list = json_push(a, list, draft_option(a, id,
				text_pair(a, before, &x->title), str_eq(id, value)));
	}
	return list;
}

static struct json *element_options(struct service *s, struct arena *a, struct str value)
{
	const struct json *words = json_get(rules_clauses_file(s->rules)->doc, "elements");
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(words); i++) {
		const struct json *word = json_at(words, i);
		struct str id = json_get_str(word, "id");
		list = json_push(a, list, draft_option(a, id,
			json_copy(a, json_get(word, "text")), has_line(value, id)));
	}
	return list;
}

/* Those of the options that are chosen. */
static struct json *chosen_of(struct arena *a, const struct json *options)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(options); i++)
		if (json_true(json_get(json_at(options, i), "on")))
			list = json_push(a, list, json_copy(a, json_at(options, i)));
	return list;
}

/* ---- one ------------------------------------------------------------------------------------- */

static struct json *head(struct arena *a, const struct draft *d)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "draft", number_text(a, (uint64_t)d->id));
	v = json_set_str(a, v, "revision", number_text(a, d->revision));
	v = json_set_str(a, v, "state", d->state);
	v = json_set_str(a, v, "number", d->number);
	v = json_set_str(a, v, "title", d->title);
	v = json_set_str(a, v, "created", service_instant(a, d->created));
	v = json_set_str(a, v, "created_by", d->created_by_name);
	v = json_set_str(a, v, "changed", service_instant(a, d->changed));
	v = json_set_str(a, v, "changed_by", d->changed_by_name);
	if (d->reason.len > 0)
		v = json_set_str(a, v, "sent_back", d->reason);
	if (d->amends)
		v = json_set_str(a, v, "amends", statement_id_text(a, d->amends_key));
	if (d->has_statement)
		v = json_set_str(a, v, "statement", statement_id_text(a, d->statement_key));
	return v;
}

/* What stands in a section, as people typed it, and what was chosen in words too; empty fields are
 * left out. */
static struct json *section_model(struct service *s, struct arena *a, const struct draft *d,
	enum draft_section section)
{
	struct json *fields = json_new_array(a), *v = json_new_object(a);

	for (size_t i = 0; i < draft_field_count; i++) {
		const struct draft_field *f = &draft_fields[i];
		struct str text = f->section == section ? draft_text(a, f, d->body) : STR("");
		struct json *row = json_new_object(a);
		if (text.len == 0)
			continue;
		row = json_set_text(a, row, "field", f->name);
		if (f->kind == DRAFT_SCHEME)
			row = json_set(a, row, "chosen", chosen_of(a, scheme_options(s, a, text)));
		if (f->kind == DRAFT_ELEMENTS)
			row = json_set(a, row, "chosen", chosen_of(a, element_options(s, a, text)));
		fields = json_push(a, fields, json_set_str(a, row, "value", text));
	}
	v = json_set_text(a, v, "section", draft_section_name(section));
	return json_set(a, v, "fields", fields);
}

static struct json *item_model(struct arena *a, const struct json *item, size_t number)
{
	static const char *const carried[] = { "item", "title", "scenario", "clause", "verdict",
		"testedOn", "conditions" };
	const struct json *runs = json_get(item, "runs"), *measured = json_get(item,
		"measurements");
	struct json *v = json_new_object(a);

	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++)
		if (json_get_str(item, carried[i]).len > 0)
			v = json_set_str(a, v, carried[i], json_get_str(item, carried[i]));
	v = json_set_str(a, v, "place", number_text(a, number));
	v = json_set(a, v, "runs", runs ? json_copy(a, runs) : json_new_array(a));
	v = json_set(a, v, "measurements", measured ? json_copy(a, measured) : json_new_array(a));
	return json_set(a, v, "evaluated", json_new_bool(a, json_get(item, "evaluation") != NULL));
}

static struct json *evidence_model(struct service *s, struct arena *a,
	const struct account_who *by, const struct json *body)
{
	const struct json *list = json_get(body, "evidence");
	struct json *rows = json_new_array(a);

	for (size_t i = 0; i < json_count(list); i++) {
		struct json *v = json_copy(a, json_at(list, i));
		struct str text = json_get_str(v, "digest");
		struct evidence_about about;
		struct digest digest;
		uint64_t bytes;
		bool held = text.at && evidence_digest_parse(text, &digest, NULL) == ERR_OK &&
			draft_file_find(s, a, by->organisation, &digest, &about, NULL) == ERR_OK &&
			blob_find(s->config->dir, &digest, &bytes);
		rows = json_push(a, rows, json_set(a, v, "held", json_new_bool(a, held)));
	}
	return rows;
}

/* Problems as a list, each with the section it is mended in. */
static struct json *list_of(struct arena *a, const struct json *problems)
{
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; i < json_count(problems); i++)
		list = json_push(a, list, json_copy(a, problems->members[i].value));
	return list;
}

static enum err_code wrote_in(struct service *s, const struct account_who *by, int64_t id,
	bool *ret, struct err *e)
{
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	return account_take(store, SQL_DRAFT_EDITOR_IS, id, by->account, ret, e);
}

static struct json *may_model(struct service *s, struct arena *a, const struct account_who *by,
	const struct draft *d, bool wrote)
{
	bool drafting = str_is(d->state, DRAFTING), ready = str_is(d->state, READY);
	struct json *v = json_new_object(a);

	v = json_set(a, v, "edit", json_new_bool(a, drafting && may(by, CAPABILITY_DRAFT)));
	v = json_set(a, v, "discard", json_new_bool(a, drafting && may(by, CAPABILITY_DRAFT)));
	v = json_set(a, v, "send_back", json_new_bool(a, ready && may(by, CAPABILITY_SIGN)));
	v = json_set(a, v, "sign", json_new_bool(a, ready && may(by, CAPABILITY_SIGN) && !wrote));
	v = json_set(a, v, "wrote", json_new_bool(a, ready && may(by, CAPABILITY_SIGN) && wrote));
	return json_set(a, v, "key", json_new_bool(a, service_lab_has_key(s, by)));
}

bool draft_amended_stands(struct service *s, struct arena *a, const struct draft *d)
{
	struct model_statement m;

	return d->amends && model_load(s, a, d->amends_key, &m, NULL) == ERR_OK &&
		!str_is(m.state, "withdrawn");
}

/* What becomes of the report that this one amends. "left": its withdrawal was not signed with the
 * new report, or failed. */
static struct json *put_amended(struct service *s, struct arena *a, const struct draft *d,
	struct json *v)
{
	struct json *reason;

	if (!draft_amended_stands(s, a, d))
		return v;
	if (d->has_statement)
		v = json_set(a, v, "left", json_new_bool(a, true));
	return json_parse(a, d->amend_reason, &reason, NULL) == ERR_OK
		? json_set(a, v, "amend_reason", reason) : v;
}

enum err_code service_draft(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct json **ret, struct err *e)
{
	struct json *v, *sections = json_new_array(a), *items = json_new_array(a);
	struct json *missing = json_new_object(a);
	const struct json *list;
	struct draft d;
	bool wrote;

	TRY(draft_find(s, a, by, id, &d, e));
	TRY(wrote_in(s, by, id, &wrote, e));
	for (int i = DRAFT_REPORT; i < DRAFT_RESULT; i++)
		sections = json_push(a, sections, section_model(s, a, &d, (enum draft_section)i));
	list = json_get(d.body, "items");
	for (size_t i = 0; i < json_count(list); i++)
		items = json_push(a, items, item_model(a, json_at(list, i), i + 1));
	if (str_is(d.state, DRAFTING))
		draft_missing(a, d.body, missing);
	v = put_amended(s, a, &d, head(a, &d));
	v = json_set(a, v, "sections", sections);
	v = json_set(a, v, "items", items);
	v = json_set(a, v, "evidence", evidence_model(s, a, by, d.body));
	v = json_set(a, v, "missing", list_of(a, missing));
	v = json_set(a, v, "evaluations", draft_evaluations(s, a, id, d.body));
	v = json_set(a, v, "compared", draft_differences(s, a, d.body));
	v = json_set(a, v, "jobs", evaluation_jobs_of(s, a, id));
	v = json_set(a, v, "may", may_model(s, a, by, &d, wrote));
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* ---- a form ---------------------------------------------------------------------------------- */

static struct json *item_options(struct service *s, struct arena *a, const struct json *body,
	struct str value)
{
	const struct json *ref = json_get(body, "scheme");
	struct str id = json_get_str(ref, "id"), edition = json_get_str(ref, "edition");
	const struct scheme *x = id.at && edition.at ? rules_scheme(s->rules, id, edition) : NULL;
	struct json *list = json_new_array(a);

	for (uint32_t i = 0; x && i < x->item_count; i++) {
		const struct scheme_item *item = &x->items[i];
		struct str before = str_printf(a, STR_FMT " ", STR_ARG(item->item));
		list = json_push(a, list, draft_option(a, item->item,
			text_pair(a, before, &item->title), str_eq(item->item, value)));
	}
	return list;
}

static struct json *choice_options(struct arena *a, const struct draft_field *f, struct str value)
{
	struct json *list = json_new_array(a);
	struct str rest = str_of(f->choices);

	while (rest.at) {
		struct str word = str_cut(&rest, ' ');
		struct json *v = draft_option(a, word, json_new_str(a, word), str_eq(word, value));
		if (draft_verdict(word).at)
			v = json_set_str(a, v, "verdict", word);
		list = json_push(a, list, v);
	}
	return list;
}

static const char *input_of(enum draft_kind kind)
{
	if (kind == DRAFT_DAY)
		return "day";
	if (kind == DRAFT_CHOICE || kind == DRAFT_SCHEME || kind == DRAFT_ITEM)
		return "select";
	if (kind == DRAFT_ELEMENTS)
		return "ticks";
	return kind == DRAFT_TEXT || kind == DRAFT_DECIMAL || kind == DRAFT_DID ||
		kind == DRAFT_DIGEST ? "line" : "area";
}

static struct json *field_model(struct service *s, struct arena *a, const struct draft_field *f,
	const struct json *body, struct str value)
{
	struct json *v = json_set_text(a, json_new_object(a), "field", f->name);
	struct json *input = json_set(a, json_new_object(a), input_of(f->kind),
		json_new_bool(a, true));

	v = json_set_str(a, v, "value", value);
	v = json_set(a, v, "input", input);
	v = json_set(a, v, "needed", json_new_bool(a, f->needed));
	v = json_set(a, v, "columns", json_new_bool(a, f->kind == DRAFT_RUNS ||
		f->kind == DRAFT_MEASURED || f->kind == DRAFT_HARDWARE || f->kind == DRAFT_VINS));
	v = json_set_number(a, v, "max", f->max);
	if (f->kind == DRAFT_SCHEME)
		return json_set(a, v, "options", scheme_options(s, a, value));
	if (f->kind == DRAFT_ITEM)
		return json_set(a, v, "options", item_options(s, a, body, value));
	if (f->kind == DRAFT_ELEMENTS)
		return json_set(a, v, "options", element_options(s, a, value));
	return f->choices ? json_set(a, v, "options", choice_options(a, f, value)) : v;
}

static struct json *steps_of(struct arena *a, enum draft_section now)
{
	struct json *list = json_new_array(a);

	for (int i = DRAFT_REPORT; i < DRAFT_RESULT; i++) {
		struct json *v = json_set_text(a, json_new_object(a), "section",
			draft_section_name((enum draft_section)i));
		list = json_push(a, list, json_set(a, v, "on", json_new_bool(a, (int)now == i)));
	}
	return list;
}

enum err_code service_draft_form(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, enum draft_section section, size_t item, const struct json *typed,
	struct json **ret, struct err *e)
{
	struct json *v, *fields = json_new_array(a);
	const struct json *from, *items;
	struct draft d;

	TRY(draft_find(s, a, by, id, &d, e));
	items = json_get(d.body, "items");
	if (section == DRAFT_SECTIONS || (section == DRAFT_RESULT && item > json_count(items)))
		return err_set(e, ERR_NOT_FOUND, "draft %lld has no such part", (long long)id);
	from = section != DRAFT_RESULT ? d.body : item > 0 ? json_at(items, item - 1) : NULL;
	for (size_t i = 0; i < draft_field_count; i++) {
		const struct draft_field *f = &draft_fields[i];
		struct str text = json_get_str(typed, f->name);
		if (f->section == section)
			fields = json_push(a, fields, field_model(s, a, f, d.body,
				text.at ? text : draft_text(a, f, from)));
	}
	v = head(a, &d);
	v = json_set_text(a, v, "section", draft_section_name(section));
	v = json_set(a, v, "fields", fields);
	v = json_set(a, v, "steps", steps_of(a, section));
	v = json_set(a, v, "editable", json_new_bool(a, str_is(d.state, DRAFTING)));
	if (section == DRAFT_RESULT) {
		v = json_set_str(a, v, "place", item > 0 ? number_text(a, item) : STR("new"));
		v = json_set(a, v, "new", json_new_bool(a, item == 0));
		v = json_set(a, v, "evaluated", json_new_bool(a, json_get(from, "evaluation") !=
			NULL));
	}
	*ret = v;
	return v ? ERR_OK : full(e);
}
