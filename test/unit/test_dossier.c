/* test_dossier.c - requests of people on a node without HTTP: two persons, changed inputs, a stop
 * in the middle, reminders, bounds. What a person meets is in test/system/94-requests.test.js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "service/dossier.h"
#include "service/dossier_inner.h"
#include "service/files.h"
#include "service/organisation.h"

#define DRAFT "rules/samples/report-yongchuan.json"
#define CODE "91500118MA5YCM010J"
#define DAY INT64_C(86400)

static struct service_node from;
static struct str report;
static struct account_who company, officer, approver;

/* The company registers here, is confirmed, and invites the one who asks. */
static struct account_who registered(void)
{
	struct registration form = { .organisation = STR("样例汽车"), .code = STR(CODE),
		.kind = STR("applicant"), .name = STR("maker"), .display = STR("Maker"),
		.despite_check = true };
	struct account_who by = stranger("192.0.2.9"), admin;
	struct json *problems, *answer;
	struct err e = { 0 };

	if (service_register(node.service, &arena, &by, &form, &problems, &answer, &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(service_organisation_decide(node.service, &officer, ask_number(
		"SELECT max(id) FROM account_organisation"), true, STR(""), &e), ERR_OK);
	admin = who_of(enrolled(code_of(answer)).token);
	return who_of(enrolled(invited(&admin, "asker", "company-officer", "")).token);
}

static void applicant_did(void)
{
	struct json *v = json_set_text(&arena, json_new_object(&arena), "name", "样例汽车");
	struct json *answer;
	struct err e = { 0 };

	v = json_set_text(&arena, v, "registeredId", CODE);
	v = json_set_text(&arena, v, "role", "applicant");
	v = json_set_text(&arena, v, "passphrase", "for the test only");
	if (service_organisation_add(from.service, &arena, v, &answer, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static int open_both(void **state)
{
	uint8_t key[16];
	struct err e = { 0 };

	(void)state;
	arena_init(&arena, (size_t)512 << 20);
	service_node_init(&from, "yongchuan.huren.example", NULL);
	service_node_open(&from);
	service_node_init(&node, "longquanyi.huren.example", &from);
	service_node_open(&node);
	service_node_lab(&from, DRAFT);
	applicant_did();
	service_node_mirror(&from, &node);
	service_node_mirror(&node, &from);
	service_node_agree(&from, &node);
	report = service_node_report(&from, &arena, DRAFT, NULL);
	service_node_mirror(&from, &node);
	assert_int_equal(statement_id_parse(report, key, NULL), ERR_OK);
	assert_int_equal(service_node_hand_over(&from, &node, key, &e), ERR_OK);
	officer = person("officer", "officer");
	approver = person("approver", "approver");
	company = registered();
	return 0;
}

static int close_both(void **state)
{
	(void)state;
	service_node_clear(&from);
	return fixture_close(state);
}

static int64_t put_step(int64_t id, unsigned step, const char *typed)
{
	struct json *v, *problems;
	struct err e = { 0 };

	assert_int_equal(json_parse(&arena, str_of(typed), &v, NULL), ERR_OK);
	if (service_dossier_draft_put(node.service, &arena, &company, id, step, v, &problems, &id,
		&e) != ERR_OK)
		fail_msg("step %u: %s", step, e.message);
	return id;
}

/* From the first step to the officers. */
static int64_t sent(void)
{
	struct json *vehicles, *problems;
	struct err e = { 0 };
	int64_t id, request = 0;

	assert_int_equal(service_vehicles(node.service, &arena, &company, STR(""), &vehicles, &e),
		ERR_OK);
	assert_int_equal(json_count(json_get(vehicles, "rows")), 1);
	id = put_step(0, 1, arena_printf(&arena, "{\"configuration\":\"" STR_FMT
		"\",\"vins\":\"\"}", STR_ARG(json_get_str(json_path(vehicles, "rows/0"),
		"fingerprint"))));
	(void)put_step(id, 2, arena_printf(&arena, "{\"reports\":[\"" STR_FMT "\"]}",
		STR_ARG(report)));
	(void)put_step(id, 3, "{\"odd\":[\"road:urban\",\"feature:tunnel\"],\"speed\":\"60\"}");
	(void)put_step(id, 4, "{}");
	if (service_dossier_draft_send(node.service, &arena, &company, id, &problems, &request,
		&e) != ERR_OK)
		fail_msg("%s", e.message);
	dossier_work(node.service);
	return request;
}

static struct dossier now(int64_t id)
{
	struct store *store;
	struct dossier d;
	struct err e = { 0 };

	assert_int_equal(ledger_reader(node.ledger, &store, &e), ERR_OK);
	assert_int_equal(dossier_load(store, &arena, id, &d, &e), ERR_OK);
	return d;
}

static void assert_state(int64_t id, const char *state)
{
	if (!str_is(now(id).state, state))
		fail_msg("state is " STR_FMT ", not %s", STR_ARG(now(id).state), state);
}

static enum err_code prepare(int64_t id, const struct account_who *by)
{
	return service_dossier_prepare(node.service, &arena, by, id, false, STR(""), NULL);
}

/* As the page that was looked at had it. */
static enum err_code approve(int64_t id, const struct account_who *by)
{
	struct dossier d = now(id);

	return service_dossier_approve(node.service, &arena, by, id, dossier_shown(&arena, &d),
		NULL);
}

static void dossier_is_prepared_by_one_and_approved_by_another(void **state)
{
	struct account_who both = officer;
	int64_t id = sent();

	(void)state;
	both.may |= MAY(APPROVE);
	assert_state(id, "examining");
	assert_int_equal(approve(id, &approver), ERR_CONFLICT);
	assert_int_equal(prepare(id, &officer), ERR_OK);
	assert_int_equal(prepare(id, &officer), ERR_CONFLICT);
	assert_int_equal(approve(id, &both), ERR_DENIED);
	assert_state(id, "prepared");
	assert_int_equal(approve(id, &approver), ERR_OK);
	assert_state(id, "issuing");
	dossier_work(node.service);
	assert_state(id, "decided");
	assert_int_equal(ask_number("SELECT count(*) FROM decision WHERE origin = ''"), 1);
	/* Broken off behind the issuing, before it was noted: not issued twice. */
	assert_int_equal(alter("UPDATE dossier SET state = 'issuing'"), 1);
	dossier_work(node.service);
	assert_state(id, "decided");
	assert_int_equal(ask_number("SELECT count(*) FROM decision WHERE origin = ''"), 1);
}

static void dossier_is_approved_as_it_was_shown(void **state)
{
	struct dossier first, second;
	int64_t id = sent();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(alter(arena_printf(&arena, "UPDATE dossier SET state = 'objected' WHERE"
		" id = %lld", (long long)id)), 1);
	assert_int_equal(service_dossier_prepare(node.service, &arena, &officer, id, false,
		STR("first"), &e), ERR_OK);
	first = now(id);
	assert_int_equal(service_dossier_return(node.service, &arena, &approver, id, STR("again"),
		&e), ERR_OK);
	assert_int_equal(service_dossier_prepare(node.service, &arena, &officer, id, false,
		STR("second"), &e), ERR_OK);
	second = now(id);
	assert_int_equal(service_dossier_approve(node.service, &arena, &approver, id,
		dossier_shown(&arena, &first), &e), ERR_CONFLICT);
	assert_int_equal(service_dossier_approve(node.service, &arena, &approver, id, STR(""), &e),
		ERR_CONFLICT);
	assert_state(id, "answered");
	assert_int_equal(service_dossier_approve(node.service, &arena, &approver, id,
		dossier_shown(&arena, &second), &e), ERR_OK);
	assert_state(id, "decided");
}

static void dossier_of_another_organisation_is_as_if_there_were_none(void **state)
{
	struct account_who other = company;
	int64_t id = sent();
	struct json *v;
	struct err e = { 0 };

	(void)state;
	other.organisation += 1000;
	assert_int_equal(service_dossier(node.service, &arena, &other, id, &v, &e), ERR_NOT_FOUND);
	assert_int_equal(service_dossier_say(node.service, &arena, &other, id, STR("x"), &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_dossier_hand_back(node.service, &arena, &other, id, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_dossier(node.service, &arena, &company, id, &v, &e), ERR_OK);
	assert_null(json_get(v, "preview"));
}

static int64_t notices_of(const char *word, int64_t id)
{
	return ask_number(arena_printf(&arena, "SELECT count(*) FROM notice WHERE word = '%s' AND"
		" path = '/queue/%lld'", word, (long long)id));
}

static void dossier_clock_reminds_once_of_each(void **state)
{
	int64_t id = sent(), at = instant_now();
	int32_t due = (int32_t)now(id).due;

	(void)state;
	assert_int_equal(due, calendar_add(rules_calendar(service_rules(node.service)),
		china_day(at), 20).value);
	dossier_clocks(node.service, at);
	assert_int_equal(notices_of("clock-soon", id), 0);
	for (int i = 0; i < 2; i++) {
		dossier_clocks(node.service, china_day_start(due) + 3600);
		assert_int_equal(notices_of("clock-soon", id), 1);
	}
	for (int i = 0; i < 2; i++) {
		dossier_clocks(node.service, china_day_start(due + 1) + 3600);
		assert_int_equal(notices_of("clock-overdue", id), 1);
	}
	assert_int_equal(notices_of("clock-soon", id), 1);
	/* A notice of holidays came: the order of the queue follows. */
	assert_int_equal(alter(arena_printf(&arena, "UPDATE dossier SET clock_due = %d WHERE id ="
		" %lld", due - 5, (long long)id)), 1);
	dossier_clocks(node.service, at);
	assert_int_equal(now(id).due, due);
}

static void dossier_clock_stops_while_something_is_missing(void **state)
{
	struct json *asked;
	int64_t id = sent(), lines;
	int32_t left;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_parse(&arena, STR("[\"insurance\"]"), &asked, NULL), ERR_OK);
	assert_int_equal(service_dossier_say(node.service, &arena, &company, id, STR("early"), &e),
		ERR_OK);
	assert_int_equal(service_dossier_ask(node.service, &arena, &officer, id, asked, STR(""),
		&e), ERR_OK);
	assert_true(now(id).clock.stopped);
	left = now(id).clock.left;
	assert_int_equal(now(id).due, NO_DUE);
	dossier_clocks(node.service, instant_now() + 90 * DAY);
	assert_int_equal(notices_of("clock-overdue", id), 0);
	/* Nothing was given: all stays. What was said before, or by the officer, is none. */
	lines = ask_number("SELECT count(*) FROM dossier_event");
	assert_int_equal(service_dossier_hand_back(node.service, &arena, &company, id, &e),
		ERR_INVALID);
	assert_int_equal(service_dossier_say(node.service, &arena, &officer, id, STR("well?"), &e),
		ERR_OK);
	assert_int_equal(service_dossier_hand_back(node.service, &arena, &company, id, &e),
		ERR_INVALID);
	assert_int_equal(ask_number("SELECT count(*) FROM dossier_event"), lines + 1);
	assert_state(id, "asked");
	assert_true(now(id).clock.stopped);
	assert_int_equal(now(id).clock.left, left);
	assert_int_equal(now(id).due, NO_DUE);
	assert_int_equal(service_dossier_say(node.service, &arena, &company, id, STR("none"), &e),
		ERR_OK);
	assert_int_equal(service_dossier_hand_back(node.service, &arena, &company, id, &e), ERR_OK);
	assert_false(now(id).clock.stopped);
	assert_state(id, "examining");
}

static void limit_request_text_bytes(void **state)
{
	char text[LIMIT_REQUEST_TEXT_BYTES + 1];
	int64_t id = sent();
	struct err e = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(service_dossier_say(node.service, &arena, &company, id,
		(struct str){ text, LIMIT_REQUEST_TEXT_BYTES }, &e), ERR_OK);
	assert_int_equal(service_dossier_say(node.service, &arena, &company, id,
		(struct str){ text, sizeof(text) }, &e), ERR_INVALID);
	assert_int_equal(service_dossier_say(node.service, &arena, &company, id, STR("a\x01"), &e),
		ERR_INVALID);
}

static void limit_request_events(void **state)
{
	int64_t id = sent();
	struct err e = { 0 };

	(void)state;
	assert_true(alter(arena_printf(&arena, "INSERT INTO dossier_event (dossier, time, event,"
		" side, name, inner, text) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1"
		" FROM n WHERE i < %d) SELECT %lld, 0, 'said', 'company', '', 0, 'x' FROM n",
		LIMIT_REQUEST_EVENTS, (long long)id)) > 0);
	assert_int_equal(service_dossier_say(node.service, &arena, &company, id, STR("x"), &e),
		ERR_TOO_LARGE);
	assert_int_equal(prepare(id, &officer), ERR_OK); /* talk does not stop the work */
}

static void limit_request_documents(void **state)
{
	struct dossier_file f = { .dossier = sent(), .document = STR("insurance"),
		.name = STR("a.pdf"), .bytes = STR("%PDF-1.4") };
	struct json *problems;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_document_put(node.service, &arena, &company, &f, &problems, &e),
		ERR_OK);
	assert_true(alter(arena_printf(&arena, "INSERT INTO dossier_document (dossier, draft,"
		" document, name, media_type, bytes, digest, valid_until, time, by) WITH"
		" RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" SELECT dossier, 0, document, name, media_type, bytes, digest, '', time, by"
		" FROM n, dossier_document WHERE dossier = %lld",
		LIMIT_REQUEST_DOCUMENTS, (long long)f.dossier)) > 0);
	assert_int_equal(service_document_put(node.service, &arena, &company, &f, &problems, &e),
		ERR_TOO_LARGE);
}

static int64_t uses_of(const char *ref)
{
	return ask_number(arena_printf(&arena, "SELECT count(*) FROM file_use WHERE ref = '%s'",
		ref));
}

static void dossier_document_is_a_file_of_its_company(void **state)
{
	struct account_who other = company;
	struct dossier_file f = { .dossier = sent(), .document = STR("insurance"),
		.name = STR("policy.pdf"), .bytes = STR("%PDF-1.7 policy") };
	const struct digest digest = digest_sha256(f.bytes);
	const struct file_range range = { 0, f.bytes.len };
	struct document_found found;
	struct json *problems, *v;
	struct err e = { 0 };
	char *ref = arena_printf(&arena, "/requests/%lld", (long long)f.dossier);
	int64_t id;

	(void)state;
	assert_int_equal(service_document_put(node.service, &arena, &company, &f, &problems, &e),
		ERR_OK);
	assert_int_equal(uses_of(ref), 1);
	id = ask_number("SELECT max(id) FROM dossier_document");
	assert_int_equal(service_document(node.service, &arena, &officer, 0, f.dossier, id, &found,
		&e), ERR_OK);
	assert_int_equal(found.organisation, company.organisation);
	assert_int_equal(files_read_by(node.service, found.organisation, &officer, &digest, &range,
		&e), ERR_OK);
	assert_int_equal(service_file(node.service, &arena, &company, &digest, STR(""), &v, &e),
		ERR_OK);
	assert_int_equal(json_count(json_get(v, "used_by")), 1);
	assert_true(str_is(json_get_str(json_path(v, "readers/0"), "reader"), "officer"));
	assert_int_equal(service_file_delete(node.service, &arena, &company, &digest, &e),
		ERR_CONFLICT);
	/* What waits for the scan is not read yet. */
	assert_true(alter("UPDATE file_entry SET scan = 'waiting'") > 0);
	assert_int_equal(service_document(node.service, &arena, &officer, 0, f.dossier, id, &found,
		&e), ERR_CONFLICT);
	assert_true(alter("UPDATE file_entry SET scan = 'clean'") > 0);
	other.organisation += 1000;
	assert_int_equal(service_document(node.service, &arena, &other, 0, f.dossier, id, &found,
		&e), ERR_NOT_FOUND);
	f.bytes = STR("PK\x03\x04 a workbook");
	assert_int_equal(service_document_put(node.service, &arena, &company, &f, &problems, &e),
		ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "file"), "wrong"), "file"));
}

static void dossier_draft_that_is_dropped_lets_its_files_go(void **state)
{
	struct json *typed = json_new_object(&arena), *problems;
	struct dossier_file f = { .document = STR("insurance"), .name = STR("draft.pdf"),
		.bytes = STR("%PDF-1.7 draft") };
	const struct digest digest = digest_sha256(f.bytes);
	struct err e = { 0 };
	char *ref;

	(void)state;
	assert_int_equal(service_dossier_draft_put(node.service, &arena, &company, 0, 1, typed,
		&problems, &f.draft, &e), ERR_INVALID);
	assert_int_equal(service_document_put(node.service, &arena, &company, &f, &problems, &e),
		ERR_OK);
	ref = arena_printf(&arena, "/requests/new/%lld/4", (long long)f.draft);
	assert_int_equal(uses_of(ref), 1);
	assert_int_equal(service_file_delete(node.service, &arena, &company, &digest, &e),
		ERR_CONFLICT);
	assert_int_equal(service_dossier_draft_drop(node.service, &company, f.draft, &e), ERR_OK);
	assert_int_equal(uses_of(ref), 0);
	assert_int_equal(service_file_delete(node.service, &arena, &company, &digest, &e), ERR_OK);
}

/* Ids of reports that are not here: told apart from one too many of them. */
static void limit_request_reports(void **state)
{
	struct json *vehicles, *typed, *list = json_new_array(&arena), *problems;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	assert_int_equal(service_vehicles(node.service, &arena, &company, STR(""), &vehicles, &e),
		ERR_OK);
	id = put_step(0, 1, arena_printf(&arena, "{\"configuration\":\"" STR_FMT
		"\",\"vins\":\"\"}", STR_ARG(json_get_str(json_path(vehicles, "rows/0"),
		"fingerprint"))));
	for (int i = 0; i <= LIMIT_REQUEST_REPORTS; i++) {
		list = json_push(&arena, list, json_new_str(&arena, str_printf(&arena,
			"urn:uuid:00000000-0000-4000-8000-%012d", i)));
		if (i + 1 < LIMIT_REQUEST_REPORTS)
			continue;
		typed = json_set(&arena, json_new_object(&arena), "reports", list);
		assert_int_equal(service_dossier_draft_put(node.service, &arena, &company, id, 2,
			typed, &problems, &id, &e), ERR_INVALID);
		assert_true(str_is(json_get_str(json_get(problems, "reports"), "wrong"),
			i < LIMIT_REQUEST_REPORTS ? "choose" : "many"));
	}
	assert_int_equal(service_dossier_draft_drop(node.service, &company, id, &e), ERR_OK);
}

static void limit_request_drafts(void **state)
{
	struct json *typed = json_new_object(&arena), *problems;
	struct err e = { 0 };
	int64_t id = 0;

	(void)state;
	for (int i = 0; i < LIMIT_REQUEST_DRAFTS; i++) /* nothing is chosen: kept all the same */
		assert_int_equal(service_dossier_draft_put(node.service, &arena, &company, 0, 1,
			typed, &problems, &id, &e), ERR_INVALID);
	assert_int_equal(service_dossier_draft_put(node.service, &arena, &company, 0, 1, typed,
		&problems, &id, &e), ERR_TOO_LARGE);
	assert_int_equal(service_dossier_draft_drop(node.service, &company, id, &e), ERR_OK);
	assert_int_equal(service_dossier_draft_drop(node.service, &company, id, &e), ERR_NOT_FOUND);
	assert_true(alter("DELETE FROM dossier_draft") > 0);
}

/* Last: the report is gone for good. */
static void dossier_is_given_back_when_its_report_is_withdrawn_before_it_is_issued(void **state)
{
	int64_t id = sent();
	struct json *v, *answer;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(prepare(id, &officer), ERR_OK);
	assert_int_equal(approve(id, &approver), ERR_OK);
	assert_int_equal(json_parse(&arena, STR("{\"status\":\"withdrawn\",\"reason\":"
		"{\"zh-CN\":\"样例\",\"en\":\"sample\"}}"), &v, NULL), ERR_OK);
	v = json_set_str(&arena, v, "id", report);
	assert_int_equal(service_status_change(from.service, &arena, v, &answer, &e), ERR_OK);
	service_node_mirror(&from, &node);
	dossier_work(node.service);
	assert_state(id, "examining");
	assert_false(now(id).decided);
	assert_int_equal(prepare(id, &officer), ERR_OK);
	assert_int_equal(approve(id, &approver), ERR_OK);
	dossier_work(node.service);
	assert_state(id, "decided");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dossier_is_prepared_by_one_and_approved_by_another),
		cmocka_unit_test(dossier_is_approved_as_it_was_shown),
		cmocka_unit_test(dossier_of_another_organisation_is_as_if_there_were_none),
		cmocka_unit_test(dossier_clock_reminds_once_of_each),
		cmocka_unit_test(dossier_clock_stops_while_something_is_missing),
		cmocka_unit_test(limit_request_text_bytes),
		cmocka_unit_test(limit_request_events),
		cmocka_unit_test(limit_request_documents),
		cmocka_unit_test(dossier_document_is_a_file_of_its_company),
		cmocka_unit_test(dossier_draft_that_is_dropped_lets_its_files_go),
		cmocka_unit_test(limit_request_reports),
		cmocka_unit_test(limit_request_drafts),
		cmocka_unit_test(
			dossier_is_given_back_when_its_report_is_withdrawn_before_it_is_issued),
	};
	return cmocka_run_group_tests(tests, open_both, close_both);
}
