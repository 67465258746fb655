/* make_vectors.c - writes the files of test/vectors-own into a folder: make_vectors FOLDER.
 *
 * Run by hand when a format changes on purpose. Keys are fixed; SM2 signatures differ each time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/scoped.h"
#include "sample_bundle.h"

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "%s\n", e->message);
	exit(EXIT_FAILURE);
}

static void write_file(struct arena *a, const char *folder, const char *name, struct str bytes)
{
	struct err e = { 0 };

	must(io_write_durable(arena_printf(a, "%s/%s", folder, name), bytes, 0644, &e), &e);
}

/* The entry of the report, its tlog-proof, and the report as vc+jwt. */
static void write_parts(struct sample_world *w, const char *folder)
{
	uint64_t size = w->log.counts[0];
	struct tlog_proof proof = { .index = w->report->index,
		.path = sample_prove(&w->log, w->report->index, size),
		.checkpoint = sample_checkpoint(w, &w->log, size, /* cosigned= */ true) };
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };
	struct str jwt;

	buf_init(&b, 65536);
	must(tlog_proof_put(&b, &proof, &e), &e);
	write_file(w->a, folder, "report.tlog-proof", buf_str(&b));
	write_file(w->a, folder, "report.entry", w->report->receipt);
	write_file(w->a, folder, "report.json", w->report->text);
	must(vc_jwt_sign(w->a, w->report->statement.doc, &w->lab.key, w->lab.method, &jwt, &e), &e);
	write_file(w->a, folder, "report.jwt", jwt);
}

/* The report says something else than it did when it was signed. */
static void write_changed(struct sample_world *w, const char *folder, struct str good)
{
	struct str text = str_copy(w->a, good);
	size_t at = str_find(text, STR("\"number\":\"R-1\""));
	char *digit = str_z(w->a, text);

	CHECK(at != SIZE_MAX);
	digit[at + sizeof("\"number\":\"R-") - 1] = '2';
	write_file(w->a, folder, "changed.bundle.json", (struct str){ digit, text.len });
}

int main(int argc, char **argv)
{
	SCOPED_ARENA a = { 0 };
	struct sample_world w;
	const struct sample_entry *entries[7];
	struct str good;

	if (argc != 2)
		return EXIT_FAILURE;
	key_library_init();
	arena_init(&a, (size_t)64 << 20);
	sample_world_init(&w, &a, 8, /* sm2= */ true);
	sample_world_report(&w);
	good = sample_report_bundle(&w);
	write_file(&a, argv[1], "policy.txt", w.policy_text);
	write_file(&a, argv[1], "good.bundle.json", good);
	write_changed(&w, argv[1], good);
	write_parts(&w, argv[1]);
	entries[0] = w.report;
	entries[1] = w.city_doc;
	entries[2] = w.lab_doc;
	entries[3] = w.accreditation;
	entries[4] = sample_publish(&w, &w.log, sample_status_change(&w, &w.lab, w.report,
		"withdrawn"), &w.lab, SAMPLE_TIME + 50);
	entries[5] = sample_publish(&w, &w.log, sample_status_list(&w, "revocation",
		SAMPLE_REVOCATION, /* set= */ true), &w.city, SAMPLE_TIME + 51);
	entries[6] = w.suspension;
	write_file(&a, argv[1], "withdrawn.bundle.json", sample_bundle(&w, entries, 7));
	return EXIT_SUCCESS;
}
