/* test_service.c - one node's services: organisations, reports, lists, search, status, models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "credential/status_list.h"
#include "service/model.h"
#include "service/organisation.h"
#include "service/service.h"
#include "service_node.h"

#define DRAFT "rules/samples/report-yongchuan.json"

struct fixture {
	struct service_node n;
	struct arena a;
	struct str report;     /* id of the first report */
};

static int set_up(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	arena_init(&f.a, (size_t)256 << 20);
	service_node_init(&f.n, "a.example", NULL);
	service_node_open(&f.n);
	service_node_lab(&f.n, DRAFT);
	f.report = service_node_report(&f.n, &f.a, DRAFT, "永川-2026-0001");
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	service_node_clear(&f->n);
	arena_clear(&f->a);
	return 0;
}

static struct json *parse(struct fixture *f, const char *text)
{
	struct json *v = NULL;
	assert_int_equal(json_parse(&f->a, str_of(text), &v, NULL), ERR_OK);
	return v;
}

static bool holds_text(struct fixture *f, const struct json *v, const char *needle)
{
	struct str text;
	assert_int_equal(json_jcs(&f->a, v, &text, NULL), ERR_OK);
	return str_find(text, str_of(needle)) != SIZE_MAX;
}

static void organisation_code_refuses_a_wrong_form(void **state)
{
	static const char *const wrong[] = { "", "91500118MA5YCL018", "91500118MA5YCL01844",
		"91500118MA5YCLI184", "91500118MA5YCLO184", "91500118ma5ycl0184",
			"9150011 MA5YCL0184" };
	bool check;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(organisation_code_check(str_of(wrong[i]), &check, NULL),
			ERR_INVALID);
}

static void organisation_code_tells_the_check_character(void **state)
{
	bool check = false;
	(void)state;
	assert_int_equal(organisation_code_check(STR("91500118MA5YCM010J"), &check, NULL), ERR_OK);
	assert_true(check);
	assert_int_equal(organisation_code_check(STR("91500118MA5YCM0109"), &check, NULL), ERR_OK);
	assert_false(check);
}

