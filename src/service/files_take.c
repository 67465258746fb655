/* files_take.c - a whole file becomes an organisation's; room, uses, and readers of it. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/audit.h"
#include "service/evidence.h"
#include "service/files_inner.h"

#define DONE_TOLD_S 86400      /* how long a finished upload is told to who did not hear of it */

/* ---- room ------------------------------------------------------------------------------------ */

static enum err_code two_numbers(struct store *store, enum sql_id id, int64_t organisation,
	uint64_t *ret_one, uint64_t *ret_two, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);
	bool row;

	sql_bind_i64(q, 1, organisation);
	TRY(sql_step(q, &row, e));
	*ret_one = (uint64_t)sql_i64(q, 0);
	*ret_two = (uint64_t)sql_i64(q, 1);
	return ERR_OK;
}

static enum err_code quota_mb(const struct node_files *files, struct store *store,
	int64_t organisation, uint64_t *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_BY_ID);
	struct str code = STR("authority");
	bool row;

	sql_bind_i64(q, 1, organisation);
	TRY(sql_step(q, &row, e));
	if (row && organisation != 1)
		code = sql_str(q, 4);
	*ret = files->quota_mb;
	for (size_t i = 0; i < files->quota_count; i++)
		if (str_eq(files->quotas[i].code, code))
			*ret = files->quotas[i].mb;
	return ERR_OK;
}

enum err_code files_room(struct service *s, struct store *store, int64_t organisation,
	struct files_room *ret, struct err *e)
{
	uint64_t held, held_count, coming_count, coming, mb;

	TRY(quota_mb(&s->config->files, store, organisation, &mb, e));
	TRY(two_numbers(store, SQL_FILE_BYTES, organisation, &held, &held_count, e));
	TRY(two_numbers(store, SQL_UPLOAD_COUNT, organisation, &coming_count, &coming, e));
	*ret = (struct files_room){ .allowed = mb * 1000000, .used = held + coming,
		.file_count = (uint32_t)held_count, .upload_count = (uint32_t)coming_count };
	return ERR_OK;
}

enum err_code files_room_check(const struct files_room *room, uint64_t bytes, struct err *e)
{
	if (room->used <= room->allowed && bytes <= room->allowed - room->used)
		return ERR_OK;
	(void)err_set(e, ERR_TOO_LARGE, "over the quota: %llu of %llu MB are taken",
		(unsigned long long)(room->used / 1000000),
		(unsigned long long)(room->allowed / 1000000));
	return err_hint(e, "Delete files that nothing refers to, or ask the node's operator.");
}

void files_note(struct service *s, const struct account_who *by, const char *action,
	struct str target, struct str detail)
{
	audit_note(s, &(struct audit_entry){ .action = action, .refused = true, .actor = by->name,
		.address = by->address, .target = target, .detail = detail });
}

/* ---- taking ---------------------------------------------------------------------------------- */

struct taking {
	struct service *service;
	const struct upload_row *row;
	const struct digest *digest;
	const char *scan;          /* state of the new row */
	int64_t now;
	bool kept;                 /* the organisation has it already */
};

/* Has the organisation this file, and is it sound? */
static enum err_code look_kept(const struct taking *t, struct store *store, bool *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_GET);
	bool row;

	sql_bind_i64(q, 1, t->row->organisation);
	sql_bind_blob(q, 2, t->digest->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	*ret = row && !str_is(sql_str(q, 7), "infected");
	return ERR_OK;
}

static enum err_code put_entry(const struct taking *t, struct store *store, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_PUT);
	bool waiting = strcmp(t->scan, "waiting") == 0;

	sql_bind_i64(q, 1, t->row->organisation);
	sql_bind_blob(q, 2, t->digest->at, DIGEST_BYTES);
	sql_bind_i64(q, 3, (int64_t)t->row->bytes);
	sql_bind_str(q, 4, t->row->name);
	sql_bind_str(q, 5, t->row->media_type);
	sql_bind_str(q, 6, t->row->account);
	sql_bind_i64(q, 7, t->now);
	sql_bind_str(q, 8, str_of(t->scan));
	sql_bind_i64(q, 9, waiting ? 0 : t->now);
	sql_bind_str(q, 10, waiting ? str_of(t->row->id) : STR(""));
	return sql_run(q, e);
}

