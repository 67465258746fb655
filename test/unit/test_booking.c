/* test_booking.c - bookings of a facility of one node, and what the other node asks of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "credential/scope.h"
#include "service/booking.h"
#include "service/booking_message.h"
#include "service/listing.h"
#include "service/peer_message.h"
#include "service_node.h"

static struct { struct service_node guest, owner; struct arena a; struct str facility; } f;

static struct account_who who(int64_t account, int64_t organisation, uint32_t may)
{
	return (struct account_who){ .stage = STAGE_FULL, .account = account, .may = may,
		.organisation = organisation, .name = STR("wang"), .display = STR("Wang"),
		.organisation_kind = STR("authority"), .organisation_name = STR("Firm"),
		.organisation_code = STR("91500118MA5YCL002G"), .address = STR("192.0.2.1"),
		.agent = STR("test") };
}

static struct str day(void)
{
	char text[INSTANT_TEXT_BYTES];

	instant_format(((int64_t)china_day(instant_now()) + 10) * 86400, text);
	return str_copy(&f.a, (struct str){ text, 10 });
}

static void publish(void)
{
	struct account_who wang = who(5, 1, MAY(POST)), zhao = who(6, 1, MAY(MODERATE));
	struct listing_draft d = { .kind = STR("facility"), .title = STR("Track"),
		.summary = STR("Wet handling") };
	struct json *fields = NULL, *problems = NULL, *v = NULL;
	struct err e = { 0 };

	assert_int_equal(json_parse(&f.a, STR("{\"type\":\"track\",\"regions\":[\"500118\"],"
		"\"capabilities\":[\"rain\"],\"capacity\":100,\"address\":\"Yongchuan\"}"),
		&fields, NULL), ERR_OK);
	d.fields = fields;
	assert_int_equal(service_listing_save(f.owner.service, &f.a, &wang, 0, 0, &d, &problems,
		&v, &e), ERR_OK);
	if (service_listing_submit(f.owner.service, &f.a, &wang, 1, &problems, &e) != ERR_OK ||
		service_listing_review(f.owner.service, &f.a, &zhao, 1, true, STR(""), &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
	assert_int_equal(service_listings(f.owner.service, &f.a, &(struct listing_query){
		.kind = STR("facility") }, &v, &e), ERR_OK);
	f.facility = json_get_str(json_at(json_get(v, "rows"), 0), "listing");
}

static void open_it(const char *capacity)
{
	struct account_who wang = who(5, 1, MAY(POST));
	struct json *v = NULL, *problems = NULL;
	struct err e = { 0 };
	struct str text = str_printf(&f.a, "{\"week\":[[\"00:00\",\"24:00\"],[\"00:00\",\"24:00\"],"
		"[\"00:00\",\"24:00\"],[\"00:00\",\"24:00\"],[\"00:00\",\"24:00\"],"
		"[\"00:00\",\"24:00\"],[\"00:00\",\"24:00\"]],\"step\":15,\"capacity\":%s,"
		"\"noticeHours\":1,\"cancelHours\":1,\"closures\":[]}", capacity);

	assert_int_equal(json_parse(&f.a, text, &v, NULL), ERR_OK);
	if (service_opening_set(f.owner.service, &f.a, &wang, f.facility, v, &problems, &e) !=
		ERR_OK)
		fail_msg("%s", e.message);
}

static int set_up(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	arena_init(&f.a, (size_t)256 << 20);
	service_node_init(&f.guest, "longquanyi.huren.example", NULL);
	service_node_open(&f.guest);
	service_node_init(&f.owner, "yongchuan.huren.example", &f.guest);
	service_node_open(&f.owner);
	publish();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	service_node_clear(&f.guest);
	service_node_clear(&f.owner);
	arena_clear(&f.a);
	return 0;
}

static int64_t run(const char *sql)
{
	return node_sql(&f.owner, sql);
}

/* "" when it was taken, else the word of the first fault. */
static struct str book(const char *from, const char *to, struct str purpose)
{
	struct account_who wang = who(5, 1, MAY(BOOK));
	struct booking_form form = { .day = day(), .from = str_of(from), .to = str_of(to),
		.purpose = purpose, .contact = STR("\xe7\x8e\x8b\xe4\xba\x94"),
		.phone = STR("13912345678") };
	struct json *problems = NULL;
	struct str uuid;
	struct err e = { 0 };
	enum err_code code = service_book(f.owner.service, &f.a, &wang, f.facility, &form,
		&problems, &uuid, &e);

