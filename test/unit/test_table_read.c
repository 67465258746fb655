/* test_table_read.c - CSV and workbooks to rows, and what stops them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "service/table_read.h"

static struct arena arena;

static int open_arena(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)256 << 20);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static void expect(struct str bytes, const char *json)
{
	struct json *rows;
	struct str text;
	struct err e = { 0 };

	if (table_read(&arena, bytes, &rows, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(json_jcs(&arena, rows, &text, &e), ERR_OK);
	assert_string_equal(str_z(&arena, text), json);
}

static void refuse(struct str bytes, enum err_code code, uint32_t line)
{
	struct json *rows = NULL;
	struct err e = { 0 };

	assert_int_equal(table_read(&arena, bytes, &rows, &e), code);
	assert_int_equal(e.line, line);
	assert_null(rows);
}

/* A workbook of these two parts; `strings` may be NULL. */
static struct str workbook(const char *strings, struct str sheet)
{
	zip_error_t problem;
	zip_source_t *whole = zip_source_buffer_create(NULL, 0, 0, &problem);
	zip_t *zip = zip_open_from_source(whole, ZIP_TRUNCATE, &problem);
	zip_int64_t got;
	char *bytes = arena_alloc(&arena, (size_t)1 << 20);

	assert_non_null(zip);
	zip_source_keep(whole);
	if (strings)
		assert_true(zip_file_add(zip, "xl/sharedStrings.xml", zip_source_buffer(zip,
			strings, strlen(strings), 0), 0) >= 0);
	assert_true(zip_file_add(zip, "xl/worksheets/sheet1.xml", zip_source_buffer(zip, sheet.at,
		sheet.len, 0), 0) >= 0);
	assert_int_equal(zip_close(zip), 0);
	assert_int_equal(zip_source_open(whole), 0);
	got = zip_source_read(whole, bytes, (size_t)1 << 20);
	assert_true(got > 0);
	(void)zip_source_close(whole);
	zip_source_free(whole);
	return (struct str){ bytes, (size_t)got };
}

static void table_read_takes_csv(void **state)
{
	(void)state;
	expect(STR("a,b\r\n1,\"x \"\"y\"\"\nz\"\r\n\r\n"),
		"[[\"a\",\"b\"],[\"1\",\"x \\\"y\\\"\\nz\"]]");
	expect(STR("\xef\xbb\xbf" "a;b\n1;2"), "[[\"a\",\"b\"],[\"1\",\"2\"]]");
	expect(STR("a\tb\tc,d\n"), "[[\"a\",\"b\",\"c,d\"]]");
	expect(STR("\"a,b,c\";\"d\"\n1;2\n"), "[[\"a,b,c\",\"d\"],[\"1\",\"2\"]]");
	expect(STR("PK,a\n"), "[[\"PK\",\"a\"]]"); /* a workbook begins with more than that */
	expect(STR("编号,\n"), "[[\"编号\",\"\"]]");
	refuse(STR("a,\"b\n1"), ERR_INVALID, 1);
	refuse(STR("a,b\n1,x\"y\n"), ERR_INVALID, 2);
	refuse(STR("a\n\"b\"c\n"), ERR_INVALID, 2);
	refuse(STR("\xb1\xe0\xba\xc5,a\n"), ERR_INVALID, 0); /* GBK */
}

static void table_read_takes_a_workbook(void **state)
{
	(void)state;
	expect(workbook("<sst><si><t>head</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no"
		"</t></rPh></si></sst>", STR("<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0"
		"</v></c><c r='C1' t='s'><v>1</v></c></row><row r='3'><c r='B3'><v>"
		"58.899999999999999</v></c><c r='C3' t='inlineStr'><is><t>in</t></is></c></row>"
		"</sheetData></worksheet>")),
		"[[\"head\",\"\",\"rich\"],[],[\"\",\"58.9\",\"in\"]]");
	refuse(workbook(NULL, STR("<w><c r='A1' t='s'><v>0</v></c></w>")), ERR_INVALID, 0);
	refuse(workbook(NULL, STR("<w><c r='B1'/><c r='A1'/></w>")), ERR_INVALID, 0);
	refuse(workbook(NULL, STR("<!DOCTYPE w [<!ENTITY a 'b'>]><w>&a;</w>")), ERR_INVALID, 0);
	refuse(workbook(NULL, STR("<w><c")), ERR_INVALID, 0);
	refuse(STR("PK\003\004 no workbook"), ERR_INVALID, 0);
}

