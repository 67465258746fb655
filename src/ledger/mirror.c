/* mirror.c - copies of other logs: files for what is full, rows for the rest.
 *
 * In the caller's thread: hashes are checked, the tree is extended beside the old one, full bundles
 * and tiles become files. In the writer: rows. After the commit the new edge takes the old one's
 * place. A death before the commit leaves files beyond the copy's size; they are written again.
 */
#include <string.h>

#include "base/encode.h"
#include "ledger/ledger_inner.h"

#define MIRROR_LEAF_TILES 2
#define OPEN_BYTES_MAX (TILE_WIDTH * (LIMIT_RECEIPT_BYTES + 2))
#define PARSE_ARENA (64u << 20)

struct extension {
	struct ledger *l;
	struct mirror *m;
	const struct ledger_mirror_batch *batch;
	struct checkpoint checkpoint;
	struct receipt *receipts;          /* one an entry; id empty: not a receipt */
	struct arena *a;
	uint64_t new_size;
	bool whole;                        /* reaches the checkpoint */
	int64_t id;
	bool bundles_filled;
};

struct mirror *mirror_open(struct str origin)
{
	struct mirror *m = handle_new(sizeof(*m));
	struct buf *notes[] = { &m->checkpoint, &m->pending, &m->fork_ours, &m->fork_theirs };

	CHECK(origin.len < sizeof(m->origin));
	memcpy(m->origin, origin.at, origin.len);
	edge_open(&m->edge, MIRROR_LEAF_TILES);
	edge_open(&m->next_edge, MIRROR_LEAF_TILES);
	buf_init(&m->open, OPEN_BYTES_MAX);
	buf_init(&m->next_open, OPEN_BYTES_MAX);
	for (size_t i = 0; i < 4; i++)
		buf_init(notes[i], LIMIT_NOTE_BYTES);
	return m;
}

void mirror_close(struct mirror *m)
{
	if (!m)
		return;
	edge_close(&m->edge);
	edge_close(&m->next_edge);
	buf_clear(&m->open);
	buf_clear(&m->next_open);
	buf_clear(&m->checkpoint);
	buf_clear(&m->pending);
	buf_clear(&m->fork_ours);
	buf_clear(&m->fork_theirs);
	handle_drop(m);
}

struct mirror *mirror_find(struct ledger *l, struct str origin)
{
	for (uint32_t i = 0; i < l->state.mirror_count; i++)
		if (str_is(origin, l->state.mirrors[i]->origin))
			return l->state.mirrors[i];
	return NULL;
}

struct mirror *mirror_by_id(struct ledger *l, int64_t id)
{
	for (uint32_t i = 0; i < l->state.mirror_count; i++)
		if (l->state.mirrors[i]->id == id)
			return l->state.mirrors[i];
	return NULL;
}

void mirror_files(const struct ledger *l, struct str origin, struct files *ret)
{
	struct digest name = digest_sha256(origin);
	char folder[8 + 2 * DIGEST_BYTES] = "mirror/";

	hex_encode(name.at, DIGEST_BYTES, folder + 7);
	CHECK(files_init(ret, l->dir, folder, NULL) == ERR_OK); /* dir was measured at open */
}

/* Finds or makes it and takes it for this thread. */
static enum err_code take(struct ledger *l, struct str origin, struct mirror **ret, struct err *e)
{
	enum err_code code = ERR_OK;
	struct mirror *m;

	if (origin.len == 0 || origin.len > LIMIT_ID_BYTES)
		return err_set(e, ERR_INVALID, "origin of %zu bytes", origin.len);
	if (str_eq(origin, l->origin))
		return err_set(e, ERR_INVALID, "a node does not mirror its own log");
	state_write(l);
	m = mirror_find(l, origin);
	if (!m && l->state.mirror_count == MIRRORS_MAX) {
		code = err_set(e, ERR_TOO_LARGE, "more than %d mirrored logs", MIRRORS_MAX);
	} else if (!m) {
		m = mirror_open(origin);
		l->state.mirrors[l->state.mirror_count++] = m;
	}
	if (code == ERR_OK && m->busy)
		code = err_set(e, ERR_BUSY, "log \"" STR_FMT "\" is being mirrored already",
			STR_ARG(origin));
	if (code == ERR_OK)
		m->busy = true;
	state_unlock(l);
	if (code == ERR_OK)
		*ret = m;
	return code;
}

