/* fsck_own.c - the node's own log: rows, receipts, bodies, tiles, heads, right edge. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fsck/fsck_inner.h"

#define WHERE_BYTES 64

/* The entry of a row, its body, and the tree. */
static enum err_code check_row(struct fsck_log *l, sqlite3_stmt *row, struct buf *entry,
	struct err *e)
{
	struct fsck *f = l->fsck;
	struct fsck_receipt r;
	char where[WHERE_BYTES];

	(void)snprintf(where, sizeof(where), "entry %lld", (long long)sqlite3_column_int64(row, 0));
	arena_reset(f->work);
	if (fsck_row_receipt(row, 1, &r, e) != ERR_OK) {
		fsck_found_err(f, where, e);
		return ERR_OK;
	}
	/* Only a listing is ever erased. */
	if (sqlite3_column_type(row, 7) != SQLITE_NULL)
		fsck_body(f, where, l->origin, &r, fsck_column(row, 7), fsck_column(row, 8));
	else if (r.kind != FSCK_LISTING || sqlite3_column_int(row, 9) == 0)
		fsck_found(f, where, "body is missing");
	buf_reset(entry);
	TRY(fsck_receipt_put(entry, &r, e));
	return fsck_log_entry(l, buf_str(entry), e);
}

static enum err_code check_rows(struct fsck_log *l, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	SCOPED_BUF entry = { 0 };
	struct fsck *f = l->fsck;
	bool row;

	buf_init(&entry, LIMIT_RECEIPT_BYTES);
	TRY(fsck_query(f,
		"SELECT s.idx, s.id_key, s.digest, s.kind, s.disclosure, i.did, s.time, b.bytes, "
		"b.jws, x.time IS NOT NULL"
		" FROM statement s LEFT JOIN issuer i ON i.id = s.issuer"
		" LEFT JOIN body b ON b.idx = s.idx LEFT JOIN erased x ON x.id_key = s.id_key"
		" ORDER BY s.idx",
		&rows, e));
	for (;;) {
		uint64_t index;

		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			break;
		index = (uint64_t)sqlite3_column_int64(rows, 0);
		f->report->entries++;
		if (index != l->tree->size) {
			char where[WHERE_BYTES];

			(void)snprintf(where, sizeof(where), "entry %" PRIu64, l->tree->size);
			fsck_found(f, where, "row is missing; the tree cannot be built past it");
			return ERR_OK;
		}
		TRY(check_row(l, rows, &entry, e));
	}
	return ERR_OK;
}

/* Rows of the right edge: what they say must be what the entries make, and none may be missing. */
static enum err_code check_edge(struct fsck_log *l, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	struct fsck *f = l->fsck;
	uint64_t seen[FSCK_TREE_LEVELS] = { 0 };
	bool row;

	TRY(fsck_query(
		f, "SELECT level, position, hash FROM edge ORDER BY level, position", &rows, e));
	for (;;) {
		uint64_t level, position;
		struct fsck_tree_level *v;
		char where[WHERE_BYTES];

		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			break;
		level = (uint64_t)sqlite3_column_int64(rows, 0);
		position = (uint64_t)sqlite3_column_int64(rows, 1);
		(void)snprintf(where, sizeof(where), "edge %" PRIu64 "/%" PRIu64, level, position);
		if (level == 0 || level >= FSCK_TREE_LEVELS) {
			fsck_found(f, where, "level does not exist");
			continue;
		}
		v = &l->tree->levels[level];
		if (position / FSCK_TILE_WIDTH < v->tiles)
			continue; /* its tile is full and was compared as a file */
		if (position % FSCK_TILE_WIDTH >= v->count) {
			fsck_found(f, where, "position is past the last entry");
			continue;
		}
		seen[level]++;
		if (!str_eq(fsck_column(rows, 2),
			(struct str){ .at = (char *)v->hashes[position % FSCK_TILE_WIDTH].at,
				.len = DIGEST_BYTES }))
			fsck_found(f, where, "hash is not the one its entries make");
	}
	for (uint32_t level = 1; level < FSCK_TREE_LEVELS; level++)
		if (seen[level] != l->tree->levels[level].count)
			fsck_found(f, "edge", "level %u has %" PRIu64 " of %u hashes", level,
				seen[level], l->tree->levels[level].count);
	return ERR_OK;
}

/* The heads of table checkpoint; also tells files_size. */
static enum err_code add_heads(struct fsck_log *l, uint64_t *ret_size, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(l->fsck, "SELECT id, size, note, files_size FROM checkpoint ORDER BY id",
		&rows, e));
	for (;;) {
		bool latest;

		TRY(fsck_step(l->fsck, rows, &row, e));
		if (!row)
			return ERR_OK;
		latest = sqlite3_column_int64(rows, 0) == 1;
		if (latest) {
			*ret_size = (uint64_t)sqlite3_column_int64(rows, 1);
			l->files_size = (uint64_t)sqlite3_column_int64(rows, 3);
		}
		fsck_log_add_head(l, latest ? "checkpoint" : "cosigned checkpoint",
			fsck_column(rows, 2), (uint64_t)sqlite3_column_int64(rows, 1));
	}
}

enum err_code fsck_own(struct fsck *f, struct err *e)
{
	struct fsck_log l = { 0 };
	uint64_t size = UINT64_MAX;
	enum err_code code;

	TRY(fsck_log_open(f, STR("tlog"), f->origin, 0, &l, e));
	code = add_heads(&l, &size, e);
	if (code == ERR_OK)
		code = check_rows(&l, e);
	fsck_log_end(&l);
	if (code == ERR_OK && l.tree->size == f->report->entries)
		code = check_edge(&l, e);
	if (size == UINT64_MAX && l.tree->size > 0)
		fsck_found(f, "checkpoint", "there is none");
	else if (size != UINT64_MAX && l.tree->size > size)
		fsck_found(f, "checkpoint", "%" PRIu64 " entries are not covered by it",
			l.tree->size - size);
	fsck_log_close(&l);
	return code;
}
