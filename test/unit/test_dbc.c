/* test_dbc.c - statements of DBC files, what is passed over, and errors with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "evidence/dbc.h"
#include "evidence/dbc_lex.h"

#define ARENA_CAP (64 << 20)

static const char sample[] =
	"VERSION \"1.0\"\r\n\r\nNS_ :\r\n\tNS_DESC_\r\n\tCM_\r\n\tBA_DEF_\r\n\tVAL_\r\n"
	"\tBU_EV_REL_\r\n\r\nBS_: 500 : 1,2\r\n\r\nBU_: ECU1 ECU2 Vector__XXX\r\n"
	"VAL_TABLE_ OnOff 1 \"On\" 0 \"Off\" ;\r\n\r\n"
	"BO_ 100 Vehicle: 8 ECU1\r\n"
	" SG_ Speed : 0|16@1+ (0.01,0) [0|655.35] \"km/h\" ECU2\r\n"
	" SG_ Accel : 23|12@0- (0.02,-1.5) [-40|40] \"m/s2\"  ECU2,Vector__XXX\r\n"
	" SG_ Gear : 40|3@1+ (1,0) [0|7] \"\" Vector__XXX\r\n\r\n"
	"BO_ 2566844926 Extended: 8 Vector__XXX\r\n"
	" SG_ Temp : 0|8@1+ (1,-40) [-40|215] \"\xb0" "C\" Vector__XXX\r\n"
	" SG_ Real : 32|32@1- (1,0) [0|0] \"\" Vector__XXX\r\n\r\n"
	"BO_ 200 Multi: 8 ECU1\r\n"
	" SG_ Mux M : 0|4@1+ (1,0) [0|15] \"\" ECU2\r\n"
	" SG_ A m0 : 8|8@1+ (1,0) [0|0] \"\" ECU2\r\n"
	" SG_ B m1 : 8|16@1+ (1,0) [0|0] \"\" ECU2\r\n"
	" SG_ Always : 56|8@1+ (1,0) [0|0] \"\" ECU2\r\n\r\n"
	"BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX\r\n"
	" SG_ Nobody : 0|8@1+ (1,0) [0|0] \"\" Vector__XXX\r\n\r\n"
	"CM_ SG_ 100 Speed \"a comment; with BO_ 1\r\nover lines and \\\"quotes\\\"\";\r\n"
	"BA_DEF_ BO_  \"GenMsgCycleTime\" INT 0 65535;\r\n"
	"BA_ \"GenMsgCycleTime\" BO_ 100 10;\r\n"
	"VAL_ 100 Gear 7 \"SNA\" 0 \"P\" 1 \"D\" -1 \"odd\" 0 \"again\" ;\r\n"
	"VAL_ EnvVariable 1 \"x\" ;\r\n"
	"VAL_ 100 Unknown 1 \"x\" ;\r\n"
	"SIG_VALTYPE_ 2566844926 Real : 1;\r\n"
	"SIG_GROUP_ 100 Group 1 : Speed Accel;\r\n";

static struct str bytes_of(const char *text)
{
	return str_of(text);
}

static const struct dbc_signal *signal_named(const struct dbc *d, const struct dbc_message *m,
	const char *name)
{
	for (uint32_t i = m->first; i != DBC_NONE; i = d->signals[i].next) {
		if (str_is(d->signals[i].name, name))
			return &d->signals[i];
	}
	fail_msg("no signal %s", name);
	return NULL;
}

static void dbc_reads_messages_and_signals(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct dbc d;
	struct err e = { 0 };
	const struct dbc_message *m;
	const struct dbc_signal *s;

	(void)state;
	arena_init(&a, ARENA_CAP);
	if (dbc_parse(&a, bytes_of(sample), &d, &e) != ERR_OK)
		fail_msg("%u:%u %s", (unsigned)e.line, (unsigned)e.column, e.message);
	assert_int_equal(d.message_count, 4);
	assert_int_equal(d.signal_count, 10);
	m = dbc_message(&d, 100, false);
	assert_non_null(m);
	assert_true(str_is(m->name, "Vehicle"));
	assert_int_equal(m->length, 8);
	assert_null(dbc_message(&d, 100, true));
	assert_null(dbc_message(&d, 101, false));
	s = signal_named(&d, m, "Accel");
	assert_int_equal(s->start, 23);
	assert_int_equal(s->length, 12);
	assert_true(s->big_endian);
	assert_int_equal(s->number, DBC_SIGNED);
	assert_true(s->factor == 0.02);
	assert_true(s->offset == -1.5);
	assert_true(str_is(s->unit, "m/s2"));
	assert_int_equal(s->parent, DBC_NONE);
	assert_null(s->broken);
	m = dbc_message(&d, 0x18fef1fe, true);
	assert_non_null(m);
	/* Latin-1 became UTF-8. */
	assert_true(str_is(signal_named(&d, m, "Temp")->unit, "\xc2\xb0" "C"));
	assert_int_equal(signal_named(&d, m, "Real")->number, DBC_FLOAT);
}

