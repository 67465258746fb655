/* listing_form.h - a form made of a kind of listing: fields as typed, and back as values. Pure.
 *
 * Form:    "title", "summary", "field.<id>" for text, numbers, days and lists (a line each);
 *          "field.<id>.from" and ".to" for ranges and periods; "field.<id>.<choice>" for choices.
 * F1  What was typed is never lost: a number that is none is kept as the text it was.
 */
#ifndef HUREN_WEB_LISTING_FORM_H
#define HUREN_WEB_LISTING_FORM_H

#include "matching/listing.h"
#include "web/http_text.h"

/* {"<field>": value} of what was typed. NULL at the arena's cap. */
struct json *listing_form_values(struct arena *a, const struct listing_kind *k,
	const struct fields *form);
/* For the template: [{"id","name","label","help"?,"unit"?,"required","is":{"line":true},"text",
 * "from","to","choices":[{"name","value","text","on"}],"wrong"?}]. `problems` may be NULL. */
struct json *listing_form_fields(struct arena *a, const struct listing_kind *k,
	const struct json *values, const struct json *problems);
/* For reading: [{"label","unit"?,"texts":[text or pair]}] of the fields that have a value. */
struct json *listing_form_shown(struct arena *a, const struct listing_kind *k,
	const struct json *values);

#endif
