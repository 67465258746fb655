/* bundle_check.c - is what a bundle says true? One step after the other, each resting on others:
 *
 *     receipt                          each receipt is of its statement, and not from the future
 *     checkpoint -> witness            the log signed them, the witnesses saw them
 *     checkpoint -> inclusion          the receipts stand in the log
 *     receipt, inclusion -> key        DID documents that were logged give the keys
 *     key -> signature                 every other statement is signed by who may make it
 *     signature -> accreditation, agreement, status
 *     validity                         of the main statement, now
 */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "credential/bundle_inner.h"
#include "credential/proof_inner.h"

enum step_id {
	STEP_RECEIPT, STEP_CHECKPOINT, STEP_WITNESS, STEP_INCLUSION, STEP_KEY, STEP_SIGNATURE,
	STEP_ACCREDITATION, STEP_AGREEMENT, STEP_STATUS, STEP_VALIDITY, STEP_ID_COUNT
};

/* ---- receipts, checkpoints, inclusion ------------------------------------------------------ */

static enum err_code check_receipt(const struct bundle_check *c, const struct bundle_statement *p,
	struct err *e)
{
	const struct statement *s = &p->statement;

	if (!digest_eq(&p->receipt.digest, &s->digest))
		return err_set(e, ERR_DENIED,
			"the SHA-256 of the statement is not the receipt's digest");
	if (!str_eq(p->receipt.id, s->id) || p->receipt.kind != s->kind ||
		!str_eq(p->receipt.issuer, s->issuer) ||
		p->receipt.disclosure != kind_row(s->kind)->disclosure)
		return err_set(e, ERR_DENIED, "the receipt is not of this statement");
	if (p->receipt.time > c->now + LIMIT_FUTURE_SKEW_S)
		return err_set(e, ERR_DENIED, "the receipt is from the future");
	return ERR_OK;
}

static enum err_code check_receipts(struct bundle_check *c, char *detail, struct err *e)
{
	for (uint32_t i = 0; i < c->file->part_count; i++) {
		if (check_receipt(c, &c->file->parts[i], e) != ERR_OK)
			return err_in(e, "part %u", i + 1);
	}
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
		"the SHA-256 of each of %u statements is the digest in its receipt",
		c->file->part_count);
	return ERR_OK;
}

/* How many lines are by keys of the policy for this log: each was verified. */
static uint32_t count_log_lines(
	const struct policy *policy, const struct note *n, struct str origin)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < policy->log_count; i++) {
		const struct note_key *k = &policy->logs[i].key;
		for (uint32_t line = 0; str_eq(k->name, origin) && line < n->line_count; line++)
			count += str_eq(n->lines[line].name, k->name) &&
				memcmp(n->lines[line].id, k->id, sizeof(k->id)) == 0;
	}
	return count;
}

static enum err_code check_checkpoints(struct bundle_check *c, char *detail, struct err *e)
{
	for (uint32_t i = 0; i < c->file->checkpoint_count; i++) {
		struct bundle_checkpoint *cp = &c->file->checkpoints[i];
		if (policy_open_checkpoint(
			    c->policy, c->a, cp->bytes, &cp->note, &cp->checkpoint, e) != ERR_OK)
			return err_in(e, "checkpoint %u", i + 1);
		c->found->signature_count +=
			count_log_lines(c->policy, &cp->note, cp->checkpoint.origin);
	}
	const struct checkpoint *main =
		&c->file->checkpoints[c->file->parts[0].checkpoint].checkpoint;
	c->found->origin = main->origin;
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES, "log \"%s\" signed its first %llu entries",
		str_quote(c->a, main->origin), (unsigned long long)main->size);
	return ERR_OK;
}

/* What was seen at a time was not received after it: a log that says so tells a wrong time. */
static enum err_code check_order(const struct bundle_check *c, struct err *e)
{
	for (uint32_t i = 0; i < c->file->part_count; i++) {
		const struct bundle_statement *p = &c->file->parts[i];
		int64_t seen = c->file->checkpoints[p->checkpoint].cosigned_at;
		if (seen != 0 && p->receipt.time > seen &&
			p->receipt.time - seen > LIMIT_FUTURE_SKEW_S)
			return err_set(e, ERR_DENIED,
				"part %u: its receipt is later than the witness saw it", i + 1);
	}
	return ERR_OK;
}

static enum err_code check_witnesses(struct bundle_check *c, char *detail, struct err *e)
{
	const struct bundle_checkpoint *main = &c->file->checkpoints[c->file->parts[0].checkpoint];