static void dbc_reads_tables_of_values(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct dbc d;
	const struct dbc_signal *s;

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(dbc_parse(&a, bytes_of(sample), &d, NULL), ERR_OK);
	s = signal_named(&d, dbc_message(&d, 100, false), "Gear");
	assert_int_equal(s->label_count, 5);
	assert_int_equal(s->labels[0].value, -1);
	assert_true(str_is(s->labels[0].text, "odd"));
	assert_int_equal(s->labels[1].value, 0);
	assert_true(str_is(s->labels[1].text, "P"));
	assert_true(str_is(s->labels[2].text, "again"));
	assert_int_equal(s->labels[4].value, 7);
	assert_true(str_is(s->labels[4].text, "SNA"));
}

static void dbc_reads_multiplexing(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct dbc d;
	const struct dbc_message *m;
	const struct dbc_signal *s;

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(dbc_parse(&a, bytes_of(sample), &d, NULL), ERR_OK);
	m = dbc_message(&d, 200, false);
	assert_true(signal_named(&d, m, "Mux")->multiplexor);
	assert_int_equal(signal_named(&d, m, "Mux")->range_count, 0);
	s = signal_named(&d, m, "B");
	assert_int_equal(s->range_count, 1);
	assert_int_equal(s->ranges[0].from, 1);
	assert_int_equal(s->ranges[0].to, 1);
	assert_ptr_equal(&d.signals[s->parent], signal_named(&d, m, "Mux"));
	assert_int_equal(signal_named(&d, m, "Always")->parent, DBC_NONE);
}

static void dbc_reads_extended_multiplexing(void **state)
{
	static const char text[] = "BO_ 1 M: 8 X\n"
		" SG_ S0 M : 0|4@1+ (1,0) [0|0] \"\" X\n"
		" SG_ S1 m0M : 4|4@1+ (1,0) [0|0] \"\" X\n"
		" SG_ S2 m0 : 8|8@1+ (1,0) [0|0] \"\" X\n"
		" SG_ S3 m9 : 8|8@1+ (1,0) [0|0] \"\" X\n"
		"SG_MUL_VAL_ 1 S1 S0 0-0;\nSG_MUL_VAL_ 1 S2 S1 2-4, 7 - 7;\n";
	SCOPED_ARENA a = { 0 };
	struct dbc d;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	if (dbc_parse(&a, bytes_of(text), &d, &e) != ERR_OK)
		fail_msg("%u:%u %s", (unsigned)e.line, (unsigned)e.column, e.message);
	assert_int_equal(d.signals[1].parent, 0);
	assert_int_equal(d.signals[2].parent, 1);
	assert_int_equal(d.signals[2].range_count, 2);
	assert_int_equal(d.signals[2].ranges[0].from, 2);
	assert_int_equal(d.signals[2].ranges[0].to, 4);
	assert_int_equal(d.signals[2].ranges[1].from, 7);
	assert_string_equal(d.signals[3].broken, "its multiplexor is not told");
}

