/* listing_file.c - see listing_file.h. */
#include "service/listing_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/audit.h"
#include "service/files_inner.h"
#include "service/listing_inner.h"

#define USE STR("listing")     /* of the catalogues' list "file_use" */
#define CHOICES 50             /* newest files of the organisation that the form offers */
#define REF_BYTES 64
#define ROUND 64               /* copies at most that one new copy or one round takes away */

/* ---- what refers to what --------------------------------------------------------------------- */

static struct str draft_ref(int64_t work, char room[REF_BYTES])
{
	(void)snprintf(room, REF_BYTES, "/listings/own/%lld", (long long)work);
	return str_of(room);
}

static struct str public_ref(struct arena *a, const uint8_t key[16])
{
	return str_printf(a, "/listings/" STR_FMT, STR_ARG(str_skip(statement_id_text(a, key), 9)));
}

static enum err_code put_uses(struct store *store, const struct file_use *use,
	const struct json *files, struct err *e)
{
	struct digest d;

	TRY(files_use_drop(store, use->kind, use->ref, e));
	for (size_t i = 0; i < json_count(files); i++) {
		TRY(evidence_digest_parse(json_get_str(json_at(files, i), "digest"), &d, e));
		TRY(files_use_put(store, &d, use, e));
	}
	return ERR_OK;
}

enum err_code listing_files_forget(struct store *store, int64_t work, struct err *e)
{
	char room[REF_BYTES];

	return files_use_drop(store, USE, draft_ref(work, room), e);
}

/* Row of the own listing: number and organisation. */
static enum err_code find_owner(struct store *store, const uint8_t key[16], int64_t *ret_work,
	int64_t *ret_organisation, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_OF_KEY);
	bool row;

	sql_bind_blob(q, 1, key, 16);
	TRY(sql_step(q, &row, e));
	*ret_work = row ? sql_i64(q, 0) : 0;
	*ret_organisation = row ? sql_i64(q, 1) : 0;
	return ERR_OK;
}

static enum err_code project_own(struct store *store, struct arena *a, const uint8_t key[16],
	const struct listing *l, struct err *e)
{
	struct file_use use = { .kind = USE, .ref = public_ref(a, key) };
	int64_t work;

	TRY(find_owner(store, key, &work, &use.organisation, e));
	if (!l && work != 0)
		TRY(listing_files_forget(store, work, e));
	use.name = l ? l->title : STR("");
	return put_uses(store, &use, l ? l->files : NULL, e);
}

static enum err_code bind_copy(struct store *store, enum sql_id id, const struct digest *d,
	const uint8_t key[16], struct str origin, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);

	sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
	sql_bind_blob(q, 2, key, 16);
	sql_bind_str(q, 3, origin);
	return sql_run(q, e);
}

enum err_code listing_files_project(struct store *store, const uint8_t key[16], struct str origin,
	const struct listing *l, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct digest d;

	arena_init(&a, 4096);
	if (origin.len == 0)
		return project_own(store, &a, key, l, e);
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_ALL_GONE);
		sql_bind_blob(q, 1, key, 16);
		sql_bind_str(q, 2, origin);
		TRY(sql_run(q, e));
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_WISHES_DROP);
		sql_bind_blob(q, 1, key, 16);
		sql_bind_str(q, 2, origin);
		TRY(sql_run(q, e));
	}
	for (size_t i = 0; l && i < json_count(l->files); i++) {
		TRY(evidence_digest_parse(json_get_str(json_at(l->files, i), "digest"), &d, e));
		TRY(bind_copy(store, SQL_LISTING_COPY_KEEP, &d, key, origin, e));
	}
	return ERR_OK;
}

/* ---- one file of the organisation ------------------------------------------------------------ */

struct own_file {
	struct digest digest;
	uint64_t bytes;
	struct str name;
	char scan[16], part[PARTIAL_ID_BYTES];
};

