/* test_note.c - signed notes, their keys and their lines. */
#include "tlog/note.h"

#include "tlog_fixture.h"

#define DASH "\xe2\x80\x94 "

static int init(void **state)
{
	(void)state;
	key_library_init();
	return 0;
}

static void note_signatures_are_those_of_the_vectors(void **state)
{
	SCOPED_ARENA a = { 0 };
	const struct json *list;
	unsigned good = 0;

	(void)state;
	arena_init(&a, ARENA_CAP);
	list = vector_json(&a, "signed-note.json");
	assert_int_equal(json_count(list), 4);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		struct note_key k = note_key_of_vkey(&a, json_get_str(one, "vkey"));
		bool found = false, valid = json_true(json_get(one, "valid"));
		struct note n;
		struct err e = { 0 };
		must(note_parse(&a, json_get_str(one, "note"), &n, &e), &e);
		assert_int_equal(note_verify(&n, &k, &found, &e), valid ? ERR_OK : ERR_DENIED);
		assert_int_equal(found, valid);
		assert_true(str_eq(note_vkey_text(&a, &k), json_get_str(one, "vkey")));
		good += valid;
	}
	assert_int_equal(good, 3);
}

/* Ed25519 is deterministic: from the seed the vector's note comes out byte for byte. */
static void note_sign_writes_the_vector(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str want, seed, skey;
	struct note_key k;
	struct key secret;
	struct note n;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	const struct json *one = json_at(vector_json(&a, "signed-note.json"), 1);
	want = json_get_str(one, "note");
	skey = json_get_str(one, "skey"); /* PRIVATE+KEY+<name>+<id>+<base64(type || seed)> */
	for (int i = 0; i < 4; i++)
		(void)str_cut(&skey, '+');
	must(base64_decode(&a, skey, &seed, &e), &e);
	must(key_from_secret(KEY_ED25519, (const uint8_t *)seed.at + 1, &secret, &e), &e);
	k = note_key_of("PeterNeumann", NOTE_ED25519, &secret);
	must(note_parse(&a, want, &n, &e), &e);
	buf_init(&b, 4096);
	buf_put_str(&b, n.text);
	buf_put_char(&b, '\n');
	must(note_sign(&b, n.text, &k, &secret, &e), &e);
	assert_true(str_eq(buf_str(&b), want));
}

static void note_sm2_line_signs_and_verifies(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_SM2, 7);
	struct note_key k = note_key_of("a.example/log", NOTE_OWN, &secret), again;
	struct str vkey;
	struct note n;
	bool found = false;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	vkey = note_vkey_text(&a, &k);
	again = note_key_of_vkey(&a, vkey);
	assert_memory_equal(again.id, k.id, sizeof(k.id));
	assert_true(key_public_eq(&again.pub, &k.pub));
	assert_int_equal(again.sig_type, NOTE_OWN);
	buf_init(&b, 4096);
	buf_put_text(&b, "text\n\n");
	must(note_sign(&b, STR("text\n"), &k, &secret, &e), &e);
	must(note_parse(&a, buf_str(&b), &n, &e), &e);
	must(note_verify(&n, &again, &found, &e), &e);
	assert_true(found);
	n.text = STR("Text\n");
	assert_int_equal(note_verify(&n, &again, &found, NULL), ERR_DENIED);
}

/* The vector's key was computed elsewhere and its line checked by another program. */
static void note_sm2_line_is_that_of_the_vector(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct key secret = key_of_seed(KEY_SM2, 7);
	const struct json *one;
	struct note_key k, ed25519;
	struct note n;
	bool found = false;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	one = json_at(vector_json(&a, "sm2-note.json"), 0);
	k = note_key_of("a.example/log", NOTE_OWN, &secret);
	assert_true(str_eq(note_vkey_text(&a, &k), json_get_str(one, "vkey")));
	ed25519 = note_key_of_vkey(&a, json_get_str(one, "ed25519_vkey"));
	must(note_parse(&a, json_get_str(one, "note"), &n, &e), &e);
	assert_int_equal(n.line_count, 2);
	must(note_verify(&n, &k, &found, &e), &e);
	assert_true(found);
	found = false;
	must(note_verify(&n, &ed25519, &found, &e), &e);
	assert_true(found);
}

/* The key id by hand, from the words of doc/formats/tlog.md. */
static void note_key_id_is_the_start_of_a_hash(void **state)
{
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_SM2, 7);
	struct note_key k = note_key_of("n", NOTE_OWN, &secret);
	struct digest d;

	(void)state;
	buf_init(&b, 4096);
	buf_put_text(&b, "n\n\xffhuren/sm2-sm3/v1\n");
	buf_put(&b, secret.pub.at, 65);
	d = digest_sha256(buf_str(&b));
	assert_memory_equal(k.id, d.at, 4);
}

