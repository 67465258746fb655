/* test_table.c - the frame of lists: addresses, heads, columns, and all of a list as a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "account_fixture.h"
#include "web/table.h"
#include "web/web_inner.h"

static struct web web;
static struct request request;
static uint64_t row_total = 3;     /* of the list that the tests make up */

/* Rows "1" to row_total; the page key is the last one's number. */
static enum err_code made_up_page(struct request *r, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a), *v = json_new_object(a);
	uint64_t from = 0, count = q->rows == 0 ? 2 : q->rows, i;

	(void)r;
	if (q->after.len > 0)
		TRY(str_parse_u64(q->after, &from, e));
	for (i = from; i < from + count && i < row_total; i++) {
		struct json *row = json_new_object(a), *both = json_new_object(a);
		json_set_text(a, both, "zh-CN", "永川");
		json_set_text(a, both, "en", "Yongchuan");
		json_set_str(a, row, "number", str_printf(a, "%llu", (unsigned long long)i + 1));
		json_set(a, row, "city", both);
		json_set_text(a, row, "state", "valid");
		json_set_text(a, row, "time", "2026-11-24T23:04:05Z");
		json_set_number(a, row, "count", (double)i);
		json_push(a, rows, row);
	}
	if (i < row_total)
		json_set_str(a, v, "next", str_printf(a, "%llu", (unsigned long long)i));
	if (from > 0)
		json_set_str(a, v, "previous", str_printf(a, "%llu", (unsigned long long)from + 1));
	*ret = json_set(a, v, "rows", rows);
	return ERR_OK;
}

static const struct table_column columns[] = {
	{ .name = "report", .from = "number", .as = TABLE_TEXT, .sort = "number" },
	{ .name = "city", .from = "city", .as = TABLE_TEXT },
	{ .name = "items", .from = "count", .as = TABLE_NUMBER, .file_only = true },
	{ .name = "receipt", .from = "time", .as = TABLE_TIME, .sort = "time" },
	{ .name = "since", .from = "time", .as = TABLE_DAY },
	{ .name = "state", .from = "state", .as = TABLE_TEXT, .words = "state" },
};
static const struct table table = { "/reports", columns, 6, "-time", "q, state", made_up_page };

