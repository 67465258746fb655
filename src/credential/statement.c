/* statement.c - kinds, the envelope of a statement, and its digests. */
#include "credential/statement.h"

#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/limits.h"
#include "credential/did.h"

#define URN_UUID "urn:uuid:"
#define UUID_TEXT_BYTES 36
#define TYPE_ALL "VerifiableCredential"
#define PROOF_NAME_BYTES (sizeof(",\"proof\":") - 1)

static const struct kind_row kinds[KIND_COUNT] = {
	{ KIND_DID_DOCUMENT, "did-document", "DidDocumentCredential", DISCLOSURE_OPEN, false },
	{ KIND_ACCREDITATION, "accreditation", "AccreditationCredential", DISCLOSURE_OPEN, false },
	{ KIND_AGREEMENT, "agreement", "RecognitionAgreementCredential", DISCLOSURE_OPEN, true },
	{ KIND_REPORT, "report", "DigitalConformityCredential", DISCLOSURE_CONDITIONAL, false },
	{ KIND_DECISION, "decision", "RecognitionDecisionCredential", DISCLOSURE_CONDITIONAL,
		false },
	{ KIND_STATUS, "status", "StatusChangeCredential", DISCLOSURE_OPEN, false },
	{ KIND_STATUS_LIST, "status-list", "BitstringStatusListCredential", DISCLOSURE_OPEN,
		false },
	{ KIND_RECOMPUTATION, "recomputation", "RecomputationCredential", DISCLOSURE_OPEN, false },
	{ KIND_LISTING, "listing", "ListingCredential", DISCLOSURE_OPEN, false },
	{ KIND_ALLIANCE, "alliance", "AllianceCredential", DISCLOSURE_OPEN, false },
};

static const char *const disclosures[DISCLOSURE_COUNT] = { "open", "conditional", "closed" };

/* Members of VC 2.0. Others are refused: a misspelt "validUntil" must not pass unseen. */
static const char *const members[] = { "@context", "credentialSchema", "credentialStatus",
	"credentialSubject", "description", "evidence", "id", "issuer", "name", "proof",
	"refreshService", "relatedResource", "renderMethod", "termsOfUse", "type", "validFrom",
	"validUntil" };
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

const struct kind_row *kind_row(enum kind kind)
{
	CHECK((unsigned)kind < KIND_COUNT);
	CHECK(kinds[kind].kind == kind);
	return &kinds[kind];
}

enum err_code kind_from_name(struct str name, enum kind *ret, struct err *e)
{
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		if (str_is(name, kinds[i].name)) {
			*ret = kinds[i].kind;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_UNSUPPORTED, "kind of statement is not known");
}

const char *disclosure_name(enum disclosure d)
{
	CHECK((unsigned)d < DISCLOSURE_COUNT);
	return disclosures[d];
}

/* ---- identifiers --------------------------------------------------------------------------- */

static bool is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

struct str statement_id_text(struct arena *a, const uint8_t id_key[16])
{
	char hex[2 * 16 + 1], *text = arena_alloc(a, strlen(URN_UUID) + UUID_TEXT_BYTES + 1);
	size_t from = 0;

	if (!text)
		return (struct str){ NULL, 0 };
	memcpy(text, URN_UUID, strlen(URN_UUID));
	hex_encode(id_key, 16, hex);
	for (size_t i = 0; i < UUID_TEXT_BYTES; i++)
		text[strlen(URN_UUID) + i] = is_hyphen_place(i) ? '-' : hex[from++];
	return (struct str){ text, strlen(URN_UUID) + UUID_TEXT_BYTES };
}

enum err_code statement_id_parse(struct str id, uint8_t ret[16], struct err *e)
{
	struct str text = str_skip(id, strlen(URN_UUID));
	char hex[2 * 16];
	size_t to = 0;

	if (!str_starts(id, URN_UUID) || text.len != UUID_TEXT_BYTES)
		return err_set(e, ERR_INVALID, "id is not a urn:uuid");
	for (size_t i = 0; i < UUID_TEXT_BYTES; i++) {
		char c = text.at[i];
		bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
		if (is_hyphen_place(i) ? c != '-' : !digit)
			return err_set(e, ERR_INVALID, "id is not a urn:uuid in lower case");
		if (!is_hyphen_place(i))
			hex[to++] = c;
	}
	return hex_decode((struct str){ hex, sizeof(hex) }, ret, 16, e);
}

void statement_uuid_shape(uint8_t uuid[16])
{
	uuid[6] = (uint8_t)(0x40 | (uuid[6] & 0x0f)); /* version 4: random */
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f)); /* variant of RFC 9562 */
}

