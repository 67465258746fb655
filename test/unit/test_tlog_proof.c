/* test_tlog_proof.c - offline proofs. */
#include "tlog/tlog_proof.h"

#include "tlog_fixture.h"

#define ROOT "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HEAD "c2sp.org/tlog-proof@v1\n"

static int init(void **state)
{
	(void)state;
	key_library_init();
	return 0;
}

static struct policy *policy_of(struct arena *a, const struct json *one)
{
	struct policy *p = NULL;
	struct err e = { 0 };
	struct str log = json_get_str(one, "log_vkey"), witness = json_get_str(one, "witness_vkey");

	must(policy_parse(a, str_printf(a, "log " STR_FMT "\nwitness w " STR_FMT "\nquorum w\n",
		STR_ARG(log), STR_ARG(witness)), &p, &e), &e);
	return p;
}

static void tlog_proof_vectors_verify_and_come_back(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *list;

	(void)state;
	arena_init(&a, ARENA_CAP);
	list = vector_json(&a, "tlog-proof.json");
	assert_int_equal(json_count(list), 3);
	for (size_t i = 0; i < json_count(list); i++) {
		SCOPED_BUF b = { 0 };
		const struct json *one = json_at(list, i);
		struct str text = json_get_str(one, "proof");
		struct str entry = bytes_of_hex(&a, json_get_str(one, "entry_hex"));
		struct tlog_proof_found found = { .size = 0 };
		struct tlog_proof p;
		struct err e = { 0 };
		must(tlog_proof_parse(&a, text, &p, &e), &e);
		must(tlog_proof_verify(&a, &p, entry, policy_of(&a, one), &found, &e), &e);
		assert_int_equal(found.index, json_number_or(json_get(one, "index"), -1));
		assert_int_equal(found.size, 15);
		assert_true(str_is(found.origin, "a.example/log"));
		assert_true(found.quorum_met);
		assert_int_equal(found.witnesses, 1);
		assert_int_equal(found.cosigned_at, 1700000000);
		buf_init(&b, LIMIT_NOTE_BYTES);
		must(tlog_proof_put(&b, &p, &e), &e);
		assert_true(str_eq(buf_str(&b), text));
	}
}

static void tlog_proof_refuses_another_entry_or_place(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *one;
	struct tlog_proof_found found = { .size = 77 };
	struct policy *policy;
	struct tlog_proof p;
	struct str entry;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	one = json_at(vector_json(&a, "tlog-proof.json"), 1);
	policy = policy_of(&a, one);
	entry = bytes_of_hex(&a, json_get_str(one, "entry_hex"));
	must(tlog_proof_parse(&a, json_get_str(one, "proof"), &p, &e), &e);
	assert_int_equal(tlog_proof_verify(&a, &p, STR("other"), policy, &found, NULL),
		ERR_UNPROVEN);
	p.index ^= 1;
	assert_int_equal(tlog_proof_verify(&a, &p, entry, policy, &found, NULL), ERR_UNPROVEN);
	p.index = UINT64_MAX;
	assert_int_equal(tlog_proof_verify(&a, &p, entry, policy, &found, NULL), ERR_UNPROVEN);
	assert_int_equal(found.size, 77); /* output untouched on failure */
}

static void tlog_proof_tells_a_missing_quorum_and_refuses_another_log(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct key other = key_of_seed(KEY_ED25519, 77);
	struct note_key other_log = note_key_of("a.example/log", NOTE_ED25519, &other);
	struct note_key other_witness = note_key_of("b.example/witness", NOTE_COSIGNATURE, &other);
	const struct json *one;
	struct tlog_proof_found found = { .quorum_met = true };
	struct policy *policy;
	struct tlog_proof p;
	struct str entry;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	one = json_at(vector_json(&a, "tlog-proof.json"), 0);
	entry = bytes_of_hex(&a, json_get_str(one, "entry_hex"));
	must(tlog_proof_parse(&a, json_get_str(one, "proof"), &p, &e), &e);
	must(policy_parse(&a, str_printf(&a, "log %s\nwitness w %s\nquorum w\n",
		str_z(&a, json_get_str(one, "log_vkey")), note_vkey_text(&a, &other_witness).at),
		&policy, &e), &e);
	must(tlog_proof_verify(&a, &p, entry, policy, &found, &e), &e);
	assert_false(found.quorum_met);
	assert_int_equal(found.witnesses, 0);
	assert_int_equal(found.cosigned_at, 0);
	must(policy_parse(&a, str_printf(&a, "log %s\nquorum none\n",
		note_vkey_text(&a, &other_log).at), &policy, &e), &e);
	assert_int_equal(tlog_proof_verify(&a, &p, entry, policy, &found, NULL), ERR_DENIED);
}

