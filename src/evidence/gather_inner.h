/* gather_inner.h - the notes both sinks collect. */
#ifndef HUREN_EVIDENCE_GATHER_INNER_H
#define HUREN_EVIDENCE_GATHER_INNER_H

#include "evidence/gather.h"

struct note_row {
	struct evidence_note note;
	struct note_row *next;
};
struct note_list {
	struct arena *a;
	struct note_row *first, *last;
	uint32_t count;
	uint64_t left_out;         /* past LIMIT_EVIDENCE_NOTES they are counted only */
};

/* Adds one unless it is there; texts are copied. ERR_TOO_LARGE: arena. */
MUST_USE enum err_code note_list_add(struct note_list *list, enum note_code code, struct str where,
	struct str text, struct err *e);
MUST_USE enum err_code note_list_add_all(struct note_list *list, const struct evidence_note *notes,
	uint32_t count, struct err *e);
MUST_USE enum err_code note_list_array(const struct note_list *list,
	const struct evidence_note **ret, uint32_t *ret_count, struct err *e);

#endif
