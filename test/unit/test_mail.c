/* test_mail.c - addresses, codes, and what waits to be sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "base/scoped.h"
#include "service/mail.h"
#include "service/notice.h"

static void mail_address_takes_what_can_stand_in_a_command(void **state)
{
	static const char *const good[] = { "a@b.cn", "li.wei+node@mail.city.example",
		"o'neil@x-y.example", "1@2.example" };
	static const char *const bad[] = { "", "a", "@b.cn", "a@", "a@b", "a@b.", "a@.b", "a@b..c",
		".a@b.cn", "a.@b.cn", "a..b@c.cn", "a@b.cn\r\nRCPT TO:<c@d.cn>", "a b@c.cn",
		"a@b.cn>", "<a@b.cn", "a@b@c.cn", "\"a\"@b.cn", "a@b_c.cn", "\xc3\xa4@b.cn",
		"-a@b.cn", "a@-b.cn", "a,b@c.cn", "a;b@c.cn" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!mail_address_is_good(str_of(good[i])))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mail_address_is_good(str_of(bad[i])))
			fail_msg("%s", bad[i]);
	assert_false(mail_address_is_good((struct str){ "a\0b@c.cn", 8 }));
}

static void limit_mail_address_bytes(void **state)
{
	SCOPED_BUF b = { 0 };

	(void)state;
	buf_init(&b, 1024);
	buf_put_text(&b, "a@");
	while (b.len < LIMIT_MAIL_ADDRESS_BYTES - 4) {
		buf_put_text(&b, "b.");
	}
	buf_put_text(&b, "cnet");
	assert_int_equal(b.len, LIMIT_MAIL_ADDRESS_BYTES);
	assert_true(mail_address_is_good(buf_str(&b)));
	buf_put_char(&b, 'x');
	assert_false(mail_address_is_good(buf_str(&b)));
}

static void limit_mail_pause_s(void **state)
{
	(void)state;
	assert_int_equal(mail_pause(0, 60), 60);
	assert_int_equal(mail_pause(1, 60), 120);
	assert_int_equal(mail_pause(8, 60), 15360);
	assert_int_equal(mail_pause(9, 60), LIMIT_MAIL_PAUSE_S);
	assert_int_equal(mail_pause(UINT64_MAX, 1), LIMIT_MAIL_PAUSE_S);
}

static void mail_last_hour_is_by_china_s_clock(void **state)
{
	int64_t at = 0;

	(void)state;
	assert_int_equal(instant_parse(STR("2026-11-30T00:00:00Z"), &at, NULL), ERR_OK);
	assert_int_equal(mail_last_hour(at, 8), at); /* eight o'clock */
	assert_int_equal(mail_last_hour(at - 1, 8), at - 86400);
	assert_int_equal(mail_last_hour(at, 0), at - 8 * 3600);
	assert_int_equal(mail_last_hour(at + 16 * 3600 - 1, 23), at + 15 * 3600);
	assert_int_equal(mail_last_hour(at + 16 * 3600 - 1, 0), at - 8 * 3600);
}

/* ---- codes ----------------------------------------------------------------------------------- */

static enum err_code ask(const struct account_who *who, const char *address, const char *mode,
	struct json **problems)
{
	const struct mail_form form = { str_of(address), str_of(mode), STR("en") };
	struct err e = { 0 };

	return service_mail_set(node.service, &arena, who, &form, problems, &e);
}

static struct mail_waiting newest(void)
{
	struct mail_waiting due[100];
	struct err e = { 0 };
	size_t count = 0;

	assert_int_equal(service_mail_due(node.service, &arena, instant_now() + 1000000, 100, due,
		&count, &e), ERR_OK);
	assert_true(count > 0);
	for (size_t i = 1; i < count; i++)
		if (due[i].id > due[0].id)
			due[0] = due[i];
	return due[0];
}

static enum err_code type(const struct account_who *who, struct str code, struct json **problems)
{
	struct err e = { 0 };

	return service_mail_confirm(node.service, &arena, who, code, problems, &e);
}

static struct str wrong_of(const struct json *problems, const char *field)
{
	return json_get_str(json_get(problems, field), "wrong");
}

