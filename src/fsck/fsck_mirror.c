/* fsck_mirror.c - copies of other logs: bundles, open end, tiles, heads, rows, admitted bodies. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "fsck/fsck_inner.h"

#define PLACE_BITS 40

struct mirror {
	struct fsck_log walk;
	int64_t id;
	uint64_t size;
	const char *name;          /* "mirror b.example/tlog" */
	sqlite3_stmt *rows;        /* mirror_statement of this mirror, in order */
	bool row;                  /* rows stands on one */
};

static const char *entry_name(struct mirror *m, uint64_t index, char ret[160])
{
	(void)snprintf(ret, 160, "%s: entry %" PRIu64, m->name, index); /* cut when too long */
	return ret;
}

/* An entry against its row: a receipt has one that says the same, anything else has none. */
static enum err_code compare_row(struct mirror *m, uint64_t index, struct str entry, struct err *e)
{
	struct fsck *f = m->walk.fsck;
	char where[160];
	struct fsck_receipt r;
	SCOPED_BUF again = { 0 };
	bool is_receipt = fsck_receipt_parse(f->work, entry, &r, NULL) == ERR_OK;
	bool here = m->row && (uint64_t)sqlite3_column_int64(m->rows, 0) ==
		((uint64_t)m->id << PLACE_BITS | index);

	entry_name(m, index, where);
	if (is_receipt != here)
		fsck_found(f, where, is_receipt ? "row is missing" : "row stands for no receipt");
	if (!here)
		return ERR_OK;
	if (is_receipt) {
		buf_init(&again, LIMIT_RECEIPT_BYTES);
		if (fsck_row_receipt(m->rows, 1, &r, NULL) != ERR_OK ||
			fsck_receipt_put(&again, &r, NULL) != ERR_OK ||
			!str_eq(buf_str(&again), entry))
			fsck_found(f, where, "row does not say what the entry says");
		else if (sqlite3_column_type(m->rows, 7) != SQLITE_NULL)
			fsck_body(f, where, m->walk.origin, &r, fsck_column(m->rows, 7),
				fsck_column(m->rows, 8));
	}
	return fsck_step(f, m->rows, &m->row, e);
}

/* `entry` must not live in work memory. */
static enum err_code take_entry(struct mirror *m, struct str entry, struct err *e)
{
	arena_reset(m->walk.fsck->work);
	TRY(compare_row(m, m->walk.tree->size, entry, e));
	m->walk.fsck->report->mirror_entries++;
	return fsck_log_entry(&m->walk, entry, e);
}

static enum err_code take_bundles(struct mirror *m, struct buf *copy, struct err *e)
{
	struct fsck *f = m->walk.fsck;

	for (uint64_t i = 0; i < m->size / FSCK_TILE_WIDTH; i++) {
		struct str bytes, rest, entry;
		struct err own = { 0 };
		uint32_t count = 0;

		arena_reset(f->work);
		buf_reset(copy);
		if (fsck_log_bundle(&m->walk, i, &bytes, &own) != ERR_OK) {
			fsck_found_err(f, m->name, &own);
			return ERR_OK;
		}
		buf_put_str(copy, bytes);
		for (rest = buf_str(copy); rest.len > 0; count++) {
			TRY(fsck_bundle_cut(&rest, &entry, e));
			TRY(take_entry(m, entry, e));
		}
		f->report->bundles++;
		if (count != FSCK_TILE_WIDTH) {
			fsck_found(f, m->name, "bundle %" PRIu64 " holds %u entries", i, count);
			return ERR_OK;
		}
	}
	return ERR_OK;
}

/* The entries behind the last full bundle are rows. */
static enum err_code take_open_end(struct mirror *m, struct buf *copy, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	struct fsck *f = m->walk.fsck;
	bool row;

	TRY(fsck_query(f,
		"SELECT place, entry FROM mirror_entry WHERE place >> 40 = ?1 ORDER BY place",
		&rows, e));
	(void)sqlite3_bind_int64(rows, 1, m->id); /* a whole number always fits */
	for (;;) {
		TRY(fsck_step(f, rows, &row, e));
		if (!row || m->walk.tree->size >= m->size)
			return ERR_OK;
		if ((uint64_t)sqlite3_column_int64(rows, 0) !=
			((uint64_t)m->id << PLACE_BITS | m->walk.tree->size))
			continue;
		buf_reset(copy);
		buf_put_str(copy, fsck_column(rows, 1));
		TRY(take_entry(m, buf_str(copy), e));
	}
}

