/* checkpoint.c - the three lines of a checkpoint, and cosignatures over them. */
#include "tlog/checkpoint.h"

#include "base/instant.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "tlog/line.h"
#include "tlog/merkle.h"

#define TIME_BYTES 8
#define HEAD_BYTES_MAX 64 /* "cosignature/v1\ntime " and 20 digits with their newline take 41 */
#define COSIGNATURE_BYTES (TIME_BYTES + KEY_SIGNATURE_BYTES)

void checkpoint_put(struct buf *b, const struct checkpoint *c)
{
	buf_put_str(b, c->origin);
	buf_put_char(b, '\n');
	buf_put_u64(b, c->size);
	buf_put_char(b, '\n');
	line_put_hash(b, &c->root);
	buf_put_str(b, c->extensions);
}

static enum err_code check_extensions(struct str lines, struct err *e)
{
	struct str line;

	while (lines.len > 0) {
		TRY(line_cut(&lines, &line, e));
		if (line.len == 0)
			return err_set(e, ERR_INVALID, "extension line of checkpoint is empty");
	}
	return ERR_OK;
}

enum err_code checkpoint_parse(struct str text, struct checkpoint *ret, struct err *e)
{
	struct checkpoint c = { .size = 0 };
	struct str rest = text, size, root;

	TRY(line_cut(&rest, &c.origin, e));
	TRY(line_cut(&rest, &size, e));
	TRY(line_cut(&rest, &root, e));
	if (c.origin.len == 0)
		return err_set(e, ERR_INVALID, "origin of checkpoint is empty");
	TRY(str_parse_u64(size, &c.size, e));
	if (c.size > MERKLE_SIZE_MAX)
		return err_set(e, ERR_INVALID, "size of checkpoint is over %llu",
			(unsigned long long)MERKLE_SIZE_MAX);
	TRY(line_parse_hash(root, &c.root, e));
	TRY(check_extensions(rest, e));
	c.extensions = rest;
	*ret = c;
	return ERR_OK;
}

/* The text put behind `start`, wherever the buffer has moved to. */
static struct str text_since(const struct buf *b, size_t start, size_t len)
{
	return (struct str){ b->at + start, len };
}

enum err_code checkpoint_sign(struct buf *b, const struct checkpoint *c,
	const struct note_key *log_key, const struct key *log_secret,
	const struct note_key *sm2_key, const struct key *sm2_secret, struct err *e)
{
	struct checkpoint again;
	size_t start = b->len, len;

	CHECK(str_eq(c->origin, log_key->name));
	CHECK(!sm2_key || str_eq(c->origin, sm2_key->name));
	checkpoint_put(b, c);
	TRY(buf_check(b, "checkpoint", e));
	len = b->len - start;
	/* What cannot be read back is never signed. */
	TRY(checkpoint_parse(text_since(b, start, len), &again, e));
	CHECK(again.size == c->size);
	buf_put_char(b, '\n');
	TRY(note_sign(b, text_since(b, start, len), log_key, log_secret, e));
	if (sm2_key)
		TRY(note_sign(b, text_since(b, start, len), sm2_key, sm2_secret, e));
	return ERR_OK;
}

enum err_code checkpoint_open(struct arena *a, struct str note_bytes,
	const struct note_key *log_key, struct note *ret_note, struct checkpoint *ret,
	struct err *e)
{
	struct note n;
	struct checkpoint c;
	bool found = false;

	TRY(note_parse(a, note_bytes, &n, e));
	TRY(checkpoint_parse(n.text, &c, e));
	if (!str_eq(c.origin, log_key->name))
		return err_set(e, ERR_DENIED, "checkpoint of origin \"%s\" is not of log \"%s\"",
			str_quote(a, c.origin), str_quote(a, log_key->name));
	TRY(note_verify(&n, log_key, &found, e));
	if (!found)
		return err_set(e, ERR_DENIED, "checkpoint carries no signature of log \"%s\"",
			str_quote(a, log_key->name));
	*ret_note = n;
	*ret = c;
	return ERR_OK;
}

void cosignature_put_message(struct buf *b, uint64_t time, struct str checkpoint_text)
{
	buf_put_text(b, "cosignature/v1\ntime ");
	buf_put_u64(b, time);
	buf_put_char(b, '\n');
	buf_put_str(b, checkpoint_text);
}

static bool is_time(uint64_t time)
{
	return time > 0 && time <= INSTANT_MAX; /* readers write it as a date */
}

static enum err_code check_is_witness(const struct note_key *k, struct err *e)
{
	if (k->sig_type != NOTE_COSIGNATURE)
		return err_set(e, ERR_INVALID, "key of signature type 0x%02x does not cosign",
			(unsigned)k->sig_type);
	return ERR_OK;
}

enum err_code cosignature_sign(struct buf *b, struct str checkpoint_text, uint64_t time,
	const struct note_key *witness_key, const struct key *secret, struct err *e)
{
	SCOPED_BUF message = { 0 };
	uint8_t signature[COSIGNATURE_BYTES];
	struct checkpoint c;

	TRY(check_is_witness(witness_key, e));
	TRY(checkpoint_parse(checkpoint_text, &c, e)); /* a witness signs nothing else */
	CHECK(key_public_eq(&witness_key->pub, &secret->pub));
	if (!is_time(time))
		return err_set(e, ERR_INVALID, "time of cosignature is 0 or past the year 9999");
	buf_init(&message, LIMIT_NOTE_BYTES + HEAD_BYTES_MAX);
	cosignature_put_message(&message, time, checkpoint_text);
	TRY(buf_check(&message, "checkpoint to cosign", e));
	for (int i = 0; i < TIME_BYTES; i++)
		signature[i] = (uint8_t)(time >> (8 * (TIME_BYTES - 1 - i)));
	TRY(key_sign(secret, buf_str(&message), signature + TIME_BYTES, e));
	note_put_line(b, witness_key, (struct str){ (const char *)signature, sizeof(signature) });
	return buf_check(b, "cosignature", e);
}

static enum err_code verify_line(const struct note *n, const struct note_line *line,
	const struct note_key *k, uint64_t *ret_time, struct err *e)
{
	SCOPED_BUF message = { 0 };
	const uint8_t *bytes = (const uint8_t *)line->signature.at;
	uint64_t time = 0;

	TRY(note_line_check(line, COSIGNATURE_BYTES, e));
	for (int i = 0; i < TIME_BYTES; i++)
		time = time << 8 | bytes[i];
	if (!is_time(time))
		return err_set(e, ERR_DENIED, "time of a cosignature is 0 or past the year 9999");
	buf_init(&message, LIMIT_NOTE_BYTES + HEAD_BYTES_MAX);
	cosignature_put_message(&message, time, n->text);
	TRY(buf_check(&message, "cosigned checkpoint", e));
	TRY(key_verify(&k->pub, buf_str(&message), bytes + TIME_BYTES, e));
	*ret_time = time;
	return ERR_OK;
}

enum err_code cosignature_verify(const struct note *n, const struct note_key *witness_key,
	uint64_t *ret_time, struct err *e)
{
	uint64_t latest = 0;

	TRY(check_is_witness(witness_key, e));
	for (uint32_t i = 0; i < n->line_count; i++) {
		uint64_t time = 0;
		if (!note_line_is_of(&n->lines[i], witness_key))
			continue;
		TRY(verify_line(n, &n->lines[i], witness_key, &time, e));
		if (time > latest)
			latest = time;
	}
	*ret_time = latest;
	return ERR_OK;
}
