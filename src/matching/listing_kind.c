/* listing_kind.c - reading files of rules/listings/. */
#include "matching/listing_kind.h"

#include <string.h>

static const char *const type_names[FIELD_TYPE_COUNT] = {
#define X(name, word) word,
	FIELD_TYPE_TABLE(X)
#undef X
};
static const char *const how_names[MATCH_HOW_COUNT] = {
#define X(name, word) word,
	MATCH_HOW_TABLE(X)
#undef X
};

const char *field_type_name(enum field_type t)
{
	CHECK((unsigned)t < FIELD_TYPE_COUNT);
	return type_names[t];
}

const char *match_how_name(enum match_how how)
{
	CHECK((unsigned)how < MATCH_HOW_COUNT);
	return how_names[how];
}

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "kinds of listings need too much memory");
}

static enum err_code word_in(struct str word, const char *const *names, unsigned count,
	unsigned *ret, struct err *e)
{
	for (unsigned i = 0; i < count; i++) {
		if (str_is(word, names[i])) {
			*ret = i;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "word \"" STR_FMT "\" is not known", STR_ARG(word));
}

static enum err_code pair_or_empty(const struct json *v, struct text_pair *ret, struct err *e)
{
	*ret = (struct text_pair){ .zh = STR(""), .en = STR("") };
	return v ? text_pair_parse(v, ret, e) : ERR_OK;
}

/* ---- fields ---------------------------------------------------------------------------------- */

static enum err_code parse_choices(struct arena *a, const struct json *list,
	struct listing_field *f, struct err *e)
{
	size_t count = json_count(list);
	struct worded *choices = ARENA_ARRAY(a, struct worded, count);

	if (count > LIMIT_LISTING_CHOICES)
		return err_set(e, ERR_TOO_LARGE, "more than %d choices", LIMIT_LISTING_CHOICES);
	if (!choices)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_at(list, i);
		TRY(json_need_str(v, "id", &choices[i].id, e));
		TRY(text_pair_parse(json_get(v, "text"), &choices[i].text, e));
		for (size_t k = 0; k < i; k++) {
			if (str_eq(choices[k].id, choices[i].id))
				return err_set(e, ERR_INVALID, "choice \"" STR_FMT
					"\" stands twice", STR_ARG(choices[i].id));
		}
	}
	f->choice_count = (uint32_t)count;
	f->choices = choices;
	return ERR_OK;
}

static enum err_code parse_field(struct arena *a, const struct json *v, struct listing_field *f,
	struct err *e)
{
	unsigned type = 0;
	bool chosen;

	TRY(json_need_str(v, "id", &f->id, e));
	TRY(word_in(json_get_str(v, "type"), type_names, FIELD_TYPE_COUNT, &type, e));
	f->type = (enum field_type)type;
	TRY(text_pair_parse(json_get(v, "label"), &f->label, e));
	TRY(pair_or_empty(json_get(v, "help"), &f->help, e));
	TRY(pair_or_empty(json_get(v, "unit"), &f->unit, e));
	f->required = json_true(json_get(v, "required"));
	f->search = json_true(json_get(v, "search"));
	f->shown = json_true(json_get(v, "shown"));
	chosen = f->type == FIELD_CHOICE || f->type == FIELD_CHOICES;
	if (chosen != (json_count(json_get(v, "choices")) > 0))
		return err_set(e, ERR_INVALID, "choices belong to fields of type choice or "
			"choices, and to each of them");
	return chosen ? parse_choices(a, json_get(v, "choices"), f, e) : ERR_OK;
}

static enum err_code parse_fields(struct arena *a, const struct json *list, struct listing_kind *k,
	struct err *e)
{
	size_t count = json_count(list);
	struct listing_field *fields = ARENA_ARRAY(a, struct listing_field, count);

