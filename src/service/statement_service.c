/* statement_service.c - the page of one statement: head, facts, proof drawing, history, relations.
 *
 * The four boxes of the proof are computed again for each answer, never read from a flag.
 */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/agreement_service.h"
#include "service/decision_model.h"
#include "service/model.h"
#include "service/recomputation.h"
#include "service/report_evaluation.h"
#include "service/service_inner.h"

/* ---- box 1: signatures ----------------------------------------------------------------------- */

/* Id of the did-document statement, newest at or before `at`, that gives the keys of a DID. */
static struct str key_source(struct service *s, struct arena *a, struct str did, int64_t at)
{
	struct ledger_found *found;
	size_t count;
	struct str id = { 0 };
	if (ledger_statements_about(s->ledger, a, KIND_DID_DOCUMENT, did, &found, &count,
		NULL) != ERR_OK)
		return id;
	for (size_t i = 0; i < count; i++) {
		if (found[i].receipt.time <= at)
			id = found[i].receipt.id;
	}
	return id;
}

static void add_signature(struct service *s, struct arena *a, const struct model_statement *m,
	const struct json *proof, bool held, const char *problem, struct json *list)
{
	struct json *v = json_new_object(a);
	struct key_public pub;
	struct str method = json_get_str(proof, "verificationMethod");
	struct str source = key_source(s, a, did_of_method(method), m->found.receipt.time);
	json_set_str(a, v, "method", method.at ? method : STR(""));
	struct str suite = json_get_str(proof, "cryptosuite");
	json_set_str(a, v, "suite", suite.at ? suite : STR(""));
	struct str created = json_get_str(proof, "created");
	if (created.at)
		json_set_str(a, v, "created", created);
	if (method.at && ledger_find_key(s->ledger, method, m->found.receipt.time, &pub,
		NULL) == ERR_OK)
		json_set_str(a, v, "key", key_public_multikey(a, &pub));
	if (source.at)
		json_set_str(a, v, "key_from", source);
	json_set(a, v, "held", json_new_bool(a, held));
	if (!held)
		json_set_str(a, v, "problem", str_copy(a, str_of(problem)));
	json_push(a, list, v);
}

static void add_signatures(struct service *s, struct arena *a, const struct model_statement *m,
	struct json *proof)
{
	struct json *list = json_new_array(a);
	bool held = false;
	if (m->has_body) {
		struct proof_result results[LIMIT_PROOFS];
		uint32_t count;
		struct err e = { 0 };
		struct key_finder finder = ledger_key_finder(s->ledger);
		held = proof_verify_all(a, &m->statement, m->found.receipt.time, &finder, results,
			&count, &e) == ERR_OK;
		const struct json *proofs = json_get(m->statement.doc, "proof");
		if (json_is(proofs, JSON_OBJECT))
			add_signature(s, a, m, proofs, held, e.message, list);
		for (size_t i = 0; json_is(proofs, JSON_ARRAY) && i < json_count(proofs); i++)
			add_signature(s, a, m, json_at(proofs, i), held, e.message, list);
	}
	json_set(a, proof, "signatures", list);
	json_set(a, proof, "signatures_held", json_new_bool(a, held));
}

/* ---- box 2: receipt -------------------------------------------------------------------------- */

static void add_receipt(struct arena *a, const struct model_statement *m, struct json *proof)
{
	struct json *v = json_new_object(a);
	struct digest leaf = digest_sha256_leaf(m->found.receipt_bytes);
	json_set_str(a, v, "text", m->found.receipt_bytes);
	json_set_number(a, v, "index", (double)m->found.index);
	json_set_str(a, v, "leaf_hash", base64_new(a, leaf.at, DIGEST_BYTES));
	json_set_str(a, v, "digest", base64url_new(a, m->found.receipt.digest.at, DIGEST_BYTES));
	if (m->has_body)
		json_set(a, v, "held", json_new_bool(a,
			digest_eq(&m->statement.digest, &m->found.receipt.digest)));
	json_set(a, proof, "receipt", v);
}

/* ---- boxes 3 and 4: checkpoint and witnesses ------------------------------------------------- */

/* The newest cosigned checkpoint that covers the index, else the newest; of a mirror the stored
 * one. */
