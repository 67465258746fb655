/* test_http_client.c - exchanges with a small server of our own that also misbehaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "peer/http_client.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"

/* 64 zero bytes, gzipped. */
static const char gzip_head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: "
	"close\r\n\r\n";
static const unsigned char gzip_body[] = { 0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0xff, 0x63, 0x60,
	0xa0, 0x0c, 0, 0, 0x36, 0x63, 0x8d, 0x75, 0x40, 0, 0, 0 };

struct server {
	int listener;
	pthread_t thread;
	char url[64];
	char request[2048];        /* the last one, as received */
};

static const char *answer_of(const char *request)
{
	static const char *const answers[][2] = {
		{ "GET /plain ", OK_HEAD "Content-Type: Text/Plain; charset=utf-8\r\n\r\nhello" },
		{ "GET /long ", OK_HEAD "\r\n0123456789abcdef0123456789abcdef" },
		{ "GET /declared ", OK_HEAD "Content-Length: 5000000\r\n\r\nx" },
		{ "GET /short ", OK_HEAD "Content-Length: 100\r\n\r\nonly this" },
		{ "GET /moved ", "HTTP/1.1 302 Found\r\nLocation: /plain\r\nConnection: close\r\n"
			"Content-Length: 0\r\n\r\n" },
		{ "GET /missing ", "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nno" },
		{ "GET /problem ", "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n"
			"Content-Type: application/problem+json\r\n\r\n{\"detail\":\"not you\"}" },
		{ "GET /garbage ", "\r\n\r\nthis is no HTTP" },
		{ "POST /echo ", OK_HEAD "\r\nposted" },
		{ "GET /silent ", NULL },
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strncmp(request, answers[i][0], strlen(answers[i][0])) == 0)
			return answers[i][1];
	}
	return strncmp(request, "GET /gzip ", 10) == 0 ? gzip_head : NULL;
}

/* One connection at a time; one that gets no answer stays open until the client goes. */
static void *serve(void *context)
{
	struct server *s = context;
	for (;;) {
		SCOPED_FD fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		ssize_t n = recv(fd, s->request, sizeof(s->request) - 1, 0);
		s->request[n > 0 ? n : 0] = '\0';
		const char *answer = answer_of(s->request);
		if (answer)
			(void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
		if (answer == gzip_head)
			(void)send(fd, gzip_body, sizeof(gzip_body), MSG_NOSIGNAL);
		char rest[64];
		while (!answer && recv(fd, rest, sizeof(rest), 0) > 0)
			continue;
	}
}

static struct server server;
static struct http_client *client;

static int set_up(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	struct err e;
	(void)state;
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(server.listener, (struct sockaddr *)&at, len) != 0 ||
		listen(server.listener, 16) != 0 || getsockname(server.listener,
		(struct sockaddr *)&at, &len) != 0) return 1;
	(void)snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	if (http_client_open(&client, &e) != ERR_OK)
		return 1;
	return pthread_create(&server.thread, NULL, serve, &server);
}

static int tear_down(void **state)
{
	(void)state;
	http_client_close(client);
	(void)shutdown(server.listener, SHUT_RDWR);
	(void)pthread_join(server.thread, NULL);
	(void)close(server.listener);
	return 0;
}

static char url[128];

static struct http_exchange get(const char *path)
{
	(void)snprintf(url, sizeof(url), "%s%s", server.url, path);
	struct http_exchange x = { .url = url, .answer_bytes_max = 1000, .timeout_ms = 5000 };
	http_client_run(client, &x, 1);
	return x;
}

static void http_client_gets(void **state)
{
	(void)state;
	struct http_exchange x = get("/plain");
	assert_int_equal(x.err.code, ERR_OK);
	assert_int_equal(x.status, 200);
	assert_string_equal(x.content_type, "text/plain");
	assert_true(str_is(buf_str(&x.answer), "hello"));
	assert_int_equal(http_exchange_check(&x, NULL), ERR_OK);
	http_exchange_clear(&x);
}

static void http_client_posts_with_headers(void **state)
{
	(void)state;
	char where[128];
	(void)snprintf(where, sizeof(where), "%s/echo", server.url);
	struct http_exchange x = { .url = where, .post = true, .body = STR("old 0\n"),
		.header_count = 1, .headers = { { STR("content-type"), STR("text/x.test") } },
		.answer_bytes_max = 100, .timeout_ms = 5000 };
	http_client_run(client, &x, 1);
	assert_int_equal(x.status, 200);
	assert_true(str_is(buf_str(&x.answer), "posted"));
	assert_non_null(strstr(server.request, "content-type: text/x.test\r\n"));
	assert_null(strstr(server.request, "Expect"));
	assert_non_null(strstr(server.request, "\r\n\r\nold 0\n"));
	http_exchange_clear(&x);
}

