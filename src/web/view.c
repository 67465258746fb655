/* view.c - one walk that copies a model and adds the readable forms. */
#include "web/view.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/limits.h"

#define CHINA_OFFSET_S (8 * 3600)
#define BRIEF_FROM 40      /* a digest has 43 or 44 characters, a key 48 */
#define BRIEF_SHOWN 10

struct viewer {
	struct arena *a;
	const struct catalogue *c;
	enum language l;
};

/* Members whose values are words of a list of the catalogues. */
static const struct {
	const char *member, *list;
} word_lists[] = { /* a pair a line */
	{ "kind", "kind" },
	{ "refusal", "refusal" },
	{ "state", "state" },
	{ "status", "state" },
	{ "from", "state" },
	{ "to", "state" },
	{ "verdict", "verdict" },
	{ "outcome", "outcome" },
	{ "role", "role" },
	{ "disclosure", "disclosure" },
	{ "event", "event" },
	{ "relation", "relation" },
	{ "step", "step" },
	{ "next_step", "next_step" },
	{ "nextStep", "next_step" },
	{ "why", "why" },
	{ "level", "level" },
	{ "purpose", "purpose" },
	{ "next", "next_step" },
	{ "is", "is" },
	{ "result", "recomputed" },
	{ "recomputed", "recomputed" },
	{ "unknown_why", "unknown_why" },
	{ "booking_state", "booking_state" },
	{ "slot", "slot" },
	{ "weekday", "weekday" },
	{ "duty", "duty" },
	{ "capability", "capability" },
	{ "standing", "standing" },
	{ "wrong", "wrong" },
	{ "action", "action" },
	{ "result", "result" },
	{ "field", "field" },
	{ "act", "act" },
	{ "act_state", "act_state" },
	{ "act_status", "act_status" },
	{ "lasts", "lasts" },
	{ "mail_mode", "mail_mode" },
	{ "how", "how" },
	{ "accreditation_state", "accreditation_state" },
	{ "look", "look" },
	{ "health", "health" },
	{ "advice", "advice" },
	{ "key_role", "key_role" },
	{ "rehearsed", "rehearsed" },
	{ "outcome", "rehearsed" },
	{ "judged", "judged" },
	{ "job", "job" },
	{ "scan", "scan" },
	{ "sort", "file_sort" },
	{ "file_use", "file_use" },
	{ "file_state", "file_state" },
	{ "fee_unit", "fee_unit" },
	{ "clock", "clock" },
	{ "side", "side" },
	{ "show", "show" },
	{ "drawn", "drawn" },
	{ "part", "part" },
	{ "odd_group", "odd_group" },
	{ "needed", "needed" },
	{ "answer", "answer" },
	{ "column", "column" },
	{ "section", "section" },
	{ "deal_state", "deal_state" },
	{ "deal_act", "deal_act" },
	{ "doing", "deal_act" },
	{ "deal_how", "deal_how" },
	{ "trace", "trace" },
	{ "trace_place", "trace_place" },
	{ "deal_side", "deal_side" },
	{ "deal_type", "deal_type" },
	{ "dimension", "dimension" },
	{ "alliance_record", "alliance_record" },
	{ "alliance_standing", "alliance_standing" },
	{ "choice", "choice" },
	{ "motion_kind", "motion_kind" },
	{ "vote_result", "vote_result" },
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* Adds `<name><suffix>` to the object. False at the arena's cap. */
static bool beside(struct viewer *v, struct json *object, struct str name, const char *suffix,
	struct json *value)
{
	char *full_name = arena_printf(v->a, STR_FMT "%s", STR_ARG(name), suffix);

	return full_name && value && json_set(v->a, object, full_name, value);
}

static bool add_time(struct viewer *v, struct json *object, struct str name, int64_t at)
{
	char text[INSTANT_TEXT_BYTES];
	struct json *day, *minute, *both;

	instant_format(at + CHINA_OFFSET_S, text);
	day = json_new_str(v->a, str_printf(v->a, "%.10s", text));
	minute = json_new_str(v->a, str_printf(v->a, "%.5s", text + 11));
	both = json_new_str(v->a, str_printf(v->a, "%.10s %.5s", text, text + 11));
	return beside(v, object, name, "_day", day) && beside(v, object, name, "_minute", minute) &&
		beside(v, object, name, "_text", both);
}

static bool add_word(struct viewer *v, struct json *object, struct str name, struct str word)
{
	const char *list = NULL;
	struct str text = { NULL, 0 }, means;
	char meanings[64];
	struct json *is;
	bool fits;

	/* A member may take its words from one of two lists: "result". */
	for (size_t i = 0; i < sizeof(word_lists) / sizeof(word_lists[0]) && !text.at; i++)
		if (str_is(name, word_lists[i].member)) {
			list = word_lists[i].list;
			text = catalogue_text(v->c, v->l, list, word);
		}
	if (!text.at)
		return true;
	is = json_set(v->a, json_new_object(v->a), str_z(v->a, word), json_new_bool(v->a, true));
	fits = beside(v, object, name, "_text", json_new_str(v->a, text)) &&
		beside(v, object, name, "_is", is);
	(void)snprintf(meanings, sizeof(meanings), "%s_means", list); /* our own short names */
	means = catalogue_text(v->c, v->l, meanings, word);
	return fits && (!means.at || beside(v, object, name, "_means", json_new_str(v->a, means)));
}

/* "miit-97-2021:13(3)" -> "MIIT 97/2021, Art. 13(3)": the source is in the catalogue. */
static bool add_clause(struct viewer *v, struct json *object, struct str name, struct str clause)
{
	struct str rest = clause, source = str_cut(&rest, ':');
	struct str tail = catalogue_text(v->c, v->l, "rule", source), before = str_cut(&tail, '%');

	if (!before.at || !tail.at || !rest.at)
		return beside(v, object, name, "_text", json_new_str(v->a, clause));
	return beside(v, object, name, "_text", json_new_str(v->a, str_printf(v->a,
		STR_FMT STR_FMT STR_FMT, STR_ARG(before), STR_ARG(rest), STR_ARG(tail))));
}

static bool is_statement_id(struct str s)
{
	return s.len == 45 && str_starts(s, "urn:uuid:");
}

bool view_is_colour(struct str s)
{
	if (s.len != 7 || s.at[0] != '#')
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!strchr("0123456789abcdef", s.at[i]) || s.at[i] == '\0')
			return false;
	return true;
}

