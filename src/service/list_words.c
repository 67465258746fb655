/* list_words.c - the words of lists go into the full-text indexes in the background: bigrams, so
 * that two-character Chinese words are found. Never in the hot path. So do the states of decisions
 * when more rest on what was changed than one write takes (sql/012-tables.sql). */
#include "base/diag.h"
#include "base/scoped.h"
#include "matching/search_text.h"
#include "service/list.h"
#include "service/service_inner.h"

#define INDEX_BATCH 512
#define ROUNDS 20

/* `due` gives row number, two marks and texts; `put` takes row number, words and marks; `done` the
 * row number: of each row, or of the last one when the rows only grow. */
static const struct source {
	enum sql_id due, put, done;
	int text_count;
	char mark_kinds[2];
	bool each;
} sources[] = {
	{ SQL_REPORT_UNINDEXED, SQL_REPORT_INDEX, SQL_REPORT_INDEXED, 3, "c", false },
	{ SQL_DECISION_UNINDEXED, SQL_DECISION_INDEX, SQL_DECISION_INDEXED, 1, "c", false },
	{ SQL_ORGANISATION_UNINDEXED, SQL_ORGANISATION_INDEX, SQL_ORGANISATION_INDEXED, 2,
		{ 'c', 'r' }, true },
	{ SQL_MEMBER_UNINDEXED, SQL_MEMBER_INDEX, SQL_MEMBER_INDEXED, 1, { 'c', 'r' }, true },
	{ SQL_BOOKING_UNINDEXED, SQL_BOOKING_INDEX, SQL_BOOKING_INDEXED, 3, { 'o', 'r' }, true },
	{ SQL_DEAL_UNINDEXED, SQL_DEAL_INDEX, SQL_DEAL_INDEXED, 2, { 'o', '\0' }, true },
	{ SQL_ACCOUNT_UNINDEXED, SQL_ACCOUNT_INDEX, SQL_ACCOUNT_INDEXED, 2, { '\0', 'o' }, true },
};
#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))

struct indexing {
	const struct source *source;
};

static enum err_code mark_done(struct store *store, enum sql_id id, int64_t row, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_i64(q, 1, row);
	return sql_run(q, e);
}

static enum err_code index_row(struct store *store, const struct source *source, struct sql *row,
	struct err *e)
{
	SCOPED_BUF words = { 0 };
	SCOPED_BUF marks = { 0 };

	buf_init(&words, 262144);
	buf_init(&marks, 2048);
	for (int i = 0; i < 2; i++)
		if (source->mark_kinds[i] != '\0') {
			search_text_mark(&marks, source->mark_kinds[i], sql_str(row, i + 1));
			buf_put_char(&marks, ' ');
		}
	for (int i = 0; i < source->text_count; i++)
		search_text_put(&words, sql_str(row, i + 3));
	SCOPED_SQL put = sql_use(store, source->put);
	sql_bind_i64(put, 1, sql_i64(row, 0));
	sql_bind_str(put, 2, words.overflow || words.len == 0 ? STR("") : buf_str(&words));
	sql_bind_str(put, 3, marks.overflow ? STR("") : buf_str(&marks));
	return sql_run(put, e);
}

/* In the writer. */
static enum err_code index_some(void *context, struct store *store, struct err *e)
{
	const struct source *source = ((const struct indexing *)context)->source;
	int64_t rows[INDEX_BATCH];
	size_t count = 0;
	{
		SCOPED_SQL q = sql_use(store, source->due);
		sql_bind_i64(q, 1, INDEX_BATCH);
		for (;;) {
			bool row;
			TRY(sql_step(q, &row, e));
			if (!row)
				break;
			CHECK(count < INDEX_BATCH);
			rows[count++] = sql_i64(q, 0);
			TRY(index_row(store, source, q, e));
		}
	}
	for (size_t i = 0; i < count; i++)
		if (source->each || i + 1 == count)
			TRY(mark_done(store, source->done, rows[i], e));
	return ERR_OK;
}

static enum err_code run_due(struct store *store, enum sql_id id, struct str input,
	struct str behind, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_blob(q, 1, input.at, input.len);
	sql_bind_blob(q, 2, behind.at, behind.len);
	return sql_run(q, e);
}

/* In the writer: some more decisions of one input. */
static enum err_code follow_change(void *context, struct store *store, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct str input, behind;
	bool row;

	(void)context;
	arena_init(&a, 4096);
	{
		SCOPED_SQL q = sql_use(store, SQL_DECISION_DUE);
		sql_bind_i64(q, 1, 1);
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		input = str_copy(&a, sql_str(q, 0));
		behind = str_copy(&a, sql_str(q, 1));
	}
	if (!input.at || !behind.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a decision's key");
	TRY(run_due(store, SQL_DECISION_DUE_STEP, input, behind, e));
	TRY(run_due(store, SQL_DECISION_DUE_GO, input, behind, e));
	SCOPED_SQL drop = sql_use(store, SQL_DECISION_DUE_DROP);
	return sql_run(drop, e);
}

static bool is_due(struct service *s, enum sql_id due)
{
	struct store *store;
	bool row = false;

	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return false;
	SCOPED_SQL q = sql_use(store, due);
	sql_bind_i64(q, 1, 1);
	return sql_step(q, &row, NULL) == ERR_OK && row;
}

/* One write after the other while `due` finds something; false: the writer refused. */
static bool work_off(struct service *s, enum sql_id due,
	enum err_code (*step)(void *context, struct store *store, struct err *e), void *context)
{
	for (int round = 0; is_due(s, due); round++) {
		struct err e = { 0 };
		if (round == ROUNDS) {
			service_wake(s); /* more waits: take turns with the other work */
			return true;
		}
		if (ledger_write(s->ledger, step, context, &e) != ERR_OK) {
			diag_err(DIAG_WARN, "search", &e);
			return false;
		}
	}
	return true;
}

void list_index_work(struct service *s)
{
	bool ok = work_off(s, SQL_DECISION_DUE, follow_change, NULL);

	for (size_t i = 0; i < SOURCE_COUNT && ok; i++) {
		struct indexing x = { .source = &sources[i] };
		ok = work_off(s, sources[i].due, index_some, &x);
	}
}
