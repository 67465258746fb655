/* keeping_agreement.c - agreements in force, and signing one that the other city proposes. */
#include <string.h>

#include "base/limits.h"
#include "base/scoped.h"
#include "service/account_inner.h"
#include "service/agreement_service.h"
#include "service/keeping.h"
#include "service/model.h"
#include "service/prepared.h"

static enum err_code full(struct err *e)
{
	return err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

enum err_code service_agreements(struct service *s, struct arena *a, struct json **ret,
	struct err *e)
{
	struct json *rows = json_new_array(a);
	struct store *store;
	bool row;

	TRY(ledger_reader(s->ledger, &store, e));
	SCOPED_SQL q = sql_use(store, SQL_AGREEMENT_LIST);
	for (;;) {
		struct model_statement m;
		uint8_t id_key[16];
		struct json *v;
		const struct json *content;
		TRY(sql_step(q, &row, e));
		if (!row)
			break;
		memcpy(id_key, sql_str(q, 0).at, 16);
		TRY(model_load(s, a, id_key, &m, e));
		v = model_row(s, a, &m);
		content = m.has_body ? json_get(m.statement.subject, "agreement") : NULL;
		if (content)
			v = json_set(a, v, "content", json_copy(a, content));
		rows = json_push(a, rows, v);
	}
	*ret = json_set(a, json_new_object(a), "rows", rows);
	return *ret ? ERR_OK : full(e);
}

static struct str title_of(const struct json *doc)
{
	struct str zh = json_str(json_path(doc, "credentialSubject/agreement/title/zh-CN"));

	return zh.at ? zh : STR("");
}

/* Parsed once for the check, which adds proofs to what it is given, and once to be kept. *ret_word
 * says what is wrong, when something is. */
static enum err_code read_proposal(struct service *s, struct arena *a, struct str text,
	struct json **ret, const char **ret_word, struct err *e)
{
	struct json *doc;
	enum err_code code;

	*ret_word = "proposal-json";
	TRY(json_parse(a, text, &doc, e));
	*ret_word = "proposal-other";
	if (!json_is(json_path(doc, "credentialSubject/agreement"), JSON_OBJECT) ||
		!json_is(json_path(doc, "credentialSubject/parties"), JSON_ARRAY))
		return err_set(e, ERR_INVALID, "it is no agreement");
	*ret_word = "proposal-unsigned";
	if (!json_get(doc, "proof"))
		return err_set(e, ERR_INVALID, "the other side has not signed it yet");
	code = agreement_check_signable(s, a, doc, e);
	*ret_word = code == ERR_DENIED || code == ERR_NOT_FOUND || code == ERR_UNSUPPORTED ?
		"proposal-proof" : "proposal-content";
	TRY(code);
	return json_parse(a, text, ret, e);
}

enum err_code service_agreement_prepare(struct service *s, struct arena *a,
	const struct account_who *by, struct str text, struct json **ret_problems, int64_t *ret,
	struct err *e)
{
	struct json *problems = json_new_object(a), *doc = NULL;
	const char *word = "";
	enum err_code code;

	*ret_problems = problems;
	if (text.len == 0)
		form_wrong(a, problems, "proposal", "missing");
	else if (text.len > LIMIT_STATEMENT_BYTES)
		form_wrong(a, problems, "proposal", "long");
	TRY(form_check(problems, e));
	code = read_proposal(s, a, text, &doc, &word, e);
	if (code == ERR_BUSY || code == ERR_IO || code == ERR_CORRUPT)
		return code; /* nothing is wrong with what was typed */
	if (code != ERR_OK) {
		form_wrong(a, problems, "proposal", word);
		return ERR_INVALID;
	}
	return service_act_prepare(s, a, by, "agreement", title_of(doc), json_set(a,
		json_new_object(a), "agreement", doc), json_get_str(doc, "id"), ret, e);
}

enum err_code keeping_agreement(struct service *s, struct arena *a, const struct json *request,
	struct err *e)
{
	struct json *signed_one;
	struct str text, checkpoint;
	uint64_t index;

	TRY(service_agreement_sign(s, a, json_get(request, "agreement"), &signed_one, e));
	if (!json_true(json_get(signed_one, "complete")))
		return err_set(e, ERR_UNPROVEN, "a party has not signed it");
	TRY(json_jcs(a, json_get(signed_one, "statement"), &text, e));
	return ledger_publish_wait(s->ledger, a, text, STR(""), &index, &checkpoint, e);
}
