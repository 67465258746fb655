/* recomputation.c - comparing evaluations, and the words for what differs. */
#include "recognition/recomputation.h"

#include "base/encode.h"
#include "base/limits.h"
#include "base/scoped.h"

#define DIFFERENCES_MAX 64     /* of one item; more say nothing new */
#define DEPTH_MAX 16
#define VALUE_BYTES_MAX 120    /* of a value that is told */

static const char *const names[RECOMPUTED_COUNT] = { "identical", "different", "open" };

const char *recomputed_name(enum recomputed r)
{
	CHECK((unsigned)r < RECOMPUTED_COUNT);
	return names[r];
}

struct json *recomputation_difference(struct arena *a, const char *what, struct str where,
	struct str bound, struct str found)
{
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "bound", bound);
	v = json_set_str(a, v, "found", found);
	v = json_set_text(a, v, "what", what);
	return json_set_str(a, v, "where", where);
}

/* ---- two documents --------------------------------------------------------------------------- */

struct comparison {
	struct arena *a;
	struct json *list;
	struct str run, part;          /* "run 2", "criterion no-contact", or empty */
};

/* A value as text for people: numbers and texts bare, the rest as JSON, cut when long. */
static struct str shown(struct arena *a, const struct json *v)
{
	SCOPED_BUF b = { 0 };
	if (!v)
		return STR("-");
	if (json_is(v, JSON_STRING))
		return json_str(v).len <= VALUE_BYTES_MAX ? json_str(v) : STR("(long text)");
	buf_init(&b, VALUE_BYTES_MAX);
	if (json_put_jcs(&b, v, NULL) != ERR_OK || b.overflow)
		return STR("(more than a value)");
	return str_copy(a, buf_str(&b));
}

static void tell(struct comparison *c, struct str member, const struct json *bound,
	const struct json *found)
{
	if (json_count(c->list) >= DIFFERENCES_MAX)
		return;
	bool run = c->run.len > 0, part = c->part.len > 0;
	struct str where = str_printf(c->a, STR_FMT "%s" STR_FMT, STR_ARG(c->run),
		run && part ? ", " : "", STR_ARG(c->part));
	c->list = json_push(c->a, c->list, recomputation_difference(c->a, str_z(c->a, member),
		where, shown(c->a, bound), shown(c->a, found)));
}

static void compare(struct comparison *c, struct str member, const struct json *bound,
	const struct json *found, unsigned depth);

/* "run 2", "criterion gap", "measure least-gap", "file run1.mf4" from an element of a list. */
static struct comparison inside(const struct comparison *c, struct str member,
	const struct json *element, size_t index)
{
	struct comparison in = *c;
	struct str id = json_get_str(element, "id"), name = json_get_str(element, "name");
	double run = json_number_or(json_get(element, "run"), 0);
	if (str_is(member, "runs"))
		in.run = str_printf(c->a, "run %.0f", run > 0 ? run : (double)index + 1);
	else if (str_is(member, "criteria") && id.at)
		in.part = str_printf(c->a, "criterion " STR_FMT, STR_ARG(id));
	else if (str_is(member, "measures") && id.at)
		in.part = str_printf(c->a, "measure " STR_FMT, STR_ARG(id));
	else if (str_is(member, "files") && name.at)
		in.part = str_printf(c->a, "file " STR_FMT, STR_ARG(name));
	else if (id.at || name.at)
		in.part = str_printf(c->a, STR_FMT " " STR_FMT, STR_ARG(member),
			STR_ARG(id.at ? id : name));
	else if (json_is(element, JSON_OBJECT))
		in.part = str_printf(c->a, STR_FMT " %zu", STR_ARG(member), index + 1);
	return in;
}

