/* draft_sign.c - from a frozen draft to a published report.
 *
 * A statement made of a draft has a row before it is signed. The projection below finds that row
 * when the statement comes to the writer, by whatever way, and asks there whether it may be: who
 * signs has not written in the draft, the draft is still the one it was made of, and nothing in
 * the statement is another.
 */
#include <string.h>

#include "base/diag.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "recognition/report_draft.h"
#include "service/draft_inner.h"

/* ---- in the writer --------------------------------------------------------------------------- */

static enum err_code is_editor(struct store *store, int64_t draft, int64_t account, bool *ret,
	struct err *e)
{
	return account_take(store, SQL_DRAFT_EDITOR_IS, draft, account, ret, e);
}

struct made {
	int64_t draft, revision, signer;
	struct str address;
};

static enum err_code check_made(struct store *store, const struct made *m, struct str digest,
	const struct statement *statement, struct err *e)
{
	bool editor;

	if (m->signer == 0) {
		(void)err_set(e, ERR_DENIED, "this statement was made of draft %lld, and nobody "
			"answers for signing it yet", (long long)m->draft);
		return err_hint(e, "A signatory of the lab hands it in on the page of the draft.");
	}
	TRY(is_editor(store, m->draft, m->signer, &editor, e));
	if (editor)
		return draft_refuse(e, ERR_DENIED, "wrote",
			"who wrote in the draft does not sign it");
	if (digest.len != DIGEST_BYTES ||
		memcmp(digest.at, statement->unsigned_digest.at, DIGEST_BYTES) != 0)
		return draft_refuse(e, ERR_CONFLICT, "another-statement",
			"this is not the statement that was made of the draft");
	return ERR_OK;
}

static enum err_code mark_signed(struct store *store, const struct made *m,
	const uint8_t id_key[16], int64_t now, struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct account signer;
	struct str number = STR("");
	int64_t one = 0, other = 0;
	bool row;

	arena_init(&a, 65536);
	{
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_SIGNED);
		sql_bind_i64(q, 1, m->draft);
		sql_bind_blob(q, 2, id_key, 16);
		sql_bind_i64(q, 3, now);
		sql_bind_i64(q, 4, m->revision);
		TRY(sql_step(q, &row, e));
		if (row) {
			number = str_copy(&a, sql_str(q, 1));
			one = sql_i64(q, 2);
			other = sql_i64(q, 3);
		}
	}
	if (!row)
		return draft_refuse(e, ERR_CONFLICT, "not-ready",
			"the draft is not ready for signature any more");
	TRY(draft_let_go(store, m->draft, e)); /* the report refers to them now */
	TRY(account_find_id(store, &a, m->signer, &signer, e));
	TRY(draft_notify(store, now, "draft-signed", number, m->draft, one, other, e));
	return audit_put(store, now, &(struct audit_entry){ .action = "draft-sign",
		.actor = signer.name, .address = m->address, .target = draft_path(&a, m->draft),
		.detail = statement_id_text(&a, id_key) }, e);
}

enum err_code draft_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	SCOPED_ARENA a = { 0 };
	struct made m = { .draft = 0 };
	struct str digest;
	bool row;

	(void)context;
	if (!event->own || event->receipt->kind != KIND_REPORT)
		return ERR_OK;
	arena_init(&a, 8192);
	{
		SCOPED_SQL q = sql_use(s, SQL_DRAFT_STATEMENT_GET);
		sql_bind_blob(q, 1, event->receipt->id_key, 16);
		TRY(sql_step(q, &row, e));
		if (!row)
			return ERR_OK; /* a report that was never a draft here */
		m.draft = sql_i64(q, 0);
		m.revision = sql_i64(q, 1);
		m.signer = sql_i64(q, 2);
		digest = str_copy(&a, sql_str(q, 3));
		m.address = str_copy(&a, sql_str(q, 5));
	}
	TRY(check_made(s, &m, digest, event->statement, e));
	return mark_signed(s, &m, event->receipt->id_key, event->now, e);
}

/* ---- the statement --------------------------------------------------------------------------- */

struct claim {
	const struct account_who *by;
	struct draft_at at;
	uint8_t id[16];
	struct str text;
	struct digest digest;
	int64_t signer, now;
	bool fresh;                /* the row is new; else only its signer is set */
	bool denied;
};

/* The row of the statement; or, for who wrote in the draft, the line that says so. */
static enum err_code write_claim(void *context, struct store *store, struct err *e)
{
	struct claim *c = context;
	SCOPED_ARENA a = { 0 };

