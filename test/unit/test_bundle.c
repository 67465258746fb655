/* test_bundle.c - bundles that hold, and every way in which one must not. */
#include "credential/bundle.h"

#include "bundle_fixture.h"

/* ---- good ones ----------------------------------------------------------------------------- */

static void bundle_of_a_report_holds(void **state)
{
	struct fixture *f = *state;
	static const char *const steps[] = { "format", "receipt", "checkpoint", "witness",
		"inclusion", "key", "signature", "accreditation", "status", "validity" };
	struct bundle_found found = verify(f, sample_report_bundle(&f->w));

	assert_true(found.good);
	assert_false(found.withdrawn);
	assert_int_equal(found.step_count, sizeof(steps) / sizeof(steps[0]));
	for (uint32_t i = 0; i < found.step_count; i++) {
		assert_string_equal(found.steps[i].step, steps[i]);
		assert_int_equal(found.steps[i].state, STEP_HELD);
		assert_int_not_equal(found.steps[i].detail[0], '\0');
	}
	assert_true(str_eq(found.statement.canonical, f->w.report->text));
	assert_true(str_is(found.origin, "a.example/tlog"));
	assert_int_equal(found.index, f->w.report->index);
	assert_int_equal(found.receipt.time, SAMPLE_TIME + 4);
	assert_int_equal(found.witnesses, 1);
	assert_int_equal(found.as_of, SAMPLE_TIME + 100);
	assert_int_equal(found.signature_count, 6 + 2);
}

static void bundle_holds_with_both_suites(void **state)
{
	(void)state;
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct bundle_found found;

	arena_init(&f->a, ARENA_CAP);
	sample_world_init(&f->w, &f->a, 8, /* sm2= */ true);
	sample_world_report(&f->w);
	found = verify(f, sample_report_bundle(&f->w));
	assert_true(found.good);
	assert_int_equal(found.signature_count, 2 * 6 + 2);
	arena_clear(&f->a);
	test_free(f);
}

static void bundle_text_is_canonical_and_read_in_any_spelling(void **state)
{
	struct fixture *f = *state;
	struct str text = sample_report_bundle(&f->w);
	SCOPED_BUF pretty = { 0 };
	struct json *v;

	assert_int_equal(json_parse(&f->a, text, &v, NULL), ERR_OK);
	assert_true(v->canonical);
	buf_init(&pretty, LIMIT_BUNDLE_BYTES);
	assert_int_equal(json_put_pretty(&pretty, v, NULL), ERR_OK);
	expect_good(f, str_copy(&f->a, buf_str(&pretty)));
}

static void bundle_of_every_open_kind_holds(void **state)
{
	struct fixture *f = *state;
	const struct sample_world *w = &f->w;
	const struct sample_entry *one[] = { w->accreditation, w->city_doc };
	const struct sample_entry *two[] = { w->city_doc };
	const struct sample_entry *three[] = { w->lab_doc, w->city_doc };
	const struct sample_entry *four[] = { w->suspension, w->city_doc };
	struct bundle_found found;

	expect_good(f, sample_bundle(&f->w, one, 2));
	expect_good(f, sample_bundle(&f->w, two, 1));
	expect_good(f, sample_bundle(&f->w, three, 2));
	expect_good(f, sample_bundle(&f->w, four, 2));
	found = verify(f, sample_bundle(&f->w, one, 2));
	expect_step(&found, "status", STEP_UNKNOWN, "the statement names no status list");
	assert_null(find_step(&found, "accreditation"));
}

/* ---- tampering ----------------------------------------------------------------------------- */

static void bundle_with_any_changed_byte_is_not_good(void **state)
{
	struct fixture *f = *state;
	struct str text = sample_report_bundle(&f->w);
	unsigned bad = 0, unreadable = 0;

	for (size_t i = 0; i < text.len; i += 3) {
		SCOPED_ARENA a = { 0 };
		struct bundle_found found;
		char *bytes;
		arena_init(&a, ARENA_CAP);
		bytes = str_z(&a, text);
		bytes[i] = (char)(bytes[i] ^ 1);
		if (bundle_verify(&a, (struct str){ bytes, text.len }, f->w.policy, NOW, &found,
			    NULL) != ERR_OK) {
			unreadable++;
			continue;
		}
		if (found.good)
			fail_msg("byte %zu may be changed: %.60s", i, bytes + i - 30);
		bad++;
	}
	assert_true(bad > 500);
	assert_true(unreadable > 100);
}

