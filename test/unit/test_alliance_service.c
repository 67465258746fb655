/* test_alliance_service.c - the alliance on one node: limits, closing, and what a crash leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "account_fixture.h"
#include "base/encode.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "service/alliance.h"
#include "service/alliance_inner.h"

static struct account_who member, other, officer;

static int64_t enter(const char *code, const char *name)
{
	SCOPED_BUF sql = { 0 };

	buf_init(&sql, 4096);
	buf_printf(&sql, "INSERT INTO account_organisation (code, name, kind, state, check_holds,"
		" reason, created, decided, decided_by) VALUES ('%s', '%s', 'enterprise',"
		" 'confirmed', 1, '', 1, 1, 'x')", code, name);
	buf_put_char(&sql, '\0');
	assert_int_equal(alter(sql.at), 1);
	return ask_number("SELECT max(id) FROM account_organisation");
}

static struct account_who manager(const char *code, const char *name, int64_t account)
{
	return (struct account_who){ .stage = STAGE_FULL, .account = account,
		.organisation = enter(code, name), .name = str_of(name), .display = str_of(name),
		.organisation_name = str_of(name), .organisation_code = str_of(code),
		.organisation_kind = STR("enterprise"), .may = MAY(ALLIANCE),
		.address = STR("192.0.2.1") };
}

static void join_alliance(const struct account_who *who)
{
	struct str charter = base64url_new(&arena, service_charter(node.service)->digest.at,
		DIGEST_BYTES);
	struct json *problems;
	struct err e = { 0 };

	if (service_alliance_apply(node.service, &arena, who, charter, true, &problems, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	if (service_alliance_decide(node.service, &arena, &officer,
		    ask_number("SELECT max(id) FROM alliance_application"), true, STR(""),
		    &problems, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

static int open_alliance(void **state)
{
	(void)fixture_open(state);
	officer = (struct account_who){ .stage = STAGE_FULL, .account = 90, .organisation = 1,
		.name = STR("officer"), .organisation_kind = STR("authority"),
		.may = MAY(MODERATE), .address = STR("192.0.2.2") };
	member = manager("91440300708461136T", "M", 91);
	other = manager("914403001922038216", "O", 92);
	join_alliance(&member);
	join_alliance(&other);
	return 0;
}

static enum err_code move_one(const struct account_who *who, struct str *ret)
{
	char text[INSTANT_TEXT_BYTES];
	struct json *problems;

	instant_format(instant_now() + 8 * 3600 + 3 * 86400, text);
	text[16] = '\0';
	return service_alliance_move(node.service, &arena, who, &(struct alliance_move){
		.title = STR("T"), .text = STR("t"), .kind = STR("ordinary"),
		.closes = str_copy(&arena, str_of(text)) }, &problems, ret, NULL);
}

static enum err_code vote(const struct account_who *who, struct str id, const char *choice)
{
	uint8_t key[16];

	assert_int_equal(statement_id_parse(id, key, NULL), ERR_OK);
	return service_alliance_vote(node.service, &arena, who, key, str_of(choice), NULL);
}

static struct json *motion_of(struct str id, const struct account_who *who)
{
	struct json *v = NULL;
	uint8_t key[16];
	struct err e = { 0 };

	assert_int_equal(statement_id_parse(id, key, NULL), ERR_OK);
	if (service_alliance_motion(node.service, &arena, who, key, &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

/* What is written by hand is out of the tlog's reach; only the time of closing is changed. */
static void close_now(void)
{
	assert_true(alter("UPDATE alliance_record SET until = 1000 WHERE record = 'motion' AND"
		" counted = 0") > 0);
	alliance_work(node.service);
}