static int open_all(void **state)
{
	struct err e = { 0 };

	if (fixture_open(state) != 0)
		return -1;
	web.service = node.service;
	if (pages_open(arena_printf(&arena, "%s/ui", getenv("HUREN_SOURCE")), &web.pages, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	return 0;
}

static int close_all(void **state)
{
	pages_close(web.pages);
	return fixture_close(state);
}

static void begin(const char *query, const char *cookie)
{
	struct err e = { 0 };
	struct str path;

	request = (struct request){ .web = &web };
	arena_init(&request.arena, (size_t)32 << 20);
	request.http.headers[0] = (struct http_header){ STR("accept"), STR("text/html") };
	request.http.headers[1] = (struct http_header){ STR("cookie"), str_of(cookie) };
	request.http.header_count = 2;
	if (request_read_target(&request, str_printf(&arena, "/reports%s", query), STR(""), &path,
		&e) != ERR_OK)
		fail_msg("%s", e.message);
}

/* "links" of the templates as text, and the model. */
static struct str links_of(const char *query, const char *cookie, struct json **ret)
{
	struct err e = { 0 };
	struct str text;

	begin(query, cookie);
	if (table_model(&request, &table, ret, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(json_jcs(&request.arena, request.links, &text, &e), ERR_OK);
	return text;
}

static void expect(struct str text, const char *part)
{
	if (str_find(text, str_of(part)) == SIZE_MAX)
		fail_msg("no %s in " STR_FMT, part, STR_ARG(text));
}

static void table_links_keep_filters_order_and_columns(void **state)
{
	struct json *model;
	struct str links = links_of("?q=a%20b&state=valid&sort=number&rows=1&columns=report.city"
		"&after=1", "", &model);

	(void)state;
	expect(links, "\"next\":\"/reports?q=a%20b&state=valid&sort=number&columns=report.city"
		"&rows=1&after=2\"");
	expect(links, "\"previous\":\"/reports?q=a%20b&state=valid&sort=number"
		"&columns=report.city&rows=1&before=2\"");
	expect(links, "\"csv\":\"/reports.csv?q=a%20b&state=valid&sort=number"
		"&columns=report.city&rows=1\"");
	expect(links, "\"filtered\":true");
	assert_true(str_ends(json_get_str(json_get(model, "links"), "next"), "&after=2"));
	assert_true(str_starts(json_get_str(json_get(model, "links"), "previous"),
		"/reports.json?"));
	arena_clear(&request.arena);
}

static void table_heads_tell_the_order_and_lead_to_the_other(void **state)
{
	struct json *model;
	struct str links = links_of("", "", &model);

	(void)state;
	expect(links, "{\"address\":\"/reports?sort=time\",\"column\":\"receipt\",\"down\":true,"
		"\"sorted\":\"descending\"}");
	expect(links, "{\"address\":\"/reports?sort=number\",\"column\":\"report\"}");
	arena_clear(&request.arena);
	links = links_of("?sort=number", "", &model);
	expect(links, "{\"address\":\"/reports?sort=-number\",\"column\":\"report\",\"down\":false,"
		"\"sorted\":\"ascending\"}");
	expect(links, "{\"address\":\"/reports\",\"column\":\"receipt\"}");
	arena_clear(&request.arena);
	links = links_of("?q=x", "", &model); /* matches have one order */
	expect(links, "{\"column\":\"report\"}");
	arena_clear(&request.arena);
}

static void table_columns_come_from_the_address_then_the_cookie(void **state)
{
	struct json *model;
	struct str links = links_of("", "lang=en; columns=state.bogus", &model);

	(void)state;
	expect(links, "\"show\":{\"report\":true,\"state\":true}");
	assert_int_equal(request.reply.header_count, 0);
	arena_clear(&request.arena);
	links = links_of("?columns=report.city", "columns=state", &model);
	expect(links, "\"show\":{\"city\":true,\"report\":true}");
	assert_int_equal(request.reply.header_count, 1);
	assert_string_equal(request.reply.headers[0].value,
		"columns=report.city; Path=/reports; Max-Age=31536000; SameSite=Lax; HttpOnly");
	arena_clear(&request.arena);
	links = links_of("?columns=all", "columns=state", &model);
	expect(links, "\"city\":true");
	assert_non_null(strstr(request.reply.headers[0].value, "Max-Age=0"));
	arena_clear(&request.arena);
}

static void table_refuses_a_number_of_rows_that_is_none(void **state)
{
	struct json *model;

	(void)state;
	begin("?rows=x", "");
	assert_int_equal(table_model(&request, &table, &model, NULL), ERR_INVALID);
	arena_clear(&request.arena);
}

/* The file's text; `ret_lines` counts its rows. */
static struct str exported(const char *query, size_t *ret_lines)
{
	struct err e = { 0 };
	char *text;
	ssize_t got;

	begin(query, "");
	if (table_export(&request, &table, false, &e) != ERR_OK)
		fail_msg("%s", e.message);
	text = arena_alloc(&arena, request.reply.file_bytes + 1);
	assert_non_null(text);
	got = pread(request.reply.file, text, request.reply.file_bytes, 0);
	assert_int_equal(got, (ssize_t)request.reply.file_bytes);
	assert_int_equal(close(request.reply.file), 0);
	*ret_lines = 0;
	for (ssize_t i = 0; i < got; i++)
		*ret_lines += text[i] == '\n';
	arena_clear(&request.arena);
	return (struct str){ text, (size_t)got };
}

static void table_export_is_in_the_language_of_the_page(void **state)
{
	size_t lines;

	(void)state;
	row_total = 1;
	assert_true(str_is(exported("?lang=en", &lines), "\xef\xbb\xbfReport,City,Items,Receipt,"
		"Since,State\r\n1,Yongchuan,0,2026-11-25 07:04,2026-11-25,Valid\r\n"));
	assert_true(str_is(exported("?columns=report", &lines),
		"\xef\xbb\xbf报告,项目\r\n1,0\r\n"));
}

static void table_export_has_every_page(void **state)
{
	size_t lines;

	(void)state;
	row_total = 1234;
	expect(exported("?columns=report&lang=en&after=7&rows=2", &lines), "\r\n1234,1233\r\n");
	assert_int_equal(lines, 1235);
}

static void table_export_of_an_account_leaves_a_line(void **state)
{
	struct err e = { 0 };

	(void)state;
	row_total = 2;
	begin("", "");
	request.http.path = STR("/reports.csv");
	request.who = (struct account_who){ .stage = STAGE_FULL, .name = STR("wang"),
		.address = STR("192.0.2.9") };
	assert_int_equal(table_export(&request, &table, false, &e), ERR_OK);
	assert_int_equal(close(request.reply.file), 0);
	arena_clear(&request.arena);
	audit_flush(node.service);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'export' AND actor"
		" = 'wang' AND line LIKE '%/reports.csv%' AND line LIKE '%2 rows%'"), 1);
}

static void limit_export_rows(void **state)
{
	size_t lines;
	struct str text;

	(void)state;
	row_total = LIMIT_EXPORT_ROWS;
	text = exported("?columns=report&lang=en", &lines);
	assert_int_equal(lines, LIMIT_EXPORT_ROWS + 1);
	assert_true(str_find(text, STR("Only the first")) == SIZE_MAX);
	row_total = LIMIT_EXPORT_ROWS + 1;
	text = exported("?columns=report&lang=en", &lines);
	assert_int_equal(lines, LIMIT_EXPORT_ROWS + 2);
	expect(text, "Only the first 100000 rows are exported");
	row_total = 3;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_links_keep_filters_order_and_columns),
		cmocka_unit_test(table_heads_tell_the_order_and_lead_to_the_other),
		cmocka_unit_test(table_columns_come_from_the_address_then_the_cookie),
		cmocka_unit_test(table_refuses_a_number_of_rows_that_is_none),
		cmocka_unit_test(table_export_is_in_the_language_of_the_page),
		cmocka_unit_test(table_export_has_every_page),
		cmocka_unit_test(table_export_of_an_account_leaves_a_line),
		cmocka_unit_test(limit_export_rows),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
