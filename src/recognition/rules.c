/* rules.c - a registry of checked rules files. */
#include "recognition/rules.h"

#include <string.h>

#include "base/limits.h"
#include "base/schema.h"
#include "criteria/evaluation.h"
#include "recognition/agreement.h"
#include "recognition/decide.h"

#define RULES_SCHEMAS_MAX 16
#define PARAMETER_BYTES_MAX 32

const char *const rules_folders[] = { "schema", "", "criteria", "mappings", "schemes",
	"agreements", "listings", "codes", "calendar", "clocks", "alliance", NULL };

struct named_schema {
	struct str name;           /* "scheme" */
	struct schema *schema;
};
struct word_list {
	const char *name;
	size_t count;
	struct worded *words;
};
enum { LIST_REASONS, LIST_OUTCOMES, LIST_DOCUMENTS, LIST_STATES, LIST_ELEMENTS, LIST_STRENGTHS,
	LIST_NEXT, LIST_LEVELS, LIST_VERDICTS, LIST_COUNT };
static const char *const list_names[LIST_COUNT] = { "reasons", "outcomes", "documents", "states",
	"elements", "strengths", "next", "levels", "verdicts" };

struct rules {
	struct arena arena;
	struct rules_file *first, *last;
	struct rules_file *clauses_file;
	size_t schema_count;
	struct named_schema schemas[RULES_SCHEMAS_MAX];
	const struct scheme *schemes;
	struct scheme *schemes_last;
	size_t clause_count;
	struct clause *clauses;
	struct word_list lists[LIST_COUNT];
	struct calendar calendar;
	size_t clock_count;
	struct clock_term clocks[LIMIT_CLOCKS];
};

/* What the texts of reasons may name; decision.c fills them. */
static const char *const parameters[] = { "because", "blockers", "changed", "countsUntil", "covers",
	"level", "needed", "passed", "runs", "standard", "testedOn", "verdict" };

enum err_code rules_open(size_t cap_bytes, struct rules **ret, struct err *e)
{
	(void)e; /* memory of a handle is CHECKed */
	struct rules *r = handle_new(sizeof(*r));
	arena_init(&r->arena, cap_bytes);
	*ret = r;
	return ERR_OK;
}

void rules_close(struct rules *r)
{
	if (!r)
		return;
	arena_clear(&r->arena);
	handle_drop(r);
}

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "rules too large");
}

/* ---- clauses.json ---------------------------------------------------------------------------- */

static enum err_code parse_words(struct rules *r, const struct json *list, struct word_list *into,
	struct err *e)
{
	size_t count = json_count(list);
	into->words = ARENA_ARRAY(&r->arena, struct worded, count);
	if (!into->words)
		return full(e);
	for (size_t i = 0; i < count; i++) {
		const struct json *v = json_at(list, i);
		struct worded *w = &into->words[i];
		TRY(json_need_str(v, "id", &w->id, e));
		TRY(text_pair_parse(json_get(v, "text"), &w->text, e));
		w->rule = json_get_str(v, "rule");
	}
	into->count = count;
	return ERR_OK;
}

