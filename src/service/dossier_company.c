/* dossier_company.c - the company's side: vehicles, reports, files, messages, objections. */
#include <string.h>

#include "base/instant.h"
#include "base/scoped.h"
#include "service/dossier_inner.h"
#include "service/files.h"
#include "service/upload.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* ---- vehicles -------------------------------------------------------------------------------- */

/* "reports" of the row of this configuration; of a new one when it is the first report of it. */
static struct json *reports_of(struct arena *a, struct json *rows, const struct json *report)
{
	static const char *const kept[] = { "fingerprint", "model", "category", "applicant",
		"vins" };
	struct str fingerprint = json_get_str(report, "fingerprint");
	struct json *v = json_new_object(a), *reports = json_new_array(a);

	for (uint32_t i = 0; i < json_count(rows); i++) {
		const struct json *row = rows->items[i];
		if (!str_eq(json_get_str(row, "fingerprint"), fingerprint) ||
			!str_eq(json_get_str(row, "applicant"), json_get_str(report, "applicant")))
			continue;
		for (uint32_t k = 0; k < row->count; k++)
			if (str_is(row->members[k].name, "reports"))
				return row->members[k].value;
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		v = json_set(a, v, kept[i], json_copy(a, json_get(report, kept[i])));
	v = json_set(a, v, "reports", reports);
	return json_push(a, rows, v) ? reports : NULL;
}

enum err_code service_vehicles(struct service *s, struct arena *a, const struct account_who *by,
	struct str after, struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *rows = json_new_array(a);
	uint64_t before = INT64_MAX, last = 0;
	struct store *store;

	if (after.len > 0 && (str_parse_u64(after, &before, NULL) != ERR_OK || before > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_REPORT_OF_CODE);
	sql_bind_str(q, 1, by->organisation_code);
	sql_bind_i64(q, 2, (int64_t)before);
	sql_bind_i64(q, 3, LIMIT_PAGE_ROWS + 1);
	for (unsigned taken = 0;; taken++) {
		struct json *report;
		uint8_t key[16];
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		if (taken == LIMIT_PAGE_ROWS) {
			v = json_set_str(a, v, "next", str_printf(a, "%llu",
				(unsigned long long)last));
			break;
		}
		last = (uint64_t)sql_i64(q, 0);
		memcpy(key, sql_str(q, 1).at, 16);
		report = dossier_report(s, a, key);
		if (report && !json_push(a, reports_of(a, rows, report), report))
			return full(e);
	}
	*ret = json_set(a, v, "rows", rows);
	return *ret ? ERR_OK : full(e);
}

/* The id in what was typed or pasted: an id, or the address of the report's page. */
static bool find_id(struct arena *a, struct str text, uint8_t ret[16])
{
	for (size_t at = 0; at + 36 <= text.len; at++) {
		struct str id = str_printf(a, "urn:uuid:%.36s", text.at + at);
		if (id.at && statement_id_parse(id, ret, NULL) == ERR_OK)
			return true;
	}
	return false;
}

static const char *bring(struct service *s, struct arena *a, struct store *store,
	const struct account_who *by, const uint8_t key[16])
{
	struct ledger_found found;
	struct json *report;
	struct err e = { 0 };

	if (ledger_find(s->ledger, a, key, &found, NULL) != ERR_OK)
		return "report-unknown";
	if (found.receipt.kind != KIND_REPORT)
		return "report-id";
	if (found.body.len == 0 && (!s->fetcher.fetch_body || s->fetcher.fetch_body(
		s->fetcher.context, found.origin, key, &e) != ERR_OK))
		return e.code == ERR_DENIED ? "report-closed" : "report-later";
	report = dossier_report(s, a, key);
	return report && disclosure_is_own(s, store, by, json_get_str(report, "applicant"))
		? NULL : "report-other";
}

enum err_code service_report_bring(struct service *s, struct arena *a,
	const struct account_who *by, struct str report, struct json **ret_problems, struct err *e)
{
	struct json *problems = json_new_object(a);
	struct store *store;
	const char *wrong;
	uint8_t key[16];

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	*ret_problems = problems;
	TRY(ledger_reader(s->ledger, &store, e));
	if (report.len > LIMIT_ID_BYTES || !find_id(a, report, key))
		wrong = "report-id";
	else
		wrong = bring(s, a, store, by, key);
	if (wrong)
		form_wrong(a, problems, "report", wrong);
	if (wrong && str_is(str_of(wrong), "report-other"))
		dossier_note(s, by, "access", report, STR("a report of another holder"));
	return form_check(problems, e);
}

/* ---- the list -------------------------------------------------------------------------------- */

static enum err_code drafts_model(struct store *store, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e)
{
	struct json *list = json_new_array(a);
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_DRAFT_LIST);

	sql_bind_i64(q, 1, by->organisation);
	sql_bind_i64(q, 2, LIMIT_REQUEST_DRAFTS);
	for (;;) {
		struct json *v = json_new_object(a), *text;
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		TRY(json_parse(a, str_copy(a, sql_str(q, 2)), &text, e));
		v = json_set_number(a, v, "id", (double)sql_i64(q, 0));
		v = json_set_number(a, v, "at", (double)sql_i64(q, 1));
		v = json_set(a, v, "changed", model_time(a, sql_i64(q, 3)));
		if (json_get_str(text, "model").len > 0)
			v = json_set_str(a, v, "title", json_get_str(text, "model"));
		list = json_push(a, list, v);
	}
	*ret = list;
	return list ? ERR_OK : full(e);
}

enum err_code service_requests(struct service *s, struct arena *a, const struct account_who *by,
	const struct dossier_query *query, struct json **ret, struct err *e)
{
	static const struct { const char *word, *states; } shows[] = { { "", "" },
		{ "open", " collecting examining prepared issuing objected answered " },
		{ "asked", " asked " }, { "closed", " decided failed " } };
	struct json *v = json_new_object(a), *drafts;
	uint64_t before = INT64_MAX;
	struct dossier_page page;
	const char *states = NULL;
	struct store *store;

	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
		if (str_is(query->state, shows[i].word))
			states = shows[i].states;
	if (!states)
		return err_set(e, ERR_INVALID, "field \"show\": no word of this list");
	if (query->after.len > 0 && (str_parse_u64(query->after, &before, NULL) != ERR_OK ||
		before > INT64_MAX))
		return err_set(e, ERR_INVALID, "field \"after\": no page key of this list");
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(drafts_model(store, a, by, &drafts, e));
	SCOPED_SQL q = sql_use(store, SQL_DOSSIER_LIST);
	sql_bind_i64(q, 1, by->organisation);
	sql_bind_i64(q, 2, (int64_t)before);
	sql_bind_i64(q, 3, LIMIT_PAGE_ROWS + 1);
	sql_bind_str(q, 4, str_of(states));
	sql_bind_str(q, 5, dossier_fold(a, query->text));
	TRY(dossier_page(s, store, a, q, &page, e));
	if (page.more)
		v = json_set_str(a, v, "next", str_printf(a, "%lld", (long long)page.id));
	v = json_set(a, v, "rows", page.rows);
	v = json_set(a, v, "drafts", drafts);
	*ret = json_set(a, v, "query", dossier_query_model(a, query));
	return *ret ? ERR_OK : full(e);
}

/* ---- files ----------------------------------------------------------------------------------- */

struct handing_in {
	struct service *s;
	const struct account_who *by;
	const struct dossier_file *file;
	const char *media_type;
	struct digest digest;
	int64_t now;
};

static enum err_code check_place(struct store *store, struct arena *a, const struct handing_in *h,
	struct err *e)
{
	const struct dossier_file *f = h->file;
	struct dossier d;
	bool row;
	{
		SCOPED_SQL count = sql_use(store, SQL_DOCUMENT_COUNT);
		sql_bind_i64(count, 1, f->dossier);
		sql_bind_i64(count, 2, f->draft);
		TRY(sql_step(count, &row, e));
		if (sql_i64(count, 0) >= LIMIT_REQUEST_DOCUMENTS)
			return err_set(e, ERR_TOO_LARGE, "%d files are handed in already",
				LIMIT_REQUEST_DOCUMENTS);
	}
	if (f->dossier != 0) {
		TRY(dossier_load(store, a, f->dossier, &d, e));
		if (d.organisation != h->by->organisation)
			return dossier_of_another(h->s, a, h->by, &d, e);
		if (!dossier_state_in(&d, "collecting examining asked prepared"))
			return err_set(e, ERR_CONFLICT, "it is decided already");
		return ERR_OK;
	}
	return dossier_draft_find(h->s, store, a, h->by, f->draft, &(struct dossier_draft){ 0 }, e);
}

static enum err_code put_file(struct store *store, const struct handing_in *h, struct err *e)
{
	const struct dossier_file *f = h->file;
	SCOPED_SQL q = sql_use(store, SQL_DOCUMENT_PUT);