static void table_read_takes_a_formula_for_its_result(void **state)
{
	(void)state;
	expect(workbook(NULL, STR("<w><c r='A1' t='str'><f>B1&amp;C1</f><v>ab</v></c><c r='B1'><f>"
		"1+1</f><v>2</v></c><c r='C1' t='str'><f>NOW()</f></c></w>")),
		"[[\"ab\",\"2\",\"\"]]");
	refuse(workbook(NULL, STR("<w><c r='A1' t='e'><f>1/0</f><v>#DIV/0!</v></c></w>")),
		ERR_INVALID, 0);
}

static void table_read_turns_days_of_excel_into_dates(void **state)
{
	(void)state;
	assert_string_equal(str_z(&arena, table_read_day(&arena, STR("46209"))), "2026-07-06");
	assert_string_equal(str_z(&arena, table_read_day(&arena, STR("2026-07-06"))), "2026-07-06");
	assert_string_equal(str_z(&arena, table_read_day(&arena, STR("123"))), "123");
}

/* `count` times the text. */
static struct str times(const char *text, size_t count)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, (size_t)64 << 20);
	for (size_t i = 0; i < count; i++)
		buf_put_text(&b, text);
	return str_copy(&arena, buf_str(&b));
}

static void limit_table_rows(void **state)
{
	struct json *rows;

	(void)state;
	assert_int_equal(table_read(&arena, times("a\n", LIMIT_TABLE_ROWS), &rows, NULL),
		ERR_OK);
	refuse(times("a\n", LIMIT_TABLE_ROWS + 1), ERR_TOO_LARGE, 0);
	refuse(workbook(NULL, STR("<w><c r='A1001'/></w>")), ERR_TOO_LARGE, 0);
}

static void limit_table_columns(void **state)
{
	struct json *rows;

	(void)state;
	assert_int_equal(table_read(&arena, times(",", LIMIT_TABLE_COLUMNS - 1), &rows, NULL),
		ERR_OK);
	refuse(times(",", LIMIT_TABLE_COLUMNS), ERR_TOO_LARGE, 0);
	refuse(workbook(NULL, STR("<w><c r='ZZZZ1'/></w>")), ERR_TOO_LARGE, 0);
}

static void limit_table_cell_bytes(void **state)
{
	struct json *rows;

	(void)state;
	assert_int_equal(table_read(&arena, times("a", LIMIT_TABLE_CELL_BYTES), &rows, NULL),
		ERR_OK);
	refuse(times("a", LIMIT_TABLE_CELL_BYTES + 1), ERR_TOO_LARGE, 0);
}

static void limit_table_expanded_bytes(void **state)
{
	struct str bomb = times("<a/>", LIMIT_TABLE_EXPANDED_BYTES / 4 + 10);

	(void)state;
	bomb = str_printf(&arena, "<w>%s</w>", bomb.at);
	assert_true(workbook(NULL, bomb).len < 1 << 17);
	refuse(workbook(NULL, bomb), ERR_TOO_LARGE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_read_takes_csv),
		cmocka_unit_test(table_read_takes_a_workbook),
		cmocka_unit_test(table_read_takes_a_formula_for_its_result),
		cmocka_unit_test(table_read_turns_days_of_excel_into_dates),
		cmocka_unit_test(limit_table_rows),
		cmocka_unit_test(limit_table_columns),
		cmocka_unit_test(limit_table_cell_bytes),
		cmocka_unit_test(limit_table_expanded_bytes),
	};
	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
