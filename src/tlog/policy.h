/* policy.h - C2SP tlog-policy: which logs and which quorum of witnesses a verifier trusts.
 *
 * I1  A group's members stand before it, and each is member of at most one group: one pass over
 *     `members` decides a quorum, and no witness counts twice.
 */
#ifndef HUREN_TLOG_POLICY_H
#define HUREN_TLOG_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "tlog/checkpoint.h"

struct policy_log {
	struct note_key key;       /* type 0x01 or SM2; its name is the origin */
	struct str url;            /* or empty */
};

struct policy_member {             /* a witness, or a group over earlier members */
	struct str name;
	bool is_group;
	struct note_key key;       /* witness: type 0x04 */
	struct str url;            /* witness: or empty */
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

/* Views into `text`; the policy in the arena. ERR_INVALID or ERR_UNSUPPORTED (a key of a type
 * not known here) with the line; ERR_TOO_LARGE over LIMIT_POLICY_ENTRIES logs, or witnesses and
 * groups. */
MUST_USE enum err_code policy_parse(struct arena *a, struct str text, struct policy **ret,
	struct err *e);
/* The first log whose key name equals the origin, or NULL. */
const struct policy_log *policy_find_log(const struct policy *p, struct str origin);
/* As checkpoint_open, with the keys of the policy that have the origin as name: at least one
 * must have signed, and no line of one may fail. ERR_DENIED. */
MUST_USE enum err_code policy_open_checkpoint(const struct policy *p, struct arena *a,
	struct str note_bytes, struct note *ret_note, struct checkpoint *ret, struct err *e);
/* Tells how many witnesses of the policy cosigned and whether the quorum is met. A known witness's
 * line that does not hold: ERR_DENIED. *ret_time: the latest time among those cosignatures, 0 if
 * none. */
MUST_USE enum err_code policy_check(const struct policy *p, const struct note *n, bool *ret_met,
	uint32_t *ret_witnesses, uint64_t *ret_time, struct err *e);

#endif