static enum err_code parse_clauses(struct rules *r, const struct json *doc, struct err *e)
{
	const struct json *list;
	if (!str_is(json_get_str(doc, "kind"), "clauses"))
		return err_set(e, ERR_INVALID, "not a file of clauses");
	TRY(json_need(doc, "clauses", JSON_ARRAY, &list, e));
	r->clauses = ARENA_ARRAY(&r->arena, struct clause, json_count(list));
	if (!r->clauses)
		return full(e);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		struct clause *c = &r->clauses[i];
		c->doc = v;
		TRY(json_need_str(v, "id", &c->id, e));
		TRY(text_pair_parse(json_get(v, "title"), &c->title, e));
		TRY(text_pair_parse(json_get(v, "text"), &c->text, e));
	}
	r->clause_count = json_count(list);
	for (int l = 0; l < LIST_COUNT; l++) {
		r->lists[l].name = list_names[l];
		TRY(json_need(doc, list_names[l], JSON_ARRAY, &list, e));
		if (parse_words(r, list, &r->lists[l], e) != ERR_OK)
			return err_in(e, "%s", list_names[l]);
	}
	return ERR_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum err_code kind_of_name(struct str name, enum rules_kind *ret, struct err *e)
{
	if (str_starts(name, "criteria/") && str_ends(name, ".criteria")) {
		*ret = RULES_CRITERIA;
		return ERR_OK;
	}
	if (!str_ends(name, ".json"))
		return err_set(e, ERR_INVALID, "name does not end in .json");
	if (str_starts(name, "schema/"))
		*ret = RULES_SCHEMA;
	else if (str_starts(name, "schemes/"))
		*ret = RULES_SCHEME;
	else if (str_starts(name, "mappings/"))
		*ret = RULES_MAPPING;
	else if (str_starts(name, "agreements/"))
		*ret = RULES_AGREEMENT;
	else if (str_starts(name, "listings/"))
		*ret = RULES_LISTING;
	else if (str_is(name, "terms.json"))
		*ret = RULES_TERMS;
	else if (str_starts(name, "codes/"))
		*ret = RULES_CODES;
	else if (str_starts(name, "calendar/"))
		*ret = RULES_CALENDAR;
	else if (str_starts(name, "clocks/"))
		*ret = RULES_CLOCKS;
	else if (str_starts(name, "alliance/"))
		*ret = RULES_ALLIANCE;
	else if (str_is(name, "clauses.json"))
		*ret = RULES_CLAUSES;
	else
		return err_set(e, ERR_INVALID, "no place for such a file among the rules");
	return ERR_OK;
}

static const struct schema *schema_named(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->schema_count; i++) {
		if (str_is(r->schemas[i].name, name))
			return r->schemas[i].schema;
	}
	return NULL;
}

