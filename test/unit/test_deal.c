/* test_deal.c - what events come to, messages between nodes, masking, and the bounds of deals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "account_fixture.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "service/deal.h"
#include "service/deal_fold.h"
#include "service/deal_inner.h"
#include "service/deal_message.h"
#include "service/listing.h"

/* ---- events ---------------------------------------------------------------------------------- */

static struct deal_event said(enum deal_side side, int64_t number, int64_t clock, const char *word)
{
	return (struct deal_event){ .side = side, .number = number, .clock = clock,
		.word = str_of(word), .body = STR("{}") };
}

static int by_order(const void *one, const void *two)
{
	const struct deal_event *a = one, *b = two;

	if (a->clock != b->clock)
		return a->clock < b->clock ? -1 : 1;
	return (int)b->side - (int)a->side;
}

static void every_order_of_arrival_comes_to_the_same(void **state)
{
	struct deal_event all[] = { said(DEAL_SEEKER, 1, 1, "interest"),
		said(DEAL_OWNER, 1, 2, "accept"), said(DEAL_SEEKER, 2, 2, "call-off"),
		said(DEAL_SEEKER, 3, 3, "fail"), said(DEAL_OWNER, 2, 3, "sign") };
	size_t count = sizeof(all) / sizeof(all[0]);
	bool idle[5];

	(void)state;
	for (size_t turn = 0; turn < count; turn++) {
		struct deal_event first = all[0];
		memmove(all, all + 1, (count - 1) * sizeof(all[0]));
		all[count - 1] = first;
		struct deal_event sorted[5];
		memcpy(sorted, all, sizeof(all));
		qsort(sorted, count, sizeof(sorted[0]), by_order);
		struct deal_standing now = deal_fold(sorted, count, idle);
		assert_int_equal(now.state, DEAL_IN_SIGNED);
		assert_int_equal(now.reached, 4);
		assert_true(str_is(sorted[now.closing].word, "sign"));
		assert_true(idle[2] && idle[4]); /* call-off and fail came too late */
		assert_false(idle[0] || idle[1] || idle[3]);
	}
}

static void each_word_has_its_side_and_state(void **state)
{
	(void)state;
	assert_true(deal_may(DEAL_IN_INTEREST, DEAL_OWNER, STR("accept")));
	assert_false(deal_may(DEAL_IN_INTEREST, DEAL_SEEKER, STR("accept")));
	assert_false(deal_may(DEAL_IN_CONTACT, DEAL_OWNER, STR("accept")));
	assert_false(deal_may(DEAL_IN_INTEREST, DEAL_OWNER, STR("person")));
	assert_false(deal_may(DEAL_IN_DECLINED, DEAL_SEEKER, STR("note")));
	assert_false(deal_may(DEAL_IN_INTEREST, DEAL_SEEKER, STR("interest")));
	assert_true(deal_may(DEAL_IN_DECLINED, DEAL_SEEKER, STR("erase")));
	assert_false(deal_word_known(STR("buy")));
	/* a person that comes before both agreed counts for nothing */
	struct deal_event early[] = { said(DEAL_SEEKER, 1, 1, "interest"),
		said(DEAL_SEEKER, 2, 2, "person") };
	bool idle[2];
	assert_int_equal(deal_fold(early, 2, idle).reached, 1);
	assert_true(idle[1]);
}

/* ---- messages -------------------------------------------------------------------------------- */

#define DEAL "\"deal\":\"urn:uuid:00000000-0000-4000-8000-000000000001\""
#define REST ",\"clock\":2,\"number\":2,\"side\":\"seeker\",\"time\":\"2026-11-30T00:00:00Z\"}"

static enum err_code parsed(const char *text, struct deal_message *ret)
{
	struct err e = { 0 };

	return deal_message_parse(&arena, str_of(text), ret, &e);
}

static void messages_come_back_as_they_were_sent(void **state)
{
	static const char person[] = "{\"body\":{\"mail\":\"a@b\",\"name\":\"N\",\"phone\":\"1\"},"
		"\"clock\":2," DEAL ",\"number\":2,\"side\":\"seeker\","
		"\"time\":\"2026-11-30T00:00:00Z\",\"word\":\"person\"}";
	struct deal_message m;
	struct str text;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(parsed(person, &m), ERR_OK);
	assert_true(str_is(m.event.body, "{}")); /* nothing of the person is in the event */
	assert_int_equal(deal_message_text(&arena, &m, &text, &e), ERR_OK);
	assert_true(str_is(text, person));
	assert_int_equal(parsed("{\"word\":\"note\",\"body\":{\"how\":\"phone\",\"more\":1,"
		"\"text\":\"x\"}," DEAL REST, &m), ERR_OK);
	assert_true(str_is(m.event.body, "{\"how\":\"phone\",\"text\":\"x\"}"));
}

