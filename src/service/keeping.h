/* keeping.h - accreditations and agreements as the authority keeps them, on pages.
 *
 * Is:      lists by date and state, the forms' judgement of what was typed, and what carries out an
 *          act that a second person confirmed (prepared.h), by the same calls as the API.
 * Forms:   as in account.h: ERR_INVALID with *ret_problems.
 */
#ifndef HUREN_SERVICE_KEEPING_H
#define HUREN_SERVICE_KEEPING_H

#include "service/account.h"

#define KEEPING_SOON_DAYS 90       /* an application for renewal takes about that long */

/* In force, soonest to end first; state "soon", "suspended", "withdrawn" or "expired" shows those:
 * {"rows": [head + facts + "lasts": "past"|"soon"|"well"], "query", "next"?}. */
MUST_USE enum err_code service_accreditations(struct service *s, struct arena *a,
	const struct list_query *query, struct json **ret, struct err *e);
/* Labs with keys, and every scheme with its items; `on` are ticks "scheme|edition|item". */
MUST_USE enum err_code service_accredit_form(struct service *s, struct arena *a, struct str lab,
	const struct str *on, size_t on_count, struct json **ret, struct err *e);
struct accredit_form {
	struct str lab, type, number, from, until;
	const struct str *items;   /* "scheme|edition|item" */
	size_t item_count;
};
MUST_USE enum err_code service_accredit_prepare(struct service *s, struct arena *a,
	const struct account_who *by, const struct accredit_form *form,
	struct json **ret_problems, int64_t *ret, struct err *e);
/* `id_key` of an own statement: "suspended", "withdrawn" or "reinstated". */
MUST_USE enum err_code service_status_prepare(struct service *s, struct arena *a,
	const struct account_who *by, const uint8_t id_key[16], struct str status,
	struct str reason_zh, struct str reason_en, struct json **ret_problems, int64_t *ret,
	struct err *e);
/* One accreditation, with which changes are open: {head, facts, "may": [{"status"}]}. */
MUST_USE enum err_code service_accreditation(struct service *s, struct arena *a,
	const uint8_t id_key[16], struct json **ret, struct err *e);

/* {"rows": [head + facts + "content"]}. */
MUST_USE enum err_code service_agreements(struct service *s, struct arena *a, struct json **ret,
	struct err *e);
/* The other city's statement with its proof, as text. ERR_INVALID with *ret_problems; where it is
 * at fault stands in the message. */
MUST_USE enum err_code service_agreement_prepare(struct service *s, struct arena *a,
	const struct account_who *by, struct str text, struct json **ret_problems, int64_t *ret,
	struct err *e);

/* Confirmed organisations without a DID document: {"rows": [{"code","name","role"}]}. */
MUST_USE enum err_code service_organisations_without(struct service *s, struct arena *a,
	struct json **ret, struct err *e);
/* `keys`: multikeys, a line each. */
MUST_USE enum err_code service_organisation_prepare(struct service *s, struct arena *a,
	const struct account_who *by, struct str code, struct str keys,
	struct json **ret_problems, int64_t *ret, struct err *e);

/* ---- what carries an act out (prepared.c lists them) ----------------------------------------- */

MUST_USE enum err_code keeping_accredit(struct service *s, struct arena *a,
	const struct json *request, struct err *e);
MUST_USE enum err_code keeping_status(struct service *s, struct arena *a,
	const struct json *request, struct err *e);
MUST_USE enum err_code keeping_agreement(struct service *s, struct arena *a,
	const struct json *request, struct err *e);
MUST_USE enum err_code keeping_organisation(struct service *s, struct arena *a,
	const struct json *request, struct err *e);

#endif
