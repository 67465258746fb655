/* fsck_note.h - signed notes, checkpoints and cosignatures, read for the checker alone.
 *
 * Is:      C2SP signed-note, tlog-checkpoint and cosignature/v1 as doc/formats/tlog.md tells them.
 * Is not:  the node's own reader (tlog/note.h, tlog/checkpoint.h), on purpose.
 */
#ifndef HUREN_FSCK_FSCK_NOTE_H
#define HUREN_FSCK_FSCK_NOTE_H

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/key.h"

struct fsck_vkey {
	struct str name;
	uint8_t id[4];
	uint8_t type;              /* 0x01 Ed25519, 0x04 cosignature, 0xff SM2 line */
	struct key_public pub;
};

/* Computes the id from the rest. */
MUST_USE enum err_code fsck_vkey_make(struct arena *a, struct str name, uint8_t type,
	const struct key_public *pub, struct fsck_vkey *ret, struct err *e);
/* "<name>+<8 hex>+<base64>"; the id written must be the one computed. ERR_INVALID. */
MUST_USE enum err_code fsck_vkey_parse(struct arena *a, struct str text, struct fsck_vkey *ret,
	struct err *e);

struct fsck_line {
	struct str name;
	struct str bytes;          /* key id and signature */
};
struct fsck_checkpoint {
	struct str text;           /* what is signed */
	struct str origin;
	uint64_t size;
	struct digest root;
	uint32_t line_count;
	struct fsck_line lines[LIMIT_NOTE_LINES];
};

/* Structure only. Views into `note`; decoded signatures in the arena. ERR_INVALID. */
MUST_USE enum err_code fsck_checkpoint_parse(struct arena *a, struct str note,
	struct fsck_checkpoint *ret, struct err *e);
/* Checks each line of this key; *ret_count says how many there were. ERR_DENIED names the line. */
MUST_USE enum err_code fsck_checkpoint_verify(struct arena *a, const struct fsck_checkpoint *c,
	const struct fsck_vkey *k, uint32_t *ret_count, struct err *e);

#endif
