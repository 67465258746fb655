/* lab_key_make.c - keys that a lab makes in the browser: proposed to the authority as an act, and
 * in use from the moment that act is carried out. */
#include "base/io.h"
#include "crypto/password.h"
#include "service/draft_inner.h"
#include "service/organisation.h"
#include "service/prepared.h"

#define LAB_KEY "lab-key"      /* the kind of act, and the word of the audit trail */

static struct json *key_row(struct service *s, struct arena *a, const struct account_who *by,
	const struct did_key *k)
{
	const char *path = organisation_key_path(s, a, by->organisation_code, &k->pub);
	struct json *v = json_set_str(a, json_new_object(a), "key",
		key_public_multikey(a, &k->pub));

	v = json_set_text(a, v, "algorithm", k->pub.type == KEY_SM2 ? "SM2" : "Ed25519");
	v = json_set(a, v, "signs", json_new_bool(a, k->asserts));
	if (k->valid_until != INT64_MAX)
		v = json_set_str(a, v, "until", service_instant(a, k->valid_until));
	return json_set(a, v, "here", json_new_bool(a, k->asserts && path && io_exists(path)));
}

static struct json *put_document(struct service *s, struct arena *a, const struct account_who *by,
	const struct did_document *doc, struct json *v)
{
	struct json *keys = json_new_array(a);
	const char *path;

	for (uint32_t i = 0; doc && i < doc->key_count; i++)
		keys = json_push(a, keys, key_row(s, a, by, &doc->keys[i]));
	v = json_set(a, v, "keys", keys);
	v = json_set(a, v, "known", json_new_bool(a, doc != NULL));
	return json_set(a, v, "here", json_new_bool(a, doc &&
		lab_key_kept(s, a, by, doc, KEY_ED25519, &path)));
}

static bool is_open(const struct json *act)
{
	struct str state = json_get_str(act, "act_state");

	return str_is(state, "waiting") || str_is(state, "confirmed");
}

static bool is_lab(const struct account_who *by)
{
	return str_is(by->organisation_kind, "lab") && by->organisation_code.len > 0;
}

/* What the lab has so far: NULL where there is none. */
static enum err_code read_state(struct service *s, struct arena *a, const struct account_who *by,
	struct did_document **ret_doc, struct json **ret_act, struct err *e)
{
	struct did_document *doc = NULL;
	struct err problem = { 0 };
	struct json *act = NULL;
	/* The act first: what it says is done stands in the document that is read after it. */
	enum err_code code = service_act_last(s, a, by, LAB_KEY, by->organisation_code, &act,
		&problem);

	if (code == ERR_OK || code == ERR_NOT_FOUND)
		code = lab_document(s, a, draft_lab(s, a, by), &doc, &problem);
	if (code != ERR_OK && code != ERR_NOT_FOUND) {
		if (e)
			*e = problem;
		return code;
	}
	*ret_doc = doc;
	*ret_act = act;
	return ERR_OK;
}

enum err_code service_lab_key(struct service *s, struct arena *a, const struct account_who *by,
	struct json **ret, struct err *e)
{
	struct json *v = json_new_object(a), *act = NULL;
	struct did_document *doc = NULL;

	if (is_lab(by)) {
		TRY(read_state(s, a, by, &doc, &act, e));
		v = json_set_str(a, v, "did", draft_lab(s, a, by));
		v = json_set_str(a, v, "name", by->organisation_name);
	}
	v = put_document(s, a, by, doc, v);
	if (act)
		v = json_set(a, v, "proposal", act);
	v = json_set(a, v, "lab", json_new_bool(a, is_lab(by)));
	v = json_set(a, v, "may_make", json_new_bool(a, is_lab(by) && !is_open(act)));
	*ret = v;
	return v ? ERR_OK : err_set(e, ERR_TOO_LARGE, "page needs too much memory");
}

/* Files of a proposal that came to nothing. */
static void drop_files(struct service *s, struct arena *a, const struct account_who *by,
	const struct json *act, const struct did_document *doc)
{
	const struct json *keys = json_path(act, "request/keys");

	for (size_t i = 0; i < json_count(keys); i++) {
		struct str text = json_str(json_at(keys, i));
		struct key_public pub;
		if (!text.at || key_public_from_multikey(text, &pub, NULL) != ERR_OK)
			continue;
		if (!doc || !organisation_key_stands(doc, &pub))
			organisation_key_drop(s, a, by->organisation_code, &pub);
	}
}

