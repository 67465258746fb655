/* upload.c - uploads under way: rows, open files, pieces. */
#include "service/upload.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "service/audit.h"
#include "service/evidence.h"
#include "service/files_inner.h"

#define ASK_DISK_BYTES ((uint64_t)16 << 20)
#define BYTES_MAX ((uint64_t)LIMIT_UPLOAD_MB * 1000000)

struct upload_hand {
	struct service *service;
	struct upload_slot *slot;
	struct upload_row row;
	uint64_t turn, from;
	struct checksum checksum;
	struct checksum_stream stream;     /* of this piece */
	bool was_hashed;
	struct digest_stream before;       /* of all before this piece, while there is a checksum */
	bool direct;
};

/* ---- open files ------------------------------------------------------------------------------ */

static void slot_close(struct upload_slot *slot)
{
	if (slot->hashed)
		(void)digest_stream_close(&slot->stream);
	(void)close(slot->fd); /* what counts was synced */
	CHECK(pthread_mutex_destroy(&slot->lock) == 0);
	*slot = (struct upload_slot){ .id = "" };
}

/* One that is free, or the one that nobody has held for longest. */
static struct upload_slot *slot_choose(struct files *f)
{
	struct upload_slot *oldest = NULL;

	for (size_t i = 0; i < LIMIT_UPLOADS_OPEN; i++) {
		struct upload_slot *slot = &f->slots[i];
		if (slot->id[0] == '\0')
			return slot;
		if (slot->users == 0 && (!oldest || slot->used_us < oldest->used_us))
			oldest = slot;
	}
	if (oldest)
		slot_close(oldest);
	return oldest;
}

static enum err_code slot_open(struct service *s, const char *id, struct upload_slot **ret,
	struct err *e)
{
	struct upload_slot *slot = slot_choose(s->files);
	uint64_t offset;
	int fd;

	if (!slot)
		return err_set(e, ERR_BUSY, "%d uploads are being received", LIMIT_UPLOADS_OPEN);
	TRY(partial_open(s->config->dir, id, &fd, &offset, e));
	memcpy(slot->id, id, PARTIAL_ID_BYTES);
	CHECK(pthread_mutex_init(&slot->lock, NULL) == 0);
	slot->fd = fd;
	slot->offset = offset;
	slot->sure = offset;
	slot->asked_at = offset;
	slot->hashed = offset == 0;
	if (slot->hashed)
		digest_stream_open(&slot->stream);
	*ret = slot;
	return ERR_OK;
}

enum err_code slot_take(struct service *s, const char *id, struct upload_slot **ret,
	struct err *e)
{
	struct upload_slot *slot = NULL;
	enum err_code code = ERR_OK;

	(void)pthread_mutex_lock(&s->files->lock);
	for (size_t i = 0; i < LIMIT_UPLOADS_OPEN && !slot; i++)
		if (strcmp(s->files->slots[i].id, id) == 0)
			slot = &s->files->slots[i];
	if (!slot)
		code = slot_open(s, id, &slot, e);
	if (code == ERR_OK) {
		slot->users++;
		slot->used_us = instant_monotonic_us();
		*ret = slot;
	}
	(void)pthread_mutex_unlock(&s->files->lock);
	return code;
}

void slot_give(struct service *s, struct upload_slot *slot)
{
	(void)pthread_mutex_lock(&s->files->lock);
	CHECK(slot->users > 0);
	if (--slot->users == 0 && slot->ended)
		slot_close(slot);
	(void)pthread_mutex_unlock(&s->files->lock);
}

void upload_forget(struct service *s, const char *id)
{
	struct upload_slot *slot;

	if (slot_take(s, id, &slot, NULL) == ERR_OK) {
		(void)pthread_mutex_lock(&slot->lock);
		slot->ended = true;
		(void)pthread_mutex_unlock(&slot->lock);
		slot_give(s, slot);
	}
	partial_drop(s->config->dir, id);
}

enum err_code slot_sync(struct upload_slot *slot, uint64_t *ret_sure, struct err *e)
{
	uint64_t offset, sure, turn;
	bool due;