static enum err_code add_schema(struct rules *r, const struct rules_file *f, struct err *e)
{
	struct str name = str_skip(f->name, strlen("schema/"));
	name.len -= strlen(".json");
	if (r->schema_count == RULES_SCHEMAS_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d schemas", RULES_SCHEMAS_MAX);
	TRY(schema_new(&r->arena, f->bytes, &r->schemas[r->schema_count].schema, e));
	r->schemas[r->schema_count].name = name;
	r->schema_count++;
	return ERR_OK;
}

static enum err_code add_scheme(struct rules *r, const struct rules_file *f, struct err *e)
{
	struct scheme *s = ARENA_NEW(&r->arena, struct scheme);
	if (!s)
		return full(e);
	TRY(scheme_parse(&r->arena, f->doc, s, e));
	if (rules_scheme(r, s->id, s->edition))
		return err_set(e, ERR_CONFLICT, "scheme \"%s\" edition \"%s\" is already there",
			str_quote(&r->arena, s->id), str_quote(&r->arena, s->edition));
	if (r->schemes_last)
		r->schemes_last->next = s;
	else
		r->schemes = s;
	r->schemes_last = s;
	return ERR_OK;
}

static enum err_code add_clocks(struct rules *r, const struct rules_file *f, struct err *e)
{
	const struct json *list;
	TRY(json_need(f->doc, "clocks", JSON_ARRAY, &list, e));
	for (size_t i = 0; i < json_count(list); i++) {
		struct clock_term term;
		if (r->clock_count == LIMIT_CLOCKS)
			return err_set(e, ERR_TOO_LARGE, "more than %d clocks", LIMIT_CLOCKS);
		TRY(clock_term_parse(json_at(list, i), &term, e));
		if (rules_clock(r, str_z(&r->arena, term.id)))
			return err_set(e, ERR_CONFLICT, "clock \"%s\" is already there",
				str_quote(&r->arena, term.id));
		r->clocks[r->clock_count++] = term;
	}
	return ERR_OK;
}

/* Against its schema, when the schemas were added; a material of a logged decision has none. */
static enum err_code check_file(const struct rules *r, const struct rules_file *f, struct err *e)
{
	static const char *const names[RULES_KIND_COUNT] = {[RULES_CLAUSES] = "clauses",
		[RULES_MAPPING] = "mapping",
		[RULES_SCHEME] = "scheme",
		[RULES_AGREEMENT] = "agreement",
		[RULES_LISTING] = "listing",
		[RULES_TERMS] = "terms",
		[RULES_CODES] = "codes",
		[RULES_CALENDAR] = "calendar",
		[RULES_CLOCKS] = "clocks",
		[RULES_ALLIANCE] = "alliance"};
	if (f->kind == RULES_SCHEMA || r->schema_count == 0)
		return ERR_OK;
	const struct schema *s = schema_named(r, names[f->kind]);
	return s ? schema_check(s, f->doc, f->bytes, e)
		 : err_set(e, ERR_INVALID, "no schema \"%s\" was added before", names[f->kind]);
}

static enum err_code add_checked(struct rules *r, struct rules_file *f, struct err *e)
{
	struct json *doc;
	struct str jcs;
	if (f->kind == RULES_CRITERIA) {
		f->digest = digest_sha256(f->bytes);
		return str_is_utf8(f->bytes) ? ERR_OK : err_set(e, ERR_INVALID, "not UTF-8");
	}
	TRY(json_parse(&r->arena, f->bytes, &doc, e));
	f->doc = doc;
	TRY(json_jcs(&r->arena, doc, &jcs, e));
	f->digest = digest_sha256(jcs);
	TRY(check_file(r, f, e));
	if (f->kind == RULES_SCHEMA)
		return add_schema(r, f, e);
	if (f->kind == RULES_SCHEME)
		return add_scheme(r, f, e);
	if (f->kind == RULES_CALENDAR)
		return calendar_add_file(&r->arena, f->doc, &r->calendar, e);
	if (f->kind == RULES_CLOCKS)
		return add_clocks(r, f, e);
	if (f->kind != RULES_CLAUSES)
		return ERR_OK; /* meanings: an agreement's by rules_finish, a listing's above */
	if (r->clauses_file)
		return err_set(e, ERR_CONFLICT, "clauses are already there");
	TRY(parse_clauses(r, f->doc, e));
	r->clauses_file = f;
	return ERR_OK;
}

enum err_code rules_add_file(struct rules *r, const char *name, struct str bytes, struct err *e)
{
	CHECK(r != NULL);
	if (bytes.len > LIMIT_RULES_FILE_BYTES)
		return err_set(e, ERR_TOO_LARGE, "rules file \"%s\": larger than %d bytes", name,
			LIMIT_RULES_FILE_BYTES);
	struct rules_file *f = ARENA_NEW(&r->arena, struct rules_file);
	if (!f)
		return full(e);
	f->name = str_copy(&r->arena, str_of(name));
	f->bytes = str_copy(&r->arena, bytes);
	if (!f->name.at || !f->bytes.at)
		return full(e);
	if (kind_of_name(f->name, &f->kind, e) != ERR_OK || add_checked(r, f, e) != ERR_OK)
		return err_in(e, "rules file \"%s\"", name);
	if (r->last)
		r->last->next = f;
	else
		r->first = f;
	r->last = f;
	return ERR_OK;
}

/* ---- cross-checks ---------------------------------------------------------------------------- */

static enum err_code unknown(struct rules *r, struct err *e, const char *what, struct str name)
{
	return err_set(e, ERR_INVALID, "%s \"%s\" is not known", what, str_quote(&r->arena, name));
}

static enum err_code need_word(struct rules *r, int list, const char *word, struct err *e)
{
	if (rules_word(r, list_names[list], str_of(word)))
		return ERR_OK;
	return err_set(e, ERR_INVALID, "list \"%s\" lacks the word \"%s\"", list_names[list], word);
}

static bool is_parameter(struct str name)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		if (str_is(name, parameters[i]))
			return true;
	}
	return false;
}

