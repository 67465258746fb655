/* mdf_chain.c - the bytes of a data group or of a stream, part by part: a plain block (DT, DV,
 * SD), a compressed one (DZ), lists of either (DL, LD), a header before a list (HL). */
#include "evidence/mdf_inner.h"

#define HEAD_BYTES 24
#define DL_DATA_BYTES 8
#define LD_HAS_INVAL 0x80000000u
#define PASSED_STEP 4194304    /* the caller hears of progress each so many bytes */

void mdf_chain_open(struct mdf_chain *c, struct mdf_model *m, uint64_t link, const char *kind,
	bool columns)
{
	*c = (struct mdf_chain){ .model = m, .kind = kind, .columns = columns, .start = link };
	mdf_chain_rewind(c);
}

void mdf_chain_rewind(struct mdf_chain *c)
{
	c->next = c->start;
	c->index = c->count = 0;
	c->done = c->torn = c->column_store = false;
	c->disk_left = c->model->source.file->size;
	c->passed = UINT64_MAX;
}

void mdf_chain_close(struct mdf_chain *c)
{
	mdf_unpacker_close(c->unpacker);
	mdf_unpacker_close(c->inval_unpacker);
	c->unpacker = c->inval_unpacker = NULL;
}

void mdf_chain_passed(struct mdf_chain *c, uint64_t upto)
{
	const struct evidence_file *f = c->model->source.file;

	if (c->passed == UINT64_MAX)
		c->passed = upto;
	if (!f->passed || (upto >= c->passed && upto - c->passed < PASSED_STEP))
		return;
	/* Others may have told of other places meanwhile. */
	f->passed(f->context, c->passed);
	if (upto > c->passed)
		f->passed(f->context, upto);
	c->passed = upto;
}

static enum err_code spend(struct mdf_chain *c, uint64_t bytes, struct err *e)
{
	if (bytes > c->disk_left)
		return err_set(e, ERR_INVALID, "links of a data list lead in a circle");
	c->disk_left -= bytes;
	return ERR_OK;
}

/* The recorder was still writing this block: it reaches to the end of the file. */
static bool is_open_ended(const struct mdf_chain *c, const struct mdf_block *b)
{
	const struct mdf_model *m = c->model;

	if (!m->unfinalized || !(m->unfin_flags & MDF_UNFIN_LAST_DT))
		return false;
	if (b->at == m->last_data_at)
		return true;
	return b->length == HEAD_BYTES && b->at > m->last_data_at && c->next == 0 &&
		c->index == c->count;
}

static enum err_code plain_piece(struct mdf_chain *c, const struct mdf_block *b,
	struct mdf_piece *ret, struct err *e)
{
	uint64_t size = c->model->source.file->size, room = size - b->at - HEAD_BYTES;
	struct mdf_piece p = { .mapped = true };

	p.at = b->data;
	room -= 8 * b->link_count;
	p.len = b->data_len;
	if (is_open_ended(c, b)) {
		p.len = room;
	} else if (p.len > room) {
		p.len = room;
		p.torn = true;
	}
	p.from = size - room;
	p.to = p.from + p.len;
	TRY(spend(c, HEAD_BYTES + p.len, e));
	*ret = p;
	return ERR_OK;
}

static enum err_code zipped_piece(struct mdf_chain *c, struct mdf_block *b, const char *kind,
	struct mdf_unpacker **unpacker, bool columns, struct mdf_piece *ret, struct err *e)
{
	struct mdf_piece p = { .from = b->at };
	uint64_t size = c->model->source.file->size;

	if (b->length > size - b->at)
		return err_set(e, ERR_INVALID,
			"compressed block at byte %llu ends past the file",
			(unsigned long long)b->at);
	p.to = b->at + b->length;
	TRY(spend(c, b->length, e));
	if (c->headers_only) {
		TRY(mdf_unpack_claim(b, kind, &p.len, e));
		p.at = b->data;
		*ret = p;
		return ERR_OK;
	}
	if (!*unpacker)
		*unpacker = mdf_unpacker_open(c->model->arena);
	TRY(mdf_unpack(*unpacker, b, kind, &p.at, &p.len, &p.columns, e));
	if (p.columns != 0 && !columns) {
		TRY(mdf_unpack_turn(*unpacker, p.at, p.len, p.columns, &p.at, e));
		p.columns = 0;
	}
	*ret = p;
	return ERR_OK;
}

/* A block that holds bytes: of `kind`, or one that is compressed. */
static enum err_code take_data(struct mdf_chain *c, uint64_t at, const char *kind,
	struct mdf_unpacker **unpacker, bool columns, struct mdf_piece *ret, struct err *e)
{
	struct mdf_source *s = &c->model->source;
	struct mdf_block b;

	TRY(mdf_block_any(s, at, &b, e));
	if (mdf_block_is(s, &b, "DZ"))
		return zipped_piece(c, &b, kind, unpacker, columns, ret, e);
	if (!mdf_block_is(s, &b, kind))
		return err_set(e, ERR_INVALID, "block at byte %llu in a data list is no %s block",
			(unsigned long long)at, kind);
	return plain_piece(c, &b, ret, e);
}

