/* fsck_note.c - signed notes, checkpoints and cosignatures, read for the checker alone. */
#include "fsck/fsck_note.h"

#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"

#define TYPE_ED25519 0x01
#define TYPE_COSIGNATURE 0x04
#define TYPE_SM2 0xff
#define SM2_IDENTIFIER "huren/sm2-sm3/v1\n"
#define DASH "\xe2\x80\x94 "           /* U+2014 and a space */

/* What follows the name in a key id, and the bytes in a vkey: type, identifier, key. */
static enum err_code key_material(struct arena *a, uint8_t type, const struct key_public *pub,
	struct str *ret, struct err *e)
{
	SCOPED_BUF b = { 0 };

	buf_init(&b, 256);
	buf_put_char(&b, (char)type);
	if (type == TYPE_SM2)
		buf_put_text(&b, SM2_IDENTIFIER);
	buf_put(&b, pub->at, pub->len);
	TRY(buf_check(&b, "key", e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no memory left for keys");
}

enum err_code fsck_vkey_make(struct arena *a, struct str name, uint8_t type,
	const struct key_public *pub, struct fsck_vkey *ret, struct err *e)
{
	struct fsck_vkey k = { .name = name, .type = type, .pub = *pub };
	struct digest id;
	struct str material, line;

	TRY(key_material(a, type, pub, &material, e));
	line = str_printf(a, STR_FMT "\n", STR_ARG(name));
	if (!line.at)
		return err_set(e, ERR_TOO_LARGE, "no memory left for keys");
	id = digest_sha256_two(line, material);
	memcpy(k.id, id.at, sizeof(k.id));
	*ret = k;
	return ERR_OK;
}

enum err_code fsck_vkey_parse(struct arena *a, struct str text, struct fsck_vkey *ret,
	struct err *e)
{
	struct str rest = text, bytes, name = str_cut(&rest, '+'), hex = str_cut(&rest, '+');
	struct key_public pub = { .type = KEY_ED25519, .len = 32 };
	struct fsck_vkey k;
	uint8_t type, id[4];

	if (name.len == 0 || hex.len != 8 || !rest.at)
		return err_set(e, ERR_INVALID, "key text must be name, id and key joined by +");
	TRY(hex_decode(hex, id, sizeof(id), e));
	TRY(base64_decode(a, rest, &bytes, e));
	type = bytes.len > 0 ? (uint8_t)bytes.at[0] : 0;
	bytes = str_skip(bytes, 1);
	if (type == TYPE_SM2 && str_starts(bytes, SM2_IDENTIFIER)) {
		bytes = str_skip(bytes, strlen(SM2_IDENTIFIER));
		pub.type = KEY_SM2;
		pub.len = 65;
	} else if (type != TYPE_ED25519 && type != TYPE_COSIGNATURE) {
		return err_set(e, ERR_UNSUPPORTED, "key type 0x%02x is not known", type);
	}
	if (bytes.len != pub.len)
		return err_set(
			e, ERR_INVALID, "key has %zu bytes in place of %u", bytes.len, pub.len);
	memcpy(pub.at, bytes.at, bytes.len);
	TRY(fsck_vkey_make(a, name, type, &pub, &k, e));
	if (memcmp(k.id, id, sizeof(id)) != 0)
		return err_set(e, ERR_INVALID, "key id does not match the key");
	*ret = k;
	return ERR_OK;
}

/* Splits a note at its last empty line; reads the signature lines. */
static enum err_code parse_lines(struct arena *a, struct str note, struct fsck_checkpoint *c,
	struct err *e)
{
	size_t end = SIZE_MAX;
	struct str rest;

	for (size_t i = 0; i + 1 < note.len; i++)
		if (note.at[i] == '\n' && note.at[i + 1] == '\n')
			end = i + 1;
	if (end == SIZE_MAX || !str_is_utf8(note) || !str_ends(note, "\n"))
		return err_set(e, ERR_INVALID, "note has no empty line before its signatures");
	c->text = (struct str){ .at = note.at, .len = end };
	for (rest = str_skip(note, end + 1); rest.len > 0;) {
		struct str line = str_cut(&rest, '\n');
		struct fsck_line *l = &c->lines[c->line_count];

		if (c->line_count == LIMIT_NOTE_LINES)
			return err_set(e, ERR_TOO_LARGE, "note has too many signature lines");
		if (!str_starts(line, DASH))
			return err_set(e, ERR_INVALID, "note has a line that is no signature");
		line = str_skip(line, strlen(DASH));
		l->name = str_cut(&line, ' ');
		TRY(base64_decode_loose(a, line, &l->bytes, e)); /* a key not known may be sloppy */
		if (l->name.len == 0 || l->bytes.len < 5)
			return err_set(e, ERR_INVALID, "signature line is too short");
		c->line_count++;
	}
	return ERR_OK;
}

enum err_code fsck_checkpoint_parse(struct arena *a, struct str note, struct fsck_checkpoint *ret,
	struct err *e)
{
	struct fsck_checkpoint c = { 0 };
	struct str rest, root;

	TRY(parse_lines(a, note, &c, e));
	rest = c.text;
	c.origin = str_cut(&rest, '\n');
	if (c.origin.len == 0)
		return err_set(e, ERR_INVALID, "checkpoint has no origin");
	TRY(str_parse_u64(str_cut(&rest, '\n'), &c.size, e));
	TRY(base64_decode(a, str_cut(&rest, '\n'), &root, e));
	if (root.len != DIGEST_BYTES)
		return err_set(e, ERR_INVALID, "root hash has %zu bytes", root.len);
	memcpy(c.root.at, root.at, DIGEST_BYTES);
	*ret = c;
	return ERR_OK;
}

/* One line of a key whose name and id it carries. */
static enum err_code verify_line(struct arena *a, const struct fsck_checkpoint *c,
	const struct fsck_vkey *k, struct str signature, struct err *e)
{
	struct str message = c->text;
	uint64_t time = 0;

	if (k->type == TYPE_COSIGNATURE) {
		if (signature.len != 8 + KEY_SIGNATURE_BYTES)
			return err_set(e, ERR_DENIED, "cosignature has %zu bytes", signature.len);
		for (int i = 0; i < 8; i++)
			time = time << 8 | (uint8_t)signature.at[i];
		signature = str_skip(signature, 8);
		message = str_printf(a, "cosignature/v1\ntime %llu\n" STR_FMT,
			(unsigned long long)time, STR_ARG(c->text));
		if (!message.at)
			return err_set(e, ERR_TOO_LARGE, "no memory left for a cosignature");
	}
	if (signature.len != KEY_SIGNATURE_BYTES)
		return err_set(e, ERR_DENIED, "signature has %zu bytes", signature.len);
	return key_verify(&k->pub, message, (const uint8_t *)signature.at, e);
}

enum err_code fsck_checkpoint_verify(struct arena *a, const struct fsck_checkpoint *c,
	const struct fsck_vkey *k, uint32_t *ret_count, struct err *e)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->line_count; i++) {
		const struct fsck_line *l = &c->lines[i];

		if (!str_eq(l->name, k->name) || memcmp(l->bytes.at, k->id, sizeof(k->id)) != 0)
			continue;
		if (verify_line(a, c, k, str_skip(l->bytes, sizeof(k->id)), e) != ERR_OK)
			return err_in(e, "line %u by \"" STR_FMT "\"", i + 1, STR_ARG(l->name));
		count++;
	}
	*ret_count = count;
	return ERR_OK;
}
