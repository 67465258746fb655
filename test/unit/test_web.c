/* test_web.c - a node without peers behind its real HTTP server, asked over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "city.h"
#include "peer/peer.h"
#include "service/event.h"
#include "web/assets.h"
#include "web/request.h"
#include "web/web.h"

#define CAP 8388608

static struct city city;
static struct node_config config;
static struct service *service;
static struct peer_set *peers;
static struct web *web;
static uint16_t port;
static int idle_socket = -1;       /* open from the start, for limit_idle_s */
static uint64_t idle_since;

static void must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

static struct sockaddr_in address(const char *ip, uint16_t to_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(to_port) };

	assert_int_equal(inet_pton(AF_INET, ip, &at.sin_addr), 1);
	return at;
}

/* From `ip`, which may be any of 127/8. */
static int connect_from(const char *ip)
{
	struct sockaddr_in from = address(ip, 0), to = address("127.0.0.1", port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static uint16_t free_port(void)
{
	struct sockaddr_in at = address("127.0.0.1", 0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(close(fd), 0);
	return ntohs(at.sin_port);
}

static int open_node(void **state)
{
	struct arena *a = &config.arena;
	struct err e = { 0 };
	char listen_on[32];
	const char *source = getenv("HUREN_SOURCE");

	(void)state;
	city_init(&city, "yongchuan.huren.example", 40);
	arena_init(a, CAP);
	(void)snprintf(config.dir, sizeof(config.dir), "%s", city.dir);
	config.domain = city.options.domain;
	config.did = city.node.did;
	config.origin = STR("yongchuan.huren.example/tlog");
	config.url = STR("http://127.0.0.1:8400");
	config.colour = STR("#0b7a75");
	config.name_zh = STR("Y");
	config.name_en = STR("Yongchuan");
	config.keys = city.options.keys;
	config.token = STR("secret");
	must(service_open(&config, arena_printf(a, "%s/rules", source), NULL, &service, &e), &e);
	must(peer_open(service, &peers, &e), &e);
	must(service_issue_first(service, &e), &e);
	port = free_port();
	(void)snprintf(listen_on, sizeof(listen_on), "127.0.0.1:%u", port);
	must(web_open(&(struct web_options){ .service = service, .peers = peers,
		.listen = listen_on, .ui_dir = arena_printf(a, "%s/ui", source) }, &web, &e), &e);
	idle_socket = connect_from("127.0.0.1");
	idle_since = instant_monotonic_us();
	return 0;
}

static int close_node(void **state)
{
	(void)state;
	assert_int_equal(close(idle_socket), 0);
	web_close(web);
	peer_close(peers);
	service_close(service);
	arena_clear(&config.arena);
	city_clear(&city);
	return 0;
}

static void send_text(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t sent = send(fd, text.at, text.len, MSG_NOSIGNAL);
		if (sent < 0)
			return; /* the server closed it: the answer tells why */
		text = str_skip(text, (size_t)sent);
	}
}

/* What comes until the server closes, or nothing more comes for `wait_ms`. */
static struct str receive(struct arena *a, int fd, int wait_ms)
{
	SCOPED_BUF b = { 0 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char piece[65536];
	ssize_t got;

	buf_init(&b, CAP / 2);
	while (poll(&p, 1, wait_ms) > 0 && (got = recv(fd, piece, sizeof(piece), 0)) > 0)
		buf_put(&b, piece, (size_t)got);
	return b.len > 0 ? str_copy(a, buf_str(&b)) : STR("");
}

/* One request on a connection of its own, with "Connection: close". */
static struct str ask(struct arena *a, const char *head, struct str body)
{
	int fd = connect_from("127.0.0.1");
	struct str answer;

	send_text(fd, str_printf(a, "%s\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", head));
	send_text(fd, body);
	answer = receive(a, fd, 5000);
	assert_int_equal(close(fd), 0);
	return answer;
}

static bool holds(struct str answer, const char *text)
{
	return str_find(answer, str_of(text)) != SIZE_MAX;
}

static void check_holds(struct str answer, const char *text)
{
	if (!holds(answer, text))
		fail_msg("\"%s\" is not in: " STR_FMT, text, (int)(answer.len < 900 ? answer.len :
			900), answer.at);
}

static struct str body_of(struct str answer)
{
	size_t at = str_find(answer, STR("\r\n\r\n"));

	return at == SIZE_MAX ? STR("") : str_skip(answer, at + 4);
}

static void web_serves_pages_with_a_strict_policy(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str page;

	(void)state;
	arena_init(&a, CAP);
	page = ask(&a, "GET /?lang=en HTTP/1.1\r\nAccept: text/html", STR(""));
	assert_true(str_starts(page, "HTTP/1.1 200 "));
	check_holds(page, "Content-Type: text/html; charset=utf-8\r\n");
	check_holds(page, "Content-Security-Policy: default-src 'none'; script-src 'self';");
	check_holds(page, "X-Content-Type-Options: nosniff\r\n");
	check_holds(page, "Referrer-Policy: same-origin\r\n");
	check_holds(page, "Set-Cookie: lang=en; Path=/; Max-Age=31536000; SameSite=Lax; "
		"HttpOnly\r\n");
	check_holds(page, "<html lang=\"en\">");
	page = ask(&a, "GET / HTTP/1.1\r\nCookie: lang=en; size=large", STR(""));
	check_holds(page, "<html lang=\"en\" class=\"large\">");
	assert_false(holds(page, "Set-Cookie"));
	page = ask(&a, "HEAD / HTTP/1.1", STR(""));
	assert_true(str_starts(page, "HTTP/1.1 200 "));
	assert_int_equal(body_of(page).len, 0);
}

static void web_packs_strangers_pages_but_none_with_a_token(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str packed, plain;

	(void)state;
	arena_init(&a, CAP);
	packed = ask(&a, "GET /about HTTP/1.1\r\nAccept-Encoding: gzip", STR(""));
	check_holds(packed, "Content-Encoding: gzip\r\n");
	plain = ask(&a, "GET /about HTTP/1.1", STR(""));
	assert_true(body_of(packed).len < body_of(plain).len / 2);
	plain = ask(&a, "GET /sign-in HTTP/1.1\r\nAccept-Encoding: gzip", STR(""));
	check_holds(plain, "name=\"csrf\"");
	assert_true(str_find(plain, STR("Content-Encoding")) == SIZE_MAX);
}

static void web_sends_the_twin_by_name_and_by_accept(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v = NULL;
	struct str answer;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	answer = ask(&a, "GET /index.json HTTP/1.1", STR(""));
	check_holds(answer, "Content-Type: application/json\r\n");
	must(json_parse(&a, body_of(answer), &v, &e), &e);
	assert_true(str_is(json_str(json_path(v, "node/domain")), "yongchuan.huren.example"));
	answer = ask(&a, "GET /reports HTTP/1.1\r\nAccept: application/json", STR(""));
	check_holds(answer, "Content-Type: application/json\r\n");
	check_holds(answer, "Vary: Accept, Accept-Encoding, Cookie, Authorization\r\n");
}

static void web_tells_people_and_programs_what_went_wrong(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str answer;

	(void)state;
	arena_init(&a, CAP);
	answer = ask(&a, "GET /nowhere HTTP/1.1\r\nAccept: text/html", STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 404 "));
	check_holds(answer, "<!doctype html>");
	answer = ask(&a, "GET /nowhere HTTP/1.1", STR(""));
	check_holds(answer, "Content-Type: application/problem+json\r\n");
	check_holds(answer, "\"detail\":\"nothing is at \\\"/nowhere\\\"\"");
	check_holds(answer, "\"type\":\"http://127.0.0.1:8400/problems/not-found\"");
	answer = ask(&a, "PUT / HTTP/1.1\r\nContent-Length: 0", STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 405 "));
	check_holds(answer, "Allow: GET, HEAD\r\n");
	answer = ask(&a, "GET /check?number=NONE-1 HTTP/1.1\r\nAccept: text/html", STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 404 "));
	check_holds(answer, "value=\"NONE-1\"");
	answer = ask(&a, "POST /api/v1/statements HTTP/1.1\r\nContent-Length: 2", STR("{}"));
	assert_true(str_starts(answer, "HTTP/1.1 401 "));
	check_holds(answer, "WWW-Authenticate: Bearer\r\n");
}

static void web_serves_static_files_for_good_and_by_tag(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str page, answer, url, tag;
	size_t at;

	(void)state;
	arena_init(&a, CAP);
	page = ask(&a, "GET / HTTP/1.1", STR(""));
	at = str_find(page, STR("/static/app."));
	assert_int_not_equal(at, SIZE_MAX);
	url = str_skip(page, at);
	url = str_cut(&url, '"');
	answer = ask(&a, arena_printf(&a, "GET " STR_FMT " HTTP/1.1\r\nAccept-Encoding: gzip",
		STR_ARG(url)), STR(""));
	check_holds(answer, "Cache-Control: public, max-age=31536000, immutable\r\n");
	check_holds(answer, "Content-Encoding: gzip\r\n");
	answer = ask(&a, "GET /static/app.css HTTP/1.1", STR(""));
	check_holds(answer, "Cache-Control: no-cache\r\n");
	assert_false(holds(answer, "Content-Encoding"));
	tag = str_skip(answer, str_find(answer, STR("ETag: ")) + 6);
	tag = str_cut(&tag, '\r');
	answer = ask(&a, arena_printf(&a, "GET /static/app.css HTTP/1.1\r\nIf-None-Match: " STR_FMT,
		STR_ARG(tag)), STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 304 "));
	assert_int_equal(body_of(answer).len, 0);
}

/* The answer to the same question by who has this one already. */
static struct str ask_again(struct arena *a, const char *head, struct str answer)
{
	struct str rest = str_skip(answer, str_find(answer, STR("ETag: ")) + 6);
	struct str tag = str_cut(&rest, '\r');

	return ask(a, arena_printf(a, "%s\r\nIf-None-Match: " STR_FMT, head, STR_ARG(tag)),
		STR(""));
}

static void web_tags_what_a_stranger_may_keep(void **state)
{
	static const char page[] = "GET /reports HTTP/1.1\r\nAccept: text/html";
	static const char packed[] = "GET /reports HTTP/1.1\r\nAccept: text/html\r\n"
		"Accept-Encoding: gzip";
	static const char twin[] = "GET /reports.json HTTP/1.1";
	SCOPED_ARENA a = { 0 };
	SCOPED_ARENA work = { 0 };
	struct str answer, first;

	(void)state;
	arena_init(&a, CAP);
	arena_init(&work, CAP);
	answer = ask(&a, page, STR(""));
	check_holds(answer, "Cache-Control: private, no-cache\r\n");
	check_holds(answer, "ETag: \"");
	assert_true(str_starts(ask_again(&a, page, answer), "HTTP/1.1 304 "));
	assert_true(str_starts(ask_again(&a, packed, answer), "HTTP/1.1 200 "));
	answer = ask_again(&a, packed, ask(&a, packed, STR("")));
	assert_true(str_starts(answer, "HTTP/1.1 304 "));
	assert_int_equal(body_of(answer).len, 0);
	/* That a second has gone by is no change of the list. */
	first = ask(&a, twin, STR(""));
	check_holds(first, "ETag: W/\"");
	do {
		arena_reset(&work);
		answer = ask(&work, twin, STR(""));
	} while (str_eq(body_of(answer), body_of(first)));
	assert_true(str_starts(ask_again(&a, twin, first), "HTTP/1.1 304 "));
	/* Where a token stands nothing is kept. */
	assert_false(holds(ask(&a, "GET /sign-in HTTP/1.1\r\nAccept: text/html", STR("")), "ETag"));
	assert_false(holds(ask(&a, "GET /sign-in.json HTTP/1.1", STR("")), "ETag"));
	assert_false(holds(ask(&a, "GET /reports?rows=x HTTP/1.1\r\nAccept: text/html", STR("")),
		"ETag"));
}

static void web_serves_the_tlog_as_tiles(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str answer, size;

	(void)state;
	arena_init(&a, CAP);
	answer = ask(&a, "GET /tlog/checkpoint HTTP/1.1", STR(""));
	check_holds(answer, "Content-Type: text/plain; charset=utf-8\r\n");
	check_holds(answer, "Cache-Control: no-cache\r\n");
	size = body_of(answer);
	assert_true(str_is(str_cut(&size, '\n'), "yongchuan.huren.example/tlog"));
	size = str_cut(&size, '\n');
	answer = ask(&a, arena_printf(&a, "GET /tlog/tile/0/000.p/" STR_FMT " HTTP/1.1",
		STR_ARG(size)), STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 200 "));
	check_holds(answer, "Cache-Control: public, max-age=31536000, immutable\r\n");
	check_holds(answer, "Access-Control-Allow-Origin: *\r\n");
	answer = ask(&a, "GET /tlog/tile/0/00.p/1 HTTP/1.1", STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 404 "));
	answer = ask(&a, "GET /tlog/tile/0/000.p/255 HTTP/1.1", STR(""));
	assert_true(str_starts(answer, "HTTP/1.1 404 "));
}

static void web_parks_a_statement_and_answers_when_it_is_durable(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct str text, answer;
	struct json *v = NULL;
	struct err e = { 0 };
	char *head;

	(void)state;
	arena_init(&a, CAP);
	text = city_did_document(&city, &a, &city.lab, 1, &city.node);
	head = arena_printf(&a, "POST /api/v1/statements HTTP/1.1\r\nAuthorization: Bearer secret"
		"\r\nContent-Type: application/vc\r\nContent-Length: %zu", text.len);
	answer = ask(&a, head, text);
	if (!str_starts(answer, "HTTP/1.1 201 "))
		fail_msg(STR_FMT, STR_ARG(answer));
	check_holds(answer, "Location: /statements/");
	must(json_parse(&a, body_of(answer), &v, &e), &e);
	assert_false(json_true(json_get(v, "duplicate")));
	check_holds(json_get_str(v, "checkpoint"), "yongchuan.huren.example/tlog\n");
	answer = ask(&a, head, text);
	check_holds(answer, "HTTP/1.1 200 ");
	check_holds(answer, "\"duplicate\":true");
	/* The statement is open: its page, itself, its bundle. */
	text = str_skip(json_get_str(v, "id"), 9);
	answer = ask(&a, arena_printf(&a, "GET /statements/" STR_FMT " HTTP/1.1\r\nAccept: "
		"text/html",
		STR_ARG(text)), STR(""));
	check_holds(answer, "<label for=\"p1\" class=\"yes\">");
	answer = ask(&a, arena_printf(&a, "GET /statements/" STR_FMT
		" HTTP/1.1\r\nAccept: application/vc", STR_ARG(text)), STR(""));
	check_holds(answer, "Content-Type: application/vc\r\n");
	answer = ask(&a, arena_printf(&a, "GET /statements/" STR_FMT "/proof HTTP/1.1",
		STR_ARG(text)), STR(""));
	check_holds(answer, "c2sp.org/tlog-proof@v1\n");
}

static void web_refuses_bodies_that_grow_over_the_limit(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str answer;
	char piece[10000];

	(void)state;
	arena_init(&a, CAP);
	buf_init(&b, CAP);
	memset(piece, 'x', sizeof(piece));
	while (b.len < LIMIT_REQUEST_BYTES + 20000u) {
		buf_put_text(&b, "2710\r\n");
		buf_put(&b, piece, sizeof(piece));
		buf_put_text(&b, "\r\n");
	}
	buf_put_text(&b, "0\r\n\r\n");
	answer = ask(&a, "POST /api/v1/statements HTTP/1.1\r\nAuthorization: Bearer secret\r\n"
		"Content-Type: application/vc\r\nTransfer-Encoding: chunked", buf_str(&b));
	assert_true(str_starts(answer, "HTTP/1.1 413 "));
	check_holds(answer, "body is over 1048576 bytes");
}

static void web_survives_what_is_no_http(void **state)
{
	static const char *const texts[] = { "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
		"GET  HTTP/1.1\r\n\r\n",
		"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx",
		"GET / HTTP/1.1\r\nHost: x\r\nBroken\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00" };
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, CAP);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int fd = connect_from("127.0.0.1");
		send_text(fd, str_of(texts[i]));
		(void)receive(&a, fd, 50);
		assert_int_equal(close(fd), 0);
	}
	assert_true(str_starts(ask(&a, "GET /healthz HTTP/1.1", STR("")), "HTTP/1.1 200 "));
}

static void web_takes_no_more_headers_than_it_reads(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };

	(void)state;
	arena_init(&a, CAP);
	buf_init(&b, 4096);
	buf_put_text(&b, "GET / HTTP/1.1");
	for (unsigned i = 0; i < HTTP_HEADERS_MAX; i++)
		buf_printf(&b, "\r\nX-%u: 1", i);
	buf_put_char(&b, '\0');
	assert_true(str_starts(ask(&a, b.at, STR("")), "HTTP/1.1 413 "));
}

/* ---- limits on connections ------------------------------------------------------------------- */

static bool is_closed(int fd, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, wait_ms) > 0 && recv(fd, &byte, 1, MSG_PEEK) <= 0;
}

static bool answers(int fd, int wait_ms)
{
	SCOPED_ARENA a = { 0 };

	arena_init(&a, CAP);
	send_text(fd, STR("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
	return str_starts(receive(&a, fd, wait_ms), "HTTP/1.1 200 ");
}

static bool many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return false;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) == 0 &&
		files.rlim_cur > 2 * LIMIT_CONNECTIONS + 256;
}

static int sockets[LIMIT_CONNECTIONS + 8];

static void close_all(size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(close(sockets[i]), 0);
}

static void limit_connections_per_address(void **state)
{
	size_t count = 0;
	int other;

	(void)state;
	if (!many_files())
		skip();
	/* The idle one counts too; a thread of the pool may be full before the address is. */
	while (count < LIMIT_CONNECTIONS_PER_ADDRESS + 4)
		sockets[count++] = connect_from("127.0.0.1");
	assert_true(is_closed(sockets[count - 1], 2000) || !answers(sockets[count - 1], 300));
	other = connect_from("127.0.0.2");
	assert_true(answers(other, 300));
	assert_int_equal(close(other), 0);
	close_all(count);
}

static void limit_connections(void **state)
{
	static const char *const from[] = { "127.0.0.3", "127.0.0.4", "127.0.0.5" };
	size_t count = 0, served = 0;

	(void)state;
	if (!many_files())
		skip();
	while (count < LIMIT_CONNECTIONS + 4)
		sockets[count] = connect_from(from[count % 3]), count++;
	for (size_t i = count - 8; i < count; i++)
		served += answers(sockets[i], 200);
	assert_true(served < 8); /* those over the limit wait */
	close_all(count);
	sockets[0] = connect_from("127.0.0.3");
	assert_true(answers(sockets[0], 2000));
	close_all(1);
}

/* Whether a stream begins; else it is refused. */
static bool listens(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char head[16] = "";

	send_text(fd, STR("GET /events?topic=progress HTTP/1.1\r\nHost: x\r\n\r\n"));
	assert_int_equal(poll(&p, 1, 2000), 1);
	assert_true(recv(fd, head, 12, MSG_WAITALL) == 12);
	if (strcmp(head + 9, "200") != 0)
		assert_string_equal(head + 9, "503");
	return strcmp(head + 9, "200") == 0;
}

static void web_streams_events_to_those_they_are_for(void **state)
{
	struct event_ring *ring = service_events(service);
	int fd = connect_from("127.0.0.8");
	SCOPED_ARENA a = { 0 };
	struct str got;

	(void)state;
	arena_init(&a, CAP);
	send_text(fd, STR("GET /events HTTP/1.1\r\nHost: x\r\n\r\n"));
	assert_true(str_starts(receive(&a, fd, 500), "HTTP/1.1 200 "));
	assert_true(event_send(ring, EVENT_PROGRESS, &(struct event_to){ .account = 1 },
		STR("{\"for\":\"one\"}")));
	assert_true(event_send(ring, EVENT_PROGRESS, &(struct event_to){ .account = 0 },
		STR("{\"for\":\"all\"}")));
	got = receive(&a, fd, 500);
	check_holds(got, "event: progress\nid: ");
	check_holds(got, "data: {\"for\":\"all\"}\n\n");
	assert_true(str_find(got, STR("one")) == SIZE_MAX);
	assert_int_equal(close(fd), 0);
}

static void limit_events_listeners(void **state)
{
	size_t count = 0;
	bool more = true;
	int last;

	(void)state;
	if (!many_files())
		skip();
	while (more && count < LIMIT_EVENTS_LISTENERS + 1) {
		sockets[count] = connect_from("127.0.0.6");
		more = listens(sockets[count++]);
	}
	assert_false(more);
	/* One from the test before counts until its heartbeat. */
	assert_in_range(count - 1, LIMIT_EVENTS_LISTENERS - 1, LIMIT_EVENTS_LISTENERS);
	last = connect_from("127.0.0.7");
	assert_true(answers(last, 2000)); /* whoever does not listen is served */
	assert_int_equal(close(last), 0);
	close_all(count);
}

static void limit_idle_s(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(is_closed(idle_socket, (LIMIT_IDLE_S + 10) * 1000));
	ms = (int64_t)(instant_monotonic_us() - idle_since) / 1000;
	assert_true(ms >= (LIMIT_IDLE_S - 2) * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(web_serves_pages_with_a_strict_policy),
		cmocka_unit_test(web_packs_strangers_pages_but_none_with_a_token),
		cmocka_unit_test(web_sends_the_twin_by_name_and_by_accept),
		cmocka_unit_test(web_tells_people_and_programs_what_went_wrong),
		cmocka_unit_test(web_serves_static_files_for_good_and_by_tag),
		cmocka_unit_test(web_tags_what_a_stranger_may_keep),
		cmocka_unit_test(web_serves_the_tlog_as_tiles),
		cmocka_unit_test(web_parks_a_statement_and_answers_when_it_is_durable),
		cmocka_unit_test(web_refuses_bodies_that_grow_over_the_limit),
		cmocka_unit_test(web_survives_what_is_no_http),
		cmocka_unit_test(web_takes_no_more_headers_than_it_reads),
		cmocka_unit_test(limit_connections_per_address),
		cmocka_unit_test(limit_connections),
		cmocka_unit_test(web_streams_events_to_those_they_are_for),
		cmocka_unit_test(limit_events_listeners),
		cmocka_unit_test(limit_idle_s),
	};

	return cmocka_run_group_tests(tests, open_node, close_node);
}
