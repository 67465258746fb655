/* test_alliance.c - charters, records as statements carry them, and counting votes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alliance/charter.h"
#include "alliance/record.h"
#include "alliance/tally.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/scoped.h"

/* ---- counting -------------------------------------------------------------------------------- */

#define OPENS 1000
#define CLOSES 2000

/* Voters of nodes A and B: "AAB" is three. Votes: 'y', 'n', 'a', '-' none, 'e' too early, 'l' too
 * late. */
struct vote {
	struct share quorum, majority;
	const char *nodes, *votes;
	bool no_tally_of_b;
};
static const struct share half = { 1, 2, false }, more_than_half = { 1, 2, true },
	two_thirds = { 2, 3, false };

static struct vote_count counted(const struct vote *x)
{
	static char codes[LIMIT_ALLIANCE_MEMBERS][16];
	static struct voter voters[LIMIT_ALLIANCE_MEMBERS];
	static struct ballot ballots[2][LIMIT_ALLIANCE_MEMBERS];
	struct tally tallies[2] = { { .ballots = ballots[0] }, { .ballots = ballots[1] } };
	struct tally_of all[] = { { STR("A"), &tallies[0] }, { STR("B"), &tallies[1] } };
	struct motion m = { .opens = OPENS, .closes = CLOSES, .quorum = x->quorum,
		.majority = x->majority, .voter_count = (uint32_t)strlen(x->nodes),
		.voters = voters };

	for (uint32_t i = 0; i < m.voter_count; i++) {
		struct tally *t = &tallies[x->nodes[i] == 'B'];
		char c = x->votes[i];
		(void)snprintf(codes[i], sizeof(codes[i]), "c%03u", i);
		voters[i] = (struct voter){ .code = str_of(codes[i]),
			.node = x->nodes[i] == 'B' ? STR("B") : STR("A") };
		if (c == '-')
			continue;
		((struct ballot *)(uintptr_t)t->ballots)[t->ballot_count++] = (struct ballot){
			.code = str_of(codes[i]),
			.choice = c == 'n' ? CHOICE_NO : c == 'a' ? CHOICE_ABSTAIN : CHOICE_YES,
			.time = c == 'e' ? OPENS - 1 : c == 'l' ? CLOSES : OPENS };
	}
	return vote_count(&m, all, x->no_tally_of_b ? 1 : 2);
}

static void vote_results_follow_quorum_and_majority(void **state)
{
	const struct { struct vote vote; enum vote_result result; } cases[] = {
		{ { half, more_than_half, "AABB", "yy--", false }, VOTE_CARRIED }, /* exactly met */
		{ { half, more_than_half, "AABBB", "yy---", false }, VOTE_NO_QUORUM },
		{ { more_than_half, more_than_half, "AABB", "yy--", false }, VOTE_NO_QUORUM },
		{ { half, more_than_half, "AABB", "yn--", false }, VOTE_TIED },
		{ { half, more_than_half, "AABB", "yyna", false }, VOTE_CARRIED },
		{ { half, more_than_half, "AABB", "ynna", false }, VOTE_REJECTED },
		{ { half, half, "AABB", "yn--", false }, VOTE_CARRIED }, /* as the charter says */
		{ { half, more_than_half, "AABB", "aaaa", false }, VOTE_REJECTED },
		{ { half, two_thirds, "AABB", "aaaa", false }, VOTE_REJECTED }, /* not 0 of 0 */
		{ { half, more_than_half, "AABB", "yaaa", false }, VOTE_CARRIED },
		{ { half, two_thirds, "AAB", "yyn", false }, VOTE_CARRIED }, /* just so */
		{ { half, two_thirds, "AABBB", "yyynn", false }, VOTE_REJECTED },
		{ { half, two_thirds, "AABB", "nnyy", false }, VOTE_TIED },
		{ { half, more_than_half, "AABB", "----", false }, VOTE_NO_QUORUM },
		{ { half, more_than_half, "", "", false }, VOTE_NO_QUORUM },
		{ { half, more_than_half, "AABB", "yl--", false }, VOTE_NO_QUORUM }, /* too late */
		{ { half, more_than_half, "AABB", "ye--", false }, VOTE_NO_QUORUM },
		{ { half, more_than_half, "AABB", "yyy-", true }, VOTE_OPEN },
		{ { half, more_than_half, "AA", "yy", true }, VOTE_CARRIED }, /* B has no voter */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vote_count c = counted(&cases[i].vote);
		if (c.result != cases[i].result)
			fail_msg("%s %s: %s", cases[i].vote.nodes, cases[i].vote.votes,
				vote_result_name(c.result));
		assert_int_equal(c.voted, c.of[0] + c.of[1] + c.of[2]);
	}
}

