/* import.c - tables to drafts. */
#include "service/import.h"

#include "base/instant.h"
#include "base/scoped.h"
#include "service/draft_inner.h"
#include "service/table_read.h"

#define NAME_BYTES 200
#define LIST_ROWS 50

/* One report of the table. */
struct group {
	struct str number;
	struct json *body;
	uint32_t items;
	bool bad;
	struct group *next;
};
struct reading {
	struct service *s;
	struct arena *a;
	const struct account_who *by;
	struct draft_rules rules;
	const struct json *cells;
	const struct draft_field *columns[LIMIT_TABLE_COLUMNS];
	struct json *base;                 /* what each draft begins with */
	struct group *groups, **last;
	struct json *errors, *rows, *unknown;
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "import needs too much memory");
}

/* ---- what a table says ----------------------------------------------------------------------- */

static void tell(struct reading *r, size_t row, const struct json *problem)
{
	struct json *v = json_copy(r->a, problem);

	v = json_set_number(r->a, v, "row", (double)row + 1);
	(void)json_push(r->a, r->errors, v); /* full: the page cannot be drawn */
}

static void tell_word(struct reading *r, size_t row, const char *field, const char *word)
{
	struct json *v = json_set_text(r->a, json_new_object(r->a), "field", field);

	tell(r, row, json_set_text(r->a, v, "wrong", word));
}

static bool is_read(const struct reading *r, const struct draft_field *f)
{
	for (size_t i = 0; i < LIMIT_TABLE_COLUMNS; i++)
		if (r->columns[i] == f)
			return true;
	return false;
}

/* A field that stands above two columns is read from the first. */
static void read_heads(struct reading *r, const struct json *labels)
{
	const struct json *heads = json_at(r->cells, 0);

	for (size_t i = 0; i < json_count(heads); i++) {
		struct str head = str_trim(json_str(json_at(heads, i)));
		const char *name = str_z(r->a, head);
		struct str field = name ? json_get_str(labels, name) : STR("");
		const struct draft_field *f = draft_field_find(field.at ? field : head);
		if (f && !is_read(r, f))
			r->columns[i] = f;
		if (!r->columns[i] && head.len > 0)
			r->unknown = json_push(r->a, r->unknown, json_new_str(r->a, head));
	}
}

static struct str cell(const struct reading *r, size_t row, size_t column)
{
	struct str text = json_str(json_at(json_at(r->cells, row), column));

	return text.at ? str_trim(text) : STR("");
}

static struct str cell_of(const struct reading *r, size_t row, const char *field)
{
	for (size_t i = 0; i < LIMIT_TABLE_COLUMNS; i++)
		if (r->columns[i] && str_is(str_of(field), r->columns[i]->name))
			return cell(r, row, i);
	return STR("");
}

static enum err_code check_number(struct reading *r, size_t row, struct str number, struct err *e)
{
	struct store *store;
	bool used, drafted;

	TRY(ledger_reader(r->s->ledger, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_NUMBER_USED);
		sql_bind_str(q, 1, number);
		sql_bind_str(q, 2, draft_lab(r->s, r->a, r->by));
		TRY(sql_step(q, &used, e));
	}
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_NUMBER_OPEN);
	sql_bind_i64(q, 1, r->by->organisation);
	sql_bind_str(q, 2, number);
	TRY(sql_step(q, &drafted, e));
	if (used || drafted)
		tell_word(r, row, "d-number", used ? "d-number-used" : "d-number-drafted");
	return ERR_OK;
}

static enum err_code find_group(struct reading *r, size_t row, struct str number,
	struct group **ret, bool *ret_new, struct err *e)
{
	struct group *g = r->groups;

	while (g && !str_eq(g->number, number))
		g = g->next;
	*ret_new = !g;
	if (!g) {
		g = ARENA_NEW(r->a, struct group);
		if (!g)
			return full(e);
		*g = (struct group){ .number = number, .body = json_copy(r->a, r->base) };
		*r->last = g;
		r->last = &g->next;
		TRY(check_number(r, row, number, e));
	}
	*ret = g;
	return ERR_OK;
}

