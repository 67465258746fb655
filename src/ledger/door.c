/* door.c - what both doors ask of a statement: signatures by keys that counted, the right of the
 * issuer to this kind, accreditation on the test day, and nothing from the future.
 *
 * Own statements are judged as of now, admitted ones as of their receipt's time, by the same rules:
 * the authority is did:web:<domain of the log>, and it speaks for did:web:<domain>:org:*.
 */
#include <string.h>

#include "alliance/record.h"
#include "base/encode.h"
#include "base/instant.h"
#include "credential/scope.h"
#include "ledger/ledger_inner.h"
#include "matching/listing.h"
#include "recognition/agreement.h"
#include "recognition/recomputation.h"
#include "recognition/report.h"

struct question {
	struct ledger *l;
	struct arena *a;
	const struct door *d;
	const struct statement *s;
	struct did_document own_document;  /* version 1 of the authority: it signs itself */
	bool has_own_document;
	int64_t good_until;                /* the first key of those asked for runs out */
};

/* ---- keys ------------------------------------------------------------------------------------ */

static enum err_code find_key(void *context, struct str method, int64_t at, struct key_public *ret,
	struct err *e)
{
	struct question *q = context;
	const struct did_key *key;
	int64_t until = INT64_MAX;

	if (!q->has_own_document || !str_eq(did_of_method(method), q->own_document.did)) {
		TRY(directory_find_key(q->l->directory, method, at, ret, &until, e));
	} else {
		TRY(did_key_at(&q->own_document, 1, method, at, &key, e));
		*ret = key->pub;
		until = key->valid_until;
	}
	if (until < q->good_until)
		q->good_until = until;
	return ERR_OK;
}

enum err_code ledger_find_key(struct ledger *l, struct str method, int64_t at,
	struct key_public *ret, struct err *e)
{
	int64_t until;

	return directory_find_key(l->directory, method, at, ret, &until, e);
}

static enum err_code find_in_directory(void *context, struct str method, int64_t at,
	struct key_public *ret, struct err *e)
{
	return ledger_find_key(context, method, at, ret, e);
}

struct key_finder ledger_key_finder(struct ledger *l)
{
	return (struct key_finder){ .find = find_in_directory, .context = l };
}

/* ---- rights ---------------------------------------------------------------------------------- */

static struct str subject_id(const struct statement *s)
{
	return json_get_str(s->subject, "id");
}

/* The authority itself, or one of its organisations. */
static bool is_organisation_of(struct str did, struct str authority)
{
	return did.len > authority.len + 5 &&
		memcmp(did.at, authority.at, authority.len) == 0 &&
		memcmp(did.at + authority.len, ":org:", 5) == 0;
}

static enum err_code only_authority(const struct question *q, struct err *e)
{
	if (str_eq(q->s->issuer, q->d->authority))
		return ERR_OK;
	return err_set(e, ERR_DENIED, "issuer \"" STR_FMT
		"\" may not issue statements of kind \"%s\":"
		" only \"" STR_FMT "\" may", STR_ARG(q->s->issuer), kind_row(q->s->kind)->name,
		STR_ARG(q->d->authority));
}

static enum err_code may_did_document(struct question *q, struct err *e)
{
	struct str did = subject_id(q->s);
	struct did_document doc;
	uint64_t known;

	TRY(only_authority(q, e));
	if (!str_eq(did, q->d->authority) && !is_organisation_of(did, q->d->authority))
		return err_set(e, ERR_DENIED, "DID \"" STR_FMT "\" is not of this log",
			STR_ARG(did));
	TRY(did_document_parse(q->a, q->s->subject, q->d->at, &doc, e));
	known = directory_document_version(q->l->directory, did);
	if (doc.version == known + 1)
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "DID document of \"" STR_FMT
		"\" has version %llu, but %llu "
		"comes next", STR_ARG(did), (unsigned long long)doc.version,
		(unsigned long long)known + 1);
}

static enum err_code may_accreditation(struct question *q, struct err *e)
{
	struct scope scope;

	TRY(only_authority(q, e));
	TRY(scope_parse(q->a, q->s, &scope, e));
	if (is_organisation_of(scope.lab, q->d->authority))
		return ERR_OK;
	return err_set(e, ERR_DENIED, "laboratory \"" STR_FMT "\" is not of this log",
		STR_ARG(scope.lab));
}

static enum err_code may_agreement(struct question *q, struct err *e)
{
	struct agreement agreement;

	TRY(agreement_parse(q->a, q->s, &agreement, e));
	if (agreement_party(&agreement, q->d->authority) < AGREEMENT_PARTIES)
		return ERR_OK;
	return err_set(e, ERR_DENIED, "\"" STR_FMT "\" is not a party of the agreement",
		STR_ARG(q->d->authority));
}

static enum err_code may_report(struct question *q, struct err *e)
{
	const struct statement *s = q->s;
	struct report report;