static void tlog_proof_refuses_every_flipped_bit(void **state)
{
	SCOPED_ARENA a = { 0 }, each = { 0 };
	const struct json *one;
	struct policy *policy;
	struct str text, entry;
	char *bytes;

	(void)state;
	arena_init(&a, ARENA_CAP);
	arena_init(&each, ARENA_CAP);
	one = json_at(vector_json(&a, "tlog-proof.json"), 2);
	policy = policy_of(&a, one);
	entry = bytes_of_hex(&a, json_get_str(one, "entry_hex"));
	text = json_get_str(one, "proof");
	bytes = str_z(&a, text);
	for (size_t i = 0; i < text.len * 8; i++) {
		struct tlog_proof_found found;
		struct tlog_proof p;
		bytes[i / 8] ^= (char)(1 << i % 8);
		arena_reset(&each);
		/* A flip in the name or id of the witness makes it unknown: the quorum is gone. */
		if (tlog_proof_parse(&each, (struct str){ bytes, text.len }, &p, NULL) == ERR_OK &&
			tlog_proof_verify(&each, &p, entry, policy, &found, NULL) == ERR_OK &&
			found.quorum_met)
			fail_msg("bit %zu made no difference", i);
		bytes[i / 8] ^= (char)(1 << i % 8);
	}
}

static void tlog_proof_keeps_extra_data(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct tlog_proof p = { .extra = { "\0\xff", 2 }, .index = 7, .path = { .count = 1 },
		.checkpoint = STR("rest") }, back;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	p.path.hashes[0].at[0] = 42;
	assert_int_equal(tlog_proof_put(&b, &p, NULL), ERR_OK);
	assert_true(str_is(buf_str(&b), HEAD "extra AP8=\nindex 7\n" ROOT "\n\nrest"));
	assert_int_equal(tlog_proof_parse(&a, buf_str(&b), &back, NULL), ERR_OK);
	assert_true(str_eq(back.extra, p.extra));
	assert_true(str_is(back.checkpoint, "rest"));
}

static void tlog_proof_parse_refuses_other_texts(void **state)
{
	static const char *const wrong[] = {
		"", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2\nindex 0\n\n", HEAD,
		HEAD "\n",
		HEAD "index\n\n", HEAD "index \n\n", HEAD "index 00\n\n", HEAD "index -1\n\n",
		HEAD "index 0\n", HEAD "index 0", HEAD "index 0\nx\n\n", HEAD "index 0\n" ROOT "\n",
		HEAD "index 0\n" ROOT ROOT "\n\n", HEAD "index 18446744073709551616\n\n",
		HEAD "extra \nindex 0\n\n", HEAD "extra AP8\nindex 0\n\n",
		HEAD "extra\nindex 0\n\n",
		HEAD "extra AP8=\nextra AP8=\nindex 0\n\n", HEAD "extra AP8=\n\n", "index 0\n\n",
		HEAD "index 0\nextra AP8=\n\n",
	};
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct tlog_proof p = { .index = 77 };
		if (tlog_proof_parse(&a, str_of(wrong[i]), &p, NULL) != ERR_INVALID)
			fail_msg("took \"%s\"", wrong[i]);
		assert_int_equal(p.index, 77); /* output untouched on failure */
	}
}

