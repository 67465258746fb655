/* test_mail_text.c - mails by the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/scoped.h"
#include "web/mail_text.h"

static struct mail_text sample(void)
{
	return (struct mail_text){ .from_name = STR("Node"), .from = STR("node@city.example"),
		.to_name = STR("Li Wei"), .to = STR("li@city.example"), .subject = STR("A notice"),
		.body = STR("Hello\n"), .message = STR("00ff"), .host = STR("city.example"),
		.unsubscribe = STR("https://city.example/account/notices"), .language = "en",
		.time = 1796034379 };
}

static void mail_text_is_rfc_5322(void **state)
{
	struct mail_text m = sample();
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(mail_text_put(&b, &m, &e), ERR_OK);
	buf_put_char(&b, '\0');
	assert_string_equal(b.at,
		"Date: Mon, 30 Nov 2026 18:26:19 +0800\r\n"
		"From: Node\r\n <node@city.example>\r\n"
		"To: Li Wei\r\n <li@city.example>\r\n"
		"Subject: A notice\r\n"
		"Message-ID: <00ff@city.example>\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"Content-Language: en\r\n"
		"List-Unsubscribe: <https://city.example/account/notices>\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"\r\n"
		"SGVsbG8K\r\n");
}

static void mail_text_has_the_date_in_china(void **state)
{
	char text[MAIL_DATE_BYTES];

	(void)state;
	mail_text_date(0, text);
	assert_string_equal(text, "Thu, 01 Jan 1970 08:00:00 +0800");
	mail_text_date(1709222399, text);
	assert_string_equal(text, "Thu, 29 Feb 2024 23:59:59 +0800");
	mail_text_date(1709222400, text);
	assert_string_equal(text, "Fri, 01 Mar 2024 00:00:00 +0800");
}

static void mail_text_cuts_chinese_between_characters(void **state)
{
	struct mail_text m = sample();
	SCOPED_BUF b = { 0 };
	struct err e = { 0 };

	(void)state;
	m.subject = STR("永川区智能网联汽车主管部门（样例）：您有一条新通知");
	buf_init(&b, 65536);
	assert_int_equal(mail_text_put(&b, &m, &e), ERR_OK);
	buf_put_char(&b, '\0');
	assert_non_null(strstr(b.at, "Subject: "
		"=?UTF-8?B?5rC45bed5Yy65pm66IO9572R6IGU5rG96L2m5Li7566h6YOo6Zeo77yI?=\r\n"
		" =?UTF-8?B?5qC35L6L77yJ77ya5oKo5pyJ5LiA5p2h5paw6YCa55+l?=\r\n"));
}

/* Lines of the header; each begins with the field's name or a space, none holds anything raw. */
static size_t count_fields(const struct buf *b)
{
	struct str rest = buf_str(b);
	size_t count = 0;

	for (;;) {
		size_t end = str_find(rest, STR("\r\n"));
		struct str line = { rest.at, end };
		assert_true(end != SIZE_MAX);
		if (end == 0)
			return count;
		assert_true(end <= 998);
		for (size_t i = 0; i < line.len; i++)
			assert_true(line.at[i] >= ' ' && line.at[i] <= '~');
		count += line.at[0] != ' ';
		rest = str_skip(rest, end + 2);
	}
}

static void mail_text_lets_nothing_into_the_header(void **state)
{
	static const char *const evil[] = { "x\r\nBcc: y@z.example", "x\nBcc: y@z.example",
		"x\r\n\r\nbody", "\r\n", "x <y@z.example>, ", "=?UTF-8?Q?x?=", "a, b", "\x80\xff",
		"\xe6\xb0", "\"", "(", "a:b", " ", " a", "\x7f" };

	(void)state;
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		struct mail_text m = sample();
		SCOPED_BUF b = { 0 };
		struct err e = { 0 };
		buf_init(&b, 65536);
		m.subject = m.from_name = m.to_name = m.body = str_of(evil[i]);
		assert_int_equal(mail_text_put(&b, &m, &e), ERR_OK);
		assert_int_equal(count_fields(&b), 11);
		assert_true(str_find(buf_str(&b), STR("z.example")) == SIZE_MAX);
		m = sample();
		m.to = str_of(evil[i]);
		if (evil[i][0] != '"' && evil[i][0] != '(' && strcmp(evil[i], "a:b") != 0 &&
			strcmp(evil[i], "=?UTF-8?Q?x?=") != 0) /* printable: the address check's */
			assert_int_equal(mail_text_put(&b, &m, &e), ERR_INVALID);
		m = sample();
		m.unsubscribe = STR("https://x/\r\nBcc: y");
		assert_int_equal(mail_text_put(&b, &m, &e), ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_text_is_rfc_5322),
		cmocka_unit_test(mail_text_has_the_date_in_china),
		cmocka_unit_test(mail_text_cuts_chinese_between_characters),
		cmocka_unit_test(mail_text_lets_nothing_into_the_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