	(void)pthread_mutex_lock(&slot->lock);
	offset = slot->offset;
	sure = slot->sure;
	turn = slot->turn;
	due = slot->synced != offset;
	SCOPED_FD fd = due ? dup(slot->fd) : -1;
	(void)pthread_mutex_unlock(&slot->lock);
	if (due && fd < 0)
		return err_set(e, ERR_IO, "could not make an upload durable: %s", err_errno());
	if (due)
		TRY(partial_sync(fd, e));
	(void)pthread_mutex_lock(&slot->lock);
	/* Cut meanwhile: then nothing is claimed of it. */
	if (slot->turn == turn && offset > slot->synced)
		slot->synced = offset;
	(void)pthread_mutex_unlock(&slot->lock);
	*ret_sure = sure;
	return ERR_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum err_code upload_row_find(struct store *store, struct arena *a, struct str id,
	struct upload_row *ret, struct err *e)
{
	struct upload_row row = { .id = "" };
	bool found = false;

	if (!partial_id_holds(id))
		return err_set(e, ERR_NOT_FOUND, "no upload has this name");
	SCOPED_SQL q = sql_use(store, SQL_UPLOAD_GET);
	sql_bind_str(q, 1, id);
	TRY(sql_step(q, &found, e));
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "no upload has this name");
	memcpy(row.id, id.at, PARTIAL_ID_BYTES - 1);
	row.organisation = sql_i64(q, 0);
	row.account = str_copy(a, sql_str(q, 1));
	row.address = str_copy(a, sql_str(q, 2));
	row.bytes = (uint64_t)sql_i64(q, 3);
	row.name = str_copy(a, sql_str(q, 4));
	row.media_type = str_copy(a, sql_str(q, 5));
	row.metadata = str_copy(a, sql_str(q, 6));
	row.expires = sql_i64(q, 7);
	row.whole = sql_i64(q, 8) != 0;
	row.done = !sql_is_null(q, 9) && sql_str(q, 9).len == DIGEST_BYTES;
	if (row.done)
		memcpy(row.digest.at, sql_str(q, 9).at, DIGEST_BYTES);
	if (!row.account.at || !row.address.at || !row.name.at || !row.media_type.at ||
		!row.metadata.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for an upload");
	*ret = row;
	return ERR_OK;
}

/* The upload, when it is of the asker's organisation and not too old. */
static enum err_code find_own(struct service *s, struct arena *a, const struct account_who *by,
	struct str id, struct upload_row *ret, struct err *e)
{
	struct upload_row row;
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	TRY(upload_row_find(store, a, id, &row, e));
	if (row.organisation != by->organisation) {
		files_note(s, by, "access", id, STR("upload of another organisation"));
		return err_set(e, ERR_NOT_FOUND, "no upload has this name");
	}
	if ((row.done || !row.whole) && row.expires < instant_now())
		return err_set(e, ERR_NOT_FOUND, "the upload has expired");
	*ret = row;
	return ERR_OK;
}

struct upload_put {
	const struct account_who *by;
	const struct upload_wish *wish;
	struct service *service;
	const char *id;
	int64_t now;
};

static enum err_code put_upload(void *context, struct store *store, struct err *e)
{
	const struct upload_put *p = context;
	struct files_room room;

	TRY(files_room(p->service, store, p->by->organisation, &room, e));
	TRY(files_room_check(&room, p->wish->bytes, e));
	if (room.upload_count >= LIMIT_UPLOADS_PER_ORGANISATION)
		return err_set(e, ERR_BUSY, "%d uploads of the organisation are under way",
			LIMIT_UPLOADS_PER_ORGANISATION);
	SCOPED_SQL q = sql_use(store, SQL_UPLOAD_PUT);
	sql_bind_str(q, 1, str_of(p->id));
	sql_bind_i64(q, 2, p->by->organisation);
	sql_bind_str(q, 3, p->by->name);
	sql_bind_str(q, 4, p->by->address);
	sql_bind_i64(q, 5, (int64_t)p->wish->bytes);
	sql_bind_str(q, 6, p->wish->name);
	sql_bind_str(q, 7, p->wish->media_type);
	sql_bind_str(q, 8, p->wish->metadata);
	sql_bind_i64(q, 9, p->now);
	sql_bind_i64(q, 10, p->now + p->service->config->files.keep_s);
	return sql_run(q, e);
}

static enum err_code check_wish(const struct upload_wish *wish, struct err *e)
{
	TRY(evidence_about_check(&(struct evidence_about){ .name = wish->name,
		.media_type = wish->media_type, .bytes = wish->bytes }, e));
	if (wish->bytes > BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "file of %llu bytes is over %d MB",
			(unsigned long long)wish->bytes, LIMIT_UPLOAD_MB);
	return ERR_OK;
}

/* ---- whole ----------------------------------------------------------------------------------- */

struct upload_turn {
	const char *id;
	int64_t expires;
	bool whole;
};

static enum err_code put_turn(void *context, struct store *store, struct err *e)
{
	const struct upload_turn *t = context;
	SCOPED_SQL q = sql_use(store, SQL_UPLOAD_TURN);
	bool row;

