/* recognition_service.c - recognition requests: from the applicant's asking to the signed decision.
 *
 * A request is an ordinary row; the decision is the statement. The work thread takes each open
 * request one step further: receipts mirrored? bodies fetched? then gather the material, decide,
 * issue. States: waiting-receipt, waiting-body, deciding, decided, failed.
 */
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/material.h"
#include "service/agreement_service.h"
#include "service/material.h"
#include "service/model.h"
#include "service/organisation.h"
#include "service/service_inner.h"

#define REQUEST_BYTES_MAX 65536
#define REQUEST_ARENA_BYTES ((size_t)64 << 20)
#define REQUESTS_A_ROUND 64

/* ---- asking ---------------------------------------------------------------------------------- */

struct request_row {
	struct str id, text, state, detail;
	uint8_t decision[16];
	int64_t now;
};

static enum err_code put_row(void *context, struct store *store, struct err *e)
{
	const struct request_row *r = context;
	SCOPED_SQL q = sql_use(store, SQL_REQUEST_PUT);
	sql_bind_str(q, 1, r->id);
	sql_bind_str(q, 2, r->text);
	sql_bind_i64(q, 3, r->now);
	return sql_run(q, e);
}

static enum err_code check_reports(const struct json *reports, struct err *e)
{
	if (json_count(reports) == 0)
		return err_set(e, ERR_INVALID, "field \"reports\": name at least one report id");
	if (json_count(reports) > 16)
		return err_set(e, ERR_TOO_LARGE, "field \"reports\": at most 16 reports in one "
			"request");
	for (size_t i = 0; i < json_count(reports); i++) {
		uint8_t id_key[16];
		struct str id = json_str(json_at(reports, i));
		if (!id.at || statement_id_parse(id, id_key, e) != ERR_OK) {
			(void)err_set(e, ERR_INVALID, "field \"reports\": entry %zu is no "
				"statement id",
				i + 1);
			return err_hint(e, "Ids look like "
				"urn:uuid:123e4567-e89b-42d3-a456-426614174000.");
		}
	}
	return ERR_OK;
}