/* What the authority is to confirm: the keys, and whether they replace others. */
static struct json *proposal(struct arena *a, const struct account_who *by,
	const struct did_document *doc, const struct key_public made[ORGANISATION_KEYS_MADE])
{
	struct json *v = json_new_object(a), *keys = json_new_array(a);

	for (size_t i = 0; i < ORGANISATION_KEYS_MADE; i++)
		if (made[i].type != KEY_NONE)
			keys = json_push(a, keys, json_new_str(a,
				key_public_multikey(a, &made[i])));
	v = json_set_str(a, v, "name", doc ? doc->name : by->organisation_name);
	v = json_set_str(a, v, "registeredId", by->organisation_code);
	v = json_set_text(a, v, "role", "lab");
	if (doc)
		v = json_set(a, v, "newVersion", json_new_bool(a, true));
	return json_set(a, v, "keys", keys);
}

static enum err_code propose(struct service *s, struct arena *a, const struct account_who *by,
	const struct lab_key_form *form, const struct did_document *doc, struct err *e)
{
	struct key_public made[ORGANISATION_KEYS_MADE] = { { .type = KEY_NONE } };
	struct json *request;
	enum err_code code;
	int64_t act;

	if (doc && doc->key_count + LIMIT_ORGANISATION_KEYS > DID_KEYS_MAX)
		return draft_refuse(e, ERR_CONFLICT, "keys-full", "no more keys fit into the DID "
			"document of your lab");
	TRY(organisation_keys_make(s, a, by->organisation_code, form->passphrase, form->sm2, made,
		e));
	request = proposal(a, by, doc, made);
	code = !request ? err_set(e, ERR_TOO_LARGE, "key needs too much memory")
		: service_act_prepare(s, a, by, LAB_KEY, by->organisation_name, request, STR(""),
			&act, e);
	for (size_t i = 0; i < ORGANISATION_KEYS_MADE && code != ERR_OK; i++)
		if (made[i].type != KEY_NONE)
			organisation_key_drop(s, a, by->organisation_code, &made[i]);
	return code;
}

static enum err_code judge_and_propose(struct service *s, struct arena *a,
	const struct account_who *by, const struct lab_key_form *form, struct json *problems,
	struct err *e)
{
	const char *wrong = password_judge(form->passphrase, by->name);
	struct did_document *doc = NULL;
	struct json *act = NULL;

	if (!is_lab(by))
		return draft_refuse(e, ERR_CONFLICT, "no-lab", "your organisation is no lab");
	TRY(read_state(s, a, by, &doc, &act, e));
	if (is_open(act))
		return draft_refuse(e, ERR_CONFLICT, "key-waits", "a key of your lab waits to be "
			"confirmed already");
	if (wrong)
		form_wrong(a, problems, "d-passphrase-new", wrong);
	else if (!str_eq(form->passphrase, form->again))
		form_wrong(a, problems, "d-passphrase-again", "differs");
	TRY(form_check(problems, e));
	drop_files(s, a, by, act, doc);
	return propose(s, a, by, form, doc, e);
}

enum err_code service_lab_key_make(struct service *s, struct arena *a,
	const struct account_who *by, const struct lab_key_form *form,
	struct json **ret_problems, struct err *e)
{
	struct json *problems = json_new_object(a);
	struct err problem = { 0 };
	enum err_code code;

	CHECK(by->may & MAY(SIGN));
	*ret_problems = problems;
	code = judge_and_propose(s, a, by, form, problems, &problem);
	if (code == ERR_OK)
		return ERR_OK; /* its line stands with the act */
	audit_note(s, &(struct audit_entry){ .action = LAB_KEY, .refused = true, .actor = by->name,
		.address = by->address, .target = draft_lab(s, a, by),
		.detail = str_of(problem.message) });
	if (e)
		*e = problem;
	return code;
}

enum err_code service_lab_key_take_back(struct service *s, struct arena *a,
	const struct account_who *by, struct err *e)
{
	struct did_document *doc = NULL;
	struct json *act = NULL;
	uint64_t number = 0;

	CHECK(by->may & MAY(SIGN));
	TRY(read_state(s, a, by, &doc, &act, e));
	if (!act)
		return err_set(e, ERR_NOT_FOUND, "your lab has proposed no key");
	TRY(str_parse_u64(json_get_str(act, "number"), &number, e));
	TRY(service_act_decide(s, a, by, (int64_t)number, ACT_TAKE_BACK, STR(""), e));
	drop_files(s, a, by, act, doc);
	return ERR_OK;
}
