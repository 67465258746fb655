/* test_library.c - the public C interface, through the shared library. */
#include <huren/verify.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../recognition_fixture.h"
#include "base/scoped.h"
#include "sample_bundle.h"

#define NOW (SAMPLE_TIME + 1000)

static struct arena arena;
static struct sample_world world;

static int setup(void **state)
{
	(void)state;
	key_library_init();
	arena_init(&arena, 67108864);
	sample_world_init(&world, &arena, 8, /* sm2= */ true);
	sample_world_report(&world);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	huren_thread_close();
	digest_thread_clear();
	return 0;
}

static struct huren_result *check(struct str bundle, struct str policy)
{
	return huren_verify_bundle(bundle.at, bundle.len, policy.at, policy.len, NOW);
}

static void library_tells_all_of_a_good_bundle(void **state)
{
	(void)state;
	struct str text = sample_report_bundle(&world);
	char *copy = str_z(&arena, text);
	struct huren_result *r = check((struct str){ copy, text.len }, world.policy_text);
	size_t len = 0;

	memset(copy, 'x', text.len); /* the result needs the input no more */
	assert_non_null(r);
	assert_int_equal(huren_result_verdict(r), HUREN_GOOD);
	assert_string_equal(huren_result_message(r), "");
	assert_int_equal(huren_result_step_count(r), 10);
	assert_string_equal(huren_result_step(r, 0), "format");
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(huren_result_step_state(r, i), HUREN_HELD);
		assert_string_not_equal(huren_result_step_detail(r, i), "");
	}
	assert_string_equal(huren_result_kind(r), "report");
	assert_string_equal(huren_result_issuer(r), SAMPLE_LAB);
	assert_true(str_is(world.report->statement.id, huren_result_id(r)));
	assert_string_equal(huren_result_origin(r), "a.example/tlog");
	assert_int_equal(huren_result_index(r), world.report->index);
	assert_int_equal(huren_result_witnesses(r), 1);
	assert_int_equal(huren_result_received(r), SAMPLE_TIME + 4);
	assert_int_equal(huren_result_as_of(r), SAMPLE_TIME + 100);
	const char *statement = huren_result_text(r, &len);
	assert_true(str_eq((struct str){ statement, len }, world.report->text));
	huren_result_close(r);
}

static void library_tells_withdrawn_and_bad(void **state)
{
	(void)state;
	const struct sample_entry *list = sample_publish(&world, &world.log,
		sample_status_list(&world, "revocation", SAMPLE_REVOCATION, true), &world.city,
		SAMPLE_TIME + 20);
	const struct sample_entry *parts[] = { world.report, world.city_doc, world.lab_doc,
		world.accreditation, list, world.suspension };
	struct huren_result *r = check(sample_bundle(&world, parts, 6), world.policy_text);

	assert_int_equal(huren_result_verdict(r), HUREN_WITHDRAWN);
	assert_int_equal(huren_result_step_state(r, 8), HUREN_FAILED);
	huren_result_close(r);
	r = check(sample_bundle(&world, parts, 4), world.policy_text);
	assert_int_equal(huren_result_verdict(r), HUREN_BAD);
	assert_string_equal(huren_result_step(r, 8), "status");
	assert_int_equal(huren_result_step_state(r, 8), HUREN_UNKNOWN);
	huren_result_close(r);
}

static void library_tells_what_it_could_not_read(void **state)
{
	(void)state;
	struct huren_result *r = check(STR("[]"), world.policy_text);

	assert_int_equal(huren_result_verdict(r), HUREN_UNREADABLE);
	assert_string_equal(huren_result_message(r), "member \"type\" is missing");
	assert_int_equal(huren_result_line(r), 0);
	assert_int_equal(huren_result_step_count(r), 0);
	assert_string_equal(huren_result_id(r), "");
	huren_result_close(r);
	r = huren_verify_bundle(NULL, 0, NULL, 0, NOW);
	assert_int_equal(huren_result_verdict(r), HUREN_POLICY_BROKEN);
	assert_string_not_equal(huren_result_message(r), "");
	huren_result_close(r);
	r = check(STR(""), world.policy_text);
	assert_int_equal(huren_result_verdict(r), HUREN_UNREADABLE);
	huren_result_close(r);
}

