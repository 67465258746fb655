/* fuzz_alliance.c - any JSON as the subject of a statement of the alliance.
 *
 * Invariants: what is read stays inside its bounds and order; built again it is read to the same
 *             bytes; counting any tally over any motion never counts more than there are voters.
 */
#include <stdlib.h>

#include "alliance/tally.h"
#include "base/limits.h"
#include "base/scoped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(const struct alliance_record *r)
{
	struct ballot ballot = { .choice = CHOICE_NO };
	struct tally tally = { .ballot_count = 1, .ballots = &ballot };
	struct tally_of all = { .tally = &tally };
	struct vote_count c = vote_count(&r->motion, NULL, 0);

	if (c.voted != 0 || c.missing != c.nodes || c.result != VOTE_OPEN)
		abort();
	ballot.code = r->motion.voters[0].code;
	ballot.time = r->motion.opens;
	all.node = r->motion.voters[0].node;
	c = vote_count(&r->motion, &all, 1);
	if (c.voted != 1 || c.of[CHOICE_NO] != 1 || c.missing + 1 != c.nodes)
		abort();
}

static void check(const struct alliance_record *r)
{
	if (r->motion.voter_count > LIMIT_ALLIANCE_MEMBERS ||
		r->tally.ballot_count > LIMIT_ALLIANCE_MEMBERS ||
		r->present_count > LIMIT_ALLIANCE_MEMBERS ||
		r->agenda_count > LIMIT_ALLIANCE_POINTS || r->point_count > LIMIT_ALLIANCE_POINTS)
		abort();
	for (uint32_t i = 1; i < r->motion.voter_count; i++)
		if (str_cmp(r->motion.voters[i - 1].code, r->motion.voters[i].code) >= 0)
			abort();
	for (uint32_t i = 1; i < r->tally.ballot_count; i++)
		if (str_cmp(r->tally.ballots[i - 1].code, r->tally.ballots[i].code) >= 0)
			abort();
	if (r->kind == RECORD_MOTION)
		count(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a;
	struct alliance_record r, again;
	struct str one, two;
	struct json *v;
	struct err e;

	arena_init(&a, 64 << 20);
	if (json_parse(&a, (struct str){ (const char *)data, size }, &v, &e) != ERR_OK ||
		alliance_record_parse(&a, v, &r, &e) != ERR_OK)
		return 0;
	check(&r);
	if (json_jcs(&a, alliance_record_subject(&a, &r), &one, &e) != ERR_OK ||
		json_parse(&a, one, &v, &e) != ERR_OK ||
		alliance_record_parse(&a, v, &again, &e) != ERR_OK ||
		json_jcs(&a, alliance_record_subject(&a, &again), &two, &e) != ERR_OK)
		abort();
	if (!str_eq(one, two))
		abort();
	return 0;
}
