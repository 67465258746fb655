/* test_door.c - what the two doors refuse, one by one, and that a refusal changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/encode.h"
#include "base/instant.h"
#include "city.h"
#include "credential/proof.h"

static struct city yc, lqy;
static struct arena arena;
static struct err e;

static int open_cities(void **state)
{
	(void)state;
	arena_init(&arena, 256 << 20);
	city_init(&yc, "yongchuan.huren.example", 10);
	city_init(&lqy, "longquanyi.huren.example", 40);
	city_open(&yc);
	city_open(&lqy);
	city_found(&yc);
	city_found(&lqy);
	return 0;
}

static int close_cities(void **state)
{
	(void)state;
	city_clear(&yc);
	city_clear(&lqy);
	arena_clear(&arena);
	return 0;
}

static uint64_t size_of(struct city *c)
{
	struct str note;
	uint64_t size;

	assert_int_equal(ledger_checkpoint(c->ledger, &arena, &note, &size, NULL), ERR_OK);
	return size;
}

/* Nothing was added, and the message says what and where. */
static void assert_refused(struct str text, enum err_code code, const char *what)
{
	uint64_t size = size_of(&yc);
	enum err_code got = city_try(&yc, text, &e);

	if (got != code || !strstr(e.message, what))
		fail_msg("code %d, \"%s\" instead of code %d, \"%s\"", got, e.message, code, what);
	assert_int_equal(size_of(&yc), size);
}

static struct json *object(const char *text)
{
	return sample_json(&arena, text);
}

static struct str signed_by(struct json *doc, const struct sample_party *party)
{
	sample_sign(&arena, doc, party, false, instant_now());
	return sample_text(&arena, doc);
}

static struct json *decision_doc(void)
{
	return city_doc(&yc, &arena, KIND_DECISION, &yc.node,
		object("{\"id\":\"did:web:x.example\"}"));
}

static void set_time(struct json *doc, const char *name, int64_t at)
{
	char *text = arena_alloc(&arena, INSTANT_TEXT_BYTES);

	instant_format(at, text);
	json_set_text(&arena, doc, name, text);
}

/* ---- signatures ------------------------------------------------------------------------------ */

static void door_refuses_an_unknown_signer(void **state)
{
	struct sample_party stranger = sample_party(&arena, STR("did:web:nobody.example"), "x", 99);

	(void)state;
	assert_refused(city_statement(&yc, &arena, KIND_DECISION, &stranger,
			       object("{\"id\":\"did:web:x.example\"}")),
		ERR_NOT_FOUND, "no DID document of \"did:web:nobody.example\" is known here");
}

static void door_refuses_a_key_that_is_not_the_issuers(void **state)
{
	struct sample_party forged = yc.node;

	(void)state;
	forged.key = sample_key(KEY_ED25519, 99);
	assert_refused(signed_by(decision_doc(), &forged), ERR_DENIED, "");
}

static void door_refuses_a_changed_body(void **state)
{
	struct str text = city_decision(&yc, &arena);
	char *changed = str_z(&arena, text);

	(void)state;
	*strstr(changed, "applicant") = 'A';
	assert_refused(str_of(changed), ERR_DENIED, "");
}

static void door_refuses_a_jws_of_another_statement(void **state)
{
	struct json *doc = decision_doc(), *other = decision_doc();
	struct str jws, text;
	uint64_t index;

	(void)state;
	assert_int_equal(vc_jwt_sign(&arena, other, &yc.node.key, yc.node.method, &jws, &e),
		ERR_OK);
	text = signed_by(doc, &yc.node);
	assert_int_not_equal(
		ledger_publish_wait(yc.ledger, &arena, text, jws, &index, NULL, &e), ERR_OK);
	assert_int_equal(size_of(&yc), 3);
	assert_int_equal(vc_jwt_sign(&arena, sample_json(&arena, arena_copy(&arena, text.at,
		text.len)), &yc.node.key, yc.node.method, &jws, &e), ERR_OK);
	if (ledger_publish_wait(yc.ledger, &arena, text, jws, &index, NULL, &e) != ERR_OK)
		fail_msg("%s", e.message);
}

/* ---- times ----------------------------------------------------------------------------------- */

