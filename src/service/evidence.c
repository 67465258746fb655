/* evidence.c - rows of evidence files, and the state of a report's. */
#include "service/evidence.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/files_inner.h"
#include "service/listing_file.h"

enum err_code evidence_digest_parse(struct str text, struct digest *ret, struct err *e)
{
	if (base64url_decode_fixed(text, ret->at, DIGEST_BYTES, NULL) != ERR_OK)
		return err_set(e, ERR_NOT_FOUND, "no evidence file has such a digest");
	return ERR_OK;
}

enum err_code evidence_about_check(const struct evidence_about *about, struct err *e)
{
	if (!str_is_file_name(about->name))
		return err_set(e, ERR_INVALID, "field \"name\": not the name of a file");
	if (!str_is_media_type(about->media_type))
		return err_set(e, ERR_INVALID, "field \"type\": not a media type in lower case");
	return ERR_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct kept_row {
	const struct digest *digest;
	const struct evidence_about *about;
	int64_t now;
};

static enum err_code put_kept(void *context, struct store *store, struct err *e)
{
	const struct kept_row *row = context;
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_PUT);
	sql_bind_blob(q, 1, row->digest->at, DIGEST_BYTES);
	sql_bind_i64(q, 2, (int64_t)row->about->bytes);
	sql_bind_str(q, 3, row->about->name);
	sql_bind_str(q, 4, row->about->media_type);
	sql_bind_i64(q, 5, row->now);
	TRY(sql_run(q, e));
	{ /* held for the node itself from now on, whoever else handed it in */
		SCOPED_SQL held = sql_use(store, SQL_FILE_HELD_DROP);
		sql_bind_blob(held, 1, row->digest->at, DIGEST_BYTES);
		TRY(sql_run(held, e));
	}
	SCOPED_SQL drop = sql_use(store, SQL_EVIDENCE_WANT_DROP);
	sql_bind_blob(drop, 1, row->digest->at, DIGEST_BYTES);
	return sql_run(drop, e);
}

enum err_code service_evidence_keep(struct service *s, const struct digest *d,
	const struct evidence_about *about, struct err *e)
{
	struct kept_row row = { .digest = d, .about = about, .now = instant_now() };
	enum err_code code;
	uint64_t bytes;

	(void)pthread_mutex_lock(&s->files->place);
	/* An organisation may have deleted the same file since it was put in place. */
	code = blob_find(s->config->dir, d, &bytes) ? ledger_write(s->ledger, put_kept, &row, e) :
		err_set(e, ERR_BUSY, "the evidence file was deleted meanwhile: it has to come "
			"again");
	(void)pthread_mutex_unlock(&s->files->place);
	return code;
}

enum err_code service_evidence_find(struct service *s, struct arena *a, const struct digest *d,
	struct evidence_about *ret, struct err *e)
{
	struct store *store;
	bool row = false;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_GET);
	sql_bind_blob(q, 1, d->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no evidence file with this digest is held here");
	struct evidence_about about = { .bytes = (uint64_t)sql_i64(q, 0),
		.name = str_copy(a, sql_str(q, 1)), .media_type = str_copy(a, sql_str(q, 2)) };
	if (!about.name.at || !about.media_type.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a row of evidence");
	*ret = about;
	return ERR_OK;
}

static struct json *list_row(struct arena *a, struct sql *q)
{
	struct json *v = json_new_object(a);
	v = json_set_str(a, v, "digest", base64url_new(a, (const uint8_t *)sql_str(q, 1).at,
		sql_str(q, 1).len));
	v = json_set_number(a, v, "bytes", (double)sql_i64(q, 2));
	v = json_set_str(a, v, "name", str_copy(a, sql_str(q, 3)));
	v = json_set_str(a, v, "mediaType", str_copy(a, sql_str(q, 4)));
	return json_set_str(a, v, "time", service_instant(a, sql_i64(q, 5)));
}

enum err_code service_evidence_list(struct service *s, struct arena *a, const struct list_query *q,
	struct json **ret, struct err *e)
{
	struct json *rows = json_new_array(a), *v = json_new_object(a);
	struct list_frame frame;
	struct store *store;
	int64_t last = 0;
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(service_list_frame(s, q, &frame, e));
	SCOPED_SQL list = sql_use(store, SQL_EVIDENCE_LIST);
	sql_bind_i64(list, 1, frame.before);
	sql_bind_i64(list, 2, frame.rows + 1);
	for (uint32_t taken = 0;; taken++) {
		bool row = false;
		TRY(sql_step(list, &row, e));
		if (!row)
			break;
		if (taken == frame.rows) {
			v = json_set_str(a, v, "next", str_printf(a, "%lld", (long long)last));
			break;
		}
		last = sql_i64(list, 0);
		rows = json_push(a, rows, list_row(a, list));
	}
	*ret = json_set(a, v, "rows", rows);
	return ERR_OK;
}

/* ---- a report's files ------------------------------------------------------------------------ */

struct wishes {
	struct str origin;
	const uint8_t *statement_key;
	const struct json *files;          /* entries of the report; those to fetch have "wish" */
	uint32_t count;
};

static enum err_code put_wish(struct store *store, const struct wishes *w,
	const struct json *entry, struct err *e)
{
	struct digest d;
	TRY(evidence_digest_parse(json_get_str(entry, "digest"), &d, e));
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_PUT);
	sql_bind_blob(q, 1, d.at, DIGEST_BYTES);
	sql_bind_str(q, 2, w->origin);
	sql_bind_blob(q, 3, w->statement_key, 16);
	sql_bind_i64(q, 4, (int64_t)json_number_or(json_get(entry, "bytes"), 0));
	sql_bind_str(q, 5, json_get_str(entry, "name"));
	sql_bind_str(q, 6, json_get_str(entry, "mediaType"));
	return sql_run(q, e);
}