/* The scheme first: items are looked up in it. */
static bool is_in_turn(const struct draft_field *f, int turn)
{
	return f->kind == DRAFT_SCHEME ? turn == 0 : f->section != DRAFT_RESULT ? turn == 1
		: f->kind == DRAFT_ITEM ? turn == 2 : turn == 3;
}

/* Fields of the report that a later row says otherwise are an error; what is empty says nothing. */
static void take_row(struct reading *r, size_t row, struct group *g, bool first)
{
	struct json *problems = json_new_object(r->a), *item = json_new_object(r->a);

	for (int turn = 0; turn < 4; turn++)
		for (size_t i = 0; i < LIMIT_TABLE_COLUMNS; i++) {
			const struct draft_field *f = r->columns[i];
			struct str text = f ? cell(r, row, i) : STR("");
			struct str old;
			if (text.len == 0 || !is_in_turn(f, turn))
				continue;
			if (f->kind == DRAFT_DAY)
				text = table_read_day(r->a, text);
			old = f->section == DRAFT_RESULT || first ? STR("")
				: draft_text(r->a, f, g->body);
			(void)draft_take(r->a, &r->rules, f, text, g->body,
				f->section == DRAFT_RESULT ? &item : &g->body, problems);
			if (old.len > 0 && !str_eq(old, draft_text(r->a, f, g->body)))
				draft_wrong(r->a, problems, f->name, "d-otherwise", 0);
		}
	for (uint32_t i = 0; i < json_count(problems); i++)
		tell(r, row, problems->members[i].value);
	if (g->items == LIMIT_REPORT_ITEMS) {
		tell_word(r, row, "d-items", "d-too-many");
		return;
	}
	if (json_count(item) > 0 && json_get(item, "item")) {
		struct json *items = json_new_array(r->a);
		const struct json *had = json_get(g->body, "items");
		for (size_t i = 0; i < json_count(had); i++)
			items = json_push(r->a, items, json_copy(r->a, json_at(had, i)));
		g->body = json_set(r->a, g->body, "items", json_push(r->a, items, item));
		g->items++;
	} else if (cell_of(r, row, "d-item").len == 0) {
		tell_word(r, row, "d-item", "missing");
	}
}

static enum err_code read_row(struct reading *r, size_t row, struct err *e)
{
	struct str number = cell_of(r, row, "d-number");
	size_t before = json_count(r->errors);
	struct json *v = json_new_object(r->a);
	struct group *g = NULL;
	bool first = false;

	if (number.len == 0) {
		tell_word(r, row, "d-number", "missing");
	} else {
		TRY(find_group(r, row, number, &g, &first, e));
		take_row(r, row, g, first);
	}
	v = json_set_number(r->a, v, "row", (double)row + 1);
	v = json_set_str(r->a, v, "number", number);
	v = json_set_str(r->a, v, "item", cell_of(r, row, "d-item"));
	v = json_set_str(r->a, v, "scenario", cell_of(r, row, "d-scenario"));
	v = json_set(r->a, v, "first", json_new_bool(r->a, first));
	v = json_set(r->a, v, "good", json_new_bool(r->a, json_count(r->errors) == before));
	if (draft_verdict(cell_of(r, row, "d-verdict")).at)
		v = json_set_str(r->a, v, "verdict", draft_verdict(cell_of(r, row, "d-verdict")));
	r->rows = json_push(r->a, r->rows, v);
	if (g && json_count(r->errors) > before)
		g->bad = true;
	return r->rows ? ERR_OK : full(e);
}

static bool is_blank(const struct json *row)
{
	for (size_t i = 0; i < json_count(row); i++)
		if (str_trim(json_str(json_at(row, i))).len > 0)
			return false;
	return true;
}

static enum err_code read_table(struct reading *r, struct str text, const struct json *labels,
	struct err *e)
{
	struct json *cells;

	TRY(json_parse(r->a, text, &cells, e));
	r->cells = cells;
	r->rules = draft_rules_of(r->s);
	r->last = &r->groups;
	r->errors = json_new_array(r->a);
	r->rows = json_new_array(r->a);
	r->unknown = json_new_array(r->a);
	TRY(draft_base(r->s, r->a, r->by, &r->base, e));
	read_heads(r, labels);
	for (size_t row = 1; row < json_count(cells); row++)
		if (!is_blank(json_at(cells, row)))
			TRY(read_row(r, row, e));
	return ERR_OK;
}