/* One of which nothing became durable is forgotten. */
static void give_back(struct ledger *l, struct mirror *m)
{
	struct state *s = &l->state;
	bool forgotten;

	state_write(l);
	m->busy = false;
	forgotten = m->id == 0;
	for (uint32_t i = 0; forgotten && i < s->mirror_count; i++)
		if (s->mirrors[i] == m)
			s->mirrors[i] = s->mirrors[--s->mirror_count];
	state_unlock(l);
	if (forgotten)
		mirror_close(m);
}

/* ---- checks ---------------------------------------------------------------------------------- */

static enum err_code check_place(const struct extension *x, struct err *e)
{
	const struct ledger_mirror_batch *batch = x->batch;

	if (x->m->fork_ours.len > 0)
		return err_set(e, ERR_CONFLICT, "log \"%s\" has forked: nothing more is accepted",
			x->m->origin);
	if (batch->count > LEDGER_MIRROR_COUNT_MAX)
		return err_set(e, ERR_TOO_LARGE, "batch of %u entries: at most %d", batch->count,
			LEDGER_MIRROR_COUNT_MAX);
	if (batch->first_index != x->m->size)
		return err_set(e, ERR_CONFLICT,
			"copy of \"%s\" ends at %llu, the batch begins at %llu",
			x->m->origin, (unsigned long long)x->m->size,
			(unsigned long long)batch->first_index);
	if (x->new_size > batch->size || batch->size >= (uint64_t)1 << MIRROR_SHIFT)
		return err_set(e, ERR_INVALID, "batch ends at %llu, its checkpoint at %llu",
			(unsigned long long)x->new_size, (unsigned long long)batch->size);
	if (batch->size < x->m->checkpoint_size)
		return err_set(e, ERR_CONFLICT,
			"checkpoint of %llu entries is older than the one here",
			(unsigned long long)batch->size);
	return ERR_OK;
}

static enum err_code check_note(struct extension *x, struct err *e)
{
	struct note *note = ARENA_NEW(x->a, struct note);

	if (!note)
		return err_set(e, ERR_TOO_LARGE, "no memory for a checkpoint");
	TRY(note_parse(x->a, x->batch->checkpoint, note, e));
	TRY(checkpoint_parse(note->text, &x->checkpoint, e));
	if (!str_is(x->checkpoint.origin, x->m->origin) || x->checkpoint.size != x->batch->size)
		return err_set(e, ERR_INVALID, "checkpoint is of \"" STR_FMT "\" at %llu",
			STR_ARG(x->checkpoint.origin), (unsigned long long)x->checkpoint.size);
	return ERR_OK;
}

/* Every entry hashes to its leaf, and the leaves end in the checkpoint's root. */
static enum err_code check_hashes(const struct extension *x, struct err *e)
{
	const struct ledger_mirror_batch *batch = x->batch;
	struct merkle_range range = x->m->edge.range;
	struct digest root;

	for (uint32_t i = 0; i < batch->count; i++) {
		struct digest leaf = digest_sha256_leaf(batch->entries[i]);
		if (batch->entries[i].len > LIMIT_RECEIPT_BYTES)
			return err_set(e, ERR_TOO_LARGE, "entry %llu of %zu bytes: at most %d",
				(unsigned long long)batch->first_index + i, batch->entries[i].len,
				LIMIT_RECEIPT_BYTES);
		if (!digest_eq(&leaf, &batch->leaf_hashes[i]))
			return err_set(e, ERR_UNPROVEN, "entry %llu does not hash to its leaf",
				(unsigned long long)batch->first_index + i);
		merkle_range_append(&range, &leaf);
	}
	root = merkle_range_root(&range);
	if (x->whole && !digest_eq(&root, &x->checkpoint.root))
		return err_set(e, ERR_UNPROVEN,
			"entries up to %llu do not make the checkpoint's root",
			(unsigned long long)x->new_size);
	return ERR_OK;
}

static enum err_code parse_receipts(struct extension *x, struct err *e)
{
	const struct ledger_mirror_batch *batch = x->batch;