enum err_code service_recognition_request(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e)
{
	struct decide_request parsed;
	struct str applicant, text;
	const struct json *vins;
	if (!json_is(request, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "recognition request is no JSON object");
	TRY(check_reports(json_get(request, "reports"), e));
	TRY(json_need_str(request, "applicant", &applicant, e));
	if (!str_starts(applicant, "did:"))
		return err_set(e, ERR_INVALID, "field \"applicant\": \"" STR_FMT "\" is no DID",
			STR_ARG(applicant));
	TRY(json_need(request, "vins", JSON_ARRAY, &vins, e));
	if (json_count(vins) == 0)
		return err_set(e, ERR_INVALID, "field \"vins\": name at least one vehicle");
	/* The rest now, while who typed it is still there; it is read again when it is decided. */
	TRY(decide_request_parse(a, request, service_rules(s), &parsed, e));
	TRY(json_jcs(a, request, &text, e));
	if (text.len > REQUEST_BYTES_MAX)
		return err_set(e, ERR_TOO_LARGE, "recognition request longer than %d bytes",
			REQUEST_BYTES_MAX);
	uint8_t uuid[16];
	service_uuid(uuid);
	struct request_row row = { .id = str_skip(statement_id_text(a, uuid), 9), .text = text,
		.now = instant_now() };
	TRY(ledger_write(s->ledger, put_row, &row, e));
	service_wake(s);
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", row.id);
	json_set_text(a, v, "state", "waiting-receipt");
	*ret = v;
	return ERR_OK;
}

static struct json *report_states(struct service *s, struct arena *a, const struct json *ids)
{
	struct json *list = json_new_array(a);
	for (size_t i = 0; i < json_count(ids); i++) {
		struct json *v = json_new_object(a);
		struct model_statement m;
		uint8_t id_key[16];
		struct str id = json_str(json_at(ids, i));
		json_set_str(a, v, "id", id);
		bool known = statement_id_parse(id, id_key, NULL) == ERR_OK &&
			model_load(s, a, id_key, &m, NULL) == ERR_OK;
		json_set_str(a, v, "state", known ? m.state : STR("unknown"));
		json_push(a, list, v);
	}
	return list;
}

enum err_code service_request(struct service *s, struct arena *a, struct str id, struct json **ret,
	struct err *e)
{
	struct store *store;
	bool row;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_REQUEST_GET);
	sql_bind_str(q, 1, id);
	TRY(sql_step(q, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "recognition request %s is not known here",
			str_quote(a, id));
	struct json *request;
	TRY(json_parse(a, str_copy(a, sql_str(q, 0)), &request, e));
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", str_copy(a, id));
	json_set(a, v, "created", model_time(a, sql_i64(q, 1)));
	json_set_str(a, v, "state", str_copy(a, sql_str(q, 2)));
	if (sql_str(q, 3).len > 0)
		json_set_str(a, v, "reason", str_copy(a, sql_str(q, 3)));
	json_set(a, v, "updated", model_time(a, sql_i64(q, 4)));
	if (!sql_is_null(q, 5))
		json_set_str(a, v, "decision",
			statement_id_text(a, (const uint8_t *)sql_str(q, 5).at));
	json_set(a, v, "applicant", model_party(s, a, json_get_str(request, "applicant")));
	json_set(a, v, "reports", report_states(s, a, json_get(request, "reports")));
	*ret = v;
	return ERR_OK;
}

/* ---- working the queue ----------------------------------------------------------------------- */

static enum err_code set_state(void *context, struct store *store, struct err *e)
{
	const struct request_row *r = context;
	static const uint8_t none[16];
	SCOPED_SQL q = sql_use(store, SQL_REQUEST_STATE);
	sql_bind_str(q, 1, r->id);
	sql_bind_str(q, 2, r->state);
	sql_bind_str(q, 3, r->detail);
	sql_bind_i64(q, 4, r->now);
	if (memcmp(r->decision, none, 16) == 0)
		sql_bind_null(q, 5);
	else
		sql_bind_blob(q, 5, r->decision, 16);
	return sql_run(q, e);
}

static void change_state(struct service *s, struct request_row *r, const char *state,
	struct str detail)
{
	struct err e = { 0 };
	if (str_is(r->state, state) && str_eq(r->detail, detail))
		return;
	r->state = str_of(state);
	r->detail = detail;
	r->now = instant_now();
	if (ledger_write(s->ledger, set_state, r, &e) != ERR_OK)
		diag_err(DIAG_WARN, "recognition", &e);
}

bool recognition_bodies(struct service *s, struct arena *a, const struct json *request,
	const char **ret_state, struct str *ret_detail)
{
	const struct json *reports = json_get(request, "reports");
	for (size_t i = 0; i < json_count(reports); i++) {
		struct ledger_found found;
		struct err e = { 0 };
		uint8_t id_key[16];
		struct str id = json_str(json_at(reports, i));
		*ret_detail = id;
		*ret_state = "failed";
		if (statement_id_parse(id, id_key, &e) != ERR_OK)
			return false;
		*ret_state = "waiting-receipt";
		if (ledger_find(s->ledger, a, id_key, &found, &e) != ERR_OK)
			return false;
		if (found.body.len > 0)
			continue;
		if (s->fetcher.fetch_body && s->fetcher.fetch_body(s->fetcher.context, found.origin,
			id_key, &e) == ERR_OK)
			continue;
		bool final = e.code == ERR_DENIED || e.code == ERR_INVALID ||
			e.code == ERR_TOO_LARGE;
		*ret_state = final ? "failed" : "waiting-body";
		if (e.code != ERR_OK)
			*ret_detail = str_copy(a, str_of(e.message));
		return false;
	}
	return true;
}

/* Every report of the request is here with its body; else the state says what is waited for. */
static bool bodies_are_here(struct service *s, struct arena *a, struct request_row *r,
	const struct json *request)
{
	const char *state;
	struct str detail;
	if (recognition_bodies(s, a, request, &state, &detail))
		return true;
	change_state(s, r, state, detail);
	return false;
}

static enum err_code decide_request(struct service *s, struct arena *a, struct request_row *r,
	const struct json *request, struct err *e)
{
	struct decision_material material;
	struct json *subject;
	TRY(material_gather(s, a, request, instant_now(), &material, e));
	TRY(decision_subject(a, &material, &subject, e));
	uint8_t uuid[16];
	service_uuid(uuid);
	struct json *doc = statement_new(a, KIND_DECISION, uuid, s->config->did, s->config->name_zh,
		material.now, subject);
	struct str text;
	uint64_t index;
	TRY(ledger_issue(s->ledger, a, doc, &text, &index, e));
	memcpy(r->decision, uuid, 16);
	return ERR_OK;
}

static void work_request(struct service *s, struct request_row *r)
{
	SCOPED_ARENA a;
	arena_init(&a, REQUEST_ARENA_BYTES);
	struct err e = { 0 };
	struct json *request;
	if (json_parse(&a, r->text, &request, &e) != ERR_OK) {
		change_state(s, r, "failed", str_of(e.message));
		return;
	}
	if (!bodies_are_here(s, &a, r, request))
		return;
	enum err_code code = decide_request(s, &a, r, request, &e);
	if (code == ERR_OK)
		change_state(s, r, "decided", STR(""));
	else if (code == ERR_BUSY || code == ERR_IO)
		change_state(s, r, "deciding", str_of(e.message));
	else
		change_state(s, r, "failed", str_of(e.message));
}

void recognition_work(struct service *s)
{
	SCOPED_ARENA a;
	arena_init(&a, REQUEST_ARENA_BYTES);
	struct store *store;
	struct err e = { 0 };
	struct request_row rows[REQUESTS_A_ROUND];
	size_t count = 0;
	if (ledger_reader(s->ledger, &store, &e) != ERR_OK)
		return;
	{
		SCOPED_SQL q = sql_use(store, SQL_REQUEST_OPEN);
		sql_bind_i64(q, 1, REQUESTS_A_ROUND);
		for (; count < REQUESTS_A_ROUND; count++) {
			bool row;
			if (sql_step(q, &row, &e) != ERR_OK || !row)
				break;
			rows[count] = (struct request_row){ .id = str_copy(&a, sql_str(q, 0)),
				.text = str_copy(&a, sql_str(q, 1)),
				.state = str_copy(&a, sql_str(q, 2)),
				.detail = str_copy(&a, sql_str(q, 3)) };
		}
	}
	for (size_t i = 0; i < count; i++)
		work_request(s, &rows[i]);
}
