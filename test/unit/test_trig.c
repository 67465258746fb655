/* test_trig.c - values known to 25 digits, the range, and the same bits on every machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "criteria/trig.h"
#include "crypto/digest.h"
#include "bits.h"

/* A row of test/vectors/trig/values.txt: function, arguments, the value's digits for people, and
 * the value as the sum of two doubles, against which the error is measured. */
struct row { struct str function; double x[2]; double head, tail; };

static double number(struct str *rest, char end)
{
	char text[64];
	struct str s = str_cut(rest, end);
	assert_true(s.len > 0 && s.len < sizeof(text));
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return strtod(text, NULL);
}

static struct row row_of(struct str line)
{
	struct row r = { .function = str_cut(&line, ' ') };
	r.x[0] = number(&line, ' ');
	if (str_is(r.function, "atan2"))
		r.x[1] = number(&line, ' ');
	(void)str_cut(&line, ' ');
	r.head = number(&line, ' ');
	r.tail = number(&line, '\n');
	return r;
}

static double got(const struct row *r)
{
	if (str_is(r->function, "sin"))
		return trig_sin(r->x[0]);
	if (str_is(r->function, "cos"))
		return trig_cos(r->x[0]);
	if (str_is(r->function, "tan"))
		return trig_tan(r->x[0]);
	assert_true(str_is(r->function, "atan2"));
	return trig_atan2(r->x[0], r->x[1]);
}

/* Largest error of a function over the file, in units in the last place. */
static double worst(const char *function, int *ret_count)
{
	SCOPED_ARENA a = { 0 };
	struct str text = { NULL, 0 };
	struct err e = { 0 };
	double largest = 0;
	*ret_count = 0;
	arena_init(&a, 1 << 20);
	if (io_read_file(&a, arena_printf(&a, "%s/trig/values.txt", getenv("HUREN_VECTORS")),
		    1 << 20, &text, &e) != ERR_OK)
		fail_msg("%s", e.message);
	while (text.len > 0) {
		struct row r = row_of(str_cut(&text, '\n'));
		if (!str_is(r.function, function))
			continue;
		double unit = nextafter(fabs(r.head), INFINITY) - fabs(r.head);
		double error = fabs((got(&r) - r.head) - r.tail) / unit;
		largest = error > largest ? error : largest;
		(*ret_count)++;
	}
	return largest;
}

static void trig_is_within_a_unit_of_known_values(void **state)
{
	int count;
	(void)state;
	assert_true(worst("sin", &count) < 0.8);
	assert_int_equal(count, 111);
	assert_true(worst("cos", &count) < 0.8);
	assert_true(worst("tan", &count) < 1.1);
	assert_true(worst("atan2", &count) < 0.6);
	assert_int_equal(count, 138);
}

static void trig_knows_plain_values(void **state)
{
	(void)state;
	assert_true(trig_sin(0.0) == 0.0 && trig_cos(0.0) == 1.0 && trig_tan(0.0) == 0.0);
	assert_true(trig_sin(0.5) == 0.479425538604203000273288);
	assert_true(trig_cos(0.5) == 0.877582561890372716116282);
	assert_true(trig_sin(1.0) == 0.841470984807896506652502);
	assert_true(trig_cos(1.0) == 0.540302305868139717400937);
	assert_true(trig_tan(1.0) == 1.557407724654902230506975);
	assert_true(trig_sin(TRIG_PI) == 1.224646799147353177226066e-16);
	assert_true(trig_atan2(1.0, 1.0) == 0.785398163397448309615661);
	assert_true(trig_atan2(1.0, 2.0) == 0.463647609000806116214256);
}

static void trig_keeps_the_sign_of_zero(void **state)
{
	(void)state;
	assert_true(signbit(trig_sin(-0.0)) != 0);
	assert_true(signbit(trig_tan(-0.0)) != 0);
	assert_true(trig_atan2(0.0, 1.0) == 0.0 && !signbit(trig_atan2(0.0, 1.0)));
	assert_true(signbit(trig_atan2(-0.0, 1.0)) != 0);
	assert_true(trig_atan2(0.0, -1.0) == TRIG_PI);
	assert_true(trig_atan2(-0.0, -1.0) == -TRIG_PI);
	assert_true(trig_atan2(0.0, -0.0) == TRIG_PI);
	assert_true(trig_atan2(0.0, 0.0) == 0.0);
}

static void trig_takes_infinities_and_extremes(void **state)
{
	(void)state;
	assert_true(trig_atan2(1.0, INFINITY) == 0.0);
	assert_true(trig_atan2(-1.0, -INFINITY) == -TRIG_PI);
	assert_true(trig_atan2(INFINITY, 1.0) == TRIG_PI / 2);
	assert_true(trig_atan2(INFINITY, -INFINITY) == 2.356194490192344928846983);
	assert_true(trig_atan2(0x1p-1074, 0x1p-1074) == TRIG_PI / 4);
	assert_true(trig_atan2(0x1.fp1023, 0x1.fp1023) == TRIG_PI / 4);
	assert_true(trig_atan2(1.0, 0x1p-1074) == TRIG_PI / 2);
	assert_true(isnan(trig_atan2(NAN, 1.0)) && isnan(trig_atan2(1.0, NAN)));
}

static void trig_gives_nothing_past_its_range(void **state)
{
	(void)state;
	assert_true(!isnan(trig_sin(TRIG_RADIANS_MAX)));
	assert_true(!isnan(trig_sin(-TRIG_RADIANS_MAX)));
	assert_true(isnan(trig_sin(nextafter(TRIG_RADIANS_MAX, INFINITY))));
	assert_true(isnan(trig_cos(INFINITY)) && isnan(trig_tan(-INFINITY)));
	assert_true(isnan(trig_sin(NAN)) && isnan(trig_cos(NAN)) && isnan(trig_tan(NAN)));
}

/* The literal holds for every compiler, optimisation and processor, or the test fails there. */
static void trig_gives_the_same_bits_everywhere(void **state)
{
	struct bits b;
	(void)state;
	bits_open(&b, 7);
	for (int i = 0; i < 20000; i++) {
		double x = bits_between(&b, -1e6, 1e6);
		double y = bits_between(&b, -4, 4);
		bits_add(&b, trig_sin(x));
		bits_add(&b, trig_cos(y));
		bits_add(&b, trig_tan(y));
		bits_add(&b, trig_atan2(y, x * 1e-6));
	}
	bits_close(&b,
		"14dde80ed35c862314e7766539f21957e6b05845555d6a4450316856a8aac16b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trig_is_within_a_unit_of_known_values),
		cmocka_unit_test(trig_knows_plain_values),
		cmocka_unit_test(trig_keeps_the_sign_of_zero),
		cmocka_unit_test(trig_takes_infinities_and_extremes),
		cmocka_unit_test(trig_gives_nothing_past_its_range),
		cmocka_unit_test(trig_gives_the_same_bits_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