	if (code == ERR_OK)
		return STR("");
	assert_int_equal(code, ERR_INVALID);
	return json_get_str(problems->members[0].value, "wrong");
}

static void ask(const char *message, const char *booking, const char *act, const char *more,
	enum err_code expected, struct json **ret)
{
	struct str body = str_printf(&f.a, "{\"type\":\"ask\",\"message\":\"urn:uuid:00000000-0000-"
		"4000-8000-0000000000%s\",\"booking\":\"urn:uuid:10000000-0000-4000-8000-"
		"0000000000%s\",\"act\":\"%s\",\"facility\":\"" STR_FMT "\",\"begins\":\"" STR_FMT
		"T04:00:00Z\",\"ends\":\"" STR_FMT "T05:00:00Z\"%s}", message, booking, act,
		STR_ARG(f.facility), STR_ARG(day()), STR_ARG(day()), more);
	struct str answer = { 0 };
	struct err e = { 0 };

	assert_int_equal(service_booking_door(f.owner.service, &f.a, 0, body, &answer, &e),
		expected);
	if (expected == ERR_OK)
		assert_int_equal(json_parse(&f.a, answer, ret, NULL), ERR_OK);
}

static void booking_answers_a_message_once(void **state)
{
	struct json *first = NULL, *again = NULL, *other = NULL;

	(void)state;
	open_it("1");
	ask("01", "01", "request", "", ERR_OK, &first);
	assert_true(str_is(json_get_str(first, "state"), "requested"));
	ask("01", "01", "request", "", ERR_OK, &again);
	assert_true(json_eq(first, again));
	ask("02", "02", "request", "", ERR_OK, &other);
	assert_true(str_is(json_get_str(other, "state"), "declined"));
	assert_true(str_is(json_get_str(other, "fault"), "taken"));
	assert_int_equal(run("SELECT count(*) FROM booking"), 1);
	ask("03", "01", "confirm", "", ERR_OK, &other); /* the owner's to do */
	assert_true(str_is(json_get_str(other, "state"), "requested"));
	assert_true(str_is(json_get_str(other, "fault"), "not-now"));
	ask("04", "01", "cancel", ",\"reason\":\"x\"", ERR_OK, &other);
	assert_true(str_is(json_get_str(other, "state"), "cancelled"));
	ask("05", "09", "cancel", ",\"reason\":\"x\"", ERR_NOT_FOUND, NULL);
	assert_true(str_is(book("12:00", "12:15", STR("x")), ""));
	run("UPDATE booking SET booking_key = x'100000000000400080000000000000aa'"
		" WHERE guest = ''");
	ask("06", "aa", "cancel", ",\"reason\":\"x\"", ERR_DENIED, NULL);
}

/* limit_booking_text_bytes limit_bookings_asked */
static void booking_keeps_its_limits(void **state)
{
	char purpose[LIMIT_BOOKING_TEXT_BYTES + 1];

	(void)state;
	open_it("100");
	memset(purpose, 'x', sizeof(purpose));
	assert_true(str_is(book("00:00", "00:15", (struct str){ purpose, sizeof(purpose) }),
		"too-long"));
	assert_true(str_is(book("00:00", "00:15", (struct str){ purpose, sizeof(purpose) - 1 }),
		""));
	int64_t held = run("SELECT count(*) FROM booking WHERE guest_code = '-'"
		" AND state = 'requested'");
	for (int64_t i = held; i < LIMIT_BOOKINGS_ASKED; i++)
		assert_true(str_is(book(i % 2 ? "06:00" : "07:00", i % 2 ? "07:00" : "08:00",
			STR("x")), ""));
	assert_true(str_is(book("20:00", "20:15", STR("x")), "too-many"));
}

