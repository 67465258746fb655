/* load.c - loads a node with distinct signed reports and checks every answer it gives.
 *
 * Is:      one thread, epoll, keep-alive connections. Reports are signed before the clock starts;
 *          answers are judged after it stopped: status 201, an index nobody else got, a checkpoint
 *          that covers it and is signed by the log.
 * Is not:  part of the program; it shares only the libraries below credential/.
 * Usage:   load --address 127.0.0.1:8400 --token-file F --template SUBMISSION --key LAB
 *          [--sm2-key LAB2] --vkey VKEY [--count N] [--connections N] [--bench NAME]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "credential/proof.h"
#include "tlog/checkpoint.h"

#define CONNECTIONS_MAX 1024
#define ANSWER_BYTES_MAX 8192
#define FILE_BYTES_MAX 1048576

struct options {
	const char *address, *token_file, *template, *key, *sm2_key, *vkey, *bench;
	uint32_t count, connections;
};

struct request {
	struct str bytes;          /* the whole HTTP request */
	uint64_t begun_us, took_us;
	uint32_t answer_len;
	char *answer;              /* header and body */
};

struct connection {
	int fd;
	uint32_t request;          /* index, or UINT32_MAX when idle */
	size_t sent;
};

static struct options options = { .bench = "issue.http", .count = 20000, .connections = 64 };
static struct arena arena;
static struct request *requests;
static uint32_t next_request, done_count;

static void die(const char *what)
{
	(void)fprintf(stderr, "load: %s\n", what);
	exit(1);
}

static void need(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		die(e->message);
}

static struct str read_all(const char *path)
{
	struct err e = { 0 };
	struct str text;

	if (!path)
		die("a file option is missing; see the top of bench/load.c");
	need(io_read_file(&arena, path, FILE_BYTES_MAX, &text, &e), &e);
	return text;
}

static void load_key(const char *path, struct key *ret)
{
	struct err e = { 0 };

	need(key_file_parse(read_all(path), STR(""), ret, &e), &e);
}

/* What differs from one report to the next: where each text of the template stands, its own goes.
 */
enum { PART_ID, PART_NUMBER, PART_SLOT, PART_COUNT };
struct parts {
	struct str texts[PART_COUNT];
};

static struct parts parts_of(struct arena *a, const struct json *doc)
{
	const struct json *report = json_path(doc, "credentialSubject/inspectionReport");
	struct str slot =
		json_get_str(json_at(json_get(doc, "credentialStatus"), 0), "statusListIndex");
	struct parts p = { .texts = {
		[PART_ID] = json_get_str(doc, "id"),
		[PART_NUMBER] = json_get_str(report, "number"),
		[PART_SLOT] = str_printf(a, "\"statusListIndex\":\"" STR_FMT "\"", STR_ARG(slot)),
	} };

	if (!p.texts[PART_ID].at || !p.texts[PART_NUMBER].at || !slot.at)
		die("the template holds no report with a status slot");
	return p;
}

/* An id and a number nobody has, and the i-th slot of a list in an order without rhyme. */
static struct parts parts_new(struct arena *a, uint32_t i)
{
	uint8_t uuid[16];

	key_random(uuid, sizeof(uuid));
	statement_uuid_shape(uuid);
	return (struct parts){ .texts = {
		[PART_ID] = statement_id_text(a, uuid),
		[PART_NUMBER] = str_printf(a, "BENCH-%u-%02x%02x%02x%02x", i, uuid[0], uuid[1],
			uuid[2], uuid[3]),
		[PART_SLOT] = str_printf(a, "\"statusListIndex\":\"%u\"",
			i * 48271u % LIMIT_STATUS_LIST_ENTRIES),
	} };
}

/* The template with new parts, signed. */
static struct str make_body(struct arena *a, struct str template, const struct parts *old,
	const struct key *key, const struct key *sm2, uint32_t i)
{
	struct parts new = parts_new(a, i);
	struct str rest = template, text, method, did;
	SCOPED_BUF b = { 0 };
	struct json *doc;
	struct err e = { 0 };

	buf_init(&b, LIMIT_STATEMENT_BYTES);
	while (rest.len > 0) {
		size_t at = rest.len, part = PART_COUNT;

		for (size_t k = 0; k < PART_COUNT; k++) {
			size_t here = str_find(rest, old->texts[k]);
			part = here < at ? k : part;
			at = here < at ? here : at;
		}
		buf_put(&b, rest.at, at);
		rest = str_skip(rest, at);
		if (part == PART_COUNT)
			break;
		buf_put_str(&b, new.texts[part]);
		rest = str_skip(rest, old->texts[part].len);
	}
	text = str_copy(a, buf_str(&b));
	need(json_parse(a, text, &doc, &e), &e);
	did = json_get_str(json_get(doc, "issuer"), "id");
	method = str_printf(a, STR_FMT "#key-1", STR_ARG(did));
	need(proof_add(a, doc, key, method, instant_now(), &e), &e);
	if (sm2) {
		method = str_printf(a, STR_FMT "#key-2", STR_ARG(did));
		need(proof_add(a, doc, sm2, method, instant_now(), &e), &e);
	}
	need(json_jcs(a, doc, &text, &e), &e);
	return text;
}

