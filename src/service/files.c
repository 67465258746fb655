/* files.c - files of an organisation as its people see them. */
#include "service/files.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/audit.h"
#include "service/files_inner.h"

static const char *const scans[] = { "clean", "not-scanned", "waiting", "infected" };
static const struct {
	const char *name;
	enum sql_id list;
} sorts[] = {
	{ "time", SQL_FILE_LIST }, { "name", SQL_FILE_LIST_NAME }, { "size", SQL_FILE_LIST_BYTES },
};

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

struct str files_size_text(struct arena *a, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000)
		return str_printf(a, "%llu B", (unsigned long long)bytes);
	while (i + 1 < sizeof(units) / sizeof(units[0]) && bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	if (bytes / unit >= 100)
		return str_printf(a, "%llu %s", (unsigned long long)(bytes / unit), units[i]);
	return str_printf(a, "%llu.%llu %s", (unsigned long long)(bytes / unit),
		(unsigned long long)(bytes % unit / (unit / 10)), units[i]);
}

/* ---- the list -------------------------------------------------------------------------------- */

struct asked {
	enum sql_id list;
	uint64_t seq;
	struct str key, text, scan, sort;
};

static struct str or_empty(struct str s)
{
	return s.at ? s : STR("");
}

static enum err_code read_query(const struct files_query *q, struct asked *ret, struct err *e)
{
	struct asked asked = { .list = SQL_FILE_LIST, .text = or_empty(q->text),
		.scan = or_empty(q->scan), .sort = STR("time") };
	struct str key = or_empty(q->after), seq;
	bool known = q->sort.len == 0;

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (!str_is(q->sort, sorts[i].name))
			continue;
		asked.list = sorts[i].list;
		asked.sort = q->sort;
		known = true;
	}
	if (!known)
		return err_set(e, ERR_INVALID, "field \"sort\": no such order");
	known = asked.scan.len == 0;
	for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++)
		known = known || str_is(asked.scan, scans[i]);
	if (!known)
		return err_set(e, ERR_INVALID, "field \"scan\": no such state");
	seq = str_cut(&key, '-');
	asked.key = or_empty(key);
	if (q->after.len > 0 && (str_parse_u64(seq, &asked.seq, NULL) != ERR_OK ||
		asked.seq == 0 || asked.seq > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key");
	*ret = asked;
	return ERR_OK;
}

static enum err_code use_count(struct store *store, int64_t organisation, struct str digest,
	uint32_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_USE_COUNT);
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, digest.at, digest.len);
	TRY(sql_step(q, &row, e));
	*ret = (uint32_t)sql_i64(q, 0);
	return ERR_OK;
}

/* A row of columns "seq, digest, bytes, name, media_type, account, time, scan, scanned, part". */
static enum err_code file_model(struct store *store, struct arena *a, struct sql *q,
	int64_t organisation, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct str digest = sql_str(q, 1);
	uint32_t uses;

	TRY(use_count(store, organisation, digest, &uses, e));
	v = json_set_str(a, v, "digest", base64url_new(a, (const uint8_t *)digest.at, digest.len));
	v = json_set_number(a, v, "bytes", (double)sql_i64(q, 2));
	v = json_set_str(a, v, "size", files_size_text(a, (uint64_t)sql_i64(q, 2)));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 3)));
	v = json_set_str(a, v, "media_type", str_copy(a, sql_str(q, 4)));
	v = json_set_str(a, v, "account", str_copy(a, sql_str(q, 5)));
	v = json_set_str(a, v, "time", service_instant(a, sql_i64(q, 6)));
	v = json_set_str(a, v, "scan", str_copy(a, sql_str(q, 7)));
	if (str_is(sql_str(q, 7), "clean") || str_is(sql_str(q, 7), "infected"))
		v = json_set_str(a, v, "scanned", service_instant(a, sql_i64(q, 8)));
	v = json_set_number(a, v, "uses", uses);
	*ret = v;
	return v ? ERR_OK : full(e);
}

/* Where the next page begins: what the row is sorted by, and its number. */
static struct str page_key(struct arena *a, const struct asked *asked, struct sql *q)
{
	unsigned long long seq = (unsigned long long)sql_i64(q, 0);

