/* schema.c - reading schemas, and checking values against them. */
#include "base/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/instant.h"
#include "base/limits.h"

#define SCHEMA_DEFS_MAX 64
#define SCHEMA_STEPS_MAX 2000000 /* node visits in one check; our largest file takes 40,000 */
#define SCHEMA_DEPTH_MAX 128     /* input levels (32) with a few $ref and oneOf hops each */

enum format {
	FORMAT_NONE, FORMAT_UUID, FORMAT_DATE, FORMAT_DATE_TIME, FORMAT_DECIMAL, FORMAT_DID,
	FORMAT_DIGEST, FORMAT_WORD, FORMAT_COUNT
};
static const char *const format_names[FORMAT_COUNT] = { "", "uuid", "date", "date-time", "decimal",
	"did", "digest", "word" };

#define TYPE_INTEGER (1u << 8)
#define TYPE_BOOLEAN (1u << JSON_FALSE | 1u << JSON_TRUE)
static const struct {
	const char *name;
	unsigned bits;
} type_names[] = {
	{ "null", 1u << JSON_NULL },
	{ "boolean", TYPE_BOOLEAN },
	{ "number", 1u << JSON_NUMBER },
	{ "integer", TYPE_INTEGER },
	{ "string", 1u << JSON_STRING },
	{ "array", 1u << JSON_ARRAY },
	{ "object", 1u << JSON_OBJECT },
};

struct property {
	struct str name;
	struct node *node;
};
struct node {
	unsigned types;                /* 0 = any */
	bool closed;                   /* additionalProperties false */
	bool unique;
	enum format format;
	const struct json *fixed;      /* const */
	const struct json *choices;    /* enum */
	const struct json *required;
	struct node *additional, *items, *ref;
	size_t property_count, branch_count;
	struct property *properties;   /* in JCS order, as parsed */
	struct node **branches;        /* oneOf */
	double minimum, maximum;
	double length_min, length_max, count_min, count_max;
	bool walked, walking;          /* search for circles */
};
struct schema {
	struct node *root;
	size_t def_count;
	struct property *defs;
	struct str text;
};