static enum err_code find_file(struct store *store, struct arena *a, int64_t organisation,
	const struct digest *d, struct own_file *ret, bool *ret_found, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_GET);

	sql_bind_i64(q, 1, organisation);
	sql_bind_blob(q, 2, d->at, DIGEST_BYTES);
	TRY(sql_step(q, ret_found, e));
	if (!*ret_found)
		return ERR_OK;
	*ret = (struct own_file){ .digest = *d, .bytes = (uint64_t)sql_i64(q, 2),
		.name = str_copy(a, sql_str(q, 3)) };
	(void)snprintf(ret->scan, sizeof(ret->scan), STR_FMT, STR_ARG(sql_str(q, 7)));
	(void)snprintf(ret->part, sizeof(ret->part), STR_FMT, STR_ARG(sql_str(q, 9)));
	return ret->name.at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* By its first bytes; NULL: another, or it is not here. */
static const char *type_of(struct service *s, const struct own_file *f)
{
	char path[BLOB_PATH_BYTES], head[FILES_HEAD_BYTES];
	ssize_t got;

	if (f->part[0])
		partial_path(s->config->dir, f->part, path);
	else
		blob_path(s->config->dir, &f->digest, path);
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? 0 : read(fd, head, sizeof(head));
	return got > 0 ? files_type_of((struct str){ head, (size_t)got }) : NULL;
}

/* What keeps it from being public now; NULL: nothing. */
static const char *unscanned(struct service *s, const struct own_file *f)
{
	if (strcmp(f->scan, "waiting") == 0)
		return "file-waits";
	if (strcmp(f->scan, "clean") == 0 || s->config->files.scan_count == 0)
		return strcmp(f->scan, "infected") == 0 ? "file-bad" : NULL;
	return strcmp(f->scan, "infected") == 0 ? "file-bad" : "file-unscanned";
}

enum err_code listing_files_wait(struct service *s, const struct listing_work *w,
	const struct json *files, const char **ret, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	const char *word = NULL;
	struct store *store;

	arena_init(&a, (size_t)1 << 16);
	TRY(ledger_reader(s->ledger, &store, e));
	for (size_t i = 0; i < json_count(files) && !word; i++) {
		struct own_file f;
		struct digest d;
		bool found = false;
		TRY(evidence_digest_parse(json_get_str(json_at(files, i), "digest"), &d, e));
		TRY(find_file(store, &a, w->organisation, &d, &f, &found, e));
		word = found ? unscanned(s, &f) : "file-gone";
	}
	*ret = word;
	return ERR_OK;
}

/* ---- attaching ------------------------------------------------------------------------------- */

struct attaching {
	const struct account_who *by;
	const struct listing_work *work;
	int64_t revision, now;
	const struct json *files;          /* as they shall be */
	struct str body, what;
	const struct digest *needed;       /* must be the organisation's; NULL: none */
	bool stale, gone;
};

static enum err_code write_files(void *context, struct store *store, struct err *e)
{
	struct attaching *x = context;
	const struct listing_work *w = x->work;
	SCOPED_ARENA a = { 0 };
	char room[REF_BYTES];
	bool row = true;

	arena_init(&a, (size_t)1 << 16);
	if (x->needed) {
		struct own_file f;
		TRY(find_file(store, &a, w->organisation, x->needed, &f, &row, e));
		x->gone = !row;
		if (x->gone)
			return ERR_OK;
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_WORK_SAVE);
		sql_bind_i64(q, 1, w->id);
		sql_bind_i64(q, 2, x->revision);
		sql_bind_str(q, 3, w->title);
		sql_bind_str(q, 4, x->body);
		sql_bind_i64(q, 5, x->now);
		sql_bind_i64(q, 6, x->by->account);
		TRY(sql_step(q, &row, e));
		x->stale = !row;
	}
	if (x->stale)
		return ERR_OK;
	TRY(put_uses(store, &(struct file_use){ .kind = USE, .ref = draft_ref(w->id, room),
		.name = w->title, .organisation = w->organisation }, x->files, e));
	return audit_put(store, x->now, &(struct audit_entry){ .action = x->needed
		? "listing-attach" : "listing-detach", .actor = x->by->name,
		.address = x->by->address, .target = w->title, .detail = x->what }, e);
}

