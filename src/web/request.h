/* request.h - one request and its answer, as handlers see them.
 *
 * Is:      what was asked, decoded once, and what will be answered; everything lives in the
 *          request's arena, which is reset after the answer is sent.
 * Is not:  aware of libmicrohttpd (server.c): handlers are called the same way by tests.
 */
#ifndef HUREN_WEB_REQUEST_H
#define HUREN_WEB_REQUEST_H

#include <sys/types.h>

#include "base/json.h"
#include "peer/http_signature.h"
#include "service/account.h"
#include "web/catalogue.h"
#include "web/http_text.h"

struct multipart;                      /* web/multipart.h */
struct route;
struct web;

#define REQUEST_PARAMS 3
#define REPLY_HEADERS 16

/* Statuses that are no errors, or errors of HTTP itself; those of err.h come from err_class. */
enum http_status {
	HTTP_OK = 200, HTTP_CREATED = 201, HTTP_ACCEPTED = 202, HTTP_NO_CONTENT = 204,
	HTTP_PARTIAL = 206,
	HTTP_SEE_OTHER = 303, HTTP_NOT_MODIFIED = 304, HTTP_UNAUTHORIZED = 401,
	HTTP_METHOD_NOT_ALLOWED = 405, HTTP_NOT_ACCEPTABLE = 406, HTTP_PRECONDITION = 412,
	HTTP_UNSUPPORTED_TYPE = 415,
	HTTP_RANGE = 416, HTTP_TOO_MANY = 429, HTTP_CHECKSUM = 460,
	HTTP_INTERNAL = 500
};

struct reply_header { const char *name, *value; };
struct reply {
	int status;                /* an http_status, or err_class(...)->http_status */
	const char *type;          /* Content-Type */
	const char *cache;         /* Cache-Control */
	struct str body;
	bool gzip;                 /* body is gzip: Content-Encoding */
	bool tagged;               /* give it an ETag of its bytes and heed If-None-Match */
	const char *etag;          /* known already, with quotes; else NULL */
	char retry[12];            /* text of the next */
	uint32_t retry_s;          /* with ERR_BUSY: when to come again; 0: soon */
	const char *policy;        /* Content-Security-Policy of what is no page; NULL: the usual */
	int file;                  /* descriptor sent instead of `body`, then closed; 0 = none */
	uint64_t file_from, file_bytes;
	/* RUN_STREAM: more bytes of r->work, 0 after server_stream_pause, -1 at the end. */
	ssize_t (*stream)(void *work, char *bytes, size_t max);
	size_t header_count;
	struct reply_header headers[REPLY_HEADERS];
};

enum theme { THEME_SYSTEM, THEME_DARK, THEME_LIGHT, THEME_COUNT };
/* "system", "dark", "light". */
const char *theme_name(enum theme t);

struct request {
	struct web *web;
	struct arena arena;
	struct http_request http;          /* method, authority, raw path, headers, body */
	struct fields query;
	const struct route *route;         /* NULL when nothing matches */
	struct str params[REQUEST_PARAMS]; /* values of ":name" and "+name" of the route's path */
	bool json;                         /* the twin was asked for */
	bool token;                        /* carries this node's token */
	enum language language;
	bool large;                        /* large type */
	enum theme theme;
	/* in the address: to be kept in a cookie */
	bool language_asked, large_asked, theme_asked;
	struct json *links;                /* "page.links" of the templates; not in the twin */
	struct account_who who;            /* by its session; STAGE_NONE for everyone else */
	struct fields form;                /* of a POST to a row with a form */
	const struct multipart *parts;     /* of one with files; else NULL */
	struct str form_secret;            /* of the cookie that its CSRF token is bound to */
	struct str csrf;                   /* for the form of the answer; empty when it has none */
	const char *page;                  /* template instead of the row's */
	struct reply reply;
	void *work;                        /* a handler's own, between its two halves */
	/* Gives `work` back when the request ends, whatever became of it; may be NULL. */
	void (*work_close)(void *work);
};

/* Value of a header (lower-case name); empty when absent. */
struct str request_header(const struct request *r, const char *name);
/* Decodes path, query, language, size and token. `target` is the raw request target, `token` the
 * node's token. ERR_INVALID, ERR_TOO_LARGE. */
MUST_USE enum err_code request_read_target(struct request *r, struct str target, struct str token,
	struct str *ret_path, struct err *e);
/* Adds a header to the answer. Both texts live as long as the arena. */
void reply_header(struct reply *reply, const char *name, const char *value);
/* Canonical JSON as the body. */
MUST_USE enum err_code reply_json(struct request *r, int status, const struct json *v,
	struct err *e);

#endif
