/* wire_inner.h - the rows of an answer, as both of its ends lay them out. */
#ifndef HUREN_EVIDENCE_WIRE_INNER_H
#define HUREN_EVIDENCE_WIRE_INNER_H

#include "evidence/wire.h"

#define WIRE_MAGIC UINT64_C(0x31414e4552554831) /* any eight bytes that zeroed memory is not */

enum wire_kind { WIRE_LISTING = 1, WIRE_TABLE, WIRE_SUMS };
enum wire_part_index {
	PART_GROUPS,               /* listing and sums: groups; table: axes */
	PART_CHANNELS,
	PART_LABELS,
	PART_NOTES,
	PART_GROUP_SUMS,
	PART_CHANNEL_SUMS,
	PART_COUNT
};

struct wire_text { uint64_t at; uint64_t len; };
struct wire_part { uint64_t at; uint64_t count; };

struct wire_head {
	uint64_t magic, size;
	uint64_t kind;
	int64_t start_ns;
	struct wire_text format;
	struct wire_part parts[PART_COUNT];
};

struct wire_axis_row { uint64_t count, times_at; };
struct wire_channel_row {
	struct wire_text name, group, unit, why_not;
	uint64_t values_at;        /* table */
	uint32_t kind;
	uint32_t index;            /* axis, or group of a listing */
	uint32_t label_first, label_count;
	uint32_t readable, zero;
};
struct wire_group_row {
	struct wire_text name;
	uint64_t rows;
	uint32_t rows_known, has_time;
};
struct wire_note_row {
	struct wire_text where, text;
	uint64_t code;
};
struct wire_group_sum_row { uint64_t rows; int64_t first_ns, last_ns, gap_ns; uint64_t backwards; };
struct wire_channel_sum_row { uint64_t count, missing; double min, max, sum; };

#endif
