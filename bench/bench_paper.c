/* bench_paper.c - printing a report of 60 items with 180 values, its process included.
 * Usage: bench_paper HUREN: the program that prints. */
#include <stdio.h>
#include <stdlib.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "paper/paper_worker.h"

#define ITEMS 60
#define TURNS 21
#define CAP ((size_t)64 << 20)

static void put_table(struct buf *b, int rows)
{
	buf_put_text(b, "{\"is\":\"table\",\"columns\":[{\"title\":\"项目\",\"fit\":true},"
		"{\"title\":\"名称\"},{\"title\":\"测量值\",\"fit\":true,\"end\":true},"
		"{\"title\":\"判定\",\"fit\":true}],\"rows\":[");
	for (int i = 0; i < rows; i++)
		buf_printf(b, "%s[\"6.%d\",{\"text\":\"自动驾驶功能场地试验\","
			"\"sub\":\"60 km/h 限速标志\"},\"%d.9 km/h\","
			"{\"text\":\"通过\",\"shape\":\"check\",\"tone\":\"good\"}]",
			i > 0 ? "," : "", i, i);
	buf_put_text(b, "]}");
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	struct paper_options o;
	SCOPED_ARENA a;
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };
	struct json *sheet;
	double took[TURNS];

	if (argc != 2)
		return EXIT_FAILURE;
	arena_init(&a, CAP);
	buf_init(&b, CAP);
	buf_put_text(&b, "{\"title\":\"T\",\"created\":\"2026-11-24T00:00:00Z\","
		"\"colour\":\"#0b7a75\",\"page\":\"第 {page} 页 共 {pages} 页\","
		"\"head\":{\"issuer\":\"检测\",\"kind\":\"检验检测报告\"},\"blocks\":[");
	put_table(&b, ITEMS);
	buf_put_text(&b, ",");
	put_table(&b, 3 * ITEMS);
	buf_put_text(&b, "]}");
	paper_defaults(&o);
	o.program = argv[1];
	enum err_code code = json_parse(&a, buf_str(&b), &sheet, &e);
	for (int i = 0; i < TURNS && code == ERR_OK; i++) {
		uint64_t from = instant_monotonic_us();
		struct str pdf;
		code = paper_print(&o, &a, sheet, &pdf, &e);
		took[i] = (double)(instant_monotonic_us() - from) / 1000;
	}
	if (code != ERR_OK) {
		(void)fprintf(stderr, "bench_paper: %s\n", e.message);
		return EXIT_FAILURE;
	}
	qsort(took, TURNS, sizeof(took[0]), by_size);
	(void)printf("{\"bench\":\"pdf.report\",\"metric\":\"pdf.report.ms\",\"value\":%.1f,"
		"\"unit\":\"ms\"}\n", took[TURNS / 2]);
	return EXIT_SUCCESS;
}
