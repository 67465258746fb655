/* test_diag.c - one line an event on standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/json.h"
#include "base/scoped.h"

static int kept_stderr = -1;
static int pipe_ends[2];

/* Sends standard error into a pipe until `caught` gives it back. */
static void catch(void)
{
	assert_int_equal(pipe2(pipe_ends, O_NONBLOCK), 0);
	kept_stderr = dup(STDERR_FILENO);
	assert_true(kept_stderr >= 0);
	assert_true(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
}

/* What was written meanwhile; valid until the next call. */
static const char *caught(void)
{
	static char text[8192];
	ssize_t len;

	assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
	len = read(pipe_ends[0], text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	(void)close(kept_stderr); /* only a copy */
	(void)close(pipe_ends[0]); /* read out */
	(void)close(pipe_ends[1]); /* as above */
	return text;
}

static void diag_writes_one_line(void **state)
{
	const char *text;
	int64_t at = -1;

	(void)state;
	(void)unsetenv("HUREN_DIAG");
	catch();
	diag(DIAG_INFO, "web", "served %d\nrequests \x1b[31m", 7);
	text = caught();
	assert_int_equal(instant_parse((struct str){ text, 20 }, &at, NULL), ERR_OK);
	assert_string_equal(text + 20, " info web: served 7\\x0arequests \\x1b[31m\n");
}

static void diag_keeps_quiet_below_the_level(void **state)
{
	(void)state;
	catch();
	diag(DIAG_DEBUG, "web", "nobody asked");
	diag_set_level(DIAG_ALARM);
	diag(DIAG_WARN, "web", "nobody asked");
	diag_set_level(DIAG_DEBUG);
	diag(DIAG_DEBUG, "web", "asked");
	diag_set_level(DIAG_INFO);
	assert_string_equal(caught() + 20, " debug web: asked\n");
}

static void diag_err_adds_position_and_hint(void **state)
{
	struct err e = { 0 };

	(void)state;
	(void)err_set(&e, ERR_INVALID, "malformed policy");
	(void)err_at(&e, 3, 5);
	(void)err_hint(&e, "See the manual.");
	catch();
	diag_err(DIAG_ALARM, "cli", &e);
	assert_string_equal(caught() + 20,
		" alarm cli: malformed policy (line 3, column 5). See the manual.\n");
}

/* The line as JSON, whatever the message. */
static struct json *json_line(struct arena *a, const char *message)
{
	struct json *v = NULL;
	struct err e = { 0 };
	const char *text;

	assert_int_equal(setenv("HUREN_DIAG", "json", 1), 0);
	catch();
	diag(DIAG_WARN, "ledger", "%s", message);
	text = caught();
	(void)unsetenv("HUREN_DIAG");
	if (json_parse(a, str_of(text), &v, &e) != ERR_OK)
		fail_msg("%s: %s", e.message, text);
	return v;
}

static void diag_writes_json_lines(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct json *v;
	char many[4000];

	(void)state;
	arena_init(&a, 1048576);
	v = json_line(&a, "a \"b\" \\ \n \xe4\xb8\xad");
	assert_true(str_is(json_get_str(v, "message"), "a \"b\" \\ \n \xe4\xb8\xad"));
	assert_true(str_is(json_get_str(v, "level"), "warn"));
	assert_true(str_is(json_get_str(v, "area"), "ledger"));
	assert_int_equal(json_get_str(v, "time").len, 20);
	v = json_line(&a, "not text \xff");
	assert_true(str_is(json_get_str(v, "message"), "not text \xc3\xbf"));
	memset(many, '\n', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	v = json_line(&a, many); /* cut, and still JSON */
	assert_true(json_get_str(v, "message").len > 100);
	for (size_t i = 0; i + 3 < sizeof(many); i += 3)
		memcpy(many + i, "\xe4\xb8\xad", 3);
	for (size_t cut = 0; cut < 3; cut++)
		assert_true(json_get_str(json_line(&a, many + 3 * cut), "message").len > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diag_writes_one_line),
		cmocka_unit_test(diag_keeps_quiet_below_the_level),
		cmocka_unit_test(diag_err_adds_position_and_hint),
		cmocka_unit_test(diag_writes_json_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