/* The draft's body with other files. */
static enum err_code save_files(struct service *s, struct arena *a, struct attaching *x,
	struct err *e)
{
	struct json *body = NULL;

	TRY(json_parse(a, x->work->body, &body, e));
	body = json_set(a, body, "attachments", json_copy(a, x->files));
	TRY(json_jcs(a, body, &x->body, e));
	if (x->body.len > LIMIT_LISTING_BYTES)
		return err_set(e, ERR_TOO_LARGE, "listing longer than %d bytes",
			LIMIT_LISTING_BYTES);
	x->now = instant_now();
	x->revision = x->work->revision;
	TRY(ledger_write(s->ledger, write_files, x, e));
	if (x->gone)
		return err_set(e, ERR_NOT_FOUND, "the organisation has no such file");
	return x->stale ? listing_changed(e) : ERR_OK;
}

static enum err_code find_draft(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, int64_t revision, struct listing_work *ret, struct err *e)
{
	CHECK(by->may >> CAPABILITY_POST & 1);
	TRY(listing_find_own(s, a, by, id, ret, e));
	if (listing_work_ended(ret))
		return err_set(e, ERR_CONFLICT, "this listing has ended");
	return ret->revision == revision ? ERR_OK : listing_changed(e);
}

/* One that comes with the form goes among the organisation's files first. */
static enum err_code take_bytes(struct service *s, struct arena *a, const struct account_who *by,
	const struct listing_attach *x, const struct listing_kind *k, struct digest *ret,
	struct json *problems, struct err *e)
{
	const char *type = files_type_of(x->bytes);
	struct upload_wish wish = { .bytes = x->bytes.len, .name = x->name,
		.media_type = str_of(type ? type : ""), .metadata = STR("") };

	if (x->bytes.len == 0)
		form_wrong(a, problems, "file", "file-missing");
	else if (!type || !listing_kind_takes(k, str_of(type)))
		form_wrong(a, problems, "file", "file-type");
	else if (evidence_about_check(&(struct evidence_about){ .name = x->name,
		.media_type = str_of(type) }, NULL) != ERR_OK)
		form_wrong(a, problems, "file", "text");
	TRY(form_check(problems, e));
	return upload_whole(s, a, by, &wish, x->bytes, ret, e);
}

static const char *entry_wrong(const struct own_file *f, struct str digest,
	const struct json *files, const struct listing_kind *k, const char *type)
{
	struct listing l = { .files = files };

	if (strcmp(f->scan, "infected") == 0)
		return "file-bad";
	if (f->bytes > (uint64_t)LIMIT_LISTING_FILE_MB * 1000000 || f->bytes == 0)
		return "file-large";
	if (!type || !listing_kind_takes(k, str_of(type)))
		return "file-type";
	return listing_file_find(&l, digest) ? "file-twice" : NULL;
}

enum err_code service_listing_attach(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, const struct listing_attach *x,
	struct json **ret_problems, struct err *e)
{
	const char *field = x->digest.len > 0 ? "digest" : "file", *wrong, *type;
	struct json *problems = json_new_object(a), *files, *entry = json_new_object(a);
	const struct listing_kind *k;
	const struct json *kept;
	struct listing_work w;
	struct own_file f;
	struct store *store;
	struct str digest;
	struct digest d;
	bool found = false;