/* A proof made over tiles, with everything of our own, end to end. */
static void tlog_proof_made_over_tiles_verifies(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 }, file = { 0 };
	struct key log_secret = key_of_seed(KEY_ED25519, 1), sm2_secret = key_of_seed(KEY_SM2, 2);
	struct note_key log_key = note_key_of("a.example/tlog", NOTE_ED25519, &log_secret);
	struct note_key sm2_key = note_key_of("a.example/tlog", NOTE_OWN, &sm2_secret);
	struct tree t;
	struct tile_source source = { .read = tree_tile, .context = &t, .size = 1000 };
	struct merkle_reader r = tile_merkle_reader(&source);
	struct checkpoint c = { .origin = STR("a.example/tlog"), .size = 1000 };
	struct tlog_proof p = { .index = 777 }, back;
	struct tlog_proof_found found;
	struct policy *policy = NULL;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	t = tree_new(&a, 1000);
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_init(&file, LIMIT_NOTE_BYTES);
	must(merkle_root(&r, c.size, &c.root, &e), &e);
	must(checkpoint_sign(&b, &c, &log_key, &log_secret, &sm2_key, &sm2_secret, &e), &e);
	must(merkle_prove_inclusion(&r, p.index, c.size, &p.path, &e), &e);
	p.checkpoint = buf_str(&b);
	must(tlog_proof_put(&file, &p, &e), &e);
	must(tlog_proof_parse(&a, buf_str(&file), &back, &e), &e);
	must(policy_parse(&a, str_printf(&a, "log %s\nlog %s\nquorum none\n",
		note_vkey_text(&a, &log_key).at, note_vkey_text(&a, &sm2_key).at), &policy, &e),
		&e);
	must(tlog_proof_verify(&a, &back, STR("777"), policy, &found, &e), &e);
	assert_int_equal(found.size, 1000);
	assert_true(found.quorum_met);
}

/* Whatever allocation fails, the answer is a clean one, and at some cap all goes well. */
static void tlog_proof_answers_a_full_arena_with_an_error(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *one;
	enum err_code code = ERR_TOO_LARGE;
	struct str text, entry, log, witness;
	char *policy_text;

	(void)state;
	arena_init(&a, ARENA_CAP);
	one = json_at(vector_json(&a, "tlog-proof.json"), 0);
	text = json_get_str(one, "proof");
	entry = bytes_of_hex(&a, json_get_str(one, "entry_hex"));
	log = json_get_str(one, "log_vkey");
	witness = json_get_str(one, "witness_vkey");
	policy_text = arena_printf(&a, "log " STR_FMT "\nwitness w " STR_FMT "\nquorum w\n",
		STR_ARG(log), STR_ARG(witness));
	for (size_t cap = 0; code != ERR_OK; cap += 64) {
		SCOPED_ARENA small = { 0 };
		struct policy *policy = NULL;
		struct tlog_proof_found found;
		struct tlog_proof p;
		arena_init(&small, cap);
		code = policy_parse(&small, str_of(policy_text), &policy, NULL);
		if (code == ERR_OK)
			code = tlog_proof_parse(&small, text, &p, NULL);
		if (code == ERR_OK)
			code = tlog_proof_verify(&small, &p, entry, policy, &found, NULL);
		assert_true(code == ERR_OK || code == ERR_TOO_LARGE);
		assert_in_range(cap, 0, 65536);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tlog_proof_vectors_verify_and_come_back),
		cmocka_unit_test(tlog_proof_refuses_another_entry_or_place),
		cmocka_unit_test(tlog_proof_tells_a_missing_quorum_and_refuses_another_log),
		cmocka_unit_test(tlog_proof_refuses_every_flipped_bit),
		cmocka_unit_test(tlog_proof_keeps_extra_data),
		cmocka_unit_test(tlog_proof_parse_refuses_other_texts),
		cmocka_unit_test(tlog_proof_made_over_tiles_verifies),
		cmocka_unit_test(tlog_proof_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
