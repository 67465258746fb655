/* server.c - the life of a request between two calls of libmicrohttpd. */
#include "web/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "web/sweep.h"
#include "web/web_inner.h"
#include "web/waiter.h"

#define POOL_THREADS 2         /* the machine has two cores; more only take turns */
#define CONNECTION_BYTES 32768 /* header and answer's head; bodies pass through it */
#define BACKLOG 1024
#define FILE_PIECE_BYTES 131072 /* read at a time of a file that is sent */
#define STREAM_PIECE_BYTES 4096 /* the largest event takes a quarter */
#define SPARE_COUNT 256        /* exchanges kept for reuse */
#define SPARE_BODY_BYTES 65536
#define RECEIVED_IN_VAIN_BYTES 33554432

/* A request with what only this file knows of it. `request` is the first member. */
struct exchange {
	struct request request;
	struct server *server;
	struct MHD_Connection *connection;
	struct sweep_entry *entry;
	char *target;
	struct buf body;
	bool begun;                /* the header was seen */
	bool parked;
	bool answered;             /* the reply is filled */
	struct err receive_err;    /* of a body that is received in pieces */
	uint64_t start_us;
	struct exchange *next;     /* of the spare ones */
};

struct server {
	struct web *web;
	struct MHD_Daemon *daemon;
	struct sweep *sweep;
	struct waiter *waiter;
	struct waiter *passwords;  /* a flood of sign-ins keeps no other write waiting */
	struct waiter *papers;     /* nor does printing; and one paper is printed at a time */
	struct waiter *files;      /* one list at a time is written into a file */
	pthread_key_t leaving;     /* set in each thread that served: gives back what it keeps */
	pthread_mutex_t lock;      /* guards what is below */
	pthread_cond_t idle;
	size_t parked_count;
	size_t spare_count;
	struct exchange *spare;
};

/* ---- before the body ------------------------------------------------------------------------- */

enum err_code server_parse_listen(struct str listen, struct str *ret_host, struct str *ret_port,
	struct err *e)
{
	size_t colon = listen.len;
	uint64_t port;
	struct str host;

	while (colon > 0 && listen.at[colon - 1] != ':')
		colon--;
	if (colon < 2 || str_parse_u64(str_skip(listen, colon), &port, NULL) != ERR_OK ||
		port > 65535)
		return err_set(e, ERR_INVALID, "address to listen on \"" STR_FMT
			"\" is not host:port", STR_ARG(listen));
	host = (struct str){ listen.at, colon - 1 };
	if (host.at[0] == '[') {
		if (host.len < 3 || host.at[host.len - 1] != ']')
			return err_set(e, ERR_INVALID, "address to listen on \"" STR_FMT
				"\" is not host:port", STR_ARG(listen));
		host = (struct str){ host.at + 1, host.len - 2 };
	}
	*ret_host = host;
	*ret_port = str_skip(listen, colon);
	return ERR_OK;
}

static enum err_code admit_method(struct request *r, const struct route_found *found,
	struct str path, struct err *e)
{
	char *allowed;

	if (found->route)
		return ERR_OK;
	if (!found->allowed[0])
		return err_set(e, ERR_NOT_FOUND, "nothing is at \"%s\"", str_quote(&r->arena,
			path));
	allowed = arena_copy(&r->arena, found->allowed, strlen(found->allowed));
	if (allowed)
		reply_header(&r->reply, "Allow", allowed);
	r->reply.status = HTTP_METHOD_NOT_ALLOWED;
	return err_set(e, ERR_UNSUPPORTED, "\"%s\" answers %s, not \"%s\"", str_quote(&r->arena,
		path), found->allowed, str_quote(&r->arena, r->http.method));
}

static enum err_code admit_body(struct request *r, struct err *e)
{
	struct str length = request_header(r, "content-length");
	bool any = request_header(r, "transfer-encoding").len > 0;
	uint64_t bytes = 0;

