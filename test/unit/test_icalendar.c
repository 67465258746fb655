/* test_icalendar.c - calendars to the byte (RFC 5545). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "matching/icalendar.h"

static void icalendar_is_written_to_the_byte(void **state)
{
	const struct ical_event event = { .uid = STR("a@example"), .sequence = 3,
		.from = 1780279200, .to = 1780282800, .stamp = 1780000000,
		.summary = STR("Track, wet; \\ \"x\""), .description = STR("one\ntwo\r\x07"),
		.status = "CONFIRMED" };
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 4096);
	icalendar_begin(&b, STR("Yongchuan"));
	icalendar_event(&b, &event);
	icalendar_end(&b);
	buf_put_char(&b, 0);
	assert_string_equal(b.at,
		"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Huren//Bookings//ZH\r\n"
		"CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Yongchuan\r\n"
		"BEGIN:VEVENT\r\nUID:a@example\r\nDTSTAMP:20260528T202640Z\r\nSEQUENCE:3\r\n"
		"DTSTART:20260601T020000Z\r\nDTEND:20260601T030000Z\r\n"
		"SUMMARY:Track\\, wet\\; \\\\ \"x\"\r\nDESCRIPTION:one\\ntwo\r\n"
		"STATUS:CONFIRMED\r\nCLASS:PUBLIC\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n"
		"END:VCALENDAR\r\n");
}

/* Each line has at most 75 octets, begins and ends with whole characters, and gives the text when
 * it is put together again. */
static void fold(struct str text)
{
	SCOPED_BUF b = { 0 }, joined = { 0 };

	buf_init(&b, 8192);
	buf_init(&joined, 8192);
	icalendar_line(&b, "SUMMARY", text, true);
	struct str rest = buf_str(&b);
	for (bool first = true; rest.len > 0; first = false) {
		size_t end = str_find(rest, STR("\r\n"));
		assert_true(end != SIZE_MAX && end <= ICALENDAR_LINE_OCTETS);
		struct str line = { rest.at, end };
		assert_true(str_is_utf8(line));
		if (!first) {
			assert_int_equal(line.at[0], ' ');
			line = str_skip(line, 1);
		}
		buf_put_str(&joined, line);
		rest = str_skip(rest, end + 2);
	}
	struct str whole = str_skip(buf_str(&joined), 8);
	assert_true(str_starts(buf_str(&joined), "SUMMARY:"));
	assert_true(str_eq(whole, text));
}

static void icalendar_folds_between_characters(void **state)
{
	char text[4 * 300];

	(void)state;
	for (unsigned lead = 0; lead < 80; lead++) {
		static const char *const signs[] = { "a", "\xc3\xbc", "\xe6\xb0\xb8",
			"\xf0\x9f\x9a\x97" };
		for (unsigned s = 0; s < 4; s++) {
			size_t len = lead;
			memset(text, 'x', lead);
			for (unsigned i = 0; i < 60; i++) {
				memcpy(text + len, signs[s], strlen(signs[s]));
				len += strlen(signs[s]);
			}
			fold((struct str){ text, len });
		}
	}
}

static void icalendar_never_parts_an_escape(void **state)
{
	(void)state;
	for (unsigned lead = 60; lead < 75; lead++) {
		SCOPED_BUF b = { 0 };
		char text[100];
		buf_init(&b, 4096);
		memset(text, 'x', lead);
		memcpy(text + lead, ",,,", 3);
		icalendar_line(&b, "A", (struct str){ text, lead + 3 }, true);
		assert_int_equal(str_find(buf_str(&b), STR("\\\r\n")), SIZE_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icalendar_is_written_to_the_byte),
		cmocka_unit_test(icalendar_folds_between_characters),
		cmocka_unit_test(icalendar_never_parts_an_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
