/* catalogue.h - the texts of the pages: every file of ui/catalogue/zh-CN and en.
 *
 * Is:      for each language one JSON object, joined from its files; the same keys in both; groups
 *          are objects, which may be spread over files, texts are strings.
 * Is not:  texts of rules and statements: those are in both languages where they stand.
 * Life:    catalogue_open -> read by any thread -> catalogue_close.
 */
#ifndef HUREN_WEB_CATALOGUE_H
#define HUREN_WEB_CATALOGUE_H

#include "web/mustache.h"

enum language { LANGUAGE_ZH, LANGUAGE_EN, LANGUAGE_COUNT };
_Static_assert(LANGUAGE_COUNT == MUSTACHE_LANGUAGES, "words come in these languages");

struct catalogue;

const char *language_tag(enum language l);                 /* "zh-CN", "en" */
/* LANGUAGE_COUNT when `tag` is none of ours ("zh" and "en-GB" count as ours). */
enum language language_of(struct str tag);

/* Reads both folders. ERR_INVALID: not JSON, a text that is no string or stands twice, or a key
 * (named) that the other language lacks. ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err_code catalogue_open(const char *ui_dir, struct catalogue **ret, struct err *e);
void catalogue_close(struct catalogue *c);
/* Every text as a word of the templates ("home.title"). */
MUST_USE enum err_code catalogue_add_words(const struct catalogue *c, struct mustache *m,
	struct err *e);
/* The text of a word from a fixed list ("kind", "report"); at == NULL when there is none. */
struct str catalogue_text(const struct catalogue *c, enum language l, const char *list,
	struct str word);
/* `text` with each {{name}} replaced by that string of `values`, for what is no page: nothing is
 * escaped. at == NULL at the arena's cap, or when `text` has none. */
struct str catalogue_fill(struct arena *a, struct str text, const struct json *values);
/* The whole of one language. */
const struct json *catalogue_json(const struct catalogue *c, enum language l);

#endif
