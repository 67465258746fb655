/* fuzz_note.c - a note that is taken is its text, an empty line and its lines; a checkpoint that is
 * taken is written back to the same bytes; no key crashes on it. */
#include <stdint.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "tlog/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct arena *a, const struct note_line *line)
{
	SCOPED_BUF b = { 0 };
	struct str tail, again;

	CHECK(note_name_is_valid(line->name));
	CHECK(line->signature.len > 0);
	if (line->loose)
		return; /* another spelling than ours */
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_put(&b, line->id, sizeof(line->id));
	buf_put_str(&b, line->signature);
	tail = base64_new(a, (const uint8_t *)b.at, b.len);
	again = str_printf(a, "\xe2\x80\x94 " STR_FMT " " STR_FMT, STR_ARG(line->name),
		STR_ARG(tail));
	CHECK(str_eq(again, line->text));
}

static void check_structure(struct arena *a, const struct note *n, struct str bytes)
{
	SCOPED_BUF b = { 0 };

	CHECK(n->line_count > 0);
	CHECK(n->text.at[n->text.len - 1] == '\n');
	buf_init(&b, LIMIT_NOTE_BYTES);
	buf_put_str(&b, n->text);
	buf_put_char(&b, '\n');
	for (uint32_t i = 0; i < n->line_count; i++) {
		check_line(a, &n->lines[i]);
		buf_put_str(&b, n->lines[i].text);
		buf_put_char(&b, '\n');
	}
	CHECK(str_eq(buf_str(&b), bytes));
}

/* A key of the note's own first line, so that a signature is looked at. */
static void check_keys(const struct note *n)
{
	struct note_key k = { .name = n->lines[0].name, .sig_type = NOTE_ED25519,
		.pub = { .type = KEY_ED25519, .len = 32, .at = { 1 } } };
	bool found = false;
	uint64_t time = 0;

	for (size_t i = 0; i < sizeof(k.id); i++)
		k.id[i] = n->lines[0].id[i];
	CHECK(note_verify(n, &k, &found, NULL) == ERR_DENIED);
	CHECK(cosignature_verify(n, &k, &time, NULL) == ERR_INVALID);
	k.sig_type = NOTE_COSIGNATURE;
	CHECK(cosignature_verify(n, &k, &time, NULL) == ERR_DENIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	SCOPED_BUF b = { 0 };
	struct str bytes = { (const char *)data, size };
	struct note n;
	struct checkpoint c;
	struct err e = { 0 };

	key_library_init();
	arena_init(&a, 1048576);
	buf_init(&b, LIMIT_NOTE_BYTES);
	if (size == 0 || note_parse(&a, bytes, &n, &e) != ERR_OK)
		return 0;
	check_structure(&a, &n, bytes);
	check_keys(&n);
	if (checkpoint_parse(n.text, &c, &e) == ERR_OK) {
		checkpoint_put(&b, &c);
		CHECK(str_eq(buf_str(&b), n.text));
	}
	return 0;
}