static void library_tells_where_a_text_is_wrong(void **state)
{
	(void)state;
	struct huren_result *r = check(STR("{\n\"a\":}"), world.policy_text);

	assert_int_equal(huren_result_verdict(r), HUREN_UNREADABLE);
	assert_int_equal(huren_result_line(r), 2);
	assert_int_equal(huren_result_column(r), 5);
	huren_result_close(r);
	r = check(STR("{}"), STR("log a\ntrust me\n"));
	assert_int_equal(huren_result_verdict(r), HUREN_POLICY_BROKEN);
	assert_int_equal(huren_result_line(r), 1);
	huren_result_close(r);
}

/* ---- files kept since the format was fixed ------------------------------------------------- */

static struct str own(const char *name)
{
	return fixture_file(&arena, arena_printf(&arena, "test/vectors-own/%s", name));
}

static void library_reads_what_was_written_before(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum huren_verdict verdict;
	} files[] = { { "good.bundle.json", HUREN_GOOD },
		{ "withdrawn.bundle.json", HUREN_WITHDRAWN },
		{ "changed.bundle.json", HUREN_BAD } };
	struct str entry = own("report.entry"), proof = own("report.tlog-proof");
	struct str policy = own("policy.txt"), report = own("report.json");
	struct huren_result *r;
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		r = check(own(files[i].name), policy);
		assert_int_equal(huren_result_verdict(r), files[i].verdict);
		if (files[i].verdict != HUREN_BAD) {
			const char *statement = huren_result_text(r, &len);
			assert_true(str_eq((struct str){ statement, len }, report));
			assert_int_equal(huren_result_index(r), 5);
			assert_int_equal(huren_result_as_of(r), 1795489545);
		}
		huren_result_close(r);
	}
	r = huren_verify_tlog_proof(entry.at, entry.len, proof.at, proof.len, policy.at,
		policy.len);
	assert_int_equal(huren_result_verdict(r), HUREN_GOOD);
	huren_result_close(r);
}

static void library_verifies_a_kept_vc_jwt(void **state)
{
	(void)state;
	struct sample_keys keys = { &world.lab, 1 };
	struct key_finder finder = sample_finder(&keys);
	struct statement s = sample_parse(&arena, own("report.json"));

	assert_int_equal(vc_jwt_verify(&arena, own("report.jwt"), &s, SAMPLE_TIME + 4, &finder,
		NULL), ERR_OK);
}

