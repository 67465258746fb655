/* witness.c - C2SP tlog-witness: the request text and the order of checks. */
#include "tlog/witness.h"

#include "base/limits.h"
#include "tlog/line.h"

enum err_code witness_request_put(struct buf *b, const struct witness_request *r, struct err *e)
{
	buf_put_text(b, "old ");
	buf_put_u64(b, r->old_size);
	buf_put_char(b, '\n');
	line_put_proof(b, &r->proof);
	buf_put_str(b, r->checkpoint);
	return buf_check(b, "witness request", e);
}

enum err_code witness_request_parse(struct arena *a, struct str body,
	struct witness_request *ret, struct err *e)
{
	struct witness_request r = { .old_size = 0 };
	struct str rest = body, size;
	struct note n;
	struct checkpoint c;

	TRY(line_cut_word(&rest, "old", &size, e));
	TRY(str_parse_u64(size, &r.old_size, e));
	TRY(line_cut_proof(&rest, &r.proof, e));
	TRY(note_parse(a, rest, &n, e));
	TRY(checkpoint_parse(n.text, &c, e));
	if (r.old_size > c.size)
		return err_set(e, ERR_INVALID, "old size %llu is over the checkpoint's %llu",
			(unsigned long long)r.old_size, (unsigned long long)c.size);
	r.checkpoint = rest;
	r.origin = c.origin;
	*ret = r;
	return ERR_OK;
}

enum err_code witness_check(struct arena *a, const struct witness_request *r,
	const struct note_key *log_key, const struct witness_state *state,
	struct witness_state *ret,
	struct note *ret_note, struct checkpoint *ret_checkpoint, struct err *e)
{
	struct note n;
	struct checkpoint c;

	TRY(checkpoint_open(a, r->checkpoint, log_key, &n, &c, e));
	if (r->old_size > c.size) /* only when r was not made by witness_request_parse */
		return err_set(e, ERR_INVALID, "old size is over the checkpoint's");
	if (r->old_size != state->size)
		return err_set(e, ERR_CORRECT_SIZE,
			"old size %llu is not the last cosigned size %llu",
			(unsigned long long)r->old_size, (unsigned long long)state->size);
	TRY(merkle_verify_consistency(&r->proof, r->old_size, c.size, &state->root, &c.root, e));
	*ret = (struct witness_state){ .size = c.size, .root = c.root };
	*ret_note = n;
	*ret_checkpoint = c;
	return ERR_OK;
}
