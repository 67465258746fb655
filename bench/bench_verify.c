/* bench_verify.c - verify.bundle.ratio: what a whole check of a bundle by the public library costs,
 * against the bare signature verifications in it: the same keys and message sizes.
 *
 * The bundle is the usual one of a report: six statements, two status lists, a checkpoint with one
 * cosignature. Both are measured by turns in processor time, and the quickest round of each counts,
 * so that whatever else runs on the machine disturbs neither. Argument: --quick, or the number of
 * rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../test/sample_bundle.h"
#include "base/scoped.h"
#include "credential/proof_inner.h"
#include "huren/verify.h"

#define ROUNDS 3000
#define NOW (SAMPLE_TIME + 1000)
#define SIGNATURES_MAX 32

struct signature {
	struct key_public key;
	struct str message;
	uint8_t at[KEY_SIGNATURE_BYTES];
};

struct work {
	struct arena arena;
	struct sample_world world;
	struct str bundle;
	struct signature signatures[SIGNATURES_MAX];
	uint32_t count;
};

static void must(enum err_code code, const struct err *e)
{
	if (code == ERR_OK)
		return;
	(void)fprintf(stderr, "bench_verify: %s\n", e->message);
	exit(1);
}

static void print(const char *metric, double value, const char *unit)
{
	(void)printf("{\"bench\":\"verify\",\"metric\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n",
		metric, value, unit);
}

/* A signature of that many bytes. */
static void add(struct work *w, const struct key *k, size_t len)
{
	struct signature *s = &w->signatures[w->count++];
	char *message = ARENA_ARRAY(&w->arena, char, len);
	struct err e;

	CHECK(w->count <= SIGNATURES_MAX);
	CHECK(message != NULL);
	key_random((uint8_t *)message, len);
	*s = (struct signature){ .key = k->pub, .message = { message, len } };
	must(key_sign(k, s->message, s->at, &e), &e);
}

/* The signatures of sample_report_bundle: a proof or two a statement, the log's, the witness's. */
static void make(struct work *w, bool sm2)
{
	const struct sample_party *signers[6];
	SCOPED_ARENA a = { 0 };
	struct note note;
	struct str checkpoint;
	struct err e;

	arena_init(&w->arena, 64 << 20);
	arena_init(&a, 1 << 20);
	w->count = 0;
	sample_world_init(&w->world, &w->arena, 12, sm2);
	sample_world_report(&w->world);
	sample_log_fill(&w->world.log, 4000);
	w->bundle = sample_report_bundle(&w->world);
	signers[0] = &w->world.lab;
	for (size_t i = 1; i < 6; i++)
		signers[i] = &w->world.city;
	for (size_t i = 0; i < 6; i++) {
		add(w, &signers[i]->key, PROOF_HASH_BYTES);
		if (sm2)
			add(w, &signers[i]->key_sm2, PROOF_HASH_BYTES);
	}
	checkpoint = sample_checkpoint(&w->world, &w->world.log, w->world.log.counts[0], true);
	must(note_parse(&a, checkpoint, &note, &e), &e);
	add(w, &w->world.log.key, note.text.len);
	/* "cosignature/v1\ntime <ten digits>\n" stands before the text. */
	add(w, &w->world.log.witness_key, note.text.len + 31);
}

static double cpu_us(void)
{
	struct timespec t;

	CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double check_all(const struct work *w)
{
	double start = cpu_us();
	struct huren_result *r = huren_verify_bundle(w->bundle.at, w->bundle.len,
		w->world.policy_text.at, w->world.policy_text.len, NOW);

	CHECK(huren_result_verdict(r) == HUREN_GOOD);
	huren_result_close(r);
	return cpu_us() - start;
}

static double check_signatures(const struct work *w)
{
	double start = cpu_us();
	struct err e;

	for (uint32_t i = 0; i < w->count; i++) {
		const struct signature *s = &w->signatures[i];
		must(key_verify(&s->key, s->message, s->at, &e), &e);
	}
	return cpu_us() - start;
}

static void measure(bool sm2, uint64_t rounds, const char *name)
{
	static struct work w;
	struct bundle_found found;
	double whole = 1e12, bare = 1e12;
	char metric[64];
	struct err e;

	make(&w, sm2);
	must(bundle_verify(&w.arena, w.bundle, w.world.policy, NOW, &found, &e), &e);
	CHECK(found.good);
	CHECK(found.signature_count == w.count);
	for (uint64_t i = 0; i < rounds; i++) {
		double us = check_all(&w);
		whole = us < whole ? us : whole;
		us = check_signatures(&w);
		bare = us < bare ? us : bare;
	}
	(void)snprintf(metric, sizeof(metric), "%s.ratio", name);
	print(metric, whole / bare, "1");
	(void)snprintf(metric, sizeof(metric), "%s.us", name);
	print(metric, whole, "us");
	(void)snprintf(metric, sizeof(metric), "%s.signatures_us", name);
	print(metric, bare, "us");
	(void)snprintf(metric, sizeof(metric), "%s.signatures", name);
	print(metric, w.count, "1");
	(void)snprintf(metric, sizeof(metric), "%s.bytes", name);
	print(metric, (double)w.bundle.len, "bytes");
	arena_clear(&w.arena);
}

int main(int argc, char **argv)
{
	uint64_t rounds = ROUNDS;

	if (argc > 1 && strcmp(argv[1], "--quick") == 0)
		rounds = 1;
	else if (argc > 1 && str_parse_u64(str_of(argv[1]), &rounds, NULL) != ERR_OK)
		return 2;
	key_library_init();
	measure(/* sm2= */ false, rounds, "verify.bundle");
	measure(/* sm2= */ true, rounds, "verify.bundle.sm2");
	huren_thread_close();
	return 0;
}
