/* test_fees.c - tables of fees: prices to the fen, rows, and what a time comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "matching/fees.h"

static struct arena a;

static int set_up(void **state)
{
	(void)state;
	arena_init(&a, (size_t)4 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_clear(&a);
	return 0;
}

/* limit_fee_yuan */
static void fees_read_prices_to_the_fen(void **state)
{
	static const struct { const char *text; uint64_t fen; } good[] = { { "0", 0 }, { "1", 100 },
		{ "1200.5", 120050 }, { "1200.05", 120005 }, { "0.01", 1 },
		{ "1000000000", FEE_FEN_MAX }, { "1000000000.00", FEE_FEN_MAX } };
	static const char *const bad[] = { "", ".", ".5", "1.", "1.005", "01", "00", "-1", "+1",
		"1,200", "1 200", " 1", "1e3", "1000000000.01", "99999999999999999999", "¥1",
		"1.5x" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t fen = 7;
		assert_int_equal(fee_price_parse(str_of(good[i].text), &fen, NULL), ERR_OK);
		assert_int_equal(fen, good[i].fen);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t fen = 7;
		if (fee_price_parse(str_of(bad[i]), &fen, NULL) != ERR_INVALID || fen != 7)
			fail_msg("%s", bad[i]);
	}
	assert_true(str_is(fee_price_text(&a, 120005), "1200.05"));
	assert_true(str_is(fee_price_text(&a, 9), "0.09"));
}

static struct json *table_of(const char *text)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (json_parse(&a, str_of(text), &v, &e) != ERR_OK)
		fail_msg("%s: %s", text, e.message);
	return v;
}

#define ROW "{\"item\":\"环道\",\"unit\":\"hour\",\"fen\":120050}"

static void fees_tell_what_is_wrong_with_a_row(void **state)
{
	static const struct { const char *text, *wrong; } cases[] = {
		{ "[" ROW "]", "" },
		{ "[" ROW ",{\"item\":\"环道\",\"unit\":\"hour\",\"fen\":1,"
			"\"conditions\":\"夜间\"}]", "" },
		{ "[{\"item\":\"a\",\"unit\":\"run\",\"fen\":0}]", "" },
		{ "[]", "missing" }, { "{}", "missing" }, { "[3]", "missing" },
		{ "[{\"unit\":\"hour\",\"fen\":1}]", "fee-item" },
		{ "[{\"item\":\"\",\"unit\":\"hour\",\"fen\":1}]", "fee-item" },
		{ "[{\"item\":\"a\",\"unit\":\"week\",\"fen\":1}]", "fee-unit" },
		{ "[{\"item\":\"a\",\"unit\":\"day\",\"fen\":1.5}]", "fee-price" },
		{ "[{\"item\":\"a\",\"unit\":\"day\",\"fen\":-1}]", "fee-price" },
		{ "[{\"item\":\"a\",\"unit\":\"day\",\"fen\":100000000001}]", "fee-price" },
		{ "[{\"item\":\"a\",\"unit\":\"day\",\"fen\":\"12\"}]", "fee-price" },
		{ "[{\"item\":\"a\",\"unit\":\"day\",\"fen\":1,\"conditions\":\"\"}]", "missing" },
		{ "[{\"item\":\"a\",\"unit\":\"day\",\"fen\":1,\"tax\":1}]", "unknown-field" },
		{ "[" ROW "," ROW "]", "twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wrong = fees_wrong(table_of(cases[i].text));
		if (!str_is(str_of(wrong ? wrong : ""), cases[i].wrong))
			fail_msg("%s: %s", cases[i].text, wrong ? wrong : "nothing");
	}
}

/* limit_listing_fees */
static void limit_listing_fees(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 1 << 16);
	buf_put_char(&b, '[');
	for (int i = 0; i < LIMIT_LISTING_FEES; i++)
		buf_printf(&b, "%s{\"item\":\"i%d\",\"unit\":\"day\",\"fen\":1}", i > 0 ? "," : "",
		i);
	char *most = arena_printf(&a, STR_FMT "]", STR_ARG(buf_str(&b)));
	char *over = arena_printf(&a, STR_FMT "," ROW "]", STR_ARG(buf_str(&b)));
	assert_null(fees_wrong(table_of(most)));
	assert_true(str_is(str_of(fees_wrong(table_of(over))), "too-many"));
}

static void fees_of_a_time_are_counted_by_the_minute_and_rounded_up(void **state)
{
	static const struct {
		enum fee_unit unit;
		uint64_t fen;
		struct fee_time time;
		bool known;
		uint64_t want;
	} cases[] = { { FEE_HOUR, 120050, { 120, 1 }, true, 240100 },
		{ FEE_HOUR, 120050, { 90, 1 }, true, 180075 },
		{ FEE_HOUR, 100, { 7, 1 }, true, 12 }, /* 11.67 */
		{ FEE_HOUR, 1, { 1, 1 }, true, 1 }, { FEE_HOUR, 0, { 60, 1 }, true, 0 },
		{ FEE_HOUR, 119, { 30, 1 }, true, 60 }, { FEE_DAY, 500, { 60, 3 }, true, 1500 },
		{ FEE_RUN, 500, { 60, 1 }, false, 0 }, { FEE_DAY, FEE_FEN_MAX, { 0, 2 }, false, 0 },
		{ FEE_HOUR, FEE_FEN_MAX, { UINT32_MAX, 1 }, false, 0 },
		{ FEE_HOUR, FEE_FEN_MAX, { 60, 1 }, true, FEE_FEN_MAX } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fee_amount got = fee_amount(cases[i].unit, cases[i].fen, cases[i].time);
		if (got.known != cases[i].known || got.fen != cases[i].want)
			fail_msg("case %zu: %llu", i, (unsigned long long)got.fen);
	}
}

static void fees_show_amounts_where_they_can_be_told(void **state)
{
	struct fee_time time = { .minutes = 90, .days = 1 };
	struct json *v = fees_model(&a, table_of("[" ROW ",{\"item\":\"a\",\"unit\":\"run\","
		"\"fen\":5,"
		"\"conditions\":\"夜\"},{\"item\":\"b\",\"unit\":\"hour\",\"fen\":\"12,5\"}]"),
		&time);
	struct str text;

	(void)state;
	assert_int_equal(json_jcs(&a, v, &text, NULL), ERR_OK);
	if (!str_is(text, "[{\"amount\":\"1800.75\",\"fee_unit\":\"hour\",\"item\":\"环道\","
		"\"price\":\"1200.50\"},{\"conditions\":\"夜\",\"fee_unit\":\"run\",\"item\":\"a\","
		"\"price\":\"0.05\"},{\"fee_unit\":\"hour\",\"item\":\"b\",\"price\":\"12,5\"}]"))
		fail_msg(STR_FMT, STR_ARG(text));
	assert_int_equal(json_count(fees_model(&a, NULL, NULL)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fees_read_prices_to_the_fen),
		cmocka_unit_test(fees_tell_what_is_wrong_with_a_row),
		cmocka_unit_test(limit_listing_fees),
		cmocka_unit_test(fees_of_a_time_are_counted_by_the_minute_and_rounded_up),
		cmocka_unit_test(fees_show_amounts_where_they_can_be_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
