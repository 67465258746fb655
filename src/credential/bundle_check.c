/* bundle_check.c - is what a bundle says true? Each step either holds, fails, or cannot be known.
 *
 * Order: checkpoints and witnesses (what is the log), inclusion and receipts (what stands in it),
 * keys (DID documents logged there, oldest first), signatures, accreditation, status, validity.
 * The first step that fails ends the check: what comes after it would rest on it.
 */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "credential/bundle_inner.h"
#include "credential/proof.h"
#include "credential/scope.h"
#include "credential/status_list.h"

struct history {
	struct str did;
	size_t count;
	struct did_document *versions;     /* room for LIMIT_BUNDLE_STATEMENTS in all */
};

struct check {
	struct arena *a;
	const struct policy *policy;
	int64_t now;
	struct bundle_read *b;
	struct bundle_found *found;
	size_t history_count;
	struct history histories[LIMIT_BUNDLE_STATEMENTS];
};

static void add_step(struct check *c, const char *step, enum bundle_step_state state,
	const char *detail)
{
	CHECK(c->found->step_count < BUNDLE_STEPS_MAX);
	struct bundle_step *s = &c->found->steps[c->found->step_count++];
	s->step = step;
	s->state = state;
	(void)snprintf(s->detail, sizeof(s->detail), "%.255s", detail); /* cut when too long */
}

/* Host of the log that a part stands in: "a.example" of "a.example/tlog"; empty for other names. */
static struct str part_host(const struct check *c, const struct bundle_read_part *p)
{
	struct str origin = c->b->checkpoints[p->checkpoint].checkpoint.origin;
	struct str rest = origin;
	struct str host = str_cut(&rest, '/');
	return str_is(rest, "tlog") ? host : STR("");
}

/* ---- checkpoints and witnesses ----------------------------------------------------------- */

static enum err_code check_checkpoint(struct check *c, struct bundle_read_checkpoint *cp,
	struct err *e)
{
	struct str rest = cp->bytes;
	struct str origin = str_cut(&rest, '\n');
	const struct policy_log *known = policy_find_log(c->policy, origin);
	if (!known)
		return err_set(e, ERR_DENIED, "log \"%.*s\" is not in the trust policy",
			(int)(origin.len < 80 ? origin.len : 80), origin.at ? origin.at : "");
	TRY(checkpoint_open(c->a, cp->bytes, &known->key, &cp->note, &cp->checkpoint, e));
	c->found->signature_count++;
	TRY(policy_check(c->policy, &cp->note, &cp->quorum_met, &cp->witnesses, &cp->cosigned_at,
		e));
	c->found->signature_count += cp->witnesses;
	return ERR_OK;
}

static enum err_code check_checkpoints(struct check *c, char detail[256], struct err *e)
{
	for (size_t i = 0; i < c->b->checkpoint_count; i++)
		TRY(check_checkpoint(c, &c->b->checkpoints[i], e));
	const struct bundle_read_checkpoint *cp = &c->b->checkpoints[c->b->parts[0].checkpoint];
	(void)snprintf(detail, 256, "signed by the log " STR_FMT ", %llu entries",
		STR_ARG(cp->checkpoint.origin), (unsigned long long)cp->checkpoint.size);
	c->found->origin = cp->checkpoint.origin;
	return ERR_OK;
}

static enum err_code check_witnesses(struct check *c, char detail[256], struct err *e)
{
	const struct bundle_read_checkpoint *cp = &c->b->checkpoints[c->b->parts[0].checkpoint];
	for (size_t i = 0; i < c->b->checkpoint_count; i++) {
		if (!c->b->checkpoints[i].quorum_met && !c->policy->quorum_none)
			return err_set(e, ERR_DENIED, "%u known witnesses cosigned checkpoint %zu: "
				"the policy "
				"asks for more", c->b->checkpoints[i].witnesses, i);
	}
	char time[INSTANT_TEXT_BYTES] = "no time";
	if (cp->cosigned_at > 0)
		instant_format((int64_t)cp->cosigned_at, time);
	(void)snprintf(detail, 256, "cosigned by %u witnesses of the policy, last at %s",
		cp->witnesses,
		time);
	c->found->witnesses = cp->witnesses;
	c->found->as_of = cp->cosigned_at > 0 ? (int64_t)cp->cosigned_at
		: c->b->parts[0].receipt.time;
	return ERR_OK;
}

