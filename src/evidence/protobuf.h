/* protobuf.h - walks the fields of a protobuf message (proto2 wire format).
 *
 * Is:      one field after the other, checked to lie inside the message: no copy, no memory, no
 *          recursion. Unknown fields are given like all others and passed over by the caller.
 * Is not:  a schema: what a field means is its number, which the caller knows.
 */
#ifndef HUREN_EVIDENCE_PROTOBUF_H
#define HUREN_EVIDENCE_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>

struct protobuf {
	const uint8_t *at, *end;
};

enum protobuf_type { PROTOBUF_VARINT = 0, PROTOBUF_FIXED64 = 1, PROTOBUF_BYTES = 2,
	PROTOBUF_FIXED32 = 5 };

struct protobuf_field {
	uint32_t number;
	enum protobuf_type type;
	uint64_t value;            /* varint and fixed types */
	struct protobuf bytes;     /* PROTOBUF_BYTES */
};

enum protobuf_step { PROTOBUF_FIELD, PROTOBUF_END, PROTOBUF_BROKEN };

/* The next field of the message. PROTOBUF_BROKEN: a varint over 10 bytes or 64 bits, a length past
 * the end, field number 0, a group or an unknown wire type. */
enum protobuf_step protobuf_next(struct protobuf *p, struct protobuf_field *ret);
/* True when the field has this number and type; others of the number are unknown fields. */
static inline bool protobuf_is(const struct protobuf_field *f, uint32_t number,
	enum protobuf_type type)
{
	return f->number == number && f->type == type;
}
double protobuf_double(const struct protobuf_field *f); /* PROTOBUF_FIXED64 */

#endif