static void vote_needs_the_tally_of_each_node_with_voters(void **state)
{
	struct vote x = { half, more_than_half, "AABB", "yyyy", true };
	struct vote_count c = counted(&x);

	(void)state;
	assert_int_equal(c.nodes, 2);
	assert_int_equal(c.missing, 1);
	assert_int_equal(c.voted, 2);
	x.no_tally_of_b = false;
	c = counted(&x);
	assert_int_equal(c.missing, 0);
	assert_int_equal(c.voted, 4);
	assert_int_equal(c.result, VOTE_CARRIED);
}

/* An organisation that is a member in both cities votes where the motion says, once. */
static void vote_counts_a_ballot_of_the_voters_own_node_only(void **state)
{
	struct voter voters[] = { { .code = STR("c1"), .node = STR("A") },
		{ .code = STR("c2"), .node = STR("B") } };
	struct ballot yes[] = { { STR("c1"), CHOICE_YES, OPENS }, { STR("c2"), CHOICE_YES, OPENS },
		{ STR("c9"), CHOICE_YES, OPENS } };
	struct ballot no[] = { { STR("c1"), CHOICE_NO, OPENS }, { STR("c2"), CHOICE_NO, OPENS } };
	struct tally a = { .ballot_count = 3, .ballots = yes }, b = { .ballot_count = 2,
		.ballots = no };
	struct tally_of all[] = { { STR("A"), &a }, { STR("B"), &b }, { STR("B"), &a } };
	struct motion m = { .opens = OPENS, .closes = CLOSES, .quorum = half,
		.majority = more_than_half, .voter_count = 2, .voters = voters };
	struct vote_count c = vote_count(&m, all, 3);

	(void)state;
	assert_int_equal(c.of[CHOICE_YES], 1); /* c9 has no vote, c2 votes at B */
	assert_int_equal(c.of[CHOICE_NO], 1);  /* of two tallies of one node the first counts */
	assert_int_equal(c.result, VOTE_TIED);
	assert_true(vote_of(&m, &voters[1], all, 3) == &no[1]);
	assert_null(vote_of(&m, &voters[1], all, 1));
}

static void shares_are_whole_numbers(void **state)
{
	static const struct { uint32_t part, of, count, total; bool over, met; } cases[] = {
		{ 1, 2, 1, 2, false, true }, { 1, 2, 1, 2, true, false },
		{ 2, 3, 2, 3, false, true }, { 2, 3, 66, 100, false, false },
		{ 2, 3, 67, 100, false, true }, { 1, 1, 5, 5, false, true },
		{ 1, 2, 0, 0, false, false }, { 1, 100, 1, 100, false, true },
		{ 100, 100, 399, 400, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct share s = { cases[i].part, cases[i].of, cases[i].over };
		assert_int_equal(share_is_met(&s, cases[i].count, cases[i].total), cases[i].met);
	}
}

/* ---- records --------------------------------------------------------------------------------- */

static struct arena arena;
static struct rules *rules;        /* that charters borrow from */

static int open_arena(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)32 << 20);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	rules_close(rules);
	rules = NULL;
	arena_clear(&arena);
	return 0;
}