/* ---- inclusion and receipts -------------------------------------------------------------- */

static enum err_code check_inclusion(struct check *c, char detail[256], struct err *e)
{
	for (size_t i = 0; i < c->b->part_count; i++) {
		const struct bundle_read_part *p = &c->b->parts[i];
		const struct checkpoint *cp = &c->b->checkpoints[p->checkpoint].checkpoint;
		struct digest leaf = digest_sha256_leaf(p->entry);
		if (p->index >= cp->size)
			return err_set(e, ERR_UNPROVEN, "part %zu: entry %llu is past the "
				"checkpoint", i,
				(unsigned long long)p->index);
		if (merkle_verify_inclusion(&p->path, p->index, cp->size, &leaf, &cp->root,
			e) != ERR_OK)
			return err_in(e, "part %zu", i);
	}
	(void)snprintf(detail, 256, "entry %llu and %zu more lead to the signed root",
		(unsigned long long)c->b->parts[0].index, c->b->part_count - 1);
	return ERR_OK;
}

static enum err_code check_receipts(struct check *c, char detail[256], struct err *e)
{
	for (size_t i = 0; i < c->b->part_count; i++) {
		const struct bundle_read_part *p = &c->b->parts[i];
		const struct statement *s = &p->statement;
		if (!digest_eq(&p->receipt.digest, &s->digest))
			return err_set(e, ERR_DENIED, "part %zu: the statement's SHA-256 is not "
				"the receipt's",
				i);
		if (memcmp(p->receipt.id_key, s->id_key, 16) != 0 || p->receipt.kind != s->kind ||
			!str_eq(p->receipt.issuer, s->issuer))
			return err_set(e, ERR_DENIED, "part %zu: receipt and statement disagree on "
				"id, kind "
				"or issuer", i);
	}
	(void)snprintf(detail, 256, "SHA-256 of each statement equals the digest in its receipt");
	return ERR_OK;
}

/* ---- keys and signatures ----------------------------------------------------------------- */

static struct history *find_history(struct check *c, struct str did, bool make)
{
	for (size_t i = 0; i < c->history_count; i++) {
		if (str_eq(c->histories[i].did, did))
			return &c->histories[i];
	}
	if (!make || c->history_count == LIMIT_BUNDLE_STATEMENTS)
		return NULL;
	struct history *h = &c->histories[c->history_count++];
	h->did = did;
	return h;
}

static enum err_code find_key(void *context, struct str method, int64_t at, struct key_public *ret,
	struct err *e)
{
	struct check *c = context;
	const struct did_key *key;
	const struct history *h = find_history(c, did_of_method(method), false);
	if (!h || h->count == 0)
		return err_set(e, ERR_NOT_FOUND, "no DID document in the bundle gives the key "
			"\"%.*s\"",
			(int)(method.len < 100 ? method.len : 100), method.at);
	TRY(did_key_at(h->versions, h->count, method, at, &key, e));
	if (key->pub.type != KEY_NONE) {
		*ret = key->pub;
		return ERR_OK;
	}
	return key_public_from_multikey(key->multikey, ret, e);
}

static enum err_code verify_part(struct check *c, const struct bundle_read_part *p, struct err *e)
{
	struct proof_result results[LIMIT_PROOFS];
	uint32_t count;
	struct key_finder finder = { .find = find_key, .context = c };
	TRY(proof_verify_all(c->a, &p->statement, p->receipt.time, &finder, results, &count, e));
	c->found->signature_count += count;
	return ERR_OK;
}

/* Version 1 of a node's own document is signed by the key it gives; every other one by a key of an
 * earlier version of its node. */
