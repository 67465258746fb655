/* test_bundle_facts.c - what the statements of a bundle mean for its report or decision. */
#include "bundle_fixture.h"

/* ---- accreditation ------------------------------------------------------------------------- */

static const struct sample_entry *publish_accreditation(struct fixture *f, const char *lab,
	const char *items, const char *from, const char *until)
{
	struct json *subject = json_copy(&f->a, f->w.accreditation->statement.subject);
	struct json *scope = json_copy(&f->a, json_get(subject, "scope")), *doc;

	scope->items[0] = json_copy(&f->a, scope->items[0]);
	json_set(&f->a, scope->items[0], "items", sample_json(&f->a, items));
	json_set(&f->a, subject, "scope", scope);
	json_set_text(&f->a, subject, "id", lab);
	doc = sample_doc(&f->a, KIND_ACCREDITATION, f->w.entry_count + 1, &f->w.city, subject);
	json_set_text(&f->a, doc, "validFrom", from);
	json_set_text(&f->a, doc, "validUntil", until);
	return sample_publish(&f->w, &f->w.log, doc, &f->w.city, SAMPLE_TIME + 5);
}

static const struct sample_entry *publish_report(struct fixture *f, struct json *subject)
{
	struct json *doc = sample_doc(&f->a, KIND_REPORT, f->w.entry_count + 1, &f->w.lab, subject);

	json_set(&f->a, doc, "credentialStatus",
		json_copy(&f->a, json_get(f->w.report->statement.doc, "credentialStatus")));
	return sample_publish(&f->w, &f->w.log, doc, &f->w.lab, SAMPLE_TIME + 6);
}

static void bundle_of_a_report_needs_accreditation_of_each_item(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *lab, *items, *from, *until, *detail;
	} cases[] = {
		{ SAMPLE_LAB, "[\"6.1.1\",\"6.1.4\"]", "2026-11-20T00:00:00+08:00",
		  "2026-11-21T00:00:00+08:00", NULL },
		{ SAMPLE_LAB, "[\"6.1.1\"]", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z",
		  "item \"6.1.4\": the laboratory was not accredited for it (scheme \"gbt-41798\", "
		  "edition \"2022\") on 2026-11-21" },
		{ SAMPLE_LAB, "[\"6.1.1\",\"6.1.4\"]", "2026-11-21T00:00:00+08:00",
		  "2027-01-01T00:00:00Z",
		  "item \"6.1.1\": the laboratory was not accredited for it (scheme \"gbt-41798\", "
		  "edition \"2022\") on 2026-11-20" },
		{ SAMPLE_LAB, "[\"6.1.1\",\"6.1.4\"]", "2026-01-01T00:00:00Z",
		  "2026-11-20T23:59:59+08:00",
		  "item \"6.1.4\": the laboratory was not accredited for it (scheme \"gbt-41798\", "
		  "edition \"2022\") on 2026-11-21" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct list l = usual(&f->w);
		l.at[3] = publish_accreditation(f, cases[i].lab, cases[i].items, cases[i].from,
			cases[i].until);
		l.at[0] = publish_report(f, sample_report_subject(&f->w));
		if (cases[i].detail)
			expect_bad(
				f, bundle_of(f, &l), "accreditation", STEP_FAILED, cases[i].detail);
		else
			expect_good(f, bundle_of(f, &l));
	}
}

