/* http_text.h - the small texts of HTTP: addresses, fields, cookies, Accept, ETag, Bearer. Pure.
 *
 * Errors:  ERR_INVALID says what and where; nothing is guessed.
 */
#ifndef HUREN_WEB_HTTP_TEXT_H
#define HUREN_WEB_HTTP_TEXT_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

/* Fields of a query or of an urlencoded form, in order. */
struct fields {
	size_t count;
	struct { struct str name, value; } at[LIMIT_QUERY_FIELDS];
};

/* %xx decoded into the arena; `plus` also turns "+" into a space. ERR_INVALID: a bad escape, NUL,
 * or bytes that are not UTF-8. */
MUST_USE enum err_code percent_decode(struct arena *a, struct str s, bool plus, struct str *ret,
	struct err *e);
/* Letters, digits and "-._~" stay, the rest becomes %XX. */
void percent_put(struct buf *b, struct str s);
/* "a=1&b=2". ERR_TOO_LARGE: LIMIT_QUERY_FIELDS. */
MUST_USE enum err_code fields_parse(struct arena *a, struct str s, struct fields *ret,
	struct err *e);
/* Value of the first field of that name, trimmed; empty when there is none. */
struct str fields_get(const struct fields *f, const char *name);

/* Value of a cookie, at == NULL when absent. */
struct str cookie_get(struct str header, const char *name);
/* The token of "Bearer <token>", at == NULL for any other scheme. */
struct str bearer_get(struct str header);
/* "text/plain" for "Text/Plain; charset=utf-8": true when the type is `type`. */
bool media_type_is(struct str header, const char *type);
/* A parameter of a media type or disposition, unquoted into the arena; at == NULL when absent. */
struct str parameter_get(struct arena *a, struct str header, const char *name);
/* Index of the best of `types` by an Accept header (q, then specificity, then order of `types`);
 * `count` when none is acceptable. An empty header accepts the first. */
size_t accept_choose(struct str header, const char *const *types, size_t count);
/* One range of bytes (RFC 9110 14.1.2) of something of `size` bytes. RANGE_NONE: none asked for, or
 * a form that may be passed over (several, another unit); RANGE_OUTSIDE: answer 416. */
enum range_asked { RANGE_NONE, RANGE_GIVEN, RANGE_OUTSIDE };
enum range_asked range_parse(struct str header, uint64_t size, uint64_t *ret_from,
	uint64_t *ret_count);
#define HTTP_DATE_BYTES 30
/* "Sun, 06 Nov 1994 08:49:37 GMT" and NUL (RFC 9110 5.6.7). */
void http_date(int64_t at, char ret[HTTP_DATE_BYTES]);
bool accepts_gzip(struct str header);
/* If-None-Match against a strong tag with its quotes: weak comparison, lists, "*". */
bool etag_matches(struct str header, struct str tag);

#endif
