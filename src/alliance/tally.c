/* tally.c - counting. */
#include "alliance/tally.h"

#include "base/limits.h"

static const char *const result_names[VOTE_RESULT_COUNT] = { "open", "carried", "rejected", "tied",
	"no-quorum" };

const char *vote_result_name(enum vote_result r)
{
	CHECK((unsigned)r < VOTE_RESULT_COUNT);
	return result_names[r];
}

static const struct tally *of_node(struct str node, const struct tally_of *tallies, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(tallies[i].node, node))
			return tallies[i].tally;
	}
	return NULL;
}

/* Sorted by code. */
static const struct ballot *find_ballot(const struct tally *t, struct str code)
{
	uint32_t low = 0, high = t->ballot_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = str_cmp(t->ballots[middle].code, code);
		if (order == 0)
			return &t->ballots[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct ballot *vote_of(const struct motion *m, const struct voter *v,
	const struct tally_of *tallies, size_t count)
{
	const struct tally *t = of_node(v->node, tallies, count);
	const struct ballot *b = t ? find_ballot(t, v->code) : NULL;

	return b && b->time >= m->opens && b->time < m->closes ? b : NULL;
}

static bool is_among(struct str node, const struct str *nodes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (str_eq(nodes[i], node))
			return true;
	}
	return false;
}

static enum vote_result result_of(const struct vote_count *c)
{
	if (c->missing > 0)
		return VOTE_OPEN;
	if (!c->quorum)
		return VOTE_NO_QUORUM;
	if (c->majority)
		return VOTE_CARRIED;
	return c->of[CHOICE_YES] > 0 && c->of[CHOICE_YES] == c->of[CHOICE_NO] ? VOTE_TIED
		: VOTE_REJECTED;
}

struct vote_count vote_count(const struct motion *m, const struct tally_of *tallies, size_t count)
{
	struct vote_count c = { .voters = m->voter_count };
	struct str nodes[LIMIT_ALLIANCE_NODES];

	for (uint32_t i = 0; i < m->voter_count; i++) {
		const struct voter *v = &m->voters[i];
		const struct ballot *b = vote_of(m, v, tallies, count);
		if (b) {
			c.voted++;
			c.of[b->choice]++;
		}
		if (is_among(v->node, nodes, c.nodes))
			continue;
		CHECK(c.nodes < LIMIT_ALLIANCE_NODES); /* alliance_record_parse saw to it */
		nodes[c.nodes++] = v->node;
		c.missing += of_node(v->node, tallies, count) == NULL;
	}
	c.quorum = share_is_met(&m->quorum, c.voted, c.voters);
	c.majority = share_is_met(&m->majority, c.of[CHOICE_YES], c.of[CHOICE_YES] +
		c.of[CHOICE_NO]);
	c.result = result_of(&c);
	return c;
}
