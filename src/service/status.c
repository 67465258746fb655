/* status.c - withdraw, suspend, reinstate: status statements and the bitstring lists made of them.
 *
 * The statement with its reason is the fact; the lists (one for revocation, one for suspension, per
 * 131,072 reports) are issued again from the table after each change, for verifiers that know
 * only them.
 * S1  Withdrawn is final: no later status statement of the same target is accepted.
 */
#include "service/service_inner.h"

#include <string.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "credential/status_list.h"

/* ---- projection ------------------------------------------------------------------------------ */

static enum err_code current_word(struct store *s, const uint8_t id_key[16], bool *ret_final,
	struct err *e)
{
	bool row;
	SCOPED_SQL q = sql_use(s, SQL_STATUS_BY_ID);
	sql_bind_blob(q, 1, id_key, 16);
	TRY(sql_step(q, &row, e));
	*ret_final = row && str_is(sql_str(q, 0), "withdrawn");
	return ERR_OK;
}

enum err_code status_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	struct service *service = context;
	if (event->receipt->kind != KIND_STATUS)
		return ERR_OK;
	const struct json *subject = event->statement->subject;
	const struct json *reason = json_get(subject, "reason");
	struct str target = json_get_str(subject, "id");
	struct str word = json_get_str(subject, "status");
	uint8_t id_key[16];
	bool final;
	TRY(statement_id_parse(target, id_key, e));
	TRY(current_word(s, id_key, &final, e));
	if (final && event->own) {
		(void)err_set(e, ERR_CONFLICT, "statement \"" STR_FMT "\" is withdrawn for good",
			STR_ARG(target));
		return err_word(e, "withdrawn-already");
	}
	if (final)
		return ERR_OK; /* S1: a foreign log may hold it, here it changes nothing */
	SCOPED_SQL q = sql_use(s, SQL_STATUS_PUT);
	sql_bind_blob(q, 1, id_key, 16);
	sql_bind_str(q, 2, str_is(word, "reinstated") ? STR("valid") : word);
	sql_bind_str(q, 3, json_get_str(reason, "zh-CN"));
	sql_bind_str(q, 4, json_get_str(reason, "en"));
	sql_bind_i64(q, 5, event->receipt->time);
	sql_bind_blob(q, 6, event->receipt->id_key, 16);
	atomic_store(&service->status_changed, true);
	return sql_run(q, e);
}

enum err_code status_find(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct status_found *ret, struct err *e)
{
	struct store *store;
	bool row;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_STATUS_BY_ID);
	sql_bind_blob(q, 1, id_key, 16);
	TRY(sql_step(q, &row, e));
	*ret = (struct status_found){ .word = STR("valid"), .reason_zh = STR(""),
		.reason_en = STR("") };
	if (!row)
		return ERR_OK;
	ret->word = str_copy(a, sql_str(q, 0));
	ret->reason_zh = str_copy(a, sql_str(q, 1));
	ret->reason_en = str_copy(a, sql_str(q, 2));
	ret->at = sql_i64(q, 3);
	memcpy(ret->by, sql_str(q, 4).at, 16);
	return ERR_OK;
}

/* ---- the lists ------------------------------------------------------------------------------- */

static struct str list_id(struct service *s, struct arena *a, const char *purpose, int64_t number)
{
	return str_printf(a, "https://" STR_FMT "/status-lists/%s-%lld", STR_ARG(s->config->domain),
		purpose, (long long)number);
}

/* Sets the bits of list `number`: every own slot whose status has `word`. */
static enum err_code fill_list(struct store *store, int64_t number, const char *word,
	struct status_list *list, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_STATUS_SLOTS);
	sql_bind_i64(q, 1, number * LIMIT_STATUS_LIST_ENTRIES);
	sql_bind_i64(q, 2, (number + 1) * LIMIT_STATUS_LIST_ENTRIES);
	sql_bind_str(q, 3, str_of(word));
	for (;;) {
		bool row;
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		status_list_set(list, (uint64_t)(sql_i64(q,
			0) - number * LIMIT_STATUS_LIST_ENTRIES),
			true);
	}
}

