/* http_client.h - HTTP to other nodes (libcurl), the only place that opens outgoing connections.
 *
 * Is:      up to HTTP_CLIENT_PARALLEL exchanges at a time over kept connections, each with a
 *          time-out and a cap on its answer (after decompression); http and https only.
 * Is not:  following redirects, keeping cookies, using a proxy for loopback, retrying (the caller
 *          backs off), thread-safe: one client a thread. Only http_client_interrupt may come from
 *          another thread.
 * Life:    http_client_open -> http_client_run* -> http_client_close.
 */
#ifndef HUREN_PEER_HTTP_CLIENT_H
#define HUREN_PEER_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "peer/http_signature.h"

#define HTTP_CLIENT_PARALLEL 8
#define HTTP_EXCHANGE_HEADERS_MAX 8

struct http_client;

struct http_exchange {
	/* set by the caller */
	const char *url;
	bool post;                 /* with `body`; else GET */
	struct str body;
	size_t header_count;
	struct http_header headers[HTTP_EXCHANGE_HEADERS_MAX];
	size_t answer_bytes_max;
	uint32_t timeout_ms;       /* for the whole exchange */
	bool gzip;                 /* offers gzip; the answer comes expanded */
	/* For answers that do not fit into memory: takes the pieces of a 200 or 206 instead of
	 * `answer`, which then has what other statuses say. An error ends the exchange. Then
	 * timeout_ms is how long nothing may arrive. */
	enum err_code (*sink)(void *context, int status, struct str bytes, struct err *e);
	void *sink_context;
	/* filled by the run */
	struct err err;            /* ERR_OK when a whole answer came, whatever its status; ERR_BUSY
	                            * when the other side is away or slow; ERR_TOO_LARGE over the
	 * cap */
	int status;
	char content_type[64];     /* lower case, without parameters; "" when absent or longer */
	struct buf answer;
};

MUST_USE enum err_code http_client_open(struct http_client **ret, struct err *e);
void http_client_close(struct http_client *c);
/* Performs all `count` exchanges, several at a time, and waits for them. Answers stay until
 * http_exchange_clear. */
void http_client_run(struct http_client *c, struct http_exchange *exchanges, size_t count);
/* From any thread: what runs ends at once with ERR_BUSY, and so does every later run. */
void http_client_interrupt(struct http_client *c);
bool http_client_interrupted(const struct http_client *c);

void http_exchange_clear(struct http_exchange *x);
/* ERR_OK for status 200; else an error that names the URL, the status and, from a problem document,
 * its detail: 400 ERR_INVALID, 401 and 403 ERR_DENIED, 404 ERR_NOT_FOUND, 409 ERR_CONFLICT, 413
 * ERR_TOO_LARGE, 422 ERR_UNPROVEN, 3xx and other 4xx ERR_UNSUPPORTED, 429 and 5xx ERR_BUSY. */
MUST_USE enum err_code http_exchange_check(const struct http_exchange *x, struct err *e);

/* "HTTP://Host:80/a/b?q" -> authority "host" (default port dropped), path "/a/b". ERR_INVALID for
 * other schemes, user names, empty hosts. In the arena. */
MUST_USE enum err_code http_url_parse(struct arena *a, struct str url, struct str *ret_authority,
	struct str *ret_path, struct err *e);

#endif
