/* verify.c - libhuren-verify: include/huren/verify.h over the floors that know no I/O. */
#include "huren/verify.h"

#include <stdio.h>
#include <string.h>

#include "base/scoped.h"
#include "credential/bundle.h"
#include "recognition/decision.h"

/* A bundle of a megabyte of small JSON values takes some 70 MB, two status lists of the largest
 * size 32 MB more. */
#define RESULT_BYTES_MAX ((size_t)134217728)

struct huren_result {
	struct arena arena;
	enum huren_verdict verdict;
	struct err err;
	struct bundle_found found;
	struct str text;
	const char *id, *kind, *issuer, *origin;
};

static struct huren_result *result_new(void)
{
	struct arena first;
	struct huren_result *r;

	key_library_init();
	arena_init(&first, RESULT_BYTES_MAX);
	r = ARENA_NEW(&first, struct huren_result);
	if (!r)
		return NULL;
	r->arena = first; /* it holds the result itself */
	r->id = r->kind = r->issuer = r->origin = "";
	r->text = STR("");
	return r;
}

static struct huren_result *stop(struct huren_result *r, enum huren_verdict verdict)
{
	r->verdict = verdict;
	return r;
}

static struct str view(const void *at, size_t len)
{
	return (struct str){ len > 0 ? at : "", len };
}

static const char *text_of(struct huren_result *r, struct str s)
{
	const char *text = str_z(&r->arena, s);

	return text ? text : "";
}

static void add_step(struct huren_result *r, const char *name, enum bundle_step_state state,
	const char *detail)
{
	struct bundle_step *s = &r->found.steps[r->found.step_count++];

	s->step = name;
	s->state = state;
	(void)snprintf(s->detail, sizeof(s->detail), "%s", detail); /* an err message fits */
}

struct huren_result *huren_verify_bundle(const void *bundle, size_t bundle_len, const char *policy,
	size_t policy_len, int64_t now)
{
	struct huren_result *r = result_new();
	struct policy *trusted;

	if (!r)
		return NULL;
	if (policy_parse(&r->arena, view(policy, policy_len), &trusted, &r->err) != ERR_OK)
		return stop(r, HUREN_POLICY_BROKEN);
	if (bundle_verify(&r->arena, view(bundle, bundle_len), trusted, now, &r->found, &r->err) !=
		ERR_OK)
		return stop(r, HUREN_UNREADABLE);
	r->id = text_of(r, r->found.statement.id);
	r->kind = kind_row(r->found.statement.kind)->name;
	r->issuer = text_of(r, r->found.statement.issuer);
	r->origin = text_of(r, r->found.origin);
	r->text.at = text_of(r, r->found.statement.canonical); /* the input may go */
	r->text.len = r->found.statement.canonical.len;
	return stop(r,
		!r->found.good		   ? HUREN_BAD :
			r->found.withdrawn ? HUREN_WITHDRAWN :
					     HUREN_GOOD);
}

struct huren_result *huren_verify_tlog_proof(const void *entry, size_t entry_len,
	const void *proof, size_t proof_len, const char *policy, size_t policy_len)
{
	struct huren_result *r = result_new();
	struct tlog_proof_found found;
	struct tlog_proof parsed;
	struct policy *trusted;

	if (!r)
		return NULL;
	if (policy_parse(&r->arena, view(policy, policy_len), &trusted, &r->err) != ERR_OK)
		return stop(r, HUREN_POLICY_BROKEN);
	if (tlog_proof_parse(&r->arena, view(proof, proof_len), &parsed, &r->err) != ERR_OK)
		return stop(r, HUREN_UNREADABLE);
	if (tlog_proof_verify(&r->arena, &parsed, view(entry, entry_len), trusted, &found,
		    &r->err) != ERR_OK) {
		add_step(r, "inclusion", STEP_FAILED, r->err.message);
		return stop(r, HUREN_BAD);
	}
	add_step(r, "inclusion", STEP_HELD, "the entry leads to a root that its log signed");
	add_step(r, "witness", found.quorum_met ? STEP_HELD : STEP_FAILED, found.quorum_met ?
		"witnesses cosigned as the trust policy asks" :
		"too few known witnesses cosigned for the trust policy");
	r->origin = text_of(r, found.origin);
	r->found.index = found.index;
	r->found.witnesses = found.witnesses;
	r->found.as_of = (int64_t)found.cosigned_at; /* cosignatures past 2^63-1 are refused */
	return stop(r, found.quorum_met ? HUREN_GOOD : HUREN_BAD);
}

