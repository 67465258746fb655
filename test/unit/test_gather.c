/* test_gather.c - signals to columns, and sums, as the sandbox's worker makes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/scoped.h"
#include "evidence/gather.h"
#include "evidence/sandbox.h"
#include "mdf_write.h"

#define CAP ((size_t)16 << 20)
#define ROWS 5000

static char path[] = "/tmp/huren-gather-XXXXXX";

static double times[ROWS], speed[ROWS], gap[ROWS];

static void must(enum err_code code, const struct err *e)
{
	if (code != ERR_OK)
		fail_msg("%s", e->message);
}

static void write_columns(const char *first, const char *second)
{
	const char *names[] = { first, second }, *units[] = { "km/h", "m" };
	const double *columns[] = { speed, gap };
	const struct mdf_write_columns f = { .group = "run", .rows = ROWS, .times_s = times,
		.column_count = 2, .names = names, .units = units, .columns = columns,
		.storage = { .container = MDF_DT } };
	struct err e = { 0 };
	SCOPED_BUF b;

	buf_init(&b, CAP);
	mdf_write_columns(&b, &f);
	must(io_write_durable(path, buf_str(&b), 0644, &e), &e);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	(void)close(fd); /* only its name is wanted */
	for (int i = 0; i < ROWS; i++) {
		times[i] = i * 0.01;
		speed[i] = i % 7 == 0 ? (double)NAN : (double)i;
		gap[i] = -i;
	}
	write_columns("speed", "gap");
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static struct mapping *mapping_of(struct arena *a, const char *text)
{
	struct mapping *m = ARENA_NEW(a, struct mapping);
	struct json *doc;
	struct err e = { 0 };

	must(json_parse(a, str_of(text), &doc, &e), &e);
	must(mapping_parse(a, doc, m, &e), &e);
	return m;
}

#define SIGNALS(rows) "{\"kind\":\"mapping\",\"id\":\"m\",\"signals\":[" rows "]}"
#define GAP "{\"signal\":\"a\",\"channel\":\"gap\",\"unit\":\"m\"}"
#define SPEED "{\"signal\":\"b\",\"channel\":\"speed\",\"unit\":\"km/h\"}"

static struct sandbox *open_sandbox(bool inside)
{
	struct sandbox_options o;
	struct sandbox *s = NULL;
	struct err e = { 0 };

	sandbox_defaults(&o);
	o.program = getenv("HUREN_WORKER");
	assert_non_null(o.program);
	o.inside = inside;
	must(sandbox_open(&o, &s, &e), &e);
	return s;
}

static void check_table(const struct channel_table *t)
{
	assert_true(str_is(t->format, "mdf"));
	assert_int_equal(t->channel_count, 3);
	assert_int_equal(t->axis_count, 1);
	assert_int_equal(t->axes[0].count, ROWS);
	assert_int_equal(t->axes[0].times[ROWS - 1], 49990000000);
	/* In the mapping's order, not in the file's; one that is not there keeps its place. */
	assert_true(str_is(t->channels[0].name, "gap"));
	assert_true(t->channels[0].values[10] == -10);
	assert_int_equal(t->channels[1].axis, UINT32_MAX);
	assert_true(isnan(t->channels[2].values[7]));
	assert_true(t->channels[2].values[8] == 8);
	assert_true(str_is(t->channels[2].unit, "km/h"));
	assert_int_equal(t->note_count, 0);
}

static void gather_hands_out_the_signals_of_the_mapping(void **state)
{
	SCOPED_ARENA a;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	const struct mapping *m = mapping_of(&a, SIGNALS(GAP
		",{\"signal\":\"c\",\"channel\":\"light\"}," SPEED));
	for (int inside = 0; inside < 2; inside++) {
		struct sandbox *s = open_sandbox(inside);
		struct channel_table t;
		for (int i = 0; i < 3; i++) {
			must(sandbox_collect(s, &a, path, m, &t, &e), &e);
			check_table(&t);
		}
		sandbox_release(s);
		must(sandbox_collect(s, &a, path, m, &t, &e), &e);
		check_table(&t);
		sandbox_close(s);
	}
}

/* The collector of whole columns says the same. */
static void gather_agrees_with_the_collector(void **state)
{
	SCOPED_ARENA a;
	struct evidence_listing l;
	struct channel_table mine, theirs;
	struct str bytes;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	const struct mapping *m = mapping_of(&a, SIGNALS(SPEED "," GAP));
	struct sandbox *s = open_sandbox(false);
	must(sandbox_collect(s, &a, path, m, &mine, &e), &e);
	must(io_read_file(&a, path, CAP, &bytes, &e), &e);
	const struct evidence_file file = { .name = STR("f.mf4"), .at = (const uint8_t *)bytes.at,
		.size = bytes.len };
	must(evidence_list(&a, &file, m, &l, &e), &e);
	const uint32_t wanted[] = { 1, 2 }; /* behind the time */
	must(evidence_collect(&a, &file, m, &l, wanted, 2, &theirs, &e), &e);
	assert_int_equal(mine.axes[0].count, theirs.axes[0].count);
	assert_memory_equal(mine.axes[0].times, theirs.axes[0].times, ROWS * 8);
	for (int i = 0; i < 2; i++) {
		for (int k = 0; k < ROWS; k++)
			assert_true(mine.channels[i].values[k] == theirs.channels[i].values[k] ||
				(isnan(mine.channels[i].values[k]) &&
					isnan(theirs.channels[i].values[k])));
	}
	sandbox_close(s);
}

