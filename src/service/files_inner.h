/* files_inner.h - what the files about uploads and files of organisations share. */
#ifndef HUREN_SERVICE_FILES_INNER_H
#define HUREN_SERVICE_FILES_INNER_H

#include "base/limits.h"
#include "service/files.h"
#include "service/service_inner.h"
#include "service/upload.h"
#include "store/partial.h"

#define SYNC_BYTES ((uint64_t)LIMIT_UPLOAD_SYNC_MB << 20)

/* An upload whose file is open. Found and given back under files.lock; what is written and read of
 * the rest under its own lock. */
struct upload_slot {
	char id[PARTIAL_ID_BYTES]; /* "": free */
	uint32_t users;            /* requests and threads that hold it */
	int64_t organisation;      /* whose form it comes by; 0: an upload with a row */
	uint64_t used_us;
	pthread_mutex_t lock;
	int fd;
	uint64_t offset, synced;
	uint64_t sure;             /* what is told: all before a piece whose checksum is not yet
	                            * known to hold */
	uint64_t asked_at;         /* offset at which the free space was asked for */
	uint64_t turn;             /* who may write */
	bool hashed;               /* `stream` covers all up to `offset` */
	struct digest_stream stream;
	bool ended;                /* finished or cancelled: nobody may write */
};

struct files {
	pthread_mutex_t lock;      /* guards the table, and what the thread waits on */
	pthread_cond_t wake;
	pthread_mutex_t place;     /* a file comes to its digest or leaves it, with its rows */
	pthread_t thread;
	bool running, woken;
	atomic_bool stop;
	bool look_whole;           /* an upload is whole and no file yet */
	int64_t swept_at;
	struct upload_slot slots[LIMIT_UPLOADS_OPEN];
};

MUST_USE enum err_code files_open(struct service *s, struct err *e);
void files_close(struct service *s);
MUST_USE enum err_code files_start(struct service *s, struct err *e);
void files_stop(struct service *s);
void files_wake(struct service *s, bool look_whole);

/* The slot of an upload, opened when it is not; to be given back. ERR_BUSY: all are in use. */
MUST_USE enum err_code slot_take(struct service *s, const char *id, struct upload_slot **ret,
	struct err *e);
void slot_give(struct service *s, struct upload_slot *slot);
/* Makes durable what has come; no lock is held while the disk works, so whoever writes goes on.
 * *ret_sure: where it stood. ERR_IO. */
MUST_USE enum err_code slot_sync(struct upload_slot *slot, uint64_t *ret_sure, struct err *e);
/* Its row is gone, and it was no file: whoever writes to it is told, and its bytes go. */
void upload_forget(struct service *s, const char *id);

struct upload_row {
	char id[PARTIAL_ID_BYTES];
	int64_t organisation;
	struct str account, address, name, media_type, metadata;
	uint64_t bytes;
	int64_t expires;           /* 0: comes in one go, without a row */
	bool whole;
	bool done;                 /* a file already, of this digest; told for a while */
	struct digest digest;
};
/* ERR_NOT_FOUND. Texts in the arena. */
MUST_USE enum err_code upload_row_find(struct store *store, struct arena *a, struct str id,
	struct upload_row *ret, struct err *e);

struct file_facts {
	struct digest digest;
	uint64_t bytes;
	struct str name, media_type;
};
/* A whole file becomes the organisation's: at once, or waiting for the scan. Not in the writer. */
MUST_USE enum err_code files_take(struct service *s, const struct upload_row *row,
	const struct digest *d, struct err *e);
/* What the organisation may have and has, uploads under way included. */
struct files_room {
	uint64_t allowed, used;
	uint32_t file_count, upload_count;
};
MUST_USE enum err_code files_room(struct service *s, struct store *store, int64_t organisation,
	struct files_room *ret, struct err *e);
/* In the writer: the node's row of a file that was put in place for an organisation. */
MUST_USE enum err_code files_hold(struct store *store, const struct file_facts *facts, int64_t now,
	struct err *e);
/* In the writer, with `place` held: *ret, nobody holds the bytes any more, and their rows are
 * gone. */
MUST_USE enum err_code files_let_go(struct store *store, const struct digest *d, bool *ret,
	struct err *e);
/* ERR_TOO_LARGE. */
MUST_USE enum err_code files_room_check(const struct files_room *room, uint64_t bytes,
	struct err *e);
void files_note(struct service *s, const struct account_who *by, const char *action,
	struct str target, struct str detail);
/* "1.2 GB" */
struct str files_size_text(struct arena *a, uint64_t bytes);

#endif
