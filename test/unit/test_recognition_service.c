/* test_recognition_service.c - two nodes' services without HTTP: request, decision, replay, what a
 * withdrawal does to it, who may read a body. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/agreement_service.h"
#include "service/decision_model.h"
#include "service/material.h"
#include "service/rules_folder.h"
#include "service_node.h"

#define DRAFT "rules/samples/report-yongchuan.json"

struct fixture {
	struct service_node from, to;
	struct arena a;
	struct str report;
	struct str decision;
};

static enum err_code fetch(void *context, struct str origin, const uint8_t id_key[16],
	struct err *e)
{
	struct fixture *f = context;
	(void)origin;
	return service_node_hand_over(&f->from, &f->to, id_key, e);
}

/* The sample request for one report. */
static struct json *request_for(struct fixture *f, struct str report)
{
	struct json *request = service_node_read(&f->a, "rules/samples/request-to-longquanyi.json");
	struct json *reports = json_new_array(&f->a);
	json_push(&f->a, reports, json_new_str(&f->a, report));
	json_set(&f->a, request, "reports", reports);
	return request;
}

/* Asks and waits until the work thread has come to an end with it. */
static struct json *ask(struct fixture *f, struct str report)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct json *v;
	struct err e = { 0 };
	assert_int_equal(service_recognition_request(f->to.service, &f->a, request_for(f, report),
		&v,
		&e), ERR_OK);
	struct str id = json_get_str(v, "id");
	for (int i = 0; i < 500; i++) {
		assert_int_equal(service_request(f->to.service, &f->a, id, &v, &e), ERR_OK);
		struct str state = json_get_str(v, "state");
		if (str_is(state, "decided") || str_is(state, "failed"))
			break;
		(void)nanosleep(&pause, NULL);
	}
	return v;
}

static int set_up(void **state)
{
	static struct fixture f;
	struct service_fetcher fetcher = { .fetch_body = fetch, .context = &f };
	memset(&f, 0, sizeof(f));
	arena_init(&f.a, (size_t)256 << 20);
	service_node_init(&f.from, "yongchuan.huren.example", NULL);
	service_node_open(&f.from);
	service_node_init(&f.to, "longquanyi.huren.example", &f.from);
	service_node_open(&f.to);
	service_node_lab(&f.from, DRAFT);
	service_node_mirror(&f.from, &f.to);
	service_node_mirror(&f.to, &f.from);
	service_node_agree(&f.from, &f.to);
	f.report = service_node_report(&f.from, &f.a, DRAFT, NULL);
	service_node_mirror(&f.from, &f.to);
	assert_int_equal(service_start_work(f.to.service, &fetcher, NULL), ERR_OK);
	struct json *v = ask(&f, f.report);
	if (!str_is(json_get_str(v, "state"), "decided"))
		print_message("%.*s\n", STR_ARG(json_get_str(v, "reason")));
	f.decision = json_get_str(v, "decision");
	*state = &f;
	return f.decision.at ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	service_stop_work(f->to.service);
	service_node_clear(&f->from);
	service_node_clear(&f->to);
	arena_clear(&f->a);
	return 0;
}

static void load(struct fixture *f, struct str id, struct model_statement *ret)
{
	uint8_t key[16];
	assert_int_equal(statement_id_parse(id, key, NULL), ERR_OK);
	assert_int_equal(model_load(f->to.service, &f->a, key, ret, NULL), ERR_OK);
}

static struct json *explain(struct fixture *f)
{
	struct json *v;
	struct err e = { 0 };
	uint8_t key[16];
	assert_int_equal(statement_id_parse(f->decision, key, NULL), ERR_OK);
	assert_int_equal(service_explain(f->to.service, &f->a, key, &v, &e), ERR_OK);
	return v;
}

static void recognition_decides_from_mirrored_statements(void **state)
{
	struct fixture *f = *state;
	struct model_statement m;
	load(f, f->decision, &m);
	const struct json *counts = json_path(m.statement.subject, "outcome/summary/counts");
	assert_true(json_number_or(json_get(counts, "recognised"), 0) > 5);
	assert_true(str_is(m.state, "valid"));
}

static void recognition_replay_gives_the_same_bytes_also_with_kept_rules(void **state)
{
	struct fixture *f = *state;
	struct model_statement m;
	struct decision_inputs inputs;
	struct rules *rules = NULL;
	struct err e = { 0 };
	assert_true(json_true(json_get(explain(f), "same")));
	assert_true(json_true(json_path(explain(f), "today/same")));
	load(f, f->decision, &m);
	assert_int_equal(decision_inputs_parse(&f->a, m.statement.subject, &inputs, &e), ERR_OK);
	assert_int_equal(rules_folder_as_logged(f->to.service, &f->a, &inputs, &rules, &e), ERR_OK);
	rules_close(rules);
	inputs.clauses.at[0] ^= 1;
	assert_int_equal(rules_folder_as_logged(f->to.service, &f->a, &inputs, &rules, &e),
		ERR_NOT_FOUND);
}

static void recognition_material_names_a_changed_input(void **state)
{
	struct fixture *f = *state;
	struct model_statement m;
	struct decision_inputs inputs;
	struct decision_material material;
	struct err e = { 0 };
	load(f, f->decision, &m);
	assert_int_equal(decision_inputs_parse(&f->a, m.statement.subject, &inputs, &e), ERR_OK);
	assert_int_equal(material_from_inputs(f->to.service, &f->a, &inputs,
		service_rules(f->to.service), &material, &e), ERR_OK);
	inputs.agreement.digest.at[0] ^= 1;
	assert_int_equal(material_from_inputs(f->to.service, &f->a, &inputs,
		service_rules(f->to.service), &material, &e), ERR_CORRUPT);
}

