/* str.h - text as pointer and length.
 *
 * Is:      a borrowed view of bytes; lives as long as what it points into.
 * Is not:  NUL-terminated, owned or growable (buf.h).
 */
#ifndef HUREN_BASE_STR_H
#define HUREN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct str {
	const char *at;
	size_t len;
};

#define STR(literal) ((struct str){ .at = "" literal, .len = sizeof(literal) - 1 })
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).len, (s).at

struct str str_of(const char *text);                    /* NULL gives the empty string */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *text);
int str_cmp(struct str a, struct str b);                /* by bytes, then by length */
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
struct str str_skip(struct str s, size_t count);        /* without the first `count` bytes */
struct str str_trim(struct str s);                      /* without space and tab at both ends */
/* Cuts `*rest` at the first `sep`: returns what stood before it and moves *rest behind it.
 * Without `sep` returns all and leaves *rest empty with at == NULL. */
struct str str_cut(struct str *rest, char sep);
/* First place of `needle`, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
/* NUL-terminated copy in the arena, or NULL at its cap. */
char *str_z(struct arena *a, struct str s);
struct str str_copy(struct arena *a, struct str s);     /* at == NULL at the cap */
/* printf into the arena; at == NULL at the cap. */
struct str str_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Decimal without sign, without leading zero (but "0"), at most UINT64_MAX. ERR_INVALID. */
MUST_USE enum err_code str_parse_u64(struct str s, uint64_t *ret, struct err *e);
/* Valid UTF-8 without overlong forms, surrogates or bytes past U+10FFFF. */
bool str_is_utf8(struct str s);
/* Of a file, as it stands in a header between quotes: no path, no control characters; 1 to
 * LIMIT_FILE_NAME_BYTES. */
bool str_is_file_name(struct str s);
/* "text/csv", in lower case and without parameters. */
bool str_is_media_type(struct str s);
/* For messages: control characters, quotes and invalid bytes escaped, cut at 80 characters. */
const char *str_quote(struct arena *a, struct str s);

#endif
