/* mapping.h - which channel of a file is which signal of a scheme, and how text files are laid out.
 *
 * Is:      a typed view of a mapping document (rules/schema/mapping.json, doc/formats/mapping.md).
 *          Never guessed: units are stated and must agree with the file's own header.
 * Is not:  a place for factors: conversions follow from units alone.
 * Life:    lives in the arena given; borrows from the JSON.
 */
#ifndef HUREN_EVIDENCE_MAPPING_H
#define HUREN_EVIDENCE_MAPPING_H

#include "base/json.h"
#include "crypto/digest.h"
#include "evidence/unit.h"

enum mapping_layout { LAYOUT_AUTO, LAYOUT_PLAIN, LAYOUT_VBO, LAYOUT_ESMINI };

/* How to read a text file. Rows are 1-based, 0 = none. All zero: told by the content. */
struct mapping_text {
	enum mapping_layout layout;
	char delimiter;            /* ',', ';', '\t', ' '; 0 = told by consistent counts */
	char decimal;              /* '.' or ','; 0 = told by the first rows */
	uint32_t header_row, units_row, first_data_row;
	struct str time_channel;   /* name of the time column; empty: told by its name and unit */
	struct str time_unit;
};

struct mapping_signal {
	struct str signal;         /* word the scheme uses: "ego_speed" */
	struct str group;          /* empty: the channel's name is unique in the file */
	struct str channel;        /* as the file spells it; for CAN "message.signal" of the DBC;
	                              for OSI "object.<id>.x", "host.speed" ... */
	struct str unit;           /* stated; the file's own unit must agree when it gives one;
	                              empty for flags and texts */
	struct str accuracy;       /* decimal in `unit`, as the instrument's certificate says */
	int64_t delay_ns;          /* known latency, subtracted from times; 0 = none */
};

struct mapping {
	struct str id;
	struct mapping_text text;
	struct str dbc;            /* bytes of the DBC file, set by the caller; empty = none */
	struct str dbc_name;       /* file the mapping names */
	struct digest dbc_digest;  /* it states */
	uint32_t signal_count;
	const struct mapping_signal *signals;
	struct digest digest;      /* SHA-256 of the document's RFC 8785 form */
	const struct json *doc;
};

/* Checks all that the schema cannot: units, one channel a signal, rows in order. ERR_INVALID names
 * the member; ERR_TOO_LARGE. */
MUST_USE enum err_code mapping_parse(struct arena *a, const struct json *doc, struct mapping *ret,
	struct err *e);
/* Row of the signal, or NULL. */
const struct mapping_signal *mapping_signal(const struct mapping *m, struct str signal);
/* Sets the DBC's bytes. ERR_INVALID: the mapping names none, or these bytes have another digest
 * than it states. The bytes must live as long as the mapping is used. */
MUST_USE enum err_code mapping_set_dbc(struct mapping *m, struct str bytes, struct err *e);

#endif
