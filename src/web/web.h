/* web.h - the HTTP face: libmicrohttpd, one route table, pages and JSON from one model. */
#ifndef HUREN_WEB_WEB_H
#define HUREN_WEB_WEB_H

#include "peer/peer.h"
#include "service/service.h"

struct web;

struct web_options {
	struct service *service;
	struct peer_set *peers;
	const char *listen;        /* "127.0.0.1:8400" */
	const char *version;       /* of the program; may be NULL */
	const char *ui_dir;        /* templates, styles, scripts, catalogues */
};
MUST_USE enum err_code web_open(const struct web_options *options, struct web **ret, struct err *e);
void web_close(struct web *w);

#endif