/* ---- keeping --------------------------------------------------------------------------------- */

struct keeping {
	const struct account_who *by;
	struct str name, cells;
	int64_t now, id;
};

static enum err_code write_import(void *context, struct store *store, struct err *e)
{
	struct keeping *k = context;
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_IMPORT_PUT);
		sql_bind_i64(q, 1, k->by->organisation);
		sql_bind_i64(q, 2, k->by->account);
		sql_bind_str(q, 3, k->name);
		sql_bind_str(q, 4, k->cells);
		sql_bind_i64(q, 5, k->now);
		TRY(sql_run(q, e));
	}
	SCOPED_SQL last = sql_use(store, SQL_LAST_ROW);
	TRY(sql_step(last, &row, e));
	k->id = sql_i64(last, 0);
	return audit_put(store, k->now, &(struct audit_entry){ .action = "import",
		.actor = k->by->name, .address = k->by->address, .target = k->name,
		.detail = STR("read") }, e);
}

enum err_code service_import(struct service *s, struct arena *a, const struct account_who *by,
	struct str name, struct str bytes, struct json **ret_problems, int64_t *ret, struct err *e)
{
	struct keeping k = { .by = by, .name = name, .now = instant_now() };
	struct json *problems = json_new_object(a), *cells = NULL;
	struct err problem = { 0 };
	enum err_code code;

	*ret_problems = problems;
	if (k.name.len == 0 || k.name.len > NAME_BYTES || !str_is_utf8(k.name))
		k.name = STR("table");
	code = table_read(a, bytes, &cells, &problem);
	if (code == ERR_OK && json_count(cells) < 2) {
		(void)err_set(&problem, ERR_INVALID, "the table has no row below its heads");
		code = err_word(&problem, "no-rows");
	}
	if (code != ERR_OK) {
		draft_refused(a, problems, &problem);
		if (problem.line > 0)
			(void)json_set_number(a, problems->members[0].value, "line",
				problem.line); /* full: the page cannot be drawn */
		return form_check(problems, e);
	}
	TRY(json_jcs(a, cells, &k.cells, e));
	TRY(ledger_write(s->ledger, write_import, &k, e));
	*ret = k.id;
	return ERR_OK;
}

static enum err_code find_import(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct json **ret, struct str *ret_cells, struct err *e)
{
	struct json *v = json_new_object(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_IMPORT_GET);
	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, by->organisation);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "your organisation has no import %lld",
			(long long)id);
	v = json_set_str(a, v, "import", str_printf(a, "%lld", (long long)id));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 0)));
	*ret_cells = str_copy(a, sql_str(q, 1));
	v = json_set_number(a, v, "made", (double)sql_i64(q, 2));
	*ret = json_set_str(a, v, "created", service_instant(a, sql_i64(q, 3)));
	return *ret && ret_cells->at ? ERR_OK : full(e);
}

/* ---- preview --------------------------------------------------------------------------------- */

enum err_code service_import_preview(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct json *labels, struct json **ret,
	struct err *e)
{
	struct reading *r = ARENA_NEW(a, struct reading);
	struct json *v, *drafts = json_new_array(a);
	uint32_t good = 0, good_rows = 0;
	struct str cells;

	if (!r)
		return full(e);
	*r = (struct reading){ .s = s, .a = a, .by = by };
	TRY(find_import(s, a, by, id, &v, &cells, e));
	TRY(read_table(r, cells, labels, e));
	for (const struct group *g = r->groups; g; g = g->next) {
		struct json *d = json_set_str(a, json_new_object(a), "number", g->number);
		struct json *missing = json_new_object(a);
		draft_missing(a, g->body, missing);
		d = json_set_number(a, d, "items", g->items);
		d = json_set_number(a, d, "missing", (double)json_count(missing));
		drafts = json_push(a, drafts, json_set(a, d, "good", json_new_bool(a, !g->bad)));
		good += !g->bad;
		good_rows += g->bad ? 0 : g->items;
	}
	v = json_set(a, v, "rows", r->rows);
	v = json_set(a, v, "errors", r->errors);
	v = json_set(a, v, "unknown", r->unknown);
	v = json_set(a, v, "drafts", drafts);
	v = json_set_number(a, v, "good_drafts", good);
	*ret = json_set_number(a, v, "good_rows", good_rows);
	return *ret ? ERR_OK : full(e);
}

