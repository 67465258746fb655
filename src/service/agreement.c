/* agreement.c - recognition agreements: one statement, signed by both authorities, in both tlogs.
 */
#include "service/agreement_service.h"

#include "base/instant.h"
#include "recognition/agreement.h"
#include "service/service_inner.h"

enum err_code agreement_project(void *context, struct store *s, const struct ledger_event *event,
	struct err *e)
{
	(void)context;
	if (event->receipt->kind != KIND_AGREEMENT)
		return ERR_OK;
	const struct json *parties = json_get(event->statement->subject, "parties");
	SCOPED_SQL q = sql_use(s, SQL_AGREEMENT_PUT);
	sql_bind_blob(q, 1, event->receipt->id_key, 16);
	sql_bind_str(q, 2, json_get_str(json_at(parties, 0), "id"));
	sql_bind_str(q, 3, json_get_str(json_at(parties, 1), "id"));
	sql_bind_i64(q, 4, event->statement->valid_from);
	sql_bind_i64(q, 5, event->statement->valid_until);
	sql_bind_i64(q, 6, event->own ? 1 : 0);
	return sql_run(q, e);
}

enum err_code agreement_find_in_force(struct service *s, struct arena *a, struct str one,
	struct str other,
	int64_t at, struct ledger_found *ret, struct err *e)
{
	struct store *store;
	bool row = false;
	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_AGREEMENT_IN_FORCE);
	sql_bind_str(q, 1, one);
	sql_bind_str(q, 2, other);
	sql_bind_i64(q, 3, at);
	TRY(sql_step(q, &row, e));
	if (!row) {
		(void)err_set(e, ERR_NOT_FOUND, "no recognition agreement between \"" STR_FMT "\" "
			"and \""
			STR_FMT "\" is in force", STR_ARG(one), STR_ARG(other));
		return err_hint(e,
			"Both authorities sign one: huren agree propose, sign, publish.");
	}
	struct str key = sql_str(q, 0);
	CHECK(key.len == 16);
	uint8_t id_key[16];
	for (size_t i = 0; i < 16; i++)
		id_key[i] = (uint8_t)key.at[i];
	return ledger_find(s->ledger, a, id_key, ret, e);
}

static enum err_code add_own_proofs(struct service *s, struct arena *a, struct json *doc,
	struct err *e)
{
	const struct ledger_keys *keys = &s->config->keys;
	int64_t now = instant_now();
	struct str method = str_printf(a, STR_FMT "#key-1", STR_ARG(s->config->did));
	TRY(proof_add(a, doc, &keys->issuer, method, now, e));
	if (keys->issuer_sm2.pub.type == KEY_NONE)
		return ERR_OK;
	method = str_printf(a, STR_FMT "#key-2", STR_ARG(s->config->did));
	return proof_add(a, doc, &keys->issuer_sm2, method, now, e);
}

static bool is_party(const struct json *subject, struct str did)
{
	const struct json *parties = json_get(subject, "parties");
	for (size_t i = 0; i < json_count(parties); i++) {
		if (str_eq(json_get_str(json_at(parties, i), "id"), did))
			return true;
	}
	return false;
}

/* Each party has at least one proof (their validity is judged when it is published). */
static bool all_signed(const struct json *doc)
{
	const struct json *parties = json_path(doc, "credentialSubject/parties");
	const struct json *proofs = json_get(doc, "proof");
	for (size_t i = 0; i < json_count(parties); i++) {
		struct str party = json_get_str(json_at(parties, i), "id");
		bool found = str_eq(did_of_method(json_get_str(proofs, "verificationMethod")),
			party);
		for (size_t k = 0; json_is(proofs, JSON_ARRAY) && k < json_count(proofs); k++)
			found = found || str_eq(did_of_method(json_get_str(json_at(proofs, k),
				"verificationMethod")), party);
		if (!found)
			return false;
	}
	return true;
}

/* Nobody should sign what could not be carried out: the content is read as decide() will read it.
 */