	x->receipts = ARENA_ARRAY(x->a, struct receipt, batch->count);
	if (!x->receipts)
		return err_set(e, ERR_TOO_LARGE, "no memory for %u receipts", batch->count);
	for (uint32_t i = 0; i < batch->count; i++) {
		/* What is no receipt (of a newer program, say) is kept as bytes, without a row. */
		if (receipt_parse(x->a, batch->entries[i], &x->receipts[i], NULL) != ERR_OK)
			x->receipts[i] = (struct receipt){ .id = { NULL, 0 } };
	}
	return ERR_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Extends next_edge and next_open entry by entry; what gets full becomes files. */
static enum err_code extend(struct extension *x, struct err *e)
{
	const struct ledger_mirror_batch *batch = x->batch;
	struct mirror *m = x->m;
	struct files files;

	mirror_files(x->l, str_of(m->origin), &files);
	edge_copy(&m->next_edge, &m->edge);
	buf_reset(&m->next_open);
	buf_put_str(&m->next_open, buf_str(&m->open));
	for (uint32_t i = 0; i < batch->count; i++) {
		uint64_t size = batch->first_index + i + 1;
		TRY(tile_bundle_put(&m->next_open, batch->entries[i], e));
		edge_append(&m->next_edge, &batch->leaf_hashes[i]);
		if (size % TILE_WIDTH != 0)
			continue;
		TRY(files_write_bundle(&files, size / TILE_WIDTH - 1, buf_str(&m->next_open), e));
		TRY(files_write_tiles_at(&files, &m->next_edge, size, e));
		edge_drop(&m->next_edge, size);
		buf_reset(&m->next_open);
		x->bundles_filled = true;
	}
	TRY(buf_check(&m->next_open, "bundle", e));
	return x->bundles_filled ? files_sync(&files, e) : ERR_OK;
}

/* ---- rows (in the writer) -------------------------------------------------------------------- */

static enum err_code need_row(struct store *s, const struct mirror *m, int64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_MIRROR_NEW);
	bool row = false;

	*ret = m->id;
	if (m->id != 0)
		return ERR_OK;
	sql_bind_str(q, 1, str_of(m->origin));
	TRY(sql_step(q, &row, e));
	CHECK(row);
	*ret = sql_i64(q, 0);
	return ERR_OK;
}

static enum err_code put_statement(const struct extension *x, struct store *s, uint64_t index,
	const struct receipt *r, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_MIRROR_STATEMENT_ADD);
	int64_t issuer = 0;

	TRY(row_issuer(x->l, s, r->issuer, &issuer, e));
	sql_bind_i64(q, 1, row_place(x->id, index));
	sql_bind_blob(q, 2, r->id_key, sizeof(r->id_key));
	sql_bind_blob(q, 3, r->digest.at, DIGEST_BYTES);
	sql_bind_i64(q, 4, (int64_t)r->kind);
	sql_bind_i64(q, 5, (int64_t)r->disclosure);
	sql_bind_i64(q, 6, issuer);
	sql_bind_i64(q, 7, r->time);
	return sql_run(q, e);
}

/* Entries of the bundle that stays open, and only those. */
static enum err_code put_open(const struct extension *x, struct store *s, struct err *e)
{
	const struct ledger_mirror_batch *batch = x->batch;
	uint64_t from = x->new_size / TILE_WIDTH * TILE_WIDTH;

