/* organisation.c - organisations of a node and their DID documents.
 *
 * An organisation is made known by a did-document statement that its node issues; the table here is
 * only a projection of those statements, own and admitted.
 */
#include "service/organisation.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/io.h"
#include "base/scoped.h"
#include "crypto/key.h"
#include "service/list.h"
#include "service/model.h"
#include "service/service_inner.h"

static const char *const roles[] = { "authority", "lab", "applicant", "other" };
#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

/* GB 32100-2015: 18 characters, no I O S V Z; weights 3^i mod 31 over the first 17. */
static const char code_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

enum err_code organisation_code_check(struct str code, bool *ret_check_holds, struct err *e)
{
	if (code.len != 18)
		return err_set(e, ERR_INVALID, "field \"registeredId\": a unified social credit "
			"code has 18 characters, not %zu", code.len);
	unsigned sum = 0;
	unsigned weight = 1;
	unsigned last = 0;
	for (size_t i = 0; i < 18; i++) {
		const char *place = memchr(code_alphabet, code.at[i], sizeof(code_alphabet) - 1);
		if (!place)
			return err_set(e, ERR_INVALID, "field \"registeredId\": character %zu "
				"cannot "
				"stand in a unified social credit code", i + 1);
		last = (unsigned)(place - code_alphabet);
		if (i < 17)
			sum += last * weight;
		weight = weight * 3 % 31;
	}
	*ret_check_holds = last == (31 - sum % 31) % 31;
	return ERR_OK;
}

enum err_code organisation_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	(void)context;
	if (event->receipt->kind != KIND_DID_DOCUMENT)
		return ERR_OK;
	const struct json *subject = event->statement->subject;
	SCOPED_SQL q = sql_use(s, SQL_ORGANISATION_PUT);
	sql_bind_str(q, 1, json_get_str(subject, "id"));
	sql_bind_str(q, 2, json_get_str(subject, "name"));
	sql_bind_str(q, 3, json_get_str(subject, "registeredId"));
	sql_bind_str(q, 4, json_get_str(subject, "role"));
	sql_bind_i64(q, 5, (int64_t)json_number_or(json_get(subject, "version"), 1));
	sql_bind_str(q, 6, event->own ? STR("") : event->origin);
	sql_bind_blob(q, 7, event->receipt->id_key, 16);
	sql_bind_i64(q, 8, event->receipt->time);
	return sql_run(q, e);
}

struct str organisation_name(struct service *s, struct arena *a, struct str did)
{
	struct store *store;
	bool row = false;
	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return did;
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_BY_DID);
	sql_bind_str(q, 1, did);
	if (sql_step(q, &row, NULL) != ERR_OK || !row)
		return did;
	return str_copy(a, sql_str(q, 1));
}

enum err_code organisation_did(struct service *s, struct arena *a, struct str did_or_code,
	struct str *ret, struct err *e)
{
	struct str did = did_or_code;
	if (!str_starts(did, "did:"))
		did = did_web_new_org(a, s->config->domain, did_or_code);
	struct store *store;
	bool row = false;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_BY_DID);
	sql_bind_str(q, 1, did);
	TRY(sql_step(q, &row, e));
	if (!row) {
		(void)err_set(e, ERR_NOT_FOUND, "organisation \"" STR_FMT "\" is not known here",
			STR_ARG(did_or_code));
		return err_hint(e, "Add it first: huren org add --name ... --code ... --role lab.");
	}
	*ret = did;
	return ERR_OK;
}

/* ---- issuing --------------------------------------------------------------------------------- */

static enum err_code issue_document(struct service *s, struct arena *a,
	const struct json *request, const struct did_document *doc,
	struct str code, struct str *ret_text, uint64_t *ret_index, struct err *e)
{
	uint8_t uuid[16];
	TRY(service_new_id(request, uuid, e));
	struct json *subject = did_document_subject(a, doc, code);
	struct json *statement = statement_new(a, KIND_DID_DOCUMENT, uuid, s->config->did,
		s->config->name_zh, instant_now(), subject);
	return ledger_issue(s->ledger, a, statement, ret_text, ret_index, e);
}

/* A key either signs statements (`asserts`) or requests between nodes, never both. */
static void add_key(struct arena *a, struct did_document *doc, const char *fragment,
	const struct key_public *pub, bool asserts)
{
	if (pub->type == KEY_NONE)
		return;
	doc->keys[doc->key_count++] = (struct did_key){
		.id = str_printf(a, STR_FMT "#%s", STR_ARG(doc->did), fragment),
		.pub = *pub,
		.valid_until = INT64_MAX,
		.asserts = asserts,
		.authenticates = !asserts,
	};
}