/* Enters a DL or LD. */
static enum err_code enter_list(struct mdf_chain *c, const struct mdf_block *b, bool columns,
	struct err *e)
{
	uint32_t flags, count;
	uint64_t links;

	if (b->length > c->model->source.file->size - b->at || b->data_len < DL_DATA_BYTES ||
		b->link_count == 0)
		return err_set(e, ERR_INVALID, "data list at byte %llu is cut off",
			(unsigned long long)b->at);
	TRY(spend(c, b->length, e));
	flags = columns ? mdf_u32(b->data) : b->data[0];
	count = mdf_u32(b->data + 4);
	links = b->link_count - 1;
	c->list_has_inval = columns && (flags & LD_HAS_INVAL);
	if (c->list_has_inval)
		links /= 2;
	/* The recorder may have announced blocks that it did not write any more. */
	if (count > links && c->model->unfinalized && (c->model->unfin_flags & MDF_UNFIN_LAST_DL))
		count = (uint32_t)links;
	if (count > links)
		return err_set(e, ERR_INVALID, "data list at byte %llu has too few links",
			(unsigned long long)b->at);
	c->list = *b;
	c->column_store = columns;
	c->index = 0;
	c->count = count;
	c->next = mdf_link(b, 0);
	return ERR_OK;
}

/* A link that may lead to data, a list, or the header of a list. Sets *ret_data for data. */
static enum err_code follow(struct mdf_chain *c, uint64_t at, bool *ret_data, struct err *e)
{
	struct mdf_source *s = &c->model->source;
	bool records = c->kind[0] == 'D';
	struct mdf_block b;

	*ret_data = false;
	TRY(mdf_block_any(s, at, &b, e));
	if (mdf_block_is(s, &b, "HL")) {
		if (b.link_count == 0)
			return err_set(e, ERR_INVALID, "header of a data list has no link");
		TRY(spend(c, HEAD_BYTES + 8, e));
		c->next = mdf_link(&b, 0);
		return ERR_OK;
	}
	if (mdf_block_is(s, &b, "DL"))
		return enter_list(c, &b, false, e);
	if (records && mdf_block_is(s, &b, "LD"))
		return enter_list(c, &b, true, e);
	if (records && mdf_block_is(s, &b, "DV"))
		c->column_store = true;
	*ret_data = true;
	return ERR_OK;
}

static enum err_code list_piece(struct mdf_chain *c, struct mdf_piece *ret, struct err *e)
{
	const char *kind = c->column_store ? "DV" : c->kind;
	uint64_t i = c->index++, at = mdf_link(&c->list, 1 + i), inval = 0;
	struct mdf_piece p, bits;

	if (at == 0) {
		if (!c->model->unfinalized)
			return err_set(e, ERR_INVALID, "data list has an empty link");
		*ret = (struct mdf_piece){ .at = c->model->source.file->at };
		return ERR_OK;
	}
	/* DT blocks in an LD are what a writer before 4.2 would put there; none is known. */
	TRY(take_data(c, at, kind, &c->unpacker, c->columns, &p, e));
	if (c->list_has_inval)
		inval = mdf_link(&c->list, 1 + c->count + i);
	if (inval != 0) {
		TRY(take_data(c, inval, "DI", &c->inval_unpacker, false, &bits, e));
		p.inval = bits.at;
		p.inval_len = bits.len;
		p.torn = p.torn || bits.torn;
	}
	*ret = p;
	return ERR_OK;
}

enum err_code mdf_chain_next(struct mdf_chain *c, struct mdf_piece *ret, bool *ret_more,
	struct err *e)
{
	bool data = false;
	uint64_t at = 0;

	*ret_more = false;
	while (!c->done && c->index == c->count && !data) {
		at = c->next;
		c->next = 0;
		if (at == 0) {
			c->done = true;
			break;
		}
		c->done = true; /* until the link has proved good */
		TRY(follow(c, at, &data, e));
		c->done = data;
	}
	if (data) {
		TRY(take_data(c, at, c->column_store ? "DV" : c->kind, &c->unpacker, c->columns,
			ret, e));
	} else if (c->done) {
		return ERR_OK;
	} else {
		c->done = true; /* as above */
		TRY(list_piece(c, ret, e));
		c->done = false;
	}
	if (ret->torn)
		c->torn = c->done = true;
	*ret_more = true;
	return ERR_OK;
}

bool mdf_chain_length(struct mdf_model *m, uint64_t link, uint64_t *ret_bytes,
	bool *ret_column_store)
{
	struct mdf_chain c;
	struct mdf_piece p;
	uint64_t sum = 0;
	bool more = true;

	mdf_chain_open(&c, m, link, "DT", false);
	c.headers_only = true;
	while (more) {
		if (mdf_chain_next(&c, &p, &more, NULL) != ERR_OK)
			return false;
		if (more && __builtin_add_overflow(sum, p.len, &sum))
			return false;
	}
	*ret_bytes = sum;
	*ret_column_store = c.column_store;
	return true;
}
