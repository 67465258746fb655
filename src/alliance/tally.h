/* tally.h - what the tallies of all nodes come to: a pure function, the same for everyone.
 *
 * In:      the motion and the tally of each node that has voters of it.
 * Out:     counts, and the result once no tally is missing. No clock: before closing there are no
 *          tallies, so the vote is open.
 * Rules:   a ballot counts that is of a voter of this motion, in the tally of that voter's own
 *          node, and was cast from `opens` on and before `closes`. Quorum: of all voters, by all
 *          that voted, abstentions too. Majority: of yes and no, abstentions do not count.
 */
#ifndef HUREN_ALLIANCE_TALLY_H
#define HUREN_ALLIANCE_TALLY_H

#include "alliance/record.h"

enum vote_result { VOTE_OPEN, VOTE_CARRIED, VOTE_REJECTED, VOTE_TIED, VOTE_NO_QUORUM,
	VOTE_RESULT_COUNT };
const char *vote_result_name(enum vote_result r);

struct tally_of {
	struct str node;           /* DID that issued it */
	const struct tally *tally;
};
struct vote_count {
	uint32_t voters, voted, of[CHOICE_COUNT];
	uint32_t nodes, missing;   /* that have voters; whose tally is not here */
	bool quorum, majority;
	enum vote_result result;
};
/* At most one tally a node counts: the first. Whoever calls gives the tallies of a node in the
 * order of its tlog, and only those of this motion's digest. */
struct vote_count vote_count(const struct motion *m, const struct tally_of *tallies, size_t count);
/* The ballot of a voter that counts, or NULL. */
const struct ballot *vote_of(const struct motion *m, const struct voter *v,
	const struct tally_of *tallies, size_t count);

#endif
