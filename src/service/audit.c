/* audit.c - see audit.h. */
#include "service/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/list.h"
#include "service/model.h"

#define LINE_ARENA_BYTES 16384
#define DAY_S 86400

/* Every word that a line may have as its action; the page offers them as filters. */
static const char *const actions[] = { /* a word a line */
	"sign-in",
	"second-factor",
	"recovery-code",
	"sign-out",
	"enrol",
	"confirm",
	"password",
	"factor",
	"recovery-codes",
	"end-session",
	"invite",
	"join",
	"roles",
	"lock",
	"unlock",
	"reset",
	"register",
	"confirm-organisation",
	"refuse-organisation",
	"access",
	"export",
	"facility-opening",
	"booking-request",
	"booking-act",
	"booking-contact",
	"booking-erase",
	"calendar-address",
	"calendar-address-end",
	"listing-submit",
	"listing-withdraw",
	"listing-renew",
	"listing-attach",
	"listing-detach",
	"account-leave",
	"listing-erase",
	"listing-review",
	"deal-begin",
	"deal-act",
	"deal-erase",
	"deal-unmask",
	"deal-data",
	"alliance-apply",
	"alliance-confirm",
	"alliance-refuse",
	"alliance-leave",
	"alliance-motion",
	"alliance-vote",
	"alliance-group",
	"alliance-minutes",
	"mail-settings",
	"mail-confirm",
	"mail-given-up",
	"prepare-act",
	"confirm-act",
	"refuse-act",
	"take-back-act",
	"carry-out-act",
	"prune",
	"lost",
	"backup",
	"backup-settings",
	"rehearse",
	"trust-peer",
	"upload",
	"upload-cancel",
	"file-delete",
	"file-scan",
	"send-request",
	"hand-in",
	"ask-documents",
	"prepare-decision",
	"approve-decision",
	"return-decision",
	"object",
	"answer-objection",
	"draft",
	"draft-change",
	"draft-hand-over",
	"draft-send-back",
	"draft-discard",
	"draft-take",
	"draft-sign",
	"draft-evaluate",
	"report-amend",
	"report-withdraw",
	"lab-key",
	"import",
	"passkey",
	"passkey-add",
	"passkey-remove",
	NULL
};
#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]) - 1)

static bool is_action(struct str word)
{
	for (size_t i = 0; i < ACTION_COUNT; i++)
		if (str_is(word, actions[i]))
			return true;
	return false;
}

/* Cut to the room, always valid UTF-8 without control characters. */
static void take_text(char *ret, size_t room, struct str s)
{
	size_t len = s.len < room - 1 ? s.len : room - 1;
	bool utf8;

	while (len > 0 && len < s.len && ((uint8_t)s.at[len] & 0xc0) == 0x80)
		len--;
	utf8 = str_is_utf8((struct str){ s.at, len });
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s.at[i];
		ret[i] = c < ' ' || c == 0x7f || (c >= 0x80 && !utf8) ? '_' : s.at[i];
	}
	ret[len] = '\0';
}

static void take_entry(struct audit_waiting *w, int64_t now, const struct audit_entry *entry)
{
	CHECK(is_action(str_of(entry->action)));
	w->time = now;
	w->action = entry->action;
	w->refused = entry->refused;
	take_text(w->actor, sizeof(w->actor), entry->actor);
	take_text(w->address, sizeof(w->address), entry->address);
	take_text(w->target, sizeof(w->target), entry->target);
	take_text(w->detail, sizeof(w->detail), entry->detail);
}

static enum err_code line_of(struct arena *a, const struct audit_waiting *w, int64_t seq,
	struct str *ret, struct err *e)
{
	struct json *v = json_new_object(a);

	v = json_set_text(a, v, "action", w->action);
	v = json_set_text(a, v, "actor", w->actor);
	v = json_set_text(a, v, "address", w->address);
	v = json_set_text(a, v, "detail", w->detail);
	v = json_set_text(a, v, "result", w->refused ? "refused" : "ok");
	v = json_set_number(a, v, "seq", (double)seq);
	v = json_set_text(a, v, "target", w->target);
	v = json_set_str(a, v, "time", service_instant(a, w->time));
	return v ? json_jcs(a, v, ret, e) :
		err_set(e, ERR_TOO_LARGE, "audit line needs too much memory");
}

/* Sequence number and digest of the newest line; 0 and zeros before the first. */
static enum err_code last_line(struct store *store, int64_t *ret_seq, struct digest *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_AUDIT_LAST);
	bool row;

	TRY(sql_step(q, &row, e));
	if (!row || sql_str(q, 1).len != DIGEST_BYTES)
		return err_set(e, ERR_CORRUPT, "audit trail has no beginning");
	*ret_seq = sql_i64(q, 0);
	memcpy(ret->at, sql_str(q, 1).at, DIGEST_BYTES);
	return ERR_OK;
}