	if (length.len > 0 && str_parse_u64(length, &bytes, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, "header \"content-length\" is no number");
	if (r->route->receive_begin)
		return ERR_OK;
	if (bytes > r->route->body_bytes || (any && r->route->body_bytes == 0))
		return err_set(e, ERR_TOO_LARGE, "body is over %u bytes", r->route->body_bytes);
	return ERR_OK;
}

/* The tus protocol asks for it, for senders that know no other methods than POST. */
static void override_method(struct request *r, struct str path)
{
	struct str asked = request_header(r, "x-http-method-override");

	if (str_is(r->http.method, "POST") && str_starts(path, "/uploads/") &&
		(str_is(asked, "PATCH") || str_is(asked, "DELETE")))
		r->http.method = asked;
}

enum err_code server_admit(struct request *r, struct str target, struct str token, struct err *e)
{
	struct route_found found;
	struct str path;

	TRY(request_read_target(r, target, token, &path, e));
	override_method(r, path);
	found = route_find(routes, route_count, r->http.method, path);
	TRY(admit_method(r, &found, path, e));
	r->route = found.route;
	r->json = found.json;
	for (size_t i = 0; i < REQUEST_PARAMS; i++)
		r->params[i] = found.params[i];
	if (r->route->may == MAY_TOKEN && !r->token) {
		r->reply.status = HTTP_UNAUTHORIZED;
		reply_header(&r->reply, "WWW-Authenticate", "Bearer");
		(void)err_set(e, ERR_DENIED, "this needs the token of the node");
		return err_hint(e, "Send it as \"Authorization: Bearer\"; it is in the file "
			"\"token\" of the node's folder.");
	}
	return admit_body(r, e);
}

/* ---- exchanges ------------------------------------------------------------------------------- */

static void lock(struct server *s)
{
	CHECK(pthread_mutex_lock(&s->lock) == 0);
}

static void unlock(struct server *s)
{
	CHECK(pthread_mutex_unlock(&s->lock) == 0);
}

static struct exchange *exchange_take(struct server *s)
{
	struct exchange *x;

