/* fsck.c - opens a node's folder, learns the keys it may trust, runs the parts. */
#include "fsck/fsck.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "fsck/fsck_inner.h"

#define ARENA_BYTES 268435456  /* keys of some hundred thousand organisations */
#define WORK_BYTES 67108864    /* one statement, or one bundle with its gzip form */
#define FILE_BYTES_MAX 1048576

void fsck_found(struct fsck *f, const char *where, const char *format, ...)
{
	struct fsck_report *r = f->report;
	va_list args;

	if (r->problem_count < FSCK_PROBLEMS_MAX) {
		struct fsck_problem *p = &r->problems[r->problem_count];

		(void)snprintf(p->where, sizeof(p->where), "%s", where); /* cut when too long */
		va_start(args, format);
		(void)vsnprintf(p->what, sizeof(p->what), format, args); /* as above */
		va_end(args);
	}
	r->problem_count++;
}

void fsck_found_err(struct fsck *f, const char *where, const struct err *e)
{
	fsck_found(f, where, "%s", e->message);
}

enum err_code fsck_query(struct fsck *f, const char *sql, sqlite3_stmt **ret, struct err *e)
{
	if (sqlite3_prepare_v2(f->db, sql, -1, ret, NULL) != SQLITE_OK)
		return err_set(
			e, ERR_CORRUPT, "could not ask the database: %s", sqlite3_errmsg(f->db));
	return ERR_OK;
}

enum err_code fsck_step(struct fsck *f, sqlite3_stmt *statement, bool *ret_row, struct err *e)
{
	int result = sqlite3_step(statement);

	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return err_set(
			e, ERR_CORRUPT, "could not read the database: %s", sqlite3_errmsg(f->db));
	*ret_row = result == SQLITE_ROW;
	return ERR_OK;
}

struct str fsck_column(sqlite3_stmt *statement, int column)
{
	const char *at = sqlite3_column_blob(statement, column);

	return at ? (struct str){ .at = at, .len = (size_t)sqlite3_column_bytes(statement, column) }
		  : STR("");
}

enum err_code fsck_row_receipt(sqlite3_stmt *statement, int first, struct fsck_receipt *ret,
	struct err *e)
{
	struct str id_key = fsck_column(statement, first),
		   digest = fsck_column(statement, first + 1);
	int64_t kind = sqlite3_column_int64(statement, first + 2);
	int64_t disclosure = sqlite3_column_int64(statement, first + 3);
	struct fsck_receipt r = { .issuer = fsck_column(statement, first + 4) };

	if (id_key.len != sizeof(r.id_key) || digest.len != DIGEST_BYTES)
		return err_set(e, ERR_CORRUPT, "row has an id or digest of a wrong size");
	if (kind < 0 || kind >= FSCK_KIND_COUNT || disclosure < 0 || disclosure > 2)
		return err_set(e, ERR_CORRUPT, "row has an unknown kind or disclosure");
	if (r.issuer.len == 0)
		return err_set(e, ERR_CORRUPT, "row has no issuer");
	memcpy(r.id_key, id_key.at, sizeof(r.id_key));
	memcpy(r.digest.at, digest.at, DIGEST_BYTES);
	r.kind = (enum fsck_kind)kind;
	r.disclosure = (uint8_t)disclosure;
	r.time = sqlite3_column_int64(statement, first + 5);
	*ret = r;
	return ERR_OK;
}

/* True when the log of that origin may hold statements of that issuer: "<host>/tlog" speaks for
 * did:web:<host> and did:web:<host>:org:*. */
static bool speaks_for(struct str origin, struct str did)
{
	SCOPED_BUF prefix = { 0 };
	struct str host = str_cut(&origin, '/');

	buf_init(&prefix, LIMIT_ID_BYTES + 16);
	buf_put_text(&prefix, "did:web:");
	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] == ':')
			buf_put_text(&prefix, "%3A");
		else
			buf_put_char(&prefix, host.at[i]);
	if (str_eq(did, buf_str(&prefix)))
		return true;
	buf_put_text(&prefix, ":org:");
	buf_put_char(&prefix, '\0');
	return !prefix.overflow && str_starts(did, prefix.at);
}

void fsck_body(struct fsck *f, const char *where, struct str origin, const struct fsck_receipt *r,
	struct str bytes, struct str jws)
{
	struct fsck_claim claim;
	struct err e = { 0 };
	uint32_t signatures;

