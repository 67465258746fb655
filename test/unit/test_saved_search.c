/* test_saved_search.c - matches, policies and saved searches as the service gives them: what is
 * bounded, and who is told of what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "service/listing_inner.h"
#include "service/match.h"
#include "service/saved_search.h"

#define DAY_S 86400
#define NOW 1800000000

static struct account_who wang(void)
{
	return (struct account_who){ .stage = STAGE_FULL, .account = 7, .organisation = 1,
		.name = STR("wang"), .address = STR("192.0.2.1") };
}

/* A published listing; its id. */
static struct str publish(const char *kind, const char *title, const char *fields)
{
	const struct listing_kind *k = listing_kind_find(service_listing_kinds(node.service),
		str_of(kind));
	struct listing l = { .version = 1, .kind = str_of(kind), .rules = k->digest,
		.organisation = STR("样例企业"), .organisation_code = STR("-"),
		.organisation_kind = STR("enterprise"), .title = str_of(title),
		.summary = STR("样例") };
	struct json *v = NULL, *doc;
	struct err e = { 0 };
	uint8_t uuid[16];
	uint64_t index;

	assert_int_equal(json_parse(&arena, str_of(fields), &v, &e), ERR_OK);
	l.fields = v;
	service_uuid(uuid);
	l.id = statement_id_text(&arena, uuid);
	service_uuid(uuid);
	doc = statement_new(&arena, KIND_LISTING, uuid, node.config.did, STR("样例市"),
		instant_now(), listing_subject(&arena, &l));
	doc = json_set_text(&arena, doc, "validUntil", "2039-12-31T00:00:00Z");
	if (ledger_issue(node.ledger, &arena, doc, NULL, &index, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return l.id;
}

static size_t all_matches(struct str id)
{
	struct match_query q = { .rows = 50 };
	size_t count = 0;

	for (;;) {
		struct json *v = NULL;
		struct err e = { 0 };
		if (service_matches(node.service, &arena, id, &q, &v, &e) != ERR_OK)
			fail_msg("%s", e.message);
		count += json_count(json_get(v, "rows"));
		q.after = json_get_str(v, "next");
		if (!q.after.at)
			return count;
	}
}

static void limit_match_pairs(void **state)
{
	struct str want = publish("demand", "线控底盘", "{\"industries\":[\"C36\"]}");

	(void)state;
	for (int i = 0; i < LIMIT_MATCH_PAIRS + 5; i++)
		(void)publish("supply", "线控底盘供应", "{\"industries\":[\"C36\"]}");
	/* by words, by industry and the newest: never more than all three */
	assert_true(all_matches(want) >= 70 && all_matches(want) <= LIMIT_MATCH_PAIRS);
}

static struct json *policies(const char *fields)
{
	struct policy_query q = { .page = { .rows = 1 } };
	struct json *v = NULL, *typed = NULL;
	struct err e = { 0 };

	assert_int_equal(json_parse(&arena, str_of(fields), &typed, &e), ERR_OK);
	q.fields = typed;
	if (service_policies(node.service, &arena, &q, &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static void limit_policies_compared(void **state)
{
	struct json *v;

	(void)state;
	for (int i = 0; i < LIMIT_POLICIES_COMPARED + 3; i++)
		(void)publish("policy", "补贴", "{\"regions\":[\"500118\"]}");
	v = policies("{\"regions\":[\"500118\"]}");
	assert_int_equal(json_number_or(json_get(v, "compared"), 0), LIMIT_POLICIES_COMPARED);
	assert_int_equal(json_number_or(json_get(v, "fits"), 0), LIMIT_POLICIES_COMPARED);
	v = policies("{\"regions\":[\"510112\"]}");
	assert_int_equal(json_number_or(json_get(v, "fits"), 1), 0);
	assert_int_equal(json_count(json_get(json_at(json_get(v, "rows"), 0), "fails")), 1);
}

static size_t rows_of(struct listing_query *q, bool *ret_further)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (service_listings(node.service, &arena, q, &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	q->after = json_get_str(v, "next");
	*ret_further = json_true(json_get(v, "further"));
	return json_count(json_get(v, "rows"));
}

/* limit_search_window: what is further back comes with the pages behind. */
static void limit_search_window(void **state)
{
	struct listing_query q = { .newest = true, .rows = 100 };
	size_t pages = 0, rows = 0;
	bool further = true;

	(void)state;
	(void)publish("supply", "很新的", "{}");
	assert_int_equal(alter("UPDATE listing SET seq = seq + 500000 WHERE title = '很新的'"), 1);
	assert_int_equal(rows_of(&q, &further), 1);
	assert_true(further);
	while (q.after.at) {
		rows += rows_of(&q, &further);
		pages++;
	}
	assert_int_equal((int64_t)rows + 1, ask_number("SELECT count(*) FROM listing"));
	assert_true(pages > 2);
	assert_int_equal(alter("UPDATE listing SET seq = seq - 500000 WHERE title = '很新的'"), 1);
}

/* ---- saved searches -------------------------------------------------------------------------- */

static enum err_code save(const char *text, const char *listing)
{
	struct account_who by = wang();
	struct saved_search x = { .listing = str_of(listing), .query = { .text = str_of(text) },
		.path = STR("/listings"), .name = str_of(*text ? text : "matches") };
	struct err e = { 0 };

	return service_search_save(node.service, &arena, &by, &x, &e);
}

static int64_t notices(const char *word)
{
	return ask_number(str_z(&arena, str_printf(&arena, "SELECT count(*) FROM notice WHERE "
		"account = 7 AND word = '%s'", word)));
}

static void saved_search_tells_once_a_day_of_what_is_new(void **state)
{
	struct account_who by = wang(), other = wang();
	struct json *v = NULL;
	struct err e = { 0 };

	(void)state;
	other.account = 8;
	assert_int_equal(save("", ""), ERR_INVALID);
	assert_int_equal(save("冰雪路面", ""), ERR_OK);
	assert_int_equal(save("冰雪路面", ""), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM saved_search"), 1);
	saved_searches_work(node.service, NOW);
	assert_int_equal(notices("search-found"), 0);
	(void)publish("supply", "冰雪路面试验", "{}");
	saved_searches_work(node.service, NOW);
	assert_int_equal(notices("search-found"), 1);
	saved_searches_work(node.service, NOW + 10);
	(void)publish("supply", "冰雪路面两条", "{}");
	saved_searches_work(node.service, NOW + 20);
	assert_int_equal(notices("search-found"), 1); /* told today */
	saved_searches_work(node.service, NOW + DAY_S);
	assert_int_equal(notices("search-found"), 2); /* the second is not forgotten */
	saved_searches_work(node.service, NOW + 2 * DAY_S);
	assert_int_equal(notices("search-found"), 2);
	assert_int_equal(service_searches(node.service, &arena, &by, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), 1);
	assert_int_equal(service_searches(node.service, &arena, &other, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), 0);
	assert_int_equal(service_search_end(node.service, &other, 1, &e), ERR_NOT_FOUND);
	assert_int_equal(service_search_end(node.service, &by, 1, &e), ERR_OK);
}

static void saved_matches_tell_of_what_fits_only(void **state)
{
	struct str want = publish("demand", "求购驾驶机器人", "{\"certificates\":[\"CMA\"]}");

	(void)state;
	assert_int_equal(save("", str_z(&arena, want)), ERR_OK);
	(void)publish("supply", "驾驶机器人", "{}"); /* lacks what is asked for */
	(void)publish("supply", "座椅面料", "{\"certificates\":[\"CMA\"]}"); /* of other things */
	saved_searches_work(node.service, NOW);
	assert_int_equal(notices("match-found"), 0);
	(void)publish("supply", "驾驶机器人", "{\"certificates\":[\"CMA\"]}");
	saved_searches_work(node.service, NOW);
	assert_int_equal(notices("match-found"), 1);
	(void)alter("DELETE FROM saved_search");
}

static void limit_saved_searches(void **state)
{
	(void)state;
	for (int i = 0; i < LIMIT_SAVED_SEARCHES; i++)
		assert_int_equal(save(str_z(&arena, str_printf(&arena, "w%d", i)), ""), ERR_OK);
	assert_int_equal(save("more", ""), ERR_CONFLICT);
	assert_int_equal(save("w1", ""), ERR_OK); /* is there already */
	(void)alter("DELETE FROM saved_search");
}

static void limit_saved_search_bytes(void **state)
{
	char text[LIMIT_SAVED_SEARCH_BYTES + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[LIMIT_SAVED_SEARCH_BYTES] = '\0';
	assert_int_equal(save(text, ""), ERR_INVALID);
	text[LIMIT_SAVED_SEARCH_BYTES - 100] = '\0';
	assert_int_equal(save(text, ""), ERR_OK);
}

static void order_is_kept_for_an_account(void **state)
{
	struct account_who by = wang();
	struct err e = { 0 };
	bool said;

	(void)state;
	assert_false(service_order_newest(node.service, &by, &said) || said);
	assert_int_equal(service_order_set(node.service, &by, true, &e), ERR_OK);
	assert_true(service_order_newest(node.service, &by, &said) && said);
	assert_int_equal(service_order_set(node.service, &by, false, &e), ERR_OK);
	assert_true(!service_order_newest(node.service, &by, &said) && said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(saved_search_tells_once_a_day_of_what_is_new),
		cmocka_unit_test(saved_matches_tell_of_what_fits_only),
		cmocka_unit_test(limit_saved_searches),
		cmocka_unit_test(limit_saved_search_bytes),
		cmocka_unit_test(order_is_kept_for_an_account),
		cmocka_unit_test(limit_match_pairs),
		cmocka_unit_test(limit_policies_compared),
		cmocka_unit_test(limit_search_window),
	};
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
