/* fsck_audit.c - the audit trail: every line's digest, and what the columns repeat of it. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "fsck/fsck_inner.h"

/* The line before the first that is kept. */
static enum err_code read_base(struct fsck *f, int64_t *ret_seq, struct digest *ret, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	struct str digest;
	bool row;

	TRY(fsck_query(f, "SELECT seq, digest FROM audit_base", &rows, e));
	TRY(fsck_step(f, rows, &row, e));
	digest = row ? fsck_column(rows, 1) : STR("");
	if (digest.len != DIGEST_BYTES)
		return err_set(e, ERR_CORRUPT, "audit trail has no beginning");
	*ret_seq = sqlite3_column_int64(rows, 0);
	memcpy(ret->at, digest.at, DIGEST_BYTES);
	return ERR_OK;
}

static bool says(struct str column, const struct json *line, const char *member)
{
	return str_eq(column, json_get_str(line, member));
}

/* seq, time, action, result, actor are what the line says. */
static void check_columns(struct fsck *f, const char *where, sqlite3_stmt *row, struct str text)
{
	struct json *line;
	int64_t time;
	bool same;

	if (json_parse(f->work, text, &line, NULL) != ERR_OK) {
		fsck_found(f, where, "it is no JSON");
		return;
	}
	same = json_number_or(json_get(line, "seq"), -1) == (double)sqlite3_column_int64(row, 0) &&
		instant_parse(json_get_str(line, "time"), &time, NULL) == ERR_OK &&
		time == sqlite3_column_int64(row, 1) && says(fsck_column(row, 2), line, "action") &&
		says(fsck_column(row, 3), line, "result") &&
		says(fsck_column(row, 4), line, "actor");
	if (!same)
		fsck_found(f, where, "its columns say something else than the line");
}

static void check_row(struct fsck *f, sqlite3_stmt *row, int64_t seq, struct digest *before)
{
	struct str text = fsck_column(row, 5), digest = fsck_column(row, 6);
	struct digest computed = digest_sha256_two((struct str){ (const char *)before->at,
		DIGEST_BYTES }, text);
	char where[64];

	(void)snprintf(where, sizeof(where), "audit line %lld",
		(long long)sqlite3_column_int64(row, 0));
	f->report->audit_lines++;
	if (sqlite3_column_int64(row, 0) != seq)
		fsck_found(f, where, "line %lld should stand here", (long long)seq);
	if (digest.len != DIGEST_BYTES || memcmp(digest.at, computed.at, DIGEST_BYTES) != 0)
		fsck_found(f, where, "digest is not that of the line before and this one");
	if (digest.len == DIGEST_BYTES) /* one finding a change, not one a line behind it */
		memcpy(before->at, digest.at, DIGEST_BYTES);
	arena_reset(f->work);
	check_columns(f, where, row, text);
}

enum err_code fsck_audit(struct fsck *f, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	struct digest before;
	int64_t seq = 0;
	bool row;

	TRY(read_base(f, &seq, &before, e));
	TRY(fsck_query(f, "SELECT seq, time, action, result, actor, line, digest FROM audit"
		" ORDER BY seq", &rows, e));
	for (;;) {
		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return ERR_OK;
		seq++;
		check_row(f, rows, seq, &before);
		seq = sqlite3_column_int64(rows, 0);
	}
}