static void note_key_make_refuses_wrong_pairs(void **state)
{
	struct key ed25519 = key_of_seed(KEY_ED25519, 1), sm2 = key_of_seed(KEY_SM2, 1);
	struct note_key k;
	char name[LIMIT_ID_BYTES + 1];

	(void)state;
	assert_int_equal(note_key_make(STR("n"), NOTE_OWN, &ed25519.pub, &k, NULL), ERR_INVALID);
	assert_int_equal(note_key_make(STR("n"), NOTE_ED25519, &sm2.pub, &k, NULL), ERR_INVALID);
	assert_int_equal(note_key_make(STR("n"), NOTE_COSIGNATURE, &sm2.pub, &k, NULL),
		ERR_INVALID);
	assert_int_equal(note_key_make(STR("n"), (enum note_sig_type)2, &ed25519.pub, &k, NULL),
		ERR_INVALID);
	assert_int_equal(note_key_make(STR("n n"), NOTE_ED25519, &ed25519.pub, &k, NULL),
		ERR_INVALID);
	memset(name, 'n', sizeof(name));
	assert_int_equal(note_key_make((struct str){ name, sizeof(name) - 1 }, NOTE_ED25519,
		&ed25519.pub, &k, NULL), ERR_OK);
	assert_int_equal(note_key_make((struct str){ name, sizeof(name) }, NOTE_ED25519,
		&ed25519.pub, &k, NULL), ERR_TOO_LARGE);
}

static void note_names_have_no_space_and_no_plus(void **state)
{
	static const char *const wrong[] = {
		"", " ", "a b", "a+b", "a\tb", "a\nb", "a\x01", "a\xc2\x85", "a\xc2\xa0",
		"\xe1\x9a\x80",
		"a\xe2\x80\x80", "a\xe2\x80\x8a", "a\xe2\x80\xa8", "a\xe2\x80\xa9", "a\xe2\x80\xaf",
		"a\xe2\x81\x9f", "a\xe3\x80\x80", "a\xff", "a\xe2\x80",
	};
	static const char *const right[] = {
		"a", "a.example/log", "\xe6\xb0\xb8\xe5\xb7\x9d", "a\xe2\x80\x8b", "a\xe2\x80\x94",
		"a\xc2\xa1", "a=b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (note_name_is_valid(str_of(wrong[i])))
			fail_msg("took name %zu", i);
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		if (!note_name_is_valid(str_of(right[i])))
			fail_msg("refused name %zu", i);
	}
}

static void note_vkey_parse_refuses_what_is_no_key(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
	} wrong[] = {
		{ "", ERR_INVALID },
		{ "example.com/foo", ERR_INVALID },
		{ "example.com/foo+530d903a", ERR_INVALID },
		{ "example.com/foo+530d903a+", ERR_INVALID },
		{ "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
			ERR_INVALID },
		{ "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
			ERR_INVALID },
		{ "example.com/fo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
			ERR_INVALID },
		{ "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", ERR_INVALID },
		{ "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
			ERR_INVALID },
		{ "example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
			ERR_UNSUPPORTED },
		{ "example.com/foo+530d903a+/+kyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
			ERR_UNSUPPORTED },
	};
	SCOPED_ARENA a = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct note_key k;
		if (note_vkey_parse(&a, str_of(wrong[i].text), &k, NULL) != wrong[i].code)
			fail_msg("\"%s\"", wrong[i].text);
	}
}

static void note_parse_splits_at_the_last_empty_line(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct note n;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	must(note_parse(&a, STR("one\n\ntwo\n\n" DASH "a AAAAAQI=\n" DASH "b AAAAAgM=\n"), &n, &e),
		&e);
	assert_true(str_is(n.text, "one\n\ntwo\n"));
	assert_int_equal(n.line_count, 2);
	assert_true(str_is(n.lines[0].name, "a"));
	assert_true(str_is(n.lines[1].text, DASH "b AAAAAgM="));
	assert_int_equal(n.lines[1].id[3], 2);
	assert_int_equal(n.lines[1].signature.len, 1);
	must(note_parse(&a, STR("\n\n" DASH "a AAAAAQI=\n"), &n, &e), &e);
	assert_true(str_is(n.text, "\n"));
}

/* The witness vectors hold such a line and want it refused as a signature, not as a note. */
static void note_passes_by_a_signature_with_spare_bits(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct note n;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	must(note_parse(&a, STR("text\n\n" DASH "a AAAAAQJ=\n"), &n, &e), &e);
	assert_int_equal(n.lines[0].signature.len, 1);
	assert_int_equal(n.lines[0].signature.at[0], 2);
	assert_true(n.lines[0].loose);
	assert_int_equal(note_line_check(&n.lines[0], 1, NULL), ERR_DENIED);
	assert_true(str_is(n.lines[0].text, DASH "a AAAAAQJ="));
}

