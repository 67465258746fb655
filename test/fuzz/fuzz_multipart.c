/* fuzz_multipart.c - a boundary, a line feed, a body: parts point into the body in order, and a
 * form written again from them is read back the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "web/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_part(struct buf *b, const struct part *p, struct str boundary)
{
	buf_printf(b, "--" STR_FMT "\r\nContent-Disposition: form-data; name=\"",
		STR_ARG(boundary));
	for (size_t i = 0; i < p->name.len; i++) {
		if (p->name.at[i] == '"' || p->name.at[i] == '\\')
			buf_put_char(b, '\\');
		buf_put_char(b, p->name.at[i]);
	}
	buf_put_text(b, "\"\r\n\r\n");
	buf_put_str(b, p->body);
	buf_put_text(b, "\r\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str body = { (const char *)data, size }, boundary;
	struct multipart m = { 0 }, again = { 0 };
	struct err e = { 0 };

	if (size == 0 || size > 65536)
		return 0;
	arena_init(&a, 4194304);
	buf_init(&b, 1048576);
	boundary = str_cut(&body, '\n');
	if (multipart_parse(&a, body, boundary, &m, &e) != ERR_OK) {
		CHECK(e.code == ERR_INVALID || e.code == ERR_TOO_LARGE);
		return 0;
	}
	for (size_t i = 0; i < m.count; i++) {
		CHECK(m.parts[i].body.at >= body.at);
		CHECK(m.parts[i].body.at + m.parts[i].body.len <= body.at + body.len);
		if (strlen(str_z(&a, m.parts[i].name)) != m.parts[i].name.len)
			return 0; /* a name with NUL or line ends cannot be written back */
		if (memchr(m.parts[i].name.at, '\r', m.parts[i].name.len) ||
			memchr(m.parts[i].name.at, '\n', m.parts[i].name.len))
			return 0;
		write_part(&b, &m.parts[i], boundary);
	}
	buf_printf(&b, "--" STR_FMT "--", STR_ARG(boundary));
	if (m.count == 0)
		return 0;
	if (multipart_parse(&a, buf_str(&b), boundary, &again, &e) != ERR_OK)
		CHECK(strstr(e.message, "header")); /* escaping made it longer than allowed */
	else
		for (size_t i = 0; i < m.count; i++)
			CHECK(str_eq(m.parts[i].name, again.parts[i].name) &&
				str_eq(m.parts[i].body, again.parts[i].body));
	return 0;
}
