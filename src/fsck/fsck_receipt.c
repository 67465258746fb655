/* fsck_receipt.c - the small entry that stands for a statement, and the statement's body against
 * it. */
#include <string.h>

#include "base/encode.h"
#include "base/instant.h"
#include "base/scoped.h"
#include "fsck/fsck_claim.h"

/* Rows in the order of enum fsck_kind, as doc/formats/statements.md lists them. */
static const struct {
	const char *name;
	const char *type;
} kinds[FSCK_KIND_COUNT] = {
	[FSCK_DID_DOCUMENT] = { "did-document", "DidDocumentCredential" },
	[FSCK_ACCREDITATION] = { "accreditation", "AccreditationCredential" },
	[FSCK_AGREEMENT] = { "agreement", "RecognitionAgreementCredential" },
	[FSCK_REPORT] = { "report", "DigitalConformityCredential" },
	[FSCK_DECISION] = { "decision", "RecognitionDecisionCredential" },
	[FSCK_STATUS] = { "status", "StatusChangeCredential" },
	[FSCK_STATUS_LIST] = { "status-list", "BitstringStatusListCredential" },
	[FSCK_RECOMPUTATION] = { "recomputation", "RecomputationCredential" },
	[FSCK_LISTING] = { "listing", "ListingCredential" },
	[FSCK_ALLIANCE] = { "alliance", "AllianceCredential" },
};
static const char *const disclosures[] = { "open", "conditional", "closed" };

static void put_id(struct buf *b, const uint8_t id_key[16])
{
	char hex[33];

	hex_encode(id_key, 16, hex);
	buf_printf(b, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		hex + 20);
}

enum err_code fsck_receipt_put(struct buf *b, const struct fsck_receipt *r, struct err *e)
{
	const struct json issuer = { .type = JSON_STRING, .string = r->issuer };
	char time[INSTANT_TEXT_BYTES];

	CHECK(r->kind < FSCK_KIND_COUNT);
	CHECK(r->disclosure < 3);
	instant_format(r->time, time);
	buf_put_text(b, "{\"digest\":\"");
	base64url_put(b, r->digest.at, DIGEST_BYTES);
	buf_printf(b, "\",\"disclosure\":\"%s\",\"id\":\"", disclosures[r->disclosure]);
	put_id(b, r->id_key);
	buf_put_text(b, "\",\"issuer\":");
	TRY(json_put_jcs(b, &issuer, e));
	buf_printf(b, ",\"kind\":\"%s\",\"time\":\"%s\",\"v\":1}", kinds[r->kind].name, time);
	return buf_check(b, "receipt", e);
}

/* Index of a word in a column of names, or -1. */
static int word_of(struct str word, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (str_is(word, names[i]))
			return i;
	return -1;
}

static enum err_code parse_id(struct str id, uint8_t ret[16], struct err *e)
{
	char hex[32];
	size_t len = 0;

	if (id.len != 45 || !str_starts(id, "urn:uuid:"))
		return err_set(e, ERR_INVALID, "id is no urn:uuid");
	for (size_t i = 9; i < id.len; i++)
		if (id.at[i] != '-' && len < sizeof(hex))
			hex[len++] = id.at[i];
	return hex_decode((struct str){ .at = hex, .len = len }, ret, 16, e);
}

enum err_code fsck_receipt_parse(struct arena *a, struct str bytes, struct fsck_receipt *ret,
	struct err *e)
{
	const char *names[FSCK_KIND_COUNT];
	struct fsck_receipt r = { 0 };
	SCOPED_BUF again = { 0 };
	struct json *doc;
	struct str digest;
	int kind, disclosure;

	for (int i = 0; i < FSCK_KIND_COUNT; i++)
		names[i] = kinds[i].name;
	TRY(json_parse(a, bytes, &doc, e));
	kind = word_of(json_get_str(doc, "kind"), names, FSCK_KIND_COUNT);
	disclosure = word_of(json_get_str(doc, "disclosure"), disclosures, 3);
	if (kind < 0 || disclosure < 0)
		return err_set(e, ERR_INVALID, "kind or disclosure is not known");
	r.kind = (enum fsck_kind)kind;
	r.disclosure = (uint8_t)disclosure;
	TRY(parse_id(json_get_str(doc, "id"), r.id_key, e));
	r.issuer = json_get_str(doc, "issuer");
	TRY(instant_parse(json_get_str(doc, "time"), &r.time, e));
	TRY(base64url_decode(a, json_get_str(doc, "digest"), &digest, e));
	if (digest.len != DIGEST_BYTES || !r.issuer.at)
		return err_set(e, ERR_INVALID, "digest or issuer is missing");
	memcpy(r.digest.at, digest.at, DIGEST_BYTES);
	buf_init(&again, LIMIT_RECEIPT_BYTES);
	TRY(fsck_receipt_put(&again, &r, e));
	if (!str_eq(buf_str(&again), bytes))
		return err_set(e, ERR_INVALID, "receipt is not in its canonical form");
	*ret = r;
	return ERR_OK;
}

enum err_code fsck_claim_parse(struct arena *a, struct str bytes, const struct fsck_receipt *r,
	struct fsck_claim *ret, struct err *e)
{
	struct digest digest = digest_sha256(bytes);
	struct fsck_claim c = { 0 };
	struct str canonical;
	struct json *doc;
	uint8_t id_key[16];

	if (!digest_eq(&digest, &r->digest))
		return err_set(e, ERR_CORRUPT, "body does not have the digest of its receipt");
	TRY(json_parse(a, bytes, &doc, e));
	TRY(json_jcs(a, doc, &canonical, e));
	if (!str_eq(canonical, bytes))
		return err_set(e, ERR_CORRUPT, "body is not in its canonical form");
	TRY(parse_id(json_get_str(doc, "id"), id_key, e));
	if (memcmp(id_key, r->id_key, sizeof(id_key)) != 0)
		return err_set(e, ERR_CORRUPT, "body has another id than its receipt");
	c.doc = doc;
	c.subject = json_get(doc, "credentialSubject");
	c.issuer = json_get_str(json_get(doc, "issuer"), "id");
	if (!c.issuer.at || !str_eq(c.issuer, r->issuer))
		return err_set(e, ERR_CORRUPT, "body has another issuer than its receipt");
	if (!json_has_type(json_get(doc, "type"), kinds[r->kind].type) || !c.subject)
		return err_set(e, ERR_CORRUPT, "body is no %s", kinds[r->kind].type);
	*ret = c;
	return ERR_OK;
}