/* limit_alliance_reason_bytes */
static void alliance_asks_for_a_reason_of_a_length(void **state)
{
	char reason[LIMIT_ALLIANCE_REASON_BYTES + 1];
	struct json *problems;

	(void)state;
	memset(reason, 'x', sizeof(reason));
	assert_int_equal(service_alliance_decide(node.service, &arena, &officer, 999, false,
		STR(" "), &problems, NULL), ERR_INVALID);
	assert_int_equal(service_alliance_decide(node.service, &arena, &officer, 999, false,
		(struct str){ reason, sizeof(reason) }, &problems, NULL), ERR_INVALID);
	assert_int_equal(service_alliance_decide(node.service, &arena, &officer, 999, false,
		(struct str){ reason, sizeof(reason) - 1 }, &problems, NULL),
		ERR_NOT_FOUND);
}

static void alliance_counts_once_and_takes_no_late_vote(void **state)
{
	struct str id;
	struct json *v;

	(void)state;
	assert_int_equal(move_one(&member, &id), ERR_OK);
	assert_int_equal(vote(&member, id, "yes"), ERR_OK);
	assert_int_equal(vote(&member, id, "no"), ERR_OK);
	assert_int_equal(vote(&other, id, "abstain"), ERR_OK);
	assert_int_equal(vote(&other, id, "x"), ERR_INVALID);
	assert_int_equal(ask_number("SELECT count(*) FROM alliance_vote"), 2);
	v = motion_of(id, &member);
	assert_true(str_is(json_get_str(v, "vote_result"), "voting"));
	assert_int_equal((int)json_number_or(json_get(v, "no"), -1), 0); /* hidden while open */
	assert_true(str_is(json_str(json_path(v, "own/choice")), "no"));
	assert_null(json_get(motion_of(id, &officer), "own"));
	close_now();
	assert_int_equal(vote(&member, id, "yes"), ERR_CONFLICT);
	alliance_work(node.service);
	assert_int_equal(ask_number("SELECT count(*) FROM alliance_record WHERE record = 'tally'"),
		1);
	assert_int_equal(ask_number("SELECT count(*) FROM alliance_issue"), 0);
	/* one of another statement, and a second of this one, change nothing */
	assert_int_equal(alter("INSERT INTO alliance_record SELECT NULL, randomblob(16), origin,"
		" idx + n, issuer, record, code, name, kind, about, title, time, until, ended,"
		" counted, digest, CASE n WHEN -1 THEN json_set(body, '$.motionDigest',"
		" 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA') ELSE json_set(body, '$.ballots',"
		" json_array()) END FROM alliance_record, (SELECT -1 AS n UNION ALL SELECT 1) WHERE"
		" record = 'tally'"), 2);
	v = motion_of(id, &member);
	assert_int_equal((int)json_number_or(json_get(v, "no"), -1), 1);
	assert_int_equal((int)json_number_or(json_get(v, "abstain"), -1), 1);
	assert_true(str_is(json_get_str(v, "vote_result"), "rejected"));
}

/* limit_alliance_motions_open limit_alliance_groups */
static void alliance_keeps_its_limits(void **state)
{
	struct json *problems;
	struct str id;

	(void)state;
	for (int i = 0; i < LIMIT_ALLIANCE_MOTIONS_OPEN; i++)
		assert_int_equal(move_one(&other, &id), ERR_OK);
	assert_int_equal(move_one(&other, &id), ERR_CONFLICT);
	for (int i = 0; i <= LIMIT_ALLIANCE_GROUPS; i++)
		assert_int_equal(service_alliance_found(node.service, &arena, &other, STR("G"),
			STR("p"), &problems, &id, NULL), i < LIMIT_ALLIANCE_GROUPS ? ERR_OK
			: ERR_CONFLICT);
}

