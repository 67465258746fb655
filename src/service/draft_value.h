/* draft_value.h - the text forms of a draft's values, one kind each. For draft_form.c. Pure. */
#ifndef HUREN_SERVICE_DRAFT_VALUE_H
#define HUREN_SERVICE_DRAFT_VALUE_H

#include "service/draft_form.h"

struct draft_value {
	struct json *json;
	const char *wrong;         /* a word of the list "wrong", when it is refused */
	size_t line;               /* from 1; 0 for a value of one line */
};
/* Empty for a missing value. In the arena, or a view of the value. */
struct str draft_value_text(struct arena *a, enum draft_kind kind, const struct json *v);
/* `typed` is not empty, without CR, trimmed. False: ret->wrong says why. Not for DRAFT_ITEM,
 * DRAFT_SCHEME and DRAFT_DID, which need more than the text. */
bool draft_value_parse(struct arena *a, const struct draft_field *f, const struct rules *rules,
	struct str typed, struct draft_value *ret);

#endif
