/* test_list.c - pages of lists: on and back by key, orders, filters, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "service/list.h"

#define COUNT 250

/* Organisations whose names are in another order than their numbers; each third is a lab. */
static void put_organisations(int from, int until)
{
	char sql[700];

	(void)snprintf(sql, sizeof(sql),
		"WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" INSERT INTO organisation (did, name, code, role, version, origin, id_key, time)"
		" SELECT 'did:web:example.org:' || i, '机构' || (i * 7919 %% 1009) || '号', 'CODE'"
		" || i, iif(i %% 3 = 0, 'lab', 'applicant'), 1, '', zeroblob(16), 0 FROM n",
		from, until);
	assert_int_equal(alter(sql), until - from + 1);
}

static struct json *page(struct list_query q)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (service_organisations(node.service, &arena, &q, &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static enum err_code refusal(struct list_query q)
{
	struct json *v;

	return service_organisations(node.service, &arena, &q, &v, NULL);
}

/* The ids of all rows, page after page, separated by spaces. */
static struct str walk(struct list_query q, size_t *ret_count)
{
	struct buf b;
	struct str all;

	buf_init(&b, 1 << 20);
	*ret_count = 0;
	for (int pages = 0; pages < 500; pages++) {
		const struct json *v = page(q), *rows = json_get(v, "rows");
		for (size_t i = 0; i < json_count(rows); i++) {
			buf_put_str(&b, json_get_str(json_at(rows, i), "id"));
			buf_put_char(&b, ' ');
			++*ret_count;
		}
		q.after = json_get_str(v, "next");
		if (!q.after.at)
			break;
	}
	all = str_copy(&arena, buf_str(&b));
	buf_clear(&b);
	return all;
}

/* Goes to the last page and back again: each page before must be the one that was seen before. */
static void expect_way_back(struct list_query q)
{
	struct str seen[100], first;
	size_t count = 0;
	const struct json *v = page(q);

	first = json_get_str(json_at(json_get(v, "rows"), 0), "id");
	assert_null(json_get_str(v, "previous").at);
	for (;;) {
		assert_true(count < 100);
		seen[count++] = json_get_str(json_at(json_get(v, "rows"), 0), "id");
		q.after = json_get_str(v, "next");
		if (!q.after.at)
			break;
		v = page(q);
	}
	q.after = STR("");
	while (count > 1) {
		q.before = json_get_str(v, "previous");
		assert_non_null(q.before.at);
		v = page(q);
		count--;
		assert_true(str_eq(json_get_str(json_at(json_get(v, "rows"), 0), "id"),
			seen[count - 1]));
		assert_non_null(json_get_str(v, "next").at);
	}
	assert_true(str_eq(json_get_str(json_at(json_get(v, "rows"), 0), "id"), first));
	assert_null(json_get_str(v, "previous").at);
}

static void list_goes_on_to_the_end_and_back(void **state)
{
	static const char *const sorts[] = { "", "time", "name", "-name" };
	size_t count;

	(void)state;
	put_organisations(1, COUNT);
	for (size_t i = 0; i < 4; i++) {
		struct list_query q = { .rows = 7, .sort = str_of(sorts[i]) };
		(void)walk(q, &count);
		assert_int_equal(count, COUNT + 1); /* and the authority */
		expect_way_back(q);
		q.kind = STR("lab");
		(void)walk(q, &count);
		assert_int_equal(count, COUNT / 3);
		expect_way_back(q);
	}
}

static void list_orders_by_name_with_the_row_behind_it(void **state)
{
	struct list_query q = { .rows = 10, .sort = STR("name"), .kind = STR("lab") };
	struct str last = STR(""), name;
	size_t count = 0;

	(void)state;
	do {
		const struct json *v = page(q), *rows = json_get(v, "rows");
		for (size_t i = 0; i < json_count(rows); i++, count++) {
			name = json_get_str(json_at(rows, i), "name");
			assert_true(str_cmp(last, name) <= 0);
			last = name;
		}
		q.after = json_get_str(v, "next");
	} while (q.after.at);
	assert_int_equal(count, COUNT / 3);
}

static void list_page_stays_when_rows_come_before_it(void **state)
{
	struct list_query q = { .rows = 20 };
	const struct json *before, *after;
	struct str key;

	(void)state;
	key = json_get_str(page(q), "next");
	q.after = key;
	before = json_get(page(q), "rows");
	put_organisations(5001, 5030);
	after = json_get(page(q), "rows");
	for (size_t i = 0; i < 20; i++)
		assert_true(str_eq(json_get_str(json_at(before, i), "id"),
			json_get_str(json_at(after, i), "id")));
	assert_int_equal(alter("DELETE FROM organisation WHERE did LIKE '%:50__'"), 30);
}

static void list_refuses_what_it_has_not(void **state)
{
	(void)state;
	assert_int_equal(refusal((struct list_query){ .sort = STR("code") }), ERR_INVALID);
	assert_int_equal(refusal((struct list_query){ .sort = STR("-") }), ERR_INVALID);
	assert_int_equal(refusal((struct list_query){ .after = STR("x") }), ERR_INVALID);
	assert_int_equal(refusal((struct list_query){ .before = STR("-1") }), ERR_INVALID);
	assert_int_equal(refusal((struct list_query){ .after = STR("99999999"),
		.sort = STR("name") }), ERR_INVALID);
	assert_int_equal(refusal((struct list_query){ .kind = STR("x") }), ERR_INVALID);
	assert_int_equal(refusal((struct list_query){ .city = STR("x") }), ERR_INVALID);
}

static void list_finds_two_chinese_characters_and_filters_by_mark(void **state)
{
	struct list_query q = { .text = STR("机构"), .rows = 9 };
	size_t count;

	(void)state;
	list_index_work(node.service);
	(void)walk(q, &count);
	assert_int_equal(count, COUNT);
	expect_way_back(q);
	q.kind = STR("lab");
	(void)walk(q, &count);
	assert_int_equal(count, COUNT / 3);
	q.text = STR("构机");
	(void)walk(q, &count);
	assert_int_equal(count, 0);
	q = (struct list_query){ .text = STR("code17") }; /* 17 and 170 to 179 */
	(void)walk(q, &count);
	assert_int_equal(count, 11);
}

static void list_takes_a_changed_name_again(void **state)
{
	struct list_query q = { .text = STR("改名") };
	size_t count;

	(void)state;
	assert_int_equal(alter("UPDATE organisation SET name = '改名之后', words_due = 1"
		" WHERE code = 'CODE17'"), 1);
	list_index_work(node.service);
	(void)walk(q, &count);
	assert_int_equal(count, 1);
}

/* A filter that is no mark is looked at match by match; after so many the page goes on. */
static void limit_search_look(void **state)
{
	struct list_query q = { .text = STR("many"), .city = STR("peer") };
	const struct json *v;

	(void)state;
	assert_int_equal(alter("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 1500) INSERT INTO organisation (did, name, code, role, version,"
		" origin, id_key, time) SELECT 'did:web:many.example:' || i, 'many', '', 'other',"
		" 1, '', zeroblob(16), 0 FROM n"), 1500);
	list_index_work(node.service);
	v = page(q);
	assert_int_equal(json_count(json_get(v, "rows")), 0);
	q.after = json_get_str(v, "next");
	assert_non_null(q.after.at);
	v = page(q);
	assert_int_equal(json_count(json_get(v, "rows")), 0);
	assert_null(json_get_str(v, "next").at);
}

static struct json *people(const struct account_who *by, const char *text)
{
	const struct list_query q = { .text = str_of(text) };
	struct json *v = NULL;
	struct err e = { 0 };

	if (service_people(node.service, &arena, by, &q, &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static void list_of_people_finds_names_of_the_own_organisation_only(void **state)
{
	struct account_who by = service_who_node(STR("127.0.0.1"));
	struct account_who stranger_admin = { .stage = STAGE_FULL, .organisation = 77,
		.may = 1u << CAPABILITY_PEOPLE };

	(void)state;
	(void)invited_by_node("zhang.wei", "officer");
	assert_int_equal(alter("UPDATE account SET display = '张伟建', words_due = 1"), 1);
	list_index_work(node.service);
	assert_int_equal(json_count(json_get(people(&by, "伟建"), "rows")), 1);
	assert_int_equal(json_count(json_get(people(&by, "zhang"), "rows")), 1);
	assert_int_equal(json_count(json_get(people(&stranger_admin, "伟建"), "rows")), 0);
	assert_int_equal(json_count(json_get(people(&stranger_admin, ""), "rows")), 0);
}

/* Triggers of sql/012-tables.sql: words and the count of what was saved follow the status. */
static void list_words_follow_the_status_of_what_they_rest_on(void **state)
{
	(void)state;
	(void)alter("INSERT INTO decision_input VALUES (x'01', x'0a', 'report')");
	(void)alter("INSERT INTO decision (id_key, origin, applicant, recognised, covered, retest,"
		" add_on, refused, time) VALUES (x'0a', '', 'did:x', 3, 1, 0, 0, 0, 0)");
	assert_int_equal(ask_number("SELECT items FROM decision_saved"), 4);
	(void)alter("INSERT INTO status (id_key, word, reason_zh, reason_en, time, by_key)"
		" VALUES (x'01', 'suspended', '', '', 0, x'02')");
	assert_int_equal(ask_number("SELECT list_word = 'affected' FROM decision"), 1);
	assert_int_equal(ask_number("SELECT items + decisions FROM decision_saved"), 0);
	/* Born after its input changed. */
	(void)alter("INSERT INTO decision_input VALUES (x'01', x'0b', 'report')");
	(void)alter("INSERT INTO decision (id_key, origin, applicant, recognised, covered, retest,"
		" add_on, refused, time) VALUES (x'0b', '', 'did:x', 5, 0, 0, 0, 0, 0)");
	assert_int_equal(ask_number("SELECT count(*) FROM decision WHERE list_word = 'affected'"),
		2);
	assert_int_equal(ask_number("SELECT items + decisions FROM decision_saved"), 0);
	(void)alter("INSERT OR REPLACE INTO status (seq, id_key, word, reason_zh, reason_en, time,"
		" by_key) VALUES (9, x'01', 'valid', '', '', 0, x'02')");
	assert_int_equal(ask_number("SELECT items * 10 + decisions FROM decision_saved"), 92);
	(void)alter("INSERT INTO report (id_key, origin, number, lab, lab_name, title, holder,"
		" slot, time) VALUES (x'0c', '', 'N-1', 'did:l', '', '', '', -1, 0)");
	(void)alter("INSERT INTO status (id_key, word, reason_zh, reason_en, time, by_key)"
		" VALUES (x'0c', 'withdrawn', '', '', 0, x'02')");
	assert_int_equal(ask_number("SELECT list_word = 'withdrawn' FROM report"), 1);
}

/* One write of a status looks at 500 decisions; the work thread follows with the rest. */
static void list_words_of_many_decisions_follow_in_steps(void **state)
{
	int64_t items = ask_number("SELECT items FROM decision_saved");

	(void)state;
	(void)alter("WITH RECURSIVE n(i) AS (SELECT 10001 UNION ALL SELECT i + 1 FROM n WHERE i <"
		" 11200) INSERT INTO decision_input SELECT x'd0', CAST(i AS BLOB), 'agreement'"
		" FROM n");
	(void)alter("INSERT INTO decision (id_key, origin, applicant, recognised, covered, retest,"
		" add_on, refused, time) SELECT decision_key, '', 'did:x', 1, 0, 0, 0, 0, 0 FROM"
		" decision_input WHERE input_key = x'd0'");
	assert_int_equal(ask_number("SELECT items FROM decision_saved"), items + 1200);
	(void)alter("INSERT INTO status (id_key, word, reason_zh, reason_en, time, by_key)"
		" VALUES (x'd0', 'suspended', '', '', 0, x'02')");
	assert_int_equal(ask_number("SELECT items FROM decision_saved"), items + 700);
	assert_int_equal(ask_number("SELECT count(*) FROM decision_due"), 1);
	list_index_work(node.service);
	assert_int_equal(ask_number("SELECT items FROM decision_saved"), items);
	assert_int_equal(ask_number("SELECT count(*) FROM decision_due"), 0);
	/* Reinstated while the steps still go on: all end as the last word says. */
	(void)alter("UPDATE decision SET list_word = 'valid' WHERE id_key > CAST(10500 AS BLOB)");
	(void)alter("INSERT OR REPLACE INTO decision_due SELECT x'd0', CAST(10500 AS BLOB)");
	(void)alter("INSERT OR REPLACE INTO status (seq, id_key, word, reason_zh, reason_en, time,"
		" by_key) VALUES (77, x'd0', 'valid', '', '', 0, x'02')");
	list_index_work(node.service);
	assert_int_equal(ask_number("SELECT items FROM decision_saved"), items + 1200);
	assert_int_equal(ask_number("SELECT count(*) FROM decision_due"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_goes_on_to_the_end_and_back),
		cmocka_unit_test(list_orders_by_name_with_the_row_behind_it),
		cmocka_unit_test(list_page_stays_when_rows_come_before_it),
		cmocka_unit_test(list_refuses_what_it_has_not),
		cmocka_unit_test(list_finds_two_chinese_characters_and_filters_by_mark),
		cmocka_unit_test(list_takes_a_changed_name_again),
		cmocka_unit_test(limit_search_look),
		cmocka_unit_test(list_of_people_finds_names_of_the_own_organisation_only),
		cmocka_unit_test(list_words_follow_the_status_of_what_they_rest_on),
		cmocka_unit_test(list_words_of_many_decisions_follow_in_steps),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