static void organisation_refusals_name_the_field(void **state)
{
	static const struct { const char *request, *field; } cases[] = {
		{ "{\"registeredId\":\"91500118MA5YCM010J\",\"role\":\"lab\"}", "name" },
		{ "{\"name\":\"x\",\"registeredId\":\"1\",\"role\":\"lab\"}", "registeredId" },
		{ "{\"name\":\"x\",\"registeredId\":\"91500118MA5YCM010J\",\"role\":\"boss\"}",
			"role" },
		{ "{\"name\":\"x\",\"registeredId\":\"91500118MA5YCM010J\",\"role\":\"lab\","
			"\"keys\":[\"zNo\"]}", "keys" },
		{ "{\"name\":\"x\",\"registeredId\":\"91500118MA5YCM010J\",\"role\":\"lab\"}",
			"passphrase" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		struct json *answer;
		assert_int_equal(service_organisation_add(f->n.service, &f->a,
			parse(f, cases[i].request), &answer, &e), ERR_INVALID);
		assert_non_null(strstr(e.message, cases[i].field));
	}
}

static size_t key_files(struct fixture *f)
{
	DIR *dir = opendir(arena_printf(&f->a, "%s/keys", f->n.dir));
	size_t count = 0;
	assert_non_null(dir);
	while (readdir(dir))
		count++;
	assert_int_equal(closedir(dir), 0);
	return count;
}

/* limit_organisation_name_bytes */
static void organisation_has_a_name_of_a_length(void **state)
{
	struct fixture *f = *state;
	char name[LIMIT_ORGANISATION_NAME_BYTES + 1];
	struct err e = { 0 };
	struct json *answer;
	memset(name, 'x', sizeof(name));
	for (size_t over = 0; over < 2; over++) {
		struct json *request = parse(f, "{\"registeredId\":\"91500118MA5YCM010J\","
			"\"role\":\"lab\"}");
		json_set_str(&f->a, request, "name", (struct str){ name, sizeof(name) - 1 + over });
		assert_int_equal(service_organisation_add(f->n.service, &f->a, request, &answer,
			&e), ERR_INVALID);
		assert_non_null(strstr(e.message, over ? "name" : "passphrase"));
	}
}

static void organisation_known_is_a_conflict_and_a_new_version_keeps_old_keys(void **state)
{
	struct fixture *f = *state;
	struct json *answer, *doc;
	struct err e = { 0 };
	const char *text =
		"{\"name\":\"封存\",\"registeredId\":\"91500118MA5YCM010J\",\"role\":\"applicant\","
		"\"passphrase\":\"long enough words\"}";
	assert_int_equal(service_organisation_add(f->n.service, &f->a, parse(f, text), &answer, &e),
		ERR_OK);
	assert_int_equal(json_count(json_get(answer, "keys")), 2);
	assert_int_equal(service_organisation_add(f->n.service, &f->a, parse(f, text), &answer, &e),
		ERR_CONFLICT);
	size_t files = key_files(f);
	struct json *taken = parse(f, text);
	json_set(&f->a, taken, "newVersion", json_new_bool(&f->a, true));
	json_set_text(&f->a, taken, "newId", "urn:uuid:x");
	assert_int_equal(service_organisation_add(f->n.service, &f->a, taken, &answer, &e),
		ERR_INVALID);
	assert_int_equal(key_files(f), files); /* none of a document that was not issued */
	struct json *again = parse(f, text);
	json_set(&f->a, again, "newVersion", json_new_bool(&f->a, true));
	assert_int_equal(service_organisation_add(f->n.service, &f->a, again, &answer, &e), ERR_OK);
	assert_int_equal(service_did_document(f->n.service, &f->a, json_get_str(answer, "did"),
		&doc,
		&e), ERR_OK);
	assert_int_equal(json_count(json_get(doc, "verificationMethod")), 4);
	assert_int_equal(json_count(json_get(doc, "assertionMethod")), 2);
}

static void service_home_tells_counts_and_the_newest(void **state)
{
	struct fixture *f = *state;
	struct json *v;
	assert_int_equal(service_home(f->n.service, &f->a, &v, NULL), ERR_OK);
	assert_true(json_number_or(json_path(v, "counts/reports"), 0) >= 1);
	assert_true(json_count(json_get(v, "newest")) >= 5);
	assert_true(json_number_or(json_path(v, "checkpoint/size"), 0) >= 6);
	SCOPED_BUF b;
	buf_init(&b, 1 << 20);
	assert_int_equal(json_put_jcs(&b, v, NULL), ERR_OK);
}

static void service_statement_hides_the_body_from_strangers(void **state)
{
	struct fixture *f = *state;
	struct json *v;
	uint8_t key[16];
	assert_int_equal(statement_id_parse(f->report, key, NULL), ERR_OK);
	assert_int_equal(service_statement(f->n.service, &f->a, key, false, &v, NULL), ERR_OK);
	assert_false(json_true(json_get(v, "entitled")));
	assert_null(json_get(v, "statement"));
	assert_false(holds_text(f, v, "LSYYC5A14TA000001"));
	assert_false(holds_text(f, v, "91500118MA5YCM010J"));
	assert_int_equal(service_statement(f->n.service, &f->a, key, true, &v, NULL), ERR_OK);
	assert_true(holds_text(f, v, "LSYYC5A14TA000001"));
}

static void service_statement_proof_is_computed_and_holds(void **state)
{
	struct fixture *f = *state;
	struct json *v;
	uint8_t key[16];
	assert_int_equal(statement_id_parse(f->report, key, NULL), ERR_OK);
	assert_int_equal(service_statement(f->n.service, &f->a, key, false, &v, NULL), ERR_OK);
	assert_true(json_true(json_path(v, "proof/signatures_held")));
	assert_true(json_true(json_path(v, "proof/receipt/held")));
	assert_true(json_true(json_path(v, "proof/checkpoint/held")));
	assert_int_equal(json_count(json_path(v, "proof/witnesses")), 0);
}

static void service_report_is_found_by_number_only_exactly(void **state)
{
	struct fixture *f = *state;
	struct json *v;
	assert_int_equal(service_report_by_number(f->n.service, &f->a, STR(" 永川-2026-0001 "), &v,
		NULL),
		ERR_OK);
	assert_true(str_eq(json_get_str(v, "id"), f->report));
	assert_int_equal(service_report_by_number(f->n.service, &f->a, STR("永川-2026-000"), &v,
		NULL),
		ERR_NOT_FOUND);
}

static void service_report_number_of_a_lab_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct str text = service_node_report_text(&f->n, &f->a, DRAFT, "永川-2026-0001");
	struct str checkpoint;
	uint64_t index;
	struct err e = { 0 };
	assert_int_equal(ledger_publish_wait(f->n.ledger, &f->a, text, STR(""), &index,
		&checkpoint, &e),
		ERR_CONFLICT);
	assert_non_null(strstr(e.message, "永川-2026-0001"));
}

