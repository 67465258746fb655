/* did.c - did:web names, DID documents of statements, and keys as of a time. */
#include "credential/did.h"

#include <string.h>

#include "base/instant.h"
#include "base/limits.h"

#define DID_WEB "did:web:"
#define PORT_MARK "%3A"
#define HOST_BYTES_MAX 253  /* RFC 1035 */
#define LABEL_BYTES_MAX 63
#define DID_CONTEXT "https://www.w3.org/ns/did/v1"
#define MULTIKEY_CONTEXT "https://w3id.org/security/multikey/v1"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Letters, digits, '.', '_' and '-', at least one. */
static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i], lower = (char)(c | 32);
		if (!is_digit(c) && !(lower >= 'a' && lower <= 'z') && c != '.' && c != '_' &&
			c != '-')
			return false;
	}
	return s.len > 0;
}

static bool is_label(struct str label)
{
	for (size_t i = 0; i < label.len; i++) {
		char c = label.at[i];
		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-')
			return false;
	}
	return label.len > 0 && label.len <= LABEL_BYTES_MAX && label.at[0] != '-' &&
		label.at[label.len - 1] != '-';
}

static const char *host_fault(struct str host)
{
	struct str rest = host, label;
	bool numeric = true;

	if (host.len > HOST_BYTES_MAX)
		return "host is too long";
	do {
		label = str_cut(&rest, '.');
		if (!is_label(label))
			return "host is not a domain name in lower case";
	} while (rest.at);
	for (size_t i = 0; i < label.len; i++)
		numeric = numeric && is_digit(label.at[i]);
	if (numeric && !str_is(host, "127.0.0.1"))
		return "host is an IP address";
	return NULL;
}

static const char *port_fault(struct str port)
{
	uint64_t number = 0;

	if (str_parse_u64(port, &number, NULL) != ERR_OK || number == 0 || number > 65535)
		return "port is not a number from 1 to 65535";
	return NULL;
}

/* Splits did:web:<host>[%3A<port>][:<segment>]*. NULL when well formed, else what is wrong. */
static const char *split(struct str did, struct str *ret_host, struct str *ret_port)
{
	struct str rest, first, host, port = { NULL, 0 };
	const char *fault;
	size_t mark;

	if (did.len > LIMIT_ID_BYTES)
		return "it is too long";
	if (!str_starts(did, DID_WEB))
		return "it does not begin with did:web:";
	rest = str_skip(did, strlen(DID_WEB));
	first = str_cut(&rest, ':');
	mark = str_find(first, STR(PORT_MARK));
	host = first;
	if (mark != SIZE_MAX) {
		host.len = mark;
		port = str_skip(first, mark + strlen(PORT_MARK));
		fault = port_fault(port);
		if (fault)
			return fault;
	}
	fault = host_fault(host);
	if (fault)
		return fault;
	while (rest.at) {
		struct str segment = str_cut(&rest, ':');
		if (!is_word(segment) || str_is(segment, ".") || str_is(segment, ".."))
			return "a part of its path is not a plain word";
	}
	*ret_host = host;
	*ret_port = port;
	return NULL;
}

static enum err_code need_split(struct str did, struct str *ret_host, struct str *ret_port,
	struct err *e)
{
	const char *fault = split(did, ret_host, ret_port);

	if (fault)
		return err_set(e, ERR_INVALID, "DID is not a did:web name: %s", fault);
	return ERR_OK;
}

enum err_code did_check(struct str did, struct err *e)
{
	struct str host, port;

	return need_split(did, &host, &port, e);
}

enum err_code did_web_host(struct arena *a, struct str did, struct str *ret, struct err *e)
{
	struct str host, port, text;

	TRY(need_split(did, &host, &port, e));
	text = port.at ? str_printf(a, STR_FMT ":" STR_FMT, STR_ARG(host), STR_ARG(port)) :
		str_copy(a, host);
	if (!text.at)
		return err_set(e, ERR_TOO_LARGE, "host of a DID does not fit in memory");
	*ret = text;
	return ERR_OK;
}

