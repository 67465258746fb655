/* test_member.c - the directory follows profiles; what ends soon is told once; own data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "service/list.h"
#include "service/listing_inner.h"
#include "service/member.h"
#include "service/own_data.h"

#define CODE "91500118MA5YCM010J"

static struct str posted(const char *kind, const char *fields)
{
	struct account_who by = service_who_node(STR("127.0.0.1"));
	struct listing_post post = { .code = STR(CODE), .name = STR("样例软件有限公司"),
		.kind = STR("enterprise"), .reviewed = true, .draft = { .kind = str_of(kind),
			.title = STR("样例标题"), .summary = STR("做雨雾模拟") } };
	struct json *problems, *answer, *v;
	struct err e = { 0 };

	assert_int_equal(json_parse(&arena, str_of(fields), &v, NULL), ERR_OK);
	post.draft.fields = v;
	if (service_listing_post(node.service, &arena, &by, &post, &problems, &answer, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	assert_true(str_is(json_get_str(answer, "state"), "published"));
	return json_get_str(answer, "listing");
}

static size_t hits(const char *text, const char *region, const char *industry)
{
	struct list_query query = { .text = str_of(text), .kind = STR(""), .city = STR("") };
	struct json *answer;
	struct err e = { 0 };

	list_index_work(node.service);
	if (service_members(node.service, &arena, &query, str_of(region), str_of(industry), &answer,
		&e) != ERR_OK)
		fail_msg("%s", e.message);
	return json_count(json_get(answer, "rows"));
}

#define PROFILE "{\"industries\":[\"I65\"],\"regions\":[\"510112\",\"500118\"]," \
	"\"capabilities\":[\"x\"]}"

static void member_profile_is_found_until_it_is_erased(void **state)
{
	struct account_who by = service_who_node(STR("127.0.0.1"));
	struct str listing = posted("member", PROFILE);
	struct json *one, *sites;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(hits("雨雾", "", ""), 1);
	assert_int_equal(hits("雨雾", "500118", "I65"), 1);
	assert_int_equal(hits("", "500000", "I"), 1);
	assert_int_equal(hits("", "500119", ""), 0);
	assert_int_equal(hits("", "", "C"), 0);
	assert_int_equal(service_member(node.service, &arena, STR(CODE), &one, &e), ERR_OK);
	assert_true(json_true(json_path(one, "rows/0/claimed")));
	assert_int_equal(service_member_sites(node.service, &arena, &sites, &e), ERR_OK);
	assert_true(json_number_or(json_get(sites, "500118"), 0) == 1);
	assert_int_equal(service_listing_take_back(node.service, &arena, &by, listing, true,
		STR(""), &e), ERR_OK);
	assert_int_equal(hits("雨雾", "", ""), 0);
	assert_int_equal(service_member(node.service, &arena, STR(CODE), &one, &e), ERR_NOT_FOUND);
	assert_int_equal(ask_number("SELECT count(*) FROM member WHERE words LIKE '%雨雾%'"), 0);
}

static size_t listed(void)
{
	struct json *answer;
	struct err e = { 0 };

	assert_int_equal(service_listings(node.service, &arena, &(struct listing_query){
		.text = STR("") }, &answer, &e), ERR_OK);
	return json_count(json_get(answer, "rows"));
}

#define TOLD "SELECT count(*) FROM notice WHERE word = 'listing-ending'"

static void listing_that_ends_is_told_once_and_leaves_lists_at_once(void **state)
{
	int64_t now = instant_now();
	char sql[160];

	(void)state;
	(void)posted("demand", "{\"industries\":[\"I65\"],\"regions\":[\"500118\"]}");
	(void)person("wang", "publisher");
	assert_int_equal(alter("UPDATE listing_work SET organisation = 1"), 1);
	listings_remind(node.service, now);
	assert_int_equal(ask_number(TOLD), 0);
	(void)snprintf(sql, sizeof(sql), "UPDATE listing_work SET until = %lld",
		(long long)now + 10LL * 86400);
	assert_int_equal(alter(sql), 1);
	for (int i = 0; i < 2; i++)
		listings_remind(node.service, now);
	assert_int_equal(ask_number(TOLD), 1);
	assert_int_equal(listed(), 1);
	assert_int_equal(alter("UPDATE listing SET until = 1"), 1);
	assert_int_equal(listed(), 0);
}

static void own_data_is_handed_out_and_erased(void **state)
{
	struct account_who first = person("admin", "security-admin");
	struct account_who wang = person("wangxiaoming", "officer");
	struct json *out;
	struct str text;
	struct err e = { 0 };

	(void)state;
	(void)first;
	assert_int_equal(service_own_data(node.service, &arena, &wang, &out, &e), ERR_OK);
	assert_int_equal(json_jcs(&arena, out, &text, NULL), ERR_OK);
	assert_true(str_find(text, STR("wangxiaoming")) != SIZE_MAX);
	assert_true(json_count(json_get(out, "audit")) > 0);
	assert_true(json_count(json_get(json_get(out, "account"), "sessions")) > 0);
	assert_int_equal(service_leave(node.service, &wang, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM account WHERE name LIKE 'wang%' OR"
		" display = 'Name' AND name NOT IN ('admin')"), 0);
	assert_int_equal(ask_number("SELECT count(*) FROM account WHERE name LIKE 'former-%' AND"
		" locked = 1 AND password = '' AND totp IS NULL"), 1);
	assert_int_equal(ask_number("SELECT count(*) FROM session WHERE account NOT IN"
		" (SELECT id FROM account WHERE name = 'admin')"), 0);
	assert_true(ask_number("SELECT count(*) FROM audit WHERE actor = 'wangxiaoming'") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(member_profile_is_found_until_it_is_erased,
			fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			listing_that_ends_is_told_once_and_leaves_lists_at_once, fixture_open,
			fixture_close),
		cmocka_unit_test_setup_teardown(own_data_is_handed_out_and_erased, fixture_open,
			fixture_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