	lock(s);
	x = s->spare;
	if (x) {
		s->spare = x->next;
		s->spare_count--;
	}
	unlock(s);
	if (!x) {
		x = handle_new(sizeof(*x));
		arena_init(&x->request.arena, LIMIT_REQUEST_ARENA_BYTES);
	}
	return x;
}

static void exchange_give_back(struct server *s, struct exchange *x)
{
	struct arena arena;
	struct buf body;

	if (x->request.work_close)
		x->request.work_close(x->request.work);
	if (x->request.reply.file > 0)
		(void)close(x->request.reply.file); /* it was only read */
	if (x->request.route && x->request.route->form) { /* it may hold a password */
		arena_wipe(&x->request.arena);
		arena_init(&x->request.arena, LIMIT_REQUEST_ARENA_BYTES);
		secret_wipe(x->body.at, x->body.len);
	}
	arena_reset(&x->request.arena);
	buf_reset(&x->body);
	if (x->body.capacity > SPARE_BODY_BYTES)
		buf_clear(&x->body);
	arena = x->request.arena;
	body = x->body;
	*x = (struct exchange){ .request = { .arena = arena }, .body = body };
	lock(s);
	if (s->spare_count < SPARE_COUNT) {
		x->next = s->spare;
		s->spare = x;
		s->spare_count++;
		x = NULL;
	}
	unlock(s);
	if (x) {
		arena_clear(&x->request.arena);
		buf_clear(&x->body);
		handle_drop(x);
	}
}

static void spare_clear(struct server *s)
{
	while (s->spare) {
		struct exchange *x = s->spare;
		s->spare = x->next;
		arena_clear(&x->request.arena);
		buf_clear(&x->body);
		handle_drop(x);
	}
}

/* ---- the answer ------------------------------------------------------------------------------ */

struct file_reply {
	int fd;
	uint64_t from;
	struct sweep_entry *entry;
};

static ssize_t read_file(void *context, uint64_t at, char *bytes, size_t max)
{
	struct file_reply *f = context;
	ssize_t got = pread(f->fd, bytes, max, (off_t)(f->from + at));

	/* Whoever reads on is not too slow, however long the whole takes. */
	sweep_turn(f->entry, SWEEP_ANSWER);
	return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void close_file(void *context)
{
	struct file_reply *f = context;

	(void)close(f->fd); /* it was only read */
	handle_drop(f);
}

/* The file's descriptor is the response's from now on. */
static struct MHD_Response *file_response(struct exchange *x)
{
	struct reply *reply = &x->request.reply;
	struct file_reply *f = handle_new(sizeof(*f));
	struct MHD_Response *response;

	*f = (struct file_reply){ .fd = reply->file, .from = reply->file_from,
		.entry = x->entry };
	reply->file = 0;
	response = MHD_create_response_from_callback(reply->file_bytes, FILE_PIECE_BYTES,
		read_file, f, close_file);
	if (!response)
		close_file(f);
	return response;
}

static ssize_t read_stream(void *context, uint64_t at, char *bytes, size_t max)
{
	struct exchange *x = context;
	ssize_t got;

	(void)at;
	sweep_turn(x->entry, SWEEP_ANSWER); /* it reads: from here on until the next bytes */
	got = x->request.reply.stream(x->request.work, bytes, max);
	return got >= 0 ? got : MHD_CONTENT_READER_END_OF_STREAM;
}

void server_stream_pause(struct request *r)
{
	struct exchange *x = (struct exchange *)r;

	sweep_turn(x->entry, SWEEP_WORK); /* ours to do: it may take hours */
	MHD_suspend_connection(x->connection);
}

void server_stream_resume(struct request *r)
{
	struct exchange *x = (struct exchange *)r;

	sweep_turn(x->entry, SWEEP_ANSWER);
	MHD_resume_connection(x->connection);
}

static struct MHD_Response *new_response(struct exchange *x)
{
	struct reply *reply = &x->request.reply;
	void *bytes;

	if (reply->file > 0)
		return file_response(x);
	if (reply->stream)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_PIECE_BYTES,
			read_stream, x, NULL);
	memcpy(&bytes, &reply->body.at, sizeof(bytes)); /* MHD reads only, its type is not const */
	return MHD_create_response_from_buffer(reply->body.len, bytes, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_reply(struct exchange *x)
{
	struct request *r = &x->request;
	struct reply *reply = &r->reply;
	struct MHD_Response *response;
	enum MHD_Result queued;
	uint64_t now_us;

	respond_finish(r);
	response = new_response(x);
	if (!response)
		return MHD_NO;
	/* Each of these fails only without memory; then the answer goes without that header. */
	if (reply->type)
		(void)MHD_add_response_header(response, "Content-Type", reply->type);
	if (reply->gzip)
		(void)MHD_add_response_header(response, "Content-Encoding", "gzip");
	for (size_t i = 0; i < reply->header_count; i++)
		(void)MHD_add_response_header(response, reply->headers[i].name,
			reply->headers[i].value);
	sweep_turn(x->entry, SWEEP_ANSWER);
	now_us = instant_monotonic_us();
	metrics_count(r->web->metrics, r->route ? route_index(r->route) : route_count,
		reply->status, now_us - x->start_us, now_us);
	queued = MHD_queue_response(x->connection, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result send_error(struct exchange *x, const struct err *e)
{
	respond_error(&x->request, x->request.reply.status, e);
	return send_reply(x);
}

/* ---- parking --------------------------------------------------------------------------------- */

void server_resume(struct request *r)
{
	struct exchange *x = (struct exchange *)r;
	struct server *s = x->server;

	CHECK(x->parked);
	x->parked = false;
	MHD_resume_connection(x->connection);
	/* From here on x may be gone. */
	lock(s);
	s->parked_count--;
	CHECK(pthread_cond_signal(&s->idle) == 0);
	unlock(s);
}

/* In the waiter's thread. */
static void run_parked(void *thing)
{
	struct exchange *x = thing;

	respond_route(&x->request);
	x->answered = true;
	server_resume(&x->request);
}

static struct waiter *waiter_of(struct server *s, enum route_run run)
{
	return run == RUN_PASSWORD ? s->passwords : run == RUN_PAPER ? s->papers :
		run == RUN_FILE ? s->files : s->waiter;
}

static void park(struct exchange *x)
{
	struct server *s = x->server;
	struct request *r = &x->request;
	struct err e = { 0 };
	enum err_code code;

	lock(s);
	s->parked_count++;
	unlock(s);
	x->parked = true;
	MHD_suspend_connection(x->connection);
	if (r->route->run == RUN_PARKED)
		code = r->route->begin(r, &e);
	else
		code = waiter_submit(waiter_of(s, r->route->run), x, &e);
	if (code == ERR_OK)
		return; /* x belongs to the writer or the waiter now */
	respond_error(r, r->reply.status, &e);
	x->answered = true;
	server_resume(r);
}

/* ---- calls of libmicrohttpd ------------------------------------------------------------------ */

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
	const char *value)
{
	struct http_request *h = &((struct exchange *)context)->request.http;
	char *lower;

	(void)kind;
	if (h->header_count == HTTP_HEADERS_MAX)
		return MHD_NO;
	lower = arena_copy(&((struct exchange *)context)->request.arena, name, strlen(name));
	if (!lower)
		return MHD_NO;
	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
	h->headers[h->header_count++] = (struct http_header){ str_of(lower), str_of(value) };
	return MHD_YES;
}

/* Host as RFC 9421 wants it: lower case, default port dropped. */
static struct str authority_of(struct request *r)
{
	struct str host = str_copy(&r->arena, request_header(r, "host"));
	char *lower = arena_copy(&r->arena, host.at, host.len);

	if (!lower)
		return STR("");
	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
	host = str_of(lower);
	if (str_ends(host, ":80"))
		host.len -= 3;
	else if (str_ends(host, ":443"))
		host.len -= 4;
	return host;
}

/* Of the socket's other end, as text. */
static struct str address_of(struct exchange *x)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->connection,
		MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *at = info ? info->client_addr : NULL;
	char text[INET6_ADDRSTRLEN] = "";

	if (at && at->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)at)->sin_addr,
			text, sizeof(text));
	else if (at && at->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
			&((const struct sockaddr_in6 *)(const void *)at)->sin6_addr, text,
			sizeof(text));
	return str_copy(&x->request.arena, str_of(text));
}

/* The request line is here: the earliest moment of a request. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
	struct server *s = context;
	struct exchange *x = exchange_take(s);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	x->server = s;
	x->connection = connection;
	x->request.web = s->web;
	x->target = arena_copy(&x->request.arena, target, strlen(target));
	x->entry = info ? info->socket_context : NULL;
	CHECK(x->entry != NULL);
	return x;
}

/* libmicrohttpd does not tell when a thread of its pool ends. */
static void on_thread_end(void *context)
{
	(void)context;
	digest_thread_clear();
}

/* Now that it is known who asks. What is short enough is received in vain when the row wants none
 * of it: a connection that is cut while the other side sends does not bring the reason home. */
static enum MHD_Result begin_receive(struct exchange *x)
{
	struct request *r = &x->request;
	uint64_t bytes = 0;

