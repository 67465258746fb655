/* form_gather.h - a streamed form gathered whole, to be compared with multipart_parse. */
#ifndef HUREN_TEST_FORM_GATHER_H
#define HUREN_TEST_FORM_GATHER_H

#include "web/form_stream.h"

struct form_gather {
	struct arena *arena;
	struct multipart m;
	bool open;
};

static inline enum err_code gather_begin(void *context, const struct part *part, struct err *e)
{
	struct form_gather *g = context;

	(void)e;
	CHECK(!g->open);
	CHECK(g->m.count < LIMIT_MULTIPART_PARTS);
	g->m.parts[g->m.count] = *part;
	g->m.parts[g->m.count].body = STR("");
	g->open = true;
	return ERR_OK;
}

static inline enum err_code gather_bytes(void *context, struct str bytes, struct err *e)
{
	struct form_gather *g = context;
	struct str *body = &g->m.parts[g->m.count].body;

	CHECK(g->open);
	CHECK(bytes.len > 0);
	char *both = arena_alloc(g->arena, body->len + bytes.len);
	if (!both)
		return err_set(e, ERR_TOO_LARGE, "no memory");
	for (size_t i = 0; i < body->len; i++)
		both[i] = body->at[i];
	for (size_t i = 0; i < bytes.len; i++)
		both[body->len + i] = bytes.at[i];
	*body = (struct str){ both, body->len + bytes.len };
	return ERR_OK;
}

static inline enum err_code gather_end(void *context, struct err *e)
{
	struct form_gather *g = context;

	(void)e;
	CHECK(g->open);
	g->open = false;
	g->m.count++;
	return ERR_OK;
}

/* Reads `body` in pieces of `step` bytes. */
static inline enum err_code form_gather(struct arena *a, struct str body, struct str boundary,
	size_t step, struct multipart *ret, struct err *e)
{
	struct form_gather g = { .arena = a };
	const struct form_events events = { gather_begin, gather_bytes, gather_end, &g };
	struct form_stream *f;

	TRY(form_stream_new(a, boundary, &events, &f, e));
	while (body.len > 0) {
		struct str piece = { body.at, body.len < step ? body.len : step };
		TRY(form_stream_put(f, piece, e));
		body = str_skip(body, piece.len);
	}
	TRY(form_stream_end(f, e));
	*ret = g.m;
	return ERR_OK;
}

#endif
