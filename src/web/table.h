/* table.h - the one frame of every list: search, filters, orders, columns, paging, files.
 *
 * Is:      a list as a constant table of columns and one service call. Everything about how it is
 *          shown stands in the address; the chosen columns are kept in a cookie of the list's own
 *          path. Works without a script.
 * Is not:  what a cell looks like: the list's template draws rows, and asks
 *          {{#page.links.show.NAME}} before each of its columns.
 * A new list: a `struct table` in list_handlers.c, a line in its `tables`, three rows of routes.c,
 *          a template with the partials table_tools, table_head, table_pages.
 */
#ifndef HUREN_WEB_TABLE_H
#define HUREN_WEB_TABLE_H

#include "web/request.h"

/* How a value goes into a file; a page has it from its template. */
enum table_as {
	TABLE_NONE,                /* not in files */
	TABLE_TEXT,                /* also text in two languages */
	TABLE_NUMBER,
	TABLE_DAY,                 /* "2026-11-24", or the day of an instant */
	TABLE_TIME                 /* an instant */
};
struct table_column {
	const char *name;          /* word of the catalogues' list "column"; in addresses */
	/* Names from the row to the value, "facts/number"; behind a ":" that of each member of a
	 * list: "accreditations:certificateNumber". */
	const char *from;
	enum table_as as;
	const char *words;         /* the value is a word of this list of the catalogues, or NULL */
	const char *sort;          /* order of the service's list, or NULL */
	bool file_only;            /* always in files, never on the page */
};
#define TABLE_COLUMNS_MAX 16   /* what a screen can show */
struct table {
	const char *path;          /* "/reports" */
	const struct table_column *columns; /* the first one is always shown */
	size_t column_count;
	const char *usual_sort;    /* as in the address: "-time" */
	const char *fields;        /* query fields that filter: "q, state, city" */
	/* `query` holds text, filters kind, state, city, page keys, order and rows; other filters
	 * are the call's own to read. */
	enum err_code (*page)(struct request *r, struct arena *a, const struct list_query *query,
		struct json **ret, struct err *e);
};

/* Lists that stand in other files: booking_, deal_, draft_, member_, outcome_,
 * request_handlers.c. */
extern const struct table booking_table, booking_waiting_table, deal_table, outcome_table;
extern const struct table draft_table, members_table, request_table;

/* The model of a page of the list; fills r->links: "heads", "show", "choices" (columns), "sizes",
 * "hidden" (fields of a search form), "next", "previous", "first", "twin", "files", "filtered". The
 * model gets "links": addresses of the twins of the next page and of the one before. */
MUST_USE enum err_code table_model(struct request *r, const struct table *t, struct json **ret,
	struct err *e);
/* For a page with a frame of its own: r->links "files" only, the filters those of the address. */
void table_files(struct request *r, const struct table *t);
/* A filter of the page: its address when clicked, and whether it is on. `name` is a text in two
 * languages, or NULL: `value` is a word that the template shows as member `member`. */
void table_chip(struct request *r, const struct table *t, struct json *chips, const char *field,
	struct str value, const char *member, const struct json *name);
/* After table_model: r->links "chips". */
MUST_USE enum err_code table_keep_chips(struct request *r, struct json *chips, struct err *e);

/* What a column's head and a row's value are in the language asked for. Texts in the arena. */
struct str table_head_text(struct request *r, struct arena *a, const struct table_column *c);
struct str table_value(struct request *r, struct arena *a, const struct table_column *c,
	const struct json *row);
/* Which columns were chosen: by the address, else by the cookie, else all. */
uint32_t table_chosen(struct request *r, const struct table *t);
/* Text, filters, order and rows of the address. ERR_INVALID. */
MUST_USE enum err_code table_read_query(struct request *r, struct list_query *ret, struct err *e);

/* ---- table_export.c: the whole filtered list as a file --------------------------------------- */

/* Answers with the list as CSV or XLSX, read page by page; for an account or the token it leaves a
 * line of the audit trail. At LIMIT_EXPORT_ROWS it ends, and its last line says so. */
MUST_USE enum err_code table_export(struct request *r, const struct table *t, bool xlsx,
	struct err *e);

#endif
