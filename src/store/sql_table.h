/* sql_table.h - every SQL statement of the program, by name: there is no SQL anywhere else.
 *
 * Is:      one constant table, in groups by user: a floor appends rows X(NAME, "text") to its own
 *          group file and uses them as SQL_<NAME>. Values are bound, never pasted.
 * Check:   test/unit/test_store.c prepares every row against the migrated schema.
 */
#ifndef HUREN_STORE_SQL_TABLE_H
#define HUREN_STORE_SQL_TABLE_H

#include "store/sql_account.h"
#include "store/sql_alliance.h"
#include "store/sql_attachments.h"
#include "store/sql_booking.h"
#include "store/sql_deals.h"
#include "store/sql_files.h"
#include "store/sql_keeping.h"
#include "store/sql_lab.h"
#include "store/sql_ledger.h"
#include "store/sql_listing.h"
#include "store/sql_matching.h"
#include "store/sql_members.h"
#include "store/sql_notice.h"
#include "store/sql_operator.h"
#include "store/sql_passkeys.h"
#include "store/sql_peer.h"
#include "store/sql_requests.h"
#include "store/sql_service.h"
#include "store/sql_tables.h"

#define SQL_TABLE(X)   \
	SQL_LEDGER(X)     \
	SQL_PEER(X)       \
	SQL_SERVICE(X)    \
	SQL_ACCOUNT(X)    \
	SQL_NOTICE(X)     \
	SQL_LISTING(X)    \
	SQL_BOOKING(X)    \
	SQL_KEEPING(X)    \
	SQL_OPERATOR(X)   \
	SQL_FILES(X)      \
	SQL_REQUESTS(X)   \
	SQL_TABLES(X)     \
	SQL_LAB(X)        \
	SQL_PASSKEYS(X)   \
	SQL_MATCHING(X)   \
	SQL_DEALS(X)      \
	SQL_MEMBERS(X)    \
	SQL_ATTACHMENTS(X) \
	SQL_ALLIANCE(X)   \
	/* a group a line */

enum sql_id {
#define X(name, text) SQL_##name,
	SQL_TABLE(X)
#undef X
	SQL_COUNT
};

/* "REPORT_BY_NUMBER", for messages; and the text. */
const char *sql_name(enum sql_id id);
const char *sql_text(enum sql_id id);

#endif
