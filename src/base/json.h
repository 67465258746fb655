/* json.h - strict I-JSON (RFC 7493) as a read-only tree in an arena, and its canonical form.
 *
 * Is:      the one reader of JSON from outside, a builder for JSON we make, and the RFC 8785 (JCS)
 *          writer. Own code, because a bundle must be checked in 1.2 times its signatures and
 *          jansson alone takes more than that; jansson is the oracle in the tests.
 * Is not:  lenient: no comments, no trailing data, no duplicate member, no lone surrogate or
 *          noncharacter, no U+0000, no invalid UTF-8, no number that a double cannot carry
 *          (overflow, or an integer past 2^53 in size), no depth over LIMIT_JSON_DEPTH, no BOM.
 * Life:    values live in the arena given. Strings without escapes point into the input text, so
 *          the text must live as long; json_parse never writes to it.
 * I1  Members of a parsed object are in JCS order (UTF-16 code units); lookup is by binary search.
 * I2  json_put_jcs(json_parse(x)) is a fixed point: parsing it again gives the same bytes. This is
 *     why 1e20 is refused like 100000000000000000000, its canonical form (and 1e21 is not).
 * I3  `canonical` is set by the parser alone, and the builder clears it on the value it changes.
 *     The values around a changed one are not told: build on a json_copy.
 */
#ifndef HUREN_BASE_JSON_H
#define HUREN_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_member;

struct json {
	enum json_type type;
	bool sorted;               /* object: members are in JCS order */
	bool canonical;            /* parsed: its bytes in the text are its RFC 8785 form (I3) */
	uint32_t offset;           /* byte offset in the parsed text; 0 for built values */
	uint32_t end;              /* offset behind its last byte; 0 for built values */
	uint32_t count;            /* array elements or object members */
	uint32_t capacity;         /* builder only */
	union {
		double number;
		struct str string;         /* decoded UTF-8 */
		struct json **items;
		struct json_member *members;
	};
};

struct json_member {
	struct str name;
	struct json *value;
};

/* Parses one JSON text. ERR_INVALID with line and column, ERR_TOO_LARGE (arena, depth). */
MUST_USE enum err_code json_parse(struct arena *a, struct str text, struct json **ret,
	struct err *e);
/* The bytes of `text` that `v` was parsed from. */
struct str json_bytes(struct str text, const struct json *v);
/* Line and column (1-based, in characters) of a byte offset of `text`. */
void json_position(struct str text, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column);

/* Reading. All accept NULL and the wrong type and then return NULL / empty / fallback. */
const struct json *json_get(const struct json *object, const char *name);
/* Follows '/'-separated names and array indexes: json_path(v, "credentialSubject/scope/0/id"). */
const struct json *json_path(const struct json *v, const char *path);
const struct json *json_at(const struct json *array, size_t index);
size_t json_count(const struct json *v);                       /* elements or members, else 0 */
bool json_is(const struct json *v, enum json_type type);
struct str json_str(const struct json *v);                     /* at == NULL when not a string */
struct str json_get_str(const struct json *object, const char *name);
double json_number_or(const struct json *v, double fallback);
bool json_true(const struct json *v);
bool json_eq(const struct json *a, const struct json *b);
/* True when a string equals `text`, or an array contains that string (JSON-LD `type`). */
bool json_has_type(const struct json *v, const char *text);
/* ERR_INVALID naming the member when it is missing or of another type. */
MUST_USE enum err_code json_need(const struct json *object, const char *name, enum json_type type,
	const struct json **ret, struct err *e);
MUST_USE enum err_code json_need_str(const struct json *object, const char *name, struct str *ret,
	struct err *e);
/* A non-negative integer member up to 2^53. */
MUST_USE enum err_code json_need_u64(const struct json *object, const char *name, uint64_t *ret,
	struct err *e);

/* Building. Names and strings are borrowed, not copied. NULL at the arena's cap, and for a string
 * whose `at` is NULL. Every function accepts NULL for the object or value; what could not be put
 * into an object or array is remembered there, so check once at the end: json_put_jcs of such a
 * tree fails with ERR_TOO_LARGE and never leaves anything out. */
struct json *json_new_object(struct arena *a);
struct json *json_new_array(struct arena *a);
struct json *json_new_str(struct arena *a, struct str s);
struct json *json_new_text(struct arena *a, const char *text);
struct json *json_new_number(struct arena *a, double number);
struct json *json_new_bool(struct arena *a, bool value);
struct json *json_new_null(struct arena *a);
/* Adds or replaces a member. Returns `object` (NULL if anything was NULL or full). */
struct json *json_set(struct arena *a, struct json *object, const char *name, struct json *value);
struct json *json_set_str(struct arena *a, struct json *object, const char *name, struct str s);
struct json *json_set_text(struct arena *a, struct json *object, const char *name,
	const char *text);
struct json *json_set_number(struct arena *a, struct json *object, const char *name, double number);
struct json *json_push(struct arena *a, struct json *array, struct json *value);
/* Shallow copy of any value (children are shared), to be put into a tree of one's own. */
struct json *json_copy(struct arena *a, const struct json *v);
/* Shallow copy of an object without one member (values are shared). */
struct json *json_without(struct arena *a, const struct json *object, const char *name);

/* Writes the canonical form (RFC 8785). ERR_TOO_LARGE; ERR_INVALID for NaN or infinity. */
MUST_USE enum err_code json_put_jcs(struct buf *b, const struct json *v, struct err *e);
/* The canonical form in the arena. */
MUST_USE enum err_code json_jcs(struct arena *a, const struct json *v, struct str *ret,
	struct err *e);
/* For people: two-space indent, members in canonical order. */
MUST_USE enum err_code json_put_pretty(struct buf *b, const struct json *v, struct err *e);
/* ECMAScript Number::toString into `ret` (at least 32 bytes); returns the length. Finite only. */
size_t json_number_text(double number, char *ret);

#endif