enum err_code files_hold(struct store *store, const struct file_facts *facts, int64_t now,
	struct err *e)
{
	{
		SCOPED_SQL held = sql_use(store, SQL_FILE_HELD_PUT);
		sql_bind_blob(held, 1, facts->digest.at, DIGEST_BYTES);
		TRY(sql_run(held, e));
	}
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_PUT);
	sql_bind_blob(q, 1, facts->digest.at, DIGEST_BYTES);
	sql_bind_i64(q, 2, (int64_t)facts->bytes);
	sql_bind_str(q, 3, facts->name);
	sql_bind_str(q, 4, facts->media_type);
	sql_bind_i64(q, 5, now);
	return sql_run(q, e);
}

static enum err_code put_done(const struct taking *t, struct store *store, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_UPLOAD_DONE);
	bool row;

	sql_bind_str(q, 1, str_of(t->row->id));
	sql_bind_blob(q, 2, t->digest->at, DIGEST_BYTES);
	sql_bind_i64(q, 3, t->now + DONE_TOLD_S);
	TRY(sql_step(q, &row, e));
	return row ? ERR_OK : err_set(e, ERR_NOT_FOUND, "the upload was given up meanwhile");
}

/* What came in one go has no row, and nothing was reserved for it. */
static enum err_code check_room(const struct taking *t, struct store *store, struct err *e)
{
	struct files_room room;

	TRY(files_room(t->service, store, t->row->organisation, &room, e));
	return files_room_check(&room, t->row->bytes, e);
}

static enum err_code put_taken(void *context, struct store *store, struct err *e)
{
	struct taking *t = context;
	const struct upload_row *row = t->row;
	char detail[2 * DIGEST_BYTES + 1];
	bool in_one_go = row->expires == 0;

	if (!in_one_go)
		TRY(put_done(t, store, e));
	TRY(look_kept(t, store, &t->kept, e));
	if (in_one_go && !t->kept)
		TRY(check_room(t, store, e));
	hex_encode(t->digest->at, DIGEST_BYTES, detail);
	if (!t->kept) {
		TRY(put_entry(t, store, e));
		if (strcmp(t->scan, "waiting") != 0)
			TRY(files_hold(store, &(struct file_facts){ .digest = *t->digest,
				.bytes = row->bytes, .name = row->name,
				.media_type = row->media_type }, t->now, e));
	}
	return audit_put(store, t->now, &(struct audit_entry){ .action = "upload",
		.actor = row->account, .address = row->address, .target = row->name,
		.detail = str_of(detail) }, e);
}

enum err_code files_take(struct service *s, const struct upload_row *row,
	const struct digest *d, struct err *e)
{
	bool scans = s->config->files.scan_count > 0;
	struct taking t = { .service = s, .row = row, .digest = d, .now = instant_now(),
		.scan = scans ? "waiting" : "not-scanned" };
	enum err_code code = ERR_OK;
	bool made = false;

	(void)pthread_mutex_lock(&s->files->place);
	if (!scans)
		code = partial_place(s->config->dir, row->id, d, &made, e);
	if (code == ERR_OK)
		code = ledger_write(s->ledger, put_taken, &t, e);
	if (code != ERR_OK && made)
		blob_drop(s->config->dir, d); /* it is still under its first name */
	if (code == ERR_OK && (t.kept || !scans))
		partial_drop(s->config->dir, row->id);
	(void)pthread_mutex_unlock(&s->files->place);
	if (code == ERR_OK && scans)
		files_wake(s, false);
	return code;
}

/* ---- uses ------------------------------------------------------------------------------------ */

enum err_code files_use_put(struct store *store, const struct digest *d,
	const struct file_use *use, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_USE_PUT);

	sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
	sql_bind_str(q, 2, use->kind);
	sql_bind_str(q, 3, use->ref);
	sql_bind_i64(q, 4, use->organisation);
	sql_bind_str(q, 5, use->issuer.at ? use->issuer : STR(""));
	sql_bind_str(q, 6, use->name.at ? use->name : STR(""));
	return sql_run(q, e);
}

enum err_code files_use_put_own(struct store *store, struct str digest,
	const struct file_use *use, struct err *e)
{
	struct digest d;
	bool own;

	if (evidence_digest_parse(digest, &d, NULL) != ERR_OK)
		return ERR_OK;
	{
		SCOPED_SQL q = sql_use(store, SQL_FILE_GET);
		sql_bind_i64(q, 1, use->organisation);
		sql_bind_blob(q, 2, d.at, DIGEST_BYTES);
		TRY(sql_step(q, &own, e));
	}
	return own ? files_use_put(store, &d, use, e) : ERR_OK;
}

enum err_code files_use_drop(struct store *store, struct str kind, struct str ref, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_USE_DROP);

	sql_bind_str(q, 1, kind);
	sql_bind_str(q, 2, ref);
	return sql_run(q, e);
}