static void limit_future_skew_s(void **state)
{
	struct json *doc = decision_doc(), *soon = decision_doc();

	(void)state;
	set_time(doc, "validFrom", instant_now() + LIMIT_FUTURE_SKEW_S + 60);
	assert_refused(signed_by(doc, &yc.node), ERR_INVALID,
		"decision from the future: validFrom is 20");
	set_time(soon, "validFrom", instant_now() + LIMIT_FUTURE_SKEW_S - 60);
	assert_int_equal(city_publish(&yc, signed_by(soon, &yc.node)), 3);
}

static void door_refuses_an_expired_statement(void **state)
{
	struct json *doc = decision_doc();

	(void)state;
	set_time(doc, "validFrom", 1700000000);
	set_time(doc, "validUntil", 1710000000);
	assert_refused(signed_by(doc, &yc.node), ERR_INVALID,
		"decision has expired: validUntil is 2024-03-09T16:00:00Z");
}

static void door_refuses_a_report_tested_after_today(void **state)
{
	struct str text = city_report(&yc, &arena, 1);
	struct json *doc;
	char *at, *future = str_z(&arena, text);

	(void)state;
	for (at = future; (at = strstr(at, "\"2024-")); at++)
		memcpy(at, "\"2099-", 6);
	assert_int_equal(json_parse(&arena, str_of(future), &doc, &e), ERR_OK);
	doc = json_without(&arena, doc, "proof");
	assert_refused(signed_by(doc, &yc.lab), ERR_INVALID,
		"report from the future: item \"6.1.1\"");
}

/* ---- rights ---------------------------------------------------------------------------------- */

static void door_leaves_decisions_and_lists_to_the_authority(void **state)
{
	(void)state;
	assert_refused(city_statement(&yc, &arena, KIND_DECISION, &yc.lab,
			       object("{\"id\":\"did:web:x.example\"}")),
		ERR_DENIED, "may not issue statements of kind \"decision\": only "
		"\"did:web:yongchuan.huren.example\" may");
}

static void door_refuses_did_documents_of_others(void **state)
{
	(void)state;
	assert_refused(city_did_document(&yc, &arena, &lqy.lab, 1, &yc.node), ERR_DENIED,
		"DID \"did:web:longquanyi.huren.example:org:" CITY_LAB_CODE
			"\" is not of this log");
}

static void door_takes_did_documents_in_order(void **state)
{
	(void)state;
	assert_refused(city_did_document(&yc, &arena, &yc.lab, 3, &yc.node), ERR_CONFLICT,
		"has version 3, but 2 comes next");
	assert_refused(city_did_document(&yc, &arena, &yc.lab, 1, &yc.node), ERR_CONFLICT,
		"has version 1, but 2 comes next");
	assert_int_equal(city_publish(&yc, city_did_document(&yc, &arena, &yc.lab, 2, &yc.node)),
		3);
}

static void door_asks_the_old_key_for_the_new_one(void **state)
{
	struct sample_party next = sample_party(&arena, yc.node.did, "Sample authority", 77);

	(void)state;
	assert_refused(city_did_document(&yc, &arena, &next, 2, &next), ERR_DENIED, "");
	assert_int_equal(city_publish(&yc, city_did_document(&yc, &arena, &next, 2, &yc.node)), 3);
	assert_refused(city_decision(&yc, &arena), ERR_DENIED, ""); /* by the old key */
}

