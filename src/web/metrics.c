/* metrics.c - histograms of fixed bounds. */
#include "web/metrics.h"

#include <stdatomic.h>

#define CLASSES 5              /* 1xx .. 5xx */

/* Upper bounds in microseconds: from a tile out of memory to a write behind a slow disk. */
static const uint32_t bounds_us[] = { 250, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	1000000, 5000000 };
#define BOUNDS (sizeof(bounds_us) / sizeof(bounds_us[0]))

struct row {
	atomic_ullong classes[CLASSES];
	atomic_ullong buckets[BOUNDS + 1];
	atomic_ullong sum_us;
};
/* Answers of one second; two that come in the same moment may lose one of themselves. */
#define SECONDS 128
struct second {
	atomic_ullong at, count;
};
struct metrics {
	size_t route_count;
	atomic_llong connections;
	atomic_ullong swept;
	struct second seconds[SECONDS];
	struct row rows[];
};

struct metrics *metrics_open(size_t route_count)
{
	struct metrics *m = handle_new(sizeof(*m) + (route_count + 1) * sizeof(struct row));

	m->route_count = route_count;
	return m;
}

void metrics_close(struct metrics *m)
{
	handle_drop(m);
}

static void count_second(struct metrics *m, uint64_t now_s)
{
	struct second *second = &m->seconds[now_s % SECONDS];

	if (atomic_exchange_explicit(&second->at, now_s, memory_order_relaxed) != now_s)
		atomic_store_explicit(&second->count, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&second->count, 1, memory_order_relaxed);
}

void metrics_count(struct metrics *m, size_t route, int status, uint64_t us, uint64_t now_us)
{
	size_t bucket = 0;
	struct row *row;

	count_second(m, now_us / 1000000);
	CHECK(route <= m->route_count);
	row = &m->rows[route];
	while (bucket < BOUNDS && us > bounds_us[bucket])
		bucket++;
	if (status >= 100 && status < 600)
		atomic_fetch_add_explicit(&row->classes[status / 100 - 1], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&row->buckets[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&row->sum_us, us, memory_order_relaxed);
}

void metrics_connection(struct metrics *m, int change)
{
	atomic_fetch_add_explicit(&m->connections, change, memory_order_relaxed);
}

void metrics_swept(struct metrics *m)
{
	atomic_fetch_add_explicit(&m->swept, 1, memory_order_relaxed);
}

static unsigned long long read_count(const atomic_ullong *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

uint64_t metrics_minute(const struct metrics *m, uint64_t now_us)
{
	uint64_t now_s = now_us / 1000000, sum = 0;

	for (size_t i = 0; i < SECONDS; i++) {
		uint64_t at = read_count(&m->seconds[i].at);
		if (at > 0 && at < now_s && at + 60 >= now_s)
			sum += read_count(&m->seconds[i].count);
	}
	return sum;
}

int64_t metrics_connections(const struct metrics *m)
{
	return atomic_load_explicit(&m->connections, memory_order_relaxed);
}

struct metrics_row metrics_row(const struct metrics *m, size_t route)
{
	struct metrics_row r = { .count = 0 };
	const struct row *row;
	uint64_t sum = 0;

	CHECK(route <= m->route_count);
	row = &m->rows[route];
	for (size_t i = 0; i <= BOUNDS; i++)
		r.count += read_count(&row->buckets[i]);
	r.failed = read_count(&row->classes[CLASSES - 1]);
	r.mean_us = r.count > 0 ? read_count(&row->sum_us) / r.count : 0;
	for (size_t i = 0; i < BOUNDS && r.p99_us == 0; i++) {
		sum += read_count(&row->buckets[i]);
		if (r.count > 0 && sum * 100 >= r.count * 99)
			r.p99_us = bounds_us[i];
	}
	return r;
}

static void put_seconds(struct buf *b, unsigned long long us)
{
	buf_printf(b, "%llu.%06llu", us / 1000000, us % 1000000);
}

static void put_histogram(struct buf *b, const struct row *row, size_t route,
	void (*put_labels)(struct buf *b, size_t route))
{
	unsigned long long sum = 0;

	for (size_t i = 0; i <= BOUNDS; i++) {
		sum += read_count(&row->buckets[i]);
		buf_put_text(b, "huren_http_request_seconds_bucket{");
		put_labels(b, route);
		buf_put_text(b, ",le=\"");
		if (i < BOUNDS)
			put_seconds(b, bounds_us[i]);
		else
			buf_put_text(b, "+Inf");
		buf_printf(b, "\"} %llu\n", sum);
	}
	buf_put_text(b, "huren_http_request_seconds_sum{");
	put_labels(b, route);
	buf_put_text(b, "} ");
	put_seconds(b, read_count(&row->sum_us));
	buf_put_text(b, "\nhuren_http_request_seconds_count{");
	put_labels(b, route);
	buf_printf(b, "} %llu\n", sum);
}

void metrics_put(struct buf *b, const struct metrics *m,
	void (*put_labels)(struct buf *b, size_t route))
{
	buf_put_text(b, "# HELP huren_http_requests_total Requests answered, by class of status.\n"
		"# TYPE huren_http_requests_total counter\n");
	for (size_t i = 0; i <= m->route_count; i++)
		for (unsigned c = 0; c < CLASSES; c++) {
			unsigned long long count = read_count(&m->rows[i].classes[c]);
			if (count == 0)
				continue;
			buf_put_text(b, "huren_http_requests_total{");
			put_labels(b, i);
			buf_printf(b, ",class=\"%uxx\"} %llu\n", c + 1, count);
		}
	buf_put_text(b, "# HELP huren_http_request_seconds Time from the header to the answer.\n"
		"# TYPE huren_http_request_seconds histogram\n");
	for (size_t i = 0; i <= m->route_count; i++) {
		unsigned long long any = 0;
		for (size_t k = 0; k <= BOUNDS; k++)
			any += read_count(&m->rows[i].buckets[k]);
		if (any > 0)
			put_histogram(b, &m->rows[i], i, put_labels);
	}
	buf_printf(b, "# HELP huren_http_connections Open connections.\n"
		"# TYPE huren_http_connections gauge\nhuren_http_connections %lld\n",
		(long long)atomic_load_explicit(&m->connections, memory_order_relaxed));
	buf_printf(b, "# HELP huren_http_swept_total Connections closed for being too slow.\n"
		"# TYPE huren_http_swept_total counter\nhuren_http_swept_total %llu\n",
		read_count(&m->swept));
}
