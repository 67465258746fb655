/* test_unit.c - spellings, products and conversions of units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "evidence/unit.h"

static struct unit unit_of(const char *text)
{
	struct unit u = { 0 };
	struct err e = { 0 };

	if (unit_parse(str_of(text), &u, &e) != ERR_OK)
		fail_msg("\"%s\": %s", text, e.message);
	return u;
}

static void unit_spellings_have_one_canonical_form(void **state)
{
	static const char *const rows[][2] = {
		{ "m/s^2", "m/s2" }, { "m/s2", "m/s2" }, { "m/s²", "m/s2" }, { "m·s-2", "m/s2" },
		{ "m.s^-2", "m/s2" }, { "m s⁻²", "m/s2" }, { "m/s/s", "m/s2" },
		{ "m/s**2", "m/s2" },
		{ "m/(s·s)", "m/s2" }, { " m/s2\t", "m/s2" }, { "kph", "km/h" }, { "km/h", "km/h" },
		{ "kmh", "km/h" }, { "mph", "mi/h" }, { "°", "deg" }, { "°/s", "deg/s" },
		{ "degrees/second", "deg/s" }, { "", "1" }, { "-", "1" }, { "1", "1" },
		{ "%", "%" },
		{ "1/s", "1/s" }, { "Nm", "N·m" }, { "N*m", "N·m" }, { "rpm", "rev/min" },
		{ "J/(kg·K)", "J/kg/K" }, { "J/kg/K", "J/kg/K" }, { "m/m", "1" }, { "°C", "degC" },
		{ "us", "µs" }, { "µs", "µs" }, { "m3", "m3" }, { "g", "g" }, { "1/m", "1/m" },
		{ "kph2", "km2/h2" }, { "1/kph", "h/km" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct unit u = unit_of(rows[i][0]), again;
		char text[UNIT_TEXT_BYTES];
		assert_int_equal(unit_text(&u, text), strlen(rows[i][1]));
		assert_string_equal(text, rows[i][1]);
		again = unit_of(text);
		assert_true(unit_eq(&u, &again));
	}
}

static void unit_rejects_what_it_does_not_know(void **state)
{
	static const char *const wrong[] = {
		"parsec", "m//s", "/s", "m/", "m^", "m^x", "m-", "m(s", "m/(s", "m/s)", "(m)/((s))",
		"2", "2 m", "m^0", "+", "--", "m\"", "\xff", "km / h / furlong",
	};
	struct unit u = unit_of("m");
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (unit_parse(str_of(wrong[i]), &u, &e) != ERR_INVALID)
			fail_msg("took \"%s\"", wrong[i]);
		assert_true(e.message[0] != '\0');
		assert_int_equal(u.count, 1); /* untouched on failure */
	}
	assert_int_equal(unit_parse(STR("m/parsec"), &u, &e), ERR_INVALID);
	assert_string_equal(e.message, "unit \"parsec\" is not known");
	assert_int_equal(unit_parse(STR("m5"), &u, &e), ERR_TOO_LARGE);
	assert_int_equal(unit_parse(STR("m44"), &u, &e), ERR_TOO_LARGE);
	assert_int_equal(unit_parse(STR("m4·m"), &u, &e), ERR_TOO_LARGE);
	assert_int_equal(unit_parse(STR("m·s·kg·A·K"), &u, &e), ERR_TOO_LARGE);
}

static void unit_products_cancel(void **state)
{
	struct unit speed = unit_of("m/s"), time = unit_of("s"), m = unit_of("m"), u;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(unit_multiply(&speed, &time, &u, &e), ERR_OK);
	assert_true(unit_eq(&u, &m));
	assert_int_equal(unit_divide(&m, &speed, &u, &e), ERR_OK);
	assert_true(unit_eq(&u, &time));
	assert_int_equal(unit_divide(&m, &m, &u, &e), ERR_OK);
	assert_int_equal(u.count, 0);
	u = unit_of("m4");
	assert_int_equal(unit_multiply(&u, &m, &u, &e), ERR_TOO_LARGE);
	assert_int_equal(u.factors[0].exponent, 4);
	u = unit_of("N·kg·K·A");
	assert_int_equal(unit_multiply(&u, &m, &u, &e), ERR_TOO_LARGE);
}