	sql_bind_i64(q, 1, f->dossier);
	sql_bind_i64(q, 2, f->draft);
	sql_bind_str(q, 3, f->document);
	sql_bind_str(q, 4, f->name);
	sql_bind_str(q, 5, str_of(h->media_type));
	sql_bind_i64(q, 6, (int64_t)f->bytes.len);
	sql_bind_blob(q, 7, h->digest.at, DIGEST_BYTES);
	sql_bind_str(q, 8, f->valid_until.at ? f->valid_until : STR(""));
	sql_bind_i64(q, 9, h->now);
	sql_bind_str(q, 10, h->by->display);
	return sql_run(q, e);
}

static enum err_code write_file(void *context, struct store *store, struct err *e)
{
	const struct handing_in *h = context;
	const struct dossier_file *f = h->file;
	struct file_use use = { .organisation = h->by->organisation };
	struct dossier_change c = { .s = h->s, .by = h->by, .id = f->dossier, .now = h->now,
		.event = "handed-in", .text = f->name, .action = "hand-in" };
	SCOPED_ARENA a = { 0 };

	arena_init(&a, (size_t)1 << 20);
	TRY(check_place(store, &a, h, e));
	TRY(put_file(store, h, e));
	if (f->dossier != 0) {
		TRY(dossier_write(store, &c, e));
		use.kind = STR("request");
		use.ref = str_printf(&a, "/requests/%lld", (long long)f->dossier);
		use.name = str_of(c.number);
		return files_use_put(store, &h->digest, &use, e);
	}
	use.kind = STR("draft");
	use.ref = dossier_draft_path(&a, f->draft);
	use.name = str_printf(&a, "%lld", (long long)f->draft);
	TRY(files_use_put(store, &h->digest, &use, e));
	return audit_put(store, h->now, &(struct audit_entry){ .action = "hand-in",
		.actor = h->by->name, .address = h->by->address, .detail = f->name,
		.target = str_printf(&a, "draft %lld", (long long)f->draft) }, e);
}

static void check_file(struct service *s, struct arena *a, const struct dossier_file *f,
	struct json *problems)
{
	int32_t day;