static void http_client_runs_many_at_once(void **state)
{
	(void)state;
	struct http_exchange list[20];
	char where[128];
	(void)snprintf(where, sizeof(where), "%s/plain", server.url);
	for (size_t i = 0; i < 20; i++)
		list[i] = (struct http_exchange){ .url = where, .answer_bytes_max = 100,
			.timeout_ms = 5000 };
	http_client_run(client, list, 20);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(list[i].status, 200);
		assert_true(str_is(buf_str(&list[i].answer), "hello"));
		http_exchange_clear(&list[i]);
	}
}

static void http_client_caps_answers(void **state)
{
	(void)state;
	char where[128];
	(void)snprintf(where, sizeof(where), "%s/long", server.url);
	struct http_exchange x = { .url = where, .answer_bytes_max = 31, .timeout_ms = 5000 };
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_TOO_LARGE);
	assert_non_null(strstr(x.err.message, "/long\" is over 31 bytes"));
	x.answer_bytes_max = 32;
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_OK);
	http_exchange_clear(&x);
	x = get("/declared");
	assert_int_equal(x.err.code, ERR_TOO_LARGE);
	http_exchange_clear(&x);
}

static void http_client_caps_what_gzip_expands_to(void **state)
{
	(void)state;
	char where[128];
	(void)snprintf(where, sizeof(where), "%s/gzip", server.url);
	struct http_exchange x = { .url = where, .answer_bytes_max = 64, .timeout_ms = 5000,
		.gzip = true };
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_OK);
	assert_int_equal(x.answer.len, 64);
	assert_non_null(strstr(server.request, "Accept-Encoding: gzip\r\n"));
	x.answer_bytes_max = 63;
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_TOO_LARGE);
	http_exchange_clear(&x);
}

static void http_client_refuses_half_answers(void **state)
{
	(void)state;
	struct http_exchange x = get("/short");
	assert_int_equal(x.err.code, ERR_BUSY);
	http_exchange_clear(&x);
	x = get("/garbage");
	assert_int_equal(x.err.code, ERR_BUSY);
	http_exchange_clear(&x);
}

static void http_client_follows_no_redirect(void **state)
{
	(void)state;
	struct err e;
	struct http_exchange x = get("/moved");
	assert_int_equal(x.status, 302);
	assert_int_equal(http_exchange_check(&x, &e), ERR_UNSUPPORTED);
	http_exchange_clear(&x);
}

static void http_client_names_the_problem(void **state)
{
	(void)state;
	struct err e;
	struct http_exchange x = get("/missing");
	assert_int_equal(http_exchange_check(&x, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "/missing\" answered 404"));
	http_exchange_clear(&x);
	x = get("/problem");
	assert_int_equal(http_exchange_check(&x, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "/problem\" answered 403: not you"));
	http_exchange_clear(&x);
}

static void http_client_gives_up_in_time(void **state)
{
	(void)state;
	char where[128];
	(void)snprintf(where, sizeof(where), "%s/silent", server.url);
	struct http_exchange x = { .url = where, .answer_bytes_max = 31, .timeout_ms = 100 };
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_BUSY);
	assert_non_null(strstr(x.err.message, "could not reach"));
	http_exchange_clear(&x);
}

static void http_client_tells_a_closed_port(void **state)
{
	(void)state;
	struct http_exchange x = { .url = "http://127.0.0.1:1/", .answer_bytes_max = 31,
		.timeout_ms = 5000 };
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_BUSY);
	http_exchange_clear(&x);
}

static void http_client_speaks_only_http(void **state)
{
	(void)state;
	struct http_exchange x = { .url = "file:///etc/passwd", .answer_bytes_max = 31,
		.timeout_ms = 5000 };
	http_client_run(client, &x, 1);
	assert_int_equal(x.err.code, ERR_INVALID);
	http_exchange_clear(&x);
}

static void http_client_uses_no_proxy_for_loopback(void **state)
{
	(void)state;
	(void)setenv("http_proxy", "http://127.0.0.1:1", 1);
	struct http_exchange x = get("/plain");
	(void)unsetenv("http_proxy");
	assert_int_equal(x.err.code, ERR_OK);
	http_exchange_clear(&x);
}

static void *interrupt_soon(void *context)
{
	(void)usleep(50000);
	http_client_interrupt(context);
	return NULL;
}