static enum err_code take_document(struct check *c, const struct bundle_read_part *p, struct err *e)
{
	struct did_document doc;
	TRY(did_document_read(p->statement.subject, p->receipt.time, &doc, e));
	struct str host;
	TRY(did_web_host(c->a, doc.did, &host, e));
	if (!str_eq(host, part_host(c, p)))
		return err_set(e, ERR_DENIED, "DID document of \"" STR_FMT "\" stands in another "
			"log",
			STR_ARG(doc.did));
	if (!str_eq(p->statement.issuer, did_of_node(doc.did)))
		return err_set(e, ERR_DENIED, "DID document of \"" STR_FMT "\" is not issued by "
			"its node",
			STR_ARG(doc.did));
	struct history *h = find_history(c, doc.did, true);
	if (!h)
		return err_set(e, ERR_TOO_LARGE, "too many DIDs in the bundle");
	if (doc.version != h->count + 1)
		return err_set(e, ERR_DENIED, "DID document of \"" STR_FMT "\": version %llu "
			"follows %zu",
			STR_ARG(doc.did), (unsigned long long)doc.version, h->count);
	if (!h->versions) {
		h->versions = ARENA_ARRAY(c->a, struct did_document, c->b->part_count);
		if (!h->versions)
			return err_set(e, ERR_TOO_LARGE, "bundle is too large");
	}
	bool own_first = h->count == 0 && str_eq(doc.did, p->statement.issuer);
	h->versions[h->count] = doc;
	if (own_first)
		h->count++;
	enum err_code code = verify_part(c, p, e);
	if (!own_first && code == ERR_OK)
		h->count++;
	return code;
}

/* Parts of kind did-document in the order they were logged: by checkpoint, then index. */
static struct bundle_read_part *next_document(struct check *c, uint32_t *checkpoint,
	uint64_t *index)
{
	struct bundle_read_part *best = NULL;
	for (size_t i = 0; i < c->b->part_count; i++) {
		struct bundle_read_part *p = &c->b->parts[i];
		if (p->statement.kind != KIND_DID_DOCUMENT || p->checkpoint < *checkpoint ||
			(p->checkpoint == *checkpoint && p->index < *index))
			continue;
		if (!best || p->checkpoint < best->checkpoint ||
			(p->checkpoint == best->checkpoint && p->index < best->index))
			best = p;
	}
	if (best) {
		*checkpoint = best->checkpoint;
		*index = best->index + 1;
	}
	return best;
}

static enum err_code check_keys(struct check *c, char detail[256], struct err *e)
{
	uint32_t checkpoint = 0;
	uint64_t index = 0;
	size_t count = 0;
	for (struct bundle_read_part *p; (p = next_document(c, &checkpoint,
		&index)) != NULL; count++) {
		if (take_document(c, p, e) != ERR_OK)
			return err_in(e, "entry %llu", (unsigned long long)p->index);
	}
	(void)snprintf(detail, 256, "%zu logged DID documents give the keys of %zu DIDs", count,
		c->history_count);
	return ERR_OK;
}

/* Who may say this: the host of the log must be the issuer's (or a party's), and what only an
 * authority may say must come from the node's own DID. */
static enum err_code check_right(struct check *c, const struct bundle_read_part *p, struct err *e)
{
	const struct statement *s = &p->statement;
	struct str host;
	const struct json *parties = kind_row(s->kind)->many_issuers ? json_get(s->subject,
		"parties")
		: NULL;
	TRY(did_web_host(c->a, s->issuer, &host, e));
	bool home = str_eq(host, part_host(c, p));
	for (size_t i = 0; i < json_count(parties) && !home; i++) {
		TRY(did_web_host(c->a, json_get_str(json_at(parties, i), "id"), &host, e));
		home = str_eq(host, part_host(c, p));
	}
	if (!home)
		return err_set(e, ERR_DENIED, "a %s of \"" STR_FMT "\" stands in another city's "
			"log",
			kind_row(s->kind)->name, STR_ARG(s->issuer));
	bool authority = s->kind == KIND_ACCREDITATION || s->kind == KIND_DECISION ||
		s->kind == KIND_STATUS_LIST;
	if (authority && !str_eq(s->issuer, did_of_node(s->issuer)))
		return err_set(e, ERR_DENIED, "a %s is not issued by the authority",
			kind_row(s->kind)->name);
	return ERR_OK;
}

static enum err_code check_signatures(struct check *c, char detail[256], struct err *e)
{
	for (size_t i = 0; i < c->b->part_count; i++) {
		const struct bundle_read_part *p = &c->b->parts[i];
		if (p->statement.kind == KIND_DID_DOCUMENT)
			continue; /* done with the keys */
		enum err_code code = check_right(c, p, e);
		if (code == ERR_OK)
			code = verify_part(c, p, e);
		if (code != ERR_OK)
			return err_in(e, "part %zu", i);
	}
	(void)snprintf(detail, 256, "every proof of %zu statements holds, with keys valid when "
		"they were "
		"logged", c->b->part_count);
	return ERR_OK;
}

/* ---- accreditation ----------------------------------------------------------------------- */

