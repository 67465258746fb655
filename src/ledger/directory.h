/* directory.h - whose key and whose accreditation counted when: the doors' memory.
 *
 * Is:      DID -> its document versions, lab -> its accreditations with their changes of standing,
 *          as of any time, from own and admitted statements. Many threads read, the writer adds.
 * Is not:  a check: what is added has passed a door; stored: it is filled from rows at opening.
 * I1  Nothing is ever taken away or changed: an answer about a time stays the same answer, unless a
 *     statement logged for an earlier time is added (a peer's, admitted late).
 * I2  Never more memory than LIMIT_DIRECTORY_BYTES: over it adding is ERR_TOO_LARGE.
 */
#ifndef HUREN_LEDGER_DIRECTORY_H
#define HUREN_LEDGER_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "credential/did.h"
#include "credential/scope.h"

struct directory;

struct directory *directory_open(void);
void directory_close(struct directory *d);
/* Grows with every addition; a check made at an older version is made again. */
uint64_t directory_version(const struct directory *d);

/* Copies all it keeps. ERR_CONFLICT: not the version after the newest one known (1 first). */
MUST_USE enum err_code directory_add_document(struct directory *d, const struct did_document *doc,
	struct err *e);
/* ERR_CONFLICT when this accreditation is there already. */
MUST_USE enum err_code directory_add_scope(struct directory *d, const uint8_t id_key[16],
	const struct scope *scope, struct err *e);
/* A change of standing of an accreditation at `time`; of anything else it is ignored. */
MUST_USE enum err_code directory_add_status(struct directory *d, const uint8_t target[16],
	bool in_force, int64_t time, struct err *e);

bool directory_has_scope(struct directory *d, const uint8_t id_key[16]);
/* Newest version known, 0 when there is none. */
uint64_t directory_document_version(struct directory *d, struct str did);
/* As did_key_at; also until when it counts. ERR_NOT_FOUND, ERR_DENIED. */
MUST_USE enum err_code directory_find_key(struct directory *d, struct str method, int64_t at,
	struct key_public *ret, int64_t *ret_until, struct err *e);

struct directory_question {
	struct str lab;
	struct str authority;      /* who must have accredited it */
	struct str scheme, edition, item;
	int32_t day;               /* in China */
};
/* ERR_DENIED says which of: not accredited at all, not for the item, not then, withdrawn then. */
MUST_USE enum err_code directory_may_test(struct directory *d, const struct directory_question *q,
	struct err *e);

#endif
