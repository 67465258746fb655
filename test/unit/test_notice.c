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

static int64_t id_of(const char *name)
{
	char sql[120];

	(void)snprintf(sql, sizeof(sql), "SELECT id FROM account WHERE name = '%s'", name);
	return ask_number(sql);
}

static void put_to(int64_t account, const char *name)
{
	struct notice n = { .word = "act-refused", .name = str_of(name), .path = STR("/account"),
		.account = account };
	struct err e = { 0 };

	assert_int_equal(ledger_write(service_ledger(node.service), put, &n, &e), ERR_OK);
}

static void limit_notices_per_account(void **state)
{
	struct account_who li = person("li.full", "officer"), zhou = person("zhou", "officer");

	(void)state;
	put_to(zhou.account, "of another");
	put_to(li.account, "the oldest");
	assert_int_equal(alter("WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n "
		"WHERE i < 1000) INSERT INTO notice (account, word, name, path, time, read) SELECT "
		"account.id, 'act-refused', i, '/account', 1000, 0 FROM account, n WHERE "
		"account.name = 'li.full'"), LIMIT_NOTICES_PER_ACCOUNT - 1);
	put_to(li.account, "the newest");
	assert_int_equal(service_notices_unread(node.service, li.account, 5000),
		LIMIT_NOTICES_PER_ACCOUNT);
	assert_int_equal(ask_number("SELECT count(*) FROM notice WHERE name = 'the oldest'"), 0);
	assert_int_equal(ask_number("SELECT count(*) FROM notice WHERE name = 'of another'"), 1);
	assert_int_equal(service_notices_unread(node.service, li.account, 100), 100);
}

static enum err_code sweep(void *context, struct store *store, struct err *e)
{
	return notice_sweep(store, *(const int64_t *)context, e);
}

static void limit_notice_keep_days(void **state)
{
	int64_t now = 1000 + (int64_t)LIMIT_NOTICE_KEEP_DAYS * 86400;
	struct err e = { 0 };

	(void)state;
	put_to(id_of("wang"), "kept to the day");
	assert_int_equal(ledger_write(service_ledger(node.service), sweep, &now, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM notice WHERE name LIKE 'kept%'"), 1);
	now++;
	assert_int_equal(ledger_write(service_ledger(node.service), sweep, &now, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM notice"), 0);
}

static void notice_of_another_is_none(void **state)
{
	struct account_who li = person("li.own", "officer"), zhou = person("zhou.own", "officer");
	struct err e = { 0 };
	struct str path = { NULL, 0 };
	int64_t id;

	(void)state;
	put_to(li.account, "for li");
	id = ask_number("SELECT max(id) FROM notice");
	assert_int_equal(service_notice_read(node.service, &arena, &zhou, id, &path, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_notices_read(node.service, &zhou, id, &e), ERR_OK);
	assert_int_equal(service_notices_unread(node.service, li.account, 9), 1);
	assert_int_equal(service_notice_read(node.service, &arena, &li, id, &path, &e), ERR_OK);
	assert_true(str_is(path, "/account"));
	assert_int_equal(service_notices_unread(node.service, li.account, 9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notice_reaches_those_who_have_the_capability_once),
		cmocka_unit_test(limit_notices_per_account),
		cmocka_unit_test(limit_notice_keep_days),
		cmocka_unit_test(notice_of_another_is_none),
	};
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