static bool is_unbroken(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.at[i] <= ' ' || (uint8_t)s.at[i] >= 0x7f)
			return false;
	return true;
}

static bool add_string(struct viewer *v, struct json *object, struct str name, struct str s)
{
	int64_t at;

	if (s.len == INSTANT_TEXT_BYTES - 1 && s.at[s.len - 1] == 'Z' &&
		instant_parse(s, &at, NULL) == ERR_OK)
		return add_time(v, object, name, at);
	if (is_statement_id(s)) {
		struct str uuid = str_skip(s, 9);
		return beside(v, object, name, "_path", json_new_str(v->a,
			str_printf(v->a, "/statements/" STR_FMT, STR_ARG(uuid)))) &&
			beside(v, object, name, "_short",
				json_new_str(v->a, (struct str){ uuid.at, 8 }));
	}
	if (str_is(name, "ruleClause"))
		return add_clause(v, object, name, s);
	if (view_is_colour(s))
		return beside(v, object, name, "_class",
			json_new_str(v->a, str_printf(v->a, "band-%.6s", s.at + 1)));
	if (s.len >= BRIEF_FROM && is_unbroken(s))
		return beside(v, object, name, "_brief", json_new_str(v->a,
			str_printf(v->a, "%.*s\xe2\x80\xa6", BRIEF_SHOWN, s.at)));
	return add_word(v, object, name, s);
}

/* 1234567 -> "1,234,567"; other numbers as they are. */
static struct json *number_text(struct viewer *v, double number)
{
	char plain[32], grouped[48];
	size_t len = json_number_text(number, plain), out = 0;

	if (memchr(plain, '.', len) || memchr(plain, 'e', len) || plain[0] == '-')
		return json_new_str(v->a, str_printf(v->a, "%.*s", (int)len, plain));
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			grouped[out++] = ',';
		grouped[out++] = plain[i];
	}
	return json_new_str(v->a, str_printf(v->a, "%.*s", (int)out, grouped));
}

