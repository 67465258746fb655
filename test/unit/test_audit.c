/* test_audit.c - the audit trail: bound lines, export, checking, keeping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "base/limits.h"
#include "base/scoped.h"
#include "fsck/fsck.h"
#include "service/audit.h"

static struct str exported(uint64_t after, uint64_t *ret_next)
{
	struct str text = { NULL, 0 };
	uint64_t next = 0;
	struct err e = { 0 };

	if (service_audit_export(node.service, &arena, after, &text, &next, &e) != ERR_OK)
		fail_msg("%s", e.message);
	if (ret_next)
		*ret_next = next;
	return text;
}

static void note(const char *action, const char *actor, const char *detail)
{
	audit_note(node.service, &(struct audit_entry){ .action = action, .refused = true,
		.actor = str_of(actor), .address = STR("192.0.2.1"), .target = STR("x"),
		.detail = str_of(detail) });
}

static void audit_lines_are_bound_and_check_out(void **state)
{
	struct audit_checked c;
	struct err e = { 0 };

	(void)state;
	(void)person("wang", "officer");
	note("access", "wang", "first");
	audit_flush(node.service);
	assert_int_equal(audit_check(exported(0, NULL), &c, &e), ERR_OK);
	assert_int_equal(c.first, 1);
	assert_int_equal(c.count, c.last);
	assert_true(c.count >= 4);
	assert_int_equal(audit_check(STR(""), &c, &e), ERR_OK);
	assert_int_equal(c.count, 0);
}

/* Each change of an export is seen: of a line, of its digest, a line taken out, two swapped. */
static void audit_check_sees_any_change(void **state)
{
	struct str text, rest, lines[4];
	struct audit_checked c = { .count = 77 };
	struct err e = { 0 };
	char *changed;

	(void)state;
	for (int i = 0; i < 4; i++)
		note("access", "li", "x");
	audit_flush(node.service);
	text = exported(0, NULL);
	changed = arena_copy(&arena, text.at, text.len);
	changed[str_find(text, STR("\"actor\":\"li\"")) + 9] = 'j';
	assert_int_equal(audit_check((struct str){ changed, text.len }, &c, &e), ERR_CORRUPT);
	changed = arena_copy(&arena, text.at, text.len);
	changed[12] = changed[12] == 'A' ? 'B' : 'A';
	assert_int_equal(audit_check((struct str){ changed, text.len }, &c, &e), ERR_CORRUPT);
	rest = text;
	for (int i = 0; i < 4; i++)
		lines[i] = str_cut(&rest, '\n');
	assert_int_equal(audit_check(str_printf(&arena, STR_FMT "\n" STR_FMT "\n",
		STR_ARG(lines[0]), STR_ARG(lines[2])), &c, &e), ERR_CORRUPT);
	assert_int_equal(audit_check(str_printf(&arena, STR_FMT "\n" STR_FMT "\n",
		STR_ARG(lines[1]), STR_ARG(lines[0])), &c, &e), ERR_CORRUPT);
	assert_int_equal(audit_check(STR("{\"line\":1}\n"), &c, &e), ERR_INVALID);
	assert_int_equal(c.count, 77); /* output untouched on failure */
}

static void audit_cleans_what_strangers_typed(void **state)
{
	struct audit_checked c;
	struct err e = { 0 };
	char longer[400];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[399] = '\0';
	note("sign-in", "a\"b\\c\r\n\x01", longer);
	note("sign-in", "\xff\xfe", "\xe4\xba\xba");
	note("sign-in", "", longer);
	audit_flush(node.service);
	assert_int_equal(audit_check(exported(0, NULL), &c, &e), ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE actor = 'a\"b\\c___'"), 1);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE actor = '__'"), 1);
}

static void audit_lists_by_filter_and_page(void **state)
{
	struct audit_query q = { .action = STR("access"), .result = STR("refused"),
		.actor = STR("zhao"), .list.rows = LIMIT_PAGE_ROWS };
	struct json *v = NULL;
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < LIMIT_PAGE_ROWS + 5; i++)
		note("access", "zhao", "x");
	audit_flush(node.service);
	assert_int_equal(service_audit(node.service, &arena, &q, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), LIMIT_PAGE_ROWS);
	q.list.after = json_get_str(v, "next");
	assert_int_equal(service_audit(node.service, &arena, &q, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), 5);
	q = (struct audit_query){ .action = STR("access"), .result = STR("ok") };
	assert_int_equal(service_audit(node.service, &arena, &q, &v, &e), ERR_OK);
	assert_int_equal(json_count(json_get(v, "rows")), 0);
	q = (struct audit_query){ .action = STR("none") };
	assert_int_equal(service_audit(node.service, &arena, &q, &v, &e), ERR_INVALID);
	q = (struct audit_query){ .list.after = STR("x") };
	assert_int_equal(service_audit(node.service, &arena, &q, &v, &e), ERR_INVALID);
}