static void dbc_marks_signals_that_cannot_be(void **state)
{
	static const char text[] = "BO_ 1 M: 8 X\n"
		" SG_ Empty : 0|0@1+ (1,0) [0|0] \"\" X\n"
		" SG_ Long : 0|65@1+ (1,0) [0|0] \"\" X\n"
		" SG_ Past : 505|8@1+ (1,0) [0|0] \"\" X\n"
		" SG_ PastToo : 504|2@0+ (1,0) [0|0] \"\" X\n"
		" SG_ Last : 504|1@0+ (1,0) [0|0] \"\" X\n"
		" SG_ Half : 0|16@1- (1,0) [0|0] \"\" X\n"
		" SG_ Child m0 : 8|8@1+ (1,0) [0|0] \"\" X\n"
		" SG_ Self m1M : 0|8@1+ (1,0) [0|0] \"\" X\n"
		"SIG_VALTYPE_ 1 Half : 1;\nSG_MUL_VAL_ 1 Self Self 0-1;\n";
	SCOPED_ARENA a = { 0 };
	struct dbc d;

	(void)state;
	arena_init(&a, ARENA_CAP);
	assert_int_equal(dbc_parse(&a, bytes_of(text), &d, NULL), ERR_OK);
	assert_non_null(d.signals[0].broken);
	assert_non_null(d.signals[1].broken);
	assert_non_null(d.signals[2].broken);
	assert_non_null(d.signals[3].broken);
	assert_null(d.signals[4].broken);
	assert_string_equal(d.signals[5].broken, "the DBC file gives it a length no float has");
	assert_string_equal(d.signals[7].broken,
		"its multiplexors depend on each other too deeply");
}

static void dbc_tells_the_place_of_an_error(void **state)
{
	static const struct {
		const char *text, *message;
		uint32_t line, column;
	} wrong[] = {
		{ "BO_ x M: 8 X\n",
			"expected an identifier of 11 bits, or of 29 and the bit that says so", 1,
			5 },
		{ "BO_ 2048 M: 8 X\n",
			"expected an identifier of 11 bits, or of 29 and the bit that says so", 1,
			5 },
		{ "BO_ 1 M: 8 X\nBO_ 1 N: 8 X\n", "expected an identifier that is not taken", 2,
			5 },
		{ "BO_ 1 M: 8 X\nBO_ 2 M: 8 X\n", "expected a message name that is not taken", 2,
			7 },
		{ " SG_ S : 0|8@1+ (1,0) [0|0] \"\" X\n", "expected a message before its signals",
			1, 2 },
		{ "BO_ 1 M: 8 X\n SG_ S : 0|8@2+ (1,0) [0|0] \"\" X\n",
			"expected an integer in range", 2, 14 },
		{ "BO_ 1 M: 8 X\n SG_ S : 0|8@1* (1,0) [0|0] \"\" X\n",
			"expected \"+\" or \"-\"", 2, 15 },
		{ "BO_ 1 M: 8 X\n SG_ S q : 0|8@1+ (1,0) [0|0] \"\" X\n",
			"expected \":\", \"M\" or \"m\" and a number", 2, 8 },
		{ "BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] \"\n", "a string has no end", 2,
			29 },
		{ "BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" X\n SG_ S : 0|8@1+ (1,0) [0|0]",
			"expected a name the message has not used yet", 3, 6 },
		{ "BO_ 1 M: 8 X\n SG_ S : 0|8@1+ (1e999,0) [0|0] \"\" X\n", "expected a number", 2,
			18 },
		{ "7\n", "expected a statement", 1, 1 },
		{ "VERSION \"\"\n", "DBC file describes no message", 0, 0 },
		{ "", "DBC file describes no message", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		SCOPED_ARENA a = { 0 };
		struct dbc d = { .message_count = 77 };
		struct err e = { 0 };
		arena_init(&a, ARENA_CAP);
		assert_int_equal(dbc_parse(&a, bytes_of(wrong[i].text), &d, &e), ERR_INVALID);
		assert_string_equal(e.message, wrong[i].message);
		if (e.line != wrong[i].line || e.column != wrong[i].column)
			fail_msg("%zu: line %u, column %u", i, (unsigned)e.line,
				(unsigned)e.column);
		assert_int_equal(d.message_count, 77); /* output untouched on failure */
	}
}

static void dbc_lexer_knows_signs_from_numbers(void **state)
{
	static const struct { enum dbc_token_kind kind; const char *text; } tokens[] = {
		{ DBC_NUMBER, "1" }, { DBC_SIGN, "+" }, { DBC_SIGN, "(" },
		{ DBC_NUMBER, "-1.5E-3" }, { DBC_SIGN, "," }, { DBC_NUMBER, ".5" },
		{ DBC_SIGN, ")" }, { DBC_WORD, "m3M" },
		{ DBC_STRING, "a\nb" }, { DBC_NUMBER, "+2" }, { DBC_END, "" }, { DBC_END, "" },
	};
	struct dbc_lexer l;
	struct dbc_token t;

	(void)state;
	dbc_lex_open(&l, STR("1+ (-1.5E-3,.5)m3M \"a\nb\" +2\n"));
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		assert_int_equal(dbc_lex_next(&l, &t, NULL), ERR_OK);
		assert_int_equal(t.kind, tokens[i].kind);
		assert_true(str_is(t.text, tokens[i].text));
	}
	assert_int_equal(t.line, 3);
}