	if (str_parse_u64(request_header(r, "content-length"), &bytes, NULL) != ERR_OK)
		bytes = 0;
	if (r->route->receive_begin(r, bytes, &x->receive_err) == ERR_OK)
		return MHD_YES;
	if (bytes > RECEIVED_IN_VAIN_BYTES || request_header(r, "expect").len > 0)
		return send_error(x, &x->receive_err);
	return MHD_YES;
}

static enum MHD_Result on_header(struct exchange *x, const char *method)
{
	struct request *r = &x->request;
	struct err e = { 0 };
	int headers = MHD_get_connection_values(x->connection, MHD_HEADER_KIND, take_header, x);

	CHECK(pthread_setspecific(x->server->leaving, x->server) == 0);
	x->begun = true;
	x->start_us = instant_monotonic_us();
	sweep_turn(x->entry, SWEEP_BODY);
	r->http.method = str_copy(&r->arena, str_of(method));
	r->http.authority = authority_of(r);
	allow_read_peer(r, address_of(x));
	if (headers < 0 || (size_t)headers > r->http.header_count || !x->target ||
		!r->http.method.at) {
		(void)err_set(&e, ERR_TOO_LARGE, "request has more than %d headers",
			HTTP_HEADERS_MAX);
		return send_error(x, &e);
	}
	if (server_admit(r, str_of(x->target), service_config(r->web->service)->token, &e) !=
		ERR_OK)
		return send_error(x, &e);
	allow_read(r);
	if (allow_rate(r, &e) != ERR_OK || allow_route(r, &e) != ERR_OK)
		return send_error(x, &e);
	buf_reset(&x->body);
	x->body.max = r->route->body_bytes;
	return r->route->receive_begin ? begin_receive(x) : MHD_YES;
}

static enum MHD_Result on_body(struct exchange *x, const char *bytes, size_t *len)
{
	const struct route *route = x->request.route;

