/* sql_deals.h - SQL of interest and outcomes (sql/017-deals.sql, 020-bookings-deals.sql; pages as
 * in sql_tables.h). Include store/store.h instead. */
#ifndef HUREN_STORE_SQL_DEALS_H
#define HUREN_STORE_SQL_DEALS_H

#define DEAL_COLUMNS                                                                             \
	"id, deal_key, listing, from_listing, kind, industry, title, seeker, seeker_name," \
	" seeker_code, seeker_city, owner, owner_name, owner_code, owner_city, peer, state," \
	" reached, reason, type, amount, day, signed_at, clock, held_seeker, held_owner, asked," \
	" created, changed, follow_at"

#define DEAL_SIDE "organisation = ?4 AND side = ?5 AND state = ?6 AND "
#define DEAL_KIND DEAL_SIDE "kind = ?7 AND "

#define SQL_DEALS(X)                                                                             \
	X(DEAL_ADD,                                                                      \
		"INSERT INTO deal (deal_key, listing, from_listing, kind, industry, title, seeker,"\
		" seeker_name, seeker_code, seeker_city, owner, owner_name, owner_code," \
		" owner_city, peer, state, reached, reason, type, amount, day, signed_at, clock," \
		" held_seeker, held_owner, asked, created, changed) VALUES (?1, ?2, ?3, ?4, ?5," \
		" ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 'interest', 1, '', '', 0, '', 0," \
		" 0, 0, 0, 0, ?16, ?16)")                                                \
	X(DEAL_BY_ID,                                                                    \
		"SELECT " DEAL_COLUMNS " FROM deal WHERE id = ?1")                       \
	X(DEAL_BY_KEY,                                                                   \
		"SELECT " DEAL_COLUMNS " FROM deal WHERE deal_key = ?1")                 \
	X(DEAL_OPEN_OF,                                                                  \
		"SELECT id FROM deal WHERE listing = ?1 AND seeker_code = ?2 AND seeker = ?3" \
		" AND state IN ('interest', 'contact', 'negotiation')")                  \
	X(DEAL_COUNT_OF,                                                                 \
		"SELECT count(*) FROM deal WHERE seeker = ?1 AND seeker > 0 AND created > ?2") \
	X(DEAL_PAGE_OF_DOWN, PAGE_DOWN("deal_side", DEAL_SIDE))                          \
	X(DEAL_PAGE_OF_UP, PAGE_UP("deal_side", DEAL_SIDE))                              \
	X(DEAL_PAGE_CHANGED_DOWN, PAGE_KEY_DOWN("deal_side", "changed_key", DEAL_SIDE))  \
	X(DEAL_PAGE_CHANGED_UP, PAGE_KEY_UP("deal_side", "changed_key", DEAL_SIDE))      \
	X(DEAL_PAGE_KIND_DOWN, PAGE_DOWN("deal_side", DEAL_KIND))                        \
	X(DEAL_PAGE_KIND_UP, PAGE_UP("deal_side", DEAL_KIND))                            \
	X(DEAL_PAGE_KIND_CHANGED_DOWN, PAGE_KEY_DOWN("deal_side", "changed_key", DEAL_KIND)) \
	X(DEAL_PAGE_KIND_CHANGED_UP, PAGE_KEY_UP("deal_side", "changed_key", DEAL_KIND)) \
	X(DEAL_PAGE_KEY_CHANGED, PAGE_KEY("deal_side", "changed_key"))                   \
	X(DEAL_PAGE_SEARCH_DOWN,                                                         \
		SEARCH_DOWN("deal_side", "deal_side_words", "organisation, side, state, kind")) \
	X(DEAL_PAGE_SEARCH_UP,                                                           \
		SEARCH_UP("deal_side", "deal_side_words", "organisation, side, state, kind")) \
	X(DEAL_BY_SIDE,                                                                  \
		"SELECT " DEAL_COLUMNS " FROM deal WHERE id = (SELECT deal FROM deal_side WHERE" \
		" deal_side.id = ?1)")                                                   \
	X(DEAL_UNINDEXED,                                                                \
		"SELECT deal_side.id, deal_side.organisation, '', title, iif(side = 'given'," \
		" owner_name || ' ' || owner_code, seeker_name || ' ' || seeker_code) FROM" \
		" deal_side JOIN deal ON deal.id = deal_side.deal WHERE words_due = 1"   \
		" ORDER BY deal_side.id LIMIT ifnull(?1, 0)")                            \
	X(DEAL_INDEX,                                                                    \
		"INSERT OR REPLACE INTO deal_side_words (rowid, words, marks)"           \
		" VALUES (?1, ?2, ?3)")                                                  \
	X(DEAL_INDEXED, "UPDATE deal_side SET words_due = 0 WHERE id = ?1")              \
	X(DEAL_SET,                                                                      \
		"UPDATE deal SET state = ?2, reached = ?3, reason = ?4, type = ?5, amount = ?6," \
		" day = ?7, signed_at = ?8, clock = ?9, held_seeker = ?10, held_owner = ?11," \
		" changed = max(changed, ?12), follow_at = ?13, followed = ?14 WHERE id = ?1") \
	X(DEAL_EVENT_ADD,                                                                \
		"INSERT INTO deal_event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")            \
	X(DEAL_EVENT_ONE,                                                                \
		"SELECT clock, time, word, body FROM deal_event WHERE deal = ?1 AND side = ?2" \
		" AND number = ?3")                                                      \
	X(DEAL_EVENTS,                                                                   \
		"SELECT side, number, clock, time, word, body FROM deal_event WHERE deal = ?1" \
		" ORDER BY clock, side DESC, number LIMIT ifnull(?2, 0)")                \
	X(DEAL_CONTACT_PUT,                                                              \
		"INSERT OR REPLACE INTO deal_contact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
	X(DEAL_CONTACT_DROP,                                                             \
		"DELETE FROM deal_contact WHERE deal = ?1 AND side = ?2")                \
	X(DEAL_CONTACT_ONE,                                                              \
		"SELECT account, name, phone, mail, agreed FROM deal_contact WHERE deal = ?1" \
		" AND side = ?2")                                                        \
	X(DEAL_CONTACTS_OF,                                                              \
		"SELECT deal.id, deal.deal_key, deal.title, deal.state, c.side, c.name, c.phone," \
		" c.mail, c.agreed FROM deal_contact AS c JOIN deal ON deal.id = c.deal" \
		" WHERE c.account = ?1 AND c.account > 0 ORDER BY c.deal LIMIT ifnull(?2, 0)") \
	X(DEAL_OUTBOX_ADD,                                                               \
		"INSERT INTO deal_outbox (peer, deal, side, number, problem) VALUES"     \
		" (?1, ?2, ?3, ?4, '')")                                                 \
	X(DEAL_OUTBOX_NEXT,                                                              \
		"SELECT id, deal, side, number FROM deal_outbox AS o WHERE peer = ?1 AND problem" \
		" = '' AND id > ?2 AND NOT EXISTS (SELECT 1 FROM deal_outbox AS b WHERE b.deal" \
		" = o.deal AND b.id < o.id AND b.problem = '') ORDER BY id LIMIT 1")     \
	X(DEAL_OUTBOX_DROP,                                                              \
		"DELETE FROM deal_outbox WHERE id = ?1")                                 \
	X(DEAL_OUTBOX_REFUSED,                                                           \
		"UPDATE deal_outbox SET problem = ?2 WHERE deal = (SELECT deal FROM deal_outbox" \
		" WHERE id = ?1)")                                                       \
	X(DEAL_OUTBOX_OF,                                                                \
		"SELECT count(*), max(problem) FROM deal_outbox WHERE deal = ?1")        \
	X(DEAL_FOLLOW_UP_DUE,                                                            \
		"SELECT id FROM deal WHERE state = 'signed' AND asked < 2 AND follow_at <= ?1" \
		" ORDER BY follow_at LIMIT ifnull(?2, 0)")                               \
	X(DEAL_ASKED,                                                                    \
		"UPDATE deal SET asked = ?2, follow_at = ?3 WHERE id = ?1")              \
	X(TRACE_ACCOUNT,                                                                 \
		"SELECT display, '', ifnull((SELECT address FROM mail_setting WHERE account =" \
		" ?1), '') FROM account WHERE id = ?1 LIMIT ifnull(?2, 0)")              \
	X(TRACE_CONTACTS,                                                                \
		"SELECT name, phone, mail FROM deal_contact WHERE account = ?1 AND account > 0" \
		" GROUP BY name, phone, mail ORDER BY max(deal) DESC LIMIT ifnull(?2, 0)") \
	X(TRACE_LISTINGS,                                                                \
		"SELECT id, title, title || ' ' || body || ' ' || reason FROM listing_work WHERE" \
		" organisation = ?1 AND state <> 'erased' ORDER BY id DESC LIMIT ifnull(?2, 0)") \
	X(TRACE_DEALS,                                                                   \
		"SELECT deal.id, title, (SELECT group_concat(body, ' ') FROM deal_event AS e" \
		" WHERE e.deal = deal.id AND e.side = (s.side = 'received')), (SELECT name ||" \
		" ' ' || phone || ' ' || mail FROM deal_contact AS c WHERE c.deal = deal.id AND" \
		" c.side = (s.side = 'received')) FROM deal_side AS s JOIN deal ON deal.id =" \
		" s.deal WHERE s.id IN (SELECT id FROM deal_side WHERE organisation = ?1" \
		" ORDER BY id DESC LIMIT ifnull(?2, 0)) ORDER BY s.id DESC")             \
	X(TRACE_BOOKINGS,                                                                \
		"SELECT booking_key, title, purpose || ' ' || reason || ' ' || contact || ' ' ||" \
		" phone FROM booking WHERE id IN (SELECT id FROM booking WHERE organisation = ?1" \
		" ORDER BY id DESC LIMIT ifnull(?2, 0)) ORDER BY id DESC")               \
	X(TRACE_REQUESTS,                                                                \
		"SELECT id, title, text || ' ' || ifnull((SELECT group_concat(name || ' ' ||" \
		" text, ' ') FROM dossier_event AS e WHERE e.dossier = dossier.id AND e.side =" \
		" 'company'), '') FROM dossier WHERE organisation = ?1 ORDER BY id DESC" \
		" LIMIT ifnull(?2, 0)")                                                  \
	X(DEAL_OUTCOMES,                                                                 \
		"SELECT iif(?1 = 'city', cities, iif(?1 = 'industry', industry, kind)) AS key," \
		" sum(deals), sum(contact), sum(negotiation), sum(signed), sum(followed)," \
		" sum(unsuccessful), sum(amount) FROM deal_total GROUP BY key ORDER BY"  \
		" sum(deals) DESC, key LIMIT ifnull(?2, 0)")

#endif
