/* sheet_inner.h - what the files behind sheet.h share: words, cells, blocks. */
#ifndef HUREN_WEB_SHEET_INNER_H
#define HUREN_WEB_SHEET_INNER_H

#include "base/json.h"
#include "web/sheet.h"

struct sheet {
	struct arena *a;
	const struct sheet_source *source;
	const struct catalogue *c;
	enum language l, other;
	struct json *blocks;
};

/* A word of a list of the catalogues; the word itself when it has no text. */
struct str sheet_word(const struct sheet *s, enum language l, const char *list, struct str word);
/* A text of the group "paper". */
struct str sheet_text(const struct sheet *s, const char *name);
/* The same with "{x}" replaced. */
struct str sheet_fill(const struct sheet *s, const char *name, const char *what, struct str with);
/* A text in both languages, or in one, as the paper's; empty when absent. */
struct str sheet_pick(const struct sheet *s, const struct json *text);
struct str sheet_pick_other(const struct sheet *s, const struct json *text);
struct str sheet_get(const struct sheet *s, const struct json *object, const char *name);
/* A time of a model in China's time: "2026-11-24 11:04". */
struct str sheet_time(const struct sheet *s, struct str time);
/* A measured decimal to six digits. */
struct str sheet_decimal(const struct sheet *s, struct str text);
/* Texts with what stands between them; empty ones are left out. */
struct str sheet_join(const struct sheet *s, struct str one, const char *between, struct str two);
struct str sheet_array(const struct sheet *s, const struct json *array, const char *between);

/* {"text", "sub"}: empty sub is left out. */
struct json *sheet_cell(const struct sheet *s, struct str text, struct str sub);
/* Word of the list with its shape and tone. */
struct json *sheet_verdict(const struct sheet *s, struct str verdict);
struct json *sheet_outcome(const struct sheet *s, struct str outcome);
struct json *sheet_state(const struct sheet *s, struct str state);

void sheet_heading(struct sheet *s, struct str text);
void sheet_paragraph(struct sheet *s, struct str text, bool small);
/* Rows of facts; those with an empty value are left out. */
struct json *sheet_facts(struct sheet *s);
void sheet_fact(const struct sheet *s, struct json *facts, const char *name, struct str value);
void sheet_fact_cell(const struct sheet *s, struct json *facts, const char *name,
	struct json *value);
/* A table; columns are added from the left: `width` 0 takes what it needs. */
struct json *sheet_table(struct sheet *s);
void sheet_column(const struct sheet *s, struct json *table, const char *title, double width,
	bool end);
/* Adds a row with `count` cells. */
void sheet_row(const struct sheet *s, struct json *table, struct json *const *cells,
	size_t count);

/* ---- sheet_report.c, sheet_decision.c -------------------------------------------------------- */

void sheet_report(struct sheet *s, struct json *head);
/* False: the report binds no evaluation of that digest. */
bool sheet_evaluation(struct sheet *s, struct json *head);
void sheet_decision(struct sheet *s, struct json *head);
void sheet_accreditation(struct sheet *s, struct json *head);

#endif