	*ret_problems = problems;
	TRY(find_draft(s, a, by, id, x->revision, &w, e));
	k = listing_kind_find(s->listings->kinds, w.kind);
	if (!k || k->file_count == 0)
		return err_set(e, ERR_CONFLICT, "to this kind of listing no files are attached");
	kept = listing_work_files(a, &w);
	files = kept ? json_copy(a, kept) : json_new_array(a);
	if (json_count(files) >= k->file_count) /* before any byte is kept */
		form_wrong(a, problems, field, "too-many");
	TRY(form_check(problems, e));
	if (x->digest.len == 0)
		TRY(take_bytes(s, a, by, x, k, &d, problems, e));
	else
		TRY(evidence_digest_parse(x->digest, &d, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_file(store, a, by->organisation, &d, &f, &found, e));
	type = found ? type_of(s, &f) : NULL;
	digest = base64url_new(a, d.at, DIGEST_BYTES);
	wrong = found ? entry_wrong(&f, digest, files, k, type) : "file-gone";
	if (wrong)
		form_wrong(a, problems, field, wrong);
	TRY(form_check(problems, e));
	entry = json_set_str(a, entry, "name", f.name);
	entry = json_set_text(a, entry, "mediaType", type);
	entry = json_set_number(a, entry, "bytes", (double)f.bytes);
	entry = json_set_str(a, entry, "digest", digest);
	files = json_push(a, files, entry);
	if (!files)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	return save_files(s, a, &(struct attaching){ .by = by, .work = &w, .files = files,
		.needed = &d, .what = f.name }, e);
}

enum err_code service_listing_detach(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, int64_t revision, const struct digest *d,
	struct err *e)
{
	struct str digest = base64url_new(a, d->at, DIGEST_BYTES);
	struct json *left = json_new_array(a);
	const struct json *files;
	struct listing_work w;
	struct str name = { 0 };

	TRY(find_draft(s, a, by, id, revision, &w, e));
	files = listing_work_files(a, &w);
	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *one = json_at(files, i);
		if (str_eq(json_get_str(one, "digest"), digest))
			name = json_get_str(one, "name");
		else
			left = json_push(a, left, json_copy(a, one));
	}
	if (!name.at)
		return err_set(e, ERR_NOT_FOUND, "the listing has no such file");
	return save_files(s, a, &(struct attaching){ .by = by, .work = &w, .files = left,
		.what = name }, e);
}

/* ---- the form -------------------------------------------------------------------------------- */

struct json *listing_files_model(struct arena *a, const struct json *files)
{
	struct json *list = json_new_array(a);

	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *one = json_at(files, i);
		double bytes = json_number_or(json_get(one, "bytes"), 0);
		struct json *v = json_set_str(a, json_new_object(a), "name",
			json_get_str(one, "name"));
		v = json_set_str(a, v, "media_type", json_get_str(one, "mediaType"));
		v = json_set_number(a, v, "bytes", bytes);
		v = json_set_str(a, v, "size", files_size_text(a, (uint64_t)bytes));
		v = json_set_str(a, v, "digest", json_get_str(one, "digest"));
		list = json_push(a, list, v);
	}
	return list;
}

/* The newest ones that could be attached by what is known of them. */
static enum err_code choices_model(struct store *store, struct arena *a, int64_t organisation,
	const struct listing *attached, struct json **ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_FILE_LIST);
	struct json *list = json_new_array(a);
	bool row;

	sql_bind_i64(q, 1, organisation);
	sql_bind_i64(q, 2, 0);
	for (int i = 3; i <= 5; i++)
		sql_bind_str(q, i, STR(""));
	sql_bind_i64(q, 6, CHOICES);
	for (;;) {
		struct str digest;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		digest = base64url_new(a, (const uint8_t *)sql_str(q, 1).at, sql_str(q, 1).len);
		if (str_is(sql_str(q, 7), "infected") || listing_file_find(attached, digest) ||
			sql_i64(q, 2) > (int64_t)LIMIT_LISTING_FILE_MB * 1000000)
			continue;
		struct json *v = json_set_str(a, json_new_object(a), "digest", digest);
		v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 3)));
		v = json_set_str(a, v, "size", files_size_text(a, (uint64_t)sql_i64(q, 2)));
		list = json_push(a, list, v);
	}
	*ret = list;
	return ERR_OK;
}