/* Sets one member of part `place` of the usual bundle. */
static struct str with_part_member(struct fixture *f, size_t place, const char *name,
	struct json *value)
{
	struct json *v = sample_json(&f->a, str_z(&f->a, sample_report_bundle(&f->w)));
	struct json *parts = json_copy(&f->a, json_get(v, "parts"));

	parts->items[place] = json_copy(&f->a, parts->items[place]);
	json_set(&f->a, parts->items[place], name, value);
	return sample_text(&f->a, json_set(&f->a, json_copy(&f->a, v), "parts", parts));
}

static struct json *part_member(struct fixture *f, size_t place, const char *name)
{
	const struct json *v = sample_json(&f->a, str_z(&f->a, sample_report_bundle(&f->w)));

	return json_copy(&f->a, json_get(json_at(json_get(v, "parts"), place), name));
}

static void bundle_tells_which_step_failed(void **state)
{
	struct fixture *f = *state;
	struct bundle_found found;
	struct json *path = part_member(f, 0, "path");

	/* The receipt of another part. */
	found = verify(f, with_part_member(f, 0, "receipt", part_member(f, 3, "receipt")));
	assert_false(found.good);
	expect_step(&found, "receipt", STEP_FAILED,
		"part 1: the SHA-256 of the statement is not the receipt's digest");
	expect_step(&found, "inclusion", STEP_FAILED, NULL);
	expect_step(
		&found, "key", STEP_UNKNOWN, "not checked, since step \"receipt\" did not hold");
	expect_step(
		&found, "signature", STEP_UNKNOWN, "not checked, since step \"key\" did not hold");
	expect_step(&found, "accreditation", STEP_UNKNOWN, NULL);
	expect_step(&found, "status", STEP_UNKNOWN, NULL);
	expect_step(&found, "validity", STEP_HELD, NULL);
	/* Another place in the log, or another way to the root. */
	expect_bad(f, with_part_member(f, 0, "index", json_new_number(&f->a, 4)), "inclusion",
		STEP_FAILED, NULL);
	expect_bad(f, with_part_member(f, 0, "index", json_new_number(&f->a, 500)), "inclusion",
		STEP_FAILED, NULL);
	path->count--;
	expect_bad(f, with_part_member(f, 0, "path", path), "inclusion", STEP_FAILED, NULL);
	expect_bad(f, with_part_member(f, 3, "path", json_new_array(&f->a)), "inclusion",
		STEP_FAILED, NULL);
}

static struct str with_note(struct fixture *f, struct str note)
{
	struct json *v = sample_json(&f->a, str_z(&f->a, sample_report_bundle(&f->w)));
	struct json *notes = json_push(&f->a, json_new_array(&f->a), json_new_str(&f->a, note));

	return sample_text(&f->a, json_set(&f->a, json_copy(&f->a, v), "checkpoints", notes));
}

static void bundle_needs_a_log_of_the_policy(void **state)
{
	struct fixture *f = *state;
	struct sample_log stranger = f->w.log;
	struct bundle_found found;

	stranger.key = sample_key(KEY_ED25519, 77);
	assert_int_equal(note_key_make(stranger.origin, NOTE_ED25519, &stranger.key.pub,
		&stranger.note_key, NULL), ERR_OK);
	found = verify(f, with_note(f, sample_checkpoint(&f->w, &stranger, 6, true)));
	assert_false(found.good);
	expect_step(&found, "checkpoint", STEP_FAILED,
		"checkpoint 1: checkpoint carries no signature of log \"a.example/tlog\"");
	expect_step(&found, "witness", STEP_UNKNOWN,
		"not checked, since step \"checkpoint\" did not hold");
	expect_step(&found, "inclusion", STEP_UNKNOWN, NULL);
	stranger.origin = stranger.note_key.name = STR("c.example/tlog");
	expect_bad(f, with_note(f, sample_checkpoint(&f->w, &stranger, 6, true)), "checkpoint",
		STEP_FAILED, "checkpoint 1: log \"c.example/tlog\" is not in the trust policy");
	expect_bad(f, with_note(f, STR("")), "checkpoint", STEP_FAILED, NULL);
	expect_bad(f, with_note(f, STR("a.example/tlog\n1\n")), "checkpoint", STEP_FAILED, NULL);
}