	sweep_bytes(x->entry, *len);
	if (route->receive) {
		struct str piece = { bytes, *len };
		*len = 0;
		if (x->receive_err.code == ERR_OK)
			(void)route->receive(&x->request, piece, &x->receive_err);
		/* A little more is taken, so that the reason can be told. */
		return x->receive_err.code != ERR_OK && atomic_load(&x->entry->body_bytes) >
			RECEIVED_IN_VAIN_BYTES ? MHD_NO : MHD_YES;
	}
	buf_put(&x->body, bytes, *len);
	*len = 0;
	/* A body without a length may be over the limit only now; what is far over is cut off. */
	return x->body.overflow && atomic_load(&x->entry->body_bytes) >
		2ull * x->body.max ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_whole(struct exchange *x)
{
	struct request *r = &x->request;
	struct err e = { 0 };

	sweep_turn(x->entry, SWEEP_WORK);
	if (x->receive_err.code != ERR_OK)
		return send_error(x, &x->receive_err);
	if (x->body.overflow) {
		(void)err_set(&e, ERR_TOO_LARGE, "body is over %u bytes", r->route->body_bytes);
		return send_error(x, &e);
	}
	r->http.body = x->body.len > 0 ? buf_str(&x->body) : STR("");
	if (r->route->run == RUN_HERE || r->route->run == RUN_STREAM) {
		respond_route(r);
		return send_reply(x);
	}
	park(x);
	return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
	const char *url, const char *method, const char *version, const char *bytes, size_t *len,
	void **request_context)
{
	struct exchange *x = *request_context;

	(void)context;
	(void)connection;
	(void)url;
	(void)version;
	if (!x->begun)
		return on_header(x, method);
	if (*len > 0)
		return on_body(x, bytes, len);
	if (atomic_load(&x->entry->state) == SWEEP_BODY)
		return on_whole(x);
	/* It comes back from being parked. */
	if (!x->answered)
		respond_route(&x->request);
	return send_reply(x);
}

static void on_end(void *context, struct MHD_Connection *connection, void **request_context,
	enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *request_context;

	(void)connection;
	(void)why;
	if (!x)
		return;
	*request_context = NULL;
	sweep_turn(x->entry, SWEEP_HEADER);
	exchange_give_back(context, x);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode what)
{
	struct server *s = context;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*socket_context)
			sweep_remove(s->sweep, *socket_context);
		*socket_context = NULL;
		metrics_connection(s->web->metrics, -1);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	CHECK(info != NULL);
	*socket_context = sweep_add(s->sweep, info->connect_fd);
	metrics_connection(s->web->metrics, 1);
}

static void on_swept(void *context)
{
	metrics_swept(((struct server *)context)->web->metrics);
}

static void on_words(void *context, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void on_words(void *context, const char *format, va_list args)
{
	char line[256];

	(void)context;
	(void)vsnprintf(line, sizeof(line), format, args); /* cut when it is longer */
	diag(DIAG_DEBUG, "web", "%s", line);
}

/* ---- start and stop -------------------------------------------------------------------------- */

static enum err_code open_socket(const char *listen_on, int *ret, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found;
	struct str host, port;
	SCOPED_ARENA a = { 0 };
	SCOPED_FD fd = -1;
	int yes = 1, code;

	arena_init(&a, 4096);
	TRY(server_parse_listen(str_of(listen_on), &host, &port, e));
	code = getaddrinfo(str_z(&a, host), str_z(&a, port), &hints, &found);
	if (code != 0)
		return err_set(e, ERR_INVALID, "could not resolve \"%s\": %s", listen_on,
			gai_strerror(code));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		(void)err_set(e, ERR_IO, "could not listen on \"%s\": %s", listen_on, err_errno());
		freeaddrinfo(found);
		return e ? e->code : ERR_IO;
	}
	freeaddrinfo(found);
	*ret = fd_take(&fd);
	return ERR_OK;
}

static enum err_code start(struct server *s, const char *listen_on, struct err *e)
{
	SCOPED_FD fd = -1;