	if (asked->list == SQL_FILE_LIST_NAME)
		return str_printf(a, "%llu-" STR_FMT, seq, STR_ARG(sql_str(q, 3)));
	if (asked->list == SQL_FILE_LIST_BYTES)
		return str_printf(a, "%llu-%lld", seq, (long long)sql_i64(q, 2));
	return str_printf(a, "%llu", seq);
}

static enum err_code list_rows(struct store *store, struct arena *a, int64_t organisation,
	const struct asked *asked, struct json *v, struct err *e)
{
	struct json *rows = json_new_array(a), *file;
	SCOPED_SQL q = sql_use(store, asked->list);
	struct str next = { NULL, 0 };
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_i64(q, 2, (int64_t)asked->seq);
	sql_bind_str(q, 3, asked->key);
	sql_bind_str(q, 4, asked->text);
	sql_bind_str(q, 5, asked->scan);
	sql_bind_i64(q, 6, LIMIT_PAGE_ROWS + 1);
	for (;;) {
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(rows) == LIMIT_PAGE_ROWS) {
			v = json_set_str(a, v, "next", next);
			break;
		}
		TRY(file_model(store, a, q, organisation, &file, e));
		rows = json_push(a, rows, file);
		next = page_key(a, asked, q);
	}
	return json_set(a, v, "rows", rows) ? ERR_OK : full(e);
}

static enum err_code list_uploads(struct service *s, struct store *store, struct arena *a,
	int64_t organisation, struct json *v, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_UPLOAD_LIST);
	struct json *list = json_new_array(a);
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_i64(q, 2, LIMIT_UPLOADS_PER_ORGANISATION);
	for (;;) {
		uint64_t here = 0, bytes;
		struct json *upload = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		bytes = (uint64_t)sql_i64(q, 1);
		upload = json_set_str(a, upload, "id", str_copy(a, sql_str(q, 0)));
		if (!upload || !partial_find(s->config->dir, json_get_str(upload, "id").at, &here))
			here = 0;
		upload = json_set_number(a, upload, "bytes", (double)bytes);
		upload = json_set_str(a, upload, "size", files_size_text(a, bytes));
		upload = json_set_number(a, upload, "offset", (double)here);
		upload = json_set_number(a, upload, "percent", bytes > 0 ?
			(double)(here / ((bytes + 99) / 100)) : 100);
		upload = json_set_str(a, upload, "name", str_copy(a, sql_str(q, 2)));
		upload = json_set_str(a, upload, "account", str_copy(a, sql_str(q, 3)));
		upload = json_set_str(a, upload, "expires", service_instant(a, sql_i64(q, 4)));
		upload = json_set(a, upload, "whole", json_new_bool(a, here == bytes));
		list = json_push(a, list, upload);
	}
	return json_set(a, v, "uploads", list) ? ERR_OK : full(e);
}

static struct json *choices(struct arena *a, const char *member, struct str chosen,
	const char *const *words, size_t count)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < count; i++) {
		struct json *v = json_set_text(a, json_new_object(a), member, words[i]);
		v = json_set(a, v, "on", json_new_bool(a, str_is(chosen, words[i])));
		list = json_push(a, list, v);
	}
	return list;
}

static enum err_code add_room(struct service *s, struct store *store, struct arena *a,
	int64_t organisation, struct json *v, struct err *e)
{
	struct files_room room;
	uint64_t allowed;

	TRY(files_room(s, store, organisation, &room, e));
	allowed = room.allowed > 0 ? room.allowed : 1;
	v = json_set_number(a, v, "used", (double)room.used);
	v = json_set_str(a, v, "used_size", files_size_text(a, room.used));
	v = json_set_number(a, v, "allowed", (double)room.allowed);
	v = json_set_str(a, v, "allowed_size", files_size_text(a, room.allowed));
	v = json_set_number(a, v, "percent", (double)(room.used * 100 / allowed));
	v = json_set(a, v, "tight", json_new_bool(a, room.used >= allowed / 10 * 9));
	return json_set_number(a, v, "file_count", room.file_count) ? ERR_OK : full(e);
}

