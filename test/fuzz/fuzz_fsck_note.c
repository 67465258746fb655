/* fuzz_fsck_note.c - the checker's reading of checkpoints against the node's own: what the node
 * accepts the checker must accept too, and both must read the same out of it.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/scoped.h"
#include "fsck/fsck_note.h"
#include "tlog/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA arena = { 0 };
	struct str bytes = { .at = (const char *)data, .len = size };
	struct fsck_checkpoint theirs;
	struct checkpoint ours;
	struct note note;
	bool accepted, agreed;

	arena_init(&arena, 4194304);
	accepted = note_parse(&arena, bytes, &note, NULL) == ERR_OK &&
		checkpoint_parse(note.text, &ours, NULL) == ERR_OK;
	agreed = fsck_checkpoint_parse(&arena, bytes, &theirs, NULL) == ERR_OK;
	if (!accepted)
		return 0;
	CHECK(agreed);
	CHECK(str_eq(ours.origin, theirs.origin));
	CHECK(ours.size == theirs.size);
	CHECK(digest_eq(&ours.root, &theirs.root));
	CHECK(note.line_count == theirs.line_count);
	CHECK(str_eq(note.text, theirs.text));
	for (uint32_t i = 0; i < note.line_count; i++)
		CHECK(str_eq(note.lines[i].signature, str_skip(theirs.lines[i].bytes, 4)));
	return 0;
}
