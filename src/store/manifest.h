/* manifest.h - the list of a backup's files, with sizes and digests: one JSON object a line.
 *
 * Is:      a head (when, which log, how far, under which checkpoints), a line for each file, an end
 *          that counts them. Pure: bytes both ways.
 * Is not:  signed; whoever can change a backup can change its list. What it proves is that nothing
 *          was lost or damaged; whose log it is, the checkpoints say (cli/rehearse_cmd.c).
 */
#ifndef HUREN_STORE_MANIFEST_H
#define HUREN_STORE_MANIFEST_H

#include "base/buf.h"
#include "base/str.h"
#include "crypto/digest.h"

#define MANIFEST_NAME "manifest.ndjson"

struct manifest_head {
	int64_t made;
	uint64_t entries;          /* of the own log */
	bool with_keys;
	struct str checkpoint;     /* newest note, or empty */
	struct str cosigned;       /* newest note with a witness's line, or empty */
};
struct manifest_file {
	struct str path;           /* below the backup's folder, "tlog/tile/0/000" */
	uint64_t bytes;
	struct digest sha256;
};
struct manifest_end {
	uint64_t files, bytes;
};

MUST_USE enum err_code manifest_put_head(struct buf *b, struct arena *a,
	const struct manifest_head *head, struct err *e);
MUST_USE enum err_code manifest_put_file(struct buf *b, struct arena *a,
	const struct manifest_file *file, struct err *e);
MUST_USE enum err_code manifest_put_end(struct buf *b, struct arena *a,
	const struct manifest_end *end, struct err *e);

/* A path that stays below its folder: no empty, "." or ".." part, no backslash. */
bool manifest_path_is_safe(struct str path);
/* Takes the first line off `rest`; texts lie in it or in the arena. ERR_INVALID. */
MUST_USE enum err_code manifest_read_head(struct arena *a, struct str *rest,
	struct manifest_head *ret, struct err *e);
/* The next file; *ret_last: it was the end, and *ret_end is filled. ERR_INVALID, also when the text
 * stops without an end. */
MUST_USE enum err_code manifest_read_file(struct arena *a, struct str *rest,
	struct manifest_file *ret, bool *ret_last, struct manifest_end *ret_end, struct err *e);

#endif
