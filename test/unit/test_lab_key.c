/* test_lab_key.c - keys that a lab makes in the browser: proposed, confirmed, replaced, let go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "base/io.h"
#include "service/draft_inner.h"
#include "service/organisation.h"
#include "service/prepared.h"

#define CODE "91500118MA5YCL002G"
#define FIRST STR("twelve quiet sheep")
#define SECOND STR("thirteen loud goats")

static struct account_who signatory, colleague, approver;

static struct account_who worker(const char *name)
{
	struct account_who who = person(name, "officer");
	char sql[200];

	(void)snprintf(sql, sizeof(sql), "UPDATE account SET organisation = 2 WHERE name = '%s'",
		name);
	assert_int_equal(alter(sql), 1);
	who.organisation = 2;
	who.organisation_code = STR(CODE);
	who.organisation_name = STR("a lab");
	who.organisation_kind = STR("lab");
	who.roles = roles_of("lab-signatory");
	who.may = role_may(who.roles);
	return who;
}

static int open_lab(void **state)
{
	(void)fixture_open(state);
	signatory = worker("signatory");
	colleague = worker("colleague");
	approver = person("approver", "approver");
	return 0;
}

static enum err_code make(const struct account_who *by, struct str passphrase, struct str again,
	struct json **ret_problems)
{
	const struct lab_key_form form = { .passphrase = passphrase, .again = again };
	struct err e = { 0 };

	return service_lab_key_make(node.service, &arena, by, &form, ret_problems, &e);
}

static enum err_code propose(struct str passphrase)
{
	struct json *problems;

	return make(&signatory, passphrase, passphrase, &problems);
}

static const struct json *page(void)
{
	struct json *v = NULL;
	struct err e = { 0 };

	assert_int_equal(service_lab_key(node.service, &arena, &signatory, &v, &e), ERR_OK);
	return v;
}

static struct str proposal_state(void)
{
	return json_str(json_path(page(), "proposal/act_state"));
}

static void decide(enum act_decision decision)
{
	struct err e = { 0 };
	uint64_t number = 0;

	assert_int_equal(str_parse_u64(json_str(json_path(page(), "proposal/number")), &number,
		&e), ERR_OK);
	if (service_act_decide(node.service, &arena, &approver, (int64_t)number, decision,
		    STR("not the lab's"), &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static enum err_code open_with(struct str passphrase)
{
	struct lab_keys keys;
	struct err e = { 0 };
	enum err_code code = lab_keys_open(node.service, &arena, &signatory, passphrase, &keys,
		&e);

	if (code == ERR_OK) {
		assert_true(str_is(keys.name, "a lab"));
		lab_keys_clear(&keys);
	}
	assert_true(alter("DELETE FROM attempt") >= 0); /* who failed would have to wait */
	return code;
}

/* Where the first key of the proposal lies. */
static const char *proposed_file(void)
{
	const struct json *keys = json_path(page(), "proposal/request/keys");
	struct key_public pub;

	assert_int_equal(key_public_from_multikey(json_str(json_at(keys, 0)), &pub, NULL), ERR_OK);
	return organisation_key_path(node.service, &arena, STR(CODE), &pub);
}

static void lab_key_is_not_made_of_a_bad_passphrase(void **state)
{
	struct account_who company = signatory;
	struct json *problems;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_lab_key_take_back(node.service, &arena, &signatory, &e),
		ERR_NOT_FOUND);
	assert_int_equal(make(&signatory, STR("short"), STR("short"), &problems), ERR_INVALID);
	assert_true(str_is(json_str(json_path(problems, "d-passphrase-new/wrong")), "short"));
	assert_int_equal(make(&signatory, FIRST, SECOND, &problems), ERR_INVALID);
	assert_true(str_is(json_str(json_path(problems, "d-passphrase-again/wrong")), "differs"));
	company.organisation_kind = STR("applicant");
	assert_int_equal(make(&company, FIRST, FIRST, &problems), ERR_CONFLICT);
	audit_flush(node.service);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'lab-key' AND "
		"result = 'refused'"), 3);
	assert_int_equal(ask_number("SELECT count(*) FROM prepared_act"), 0);
	assert_null(json_get(page(), "proposal"));
	assert_true(json_true(json_get(page(), "may_make")));
}

