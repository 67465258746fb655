/* agreement.c - reading a recognition agreement. */
#include "recognition/agreement.h"

#include <string.h>

#include "credential/scope.h"

#define ENTRIES_MAX 64
#define ITEMS_MAX 256

static const char *const strength_names[STRENGTH_COUNT] = { "item-results", "simplified",
	"file-and-go", "plate" };
static const char *const section_names[SECTION_COUNT] = {
	[SECTION_EDITIONS] = "editions", [SECTION_LEVELS] = "levels",
	[SECTION_ACCREDITATION] = "accreditation", [SECTION_CARRY_OVER] = "carryOver",
	[SECTION_GENERAL_ITEMS] = "generalItems",
	[SECTION_SAME_CONFIGURATION] = "sameConfiguration", [SECTION_MAX_AGE] = "maxAge",
	[SECTION_ADD_ONS] = "addOns", [SECTION_ODD_ITEMS] = "oddItems",
	[SECTION_DOCUMENTS] = "documents", [SECTION_STRENGTH] = "strength",
	[SECTION_DISCLOSURE] = "disclosure", [SECTION_IN_FORCE] = "inForce" };

const char *strength_name(enum strength s)
{
	CHECK(s < STRENGTH_COUNT);
	return strength_names[s];
}

/* One section at hand: its JSON, and the place for what it says. */
struct section {
	struct arena *a;
	const struct json *v;
	struct agreement *g;
	struct err *e;
};

static enum err_code strength_parse(struct str text, enum strength *ret, struct err *e)
{
	for (int s = 0; s < STRENGTH_COUNT; s++) {
		if (str_is(text, strength_names[s])) {
			*ret = (enum strength)s;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "unknown strength of recognition");
}

/* The list of a section, and zeroed room for its entries. */
static enum err_code open_list(const struct section *s, const char *name, size_t least,
	size_t entry_bytes, const struct json **ret_list, void **ret_room)
{
	const struct json *list;
	TRY(json_need(s->v, name, JSON_ARRAY, &list, s->e));
	if (json_count(list) < least || json_count(list) > ENTRIES_MAX)
		return err_set(s->e, ERR_INVALID, "member \"%s\" must have %zu to %d entries", name,
			least, ENTRIES_MAX);
	void *room = arena_alloc_array(s->a, json_count(list), entry_bytes);
	if (!room)
		return err_set(s->e, ERR_TOO_LARGE, "agreement too large");
	*ret_list = list;
	*ret_room = room;
	return ERR_OK;
}

static enum err_code need_party(const struct json *v, const char *name, uint32_t *ret,
	struct err *e)
{
	uint64_t party;
	TRY(json_need_u64(v, name, &party, e));
	if (party >= AGREEMENT_PARTIES)
		return err_set(e, ERR_INVALID, "member \"%s\" must be 0 or 1", name);
	*ret = (uint32_t)party;
	return ERR_OK;
}

static enum err_code parse_editions(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "accepted", 1, sizeof(struct agreement_items), &list, &room));
	struct agreement_items *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		TRY(json_need_str(json_at(list, i), "scheme", &entries[i].scheme, s->e));
		TRY(json_need_str(json_at(list, i), "edition", &entries[i].edition, s->e));
	}
	s->g->edition_count = (uint32_t)json_count(list);
	s->g->editions = entries;
	return ERR_OK;
}

static enum err_code parse_levels(const struct section *s)
{
	const struct str *words;
	uint32_t count;
	TRY(strings_parse(s->a, json_get(s->v, "accepted"), "accepted", 1, LEVEL_COUNT, &words,
		&count, s->e));
	for (uint32_t i = 0; i < count; i++) {
		enum standard_level level = LEVEL_NATIONAL;
		TRY(standard_level_parse(words[i], &level, s->e));
		s->g->levels[level] = true;
	}
	return ERR_OK;
}

static enum err_code parse_accreditation(const struct section *s)
{
	return strings_parse(s->a, json_get(s->v, "certificates"), "certificates", 1, 16,
		&s->g->certificates, &s->g->certificate_count, s->e);
}