static void dbc_survives_truncation_at_every_byte(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(sample) - 1; len++) {
		SCOPED_ARENA a = { 0 };
		struct dbc d;
		struct err e = { 0 };
		arena_init(&a, ARENA_CAP);
		if (dbc_parse(&a, (struct str){ sample, len }, &d, &e) != ERR_OK)
			assert_true(e.message[0] != '\0');
	}
}

static void limit_dbc_bytes(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct dbc d;

	(void)state;
	arena_init(&a, ARENA_CAP);
	/* It is refused before a byte of it is looked at. */
	assert_int_equal(dbc_parse(&a, (struct str){ sample, LIMIT_DBC_BYTES + 1 }, &d, NULL),
		ERR_TOO_LARGE);
}

static void limit_dbc_messages(void **state)
{
	SCOPED_BUF b = { 0 };
	struct dbc d;

	(void)state;
	buf_init(&b, 4 << 20);
	for (uint32_t i = 0; i < LIMIT_DBC_MESSAGES; i++)
		buf_printf(&b, "BO_ %u M%u: 8 X\n", (unsigned)(i | UINT32_C(0x80000000)),
			(unsigned)i);
	for (int more = 0; more < 2; more++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, ARENA_CAP);
		assert_int_equal(dbc_parse(&a, buf_str(&b), &d, NULL),
			more ? ERR_TOO_LARGE : ERR_OK);
		buf_put_text(&b, "BO_ 7 Last: 8 X\n");
	}
	assert_int_equal(d.message_count, LIMIT_DBC_MESSAGES);
}

static void limit_dbc_signals(void **state)
{
	SCOPED_BUF b = { 0 };
	struct dbc d;

	(void)state;
	buf_init(&b, 16 << 20);
	buf_put_text(&b, "BO_ 1 M: 8 X\n");
	for (uint32_t i = 0; i < LIMIT_DBC_SIGNALS; i++)
		buf_printf(&b, " SG_ S%u : 0|8@1+ (1,0) [0|0] \"\" X\n", (unsigned)i);
	for (int more = 0; more < 2; more++) {
		SCOPED_ARENA a = { 0 };
		arena_init(&a, 2 * ARENA_CAP);
		assert_int_equal(dbc_parse(&a, buf_str(&b), &d, NULL),
			more ? ERR_TOO_LARGE : ERR_OK);
		buf_put_text(&b, " SG_ Last : 0|8@1+ (1,0) [0|0] \"\" X\n");
	}
	assert_int_equal(d.signal_count, LIMIT_DBC_SIGNALS);
}

static void dbc_answers_a_full_arena_with_an_error(void **state)
{
	enum err_code code = ERR_TOO_LARGE;

	(void)state;
	for (size_t cap = 0; code == ERR_TOO_LARGE; cap += 256) {
		SCOPED_ARENA a = { 0 };
		struct dbc d;
		assert_true(cap < 1 << 20);
		arena_init(&a, cap);
		code = dbc_parse(&a, bytes_of(sample), &d, NULL);
	}
	assert_int_equal(code, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dbc_reads_messages_and_signals),
		cmocka_unit_test(dbc_reads_tables_of_values),
		cmocka_unit_test(dbc_reads_multiplexing),
		cmocka_unit_test(dbc_reads_extended_multiplexing),
		cmocka_unit_test(dbc_marks_signals_that_cannot_be),
		cmocka_unit_test(dbc_tells_the_place_of_an_error),
		cmocka_unit_test(dbc_lexer_knows_signs_from_numbers),
		cmocka_unit_test(dbc_survives_truncation_at_every_byte),
		cmocka_unit_test(limit_dbc_bytes),
		cmocka_unit_test(limit_dbc_messages),
		cmocka_unit_test(limit_dbc_signals),
		cmocka_unit_test(dbc_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