static enum err_code check_template(struct str text, struct err *e)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '}')
			return err_set(e, ERR_INVALID, "a text closes a brace it did not open");
		if (text.at[i] != '{')
			continue;
		struct str name = str_skip(text, i + 1);
		size_t end = str_find(name, STR("}"));
		if (end > PARAMETER_BYTES_MAX || !is_parameter((struct str){ name.at, end }))
			return err_set(e, ERR_INVALID, "a text names an unknown parameter");
		i += end + 1;
	}
	return ERR_OK;
}

static enum err_code check_words(struct rules *r, struct err *e)
{
	for (int l = 0; l < LIST_COUNT; l++) {
		for (size_t i = 0; i < r->lists[l].count; i++) {
			const struct worded *w = &r->lists[l].words[i];
			if (w->rule.len > 0 && !rules_clause(r, w->rule))
				return unknown(r, e, "clause", w->rule);
			if (rules_word(r, list_names[l], w->id) != w)
				return err_set(e, ERR_INVALID, "word \"%s\" stands twice",
					str_quote(&r->arena, w->id));
			if (l == LIST_REASONS && w->rule.len == 0)
				return err_set(e, ERR_INVALID, "reason \"%s\" cites no clause",
					str_quote(&r->arena, w->id));
			if (check_template(w->text.zh, e) != ERR_OK ||
				check_template(w->text.en, e) != ERR_OK)
				return err_in(e, "word \"%s\"", str_quote(&r->arena, w->id));
		}
	}
	return ERR_OK;
}

/* Every word that the program can say. */
static enum err_code check_all_words(struct rules *r, struct err *e)
{
	for (int i = 0; i < REASON_COUNT; i++)
		TRY(need_word(r, LIST_REASONS, reason_row((enum reason)i)->word, e));
	for (int i = 0; i < OUTCOME_COUNT; i++)
		TRY(need_word(r, LIST_OUTCOMES, outcome_name((enum outcome)i), e));
	for (int i = 0; i < DOCUMENT_STATE_COUNT; i++)
		TRY(need_word(r, LIST_STATES, document_state_name((enum document_state)i), e));
	for (int i = 0; i < STRENGTH_COUNT; i++)
		TRY(need_word(r, LIST_STRENGTHS, strength_name((enum strength)i), e));
	for (int i = 0; i < NEXT_COUNT; i++)
		TRY(need_word(r, LIST_NEXT, next_step_name((enum next_step)i), e));
	for (int i = 0; i < LEVEL_COUNT; i++)
		TRY(need_word(r, LIST_LEVELS, standard_level_name((enum standard_level)i), e));
	for (int i = 0; i < VERDICT_COUNT; i++)
		TRY(need_word(r, LIST_VERDICTS, verdict_name((enum verdict)i), e));
	return ERR_OK;
}

static enum err_code check_items(struct rules *r, struct str scheme, const struct str *items,
	uint32_t count, struct err *e)
{
	bool known = false;
	for (uint32_t i = 0; i < count; i++) {
		bool found = false;
		for (const struct scheme *s = r->schemes; s; s = s->next) {
			known = known || str_eq(s->id, scheme);
			found = found || (str_eq(s->id, scheme) && scheme_item(s, items[i]));
		}
		if (!known)
			return unknown(r, e, "scheme", scheme);
		if (!found)
			return unknown(r, e, "item", items[i]);
	}
	return ERR_OK;
}

static enum err_code check_elements(struct rules *r, const struct str *elements,
	uint32_t count, struct err *e)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!str_is(elements[i], "*") && !rules_word(r, "elements", elements[i]))
			return unknown(r, e, "ODD element", elements[i]);
	}
	return ERR_OK;
}

