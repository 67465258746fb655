/* mustache.h - templates: the core Mustache specification over JSON, compiled once.
 *
 * Is:      a set of templates and of words (texts of a catalogue, one for each language), compiled
 *          to flat lists of operations at start and rendered by any thread. All is escaped.
 * Is not:  able to write a value unescaped: `{{{x}}}` and `{{&x}}` are refused, but for the cases
 *          of the specification (`lenient`).
 * Life:    mustache_open -> mustache_add*, mustache_add_word* -> mustache_finish ->
 *          mustache_render* (read-only from here, so any thread may) -> mustache_close.
 * Words:   `{{t.home.title}}` is the word "home.title" in the language asked for. A word may hold
 *          tags itself: "as of {{as_of_minute}}".
 * Here:    `{{.name}}` looks for the name in the innermost context only, so that a row without it
 *          does not show its list's (an addition to the specification).
 * Truth:   false, null, a missing name, the empty list and the empty string are false; 0 is true.
 * I1  Rendering neither recurses nor allocates; stacks are bounded by LIMIT_TEMPLATE_DEPTH.
 */
#ifndef HUREN_WEB_MUSTACHE_H
#define HUREN_WEB_MUSTACHE_H

#include "base/buf.h"
#include "base/json.h"

#define MUSTACHE_LANGUAGES 2

struct mustache;
struct mustache_template;

/* `lenient`: unescaped tags allowed, unknown partials and words are empty (the specification). */
MUST_USE enum err_code mustache_open(size_t cap_bytes, bool lenient, struct mustache **ret,
	struct err *e);
void mustache_close(struct mustache *m);

/* Compiles `text` (copied). ERR_INVALID with the line, message begins with the name; ERR_CONFLICT
 * same name twice; ERR_TOO_LARGE. */
MUST_USE enum err_code mustache_add(struct mustache *m, struct str name, struct str text,
	struct err *e);
/* The word `key` ("home.title") in a language. Markup in it is text. */
MUST_USE enum err_code mustache_add_word(struct mustache *m, struct str key, unsigned language,
	struct str text, struct err *e);
/* Ties partials and words. ERR_NOT_FOUND names template and what it lacks. */
MUST_USE enum err_code mustache_finish(struct mustache *m, struct err *e);

/* NULL when unknown. Lives as long as the set. */
const struct mustache_template *mustache_find(const struct mustache *m, const char *name);
/* Names are looked up in the last context first. ERR_TOO_LARGE: depth, or the buf's maximum. */
MUST_USE enum err_code mustache_render(const struct mustache_template *t, unsigned language,
	const struct json *const *contexts, size_t context_count, struct buf *b, struct err *e);
/* Text with & < > " ' as entities. */
void mustache_put_escaped(struct buf *b, struct str s);

/* True when a template or word of the set uses the word; for the test of the catalogues. */
bool mustache_word_is_used(const struct mustache *m, struct str key);

#endif
