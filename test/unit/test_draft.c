/* test_draft.c - drafts as services see them: revisions, four eyes, other organisations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "base/encode.h"
#include "service/draft.h"
#include "service/draft_inner.h"
#include "service/files.h"

static struct account_who engineer, signatory, other;

/* A confirmed lab with an account of that role. */
static struct account_who worker(const char *name, const char *role, int64_t organisation)
{
	struct account_who who = person(name, "officer");
	char sql[200];

	(void)snprintf(sql, sizeof(sql), "UPDATE account SET organisation = %d WHERE name = '%s'",
		(int)organisation, name);
	assert_int_equal(alter(sql), 1);
	who.organisation = organisation;
	who.organisation_code = organisation == 2 ? STR("91500118MA5YCL002G")
		: STR("914403001922038216");
	who.organisation_name = STR("a lab");
	who.roles = roles_of(role);
	who.may = role_may(who.roles);
	return who;
}

static int open_labs(void **state)
{
	(void)fixture_open(state);
	engineer = worker("engineer", "lab-engineer", 2);
	signatory = worker("signatory", "lab-signatory", 2);
	other = worker("other.lab", "lab-engineer", 3);
	return 0;
}

/* The sample draft as a row of `who`. */
static struct draft_at sample(const struct account_who *who)
{
	struct json *body = service_node_read(&arena, "rules/samples/report-yongchuan.json");
	struct draft_at at = { .id = 0 };
	struct err e = { 0 };
	struct draft d;

	assert_int_equal(service_draft_new(node.service, &arena, who, &at.id, &e), ERR_OK);
	at.revision = 1;
	body = json_without(&arena, body, "sample");
	assert_int_equal(draft_write(node.service, &arena, who, at, body, "draft-change", STR(""),
		&e), ERR_OK);
	assert_int_equal(draft_find(node.service, &arena, who, at.id, &d, &e), ERR_OK);
	assert_int_equal(d.revision, 2);
	at.revision = 2;
	return at;
}

static void draft_begins_with_what_the_lab_always_says(void **state)
{
	struct json *body;
	struct err e = { 0 };

	(void)state;
	(void)sample(&engineer);
	assert_int_equal(draft_base(node.service, &arena, &engineer, &body, &e), ERR_OK);
	assert_true(str_starts(json_get_str(body, "decisionRule"), "每个场景"));
	assert_null(json_get(body, "number"));
	assert_int_equal(draft_base(node.service, &arena, &other, &body, &e), ERR_OK);
	assert_null(json_get(body, "decisionRule"));
	assert_true(str_is(json_str(json_path(body, "lab/name")), "a lab"));
}

static void draft_of_another_organisation_is_not_there(void **state)
{
	struct draft_at at = sample(&engineer);
	struct json *v, *problems;
	struct err e = { 0 };
	struct account_who nobody = other;

	(void)state;
	assert_int_equal(service_draft(node.service, &arena, &other, at.id, &v, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_draft_hand_over(node.service, &arena, &other, at, &problems, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_draft_discard(node.service, &other, at, &e), ERR_CONFLICT);
	nobody.may = 0;
	assert_int_equal(service_draft(node.service, &arena, &nobody, at.id, &v, &e), ERR_DENIED);
	assert_int_equal(service_draft(node.service, &arena, &engineer, at.id, &v, &e),
		ERR_OK);
}

static void draft_is_written_on_its_revision_only(void **state)
{
	struct draft_at at = sample(&engineer), old = at;
	struct json *typed = json_set_text(&arena, json_new_object(&arena), "d-title", "another");
	struct json *problems;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_draft_save(node.service, &arena, &engineer, at, DRAFT_REPORT, 0,
		typed, &problems, &e), ERR_OK);
	assert_int_equal(service_draft_save(node.service, &arena, &engineer, old, DRAFT_REPORT, 0,
		typed, &problems, &e), ERR_CONFLICT);
	at.revision++;
	assert_int_equal(service_draft_hand_over(node.service, &arena, &engineer, at, &problems,
		&e), ERR_OK);
	at.revision++;
	assert_int_equal(service_draft_save(node.service, &arena, &engineer, at, DRAFT_REPORT, 0,
		typed, &problems, &e), ERR_CONFLICT); /* I3 */
}

static void draft_goes_to_signatories_and_back_with_notices(void **state)
{
	struct draft_at at = sample(&engineer);
	struct json *problems;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(alter("INSERT OR IGNORE INTO membership SELECT id, 2, 'lab-signatory',"
		" 0, '' FROM account WHERE name = 'signatory'"), 1);
	assert_int_equal(alter("DELETE FROM notice") >= 0, true);
	assert_int_equal(service_draft_hand_over(node.service, &arena, &engineer, at, &problems,
		&e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM notice JOIN account ON account.id ="
		" notice.account WHERE word = 'draft-ready' AND account.name = 'signatory'"), 1);
	at.revision++;
	assert_int_equal(service_draft_send_back(node.service, &signatory, at, STR(""), &e),
		ERR_INVALID);
	assert_int_equal(service_draft_send_back(node.service, &signatory, at, STR("a photo"), &e),
		ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM notice JOIN account ON account.id ="
		" notice.account WHERE word = 'draft-sent-back' AND account.name = 'engineer'"), 1);
}

