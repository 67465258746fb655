/* test_metrics.c - counts and histograms as Prometheus text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/scoped.h"
#include "web/metrics.h"

static void put_labels(struct buf *b, size_t route)
{
	buf_printf(b, "route=\"%zu\"", route);
}

static bool holds(const struct buf *b, const char *text)
{
	return str_find(buf_str(b), str_of(text)) != SIZE_MAX;
}

static void metrics_count_by_route_class_and_time(void **state)
{
	SCOPED_BUF b = { 0 };
	struct metrics *m = metrics_open(2);

	(void)state;
	buf_init(&b, 100000);
	metrics_count(m, 0, 200, 250, 1000000);
	metrics_count(m, 0, 201, 251, 1000000);
	metrics_count(m, 0, 404, 2000000, 1000000);
	metrics_count(m, 2, 503, 9000000, 1000000);
	metrics_connection(m, 3);
	metrics_connection(m, -1);
	metrics_swept(m);
	metrics_put(&b, m, put_labels);
	assert_true(holds(&b, "huren_http_requests_total{route=\"0\",class=\"2xx\"} 2\n"));
	assert_true(holds(&b, "huren_http_requests_total{route=\"0\",class=\"4xx\"} 1\n"));
	assert_true(holds(&b, "huren_http_requests_total{route=\"2\",class=\"5xx\"} 1\n"));
	assert_true(holds(&b, "bucket{route=\"0\",le=\"0.000250\"} 1\n"));
	assert_true(holds(&b, "bucket{route=\"0\",le=\"0.001000\"} 2\n"));
	assert_true(holds(&b, "bucket{route=\"0\",le=\"5.000000\"} 3\n"));
	assert_true(holds(&b, "bucket{route=\"2\",le=\"+Inf\"} 1\n"));
	assert_true(holds(&b, "seconds_sum{route=\"0\"} 2.000501\n"));
	assert_true(holds(&b, "seconds_count{route=\"0\"} 3\n"));
	assert_false(holds(&b, "route=\"1\"")); /* never asked: not listed */
	assert_true(holds(&b, "huren_http_connections 2\n"));
	assert_true(holds(&b, "huren_http_swept_total 1\n"));
	metrics_close(m);
}

static void metrics_tell_a_row_and_the_last_minute(void **state)
{
	struct metrics *m = metrics_open(1);
	struct metrics_row row;

	(void)state;
	for (int i = 0; i < 99; i++)
		metrics_count(m, 0, 200, 900, 100 * 1000000ull);
	metrics_count(m, 0, 500, 200000, 101 * 1000000ull);
	row = metrics_row(m, 0);
	assert_int_equal(row.count, 100);
	assert_int_equal(row.failed, 1);
	assert_int_equal(row.mean_us, 2891);
	assert_int_equal(row.p99_us, 1000);
	metrics_count(m, 0, 200, 200000, 101 * 1000000ull);
	assert_int_equal(metrics_row(m, 0).p99_us, 250000);
	assert_int_equal(metrics_row(m, 1).count, 0);
	assert_int_equal(metrics_minute(m, 102 * 1000000ull), 101);
	assert_int_equal(metrics_minute(m, 161 * 1000000ull), 2);
	assert_int_equal(metrics_minute(m, 162 * 1000000ull), 0);
	metrics_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_count_by_route_class_and_time),
		cmocka_unit_test(metrics_tell_a_row_and_the_last_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
