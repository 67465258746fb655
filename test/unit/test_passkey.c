/* test_passkey.c - passkeys as second factor: challenges that work once, counters, who may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account_fixture.h"
#include "service/passkey.h"
#include "webauthn_device.h"

#define ORIGIN "https://accounts.example"

static struct account_who owner;
static struct device device;

static int open_node(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	service_node_init(&node, "accounts.example", NULL);
	service_node_open(&node);
	node.config.url = STR(ORIGIN);
	owner = person("owner", "officer");
	device = device_new(WEBAUTHN_ES256);
	device.rp = STR("accounts.example");
	return 0;
}

static int close_node(void **state)
{
	device_clear(&device);
	return fixture_close(state);
}

static struct json *options(const struct account_who *by)
{
	struct json *v;
	struct err e = { 0 };

	assert_int_equal(service_passkey_options(node.service, &arena, by, &v, &e), ERR_OK);
	return v;
}

static struct str b64(struct str s)
{
	return base64url_new(&arena, (const uint8_t *)s.at, s.len);
}

static struct passkey_form form_of(const struct device *d, struct str challenge, const char *name)
{
	struct str client = device_client(&arena, "create", challenge, ORIGIN);

	return (struct passkey_form){ .name = str_of(name), .challenge = challenge,
		.client_data = b64(client), .attestation = b64(device_attestation(&arena, d,
		DEVICE_NONE, client)) };
}

/* Adds; "" or the problem's word. */
static const char *add(const struct account_who *by, const struct passkey_form *form)
{
	struct json *problems;
	struct err e = { 0 };

	if (service_passkey_add(node.service, &arena, by, form, &problems, &e) == ERR_OK)
		return "";
	assert_int_equal(e.code, ERR_INVALID);
	return str_z(&arena, json_get_str(problems->members[0].value, "wrong"));
}

static const char *add_new(const struct account_who *by, const struct device *d, const char *name)
{
	struct passkey_form form = form_of(d, json_get_str(options(by), "challenge"), name);

	return add(by, &form);
}

/* Owner's password held; a session that waits for the second factor. */
static struct account_who half(const char *address)
{
	struct account_who by = stranger(address), who = stranger(address);
	struct signed_in in = { .wait_s = 0 };
	struct err e = { 0 };

	assert_int_equal(service_sign_in(node.service, &arena, &by, STR("owner"), PASSWORD, &in,
		&e), ERR_OK);
	service_who(node.service, &arena, in.token, &who);
	assert_int_equal(who.stage, STAGE_CODE);
	return who;
}

static struct passkey_answer answer_of(struct device *d, struct str challenge)
{
	struct str client = device_client(&arena, "get", challenge, ORIGIN), data;

	d->counter++;
	data = device_data(&arena, d, false);
	return (struct passkey_answer){ .challenge = challenge, .credential = b64(d->id),
		.client_data = b64(client), .authenticator_data = b64(data),
		.signature = b64(device_sign(&arena, d->key, d->algorithm, data, client)) };
}

static enum err_code sign_in(const struct account_who *by, const struct passkey_answer *answer)
{
	struct signed_in in = { .wait_s = 0 };
	struct err e = { 0 };
	enum err_code code = service_sign_in_passkey(node.service, &arena, by, answer, &in, &e);

	if (code == ERR_OK)
		assert_int_equal(who_of(in.token).stage, STAGE_FULL);
	return code;
}

static int64_t refused_lines(const char *detail)
{
	char *sql = arena_printf(&arena, "SELECT count(*) FROM audit WHERE action LIKE 'passkey%%'"
		" AND result = 'refused' AND line LIKE '%%%s%%'", detail);

	return ask_number(sql);
}

static void passkey_is_added_and_signs_in(void **state)
{
	struct account_who by;
	struct passkey_answer answer;
	struct json *list;
	struct err e = { 0 };

	(void)state;
	assert_null(options(&(struct account_who){ .stage = STAGE_ENROL }));
	by = half("192.0.2.1");
	assert_null(options(&by)); /* none yet: nothing is offered */
	assert_string_equal(add_new(&owner, &device, ""), "missing");
	assert_string_equal(add_new(&owner, &device, "Laptop"), "");
	assert_string_equal(add_new(&owner, &device, "Again"), "passkey-known");
	by = half("192.0.2.1");
	answer = answer_of(&device, json_get_str(options(&by), "challenge"));
	assert_int_equal(sign_in(&by, &answer), ERR_OK);
	assert_int_equal(who_of(STR("x")).stage, STAGE_NONE);
	assert_int_equal(service_passkeys(node.service, &arena, &owner, &list, &e), ERR_OK);
	assert_int_equal(json_count(list), 1);
	assert_true(json_get_str(json_at(list, 0), "used").at != NULL);
	assert_true(ask_number("SELECT count(*) FROM audit WHERE action = 'passkey' AND"
		" result = 'ok' AND actor = 'owner'") == 1);
}

