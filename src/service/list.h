/* list.h - pages of lists: which rows stand on a page, by key, forwards and backwards.
 *
 * Is:      a walk along an index of the database from the last row of the page before, never a
 *          count or a skip; filters as equal beginnings of the index; search in the words.
 * Is not:  what a row shows: the caller reads each row by its number.
 * Page keys: row numbers, as decimal text. A row that is new or gone moves no other to another
 *          place, so nothing is seen twice or missed by going on.
 * I1  A page reads at most its rows and one more of each beginning, or LIMIT_SEARCH_LOOK
 *     matches.
 */
#ifndef HUREN_SERVICE_LIST_H
#define HUREN_SERVICE_LIST_H

#include "service/service.h"

/* An order of a list; statements as in store/sql_tables.h. */
struct list_order {
	const char *name;          /* as in the address: "number"; "-number" is downwards */
	enum sql_id down, up;
	enum sql_id key;           /* SQL_COUNT: the row number is all of the key */
	/* The same order of all rows, when nothing is filtered. */
	enum sql_id plain_down, plain_up;  /* SQL_COUNT: none */
};
/* One filter: every value it may have. `any` when all of the list's rows are among them. */
struct list_filter {
	size_t count;
	const struct str *values;
	bool any;
};
#define LIST_FILTERS 4
struct list_plan {
	const struct list_order *orders;   /* the first is the usual one */
	size_t order_count;
	bool usual_down;                   /* newest first */
	size_t filter_count;               /* parameters ?4 and on of the orders' statements */
	struct list_filter filters[LIST_FILTERS];
	/* Words; columns 1 and on of a match are compared with the filters, in their order. */
	enum sql_id search_down, search_up;
	struct str match;                  /* of FTS5; empty: no search */
};
struct list_page {
	size_t count;
	int64_t *at;                       /* row numbers, in the list's order */
	struct str next, previous;         /* page keys; at NULL: none */
};
/* In the arena. ERR_INVALID: "sort", "after" or "before" is none of this list. */
MUST_USE enum err_code list_walk(struct store *s, struct arena *a, const struct list_plan *plan,
	const struct list_query *query, struct list_page *ret, struct err *e);

/* Filters that several lists have. Values in the arena. */
/* "own", a domain, "peer" or empty: origins of logs. ERR_INVALID. */
MUST_USE enum err_code list_cities(struct service *s, struct arena *a, struct str city,
	struct list_filter *ret, struct err *e);
/* One of the words, or all of them when empty. ERR_INVALID names the field. */
MUST_USE enum err_code list_words(struct arena *a, const char *field, struct str asked,
	const char *const *words, struct list_filter *ret, struct err *e);

/* The FTS5 query of what was typed, bound to marks; empty when nothing was typed. `kind` is the
 * letter of the mark ('c' city, 'r' role, 'o' organisation), `mark` its text. */
struct list_mark { char kind; struct str text; };
struct str list_match(struct arena *a, struct str typed, const struct list_mark *marks,
	size_t count);

/* A list of organisations by city and role ("kind"), newest first: rows by number from `row`, as
 * `model` shows them. `text` is what is searched for. */
struct list_of_parties {
	const struct list_order *orders;
	size_t order_count;
	enum sql_id search_down, search_up, row;
	const char *const *roles;
	struct json *(*model)(struct service *s, struct arena *a, struct sql *q);
};
MUST_USE enum err_code list_parties(struct service *s, struct arena *a,
	const struct list_of_parties *list, const struct list_query *query, struct str text,
	struct json **ret, struct err *e);
/* Feeds the words to search of all lists, and the states of decisions that a change left over; a
 * step of the work thread. */
void list_index_work(struct service *s);

#endif
