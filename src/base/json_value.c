/* json_value.c - looking into JSON values and building them. */
#include "base/json.h"

#include <string.h>

#include "base/json_inner.h"
#include "base/limits.h"

#define WALK_MAX 24      /* members; the envelope of a statement has up to 17 */
#define CAPACITY_FIRST 8 /* most objects we build have fewer members */

static const char *const type_names[] = { "null", "false", "true", "a number", "a string",
	"an array", "an object" };

bool json_is(const struct json *v, enum json_type type)
{
	return v && v->type == type;
}

static const struct json *get(const struct json *object, struct str name)
{
	bool found = false;
	uint32_t i;

	if (!json_is(object, JSON_OBJECT))
		return NULL;
	/* Lengths tell most names apart sooner than any search by order does. */
	for (i = 0; i < object->count && object->count <= WALK_MAX; i++) {
		struct str has = object->members[i].name;
		if (has.len == name.len && memcmp(has.at, name.at, name.len) == 0)
			return object->members[i].value;
	}
	if (object->count <= WALK_MAX)
		return NULL;
	i = json_find(object, name, &found);
	return found ? object->members[i].value : NULL;
}

const struct json *json_get(const struct json *object, const char *name)
{
	return get(object, str_of(name));
}

const struct json *json_path(const struct json *v, const char *path)
{
	struct str rest = str_of(path);

	while (v && rest.at) {
		struct str step = str_cut(&rest, '/');
		uint64_t index;
		if (json_is(v, JSON_OBJECT))
			v = get(v, step);
		else if (str_parse_u64(step, &index, NULL) == ERR_OK)
			v = json_at(v, index);
		else
			v = NULL;
	}
	return v;
}

const struct json *json_at(const struct json *array, size_t index)
{
	return json_is(array, JSON_ARRAY) && index < array->count ? array->items[index] : NULL;
}

size_t json_count(const struct json *v)
{
	return json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT) ? v->count : 0;
}

struct str json_str(const struct json *v)
{
	return json_is(v, JSON_STRING) ? v->string : (struct str){ NULL, 0 };
}

struct str json_get_str(const struct json *object, const char *name)
{
	return json_str(json_get(object, name));
}

double json_number_or(const struct json *v, double fallback)
{
	return json_is(v, JSON_NUMBER) ? v->number : fallback;
}

bool json_true(const struct json *v)
{
	return json_is(v, JSON_TRUE);
}

/* Equal apart from what containers hold. */
static bool eq_shallow(const struct json *a, const struct json *b)
{
	if (!a || !b || a->type != b->type)
		return a == b;
	switch (a->type) {
	case JSON_NUMBER:
		return a->number == b->number;
	case JSON_STRING:
		return str_eq(a->string, b->string);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return a->count == b->count;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		return true;
	}
	return false;
}

bool json_eq(const struct json *a, const struct json *b)
{
	struct {
		const struct json *a, *b;
		uint32_t next;
	} stack[LIMIT_JSON_DEPTH];
	size_t depth = 0;

	for (;;) {
		uint32_t i;
		if (!eq_shallow(a, b))
			return false;
		if (json_count(a) > 0) {
			if (depth == LIMIT_JSON_DEPTH)
				return false; /* deeper than anything that can be written */
			stack[depth].a = a;
			stack[depth].b = b;
			stack[depth++].next = 0;
		}
		while (depth > 0 && stack[depth - 1].next == stack[depth - 1].a->count)
			depth--;
		if (depth == 0)
			return true;
		a = stack[depth - 1].a;
		b = stack[depth - 1].b;
		i = stack[depth - 1].next++;
		if (a->type == JSON_OBJECT && !str_eq(a->members[i].name, b->members[i].name))
			return false;
		b = a->type == JSON_OBJECT ? b->members[i].value : b->items[i];
		a = a->type == JSON_OBJECT ? a->members[i].value : a->items[i];
	}
}

bool json_has_type(const struct json *v, const char *text)
{
	if (json_is(v, JSON_STRING))
		return str_is(v->string, text);
	for (size_t i = 0; i < json_count(v); i++) {
		const struct json *item = json_at(v, i);
		if (json_is(item, JSON_STRING) && str_is(item->string, text))
			return true;
	}
	return false;
}

enum err_code json_need(const struct json *object, const char *name, enum json_type type,
	const struct json **ret, struct err *e)
{
	const struct json *v = json_get(object, name);

	if (!v)
		return err_set(e, ERR_INVALID, "member \"%s\" is missing", name);
	if (v->type != type)
		return err_set(e, ERR_INVALID, "member \"%s\" is not %s", name, type_names[type]);
	*ret = v;
	return ERR_OK;
}

enum err_code json_need_str(const struct json *object, const char *name, struct str *ret,
	struct err *e)
{
	const struct json *v = NULL;

	TRY(json_need(object, name, JSON_STRING, &v, e));
	*ret = v->string;
	return ERR_OK;
}

enum err_code json_need_u64(const struct json *object, const char *name, uint64_t *ret,
	struct err *e)
{
	const struct json *v = NULL;

