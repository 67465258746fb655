/* json_inner.h - what the parts of json.h share: order of names, numbers, UTF-8. */
#ifndef HUREN_BASE_JSON_INNER_H
#define HUREN_BASE_JSON_INNER_H

#include "base/json.h"

#define JSON_INTEGER_MAX 9007199254740992.0 /* 2^53: beyond it doubles skip integers */
#define JSON_NUMBER_BYTES 32                /* "-1.7976931348623157e+308" is the longest kind */
#define JSON_BROKEN UINT32_MAX              /* `capacity` of a container that ran out of memory */

/* Order of RFC 8785: by UTF-16 code units. Both are valid UTF-8. */
int json_name_cmp(struct str a, struct str b);
/* Index of the member, or, with *ret_found false, the place where it belongs. */
uint32_t json_find(const struct json *object, struct str name, bool *ret_found);

/* Reads the number at the start of [at, end): its value and the byte behind it. Returns NULL, or
 * what is wrong with it. */
const char *json_number_read(const char *at, const char *end, double *ret, const char **ret_end);

/* True when the text is what json_number_text would write. */
bool json_number_is_canonical(double number, const char *at, const char *end);

/* First byte of [at, end) that is a quote, a backslash, a control character or not ASCII. */
const char *json_plain_end(const char *at, const char *end);
/* Walks over characters outside ASCII. NULL when they are not valid UTF-8 or are noncharacters. */
const char *json_wide_end(const char *at, const char *end);

#endif
