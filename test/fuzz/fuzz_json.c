/* fuzz_json.c - what we accept has a canonical form that is a fixed point (I2) and that jansson
 * finds equal; what we refuse jansson refuses too, but for the rules that are ours alone. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/scoped.h"
#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True when the refusal is by a rule that jansson does not have. */
static bool own_rule(struct str text, const struct err *e)
{
	return e->code == ERR_TOO_LARGE || strstr(e->message, "integer is over") ||
		strstr(e->message, "noncharacter") || memchr(text.at, 0, text.len) ||
		(strstr(e->message, "UTF-8") && str_is_utf8(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { (const char *)data, size }, once = { NULL, 0 }, twice = { NULL, 0 };
	struct json *v = NULL, *again = NULL;
	SCOPED_BUF pretty = { 0 };
	struct err e = { 0 };

	if (size == 0 || size > 65536)
		return 0;
	arena_init(&a, 16777216);
	if (json_parse(&a, text, &v, &e) != ERR_OK) {
		CHECK(e.code == ERR_INVALID || e.code == ERR_TOO_LARGE);
		CHECK(v == NULL);
		CHECK(own_rule(text, &e) || !oracle_accepts(text.at, text.len));
		return 0;
	}
	CHECK(json_jcs(&a, v, &once, &e) == ERR_OK);
	CHECK(json_parse(&a, once, &again, &e) == ERR_OK);
	CHECK(json_eq(v, again));
	CHECK(json_jcs(&a, again, &twice, &e) == ERR_OK);
	CHECK(str_eq(once, twice)); /* I2 */
	CHECK(v->canonical == str_eq(json_bytes(text, v), once)); /* I3 */
	CHECK(again->canonical);
	CHECK(oracle_same(text.at, text.len, once.at, once.len));
	buf_init(&pretty, 4194304);
	if (json_put_pretty(&pretty, v, &e) == ERR_OK) {
		CHECK(json_parse(&a, buf_str(&pretty), &again, &e) == ERR_OK);
		CHECK(json_eq(v, again));
	}
	return 0;
}
