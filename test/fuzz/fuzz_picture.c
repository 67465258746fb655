/* fuzz_picture.c - drawing whatever JSON says it is an evaluation: another city's document is drawn
 * before anybody judged it again.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "criteria/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct json *doc;
	struct err e;

	arena_init(&a, 16 << 20);
	buf_init(&b, 4 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &doc, &e) != ERR_OK)
		return 0;
	if (picture_draw(&a, doc, 0, &picture_words_en, &b, &e) != ERR_OK)
		return 0;
	/* Text of the document is escaped: the only tags are ours. */
	CHECK(str_find(buf_str(&b), STR("<script")) == SIZE_MAX);
	CHECK(str_ends(buf_str(&b), "</svg>\n"));
	return 0;
}
