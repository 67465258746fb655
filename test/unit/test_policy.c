/* test_policy.c - trust policies: the file, the logs, the quorum. */
#include "tlog/policy.h"

#include "tlog_fixture.h"

static int init(void **state)
{
	(void)state;
	key_library_init();
	return 0;
}

/* Key number `fill` under a name, and its vkey text. */
struct party {
	struct key secret;
	struct note_key key;
	const char *vkey;
};

static struct party party_new(struct arena *a, const char *name, enum note_sig_type type,
	uint8_t fill)
{
	struct party p = { .secret = key_of_seed(type == NOTE_OWN ? KEY_SM2 : KEY_ED25519, fill) };

	p.key = note_key_of(name, type, &p.secret);
	p.vkey = note_vkey_text(a, &p.key).at;
	assert_non_null(p.vkey);
	return p;
}

static const char *witness_vkey(struct arena *a, uint8_t fill)
{
	return party_new(a, arena_printf(a, "w%u.example", (unsigned)fill), NOTE_COSIGNATURE,
		fill).vkey;
}

static const char *log_vkey(struct arena *a, uint8_t fill)
{
	return party_new(a, arena_printf(a, "log%u.example", (unsigned)fill), NOTE_ED25519,
		fill).vkey;
}

static struct policy *parsed(struct arena *a, const char *text)
{
	struct policy *p = NULL;
	struct err e = { 0 };

	if (policy_parse(a, str_of(text), &p, &e) != ERR_OK)
		fail_msg("line %u: %s", (unsigned)e.line, e.message);
	return p;
}

static void policy_reads_the_example_of_the_specification(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct policy *p;

	(void)state;
	arena_init(&a, ARENA_CAP);
	p = parsed(&a, arena_printf(&a,
		"# cities\n\n  \t\nlog %s\n"
		"witness X1 %s\nwitness X2 %s https://x2.example/\n\twitness  X3\t%s  \n"
		"group X-witnesses 2 X1 X2 X3\n"
		"witness Y1 %s\nwitness Y2 %s\n\t # comment\ngroup Y-witnesses any Y1 Y2\n"
		"group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y",
		log_vkey(&a, 9), witness_vkey(&a, 1), witness_vkey(&a, 2), witness_vkey(&a, 3),
		witness_vkey(&a, 4), witness_vkey(&a, 5)));
	assert_int_equal(p->log_count, 1);
	assert_int_equal(p->logs[0].url.len, 0);
	assert_int_equal(p->member_count, 8);
	assert_true(str_is(p->members[1].url, "https://x2.example/"));
	assert_true(str_is(p->members[2].name, "X3"));
	assert_true(p->members[3].is_group);
	assert_int_equal(p->members[3].threshold, 2);
	assert_int_equal(p->members[3].member_count, 3);
	assert_int_equal(p->members[6].threshold, 1);
	assert_int_equal(p->members[7].threshold, 2);
	assert_int_equal(p->members[7].members[0], 3);
	assert_int_equal(p->quorum, 7);
	assert_false(p->quorum_none);
	assert_ptr_equal(policy_find_log(p, STR("log9.example")), &p->logs[0]);
	assert_null(policy_find_log(p, STR("log8.example")));
}

/* The line number of the error, 0 when there is none of a line; fails when the text is taken. */
static uint32_t wrong_line(struct arena *a, const char *text, enum err_code code)
{
	struct policy *p = NULL;
	struct err e = { 0 };

	if (policy_parse(a, str_of(text), &p, &e) != code)
		fail_msg("took \"%s\"", text);
	assert_null(p); /* output untouched on failure */
	assert_true(e.message[0] != '\0');
	return e.line;
}

static void policy_refuses_wrong_lines_by_number(void **state)
{
	SCOPED_ARENA a = { 0 };
	const char *w, *w2, *l;

	(void)state;
	arena_init(&a, ARENA_CAP);
	w = witness_vkey(&a, 1);
	w2 = witness_vkey(&a, 2);
	l = log_vkey(&a, 3);
#define WRONG(line, ...) \
	assert_int_equal(wrong_line(&a, arena_printf(&a, __VA_ARGS__), ERR_INVALID), line)
	WRONG(0, "%s", "");
	WRONG(0, "log %s\n", l);
	WRONG(1, "quorums none\n# %s", w);
	WRONG(1, "quorum\n# %s", w);
	WRONG(1, "quorum none none\n# %s", w);
	WRONG(1, "quorum X\nwitness X %s\n", w);
	WRONG(2, "quorum none\nquorum none\n# %s", w);
	WRONG(1, "log\nquorum none\n# %s", w);
	WRONG(1, "log %s\nquorum none\n", w);
	WRONG(1, "log %s url more\nquorum none\n", l);
	WRONG(2, "log %s\nlog %s\nquorum none\n", l, l);
	WRONG(1, "log %sx\nquorum none\n", l);
	WRONG(1, "witness\nquorum none\n# %s", w);
	WRONG(1, "witness X\nquorum none\n# %s", w);
	WRONG(1, "witness X %s\nquorum none\n", l);
	WRONG(1, "witness X %s url more\nquorum none\n", w);
	WRONG(1, "witness none %s\nquorum none\n", w);
	WRONG(2, "witness X %s\nwitness X %s\nquorum none\n", w, w2);
	WRONG(2, "witness X %s\nwitness Y %s\nquorum none\n", w, w);
	WRONG(2, "witness X %s\ngroup\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G any\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G all\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G 0 X\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G 2 X\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G 01 X\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G 18446744073709551617 X\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G most X\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup X any X\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G any G\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G any Y\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G any none\nquorum none\n", w);
	WRONG(2, "witness X %s\ngroup G any X X\nquorum none\n", w);
	WRONG(3, "witness X %s\ngroup G any X\ngroup H any X\nquorum H\n", w);
	WRONG(1, "witness X %s\r\nquorum none\r\n", w);
	WRONG(1, "# \x01 %s\nquorum none\n", w);
	WRONG(1, "# \x7f %s\nquorum none\n", w);
	WRONG(1, "# %s\r\nquorum none\n", w);
#undef WRONG
}