/* limit_alliance_drafts */
static void minutes_are_approved_by_a_second_person(void **state)
{
	struct alliance_minutes form = { .title = STR("T"), .place = STR("P"),
		.held = STR("2026-01-15"), .present = STR("91440300708461136T M"),
		.agenda = STR("a"), .point_count = 1, .points = { { STR("d"), STR("") } } };
	struct json *problems;
	struct account_who second = officer;
	int64_t id = 0, last = 0;
	struct str published;

	(void)state;
	second.account = 93;
	for (int i = 0; i <= LIMIT_ALLIANCE_DRAFTS; i++)
		assert_int_equal(service_alliance_draft(node.service, &arena, &officer, 0, 0,
			&form, &problems, i == 0 ? &id : &last, NULL), i < LIMIT_ALLIANCE_DRAFTS
			? ERR_OK : ERR_CONFLICT);
	assert_int_equal(service_alliance_draft(node.service, &arena, &member, 0, 0, &form,
		&problems, &last, NULL), ERR_DENIED); /* of the alliance: the secretariat */
	assert_int_equal(service_alliance_draft(node.service, &arena, &member, id, 1, &form,
		&problems, &last, NULL), ERR_NOT_FOUND);
	assert_int_equal(service_alliance_approve(node.service, &arena, &officer, id, 1,
		&problems, &published, NULL), ERR_DENIED);
	assert_int_equal(service_alliance_approve(node.service, &arena, &second, id, 2,
		&problems, &published, NULL), ERR_CONFLICT); /* not what was shown */
	assert_int_equal(service_alliance_approve(node.service, &arena, &second, id, 1,
		&problems, &published, NULL), ERR_OK);
	assert_int_equal(service_alliance_approve(node.service, &arena, &second, id, 1,
		&problems, &published, NULL), ERR_CONFLICT);
	assert_int_equal(service_alliance_discard(node.service, &arena, &second, id + 1, 1, NULL),
		ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM alliance_record WHERE record ="
		" 'minutes'"), 1);
}

static void assert_wrong(const struct json *problems, const char *field, const char *word)
{
	struct str wrong = json_get_str(json_get(problems, field), "wrong");

	assert_int_equal(json_count(problems), 1);
	if (!str_is(wrong, word))
		fail_msg(STR_FMT, STR_ARG(wrong));
}

static struct alliance_minutes met(void)
{
	return (struct alliance_minutes){ .title = STR("T"), .place = STR("P"),
		.held = STR("2026-01-15"), .present = STR("914403001922038216 O"),
		.agenda = STR("a") };
}

/* What could never be published is not kept: the longest form there is has more. */
static void minutes_too_long_to_be_published_are_not_saved(void **state)
{
	enum { LINE = 11001, LINES = 23 };
	struct alliance_minutes form = met();
	struct account_who second = officer;
	struct json *problems;
	struct str published;
	int64_t id = 0;
	char *agenda = arena_alloc(&arena, (size_t)LINE * LINES);

	(void)state;
	assert_non_null(agenda);
	memset(agenda, 'a', (size_t)LINE * LINES);
	for (int i = 1; i <= LINES; i++)
		agenda[i * LINE - 1] = '\n';
	second.account = 93;
	assert_int_equal(alter("DELETE FROM alliance_draft") > 0, 1);
	form.agenda = (struct str){ agenda, (size_t)LINE * LINES };
	form.points[form.point_count++].text = (struct str){ agenda, 1500 };
	assert_int_equal(service_alliance_draft(node.service, &arena, &officer, 0, 0, &form,
		&problems, &id, NULL), ERR_INVALID);
	assert_wrong(problems, "form", "minutes-long");
	form.point_count = 0;
	form.agenda.len -= (size_t)2 * LINE;
	assert_int_equal(service_alliance_draft(node.service, &arena, &officer, 0, 0, &form,
		&problems, &id, NULL), ERR_OK);
	assert_int_equal(service_alliance_approve(node.service, &arena, &second, id, 1, &problems,
		&published, NULL), ERR_OK);
}

/* The day in China, which begins while it is still yesterday in Greenwich. */
static void minutes_are_of_a_day_that_has_begun_in_china(void **state)
{
	enum err_code today, tomorrow;
	struct alliance_minutes form;
	struct json *problems;
	char text[INSTANT_TEXT_BYTES];
	int64_t id = 0;
	int32_t day;

	(void)state;
	do { /* again when a day ends meanwhile */
		day = china_day(instant_now());
		form = met();
		instant_format((int64_t)(day + 1) * 86400, text);
		form.held = (struct str){ text, 10 };
		tomorrow = service_alliance_draft(node.service, &arena, &officer, 0, 0, &form,
			&problems, &id, NULL);
	} while (china_day(instant_now()) != day);
	assert_int_equal(tomorrow, ERR_INVALID);
	assert_wrong(problems, "held", "not-held-yet");
	instant_format((int64_t)day * 86400, text);
	today = service_alliance_draft(node.service, &arena, &officer, 0, 0, &form, &problems, &id,
		NULL);
	assert_int_equal(today, ERR_OK);
}