static enum err_code add_scans(struct store *store, struct arena *a, int64_t organisation,
	struct json *list, struct err *e)
{
	for (size_t i = 0; i < json_count(list); i++) {
		struct json *one = list->items[i];
		struct own_file f;
		struct digest d;
		bool found = false;
		TRY(evidence_digest_parse(json_get_str(one, "digest"), &d, e));
		TRY(find_file(store, a, organisation, &d, &f, &found, e));
		if (found)
			(void)json_set_str(a, one, "scan", str_copy(a, str_of(f.scan)));
	}
	return ERR_OK;
}

enum err_code service_listing_files(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *choices = NULL, *list;
	const struct listing_kind *k;
	struct listing attached = { 0 };
	struct listing_work w;
	struct store *store;

	*ret = NULL;
	TRY(listing_find_own(s, a, by, id, &w, e));
	k = listing_kind_find(s->listings->kinds, w.kind);
	if (!k || k->file_count == 0)
		return ERR_OK;
	attached.files = listing_work_files(a, &w);
	list = listing_files_model(a, attached.files);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(add_scans(store, a, w.organisation, list, e));
	TRY(choices_model(store, a, w.organisation, &attached, &choices, e));
	v = json_set_number(a, v, "most", k->file_count);
	v = json_set(a, v, "types", json_copy(a, k->file_types));
	v = json_set(a, v, "more", json_new_bool(a, json_count(list) < k->file_count &&
		!listing_work_ended(&w)));
	v = json_set(a, v, "choices", choices);
	*ret = json_set(a, v, "attachments", list);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err_code no_file(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no such file of a listing in force");
}

struct in_force {
	uint8_t key[16], id_key[16];
	struct str origin;
};

/* The row of a listing that is published now. */
static enum err_code find_in_force(struct store *store, struct arena *a, enum sql_id id,
	const uint8_t key[16], struct in_force *ret, struct err *e)
{
	SCOPED_SQL q = sql_use(store, id);
	bool row;

	sql_bind_blob(q, 1, key, 16);
	sql_bind_str(q, 2, STR(""));
	TRY(sql_step(q, &row, e));
	if (!row || !str_is(sql_str(q, 14), "valid") || sql_i64(q, 12) <= instant_now())
		return no_file(e);
	memcpy(ret->key, key, 16);
	memcpy(ret->id_key, sql_str(q, 1).at, 16);
	ret->origin = str_copy(a, sql_str(q, 3));
	return ERR_OK;
}

static enum err_code entry_of(struct service *s, struct arena *a, const struct in_force *row,
	const struct digest *d, const struct json **ret, struct err *e)
{
	struct listing l;

	TRY(service_listing_load(s, a, row->id_key, &l, e));
	*ret = listing_file_find(&l, base64url_new(a, d->at, DIGEST_BYTES));
	return *ret ? ERR_OK : no_file(e);
}

static void describe(const struct json *entry, struct listing_file_found *ret)
{
	*ret = (struct listing_file_found){ .name = json_get_str(entry, "name"),
		.media_type = json_get_str(entry, "mediaType"),
		.bytes = (uint64_t)json_number_or(json_get(entry, "bytes"), 0),
		.problem = STR("") };
}

static enum err_code copy_is_here(struct service *s, const struct in_force *row,
	const struct digest *d, bool *ret, struct err *e)
{
	struct store *store;
	uint64_t bytes;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_GET);
	sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
	sql_bind_blob(q, 2, row->key, 16);
	sql_bind_str(q, 3, row->origin);
	TRY(sql_step(q, ret, e));
	*ret = *ret && blob_find(s->config->dir, d, &bytes);
	return ERR_OK;
}