static void compare_lists(struct comparison *c, struct str member, const struct json *bound,
	const struct json *found, unsigned depth)
{
	size_t count = json_count(bound);
	if (count != json_count(found)) {
		struct str how_many = str_printf(c->a, "number of " STR_FMT, STR_ARG(member));
		tell(c, how_many, json_new_number(c->a, (double)count),
			json_new_number(c->a, (double)json_count(found)));
		count = count < json_count(found) ? count : json_count(found);
	}
	for (size_t i = 0; i < count; i++) {
		struct comparison in = inside(c, member, json_at(bound, i), i);
		compare(&in, member, json_at(bound, i), json_at(found, i), depth + 1);
		c->list = in.list;
	}
}

static void compare_objects(struct comparison *c, struct str member, const struct json *bound,
	const struct json *found, unsigned depth)
{
	struct comparison in = *c;
	/* An object beside the lists ("scheme", "criteria" of the rules) is named by its member. */
	if (depth == 1 && in.run.len == 0 && in.part.len == 0)
		in.part = member;
	for (uint32_t i = 0; i < bound->count; i++) {
		struct str name = bound->members[i].name;
		if (depth == 0 && str_is(name, "program"))
			continue; /* I1: another version that comes to the same is told apart */
		compare(&in, name, bound->members[i].value,
			json_get(found, str_z(c->a, name)), depth + 1);
	}
	for (uint32_t i = 0; i < found->count; i++) {
		struct str name = found->members[i].name;
		if (!json_get(bound, str_z(c->a, name)))
			tell(&in, name, NULL, found->members[i].value);
	}
	c->list = in.list;
}

static void compare(struct comparison *c, struct str member, const struct json *bound,
	const struct json *found, unsigned depth)
{
	if (json_eq(bound, found))
		return;
	if (depth < DEPTH_MAX && json_is(bound, JSON_OBJECT) && json_is(found, JSON_OBJECT))
		compare_objects(c, member, bound, found, depth);
	else if (depth < DEPTH_MAX && json_is(bound, JSON_ARRAY) && json_is(found, JSON_ARRAY))
		compare_lists(c, member, bound, found, depth);
	else
		tell(c, member, bound, found);
}

/* ---- an item against its document ------------------------------------------------------------ */

static struct str digest_text(struct arena *a, const struct json *v)
{
	struct str jcs;
	if (!v || json_jcs(a, v, &jcs, NULL) != ERR_OK)
		return STR("");
	struct digest d = digest_sha256(jcs);
	return base64url_new(a, d.at, DIGEST_BYTES);
}

/* The report's measurement of that name and run; NULL when it tells none. */
static const struct json *measurement_like(const struct json *item, const struct json *wanted)
{
	const struct json *list = json_get(item, "measurements");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *m = json_at(list, i);
		if (str_eq(json_get_str(m, "name"), json_get_str(wanted, "name")) &&
			json_eq(json_get(m, "run"), json_get(wanted, "run")))
			return m;
	}
	return NULL;
}

static void compare_members(struct comparison *c, const struct json *told,
	const struct json *wanted, const char *const *members, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct json *a = json_get(told, members[i]);
		const struct json *b = json_get(wanted, members[i]);
		if (!json_eq(a, b) && (a || b))
			tell(c, str_of(members[i]), a, b);
	}
}

/* What the report says of the item against what comes out. A laboratory may say more in its own
 * words; what comes from the evaluation stands as it is. */
static void compare_item(struct comparison *c, const struct json *item, const struct json *expected)
{
	static const char *const numbers[] = { "value", "unit", "limit", "margin" };
	static const char *const verdict[] = { "verdict" };
	const struct json *runs = json_get(expected, "runs"), *told = json_get(item, "runs");
	const struct json *measured = json_get(expected, "measurements");
	struct comparison in = *c;
	in.part = STR("the report's item");
	compare_members(&in, item, expected, verdict, 1);
	for (size_t i = 0; i < json_count(runs); i++) {
		in.run = str_printf(c->a, "run %.0f",
			json_number_or(json_get(json_at(runs, i), "run"), 0));
		compare_members(&in, json_at(told, i), json_at(runs, i), verdict, 1);
	}
	for (size_t i = 0; i < json_count(measured); i++) {
		const struct json *m = json_at(measured, i);
		in.run = str_printf(c->a, "run %.0f", json_number_or(json_get(m, "run"), 0));
		in.part = str_printf(c->a, "the report's \"" STR_FMT "\"",
			STR_ARG(json_get_str(m, "name")));
		compare_members(&in, measurement_like(item, m), m, numbers, 4);
	}
	if (json_count(told) != json_count(runs))
		tell(&in, STR("number of runs"), json_new_number(c->a, (double)json_count(told)),
			json_new_number(c->a, (double)json_count(runs)));
	c->list = in.list;
}

