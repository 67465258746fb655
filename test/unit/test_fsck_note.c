/* test_fsck_note.c - the checker's own reading of notes against those of other programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/scoped.h"
#include "fsck/fsck_note.h"

static struct arena arena;

static int open_arena(void **state)
{
	(void)state;
	key_library_init();
	arena_init(&arena, 4194304);
	return 0;
}

static int close_arena(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

/* The real checkpoint of an unrelated log, with the key it is published with. */
static struct str tessera(const char *name)
{
	char path[512], *copy;
	static char text[4096];
	FILE *file;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/tlog/tessera-log/%s", getenv("HUREN_VECTORS"), name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file); /* it was only read */
	copy = arena_copy(&arena, text, len);
	assert_non_null(copy);
	return (struct str){ .at = copy, .len = len };
}

static void fsck_note_reads_every_checkpoint_of_another_program(void **state)
{
	struct str vkey = tessera("vkey.txt");
	struct fsck_vkey k;

	(void)state;
	vkey = str_cut(&vkey, '\n');
	assert_int_equal(fsck_vkey_parse(&arena, vkey, &k, NULL), ERR_OK);
	for (unsigned size = 0; size <= 15; size++) {
		struct fsck_checkpoint c;
		uint32_t count = 0;
		char name[32];

		(void)snprintf(name, sizeof(name), "checkpoint.%u", size);
		assert_int_equal(fsck_checkpoint_parse(&arena, tessera(name), &c, NULL), ERR_OK);
		assert_int_equal(c.size, size);
		assert_int_equal(fsck_checkpoint_verify(&arena, &c, &k, &count, NULL), ERR_OK);
		assert_int_equal(count, 1);
	}
}

static void fsck_note_refuses_a_changed_root(void **state)
{
	struct str vkey = tessera("vkey.txt"), note = tessera("checkpoint");
	char *changed = arena_copy(&arena, note.at, note.len);
	struct fsck_checkpoint c;
	struct fsck_vkey k;
	uint32_t count = 7;
	struct err e;

	(void)state;
	vkey = str_cut(&vkey, '\n');
	assert_int_equal(fsck_vkey_parse(&arena, vkey, &k, NULL), ERR_OK);
	changed[strlen("example.com/log/testdata\n15\nr")] ^= 1;
	assert_int_equal(fsck_checkpoint_parse(
				 &arena, (struct str){.at = changed, .len = note.len}, &c, NULL),
		ERR_OK);
	assert_int_equal(fsck_checkpoint_verify(&arena, &c, &k, &count, &e), ERR_DENIED);
	assert_int_equal(count, 7); /* untouched on failure */
}

static void fsck_note_reads_cosignatures(void **state)
{
	char path[512];
	json_t *file, *item;
	unsigned held = 0;
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tlog/cosignature.json", getenv("HUREN_VECTORS"));
	file = json_load_file(path, 0, NULL);
	assert_non_null(file);
	json_array_foreach(file, i, item) {
		struct fsck_checkpoint c;
		struct fsck_vkey k;
		uint32_t count = 0;
		const char *vkey = json_string_value(json_object_get(item, "vkey"));
		bool valid;

		if (!vkey)
			vkey = json_string_value(json_object_get(item, "cosigner_vkey"));
		assert_non_null(vkey);
		assert_int_equal(fsck_vkey_parse(&arena, str_of(vkey), &k, NULL), ERR_OK);
		assert_int_equal(
			fsck_checkpoint_parse(&arena,
				str_of(json_string_value(json_object_get(item, "note"))), &c, NULL),
			ERR_OK);
		valid = fsck_checkpoint_verify(&arena, &c, &k, &count, NULL) == ERR_OK &&
			count == 1;
		assert_int_equal(valid, json_is_true(json_object_get(item, "valid")));
		held += valid;
	}
	assert_true(held >= 2);
	json_decref(file);
}

static void fsck_note_verifies_an_sm2_line(void **state)
{
	struct str name = STR("a.example/tlog"), text = STR("a.example/tlog\n0\n"
		"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
	uint8_t line[4 + KEY_SIGNATURE_BYTES];
	struct fsck_checkpoint c = { .text = text, .line_count = 1 };
	struct fsck_vkey k;
	struct key key;
	uint32_t count;
	struct err e;

	(void)state;
	assert_int_equal(key_generate(KEY_SM2, &key, NULL), ERR_OK);
	assert_int_equal(fsck_vkey_make(&arena, name, 0xff, &key.pub, &k, NULL), ERR_OK);
	memcpy(line, k.id, sizeof(k.id));
	assert_int_equal(key_sign(&key, text, line + 4, NULL), ERR_OK);
	c.lines[0] = (struct fsck_line){ .name = name,
		.bytes = { .at = (const char *)line, .len = sizeof(line) } };
	assert_int_equal(fsck_checkpoint_verify(&arena, &c, &k, &count, NULL), ERR_OK);
	assert_int_equal(count, 1);
	line[20] ^= 1;
	assert_int_equal(fsck_checkpoint_verify(&arena, &c, &k, &count, &e), ERR_DENIED);
	assert_string_equal(e.message, "line 1 by \"a.example/tlog\": SM2 signature does not hold");
	key_clear(&key);
}

static void fsck_note_refuses_what_is_no_note(void **state)
{
	static const char *const wrong[] = {"", "\n", "a\n1\n\n", "a\n1\nAAAA\n",
		"a\n01\n\xe2\x80\x94 b c\n",
		"a\nx\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\xe2\x80\x94 b AAAAAAA=\n"};
	struct fsck_checkpoint c;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(
			fsck_checkpoint_parse(&arena, str_of(wrong[i]), &c, NULL), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsck_note_reads_every_checkpoint_of_another_program),
		cmocka_unit_test(fsck_note_refuses_a_changed_root),
		cmocka_unit_test(fsck_note_reads_cosignatures),
		cmocka_unit_test(fsck_note_verifies_an_sm2_line),
		cmocka_unit_test(fsck_note_refuses_what_is_no_note),
	};

	return cmocka_run_group_tests(tests, open_arena, close_arena);
}
