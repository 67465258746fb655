/* tlog_proof.c - C2SP tlog-proof@v1. */
#include "tlog/tlog_proof.h"

#include "base/encode.h"
#include "tlog/line.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

enum err_code tlog_proof_put(struct buf *b, const struct tlog_proof *p, struct err *e)
{
	buf_put_text(b, FIRST_LINE "\n");
	if (p->extra.len > 0) {
		buf_put_text(b, "extra ");
		base64_put(b, (const uint8_t *)p->extra.at, p->extra.len);
		buf_put_char(b, '\n');
	}
	buf_put_text(b, "index ");
	buf_put_u64(b, p->index);
	buf_put_char(b, '\n');
	line_put_proof(b, &p->path);
	buf_put_str(b, p->checkpoint);
	return buf_check(b, "tlog-proof", e);
}

enum err_code tlog_proof_parse(struct arena *a, struct str text, struct tlog_proof *ret,
	struct err *e)
{
	struct tlog_proof p = { .index = 0 };
	struct str rest = text, line;

	TRY(line_cut(&rest, &line, e));
	if (!str_is(line, FIRST_LINE))
		return err_set(e, ERR_INVALID, "tlog-proof does not begin with \"" FIRST_LINE "\"");
	if (str_starts(rest, "extra ")) {
		TRY(line_cut_word(&rest, "extra", &line, e));
		TRY(base64_decode(a, line, &p.extra, e));
	}
	TRY(line_cut_word(&rest, "index", &line, e));
	TRY(str_parse_u64(line, &p.index, e));
	TRY(line_cut_proof(&rest, &p.path, e));
	p.checkpoint = rest;
	*ret = p;
	return ERR_OK;
}

enum err_code tlog_proof_verify(struct arena *a, const struct tlog_proof *p,
	struct str entry, const struct policy *policy, struct tlog_proof_found *ret, struct err *e)
{
	struct tlog_proof_found found = { .index = p->index };
	struct digest leaf_hash = digest_sha256_leaf(entry);
	struct note n;
	struct checkpoint c;

	TRY(policy_open_checkpoint(policy, a, p->checkpoint, &n, &c, e));
	TRY(policy_check(policy, &n, &found.quorum_met, &found.witnesses, &found.cosigned_at, e));
	TRY(merkle_verify_inclusion(&p->path, p->index, c.size, &leaf_hash, &c.root, e));
	found.origin = c.origin;
	found.size = c.size;
	*ret = found;
	return ERR_OK;
}