static void bundle_without_an_accreditation_is_unknown(void **state)
{
	struct fixture *f = *state;
	const char *detail =
		"the bundle has no accreditation of the laboratory from before the report";
	const struct sample_entry *later = publish_accreditation(f, SAMPLE_LAB,
		"[\"6.1.1\",\"6.1.4\"]", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
	const struct sample_entry *other = publish_accreditation(f, SAMPLE_LAB "1",
		"[\"6.1.1\",\"6.1.4\"]", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
	struct list l = usual(&f->w);

	expect_bad(f, bundle_without(f, 3), "accreditation", STEP_UNKNOWN, detail);
	expect_bad(f, bundle_instead(f, 3, later), "accreditation", STEP_UNKNOWN, detail);
	l.at[0] = publish_report(f, sample_report_subject(&f->w));
	l.at[3] = other;
	expect_bad(f, bundle_of(f, &l), "accreditation", STEP_UNKNOWN, detail);
	l.at[3] = later; /* before this report */
	expect_good(f, bundle_of(f, &l));
}

static void bundle_report_items_must_be_readable(void **state)
{
	struct fixture *f = *state;
	static const char *const assessments[] = { "[]", "[{}]",
		"[{\"itemResult\":{\"item\":\"6.1.1\"}}]",
		"[{\"itemResult\":{\"item\":\"6.1.1\",\"testedOn\":\"2026-11-31\"}}]", "{}",
		"[1]" };

	for (size_t i = 0; i < sizeof(assessments) / sizeof(assessments[0]); i++) {
		struct json *subject = json_copy(&f->a, sample_report_subject(&f->w));
		json_set(&f->a, subject, "assessment", sample_json(&f->a, assessments[i]));
		expect_bad(f, bundle_instead(f, 0, publish_report(f, subject)), "accreditation",
			STEP_FAILED, NULL);
	}
}

static void bundle_accreditation_counts_until_suspended(void **state)
{
	struct fixture *f = *state;
	const struct sample_entry *suspended = sample_publish(&f->w, &f->w.log,
		sample_status_change(&f->w, &f->w.city, f->w.accreditation, "suspended"),
		&f->w.city, SAMPLE_TIME + 7); /* on 2026-11-24 in China */
	struct json *subject = json_copy(&f->a, sample_report_subject(&f->w));
	struct list l = usual(&f->w);
	const char *detail = "item \"6.1.1\": the laboratory was not accredited for it (scheme "
		"\"gbt-41798\", edition \"2022\") on 2026-11-25";

	expect_good(f, bundle_with(f, suspended)); /* tests of the days before */
	json_set(&f->a, subject, "assessment", sample_json(&f->a,
		"[{\"itemResult\":{\"item\":\"6.1.1\",\"testedOn\":\"2026-11-25\"}}]"));
	l.at[0] = publish_report(f, subject);
	expect_good(f, bundle_of(f, &l));
	l.at[l.count++] = suspended;
	expect_bad(f, bundle_of(f, &l), "accreditation", STEP_FAILED, detail);
	l.at[l.count++] = sample_publish(&f->w, &f->w.log,
		sample_status_change(&f->w, &f->w.city, f->w.accreditation, "reinstated"),
		&f->w.city, SAMPLE_TIME + 86400);
	/* Reinstated on that day, by a clock that the witness contradicts. */
	expect_bad(f, bundle_of(f, &l), "receipt", STEP_FAILED, NULL);
}

/* ---- agreement ----------------------------------------------------------------------------- */

static const struct sample_entry *publish_agreement(struct fixture *f, struct sample_log *log)
{
	struct json *doc = sample_doc(&f->a, KIND_AGREEMENT, f->w.entry_count + 1, &f->w.city,
		sample_json(&f->a,
			"{\"id\":\"urn:g\",\"type\":\"RecognitionAgreement\","
			"\"parties\":[{\"id\":\"" SAMPLE_CITY
			"\"},{\"id\":\"" SAMPLE_PEER "\"}]}"));

	sample_sign(&f->a, doc, &f->w.city, false, SAMPLE_TIME + 3);
	return sample_publish(&f->w, log, doc, &f->w.peer, SAMPLE_TIME + 5);
}

static const struct sample_entry *publish_decision(struct fixture *f, const struct sample_party *by,
	const struct sample_entry *agreement, bool right_digest)
{
	struct digest digest = agreement->statement.digest;
	struct json *doc, *v = json_new_object(&f->a), *named = json_new_object(&f->a);
	struct json *inputs = json_new_object(&f->a);
	bool here = str_eq(by->did, f->w.city.did);

	digest.at[0] = (uint8_t)(digest.at[0] ^ !right_digest);
	json_set_str(&f->a, named, "id", agreement->statement.id);
	json_set_str(&f->a, named, "digest", base64url_new(&f->a, digest.at, DIGEST_BYTES));
	json_set(&f->a, inputs, "agreement", named);
	json_set_text(&f->a, v, "id", "did:web:a.example:org:2");
	json_set(&f->a, v, "inputs", inputs);
	doc = sample_doc(&f->a, KIND_DECISION, f->w.entry_count + 1, by, v);
	return sample_publish(&f->w, here ? &f->w.log : &f->w.peer_log, doc, by, SAMPLE_TIME + 9);
}

static void bundle_of_a_decision_may_hold_its_agreement(void **state)
{
	struct fixture *f = *state;
	const struct sample_entry *agreement = publish_agreement(f, &f->w.peer_log);
	const struct sample_entry *there = publish_agreement(f, &f->w.log);
	const struct sample_entry *good = publish_decision(f, &f->w.peer, agreement, true);
	const struct sample_entry *wrong = publish_decision(f, &f->w.peer, agreement, false);
	const struct sample_entry *parts[] = { good, f->w.peer_doc, f->w.city_doc, agreement };
	struct bundle_found found;

	expect_good(f, sample_bundle(&f->w, parts, 4));
	found = verify(f, sample_bundle(&f->w, parts, 4));
	expect_step(&found, "agreement", STEP_HELD, NULL);
	assert_true(str_is(found.origin, "b.example/tlog"));
	found = verify(f, sample_bundle(&f->w, parts, 2));
	assert_true(found.good);
	expect_step(&found, "agreement", STEP_UNKNOWN,
		"the bundle does not have the agreement of the decision");
	parts[0] = wrong;
	expect_bad(f, sample_bundle(&f->w, parts, 4), "agreement", STEP_FAILED,
		"the decision names another text of the agreement");
	/* An agreement is at home in the log of either party. */
	parts[0] = publish_decision(f, &f->w.peer, there, true);
	parts[3] = there;
	expect_good(f, sample_bundle(&f->w, parts, 4));
}

/* ---- status -------------------------------------------------------------------------------- */

static void expect_withdrawn(struct fixture *f, struct str text, const char *detail)
{
	struct bundle_found found = verify(f, text);

	expect_step(&found, "status", STEP_FAILED, detail);
	assert_true(found.withdrawn);
	assert_true(found.good); /* genuine all the same */
}

static void bundle_without_its_status_lists_is_unknown(void **state)
{
	struct fixture *f = *state;

	expect_bad(f, bundle_without(f, 4), "status", STEP_UNKNOWN,
		"the bundle has 1 of the 2 status lists it names");
	expect_bad(f, bundle_without(f, 5), "status", STEP_UNKNOWN,
		"the bundle has 1 of the 2 status lists it names");
}

static const struct sample_entry *publish_list(struct fixture *f, const char *purpose,
	const char *id, bool set)
{
	return sample_publish(&f->w, &f->w.log, sample_status_list(&f->w, purpose, id, set),
		&f->w.city, SAMPLE_TIME + 20);
}

static void bundle_status_is_that_of_the_newest_list(void **state)
{
	struct fixture *f = *state;
	const struct sample_entry *set = publish_list(f, "revocation", SAMPLE_REVOCATION, true);
	const struct sample_entry *on = publish_list(f, "suspension", SAMPLE_SUSPENSION, true);
	const struct sample_entry *off = publish_list(f, "suspension", SAMPLE_SUSPENSION, false);
	struct list l = usual(&f->w);

	expect_withdrawn(f, bundle_instead(f, 4, set), "the statement is withdrawn");
	expect_withdrawn(f, bundle_with(f, set), "the statement is withdrawn");
	expect_withdrawn(f, bundle_with(f, on), "the statement is suspended");
	l.at[l.count++] = off;
	l.at[l.count++] = on;
	expect_good(f, bundle_of(f, &l));
}

static void bundle_status_list_must_be_the_citys(void **state)
{
	struct fixture *f = *state;
	struct json *doc = json_copy(&f->a, f->w.revocation->statement.doc);
	struct json *issuer = json_copy(&f->a, json_get(doc, "issuer"));
	const struct sample_entry *foreign, *wrong_purpose;
	struct list l = usual(&f->w);

	json_set_text(&f->a, issuer, "id", SAMPLE_PEER);
	json_set(&f->a, doc, "issuer", issuer);
	doc = json_without(&f->a, doc, "proof");
	foreign = sample_publish(&f->w, &f->w.peer_log, doc, &f->w.peer, SAMPLE_TIME + 30);
	l.at[4] = foreign;
	l.at[l.count++] = f->w.peer_doc;
	expect_bad(f, bundle_of(f, &l), "status", STEP_UNKNOWN,
		"the bundle has 1 of the 2 status lists it names");
	wrong_purpose = publish_list(f, "suspension", SAMPLE_REVOCATION, false);
	expect_bad(f, bundle_instead(f, 4, wrong_purpose), "status", STEP_FAILED,
		"status 1: status list does not have the purpose \"revocation\"");
}

static const struct sample_entry *publish_change(struct fixture *f, const struct sample_party *by,
	const char *word)
{
	return sample_publish(&f->w, &f->w.log,
		sample_status_change(&f->w, by, f->w.report, word), by, SAMPLE_TIME + 20);
}

static void bundle_status_is_told_by_statements_too(void **state)
{
	struct fixture *f = *state;
	const struct sample_entry *suspended = publish_change(f, &f->w.lab, "suspended");
	const struct sample_entry *reinstated = publish_change(f, &f->w.city, "reinstated");
	const struct sample_entry *list = publish_list(f, "suspension", SAMPLE_SUSPENSION, false);
	const struct sample_entry *again = publish_change(f, &f->w.lab, "suspended");
	const struct sample_entry *withdrawn = publish_change(f, &f->w.city, "withdrawn");
	const struct sample_entry *back = publish_change(f, &f->w.city, "reinstated");
	struct list l = usual(&f->w);

	expect_withdrawn(f, bundle_with(f, suspended), "the statement is suspended");
	expect_withdrawn(f, bundle_with(f, withdrawn), "the statement is withdrawn");
	l.at[l.count++] = reinstated;
	l.at[l.count++] = suspended;
	expect_good(f, bundle_of(f, &l));
	l.at[l.count - 2] = list; /* the list was made after the suspension */
	expect_good(f, bundle_of(f, &l));
	l.at[l.count - 1] = again; /* the suspension came after the list */
	expect_withdrawn(f, bundle_of(f, &l), "the statement is suspended");
	/* Withdrawn for good. */
	l.at[l.count - 1] = withdrawn;
	l.at[l.count - 2] = back;
	expect_withdrawn(f, bundle_of(f, &l), "the statement is withdrawn");
	/* Also without any list. */
	l.at[4] = withdrawn;
	l.count = 5;
	expect_withdrawn(f, bundle_of(f, &l), "the statement is withdrawn");
}

static void bundle_status_of_others_does_not_count(void **state)
{
	struct fixture *f = *state;
	struct sample_entry other = *f->w.report;
	const struct sample_entry *stranger, *other_text;
	struct list l = usual(&f->w);

	other.statement.digest.at[0] ^= 1;
	other_text = sample_publish(&f->w, &f->w.log,
		sample_status_change(&f->w, &f->w.city, &other, "withdrawn"), &f->w.city,
		SAMPLE_TIME + 20);
	expect_good(f, bundle_with(f, other_text));
	stranger = sample_publish(&f->w, &f->w.peer_log,
		sample_status_change(&f->w, &f->w.peer, f->w.report, "withdrawn"), &f->w.peer,
		SAMPLE_TIME + 20);
	l.at[l.count++] = f->w.peer_doc;
	l.at[l.count++] = stranger;
	expect_good(f, bundle_of(f, &l));
}

/* ---- validity ------------------------------------------------------------------------------ */

static void bundle_validity_is_judged_now(void **state)
{
	struct fixture *f = *state;
	struct json *doc = sample_doc(&f->a, KIND_ACCREDITATION, 90, &f->w.city,
		sample_json(&f->a, "{\"id\":\"x\"}"));
	const struct sample_entry *parts[] = { NULL, f->w.city_doc };
	struct bundle_found found;
	struct str text;

	json_set_text(&f->a, doc, "validFrom", "2026-11-24T03:10:00Z");  /* + 355 s */
	json_set_text(&f->a, doc, "validUntil", "2026-11-24T04:00:00Z"); /* + 3355 s */
	parts[0] = sample_publish(&f->w, &f->w.log, doc, &f->w.city, SAMPLE_TIME + 5);
	text = sample_bundle(&f->w, parts, 2);
	static const struct {
		int64_t now;
		bool good;
		const char *detail;
	} cases[] = {
		{ SAMPLE_TIME + 54, false, "it is not valid before 2026-11-24T03:10:00Z" },
		{ SAMPLE_TIME + 55, true,
		  "valid from 2026-11-24T03:10:00Z until 2026-11-24T04:00:00Z" },
		{ SAMPLE_TIME + 3355, true, NULL },
		{ SAMPLE_TIME + 3356, false, "it was valid until 2026-11-24T04:00:00Z" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			bundle_verify(&f->a, text, f->w.policy, cases[i].now, &found, NULL),
			ERR_OK);
		assert_int_equal(found.good, cases[i].good);
		expect_step(&found, "validity", cases[i].good ? STEP_HELD : STEP_FAILED,
			cases[i].detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(bundle_of_a_report_needs_accreditation_of_each_item),
		WITH_REPORT(bundle_without_an_accreditation_is_unknown),
		WITH_REPORT(bundle_report_items_must_be_readable),
		WITH_REPORT(bundle_accreditation_counts_until_suspended),
		cmocka_unit_test_setup_teardown(
			bundle_of_a_decision_may_hold_its_agreement, setup, teardown),
		WITH_REPORT(bundle_without_its_status_lists_is_unknown),
		WITH_REPORT(bundle_status_is_that_of_the_newest_list),
		WITH_REPORT(bundle_status_list_must_be_the_citys),
		WITH_REPORT(bundle_status_is_told_by_statements_too),
		WITH_REPORT(bundle_status_of_others_does_not_count),
		WITH_REPORT(bundle_validity_is_judged_now),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