	f->report->bodies++;
	if (r->kind != FSCK_AGREEMENT && !speaks_for(origin, r->issuer))
		fsck_found(f, where, "issuer is not one this log speaks for");
	if (fsck_claim_parse(f->work, bytes, r, &claim, &e) != ERR_OK ||
		fsck_claim_verify(f->work, &claim, r->kind, jws, r->time, &f->keys, &signatures,
			&e) != ERR_OK) {
		fsck_found_err(f, where, &e);
		return;
	}
	f->report->signatures += signatures;
}

/* First pass: every key that DID documents give, of the own log and of the copies. A body that does
 * not fit its receipt gives none; the second pass tells. */
static enum err_code learn_keys(struct fsck *f, const char *sql, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(f, sql, &rows, e));
	for (;;) {
		struct fsck_receipt r;
		struct fsck_claim claim;
		struct err own = { 0 };
		struct str origin;

		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return ERR_OK;
		arena_reset(f->work);
		origin = fsck_column(rows, 7);
		if (fsck_row_receipt(rows, 0, &r, NULL) != ERR_OK || r.kind != FSCK_DID_DOCUMENT ||
			!speaks_for(origin.len > 0 ? origin : f->origin, r.issuer) ||
			fsck_claim_parse(f->work, fsck_column(rows, 6), &r, &claim, NULL) != ERR_OK)
			continue;
		if (fsck_keys_add(&f->keys, f->arena, &claim, r.time, &own) != ERR_OK)
			fsck_found_err(f, "DID document", &own);
	}
}

static enum err_code add_vkey(struct fsck *f, struct str text, struct err *e)
{
	if (text.len == 0)
		return ERR_OK;
	if (f->vkey_count == FSCK_VKEYS_MAX)
		return err_set(e, ERR_TOO_LARGE, "too many keys in node.json");
	return fsck_vkey_parse(f->arena, text, &f->vkeys[f->vkey_count++], e);
}

/* The public half of keys/<role>.json as a note key, when the file is there. */
static enum err_code add_own_key(struct fsck *f, const char *role, struct str name, uint8_t type,
	struct err *e)
{
	const char *path = arena_printf(f->arena, "%s/keys/%s.json", f->dir, role);
	struct key_public pub;
	struct json *file;
	struct str text;

	if (!path || !io_exists(path))
		return ERR_OK;
	TRY(io_read_file(f->arena, path, FILE_BYTES_MAX, &text, e));
	if (json_parse(f->arena, text, &file, e) != ERR_OK)
		return err_in(e, "key file \"%s\"", path);
	TRY(key_public_from_multikey(json_get_str(file, "public"), &pub, e));
	return fsck_vkey_make(f->arena, name, type, &pub, &f->vkeys[f->vkey_count++], e);
}

static enum err_code read_config(struct fsck *f, struct err *e)
{
	const char *path = arena_printf(f->arena, "%s/node.json", f->dir);
	const struct json *list;
	struct json *config;
	struct str text, domain;

	TRY(path ? io_read_file(f->arena, path, FILE_BYTES_MAX, &text, e)
		 : err_set(e, ERR_TOO_LARGE, "path is too long"));
	TRY(json_parse(f->arena, text, &config, e));
	TRY(json_need_str(config, "domain", &domain, e));
	f->config = config;
	f->origin = str_printf(f->arena, STR_FMT "/tlog", STR_ARG(domain));
	TRY(add_own_key(f, "tlog", f->origin, 0x01, e));
	TRY(add_own_key(f, "tlog-sm2", f->origin, 0xff, e));
	list = json_get(config, "peers");
	for (size_t i = 0; i < json_count(list); i++) {
		TRY(add_vkey(f, json_get_str(json_at(list, i), "tlog_vkey"), e));
		TRY(add_vkey(f, json_get_str(json_at(list, i), "tlog_sm2_vkey"), e));
		TRY(add_vkey(f, json_get_str(json_at(list, i), "witness_vkey"), e));
	}
	list = json_get(config, "witnesses");
	for (size_t i = 0; i < json_count(list); i++)
		TRY(add_vkey(f, json_get_str(json_at(list, i), "vkey"), e));
	return ERR_OK;
}

/* Address of the file for SQLite. On a file system that cannot be written the side files of WAL
 * cannot be made: without them the database is read as it stands, which nobody can change then. */
