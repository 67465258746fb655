/* fees.h - a table of fees: its rows, prices, and what a booking would cost. Pure.
 *
 * Form:    [{"item": text, "unit": "hour" | "day" | "run", "fen": number, "conditions"?: text}]
 *          (doc/formats/listing.md). A price is typed in yuan with at most two decimals and kept in
 *          whole fen: no fraction is ever rounded but by fee_amount, upwards.
 */
#ifndef HUREN_MATCHING_FEES_H
#define HUREN_MATCHING_FEES_H

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"

/* X(NAME, word) */
#define FEE_UNIT_TABLE(X)                                                                        \
	X(HOUR, "hour")                                                                          \
	X(DAY, "day")                                                                            \
	X(RUN, "run")              /* a run of a test: how many is not known before */

enum fee_unit {
#define X(name, word) FEE_##name,
	FEE_UNIT_TABLE(X)
#undef X
	FEE_UNIT_COUNT
};

#define FEE_FEN_MAX ((uint64_t)LIMIT_FEE_YUAN * 100)

const char *fee_unit_name(enum fee_unit u);
/* "1200", "1200.5", "1200.50" to fen. ERR_INVALID: anything else: no sign, no comma, no space. */
MUST_USE enum err_code fee_price_parse(struct str s, uint64_t *ret_fen, struct err *e);
/* "1200.50"; at == NULL at the arena's cap. */
struct str fee_price_text(struct arena *a, uint64_t fen);
/* Does the value hold? NULL: yes; else the word of what is wrong ("missing", "too-many",
 * "fee-item", "fee-unit", "fee-price", "too-long", "twice", "unknown-field"). */
const char *fees_wrong(const struct json *v);

/* What a row comes to for a time of so many minutes that touches so many days. */
struct fee_amount {
	bool known;                /* not by the run, nor beyond FEE_FEN_MAX */
	uint64_t fen;              /* an hour begun counts by the minute, rounded up to whole fen */
};
struct fee_time {
	uint32_t minutes, days;
};
struct fee_amount fee_amount(enum fee_unit unit, uint64_t fen, struct fee_time time);
/* [{"item","fee_unit","price","conditions"?,"amount"?}] for a page; `time` NULL: without amounts.
 * Of a value that does not hold what was typed is shown. NULL at the arena's cap. */
struct json *fees_model(struct arena *a, const struct json *v, const struct fee_time *time);

#endif
