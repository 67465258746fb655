/* trace.h - where a person's name, telephone and mail still stand in what an organisation wrote.
 *
 * Is:      a bounded search in its listings, contacts, bookings and requests, the newest of each
 *          first; each place with the page to go to.
 * Is not:  erasing, nor a search in what others wrote or in what was published of others.
 */
#ifndef HUREN_SERVICE_TRACE_H
#define HUREN_SERVICE_TRACE_H

#include "service/account.h"

struct trace_person {
	struct str name, phone, mail;      /* empty ones are not looked for */
};
/* Does it stand in the text? A telephone number in whatever way it is spaced, a mail address in
 * whatever case; a name of four bytes or more (two Chinese characters, four letters). Pure. */
bool trace_name_in(struct str text, struct str name);
bool trace_phone_in(struct str text, struct str phone);
bool trace_mail_in(struct str text, struct str mail);

/* Of the account itself: its name, its mail address, and whom it gave as a contact. {"traces":
 * [{"trace_place", "title", "path", "found": [{"trace"}]}], "traces_more"?: there is more than was
 * looked at, "backups": {"days"?}}. Only places that `by` may open. */
MUST_USE enum err_code service_traces_own(struct service *s, struct arena *a,
	const struct account_who *by, struct json **ret, struct err *e);
/* Of the own contact person of a deal, beside that contact itself; with "title", "number" of the
 * deal. ERR_NOT_FOUND: none of the own organisation's, or the data are gone. */
MUST_USE enum err_code service_traces_deal(struct service *s, struct arena *a,
	const struct account_who *by, int64_t deal, struct json **ret, struct err *e);

#endif
