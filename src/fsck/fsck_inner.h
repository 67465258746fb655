/* fsck_inner.h - what the parts of the checker share. */
#ifndef HUREN_FSCK_FSCK_INNER_H
#define HUREN_FSCK_FSCK_INNER_H

#include <sqlite3.h>

#include "base/buf.h"
#include "base/scoped.h"
#include "fsck/fsck.h"
#include "fsck/fsck_claim.h"
#include "fsck/fsck_note.h"
#include "fsck/fsck_tree.h"

#define FSCK_VKEYS_MAX (3 * LIMIT_PEERS + 8)

struct fsck {
	const char *dir;
	sqlite3 *db;
	struct arena *arena;       /* lives as long as the run */
	struct arena *work;        /* reset for each statement */
	struct fsck_report *report;
	struct str did;            /* of the node */
	struct str origin;
	const struct json *config; /* node.json */
	struct fsck_keys keys;
	uint32_t vkey_count;       /* logs and witnesses this node knows, its own first */
	struct fsck_vkey vkeys[FSCK_VKEYS_MAX];
};

/* Notes a problem. */
void fsck_found(struct fsck *f, const char *where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with the message of a failed check, whose error is used up. */
void fsck_found_err(struct fsck *f, const char *where, const struct err *e);

static inline void fsck_statement_close(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement); /* its error was told by the step */
}
#define SCOPED_STATEMENT __attribute__((cleanup(fsck_statement_close))) sqlite3_stmt *
MUST_USE enum err_code fsck_query(struct fsck *f, const char *sql, sqlite3_stmt **ret,
	struct err *e);
/* ERR_CORRUPT when SQLite cannot read on. */
MUST_USE enum err_code fsck_step(struct fsck *f, sqlite3_stmt *statement, bool *ret_row,
	struct err *e);
struct str fsck_column(sqlite3_stmt *statement, int column);
/* Columns first.. : id_key, digest, kind, disclosure, did, time. ERR_CORRUPT. */
MUST_USE enum err_code fsck_row_receipt(sqlite3_stmt *statement, int first,
	struct fsck_receipt *ret, struct err *e);

/* One log on its way through the tree: own or a copy. */
struct fsck_head {
	const char *where;
	struct fsck_checkpoint checkpoint;
	bool reached;
};
struct fsck_log {
	struct fsck *fsck;
	struct str folder;         /* "tlog" or "mirror/<hex>", below the node's folder */
	struct str origin;
	uint64_t files_size;       /* full tiles and bundles of the entries below are files */
	bool from_bundles;         /* a copy: its entries are read from the bundles themselves */
	struct fsck_tree *tree;
	struct buf bundle;         /* entries of the open bundle, as they stand in its file */
	uint32_t head_count;
	struct fsck_head heads[4];
};
/* Work memory is reset by these calls: what they are given must live elsewhere. */
MUST_USE enum err_code fsck_log_open(struct fsck *f, struct str folder, struct str origin,
	uint64_t files_size, struct fsck_log *ret, struct err *e);
void fsck_log_close(struct fsck_log *l);
/* Adds a signed head to compare: checks its signatures now, its root when its size is reached. */
void fsck_log_add_head(struct fsck_log *l, const char *where, struct str note, uint64_t size);
/* The next entry of the log. */
MUST_USE enum err_code fsck_log_entry(struct fsck_log *l, struct str entry, struct err *e);
/* Heads past the last entry are problems. */
void fsck_log_end(struct fsck_log *l);
/* The bundle file, expanded, in the work arena. ERR_NOT_FOUND, ERR_CORRUPT. */
MUST_USE enum err_code fsck_log_bundle(struct fsck_log *l, uint64_t index, struct str *ret,
	struct err *e);
/* Cuts the next entry off. ERR_CORRUPT at a torn end. */
MUST_USE enum err_code fsck_bundle_cut(struct str *rest, struct str *ret, struct err *e);

/* A body against its receipt, its proofs, and the right of its issuer in that log. */
void fsck_body(struct fsck *f, const char *where, struct str origin, const struct fsck_receipt *r,
	struct str bytes, struct str jws);

MUST_USE enum err_code fsck_own(struct fsck *f, struct err *e);
MUST_USE enum err_code fsck_mirrors(struct fsck *f, struct err *e);
MUST_USE enum err_code fsck_status(struct fsck *f, struct err *e);
MUST_USE enum err_code fsck_audit(struct fsck *f, struct err *e);

/* fsck_evidence.c */
MUST_USE enum err_code fsck_evidence(struct fsck *f, struct err *e);

#endif