static void limit_page_rows(void **state)
{
	struct fixture *f = *state;
	struct list_query q = { .rows = 1 };
	struct json *v;
	(void)service_node_report(&f->n, &f->a, DRAFT, "页-2");
	(void)service_node_report(&f->n, &f->a, DRAFT, "页-3");
	size_t count = 0;
	struct str seen = { 0 };
	do {
		assert_int_equal(service_reports(f->n.service, &f->a, &q, &v, NULL), ERR_OK);
		assert_int_equal(json_count(json_get(v, "rows")), 1);
		struct str id = json_get_str(json_at(json_get(v, "rows"), 0), "id");
		assert_false(str_eq(id, seen));
		seen = id;
		q.after = json_get_str(v, "next");
		count++;
	} while (q.after.at);
	assert_true(count >= 3);
	q = (struct list_query){ .rows = LIMIT_PAGE_ROWS + 1 };
	assert_int_equal(service_reports(f->n.service, &f->a, &q, &v, NULL), ERR_OK);
	assert_true(json_count(json_get(v, "rows")) <= LIMIT_PAGE_ROWS);
	q = (struct list_query){ .after = STR("x") };
	assert_int_equal(service_reports(f->n.service, &f->a, &q, &v, NULL), ERR_INVALID);
	q = (struct list_query){ .city = STR("elsewhere.example") };
	assert_int_equal(service_reports(f->n.service, &f->a, &q, &v, NULL), ERR_INVALID);
}

/* Repeats until the search finds `expected` rows: the index is fed in the background. */
static size_t search(struct fixture *f, const char *text, size_t expected)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	size_t count = 0;
	for (int i = 0; i < 500; i++) {
		struct list_query q = { .text = str_of(text) };
		struct json *v;
		assert_int_equal(service_reports(f->n.service, &f->a, &q, &v, NULL), ERR_OK);
		count = json_count(json_get(v, "rows"));
		if (count == expected)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return count;
}

static void service_search_finds_two_chinese_characters_and_prefixes(void **state)
{
	struct fixture *f = *state;
	(void)service_node_report(&f->n, &f->a, DRAFT, "ZEBRA-77 龙门");
	assert_int_equal(service_start_work(f->n.service, NULL, NULL), ERR_OK);
	assert_int_equal(search(f, "龙门", 1), 1);
	assert_int_equal(search(f, "zeb", 1), 1);
	assert_int_equal(search(f, "门龙", 0), 0);
	assert_int_equal(search(f, "\"'*( ) OR", 0), 0);
	service_stop_work(f->n.service);
}