enum err_code organisation_issue_own(struct service *s, struct err *e)
{
	SCOPED_ARENA a;
	arena_init(&a, (size_t)4 << 20);
	struct ledger_found *found;
	size_t count;
	TRY(ledger_statements_about(s->ledger, &a, KIND_DID_DOCUMENT, s->config->did, &found,
		&count, e));
	if (count > 0)
		return ERR_OK;
	const struct ledger_keys *keys = &s->config->keys;
	struct did_document doc = { .did = s->config->did, .name = s->config->name_zh,
		.role = STR("authority"), .version = 1 };
	add_key(&a, &doc, "key-1", &keys->issuer.pub, true);
	add_key(&a, &doc, "key-2", &keys->issuer_sm2.pub, true);
	add_key(&a, &doc, "requests-1", &keys->requests.pub, false);
	struct str text;
	uint64_t index;
	return issue_document(s, &a, /* request= */ NULL, &doc, STR(""), &text, &index, e);
}

/* ---- keys kept here, sealed ------------------------------------------------------------------ */

const char *organisation_key_path(struct service *s, struct arena *a, struct str code,
	const struct key_public *pub)
{
	struct str name = key_public_multikey(a, pub);
	return name.at ? arena_printf(a, "%s/keys/org-" STR_FMT "-" STR_FMT ".json", s->config->dir,
		STR_ARG(code), STR_ARG(name)) : NULL;
}

static enum err_code make_sealed_key(struct service *s, struct arena *a, struct str code,
	enum key_type type, struct str passphrase, struct key_public *ret, struct err *e)
{
	struct key k;
	struct str text;
	TRY(key_generate(type, &k, e));
	struct key_public pub = k.pub;
	enum err_code result = key_file_text(a, &k, passphrase, &text, e);
	key_clear(&k);
	TRY(result);
	const char *path = organisation_key_path(s, a, code, &pub);
	if (!path)
		return err_set(e, ERR_TOO_LARGE, "path of the key file is too long");
	TRY(io_write_durable(path, text, 0600, e));
	*ret = pub;
	return ERR_OK;
}

bool organisation_key_stands(const struct did_document *doc, const struct key_public *pub)
{
	for (uint32_t i = 0; i < doc->key_count; i++)
		if (doc->keys[i].asserts && key_public_eq(&doc->keys[i].pub, pub))
			return true;
	return false;
}

void organisation_key_drop(struct service *s, struct arena *a, struct str code,
	const struct key_public *pub)
{
	const char *path = organisation_key_path(s, a, code, pub);
	if (path)
		(void)unlink(path); /* it may be kept elsewhere, or gone already */
}

enum err_code organisation_keys_make(struct service *s, struct arena *a, struct str code,
	struct str passphrase, bool sm2, struct key_public ret[ORGANISATION_KEYS_MADE],
	struct err *e)
{
	struct key_public pub[ORGANISATION_KEYS_MADE] = { { .type = KEY_NONE } };
	TRY(make_sealed_key(s, a, code, KEY_ED25519, passphrase, &pub[0], e));
	enum err_code result = sm2
		? make_sealed_key(s, a, code, KEY_SM2, passphrase, &pub[1], e) : ERR_OK;
	if (result != ERR_OK) {
		organisation_key_drop(s, a, code, &pub[0]);
		return result;
	}
	for (size_t i = 0; i < ORGANISATION_KEYS_MADE; i++)
		ret[i] = pub[i];
	return ERR_OK;
}

/* The keys of the request; or `made` ones, kept here. */
static enum err_code read_keys(struct service *s, struct arena *a, const struct json *request,
	struct str code, struct did_document *doc,
	struct key_public made[ORGANISATION_KEYS_MADE], struct err *e)
{
	const struct json *keys = json_get(request, "keys");
	if (json_count(keys) > LIMIT_ORGANISATION_KEYS)
		return err_set(e, ERR_TOO_LARGE, "field \"keys\": at most %d keys",
			LIMIT_ORGANISATION_KEYS);
	size_t retired = doc->key_count;
	if (retired + LIMIT_ORGANISATION_KEYS > DID_KEYS_MAX) {
		(void)err_set(e, ERR_TOO_LARGE, "organisation has had %zu keys: no more fit",
			retired);
		return err_word(e, "keys-full");
	}
	for (size_t i = 0; i < json_count(keys); i++) {
		struct key_public pub;
		struct str text = json_str(json_at(keys, i));
		if (!text.at || key_public_from_multikey(text, &pub, e) != ERR_OK)
			return err_in(e, "field \"keys\", key %zu", i + 1);
		add_key(a, doc, arena_printf(a, "key-%zu", retired + i + 1), &pub, true);
	}
	if (json_count(keys) > 0)
		return ERR_OK;
	struct str passphrase = json_get_str(request, "passphrase");
	if (passphrase.len < 12) {
		(void)err_set(e, ERR_INVALID, "field \"passphrase\": shorter than 12 bytes");
		return err_hint(e, "Give \"keys\" made on the organisation's own machine with "
			"\"huren key "
			"new\", or a passphrase of at least 12 bytes for keys kept sealed here.");
	}
	TRY(organisation_keys_make(s, a, code, passphrase, true, made, e));
	for (size_t i = 0; i < ORGANISATION_KEYS_MADE; i++)
		add_key(a, doc, arena_printf(a, "key-%zu", retired + i + 1), &made[i], true);
	return ERR_OK;
}