/* limit_booking_name_bytes limit_organisation_code_bytes limit_phone_bytes */
static void booking_takes_no_longer_words_of_another_node(void **state)
{
	static const struct { const char *member; size_t max; } words[] = {
		{ "item", LIMIT_BOOKING_NAME_BYTES }, { "contact", LIMIT_BOOKING_NAME_BYTES },
		{ "registeredId", LIMIT_ORGANISATION_CODE_BYTES },
		{ "organisation", LIMIT_ORGANISATION_NAME_BYTES }, { "phone", LIMIT_PHONE_BYTES } };
	char text[LIMIT_ORGANISATION_NAME_BYTES + 1];
	struct booking_message m;

	(void)state;
	memset(text, '1', sizeof(text));
	for (size_t i = 0; i < 2 * sizeof(words) / sizeof(words[0]); i++) {
		struct str body = str_printf(&f.a, "{\"type\":\"ask\",\"message\":\"urn:uuid:"
			"00000000-0000-4000-8000-000000000041\",\"booking\":\"urn:uuid:00000000-"
			"0000-4000-8000-000000000042\",\"act\":\"request\",\"facility\":\"urn:uuid:"
			"00000000-0000-4000-8000-000000000043\",\"begins\":"
			"\"2026-12-01T04:00:00Z\",\"ends\":\"2026-12-01T05:00:00Z\","
			"\"%s\":\"%.*s\"}", words[i / 2].member,
			(int)(words[i / 2].max + i % 2), text);
		assert_int_equal(booking_message_parse(&f.a, body, &m, NULL), i % 2
			? ERR_TOO_LARGE : ERR_OK);
	}
}

/* limit_calendar_spans: what is told of a calendar, and what is taken. */
static void booking_tells_no_longer_calendar_than_it_takes(void **state)
{
	struct peer_cursor cursor = { 0 };
	struct peer_message m = { 0 };
	struct booking_message read;
	struct err e = { 0 };

	(void)state;
	run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) INSERT"
		" INTO booking SELECT NULL, randomblob(16), listing_key, '', '', 1, 1, 5, '', '',"
		" '', '', '', '', '', 4102444800 + i * 900, 4102445700 + i * 900, 'confirmed', '',"
		" '', '', 0, 0, 1, 1, '', 0, 0, 1 FROM n, facility");
	do {
		assert_int_equal(booking_messages.next(f.owner.service, &f.a, 0, &cursor, &m, &e),
			ERR_OK);
		assert_non_null(m.body.at);
	} while (m.row != 0);
	assert_int_equal(booking_message_parse(&f.a, m.body, &read, NULL), ERR_OK);
	assert_int_equal(read.busy.count, LIMIT_CALENDAR_SPANS);
	/* its own facility is none that another node tells of */
	struct str answer;
	assert_int_equal(service_booking_door(f.owner.service, &f.a, 0, m.body, &answer, &e),
		ERR_DENIED);
}

/* What the facility's node says of a booking of a guest here; `answered`: to what was asked. */
static enum err_code hear(const char *revision, const char *state, const char *fault,
	bool answered)
{
	struct str text = str_printf(&f.a, "{\"type\":\"state\",\"booking\":\"urn:uuid:20000000-"
		"0000-4000-8000-000000000001\",\"revision\":%s,\"state\":\"%s\",\"held\":\"\","
		"\"reason\":\"\",\"begins\":\"2026-12-01T04:00:00Z\","
		"\"ends\":\"2026-12-01T05:00:00Z\",\"proposer\":\"\"%s}", revision, state, fault);
	struct peer_cursor cursor = { 0 };
	struct peer_message m = { .asks = true,
		.key = { 0x20, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1 } };
	struct str answer = { 0 };
	struct err e = { 0 };

	if (!answered)
		return service_booking_door(f.owner.service, &f.a, 0, text, &answer, &e);
	return booking_messages.told(f.owner.service, &f.a, 0, &cursor, &m, text, NULL, &e);
}

static void booking_never_goes_back_to_an_earlier_revision(void **state)
{
	(void)state;
	run(arena_printf(&f.a, "INSERT INTO booking SELECT NULL,"
		" x'20000000000040008000000000000001', listing_key, '" STR_FMT "', '', 0, 1, 5,"
		" '', '', '', '', '', '', '', 1, 2, 'confirmed', '', '', '', 0, 0, 3, 3, 'asked',"
		" 0, 0, 1 FROM listing LIMIT 1", STR_ARG(f.owner.config.peers[0].tlog_key.name)));
	assert_int_equal(hear("4", "cancelled", "", false), ERR_OK);
	assert_int_equal(run("SELECT revision FROM booking WHERE state = 'cancelled' AND"
		" booking_key = x'20000000000040008000000000000001'"), 4);
	/* the answer to what was asked before, which was lost on its way */
	assert_int_equal(hear("3", "confirmed", ",\"fault\":\"taken\"", true), ERR_OK);
	assert_int_equal(run("SELECT revision FROM booking WHERE state = 'cancelled'"
		" AND out = '' AND reason = 'fault:taken'"), 4);
	assert_int_equal(hear("5", "sending or so", "", false), ERR_INVALID);
}

