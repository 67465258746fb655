/* recomputation.c - recomputations as rows beside reports, and the authority's own. */
#include "service/recomputation.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/recomputation.h"
#include "service/evidence.h"
#include "service/model.h"
#include "service/service_inner.h"
#include "store/blobs.h"

#define SHOWN_MAX 16

enum err_code recomputation_project(void *context, struct store *s,
	const struct ledger_event *event, struct err *e)
{
	struct recomputation r;
	uint8_t report_key[16];
	(void)context;
	if (event->receipt->kind != KIND_RECOMPUTATION)
		return ERR_OK;
	TRY(recomputation_parse(event->statement->subject, &r, e));
	TRY(statement_id_parse(r.report, report_key, e));
	SCOPED_SQL q = sql_use(s, SQL_RECOMPUTATION_PUT);
	sql_bind_blob(q, 1, event->receipt->id_key, 16);
	sql_bind_blob(q, 2, report_key, 16);
	sql_bind_str(q, 3, event->own ? STR("") : event->origin);
	sql_bind_str(q, 4, event->receipt->issuer);
	sql_bind_str(q, 5, str_of(recomputed_name(r.result)));
	sql_bind_i64(q, 6, event->receipt->time);
	return sql_run(q, e);
}

/* The detail goes into the folder first: a statement never names what is not there. */
static enum err_code keep_detail(struct service *s, struct str bytes, struct err *e)
{
	struct blob_writer *w;
	struct digest d = digest_sha256(bytes);
	struct evidence_about about = { .name = STR("recomputation.json"),
		.media_type = STR("application/vnd.huren.recomputation+json"),
		.bytes = bytes.len };
	uint64_t have;
	if (!blob_find(s->config->dir, &d, &have)) {
		TRY(blob_begin(s->config->dir, NULL, bytes.len, &w, &have, e));
		enum err_code code = blob_write(w, bytes, e);
		if (code != ERR_OK) {
			blob_abandon(w);
			return code;
		}
		TRY(blob_finish(w, &d, &have, e));
	}
	return service_evidence_keep(s, &d, &about, e);
}

/* The report must be here, and be the one that was looked at. */
static enum err_code check_report(struct service *s, struct arena *a, const struct json *detail,
	struct err *e)
{
	struct ledger_found found;
	uint8_t id_key[16];
	struct str id;
	TRY(json_need_str(detail, "report", &id, e));
	TRY(statement_id_parse(id, id_key, e));
	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	if (found.receipt.kind != KIND_REPORT)
		return err_set(e, ERR_INVALID, "statement \"" STR_FMT "\" is no report",
			STR_ARG(id));
	if (!str_eq(json_get_str(detail, "reportDigest"),
		base64url_new(a, found.receipt.digest.at, DIGEST_BYTES)))
		return err_set(e, ERR_CONFLICT, "recomputation is of another report \"" STR_FMT
			"\"", STR_ARG(id));
	return ERR_OK;
}

enum err_code service_recomputation(struct service *s, struct arena *a, const struct json *request,
	struct json **ret, struct err *e)
{
	struct json *subject = NULL, *v = json_new_object(a);
	struct str bytes, id;
	uint64_t index = 0;
	uint8_t uuid[16];
	TRY(recomputation_subject(a, request, &subject, e));
	TRY(check_report(s, a, request, e));
	TRY(json_jcs(a, request, &bytes, e));
	TRY(keep_detail(s, bytes, e));
	service_uuid(uuid);
	struct json *doc = statement_new(a, KIND_RECOMPUTATION, uuid, s->config->did,
		s->config->name_zh, instant_now(), subject);
	TRY(ledger_issue(s->ledger, a, doc, NULL, &index, e));
	id = statement_id_text(a, uuid);
	v = json_set_str(a, v, "id", id);
	v = json_set_number(a, v, "index", (double)index);
	*ret = json_set_str(a, v, "result", json_get_str(request, "result"));
	return ERR_OK;
}

struct json *recomputations_of(struct service *s, struct arena *a, const uint8_t report_key[16])
{
	struct json *list = json_new_array(a);
	uint8_t keys[SHOWN_MAX][16];
	size_t count = 0;
	struct store *store;
	bool row = true;
	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return list;
	{
		SCOPED_SQL q = sql_use(store, SQL_RECOMPUTATIONS_OF);
		sql_bind_blob(q, 1, report_key, 16);
		sql_bind_i64(q, 2, SHOWN_MAX);
		while (count < SHOWN_MAX && sql_step(q, &row, NULL) == ERR_OK && row)
			memcpy(keys[count++], sql_str(q, 0).at, 16);
	}
	for (size_t i = 0; i < count; i++) {
		struct model_statement m;
		if (model_load(s, a, keys[i], &m, NULL) != ERR_OK || !m.has_body)
			continue;
		struct json *v = model_head(s, a, &m);
		v = json_set_str(a, v, "result", json_get_str(m.statement.subject, "result"));
		v = json_set(a, v, "items",
			json_copy(a, json_get(m.statement.subject, "items")));
		list = json_push(a, list, v);
	}
	return list;
}