static enum err_code read_request(struct service *s, struct arena *a, const struct json *request,
	struct did_document *doc, struct str *ret_code, bool *ret_check, struct err *e)
{
	TRY(json_need_str(request, "name", &doc->name, e));
	if (doc->name.len == 0 || doc->name.len > LIMIT_ORGANISATION_NAME_BYTES)
		return err_set(e, ERR_INVALID, "field \"name\": 1 to %d bytes",
			LIMIT_ORGANISATION_NAME_BYTES);
	TRY(json_need_str(request, "registeredId", ret_code, e));
	TRY(organisation_code_check(*ret_code, ret_check, e));
	TRY(json_need_str(request, "role", &doc->role, e));
	bool known = false;
	for (size_t i = 0; i < ROLE_COUNT; i++)
		known = known || str_is(doc->role, roles[i]);
	if (!known)
		return err_set(e, ERR_INVALID, "field \"role\": \"" STR_FMT "\" is none of "
			"authority, "
			"lab, applicant, other", STR_ARG(doc->role));
	doc->did = did_web_new_org(a, s->config->domain, *ret_code);
	return doc->did.at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "organisation too large");
}

/* A new version keeps every earlier key, as retired from now on: old statements stay checkable. */
static enum err_code retire_keys(struct arena *a, const struct ledger_found *last,
	struct did_document *doc, struct err *e)
{
	struct json *v;
	struct did_document previous;
	TRY(json_parse(a, last->body, &v, e));
	TRY(did_document_parse(a, json_get(v, "credentialSubject"), last->receipt.time, &previous,
		e));
	int64_t now = instant_now();
	for (uint32_t i = 0; i < previous.key_count; i++) {
		struct did_key k = previous.keys[i];
		k.asserts = false;
		k.authenticates = false;
		if (k.valid_until > now)
			k.valid_until = now;
		doc->keys[doc->key_count++] = k;
	}
	return ERR_OK;
}

