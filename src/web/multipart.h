/* multipart.h - a multipart/form-data body (RFC 7578), whole in memory, read strictly.
 *
 * Is:      at most LIMIT_MULTIPART_PARTS parts with a name each; CRLF only; no preamble; the
 *          closing delimiter must be there.
 * Is not:  for other multipart types, transfer encodings or streams. Pure.
 */
#ifndef HUREN_WEB_MULTIPART_H
#define HUREN_WEB_MULTIPART_H

#include "base/limits.h"
#include "base/str.h"

struct part {
	struct str name;
	struct str filename;       /* at == NULL when the field is no file */
	struct str body;           /* points into the text parsed */
};
struct multipart {
	size_t count;
	struct part parts[LIMIT_MULTIPART_PARTS];
};

/* ERR_INVALID says which part and what; ERR_TOO_LARGE too many parts. */
MUST_USE enum err_code multipart_parse(struct arena *a, struct str body, struct str boundary,
	struct multipart *ret, struct err *e);
/* RFC 2046: 1 to 70 characters of its list. */
bool multipart_boundary_holds(struct str s);
/* Reads the header lines of part `number` at the start of `s`, which gets what follows the empty
 * line. ERR_INVALID. Texts point into `s` or the arena. */
MUST_USE enum err_code multipart_read_header(struct arena *a, struct str *s, size_t number,
	struct part *p, struct err *e);
/* NULL when there is none of that name. */
const struct part *multipart_get(const struct multipart *m, const char *name);

#endif
