/* make_bundle.c - writes sample files for the tests of the library into a folder: good.bundle,
 * withdrawn.bundle, bad.bundle, trust.policy, entry, and entry.tlog-proof. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/scoped.h"
#include "sample_bundle.h"

static void put(struct arena *a, const char *folder, const char *name, struct str bytes)
{
	struct err e = { 0 };

	if (io_write_durable(arena_printf(a, "%s/%s", folder, name), bytes, 0644, &e) == ERR_OK)
		return;
	(void)fprintf(stderr, "make_bundle: %s\n", e.message);
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	static struct sample_world w;
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF proof = { 0 };
	struct tlog_proof p;
	struct str good;
	char *bad;

	if (argc != 2)
		return EXIT_FAILURE;
	key_library_init();
	arena_init(&a, 67108864);
	sample_world_init(&w, &a, 8, /* sm2= */ false);
	sample_world_report(&w);
	good = sample_report_bundle(&w);
	put(&a, argv[1], "good.bundle", good);
	put(&a, argv[1], "trust.policy", w.policy_text);
	bad = str_z(&a, good);
	CHECK(strstr(bad, "\"R-1\"") != NULL);
	strstr(bad, "\"R-1\"")[3] = '2';
	put(&a, argv[1], "bad.bundle", (struct str){ bad, good.len });
	put(&a, argv[1], "entry", w.report->receipt);
	p = (struct tlog_proof){ .index = w.report->index,
		.path = sample_prove(&w.log, w.report->index, w.log.counts[0]),
		.checkpoint = sample_checkpoint(&w, &w.log, w.log.counts[0], true) };
	buf_init(&proof, 65536);
	CHECK(tlog_proof_put(&proof, &p, NULL) == ERR_OK);
	put(&a, argv[1], "entry.tlog-proof", buf_str(&proof));
	w.revocation = sample_publish(&w, &w.log,
		sample_status_list(&w, "revocation", SAMPLE_REVOCATION, true), &w.city,
		SAMPLE_TIME + 20);
	put(&a, argv[1], "withdrawn.bundle", sample_report_bundle(&w));
	return EXIT_SUCCESS;
}
