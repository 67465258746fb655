/* test_csv.c - text files: delimiters, headers, units, missing values, the .vbo and esmini forms,
 * and everything that is dropped with a note. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "collect.h"
#include "evidence/csv.h"
#include "evidence/mapping.h"
#include "trace_write.h"

#define ARENA_CAP (64 << 20)

static const struct evidence_format csv = { "csv", csv_recognises, csv_list, csv_read };

struct fixture {
	struct arena a;
	struct evidence_listing listing;
	struct collect *c;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = handle_new(sizeof(*f));

	arena_init(&f->a, ARENA_CAP);
	f->c = ARENA_NEW(&f->a, struct collect);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_clear(&f->a);
	handle_drop(f);
	return 0;
}

static enum err_code try_read(struct fixture *f, struct str text, const struct mapping *m)
{
	struct evidence_file file = collect_bytes("run.csv", text);

	assert_true(csv_recognises(&file));
	return collect_file(f->c, &f->a, &csv, &file, m, &f->listing, NULL, 3, &f->e);
}

static void must_read(struct fixture *f, struct str text, const struct mapping *m)
{
	if (try_read(f, text, m) != ERR_OK)
		fail_msg("%s", f->e.message);
}

static const double *column(const struct fixture *f, const char *name)
{
	uint32_t i = collect_channel(&f->listing, name);

	assert_true(i != UINT32_MAX); /* all are wanted, in order */
	return f->c->columns[i].values;
}

static struct str unit(const struct fixture *f, const char *name)
{
	return f->listing.channels[collect_channel(&f->listing, name)].unit;
}

/* ---- plain ----------------------------------------------------------------------------------- */

static void csv_reads_names_units_and_times(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("time [s],speed (km/h),lane_offset[m],flag\n"
		"0.00,80.5,-0.25,0\n0.01, 80.25 ,1e-1,1\n0.02,+079.5,.5,1\n0.03,80,0,0\n"), NULL);
	assert_true(str_is(f->listing.format, "csv"));
	assert_int_equal(f->listing.start_ns, CHANNEL_TIME_UNKNOWN);
	assert_int_equal(f->listing.group_count, 1);
	assert_true(f->listing.groups[0].has_time);
	assert_int_equal(f->listing.channel_count, 4);
	assert_true(str_is(unit(f, "speed"), "km/h"));
	assert_true(str_is(unit(f, "lane_offset"), "m"));
	assert_true(str_is(unit(f, "flag"), ""));
	assert_int_equal(f->c->groups[0].rows, 4);
	assert_int_equal(f->c->groups[0].times[3], 30000000);
	assert_true(column(f, "speed")[1] == 80.25);
	assert_true(column(f, "speed")[2] == 79.5);
	assert_true(column(f, "lane_offset")[0] == -0.25);
	assert_true(column(f, "lane_offset")[1] == 0.1);
	assert_true(column(f, "lane_offset")[2] == 0.5);
	assert_true(column(f, "flag")[1] == 1);
	assert_int_equal(f->c->note_count, 0);
	assert_int_equal(f->listing.note_count, 0);
}

static void csv_reads_semicolons_commas_bom_and_crlf(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("\xef\xbb\xbf" "Zeit [ms];v [m/s]\r\n0;1,5\r\n10,5;-2,25\r\n"), NULL);
	assert_int_equal(f->c->groups[0].rows, 2);
	assert_int_equal(f->c->groups[0].times[1], 10500000);
	assert_true(column(f, "v")[0] == 1.5);
	assert_true(column(f, "v")[1] == -2.25);
}

static void csv_reads_tabs(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("t [us]\tx [m]\n0\t1.5\n250\t\n500\t2,5\n"), NULL);
	assert_int_equal(f->c->groups[0].rows, 3);
	assert_int_equal(f->c->groups[0].times[2], 500000);
	assert_true(column(f, "x")[0] == 1.5);
	assert_true(isnan(column(f, "x")[1]));
	assert_true(isnan(column(f, "x")[2])); /* a comma where points are decimal signs */
	assert_string_equal(collect_note(f->c, NOTE_BAD_VALUE)->text.at,
		"1 values are no numbers and missing, first in line 4");
}