static enum err_code parse_carry_over(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "items", 1, sizeof(struct agreement_items), &list, &room));
	struct agreement_items *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		TRY(json_need_str(json_at(list, i), "scheme", &entries[i].scheme, s->e));
		TRY(strings_parse_sorted(s->a, json_get(json_at(list, i), "items"), "items", 1,
			ITEMS_MAX, &entries[i].items, &entries[i].item_count, s->e));
	}
	s->g->carry_count = (uint32_t)json_count(list);
	s->g->carry = entries;
	return ERR_OK;
}

static enum err_code parse_general_items(const struct section *s)
{
	TRY(json_need_str(s->v, "scheme", &s->g->general_scheme, s->e));
	return json_need_str(s->v, "edition", &s->g->general_edition, s->e);
}

static enum err_code parse_same_rule(const struct json *v, struct agreement_same *same,
	struct err *e)
{
	struct str rule;
	bool domain = str_is(same->component, "odd") || str_is(same->component, "max-speed");
	TRY(json_need_str(v, "rule", &rule, e));
	if (str_is(rule, "same"))
		same->rule = SAME_EXACTLY;
	else if (str_is(rule, "same-or-less"))
		same->rule = SAME_OR_LESS;
	else if (str_is(rule, "free"))
		same->rule = SAME_FREE;
	else
		return err_set(e, ERR_INVALID, "unknown rule of sameness");
	if (same->rule == SAME_OR_LESS && !domain)
		return err_set(e, ERR_INVALID, "\"same-or-less\" is for odd and max-speed only");
	return ERR_OK;
}

static enum err_code parse_same_configuration(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "components", 1, sizeof(struct agreement_same), &list, &room));
	struct agreement_same *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const struct json *affects = json_get(v, "affects");
		TRY(json_need_str(v, "component", &entries[i].component, s->e));
		TRY(parse_same_rule(v, &entries[i], s->e));
		for (size_t k = 0; k < i; k++) {
			if (str_eq(entries[k].component, entries[i].component))
				return err_set(s->e, ERR_INVALID, "a component stands twice");
		}
		entries[i].affects_all = str_is(json_str(affects), "all");
		if (!entries[i].affects_all)
			TRY(strings_parse_sorted(s->a, affects, "affects", 1, ITEMS_MAX,
				&entries[i].items, &entries[i].item_count, s->e));
	}
	s->g->same_count = (uint32_t)json_count(list);
	s->g->same = entries;
	return ERR_OK;
}

static enum err_code parse_max_age(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "results", 1, sizeof(struct agreement_age), &list, &room));
	struct agreement_age *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const char *unit = json_get(v, "months") ? "months" : "days";
		uint64_t number;
		TRY(json_need_u64(v, unit, &number, s->e));
		if (number == 0 || number > 7300)
			return err_set(s->e, ERR_INVALID, "member \"%s\" must be 1 to 7300", unit);
		if (unit[0] == 'm')
			entries[i].months = (uint32_t)number;
		else
			entries[i].days = (uint32_t)number;
		entries[i].scheme = json_get_str(v, "scheme");
		entries[i].item = json_get_str(v, "item");
		if ((entries[i].item.len > 0) != (entries[i].scheme.len > 0))
			return err_set(
				s->e, ERR_INVALID, "an age for one item names scheme and item");
	}
	s->g->age_count = (uint32_t)json_count(list);
	s->g->ages = entries;
	return ERR_OK;
}

static enum err_code parse_add_ons(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "items", 0, sizeof(struct agreement_add_on), &list, &room));
	struct agreement_add_on *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		TRY(need_party(v, "party", &entries[i].party, s->e));
		TRY(json_need_str(v, "item", &entries[i].item, s->e));
		TRY(text_pair_parse(json_get(v, "title"), &entries[i].title, s->e));
		TRY(strings_parse_sorted(s->a, json_get(v, "when"), "when", 0, ENTRIES_MAX - 1,
			&entries[i].when, &entries[i].when_count, s->e));
		for (size_t k = 0; k < i; k++) {
			if (str_eq(entries[k].item, entries[i].item))
				return err_set(s->e, ERR_INVALID, "an add-on item stands twice");
		}
	}
	s->g->add_on_count = (uint32_t)json_count(list);
	s->g->add_ons = entries;
	return ERR_OK;
}