	arena_init(&a, 4096);
	c->denied = false;
	if (c->signer != 0)
		TRY(is_editor(store, c->at.id, c->signer, &c->denied, e));
	if (c->denied)
		return audit_put(store, c->now, &(struct audit_entry){ .action = "draft-sign",
			.refused = true, .actor = c->by->name, .address = c->by->address,
			.target = draft_path(&a, c->at.id), .detail = STR("wrote in it") }, e);
	if (!c->fresh) {
		SCOPED_SQL q = sql_use(store, SQL_DRAFT_STATEMENT_SIGNER);
		sql_bind_blob(q, 1, c->id, 16);
		sql_bind_i64(q, 2, c->signer);
		sql_bind_str(q, 3, c->by->address);
		return sql_run(q, e);
	}
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_STATEMENT_PUT);
	sql_bind_blob(q, 1, c->id, 16);
	sql_bind_i64(q, 2, c->at.id);
	sql_bind_i64(q, 3, (int64_t)c->at.revision);
	sql_bind_i64(q, 4, c->signer);
	sql_bind_str(q, 5, c->by->address);
	sql_bind_i64(q, 6, c->now);
	sql_bind_blob(q, 7, c->digest.at, DIGEST_BYTES);
	sql_bind_str(q, 8, c->text);
	sql_bind_i64(q, 9, c->signer == 0);
	TRY(sql_run(q, e));
	return c->signer != 0 ? ERR_OK : audit_put(store, c->now, &(struct audit_entry){
		.action = "draft-take", .actor = c->by->name, .address = c->by->address,
		.target = draft_path(&a, c->at.id) }, e);
}

static enum err_code run_claim(struct service *s, struct claim *c, struct err *e)
{
	c->now = instant_now();
	TRY(ledger_write(s->ledger, write_claim, c, e));
	if (!c->denied)
		return ERR_OK;
	(void)err_set(e, ERR_DENIED, "you wrote in draft %lld, so another signatory signs it",
		(long long)c->at.id);
	(void)err_word(e, "wrote");
	return err_hint(e, "A report is signed by somebody who neither drafted nor changed it.");
}

/* The statement's text as it is taken away; with the withdrawal of the report that it amends, both
 * are signed in one go. */
static enum err_code put_withdrawal(struct service *s, struct arena *a, const struct draft *d,
	const struct lab_issuer *lab, const struct json *doc, struct claim *c, struct err *e)
{
	struct json *reason, *withdrawal, *both = json_new_object(a);

	if (!draft_amended_stands(s, a, d))
		return ERR_OK;
	TRY(json_parse(a, d->amend_reason, &reason, e));
	TRY(lab_withdrawal(s, a, lab, d->amends_key, reason, &withdrawal, e));
	both = json_set(a, both, "statement", json_copy(a, doc));
	return json_jcs(a, json_set(a, both, "withdrawal", withdrawal), &c->text, e);
}

/* The unsigned report of a frozen draft, with a place in the status lists. */
static enum err_code make_statement(struct service *s, struct arena *a,
	const struct account_who *by, const struct draft *d, struct json **ret, struct claim *c,
	struct err *e)
{
	struct str lab = draft_lab(s, a, by), name = json_str(json_path(d->body, "lab/name"));
	const struct lab_issuer issuer = { lab, name.at ? name : lab };
	struct json *subject, *slot, *doc;

	service_uuid(c->id);
	TRY(report_subject_from_draft(a, d->body, statement_id_text(a, c->id), lab, &subject, e));
	TRY(service_status_slot(s, a, &slot, e));
	doc = statement_new(a, KIND_REPORT, c->id, lab, issuer.name, instant_now(), subject);
	doc = json_set(a, doc, "credentialStatus",
		json_copy(a, json_get(slot, "credentialStatus")));
	TRY(json_jcs(a, doc, &c->text, e));
	c->digest = digest_sha256(c->text);
	c->fresh = true;
	*ret = doc;
	return c->signer == 0 ? put_withdrawal(s, a, d, &issuer, doc, c, e) : ERR_OK;
}

static enum err_code find_ready(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct draft *ret, struct err *e)
{
	TRY(draft_find(s, a, by, id, ret, e));
	if (!(by->may >> CAPABILITY_SIGN & 1))
		return err_set(e, ERR_DENIED, "none of your roles may sign");
	if (!str_is(ret->state, READY))
		return draft_refuse(e, ERR_CONFLICT, "not-ready",
			"the draft is not ready for signature");
	return ERR_OK;
}

enum err_code draft_refuse(struct err *e, enum err_code code, const char *word,
	const char *message)
{
	(void)err_set(e, code, "%s", message);
	return err_word(e, word);
}