/* The header has no comma, so a comma cannot be the delimiter. */
static void csv_does_not_take_a_decimal_comma_for_a_delimiter(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("t [s];x [m]\n0,5;1,5\n1,5;2,5\n"), NULL);
	assert_int_equal(f->listing.channel_count, 2);
	assert_true(column(f, "x")[1] == 2.5);
}

static void csv_reads_a_units_row_and_data_from_a_later_row(void **state)
{
	struct fixture *f = *state;
	struct mapping m = { .text = { .layout = LAYOUT_PLAIN, .delimiter = ';', .decimal = ',',
		.header_row = 3, .units_row = 4, .first_data_row = 6, .time_channel = STR("Time"),
		.time_unit = STR("s") } };

	must_read(f, STR("CANape export\nx\nTime;Speed;State\n[s];km/h;\n;;\n"
		"0,5;12,25;on\n1,0;13,5;off\n1,5;nan;on\n2;NaN;\n"), &m);
	assert_int_equal(f->c->groups[0].rows, 4);
	assert_true(str_is(unit(f, "Speed"), "km/h"));
	assert_true(str_is(unit(f, "Time"), "s"));
	assert_int_equal(f->c->groups[0].times[0], 500000000);
	assert_true(column(f, "Speed")[1] == 13.5);
	assert_true(isnan(column(f, "Speed")[2]));
	assert_true(isnan(column(f, "Speed")[3]));
	assert_int_equal(f->listing.channels[2].kind, CHANNEL_TEXT);
	assert_int_equal(f->c->columns[2].label_count, 2);
	assert_true(str_is(f->c->columns[2].labels[0], "on"));
	assert_true(str_is(f->c->columns[2].labels[1], "off"));
	assert_true(column(f, "State")[1] == 1);
	assert_true(column(f, "State")[2] == 0);
	assert_true(isnan(column(f, "State")[3]));
	assert_int_equal(f->c->note_count, 0);
}

static void csv_without_header_calls_columns_by_number(void **state)
{
	struct fixture *f = *state;
	struct mapping m = { .text = { .layout = LAYOUT_PLAIN, .delimiter = ' ',
		.first_data_row = 1, .time_channel = STR("1"), .time_unit = STR("s") } };

	must_read(f, STR("0.0 49.01  8.43\n0.1 49.02 8.44 \n"), &m);
	assert_int_equal(f->listing.channel_count, 3);
	assert_int_equal(f->c->groups[0].rows, 2);
	assert_true(column(f, "3")[1] == 8.44);
}

static void csv_takes_quoted_fields(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("\"time [s]\",\"a, b [m]\",\"word\"\n0,\"1.5\",\"x, \"\"y\"\"\"\n"
		"1,2,\"\"\n2,3,z\n"), NULL);
	assert_int_equal(f->listing.channel_count, 3);
	assert_true(str_is(f->listing.channels[1].name, "a, b"));
	assert_true(column(f, "a, b")[0] == 1.5);
	assert_true(str_is(f->c->columns[2].labels[0], "x, \"y\""));
	assert_true(isnan(column(f, "word")[1]));
	assert_true(str_is(f->c->columns[2].labels[1], "z"));
}

static void csv_takes_latin_1_where_it_is_no_utf_8(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("Zeit [s];Winkel [\xb0];T\xfcr\n0;1;zu (\xfc)\n1;2;auf\n"), NULL);
	assert_true(str_is(f->listing.channels[1].unit, "\xc2\xb0"));
	assert_true(str_is(f->listing.channels[2].name, "T\xc3\xbcr"));
	assert_true(str_is(f->c->columns[2].labels[0], "zu (\xc3\xbc)"));
}

static void remember(void *context, uint64_t offset)
{
	uint64_t *last = context;

	assert_true(offset > last[0]); /* one pass, forwards */
	last[0] = offset;
	last[1]++;
}