static enum err_code parse_odd_items(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "elements", 1, sizeof(struct agreement_element), &list, &room));
	struct agreement_element *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		TRY(json_need_str(v, "element", &entries[i].element, s->e));
		TRY(json_need_str(v, "scheme", &entries[i].scheme, s->e));
		TRY(strings_parse_sorted(s->a, json_get(v, "items"), "items", 1, ITEMS_MAX,
			&entries[i].items, &entries[i].item_count, s->e));
	}
	s->g->element_count = (uint32_t)json_count(list);
	s->g->elements = entries;
	return ERR_OK;
}

static enum err_code parse_document(const struct section *s, const struct json *v,
	struct agreement_document *ret)
{
	static const char *const whens[] = { "always", "added-vehicles", "add-on-items" };
	const struct str *words;
	uint32_t count;
	bool known = false;
	TRY(json_need_str(v, "document", &ret->document, s->e));
	TRY(json_need_str(v, "when", &ret->when, s->e));
	for (size_t i = 0; i < sizeof(whens) / sizeof(whens[0]); i++)
		known = known || str_is(ret->when, whens[i]);
	if (!known)
		return err_set(s->e, ERR_INVALID, "unknown word in member \"when\"");
	ret->dated = json_true(json_get(v, "dated"));
	TRY(strings_parse(s->a, json_get(v, "strengths"), "strengths", 1, STRENGTH_COUNT, &words,
		&count, s->e));
	for (uint32_t i = 0; i < count; i++) {
		enum strength strength = STRENGTH_ITEM_RESULTS;
		TRY(strength_parse(words[i], &strength, s->e));
		ret->at[strength] = true;
	}
	return ERR_OK;
}

static enum err_code parse_documents(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "needed", 0, sizeof(struct agreement_document), &list, &room));
	struct agreement_document *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		TRY(parse_document(s, json_at(list, i), &entries[i]));
		for (size_t k = 0; k < i; k++) {
			if (str_eq(entries[k].document, entries[i].document))
				return err_set(s->e, ERR_INVALID, "a document stands twice");
		}
	}
	s->g->document_count = (uint32_t)json_count(list);
	s->g->documents = entries;
	return ERR_OK;
}

static enum err_code parse_strength(const struct section *s)
{
	struct str level;
	TRY(json_need_str(s->v, "level", &level, s->e));
	return strength_parse(level, &s->g->strength, s->e);
}

static enum err_code parse_disclosure(const struct section *s)
{
	const struct json *list;
	void *room;
	TRY(open_list(s, "bodies", 0, sizeof(struct agreement_disclosure), &list, &room));
	struct agreement_disclosure *entries = room;
	for (size_t i = 0; i < json_count(list); i++) {
		struct str kind;
		TRY(json_need_str(json_at(list, i), "kind", &kind, s->e));
		TRY(kind_from_name(kind, &entries[i].kind, s->e));
		TRY(need_party(json_at(list, i), "to", &entries[i].party, s->e));
	}
	s->g->disclosure_count = (uint32_t)json_count(list);
	s->g->disclosures = entries;
	return ERR_OK;
}

/* From 00:00 of the first day to 24:00 of the last one, in China. */
static enum err_code parse_in_force(const struct section *s)
{
	struct str from;
	struct str until;
	int32_t first;
	int32_t last;
	TRY(json_need_str(s->v, "from", &from, s->e));
	TRY(json_need_str(s->v, "until", &until, s->e));
	TRY(china_day_parse(from, &first, s->e));
	TRY(china_day_parse(until, &last, s->e));
	if (last < first)
		return err_set(s->e, ERR_INVALID, "the agreement ends before it begins");
	s->g->in_force_from = china_day_start(first);
	s->g->in_force_until = china_day_start(last + 1) - 1;
	return ERR_OK;
}

