/* store.h - the database: one SQLite file in WAL mode, synchronous=FULL, and typed statements.
 *
 * Is:      connections (one writer, many readers), prepared statements from one constant table
 *          (store/sql_table.h), migrations (sql/NNN-*.sql compiled in), tile files.
 * Is not:  aware of services or kinds. The only place (with fsck/) that includes sqlite3.h.
 * Life:    store_open -> use in ONE thread -> store_close. A zeroed store may be closed.
 */
#ifndef HUREN_STORE_STORE_H
#define HUREN_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "store/sql_table.h"

struct store;

enum store_mode {
	STORE_WRITER,
	STORE_READER,
	STORE_SWEEPER,             /* for store_sweep and store_copy only */
};

/* `dir` is the node's folder; the file is dir/huren.db. One writer at a time, over all processes: a
 * second one gets ERR_BUSY (dir/huren.lock). The writer migrates. ERR_IO,
 * ERR_CORRUPT. */
MUST_USE enum err_code store_open(const char *dir, enum store_mode mode, struct store **ret,
	struct err *e);
void store_close(struct store *s);

MUST_USE enum err_code store_begin(struct store *s, struct err *e);   /* IMMEDIATE for the writer */
MUST_USE enum err_code store_commit(struct store *s, struct err *e);  /* durable on ERR_OK */
void store_rollback(struct store *s);
/* False after a failure on which SQLite itself has rolled back (disk full ...). */
bool store_in_transaction(struct store *s);
/* One command inside a transaction that can be undone alone; not nested. */
MUST_USE enum err_code store_mark(struct store *s, struct err *e);
MUST_USE enum err_code store_keep(struct store *s, struct err *e);
void store_undo(struct store *s);

/* Pages in the WAL after this connection's last commit. */
uint32_t store_wal_pages(const struct store *s);
/* Moves committed pages from the WAL into the database, beside running readers and the writer. Once
 * all are moved the WAL starts over at its beginning. Any connection but a reader's. */
MUST_USE enum err_code store_sweep(struct store *s, bool *ret_all, struct err *e);
/* A consistent copy of the whole database into the new file `path`, durable. */
MUST_USE enum err_code store_copy(struct store *s, const char *path, struct err *e);

/* A statement in use: bind in order, step, read columns, done. At most one use of an id at a time.
 *     SCOPED_SQL q = sql_use(store, SQL_REPORT_BY_NUMBER);
 *     sql_bind_str(q, 1, number);
 *     TRY(sql_step(q, &row, e));   row == false: no more
 * What is bound is borrowed: it must live until sql_done. A bind that fails is told by the step. */
struct sql;
struct sql *sql_use(struct store *s, enum sql_id id);
void sql_done(struct sql **q);
#define SCOPED_SQL __attribute__((cleanup(sql_done))) struct sql *
void sql_bind_i64(struct sql *q, int position, int64_t value);
void sql_bind_str(struct sql *q, int position, struct str value);     /* text; at NULL binds NULL */
void sql_bind_blob(struct sql *q, int position, const void *at, size_t len);
void sql_bind_null(struct sql *q, int position);
MUST_USE enum err_code sql_step(struct sql *q, bool *ret_row, struct err *e);
/* For statements without rows. ERR_CONFLICT on a unique violation. */
MUST_USE enum err_code sql_run(struct sql *q, struct err *e);
int64_t sql_i64(struct sql *q, int column);
struct str sql_str(struct sql *q, int column);     /* text or blob; valid until the next step */
bool sql_is_null(struct sql *q, int column);

#endif
