/* test_account.c - signing in, sessions, people, organisations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <unistd.h>

#include "account_fixture.h"
#include "base/io.h"
#include "base/limits.h"
#include "crypto/password.h"
#include "service/account.h"

static enum err_code sign_in(const char *name, struct str password, const char *address,
	struct signed_in *ret)
{
	struct account_who by = stranger(address);
	struct err e = { 0 };

	*ret = (struct signed_in){ .wait_s = 0 };
	return service_sign_in(node.service, &arena, &by, str_of(name), password, ret, &e);
}

/* ---- the way in ------------------------------------------------------------------------------ */

static void account_goes_from_invitation_to_session(void **state)
{
	struct str code = invited_by_node("first", "officer");
	struct signed_in in = join(code);
	struct account_who who = who_of(in.token);
	struct json *problems;
	struct err e = { 0 };
	struct str old = in.token;

	(void)state;
	assert_int_equal(in.stage, STAGE_ENROL);
	assert_int_equal(who.stage, STAGE_ENROL);
	assert_int_equal(who.may, 0); /* nothing before the second factor */
	assert_int_equal(service_join(node.service, &arena, &who, code, PASSWORD, PASSWORD,
		&problems, &in, &e), ERR_NOT_FOUND); /* once */
	assert_int_equal(service_enrol(node.service, &arena, &who, STR("000000"), &in, &e),
		ERR_DENIED);
	assert_int_equal(service_enrol(node.service, &arena, &who,
		factor_code(who.account, who.pending, 0), &in, &e), ERR_OK);
	assert_false(str_eq(in.token, old)); /* a new token: no fixation */
	assert_int_equal(who_of(old).stage, STAGE_NONE);
	who = who_of(in.token);
	assert_int_equal(who.stage, STAGE_FULL);
	assert_int_equal(who.may, role_may(roles_of("officer")));
}

static void account_takes_password_then_code(void **state)
{
	struct signed_in in;
	struct account_who who;
	struct err e = { 0 };
	struct account account;
	struct str code;

	(void)state;
	(void)person("second", "officer");
	assert_int_equal(sign_in("SECOND", PASSWORD, "192.0.2.1", &in), ERR_OK);
	assert_int_equal(in.stage, STAGE_CODE);
	who = who_of(in.token);
	assert_int_equal(who.may, 0);
	account = stored("second");
	code = factor_code(account.id, account.totp, 0); /* used at enrolment */
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, code, &in, &e),
		ERR_DENIED);
	code = factor_code(account.id, account.totp, 1);
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, code, &in, &e), ERR_OK);
	assert_int_equal(who_of(in.token).stage, STAGE_FULL);
}

static void account_ends_a_half_session_after_five_codes(void **state)
{
	struct signed_in in;
	struct account_who who;
	struct err e = { 0 };

	(void)state;
	(void)person("third", "officer");
	assert_int_equal(sign_in("third", PASSWORD, "192.0.2.1", &in), ERR_OK);
	who = who_of(in.token);
	for (int i = 0; i < 4; i++)
		assert_int_equal(service_sign_in_code(node.service, &arena, &who, STR("000000"),
			&in, &e), ERR_DENIED);
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, STR("000000"), &in, &e),
		ERR_NOT_FOUND);
	assert_int_equal(sign_in("third", PASSWORD, "192.0.2.1", &in), ERR_OK);
	who = who_of(in.token);
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, STR("000000"), &in, &e),
		ERR_BUSY); /* and the next ones wait */
	assert_true(in.wait_s > 0);
}

static void limit_recovery_codes(void **state)
{
	struct signed_in in = enrolled(invited_by_node("lostphone", "officer"));
	struct str code = json_str(json_at(in.codes, 3));
	struct account_who who;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(json_count(in.codes), LIMIT_RECOVERY_CODES);
	assert_int_equal(sign_in("lostphone", PASSWORD, "192.0.2.1", &in), ERR_OK);
	who = who_of(in.token);
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, code, &in, &e), ERR_OK);
	assert_int_equal(sign_in("lostphone", PASSWORD, "192.0.2.1", &in), ERR_OK);
	who = who_of(in.token);
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, code, &in, &e),
		ERR_DENIED); /* each works once */
}