static enum err_code put_wishes(void *context, struct store *store, struct err *e)
{
	const struct wishes *w = context;
	bool row = false;
	{
		SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_COUNT);
		TRY(sql_step(q, &row, e));
		if (sql_i64(q, 0) + w->count > LIMIT_EVIDENCE_WANTED)
			return err_set(e, ERR_TOO_LARGE, "over %d evidence files wait to be "
				"fetched", LIMIT_EVIDENCE_WANTED);
	}
	for (size_t i = 0; i < json_count(w->files); i++) {
		const struct json *entry = json_at(w->files, i);
		struct str state = json_get_str(entry, "state");
		if (str_is(state, "missing") || str_is(state, "refused"))
			TRY(put_wish(store, w, entry, e));
	}
	return ERR_OK;
}

/* Adds the state to a copy of the report's entry. */
static enum err_code file_state(struct service *s, struct store *store, struct arena *a,
	const struct json *entry, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a);
	struct digest d;
	uint64_t have = 0;
	bool row = false;
	static const char *const kept[] = { "name", "digest", "bytes", "mediaType" };
	TRY(evidence_digest_parse(json_get_str(entry, "digest"), &d, e));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		v = json_set(a, v, kept[i], json_copy(a, json_get(entry, kept[i])));
	if (blob_find(s->config->dir, &d, &have)) {
		v = json_set_number(a, v, "have", (double)have);
		*ret = json_set_text(a, v, "state", "held");
		return ERR_OK;
	}
	v = json_set_number(a, v, "have", (double)blob_part_bytes(s->config->dir, &d));
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_GET);
	sql_bind_blob(q, 1, d.at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (row && sql_str(q, 1).len > 0)
		v = json_set_str(a, v, "problem", str_copy(a, sql_str(q, 1)));
	*ret = json_set_str(a, v, "state", row ? str_copy(a, sql_str(q, 0)) : STR("missing"));
	return ERR_OK;
}

static enum err_code file_states(struct service *s, struct arena *a, const struct json *evidence,
	struct json **ret, bool *ret_complete, uint32_t *ret_missing, struct err *e)
{
	struct json *files = json_new_array(a);
	struct store *store;
	bool complete = true;
	uint32_t missing = 0;
	TRY(ledger_reader(s->ledger, &store, e));
	for (size_t i = 0; i < json_count(evidence); i++) {
		struct json *v = NULL;
		TRY(file_state(s, store, a, json_at(evidence, i), &v, e));
		struct str state = json_get_str(v, "state");
		complete = complete && str_is(state, "held");
		missing += str_is(state, "missing") || str_is(state, "refused");
		files = json_push(a, files, v);
	}
	*ret = files;
	*ret_complete = complete;
	*ret_missing = missing;
	return ERR_OK;
}

static enum err_code load_report(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct ledger_found *ret_found, struct statement *ret, struct err *e)
{
	TRY(ledger_find(s->ledger, a, id_key, ret_found, e));
	if (ret_found->receipt.kind != KIND_REPORT)
		return err_set(e, ERR_INVALID, "statement \"" STR_FMT "\" is no report",
			STR_ARG(ret_found->receipt.id));
	if (ret_found->body.len == 0) {
		(void)err_set(e, ERR_NOT_FOUND, "the body of report \"" STR_FMT
			"\" is not held here", STR_ARG(ret_found->receipt.id));
		return err_hint(e, "It comes with a recognition request for it.");
	}
	return statement_parse(a, ret_found->body, ret, e);
}

