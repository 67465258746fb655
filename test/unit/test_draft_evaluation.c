/* test_draft_evaluation.c - evaluations of drafts: what is refused, what waits, what differs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "account_fixture.h"
#include "base/encode.h"
#include "base/io.h"
#include "service/draft_evaluation.h"
#include "service/files.h"
#include "store/blobs.h"

static struct account_who engineer;

static int open_lab(void **state)
{
	(void)fixture_open(state);
	engineer = person("engineer", "officer");
	assert_int_equal(alter("UPDATE account SET organisation = 2"), 1);
	engineer.organisation = 2;
	engineer.organisation_code = STR("91500118MA5YCL002G");
	engineer.may = MAY(DRAFT);
	return 0;
}

static void draft_evaluation_refuses_what_is_none(void **state)
{
	struct draft_evaluated given = { .document = STR("{\"kind\":\"report\"}") };
	struct draft_at at = { .id = 0 };
	struct json *problems;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_draft_add_evaluation(node.service, &arena, &engineer, &at, &given,
		&problems, &e), ERR_INVALID);
	assert_true(str_is(json_str(json_path(problems, "form/wrong")), "d-refused"));
	assert_int_equal(at.id, 0);
	assert_int_equal(ask_number("SELECT count(*) FROM draft"), 0);
}

static void draft_evaluation_compares_only_what_is_bound_and_held(void **state)
{
	struct json *body, *list;

	(void)state;
	assert_int_equal(json_parse(&arena, STR("{\"items\":[{\"item\":\"6.1.1\"},{\"item\":"
		"\"6.1.2\",\"evaluation\":{\"document\":"
		"\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"}}]}"),
		&body, NULL), ERR_OK);
	list = draft_differences(node.service, &arena, body);
	assert_int_equal(json_count(list), 2);
	assert_false(json_true(json_get(json_at(list, 0), "bound")));
	assert_true(json_true(json_get(json_at(list, 1), "bound")));
	assert_false(json_true(json_get(json_at(list, 1), "held")));
	assert_int_equal(json_count(draft_evaluations(node.service, &arena, 1, body)), 1);
}

static struct json *wish(const char *files)
{
	struct json *v = json_set_text(&arena, json_new_object(&arena), "d-scenario-of",
		"un-r157:00:cut-in");

	v = json_set_text(&arena, v, "d-mapping", "mappings/sample-cut-in.json");
	v = json_set_text(&arena, v, "d-settings", "ego_length=4.8 m\r\n");
	return json_set_text(&arena, v, "d-run-files", files);
}

static void draft_evaluation_is_asked_for_with_files_of_the_lab(void **state)
{
	struct json *problems, *v;
	struct digest d;
	struct err e = { 0 };
	int64_t id = 0;
	struct account_who other = engineer;

	(void)state;
	assert_int_equal(service_evaluation_ask(node.service, &arena, &engineer, 0,
		wish("run1.csv"), &problems, &id, &e), ERR_INVALID);
	assert_true(str_is(json_str(json_path(problems, "d-run-files/wrong")), "d-no-file"));
	assert_int_equal(draft_keep_evidence(node.service, 2, STR("time,x\n0,1\n"), STR("run1.csv"),
		"text/csv", &d, &e), ERR_OK);
	assert_int_equal(service_evaluation_ask(node.service, &arena, &engineer, 0,
		wish("run1.csv"), &problems, &id, &e), ERR_OK);
	assert_int_equal(service_evaluation_job(node.service, &arena, &engineer, id, &v, &e),
		ERR_OK);
	assert_true(str_is(json_get_str(v, "state"), "d-waiting"));
	other.may = 0;
	assert_int_equal(service_evaluation_job(node.service, &arena, &other, id, &v, &e),
		ERR_DENIED); /* of the lab, but neither drafts nor signs */
	other = engineer;
	other.organisation = 3;
	assert_int_equal(service_evaluation_job(node.service, &arena, &other, id, &v, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_evaluation_ask(node.service, &arena, &other, 0, wish("run1.csv"),
		&problems, &id, &e), ERR_INVALID); /* a name is the own organisation's */
	assert_int_equal(service_evaluation_form(node.service, &arena, &engineer, NULL, &v, &e),
		ERR_OK);
	assert_int_equal(json_count(json_get(v, "files")), 1);
}