static void account_answers_the_same_to_all_that_do_not_fit(void **state)
{
	struct signed_in in;
	struct err known = { 0 }, unknown = { 0 }, locked = { 0 }, invitee = { 0 };
	struct account_who by = stranger("192.0.2.77"), n = service_who_node(STR("127.0.0.1"));
	struct err e = { 0 };

	(void)state;
	(void)person("samea", "officer");
	(void)person("sameb", "officer");
	(void)invited_by_node("samec", "officer");
	assert_int_equal(service_lock(node.service, &arena, &n, STR("sameb"), true, &e), ERR_OK);
	assert_int_equal(service_sign_in(node.service, &arena, &by, STR("samea"), STR("no"), &in,
		&known), ERR_DENIED);
	assert_int_equal(service_sign_in(node.service, &arena, &by, STR("nobody"), STR("no"), &in,
		&unknown), ERR_DENIED);
	assert_int_equal(service_sign_in(node.service, &arena, &by, STR("sameb"), PASSWORD, &in,
		&locked), ERR_DENIED);
	assert_int_equal(service_sign_in(node.service, &arena, &by, STR("samec"), STR("no"), &in,
		&invitee), ERR_DENIED);
	assert_int_equal(known.code, ERR_DENIED);
	assert_memory_equal(&known, &unknown, sizeof(known));
	assert_memory_equal(&known, &locked, sizeof(known));
	assert_memory_equal(&known, &invitee, sizeof(known));
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void limit_attempts_free(void **state)
{
	struct signed_in in;

	(void)state;
	(void)person("patient", "officer");
	for (int i = 0; i < LIMIT_ATTEMPTS_FREE; i++)
		assert_int_equal(sign_in("patient", STR("no"), "203.0.113.5", &in), ERR_DENIED);
	assert_int_equal(sign_in("patient", PASSWORD, "203.0.113.5", &in), ERR_BUSY);
	assert_true(in.wait_s > 0);
	/* Whose account it is signs in from elsewhere as always. */
	assert_int_equal(sign_in("patient", PASSWORD, "192.0.2.1", &in), ERR_OK);
	/* An unknown name waits the same. */
	for (int i = 0; i < LIMIT_ATTEMPTS_FREE; i++)
		assert_int_equal(sign_in("nosuch", STR("no"), "203.0.113.6", &in), ERR_DENIED);
	assert_int_equal(sign_in("nosuch", STR("no"), "203.0.113.6", &in), ERR_BUSY);
}

static void limit_attempts_address_free(void **state)
{
	(void)state;
	assert_int_equal(attempt_delay(ATTEMPT_ADDRESS, LIMIT_ATTEMPTS_ADDRESS_FREE - 1), 0);
	assert_int_equal(attempt_delay(ATTEMPT_ADDRESS, LIMIT_ATTEMPTS_ADDRESS_FREE), 4);
	assert_int_equal(attempt_delay(ATTEMPT_ADDRESS, LIMIT_ATTEMPTS_ADDRESS_FREE + 4), 64);
}

static void limit_attempt_delay_s(void **state)
{
	(void)state;
	for (uint64_t count = 0; count < 100; count++)
		assert_true(attempt_delay(ATTEMPT_PAIR, count) <= LIMIT_ATTEMPT_DELAY_S);
	assert_int_equal(attempt_delay(ATTEMPT_PAIR, 99), LIMIT_ATTEMPT_DELAY_S);
	assert_int_equal(attempt_delay(ATTEMPT_PAIR, LIMIT_ATTEMPTS_FREE), 4);
	assert_int_equal(attempt_delay(ATTEMPT_PAIR, LIMIT_ATTEMPTS_FREE + 3), 32);
}

static void limit_attempt_memory_s(void **state)
{
	struct signed_in in;
	char sql[128];

	(void)state;
	for (int i = 0; i < LIMIT_ATTEMPTS_FREE; i++)
		(void)sign_in("forgotten", STR("no"), "203.0.113.9", &in);
	assert_int_equal(sign_in("forgotten", STR("no"), "203.0.113.9", &in), ERR_BUSY);
	(void)snprintf(sql, sizeof(sql), "UPDATE attempt SET last = last - %d",
		LIMIT_ATTEMPT_MEMORY_S + 1);
	assert_true(alter(sql) > 0);
	assert_int_equal(sign_in("forgotten", STR("no"), "203.0.113.9", &in), ERR_DENIED);
}

static void attempt_counts_an_ipv6_network_as_one(void **state)
{
	struct digest a = attempt_key(ATTEMPT_ADDRESS, STR(""), STR("2001:db8:1:2::5"));
	struct digest b = attempt_key(ATTEMPT_ADDRESS, STR(""), STR("2001:db8:1:2:ffff::1"));
	struct digest c = attempt_key(ATTEMPT_ADDRESS, STR(""), STR("2001:db8:1:3::5"));

	(void)state;
	assert_true(digest_eq(&a, &b));
	assert_false(digest_eq(&a, &c));
	a = attempt_key(ATTEMPT_PAIR, STR("x"), STR("192.0.2.1"));
	b = attempt_key(ATTEMPT_PAIR, STR("x"), STR("192.0.2.2"));
	assert_false(digest_eq(&a, &b));
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void turn_back(const char *column, int64_t session, int seconds)
{
	char sql[160];

	(void)snprintf(sql, sizeof(sql), "UPDATE session SET %s = %s - %d WHERE id = %lld", column,
		column, seconds, (long long)session);
	assert_int_equal(alter(sql), 1);
}

static void limit_session_s(void **state)
{
	struct signed_in in = enrolled(invited_by_node("oldsession", "officer"));
	struct account_who who = who_of(in.token);

	(void)state;
	turn_back("created", who.session, LIMIT_SESSION_S - 60);
	assert_int_equal(who_of(in.token).stage, STAGE_FULL);
	turn_back("created", who.session, 60);
	assert_int_equal(who_of(in.token).stage, STAGE_NONE);
}

static void limit_session_idle_s(void **state)
{
	struct signed_in in = enrolled(invited_by_node("idle", "officer"));
	struct account_who who = who_of(in.token);

	(void)state;
	turn_back("seen", who.session, LIMIT_SESSION_IDLE_S - 60);
	assert_int_equal(who_of(in.token).stage, STAGE_FULL); /* this use is noted ... */
	accounts_work(node.service);
	turn_back("seen", who.session, 120);
	assert_int_equal(who_of(in.token).stage, STAGE_FULL); /* ... so it goes on */
	turn_back("seen", who.session, LIMIT_SESSION_IDLE_S);
	assert_int_equal(who_of(in.token).stage, STAGE_NONE);
}

static void limit_session_half_s(void **state)
{
	struct signed_in in = join(invited_by_node("halfway", "officer"));
	struct account_who who = who_of(in.token);

	(void)state;
	assert_int_equal(who.stage, STAGE_ENROL);
	turn_back("created", who.session, LIMIT_SESSION_HALF_S);
	assert_int_equal(who_of(in.token).stage, STAGE_NONE);
}

static void limit_session_confirmed_s(void **state)
{
	struct signed_in in = enrolled(invited_by_node("confirmed", "officer"));
	struct account_who who = who_of(in.token);
	uint32_t wait_s = 0;
	struct err e = { 0 };

	(void)state;
	assert_true(account_is_confirmed(&who, instant_now()));
	turn_back("confirmed", who.session, LIMIT_SESSION_CONFIRMED_S);
	who = who_of(in.token);
	assert_false(account_is_confirmed(&who, instant_now()));
	assert_int_equal(service_confirm(node.service, &arena, &who, STR("no"), &wait_s, &e),
		ERR_DENIED);
	assert_int_equal(service_confirm(node.service, &arena, &who, PASSWORD, &wait_s, &e),
		ERR_OK);
	who = who_of(in.token);
	assert_true(account_is_confirmed(&who, instant_now()));
}

static void limit_sessions_per_account(void **state)
{
	struct signed_in first = enrolled(invited_by_node("manyplaces", "officer")), in;

	(void)state;
	turn_back("seen", who_of(first.token).session, 5);
	for (int i = 0; i < LIMIT_SESSIONS_PER_ACCOUNT; i++)
		assert_int_equal(sign_in("manyplaces", PASSWORD, "192.0.2.1", &in), ERR_OK);
	assert_int_equal(who_of(first.token).stage, STAGE_NONE);
	assert_int_equal(who_of(in.token).stage, STAGE_CODE);
}

static void limit_session_touches(void **state)
{
	struct accounts *accounts = node.service->accounts;
	struct signed_in in = enrolled(invited_by_node("touches", "officer"));
	struct account_who who = who_of(in.token);

	(void)state;
	turn_back("seen", who.session, 120);
	for (size_t i = 0; i < LIMIT_SESSION_TOUCHES; i++)
		accounts->touches[i].session = -1 - (int64_t)i;
	accounts->touch_count = LIMIT_SESSION_TOUCHES;
	assert_int_equal(who_of(in.token).stage, STAGE_FULL); /* no room: still served */
	assert_int_equal(accounts->touch_count, LIMIT_SESSION_TOUCHES);
	accounts_work(node.service);
	assert_int_equal(accounts->touch_count, 0);
	assert_int_equal(who_of(in.token).stage, STAGE_FULL);
	assert_int_equal(accounts->touch_count, 1);
}

static void account_ends_only_own_sessions(void **state)
{
	struct signed_in one = enrolled(invited_by_node("endsone", "officer"));
	struct signed_in other = enrolled(invited_by_node("endsother", "officer"));
	struct account_who who = who_of(one.token), them = who_of(other.token);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_end_session(node.service, &who, them.session, &e), ERR_NOT_FOUND);
	assert_int_equal(who_of(other.token).stage, STAGE_FULL);
	assert_int_equal(service_sign_out(node.service, &who, &e), ERR_OK);
	assert_int_equal(who_of(one.token).stage, STAGE_NONE);
}

static void account_stores_no_token_or_code(void **state)
{
	struct signed_in in = enrolled(invited_by_node("nosecrets", "officer"));
	char sql[256];

	(void)state;
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM session WHERE token = '" STR_FMT
		"' OR CAST(token AS TEXT) = '" STR_FMT "'", STR_ARG(in.token), STR_ARG(in.token));
	assert_int_equal(ask_number(sql), 0);
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM audit WHERE line LIKE '%%" STR_FMT
		"%%' OR line LIKE '%%correct horse%%'", STR_ARG(in.token));
	assert_int_equal(ask_number(sql), 0);
	assert_int_equal(ask_number("SELECT count(*) FROM account WHERE totp IS NOT NULL AND"
		" length(totp) = 20"), 0); /* sealed, not plain */
}

