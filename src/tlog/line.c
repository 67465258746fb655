/* line.c - lines of the C2SP texts. */
#include "tlog/line.h"

#include <string.h>

#include "base/encode.h"

enum err_code line_cut(struct str *rest, struct str *ret, struct err *e)
{
	struct str after = *rest, line = str_cut(&after, '\n');

	if (!after.at)
		return err_set(e, ERR_INVALID, "text ends within a line");
	*rest = after;
	*ret = line;
	return ERR_OK;
}

enum err_code line_cut_word(struct str *rest, const char *word, struct str *ret, struct err *e)
{
	struct str after = *rest, line;
	size_t len = strlen(word);

	TRY(line_cut(&after, &line, e));
	if (!str_starts(line, word) || line.len < len + 2 || line.at[len] != ' ')
		return err_set(e, ERR_INVALID, "line does not hold \"%s\", a space and a value",
			word);
	*rest = after;
	*ret = str_skip(line, len + 1);
	return ERR_OK;
}

void line_put_hash(struct buf *b, const struct digest *hash)
{
	base64_put(b, hash->at, DIGEST_BYTES);
	buf_put_char(b, '\n');
}

enum err_code line_parse_hash(struct str line, struct digest *ret, struct err *e)
{
	enum err_code code = base64_decode_fixed(line, ret->at, DIGEST_BYTES, e);

	if (code != ERR_OK)
		(void)err_in(e, "hash"); /* adds to a message when there is one */
	return code;
}

void line_put_proof(struct buf *b, const struct merkle_proof *p)
{
	CHECK(p->count <= LIMIT_PROOF_HASHES);
	for (uint32_t i = 0; i < p->count; i++)
		line_put_hash(b, &p->hashes[i]);
	buf_put_char(b, '\n');
}

enum err_code line_cut_proof(struct str *rest, struct merkle_proof *ret, struct err *e)
{
	struct merkle_proof p = { 0 };
	struct str after = *rest, line;

	for (;;) { /* ends: each round takes a line, and one past the limit is refused */
		TRY(line_cut(&after, &line, e));
		if (line.len == 0)
			break;
		if (p.count == LIMIT_PROOF_HASHES)
			return err_set(e, ERR_INVALID, "Merkle proof has over %d hashes",
				LIMIT_PROOF_HASHES);
		TRY(line_parse_hash(line, &p.hashes[p.count], e));
		p.count++;
	}
	*rest = after;
	*ret = p;
	return ERR_OK;
}