	if (!is_organisation_of(s->issuer, q->d->authority))
		return err_set(e, ERR_DENIED, "laboratory \"" STR_FMT "\" is not of this log",
			STR_ARG(s->issuer));
	TRY(report_parse(q->a, s->subject, &report, e));
	if (!str_eq(report.lab, s->issuer)) {
		(void)err_set(e, ERR_INVALID, "report names laboratory \"" STR_FMT "\", but \""
			STR_FMT "\" issued it", STR_ARG(report.lab), STR_ARG(s->issuer));
		return err_word(e, "lab-other");
	}
	for (uint32_t i = 0; i < report.item_count; i++) {
		const struct report_item *item = &report.items[i];
		struct directory_question asked = { .lab = s->issuer,
			.authority = q->d->authority, .scheme = item->scheme,
			.edition = item->edition, .item = item->item, .day = item->tested_on };
		if (item->tested_on > china_day(q->d->at)) {
			(void)err_set(e, ERR_INVALID, "report from the future: item \"" STR_FMT
				"\" was tested after today", STR_ARG(item->item));
			return err_word(e, "tested-later");
		}
		TRY(directory_may_test(q->l->directory, &asked, e));
	}
	return ERR_OK;
}

static enum err_code may_as_authority(struct question *q, struct err *e)
{
	return only_authority(q, e);
}

/* The report may be of any log: who recomputes has its body and binds its digest. */
static enum err_code may_recomputation(struct question *q, struct err *e)
{
	struct recomputation r;

	TRY(only_authority(q, e));
	return recomputation_parse(q->s->subject, &r, e);
}

/* The node speaks for the organisation it names: it knows its accounts. Whether the kind's own file
 * allows the fields was judged before it was signed; another city may have newer files. */
static enum err_code may_listing(struct question *q, struct err *e)
{
	struct listing listing;

	TRY(only_authority(q, e));
	return listing_parse(q->s->subject, &listing, e);
}

/* As a listing: the node speaks for its own members and gives its own tally. Whether the charter it
 * names is known here is no matter of the door. */
static enum err_code may_alliance(struct question *q, struct err *e)
{
	struct alliance_record record;

	TRY(only_authority(q, e));
	return alliance_record_parse(q->a, q->s->subject, &record, e);
}

/* Receipt of the statement whose status is changed, in the same log. */
static enum err_code find_target(struct question *q, const uint8_t id_key[16], struct receipt *ret,
	struct err *e)
{
	bool own = q->d->mirror == 0, row = false;
	struct store *store;

	TRY(ledger_reader(q->l, &store, e));
	SCOPED_SQL found = sql_use(store, own ? SQL_STATEMENT_BY_ID : SQL_MIRROR_STATEMENT_BY_ID);
	sql_bind_blob(found, 1, id_key, 16);
	if (!own) {
		sql_bind_i64(found, 2, row_place(q->d->mirror, 0));
		sql_bind_i64(found, 3, row_place(q->d->mirror + 1, 0));
	}
	TRY(sql_step(found, &row, e));
	if (!row)
		return err_set(e, ERR_NOT_FOUND, "statement \"" STR_FMT "\" is not in this log",
			STR_ARG(subject_id(q->s)));
	return row_receipt(found, q->a, ret, e);
}

static bool is_status_word(struct str word)
{
	return str_is(word, "withdrawn") || str_is(word, "suspended") || str_is(word, "reinstated");
}

static enum err_code may_status(struct question *q, struct err *e)
{
	struct str word = json_get_str(q->s->subject, "status");
	struct str digest = json_get_str(q->s->subject, "digest");
	struct receipt target;
	uint8_t id_key[16];

	if (!is_status_word(word))
		return err_set(e, ERR_INVALID, "unknown status \"" STR_FMT "\"", STR_ARG(word));
	TRY(statement_id_parse(subject_id(q->s), id_key, e));
	TRY(find_target(q, id_key, &target, e));
	if (!str_eq(digest, base64url_new(q->a, target.digest.at, DIGEST_BYTES)))
		return err_set(e, ERR_CONFLICT, "status names another digest of \"" STR_FMT "\"",
			STR_ARG(subject_id(q->s)));
	if (target.kind == KIND_STATUS || target.kind == KIND_STATUS_LIST ||
		target.kind == KIND_DID_DOCUMENT)
		return err_set(e, ERR_INVALID, "a statement of kind \"%s\" has no status",
			kind_row(target.kind)->name);
	if (str_eq(q->s->issuer, target.issuer) || str_eq(q->s->issuer, q->d->authority))
		return ERR_OK;
	return err_set(e, ERR_DENIED, "issuer \"" STR_FMT
		"\" may not change the status of a statement"
		" of \"" STR_FMT "\"", STR_ARG(q->s->issuer), STR_ARG(target.issuer));
}

