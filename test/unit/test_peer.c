/* test_peer.c - two nodes of this program over real sockets: services, ledgers and threads of
 * peer/, with a small HTTP server that knows the addresses of doc/formats/peer.md only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "city.h"
#include "peer/peer.h"
#include "peer/peer_http.h"
#include "store/backup.h"

#define PATIENCE_MS 15000

struct node {
	struct city city;                  /* keys and statements; its ledger is the service's */
	struct node_config config;
	struct service *service;
	struct peer_set *peers;
	struct MHD_Daemon *daemon;
	char url[64];
	pthread_mutex_t lock;              /* guards `peers` for the server's thread */
};

/* ---- the server ------------------------------------------------------------------------------ */

struct request {
	struct buf body;
	struct http_request http;
	struct arena arena;
	char host[128];
};

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
	const char *value)
{
	struct request *r = context;
	struct http_request *h = &r->http;
	(void)kind;
	if (h->header_count == HTTP_HEADERS_MAX)
		return MHD_YES;
	char *lower = str_z(&r->arena, str_of(name));
	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	h->headers[h->header_count++] = (struct http_header){ str_of(lower),
		str_copy(&r->arena, str_of(value)) };
	if (strcmp(lower, "host") == 0)
		h->authority = h->headers[h->header_count - 1].value;
	return MHD_YES;
}

static enum err_code get(struct node *n, struct request *r, struct str *ret, struct err *e)
{
	struct str path = r->http.path;
	struct tile_id t;
	uint64_t size;
	bool is_gzip;
	if (str_is(path, "/tlog/checkpoint"))
		return ledger_checkpoint(n->city.ledger, &r->arena, ret, &size, e);
	if (str_starts(path, "/witness/") && str_ends(path, "/checkpoint")) {
		struct str hex = str_skip(path, strlen("/witness/"));
		hex.len -= strlen("/checkpoint");
		return peer_witness_checkpoint(n->peers, &r->arena, hex, ret, e);
	}
	if (!str_starts(path, "/tlog/"))
		return err_set(e, ERR_NOT_FOUND, "no such page");
	TRY(tile_path_parse(str_skip(path, strlen("/tlog/")), &t, e));
	return ledger_tile(n->city.ledger, &r->arena, STR(""), &t, false, ret, &is_gzip, e);
}

static enum err_code post(struct node *n, struct request *r, struct str *ret, struct err *e)
{
	r->http.body = buf_str(&r->body);
	if (str_is(r->http.path, "/witness/add-checkpoint"))
		return peer_witness_add(n->peers, &r->arena, r->http.body, ret, e);
	if (str_is(r->http.path, "/peer/v1/body"))
		return peer_body(n->peers, &r->arena, &r->http, ret, e);
	*ret = STR("{}");
	if (str_is(r->http.path, "/peer/v1/notice"))
		return peer_notice(n->peers, &r->arena, &r->http, e);
	return err_set(e, ERR_NOT_FOUND, "no such page");
}

static enum MHD_Result answer(struct node *n, struct request *r, struct MHD_Connection *connection)
{
	struct err e = { 0 };
	struct str text = STR("");
	enum err_code code;
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, r);
	(void)pthread_mutex_lock(&n->lock);
	if (!n->peers)
		code = err_set(&e, ERR_BUSY, "away");
	else if (str_is(r->http.method, "POST"))
		code = post(n, r, &text, &e);
	else
		code = get(n, r, &text, &e);
	(void)pthread_mutex_unlock(&n->lock);
	const char *type = "text/plain; charset=utf-8";
	if (code == ERR_CORRECT_SIZE)
		type = "text/x.tlog.size";
	else if (code == ERR_OK && str_starts(r->http.path, "/peer/"))
		type = "application/json";
	struct MHD_Response *response = MHD_create_response_from_buffer(text.len,
		(void *)(uintptr_t)text.at, MHD_RESPMEM_MUST_COPY);
	(void)MHD_add_response_header(response, "Content-Type", type);
	enum MHD_Result result = MHD_queue_response(connection, code == ERR_OK ? 200
		: (unsigned)err_class(code)->http_status, response);
	MHD_destroy_response(response);
	digest_thread_clear(); /* the server does not tell when its thread ends */
	return result;
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *body, size_t *body_len, void **state)
{
	struct request *r = *state;
	(void)version;
	if (!r) {
		*state = r = handle_new(sizeof(*r));
		arena_init(&r->arena, 64 << 20);
		buf_init(&r->body, 1 << 20);
		r->http.method = str_copy(&r->arena, str_of(method));
		r->http.path = str_copy(&r->arena, str_of(url));
		return MHD_YES;
	}
	if (*body_len > 0) {
		buf_put(&r->body, body, *body_len);
		*body_len = 0;
		return MHD_YES;
	}
	return answer(context, r, connection);
}

