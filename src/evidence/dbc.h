/* dbc.h - which signals the frames of a CAN bus carry: DBC files.
 *
 * Is:      messages, signals with multiplexing, byte order, sign, factor and offset, unit, tables
 *          of values, float signals. doc/formats/can.md says which statements are read.
 * Is not:  a decoder (can.h). Comments, attributes, nodes and environment variables are passed
 *          over.
 * Life:    lives in the arena given; names may borrow from the text, which must live as long.
 */
#ifndef HUREN_EVIDENCE_DBC_H
#define HUREN_EVIDENCE_DBC_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define DBC_NONE UINT32_MAX
#define DBC_FRAME_BYTES 64     /* of CAN FD */
#define DBC_MULTIPLEX_DEPTH 8  /* multiplexors that depend on each other */
#define DBC_RANGES 16          /* of a multiplexed signal */

enum dbc_number { DBC_UNSIGNED, DBC_SIGNED, DBC_FLOAT, DBC_DOUBLE };

struct dbc_label {
	int64_t value;             /* raw; of 64 unsigned bits as the same bits */
	uint32_t order;            /* as written */
	struct str text;
};
struct dbc_range { uint64_t from, to; };

struct dbc_signal {
	struct str name, unit;     /* valid UTF-8 */
	uint32_t message;          /* index */
	uint16_t start, length;    /* bits, as written */
	bool big_endian;           /* Motorola: `start` is the bit of the highest value */
	enum dbc_number number;
	double factor, offset;
	bool multiplexor;          /* others depend on its raw value */
	/* A multiplexed one is there when the raw value of signal `parent` lies in a range. */
	uint32_t parent;           /* index, or DBC_NONE */
	uint32_t range_count;
	struct dbc_range *ranges;
	uint32_t label_count;
	struct dbc_label *labels;  /* by value; of equal ones the first written stands first */
	const char *broken;        /* why it cannot be decoded, or NULL */
	uint32_t next;             /* of the message, or DBC_NONE */
};
struct dbc_message {
	uint32_t id;               /* without the bit that tells extended ones */
	bool extended;
	struct str name;
	uint16_t length;           /* bytes, as written */
	uint32_t first, last;      /* signals */
};
struct dbc {
	uint32_t message_count, signal_count;
	struct dbc_message *messages;    /* in the order written */
	struct dbc_signal *signals;
	uint32_t *slots;           /* hash of identifier -> index + 1 */
	uint32_t slot_mask;
};

/* ERR_INVALID with line and column; ERR_TOO_LARGE: a limit, or the arena. */
MUST_USE enum err_code dbc_parse(struct arena *a, struct str text, struct dbc *ret, struct err *e);
/* NULL when the file does not describe it. */
const struct dbc_message *dbc_message(const struct dbc *d, uint32_t id, bool extended);

#endif