static void make_requests(void)
{
	struct str token = str_trim(read_all(options.token_file)), template;
	struct parts old;
	struct key key, sm2 = { 0 };
	struct json *submission, *doc;
	struct err e = { 0 };
	SCOPED_ARENA work = { 0 };
	size_t bytes = 0;

	arena_init(&work, 16777216);
	token = str_cut(&token, '\n');
	load_key(options.key, &key);
	if (options.sm2_key)
		load_key(options.sm2_key, &sm2);
	need(json_parse(&arena, read_all(options.template), &submission, &e), &e);
	doc = json_copy(&arena, json_get(submission, "statement"));
	doc = json_without(&arena, doc, "proof");
	need(json_jcs(&arena, doc, &template, &e), &e);
	old = parts_of(&arena, doc);
	for (uint32_t i = 0; i < options.count; i++) {
		struct str body;

		arena_reset(&work);
		body = make_body(&work, template, &old, &key,
			options.sm2_key ? &sm2 : NULL, i);
		requests[i].bytes = str_printf(&arena,
			"POST /api/v1/statements HTTP/1.1\r\nHost: %s\r\nContent-Type: "
			"application/vc\r\n"
			"Authorization: Bearer " STR_FMT "\r\nContent-Length: %zu\r\n\r\n" STR_FMT,
			options.address, STR_ARG(token), body.len, STR_ARG(body));
		requests[i].answer = arena_alloc(&arena, ANSWER_BYTES_MAX);
		if (!requests[i].bytes.at || !requests[i].answer)
			die("no memory left for requests; use a smaller --count");
		bytes += body.len;
	}
	key_clear(&key);
	key_clear(&sm2);
	(void)fprintf(stderr, "load: %u reports of %zu bytes signed\n", options.count,
		bytes / options.count);
}

static int open_connection(void)
{
	struct str rest = str_of(options.address), host = str_cut(&rest, ':');
	struct sockaddr_in to = { .sin_family = AF_INET };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t port;

	if (str_parse_u64(rest, &port, NULL) != ERR_OK || port > 65535)
		die("--address must be an address and a port");
	to.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, str_z(&arena, host), &to.sin_addr) != 1 || fd < 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("could not connect to the node");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* only speed */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		die("could not make a socket non-blocking");
	return fd;
}

/* Takes the next request, if any is left. */
static void begin(struct connection *c)
{
	c->request = next_request < options.count ? next_request++ : UINT32_MAX;
	c->sent = 0;
	if (c->request != UINT32_MAX)
		requests[c->request].begun_us = instant_monotonic_us();
}

static void send_some(struct connection *c)
{
	while (c->request != UINT32_MAX && c->sent < requests[c->request].bytes.len) {
		const struct request *r = &requests[c->request];
		ssize_t n =
			send(c->fd, r->bytes.at + c->sent, r->bytes.len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			die("the node closed a connection while it was written to");
		c->sent += (size_t)n;
	}
}

/* True when header and body are complete. */
static bool answer_is_whole(const struct request *r)
{
	struct str text = { .at = r->answer, .len = r->answer_len };
	size_t head = str_find(text, STR("\r\n\r\n")), at;
	uint64_t length;

	if (head == SIZE_MAX)
		return false;
	at = str_find(text, STR("Content-Length: "));
	if (at == SIZE_MAX || at > head)
		die("an answer has no Content-Length");
	text = str_skip(text, at + strlen("Content-Length: "));
	if (str_parse_u64(str_cut(&text, '\r'), &length, NULL) != ERR_OK)
		die("an answer has a malformed Content-Length");
	return r->answer_len >= head + 4 + length;
}

static void receive_some(struct connection *c)
{
	for (;;) {
		struct request *r;
		ssize_t n;

		if (c->request == UINT32_MAX)
			return;
		r = &requests[c->request];
		n = recv(c->fd, r->answer + r->answer_len, ANSWER_BYTES_MAX - 1 - r->answer_len, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			die("the node closed a connection, or an answer is too long");
		r->answer_len += (uint32_t)n;
		if (!answer_is_whole(r))
			continue;
		r->took_us = instant_monotonic_us() - r->begun_us;
		done_count++;
		begin(c);
		send_some(c);
	}
}

/* Sends all requests; gives the time it took. */
static uint64_t run_load(void)
{
	static struct connection connections[CONNECTIONS_MAX];
	struct epoll_event events[256];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	uint64_t begun = 0;

	if (epoll < 0)
		die("could not make an epoll");
	for (uint32_t i = 0; i < options.connections; i++) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
			.data.ptr = &connections[i] };

		connections[i] =
			(struct connection){.fd = open_connection(), .request = UINT32_MAX};
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0)
			die("could not watch a socket");
	}
	begun = instant_monotonic_us();
	for (uint32_t i = 0; i < options.connections; i++) {
		begin(&connections[i]);
		send_some(&connections[i]);
	}
	while (done_count < options.count) {
		int count = epoll_wait(epoll, events, 256, 30000);

		if (count <= 0)
			die("no answer within 30 seconds");
		for (int i = 0; i < count; i++) {
			send_some(events[i].data.ptr);
			receive_some(events[i].data.ptr);
		}
	}
	return instant_monotonic_us() - begun;
}