/* A piece of input fit for a message: one line, cut between characters. */
static void plain_text(struct str s, char *ret, size_t size)
{
	size_t len = s.len < size ? s.len : size - 1;
	while (len < s.len && len > 0 && ((unsigned char)s.at[len] & 0xc0u) == 0x80u)
		len--;
	for (size_t i = 0; i < len; i++)
		ret[i] = (unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f ? '?' : s.at[i];
	ret[len] = 0;
}

/* ---- reading a schema ------------------------------------------------------------------------ */

struct reader {
	struct arena *a;
	struct schema *s;
	struct err *e;
};

static enum err_code refuse(const struct reader *r, const struct json *at, const char *what,
	struct str name)
{
	char text[96];
	uint32_t line = 0;
	uint32_t column = 0;
	plain_text(name, text, sizeof(text));
	(void)err_set(r->e, ERR_INVALID, "schema: %s \"%s\"", what, text);
	json_position(r->s->text, at->offset, &line, &column);
	return err_at(r->e, line, column);
}

static enum err_code read_node(const struct reader *r, const struct json *v, int depth,
	struct node *into);

static struct node *node_new(const struct reader *r)
{
	struct node *n = ARENA_NEW(r->a, struct node);
	if (!n)
		return NULL;
	n->minimum = -INFINITY;
	n->maximum = INFINITY;
	n->length_max = INFINITY;
	n->count_max = INFINITY;
	return n;
}

static enum err_code read_child(const struct reader *r, const struct json *v, int depth,
	struct node **ret)
{
	struct node *n = node_new(r);
	if (!n)
		return err_set(r->e, ERR_TOO_LARGE, "schema too large");
	TRY(read_node(r, v, depth + 1, n));
	*ret = n;
	return ERR_OK;
}

static enum err_code read_types(const struct reader *r, const struct json *v, struct node *n)
{
	size_t count = json_is(v, JSON_ARRAY) ? json_count(v) : 1;
	for (size_t i = 0; i < count; i++) {
		const struct json *name = json_is(v, JSON_ARRAY) ? json_at(v, i) : v;
		unsigned bits = 0;
		for (size_t t = 0; t < sizeof(type_names) / sizeof(type_names[0]); t++) {
			if (json_is(name, JSON_STRING) &&
				str_is(json_str(name), type_names[t].name))
				bits = type_names[t].bits;
		}
		if (bits == 0)
			return refuse(r, v, "unknown type in keyword", STR("type"));
		n->types |= bits;
	}
	return n->types ? ERR_OK : refuse(r, v, "no type in keyword", STR("type"));
}

static enum err_code read_format(const struct reader *r, const struct json *v, struct node *n)
{
	for (int f = FORMAT_NONE + 1; f < FORMAT_COUNT; f++) {
		if (json_is(v, JSON_STRING) && str_is(json_str(v), format_names[f])) {
			n->format = (enum format)f;
			return ERR_OK;
		}
	}
	return refuse(r, v, "unknown format", json_is(v, JSON_STRING) ? json_str(v) : STR("?"));
}

static enum err_code read_properties(const struct reader *r, const struct json *v, int depth,
	struct property **ret, size_t *ret_count)
{
	if (!json_is(v, JSON_OBJECT))
		return refuse(r, v, "not an object:", STR("properties"));
	struct property *list = ARENA_ARRAY(r->a, struct property, json_count(v));
	if (!list)
		return err_set(r->e, ERR_TOO_LARGE, "schema too large");
	for (size_t i = 0; i < json_count(v); i++) {
		list[i].name = v->members[i].name;
		TRY(read_child(r, v->members[i].value, depth, &list[i].node));
	}
	*ret = list;
	*ret_count = json_count(v);
	return ERR_OK;
}

static enum err_code read_branches(const struct reader *r, const struct json *v, int depth,
	struct node *n)
{
	if (!json_is(v, JSON_ARRAY) || json_count(v) == 0)
		return refuse(r, v, "no branch in keyword", STR("oneOf"));
	n->branches = ARENA_ARRAY(r->a, struct node *, json_count(v));
	if (!n->branches)
		return err_set(r->e, ERR_TOO_LARGE, "schema too large");
	for (size_t i = 0; i < json_count(v); i++)
		TRY(read_child(r, json_at(v, i), depth, &n->branches[i]));
	n->branch_count = json_count(v);
	return ERR_OK;
}

static enum err_code read_ref(const struct reader *r, const struct json *v, struct node *n)
{
	struct str target = json_is(v, JSON_STRING) ? json_str(v) : STR("?");
	if (str_starts(target, "#/$defs/")) {
		struct str name = str_skip(target, strlen("#/$defs/"));
		for (size_t i = 0; i < r->s->def_count; i++) {
			if (str_eq(r->s->defs[i].name, name)) {
				n->ref = r->s->defs[i].node;
				return ERR_OK;
			}
		}
	}
	return refuse(r, v, "no such definition", target);
}

static enum err_code read_strings(const struct reader *r, const struct json *v, const char *keyword,
	const struct json **ret)
{
	for (size_t i = 0; i < json_count(v); i++) {
		if (!json_is(json_at(v, i), JSON_STRING))
			return refuse(r, v, "not a list of names:", str_of(keyword));
	}
	if (!json_is(v, JSON_ARRAY))
		return refuse(r, v, "not a list of names:", str_of(keyword));
	*ret = v;
	return ERR_OK;
}

static enum err_code read_number(const struct reader *r, const struct json *v, struct str keyword,
	struct node *n)
{
	const struct {
		const char *name;
		double *into;
		bool whole;
	} bounds[] = {
		{ "minimum", &n->minimum, false },      { "maximum", &n->maximum, false },
		{ "minLength", &n->length_min, true },  { "maxLength", &n->length_max, true },
		{ "minItems", &n->count_min, true },    { "maxItems", &n->count_max, true },
	};
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		if (!str_is(keyword, bounds[i].name))
			continue;
		if (!json_is(v, JSON_NUMBER) ||
			(bounds[i].whole && (v->number < 0 || floor(v->number) != v->number)))
			return refuse(r, v, "not a usable number:", keyword);
		*bounds[i].into = v->number;
		return ERR_OK;
	}
	return refuse(r, v, "unknown keyword", keyword);
}