static enum err_code covering_checkpoint(struct service *s, struct arena *a,
	const struct model_statement *m, struct str *ret, struct err *e)
{
	uint64_t size;
	if (!m->found.own) {
		struct ledger_mirror_state state;
		TRY(ledger_mirror_state(s->ledger, a, m->found.origin, &state, e));
		if (state.checkpoint_size <= m->found.index)
			return err_set(e, ERR_NOT_FOUND, "no checkpoint covers it yet");
		*ret = state.checkpoint;
		return ERR_OK;
	}
	if (ledger_cosigned_checkpoint(s->ledger, a, ret, &size, e) == ERR_OK &&
		size > m->found.index)
		return ERR_OK;
	TRY(ledger_checkpoint(s->ledger, a, ret, &size, e));
	return size > m->found.index ? ERR_OK
		: err_set(e, ERR_NOT_FOUND, "no checkpoint covers it yet");
}

static void add_witness(struct arena *a, const struct note *note, const struct note_key *key,
	struct json *city, struct json *list)
{
	uint64_t time = 0;
	if (cosignature_verify(note, key, &time, NULL) != ERR_OK || time == 0)
		return;
	struct json *v = json_new_object(a);
	json_set_str(a, v, "name", key->name);
	json_set(a, v, "time", model_time(a, (int64_t)time));
	json_set_str(a, v, "vkey", note_vkey_text(a, key));
	if (city)
		json_set(a, v, "city", city);
	json_push(a, list, v);
}

static struct json *witness_list(struct service *s, struct arena *a, const struct note *note)
{
	const struct node_config *c = s->config;
	struct json *list = json_new_array(a);
	add_witness(a, note, ledger_witness_key(s->ledger), model_city(s, a, STR("")), list);
	for (size_t i = 0; i < c->peer_count; i++)
		add_witness(a, note, &c->peers[i].witness_key,
			model_city(s, a, c->peers[i].tlog_key.name), list);
	for (size_t i = 0; i < c->witness_count; i++)
		add_witness(a, note, &c->witnesses[i].key, NULL, list);
	return list;
}

static struct json *path_list(struct arena *a, const struct merkle_proof *path)
{
	struct json *list = json_new_array(a);
	for (uint32_t i = 0; i < path->count; i++)
		json_push(a, list, json_new_str(a, base64_new(a, path->hashes[i].at,
			DIGEST_BYTES)));
	return list;
}

static void add_checkpoint(struct service *s, struct arena *a, const struct model_statement *m,
	struct json *proof)
{
	struct str text;
	struct note note;
	struct checkpoint c;
	struct merkle_proof path;
	struct err e = { 0 };
	const struct node_peer *peer = service_peer_of(s, m->found.origin, NULL);
	const struct note_key *key = m->found.own ? ledger_note_key(s->ledger)
		: peer ? &peer->tlog_key : NULL;
	json_set(a, proof, "witnesses", json_new_array(a));
	if (!key || covering_checkpoint(s, a, m, &text, &e) != ERR_OK ||
		checkpoint_open(a, text, key, &note, &c, &e) != ERR_OK ||
		ledger_prove_inclusion(s->ledger, m->found.own ? STR("") : m->found.origin,
			m->found.index, c.size, &path, &e) != ERR_OK)
		return;
	struct digest leaf = digest_sha256_leaf(m->found.receipt_bytes);
	bool held = merkle_verify_inclusion(&path, m->found.index, c.size, &leaf, &c.root,
		&e) == ERR_OK;
	struct json *v = json_new_object(a);
	json_set_str(a, v, "origin", c.origin);
	json_set_number(a, v, "size", (double)c.size);
	json_set_str(a, v, "root", base64_new(a, c.root.at, DIGEST_BYTES));
	json_set_str(a, v, "note", text);
	json_set(a, v, "path", path_list(a, &path));
	json_set_str(a, v, "key", note_vkey_text(a, key));
	json_set(a, v, "held", json_new_bool(a, held));
	json_set(a, proof, "checkpoint", v);
	json_set(a, proof, "witnesses", witness_list(s, a, &note));
}

/* ---- history, relations, readers ------------------------------------------------------------- */

static void add_event(struct service *s, struct arena *a, struct json *list, const char *event,
	int64_t at, struct str id, const struct model_statement *m)
{
	struct json *v = json_new_object(a);
	json_set_text(a, v, "event", event);
	json_set(a, v, "time", model_time(a, at));
	if (id.at)
		json_set_str(a, v, "id", id);
	json_set(a, v, "city", model_city(s, a, m->found.origin));
	json_push(a, list, v);
}