	sql_bind_str(q, 1, str_of(t->id));
	sql_bind_i64(q, 2, t->expires);
	sql_bind_i64(q, 3, t->whole);
	TRY(sql_step(q, &row, e));
	return row ? ERR_OK : err_set(e, ERR_NOT_FOUND, "the upload was given up meanwhile");
}

/* What is whole and no file yet is the thread's, as soon as nobody else is at it. */
static void give_back(struct service *s, struct upload_slot *slot, uint64_t bytes)
{
	bool whole;

	(void)pthread_mutex_lock(&slot->lock);
	whole = slot->sure == bytes && !slot->ended;
	(void)pthread_mutex_unlock(&slot->lock);
	slot_give(s, slot);
	if (whole)
		files_wake(s, true);
}

/* All of it is here and synced: a file when the digest is known, else the thread makes it one. */
static enum err_code become_file(struct service *s, struct upload_slot *slot,
	const struct upload_row *row, struct upload_state *ret, struct err *e)
{
	struct digest_stream stream;
	struct digest d;
	bool known;

	(void)pthread_mutex_lock(&slot->lock);
	known = slot->hashed && slot->offset == row->bytes && !slot->ended;
	if (known) {
		digest_stream_copy(&slot->stream, &stream);
		d = digest_stream_close(&stream);
		slot->ended = true; /* nobody writes while it is put in place */
	}
	(void)pthread_mutex_unlock(&slot->lock);
	ret->whole = true;
	if (!known) {
		struct upload_turn turn = { row->id, row->expires, true };
		return ledger_write(s->ledger, put_turn, &turn, e);
	}
	enum err_code code = files_take(s, row, &d, e);
	if (code != ERR_OK) { /* the thread tries again, unless it was given up meanwhile */
		(void)pthread_mutex_lock(&slot->lock);
		slot->ended = code == ERR_NOT_FOUND;
		(void)pthread_mutex_unlock(&slot->lock);
		return code;
	}
	ret->known = true;
	ret->digest = d;
	return ERR_OK;
}

enum err_code upload_begin(struct service *s, struct arena *a, const struct account_who *by,
	const struct upload_wish *wish, struct upload_state *ret, struct err *e)
{
	struct upload_put put = { .by = by, .wish = wish, .service = s, .now = instant_now() };
	struct upload_slot *slot;
	struct upload_row row;
	struct store *store;
	char *id = arena_alloc(a, PARTIAL_ID_BYTES);
	enum err_code code;

	if (!id)
		return err_set(e, ERR_TOO_LARGE, "no memory for an upload");
	partial_id_new(id);
	put.id = id;
	code = check_wish(wish, e);
	if (code == ERR_OK)
		code = blob_check_disk(s->config->dir, 0, e);
	if (code == ERR_OK)
		code = partial_begin(s->config->dir, id, e);
	if (code == ERR_OK)
		code = ledger_write(s->ledger, put_upload, &put, e);
	if (code != ERR_OK) {
		partial_drop(s->config->dir, id);
		if (code == ERR_TOO_LARGE)
			files_note(s, by, "upload", wish->name, str_of(e ? e->message : ""));
		return code;
	}
	*ret = (struct upload_state){ .id = str_of(id), .bytes = wish->bytes,
		.metadata = wish->metadata, .expires = put.now + s->config->files.keep_s };
	if (wish->bytes > 0)
		return ERR_OK;
	/* An empty file is whole before its first byte. */
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(upload_row_find(store, a, ret->id, &row, e));
	TRY(slot_take(s, id, &slot, e));
	code = become_file(s, slot, &row, ret, e);
	give_back(s, slot, row.bytes);
	return code;
}

enum err_code upload_find(struct service *s, struct arena *a, const struct account_who *by,
	struct str id, struct upload_state *ret, struct err *e)
{
	struct upload_slot *slot;
	struct upload_row row;
	uint64_t sure = 0;
	enum err_code code;