/* The newest status statement in the bundle about an id, or NULL. */
static const struct bundle_read_part *status_of(const struct check *c, struct str id)
{
	const struct bundle_read_part *best = NULL;
	for (size_t i = 0; i < c->b->part_count; i++) {
		const struct bundle_read_part *p = &c->b->parts[i];
		if (p->statement.kind == KIND_STATUS &&
			str_eq(json_get_str(p->statement.subject, "id"), id) &&
			(!best || p->index > best->index))
			best = p;
	}
	return best;
}

static bool is_off(const struct bundle_read_part *status)
{
	return status && !str_is(json_get_str(status->statement.subject, "status"), "reinstated");
}

/* Some accreditation of the lab, issued by its own node and not withdrawn when the report was
 * logged, lists the item and was valid on the day. */
static bool is_accredited(struct check *c, const struct bundle_read_part *report, struct str scheme,
	struct str edition, struct str item, int32_t day)
{
	for (size_t i = 0; i < c->b->part_count; i++) {
		const struct bundle_read_part *p = &c->b->parts[i];
		struct scope scope;
		if (p->statement.kind != KIND_ACCREDITATION ||
			scope_parse(c->a, &p->statement, &scope, NULL) != ERR_OK)
			continue;
		const struct bundle_read_part *status = status_of(c, p->statement.id);
		if (is_off(status) && status->receipt.time <= report->receipt.time)
			continue;
		if (str_eq(scope.lab, report->statement.issuer) &&
			str_eq(scope.authority, did_of_node(scope.lab)) && scope_valid_on(&scope,
				day) &&
			scope_lists(&scope, scheme, edition, item))
			return true;
	}
	return false;
}

static enum err_code check_item(struct check *c, const struct bundle_read_part *report,
	const struct json *result, const struct json *scheme, struct err *e)
{
	struct str item, date;
	int32_t day;
	TRY(json_need_str(result, "item", &item, e));
	TRY(json_need_str(result, "testedOn", &date, e));
	TRY(china_day_parse(date, &day, e));
	const struct json *own = json_get(result, "scheme");
	struct str id = json_get_str(own ? own : scheme, "id");
	struct str edition = json_get_str(own ? own : scheme, "edition");
	if (!is_accredited(c, report, id, edition, item, day))
		return err_set(e, ERR_DENIED, "laboratory was not accredited for item \"%.*s\" of "
			"%.*s on "
			"%.*s, as far as the bundle shows", (int)item.len, item.at, (int)id.len,
				id.at,
			(int)date.len, date.at);
	return ERR_OK;
}

static enum err_code check_accreditation(struct check *c, char detail[256], struct err *e)
{
	const struct bundle_read_part *report = &c->b->parts[0];
	const struct json *assessments = json_get(report->statement.subject, "assessment");
	const struct json *scheme = json_path(report->statement.subject, "inspectionReport/scheme");
	if (json_count(assessments) > LIMIT_REPORT_ITEMS)
		return err_set(e, ERR_TOO_LARGE, "report of %zu items is over %d",
			json_count(assessments),
			LIMIT_REPORT_ITEMS);
	for (size_t i = 0; i < json_count(assessments); i++)
		TRY(check_item(c, report, json_get(json_at(assessments, i), "itemResult"), scheme,
			e));
	(void)snprintf(detail, 256, "laboratory was accredited for all %zu items on their test "
		"days",
		json_count(assessments));
	return ERR_OK;
}

/* ---- status and validity ----------------------------------------------------------------- */

/* Looks the main statement up in every status list of the bundle. */
static enum err_code check_lists(struct check *c, uint32_t *ret_lists, struct err *e)
{
	static const char *const purposes[] = { "revocation", "suspension" };
	const struct statement *main = &c->b->parts[0].statement;
	for (size_t i = 1; i < c->b->part_count; i++) {
		const struct statement *list = &c->b->parts[i].statement;
		for (size_t k = 0; list->kind == KIND_STATUS_LIST && k < 2; k++) {
			bool set = false;
			struct err inner = { 0 };
			enum err_code code = status_list_check(c->a, main, list, purposes[k], &set,
				&inner);
			if (code == ERR_NOT_FOUND || (code == ERR_INVALID &&
				!str_is(json_get_str(list->subject, "statusPurpose"), purposes[k])))
				continue;
			if (code != ERR_OK) {
				if (e)
					*e = inner;
				return code;
			}
			*ret_lists += 1;
			c->found->withdrawn = c->found->withdrawn || set;
		}
	}
	return ERR_OK;
}