static void policy_tells_a_key_of_an_unknown_type(void **state)
{
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(wrong_line(&a, "quorum none\n"
		"witness X example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
		ERR_UNSUPPORTED), 2);
}

static void policy_takes_names_of_any_octets(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct policy *p;

	(void)state;
	arena_init(&a, ARENA_CAP);
	p = parsed(&a, arena_printf(&a, "witness \xe6\xb0\xb8\xe5\xb7\x9d %s\nwitness \xff+ %s\n"
		"group \"\" all \xff+ \xe6\xb0\xb8\xe5\xb7\x9d\nquorum \"\"\n",
		witness_vkey(&a, 1), witness_vkey(&a, 2)));
	assert_int_equal(p->members[2].members[0], 1);
}

static void limit_policy_entries(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF logs = { 0 }, witnesses = { 0 };
	struct policy *p = NULL;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&logs, 65536);
	buf_init(&witnesses, 65536);
	buf_put_text(&logs, "quorum none\n");
	buf_put_text(&witnesses, "quorum none\n");
	for (unsigned i = 1; i <= LIMIT_POLICY_ENTRIES; i++) {
		buf_printf(&logs, "log %s\n", log_vkey(&a, (uint8_t)i));
		buf_printf(&witnesses, "witness w%u %s\n", i, witness_vkey(&a, (uint8_t)i));
	}
	assert_int_equal(policy_parse(&a, buf_str(&logs), &p, NULL), ERR_OK);
	assert_int_equal(p->log_count, LIMIT_POLICY_ENTRIES);
	assert_int_equal(policy_parse(&a, buf_str(&witnesses), &p, NULL), ERR_OK);
	assert_int_equal(p->member_count, LIMIT_POLICY_ENTRIES);
	buf_printf(&logs, "log %s\n", log_vkey(&a, 100));
	buf_put_text(&witnesses, "group g all w1 w2\n");
	assert_int_equal(policy_parse(&a, buf_str(&logs), &p, NULL), ERR_TOO_LARGE);
	assert_int_equal(policy_parse(&a, buf_str(&witnesses), &p, NULL), ERR_TOO_LARGE);
}

/* A checkpoint of log 9 with the cosignatures of the witnesses whose bits are set. */
static struct note cosigned(struct arena *a, struct buf *b, unsigned witnesses)
{
	struct party log = party_new(a, "log9.example", NOTE_ED25519, 9);
	struct checkpoint c = { .origin = log.key.name, .size = 3 };
	struct note n;
	struct err e = { 0 };

	buf_reset(b);
	must(checkpoint_sign(b, &c, &log.key, &log.secret, NULL, NULL, &e), &e);
	must(note_parse(a, str_copy(a, buf_str(b)), &n, &e), &e);
	for (uint8_t i = 1; i <= 5; i++) {
		struct party w = party_new(a, arena_printf(a, "w%u.example", (unsigned)i),
			NOTE_COSIGNATURE, i);
		if ((witnesses & 1u << i) != 0)
			must(cosignature_sign(b, n.text, 1700000000u + i, &w.key, &w.secret, &e),
				&e);
	}
	must(note_parse(a, str_copy(a, buf_str(b)), &n, &e), &e);
	return n;
}

