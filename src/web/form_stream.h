/* form_stream.h - a multipart/form-data body (RFC 7578) read while it comes, never whole in memory.
 *
 * Is:      the same strict reading as multipart.h, piece by piece: the owner is told of each part,
 *          of its bytes, and of its end.
 * Life:    form_stream_new -> form_stream_put* -> form_stream_end. Lives in an arena.
 */
#ifndef HUREN_WEB_FORM_STREAM_H
#define HUREN_WEB_FORM_STREAM_H

#include "web/multipart.h"

struct form_stream;
struct form_events {
	/* `part->body` is empty here. An error of these ends the reading. */
	enum err_code (*begin)(void *context, const struct part *part, struct err *e);
	enum err_code (*bytes)(void *context, struct str bytes, struct err *e);
	enum err_code (*end)(void *context, struct err *e);
	void *context;
};

/* ERR_INVALID: no proper boundary. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code form_stream_new(struct arena *a, struct str boundary,
	const struct form_events *events, struct form_stream **ret, struct err *e);
/* ERR_INVALID says which part and what; ERR_TOO_LARGE: too many parts, a header too long. */
MUST_USE enum err_code form_stream_put(struct form_stream *f, struct str bytes, struct err *e);
/* ERR_INVALID: the form did not end. */
MUST_USE enum err_code form_stream_end(struct form_stream *f, struct err *e);

#endif
