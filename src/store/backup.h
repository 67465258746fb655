/* backup.h - a node's database, tile files and evidence as a second folder, and back.
 *
 * Is:      huren.db as one consistent copy, then tlog/, mirror/ and evidence/: their files never
 *          change, so those the copied database speaks of are all there. On one file system they
 *          are linked, not copied; on another, linked to the backup before. Asked to, also what
 *          makes it this node: keys/ (mode 0600), token, node.json, rules/. Last its list
 *          (manifest.h), so that a folder without a list is one that was not finished.
 * Is not:  encrypted: a backup with keys is as secret as the keys.
 * I1  A backup is marked as restored from the moment it is made: whatever node is started on it
 *     asks its witnesses for the size of its log before it signs anything.
 */
#ifndef HUREN_STORE_BACKUP_H
#define HUREN_STORE_BACKUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct backup_progress {
	uint64_t files, all_files;
	uint64_t bytes, all_bytes;
};
struct backup_options {
	const char *path;          /* new or empty folder */
	const char *previous;      /* an earlier backup on the same disk as `path`, or NULL */
	bool with_keys;
	void (*progress)(void *context, const struct backup_progress *p); /* may be NULL */
	void *context;
	const atomic_bool *stop;   /* once true, it ends with ERR_BUSY; may be NULL */
};
/* While the node of `dir` runs or not. ERR_CONFLICT when there is a database in `path` already,
 * ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err_code backup_take_with(const char *dir, const struct backup_options *o,
	struct err *e);
/* The same without progress and previous one. */
MUST_USE enum err_code backup_take(const char *dir, const char *path, bool with_keys,
	struct err *e);
/* From the backup `path` into a folder `dir` that has no database, with the keys if it holds them.
 * ERR_CONFLICT, ERR_IO, ERR_NOT_FOUND: no backup there. */
MUST_USE enum err_code backup_restore(const char *path, const char *dir, struct err *e);
/* The newest own heads in a node's or backup's database; notes in the arena, empty when there is
 * none. `cosigned` is the newest that a witness has cosigned. */
struct backup_heads {
	uint64_t size, cosigned_size;
	struct str checkpoint, cosigned;
};
MUST_USE enum err_code backup_read_heads(const char *dir, struct arena *a,
	struct backup_heads *ret, struct err *e);
/* Removes the folder `name` in `folder` with all below it. Follows no link; stays on what is ours:
 * `name` must be one part. ERR_IO. */
MUST_USE enum err_code backup_remove(const char *folder, const char *name, struct err *e);
/* Lifts the ban that ledger_alarm put on signing, on a node that does not run: the operator has
 * seen to the reason. Also lifts the mark of a restored folder when `confirm_size` is set: for a
 * node that has no witness to ask. */
MUST_USE enum err_code backup_lift_bans(const char *dir, bool confirm_size, struct err *e);

#endif
