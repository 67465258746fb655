/* listing_form.h - a form made of a kind of listing: fields as typed, and back as values. Pure.
 *
 * Form:    "title", "summary", "field.<id>" for text, numbers, days and lists (a line each);
 *          "field.<id>.from" and ".to" for ranges and periods; "field.<id>.<choice>" for choices;
 *          "field.<id>.<row>.item", ".unit", ".price", ".conditions" for a table of fees;
 *          "field.<id>.pick", several times, for codes that have a name. A translation has "en."
 *          before each name of a text.
 * F1  What was typed is never lost: a number that is none is kept as the text it was.
 */
#ifndef HUREN_WEB_LISTING_FORM_H
#define HUREN_WEB_LISTING_FORM_H

#include "matching/code_names.h"
#include "matching/listing.h"
#include "web/http_text.h"

/* {"<field>": value} of what was typed. NULL at the arena's cap. */
struct json *listing_form_values(struct arena *a, const struct listing_kind *k,
	const struct fields *form);
/* For the template: [{"id","name","label","help"?,"unit"?,"required","is":{"line":true},"text",
 * "from","to","choices":[{"name","value","text","on"}],"picks":[{"value","text","on"}],"wrong"?}].
 * `problems` and `names` may be NULL; with names, "text" holds the codes that have none. */
struct json *listing_form_fields(struct arena *a, const struct listing_kind *k,
	const struct code_names *names, const struct json *values, const struct json *problems);
/* For reading: [{"label","unit"?,"texts":[text or pair],"fees"?:[row of fees.h]}] of the fields
 * that have a value. */
struct json *listing_form_shown(struct arena *a, const struct listing_kind *k,
	const struct code_names *names, const struct json *values);
/* "永川区 500118" in both languages; the code alone when it has no name. */
struct json *listing_code_text(struct arena *a, const struct code_list *list, struct str code);
/* [{"value","text","on"}] of every code that has a name, and of `chosen` when it has none. */
struct json *listing_code_choices(struct arena *a, const struct code_list *list,
	struct str chosen);

/* {"en": {"title","summary","fields"}} of what was typed; NULL when nothing was. */
struct json *listing_form_translations(struct arena *a, const struct listing_kind *k,
	const struct fields *form);
/* The texts that can be translated, as listing_form_fields; `english` may be NULL. */
struct json *listing_form_english(struct arena *a, const struct listing_kind *k,
	const struct json *english, const struct json *problems);
/* `fields` with the texts of `english` in their place. */
struct json *listing_form_merged(struct arena *a, const struct listing_kind *k,
	const struct json *fields, const struct json *english);

#endif