static const char *database_uri(struct fsck *f, const char *path)
{
	const char *wal = arena_printf(f->arena, "%s-wal", path);
	SCOPED_BUF b = { 0 };

	buf_init(&b, 3 * 4096);
	buf_put_text(&b, "file:");
	for (const char *at = path; *at; at++)
		if (*at == '%' || *at == '?' || *at == '#')
			buf_printf(&b, "%%%02x", (unsigned char)*at);
		else
			buf_put_char(&b, *at);
	if (wal && !io_exists(wal) && access(f->dir, W_OK) != 0)
		buf_put_text(&b, "?immutable=1");
	return b.overflow ? NULL : str_z(f->arena, buf_str(&b));
}

static enum err_code open_database(struct fsck *f, struct err *e)
{
	const char *path = arena_printf(f->arena, "%s/huren.db", f->dir), *uri;

	if (!path || !io_exists(path))
		return err_set(e, ERR_NOT_FOUND, "\"%s\" has no huren.db: it is no node's folder",
			f->dir);
	uri = database_uri(f, path);
	if (!uri)
		return err_set(e, ERR_TOO_LARGE, "path \"%s\" is too long", path);
	if (sqlite3_open_v2(uri, &f->db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI,
		    NULL) != SQLITE_OK ||
		sqlite3_exec(f->db, "PRAGMA query_only = 1; BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return err_set(e, ERR_IO, "could not open database \"%s\": %s", path,
			f->db ? sqlite3_errmsg(f->db) : "no memory");
	return ERR_OK;
}

/* SQLite's own check of its pages. */
static enum err_code check_pages(struct fsck *f, struct err *e)
{
	SCOPED_STATEMENT rows = NULL;
	bool row;

	TRY(fsck_query(f, "PRAGMA quick_check(10)", &rows, e));
	for (;;) {
		struct str line;

		TRY(fsck_step(f, rows, &row, e));
		if (!row)
			return ERR_OK;
		line = fsck_column(rows, 0);
		if (!str_is(line, "ok"))
			fsck_found(f, "huren.db", STR_FMT, STR_ARG(line));
	}
}

/* A part that could not go on because of what it read is a problem found, not a failure to check.
 */
static enum err_code part(struct fsck *f, const char *name, enum err_code code, struct err *e)
{
	if (code != ERR_CORRUPT && code != ERR_INVALID)
		return code;
	fsck_found_err(f, name, e);
	return ERR_OK;
}

static enum err_code run(struct fsck *f, struct err *e)
{
	TRY(open_database(f, e));
	TRY(read_config(f, e));
	TRY(check_pages(f, e));
	TRY(learn_keys(f,
		"SELECT s.id_key, s.digest, s.kind, s.disclosure, i.did, s.time, b.bytes, '' FROM "
		"statement s"
		" JOIN issuer i ON i.id = s.issuer JOIN body b ON b.idx = s.idx WHERE s.kind = 0"
		" ORDER BY s.idx",
		e));
	TRY(learn_keys(f,
		"SELECT s.id_key, s.digest, s.kind, s.disclosure, i.did, s.time, b.bytes, m.origin"
		" FROM mirror_statement s JOIN issuer i ON i.id = s.issuer"
		" JOIN mirror_body b ON b.place = s.place JOIN mirror m ON m.id = s.place >> 40"
		" WHERE s.kind = 0 ORDER BY s.place", e));
	fsck_keys_sort(&f->keys);
	TRY(part(f, "own log", fsck_own(f, e), e));
	TRY(part(f, "mirrors", fsck_mirrors(f, e), e));
	TRY(part(f, "status lists", fsck_status(f, e), e));
	TRY(part(f, "evidence", fsck_evidence(f, e), e));
	return part(f, "audit trail", fsck_audit(f, e), e);
}

enum err_code fsck_run(const char *dir, struct fsck_report *ret, struct err *e)
{
	SCOPED_ARENA arena = { 0 };
	SCOPED_ARENA work = { 0 };
	struct fsck f = { .dir = dir, .arena = &arena, .work = &work, .report = ret };
	enum err_code code;

	memset(ret, 0, sizeof(*ret));
	arena_init(&arena, ARENA_BYTES);
	arena_init(&work, WORK_BYTES);
	code = run(&f, e);
	(void)sqlite3_close(f.db); /* nothing was written */
	return code;
}