struct str did_web_new(struct arena *a, struct str host)
{
	struct str port = host, name = str_cut(&port, ':');

	if (!port.at)
		return str_printf(a, DID_WEB STR_FMT, STR_ARG(name));
	return str_printf(a, DID_WEB STR_FMT "%s" STR_FMT, STR_ARG(name), PORT_MARK, STR_ARG(port));
}

struct str did_web_new_org(struct arena *a, struct str host, struct str code)
{
	struct str node = did_web_new(a, host);

	if (!node.at)
		return node;
	return str_printf(a, STR_FMT ":org:" STR_FMT, STR_ARG(node), STR_ARG(code));
}

struct str did_of_method(struct str verification_method)
{
	struct str rest = verification_method, did = str_cut(&rest, '#');

	return rest.at ? did : (struct str){ "", 0 };
}

bool did_method_is_valid(struct str verification_method)
{
	struct str host, port, rest = verification_method, did = str_cut(&rest, '#');

	return verification_method.len <= LIMIT_ID_BYTES && rest.at && is_word(rest) &&
		!split(did, &host, &port);
}

struct str did_of_node(struct str did)
{
	struct str rest = str_skip(did, strlen(DID_WEB)), host = str_cut(&rest, ':');

	return (struct str){ did.at, rest.at ? (size_t)(host.at - did.at) + host.len : did.len };
}

/* ---- documents ----------------------------------------------------------------------------- */

/* expires / revoked of a method: the earlier of them into *ret, which keeps its value without. */
static enum err_code read_end(const struct json *method, const char *name, int64_t *ret,
	struct err *e)
{
	const struct json *v = json_get(method, name);
	int64_t at = 0;

	if (!v)
		return ERR_OK;
	if (instant_parse(json_str(v), &at, e) != ERR_OK)
		return err_in(e, "\"%s\"", name);
	if (at < *ret)
		*ret = at;
	return ERR_OK;
}

static enum err_code read_method(struct str did, const struct json *v, struct did_key *ret,
	struct err *e)
{
	struct did_key key = { .valid_until = INT64_MAX };
	struct str type, controller;

	if (!json_is(v, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "it is not an object");
	TRY(json_need_str(v, "id", &key.id, e));
	TRY(json_need_str(v, "type", &type, e));
	TRY(json_need_str(v, "controller", &controller, e));
	TRY(json_need_str(v, "publicKeyMultibase", &key.multikey, e));
	if (!did_method_is_valid(key.id) || !str_eq(did_of_method(key.id), did))
		return err_set(e, ERR_INVALID, "\"id\" is not a method of the document's DID");
	if (!str_is(type, "Multikey"))
		return err_set(e, ERR_INVALID, "\"type\" is not Multikey");
	if (!str_eq(controller, did))
		return err_set(e, ERR_INVALID, "\"controller\" is not the document's DID");
	TRY(read_end(v, "expires", &key.valid_until, e));
	TRY(read_end(v, "revoked", &key.valid_until, e));
	*ret = key;
	return ERR_OK;
}

static struct did_key *find_key(struct did_document *doc, struct str id)
{
	for (uint32_t i = 0; i < doc->key_count; i++) {
		if (str_eq(doc->keys[i].id, id))
			return &doc->keys[i];
	}
	return NULL;
}

static enum err_code read_methods(const struct json *list, struct did_document *doc, struct err *e)
{
	size_t count = json_count(list);

