/* test_request.c - what is read of a request, and what its header already rules out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "web/route.h"
#include "web/server.h"

#define CAP 1048576

static struct request *asked(struct arena *a, const char *method)
{
	struct request *r = ARENA_NEW(a, struct request);

	arena_init(&r->arena, CAP);
	r->http.method = str_of(method);
	return r;
}

static void with(struct request *r, const char *name, const char *value)
{
	r->http.headers[r->http.header_count++] =
		(struct http_header){ str_of(name), str_of(value) };
}

static enum err_code read_target(struct request *r, const char *target, struct str *ret,
	struct err *e)
{
	return request_read_target(r, str_of(target), STR("secret"), ret, e);
}

static void request_reads_path_query_and_preferences(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct request *r;
	struct str path = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	r = asked(&a, "GET");
	with(r, "cookie", "lang=en; size=large; theme=dark");
	assert_int_equal(read_target(r, "/re%70orts?q=a+b&lang=zh-CN", &path, &e), ERR_OK);
	assert_true(str_is(path, "/reports"));
	assert_true(str_is(r->http.path, "/re%70orts")); /* as signed */
	assert_true(str_is(fields_get(&r->query, "q"), "a b"));
	assert_int_equal(r->language, LANGUAGE_ZH); /* the address before the cookie */
	assert_true(r->language_asked);
	assert_true(r->large);
	assert_false(r->large_asked);
	assert_int_equal(r->theme, THEME_DARK);
	assert_false(r->theme_asked);
	assert_false(r->token);
	arena_clear(&r->arena);
	r = asked(&a, "GET");
	with(r, "cookie", "theme=dark");
	assert_int_equal(read_target(r, "/?lang=fr&theme=light", &path, &e), ERR_OK);
	assert_int_equal(r->theme, THEME_LIGHT);
	assert_true(r->theme_asked);
	assert_int_equal(r->language, LANGUAGE_ZH); /* Chinese first */
	assert_false(r->language_asked);
	assert_int_equal(read_target(r, "/%zz", &path, &e), ERR_INVALID);
	arena_clear(&r->arena);
}

static void request_knows_the_token(void **state)
{
	static const struct { const char *header; bool token; } cases[] = {
		{ "Bearer secret", true }, { "bearer secret", true }, { "Bearer secret2", false },
		{ "Bearer secre", false }, { "Basic secret", false }, { "Bearer ", false },
		{ "secret", false },
	};
	SCOPED_ARENA a = { 0 };
	struct str path;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request *r = asked(&a, "GET");
		with(r, "authorization", cases[i].header);
		assert_int_equal(read_target(r, "/", &path, &e), ERR_OK);
		assert_int_equal(r->token, cases[i].token);
		arena_clear(&r->arena);
	}
}

static void request_without_a_token_file_lets_nobody_in(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct request *r;
	struct str path;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	r = asked(&a, "GET");
	with(r, "authorization", "Bearer ");
	assert_int_equal(request_read_target(r, STR("/"), STR(""), &path, &e), ERR_OK);
	assert_false(r->token);
	arena_clear(&r->arena);
}

/* Asks; gives the status that a refusal answers with, 0 when it goes on. */
static int admit(const char *method, const char *target, const char *header, const char *value,
	bool token)
{
	SCOPED_ARENA a = { 0 };
	struct request *r;
	struct err e = { 0 };
	int status = 0;

	arena_init(&a, CAP);
	r = asked(&a, method);
	if (header)
		with(r, header, value);
	if (token)
		with(r, "authorization", "Bearer secret");
	if (server_admit(r, str_of(target), STR("secret"), &e) != ERR_OK)
		status = r->reply.status ? r->reply.status : err_class(e.code)->http_status;
	else
		assert_non_null(r->route);
	arena_clear(&r->arena);
	return status;
}