/* ---- checking the envelope ----------------------------------------------------------------- */

static enum err_code check_members(struct arena *a, const struct json *doc, struct err *e)
{
	uint32_t i = 0;

	if (!json_is(doc, JSON_OBJECT))
		return err_set(e, ERR_INVALID, "statement is not a JSON object");
	/* Both lists are sorted. */
	for (size_t k = 0; i < doc->count && k < MEMBER_COUNT; k++)
		i += str_is(doc->members[i].name, members[k]);
	if (i < doc->count)
		return err_set(e, ERR_INVALID, "member \"%s\" does not belong into a statement",
			str_quote(a, doc->members[i].name));
	return ERR_OK;
}

static enum err_code check_contexts(const struct json *doc, enum kind kind, struct err *e)
{
	const char *want[3] = { STATEMENT_CONTEXT_VC };
	size_t count = 1;
	const struct json *list;

	if (kind == KIND_REPORT)
		want[count++] = STATEMENT_CONTEXT_DCC;
	want[count++] = STATEMENT_CONTEXT_HUREN;
	TRY(json_need(doc, "@context", JSON_ARRAY, &list, e));
	for (size_t i = 0; i < count; i++) {
		if (!str_is(json_str(json_at(list, i)), want[i]))
			return err_set(e, ERR_INVALID,
				"\"@context\" does not have \"%s\" in place %zu", want[i], i + 1);
	}
	if (json_count(list) != count)
		return err_set(e, ERR_INVALID,
			"\"@context\" has more than the %zu contexts of its kind", count);
	return ERR_OK;
}

static enum err_code read_kind(const struct json *doc, enum kind *ret, struct err *e)
{
	const struct json *types;

	TRY(json_need(doc, "type", JSON_ARRAY, &types, e));
	if (json_count(types) != 2 || !json_has_type(types, TYPE_ALL))
		return err_set(e, ERR_INVALID, "\"type\" is not " TYPE_ALL " and one other");
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		if (json_has_type(types, kinds[i].type)) {
			*ret = kinds[i].kind;
			return ERR_OK;
		}
	}
	return err_set(e, ERR_UNSUPPORTED, "\"type\" names no kind of statement known here");
}

static enum err_code read_issuer(const struct json *doc, struct str *ret, struct err *e)
{
	const struct json *issuer;
	struct str did, name;

	TRY(json_need(doc, "issuer", JSON_OBJECT, &issuer, e));
	if (json_need_str(issuer, "id", &did, e) != ERR_OK || did_check(did, e) != ERR_OK ||
		json_need_str(issuer, "name", &name, e) != ERR_OK)
		return err_in(e, "\"issuer\"");
	*ret = did;
	return ERR_OK;
}

static enum err_code read_instant(const struct json *doc, const char *name, int64_t *ret,
	struct err *e)
{
	struct str text;

	TRY(json_need_str(doc, name, &text, e));
	if (instant_parse(text, ret, e) != ERR_OK)
		return err_in(e, "\"%s\"", name);
	return ERR_OK;
}

static enum err_code read_validity(const struct json *doc, struct statement *s, struct err *e)
{
	TRY(read_instant(doc, "validFrom", &s->valid_from, e));
	s->valid_until = INT64_MAX;
	if (!json_get(doc, "validUntil"))
		return ERR_OK;
	TRY(read_instant(doc, "validUntil", &s->valid_until, e));
	if (s->valid_until < s->valid_from)
		return err_set(e, ERR_INVALID, "\"validUntil\" is before \"validFrom\"");
	return ERR_OK;
}

/* One object, or a list of them up to `max`. */
static enum err_code check_objects(const struct json *doc, const char *name, size_t max,
	struct err *e)
{
	const struct json *v = json_get(doc, name);

	if (json_is(v, JSON_OBJECT))
		return ERR_OK;
	if (!json_is(v, JSON_ARRAY) || json_count(v) == 0)
		return err_set(e, ERR_INVALID,
			"member \"%s\" is neither an object nor a list of them", name);
	if (json_count(v) > max)
		return err_set(e, ERR_TOO_LARGE,
			"member \"%s\" has more than %zu parts", name, max);
	for (size_t i = 0; i < json_count(v); i++) {
		if (!json_is(json_at(v, i), JSON_OBJECT))
			return err_set(e, ERR_INVALID, "part %zu of \"%s\" is not an object", i + 1,
				name);
	}
	return ERR_OK;
}