	for (uint32_t i = 0; i < c->file->checkpoint_count; i++) {
		struct bundle_checkpoint *cp = &c->file->checkpoints[i];
		uint64_t time = 0;
		if (policy_check(c->policy, &cp->note, &cp->quorum_met, &cp->witnesses, &time, e) !=
			ERR_OK)
			return err_in(e, "checkpoint %u", i + 1);
		cp->cosigned_at = (int64_t)time; /* past the year 9999 is refused */
		c->found->signature_count += cp->witnesses;
		if (!cp->quorum_met)
			return err_set(e, ERR_DENIED,
				"checkpoint %u has %u known witnesses, too few for the policy",
				i + 1, cp->witnesses);
	}
	TRY(check_order(c, e));
	c->found->witnesses = main->witnesses;
	if (main->cosigned_at != 0)
		c->found->as_of = main->cosigned_at;
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES, "%u known witness%s saw the log and cosigned%s",
		main->witnesses, main->witnesses == 1 ? "" : "es",
		c->policy->quorum_none ? "; the trust policy asks for none" : "");
	return ERR_OK;
}

static enum err_code check_inclusion(struct bundle_check *c, char *detail, struct err *e)
{
	struct merkle_proof proof;

	for (uint32_t i = 0; i < c->file->part_count; i++) {
		const struct bundle_statement *p = &c->file->parts[i];
		const struct checkpoint *cp = &c->file->checkpoints[p->checkpoint].checkpoint;
		struct digest leaf = digest_sha256_leaf(p->entry);
		proof.count = p->path_count;
		memcpy(proof.hashes, p->path, p->path_count * sizeof(*p->path));
		if (merkle_verify_inclusion(&proof, p->index, cp->size, &leaf, &cp->root, e) !=
			ERR_OK)
			return err_in(e, "part %u", i + 1);
	}
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
		"entry %llu of the log; %u receipts lead to its root",
		(unsigned long long)c->file->parts[0].index, c->file->part_count);
	return ERR_OK;
}

/* ---- signatures ---------------------------------------------------------------------------- */

/* The log of the issuer's city, or of a party's, vouches for the time; a foreign log may not. */
static enum err_code check_home(struct bundle_check *c, const struct bundle_statement *p,
	struct err *e)
{
	struct proof_parties parties;
	bool home = false;

	TRY(proof_parties_of(&p->statement, &parties, e));
	for (uint32_t i = 0; i < parties.count && !home; i++)
		TRY(bundle_is_home(c, p, parties.dids[i], &home, e));
	if (!home)
		return err_set(e, ERR_DENIED, "it does not stand in the log of who issued it");
	return ERR_OK;
}

static bool is_of_authority(enum kind kind)
{
	return kind == KIND_ACCREDITATION || kind == KIND_DECISION || kind == KIND_STATUS_LIST;
}

static enum err_code check_signature(struct bundle_check *c, const struct bundle_statement *p,
	struct err *e)
{
	struct key_finder finder = bundle_key_finder(c);
	const struct statement *s = &p->statement;

	if (is_of_authority(s->kind) && !str_eq(s->issuer, did_of_node(s->issuer)))
		return err_set(e, ERR_DENIED, "only an authority issues a statement of kind %s",
			kind_row(s->kind)->name);
	TRY(check_home(c, p, e));
	return bundle_verify_proofs(c, p, &finder, e);
}

static enum err_code check_signatures(struct bundle_check *c, char *detail, struct err *e)
{
	for (uint32_t i = 0; i < c->file->part_count; i++) {
		if (c->file->parts[i].statement.kind == KIND_DID_DOCUMENT)
			continue; /* verified with the keys */
		if (check_signature(c, &c->file->parts[i], e) != ERR_OK)
			return err_in(e, "part %u", i + 1);
	}
	(void)snprintf(detail, BUNDLE_DETAIL_BYTES,
		"every proof holds, by keys that counted when the statements were received");
	return ERR_OK;
}

/* ---- all together -------------------------------------------------------------------------- */

#define RESTS_ON(id) (1u << (id))