	TRY(find_own(s, a, by, id, &row, e));
	if (row.done) {
		*ret = (struct upload_state){ .id = str_copy(a, id), .bytes = row.bytes,
			.offset = row.bytes, .metadata = row.metadata, .expires = row.expires,
			.whole = true, .known = true, .digest = row.digest };
		return ERR_OK;
	}
	TRY(slot_take(s, row.id, &slot, e));
	code = slot_sync(slot, &sure, e);
	give_back(s, slot, row.bytes);
	if (code != ERR_OK)
		return code;
	*ret = (struct upload_state){ .id = str_copy(a, id), .bytes = row.bytes, .offset = sure,
		.metadata = row.metadata, .expires = row.expires, .whole = sure == row.bytes };
	return ERR_OK;
}

struct upload_drop {
	const struct account_who *by;
	const char *id;
	int64_t now;
	bool done;                 /* it is a file already, whose bytes are no longer its */
};

static enum err_code drop_upload(void *context, struct store *store, struct err *e)
{
	struct upload_drop *d = context;
	char name[256] = "";
	bool row = false;
	{
		SCOPED_SQL q = sql_use(store, SQL_UPLOAD_DROP);
		sql_bind_str(q, 1, str_of(d->id));
		TRY(sql_step(q, &row, e));
		if (row)
			(void)snprintf(name, sizeof(name), STR_FMT, STR_ARG(sql_str(q, 0)));
		d->done = row && sql_i64(q, 1) != 0;
	}
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no upload has this name");
	return audit_put(store, d->now, &(struct audit_entry){ .action = "upload-cancel",
		.actor = d->by->name, .address = d->by->address, .target = str_of(name),
		.detail = str_of(d->id) }, e);
}

enum err_code upload_cancel(struct service *s, struct arena *a, const struct account_who *by,
	struct str id, struct err *e)
{
	struct upload_row row;
	struct upload_drop drop = { .by = by, .now = instant_now() };

	TRY(find_own(s, a, by, id, &row, e));
	drop.id = row.id;
	TRY(ledger_write(s->ledger, drop_upload, &drop, e));
	if (!drop.done)
		upload_forget(s, row.id);
	return ERR_OK;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void begin_checksum(struct upload_hand *h, const struct checksum *checksum)
{
	h->checksum = *checksum;
	if (checksum->kind == CHECKSUM_NONE)
		return;
	checksum_open(checksum->kind, &h->stream);
	h->was_hashed = h->slot->hashed;
	if (h->was_hashed)
		digest_stream_copy(&h->slot->stream, &h->before);
}

/* Cuts off what lies behind `offset`. */
static enum err_code cut_back(struct upload_slot *slot, uint64_t offset, struct err *e)
{
	TRY(partial_cut(slot->fd, offset, e));
	if (slot->hashed)
		(void)digest_stream_close(&slot->stream);
	slot->hashed = false; /* unless the caller knows the digest up to there */
	slot->offset = offset;
	slot->sure = offset;
	slot->synced = slot->synced > offset ? offset : slot->synced;
	slot->asked_at = offset;
	slot->turn++;
	return ERR_OK;
}

static enum err_code begin_piece(struct upload_hand *h, const struct upload_piece *piece,
	struct err *e)
{
	struct upload_slot *slot = h->slot;