static void forget(void *context, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct request *r = *state;
	(void)context;
	(void)connection;
	(void)code;
	if (!r)
		return;
	buf_clear(&r->body);
	arena_clear(&r->arena);
	handle_drop(r);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static void must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

static void checkpoint_changed(void *context)
{
	struct node *n = context;
	struct peer_set *peers = __atomic_load_n(&n->peers, __ATOMIC_ACQUIRE);
	if (peers)
		peer_checkpoint_changed(peers);
}

static void set_peers(struct node *n, struct peer_set *peers)
{
	(void)pthread_mutex_lock(&n->lock);
	__atomic_store_n(&n->peers, peers, __ATOMIC_RELEASE);
	(void)pthread_mutex_unlock(&n->lock);
}

/* Identity, keys and address; nothing runs yet but the server, which answers "away". */
static void node_init(struct node *n, const char *domain, uint8_t seed)
{
	struct err e;
	memset(n, 0, sizeof(*n));
	city_init(&n->city, domain, seed);
	CHECK(pthread_mutex_init(&n->lock, NULL) == 0);
	n->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
		serve, n, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
	assert_non_null(n->daemon);
	(void)snprintf(n->url, sizeof(n->url), "http://127.0.0.1:%u",
		MHD_get_daemon_info(n->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	struct node_config *c = &n->config;
	struct arena *a = &n->city.arena;
	(void)snprintf(c->dir, sizeof(c->dir), "%s", n->city.dir);
	c->domain = n->city.options.domain;
	c->did = n->city.node.did;
	c->origin = str_printf(a, "%s/tlog", domain);
	c->url = str_of(n->url);
	c->listen = str_skip(c->url, strlen("http://"));
	c->colour = STR("#336699");
	c->name_zh = c->name_en = str_of(domain);
	c->keys = n->city.options.keys;
	(void)e;
}

static void node_know(struct node *n, const struct node *other)
{
	struct arena *a = &n->city.arena;
	struct node_peer *p = &n->config.peers[n->config.peer_count++];
	struct str domain = other->config.domain;
	struct err e;
	*p = (struct node_peer){ .domain = domain, .did = other->config.did,
		.url = other->config.url, .colour = STR("#993366"), .name_zh = domain,
		.name_en = domain };
	must(note_key_make(other->config.origin, NOTE_ED25519, &other->config.keys.tlog.pub,
		&p->tlog_key, &e), &e);
	must(note_key_make(str_printf(a, STR_FMT "/witness", STR_ARG(domain)), NOTE_COSIGNATURE,
		&other->config.keys.witness.pub, &p->witness_key, &e), &e);
	p->tlog_vkey = note_vkey_text(a, &p->tlog_key);
	p->witness_vkey = note_vkey_text(a, &p->witness_key);
}

static void node_start(struct node *n)
{
	struct err e = { 0 };
	struct service_hooks hooks = { .on_checkpoint = checkpoint_changed, .context = n };
	struct peer_set *peers;
	char rules[512];
	(void)snprintf(rules, sizeof(rules), "%s/rules", getenv("HUREN_SOURCE"));
	must(service_open(&n->config, rules, &hooks, &n->service, &e), &e);
	n->city.ledger = service_ledger(n->service);
	must(peer_open(n->service, &peers, &e), &e);
	set_peers(n, peers);
	struct service_fetcher fetcher = peer_fetcher(peers);
	must(service_start_work(n->service, &fetcher, &e), &e);
	if (service_issue_first(n->service, &e) != ERR_OK)
		assert_int_equal(e.code, ERR_BUSY); /* the ban of a restored node */
}

static void node_stop(struct node *n)
{
	struct peer_set *peers = n->peers;
	if (!n->service)
		return;
	peer_stop(peers);
	service_stop_work(n->service);
	set_peers(n, NULL);
	peer_close(peers);
	service_close(n->service);
	n->service = NULL;
	n->city.ledger = NULL;
}

static void node_clear(struct node *n)
{
	node_stop(n);
	MHD_stop_daemon(n->daemon);
	CHECK(pthread_mutex_destroy(&n->lock) == 0);
	city_remove_folder(n->city.dir);
	arena_clear(&n->city.arena);
}

static struct node one, two;

static int set_up(void **state)
{
	(void)state;
	node_init(&one, "yongchuan.huren.example", 10);
	node_init(&two, "longquanyi.huren.example", 50);
	node_know(&one, &two);
	node_know(&two, &one);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	node_stop(&one); /* each knows the other by its texts */
	node_stop(&two);
	node_clear(&one);
	node_clear(&two);
	return 0;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static uint64_t own_size(struct node *n)
{
	SCOPED_ARENA a = { 0 };
	struct str note;
	uint64_t size = 0;
	arena_init(&a, 1 << 20);
	(void)!ledger_checkpoint(n->city.ledger, &a, &note, &size, NULL);
	return size;
}

static bool has_followed(struct node *n, struct node *other)
{
	struct peer_state s = service_peer_state(n->service, 0);
	return s.size == own_size(other) && s.size > 0 && s.as_of > 0;
}

static bool is_cosigned(struct node *n, struct node *other)
{
	(void)other;
	return service_peer_state(n->service, 0).cosigned_size == own_size(n) && own_size(n) > 0;
}

static bool sees_problem(struct node *n, struct node *other)
{
	(void)other;
	return service_peer_state(n->service, 0).problem[0] != '\0';
}

static bool waits_for(bool (*condition)(struct node *n, struct node *other), struct node *n,
	struct node *other)
{
	for (int i = 0; i < PATIENCE_MS / 10; i++) {
		if (condition(n, other))
			return true;
		(void)usleep(10000);
	}
	struct peer_state s = service_peer_state(n->service, 0);
	(void)fprintf(stderr, "# mirrored %llu of %llu, cosigned %llu of %llu: %s\n",
		(unsigned long long)s.size, (unsigned long long)own_size(other),
		(unsigned long long)s.cosigned_size, (unsigned long long)own_size(n), s.problem);
	return false;
}

static bool has_body(struct node *n, struct str text)
{
	SCOPED_ARENA a = { 0 };
	struct ledger_found found = { 0 };
	arena_init(&a, 16 << 20);
	struct statement s = sample_parse(&a, text);
	return ledger_find(n->city.ledger, &a, s.id_key, &found, NULL) == ERR_OK &&
		found.body.len > 0;
}

static bool waits_for_body(struct node *n, struct str text)
{
	for (int i = 0; i < PATIENCE_MS / 10 && !has_body(n, text); i++)
		(void)usleep(10000);
	return has_body(n, text);
}

/* A statement that needs nothing else. */
static struct str small(struct node *n, struct arena *a)
{
	return city_accreditation(&n->city, a, "2020-01-01T00:00:00Z", "2030-12-31T00:00:00Z");
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void peer_nodes_follow_and_cosign_each_other(void **state)
{
	(void)state;
	node_start(&one);
	node_start(&two);
	assert_true(waits_for(has_followed, &one, &two));
	assert_true(waits_for(has_followed, &two, &one));
	assert_true(waits_for(is_cosigned, &one, &two));
	assert_true(waits_for(is_cosigned, &two, &one));
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 1 << 20);
	struct str note;
	struct note n;
	uint64_t size, time = 0;
	assert_int_equal(ledger_cosigned_checkpoint(one.city.ledger, &a, &note, &size, NULL),
		ERR_OK);
	assert_int_equal(note_parse(&a, note, &n, NULL), ERR_OK);
	assert_int_equal(cosignature_verify(&n, &one.config.peers[0].witness_key, &time, NULL),
		ERR_OK);
	assert_true(time > 0);
	assert_string_equal(service_peer_state(one.service, 0).problem, "");
}

static void peer_brings_open_bodies_in_the_order_of_the_log(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 64 << 20);
	node_start(&one);
	/* All of it is there before the other node is: it comes in one go. */
	struct city *c = &one.city;
	struct str document = city_did_document(c, &a, &c->lab, 1, &c->node);
	struct str scope = city_accreditation(c, &a, "2020-01-01T00:00:00Z",
		"2030-12-31T00:00:00Z");
	(void)city_publish(c, document);
	(void)city_publish(c, scope);
	struct str report = city_report(c, &a, 3);
	(void)city_publish(c, report);
	struct str status = city_status(c, &a, &c->node, report, "suspended");
	(void)city_publish(c, status);
	node_start(&two);
	assert_true(waits_for_body(&two, status));
	assert_true(has_body(&two, document));
	assert_true(has_body(&two, scope));
	assert_false(has_body(&two, report)); /* conditional: its receipt only */
	/* And one at a time, while both run. */
	status = city_status(c, &a, &c->node, report, "reinstated");
	(void)city_publish(c, status);
	assert_true(waits_for_body(&two, status));
}

static enum err_code fetch(struct node *n, struct node *of, struct str text, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 16 << 20);
	struct statement s = sample_parse(&a, text);
	struct service_fetcher f = peer_fetcher(n->peers);
	return f.fetch_body(f.context, of->config.origin, s.id_key, e);
}

static void peer_fetches_bodies_it_is_entitled_to(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	node_start(&one);
	node_start(&two);
	struct city *c = &one.city;
	(void)city_publish(c, city_did_document(c, &a, &c->lab, 1, &c->node));
	(void)city_publish(c, city_accreditation(c, &a, "2020-01-01T00:00:00Z",
		"2030-12-31T00:00:00Z"));
	struct str report = city_report(c, &a, 3);
	assert_int_equal(fetch(&two, &one, report, &e), ERR_NOT_FOUND);
	(void)city_publish(c, report);
	assert_true(waits_for(has_followed, &two, &one));
	/* The node that answers must know the key that signed the request. */
	assert_true(waits_for(has_followed, &one, &two));
	(void)usleep(1100000); /* requests signed in the second of its start are refused */
	for (int i = 0; i < 100 && fetch(&two, &one, report, &e) == ERR_BUSY; i++)
		(void)usleep(20000);
	assert_int_equal(fetch(&two, &one, report, &e), ERR_DENIED);
	assert_false(has_body(&two, report));
	struct str agreement = city_agreement(c, &a, &two.city);
	(void)city_publish(c, agreement);
	(void)city_publish(&two.city, agreement);
	if (fetch(&two, &one, report, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_true(has_body(&two, report));
	assert_int_equal(fetch(&two, &one, report, &e), ERR_OK); /* again: it is here */
	assert_int_equal(fetch(&two, &two, report, &e), ERR_NOT_FOUND); /* not of a peer */
}

static void peer_goes_on_while_the_other_is_away(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	arena_init(&a, 64 << 20);
	node_start(&one);
	assert_true(waits_for(sees_problem, &one, &two));
	(void)city_publish(&one.city, small(&one, &a));
	uint64_t size = own_size(&one);
	assert_int_equal(service_peer_state(one.service, 0).cosigned_size, 0);
	node_start(&two);
	assert_true(waits_for(is_cosigned, &one, &two));
	assert_true(waits_for(has_followed, &two, &one));
	assert_true(waits_for(has_followed, &one, &two));
	node_stop(&two);
	assert_true(waits_for(sees_problem, &one, &one));
	(void)city_publish(&one.city, small(&one, &a));
	assert_int_equal(own_size(&one), size + 1);
	assert_true(service_peer_state(one.service, 0).as_of > 0);
	node_start(&two);
	assert_true(waits_for(is_cosigned, &one, &two));
	assert_true(waits_for(has_followed, &two, &one));
	assert_string_equal(service_peer_state(two.service, 0).problem, "");
}

static void restore_from(struct node *n, const char *path)
{
	struct err e;
	char command_path[512];
	static const char *const files[] = { "huren.db", "huren.db-wal", "huren.db-shm" };
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(command_path, sizeof(command_path), "%s/%s", n->city.dir, files[i]);
		(void)unlink(command_path); /* the side files may be gone already */
	}
	must(backup_restore(path, n->city.dir, &e), &e);
}

static void peer_refuses_to_sign_after_an_old_backup(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	char backup[] = "/tmp/huren-backup-XXXXXX", path[64];
	arena_init(&a, 64 << 20);
	assert_non_null(mkdtemp(backup));
	(void)snprintf(path, sizeof(path), "%s/b", backup);
	node_start(&one);
	node_start(&two);
	assert_true(waits_for(is_cosigned, &one, &two));
	must(ledger_backup(one.city.ledger, path, &e), &e);
	(void)city_publish(&one.city, small(&one, &a));
	assert_true(waits_for(is_cosigned, &one, &two));
	uint64_t size = own_size(&one);
	node_stop(&one);
	restore_from(&one, path);
	node_start(&one);
	assert_int_equal(own_size(&one), size - 1);
	struct str alarm = ledger_alarm_text(one.city.ledger, &a);
	assert_true(str_find(alarm, STR("signing would fork")) != SIZE_MAX);
	assert_int_equal(city_try(&one.city, small(&one, &a), &e), ERR_BUSY);
	assert_int_equal(own_size(&one), size - 1);
	city_remove_folder(backup);
}

static void peer_lets_a_fresh_backup_sign_again(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	char backup[] = "/tmp/huren-backup-XXXXXX", path[64];
	arena_init(&a, 64 << 20);
	assert_non_null(mkdtemp(backup));
	(void)snprintf(path, sizeof(path), "%s/b", backup);
	node_start(&one);
	node_start(&two);
	assert_true(waits_for(is_cosigned, &one, &two));
	must(ledger_backup(one.city.ledger, path, &e), &e);
	node_stop(&one);
	node_stop(&two);
	restore_from(&one, path);
	node_start(&one); /* the witness is away: nothing is signed yet */
	assert_true(ledger_is_restored(one.city.ledger));
	assert_int_equal(city_try(&one.city, small(&one, &a), &e), ERR_BUSY);
	node_start(&two);
	for (int i = 0; i < PATIENCE_MS / 10 && ledger_is_restored(one.city.ledger); i++)
		(void)usleep(10000);
	assert_false(ledger_is_restored(one.city.ledger));
	(void)city_publish(&one.city, small(&one, &a));
	assert_true(waits_for(is_cosigned, &one, &two));
	city_remove_folder(backup);
}

/* The other node's own key signs a second history of the size just cosigned. */
static void peer_keeps_both_heads_of_a_fork(void **state)
{
	(void)state;
	SCOPED_ARENA a = { 0 };
	struct err e = { 0 };
	arena_init(&a, 64 << 20);
	node_start(&one);
	node_start(&two);
	assert_true(waits_for(is_cosigned, &two, &one));
	assert_true(waits_for(has_followed, &one, &two));
	struct checkpoint c = { .origin = two.config.origin, .size = own_size(&two) };
	SCOPED_BUF note = { 0 };
	SCOPED_BUF body = { 0 };
	buf_init(&note, 4096);
	buf_init(&body, 8192);
	must(checkpoint_sign(&note, &c, ledger_note_key(two.city.ledger), &two.config.keys.tlog,
		NULL, NULL, &e), &e);
	buf_printf(&body, "old %llu\n\n", (unsigned long long)c.size);
	buf_put_str(&body, buf_str(&note));
	struct str answer_text;
	assert_int_equal(peer_witness_add(one.peers, &a, buf_str(&body), &answer_text, &e),
		ERR_UNPROVEN);
	struct peer_state s = service_peer_state(one.service, 0);
	assert_true(s.distrusted);
	assert_non_null(strstr(s.problem, "is no longer trusted"));
	struct ledger_mirror_state m;
	must(ledger_mirror_state(one.city.ledger, &a, two.config.origin, &m, &e), &e);
	assert_true(str_eq(m.fork_theirs, buf_str(&note)));
	assert_true(m.fork_ours.len > 0);
	/* Nothing of it is taken any more, over a restart too; the own log goes on. */
	assert_int_equal(peer_witness_add(one.peers, &a, buf_str(&body), &answer_text, &e),
		ERR_DENIED);
	node_stop(&one);
	node_start(&one);
	uint64_t size = service_peer_state(one.service, 0).size;
	(void)city_publish(&two.city, small(&two, &a));
	(void)city_publish(&one.city, small(&one, &a));
	assert_true(waits_for(is_cosigned, &one, &two));
	assert_true(service_peer_state(one.service, 0).distrusted);
	assert_int_equal(service_peer_state(one.service, 0).size, size);
}

/* A listener that takes connections and never answers. */
static int open_silent(char *ret_url, size_t size)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	(void)snprintf(ret_url, size, "http://127.0.0.1:%u", ntohs(at.sin_port));
	return fd;
}

static void peer_ends_in_the_middle_of_a_transfer(void **state)
{
	(void)state;
	char url[64];
	SCOPED_FD fd = open_silent(url, sizeof(url));
	assert_true(fd >= 0);
	one.config.peers[0].url = str_of(url);
	node_start(&one);
	assert_true(waits_for(sees_problem, &one, &one));
	(void)usleep(50000); /* the next transfer may be under way or not */
	uint64_t begin = instant_monotonic_us();
	peer_stop(one.peers);
	service_stop_work(one.service);
	struct peer_set *peers = one.peers;
	set_peers(&one, NULL);
	peer_close(peers);
	assert_true(instant_monotonic_us() - begin < 1000000);
	service_close(one.service);
	one.service = NULL;
}

static enum err_code notify(struct node *from, struct node *to, const struct key *key,
	const char *body, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct http_client *client;
	struct str answer_text;
	arena_init(&a, 1 << 20);
	must(http_client_open(&client, e), e);
	struct peer_post p = { .client = client, .prefix = to->config.url, .path =
		"/peer/v1/notice", .body = str_of(body), .key = key,
		.keyid = str_printf(&a, STR_FMT "#requests-1", STR_ARG(from->config.did)) };
	enum err_code code = peer_http_post(&p, &a, instant_now(), &answer_text, e);
	http_client_close(client);
	return code;
}

static void peer_takes_notices_of_peers_only(void **state)
{
	(void)state;
	struct err e = { 0 };
	node_start(&one);
	node_start(&two);
	assert_true(waits_for(has_followed, &one, &two));
	(void)usleep(1100000); /* requests signed in the second of its start are refused */
	enum err_code code = ERR_BUSY;
	for (int i = 0; i < 100 && code == ERR_BUSY; i++) { /* its DID document may be on its way */
		code = notify(&two, &one, &two.config.keys.requests, "{}", &e);
		(void)usleep(20000);
	}
	if (code != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(notify(&two, &one, &two.config.keys.requests, "{\"a\":1}", &e),
		ERR_INVALID);
	assert_int_equal(notify(&two, &one, &two.config.keys.issuer, "{}", &e), ERR_DENIED);
	assert_int_equal(notify(&one, &one, &one.config.keys.requests, "{}", &e), ERR_DENIED);
	assert_int_equal(notify(&two, &one, NULL, "{}", &e), ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(peer_nodes_follow_and_cosign_each_other),
		TEST(peer_brings_open_bodies_in_the_order_of_the_log),
		TEST(peer_fetches_bodies_it_is_entitled_to),
		TEST(peer_goes_on_while_the_other_is_away),
		TEST(peer_refuses_to_sign_after_an_old_backup),
		TEST(peer_lets_a_fresh_backup_sign_again),
		TEST(peer_keeps_both_heads_of_a_fork),
		TEST(peer_ends_in_the_middle_of_a_transfer),
		TEST(peer_takes_notices_of_peers_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