static enum err_code issue_list(struct service *s, int64_t number, const char *purpose,
	const char *word, struct err *e)
{
	SCOPED_ARENA a;
	arena_init(&a, (size_t)8 << 20);
	struct status_list *list = ARENA_NEW(&a, struct status_list);
	struct store *store;
	if (!list)
		return err_set(e, ERR_TOO_LARGE, "status list too large");
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(fill_list(store, number, word, list, e));
	struct str encoded;
	TRY(status_list_encode(&a, list, &encoded, e));
	uint8_t uuid[16];
	service_uuid(uuid);
	struct json *doc = statement_new(&a, KIND_STATUS_LIST, uuid, s->config->did,
		s->config->name_zh,
		instant_now(), status_list_subject(&a, list_id(s, &a, purpose, number), purpose,
			encoded));
	struct str text;
	uint64_t index;
	return ledger_issue(s->ledger, &a, doc, &text, &index, e);
}

struct list_mark {
	int64_t number;
	int64_t seen;   /* highest status row that went into the lists */
};

static enum err_code mark_listed(void *context, struct store *store, struct err *e)
{
	const struct list_mark *mark = context;
	SCOPED_SQL q = sql_use(store, SQL_STATUS_LIST_PUT);
	sql_bind_i64(q, 1, mark->number);
	sql_bind_i64(q, 2, mark->seen);
	return sql_run(q, e);
}

static enum err_code issue_lists(struct service *s, int64_t number, int64_t seen, struct err *e)
{
	struct list_mark mark = { .number = number, .seen = seen };
	TRY(issue_list(s, number, "revocation", "withdrawn", e));
	TRY(issue_list(s, number, "suspension", "suspended", e));
	return ledger_write(s->ledger, mark_listed, &mark, e);
}

/* The first list whose bits are older than the table; *ret_number 0 when none. */
static enum err_code find_stale(struct service *s, int64_t *ret_number, int64_t *ret_seen,
	struct err *e)
{
	struct store *store;
	bool row;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_STATUS_LIST_STALE);
	TRY(sql_step(q, &row, e));
	*ret_number = row ? sql_i64(q, 0) : 0;
	*ret_seen = row ? sql_i64(q, 1) : 0;
	return ERR_OK;
}

void status_work(struct service *s)
{
	struct err e = { 0 };
	for (int round = 0; round < 8; round++) {
		int64_t number, seen;
		if (find_stale(s, &number, &seen, &e) != ERR_OK ||
			(number != 0 && issue_lists(s, number, seen, &e) != ERR_OK)) {
			diag_err(DIAG_WARN, "status", &e);
			return;
		}
		if (number == 0)
			return;
	}
}

