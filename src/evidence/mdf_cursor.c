/* mdf_cursor.c - walks the records of a group that is alone in its data group. Most records are
 * handed out where they stand: in the mapped file or in the buffer a block was unpacked to. */
#include "evidence/mdf_inner.h"

#define VIEW_BYTES 8388608     /* at most so much at once, so that the caller can drop pages */

enum err_code mdf_cursor_open(struct mdf_cursor *c, struct mdf_model *m,
	const struct mdf_group *g, struct err *e)
{
	const struct mdf_data_group *d = &m->data_groups[g->data_group];

	*c = (struct mdf_cursor){ .group = g };
	c->size = (uint64_t)g->data_bytes + g->inval_bytes;
	if (d->group_count + d->stream_count != 1)
		return err_set(e, ERR_INVALID, "records of several groups have no ids");
	if (g->data_bytes == 0)
		return err_set(e, ERR_UNSUPPORTED, "records have no bytes");
	if (c->size > LIMIT_MDF_BLOCK_BYTES)
		return err_set(e, ERR_UNSUPPORTED, "records are over %d bytes long",
			LIMIT_MDF_BLOCK_BYTES);
	mdf_chain_open(&c->chain, m, d->data, "DT", true);
	return ERR_OK;
}

void mdf_cursor_close(struct mdf_cursor *c)
{
	mdf_chain_close(&c->chain);
}

/* The part of a record at the end of the piece waits for the rest. */
static enum err_code carry(struct mdf_cursor *c, const uint8_t *bytes, uint64_t len,
	struct err *e)
{
	if (len == 0)
		return ERR_OK;
	if (!c->carry) {
		c->carry = arena_alloc(c->chain.model->arena, c->size);
		if (!c->carry)
			return mdf_too_large(e);
	}
	memcpy(c->carry + c->carry_len, bytes, len);
	c->carry_len += len;
	return ERR_OK;
}

/* Values and invalidation bytes of a column store come in blocks of the same rows. */
static enum err_code enter_columns(struct mdf_cursor *c, struct err *e)
{
	struct mdf_piece *p = &c->piece;
	uint32_t width = c->group->data_bytes, bits = c->group->inval_bytes;

	c->rows = p->len / width;
	if (p->len % width != 0 && !p->torn)
		return err_set(e, ERR_INVALID, "values in a column store are no whole records");
	if (p->inval && (bits == 0 || p->inval_len / bits < c->rows ||
		p->inval_len % bits != 0)) {
		if (!p->torn || bits == 0)
			return err_set(e, ERR_INVALID, "values and invalidation bytes in a "
				"column store do not go together");
		c->rows = p->inval_len / bits < c->rows ? p->inval_len / bits : c->rows;
	}
	return ERR_OK;
}

static enum err_code enter_piece(struct mdf_cursor *c, struct err *e)
{
	struct mdf_piece *p = &c->piece;
	uint64_t width = c->chain.column_store ? c->group->data_bytes : c->size;

	c->used = c->at = 0;
	c->rows = 0;
	/* Only whole records side by side can be taken from columns as they are. */
	if (p->columns != 0 && (p->columns != width || c->carry_len > 0)) {
		TRY(mdf_unpack_turn(c->chain.unpacker, p->at, p->len, p->columns, &p->at, e));
		p->columns = 0;
	}
	if (c->chain.column_store)
		return enter_columns(c, e);
	if (c->carry_len > 0) {
		uint64_t want = c->size - c->carry_len;
		c->at = want < p->len ? want : p->len;
		TRY(carry(c, p->at, c->at, e));
	}
	c->rows = (p->len - c->at) / c->size;
	return ERR_OK;
}

/* Behind the last whole record. */
static enum err_code leave_piece(struct mdf_cursor *c, struct err *e)
{
	struct mdf_piece *p = &c->piece;
	uint64_t whole = c->at + c->rows * c->size;

	if (c->chain.column_store || !p->at)
		return ERR_OK;
	return carry(c, p->at + whole, p->len - whole, e);
}

static struct mdf_rows rows_of(const struct mdf_cursor *c)
{
	const struct mdf_piece *p = &c->piece;
	struct mdf_rows r = { .first = c->row, .count = c->rows - c->used };
	uint64_t width = c->chain.column_store ? c->group->data_bytes : c->size;

	if (p->columns != 0) {
		r.stride = 1;
		r.step = p->len / p->columns;
		r.at = p->at + c->used;
	} else {
		r.stride = width;
		r.step = 1;
		r.at = p->at + c->at + c->used * width;
	}
	if (!c->chain.column_store) {
		r.inval = r.at + c->group->data_bytes * r.step;
		r.inval_stride = r.stride;
		r.inval_step = r.step;
	} else if (p->inval) {
		r.inval = p->inval + c->used * c->group->inval_bytes;
		r.inval_stride = c->group->inval_bytes;
		r.inval_step = 1;
	}
	if (r.count > VIEW_BYTES / width + 1)
		r.count = VIEW_BYTES / width + 1;
	return r;
}

enum err_code mdf_cursor_view(struct mdf_cursor *c, struct mdf_rows *ret, struct err *e)
{
	bool more = true;

	while (!c->over) {
		if (c->carry_len == c->size) {
			*ret = (struct mdf_rows){ .at = c->carry, .stride = c->size, .step = 1,
				.inval = c->carry + c->group->data_bytes,
				.inval_stride = c->size, .inval_step = 1, .count = 1,
				.first = c->row };
			return ERR_OK;
		}
		if (c->used < c->rows) {
			*ret = rows_of(c);
			return ERR_OK;
		}
		TRY(leave_piece(c, e));
		c->rows = c->used = 0;
		c->piece.at = NULL;
		TRY(mdf_chain_next(&c->chain, &c->piece, &more, e));
		if (!more) {
			c->over = true;
			break;
		}
		mdf_chain_passed(&c->chain, c->piece.from);
		TRY(enter_piece(c, e));
	}
	*ret = (struct mdf_rows){ 0 };
	return ERR_OK;
}

void mdf_cursor_take(struct mdf_cursor *c, uint64_t count)
{
	c->row += count;
	if (c->carry_len == c->size) {
		CHECK(count == 1);
		c->carry_len = 0;
		return;
	}
	CHECK(count <= c->rows - c->used);
	c->used += count;
	if (c->piece.mapped && !c->chain.column_store)
		mdf_chain_passed(&c->chain, c->piece.from + c->at + c->used * c->size);
	else if (c->piece.mapped)
		mdf_chain_passed(&c->chain, c->piece.from + c->used * c->group->data_bytes);
}

bool mdf_cursor_torn(const struct mdf_cursor *c)
{
	return c->chain.torn || c->carry_len > 0;
}