static void http_client_stops_in_the_middle_of_a_transfer(void **state)
{
	(void)state;
	pthread_t thread;
	char where[128];
	(void)snprintf(where, sizeof(where), "%s/silent", server.url);
	struct http_exchange list[10];
	for (size_t i = 0; i < 10; i++)
		list[i] = (struct http_exchange){ .url = where, .answer_bytes_max = 31,
			.timeout_ms = 60000 };
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, client), 0);
	uint64_t begin = instant_monotonic_us();
	http_client_run(client, list, 10);
	assert_true(instant_monotonic_us() - begin < 1000000);
	(void)pthread_join(thread, NULL);
	assert_true(http_client_interrupted(client));
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(list[i].err.code, ERR_BUSY);
		assert_non_null(strstr(list[i].err.message, "was interrupted"));
		http_exchange_clear(&list[i]);
	}
}

static void url_gives(const char *text, const char *authority, const char *path)
{
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 65536);
	struct str found, rest;
	assert_int_equal(http_url_parse(&a, str_of(text), &found, &rest, NULL), ERR_OK);
	assert_true(str_is(found, authority));
	assert_true(str_is(rest, path));
}

static void http_url_splits_as_signatures_need_it(void **state)
{
	(void)state;
	url_gives("http://127.0.0.1:8400/peer/v1/body", "127.0.0.1:8400", "/peer/v1/body");
	url_gives("HTTP://Yong.Example:80", "yong.example", "/");
	url_gives("https://yong.example:443/a?b#c", "yong.example", "/a");
	url_gives("https://yong.example:80/a", "yong.example:80", "/a");
	url_gives("http://[::1]:8400/", "[::1]:8400", "/");
}

static void http_url_refuses_what_it_does_not_know(void **state)
{
	static const char *const bad[] = { "", "http://", "ftp://a/", "http:///x", "http://:80/",
		"http://u@a/", "http://a b/", "//a/b", "http://a\\b/" };
	SCOPED_ARENA a = { 0 };
	(void)state;
	arena_init(&a, 65536);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct str found, rest;
		assert_int_equal(http_url_parse(&a, str_of(bad[i]), &found, &rest, NULL),
			ERR_INVALID);
	}
}

struct taken { size_t len; int status; bool refuse; };

static enum err_code take(void *context, int status, struct str bytes, struct err *e)
{
	struct taken *t = context;
	t->len += bytes.len;
	t->status = status;
	return t->refuse ? err_set(e, ERR_TOO_LARGE, "no more") : ERR_OK;
}

static void http_client_hands_pieces_to_a_sink(void **state)
{
	(void)state;
	struct http_client *c = NULL;
	char plain[96], missing[96];
	(void)snprintf(plain, sizeof(plain), "%s/plain", server.url);
	(void)snprintf(missing, sizeof(missing), "%s/missing", server.url);
	assert_int_equal(http_client_open(&c, NULL), ERR_OK);
	struct taken t = { 0 };
	struct http_exchange x = { .url = plain, .answer_bytes_max = 64, .timeout_ms = 2000,
		.sink = take, .sink_context = &t };
	http_client_run(c, &x, 1);
	assert_int_equal(x.err.code, ERR_OK);
	assert_int_equal(t.len, 5);
	assert_int_equal(t.status, 200);
	assert_int_equal(x.answer.len, 0);
	http_exchange_clear(&x);
	t = (struct taken){ .refuse = true };
	http_client_run(c, &x, 1);
	assert_int_equal(x.err.code, ERR_TOO_LARGE);
	assert_string_equal(x.err.message, "no more");
	http_exchange_clear(&x);
	t = (struct taken){ 0 };
	x.url = missing;
	http_client_run(c, &x, 1);
	assert_int_equal(x.status, 404);
	assert_int_equal(t.len, 0); /* what other statuses say is no content */
	assert_int_equal(x.answer.len, 2);
	http_exchange_clear(&x);
	http_client_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(http_client_gets),
		TEST(http_client_hands_pieces_to_a_sink),
		TEST(http_client_posts_with_headers),
		TEST(http_client_runs_many_at_once),
		TEST(http_client_caps_answers),
		TEST(http_client_caps_what_gzip_expands_to),
		TEST(http_client_refuses_half_answers),
		TEST(http_client_follows_no_redirect),
		TEST(http_client_names_the_problem),
		TEST(http_client_gives_up_in_time),
		TEST(http_client_tells_a_closed_port),
		TEST(http_client_speaks_only_http),
		TEST(http_client_uses_no_proxy_for_loopback),
		TEST(http_client_stops_in_the_middle_of_a_transfer),
		cmocka_unit_test(http_url_splits_as_signatures_need_it),
		cmocka_unit_test(http_url_refuses_what_it_does_not_know),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