static void gather_reads_a_channel_once_for_two_signals(void **state)
{
	SCOPED_ARENA a;
	struct channel_table t;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	struct sandbox *s = open_sandbox(true);
	must(sandbox_collect(s, &a, path, mapping_of(&a, SIGNALS(GAP
		",{\"signal\":\"c\",\"group\":\"run\",\"channel\":\"speed\",\"unit\":\"km/h\"}")),
		&t, &e), &e);
	assert_int_equal(t.channel_count, 2);
	assert_int_equal(t.channels[0].axis, t.channels[1].axis);
	sandbox_close(s);
}

static void gather_takes_no_name_that_stands_for_two(void **state)
{
	SCOPED_ARENA a;
	struct channel_table t;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	write_columns("gap", "gap");
	struct sandbox *s = open_sandbox(false);
	must(sandbox_collect(s, &a, path, mapping_of(&a, SIGNALS(GAP)), &t, &e), &e);
	assert_int_equal(t.channels[0].axis, UINT32_MAX);
	assert_int_equal(t.note_count, 1);
	if (!strstr(str_z(&a, t.notes[0].text), "more than one channel"))
		fail_msg("%s", str_z(&a, t.notes[0].text));
	sandbox_close(s);
	write_columns("speed", "gap");
}

static void gather_drops_the_rows_of_times_that_go_back(void **state)
{
	SCOPED_ARENA a;
	struct channel_table t;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, CAP);
	times[3000] = 0.5;
	write_columns("speed", "gap");
	times[3000] = 30;
	struct sandbox *s = open_sandbox(false);
	must(sandbox_collect(s, &a, path, mapping_of(&a, SIGNALS(GAP)), &t, &e), &e);
	assert_int_equal(t.axes[t.channels[0].axis].count, 0);
	assert_int_equal(t.note_count, 1);
	assert_int_equal(t.notes[0].code, NOTE_TIME_BACKWARDS);
	sandbox_close(s);
	write_columns("speed", "gap");
}

static void gather_sums_in_one_pass(void **state)
{
	SCOPED_ARENA a;
	struct evidence_sums sums;
	struct err e = { 0 };
	double want = 0;

	(void)state;
	arena_init(&a, CAP);
	struct sandbox *s = open_sandbox(false);
	must(sandbox_sums(s, &a, path, NULL, &sums, &e), &e);
	assert_int_equal(sums.listing.group_count, 1);
	assert_int_equal(sums.groups[0].rows, ROWS);
	assert_int_equal(sums.groups[0].first_ns, 0);
	assert_int_equal(sums.groups[0].last_ns, 49990000000);
	assert_int_equal(sums.groups[0].gap_ns, 10000000);
	assert_false(sums.groups[0].backwards);
	for (int i = 0; i < ROWS; i++)
		want += i % 7 == 0 ? 0 : i;
	assert_int_equal(sums.listing.channel_count, 3);
	assert_int_equal(sums.channels[1].missing, (ROWS + 6) / 7);
	assert_int_equal(sums.channels[1].count, ROWS - (ROWS + 6) / 7);
	assert_true(sums.channels[1].sum == want);
	assert_true(sums.channels[1].min == 1 && sums.channels[1].max == ROWS - 1);
	assert_true(sums.channels[2].min == -(ROWS - 1) && sums.channels[2].max == 0);
	sandbox_close(s);
}

/* 1 + 1e100 + 1 - 1e100: what plain adding would lose is made up for. */
static void gather_sums_keep_what_adding_rounds_away(void **state)
{
	SCOPED_ARENA a;
	struct evidence_sums sums;
	struct err e = { 0 };
	double kept[4] = { speed[0], speed[1], speed[2], speed[3] };

	(void)state;
	arena_init(&a, CAP);
	for (int i = 0; i < ROWS; i++)
		speed[i] = 0;
	speed[0] = speed[2] = 1;
	speed[1] = 1e100;
	speed[3] = -1e100;
	write_columns("speed", "gap");
	for (int i = 0; i < ROWS; i++)
		speed[i] = i < 4 ? kept[i] : i % 7 == 0 ? (double)NAN : (double)i;
	struct sandbox *s = open_sandbox(true);
	must(sandbox_sums(s, &a, path, NULL, &sums, &e), &e);
	assert_true(sums.channels[1].sum == 2);
	sandbox_close(s);
	write_columns("speed", "gap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gather_hands_out_the_signals_of_the_mapping),
		cmocka_unit_test(gather_agrees_with_the_collector),
		cmocka_unit_test(gather_reads_a_channel_once_for_two_signals),
		cmocka_unit_test(gather_takes_no_name_that_stands_for_two),
		cmocka_unit_test(gather_drops_the_rows_of_times_that_go_back),
		cmocka_unit_test(gather_sums_in_one_pass),
		cmocka_unit_test(gather_sums_keep_what_adding_rounds_away),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
