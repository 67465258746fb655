/* fuzz_http_text.c - every small parser of HTTP texts on the same bytes; decoding undoes
 * encoding. */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "web/http_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "text/html", "application/vc" };
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str text = { (const char *)data, size }, decoded = { NULL, 0 }, again = { NULL, 0 };
	struct fields f = { 0 };
	struct err e = { 0 };

	if (size == 0 || size > 65536)
		return 0;
	arena_init(&a, 4194304);
	buf_init(&b, 1048576);
	if (percent_decode(&a, text, false, &decoded, &e) == ERR_OK) {
		CHECK(decoded.len <= size);
		percent_put(&b, decoded);
		CHECK(percent_decode(&a, buf_str(&b), true, &again, &e) == ERR_OK);
		CHECK(str_eq(decoded, again));
	}
	if (fields_parse(&a, text, &f, &e) == ERR_OK)
		CHECK(f.count <= LIMIT_QUERY_FIELDS);
	CHECK(accept_choose(text, types, 2) <= 2);
	(void)accepts_gzip(text);
	(void)etag_matches(text, STR("\"a\""));
	(void)media_type_is(text, "a/b");
	(void)cookie_get(text, "lang");
	(void)bearer_get(text);
	(void)parameter_get(&a, text, "boundary");
	return 0;
}
