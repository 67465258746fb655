/* recover.c - from rows to the state in memory, at opening. Touches the right edge only: a start
 * takes the same time at ten entries and at ten million.
 *
 * What must agree: the last statement row, the stored checkpoint's size, its signature by our key,
 * and the root of the tree rebuilt from the edge.
 */
#include <stdio.h>
#include <string.h>

#include "ledger/ledger_inner.h"

#define RECOVER_ARENA (16u << 20)

static enum err_code disagree(struct err *e)
{
	(void)err_hint(e,
		"Run \"huren fsck\" to see what is damaged, and restore the last backup.");
	return ERR_CORRUPT;
}

/* ---- single facts ---------------------------------------------------------------------------- */

static enum err_code load_meta(struct ledger *l, const char *name, char *ret, size_t room,
	bool *ret_found, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_META_GET);

	sql_bind_str(q, 1, str_of(name));
	TRY(sql_step(q, ret_found, e));
	if (*ret_found)
		(void)snprintf(ret, room, STR_FMT, STR_ARG(sql_str(q, 0)));
	return ERR_OK;
}

static enum err_code load_bans(struct ledger *l, struct err *e)
{
	char value[8];
	bool alarm = false;

	TRY(load_meta(l, "restored", value, sizeof(value), &l->state.restored, e));
	return load_meta(l, "alarm", l->state.alarm, sizeof(l->state.alarm), &alarm, e);
}

/* ---- the own log ----------------------------------------------------------------------------- */

struct head {
	uint64_t size, files_size;
	struct str note;
};

static enum err_code load_head(struct ledger *l, struct arena *a, int64_t id, struct head *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_CHECKPOINT_GET);
	bool row = false;

	*ret = (struct head){ .size = 0 };
	sql_bind_i64(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return ERR_OK;
	ret->size = (uint64_t)sql_i64(q, 0);
	ret->note = str_copy(a, sql_str(q, 1));
	ret->files_size = (uint64_t)sql_i64(q, 2);
	return ret->note.at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
}

static enum err_code check_last_row(struct ledger *l, uint64_t size, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_STATEMENT_LAST);
	bool row = false;
	int64_t last;

	TRY(sql_step(q, &row, e));
	last = !row || sql_is_null(q, 0) ? -1 : sql_i64(q, 0);
	l->state.time = last < 0 ? 0 : sql_i64(q, 1);
	if ((uint64_t)(last + 1) == size)
		return ERR_OK;
	(void)err_set(e, ERR_CORRUPT,
		"checkpoint covers %llu entries, %lld statement rows are here",
		(unsigned long long)size, (long long)last + 1);
	return disagree(e);
}

static enum err_code load_edge_rows(struct ledger *l, uint64_t files_size, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_EDGE_ALL);

	for (;;) {
		uint64_t position;
		struct digest hash;
		uint32_t level;
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		level = (uint32_t)sql_i64(q, 0);
		position = (uint64_t)sql_i64(q, 1);
		if (level == 0 || level >= EDGE_LEVELS || sql_str(q, 2).len != DIGEST_BYTES)
			return err_set(e, ERR_CORRUPT, "edge row of level %u is malformed", level);
		/* Those past files_size come again from the statement rows. */
		if (position >= files_size >> (8 * level) ||
			position < edge_first_at(level, files_size))
			continue;
		memcpy(hash.at, sql_str(q, 2).at, DIGEST_BYTES);
		TRY(edge_load_hash(&l->state.edge, level, position, &hash, e));
	}
}

static enum err_code append_rows(struct ledger *l, struct arena *a, uint64_t from, uint64_t to,
	struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_STATEMENT_RANGE);
	char room[LIMIT_RECEIPT_BYTES];
	struct buf entry = { .at = room, .capacity = sizeof(room), .max = sizeof(room) };

	sql_bind_i64(q, 1, (int64_t)from);
	sql_bind_i64(q, 2, (int64_t)to);
	for (uint64_t i = from; i < to; i++) {
		struct digest leaf;
		struct receipt r;
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row || sql_i64(q, 0) != (int64_t)i)
			return err_set(e, ERR_CORRUPT, "statement row %llu is missing",
				(unsigned long long)i);
		arena_reset(a);
		TRY(row_receipt(q, a, &r, e));
		buf_reset(&entry);
		receipt_put(&entry, &r);
		TRY(buf_check(&entry, "receipt", e));
		leaf = digest_sha256_leaf(buf_str(&entry));
		edge_append(&l->state.edge, &leaf);
	}
	return ERR_OK;
}

/* Our signature, our size, our root. */
static enum err_code check_head(struct ledger *l, struct arena *a, const struct head *h,
	struct err *e)
{
	struct digest root = merkle_range_root(&l->state.edge.range);
	struct note *note = ARENA_NEW(a, struct note);
	struct checkpoint c;