/* Texts with doubled quotes in every row take no more memory than in one. */
static void csv_streams_in_bounded_memory(void **state)
{
	struct fixture *f = *state;
	SCOPED_BUF b = { 0 };
	SCOPED_ARENA small = { 0 };
	uint64_t passed[2] = { 0, 0 };
	struct evidence_file file;
	const uint32_t wanted[] = { 1, 2 };

	buf_init(&b, 32 << 20);
	buf_put_text(&b, "time [s],word,x [m]\n");
	for (int i = 0; i < 300000; i++)
		buf_printf(&b, "%d,\"a \"\"b\"\" \xfc\",1\n", i);
	file = collect_bytes("a.csv", buf_str(&b));
	file.passed = remember;
	file.context = passed;
	arena_init(&small, 1 << 20);
	assert_int_equal(csv_list(&small, &file, NULL, &f->listing, &f->e), ERR_OK);
	f->c->a = &f->a;
	f->c->listing = &f->listing;
	f->c->block_rows = 4096;
	f->c->wanted_count = 2;
	f->c->sink = collect_sink(f->c);
	if (csv_read(&small, &file, NULL, &f->listing, wanted, 2, &f->c->sink, &f->e) != ERR_OK)
		fail_msg("%s", f->e.message);
	assert_int_equal(f->c->groups[0].rows, 300000);
	assert_int_equal(f->c->columns[0].label_count, 1);
	assert_true(str_is(f->c->columns[0].labels[0], "a \"b\" \xc3\xbc"));
	assert_int_equal(passed[1], b.len / (1 << 20));
}

static void csv_drops_rows_of_another_width_and_says_so(void **state)
{
	struct fixture *f = *state;
	struct mapping m = { .text = { .delimiter = ',' } };

	must_read(f, STR("time [s],x [m],y [m]\n0,1,2\n1,1\n2,1,2,3\n3,1,2,\n\n4,1,2\n"), &m);
	assert_int_equal(f->c->groups[0].rows, 3);
	assert_int_equal(f->c->groups[0].times[1], 3000000000);
	assert_string_equal(collect_note(f->c, NOTE_BROKEN)->text.at,
		"2 rows have another number of fields than the header and are dropped, "
		"first in line 3");
}

static void csv_drops_a_torn_last_line(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("time [s],x [m]\n0,1\n1,2\n2,3"), NULL);
	assert_int_equal(f->c->groups[0].rows, 2);
	assert_non_null(collect_note(f->c, NOTE_TORN));
}

static void csv_makes_words_and_infinities_missing_with_a_note(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("time [s],x [m],y [m]\n0,1,1\n1,ERR,inf\n2,0x10,1e999\n3,-nan(ind),2\n"),
		NULL);
	assert_int_equal(f->c->groups[0].rows, 4);
	for (int i = 1; i < 4; i++)
		assert_true(isnan(column(f, "x")[i]));
	assert_true(isnan(column(f, "y")[1]));
	assert_true(isnan(column(f, "y")[2]));
	assert_true(column(f, "y")[3] == 2);
	assert_int_equal(f->c->note_count, 2);
	assert_true(str_is(f->c->notes[0].where, "x"));
	assert_string_equal(f->c->notes[0].text.at,
		"2 values are no numbers and missing, first in line 3");
	assert_true(str_is(f->c->notes[1].where, "y"));
}

/* Judging on them is for who collects the rows. */
static void csv_hands_out_times_that_repeat_or_go_back(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("time [s],x [m]\n0,1\n1,2\n1,3\n0.5,4\nx,5\n"), NULL);
	assert_int_equal(f->c->groups[0].rows, 4);
	assert_int_equal(f->c->groups[0].times[2], 1000000000);
	assert_int_equal(f->c->groups[0].times[3], 500000000);
	assert_int_equal(f->c->note_count, 2);
	assert_string_equal(collect_note(f->c, NOTE_BAD_VALUE)->text.at,
		"1 rows have no time and are dropped, first in line 6");
}

static void csv_keeps_times_exact_to_the_nanosecond(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("time [s],x [m]\n1690000000.123456789,1\n1690000000.123456790,2\n"),
		NULL);
	assert_int_equal(f->c->groups[0].times[0], 1690000000123456789);
	assert_int_equal(f->c->groups[0].times[1], 1690000000123456790);
}