static void note_parse_refuses_what_is_no_note(void **state)
{
	static const struct {
		const char *at;
		size_t len;
	} wrong[] = {
#define TEXT(s) { s, sizeof(s) - 1 }
		TEXT(""), TEXT("\n"), TEXT("\n\n"), TEXT("text\n"), TEXT("text\n\n"),
		TEXT("text\n" DASH "a AAAAAQI=\n"), TEXT("\n" DASH "a AAAAAQI=\n"),
		TEXT("text\n\n" DASH "a AAAAAQI="), TEXT("text\n\n" DASH "a AAAAAQI=\n\n"),
		TEXT("text\n\n" DASH "a AAAAAQI=\nmore\n"), TEXT("text\n\n- a AAAAAQI=\n"),
		TEXT("text\n\n" DASH " AAAAAQI=\n"), TEXT("text\n\n" DASH "a\n"),
		TEXT("text\n\n" DASH "a \n"), TEXT("text\n\n" DASH "a AAAAAQ==\n"), /* id only */
		TEXT("text\n\n" DASH "a  AAAAAQI=\n"), TEXT("text\n\n" DASH "a AAAAAQI= \n"),
		TEXT("text\n\n" DASH "a+b AAAAAQI=\n"), TEXT("text\n\n" DASH "a AAAAAQI\n"),
		TEXT("text\n\n" DASH "a AAAAAQI\n"), TEXT("te\txt\n\n" DASH "a AAAAAQI=\n"),
		TEXT("text\r\n\n" DASH "a AAAAAQI=\n"), TEXT("te\0xt\n\n" DASH "a AAAAAQI=\n"),
		TEXT("te\xffxt\n\n" DASH "a AAAAAQI=\n"),
#undef TEXT
	};
	SCOPED_ARENA a = { 0 };
	struct note n = { .line_count = 9 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct str bytes = { wrong[i].at, wrong[i].len };
		if (note_parse(&a, bytes, &n, NULL) != ERR_INVALID)
			fail_msg("took note %zu", i);
	}
	assert_int_equal(n.line_count, 9); /* output untouched on failure */
}

static void limit_note_lines(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct note n;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_put_text(&b, "text\n\n");
	for (int i = 0; i < LIMIT_NOTE_LINES; i++)
		buf_put_text(&b, DASH "a AAAAAQI=\n");
	assert_int_equal(note_parse(&a, buf_str(&b), &n, NULL), ERR_OK);
	assert_int_equal(n.line_count, LIMIT_NOTE_LINES);
	buf_put_text(&b, DASH "a AAAAAQI=\n");
	assert_int_equal(note_parse(&a, buf_str(&b), &n, NULL), ERR_TOO_LARGE);
}

static void limit_note_bytes(void **state)
{
	static const char end[] = "\n\n" DASH "a AAAAAQI=\n";
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct note n;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, LIMIT_NOTE_BYTES + 1);
	for (size_t i = 0; i < LIMIT_NOTE_BYTES + 1 - strlen(end); i++)
		buf_put_char(&b, 'x');
	buf_put_text(&b, end);
	assert_false(b.overflow);
	assert_int_equal(note_parse(&a, buf_str(&b), &n, NULL), ERR_TOO_LARGE);
	assert_int_equal(note_parse(&a, str_skip(buf_str(&b), 1), &n, NULL), ERR_OK);
}

static void note_takes_sixteen_lines_of_post_quantum_size(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	uint8_t signature[4 + 8 + 2420] = { 0 }; /* ML-DSA-44, type 0x06 */
	struct note n;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_put_text(&b, "text\n\n");
	for (int i = 0; i < 16; i++) {
		buf_put_text(&b, DASH "witness.example/w ");
		base64_put(&b, signature, sizeof(signature));
		buf_put_char(&b, '\n');
	}
	assert_int_equal(note_parse(&a, buf_str(&b), &n, NULL), ERR_OK);
	assert_int_equal(n.line_count, 16);
}