static enum bundle_step_state check_status(struct check *c, char detail[256])
{
	const struct bundle_read_part *main = &c->b->parts[0];
	const struct bundle_read_part *status = status_of(c, main->statement.id);
	uint32_t lists = 0;
	struct err e = { 0 };
	if (status && !str_eq(status->statement.issuer, main->statement.issuer) &&
		!str_eq(status->statement.issuer, did_of_node(main->statement.issuer))) {
		(void)snprintf(detail, 256, "a stranger's status statement is in the bundle");
		return STEP_FAILED;
	}
	c->found->withdrawn = is_off(status);
	if (check_lists(c, &lists, &e) != ERR_OK) {
		(void)snprintf(detail, 256, "%.200s", e.message);
		return STEP_FAILED;
	}
	if (c->found->withdrawn) {
		(void)snprintf(detail, 256, "withdrawn or suspended as of the checkpoint");
		return STEP_HELD;
	}
	if (lists == 0) {
		(void)snprintf(detail, 256, "the bundle has no status list that names it: ask its "
			"city");
		return STEP_UNKNOWN;
	}
	(void)snprintf(detail, 256, "not withdrawn or suspended in %u status lists, as of their "
		"entries",
		lists);
	return STEP_HELD;
}

static enum err_code check_validity(struct check *c, char detail[256], struct err *e)
{
	const struct bundle_read_part *main = &c->b->parts[0];
	char until[INSTANT_TEXT_BYTES] = "further notice";
	if (main->statement.valid_from > c->now + LIMIT_FUTURE_SKEW_S ||
		main->receipt.time > c->now + LIMIT_FUTURE_SKEW_S)
		return err_set(e, ERR_DENIED, "statement is from the future");
	if (main->statement.valid_until < c->now)
		return err_set(e, ERR_DENIED, "validity of the statement has ended");
	if (main->statement.valid_until != INT64_MAX)
		instant_format(main->statement.valid_until, until);
	(void)snprintf(detail, 256, "valid until %s", until);
	return ERR_OK;
}

/* ---- all together ------------------------------------------------------------------------ */

static bool step(struct check *c, const char *name,
	enum err_code (*run)(struct check *c, char detail[256], struct err *e))
{
	char detail[256] = "";
	struct err e = { 0 };
	if (run(c, detail, &e) != ERR_OK) {
		add_step(c, name, STEP_FAILED, e.message);
		return false;
	}
	add_step(c, name, STEP_HELD, detail);
	return true;
}

static bool check_all(struct check *c)
{
	char detail[256] = "";
	if (!step(c, "checkpoint", check_checkpoints) || !step(c, "witness", check_witnesses) ||
		!step(c, "inclusion", check_inclusion) || !step(c, "receipt", check_receipts) ||
		!step(c, "key", check_keys) || !step(c, "signature", check_signatures))
		return false;
	if (c->b->parts[0].statement.kind == KIND_REPORT &&
		!step(c, "accreditation", check_accreditation))
		return false;
	enum bundle_step_state state = check_status(c, detail);
	add_step(c, "status", state, detail);
	return state != STEP_FAILED && step(c, "validity", check_validity);
}

enum err_code bundle_verify(struct arena *a, struct str bytes, const struct policy *policy,
	int64_t now,
	struct bundle_found *ret, struct err *e)
{
	struct bundle_read *b = ARENA_NEW(a, struct bundle_read);
	struct check *c = ARENA_NEW(a, struct check);
	struct bundle_found *found = ARENA_NEW(a, struct bundle_found);
	char detail[64];
	if (!b || !c || !found)
		return err_set(e, ERR_TOO_LARGE, "no room for the bundle");
	TRY(bundle_read(a, bytes, b, e));
	*c = (struct check){ .a = a, .policy = policy, .now = now, .b = b, .found = found };
	found->statement = b->parts[0].statement;
	found->receipt = b->parts[0].receipt;
	found->index = b->parts[0].index;
	found->origin = STR("");
	found->as_of = found->receipt.time;
	(void)snprintf(detail, sizeof(detail), "%zu statements, %zu checkpoints", b->part_count,
		b->checkpoint_count);
	add_step(c, "format", STEP_HELD, detail);
	found->good = check_all(c);
	*ret = *found;
	return ERR_OK;
}