	if (!str_is(f->document, "other") && !rules_word(s->rules, "documents", f->document))
		form_wrong(a, problems, "document", "choose");
	if (!files_type_of(f->bytes))
		form_wrong(a, problems, "file", "file");
	else
		form_check_text(a, problems, "file", f->name, 240);
	if (f->valid_until.len > 0 && china_day_parse(f->valid_until, &day, NULL) != ERR_OK)
		form_wrong(a, problems, "valid_until", "day");
}

enum err_code service_document_put(struct service *s, struct arena *a,
	const struct account_who *by, const struct dossier_file *f, struct json **ret_problems,
	struct err *e)
{
	struct handing_in h = { .s = s, .by = by, .file = f, .now = instant_now(),
		.media_type = files_type_of(f->bytes) };
	struct json *problems = json_new_object(a);
	struct store *store;

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	*ret_problems = problems;
	check_file(s, a, f, problems);
	TRY(form_check(problems, e));
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(check_place(store, a, &h, e));
	const struct upload_wish wish = { .bytes = f->bytes.len, .name = f->name,
		.media_type = str_of(h.media_type), .metadata = STR("") };
	TRY(upload_whole(s, a, by, &wish, f->bytes, &h.digest, e));
	return ledger_write(s->ledger, write_file, &h, e);
}

enum err_code service_document(struct service *s, struct arena *a, const struct account_who *by,
	int64_t draft, int64_t dossier, int64_t document, struct document_found *ret,
	struct err *e)
{
	struct document_found found = { .organisation = by->organisation };
	struct store *store;
	struct dossier d;
	struct str name;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	if (dossier != 0) {
		TRY(dossier_find(s, a, by, dossier, &d, e));
		found.organisation = d.organisation;
	} else {
		TRY(dossier_draft_find(s, store, a, by, draft, &(struct dossier_draft){ 0 }, e));
	}
	SCOPED_SQL q = sql_use(store, SQL_DOCUMENT_GET);
	sql_bind_i64(q, 1, dossier);
	sql_bind_i64(q, 2, draft);
	sql_bind_i64(q, 3, document);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "no file has this number");
	CHECK(sql_str(q, 5).len == DIGEST_BYTES);
	memcpy(found.digest.at, sql_str(q, 5).at, DIGEST_BYTES);
	found.name = str_copy(a, sql_str(q, 2));
	found.media_type = str_copy(a, sql_str(q, 3));
	TRY(files_readable(s, a, found.organisation, &found.digest, &name, e));
	*ret = found;
	return ERR_OK;
}

