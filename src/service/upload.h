/* upload.h - resumable uploads of an organisation's people.
 *
 * Is:      begun with a size and a name, written piece by piece from where it stands, whole at the
 *          end: then it becomes a file of the organisation (files.h). Others' uploads are as if
 *          there were none, and the attempt is noted.
 * Is not:  HTTP or the tus protocol (web/tus.h).
 * Life:    upload_begin -> { upload_take -> upload_write* -> upload_end | upload_let_go }*, or
 *          upload_cancel. Or, in one go: upload_direct -> upload_write* -> upload_end_direct.
 * I1  What is told as received is on the disk: upload_end, upload_find and upload_begin answer
 *     after it is durable. What came beyond is kept when the node is killed, and told when asked.
 * I2  One writer at a time: who takes an upload at its offset takes it from whoever had it, since
 *     a sender that lost its line comes back before the node notices.
 * Digest:  computed while the bytes come, and kept in memory between requests. After a restart it
 *          is computed from the file by a thread of its own once all is here: the state of SHA-256
 *          has no portable form, and reading what is on the disk proves that the disk has it.
 */
#ifndef HUREN_SERVICE_UPLOAD_H
#define HUREN_SERVICE_UPLOAD_H

#include "crypto/checksum.h"
#include "crypto/digest.h"
#include "service/account.h"

struct upload_wish {
	uint64_t bytes;
	struct str name, media_type;
	struct str metadata;       /* as it came, given back when it is asked */
};
struct upload_state {
	struct str id;
	uint64_t bytes, offset;
	struct str metadata;
	int64_t expires;
	bool whole;                /* all of it is here */
	bool known;                /* and its digest too: it is a file now */
	struct digest digest;
};

/* Waits until durable. ERR_INVALID names the field; ERR_TOO_LARGE: over LIMIT_UPLOAD_MB or the
 * quota; ERR_BUSY: too many under way, or the disk is nearly full. */
MUST_USE enum err_code upload_begin(struct service *s, struct arena *a,
	const struct account_who *by, const struct upload_wish *wish, struct upload_state *ret,
	struct err *e);
/* Where it stands, after making that durable. ERR_NOT_FOUND: none, expired, or another's. */
MUST_USE enum err_code upload_find(struct service *s, struct arena *a,
	const struct account_who *by, struct str id, struct upload_state *ret, struct err *e);
/* Waits. ERR_NOT_FOUND as above. */
MUST_USE enum err_code upload_cancel(struct service *s, struct arena *a,
	const struct account_who *by, struct str id, struct err *e);

struct upload_piece {
	struct str id;
	uint64_t offset;
	uint64_t bytes;            /* announced; 0: not told */
	struct checksum checksum;  /* of the piece, or CHECKSUM_NONE */
};
struct upload_hand;
/* Never waits. ERR_NOT_FOUND; ERR_CONFLICT: it stands elsewhere; ERR_TOO_LARGE: longer than
 * announced; ERR_BUSY. */
MUST_USE enum err_code upload_take(struct service *s, struct arena *a,
	const struct account_who *by, const struct upload_piece *piece, struct upload_hand **ret,
	struct err *e);
/* ERR_CONFLICT: another took it; ERR_TOO_LARGE; ERR_BUSY: disk nearly full; ERR_IO. */
MUST_USE enum err_code upload_write(struct upload_hand *h, struct str bytes, struct err *e);
/* Waits. ERR_UNPROVEN: the checksum does not hold, and the piece is forgotten. `h` is to be let go
 * in any case. */
MUST_USE enum err_code upload_end(struct upload_hand *h, struct arena *a, struct upload_state *ret,
	struct err *e);
/* The request is over; accepts NULL. A piece whose checksum was not confirmed is forgotten. */
void upload_let_go(struct upload_hand *h);

/* A file that comes in one go and cannot be gone on with. `bytes`: at most so many. */
MUST_USE enum err_code upload_direct(struct service *s, struct arena *a,
	const struct account_who *by, const struct upload_wish *wish, struct upload_hand **ret,
	struct err *e);
MUST_USE enum err_code upload_end_direct(struct upload_hand *h, struct arena *a,
	struct digest *ret, struct err *e);
/* The same with all its bytes at hand. */
MUST_USE enum err_code upload_whole(struct service *s, struct arena *a,
	const struct account_who *by, const struct upload_wish *wish, struct str bytes,
	struct digest *ret, struct err *e);

#endif