static void service_slot_taken_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct str text = service_node_report_text(&f->n, &f->a, DRAFT, "槽-1");
	struct str checkpoint;
	struct json *one, *other;
	uint64_t index;
	struct err e = { 0 };
	assert_int_equal(ledger_publish_wait(f->n.ledger, &f->a, text, STR(""), &index,
		&checkpoint, &e),
		ERR_OK);
	assert_int_equal(json_parse(&f->a, text, &one, &e), ERR_OK);
	text = service_node_report_text(&f->n, &f->a, DRAFT, "槽-2");
	assert_int_equal(json_parse(&f->a, text, &other, &e), ERR_OK);
	struct json *again = json_without(&f->a, other, "proof");
	json_set(&f->a, again, "credentialStatus", json_copy(&f->a, json_get(one,
		"credentialStatus")));
	assert_int_equal(proof_add(&f->a, again, &f->n.lab_key,
		str_printf(&f->a, STR_FMT "#key-1", STR_ARG(f->n.lab)), instant_now(), &e), ERR_OK);
	assert_int_equal(json_jcs(&f->a, again, &text, &e), ERR_OK);
	assert_int_equal(ledger_publish_wait(f->n.ledger, &f->a, text, STR(""), &index, &checkpoint,
		&e), ERR_CONFLICT);
	assert_non_null(strstr(e.message, "slot"));
}

static enum err_code change(struct fixture *f, struct str id, const char *word, struct err *e)
{
	struct json *request = parse(f, "{\"reason\":{\"zh-CN\":\"样例\",\"en\":\"sample\"}}");
	struct json *answer;
	json_set_str(&f->a, request, "id", id);
	json_set_text(&f->a, request, "status", word);
	return service_status_change(f->n.service, &f->a, request, &answer, e);
}

static struct str state_of(struct fixture *f, struct str id)
{
	struct model_statement m;
	uint8_t key[16];
	assert_int_equal(statement_id_parse(id, key, NULL), ERR_OK);
	assert_int_equal(model_load(f->n.service, &f->a, key, &m, NULL), ERR_OK);
	return m.state;
}

static void service_status_suspends_reinstates_and_withdraws_for_good(void **state)
{
	struct fixture *f = *state;
	struct err e = { 0 };
	struct str id = service_node_report(&f->n, &f->a, DRAFT, "状态-1");
	assert_true(str_is(state_of(f, id), "valid"));
	assert_int_equal(change(f, id, "suspended", &e), ERR_OK);
	assert_true(str_is(state_of(f, id), "suspended"));
	assert_int_equal(change(f, id, "reinstated", &e), ERR_OK);
	assert_true(str_is(state_of(f, id), "valid"));
	assert_int_equal(change(f, id, "withdrawn", &e), ERR_OK);
	assert_true(str_is(state_of(f, id), "withdrawn"));
	assert_int_equal(change(f, id, "reinstated", &e), ERR_CONFLICT);
	assert_true(str_is(state_of(f, id), "withdrawn"));
	assert_int_equal(change(f, id, "burnt", &e), ERR_INVALID);
}

/* Whether the newest revocation list has the bit of a report. */
static bool bit_is_set(struct fixture *f, struct str id)
{
	struct ledger_found report, list;
	struct statement s, l;
	uint8_t key[16];
	bool set = false;
	assert_int_equal(statement_id_parse(id, key, NULL), ERR_OK);
	assert_int_equal(ledger_find(f->n.ledger, &f->a, key, &report, NULL), ERR_OK);
	assert_int_equal(statement_parse(&f->a, report.body, &s, NULL), ERR_OK);
	assert_int_equal(ledger_latest_about(f->n.ledger, &f->a, KIND_STATUS_LIST,
		STR("https://a.example/status-lists/revocation-1"), &list, NULL), ERR_OK);
	assert_int_equal(statement_parse(&f->a, list.body, &l, NULL), ERR_OK);
	assert_int_equal(status_list_check(&f->a, &s, &l, "revocation", &set, NULL), ERR_OK);
	return set;
}

static void service_status_lists_are_issued_again_after_a_change(void **state)
{
	struct fixture *f = *state;
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct str id = service_node_report(&f->n, &f->a, DRAFT, "清单-1");
	assert_false(bit_is_set(f, id));
	assert_int_equal(service_start_work(f->n.service, NULL, NULL), ERR_OK);
	assert_int_equal(change(f, id, "withdrawn", NULL), ERR_OK);
	bool set = false;
	for (int i = 0; i < 500 && !set; i++) {
		(void)nanosleep(&pause, NULL);
		set = bit_is_set(f, id);
	}
	service_stop_work(f->n.service);
	assert_true(set);
	assert_false(bit_is_set(f, f->report));
}

