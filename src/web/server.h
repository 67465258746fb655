/* server.h - libmicrohttpd: sockets in, requests to routes, answers out.
 *
 * Is:      the only file of the program that knows libmicrohttpd. Two threads read, route and
 *          answer; a request that writes is parked (suspended) and goes on when it is durable.
 * Life:    server_open -> server_close (waits for what is parked).
 * I1  No thread of the pool waits for the writer.
 * I2  Each request's memory is given back when its answer is sent, whatever happened to it.
 */
#ifndef HUREN_WEB_SERVER_H
#define HUREN_WEB_SERVER_H

#include "web/request.h"

struct server;

/* `listen`: "127.0.0.1:8400", "[::1]:8400". ERR_INVALID, ERR_IO (in use). */
MUST_USE enum err_code server_open(struct web *w, const char *listen, struct server **ret,
	struct err *e);
void server_close(struct server *s);

/* "127.0.0.1:8400" -> host and port; brackets of IPv6 taken off. Pure. ERR_INVALID. */
MUST_USE enum err_code server_parse_listen(struct str listen, struct str *ret_host,
	struct str *ret_port, struct err *e);
/* What a header already tells against a request, before its body is read: no such path, method,
 * token, a body where none is taken or over the row's limit. Sets r->route and r->params; the
 * status to answer with is in r->reply.status when it is not the class's. Pure. */
MUST_USE enum err_code server_admit(struct request *r, struct str target, struct str token,
	struct err *e);

#endif