static enum err_code parse_sections(struct arena *a, const struct json *content,
	struct agreement *g, struct err *e)
{
	static enum err_code (*const parsers[SECTION_COUNT])(const struct section *s) = {
		[SECTION_EDITIONS] = parse_editions, [SECTION_LEVELS] = parse_levels,
		[SECTION_ACCREDITATION] = parse_accreditation,
		[SECTION_CARRY_OVER] = parse_carry_over,
		[SECTION_GENERAL_ITEMS] = parse_general_items,
		[SECTION_SAME_CONFIGURATION] = parse_same_configuration,
		[SECTION_MAX_AGE] = parse_max_age, [SECTION_ADD_ONS] = parse_add_ons,
		[SECTION_ODD_ITEMS] = parse_odd_items, [SECTION_DOCUMENTS] = parse_documents,
		[SECTION_STRENGTH] = parse_strength, [SECTION_DISCLOSURE] = parse_disclosure,
		[SECTION_IN_FORCE] = parse_in_force };
	for (int i = 0; i < SECTION_COUNT; i++) {
		struct section s = { .a = a, .g = g, .e = e };
		TRY(json_need(content, section_names[i], JSON_OBJECT, &s.v, e));
		if (json_need_str(s.v, "clause", &g->clauses[i], e) != ERR_OK ||
			parsers[i](&s) != ERR_OK)
			return err_in(e, "section \"%s\"", section_names[i]);
		if (!agreement_clause_text(g, g->clauses[i]).zh.at)
			return err_set(e, ERR_INVALID, "section \"%s\": it cites a clause that the "
				"agreement does not have", section_names[i]);
	}
	return ERR_OK;
}

enum err_code agreement_parse_content(struct arena *a, const struct json *content,
	const struct str parties[AGREEMENT_PARTIES], struct agreement *ret, struct err *e)
{
	struct agreement g = { .doc = content, .parties = { parties[0], parties[1] } };
	uint64_t version;
	if (!str_is(json_get_str(content, "kind"), "agreement"))
		return err_set(e, ERR_INVALID, "not the content of an agreement");
	if (str_eq(parties[0], parties[1]))
		return err_set(e, ERR_INVALID, "the parties of the agreement are the same");
	TRY(json_need_str(content, "id", &g.name, e));
	TRY(json_need_u64(content, "version", &version, e));
	if (version == 0 || version > 1000000)
		return err_set(e, ERR_INVALID, "member \"version\" must be 1 to 1000000");
	g.version = (uint32_t)version;
	TRY(text_pair_parse(json_get(content, "title"), &g.title, e));
	TRY(parse_sections(a, content, &g, e));
	*ret = g;
	return ERR_OK;
}

enum err_code agreement_parse(struct arena *a, const struct statement *s, struct agreement *ret,
	struct err *e)
{
	const struct json *parties;
	const struct json *content;
	struct str dids[AGREEMENT_PARTIES];
	struct agreement g;
	TRY(json_need(s->subject, "parties", JSON_ARRAY, &parties, e));
	if (json_count(parties) != AGREEMENT_PARTIES)
		return err_set(e, ERR_INVALID, "an agreement has two parties");
	for (size_t i = 0; i < AGREEMENT_PARTIES; i++)
		TRY(json_need_str(json_at(parties, i), "id", &dids[i], e));
	TRY(json_need(s->subject, "agreement", JSON_OBJECT, &content, e));
	if (agreement_parse_content(a, content, dids, &g, e) != ERR_OK)
		return err_in(e, "agreement");
	g.id = s->id;
	if (g.in_force_from < s->valid_from)
		g.in_force_from = s->valid_from;
	if (g.in_force_until > s->valid_until)
		g.in_force_until = s->valid_until;
	*ret = g;
	return ERR_OK;
}

bool agreement_in_force(const struct agreement *g, int64_t now)
{
	return now >= g->in_force_from && now <= g->in_force_until;
}

uint32_t agreement_party(const struct agreement *g, struct str did)
{
	for (uint32_t i = 0; i < AGREEMENT_PARTIES; i++) {
		if (str_eq(g->parties[i], did))
			return i;
	}
	return AGREEMENT_PARTIES;
}

bool agreement_discloses(const struct agreement *g, enum kind kind, struct str to_did, int64_t now)
{
	uint32_t party = agreement_party(g, to_did);
	if (party == AGREEMENT_PARTIES || !agreement_in_force(g, now))
		return false;
	for (uint32_t i = 0; i < g->disclosure_count; i++) {
		if (g->disclosures[i].kind == kind && g->disclosures[i].party == party)
			return true;
	}
	return false;
}

struct text_pair agreement_clause_text(const struct agreement *g, struct str id)
{
	const struct json *list = json_get(g->doc, "clauses");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		struct text_pair text;
		if (str_eq(json_get_str(v, "id"), id) &&
			text_pair_parse(json_get(v, "text"), &text, NULL) == ERR_OK)
			return text;
	}
	return (struct text_pair){ { NULL, 0 }, { NULL, 0 } };
}