enum err_code service_listing_file(struct service *s, struct arena *a, struct str listing,
	const struct digest *d, bool again, struct listing_file_found *ret, struct err *e)
{
	struct str id = str_printf(a, "urn:uuid:" STR_FMT, STR_ARG(listing)), name;
	struct listing_file_found found;
	const struct json *entry = NULL;
	struct in_force row = { 0 };
	struct store *store;
	uint8_t key[16];
	int64_t work;

	if (statement_id_parse(id, key, NULL) != ERR_OK)
		return no_file(e);
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(find_in_force(store, a, SQL_LISTING_FIND, key, &row, e));
	TRY(entry_of(s, a, &row, d, &entry, e));
	describe(entry, &found);
	if (row.origin.len == 0) {
		TRY(find_owner(store, key, &work, &found.organisation, e));
		TRY(files_readable(s, a, found.organisation, d, &name, e));
		found.here = true;
	} else {
		TRY(copy_is_here(s, &row, d, &found.here, e));
		if (!found.here)
			TRY(service_evidence_wish(s, a, row.origin, row.id_key, entry, again,
				&found.problem, e));
	}
	*ret = found;
	return ERR_OK;
}

enum err_code service_listing_reviewed_file(struct service *s, struct arena *a, int64_t id,
	const struct digest *d, struct listing_file_found *ret, struct err *e)
{
	struct listing_file_found found;
	struct listing l = { 0 };
	struct listing_work w;
	const struct json *entry;
	struct str name;

	TRY(listing_find_reviewed(s, a, id, &w, e));
	l.files = listing_work_files(a, &w);
	entry = listing_file_find(&l, base64url_new(a, d->at, DIGEST_BYTES));
	if (!entry)
		return no_file(e);
	describe(entry, &found);
	found.organisation = w.organisation;
	TRY(files_readable(s, a, found.organisation, d, &name, e));
	found.here = true;
	*ret = found;
	return ERR_OK;
}

enum err_code service_listing_file_read(struct service *s, const struct listing_file_found *file,
	const struct account_who *by, const struct digest *d, const struct file_range *range,
	struct err *e)
{
	if (file->organisation == 0) /* a copy: its owner is told by the node that gave it */
		return ERR_OK;
	if (by->stage != STAGE_FULL)
		return files_read_as(s, file->organisation, STR("public"), d, range, e);
	if (by->organisation == file->organisation || by->may >> CAPABILITY_MODERATE & 1)
		return files_read_by(s, file->organisation, by, d, range, e);
	return files_read_as(s, file->organisation, by->organisation_name, d, range, e);
}

/* ---- between nodes --------------------------------------------------------------------------- */

enum err_code listing_file_disclose(struct service *s, struct arena *a, struct str peer_did,
	const uint8_t id_key[16], const struct digest *d, bool begins, struct err *e)
{
	struct file_range whole = { .from = 0 };
	const struct json *entry = NULL;
	struct in_force row = { 0 };
	int64_t work, organisation;
	struct store *store;
	struct str name;
	uint8_t key[16];
	bool found;

	TRY(ledger_reader(s->ledger, &store, e));
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_OF_STATEMENT);
		sql_bind_blob(q, 1, id_key, 16);
		TRY(sql_step(q, &found, e));
		if (!found || sql_str(q, 1).len > 0)
			return no_file(e);
		memcpy(key, sql_str(q, 0).at, 16);
	}
	TRY(find_in_force(store, a, SQL_LISTING_ONE, key, &row, e));
	if (memcmp(row.id_key, id_key, 16) != 0)
		return no_file(e); /* an older version */
	TRY(entry_of(s, a, &row, d, &entry, e));
	TRY(find_owner(store, key, &work, &organisation, e));
	TRY(files_readable(s, a, organisation, d, &name, e));
	if (!begins)
		return ERR_OK;
	(void)blob_find(s->config->dir, d, &whole.bytes);
	return files_read_as(s, organisation, peer_did, d, &whole, e);
}

struct keeping_copy {
	const struct evidence_want *want;
	uint64_t bytes;
	int64_t now;
};

/* The oldest copies make room. */
static enum err_code make_room(struct store *store, struct err *e)
{
	for (int i = 0; i < ROUND; i++) {
		bool row;
		{
			SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_SUM);
			TRY(sql_step(q, &row, e));
			if (sql_i64(q, 0) <= LIMIT_LISTING_COPIES &&
				sql_i64(q, 1) <= (int64_t)LIMIT_LISTING_COPIES_MB * 1000000)
				return ERR_OK;
		}
		SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_OLDEST_GONE);
		TRY(sql_run(q, e));
	}
	return ERR_OK;
}