/* ---- the password ---------------------------------------------------------------------------- */

static void account_password_changes_and_ends_other_sessions(void **state)
{
	struct signed_in in = enrolled(invited_by_node("changes", "officer")), other;
	struct account_who who = who_of(in.token);
	struct json *problems = NULL;
	uint32_t wait_s = 0;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sign_in("changes", PASSWORD, "192.0.2.1", &other), ERR_OK);
	assert_int_equal(service_password(node.service, &arena, &who, STR("no"), STR("short"),
		STR("short"), &problems, &wait_s, &e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "current"), "wrong"), "password"));
	assert_true(str_is(json_get_str(json_get(problems, "password"), "wrong"), "short"));
	assert_int_equal(service_password(node.service, &arena, &who, PASSWORD,
		STR("another horse stable"), STR("another horse stable"), &problems, &wait_s, &e),
		ERR_OK);
	assert_int_equal(who_of(in.token).stage, STAGE_FULL);
	assert_int_equal(who_of(other.token).stage, STAGE_NONE);
	assert_int_equal(sign_in("changes", PASSWORD, "192.0.2.1", &other), ERR_DENIED);
	assert_int_equal(sign_in("changes", STR("another horse stable"), "192.0.2.1", &other),
		ERR_OK);
}

static void account_hashes_again_at_a_new_cost(void **state)
{
	char cheap[crypto_pwhash_STRBYTES], sql[256];
	struct signed_in in;

	(void)state;
	(void)person("rehash", "officer");
	assert_int_equal(crypto_pwhash_str_alg(cheap, PASSWORD.at, PASSWORD.len, 1, 8388608,
		crypto_pwhash_ALG_ARGON2ID13), 0);
	(void)snprintf(sql, sizeof(sql), "UPDATE account SET password = '%s' WHERE name ="
		" 'rehash'", cheap);
	assert_int_equal(alter(sql), 1);
	assert_true(password_is_outdated(stored("rehash").password));
	assert_int_equal(sign_in("rehash", PASSWORD, "192.0.2.1", &in), ERR_OK);
	assert_false(password_is_outdated(stored("rehash").password));
	assert_int_equal(sign_in("rehash", PASSWORD, "192.0.2.1", &in), ERR_OK);
}