static void recognition_of_an_own_report_fails_with_the_reason(void **state)
{
	struct fixture *f = *state;
	service_node_lab(&f->to, DRAFT);
	struct str own = service_node_report(&f->to, &f->a, DRAFT, "自有-1");
	struct json *v = ask(f, own);
	assert_true(str_is(json_get_str(v, "state"), "failed"));
	assert_true(str_find(json_get_str(v, "reason"), STR("issued in this city")) != SIZE_MAX);
}

static void recognition_refuses_a_malformed_request(void **state)
{
	static const struct { const char *text, *field; } cases[] = {
		{ "{}", "reports" }, { "{\"reports\":[]}", "reports" },
		{ "{\"reports\":[\"x\"],\"applicant\":\"did:web:a\",\"vins\":[\"A\"]}", "reports" },
		{ "{\"reports\":[\"urn:uuid:123e4567-e89b-42d3-a456-426614174000\"]}",
			"applicant" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *request, *v;
		struct err e = { 0 };
		assert_int_equal(json_parse(&f->a, str_of(cases[i].text), &request, &e), ERR_OK);
		assert_int_not_equal(service_recognition_request(f->to.service, &f->a, request, &v,
			&e),
			ERR_OK);
		assert_non_null(strstr(e.message, cases[i].field));
	}
}

static void agreement_is_found_in_either_order_and_only_in_force(void **state)
{
	struct fixture *f = *state;
	struct ledger_found found;
	struct str one = f->from.config.did, other = f->to.config.did;
	int64_t now = instant_now();
	assert_int_equal(agreement_find_in_force(f->to.service, &f->a, one, other, now, &found,
		NULL),
		ERR_OK);
	assert_int_equal(agreement_find_in_force(f->to.service, &f->a, other, one, now, &found,
		NULL),
		ERR_OK);
	assert_int_equal(agreement_find_in_force(f->to.service, &f->a, one, one, now, &found, NULL),
		ERR_NOT_FOUND);
	assert_int_equal(agreement_find_in_force(f->to.service, &f->a, one, other, now - 86400,
		&found,
		NULL), ERR_NOT_FOUND);
}

static void disclosure_needs_an_agreement(void **state)
{
	struct fixture *f = *state;
	struct ledger_found found;
	struct err e = { 0 };
	uint8_t key[16];
	assert_int_equal(statement_id_parse(f->report, key, NULL), ERR_OK);
	assert_int_equal(service_disclose(f->from.service, &f->a, f->to.config.did, key, &found,
		&e),
		ERR_OK);
	assert_int_equal(service_disclose(f->from.service, &f->a, STR("did:web:stranger.example"),
		key,
		&found, &e), ERR_DENIED);
	assert_int_equal(service_disclose(f->to.service, &f->a, f->from.config.did, key, &found,
		&e),
		ERR_NOT_FOUND); /* held there, but not its own to give */
}

static void decision_is_affected_once_its_report_is_withdrawn(void **state)
{
	struct fixture *f = *state;
	struct model_statement m;
	struct json *request, *answer, *affected;
	struct err e = { 0 };
	load(f, f->decision, &m);
	assert_int_equal(decision_affected_now(f->to.service, &f->a, &m, &affected, &e),
		ERR_NOT_FOUND);
	assert_int_equal(json_parse(&f->a, STR("{\"status\":\"withdrawn\",\"reason\":"
		"{\"zh-CN\":\"样例\",\"en\":\"sample\"}}"), &request, &e), ERR_OK);
	json_set_str(&f->a, request, "id", f->report);
	assert_int_equal(service_status_change(f->from.service, &f->a, request, &answer, &e),
		ERR_OK);
	service_node_mirror(&f->from, &f->to);
	load(f, f->decision, &m);
	assert_true(str_is(m.state, "affected"));
	assert_int_equal(decision_affected_now(f->to.service, &f->a, &m, &affected, &e), ERR_OK);
	assert_true(json_count(json_get(affected, "items")) > 5);
	assert_true(json_true(json_get(explain(f), "same")));
	assert_false(json_true(json_path(explain(f), "today/same")));
	uint8_t key[16];
	assert_int_equal(statement_id_parse(f->decision, key, NULL), ERR_OK);
	assert_int_equal(service_statement(f->to.service, &f->a, key, false, &answer, &e), ERR_OK);
	assert_true(str_is(json_path(answer, "affected/reason/en")->string, "sample"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognition_decides_from_mirrored_statements),
		cmocka_unit_test(recognition_replay_gives_the_same_bytes_also_with_kept_rules),
		cmocka_unit_test(recognition_material_names_a_changed_input),
		cmocka_unit_test(recognition_of_an_own_report_fails_with_the_reason),
		cmocka_unit_test(recognition_refuses_a_malformed_request),
		cmocka_unit_test(agreement_is_found_in_either_order_and_only_in_force),
		cmocka_unit_test(disclosure_needs_an_agreement),
		cmocka_unit_test(decision_is_affected_once_its_report_is_withdrawn),
	};
	return cmocka_run_group_tests_name("recognition_service", tests, set_up, tear_down);
}