static void bundle_needs_the_quorum_of_the_policy(void **state)
{
	struct fixture *f = *state;
	struct str lonely = with_note(f,
		sample_checkpoint(&f->w, &f->w.log, f->w.log.counts[0], /* cosigned= */ false));
	struct bundle_found found;
	struct policy *easy;
	struct str text;

	expect_bad(f, lonely, "witness", STEP_FAILED,
		"checkpoint 1 has 0 known witnesses, too few for the policy");
	text = str_printf(&f->a, "log " STR_FMT "\nquorum none\n",
		STR_ARG(note_vkey_text(&f->a, &f->w.log.note_key)));
	assert_int_equal(policy_parse(&f->a, text, &easy, NULL), ERR_OK);
	assert_int_equal(bundle_verify(&f->a, lonely, easy, NOW, &found, NULL), ERR_OK);
	assert_true(found.good);
	expect_step(&found, "witness", STEP_HELD,
		"0 known witnesses saw the log and cosigned; the trust policy asks for none");
	assert_int_equal(found.as_of, SAMPLE_TIME + 4); /* the receipt's time */
}

static void bundle_times_must_be_possible(void **state)
{
	struct fixture *f = *state;
	struct json *doc = sample_doc(&f->a, KIND_ACCREDITATION, 99, &f->w.city,
		sample_json(&f->a, "{\"id\":\"x\"}"));
	const struct sample_entry *late[] = { NULL, f->w.city_doc };

	sample_sign(&f->a, doc, &f->w.city, false, SAMPLE_TIME);
	late[0] = sample_admit(&f->w, &f->w.log, sample_text(&f->a, doc), SAMPLE_TIME + 400);
	expect_good(f, sample_bundle(&f->w, late, 2));
	/* The witness saw the log 100 s after SAMPLE_TIME; its clock may differ by 300 s. */
	late[0] = sample_admit(&f->w, &f->w.log, sample_text(&f->a, doc), SAMPLE_TIME + 401);
	expect_bad(f, sample_bundle(&f->w, late, 2), "witness", STEP_FAILED,
		"part 1: its receipt is later than the witness saw it");
	late[0] = sample_admit(&f->w, &f->w.log, sample_text(&f->a, doc), NOW + 301);
	expect_bad(f, sample_bundle(&f->w, late, 2), "receipt", STEP_FAILED,
		"part 1: the receipt is from the future");
}