void draft_refused(struct arena *a, struct json *problems, const struct err *problem)
{
	struct json *v = json_set_text(a, json_new_object(a), "wrong", "d-refused");

	if (problem->word)
		v = json_set_text(a, v, "refusal", problem->word);
	v = json_set_str(a, v, "detail", str_copy(a, str_of(problem->message)));
	(void)json_set(a, problems, "form", v); /* full: the page cannot be drawn */
}

/* What the doors refused is told on the form, and leaves a line. */
static enum err_code told(struct service *s, struct arena *a, const struct account_who *by,
	int64_t id, struct json *problems, const struct err *problem, struct err *e)
{
	audit_note(s, &(struct audit_entry){ .action = "draft-sign", .refused = true,
		.actor = by->name, .address = by->address, .target = draft_path(a, id),
		.detail = str_of(problem->message) });
	if (problem->code == ERR_BUSY || problem->code == ERR_IO ||
		problem->code == ERR_TOO_LARGE) {
		if (e)
			*e = *problem;
		return problem->code;
	}
	if (json_count(problems) == 0) /* else it is told beside its field */
		draft_refused(a, problems, problem);
	return form_check(problems, e);
}

/* ---- with the key kept here ------------------------------------------------------------------ */

/* The report that this one replaces is withdrawn with the reason given when the draft began. That
 * it failed is seen on the pages of both; the new report stands. */
static void withdraw_amended(struct service *s, struct arena *a, const struct lab_keys *keys,
	const struct draft *d, const struct account_who *by)
{
	struct json *reason;
	struct err e = { 0 };

	if (!draft_amended_stands(s, a, d) ||
		json_parse(a, d->amend_reason, &reason, NULL) != ERR_OK)
		return;
	if (lab_withdraw(s, a, by, keys, d->amends_key, reason, &e) != ERR_OK)
		diag_err(DIAG_WARN, "withdrawal of an amended report", &e);
}

enum err_code service_draft_sign(struct service *s, struct arena *a, const struct account_who *by,
	struct draft_at at, struct str passphrase, struct json **ret_problems, struct str *ret,
	struct err *e)
{
	struct claim c = { .by = by, .at = at, .signer = by->account };
	struct json *problems = json_new_object(a), *doc;
	struct err problem = { 0 };
	struct lab_keys keys;
	enum err_code code;
	struct draft d;

	*ret_problems = problems;
	TRY(find_ready(s, a, by, at.id, &d, e));
	if (d.revision != at.revision)
		return draft_refuse(e, ERR_CONFLICT, "changed", "the draft was changed meanwhile");
	code = lab_keys_open(s, a, by, passphrase, &keys, &problem);
	if (code == ERR_DENIED)
		draft_wrong(a, problems, "d-passphrase", "d-passphrase", 0);
	if (code != ERR_OK)
		return told(s, a, by, at.id, problems, &problem, e);
	code = make_statement(s, a, by, &d, &doc, &c, &problem);
	if (code == ERR_OK)
		code = run_claim(s, &c, &problem);
	if (c.denied && e)
		*e = problem;
	if (code == ERR_OK)
		code = lab_publish(s, a, &keys, doc, &problem);
	if (code == ERR_OK)
		withdraw_amended(s, a, &keys, &d, by);
	lab_keys_clear(&keys);
	if (c.denied)
		return code;
	if (code != ERR_OK)
		return told(s, a, by, at.id, problems, &problem, e);
	*ret = statement_id_text(a, c.id);
	return ERR_OK;
}

/* ---- signed elsewhere ------------------------------------------------------------------------ */

/* The statement taken away last, while the draft is the one it was made of. */
static enum err_code last_taken(struct service *s, struct arena *a, const struct draft *d,
	uint8_t ret_id[16], struct str *ret, struct err *e)
{
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_DRAFT_STATEMENT_LAST);
	sql_bind_i64(q, 1, d->id);
	TRY(sql_step(q, &row, e));
	if (!row || (uint64_t)sql_i64(q, 1) != d->revision || sql_str(q, 0).len != 16)
		return draft_refuse(e, ERR_NOT_FOUND, "not-taken",
			"no statement of this draft was taken away to be signed");
	memcpy(ret_id, sql_str(q, 0).at, 16);
	*ret = str_copy(a, sql_str(q, 2));
	return ERR_OK;
}

