/* backup.h - a node's database and tile files as a second folder, and back.
 *
 * Is:      huren.db as one consistent copy, then tlog/ and mirror/: their files never change, so
 *          those the copied database speaks of are all there. On one file system they are linked,
 *          not copied. Asked to, also what makes it this node: keys/ (mode 0600), token, node.json,
 * rules/. Is not:  encrypted: a backup with keys is as secret as the keys.
 * I1  A backup is marked as restored from the moment it is made: whatever node is started on it
 *     asks its witnesses for the size of its log before it signs anything.
 */
#ifndef HUREN_STORE_BACKUP_H
#define HUREN_STORE_BACKUP_H

#include <stdbool.h>

#include "base/err.h"

/* Into the new or empty folder `path`, while the node of `dir` runs or not. ERR_CONFLICT when there
 * is a database in `path` already, ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err_code backup_take(const char *dir, const char *path, bool with_keys,
	struct err *e);
/* From the backup `path` into a folder `dir` that has no database, with the keys if it holds them.
 * ERR_CONFLICT, ERR_IO, ERR_NOT_FOUND: no backup there. */
MUST_USE enum err_code backup_restore(const char *path, const char *dir, struct err *e);
/* Lifts the ban that ledger_alarm put on signing, on a node that does not run: the operator has
 * seen to the reason. Also lifts the mark of a restored folder when `confirm_size` is set: for a
 * node that has no witness to ask. */
MUST_USE enum err_code backup_lift_bans(const char *dir, bool confirm_size, struct err *e);

#endif
