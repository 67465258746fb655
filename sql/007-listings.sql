-- Listings: what organisations of this node are working at, and everything that is published in either city.

-- One row a listing of this node. body: JSON {"title", "summary", "fields", "translations"} as last saved. state:
-- draft, review, returned, publishing, published, withdrawing, withdrawn, erasing, erased, expired. version: of the newest statement, 0 before the first.
-- until: day on which the published one ends.
CREATE TABLE listing_work (
	id INTEGER PRIMARY KEY,
	listing_key BLOB NOT NULL UNIQUE,
	organisation INTEGER NOT NULL,
	author INTEGER NOT NULL,
	kind TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	revision INTEGER NOT NULL,
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	version INTEGER NOT NULL,
	created INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	until INTEGER NOT NULL
);
CREATE INDEX listing_work_of ON listing_work (organisation, id);
CREATE INDEX listing_work_review ON listing_work (changed) WHERE state = 'review';
CREATE INDEX listing_work_between ON listing_work (state) WHERE state IN ('publishing', 'withdrawing', 'erasing');
CREATE INDEX listing_work_until ON listing_work (until) WHERE state = 'published';

-- Newest version of each listing known here, own (origin '') and admitted: a projection. A new version is a new
-- row, so that a word index of what never changes is enough. region and industry are the first code of each.
CREATE TABLE listing (
	seq INTEGER PRIMARY KEY,
	listing_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	id_key BLOB NOT NULL UNIQUE,
	idx INTEGER NOT NULL,
	version INTEGER NOT NULL,
	kind TEXT NOT NULL,
	code TEXT NOT NULL,
	organisation TEXT NOT NULL,
	title TEXT NOT NULL,
	region TEXT NOT NULL,
	industry TEXT NOT NULL,
	until INTEGER NOT NULL,
	time INTEGER NOT NULL,
	state TEXT NOT NULL
);
CREATE UNIQUE INDEX listing_one ON listing (listing_key, origin);
CREATE INDEX listing_kind ON listing (kind, seq) WHERE state = 'valid';
CREATE INDEX listing_code ON listing (code, seq);
-- Bigrams of the words; no copy of the text: what is taken out is computed again from the body.
-- facets: words for kind, regions, industries and city ("kdemand", "r5001", "ic36", "own"), so that a filter costs no scan.
-- Words come first: places in the first column are stored shortest.
CREATE VIRTUAL TABLE listing_words USING fts5 (words, title, facets, content='', detail='full', tokenize="unicode61");

-- Every statement of a listing that came by, so that all of them can be erased.
CREATE TABLE listing_statement (
	id_key BLOB PRIMARY KEY,
	listing_key BLOB NOT NULL,
	origin TEXT NOT NULL,
	idx INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX listing_statement_of ON listing_statement (listing_key, origin);

-- Statements whose body was erased at its owner's wish: their receipts stay, they are not fetched again.
CREATE TABLE erased (
	id_key BLOB PRIMARY KEY,
	time INTEGER NOT NULL
) WITHOUT ROWID;
