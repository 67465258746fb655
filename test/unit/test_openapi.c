/* test_openapi.c - the document made of the route table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "web/openapi.h"

#define CAP 16777216

static const struct json *operation_of(struct arena *a, const struct json *doc, const char *path,
	const char *method)
{
	const struct json *paths = json_get(doc, "paths");

	(void)a;
	return json_get(json_get(paths, path), method);
}

static struct json *made(struct arena *a)
{
	struct json *doc = NULL;
	struct str text = { NULL, 0 };
	struct err e = { 0 };

	assert_int_equal(openapi_new(a, routes, route_count, STR("http://127.0.0.1:8400"), &text,
		&e), ERR_OK);
	assert_int_equal(json_parse(a, text, &doc, &e), ERR_OK);
	return doc;
}

static void openapi_lists_every_route_once(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *doc, *paths;
	size_t operations = 0, want = 0;

	(void)state;
	arena_init(&a, CAP);
	doc = made(&a);
	paths = json_get(doc, "paths");
	for (uint32_t i = 0; i < json_count(paths); i++)
		operations += json_count(paths->members[i].value);
	for (size_t i = 0; i < route_count; i++)
		want += routes[i].page ? 2 : 1; /* a page has its twin beside it */
	assert_int_equal(operations, want);
	assert_true(str_is(json_get_str(doc, "openapi"), "3.1.0"));
	assert_true(str_is(json_str(json_path(doc, "servers/0/url")), "http://127.0.0.1:8400"));
}

static void openapi_names_parameters_bodies_and_token(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *doc, *op;

	(void)state;
	arena_init(&a, CAP);
	doc = made(&a);
	op = operation_of(&a, doc, "/statements/{uuid}.json", "get");
	assert_true(str_is(json_str(json_path(op, "parameters/0/name")), "uuid"));
	assert_true(str_is(json_str(json_path(op, "parameters/0/in")), "path"));
	assert_true(json_true(json_path(op, "parameters/0/required")));
	op = operation_of(&a, doc, "/tlog/tile/{tile}", "get");
	assert_true(str_is(json_str(json_path(op, "parameters/0/name")), "tile"));
	op = operation_of(&a, doc, "/reports", "get");
	assert_int_equal(json_count(json_get(op, "parameters")), 8);
	assert_int_equal(json_count(json_get(op, "security")), 0);
	op = operation_of(&a, doc, "/api/v1/statements", "post");
	assert_int_equal(json_count(json_get(op, "security")), 1);
	assert_non_null(json_get(json_path(op, "requestBody/content"), "application/vc"));
	assert_non_null(operation_of(&a, doc, "/index.json", "get"));
}

static void openapi_gives_each_operation_its_own_id(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *paths;
	struct str ids[1024];
	size_t count = 0;

	(void)state;
	arena_init(&a, CAP);
	paths = json_get(made(&a), "paths");
	for (uint32_t i = 0; i < json_count(paths); i++) {
		const struct json *item = paths->members[i].value;
		for (uint32_t k = 0; k < json_count(item); k++) {
			struct str id = json_get_str(item->members[k].value, "operationId");
			for (size_t other = 0; other < count; other++)
				if (str_eq(ids[other], id))
					fail_msg("twice: " STR_FMT, STR_ARG(id));
			ids[count++] = id;
		}
	}
	assert_true(count > 40);
}

static void openapi_says_when_memory_is_out(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, 20000);
	assert_int_equal(openapi_new(&a, routes, route_count, STR("x"), &text, &e), ERR_TOO_LARGE);
	assert_null(text.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openapi_lists_every_route_once),
		cmocka_unit_test(openapi_names_parameters_bodies_and_token),
		cmocka_unit_test(openapi_gives_each_operation_its_own_id),
		cmocka_unit_test(openapi_says_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
