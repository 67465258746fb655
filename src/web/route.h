/* route.h - the one table of what can be asked, and finding a row in it.
 *
 * A row is a method, a path, who may, how it is answered and one line of help. A reading row with a
 * `model` has two faces from it: `.json` sends the model, `page` draws it. The OpenAPI document is
 * made of the same rows (openapi.h).
 */
#ifndef HUREN_WEB_ROUTE_H
#define HUREN_WEB_ROUTE_H

#include "service/role.h"
#include "web/request.h"

enum route_may {
	MAY_ANYONE,
	MAY_TOKEN,                 /* a program with the node's token */
	MAY_HALF,                  /* whose password held; the second factor may be missing yet */
	MAY_ACCOUNT                /* who is signed in and, if a capability is named, has it */
};
enum route_run {
	RUN_HERE,                  /* in the thread that read the request: never waits */
	RUN_WORKER,                /* in the waiter: may wait for the writer */
	RUN_PASSWORD,              /* in a waiter of its own: hashes passwords, slow on purpose */
	RUN_PAPER,                 /* in a waiter of its own: another process prints */
	RUN_FILE,                  /* in a waiter of its own: reads all of a list */
	RUN_STREAM,                /* as RUN_HERE; the answer goes on while there is news */
	RUN_PARKED                 /* `begin` hands it on, `handle` answers when it is done */
};

struct route {
	/* "GET" (also answers HEAD), "POST", "HEAD", "PATCH", "DELETE", "OPTIONS" */
	const char *method;
	const char *path;          /* "/statements/:uuid", "/tlog/tile/+tile" */
	enum route_may may;
	enum capability capability;
	enum capability or;        /* does too; CAPABILITY_NONE: there is no other */
	bool confirmed;            /* only while the password was typed lately */
	bool token_too;            /* MAY_ACCOUNT: the node's token will do as well */
	bool session;              /* MAY_ANYONE: who is signed in may get more than a stranger */
	bool form;                 /* shows or takes a form: it has a CSRF token, cookies count */
	enum route_run run;
	/* Fills the model; may set status and headers of r->reply. *ret left NULL: it filled
	 * r->reply itself (a redirect, another form of the same thing). */
	enum err_code (*model)(struct request *r, struct json **ret, struct err *e);
	const char *page;          /* template that draws it */
	/* Or: answers by itself. */
	enum err_code (*handle)(struct request *r, struct err *e);
	/* RUN_PARKED: starts the work, whose end calls web_resume. ERR_OK: parked. */
	enum err_code (*begin)(struct request *r, struct err *e);
	/* A body of any size, never in memory: `receive_begin` is called behind the header with the
	 * announced size (0: not told), `receive` with each piece, `handle` at the end. Short work
	 * only. After an error the rest is not received. Who may was asked before: not a byte of
	 * anybody else is kept. */
	enum err_code (*receive_begin)(struct request *r, uint64_t bytes, struct err *e);
	enum err_code (*receive)(struct request *r, struct str bytes, struct err *e);
	uint32_t body_bytes;       /* 0: no body */
	const char *takes;         /* media types of the body, separated by ", " */
	const char *gives;         /* media type of the answer */
	const char *refuses;       /* media types of a refusal beside application/problem+json */
	const char *moves;         /* what a 303 leads to, when it may answer so */
	const char *query;         /* names of query fields, separated by ", " */
	const char *help;          /* one line, English: what it gives */
};

extern const struct route routes[];
extern const size_t route_count;

/* What a path matched. `route` NULL and `allowed` not empty: another method would do (405); both
 * empty: nothing there (404). */
struct route_found {
	const struct route *route;
	bool json;                 /* by its .json twin */
	struct str params[REQUEST_PARAMS];
	char allowed[64];          /* "GET, HEAD, POST" */
};
/* `path` is decoded. Pure. */
struct route_found route_find(const struct route *table, size_t count, struct str method,
	struct str path);
/* Index of the row in `routes`. */
size_t route_index(const struct route *route);

#endif