enum err_code recomputation_item(struct arena *a, const struct recomputation_item *in,
	struct json **ret, enum recomputed *ret_result, struct err *e)
{
	struct comparison c = { .a = a, .list = in->why ? in->why : json_new_array(a) };
	struct json *v = json_new_object(a);
	if (in->bound && in->found)
		compare(&c, STR("document"), in->bound, in->found, 0);
	if (in->found && in->expected)
		compare_item(&c, in->item, in->expected);
	enum recomputed result = in->open || !in->found ? RECOMPUTED_OPEN : RECOMPUTED_DIFFERENT;
	if (in->found && !in->open && json_count(c.list) == 0)
		result = RECOMPUTED_IDENTICAL;
	if (!in->open && in->why && json_count(in->why) > 0)
		result = RECOMPUTED_DIFFERENT;
	v = json_set(a, v, "differences", c.list);
	v = json_set_str(a, v, "item", json_get_str(in->item, "item"));
	v = json_set_text(a, v, "result", names[result]);
	v = json_set_str(a, v, "scenario", json_get_str(in->item, "scenario"));
	struct str bound = json_str(json_path(in->item, "evaluation/document"));
	v = json_set_str(a, v, "bound", bound);
	if (in->found)
		v = json_set_str(a, v, "found", digest_text(a, in->found));
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "recomputation needs too much memory");
	*ret = v;
	*ret_result = result;
	return ERR_OK;
}

/* ---- the document and the statement ---------------------------------------------------------- */

static enum err_code result_parse(struct str word, enum recomputed *ret, struct err *e)
{
	for (int i = 0; i < RECOMPUTED_COUNT; i++) {
		if (str_is(word, names[i])) {
			*ret = (enum recomputed)i;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_INVALID, "unknown word in member \"result\"");
}

/* One different item makes the whole different; else one open item leaves it open. */
static enum recomputed result_of(const uint64_t counts[RECOMPUTED_COUNT])
{
	if (counts[RECOMPUTED_DIFFERENT] > 0)
		return RECOMPUTED_DIFFERENT;
	return counts[RECOMPUTED_OPEN] > 0 ? RECOMPUTED_OPEN : RECOMPUTED_IDENTICAL;
}

static enum err_code count_items(const struct json *items, uint64_t ret[RECOMPUTED_COUNT],
	struct err *e)
{
	if (!json_is(items, JSON_ARRAY) || json_count(items) == 0)
		return err_set(e, ERR_INVALID, "no item of the report binds an evaluation");
	if (json_count(items) > LIMIT_REPORT_ITEMS)
		return err_set(e, ERR_TOO_LARGE, "more than %d items", LIMIT_REPORT_ITEMS);
	for (size_t i = 0; i < json_count(items); i++) {
		enum recomputed one = RECOMPUTED_OPEN;
		TRY(result_parse(json_get_str(json_at(items, i), "result"), &one, e));
		ret[one]++;
	}
	return ERR_OK;
}

enum err_code recomputation_detail(struct arena *a, const struct recomputation_about *about,
	struct json *items, struct json **ret, struct err *e)
{
	uint64_t counts[RECOMPUTED_COUNT] = { 0 };
	struct json *v = json_new_object(a);
	TRY(count_items(items, counts, e));
	v = json_set(a, v, "items", items);
	v = json_set_text(a, v, "kind", "recomputation");
	v = json_set_str(a, v, "program", about->program);
	v = json_set_str(a, v, "report", about->report_id);
	v = json_set_str(a, v, "reportDigest", about->report_digest);
	v = json_set_text(a, v, "result", names[result_of(counts)]);
	*ret = json_set_number(a, v, "version", 1);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "recomputation needs too much memory");
}