static void minutes_that_name_who_left_are_not_published(void **state)
{
	struct account_who late = manager("91310000132260252Z", "Z", 95), second = officer;
	struct alliance_minutes form = met();
	struct json *problems;
	struct str published;
	int64_t id = 0;

	(void)state;
	second.account = 93;
	join_alliance(&late);
	form.present = STR("91310000132260252Z Z");
	assert_int_equal(service_alliance_draft(node.service, &arena, &officer, 0, 0, &form,
		&problems, &id, NULL), ERR_OK);
	assert_int_equal(service_alliance_leave(node.service, &arena, &late, NULL), ERR_OK);
	assert_int_equal(service_alliance_approve(node.service, &arena, &second, id, 1, &problems,
		&published, NULL), ERR_CONFLICT);
	assert_wrong(problems, "form", "minutes-faulty");
	assert_int_equal(service_alliance_approve(node.service, &arena, &second, id, 2, &problems,
		&published, NULL), ERR_CONFLICT);
	assert_int_equal(json_count(problems), 0); /* changed meanwhile */
}

/* Copies a row so many times; what a copy has instead of the row's code or about is told. */
static void copy_rows(int count, const char *code, const char *record, const char *where)
{
	SCOPED_BUF sql = { 0 };

	buf_init(&sql, 4096);
	buf_printf(&sql, "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE"
		" n < %d) INSERT INTO alliance_record SELECT NULL, randomblob(16), origin, 1000 +"
		" n, issuer, record, %s, name, kind, about, title, time, until, ended, counted,"
		" digest, body FROM one, (SELECT * FROM alliance_record WHERE record = '%s' AND %s"
		" LIMIT 1)", count, code, record, where);
	buf_put_char(&sql, '\0');
	assert_int_equal(alter(sql.at), count);
}

/* Rows of all pages of a list, which are of at most 50. */
static int walk(enum err_code (*page)(struct list_query *q, struct json **ret), const char *name)
{
	struct list_query q = { .rows = 0 };
	int rows = 0, pages = 0;
	struct json *v;

	do {
		assert_int_equal(page(&q, &v), ERR_OK);
		assert_in_range(json_count(json_get(v, name)), 1, 50);
		rows += (int)json_count(json_get(v, name));
		q.after = json_get_str(v, "next");
		assert_true(++pages < 9);
	} while (q.after.at);
	return rows;
}

static uint8_t group_key[16];

static enum err_code page_of_members(struct list_query *q, struct json **ret)
{
	return service_alliance_members(node.service, &arena, q, ret, NULL);
}

static enum err_code page_of_groups(struct list_query *q, struct json **ret)
{
	return service_alliance_records(node.service, &arena, RECORD_GROUP, q, ret, NULL);
}

static enum err_code page_of_minutes(struct list_query *q, struct json **ret)
{
	return service_alliance_group(node.service, &arena, &member, group_key, q, ret, NULL);
}

static enum err_code page_of_drafts(struct list_query *q, struct json **ret)
{
	return service_alliance(node.service, &arena, &officer, q, ret, NULL);
}