/* ---- people ---------------------------------------------------------------------------------- */

static void limit_invitation_s(void **state)
{
	struct str code = invited_by_node("lateguest", "officer");
	struct json *model;
	struct err e = { 0 };
	char sql[128];

	(void)state;
	assert_int_equal(service_invitation(node.service, &arena, code, &model, &e), ERR_OK);
	(void)snprintf(sql, sizeof(sql), "UPDATE invitation SET expires = expires - %d",
		LIMIT_INVITATION_S + 1);
	assert_true(alter(sql) > 0);
	assert_int_equal(service_invitation(node.service, &arena, code, &model, &e),
		ERR_NOT_FOUND);
}

static void people_invites_by_the_rules(void **state)
{
	struct account_who by = person("inviter", "security-admin");
	struct json *problems = NULL, *answer;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_invite(node.service, &arena, &by, STR("X y"), STR(""), 0, STR(""),
		&problems, &answer, &e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "name"), "wrong"), "name"));
	assert_true(str_is(json_get_str(json_get(problems, "display"), "wrong"), "missing"));
	assert_true(str_is(json_get_str(json_get(problems, "roles"), "wrong"), "missing"));
	assert_int_equal(service_invite(node.service, &arena, &by, STR("inviter"), STR("I"),
		roles_of("officer"), STR(""), &problems, &answer, &e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "name"), "wrong"), "taken"));
	/* An administrator is made on the node only. */
	assert_int_equal(service_invite(node.service, &arena, &by, STR("auditor2"), STR("A"),
		roles_of("audit-admin"), STR(""), &problems, &answer, &e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "roles"), "wrong"), "roles"));
	(void)invited(&by, "newofficer", "officer", "");
}

