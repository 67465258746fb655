/* fuzz_audit.c - an export that checks out is bound from its first line to its last: any other
 * order or a line less does not. */
#include <stdint.h>
#include <string.h>

#include "base/scoped.h"
#include "service/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size }, rest = text, first, second;
	struct audit_checked c = { .count = 99 }, other = { .count = 99 };
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	if (audit_check(text, &c, &e) != ERR_OK) {
		CHECK(c.count == 99);
		CHECK(e.message[0] != '\0');
		return 0;
	}
	CHECK(c.count == 0 || c.last - c.first + 1 == c.count);
	if (c.count < 2)
		return 0;
	first = str_cut(&rest, '\n');
	second = str_cut(&rest, '\n');
	buf_init(&b, 2 * size + 16);
	buf_put_str(&b, second);
	buf_put_char(&b, '\n');
	buf_put_str(&b, first);
	CHECK(audit_check(buf_str(&b), &other, &e) == ERR_CORRUPT);
	return 0;
}
