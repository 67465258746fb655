/* lab_key.c - keys of a lab that this node keeps sealed: opened for one signature. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "credential/proof.h"
#include "service/draft_inner.h"

#define KEY_FILE_BYTES 65536

static const char *key_path(struct service *s, struct arena *a, const struct account_who *by,
	const char *type)
{
	return arena_printf(a, "%s/keys/org-" STR_FMT "-%s.json", s->config->dir,
		STR_ARG(by->organisation_code), type);
}

bool service_lab_has_key(struct service *s, const struct account_who *by)
{
	SCOPED_ARENA a = { 0 };
	const char *path;

	arena_init(&a, 8192);
	path = key_path(s, &a, by, "ed25519");
	return by->organisation_code.len > 0 && path && io_exists(path);
}

void lab_keys_clear(struct lab_keys *k)
{
	key_clear(&k->ed25519);
	key_clear(&k->sm2);
}

static enum err_code load(struct arena *a, const char *path, struct str passphrase,
	struct key *ret, struct err *e)
{
	struct str text;

	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path of the key file is too long");
	TRY(io_read_file(a, path, KEY_FILE_BYTES, &text, e));
	if (!key_file_is_sealed(text))
		return err_set(e, ERR_INTERNAL, "key of the lab is not sealed");
	return key_file_parse(text, passphrase, ret, e);
}

/* The method of the lab's newest DID document that has this key for statements. */
static enum err_code find_method(const struct did_document *doc, const struct key *k,
	struct str *ret, struct err *e)
{
	for (uint32_t i = 0; i < doc->key_count; i++)
		if (doc->keys[i].asserts && key_public_eq(&doc->keys[i].pub, &k->pub)) {
			*ret = doc->keys[i].id;
			return ERR_OK;
		}
	return err_set(e, ERR_CONFLICT, "the key kept here is not one of the lab's DID document");
}

static enum err_code find_methods(struct service *s, struct arena *a, struct lab_keys *k,
	struct err *e)
{
	struct did_document *doc = ARENA_NEW(a, struct did_document);
	struct ledger_found found;
	struct json *v;

	if (!doc)
		return err_set(e, ERR_TOO_LARGE, "signing needs too much memory");
	TRY(ledger_latest_about(s->ledger, a, KIND_DID_DOCUMENT, k->did, &found, e));
	TRY(json_parse(a, found.body, &v, e));
	TRY(did_document_parse(a, json_get(v, "credentialSubject"), found.receipt.time, doc, e));
	k->name = doc->name;
	TRY(find_method(doc, &k->ed25519, &k->method, e));
	return k->sm2.pub.type == KEY_NONE ? ERR_OK : find_method(doc, &k->sm2, &k->sm2_method, e);
}

static enum err_code open_files(struct service *s, struct arena *a, const struct account_who *by,
	struct str passphrase, struct lab_keys *k, struct err *e)
{
	const char *sm2 = key_path(s, a, by, "sm2");

	TRY(load(a, key_path(s, a, by, "ed25519"), passphrase, &k->ed25519, e));
	return sm2 && io_exists(sm2) ? load(a, sm2, passphrase, &k->sm2, e) : ERR_OK;
}

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
	if (!service_lab_has_key(s, by))
		return err_set(e, ERR_NOT_FOUND, "no key of your lab is kept on this node");
	TRY(ledger_reader(s->ledger, &store, e));
	TRY(attempt_wait(store, ATTEMPT_PAIR, t.name, t.address, t.now, &wait, e));
	if (wait > 0)
		return err_set(e, ERR_BUSY, "too many tries: wait %u seconds", wait);
	code = open_files(s, a, by, passphrase, ret, e);
	t.held = code == ERR_OK;
	if ((code == ERR_OK || code == ERR_DENIED) &&
		ledger_write(s->ledger, count_try, &t, NULL) != ERR_OK && code == ERR_OK)
		code = err_set(e, ERR_BUSY, "the node cannot write now");
	if (code == ERR_OK)
		code = find_methods(s, a, ret, e);
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

enum err_code lab_publish(struct service *s, struct arena *a, const struct lab_keys *k,
	struct json *doc, struct err *e)
{
	struct str text, jwt, checkpoint;
	uint64_t index;

	TRY(lab_keys_sign(a, k, doc, instant_now(), &jwt, e));
	TRY(json_jcs(a, doc, &text, e));
	return ledger_publish_wait(s->ledger, a, text, jwt, &index, &checkpoint, e);
}

static enum err_code publish_withdrawal(struct service *s, struct arena *a,
	const struct lab_keys *k, const uint8_t report[16], const struct json *reason,
	struct err *e)
{
	struct json *subject = json_new_object(a), *doc;
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
	doc = statement_new(a, KIND_STATUS, uuid, k->did, k->name, instant_now(), subject);
	TRY(lab_publish(s, a, k, doc, e));
	service_wake(s);
	return ERR_OK;
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

enum err_code lab_withdraw(struct service *s, struct arena *a, const struct account_who *by,
	const struct lab_keys *k, const uint8_t report[16], const struct json *reason,
	struct err *e)
{
	struct line line = { .by = by, .now = instant_now(),
		.target = statement_id_text(a, report) };
	struct err problem = { 0 };
	enum err_code code = publish_withdrawal(s, a, k, report, reason, &problem);

	if (code == ERR_OK)
		return ledger_write(s->ledger, write_line, &line, e);
	lab_withdraw_refused(s, by, line.target, &problem);
	if (e)
		*e = problem;
	return code;
}

void lab_withdraw_refused(struct service *s, const struct account_who *by, struct str target,
	const struct err *problem)
{
	audit_note(s, &(struct audit_entry){ .action = "report-withdraw", .refused = true,
		.actor = by->name, .address = by->address, .target = target,
		.detail = str_of(problem->message) });
}
