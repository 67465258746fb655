/* disclosure.c - who may read a body: people of the organisations it concerns, and peers. Each yes
 * to a peer leaves a row in the access trail. */
#include "base/encode.h"
#include "base/instant.h"
#include "recognition/agreement.h"
#include "service/account.h"
#include "service/agreement_service.h"
#include "service/evidence.h"
#include "service/listing_file.h"
#include "service/service_inner.h"
#include "store/blobs.h"

/* ---- people ---------------------------------------------------------------------------------- */

bool disclosure_is_own(struct service *s, struct store *store, const struct account_who *by,
	struct str did)
{
	bool row = false;

	if (by->organisation_code.len == 0) /* the authority itself has none */
		return str_is(by->organisation_kind, "authority") && str_eq(did, s->config->did);
	SCOPED_SQL q = sql_use(store, SQL_ORGANISATION_HAS_CODE);
	sql_bind_str(q, 1, did);
	sql_bind_str(q, 2, by->organisation_code);
	return sql_step(q, &row, NULL) == ERR_OK && row;
}

bool service_reads_own(struct service *s, struct arena *a, const struct account_who *by,
	const uint8_t id_key[16])
{
	struct ledger_found found;
	struct store *store;
	bool row;

	if (by->stage != STAGE_FULL || !(by->may >> CAPABILITY_READ_OWN & 1) ||
		ledger_find(s->ledger, a, id_key, &found, NULL) != ERR_OK ||
		ledger_reader(s->ledger, &store, NULL) != ERR_OK)
		return false;
	if (disclosure_is_own(s, store, by, found.receipt.issuer))
		return true;
	SCOPED_SQL q = sql_use(store, SQL_STATEMENT_HOLDER);
	sql_bind_blob(q, 1, id_key, 16);
	return sql_step(q, &row, NULL) == ERR_OK && row &&
		disclosure_is_own(s, store, by, sql_str(q, 0));
}

/* ---- peers ----------------------------------------------------------------------------------- */

struct trail_row {
	struct str reader, because;
	const uint8_t *id_key;
};

static enum err_code add_trail(void *context, struct store *store, struct err *e)
{
	const struct trail_row *row = context;
	SCOPED_SQL q = sql_use(store, SQL_DISCLOSURE_ADD);
	sql_bind_i64(q, 1, instant_now());
	sql_bind_str(q, 2, row->reader);
	sql_bind_blob(q, 3, row->id_key, 16);
	sql_bind_str(q, 4, row->because);
	return sql_run(q, e);
}

/* An agreement in force that names the kind for this reader. */
static enum err_code check_agreement(struct service *s, struct arena *a, struct str peer_did,
	enum kind kind, struct str *ret_agreement, struct err *e)
{
	struct ledger_found found;
	struct statement statement;
	struct agreement agreement;
	int64_t now = instant_now();
	if (agreement_find_in_force(s, a, s->config->did, peer_did, now, &found, e) != ERR_OK) {
		if (e)
			e->code = ERR_DENIED;
		return ERR_DENIED;
	}
	TRY(statement_parse(a, found.body, &statement, e));
	TRY(agreement_parse(a, &statement, &agreement, e));
	if (!agreement_discloses(&agreement, kind, peer_did, now))
		return err_set(e, ERR_DENIED,
			"the agreement does not disclose a %s to \"" STR_FMT "\"",
			kind_row(kind)->name, STR_ARG(peer_did));
	*ret_agreement = found.receipt.id;
	return ERR_OK;
}

enum err_code service_disclose(struct service *s, struct arena *a, struct str peer_did,
	const uint8_t id_key[16], struct ledger_found *ret, struct err *e)
{
	struct ledger_found found;
	struct str because = STR("open");
	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	if (!found.own || found.body.len == 0)
		return err_set(e, ERR_NOT_FOUND, "the body of \"" STR_FMT "\" is not held here",
			STR_ARG(found.receipt.id));
	if (found.receipt.disclosure == DISCLOSURE_CLOSED)
		return err_set(e, ERR_DENIED, "statement \"" STR_FMT "\" is closed",
			STR_ARG(found.receipt.id));
	if (found.receipt.disclosure == DISCLOSURE_CONDITIONAL) {
		TRY(check_agreement(s, a, peer_did, found.receipt.kind, &because, e));
		struct trail_row row = { .reader = peer_did, .because = because, .id_key = id_key };
		TRY(ledger_write(s->ledger, add_trail, &row, e));
	}
	*ret = found;
	return ERR_OK;
}

/* Is the file one of those that the statement names? */
static bool names_file(struct arena *a, const struct statement *statement, const struct digest *d)
{
	struct str digest = base64url_new(a, d->at, DIGEST_BYTES);
	const struct json *list = json_path(statement->subject, "inspectionReport/evidence");
	if (statement->kind == KIND_RECOMPUTATION)
		return str_eq(json_get_str(statement->subject, "detail"), digest);
	for (size_t i = 0; i < json_count(list); i++) {
		if (str_eq(json_get_str(json_at(list, i), "digest"), digest))
			return true;
	}
	return false;
}

enum err_code service_disclose_evidence(struct service *s, struct arena *a, struct str peer_did,
	const uint8_t id_key[16], const struct digest *d, bool begins, struct err *e)
{
	struct ledger_found found;
	struct statement statement;
	struct str because;
	TRY(ledger_find(s->ledger, a, id_key, &found, e));
	if (found.own && found.receipt.kind == KIND_LISTING)
		return listing_file_disclose(s, a, peer_did, id_key, d, begins, e);
	if (!found.own || found.body.len == 0 || (found.receipt.kind != KIND_REPORT &&
		found.receipt.kind != KIND_RECOMPUTATION))
		return err_set(e, ERR_NOT_FOUND, "statement \"" STR_FMT
			"\" names no evidence that is handed out here", STR_ARG(found.receipt.id));
	if (found.receipt.disclosure == DISCLOSURE_CLOSED)
		return err_set(e, ERR_DENIED, "statement \"" STR_FMT "\" is closed",
			STR_ARG(found.receipt.id));
	/* Who may read reports; before it is told which files there are. */
	TRY(check_agreement(s, a, peer_did, KIND_REPORT, &because, e));
	TRY(statement_parse(a, found.body, &statement, e));
	if (!names_file(a, &statement, d))
		return err_set(e, ERR_NOT_FOUND, "statement \"" STR_FMT "\" names no such file",
			STR_ARG(found.receipt.id));
	if (!begins)
		return ERR_OK;
	struct trail_row row = { .reader = peer_did, .id_key = id_key,
		.because = str_printf(a, STR_FMT " file " STR_FMT, STR_ARG(because),
			STR_ARG(base64url_new(a, d->at, DIGEST_BYTES))) };
	TRY(ledger_write(s->ledger, add_trail, &row, e));
	struct file_range whole = { .from = 0 };
	(void)blob_find(s->config->dir, d, &whole.bytes); /* 0 when it is not here after all */
	return files_read_by_peer(s, peer_did, id_key, d, &whole, e);
}