/* ---- making ---------------------------------------------------------------------------------- */

struct making {
	const struct account_who *by;
	int64_t id, now;
	struct draft_new *drafts;
	uint32_t count;
	bool done;
};

static enum err_code write_drafts(void *context, struct store *store, struct err *e)
{
	struct making *m = context;
	SCOPED_ARENA a = { 0 };
	struct str name = STR("");

	arena_init(&a, 4096);
	{
		SCOPED_SQL q = sql_use(store, SQL_IMPORT_MADE);
		sql_bind_i64(q, 1, m->id);
		sql_bind_i64(q, 2, m->by->organisation);
		sql_bind_i64(q, 3, m->count);
		TRY(sql_step(q, &m->done, e));
		if (m->done)
			name = str_copy(&a, sql_str(q, 0));
	}
	for (uint32_t i = 0; i < m->count && m->done; i++)
		TRY(draft_insert(store, &m->drafts[i], e));
	return audit_put(store, m->now, &(struct audit_entry){ .action = "import",
		.refused = !m->done, .actor = m->by->name, .address = m->by->address,
		.target = name, .detail = str_printf(&a, "%u drafts", m->count) }, e);
}

enum err_code service_import_make(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, const struct json *labels, uint32_t *ret, struct err *e)
{
	struct reading *r = ARENA_NEW(a, struct reading);
	struct making m = { .by = by, .id = id, .now = instant_now() };
	struct str cells;
	struct json *v;
	size_t count = 0;

	if (!r)
		return full(e);
	*r = (struct reading){ .s = s, .a = a, .by = by };
	TRY(find_import(s, a, by, id, &v, &cells, e));
	TRY(read_table(r, cells, labels, e));
	for (const struct group *g = r->groups; g; g = g->next)
		count += !g->bad;
	m.drafts = ARENA_ARRAY(a, struct draft_new, count + 1);
	if (!m.drafts)
		return full(e);
	for (const struct group *g = r->groups; g; g = g->next) {
		struct draft_new *x = &m.drafts[m.count];
		if (g->bad)
			continue;
		*x = (struct draft_new){ .by = by, .action = "draft", .now = m.now,
			.detail = STR("import") };
		TRY(draft_prepare(a, g->body, x, e));
		m.count++;
	}
	if (m.count == 0)
		return err_set(e, ERR_INVALID, "no draft can be made of this table");
	TRY(ledger_write(s->ledger, write_drafts, &m, e));
	if (!m.done)
		return err_set(e, ERR_CONFLICT, "drafts were made of this table already");
	*ret = m.count;
	return ERR_OK;
}

/* ---- the list -------------------------------------------------------------------------------- */

enum err_code service_imports(struct service *s, struct arena *a, const struct account_who *by,
	struct str after, struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a), *v = json_new_object(a);
	uint64_t before = INT64_MAX;
	struct store *store;
	int64_t last = 0;
	bool row;

	if (after.len > 0 && (str_parse_u64(after, &before, e) != ERR_OK || before > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_IMPORT_LIST);
	sql_bind_i64(q, 1, (int64_t)before);
	sql_bind_i64(q, 2, LIST_ROWS + 1);
	sql_bind_i64(q, 3, by->organisation);
	for (;;) {
		struct json *x = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(rows) == LIST_ROWS) {
			v = json_set_str(a, v, "next", str_printf(a, "%lld", (long long)last));
			break;
		}
		last = sql_i64(q, 0);
		x = json_set_str(a, x, "import", str_printf(a, "%lld", (long long)last));
		x = json_set_str(a, x, "name", str_copy(a, sql_str(q, 1)));
		x = json_set_number(a, x, "made", (double)sql_i64(q, 2));
		x = json_set_str(a, x, "created", service_instant(a, sql_i64(q, 3)));
		x = json_set_str(a, x, "by", str_copy(a, sql_str(q, 4)));
		rows = json_push(a, rows, x);
	}
	*ret = json_set(a, v, "rows", rows);
	return *ret ? ERR_OK : full(e);
}