static void limit_audit_queue(void **state)
{
	struct err e = { 0 };
	struct audit_checked before, after;

	(void)state;
	assert_int_equal(audit_check(exported(0, NULL), &before, &e), ERR_OK);
	for (int i = 0; i < LIMIT_AUDIT_QUEUE + 3; i++)
		note("access", "flood", "x");
	audit_flush(node.service);
	assert_int_equal(audit_check(exported(0, NULL), &after, &e), ERR_OK);
	assert_int_equal(after.count - before.count, LIMIT_AUDIT_QUEUE + 1);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'lost' AND line LIKE"
		" '%3 more, counted only%'"), 1);
}

static enum err_code put_many(void *context, struct store *store, struct err *e)
{
	(void)context;
	for (int i = 0; i < LIMIT_AUDIT_EXPORT_LINES; i++)
		TRY(audit_put(store, 1, &(struct audit_entry){ .action = "access",
			.actor = STR("many") }, e));
	return ERR_OK;
}

static void limit_audit_export_lines(void **state)
{
	struct audit_checked first, second;
	struct err e = { 0 };
	uint64_t next = 0, end = 7;

	(void)state;
	assert_int_equal(ledger_write(node.ledger, put_many, NULL, &e), ERR_OK);
	assert_int_equal(audit_check(exported(0, &next), &first, &e), ERR_OK);
	assert_int_equal(first.count, LIMIT_AUDIT_EXPORT_LINES);
	assert_int_equal(next, first.last);
	assert_int_equal(audit_check(exported(next, &end), &second, &e), ERR_OK);
	assert_int_equal(second.first, first.last + 1);
	assert_int_equal(end, 0);
}

static void limit_audit_keep_days(void **state)
{
	int64_t now = instant_now(), oldest = ask_number("SELECT min(seq) FROM audit"), kept;
	struct audit_checked c;
	struct err e = { 0 };

	(void)state;
	assert_true(LIMIT_AUDIT_KEEP_DAYS > 183); /* what the law asks for */
	assert_int_equal(oldest, 1);
	assert_int_equal(audit_prune(node.service, now, &e), ERR_OK);
	/* Those of 1970 are the old ones; all before them go too, since the chain has no holes. */
	kept = ask_number("SELECT min(seq) FROM audit");
	assert_true(kept > LIMIT_AUDIT_EXPORT_LINES);
	assert_int_equal(ask_number("SELECT count(*) FROM audit WHERE action = 'prune'"), 1);
	note("access", "after", "x");
	audit_flush(node.service);
	assert_int_equal(audit_check(exported(0, NULL), &c, &e), ERR_OK);
	assert_int_equal(c.first, kept);
	assert_int_equal(c.count, 2);
}

/* ---- under fsck ------------------------------------------------------------------------------ */

static uint64_t problems(const char *where)
{
	static struct fsck_report r;
	uint64_t count = 0;
	struct err e = { 0 };

	if (fsck_run(node.dir, &r, &e) != ERR_OK)
		fail_msg("%s", e.message);
	for (uint64_t i = 0; i < r.problem_count && i < FSCK_PROBLEMS_MAX; i++)
		count += strncmp(r.problems[i].where, where, strlen(where)) == 0;
	assert_int_equal(count, r.problem_count);
	return count;
}

static void fsck_finds_a_changed_audit_line(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		note("access", "fsck", "x");
	audit_flush(node.service);
	service_node_close(&node);
	assert_int_equal(problems("audit line"), 0);
	assert_int_equal(alter("UPDATE audit SET actor = 'other' WHERE seq ="
		" (SELECT max(seq) - 2 FROM audit)"), 1);
	assert_int_equal(problems("audit line"), 1); /* the column is not what the line says */
	assert_int_equal(alter("UPDATE audit SET line = replace(line, 'fsck', 'other') WHERE seq ="
		" (SELECT max(seq) - 2 FROM audit)"), 1);
	assert_int_equal(problems("audit line"), 1); /* now the digest */
	assert_int_equal(alter("DELETE FROM audit WHERE seq = (SELECT max(seq) - 2 FROM audit)"),
		1);
	assert_int_equal(problems("audit line"), 2); /* a gap, and the line behind it */
	service_node_open(&node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(audit_lines_are_bound_and_check_out),
		cmocka_unit_test(audit_check_sees_any_change),
		cmocka_unit_test(audit_cleans_what_strangers_typed),
		cmocka_unit_test(audit_lists_by_filter_and_page),
		cmocka_unit_test(limit_audit_queue),
		cmocka_unit_test(limit_audit_export_lines),
		cmocka_unit_test(limit_audit_keep_days),
		cmocka_unit_test(fsck_finds_a_changed_audit_line),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