static enum err_code read_envelope(struct arena *a, struct statement *s, struct err *e)
{
	const struct json *doc = s->doc;

	TRY(check_members(a, doc, e));
	TRY(read_kind(doc, &s->kind, e));
	TRY(check_contexts(doc, s->kind, e));
	TRY(json_need_str(doc, "id", &s->id, e));
	TRY(statement_id_parse(s->id, s->id_key, e));
	TRY(read_issuer(doc, &s->issuer, e));
	TRY(read_validity(doc, s, e));
	TRY(json_need(doc, "credentialSubject", JSON_OBJECT, &s->subject, e));
	if (json_count(s->subject) == 0)
		return err_set(e, ERR_INVALID, "\"credentialSubject\" is empty");
	if (json_get(doc, "credentialStatus"))
		TRY(check_objects(doc, "credentialStatus", STATEMENT_STATUS_MAX, e));
	return check_objects(doc, "proof", LIMIT_PROOFS, e);
}

/* "proof" always has members before it ("@context") and after it ("type"), so cutting it out takes
 * the comma in front along. */
static void cut_proof(struct statement *s)
{
	const struct json *proof = json_get(s->doc, "proof");
	size_t start = s->doc->offset; /* of the canonical bytes in the source */
	size_t from = proof->offset - PROOF_NAME_BYTES - start;

	CHECK(memcmp(s->canonical.at + from, ",\"proof\":", PROOF_NAME_BYTES) == 0);
	s->unsigned_head = (struct str){ s->canonical.at, from };
	s->unsigned_tail = str_skip(s->canonical, proof->end - start);
	digest_sha256_fork(s->unsigned_head, str_skip(s->canonical, from), s->unsigned_tail,
		&s->digest, &s->unsigned_digest);
}

enum err_code statement_from_json(struct arena *a, struct str text, const struct json *v,
	struct statement *ret, struct err *e)
{
	struct statement s = { .doc = v, .source = text };

	s.canonical = json_bytes(text, v);
	if (s.canonical.len > LIMIT_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "statement of %zu bytes is over %d",
			s.canonical.len, LIMIT_STATEMENT_BYTES);
	if (!v->canonical) {
		struct json *again;
		TRY(json_jcs(a, v, &s.canonical, e));
		TRY(json_parse(a, s.canonical, &again, e));
		s.doc = again;
		s.source = s.canonical;
	}
	if (s.canonical.len > LIMIT_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "statement of %zu canonical bytes is over %d",
			s.canonical.len, LIMIT_STATEMENT_BYTES);
	TRY(read_envelope(a, &s, e));
	cut_proof(&s);
	*ret = s;
	return ERR_OK;
}

enum err_code statement_parse(struct arena *a, struct str text, struct statement *ret,
	struct err *e)
{
	struct json *v;

	if (text.len > LIMIT_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "statement of %zu bytes is over %d", text.len,
			LIMIT_STATEMENT_BYTES);
	TRY(json_parse(a, text, &v, e));
	return statement_from_json(a, text, v, ret, e);
}

struct json *statement_new(struct arena *a, enum kind kind, const uint8_t uuid[16],
	struct str issuer_did, struct str issuer_name, int64_t valid_from, struct json *subject)
{
	const struct kind_row *row = kind_row(kind);
	struct json *doc = json_new_object(a), *contexts = json_new_array(a);
	struct json *types = json_new_array(a), *issuer = json_new_object(a);
	char when[INSTANT_TEXT_BYTES];

	instant_format(valid_from, when);
	contexts = json_push(a, contexts, json_new_text(a, STATEMENT_CONTEXT_VC));
	if (kind == KIND_REPORT)
		contexts = json_push(a, contexts, json_new_text(a, STATEMENT_CONTEXT_DCC));
	contexts = json_push(a, contexts, json_new_text(a, STATEMENT_CONTEXT_HUREN));
	types = json_push(a, types, json_new_text(a, TYPE_ALL));
	types = json_push(a, types, json_new_text(a, row->type));
	issuer = json_set_str(a, issuer, "id", issuer_did);
	issuer = json_set_str(a, issuer, "name", issuer_name);
	doc = json_set(a, doc, "@context", contexts);
	doc = json_set_str(a, doc, "id", statement_id_text(a, uuid));
	doc = json_set(a, doc, "type", types);
	doc = json_set(a, doc, "issuer", issuer);
	doc = json_set_str(a, doc, "validFrom", str_copy(a, str_of(when)));
	return json_set(a, doc, "credentialSubject", subject);
}