static void confirm(const struct account_who *who, const char *address, const char *mode)
{
	struct json *problems;

	assert_int_equal(ask(who, address, mode, &problems), ERR_OK);
	assert_int_equal(type(who, newest().code, &problems), ERR_OK);
	(void)alter("DELETE FROM outbox");
}

static void mail_code_confirms_its_own_address_only(void **state)
{
	struct account_who li = person("code.li", "officer"), wu = person("code.wu", "officer");
	struct json *problems, *v = NULL;
	struct err e = { 0 };
	struct str old;

	(void)state;
	assert_int_equal(ask(&li, "li@city.example", "now", &problems), ERR_OK);
	old = newest().code;
	assert_int_equal(old.len, 8);
	assert_int_equal(ask_number("SELECT count(*) FROM mail_setting WHERE instr(code, "
		"'0') = 9"), 0);
	assert_int_equal(type(&wu, old, &problems), ERR_INVALID);
	assert_int_equal(ask(&li, "li@other.example", "now", &problems), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM outbox WHERE what = 'code'"), 1);
	if (!str_eq(old, newest().code))
		assert_int_equal(type(&li, old, &problems), ERR_INVALID);
	assert_int_equal(type(&li, newest().code, &problems), ERR_OK);
	assert_int_equal(type(&li, newest().code, &problems), ERR_INVALID); /* once */
	assert_int_equal(service_mail_settings(node.service, &arena, &li, &v, &e), ERR_OK);
	assert_true(str_is(json_get_str(v, "address"), "li@other.example"));
	(void)alter("DELETE FROM outbox");
}

static void limit_mail_code_s(void **state)
{
	struct account_who li = person("late.li", "officer");
	struct json *problems;
	struct str code;

	(void)state;
	assert_int_equal(ask(&li, "li@city.example", "now", &problems), ERR_OK);
	code = newest().code;
	(void)alter("UPDATE mail_setting SET code_time = code_time - 3600"); /* the limit */
	assert_int_equal(type(&li, code, &problems), ERR_INVALID);
	assert_true(str_is(wrong_of(problems, "mail_code"), "mail-code-old"));
	(void)alter("UPDATE mail_setting SET code_time = code_time + 60");
	assert_int_equal(type(&li, code, &problems), ERR_OK);
	(void)alter("DELETE FROM outbox");
}

static void limit_mail_code_tries(void **state)
{
	struct account_who li = person("guess.li", "officer");
	struct json *problems;
	struct str code;

	(void)state;
	assert_int_equal(ask(&li, "li@city.example", "now", &problems), ERR_OK);
	code = newest().code;
	for (int i = 0; i < LIMIT_MAIL_CODE_TRIES; i++) {
		assert_int_equal(type(&li, STR("x"), &problems), ERR_INVALID);
		assert_true(str_is(wrong_of(problems, "mail_code"), "mail-code"));
	}
	assert_int_equal(type(&li, code, &problems), ERR_INVALID);
	assert_true(str_is(wrong_of(problems, "mail_code"), "mail-code-old"));
	(void)alter("DELETE FROM outbox");
}

static void limit_mail_codes_per_day(void **state)
{
	struct account_who li = person("many.li", "officer");
	struct json *problems;

	(void)state;
	for (int i = 0; i < LIMIT_MAIL_CODES_PER_DAY; i++)
		assert_int_equal(ask(&li, "li@city.example", "now", &problems), ERR_OK);
	assert_int_equal(ask(&li, "li@city.example", "now", &problems), ERR_INVALID);
	assert_true(str_is(wrong_of(problems, "mail_address"), "mail-codes"));
	assert_int_equal(ask_number("SELECT count(*) FROM outbox"), 1); /* the last one only */
	(void)alter("UPDATE mail_setting SET codes_since = codes_since - 86400");
	assert_int_equal(ask(&li, "li@city.example", "now", &problems), ERR_OK);
	(void)alter("DELETE FROM outbox");
}

/* ---- the outbox ------------------------------------------------------------------------------ */

static enum err_code put(void *context, struct store *store, struct err *e)
{
	const struct account_who *who = context;

	return notice_put(store, instant_now(), &(struct notice){ .word = "act-refused",
		.name = STR("x"), .path = STR("/account"), .account = who->account }, e);
}

static void tell(struct account_who *who)
{
	struct err e = { 0 };

	assert_int_equal(ledger_write(service_ledger(node.service), put, who, &e), ERR_OK);
}

static void mail_waits_for_who_wants_one_at_once(void **state)
{
	struct account_who now = person("now.li", "officer"), off = person("off.li", "officer");
	struct account_who daily = person("daily.li", "officer"), new = person("new.li", "officer");
	struct json *problems;

	(void)state;
	confirm(&now, "now@city.example", "now");
	confirm(&off, "off@city.example", "off");
	confirm(&daily, "daily@city.example", "daily");
	assert_int_equal(ask(&new, "new@city.example", "now", &problems), ERR_OK);
	(void)alter("DELETE FROM outbox");
	tell(&now);
	tell(&off);
	tell(&daily);
	tell(&new); /* not confirmed yet */
	assert_int_equal(ask_number("SELECT count(*) FROM outbox"), 1);
	assert_true(str_is(newest().address, "now@city.example"));
	(void)alter("UPDATE account SET locked = 1 WHERE name = 'now.li'");
	assert_int_equal(ask_number("SELECT count(*) FROM outbox"), 1);
	struct mail_waiting due[2];
	struct err e = { 0 };
	size_t count = 9;
	assert_int_equal(service_mail_due(node.service, &arena, instant_now() + 10, 2, due, &count,
		&e), ERR_OK);
	assert_int_equal(count, 0); /* nothing goes to whoever is locked */
	(void)alter("DELETE FROM outbox");
}

static void limit_mail_give_up_s(void **state)
{
	struct account_who li = person("give.li", "officer");
	struct mail_waiting m;
	struct err e = { 0 };

	(void)state;
	confirm(&li, "give@city.example", "now");
	tell(&li);
	m = newest();
	assert_int_equal(service_mail_failed(node.service, &m, m.created + LIMIT_MAIL_GIVE_UP_S - 1,
		false, STR("451"), &e), ERR_OK);
	assert_int_equal(ask_number("SELECT tries FROM outbox"), 1);
	assert_int_equal(service_mail_failed(node.service, &m, m.created + LIMIT_MAIL_GIVE_UP_S,
		false, STR("451 still not"), &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM outbox"), 0);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'mail-given-up' "
		"AND line LIKE '%451 still not%' AND line LIKE '%give.li%'"), 1);
}

static enum err_code sweep(void *context, struct store *store, struct err *e)
{
	return mail_sweep(store, *(const int64_t *)context, e);
}

static void mail_nobody_can_send_is_told_of_and_taken_off(void **state)
{
	struct account_who li = person("swept.li", "officer");
	int64_t now = instant_now() + 2 * (int64_t)LIMIT_MAIL_GIVE_UP_S;
	struct err e = { 0 };

	(void)state;
	confirm(&li, "swept@city.example", "now");
	tell(&li);
	now -= 100;
	assert_int_equal(ledger_write(service_ledger(node.service), sweep, &now, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM outbox"), 1);
	now += 200;
	assert_int_equal(ledger_write(service_ledger(node.service), sweep, &now, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM outbox"), 0);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE line LIKE '%1 never sent%'"),
		1);
}

static int open_with_mail(void **state)
{
	int result = fixture_open(state);

	node.config.mail = (struct node_mail){ .url = STR("smtp://127.0.0.1:1"),
		.from = STR("node@city.example"), .daily_hour = 8, .retry_s = 60 };
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_address_takes_what_can_stand_in_a_command),
		cmocka_unit_test(limit_mail_address_bytes),
		cmocka_unit_test(limit_mail_pause_s),
		cmocka_unit_test(mail_last_hour_is_by_china_s_clock),
		cmocka_unit_test(mail_code_confirms_its_own_address_only),
		cmocka_unit_test(limit_mail_code_s),
		cmocka_unit_test(limit_mail_code_tries),
		cmocka_unit_test(limit_mail_codes_per_day),
		cmocka_unit_test(mail_waits_for_who_wants_one_at_once),
		cmocka_unit_test(limit_mail_give_up_s),
		cmocka_unit_test(mail_nobody_can_send_is_told_of_and_taken_off),
	};
	return cmocka_run_group_tests(tests, open_with_mail, fixture_close);
}
