/* append.c - one transaction of the writer: commands to rows and leaves, one signed checkpoint, one
 * commit, and only then the answers.
 *
 * Order, and what a death between two steps loses:
 *   rows, leaves in memory, checkpoint signed  - nothing was told, nothing is kept
 *   commit                                     - kept; who waited asks again, gets the same index
 *   published in memory, answers               - the filer goes on from files_size after a start
 */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "ledger/ledger_inner.h"

#define AHEAD_S_MAX 30 /* far less than LIMIT_FUTURE_SKEW_S */

/* ---- one publication ------------------------------------------------------------------------- */

/* True when the id stands in the log; fills p's answer, or says conflict. */
static enum err_code look_up(struct store *s, struct publication *p, bool *ret_known,
	struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_STATEMENT_FIND);
	bool row = false;

	sql_bind_blob(q, 1, p->statement.id_key, sizeof(p->statement.id_key));
	TRY(sql_step(q, &row, e));
	*ret_known = row;
	if (!row)
		return ERR_OK;
	if (!str_eq(sql_str(q, 1), (struct str){ (const char *)p->statement.digest.at,
			DIGEST_BYTES }))
		return err_set(e, ERR_CONFLICT, "statement \"" STR_FMT
			"\" is in the log at index %lld with other content",
			STR_ARG(p->statement.id), (long long)sql_i64(q, 0));
	p->duplicate = true;
	p->index = (uint64_t)sql_i64(q, 0);
	p->time = sql_i64(q, 2);
	return ERR_OK;
}

/* When the directory has learnt something since it was prepared, or a key has run out. */
static enum err_code judge_again(struct ledger *l, const struct batch *b, struct publication *p,
	struct err *e)
{
	struct door d = { .at = b->time, .authority = l->did, .index = UINT64_MAX };

	if (p->directory_version == directory_version(l->directory) && b->time < p->good_until)
		return ERR_OK;
	arena_reset(&l->scratch);
	return door_check(l, &l->scratch, &d, &p->statement, p->jws, &p->good_until, e);
}

/* The log of a node begins with its own DID document. */
static enum err_code check_first(struct ledger *l, const struct publication *p, struct err *e)
{
	const struct statement *s = &p->statement;

	if (s->kind == KIND_DID_DOCUMENT && str_eq(json_get_str(s->subject, "id"), l->did))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT,
		"this log is empty: it begins with the node's DID document");
}

static enum err_code add_statement(struct ledger *l, const struct publication *p,
	const struct receipt *r, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_STATEMENT_ADD);
	int64_t issuer = 0;

	TRY(row_issuer(l, l->store, r->issuer, &issuer, e));
	sql_bind_i64(q, 1, (int64_t)p->index);
	sql_bind_blob(q, 2, r->id_key, sizeof(r->id_key));
	sql_bind_blob(q, 3, r->digest.at, DIGEST_BYTES);
	sql_bind_i64(q, 4, (int64_t)r->kind);
	sql_bind_i64(q, 5, (int64_t)r->disclosure);
	sql_bind_i64(q, 6, issuer);
	sql_bind_i64(q, 7, r->time);
	return sql_run(q, e);
}

static enum err_code add_body(struct ledger *l, const struct publication *p, struct err *e)
{
	SCOPED_SQL q = sql_use(l->store, SQL_BODY_ADD);

	sql_bind_i64(q, 1, (int64_t)p->index);
	sql_bind_blob(q, 2, p->statement.canonical.at, p->statement.canonical.len);
	if (p->jws.len > 0)
		sql_bind_str(q, 3, p->jws);
	return sql_run(q, e);
}

static enum err_code project(struct ledger *l, const struct publication *p,
	const struct receipt *r, struct err *e)
{
	const struct ledger_event event = { .own = true, .origin = l->origin, .index = p->index,
		.receipt = r, .statement = &p->statement, .now = r->time };

	for (size_t i = 0; i < l->projection_count; i++)
		TRY(l->projections[i].apply(l->projections[i].context, l->store, &event, e));
	return ERR_OK;
}

/* When this statement is accepted: never earlier than the one before it. A DID document that
 * replaces another comes strictly later than all before it, even ahead of the clock: a receipt's
 * time alone must tell by which version its keys are judged. */
static enum err_code time_for(const struct ledger *l, const struct batch *b,
	const struct statement *s, int64_t *ret, struct err *e)
{
	int64_t last = b->leaf_count > 0 ? b->time : l->state.time;
	struct str did = json_get_str(s->subject, "id");

	*ret = b->time;
	if (s->kind != KIND_DID_DOCUMENT || directory_document_version(l->directory, did) == 0)
		return ERR_OK;
	if (last >= instant_now() + AHEAD_S_MAX)
		return err_set(e, ERR_BUSY, "too many DID documents are being replaced at once");
	*ret = b->time > last ? b->time : last + 1;
	return ERR_OK;
}

