/* reading.c - what a caller's thread can ask: tiles, proofs, statements. Rows through the thread's
 * own connection, hashes of the open edge under the lock, the rest from files.
 */
#include <string.h>

#include "base/encode.h"
#include "ledger/ledger_inner.h"

/* ---- which log ------------------------------------------------------------------------------- */

struct log_view {
	int64_t mirror;            /* 0 = own */
	uint64_t size;             /* of the checkpoint it is shown by */
	/* a copy may hold more, up to a checkpoint it has not reached yet */
	uint64_t held;
	uint64_t files_size;
	struct files files;
};

/* Origin empty or our own: the own log. ERR_NOT_FOUND. */
static enum err_code view_of(struct ledger *l, struct str origin, struct log_view *ret,
	struct err *e)
{
	bool own = origin.len == 0 || str_eq(origin, l->origin);
	const struct mirror *m;
	bool known = own;

	*ret = (struct log_view){ .mirror = 0 };
	state_read(l);
	if (own) {
		ret->size = ret->held = l->state.size;
		ret->files_size = l->state.files_size;
	} else if ((m = mirror_find(l, origin)) && m->id != 0) {
		known = true;
		ret->mirror = m->id;
		ret->size = m->checkpoint_size;
		ret->held = m->size;
		ret->files_size = m->size / TILE_WIDTH * TILE_WIDTH;
	}
	state_unlock(l);
	if (!known)
		return err_set(e, ERR_NOT_FOUND, "log \"" STR_FMT "\" is not known here",
			STR_ARG(origin));
	if (own)
		ret->files = l->own_files;
	else
		mirror_files(l, origin, &ret->files);
	return ERR_OK;
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* Hashes that are in no file yet; false when they are. */
static bool edge_hashes(struct ledger *l, const struct log_view *v, const struct tile_id *t,
	struct digest *ret)
{
	const struct edge *g = &l->state.edge;
	bool found;

	state_read(l);
	if (v->mirror != 0)
		g = &mirror_by_id(l, v->mirror)->edge;
	found = edge_read(g, t->level, t->index * TILE_WIDTH, t->width, ret);
	state_unlock(l);
	return found;
}

static enum err_code read_hashes(struct ledger *l, struct arena *a, const struct log_view *v,
	const struct tile_id *t, struct str *ret, struct err *e)
{
	struct digest *hashes = ARENA_ARRAY(a, struct digest, t->width);
	struct str file;

	if (!hashes)
		return err_set(e, ERR_TOO_LARGE, "no memory for a tile");
	*ret = (struct str){ (const char *)hashes, t->width * sizeof(*hashes) };
	if (edge_hashes(l, v, t, hashes))
		return ERR_OK;
	TRY(files_read_tile(&v->files, a, t->level, t->index, &file, e));
	*ret = (struct str){ file.at, t->width * sizeof(*hashes) };
	return ERR_OK;
}

enum err_code reading_own_bundle(struct ledger *l, struct arena *a, struct store *s,
	uint64_t from, uint64_t to, struct buf *b, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_STATEMENT_RANGE);
	char room[LIMIT_RECEIPT_BYTES];
	struct buf entry = { .at = room, .capacity = sizeof(room), .max = sizeof(room) };

	(void)l;
	sql_bind_i64(q, 1, (int64_t)from);
	sql_bind_i64(q, 2, (int64_t)to);
	for (uint64_t i = from; i < to; i++) {
		struct receipt r;
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row || sql_i64(q, 0) != (int64_t)i)
			return err_set(e, ERR_CORRUPT, "statement row %llu is missing",
				(unsigned long long)i);
		TRY(row_receipt(q, a, &r, e));
		buf_reset(&entry);
		receipt_put(&entry, &r);
		TRY(buf_check(&entry, "receipt", e));
		TRY(tile_bundle_put(b, buf_str(&entry), e));
	}
	return buf_check(b, "bundle", e);
}

/* First `width` entries of a bundle. */
static enum err_code cut_bundle(struct str bytes, uint32_t width, struct str *ret, struct err *e)
{
	size_t at = 0;

	for (uint32_t i = 0; i < width; i++) {
		if (bytes.len - at < 2)
			return err_set(e, ERR_CORRUPT, "bundle is too short");
		at += 2 + ((size_t)(uint8_t)bytes.at[at] << 8 | (uint8_t)bytes.at[at + 1]);
		if (at > bytes.len)
			return err_set(e, ERR_CORRUPT, "bundle is too short");
	}
	*ret = (struct str){ bytes.at, at };
	return ERR_OK;
}