	if (slot->ended)
		return err_set(e, ERR_CONFLICT, "the upload is being finished");
	if (piece->offset != slot->sure)
		return err_set(e, ERR_CONFLICT, "the upload stands at %llu, not %llu",
			(unsigned long long)slot->sure, (unsigned long long)piece->offset);
	if (slot->offset != slot->sure) /* of a piece that will not be confirmed any more */
		TRY(cut_back(slot, slot->sure, e));
	if (piece->bytes > h->row.bytes - slot->offset)
		return err_set(e, ERR_TOO_LARGE, "the piece reaches past the %llu bytes announced",
			(unsigned long long)h->row.bytes);
	h->turn = ++slot->turn;
	h->from = slot->offset;
	begin_checksum(h, &piece->checksum);
	return ERR_OK;
}

enum err_code upload_take(struct service *s, struct arena *a, const struct account_who *by,
	const struct upload_piece *piece, struct upload_hand **ret, struct err *e)
{
	struct upload_hand *h = ARENA_NEW(a, struct upload_hand);
	enum err_code code;

	if (!h)
		return err_set(e, ERR_TOO_LARGE, "no memory for an upload");
	h->service = s;
	TRY(find_own(s, a, by, piece->id, &h->row, e));
	if (h->row.done)
		return err_set(e, ERR_CONFLICT, "the upload is finished");
	TRY(slot_take(s, h->row.id, &h->slot, e));
	(void)pthread_mutex_lock(&h->slot->lock);
	code = begin_piece(h, piece, e);
	(void)pthread_mutex_unlock(&h->slot->lock);
	if (code != ERR_OK) {
		slot_give(s, h->slot);
		return code;
	}
	*ret = h;
	return ERR_OK;
}

/* With the slot's lock held. What a failed write left behind is cut off again. */
static enum err_code write_piece(struct upload_hand *h, struct str bytes, struct err *e)
{
	struct upload_slot *slot = h->slot;
	char path[BLOB_PATH_BYTES];

	if (slot->turn != h->turn || slot->ended)
		return err_set(e, ERR_CONFLICT, "another request goes on with this upload");
	if (bytes.len > h->row.bytes - slot->offset)
		return err_set(e, ERR_TOO_LARGE, "more came than the %llu bytes announced",
			(unsigned long long)h->row.bytes);
	if (slot->offset + bytes.len - slot->asked_at >= ASK_DISK_BYTES) {
		TRY(blob_check_disk(h->service->config->dir, bytes.len, e));
		slot->asked_at = slot->offset;
	}
	partial_path(h->service->config->dir, slot->id, path);
	enum err_code code = io_append(slot->fd, path, bytes, e);
	if (code != ERR_OK) {
		if (partial_cut(slot->fd, slot->offset, NULL) != ERR_OK)
			slot->ended = true; /* its length is not its offset: opened anew it is */
		return code;
	}
	if (slot->hashed)
		digest_stream_update(&slot->stream, bytes);
	if (h->stream.inner)
		checksum_update(&h->stream, bytes);
	slot->offset += bytes.len;
	if (h->checksum.kind == CHECKSUM_NONE)
		slot->sure = slot->offset;
	return ERR_OK;
}

enum err_code upload_write(struct upload_hand *h, struct str bytes, struct err *e)
{
	struct upload_slot *slot = h->slot;
	bool due;

	(void)pthread_mutex_lock(&slot->lock);
	enum err_code code = write_piece(h, bytes, e);
	due = slot->offset - slot->synced >= SYNC_BYTES;
	(void)pthread_mutex_unlock(&slot->lock);
	if (due)
		files_wake(h->service, false);
	return code;
}

/* Back to where the piece began. With the slot's lock held. */
static void forget_piece(struct upload_hand *h)
{
	struct upload_slot *slot = h->slot;

	if (slot->turn != h->turn || slot->ended || slot->offset == h->from)
		return;
	if (cut_back(slot, h->from, NULL) != ERR_OK)
		return; /* cut off by who goes on, before anything else is taken */
	slot->hashed = h->was_hashed;
	if (h->was_hashed)
		digest_stream_copy(&h->before, &slot->stream);
}

/* With the slot's lock held. */
static enum err_code settle_piece(struct upload_hand *h, struct err *e)
{
	if (h->slot->turn != h->turn || h->slot->ended)
		return err_set(e, ERR_CONFLICT, "another request goes on with this upload");
	if (h->checksum.kind != CHECKSUM_NONE && !checksum_close(&h->stream, &h->checksum)) {
		forget_piece(h);
		return err_set(e, ERR_UNPROVEN, "the piece does not have the checksum named");
	}
	h->checksum.kind = CHECKSUM_NONE;
	h->slot->sure = h->slot->offset;
	return ERR_OK;
}

enum err_code upload_end(struct upload_hand *h, struct arena *a, struct upload_state *ret,
	struct err *e)
{
	struct service *s = h->service;
	struct upload_turn turn = { h->row.id, instant_now() + s->config->files.keep_s, false };
	uint64_t offset = 0;