/* Rows and leaf of one publication. *ret_wrote tells whether rows may have to be undone. */
static enum err_code append_one(struct ledger *l, struct batch *b, struct publication *p,
	bool *ret_wrote, struct err *e)
{
	const struct statement *s = &p->statement;
	struct receipt r = { .kind = s->kind, .disclosure = kind_row(s->kind)->disclosure,
		.id = s->id, .issuer = s->issuer, .digest = s->digest };
	char room[LIMIT_RECEIPT_BYTES];
	struct buf bytes = { .at = room, .capacity = sizeof(room), .max = sizeof(room) };
	bool known = false;

	*ret_wrote = false;
	TRY(look_up(l->store, p, &known, e));
	if (known)
		return ERR_OK;
	if (b->ban.code != ERR_OK) {
		*e = b->ban;
		return b->ban.code;
	}
	TRY(judge_again(l, b, p, e));
	if (b->first_index + b->leaf_count == 0)
		TRY(check_first(l, p, e));
	TRY(time_for(l, b, s, &r.time, e));
	memcpy(r.id_key, s->id_key, sizeof(r.id_key));
	p->index = b->first_index + b->leaf_count;
	p->time = b->time = r.time;
	receipt_put(&bytes, &r);
	TRY(buf_check(&bytes, "receipt", e));
	*ret_wrote = true;
	TRY(add_statement(l, p, &r, e));
	TRY(add_body(l, p, e));
	TRY(row_about(l->store, s, r.time, 0, p->index, e));
	TRY(project(l, p, &r, e));
	if (p->beside)
		TRY(p->beside(p->beside_context, l->store, e));
	b->leaves[b->leaf_count++] = digest_sha256_leaf(buf_str(&bytes));
	return ERR_OK;
}

/* ---- the commands of a batch ----------------------------------------------------------------- */

/* After a command failed: undoes its rows, or asks for the whole batch again with savepoints.
 * Returns an error only when the transaction itself is lost. */
static enum err_code undo_one(struct ledger *l, struct batch *b, const struct err *why,
	struct err *e)
{
	row_issuer_forget(l);
	if (b->marked)
		store_undo(l->store);
	if (!store_in_transaction(l->store)) {
		if (e)
			*e = *why;
		return why->code;
	}
	b->again = !b->marked;
	return ERR_OK;
}

static enum err_code run_job(struct ledger *l, struct batch *b, struct job *job, struct err *e)
{
	enum err_code code;

	job->err = (struct err){ .code = ERR_OK };
	TRY(store_mark(l->store, e));
	code = job->run(job->context, l->store, &job->err);
	CHECK((code == ERR_OK) == (job->err.code == ERR_OK));
	if (code == ERR_OK)
		return store_keep(l->store, e);
	store_undo(l->store);
	row_issuer_forget(l);
	if (store_in_transaction(l->store))
		return ERR_OK;
	*e = job->err;
	(void)b;
	return code;
}

static enum err_code run_publication(struct ledger *l, struct batch *b, struct publication *p,
	struct err *e)
{
	uint32_t leaf_count = b->leaf_count;
	bool wrote = false;
	enum err_code code;

	p->err = (struct err){ .code = ERR_OK };
	p->duplicate = false;
	if (b->marked)
		TRY(store_mark(l->store, e));
	code = append_one(l, b, p, &wrote, &p->err);
	if (code != ERR_OK) {
		b->leaf_count = leaf_count;
		if (wrote || !store_in_transaction(l->store))
			return undo_one(l, b, &p->err, e);
	}
	return b->marked ? store_keep(l->store, e) : ERR_OK;
}

/* ---- rows about the log itself --------------------------------------------------------------- */

static enum err_code put_edge(struct ledger *l, struct batch *b, struct err *e)
{
	const struct edge *g = &l->state.edge;

	for (uint32_t level = 1; level < EDGE_LEVELS; level++) {
		for (uint64_t at = b->mark.counts[level]; at < g->levels[level].count; at++) {
			SCOPED_SQL q = sql_use(l->store, SQL_EDGE_ADD);
			struct digest hash;
			state_read(l);
			CHECK(edge_read(g, level, at, 1, &hash));
			state_unlock(l);
			sql_bind_i64(q, 1, level);
			sql_bind_i64(q, 2, (int64_t)at);
			sql_bind_blob(q, 3, hash.at, DIGEST_BYTES);
			TRY(sql_run(q, e));
		}
	}
	return ERR_OK;
}