static const struct step_row {
	const char *name;
	enum err_code (*run)(struct bundle_check *c, char *detail, struct err *e);
	uint32_t rests_on;
	bool may_be_unknown;
} rows[STEP_ID_COUNT] = {
	[STEP_RECEIPT] = { "receipt", check_receipts, 0, false },
	[STEP_CHECKPOINT] = { "checkpoint", check_checkpoints, 0, false },
	[STEP_WITNESS] = { "witness", check_witnesses, RESTS_ON(STEP_CHECKPOINT), false },
	[STEP_INCLUSION] = { "inclusion", check_inclusion, RESTS_ON(STEP_CHECKPOINT), false },
	[STEP_KEY] = { "key", bundle_check_keys, RESTS_ON(STEP_RECEIPT) | RESTS_ON(STEP_INCLUSION),
		false },
	[STEP_SIGNATURE] = { "signature", check_signatures, RESTS_ON(STEP_KEY), false },
	[STEP_ACCREDITATION] = { "accreditation", bundle_check_accreditation,
		RESTS_ON(STEP_SIGNATURE), true },
	[STEP_AGREEMENT] = { "agreement", bundle_check_agreement, RESTS_ON(STEP_SIGNATURE), true },
	[STEP_STATUS] = { "status", bundle_check_status, RESTS_ON(STEP_SIGNATURE), true },
	[STEP_VALIDITY] = { "validity", bundle_check_validity, 0, false },
};

static struct bundle_step *add_step(struct bundle_found *found, const char *name,
	enum bundle_step_state state)
{
	struct bundle_step *s = &found->steps[found->step_count];

	CHECK(found->step_count < BUNDLE_STEPS_MAX);
	found->step_count++;
	s->step = name;
	s->state = state;
	return s;
}

/* Runs one step, or says which step it would rest on. */
static enum bundle_step_state run_step(struct bundle_check *c, enum step_id id,
	const enum bundle_step_state *states)
{
	const struct step_row *row = &rows[id];
	struct bundle_step *s = add_step(c->found, row->name, STEP_HELD);
	struct err e = { 0 };
	enum err_code code;

	for (unsigned on = 0; on < STEP_ID_COUNT; on++) {
		if ((row->rests_on & RESTS_ON(on)) != 0 && states[on] != STEP_HELD) {
			(void)snprintf(s->detail, sizeof(s->detail),
				"not checked, since step \"%s\" did not hold", rows[on].name);
			return s->state = STEP_UNKNOWN;
		}
	}
	code = row->run(c, s->detail, &e);
	if (code == ERR_OK)
		return STEP_HELD;
	memcpy(s->detail, e.message, sizeof(s->detail)); /* as long, so nothing is cut */
	return s->state = code == ERR_NOT_FOUND && row->may_be_unknown ? STEP_UNKNOWN : STEP_FAILED;
}

static bool is_asked(enum step_id id, const struct statement *s)
{
	return (id != STEP_ACCREDITATION || s->kind == KIND_REPORT) &&
		(id != STEP_AGREEMENT || s->kind == KIND_DECISION);
}

/* True when the verdict may be good with the step in this state. */
static bool is_enough(enum step_id id, enum bundle_step_state state, const struct bundle_check *c)
{
	if (state == STEP_HELD)
		return true;
	if (id == STEP_STATUS)
		return state == STEP_FAILED ? c->found->withdrawn :
			!json_get(c->file->parts[0].statement.doc, "credentialStatus");
	return id == STEP_AGREEMENT && state == STEP_UNKNOWN;
}

static bool run_steps(struct bundle_check *c)
{
	enum bundle_step_state states[STEP_ID_COUNT] = { STEP_HELD };
	bool good = true;

	for (unsigned id = 0; id < STEP_ID_COUNT; id++) {
		if (!is_asked((enum step_id)id, &c->file->parts[0].statement))
			continue;
		states[id] = run_step(c, (enum step_id)id, states);
		good = is_enough((enum step_id)id, states[id], c) && good;
	}
	return good;
}

enum err_code bundle_verify(struct arena *a, struct str bytes, const struct policy *policy,
	int64_t now, struct bundle_found *ret, struct err *e)
{
	struct bundle_file file;
	struct bundle_check *c = ARENA_NEW(a, struct bundle_check);
	struct bundle_step *format;

	if (!c)
		return err_set(e, ERR_TOO_LARGE, "bundle does not fit in memory");
	TRY(bundle_read(a, bytes, &file, e));
	*ret = (struct bundle_found){ .statement = file.parts[0].statement,
		.receipt = file.parts[0].receipt, .index = file.parts[0].index,
		.as_of = file.parts[0].receipt.time, .origin = STR("") };
	*c = (struct bundle_check){
		.a = a, .policy = policy, .now = now, .file = &file, .found = ret
	};
	format = add_step(ret, "format", STEP_HELD);
	(void)snprintf(format->detail, sizeof(format->detail),
		"bundle of %u statement%s and %u checkpoint%s", file.part_count,
		file.part_count == 1 ? "" : "s", file.checkpoint_count,
		file.checkpoint_count == 1 ? "" : "s");
	ret->good = run_steps(c);
	return ERR_OK;
}
