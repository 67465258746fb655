/* fuzz_manifest.c - a list of a backup that is taken names only paths below its folder, and each
 * line is written back to one that reads the same. */
#include <stdint.h>

#include "base/scoped.h"
#include "store/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_file(struct arena *a, const struct manifest_file *file)
{
	SCOPED_BUF b = { 0 };
	struct manifest_file again;
	struct manifest_end end;
	struct str rest;
	bool last = true;

	CHECK(manifest_path_is_safe(file->path));
	buf_init(&b, 65536);
	CHECK(manifest_put_file(&b, a, file, NULL) == ERR_OK);
	rest = buf_str(&b);
	CHECK(manifest_read_file(a, &rest, &again, &last, &end, NULL) == ERR_OK);
	CHECK(!last);
	CHECK(str_eq(again.path, file->path));
	CHECK(again.bytes == file->bytes);
	CHECK(digest_eq(&again.sha256, &file->sha256));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_ARENA a = { 0 };
	struct str rest = { (const char *)data, size };
	struct manifest_head head;
	struct manifest_file file;
	struct manifest_end end;
	bool last = false;

	arena_init(&a, 4194304);
	if (manifest_read_head(&a, &rest, &head, NULL) != ERR_OK)
		return 0;
	while (!last && manifest_read_file(&a, &rest, &file, &last, &end, NULL) == ERR_OK)
		if (!last)
			check_file(&a, &file);
	return 0;
}
