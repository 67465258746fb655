/* charter.c - reading files of rules/alliance/. */
#include "alliance/charter.h"

#include "base/limits.h"

#define SHARE_OF_MAX 100

static const char *const kind_names[MOTION_KIND_COUNT] = { "ordinary", "amendment" };

const char *motion_kind_name(enum motion_kind k)
{
	CHECK((unsigned)k < MOTION_KIND_COUNT);
	return kind_names[k];
}

enum motion_kind motion_kind_find(struct str name)
{
	unsigned k = 0;

	while (k < MOTION_KIND_COUNT && !str_is(name, kind_names[k]))
		k++;
	return (enum motion_kind)k;
}

/* ---- shares ---------------------------------------------------------------------------------- */

enum err_code share_parse(const struct json *v, struct share *ret, struct err *e)
{
	const struct json *over;
	uint64_t part, of;

	TRY(json_need_u64(v, "part", &part, e));
	TRY(json_need_u64(v, "of", &of, e));
	over = json_get(v, "over");
	if (part < 1 || part > of || of > SHARE_OF_MAX)
		return err_set(e, ERR_INVALID, "a share is not between 1/%d and the whole",
			SHARE_OF_MAX);
	if (!json_is(over, JSON_TRUE) && !json_is(over, JSON_FALSE))
		return err_set(e, ERR_INVALID, "a share does not say whether more is needed");
	*ret = (struct share){ .part = (uint32_t)part, .of = (uint32_t)of,
		.over = json_true(over) };
	return ERR_OK;
}

struct json *share_json(struct arena *a, const struct share *s)
{
	struct json *v = json_new_object(a);

	v = json_set_number(a, v, "part", s->part);
	v = json_set_number(a, v, "of", s->of);
	return json_set(a, v, "over", json_new_bool(a, s->over));
}

bool share_is_met(const struct share *s, uint32_t count, uint32_t total)
{
	uint64_t have = (uint64_t)count * s->of, need = (uint64_t)total * s->part;

	if (total == 0)
		return false;
	return s->over ? have > need : have >= need;
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum err_code parse(const struct rules_file *f, struct charter *ret, struct err *e)
{
	const struct json *doc = f->doc, *voting = json_get(doc, "voting");
	uint64_t shortest, longest;

	*ret = (struct charter){ .digest = f->digest, .doc = doc };
	TRY(json_need_str(doc, "id", &ret->id, e));
	TRY(json_need_u64(doc, "version", &ret->version, e));
	TRY(text_pair_parse(json_get(doc, "name"), &ret->name, e));
	TRY(json_need_str(doc, "members", &ret->members, e));
	TRY(share_parse(json_get(doc, "quorum"), &ret->quorum, e));
	for (unsigned k = 0; k < MOTION_KIND_COUNT; k++)
		TRY(share_parse(json_get(json_get(doc, "majorities"), kind_names[k]),
			&ret->majority[k], e));
	TRY(json_need_u64(voting, "shortestMinutes", &shortest, e));
	TRY(json_need_u64(voting, "longestMinutes", &longest, e));
	if (shortest > longest || longest > LIMIT_ALLIANCE_VOTE_MINUTES)
		return err_set(e, ERR_INVALID, "a vote is not open between its shortest time and "
			"%d minutes", LIMIT_ALLIANCE_VOTE_MINUTES);
	ret->shortest_minutes = (uint32_t)shortest;
	ret->longest_minutes = (uint32_t)longest;
	return ERR_OK;
}

/* Into its place: the greatest version first. */
static enum err_code put(struct charter **sorted, uint32_t count, struct charter *c, struct err *e)
{
	uint32_t at = count;

	for (uint32_t i = 0; i < count; i++) {
		if (sorted[i]->version == c->version || !str_eq(sorted[i]->id, c->id))
			return err_set(e, ERR_CONFLICT, "another file has version %llu, or another "
				"alliance", (unsigned long long)c->version);
	}
	for (; at > 0 && sorted[at - 1]->version < c->version; at--)
		sorted[at] = sorted[at - 1];
	sorted[at] = c;
	return ERR_OK;
}

enum err_code charters_parse(struct arena *a, const struct rules *r, const struct charter **ret,
	struct err *e)
{
	struct charter *sorted[LIMIT_ALLIANCE_CHARTERS];
	uint32_t count = 0;

	for (const struct rules_file *f = rules_files(r); f; f = f->next) {
		struct charter *c;
		if (f->kind != RULES_ALLIANCE)
			continue;
		c = ARENA_NEW(a, struct charter);
		if (!c || count == LIMIT_ALLIANCE_CHARTERS)
			return err_set(e, ERR_TOO_LARGE, "more than %d charters",
				LIMIT_ALLIANCE_CHARTERS);
		if (parse(f, c, e) != ERR_OK || put(sorted, count, c, e) != ERR_OK)
			return err_in(e, "rules file \"" STR_FMT "\"", STR_ARG(f->name));
		count++;
	}
	for (uint32_t i = 1; i < count; i++)
		sorted[i - 1]->older = sorted[i];
	*ret = count > 0 ? sorted[0] : NULL;
	return ERR_OK;
}

bool charter_allows(const struct charter *c, struct str organisation_kind)
{
	struct str rest = c->members;

	while (rest.at) {
		if (str_eq(str_cut(&rest, ' '), organisation_kind))
			return true;
	}
	return false;
}
