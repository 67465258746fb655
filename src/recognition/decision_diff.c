/* decision_diff.c - what differs between two outcomes, and what a change of standing does. */
#include "recognition/decision_diff.h"

#include <string.h>

/* ---- comparing ------------------------------------------------------------------------------- */

static const struct json *find_row(const struct json *list, const struct json *like,
	const char *first, const char *second)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		if (str_eq(json_get_str(v, first), json_get_str(like, first)) &&
			(!second || str_eq(json_get_str(v, second), json_get_str(like, second))))
			return v;
	}
	return NULL;
}

static struct json *side(struct arena *a, const struct json *row)
{
	static const char *const names[] = { "outcome", "reason", "text" };
	struct json *v = json_new_object(a);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct json *member = json_get(row, names[i]);
		if (member)
			v = json_set(a, v, names[i], json_copy(a, member));
	}
	return v;
}

static struct json *item_entry(struct arena *a, const struct json *before, const struct json *after)
{
	const struct json *any = after ? after : before;
	const struct json *title = json_get(any, "title");
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "scheme", json_get_str(any, "scheme"));
	v = json_set_str(a, v, "item", json_get_str(any, "item"));
	if (title)
		v = json_set(a, v, "title", json_copy(a, title));
	if (before)
		v = json_set(a, v, "before", side(a, before));
	return after ? json_set(a, v, "after", side(a, after)) : v;
}

static bool same_row(const struct json *x, const struct json *y)
{
	return str_eq(json_get_str(x, "outcome"), json_get_str(y, "outcome")) &&
		str_eq(json_get_str(x, "reason"), json_get_str(y, "reason"));
}

enum err_code decision_diff(struct arena *a, const struct json *before, const struct json *after,
	struct json **ret, struct err *e)
{
	const struct json *old = json_get(before, "items");
	const struct json *new = json_get(after, "items");
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(old); i++) {
		const struct json *row = json_at(old, i);
		const struct json *now = find_row(new, row, "scheme", "item");
		if (!now || !same_row(row, now))
			list = json_push(a, list, item_entry(a, row, now));
	}
	for (size_t i = 0; i < json_count(new); i++) {
		const struct json *row = json_at(new, i);
		if (!find_row(old, row, "scheme", "item"))
			list = json_push(a, list, item_entry(a, /* before= */ NULL, row));
	}
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "difference of decisions too large");
	*ret = list;
	return ERR_OK;
}

static struct json *document_diff(struct arena *a, const struct json *before,
	const struct json *after)
{
	const struct json *old = json_get(before, "documents");
	const struct json *new = json_get(after, "documents");
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(old) + json_count(new); i++) {
		bool first = i < json_count(old);
		const struct json *row =
			first ? json_at(old, i) : json_at(new, i - json_count(old));
		const struct json *was = first ? row : find_row(old, row, "document", NULL);
		const struct json *now = first ? find_row(new, row, "document", NULL) : row;
		if ((!first && was) || (was && now &&
			str_eq(json_get_str(was, "state"), json_get_str(now, "state"))))
			continue;
		struct json *v = json_set_str(a, json_new_object(a), "document",
			json_get_str(row, "document"));
		if (was)
			v = json_set_str(a, v, "before", json_get_str(was, "state"));
		if (now)
			v = json_set_str(a, v, "after", json_get_str(now, "state"));
		list = json_push(a, list, v);
	}
	return list;
}

/* ---- a change of standing -------------------------------------------------------------------- */

struct change {
	const char *kind;
	enum standing from;
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "decision too large");
}

/* `in` with the standing of one of its inputs set; shares all else. */
static enum err_code with_standing(struct arena *a, const struct decide_input *in, struct str id,
	enum standing to, struct decide_input *ret, struct change *ret_change, struct err *e)
{
	struct decide_report *reports = ARENA_ARRAY(a, struct decide_report, in->report_count);
	struct decide_accreditation *accreditations =
		ARENA_ARRAY(a, struct decide_accreditation, in->accreditation_count);
	struct change change = { 0 };
	*ret = *in;
	if (!reports || !accreditations)
		return full(e);
	ret->reports = reports;
	ret->accreditations = accreditations;
	if (str_eq(in->plan->agreement->id, id)) {
		change = (struct change){ "agreement", in->agreement_standing };
		ret->agreement_standing = to;
	}
	for (uint32_t i = 0; i < in->report_count; i++) {
		reports[i] = in->reports[i];
		if (!str_eq(reports[i].id, id))
			continue;
		change = (struct change){ "report", reports[i].standing };
		reports[i].standing = to;
	}
	for (uint32_t i = 0; i < in->accreditation_count; i++) {
		accreditations[i] = in->accreditations[i];
		if (!str_eq(accreditations[i].scope.id, id))
			continue;
		change = (struct change){ "accreditation", accreditations[i].standing };
		accreditations[i].standing = to;
	}
	if (!change.kind)
		return err_set(e, ERR_NOT_FOUND, "the decision does not rest on that statement");
	*ret_change = change;
	return ERR_OK;
}

static enum err_code outcome_of(struct arena *a, const struct decide_input *in, struct json **ret,
	struct err *e)
{
	struct decision d;
	TRY(decide(a, in, &d, e));
	return decide_to_json(a, in, &d, ret, e);
}

enum err_code decision_affected(struct arena *a, const struct decide_input *in, struct str id,
	enum standing to, struct json **ret, struct err *e)
{
	struct decide_input changed;
	struct change change = { 0 };
	struct json *before;
	struct json *after;
	struct json *items;
	TRY(with_standing(a, in, id, to, &changed, &change, e));
	TRY(outcome_of(a, in, &before, e));
	TRY(outcome_of(a, &changed, &after, e));
	TRY(decision_diff(a, before, after, &items, e));
	struct json *cause = json_set_str(a, json_new_object(a), "id", id);
	cause = json_set_text(a, cause, "kind", change.kind);
	cause = json_set_text(a, cause, "from", standing_name(change.from));
	cause = json_set_text(a, cause, "to", standing_name(to));
	struct json *v = json_set(a, json_new_object(a), "cause", cause);
	v = json_set(a, v, "items", items);
	v = json_set(a, v, "documents", document_diff(a, before, after));
	if (!v)
		return full(e);
	*ret = v;
	return ERR_OK;
}