static void bundle_receipt_must_be_of_the_statement(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *old, *new;
	} cases[] = {
		{ "conditional", "open" },
		{ "\"kind\":\"report\"", "\"kind\":\"decision\"" },
		{ "org:91000000000000000X", "org:91000000000000000Y" },
		{ "urn:uuid:00000007", "urn:uuid:00000008" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sample_entry changed = *f->w.report;
		const char *text = str_z(&f->a, changed.receipt), *at = strstr(text, cases[i].old);
		assert_non_null(at);
		changed.receipt = str_printf(&f->a, "%.*s%s%s", (int)(at - text), text,
			cases[i].new, at + strlen(cases[i].old));
		expect_bad(f, bundle_instead(f, 0, &changed), "receipt", STEP_FAILED,
			"part 1: the receipt is not of this statement");
	}
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void bundle_needs_the_keys(void **state)
{
	struct fixture *f = *state;

	expect_bad(f, bundle_without(f, 1), "key", STEP_FAILED,
		"DID document of \"" SAMPLE_LAB
		"\": proof 1: the bundle has no DID document for key \"" SAMPLE_CITY "#key-1\"");
	expect_bad(f, bundle_without(f, 2), "signature", STEP_FAILED,
		"part 1: proof 1: the bundle has no DID document for key \"" SAMPLE_LAB "#key-1\"");
}

static void bundle_takes_a_first_document_from_entry_0_only(void **state)
{
	struct fixture *f = *state;
	struct sample_party thief = sample_party(&f->a, STR(SAMPLE_CITY), "甲市", 66);
	const struct sample_entry *later = sample_publish(&f->w, &f->w.log,
		sample_did_doc(&f->w, &thief, &thief, 1, 0), &thief, SAMPLE_TIME + 50);
	const struct sample_entry *alone[] = { later };

	expect_bad(f, sample_bundle(&f->w, alone, 1), "key", STEP_FAILED,
		"DID document of \"" SAMPLE_CITY
		"\": a node's first DID document is entry 0 of its log, not "
		"6");
	expect_bad(f, bundle_with(f, later), "key", STEP_FAILED, NULL);
}

static void bundle_takes_documents_from_their_own_log_only(void **state)
{
	struct fixture *f = *state;
	const struct sample_entry *alone[1];
	struct str text = f->w.city_doc->text;

	/* The same bytes in the log of the other city. */
	alone[0] = sample_admit(&f->w, &f->w.peer_log, text, SAMPLE_TIME);
	expect_bad(f, sample_bundle(&f->w, alone, 1), "key", STEP_FAILED,
		"DID document of \"" SAMPLE_CITY
		"\": it does not stand in the log of its own host");
}

static void bundle_takes_documents_from_their_node_only(void **state)
{
	struct fixture *f = *state;
	struct json *doc = sample_did_doc(&f->w, &f->w.lab, &f->w.lab, 1, 0);
	const struct sample_entry *own = sample_publish(&f->w, &f->w.log, doc, &f->w.lab,
		SAMPLE_TIME + 5);

	expect_bad(f, bundle_instead(f, 2, own), "key", STEP_FAILED,
		"DID document of \"" SAMPLE_LAB "\": it is not issued by its node");
}

static void bundle_follows_the_versions_of_a_document(void **state)
{
	struct fixture *f = *state;
	struct sample_party next = sample_party(&f->a, STR(SAMPLE_CITY), "甲市", 50);
	struct sample_party thief = sample_party(&f->a, STR(SAMPLE_CITY), "甲市", 66);
	const struct sample_entry *second = sample_publish(&f->w, &f->w.log,
		sample_did_doc(&f->w, &f->w.city, &next, 2, 0), &f->w.city, SAMPLE_TIME + 10);
	const struct sample_entry *third = sample_publish(&f->w, &f->w.log,
		sample_did_doc(&f->w, &f->w.city, &f->w.city, 3, 0), &next, SAMPLE_TIME + 11);
	const struct sample_entry *theft = sample_publish(&f->w, &f->w.log,
		sample_did_doc(&f->w, &f->w.city, &thief, 2, 0), &thief, SAMPLE_TIME + 12);
	struct list l = usual(&f->w);

	l.at[l.count++] = third;
	l.at[l.count++] = second;
	expect_good(f, bundle_of(f, &l));
	/* What came later does not touch the report; but a gap is not taken. */
	expect_good(f, bundle_with(f, second));
	expect_bad(f, bundle_with(f, third), "key", STEP_FAILED,
		"DID document of \"" SAMPLE_CITY "\": version 3 comes where version 2 is needed");
	expect_bad(f, bundle_with(f, theft), "key", STEP_FAILED,
		"DID document of \"" SAMPLE_CITY "\": proof 1: Ed25519 signature does not hold");
	expect_bad(f, bundle_with(f, f->w.lab_doc), "key", STEP_FAILED, NULL); /* twice */
}

static void bundle_key_must_count_when_received(void **state)
{
	struct fixture *f = *state;
	/* Version 2 of the lab's document ends its key before the report of now. */
	const struct sample_entry *ended = sample_publish(&f->w, &f->w.log,
		sample_did_doc(&f->w, &f->w.city, &f->w.lab, 2, SAMPLE_TIME + 20), &f->w.city,
		SAMPLE_TIME + 10);
	struct json *doc =
		sample_doc(&f->a, KIND_REPORT, 98, &f->w.lab, sample_report_subject(&f->w));
	const struct sample_entry *after;

	sample_sign(&f->a, doc, &f->w.lab, false, SAMPLE_TIME + 15);
	after = sample_admit(&f->w, &f->w.log, sample_text(&f->a, doc), SAMPLE_TIME + 20);
	expect_good(f, bundle_with(f, ended)); /* the older report */
	struct list l = usual(&f->w);
	l.at[0] = after;
	expect_good(f, bundle_of(f, &l)); /* nobody can know offline */
	l.at[l.count++] = ended;
	expect_bad(f, bundle_of(f, &l), "signature", STEP_FAILED,
		"part 1: proof 1: key \"" SAMPLE_LAB
		"#key-1\" does not count at 2026-11-24T03:04:25Z: it had "
		"expired or been revoked");
}

static void bundle_statements_stand_in_the_log_of_their_city(void **state)
{
	struct fixture *f = *state;
	const struct sample_entry *abroad = sample_admit(&f->w, &f->w.peer_log, f->w.report->text,
		SAMPLE_TIME + 4);

	expect_bad(f, bundle_instead(f, 0, abroad), "signature", STEP_FAILED,
		"part 1: it does not stand in the log of who issued it");
}

static void bundle_keeps_authority_statements_to_authorities(void **state)
{
	struct fixture *f = *state;
	struct json *doc = sample_doc(&f->a, KIND_ACCREDITATION, 97, &f->w.lab,
		json_copy(&f->a, f->w.accreditation->statement.subject));
	const struct sample_entry *own = sample_publish(&f->w, &f->w.log, doc, &f->w.lab,
		SAMPLE_TIME + 5);

	expect_bad(f, bundle_with(f, own), "signature", STEP_FAILED,
		"part 7: only an authority issues a statement of kind accreditation");
}

/* ---- form and limits ----------------------------------------------------------------------- */

static void refused(struct fixture *f, struct str text, enum err_code code, const char *message)
{
	struct bundle_found found = { .index = 7 };
	struct err e = { 0 };

	assert_int_equal(bundle_verify(&f->a, text, f->w.policy, NOW, &found, &e), code);
	if (message)
		assert_string_equal(e.message, message);
	assert_int_equal(found.index, 7); /* output untouched on failure */
}

static void bundle_refuses_what_is_no_bundle(void **state)
{
	struct fixture *f = *state;
	struct json *v = sample_json(&f->a, str_z(&f->a, sample_report_bundle(&f->w)));
	struct json *copy = json_copy(&f->a, v);

	refused(f, STR(""), ERR_INVALID, NULL);
	refused(f, STR("[]"), ERR_INVALID, "member \"type\" is missing");
	refused(f, f->w.report->text, ERR_INVALID, "member \"type\" is not a string");
	refused(f, STR("{\"type\":\"HurenBundle\",\"version\":2}"), ERR_UNSUPPORTED,
		"bundle of version 2 cannot be read here");
	refused(f, STR("{\"checkpoints\":[],\"parts\":[],\"type\":\"HurenBundle\",\"version\":1}"),
		ERR_INVALID, "\"checkpoints\" does not list 1 to 64 notes");
	refused(f, STR("{\"checkpoints\":[1],\"parts\":[],\"type\":\"HurenBundle\",\"version\":1}"),
		ERR_INVALID, "checkpoint 1 is not a string");
	refused(f,
		STR("{\"checkpoints\":[\"\"],\"parts\":[],\"type\":\"HurenBundle\",\"version\":1}"),
		ERR_INVALID, "\"parts\" is empty");
	refused(f,
		STR("{\"checkpoints\":[\"\"],\"parts\":[1],"
		    "\"type\":\"HurenBundle\",\"version\":1}"),
		ERR_INVALID, "part 1: member \"statement\" is missing");
	refused(f, sample_text(&f->a, json_set_text(&f->a, copy, "x", "y")), ERR_INVALID,
		"bundle has a member that is not known");
	refused(f, with_part_member(f, 2, "x", json_new_null(&f->a)), ERR_INVALID,
		"part 3: it has a member that is not known");
	refused(f, with_part_member(f, 2, "checkpoint", json_new_number(&f->a, 1)), ERR_INVALID,
		"part 3: checkpoint 1 is not in the bundle");
	refused(f, with_part_member(f, 2, "index", json_new_number(&f->a, -1)), ERR_INVALID, NULL);
	refused(f, with_part_member(f, 2, "path", sample_json(&f->a, "[\"AAAA\"]")), ERR_INVALID,
		NULL);
	refused(f, with_part_member(f, 2, "path", sample_json(&f->a, "[7]")), ERR_INVALID, NULL);
	refused(f, with_part_member(f, 2, "receipt", sample_json(&f->a, "{}")), ERR_INVALID,
		"part 3: receipt: receipt is not in its form at byte 0");
	refused(f, with_part_member(f, 2, "statement", sample_json(&f->a, "{}")), ERR_INVALID,
		"part 3: statement: member \"type\" is missing");
	copy = json_copy(&f->a, v);
	json_set(&f->a, copy, "checkpoints", json_push(&f->a,
		json_copy(&f->a, json_get(copy, "checkpoints")), json_new_text(&f->a, "")));
	refused(f, sample_text(&f->a, copy), ERR_INVALID, "no part is proven by checkpoint 2");
}

static void limit_bundle_bytes(void **state)
{
	struct fixture *f = *state;
	struct str text = sample_report_bundle(&f->w);
	char *bytes = arena_alloc(&f->a, LIMIT_BUNDLE_BYTES + 1);

	memset(bytes, ' ', LIMIT_BUNDLE_BYTES + 1);
	memcpy(bytes, text.at, text.len);
	expect_good(f, (struct str){ bytes, LIMIT_BUNDLE_BYTES });
	refused(f, (struct str){ bytes, LIMIT_BUNDLE_BYTES + 1 }, ERR_TOO_LARGE,
		"bundle of 1048577 bytes is over 1048576");
}

static void limit_bundle_statements(void **state)
{
	struct fixture *f = *state;
	struct json *v = sample_json(&f->a, str_z(&f->a, sample_report_bundle(&f->w)));
	const struct json *parts = json_get(v, "parts");
	struct json *many = json_new_array(&f->a), *copy = json_copy(&f->a, v);
	struct bundle_part *list =
		ARENA_ARRAY(&f->a, struct bundle_part, LIMIT_BUNDLE_STATEMENTS + 1);
	struct str note = STR("note");
	struct err e = { 0 };
	SCOPED_BUF b = { 0 };

	for (int i = 0; i < LIMIT_BUNDLE_STATEMENTS; i++)
		json_push(&f->a, many, json_copy(&f->a, json_at(parts, i == 0 ? 0 : 3)));
	json_set(&f->a, copy, "parts", many);
	assert_false(verify(f, sample_text(&f->a, copy)).good); /* read; the keys are missing */
	json_push(&f->a, many, json_copy(&f->a, json_at(parts, 3)));
	refused(f, sample_text(&f->a, copy), ERR_TOO_LARGE, "bundle of 65 statements is over 64");
	buf_init(&b, LIMIT_BUNDLE_BYTES);
	assert_int_equal(bundle_put(&b, list, LIMIT_BUNDLE_STATEMENTS + 1, &note, 1, &e),
		ERR_TOO_LARGE);
	assert_string_equal(e.message, "bundle of 65 statements is over 64");
}

static void bundle_path_is_limited(void **state)
{
	struct fixture *f = *state;
	struct json *path = json_new_array(&f->a);

	for (int i = 0; i < LIMIT_PROOF_HASHES; i++)
		json_push(&f->a, path, json_new_text(&f->a,
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	expect_bad(f, with_part_member(f, 0, "path", path), "inclusion", STEP_FAILED, NULL);
	json_push(&f->a, path, json_new_text(&f->a, ""));
	refused(f, with_part_member(f, 0, "path", path), ERR_TOO_LARGE,
		"part 1: path of 64 hashes is over 63");
}

static void bundle_verify_fails_cleanly_at_every_cap(void **state)
{
	struct fixture *f = *state;
	struct str text = sample_report_bundle(&f->w);
	bool done = false;

	for (size_t cap = 0; !done; cap += 1024) {
		SCOPED_ARENA a = { 0 };
		struct bundle_found found;
		arena_init(&a, cap);
		if (bundle_verify(&a, text, f->w.policy, NOW, &found, NULL) != ERR_OK)
			continue;
		done = found.good;
		assert_true(cap < ARENA_CAP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPORT(bundle_of_a_report_holds),
		cmocka_unit_test(bundle_holds_with_both_suites),
		WITH_REPORT(bundle_text_is_canonical_and_read_in_any_spelling),
		WITH_REPORT(bundle_of_every_open_kind_holds),
		WITH_REPORT(bundle_with_any_changed_byte_is_not_good),
		WITH_REPORT(bundle_tells_which_step_failed),
		WITH_REPORT(bundle_needs_a_log_of_the_policy),
		WITH_REPORT(bundle_needs_the_quorum_of_the_policy),
		WITH_REPORT(bundle_times_must_be_possible),
		WITH_REPORT(bundle_receipt_must_be_of_the_statement),
		WITH_REPORT(bundle_needs_the_keys),
		WITH_REPORT(bundle_takes_a_first_document_from_entry_0_only),
		WITH_REPORT(bundle_takes_documents_from_their_own_log_only),
		WITH_REPORT(bundle_takes_documents_from_their_node_only),
		WITH_REPORT(bundle_follows_the_versions_of_a_document),
		WITH_REPORT(bundle_key_must_count_when_received),
		WITH_REPORT(bundle_statements_stand_in_the_log_of_their_city),
		WITH_REPORT(bundle_keeps_authority_statements_to_authorities),
		WITH_REPORT(bundle_refuses_what_is_no_bundle),
		WITH_REPORT(limit_bundle_bytes),
		WITH_REPORT(limit_bundle_statements),
		WITH_REPORT(bundle_path_is_limited),
		WITH_REPORT(bundle_verify_fails_cleanly_at_every_cap),
	};

	key_library_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