struct huren_result *huren_jcs(const char *json, size_t json_len)
{
	struct huren_result *r = result_new();
	struct json *v;

	if (!r)
		return NULL;
	if (json_parse(&r->arena, view(json, json_len), &v, &r->err) != ERR_OK ||
		json_jcs(&r->arena, v, &r->text, &r->err) != ERR_OK)
		return stop(r, HUREN_UNREADABLE);
	return stop(r, HUREN_GOOD);
}

static enum err_code decide_again(struct huren_result *r, struct str material)
{
	struct arena *a = &r->arena;
	struct rules *rules;
	struct decide_input in;
	struct decision d;
	struct json *outcome;
	enum err_code code;

	TRY(decide_from_json(a, material, &in, &rules, &r->err));
	code = decide(a, &in, &d, &r->err);
	if (code == ERR_OK)
		code = decide_to_json(a, &in, &d, &outcome, &r->err);
	if (code == ERR_OK)
		code = json_jcs(a, outcome, &r->text, &r->err); /* of its own, without the rules */
	rules_close(rules);
	return code;
}

struct huren_result *huren_decide(const char *material, size_t material_len)
{
	struct huren_result *r = result_new();

	if (!r)
		return NULL;
	if (decide_again(r, view(material, material_len)) != ERR_OK)
		return stop(r, HUREN_UNREADABLE);
	return stop(r, HUREN_GOOD);
}

const char *huren_version(void)
{
	return HUREN_VERSION;
}

enum huren_verdict huren_result_verdict(const struct huren_result *r)
{
	return r ? r->verdict : HUREN_NO_MEMORY;
}

const char *huren_result_message(const struct huren_result *r)
{
	return r ? r->err.message : "";
}

unsigned huren_result_line(const struct huren_result *r)
{
	return r ? r->err.line : 0;
}

unsigned huren_result_column(const struct huren_result *r)
{
	return r ? r->err.column : 0;
}

size_t huren_result_step_count(const struct huren_result *r)
{
	return r ? r->found.step_count : 0;
}

static const struct bundle_step *step_at(const struct huren_result *r, size_t i)
{
	static const struct bundle_step none = { "", STEP_UNKNOWN, "" };

	return i < huren_result_step_count(r) ? &r->found.steps[i] : &none;
}

const char *huren_result_step(const struct huren_result *r, size_t i)
{
	return step_at(r, i)->step;
}

enum huren_state huren_result_step_state(const struct huren_result *r, size_t i)
{
	switch (step_at(r, i)->state) {
	case STEP_HELD:
		return HUREN_HELD;
	case STEP_FAILED:
		return HUREN_FAILED;
	case STEP_UNKNOWN:
		break;
	}
	return HUREN_UNKNOWN;
}

const char *huren_result_step_detail(const struct huren_result *r, size_t i)
{
	return step_at(r, i)->detail;
}

const char *huren_result_id(const struct huren_result *r)
{
	return r ? r->id : "";
}

const char *huren_result_kind(const struct huren_result *r)
{
	return r ? r->kind : "";
}

const char *huren_result_issuer(const struct huren_result *r)
{
	return r ? r->issuer : "";
}

const char *huren_result_text(const struct huren_result *r, size_t *ret_len)
{
	*ret_len = r ? r->text.len : 0;
	return r ? r->text.at : "";
}

int64_t huren_result_received(const struct huren_result *r)
{
	return r ? r->found.receipt.time : 0;
}

const char *huren_result_origin(const struct huren_result *r)
{
	return r ? r->origin : "";
}

uint64_t huren_result_index(const struct huren_result *r)
{
	return r ? r->found.index : 0;
}

unsigned huren_result_witnesses(const struct huren_result *r)
{
	return r ? r->found.witnesses : 0;
}

int64_t huren_result_as_of(const struct huren_result *r)
{
	return r ? r->found.as_of : 0;
}

void huren_result_close(struct huren_result *r)
{
	struct arena arena;

	if (!r)
		return;
	arena = r->arena;
	arena_clear(&arena);
}

void huren_thread_close(void)
{
	digest_thread_clear();
}
