/* mdf_stream.c - values of variable length: each is a length and bytes at an offset that the record
 * tells. */
#include "evidence/mdf_inner.h"

#define LENGTH_BYTES 4
#define REWINDS_MAX 16         /* values are stored in the order of records, or nearly */

void mdf_stream_open_chain(struct mdf_stream *s, struct mdf_model *m, uint64_t link)
{
	*s = (struct mdf_stream){ .open = true };
	mdf_chain_open(&s->chain, m, link, "SD", false);
}

enum err_code mdf_stream_open_group(struct mdf_stream *s, struct arena *a, struct err *e)
{
	*s = (struct mdf_stream){ .open = true, .is_group = true };
	s->window = arena_alloc(a, LIMIT_MDF_STREAM_BYTES);
	return s->window ? ERR_OK : mdf_too_large(e);
}

void mdf_stream_close(struct mdf_stream *s)
{
	if (s->open && !s->is_group)
		mdf_chain_close(&s->chain);
	s->open = false;
}

/* ---- the records of a VLSD group ------------------------------------------------------------- */

bool mdf_stream_fits(const struct mdf_stream *s, uint64_t len)
{
	return len <= LIMIT_MDF_STREAM_BYTES - (s->end - s->begin);
}

void mdf_stream_drop(struct mdf_stream *s)
{
	uint64_t keep = LIMIT_MDF_STREAM_BYTES / 2, have = s->end - s->begin;

	if (have <= keep)
		return;
	memmove(s->window, s->window + (have - keep), keep);
	s->begin = s->end - keep;
}

void mdf_stream_append(struct mdf_stream *s, const uint8_t *bytes, uint32_t len)
{
	if (!mdf_stream_fits(s, len)) {
		s->end += len;
		s->begin = s->end;
		return;
	}
	memcpy(s->window + (s->end - s->begin), bytes, len);
	s->end += len;
}

static void get_from_window(const struct mdf_stream *s, uint64_t offset, enum mdf_found *ret,
	struct str *ret_bytes)
{
	const uint8_t *at;
	uint64_t left, len;

	*ret = offset < s->begin ? MDF_GONE : MDF_NOT_YET;
	if (offset < s->begin || offset >= s->end)
		return;
	left = s->end - offset;
	at = s->window + (offset - s->begin);
	/* What is there came in whole records: an offset into the middle of one finds nothing. */
	*ret = MDF_GONE;
	if (left < LENGTH_BYTES)
		return;
	len = mdf_u32(at);
	if (len > left - LENGTH_BYTES || len > LIMIT_MDF_TEXT_BYTES)
		return;
	*ret = MDF_FOUND;
	*ret_bytes = (struct str){ (const char *)at + LENGTH_BYTES, len };
}

/* ---- a chain of SD blocks -------------------------------------------------------------------- */

/* Goes to the piece that has the byte at `offset`; *ret false when there is none. */
static enum err_code seek(struct mdf_stream *s, uint64_t offset, bool *ret, struct err *e)
{
	bool more = true;

	*ret = false;
	if (offset < s->piece_at) {
		if (s->rewinds == REWINDS_MAX)
			return ERR_OK;
		s->rewinds++;
		mdf_chain_rewind(&s->chain);
		s->piece = (struct mdf_piece){ 0 };
		s->piece_at = 0;
		s->ended = false;
	}
	while (offset - s->piece_at >= s->piece.len) {
		enum err_code code;
		struct err why = { 0 };
		if (s->ended)
			return ERR_OK;
		s->piece_at += s->piece.len;
		s->piece.len = 0;
		code = mdf_chain_next(&s->chain, &s->piece, &more, &why);
		if (code == ERR_TOO_LARGE)
			return err_set(e, code, "%s", why.message);
		if (code != ERR_OK || !more) {
			s->ended = true;
			s->piece.len = 0;
			return ERR_OK;
		}
		mdf_chain_passed(&s->chain, s->piece.from);
	}
	if (s->piece.mapped)
		mdf_chain_passed(&s->chain, s->piece.from + (offset - s->piece_at));
	*ret = true;
	return ERR_OK;
}

/* `len` bytes from `offset` on, where they stand when they are in one piece. */
static enum err_code bytes_at(struct mdf_stream *s, uint64_t offset, uint64_t len,
	const uint8_t **ret, struct err *e)
{
	uint64_t have = 0;
	bool found = false;

	*ret = NULL;
	if (len > UINT64_MAX - offset)
		return ERR_OK;
	TRY(seek(s, offset, &found, e));
	if (!found)
		return ERR_OK;
	if (len <= s->piece.len - (offset - s->piece_at)) {
		*ret = s->piece.at + (offset - s->piece_at);
		return ERR_OK;
	}
	if (!s->scratch)
		s->scratch = arena_alloc(s->chain.model->arena, LIMIT_MDF_TEXT_BYTES);
	if (!s->scratch)
		return mdf_too_large(e);
	while (have < len) {
		uint64_t from, n;
		TRY(seek(s, offset + have, &found, e));
		if (!found)
			return ERR_OK;
		from = offset + have - s->piece_at;
		n = s->piece.len - from < len - have ? s->piece.len - from : len - have;
		memcpy(s->scratch + have, s->piece.at + from, n);
		have += n;
	}
	*ret = s->scratch;
	return ERR_OK;
}

enum err_code mdf_stream_get(struct mdf_stream *s, uint64_t offset, enum mdf_found *ret,
	struct str *ret_bytes, struct err *e)
{
	const uint8_t *at;
	uint32_t len;

	if (s->is_group) {
		get_from_window(s, offset, ret, ret_bytes);
		return ERR_OK;
	}
	*ret = MDF_GONE;
	TRY(bytes_at(s, offset, LENGTH_BYTES, &at, e));
	if (!at)
		return ERR_OK;
	len = mdf_u32(at);
	if (len > LIMIT_MDF_TEXT_BYTES || offset > UINT64_MAX - LENGTH_BYTES)
		return ERR_OK;
	*ret_bytes = STR("");
	*ret = MDF_FOUND;
	if (len == 0)
		return ERR_OK;
	TRY(bytes_at(s, offset + LENGTH_BYTES, len, &at, e));
	if (!at)
		*ret = MDF_GONE;
	else
		*ret_bytes = (struct str){ (const char *)at, len };
	return ERR_OK;
}
