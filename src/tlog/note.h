/* note.h - C2SP signed-note: text, signature lines, keys.
 *
 * Types known: 0x01 Ed25519, 0x04 Ed25519 cosignature (cosignature.h), 0xff with our SM2 identifier
 * (doc/formats/tlog.md). Lines of unknown keys are ignored; a line whose (name, id) is known must hold.
 */
#ifndef HUREN_TLOG_NOTE_H
#define HUREN_TLOG_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "crypto/key.h"

enum note_sig_type {
	NOTE_ED25519 = 0x01,
	NOTE_COSIGNATURE = 0x04,
	NOTE_OWN = 0xff,
};
/* What follows the 0xff byte in key id and vkey of an SM2 line. */
#define NOTE_SM2_IDENTIFIER "huren/sm2-sm3/v1\n"

struct note_key {
	struct str name;
	uint8_t id[4];
	enum note_sig_type sig_type;
	struct key_public pub;
};

struct note_line {
	struct str name;
	uint8_t id[4];
	struct str signature;      /* bytes after the key id */
	struct str text;           /* the line as it stands, without its newline */
};

struct note {
	struct str text;           /* signed text with its last newline */
	uint32_t line_count;
	struct note_line lines[LIMIT_NOTE_LINES];
};

/* Names: not empty, no Unicode space, no '+'. */
bool note_name_is_valid(struct str name);
/* Computes the id. ERR_INVALID for a wrong name or type/key pairing. `name` is borrowed. */
MUST_USE enum err_code note_key_make(struct str name, enum note_sig_type type,
	const struct key_public *pub, struct note_key *ret, struct err *e);
/* "<name>+<8 hex>+<base64(type || key)>" both ways; `text` is borrowed by ret->name. */
struct str note_vkey_text(struct arena *a, const struct note_key *k);
MUST_USE enum err_code note_vkey_parse(struct arena *a, struct str text, struct note_key *ret,
	struct err *e);
/* Structure only; no signature is checked. Views into `bytes`, signatures in the arena. */
MUST_USE enum err_code note_parse(struct arena *a, struct str bytes, struct note *ret,
	struct err *e);
/* Checks the lines of exactly this key (0x01 and 0xff): *ret_found tells whether there was one.
 * ERR_DENIED when a line of the key does not hold. Cosignatures: cosignature_verify. */
MUST_USE enum err_code note_verify(const struct note *n, const struct note_key *k, bool *ret_found,
	struct err *e);
/* Appends one signature line "— name base64(id || signature)\n". */
void note_put_line(struct buf *b, const struct note_key *k, struct str signature);
/* Signs `text` with `secret` and appends its line (text and empty line are the caller's). */
MUST_USE enum err_code note_sign(struct buf *b, struct str text, const struct note_key *k,
	const struct key *secret, struct err *e);

#endif