static void csv_without_a_time_column_lists_but_gives_no_rows(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("time,x [m]\n0,1\n1,2\n"), NULL); /* no unit: not guessed */
	assert_false(f->listing.groups[0].has_time);
	assert_non_null(collect_note(f->c, NOTE_NO_TIME));
	assert_int_equal(f->c->groups[0].rows, 0);
}

static void csv_refuses_a_time_unit_that_the_header_denies(void **state)
{
	struct fixture *f = *state;
	struct mapping m = { .text = { .time_channel = STR("time"), .time_unit = STR("s") } };

	assert_int_equal(try_read(f, STR("time [ms],x\n0,1\n"), &m), ERR_INVALID);
	assert_string_equal(f->e.message, "time column \"time\" is in \"ms\"");
	m.text.time_channel = STR("clock");
	assert_int_equal(try_read(f, STR("time [ms],x\n0,1\n"), &m), ERR_INVALID);
	assert_string_equal(f->e.message, "the file has no time column \"clock\"");
}

static void csv_refuses_what_has_no_delimiter(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(try_read(f, STR("a text\nwithout columns\n"), NULL), ERR_INVALID);
	assert_string_equal(f->e.message, "no delimiter stands equally often in every line");
	assert_int_equal(try_read(f, STR("a,b\n1,2,3\n4,5\n"), NULL), ERR_INVALID);
}

static void csv_recognises_text_only(void **state)
{
	struct evidence_file text = collect_bytes("a", STR("\xef\xbb\xbf" "a\tb\r\n"));
	struct evidence_file bytes = collect_bytes("a", STR("a,b\n1,\0\n"));
	struct evidence_file empty = collect_bytes("a", STR(""));

	(void)state;
	assert_true(csv_recognises(&text));
	assert_false(csv_recognises(&bytes));
	assert_false(csv_recognises(&empty));
}

/* A name in round brackets that is no unit is part of the name, as OxTS exports have them. */
static void csv_reads_names_as_oxts_writes_them(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("Time (s),PosLat (deg),VelForward (m/s),AccelForward (m/s2),"
		"Range1TimeToCollisionForward (s),Mode (IMU)\n"
		"0.00,51.5,12.5,-0.125,,4\n0.01,51.5,12.5,-0.25,3.5,4\n"), NULL);
	assert_true(str_is(unit(f, "AccelForward"), "m/s2"));
	assert_true(str_is(unit(f, "PosLat"), "deg"));
	assert_true(str_is(unit(f, "Mode (IMU)"), ""));
	assert_true(column(f, "AccelForward")[1] == -0.25);
	assert_true(isnan(column(f, "Range1TimeToCollisionForward")[0]));
}

/* ---- esmini ---------------------------------------------------------------------------------- */

static void csv_reads_the_esmini_form(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("esmini GIT REV: abc\nesmini GIT TAG: v2.37\nesmini GIT BRANCH: \n"
		"esmini BUILD VERSION: 1\nScenario File Name: a, b.xosc\nNumber of Vehicles: 2\n"
		"Index [-], TimeStamp [s], #1 Entity_Name [-], #1 Current_Speed [m/s], "
		"#1 lane_offset[m], #1 collision_ids, #2 Entity_Name [-],#2 Current_Speed [m/s],"
		"#2 lane_offset [m], #2 collision_ids,\n"
		"0, 0.000000, Ego, 12.500000, 0.100000, , Target, 8.000000, -0.2, ,\n"
		"1, 0.010000, Ego, 12.500000, 0.100000, 1 2, Target, 8.250000, -0.2, 0,\n"), NULL);
	assert_int_equal(f->listing.channel_count, 10);
	assert_int_equal(f->c->groups[0].rows, 2);
	assert_int_equal(f->c->groups[0].times[1], 10000000);
	assert_true(str_is(unit(f, "#1 lane_offset"), "m"));
	assert_true(column(f, "#2 Current_Speed")[1] == 8.25);
	assert_int_equal(f->listing.channels[5].kind, CHANNEL_TEXT);
	/* No collision is a value, not a missing one. */
	assert_true(column(f, "#1 collision_ids")[0] == 0);
	assert_true(str_is(f->c->columns[5].labels[0], ""));
	assert_true(column(f, "#1 collision_ids")[1] == 1);
	assert_true(str_is(f->c->columns[5].labels[1], "1 2"));
	assert_true(str_is(f->c->columns[2].labels[0], "Ego"));
	assert_int_equal(f->c->note_count, 0);
}