	if (count > LIMIT_LISTING_FIELDS)
		return err_set(e, ERR_TOO_LARGE, "more than %d fields", LIMIT_LISTING_FIELDS);
	if (!fields)
		return full(e);
	k->fields = fields;
	for (size_t i = 0; i < count; i++) {
		if (parse_field(a, json_at(list, i), &fields[i], e) != ERR_OK)
			return err_in(e, "field %zu", i + 1);
		if (listing_field_find(k, fields[i].id))
			return err_set(e, ERR_INVALID, "field \"" STR_FMT "\" stands twice",
				STR_ARG(fields[i].id));
		k->field_count++;
	}
	return ERR_OK;
}

/* ---- what matches ---------------------------------------------------------------------------- */

static enum err_code parse_rule(const struct json *v, const struct listing_kind *k,
	struct match_rule *r, struct err *e)
{
	struct str mine = json_get_str(v, "mine");
	unsigned how = 0;
	uint64_t weight;

	TRY(word_in(json_get_str(v, "how"), how_names, MATCH_HOW_COUNT, &how, e));
	r->how = (enum match_how)how;
	TRY(json_need_u64(v, "weight", &weight, e));
	if (weight < 1 || weight > 100)
		return err_set(e, ERR_INVALID, "weight is not between 1 and 100");
	r->weight = (uint32_t)weight;
	r->gate = json_true(json_get(v, "gate"));
	r->theirs = json_get_str(v, "theirs").at ? json_get_str(v, "theirs") : STR("");
	if (r->how == MATCH_TEXT)
		return mine.at || r->theirs.len > 0 || r->gate
			? err_set(e, ERR_INVALID, "a rule of text names no field and is no gate")
			: ERR_OK;
	r->mine = mine.at ? listing_field_find(k, mine) : NULL;
	return r->mine ? ERR_OK : err_set(e, ERR_INVALID, "field \"" STR_FMT "\" is not known",
		STR_ARG(mine.at ? mine : STR("")));
}

static enum err_code parse_matches(struct arena *a, const struct json *list,
	struct listing_kind *k, struct err *e)
{
	size_t count = json_count(list);
	struct match_with *matches = ARENA_ARRAY(a, struct match_with, count);

	if (!matches)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_at(list, i), *rules = json_get(v, "rules");
		struct match_rule *r = ARENA_ARRAY(a, struct match_rule, json_count(rules));
		if (!r)
			return full(e);
		if (json_count(rules) > LIMIT_LISTING_FIELDS)
			return err_set(e, ERR_TOO_LARGE, "more than %d rules of a match",
				LIMIT_LISTING_FIELDS);
		TRY(json_need_str(v, "with", &matches[i].kind, e));
		for (size_t n = 0; n < json_count(rules); n++) {
			if (parse_rule(json_at(rules, n), k, &r[n], e) != ERR_OK)
				return err_in(e, "match with \"" STR_FMT "\", rule %zu",
					STR_ARG(matches[i].kind), n + 1);
		}
		matches[i].rules = r;
		matches[i].rule_count = (uint32_t)json_count(rules);
	}
	k->matches = matches;
	k->match_count = (uint32_t)count;
	return ERR_OK;
}

/* ---- kinds ----------------------------------------------------------------------------------- */

static enum err_code parse_attachments(const struct json *v, struct listing_kind *ret,
	struct err *e)
{
	uint64_t most;

	if (!v)
		return ERR_OK;
	TRY(json_need_u64(v, "most", &most, e));
	TRY(json_need(v, "types", JSON_ARRAY, &ret->file_types, e));
	if (most < 1 || most > LIMIT_LISTING_FILES)
		return err_set(e, ERR_INVALID, "attachments: \"most\" is not between 1 and %d",
			LIMIT_LISTING_FILES);
	ret->file_count = (uint32_t)most;
	return ERR_OK;
}

enum err_code listing_kind_parse(struct arena *a, const struct rules_file *file,
	struct listing_kind *ret, struct err *e)
{
	const struct json *doc = file->doc;
	uint64_t days;