static enum err_code put_line(struct store *store, const struct audit_waiting *w, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct digest before, digest;
	struct str line;
	int64_t seq;

	arena_init(&a, LINE_ARENA_BYTES);
	TRY(last_line(store, &seq, &before, e));
	seq++;
	TRY(line_of(&a, w, seq, &line, e));
	digest = digest_sha256_two((struct str){ (const char *)before.at, DIGEST_BYTES }, line);
	SCOPED_SQL q = sql_use(store, SQL_AUDIT_PUT);
	sql_bind_i64(q, 1, seq);
	sql_bind_i64(q, 2, w->time);
	sql_bind_str(q, 3, str_of(w->action));
	sql_bind_str(q, 4, w->refused ? STR("refused") : STR("ok"));
	sql_bind_str(q, 5, (struct str){ w->actor, strlen(w->actor) });
	sql_bind_str(q, 6, line);
	sql_bind_blob(q, 7, digest.at, DIGEST_BYTES);
	return sql_run(q, e);
}

enum err_code audit_put(struct store *store, int64_t now, const struct audit_entry *entry,
	struct err *e)
{
	struct audit_waiting w;

	take_entry(&w, now, entry);
	return put_line(store, &w, e);
}

/* ---- from threads that may not wait ---------------------------------------------------------- */

void audit_note(struct service *s, const struct audit_entry *entry)
{
	struct accounts *accounts = s->accounts;
	struct audit_waiting w;
	bool half;

	take_entry(&w, instant_now(), entry);
	(void)pthread_mutex_lock(&accounts->lock);
	if (accounts->waiting_count < LIMIT_AUDIT_QUEUE)
		accounts->waiting[accounts->waiting_count++] = w;
	else
		accounts->lost++;
	half = accounts->waiting_count == LIMIT_AUDIT_QUEUE / 2;
	(void)pthread_mutex_unlock(&accounts->lock);
	if (half)
		service_wake(s); /* it is written before more come than fit */
}

struct flushing {
	size_t count;
	uint64_t lost;
	const struct audit_waiting *at;
};

static enum err_code write_waiting(void *context, struct store *store, struct err *e)
{
	const struct flushing *f = context;
	char detail[96];

	for (size_t i = 0; i < f->count; i++)
		TRY(put_line(store, &f->at[i], e));
	if (f->lost == 0)
		return ERR_OK;
	(void)snprintf(detail, sizeof(detail), "%llu more, counted only",
		(unsigned long long)f->lost);
	return audit_put(store, f->at[f->count - 1].time, &(struct audit_entry){ .action = "lost",
		.refused = true, .detail = str_of(detail) }, e);
}

void audit_flush(struct service *s)
{
	struct accounts *accounts = s->accounts;
	SCOPED_ARENA a = { 0 };
	struct flushing f = { 0 };
	struct audit_waiting *copy;
	struct err e = { 0 };

	arena_init(&a, sizeof(accounts->waiting) + 4096);
	copy = ARENA_ARRAY(&a, struct audit_waiting, LIMIT_AUDIT_QUEUE);
	CHECK(copy != NULL);
	(void)pthread_mutex_lock(&accounts->lock);
	f.count = accounts->waiting_count;
	f.lost = accounts->lost;
	memcpy(copy, accounts->waiting, f.count * sizeof(*copy));
	accounts->waiting_count = 0;
	accounts->lost = 0;
	(void)pthread_mutex_unlock(&accounts->lock);
	f.at = copy;
	if (f.count > 0 && ledger_write(s->ledger, write_waiting, &f, &e) != ERR_OK) {
		(void)err_in(&e, "%zu audit lines are not written", f.count);
		diag_err(DIAG_ALARM, "audit", &e);
	}
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err_code put_row(struct store *store, struct arena *a, int64_t seq, struct json *rows,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_AUDIT_ROW);
	struct json *v;
	struct str digest;
	bool row;

	sql_bind_i64(q, 1, seq);
	TRY(sql_step(q, &row, e));
	if (!row) /* taken off the beginning meanwhile */
		return ERR_OK;
	TRY(json_parse(a, str_copy(a, sql_str(q, 0)), &v, e));
	digest = sql_str(q, 1);
	v = json_set_str(a, v, "digest", base64url_new(a, (const uint8_t *)digest.at, digest.len));
	return json_push(a, rows, v) ? ERR_OK :
		err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static enum err_code add_head(struct store *store, struct arena *a, struct json *v, struct err *e)
{
	struct json *head = json_new_object(a);
	struct digest digest;
	int64_t seq;

	TRY(last_line(store, &seq, &digest, e));
	head = json_set_number(a, head, "seq", (double)seq);
	head = json_set_str(a, head, "digest", base64url_new(a, digest.at, DIGEST_BYTES));
	return json_set(a, v, "head", head) ? ERR_OK :
		err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

static struct json *query_model(struct arena *a, const struct audit_query *query)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "action", query->action.at ? query->action : STR(""));
	v = json_set_str(a, v, "result", query->result.at ? query->result : STR(""));
	v = json_set_str(a, v, "sort", query->list.sort.at ? query->list.sort : STR(""));
	return json_set_str(a, v, "actor", query->actor.at ? query->actor : STR(""));
}