/* The same name with another id, or the same id with another name, is another's line. */
static void note_verify_ignores_lines_of_other_keys(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1), other = key_of_seed(KEY_ED25519, 2);
	struct note_key k = note_key_of("a", NOTE_ED25519, &secret);
	struct note_key same_name = note_key_of("a", NOTE_ED25519, &other), same_id = k;
	struct note n;
	bool found = true;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	same_id.name = STR("b");
	buf_init(&b, 4096);
	buf_put_text(&b, "text\n\n");
	must(note_sign(&b, STR("other text\n"), &same_name, &other, &e), &e);
	must(note_sign(&b, STR("other text\n"), &same_id, &secret, &e), &e);
	must(note_parse(&a, buf_str(&b), &n, &e), &e);
	must(note_verify(&n, &k, &found, &e), &e);
	assert_false(found);
	/* A known key's line that fails spoils the note, whatever stands beside it. */
	must(note_sign(&b, STR("text\n"), &k, &secret, &e), &e);
	must(note_parse(&a, buf_str(&b), &n, &e), &e);
	must(note_verify(&n, &k, &found, &e), &e);
	assert_true(found);
	must(note_sign(&b, STR("other text\n"), &k, &secret, &e), &e);
	must(note_parse(&a, buf_str(&b), &n, &e), &e);
	assert_int_equal(note_verify(&n, &k, &found, NULL), ERR_DENIED);
}

static void note_verify_refuses_a_signature_of_another_length(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1);
	struct note_key k = note_key_of("a", NOTE_ED25519, &secret);
	struct note n;
	bool found = true;

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	buf_put_text(&b, "text\n\n");
	note_put_line(&b, &k, STR("short"));
	assert_int_equal(note_parse(&a, buf_str(&b), &n, NULL), ERR_OK);
	assert_int_equal(note_verify(&n, &k, &found, NULL), ERR_DENIED);
}

static void note_verify_refuses_the_key_of_a_witness(void **state)
{
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1);
	struct note_key k = note_key_of("a", NOTE_COSIGNATURE, &secret);
	struct note n = { .text = STR("text\n") };
	bool found = true;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(note_verify(&n, &k, &found, NULL), ERR_INVALID);
	assert_int_equal(note_sign(&b, n.text, &k, &secret, NULL), ERR_INVALID);
	assert_int_equal(b.len, 0);
}

static void note_refuses_every_flipped_bit(void **state)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1);
	struct note_key k = note_key_of("a.example/log", NOTE_ED25519, &secret);
	struct note n;
	bool found = false;
	struct err e = { 0 };

	(void)state;
	arena_init(&a, ARENA_CAP);
	buf_init(&b, 4096);
	buf_put_text(&b, "a.example/log\n7\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n");
	must(note_sign(&b, (struct str){ b.at, b.len - 1 }, &k, &secret, &e), &e);
	for (size_t i = 0; i < b.len * 8; i++) {
		enum err_code code;
		b.at[i / 8] ^= (char)(1 << i % 8);
		arena_reset(&a);
		found = false;
		code = note_parse(&a, buf_str(&b), &n, NULL);
		if (code == ERR_OK)
			code = note_verify(&n, &k, &found, NULL);
		if (code == ERR_OK && found)
			fail_msg("bit %zu made no difference", i);
		b.at[i / 8] ^= (char)(1 << i % 8);
	}
	must(note_parse(&a, buf_str(&b), &n, &e), &e);
	must(note_verify(&n, &k, &found, &e), &e);
	assert_true(found);
}

static void note_answers_a_full_arena_with_an_error(void **state)
{
	SCOPED_ARENA a = { 0 };
	struct key secret = key_of_seed(KEY_ED25519, 1);
	struct note_key k = note_key_of("a", NOTE_ED25519, &secret);
	struct note n;

	(void)state;
	arena_init(&a, 0);
	assert_int_equal(note_parse(&a, STR("text\n\n" DASH "a AAAAAQI=\n"), &n, NULL),
		ERR_TOO_LARGE);
	assert_null(note_vkey_text(&a, &k).at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(note_signatures_are_those_of_the_vectors),
		cmocka_unit_test(note_sign_writes_the_vector),
		cmocka_unit_test(note_sm2_line_signs_and_verifies),
		cmocka_unit_test(note_sm2_line_is_that_of_the_vector),
		cmocka_unit_test(note_key_id_is_the_start_of_a_hash),
		cmocka_unit_test(note_key_make_refuses_wrong_pairs),
		cmocka_unit_test(note_names_have_no_space_and_no_plus),
		cmocka_unit_test(note_vkey_parse_refuses_what_is_no_key),
		cmocka_unit_test(note_parse_splits_at_the_last_empty_line),
		cmocka_unit_test(note_passes_by_a_signature_with_spare_bits),
		cmocka_unit_test(note_parse_refuses_what_is_no_note),
		cmocka_unit_test(limit_note_lines),
		cmocka_unit_test(limit_note_bytes),
		cmocka_unit_test(note_takes_sixteen_lines_of_post_quantum_size),
		cmocka_unit_test(note_verify_ignores_lines_of_other_keys),
		cmocka_unit_test(note_verify_refuses_a_signature_of_another_length),
		cmocka_unit_test(note_verify_refuses_the_key_of_a_witness),
		cmocka_unit_test(note_refuses_every_flipped_bit),
		cmocka_unit_test(note_answers_a_full_arena_with_an_error),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
