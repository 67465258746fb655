/* buf.h - bytes that grow up to a maximum given at the start.
 *
 * Life:    buf_init -> buf_put* -> (buf_str) -> buf_clear. A zeroed buf may be cleared.
 * I1  Once a put does not fit, `overflow` is set and every later put is ignored: write freely,
 *     check once at the end with buf_check.
 */
#ifndef HUREN_BASE_BUF_H
#define HUREN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct buf {
	char *at;
	size_t len;
	size_t capacity;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_reset(struct buf *b);     /* len = 0, memory kept */
void buf_clear(struct buf *b);
/* Makes room for `more` bytes behind len, for callers that write there themselves. False when they
 * do not fit (then `overflow` is set). */
bool buf_reserve(struct buf *b, size_t more);
void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_put_str(struct buf *b, struct str s);
void buf_put_text(struct buf *b, const char *text);
void buf_put_char(struct buf *b, char c);
void buf_put_u64(struct buf *b, uint64_t value);         /* decimal */
void buf_put_be16(struct buf *b, uint16_t value);
void buf_put_be64(struct buf *b, uint64_t value);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* View of the content; valid until the next put. */
struct str buf_str(const struct buf *b);
/* ERR_TOO_LARGE when anything did not fit. `what` names the thing for the message. */
MUST_USE enum err_code buf_check(const struct buf *b, const char *what, struct err *e);

#endif