/* ---- what the company does ------------------------------------------------------------------- */

/* Its own request: the authority reads all, but acts for none. */
static enum err_code own(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct dossier *ret, struct err *e)
{
	TRY(dossier_find(s, a, by, id, ret, e));
	return ret->organisation == by->organisation ? ERR_OK :
		dossier_of_another(s, a, by, ret, e);
}

enum err_code service_dossier_hand_back(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct err *e)
{
	struct dossier_change c = { .s = s, .by = by, .id = id, .from = "asked",
		.to = "examining", .event = "handed-back", .action = "hand-in", .asked = STR(""),
		.answers = true, .clock = CLOCK_RESUME, .tell_officers = "request-handed-in" };
	struct dossier d;

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	TRY(own(s, a, by, id, &d, e));
	return dossier_change(&c, e);
}

enum err_code service_dossier_object(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str reason, struct err *e)
{
	struct dossier_change c = { .s = s, .by = by, .id = id, .from = "decided",
		.to = "objected", .event = "objected", .action = "object", .text = reason,
		.clock = CLOCK_BEGIN, .clock_id = "objection",
		.tell_officers = "request-objected" };
	struct dossier d;

	CHECK(by->may >> CAPABILITY_REQUEST & 1);
	TRY(own(s, a, by, id, &d, e));
	TRY(dossier_text_check(reason, e));
	return dossier_change(&c, e);
}

enum err_code service_dossier_say(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct str text, struct err *e)
{
	struct dossier_change c = { .s = s, .by = by, .id = id, .event = "said", .text = text };
	struct dossier d;

	TRY(dossier_find(s, a, by, id, &d, e));
	TRY(dossier_text_check(text, e));
	if (by->organisation == AUTHORITY)
		c.tell_company = "request-said";
	else
		c.tell_officers = "request-said";
	return dossier_change(&c, e);
}
