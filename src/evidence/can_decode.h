/* can_decode.h - frames to rows of signals, whoever read the frames.
 *
 * Is:      the model that a DBC file makes of a bus: a group for each message, and one more for
 *          each choice of a multiplexor in it, so that a signal that is not always sent has a time
 *          axis of its own. Counting frames for a listing, decoding them for a sink.
 * Life:    can_model_new -> can_count* -> can_listing, or can_model_new -> can_decoder_new ->
 *          can_decode* -> can_decoder_end. Lives in the arena given.
 */
#ifndef HUREN_EVIDENCE_CAN_DECODE_H
#define HUREN_EVIDENCE_CAN_DECODE_H

#include "evidence/can_frame.h"
#include "evidence/dbc.h"
#include "evidence/evidence.h"

struct listing_draft;          /* reader_inner.h */

/* The raw value of a signal; false when the frame is too short. Integers are sign-extended. */
bool can_raw(const struct dbc_signal *s, const uint8_t *bytes, uint32_t length, uint64_t *ret);
/* The physical value, NaN when a float is none. *ret_exact: a double carries the integer. */
double can_value(const struct dbc_signal *s, uint64_t raw, bool *ret_exact);
/* True when the values of the signal are names of states, not numbers with some names among. */
bool can_is_state(const struct dbc_signal *s);
/* The name of a raw value, or NULL. */
const struct dbc_label *can_label(const struct dbc_signal *s, uint64_t raw);

struct can_group {
	uint32_t message;
	struct str name;           /* unique */
	uint32_t sample;           /* a multiplexed signal that tells the choice, or DBC_NONE */
	uint32_t next;             /* of the message, or DBC_NONE */
	uint64_t rows;             /* counted */
};
struct can_model {
	struct arena *a;
	struct dbc dbc;
	uint32_t group_count;
	struct can_group *groups;
	uint32_t *first;           /* message -> its first group */
	uint32_t *group_of;        /* signal -> group */
	uint32_t *buses;           /* message -> bus it was first seen on, or UINT32_MAX */
	uint64_t unknown, other_bus;
};
MUST_USE enum err_code can_model_new(struct arena *a, struct str dbc, struct can_model *ret,
	struct err *e);
void can_count(struct can_model *m, const struct can_frame *frame);
/* Groups, channels and notes of the messages that were seen. */
MUST_USE enum err_code can_listing(const struct can_model *m, struct listing_draft *d,
	struct err *e);

struct can_decoder;
MUST_USE enum err_code can_decoder_new(struct can_model *m, const struct evidence_listing *listing,
	const uint32_t *wanted, uint32_t wanted_count, const struct evidence_sink *sink,
	struct can_decoder **ret, struct err *e);
MUST_USE enum err_code can_decode(struct can_decoder *d, const struct can_frame *frame,
	struct err *e);
/* Hands over the last rows and notes. */
MUST_USE enum err_code can_decoder_end(struct can_decoder *d, struct err *e);

#endif