/* No byte of a bundle may be another without the verdict being so too. */
static void library_sees_every_changed_byte(void **state)
{
	(void)state;
	struct str good = own("good.bundle.json"), policy = own("policy.txt");
	char *bytes = str_z(&arena, good);
	unsigned read = 0;

	for (size_t i = 0; i < good.len; i += 17) {
		struct huren_result *r;
		char kept = bytes[i];
		bytes[i] = kept == 'B' ? 'C' : 'B';
		r = check((struct str){ bytes, good.len }, policy);
		assert_true(huren_result_verdict(r) == HUREN_BAD ||
			huren_result_verdict(r) == HUREN_UNREADABLE);
		read += huren_result_verdict(r) == HUREN_BAD;
		huren_result_close(r);
		bytes[i] = kept;
	}
	assert_true(read > 100);
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void library_checks_log_proofs(void **state)
{
	(void)state;
	struct tlog_proof p = { .index = world.report->index,
		.path = sample_prove(&world.log, world.report->index, 6) };
	struct str entry = world.report->receipt, policy = world.policy_text;

	for (int cosigned = 0; cosigned < 2; cosigned++) {
		SCOPED_BUF b = { 0 };
		struct huren_result *r;
		buf_init(&b, 65536);
		p.checkpoint = sample_checkpoint(&world, &world.log, 6, cosigned != 0);
		assert_int_equal(tlog_proof_put(&b, &p, NULL), ERR_OK);
		r = huren_verify_tlog_proof(
			entry.at, entry.len, b.at, b.len, policy.at, policy.len);
		assert_int_equal(huren_result_verdict(r), cosigned != 0 ? HUREN_GOOD : HUREN_BAD);
		assert_int_equal(huren_result_step_count(r), 2);
		assert_string_equal(huren_result_origin(r), "a.example/tlog");
		assert_int_equal(huren_result_index(r), world.report->index);
		assert_int_equal(huren_result_witnesses(r), cosigned);
		huren_result_close(r);
		r = huren_verify_tlog_proof(entry.at, entry.len - 1, b.at, b.len, policy.at,
			policy.len);
		assert_int_equal(huren_result_verdict(r), HUREN_BAD);
		assert_int_equal(huren_result_step_state(r, 0), HUREN_FAILED);
		huren_result_close(r);
	}
	struct huren_result *r = huren_verify_tlog_proof("", 0, "x", 1, policy.at, policy.len);
	assert_int_equal(huren_result_verdict(r), HUREN_UNREADABLE);
	huren_result_close(r);
}

static void library_writes_canonical_json(void **state)
{
	(void)state;
	static const char text[] = "{ \"b\": 1.50, \"a\": \"\\u0041\" }";
	struct huren_result *r = huren_jcs(text, strlen(text));
	size_t len = 0;

	assert_int_equal(huren_result_verdict(r), HUREN_GOOD);
	assert_memory_equal(huren_result_text(r, &len), "{\"a\":\"A\",\"b\":1.5}", 17);
	assert_int_equal(len, 17);
	huren_result_close(r);
	r = huren_jcs("{\"a\":1,\"a\":1}", 13);
	assert_int_equal(huren_result_verdict(r), HUREN_UNREADABLE);
	huren_result_close(r);
}

static void library_decides_as_the_node_did(void **state)
{
	(void)state;
	for (int way = TO_LONGQUANYI; way <= TO_YONGCHUAN; way++) {
		struct fixture f;
		struct huren_result *r;
		struct json *v;
		struct str material, logged;
		struct err e;
		size_t len;
		fixture_open(&f, (enum fixture_way)way, NULL);
		fixture_must(decision_material_json(&f.arena, &f.material, &v, &e), &e);
		fixture_must(json_jcs(&f.arena, v, &material, &e), &e);
		fixture_must(decision_subject(&f.arena, &f.material, &v, &e), &e);
		fixture_must(json_jcs(&f.arena, json_get(v, "outcome"), &logged, &e), &e);
		r = huren_decide(material.at, material.len);
		assert_int_equal(huren_result_verdict(r), HUREN_GOOD);
		const char *outcome = huren_result_text(r, &len);
		assert_true(str_eq((struct str){ outcome, len }, logged));
		huren_result_close(r);
		r = huren_decide(material.at, material.len - 1);
		assert_int_equal(huren_result_verdict(r), HUREN_UNREADABLE);
		huren_result_close(r);
		fixture_close(&f);
	}
}

static void library_has_the_version_of_the_project(void **state)
{
	(void)state;
	assert_string_equal(huren_version(), "0.1.0");
}

static void library_accepts_no_result(void **state)
{
	(void)state;
	size_t len = 7;

	assert_int_equal(huren_result_verdict(NULL), HUREN_NO_MEMORY);
	assert_string_equal(huren_result_message(NULL), "");
	assert_int_equal(huren_result_line(NULL), 0);
	assert_int_equal(huren_result_column(NULL), 0);
	assert_int_equal(huren_result_step_count(NULL), 0);
	assert_string_equal(huren_result_step(NULL, 0), "");
	assert_int_equal(huren_result_step_state(NULL, 0), HUREN_UNKNOWN);
	assert_string_equal(huren_result_step_detail(NULL, 3), "");
	assert_string_equal(huren_result_id(NULL), "");
	assert_string_equal(huren_result_kind(NULL), "");
	assert_string_equal(huren_result_issuer(NULL), "");
	assert_string_equal(huren_result_origin(NULL), "");
	assert_string_equal(huren_result_text(NULL, &len), "");
	assert_int_equal(len, 0);
	assert_int_equal(huren_result_received(NULL), 0);
	assert_int_equal(huren_result_index(NULL), 0);
	assert_int_equal(huren_result_witnesses(NULL), 0);
	assert_int_equal(huren_result_as_of(NULL), 0);
	huren_result_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_tells_all_of_a_good_bundle),
		cmocka_unit_test(library_tells_withdrawn_and_bad),
		cmocka_unit_test(library_tells_what_it_could_not_read),
		cmocka_unit_test(library_tells_where_a_text_is_wrong),
		cmocka_unit_test(library_reads_what_was_written_before),
		cmocka_unit_test(library_verifies_a_kept_vc_jwt),
		cmocka_unit_test(library_sees_every_changed_byte),
		cmocka_unit_test(library_checks_log_proofs),
		cmocka_unit_test(library_writes_canonical_json),
		cmocka_unit_test(library_decides_as_the_node_did),
		cmocka_unit_test(library_has_the_version_of_the_project),
		cmocka_unit_test(library_accepts_no_result),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