	if (count == 0 || count > DID_KEYS_MAX)
		return err_set(e, ERR_INVALID, "\"verificationMethod\" does not list 1 to %d keys",
			DID_KEYS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct did_key key;
		if (read_method(doc->did, json_at(list, i), &key, e) != ERR_OK)
			return err_in(e, "verification method %zu", i + 1);
		if (find_key(doc, key.id))
			return err_set(e, ERR_INVALID,
				"verification method %zu: its id stands twice", i + 1);
		key.valid_from = doc->logged_at;
		doc->keys[doc->key_count++] = key;
	}
	return ERR_OK;
}

/* What a relation lists: methods of this document by their ids. */
static enum err_code read_relation(const struct json *doc_json, const char *name,
	struct did_document *doc, bool asserts, struct err *e)
{
	const struct json *list = json_get(doc_json, name);

	if (!list)
		return ERR_OK;
	if (!json_is(list, JSON_ARRAY) || json_count(list) > DID_KEYS_MAX)
		return err_set(e, ERR_INVALID, "\"%s\" is not a list of at most %d ids", name,
			DID_KEYS_MAX);
	for (size_t i = 0; i < json_count(list); i++) {
		struct did_key *key = find_key(doc, json_str(json_at(list, i)));
		if (!key)
			return err_set(e, ERR_INVALID,
				"\"%s\" lists a key that the document has not", name);
		key->asserts = key->asserts || asserts;
		key->authenticates = key->authenticates || !asserts;
	}
	return ERR_OK;
}

enum err_code did_document_read(const struct json *subject, int64_t logged_at,
	struct did_document *ret, struct err *e)
{
	struct did_document doc = { .logged_at = logged_at };
	const struct json *core, *methods;
	struct str id, type;

	TRY(json_need_str(subject, "id", &doc.did, e));
	TRY(did_check(doc.did, e));
	TRY(json_need_str(subject, "type", &type, e));
	if (!str_is(type, "DidDocumentVersion"))
		return err_set(e, ERR_INVALID, "\"type\" is not DidDocumentVersion");
	TRY(json_need_str(subject, "name", &doc.name, e));
	TRY(json_need_str(subject, "role", &doc.role, e));
	TRY(json_need_u64(subject, "version", &doc.version, e));
	if (doc.version == 0)
		return err_set(e, ERR_INVALID, "\"version\" is not counted from 1");
	TRY(json_need(subject, "didDocument", JSON_OBJECT, &core, e));
	TRY(json_need_str(core, "id", &id, e));
	if (!str_eq(id, doc.did))
		return err_set(e, ERR_INVALID,
			"\"didDocument\" is of another DID than the subject");
	TRY(json_need(core, "verificationMethod", JSON_ARRAY, &methods, e));
	TRY(read_methods(methods, &doc, e));
	TRY(read_relation(core, "assertionMethod", &doc, /* asserts= */ true, e));
	TRY(read_relation(core, "authentication", &doc, /* asserts= */ false, e));
	*ret = doc;
	return ERR_OK;
}

enum err_code did_document_parse(struct arena *a, const struct json *subject, int64_t logged_at,
	struct did_document *ret, struct err *e)
{
	struct did_document doc;

	(void)a; /* strings are borrowed, keys are values */
	TRY(did_document_read(subject, logged_at, &doc, e));
	for (uint32_t i = 0; i < doc.key_count; i++) {
		struct did_key *key = &doc.keys[i];
		if (key_public_from_multikey(key->multikey, &key->pub, e) != ERR_OK)
			return err_in(e, "verification method %u", i + 1);
		key->multikey = (struct str){ NULL, 0 };
	}
	*ret = doc;
	return ERR_OK;
}

static struct json *method_json(struct arena *a, const struct did_document *doc,
	const struct did_key *key)
{
	struct json *v = json_new_object(a);

	v = json_set_str(a, v, "id", key->id);
	v = json_set_text(a, v, "type", "Multikey");
	v = json_set_str(a, v, "controller", doc->did);
	v = json_set_str(a, v, "publicKeyMultibase", key_public_multikey(a, &key->pub));
	if (key->valid_until != INT64_MAX) {
		char text[INSTANT_TEXT_BYTES];
		instant_format(key->valid_until, text);
		v = json_set_str(a, v, "expires", str_copy(a, str_of(text)));
	}
	return v;
}

static struct json *core_json(struct arena *a, const struct did_document *doc)
{
	struct json *contexts = json_new_array(a), *methods = json_new_array(a);
	struct json *asserts = json_new_array(a), *authenticates = json_new_array(a);
	struct json *v = json_new_object(a);