static enum err_code read_keyword(const struct reader *r, struct str name, const struct json *v,
	int depth, struct node *n)
{
	static const char *const notes[] = { "$schema", "$id", "title", "description", "$comment" };
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (str_is(name, notes[i]))
			return ERR_OK;
	}
	if (str_is(name, "$defs") && depth == 0)
		return ERR_OK; /* read before the root */
	if (str_is(name, "type"))
		return read_types(r, v, n);
	if (str_is(name, "format"))
		return read_format(r, v, n);
	if (str_is(name, "properties"))
		return read_properties(r, v, depth, &n->properties, &n->property_count);
	if (str_is(name, "required"))
		return read_strings(r, v, "required", &n->required);
	if (str_is(name, "items"))
		return read_child(r, v, depth, &n->items);
	if (str_is(name, "oneOf"))
		return read_branches(r, v, depth, n);
	if (str_is(name, "$ref"))
		return read_ref(r, v, n);
	if (str_is(name, "additionalProperties")) {
		n->closed = json_is(v, JSON_FALSE);
		return json_is(v, JSON_OBJECT) ? read_child(r, v, depth, &n->additional)
			: n->closed            ? ERR_OK
					       : refuse(r, v, "neither false nor a schema:", name);
	}
	if (str_is(name, "uniqueItems")) {
		n->unique = json_is(v, JSON_TRUE);
		return n->unique ? ERR_OK : refuse(r, v, "not true:", name);
	}
	if (str_is(name, "const")) {
		n->fixed = v;
		return ERR_OK;
	}
	if (str_is(name, "enum")) {
		n->choices = v;
		return json_is(v, JSON_ARRAY) && json_count(v) > 0
			? ERR_OK
			: refuse(r, v, "no value in keyword", name);
	}
	return read_number(r, v, name, n);
}

static enum err_code read_node(const struct reader *r, const struct json *v, int depth,
	struct node *into)
{
	if (depth > LIMIT_JSON_DEPTH)
		return err_set(r->e, ERR_TOO_LARGE, "schema nested too deeply");
	if (!json_is(v, JSON_OBJECT))
		return refuse(r, v, "not an object where a schema is due", STR(""));
	for (size_t i = 0; i < json_count(v); i++)
		TRY(read_keyword(r, v->members[i].name, v->members[i].value, depth, into));
	return ERR_OK;
}

/* A circle of $ref and oneOf that never steps into the input would not end. */
static bool in_circle(struct node *n, int depth)
{
	if (!n || n->walked)
		return false;
	if (n->walking || depth > SCHEMA_DEPTH_MAX)
		return true;
	n->walking = true;
	bool found = in_circle(n->ref, depth + 1);
	for (size_t i = 0; i < n->branch_count && !found; i++)
		found = in_circle(n->branches[i], depth + 1);
	n->walking = false;
	n->walked = true;
	return found;
}

static enum err_code read_defs(struct reader *r, const struct json *defs)
{
	if (!defs)
		return ERR_OK;
	if (!json_is(defs, JSON_OBJECT) || json_count(defs) > SCHEMA_DEFS_MAX)
		return refuse(r, defs, "not an object of at most 64 schemas:", STR("$defs"));
	r->s->defs = ARENA_ARRAY(r->a, struct property, json_count(defs));
	if (!r->s->defs)
		return err_set(r->e, ERR_TOO_LARGE, "schema too large");
	for (size_t i = 0; i < json_count(defs); i++) {
		r->s->defs[i].name = defs->members[i].name;
		r->s->defs[i].node = node_new(r);
		if (!r->s->defs[i].node)
			return err_set(r->e, ERR_TOO_LARGE, "schema too large");
	}
	r->s->def_count = json_count(defs);
	for (size_t i = 0; i < json_count(defs); i++)
		TRY(read_node(r, defs->members[i].value, 1, r->s->defs[i].node));
	return ERR_OK;
}