	if (x->bundles_filled) {
		SCOPED_SQL q = sql_use(s, SQL_MIRROR_ENTRY_DROP);
		sql_bind_i64(q, 1, row_place(x->id, 0));
		sql_bind_i64(q, 2, row_place(x->id + 1, 0));
		TRY(sql_run(q, e));
	}
	for (uint64_t i = from > batch->first_index ? from : batch->first_index; i < x->new_size;
		i++) {
		struct str entry = batch->entries[i - batch->first_index];
		SCOPED_SQL q = sql_use(s, SQL_MIRROR_ENTRY_ADD);
		sql_bind_i64(q, 1, row_place(x->id, i));
		sql_bind_blob(q, 2, entry.at, entry.len);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

static enum err_code put_edge_level(const struct extension *x, struct store *s, uint32_t level,
	struct err *e)
{
	const struct edge_level *old = &x->m->edge.levels[level];
	const struct edge_level *now = &x->m->next_edge.levels[level];
	uint64_t at = old->count > now->first ? old->count : now->first;

	if (now->first > old->first) {
		SCOPED_SQL q = sql_use(s, SQL_MIRROR_EDGE_DROP);
		sql_bind_i64(q, 1, x->id);
		sql_bind_i64(q, 2, level);
		sql_bind_i64(q, 3, (int64_t)now->first);
		TRY(sql_run(q, e));
	}
	for (; at < now->count; at++) {
		SCOPED_SQL q = sql_use(s, SQL_MIRROR_EDGE_ADD);
		struct digest hash;
		CHECK(edge_read(&x->m->next_edge, level, at, 1, &hash));
		sql_bind_i64(q, 1, x->id);
		sql_bind_i64(q, 2, level);
		sql_bind_i64(q, 3, (int64_t)at);
		sql_bind_blob(q, 4, hash.at, DIGEST_BYTES);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

struct mirror_row {
	int64_t id;
	uint64_t size, checkpoint_size;
	struct str checkpoint, pending, fork_ours, fork_theirs;
};

static void bind_text(struct sql *q, int position, struct str text)
{
	sql_bind_str(q, position, text.at ? text : STR("")); /* an unused buf has no bytes */
}

static enum err_code put_row(struct store *s, const struct mirror_row *r, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_MIRROR_SET);

	sql_bind_i64(q, 1, r->id);
	sql_bind_i64(q, 2, (int64_t)r->size);
	sql_bind_i64(q, 3, (int64_t)r->checkpoint_size);
	bind_text(q, 4, r->checkpoint);
	bind_text(q, 5, r->pending);
	bind_text(q, 6, r->fork_ours);
	bind_text(q, 7, r->fork_theirs);
	return sql_run(q, e);
}

static enum err_code put_rows(void *context, struct store *s, struct err *e)
{
	struct extension *x = context;
	const struct ledger_mirror_batch *batch = x->batch;
	struct mirror_row row = { .size = x->new_size, .checkpoint_size = x->m->checkpoint_size,
		.checkpoint = buf_str(&x->m->checkpoint), .pending = batch->checkpoint,
		.fork_ours = STR(""), .fork_theirs = STR("") };

	TRY(need_row(s, x->m, &x->id, e));
	for (uint32_t i = 0; i < batch->count; i++)
		if (x->receipts[i].id.len > 0)
			TRY(put_statement(x, s, batch->first_index + i, &x->receipts[i], e));
	TRY(put_open(x, s, e));
	for (uint32_t level = 1; level < EDGE_LEVELS; level++)
		TRY(put_edge_level(x, s, level, e));
	row.id = x->id;
	if (x->whole) {
		row.checkpoint_size = batch->size;
		row.checkpoint = batch->checkpoint;
		row.pending = STR("");
	}
	return put_row(s, &row, e);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void set_text(struct buf *b, struct str text)
{
	buf_reset(b);
	buf_put_str(b, text);
}

/* The rows are durable: the new edge takes the old one's place. */
static void adopt(struct extension *x)
{
	struct mirror *m = x->m;
	struct edge edge;
	struct buf open;

	state_write(x->l);
	edge = m->edge;
	m->edge = m->next_edge;
	m->next_edge = edge;
	open = m->open;
	m->open = m->next_open;
	m->next_open = open;
	m->id = x->id;
	m->size = x->new_size;
	set_text(&m->pending, x->whole ? STR("") : x->batch->checkpoint);
	if (x->whole) {
		m->checkpoint_size = x->batch->size;
		set_text(&m->checkpoint, x->batch->checkpoint);
	}
	state_unlock(x->l);
}

static enum err_code mirror_taken(struct extension *x, struct err *e)
{
	struct job job = { .run = put_rows, .context = x };

	x->new_size = x->batch->first_index + x->batch->count;
	x->whole = x->new_size == x->batch->size;
	TRY(check_place(x, e));
	TRY(check_note(x, e));
	TRY(check_hashes(x, e));
	TRY(parse_receipts(x, e));
	TRY(extend(x, e));
	TRY(writer_do(x->l, &job, e));
	adopt(x);
	return ERR_OK;
}

enum err_code ledger_mirror(struct ledger *l, const struct ledger_mirror_batch *batch,
	struct err *e)
{
	struct extension x = { .l = l, .batch = batch };
	enum err_code code;
	struct arena a;

	TRY(take(l, batch->origin, &x.m, e));
	arena_init(&a, PARSE_ARENA);
	x.a = &a;
	code = mirror_taken(&x, e);
	arena_clear(&a);
	give_back(l, x.m);
	return code;
}

struct fork_note {
	struct mirror *m;
	int64_t id;
	struct str ours, theirs;
};

static enum err_code put_fork(void *context, struct store *s, struct err *e)
{
	struct fork_note *f = context;
	struct mirror_row row = { .size = f->m->size, .checkpoint_size = f->m->checkpoint_size,
		.checkpoint = buf_str(&f->m->checkpoint), .pending = buf_str(&f->m->pending),
		.fork_ours = f->ours, .fork_theirs = f->theirs };

	TRY(need_row(s, f->m, &f->id, e));
	row.id = f->id;
	return put_row(s, &row, e);
}

enum err_code ledger_mirror_fork(struct ledger *l, struct str origin, struct str ours,
	struct str theirs, struct err *e)
{
	struct fork_note f = { .ours = ours, .theirs = theirs };
	struct job job = { .run = put_fork, .context = &f };
	enum err_code code;

	if (ours.len == 0 || theirs.len == 0 || ours.len > LIMIT_NOTE_BYTES ||
		theirs.len > LIMIT_NOTE_BYTES)
		return err_set(e, ERR_INVALID, "a fork is shown by two signed heads");
	TRY(take(l, origin, &f.m, e));
	code = f.m->fork_ours.len > 0 ? ERR_OK : writer_do(l, &job, e);
	if (code == ERR_OK && f.m->fork_ours.len == 0) {
		state_write(l);
		f.m->id = f.id;
		set_text(&f.m->fork_ours, ours);
		set_text(&f.m->fork_theirs, theirs);
		state_unlock(l);
	}
	give_back(l, f.m);
	return code;
}

struct forgiving {
	const struct mirror *m;
	const struct ledger_fork *fork;
};

static enum err_code put_forgiven(void *context, struct store *s, struct err *e)
{
	const struct forgiving *f = context;
	const struct mirror *m = f->m;
	struct mirror_row row = { .id = m->id, .size = m->size,
		.checkpoint_size = m->checkpoint_size, .checkpoint = buf_str(&m->checkpoint),
		.pending = buf_str(&m->pending), .fork_ours = STR(""), .fork_theirs = STR("") };

	TRY(f->fork->keep(f->fork->context, s, buf_str(&m->fork_ours), buf_str(&m->fork_theirs),
		e));
	return put_row(s, &row, e);
}

enum err_code ledger_mirror_forgive(struct ledger *l, struct str origin,
	const struct ledger_fork *fork, struct err *e)
{
	struct forgiving f = { .fork = fork };
	struct job job = { .run = put_forgiven, .context = &f };
	enum err_code code;
	struct mirror *m;

	TRY(take(l, origin, &m, e));
	f.m = m;
	code = m->id != 0 && m->fork_ours.len > 0 ? writer_do(l, &job, e) : err_set(e,
		ERR_CONFLICT, "log \"" STR_FMT "\" has not forked", STR_ARG(origin));
	if (code == ERR_OK) {
		state_write(l);
		buf_reset(&m->fork_ours);
		buf_reset(&m->fork_theirs);
		state_unlock(l);
	}
	give_back(l, m);
	return code;
}

enum err_code ledger_mirror_state(struct ledger *l, struct arena *a, struct str origin,
	struct ledger_mirror_state *ret, struct err *e)
{
	struct ledger_mirror_state found = { 0 };
	const struct mirror *m;
	bool known;

	state_read(l);
	m = mirror_find(l, origin);
	known = m && m->id != 0;
	if (known) {
		found.size = m->size;
		found.checkpoint_size = m->checkpoint_size;
		found.checkpoint = str_copy(a, buf_str(&m->checkpoint));
		found.pending = str_copy(a, buf_str(&m->pending));
		found.fork_ours = str_copy(a, buf_str(&m->fork_ours));
		found.fork_theirs = str_copy(a, buf_str(&m->fork_theirs));
	}
	state_unlock(l);
	if (!known)
		return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT "\" is not mirrored here",
			STR_ARG(origin));
	if (!found.checkpoint.at || !found.pending.at || !found.fork_ours.at ||
		!found.fork_theirs.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a mirror's state");
	*ret = found;
	return ERR_OK;
}