static void passkey_challenge_works_once(void **state)
{
	struct passkey_form form = form_of(&device, json_get_str(options(&owner), "challenge"),
		"Twice");
	struct account_who by = half("192.0.2.2");
	struct passkey_answer wrong = answer_of(&device, json_get_str(options(&by), "challenge"));
	struct passkey_answer right = answer_of(&device, wrong.challenge);

	(void)state;
	assert_string_equal(add(&owner, &form), "passkey-known");
	form = form_of(&device, form.challenge, "Twice");
	assert_string_equal(add(&owner, &form), "passkey-new");
	assert_int_equal(refused_lines("challenge was answered before"), 1);
	/* A wrong answer uses it up as well; the next one asked for does. */
	wrong.signature = b64(STR("no signature"));
	assert_int_equal(sign_in(&by, &wrong), ERR_DENIED);
	assert_int_equal(sign_in(&by, &right), ERR_DENIED);
	assert_int_equal(refused_lines("challenge was answered before"), 2);
	right = answer_of(&device, json_get_str(options(&by), "challenge"));
	assert_int_equal(sign_in(&by, &right), ERR_OK);
}

static void passkey_challenge_is_of_one_session_and_purpose(void **state)
{
	struct account_who by = half("192.0.2.3"), other = half("192.0.2.3");
	struct account_who stranger_full = person("neighbour", "officer");
	struct passkey_answer answer = answer_of(&device, json_get_str(options(&other),
		"challenge"));
	struct passkey_form form;

	(void)state;
	assert_int_equal(sign_in(&by, &answer), ERR_DENIED);
	form = form_of(&device, json_get_str(options(&by), "challenge"), "Sign-in's");
	assert_string_equal(add(&owner, &form), "passkey-new");
	form = form_of(&device, json_get_str(options(&owner), "challenge"), "Owner's");
	assert_string_equal(add(&stranger_full, &form), "passkey-new");
	form.challenge = STR("AAAA");
	assert_string_equal(add(&owner, &form), "passkey-new");
	assert_int_equal(refused_lines("challenge is none of this session"), 3);
	assert_int_equal(refused_lines("challenge is none of ours"), 1);
	answer = answer_of(&device, json_get_str(options(&other), "challenge"));
	assert_int_equal(sign_in(&other, &answer), ERR_OK);
}

static void passkey_of_another_account_does_not_fit(void **state)
{
	struct account_who neighbour = person("tenant", "officer");
	struct device theirs = device_new(WEBAUTHN_EDDSA);
	struct account_who by = half("192.0.2.4");
	struct passkey_answer answer;

	(void)state;
	theirs.rp = device.rp;
	theirs.id = STR("theirs");
	assert_string_equal(add_new(&neighbour, &theirs, "Theirs"), "");
	answer = answer_of(&theirs, json_get_str(options(&by), "challenge"));
	assert_int_equal(sign_in(&by, &answer), ERR_DENIED);
	assert_int_equal(refused_lines("none of this account"), 1);
	device_clear(&theirs);
}

static void passkey_counter_must_go_up(void **state)
{
	struct account_who by = half("192.0.2.5");
	struct passkey_answer answer;
	uint32_t counter = device.counter;

	(void)state;
	device.counter = counter - 1; /* tells `counter` once more */
	answer = answer_of(&device, json_get_str(options(&by), "challenge"));
	assert_int_equal(sign_in(&by, &answer), ERR_DENIED);
	assert_int_equal(refused_lines("did not go up"), 1);
	answer = answer_of(&device, json_get_str(options(&by), "challenge"));
	assert_int_equal(sign_in(&by, &answer), ERR_OK);
	/* One that never counted may go on so; one that did may not begin to. */
	assert_int_equal(alter("UPDATE passkey SET counter = 0 WHERE name = 'Laptop'"), 1);
	counter = device.counter;
	for (int i = 0; i < 2; i++) {
		by = half("192.0.2.5");
		device.counter = UINT32_MAX; /* and one more is 0 */
		answer = answer_of(&device, json_get_str(options(&by), "challenge"));
		assert_int_equal(sign_in(&by, &answer), ERR_OK);
	}
	device.counter = counter;
}

static void passkey_wrong_five_times_ends_the_half_session(void **state)
{
	struct account_who by = half("192.0.2.6");

	(void)state;
	for (int i = 1; i <= 5; i++) {
		struct passkey_answer answer = answer_of(&device, json_get_str(options(&by),
			"challenge"));
		answer.signature = b64(STR("guess"));
		assert_int_equal(sign_in(&by, &answer), i < 5 ? ERR_DENIED : ERR_NOT_FOUND);
	}
	(void)alter("DELETE FROM attempt");
}