enum err_code files_use_move(struct store *store, struct str kind, struct str ref,
	const struct file_use *use, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_USE_MOVE);

	sql_bind_str(q, 1, kind);
	sql_bind_str(q, 2, ref);
	sql_bind_str(q, 3, use->kind);
	sql_bind_str(q, 4, use->ref);
	sql_bind_str(q, 5, use->name);
	return sql_run(q, e);
}

enum err_code files_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	const struct json *report, *files;
	char ref[64];

	(void)context;
	if (event->receipt->kind != KIND_REPORT)
		return ERR_OK;
	report = json_get(event->statement->subject, "inspectionReport");
	files = json_get(report, "evidence");
	(void)snprintf(ref, sizeof(ref), "/statements/" STR_FMT,
		STR_ARG(str_skip(event->receipt->id, 9)));
	for (size_t i = 0; i < json_count(files); i++) {
		struct digest d;
		if (evidence_digest_parse(json_get_str(json_at(files, i), "digest"), &d, NULL) !=
			ERR_OK)
			continue; /* its schema has been judged: nothing that could be held */
		TRY(files_use_put(s, &d, &(struct file_use){ .kind = STR("report"),
			.ref = str_of(ref), .issuer = event->receipt->issuer,
			.name = json_get_str(report, "number") }, e));
	}
	return ERR_OK;
}

/* ---- readers --------------------------------------------------------------------------------- */

struct reading {
	int64_t organisation;      /* 0: all who have it */
	const uint8_t *id_key;     /* or: those whose report it is */
	const struct digest *digest;
	struct str reader, address;
	const struct file_range *range;
};

static enum err_code put_reading(void *context, struct store *store, struct err *e)
{
	const struct reading *r = context;
	SCOPED_SQL q = sql_use(store, r->id_key ? SQL_FILE_ACCESS_PEER : SQL_FILE_ACCESS_PUT);

	if (r->id_key)
		sql_bind_blob(q, 1, r->id_key, 16);
	else
		sql_bind_i64(q, 1, r->organisation);
	sql_bind_blob(q, 2, r->digest->at, DIGEST_BYTES);
	sql_bind_i64(q, 3, instant_now());
	sql_bind_str(q, 4, r->reader);
	if (!r->id_key)
		sql_bind_str(q, 5, r->address);
	sql_bind_i64(q, r->id_key ? 5 : 6, (int64_t)r->range->from);
	sql_bind_i64(q, r->id_key ? 6 : 7, (int64_t)r->range->bytes);
	return sql_run(q, e);
}

enum err_code files_read_by_token(struct service *s, struct str address, const struct digest *d,
	const struct file_range *range, struct err *e)
{
	struct reading r = { .digest = d, .reader = STR("node"), .address = address,
		.range = range };

	return ledger_write(s->ledger, put_reading, &r, e);
}

enum err_code files_read_by_peer(struct service *s, struct str peer, const uint8_t id_key[16],
	const struct digest *d, const struct file_range *range, struct err *e)
{
	struct reading r = { .id_key = id_key, .digest = d, .reader = peer, .range = range };

	return ledger_write(s->ledger, put_reading, &r, e);
}

enum err_code files_readable(struct service *s, struct arena *a, int64_t organisation,
	const struct digest *d, struct str *ret_name, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_FILE_GET);
	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, d->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "the organisation has no such file");
	if (str_is(sql_str(q, 7), "waiting"))
		return err_set(e, ERR_CONFLICT, "the file waits to be scanned");
	if (str_is(sql_str(q, 7), "infected"))
		return err_set(e, ERR_CONFLICT, "the file was infected and has been removed");
	*ret_name = str_copy(a, sql_str(q, 3));
	return ERR_OK;
}

enum err_code files_read_by(struct service *s, int64_t organisation, const struct account_who *by,
	const struct digest *d, const struct file_range *range, struct err *e)
{
	struct reading r = { .organisation = organisation, .digest = d, .reader = by->name,
		.address = by->address, .range = range };

	return ledger_write(s->ledger, put_reading, &r, e);
}

enum err_code files_read_as(struct service *s, int64_t organisation, struct str reader,
	const struct digest *d, const struct file_range *range, struct err *e)
{
	struct reading r = { .organisation = organisation, .digest = d, .reader = reader,
		.address = STR(""), .range = range };

	return ledger_write(s->ledger, put_reading, &r, e);
}

enum err_code service_file_read(struct service *s, struct arena *a, const struct account_who *by,
	const struct digest *d, const struct file_range *range, struct str *ret_name,
	struct err *e)
{
	TRY(files_readable(s, a, by->organisation, d, ret_name, e));
	return files_read_by(s, by->organisation, by, d, range, e);
}