enum err_code service_evidence_of(struct service *s, struct arena *a, const uint8_t id_key[16],
	bool fetch, struct json **ret, struct err *e)
{
	struct ledger_found found;
	struct statement statement;
	struct json *files = NULL, *v = json_new_object(a);
	bool complete = false;
	uint32_t missing = 0;
	TRY(load_report(s, a, id_key, &found, &statement, e));
	const struct json *evidence = json_path(statement.subject, "inspectionReport/evidence");
	TRY(file_states(s, a, evidence, &files, &complete, &missing, e));
	if (fetch && missing > 0 && !found.own) {
		struct wishes wishes = { .origin = found.origin, .statement_key = id_key,
			.files = files, .count = missing };
		TRY(ledger_write(s->ledger, put_wishes, &wishes, e));
		TRY(file_states(s, a, evidence, &files, &complete, &missing, e));
	}
	v = json_set_str(a, v, "id", found.receipt.id);
	v = json_set(a, v, "complete", json_new_bool(a, complete));
	*ret = json_set(a, v, "files", files);
	return ERR_OK;
}

struct one_wish {
	struct wishes wishes;
	const struct digest *digest;
	bool again, waits;
	struct arena *a;
	struct str problem;
};

static enum err_code put_one_wish(void *context, struct store *store, struct err *e)
{
	struct one_wish *w = context;
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_GET);
		sql_bind_blob(q, 1, w->digest->at, DIGEST_BYTES);
		TRY(sql_step(q, &row, e));
		w->waits = row && str_is(sql_str(q, 0), "waiting");
		/* What another statement's file came to says nothing of this one's. */
		bool same = row && sql_str(q, 2).len == 16 &&
			memcmp(sql_str(q, 2).at, w->wishes.statement_key, 16) == 0;
		if (same && !w->waits && !w->again) {
			w->problem = str_copy(w->a, sql_str(q, 1));
			return ERR_OK;
		}
	}
	return w->waits ? ERR_OK : put_wishes(&w->wishes, store, e);
}

enum err_code service_evidence_wish(struct service *s, struct arena *a, struct str origin,
	const uint8_t statement_key[16], const struct json *entry, bool again,
	struct str *ret_problem, struct err *e)
{
	struct json *one = json_set_text(a, json_copy(a, entry), "state", "missing");
	struct one_wish w = { .again = again, .a = a, .problem = STR(""), .wishes = {
		.origin = origin, .statement_key = statement_key, .count = 1,
		.files = json_push(a, json_new_array(a), one) } };
	struct digest d;

	TRY(evidence_digest_parse(json_get_str(entry, "digest"), &d, e));
	if (!w.wishes.files)
		return err_set(e, ERR_TOO_LARGE, "no memory for a wish");
	w.digest = &d;
	TRY(ledger_write(s->ledger, put_one_wish, &w, e));
	*ret_problem = w.problem;
	return ERR_OK;
}

/* ---- wishes ---------------------------------------------------------------------------------- */

enum err_code service_evidence_next(struct service *s, struct arena *a, const struct digest *after,
	struct evidence_want *ret, struct err *e)
{
	struct evidence_want w = { 0 };
	struct store *store;
	bool row = false;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_NEXT);
	sql_bind_blob(q, 1, after->at, DIGEST_BYTES);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no evidence file is to be fetched");
	CHECK(sql_str(q, 0).len == DIGEST_BYTES);
	memcpy(w.digest.at, sql_str(q, 0).at, DIGEST_BYTES);
	w.origin = str_copy(a, sql_str(q, 1));
	memcpy(w.statement_key, sql_str(q, 2).at, 16);
	w.about.bytes = (uint64_t)sql_i64(q, 3);
	w.about.name = str_copy(a, sql_str(q, 4));
	w.about.media_type = str_copy(a, sql_str(q, 5));
	if (!w.origin.at || !w.about.name.at || !w.about.media_type.at)
		return err_set(e, ERR_TOO_LARGE, "no memory for a wish");
	*ret = w;
	return ERR_OK;
}

enum err_code service_evidence_fetched(struct service *s, const struct evidence_want *w,
	uint64_t bytes, struct err *e)
{
	struct evidence_about about = w->about;
	SCOPED_ARENA a = { 0 };
	struct ledger_found found;

	arena_init(&a, (size_t)4 << 20);
	about.bytes = bytes;
	TRY(ledger_find(s->ledger, &a, w->statement_key, &found, e));
	return found.receipt.kind == KIND_LISTING ? listing_copy_keep(s, w, bytes, e)
		: service_evidence_keep(s, &w->digest, &about, e);
}

struct refusal {
	const struct digest *digest;
	const char *problem;
};

static enum err_code put_refusal(void *context, struct store *store, struct err *e)
{
	const struct refusal *r = context;
	SCOPED_SQL q = sql_use(store, SQL_EVIDENCE_WANT_SET);
	sql_bind_blob(q, 1, r->digest->at, DIGEST_BYTES);
	sql_bind_str(q, 2, STR("refused"));
	sql_bind_str(q, 3, str_of(r->problem));
	return sql_run(q, e);
}

enum err_code service_evidence_refused(struct service *s, const struct digest *d,
	const char *problem, struct err *e)
{
	struct refusal r = { .digest = d, .problem = problem };
	return ledger_write(s->ledger, put_refusal, &r, e);
}
