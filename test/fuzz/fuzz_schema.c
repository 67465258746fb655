/* fuzz_schema.c - a schema and a value, parted by a line "--": reading and checking keep their
 * bounds.
 *
 * Invariant: the verdict is about the value, not its spelling: its canonical form gets the same
 *            one.
 */
#include <stdlib.h>

#include "base/schema.h"
#include "base/scoped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a;
	struct str input = { (const char *)data, size };
	size_t cut = str_find(input, STR("\n--\n"));
	struct schema *s;
	struct json *v;
	struct json *again;
	struct str bytes;
	struct err e;
	arena_init(&a, 64 << 20);
	if (cut == SIZE_MAX || schema_new(&a, (struct str){ input.at, cut }, &s, &e) != ERR_OK)
		return 0;
	struct str text = str_skip(input, cut + 4);
	if (json_parse(&a, text, &v, &e) != ERR_OK)
		return 0;
	enum err_code code = schema_check(s, v, text, &e);
	if (code != ERR_OK && !str_is_utf8(str_of(e.message)))
		abort();
	if (json_jcs(&a, v, &bytes, &e) != ERR_OK || json_parse(&a, bytes, &again, &e) != ERR_OK)
		return 0;
	if (schema_check(s, again, bytes, NULL) != code)
		abort();
	return 0;
}
