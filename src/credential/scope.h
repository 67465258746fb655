/* scope.h - what an accreditation statement allows a lab to test, and when.
 *
 * Is:      a typed view of the subject of an AccreditationCredential (doc/formats/statements.md).
 * Is not:  a judgement on its signature (proof.h) or status (status statements).
 * Days:    calendar days in China (UTC+8), counted from 1970-01-01: the law and the reports speak
 *          of days there.
 */
#ifndef HUREN_CREDENTIAL_SCOPE_H
#define HUREN_CREDENTIAL_SCOPE_H

#include "credential/statement.h"

struct scope_entry {
	struct str scheme, edition;
	uint32_t item_count;
	const struct str *items;   /* sorted by bytes */
};

struct scope {
	struct str id;             /* of the accreditation statement */
	struct str lab;            /* DID: credentialSubject.id */
	struct str authority;      /* DID of the issuer */
	struct str certificate_type;   /* "CMA", "CNAS" */
	struct str certificate_number;
	int64_t valid_from;
	int64_t valid_until;       /* INT64_MAX when open */
	uint32_t entry_count;
	const struct scope_entry *entries;
};

/* ERR_INVALID names the member; ERR_TOO_LARGE arena. Borrows from the statement. */
MUST_USE enum err_code scope_parse(struct arena *a, const struct statement *s, struct scope *ret,
	struct err *e);
/* True when the scope lists the item of that scheme and edition. */
bool scope_lists(const struct scope *s, struct str scheme, struct str edition, struct str item);
/* True when the accreditation is valid at some moment of that day. */
bool scope_valid_on(const struct scope *s, int32_t day);

/* Day of an instant in China, and of "2026-08-03". */
int32_t china_day(int64_t at);
int64_t china_day_start(int32_t day);        /* 00:00:00 there */
MUST_USE enum err_code china_day_parse(struct str date, int32_t *ret, struct err *e);

#endif
