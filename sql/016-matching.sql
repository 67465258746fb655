-- Saved searches and how an account wants listings ordered.

-- listing: "" or the id of the listing whose matches are looked for; query: JSON {"text", "kind", "city", "region",
-- "industry"}; path: the page that shows what was found. seen: newest row of table listing already looked at. noticed: when the last notice was put.
CREATE TABLE saved_search (
	id INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	listing TEXT NOT NULL,
	query TEXT NOT NULL,
	path TEXT NOT NULL,
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