/* Oldest first; of one second, in the order they were told. */
static void sort_by_time(struct json *list)
{
	for (uint32_t i = 1; i < list->count; i++) {
		struct json *event = list->items[i];
		uint32_t at = i;
		for (; at > 0 && str_cmp(json_get_str(list->items[at - 1], "time"),
				json_get_str(event, "time")) > 0; at--)
			list->items[at] = list->items[at - 1];
		list->items[at] = event;
	}
}

static struct json *history(struct service *s, struct arena *a, const struct model_statement *m,
	const struct json *proof)
{
	struct json *list = json_new_array(a);
	struct str none = { 0 };
	if (m->has_body)
		add_event(s, a, list, "issued", m->statement.valid_from, none, m);
	add_event(s, a, list, "receipt", m->found.receipt.time, none, m);
	const struct json *witnesses = json_get(proof, "witnesses");
	for (size_t i = 0; i < json_count(witnesses); i++) {
		struct json *v = json_new_object(a);
		json_set_text(a, v, "event", "cosigned");
		json_set_str(a, v, "time", json_get_str(json_at(witnesses, i), "time"));
		const struct json *city = json_get(json_at(witnesses, i), "city");
		if (city)
			json_set(a, v, "city", json_copy(a, city));
		json_push(a, list, v);
	}
	struct status_found status;
	if (status_find(s, a, m->found.receipt.id_key, &status, NULL) == ERR_OK && status.at > 0) {
		struct json *v = json_new_object(a);
		json_set_str(a, v, "event", str_is(status.word, "valid") ? STR("reinstated")
			: status.word);
		json_set(a, v, "time", model_time(a, status.at));
		json_set_str(a, v, "id", statement_id_text(a, status.by));
		json_set(a, v, "reason", model_text(a, status.reason_zh, status.reason_en));
		json_push(a, list, v);
	}
	if (str_is(m->state, "affected"))
		add_event(s, a, list, "affected", m->state_since, none, m);
	sort_by_time(list);
	return list;
}

static void relate(struct service *s, struct arena *a, struct json *list, const char *relation,
	const uint8_t id_key[16])
{
	struct model_statement m;
	if (model_load(s, a, id_key, &m, NULL) != ERR_OK)
		return;
	struct json *head = model_head(s, a, &m);
	json_set_text(a, head, "relation", relation);
	json_push(a, list, head);
}

#define RELATED_MAX 20

static void relate_about(struct service *s, struct arena *a, struct json *list,
	const char *relation,
	enum kind kind, struct str did)
{
	struct ledger_found *found;
	size_t count;
	if (ledger_statements_about(s->ledger, a, kind, did, &found, &count, NULL) != ERR_OK)
		return;
	for (size_t i = count; i > 0 && json_count(list) < RELATED_MAX; i--)
		relate(s, a, list, relation, found[i - 1].receipt.id_key);
}

/* Rows of (id_key, relation). */
static void relate_query(struct service *s, struct arena *a, struct json *list, struct sql *q)
{
	uint8_t keys[RELATED_MAX][16];
	const char *relations[RELATED_MAX];
	size_t count = 0;
	bool row = true;
	while (count < RELATED_MAX && sql_step(q, &row, NULL) == ERR_OK && row) {
		memcpy(keys[count], sql_str(q, 0).at, 16);
		relations[count++] = str_z(a, sql_str(q, 1));
	}
	for (size_t i = 0; i < count; i++)
		relate(s, a, list, relations[i], keys[i]);
}