/* ---- .vbo ------------------------------------------------------------------------------------ */

static const char vbo[] = "File created on 31/07/2006 at 23:59:20\r\n\r\n[header]\r\nsatellites\r\n"
	"time\r\nlatitude\r\nlongitude\r\nvelocity knots\r\nheading\r\nheight\r\n"
	"vertical velocity m/s\r\nevent 1 time\r\nBrake pressure\r\nSteer\r\n\r\n"
	"[channel units]\r\nbar\r\n\r\n\r\n[comments]\r\n(c) 2001 2003\r\n\r\n[column names]\r\n"
	"sats time lat long velocity heading height vertvel event1 brake_p steer\r\n\r\n[data]\r\n"
	"009 235959.98 +03119.09973 +00058.49277 010.500 321.85 +00152.58 -000.25 00000 "
	"1.234567E-02 +1.0E+00\r\n"
	"137 235959.99 +03119.09973 -00058.49277 010.250 065.93 +00152.58 +000.00 00000 "
	"1.5E+01 -1.0E+00\r\n"
	"201 000000.00 +03119.09973 +00058.49277 000.250 356.43 +00152.59 000.072 00000 "
	"0.0E+00 +0.0E+00\r\n";

static void csv_reads_the_traps_of_vbo(void **state)
{
	struct fixture *f = *state;

	must_read(f, (struct str){ vbo, sizeof(vbo) - 1 }, NULL);
	assert_true(str_is(f->listing.format, "vbo"));
	assert_int_equal(f->c->groups[0].rows, 3);
	/* 2006-07-31T23:59:59.98Z */
	assert_int_equal(f->listing.start_ns, 1154390399980000000);
	assert_int_equal(f->c->groups[0].times[0], 0);
	assert_int_equal(f->c->groups[0].times[1], 10000000);
	assert_int_equal(f->c->groups[0].times[2], 20000000); /* past midnight */
	assert_true(str_is(unit(f, "velocity"), "knots"));
	assert_true(column(f, "velocity")[0] == 10.5);
	assert_true(str_is(unit(f, "lat"), "arcmin"));
	assert_true(column(f, "lat")[0] == 3119.09973);
	assert_true(column(f, "long")[0] == -58.49277); /* west */
	assert_true(column(f, "long")[1] == 58.49277);
	assert_true(str_is(unit(f, "vertvel"), "m/s"));
	assert_true(column(f, "vertvel")[0] == -0.25);
	assert_true(str_is(unit(f, "brake_p"), "bar"));
	assert_true(str_is(unit(f, "steer"), ""));
	assert_true(column(f, "brake_p")[0] == 0.01234567);
	assert_true(column(f, "steer")[1] == -1);
	for (int i = 0; i < 3; i++)
		assert_true(column(f, "sats")[i] == 9);
	assert_true(column(f, "sats.dgps")[0] == 0);
	assert_true(column(f, "sats.dgps")[1] == 1);
	assert_true(column(f, "sats.brake_trigger")[1] == 0);
	assert_true(column(f, "sats.brake_trigger")[2] == 1);
	assert_int_equal(f->c->note_count, 0);
	assert_int_equal(f->listing.note_count, 0);
}

/* A file created by a clock of another zone belongs to the day its first row lies near. */
static void csv_finds_the_day_of_a_vbo_file(void **state)
{
	struct fixture *f = *state;
	struct str a = str_printf(&f->a, "File created on 01/08/2006 @ 00:10\n[header]\n"
		"satellites\ntime\n[column names]\nsats time\n[data]\n9 161000.5\n");
	struct str b = str_printf(&f->a, "File created on 31/07/2006 23:30:00\n[header]\n"
		"satellites\ntime\n[column names]\nsats time\n[data]\n9 043000.00\n");

	must_read(f, a, NULL);
	assert_int_equal(f->listing.start_ns, 1154362200500000000); /* 31 July, 16:10:00.5Z */
	must_read(f, b, NULL);
	assert_int_equal(f->listing.start_ns, 1154406600000000000); /* 1 August, 04:30Z */
}