/* A guest here asked `act` of a facility there, whose node answers with an error. */
static enum err_code refuse(const char *key, const char *act, const char *state,
	enum err_code answer)
{
	struct err refused = { .code = answer }, e = { 0 };
	struct peer_cursor cursor = { 0 };
	struct peer_message m = { 0 };

	run("UPDATE booking SET out = ''");
	run(arena_printf(&f.a, "INSERT INTO booking SELECT NULL, x'40000000000040008000000000000"
		"%s', listing_key, '" STR_FMT "', '', 0, 1, 5, '', '', '', '', '', 'Wang',"
		" '13912345678', 1, 2, '%s', '', 'as typed', '', 0, 0, 3, 3, '{\"type\":\"ask\","
		"\"message\":\"urn:uuid:00000000-0000-4000-8000-000000000031\",\"booking\":"
		"\"urn:uuid:40000000-0000-4000-8000-000000000%s\",\"act\":\"%s\",\"facility\":"
		"\"" STR_FMT "\",\"begins\":\"2026-12-01T04:00:00Z\",\"ends\":"
		"\"2026-12-01T05:00:00Z\",\"reason\":\"\",\"contact\":\"Wang\"}', 0, 0, 1 FROM"
		" listing LIMIT 1", key, STR_ARG(f.owner.config.peers[0].tlog_key.name), state,
		key, act, STR_ARG(f.facility)));
	assert_int_equal(booking_messages.next(f.owner.service, &f.a, 0, &cursor, &m, &e), ERR_OK);
	assert_true(m.asks);
	return booking_messages.told(f.owner.service, &f.a, 0, &cursor, &m, (struct str){ 0 },
		&refused, &e);
}

#define HEARD "SELECT count(*) FROM notice WHERE word = 'booking-refused' AND account = 5"

static void booking_keeps_nothing_that_the_other_node_will_never_take(void **state)
{
	(void)state;
	int64_t heard = run(HEARD);
	assert_int_equal(refuse("101", "request", "sending", ERR_CONFLICT), ERR_OK);
	assert_int_equal(run("SELECT count(*) FROM booking WHERE out = '' AND state = 'declined'"
		" AND reason = 'fault:no-use as typed' AND booking_key ="
		" x'40000000000040008000000000000101'"), 1);
	assert_int_equal(run(HEARD), heard + 1);
	assert_int_equal(refuse("102", "cancel", "confirmed", ERR_TOO_LARGE), ERR_OK);
	assert_int_equal(run("SELECT count(*) FROM booking WHERE out = '' AND state = 'confirmed'"
		" AND booking_key = x'40000000000040008000000000000102'"), 1);
	assert_int_equal(run(HEARD), heard + 2);
	/* nothing of it is there: so it is erased */
	assert_int_equal(refuse("103", "erase", "declined", ERR_NOT_FOUND), ERR_OK);
	assert_int_equal(run("SELECT count(*) FROM booking WHERE out = '' AND reason = 'as typed'"
		" AND booking_key = x'40000000000040008000000000000103'"), 1);
	assert_int_equal(run(HEARD), heard + 2);
	/* a peer that is not trusted for a while is asked again */
	assert_int_equal(refuse("104", "request", "sending", ERR_DENIED), ERR_DENIED);
	assert_int_equal(run("SELECT count(*) FROM booking WHERE out <> '' AND state = 'sending'"
		" AND booking_key = x'40000000000040008000000000000104'"), 1);
}

static void booking_shows_the_reason_beside_the_fault(void **state)
{
	struct account_who wang = who(5, 1, MAY(BOOK));
	struct json *v = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(refuse("105", "request", "sending", ERR_CONFLICT), ERR_OK);
	assert_int_equal(service_booking(f.owner.service, &f.a, &wang,
		STR("40000000-0000-4000-8000-000000000105"), &v, &e), ERR_OK);
	assert_true(str_is(json_get_str(v, "wrong"), "no-use"));
	assert_true(str_is(json_get_str(v, "reason"), "as typed"));
}

