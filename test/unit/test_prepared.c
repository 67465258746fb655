/* test_prepared.c - acts that take two people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "base/limits.h"
#include "crypto/key.h"
#include "service/keeping.h"
#include "service/prepared.h"

static enum err_code prepare(const struct account_who *by, int64_t *ret)
{
	struct json *request = json_set_text(&arena, json_new_object(&arena), "name", "x");
	struct err e = { 0 };

	return service_act_prepare(node.service, &arena, by, "organisation", STR("An organisation"),
		request, STR(""), ret, &e);
}

static enum err_code decide(const struct account_who *by, int64_t id, enum act_decision decision)
{
	struct err e = { 0 };

	return service_act_decide(node.service, &arena, by, id, decision, STR("why"), &e);
}

static struct str state_of(int64_t id)
{
	struct account_who any = service_who_node(STR("127.0.0.1"));
	struct json *v = NULL;
	struct err e = { 0 };

	assert_int_equal(service_act(node.service, &arena, &any, id, &v, &e), ERR_OK);
	return json_get_str(v, "act_state");
}

static void prepared_act_takes_another_who_may(void **state)
{
	struct account_who li = person("lili", "officer"), zhao = person("zhao", "approver");
	struct account_who wang = person("wang", "officer");
	int64_t id = 0;

	(void)state;
	assert_true(service_act_may_see(&li));
	assert_true(service_act_may_see(&zhao));
	assert_int_equal(prepare(&li, &id), ERR_OK);
	assert_int_equal(decide(&li, id, ACT_CONFIRM), ERR_DENIED);
	assert_int_equal(decide(&wang, id, ACT_CONFIRM), ERR_DENIED);
	assert_int_equal(decide(&zhao, id, ACT_TAKE_BACK), ERR_DENIED);
	zhao.account = li.account; /* both roles in one hand */
	assert_int_equal(decide(&zhao, id, ACT_CONFIRM), ERR_DENIED);
	assert_true(str_is(state_of(id), "waiting"));
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'confirm-act'"), 0);
	audit_flush(node.service);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'confirm-act' AND "
		"result = 'refused'"), 3);
	zhao = person("zhao.other", "approver");
	/* What cannot be carried out (no keys were given) says so and is over. */
	assert_int_equal(decide(&zhao, id, ACT_CONFIRM), ERR_OK);
	assert_true(str_is(state_of(id), "failed"));
	assert_int_equal(decide(&zhao, id, ACT_CONFIRM), ERR_CONFLICT);
	assert_int_equal(decide(&zhao, 12345, ACT_CONFIRM), ERR_NOT_FOUND);
}

static void prepared_act_of_another_organisation_is_none(void **state)
{
	struct account_who stranger = { .organisation = 2, .may = UINT32_MAX };

	(void)state;
	assert_false(service_act_may_see(&stranger));
	assert_null(prepared_kind(STR("no-such")));
	assert_non_null(prepared_kind(STR("accredit")));
}

static void limit_acts_waiting(void **state)
{
	struct account_who li = person("many.li", "officer");
	int64_t id = 0;

	(void)state;
	(void)alter("DELETE FROM prepared_act");
	assert_int_equal(alter("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
		"WHERE i < 199) INSERT INTO prepared_act SELECT i, 'accredit', 'x', '{}', '', "
		"'waiting', 0, 0, 0, 0, '', '' FROM n"), LIMIT_ACTS_WAITING - 1);
	assert_int_equal(prepare(&li, &id), ERR_OK);
	assert_int_equal(prepare(&li, &id), ERR_BUSY);
	(void)alter("DELETE FROM prepared_act");
}

static enum err_code sweep(void *context, struct store *store, struct err *e)
{
	return prepared_sweep(store, *(const int64_t *)context, e);
}

static void limit_act_days(void **state)
{
	struct account_who li = person("old.li", "officer"), zhao = person("old.zhao", "approver");
	struct err e = { 0 };
	int64_t id = 0, now;

	(void)state;
	assert_int_equal(prepare(&li, &id), ERR_OK);
	now = instant_now() + (int64_t)LIMIT_ACT_DAYS * 86400 - 100;
	assert_int_equal(ledger_write(service_ledger(node.service), sweep, &now, &e), ERR_OK);
	assert_true(str_is(state_of(id), "waiting"));
	(void)alter("UPDATE prepared_act SET prepared = prepared - 30 * 86400");
	assert_true(str_is(state_of(id), "lapsed")); /* before the sweep too */
	assert_int_equal(decide(&zhao, id, ACT_CONFIRM), ERR_CONFLICT);
	now = instant_now() + 100;
	assert_int_equal(ledger_write(service_ledger(node.service), sweep, &now, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM prepared_act WHERE state = 'lapsed'"), 1);
}

static bool keys_fit(int count)
{
	struct account_who li = person(count > 4 ? "five.li" : "four.li", "officer");
	struct str key = key_public_multikey(&arena, &node.config.keys.issuer.pub), text = STR("");
	struct json *problems = NULL;
	struct err e = { 0 };
	int64_t id;

	for (int i = 0; i < count; i++)
		text = str_printf(&arena, STR_FMT "\n" STR_FMT, STR_ARG(text), STR_ARG(key));
	assert_int_equal(service_organisation_prepare(node.service, &arena, &li, STR("none"), text,
		&problems, &id, &e), ERR_INVALID); /* no organisation has this code */
	return !json_get(problems, "keys");
}

static void limit_organisation_keys(void **state)
{
	(void)state;
	assert_int_equal(LIMIT_ORGANISATION_KEYS, 4);
	assert_true(keys_fit(LIMIT_ORGANISATION_KEYS));
	assert_false(keys_fit(LIMIT_ORGANISATION_KEYS + 1));
}

static void keeping_lists_are_empty_and_judge_their_words(void **state)
{
	const struct list_query odd = { .state = STR("odd") }, bad = { .after = STR("1-xyz") };
	const struct list_query none = { .rows = 0 };
	struct json *v = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_accreditations(node.service, &arena, &none, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), 0);
	assert_int_equal(service_accreditations(node.service, &arena, &odd, &v, &e), ERR_INVALID);
	assert_int_equal(service_accreditations(node.service, &arena, &bad, &v, &e), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prepared_act_takes_another_who_may),
		cmocka_unit_test(prepared_act_of_another_organisation_is_none),
		cmocka_unit_test(limit_acts_waiting),
		cmocka_unit_test(limit_act_days),
		cmocka_unit_test(limit_organisation_keys),
		cmocka_unit_test(keeping_lists_are_empty_and_judge_their_words),
	};
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