static void lists_are_read_to_their_end(void **state)
{
	struct alliance_minutes form = met();
	struct json *problems, *v;
	struct list_query all = { .rows = 0 };
	struct str group, published;
	int64_t id = 0;
	int drafts;

	(void)state;
	assert_int_equal(service_alliance_found(node.service, &arena, &member, STR("G"), STR("p"),
		&problems, &group, NULL), ERR_OK);
	assert_int_equal(statement_id_parse(group, group_key, NULL), ERR_OK);
	assert_int_equal(service_alliance_group_act(node.service, &arena, &other, group_key,
		STR("join"), STR(""), NULL), ERR_OK);
	form.group = str_skip(group, 9);
	assert_int_equal(service_alliance_draft(node.service, &arena, &member, 0, 0, &form,
		&problems, &id, NULL), ERR_OK);
	assert_int_equal(service_alliance(node.service, &arena, &other, &all, &v, NULL), ERR_OK);
	assert_true(json_true(json_path(v, "drafts/0/approve"))); /* of its group */
	assert_int_equal(service_alliance(node.service, &arena, &member, &all, &v, NULL), ERR_OK);
	assert_false(json_true(json_path(v, "drafts/0/approve"))); /* who wrote it */
	assert_int_equal(service_alliance_approve(node.service, &arena, &other, id, 1, &problems,
		&published, NULL), ERR_OK);
	copy_rows(60, "code", "minutes", "about <> x''");
	assert_int_equal(walk(page_of_minutes, "minutes"), 61);
	copy_rows(110, "code", "group", "ended = 0");
	assert_true(walk(page_of_groups, "rows") > 110);
	copy_rows(60, "'x' || n", "membership", "ended = 0");
	copy_rows(60, "'x' || n", "membership", "ended = 0"); /* each twice: at another node too */
	assert_int_equal(walk(page_of_members, "rows"), 60 +
		ask_number("SELECT count(*) FROM alliance_record WHERE record = 'membership' AND"
		" ended = 0 AND code NOT GLOB 'x*'"));
	drafts = (int)ask_number("SELECT count(*) FROM alliance_draft WHERE statement = x''");
	assert_int_equal(alter("WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one"
		" WHERE n < 60) INSERT INTO alliance_draft (about, organisation, account, title,"
		" body, revision, statement, created, changed) SELECT x'', 777, 778, 'T', '{}', 1,"
		" x'', 1, 1 FROM one"), 60);
	assert_int_equal(walk(page_of_drafts, "drafts"), drafts + 60);
	assert_int_equal(alter("DELETE FROM alliance_draft WHERE organisation = 777"), 60);
	assert_int_equal(alter("DELETE FROM alliance_record WHERE code GLOB 'x*'"), 120);
}

/* However often it was passed on, the last statement of the founder's node counts. */
static void the_last_chair_counts(void **state)
{
	struct list_query all = { .rows = 0 };
	struct json *v;

	(void)state;
	assert_int_equal(service_alliance_group_act(node.service, &arena, &member, group_key,
		STR("chair"), other.organisation_code, NULL), ERR_OK);
	copy_rows(450, "CASE n WHEN 450 THEN '914403001922038216' ELSE '91440300708461136T' END",
		"chair", "ended = 0");
	assert_int_equal(service_alliance_group(node.service, &arena, &member, group_key, &all, &v,
		NULL), ERR_OK);
	assert_true(str_is(json_get_str(v, "chair"), "O"));
	assert_int_equal(alter("UPDATE alliance_record SET origin = 'did:web:other' WHERE record ="
		" 'chair' AND idx = 1450"), 1);
	assert_int_equal(service_alliance_group(node.service, &arena, &member, group_key, &all, &v,
		NULL), ERR_OK);
	assert_true(str_is(json_get_str(v, "chair"), "M"));
}

/* A body that no door would have taken was changed on the disk. */
static void alliance_tells_a_damaged_row(void **state)
{
	struct alliance_row row = { .seq = 7, .body = STR("{\"type\":\"AllianceRecord\"}") };
	struct alliance_record record;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(alliance_row_record(&arena, &row, &record, &e), ERR_CORRUPT);
	row.body = STR("{");
	assert_int_equal(alliance_row_record(&arena, &row, &record, &e), ERR_CORRUPT);
}

/* Confirmed, and the process died before the statement: the row is there, and the work thread
 * issues it; a second run issues nothing. */