static enum err_code check_agreement(struct rules *r, const struct rules_file *f, struct err *e)
{
	static const struct str parties[AGREEMENT_PARTIES] = {
		{ "did:web:first.example", 21 }, { "did:web:second.example", 22 } };
	struct agreement g;
	TRY(agreement_parse_content(&r->arena, f->doc, parties, &g, e));
	for (uint32_t i = 0; i < g.edition_count; i++) {
		if (!rules_scheme(r, g.editions[i].scheme, g.editions[i].edition))
			return unknown(r, e, "scheme", g.editions[i].scheme);
	}
	if (!rules_scheme(r, g.general_scheme, g.general_edition))
		return unknown(r, e, "scheme", g.general_scheme);
	for (uint32_t i = 0; i < g.carry_count; i++)
		TRY(check_items(r, g.carry[i].scheme, g.carry[i].items, g.carry[i].item_count, e));
	for (uint32_t i = 0; i < g.element_count; i++) {
		const struct agreement_element *el = &g.elements[i];
		TRY(check_items(r, el->scheme, el->items, el->item_count, e));
		TRY(check_elements(r, &el->element, 1, e));
	}
	for (uint32_t i = 0; i < g.add_on_count; i++)
		TRY(check_elements(r, g.add_ons[i].when, g.add_ons[i].when_count, e));
	for (uint32_t i = 0; i < g.document_count; i++) {
		if (!rules_word(r, "documents", g.documents[i].document))
			return unknown(r, e, "document", g.documents[i].document);
	}
	return ERR_OK;
}

/* The rules of one logged decision have no agreement file: see rules_finish in the header. */
static bool is_whole(const struct rules *r)
{
	for (const struct rules_file *f = r->first; f; f = f->next) {
		if (f->kind == RULES_AGREEMENT)
			return true;
	}
	return false;
}

static enum err_code check_covers(struct rules *r, const struct scheme *s, struct err *e)
{
	for (uint32_t i = 0; i < s->item_count; i++) {
		for (uint32_t k = 0; k < s->items[i].cover_count; k++) {
			const struct scheme_cover *c = &s->items[i].covers[k];
			bool here = false;
			for (const struct scheme *o = r->schemes; o; o = o->next)
				here = here || str_eq(o->id, c->scheme);
			if (here || is_whole(r))
				TRY(check_items(r, c->scheme, c->items, c->item_count, e));
		}
	}
	return ERR_OK;
}

/* A scenario's criteria compile with the scheme's numbers, and what they name has a title. */
static enum err_code check_criteria(struct rules *r, const struct scheme *s,
	const struct json *scenario, struct err *e)
{
	struct str word = json_get_str(scenario, "criteria");
	const struct rules_file *f = rules_criteria(r, word);
	const struct json *names = json_get(s->doc, "criteria");
	const struct program_number *numbers;
	struct program *p;
	uint32_t count;

	if (!f)
		return unknown(r, e, "criteria file", word);
	TRY(evaluation_numbers(&r->arena, s->doc, json_get_str(scenario, "id"), NULL, &numbers,
		&count, e));
	if (program_compile(&r->arena, f->bytes, numbers, count, &p, e) != ERR_OK)
		return err_in(e, "rules file \"" STR_FMT "\"", STR_ARG(f->name));
	names = names ? json_get(names, str_z(&r->arena, word)) : NULL;
	for (uint32_t i = 0; i < p->criterion_count; i++) {
		if (!json_get(names, str_z(&r->arena, p->criteria[i].id)))
			return unknown(r, e, "title of the criterion", p->criteria[i].id);
	}
	for (uint32_t i = 0; i < p->measure_count; i++) {
		if (!json_get(names, str_z(&r->arena, p->measures[i].id)))
			return unknown(r, e, "title of the measure", p->measures[i].id);
	}
	return ERR_OK;
}

/* Every scenario's item and criteria file exist, and fit together. */
static enum err_code check_scenarios(struct rules *r, const struct scheme *s, struct err *e)
{
	const struct json *list = json_get(s->doc, "scenarios");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		struct str id = json_get_str(v, "id");
		for (size_t k = 0; k < i; k++) {
			if (str_eq(id, json_get_str(json_at(list, k), "id")))
				return err_set(e, ERR_INVALID, "scenario \"%s\" stands twice",
					str_quote(&r->arena, id));
		}
		if (!scheme_item(s, json_get_str(v, "item")))
			return unknown(r, e, "item", json_get_str(v, "item"));
		if (is_whole(r) && check_criteria(r, s, v, e) != ERR_OK)
			return err_in(e, "scenario \"%s\"", str_quote(&r->arena, id));
	}
	return ERR_OK;
}

