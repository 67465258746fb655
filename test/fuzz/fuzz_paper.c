/* fuzz_paper.c - any sheet is printed or refused, and the same sheet gives the same paper. */
#include <stdint.h>

#include "base/scoped.h"
#include "paper/paper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct paper_fonts *fonts; /* kept: opening them takes longer than a paper */
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF one = { 0 }, two = { 0 };
	struct json *v;
	enum err_code code;

	if (size > 65536)
		return 0;
	if (!fonts)
		CHECK(paper_fonts_open(NULL, &fonts, NULL) == ERR_OK);
	arena_init(&a, (size_t)64 << 20);
	buf_init(&one, (size_t)16 << 20);
	buf_init(&two, (size_t)16 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &v, NULL) != ERR_OK)
		return 0;
	code = paper_draw(&a, v, fonts, &one, NULL);
	CHECK(code == ERR_OK || code == ERR_INVALID || code == ERR_TOO_LARGE);
	if (code == ERR_OK) {
		CHECK(paper_draw(&a, v, fonts, &two, NULL) == ERR_OK);
		CHECK(str_eq(buf_str(&one), buf_str(&two)));
	}
	return 0;
}