	TRY(waiter_open(run_parked, &s->waiter, e));
	TRY(waiter_open(run_parked, &s->passwords, e));
	TRY(waiter_open(run_parked, &s->papers, e));
	TRY(waiter_open(run_parked, &s->files, e));
	TRY(sweep_open(on_swept, s, &s->sweep, e));
	TRY(open_socket(listen_on, &fd, e));
	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, s,
		MHD_OPTION_EXTERNAL_LOGGER, on_words, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_THREAD_POOL_SIZE, (unsigned)POOL_THREADS,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)LIMIT_CONNECTIONS_PER_ADDRESS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LIMIT_IDLE_S,
		MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, s,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
		MHD_OPTION_END);
	if (!s->daemon)
		return err_set(e, ERR_IO, "could not start the HTTP server on \"%s\"", listen_on);
	(void)fd_take(&fd); /* the daemon closes it */
	return ERR_OK;
}

enum err_code server_open(struct web *w, const char *listen_on, struct server **ret,
	struct err *e)
{
	struct server *s = handle_new(sizeof(*s));
	enum err_code code;

	s->web = w;
	CHECK(pthread_key_create(&s->leaving, on_thread_end) == 0);
	CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
	CHECK(pthread_cond_init(&s->idle, NULL) == 0);
	code = start(s, listen_on, e);
	if (code != ERR_OK) {
		server_close(s);
		return code;
	}
	*ret = s;
	return ERR_OK;
}

void server_close(struct server *s)
{
	MHD_socket listening = MHD_INVALID_SOCKET;

	if (!s)
		return;
	if (s->daemon)
		listening = MHD_quiesce_daemon(s->daemon);
	lock(s);
	while (s->parked_count > 0)
		CHECK(pthread_cond_wait(&s->idle, &s->lock) == 0);
	unlock(s);
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	if (listening != MHD_INVALID_SOCKET)
		(void)close(listening); /* nothing more is expected of it */
	waiter_close(s->waiter);
	waiter_close(s->passwords);
	waiter_close(s->papers);
	waiter_close(s->files);
	sweep_close(s->sweep);
	spare_clear(s);
	CHECK(pthread_cond_destroy(&s->idle) == 0);
	CHECK(pthread_mutex_destroy(&s->lock) == 0);
	CHECK(pthread_key_delete(s->leaving) == 0);
	handle_drop(s);
}