static void messages_out_of_form_are_refused(void **state)
{
	static const char *const bad[] = { "", "[]", "{}",
		"{\"word\":\"buy\",\"body\":{}," DEAL REST,
		"{\"word\":\"note\",\"body\":{\"how\":\"phone\"}," DEAL REST,
		"{\"word\":\"sign\",\"body\":{\"type\":\"x\",\"amount\":-1,\"day\":\"2026-01-01\"},"
		DEAL REST,
		"{\"word\":\"sign\",\"body\":{\"type\":\"x\",\"amount\":1,\"day\":\"soon\"}," DEAL
		REST,
		"{\"word\":\"interest\",\"body\":{\"cooperation\":\"\",\"unclear\":\"\","
		"\"who\":\"\"},\"listing\":\"urn:uuid:00000000-0000-4000-8000-000000000001\","
		"\"seeker\":{\"name\":\"\",\"code\":\"\"}," DEAL REST, /* not the first */
		"{\"word\":\"accept\",\"body\":{}," DEAL ",\"clock\":0,\"number\":1,"
		"\"side\":\"owner\",\"time\":\"2026-11-30T00:00:00Z\"}" };
	struct deal_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parsed(bad[i], &m) == ERR_OK)
			fail_msg("taken: %s", bad[i]);
}

static void limit_deal_message_bytes(void **state)
{
	SCOPED_BUF b = { 0 };
	struct deal_message m;
	struct err e = { 0 };

	(void)state;
	buf_init(&b, 2 * LIMIT_DEAL_MESSAGE_BYTES);
	buf_put_text(&b, "{\"word\":\"erase\",\"body\":{}," DEAL REST);
	assert_int_equal(deal_message_parse(&arena, buf_str(&b), &m, &e), ERR_OK);
	while (buf_str(&b).len < LIMIT_DEAL_MESSAGE_BYTES)
		buf_put_char(&b, ' ');
	assert_int_equal(deal_message_parse(&arena, buf_str(&b), &m, &e), ERR_OK);
	buf_put_char(&b, ' ');
	assert_int_equal(deal_message_parse(&arena, buf_str(&b), &m, &e), ERR_TOO_LARGE);
}

/* ---- masking --------------------------------------------------------------------------------- */

static void masked_is(const char *text, char kind, const char *want)
{
	struct str got = deal_masked(&arena, str_of(text), kind);

	if (!str_is(got, want))
		fail_msg("%s: " STR_FMT ", not %s", text, STR_ARG(got), want);
}

static void contact_data_is_masked(void **state)
{
	(void)state;
	masked_is("王小明", 'n', "王***");
	masked_is("13800138000", 'p', "***8000");
	masked_is("12345", 'p', "***");
	masked_is("wang@a.example", 'm', "w***@a.example");
	masked_is("", 'n', "");
}

