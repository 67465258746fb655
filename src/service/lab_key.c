/* lab_key.c - keys of a lab that this node keeps sealed, opened for one signature. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "credential/proof.h"
#include "service/draft_inner.h"
#include "service/organisation.h"

#define KEY_FILE_BYTES 65536
#define DOCUMENT_ROOM ((size_t)1 << 20)

/* ---- which keys the lab has ------------------------------------------------------------------ */

enum err_code lab_document(struct service *s, struct arena *a, struct str did,
	struct did_document **ret, struct err *e)
{
	struct did_document *doc = ARENA_NEW(a, struct did_document);
	struct ledger_found found;
	struct json *v;

	if (!doc)
		return err_set(e, ERR_TOO_LARGE, "no memory for a DID document");
	TRY(ledger_latest_about(s->ledger, a, KIND_DID_DOCUMENT, did, &found, e));
	TRY(json_parse(a, found.body, &v, e));
	TRY(did_document_parse(a, json_get(v, "credentialSubject"), found.receipt.time, doc, e));
	*ret = doc;
	return ERR_OK;
}

const struct did_key *lab_key_kept(struct service *s, struct arena *a,
	const struct account_who *by, const struct did_document *doc, enum key_type type,
	const char **ret_path)
{
	for (uint32_t i = 0; i < doc->key_count; i++) {
		const struct did_key *k = &doc->keys[i];
		const char *path;
		if (!k->asserts || k->pub.type != type)
			continue;
		path = organisation_key_path(s, a, by->organisation_code, &k->pub);
		if (path && io_exists(path)) {
			*ret_path = path;
			return k;
		}
	}
	return NULL;
}

bool service_lab_has_key(struct service *s, const struct account_who *by)
{
	SCOPED_ARENA a = { 0 };
	struct did_document *doc;
	const char *path;

	arena_init(&a, DOCUMENT_ROOM);
	return by->organisation_code.len > 0 && lab_document(s, &a, draft_lab(s, &a, by), &doc,
		NULL) == ERR_OK && lab_key_kept(s, &a, by, doc, KEY_ED25519, &path);
}

void lab_keys_clear(struct lab_keys *k)
{
	key_clear(&k->ed25519);
	key_clear(&k->sm2);
}

static enum err_code load(struct arena *a, const char *path, struct str passphrase,
	const struct did_key *of, struct key *ret, struct err *e)
{
	struct str text;

	TRY(io_read_file(a, path, KEY_FILE_BYTES, &text, e));
	if (!key_file_is_sealed(text))
		return err_set(e, ERR_INTERNAL, "key of the lab is not sealed");
	TRY(key_file_parse(text, passphrase, ret, e));
	return key_public_eq(&ret->pub, &of->pub) ? ERR_OK
		: err_set(e, ERR_CORRUPT, "key file of the lab holds another key");
}

/* What it began with is wiped by the caller when it fails. */
static enum err_code open_files(struct service *s, struct arena *a, const struct account_who *by,
	struct str passphrase, struct lab_keys *k, struct err *e)
{
	const struct did_key *ed25519, *sm2;
	const char *path = NULL, *sm2_path = NULL;
	struct did_document *doc;

	enum err_code code = lab_document(s, a, k->did, &doc, e);
	if (code != ERR_OK && code != ERR_NOT_FOUND)
		return code;
	ed25519 = code == ERR_OK ? lab_key_kept(s, a, by, doc, KEY_ED25519, &path) : NULL;
	if (!ed25519)
		return draft_refuse(e, ERR_NOT_FOUND, "no-key",
			"no key of your lab is kept on this node");
	sm2 = lab_key_kept(s, a, by, doc, KEY_SM2, &sm2_path);
	k->name = doc->name;
	k->method = ed25519->id;
	TRY(load(a, path, passphrase, ed25519, &k->ed25519, e));
	if (!sm2)
		return ERR_OK;
	k->sm2_method = sm2->id;
	return load(a, sm2_path, passphrase, sm2, &k->sm2, e);
}

/* ---- opening them ---------------------------------------------------------------------------- */

struct trying {
	struct str name, address;
	int64_t now;
	bool held;
};

static enum err_code count_try(void *context, struct store *store, struct err *e)
{
	const struct trying *t = context;

	if (t->held)
		return attempt_forget(store, ATTEMPT_PAIR, t->name, t->address, e);
	return attempt_failed(store, ATTEMPT_PAIR, t->name, t->address, t->now, e);
}

enum err_code lab_keys_open(struct service *s, struct arena *a, const struct account_who *by,
	struct str passphrase, struct lab_keys *ret, struct err *e)
{
	struct trying t = { .now = instant_now(), .address = by->address, .name = str_printf(a,
		"key of " STR_FMT, STR_ARG(by->organisation_code)) };
	struct store *store;
	enum err_code code;
	uint32_t wait;

	*ret = (struct lab_keys){ .did = draft_lab(s, a, by) };
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(attempt_wait(store, ATTEMPT_PAIR, t.name, t.address, t.now, &wait, e));
	if (wait > 0)
		return err_set(e, ERR_BUSY, "too many tries: wait %u seconds", wait);
	code = open_files(s, a, by, passphrase, ret, e);
	t.held = code == ERR_OK;
	if ((code == ERR_OK || code == ERR_DENIED) &&
		ledger_write(s->ledger, count_try, &t, NULL) != ERR_OK && code == ERR_OK)
		code = err_set(e, ERR_BUSY, "the node cannot write now");
	if (code != ERR_OK)
		lab_keys_clear(ret);
	return code;
}