enum err_code service_files(struct service *s, struct arena *a, const struct account_who *by,
	const struct files_query *q, struct json **ret, struct err *e)
{
	static const char *const orders[] = { "time", "name", "size" };
	struct json *v = json_new_object(a), *query = json_new_object(a);
	struct asked asked = { .seq = 0 };
	struct store *store;

	TRY(read_query(q, &asked, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(list_rows(store, a, by->organisation, &asked, v, e));
	TRY(list_uploads(s, store, a, by->organisation, v, e));
	TRY(add_room(s, store, a, by->organisation, v, e));
	query = json_set_str(a, query, "text", asked.text);
	query = json_set_str(a, query, "scan", asked.scan);
	query = json_set_str(a, query, "sort", asked.sort);
	v = json_set(a, v, "query", query);
	v = json_set(a, v, "sorts", choices(a, "sort", asked.sort, orders, 3));
	v = json_set(a, v, "scans", choices(a, "scan", asked.scan, scans, 4));
	v = json_set(a, v, "may_upload", json_new_bool(a, by->may >> CAPABILITY_FILES & 1));
	*ret = json_set(a, v, "scanning", json_new_bool(a, s->config->files.scan_count > 0));
	return *ret ? ERR_OK : full(e);
}

const char *files_type_of(struct str head)
{
	static const struct { const char *magic, *type; } known[] = {
		{ "%PDF-", "application/pdf" }, { "\x89PNG\r\n", "image/png" },
		{ "\xff\xd8\xff", "image/jpeg" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(head, known[i].magic))
			return known[i].type;
	return NULL;
}

/* ---- one file -------------------------------------------------------------------------------- */

static enum err_code find_own(struct service *s, struct store *store, struct arena *a,
	const struct account_who *by, const struct digest *d, struct json **ret, struct err *e)
{
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_FILE_GET);
		sql_bind_i64(q, 1, by->organisation);
		sql_bind_blob(q, 2, d->at, DIGEST_BYTES);
		TRY(sql_step(q, &row, e));
		if (row)
			return file_model(store, a, q, by->organisation, ret, e);
	}
	/* One answer, whether another organisation has it or nobody; the trail knows. */
	SCOPED_SQL q = sql_use(store, SQL_FILE_ELSEWHERE);
	sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (row)
		files_note(s, by, "access", base64url_new(a, d->at, DIGEST_BYTES),
			STR("file of another organisation"));
	return err_set(e, ERR_NOT_FOUND, "the organisation has no such file");
}

static enum err_code add_uses(struct store *store, struct arena *a, int64_t organisation,
	const struct digest *d, struct json *v, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_USES);
	struct json *list = json_new_array(a);
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, d->at, DIGEST_BYTES);
	for (;;) {
		struct json *use = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		use = json_set_str(a, use, "file_use", str_copy(a, sql_str(q, 0)));
		use = json_set_str(a, use, "path", str_copy(a, sql_str(q, 1)));
		use = json_set_str(a, use, "name", str_copy(a, sql_str(q, 2)));
		list = json_push(a, list, use);
	}
	return json_set(a, v, "used_by", list) ? ERR_OK : full(e);
}

static enum err_code add_readers(struct store *store, struct arena *a, int64_t organisation,
	const struct digest *d, uint64_t before, struct json *v, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_ACCESS_LIST);
	struct json *list = json_new_array(a);
	int64_t last = 0;
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, d->at, DIGEST_BYTES);
	sql_bind_i64(q, 3, (int64_t)before);
	sql_bind_i64(q, 4, LIMIT_PAGE_ROWS + 1);
	for (;;) {
		struct json *reader = json_new_object(a);
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (json_count(list) == LIMIT_PAGE_ROWS) {
			v = json_set_str(a, v, "next", str_printf(a, "%lld", (long long)last));
			break;
		}
		last = sql_i64(q, 0);
		reader = json_set_str(a, reader, "time", service_instant(a, sql_i64(q, 1)));
		reader = json_set_str(a, reader, "reader", str_copy(a, sql_str(q, 2)));
		reader = json_set_str(a, reader, "address", str_copy(a, sql_str(q, 3)));
		reader = json_set_number(a, reader, "range_from", (double)sql_i64(q, 4));
		reader = json_set_number(a, reader, "range_bytes", (double)sql_i64(q, 5));
		reader = json_set_str(a, reader, "size", files_size_text(a,
			(uint64_t)sql_i64(q, 5)));
		list = json_push(a, list, reader);
	}
	return json_set(a, v, "readers", list) ? ERR_OK : full(e);
}

