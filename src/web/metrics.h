/* metrics.h - counts and times of requests, as Prometheus text.
 *
 * Atomic counters, one row for each route and one for what matched none; no lock, no allocation.
 */
#ifndef HUREN_WEB_METRICS_H
#define HUREN_WEB_METRICS_H

#include "base/buf.h"

struct metrics;

struct metrics *metrics_open(size_t route_count);
void metrics_close(struct metrics *m);
/* `route` is the row's index, or route_count for no row. */
void metrics_count(struct metrics *m, size_t route, int status, uint64_t us, uint64_t now_us);
void metrics_connection(struct metrics *m, int change);
/* A connection that the sweep closed. */
void metrics_swept(struct metrics *m);
/* What people want to know of one row, and of all together. */
struct metrics_row {
	uint64_t count, failed;    /* answers; of them 5xx */
	uint64_t mean_us;
	uint64_t p99_us;           /* at most: the bound of the histogram it lies under; 0: none */
};
struct metrics_row metrics_row(const struct metrics *m, size_t route);
/* Answers of the last whole minute. */
uint64_t metrics_minute(const struct metrics *m, uint64_t now_us);
int64_t metrics_connections(const struct metrics *m);
/* The part about HTTP; `names` gives method and path of each row. */
void metrics_put(struct buf *b, const struct metrics *m,
	void (*put_labels)(struct buf *b, size_t route));

#endif