static void small_counts_are_hidden_and_no_sum_gives_them_back(void **state)
{
	int64_t cells[] = { 9, 5, 4, 2, 1, 0, 0, 0 }; /* four rows of two columns */

	(void)state;
	deal_mask(cells, 4, 2, 3);
	assert_int_equal(cells[0], 9);
	assert_int_equal(cells[2], -1); /* 4: else 14 - 9 - 4 tells the 1 */
	assert_int_equal(cells[4], -1);
	assert_int_equal(cells[6], 0);
	assert_int_equal(cells[1], -1);
	assert_int_equal(cells[3], -1);
	assert_int_equal(cells[5], 0);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static struct account_who seeker_of(int64_t organisation)
{
	return (struct account_who){ .organisation = organisation, .account = 77,
		.may = MAY(POST), .name = STR("seeker"), .organisation_name = STR("Seeker"),
		.organisation_code = STR("91500118MA5YCL002G"), .address = STR("192.0.2.9") };
}

/* A published listing of the authority. */
static struct str published(const char *by, const char *reviewer)
{
	struct account_who who = person(by, "publisher"), other = person(reviewer, "officer");
	struct json *problems, *made, *fields;
	struct err e = { 0 };
	uint64_t number;

	assert_int_equal(json_parse(&arena, STR("{\"industries\":[\"M74\"],\"regions\":"
		"[\"500118\"],\"cooperation\":[\"lease\"]}"), &fields, &e), ERR_OK);
	struct listing_draft d = { .kind = STR("demand"), .title = str_of(by),
		.summary = STR("Text"), .fields = fields };
	if (service_listing_save(node.service, &arena, &who, 0, 0, &d, &problems, &made, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(str_parse_u64(json_get_str(made, "number"), &number, &e), ERR_OK);
	if (service_listing_submit(node.service, &arena, &who, (int64_t)number, &problems, &e) !=
		ERR_OK || service_listing_review(node.service, &arena, &other, (int64_t)number,
		true, STR(""), &e) != ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(service_listing_work(node.service, &arena, &who, (int64_t)number, &made,
		&e), ERR_OK);
	return json_get_str(made, "listing");
}

static enum err_code begin(const struct account_who *by, struct str listing, struct str text,
	int64_t *ret)
{
	struct deal_interest form = { .listing = listing, .cooperation = text,
		.unclear = STR("b"), .who = STR("c"), .person = { STR("N"), STR("12345678"),
		STR(""), true } };
	struct json *problems;
	struct err e = { 0 };

	return service_deal_begin(node.service, &arena, by, &form, &problems, ret, &e);
}

static void limit_deal_amount(void **state)
{
	struct deal_message m;

	(void)state;
	for (uint64_t over = 0; over < 2; over++) {
		const char *text = arena_printf(&arena, "{\"word\":\"sign\",\"body\":{\"type\":"
			"\"other\",\"day\":\"2026-11-30\",\"amount\":%llu}," DEAL REST,
			(unsigned long long)(LIMIT_DEAL_AMOUNT + over));
		assert_int_equal(parsed(text, &m), over ? ERR_INVALID : ERR_OK);
	}
}

static void limit_deal_text_bytes(void **state)
{
	struct account_who by = seeker_of(900);
	struct str listing = published("text.p", "text.r");
	char *long_text = arena_alloc(&arena, LIMIT_DEAL_TEXT_BYTES + 1);
	int64_t id;

	(void)state;
	memset(long_text, 'x', LIMIT_DEAL_TEXT_BYTES + 1);
	assert_int_equal(begin(&by, listing, (struct str){ long_text, LIMIT_DEAL_TEXT_BYTES + 1 },
		&id), ERR_INVALID);
	assert_int_equal(begin(&by, listing, (struct str){ long_text, LIMIT_DEAL_TEXT_BYTES }, &id),
		ERR_OK);
}

static void limit_deals_per_day(void **state)
{
	struct account_who by = seeker_of(901);
	struct str listing = published("day.p", "day.r");
	int64_t id;

	(void)state;
	for (int i = 0; i < LIMIT_DEALS_PER_DAY; i++) {
		assert_int_equal(begin(&by, listing, STR("a"), &id), ERR_OK);
		assert_int_equal(begin(&by, listing, STR("a"), &id), ERR_CONFLICT); /* open */
		(void)alter("UPDATE deal SET state = 'declined' WHERE seeker = 901");
	}
	assert_int_equal(begin(&by, listing, STR("a"), &id), ERR_CONFLICT);
	(void)alter("UPDATE deal SET created = created - 86401 WHERE seeker = 901");
	assert_int_equal(begin(&by, listing, STR("a"), &id), ERR_OK);
}

static void limit_deal_events(void **state)
{
	struct account_who by = seeker_of(902);
	struct str listing = published("log.p", "log.r");
	struct deal_act act = { .word = STR("note"), .text = STR("x"), .how = STR("phone") };
	struct json *problems;
	struct err e = { 0 };
	int64_t id;

	(void)state;
	assert_int_equal(begin(&by, listing, STR("a"), &id), ERR_OK);
	assert_int_equal(service_deal_do(node.service, &arena, &by, id, &act, &problems, &e),
		ERR_CONFLICT); /* nobody has accepted */
	(void)alter("UPDATE deal SET state = 'contact', held_seeker = 499 WHERE seeker = 902");
	assert_int_equal(LIMIT_DEAL_EVENTS, 500);
	assert_int_equal(service_deal_do(node.service, &arena, &by, id, &act, &problems, &e),
		ERR_OK);
	(void)alter("UPDATE deal SET state = 'contact' WHERE seeker = 902");
	assert_int_equal(service_deal_do(node.service, &arena, &by, id, &act, &problems, &e),
		ERR_CONFLICT);
	assert_non_null(strstr(e.message, "full"));
	act.word = STR("erase");
	assert_int_equal(service_deal_do(node.service, &arena, &by, id, &act, &problems, &e),
		ERR_OK);
}

static void limit_deal_contacts(void **state)
{
	struct account_who by = seeker_of(903);
	struct json *data;
	struct err e = { 0 };

	(void)state;
	by.account = 903;
	(void)alter("WITH RECURSIVE n(i) AS (SELECT 10001 UNION ALL SELECT i + 1 FROM n WHERE"
		" i < 12001) INSERT INTO deal SELECT i, zeroblob(8) || i, '', '', '', '', '', 903,"
		" '', '', '', 0, '', '', '', '', 'interest', 1, '', '', 0, '', 0, 0, 0, 0, 0, 0, 0,"
		" 0, 0 FROM n");
	(void)alter("INSERT INTO deal_contact SELECT id, 0, 903, 'N', '', '', 1 FROM deal WHERE"
		" seeker = 903");
	assert_int_equal(service_deal_data(node.service, &arena, &by, &data, &e), ERR_OK);
	assert_int_equal(json_count(json_get(data, "contacts")), LIMIT_DEAL_CONTACTS);
}

/* Of all the deals above, as they went on and when they are counted. */
static void totals_are_what_the_deals_come_to(void **state)
{
	static const char counted[] = "SELECT count(*) FROM (SELECT kind, substr(industry, 1, 1),"
		" seeker_city || ' ' || owner_city, count(*), sum(reached >= 2), sum(reached >= 3),"
		" sum(reached >= 4), sum(followed > 0), sum(state IN ('unsuccessful', 'declined',"
		" 'called-off')),"
		" sum(iif(reached >= 4, amount, 0)) FROM deal GROUP BY 1, 2, 3 EXCEPT"
		" SELECT * FROM deal_total)";

	(void)state;
	assert_int_equal(ask_number(counted), 0);
	(void)alter("UPDATE deal SET reached = 1 + id / 2 % 4, amount = id, followed ="
		" id % 4 WHERE id % 2 = 0");
	(void)alter("UPDATE deal SET state = 'signed' WHERE state = 'declined' AND id % 3 = 0");
	(void)alter("UPDATE deal SET reached = 3, state = 'unsuccessful' WHERE id % 5 = 0");
	assert_int_equal(ask_number(counted), 0);
	assert_true(ask_number("SELECT min(signed, amount, unsuccessful, deals > signed) FROM"
		" deal_total ORDER BY deals DESC LIMIT 1") > 0);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct json *list_of(const struct account_who *by, struct list_query q, const char *side)
{
	struct json *v = NULL;
	struct err e = { 0 };

	if (service_deals(node.service, &arena, by, &q, str_of(side), &v, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return v;
}

static size_t walked(const struct account_who *by, struct list_query q, const char *side)
{
	size_t count = 0, pages = 0;
	struct str firsts[30], last = { 0 };
	struct json *v;

	for (;; q.after = json_get_str(v, "next")) {
		v = list_of(by, q, side);
		const struct json *rows = json_get(v, "rows");
		for (size_t i = 0; i < json_count(rows); i++, count++) {
			struct str changed = json_get_str(json_at(rows, i), "changed");
			if (str_is(q.sort, "changed") && last.at)
				assert_true(str_cmp(last, changed) <= 0);
			last = changed;
		}
		assert_true(pages < 30);
		firsts[pages++] = json_get_str(json_at(rows, 0), "number");
		if (!json_get_str(v, "next").at)
			break;
	}
	q.after = STR("");
	while (--pages > 0) {
		q.before = json_get_str(v, "previous");
		v = list_of(by, q, side);
		assert_true(str_eq(json_get_str(json_at(json_get(v, "rows"), 0), "number"),
			firsts[pages - 1]));
	}
	assert_null(json_get_str(v, "previous").at);
	return count;
}

static void lists_of_deals_go_both_ways_by_side_state_and_kind(void **state)
{
	struct account_who by = seeker_of(905), other = seeker_of(906);

	(void)state;
	(void)alter("WITH RECURSIVE n(i) AS (SELECT 20001 UNION ALL SELECT i + 1 FROM n WHERE"
		" i < 20060) INSERT INTO deal SELECT i, zeroblob(8) || i, '', '', iif(i % 3,"
		" 'demand', 'event'), '', '\xe9\x9b\xa8\xe9\x9b\xbe ' || i, iif(i % 2, 905, 906),"
		" 'S', '', '', iif(i % 2, 906, 905), 'O', '', '', '', iif(i % 5, 'contact',"
		" 'interest'), 1, '', '', 0, '', 0, 0, 0, 0, 0, i, 1700000000 + i * 37 % 61, 0, 0"
		" FROM n");
	for (size_t k = 0; k < 2; k++) {
		struct list_query q = { .rows = 7, .sort = k ? STR("changed") : STR("") };
		assert_int_equal(walked(&by, q, ""), 60);
		assert_int_equal(walked(&by, q, "given"), 30);
		assert_int_equal(walked(&other, q, "received"), 30);
		q.kind = STR("demand");
		assert_int_equal(walked(&by, q, ""), 40);
		q.state = STR("interest");
		assert_int_equal(walked(&by, q, ""), 8);
	}
	/* what changes is found in its new place */
	assert_int_equal(alter("UPDATE deal SET state = 'signed' WHERE id = 20005"), 1);
	struct list_query q = { .state = STR("signed") };
	assert_int_equal(walked(&by, q, ""), 1);
	struct str none = STR("9999");
	q = (struct list_query){ .text = none };
	assert_int_equal(walked(&by, q, ""), 0);
	assert_int_equal(service_deals(node.service, &arena, &by, &(struct list_query){ .sort =
		STR("title") }, STR(""), &(struct json *){ NULL }, NULL), ERR_INVALID);
}

/* ---- what came of it ------------------------------------------------------------------------- */

static int64_t at_noon(const char *day)
{
	int32_t number;

	assert_int_equal(china_day_parse(str_of(day), &number, NULL), ERR_OK);
	return china_day_start(number) + 43200;
}

static int64_t notices(const char *word)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM notice WHERE word = '%s' AND"
		" path = '/deals/30001'", word);
	return ask_number(sql);
}

static void what_was_signed_is_asked_after_by_the_calendar(void **state)
{
	static const struct { const char *day; int half, year; } steps[] = {
		{ "2026-11-27", 0, 0 },    /* Friday, the day before */
		{ "2026-11-28", 0, 0 },    /* six months later is a Saturday */
		{ "2026-11-29", 0, 0 }, { "2026-11-30", 1, 0 }, { "2026-12-01", 1, 0 },
		{ "2027-05-27", 1, 0 }, { "2027-05-28", 1, 1 }, { "2029-05-28", 1, 1 } };

	(void)state;
	assert_int_equal(deal_follow_at(STR("9999-12-31"), 1), INSTANT_MAX);
	(void)alter("UPDATE deal SET asked = 2");
	(void)alter("INSERT INTO deal SELECT 30001, zeroblob(15) || 'x', '', '', '', '', 'T', 907,"
		" '', '', '', 0, '', '', '', '', 'signed', 4, '', '', 0, '2026-05-28', 0, 0, 0, 0,"
		" 0, 0, 0, 0, 0");
	char sql[120];
	(void)snprintf(sql, sizeof(sql), "UPDATE deal SET follow_at = %lld WHERE id = 30001",
		(long long)deal_follow_at(STR("2026-05-28"), 0));
	(void)alter(sql);
	(void)alter("INSERT INTO account (name, display, organisation, password, totp_step, locked,"
		" created, signed_in) VALUES ('asked', 'A', 907, 'x', 0, 0, 0, 0);"
		" INSERT INTO membership SELECT id, 907, 'publisher', 0, '' FROM account WHERE"
		" name = 'asked'");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		deals_work(node.service, at_noon(steps[i].day));
		if (notices("deal-half-year") != steps[i].half ||
			notices("deal-year") != steps[i].year)
			fail_msg("%s: %lld %lld", steps[i].day,
				(long long)notices("deal-half-year"),
				(long long)notices("deal-year"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_arrival_comes_to_the_same),
		cmocka_unit_test(each_word_has_its_side_and_state),
		cmocka_unit_test(messages_come_back_as_they_were_sent),
		cmocka_unit_test(messages_out_of_form_are_refused),
		cmocka_unit_test(limit_deal_message_bytes),
		cmocka_unit_test(contact_data_is_masked),
		cmocka_unit_test(small_counts_are_hidden_and_no_sum_gives_them_back),
		cmocka_unit_test(limit_deal_amount),
		cmocka_unit_test(limit_deal_text_bytes),
		cmocka_unit_test(limit_deals_per_day),
		cmocka_unit_test(limit_deal_events),
		cmocka_unit_test(limit_deal_contacts),
		cmocka_unit_test(lists_of_deals_go_both_ways_by_side_state_and_kind),
		cmocka_unit_test(totals_are_what_the_deals_come_to),
		cmocka_unit_test(what_was_signed_is_asked_after_by_the_calendar),
	};
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