enum err_code schema_new(struct arena *a, struct str text, struct schema **ret, struct err *e)
{
	struct json *v;
	TRY(json_parse(a, text, &v, e));
	struct schema *s = ARENA_NEW(a, struct schema);
	if (!s)
		return err_set(e, ERR_TOO_LARGE, "schema too large");
	s->text = text;
	struct reader r = { .a = a, .s = s, .e = e };
	s->root = node_new(&r);
	if (!s->root)
		return err_set(e, ERR_TOO_LARGE, "schema too large");
	TRY(read_defs(&r, json_get(v, "$defs")));
	TRY(read_node(&r, v, 0, s->root));
	for (size_t i = 0; i < s->def_count; i++) {
		if (in_circle(s->defs[i].node, 0))
			return refuse(&r, v, "definition goes in a circle:", s->defs[i].name);
	}
	*ret = s;
	return ERR_OK;
}

/* ---- checking -------------------------------------------------------------------------------- */

struct step {                          /* the way from the root, kept on the stack */
	const struct step *up;
	struct str name;               /* at == NULL: an index */
	size_t index;
};
struct checker {
	struct err *e;
	uint32_t steps;
	uint32_t fault_offset;         /* of the fault told last */
	bool fault_fixed; /* it was a const or enum: the form was meant to be another */
};

static enum err_code check_node(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way, int depth);

/* Writes "/items/3/limit" into a fixed place; cut from the front when long. */
static void put_path(const struct step *way, char *ret, size_t size)
{
	char turned[512];
	size_t len = 0;
	for (; way && len < 400; way = way->up) {
		char part[100];
		if (way->name.at)
			plain_text(way->name, part, sizeof(part));
		else
			(void)snprintf(part, sizeof(part), "%zu", way->index);
		for (size_t i = strlen(part); i > 0; i--)
			turned[len++] = part[i - 1];
		turned[len++] = '/';
	}
	size_t at = 0;
	while (len > 0 && at + 1 < size)
		ret[at++] = turned[--len];
	while (len > 0 && at > 0 && ((unsigned char)turned[len - 1] & 0xc0u) == 0x80u)
		turned[len++] = ret[--at]; /* cut between characters */
	if (at == 0)
		ret[at++] = '/';
	ret[at] = 0;
}

static enum err_code fault(struct checker *c, const struct json *v, const struct step *way,
	const char *reason, struct str detail)
{
	char path[256];
	char what[96];
	put_path(way, path, sizeof(path));
	plain_text(detail, what, sizeof(what));
	c->fault_offset = v->offset;
	c->fault_fixed = false;
	return err_set(c->e, ERR_INVALID, "%s: %s%s", path, reason, what);
}

static bool is_did(struct str s)
{
	if (!str_starts(s, "did:") || s.len > LIMIT_ID_BYTES)
		return false;
	struct str rest = str_skip(s, 4);
	struct str method = str_cut(&rest, ':');
	if (method.len == 0 || rest.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char ch = s.at[i];
		bool fine = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
			(ch >= '0' && ch <= '9') || memchr(":.-_%", ch, 5);
		if (!fine)
			return false;
	}
	return true;
}

static bool is_hex_at(struct str s, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++) {
		bool fine =
			(s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f');
		if (!fine)
			return false;
	}
	return true;
}

static bool is_uuid(struct str s)
{
	return s.len == 36 && s.at[8] == '-' && s.at[13] == '-' && s.at[18] == '-' &&
		s.at[23] == '-' && is_hex_at(s, 0, 8) && is_hex_at(s, 9, 4) &&
		is_hex_at(s, 14, 4) && is_hex_at(s, 19, 4) && is_hex_at(s, 24, 12);
}

