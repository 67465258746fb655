/* sql_booking.h - SQL of bookings (sql/018-booking.sql, 020-bookings-deals.sql; pages as in
 * sql_tables.h). Include store/store.h instead. */
#ifndef HUREN_STORE_SQL_BOOKING_H
#define HUREN_STORE_SQL_BOOKING_H

#define BOOKING_COLUMNS                                                                          \
	"id, booking_key, listing_key, origin, guest, owner, organisation, account, guest_name," \
	" guest_code, title, item, purpose, contact, phone, begins, ends, state, held, reason,"  \
	" proposer, new_begins, new_ends, revision, told, out, created, changed"
#define BOOKING_ACTIVE "state IN ('requested', 'confirmed', 'changed')"
#define BOOKING_OF "organisation = ?4 AND state = ?5 AND "
#define BOOKING_FOR "owner = ?4 AND state = ?5 AND "

#define SQL_BOOKING(X)                                                                           \
	X(FACILITY_SET,                                                                          \
		"INSERT INTO facility VALUES (?1, '', ?2, ?3, '[]', 1, ?4) ON CONFLICT"          \
		" (listing_key) DO UPDATE SET opening = excluded.opening, organisation ="        \
		" excluded.organisation, revision = revision + 1, changed = excluded.changed"    \
		" WHERE origin = ''")                                                            \
	X(FACILITY_TOLD_US,                                                                      \
		"INSERT INTO facility VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6) ON CONFLICT"            \
		" (listing_key) DO UPDATE SET opening = excluded.opening, busy = excluded.busy," \
		" revision = excluded.revision, changed = excluded.changed WHERE origin ="       \
		" excluded.origin AND revision < excluded.revision")                             \
	X(FACILITY_GET,                                                                          \
		"SELECT origin, organisation, opening, busy, revision, changed FROM facility"    \
		" WHERE listing_key = ?1")                                                       \
	X(FACILITY_TOUCH,                                                                        \
		"UPDATE facility SET revision = revision + 1, changed = ?2 WHERE listing_key"    \
		" = ?1 AND origin = ''")                                                         \
	X(FACILITY_UNTOLD,                                                                       \
		"SELECT facility.listing_key, opening, facility.revision FROM facility LEFT JOIN"\
		" facility_told ON facility_told.listing_key = facility.listing_key AND"         \
		" facility_told.peer = ?1 WHERE origin = '' AND facility.revision >"             \
		" ifnull(facility_told.revision, 0) AND facility.listing_key > ?2"               \
		" ORDER BY facility.listing_key LIMIT 1")                                        \
	X(FACILITY_TOLD,                                                                         \
		"INSERT OR REPLACE INTO facility_told VALUES (?1, ?2, ?3)")                      \
	X(FACILITY_ITEM_PUT,                                                                     \
		"INSERT OR IGNORE INTO facility_item VALUES (?1, ?2, ?3)")                       \
	X(FACILITY_ITEM_DROP,                                                                    \
		"DELETE FROM facility_item WHERE listing_key = ?1 AND origin = ?2")              \
	X(BOOKING_ADD,                                                                           \
		"INSERT INTO booking (booking_key, listing_key, origin, guest, owner,"           \
		" organisation, account, guest_name, guest_code, title, item, purpose, contact," \
		" phone, begins, ends, state, held, reason, proposer, new_begins, new_ends,"     \
		" revision, told, out, created, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"    \
		" ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, '', '', '', 0, 0, ?18, ?18,"   \
		" ?19, ?20, ?20)")                                                               \
	X(BOOKING_BY_KEY,                                                                        \
		"SELECT " BOOKING_COLUMNS " FROM booking WHERE booking_key = ?1")                \
	X(BOOKING_SAVE,                                                                          \
		"UPDATE booking SET begins = ?2, ends = ?3, state = ?4, held = ?5, reason = ?6," \
		" proposer = ?7, new_begins = ?8, new_ends = ?9, revision = ?10, out = ?11,"     \
		" changed = ?12 WHERE booking_key = ?1")                                         \
	X(BOOKING_ERASE,                                                                 \
		"UPDATE booking SET contact = '', phone = '' WHERE booking_key = ?1")    \
	X(BOOKING_TOLD,                                                                          \
		"UPDATE booking SET told = max(told, ?2) WHERE booking_key = ?1")                \
	X(BOOKING_OVERLAPS,                                                                      \
		"SELECT begins, ends FROM booking WHERE listing_key = ?1 AND origin = '' AND "   \
		BOOKING_ACTIVE " AND ends > ?2 AND begins < ?3 AND booking_key <> ?4"            \
		" ORDER BY ends LIMIT ifnull(?5, 0)")                                            \
	X(BOOKING_HELD,                                                                          \
		"SELECT count(*) FROM booking INDEXED BY booking_busy WHERE listing_key = ?1"    \
		" AND state IN ('requested', 'confirmed', 'changed') AND ends > ?2"              \
		" AND guest_code = ?3 AND guest = ?4")                                           \
	X(BOOKING_BY_ID,                                                                 \
		"SELECT " BOOKING_COLUMNS " FROM booking WHERE id = ?1")                 \
	X(BOOKING_PAGE_OF_DOWN, PAGE_DOWN("booking", BOOKING_OF))                        \
	X(BOOKING_PAGE_OF_UP, PAGE_UP("booking", BOOKING_OF))                            \
	X(BOOKING_PAGE_OF_BEGINS_DOWN, PAGE_KEY_DOWN("booking", "begins_key", BOOKING_OF)) \
	X(BOOKING_PAGE_OF_BEGINS_UP, PAGE_KEY_UP("booking", "begins_key", BOOKING_OF))   \
	X(BOOKING_PAGE_FOR_DOWN, PAGE_DOWN("booking", BOOKING_FOR))                      \
	X(BOOKING_PAGE_FOR_UP, PAGE_UP("booking", BOOKING_FOR))                          \
	X(BOOKING_PAGE_FOR_BEGINS_DOWN, PAGE_KEY_DOWN("booking", "begins_key", BOOKING_FOR)) \
	X(BOOKING_PAGE_FOR_BEGINS_UP, PAGE_KEY_UP("booking", "begins_key", BOOKING_FOR)) \
	X(BOOKING_PAGE_KEY_BEGINS, PAGE_KEY("booking", "begins_key"))                    \
	X(BOOKING_PAGE_SEARCH_OF_DOWN,                                                   \
		SEARCH_DOWN("booking", "booking_words", "organisation, state"))          \
	X(BOOKING_PAGE_SEARCH_OF_UP,                                                     \
		SEARCH_UP("booking", "booking_words", "organisation, state"))            \
	X(BOOKING_PAGE_SEARCH_FOR_DOWN,                                                  \
		SEARCH_DOWN("booking", "booking_words", "owner, state"))                 \
	X(BOOKING_PAGE_SEARCH_FOR_UP,                                                    \
		SEARCH_UP("booking", "booking_words", "owner, state"))                   \
	X(BOOKING_UNINDEXED,                                                             \
		"SELECT id, organisation, owner, title, guest_name, item FROM booking WHERE" \
		" words_due = 1 ORDER BY id LIMIT ifnull(?1, 0)")                        \
	X(BOOKING_INDEX,                                                                 \
		"INSERT OR REPLACE INTO booking_words (rowid, words, marks) VALUES (?1, ?2, ?3)") \
	X(BOOKING_INDEXED, "UPDATE booking SET words_due = 0 WHERE id = ?1")             \
	X(BOOKING_OUT_NEXT,                                                                      \
		"SELECT " BOOKING_COLUMNS " FROM booking WHERE origin = ?1 AND id > ?2"          \
		" AND out <> '' ORDER BY id LIMIT 1")                                            \
	X(BOOKING_UNTOLD_NEXT,                                                                   \
		"SELECT " BOOKING_COLUMNS " FROM booking WHERE guest = ?1 AND guest <> ''"       \
		" AND id > ?2 AND told < revision ORDER BY id LIMIT 1")                          \
	X(BOOKING_ANSWER_GET,                                                                    \
		"SELECT answer FROM booking_answer WHERE message = ?1 AND peer = ?2")            \
	X(BOOKING_ANSWER_PUT,                                                                    \
		"INSERT INTO booking_answer VALUES (?1, ?2, ?3, ?4)")                            \
	X(BOOKING_ANSWER_DROP,                                                                   \
		"DELETE FROM booking_answer WHERE time < ?1")                                    \
	X(BOOKING_FEED_PUT,                                                                      \
		"INSERT OR REPLACE INTO booking_feed VALUES (?1, ?2, ?3, ?4)")                   \
	X(BOOKING_FEED_DROP,                                                                     \
		"DELETE FROM booking_feed WHERE organisation = ?1 AND listing_key = ?2")         \
	X(BOOKING_FEED_OF,                                                                       \
		"SELECT created FROM booking_feed WHERE organisation = ?1 AND listing_key = ?2") \
	X(BOOKING_FEED_FIND,                                                                     \
		"SELECT organisation, listing_key FROM booking_feed WHERE token = ?1")           \
	X(BOOKING_CALENDAR,                                                                      \
		"SELECT " BOOKING_COLUMNS " FROM booking WHERE listing_key = ?1 AND "            \
		BOOKING_ACTIVE " AND ends > ?2 ORDER BY ends LIMIT ifnull(?3, 0)")               \
	X(BOOKING_CALENDAR_OF,                                                           \
		"SELECT " BOOKING_COLUMNS " FROM booking WHERE id IN (SELECT id FROM booking" \
		" WHERE organisation = ?1 AND " BOOKING_ACTIVE " AND ends > ?2 UNION SELECT id" \
		" FROM booking WHERE owner = ?1 AND " BOOKING_ACTIVE " AND ends > ?2)"   \
		" ORDER BY id DESC LIMIT ifnull(?3, 0)")

#endif
