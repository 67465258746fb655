/* test_listing_form.c - forms of listings: what was typed comes back, and as values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "recognition_fixture.h"
#include "web/listing_form.h"

static struct { struct arena a; struct rules *rules; const struct listing_kind *demand; } f;

static int set_up(void **state)
{
	const struct listing_kind *kinds;
	struct err e = { 0 };

	(void)state;
	arena_init(&f.a, (size_t)64 << 20);
	f.rules = fixture_rules(&f.a);
	fixture_must(listing_kinds_parse(&f.a, f.rules, &kinds, &e), &e);
	f.demand = listing_kind_find(kinds, STR("demand"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rules_close(f.rules);
	arena_clear(&f.a);
	return 0;
}

static struct json *values_of(const char *text)
{
	struct fields form;
	struct err e = { 0 };

	fixture_must(fields_parse(&f.a, str_of(text), &form, &e), &e);
	return listing_form_values(&f.a, f.demand, &form);
}

static void listing_form_reads_each_type(void **state)
{
	struct json *v = values_of("field.industries=C36%0D%0AI65%EF%BC%8C+M74&field.budget.from=20"
		"&field.budget.to=viel&field.period.from=2026-11-30&field.cooperation.lease=on"
		"&field.delivery=90&field.certificates=+&other=x");
	struct str text;

	(void)state;
	assert_int_equal(json_jcs(&f.a, v, &text, NULL), ERR_OK);
	if (!str_is(text, "{\"budget\":{\"from\":20,\"to\":\"viel\"},\"cooperation\":[\"lease\"],"
		"\"delivery\":90,\"industries\":[\"C36\",\"I65\",\"M74\"],"
		"\"period\":{\"from\":\"2026-11-30\"}}"))
		fail_msg(STR_FMT, STR_ARG(text));
	assert_int_equal(json_count(values_of("")), 0);
}

static const struct json *input(const struct json *list, const char *id)
{
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_is(json_get_str(json_at(list, i), "id"), id))
			return json_at(list, i);
	}
	return NULL;
}

static void listing_form_shows_what_was_typed_and_what_is_wrong(void **state)
{
	struct json *v = values_of("field.industries=C3&field.budget.to=viel&"
		"field.cooperation.lease=on");
	struct json *wrong = json_set_text(&f.a, json_new_object(&f.a), "wrong", "not-a-code");
	struct json *problems = json_set(&f.a, json_new_object(&f.a), "industries", wrong);
	struct json *list = listing_form_fields(&f.a, f.demand, NULL, v, problems);
	const struct json *choices = json_get(input(list, "cooperation"), "choices");

	(void)state;
	assert_int_equal(json_count(list), f.demand->field_count);
	assert_true(str_is(json_get_str(input(list, "industries"), "text"), "C3"));
	assert_true(str_is(json_get_str(input(list, "industries"), "wrong"), "not-a-code"));
	assert_true(str_is(json_get_str(input(list, "budget"), "end"), "viel"));
	for (size_t i = 0; i < json_count(choices); i++)
		assert_int_equal(json_true(json_get(json_at(choices, i), "on")),
			str_is(json_get_str(json_at(choices, i), "value"), "lease"));
}

static void listing_form_shows_values_for_reading(void **state)
{
	struct json *list = listing_form_shown(&f.a, f.demand, NULL, values_of(
		"field.budget.from=20"
		"&field.budget.to=80&field.cooperation.lease=on&field.industries=C36"));

	(void)state;
	assert_int_equal(json_count(list), 3);
	assert_true(str_is(json_str(json_at(json_get(json_at(list, 0), "texts"), 0)), "C36"));
	assert_true(str_is(json_str(json_at(json_get(json_at(list, 1), "texts"), 0)), "20 – 80"));
	assert_true(str_is(json_str(json_path(json_at(list, 1), "unit/en")), "CNY 10,000"));
	assert_true(str_is(json_path(json_at(list, 2), "texts/0/en") ?
		json_str(json_path(json_at(list, 2), "texts/0/en")) : STR(""), "lease"));
}

static void listing_form_says_of_an_open_range_at_least_or_at_most(void **state)
{
	struct json *least = listing_form_shown(&f.a, f.demand, NULL, values_of(
		"field.budget.from=20"));
	struct json *most = listing_form_shown(&f.a, f.demand, NULL, values_of(
		"field.budget.to=80"));

	(void)state;
	assert_true(str_is(json_str(json_path(json_at(least, 0), "texts/0")), "≥ 20"));
	assert_true(str_is(json_str(json_path(json_at(most, 0), "texts/0")), "≤ 80"));
}

static void listing_form_keeps_rows_of_fees_as_typed(void **state)
{
	const struct text_pair label = { .zh = STR("费用"), .en = STR("Fees") };
	const struct listing_field field = { .id = STR("fees"), .type = FIELD_FEES, .label = label,
		.help = label, .unit = { STR(""), STR("") } };
	struct listing_kind k = { .field_count = 1, .fields = &field };
	struct fields form;
	struct json *v, *m, *rows;
	struct str text;

	(void)state;
	assert_int_equal(fields_parse(&f.a,
		STR("field.fees.1.item=%E7%8E%AF%E9%81%93&field.fees.1.unit=hour"
		"&field.fees.1.price=1200.5&field.fees.1.conditions=+&field.fees.2.unit=day"
		"&field.fees.4.item=a&field.fees.4.unit=run&field.fees.4.price=12%2C5"
		"&field.fees.17.item=over"), &form, NULL), ERR_OK);
	v = listing_form_values(&f.a, &k, &form);
	assert_int_equal(json_jcs(&f.a, v, &text, NULL), ERR_OK);
	if (!str_is(text, "{\"fees\":[{\"fen\":120050,\"item\":\"环道\",\"unit\":\"hour\"},"
		"{\"fen\":\"12,5\",\"item\":\"a\",\"unit\":\"run\"}]}"))
		fail_msg(STR_FMT, STR_ARG(text));
	assert_true(str_is(str_of(listing_value_wrong(&field, json_get(v, "fees"))), "fee-price"));
	m = listing_form_fields(&f.a, &k, NULL, v, NULL);
	rows = json_copy(&f.a, json_get(json_at(m, 0), "fee_rows"));
	assert_int_equal(json_count(rows), 5);
	assert_true(str_is(json_get_str(json_at(rows, 1), "price"), "12,5"));
	assert_true(str_is(json_get_str(json_at(rows, 4), "name"), "field.fees.5"));
	m = listing_form_shown(&f.a, &k, NULL, v);
	assert_int_equal(json_count(json_get(json_at(m, 0), "fees")), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing_form_reads_each_type),
		cmocka_unit_test(listing_form_shows_what_was_typed_and_what_is_wrong),
		cmocka_unit_test(listing_form_shows_values_for_reading),
		cmocka_unit_test(listing_form_says_of_an_open_range_at_least_or_at_most),
		cmocka_unit_test(listing_form_keeps_rows_of_fees_as_typed),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
