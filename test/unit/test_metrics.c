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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_count_by_route_class_and_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