/* Columns named in another order than the header lists them keep their meaning. */
static void csv_follows_the_column_names_of_a_vbo_file(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("File created on 31/07/2006 at 09:55:20\n[header]\nsatellites\ntime\n"
		"velocity kmh\nheading\n[column names]\ntime sats heading velocity\n[data]\n"
		"095520.00 7 90.5 36.0\n"), NULL);
	assert_true(column(f, "velocity")[0] == 36);
	assert_true(str_is(unit(f, "velocity"), "kmh"));
	assert_true(column(f, "heading")[0] == 90.5);
	assert_true(column(f, "sats")[0] == 7);
}

static void csv_gives_no_unit_when_those_of_a_vbo_file_do_not_fit(void **state)
{
	struct fixture *f = *state;

	must_read(f, STR("File created on 31/07/2006 at 09:55:20\n[header]\nsatellites\ntime\n"
		"Brake\nSteer\n[channel units]\nbar\n[column names]\nsats time brake steer\n"
		"[data]\n7 095520.00 1 2\n"), NULL);
	assert_true(str_is(unit(f, "brake"), ""));
	assert_true(str_is(unit(f, "steer"), ""));
	assert_non_null(collect_note(f->c, NOTE_BROKEN));
}

/* ---- hostile input --------------------------------------------------------------------------- */

static void csv_survives_truncation_at_every_byte(void **state)
{
	struct fixture *f = *state;

	for (size_t len = 1; len < sizeof(vbo) - 1; len++) {
		struct evidence_file file = collect_bytes("a.vbo", (struct str){ vbo, len });
		SCOPED_ARENA a = { 0 };
		struct collect *c;
		arena_init(&a, ARENA_CAP);
		c = ARENA_NEW(&a, struct collect);
		if (collect_file(c, &a, &csv, &file, NULL, &f->listing, NULL, 2, &f->e) == ERR_OK)
			assert_true(c->groups[0].rows < 3);
	}
}

static void csv_reads_what_the_writer_wrote(void **state)
{
	static const char *const names[] = { "t", "x" }, *const units[] = { "s", "m" };
	struct fixture *f = *state;
	struct trace_csv w = { ';', ',', "\r\n", 2, names, units };
	struct mapping m = { .text = { .header_row = 1, .units_row = 2, .first_data_row = 3,
		.time_channel = STR("t"), .time_unit = STR("s") } };
	SCOPED_BUF b = { 0 };

	buf_init(&b, 1 << 20);
	trace_put_csv_header(&b, &w);
	for (int i = 0; i < 1000; i++)
		trace_put_csv_row(&b, &w, (double[]){ i * 0.01,
			i % 7 == 3 ? (double)NAN : i / 3.0 });
	must_read(f, buf_str(&b), &m);
	assert_int_equal(f->c->groups[0].rows, 1000);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(f->c->groups[0].times[i], i * INT64_C(10000000));
		assert_true(i % 7 == 3 ? isnan(column(f, "x")[i]) : column(f, "x")[i] == i / 3.0);
	}
}

static void limit_text_line_bytes(void **state)
{
	struct fixture *f = *state;
	SCOPED_BUF b = { 0 };

	buf_init(&b, 3 * LIMIT_TEXT_LINE_BYTES);
	buf_put_text(&b, "time [s],word\n0,");
	for (int i = 0; i < LIMIT_TEXT_LINE_BYTES - 2; i++)
		buf_put_char(&b, 'x');
	buf_put_text(&b, "\n1,y\n");
	must_read(f, buf_str(&b), NULL);
	assert_int_equal(f->c->groups[0].rows, 2);
	b.at[b.len - 5] = 'x'; /* the line goes on */
	assert_int_equal(try_read(f, buf_str(&b), NULL), ERR_TOO_LARGE);
	assert_string_equal(f->e.message, "line 2 is over 1048576 bytes");
}

