/* test_notice.c - whom a notice reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "service/notice.h"

static enum err_code put(void *context, struct store *store, struct err *e)
{
	return notice_put(store, 1000, context, e);
}

static void notice_reaches_those_who_have_the_capability_once(void **state)
{
	struct notice n = { .word = "request-handed-in", .name = STR("A-1"),
		.path = STR("/requests/1"), .organisation = 1, .to = CAPABILITY_DECIDE };
	struct err e = { 0 };

	(void)state;
	(void)person("wang", "officer");
	(void)person("liwei", "officer");
	(void)person("zhao", "approver");
	for (unsigned i = 0; i < 2; i++) /* the same again at the same time adds nothing */
		assert_int_equal(ledger_write(service_ledger(node.service), put, &n, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM notice"), 2);
	assert_int_equal(ask_number("SELECT count(*) FROM notice JOIN account ON account.id ="
		" notice.account WHERE account.name = 'zhao'"), 0);
	n.account = ask_number("SELECT id FROM account WHERE name = 'zhao'");
	assert_int_equal(ledger_write(service_ledger(node.service), put, &n, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM notice WHERE read = 0"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notice_reaches_those_who_have_the_capability_once),
	};
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