static void people_lock_ends_sessions_and_reset_empties(void **state)
{
	struct account_who by = person("locker", "security-admin");
	struct signed_in in = enrolled(invited_by_node("lockee", "officer")), again;
	struct json *answer;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_lock(node.service, &arena, &by, STR("lockee"), true, &e), ERR_OK);
	assert_int_equal(who_of(in.token).stage, STAGE_NONE);
	assert_int_equal(sign_in("lockee", PASSWORD, "192.0.2.1", &again), ERR_DENIED);
	assert_int_equal(service_lock(node.service, &arena, &by, STR("lockee"), false, &e),
		ERR_OK);
	assert_int_equal(sign_in("lockee", PASSWORD, "192.0.2.1", &again), ERR_OK);
	assert_int_equal(service_reset(node.service, &arena, &by, STR("lockee"), &answer, &e),
		ERR_OK);
	assert_int_equal(sign_in("lockee", PASSWORD, "192.0.2.1", &again), ERR_DENIED);
	again = enrolled(code_of(answer));
	assert_int_equal(who_of(again.token).stage, STAGE_FULL);
}

static void people_cannot_change_themselves_or_administrators(void **state)
{
	struct account_who by = person("selfish", "security-admin");
	struct err e = { 0 };

	(void)state;
	(void)person("watcher", "audit-admin");
	assert_int_equal(service_lock(node.service, &arena, &by, STR("selfish"), true, &e),
		ERR_DENIED);
	assert_int_equal(service_set_roles(node.service, &arena, &by, STR("selfish"),
		roles_of("officer"), &e), ERR_DENIED);
	assert_int_equal(service_lock(node.service, &arena, &by, STR("watcher"), true, &e),
		ERR_DENIED);
	assert_int_equal(service_set_roles(node.service, &arena, &by, STR("watcher"), 0, &e),
		ERR_DENIED);
}

/* ---- organisations --------------------------------------------------------------------------- */

static struct str register_lab(const char *code, const char *name, const char *address)
{
	struct registration form = { .organisation = STR("Lab"), .code = str_of(code),
		.kind = STR("lab"), .name = str_of(name), .display = STR("Lab person") };
	struct account_who by = stranger(address);
	struct json *problems = NULL, *answer;
	struct err e = { 0 };

	if (service_register(node.service, &arena, &by, &form, &problems, &answer, &e) != ERR_OK)
		fail_msg("%s", e.message);
	return code_of(answer);
}