	if (!note)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	if (checkpoint_open(a, h->note, &l->note_key, note, &c, e) != ERR_OK) {
		(void)err_in(e, "stored checkpoint");
		(void)err_hint(e, "The key in keys/tlog.json must be the one this log began with.");
		return ERR_CORRUPT;
	}
	if (!str_eq(c.origin, l->origin) || c.size != h->size || !digest_eq(&c.root, &root)) {
		(void)err_set(e, ERR_CORRUPT,
			"stored checkpoint of %llu entries does not agree with the "
			"stored entries", (unsigned long long)h->size);
		return disagree(e);
	}
	l->state.root = root;
	return ERR_OK;
}

/* The last full tile must be there: files_size moves only after it. */
static enum err_code check_files(struct ledger *l, uint64_t files_size, struct err *e)
{
	uint64_t last = files_size / TILE_WIDTH - 1;

	if (files_size == 0 || (files_has(&l->own_files, true, 0, last) &&
		files_has(&l->own_files, false, 0, last)))
		return ERR_OK;
	(void)err_set(e, ERR_CORRUPT, "files of tile %llu are missing in \"%s\"",
		(unsigned long long)last, l->own_files.folder);
	return disagree(e);
}

static void keep_head(struct ledger *l, const struct head *h)
{
	struct kept_note *kept = &l->state.notes[0];

	kept->size = h->size;
	kept->len = (uint32_t)h->note.len;
	memcpy(kept->at, h->note.at, h->note.len);
	l->state.note_count = 1;
	l->state.size = h->size;
	l->state.files_size = l->kept_files_size = h->files_size;
}

static enum err_code load_log(struct ledger *l, struct arena *a, struct arena *b, struct err *e)
{
	struct head h, cosigned;

	TRY(load_head(l, a, 1, &h, e));
	TRY(load_head(l, a, 2, &cosigned, e));
	TRY(check_last_row(l, h.size, e));
	if (h.size == 0)
		return ERR_OK;
	if (h.note.len > NOTE_ROOM || h.files_size > h.size || h.files_size % TILE_WIDTH != 0 ||
		h.size - h.files_size > edge_room(&l->state.edge))
		return err_set(e, ERR_CORRUPT, "stored checkpoint row is malformed");
	edge_load_begin(&l->state.edge, h.files_size);
	TRY(load_edge_rows(l, h.files_size, e));
	TRY(edge_load_done(&l->state.edge, h.files_size, e));
	TRY(append_rows(l, b, h.files_size, h.size, e));
	TRY(check_head(l, a, &h, e));
	TRY(check_files(l, h.files_size, e));
	keep_head(l, &h);
	if (cosigned.size > 0 && cosigned.size <= h.size) {
		l->state.cosigned_size = cosigned.size;
		buf_put_str(&l->state.cosigned, cosigned.note);
	}
	return ERR_OK;
}

/* ---- mirrors --------------------------------------------------------------------------------- */

static enum err_code load_mirror_rows(struct ledger *l, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_MIRROR_ALL);

	for (;;) {
		bool row = false;
		struct mirror *m;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		if (l->state.mirror_count == MIRRORS_MAX || sql_str(q, 1).len > LIMIT_ID_BYTES)
			return err_set(e, ERR_CORRUPT, "mirror rows are malformed");
		m = mirror_open(sql_str(q, 1));
		l->state.mirrors[l->state.mirror_count++] = m;
		m->id = sql_i64(q, 0);
		m->size = (uint64_t)sql_i64(q, 2);
		m->checkpoint_size = (uint64_t)sql_i64(q, 3);
		buf_put_str(&m->checkpoint, sql_str(q, 4));
		buf_put_str(&m->pending, sql_str(q, 5));
		buf_put_str(&m->fork_ours, sql_str(q, 6));
		buf_put_str(&m->fork_theirs, sql_str(q, 7));
	}
}

static enum err_code load_mirror_edge(struct ledger *l, struct mirror *m, struct err *e)
{
	uint64_t files_size = m->size / TILE_WIDTH * TILE_WIDTH;
	SCOPED_SQL q = sql_use(l->store, SQL_MIRROR_EDGE_ALL);

	edge_load_begin(&m->edge, files_size);
	sql_bind_i64(q, 1, m->id);
	for (;;) {
		struct digest hash;
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row)
			return edge_load_done(&m->edge, files_size, e);
		if (sql_str(q, 2).len != DIGEST_BYTES)
			return err_set(e, ERR_CORRUPT, "edge row is malformed");
		memcpy(hash.at, sql_str(q, 2).at, DIGEST_BYTES);
		TRY(edge_load_hash(&m->edge, (uint32_t)sql_i64(q, 0), (uint64_t)sql_i64(q, 1),
			&hash,
			e));
	}
}

static enum err_code load_mirror_entries(struct ledger *l, struct mirror *m, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_MIRROR_ENTRY_ALL);

	sql_bind_i64(q, 1, row_place(m->id, 0));
	sql_bind_i64(q, 2, row_place(m->id + 1, 0));
	for (uint64_t i = m->size / TILE_WIDTH * TILE_WIDTH; i < m->size; i++) {
		struct digest leaf;
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row || sql_i64(q, 0) != row_place(m->id, i))
			return err_set(e, ERR_CORRUPT, "entry %llu is missing", (unsigned long
				long)i);
		leaf = digest_sha256_leaf(sql_str(q, 1));
		edge_append(&m->edge, &leaf);
		TRY(tile_bundle_put(&m->open, sql_str(q, 1), e));
	}
	return buf_check(&m->open, "bundle", e);
}