/* base64url of 32 bytes: 43 characters, the last carrying two zero bits. */
static bool is_digest(struct str s)
{
	if (s.len != 43 || !memchr("AEIMQUYcgkosw048", s.at[42], 16))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char ch = s.at[i];
		bool fine = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
			(ch >= '0' && ch <= '9') || ch == '-' || ch == '_';
		if (!fine)
			return false;
	}
	return true;
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char ch = s.at[i];
		bool letter = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
		if (!letter && (i == 0 || !memchr(":._-", ch, 4)))
			return false;
	}
	return s.len > 0 && s.len <= 64;
}

static bool has_format(enum format f, struct str s)
{
	int64_t at;
	switch (f) {
	case FORMAT_UUID:
		return is_uuid(s);
	case FORMAT_DATE:
		return instant_parse_date(s, &at, NULL) == ERR_OK;
	case FORMAT_DATE_TIME:
		return instant_parse(s, &at, NULL) == ERR_OK;
	case FORMAT_DECIMAL:
		return decimal_is(s);
	case FORMAT_DID:
		return is_did(s);
	case FORMAT_DIGEST:
		return is_digest(s);
	case FORMAT_WORD:
		return is_word(s);
	case FORMAT_NONE:
	case FORMAT_COUNT:
		break;
	}
	return true;
}

static size_t characters(struct str s)
{
	size_t count = 0;
	for (size_t i = 0; i < s.len; i++)
		count += ((unsigned char)s.at[i] & 0xc0u) != 0x80u;
	return count;
}

static enum err_code check_type(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way)
{
	bool whole = json_is(v, JSON_NUMBER) && floor(v->number) == v->number;
	if (n->types == 0 || (n->types & (1u << v->type)) || ((n->types & TYPE_INTEGER) && whole))
		return ERR_OK;
	for (size_t t = 0; t < sizeof(type_names) / sizeof(type_names[0]); t++) {
		if ((n->types & type_names[t].bits) == type_names[t].bits)
			return fault(c, v, way, "must be of type ", str_of(type_names[t].name));
	}
	return fault(c, v, way, "has the wrong type", STR(""));
}

static enum err_code check_values(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way)
{
	bool held = !n->choices;
	c->steps += (uint32_t)json_count(n->choices);
	for (size_t i = 0; i < json_count(n->choices) && !held; i++)
		held = json_eq(json_at(n->choices, i), v);
	if (held && (!n->fixed || json_eq(n->fixed, v)))
		return ERR_OK;
	if (!held)
		(void)fault(c, v, way, "is not one of the values allowed: ",
			json_is(v, JSON_STRING) ? json_str(v) : STR("not a string"));
	else
		(void)fault(c, v, way, "must be ", json_is(n->fixed, JSON_STRING)
			? json_str(n->fixed) : STR("the one value"));
	c->fault_fixed = true;
	return ERR_INVALID;
}

static enum err_code check_text(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way)
{
	struct str s = json_str(v);
	double length = (double)characters(s);
	if (length < n->length_min)
		return fault(
			c, v, way, length == 0 ? "must not be empty" : "is too short", STR(""));
	if (length > n->length_max)
		return fault(c, v, way, "is too long", STR(""));
	if (!has_format(n->format, s))
		return fault(c, v, way, "is not in the format ", str_of(format_names[n->format]));
	return ERR_OK;
}

static enum err_code check_array(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way, int depth)
{
	size_t count = json_count(v);
	if ((double)count < n->count_min)
		return fault(c, v, way, "has too few elements", STR(""));
	if ((double)count > n->count_max)
		return fault(c, v, way, "has too many elements", STR(""));
	for (size_t i = 0; i < count && n->items; i++) {
		struct step here = { .up = way, .index = i };
		TRY(check_node(c, n->items, json_at(v, i), &here, depth + 1));
	}
	for (size_t i = 0; i < count && n->unique; i++) {
		struct step here = { .up = way, .index = i };
		for (size_t k = 0; k < i; k++) {
			if (++c->steps > SCHEMA_STEPS_MAX)
				return err_set(c->e, ERR_TOO_LARGE, "too much to check");
			if (json_eq(json_at(v, i), json_at(v, k)))
				return fault(c, json_at(v, i), &here, "stands twice", STR(""));
		}
	}
	return ERR_OK;
}

