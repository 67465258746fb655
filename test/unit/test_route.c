/* test_route.c - finding rows, and rules that every row of the table keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "web/route.h"

static struct route_found find(const char *method, const char *path)
{
	return route_find(routes, route_count, str_of(method), str_of(path));
}

static void check_found(const char *method, const char *path, const char *want, bool json)
{
	struct route_found found = find(method, path);

	if (!want) {
		assert_null(found.route);
		return;
	}
	if (!found.route)
		fail_msg("%s %s was not found", method, path);
	assert_string_equal(found.route->path, want);
	assert_int_equal(found.json, json);
}

static void route_find_matches_segments(void **state)
{
	(void)state;
	check_found("GET", "/", "/", false);
	check_found("HEAD", "/", "/", false);
	check_found("GET", "/reports", "/reports", false);
	check_found("GET", "/statements/1-2", "/statements/:uuid", false);
	check_found("GET", "/statements/1-2/bundle", "/statements/:uuid/bundle", false);
	check_found("GET", "/org/91500118/did.json", "/org/:code/did.json", false);
	check_found("GET", "/tlog/tile/0/x001/067.p/5", "/tlog/tile/+tile", false);
	check_found("GET", "/.well-known/did.json", "/.well-known/did.json", false);
	check_found("GET", "", NULL, false);
	check_found("GET", "//", NULL, false);
	check_found("GET", "/reports/", NULL, false);
	check_found("GET", "/statements/", NULL, false);
	check_found("GET", "/statements", NULL, false);
	check_found("GET", "/tlog/tile/", NULL, false);
	check_found("GET", "reports", NULL, false);
	check_found("GET", "/Reports", NULL, false);
}

static void route_find_gives_the_params(void **state)
{
	struct route_found found = find("GET", "/mirror/ab12/tile/0/000");

	(void)state;
	assert_true(str_is(found.params[0], "ab12"));
	assert_true(str_is(found.params[1], "0/000"));
	found = find("GET", "/statements/abc.json");
	assert_true(str_is(found.params[0], "abc"));
	assert_true(found.json);
}

static void route_find_takes_json_as_the_twin_of_pages_only(void **state)
{
	(void)state;
	check_found("GET", "/index.json", "/", true);
	check_found("GET", "/reports.json", "/reports", true);
	check_found("POST", "/check.json", "/check", true);
	check_found("GET", "/peer.json", "/peer.json", false);
	check_found("GET", "/healthz.json", NULL, false);
	check_found("GET", "/.json", NULL, false);
	check_found("GET", "/reports.json.json", NULL, false);
}

static void route_find_tells_the_methods_allowed(void **state)
{
	struct route_found found = find("DELETE", "/check");

	(void)state;
	assert_null(found.route);
	assert_string_equal(found.allowed, "GET, HEAD, POST");
	assert_string_equal(find("GET", "/api/v1/statements").allowed, "POST");
	assert_string_equal(find("GET", "/nowhere").allowed, "");
	assert_string_equal(find("GET", "/uploads/x").allowed, "HEAD, PATCH, DELETE");
	assert_string_equal(find("GET", "/uploads").allowed, "OPTIONS, POST");
}

static void routes_each_have_help_and_one_way_to_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		bool sends = strcmp(r->method, "POST") == 0 || strcmp(r->method, "PATCH") == 0;
		assert_true(r->help && strlen(r->help) > 10);
		assert_true(r->help[strlen(r->help) - 1] == '.');
		assert_true((r->model != NULL) != (r->handle != NULL));
		assert_true((r->model != NULL) == (r->page != NULL));
		assert_true((r->begin != NULL) == (r->run == RUN_PARKED));
		/* An upload is begun by headers alone. */
		if (strcmp(r->path, "/uploads") != 0)
			assert_true((r->body_bytes > 0) == sends);
		assert_true((r->takes != NULL) == (r->body_bytes > 0));
		assert_true((r->receive != NULL) == (r->receive_begin != NULL));
		assert_true(r->path[0] == '/');
		assert_int_equal(route_index(r), i);
	}
}

static void routes_that_write_need_the_token_or_a_signed_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		bool api = strncmp(r->path, "/api/", 5) == 0;
		assert_int_equal(r->may == MAY_TOKEN, api);
		/* Whatever writes waits for the writer: not in a thread of the pool. */
		if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "OPTIONS") != 0 &&
			strcmp(r->path, "/check") != 0)
			assert_int_not_equal(r->run, RUN_HERE);
	}
}

static void routes_are_all_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		char path[128];
		size_t len = 0;
		for (const char *c = routes[i].path; *c; c++)
			if (*c != ':' && *c != '+')
				path[len++] = *c;
		path[len] = '\0';
		assert_ptr_equal(find(routes[i].method, path).route, &routes[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(route_find_matches_segments),
		cmocka_unit_test(route_find_gives_the_params),
		cmocka_unit_test(route_find_takes_json_as_the_twin_of_pages_only),
		cmocka_unit_test(route_find_tells_the_methods_allowed),
		cmocka_unit_test(routes_each_have_help_and_one_way_to_answer),
		cmocka_unit_test(routes_that_write_need_the_token_or_a_signed_request),
		cmocka_unit_test(routes_are_all_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
