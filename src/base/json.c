/* json.c - the parser. Containers are kept on a stack of their own, so that input cannot make us
 * recurse. Elements gather on a second stack and move to an array of the right size when their
 * container closes.
 */
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#include "base/json_inner.h"
#include "base/limits.h"

#define SLOTS_FIRST 96         /* elements under way at once, before the stack moves to the arena */
#define NODES_MIN 4
#define NODES_MAX 256
#define TEXT_BYTES_A_NODE 24   /* usual statements have a value every 25 to 40 bytes */
#define SORT_PLAIN_MAX 24      /* members; insertion sort beats merging below */

struct frame {
	uint32_t first;        /* index of the container's first slot */
	uint32_t offset;
	uint32_t spoilt;       /* r->spoilt when it was opened */
	bool object;
	bool in_order;
};

struct reader {
	struct arena *a;
	const char *text;
	const char *at;
	const char *end;
	struct err *e;
	struct json *nodes;    /* allocated and not yet used */
	size_t node_count;
	size_t node_block;
	struct json_member *slots;
	size_t slot_count;
	size_t slot_capacity;
	size_t depth;
	uint32_t spoilt;       /* things seen that the canonical form would write otherwise */
	struct frame frames[LIMIT_JSON_DEPTH];
	struct json_member slots_first[SLOTS_FIRST];
};

struct str json_bytes(struct str text, const struct json *v)
{
	CHECK(v->offset <= v->end);
	CHECK(v->end <= text.len);
	return (struct str){ text.at + v->offset, v->end - v->offset };
}