/* Columns: id, origin, size, checkpoint_size, checkpoint, pending, fork_ours, fork_theirs. */
static enum err_code check_entries(struct mirror *m, sqlite3_stmt *mirror, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	SCOPED_BUF copy = { 0 };
	struct fsck *f = m->walk.fsck;

	buf_init(&copy, FSCK_TILE_WIDTH * 65537);
	if (sqlite3_column_bytes(mirror, 4) > 0)
		fsck_log_add_head(&m->walk, m->name, fsck_column(mirror, 4),
			(uint64_t)sqlite3_column_int64(mirror, 3));
	TRY(fsck_query(f,
		"SELECT s.place, s.id_key, s.digest, s.kind, s.disclosure, i.did, s.time, b.bytes, "
		"b.jws"
		" FROM mirror_statement s LEFT JOIN issuer i ON i.id = s.issuer"
		" LEFT JOIN mirror_body b ON b.place = s.place"
		" WHERE s.place >= ?1 << 40 AND s.place < (?1 + 1) << 40 ORDER BY s.place",
		&rows, e));
	(void)sqlite3_bind_int64(rows, 1, m->id); /* a whole number always fits */
	m->rows = rows;
	TRY(fsck_step(f, rows, &m->row, e));
	TRY(take_bundles(m, &copy, e));
	if (m->walk.tree->size == m->size / FSCK_TILE_WIDTH * FSCK_TILE_WIDTH)
		TRY(take_open_end(m, &copy, e));
	if (m->walk.tree->size != m->size)
		fsck_found(f, m->name, "%" PRIu64 " of %" PRIu64 " entries are here",
			m->walk.tree->size, m->size);
	else if (m->row)
		fsck_found(f, m->name, "there are rows past the last entry");
	fsck_log_end(&m->walk);
	return ERR_OK;
}

/* Two kept heads must both be signed, and must disagree: the same size with two roots, or a smaller
 * one after a larger one was trusted. */
static void check_fork(struct mirror *m, struct str ours, struct str theirs)
{
	struct fsck *f = m->walk.fsck;
	struct fsck_checkpoint heads[2];
	struct str notes[2] = { str_copy(f->arena, ours), str_copy(f->arena, theirs) };
	struct err e = { 0 };

	f->report->forks++;
	for (int i = 0; i < 2; i++) {
		uint32_t signatures = 0;

		if (fsck_checkpoint_parse(f->arena, notes[i], &heads[i], &e) != ERR_OK) {
			fsck_found_err(f, m->name, &e);
			return;
		}
		for (uint32_t k = 0; k < f->vkey_count; k++) {
			uint32_t count = 0;

			if (f->vkeys[k].type == 0x01 && str_eq(f->vkeys[k].name, m->walk.origin) &&
				fsck_checkpoint_verify(
					f->arena, &heads[i], &f->vkeys[k], &count, NULL) == ERR_OK)
				signatures += count;
		}
		if (signatures == 0)
			fsck_found(f, m->name, "head %d of a fork is not signed by its log", i + 1);
	}
	if (heads[0].size == heads[1].size && digest_eq(&heads[0].root, &heads[1].root))
		fsck_found(f, m->name, "the two heads kept of a fork agree");
}

static enum err_code check_mirror(struct fsck *f, sqlite3_stmt *row, struct err *e)
{
	struct str origin = str_copy(f->arena, fsck_column(row, 1));
	struct digest digest = digest_sha256(origin);
	struct mirror m = { .id = sqlite3_column_int64(row, 0) };
	char hex[2 * DIGEST_BYTES + 1];
	enum err_code code;

	hex_encode(digest.at, DIGEST_BYTES, hex);
	f->report->mirrors++;
	m.size = (uint64_t)sqlite3_column_int64(row, 2);
	m.name = arena_printf(f->arena, "mirror " STR_FMT, STR_ARG(origin));
	if (!origin.at || !m.name)
		return err_set(e, ERR_TOO_LARGE, "no memory left for a mirror");
	TRY(fsck_log_open(f, str_printf(f->arena, "mirror/%s", hex), origin,
		m.size / FSCK_TILE_WIDTH * FSCK_TILE_WIDTH, &m.walk, e));
	m.walk.from_bundles = true;
	code = check_entries(&m, row, e);
	if (sqlite3_column_bytes(row, 6) > 0)
		check_fork(&m, fsck_column(row, 6), fsck_column(row, 7));
	fsck_log_close(&m.walk);
	return code;
}

/* Forks that were forgiven stay evidence: their heads must hold as long as the node does. */
static enum err_code check_kept(struct fsck *f, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(f, "SELECT origin, ours, theirs FROM fork_kept ORDER BY id", &rows, e));
	for (;;) {
		struct mirror m = { .name = "a fork kept" };

		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return ERR_OK;
		m.walk.fsck = f;
		m.walk.origin = str_copy(f->arena, fsck_column(rows, 0));
		check_fork(&m, fsck_column(rows, 1), fsck_column(rows, 2));
	}
}

enum err_code fsck_mirrors(struct fsck *f, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(f,
		"SELECT id, origin, size, checkpoint_size, checkpoint, pending, fork_ours, "
		"fork_theirs"
		" FROM mirror ORDER BY id",
		&rows, e));
	for (;;) {
		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return check_kept(f, e);
		TRY(check_mirror(f, rows, e));
	}
}