enum err_code service_organisation_add(struct service *s, struct arena *a,
	const struct json *request, struct json **ret, struct err *e)
{
	struct key_public made[ORGANISATION_KEYS_MADE] = { { .type = KEY_NONE } };
	struct did_document doc = { .version = 1 };
	struct str code;
	bool check_holds;
	TRY(read_request(s, a, request, &doc, &code, &check_holds, e));
	struct ledger_found *found;
	size_t count;
	TRY(ledger_statements_about(s->ledger, a, KIND_DID_DOCUMENT, doc.did, &found, &count, e));
	if (count > 0 && !json_true(json_get(request, "newVersion"))) {
		(void)err_set(e, ERR_CONFLICT, "organisation \"" STR_FMT "\" is already known",
			STR_ARG(code));
		(void)err_word(e, "keys-known");
		return err_hint(e, "To change its keys send \"newVersion\": true.");
	}
	doc.version = count + 1;
	if (count > 0)
		TRY(retire_keys(a, &found[count - 1], &doc, e));
	TRY(read_keys(s, a, request, code, &doc, made, e));
	struct str text;
	uint64_t index;
	enum err_code issued = issue_document(s, a, request, &doc, code, &text, &index, e);
	for (size_t i = 0; i < ORGANISATION_KEYS_MADE && issued != ERR_OK; i++)
		if (made[i].type != KEY_NONE) /* no document names them */
			organisation_key_drop(s, a, code, &made[i]);
	TRY(issued);
	for (uint32_t i = 0; i < doc.key_count; i++)
		if (!organisation_key_stands(&doc, &doc.keys[i].pub)) /* retired for good */
			organisation_key_drop(s, a, code, &doc.keys[i].pub);
	struct json *v = json_new_object(a);
	json_set_str(a, v, "did", doc.did);
	json_set_number(a, v, "index", (double)index);
	json_set_number(a, v, "version", (double)doc.version);
	json_set(a, v, "checkCharacterHolds", json_new_bool(a, check_holds));
	struct json *keys = json_new_array(a);
	for (uint32_t i = 0; i < doc.key_count; i++)
		json_push(a, keys, json_new_str(a, doc.keys[i].id));
	json_set(a, v, "keys", keys);
	*ret = v;
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum err_code service_did_document(struct service *s, struct arena *a, struct str did,
	struct json **ret, struct err *e)
{
	struct ledger_found *found;
	size_t count;
	TRY(ledger_statements_about(s->ledger, a, KIND_DID_DOCUMENT, did, &found, &count, e));
	if (count == 0)
		return err_set(e, ERR_NOT_FOUND, "DID \"" STR_FMT "\" is not known here",
			STR_ARG(did));
	struct json *v;
	TRY(json_parse(a, found[count - 1].body, &v, e));
	const struct json *doc = json_path(v, "credentialSubject/didDocument");
	if (!json_is(doc, JSON_OBJECT))
		return err_set(e, ERR_CORRUPT, "statement of \"" STR_FMT "\" holds no DID document",
			STR_ARG(did));
	*ret = json_copy(a, doc);
	return ERR_OK;
}

static struct json *accreditation_row(struct service *s, struct arena *a,
	const struct ledger_found *found)
{
	struct model_statement m;
	if (model_from_found(s, a, found, &m, NULL) != ERR_OK || !m.has_body)
		return NULL;
	struct json *v = model_facts(s, a, &m);
	json_set_str(a, v, "id", found->receipt.id);
	json_set_str(a, v, "state", m.state);
	return v;
}

struct json *organisation_accreditations(struct service *s, struct arena *a, struct str did)
{
	struct json *rows = json_new_array(a);
	struct ledger_found *found;
	size_t count;

	if (ledger_statements_about(s->ledger, a, KIND_ACCREDITATION, did, &found, &count,
		NULL) != ERR_OK)
		return rows;
	for (size_t i = 0; i < count; i++) {
		struct json *row = accreditation_row(s, a, &found[i]);
		if (row)
			rows = json_push(a, rows, row);
	}
	return rows;
}

static struct json *organisation_row(struct service *s, struct arena *a, struct sql *q)
{
	struct json *v = json_new_object(a);
	struct str did = str_copy(a, sql_str(q, 0));
	struct str origin = str_copy(a, sql_str(q, 4));
	json_set_str(a, v, "id", did);
	json_set_str(a, v, "name", str_copy(a, sql_str(q, 1)));
	json_set_str(a, v, "registered_id", str_copy(a, sql_str(q, 2)));
	json_set_str(a, v, "role", str_copy(a, sql_str(q, 3)));
	model_put_city(s, a, v, origin);
	json_set_str(a, v, "document", statement_id_text(a, (const uint8_t *)sql_str(q, 5).at));
	json_set(a, v, "since", model_time(a, sql_i64(q, 6)));
	json_set(a, v, "accreditations", organisation_accreditations(s, a, did));
	struct json *doc;
	if (service_did_document(s, a, did, &doc, NULL) == ERR_OK)
		json_set_number(a, v, "keys", (double)json_count(json_get(doc,
			"verificationMethod")));
	return v;
}

static const struct list_order orders[] = {
	{ "time", SQL_ORGANISATION_PAGE_OF_DOWN, SQL_ORGANISATION_PAGE_OF_UP, SQL_COUNT,
		SQL_ORGANISATION_PAGE_DOWN, SQL_ORGANISATION_PAGE_UP },
	{ "name", SQL_ORGANISATION_PAGE_NAME_DOWN, SQL_ORGANISATION_PAGE_NAME_UP,
		SQL_ORGANISATION_PAGE_KEY_NAME, SQL_COUNT, SQL_COUNT },
};

enum err_code service_organisations(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e)
{
	static const char *const kinds[] = { "authority", "lab", "applicant", "other", "", NULL };
	static const struct list_of_parties list = { .orders = orders,
		.order_count = sizeof(orders) / sizeof(orders[0]), .row = SQL_ORGANISATION_ROW,
		.search_down = SQL_ORGANISATION_PAGE_SEARCH_DOWN,
		.search_up = SQL_ORGANISATION_PAGE_SEARCH_UP, .roles = kinds,
		.model = organisation_row };
	return list_parties(s, a, &list, query, query->text, ret, e);
}
