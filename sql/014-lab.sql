-- The lab's work before a statement is signed: drafts, who wrote in them, statements made for signing, evaluations
-- run on this node, and imports. Nothing here is a statement; nothing of it reaches the tlog.

-- state: drafting, ready-for-signature, signed, discarded. revision: counts every change, so that nobody writes over
-- what another wrote meanwhile. body: JSON in the shape of rules/schema/report-draft.json, perhaps not complete.
-- amends: id of the report it is to replace; amend_reason: why, as JSON in two languages. reason: why it was sent back. statement: of the signed report.
CREATE TABLE draft (
	id INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	state TEXT NOT NULL,
	revision INTEGER NOT NULL,
	number TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,
	amends BLOB,
	amend_reason TEXT NOT NULL,
	reason TEXT NOT NULL,
	statement BLOB,
	created INTEGER NOT NULL,
	created_by INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	changed_by INTEGER NOT NULL
);
CREATE INDEX draft_of ON draft (organisation, id);
CREATE INDEX draft_number ON draft (organisation, number);
CREATE VIRTUAL TABLE draft_words USING fts5 (words, tokenize="unicode61");

-- Everyone who wrote in a draft: none of them signs it.
CREATE TABLE draft_editor (
	draft INTEGER NOT NULL,
	account INTEGER NOT NULL,
	PRIMARY KEY (draft, account)
) WITHOUT ROWID;

-- Unsigned statements made of a frozen draft. taken: away, to be signed elsewhere; signer: who answers for the
-- signature, 0 until it comes back. digest: of the statement without its proofs, so that only what was shown can be
-- published.
CREATE TABLE draft_statement (
	id BLOB PRIMARY KEY,
	draft INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	signer INTEGER NOT NULL,
	address TEXT NOT NULL,
	made INTEGER NOT NULL,
	digest BLOB NOT NULL,
	text TEXT NOT NULL,
	taken INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX draft_statement_of ON draft_statement (draft, made);

-- Documents that an organisation uploaded on its drafts' pages, or that were made for its drafts.
CREATE TABLE draft_evidence (
	organisation INTEGER NOT NULL,
	digest BLOB NOT NULL,
	PRIMARY KEY (organisation, digest)
) WITHOUT ROWID;
CREATE INDEX draft_evidence_digest ON draft_evidence (digest);

-- Evaluations on this node. state: d-waiting, d-running, d-done, d-failed. wanted: JSON of what is to be judged; expected:
-- digest of the document that a draft's item binds, when it is judged again. document: digest of the result.
CREATE TABLE draft_evaluation (
	id INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	draft INTEGER NOT NULL,
	account INTEGER NOT NULL,
	state TEXT NOT NULL,
	wanted TEXT NOT NULL,
	expected BLOB,
	document BLOB,
	verdict TEXT NOT NULL,
	problem TEXT NOT NULL,
	created INTEGER NOT NULL,
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL
);
CREATE INDEX draft_evaluation_of ON draft_evaluation (draft, id);
CREATE INDEX draft_evaluation_waiting ON draft_evaluation (id) WHERE state IN ('d-waiting', 'd-running');

-- An uploaded table: its cells as JSON, and how many drafts were made of it.
CREATE TABLE lab_import (
	id INTEGER PRIMARY KEY,
	organisation INTEGER NOT NULL,
	account INTEGER NOT NULL,
	name TEXT NOT NULL,
	cells TEXT NOT NULL,
	made INTEGER NOT NULL,
	created INTEGER NOT NULL
);
CREATE INDEX lab_import_of ON lab_import (organisation, id);