static void service_bundle_checks_out_and_says_what_is_missing(void **state)
{
	struct fixture *f = *state;
	struct str bundle;
	struct json *v;
	uint8_t key[16];
	struct err e = { 0 };
	assert_int_equal(statement_id_parse(f->report, key, NULL), ERR_OK);
	assert_int_equal(service_bundle(f->n.service, &f->a, key, &bundle, &e), ERR_OK);
	assert_int_equal(service_check(f->n.service, &f->a, bundle, &v, &e), ERR_OK);
	/* nobody has cosigned this lonely node's log, and its policy asks for one witness */
	assert_true(str_is(json_get_str(v, "verdict"), "bad"));
	bool told = false;
	for (size_t i = 0; i < json_count(json_get(v, "steps")); i++) {
		const struct json *step = json_at(json_get(v, "steps"), i);
		bool witness = str_is(json_get_str(step, "step"), "witness");
		assert_true(str_is(json_get_str(step, "state"), witness ? "failed" : "held"));
		told = told || witness;
	}
	assert_true(told);
	assert_int_equal(service_check(f->n.service, &f->a, STR("{}"), &v, &e), ERR_INVALID);
}

static void service_schemes_lists_items_with_open_numbers(void **state)
{
	struct fixture *f = *state;
	struct json *v;
	assert_int_equal(service_schemes(f->n.service, &f->a, &v, NULL), ERR_OK);
	assert_true(json_count(json_get(v, "rows")) >= 4);
	assert_true(holds_text(f, v, "gbt-41798"));
}

static void node_config_refuses_what_it_cannot_use(void **state)
{
	static const struct { const char *text, *word; } cases[] = {
		{ "{", "line" }, { "{}", "domain" },
		{ "{\"domain\":\"a.example\",\"listen\":\"x\",\"url\":\"y\"}", "zh-CN" },
	};
	struct fixture *f = *state;
	struct service_node n;
	(void)f;
	service_node_init(&n, "b.example", NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = { 0 };
		char path[300];
		(void)snprintf(path, sizeof(path), "%s/node.json", n.dir);
		assert_int_equal(io_write_durable(path, str_of(cases[i].text), 0644, NULL), ERR_OK);
		assert_int_equal(node_config_load(n.dir, &n.config, &e), ERR_INVALID);
		assert_true(strstr(e.message, cases[i].word) || (i == 0 && e.line == 1));
		node_config_clear(&n.config);
	}
	service_node_clear(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(organisation_code_refuses_a_wrong_form),
		cmocka_unit_test(organisation_code_tells_the_check_character),
		cmocka_unit_test(organisation_refusals_name_the_field),
		cmocka_unit_test(organisation_has_a_name_of_a_length),
		cmocka_unit_test(organisation_known_is_a_conflict_and_a_new_version_keeps_old_keys),
		cmocka_unit_test(service_home_tells_counts_and_the_newest),
		cmocka_unit_test(service_statement_hides_the_body_from_strangers),
		cmocka_unit_test(service_statement_proof_is_computed_and_holds),
		cmocka_unit_test(service_report_is_found_by_number_only_exactly),
		cmocka_unit_test(service_report_number_of_a_lab_is_used_once),
		cmocka_unit_test(limit_page_rows),
		cmocka_unit_test(service_search_finds_two_chinese_characters_and_prefixes),
		cmocka_unit_test(service_slot_taken_is_a_conflict),
		cmocka_unit_test(service_status_suspends_reinstates_and_withdraws_for_good),
		cmocka_unit_test(service_status_lists_are_issued_again_after_a_change),
		cmocka_unit_test(service_bundle_checks_out_and_says_what_is_missing),
		cmocka_unit_test(service_schemes_lists_items_with_open_numbers),
		cmocka_unit_test(node_config_refuses_what_it_cannot_use),
	};
	return cmocka_run_group_tests_name("service", tests, set_up, tear_down);
}