static const struct list_order by_action = { "time", SQL_AUDIT_PAGE_ACTION_DOWN,
	SQL_AUDIT_PAGE_ACTION_UP, SQL_COUNT, SQL_AUDIT_PAGE_DOWN, SQL_AUDIT_PAGE_UP };
static const struct list_order by_actor = { "time", SQL_AUDIT_PAGE_ACTOR_DOWN,
	SQL_AUDIT_PAGE_ACTOR_UP, SQL_COUNT, SQL_COUNT, SQL_COUNT };

static enum err_code list_rows(struct store *store, struct arena *a,
	const struct audit_query *query, struct json *v, struct err *e)
{
	static const char *const results[] = { "ok", "refused", NULL };
	struct list_plan plan = { .orders = query->actor.len > 0 ? &by_actor : &by_action,
		.order_count = 1, .usual_down = true, .filter_count = 2,
		.filters[2] = { .count = 1, .values = &query->actor } };
	struct json *rows = json_new_array(a);
	struct list_page page;

	TRY(list_words(a, "action", query->action, actions, &plan.filters[0], e));
	TRY(list_words(a, "result", query->result, results, &plan.filters[1], e));
	if (query->actor.len > 0)
		plan.filter_count = 3;
	TRY(list_walk(store, a, &plan, &query->list, &page, e));
	for (size_t i = 0; i < page.count; i++)
		TRY(put_row(store, a, page.at[i], rows, e));
	v = json_set(a, v, "rows", rows);
	return model_page(a, v, &page, e);
}

enum err_code service_audit(struct service *s, struct arena *a, const struct audit_query *query,
	struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *words = json_new_array(a);
	struct store *store;

	TRY(ledger_reader(s->ledger, &store, e));
	v = json_set(a, v, "query", query_model(a, query));
	for (size_t i = 0; i < ACTION_COUNT; i++)
		words = json_push(a, words, json_set(a, json_set_text(a, json_new_object(a),
			"action", actions[i]), "on",
			json_new_bool(a, str_is(query->action, actions[i]))));
	v = json_set(a, v, "actions", words);
	if (!v)
		return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
	TRY(list_rows(store, a, query, v, e));
	TRY(add_head(store, a, v, e));
	*ret = v;
	return ERR_OK;
}

/* The digest before line `seq` + 1. */
static enum err_code digest_before(struct store *store, uint64_t seq, struct digest *ret,
	struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_AUDIT_BEFORE);
	bool row;

	sql_bind_i64(q, 1, (int64_t)seq);
	TRY(sql_step(q, &row, e));
	if (!row || sql_str(q, 0).len != DIGEST_BYTES)
		return err_set(e, ERR_NOT_FOUND, "audit line %llu is not kept any more",
			(unsigned long long)seq);
	memcpy(ret->at, sql_str(q, 0).at, DIGEST_BYTES);
	return ERR_OK;
}

/* From line 0 an export begins with the oldest line kept. */
static enum err_code export_start(struct store *store, uint64_t *seq, struct err *e)
{
	SCOPED_SQL q = sql_use(store, SQL_AUDIT_BASE);
	bool row;

	if (*seq > 0)
		return ERR_OK;
	TRY(sql_step(q, &row, e));
	*seq = row ? (uint64_t)sql_i64(q, 0) : 0;
	return ERR_OK;
}

enum err_code service_audit_export(struct service *s, struct arena *a, uint64_t seq,
	struct str *ret, uint64_t *ret_next, struct err *e)
{
	SCOPED_BUF b = { 0 };
	struct digest before;
	struct store *store;
	uint64_t count = 0;
	bool row;