static void policy_quorum_holds_as_its_groups_say(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct policy *p;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 65536);
	p = parsed(&a, arena_printf(&a, "witness X1 %s\nwitness X2 %s\nwitness X3 %s\n"
		"group X 2 X1 X2 X3\nwitness Y1 %s\nwitness Y2 %s\ngroup Y any Y1 Y2\n"
		"group Q all X Y\nquorum Q\n", witness_vkey(&a, 1), witness_vkey(&a, 2),
		witness_vkey(&a, 3), witness_vkey(&a, 4), witness_vkey(&a, 5)));
	for (unsigned bits = 0; bits < 64; bits += 2) {
		struct note n = cosigned(&a, &b, bits);
		unsigned x = (unsigned)__builtin_popcount(bits & 0xe);
		unsigned y = (unsigned)__builtin_popcount(bits & 0x30);
		bool met = false;
		uint32_t witnesses = 99;
		uint64_t time = 99;
		struct err e = { 0 };
		must(policy_check(p, &n, &met, &witnesses, &time, &e), &e);
		assert_int_equal(met, x >= 2 && y >= 1);
		assert_int_equal(witnesses, x + y);
		assert_int_equal(time, bits == 0 ? 0 : 1700000000 + 31 - __builtin_clz(bits));
	}
}

static void policy_none_needs_no_witness_but_counts_them(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct policy *p;
	struct note n;
	bool met = false;
	uint32_t witnesses = 99;
	uint64_t time = 99;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 65536);
	n = cosigned(&a, &b, 1u << 1 | 1u << 2);
	p = parsed(&a, "quorum none\n");
	must(policy_check(p, &n, &met, &witnesses, &time, &e), &e);
	assert_true(met);
	assert_int_equal(witnesses, 0);
	assert_int_equal(time, 0);
	p = parsed(&a, arena_printf(&a, "witness X %s\nquorum none\n", witness_vkey(&a, 2)));
	must(policy_check(p, &n, &met, &witnesses, &time, &e), &e);
	assert_true(met);
	assert_int_equal(witnesses, 1);
	assert_int_equal(time, 1700000002);
	p = parsed(&a, arena_printf(&a, "witness X %s\nquorum X\n", witness_vkey(&a, 3)));
	must(policy_check(p, &n, &met, &witnesses, &time, &e), &e);
	assert_false(met);
}

static void policy_refuses_a_known_witness_that_does_not_hold(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct policy *p;
	struct note n;
	bool met = false;
	uint32_t witnesses = 99;
	uint64_t time = 99;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 65536);
	p = parsed(&a, arena_printf(&a, "witness X %s\nwitness Y %s\nquorum X\n",
		witness_vkey(&a, 1), witness_vkey(&a, 2)));
	n = cosigned(&a, &b, 1u << 1 | 1u << 2);
	n.lines[2].signature = n.lines[1].signature; /* witness 2 with the signature of witness 1 */
	assert_int_equal(policy_check(p, &n, &met, &witnesses, &time, NULL), ERR_DENIED);
	assert_int_equal(witnesses, 99); /* output untouched on failure */
}

static void policy_opens_a_checkpoint_by_any_key_of_its_log(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct party ed25519, sm2;
	struct checkpoint c = { .origin = STR("a.example/log"), .size = 3 };
	struct policy *both, *only_sm2, *neither;
	struct note n;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 65536);
	ed25519 = party_new(&a, "a.example/log", NOTE_ED25519, 1);
	sm2 = party_new(&a, "a.example/log", NOTE_OWN, 2);
	both = parsed(&a, arena_printf(&a, "log %s\nlog %s\nquorum none\n", sm2.vkey,
		ed25519.vkey));
	only_sm2 = parsed(&a, arena_printf(&a, "log %s\nquorum none\n", sm2.vkey));
	neither = parsed(&a, arena_printf(&a, "log %s\nquorum none\n", log_vkey(&a, 9)));
	must(checkpoint_sign(&b, &c, &ed25519.key, &ed25519.secret, NULL, NULL, &e), &e);
	must(policy_open_checkpoint(both, &a, buf_str(&b), &n, &c, &e), &e);
	assert_int_equal(policy_open_checkpoint(only_sm2, &a, buf_str(&b), &n, &c, NULL),
		ERR_DENIED);
	assert_int_equal(policy_open_checkpoint(neither, &a, buf_str(&b), &n, &c, NULL),
		ERR_DENIED);
	/* A line of a listed key that fails spoils the note. */
	must(note_sign(&b, STR("another text\n"), &sm2.key, &sm2.secret, &e), &e);
	assert_int_equal(policy_open_checkpoint(both, &a, buf_str(&b), &n, &c, NULL), ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_reads_the_example_of_the_specification),
		cmocka_unit_test(policy_refuses_wrong_lines_by_number),
		cmocka_unit_test(policy_tells_a_key_of_an_unknown_type),
		cmocka_unit_test(policy_takes_names_of_any_octets),
		cmocka_unit_test(limit_policy_entries),
		cmocka_unit_test(policy_quorum_holds_as_its_groups_say),
		cmocka_unit_test(policy_none_needs_no_witness_but_counts_them),
		cmocka_unit_test(policy_refuses_a_known_witness_that_does_not_hold),
		cmocka_unit_test(policy_opens_a_checkpoint_by_any_key_of_its_log),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