	contexts = json_push(a, contexts, json_new_text(a, DID_CONTEXT));
	contexts = json_push(a, contexts, json_new_text(a, MULTIKEY_CONTEXT));
	for (uint32_t i = 0; i < doc->key_count; i++) {
		const struct did_key *key = &doc->keys[i];
		methods = json_push(a, methods, method_json(a, doc, key));
		if (key->asserts)
			asserts = json_push(a, asserts, json_new_str(a, key->id));
		if (key->authenticates)
			authenticates = json_push(a, authenticates, json_new_str(a, key->id));
	}
	v = json_set(a, v, "@context", contexts);
	v = json_set_str(a, v, "id", doc->did);
	v = json_set(a, v, "verificationMethod", methods);
	v = json_set(a, v, "assertionMethod", asserts);
	if (json_count(authenticates) > 0)
		v = json_set(a, v, "authentication", authenticates);
	return v;
}

struct json *did_document_subject(struct arena *a, const struct did_document *doc,
	struct str registered_id)
{
	struct json *v = json_new_object(a);

	CHECK(doc->key_count > 0);
	CHECK(doc->key_count <= DID_KEYS_MAX);
	CHECK(doc->version > 0);
	v = json_set_str(a, v, "id", doc->did);
	v = json_set_text(a, v, "type", "DidDocumentVersion");
	v = json_set_str(a, v, "name", doc->name);
	v = json_set_str(a, v, "role", doc->role);
	if (registered_id.len > 0)
		v = json_set_str(a, v, "registeredId", registered_id);
	v = json_set_number(a, v, "version", (double)doc->version);
	return json_set(a, v, "didDocument", core_json(a, doc));
}

/* ---- keys as of a time --------------------------------------------------------------------- */

static const struct did_key *key_in(const struct did_document *doc, struct str method)
{
	for (uint32_t i = 0; i < doc->key_count; i++) {
		if (str_eq(doc->keys[i].id, method))
			return &doc->keys[i];
	}
	return NULL;
}

/* Why a key that is known does not count. */
static enum err_code denied(struct str method, int64_t at, const char *why, struct err *e)
{
	char when[INSTANT_TEXT_BYTES];

	instant_format(at, when);
	return err_set(e, ERR_DENIED, "key \"" STR_FMT "\" does not count at %s: %s",
		STR_ARG(method), when, why);
}

enum err_code did_key_at(const struct did_document *versions, size_t count, struct str method,
	int64_t at, const struct did_key **ret, struct err *e)
{
	const struct did_document *newest = NULL;
	const struct did_key *key;
	bool known = false;

	if (!did_method_is_valid(method))
		return err_set(e, ERR_NOT_FOUND,
			"verification method is not a key of a did:web name");
	for (size_t i = 0; i < count; i++) {
		known = known || key_in(&versions[i], method);
		if (versions[i].logged_at <= at)
			newest = &versions[i];
	}
	if (!known)
		return err_set(e, ERR_NOT_FOUND,
			"key \"" STR_FMT "\" is not known", STR_ARG(method));
	if (!newest)
		return denied(method, at, "no DID document was logged by then", e);
	key = key_in(newest, method);
	if (!key)
		return denied(method, at, "the DID document of that time does not list it", e);
	if (!key->asserts)
		return denied(method, at, "it is not for signing statements", e);
	if (key->valid_until <= at)
		return denied(method, at, "it had expired or been revoked", e);
	*ret = key;
	return ERR_OK;
}