/* The signature was checked before it was stored; the root must still be that of the entries. */
static enum err_code check_mirror(struct arena *a, const struct mirror *m, struct err *e)
{
	struct digest root = merkle_range_root(&m->edge.range);
	struct note *note = ARENA_NEW(a, struct note);
	struct checkpoint c;

	if (m->checkpoint_size != m->size || m->checkpoint.len == 0)
		return ERR_OK;
	if (!note)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	TRY(note_parse(a, buf_str(&m->checkpoint), note, e));
	TRY(checkpoint_parse(note->text, &c, e));
	if (c.size != m->size || !digest_eq(&c.root, &root))
		return err_set(e, ERR_CORRUPT,
			"checkpoint of %llu entries does not agree with them",
			(unsigned long long)c.size);
	return ERR_OK;
}

static enum err_code load_mirrors(struct ledger *l, struct arena *a, struct err *e)
{
	TRY(load_mirror_rows(l, e));
	for (uint32_t i = 0; i < l->state.mirror_count; i++) {
		struct mirror *m = l->state.mirrors[i];
		enum err_code code = load_mirror_edge(l, m, e);
		if (code == ERR_OK)
			code = load_mirror_entries(l, m, e);
		arena_reset(a);
		if (code == ERR_OK)
			code = check_mirror(a, m, e);
		if (code != ERR_OK) {
			(void)err_in(e, "copy of log \"%s\"", m->origin);
			return disagree(e);
		}
	}
	return ERR_OK;
}

/* ---- the directory --------------------------------------------------------------------------- */

static enum err_code receipt_time(struct ledger *l, int64_t mirror, uint64_t index, int64_t *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, mirror == 0 ? SQL_STATEMENT_AT : SQL_MIRROR_STATEMENT_AT);
	bool row = false;

	sql_bind_i64(q, 1, row_place(mirror, index));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_CORRUPT, "statement row %llu is missing",
			(unsigned long long)index);
	*ret = sql_i64(q, 6);
	return ERR_OK;
}

static enum err_code learn(struct ledger *l, struct arena *a, int64_t mirror, uint64_t index,
	struct err *e)
{
	struct statement s;
	struct str body, jws;
	int64_t time = 0;

	arena_reset(a);
	TRY(row_body(l->store, a, mirror, index, &body, &jws, e));
	TRY(receipt_time(l, mirror, index, &time, e));
	TRY(statement_parse(a, body, &s, e));
	return door_learn(l, a, &s, time, e);
}

/* Changes of standing of one accreditation. */
static enum err_code learn_statuses(struct ledger *l, struct arena *a, int64_t mirror,
	uint64_t index, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_ABOUT_OF);
	struct receipt r;
	bool row = false;
	char id[64];

	{
		SCOPED_SQL of = sql_use(l->store,
			mirror == 0 ? SQL_STATEMENT_AT : SQL_MIRROR_STATEMENT_AT);
		arena_reset(a);
		sql_bind_i64(of, 1, row_place(mirror, index));
		TRY(sql_step(of, &row, e));
		if (!row)
			return err_set(e, ERR_CORRUPT, "statement row %llu is missing",
				(unsigned long long)index);
		TRY(row_receipt(of, a, &r, e));
	}
	(void)snprintf(id, sizeof(id), STR_FMT, STR_ARG(r.id));
	sql_bind_i64(q, 1, KIND_STATUS);
	sql_bind_str(q, 2, str_of(id));
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		TRY(learn(l, a, sql_i64(q, 0), (uint64_t)sql_i64(q, 1), e));
	}
}

static enum err_code learn_kind(struct ledger *l, struct arena *a, enum kind kind, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_ABOUT_KIND);

	sql_bind_i64(q, 1, (int64_t)kind);
	for (;;) {
		int64_t mirror;
		uint64_t index;
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		mirror = sql_i64(q, 1);
		index = (uint64_t)sql_i64(q, 2);
		if (learn(l, a, mirror, index, e) != ERR_OK) {
			(void)err_in(e, "statement %llu of mirror %lld", (unsigned long long)index,
				(long long)mirror);
			return disagree(e);
		}
		if (kind == KIND_ACCREDITATION)
			TRY(learn_statuses(l, a, mirror, index, e));
	}
}

enum err_code recover(struct ledger *l, struct err *e)
{
	struct arena a, b;
	enum err_code code;

	arena_init(&a, RECOVER_ARENA);
	arena_init(&b, RECOVER_ARENA);
	code = load_bans(l, e);
	if (code == ERR_OK)
		code = load_log(l, &a, &b, e);
	if (code == ERR_OK)
		code = load_mirrors(l, &a, e);
	if (code == ERR_OK)
		code = learn_kind(l, &a, KIND_DID_DOCUMENT, e);
	if (code == ERR_OK)
		code = learn_kind(l, &a, KIND_ACCREDITATION, e);
	arena_clear(&a);
	arena_clear(&b);
	return code;
}
