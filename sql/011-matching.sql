-- Saved searches and how an account wants listings ordered.

-- listing: "" or the UUID of the listing whose matches are looked for; query: the address of the search, without its
-- path. seen: newest row of table listing already looked at. noticed: when the last notice was put.
CREATE TABLE saved_search (
	id INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	listing TEXT NOT NULL,
	query TEXT NOT NULL,
	name TEXT NOT NULL,
	seen INTEGER NOT NULL,
	noticed INTEGER NOT NULL,
	created INTEGER NOT NULL
);
CREATE INDEX saved_search_of ON saved_search (account, id);
-- sorted: "newest" or "relevance".
CREATE TABLE listing_order (
	account INTEGER PRIMARY KEY,
	sorted TEXT NOT NULL
);