enum err_code service_file(struct service *s, struct arena *a, const struct account_who *by,
	const struct digest *d, struct str after, struct json **ret, struct err *e)
{
	uint64_t before = INT64_MAX;
	struct store *store;
	struct json *v;
	struct str scan;

	if (after.len > 0 && (str_parse_u64(after, &before, NULL) != ERR_OK ||
		before > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key");
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_own(s, store, a, by, d, &v, e));
	TRY(add_uses(store, a, by->organisation, d, v, e));
	TRY(add_readers(store, a, by->organisation, d, before, v, e));
	scan = json_get_str(v, "scan");
	v = json_set(a, v, "readable", json_new_bool(a, str_is(scan, "clean") ||
		str_is(scan, "not-scanned")));
	*ret = json_set(a, v, "deletable", json_new_bool(a, by->may >> CAPABILITY_FILES & 1 &&
		json_number_or(json_get(v, "uses"), 0) == 0));
	return *ret ? ERR_OK : full(e);
}

/* ---- letting go ------------------------------------------------------------------------------ */

struct deleting {
	const struct account_who *by;
	const struct digest *digest;
	struct str name;
	int64_t now;
	bool used, there;
	bool let_go;               /* nobody holds the bytes any more */
	char part[PARTIAL_ID_BYTES];
};

static enum err_code drop_entry(struct deleting *d, struct store *store, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_DROP);

	sql_bind_i64(q, 1, d->by->organisation);
	sql_bind_blob(q, 2, d->digest->at, DIGEST_BYTES);
	TRY(sql_step(q, &d->there, e));
	(void)snprintf(d->part, sizeof(d->part), STR_FMT,
		STR_ARG(d->there ? sql_str(q, 0) : STR("")));
	return ERR_OK;
}

enum err_code files_let_go(struct store *store, const struct digest *d, bool *ret, struct err *e)
{
	{
		SCOPED_SQL q = sql_use(store, SQL_FILE_HELD_LET_GO);
		sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
		TRY(sql_step(q, ret, e));
	}
	if (!*ret)
		return ERR_OK;
	SCOPED_SQL q = sql_use(store, SQL_FILE_EVIDENCE_DROP);
	sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
	return sql_run(q, e);
}

static enum err_code write_delete(void *context, struct store *store, struct err *e)
{
	struct deleting *d = context;
	char digest[2 * DIGEST_BYTES + 1];
	uint32_t uses;

	TRY(use_count(store, d->by->organisation,
		(struct str){ (const char *)d->digest->at, DIGEST_BYTES }, &uses, e));
	d->used = uses > 0;
	if (d->used)
		return err_set(e, ERR_CONFLICT, "%u things refer to this file", uses);
	TRY(drop_entry(d, store, e));
	if (!d->there)
		return err_set(e, ERR_NOT_FOUND, "the organisation has no such file");
	TRY(files_let_go(store, d->digest, &d->let_go, e));
	hex_encode(d->digest->at, DIGEST_BYTES, digest);
	return audit_put(store, d->now, &(struct audit_entry){ .action = "file-delete",
		.actor = d->by->name, .address = d->by->address, .target = d->name,
		.detail = str_of(digest) }, e);
}

enum err_code service_file_delete(struct service *s, struct arena *a, const struct account_who *by,
	const struct digest *d, struct err *e)
{
	struct deleting deleting = { .by = by, .digest = d, .now = instant_now() };
	struct store *store;
	struct json *v;
	enum err_code code;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_own(s, store, a, by, d, &v, e));
	deleting.name = json_get_str(v, "name");
	(void)pthread_mutex_lock(&s->files->place);
	code = ledger_write(s->ledger, write_delete, &deleting, e);
	if (code == ERR_OK && deleting.part[0])
		partial_drop(s->config->dir, deleting.part);
	if (code == ERR_OK && deleting.let_go)
		blob_drop(s->config->dir, d);
	(void)pthread_mutex_unlock(&s->files->place);
	if (code == ERR_CONFLICT)
		files_note(s, by, "file-delete", deleting.name, STR("something refers to it"));
	return code;
}