static struct json *related(struct service *s, struct arena *a, const struct model_statement *m)
{
	struct json *list = json_new_array(a);
	struct store *store;
	const struct receipt *r = &m->found.receipt;
	struct status_found status;
	if (ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return list;
	if (status_find(s, a, r->id_key, &status, NULL) == ERR_OK && status.at > 0)
		relate(s, a, list, "status", status.by);
	if (r->kind == KIND_DECISION) {
		SCOPED_SQL q = sql_use(store, SQL_DECISION_INPUTS);
		sql_bind_blob(q, 1, r->id_key, 16);
		relate_query(s, a, list, q);
	}
	if (r->kind == KIND_REPORT) {
		SCOPED_SQL q = sql_use(store, SQL_DECISION_OF_INPUT);
		sql_bind_blob(q, 1, r->id_key, 16);
		sql_bind_i64(q, 2, RELATED_MAX);
		relate_query(s, a, list, q);
		relate_about(s, a, list, "accreditation", KIND_ACCREDITATION, r->issuer);
	}
	if (r->kind != KIND_DID_DOCUMENT)
		relate_about(s, a, list, "issuer-keys", KIND_DID_DOCUMENT, r->issuer);
	return list;
}

static struct json *readers(struct service *s, struct arena *a, const struct model_statement *m)
{
	struct json *list = json_new_array(a);
	struct json *v = json_new_object(a);
	if (model_is_open(m)) {
		json_set_text(a, v, "why", "open");
		json_push(a, list, v);
		return list;
	}
	json_set_text(a, v, "why", "issuer");
	json_set(a, v, "party", model_party(s, a, m->found.receipt.issuer));
	json_push(a, list, v);
	json_push(a, list, json_set_text(a, json_new_object(a), "why", "holder"));
	for (size_t i = 0; i < s->config->peer_count; i++) {
		struct ledger_found found;
		if (agreement_find_in_force(s, a, s->config->did,
			s->config->peers[i].did, instant_now(), &found, NULL) != ERR_OK)
			continue;
		v = json_new_object(a);
		json_set_text(a, v, "why", "agreement");
		json_set(a, v, "party", model_party(s, a, s->config->peers[i].did));
		json_set_str(a, v, "agreement", found.receipt.id);
		json_push(a, list, v);
	}
	return list;
}

/* That it is affected, and by what, anyone may see; how its items come out is the body's. */
static void add_affected(struct service *s, struct arena *a, const struct model_statement *m,
	bool entitled, struct json *v)
{
	struct json *all;
	if (decision_affected_now(s, a, m, &all, NULL) != ERR_OK)
		return; /* the state says it already; inputs that are away do not hide the rest */
	struct json *shown = entitled ? all : json_new_object(a);
	static const char *const open_facts[] = { "cause", "since", "reason" };
	for (size_t i = 0; !entitled && i < sizeof(open_facts) / sizeof(open_facts[0]); i++)
		json_set(a, shown, open_facts[i], json_copy(a, json_get(all, open_facts[i])));
	json_set(a, v, "affected", shown);
}

/* The request of a decision has the DID only. */
static void add_applicant(struct service *s, struct arena *a, const struct model_statement *m,
	struct json *v)
{
	struct str did = m->has_body ? json_str(json_path(m->statement.subject,
		"request/applicant")) : STR("");

	if (did.len > 0)
		json_set(a, v, "applicant", model_party(s, a, did));
}

enum err_code service_statement(struct service *s, struct arena *a, const uint8_t id_key[16],
	bool entitled, struct json **ret, struct err *e)
{
	struct model_statement m;
	TRY(model_load(s, a, id_key, &m, e));
	entitled = entitled || model_is_open(&m);
	struct json *v = model_row(s, a, &m);
	struct json *proof = json_new_object(a);
	json_set(a, v, "now", model_time(a, instant_now()));
	json_set(a, v, "entitled", json_new_bool(a, entitled));
	json_set(a, v, "has_body", json_new_bool(a, m.has_body));
	json_set(a, v, "has_jwt", json_new_bool(a, m.found.jws.len > 0));
	if (m.has_body && entitled) {
		json_set(a, v, "valid_from", model_time(a, m.statement.valid_from));
		if (m.statement.valid_until != INT64_MAX)
			json_set(a, v, "valid_until", model_time(a, m.statement.valid_until));
		json_set(a, v, "statement", json_copy(a, m.statement.doc));
	}
	if (m.found.receipt.kind == KIND_DECISION && entitled)
		add_applicant(s, a, &m, v);
	if (m.state_since > 0) {
		json_set(a, v, "state_since", model_time(a, m.state_since));
		json_set(a, v, "state_reason", model_text(a, m.reason_zh, m.reason_en));
	}
	add_signatures(s, a, &m, proof);
	add_receipt(a, &m, proof);
	add_checkpoint(s, a, &m, proof);
	json_set(a, v, "proof", proof);
	json_set(a, v, "history", history(s, a, &m, proof));
	json_set(a, v, "related", related(s, a, &m));
	if (m.found.receipt.kind == KIND_REPORT) {
		json_set(a, v, "recomputations", recomputations_of(s, a, id_key));
		if (m.has_body && entitled)
			json_set(a, v, "evaluations", report_evaluations(s, a, &m));
	}
	json_set(a, v, "readers", readers(s, a, &m));
	if (str_is(m.state, "affected"))
		add_affected(s, a, &m, entitled, v);
	*ret = v;
	return ERR_OK;
}
