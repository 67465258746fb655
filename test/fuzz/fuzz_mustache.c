/* fuzz_mustache.c - a template, a NUL, a JSON model: compiles or is refused, draws the same
 * twice, and never lets markup of a value through. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "web/mustache.h"

#define CAP 4194304

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draw(const struct mustache *m, const struct json *model, bool plain)
{
	SCOPED_BUF first = { 0 };
	SCOPED_BUF again = { 0 };
	const struct mustache_template *t = mustache_find(m, "main");
	struct err e = { 0 };
	enum err_code code;

	buf_init(&first, 262144);
	buf_init(&again, 262144);
	CHECK(t != NULL);
	code = mustache_render(t, 0, &model, 1, &first, &e);
	CHECK(mustache_render(t, 0, &model, 1, &again, &e) == code);
	CHECK(str_eq(buf_str(&first), buf_str(&again)));
	if (plain && first.len > 0)
		CHECK(!memchr(first.at, '<', first.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str rest = { (const char *)data, size };
	struct str text = size > 0 ? str_cut(&rest, '\0') : rest;
	struct json *model = NULL;
	struct err e = { 0 };

	if (size == 0 || size > 65536)
		return 0;
	arena_init(&a, CAP);
	if (!rest.at || json_parse(&a, rest, &model, &e) != ERR_OK)
		model = json_new_object(&a);
	for (int lenient = 0; lenient < 2; lenient++) {
		struct mustache *m = NULL;
		CHECK(mustache_open(CAP, lenient, &m, &e) == ERR_OK);
		if (mustache_add(m, STR("main"), text, &e) == ERR_OK &&
			mustache_add(m, STR("p"), STR("[{{>main}}]"), &e) == ERR_OK &&
			mustache_finish(m, &e) == ERR_OK)
			draw(m, model,
				!lenient && (text.len == 0 || !memchr(text.at, '<', text.len)));
		mustache_close(m);
	}
	return 0;
}
