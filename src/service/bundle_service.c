/* bundle_service.c - making bundles and tlog-proofs, and the public check.
 *
 * A bundle is a snapshot: every part of one log is proven against the same checkpoint, the newest
 * cosigned one that covers the main statement, and nothing logged after it goes in.
 */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "service/model.h"
#include "service/service_inner.h"

#define LOGS_MAX 2

struct snapshot {
	struct str origin;                 /* as ledger_find gives it */
	bool own;
	struct str note;
	uint64_t size;
};
struct collector {
	struct service *s;
	struct arena *a;
	size_t log_count;
	struct snapshot logs[LOGS_MAX];
	size_t part_count;
	struct bundle_part parts[LIMIT_BUNDLE_STATEMENTS];
	uint8_t keys[LIMIT_BUNDLE_STATEMENTS][16];
};

/* The checkpoint a bundle is made against. `least` is an index it must cover. */
static enum err_code take_snapshot(struct service *s, struct arena *a, struct str origin, bool own,
	uint64_t least, struct snapshot *ret, struct err *e)
{
	*ret = (struct snapshot){ .origin = origin, .own = own };
	if (own) {
		if (ledger_cosigned_checkpoint(s->ledger, a, &ret->note, &ret->size, e) == ERR_OK &&
			ret->size > least)
			return ERR_OK;
		TRY(ledger_checkpoint(s->ledger, a, &ret->note, &ret->size, e));
	} else {
		struct ledger_mirror_state state;
		TRY(ledger_mirror_state(s->ledger, a, origin, &state, e));
		ret->size = state.checkpoint_size;
		ret->note = state.checkpoint;
	}
	if (ret->size <= least)
		return err_set(e, ERR_BUSY, "no checkpoint covers entry %llu yet",
			(unsigned long long)least);
	return ERR_OK;
}

static enum err_code find_log(struct collector *c, struct str origin, bool own, uint64_t least,
	size_t *ret, struct err *e)
{
	for (size_t i = 0; i < c->log_count; i++) {
		if (str_eq(c->logs[i].origin, origin)) {
			*ret = i;
			return ERR_OK;
		}
	}
	if (c->log_count == LOGS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "a bundle over more than %d logs", LOGS_MAX);
	TRY(take_snapshot(c->s, c->a, origin, own, least, &c->logs[c->log_count], e));
	*ret = c->log_count++;
	return ERR_OK;
}

/* Adds a statement once. What the snapshot does not cover is left out (*ret_added false). */
static enum err_code add_part(struct collector *c, const struct ledger_found *f, bool *ret_added,
	struct err *e)
{
	size_t place = 0;
	*ret_added = false;
	for (size_t i = 0; i < c->part_count; i++) {
		if (memcmp(c->keys[i], f->receipt.id_key, 16) == 0) {
			*ret_added = true;
			return ERR_OK;
		}
	}
	if (f->body.len == 0)
		return ERR_OK;
	if (c->part_count == LIMIT_BUNDLE_STATEMENTS)
		return err_set(e, ERR_TOO_LARGE, "bundle would hold more than %d statements",
			LIMIT_BUNDLE_STATEMENTS);
	TRY(find_log(c, f->origin, f->own, f->index, &place, e));
	if (f->index >= c->logs[place].size)
		return ERR_OK;
	struct bundle_part *part = &c->parts[c->part_count];
	*part = (struct bundle_part){ .statement = f->body, .receipt = f->receipt_bytes,
		.index = f->index, .checkpoint = (uint32_t)place };
	TRY(ledger_prove_inclusion(c->s->ledger, f->own ? STR("") : f->origin, f->index,
		c->logs[place].size, &part->path, e));
	memcpy(c->keys[c->part_count++], f->receipt.id_key, 16);
	*ret_added = true;
	return ERR_OK;
}

/* Every statement of a kind about a subject; `newest_only`: the newest one that is covered. */
static enum err_code add_about(struct collector *c, enum kind kind, struct str subject,
	bool newest_only, struct err *e)
{
	struct ledger_found *found;
	size_t count;
	bool added;
	TRY(ledger_statements_about(c->s->ledger, c->a, kind, subject, &found, &count, e));
	for (size_t i = 0; i < count; i++) {
		size_t at = newest_only ? count - 1 - i : i;
		TRY(add_part(c, &found[at], &added, e));
		if (newest_only && added)
			break;
	}
	return ERR_OK;
}

static enum err_code add_status(struct collector *c, const struct ledger_found *main,
	const struct json *doc, struct err *e)
{
	struct status_found status;
	bool added;
	TRY(status_find(c->s, c->a, main->receipt.id_key, &status, e));
	if (status.at > 0) {
		struct ledger_found found;
		TRY(ledger_find(c->s->ledger, c->a, status.by, &found, e));
		TRY(add_part(c, &found, &added, e));
	}
	const struct json *entries = json_get(doc, "credentialStatus");
	for (size_t i = 0; i < json_count(entries); i++) {
		struct str list = json_get_str(json_at(entries, i), "statusListCredential");
		if (list.at)
			TRY(add_about(c, KIND_STATUS_LIST, list, true, e));
	}
	return ERR_OK;
}

/* Keys of an issuer: its own DID documents and those of the node that issued them. */
static enum err_code add_keys(struct collector *c, struct str did, struct err *e)
{
	struct str host;
	TRY(add_about(c, KIND_DID_DOCUMENT, did, false, e));
	TRY(did_web_host(c->a, did, &host, e));
	return add_about(c, KIND_DID_DOCUMENT, did_web_new(c->a, host), false, e);
}

