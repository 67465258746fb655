/* deal_fold.c - see deal_fold.h. */
#include "service/deal_fold.h"

#define IN(name) (1u << DEAL_IN_##name)
#define BOTH (1u << DEAL_SEEKER | 1u << DEAL_OWNER)
#define ALWAYS ((1u << DEAL_STATE_COUNT) - 1)
#define AGREED (IN(CONTACT) | IN(NEGOTIATION) | IN(SIGNED) | IN(UNSUCCESSFUL))
#define STAYS DEAL_STATE_COUNT

static const struct {
	const char *word;
	unsigned sides, states;
	enum deal_state to;
} acts[] = {
	{ "accept", 1u << DEAL_OWNER, IN(INTEREST), DEAL_IN_CONTACT },
	{ "decline", 1u << DEAL_OWNER, IN(INTEREST), DEAL_IN_DECLINED },
	{ "call-off", 1u << DEAL_SEEKER, IN(INTEREST), DEAL_IN_CALLED_OFF },
	{ "person", BOTH, AGREED, STAYS },
	{ "note", BOTH, AGREED, STAYS },
	{ "negotiate", BOTH, IN(CONTACT), DEAL_IN_NEGOTIATION },
	{ "sign", BOTH, IN(CONTACT) | IN(NEGOTIATION), DEAL_IN_SIGNED },
	{ "fail", BOTH, IN(CONTACT) | IN(NEGOTIATION), DEAL_IN_UNSUCCESSFUL },
	{ "follow-up", BOTH, IN(SIGNED), STAYS },
	{ "erase", BOTH, ALWAYS, STAYS },
};
#define ACT_COUNT (sizeof(acts) / sizeof(acts[0]))

const char *deal_state_name(enum deal_state state)
{
	static const char *const names[] = {
#define X(name, word) word,
		DEAL_STATES(X)
#undef X
	};
	return names[state];
}

static size_t find(struct str word)
{
	size_t i = 0;

	while (i < ACT_COUNT && !str_is(word, acts[i].word))
		i++;
	return i;
}

bool deal_word_known(struct str word)
{
	return str_is(word, "interest") || find(word) < ACT_COUNT;
}

int64_t deal_number_most(struct str word)
{
	return str_is(word, "erase") ? DEAL_EVENTS_MOST : LIMIT_DEAL_EVENTS;
}

bool deal_may(enum deal_state state, enum deal_side side, struct str word)
{
	size_t i = find(word);

	return i < ACT_COUNT && acts[i].sides >> side & 1 && acts[i].states >> state & 1;
}

static unsigned reach(enum deal_state state)
{
	return state == DEAL_IN_SIGNED ? 4 : state == DEAL_IN_NEGOTIATION ? 3
		: state == DEAL_IN_CONTACT ? 2 : 1;
}

struct deal_standing deal_fold(const struct deal_event *events, size_t count, bool *ret_void)
{
	struct deal_standing s = { DEAL_IN_INTEREST, 1, SIZE_MAX, 0 };

	for (size_t i = 0; i < count; i++) {
		const struct deal_event *x = &events[i];
		bool may = str_is(x->word, "interest") ? x->side == DEAL_SEEKER && x->number == 1
			: deal_may(s.state, x->side, x->word);
		size_t act = find(x->word);
		if (ret_void)
			ret_void[i] = !may;
		if (may && str_is(x->word, "follow-up"))
			s.followed++;
		if (!may || act == ACT_COUNT || acts[act].to == STAYS)
			continue;
		s.state = acts[act].to;
		if (reach(s.state) > s.reached)
			s.reached = reach(s.state);
		if (s.state >= DEAL_IN_SIGNED)
			s.closing = i;
	}
	return s;
}
