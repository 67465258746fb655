/* test_mailer.c - what a mail says, and a mail server that is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "account_fixture.h"
#include "base/scoped.h"
#include "base/encode.h"
#include "peer/smtp_client.h"
#include "web/mailer.h"

static struct catalogue *catalogue;

static struct str body_of(struct str mail)
{
	SCOPED_BUF b = { 0 };
	size_t at = str_find(mail, STR("\r\n\r\n"));
	struct str coded = str_skip(mail, at + 4), body = STR("");

	buf_init(&b, 65536);
	for (size_t i = 0; i < coded.len; i++)
		if (coded.at[i] != '\r' && coded.at[i] != '\n')
			buf_put_char(&b, coded.at[i]);
	assert_int_equal(base64_decode(&arena, str_copy(&arena, buf_str(&b)), &body, NULL),
		ERR_OK);
	return body;
}

static void mailer_words_each_kind_in_the_language_wanted(void **state)
{
	static const char *const said[MAIL_WHAT_COUNT][2] = {
		{ "/notices/7\n", "新通知" }, { "/notices\n", " 3 条" }, { "12345678", "确认码" } };
	struct str mail = { NULL, 0 };
	struct err e = { 0 };

	(void)state;
	for (unsigned i = 0; i < MAIL_WHAT_COUNT; i++) {
		struct mail_waiting m = { .what = (enum mail_what)i, .about = 7, .unread = 3,
			.address = STR("a@b.example"), .language = STR("zh-CN"),
			.message = STR("ab"), .account = STR("li"), .display = STR("李"),
			.code = STR("12345678") };
		assert_int_equal(mailer_text(node.service, catalogue, &arena, &m, 0, &mail, &e),
			ERR_OK);
		for (unsigned k = 0; k < 2; k++)
			assert_true(str_find(body_of(mail), str_of(said[i][k])) != SIZE_MAX);
		assert_true(str_find(body_of(mail), STR("{{")) == SIZE_MAX);
		m.language = STR("en");
		assert_int_equal(mailer_text(node.service, catalogue, &arena, &m, 0, &mail, &e),
			ERR_OK);
		assert_true(str_starts(body_of(mail), "Good day"));
		assert_true(str_find(body_of(mail), str_of(said[i][0])) != SIZE_MAX);
		assert_true(str_find(mail, STR("Content-Language: en\r\n")) != SIZE_MAX);
	}
}

static void smtp_client_is_busy_without_a_server(void **state)
{
	const struct smtp_server server = { .url = STR("smtp://127.0.0.1:1"), .user = STR(""),
		.password = STR(""), .ca_file = STR(""), .own_name = STR("city.example") };
	struct smtp_client *c = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(smtp_client_open(&server, &c, &e), ERR_OK);
	assert_int_equal(smtp_client_send(c, STR("a@b.example"), STR("c@d.example"), STR("x"), &e),
		ERR_BUSY);
	assert_true(str_starts(str_of(e.message), "mail server: "));
	smtp_client_close(c);
}

static void mailer_is_none_when_mail_is_not_set_up(void **state)
{
	struct mailer *m = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mailer_open(node.service, catalogue, &m, &e), ERR_OK);
	assert_non_null(m);
	mailer_close(m);
	node.config.mail.url = STR("");
	assert_int_equal(mailer_open(node.service, catalogue, &m, &e), ERR_OK);
	assert_null(m);
}

static int open_all(void **state)
{
	struct err e = { 0 };
	int result = fixture_open(state);

	node.config.mail = (struct node_mail){ .url = STR("smtp://127.0.0.1:1"),
		.from = STR("node@city.example"), .daily_hour = 8, .retry_s = 60 };
	assert_int_equal(catalogue_open(arena_printf(&arena, "%s/ui", getenv("HUREN_SOURCE")),
		&catalogue, &e), ERR_OK);
	return result;
}

static int close_all(void **state)
{
	catalogue_close(catalogue);
	return fixture_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailer_words_each_kind_in_the_language_wanted),
		cmocka_unit_test(smtp_client_is_busy_without_a_server),
		cmocka_unit_test(mailer_is_none_when_mail_is_not_set_up),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