enum err_code recomputation_subject(struct arena *a, const struct json *detail, struct json **ret,
	struct err *e)
{
	uint64_t counts[RECOMPUTED_COUNT] = { 0 };
	enum recomputed result = RECOMPUTED_OPEN;
	struct json *v = json_new_object(a), *items = json_new_object(a);
	struct recomputation check;
	struct str program, report, digest;
	if (!str_is(json_get_str(detail, "kind"), "recomputation") ||
		json_number_or(json_get(detail, "version"), 0) != 1)
		return err_set(e, ERR_INVALID, "document is no recomputation of version 1");
	TRY(count_items(json_get(detail, "items"), counts, e));
	TRY(result_parse(json_get_str(detail, "result"), &result, e));
	if (result != result_of(counts))
		return err_set(e, ERR_INVALID, "member \"result\" contradicts the items");
	TRY(json_need_str(detail, "program", &program, e));
	TRY(json_need_str(detail, "report", &report, e));
	TRY(json_need_str(detail, "reportDigest", &digest, e));
	for (int i = 0; i < RECOMPUTED_COUNT; i++)
		items = json_set_number(a, items, names[i], (double)counts[i]);
	v = json_set_str(a, v, "detail", digest_text(a, detail));
	v = json_set_str(a, v, "digest", digest);
	v = json_set_str(a, v, "id", report);
	v = json_set(a, v, "items", items);
	v = json_set_str(a, v, "program", program);
	v = json_set_text(a, v, "result", names[result]);
	v = json_set_text(a, v, "type", "Recomputation");
	TRY(recomputation_parse(v, &check, e));
	*ret = v;
	return ERR_OK;
}

static enum err_code need_digest(const struct json *v, const char *name, struct digest *ret,
	struct err *e)
{
	struct str text;
	TRY(json_need_str(v, name, &text, e));
	if (base64url_decode_fixed(text, ret->at, DIGEST_BYTES, e) != ERR_OK)
		return err_in(e, "member \"%s\"", name);
	return ERR_OK;
}

enum err_code recomputation_parse(const struct json *subject, struct recomputation *ret,
	struct err *e)
{
	struct recomputation r = { 0 };
	const struct json *items;
	struct str word;
	if (!json_has_type(json_get(subject, "type"), "Recomputation") || json_count(subject) != 7)
		return err_set(e, ERR_INVALID, "subject is not a Recomputation");
	TRY(json_need_str(subject, "id", &r.report, e));
	if (!str_starts(r.report, "urn:uuid:"))
		return err_set(e, ERR_INVALID, "member \"id\" is not that of a report");
	TRY(need_digest(subject, "digest", &r.report_digest, e));
	TRY(need_digest(subject, "detail", &r.detail, e));
	TRY(json_need_str(subject, "result", &word, e));
	TRY(result_parse(word, &r.result, e));
	TRY(json_need(subject, "items", JSON_OBJECT, &items, e));
	for (int i = 0; i < RECOMPUTED_COUNT; i++)
		TRY(json_need_u64(items, names[i], &r.counts[i], e));
	if (json_count(items) != RECOMPUTED_COUNT || result_of(r.counts) != r.result ||
		r.counts[0] + r.counts[1] + r.counts[2] == 0)
		return err_set(e, ERR_INVALID, "member \"result\" contradicts the items");
	TRY(json_need_str(subject, "program", &r.program, e));
	if (r.program.len == 0 || r.program.len > 64)
		return err_set(e, ERR_INVALID, "member \"program\" is no version");
	*ret = r;
	return ERR_OK;
}
