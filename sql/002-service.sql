-- The services' tables: projections of statements (they can be made again from the statements), and the
-- few rows that are no statements (requests, kept rules, access trail).

-- Newest did-document of each DID; origin '' = this node's own tlog.
CREATE TABLE organisation (
	seq INTEGER PRIMARY KEY,
	did TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	code TEXT NOT NULL,
	role TEXT NOT NULL,
	version INTEGER NOT NULL,
	origin TEXT NOT NULL,
	id_key BLOB NOT NULL,
	time INTEGER NOT NULL
);

CREATE TABLE agreement (
	id_key BLOB PRIMARY KEY,
	party_one TEXT NOT NULL,
	party_other TEXT NOT NULL,
	valid_from INTEGER NOT NULL,
	valid_until INTEGER NOT NULL,
	own INTEGER NOT NULL
) WITHOUT ROWID;

-- slot: its bit in the status lists, -1 when it has none or is another city's.
CREATE TABLE report (
	seq INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL UNIQUE,
	origin TEXT NOT NULL,
	number TEXT NOT NULL,
	lab TEXT NOT NULL,
	lab_name TEXT NOT NULL,
	title TEXT NOT NULL,
	holder TEXT NOT NULL,
	slot INTEGER NOT NULL,
	time INTEGER NOT NULL
);
CREATE UNIQUE INDEX report_number ON report (number, lab);

-- Words of reports' open facts (bigrams), fed in the background; `upto` is the last report in it.
CREATE VIRTUAL TABLE report_words USING fts5 (words, content='', detail='full', tokenize="unicode61");
CREATE TABLE report_words_mark (id INTEGER PRIMARY KEY, upto INTEGER NOT NULL);
INSERT INTO report_words_mark VALUES (1, 0);

-- Taken bits of the status lists: list number * 131072 + index in the list.
CREATE TABLE status_slot (
	slot INTEGER PRIMARY KEY
);

-- What a statement's status is, if it was ever changed; seq grows with every change.
CREATE TABLE status (
	seq INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL UNIQUE,
	word TEXT NOT NULL,
	reason_zh TEXT NOT NULL,
	reason_en TEXT NOT NULL,
	time INTEGER NOT NULL,
	by_key BLOB NOT NULL
);
-- Lists issued so far, and up to which change.
CREATE TABLE status_list (
	number INTEGER PRIMARY KEY,
	seen INTEGER NOT NULL
);

CREATE TABLE decision (
	seq INTEGER PRIMARY KEY,
	id_key BLOB NOT NULL UNIQUE,
	origin TEXT NOT NULL,
	applicant TEXT NOT NULL,
	recognised INTEGER NOT NULL,
	covered INTEGER NOT NULL,
	retest INTEGER NOT NULL,
	add_on INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	time INTEGER NOT NULL
);
-- Which statements a decision rests on: a change of one of them affects it.
CREATE TABLE decision_input (
	input_key BLOB NOT NULL,
	decision_key BLOB NOT NULL,
	kind TEXT NOT NULL,
	PRIMARY KEY (input_key, decision_key)
) WITHOUT ROWID;
CREATE INDEX decision_input_of ON decision_input (decision_key);

CREATE TABLE request (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	text TEXT NOT NULL,
	created INTEGER NOT NULL,
	state TEXT NOT NULL,
	detail TEXT NOT NULL,
	changed INTEGER NOT NULL,
	decision_key BLOB
);
CREATE INDEX request_open ON request (seq) WHERE state NOT IN ('decided', 'failed');

CREATE TABLE rules_file (
	digest BLOB PRIMARY KEY,
	name TEXT NOT NULL,
	bytes BLOB NOT NULL
) WITHOUT ROWID;

-- Who read which body, and when: one row a disclosure.
CREATE TABLE disclosure_trail (
	seq INTEGER PRIMARY KEY,
	time INTEGER NOT NULL,
	reader TEXT NOT NULL,
	id_key BLOB NOT NULL,
	because TEXT NOT NULL
);
