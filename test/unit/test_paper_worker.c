/* test_paper_worker.c - printed in another process: the same bytes, and its end is an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "paper/paper.h"
#include "paper/paper_worker.h"

#define CAP ((size_t)192 << 20)
#define HEAD "{\"title\":\"T\",\"created\":\"2026-11-24T00:00:00Z\",\"colour\":\"#0b7a75\"," \
	"\"page\":\"{page} / {pages}\",\"head\":{\"issuer\":\"检测\",\"kind\":\"报告\"," \
	"\"number\":\"N-1\"},\"blocks\":["

static struct paper_options options(void)
{
	struct paper_options o;

	paper_defaults(&o);
	o.program = getenv("HUREN_PROGRAM");
	assert_non_null(o.program);
	return o;
}

static struct json *sheet_of(struct arena *a, size_t blocks, size_t bytes)
{
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };
	struct json *v;

	buf_init(&b, CAP);
	buf_put_text(&b, HEAD);
	for (size_t i = 0; i < blocks; i++) {
		buf_printf(&b, "%s{\"is\":\"text\",\"text\":\"", i ? "," : "");
		for (size_t n = 0; n < bytes; n += 3)
			buf_put_text(&b, "检");
		buf_put_text(&b, "\"}");
	}
	buf_put_text(&b, "]}");
	if (json_parse(a, str_copy(a, buf_str(&b)), &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static enum err_code print_with(const struct paper_options *o, size_t blocks, size_t bytes,
	struct err *e)
{
	SCOPED_ARENA a;
	struct str pdf = STR("");

	arena_init(&a, CAP);
	return paper_print(o, &a, sheet_of(&a, blocks, bytes), &pdf, e);
}

static void paper_worker_prints_what_is_printed_here(void **state)
{
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };
	const struct paper_options o = options();
	struct paper_fonts *fonts;
	struct err e = { 0 };
	struct str pdf = STR("");
	struct json *sheet;

	(void)state;
	arena_init(&a, CAP);
	buf_init(&b, CAP);
	sheet = sheet_of(&a, 3, 900);
	if (paper_print(&o, &a, sheet, &pdf, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_true(str_starts(pdf, "%PDF-1.5"));
	assert_int_equal(paper_fonts_open(NULL, &fonts, &e), ERR_OK);
	assert_int_equal(paper_draw(&a, sheet, fonts, &b, &e), ERR_OK);
	paper_fonts_close(fonts);
	assert_true(str_eq(pdf, buf_str(&b)));
}

static void paper_worker_tells_why_not(void **state)
{
	SCOPED_ARENA a;
	struct paper_options o = options();
	struct err e = { 0 };
	struct str pdf = STR("");
	struct json *v;

	(void)state;
	arena_init(&a, CAP);
	assert_int_equal(json_parse(&a, STR("{\"blocks\":[{\"is\":\"dance\"}]}"), &v, &e), ERR_OK);
	assert_int_equal(paper_print(&o, &a, v, &pdf, &e), ERR_INVALID);
	assert_string_equal(e.message, "the sheet has a block of an unknown kind");
	o.fonts = "/nowhere";
	assert_int_equal(paper_print(&o, &a, v, &pdf, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.hint, "fonts-noto-cjk"));
}

static void paper_worker_that_is_none_is_an_error(void **state)
{
	struct paper_options o = options();
	struct err e = { 0 };

	(void)state;
	o.program = "/bin/false";
	assert_int_equal(print_with(&o, 1, 9, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "exit status 1"));
	o.program = "/nowhere/huren";
	assert_int_equal(print_with(&o, 1, 9, &e), ERR_IO);
}

static void limit_paper_sheet_bytes(void **state)
{
	const struct paper_options o = options();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(print_with(&o, 1, LIMIT_PAPER_SHEET_BYTES, &e), ERR_TOO_LARGE);
}

static void limit_paper_output_mb(void **state)
{
	struct paper_options o = options();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(o.output_bytes, (uint64_t)LIMIT_PAPER_OUTPUT_MB << 20);
	o.output_bytes = 32768;
	assert_int_equal(print_with(&o, 1, 900, &e), ERR_TOO_LARGE);
}

static void limit_paper_memory_mb(void **state)
{
	struct paper_options o = options();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(o.memory_bytes, (uint64_t)LIMIT_PAPER_MEMORY_MB << 20);
	o.memory_bytes = (uint64_t)2 << 20; /* half of it for the sheet: not even its text */
	assert_int_equal(print_with(&o, 1000, 3000, &e), ERR_TOO_LARGE);
}

static void limit_paper_cpu_s(void **state)
{
	struct paper_options o = options();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(o.cpu_s, LIMIT_PAPER_CPU_S);
	o.cpu_s = 0; /* none, or the second that some kernels make of it */
	assert_int_equal(print_with(&o, 190, 42000, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "time: over 0 s of computing"));
}

static void limit_paper_wall_ms(void **state)
{
	struct paper_options o = options();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(o.wall_ms, LIMIT_PAPER_WALL_MS);
	o.wall_ms = 1;
	assert_int_equal(print_with(&o, 100, 3000, &e), ERR_INVALID);
	assert_non_null(strstr(e.message, "time: over 1 ms"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paper_worker_prints_what_is_printed_here),
		cmocka_unit_test(paper_worker_tells_why_not),
		cmocka_unit_test(paper_worker_that_is_none_is_an_error),
		cmocka_unit_test(limit_paper_sheet_bytes),
		cmocka_unit_test(limit_paper_output_mb),
		cmocka_unit_test(limit_paper_memory_mb),
		cmocka_unit_test(limit_paper_cpu_s),
		cmocka_unit_test(limit_paper_wall_ms),
	};
	return cmocka_run_group_tests_name("paper_worker", tests, NULL, NULL);
}
