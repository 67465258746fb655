-- Copies of files attached to the other city's listings, fetched when somebody here asked for them. gone 1: its
-- listing has ended, or another copy needed the room; the files' thread takes the bytes away.
CREATE TABLE listing_copy (
	seq INTEGER PRIMARY KEY,
	digest BLOB NOT NULL,
	listing_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	gone INTEGER NOT NULL
);
CREATE UNIQUE INDEX listing_copy_one ON listing_copy (digest, listing_key, origin);
CREATE INDEX listing_copy_of ON listing_copy (listing_key, origin);
CREATE INDEX listing_copy_gone ON listing_copy (seq) WHERE gone = 1;
CREATE INDEX evidence_want_statement ON evidence_want (statement_key);