static void lab_key_signs_once_the_authority_confirmed_it(void **state)
{
	struct json *problems;
	const char *path;

	(void)state;
	assert_int_equal(propose(FIRST), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'lab-key' AND "
		"result = 'ok' AND actor = 'signatory'"), 1);
	path = proposed_file();
	assert_true(io_exists(path));
	assert_true(str_is(proposal_state(), "waiting"));
	assert_false(json_true(json_get(page(), "known")));
	assert_false(json_true(json_get(page(), "may_make")));
	assert_false(service_lab_has_key(node.service, &signatory));
	assert_int_equal(open_with(FIRST), ERR_NOT_FOUND);
	/* One at a time, whoever of the lab asks. */
	assert_int_equal(make(&colleague, SECOND, SECOND, &problems), ERR_CONFLICT);
	decide(ACT_CONFIRM);
	assert_true(str_is(proposal_state(), "done"));
	assert_int_equal(ask_number("SELECT count(*) FROM notice JOIN account ON account.id ="
		" notice.account WHERE account.name = 'signatory' AND path = '/lab-key'"), 1);
	assert_true(service_lab_has_key(node.service, &signatory));
	assert_true(json_true(json_get(page(), "here")));
	assert_int_equal(open_with(FIRST), ERR_OK);
	assert_int_equal(open_with(SECOND), ERR_DENIED);
}

static void lab_key_in_use_signs_until_another_is_confirmed(void **state)
{
	const char *old = proposed_file();
	const struct json *keys;

	(void)state;
	assert_int_equal(propose(SECOND), ERR_OK);
	assert_int_equal(open_with(FIRST), ERR_OK);
	assert_int_equal(open_with(SECOND), ERR_DENIED);
	decide(ACT_CONFIRM);
	assert_int_equal(open_with(FIRST), ERR_DENIED);
	assert_int_equal(open_with(SECOND), ERR_OK);
	assert_false(io_exists(old));
	keys = json_get(page(), "keys");
	assert_int_equal(json_count(keys), 2);
	assert_false(json_true(json_get(json_at(keys, 0), "signs")));
	assert_non_null(json_get(json_at(keys, 0), "until"));
	assert_true(json_true(json_get(json_at(keys, 1), "here")));
}

static void lab_key_that_came_to_nothing_leaves_no_file(void **state)
{
	const char *path;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_lab_key_take_back(node.service, &arena, &signatory, &e),
		ERR_CONFLICT); /* carried out long ago */
	assert_int_equal(open_with(SECOND), ERR_OK);
	assert_int_equal(propose(FIRST), ERR_OK);
	path = proposed_file();
	assert_int_equal(service_lab_key_take_back(node.service, &arena, &colleague, &e),
		ERR_DENIED);
	assert_true(io_exists(path));
	assert_int_equal(service_lab_key_take_back(node.service, &arena, &signatory, &e), ERR_OK);
	assert_true(str_is(proposal_state(), "taken-back"));
	assert_false(io_exists(path));
	assert_int_equal(propose(FIRST), ERR_OK);
	path = proposed_file();
	decide(ACT_REFUSE);
	assert_true(str_is(json_str(json_path(page(), "proposal/said")), "not the lab's"));
	assert_int_equal(propose(FIRST), ERR_OK);
	assert_false(io_exists(path));
	assert_int_equal(service_lab_key_take_back(node.service, &arena, &signatory, &e), ERR_OK);
	assert_int_equal(open_with(SECOND), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lab_key_is_not_made_of_a_bad_passphrase),
		cmocka_unit_test(lab_key_signs_once_the_authority_confirmed_it),
		cmocka_unit_test(lab_key_in_use_signs_until_another_is_confirmed),
		cmocka_unit_test(lab_key_that_came_to_nothing_leaves_no_file),
	};
	return cmocka_run_group_tests(tests, open_lab, fixture_close);
}
