/* protobuf.c - the wire format of protobuf. */
#include "evidence/protobuf.h"

#include <string.h>

#define VARINT_BYTES 10
#define NUMBER_MAX 536870911u /* 2^29 - 1 */

static bool take_varint(struct protobuf *p, uint64_t *ret)
{
	uint64_t value = 0;

	for (int i = 0; i < VARINT_BYTES && p->at < p->end; i++) {
		uint8_t byte = *p->at++;
		if (i == VARINT_BYTES - 1 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (byte < 0x80) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool take_fixed(struct protobuf *p, int bytes, uint64_t *ret)
{
	uint64_t value = 0;

	if (p->end - p->at < bytes)
		return false;
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)p->at[i] << 8 * i;
	p->at += bytes;
	*ret = value;
	return true;
}

static bool take_bytes(struct protobuf *p, struct protobuf *ret)
{
	uint64_t len;

	if (!take_varint(p, &len) || len > (uint64_t)(p->end - p->at))
		return false;
	*ret = (struct protobuf){ p->at, p->at + len };
	p->at += len;
	return true;
}

enum protobuf_step protobuf_next(struct protobuf *p, struct protobuf_field *ret)
{
	uint64_t tag;
	bool whole = false;

	if (p->at == p->end)
		return PROTOBUF_END;
	if (!take_varint(p, &tag) || tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
		return PROTOBUF_BROKEN;
	*ret = (struct protobuf_field){ .number = (uint32_t)(tag >> 3) };
	switch (tag & 7) {
	case PROTOBUF_VARINT:
		whole = take_varint(p, &ret->value);
		break;
	case PROTOBUF_FIXED64:
		whole = take_fixed(p, 8, &ret->value);
		break;
	case PROTOBUF_BYTES:
		whole = take_bytes(p, &ret->bytes);
		break;
	case PROTOBUF_FIXED32:
		whole = take_fixed(p, 4, &ret->value);
		break;
	default:
		break;
	}
	ret->type = (enum protobuf_type)(tag & 7);
	return whole ? PROTOBUF_FIELD : PROTOBUF_BROKEN;
}

double protobuf_double(const struct protobuf_field *f)
{
	double value;

	memcpy(&value, &f->value, sizeof(value));
	return value;
}