static const struct node *property_node(const struct node *n, struct str name)
{
	for (size_t i = 0; i < n->property_count; i++) {
		if (str_eq(n->properties[i].name, name))
			return n->properties[i].node;
	}
	return NULL;
}

static enum err_code check_object(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way, int depth)
{
	for (size_t i = 0; i < json_count(n->required); i++) {
		struct str name = json_str(json_at(n->required, i));
		bool there = false;
		for (size_t k = 0; k < json_count(v) && !there; k++)
			there = str_eq(v->members[k].name, name);
		if (!there)
			return fault(c, v, way, "lacks the member ", name);
	}
	for (size_t i = 0; i < json_count(v); i++) {
		struct step here = { .up = way, .name = v->members[i].name };
		const struct node *child = property_node(n, here.name);
		c->steps += (uint32_t)n->property_count;
		if (!child && n->closed)
			return fault(
				c, v->members[i].value, &here, "is no member known here", STR(""));
		if (!child)
			child = n->additional;
		if (child)
			TRY(check_node(c, child, v->members[i].value, &here, depth + 1));
	}
	return ERR_OK;
}

static enum err_code check_branches(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way, int depth)
{
	struct err *outer = c->e;
	struct err told;
	struct err best = { .code = ERR_OK };
	uint32_t best_offset = 0;
	bool best_fixed = false;
	size_t held = 0;
	c->e = &told;
	for (size_t i = 0; i < n->branch_count; i++) {
		enum err_code code = check_node(c, n->branches[i], v, way, depth + 1);
		if (code == ERR_TOO_LARGE) {
			c->e = outer;
			return err_set(outer, code, "%s", told.message);
		}
		held += code == ERR_OK;
		bool nearer = best.code == ERR_OK || (best_fixed && !c->fault_fixed) ||
			(best_fixed == c->fault_fixed && c->fault_offset > best_offset);
		if (code != ERR_OK && nearer) {
			best = told;
			best_offset = c->fault_offset;
			best_fixed = c->fault_fixed;
		}
	}
	c->e = outer;
	if (held == 1)
		return ERR_OK;
	if (held > 1)
		return fault(c, v, way, "fits more than one of the forms allowed", STR(""));
	c->fault_offset = best_offset;
	c->fault_fixed = best_fixed;
	if (outer)
		*outer = best; /* of the form that was meant, as far as one can tell */
	return best.code;
}

static enum err_code check_node(struct checker *c, const struct node *n, const struct json *v,
	const struct step *way, int depth)
{
	if (depth > SCHEMA_DEPTH_MAX || ++c->steps > SCHEMA_STEPS_MAX)
		return err_set(c->e, ERR_TOO_LARGE, "too much to check");
	TRY(check_type(c, n, v, way));
	TRY(check_values(c, n, v, way));
	if (n->ref)
		TRY(check_node(c, n->ref, v, way, depth + 1));
	if (n->branch_count > 0)
		TRY(check_branches(c, n, v, way, depth));
	switch (v->type) {
	case JSON_STRING:
		return check_text(c, n, v, way);
	case JSON_ARRAY:
		return check_array(c, n, v, way, depth);
	case JSON_OBJECT:
		return check_object(c, n, v, way, depth);
	case JSON_NUMBER:
		if (v->number < n->minimum)
			return fault(c, v, way, "is below the minimum", STR(""));
		return v->number > n->maximum ? fault(c, v, way, "is above the maximum", STR(""))
					      : ERR_OK;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		break;
	}
	return ERR_OK;
}

enum err_code schema_check(const struct schema *s, const struct json *v, struct str text,
	struct err *e)
{
	CHECK(s != NULL);
	CHECK(v != NULL);
	uint32_t line = 0;
	uint32_t column = 0;
	struct checker c = { .e = e };
	enum err_code code = check_node(&c, s->root, v, /* way= */ NULL, 0);
	if (code != ERR_INVALID)
		return code;
	json_position(text, c.fault_offset, &line, &column); /* once: it reads from the start */
	return err_at(e, line, column);
}