/* One row a kind: who may issue it, and what its subject must hold. */
static const struct right {
	enum kind kind;
	enum err_code (*check)(struct question *q, struct err *e);
	bool may_begin_later;      /* validFrom may be in the future */
} rights[KIND_COUNT] = {
	{ KIND_DID_DOCUMENT, may_did_document, false },
	{ KIND_ACCREDITATION, may_accreditation, true },
	{ KIND_AGREEMENT, may_agreement, true },
	{ KIND_REPORT, may_report, false },
	{ KIND_DECISION, may_as_authority, false },
	{ KIND_STATUS, may_status, false },
	{ KIND_STATUS_LIST, may_as_authority, false },
	{ KIND_RECOMPUTATION, may_recomputation, false },
	{ KIND_LISTING, may_listing, false },
	{ KIND_ALLIANCE, may_alliance, false },
};

/* ---- the door -------------------------------------------------------------------------------- */

static enum err_code check_time(const struct question *q, struct err *e)
{
	const struct statement *s = q->s;
	const char *name = kind_row(s->kind)->name;
	char text[INSTANT_TEXT_BYTES];

	instant_format(s->valid_from, text);
	if (s->valid_until < s->valid_from)
		return err_set(e, ERR_INVALID, "validUntil is before validFrom %s", text);
	if (!rights[s->kind].may_begin_later && s->valid_from > q->d->at + LIMIT_FUTURE_SKEW_S)
		return err_set(e, ERR_INVALID, "%s from the future: validFrom is %s", name, text);
	if (rights[s->kind].may_begin_later || s->valid_until >= q->d->at)
		return ERR_OK;
	instant_format(s->valid_until, text);
	return err_set(e, ERR_INVALID, "%s has expired: validUntil is %s", name, text);
}

/* The first DID document of the authority carries the key that signs it; it must be the log's first
 * entry, so that nobody slips in another. */
static enum err_code prepare_own_document(struct question *q, struct err *e)
{
	bool first = q->s->kind == KIND_DID_DOCUMENT &&
		str_eq(subject_id(q->s), q->d->authority) &&
		directory_document_version(q->l->directory, q->d->authority) == 0;

	q->has_own_document = first;
	if (!first)
		return ERR_OK;
	if (q->d->mirror != 0 && q->d->index != 0)
		return err_set(e, ERR_CONFLICT, "first DID document of \"" STR_FMT
			"\" stands at index "
			"%llu, not 0", STR_ARG(q->d->authority), (unsigned long long)q->d->index);
	return did_document_parse(q->a, q->s->subject, 0, &q->own_document, e);
}

enum err_code door_check(struct ledger *l, struct arena *a, const struct door *d,
	const struct statement *s, struct str jws, int64_t *ret_good_until, struct err *e)
{
	struct question q = { .l = l, .a = a, .d = d, .s = s, .good_until = s->valid_until };
	struct key_finder finder = { .find = find_key, .context = &q };
	struct proof_result proofs[LIMIT_PROOFS];
	uint32_t count = 0;

	CHECK(rights[s->kind].kind == s->kind);
	TRY(check_time(&q, e));
	TRY(prepare_own_document(&q, e));
	TRY(proof_verify_all(a, s, d->at, &finder, proofs, &count, e));
	if (jws.len > 0)
		TRY(vc_jwt_verify(a, jws, s, d->at, &finder, e));
	TRY(rights[s->kind].check(&q, e));
	*ret_good_until = q.good_until;
	return ERR_OK;
}

bool door_changes_directory(struct ledger *l, const struct statement *s)
{
	uint8_t id_key[16];

	if (s->kind == KIND_STATUS)
		return statement_id_parse(subject_id(s), id_key, NULL) == ERR_OK &&
			directory_has_scope(l->directory, id_key);
	return s->kind == KIND_DID_DOCUMENT || s->kind == KIND_ACCREDITATION;
}

enum err_code door_learn(struct ledger *l, struct arena *a, const struct statement *s,
	int64_t time, struct err *e)
{
	struct did_document doc;
	struct scope scope;
	uint8_t id_key[16];

	switch (s->kind) {
	case KIND_DID_DOCUMENT:
		TRY(did_document_parse(a, s->subject, time, &doc, e));
		return directory_add_document(l->directory, &doc, e);
	case KIND_ACCREDITATION:
		TRY(scope_parse(a, s, &scope, e));
		return directory_add_scope(l->directory, s->id_key, &scope, e);
	case KIND_STATUS:
		TRY(statement_id_parse(subject_id(s), id_key, e));
		return directory_add_status(l->directory, id_key,
			str_is(json_get_str(s->subject, "status"), "reinstated"), time, e);
	case KIND_AGREEMENT:
	case KIND_REPORT:
	case KIND_DECISION:
	case KIND_STATUS_LIST:
	case KIND_RECOMPUTATION:
	case KIND_LISTING:
	case KIND_ALLIANCE:
	case KIND_COUNT:
		break;
	}
	return ERR_OK;
}