/* The checkpoint of an answer; notes of one batch are the same text, so the last one is kept. */
static uint64_t checked_size(struct arena *a, struct str text, const struct note_key *log_key)
{
	static char last[ANSWER_BYTES_MAX];
	static uint64_t last_size;
	struct checkpoint c;
	struct note n;
	struct err e = { 0 };

	if (str_is(text, last))
		return last_size;
	need(checkpoint_open(a, text, log_key, &n, &c, &e), &e);
	if (text.len < sizeof(last)) {
		memcpy(last, text.at, text.len);
		last[text.len] = '\0';
		last_size = c.size;
	}
	return c.size;
}

static void check_answers(void)
{
	struct note_key log_key;
	struct err e = { 0 };
	SCOPED_ARENA work = { 0 };
	uint64_t base = UINT64_MAX;
	uint8_t *seen = arena_alloc(&arena, options.count * 4);

	arena_init(&work, 4194304);
	if (!options.vkey || !seen)
		die("--vkey is missing");
	need(note_vkey_parse(&arena, str_of(options.vkey), &log_key, &e), &e);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < options.count; i++) {
			struct str text = {.at = requests[i].answer, .len = requests[i].answer_len};
			struct json *answer;
			uint64_t index;

			arena_reset(&work);
			if (!str_starts(text, "HTTP/1.1 201"))
				die(requests[i].answer);
			text = str_skip(text, str_find(text, STR("\r\n\r\n")) + 4);
			need(json_parse(&work, text, &answer, &e), &e);
			need(json_need_u64(answer, "index", &index, &e), &e);
			if (pass == 0) {
				base = index < base ? index : base;
				continue;
			}
			if (index - base >= options.count * 4ull || seen[index - base]++)
				die("two reports got the same index");
			if (checked_size(&work, json_get_str(answer, "checkpoint"), &log_key) <=
				index)
				die("a checkpoint does not cover its report");
		}
	}
}

static int by_time(const void *left, const void *right)
{
	uint64_t l = ((const struct request *)left)->took_us,
		 r = ((const struct request *)right)->took_us;

	return (l > r) - (l < r);
}

static void print_figure(const char *metric, double value, const char *unit)
{
	(void)printf("{\"bench\":\"%s\",\"metric\":\"%s.%s\",\"value\":%.2f,\"unit\":\"%s\"}\n",
		options.bench, options.bench, metric, value, unit);
}

static void read_options(int argc, char **argv)
{
	static const struct {
		const char *name;
		const char **text;
		uint32_t *number;
	} known[] = {
		{"--address", &options.address, NULL},
		{"--token-file", &options.token_file, NULL},
		{"--template", &options.template, NULL},
		{"--key", &options.key, NULL},
		{"--sm2-key", &options.sm2_key, NULL},
		{"--vkey", &options.vkey, NULL},
		{"--bench", &options.bench, NULL},
		{"--count", NULL, &options.count},
		{"--connections", NULL, &options.connections},
	};

	for (int i = 1; i + 1 < argc; i += 2) {
		bool taken = false;

		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			uint64_t number;

			if (strcmp(argv[i], known[k].name) != 0)
				continue;
			taken = true;
			if (known[k].text)
				*known[k].text = argv[i + 1];
			else if (str_parse_u64(str_of(argv[i + 1]), &number, NULL) == ERR_OK &&
				 number > 0)
				*known[k].number = (uint32_t)number;
			else
				die("a number is malformed");
		}
		if (!taken)
			die("unknown option; see the top of bench/load.c");
	}
	if (options.count > LIMIT_STATUS_LIST_ENTRIES)
		die("--count is over the slots of one status list");
	if (options.connections > CONNECTIONS_MAX || !options.address)
		die("--address is missing, or too many --connections");
}

int main(int argc, char **argv)
{
	uint64_t took_us;

	key_library_init();
	arena_init(&arena, (size_t)16 << 30);
	read_options(argc, argv);
	requests = ARENA_ARRAY(&arena, struct request, options.count);
	if (!requests)
		die("no memory left for requests");
	make_requests();
	took_us = run_load();
	check_answers();
	qsort(requests, options.count, sizeof(*requests), by_time);
	print_figure("per_s", options.count * 1e6 / (double)took_us, "1/s");
	print_figure("p50_ms", (double)requests[options.count / 2].took_us / 1e3, "ms");
	print_figure("p99_ms", (double)requests[options.count / 100 * 99].took_us / 1e3, "ms");
	print_figure("max_ms", (double)requests[options.count - 1].took_us / 1e3, "ms");
	return 0;
}