/* Of a listing that has ended or changed meanwhile it is kept as gone, so that its bytes go too. */
static enum err_code put_copy(void *context, struct store *store, struct err *e)
{
	const struct keeping_copy *x = context;
	const struct evidence_want *w = x->want;
	uint8_t key[16];
	bool row, in_force;
	{
		SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_DROP);
		sql_bind_blob(q, 1, w->digest.at, DIGEST_BYTES);
		TRY(sql_run(q, e));
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_OF_STATEMENT);
		sql_bind_blob(q, 1, w->statement_key, 16);
		TRY(sql_step(q, &row, e));
		if (!row)
			return err_set(e, ERR_NOT_FOUND, "there is no such listing here");
		memcpy(key, sql_str(q, 0).at, 16);
	}
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_ONE);
		sql_bind_blob(q, 1, key, 16);
		sql_bind_str(q, 2, w->origin);
		TRY(sql_step(q, &row, e));
		in_force = row && str_is(sql_str(q, 14), "valid") && sql_i64(q, 12) > x->now &&
			memcmp(sql_str(q, 1).at, w->statement_key, 16) == 0;
	}
	TRY(files_hold(store, &(struct file_facts){ .digest = w->digest, .bytes = x->bytes,
		.name = w->about.name, .media_type = w->about.media_type }, x->now, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_PUT);
	sql_bind_blob(q, 1, w->digest.at, DIGEST_BYTES);
	sql_bind_blob(q, 2, key, 16);
	sql_bind_str(q, 3, w->origin);
	sql_bind_i64(q, 4, (int64_t)x->bytes);
	sql_bind_i64(q, 5, !in_force);
	TRY(sql_run(q, e));
	return make_room(store, e);
}

enum err_code listing_copy_keep(struct service *s, const struct evidence_want *w, uint64_t bytes,
	struct err *e)
{
	struct keeping_copy x = { .want = w, .bytes = bytes, .now = instant_now() };
	enum err_code code;

	(void)pthread_mutex_lock(&s->files->place);
	code = blob_find(s->config->dir, &w->digest, &bytes)
		? ledger_write(s->ledger, put_copy, &x, e)
		: err_set(e, ERR_BUSY, "the file was taken away meanwhile");
	(void)pthread_mutex_unlock(&s->files->place);
	return code;
}

/* ---- copies that are gone -------------------------------------------------------------------- */

struct dropping {
	struct digest digest;
	bool found, let_go;
};

static enum err_code drop_copy(void *context, struct store *store, struct err *e)
{
	struct dropping *x = context;
	{
		SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_DROP);
		sql_bind_blob(q, 1, x->digest.at, DIGEST_BYTES);
		TRY(sql_run(q, e));
	}
	return files_let_go(store, &x->digest, &x->let_go, e);
}

static enum err_code next_gone(struct service *s, struct dropping *x, struct err *e)
{
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_LISTING_COPY_NEXT_GONE);
	TRY(sql_step(q, &x->found, e));
	if (x->found)
		memcpy(x->digest.at, sql_str(q, 0).at, DIGEST_BYTES);
	return ERR_OK;
}

void listing_copies_drop(struct service *s)
{
	for (int i = 0; i < ROUND && !atomic_load(&s->files->stop); i++) {
		struct dropping x = { .found = false };
		struct err e = { 0 };
		enum err_code code = next_gone(s, &x, &e);

		if (code == ERR_OK && !x.found)
			return;
		(void)pthread_mutex_lock(&s->files->place);
		if (code == ERR_OK)
			code = ledger_write(s->ledger, drop_copy, &x, &e);
		if (code == ERR_OK && x.let_go) /* no row names it any more */
			blob_drop(s->config->dir, &x.digest);
		(void)pthread_mutex_unlock(&s->files->place);
		if (code != ERR_OK) {
			diag_err(DIAG_WARN, "files", &e);
			return;
		}
	}
}
