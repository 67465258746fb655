/* test_table_file.c - lists as files: quoting, formulas made harmless, workbooks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scoped.h"
#include "web/table_file.h"

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/huren-sheet-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* fails when a file was left */
}

static void expect_cell(const char *text, const char *expected)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 1024);
	table_file_csv_cell(&b, str_of(text));
	buf_put_char(&b, '\0');
	assert_string_equal(b.at, expected);
}

static void table_file_quotes_as_rfc_4180_says(void **state)
{
	(void)state;
	expect_cell("", "");
	expect_cell("plain text", "plain text");
	expect_cell("永川", "永川");
	expect_cell("a,b", "\"a,b\"");
	expect_cell("say \"yes\"", "\"say \"\"yes\"\"\"");
	expect_cell("two\nlines", "\"two\nlines\"");
	expect_cell("cr\r", "\"cr\r\"");
}

static void table_file_makes_formulas_harmless(void **state)
{
	(void)state;
	expect_cell("=1+1", "'=1+1");
	expect_cell("+86 10", "'+86 10");
	expect_cell("-5", "'-5");
	expect_cell("@sum", "'@sum");
	expect_cell("\t=1", "'\t=1");
	expect_cell("\r=1", "\"'\r=1\"");
	expect_cell("＝1", "'＝1");
	expect_cell("＠a", "'＠a");
	expect_cell("a=1", "a=1");
	expect_cell("=cmd|' /C calc'!A0,x", "\"'=cmd|' /C calc'!A0,x\"");
}

static struct str finished(struct table_file *s, char *room, size_t size)
{
	struct err e = { 0 };
	uint64_t bytes = 0;
	ssize_t got;
	int fd = -1;

	if (table_file_finish(s, &fd, &bytes, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_true(bytes < size);
	got = read(fd, room, size);
	assert_int_equal(got, (ssize_t)bytes);
	assert_int_equal(close(fd), 0);
	table_file_close(s);
	return (struct str){ room, (size_t)got };
}

static struct table_file *filled(bool xlsx)
{
	struct table_file *s = NULL;
	struct err e = { 0 };

	if (table_file_open(dir, xlsx, STR("检验检测报告"), &s, &e) != ERR_OK)
		fail_msg("%s", e.message);
	table_file_head(s, STR("编号"), 20);
	table_file_head(s, STR("n"), 20);
	table_file_head(s, STR("t"), 20);
	table_file_end_row(s);
	table_file_text(s, STR("=A1"));
	table_file_number(s, -12.5);
	table_file_time(s, 1774839845, true);
	table_file_end_row(s);
	table_file_empty(s);
	table_file_number(s, 7);
	table_file_time(s, 1774839845, false);
	table_file_end_row(s);
	return s;
}

static void table_file_writes_csv_with_mark_and_line_ends(void **state)
{
	static char room[65536];
	struct str text = finished(filled(false), room, sizeof(room));

	(void)state;
	assert_true(str_is(text, "\xef\xbb\xbf编号,n,t\r\n'=A1,-12.5,2026-03-30 03:04\r\n"
		",7,2026-03-30\r\n"));
}

static void table_file_writes_a_workbook(void **state)
{
	static char room[262144];
	struct str text = finished(filled(true), room, sizeof(room));

	(void)state;
	assert_true(str_starts(text, "PK\x03\x04"));
	assert_true(str_find(text, STR("xl/worksheets/sheet1.xml")) != SIZE_MAX);
	assert_true(str_find(text, STR("[Content_Types].xml")) != SIZE_MAX);
}

static void table_file_takes_texts_longer_than_a_cell(void **state)
{
	static char room[262144], text[200001];
	struct table_file *s = NULL;

	(void)state;
	for (size_t i = 0; i + 3 <= sizeof(text) - 1; i += 3)
		memcpy(text + i, "\xe6\xb1\x89", 3);
	assert_int_equal(table_file_open(dir, true, STR("x"), &s, NULL), ERR_OK);
	table_file_text(s, (struct str){ text, 200000 });
	table_file_end_row(s);
	assert_true(finished(s, room, sizeof(room)).len > 1000);
}

static void table_file_says_when_it_cannot_be_made(void **state)
{
	struct table_file *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(table_file_open("/dev/null/x", false, STR("x"), &s, &e), ERR_IO);
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_file_quotes_as_rfc_4180_says),
		cmocka_unit_test(table_file_makes_formulas_harmless),
		cmocka_unit_test(table_file_writes_csv_with_mark_and_line_ends),
		cmocka_unit_test(table_file_writes_a_workbook),
		cmocka_unit_test(table_file_takes_texts_longer_than_a_cell),
		cmocka_unit_test(table_file_says_when_it_cannot_be_made),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