static void server_admits_what_a_row_allows(void **state)
{
	(void)state;
	assert_int_equal(admit("GET", "/", NULL, NULL, false), 0);
	assert_int_equal(admit("GET", "/nowhere", NULL, NULL, false), 404);
	assert_int_equal(admit("DELETE", "/", NULL, NULL, false), 405);
	assert_int_equal(admit("GET", "/%00", NULL, NULL, false), 400);
	assert_int_equal(admit("GET", "/api/v1/status-slot", NULL, NULL, false), 401);
	assert_int_equal(admit("GET", "/api/v1/status-slot", NULL, NULL, true), 0);
	assert_int_equal(admit("POST", "/api/v1/accreditations", NULL, NULL, false), 401);
	assert_int_equal(admit("POST", "/api/v1/accreditations", NULL, NULL, true), 0);
	assert_int_equal(admit("GET", "/", "content-length", "1", false), 413);
	assert_int_equal(admit("GET", "/", "transfer-encoding", "chunked", false), 413);
	assert_int_equal(admit("POST", "/check", "content-length", "many", false), 400);
	assert_int_equal(admit("POST", "/check", "content-length", "-1", false), 400);
	assert_int_equal(admit("POST", "/check", "transfer-encoding", "chunked", false), 0);
}

static void limit_multipart_bytes(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_MULTIPART_BYTES, 1056768);
	assert_int_equal(admit("POST", "/check", "content-length", "1056768", false), 0);
	assert_int_equal(admit("POST", "/check", "content-length", "1056769", false), 413);
}

static void limit_request_bytes(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_REQUEST_BYTES, 1048576);
	assert_int_equal(admit("POST", "/api/v1/statements", "content-length", "1048576", true), 0);
	assert_int_equal(admit("POST", "/api/v1/statements", "content-length", "1048577", true),
		413);
}

static void limit_request_arena_bytes(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF text = { 0 };
	struct json *v = NULL;
	struct err e = { 0 };

	(void)state;
	/* A body of many small values still fits as a tree, twice. */
	buf_init(&text, LIMIT_REQUEST_BYTES);
	buf_put_char(&text, '[');
	for (size_t i = 0; i < 90000; i++)
		buf_put_text(&text, "\"12345678\",");
	buf_put_text(&text, "0]");
	arena_init(&a, LIMIT_REQUEST_ARENA_BYTES);
	assert_int_equal(json_parse(&a, buf_str(&text), &v, &e), ERR_OK);
	assert_int_equal(json_parse(&a, buf_str(&text), &v, &e), ERR_OK);
	while (arena_alloc(&a, 65536))
		continue;
	assert_int_equal(json_parse(&a, buf_str(&text), &v, &e), ERR_TOO_LARGE);
}

static void check_listen(const char *text, const char *host, const char *port)
{
	struct str got_host = { NULL, 0 }, got_port = { NULL, 0 };
	struct err e = { 0 };

	if (!host) {
		assert_int_equal(server_parse_listen(str_of(text), &got_host, &got_port, &e),
			ERR_INVALID);
		return;
	}
	assert_int_equal(server_parse_listen(str_of(text), &got_host, &got_port, &e), ERR_OK);
	assert_true(str_is(got_host, host));
	assert_true(str_is(got_port, port));
}

static void server_parses_the_address_to_listen_on(void **state)
{
	(void)state;
	check_listen("127.0.0.1:8400", "127.0.0.1", "8400");
	check_listen("[::1]:8400", "::1", "8400");
	check_listen("localhost:0", "localhost", "0");
	check_listen("8400", NULL, NULL);
	check_listen(":8400", NULL, NULL);
	check_listen("127.0.0.1:", NULL, NULL);
	check_listen("127.0.0.1:65536", NULL, NULL);
	check_listen("[::1:8400", NULL, NULL);
	check_listen("[]:8400", NULL, NULL);
	check_listen("", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_reads_path_query_and_preferences),
		cmocka_unit_test(request_knows_the_token),
		cmocka_unit_test(request_without_a_token_file_lets_nobody_in),
		cmocka_unit_test(server_admits_what_a_row_allows),
		cmocka_unit_test(limit_multipart_bytes),
		cmocka_unit_test(limit_request_bytes),
		cmocka_unit_test(limit_request_arena_bytes),
		cmocka_unit_test(server_parses_the_address_to_listen_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