	if (seq > INT64_MAX)
		return err_set(e, ERR_INVALID, "field \"after\": no line has this number");
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(export_start(store, &seq, e));
	TRY(digest_before(store, seq, &before, e));
	buf_init(&b, LIMIT_REQUEST_ARENA_BYTES / 2);
	SCOPED_SQL q = sql_use(store, SQL_AUDIT_FROM);
	sql_bind_i64(q, 1, (int64_t)seq);
	sql_bind_i64(q, 2, LIMIT_AUDIT_EXPORT_LINES);
	for (;;) {
		struct str digest;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		digest = sql_str(q, 2);
		buf_put_text(&b, "{\"digest\":\"");
		base64url_put(&b, (const uint8_t *)digest.at, digest.len);
		buf_printf(&b, "\",\"line\":" STR_FMT ",\"previous\":\"", STR_ARG(sql_str(q, 1)));
		base64url_put(&b, before.at, DIGEST_BYTES);
		buf_put_text(&b, "\"}\n");
		if (digest.len == DIGEST_BYTES)
			memcpy(before.at, digest.at, DIGEST_BYTES);
		seq = (uint64_t)sql_i64(q, 0);
		count++;
	}
	TRY(buf_check(&b, "export of the audit trail", e));
	*ret = b.len > 0 ? str_copy(a, buf_str(&b)) : STR("");
	*ret_next = count == LIMIT_AUDIT_EXPORT_LINES ? seq : 0;
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "export needs too much memory");
}

/* ---- checking an export ---------------------------------------------------------------------- */

static enum err_code check_line(struct arena *a, struct str text, struct audit_checked *c,
	struct err *e)
{
	struct digest digest, before, computed;
	const struct json *line;
	struct str digest_text, before_text;
	struct json *v;
	uint64_t seq;

	TRY(json_parse(a, text, &v, e));
	TRY(json_need_str(v, "digest", &digest_text, e));
	TRY(json_need_str(v, "previous", &before_text, e));
	TRY(json_need(v, "line", JSON_OBJECT, &line, e));
	TRY(json_need_u64(line, "seq", &seq, e));
	TRY(base64url_decode_fixed(digest_text, digest.at, DIGEST_BYTES, e));
	TRY(base64url_decode_fixed(before_text, before.at, DIGEST_BYTES, e));
	computed = digest_sha256_two((struct str){ (const char *)before.at, DIGEST_BYTES },
		json_bytes(text, line));
	if (!digest_eq(&computed, &digest))
		return err_set(e, ERR_CORRUPT, "its digest is not that of what it says");
	if (c->count > 0 && !digest_eq(&before, &c->head))
		return err_set(e, ERR_CORRUPT, "it is not bound to the line before");
	if (c->count > 0 && seq != c->last + 1)
		return err_set(e, ERR_CORRUPT, "it has number %llu after %llu",
			(unsigned long long)seq, (unsigned long long)c->last);
	if (c->count == 0)
		c->first = seq;
	c->last = seq;
	c->count++;
	c->head = digest;
	return ERR_OK;
}

enum err_code audit_check(struct str text, struct audit_checked *ret, struct err *e)
{
	struct audit_checked c = { 0 };
	SCOPED_ARENA a = { 0 };
	uint64_t number = 0;

	arena_init(&a, 1048576);
	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');
		number++;
		arena_reset(&a);
		if (check_line(&a, line, &c, e) != ERR_OK)
			return err_in(e, "line %llu of the file", (unsigned long long)number);
	}
	*ret = c;
	return ERR_OK;
}

/* ---- keeping --------------------------------------------------------------------------------- */

struct pruning {
	int64_t now, before;
};

static enum err_code prune(void *context, struct store *store, struct err *e)
{
	const struct pruning *p = context;
	char detail[64];
	int64_t seq = 0;
	uint8_t digest[DIGEST_BYTES];
	bool row;
	{
		SCOPED_SQL q = sql_use(store, SQL_AUDIT_OLD);
		sql_bind_i64(q, 1, p->before);
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK;
		seq = sql_i64(q, 0);
		CHECK(sql_str(q, 1).len == DIGEST_BYTES);
		memcpy(digest, sql_str(q, 1).at, DIGEST_BYTES);
	}
	SCOPED_SQL base = sql_use(store, SQL_AUDIT_BASE_PUT);
	sql_bind_i64(base, 1, seq);
	sql_bind_blob(base, 2, digest, DIGEST_BYTES);
	TRY(sql_run(base, e));
	TRY(account_run_one(store, SQL_AUDIT_DROP, seq, e));
	(void)snprintf(detail, sizeof(detail), "up to line %lld", (long long)seq);
	return audit_put(store, p->now, &(struct audit_entry){ .action = "prune",
		.actor = STR("node"), .detail = str_of(detail) }, e);
}

enum err_code audit_prune(struct service *s, int64_t now, struct err *e)
{
	struct pruning p = { now, now - (int64_t)LIMIT_AUDIT_KEEP_DAYS * DAY_S };

	return ledger_write(s->ledger, prune, &p, e);
}