static enum err_code put_checkpoint(struct store *s, int64_t id, uint64_t size, struct str note,
	uint64_t files_size, struct err *e)
{
	SCOPED_SQL q = sql_use(s, SQL_CHECKPOINT_SET);

	sql_bind_i64(q, 1, id);
	sql_bind_i64(q, 2, (int64_t)size);
	sql_bind_str(q, 3, note);
	sql_bind_i64(q, 4, (int64_t)files_size);
	return sql_run(q, e);
}

/* The filer went on: its progress, and edge rows that are files now. */
static enum err_code keep_files_size(struct ledger *l, struct batch *b, struct err *e)
{
	uint64_t files_size;

	state_read(l);
	files_size = l->state.files_size;
	state_unlock(l);
	b->keeps_files = files_size;
	if (files_size == l->kept_files_size)
		return ERR_OK;
	{
		SCOPED_SQL q = sql_use(l->store, SQL_CHECKPOINT_FILES);
		sql_bind_i64(q, 1, (int64_t)files_size);
		TRY(sql_run(q, e));
	}
	for (uint32_t level = 1; level < EDGE_LEVELS; level++) {
		uint64_t first = edge_first_at(level, files_size);
		if (first == edge_first_at(level, l->kept_files_size))
			continue;
		SCOPED_SQL q = sql_use(l->store, SQL_EDGE_DROP);
		sql_bind_i64(q, 1, level);
		sql_bind_i64(q, 2, (int64_t)first);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

static enum err_code keep_cosigned(struct ledger *l, struct batch *b, struct err *e)
{
	struct str note = { NULL, 0 };
	uint64_t size = 0;

	state_write(l);
	b->keeps_cosigned = l->state.cosigned_dirty;
	if (b->keeps_cosigned) {
		arena_reset(&l->scratch);
		note = str_copy(&l->scratch, buf_str(&l->state.cosigned));
		size = l->state.cosigned_size;
		l->state.cosigned_dirty = false; /* set again when the commit fails */
	}
	state_unlock(l);
	return note.at ? put_checkpoint(l->store, 2, size, note, 0, e) : ERR_OK;
}

static enum err_code keep_alarm(struct ledger *l, struct batch *b, struct err *e)
{
	char alarm[ALARM_ROOM];

	state_write(l);
	b->keeps_alarm = l->state.alarm_dirty;
	l->state.alarm_dirty = false; /* set again when the commit fails */
	memcpy(alarm, l->state.alarm, sizeof(alarm));
	state_unlock(l);
	if (!b->keeps_alarm)
		return ERR_OK;
	SCOPED_SQL q = sql_use(l->store, SQL_META_SET);
	sql_bind_str(q, 1, STR("alarm"));
	sql_bind_str(q, 2, str_of(alarm));
	return sql_run(q, e);
}

/* Leaves into the tree, and the checkpoint that covers them, signed and stored with them. */
static enum err_code put_head(struct ledger *l, struct batch *b, struct err *e)
{
	if (b->leaf_count == 0)
		return ERR_OK;
	state_write(l);
	for (uint32_t i = 0; i < b->leaf_count; i++)
		edge_append(&l->state.edge, &b->leaves[i]);
	state_unlock(l);
	TRY(put_edge(l, b, e));
	TRY(heads_sign(l, b, e));
	return put_checkpoint(l->store, 1, b->first_index + b->leaf_count,
		(struct str){ b->note, b->note_len }, l->kept_files_size, e);
}

/* ---- the batch ------------------------------------------------------------------------------- */

static enum err_code run_commands(struct ledger *l, struct batch *b, struct err *e)
{
	for (struct job *job = b->jobs; job; job = job->next)
		TRY(run_job(l, b, job, e));
	for (struct publication *p = b->publications; p && !b->again; p = p->next)
		TRY(run_publication(l, b, p, e));
	return ERR_OK;
}

static enum err_code commit(struct ledger *l, struct err *e)
{
	uint64_t start = instant_monotonic_us();
	enum err_code code = store_commit(l->store, e);

	CHECK(pthread_mutex_lock(&l->queue.lock) == 0);
	l->queue.figures.commit_us += instant_monotonic_us() - start;
	l->queue.figures.batches++;
	CHECK(pthread_mutex_unlock(&l->queue.lock) == 0);
	return code;
}

static enum err_code run_transaction(struct ledger *l, struct batch *b, struct err *e)
{
	b->again = false;
	b->leaf_count = 0;
	b->keeps_cosigned = b->keeps_alarm = false;
	b->first_index = l->state.size;
	b->time = writer_now(l);
	edge_mark(&l->state.edge, &b->mark);
	TRY(store_begin(l->store, e));
	TRY(run_commands(l, b, e));
	if (b->again)
		return ERR_OK;
	TRY(put_head(l, b, e));
	TRY(keep_files_size(l, b, e));
	TRY(keep_cosigned(l, b, e));
	TRY(keep_alarm(l, b, e));
	return commit(l, e);
}

/* Nothing of the batch happened. */
static void take_back(struct ledger *l, struct batch *b)
{
	store_rollback(l->store);
	row_issuer_forget(l);
	state_write(l);
	edge_rollback(&l->state.edge, &b->mark);
	l->state.cosigned_dirty = l->state.cosigned_dirty || b->keeps_cosigned;
	l->state.alarm_dirty = l->state.alarm_dirty || b->keeps_alarm;
	state_unlock(l);
}

static void fail_all(struct batch *b, const struct err *why)
{
	for (struct job *job = b->jobs; job; job = job->next)
		job->err = *why;
	for (struct publication *p = b->publications; p; p = p->next)
		if (p->err.code == ERR_OK)
			p->err = *why;
}

/* What the directory learns from the last publication of the batch, now that it is durable. */
static void learn(struct ledger *l, const struct batch *b)
{
	const struct publication *p = b->last;
	char reason[ALARM_ROOM];
	struct err e;

	if (!b->changes_directory || p->err.code != ERR_OK || p->duplicate)
		return;
	arena_reset(&l->scratch);
	if (door_learn(l, &l->scratch, &p->statement, p->time, &e) == ERR_OK)
		return;
	(void)snprintf(reason, sizeof(reason), "directory did not take \"" STR_FMT "\": %s",
		STR_ARG(p->statement.id), e.message);
	ledger_alarm(l, reason);
}

static void publish(struct ledger *l, const struct batch *b)
{
	bool more_files;

	l->kept_files_size = b->keeps_files;
	if (b->leaf_count == 0)
		return;
	state_write(l);
	heads_publish(l, b);
	more_files = l->state.size - l->state.files_size >= TILE_WIDTH;
	state_unlock(l);
	CHECK(pthread_mutex_lock(&l->queue.lock) == 0);
	l->queue.figures.statements += b->leaf_count;
	if (more_files)
		CHECK(pthread_cond_signal(&l->queue.files) == 0);
	CHECK(pthread_mutex_unlock(&l->queue.lock) == 0);
}

/* I1: after the commit, and with the checkpoint that covers it. */
static void answer(struct ledger *l, struct batch *b)
{
	char note[NOTE_ROOM];
	uint32_t len;

	state_read(l);
	len = heads_note(l, note);
	state_unlock(l);
	for (struct publication *p = b->publications, *next; p; p = next) {
		next = p->next; /* p belongs to its caller again after done() */
		if (p->err.code == ERR_OK) {
			memcpy(p->checkpoint_room, note, len);
			p->checkpoint = (struct str){ p->checkpoint_room, len };
		}
		p->done(p);
	}
}

/* Waits until a whole batch fits into the edge. */
static enum err_code wait_for_room(struct ledger *l, struct err *e)
{
	struct queue *q = &l->queue;
	char problem[sizeof(l->state.files_problem)] = "";
	bool room = false;

	CHECK(pthread_mutex_lock(&q->lock) == 0);
	for (;;) {
		state_read(l);
		room = edge_room(&l->state.edge) >= LIMIT_WRITER_BATCH;
		memcpy(problem, l->state.files_problem, sizeof(problem));
		state_unlock(l);
		if (room || problem[0])
			break;
		CHECK(pthread_cond_wait(&q->filed, &q->lock) == 0);
	}
	CHECK(pthread_mutex_unlock(&q->lock) == 0);
	return room ? ERR_OK : err_set(e, ERR_IO, "%s", problem);
}

void append_batch(struct ledger *l)
{
	struct batch *b = &l->batch;
	struct err e = { .code = ERR_OK };
	enum err_code code;

	for (struct publication *p = b->publications; p; p = p->next)
		p->err = (struct err){ .code = ERR_OK };
	b->marked = false;
	b->ban = (struct err){ .code = ERR_OK };
	code = b->count > 0 ? wait_for_room(l, &e) : ERR_OK;
	if (writer_may_sign(l, &b->ban) != ERR_OK)
		CHECK(b->ban.code != ERR_OK); /* told to those it concerns */
	if (code == ERR_OK) {
		code = run_transaction(l, b, &e);
		if (code == ERR_OK && b->again) {
			take_back(l, b);
			b->marked = true;
			code = run_transaction(l, b, &e);
		}
		if (code == ERR_OK)
			publish(l, b);
		else
			take_back(l, b);
	}
	if (code == ERR_OK)
		learn(l, b);
	else
		fail_all(b, &e);
	answer(l, b);
	if (code == ERR_OK && b->leaf_count > 0 && l->on_checkpoint)
		l->on_checkpoint(l->on_checkpoint_context);
}