static void booking_says_at_once_what_cannot_be(void **state)
{
	struct account_who wang = who(5, 1, MAY(POST));
	struct booking_act act = { .act = STR("dance") };
	struct json *answer = NULL, *problems = NULL;
	struct err e = { 0 };

	(void)state;
	open_it("100");
	assert_int_equal(service_booking_act(f.owner.service, &f.a, &wang,
		STR("30000000-0000-4000-8000-000000000001"), &act, &problems, &e), ERR_INVALID);
	act.act = STR("cancel");
	assert_int_equal(service_booking_act(f.owner.service, &f.a, &wang,
		STR("30000000-0000-4000-8000-000000000001"), &act, &problems, &e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "reason"), "wrong"), "missing"));
	assert_int_equal(service_listing_withdraw(f.owner.service, &f.a, &wang, 1, false,
		STR("sold"), &e), ERR_OK);
	ask("21", "21", "request", "", ERR_OK, &answer);
	assert_true(str_is(json_get_str(answer, "state"), "declined"));
	assert_true(str_is(json_get_str(answer, "fault"), "shut"));
}

/* All numbers of bookings of the own facility, page after page; then back again. */
static void booking_lists_go_both_ways_in_each_order(void **state)
{
	static const char *const sorts[] = { "", "time", "begins", "-begins" };
	struct account_who wang = who(5, 1, MAY(POST) | MAY(BOOK));
	struct str firsts[40], last;
	struct err e = { 0 };

	(void)state;
	run("DELETE FROM booking");
	run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT"
		" INTO booking SELECT NULL, randomblob(16), listing_key, '', '', 1, 1, 5, '', '',"
		" '', '', '', '', '', 4102444800 + i * 37 % 61 * 900, 4102445700 + i * 37 % 61 *"
		" 900, iif(i % 3, 'confirmed', 'declined'), '', '', '', 0, 0, 1, 1, '', i, i, 1"
		" FROM n, facility WHERE facility.origin = '' LIMIT 60");
	for (size_t k = 0; k < 8; k++) {
		struct list_query q = { .rows = 7, .sort = str_of(sorts[k / 2]),
			.state = k % 2 ? STR("confirmed") : STR("") };
		size_t pages = 0, rows = 0;
		struct json *v = NULL;
		last = STR("");
		for (;; q.after = json_get_str(v, "next")) {
			assert_int_equal(service_bookings(f.owner.service, &f.a, &wang, k < 4, &q,
				&v, &e), ERR_OK);
			const struct json *list = json_get(v, "rows");
			for (size_t i = 0; i < json_count(list); i++, rows++) {
				struct str begins = json_get_str(json_at(list, i), "begins");
				if (k / 2 >= 2 && rows > 0)
					assert_true(k / 2 == 2 ? str_cmp(last, begins) < 0
						: str_cmp(last, begins) > 0);
				last = begins;
			}
			firsts[pages++] = json_get_str(json_at(list, 0), "booking");
			if (!json_get_str(v, "next").at)
				break;
		}
		assert_int_equal(rows, k % 2 ? 40 : 60);
		q.after = STR("");
		while (--pages > 0) {
			q.before = json_get_str(v, "previous");
			assert_int_equal(service_bookings(f.owner.service, &f.a, &wang, k < 4, &q,
				&v, &e), ERR_OK);
			assert_true(str_eq(firsts[pages - 1], json_get_str(json_at(json_get(v,
				"rows"), 0), "booking")));
		}
		assert_null(json_get_str(v, "previous").at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booking_answers_a_message_once),
		cmocka_unit_test(booking_keeps_its_limits),
		cmocka_unit_test(booking_takes_no_longer_words_of_another_node),
		cmocka_unit_test(booking_tells_no_longer_calendar_than_it_takes),
		cmocka_unit_test(booking_lists_go_both_ways_in_each_order),
		cmocka_unit_test(booking_never_goes_back_to_an_earlier_revision),
		cmocka_unit_test(booking_keeps_nothing_that_the_other_node_will_never_take),
		cmocka_unit_test(booking_shows_the_reason_beside_the_fault),
		cmocka_unit_test(booking_says_at_once_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