static void alliance_issues_after_a_crash_what_waits(void **state)
{
	struct account_who late = manager("91310000132260250X", "L", 94);
	int64_t before;

	(void)state;
	join_alliance(&late);
	before = ask_number("SELECT count(*) FROM alliance_record");
	assert_int_equal(alter("INSERT INTO alliance_issue (id_key, kind, record, code, about,"
		" subject) SELECT randomblob(16), 'alliance', 'membership', 'x', x'',"
		" replace(body, '91310000132260250X', '91310000132260251Y') FROM alliance_record"
		" WHERE record = 'membership' AND code = '91310000132260250X'"), 1);
	alliance_work(node.service);
	alliance_work(node.service);
	assert_int_equal(ask_number("SELECT count(*) FROM alliance_record"), before + 1);
	assert_int_equal(ask_number("SELECT count(*) FROM alliance_issue"), 0);
}

static void who_left_votes_no_more_and_may_come_back(void **state)
{
	struct str id;

	(void)state;
	assert_int_equal(move_one(&member, &id), ERR_OK);
	assert_int_equal(service_alliance_leave(node.service, &arena, &member, NULL), ERR_OK);
	assert_int_equal(vote(&member, id, "yes"), ERR_DENIED);
	assert_int_equal(move_one(&member, &id), ERR_DENIED);
	assert_int_equal(service_alliance_leave(node.service, &arena, &member, NULL),
		ERR_CONFLICT);
	join_alliance(&member);
	assert_int_equal(move_one(&member, &id), ERR_OK);
	assert_int_equal(vote(&member, id, "yes"), ERR_OK);
}

static void alliance_is_full_with_as_many_as_a_vote_can_hold(void **state)
{
	struct account_who late = manager("91310000132260253Z", "Z", 96);
	struct str charter = base64url_new(&arena, service_charter(node.service)->digest.at,
		DIGEST_BYTES), id;
	char closes[INSTANT_TEXT_BYTES];
	struct json *problems;
	int64_t number;

	(void)state;
	assert_int_equal(service_alliance_apply(node.service, &arena, &late, charter, true,
		&problems, NULL), ERR_OK);
	number = ask_number("SELECT max(id) FROM alliance_application");
	assert_int_equal(service_alliance_decide(node.service, &arena, &officer, number, false,
		STR(" "), &problems, NULL), ERR_INVALID);
	assert_wrong(problems, "reason", "reason");
	copy_rows(LIMIT_ALLIANCE_MEMBERS, "'x' || n", "membership", "ended = 0");
	assert_int_equal(service_alliance_decide(node.service, &arena, &officer, number, true,
		STR(""), &problems, NULL), ERR_CONFLICT);
	assert_wrong(problems, "form", "alliance-full");
	instant_format(instant_now() + 8 * 3600 + 3 * 86400, closes);
	closes[16] = '\0';
	assert_int_equal(service_alliance_move(node.service, &arena, &member,
		&(struct alliance_move){ .title = STR("T"), .text = STR("t"),
		.kind = STR("ordinary"), .closes = str_of(closes) }, &problems, &id, NULL),
		ERR_CONFLICT);
	assert_wrong(problems, "form", "voters-many");
	assert_int_equal(alter("DELETE FROM alliance_record WHERE code GLOB 'x*'"),
		LIMIT_ALLIANCE_MEMBERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alliance_asks_for_a_reason_of_a_length),
		cmocka_unit_test(alliance_counts_once_and_takes_no_late_vote),
		cmocka_unit_test(alliance_keeps_its_limits),
		cmocka_unit_test(minutes_are_approved_by_a_second_person),
		cmocka_unit_test(minutes_too_long_to_be_published_are_not_saved),
		cmocka_unit_test(minutes_are_of_a_day_that_has_begun_in_china),
		cmocka_unit_test(minutes_that_name_who_left_are_not_published),
		cmocka_unit_test(lists_are_read_to_their_end),
		cmocka_unit_test(the_last_chair_counts),
		cmocka_unit_test(alliance_tells_a_damaged_row),
		cmocka_unit_test(alliance_issues_after_a_crash_what_waits),
		cmocka_unit_test(who_left_votes_no_more_and_may_come_back),
		cmocka_unit_test(alliance_is_full_with_as_many_as_a_vote_can_hold),
	};

	return cmocka_run_group_tests(tests, open_alliance, fixture_close);
}