static int64_t waiting_number(const char *code)
{
	struct json *v = NULL;
	struct err e = { 0 };

	assert_int_equal(service_waiting(node.service, &arena, &v, &e), ERR_OK);
	for (size_t i = 0; i < json_count(json_get(v, "rows")); i++) {
		const struct json *row = json_at(json_get(v, "rows"), i);
		uint64_t number = 0;
		if (!str_is(json_get_str(row, "registered_id"), code))
			continue;
		assert_int_equal(str_parse_u64(json_get_str(row, "number"), &number, NULL),
			ERR_OK);
		return (int64_t)number;
	}
	return 0;
}

static void organisation_opens_once_the_authority_confirms(void **state)
{
	struct account_who officer = person("confirms", "officer");
	struct str code = register_lab("914403001922038216", "lab.admin", "198.51.100.1");
	struct account_who admin;
	struct json *model, *people;
	struct err e = { 0 };
	int64_t number = waiting_number("914403001922038216");

	(void)state;
	assert_true(number > 1);
	assert_int_equal(service_invitation(node.service, &arena, code, &model, &e), ERR_BUSY);
	assert_int_equal(service_organisation_decide(node.service, &officer, number, true, STR(""),
		&e), ERR_OK);
	assert_int_equal(service_organisation_decide(node.service, &officer, number, true, STR(""),
		&e), ERR_NOT_FOUND); /* once */
	admin = who_of(enrolled(code).token);
	assert_int_equal(admin.organisation, number);
	assert_int_equal(admin.may, MAY(READ_OWN) | MAY(PEOPLE) | MAY(BOOK) | MAY(ALLIANCE));
	(void)invited(&admin, "lab.engineer", "lab-engineer", "");
	assert_int_equal(service_people(node.service, &arena, &admin, &(struct list_query){ 0 },
		&people, &e), ERR_OK);
	assert_int_equal(json_count(json_get(people, "rows")), 2); /* its own only */
	/* Another organisation's people are as if they were not there. */
	assert_int_equal(service_person(node.service, &arena, &admin, STR("confirms"), &model, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_lock(node.service, &arena, &admin, STR("confirms"), true, &e),
		ERR_NOT_FOUND);
}

static void organisation_refused_may_register_again(void **state)
{
	struct account_who officer = person("refuses", "officer");
	struct str code = register_lab("91440300708461136T", "again.admin", "198.51.100.2");
	int64_t number = waiting_number("91440300708461136T");
	struct json *model;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_organisation_decide(node.service, &officer, number, false,
		STR(""), &e), ERR_INVALID); /* says why */
	assert_int_equal(service_organisation_decide(node.service, &officer, number, false,
		STR("no licence"), &e), ERR_OK);
	assert_int_equal(service_invitation(node.service, &arena, code, &model, &e),
		ERR_NOT_FOUND);
	code = register_lab("91440300708461136T", "again.admin", "198.51.100.2");
	assert_int_equal(service_invitation(node.service, &arena, code, &model, &e), ERR_BUSY);
}

static void organisation_code_is_an_error_its_check_a_question(void **state)
{
	struct registration form = { .organisation = STR("Lab"), .kind = STR("lab"),
		.name = STR("check.admin"), .display = STR("X"),
		.code = STR("91350100M000100Y4Z") };
	struct account_who by = stranger("198.51.100.3");
	struct json *problems = NULL, *answer;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_register(node.service, &arena, &by, &form, &problems, &answer,
		&e), ERR_INVALID); /* Z is no letter of it */
	assert_true(str_is(json_get_str(json_get(problems, "code"), "wrong"), "uscc"));
	form.code = STR("91350100M000100Y44");
	assert_int_equal(service_register(node.service, &arena, &by, &form, &problems, &answer,
		&e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "code"), "wrong"), "uscc-check"));
	form.despite_check = true;
	assert_int_equal(service_register(node.service, &arena, &by, &form, &problems, &answer,
		&e), ERR_OK);
	assert_int_equal(ask_number("SELECT check_holds FROM account_organisation WHERE code ="
		" '91350100M000100Y44'"), 0);
	form.code = STR("91350100M000100Y44");
	form.name = STR("check.other");
	assert_int_equal(service_register(node.service, &arena, &by, &form, &problems, &answer,
		&e), ERR_INVALID);
	assert_true(str_is(json_get_str(json_get(problems, "code"), "wrong"), "code-taken"));
}

