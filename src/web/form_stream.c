/* form_stream.c - a window over the body: what is no delimiter for sure is handed on. */
#include "web/form_stream.h"

#include <string.h>

/* Room for a part's header, and for a delimiter that is cut in two. */
#define WINDOW_BYTES (2 * LIMIT_FORM_FILE_PART_BYTES)

enum form_state { FORM_START, FORM_TURN, FORM_HEADER, FORM_BODY, FORM_OVER };

struct form_stream {
	struct arena *arena;
	struct form_events events;
	struct str delimiter;      /* CRLF, two dashes, boundary */
	enum form_state state;
	size_t part_count;
	size_t len;
	char window[WINDOW_BYTES];
};

enum err_code form_stream_new(struct arena *a, struct str boundary,
	const struct form_events *events, struct form_stream **ret, struct err *e)
{
	struct form_stream *f;

	if (!multipart_boundary_holds(boundary))
		return err_set(e, ERR_INVALID, "form has no proper boundary");
	f = ARENA_NEW(a, struct form_stream);
	if (!f)
		return err_set(e, ERR_TOO_LARGE, "form needs too much memory");
	f->arena = a;
	f->events = *events;
	f->delimiter = str_printf(a, "\r\n--" STR_FMT, STR_ARG(boundary));
	if (!f->delimiter.at)
		return err_set(e, ERR_TOO_LARGE, "form needs too much memory");
	*ret = f;
	return ERR_OK;
}

static void skip(struct form_stream *f, size_t count)
{
	CHECK(count <= f->len);
	memmove(f->window, f->window + count, f->len - count);
	f->len -= count;
}

/* Each step: ERR_OK and *ret_more when something was taken off the window. */
static enum err_code step_start(struct form_stream *f, bool *ret_more, struct err *e)
{
	struct str first = str_skip(f->delimiter, 2);

	if (f->len < first.len)
		return ERR_OK;
	if (memcmp(f->window, first.at, first.len) != 0)
		return err_set(e, ERR_INVALID, "form does not begin with its boundary");
	skip(f, first.len);
	f->state = FORM_TURN;
	*ret_more = true;
	return ERR_OK;
}

static enum err_code step_turn(struct form_stream *f, bool *ret_more, struct err *e)
{
	if (f->len < 2)
		return ERR_OK;
	if (memcmp(f->window, "--", 2) == 0) {
		f->state = FORM_OVER;
	} else if (memcmp(f->window, "\r\n", 2) == 0) {
		if (f->part_count == LIMIT_MULTIPART_PARTS)
			return err_set(e, ERR_TOO_LARGE, "form has more than %d parts",
				LIMIT_MULTIPART_PARTS);
		f->part_count++;
		f->state = FORM_HEADER;
	} else {
		return err_set(e, ERR_INVALID,
			"form has a delimiter that is not followed by a line end");
	}
	skip(f, 2);
	*ret_more = true;
	return ERR_OK;
}

static enum err_code step_header(struct form_stream *f, bool *ret_more, struct err *e)
{
	struct str window = { f->window, f->len }, header;
	size_t end = str_starts(window, "\r\n") ? 0 : str_find(window, STR("\r\n\r\n"));
	struct part part;

	if (end == SIZE_MAX) {
		if (f->len > LIMIT_FORM_FILE_PART_BYTES)
			return err_set(e, ERR_INVALID, "form part %zu has no proper header",
				f->part_count);
		return ERR_OK;
	}
	end += end == 0 ? 2 : 4;
	/* What is told of the part must outlive the window. */
	header = str_copy(f->arena, (struct str){ f->window, end });
	if (!header.at)
		return err_set(e, ERR_TOO_LARGE, "form needs too much memory");
	TRY(multipart_read_header(f->arena, &header, f->part_count, &part, e));
	skip(f, end);
	f->state = FORM_BODY;
	*ret_more = true;
	return f->events.begin(f->events.context, &part, e);
}

static enum err_code step_body(struct form_stream *f, bool *ret_more, struct err *e)
{
	struct str window = { f->window, f->len };
	size_t end = str_find(window, f->delimiter), sure;

	if (end != SIZE_MAX) {
		if (end > 0)
			TRY(f->events.bytes(f->events.context, (struct str){ f->window, end }, e));
		skip(f, end + f->delimiter.len);
		f->state = FORM_TURN;
		*ret_more = true;
		return f->events.end(f->events.context, e);
	}
	if (f->len < f->delimiter.len)
		return ERR_OK;
	sure = f->len - f->delimiter.len + 1;
	TRY(f->events.bytes(f->events.context, (struct str){ f->window, sure }, e));
	skip(f, sure);
	return ERR_OK;
}

static enum err_code step(struct form_stream *f, bool *ret_more, struct err *e)
{
	static enum err_code (*const steps[])(struct form_stream *, bool *, struct err *) = {
		[FORM_START] = step_start, [FORM_TURN] = step_turn, [FORM_HEADER] = step_header,
		[FORM_BODY] = step_body,
	};

	*ret_more = false;
	if (f->state != FORM_OVER)
		return steps[f->state](f, ret_more, e);
	if (f->len > 2 || memcmp(f->window, "\r\n", f->len) != 0)
		return err_set(e, ERR_INVALID, "form goes on behind its end");
	return ERR_OK;
}

enum err_code form_stream_put(struct form_stream *f, struct str bytes, struct err *e)
{
	while (bytes.len > 0) {
		size_t take = WINDOW_BYTES - f->len;
		bool more = true;
		if (take > bytes.len)
			take = bytes.len;
		CHECK(take > 0); /* a step takes from a window that is full */
		memcpy(f->window + f->len, bytes.at, take);
		f->len += take;
		bytes = str_skip(bytes, take);
		while (more)
			TRY(step(f, &more, e));
	}
	return ERR_OK;
}

enum err_code form_stream_end(struct form_stream *f, struct err *e)
{
	if (f->state != FORM_OVER || (f->len != 0 && f->len != 2))
		return err_set(e, ERR_INVALID, "form part %zu does not end", f->part_count);
	return ERR_OK;
}