	*ret = (struct listing_kind){ .digest = file->digest };
	TRY(json_need_str(doc, "id", &ret->id, e));
	TRY(text_pair_parse(json_get(doc, "title"), &ret->title, e));
	TRY(text_pair_parse(json_get(doc, "lead"), &ret->lead, e));
	TRY(json_need_str(doc, "posters", &ret->posters, e));
	TRY(json_need_u64(doc, "lifeDays", &days, e));
	if (days < 1 || days > LIMIT_LISTING_LIFE_DAYS)
		return err_set(e, ERR_INVALID, "lifeDays is not between 1 and %d",
			LIMIT_LISTING_LIFE_DAYS);
	ret->life_days = (uint32_t)days;
	ret->reviewed = json_true(json_get(doc, "reviewed"));
	ret->once = json_true(json_get(doc, "once"));
	ret->place = json_true(json_get(doc, "place"));
	TRY(parse_attachments(json_get(doc, "attachments"), ret, e));
	TRY(parse_fields(a, json_get(doc, "fields"), ret, e));
	return parse_matches(a, json_get(doc, "matches"), ret, e);
}

static enum err_code check_matches(const struct listing_kind *first, struct err *e)
{
	for (const struct listing_kind *k = first; k; k = k->next) {
		for (uint32_t i = 0; i < k->match_count; i++) {
			const struct match_with *w = &k->matches[i];
			const struct listing_kind *other = listing_kind_find(first, w->kind);
			if (!other)
				return err_set(e, ERR_INVALID, "listing \"" STR_FMT
					"\" matches with unknown \"" STR_FMT "\"",
					STR_ARG(k->id), STR_ARG(w->kind));
			for (uint32_t n = 0; n < w->rule_count; n++) {
				if (w->rules[n].how != MATCH_TEXT &&
					!listing_field_find(other, w->rules[n].theirs))
					return err_set(e, ERR_INVALID, "listing \"" STR_FMT
						"\" asks for a field \"" STR_FMT "\" of \"" STR_FMT
						"\" that is not there", STR_ARG(k->id),
						STR_ARG(w->rules[n].theirs), STR_ARG(w->kind));
			}
		}
	}
	return ERR_OK;
}

enum err_code listing_kinds_parse(struct arena *a, const struct rules *r,
	const struct listing_kind **ret, struct err *e)
{
	struct listing_kind *first = NULL, *last = NULL;

	for (const struct rules_file *f = rules_files(r); f; f = f->next) {
		struct listing_kind *k;
		if (f->kind != RULES_LISTING)
			continue;
		k = ARENA_NEW(a, struct listing_kind);
		if (!k)
			return full(e);
		if (listing_kind_parse(a, f, k, e) != ERR_OK)
			return err_in(e, "rules file \"" STR_FMT "\"", STR_ARG(f->name));
		if (listing_kind_find(first, k->id))
			return err_set(e, ERR_CONFLICT, "listing \"" STR_FMT "\" stands twice",
				STR_ARG(k->id));
		if (last)
			last->next = k;
		else
			first = k;
		last = k;
	}
	TRY(check_matches(first, e));
	*ret = first;
	return ERR_OK;
}

const struct listing_kind *listing_kind_find(const struct listing_kind *first, struct str id)
{
	for (const struct listing_kind *k = first; k; k = k->next) {
		if (str_eq(k->id, id))
			return k;
	}
	return NULL;
}

const struct listing_field *listing_field_find(const struct listing_kind *k, struct str id)
{
	for (uint32_t i = 0; i < k->field_count; i++) {
		if (str_eq(k->fields[i].id, id))
			return &k->fields[i];
	}
	return NULL;
}

const struct match_with *listing_kind_match(const struct listing_kind *k, struct str other)
{
	for (uint32_t i = 0; i < k->match_count; i++) {
		if (str_eq(k->matches[i].kind, other))
			return &k->matches[i];
	}
	return NULL;
}

bool listing_kind_takes(const struct listing_kind *k, struct str media_type)
{
	for (size_t i = 0; i < json_count(k->file_types); i++) {
		if (str_eq(json_str(json_at(k->file_types, i)), media_type))
			return true;
	}
	return false;
}

bool listing_kind_allows(const struct listing_kind *k, struct str organisation_kind)
{
	struct str rest = k->posters;

	while (rest.at) {
		if (str_eq(str_cut(&rest, ' '), organisation_kind))
			return true;
	}
	return false;
}
