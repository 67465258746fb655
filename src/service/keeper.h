/* keeper.h - the thread that keeps the node's house: backups and their rehearsal, free space.
 *
 * Is:      one job at a time, asked for or due, with its progress; the folder of backups as a list.
 * Is not:  the checker: a rehearsal is `huren restore --rehearse` as a process of its own, so that
 *          its memory and its mistakes are not the node's. Its result stands beside the backup.
 * Names:   a backup made here is "huren-20261124T030405Z" in the configured folder; one under way
 *          is ".part-<pid>". Nothing else in that folder is ever removed.
 */
#ifndef HUREN_SERVICE_KEEPER_H
#define HUREN_SERVICE_KEEPER_H

#include "base/json.h"
#include "service/service.h"

struct keeper;

enum keeper_job { KEEPER_IDLE, KEEPER_BACKUP, KEEPER_REHEARSAL };

#define KEEPER_NAME_BYTES 64
struct keeper_now {
	enum keeper_job job;
	char name[KEEPER_NAME_BYTES];      /* of the backup; empty while it is being made */
	int64_t started;
	uint64_t files, all_files, bytes, all_bytes;
	/* the job before */
	enum keeper_job last;
	int64_t last_finished;
	uint32_t last_s;
	char last_name[KEEPER_NAME_BYTES];
	char last_problem[256];            /* "" when it went well */
};

MUST_USE enum err_code keeper_open(struct service *s, struct err *e);
/* Stops what is under way. */
void keeper_close(struct service *s);
struct keeper_now keeper_now(struct service *s);
/* ERR_BUSY: another job runs; ERR_NOT_FOUND: no folder is configured, or no such backup in it. */
MUST_USE enum err_code keeper_begin(struct service *s, enum keeper_job job, struct str name,
	struct err *e);
/* True for the name of a backup made here. */
bool keeper_name_is_ours(struct str name);

/* One setting of the table, 0 when it was never set. */
MUST_USE enum err_code keeper_setting(struct store *store, const char *name, int64_t *ret,
	struct err *e);
/* Backups in the folder, newest first, at most LIMIT_BACKUPS: [{"name","made","entries","files",
 * "bytes","with_keys","unfinished","rehearsal"?}]. ERR_IO. */
MUST_USE enum err_code keeper_list(struct service *s, struct arena *a, struct json **ret,
	struct err *e);

#endif