	(void)pthread_mutex_lock(&h->slot->lock);
	enum err_code code = settle_piece(h, e);
	(void)pthread_mutex_unlock(&h->slot->lock);
	if (code == ERR_OK)
		code = slot_sync(h->slot, &offset, e);
	if (code != ERR_OK)
		return code;
	*ret = (struct upload_state){ .id = str_copy(a, str_of(h->row.id)), .bytes = h->row.bytes,
		.offset = offset, .metadata = h->row.metadata, .expires = turn.expires };
	if (!h->direct)
		h->row.expires = turn.expires;
	if (offset == h->row.bytes)
		return become_file(s, h->slot, &h->row, ret, e);
	return ledger_write(s->ledger, put_turn, &turn, e);
}

void upload_let_go(struct upload_hand *h)
{
	static const struct checksum none = { .kind = CHECKSUM_NONE };

	if (!h)
		return;
	(void)pthread_mutex_lock(&h->slot->lock);
	if (h->checksum.kind != CHECKSUM_NONE)
		forget_piece(h);
	if (h->direct)
		h->slot->ended = true;
	(void)pthread_mutex_unlock(&h->slot->lock);
	(void)checksum_close(&h->stream, &none); /* only closed */
	if (h->before.inner)
		(void)digest_stream_close(&h->before);
	if (h->direct)
		partial_drop(h->service->config->dir, h->row.id); /* in place already: gone */
	give_back(h->service, h->slot, h->row.bytes);
}

/* ---- in one go ------------------------------------------------------------------------------- */

/* An organisation has no more of them at a time than uploads with rows, which are counted there. */
static enum err_code check_direct(struct files *f, struct upload_slot *slot, int64_t organisation,
	struct err *e)
{
	uint32_t count = 0;

	(void)pthread_mutex_lock(&f->lock);
	slot->organisation = organisation;
	for (size_t i = 0; i < LIMIT_UPLOADS_OPEN; i++)
		count += f->slots[i].organisation == organisation;
	(void)pthread_mutex_unlock(&f->lock);
	return count <= LIMIT_UPLOADS_PER_ORGANISATION ? ERR_OK : err_set(e, ERR_BUSY,
		"%d files of the organisation are being received", LIMIT_UPLOADS_PER_ORGANISATION);
}

enum err_code upload_direct(struct service *s, struct arena *a, const struct account_who *by,
	const struct upload_wish *wish, struct upload_hand **ret, struct err *e)
{
	struct upload_hand *h = ARENA_NEW(a, struct upload_hand);
	struct files_room room;
	struct store *store;
	enum err_code code;

	if (!h)
		return err_set(e, ERR_TOO_LARGE, "no memory for an upload");
	TRY(check_wish(wish, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(files_room(s, store, by->organisation, &room, e));
	code = files_room_check(&room, wish->bytes, e);
	if (code != ERR_OK) {
		files_note(s, by, "upload", wish->name, str_of(e ? e->message : ""));
		return code;
	}
	h->service = s;
	h->direct = true;
	h->row = (struct upload_row){ .organisation = by->organisation, .account = by->name,
		.address = by->address, .name = str_copy(a, wish->name),
		.media_type = str_copy(a, wish->media_type), .bytes = wish->bytes };
	partial_id_new(h->row.id);
	TRY(slot_take(s, h->row.id, &h->slot, e));
	h->turn = ++h->slot->turn;
	code = check_direct(s->files, h->slot, by->organisation, e);
	if (code != ERR_OK) {
		upload_let_go(h);
		return code;
	}
	*ret = h;
	return ERR_OK;
}

enum err_code upload_end_direct(struct upload_hand *h, struct arena *a, struct digest *ret,
	struct err *e)
{
	struct upload_state state;

	CHECK(h->direct);
	h->row.bytes = h->slot->offset;
	TRY(upload_end(h, a, &state, e));
	CHECK(state.known); /* from its first byte in one process */
	h->direct = false;  /* its part may wait for the scan */
	*ret = state.digest;
	return ERR_OK;
}

enum err_code upload_whole(struct service *s, struct arena *a, const struct account_who *by,
	const struct upload_wish *wish, struct str bytes, struct digest *ret, struct err *e)
{
	struct upload_hand *hand = NULL;
	enum err_code code = upload_direct(s, a, by, wish, &hand, e);

	if (code == ERR_OK)
		code = upload_write(hand, bytes, e);
	if (code == ERR_OK)
		code = upload_end_direct(hand, a, ret, e);
	upload_let_go(hand);
	return code;
}