/* A run of the file with this digest. */
static enum err_code ask_by_digest(const struct digest *d, int64_t *ret_job)
{
	struct str text = base64url_new(&arena, d->at, DIGEST_BYTES);
	struct json *problems;
	struct err e = { 0 };

	return service_evaluation_ask(node.service, &arena, &engineer, 0, wish(str_z(&arena, text)),
		&problems, ret_job, &e);
}

static void draft_evaluation_takes_no_file_of_another_lab(void **state)
{
	struct evidence_about about = { .name = STR("run.csv"), .media_type = STR("text/csv") };
	struct digest d, document, nodes = digest_sha256(STR("of the node"));
	struct err e = { 0 };
	char sql[300], hex[2 * DIGEST_BYTES + 1], path[BLOB_PATH_BYTES];
	int64_t job;

	(void)state;
	assert_int_equal(draft_keep_evidence(node.service, 3, STR("theirs"), STR("theirs.csv"),
		"text/csv", &d, &e), ERR_OK);
	assert_int_equal(ask_by_digest(&d, &job), ERR_INVALID);
	assert_int_equal(draft_keep_evidence(node.service, 2, STR("theirs"), STR("ours.csv"),
		"text/csv", &document, &e), ERR_OK);
	assert_true(digest_eq(&d, &document));
	assert_int_equal(ask_by_digest(&d, &job), ERR_OK); /* the same bytes, handed in too */
	/* What an operator added for whoever gets to know its digest, until another has it. */
	blob_path(node.dir, &nodes, path);
	assert_int_equal(io_write_durable(path, STR("of the node"), 0600, &e), ERR_OK);
	assert_int_equal(service_evidence_keep(node.service, &nodes, &about, &e), ERR_OK);
	assert_int_equal(ask_by_digest(&nodes, &job), ERR_OK);
	hex_encode(nodes.at, DIGEST_BYTES, hex);
	(void)snprintf(sql, sizeof(sql), "INSERT INTO file_entry (organisation, digest, bytes,"
		" name, media_type, account, time, scan, scanned, part)"
		" VALUES (3, x'%s', 1, 'a', 'b/c',"
		" 'd', 1, 'not-scanned', 1, '')", hex);
	assert_int_equal(alter(sql), 1);
	assert_int_equal(ask_by_digest(&nodes, &job), ERR_INVALID);
	(void)snprintf(sql, sizeof(sql), "UPDATE file_entry SET organisation = 2, name = 'b.csv',"
		" scan = 'infected' WHERE digest = x'%s'", hex);
	assert_int_equal(alter(sql), 1);
	(void)snprintf(sql, sizeof(sql), "INSERT INTO file_use VALUES (x'%s', 'report', '/', 0,"
		" 'did:web:another', '1')", hex);
	assert_int_equal(alter(sql), 1);
	assert_int_equal(ask_by_digest(&nodes, &job), ERR_INVALID); /* another's report names it */
	assert_int_equal(alter("UPDATE file_entry SET scan = 'clean'"), 1);
	assert_int_equal(ask_by_digest(&nodes, &job), ERR_OK);
	assert_int_equal(service_evaluation_ask(node.service, &arena, &engineer, 0, wish("b.csv"),
		&(struct json *){ NULL }, &job, &e), ERR_OK); /* uploaded files have names too */
	assert_int_equal(alter("DELETE FROM draft_evaluation WHERE id > 1"), 4);
}

/* Judges what waits, until nothing does. */
static void judge_all(void)
{
	struct evaluator *x = NULL;
	struct err e = { 0 };

	assert_int_equal(evaluator_start(node.service, &x, &e), ERR_OK);
	evaluator_wake(x);
	for (int i = 0; i < 3000 && ask_number("SELECT count(*) FROM draft_evaluation WHERE state"
		" NOT IN ('d-failed', 'd-done')") > 0; i++)
		(void)usleep(10000);
	evaluator_stop(x);
}

