/* member.h - the directory of members of both cities.
 *
 * Is:      a projection of published profiles (listings of kind "member") and of DID documents, one
 *          row a registered code and node.
 * Is not:  accounts: people are never listed here.
 * I1  What stands here was published; a profile that is withdrawn or erased leaves no word of it.
 */
#ifndef HUREN_SERVICE_MEMBER_H
#define HUREN_SERVICE_MEMBER_H

#include "service/listing.h"

/* Kinds of organisations as a filter takes them; NULL-terminated. */
extern const char *const member_kinds[];

/* Filters text, kind, city of `query`; region and industry (beginnings of codes count).
 * {"rows": [{"code","name","role","city","as_of"?,"claimed","profile"?,"regions","industries",
 * "until"?}], "query", "cities", "next"?, "previous"?}. ERR_INVALID names the field. */
MUST_USE enum err_code service_members(struct service *s, struct arena *a,
	const struct list_query *query, struct str region, struct str industry, struct json **ret,
	struct err *e);
/* {"code","name","now","rows": [one a node: as above, and "title","summary","fields",
 * "translations"?, "document"?, "accreditations", "listings", "facilities"]}. ERR_NOT_FOUND. */
MUST_USE enum err_code service_member(struct service *s, struct arena *a, struct str code,
	struct json **ret, struct err *e);
/* How many members name each district of the picture: {"<code>": number}. */
MUST_USE enum err_code service_member_sites(struct service *s, struct arena *a, struct json **ret,
	struct err *e);

/* In the writer: of the projection of listings. */
MUST_USE enum err_code member_profile_put(struct store *store, const struct ledger_event *event,
	const struct listing *l, const uint8_t key[16], struct err *e);
MUST_USE enum err_code member_profile_drop(struct store *store, const uint8_t key[16],
	struct str origin, struct err *e);

#endif