/* Signs in by a challenge issued so many seconds ago. */
static enum err_code sign_in_after(int64_t seconds)
{
	struct account_who by = half("192.0.2.7");
	uint64_t issued = (uint64_t)((int64_t)instant_now_us() - seconds * 1000000);
	struct passkey_answer answer = answer_of(&device, passkey_challenge_new(node.service,
		&arena, &by, PASSKEY_SIGN_IN, issued));

	(void)alter("DELETE FROM passkey_floor"); /* later ones were answered by now */
	return sign_in(&by, &answer);
}

static void limit_passkey_challenge_s(void **state)
{
	(void)state;
	assert_int_equal(sign_in_after(LIMIT_PASSKEY_CHALLENGE_S - 30), ERR_OK);
	assert_int_equal(sign_in_after(LIMIT_PASSKEY_CHALLENGE_S + 1), ERR_DENIED);
	assert_int_equal(sign_in_after(-3600), ERR_DENIED);
	assert_int_equal(refused_lines("challenge is too old"), 2);
}

static void limit_passkeys(void **state)
{
	struct device more = device_new(WEBAUTHN_EDDSA);
	int64_t have = ask_number("SELECT count(*) FROM passkey WHERE name = 'Laptop'");

	(void)state;
	more.rp = device.rp;
	for (int64_t i = have; i <= LIMIT_PASSKEYS; i++) {
		more.id = str_printf(&arena, "more-%lld", (long long)i);
		assert_string_equal(add_new(&owner, &more, "More"), i < LIMIT_PASSKEYS ? "" :
			"passkey-many");
	}
	assert_int_equal(alter("DELETE FROM passkey WHERE name = 'More'"), LIMIT_PASSKEYS - have);
	device_clear(&more);
}

static void passkey_removed_ends_other_sessions(void **state)
{
	struct account_who other = half("192.0.2.8");
	struct passkey_answer answer = answer_of(&device, json_get_str(options(&other),
		"challenge"));
	int64_t id = ask_number("SELECT id FROM passkey WHERE name = 'Laptop'");
	struct account_who neighbour = person("lodger", "officer");
	struct signed_in in = { .wait_s = 0 };
	struct json *v;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(service_sign_in_passkey(node.service, &arena, &other, &answer, &in, &e),
		ERR_OK);
	assert_int_equal(service_passkey(node.service, &arena, &neighbour, id, &v, &e),
		ERR_NOT_FOUND);
	assert_int_equal(service_passkey_remove(node.service, &neighbour, id, &e), ERR_NOT_FOUND);
	assert_int_equal(service_passkey(node.service, &arena, &owner, id, &v, &e), ERR_OK);
	/* What cannot happen by any page: no code to fall back to. */
	assert_int_equal(alter("UPDATE account SET totp = NULL WHERE name = 'owner'"), 1);
	assert_int_equal(service_passkey_remove(node.service, &owner, id, &e), ERR_CONFLICT);
	assert_int_equal(alter("UPDATE account SET totp = x'00' WHERE name = 'owner'"), 1);
	assert_int_equal(service_passkey_remove(node.service, &owner, id, &e), ERR_OK);
	assert_int_equal(who_of(in.token).stage, STAGE_NONE);
	assert_int_equal(service_passkey_remove(node.service, &owner, id, &e), ERR_NOT_FOUND);
}

static void passkey_goes_with_a_reset(void **state)
{
	struct account_who by = service_who_node(STR("127.0.0.1"));
	struct json *answer;
	struct err e = { 0 };

	(void)state;
	assert_string_equal(add_new(&owner, &device, "Reset"), "");
	assert_int_equal(service_reset(node.service, &arena, &by, STR("owner"), &answer, &e),
		ERR_OK);
	assert_int_equal(ask_number("SELECT count(*) FROM passkey WHERE name = 'Reset'"), 0);
}

static void passkeys_need_an_address_with_a_name(void **state)
{
	(void)state;
	assert_true(service_passkeys_possible(node.service));
	node.config.url = STR("http://127.0.0.1:8400");
	assert_false(service_passkeys_possible(node.service));
	assert_null(options(&owner));
	node.config.url = STR(ORIGIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passkey_is_added_and_signs_in),
		cmocka_unit_test(passkey_challenge_works_once),
		cmocka_unit_test(passkey_challenge_is_of_one_session_and_purpose),
		cmocka_unit_test(passkey_of_another_account_does_not_fit),
		cmocka_unit_test(passkey_counter_must_go_up),
		cmocka_unit_test(passkey_wrong_five_times_ends_the_half_session),
		cmocka_unit_test(limit_passkey_challenge_s),
		cmocka_unit_test(limit_passkeys),
		cmocka_unit_test(passkey_removed_ends_other_sessions),
		cmocka_unit_test(passkey_goes_with_a_reset),
		cmocka_unit_test(passkeys_need_an_address_with_a_name),
	};

	return cmocka_run_group_tests(tests, open_node, close_node);
}
