/* bench_json.c - how fast JSON is read and written. Prints one JSON line a figure.
 *
 * The sample is a conformity credential of some 6 kB in Chinese and English, once in canonical form
 * (as it comes from a peer or the database) and once indented with members in another order (as a
 * person may send it).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/instant.h"
#include "base/json.h"
#include "base/scoped.h"

#define ASSESSMENTS 14      /* makes some 6 kB */
#define ARENA_CAP 1048576
#define RUN_US 400000       /* a figure; the best of RUNS counts, other work only slows */
#define RUNS 3

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_json: %s\n", e->message);
	exit(EXIT_FAILURE);
}

static const char sample_head[] =
	"{\n  \"type\": [\"VerifiableCredential\", \"DigitalConformityCredential\"],\n"
	"  \"@context\": [\"https://www.w3.org/ns/credentials/v2\"],\n"
	"  \"issuer\": {\"name\": \"甬川智能网联汽车检测中心\", \"id\": \"did:web:lab.example\"},\n"
	"  \"id\": \"urn:uuid:5b1d3b1e-2a0c-4a57-9d0e-0f6f4f3f7c11\",\n"
	"  \"validFrom\": \"2026-11-24T03:04:05Z\",\n  \"credentialSubject\": [";

static void put_sample(struct buf *b)
{
	buf_put_text(b, sample_head);
	for (int i = 0; i < ASSESSMENTS; i++) {
		buf_printf(b, "%s\n    {\n      \"type\": [\"ConformityAssessment\"],\n"
			"      \"id\": \"urn:huren:item:%d\",\n      \"conformance\": %s,\n"
			"      \"name\": \"前方车辆紧急制动的识别及响应\",\n",
			i > 0 ? "," : "", i, i % 3 ? "true" : "false");
		buf_printf(b, "      \"description\": \"Vehicle brakes, \\\"target\\\" %d\",\n"
			"      \"measurements\": [{\"unit\": \"m/s\\u00b2\", \"name\":"
			" \"deceleration\", \"value\": \"%d.62\"},"
			" {\"runs\": %d, \"margin\": 0.%d5}]\n    }",
			i, i, 3 + i, i + 1);
	}
	buf_put_text(b, "\n  ]\n}\n");
}

static void print(const char *metric, double value)
{
	(void)printf("{\"bench\":\"json\",\"metric\":\"%s\",\"value\":%.1f,\"unit\":\"MB/s\"}\n",
		metric, value);
}

static double parse_speed(struct arena *a, struct str text)
{
	uint64_t start = instant_monotonic_us(), us = 0;
	struct json *v = NULL;
	struct err e = { 0 };
	double bytes = 0;

	while (us < RUN_US) {
		for (int i = 0; i < 64; i++) {
			arena_reset(a);
			must(json_parse(a, text, &v, &e), &e);
		}
		bytes += 64.0 * (double)text.len;
		us = instant_monotonic_us() - start;
	}
	return bytes / (double)us;
}

static double write_speed(struct buf *b, const struct json *v)
{
	uint64_t start = instant_monotonic_us(), us = 0;
	struct err e = { 0 };
	double bytes = 0;

	while (us < RUN_US) {
		for (int i = 0; i < 64; i++) {
			buf_reset(b);
			must(json_put_jcs(b, v, &e), &e);
		}
		bytes += 64.0 * (double)b->len;
		us = instant_monotonic_us() - start;
	}
	return bytes / (double)us;
}

int main(void)
{
	SCOPED_ARENA kept = { 0 };
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF loose = { 0 };
	SCOPED_BUF written = { 0 };
	double best[3] = { 0 };
	struct str canonical = { NULL, 0 };
	struct json *v = NULL;
	struct err e = { 0 };

	arena_init(&kept, ARENA_CAP);
	arena_init(&a, ARENA_CAP);
	buf_init(&loose, ARENA_CAP);
	buf_init(&written, ARENA_CAP);
	put_sample(&loose);
	must(buf_check(&loose, "sample", &e), &e);
	must(json_parse(&kept, buf_str(&loose), &v, &e), &e);
	must(json_jcs(&kept, v, &canonical, &e), &e);
	for (int run = 0; run < RUNS; run++) {
		double speeds[3] = { parse_speed(&a, canonical), parse_speed(&a, buf_str(&loose)),
			write_speed(&written, v) };
		for (int i = 0; i < 3; i++)
			best[i] = speeds[i] > best[i] ? speeds[i] : best[i];
	}
	print("parse.mb_per_s", best[0]);
	print("parse_loose.mb_per_s", best[1]);
	print("jcs.mb_per_s", best[2]);
	return EXIT_SUCCESS;
}
