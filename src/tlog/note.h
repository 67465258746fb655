/* note.h - C2SP signed-note: text, signature lines, keys.
 *
 * Types known: 0x01 Ed25519, 0x04 Ed25519 cosignature (checkpoint.h), 0xff with our SM2 identifier
 * (doc/formats/tlog.md). Lines of unknown keys are ignored; a line whose (name, id) is known must
 * hold.
 * I1  A note that note_parse takes is its text, an empty line and its lines, byte for byte.
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
#define NOTE_KEY_ID_BYTES 4

struct note_key {
	struct str name;
	uint8_t id[NOTE_KEY_ID_BYTES];
	enum note_sig_type sig_type;
	struct key_public pub;
};

struct note_line {
	struct str name;
	uint8_t id[NOTE_KEY_ID_BYTES];
	struct str signature;      /* bytes after the key id */
	bool loose;                /* its base64 has spare bits set: takes no part in a proof */
	struct str text;           /* the line as it stands, without its newline */
};

struct note {
	struct str text;           /* signed text with its last newline */
	uint32_t line_count;
	struct note_line lines[LIMIT_NOTE_LINES];
};

/* Names: valid UTF-8, not empty, no Unicode space, nothing below U+0020, no '+'. */
bool note_name_is_valid(struct str name);
/* Computes the id. ERR_INVALID for a wrong name or type/key pairing (0x01 and 0x04 take Ed25519,
 * 0xff takes SM2); ERR_TOO_LARGE for a name over LIMIT_ID_BYTES. `name` is borrowed. */
MUST_USE enum err_code note_key_make(struct str name, enum note_sig_type type,
	const struct key_public *pub, struct note_key *ret, struct err *e);
/* "<name>+<8 hex>+<base64(type || key)>" both ways; `text` is borrowed by ret->name. at == NULL at
 * the arena's cap. */
struct str note_vkey_text(struct arena *a, const struct note_key *k);
/* ERR_INVALID; ERR_UNSUPPORTED for a well-formed key of a type not known here; ERR_TOO_LARGE. */
MUST_USE enum err_code note_vkey_parse(struct arena *a, struct str text, struct note_key *ret,
	struct err *e);
/* Structure only; no signature is checked. Views into `bytes`, signatures in the arena.
 * ERR_INVALID; ERR_TOO_LARGE over LIMIT_NOTE_BYTES or LIMIT_NOTE_LINES. */
MUST_USE enum err_code note_parse(struct arena *a, struct str bytes, struct note *ret,
	struct err *e);
/* True when the line names this key. */
bool note_line_is_of(const struct note_line *line, const struct note_key *k);
/* ERR_DENIED for a line that no key may be checked with: a loose spelling, or another length. */
MUST_USE enum err_code note_line_check(const struct note_line *line, size_t signature_len,
	struct err *e);
/* Checks the lines of exactly this key (0x01 and 0xff): *ret_found tells whether there was one.
 * ERR_DENIED when a line of the key does not hold; ERR_INVALID for a key of type 0x04, whose lines
 * do not sign the text: cosignature_verify. */
MUST_USE enum err_code note_verify(const struct note *n, const struct note_key *k, bool *ret_found,
	struct err *e);
/* Appends one signature line "— name base64(id || signature)\n", for a signature of our own. */
void note_put_line(struct buf *b, const struct note_key *k, struct str signature);
/* Signs `text` with `secret`, the other half of k, and appends its line (text and empty line are
 * the caller's; text may lie in `b`). ERR_INVALID for a key of type 0x04. */
MUST_USE enum err_code note_sign(struct buf *b, struct str text, const struct note_key *k,
	const struct key *secret, struct err *e);

#endif