static void limit_draft_reason_bytes(void **state)
{
	static char text[LIMIT_DRAFT_REASON_BYTES + 1];
	struct draft_at at = sample(&engineer);
	struct json *problems;
	struct err e = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(service_draft_hand_over(node.service, &arena, &engineer, at, &problems,
		&e), ERR_OK);
	at.revision++;
	assert_int_equal(service_draft_send_back(node.service, &signatory, at,
		(struct str){ text, sizeof(text) }, &e), ERR_INVALID);
	assert_int_equal(service_draft_send_back(node.service, &signatory, at,
		(struct str){ text, sizeof(text) - 1 }, &e), ERR_OK);
}

static void draft_keeps_the_files_that_it_names(void **state)
{
	struct draft_at at = sample(&engineer);
	struct json *body, *file = json_new_object(&arena), *list = json_new_array(&arena);
	struct digest d = digest_sha256(STR("a run")), foreign = digest_sha256(STR("another's"));
	char sql[300], hex[2 * DIGEST_BYTES + 1];
	struct err e = { 0 };
	struct draft row;

	(void)state;
	hex_encode(d.at, DIGEST_BYTES, hex);
	(void)snprintf(sql, sizeof(sql), "INSERT INTO file_entry (organisation, digest, bytes,"
		" name, media_type, account, time, scan, scanned, part)"
		" VALUES (2, x'%s', 1, 'a', 'b/c',"
		" 'd', 1, 'clean', 1, '')", hex);
	assert_int_equal(alter(sql), 1);
	assert_int_equal(draft_find(node.service, &arena, &engineer, at.id, &row, &e), ERR_OK);
	file = json_set_str(&arena, file, "digest", base64url_new(&arena, d.at, DIGEST_BYTES));
	list = json_push(&arena, list, file);
	file = json_set_str(&arena, json_new_object(&arena), "digest", base64url_new(&arena,
		foreign.at, DIGEST_BYTES));
	list = json_push(&arena, list, file);
	body = json_set(&arena, json_copy(&arena, row.body), "evidence", list);
	assert_int_equal(draft_write(node.service, &arena, &engineer, at, body, "draft-change",
		STR(""), &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM file_use WHERE kind = 'draft' AND"
		" organisation = 2"), 1); /* not the one that is not theirs */
	assert_int_equal(service_file_delete(node.service, &arena, &engineer, &d, &e),
		ERR_CONFLICT);
	at.revision++;
	assert_int_equal(service_draft_discard(node.service, &engineer, at, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM file_use WHERE kind = 'draft'"), 0);
	assert_int_equal(service_file_delete(node.service, &arena, &engineer, &d, &e), ERR_OK);
}

/* ---- signing --------------------------------------------------------------------------------- */

static void make_key(void)
{
	struct json *request = json_new_object(&arena), *answer;
	struct err e = { 0 };

	request = json_set_text(&arena, request, "name", "a lab");
	request = json_set_text(&arena, request, "registeredId", "91500118MA5YCL002G");
	request = json_set_text(&arena, request, "role", "lab");
	request = json_set_text(&arena, request, "passphrase", "twelve quiet sheep");
	assert_int_equal(service_organisation_add(node.service, &arena, request, &answer, &e),
		ERR_OK);
}

static void draft_is_not_signed_by_who_wrote_in_it(void **state)
{
	struct account_who both = engineer;
	struct draft_at at = sample(&engineer);
	struct json *problems;
	struct err e = { 0 };
	struct str id;

	(void)state;
	make_key();
	assert_true(service_lab_has_key(node.service, &engineer));
	assert_false(service_lab_has_key(node.service, &other));
	both.may |= MAY(SIGN);
	assert_int_equal(service_draft_hand_over(node.service, &arena, &engineer, at, &problems,
		&e), ERR_OK);
	at.revision++;
	assert_int_equal(service_draft_sign(node.service, &arena, &both, at,
		STR("twelve quiet sheep"), &problems, &id, &e), ERR_DENIED);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'draft-sign' AND"
		" result = 'refused' AND actor = 'engineer'"), 1);
	assert_int_equal(ask_number("SELECT count(*) FROM draft_statement"), 0);
	/* Nor when the row says it may be: the writer asks again. */
	assert_int_equal(service_draft_unsigned(node.service, &arena, &signatory, at.id, &id, &e),
		ERR_OK);
	assert_int_equal(service_draft_sign(node.service, &arena, &signatory, at, STR("wrong"),
		&problems, &id, &e), ERR_INVALID);
	assert_non_null(json_get(problems, "d-passphrase"));
	/* Not accredited for anything: the door says so, and the draft stays as it was. */
	assert_int_equal(service_draft_sign(node.service, &arena, &signatory, at,
		STR("twelve quiet sheep"), &problems, &id, &e), ERR_INVALID);
	assert_true(str_is(json_str(json_path(problems, "form/wrong")), "d-refused"));
	assert_true(str_is(json_str(json_path(problems, "form/refusal")), "not-accredited"));
	assert_int_equal(ask_number("SELECT count(*) FROM draft WHERE state = 'signed'"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draft_begins_with_what_the_lab_always_says),
		cmocka_unit_test(draft_of_another_organisation_is_not_there),
		cmocka_unit_test(draft_is_written_on_its_revision_only),
		cmocka_unit_test(draft_goes_to_signatories_and_back_with_notices),
		cmocka_unit_test(limit_draft_reason_bytes),
		cmocka_unit_test(draft_keeps_the_files_that_it_names),
		cmocka_unit_test(draft_is_not_signed_by_who_wrote_in_it),
	};
	return cmocka_run_group_tests(tests, open_labs, fixture_close);
}