static void limit_registrations_per_address(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	struct registration form = { .organisation = STR("Lab"), .kind = STR("lab"),
		.display = STR("X"), .despite_check = true };
	struct account_who by = stranger("198.51.100.9");
	struct json *problems = NULL, *answer;
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i <= LIMIT_REGISTRATIONS_PER_ADDRESS; i++) {
		form.code = str_printf(&arena, "9135010000000000%c0", alphabet[i]);
		form.name = str_printf(&arena, "many%d", i);
		assert_int_equal(service_register(node.service, &arena, &by, &form, &problems,
			&answer, &e), i < LIMIT_REGISTRATIONS_PER_ADDRESS ? ERR_OK : ERR_BUSY);
	}
}

static void limit_organisations_waiting(void **state)
{
	struct registration form = { .organisation = STR("Lab"), .kind = STR("lab"),
		.display = STR("X"), .name = STR("lastone"), .code = STR("91110000802100433B") };
	struct account_who by = stranger("198.51.100.10");
	struct json *problems = NULL, *answer;
	struct err e = { 0 };

	(void)state;
	assert_true(alter("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
		" i < 1000) INSERT INTO account_organisation (code, name, kind, state, check_holds,"
		" reason, created, decided, decided_by) SELECT 'W' || i, 'x', 'lab', 'waiting', 1,"
		" '', 0, 0, '' FROM n") == LIMIT_ORGANISATIONS_WAITING);
	assert_int_equal(service_register(node.service, &arena, &by, &form, &problems, &answer,
		&e), ERR_BUSY);
	assert_int_equal(alter("DELETE FROM account_organisation WHERE code LIKE 'W%'"), 1000);
	assert_int_equal(service_register(node.service, &arena, &by, &form, &problems, &answer,
		&e), ERR_OK);
}

static void account_outlives_a_restart_and_needs_its_seal(void **state)
{
	struct signed_in in;
	struct account_who who;
	struct err e = { 0 };
	char path[300];

	(void)state;
	(void)person("restart", "officer");
	service_node_close(&node);
	service_node_open(&node);
	assert_int_equal(sign_in("restart", PASSWORD, "192.0.2.1", &in), ERR_OK);
	service_node_close(&node);
	(void)snprintf(path, sizeof(path), "%s/keys/seal", node.dir);
	assert_int_equal(unlink(path), 0);
	service_node_open(&node);
	who = who_of(in.token);
	assert_int_equal(who.stage, STAGE_CODE);
	assert_int_equal(service_sign_in_code(node.service, &arena, &who, STR("000000"), &in, &e),
		ERR_DENIED);
	assert_true(strstr(e.hint, "keys/seal") != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(account_goes_from_invitation_to_session),
		cmocka_unit_test(account_takes_password_then_code),
		cmocka_unit_test(account_ends_a_half_session_after_five_codes),
		cmocka_unit_test(limit_recovery_codes),
		cmocka_unit_test(account_answers_the_same_to_all_that_do_not_fit),
		cmocka_unit_test(limit_attempts_free),
		cmocka_unit_test(limit_attempts_address_free),
		cmocka_unit_test(limit_attempt_delay_s),
		cmocka_unit_test(limit_attempt_memory_s),
		cmocka_unit_test(attempt_counts_an_ipv6_network_as_one),
		cmocka_unit_test(limit_session_s),
		cmocka_unit_test(limit_session_idle_s),
		cmocka_unit_test(limit_session_half_s),
		cmocka_unit_test(limit_session_confirmed_s),
		cmocka_unit_test(limit_sessions_per_account),
		cmocka_unit_test(limit_session_touches),
		cmocka_unit_test(account_ends_only_own_sessions),
		cmocka_unit_test(account_stores_no_token_or_code),
		cmocka_unit_test(account_password_changes_and_ends_other_sessions),
		cmocka_unit_test(account_hashes_again_at_a_new_cost),
		cmocka_unit_test(limit_invitation_s),
		cmocka_unit_test(people_invites_by_the_rules),
		cmocka_unit_test(people_lock_ends_sessions_and_reset_empties),
		cmocka_unit_test(people_cannot_change_themselves_or_administrators),
		cmocka_unit_test(organisation_opens_once_the_authority_confirms),
		cmocka_unit_test(organisation_refused_may_register_again),
		cmocka_unit_test(organisation_code_is_an_error_its_check_a_question),
		cmocka_unit_test(limit_registrations_per_address),
		cmocka_unit_test(limit_organisations_waiting),
		cmocka_unit_test(account_outlives_a_restart_and_needs_its_seal),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