	TRY(json_need(object, name, JSON_NUMBER, &v, e));
	if (!(v->number >= 0 && v->number <= JSON_INTEGER_MAX) ||
		v->number != (double)(uint64_t)v->number)
		return err_set(e, ERR_INVALID, "member \"%s\" is not a whole number from 0 to 2^53",
			name);
	*ret = (uint64_t)v->number;
	return ERR_OK;
}

static struct json *value_new(struct arena *a, enum json_type type)
{
	struct json *v = ARENA_NEW(a, struct json);

	if (v)
		v->type = type;
	return v;
}

struct json *json_new_object(struct arena *a)
{
	struct json *v = value_new(a, JSON_OBJECT);

	if (v)
		v->sorted = true;
	return v;
}

struct json *json_new_array(struct arena *a)
{
	return value_new(a, JSON_ARRAY);
}

struct json *json_new_str(struct arena *a, struct str s)
{
	struct json *v = s.at ? value_new(a, JSON_STRING) : NULL;

	if (v)
		v->string = s;
	return v;
}

struct json *json_new_text(struct arena *a, const char *text)
{
	return text ? json_new_str(a, str_of(text)) : NULL;
}

struct json *json_new_number(struct arena *a, double number)
{
	struct json *v = value_new(a, JSON_NUMBER);

	if (v)
		v->number = number;
	return v;
}

struct json *json_new_bool(struct arena *a, bool value)
{
	return value_new(a, value ? JSON_TRUE : JSON_FALSE);
}

struct json *json_new_null(struct arena *a)
{
	return value_new(a, JSON_NULL);
}

/* Room for one more element of `size` bytes. On failure the container is marked, so that nobody
 * writes it with something missing. */
static bool grow(struct arena *a, struct json *v, size_t size)
{
	uint32_t capacity = v->count < CAPACITY_FIRST ? CAPACITY_FIRST : v->count * 2;
	void *more;

	v->canonical = false;
	if (v->capacity == JSON_BROKEN)
		return false;
	if (v->count < v->capacity)
		return true;
	more = v->count < UINT32_MAX / 4 ? arena_alloc_array(a, capacity, size) : NULL;
	if (!more) {
		v->capacity = JSON_BROKEN;
		return false;
	}
	if (v->count > 0)
		memcpy(more, v->items, v->count * size); /* members share the place of items */
	v->items = more;
	v->capacity = capacity;
	return true;
}

static struct json *set(struct arena *a, struct json *object, struct str name, struct json *value)
{
	struct json_member *m;
	bool found = false;
	uint32_t i;

	if (!object)
		return NULL;
	CHECK(object->type == JSON_OBJECT);
	i = json_find(object, name, &found);
	if (found) {
		object->members[i].value = value;
		object->canonical = false;
		return value ? object : NULL;
	}
	if (!grow(a, object, sizeof(struct json_member)))
		return NULL;
	m = object->members + i;
	memmove(m + 1, m, (object->count - i) * sizeof(*m));
	*m = (struct json_member){ name, value };
	object->count++;
	return value ? object : NULL;
}

struct json *json_set(struct arena *a, struct json *object, const char *name, struct json *value)
{
	return set(a, object, str_of(name), value);
}

struct json *json_set_str(struct arena *a, struct json *object, const char *name, struct str s)
{
	return set(a, object, str_of(name), json_new_str(a, s));
}

struct json *json_set_text(struct arena *a, struct json *object, const char *name,
	const char *text)
{
	return set(a, object, str_of(name), json_new_text(a, text));
}

struct json *json_set_number(struct arena *a, struct json *object, const char *name, double number)
{
	return set(a, object, str_of(name), json_new_number(a, number));
}

struct json *json_push(struct arena *a, struct json *array, struct json *value)
{
	if (!array)
		return NULL;
	CHECK(array->type == JSON_ARRAY);
	if (!grow(a, array, sizeof(struct json *)))
		return NULL;
	array->items[array->count++] = value;
	return value ? array : NULL;
}

struct json *json_copy(struct arena *a, const struct json *v)
{
	bool members = json_is(v, JSON_OBJECT);
	struct json *copy = v ? ARENA_NEW(a, struct json) : NULL;
	size_t size = members ? sizeof(struct json_member) : sizeof(struct json *);

	if (!copy)
		return NULL;
	*copy = *v;
	copy->canonical = false; /* it is about to be changed */
	if (!members && v->type != JSON_ARRAY)
		return copy;
	if (v->capacity != JSON_BROKEN)
		copy->capacity = v->count;
	copy->items = arena_alloc_array(a, (size_t)v->count + 1, size);
	if (!copy->items)
		return NULL;
	if (v->count > 0)
		/* Members share the place of items. */
		memcpy(copy->items, v->items, v->count * size);
	return copy;
}

struct json *json_without(struct arena *a, const struct json *object, const char *name)
{
	struct json *copy = json_is(object, JSON_OBJECT) ? json_new_object(a) : NULL;
	struct str left_out = str_of(name);

	if (!copy)
		return NULL;
	copy->members = ARENA_ARRAY(a, struct json_member, (size_t)object->count + 1);
	if (!copy->members)
		return NULL;
	copy->capacity = object->capacity == JSON_BROKEN ? JSON_BROKEN : object->count + 1;
	for (uint32_t i = 0; i < object->count; i++) {
		if (!str_eq(object->members[i].name, left_out))
			copy->members[copy->count++] = object->members[i];
	}
	return copy;
}
