/* policy.h - C2SP tlog-policy: which logs and which quorum of witnesses a verifier trusts. */
#ifndef HUREN_TLOG_POLICY_H
#define HUREN_TLOG_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "tlog/checkpoint.h"

struct policy_log { struct note_key key; struct str url; };

struct policy_member {             /* a witness, or a group over earlier members */
	struct str name;
	bool is_group;
	struct note_key key;       /* witness */
	struct str url;
	uint32_t threshold;        /* group: how many of its members */
	uint32_t member_count;
	uint32_t members[LIMIT_POLICY_ENTRIES];
	bool has_parent;
};

struct policy {
	uint32_t log_count;
	struct policy_log logs[LIMIT_POLICY_ENTRIES];
	uint32_t member_count;
	struct policy_member members[LIMIT_POLICY_ENTRIES];
	bool quorum_none;
	uint32_t quorum;           /* index into members */
};

/* Views into `text`. ERR_INVALID with the line. */
MUST_USE enum err_code policy_parse(struct arena *a, struct str text, struct policy **ret,
	struct err *e);
/* The log whose key name equals the origin, or NULL. */
const struct policy_log *policy_find_log(const struct policy *p, struct str origin);
/* Tells how many witnesses cosigned and whether the quorum is met. A known witness's line that does
 * not hold: ERR_DENIED. *ret_time: the latest cosignature's time that counted, 0 if none. */
MUST_USE enum err_code policy_check(const struct policy *p, const struct note *n, bool *ret_met,
	uint32_t *ret_witnesses, uint64_t *ret_time, struct err *e);

#endif