static void door_refuses_accreditations_of_foreign_labs(void **state)
{
	struct sample_party own_lab = yc.lab;
	struct str text;

	(void)state;
	yc.lab = lqy.lab;
	text = city_accreditation(&yc, &arena, "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
	yc.lab = own_lab;
	assert_refused(text, ERR_DENIED, "laboratory \"did:web:longquanyi.huren.example:org:"
		CITY_LAB_CODE "\" is not of this log");
}

static void door_refuses_items_the_lab_is_not_accredited_for(void **state)
{
	(void)state;
	assert_refused(city_report(&yc, &arena, 17), ERR_DENIED,
		"\": laboratory \"did:web:yongchuan.huren.example:org:" CITY_LAB_CODE
		"\" is not accredited for it (scheme \"gbt-41798\", edition \"2022\") on 2024-");
	assert_int_equal(city_publish(&yc, city_report(&yc, &arena, 3)), 3);
}

static void door_refuses_days_outside_the_accreditation(void **state)
{
	(void)state;
	city_clear(&yc);
	city_init(&yc, "yongchuan.huren.example", 10);
	city_open(&yc);
	(void)city_publish(&yc, city_did_document(&yc, &arena, &yc.node, 1, &yc.node));
	(void)city_publish(&yc, city_did_document(&yc, &arena, &yc.lab, 1, &yc.node));
	assert_refused(city_report(&yc, &arena, 1), ERR_DENIED,
		"item \"6.1.1\": laboratory \"did:web:yongchuan.huren.example:org:" CITY_LAB_CODE
		"\" is not accredited by \"did:web:yongchuan.huren.example\"");
	(void)city_publish(&yc,
		city_accreditation(&yc, &arena, "2024-07-07T00:00:00+08:00",
			"2030-01-01T00:00:00Z"));
	assert_refused(city_report(&yc, &arena, 1), ERR_DENIED,
		"on 2024-07-06: outside the accreditation's period");
}

static void door_refuses_reports_in_another_labs_name(void **state)
{
	struct sample_party other = sample_party(&arena,
		did_web_new_org(&arena, STR("yongchuan.huren.example"), STR("91500118MA5YCM010J")),
		"Other", 90);
	struct str text;
	struct json *doc;

	(void)state;
	(void)city_publish(&yc, city_did_document(&yc, &arena, &other, 1, &yc.node));
	text = city_report(&yc, &arena, 1);
	assert_int_equal(json_parse(&arena, text, &doc, &e), ERR_OK);
	doc = json_without(&arena, doc, "proof");
	json_set(&arena, doc, "issuer", json_set_str(&arena, json_set_str(&arena,
		json_new_object(&arena), "id", other.did), "name", other.name));
	assert_refused(signed_by(doc, &other), ERR_INVALID, "report names laboratory \"");
}

static void door_refuses_reports_of_foreign_labs(void **state)
{
	(void)state;
	city_mirror(&lqy, &yc);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(city_admit(&lqy, &yc, i, &e), ERR_OK);
	assert_refused(city_report(&lqy, &arena, 1), ERR_DENIED,
		"laboratory \"did:web:longquanyi.huren.example:org:" CITY_LAB_CODE
		"\" is not of this log");
}

/* ---- status ---------------------------------------------------------------------------------- */

static void door_takes_status_changes_from_issuer_and_authority_only(void **state)
{
	struct sample_party other = sample_party(&arena,
		did_web_new_org(&arena, STR("yongchuan.huren.example"), STR("91500118MA5YCM010J")),
		"Other", 90);
	struct str report = city_report(&yc, &arena, 1);

	(void)state;
	(void)city_publish(&yc, city_did_document(&yc, &arena, &other, 1, &yc.node));
	assert_refused(city_status(&yc, &arena, &yc.lab, report, "withdrawn"), ERR_NOT_FOUND,
		"is not in this log");
	(void)city_publish(&yc, report);
	assert_refused(city_status(&yc, &arena, &other, report, "withdrawn"), ERR_DENIED,
		"may not change the status of a statement of \"did:web:yongchuan");
	assert_refused(city_status(&yc, &arena, &yc.lab, report, "burnt"), ERR_INVALID,
		"unknown status \"burnt\"");
	assert_int_equal(
		city_publish(&yc, city_status(&yc, &arena, &yc.lab, report, "suspended")), 5);
	assert_int_equal(
		city_publish(&yc, city_status(&yc, &arena, &yc.node, report, "withdrawn")), 6);
}

static void door_compares_the_digest_a_status_names(void **state)
{
	struct str report = city_report(&yc, &arena, 1);
	struct statement target = sample_parse(&arena, report);
	struct json *subject = object("{\"type\":\"StatusChange\",\"status\":\"withdrawn\"}");

	(void)state;
	(void)city_publish(&yc, report);
	json_set_str(&arena, subject, "id", target.id);
	target.digest.at[0] ^= 1;
	json_set_str(&arena, subject, "digest",
		base64url_new(&arena, target.digest.at, DIGEST_BYTES));
	assert_refused(city_statement(&yc, &arena, KIND_STATUS, &yc.lab, subject), ERR_CONFLICT,
		"status names another digest of");
}

/* ---- agreements ------------------------------------------------------------------------------ */

static void know_each_other(void)
{
	city_mirror(&lqy, &yc);
	assert_int_equal(city_admit(&lqy, &yc, 0, &e), ERR_OK);
	city_mirror(&yc, &lqy);
	assert_int_equal(city_admit(&yc, &lqy, 0, &e), ERR_OK);
}

static void door_takes_an_agreement_that_both_signed(void **state)
{
	struct str text = city_agreement(&yc, &arena, &lqy);
	struct ledger_found *found;
	size_t count;

	(void)state;
	assert_refused(text, ERR_NOT_FOUND,
		"no DID document of \"did:web:longquanyi.huren.example\"");
	know_each_other();
	assert_int_equal(city_publish(&yc, text), 3);
	assert_int_equal(city_publish(&lqy, text), 3); /* the same bytes in both logs */
	assert_int_equal(ledger_statements_about(yc.ledger, &arena, KIND_AGREEMENT, lqy.node.did,
		&found, &count, &e), ERR_OK);
	assert_int_equal(count, 1);
	assert_true(str_eq(found[0].body, text));
}

static void door_refuses_an_agreement_one_side_did_not_sign(void **state)
{
	struct str text = city_agreement(&yc, &arena, &lqy);
	struct json *doc;

	(void)state;
	know_each_other();
	assert_int_equal(json_parse(&arena, text, &doc, &e), ERR_OK);
	doc = json_without(&arena, doc, "proof");
	assert_refused(signed_by(doc, &yc.node), ERR_DENIED, "");
}

/* ---- the door in ----------------------------------------------------------------------------- */

static void admit_follows_the_order_of_trust(void **state)
{
	uint64_t index = city_publish(&yc, city_report(&yc, &arena, 2));
	struct ledger_found found;

	(void)state;
	assert_int_equal(city_admit(&yc, &lqy, index, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "is not mirrored here"));
	city_mirror(&yc, &lqy);
	assert_int_equal(city_admit(&yc, &lqy, index, &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.message, "no DID document of"));
	assert_int_equal(city_admit(&yc, &lqy, 0, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, 1, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, index, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "is not accredited by"));
	assert_int_equal(city_admit(&yc, &lqy, 2, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, index, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, index, &e), ERR_OK); /* again: no matter */
	assert_int_equal(
		ledger_entry(lqy.ledger, &arena, ledger_origin(yc.ledger), index, &found, &e),
			ERR_OK);
	assert_false(found.own);
	assert_true(found.body.len > 1000);
}

static void admit_refuses_another_body(void **state)
{
	struct str origin = ledger_origin(yc.ledger);
	struct ledger_found zero, one;
	char *changed;

	(void)state;
	city_mirror(&yc, &lqy);
	assert_int_equal(ledger_entry(yc.ledger, &arena, STR(""), 0, &zero, &e), ERR_OK);
	assert_int_equal(ledger_entry(yc.ledger, &arena, STR(""), 1, &one, &e), ERR_OK);
	assert_int_equal(ledger_admit(lqy.ledger, origin, 0, one.body, STR(""), &e), ERR_DENIED);
	assert_string_equal(e.message, "statement at index 0 of \"yongchuan.huren.example/tlog\": "
		"body has another digest than its receipt");
	changed = str_z(&arena, zero.body);
	*strstr(changed, "Sample") = 's';
	assert_int_equal(
		ledger_admit(lqy.ledger, origin, 0, str_of(changed), STR(""), &e), ERR_DENIED);
	assert_int_equal(ledger_admit(lqy.ledger, origin, 9, zero.body, STR(""), &e),
		ERR_NOT_FOUND);
	assert_int_equal(ledger_admit(lqy.ledger, origin, 0, STR("{"), STR(""), &e), ERR_INVALID);
}

static void admit_judges_by_the_foreign_authoritys_rights(void **state)
{
	/* A log whose node let in what its own door would refuse. */
	uint64_t decision = city_slip_in(&yc, city_statement(&yc, &arena, KIND_DECISION, &yc.lab,
		object("{\"id\":\"did:web:x.example\"}")));
	uint64_t unaccredited = city_slip_in(&yc, city_report(&yc, &arena, 17));
	struct sample_party forged = yc.node;
	struct json *doc = decision_doc();
	uint64_t unsigned_one, foreign;

	(void)state;
	forged.key = sample_key(KEY_ED25519, 99);
	unsigned_one = city_slip_in(&yc, signed_by(doc, &forged));
	foreign = city_slip_in(&yc, city_did_document(&yc, &arena, &lqy.lab, 2, &yc.node));
	city_mirror(&yc, &lqy);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(city_admit(&yc, &lqy, i, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, decision, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "only \"did:web:yongchuan.huren.example\" may"));
	assert_int_equal(city_admit(&yc, &lqy, unaccredited, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "is not accredited for it"));
	assert_int_equal(city_admit(&yc, &lqy, foreign, &e), ERR_DENIED);
	assert_non_null(strstr(e.message, "is not of this log"));
	assert_int_equal(city_admit(&yc, &lqy, unsigned_one, &e), ERR_DENIED);
}

static void admit_knows_keys_of_their_time(void **state)
{
	struct sample_party new_lab = sample_party(&yc.arena, yc.lab.did, "Sample lab", 77);
	uint64_t before = city_publish(&yc, city_report(&yc, &arena, 1));
	uint64_t document = city_publish(&yc,
		city_did_document(&yc, &arena, &new_lab, 2, &yc.node));
	uint64_t after = city_slip_in(&yc, city_report(&yc, &arena, 1)); /* by the old key */

	(void)state;
	city_mirror(&yc, &lqy);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(city_admit(&yc, &lqy, i, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, document, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, after, &e), ERR_DENIED);
	assert_int_equal(city_admit(&yc, &lqy, before, &e), ERR_OK);
	/* The directory says the same after a restart. */
	city_close(&lqy);
	city_open(&lqy);
	assert_int_equal(city_admit(&yc, &lqy, after, &e), ERR_DENIED);
}

static void admit_wants_the_authoritys_document_first_in_its_log(void **state)
{
	struct city late;

	(void)state;
	city_init(&late, "late.huren.example", 60);
	city_open(&late);
	(void)city_publish(&late, city_did_document(&late, &arena, &late.node, 1, &late.node));
	(void)city_slip_in(&late, city_did_document(&late, &arena, &late.node, 1, &late.node));
	city_mirror(&late, &lqy);
	assert_int_equal(city_admit(&late, &lqy, 1, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.message, "stands at index 1, not 0"));
	assert_int_equal(city_admit(&late, &lqy, 0, &e), ERR_OK);
	city_clear(&late);
}

static void admit_takes_status_changes_of_the_same_log(void **state)
{
	struct str report = city_report(&yc, &arena, 1);
	struct ledger_found latest;
	struct statement target = sample_parse(&arena, report);
	uint64_t index = city_publish(&yc, report);
	uint64_t status = city_publish(&yc, city_status(&yc, &arena, &yc.lab, report, "withdrawn"));

	(void)state;
	city_mirror(&yc, &lqy);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(city_admit(&yc, &lqy, i, &e), ERR_OK);
	assert_int_equal(city_admit(&yc, &lqy, status, &e), ERR_OK); /* the body need not be here */
	assert_int_equal(ledger_latest_about(lqy.ledger, &arena, KIND_STATUS, target.id, &latest,
		&e),
		ERR_OK);
	assert_int_equal(latest.index, status);
	assert_int_equal(city_admit(&yc, &lqy, index, &e), ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cities, close_cities)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(door_refuses_an_unknown_signer),
		TEST(door_refuses_a_key_that_is_not_the_issuers),
		TEST(door_refuses_a_changed_body),
		TEST(door_refuses_a_jws_of_another_statement),
		TEST(limit_future_skew_s),
		TEST(door_refuses_an_expired_statement),
		TEST(door_refuses_a_report_tested_after_today),
		TEST(door_leaves_decisions_and_lists_to_the_authority),
		TEST(door_refuses_did_documents_of_others),
		TEST(door_takes_did_documents_in_order),
		TEST(door_asks_the_old_key_for_the_new_one),
		TEST(door_refuses_accreditations_of_foreign_labs),
		TEST(door_refuses_items_the_lab_is_not_accredited_for),
		TEST(door_refuses_days_outside_the_accreditation),
		TEST(door_refuses_reports_in_another_labs_name),
		TEST(door_refuses_reports_of_foreign_labs),
		TEST(door_takes_status_changes_from_issuer_and_authority_only),
		TEST(door_compares_the_digest_a_status_names),
		TEST(door_takes_an_agreement_that_both_signed),
		TEST(door_refuses_an_agreement_one_side_did_not_sign),
		TEST(admit_follows_the_order_of_trust),
		TEST(admit_refuses_another_body),
		TEST(admit_judges_by_the_foreign_authoritys_rights),
		TEST(admit_knows_keys_of_their_time),
		TEST(admit_wants_the_authoritys_document_first_in_its_log),
		TEST(admit_takes_status_changes_of_the_same_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