enum err_code rules_finish(struct rules *r, struct err *e)
{
	if (!r->clauses_file)
		return err_set(e, ERR_INVALID, "rules lack the file \"clauses.json\"");
	if (check_words(r, e) != ERR_OK || (is_whole(r) && check_all_words(r, e) != ERR_OK))
		return err_in(e, "rules file \"clauses.json\"");
	for (const struct scheme *s = r->schemes; s; s = s->next) {
		if (check_covers(r, s, e) != ERR_OK || check_scenarios(r, s, e) != ERR_OK)
			return err_in(e, "scheme \"%s\"", str_quote(&r->arena, s->id));
	}
	for (const struct rules_file *f = r->first; f; f = f->next) {
		if (f->kind == RULES_AGREEMENT && check_agreement(r, f, e) != ERR_OK)
			return err_in(e, "rules file \"" STR_FMT "\"", STR_ARG(f->name));
	}
	return ERR_OK;
}

/* ---- looking up ------------------------------------------------------------------------------ */

const struct rules_file *rules_files(const struct rules *r)
{
	return r->first;
}

const struct rules_file *rules_file_by_digest(const struct rules *r, const struct digest *d)
{
	for (const struct rules_file *f = r->first; f; f = f->next) {
		if (digest_eq(&f->digest, d))
			return f;
	}
	return NULL;
}

const struct rules_file *rules_file_named(const struct rules *r, struct str name)
{
	for (const struct rules_file *f = r->first; f; f = f->next) {
		if (str_eq(f->name, name))
			return f;
	}
	return NULL;
}

const struct rules_file *rules_criteria(const struct rules *r, struct str word)
{
	for (const struct rules_file *f = r->first; f; f = f->next) {
		struct str name = f->name;
		if (f->kind != RULES_CRITERIA)
			continue;
		name = str_skip(name, strlen("criteria/"));
		name.len -= strlen(".criteria");
		if (str_eq(name, word))
			return f;
	}
	return NULL;
}

const struct rules_file *rules_clauses_file(const struct rules *r)
{
	return r->clauses_file;
}

const struct calendar *rules_calendar(const struct rules *r)
{
	return &r->calendar;
}

const struct clock_term *rules_clock(const struct rules *r, const char *id)
{
	for (size_t i = 0; id && i < r->clock_count; i++) {
		if (str_is(r->clocks[i].id, id))
			return &r->clocks[i];
	}
	return NULL;
}

const struct scheme *rules_schemes(const struct rules *r)
{
	return r->schemes;
}

const struct scheme *rules_scheme(const struct rules *r, struct str id, struct str edition)
{
	for (const struct scheme *s = r->schemes; s; s = s->next) {
		if (str_eq(s->id, id) && str_eq(s->edition, edition))
			return s;
	}
	return NULL;
}

const struct clause *rules_clause(const struct rules *r, struct str id)
{
	for (size_t i = 0; i < r->clause_count; i++) {
		if (str_eq(r->clauses[i].id, id))
			return &r->clauses[i];
	}
	return NULL;
}

const struct worded *rules_word(const struct rules *r, const char *list, struct str id)
{
	for (int l = 0; l < LIST_COUNT; l++) {
		if (strcmp(list_names[l], list) != 0)
			continue;
		for (size_t i = 0; i < r->lists[l].count; i++) {
			if (str_eq(r->lists[l].words[i].id, id))
				return &r->lists[l].words[i];
		}
	}
	return NULL;
}

enum err_code rules_check(const struct rules *r, const char *schema, const struct json *v,
	struct str text, struct err *e)
{
	const struct schema *s = schema_named(r, schema);
	if (!s)
		return err_set(e, ERR_NOT_FOUND, "rules have no schema \"%s\"", schema);
	enum err_code code = schema_check(s, v, text, e);
	return code == ERR_OK ? ERR_OK : err_word(e, "schema");
}