static void limit_text_columns(void **state)
{
	struct fixture *f = *state;
	struct mapping m = { .text = { .delimiter = ',' } };
	SCOPED_BUF b = { 0 };

	buf_init(&b, 1 << 20);
	buf_put_text(&b, "time [s]");
	for (int i = 1; i < LIMIT_TEXT_COLUMNS; i++)
		buf_printf(&b, ",c%d", i);
	must_read(f, buf_str(&b), &m);
	assert_int_equal(f->listing.channel_count, LIMIT_TEXT_COLUMNS);
	buf_put_text(&b, ",more");
	assert_int_equal(try_read(f, buf_str(&b), &m), ERR_TOO_LARGE);
}

static void limit_channel_labels(void **state)
{
	struct fixture *f = *state;
	SCOPED_BUF b = { 0 };
	uint32_t last = LIMIT_CHANNEL_LABELS;

	buf_init(&b, 1 << 20);
	buf_put_text(&b, "time [s],word\n");
	for (uint32_t i = 0; i <= last; i++)
		buf_printf(&b, "%u,w%u\n", (unsigned)i, (unsigned)i);
	must_read(f, buf_str(&b), NULL);
	assert_int_equal(f->c->columns[1].label_count, LIMIT_CHANNEL_LABELS);
	assert_true(column(f, "word")[last - 1] == last - 1);
	assert_true(isnan(column(f, "word")[last]));
	assert_string_equal(collect_note(f->c, NOTE_UNSUPPORTED)->text.at,
		"1 texts are too long or too many and missing, first in line 4098");
}

static void csv_answers_a_full_arena_with_an_error(void **state)
{
	struct evidence_file file = collect_bytes("a.vbo", (struct str){ vbo, sizeof(vbo) - 1 });
	enum err_code code = ERR_TOO_LARGE;

	(void)state;
	for (size_t cap = 0; code == ERR_TOO_LARGE; cap += 64) {
		SCOPED_ARENA a = { 0 };
		struct evidence_listing listing;
		assert_true(cap < 1 << 20);
		arena_init(&a, cap);
		code = csv_list(&a, &file, NULL, &listing, NULL);
	}
	assert_int_equal(code, ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(csv_reads_names_units_and_times),
		TEST(csv_reads_semicolons_commas_bom_and_crlf),
		TEST(csv_reads_tabs),
		TEST(csv_does_not_take_a_decimal_comma_for_a_delimiter),
		TEST(csv_reads_a_units_row_and_data_from_a_later_row),
		TEST(csv_without_header_calls_columns_by_number),
		TEST(csv_takes_quoted_fields),
		TEST(csv_takes_latin_1_where_it_is_no_utf_8),
		TEST(csv_streams_in_bounded_memory),
		TEST(csv_drops_rows_of_another_width_and_says_so),
		TEST(csv_drops_a_torn_last_line),
		TEST(csv_makes_words_and_infinities_missing_with_a_note),
		TEST(csv_hands_out_times_that_repeat_or_go_back),
		TEST(csv_keeps_times_exact_to_the_nanosecond),
		TEST(csv_without_a_time_column_lists_but_gives_no_rows),
		TEST(csv_refuses_a_time_unit_that_the_header_denies),
		TEST(csv_refuses_what_has_no_delimiter),
		TEST(csv_recognises_text_only),
		TEST(csv_reads_names_as_oxts_writes_them),
		TEST(csv_reads_the_esmini_form),
		TEST(csv_reads_the_traps_of_vbo),
		TEST(csv_finds_the_day_of_a_vbo_file),
		TEST(csv_follows_the_column_names_of_a_vbo_file),
		TEST(csv_gives_no_unit_when_those_of_a_vbo_file_do_not_fit),
		TEST(csv_survives_truncation_at_every_byte),
		TEST(csv_reads_what_the_writer_wrote),
		TEST(limit_text_line_bytes),
		TEST(limit_text_columns),
		TEST(limit_channel_labels),
		TEST(csv_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