static void limit_evaluations_waiting(void **state)
{
	struct json *problems;
	struct err e = { 0 };
	enum err_code code = ERR_OK;
	int64_t id;
	int count = 0;

	(void)state;
	while (code == ERR_OK && count < 100) {
		code = service_evaluation_ask(node.service, &arena, &engineer, 0, wish("run1.csv"),
			&problems, &id, &e);
		count++;
	}
	assert_int_equal(code, ERR_BUSY);
	assert_int_equal(ask_number("SELECT count(*) FROM draft_evaluation"),
		LIMIT_EVALUATIONS_WAITING);
}

static void draft_evaluation_that_fails_says_why(void **state)
{
	(void)state;
	assert_int_equal(alter("DELETE FROM draft_evaluation WHERE id > 1"),
		LIMIT_EVALUATIONS_WAITING - 1);
	assert_int_equal(alter("UPDATE draft_evaluation SET wanted = replace(wanted, 'cut-in\"',"
		" 'none\"')"), 1);
	judge_all();
	assert_int_equal(ask_number("SELECT count(*) FROM draft_evaluation WHERE state = 'd-failed'"
		" AND problem LIKE '%none%'"), 1);
}

static void draft_evaluation_asks_again_for_the_right_to_a_file(void **state)
{
	(void)state;
	assert_int_equal(alter("UPDATE draft_evaluation SET state = 'd-waiting'"), 1);
	assert_int_equal(alter("UPDATE draft_evidence SET organisation = 3 WHERE digest ="
		" (SELECT digest FROM evidence WHERE name = 'run1.csv')"), 1);
	judge_all();
	assert_int_equal(ask_number("SELECT count(*) FROM draft_evaluation WHERE state = 'd-failed'"
		" AND problem LIKE '%no file with this digest'"), 1);
}

/* Who deletes a file meanwhile would get a draft that names what nobody has. */
static void draft_evaluation_keeps_its_files_until_it_has_ended(void **state)
{
	char sql[300], hex[2 * DIGEST_BYTES + 1];
	struct digest d;
	struct err e = { 0 };
	int64_t job;

	(void)state;
	assert_int_equal(draft_keep_evidence(node.service, 2, STR("kept"), STR("kept.csv"),
		"text/csv", &d, &e), ERR_OK);
	hex_encode(d.at, DIGEST_BYTES, hex);
	(void)snprintf(sql, sizeof(sql), "INSERT INTO file_entry (organisation, digest, bytes,"
		" name, media_type, account, time, scan, scanned, part) VALUES (2, x'%s', 4,"
		" 'kept.csv', 'text/csv', 'd', 1, 'not-scanned', 1, '')", hex);
	assert_int_equal(alter(sql), 1);
	assert_int_equal(ask_by_digest(&d, &job), ERR_OK);
	assert_int_equal(service_file_delete(node.service, &arena, &engineer, &d, &e),
		ERR_CONFLICT);
	judge_all();
	assert_int_equal(service_file_delete(node.service, &arena, &engineer, &d, &e), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draft_evaluation_refuses_what_is_none),
		cmocka_unit_test(draft_evaluation_compares_only_what_is_bound_and_held),
		cmocka_unit_test(draft_evaluation_is_asked_for_with_files_of_the_lab),
		cmocka_unit_test(draft_evaluation_takes_no_file_of_another_lab),
		cmocka_unit_test(limit_evaluations_waiting),
		cmocka_unit_test(draft_evaluation_that_fails_says_why),
		cmocka_unit_test(draft_evaluation_asks_again_for_the_right_to_a_file),
		cmocka_unit_test(draft_evaluation_keeps_its_files_until_it_has_ended),
	};
	return cmocka_run_group_tests(tests, open_lab, fixture_close);
}