enum err_code lab_keys_sign(struct arena *a, const struct lab_keys *k, struct json *doc,
	int64_t now, struct str *ret_jwt, struct err *e)
{
	TRY(vc_jwt_sign(a, doc, &k->ed25519, k->method, ret_jwt, e));
	TRY(proof_add(a, doc, &k->ed25519, k->method, now, e));
	return k->sm2.pub.type == KEY_NONE ? ERR_OK
		: proof_add(a, doc, &k->sm2, k->sm2_method, now, e);
}

static enum err_code sign_text(struct arena *a, const struct lab_keys *k, struct json *doc,
	struct lab_signed *ret, struct err *e)
{
	TRY(lab_keys_sign(a, k, doc, instant_now(), &ret->jws, e));
	return json_jcs(a, doc, &ret->text, e);
}

enum err_code lab_publish(struct service *s, struct arena *a, const struct lab_keys *k,
	struct json *doc, struct err *e)
{
	struct lab_signed x;

	TRY(sign_text(a, k, doc, &x, e));
	return ledger_publish_wait(s->ledger, a, x.text, x.jws, NULL, NULL, e);
}

/* ---- withdrawing ----------------------------------------------------------------------------- */

enum err_code lab_withdrawal(struct service *s, struct arena *a, const struct lab_issuer *lab,
	const uint8_t report[16], const struct json *reason, struct json **ret, struct err *e)
{
	struct json *subject = json_new_object(a);
	struct ledger_found found;
	uint8_t uuid[16];

	TRY(ledger_find(s->ledger, a, report, &found, e));
	subject = json_set_str(a, subject, "id", found.receipt.id);
	subject = json_set_text(a, subject, "type", "StatusChange");
	subject = json_set_str(a, subject, "digest",
		base64url_new(a, found.receipt.digest.at, DIGEST_BYTES));
	subject = json_set_text(a, subject, "status", "withdrawn");
	subject = json_set(a, subject, "reason", json_copy(a, reason));
	service_uuid(uuid);
	*ret = statement_new(a, KIND_STATUS, uuid, lab->did, lab->name, instant_now(), subject);
	return *ret ? ERR_OK : err_set(e, ERR_TOO_LARGE, "withdrawal needs too much memory");
}

struct line {
	const struct account_who *by;
	struct str target;
	int64_t now;
};

static enum err_code write_line(void *context, struct store *store, struct err *e)
{
	const struct line *l = context;

	return audit_put(store, l->now, &(struct audit_entry){ .action = "report-withdraw",
		.actor = l->by->name, .address = l->by->address, .target = l->target }, e);
}

/* The withdrawal and the line that tells of it, or neither. */
static enum err_code publish(struct service *s, struct arena *a, const struct account_who *by,
	struct str target, const struct lab_signed *x, struct err *e)
{
	struct line line = { .by = by, .target = target, .now = instant_now() };
	struct publication p = { .arena = a, .beside = write_line, .beside_context = &line };

	if (!target.at)
		return err_set(e, ERR_TOO_LARGE, "withdrawal needs too much memory");
	TRY(ledger_publish_beside(s->ledger, &p, x->text, x->jws, e));
	service_wake(s);
	return ERR_OK;
}

/* Whether it was published, and the line of one that was not. */
static enum err_code outcome(struct service *s, const struct account_who *by, struct str target,
	enum err_code code, const struct err *problem, struct err *e)
{
	if (code == ERR_OK)
		return ERR_OK;
	lab_withdraw_refused(s, by, target, problem);
	if (e)
		*e = *problem;
	return code;
}

enum err_code lab_withdraw(struct service *s, struct arena *a, const struct account_who *by,
	const struct lab_keys *k, const uint8_t report[16], const struct json *reason,
	struct err *e)
{
	const struct lab_issuer lab = { k->did, k->name };
	struct str target = statement_id_text(a, report);
	struct err problem = { 0 };
	struct lab_signed x;
	struct json *doc;
	enum err_code code = lab_withdrawal(s, a, &lab, report, reason, &doc, &problem);

	if (code == ERR_OK)
		code = sign_text(a, k, doc, &x, &problem);
	if (code == ERR_OK)
		code = publish(s, a, by, target, &x, &problem);
	return outcome(s, by, target, code, &problem, e);
}

enum err_code lab_withdraw_signed(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t report[16], const struct lab_signed *x,
	struct err *e)
{
	struct str target = statement_id_text(a, report);
	struct err problem = { 0 };
	enum err_code code = publish(s, a, by, target, x, &problem);

	return outcome(s, by, target, code, &problem, e);
}

void lab_withdraw_refused(struct service *s, const struct account_who *by, struct str target,
	const struct err *problem)
{
	audit_note(s, &(struct audit_entry){ .action = "report-withdraw", .refused = true,
		.actor = by->name, .address = by->address, .target = target,
		.detail = str_of(problem->message) });
}