enum err_code status_issue_first(struct service *s, struct err *e)
{
	struct store *store;
	int64_t number = 0;
	TRY(ledger_reader(s->ledger, &store, e));
	{
		bool row;
		SCOPED_SQL q = sql_use(store, SQL_STATUS_LIST_LAST);
		TRY(sql_step(q, &row, e));
		number = row ? sql_i64(q, 0) : 0;
	}
	return number > 0 ? ERR_OK : issue_lists(s, 1, 0, e);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static enum err_code slot_is_free(struct store *store, int64_t slot, bool *ret, struct err *e)
{
	bool row;
	SCOPED_SQL q = sql_use(store, SQL_STATUS_SLOT);
	sql_bind_i64(q, 1, slot);
	TRY(sql_step(q, &row, e));
	*ret = !row;
	return ERR_OK;
}

static int64_t random_slot(void)
{
	uint32_t value;
	key_random((uint8_t *)&value, sizeof(value));
	return (int64_t)(value % LIMIT_STATUS_LIST_ENTRIES);
}

/* A free random slot in the newest list, or in a new one when 16 draws found none: then the list is
 * more than three quarters full. */
static enum err_code draw_slot(struct service *s, int64_t *ret_list, int64_t *ret_slot,
	struct err *e)
{
	struct store *store;
	bool row;
	TRY(ledger_reader(s->ledger, &store, e));
	int64_t list;
	{
		SCOPED_SQL q = sql_use(store, SQL_STATUS_LIST_LAST);
		TRY(sql_step(q, &row, e));
		if (!row)
			return err_set(e, ERR_BUSY, "the first status list is not issued yet");
		list = sql_i64(q, 0);
	}
	for (int draw = 0; draw < 16; draw++) {
		bool free = false;
		int64_t slot = random_slot();
		TRY(slot_is_free(store, list * LIMIT_STATUS_LIST_ENTRIES + slot, &free, e));
		if (free) {
			*ret_list = list;
			*ret_slot = slot;
			return ERR_OK;
		}
	}
	TRY(issue_lists(s, list + 1, 0, e));
	*ret_list = list + 1;
	*ret_slot = random_slot();
	return ERR_OK;
}

static struct json *status_entry(struct service *s, struct arena *a, const char *purpose,
	int64_t list,
	int64_t slot)
{
	struct json *v = json_new_object(a);
	json_set_text(a, v, "type", "BitstringStatusListEntry");
	json_set_text(a, v, "statusPurpose", purpose);
	json_set_str(a, v, "statusListIndex", str_printf(a, "%lld", (long long)slot));
	json_set_str(a, v, "statusListCredential", list_id(s, a, purpose, list));
	return v;
}

enum err_code service_status_slot(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	int64_t list = 0;
	int64_t slot = 0;
	TRY(draw_slot(s, &list, &slot, e));
	struct json *entries = json_new_array(a);
	json_push(a, entries, status_entry(s, a, "revocation", list, slot));
	json_push(a, entries, status_entry(s, a, "suspension", list, slot));
	struct json *v = json_new_object(a);
	json_set(a, v, "credentialStatus", entries);
	*ret = v;
	return ERR_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

enum err_code service_status_change(struct service *s, struct arena *a, const struct json *request,
	struct json **ret, struct err *e)
{
	struct str id, word;
	uint8_t id_key[16];
	const struct json *reason;
	TRY(json_need_str(request, "id", &id, e));
	TRY(statement_id_parse(id, id_key, e));
	TRY(json_need_str(request, "status", &word, e));
	if (!str_is(word, "withdrawn") && !str_is(word, "suspended") && !str_is(word, "reinstated"))
		return err_set(e, ERR_INVALID, "field \"status\": withdrawn, suspended or "
			"reinstated");
	TRY(json_need(request, "reason", JSON_OBJECT, &reason, e));
	if (json_get_str(reason, "zh-CN").len == 0 && json_get_str(reason, "en").len == 0)
		return err_set(e, ERR_INVALID, "field \"reason\": say why, in zh-CN, en or both");
	struct ledger_found found;
	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	if (!found.own)
		return err_set(e, ERR_DENIED, "statement \"" STR_FMT "\" was issued by the other "
			"city",
			STR_ARG(id));
	struct json *subject = json_new_object(a);
	json_set_str(a, subject, "id", id);
	json_set_text(a, subject, "type", "StatusChange");
	json_set_str(a, subject, "digest", base64url_new(a, found.receipt.digest.at, DIGEST_BYTES));
	json_set_str(a, subject, "status", word);
	json_set(a, subject, "reason", json_copy(a, reason));
	uint8_t uuid[16];
	TRY(service_new_id(request, uuid, e));
	struct json *doc = statement_new(a, KIND_STATUS, uuid, s->config->did, s->config->name_zh,
		instant_now(), subject);
	struct str text;
	uint64_t index;
	TRY(ledger_issue(s->ledger, a, doc, &text, &index, e));
	service_wake(s);
	struct json *v = json_new_object(a);
	json_set_str(a, v, "id", statement_id_text(a, uuid));
	json_set_number(a, v, "index", (double)index);
	*ret = v;
	return ERR_OK;
}