/* The mirror's bundle in memory; when it has got full meanwhile, its file. */
static enum err_code mirror_open_bundle(struct ledger *l, struct arena *a,
	const struct log_view *v, const struct tile_id *t, struct str *ret, struct err *e)
{
	struct str bytes = { NULL, 0 };
	const struct mirror *m;
	bool open;

	state_read(l);
	m = mirror_by_id(l, v->mirror);
	open = m->size / TILE_WIDTH == t->index;
	if (open)
		bytes = str_copy(a, buf_str(&m->open));
	state_unlock(l);
	if (open && !bytes.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a bundle");
	if (!open)
		TRY(files_read_bundle(&v->files, a, t->index, &bytes, e));
	return cut_bundle(bytes, t->width, ret, e);
}

/* Own bundle that was no file yet, from rows. */
static enum err_code own_open_bundle(struct ledger *l, struct arena *a, const struct tile_id *t,
	struct str *ret, struct err *e)
{
	uint64_t from = t->index * TILE_WIDTH;
	struct store *store;
	enum err_code code;
	struct buf b;

	TRY(ledger_reader(l, &store, e));
	buf_init(&b, TILE_WIDTH * (LIMIT_RECEIPT_BYTES + 2));
	code = reading_own_bundle(l, a, store, from, from + t->width, &b, e);
	if (code == ERR_OK) {
		*ret = str_copy(a, buf_str(&b));
		if (!ret->at)
			code = err_set(e, ERR_TOO_LARGE, "no memory for a bundle");
	}
	buf_clear(&b);
	return code;
}

static enum err_code read_bundle(struct ledger *l, struct arena *a, const struct log_view *v,
	const struct tile_id *t, bool accept_gzip, struct str *ret, bool *ret_gzip, struct err *e)
{
	bool whole = t->width == TILE_WIDTH;
	struct str bytes = { NULL, 0 };

	*ret_gzip = false;
	if (t->index * TILE_WIDTH + TILE_WIDTH > v->files_size)
		return v->mirror == 0 ? own_open_bundle(l, a, t, ret, e)
			: mirror_open_bundle(l, a, v, t, ret, e);
	if (whole && accept_gzip) {
		*ret_gzip = true;
		return files_read_bundle_gzip(&v->files, a, t->index, ret, e);
	}
	TRY(files_read_bundle(&v->files, a, t->index, &bytes, e));
	return cut_bundle(bytes, t->width, ret, e);
}

enum err_code ledger_tile(struct ledger *l, struct arena *a, struct str origin,
	const struct tile_id *t, bool accept_gzip, struct str *ret, bool *ret_gzip, struct err *e)
{
	struct log_view v;
	bool gzip = false;

	TRY(view_of(l, origin, &v, e));
	if (t->width == 0 || t->width > TILE_WIDTH || t->level > 63 ||
		(t->entries && t->level != 0) ||
		t->width > tile_width_at(t->level, t->index, v.held))
		return err_set(e, ERR_NOT_FOUND, "the log has no such tile at %llu entries",
			(unsigned long long)v.held);
	if (t->entries)
		TRY(read_bundle(l, a, &v, t, accept_gzip, ret, &gzip, e));
	else
		TRY(read_hashes(l, a, &v, t, ret, e));
	if (ret_gzip)
		*ret_gzip = gzip;
	return ERR_OK;
}

/* ---- proofs ---------------------------------------------------------------------------------- */

#define PROOF_ARENA (4u << 20) /* a proof over 2^40 entries touches under 20 tiles of 8 kB */

struct proof_source {
	struct ledger *l;
	struct arena a;
	struct log_view view;
};

static enum err_code read_for_proof(void *context, const struct tile_id *t, struct digest *ret,
	struct err *e)
{
	struct proof_source *p = context;
	struct str bytes;

	arena_reset(&p->a);
	TRY(read_hashes(p->l, &p->a, &p->view, t, &bytes, e));
	memcpy(ret, bytes.at, bytes.len);
	return ERR_OK;
}

static enum err_code begin_proof(struct ledger *l, struct str origin, uint64_t size,
	struct proof_source *p, struct tile_source *ret, struct err *e)
{
	*p = (struct proof_source){ .l = l };
	TRY(view_of(l, origin, &p->view, e));
	if (size > p->view.size)
		return err_set(e, ERR_INVALID, "the log has %llu entries, not %llu",
			(unsigned long long)p->view.size, (unsigned long long)size);
	arena_init(&p->a, PROOF_ARENA);
	*ret = (struct tile_source){ .read = read_for_proof, .context = p, .size = p->view.size };
	return ERR_OK;
}

enum err_code ledger_prove_inclusion(struct ledger *l, struct str origin, uint64_t index,
	uint64_t size, struct merkle_proof *ret, struct err *e)
{
	struct merkle_reader reader;
	struct tile_source source;
	struct proof_source p;
	enum err_code code;

	TRY(begin_proof(l, origin, size, &p, &source, e));
	reader = tile_merkle_reader(&source);
	code = merkle_prove_inclusion(&reader, index, size, ret, e);
	arena_clear(&p.a);
	return code;
}

enum err_code ledger_prove_consistency(struct ledger *l, struct str origin,
	uint64_t old_size, uint64_t new_size, struct merkle_proof *ret, struct err *e)
{
	struct merkle_reader reader;
	struct tile_source source;
	struct proof_source p;
	enum err_code code;

	TRY(begin_proof(l, origin, new_size, &p, &source, e));
	reader = tile_merkle_reader(&source);
	code = merkle_prove_consistency(&reader, old_size, new_size, ret, e);
	arena_clear(&p.a);
	return code;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* The log's name. ERR_NOT_FOUND when its checkpoint does not cover the row yet: a row is durable a
 * moment before that is published, and then no proof could be given. */
static enum err_code copy_origin(struct ledger *l, struct arena *a, int64_t mirror, uint64_t index,
	struct str *ret, struct err *e)
{
	const struct mirror *m;
	bool covered;

	state_read(l);
	m = mirror == 0 ? NULL : mirror_by_id(l, mirror);
	covered = m ? index < m->checkpoint_size : mirror == 0 && index < l->state.size;
	*ret = covered ? str_copy(a, m ? str_of(m->origin) : l->origin) : STR("");
	state_unlock(l);
	if (!covered)
		return err_set(e, ERR_NOT_FOUND,
			"statement at index %llu is not covered by a checkpoint"
			" yet", (unsigned long long)index);
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "no memory for a statement");
}

/* The rest of what is known of a statement row in `q`. */
static enum err_code fill_found(struct ledger *l, struct arena *a, struct store *s, struct sql *q,
	int64_t mirror, bool body, struct ledger_found *ret, struct err *e)
{
	struct ledger_found found = { .own = mirror == 0 };
	char room[LIMIT_RECEIPT_BYTES];
	struct buf bytes = { .at = room, .capacity = sizeof(room), .max = sizeof(room) };

	found.index = (uint64_t)(sql_i64(q, 0) - row_place(mirror, 0));
	TRY(row_receipt(q, a, &found.receipt, e));
	receipt_put(&bytes, &found.receipt);
	TRY(buf_check(&bytes, "receipt", e));
	found.receipt_bytes = str_copy(a, buf_str(&bytes));
	if (!found.receipt_bytes.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a receipt");
	TRY(copy_origin(l, a, mirror, found.index, &found.origin, e));
	if (body)
		TRY(row_body(s, a, mirror, found.index, &found.body, &found.jws, e));
	*ret = found;
	return ERR_OK;
}

static enum err_code not_here(const uint8_t id_key[16], struct err *e)
{
	char hex[33];

	hex_encode(id_key, 16, hex);
	return err_set(e, ERR_NOT_FOUND,
		"no statement \"urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s\" is here",
		hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static enum err_code find(struct ledger *l, struct arena *a, const uint8_t id_key[16], bool body,
	struct ledger_found *ret, struct err *e)
{
	struct store *store;
	bool row = false;

	TRY(ledger_reader(l, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_STATEMENT_BY_ID);
		sql_bind_blob(q, 1, id_key, 16);
		TRY(sql_step(q, &row, e));
		if (row)
			return fill_found(l, a, store, q, 0, body, ret, e);
	}
	SCOPED_SQL q = sql_use(store, SQL_MIRROR_STATEMENT_BY_ID);
	sql_bind_blob(q, 1, id_key, 16);
	sql_bind_i64(q, 2, 0);
	sql_bind_i64(q, 3, INT64_MAX);
	TRY(sql_step(q, &row, e));
	if (!row)
		return not_here(id_key, e);
	return fill_found(l, a, store, q, sql_i64(q, 0) >> MIRROR_SHIFT, body, ret, e);
}

enum err_code ledger_find(struct ledger *l, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret, struct err *e)
{
	return find(l, a, id_key, true, ret, e);
}

enum err_code ledger_find_receipt(struct ledger *l, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret, struct err *e)
{
	return find(l, a, id_key, false, ret, e);
}

static enum err_code find_at(struct ledger *l, struct arena *a, int64_t mirror, uint64_t index,
	struct ledger_found *ret, struct err *e)
{
	struct store *store;
	bool row = false;

	TRY(ledger_reader(l, &store, e));
	SCOPED_SQL q = sql_use(store, mirror == 0 ? SQL_STATEMENT_AT : SQL_MIRROR_STATEMENT_AT);
	sql_bind_i64(q, 1, row_place(mirror, index));
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no statement stands at index %llu",
			(unsigned long long)index);
	return fill_found(l, a, store, q, mirror, true, ret, e);
}

enum err_code ledger_entry(struct ledger *l, struct arena *a, struct str origin,
	uint64_t index, struct ledger_found *ret, struct err *e)
{
	struct log_view v;

	TRY(view_of(l, origin, &v, e));
	if (index >= (uint64_t)1 << MIRROR_SHIFT)
		return err_set(e, ERR_NOT_FOUND, "no statement stands at index %llu",
			(unsigned long long)index);
	return find_at(l, a, v.mirror, index, ret, e);
}

#define ABOUT_MAX 4096 /* statements about one subject: a status list opened daily for ten years */

struct place {
	struct place *next;
	int64_t mirror;
	uint64_t index;
};

/* Places first, because reading a statement uses the connection too. */
static enum err_code list_about(struct store *s, struct arena *a, enum kind kind,
	struct str subject, struct place **ret, size_t *ret_count, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_ABOUT_OF);
	struct place **last = ret;

	sql_bind_i64(q, 1, (int64_t)kind);
	sql_bind_str(q, 2, subject);
	*ret = NULL;
	for (*ret_count = 0;; ++*ret_count) {
		bool row = false;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		*last = *ret_count < ABOUT_MAX ? ARENA_NEW(a, struct place) : NULL;
		if (!*last)
			return err_set(e, ERR_TOO_LARGE, "too many statements about \"" STR_FMT
				"\"",
				STR_ARG(subject));
		(*last)->mirror = sql_i64(q, 0);
		(*last)->index = (uint64_t)sql_i64(q, 1);
		last = &(*last)->next;
	}
}

enum err_code ledger_statements_about(struct ledger *l, struct arena *a, enum kind kind,
	struct str subject_did, struct ledger_found **ret, size_t *ret_count, struct err *e)
{
	struct ledger_found *found;
	struct store *store;
	struct place *places;
	size_t count = 0, i = 0;

	TRY(ledger_reader(l, &store, e));
	TRY(list_about(store, a, kind, subject_did, &places, &count, e));
	found = ARENA_ARRAY(a, struct ledger_found, count);
	if (!found)
		return err_set(e, ERR_TOO_LARGE, "no memory for %zu statements", count);
	for (const struct place *p = places; p; p = p->next)
		TRY(find_at(l, a, p->mirror, p->index, &found[i++], e));
	*ret = found;
	*ret_count = count;
	return ERR_OK;
}

enum err_code ledger_latest_about(struct ledger *l, struct arena *a, enum kind kind,
	struct str subject, struct ledger_found *ret, struct err *e)
{
	struct store *store;
	struct place p;
	bool row = false;

	TRY(ledger_reader(l, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_ABOUT_LATEST);
		sql_bind_i64(q, 1, (int64_t)kind);
		sql_bind_str(q, 2, subject);
		TRY(sql_step(q, &row, e));
		if (!row)
			return err_set(e, ERR_NOT_FOUND, "no statement of kind \"%s\" about \""
				STR_FMT
				"\" is here", kind_row(kind)->name, STR_ARG(subject));
		p = (struct place){ .mirror = sql_i64(q, 0), .index = (uint64_t)sql_i64(q, 1) };
	}
	return find_at(l, a, p.mirror, p.index, ret, e);
}