static enum err_code check_content(struct service *s, struct arena *a, const struct json *content,
	const struct json *parties, struct err *e)
{
	struct agreement parsed;
	struct str text;
	struct str dids[AGREEMENT_PARTIES];
	for (size_t i = 0; i < AGREEMENT_PARTIES; i++) {
		dids[i] = json_get_str(json_at(parties, i), "id");
		if (!dids[i].at)
			return err_set(e, ERR_INVALID, "field \"parties\": party %zu has no id",
				i + 1);
	}
	TRY(json_jcs(a, content, &text, e));
	struct json *again;
	TRY(json_parse(a, text, &again, e));
	TRY(rules_check(s->rules, "agreement", again, text, e));
	return agreement_parse_content(a, again, dids, &parsed, e);
}

/* The unsigned statement from a proposal: {"agreement":{rules},"parties":[{id,name},{id,name}],
 * "validFrom"?, "validUntil"?}. */
static enum err_code propose(struct service *s, struct arena *a, const struct json *request,
	struct json **ret, struct err *e)
{
	const struct json *rules;
	const struct json *parties;
	TRY(json_need(request, "agreement", JSON_OBJECT, &rules, e));
	TRY(json_need(request, "parties", JSON_ARRAY, &parties, e));
	if (json_count(parties) != 2)
		return err_set(e, ERR_INVALID, "field \"parties\": exactly two authorities sign");
	TRY(check_content(s, a, rules, parties, e));
	uint8_t uuid[16];
	service_uuid(uuid);
	struct json *subject = json_new_object(a);
	json_set_str(a, subject, "id", str_printf(a, STR_FMT "#agreement",
		STR_ARG(statement_id_text(a, uuid))));
	json_set_text(a, subject, "type", "RecognitionAgreement");
	json_set(a, subject, "parties", json_copy(a, parties));
	json_set(a, subject, "agreement", json_copy(a, rules));
	int64_t from = instant_now();
	int64_t until = 0;
	struct str text = json_get_str(request, "validFrom");
	if (text.at)
		TRY(instant_parse(text, &from, e));
	struct json *doc = statement_new(a, KIND_AGREEMENT, uuid, s->config->did,
		s->config->name_zh,
		from, subject);
	text = json_get_str(request, "validUntil");
	if (text.at) {
		TRY(instant_parse(text, &until, e));
		json_set_str(a, doc, "validUntil", text);
	}
	*ret = doc;
	return ERR_OK;
}

enum err_code service_agreement_sign(struct service *s, struct arena *a, const struct json *request,
	struct json **ret, struct err *e)
{
	struct json *doc = NULL;
	if (json_get(request, "proof")) {
		doc = json_copy(a, request);
		TRY(check_content(s, a, json_path(doc, "credentialSubject/agreement"),
			json_path(doc, "credentialSubject/parties"), e));
	} else {
		TRY(propose(s, a, request, &doc, e));
	}
	if (!is_party(json_get(doc, "credentialSubject"), s->config->did))
		return err_set(e, ERR_INVALID, "field \"parties\": this node (" STR_FMT ") is no "
			"party",
			STR_ARG(s->config->did));
	TRY(add_own_proofs(s, a, doc, e));
	const struct json *proofs = json_get(doc, "proof");
	size_t count = json_is(proofs, JSON_ARRAY) ? json_count(proofs) : 1;
	struct json *v = json_new_object(a);
	json_set(a, v, "statement", doc);
	json_set_number(a, v, "proofs", (double)count);
	json_set(a, v, "complete", json_new_bool(a, all_signed(doc)));
	*ret = v;
	return ERR_OK;
}

enum err_code agreement_check_signable(struct service *s, struct arena *a, const struct json *doc,
	struct err *e)
{
	struct key_finder finder = ledger_key_finder(s->ledger);
	struct proof_result results[LIMIT_PROOFS];
	struct json *request = json_copy(a, doc), *signed_one;
	struct statement statement;
	uint32_t count;
	struct str text;

	CHECK(json_get(request, "proof"));
	TRY(service_agreement_sign(s, a, request, &signed_one, e));
	TRY(json_jcs(a, json_get(signed_one, "statement"), &text, e));
	TRY(statement_parse(a, text, &statement, e));
	if (statement.kind != KIND_AGREEMENT)
		return err_set(e, ERR_INVALID, "this statement is no agreement");
	return proof_verify_all(a, &statement, instant_now(), &finder, results, &count, e);
}