static bool add_number(struct viewer *v, struct json *object, struct str name, double number)
{
	return beside(v, object, name, "_text", number_text(v, number)) &&
		beside(v, object, name, "_any", json_new_bool(v->a, number > 0));
}

/* Members of an object as a list of {"name", "value"}, for templates cannot walk an object. */
static bool add_list(struct viewer *v, struct json *object, struct str name,
	const struct json *members)
{
	struct json *list = json_new_array(v->a);

	for (uint32_t i = 0; i < members->count; i++) {
		struct json *item = json_new_object(v->a);
		if (!json_is(members->members[i].value, JSON_OBJECT))
			continue; /* added beside one that is */
		item = json_set_str(v->a, item, "name", members->members[i].name);
		item = json_set(v->a, item, "value", members->members[i].value);
		list = json_push(v->a, list, item);
	}
	return beside(v, object, name, "_list", list);
}

static bool add_array(struct viewer *v, struct json *object, struct str name, uint32_t count)
{
	return beside(v, object, name, "_any", json_new_bool(v->a, count > 0)) &&
		beside(v, object, name, "_many", json_new_bool(v->a, count > 1)) &&
		beside(v, object, name, "_count", json_new_number(v->a, count));
}

/* Text in both languages? Then the one asked for. */
static const struct json *text_of(struct viewer *v, const struct json *object)
{
	const struct json *zh, *en;

	if (!json_is(object, JSON_OBJECT) || object->count != 2)
		return NULL;
	zh = json_get(object, "zh-CN");
	en = json_get(object, "en");
	if (!json_is(zh, JSON_STRING) || !json_is(en, JSON_STRING))
		return NULL;
	return v->l == LANGUAGE_EN ? en : zh;
}

static enum err_code copy(struct viewer *v, const struct json *from, unsigned depth,
	struct json **ret, struct err *e);

static enum err_code copy_member(struct viewer *v, struct json *object,
	const struct json_member *member, unsigned depth, struct err *e)
{
	struct json *value;
	bool fits = true;

	TRY(copy(v, member->value, depth + 1, &value, e));
	fits = beside(v, object, member->name, "", value);
	if (json_is(value, JSON_STRING) && member->value == value)
		fits = fits && add_string(v, object, member->name, value->string);
	else if (json_is(value, JSON_NUMBER))
		fits = fits && add_number(v, object, member->name, value->number);
	else if (json_is(value, JSON_OBJECT) && str_is(member->name, "hardware"))
		fits = fits && add_list(v, object, member->name, value);
	else if (json_is(value, JSON_ARRAY))
		fits = fits && add_array(v, object, member->name, value->count);
	return fits ? ERR_OK : full(e);
}

static enum err_code copy(struct viewer *v, const struct json *from, unsigned depth,
	struct json **ret, struct err *e)
{
	const struct json *text = text_of(v, from);
	struct json *to;

	if (depth > LIMIT_JSON_DEPTH * 2)
		return err_set(e, ERR_TOO_LARGE, "page model is nested too deeply");
	if (text || !from || (from->type != JSON_OBJECT && from->type != JSON_ARRAY)) {
		const struct json *leaf = text ? text : from;
		/* Leaves are shared; the tree made here is only read. */
		memcpy(ret, &leaf, sizeof(leaf));
		return ERR_OK;
	}
	to = from->type == JSON_OBJECT ? json_new_object(v->a) : json_new_array(v->a);
	if (!to)
		return full(e);
	for (uint32_t i = 0; i < from->count; i++) {
		struct json *item;
		if (from->type == JSON_OBJECT) {
			TRY(copy_member(v, to, &from->members[i], depth, e));
			continue;
		}
		TRY(copy(v, from->items[i], depth + 1, &item, e));
		if (!json_push(v->a, to, item))
			return full(e);
	}
	*ret = to;
	return ERR_OK;
}

enum err_code view_new(struct arena *a, const struct json *model, const struct catalogue *c,
	enum language l, struct json **ret, struct err *e)
{
	struct viewer v = { a, c, l };

	return copy(&v, model, 0, ret, e);
}