static struct json *parsed(const char *text)
{
	struct json *v = NULL;

	assert_int_equal(json_parse(&arena, str_of(text), &v, NULL), ERR_OK);
	return v;
}

static struct json *seed(const char *name)
{
	struct err e = { 0 };
	struct json *v = NULL;
	struct str text;

	if (io_read_file(&arena, arena_printf(&arena, "%s/test/fuzz/corpus/alliance/%s",
		    getenv("HUREN_SOURCE"), name), 1 << 20, &text, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(json_parse(&arena, text, &v, NULL), ERR_OK);
	return v;
}

static enum err_code reading(const struct json *v)
{
	struct alliance_record r;

	return alliance_record_parse(&arena, v, &r, NULL);
}

static void records_are_read_as_they_are_built(void **state)
{
	(void)state;
	for (unsigned k = 0; k < RECORD_KIND_COUNT; k++) {
		struct json *v = seed(record_kind_name((enum record_kind)k)), *again;
		struct alliance_record r;
		struct err e = { 0 };
		struct str one, two;
		if (alliance_record_parse(&arena, v, &r, &e) != ERR_OK)
			fail_msg("%s", e.message);
		again = alliance_record_subject(&arena, &r);
		assert_int_equal(r.kind, k);
		assert_int_equal(json_jcs(&arena, v, &one, NULL), ERR_OK);
		assert_int_equal(json_jcs(&arena, again, &two, NULL), ERR_OK);
		assert_true(str_eq(one, two));
	}
}

/* Each member away, or of another type: no record without what it needs. */
static void records_need_each_of_their_members(void **state)
{
	static const char *const may_lack[] = { "group" };

	(void)state;
	for (unsigned k = 0; k < RECORD_KIND_COUNT; k++) {
		struct json *v = seed(record_kind_name((enum record_kind)k));
		for (uint32_t i = 0; i < json_count(v); i++) {
			const char *name = str_z(&arena, v->members[i].name);
			bool lacks = k == RECORD_MINUTES && strcmp(name, may_lack[0]) == 0;
			assert_int_equal(reading(json_without(&arena, v, name)), lacks ? ERR_OK
				: ERR_INVALID);
			assert_int_equal(reading(json_set(&arena, json_copy(&arena, v), name,
				json_new_bool(&arena, true))), ERR_INVALID);
		}
	}
}

static struct json *with(const char *record, const char *member, const char *value)
{
	return json_set(&arena, json_copy(&arena, seed(record)), member, parsed(value));
}

static void records_with_voters_out_of_order_or_twice_are_refused(void **state)
{
	static const char *const voters[] = {
		"[]",
		"[{\"registeredId\":\"b\",\"name\":\"n\",\"node\":\"A\"},"
		"{\"registeredId\":\"a\",\"name\":\"n\",\"node\":\"A\"}]",
		"[{\"registeredId\":\"a\",\"name\":\"n\",\"node\":\"A\"},"
		"{\"registeredId\":\"a\",\"name\":\"n\",\"node\":\"B\"}]",
		"[{\"registeredId\":\"\",\"name\":\"n\",\"node\":\"A\"}]",
		"[{\"registeredId\":\"a\",\"name\":\"n\"}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(voters) / sizeof(voters[0]); i++)
		assert_int_equal(reading(with("motion", "voters", voters[i])), ERR_INVALID);
	assert_int_equal(reading(with("motion", "closes", "\"2026-12-01T00:00:00Z\"")),
		ERR_INVALID);
	assert_int_equal(reading(with("motion", "closes", "\"2026-12-09T08:00:00+08:00\"")),
		ERR_INVALID);
	assert_int_equal(reading(with("motion", "quorum",
		"{\"part\":3,\"of\":2,\"over\":false}")), ERR_INVALID);
	assert_int_equal(reading(with("motion", "majority",
		"{\"part\":0,\"of\":2,\"over\":true}")), ERR_INVALID);
	assert_int_equal(reading(with("tally", "ballots",
		"[{\"registeredId\":\"a\",\"choice\":\"maybe\","
		"\"time\":\"2026-12-01T00:00:00Z\"}]")),
		ERR_INVALID);
	assert_int_equal(reading(with("tally", "ballots",
		"[{\"registeredId\":\"a\",\"choice\":\"yes\",\"time\":\"2026-12-01T00:00:00Z\"},"
		"{\"registeredId\":\"a\",\"choice\":\"no\",\"time\":\"2026-12-01T00:00:00Z\"}]")),
		ERR_INVALID);
	assert_int_equal(reading(with("minutes", "held", "\"2026-02-30\"")), ERR_INVALID);
	assert_int_equal(reading(with("minutes", "decisions",
		"[{\"text\":\"t\",\"motion\":\"x\"}]")), ERR_INVALID);
	assert_int_equal(reading(with("seat", "record", "\"throne\"")), ERR_INVALID);
}

/* limit_alliance_members limit_alliance_nodes limit_alliance_points */
static void records_keep_their_limits(void **state)
{
	(void)state;
	for (unsigned over = 0; over < 2; over++) {
		struct json *voters = json_new_array(&arena), *nodes = json_new_array(&arena);
		struct json *agenda = json_new_array(&arena), *motion = seed("motion");
		for (unsigned i = 0; i < LIMIT_ALLIANCE_MEMBERS + over; i++) {
			struct json *one = parsed("{\"name\":\"n\",\"node\":\"A\"}");
			(void)json_set_str(&arena, one, "registeredId", str_printf(&arena, "%04u",
				i));
			voters = json_push(&arena, voters, one);
		}
		for (unsigned i = 0; i < LIMIT_ALLIANCE_NODES + over; i++) {
			struct json *one = json_set_text(&arena, json_new_object(&arena), "name",
				"n");
			(void)json_set_str(&arena, one, "registeredId", str_printf(&arena, "%04u",
				i));
			(void)json_set_str(&arena, one, "node", str_printf(&arena, "did:%u", i));
			nodes = json_push(&arena, nodes, one);
		}
		for (unsigned i = 0; i < LIMIT_ALLIANCE_POINTS + over; i++)
			agenda = json_push(&arena, agenda, json_new_text(&arena, "t"));
		enum err_code want = over ? ERR_TOO_LARGE : ERR_OK;
		assert_int_equal(reading(json_set(&arena, json_copy(&arena, motion), "voters",
			voters)), want);
		assert_int_equal(reading(json_set(&arena, json_copy(&arena, motion), "voters",
			nodes)), want);
		assert_int_equal(reading(json_set(&arena, json_copy(&arena, seed("minutes")),
			"agenda", agenda)), want);
	}
}

static void voters_are_told_by_one_digest(void **state)
{
	struct alliance_record r;
	struct digest one, two;

	(void)state;
	assert_int_equal(alliance_record_parse(&arena, seed("motion"), &r, NULL), ERR_OK);
	assert_int_equal(motion_voters_digest(&arena, &r.motion, &one, NULL), ERR_OK);
	assert_non_null(motion_voter(&r.motion, r.motion.voters[1].code));
	assert_null(motion_voter(&r.motion, STR("x")));
	r.motion.voter_count--;
	assert_int_equal(motion_voters_digest(&arena, &r.motion, &two, NULL), ERR_OK);
	assert_false(digest_eq(&one, &two));
}

/* ---- charters -------------------------------------------------------------------------------- */

static struct str charter_text(struct arena *a)
{
	struct str text;

	assert_int_equal(io_read_file(a, arena_printf(a,
		"%s/rules/alliance/chengdu-chongqing-1.json", getenv("HUREN_SOURCE")), 1 << 20,
		&text, NULL), ERR_OK);
	return text;
}

/* The sample file with its version changed, `count` times from 1. */
static enum err_code charters_of(unsigned count, unsigned step, const char *extra,
	const struct charter **ret)
{
	struct err e = { 0 };
	enum err_code code = ERR_OK;

	rules_close(rules);
	assert_int_equal(rules_open((size_t)8 << 20, &rules, &e), ERR_OK);
	for (unsigned i = 0; i < count && code == ERR_OK; i++) {
		struct json *v;
		struct str text;
		assert_int_equal(json_parse(&arena, charter_text(&arena), &v, NULL), ERR_OK);
		(void)json_set_number(&arena, v, "version", 1 + i * step);
		if (extra)
			(void)json_set(&arena, v, "voting", parsed(extra));
		assert_int_equal(json_jcs(&arena, v, &text, NULL), ERR_OK);
		code = rules_add_file(rules, arena_printf(&arena, "alliance/a-%u.json", i), text,
			&e);
	}
	if (code == ERR_OK)
		code = charters_parse(&arena, rules, ret, &e);
	return code;
}

/* limit_alliance_charters limit_alliance_vote_minutes */
static void charters_are_in_order_of_their_versions(void **state)
{
	const struct charter *c = NULL;

	(void)state;
	assert_int_equal(charters_of(LIMIT_ALLIANCE_CHARTERS, 1, NULL, &c), ERR_OK);
	assert_int_equal(c->version, LIMIT_ALLIANCE_CHARTERS);
	assert_int_equal(c->older->version, LIMIT_ALLIANCE_CHARTERS - 1);
	assert_int_equal(charters_of(LIMIT_ALLIANCE_CHARTERS + 1, 1, NULL, &c), ERR_TOO_LARGE);
	assert_int_equal(charters_of(2, 0, NULL, &c), ERR_CONFLICT); /* one version twice */
	assert_int_equal(charters_of(0, 1, NULL, &c), ERR_OK);
	assert_null(c);
	assert_int_equal(charters_of(1, 1, "{\"shortestMinutes\":5,\"longestMinutes\":4}", &c),
		ERR_INVALID);
	for (unsigned over = 0; over < 2; over++)
		assert_int_equal(charters_of(1, 1, arena_printf(&arena,
			"{\"shortestMinutes\":0,\"longestMinutes\":%u}",
			LIMIT_ALLIANCE_VOTE_MINUTES + over), &c), over ? ERR_INVALID : ERR_OK);
}

static void charter_of_the_rules_says_who_may_join(void **state)
{
	const struct charter *c = NULL;

	(void)state;
	assert_int_equal(charters_of(1, 1, NULL, &c), ERR_OK);
	assert_true(charter_allows(c, STR("enterprise")));
	assert_true(charter_allows(c, STR("investor")));
	assert_false(charter_allows(c, STR("authority")));
	assert_false(charter_allows(c, STR("")));
	assert_int_equal(motion_kind_find(STR("amendment")), MOTION_AMENDMENT);
	assert_int_equal(motion_kind_find(STR("x")), MOTION_KIND_COUNT);
	assert_int_equal(choice_find(STR("")), CHOICE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vote_results_follow_quorum_and_majority),
		cmocka_unit_test(vote_needs_the_tally_of_each_node_with_voters),
		cmocka_unit_test(vote_counts_a_ballot_of_the_voters_own_node_only),
		cmocka_unit_test(shares_are_whole_numbers),
		cmocka_unit_test_setup_teardown(records_are_read_as_they_are_built, open_arena,
			close_arena),
		cmocka_unit_test_setup_teardown(records_need_each_of_their_members, open_arena,
			close_arena),
		cmocka_unit_test_setup_teardown(
			records_with_voters_out_of_order_or_twice_are_refused, open_arena,
			close_arena),
		cmocka_unit_test_setup_teardown(records_keep_their_limits, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(voters_are_told_by_one_digest, open_arena,
			close_arena),
		cmocka_unit_test_setup_teardown(charters_are_in_order_of_their_versions, open_arena,
			close_arena),
		cmocka_unit_test_setup_teardown(charter_of_the_rules_says_who_may_join, open_arena,
			close_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