static double converted(double value, const char *from, const char *to)
{
	struct unit a = unit_of(from), b = unit_of(to);
	struct unit_conversion c;
	struct err e = { 0 };

	if (unit_conversion(&a, &b, &c, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return unit_convert(&c, value);
}

static void unit_conversions_are_exact_ratios(void **state)
{
	struct unit kmh = unit_of("km/h"), ms = unit_of("m/s"), deg = unit_of("deg"),
		rad = unit_of("rad");
	struct unit_conversion c;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(unit_conversion(&kmh, &ms, &c, &e), ERR_OK);
	assert_true(c.exact);
	assert_int_equal(c.num, 5);
	assert_int_equal(c.den, 18);
	assert_true(unit_convert(&c, 36) == 10);
	assert_true(unit_convert(&c, 0.1) == 0.1 * 5 / 18);
	assert_int_equal(unit_conversion(&kmh, &kmh, &c, &e), ERR_OK);
	assert_true(c.exact && c.num == 1 && c.den == 1);
	assert_int_equal(unit_conversion(&deg, &rad, &c, &e), ERR_OK);
	assert_false(c.exact);
	assert_true(unit_convert(&c, 180) == 180 * 0.017453292519943295);
	assert_true(converted(1, "g", "m/s2") == 9.80665);
	assert_true(converted(1, "mi/h", "m/s") == 0.44704);
	assert_true(converted(1, "kn", "km/h") == 1.852);
	assert_true(converted(3, "1/s", "Hz") == 3);
	assert_true(converted(6, "rev/min", "deg/s") == 36);
	assert_true(converted(50, "%", "1") == 0.5);
	assert_true(converted(1, "N·m", "J") == 1);
	assert_true(converted(1, "V·A", "W") == 1);
	assert_true(converted(1, "rad/s", "mrad/s") == 1000);
	assert_true(converted(1, "rad", "deg") == 57.29577951308232);
}

static void unit_conversion_wants_the_same_dimension(void **state)
{
	struct unit a = unit_of("km/h"), b = unit_of("m/s2"), c = unit_of("degC"),
		k = unit_of("K"), rate = unit_of("rad/s"), hz = unit_of("Hz");
	struct unit small = unit_of("ns4"), large = unit_of("h4");
	struct unit_conversion ret = { .num = 7 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(unit_conversion(&a, &b, &ret, &e), ERR_INVALID);
	assert_string_equal(e.message, "km/h cannot be converted to m/s2");
	assert_int_equal(unit_conversion(&c, &k, &ret, &e), ERR_INVALID);
	assert_false(unit_convertible(&rate, &hz));
	assert_int_equal(unit_conversion(&large, &small, &ret, &e), ERR_INVALID);
	assert_string_equal(e.message, "the ratio of h4 to ns4 is too large");
	assert_int_equal(ret.num, 7);
}

static void unit_text_fits_its_bound(void **state)
{
	struct unit u = unit_of("arcmin4/arcsec4/inch4/gram4");
	char text[UNIT_TEXT_BYTES];

	(void)state;
	assert_true(unit_text(&u, text) < UNIT_TEXT_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unit_spellings_have_one_canonical_form),
		cmocka_unit_test(unit_rejects_what_it_does_not_know),
		cmocka_unit_test(unit_products_cancel),
		cmocka_unit_test(unit_conversions_are_exact_ratios),
		cmocka_unit_test(unit_conversion_wants_the_same_dimension),
		cmocka_unit_test(unit_text_fits_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
