/* table_export.c - a list as a file, read page by page, so that no list needs more memory than a
 * page of it. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/audit.h"
#include "web/table_file.h"
#include "web/table.h"
#include "web/web_inner.h"

#define CHINA_OFFSET_S (8 * 3600)
#define PAGE_ARENA_BYTES (16u << 20)
#define KEY_BYTES 32

struct export {
	struct request *r;
	const struct table *t;
	struct table_file *sheet;
	uint32_t chosen;
	uint64_t rows;
	bool cut;                  /* there is more than the limit */
};

static bool is_in_file(const struct export *x, size_t i)
{
	return x->chosen >> i & 1 && x->t->columns[i].as != TABLE_NONE;
}

static void put_heads(struct export *x)
{
	for (size_t i = 0; i < x->t->column_count; i++) {
		const struct table_column *c = &x->t->columns[i];
		if (is_in_file(x, i))
			table_file_head(x->sheet, table_head_text(x->r, &x->r->arena, c),
				c->as == TABLE_TEXT ? 28 : 18);
	}
	table_file_end_row(x->sheet);
}

/* An instant is shown in China's time; a bare day is a day anywhere. */
static void put_time(struct export *x, struct str text, bool minutes)
{
	int64_t at;

	if (instant_parse_date(text, &at, NULL) == ERR_OK)
		table_file_time(x->sheet, at, false);
	else if (instant_parse(text, &at, NULL) == ERR_OK)
		table_file_time(x->sheet, at + CHINA_OFFSET_S, minutes);
	else
		table_file_text(x->sheet, text);
}

static void put_row(struct export *x, struct arena *a, const struct json *row)
{
	for (size_t i = 0; i < x->t->column_count; i++) {
		const struct table_column *c = &x->t->columns[i];
		const struct json *v;
		if (!is_in_file(x, i))
			continue;
		v = c->as == TABLE_NUMBER ? json_path(row, c->from) : NULL;
		if (v && json_is(v, JSON_NUMBER))
			table_file_number(x->sheet, json_number_or(v, 0));
		else if (c->as == TABLE_DAY || c->as == TABLE_TIME)
			put_time(x, table_value(x->r, a, c, row), c->as == TABLE_TIME);
		else
			table_file_text(x->sheet, table_value(x->r, a, c, row));
	}
	table_file_end_row(x->sheet);
	x->rows++;
}

/* Every page from the first. */
static enum err_code put_rows(struct export *x, struct list_query q, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	char key[KEY_BYTES];

	arena_init(&a, PAGE_ARENA_BYTES);
	q.after = q.before = STR("");
	q.rows = LIMIT_PAGE_ROWS;
	for (;;) {
		const struct json *rows;
		struct json *model;
		struct str next;
		arena_reset(&a);
		TRY(x->t->page(x->r, &a, &q, &model, e));
		rows = json_get(model, "rows");
		for (size_t i = 0; i < json_count(rows) && !x->cut; i++) {
			x->cut = x->rows == LIMIT_EXPORT_ROWS;
			if (!x->cut)
				put_row(x, &a, json_at(rows, i));
		}
		next = json_get_str(model, "next");
		if (!next.at || x->cut)
			return ERR_OK;
		if (next.len >= sizeof(key))
			return err_set(e, ERR_TOO_LARGE, "page key is too long");
		memcpy(key, next.at, next.len);
		q.after = (struct str){ key, next.len };
	}
}

/* "... the first 100,000 rows only ..." with the number put in. */
static void put_cut(struct export *x)
{
	struct str tail = catalogue_text(pages_catalogue(x->r->web->pages), x->r->language,
		"list_file", STR("cut")), head = str_cut(&tail, '%');

	table_file_text(x->sheet, str_printf(&x->r->arena, STR_FMT "%d" STR_FMT, STR_ARG(head),
		LIMIT_EXPORT_ROWS, STR_ARG(tail.at ? tail : STR(""))));
	table_file_end_row(x->sheet);
}

static void note(const struct export *x)
{
	struct request *r = x->r;

	if (r->who.stage != STAGE_FULL && !r->token)
		return;
	audit_note(r->web->service, &(struct audit_entry){ .action = "export",
		.actor = r->who.stage == STAGE_FULL ? r->who.name : STR("node"),
		.address = r->who.address, .target = r->http.path,
		.detail = str_printf(&r->arena, "%llu rows%s", (unsigned long long)x->rows,
			x->cut ? ", cut" : "") });
}

static enum err_code write_list(struct export *x, struct err *e)
{
	struct list_query q;

	TRY(table_read_query(x->r, &q, e));
	put_heads(x);
	TRY(put_rows(x, q, e));
	if (x->cut)
		put_cut(x);
	return table_file_finish(x->sheet, &x->r->reply.file, &x->r->reply.file_bytes, e);
}

enum err_code table_export(struct request *r, const struct table *t, bool xlsx, struct err *e)
{
	struct export x = { .r = r, .t = t, .chosen = table_chosen(r, t) };
	const struct catalogue *c = pages_catalogue(r->web->pages);
	const char *ending = xlsx ? "xlsx" : "csv", *dir, *disposition;
	struct str title = catalogue_text(c, r->language, "place", str_of(t->path + 1));
	enum err_code code;

	dir = arena_printf(&r->arena, "%s/lists", service_config(r->web->service)->dir);
	disposition = arena_printf(&r->arena, "attachment; filename=\"%s.%s\"", t->path + 1,
		ending);
	if (!dir || !disposition)
		return err_set(e, ERR_TOO_LARGE, "export needs too much memory");
	TRY(table_file_open(dir, xlsx, title.at ? title : str_of(t->path + 1), &x.sheet, e));
	code = write_list(&x, e);
	table_file_close(x.sheet);
	TRY(code);
	note(&x);
	reply_header(&r->reply, "Content-Disposition", disposition);
	reply_header(&r->reply, "Vary", "Accept, Cookie, Authorization");
	r->reply.type = xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" :
		"text/csv; charset=utf-8; header=present";
	r->reply.cache = "private, no-store";
	r->reply.status = HTTP_OK;
	return ERR_OK;
}