static enum err_code collect(struct collector *c, const uint8_t id_key[16], struct err *e)
{
	struct ledger_found main;
	struct statement statement;
	bool added;
	TRY(ledger_find(c->s->ledger, c->a, id_key, &main, e));
	if (main.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "only the receipt of \"" STR_FMT "\" is here, not "
			"its body",
			STR_ARG(main.receipt.id));
	TRY(statement_parse(c->a, main.body, &statement, e));
	TRY(add_part(c, &main, &added, e));
	TRY(add_keys(c, main.receipt.issuer, e));
	if (statement.kind == KIND_REPORT)
		TRY(add_about(c, KIND_ACCREDITATION, main.receipt.issuer, false, e));
	const struct json *parties = json_get(statement.subject, "parties");
	for (size_t i = 0; statement.kind == KIND_AGREEMENT && i < json_count(parties); i++)
		TRY(add_keys(c, json_get_str(json_at(parties, i), "id"), e));
	return add_status(c, &main, statement.doc, e);
}

enum err_code service_bundle(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct str *ret, struct err *e)
{
	struct collector *c = ARENA_NEW(a, struct collector);
	if (!c)
		return err_set(e, ERR_TOO_LARGE, "bundle too large");
	c->s = s;
	c->a = a;
	TRY(collect(c, id_key, e));
	struct str notes[LOGS_MAX];
	for (size_t i = 0; i < c->log_count; i++)
		notes[i] = c->logs[i].note;
	SCOPED_BUF b;
	buf_init(&b, LIMIT_BUNDLE_BYTES);
	TRY(bundle_put(&b, c->parts, c->part_count, notes, c->log_count, e));
	TRY(buf_check(&b, "bundle", e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "bundle too large");
}

enum err_code service_tlog_proof(struct service *s, struct arena *a, const uint8_t id_key[16],
	struct str *ret, struct err *e)
{
	struct ledger_found f;
	struct snapshot snapshot;
	TRY(ledger_find(s->ledger, a, id_key, &f, e));
	TRY(take_snapshot(s, a, f.origin, f.own, f.index, &snapshot, e));
	struct tlog_proof *p = ARENA_NEW(a, struct tlog_proof);
	if (!p)
		return err_set(e, ERR_TOO_LARGE, "proof too large");
	p->index = f.index;
	p->checkpoint = snapshot.note;
	p->extra = f.receipt_bytes;
	TRY(ledger_prove_inclusion(s->ledger, f.own ? STR("") : f.origin, f.index, snapshot.size,
		&p->path, e));
	SCOPED_BUF b;
	buf_init(&b, LIMIT_NOTE_BYTES * 2);
	TRY(tlog_proof_put(&b, p, e));
	TRY(buf_check(&b, "proof", e));
	*ret = str_copy(a, buf_str(&b));
	return ret->at ? ERR_OK : err_set(e, ERR_TOO_LARGE, "proof too large");
}

/* ---- the public check ------------------------------------------------------------------------ */

static struct json *steps_model(struct arena *a, const struct bundle_found *found)
{
	static const char *const words[] = { [STEP_HELD] = "held", [STEP_FAILED] = "failed",
		[STEP_UNKNOWN] = "unknown" };
	struct json *steps = json_new_array(a);
	for (uint32_t i = 0; i < found->step_count; i++) {
		struct json *v = json_new_object(a);
		json_set_text(a, v, "step", found->steps[i].step);
		json_set_text(a, v, "state", words[found->steps[i].state]);
		json_set_str(a, v, "detail", str_copy(a, str_of(found->steps[i].detail)));
		json_push(a, steps, v);
	}
	return steps;
}

static struct json *checked_statement(struct service *s, struct arena *a,
	const struct bundle_found *found)
{
	struct json *v = json_new_object(a);
	const struct statement *st = &found->statement;
	json_set_str(a, v, "id", st->id);
	json_set_text(a, v, "kind", kind_row(st->kind)->name);
	json_set(a, v, "issuer", model_party(s, a, st->issuer));
	json_set_str(a, v, "digest", base64url_new(a, st->digest.at, DIGEST_BYTES));
	json_set(a, v, "valid_from", model_time(a, st->valid_from));
	if (st->valid_until != INT64_MAX)
		json_set(a, v, "valid_until", model_time(a, st->valid_until));
	return v;
}

enum err_code service_check(struct service *s, struct arena *a, struct str bundle,
	struct json **ret,
	struct err *e)
{
	struct str text;
	struct policy *policy;
	struct model_statement here;
	struct bundle_found *found = ARENA_NEW(a, struct bundle_found);
	if (!found)
		return err_set(e, ERR_TOO_LARGE, "bundle too large");
	TRY(service_trust_policy(s, a, &text, e));
	TRY(policy_parse(a, text, &policy, e));
	TRY(bundle_verify(a, bundle, policy, instant_now(), found, e));
	struct json *v = json_new_object(a);
	json_set(a, v, "now", model_time(a, instant_now()));
	json_set_text(a, v, "verdict", !found->good ? "bad" : found->withdrawn ? "withdrawn"
		: "good");
	json_set(a, v, "steps", steps_model(a, found));
	json_set_number(a, v, "signature_count", found->signature_count);
	*ret = v;
	if (!found->statement.doc)
		return ERR_OK;
	json_set(a, v, "statement", checked_statement(s, a, found));
	json_set_str(a, v, "origin", found->origin.at ? found->origin : STR(""));
	json_set_number(a, v, "index", (double)found->index);
	json_set(a, v, "time", model_time(a, found->receipt.time));
	json_set(a, v, "as_of", model_time(a, found->as_of));
	json_set_number(a, v, "witnesses", found->witnesses);
	if (model_load(s, a, found->statement.id_key, &here, NULL) == ERR_OK)
		json_set(a, v, "here", model_head(s, a, &here));
	return ERR_OK;
}