void json_position(struct str text, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	uint32_t line = 1, column = 1;

	for (size_t i = 0; i < offset && i < text.len; i++) {
		if (text.at[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text.at[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

static enum err_code fail_code(struct reader *r, const char *at, enum err_code code,
	const char *why)
{
	struct str text = { r->text, (size_t)(r->end - r->text) };
	uint32_t line, column;

	if (!r->e)
		return code;
	json_position(text, (uint32_t)(at - r->text), &line, &column);
	(void)err_set(r->e, code, "malformed JSON: %s", why);
	(void)err_word(r->e, "no-json");
	return err_at(r->e, line, column);
}

static enum err_code fail(struct reader *r, const char *at, const char *why)
{
	return fail_code(r, at, ERR_INVALID, why);
}

static enum err_code fail_memory(struct reader *r)
{
	return err_set(r->e, ERR_TOO_LARGE, "JSON of %zu bytes needs too much memory",
		(size_t)(r->end - r->text));
}

static inline void skip_space(struct reader *r)
{
	if (r->at >= r->end || *r->at > ' ')
		return;
	while (r->at < r->end &&
		(*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r')) {
		r->at++;
		r->spoilt++;
	}
}

static struct json *node_new(struct reader *r, enum json_type type, const char *at)
{
	struct json *v;

	if (r->node_count == 0) {
		r->nodes = ARENA_ARRAY(r->a, struct json, r->node_block);
		if (!r->nodes)
			return NULL;
		r->node_count = r->node_block;
	}
	r->node_count--;
	v = r->nodes++;
	v->type = type;
	v->offset = (uint32_t)(at - r->text);
	return v;
}

/* 4 hex digits at `at`, or UINT32_MAX. */
static uint32_t hex_four(const char *at, const char *end)
{
	uint32_t value = 0;

	if (end - at < 4)
		return UINT32_MAX;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		uint32_t digit;
		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (uint32_t)((c | 32) - 'a' + 10);
		else
			return UINT32_MAX;
		value = value << 4 | digit;
	}
	return value;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	}
	return to;
}

/* The character of a \u escape whose hex digits begin at *at; *at moves behind it. */
static enum err_code read_hex_escape(struct reader *r, const char **at, const char *end,
	uint32_t *ret)
{
	const char *from = *at - 2;
	uint32_t c = hex_four(*at, end), low;

	if (c == UINT32_MAX)
		return fail(r, from, "\\u is not followed by four hex digits");
	if (c == 0)
		return fail(r, from, "character U+0000 is not allowed");
	*at += 4;
	if (c >= 0xd800 && c < 0xdc00) {
		bool escaped = end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u';
		low = escaped ? hex_four(*at + 2, end) : UINT32_MAX;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(r, from, "surrogate stands alone");
		*at += 6;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return fail(r, from, "surrogate stands alone");
	}
	if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
		return fail(r, from, "code point is a noncharacter");
	*ret = c;
	return ERR_OK;
}

/* True for the escape of a control character that has no letter, in lower case. */
static bool hex_is_canonical(uint32_t c, const char *hex)
{
	static const char digits[] = "0123456789abcdef";

	return c < 0x20 && c != '\b' && c != '\t' && c != '\n' && c != '\f' && c != '\r' &&
		hex[2] == digits[c >> 4] && hex[3] == digits[c & 15];
}

/* Decodes [at, end), the inside of a string with escapes, into the arena. */
static enum err_code decode_escapes(struct reader *r, const char *at, const char *end,
	struct str *ret)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char *start = arena_alloc(r->a, (size_t)(end - at)), *to = start;

	if (!start)
		return fail_memory(r);
	while (at < end) {
		const char *found;
		uint32_t c = 0;
		if (*at != '\\') {
			*to++ = *at++;
			continue;
		}
		at += 2; /* scan_string saw to it that a character follows */
		if (at[-1] == 'u') {
			const char *hex = at;
			TRY(read_hex_escape(r, &at, end, &c));
			r->spoilt += !hex_is_canonical(c, hex);
			to = put_utf8(to, c);
			continue;
		}
		found = at[-1] ? strchr(letters, at[-1]) : NULL;
		if (!found)
			return fail(r, at - 2, "backslash is followed by an unknown letter");
		r->spoilt += at[-1] == '/';
		*to++ = meant[found - letters];
	}
	*ret = (struct str){ start, (size_t)(to - start) };
	return ERR_OK;
}

/* Reads the string whose opening quote is at r->at. */
static enum err_code read_string(struct reader *r, struct str *ret)
{
	const char *open = r->at, *p = open + 1;
	bool escapes = false;

	for (;;) {
		p = json_plain_end(p, r->end);
		if (p >= r->end)
			return fail(r, open, "string is not closed");
		if (*p == '"')
			break;
		if (*p == '\\') {
			escapes = true;
			if (r->end - p < 2)
				return fail(r, open, "string is not closed");
			p += 2;
		} else if ((unsigned char)*p < 0x20) {
			return fail(r, p, "control character in a string is not escaped");
		} else {
			const char *wide = json_wide_end(p, r->end);
			if (!wide)
				return fail(r, p, "string is not valid UTF-8 text");
			p = wide;
		}
	}
	r->at = p + 1;
	if (escapes)
		return decode_escapes(r, open + 1, p, ret);
	*ret = (struct str){ open + 1, (size_t)(p - open - 1) };
	return ERR_OK;
}

static enum err_code slot_push(struct reader *r, struct json_member slot)
{
	if (r->slot_count == r->slot_capacity) {
		struct json_member *more =
			ARENA_ARRAY(r->a, struct json_member, r->slot_capacity * 4);
		if (!more)
			return fail_memory(r);
		memcpy(more, r->slots, r->slot_count * sizeof(*more));
		r->slots = more;
		r->slot_capacity *= 4;
	}
	r->slots[r->slot_count++] = slot;
	return ERR_OK;
}

static enum err_code fail_twice(struct reader *r, struct str name, uint32_t offset)
{
	char text[96];
	int len = name.len < 48 ? (int)name.len : 48;

	(void)snprintf(text, sizeof(text), "member name \"%.*s\" stands twice", len, name.at);
	return fail(r, r->text + offset,
		str_is_utf8(str_of(text)) ? text : "member name stands twice");
}

/* Reads the name of the next member and its colon, and opens a slot for it. */
static enum err_code read_name(struct reader *r)
{
	struct frame *f = &r->frames[r->depth - 1];
	struct json_member slot = { { NULL, 0 }, NULL };
	const char *from;

	skip_space(r);
	from = r->at;
	if (r->at >= r->end || *r->at != '"')
		return fail(r, r->at, "expected a member name");
	TRY(read_string(r, &slot.name));
	skip_space(r);
	if (r->at >= r->end || *r->at != ':')
		return fail(r, r->at, "expected a colon");
	r->at++;
	if (f->in_order && r->slot_count > f->first) {
		int order = json_name_cmp(r->slots[r->slot_count - 1].name, slot.name);
		if (order == 0)
			return fail_twice(r, slot.name, (uint32_t)(from - r->text));
		f->in_order = order < 0;
		r->spoilt += !f->in_order;
	}
	return slot_push(r, slot);
}

static void merge(const struct json_member *from, size_t first, size_t middle, size_t last,
	struct json_member *to)
{
	size_t left = first, right = middle;

	for (size_t i = first; i < last; i++) {
		bool take_left = left < middle &&
			(right >= last || json_name_cmp(from[left].name, from[right].name) <= 0);
		to[i] = from[take_left ? left++ : right++];
	}
}

/* Sorts members by name; `spare` has room for as many. Never worse than n log n: the input may
 * be made to hurt. */
static void sort_members(struct json_member *members, size_t count, struct json_member *spare)
{
	struct json_member *from = members, *to = spare;

	for (size_t start = 0; start < count; start += SORT_PLAIN_MAX) {
		size_t stop = start + SORT_PLAIN_MAX < count ? start + SORT_PLAIN_MAX : count;
		for (size_t i = start + 1; i < stop; i++) {
			struct json_member m = members[i];
			size_t k = i;
			for (; k > start && json_name_cmp(members[k - 1].name, m.name) > 0; k--)
				members[k] = members[k - 1];
			members[k] = m;
		}
	}
	for (size_t width = SORT_PLAIN_MAX; width < count; width *= 2) {
		struct json_member *swap = from;
		for (size_t i = 0; i < count; i += 2 * width) {
			size_t middle = i + width < count ? i + width : count;
			size_t last = i + 2 * width < count ? i + 2 * width : count;
			merge(from, i, middle, last, to);
		}
		from = to;
		to = swap;
	}
	if (from != members)
		memcpy(members, from, count * sizeof(*members));
}

static enum err_code order_members(struct reader *r, struct json_member *members, size_t count)
{
	struct json_member *spare = NULL;

	if (count > SORT_PLAIN_MAX) {
		spare = ARENA_ARRAY(r->a, struct json_member, count);
		if (!spare)
			return fail_memory(r);
	}
	sort_members(members, count, spare);
	for (size_t i = 1; i < count; i++) {
		const struct json_member *one = &members[i - 1], *two = &members[i];
		if (str_eq(one->name, two->name))
			return fail_twice(r, one->name, one->value->offset > two->value->offset ?
				one->value->offset : two->value->offset);
	}
	return ERR_OK;
}

/* Makes the value of the innermost container from its slots. r->at is behind its bracket. */
static enum err_code container_close(struct reader *r, struct json **ret)
{
	struct frame f = r->frames[--r->depth];
	size_t count = r->slot_count - f.first;
	struct json_member *slots = r->slots + f.first;
	struct json *v = node_new(r, f.object ? JSON_OBJECT : JSON_ARRAY, r->text + f.offset);

	if (!v)
		return fail_memory(r);
	r->slot_count = f.first;
	v->count = (uint32_t)count;
	v->sorted = f.object;
	v->canonical = r->spoilt == f.spoilt;
	v->end = (uint32_t)(r->at - r->text);
	*ret = v;
	if (count == 0)
		return ERR_OK;
	if (f.object) {
		v->members = ARENA_ARRAY(r->a, struct json_member, count);
		if (!v->members)
			return fail_memory(r);
		memcpy(v->members, slots, count * sizeof(*slots));
		return f.in_order ? ERR_OK : order_members(r, v->members, count);
	}
	v->items = ARENA_ARRAY(r->a, struct json *, count);
	if (!v->items)
		return fail_memory(r);
	for (size_t i = 0; i < count; i++)
		v->items[i] = slots[i].value;
	return ERR_OK;
}

/* At a bracket: opens the container. *ret is set when it is empty and thereby complete. */
static enum err_code container_open(struct reader *r, bool object, struct json **ret)
{
	if (r->depth == LIMIT_JSON_DEPTH)
		return fail_code(r, r->at, ERR_TOO_LARGE, "nested too deeply");
	r->frames[r->depth++] = (struct frame){
		.first = (uint32_t)r->slot_count,
		.offset = (uint32_t)(r->at - r->text),
		.spoilt = r->spoilt,
		.object = object,
		.in_order = true,
	};
	r->at++;
	skip_space(r);
	if (r->at < r->end && *r->at == (object ? '}' : ']')) {
		r->at++;
		return container_close(r, ret);
	}
	return object ? read_name(r) : ERR_OK;
}

/* Notes where a scalar ends, r->at, and whether its text is canonical. */
static void scalar_close(struct reader *r, struct json *v, bool canonical)
{
	v->end = (uint32_t)(r->at - r->text);
	v->canonical = canonical;
}

static enum err_code read_word(struct reader *r, struct str word, enum json_type type,
	struct json **ret)
{
	const char *from = r->at;

	if ((size_t)(r->end - from) < word.len || memcmp(from, word.at, word.len) != 0)
		return fail(r, from, "expected a value");
	r->at += word.len;
	*ret = node_new(r, type, from);
	if (!*ret)
		return fail_memory(r);
	scalar_close(r, *ret, true);
	return ERR_OK;
}

static enum err_code read_number(struct reader *r, struct json **ret)
{
	const char *from = r->at, *wrong;
	double number = 0;

	wrong = json_number_read(from, r->end, &number, &r->at);
	if (wrong)
		return fail(r, from, wrong);
	*ret = node_new(r, JSON_NUMBER, from);
	if (!*ret)
		return fail_memory(r);
	(*ret)->number = number;
	scalar_close(r, *ret, json_number_is_canonical(number, from, r->at));
	r->spoilt += !(*ret)->canonical;
	return ERR_OK;
}

/* Reads a scalar or an empty container into *ret, or opens a container and leaves *ret. */
static enum err_code read_value(struct reader *r, struct json **ret)
{
	struct str string;
	uint32_t spoilt;

	skip_space(r);
	if (r->at >= r->end)
		return fail(r, r->end, "text ends where a value is expected");
	switch (*r->at) {
	case '"':
		*ret = node_new(r, JSON_STRING, r->at);
		if (!*ret)
			return fail_memory(r);
		spoilt = r->spoilt;
		TRY(read_string(r, &string));
		(*ret)->string = string;
		scalar_close(r, *ret, r->spoilt == spoilt);
		return ERR_OK;
	case '{':
		return container_open(r, true, ret);
	case '[':
		return container_open(r, false, ret);
	case 't':
		return read_word(r, STR("true"), JSON_TRUE, ret);
	case 'f':
		return read_word(r, STR("false"), JSON_FALSE, ret);
	case 'n':
		return read_word(r, STR("null"), JSON_NULL, ret);
	default:
		return read_number(r, ret);
	}
}

/* Puts a complete value into its container; *ret is set when that completes the container. */
static enum err_code read_behind(struct reader *r, struct json *v, struct json **ret)
{
	bool object = r->frames[r->depth - 1].object;

	if (object)
		r->slots[r->slot_count - 1].value = v;
	else
		TRY(slot_push(r, (struct json_member){ { NULL, 0 }, v }));
	skip_space(r);
	if (r->at < r->end && *r->at == ',') {
		r->at++;
		return object ? read_name(r) : ERR_OK;
	}
	if (r->at < r->end && *r->at == (object ? '}' : ']')) {
		r->at++;
		return container_close(r, ret);
	}
	return fail(r, r->at, object ? "expected a comma or }" : "expected a comma or ]");
}

enum err_code json_parse(struct arena *a, struct str text, struct json **ret, struct err *e)
{
	struct reader r;
	struct json *v = NULL;

	if (text.len >= UINT32_MAX)
		return err_set(e, ERR_TOO_LARGE, "JSON of %zu bytes is too large", text.len);
	if (text.len == 0)
		text = STR("");
	r.a = a;
	r.text = r.at = text.at;
	r.end = text.at + text.len;
	r.e = e;
	r.node_count = 0;
	r.node_block = text.len / TEXT_BYTES_A_NODE;
	r.node_block = r.node_block < NODES_MIN ? NODES_MIN :
		r.node_block > NODES_MAX ? NODES_MAX : r.node_block;
	r.slots = r.slots_first;
	r.slot_count = r.depth = 0;
	r.spoilt = 0;
	r.slot_capacity = SLOTS_FIRST;
	if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
		return fail(&r, text.at, "text begins with a byte order mark");
	for (;;) {
		TRY(read_value(&r, &v));
		while (v && r.depth > 0) {
			struct json *inner = v;
			v = NULL;
			TRY(read_behind(&r, inner, &v));
		}
		if (v)
			break;
	}
	skip_space(&r);
	if (r.at < r.end)
		return fail(&r, r.at, "value is followed by something else");
	*ret = v;
	return ERR_OK;
}