enum err_code service_draft_unsigned(struct service *s, struct arena *a,
	const struct account_who *by, int64_t id, struct str *ret, struct err *e)
{
	struct claim c = { .by = by };
	struct json *doc;
	struct draft d;

	TRY(find_ready(s, a, by, id, &d, e));
	if (last_taken(s, a, &d, c.id, ret, NULL) == ERR_OK)
		return ERR_OK;
	c.at = (struct draft_at){ .id = id, .revision = d.revision };
	TRY(make_statement(s, a, by, &d, &doc, &c, e));
	TRY(run_claim(s, &c, e));
	*ret = c.text;
	return ERR_OK;
}

/* What was uploaded: a statement, or a submission of it, beside it that of the withdrawal. */
struct upload {
	struct lab_signed report, withdrawal;
	uint8_t id[16];
};

/* Statement and JWT out of `v`. */
static enum err_code read_signed(struct arena *a, const struct json *v, struct lab_signed *ret,
	struct err *e)
{
	const struct json *inner = json_get(v, "statement");
	struct str jws = json_get_str(v, "jwt");

	ret->jws = inner && jws.at ? jws : STR("");
	return json_jcs(a, inner ? inner : v, &ret->text, e);
}

/* The withdrawal must be the one that was taken away; without it the old report stays. */
static enum err_code read_upload(struct arena *a, struct str text, struct str taken,
	struct upload *ret, struct err *e)
{
	struct json *v, *was;
	const struct json *inner, *made, *withdrawal;
	struct str one, other;

	TRY(json_parse(a, text, &v, e));
	TRY(json_parse(a, taken, &was, e));
	inner = json_get(v, "statement");
	TRY(statement_id_parse(json_get_str(inner ? inner : v, "id"), ret->id, e));
	TRY(read_signed(a, v, &ret->report, e));
	made = json_get(was, "withdrawal");
	withdrawal = json_get(v, "withdrawal");
	if (!withdrawal)
		return ERR_OK;
	TRY(read_signed(a, withdrawal, &ret->withdrawal, e));
	inner = json_get(withdrawal, "statement");
	TRY(json_jcs(a, json_without(a, inner ? inner : withdrawal, "proof"), &one, e));
	if (made)
		TRY(json_jcs(a, made, &other, e));
	if (!made || !str_eq(one, other))
		return draft_refuse(e, ERR_CONFLICT, "another-withdrawal",
			"the file holds another withdrawal than the one taken from this page");
	return ERR_OK;
}

/* Both are judged before one of them is published. */
static enum err_code publish_upload(struct service *s, struct arena *a,
	const struct account_who *by, const struct draft *d, const struct upload *u, struct err *e)
{
	bool withdraws = u->withdrawal.text.len > 0 && draft_amended_stands(s, a, d);
	struct publication p = { .arena = a };
	struct str checkpoint;
	enum err_code left;
	uint64_t index;

	if (withdraws)
		TRY(ledger_prepare(s->ledger, &p, u->withdrawal.text, u->withdrawal.jws, e));
	TRY(ledger_publish_wait(s->ledger, a, u->report.text, u->report.jws, &index, &checkpoint,
		e));
	left = withdraws ? lab_withdraw_signed(s, a, by, d->amends_key, &u->withdrawal, NULL)
		: ERR_OK;
	(void)left; /* its line says why, and the page that the old report stands */
	return ERR_OK;
}

enum err_code service_draft_signed(struct service *s, struct arena *a,
	const struct account_who *by, struct draft_at at, struct str text,
	struct json **ret_problems, struct str *ret, struct err *e)
{
	struct claim c = { .by = by, .at = at, .signer = by->account };
	struct json *problems = json_new_object(a);
	struct upload u = { .id = { 0 } };
	struct err problem = { 0 };
	struct str taken;
	enum err_code code;
	struct draft d;

	*ret_problems = problems;
	TRY(find_ready(s, a, by, at.id, &d, e));
	if (d.revision != at.revision)
		return draft_refuse(e, ERR_CONFLICT, "changed", "the draft was changed meanwhile");
	code = last_taken(s, a, &d, c.id, &taken, &problem);
	if (code == ERR_OK)
		code = read_upload(a, text, taken, &u, &problem);
	if (code == ERR_OK && memcmp(u.id, c.id, 16) != 0)
		code = draft_refuse(&problem, ERR_CONFLICT, "another-statement",
			"the file is another statement than the one taken from this page");
	if (code == ERR_OK)
		TRY(run_claim(s, &c, e));
	if (code == ERR_OK)
		code = publish_upload(s, a, by, &d, &u, &problem);
	if (code != ERR_OK)
		return told(s, a, by, at.id, problems, &problem, e);
	*ret = statement_id_text(a, c.id);
	return ERR_OK;
}
